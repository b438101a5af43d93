"""The training loop and what it records (taught in lesson 3)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from nnlab._arrays import AnyArray, BoolArray, FloatArray, IntArray
from nnlab._random import Seed, generators
from nnlab.losses import Loss
from nnlab.network import Sequential
from nnlab.splits import minibatches

Metric = Callable[[AnyArray, AnyArray], Any]


class Optimizer(Protocol):
    """What :func:`fit` needs of an optimizer."""

    def step(self, theta: FloatArray, grad: FloatArray) -> None:
        """Update `theta` in place."""


@dataclass(frozen=True, eq=False)
class History:
    """What a training run recorded: row e holds the state after e epochs, row 0 before training.

    Attributes
    ----------
    epochs : ndarray of int, (E + 1,)
        0, 1, …, E; shorter if every replica diverged.
    updates : ndarray of int, (E + 1,)
        Optimizer steps made by then.
    train, validation : dict of str to ndarray, (E + 1, *R)
        ``"loss"`` and every metric on the whole set; `validation` is empty if none was given.
    diverged : bool, or ndarray of bool, (R,)
        Whether the loss stopped being finite. From that row on the values are NaN.
    """

    epochs: IntArray
    updates: IntArray
    train: dict[str, FloatArray]
    validation: dict[str, FloatArray]
    diverged: bool | BoolArray

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
    x, targets = _prepare(net, loss, "", x, y)
    sets = {"train": (x, y)}
    if validation is not None:
        sets["validation"] = (_prepare(net, loss, "validation ", *validation)[0], validation[1])
    orders = _Orders(seed, net.replicas)
    recorder = _Recorder(net, loss, sets, metrics)

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        recorder.record(epoch=0, updates=0)
        updates = 0
        for epoch in range(1, epochs + 1):
            for batch in orders.minibatches(x.shape[-2], batch_size):
                z = net.forward(_take(x, batch))
                net.backward(loss.grad(z, _take(targets, batch)))
                optimizer.step(net.theta, net.grad)
                updates += 1
            recorder.record(epoch, updates)
            if np.all(recorder.diverged):
                break
    return recorder.history()


class _Orders:
    """The order of the examples: one generator for all replicas, or one for each."""

    def __init__(self, seed: Seed | Sequence[Seed], replicas: tuple[int, ...]) -> None:
        self.rngs, self.shared = generators(seed)
        if not self.shared and (len(self.rngs),) != replicas:
            expected = f"{replicas[0]} seeds" if replicas else "one seed"
            raise ValueError(f"seed: expected {expected}, got a sequence of {len(self.rngs)}")

    def minibatches(self, n: int, batch_size: int | None) -> Iterator[IntArray]:
        """Return an iterator over one epoch's index arrays, ``(B,)`` or ``(R, B)``."""
        epochs = [minibatches(n, batch_size, rng) for rng in self.rngs]
        return iter(epochs[0]) if self.shared else map(np.stack, zip(*epochs, strict=True))


class _Recorder:
    """Measures all sets after an epoch and keeps who diverged."""

    def __init__(
        self,
        net: Sequential,
        loss: Loss,
        sets: dict[str, tuple[AnyArray, AnyArray]],
        metrics: Mapping[str, Metric] | None,
    ) -> None:
        self.net, self.loss, self.sets, self.metrics = net, loss, sets, metrics
        self.steps: list[tuple[int, int]] = []
        self.rows: dict[str, list[dict[str, Any]]] = {part: [] for part in sets}
        self.diverged = np.zeros(net.replicas, dtype=bool)

    def record(self, epoch: int, updates: int) -> None:
        self.steps.append((epoch, updates))
        for part, (x, y) in self.sets.items():
            self.rows[part].append(evaluate(self.net, self.loss, x, y, self.metrics))
        self.diverged |= ~np.isfinite(self.rows["train"][-1]["loss"])
        for rows in self.rows.values():
            rows[-1] = {key: np.where(self.diverged, np.nan, v) for key, v in rows[-1].items()}

    def history(self) -> History:
        epochs, updates = np.array(self.steps).T
        records = {
            part: {key: np.stack([row[key] for row in rows]) for key in rows[0]}
            for part, rows in self.rows.items()
        }
        diverged = self.diverged if self.net.replicas else bool(self.diverged)
        return History(epochs, updates, records["train"], records.get("validation", {}), diverged)


def _prepare(
    net: Sequential, loss: Loss, part: str, x: AnyArray, y: AnyArray
) -> tuple[FloatArray, FloatArray]:
    """Return examples in the network's dtype and targets in the loss's form, both checked."""
    try:
        x = np.asarray(x, dtype=net.dtype)
    except (TypeError, ValueError):
        raise TypeError(f"{part}x: expected numbers, got {np.asarray(x).dtype} values") from None
    if x.ndim < 2 or 0 in x.shape:
        raise ValueError(f"{part}x: expected shape (N, features) with examples, got {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"{part}x: expected finite numbers, got NaN or infinity")
    with np.errstate(over="ignore", invalid="ignore"):
        z = net.forward(x)
    targets = loss.targets(y, z)
    if not np.isfinite(targets).all():
        raise ValueError(f"{part}y: expected finite numbers, got NaN or infinity")
    return x, targets


def _take(array: FloatArray, batch: IntArray) -> FloatArray:
    """Return the examples of a batch; ``(R, B)`` indices give every replica its own."""
    if batch.ndim == 1:
        return array[..., batch, :]
    if array.ndim == 2:
        return array[batch]
    return np.take_along_axis(array, batch[..., None], axis=-2)
