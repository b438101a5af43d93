"""Whatever a function does, what comes home is plain data."""

import math
import sys
import warnings

import numpy as np
import pytest

from nnlab.exercises.answers import (
    MAX_MESSAGE,
    Answer,
    ForeignValueError,
    collect,
    identical,
    plain,
)


class AlwaysEqual:
    def __eq__(self, other):
        return True

    __hash__ = None


class LyingFloat(float):
    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class LyingArray(np.ndarray):
    pass


def once(function, *arguments):
    return collect(function, [arguments])[0]


def endless():
    nested = []
    nested.append(nested)
    return nested


@pytest.mark.parametrize(
    "value",
    [1, 1.5, True, "text", None, (1, [2.0, {"a": np.ones(2), 3: None}]), np.zeros((0, 3)), []],
)
def test_plain_values_are_kept(value):
    assert identical(plain(value), value)


def test_arrays_are_copied_into_native_order():
    original = np.arange(6, dtype=">f8").reshape(2, 3).T
    copy = plain([original])[0]
    original[0, 0] = 99
    assert copy[0, 0] == 0
    assert copy.dtype == np.float64
    assert copy.flags.c_contiguous


def test_numpy_scalars_keep_their_dtype():
    assert plain(np.float32(1.5)).dtype == np.float32
    assert plain(np.bool_(True)).dtype == bool
    assert plain(np.str_("a")) == "a"
    assert type(plain(np.str_("a"))) is str


@pytest.mark.parametrize(
    "value",
    [
        AlwaysEqual(),
        LyingFloat(1.0),
        np.ones(3).view(LyingArray),
        np.recarray(2, dtype=[("a", float)]),
        np.ma.masked_array([1.0]),
        np.array([1, "a", None], dtype=object),
        np.array([1 + 1j]),
        np.array(["a"]),
        np.zeros(1, dtype=[("a", float)]),
        np.datetime64("2024-01-01"),
        np.broadcast_to(np.zeros(1), (10_000, 10_000)),
        {1.5: 2},
        {1, 2},
        (n for n in range(3)),
        10**30,
        "x" * 100_000,
        list(range(200_000)),
        endless(),
        [np.zeros(10**6)] * 3,
        lambda: 1,
        float,
        1j,
        b"bytes",
    ],
    ids=lambda value: type(value).__name__,
)
def test_everything_else_is_foreign(value):
    with pytest.raises(ForeignValueError):
        plain(value)
    for nested in (value, [value], {"a": (value,)}):
        answer = once(lambda nested=nested: nested)
        assert answer.kind == "foreign"
        assert answer.value is None
        assert answer.message.startswith("it ")


def test_calls_cannot_spoil_each_other():
    z = np.ones(3)
    shared = {"rows": [np.zeros(2)]}

    def edit(z, shared):
        z += 1
        shared["rows"].append(AlwaysEqual())
        return float(z.sum())

    answers = collect(edit, [(z, shared), (z, shared)])
    assert [a.value for a in answers] == [6.0, 6.0]
    assert [a.changed for a in answers] == [(0, 1), (0, 1)]
    np.testing.assert_array_equal(z, 1)
    assert len(shared["rows"]) == 1


def test_returning_an_argument_is_no_change():
    answer = once(lambda a, b: (b, a), np.array([1.0, np.nan]), [float("nan"), "x"])
    assert answer.kind == "value"
    assert answer.changed == ()


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda z: z.sort(), True),
        (lambda z: z.resize(4, refcheck=False), True),
        (lambda z: z.copy().sort(), False),
    ],
)
def test_changes_of_value_and_shape_are_seen(change, changed):
    def function(z):
        change(z)
        return 1

    assert once(function, np.array([2.0, 1.0])).changed == ((0,) if changed else ())


def test_errors_come_home_as_text_with_their_line():
    def divide(a):
        b = a - a
        return 1 / b

    answer = once(divide, 2)
    assert (answer.kind, answer.type, answer.message) == (
        "error",
        "ZeroDivisionError",
        "division by zero",
    )
    assert answer.line == divide.__code__.co_firstlineno + 2
    assert answer.source == "return 1 / b"


def test_the_line_is_the_learners_even_if_numpy_raised():
    def multiply(a):
        return np.linalg.inv(a)

    answer = once(multiply, np.zeros((2, 2)))
    assert answer.type == "LinAlgError"
    assert answer.line == multiply.__code__.co_firstlineno + 1


def test_wrong_number_of_arguments_has_no_line():
    answer = once(lambda a, b: a, 1)
    assert answer.type == "TypeError"
    assert answer.line is None


