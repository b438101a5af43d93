"""Which cells stand on which slide, and which are left out."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nnlab.exercises import catalogue
from nnlab.site.lessons import Lesson, find_lessons, read_lesson
from nnlab.slides.outline import outline


def text(kind, source):
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": kind}})


def code(kind, source, **about):
    metadata = {"slideshow": {"slide_type": kind}}
    if about:
        metadata["nbgrader"] = about
    return new_code_cell(source, metadata=metadata)


EXERCISE = (
    text("skip", "**Exercise 05.dropout.** Write it."),
    code("skip", "def dropout(): ...", solution=True, grade=False),
    code("skip", 'check("05.dropout", dropout)', solution=False, grade=True),
)


def slides(*cells, **options):
    lesson = Lesson(Path("05_x.ipynb"), "T", "Q?", 10, new_notebook(cells=list(cells)))
    return outline(lesson, **options)


def sources(made):
    return [[cell.source for cell in slide.cells] for slide in made]


def test_cells_join_the_slide_before():
    made = slides(
        text("slide", "## A"), code("-", "a"), text("fragment", "b"), text("skip", "no"),
        text("subslide", "## B"), text("slide", "## C"),
    )  # fmt: skip
    assert sources(made) == [[], ["## A", "a", "b"], ["## B"], ["## C"]]
    assert [slide.below for slide in made] == [False, False, True, False]


def test_notes_belong_to_the_slide_before_and_lose_their_fold():
    fold = "<details><summary>Speaker notes</summary>\n\nSay *this*.\n\n</details>"
    made = slides(text("notes", fold), text("slide", "## A"), text("notes", "plain"))
    assert [[note.source for note in slide.notes] for slide in made] == [
        ["Say *this*."], ["plain"],
    ]  # fmt: skip


def test_what_follows_the_title_without_a_slide_of_its_own_gets_one():
    assert sources(slides(text("-", "first"), text("subslide", "## A"))) == [
        [], ["first"], ["## A"],
    ]  # fmt: skip


def test_exercises_are_left_out_unless_they_are_asked_for():
    cells = (text("slide", "## A"), *EXERCISE, text("slide", "## B"))
    assert sources(slides(*cells)) == [[], ["## A"], ["## B"]]
    assert sources(slides(*cells, exercises=True)) == [
        [], ["## A"], ["## Exercise 05.dropout\n\nWrite it.", "def dropout(): ..."], ["## B"],
    ]  # fmt: skip
    solved = sources(slides(*cells, solutions=True))
    assert solved[:3] == sources(slides(*cells, exercises=True))[:3]
    heading, solution = solved[3]
    assert heading == "## Solution of 05.dropout"
    assert solution == catalogue.exercise("05.dropout").solution_source.strip()


def test_an_exercise_without_a_statement_of_its_own_is_named_after_its_check():
    _, stub, check = EXERCISE
    made = slides(text("slide", "## Goal"), stub, check, exercises=True)
    assert sources(made)[2] == ["## Exercise 05.dropout", "def dropout(): ..."]


def test_code_that_an_author_put_on_a_slide_stays_but_its_check_does_not():
    _, stub, check = EXERCISE
    bug = code("-", stub.source, solution=True, grade=False)
    made = slides(text("slide", "## Spot the bug"), bug, check)
    assert sources(made)[1] == ["## Spot the bug", stub.source]


def test_the_notebook_is_not_changed():
    cells = (text("slide", "## A"), *EXERCISE, text("notes", "n"))
    notebook = new_notebook(cells=list(cells))
    before = str(notebook)
    outline(Lesson(Path("05_x.ipynb"), "T", "Q?", 10, notebook), solutions=True)
    assert str(notebook) == before


@pytest.mark.parametrize("path", find_lessons(), ids=lambda path: path.stem)
def test_every_exercise_of_a_lesson_becomes_a_slide_with_its_solution(path):
    lesson = read_lesson(path)
    made = [cell.source for slide in outline(lesson, solutions=True) for cell in slide.cells]
    names = [name for name in catalogue.exercises() if name.startswith(f"{lesson.number}.")]
    for name in names:
        assert f"## Solution of {name}" in made
        assert catalogue.exercise(name).solution_source.strip() in made
    plain = [cell.source for slide in outline(lesson) for cell in slide.cells]
    assert not [source for source in plain if "check(" in source or "## Solution" in source]
    assert not [source for source in plain if source.startswith("**Exercise")]


@pytest.mark.parametrize("path", find_lessons(), ids=lambda path: path.stem)
def test_every_slide_has_one_heading(path):
    for slide in outline(read_lesson(path))[1:]:
        headings = [c for c in slide.cells if c.cell_type == "markdown" and "## " in c.source]
        assert headings[:1] == [slide.cells[0]], slide.cells[0].source
