"""Training, validation and test parts (taught in lesson 2), and mini-batches (in lesson 7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray, FloatArray, IntArray
from nnlab._checks import numbers, whole_number
from nnlab._examples import class_column, column, group_column
from nnlab._random import Seed, generator

# Splits -----------------------------------------------------------------------------------------


class Split(NamedTuple):
    """Row numbers of the three parts; every example is in exactly one of them."""

    train: IntArray
    validation: IntArray
    test: IntArray


def three_way_split(
    y: AnyArray | Sequence[int] | Sequence[float] | int,
    fractions: Sequence[float] = (0.6, 0.2, 0.2),
    seed: Seed = 0,
    stratify: bool | None = None,
) -> Split:
    """Divide examples at random into training, validation and test parts.

    A stratified split gives every part the same mix of classes: of each class it gets the share
    that `fractions` ask for, rounded up or down such that the errors of rounding do not add up.
    The order within a part is random. An unstratified split keeps its test examples while the
    other two fractions change.

    Parameters
    ----------
    y : array_like, (N,), or int
        Integer classes, numbers to predict, or only how many examples there are.
    fractions : three floats
        Shares of training, validation and test, which sum to 1. A part with share 0 is empty.
    seed : int or Generator
        The same int always gives the same split.
    stratify : bool, optional
        Whether to give every part the same mix of classes. If not given: yes for integer `y`, no
        for floats and for a number of examples.

    Returns
    -------
    Split
        ``train``, ``validation``, ``test``: index arrays that together hold 0 to N-1 once.

    Raises
    ------
    TypeError
        If `y` is of another type, or has no classes to stratify by.
    ValueError
        If `fractions` are not three shares that sum to 1, `y` has the wrong shape or holds NaN, or
        there are too few examples (of some class) to put one into every part.

    Notes
    -----
    A random split supposes that the examples are independent. It is wrong for groups of related
    examples, such as several rows of one patient (:func:`group_three_way_split`), and for time
    series (:func:`time_three_way_split`).

    Examples
    --------
    >>> train, validation, test = three_way_split([0, 1] * 10)
    >>> len(train), len(validation), len(test)
    (12, 4, 4)
    """
    shares = _shares(fractions)
    names, labels = _classes(y, stratify)
    table = _rounded(np.bincount(labels), shares)
    _check_parts("y", table, shares, names)

    order = generator(seed).permutation(labels.size)
    part = np.empty_like(labels)
    for label, (train, validation, test) in enumerate(table):
        # Counting from the end keeps the test part where it is when the other two change.
        part[order[labels[order] == label]] = np.repeat([2, 1, 0], [test, validation, train])
    return Split(*(order[part[order] == k] for k in range(3)))


def group_three_way_split(
    groups: npt.ArrayLike,
    fractions: Sequence[float] = (0.6, 0.2, 0.2),
    seed: Seed = 0,
) -> Split:
    """Divide examples at random such that all examples of a group are in the same part.

    Rows of one patient, or pictures from one camera, resemble each other. If some of them are
    trained on, others in the test part make a model look better than it is on new patients.

    The groups are lined up at random and the line is cut twice, between the two groups where the
    shares are met best: first the test part, then validation, the rest is training. A part may
    therefore miss its share by about the size of a group. The order within a part is random. The
    test part stays the same while the other two fractions change (and stay above 0).

    Parameters
    ----------
    groups : array_like of int or str, (N,)
        The group of every example.
    fractions : three floats
        Shares of training, validation and test in the examples (not in the groups), which sum to
        1. A part with share 0 is empty; every other gets at least one group.
    seed : int or Generator
        The same int always gives the same split.

    Returns
    -------
    Split
        ``train``, ``validation``, ``test``: index arrays that together hold 0 to N-1 once.

    Raises
    ------
    TypeError
        If `groups` holds floats (and so may hold NaN) or other objects.
    ValueError
        If `fractions` are not three shares that sum to 1, `groups` has the wrong shape, or there
        are fewer groups than parts.

    Examples
    --------
    >>> patient = ["a", "a", "b", "b", "b", "c", "c", "d", "d", "d"]
    >>> split = group_three_way_split(patient)
    >>> [sorted({patient[i] for i in part}) for part in split]
    [['b', 'd'], ['a'], ['c']]
    """
    shares = _shares(fractions)
    names, group = np.unique(group_column(groups), return_inverse=True)
    least = (shares > 0).astype(int)  # groups that a part needs
    if names.size < least.sum():
        raise ValueError(
            f"groups: expected at least {least.sum()} different groups, one for each part, got "
            f"{names.size}"
        )
    rng = generator(seed)
    line = rng.permutation(names.size)
    ends = np.concatenate(([0], np.cumsum(np.bincount(group)[line])))  # examples before each cut
    test = _cut(ends, group.size * shares[2], least[2], names.size - least[:2].sum())
    both = _cut(ends, group.size * shares[1:].sum(), test + least[1], names.size - least[0])

    part = np.empty_like(line)
    part[line] = np.repeat([2, 1, 0], [test, both - test, names.size - both])
    order = rng.permutation(group.size)
    return Split(*(order[part[group[order]] == k] for k in range(3)))


def time_three_way_split(n: int, fractions: Sequence[float] = (0.6, 0.2, 0.2)) -> Split:
    """Divide examples that are in the order of time: train first, then validation, then test.

    A model is used on what comes after its training data, so it is tested on that too. Nothing is
    shuffled and nothing is random.

    Parameters
    ----------
    n : int
        Number of examples, the oldest first.
    fractions : three floats
        Shares of training, validation and test, which sum to 1. A part with share 0 is empty.

    Returns
    -------
    Split
        ``train``, ``validation``, ``test``: increasing row numbers, one part after the other.

    Raises
    ------
    TypeError
        If `n` is not an int.
    ValueError
        If `fractions` are not three shares that sum to 1, or `n` is too small to put an example
        into every part.

    Notes
    -----
    If an example is calculated from a stretch of time, such as the mean of the last seven days,
    those on both sides of a border share data. Leave a gap then: ``train[:-6]``.

    Examples
    --------
    >>> time_three_way_split(5)
    Split(train=array([0, 1, 2]), validation=array([3]), test=array([4]))
    """
    n = whole_number("n", n)
    shares = _shares(fractions)
    table = _rounded(np.array([n]), shares)
    _check_parts("n", table, shares, None)
    train, validation, _ = table[0]
    return Split(*np.split(np.arange(n), [train, train + validation]))


def _shares(fractions: Sequence[float]) -> FloatArray:
    shares = numbers("fractions", fractions).astype(np.float64)
    if shares.shape != (3,):
        raise ValueError(
            "fractions: expected three, for training, validation and test, such as "
            f"(0.6, 0.2, 0.2), got {fractions!r}"
        )
    if not (np.isfinite(shares).all() and (shares >= 0).all() and shares[0] > 0):
        raise ValueError(
            f"fractions: expected numbers of at least 0, and above 0 for training, got {fractions}"
        )
    if abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"fractions: expected a sum of 1, got {fractions} = {shares.sum():g}")
    return shares


def _classes(
    y: AnyArray | Sequence[int] | Sequence[float] | int, stratify: bool | None
) -> tuple[AnyArray | None, IntArray]:
    """Return the names of the classes (None: do not stratify) and every example's class from 0."""
    if isinstance(y, int | np.integer) and not isinstance(y, bool):
        if stratify:
            raise TypeError("y: expected the classes of the examples to stratify by, got a number")
        if y < 1:
            raise ValueError(f"y: expected at least one example, got {y}")
        return None, np.zeros(y, dtype=np.intp)
    y = column("y", y, "biuf", "integer classes, floats or an int")
    if stratify is False or (stratify is None and y.dtype.kind == "f"):
        return None, np.zeros(y.size, dtype=np.intp)
    return np.unique(class_column(y), return_inverse=True)


