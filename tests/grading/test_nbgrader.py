"""A class through all of nbgrader: handed out, collected, marked, fed back, exported."""

import copy
import csv
import json
import os
import re
import stat
from dataclasses import replace

import nbformat
import pytest

pytest.importorskip("nbgrader", reason='nbgrader is not installed (pip install "nnlab[grading]")')

from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade
from nbgrader_class import (
    ASSIGNMENT,
    ATTACK,
    PARTLY,
    RIGHT,
    WRONG,
    School,
    find,
    hostile,
    place,
    source_notebook,
)

from nnlab.exercises import catalogue
from nnlab.exercises.verdict import Failure, PartVerdict, Verdict
from nnlab.grading import nbgrader_marking
from nnlab.grading.assignment import Assignment
from nnlab.grading.jobs import Level
from nnlab.grading.levels import why_not
from nnlab.grading.marks import Mark, Marks
from nnlab.grading.nbgrader_marking import open_sandbox, show_marks
from nnlab.grading.nbgrader_reading import HandedIn, TolerantExporter
from nnlab.grading.nbgrader_rebuilding import MAX_EXTRA, rebuild
from nnlab.grading.nbgrader_template import Template
from nnlab.grading.secret import Secret
from nnlab.grading.submission import read_submission

pytestmark = pytest.mark.skipif(bool(why_not(Level.LIMITS)), reason=why_not(Level.LIMITS))

TELLTALE = """
def mse(y, prediction):
    open("/tmp/seen", "w").write(str(y))

def mae(y, prediction):
    raise ValueError(repr(list(map(float, y))))
"""

MARKS = {
    "alice": 4.0,  # through the exchange, all right
    "honest": 4.0,
    "partly": 3.0,
    "wrong": 3.0,
    "untouched": 0.0,
    "duplicated": 4.0,
    "deleted": 4.0,
    "retyped": 4.0,
    "repointed": 0.0,
    "broken": 0.0,
    "deep": 0.0,
    "large": 4.0,
    "older": 4.0,
    "telltale": 0.0,
    "eve": 3.0,  # hostile, with one answer that stops
}
UNREADABLE = ("broken", "deep")


def duplicated(school):
    notebook = school.solved(RIGHT)
    second = copy.deepcopy(find(notebook, "mse"))
    second.id, second.source = "second", WRONG["mse"]
    notebook.cells.insert(place(notebook, "mse"), second)
    return notebook


def deleted(school):
    notebook = school.solved(RIGHT)
    answers = ("mse", "mae", "sigmoid")
    notebook.cells = [
        cell for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") in answers
    ]  # fmt: skip
    return notebook


def retyped(school):
    notebook = school.solved(RIGHT)
    answer = find(notebook, "mse")
    notebook.cells[place(notebook, "mse")] = nbformat.v4.new_raw_cell(
        answer.source, metadata=answer.metadata
    )
    return notebook


def repointed(school):
    """Checks that give what the student would like."""
    notebook = school.released()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader.points = 100
            cell.source = "100.0"
    return notebook


def large(school):
    notebook = school.solved(RIGHT)
    notebook.cells.append(new_code_cell("print('y' * 50_000_000)"))
    text = ["y" * 1_000_000] * 50
    notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", text="".join(text))]
    return notebook


