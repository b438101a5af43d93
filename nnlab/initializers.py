r"""How weights start (taught in lesson 6): all but `zeros` and `normal` are one variance scaling.

An initializer is a function ``(rng, shape) -> array`` with ``shape = (inputs, outputs)``. The
array is float64 and rounded to the dtype of the network when it is stored, so float32 and float64
networks with one seed start from the same numbers.

All raise TypeError if `rng` is not a ``numpy.random.Generator`` or `shape` does not hold whole
numbers, and ValueError if these are not two, both at least 1. The four lines of the lecture's
slide, for n inputs and m outputs, are

========================================================  ========================================
``partial(normal, std=0.001)``                            :math:`N(0, 1) \cdot 0.001`
``partial(lecun, scale=0.001)``                           :math:`\cdot\, 0.001 / \sqrt n`
``partial(he, scale=0.001)``                              :math:`\cdot\, 0.001 \sqrt{2 / n}`
``partial(glorot, scale=0.001)``                          :math:`\cdot\, 0.001 \sqrt{2 / (n + m)}`
========================================================  ========================================

The papers have no 0.001: with it every layer makes the signal a thousand times smaller.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from nnlab._arrays import FloatArray
from nnlab._checks import number, whole_number

Initializer: TypeAlias = Callable[[np.random.Generator, tuple[int, int]], FloatArray]


def zeros(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
    """Return zeros: right for softmax regression; in a hidden layer all units would stay equal."""
    return np.zeros(_checked(rng, shape))


def normal(rng: np.random.Generator, shape: tuple[int, int], std: float = 1.0) -> FloatArray:
    r"""Draw from :math:`N(0, \mathrm{std}^2)`; `std` must be at least 0."""
    shape = _checked(rng, shape)
    return number("std", std, least=0) * rng.standard_normal(shape)


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
        :math:`g \ge 0`; 1 keeps the variance of a linear layer's signal, 2 that of a ReLU layer's.
    fan : {"in", "out", "mean"}
        :math:`n`: the inputs (variance kept going forward), the outputs (going backward), or the
        mean of both.
    scale : float
        :math:`s \ge 0`, an extra factor on the standard deviation, 0.001 on the lecture's slide.

    Returns
    -------
    ndarray, ``shape``

    Raises
    ------
    ValueError
        If `fan` is not one of the three, or `gain`, `scale` or `shape` is out of range.
    TypeError
        If `rng` is not a Generator, or an argument not a number.
    """
    inputs, outputs = _checked(rng, shape)
    fans = {"in": inputs, "out": outputs, "mean": (inputs + outputs) / 2}
    if fan not in tuple(fans):
        raise ValueError(f"fan: expected 'in', 'out' or 'mean', got {fan!r}")
    std = number("scale", scale, least=0) * np.sqrt(number("gain", gain, least=0) / fans[fan])
    return std * rng.standard_normal(shape)


lecun = partial(variance_scaling, gain=1.0, fan="in")
r""":math:`N(0, 1/n_\mathrm{in})` (LeCun et al., 1998)."""

glorot = partial(variance_scaling, gain=1.0, fan="mean")
r""":math:`N(0, 2/(n_\mathrm{in} + n_\mathrm{out}))`, also called Xavier (Glorot & Bengio, 2010)."""

he = partial(variance_scaling, gain=2.0, fan="in")
r""":math:`N(0, 2/n_\mathrm{in})`, for ReLU layers (He et al., 2015)."""


def _checked(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[int, int]:
    """Return `shape` after checking both."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng: expected a numpy.random.Generator, such as np.random.default_rng(0), got {rng!r}"
        )
    if not isinstance(shape, tuple | list):
        raise TypeError(f"shape: expected two whole numbers, (inputs, outputs), got {shape!r}")
    if len(shape) != 2:
        raise ValueError(f"shape: expected two whole numbers, (inputs, outputs), got {shape!r}")
    return whole_number("shape", shape[0]), whole_number("shape", shape[1])
