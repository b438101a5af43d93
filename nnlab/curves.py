"""Learning curves and validation curves, with several seeds trained at once (taught in lesson 3).

A curve is measured by a function of yours that trains all replicas it is asked for and returns two
rows of scores::

    def train(x, y, seeds):
        net = Sequential(Dense(2, 16), Activation(relu), Dense(16, 1), seed=seeds)
        history = fit(net, loss, Adam(0.01), x, y, epochs=100, seed=seeds, validation=held_out)
        return history.final["train"]["loss"], history.final["validation"]["loss"]

    curve = learning_curve(train, x, y, sizes=[20, 50, 100], seeds=range(5))
    mean, error = mean_and_standard_error(curve.validation)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray, FloatArray
from nnlab._checks import numbers
from nnlab._random import generator

Scores: TypeAlias = tuple[npt.ArrayLike, npt.ArrayLike]
"""Scores on the training and on the validation examples, one for each replica."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Scores at V sizes or values of a hyperparameter, for S seeds.

    Attributes
    ----------
    values : ndarray, (V,)
        Numbers of training examples, or values of the hyperparameter.
    train, validation : ndarray, (V, S)
        Scores on the training examples and on held-out ones; NaN where training diverged.
    """

    values: AnyArray
    train: FloatArray
    validation: FloatArray


def learning_curve(
    train: Callable[[AnyArray, AnyArray, list[int]], Scores],
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    sizes: Sequence[int],
    seeds: Sequence[int],
) -> Curve:
    """Train on more and more examples, to see whether more data would help (Cortes et al., 1994).

    Each seed shuffles the examples once and takes the first n of them, so its smaller training sets
    are parts of its larger ones and the curve does not jump about for want of luck. They are simple
    random samples, not stratified: a small training set may lack a class in real life, too, and
    that is part of the spread over the seeds.

    Parameters
    ----------
    train : callable
        ``train(x, y, seeds)`` gets S training sets, ``(S, n, features)`` and ``(S, n)`` or
        ``(S, n, outputs)``, and S seeds, and returns training and validation scores, S of each;
        called once for each size.
    x : array_like, (N, features)
        Examples to train on. Validation examples must not be among them.
    y : array_like, (N,) or (N, outputs)
        Targets.
    sizes : sequence of V ints
        Numbers of training examples, each from 1 to N.
    seeds : sequence of S ints
        A seed's curve does not depend on which other seeds there are.

    Returns
    -------
    Curve

    Raises
    ------
    TypeError
        If `sizes` or `seeds` are not whole numbers.
    ValueError
        If `x` and `y` do not have the same number of examples, `sizes` or `seeds` are empty or out
        of range, or `train` returns something else than two rows of S scores.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim < 2 or y.ndim < 1 or len(x) != len(y):
        raise ValueError(
            "x, y: expected shapes (N, features) and (N,) or (N, outputs), "
            f"got {x.shape} and {y.shape}"
        )
    counts = _whole_numbers("sizes", sizes)
    if min(counts) < 1 or max(counts) > len(x):
        raise ValueError(f"sizes: expected numbers from 1 to N = {len(x)}, got {counts}")
    seeds = _seeds(seeds)
    # The first two children are those of Sequential(seed=seed): weights and dropout.
    orders = np.stack([generator(seed).spawn(3)[2].permutation(len(x)) for seed in seeds])
    scores = [
        _checked(train(x[part], y[part], seeds), len(seeds))
        for part in (orders[:, :n] for n in counts)
    ]
    return Curve(np.array(counts), *np.stack(scores, axis=1))