def older(school):
    """Return a notebook as nbgrader wrote it years ago; stock nbgrader stops the class at it."""
    notebook = json.loads(nbformat.writes(school.solved(RIGHT)))
    for cell in notebook["cells"]:
        cell["metadata"].get("nbgrader", {}).pop("schema_version", None)
    return json.dumps(notebook).encode()


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """Run a class once from the source to the table of marks, and mark it again."""
    home = tmp_path_factory.mktemp("school")
    school = School(home)
    school.nbgrader("generate_assignment", ASSIGNMENT)
    school.nbgrader("release_assignment", ASSIGNMENT)
    student, exchange = home / "alice", ("--course=nn", f"--Exchange.root={school.exchange}")
    student.mkdir()
    school.nbgrader("fetch_assignment", ASSIGNMENT, *exchange, folder=student)
    fetched = student / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    nbformat.write(school.solved(RIGHT), fetched)
    school.nbgrader("submit", ASSIGNMENT, "--student=alice", *exchange, folder=student)
    school.nbgrader("collect", ASSIGNMENT)
    for name, content in {
        "honest": school.solved(RIGHT, {"why": "Because $a<b$.", "draw": "1 + 1"}),
        "partly": school.solved(RIGHT, PARTLY),
        "wrong": school.solved(RIGHT, WRONG),
        "untouched": school.released(),
        "duplicated": duplicated(school),
        "deleted": deleted(school),
        "retyped": retyped(school),
        "repointed": repointed(school),
        "broken": b'{"cells": [',
        "deep": b"[" * 100_000,
        "large": large(school),
        "older": older(school),
        "telltale": school.solved({"mse": TELLTALE, "mae": "pass"}),
        "eve": hostile(school),
    }.items():
        school.hand_in(name, content)
    school.nbgrader("autograde", ASSIGNMENT)
    school.nbgrader("generate_feedback", ASSIGNMENT)
    school.first = everything(school)
    school.nbgrader("autograde", ASSIGNMENT, "--force")
    school.nbgrader("generate_feedback", ASSIGNMENT, "--force")
    school.nbgrader("release_feedback", ASSIGNMENT, "--student=alice")
    school.nbgrader("export")
    return school


def everything(school):
    return {
        path.relative_to(school.folder): path.read_bytes()
        for step in ("autograded", "feedback")
        for path in sorted((school.folder / step).rglob("*"))
        if path.is_file()
    }


def table_of_marks(school):
    with (school.folder / "grades.csv").open(newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def cells_of_nbgrader(notebook):
    return [cell for cell in notebook.cells if "nbgrader" in cell.metadata]


# What is handed out ------------------------------------------------------------------------------


def test_the_release_keeps_figures_and_holds_nothing_of_the_teachers(school):
    released = school.released()
    nbformat.validate(released)
    text = nbformat.writes(released)
    assert "figure of the lesson" in text
    for hidden in ("the_teachers_own", "hidden_from_students", "a score of the teacher's"):
        assert hidden not in text
    assert not any(cell.get("outputs") for cell in cells_of_nbgrader(released))


def test_the_secret_is_the_teachers_alone(school):
    secret = school.folder / "nnlab-secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    key = secret.read_text().strip()
    for path in school.home.rglob("*"):
        if path.is_file() and path != secret:
            assert key.encode() not in path.read_bytes(), path


# Marks -------------------------------------------------------------------------------------------


def test_everybody_gets_the_fair_mark(school):
    table = table_of_marks(school)
    given = {name: float(row["raw_score"]) for name, row in table.items()}
    assert given == MARKS
    assert {float(row["max_score"]) for row in table.values()} == {18.0}


def test_marking_again_gives_the_same_bytes(school):
    again = everything(school)
    assert again.keys() == school.first.keys()
    assert [path for path in again if again[path] != school.first[path]] == []


def test_what_is_no_check_waits_for_the_teacher(school):
    with Gradebook(f"sqlite:///{school.folder / 'gradebook.db'}", "nn") as gradebook:
        wait, auto = {}, {}
        for student in ("honest", "untouched", "repointed", "broken"):
            submission = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, student)
            grades = {grade.name: grade for grade in submission.grades}
            wait[student] = {name for name, grade in grades.items() if grade.needs_manual_grade}
            auto[student] = grades["own-check"].auto_score
    assert wait["honest"] == wait["repointed"] == {"own-check", "why", "draw", "task"}
    assert wait["untouched"] == {"own-check", "task"}
    assert wait["broken"] == {"task"}
    assert auto == {"honest": None, "untouched": None, "repointed": None, "broken": 0.0}


# The notebook that the teacher sees ---------------------------------------------------------------


