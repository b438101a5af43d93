"""Early stopping: train until validation stops improving, keep the best weights (lesson 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnlab._arrays import BoolArray, FloatArray, IntArray
from nnlab._checks import number, whole_number
from nnlab.network import Sequential


@dataclass(frozen=True)
class EarlyStopping:
    """Stop when a validation figure has not improved for some epochs; go back to its best.

    The state before training counts as epoch 0. Every replica stops on its own, keeps the weights
    of its own best epoch, and equals the network that was trained alone. (Prechelt, 1998.)

    Parameters
    ----------
    patience : int
        Epochs without improvement to wait for, at least 1. A replica whose best epoch is e stops
        after epoch ``e + patience``.
    min_delta : float
        By how much the figure must improve to count, at least 0.
    metric : str
        ``"loss"``, or the name of one of the metrics given to :func:`nnlab.training.fit`.
    maximize : bool, optional
        Whether more of it is better, as for an accuracy. Must be said for all but the loss.

    Raises
    ------
    TypeError, ValueError
        If `patience` or `min_delta` is no number or out of range, or `maximize` is missing.
    """

    patience: int
    min_delta: float = 0.0
    metric: str = "loss"
    maximize: bool | None = None

    def __post_init__(self) -> None:
        whole_number("patience", self.patience)
        number("min_delta", self.min_delta, least=0)
        if self.maximize is None and self.metric != "loss":
            raise ValueError(
                f"maximize: expected True if more {self.metric} is better, False if less is"
            )


class BestEpoch:
    """The best epoch of every replica so far, and a copy of the weights it had.

    Parameters
    ----------
    rule : EarlyStopping
        What counts as better, and when to stop.
    net : Sequential
        The network being trained.

    Attributes
    ----------
    epoch : ndarray of int, (*R,)
        The best epoch so far.
    stopped : ndarray of bool, (*R,)
        Who is out of patience.
    """

    def __init__(self, rule: EarlyStopping, net: Sequential) -> None:
        self.rule, self.net = rule, net
        self.score: FloatArray = np.full(net.replicas, -np.inf)
        self.epoch: IntArray = np.zeros(net.replicas, np.intp)
        self.stopped: BoolArray = np.zeros(net.replicas, bool)
        self.theta, self.buffers = net.theta.copy(), net.buffers.copy()

    def observe(self, epoch: int, figure: npt.ArrayLike, diverged: npt.ArrayLike = False) -> None:
        """Take note of the figure ``(*R,)`` after an epoch: NaN where training has ended.

        Raises
        ------
        ValueError
            If the figure is NaN before training, where nothing has diverged: it will stay so.
        """
        if epoch == 0 and np.any(np.isnan(figure) & ~np.asarray(diverged)):
            raise ValueError(
                f"early_stopping: expected a metric that can be compared, but "
                f"{self.rule.metric!r} of the validation part is NaN before training"
            )
        score = np.asarray(figure) if self.rule.maximize else -np.asarray(figure)
        better = score > self.score + self.rule.min_delta
        self.score = np.where(better, score, self.score)
        self.epoch = np.where(better, epoch, self.epoch)
        self.theta[better] = self.net.theta[better]
        self.buffers[better] = self.net.buffers[better]
        self.stopped |= epoch - self.epoch >= self.rule.patience

    def restore(self) -> None:
        """Give the network every replica's best weights and running statistics."""
        self.net.theta = self.theta
        self.net.buffers[...] = self.buffers
