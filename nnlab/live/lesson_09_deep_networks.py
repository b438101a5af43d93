"""Lesson 09: deep narrow networks, five seeds at once, with and without batch normalization."""

from collections.abc import Collection
from functools import cache

import numpy as np

from nnlab._arrays import FloatArray
from nnlab.activations import relu
from nnlab.datasets import moons
from nnlab.initializers import he
from nnlab.layers import Activation, BatchNorm, Dense, Layer
from nnlab.network import Sequential

SEEDS = 5
UNITS = 10


@cache
def load_examples() -> tuple[FloatArray, FloatArray]:
    """Return 64 standardized points (64, 2) of two moons, and their classes (64,)."""
    data = moons(n=64, noise=0.15, seed=0)
    return (data.x - data.x.mean(axis=0)) / data.x.std(axis=0), data.y


def deep_network(scale: float, layers: int, normalized: Collection[int]) -> Sequential:
    """Make five copies of a ReLU network whose weights are `scale` times He's.

    Parameters
    ----------
    scale : float
        1 keeps the signal's size from layer to layer.
    layers : int
        Hidden layers.
    normalized : collection of int
        Which of them have batch normalization, from 1 to `layers`; those have no bias.

    Returns
    -------
    Sequential
    """

    def init(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
        return scale * he(rng, shape)

    parts: list[Layer] = []
    inputs = 2
    for number in range(1, layers + 1):
        norm = number in normalized
        parts.append(Dense(inputs, UNITS, init=init, bias=not norm))
        parts += [BatchNorm(UNITS)] if norm else []
        parts.append(Activation(relu))
        inputs = UNITS
    return Sequential(*parts, Dense(UNITS, 1, init=init), seed=range(SEEDS), dtype=np.float64)
