"""Lesson 10, the project: what it asks of any table, and a rehearsal on any of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from nnlab import datasets
from nnlab.datasets import Dataset
from nnlab.exercises.answers import Plain, collect
from nnlab.exercises.card import card_html, card_text
from nnlab.exercises.process import Process, train_dense
from nnlab.exercises.process_training import train_network
from nnlab.exercises.specification import Exercise
from nnlab.exercises.verdict import Verdict, judge
from nnlab.spaces import Choice, LogUniform, Range

__all__ = [
    "BUDGET",
    "FRACTIONS",
    "GRADED",
    "SPACE",
    "Rehearsal",
    "print_report",
    "project",
    "rehearse",
    "train_network",
]

GRADED = datasets.breast_cancer
"""The table of the graded exercise. With another one here, that is the capstone."""

SPACE: Mapping[str, Range] = {
    "units": Choice([4, 8, 16, 32, 64]),
    "learning_rate": LogUniform(1e-3, 0.3),
    "weight_decay": LogUniform(1e-4, 1.0),
    "epochs": Choice([20, 50, 100]),
}
"""What a trial may set."""

BUDGET = 12
"""How many networks may be trained and compared."""

FRACTIONS = (0.6, 0.2, 0.2)
"""Shares of training, validation and test part where a report gives the split by its seed."""

MARGINS = {"breast_cancer": 0.28, "diabetes": 0.25, "digits": 0.8, "wine": 0.45}
"""By how much the chosen network must beat the baseline on the test part."""

POINTS = {"trials": 2, "test": 2, "goal": 2}
"""Rules that are worth more than one point."""

_OTHER_MARGIN = 0.05
"""For a reader's own table, of which nothing is known: better than the baseline."""

_NOTE = "A rehearsal: the same rules and the same sentences, but these points count nowhere."


@lru_cache(maxsize=16)
def project(data: Dataset) -> Process:
    """Return what the capstone asks for with one table.

    Parameters
    ----------
    data : Dataset
        One of the course's, or one of the reader's own.

    Returns
    -------
    Process
    """
    margin = MARGINS.get(data.name, _OTHER_MARGIN)
    return Process(data, train_dense, SPACE, BUDGET, margin, fractions=FRACTIONS)


class Rehearsal:
    """What the judge says about a report; in a notebook it shows as a card.

    Parameters
    ----------
    verdict : Verdict
        What was decided.
    """

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict

    def __repr__(self) -> str:
        return card_text(self.verdict, _NOTE)

    def _repr_html_(self) -> str:
        return card_html(self.verdict, _NOTE)


def rehearse(function: Callable[..., object], data: Dataset) -> Rehearsal:
    """Judge a report on any table by the rules of the capstone; nothing is kept.

    Parameters
    ----------
    function : callable
        ``function(x, y)`` returns the report; it is called once.
    data : Dataset
        One of the course's, or one of the reader's own.

    Returns
    -------
    Rehearsal

    Raises
    ------
    TypeError
        If `function` cannot be called or `data` is no data set.
    """
    if not callable(function):
        raise TypeError(
            "function: expected your function itself, as in rehearse(my_project, data), got a "
            f"value of type {type(function).__name__}"
        )
    if not isinstance(data, Dataset):
        raise TypeError(
            "data: expected a data set such as datasets.wine(), got a value of type "
            f"{type(data).__name__}"
        )
    process = project(data)
    answers = collect(function, process.cases(np.random.default_rng(0)))
    exercise = _rehearsal(data, _entry(function))
    return Rehearsal(judge(exercise, answers * len(exercise.parts), seed=0))


def _entry(function: Callable[..., object]) -> str:
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else "my_project"


def _rehearsal(data: Dataset, entry: str) -> Exercise:
    """Return an exercise that lives for one judgement; its card looks like the capstone's."""

    def reference(x: Plain, y: Plain) -> Plain:
        return {}  # every part has a judge of its own

    return Exercise(
        name="10.capstone",
        title=f"Rehearsal: {data.name.replace('_', ' ')}",
        entry=entry,
        reference=reference,
        parts=project(data).parts(POINTS),
        mistakes=(),
        equivalents=(),
        hints=("Task and split.", "Baseline and scaler.", "Trials, choice and test."),
        solution=f"def {entry}(x, y):\n    return {{}}\n",
    )


# A report as text --------------------------------------------------------------------------------


def print_report(report: Mapping[str, Any], entry: str = "capstone") -> None:
    """Print a report as a Python function that returns it, to be copied into a cell.

    Parameters
    ----------
    report : dict
        Anything made of dicts, lists, numbers, texts and NumPy arrays.
    entry : str
        Name of the function.

    Raises
    ------
    TypeError
        If it is no dict: a pipeline that is not written yet returns None.
    """
    print(report_source(report, entry), end="")


def report_source(report: Mapping[str, Any], entry: str = "capstone") -> str:
    """Return what `print_report` prints.

    Parameters
    ----------
    report : dict
        The report.
    entry : str
        Name of the function.

    Returns
    -------
    str
        Statistics of the scaler with six significant digits, everything else with all of them.

    Raises
    ------
    TypeError
        If it is no dict.
    """
    if not isinstance(report, Mapping):
        raise TypeError(
            "report: expected the dict that your function returns, as in "
            f"print_report(my_project(data.x, data.y)), got a value of type {type(report).__name__}"
        )
    lines = [f"def {entry}(x, y):", '    """The report of the project, a dict."""', "    return {"]
    for name, value in report.items():
        lines += _entry_lines(name, _python(value))
    return "\n".join([*lines, "    }"]) + "\n"


def _entry_lines(name: str, value: Any) -> list[str]:
    indent = " " * 8
    if name == "trials" and isinstance(value, list):
        return [f"{indent}{name!r}: [", *(f"{indent}    {one!r}," for one in value), f"{indent}],"]
    if name in ("scaler", "split") and isinstance(value, dict):
        if name == "scaler":
            value = {key: _six_digits(column) for key, column in value.items()}
        inside = [line for key, column in value.items() for line in _column_lines(key, column)]
        return [f"{indent}{name!r}: {{", *inside, f"{indent}}},"]
    return [f"{indent}{name!r}: {value!r},"]


def _column_lines(name: str, column: Any) -> list[str]:
    indent, inner = " " * 12, " " * 16
    if not isinstance(column, list):
        return [f"{indent}{name!r}: {column!r},"]
    rows = [column[start : start + 8] for start in range(0, len(column), 8)]
    inside = (f"{inner}{', '.join(map(repr, row))}," for row in rows)
    return [f"{indent}{name!r}: [", *inside, f"{indent}],"]


def _six_digits(column: Any) -> Any:
    if not isinstance(column, list):
        return column
    return [float(f"{one:.6g}") if isinstance(one, float) else one for one in column]


def _python(value: Any) -> Any:
    """Return lists and Python's own numbers for what NumPy holds."""
    if isinstance(value, Mapping):
        return {key: _python(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_python(one) for one in value]
    return value
