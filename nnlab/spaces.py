r"""Where hyperparameters come from: ranges, grids and random settings (taught in lesson 8).

A *space* is a dict that gives each setting its range:
``{"learning_rate": LogUniform(1e-4, 1.0), "units": Integer(8, 64)}``. Draw trials from it with
:func:`random_settings`, or try every combination of listed values with :func:`grid`, and pass the
list to :func:`nnlab.search.search`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np

from nnlab._checks import is_number, number, whole_number
from nnlab._random import Seed, generator

Settings: TypeAlias = dict[str, Any]
"""The settings of one trial, by name: the keyword arguments of the function that trains."""

Setting: TypeAlias = Any
"""What one setting can be: a number, an activation function, anything."""

Border: TypeAlias = Literal["low", "high"] | None
"""At which end of its range a value lies, if at one."""

OUTER_SHARE = 0.05
"""A value in this outermost share of its range, at either end, counts as lying on the border."""


class Range(Protocol):
    """What a space needs of each of its entries."""

    def sample(self, rng: np.random.Generator) -> Setting:
        """Draw one value."""

    def __contains__(self, value: object) -> bool:
        """Return whether `value` is one that `sample` can give."""

    def border(self, value: Setting) -> Border:
        """Return at which end of the range a value lies: "low", "high" or None."""


@dataclass(frozen=True)
class Uniform:
    """Numbers between `low` and `high`, each as likely as the other.

    For what adds up, such as a dropout rate. What multiplies, such as a learning rate, wants
    :class:`LogUniform`.

    Parameters
    ----------
    low, high : float
        Ends of the range, ``low < high``.

    Raises
    ------
    TypeError, ValueError
        If an end is not a finite number, or ``low >= high``.

    Examples
    --------
    >>> Uniform(0.0, 0.5).border(0.49)
    'high'
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_ends(self.low, self.high)

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        u = rng.random()
        return float(min((1 - u) * self.low + u * self.high, self.high))

    def __contains__(self, value: object) -> bool:
        return is_number(value) and self.low <= value <= self.high

    def border(self, value: float) -> Border:
        """Return "low" or "high" for a value in the outer twentieth of the range, else None."""
        return _border(value, self.low, self.high)


