"""Solutions that a teacher withholds: a file beside the notebook, and what happens without one."""

import json
from datetime import date, timedelta

import pytest

from nnlab.exercises import check, hint, hints, solution, withholding
from nnlab.exercises.withholding import FILE, Withholding, WithholdingError, read, write

TODAY = date.today()
YESTERDAY, TOMORROW = TODAY - timedelta(1), TODAY + timedelta(1)
SHOWN = "one solution"


@pytest.fixture(autouse=True)
def beside_the_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(hints, "_given", {})
    return tmp_path


def test_without_a_file_the_solution_is_shown():
    assert SHOWN in repr(solution("01.mse"))


@pytest.mark.parametrize("until", [None, TODAY, TOMORROW])
def test_a_withheld_solution_is_not_shown(tmp_path, until):
    write(tmp_path, Withholding(until))
    shown = repr(solution("01.mse"))
    assert SHOWN not in shown
    assert "def " not in shown
    assert (until is None) or until.isoformat() in shown


def test_after_the_day_the_solution_is_shown(tmp_path):
    write(tmp_path, Withholding(YESTERDAY))
    assert SHOWN in repr(solution("01.mse"))


def test_hints_and_checks_stay(tmp_path):
    write(tmp_path, Withholding(TOMORROW))
    given = [repr(hint("01.mse")) for _ in range(4)]
    assert [text[:12] for text in given[:3]] == [f"**Hint {n} of " for n in (1, 2, 3)]
    assert TOMORROW.isoformat() in given[3]
    assert "solution(" not in given[3]
    assert check("01.mse", lambda y, prediction: ((y - prediction) ** 2).mean()) == 1


def test_without_a_file_the_last_hint_points_to_the_solution():
    assert 'solution("01.mse")' in [repr(hint("01.mse")) for _ in range(4)][3]


def test_an_unknown_name_is_told_even_if_solutions_are_withheld(tmp_path):
    write(tmp_path, Withholding(None))
    with pytest.raises(ValueError, match=r"01\.mse"):
        solution("01.mes")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"{}",
        b'{"until": 3}',
        b'{"until": "tomorrow"}',
        b'{"until": "2026-13-01"}',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"until": null}' + b" " * 20_000,
    ],
)
def test_a_spoilt_file_is_no_reason_to_stop(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)
    assert SHOWN in repr(solution("01.mse"))
    with pytest.raises(WithholdingError, match="should hold"):
        read(tmp_path)


def test_a_folder_of_that_name_is_no_reason_to_stop(tmp_path):
    (tmp_path / FILE).mkdir()
    assert SHOWN in repr(solution("01.mse"))
    with pytest.raises(WithholdingError, match="cannot be read"):
        read(tmp_path)


def test_a_deleted_working_folder_is_no_reason_to_stop(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert SHOWN in repr(solution("01.mse"))


@pytest.mark.parametrize("until", [None, date(2030, 12, 31)])
def test_what_is_written_is_read(tmp_path, until):
    write(tmp_path, Withholding(until))
    assert read(tmp_path) == Withholding(until)
    assert json.loads((tmp_path / FILE).read_text()).keys() == {"until"}


def test_the_day_is_a_date():
    with pytest.raises(TypeError, match=r"until must be a datetime\.date or None, got a str"):
        Withholding("2030-12-31")


def test_no_file_means_nothing_is_withheld(tmp_path):
    assert read(tmp_path) is None
    assert withholding.now() is None
