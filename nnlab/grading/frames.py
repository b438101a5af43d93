"""The wire format between sandbox and grader: plain data and answers as bytes of bounded size.

What comes out of a sandbox is written by whoever runs in it, so `unpack` and `read` take bytes
from an enemy: only the types of `nnlab.exercises.answers.Plain`, only the dtypes on a list, and
limits on depth, items, bytes and letters that are checked before anything is made. Every fault is
a `FrameError`. The format, all numbers little-endian:

====================  ==========================================================================
``N`` ``T`` ``F``     None, True, False
``i`` ``f``           whole number and float, 8 bytes
``s``                 text: length in bytes (4), UTF-8
``a``                 array: place of its dtype in `DTYPES` (1), dimensions (1), lengths (8 each),
                      the numbers in C order
``t`` ``l`` ``d``     tuple, list, dict: number of items (4), the items; a dict's as key, value
====================  ==========================================================================

A stream is a row of frames: length (4), a letter that says what it is (1), then one piece of data.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnlab.exercises.answers import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_MESSAGE,
    MAX_TEXT,
    Answer,
    Kind,
    Plain,
)

REQUEST = struct.Struct("<Qdq")
"""What comes before a job: its bytes, the seconds it may take and the bytes it may send home."""

JOB_READ = b"J"
"""What a worker sends before all else."""

DTYPES = tuple(
    # Built from its text, a dtype prints as `float64` again where that is the machine's own.
    np.dtype(np.dtype(name).newbyteorder("<").str)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64"),
    )
)

MAX_DIMENSIONS = 64
OUT_OF_MEMORY = 77
"""Exit code of a worker that could not go on for want of memory."""

MAX_LINE = 1_000_000
MAX_PROBLEM = 2 * MAX_MESSAGE
MAX_STREAM_ITEMS = 10 * MAX_ITEMS

_KINDS: tuple[Kind, ...] = ("value", "error", "nothing", "foreign")
_PLACES = {dtype.name: place for place, dtype in enumerate(DTYPES)}
_COUNT = struct.Struct("<I")
_WHOLE = struct.Struct("<q")
_FLOAT = struct.Struct("<d")
_CONTAINERS: dict[type, bytes] = {tuple: b"t", list: b"l"}


class FrameError(ValueError):
    """Bytes that are not what this module writes."""


def pack(value: Plain) -> bytes:
    """Return plain data as bytes.

    Parameters
    ----------
    value : plain data
        As `nnlab.exercises.answers.plain` returns it.

    Returns
    -------
    bytes
        Letters that UTF-8 cannot hold (lone surrogates) become question marks.

    Raises
    ------
    TypeError
        If part of it is not plain data.
    """
    pieces: list[bytes] = []
    _pack(value, pieces)
    return b"".join(pieces)


def _pack(value: Plain, pieces: list[bytes]) -> None:
    kind = type(value)
    if value is None:
        pieces.append(b"N")
    elif kind is bool:
        pieces.append(b"T" if value else b"F")
    elif kind is int:
        pieces += (b"i", _WHOLE.pack(value))
    elif kind is float:
        pieces += (b"f", _FLOAT.pack(value))
    elif kind is str:
        text = value.encode("utf-8", "replace")
        pieces += (b"s", _COUNT.pack(len(text)), text)
    elif kind is np.ndarray and value.dtype.name in _PLACES:
        place = _PLACES[value.dtype.name]
        data = np.ascontiguousarray(value, DTYPES[place]).tobytes()
        shape = struct.pack(f"<{value.ndim}Q", *value.shape)
        pieces += (b"a", bytes((place, value.ndim)), shape, data)
    elif kind in _CONTAINERS:
        pieces += (_CONTAINERS[kind], _COUNT.pack(len(value)))
        for item in value:
            _pack(item, pieces)
    elif kind is dict:
        pieces += (b"d", _COUNT.pack(len(value)))
        for key, item in value.items():
            _pack(key, pieces)
            _pack(item, pieces)
    else:
        raise TypeError(f"value must be plain data, got an object of type {kind.__name__}")


def unpack(data: bytes | memoryview) -> Plain:
    """Return the plain data that bytes stand for.

    Parameters
    ----------
    data : bytes
        From anywhere.

    Returns
    -------
    plain data
        Within the limits of `nnlab.exercises.answers.plain`; arrays own their memory.

    Raises
    ------
    FrameError
        If the bytes are not exactly one piece of plain data within the limits.
    """
    return _unpack(data)[0]


def _unpack(data: bytes | memoryview) -> tuple[Plain, int]:
    """Return the data and how many items it holds."""
    unpacker = _Unpacker(memoryview(data))
    value = unpacker.value(0)
    if unpacker.place != len(unpacker.data):
        raise FrameError(f"{len(unpacker.data) - unpacker.place} bytes follow the data")
    return value, unpacker.items


class _Unpacker:
    """Reads plain data from the front of some bytes while counting how much of it there is."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.place = 0
        self.items = 0
        self.bytes = 0

    def take(self, size: int) -> memoryview:
        end = self.place + size
        if end > len(self.data):
            raise FrameError(f"{size} bytes are announced, {len(self.data) - self.place} are there")
        piece = self.data[self.place : end]
        self.place = end
        return piece

    def count(self) -> int:
        number: int = _COUNT.unpack(self.take(4))[0]
        return number

    def value(self, depth: int) -> Plain:
        self.items += 1
        if self.items > MAX_ITEMS:
            raise FrameError(f"more than {MAX_ITEMS} items")
        tag = bytes(self.take(1))
        if tag == b"N":
            return None
        if tag in b"TF":
            return tag == b"T"
        if tag == b"i":
            return self._whole()
        if tag == b"f":
            return _FLOAT.unpack(self.take(8))[0]
        if tag == b"s":
            return self._text()
        if tag == b"a":
            return self._array()
        if tag in b"tld":
            if depth == MAX_DEPTH:
                raise FrameError(f"nested more than {MAX_DEPTH} deep")
            size = self.count()
            if tag == b"d":
                return self._dict(size, depth)
            items = [self.value(depth + 1) for _ in range(size)]
            return tuple(items) if tag == b"t" else items
        raise FrameError(f"unknown tag {tag!r}")

    def _whole(self) -> int:
        number: int = _WHOLE.unpack(self.take(8))[0]
        if number.bit_length() > 63:
            raise FrameError("a whole number of more than 63 bits")
        return number

    def _text(self) -> str:
        size = self.count()
        if size > 4 * MAX_TEXT:
            raise FrameError(f"a text of {size} bytes")
        try:
            text = str(self.take(size), "utf-8")
        except UnicodeDecodeError as error:
            raise FrameError("a text that is not UTF-8") from error
        if len(text) > MAX_TEXT:
            raise FrameError(f"a text of more than {MAX_TEXT} letters")
        return text

    def _array(self) -> np.ndarray[Any, Any]:
        place, dimensions = self.take(2)
        if place >= len(DTYPES):
            raise FrameError(f"dtype number {place} is not on the list")
        if dimensions > MAX_DIMENSIONS:
            raise FrameError(f"an array of {dimensions} dimensions")
        dtype = DTYPES[place]
        shape = struct.unpack(f"<{dimensions}Q", self.take(8 * dimensions))
        if any(length > MAX_BYTES for length in shape):
            raise FrameError("an array with a length beyond the limit")
        # Whole numbers of Python do not overflow; NumPy wants the product without the zeros to fit.
        size = math.prod(shape) * dtype.itemsize
        self.bytes += size
        if self.bytes > MAX_BYTES:
            raise FrameError(f"more than {MAX_BYTES} bytes of numbers")
        if math.prod(filter(None, shape)) * dtype.itemsize > 2**62:
            raise FrameError("an empty array whose other lengths are beyond the limit")
        raw = self.take(size)
        if dtype == np.bool_ and np.any(np.frombuffer(raw, np.uint8) > 1):
            raise FrameError("a truth value that is neither 0 nor 1")
        return np.array(np.frombuffer(raw, dtype).reshape(shape), dtype.newbyteorder("="))

    def _dict(self, size: int, depth: int) -> dict[Any, Plain]:
        found: dict[Any, Plain] = {}
        for _ in range(size):
            key = self.value(MAX_DEPTH)  # no containers
            if type(key) is not str and type(key) is not int:
                raise FrameError(f"a dict with a key of type {type(key).__name__}")
            if key in found:
                raise FrameError("a dict with the same key twice")
            found[key] = self.value(depth + 1)
        return found


