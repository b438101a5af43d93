"""Features brought to one scale (taught in lesson 2).

A scaler is fitted on the training part only, then applied to every part: statistics of all data
leak the test part into the model. ``(*R, N, F)`` are N examples of F features behind any number of
replica axes; each replica gets statistics of its own, those it would get alone. Statistics are
calculated in float64, also for float32 examples.
"""

from __future__ import annotations

from typing import Self

import numpy as np

from nnlab._arrays import AnyArray, FloatArray
from nnlab._checks import numbers


class _Scaler:
    """What both scalers share: checks, and whether one is fitted."""

    scale: FloatArray  # what the features are divided by, (*R, 1, F)

    def _fitting(self, x: AnyArray, method: str) -> FloatArray:
        """Return `x` as floats after comparing it with what was fitted."""
        if not hasattr(self, "scale"):
            raise RuntimeError(f"{type(self).__name__}.{method}: call fit(x_train) first")
        x = _examples(x)
        replicas, features = self.scale.shape[:-2], self.scale.shape[-1]
        if x.shape[-1] != features:
            raise ValueError(
                f"x: expected the {features} feature(s) that were fitted, got {x.shape[-1]} in "
                f"shape {x.shape}"
            )
        if replicas and x.shape[:-2] != replicas:
            raise ValueError(
                f"x: expected the leading axes {replicas} that were fitted, got shape {x.shape}"
            )
        return x

    def _state(self) -> str:
        """Return the comment that ends a ``repr``."""
        if not hasattr(self, "scale"):
            return "# not fitted"
        return f"# fitted on {self.scale.shape[-1]} feature(s)"


class Standardizer(_Scaler):
    r"""Scale every feature to mean 0 and standard deviation 1: :math:`(x - \mu) / \sigma`.

    :math:`\sigma` is the standard deviation with :math:`1/N`, as in scikit-learn; with
    :math:`1/(N-1)` the scaled training part would not have standard deviation 1. A feature that is
    constant in the training part has scale 1: it becomes 0, not NaN.

    Attributes
    ----------
    mean, scale : ndarray, (*R, 1, F)
        :math:`\mu` and :math:`\sigma`, float64; there only after :meth:`fit`.

    Examples
    --------
    >>> x = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> Standardizer().fit_transform(x)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """

    mean: FloatArray

    def fit(self, x: AnyArray) -> Self:
        """Learn mean and standard deviation of every feature.

        Parameters
        ----------
        x : ndarray, (*R, N, F)
            Training examples.

        Returns
        -------
        Standardizer
            Itself.

        Raises
        ------
        TypeError
            If `x` does not hold numbers.
        ValueError
            If `x` has fewer than two axes, is empty, holds NaN or infinity, or numbers so large
            that a statistic overflows.
        """
        x = _examples(x)
        with np.errstate(over="ignore", invalid="ignore"):
            low, high = x.min(axis=-2, keepdims=True), x.max(axis=-2, keepdims=True)
            # The mean of equal numbers can differ from them in the last digit.
            mean = np.where(low == high, low, x.mean(axis=-2, keepdims=True, dtype=np.float64))
            largest = np.maximum(high - mean, mean - low)
            scale = np.where(largest > 0, largest, 1.0)
            # Dividing by the largest deviation first, no square over- or underflows.
            std = scale * np.sqrt(np.square((x - mean) / scale).mean(axis=-2, keepdims=True))
        self.mean, self.scale = mean, np.where(_finite(std) > 0, std, 1.0)
        return self

    def transform(self, x: AnyArray) -> FloatArray:
        """Return `x` scaled with the fitted statistics.

        Parameters
        ----------
        x : ndarray, (*R, N, F)
            Any examples, such as the validation part.

        Returns
        -------
        ndarray
            Shape of `x`; float32 stays float32, everything else becomes float64.

        Raises
        ------
        RuntimeError
            If :meth:`fit` was not called before.
        TypeError
            If `x` does not hold numbers.
        ValueError
            If `x` is not of the fitted form (other features, other replicas, NaN), or the result
            overflows.
        """
        x = self._fitting(x, "transform")
        with np.errstate(over="ignore"):
            return _finite(((x - self.mean) / self.scale).astype(x.dtype, copy=False))

    def fit_transform(self, x: AnyArray) -> FloatArray:
        """Return ``fit(x).transform(x)``."""
        return self.fit(x).transform(x)

    def inverse_transform(self, x: AnyArray) -> FloatArray:
        """Return scaled examples, or predictions, in their original units.

        Parameters
        ----------
        x : ndarray, (*R, N, F)
            Scaled examples.

        Returns
        -------
        ndarray
            Shape of `x`; float32 stays float32, everything else becomes float64.

        Raises
        ------
        RuntimeError, TypeError, ValueError
            As in :meth:`transform`.
        """
        x = self._fitting(x, "inverse_transform")
        with np.errstate(over="ignore"):
            return _finite((x * self.scale + self.mean).astype(x.dtype, copy=False))

    def __repr__(self) -> str:
        return f"Standardizer()  {self._state()}"