def _check_parts(
    argument: str, table: IntArray, shares: FloatArray, names: AnyArray | None
) -> None:
    missing = (table == 0) & (shares > 0)
    if not missing.any():
        return
    label, part = np.argwhere(missing)[0]
    count = table[label].sum()
    enough = int(np.ceil(1 / shares[shares > 0].min() - 1e-9))
    what = "there are" if names is None else f"class {names[label]} has"
    advice = "" if names is None else " Drop or merge rare classes, or pass stratify=False."
    raise ValueError(
        f"{argument}: {what} {count} example(s), too few for the {Split._fields[part]} part to get "
        f"one at a fraction of {shares[part]:g}; {enough} are enough for every part.{advice}"
    )


def _rounded(sizes: IntArray, shares: FloatArray) -> IntArray:
    """Return how many examples of each class go into each part, ``(classes, 3)``.

    Shares are rounded down; what is left of a class goes to the parts that are furthest behind.
    """
    exact = np.outer(sizes, shares).round(9)  # 15 * 0.2 is to be 3, not 3.0000000000000004
    table = np.floor(exact).astype(np.intp)
    behind = exact.sum(axis=0) - table.sum(axis=0)
    for size, wanted, row in zip(sizes, exact, table, strict=True):
        candidates = np.where(wanted > row, behind, -np.inf)
        chosen = np.argsort(-candidates, kind="stable")[: size - row.sum()]
        row[chosen] += 1
        behind[chosen] -= 1
    return table


def _cut(ends: IntArray, wanted: float, first: int, last: int) -> int:
    """Return the cut from `first` to `last` that has most nearly `wanted` examples before it."""
    return first + int(np.abs(ends[first : last + 1] - wanted).argmin())


# Batches ----------------------------------------------------------------------------------------


def minibatches(n: int, batch_size: int | None, rng: np.random.Generator) -> Iterator[IntArray]:
    """Return the mini-batches of one epoch as row numbers, in a new random order.

    Every example is in exactly one batch. Numbers are shuffled, not data, so `x` and `y` cannot
    fall out of step: ``for batch in minibatches(...): step(x[batch], y[batch])``.

    Parameters
    ----------
    n : int
        Number of examples, at least 1.
    batch_size : int or None
        Examples per batch, at least 1. The last batch holds the rest and may be smaller; a size
        above `n` means one batch. None means one batch of everything in its given order: the order
        within a batch does not matter, so nothing is shuffled and nothing drawn from `rng`.
    rng : Generator
        Moves on with every epoch. A seed would give every epoch the same order and is refused.

    Yields
    ------
    ndarray, (B,)
        Row numbers of one batch.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range; at the call, not at the first batch.
    """
    n = whole_number("n", n)
    if batch_size is not None:
        batch_size = whole_number("batch_size", batch_size)
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            "rng: expected a numpy.random.Generator made once before the first epoch, with "
            f"np.random.default_rng(seed), got {rng!r}"
        )
    if batch_size is None:
        return iter((np.arange(n),))
    order = rng.permutation(n)
    return (order[start : start + batch_size] for start in range(0, n, batch_size))
