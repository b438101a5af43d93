"""The map of the course shows every lesson and the reader's own progress."""

import json
from dataclasses import replace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from nnlab._resources import lessons_dir
from nnlab.exercises import catalogue, progress
from nnlab.exercises.progress import save
from nnlab.exercises.verdict import Verdict

HALF = Verdict("91.softmax", "Softmax", "softmax", 1.0, 3.0, "partly right", ())
FULL = replace(HALF, points=3.0, state="right")
WRONG = replace(HALF, name="91.bug", points=0.0, max_points=2.0, state="wrong")


@pytest.fixture
def folder(course, tmp_path):
    (tmp_path / ".nnlab").mkdir()
    return tmp_path / ".nnlab" / "progress"


@pytest.fixture
def finished(folder):
    for name in catalogue.exercises():
        save(replace(FULL, name=name))


def test_a_line_per_lesson_the_total_and_the_next_step(folder):
    assert repr(progress()) == (
        "91 Toy lesson: Does the machinery work? "
        "(5 min, 0 of 3 exercises solved, 0 of 6.5 points)\n"
        "All lessons: 0 h 5 min, 0 of 3 exercises solved, 0 of 6.5 points\n"
        "Go on with 91 Toy lesson: exercise 91.softmax, Softmax of $z$"
    )
    save(HALF)
    assert repr(progress()).endswith("exercise 91.softmax, Softmax of $z$")
    save(FULL)
    save(WRONG)
    assert "1 of 3 exercises solved, 3 of 6.5 points" in repr(progress())
    assert repr(progress()).endswith("exercise 91.goal, Pick head and loss")


def test_the_state_of_every_exercise_is_said(folder):
    save(HALF)
    save(WRONG)
    html = progress()._repr_html_()
    assert "◐ Softmax of $z$ <small>(partly right, 1 of 3)</small>" in html
    assert "✘ Spot the bug <small>(not right yet, 0 of 2)</small>" in html
    assert "– Pick head and loss <small>(not attempted yet, 0 of 1.5)</small>" in html
    save(FULL)
    assert "✔ Softmax of $z$ <small>(right, 3 of 3)</small>" in progress()._repr_html_()


def test_a_row_has_link_question_minutes_sums_and_a_bar(folder):
    def row():
        return progress()._repr_html_().split("<tbody>")[1].split("<tr>")[1]

    for part in (
        '<a href="91_toy.ipynb">91 Toy lesson</a>',
        "Does the machinery work?<br><small>1 result to predict</small>",
        ">5</td>",
        ">– 0 of 3</summary>",
        ">0 of 6.5<div",
        "width:0%",
    ):
        assert part in row()
    save(FULL)
    assert ">◐ 1 of 3</summary>" in row()
    assert ">3 of 6.5<div" in row()
    assert "width:46%" in row()


def test_the_next_lesson_is_named_and_linked(folder):
    html = progress()._repr_html_()
    assert '<strong>Go on with <a href="91_toy.ipynb">91 Toy lesson</a></strong>' in html


def test_when_everything_is_solved_it_says_so(finished):
    assert repr(progress()).endswith("✔ All exercises are solved.")
    html = progress()._repr_html_()
    assert "Go on with" not in html
    assert html.count("✔ 3 of 3") == 2  # the lesson's row, and all lessons
    assert html.count("width:100%") == 3  # two bars, and the table


def test_the_playground_is_linked_with_its_question(folder):
    html = progress()._repr_html_()
    assert '<a href="playground.ipynb">Playground</a>' in html
    first = nbformat.read(lessons_dir() / "playground.ipynb", as_version=4).cells[0].source
    title, question, minutes = first.split("\n\n")
    assert title == "# Playground"
    assert f">{question.strip('*')}</td>" in html
    assert f">{minutes.removesuffix(' minutes')}</td>" in html


def test_points_are_those_of_today(folder):
    save(replace(FULL, points=1.0, max_points=1.0))  # an earlier version gave less
    save(replace(WRONG, points=99.0, max_points=100.0, state="partly right"))
    assert "5 of 6.5 points" in repr(progress())


@pytest.mark.parametrize("damaged", ["", "[]", '{"points": 1e999}', "\x00"])
def test_a_damaged_record_counts_as_none_and_the_others_stay(folder, damaged):
    save(FULL)
    (folder / "91.bug.json").write_text(damaged)
    assert "1 of 3 exercises solved, 3 of 6.5 points" in repr(progress())


def test_a_record_that_is_no_folder_counts_as_none(folder):
    folder.write_text("a file")
    assert "0 of 3 exercises solved" in repr(progress())


def test_outside_of_a_working_folder_it_says_why_nothing_is_counted(course, tmp_path):
    assert "Made outside a working folder" in progress()._repr_html_()
    (tmp_path / ".nnlab").mkdir()
    assert "Made outside a working folder" not in progress()._repr_html_()


def test_exercises_come_in_the_order_of_the_notebook(folder, tmp_path, monkeypatch):
    calls = ['check("91.bug", mean_of)', 'hint("91.softmax")', 'check("91.goal", choose)']
    notebook = new_notebook(cells=[new_code_cell(call) for call in calls])
    (tmp_path / "91_toy.ipynb").write_text(nbformat.writes(notebook), "utf-8")
    monkeypatch.setattr("nnlab.exercises.course_map.lessons_dir", lambda: tmp_path)
    (lesson,) = progress().lessons
    assert [s.exercise.name for s in lesson.exercises] == ["91.bug", "91.goal", "91.softmax"]


# The course --------------------------------------------------------------------------------------


def test_the_map_lists_all_lessons_in_the_order_of_their_notebooks():
    lessons = progress().lessons
    assert [p.lesson for p in lessons] == list(catalogue.lessons().values())
    names = [s.exercise.name for p in lessons for s in p.exercises]
    assert sorted(names) == sorted(catalogue.exercises())
    for p in lessons:
        notebook = json.loads((lessons_dir() / p.lesson.notebook).read_bytes())
        cells = ["".join(cell["source"]) for cell in notebook["cells"]]
        checked = [cell for cell in cells if cell.startswith("check(")]
        assert len(checked) == len(p.exercises)
        for cell, standing in zip(checked, p.exercises, strict=True):
            assert f'check("{standing.exercise.name}", ' in cell


def test_every_notebook_that_the_map_names_is_there():
    names = [p.lesson.notebook for p in progress().lessons]
    for name in [*names, "playground.ipynb"]:
        assert (lessons_dir() / name).is_file(), name


def test_the_first_lesson_shows_the_map_of_today_without_anybodys_progress(monkeypatch):
    """Else: build 00_start_here again."""
    monkeypatch.chdir(lessons_dir())
    cells = nbformat.read(lessons_dir() / "00_start_here.ipynb", as_version=4).cells
    (cell,) = [cell for cell in cells if cell.source == "progress()"]
    (output,) = cell.outputs
    assert output.data["text/html"] == progress()._repr_html_()
    assert "✔" not in output.data["text/html"]
