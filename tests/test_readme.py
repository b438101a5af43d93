"""What the README says about the lessons is what the lessons say."""

from pathlib import Path

import pytest

from nnlab.exercises import catalogue

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.mark.parametrize("key", catalogue.lessons())
def test_the_table_of_lessons_has_a_row_with_title_question_and_notebook(key):
    lesson = catalogue.lessons()[key]
    stem = lesson.notebook.removesuffix(".ipynb")
    row = f"| {key} {lesson.title} | {lesson.question} | [{stem}](lessons/{lesson.notebook}) |"
    assert row in README.read_text("utf-8").splitlines()