@pytest.mark.parametrize("student", MARKS)
def test_the_graded_notebook_is_the_teachers_but_for_the_answers(school, student):
    graded, released = school.graded(student), school.released()
    nbformat.validate(graded)
    ours, theirs = cells_of_nbgrader(graded), cells_of_nbgrader(released)
    assert [cell.metadata.nbgrader.grade_id for cell in ours] == [
        cell.metadata.nbgrader.grade_id for cell in theirs
    ]
    for mine, handed_out in zip(ours, theirs, strict=True):
        assert mine.cell_type == handed_out.cell_type
        assert mine.id == handed_out.id
        described = handed_out.metadata.nbgrader
        assert mine.metadata.nbgrader.get("points") == described.get("points")
        if not described.solution:
            assert mine.source == handed_out.source
    for cell in graded.cells:
        assert set(cell.metadata) <= {"nbgrader"}
        assert cell.get("attachments") is None
        if cell.get("outputs"):
            assert cell.metadata.nbgrader.grade
            assert [set(output.data) for output in cell.outputs] == [{"text/plain", "text/html"}]
    assert graded.metadata == {"kernelspec": released.metadata.kernelspec}


def test_answers_are_taken_as_they_are(school):
    graded = school.graded("honest")
    assert find(graded, "mse").source == RIGHT["mse"]
    assert find(graded, "draw").source == "1 + 1"
    assert find(graded, "why").source == "Because $a< b$."


@pytest.mark.parametrize("student", UNREADABLE)
def test_an_unreadable_file_says_so(school, student):
    graded = school.graded(student)
    assert "could not be read" in graded.cells[0].source
    assert "could not be read" in find(graded, "mse-check").outputs[0].data["text/html"]
    assert "could not be read" in school.path("feedback", student, "html").read_text()


def test_the_teacher_is_told_what_was_repaired(school):
    assert "2 cells were called mse" in school.graded("duplicated").cells[0].source
    with_notes = {s for s in MARKS if "About this file" in school.graded(s).cells[0].source}
    assert "duplicated" in with_notes
    assert with_notes.isdisjoint(("alice", "honest", "partly", "wrong", "untouched"))


def test_the_level_of_isolation_stands_under_every_mark(school):
    shown = find(school.graded("honest"), "mse-check").outputs[0].data["text/html"]
    labels = [level.label for level in Level]
    assert any(f"Run in isolation: {label}." in shown for label in labels)


# Feedback ----------------------------------------------------------------------------------------


def test_feedback_names_the_mistake_and_is_handed_out(school):
    page = school.path("feedback", "wrong", "html").read_text()
    assert "Hint." in page
    assert list((school.exchange / "nn" / "feedback").glob("*.html"))


def test_inputs_of_a_mark_appear_nowhere(school):
    secret = Secret.load(school.folder / "nnlab-secret")
    for student in ("wrong", "partly", "telltale"):
        page = school.path("feedback", student, "html").read_text()
        page = re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL)  # drawn formulas hold numbers
        for exercise in map(catalogue.exercise, ("01.mse", "01.mae", "01.sigmoid")):
            cases = exercise.cases(secret.seed(exercise.name, student))
            numbers = [n for part in cases for case in part for a in case for n in a.ravel()[:5]]
            assert len(numbers) > 10
            for number in numbers:
                if float(number) != round(float(number), 2):
                    assert repr(float(number))[:6] not in page


def test_hostile_text_is_only_text(school):
    page = school.path("feedback", "eve", "html").read_text().split("notebook-container", 1)[1]
    for alive in (f"<script>{ATTACK}", "<img src=", "<svg ", "<details", 'href="javascript:'):
        assert alive not in page
    texts = [cell.source for cell in school.graded("eve").cells if cell.cell_type == "markdown"]
    assert any("href" in text for text in texts)
    assert not any("\\href" in text or "](" in text for text in texts)


# nbgrader's Validate button -----------------------------------------------------------------------


def test_validate_shows_the_hint(school, tmp_path):
    path = tmp_path / "ps1.ipynb"
    notebook = school.solved(RIGHT, WRONG)
    notebook.cells = notebook.cells[: place(notebook, "mse-check") + 1]
    del notebook.cells[2]  # the figure
    nbformat.write(notebook, path)
    said = school.nbgrader("validate", str(path), folder=tmp_path)
    assert "VALIDATION FAILED" in said.upper()
    assert "Hint:" in said


