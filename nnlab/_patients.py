"""A few patients to learn from, and many others to validate on, for lesson 05."""

from functools import cache
from typing import NamedTuple

import numpy as np

from nnlab import datasets
from nnlab._arrays import FloatArray
from nnlab.scalers import Standardizer

__all__ = ["Patients", "few_patients"]


class Patients(NamedTuple):
    """Disease progression and ten measurements; means and scales are the training examples' own."""

    x: FloatArray  # (examples, 10)
    y: FloatArray  # (examples,)
    validation: tuple[FloatArray, FloatArray]  # (150, 10) and (150,)


@cache
def few_patients(examples: int, seed: int) -> Patients:
    """Draw some training examples and 150 others from the diabetes data, and standardize them."""
    data = datasets.diabetes()
    order = np.random.default_rng(seed).permutation(len(data.y))
    train, validation = order[:examples], order[-150:]
    x = Standardizer().fit(data.x[train]).transform(data.x)
    y = (data.y - data.y[train].mean()) / data.y[train].std()
    return Patients(x[train], y[train], (x[validation], y[validation]))
