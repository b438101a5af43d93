r"""Error taken apart into bias, variance and noise (taught in lesson 3).

Train M models on M training sets. For a point :math:`x` with noiseless truth :math:`f(x)` and
predictions :math:`\hat y_1, \dots, \hat y_M` whose mean is :math:`\bar y`,

.. math::
    \underbrace{\frac1M \sum_m (\hat y_m - f)^2}_{\text{error to the truth}} =
    \underbrace{(\bar y - f)^2}_{\text{bias}^2} +
    \underbrace{\frac1M \sum_m (\hat y_m - \bar y)^2}_{\text{variance}}

exactly, because the variance divides by M, not by M - 1. Targets with noise of variance
:math:`\sigma^2` add :math:`\sigma^2` that no model can avoid (Geman, Bienenstock & Doursat, 1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnlab._arrays import FloatArray
from nnlab._checks import finite, numbers


@dataclass(frozen=True, eq=False)
class Decomposition:
    r"""The parts of the squared error, at every point or on average.

    Attributes
    ----------
    bias2 : ndarray, (*S, N), or on average (*S,)
        :math:`(\bar y - f)^2`.
    variance : ndarray, same shape
        :math:`\frac1M \sum_m (\hat y_m - \bar y)^2`.
    noise : ndarray, same shape
        :math:`\sigma^2`, or :math:`(y - f)^2` for measured targets.
    cross : ndarray, same shape
        :math:`2 (y - f)(f - \bar y)` for measured targets, else 0. Its expectation is 0, since the
        noise of test targets knows nothing of the models; its average over N points shrinks like
        :math:`1/\sqrt N`.
    """

    bias2: FloatArray
    variance: FloatArray
    noise: FloatArray
    cross: FloatArray

    @property
    def total(self) -> FloatArray:
        """The sum of the parts: for measured targets, the squared error averaged over models."""
        return self.bias2 + self.variance + self.noise + self.cross

    def average(self) -> Decomposition:
        """Return the parts averaged over the points, ``(*S, N) -> (*S,)``."""
        parts = (self.bias2, self.variance, self.noise, self.cross)
        return Decomposition(*(np.mean(part, axis=-1) for part in parts))


def decompose(
    predictions: npt.ArrayLike,
    truth: npt.ArrayLike,
    *,
    noise_variance: npt.ArrayLike | None = None,
    targets: npt.ArrayLike | None = None,
) -> Decomposition:
    r"""Return squared bias, variance and noise at every point.

    Parameters
    ----------
    predictions : array_like, (*S, M, N)
        Of M models, at least 2, at N points. Axes in front are settings, such as several network
        sizes, taken apart independently. Models with K outputs: treat the outputs as more points,
        ``(M, N * K)``. Where a prediction is not finite (a diverged network), bias and variance at
        that point are NaN, without a warning; leave the model out to see the others.
    truth : array_like, (N,) or (*S, N)
        :math:`f(x)` without noise.
    noise_variance : array_like, () or (N,) or (*S, N), optional
        :math:`\sigma^2 \ge 0`, if it is known; 0 if neither this nor `targets` is given.
    targets : array_like, (N,) or (*S, N), optional
        Measured test targets with noise, in place of `noise_variance`.

    Returns
    -------
    Decomposition
        For every point, ``(*S, N)``; ``.average()`` is the mean over the points.

    Raises
    ------
    ValueError
        If shapes do not fit, there are fewer than 2 models or no points, `truth`,
        `noise_variance` or `targets` are not finite, the variance is negative, or both of the last
        two are given.
    TypeError
        If something does not hold numbers.

    Notes
    -----
    With few models the bias looks larger than it is and the variance smaller: the expectations of
    :math:`\text{bias}^2` and of the variance are off by :math:`+\sigma_m^2/M` and
    :math:`-\sigma_m^2/M`, where :math:`\sigma_m^2` is the variance over infinitely many models.

    Examples
    --------
    >>> parts = decompose([[1.0, 0.0], [3.0, 0.0]], truth=[1.0, 1.0])
    >>> parts.bias2, parts.variance
    (array([1., 1.]), array([1., 0.]))
    >>> parts.average().total
    np.float64(1.5)
    """
    predictions = numbers("predictions", predictions).astype(np.float64)
    if predictions.ndim < 2 or predictions.shape[-2] < 2 or 0 in predictions.shape:
        raise ValueError(
            "predictions: expected shape (M, N), at least 2 models and 1 point, or with settings "
            f"in front, got {predictions.shape}"
        )
    shape = (*predictions.shape[:-2], predictions.shape[-1])
    f = _points("truth", truth, shape)
    noise, residual = np.zeros(shape), np.zeros(shape)
    if targets is not None:
        if noise_variance is not None:
            raise ValueError("noise_variance, targets: expected one of the two, got both")
        residual = _points("targets", targets, shape) - f
        noise = residual**2
    elif noise_variance is not None:
        noise = _points("noise_variance", noise_variance, shape, scalar=True)
        if noise.min() < 0:
            raise ValueError(f"noise_variance: expected at least 0, got {noise.min():g}")

    by_point = np.ascontiguousarray(predictions.swapaxes(-1, -2))  # (*S, N, M)
    by_point[~np.isfinite(by_point).all(axis=-1)] = np.nan
    with np.errstate(over="ignore", invalid="ignore"):
        mean = by_point.mean(axis=-1)
        variance = np.square(by_point - mean[..., None]).mean(axis=-1)
        return Decomposition((mean - f) ** 2, variance, noise, 2 * residual * (f - mean))


def _points(
    argument: str, given: npt.ArrayLike, shape: tuple[int, ...], scalar: bool = False
) -> FloatArray:
    """Return one finite number for each point, in `shape`."""
    array = numbers(argument, given).astype(np.float64)
    if array.shape not in (shape, shape[-1:], *([()] if scalar else [])):
        either = f"{shape[-1:]}" if len(shape) == 1 else f"{shape[-1:]} or {shape}"
        raise ValueError(
            f"{argument}: expected {'a number or ' if scalar else ''}shape {either}, one for each "
            f"point, got {array.shape}"
        )
    finite(argument, array)
    return np.broadcast_to(array, shape)
