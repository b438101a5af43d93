"""Call a function on prepared inputs and bring home what it did, as plain data.

This is the only module that runs a learner's function. It imports NumPy and the standard library
and nothing of nnlab, and what it returns holds no object of the learner's making, so the two
sides of `collect` can live in different processes.
"""

from __future__ import annotations

import contextlib
import dis
import io
import linecache
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from types import CodeType
from typing import Any, Literal, TypeAlias

import numpy as np

Plain: TypeAlias = Any
"""A bool, int, float, str, None or NumPy array, or a tuple, list or dict of those."""

Kind: TypeAlias = Literal["value", "error", "nothing", "foreign"]

MAX_DEPTH = 8
MAX_ITEMS = 100_000
MAX_BYTES = 16 * 2**20
MAX_TEXT = 10_000
MAX_MESSAGE = 300

_WHOLE = {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
_DTYPES = _WHOLE | {"bool", "float16", "float32", "float64"}

_IDLE = {"CACHE", "LOAD_CONST", "NOP", "RESUME", "RETURN_CONST", "RETURN_VALUE"}
"""All the instructions of a function that holds nothing but a docstring, `pass` or `...`."""


@dataclass(frozen=True)
class Answer:
    """What one call of a function did.

    Parameters
    ----------
    kind : {"value", "error", "nothing", "foreign"}
        ``"value"``: it returned plain data; None if it ran and returned nothing. ``"error"``: it
        raised. ``"nothing"``: it is not written yet (`NotImplementedError`, Ellipsis, or None from
        a body that does nothing). ``"foreign"``: it returned something that is not plain data.
    value : plain data
        The returned value; None unless `kind` is ``"value"``.
    type : str
        Name of the exception's class, of ``"None"`` or ``"Ellipsis"``, or of the foreign type.
    message : str
        Message of the exception, or what is wrong with the foreign value.
    line : int or None
        Line of the learner's cell in which the exception arose, counted from 1.
    source : str
        The text of that line, if it is known.
    changed : tuple of int
        Positions of the arguments the call edited in place, counted from 0.
    overflow : bool
        Whether NumPy met an overflow on the way to `value`, even if the value does not show it.
    hides_overflow : bool
        Whether the function's own code tells NumPy what to do about overflows (`numpy.errstate`,
        `numpy.seterr`), so that `overflow` cannot be relied on.
    printed : bool
        Whether the call printed anything on the way to `value`.
    """

    kind: Kind
    value: Plain = None
    type: str = ""
    message: str = ""
    line: int | None = None
    source: str = ""
    changed: tuple[int, ...] = ()
    overflow: bool = False
    hides_overflow: bool = False
    printed: bool = False


class ForeignValueError(TypeError):
    """A value that is not plain data; the message says what it is.

    Parameters
    ----------
    type_name : str
        Name of the offending type.
    message : str
        Sentence that says what is wrong.
    """

    def __init__(self, type_name: str, message: str) -> None:
        super().__init__(message)
        self.type_name = type_name


def plain(value: object) -> Plain:
    """Return a copy of `value` made of plain data only.

    Only the exact built-in types count: a subclass could compare equal to everything. NumPy scalars
    become arrays of shape (), so that their dtype is kept.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    plain data
        Arrays are C-contiguous copies in native byte order; `numpy.longdouble` becomes float64.

    Raises
    ------
    ForeignValueError
        If any part of `value` is of another type, or there is too much of it.
    """
    return _Copier().copy(value, 0)


class _Copier:
    """Copies nested plain data while counting how much of it there is."""

    def __init__(self) -> None:
        self.items = 0
        self.bytes = 0

    def copy(self, value: Plain, depth: int) -> Plain:
        self.items += 1
        if self.items > MAX_ITEMS:
            raise ForeignValueError("", f"it holds more than {MAX_ITEMS} items")
        kind = type(value)
        if kind is np.ndarray:
            return self._array(value)
        if kind is float or kind is bool or value is None:
            return value
        if kind is int:
            if value.bit_length() > 63:
                raise ForeignValueError("int", "it holds a whole number of more than 63 bits")
            return value
        if kind is str:
            if len(value) > MAX_TEXT:
                raise ForeignValueError("str", f"it holds a text of more than {MAX_TEXT} letters")
            return value
        if kind is tuple or kind is list or kind is dict:
            if depth == MAX_DEPTH:
                raise ForeignValueError(kind.__name__, f"it is nested more than {MAX_DEPTH} deep")
            if kind is dict:
                return {self._key(k): self.copy(v, depth + 1) for k, v in value.items()}
            return kind(self.copy(item, depth + 1) for item in value)
        if kind is np.str_:
            return self.copy(str(value), depth)
        if kind.__module__ == "numpy" and issubclass(kind, np.generic):
            return self._array(np.asarray(value))
        raise ForeignValueError(kind.__name__, f"it holds an object of type {kind.__name__}")

    def _array(self, value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        is_long = value.dtype.char == np.dtype(np.longdouble).char
        if value.dtype.name not in _DTYPES and not is_long:
            raise ForeignValueError("ndarray", f"it holds an array of dtype {value.dtype.name}")
        self.bytes += value.nbytes
        if self.bytes > MAX_BYTES:
            raise ForeignValueError("ndarray", f"it holds more than {MAX_BYTES} bytes of numbers")
        dtype = np.dtype(np.float64) if is_long else value.dtype.newbyteorder("=")
        with np.errstate(all="ignore"):  # a long double may be too large for a float64
            return np.array(value, dtype=dtype, order="C")

    def _key(self, key: object) -> Plain:
        if type(key) is str or type(key) is int:
            return self.copy(key, 0)
        raise ForeignValueError(
            type(key).__name__, f"it holds a dict with a key of type {type(key).__name__}"
        )


def identical(first: Plain, second: Plain) -> bool:
    """Return whether two pieces of plain data are the same bit for bit.

    Parameters
    ----------
    first, second : plain data
        What to compare; NaN counts as identical to NaN.

    Returns
    -------
    bool
    """
    if type(first) is not type(second):
        return False
    if type(first) is np.ndarray:
        return bool(
            first.shape == second.shape
            and first.dtype == second.dtype
            and first.tobytes() == second.tobytes()
        )
    if type(first) in (tuple, list):
        return len(first) == len(second) and all(map(identical, first, second))
    if type(first) is dict:
        return first.keys() == second.keys() and all(identical(first[k], second[k]) for k in first)
    if type(first) is float:
        return bool(first == second or (first != first and second != second))
    return bool(first == second)


def collect(function: Callable[..., object], cases: Iterable[tuple[Plain, ...]]) -> list[Answer]:
    """Call `function` once per case and return what each call did.

    Every call gets its own copy of the inputs. What the function prints and warns is dropped. A
    `KeyboardInterrupt` goes through.

    Parameters
    ----------
    function : callable
        The learner's function, or any other.
    cases : iterable of tuple of plain data
        Positional arguments, one tuple per call.

    Returns
    -------
    list of Answer
        One per case, in the same order.
    """
    code = _code(function)
    hides_overflow = code is not None and _hides_overflow(code)
    with _quiet() as watch:
        return [_call(function, case, watch, hides_overflow) for case in cases]


def _call(
    function: Callable[..., object], case: tuple[Plain, ...], watch: _Watch, hides_overflow: bool
) -> Answer:
    arguments = plain(case)
    watch.overflow = watch.printed = False
    try:
        returned = function(*arguments)
    except NotImplementedError:
        return Answer("nothing", type="NotImplementedError")
    # A learner's function may raise anything, and `exit()` must not end the kernel.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        line, source = _where(error, function)
        return Answer("error", None, type(error).__name__, _message(error), line, source)
    overflow, printed = watch.overflow, watch.printed
    if returned is ...:
        return Answer("nothing", type="Ellipsis")
    if returned is None and _is_blank(function):
        return Answer("nothing", type="None")
    try:
        value = plain(returned)
    except ForeignValueError as error:
        return Answer("foreign", type=error.type_name, message=str(error))
    changed = tuple(
        i
        for i, (now, before) in enumerate(zip(arguments, case, strict=True))
        if not _unchanged(now, before)
    )
    return Answer(
        "value",
        value,
        changed=changed,
        overflow=overflow,
        hides_overflow=hides_overflow,
        printed=printed,
    )


def _code(function: object) -> CodeType | None:
    code = getattr(function, "__code__", None)
    return code if type(code) is CodeType else None


def _is_blank(function: object) -> bool:
    """Return whether the body of a function does nothing at all."""
    code = _code(function)
    return code is not None and all(step.opname in _IDLE for step in dis.get_instructions(code))


def _hides_overflow(code: CodeType) -> bool:
    """Return whether code, that of functions within it included, sets how overflows are told."""
    if any(type(constant) is CodeType and _hides_overflow(constant) for constant in code.co_consts):
        return True
    if {"errstate", "seterr"}.isdisjoint(code.co_names):
        return False
    # The names of keyword arguments are among the constants, as a tuple. For a logarithm of 0 there
    # is `errstate(divide="ignore")`, which leaves overflows alone.
    keywords = set(chain.from_iterable(c for c in code.co_consts if type(c) is tuple))
    return bool(keywords & {"all", "over"}) or not keywords & {"divide", "invalid", "under"}


def _unchanged(now: object, before: Plain) -> bool:
    try:
        return identical(plain(now), before)
    except ForeignValueError:  # the call put an object of its own into a list or dict it was given
        return False


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the learner's own exception class may fail to print itself
        text = ""
    text = " ".join(text.split())
    return text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"


def _where(error: BaseException, function: object) -> tuple[int | None, str]:
    """Return line number and text of the deepest line in the file that holds `function`."""
    code = _code(function)
    if code is None:
        return None, ""
    line = None
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == code.co_filename:
            line = step.tb_lineno
        step = step.tb_next
    if line is None:
        return None, ""
    return line, linecache.getline(code.co_filename, line).strip()[:MAX_MESSAGE]


@dataclass
class _Watch:
    """What was noticed during a call."""

    overflow: bool = False
    printed: bool = False


class _Nowhere(io.TextIOBase):
    """A text stream that forgets what is written to it, but not that something was."""

    def __init__(self, watch: _Watch) -> None:
        super().__init__()
        self._watch = watch

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self._watch.printed = True
        return len(text)


@contextlib.contextmanager
def _quiet() -> Iterator[_Watch]:
    """Drop prints and warnings; yield a record that is told when there is a print or overflow."""
    watch = _Watch()

    def note(kind: str, flag: int) -> None:
        watch.overflow = True

    with (
        contextlib.redirect_stdout(_Nowhere(watch)),
        contextlib.redirect_stderr(_Nowhere(_Watch())),
        warnings.catch_warnings(),
        np.errstate(all="ignore", over="call", call=note),
    ):
        warnings.simplefilter("ignore")
        yield watch
