"""`check`, `hint` and `solution`, as a notebook calls them."""

import json
import pickle

import numpy as np
import pytest

from nnlab.exercises import CheckFailedError, Score, catalogue, check, hint, hints, solution
from nnlab.exercises.proving import run_solution


def naive(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


@pytest.fixture(autouse=True)
def _course(course, monkeypatch):
    monkeypatch.setattr(hints, "_given", {})


def test_the_score_is_a_number_that_shows_a_card():
    score = check("91.softmax", naive)
    assert score == 1.0
    assert isinstance(score, float)
    assert float(repr(score)) == 1.0
    assert repr(score) == "1.0"
    assert "Partly right" in score._repr_html_()
    assert sum([score, score]) == 2.0


def test_scores_survive_pickling():
    score = pickle.loads(pickle.dumps(check("91.softmax", naive)))
    assert type(score) is Score
    assert score.verdict.mistake == "naive"


def test_text_plain_of_a_cell_is_the_number():
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(
        check("91.goal", lambda task, seed: ("linear", "mse"))
    )
    assert data["text/plain"] == "1.5"
    assert "Right" in data["text/html"]


def test_the_card_of_an_untouched_stub_is_the_same_every_time():
    def stub(z):
        raise NotImplementedError

    first, second = check("91.softmax", stub), check("91.softmax", stub)
    assert repr(first) == repr(second) == "0.0"
    assert first._repr_html_() == second._repr_html_()
    assert "Not attempted yet" in first._repr_html_()


def test_unknown_names_get_suggestions():
    with pytest.raises(
        ValueError, match=r"no exercise called '91.sofmax'; did you mean '91.softmax'"
    ):
        check("91.sofmax", naive)
    with pytest.raises(ValueError, match=r"did you mean '91.softmax' or '91.goal' or '91.bug'"):
        check("91.xyzzy", naive)
    with pytest.raises(TypeError, match="name must be a text"):
        check(naive, "91.softmax")


def test_a_result_instead_of_a_function():
    with pytest.raises(
        TypeError, match=r"the function itself, check\('91.softmax', softmax\).*run the cell"
    ):
        check("91.softmax", naive(np.ones((2, 2))))


def test_nbgrader_validate_raises_with_the_hint(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    with pytest.raises(CheckFailedError, match=r"Hint: \$e\^\{1000\}\$ is too large") as caught:
        check("91.softmax", naive)
    lines = caught.value._render_traceback_()
    assert lines[0].startswith("◐ Partly right")
    assert max(map(len, lines)) <= 87
    with pytest.raises(CheckFailedError, match=r"Not attempted yet"):
        check("91.softmax", lambda z: None)
    assert check("91.softmax", run_solution(catalogue.exercise("91.softmax"))) == 3


def test_nbgrader_autograde_gives_partial_credit(monkeypatch, tmp_path):
    (tmp_path / ".nnlab").mkdir()
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check("91.softmax", naive) == 1.0
    assert not (tmp_path / ".nnlab" / "progress").exists()


def test_progress_is_kept_in_the_working_folder(tmp_path):
    (tmp_path / ".nnlab").mkdir()
    check("91.softmax", naive)
    kept = json.loads((tmp_path / ".nnlab" / "progress" / "91.softmax.json").read_text())
    assert kept == {"points": 1, "max_points": 3, "state": "partly right"}


def test_checking_leaves_the_global_random_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state is what is tested
    check("91.softmax", naive)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_hints_come_one_after_the_other():
    shown = [repr(hint("91.softmax")) for _ in range(5)]
    assert shown[0] == "**Hint 1 of 3.** Think of $e^z$."
    assert shown[2] == "**Hint 3 of 3.** Subtract `z.max()`."
    assert "no more hints" in shown[3]
    assert 'solution("91.softmax")' in shown[3]
    assert shown[3] == shown[4]
    assert repr(hint("91.goal")).startswith("**Hint 1 of 3.**")


def test_the_solution_is_code():
    shown = solution("91.softmax")._repr_markdown_()
    assert "```python\ndef softmax(z):\n" in shown
    assert shown.endswith("\n```")


@pytest.mark.parametrize("function", [hint, solution])
def test_help_for_unknown_names(function):
    with pytest.raises(ValueError, match=r"did you mean '91\.softmax'"):
        function("91.softmx")
