"""The last lesson is a project of its own: what it must have, and that one line changes it."""

import re

import nbformat
import pytest

from nnlab._resources import lessons_dir
from nnlab.exercises import catalogue
from nnlab.live import demos

LESSON = catalogue.lessons()["10"]
CELLS = nbformat.read(lessons_dir() / LESSON.notebook, as_version=4).cells
CODE = [cell.source for cell in CELLS if cell.cell_type == "code"]
TEXT = "\n".join(cell.source for cell in CELLS if cell.cell_type == "markdown")
ONE_LINE = "data = datasets.breast_cancer()"


def test_the_title_slide_says_what_the_catalogue_says():
    assert CELLS[0].source == (
        f"# {LESSON.title}\n\n**{LESSON.question}**\n\n{LESSON.minutes} minutes"
    )


def test_every_live_figure_and_every_question_is_in_the_notebook():
    code = "\n".join(CODE)
    shown = re.findall(r"^lesson_10\.(\w+)\.show\(\)$", code, re.MULTILINE)
    assert sorted(f"10.{name}" for name in shown) == [n for n in demos() if n[:2] == "10"]
    asked = re.findall(r'^quiz\("(.+)"\)$', code, re.MULTILINE)
    assert sorted(asked) == sorted(n for n in catalogue.quizzes() if n[:2] == "10")
    assert len(asked) >= 2
    assert len(shown) >= 2


def test_every_figure_is_predicted_before_it_is_shown():
    kinds = [
        "quiz" if source.startswith("quiz(") else "demo"
        for source in CODE
        if re.search(r"^quiz\(|\.show\(\)$", source)
    ]
    for place, kind in enumerate(kinds):
        assert kind == "quiz" or kinds[place - 1] == "quiz"


def test_the_seven_steps_are_slides_in_their_order():
    steps = ["Task", "Split", "Baseline", "Model", "Diagnosis", "Tuning", "Report"]
    places = [TEXT.index(f"## {number} {step}") for number, step in enumerate(steps, 1)]
    assert places == sorted(places)
    assert places[-1] < TEXT.index("## Your project") < TEXT.index("## Another table: one line")


def test_the_test_part_of_the_worked_example_is_touched_in_the_last_step_only():
    split = next(i for i, source in enumerate(CODE) if "three_way_split(y" in source)
    last = next(i for i, source in enumerate(CODE) if source.startswith("best = trials[chosen]"))
    for source in CODE[split + 1 : last]:
        assert not re.search(r"\[test\b|\btest\]", source), source
    uses = [source for source in CODE[last:] if "y[test]" in source]
    assert len(uses) == 1


def test_the_worked_example_is_not_the_graded_table():
    first = next(source for source in CODE if source.startswith("data = "))
    assert ONE_LINE not in first
    graded = catalogue.exercise("10.capstone").title
    assert "breast cancer" in graded
    assert any(source.startswith(ONE_LINE) for source in CODE)


def test_the_worked_example_gets_every_point_by_the_rules_of_the_exercise():
    (cell,) = (c for c in CELLS if c.source.startswith("def worked_example"))
    assert "12 of 12 points" in cell.outputs[0].data["text/plain"]


def test_slides_notes_and_closing():
    assert "**The slide says:**" in TEXT
    assert "**What really happens:**" in TEXT
    assert TEXT.index("## Rules of thumb") < TEXT.index("## Sources")
    assert TEXT.count("<summary>Speaker notes</summary>") >= 10
    kinds = [cell.metadata.slideshow.slide_type for cell in CELLS]
    assert kinds.count("slide") >= 8
    for cell, kind in zip(CELLS, kinds, strict=True):
        if cell.source.startswith("check("):
            assert kind == "skip", cell.source
        if "Speaker notes" in cell.source:
            assert kind == "notes", cell.source


def test_every_rule_of_the_judge_is_in_the_table_of_points():
    exercise = catalogue.exercise("10.capstone")
    table = TEXT[TEXT.index("## What is judged") :]
    rows = re.findall(r"^\| (\d) \| \*\*", table, re.MULTILINE)
    assert [float(points) for points in rows] == [part.points for part in exercise.parts]


SOLVED = '''
def my_project(x, y):
    """Return a report on whatever is there, found by search as in the lesson."""
    from nnlab.exercises.lesson_10_project import project

    return project(data).report(
        [(settings, seed) for seed, settings in enumerate(random_settings(SPACE, 6, seed=1))],
        split=2,
    )
'''


@pytest.mark.parametrize("table", ["breast_cancer", "wine", "diabetes", "digits"])
def test_one_line_changes_the_table(table):
    """The project's own cells, run with another table and a solved project."""
    imports = next(source for source in CODE if "from nnlab import datasets" in source)
    (line,) = (source for source in CODE if source.startswith(ONE_LINE))
    (rehearsal,) = (source for source in CODE if source.startswith("rehearse(my_project"))
    changed = line.replace(ONE_LINE, f"data = datasets.{table}()")
    scope = {}
    for source in (imports, changed, SOLVED, f"card = {rehearsal}"):
        exec(source, scope)
    assert scope["card"].verdict.points == 12, scope["card"]
