"""Columns with one value for each example: numbers, classes and groups."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray
from nnlab._checks import finite


def column(name: str, given: npt.ArrayLike, kinds: str, expected: str) -> AnyArray:
    """Return one value for each example as an array, after checking it.

    Parameters
    ----------
    name : str
        For the message.
    given : array_like, (N,)
        At least one value; no NaN, no infinity.
    kinds : str
        The allowed ``dtype.kind`` characters.
    expected : str
        The same in words.

    Returns
    -------
    ndarray, (N,)

    Raises
    ------
    TypeError
        If the values are of another kind.
    ValueError
        If the shape is another, or a number is not finite.
    """
    values = np.asarray(given)
    if values.size and values.dtype.kind not in kinds:
        raise TypeError(f"{name}: expected {expected}, got {values.dtype} values")
    if values.ndim != 1 or values.size == 0:
        raise ValueError(
            f"{name}: expected shape (N,) with at least one example, got {values.shape}"
        )
    if values.dtype.kind == "f":
        finite(name, values)
    return values


def class_column(y: npt.ArrayLike) -> AnyArray:
    """Return integer classes, ``(N,)``; refuse floats, which may be targets of a regression."""
    classes = column("y", y, "biuf", "integer classes")
    if classes.dtype.kind == "f":
        raise TypeError(
            f"y: expected integer classes to stratify by, got {classes.dtype}; if they are "
            "classes, use y.astype(int)"
        )
    return classes


def group_column(groups: npt.ArrayLike) -> AnyArray:
    """Return the group of every example, ``(N,)``."""
    return column("groups", groups, "biuSU", "an integer or a string for each example")
