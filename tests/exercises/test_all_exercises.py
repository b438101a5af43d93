"""Every exercise keeps what its specification promises, and so do its notebook cells."""

import ast
import json
from dataclasses import replace

import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab.exercises import Mistake, Part, catalogue
from nnlab.exercises.proving import judged, problems, run_solution

NOTEBOOKS = sorted(lessons_dir().glob("*.ipynb"))


def code_cells(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            yield "".join(cell["source"]), cell["metadata"].get("nbgrader", {})


def checked_name(source):
    """Return the exercise that a cell checks in its last line, or None."""
    if "check(" not in source:
        return None
    last = ast.parse(source).body[-1]
    call = last.value if isinstance(last, ast.Expr) else None
    if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check":
        return call.args[0].value
    return None


@pytest.mark.parametrize("name", catalogue.exercises())
def test_the_specification_keeps_its_promises(name):
    assert problems(catalogue.exercise(name)) == []


NONSENSE = {
    "None": None,
    "text": "0.5",
    "NaN": float("nan"),
    "whole number": 3,
    "True": True,
    "complex number": 1j,
    "empty list": [],
    "empty array": np.zeros(0),
    "array without axes": np.array(0.5),
    "texts": ["a", "b"],
    "rows of several lengths": [[1.0], [1.0, 2.0]],
    "lists in lists in lists": [[[[1.0]]]],
    "dict": {"rate": 0.5},
    "ten thousand numbers": [0.5] * 10_000,
    "square": np.ones((2, 2)),
    "something": object(),
}


@pytest.mark.parametrize("name", catalogue.exercises())
@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_worth_nothing_and_gets_a_sentence(name, kind):
    verdict = judged(catalogue.exercise(name), lambda *arguments, **named: NONSENSE[kind])
    assert verdict.points == 0
    assert verdict.state in ("wrong", "not attempted")
    if verdict.state == "wrong":
        assert len(verdict.failure.said.split()) > 3
        assert "could not be tried out" not in verdict.failure.said


@pytest.mark.parametrize("name", catalogue.exercises())
def test_the_exercise_is_checked_by_one_cell_of_its_notebook(name):
    cells = [
        (path, metadata)
        for path in NOTEBOOKS
        for source, metadata in code_cells(path)
        if checked_name(source) == name
    ]
    assert len(cells) == 1, f"{name} is checked by {len(cells)} cells"
    path, metadata = cells[0]
    assert path.name.startswith(name[:2])
    assert metadata["grade"] is True
    assert metadata["locked"] is True
    assert metadata["solution"] is False
    assert metadata["points"] == catalogue.exercise(name).max_points


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_grade_cells_are_unique_and_have_an_exercise(path):
    ids = [metadata["grade_id"] for _, metadata in code_cells(path) if metadata]
    assert len(set(ids)) == len(ids)
    for source, metadata in code_cells(path):
        if metadata.get("grade"):
            assert checked_name(source) in catalogue.exercises()


@pytest.mark.parametrize("key", catalogue.lessons())
def test_the_lesson_has_its_notebook(key):
    assert (lessons_dir() / catalogue.lessons()[key].notebook).is_file()


@pytest.mark.parametrize("name", ["91.softmax", "91.goal", "91.bug"])
def test_toys_keep_their_promises(toys, name):
    assert problems(toys.exercises[name]) == []


def same_as_naive(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def rotten(softmax):
    """Yield changes that break the softmax exercise, and what must be said about each."""
    right, mistakes = softmax.reference, softmax.mistakes
    yield {"mistakes": mistakes[:3]}, "it has 3 known mistakes"
    yield {"equivalents": ()}, "it has no equivalents"
    yield {"hints": ("a", "a", "b")}, "two of its hints are the same"
    yield {"reference": same_as_naive}, "the solution is partly right"
    yield {"reference": mistakes[3].function}, "the reference is wrong"
    yield {"solution": "def softmax(z):\n    return z"}, "the solution is wrong"
    yield {"equivalents": (same_as_naive,)}, "the equivalent same_as_naive is partly right"
    yield {"mistakes": (*mistakes, Mistake(right, "none"))}, "the mistake softmax is right"
    yield (
        {"mistakes": (*mistakes, Mistake(same_as_naive, "twin"))},
        "the mistake same_as_naive earns the hint of naive",
    )
    yield {"start": right}, "the reference is not attempted"
    yield (
        {"parts": (Part("fixed", 1, lambda rng: [(np.array([[1.0, 2.0]]),)]),)},
        "its cases are the same on seeds 0 and 1",
    )
    own = np.random.default_rng(0)
    yield (
        {"parts": (Part("own", 1, lambda rng: [(own.normal(size=(2, 2)),)]),)},
        "two calls gave different cases",
    )


def test_broken_specifications_are_found_out(toys):
    softmax = toys.exercises["91.softmax"]
    for change, said in rotten(softmax):
        found = problems(replace(softmax, **change))
        assert any(said in problem for problem in found), (change, found)


def test_a_solution_may_use_numpy_only(toys):
    softmax = replace(
        toys.exercises["91.softmax"], solution="def softmax(z):\n    return helper(z)"
    )
    assert any("NameError" in problem for problem in problems(softmax))
    annotated = replace(softmax, solution="x: Any = 1\ndef softmax(z: Any) -> Any:\n    return z")
    with pytest.raises(NameError, match="Any"):
        run_solution(annotated)
    assert run_solution(toys.exercises["91.bug"])(np.ones((2, 2))).tolist() == [1.0, 1.0]
