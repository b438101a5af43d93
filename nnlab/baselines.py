"""What a network has to beat: predictions that need no network (taught in lessons 0 and 1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnlab._arrays import FloatArray, IntArray
from nnlab._checks import finite, numbers, whole_number
from nnlab._examples import column


def majority_class(y_train: npt.ArrayLike, n: int) -> IntArray:
    """Predict the most frequent training class for everyone.

    Parameters
    ----------
    y_train : array_like, (N,)
        Integer classes of the training part; of several most frequent ones the smallest wins.
    n : int
        How many predictions to make.

    Returns
    -------
    ndarray, (n,)
        The same class n times.

    Raises
    ------
    TypeError, ValueError
        If `y_train` does not hold integer classes, is empty or has the wrong shape, or `n` is no
        number of examples.
    """
    y = column("y_train", y_train, "biu", "integer classes")
    classes, counts = np.unique(y, return_counts=True)
    return np.full(whole_number("n", n), classes[counts.argmax()])


def mean_value(y_train: npt.ArrayLike, n: int) -> FloatArray:
    """Predict the mean of the training targets for everyone.

    No constant has a smaller mean squared error on the training part.

    Parameters
    ----------
    y_train : array_like, (N,)
        Numbers of the training part.
    n : int
        How many predictions to make.

    Returns
    -------
    ndarray, (n,)
        The same number n times.

    Raises
    ------
    TypeError, ValueError
        If `y_train` does not hold finite numbers, is empty or has the wrong shape, or `n` is no
        number of examples.
    """
    return np.full(whole_number("n", n), _targets("y_train", y_train).mean())


@dataclass(frozen=True, eq=False)
class LinearModel:
    r"""A plane through the data: :math:`\hat y = x w + b`.

    Parameters
    ----------
    weights : ndarray, (F,)
        Change of the prediction per unit of each feature.
    bias : float
        Prediction where all features are 0.
    """

    weights: FloatArray
    bias: float

    def predict(self, x: npt.ArrayLike) -> FloatArray:
        """Return the predictions for examples `x` of shape ``(N, F)``, as ``(N,)``."""
        x = _examples(x)
        if x.shape[1] != self.weights.size:
            raise ValueError(
                f"x: expected the {self.weights.size} feature(s) that were fitted, got {x.shape[1]}"
            )
        return x @ self.weights + self.bias


def linear_regression(x: npt.ArrayLike, y: npt.ArrayLike) -> LinearModel:
    """Fit the plane with the least squared error, by a formula and not by training.

    Parameters
    ----------
    x : array_like, (N, F)
        Training examples.
    y : array_like, (N,)
        Numbers to predict.

    Returns
    -------
    LinearModel
        If several planes fit equally well (more features than examples, or features that say the
        same), the one with the smallest weights.

    Raises
    ------
    TypeError, ValueError
        If shapes do not fit or there are no examples, or values are not finite numbers.
    """
    x, y = _examples(x), _targets("y", y)
    if len(x) != len(y):
        raise ValueError(f"x, y: expected as many rows as targets, got {len(x)} and {len(y)}")
    centre = x.mean(axis=0)
    weights, *_ = np.linalg.lstsq(x - centre, y - y.mean())
    return LinearModel(weights, float(y.mean() - centre @ weights))


def _examples(x: npt.ArrayLike) -> FloatArray:
    x = numbers("x", x).astype(np.float64)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"x: expected shape (N, features) with examples, got {x.shape}")
    finite("x", x)
    return x


def _targets(name: str, y: npt.ArrayLike) -> FloatArray:
    return column(name, y, "biuf", "numbers").astype(np.float64)
