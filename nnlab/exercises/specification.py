"""What an exercise is: one record that the notebook's check, the grader and the tests read."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from nnlab._sources import plain_source
from nnlab.exercises.answers import Plain

Function: TypeAlias = Callable[..., Any]

Case: TypeAlias = tuple[Plain, ...]
"""Positional arguments of one call, as plain data."""

Cases: TypeAlias = Callable[[np.random.Generator], Iterable[Case]]

Property: TypeAlias = Callable[[Case, Plain], str | None]
"""Looks at the arguments and the returned value; returns a sentence on what is wrong, or None."""

NAME = re.compile(r"\d\d\.[a-z][a-z0-9_]*")

HINTS = 3


@dataclass(frozen=True, eq=False)
class Part:
    """A group of cases that earn points together.

    Parameters
    ----------
    title : str
        What the part asks for, as on the card: "large logits do not overflow".
    points : float
        Points for getting every case right; otherwise none.
    cases : callable
        ``cases(rng)`` returns (or yields) tuples of arguments. All randomness comes from ``rng``,
        so that other seeds give other cases. A function that needs randomness of its own takes a
        seed.
    rtol, atol : float
        Tolerances of the values, see `nnlab.exercises.comparing.value_fault`.
    properties : tuple of Property
        Looked at after type, shape and kind of number, before the values.
    overflow : bool
        Whether numbers may overflow on the way to a right result, as in ``1 / (1 + exp(1000))``.
    judge : Property, optional
        Decides instead of the comparison with the reference. For goals with many right answers: the
        learner's function returns its choices, and the judge tries them out.
    """

    title: str
    points: float
    cases: Cases
    rtol: float = 1e-5
    atol: float = 1e-8
    properties: tuple[Property, ...] = ()
    overflow: bool = True
    judge: Property | None = None

    def __post_init__(self) -> None:
        if not self.title:
            raise ValueError("a part needs a title that says what it asks for")
        if not self.points > 0:
            raise ValueError(f"part {self.title!r}: points must be above 0, got {self.points}")


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong implementation that learners do write, and the hint it earns.

    Parameters
    ----------
    function : callable
        The wrong implementation, called like the reference. Its name identifies the mistake.
    hint : str
        What to think about, without the answer. May hold ``$LaTeX$`` and `` `code` ``.
    """

    function: Function
    hint: str

    def __post_init__(self) -> None:
        if not self.hint:
            raise ValueError(f"the mistake {self.name!r} needs a hint")

    @property
    def name(self) -> str:
        """Name of the mistake, for statistics."""
        return self.function.__name__


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise: what is asked, how it is judged, and how help is given.

    Parameters
    ----------
    name : str
        Lesson number, a dot and a short name: ``"01.mse"``.
    title : str
        What the card says at its top.
    entry : str
        Name of the function the learner writes.
    reference : callable
        A right implementation, where possible the engine's own function. It does not change its
        arguments.
    parts : tuple of Part
        At least one.
    mistakes : tuple of Mistake
        The more specific first: the first that fits the learner's answers gives its hint.
    equivalents : tuple of callable
        Right implementations that look different; the tests demand full points for them.
    hints : tuple of str
        Three, each saying more than the one before. May hold ``$LaTeX$`` and `` `code` ``.
    solution : callable or str
        What `solution` shows: a function called `entry` (its source is taken, without annotations),
        or source text that defines it. It may use ``np`` and nothing else from outside.
    start : callable, optional
        For *spot the bug*: the faulty code the learner is given. Answers like its answers count
        as not attempted.
    finished : str
        For a function that returns something finished, such as a report, and may read nothing from
        outside but functions: what to do instead, without the full stop. Otherwise empty.
    """

    name: str
    title: str
    entry: str
    reference: Function
    parts: tuple[Part, ...]
    mistakes: tuple[Mistake, ...]
    equivalents: tuple[Function, ...]
    hints: tuple[str, str, str]
    solution: Function | str
    start: Function | None = None
    finished: str = ""

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(
                "name must be two digits, a dot and a lower-case name like '01.mse', "
                f"got {self.name!r}"
            )
        if not self.entry.isidentifier():
            raise ValueError(f"{self.name}: entry must be a function name, got {self.entry!r}")
        if not self.parts:
            raise ValueError(f"{self.name}: parts is empty, expected at least one Part")
        if len(self.hints) != HINTS or not all(self.hints):
            raise ValueError(f"{self.name}: expected {HINTS} hints, got {len(self.hints)}")
        names = [mistake.name for mistake in self.mistakes]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: two mistakes have the same function name in {names}")

    @property
    def max_points(self) -> float:
        """Sum of the points of all parts."""
        return round(sum(part.points for part in self.parts), 6)

    @cached_property
    def solution_source(self) -> str:
        """Source text of the solution, dedented and without annotations."""
        return plain_source(self.solution)

    @cached_property
    def arguments(self) -> tuple[str, ...]:
        """Names of the positional arguments, as the solution spells them."""
        for node in ast.parse(self.solution_source).body:
            if isinstance(node, ast.FunctionDef) and node.name == self.entry:
                return tuple(a.arg for a in node.args.posonlyargs + node.args.args)
        raise ValueError(f"{self.name}: the solution does not define a function {self.entry!r}")

    def cases(self, seed: int) -> list[list[Case]]:
        """Return the cases of every part.

        Each part draws from a generator of its own, so that a case added to one leaves the others
        alone.

        Parameters
        ----------
        seed : int
            0 or more.

        Returns
        -------
        list of list of tuple
            One list per part.

        Raises
        ------
        ValueError
            If a part has no cases.
        TypeError
            If a case is not a tuple.
        """
        return [self._cases_of(index, seed) for index in range(len(self.parts))]

    def _cases_of(self, index: int, seed: int) -> list[Case]:
        part = self.parts[index]
        cases = list(part.cases(np.random.default_rng([seed, index])))
        if not cases:
            raise ValueError(
                f"{self.name}: part {part.title!r} has no cases, expected at least one"
            )
        for case in cases:
            if type(case) is not tuple:
                raise TypeError(
                    f"{self.name}: a case of part {part.title!r} is a {type(case).__name__}, "
                    "expected a tuple of arguments"
                )
        return cases
