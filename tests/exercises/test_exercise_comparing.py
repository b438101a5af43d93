"""Form first, values second, and a sentence that helps."""

import numpy as np
import pytest

from nnlab.exercises.comparing import (
    agree,
    fitted,
    form_fault,
    holds_number_or_text,
    value_fault,
)
from nnlab.exercises.printing import show, show_both
from nnlab.exercises.properties import between, sums_to

X = np.array([[0.5, 2.0, 3.0], [4.0, 5.0, 6.0]])


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        (np.zeros(3), np.zeros((3, 1)), "your function returned shape (3,), expected shape (3, 1)"),
        (X.T, X, "rows and columns are exchanged"),
        (np.zeros((3, 3)), np.zeros(3), "NumPy combines shapes (3,) and (3, 1) to (3, 3)"),
        (np.zeros(3), 1.0, "returned shape (3,), expected a single number"),
        (1.0, np.zeros(3), "returned a single number, expected shape (3,)"),
        ([0.0, [0.0]], np.zeros(2), "returned a list of 2 values, expected an array of shape (2,)"),
        ([True, 0.0], np.zeros(2), "returned a list of 2 values, expected an array of shape (2,)"),
        (["0", "1"], np.zeros(2), "returned a list of 2 values, expected an array of shape (2,)"),
        ([0.0, 0.0], 0.0, "returned a list of 2 values, expected a number"),
        (np.zeros(2), (1.0, 2.0), "returned an array of shape (2,), expected a tuple of 2 values"),
        ((1.0,), (1.0, 2.0), "returned a tuple of 1 value, expected a tuple of 2 values"),
        ("a", 1.0, "returned a text, expected a number"),
        (1.0, "a", "returned a number, expected a text"),
        (None, 1.0, "returned None, expected a number"),
        (np.zeros(2, int), np.zeros(2), "returned whole numbers, expected floating-point numbers"),
        (
            np.array([0.0, 0.5]),
            np.zeros(2, int),
            "returned floating-point numbers, expected whole numbers",
        ),
        (np.zeros(2, bool), np.zeros(2), "returned True/False, expected floating-point numbers"),
        (np.zeros(2, bool), np.zeros(2, int), "returned True/False, expected whole numbers"),
        (np.array([0.0, np.nan]), np.zeros(2, int), "1 of 2 numbers is not finite"),
        (np.zeros(2), np.zeros(2, bool), "expected True/False"),
        (True, 1.0, "returned True/False, expected floating-point numbers"),
        (1, True, "returned whole numbers, expected True/False"),
        (
            np.array([1.0, np.nan]),
            np.ones(2),
            "1 of 2 numbers is not finite, the first at [1] is nan",
        ),
        (float("inf"), 1.0, "returned inf, expected a finite number"),
        ({"a": 1}, {"b": 1}, "a dict with the keys ['a'], expected a dict with the keys ['b']"),
        (
            (1.0, np.ones(2)),
            (1.0, np.ones(3)),
            "in returned value 2 of 2: your function returned shape",
        ),
        ([(1.0, "a")], [(1.0, 2.0)], "in returned value 1 of 1, value 2 of 2: your function"),
        ({"a": "x"}, {"a": 1.0}, "in returned entry 'a': your function returned a text"),
    ],
)
def test_wrong_form_is_named(given, expected, words):
    assert words in form_fault(given, expected)
    assert not agree(given, expected, 1e-5, 1e-8)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (1, 1.0),
        (2.0, 2),
        (np.array(1.5), 1.5),
        (1.5, np.array(1.5, np.float32)),
        ([1.0, X], (1.0, X)),
        (X.astype(np.float32), X),
        (np.array([1, 2], np.uint8), np.array([1, 2])),
        (np.array([1.0, -2.0]), np.array([1, -2])),
        (np.array([1.0, 2.0], np.float32), np.array([1, 2])),
        (X.tolist(), X),
        ((tuple(X[0].tolist()), X[1].tolist()), X),
        ([X[0], X[1]], X),
        ([np.array(0.5), 2], np.array([0.5, 2.0])),
        ([0, 1], np.array([0.0, 1.0])),
        ([0.0, 1.0], np.array([0, 1])),
        ([True, False], np.array([True, False])),
        ([], np.zeros(0)),
        ((1.0, [0.5, 2.0]), (1.0, np.array([0.5, 2.0]))),
        ({"a": [0.5, 2.0]}, {"a": np.array([0.5, 2.0])}),
        (np.array([np.nan, np.inf, -np.inf]), np.array([np.nan, np.inf, -np.inf])),
        (np.float64(0.0), -0.0),
        ("a", "a"),
        (None, None),
        (np.zeros((0, 3)), np.zeros((0, 3))),
    ],
)
def test_right_answers_pass(given, expected):
    given = np.asarray(given) if isinstance(given, np.generic) else given
    assert agree(given, expected, 1e-5, 1e-8)


