"""The table of the lecture's statements says what the tags in the lessons say."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nnlab._resources import lessons_dir
from nnlab.exercises import lecture
from nnlab.exercises.lecture import Lecture, Place, Tag, gather
from nnlab.exercises.statements import CHAPTERS, Chapter, Statement
from nnlab.site.maths import maths_in_html

TOYS = (
    Chapter("First & foremost", (Statement("one", "Slide A", "Say $a < b$."),)),
    Chapter("Second", (Statement("two", "Slide B", "Two."), Statement("three", "C", "Three."))),
)


@pytest.fixture
def tagged(tmp_path):
    """Return a function that writes a lesson and returns the tags and problems of all."""

    def write(name, *cells):
        path = tmp_path / f"{name}.ipynb"
        path.write_text(nbformat.writes(new_notebook(cells=list(cells))), "utf-8")
        return gather(tmp_path, TOYS)

    return write


def text(source, **tags):
    return new_markdown_cell(source, metadata={"lecture": tags} if tags else {})


# The course --------------------------------------------------------------------------------------


def test_every_statement_is_tagged_once_and_every_tag_is_in_order():
    _, problems = gather(lessons_dir())
    assert problems == []


def test_the_keys_are_unique_and_the_sentences_end():
    statements = [statement for chapter in CHAPTERS for statement in chapter.statements]
    assert len({statement.key for statement in statements}) == len(statements)
    assert len({(statement.slide, statement.text) for statement in statements}) == len(statements)
    for statement in statements:
        assert statement.text.endswith("."), statement.key
        assert "$" not in maths_in_html(statement.text), statement.key


def test_the_first_lesson_shows_the_table_of_today():
    """Else: build 00_start_here again; its own tag counts from the second time on."""
    cells = nbformat.read(lessons_dir() / "00_start_here.ipynb", as_version=4).cells
    (cell,) = [cell for cell in cells if cell.source == "lecture()"]
    (output,) = cell.outputs
    assert output.data["text/html"] == lecture()._repr_html_()
    assert output.data["text/plain"] == repr(lecture())


def test_every_place_is_a_heading_that_is_there_once():
    for key, tag in lecture().tags.items():
        notebook = nbformat.read(lessons_dir() / tag.place.notebook, as_version=4)
        words = [
            line.lstrip("# ").replace("`", "").replace("*", "")
            for cell in notebook.cells
            if cell.cell_type == "markdown"
            for line in cell.source.splitlines()
            if re.match("#+ ", line)
        ]
        title = words[0]
        assert tag.place.lesson == f"{tag.place.notebook[:2]} {title}"
        assert words.count(tag.place.heading or title) == 1, key


# Reading tags ------------------------------------------------------------------------------------


def test_verdict_clause_and_place_are_read(tagged):
    tagged("05_other", text("# Other\n\nx"), text("## Rules", three="wrong: it is four"))
    tags, problems = tagged(
        "03_a_lesson",
        text("# A *lesson*", one=True),
        text("## Rules"),
        text("## Is `this` it?\n\n```\n# no heading\n```\n\n### Or this\n\ntext"),
        text("### λ = 1"),
        new_code_cell("1", metadata={"lecture": {"two": "condition: only at 1/(1 – p): see"}}),
        text("## Behind"),
    )
    assert problems == []
    assert tags == {
        "one": Tag("true", "", Place("03_a_lesson.ipynb", "03 A lesson", "")),
        "two": Tag(
            "condition",
            "only at 1/(1 – p): see",
            Place("03_a_lesson.ipynb", "03 A lesson", "Is this it?"),
        ),
        "three": Tag("wrong", "it is four", Place("05_other.ipynb", "05 Other", "")),
    }
    assert tags["one"].place.link == "03_a_lesson.ipynb"
    assert tags["two"].place.link == "03_a_lesson.ipynb#Is-this-it?"


def test_a_cells_own_heading_counts(tagged):
    tags, _ = tagged("03_x", text("# X"), text("## Before"), text("## Own, live", one="true"))
    assert tags["one"].place.link == "03_x.ipynb#Own,-live"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("on", "true", "no statement of the lecture called 'on'; did you mean 'one'"),
        ("one", "maybe: x", "the verdict must be one of true, condition, wrong, got 'maybe'"),
        ("one", "True", "the verdict must be one of true"),
        ("one", "wrong", "'wrong' needs a clause"),
        ("one", "condition", "'condition' needs a clause"),
        ("one", "wrong:  ", "'wrong' needs a clause"),
        ("one", "wrong: " + "x" * 91, "has 91 characters, at most 90"),
        ("one", "wrong: it is four.", "without a full stop"),
        ("one", "wrong: it is $4$", "plain text"),
        ("one", "wrong: it is `4`", "plain text"),
        ("one", "wrong it is four", "expected a verdict, a colon and a clause"),
        ("one", "wrong: it\nis", "in one line"),
        ("one", False, "expected a verdict, a colon and a clause in one line, got False"),
        ("one", "", "expected a verdict"),
    ],
)
def test_what_is_wrong_with_a_tag_is_said(tagged, key, value, said):
    tags, problems = tagged("03_x", text("# X", **{key: value}, two="true", three="true"))
    assert tags.keys() == {"two", "three"}
    assert problems[0].startswith(f"03_x.ipynb, tag {key!r}: ")
    assert said in problems[0]
    assert problems[1:] == ["No lesson has a tag 'one'."]


def test_tags_that_are_no_table_are_reported(tagged):
    cell = new_markdown_cell("# X", metadata={"lecture": "true"})
    _, problems = tagged("03_x", cell)
    assert problems[0] == "03_x.ipynb: lecture must be a table of keys, got 'true'."


def test_a_clause_of_90_characters_is_allowed(tagged):
    tags, _ = tagged("03_x", text("# X", one="wrong: " + "x" * 90))
    assert tags["one"].clause == "x" * 90


def test_a_statement_tagged_twice_and_one_tagged_nowhere_are_reported(tagged):
    tagged("03_x", text("# X", one="true", two="true"))
    tags, problems = tagged("04_y", text("# Y", one="wrong: no"))
    assert problems == [
        "04_y.ipynb, tag 'one': it is already tagged in 03_x.ipynb.",
        "No lesson has a tag 'three'.",
    ]
    assert tags["one"].verdict == "true"


# The table ---------------------------------------------------------------------------------------


@pytest.fixture
def toys():
    place = Place("03_x.ipynb", "03 <X>", "Is it 'so'?")
    return Lecture(
        TOYS,
        {
            "one": Tag("condition", "a < b", place),
            "two": Tag("true", "", Place("03_x.ipynb", "03 <X>", "")),
        },
    )


def test_the_table_counts_verdicts_in_all_and_by_chapter(toys):
    html = toys._repr_html_()
    assert "<strong>3 statements: 1 true, 1 true with a condition, 1 not shown</strong>" in html
    assert "First &amp; foremost" in html
    assert "1 statement: 1 true with a condition" in html
    assert "2 statements: 1 true, 1 not shown" in html


def test_a_row_says_slide_statement_place_and_verdict_in_words(toys):
    first = toys._repr_html_().split("<tbody>")[1]
    assert "<small>Slide A</small><br>Say $a &lt; b$." in first
    assert "<a href=\"03_x.ipynb#Is-it-&#x27;so&#x27;?\">Is it 'so'?</a>" in first
    assert "<small>03 &lt;X&gt;</small>" in first
    assert "<strong>◐ true with a condition</strong><br>a &lt; b</td>" in first


def test_a_place_without_a_heading_is_the_lesson(toys):
    assert '<a href="03_x.ipynb">03 &lt;X&gt;</a>' in toys._repr_html_()


def test_the_table_as_text(toys):
    assert repr(toys) == "\n".join(
        [
            "3 statements: 1 true, 1 true with a condition, 1 not shown",
            "",
            "First & foremost (1 statement: 1 true with a condition)",
            "  Say $a < b$.",
            "    ◐ true with a condition: a < b (03 <X>, Is it 'so'?)",
            "",
            "Second (2 statements: 1 true, 1 not shown)",
            "  Two.",
            "    ✔ true (03 <X>)",
            "  Three.",
            "    – not shown",
        ]
    )