class MinMaxScaler(_Scaler):
    r"""Bring every feature into a range: :math:`a + (b - a)\,\frac{x - \min}{\max - \min}`.

    The smallest training value of a feature becomes :math:`a`, the largest :math:`b`. Values of
    other parts that lie outside the training range come out below :math:`a` or above :math:`b`:
    nothing is clipped. One outlier squeezes all other values together; a :class:`Standardizer`
    suffers less. A feature that is constant in the training part has scale 1: it becomes :math:`a`,
    as in scikit-learn, not NaN.

    Parameters
    ----------
    feature_range : pair of float
        :math:`a < b`.

    Attributes
    ----------
    minimum, scale : ndarray, (*R, 1, F)
        :math:`\min` and :math:`\max - \min`, float64; there only after :meth:`fit`.

    Raises
    ------
    TypeError
        If `feature_range` does not hold numbers.
    ValueError
        If `feature_range` is not two finite numbers, the lower first.

    Examples
    --------
    >>> x = np.array([[1.0, 5.0], [2.0, 5.0], [5.0, 5.0]])
    >>> MinMaxScaler().fit_transform(x)
    array([[0.  , 0.  ],
           [0.25, 0.  ],
           [1.  , 0.  ]])
    """

    minimum: FloatArray

    def __init__(self, feature_range: tuple[float, float] = (0.0, 1.0)) -> None:
        a, b = _range(feature_range)
        self.feature_range = a, b

    def fit(self, x: AnyArray) -> Self:
        """Learn minimum and range of every feature.

        Parameters
        ----------
        x : ndarray, (*R, N, F)
            Training examples.

        Returns
        -------
        MinMaxScaler
            Itself.

        Raises
        ------
        TypeError
            If `x` does not hold numbers.
        ValueError
            If `x` has fewer than two axes, is empty, holds NaN or infinity, or numbers so far apart
            that their difference overflows.
        """
        x = _examples(x)
        minimum = x.min(axis=-2, keepdims=True).astype(np.float64)
        with np.errstate(over="ignore"):
            scale = x.max(axis=-2, keepdims=True) - minimum
        self.minimum, self.scale = minimum, np.where(_finite(scale) > 0, scale, 1.0)
        return self

    def transform(self, x: AnyArray) -> FloatArray:
        """Return `x` in the new range.

        Parameters
        ----------
        x : ndarray, (*R, N, F)
            Any examples; what lies outside the fitted range comes out outside `feature_range`.

        Returns
        -------
        ndarray
            Shape of `x`; float32 stays float32, everything else becomes float64.

        Raises
        ------
        RuntimeError
            If :meth:`fit` was not called before.
        TypeError
            If `x` does not hold numbers.
        ValueError
            If `x` is not of the fitted form (other features, other replicas, NaN), or the result
            overflows.
        """
        x, (a, b) = self._fitting(x, "transform"), self.feature_range
        with np.errstate(over="ignore"):
            scaled = a + (b - a) * ((x - self.minimum) / self.scale)
            return _finite(scaled.astype(x.dtype, copy=False))

    def fit_transform(self, x: AnyArray) -> FloatArray:
        """Return ``fit(x).transform(x)``."""
        return self.fit(x).transform(x)

    def inverse_transform(self, x: AnyArray) -> FloatArray:
        """Return scaled examples in their original units, exact within rounding.

        Parameters
        ----------
        x : ndarray, (*R, N, F)
            Scaled examples.

        Returns
        -------
        ndarray
            Shape of `x`; float32 stays float32, everything else becomes float64.

        Raises
        ------
        RuntimeError, TypeError, ValueError
            As in :meth:`transform`.
        """
        x, (a, b) = self._fitting(x, "inverse_transform"), self.feature_range
        with np.errstate(over="ignore"):
            original = self.minimum + self.scale * ((x.astype(np.float64) - a) / (b - a))
            return _finite(original.astype(x.dtype, copy=False))

    def __repr__(self) -> str:
        a, b = self.feature_range
        return f"MinMaxScaler(feature_range=({a:g}, {b:g}))  {self._state()}"


def _range(feature_range: tuple[float, float]) -> tuple[float, float]:
    """Return `feature_range` as two Python floats after checking it."""
    ends = numbers("feature_range", feature_range).astype(np.float64)
    if ends.shape != (2,) or not 0 < ends.item(1) - ends.item(0) < np.inf:
        raise ValueError(
            "feature_range: expected two finite numbers, the lower first, such as (0, 1), got "
            f"{feature_range!r}"
        )
    return ends.item(0), ends.item(1)


def _examples(x: AnyArray) -> FloatArray:
    """Return `x` as float32 or float64 of shape ``(*R, N, F)`` after checking it."""
    x = numbers("x", x)
    if x.dtype != np.float32:
        x = x.astype(np.float64)
    if x.ndim < 2:
        raise ValueError(
            f"x: expected shape (N, features), got {x.shape}; for one column use x[:, None]"
        )
    if x.size == 0:
        raise ValueError(f"x: expected at least one example and one feature, got shape {x.shape}")
    columns = _not_finite(x)
    if columns:
        raise ValueError(f"x: expected finite numbers, got NaN or infinity in column(s) {columns}")
    return x


def _finite(result: FloatArray) -> FloatArray:
    """Return what was calculated from finite examples after checking that nothing overflowed."""
    columns = _not_finite(result)
    if columns:
        raise ValueError(
            f"x: expected numbers whose scaling fits into {result.dtype}, got an overflow in "
            f"column(s) {columns}; they are too large, or too far from those that were fitted"
        )
    return result


def _not_finite(x: FloatArray) -> list[int]:
    """Return the columns that hold NaN or infinity."""
    finite = np.isfinite(x)
    return [] if finite.all() else np.unique(np.argwhere(~finite)[:, -1]).tolist()
