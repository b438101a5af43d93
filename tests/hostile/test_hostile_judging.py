"""Whatever plain data a sandbox brings home, the verdict on it is reached, fair and short."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest

from nnlab.exercises import catalogue
from nnlab.exercises.answers import Answer, collect
from nnlab.exercises.card import card_html
from nnlab.exercises.verdict import judge, prepared_cases

SEED = 5

HUGE = 2**62

WHOLE = {
    "nan": float("nan"),
    "inf": float("inf"),
    "huge": HUGE,
    "text": "x" * 10_000,
    "surrogates": "\ud800<script>",
    "empty": np.empty((0, 5)),
    "empty-with-huge-side": np.empty((0, 2**40)),
    "thirty-axes": np.zeros((1,) * 30),
    "two-million": np.zeros(2_000_000),
    "half-precision": np.full(4, 6e4, dtype=np.float16),
    "unsigned": np.full(4, 2**64 - 1, dtype=np.uint64),
    "long-list": [0.5] * 90_000,
    "list-of-huge": [HUGE] * 1000,
    "nested": [[[[[[[1]]]]]]],
    "odd-dict": {"a": 1, 1: 2, -HUGE: {"b": ()}},
    "large-dict": {str(number): number for number in range(5000)},
    "nothing-in-it": [(), {}, []],
    "arrays": [np.zeros(3)] * 1000,
}
"""Values that are returned instead of the right ones."""

LEAVES = {
    "nan": float("nan"),
    "inf": float("inf"),
    "huge": HUGE,
    "huge-float": 1e300,
    "negative": -3,
    "many": 10**9,
    "tiny": 1e-300,
    "text": "x",
    "none": None,
    "pair": (1, 2),
    "true": True,
}
"""Values that are put in the place of every number and text of the right ones."""


def _everywhere(value, leaf):
    if isinstance(value, tuple | list):
        return type(value)(_everywhere(item, leaf) for item in value)
    if isinstance(value, dict):
        return {key: _everywhere(item, leaf) for key, item in value.items()}
    if isinstance(value, np.ndarray) and isinstance(leaf, int | float):
        return np.full(value.shape, float(leaf))
    return leaf


# A split may be given by its seed, and this is a seed like any other.
FAIR = {("10.capstone", "leaf-many"): 1}


@pytest.mark.parametrize("name", catalogue.exercises())
def test_odd_values_get_a_verdict_and_no_points(name):
    exercise = catalogue.exercise(name)
    cases = list(chain.from_iterable(prepared_cases(exercise, SEED)))
    right = [answer.value for answer in collect(exercise.reference, cases)]
    tried = {f"whole-{key}": [value] * len(cases) for key, value in WHOLE.items()}
    for key, leaf in LEAVES.items():
        tried[f"leaf-{key}"] = [_everywhere(value, leaf) for value in right]
    for key, values in tried.items():
        with np.errstate(all="ignore"):
            verdict = judge(exercise, [Answer("value", value) for value in values], SEED)
        assert verdict.points == FAIR.get((name, key), 0), key
        assert len(card_html(verdict)) < 60_000, key
