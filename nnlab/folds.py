"""Folds for cross-validation: at random, by class, by group, in time (taught in lesson 2).

Every function returns a list of :class:`Fold`, so that one loop serves them all::

    for train, validation in k_fold(len(y), k=5):
        ...
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nnlab._arrays import IntArray
from nnlab._checks import whole_number
from nnlab._examples import class_column, group_column
from nnlab._random import Seed, generator


class Fold(NamedTuple):
    """Row numbers to train on and row numbers to validate on; no example is in both."""

    train: IntArray
    validation: IntArray


def k_fold(n: int, k: int = 5, seed: Seed = 0) -> list[Fold]:
    r"""Divide examples at random into k folds; each is the validation part once (Stone, 1974).

    The shuffled examples are dealt to the folds like cards. So a fold validates on
    :math:`\lfloor n/k \rfloor` examples, and the first :math:`n \bmod k` folds on one more.
    scikit-learn gives the remainder to the same folds. The order within a part is random.

    Parameters
    ----------
    n : int
        Number of examples.
    k : int
        Number of folds, 2 to `n`; with `n` it is leave-one-out.
    seed : int or Generator
        The same int always gives the same folds.

    Returns
    -------
    list of Fold
        k pairs ``train, validation`` of index arrays. The validation parts together hold 0 to n-1
        once; each training part is everything else.

    Raises
    ------
    TypeError
        If `n` or `k` is not an int.
    ValueError
        If `n` is below 1 or `k` not from 2 to `n`.

    Notes
    -----
    Like every random split this supposes that the examples are independent; see
    :func:`group_k_fold` and :func:`forward_chaining` for those that are not.

    Examples
    --------
    >>> [validation.size for train, validation in k_fold(11, 3)]
    [4, 4, 3]
    """
    n = whole_number("n", n)
    k = whole_number("k", k, least=2)
    if k > n:
        raise ValueError(f"k: expected at most n = {n}, an example for each fold, got {k}")
    order = generator(seed).permutation(n)
    return _folds(order, _dealt(order, k), k)


def stratified_k_fold(y: npt.ArrayLike, k: int = 5, seed: Seed = 0) -> list[Fold]:
    """Divide examples into k folds that all have the same mix of classes (Kohavi, 1995).

    As :func:`k_fold`, but the shuffled cards are sorted by class before they are dealt. So the
    folds differ by at most one example of each class, and by at most one in all: the first
    ``N % k`` folds get one more. The remainder of the first class goes to the first folds; the next
    class begins with the fold where that one stopped. The order within a part is random.

    Parameters
    ----------
    y : array_like of int, (N,)
        Class of every example.
    k : int
        Number of folds, from 2 to the number of examples in the rarest class.
    seed : int or Generator
        The same int always gives the same folds.

    Returns
    -------
    list of Fold
        k pairs ``train, validation`` of index arrays. The validation parts together hold 0 to N-1
        once; each training part is everything else.

    Raises
    ------
    TypeError
        If `y` does not hold integers or `k` is not an int.
    ValueError
        If `y` has the wrong shape or holds NaN, `k` is below 2, or a class has fewer than `k`
        examples.

    Examples
    --------
    >>> y = np.repeat([0, 1], [8, 4])
    >>> [np.bincount(y[validation]).tolist() for train, validation in stratified_k_fold(y, 4)]
    [[2, 1], [2, 1], [2, 1], [2, 1]]
    """
    names, label, sizes = np.unique(class_column(y), return_inverse=True, return_counts=True)
    k = whole_number("k", k, least=2)
    rarest = sizes.argmin()
    if sizes[rarest] < k:
        raise ValueError(
            f"y: expected at least k = {k} examples of every class, got {sizes[rarest]} of class "
            f"{names[rarest]}; drop or merge rare classes, or take a smaller k"
        )
    order = generator(seed).permutation(label.size)
    by_class = order[np.argsort(label[order], kind="stable")]
    return _folds(order, _dealt(by_class, k), k)


def group_k_fold(groups: npt.ArrayLike, k: int = 5, seed: Seed = 0) -> list[Fold]:
    r"""Divide examples into k folds such that all examples of a group are in the same fold.

    Rows of one patient resemble each other. If some are trained on, the others are no test of how
    well the model does on new patients.

    The largest group goes first, each to the fold that is smallest so far. The best division
    would take too long to find; the largest fold of this one is at most
    :math:`\frac43 - \frac1{3k}` times as large as it could be (Graham, 1969), and two folds differ
    by no more than the size of the largest group. With groups of equal size the first folds get
    the remainder. `seed` decides among groups of equal size, and the order within a part; if all
    groups have different sizes, other seeds give the same folds in another order of rows.

    Parameters
    ----------
    groups : array_like of int or str, (N,)
        The group of every example.
    k : int
        Number of folds, from 2 to the number of groups; with that it is leave-one-group-out.
    seed : int or Generator
        The same int always gives the same folds.

    Returns
    -------
    list of Fold
        k pairs ``train, validation`` of index arrays. The validation parts together hold 0 to N-1
        once; each training part is everything else.

    Raises
    ------
    TypeError
        If `groups` holds floats (and so may hold NaN) or other objects, or `k` is not an int.
    ValueError
        If `groups` has the wrong shape, `k` is below 2, or there are fewer than `k` groups.

    Examples
    --------
    >>> patient = np.array(["a", "a", "a", "b", "b", "c"])
    >>> [patient[validation].tolist() for train, validation in group_k_fold(patient, 3)]
    [['a', 'a', 'a'], ['b', 'b'], ['c']]
    """
    names, group, sizes = np.unique(group_column(groups), return_inverse=True, return_counts=True)
    k = whole_number("k", k, least=2)
    if names.size < k:
        raise ValueError(
            f"groups: expected at least k = {k} different groups, one for each fold, got "
            f"{names.size}"
        )
    rng = generator(seed)
    shuffled = rng.permutation(names.size)
    fold_of_group = np.empty_like(shuffled)
    examples = np.zeros(k, dtype=np.intp)
    for largest in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        smallest = examples.argmin()
        fold_of_group[largest] = smallest
        examples[smallest] += sizes[largest]
    return _folds(rng.permutation(group.size), fold_of_group[group], k)


def forward_chaining(
    n: int,
    k: int = 5,
    *,
    validation_size: int | None = None,
    gap: int = 0,
    window: int | None = None,
) -> list[Fold]:
    r"""Divide examples that are in the order of time: train on the past, validate on what follows.

    With :math:`v` validation examples in each fold, fold :math:`i = 0, \dots, k-1` validates from
    row :math:`s_i = n - (k - i)\, v` to :math:`s_i + v - 1`, and trains on the rows before
    :math:`s_i - \mathrm{gap}`: all of them (expanding window) or the last `window` of them
    (rolling window). The validation parts follow one another and end with the last example; the
    remainder of the division stays at the beginning, in the training parts. Nothing is shuffled
    and nothing is random. Also called evaluation on a rolling origin (Tashman, 2000) and, in
    scikit-learn, ``TimeSeriesSplit``.

    Parameters
    ----------
    n : int
        Number of examples, the oldest first.
    k : int
        Number of folds, at least 1.
    validation_size : int, optional
        :math:`v \ge 1`; ``n // (k + 1)`` if not given.
    gap : int
        Examples left out between training and validation, at least 0. Needed if an example is
        calculated from a stretch of time: with a mean of seven days a gap of six.
    window : int, optional
        Training examples in every fold, at least 1; all that there are if not given.
        scikit-learn's ``max_train_size`` also accepts fewer in the first folds.

    Returns
    -------
    list of Fold
        k pairs ``train, validation`` of increasing row numbers. The first examples never validate.

    Raises
    ------
    TypeError
        If an argument is not an int.
    ValueError
        If an argument is out of range, or too few examples are left to train on in the first fold.

    Examples
    --------
    >>> for train, validation in forward_chaining(7, 3, validation_size=2):
    ...     print(train, validation)
    [0] [1 2]
    [0 1 2] [3 4]
    [0 1 2 3 4] [5 6]
    """
    n, k = whole_number("n", n), whole_number("k", k)
    size = max(1, n // (k + 1)) if validation_size is None else validation_size
    size = whole_number("validation_size", size)
    gap = whole_number("gap", gap, least=0)
    least = whole_number("window", 1 if window is None else window)
    first = n - k * size - gap
    if first < least:
        raise ValueError(
            f"n: expected at least {least} training example(s) in the first fold, got n - k * "
            f"validation_size - gap = {n} - {k} * {size} - {gap} = {first}"
        )
    folds = []
    for start in range(n - k * size, n, size):
        end = start - gap
        begin = 0 if window is None else end - window
        folds.append(Fold(np.arange(begin, end), np.arange(start, start + size)))
    return folds


def _dealt(cards: IntArray, k: int) -> IntArray:
    """Return the fold of every example after dealing `cards`, which holds each of them once."""
    fold = np.empty_like(cards)
    fold[cards] = np.arange(cards.size) % k
    return fold


def _folds(order: IntArray, fold: IntArray, k: int) -> list[Fold]:
    """Return the rows in the order of `order`, those of fold i as the i-th validation part."""
    shuffled = fold[order]
    return [Fold(order[shuffled != i], order[shuffled == i]) for i in range(k)]
