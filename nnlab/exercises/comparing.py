"""Compare plain data with what was expected, and say in a sentence what is wrong.

Properties come first (`form_fault`: type, length, shape, kind of number, finite), values second
(`value_fault`), because "you returned shape (3,), expected (3, 1)" helps and "arrays differ" does
not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnlab.exercises.answers import Plain
from nnlab.exercises.printing import show

FLOAT32_RTOL = 1e-4
FLOAT32_ATOL = 1e-6
"""Rounding noise of a short float32 computation, logits of 1000 included."""

_Leaf: TypeAlias = Callable[[Plain, Plain], str | None]

_KIND_NAMES = {"b": "True/False", "i": "whole numbers", "f": "floating-point numbers"}


def form_fault(given: Plain, expected: Plain) -> str | None:
    """Return what is wrong with type, length, shape, kind of number or finiteness.

    Parameters
    ----------
    given, expected : plain data
        A list where a tuple is expected (or the reverse) is accepted, as is a Python number where
        an array of shape () is expected, or a whole number where a floating-point number is.

    Returns
    -------
    str or None
        A sentence, or None if the form is right.
    """
    return _walk(given, expected, _leaf_form, "")


def value_fault(given: Plain, expected: Plain, rtol: float, atol: float) -> str | None:
    """Return which values are wrong, for data whose form is right.

    A number ``g`` is right if ``|g - e| <= atol + rtol * |e|``; NaN is right where NaN is
    expected. Whole numbers, texts and True/False must be equal. Where one side is a float32 array
    the tolerances are at least `FLOAT32_RTOL` and `FLOAT32_ATOL`.

    Parameters
    ----------
    given, expected : plain data
        As in `form_fault`, which must have found nothing.
    rtol, atol : float
        Relative and absolute tolerance.

    Returns
    -------
    str or None
        A sentence, or None if all values are right.
    """
    return _walk(given, expected, lambda g, e: _leaf_value(g, e, rtol, atol), "")


def agree(given: Plain, expected: Plain, rtol: float, atol: float) -> bool:
    """Return whether both form and values are right.

    Parameters
    ----------
    given, expected : plain data
        What to compare; NaN agrees with NaN, an infinity with the same infinity.
    rtol, atol : float
        Relative and absolute tolerance.

    Returns
    -------
    bool
    """
    return _walk(given, expected, lambda g, e: _leaf_differs(g, e, rtol, atol), "") is None


def holds_number_or_text(value: Plain) -> bool:
    """Return whether there is anything in `value` besides NaN, infinities and None.

    Parameters
    ----------
    value : plain data

    Returns
    -------
    bool
    """
    if type(value) is dict:
        return any(map(holds_number_or_text, value.values()))
    if type(value) in (tuple, list):
        return any(map(holds_number_or_text, value))
    if _is_numeric(value):
        return bool(np.isfinite(value).any())
    return type(value) is str


def _walk(given: Plain, expected: Plain, leaf: _Leaf, place: str) -> str | None:
    """Compare two nested values branch by branch; `leaf` compares numbers, texts and None."""
    if type(expected) in (tuple, list):
        if type(given) not in (tuple, list) or len(given) != len(expected):
            return f"{place}your function returned {describe(given)}, expected {describe(expected)}"
        total = len(expected)
        parts = [(f"value {i + 1} of {total}", given[i], expected[i]) for i in range(total)]
    elif type(expected) is dict:
        if type(given) is not dict or given.keys() != expected.keys():
            return f"{place}your function returned {describe(given)}, expected {describe(expected)}"
        parts = [(f"entry {key!r}", given[key], expected[key]) for key in expected]
    else:
        fault = leaf(given, expected)
        return None if fault is None else place + fault
    for name, g, e in parts:
        inner = f"{place[:-2]}, {name}: " if place else f"in returned {name}: "
        fault = _walk(g, e, leaf, inner)
        if fault is not None:
            return fault
    return None


def _leaf_form(given: Plain, expected: Plain) -> str | None:
    if not _is_numeric(expected):
        if type(given) is type(expected):
            return None
        return f"your function returned {describe(given)}, expected {describe(expected)}"
    if not _is_numeric(given):
        return f"your function returned {describe(given)}, expected {describe(expected)}"
    shape, wanted = np.shape(given), np.shape(expected)
    if shape != wanted:
        return f"your function returned {_shape(shape)}, expected {_shape(wanted)}" + _remark(
            shape, wanted
        )
    if not _kind_fits(_kind(given), _kind(expected), scalar=not wanted):
        return (
            f"your function returned {_KIND_NAMES[_kind(given)]}, "
            f"expected {_KIND_NAMES[_kind(expected)]}"
        )
    if _kind(given) != "f":
        return None
    bad = np.isfinite(expected) & ~np.isfinite(given)
    if not bad.any():
        return None
    if not wanted:
        return f"your function returned {show(given)}, expected a finite number"
    return (
        f"{_count(bad)} not finite, the first at {_index(bad)} is {_pick(given, bad)}; "
        "expected only finite numbers"
    )


def _leaf_value(given: Plain, expected: Plain, rtol: float, atol: float) -> str | None:
    if not _is_numeric(expected):
        if given == expected:
            return None
        return f"your function returned {show(given)}, expected {show(expected)}"
    bad = _wrong(given, expected, rtol, atol)
    if not bad.any():
        return None
    if bad.ndim == 0:
        return f"your function returned {show(given, 8)}, expected {show(expected, 8)}" + _factor(
            given, expected
        )
    return (
        f"{_count(bad)} wrong, the first at {_index(bad)}: your function returned "
        f"{_pick(given, bad)}, expected {_pick(expected, bad)}" + _factor(given, expected)
    )


def _leaf_differs(given: Plain, expected: Plain, rtol: float, atol: float) -> str | None:
    """Say no more than that there is a difference: known mistakes are compared by the dozen."""
    if not _is_numeric(expected):
        same = type(given) is type(expected) and given == expected
    else:
        same = (
            _is_numeric(given)
            and np.shape(given) == np.shape(expected)
            and _kind_fits(_kind(given), _kind(expected), scalar=not np.shape(expected))
            and not _wrong(given, expected, rtol, atol).any()
        )
    return None if same else "different"


def _wrong(given: Plain, expected: Plain, rtol: float, atol: float) -> NDArray[np.bool_]:
    """Return where two numbers or arrays of one shape differ by more than the tolerances."""
    if _kind(given) != "f" and _kind(expected) != "f":
        return np.asarray(np.not_equal(given, expected))
    if any(type(v) is np.ndarray and v.dtype == np.float32 for v in (given, expected)):
        rtol, atol = max(rtol, FLOAT32_RTOL), max(atol, FLOAT32_ATOL)
    return ~_close(np.asarray(given, float), np.asarray(expected, float), rtol, atol)


def _close(
    given: NDArray[Any], expected: NDArray[Any], rtol: float, atol: float
) -> NDArray[np.bool_]:
    with np.errstate(all="ignore"):
        near = np.abs(given - expected) <= atol + rtol * np.abs(expected)
        near &= np.isfinite(expected)  # inf <= inf would let every number pass for an infinity
        near |= given == expected
        near |= np.isnan(given) & np.isnan(expected)
    return np.asarray(near)


def describe(value: Plain) -> str:
    """Return what kind of thing `value` is, such as "an array of shape (3, 1)".

    Parameters
    ----------
    value : plain data

    Returns
    -------
    str
    """
    if value is None:
        return "None"
    if type(value) is np.ndarray and value.ndim:
        return f"an array of shape {value.shape}"
    if _is_numeric(value):
        return "True or False" if _kind(value) == "b" else "a number"
    if type(value) is str:
        return "a text"
    if type(value) is dict:
        return f"a dict with the keys {show(list(value))}"
    return f"a {type(value).__name__} of {len(value)} value{'s' * (len(value) != 1)}"


def _is_numeric(value: Plain) -> bool:
    return type(value) in (bool, int, float, np.ndarray)


def _kind(value: Plain) -> str:
    """Return ``"b"``, ``"i"`` or ``"f"``."""
    if type(value) is np.ndarray:
        return "i" if value.dtype.kind == "u" else str(value.dtype.kind)
    return {bool: "b", int: "i", float: "f"}[type(value)]


def _kind_fits(given: str, expected: str, *, scalar: bool) -> bool:
    return given == expected or (scalar and "b" not in (given, expected))


def _shape(shape: tuple[int, ...]) -> str:
    return f"shape {shape}" if shape else "a single number"


def _remark(shape: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    if len(wanted) == 2 and shape == wanted[::-1]:
        return " (rows and columns are exchanged)"
    if len(shape) == 2 and shape[0] == shape[1] and int(np.prod(wanted)) == shape[0]:
        n = shape[0]
        return f" (NumPy combines shapes ({n},) and ({n}, 1) to ({n}, {n}))"
    return ""


def _count(bad: NDArray[np.bool_]) -> str:
    number = int(bad.sum())
    return f"{number} of {bad.size} numbers {'is' if number == 1 else 'are'}"


def _index(bad: NDArray[np.bool_]) -> str:
    return str([int(i) for i in np.argwhere(bad)[0]])


def _pick(value: Plain, bad: NDArray[np.bool_]) -> str:
    return show(np.asarray(value)[bad][0].item(), 8)


def _factor(given: Plain, expected: Plain) -> str:
    """Return a remark if all of `given` is `expected` times one simple number."""
    if _kind(expected) != "f":
        return ""
    g, e = np.ravel(np.asarray(given, float)), np.ravel(np.asarray(expected, float))
    keep = e != 0
    if not keep.any() or not (np.isfinite(g).all() and np.isfinite(e).all()):
        return ""
    with np.errstate(all="ignore"):
        ratios = g[keep] / e[keep]
        factor = float(ratios[0])
        if not (np.abs(ratios - factor) <= 1e-6 * abs(factor)).all() or np.abs(g[~keep]).sum() > 0:
            return ""
    if math.isclose(factor, -1.0, rel_tol=1e-6):
        return " (the sign is reversed)"
    for size in (2, 3, 4, 5, 8, 10, 16, 32, 64, 100):
        if math.isclose(factor, size, rel_tol=1e-6):
            return f" ({size} times too large)"
        if math.isclose(factor, 1 / size, rel_tol=1e-6):
            return f" ({size} times too small)"
    return ""
