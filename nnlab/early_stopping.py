"""Early stopping: train until validation stops improving, keep the best weights (lesson 3)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nnlab._arrays import BoolArray, FloatArray, IntArray
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
    maximize : bool
        Whether more of it is better, as for an accuracy.

    Raises
    ------
    ValueError
        If `patience` or `min_delta` is out of range.
    """

    patience: int
    min_delta: float = 0.0
    metric: str = "loss"
    maximize: bool = False

    def __post_init__(self) -> None:
        patience = self.patience
        if not isinstance(patience, int | np.integer) or isinstance(patience, bool) or patience < 1:
            raise ValueError(f"patience: expected a whole number of at least 1, got {patience!r}")
        if not 0 <= self.min_delta < np.inf:
            raise ValueError(f"min_delta: expected a number of at least 0, got {self.min_delta!r}")


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

    def observe(self, epoch: int, figure: npt.ArrayLike) -> None:
        """Take note of the figure ``(*R,)`` after an epoch: NaN where training has ended."""
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
