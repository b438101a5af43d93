"""Checks of arguments, shared by all modules.

Each raises TypeError for another type and ValueError for a value out of range, in the form
"name: expected …, got …".
"""

from __future__ import annotations

import math
from typing import TypeGuard

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray, FloatArray

# Numbers ----------------------------------------------------------------------------------------


def is_number(value: object) -> TypeGuard[float]:
    """Return whether `value` is a real number of Python or NumPy; True and False are none."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def whole_number(name: str, value: int, least: float = 1) -> int:
    """Return a Python int; refuse what is no whole number, or below `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name}: expected an int, got {_shown(value)}")
    if value < least:
        raise ValueError(f"{name}: expected at least {least}, got {value}")
    return int(value)


def number(name: str, value: float, least: float = -math.inf) -> float:
    """Return a Python float; refuse what is no number, NaN, infinite, or below `least`."""
    if not is_number(value):
        raise TypeError(f"{name}: expected a number, got {_shown(value)}")
    if not (math.isfinite(value) and value >= least):
        limit = "" if least == -math.inf else f" of at least {least:g}"
        raise ValueError(f"{name}: expected a finite number{limit}, got {value!r}")
    return float(value)


def number_above(name: str, value: float, limit: float) -> float:
    """Return a Python float; refuse what :func:`number` refuses, and what is not above `limit`."""
    if not number(name, value) > limit:
        raise ValueError(f"{name}: expected a number above {limit:g}, got {value!r}")
    return float(value)


def _shown(value: object) -> str:
    """Return a value for a message; of an array the shape says more than its numbers."""
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


# Arrays -----------------------------------------------------------------------------------------


def numbers(name: str, given: npt.ArrayLike) -> AnyArray:
    """Return an array of booleans, whole numbers or floats, in the dtype that it has."""
    try:
        array = np.asarray(given)
    except ValueError:
        raise ValueError(f"{name}: expected an array, got rows of different lengths") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: expected numbers, got {array.dtype} values")
    return array


def finite(name: str, array: AnyArray) -> None:
    """Refuse an array of numbers that holds NaN or infinity."""
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite numbers, got NaN or infinity")


def floats(name: str, array: FloatArray) -> None:
    """Refuse what is not an array of floats, which formulas can be applied to in place."""
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        kind = f"{array.dtype} values" if isinstance(array, np.ndarray) else type(array).__name__
        raise TypeError(f"{name}: expected an array of floats, got {kind}")


def flat(name: str, vector: FloatArray) -> FloatArray:
    """Return a flat vector of floats, ``(*R, P)`` like ``net.theta``, as it is."""
    floats(name, vector)
    if vector.ndim not in (1, 2):
        raise ValueError(f"{name}: expected shape (P,) or (R, P), got {vector.shape}")
    return vector
