"""Answers that were not worked out: copied from the public cases or from another student."""

from __future__ import annotations

from itertools import chain

import numpy as np
from hostile_entry import FIRST_TWO, MAE, MSE, Entry, Scene, dumped, late, returned, solved

from nnlab.exercises import catalogue
from nnlab.exercises.checking import PUBLIC_SEED


def table(seed: int) -> str:
    """Return code that knows the right answers of `01.softmax` to the cases of a seed."""
    exercise = catalogue.exercise("01.softmax")
    pairs = [
        (case[0].tolist(), np.asarray(exercise.reference(*case)).tolist())
        for case in chain.from_iterable(exercise.cases(seed))
    ]
    return f"known = {pairs!r}\n"


_BY_INPUT = """
def softmax(z):
    for case, answer in known:
        if np.shape(case) == z.shape and np.allclose(case, z):
            return np.array(answer)
    return z
"""

_IN_ORDER = """
calls = []
def softmax(z):
    calls.append(1)
    return np.array(known[(len(calls) - 1) % len(known)][1])
"""


def _public(function: str, decorated: str = "") -> Entry:
    def submission(scene: Scene) -> bytes:
        cell = table(PUBLIC_SEED) + function
        return dumped(solved({"01.mse": MSE, "01.mae": MAE, "01.softmax": cell}))

    return Entry(f"public-answers-{decorated}", "", submission, FIRST_TWO)


ENTRIES: list[Entry] = [
    Entry(
        "public-answers-by-input",
        "Recognizes the public cases, answers them from a table, and the others with nonsense.",
        _public(_BY_INPUT).submission,
        FIRST_TWO,
    ),
    Entry(
        "public-answers-in-order",
        "Gives the answers of the public cases in their order, whatever is asked.",
        _public(_IN_ORDER).submission,
        FIRST_TWO,
    ),
    Entry(
        "public-answers-by-decorator",
        "Hides the table in a decorator that looks like a cache.",
        _public(
            "def cached(function):\n"
            "    store = {np.array(k).tobytes(): np.array(v) for k, v in known}\n"
            "    return lambda z: store.get(z.tobytes(), function(z))\n"
            "@cached\ndef softmax(z):\n    return z\n"
        ).submission,
        FIRST_TWO,
    ),
    returned(
        "uniform", "One plausible answer for every input.", "np.full(z.shape, 1 / z.shape[1])"
    ),
    returned(
        "random",
        "Rows that sum to one, drawn at random.",
        "r / r.sum(1, keepdims=True)",
        "r = np.random.rand(3, 3)",
    ),
    late(
        "answer-of-another-exercise",
        "Defines the function of another exercise under this name.",
        "softmax = lambda z: 0.5 * (1 + np.tanh(z / 2))\n",
    ),
    late(
        "earlier-function-reused",
        "Points the name at a function that was right for an earlier exercise.",
        "softmax = mse\n",
    ),
]


def neighbours_answers(seed: int) -> bytes:
    """Return a submission with the right answers to the cases that another student got."""
    cell = table(seed) + _IN_ORDER
    return dumped(solved({"01.mse": MSE, "01.mae": MAE, "01.softmax": cell}))