@dataclass(frozen=True)
class LogUniform:
    r"""Numbers whose logarithm is uniform: every decade between `low` and `high` is as likely.

    .. math::
        \ln x \sim U(\ln a, \ln b), \qquad P(x \le t) = \frac{\ln t/a}{\ln b/a}

    For what multiplies: learning rates and regularization strengths. Drawn uniformly from 0.0001
    to 1 instead, nine of ten learning rates would lie above 0.1.

    Parameters
    ----------
    low, high : float
        Ends :math:`a < b` of the range, both above 0.

    Raises
    ------
    TypeError, ValueError
        If an end is not a finite number above 0, or ``low >= high``.

    Examples
    --------
    >>> LogUniform(1e-4, 1.0).border(1.5e-4)
    'low'
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _check_ends(self.low, self.high, log=True)

    def sample(self, rng: np.random.Generator) -> float:
        """Draw one number."""
        a, b = math.log(self.low), math.log(self.high)
        # exp(ln x) can leave the range by its last digit.
        return float(min(max(math.exp(a + rng.random() * (b - a)), self.low), self.high))

    def __contains__(self, value: object) -> bool:
        return is_number(value) and self.low <= value <= self.high

    def border(self, value: float) -> Border:
        """Return "low" or "high" for a value in the outer twentieth of the log range, else None."""
        return _border(value, self.low, self.high, log=True)


@dataclass(frozen=True)
class Integer:
    r"""Whole numbers from `low` to `high`, both included.

    Parameters
    ----------
    low, high : int
        Ends of the range, ``low < high``.
    log : bool
        Draw the whole part of a log-uniform number from ``[low, high + 1)``, so that
        :math:`P(k) = \ln\frac{k + 1}{k} / \ln\frac{\mathrm{high} + 1}{\mathrm{low}}`: as many draws
        from 8 to 15 units as from 64 to 127. Needs ``low >= 1``.

    Raises
    ------
    TypeError, ValueError
        If an end is not an int, ``low >= high``, or `low` is below 1 with ``log=True``.

    Examples
    --------
    >>> 64 in Integer(8, 64), 64.5 in Integer(8, 64)
    (True, False)
    """

    low: int
    high: int
    log: bool = False

    def __post_init__(self) -> None:
        whole_number("low", self.low, least=-math.inf)
        whole_number("high", self.high, least=-math.inf)
        _check_ends(self.low, self.high, log=self.log)

    def sample(self, rng: np.random.Generator) -> int:
        """Draw one whole number."""
        if not self.log:
            return int(rng.integers(self.low, self.high, endpoint=True))
        a, b = math.log(self.low), math.log(self.high + 1)
        return min(max(int(math.exp(a + rng.random() * (b - a))), int(self.low)), int(self.high))

    def __contains__(self, value: object) -> bool:
        return is_number(value) and value % 1 == 0 and self.low <= value <= self.high

    def border(self, value: int) -> Border:
        """Return "low" or "high" for an end or the outer twentieth of the range, else None."""
        return _border(value, self.low, self.high, log=self.log)


@dataclass(frozen=True)
class Choice:
    """One of the listed values, each as likely as the other.

    Parameters
    ----------
    values : sequence
        At least one: numbers, activation functions, anything.

    Raises
    ------
    TypeError, ValueError
        If `values` is a single value, a str, a set (which has no order), or empty.

    Examples
    --------
    >>> Choice([16, 32, 64]).border(64)
    'high'
    """

    values: Sequence[Setting]

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(_listed("values", self.values)))

    def sample(self, rng: np.random.Generator) -> Setting:
        """Draw one of the values."""
        return self.values[int(rng.integers(len(self.values)))]

    def __contains__(self, value: object) -> bool:
        return any(value is one or value == one for one in self.values)

    def border(self, value: Setting) -> Border:
        """Return "low" or "high" for the smallest or largest of several numbers, else None."""
        if not all(is_number(one) for one in self.values) or len(set(self.values)) == 1:
            return None
        return _border(value, min(self.values), max(self.values), outer=0.0)


def grid(**values: Iterable[Setting]) -> list[Settings]:
    """Return every combination of the listed values (grid search).

    Parameters
    ----------
    **values : sequence
        What to try, by name.

    Returns
    -------
    list of dict
        As nested loops in the order of the names would give them: the last name changes fastest.
        NumPy numbers become plain ones.

    Raises
    ------
    TypeError, ValueError
        If there are no names, or the values of a name are a single value, a str, a set (which has
        no order), or empty.

    Examples
    --------
    >>> grid(units=[16, 32], seed=[0, 1])
    [{'units': 16, 'seed': 0}, {'units': 16, 'seed': 1}, {'units': 32, 'seed': 0}, {'units': 32, 'seed': 1}]
    """  # noqa: E501 - what Python prints is one line
    if not values:
        raise ValueError("values: expected at least one name with its values, got none")
    columns = [_listed(name, listed) for name, listed in values.items()]
    return [dict(zip(values, row, strict=True)) for row in product(*columns)]


def random_settings(space: Mapping[str, Range], n: int, seed: Seed = 0) -> list[Settings]:
    """Draw n trials from a space (random search: Bergstra & Bengio, 2012).

    Where few of the settings matter, n random trials try n values of each of them, a grid of n
    trials only the same few again and again.

    Parameters
    ----------
    space : dict of str to Uniform, LogUniform, Integer or Choice
        The range of each setting.
    n : int
        Number of trials, at least 1. A larger `n` keeps the trials of a smaller one and adds to
        them. Each name draws from a stream of its own, so another range for one of them leaves the
        values of the others as they were.
    seed : int or Generator
        The same int always gives the same trials.

    Returns
    -------
    list of dict

    Raises
    ------
    TypeError, ValueError
        If `n` is not an int of at least 1, or `space` is empty or holds something else than ranges.

    Examples
    --------
    >>> space = {"learning_rate": LogUniform(1e-3, 1.0), "units": Choice([16, 32])}
    >>> random_settings(space, 3, seed=0)[:2] == random_settings(space, 2, seed=0)
    True
    """
    n = whole_number("n", n)
    if not space:
        raise ValueError("space: expected at least one name with its range, got none")
    for name, values in space.items():
        if not hasattr(values, "sample"):
            raise TypeError(
                f"space: expected a range such as Uniform(0.0, 0.5) or Choice([16, 32]) for "
                f"{name!r}, got {values!r}"
            )
    streams = generator(seed).spawn(len(space))
    return [
        {name: space[name].sample(rng) for name, rng in zip(space, streams, strict=True)}
        for _ in range(n)
    ]


def plain(value: Setting) -> Setting:
    """Return a NumPy number as the Python number it holds, everything else as it is."""
    return value.item() if isinstance(value, np.generic) else value


def _listed(name: str, values: Iterable[Setting]) -> list[Setting]:
    """Return the values of one name as a list after checking that there are some."""
    if isinstance(values, str | bytes | set | frozenset) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected a list of values to try, got {values!r}")
    listed = [plain(value) for value in values]
    if not listed:
        raise ValueError(f"{name}: expected at least one value to try, got none")
    return listed


def _check_ends(low: float, high: float, log: bool = False) -> None:
    number("low", low)
    number("high", high)
    if log and low <= 0:
        raise ValueError(f"low: a log scale needs a number above 0, got {low!r}")
    if low >= high:
        raise ValueError(
            f"low, high: expected low < high, got {low!r} and {high!r}; for a fixed value use "
            "Choice([value])"
        )


def _border(
    value: float, low: float, high: float, log: bool = False, outer: float = OUTER_SHARE
) -> Border:
    """Return where a value lies, judged on the scale that its range is drawn on."""
    if log:
        value, low, high = math.log(value), math.log(low), math.log(high)
    margin = outer * (high - low)
    return "low" if value <= low + margin else "high" if value >= high - margin else None
