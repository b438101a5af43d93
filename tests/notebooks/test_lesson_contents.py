"""Every lesson of the course has what each of them promises."""

import re

import nbformat
import pytest

from nnlab._resources import lessons_dir
from nnlab.exercises import catalogue
from nnlab.live import demos

# The first lesson is an introduction, the last (10) a project of its own.
LESSONS = [lesson for key, lesson in catalogue.lessons().items() if "01" <= key <= "09"]
each_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.notebook[:-6])


def cells(lesson):
    return nbformat.read(lessons_dir() / lesson.notebook, as_version=4).cells


def text(lesson):
    return "\n".join(cell.source for cell in cells(lesson) if cell.cell_type == "markdown")


def exercises(lesson):
    return [e for name, e in catalogue.exercises().items() if name[:2] == lesson.key]


@each_lesson
def test_the_title_slide_says_what_the_catalogue_says(lesson):
    assert cells(lesson)[0].source == (
        f"# {lesson.title}\n\n**{lesson.question}**\n\n{lesson.minutes} minutes"
    )


@each_lesson
def test_every_live_figure_and_every_question_of_the_lesson_is_in_its_notebook(lesson):
    code = "\n".join(cell.source for cell in cells(lesson) if cell.cell_type == "code")
    shown = re.findall(r"^lesson_\d\d\.(\w+)\.show\(\)$", code, re.MULTILINE)
    asked = re.findall(r'^quiz\("(.+)"\)$', code, re.MULTILINE)
    registered = [name for name in demos() if name[:2] == lesson.key]
    assert sorted(f"{lesson.key}.{name}" for name in shown) == registered
    assert sorted(asked) == sorted(name for name in catalogue.quizzes() if name[:2] == lesson.key)


@each_lesson
def test_two_questions_are_asked_before_the_last_experiment(lesson):
    order = [
        "quiz" if cell.source.startswith("quiz(") else "demo"
        for cell in cells(lesson)
        if cell.cell_type == "code" and re.search(r"^quiz\(|\.show\(\)$", cell.source)
    ]
    assert order[0] == "quiz"
    last_experiment = len(order) - 1 - order[::-1].index("demo")
    assert order[:last_experiment].count("quiz") >= 2


@each_lesson
def test_one_exercise_hides_a_bug_and_one_is_a_goal(lesson):
    assert any(exercise.start for exercise in exercises(lesson))
    assert any(part.judge for exercise in exercises(lesson) for part in exercise.parts)
    assert f"{lesson.key}.goal" in catalogue.exercises()


@each_lesson
def test_the_lecture_is_corrected_openly_and_the_lesson_closes_with_rules_and_sources(lesson):
    words = text(lesson)
    assert "**The slide says:**" in words
    assert "**What really happens:**" in words
    assert words.index("## Rules of thumb") < words.index("## Sources")
    assert words.count("<summary>Speaker notes</summary>") >= 5


@each_lesson
def test_what_a_slide_holds_and_what_only_a_reader_sees(lesson):
    """Exercises are for readers, apart from the bug to be spotted; notes follow a slide."""
    kinds = [cell.metadata.slideshow.slide_type for cell in cells(lesson)]
    for cell, kind in zip(cells(lesson), kinds, strict=True):
        if cell.source.startswith("check("):
            assert kind == "skip", cell.source
        if "Speaker notes" in cell.source:
            assert kind == "notes", cell.source
    assert kinds.count("slide") >= 8
