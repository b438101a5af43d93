"""Hyperparameters: one number, or a row of R numbers that gives every replica its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab._arrays import FloatArray

Hyperparameter: TypeAlias = float | npt.ArrayLike
"""What a user may give."""

Value: TypeAlias = float | FloatArray
"""What it is kept as: a Python float or a float64 row."""


def hyperparameter(name: str, given: Hyperparameter, *, below: float = np.inf) -> Value:
    """Return a hyperparameter after checking it.

    A Python float, not a NumPy one: ``np.float64`` would widen float32 arrays and slow every step.

    Parameters
    ----------
    name : str
        For the message.
    given : float or array_like, (R,)
        At least 0.
    below : float
        Every value must be smaller than this.

    Returns
    -------
    float or ndarray of float64, (R,)

    Raises
    ------
    TypeError
        If `given` is neither a number nor a row of numbers.
    ValueError
        If a number is out of range, or the row is empty.
    """
    limit = "" if below == np.inf else f" and below {below:g}"
    message = (
        f"{name}: expected a finite number of at least 0{limit}, or one for each replica, "
        f"got {given!r}"
    )
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different lengths
        raise TypeError(message) from None
    if array.dtype.kind not in "iuf":
        raise TypeError(message)
    value = array.astype(np.float64)
    if value.ndim > 1 or not value.size or not np.all((value >= 0) & (value < below)):
        raise ValueError(message)
    return value if value.ndim else value.item()


def positive(name: str, given: Hyperparameter) -> Value:
    """Return a hyperparameter that must be above 0; else as :func:`hyperparameter`."""
    value = hyperparameter(name, given)
    if np.any(np.asarray(value) <= 0):
        raise ValueError(f"{name}: expected a number above 0, got {given!r}")
    return value


def share(name: str, given: Hyperparameter) -> Value:
    """Return a hyperparameter from 0 to 1, both included; else as :func:`hyperparameter`."""
    value = hyperparameter(name, given)
    if np.any(np.asarray(value) > 1):
        raise ValueError(f"{name}: expected a number from 0 to 1, got {given!r}")
    return value


def float_or_row(values: FloatArray) -> Value:
    """Return what was calculated for each replica, ``(*R,)``, as a float if there is no axis."""
    return values if np.ndim(values) else float(values)


def per_replica(value: Value, array: FloatArray) -> Value:
    """Return a hyperparameter ready to be combined with an array whose first axis is the replicas.

    Parameters
    ----------
    value : float or ndarray, (R,)
    array : ndarray, (R, ...)
        What it will multiply; for a float any shape.

    Returns
    -------
    float or ndarray, (R, 1, ...)
        A row in the dtype of `array`, a float as it is.

    Raises
    ------
    ValueError
        If a row does not have one value for each replica of `array`.
    """
    if isinstance(value, float):
        return value
    if array.ndim < 2 or array.shape[0] != value.size:
        raise ValueError(
            f"hyperparameters: got one value for each of {value.size} replicas, "
            f"but the array has shape {array.shape}"
        )
    return value.astype(array.dtype).reshape(-1, *(1,) * (array.ndim - 1))


def elementwise(function: Callable[[float], float], value: Value) -> Value:
    """Apply a function of floats: NumPy's ``exp`` and ``**`` may differ from it in the last bit."""
    if isinstance(value, float):
        return function(value)
    return np.array([function(one) for one in value.tolist()])


def short(value: Value) -> str:
    """Return how a hyperparameter appears in a ``repr``."""
    return f"{value:g}" if isinstance(value, float) else f"<{value.size} values>"
