"""`check`: what the locked grade cell of an exercise calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import chain

from nnlab.exercises import catalogue, progress
from nnlab.exercises.answers import collect
from nnlab.exercises.card import card_html, card_text
from nnlab.exercises.outside import objection
from nnlab.exercises.verdict import Verdict, judge, prepared_cases, refused

PUBLIC_SEED = 2024
"""Seed of the cases in a notebook. Marks that count are given on other cases."""


class Score(float):
    """Points as a float; in a notebook it shows as a card.

    nbgrader reads the points of a grade cell from the text of its value, so that text is the
    number.

    Parameters
    ----------
    verdict : Verdict
        What was decided.
    note : str
        A last line for the card.
    """

    verdict: Verdict
    note: str

    def __new__(cls, verdict: Verdict, note: str = "") -> Score:  # noqa: D102 - class docstring
        self = super().__new__(cls, verdict.points)
        self.verdict = verdict
        self.note = note
        return self

    def __repr__(self) -> str:
        return float.__repr__(self)

    def __reduce__(self) -> tuple[type[Score], tuple[Verdict, str]]:
        return Score, (self.verdict, self.note)

    def _repr_html_(self) -> str:
        return card_html(self.verdict, self.note)


class CheckFailedError(AssertionError):
    """An exercise is not fully right; the message is the card as text."""

    def _render_traceback_(self) -> list[str]:
        """Show the message alone: the learner's code is not in the traceback."""
        return str(self).splitlines()


def check(name: str, function: Callable[..., object]) -> Score:
    """Judge a solution of an exercise on the public cases.

    A solution that needs what is not there when marks are given, such as the course's own
    functions, earns nothing here either: the card says so, and it is not called.

    Under nbgrader's Validate button, which shows errors and no values, a solution that is not
    fully right raises instead. Outside nbgrader the best result is kept in the reader's working
    folder.

    Parameters
    ----------
    name : str
        Name of the exercise, such as ``"01.mse"``.
    function : callable
        The learner's function.

    Returns
    -------
    Score
        The points, with a card for the notebook.

    Raises
    ------
    ValueError
        If there is no such exercise.
    TypeError
        If `function` cannot be called.
    CheckFailedError
        While nbgrader validates, if points are missing.
    """
    exercise = catalogue.exercise(name)
    if not callable(function):
        entry = exercise.entry
        raise TypeError(
            f"check needs the function itself, check({name!r}, {entry}), but got a value of type "
            f"{type(function).__name__}; run the cell above that defines {entry}, then this one"
        )
    said = objection(exercise, function)
    if said is None:
        answers = collect(function, chain.from_iterable(prepared_cases(exercise, PUBLIC_SEED)))
        verdict = judge(exercise, answers, PUBLIC_SEED)
    else:
        verdict = refused(exercise, said)
    execution = os.environ.get("NBGRADER_EXECUTION")
    if execution == "validate" and verdict.state != "right":
        raise CheckFailedError(card_text(verdict))
    return Score(verdict, "" if execution else progress.save(verdict))
