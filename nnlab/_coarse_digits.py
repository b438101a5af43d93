"""Digits of 4 × 4 pixels, for the searches of lesson 08 that train many networks at once."""

from functools import cache
from typing import NamedTuple

import numpy as np

from nnlab import datasets
from nnlab._arrays import FloatArray, IntArray
from nnlab.scalers import Standardizer

__all__ = ["EXAMPLES", "HELD_OUT", "Digits", "coarse_digits"]

EXAMPLES, HELD_OUT = 100, 200


class Digits(NamedTuple):
    """Handwritten digits of 4 × 4 pixels, standardized."""

    x: FloatArray  # (100, 16)
    y: IntArray  # (100,)
    validation: tuple[FloatArray, IntArray]  # (200, 16) and (200,)


@cache
def coarse_digits() -> Digits:
    """Return a few digits of which each block of four pixels has become one."""
    data = datasets.digits()
    order = np.random.default_rng(0).permutation(len(data.y))
    train, held_out = order[:EXAMPLES], order[EXAMPLES : EXAMPLES + HELD_OUT]
    x = data.x.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
    x = Standardizer().fit(x[train]).transform(x)
    return Digits(x[train], data.y[train], (x[held_out], data.y[held_out]))