@pytest.mark.parametrize(
    ("given", "expected", "words"),
    [
        (
            X + np.array([[0, 0, 1e-3], [0, 0, 0]]),
            X,
            "1 of 6 numbers is wrong, the first at [0, 2]",
        ),
        (2 * X, X, "6 of 6 numbers are wrong, the first at [0, 0]: your function returned 1.0, "),
        (2 * X, X, "expected 0.5 (2 times too large)"),
        (-X, X, "(the sign is reversed)"),
        (3, 4, "your function returned 3, expected 4"),
        (2, 4, "your function returned 2, expected 4"),
        ("mse", "mae", "your function returned 'mse', expected 'mae'"),
        (5.0, float("inf"), "expected inf"),
        (float("-inf"), float("inf"), "expected inf"),
        (5.0, float("nan"), "expected nan"),
        (True, False, "returned True, expected False"),
        (np.array([2**53 + 1]), np.array([2**53]), "1 of 1 numbers is wrong"),
        (np.array([1000001.0]), np.array([1000000]), "1 of 1 numbers is wrong"),
    ],
)
def test_wrong_values_are_named(given, expected, words):
    assert words in value_fault(given, expected, 1e-5, 1e-8)


def test_no_factor_where_there_is_none():
    assert "times" not in value_fault(X + 1, X, 1e-5, 1e-8)
    assert value_fault(2, 4, 1e-5, 1e-8).endswith("expected 4")
    assert "times" not in value_fault(np.array([2.0, 1.0]), np.array([1.0, 0.0]), 1e-5, 1e-8)


@pytest.mark.parametrize(
    ("given", "expected", "others", "words"),
    [
        (0.5, 5.0, [], ""),
        (0.5, 5.0, [(0.3, 3.0)], "(10 times too small)"),
        (0.5, 5.0, [(0.3, 3.0), (2.0, 2.0)], ""),
        (0.5, 5.0, [(0.0, 0.0)], ""),
        (-5.0, 5.0, [(2.0, -2.0), (0.0, 0.0)], "(the sign is reversed)"),
        ((0.5, 1.0), (5.0, 1.0), [((0.3, 9.0), (3.0, 9.0))], "(10 times too small)"),
        ({"a": 2.0}, {"a": 1.0}, [({"a": 8.0}, {"a": 4.0})], "(2 times too large)"),
        ([2.0], [1.0], [([8.0, 1.0], [4.0, 1.0])], ""),
        (np.array([0.0, 2.0]), np.array([0.0, 1.0]), [], ""),
        (np.array([0.0, 2.0]), np.array([0.0, 1.0]), [(X * 2, X)], "(2 times too large)"),
        (X * 2, X, [(X, X)], "(2 times too large)"),
        (2.0, 1.0, [(None, None)], ""),
    ],
)
def test_one_number_shows_a_factor_only_if_the_other_cases_do(given, expected, others, words):
    said = value_fault(given, expected, 1e-5, 1e-8, others)
    assert said.endswith(words)
    assert bool(words) == ("(" in said)


