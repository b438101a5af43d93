"""A specification that cannot work is refused when it is written."""

from dataclasses import replace

import numpy as np
import pytest

from nnlab._sources import plain_source
from nnlab.exercises import Mistake, Part


def cases(rng):
    return [(1.0,)]


@pytest.fixture
def softmax(toys):
    return toys.exercises["91.softmax"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "softmax"}, "two digits"),
        ({"name": "91.Soft/../max"}, "two digits"),
        ({"entry": "soft max"}, "entry must be a function name"),
        ({"parts": ()}, "parts is empty"),
        ({"hints": ("one", "two")}, "expected 3 hints"),
        ({"hints": ("one", "two", "")}, "expected 3 hints"),
        ({"mistakes": (Mistake(cases, "a"), Mistake(cases, "b"))}, "same function name"),
    ],
)
def test_wrong_fields(softmax, change, words):
    with pytest.raises(ValueError, match=words):
        replace(softmax, **change)


def test_wrong_parts_and_mistakes():
    with pytest.raises(ValueError, match="points must be above 0"):
        Part("title", 0, cases)
    with pytest.raises(ValueError, match="points must be above 0"):
        Part("title", float("nan"), cases)
    with pytest.raises(ValueError, match="needs a title"):
        Part("", 1, cases)
    with pytest.raises(ValueError, match="needs a hint"):
        Mistake(cases, "")


def test_wrong_cases(softmax):
    with pytest.raises(ValueError, match="has no cases"):
        replace(softmax, parts=(Part("none", 1, lambda rng: []),)).cases(0)
    with pytest.raises(TypeError, match="is a ndarray, expected a tuple"):
        replace(softmax, parts=(Part("bare", 1, lambda rng: [np.ones(2)]),)).cases(0)


def test_the_solution_is_taken_from_a_function_or_a_text(toys):
    assert toys.exercises["91.softmax"].solution_source.startswith("def softmax(z):\n    shifted")
    assert toys.exercises["91.softmax"].arguments == ("z",)
    assert toys.exercises["91.goal"].arguments == ("task", "seed")
    assert toys.exercises["91.bug"].solution_source.endswith("axis=0)\n")


def test_a_solution_of_another_name_is_refused(softmax):
    with pytest.raises(ValueError, match="does not define a function 'softmax'"):
        _ = replace(softmax, solution="def other(z): return z").arguments


def test_annotations_are_taken_out_and_everything_else_stays():
    given = """
    def f(a: Any, b: "dict[str, int]" = 3, *c: int, d: float = 2.0, **e: Any) -> tuple[Any, float]:
        # é stays -> here
        def g(é: int) -> int: return é
        x: int = g(1)
        return a, x
    """
    assert plain_source(given) == (
        "def f(a, b = 3, *c, d = 2.0, **e):\n"
        "    # é stays -> here\n"
        "    def g(é): return é\n"
        "    x: int = g(1)\n"
        "    return a, x\n"
    )


def test_an_annotation_over_two_lines_is_refused():
    with pytest.raises(ValueError, match="must stay on that line"):
        plain_source("def f(a: dict[\n    str, int]): return a")
