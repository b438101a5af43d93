"""The learning-rate range test: a short run that shows which rates are usable (lessons 8 and 9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from nnlab._arrays import AnyArray, BoolArray, FloatArray, IntArray
from nnlab._batches import Orders, check_batches, prepare, take
from nnlab._checks import number, number_above, whole_number
from nnlab._hyperparameters import float_or_row
from nnlab._preserved import preserved
from nnlab._random import Seed
from nnlab.losses import Loss
from nnlab.network import Sequential
from nnlab.optimizers import Optimizer
from nnlab.schedules import Schedule


@dataclass(frozen=True, eq=False)
class RangeTest:
    r"""What a range test recorded: a row for each of U updates.

    Attributes
    ----------
    rates : ndarray, (U,)
        Learning rates, each the same multiple of the one before.
    losses : ndarray, (U, *R)
        Loss on the batch of an update, just before that update: what ``rates[u]`` did shows in
        ``losses[u + 1]``. NaN after the row where a replica diverged.
    smoothed : ndarray, (U, *R)
        :math:`\bar L_u = \frac{1 - s}{1 - s^{u+1}} \sum_{i \le u} s^{u-i} L_i`, the exponential
        moving average of `losses` with its bias corrected.
    diverged : bool, or ndarray of bool, (R,)
        Whether the loss grew by `factor` or stopped being finite.
    span : int
        Over how many updates `steepest` looks: a tenth of those that were asked for, at least 1.
    """

    rates: FloatArray
    losses: FloatArray
    smoothed: FloatArray
    diverged: bool | BoolArray
    span: int

    @property
    def minimum(self) -> float | FloatArray:
        """``rates[u]`` at the smallest ``smoothed[u]``; a tenth of it is a cautious choice.

        NaN for a replica whose smoothed loss never falls below its first value.
        """
        return self._rate(self._lowest(), 1)

    @property
    def steepest(self) -> float | FloatArray:
        """The rate midway through the largest fall of the smoothed loss within `span` updates.

        That is ``rates[u + span // 2]`` where ``smoothed[u] - smoothed[u + span]`` is largest, up
        to the minimum. The rates grow by equal factors, so it is the steepest descent over the
        logarithm of the rate; over a single update it would be the luckiest batch. NaN if the
        minimum comes before `span` updates.
        """
        lowest = self._lowest()
        fall = np.full(self.smoothed.shape, -np.inf)
        with np.errstate(invalid="ignore"):
            fall[: -self.span] = self.smoothed[: -self.span] - self.smoothed[self.span :]
        end = np.arange(len(fall)).reshape(-1, *(1,) * lowest.ndim) + self.span
        update = np.where(end <= lowest, fall, -np.inf).argmax(axis=0)
        return self._rate(np.where(lowest >= self.span, update + self.span // 2, 0), self.span)

    def _lowest(self) -> IntArray:
        known = np.where(np.isfinite(self.smoothed), self.smoothed, np.inf)
        return np.asarray(known.argmin(axis=0))

    def _rate(self, update: IntArray, least: int) -> float | FloatArray:
        """Return the rate of an update; NaN if the minimum comes before `least` updates."""
        rate = np.where(self._lowest() >= least, self.rates[update], np.nan)
        return float_or_row(rate)


def learning_rate_range_test(
    net: Sequential,
    loss: Loss,
    optimizer: Callable[[Schedule], Optimizer],
    x: AnyArray,
    y: AnyArray,
    *,
    low: float = 1e-5,
    high: float = 10.0,
    updates: int = 100,
    batch_size: int | None = None,
    seed: Seed | Sequence[Seed] = 0,
    smoothing: float = 0.9,
    factor: float = 4.0,
) -> RangeTest:
    r"""Train for a few updates at ever higher rates until the loss blows up (Smith, 2017).

    .. math::
        \eta_u = \eta_0 \left(\frac{\eta_{U-1}}{\eta_0}\right)^{u/(U-1)}

    Where the loss begins to fall, the rate begins to matter; shortly before it blows up, the rate
    is as high as this network bears. The rates grow exponentially as in fastai; the paper's grow
    linearly.

    Parameters
    ----------
    net : Sequential
        Left as it was: parameters, gradients, running statistics and random streams.
    loss : Loss
        What is minimized, without a penalty and without clipping.
    optimizer : callable
        Makes a new optimizer from a schedule: ``SGD``, or ``lambda rate: Momentum(rate, 0.9)``.
    x : ndarray, (N, features) or (R, N, features)
        Training examples, shared by all replicas or one set for each.
    y : ndarray, (N,), (N, outputs) or with a leading R
        Targets.
    low, high : float
        First and last rate, :math:`\eta_0` and :math:`\eta_{U-1}`, above 0.
    updates : int
        U, at least 2.
    batch_size : int, optional
        Examples per update; all of them if not given.
    seed : int, Generator, or a sequence of R of them
        Order of the examples, as in :func:`nnlab.training.fit`.
    smoothing : float
        Weight s of the old average in the smoothed loss, at least 0 and below 1. An average over
        about :math:`1 / (1 - s)` updates lags behind by as many; fastai takes 0.98.
    factor : float
        A replica counts as diverged when its smoothed loss exceeds this multiple of its smallest so
        far, or its loss is not finite; above 1, 4 as in fastai. The test ends when all have.

    Returns
    -------
    RangeTest

    Raises
    ------
    ValueError
        If shapes do not fit, data are not finite, or a setting is out of range.
    TypeError
        If `x` or `y` do not hold numbers, `optimizer` is not callable, a setting is no number, or
        `updates` or `batch_size` no whole number.

    Notes
    -----
    The layers remember the last pass of the test: ``net.backward`` needs a ``net.forward`` before
    it again.
    """
    if not callable(optimizer):
        raise TypeError(
            f"optimizer: expected a function that makes one from a schedule, such as the class SGD "
            f"itself or lambda rate: SGD(rate), got {optimizer!r}"
        )
    first, last = number_above("low", low, 0), number_above("high", high, 0)
    if first >= last:
        raise ValueError(f"low, high: expected low below high, got {low!r} and {high!r}")
    updates = whole_number("updates", updates, least=2)
    if not 0 <= number("smoothing", smoothing) < 1:
        raise ValueError(f"smoothing: expected a number from 0 to below 1, got {smoothing!r}")
    number_above("factor", factor, 1)
    x, targets = prepare(net, loss, "", x, y)
    orders = Orders(seed, net.replicas)
    check_batches(net, x.shape[-2], batch_size)
    epochs = (orders.minibatches(x.shape[-2], batch_size) for _ in range(updates))

    rates = np.geomspace(first, last, updates)
    average, best = np.zeros(net.replicas), np.full(net.replicas, np.inf)
    diverged = np.zeros(net.replicas, dtype=bool)
    losses, smoothed = [], []
    with preserved(net), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        method = optimizer(rates.tolist().__getitem__)
        for u, batch in zip(range(updates), chain.from_iterable(epochs), strict=False):
            z, target = net.forward(take(x, batch), training=True), take(targets, batch)
            value = np.where(diverged, np.nan, loss.formula(z, target))
            average = smoothing * average + (1 - smoothing) * value
            smooth = average / (1 - smoothing ** (u + 1))
            losses.append(value)
            smoothed.append(smooth)
            best = np.fmin(best, smooth)
            diverged = diverged | ~(np.isfinite(smooth) & (smooth <= factor * best))
            if diverged.all():
                break
            net.backward(loss.derivative(z, target))
            method.step(net.theta, net.grad)
    return RangeTest(
        rates[: len(losses)], np.stack(losses), np.stack(smoothed),
        diverged if net.replicas else bool(diverged), max(1, updates // 10),
    )  # fmt: skip
