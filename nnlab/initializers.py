r"""How weights start (taught in lesson 6): all but `zeros` and `normal` are one variance scaling.

An initializer is a function ``(rng, shape) -> array`` with ``shape = (inputs, outputs)``. The
array is float64 and rounded to the dtype of the network when it is stored, so float32 and float64
networks with one seed start from the same numbers.
"""

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from nnlab._arrays import FloatArray

Initializer: TypeAlias = Callable[[np.random.Generator, tuple[int, int]], FloatArray]


def zeros(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return zeros: right for softmax regression; in a hidden layer all units would stay equal."""
    return np.zeros(shape)


def normal(rng: np.random.Generator, shape: tuple[int, int], std: float = 1.0) -> FloatArray:
    r"""Draw from :math:`N(0, \mathrm{std}^2)`; the lecture's first line has ``std=0.001``."""
    return std * rng.standard_normal(shape)


def variance_scaling(
    rng: np.random.Generator,
    shape: tuple[int, int],
    gain: float = 1.0,
    fan: Literal["in", "out", "mean"] = "in",
    scale: float = 1.0,
) -> FloatArray:
    r"""Draw from :math:`s \cdot N(0, g / n)`, where :math:`n` counts a unit's connections.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the numbers come from.
    shape : (inputs, outputs)
        Shape of the weight matrix.
    gain : float
        :math:`g`; 1 keeps the variance of a linear layer's signal, 2 that of a ReLU layer's.
    fan : {"in", "out", "mean"}
        :math:`n`: the inputs (variance kept going forward), the outputs (going backward), or the
        mean of both.
    scale : float
        :math:`s`, an extra factor on the standard deviation. The lecture's slide multiplies by
        0.001; ``partial(he, scale=0.001)`` reproduces it.

    Returns
    -------
    ndarray, ``shape``

    Raises
    ------
    ValueError
        If `fan` is not one of the three.
    """
    fans = {"in": shape[0], "out": shape[1], "mean": (shape[0] + shape[1]) / 2}
    if fan not in fans:
        raise ValueError(f"fan: expected 'in', 'out' or 'mean', got {fan!r}")
    return scale * np.sqrt(gain / fans[fan]) * rng.standard_normal(shape)


lecun = partial(variance_scaling, gain=1.0, fan="in")
r""":math:`N(0, 1/n_\mathrm{in})` (LeCun et al., 1998)."""

glorot = partial(variance_scaling, gain=1.0, fan="mean")
r""":math:`N(0, 2/(n_\mathrm{in} + n_\mathrm{out}))`, also called Xavier (Glorot & Bengio, 2010)."""

he = partial(variance_scaling, gain=2.0, fan="in")
r""":math:`N(0, 2/n_\mathrm{in})`, for ReLU layers (He et al., 2015)."""
