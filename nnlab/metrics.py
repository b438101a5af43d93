"""How good predictions are: accuracy, R² and the confusion matrix (taught in lesson 1).

Predictions have shape ``(*R, N)``: N examples behind any number of replica axes. The truth `y` is
``(N,)``, the same for all replicas, or ``(*R, N)``, one for each. Results have shape ``(*R,)``;
without a replica axis they are plain floats.

There is one prediction per example: ``loss.predict(z)`` and ``loss.answers(y, z)`` give both sides
in this form. With several numbers or binary labels per example the last axis holds these, and an
array ``(N, K)`` would be taken for N replicas of K examples. Take one output at a time, such as
``accuracy(y[:, k], predicted[:, k])``; :func:`nnlab.training.fit` refuses such a metric.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray, FloatArray, IntArray
from nnlab._checks import finite, numbers, whole_number
from nnlab._hyperparameters import float_or_row


def accuracy(y: npt.ArrayLike, predicted: npt.ArrayLike) -> float | FloatArray:
    """Return the share of examples whose class was predicted.

    Parameters
    ----------
    y : array_like, (N,) or (*R, N)
        True classes.
    predicted : array_like, (*R, N)
        Predicted classes, not probabilities.

    Returns
    -------
    float or ndarray, (*R,)
        Between 0 and 1.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, there are no examples, or the values are not classes.
    """
    y, predicted = _pair(y, predicted)
    _check_classes("y", y)
    _check_classes("predicted", predicted)
    return float_or_row((y == predicted).mean(axis=-1))


def r_squared(y: npt.ArrayLike, predicted: npt.ArrayLike) -> float | FloatArray:
    r"""Return :math:`R^2 = 1 - \sum_i (y_i - \hat y_i)^2 / \sum_i (y_i - \bar y)^2`.

    1 is perfect, 0 is as good as always predicting the mean of `y`, below 0 is worse than that.
    Where `y` is constant there is nothing to explain and the result is NaN (scikit-learn returns 1
    for perfect predictions and 0 for others). It does not depend on the unit of `y`, however large.

    Parameters
    ----------
    y : array_like, (N,) or (*R, N)
        True numbers.
    predicted : array_like, (*R, N)
        Predicted numbers. Those of a diverged network may be NaN or infinite: its result is NaN,
        without a warning, and that of the other replicas not touched.

    Returns
    -------
    float or ndarray, (*R,)
        At most 1.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, there are no examples, values are not numbers, or `y` is not finite.
    """
    y, predicted = _pair(y, predicted)
    y, predicted = y.astype(np.float64), predicted.astype(np.float64)
    finite("y", y)
    defined = (y.min(axis=-1) < y.max(axis=-1)) & np.isfinite(predicted).all(axis=-1)
    # In a unit near the largest |y|, no square of it overflows; a power of 2 rounds nothing.
    _, exponent = np.frexp(np.abs(y).max(axis=-1, keepdims=True))
    unit: FloatArray = np.ldexp(1.0, exponent - 1)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        residual = np.square(y / unit - predicted / unit).sum(axis=-1)
        total = np.square(y / unit - (y / unit).mean(axis=-1, keepdims=True)).sum(axis=-1)
        ratio = residual / total
    return float_or_row(np.where(defined, 1 - ratio, np.nan))


def confusion_matrix(y: npt.ArrayLike, predicted: npt.ArrayLike, classes: int) -> IntArray:
    """Count which class was taken for which.

    Parameters
    ----------
    y : array_like, (N,) or (*R, N)
        True classes, 0 to ``classes - 1``.
    predicted : array_like, (*R, N)
        Predicted classes, likewise.
    classes : int
        Number of classes C.

    Returns
    -------
    ndarray, (*R, C, C)
        Row: true class, column: predicted class. The diagonal holds what was right.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit, there are no examples, or a value is no class below `classes`.
    """
    y, predicted = _pair(y, predicted)
    classes = whole_number("classes", classes)
    for name, values in (("y", y), ("predicted", predicted)):
        _check_classes(name, values)
        if values.min() < 0 or values.max() >= classes:
            raise ValueError(
                f"{name}: expected classes from 0 to {classes - 1}, got {values.min():g} to "
                f"{values.max():g}"
            )
    replicas = predicted.shape[:-1]
    # Widened first: small integer types would overflow.
    cell = y.astype(np.intp) * classes + predicted.astype(np.intp)
    rows = cell.reshape(-1, predicted.shape[-1])
    counts = [np.bincount(row, minlength=classes * classes) for row in rows]
    return np.reshape(counts, (*replicas, classes, classes))


def _pair(y: npt.ArrayLike, predicted: npt.ArrayLike) -> tuple[AnyArray, AnyArray]:
    """Return both as arrays, `y` in the shape of `predicted`."""
    y, predicted = _numbers("y", y), _numbers("predicted", predicted)
    if predicted.ndim == 0 or y.shape not in (predicted.shape, predicted.shape[-1:]):
        raise ValueError(
            "y, predicted: expected shapes (N,) and (N,), or (*replicas, N) for predicted, got "
            f"{y.shape} and {predicted.shape}"
        )
    return np.broadcast_to(y, predicted.shape), predicted


def _numbers(name: str, given: npt.ArrayLike) -> AnyArray:
    values = numbers(name, given)
    if values.size == 0:
        raise ValueError(f"{name}: expected at least one example, got shape {values.shape}")
    return values


def _check_classes(name: str, values: AnyArray) -> None:
    strange = values[~(np.isfinite(values) & (values == np.floor(values)))]
    if strange.size:
        raise ValueError(
            f"{name}: expected classes, got {strange[0]:g}; turn probabilities into classes first, "
            "with loss.predict(z)"
        )
