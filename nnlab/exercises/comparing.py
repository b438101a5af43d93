"""Compare plain data with what was expected, and say in a sentence what is wrong.

Properties come first (`form_fault`: type, length, shape, kind of number, finite), values second
(`value_fault`), because "you returned shape (3,), expected (3, 1)" helps and "arrays differ" does
not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nnlab.exercises.answers import Plain
from nnlab.exercises.printing import show

FLOAT32_RTOL = 1e-4
FLOAT32_ATOL = 1e-6
"""Rounding noise of a short float32 computation, logits of 1000 included."""

Pair: TypeAlias = tuple[Plain, Plain]
"""What a function returned for a case, and what was expected."""

_Leaf: TypeAlias = Callable[[Plain, Plain, Sequence[Pair]], str | None]

_KIND_NAMES = {"b": "True/False", "i": "whole numbers", "f": "floating-point numbers"}


def fitted(given: Plain, expected: Plain) -> Plain:
    """Return `given` with lists and tuples of numbers made arrays where arrays are expected.

    Parameters
    ----------
    given, expected : plain data
        A list or tuple counts if its numbers, or nested lists or arrays of numbers, fill a
        rectangle, and if True/False and numbers are not mixed in it. A list has no kind of number
        of its own: whole numbers become floating-point numbers where those are expected.

    Returns
    -------
    plain data
        `given` itself where nothing had to be made.
    """
    if type(expected) in (tuple, list):
        if type(given) in (tuple, list) and len(given) == len(expected):
            return type(given)(map(fitted, given, expected))
    elif type(expected) is dict:
        if type(given) is dict and given.keys() == expected.keys():
            return {key: fitted(given[key], expected[key]) for key in given}
    elif type(given) in (tuple, list) and type(expected) is np.ndarray and expected.ndim:
        return _rectangle(given, expected)
    return given


def form_fault(given: Plain, expected: Plain) -> str | None:
    """Return what is wrong with type, length, shape, kind of number or finiteness.

    Parameters
    ----------
    given, expected : plain data
        A list where a tuple is expected (or the reverse) is accepted, as is a Python number where
        an array of shape () is expected, a whole number where a floating-point number is, or an
        array of floating-point numbers that are all whole where an array of whole numbers is. Lists
        where arrays are expected must have gone through `fitted`.

    Returns
    -------
    str or None
        A sentence, or None if the form is right.
    """
    return _walk(given, expected, lambda g, e, _: _leaf_form(g, e), "", ())


def value_fault(
    given: Plain, expected: Plain, rtol: float, atol: float, others: Sequence[Pair] = ()
) -> str | None:
    """Return which values are wrong, for data whose form is right.

    A number ``g`` is right if ``|g - e| <= atol + rtol * |e|``; NaN is right where NaN is
    expected. Texts, True/False and whole numbers must be equal, the latter also where an array of
    them is expected and floating-point numbers are given. Where one side is a float32 array the
    tolerances are at least `FLOAT32_RTOL` and `FLOAT32_ATOL`.

    Parameters
    ----------
    given, expected : plain data
        As in `form_fault`, which must have found nothing.
    rtol, atol : float
        Relative and absolute tolerance.
    others : sequence of (given, expected)
        The same for other inputs, their form right too. A single number may be half of another by
        coincidence; "2 times too small" is said if it holds for these as well.

    Returns
    -------
    str or None
        A sentence, or None if all values are right.
    """
    return _walk(
        given, expected, lambda g, e, more: _leaf_value(g, e, rtol, atol, more), "", others
    )


def agree(given: Plain, expected: Plain, rtol: float, atol: float) -> bool:
    """Return whether both form and values are right.

    Parameters
    ----------
    given, expected : plain data
        What to compare; NaN agrees with NaN, an infinity with the same infinity. Lists may stand
        where arrays are expected, see `fitted`.
    rtol, atol : float
        Relative and absolute tolerance.

    Returns
    -------
    bool
    """
    listed = type(given) in (tuple, list) and type(expected) is np.ndarray and expected.ndim > 0
    if listed and len(given) != len(expected):
        return False  # not only after a long list has become an array, once for every mistake
    given = fitted(given, expected)
    return _walk(given, expected, lambda g, e, _: _leaf_differs(g, e, rtol, atol), "", ()) is None


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


def is_count(value: Plain) -> bool:
    """Return whether `value` is a single whole number or True/False, easily the same by chance.

    Parameters
    ----------
    value : plain data

    Returns
    -------
    bool
    """
    return _is_numeric(value) and not np.ndim(value) and _kind(value) != "f"


def _rectangle(given: Plain, expected: NDArray[Any]) -> Plain:
    kinds = _kinds(given)
    if kinds != {"b"} and not kinds <= {"i", "f"}:
        return given
    try:
        array = np.array(given)
    except ValueError:  # rows of several lengths
        return given
    return array.astype(float) if (_kind(array), _kind(expected)) == ("i", "f") else array


def _kinds(value: Plain) -> set[str]:
    if type(value) in (tuple, list):
        return set().union(*map(_kinds, value))
    return {_kind(value) if _is_numeric(value) else "no number"}


def _walk(
    given: Plain, expected: Plain, leaf: _Leaf, place: str, others: Sequence[Pair]
) -> str | None:
    """Compare two nested values branch by branch; `leaf` compares numbers, texts and None."""
    steps: list[tuple[str, Any]]
    if type(expected) in (tuple, list):
        if type(given) not in (tuple, list) or len(given) != len(expected):
            return f"{place}your function returned {describe(given)}, expected {describe(expected)}"
        total = len(expected)
        steps = [(f"value {i + 1} of {total}", i) for i in range(total)]
    elif type(expected) is dict:
        if type(given) is not dict or given.keys() != expected.keys():
            return f"{place}your function returned {describe(given)}, expected {describe(expected)}"
        steps = [(f"entry {key!r}", key) for key in expected]
    else:
        fault = leaf(given, expected, others)
        return None if fault is None else place + fault
    if not all(_is_built_like(e, expected) for _, e in others):
        others = ()
    for name, at in steps:
        inner = f"{place[:-2]}, {name}: " if place else f"in returned {name}: "
        fault = _walk(given[at], expected[at], leaf, inner, [(g[at], e[at]) for g, e in others])
        if fault is not None:
            return fault
    return None


def _is_built_like(value: Plain, other: Plain) -> bool:
    """Return whether two tuples, lists or dicts have the same type and the same entries."""
    if type(value) is not type(other) or len(value) != len(other):
        return False
    return type(value) is not dict or value.keys() == other.keys()


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
    if not _kind_fits(given, expected):
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


def _leaf_value(
    given: Plain, expected: Plain, rtol: float, atol: float, others: Sequence[Pair]
) -> str | None:
    if not _is_numeric(expected):
        if given == expected:
            return None
        return f"your function returned {show(given)}, expected {show(expected)}"
    bad = _wrong(given, expected, rtol, atol)
    if not bad.any():
        return None
    if bad.ndim == 0:
        return f"your function returned {show(given, 8)}, expected {show(expected, 8)}" + _factor(
            given, expected, others
        )
    return (
        f"{_count(bad)} wrong, the first at {_index(bad)}: your function returned "
        f"{_pick(given, bad)}, expected {_pick(expected, bad)}" + _factor(given, expected, others)
    )


def _leaf_differs(given: Plain, expected: Plain, rtol: float, atol: float) -> str | None:
    """Say no more than that there is a difference: known mistakes are compared by the dozen."""
    if not _is_numeric(expected):
        same = type(given) is type(expected) and given == expected
    else:
        same = (
            _is_numeric(given)
            and np.shape(given) == np.shape(expected)
            and _kind_fits(given, expected)
            and not _wrong(given, expected, rtol, atol).any()
        )
    return None if same else "different"


def _wrong(given: Plain, expected: Plain, rtol: float, atol: float) -> NDArray[np.bool_]:
    """Return where two numbers or arrays of one shape differ by more than the tolerances."""
    if _kind(expected) != "f" and (_kind(given) != "f" or np.ndim(expected)):
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


def _kind_fits(given: Plain, expected: Plain) -> bool:
    kinds = _kind(given), _kind(expected)
    if kinds[0] == kinds[1] or "b" in kinds:
        return kinds[0] == kinds[1]
    if not np.ndim(expected):
        return True
    # NaN and infinity get a sentence of their own
    return kinds == ("f", "i") and bool(((given == np.trunc(given)) | ~np.isfinite(given)).all())


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


def _factor(given: Plain, expected: Plain, others: Sequence[Pair]) -> str:
    """Return a remark if all of `given` is `expected` times one simple number.

    One number alone says nothing; then the other cases must show the same factor.
    """
    if _kind(expected) != "f":
        return ""
    if np.count_nonzero(expected) > 1:
        others = ()
    elif not all(_is_numeric(e) for _, e in others):
        return ""
    g = np.concatenate([np.ravel(v) for v in (given, *(g for g, _ in others))], dtype=float)
    e = np.concatenate([np.ravel(v) for v in (expected, *(e for _, e in others))], dtype=float)
    keep = e != 0
    if keep.sum() < 2 or not (np.isfinite(g).all() and np.isfinite(e).all()):
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