def validation_curve(
    train: Callable[[AnyArray, list[int]], Scores],
    values: npt.ArrayLike,
    seeds: Sequence[int],
    *,
    together: bool = True,
) -> Curve:
    """Train with several values of one hyperparameter, to see which underfit and which overfit.

    Parameters
    ----------
    train : callable
        ``train(values, seeds)`` gets a row of values and a list of as many seeds, one for each
        replica to train, and returns training and validation scores, one of each for each replica.
    values : array_like, (V,)
        Of the hyperparameter.
    seeds : sequence of S ints
        Each value is tried with the same seeds.
    together : bool
        Whether to call `train` once with all V·S replicas, which suits learning rates, penalties
        and dropout rates, or once for each value, with a row of S equal numbers, which suits what
        replicas cannot differ in, such as the number of units.

    Returns
    -------
    Curve

    Raises
    ------
    TypeError
        If `values` are not numbers or `seeds` not whole numbers.
    ValueError
        If `values` or `seeds` are empty, `values` are not finite, a seed is negative, or `train`
        returns something else than two rows of scores.

    Examples
    --------
    >>> curve = validation_curve(lambda rates, seeds: (rates, rates + seeds), [0.1, 0.3], [0, 1])
    >>> curve.validation
    array([[0.1, 1.1],
           [0.3, 1.3]])
    """
    row = numbers("values", values)
    if row.ndim != 1 or not row.size or not np.isfinite(row).all():
        raise ValueError(f"values: expected a row of finite numbers, got {values!r}")
    seeds = _seeds(seeds)
    calls = [row] if together else row[:, None]
    scores = [
        _checked(train(part.repeat(len(seeds)), seeds * part.size), part.size * len(seeds))
        for part in calls
    ]
    return Curve(row, *np.concatenate(scores, axis=1).reshape(2, row.size, len(seeds)))


def mean_and_standard_error(scores: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    r"""Return the mean over seeds and its standard error :math:`s / \sqrt S`, for an error band.

    Parameters
    ----------
    scores : array_like, (..., S)
        Seeds on the last axis.

    Returns
    -------
    mean, error : ndarray, (...)
        :math:`s` divides by :math:`S - 1`, so the error of a single seed is unknown: NaN. Both are
        NaN where a score is not finite: a diverged run is not hidden.

    Raises
    ------
    TypeError
        If `scores` are not numbers.
    ValueError
        If there are none.
    """
    array = numbers("scores", scores).astype(np.float64)
    if array.ndim == 0 or array.shape[-1] == 0:
        raise ValueError(f"scores: expected at least one seed on the last axis, got {array.shape}")
    array = np.where(np.isfinite(array).all(axis=-1, keepdims=True), array, np.nan)
    count = array.shape[-1]
    mean = array.mean(axis=-1)
    if count == 1:
        return mean, np.full_like(mean, np.nan)
    return mean, array.std(axis=-1, ddof=1) / np.sqrt(count)


def _whole_numbers(argument: str, given: Sequence[int]) -> list[int]:
    """Return Python ints."""
    row = np.asarray(given)
    if row.size and row.dtype.kind not in "iu":
        raise TypeError(f"{argument}: expected whole numbers, got {given!r}")
    if row.ndim != 1 or not row.size:
        raise ValueError(f"{argument}: expected a sequence of at least one int, got {given!r}")
    return row.tolist()


def _seeds(given: Sequence[int]) -> list[int]:
    """Return int seeds: a Generator would move on from one training set to the next."""
    seeds = _whole_numbers("seeds", given)
    if min(seeds) < 0:
        raise ValueError(f"seeds: expected ints of at least 0, got {seeds}")
    return seeds


def _checked(scores: object, count: int) -> FloatArray:
    """Return what `train` returned as ``(2, count)``."""
    message = f"train: expected to return (train_scores, validation_scores), {count} of each, got "
    if not isinstance(scores, tuple | list | np.ndarray) or len(scores) != 2:
        raise ValueError(f"{message}{scores!r}")
    rows = [np.asarray(row) for row in scores]
    if any(row.shape != (count,) or row.dtype.kind not in "biuf" for row in rows):
        described = " and ".join(f"{row.dtype} values of shape {row.shape}" for row in rows)
        raise ValueError(f"{message}{described}")
    return np.stack(rows).astype(np.float64)