def test_lists_become_arrays_only_where_arrays_are_expected():
    assert fitted([1.0, 2.0], np.zeros(2)).dtype == np.float64
    assert fitted([1, 2], np.zeros(2)).dtype == np.float64
    assert fitted([1, 2], np.zeros(2, int)).dtype.kind == "i"
    for kept in ([1.0, [2.0]], ["a"], [True, 1], [None], [{}]):
        assert fitted(kept, np.zeros(2)) is kept
    for expected in (1.0, "a", np.array(1.0), [1.0, 2.0], (1.0, 2.0)):
        assert fitted([1.0, 2.0], expected) == [1.0, 2.0]


def test_tolerance_is_relative_and_absolute():
    assert value_fault(1000.005, 1000.0, 1e-5, 0.0) is None
    assert value_fault(1000.02, 1000.0, 1e-5, 0.0) is not None
    assert value_fault(1e-9, 0.0, 1e-5, 1e-8) is None
    assert value_fault(1e-7, 0.0, 1e-5, 1e-8) is not None


def test_float32_noise_passes_and_a_mistake_does_not():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(200, 10)) * 300

    def softmax(z):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    exact = softmax(z)
    assert agree(softmax(z.astype(np.float32)), exact, 1e-5, 1e-8)
    assert not agree((exact * 1.001).astype(np.float32), exact, 1e-5, 1e-8)


def test_what_counts_as_telling():
    assert holds_number_or_text([np.array([np.nan, 1.0])])
    assert holds_number_or_text({"a": "text"})
    assert not holds_number_or_text((np.array([np.nan, np.inf]), None, float("nan")))


def test_properties():
    assert sums_to(1.0)((), np.full((2, 4), 0.25)) is None
    assert sums_to(1.0)((), np.full((2, 4), 0.25, np.float32)) is None
    ones = np.ones((2, 4))
    assert sums_to(1.0)((), ones) == "every row must sum to 1, but one of yours sums to 4.0"
    assert sums_to(1.0, axis=1)((), ones) == sums_to(1.0)((), ones)
    assert sums_to(1.0, axis=0)((), ones) == (
        "every column must sum to 1, but one of yours sums to 2.0"
    )
    assert sums_to(0.5)((), ones[0]) == "the numbers must sum to 0.5, but yours sum to 4.0"
    assert sums_to(1.0)((), ones[None]) == (
        "the sums over axis -1 must all be 1, but one of yours is 4.0"
    )
    assert sums_to(1.0)((), np.array([np.nan])) is not None
    assert between(0, 1)((), [0.0, 1.0]) is None
    assert between(0, 1)((), 1.5) == (
        "every number must lie between 0.0 and 1.0, but your function returned 1.5"
    )
    assert between(0, 1)((), np.array([0.5, np.nan])) is not None


def test_printing():
    assert show(3.0) == "3.0"
    assert show(-2.0) == "-2.0"
    assert show(0.123456) == "0.1235"
    assert show((1,)) == "(1,)"
    assert show((1, "a", None)) == "(1, 'a', None)"
    assert show([1.5, np.array([1.0, 2.0])]) == "[1.5, [1., 2.]]"
    assert show({"a": 1}) == "{'a': 1}"
    assert show(np.array([998.38, -0.038])) == "[998.38 ,  -0.038]"
    assert "e-09" in show(np.array([1.0, 1e-9]))
    assert show(np.array([1.5, 0.25], dtype=np.float16)) == "[1.5 , 0.25]"
    assert show(np.zeros((50, 2))).endswith("with shape (50, 2)")
    assert show(np.array(2.5)) == "2.5"
    assert show(list(range(20))).endswith("9, …]")
    assert len(show(["x" * 400] * 10)) == 600


def test_printing_two_numbers_tells_them_apart():
    assert show_both(1.0, 2.0) == ("1.0", "2.0")
    assert show_both(1.0, 1.000001) == ("1.0", "1.000001")
    first, second = show_both(np.array([1.0]), np.array([1.0000001]))
    assert first != second
