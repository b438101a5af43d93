"""The training loop and what it records (taught in lesson 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nnlab._arrays import AnyArray, BoolArray, FloatArray, IntArray
from nnlab._batches import Orders, prepare, take
from nnlab._hyperparameters import Value
from nnlab._random import Seed
from nnlab.early_stopping import BestEpoch, EarlyStopping
from nnlab.losses import Loss
from nnlab.network import Sequential
from nnlab.regularizers import Regularizer, weights

Metric = Callable[[AnyArray, AnyArray], Any]


class Optimizer(Protocol):
    """What :func:`fit` needs of an optimizer."""

    @property
    def rate(self) -> Value:
        """The learning rate of the latest step: a number, or a row with one for each replica."""

    def step(self, theta: FloatArray, grad: FloatArray) -> None:
        """Update `theta` in place."""


@dataclass(frozen=True, eq=False)
class History:
    """What a training run recorded: row e holds the state after e epochs, row 0 before training.

    Attributes
    ----------
    epochs : ndarray of int, (E + 1,)
        0, 1, …, E; shorter if every replica stopped or diverged.
    updates : ndarray of int, (E + 1,)
        Optimizer steps made by then.
    train, validation : dict of str to ndarray, (E + 1, *R)
        ``"loss"`` and every metric on the whole set, and in `train` the ``"penalty"`` if there is a
        regularizer, which is not part of the loss; `validation` is empty if none was given. Rows
        of a replica are NaN from the epoch on where it diverged, and after the one where early
        stopping ended its training.
    diverged : bool, or ndarray of bool, (R,)
        Whether the loss stopped being finite.
    kept_epoch : int, or ndarray of int, (R,)
        The epoch whose weights the network has now: the last one, or the best one after early
        stopping.
    """

    epochs: IntArray
    updates: IntArray
    train: dict[str, FloatArray]
    validation: dict[str, FloatArray]
    diverged: bool | BoolArray
    kept_epoch: int | IntArray

    def __repr__(self) -> str:
        last = ", ".join(
            f"{part} {key} {np.mean(values[-1]):.4g}"
            for part, record in (("train", self.train), ("validation", self.validation))
            for key, values in record.items()
        )
        diverged = " (diverged)" if np.any(self.diverged) else ""
        return f"History({self.epochs[-1]} epochs: {last}{diverged})"


def evaluate(
    net: Sequential,
    loss: Loss,
    x: AnyArray,
    y: AnyArray,
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, Any]:
    """Return the loss and the metrics of a network on a data set.

    Parameters
    ----------
    net : Sequential
        The network.
    loss : Loss
        Gives the loss and turns logits into predictions for the metrics.
    x : ndarray, (N, features) or (R, N, features)
        Examples.
    y : ndarray, (N,), (N, outputs) or with a leading R
        Targets.
    metrics : dict of str to callable, optional
        Name to ``metric(y, predicted)``.

    Returns
    -------
    dict of str to float or ndarray, (*R,)
        ``"loss"`` first.
    """
    z = net.forward(x)
    values = {"loss": loss.value(z, y)}
    for key, metric in (metrics or {}).items():
        values[key] = metric(y, loss.predict(z))
    return values


def fit(
    net: Sequential,
    loss: Loss,
    optimizer: Optimizer,
    x: AnyArray,
    y: AnyArray,
    *,
    epochs: int,
    batch_size: int | None = None,
    seed: Seed | Sequence[Seed] = 0,
    validation: tuple[AnyArray, AnyArray] | None = None,
    metrics: Mapping[str, Metric] | None = None,
    regularizer: Regularizer | None = None,
    clip: Callable[[FloatArray], Any] | None = None,
    early_stopping: EarlyStopping | None = None,
    on_update: Callable[[Sequential, int], Any] | None = None,
    on_epoch: Callable[[int, Mapping[str, Mapping[str, Any]]], bool | None] | None = None,
) -> History:
    """Train a network (or all its replicas at once) and record losses and metrics.

    Parameters
    ----------
    net : Sequential
        Trained in place.
    loss : Loss
        What is minimised.
    optimizer : Optimizer
        How.
    x : ndarray, (N, features) or (R, N, features)
        Training examples, shared by all replicas or one set for each.
    y : ndarray, (N,), (N, outputs) or with a leading R
        Targets.
    epochs : int
        Passes over the data, at least 1.
    batch_size : int, optional
        Examples per update; all of them if not given.
    seed : int, Generator, or a sequence of R of them
        Order of the examples: one order for all replicas, or one seed for each.
    validation : (x, y), optional
        Measured after every epoch, never trained on.
    metrics : dict of str to callable, optional
        Name to ``metric(y, predicted)``, recorded beside the loss.
    regularizer : Regularizer, optional
        Such as ``L2(0.01)``: a penalty on the weights, added to the mean loss.
    clip : callable, optional
        ``clip(grad)`` edits the gradient, penalty included, in place before every update, such as
        ``partial(clip_by_norm, max_norm=1.0)``.
    early_stopping : EarlyStopping, optional
        When to stop before the last epoch. Needs `validation`; the network ends with the weights
        of its best epoch.
    on_update : callable, optional
        ``on_update(net, updates)`` is called after every update, counted from 1.
    on_epoch : callable, optional
        ``on_epoch(epoch, {"train": {"loss": …}, "validation": {…}})`` is called with every row of
        the history as it comes, row 0 first; if it returns True, training ends there.

    Returns
    -------
    History
        A run whose loss stops being finite ends with ``history.diverged`` set and no warning; a
        diverged replica does not touch the others.

    Raises
    ------
    ValueError
        If shapes do not fit, data are not finite, or `epochs`, `batch_size` or the number of seeds
        is out of range.
    TypeError
        If `x` or `y` do not hold numbers, or `batch_size` is not a whole number.
    """
    if not isinstance(epochs, int | np.integer) or isinstance(epochs, bool) or epochs < 1:
        raise ValueError(f"epochs: expected a whole number of at least 1, got {epochs!r}")
    x, targets = prepare(net, loss, "", x, y)
    sets = {"train": (x, y)}
    if validation is not None:
        sets["validation"] = (prepare(net, loss, "validation ", *validation)[0], validation[1])
    orders = Orders(seed, net.replicas)
    recorder = _Recorder(net, loss, sets, metrics, regularizer, early_stopping)

    updates = 0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for epoch in range(epochs + 1):
            # Row 0 is the state before training.
            for batch in orders.minibatches(x.shape[-2], batch_size) if epoch else ():
                z = net.forward(take(x, batch), training=True)
                net.backward(loss.grad(z, take(targets, batch)))
                if regularizer is not None:
                    regularizer.add_gradient(net.theta, net.grad, net.weight_mask)
                if clip is not None:
                    clip(net.grad)
                optimizer.step(net.theta, net.grad)
                if regularizer is not None:
                    regularizer.after_step(net.theta, optimizer.rate, net.weight_mask)
                updates += 1
                if on_update is not None:
                    on_update(net, updates)
            row = recorder.record(epoch, updates)
            if (on_epoch is not None and on_epoch(epoch, row)) or recorder.all_ended:
                break
    return recorder.history()


class _Recorder:
    """Measures all sets after an epoch and keeps who diverged and who stopped."""

    def __init__(
        self,
        net: Sequential,
        loss: Loss,
        sets: dict[str, tuple[AnyArray, AnyArray]],
        metrics: Mapping[str, Metric] | None,
        regularizer: Regularizer | None,
        early_stopping: EarlyStopping | None,
    ) -> None:
        self.net, self.loss, self.sets, self.metrics = net, loss, sets, metrics
        self.regularizer, self.early_stopping = regularizer, early_stopping
        self.best = None if early_stopping is None else BestEpoch(early_stopping, net)
        self._check_early_stopping()
        self.steps: list[tuple[int, int]] = []
        self.rows: list[dict[str, dict[str, Any]]] = []
        self.diverged = np.zeros(net.replicas, dtype=bool)

    def _check_early_stopping(self) -> None:
        if self.early_stopping is None:
            return
        if "validation" not in self.sets:
            raise ValueError("early_stopping: expected validation=(x, y) to watch, got none")
        figures = ["loss", *(self.metrics or {})]
        if self.early_stopping.metric not in figures:
            raise ValueError(
                f"early_stopping: expected a metric that is recorded, {' or '.join(figures)}, "
                f"got {self.early_stopping.metric!r}"
            )

    @property
    def stopped(self) -> BoolArray | bool:
        return False if self.best is None else self.best.stopped

    @property
    def all_ended(self) -> bool:
        return bool(np.all(self.diverged | self.stopped))

    def record(self, epoch: int, updates: int) -> dict[str, dict[str, Any]]:
        stopped = np.copy(self.stopped)  # who stopped before this epoch
        row = {
            part: evaluate(self.net, self.loss, x, y, self.metrics)
            for part, (x, y) in self.sets.items()
        }
        if self.regularizer is not None:
            w = weights(self.net.theta, self.net.weight_mask)
            row["train"]["penalty"] = self.regularizer.penalty(w)
        self.diverged |= ~stopped & ~np.isfinite(row["train"]["loss"])
        unknown = self.diverged | stopped
        row = {
            part: {key: np.where(unknown, np.nan, value) for key, value in values.items()}
            for part, values in row.items()
        }
        if self.best is not None:
            self.best.observe(epoch, row["validation"][self.best.rule.metric])
        self.steps.append((epoch, updates))
        self.rows.append(row)
        return row

    def history(self) -> History:
        epochs, updates = np.array(self.steps).T
        parts = {
            part: {key: np.stack([row[part][key] for row in self.rows]) for key in values}
            for part, values in self.rows[0].items()
        }
        kept: IntArray = np.full(self.net.replicas, epochs[-1])
        if self.best is not None:
            self.best.restore()
            kept = self.best.epoch
        train, validation = parts["train"], parts.get("validation", {})
        if not self.net.replicas:
            return History(epochs, updates, train, validation, bool(self.diverged), int(kept))
        return History(epochs, updates, train, validation, self.diverged, kept)
