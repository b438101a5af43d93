"""The training loop and what it records (taught in lesson 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnlab._arrays import AnyArray, BoolArray, FloatArray, IntArray
from nnlab._batches import Orders, check_batches, prepare, take
from nnlab._checks import whole_number
from nnlab._random import Seed
from nnlab.early_stopping import BestEpoch, EarlyStopping
from nnlab.losses import Loss
from nnlab.network import Sequential
from nnlab.optimizers import Optimizer
from nnlab.regularizers import Regularizer, weights

Metric = Callable[[AnyArray, AnyArray], Any]


@dataclass(frozen=True, eq=False)
class History:
    """What a training run recorded, row by row; row 0 is the state before training.

    Attributes
    ----------
    epochs : ndarray of int, (T,)
        0, 1, 2, …: epochs trained; fewer if not all were recorded, or if every replica stopped or
        diverged.
    updates : ndarray of int, (T,)
        Optimizer steps made by then.
    train, validation : dict of str to ndarray, (T, *R)
        ``"loss"`` and every metric on the whole set, and in `train` the ``"penalty"`` if there is a
        regularizer, which is not part of the loss; `validation` is empty if none was given. Rows
        of a replica are NaN from the epoch on where it diverged, and after the one where early
        stopping ended its training.
    diverged : bool, or ndarray of bool, (R,)
        Whether the loss stopped being finite. The parameters of a diverged replica mean nothing.
    kept_epoch : int, or ndarray of int, (R,)
        The epoch whose weights the network has now: the last one, or the best one after early
        stopping. For a diverged replica without early stopping, the epoch where it diverged.
    """

    epochs: IntArray
    updates: IntArray
    train: dict[str, FloatArray]
    validation: dict[str, FloatArray]
    diverged: bool | BoolArray
    kept_epoch: int | IntArray

    @property
    def final(self) -> dict[str, dict[str, Any]]:
        """What the network has now: ``final["validation"]["loss"]``, a float or ``(R,)``.

        Every figure is that of a replica's own `kept_epoch`, also after early stopping; NaN if the
        replica diverged and early stopping did not bring it back.
        """
        parts = {"train": self.train, "validation": self.validation}
        return {
            part: {key: self._kept(values) for key, values in record.items()}
            for part, record in parts.items()
        }

    def _kept(self, values: FloatArray) -> float | FloatArray:
        row = np.searchsorted(self.epochs, self.kept_epoch)
        if row.ndim == 0:
            return float(values[row])
        return np.take_along_axis(values, row[None], axis=0)[0]

    def __repr__(self) -> str:
        fine = ~np.asarray(self.diverged)
        figures = ", ".join(
            f"{part} {key} {np.mean(np.asarray(value)[fine]):.4g}"
            for part, record in self.final.items()
            for key, value in record.items()
            if fine.any()
        )
        text = f"{self.epochs[-1]} epochs"
        if np.any(self.kept_epoch != self.epochs[-1]) and fine.ndim == 0:
            text += f", kept {self.kept_epoch}"
        text += f": {figures}" if figures else ""
        if not fine.all():
            text += (
                " (diverged)" if fine.ndim == 0 else f" ({(~fine).sum()} of {fine.size} diverged)"
            )
        return f"History({text})"


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

    Raises
    ------
    ValueError
        If shapes do not fit, or a metric does not give one number for each network: those of
        :mod:`nnlab.metrics` are for one prediction per example.
    """
    z = net.forward(x)
    values: dict[str, Any] = {"loss": loss.value(z, y)}
    for key, metric in (metrics or {}).items():
        values[key] = metric(loss.answers(y, z), loss.predict(z))
        if np.shape(values[key]) != net.replicas:
            raise ValueError(
                f"metrics: expected {key!r} to give "
                f"{f'{net.replicas[0]} numbers' if net.replicas else 'one number'}, got shape "
                f"{np.shape(values[key])} for {z.shape[-1]} output(s)"
            )
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
    record_every: int = 1,
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
        What is minimized.
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
    record_every : int
        Measures after every so many epochs, before the first and after the last one. Where only
        the end matters, measuring less saves up to half of the time.
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
        If `x` or `y` do not hold numbers, a count is no int, or an argument is no loss, no
        optimizer and so on.
    """
    whole_number("epochs", epochs)
    whole_number("record_every", record_every)
    if early_stopping is not None and record_every != 1:
        raise ValueError(
            f"record_every: expected 1, as early stopping looks at every epoch, got {record_every}"
        )
    _check_parts(loss, optimizer, metrics, regularizer, clip, early_stopping)
    x, targets = prepare(net, loss, "", x, y)
    sets = {"train": (x, y)}
    if validation is not None:
        sets["validation"] = _validation(net, loss, validation)
    orders = Orders(seed, net.replicas)
    check_batches(net, x.shape[-2], batch_size)
    recorder = _Recorder(net, loss, sets, metrics, regularizer, early_stopping)

    updates = 0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for epoch in range(epochs + 1):
            # Row 0 is the state before training.
            for batch in orders.minibatches(x.shape[-2], batch_size) if epoch else ():
                z = net.forward(take(x, batch), training=True)
                net.backward(loss.derivative(z, take(targets, batch)))
                if regularizer is not None:
                    regularizer.add_gradient(net.theta, net.grad, net.weight_mask)
                if clip is not None:
                    _clip(clip, net.grad)
                optimizer.step(net.theta, net.grad)
                if regularizer is not None:
                    regularizer.after_step(net.theta, optimizer.rate, net.weight_mask)
                updates += 1
                if on_update is not None:
                    on_update(net, updates)
            if epoch % record_every and epoch < epochs:
                continue
            row = recorder.record(epoch, updates)
            if (on_epoch is not None and on_epoch(epoch, row)) or recorder.all_ended:
                break
    return recorder.history()


def _check_parts(
    loss: Loss,
    optimizer: Optimizer,
    metrics: Mapping[str, Metric] | None,
    regularizer: Regularizer | None,
    clip: Callable[[FloatArray], Any] | None,
    early_stopping: EarlyStopping | None,
) -> None:
    """Refuse what is no loss, no optimizer and so on, and say what one looks like."""
    for name, given, method, example in (
        ("loss", loss, "targets", "BinaryCrossEntropy()"),
        ("optimizer", optimizer, "step", "Adam(0.01)"),
        ("regularizer", regularizer, "add_gradient", "L2(0.01)"),
    ):
        optional = name == "regularizer" and given is None
        if not optional and (isinstance(given, type) or not hasattr(given, method)):
            what = f"the class {given.__name__}" if isinstance(given, type) else repr(given)
            raise TypeError(f"{name}: expected an object such as {example}, got {what}")
    if metrics is not None and not (
        isinstance(metrics, Mapping) and all(map(callable, metrics.values()))
    ):
        raise TypeError(
            f'metrics: expected names and functions, {{"accuracy": accuracy}}, got {metrics!r}'
        )
    if clip is not None and not callable(clip):
        raise TypeError(
            "clip: expected a function of the gradient, such as "
            f"partial(clip_by_norm, max_norm=1.0), got {clip!r}"
        )
    if early_stopping is not None and not isinstance(early_stopping, EarlyStopping):
        raise TypeError(f"early_stopping: expected EarlyStopping(patience), got {early_stopping!r}")


def _clip(clip: Callable[[FloatArray], Any], grad: FloatArray) -> None:
    clipped = clip(grad)
    if clipped is not grad and np.shape(clipped) == grad.shape:
        raise TypeError(
            "clip: expected a function that edits the gradient in place, such as clip_by_norm, "
            "got one that returns another gradient"
        )


def _validation(
    net: Sequential, loss: Loss, given: tuple[AnyArray, AnyArray]
) -> tuple[FloatArray, AnyArray]:
    if not isinstance(given, tuple | list) or len(given) != 2:
        kind = f"{len(given)} of them" if isinstance(given, tuple | list) else type(given).__name__
        raise TypeError(f"validation: expected a pair of examples and targets, (x, y), got {kind}")
    x, y = given
    return prepare(net, loss, "validation ", x, y)[0], y


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
        self.last: IntArray = np.zeros(net.replicas, np.intp)  # the epoch where it diverged, or now

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
        self.last = np.where(self.diverged, self.last, epoch)
        self.diverged |= ~stopped & ~np.isfinite(row["train"]["loss"])
        unknown = self.diverged | stopped
        row = {
            part: {key: np.where(unknown, np.nan, value) for key, value in values.items()}
            for part, values in row.items()
        }
        if self.best is not None:
            self.best.observe(epoch, row["validation"][self.best.rule.metric], self.diverged)
        self.steps.append((epoch, updates))
        self.rows.append(row)
        return row

    def history(self) -> History:
        epochs, updates = np.array(self.steps).T
        parts = {
            part: {key: np.array([row[part][key] for row in self.rows], float) for key in values}
            for part, values in self.rows[0].items()
        }
        kept = self.last
        if self.best is not None:
            self.best.restore()
            kept = self.best.epoch
        train, validation = parts["train"], parts.get("validation", {})
        if not self.net.replicas:
            return History(epochs, updates, train, validation, bool(self.diverged), int(kept))
        return History(epochs, updates, train, validation, self.diverged, kept)