# Late and misnamed --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """Run a class with a due date in which one is late and one gave the file another name."""
    school = School(tmp_path_factory.mktemp("strict"))
    config = school.folder / "nbgrader_config.py"
    config.write_text(config.read_text() + '\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    school.nbgrader("generate_assignment", ASSIGNMENT)
    with Gradebook(f"sqlite:///{school.folder / 'gradebook.db'}", "nn") as gradebook:
        gradebook.update_or_create_assignment(ASSIGNMENT, duedate="2030-01-02 00:00:00 UTC")
    for name, day in {"ada": 1, "bob": 2, "cleo": 3, "dan": 1}.items():
        school.hand_in(name, school.solved(RIGHT))
        stamp = school.path("submitted", name).with_name("timestamp.txt")
        stamp.write_text(f"2030-01-0{day} 00:00:00 UTC")
    misnamed = school.path("submitted", "bob")
    misnamed.rename(misnamed.with_name("ps1 (1).ipynb"))
    school.said = school.nbgrader("autograde", ASSIGNMENT, code=1)
    school.nbgrader("export")
    school.scores = {
        name: (float(row["raw_score"]), float(row["score"]))
        for name, row in table_of_marks(school).items()
    }
    return school


def test_nbgraders_late_penalties_are_taken_from_the_mark(strict):
    assert strict.scores["ada"] == (4.0, 4.0)
    assert strict.scores["cleo"] == (4.0, 0.0)


def test_a_notebook_of_another_name_costs_nobody_else(strict):
    assert "ps1 (1).ipynb" in strict.said
    assert f"error processing assignment '{ASSIGNMENT}' for student 'bob'" in strict.said
    assert strict.scores["dan"] == (4.0, 4.0)
    assert strict.scores["bob"] == (0.0, 0.0)


def test_a_notebook_that_got_its_name_back_is_marked_alone(strict):
    handed_in = strict.path("submitted", "bob")
    handed_in.with_name("ps1 (1).ipynb").rename(handed_in)
    said = strict.nbgrader("autograde", ASSIGNMENT)
    assert said.count("Autograding ") == 1
    assert (
        "<strong>1 of 1 point</strong>"
        in find(strict.graded("bob"), "mse-check").outputs[0].data["text/html"]
    )


# Pieces ------------------------------------------------------------------------------------------


@pytest.fixture
def template():
    notebook = source_notebook()
    cells = []
    for cell in notebook.cells:
        cell = copy.deepcopy(cell)
        if cell.cell_type == "code":
            cell.outputs = []
        cells.append(cell)
    return Template(tuple(cells), {"name": "python3", "display_name": "Python 3"},
                    Assignment.from_notebook(notebook, ASSIGNMENT))  # fmt: skip


def rebuilt(template, cells):
    return rebuild(read_submission(json.dumps({"cells": cells}).encode()), template)


def test_an_empty_notebook_becomes_the_one_handed_out(template):
    assert [cell.source for cell in rebuilt(template, []).cells] == [
        cell.source for cell in template.cells
    ]


def test_cells_of_ones_own_stay_where_they_were(template):
    cells = [copy.deepcopy(cell) for cell in template.cells]
    cells.insert(4, new_code_cell("helper = 1", metadata={"tags": ["skip-execution"]}))
    cells.insert(0, new_markdown_cell("<b>mine</b>"))
    sources = [cell.source for cell in rebuilt(template, cells).cells]
    assert sources[0] == "< b>mine< /b>"
    assert sources[sources.index("helper = 1") - 1] == template.cells[3].source
    assert len(sources) == len(template.cells) + 2


def test_a_changed_cell_of_the_teacher_is_shown_beside_it(template):
    cells = [copy.deepcopy(cell) for cell in template.cells]
    cells[2].source = "figure(size=2)"
    sources = [cell.source for cell in rebuilt(template, cells).cells]
    assert "figure()" in sources
    assert "figure(size=2)" in sources


def test_a_copy_of_what_was_handed_out_is_not_shown_but_another_answer_is(template):
    cells = [copy.deepcopy(cell) for cell in template.cells[3:5]]
    other, answer = copy.deepcopy(cells[0]), copy.deepcopy(cells[0])
    other.source, answer.source = "first try", "mse = 1"
    sources = [cell.source for cell in rebuilt(template, [other, *cells, answer]).cells]
    assert len(sources) == len(template.cells) + 1
    assert "first try" in sources
    assert sources[sources.index("mse = 1") + 1] == template.cells[4].source


def test_an_unknown_name_is_no_name(template):
    cells = [copy.deepcopy(template.cells[3])]
    cells[0].metadata.nbgrader.grade_id = '"><script>'
    cells[0].source = "mine = 1"
    made = rebuilt(template, cells)
    assert "script" not in nbformat.writes(made)
    assert made.cells[0].source == "mine = 1"
    assert made.cells[0].metadata == {}


def test_what_is_added_is_bounded(template):
    cells = [new_markdown_cell("x" * 19_000) for _ in range(100)]
    made = rebuilt(template, cells)
    assert sum(len(cell.source) for cell in made.cells) < MAX_EXTRA + 20_000
    assert "is not shown" in nbformat.writes(made)


def verdict(points, of=2.0):
    part = PartVerdict("a part", points, of, "right")
    return Verdict("01.mse", "A title", "mse", points, of, "right", (part,))


@pytest.mark.parametrize("points", [0.0, 0.5, 1.0])
def test_nbgrader_reads_the_points(template, points):
    notebook = rebuilt(template, [])
    show_marks(notebook, Marks("s", ASSIGNMENT, (Mark("mse-check", "mse", verdict(points)),), "x"))
    assert determine_grade(find(notebook, "mse-check")) == (points, 1.0)


def test_formulas_of_the_hint_are_drawn_and_those_of_the_student_are_not(template):
    notebook = rebuilt(template, [])
    failure = Failure("a part", r"stopped with ValueError: $\frac12$ <b> `$y$` \(a\)", ())
    wrong = replace(verdict(0.0), state="wrong", failure=failure, hint="divide by $n$")
    show_marks(notebook, Marks("s", ASSIGNMENT, (Mark("mse-check", "mse", wrong),), "x"))
    card = find(notebook, "mse-check").outputs[0].data["text/html"]
    said, hint = card.split("Hint.")
    assert "<svg" in hint
    assert "$" not in hint
    assert "<svg" not in said
    assert r"<span>$</span>\frac12<span>$</span> &lt;b&gt;" in said
    assert r"\(" not in said


def test_cells_without_a_mark_are_named_and_give_nothing(template):
    notebook = rebuilt(template, [])
    by_hand = show_marks(notebook, Marks("s", ASSIGNMENT, (), "x"))
    assert by_hand == ["mse-check", "mae-check", "sigmoid-check", "own-check"]
    assert determine_grade(find(notebook, "own-check")) == (0.0, 4.0)


def test_more_than_the_cell_is_worth_is_not_given(template):
    notebook = rebuilt(template, [])
    show_marks(notebook, Marks("s", ASSIGNMENT, (Mark("mse-check", "mse", verdict(2.0)),), "x"))
    assert determine_grade(find(notebook, "mse-check")) == (1.0, 1.0)


class Exporter(TolerantExporter):
    """Reads as if nbgrader had called it."""

    def _is_handed_in(self, path, resources):
        return True


@pytest.mark.parametrize("kind", ["folder", "link", "pipe", "gone"])
def test_what_is_no_file_is_unreadable_and_waits_for_nothing(tmp_path, kind):
    path = tmp_path / "ps1.ipynb"
    if kind == "folder":
        path.mkdir()
    elif kind == "link":
        path.symlink_to(tmp_path / "other.ipynb")
        nbformat.write(source_notebook(), tmp_path / "other.ipynb")
    elif kind == "pipe":
        os.mkfifo(path)
    _, resources = Exporter().from_filename(str(path), {"nbgrader": {}})
    (handed_in,) = [value for value in resources.values() if isinstance(value, HandedIn)]
    assert handed_in.unreadable
    assert handed_in.submission.cells == ()


def test_nothing_is_marked_below_the_required_level(monkeypatch):
    class Weak:
        level = Level.LIMITS

    monkeypatch.setattr(nbgrader_marking, "_sandbox", Weak)
    assert isinstance(open_sandbox(Level.LIMITS), Weak)
    monkeypatch.setattr(nbgrader_marking, "why_not", lambda level: "there is none.")
    with pytest.raises(RuntimeError, match="'landlock' is required and not available: there is"):
        open_sandbox(Level.LANDLOCK)
