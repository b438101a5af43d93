"""Frames: everything plain goes there and back; everything else is a fault, and costs nothing."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnlab.exercises.answers import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_ITEMS,
    MAX_TEXT,
    Answer,
    identical,
    plain,
)
from nnlab.grading import frames
from nnlab.grading.frames import FrameError, pack, read, unpack

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
whole = st.integers(-(2**63) + 1, 2**63 - 1)
arrays = st.sampled_from([dtype.newbyteorder("=") for dtype in frames.DTYPES]).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    )
)
leaves = st.none() | st.booleans() | whole | st.floats() | texts | arrays
data = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(texts | whole, inner, max_size=4)
    ),
    max_leaves=12,
)


def count(number):
    return struct.pack("<I", number)


def array(place, shape, raw):
    return b"a" + bytes((place, len(shape))) + struct.pack(f"<{len(shape)}Q", *shape) + raw


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@given(data)
@settings(deadline=None)
def test_plain_data_goes_there_and_back(value):
    assert identical(unpack(pack(value)), value)


@given(data, st.data())
@settings(deadline=None)
def test_damaged_bytes_are_plain_data_or_a_fault(value, draw):
    good = bytearray(pack(value))
    place = draw.draw(st.integers(0, len(good) - 1))
    good[place] = draw.draw(st.integers(0, 255))
    try:
        found = unpack(bytes(good))
    except FrameError:
        return
    assert identical(plain(found), found)


@given(st.binary(max_size=300))
def test_any_bytes_are_plain_data_or_a_fault(raw):
    try:
        found = unpack(raw)
    except FrameError:
        return
    assert identical(plain(found), found)


@given(data, st.integers(1, 20))
@settings(deadline=None)
def test_data_that_is_cut_off_or_goes_on_is_a_fault(value, more):
    good = pack(value)
    with pytest.raises(FrameError):
        unpack(good + bytes(more))
    with pytest.raises(FrameError):
        unpack(good[:-more])


def test_arrays_are_our_own_and_can_be_written():
    found = unpack(pack(np.arange(3.0)))
    found[0] = 7
    assert found.flags.owndata
    assert found.dtype.isnative


def test_letters_that_no_text_file_can_hold_are_replaced():
    assert unpack(pack("a\ud800b")) == "a?b"


@pytest.mark.parametrize(
    ("value", "allowed"),
    [
        (nested(MAX_DEPTH), True),
        (nested(MAX_DEPTH + 1), False),
        ([None] * (MAX_ITEMS - 1), True),
        ([None] * MAX_ITEMS, False),
        ("ä" * MAX_TEXT, True),
        ("ä" * (MAX_TEXT + 1), False),
        (np.zeros(MAX_BYTES, np.uint8), True),
        (np.zeros(MAX_BYTES + 1, np.uint8), False),
        ([np.zeros(MAX_BYTES // 2 + 1, np.uint8)] * 2, False),
        ([np.zeros((3, 0, 5))], True),
    ],
    ids=lambda value: value if type(value) is bool else type(value).__name__,
)
def test_the_limits_are_those_of_answers(value, allowed):
    raw = pack(value)
    if allowed:
        assert identical(unpack(raw), plain(value))
    else:
        with pytest.raises(FrameError):
            unpack(raw)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "announced"),
        (b"O", "unknown tag"),
        (b"\x80\x04K\x01.", "unknown tag"),  # a pickle
        (b"\x93NUMPY\x01\x00", "unknown tag"),
        (b"i" + struct.pack("<q", -(2**63)), "63 bits"),
        (b"s" + count(2) + b"\xff\xfe", "UTF-8"),
        (b"s" + count(3) + b"\xed\xa0\x80", "UTF-8"),  # a lone surrogate
        (b"s" + count(2**32 - 1), "a text of"),
        (b"l" + count(2**32 - 1), "announced"),
        (b"l" + count(2**32 - 1) + b"N" * (MAX_ITEMS + 1), "items"),
        (array(len(frames.DTYPES), (1,), bytes(8)), "dtype number"),
        (array(255, (1,), bytes(8)), "dtype number"),
        (array(11, (2,), bytes(8)), "announced"),
        (array(11, (1,), bytes(16)), "follow"),
        (array(11, (2**63, 2), b""), "length beyond"),
        (array(11, (2**64 - 1,), b""), "length beyond"),
        (array(11, (2**24,) * 8, b""), "bytes of numbers"),
        (array(11, (0, *[2**24] * 8), b""), "empty array"),
        (array(11, (1,) * 65, bytes(8)), "dimensions"),
        (array(0, (2,), b"\x01\x02"), "truth value"),
        (b"d" + count(1) + b"NN", "key of type"),
        (b"d" + count(1) + b"l" + count(0) + b"N", "nested"),
        (b"d" + count(2) + (b"i" + bytes(8) + b"N") * 2, "same key"),
        (b"d" + count(1) + b"f" + struct.pack("<d", float("nan")) + b"N", "key of type"),
    ],
    ids=range(24),
)
def test_malicious_data_is_a_fault(raw, said):
    with pytest.raises(FrameError, match=said):
        unpack(raw)


@pytest.mark.parametrize(
    "value", [object(), 1j, np.array(["a"]), np.array([1j]), {1, 2}, b"x", [np.float64(1)]]
)
def test_only_plain_data_is_packed(value):
    with pytest.raises(TypeError, match="plain data"):
        pack(value)


ANSWERS = [
    Answer("value", np.arange(6.0).reshape(2, 3), changed=(0, 1), overflow=True, printed=True),
    Answer("value", None, hides_overflow=True),
    Answer("error", None, "ValueError", "no <b>such</b> thing", 3, "raise ValueError"),
    Answer("nothing", type="NotImplementedError"),
    Answer("foreign", type="Thing", message="it holds an object of type Thing"),
]


def stream(answers, end=b""):
    sent = b"".join(frames.answer_frame(i, answer) for i, answer in enumerate(answers))
    return sent + end


END = frames.frame(b"E", False)


def same(first, second):
    return all(
        identical(vars(a)["value"], b.value) and {**vars(a), "value": 0} == {**vars(b), "value": 0}
        for a, b in zip(first, second, strict=True)
    )


def test_answers_go_there_and_back():
    found = read(stream(ANSWERS, END), [2] * 5)
    assert found.whole
    assert not found.slow
    assert same(found.answers, ANSWERS)


@given(st.integers(0, 400))
def test_a_stream_that_is_cut_off_gives_the_answers_before(size):
    sent = stream(ANSWERS, END)
    found = read(sent[: min(size, len(sent) - 1)], [2] * 5)
    assert not found.whole
    assert same(found.answers, ANSWERS[: len(found.answers)])


def test_the_worker_may_give_up():
    found = read(stream(ANSWERS[:1], frames.frame(b"E", True)), [2] * 5)
    assert found.slow
    assert len(found.answers) == 1


def test_a_problem_comes_instead_of_answers():
    assert read(frames.frame(b"P", "the cell stopped"), [1]).problem == "the cell stopped"


def test_texts_cannot_steer_a_terminal_or_turn_a_line():
    nasty = "a\x1b[2Jb\u202ec\x00d\te"
    found = read(stream([Answer("error", None, nasty, nasty, 1, nasty)], END), [1])
    wanted = "a\ufffd[2Jb\ufffdc\ufffdd e"
    answer = found.answers[0]
    assert (answer.type, answer.message, answer.source) == (wanted,) * 3


def head(place=0, kind=1, texts=("E", "m", ""), line=1, changed=(), notes=(False,) * 3):
    return frames.frame(b"A", (place, kind, texts, line, changed, notes))


VALUE = frames.frame(b"V", 1.0)


@pytest.mark.parametrize(
    "sent",
    [
        b"\0\0\0\0",
        frames.frame(b"Z", None),
        frames.frame(b"V", 1.0),
        frames.frame(b"E", False),
        frames.frame(b"E", 1),
        frames.frame(b"P", ""),
        frames.frame(b"P", 3),
        frames.frame(b"P", "x" * (frames.MAX_PROBLEM + 1)),
        frames.frame(b"P", "x") + frames.frame(b"P", "x"),
        head() + frames.frame(b"P", "x"),
        head() + END + head(1),
        head(place=1),
        head() + head(1) + head(2),
        head(place=False),
        head(kind=4),
        head(kind=-1),
        head(kind=True),
        head(kind=0) + END,
        head(kind=0) + head(1),
        head() + VALUE,
        head(texts=("E", "m")),
        head(texts=("E", "m", 3)),
        head(texts=["E", "m", ""]),
        head(texts=("E", "m" * 301, "")),
        head(line=0),
        head(line=-1),
        head(line=True),
        head(line=10**9),
        head(line=1.0),
        head(changed=(1,)),
        head(changed=(-1,)),
        head(changed=(0, 0)),
        head(changed=[0]),
        head(changed=(True,)),
        head(notes=(False, False)),
        head(notes=(0, 0, 0)),
        frames.frame(b"A", [0, 1, ("", "", ""), 1, (), (False,) * 3]),
        frames.frame(b"A", (0, 1)),
        frames.frame(b"A", None),
        frames.frame(b"A", (0, 1, np.zeros(3), 1, (), (False,) * 3)),
        struct.pack("<I", 3) + b"Ai",
        struct.pack("<I", 3) + b"Ail",
    ],
    ids=range(42),
)
def test_forged_frames_are_a_fault_or_no_answer(sent):
    try:
        found = read(sent, [1, 1])
    except FrameError:
        return
    assert sent.startswith(struct.pack("<I", 3) + b"Ai")  # cut off: no fault, and nothing in it
    assert not found.answers
    assert not found.whole


def test_the_items_of_all_answers_together_are_limited():
    big = Answer("value", [None] * (MAX_ITEMS - 1))
    most = frames.MAX_STREAM_ITEMS // MAX_ITEMS
    with pytest.raises(FrameError, match="in all"):
        read(stream([big] * (most + 1)), [1] * (most + 1))
