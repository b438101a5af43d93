"""How the networks of a capstone are set up and trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nnlab._arrays import AnyArray, FloatArray
from nnlab.activations import relu
from nnlab.exercises.process_report import Attempt
from nnlab.layers import Activation, Dense
from nnlab.losses import Loss
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.regularizers import L2
from nnlab.scalers import Standardizer
from nnlab.spaces import Settings
from nnlab.splits import Split
from nnlab.training import fit

if TYPE_CHECKING:
    from nnlab.exercises.process import Process

Examples: TypeAlias = tuple[FloatArray, AnyArray]
"""x and y of one part; x is scaled."""

Predict: TypeAlias = Callable[[FloatArray], AnyArray]
"""From scaled examples to what the metric takes: classes, or numbers in the unit of y."""


@dataclass(frozen=True, eq=False)
class Task:
    """One right way to set up a task.

    Parameters
    ----------
    heads : tuple of str
        What the output's activation may be called in a report, in lower case.
    loss : Loss
        What is minimized.
    outputs : int
        Numbers that the network returns for an example.
    names : tuple of str
        What the loss may be called in a report; case, spaces and hyphens do not matter.
    """

    heads: tuple[str, ...]
    loss: Loss
    outputs: int
    names: tuple[str, ...]


Train: TypeAlias = Callable[[Settings, int, Task, Examples, Examples], Predict]
"""``train(settings, seed, task, training, validation)`` returns the trained network's prediction.

It must depend on nothing else, and on the validation part for early stopping only.
"""


def train_network(
    settings: Mapping[str, Any], seed: int, loss: Loss, outputs: int, x: FloatArray, y: AnyArray
) -> Predict:
    """Train a network with one hidden layer of ReLU units by Adam, all examples in every update.

    Numbers to predict are standardized with the statistics of these examples, and the predictions
    brought back.

    Parameters
    ----------
    settings : mapping
        ``units``, ``learning_rate`` and ``epochs``; ``weight_decay`` if there is any.
    seed : int
        Seed of the weights.
    loss : Loss
        What is minimized.
    outputs : int
        How many the network has.
    x : ndarray, (N, features)
        Scaled examples of the training part.
    y : ndarray, (N,)
        Their targets.

    Returns
    -------
    callable
        From scaled examples to predictions, classes or numbers in the unit of y. It raises
        FloatingPointError if training diverged.
    """
    numbers = Standardizer().fit(y[:, None]) if y.dtype.kind == "f" else None
    net = Sequential(
        Dense(x.shape[1], settings["units"]),
        Activation(relu),
        Dense(settings["units"], outputs),
        seed=seed,
        dtype=np.float64,
    )
    fit(
        net,
        loss,
        Adam(settings["learning_rate"]),
        x,
        y if numbers is None else numbers.transform(y[:, None])[:, 0],
        epochs=settings["epochs"],
        seed=seed,
        regularizer=L2(settings.get("weight_decay", 0.0)),
        record_every=settings["epochs"],
    )

    def predict(x: FloatArray) -> AnyArray:
        z = net.forward(x)
        if not np.isfinite(z).all():
            raise FloatingPointError("training diverged")
        return loss.predict(z) if numbers is None else numbers.inverse_transform(z)[:, 0]

    return predict


def train_dense(
    settings: Settings, seed: int, task: Task, training: Examples, validation: Examples
) -> Predict:
    """Train a network on the whole training part with `train_network`.

    Parameters
    ----------
    settings : dict
        See `train_network`.
    seed : int
        Seed of the weights.
    task : Task
        Gives the loss and the number of outputs.
    training, validation : (x, y)
        Scaled examples and their targets; validation is not looked at.

    Returns
    -------
    callable
        From scaled examples to predictions.
    """
    return train_network(settings, seed, task.loss, task.outputs, *training)


@dataclass(frozen=True, eq=False)
class Setup:
    """All that the trials of one report have in common; equal to another of the same content.

    Parameters
    ----------
    process : Process
        What the capstone asks for.
    task : Task
        The head and the loss.
    split : Split
        Rows of the three parts.
    mean, scale : ndarray
        Statistics with which x is scaled.
    """

    process: Process
    task: Task
    split: Split
    mean: FloatArray
    scale: FloatArray

    @cached_property
    def _content(self) -> tuple[object, ...]:
        arrays = (*self.split, self.mean, self.scale)
        return (self.process, self.task, *(array.tobytes() for array in arrays))

    def __hash__(self) -> int:
        return hash(self._content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Setup) and self._content == other._content

    def scores(self, attempt: Attempt) -> tuple[float, float]:
        """Train, or remember what came of it.

        Parameters
        ----------
        attempt : Attempt
            Settings and seed.

        Returns
        -------
        validation, test : float
            The scores; NaN if training diverged.
        """
        return _trained(self, attempt)

    def train(self, attempt: Attempt) -> tuple[float, float]:
        """Do what `scores` remembers; see there."""
        data = self.process.data
        with np.errstate(all="ignore"):  # reported settings may well diverge
            x = (data.x - self.mean) / self.scale
            training, validation, test = ((x[rows], data.y[rows]) for rows in self.split)
            try:
                predict = self.process.train(
                    dict(attempt.settings), attempt.seed, self.task, training, validation
                )
                predicted = predict(validation[0]), predict(test[0])
            except FloatingPointError:
                return math.nan, math.nan
        score = self.process.score
        return score(validation[1], predicted[0]), score(test[1], predicted[1])


@lru_cache(maxsize=512)
def _trained(setup: Setup, attempt: Attempt) -> tuple[float, float]:
    """Remember what was trained last: every part of an exercise asks for the same trials."""
    return setup.train(attempt)