def test_strange_exceptions():
    class MuteError(Exception):
        def __str__(self):
            raise RuntimeError("no")

    def mute():
        raise MuteError

    def leave():
        sys.exit("bye")

    def recurse():
        return recurse()

    def long():
        raise ValueError("word " * 1000)

    answers = [once(f) for f in (mute, leave, recurse, long)]
    assert [a.type for a in answers] == ["MuteError", "SystemExit", "RecursionError", "ValueError"]
    assert answers[0].message == ""
    assert len(answers[3].message) == MAX_MESSAGE


def test_an_interrupt_goes_through():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        once(interrupted)


def test_not_written_yet():
    def stub():
        raise NotImplementedError("write me")

    assert once(stub) == Answer("nothing", type="NotImplementedError")
    assert once(lambda: ...) == Answer("nothing", type="Ellipsis")


def passing():
    pass


def documented():
    """Say what would be done."""


def bare():
    """Return nothing."""
    ...
    return


def calculating():
    math.sqrt(2.0)


def assigning():
    total = 1  # noqa: F841


class Callable:
    def __call__(self):
        return None


def test_a_body_that_does_nothing_is_not_written_yet():
    for blank in (passing, documented, bare, lambda: None):
        assert once(blank) == Answer("nothing", type="None")
    for written in (calculating, assigning, Callable()):
        assert once(written) == Answer("value", None)


def test_a_print_is_noticed():
    def show(n):
        if n:
            print(n)

    def warn(n):
        print(n, file=sys.stderr)

    answers = collect(show, [(1,), (0,)])
    assert [(a.kind, a.value, a.printed) for a in answers] == [
        ("value", None, True),
        ("value", None, False),
    ]
    assert not once(warn, 1).printed


def test_prints_and_warnings_do_not_leak(capfd):
    def noisy():
        for _ in range(10_000):
            print("noise")
        print("more", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return float(np.exp(np.float64(1e6)))

    state = np.geterr()
    assert once(noisy).value == float("inf")
    assert capfd.readouterr() == ("", "")
    assert np.geterr() == state


def test_an_overflow_on_the_way_is_seen():
    def hidden(z):
        return 1 / (1 + np.exp(-z))

    calls = [(np.array([-1000.0]),), (np.array([1000.0]),), (np.array([1.0]),)]
    assert [a.overflow for a in collect(hidden, calls)] == [True, False, False]
    assert [float(a.value[0]) for a in collect(hidden, calls)][:2] == [0.0, 1.0]


def with_block(z):
    with np.errstate(over="ignore"):
        return np.exp(z)


def for_good(z):
    np.seterr("ignore")
    return np.exp(z)


def inside(z):
    def exp(z):
        with np.errstate(all="ignore"):
            return np.exp(z)

    return exp(z)


def unpacked(z):
    how = {"over": "ignore"}
    with np.errstate(**how):
        return np.exp(z)


def only_logarithms(z):
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(z) if z.all() else np.exp(z)


def test_an_overflow_that_is_hidden_is_told():
    for hiding in (with_block, for_good, inside, unpacked):
        answer = once(hiding, np.array([1000.0, 0.0]))
        assert (answer.overflow, answer.hides_overflow) == (False, True)
    answer = once(only_logarithms, np.array([1000.0, 0.0]))
    assert (answer.overflow, answer.hides_overflow) == (True, False)


def test_long_doubles_become_float64():
    for value in (np.longdouble("1.5"), np.array(1.5, np.longdouble)):
        assert identical(plain(value), np.array(1.5))
    assert identical(plain([np.ones(2, np.longdouble)]), [np.ones(2)])
    largest = np.finfo(np.longdouble).max
    assert plain(largest) in (float(largest), np.inf)
    answer = once(lambda: np.finfo(np.longdouble).max)
    assert (answer.kind, answer.overflow) == ("value", False)
    with pytest.raises(ForeignValueError, match="bytes"):
        plain(np.broadcast_to(np.zeros(1, np.longdouble), (10_000, 10_000)))


def test_identical_is_strict():
    assert identical([1.0, float("nan")], [1.0, float("nan")])
    assert not identical(1, 1.0)
    assert not identical(1, True)
    assert not identical((1,), [1])
    assert not identical(np.zeros(2), np.zeros(2, np.float32))
    assert not identical(np.zeros((1, 2)), np.zeros(2))
    assert not identical({"a": 1}, {"b": 1})
    assert not identical([1], [1, 2])
