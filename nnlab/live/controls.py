"""The controls of a live figure: a slider, a choice and a toggle, each with discrete values.

Discrete values are what lets one specification serve a live widget, pictures rendered beforehand
and tests that visit every position.
"""

import itertools
import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from nnlab.live.words import number

__all__ = ["Choice", "Control", "Slider", "Toggle", "Value"]

Value = bool | int | float | str
"""What a control can be set to."""


@dataclass(frozen=True)
class Control:
    """What every control has: the name of an argument of ``compute`` and a label for people.

    Parameters
    ----------
    name : str
        Keyword argument of ``compute`` that the control sets.
    label : str
        Text beside the control.
    start : bool, int, float or str
        Value at the start, to which the control returns on reset.

    Raises
    ------
    ValueError
        If the name cannot be a keyword argument or the label is empty.
    """

    name: str
    label: str
    start: Value = field(kw_only=True)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(
                f"name must be a Python identifier, the keyword argument of compute that the "
                f"control sets; got {self.name!r}"
            )
        if not isinstance(self.label, str) or not self.label.strip():
            raise ValueError(f"label of control {self.name!r} must be a text; got {self.label!r}")

    @property
    def positions(self) -> tuple[Value, ...]:
        """All values the control can take, in the order in which it shows them."""
        raise NotImplementedError

    def text(self, value: Value) -> str:
        """Return the text that stands for a value, such as ``"0.1 s"``.

        Parameters
        ----------
        value : bool, int, float or str
            One of ``positions``.

        Returns
        -------
        str
            The value as the reader sees it.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Slider(Control):
    """A slider over a list of numbers.

    Parameters
    ----------
    name : str
        Keyword argument of ``compute`` that the slider sets.
    label : str
        Text beside the slider.
    values : sequence of int or float
        The positions from left to right, strictly increasing, at least two. NumPy numbers become
        plain Python numbers, so that ``compute`` never meets a surprising data type.
    start : int or float
        Position at the start, one of ``values`` (up to rounding).
    unit : str, optional
        Unit shown after the number.
    format : str, optional
        Format of the number, used as ``format.format(value)``.

    Raises
    ------
    TypeError
        If a value is not a real number.
    ValueError
        If the values are not finite and strictly increasing, the start is not one of them, or
        two of them look the same when formatted.
    """

    values: Sequence[int | float] = field(kw_only=True)
    start: int | float = field(kw_only=True)
    unit: str = field(default="", kw_only=True)
    format: str = field(default="{:g}", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        who = f"slider {self.name!r}"
        values = tuple(_plain_number(value, who) for value in self.values)
        if len(values) < 2:
            raise ValueError(f"{who} needs at least two values; got {list(values)}")
        if any(right <= left for left, right in itertools.pairwise(values)):
            raise ValueError(f"values of {who} must be strictly increasing; got {list(values)}")
        start = _plain_number(self.start, who)
        nearest = min(values, key=lambda value: abs(value - start))
        if not math.isclose(nearest, start, rel_tol=1e-9, abs_tol=1e-12):
            raise ValueError(
                f"start of {who} must be one of its values; got {start}, the nearest is {nearest}"
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "start", nearest)
        try:
            texts = [self.text(value) for value in values]
        except (ValueError, IndexError, KeyError) as error:
            raise ValueError(
                f"format of {who} must fit a number, such as '{{:g}}'; got {self.format!r} "
                f"({error})"
            ) from error
        _check_distinct(texts, f"the values of {who}, as its format {self.format!r} shows them,")

    @property
    def positions(self) -> tuple[Value, ...]:
        """The values from left to right."""
        return tuple(self.values)

    def text(self, value: Value) -> str:
        """Return a position as formatted number and unit.

        Parameters
        ----------
        value : int or float
            One of ``values``.

        Returns
        -------
        str
            Such as ``"0.1 s"``.
        """
        space = "" if self.unit in ("", "%", "°") else " "
        return f"{number(cast(float, value), self.format)}{space}{self.unit}"


@dataclass(frozen=True)
class Choice(Control):
    """A choice between a few named options.

    Parameters
    ----------
    name : str
        Keyword argument of ``compute`` that the choice sets.
    label : str
        Text beside the choice.
    options : sequence of str
        The options, at least two, all different.
    start : str
        Option chosen at the start.

    Raises
    ------
    TypeError
        If the options are a single string.
    ValueError
        If there are fewer than two options, two are the same, or the start is not among them.
    """

    options: Sequence[str] = field(kw_only=True)
    start: str = field(kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        who = f"choice {self.name!r}"
        object.__setattr__(self, "options", _texts(self.options, f"options of {who}"))
        if len(self.options) < 2:
            raise ValueError(f"{who} needs at least two options; got {list(self.options)}")
        _check_distinct(self.options, f"the options of {who}")
        if self.start not in self.options:
            raise ValueError(
                f"start of {who} must be one of {list(self.options)}; got {self.start!r}"
            )

    @property
    def positions(self) -> tuple[Value, ...]:
        """The options."""
        return tuple(self.options)

    def text(self, value: Value) -> str:
        """Return the option itself.

        Parameters
        ----------
        value : str
            One of ``options``.

        Returns
        -------
        str
            The same text.
        """
        return str(value)


@dataclass(frozen=True)
class Toggle(Control):
    """A switch that is off or on.

    Parameters
    ----------
    name : str
        Keyword argument of ``compute`` that the switch sets to False or True.
    label : str
        Text beside the switch.
    start : bool, optional
        Whether it is on at the start.

    Raises
    ------
    TypeError
        If the start is not a bool.
    """

    start: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.start, bool):
            raise TypeError(
                f"start of toggle {self.name!r} must be True or False; got {self.start!r}"
            )

    @property
    def positions(self) -> tuple[Value, ...]:
        """Off and on."""
        return (False, True)

    def text(self, value: Value) -> str:
        """Return ``"on"`` or ``"off"``.

        Parameters
        ----------
        value : bool
            The state of the switch.

        Returns
        -------
        str
            The state in words.
        """
        return "on" if value else "off"


def _plain_number(value: object, who: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"values and start of {who} must be numbers; got {value!r}")
    number = int(value) if isinstance(value, numbers.Integral) else float(value)
    if not math.isfinite(number):
        raise ValueError(f"values and start of {who} must be finite; got {value!r}")
    return number


def _texts(values: Sequence[str], what: str) -> tuple[str, ...]:
    """Return the texts as a tuple; one string alone is a forgotten comma."""
    if isinstance(values, str):
        raise TypeError(
            f"{what} must be a list or tuple of texts; got the single text {values!r} "
            f"(a tuple of one needs a comma: ({values!r},))"
        )
    for value in values:
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{what} must be non-empty texts; got {value!r}")
    return tuple(values)


def _check_distinct(texts: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for text in texts:
        if text in seen:
            raise ValueError(f"{what} must all be different; {text!r} appears twice")
        seen.add(text)
