"""Progress is kept per exercise, never gets worse, and never gets in the way."""

import json
import sys
from dataclasses import replace

import pytest

from nnlab.exercises import check
from nnlab.exercises.progress import Record, record, save
from nnlab.exercises.verdict import Verdict

HALF = Verdict("91.softmax", "Softmax", "softmax", 1.0, 3.0, "partly right", ())
FULL = replace(HALF, points=3.0, state="right")
ZERO = replace(HALF, points=0.0, state="wrong")
BLANK = replace(HALF, points=0.0, state="not attempted")


@pytest.fixture
def folder(course, tmp_path):
    (tmp_path / ".nnlab").mkdir()
    return tmp_path / ".nnlab" / "progress"


def test_the_best_result_stays(folder):
    for verdict, points in [(ZERO, 0), (HALF, 1), (ZERO, 1), (FULL, 3), (HALF, 3), (BLANK, 3)]:
        assert save(verdict) == ""
        assert record("91.softmax").points == points
    assert record("91.softmax") == Record(3.0, 3.0, "right")
    assert [path.name for path in folder.iterdir()] == ["91.softmax.json"]


def test_not_attempted_is_not_written(folder):
    save(BLANK)
    assert not folder.exists()
    assert record("91.softmax") == Record()


def test_without_a_working_folder_nothing_is_written(course, tmp_path):
    assert save(FULL) == ""
    assert list(tmp_path.iterdir()) == []
    assert record("91.softmax") == Record()


def test_a_folder_below_the_working_folder_counts(folder, tmp_path, monkeypatch):
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    save(HALF)
    assert (folder / "91.softmax.json").exists()


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "{",
        "[]",
        "3",
        '{"points": 1}',
        '{"points": "many", "max_points": 3, "state": "right"}',
        '{"points": 1, "max_points": 3, "state": "great"}',
        '{"points": 1, "max_points": 3, "state": ["right"]}',
        '{"points": NaN, "max_points": 3, "state": "right"}',
        '{"points": Infinity, "max_points": 3, "state": "right"}',
        "[" * 100_000,
    ],
)
def test_a_damaged_record_is_replaced(folder, damaged):
    folder.mkdir()
    (folder / "91.softmax.json").write_text(damaged)
    assert record("91.softmax") == Record()
    save(HALF)
    assert json.loads((folder / "91.softmax.json").read_text())["points"] == 1.0


def test_a_failing_write_is_said_on_the_card_and_breaks_nothing(folder):
    folder.write_text("a file where the folder should be")
    score = check("91.softmax", lambda z: z)
    assert score == 0.0
    assert "Your progress could not be saved" in score._repr_html_()


def test_a_failing_write_leaves_no_half_file(folder, monkeypatch):
    save(HALF)

    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    assert save(FULL) == "Your progress could not be saved: No space left on device."
    assert [path.name for path in folder.iterdir()] == ["91.softmax.json"]
    assert record("91.softmax").points == 1.0


def test_among_the_courses_own_lessons_nobodys_record_is_touched(course, tmp_path, monkeypatch):
    lessons = tmp_path / "lessons"
    for place in (tmp_path, lessons):
        (place / ".nnlab").mkdir(parents=True)
    module = sys.modules[record.__module__]  # its name is also that of a function
    monkeypatch.setattr(module, "lessons_dir", lambda: lessons)
    save(HALF)
    monkeypatch.chdir(lessons)
    assert record("91.softmax") == Record()
    save(FULL)
    monkeypatch.chdir(tmp_path)
    assert record("91.softmax").points == 1.0
    assert not (lessons / ".nnlab" / "progress").exists()