def frame(letter: bytes, value: Plain) -> bytes:
    """Return one frame of a stream.

    Parameters
    ----------
    letter : bytes
        One byte that says what it is.
    value : plain data
        What is in it.

    Returns
    -------
    bytes
    """
    body = letter + pack(value)
    return _COUNT.pack(len(body)) + body


def answer_frame(place: int, answer: Answer) -> bytes:
    """Return the frame that brings one answer home.

    Parameters
    ----------
    place : int
        Which case it answers, counted from 0.
    answer : Answer
        What the call did.

    Returns
    -------
    bytes
    """
    notes = (answer.overflow, answer.hides_overflow, answer.printed)
    texts = tuple(text[:MAX_MESSAGE] for text in (answer.type, answer.message, answer.source))
    line = answer.line if answer.line and 1 <= answer.line <= MAX_LINE else None
    head = (place, _KINDS.index(answer.kind), texts, line, answer.changed, notes)
    body = b"A" + pack(head)
    body = _COUNT.pack(len(body)) + body
    return body + frame(b"V", answer.value) if answer.kind == "value" else body


@dataclass
class Stream:
    """What a worker sent.

    Parameters
    ----------
    answers : list of Answer
        Of the first cases, in order.
    problem : str
        Why there is no function.
    slow : bool
        Whether the worker gave up because call after call took too long.
    whole : bool
        Whether the stream ended as it should, not in the middle of a frame or of the cases.
    """

    answers: list[Answer] = field(default_factory=list)
    problem: str = ""
    slow: bool = False
    whole: bool = False


def read(data: bytes, arities: Sequence[int]) -> Stream:
    """Return what is in the bytes of a worker.

    Parameters
    ----------
    data : bytes
        From anywhere. A frame that is cut off at the end is left out.
    arities : sequence of int
        Number of arguments of every case.

    Returns
    -------
    Stream

    Raises
    ------
    FrameError
        If anything in it is not what a worker sends.
    """
    stream = Stream()
    frames = _frames(data)
    for letter, value in frames:
        if stream.whole:
            raise FrameError("a frame follows the last one")
        if letter == b"A":
            answer = _answer(value, len(stream.answers), arities)
            if answer.kind == "value":
                following = next(frames, None)
                if following is None:  # cut off
                    break
                if following[0] != b"V":
                    raise FrameError("an answer without its value")
                answer = _with_value(answer, following[1])
            stream.answers.append(answer)
        elif letter == b"P" and not stream.answers and type(value) is str and value:
            stream.problem = _clean(value, MAX_PROBLEM)
            stream.whole = True
        elif letter == b"E" and type(value) is bool:
            stream.slow = value
            stream.whole = value or len(stream.answers) == len(arities)
            if not stream.whole:
                raise FrameError("the end comes before the last answer")
        else:
            raise FrameError(f"a frame {letter!r} that does not belong there")
    return stream


def _frames(data: bytes) -> Iterator[tuple[bytes, Plain]]:
    rest = memoryview(data)
    items = 0
    while len(rest) >= _COUNT.size:
        size = _COUNT.unpack(rest[: _COUNT.size])[0]
        if size < 2:
            raise FrameError(f"a frame of {size} bytes")
        body = rest[_COUNT.size : _COUNT.size + size]
        if len(body) < size:
            return
        rest = rest[_COUNT.size + size :]
        value, more = _unpack(body[1:])
        items += more
        if items > MAX_STREAM_ITEMS:
            raise FrameError(f"more than {MAX_STREAM_ITEMS} items in all")
        yield bytes(body[:1]), value


def _answer(head: Plain, place: int, arities: Sequence[int]) -> Answer:
    """Return the answer, without its value, after looking at every field."""
    if place >= len(arities):
        raise FrameError("more answers than cases")
    if type(head) is not tuple or [type(part) for part in head[:3]] != [int, int, tuple]:
        raise FrameError("an answer of another form")
    if len(head) != 6 or head[0] != place or not 0 <= head[1] < len(_KINDS):
        raise FrameError("an answer out of turn, or of no kind")
    _, kind, texts, line, changed, notes = head
    if [type(text) for text in texts] != [str] * 3:
        raise FrameError("an answer whose texts are no texts")
    if line is not None and (type(line) is not int or not 1 <= line <= MAX_LINE):
        raise FrameError("an answer from no line")
    if type(changed) is not tuple or any(
        type(i) is not int or not 0 <= i < arities[place] for i in changed
    ):
        raise FrameError("an answer that changed an argument there is not")
    if list(changed) != sorted(set(changed)):
        raise FrameError("changed arguments out of order")
    if type(notes) is not tuple or [type(note) for note in notes] != [bool] * 3:
        raise FrameError("an answer whose notes are no truth values")
    name, message, source = (_clean(text, MAX_MESSAGE) for text in texts)
    return Answer(_KINDS[kind], None, name, message, line, source, changed, *notes)


def _with_value(answer: Answer, value: Plain) -> Answer:
    return Answer(
        "value",
        value,
        changed=answer.changed,
        overflow=answer.overflow,
        hides_overflow=answer.hides_overflow,
        printed=answer.printed,
    )


def _clean(text: str, most: int) -> str:
    """Return a text fit for a terminal and a page: no letters that steer or cannot be seen."""
    if len(text) > most:
        raise FrameError(f"a message of more than {most} letters")
    text = text.replace("\t", " ")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
