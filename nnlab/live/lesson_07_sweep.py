"""Lesson 07, live: every optimizer at every learning rate, five seeds, on real data."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab import datasets
from nnlab._arrays import FloatArray
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Bars, Curve, add_legend, label_axes
from nnlab.live.lesson_07_race import NAMES, optimizers
from nnlab.live.style import LOOKS

__all__ = ["sweep"]

SEEDS = 5
RATES = np.logspace(-3, 1.5, 10)
FEATURES, TRAIN = 10, 256
TOP = 10.0  # of the loss axes
BOTTOM = 0.1


@dataclass(frozen=True)
class Sweep:
    """Validation losses of six optimizers at every learning rate, for five splits of the data."""

    ratio: float
    updates: int
    batch: int
    losses: FloatArray  # (6, 10, 5): optimizer, rate, seed


@cache
def splits() -> tuple[FloatArray, FloatArray]:
    """Return five shuffled copies of the patients: features (5, 569, 10) and labels (5, 569)."""
    data = datasets.breast_cancer()
    orders = np.stack([np.random.default_rng(s).permutation(len(data.y)) for s in range(SEEDS)])
    x, y = data.x[orders][..., :FEATURES], data.y[orders].astype(float)
    seen = x[:, :TRAIN]
    x = (x - seen.mean(axis=1, keepdims=True)) / seen.std(axis=1, keepdims=True)
    return x, y


def sigmoid(z: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-z)) without overflow."""
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def compute_sweep(*, ratio: float, updates: int, batch: int) -> Sweep:
    """Train 6 × 10 × 5 logistic regressions at once."""
    x, y = splits()
    x = x * np.geomspace(ratio**-0.5, ratio**0.5, FEATURES)
    x = np.concatenate([x, np.ones((*x.shape[:2], 1))], axis=2)
    theta = np.zeros((len(NAMES), SEEDS, len(RATES), FEATURES + 1))
    rows = [one.reshape(-1, FEATURES + 1) for one in theta]
    methods = optimizers(np.tile(RATES, SEEDS), 0.9)
    for update in range(updates):
        begin = update * batch % TRAIN
        seen, labels = x[:, begin : begin + batch], y[:, None, begin : begin + batch]
        error = sigmoid(theta @ seen.swapaxes(1, 2)) - labels  # (6, 5, 10, B)
        gradient = error @ seen / batch
        for method, row, g in zip(methods, rows, gradient, strict=True):
            method.step(row, g.reshape(row.shape))
    z = theta @ x[:, TRAIN:].swapaxes(1, 2)
    losses = (np.logaddexp(0.0, z) - y[:, None, TRAIN:] * z).mean(axis=-1)
    return Sweep(ratio, updates, batch, losses.swapaxes(1, 2))


class SweepArtists(NamedTuple):
    """Loss by learning rate on the left, the lowest of each curve on the right."""

    curves: list[Curve]
    bars: Bars


def build_sweep(figure: Figure) -> SweepArtists:
    """Draw both views."""
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    label_axes(
        left, title="Validation loss, mean and range of 5 seeds", xlabel="learning rate",
        xlim=(float(RATES[0]), float(RATES[-1])), ylim=(BOTTOM, TOP),
    )  # fmt: skip
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_yticks([0.1, 0.2, 0.5, 1, 2, 5, 10], ["0.1", "0.2", "0.5", "1", "2", "5", "10"])
    left.minorticks_off()
    curves = [
        Curve(
            left, color=look.color, linestyle=look.linestyle, marker=look.marker, label=name,
            band=True,
        )
        for look, name in zip(LOOKS, NAMES, strict=True)
    ]  # fmt: skip
    legend = add_legend(left, "upper left", columns=1, frame=True)
    legend.set_zorder(5)
    label_axes(right, title="Each at its best rate")
    bars = Bars(
        right, NAMES, colors=[look.color for look in LOOKS], limits=(0, 0.6), format="{:.2f}",
        horizontal=True, errors=True,
    )  # fmt: skip
    return SweepArtists(curves, bars)


def best(result: Sweep) -> FloatArray:
    """Return every optimizer's losses at the rate with the lowest mean, (6, 5)."""
    which = result.losses.mean(axis=2).argmin(axis=1)
    return result.losses[np.arange(len(NAMES)), which]


def update_sweep(artists: SweepArtists, result: Sweep) -> Sequence[Artist]:
    """Draw one setting."""
    changed: list[Artist] = []
    shown = np.clip(result.losses, BOTTOM, 10 * TOP)
    for curve, losses in zip(artists.curves, shown, strict=True):
        changed += curve.update(RATES, losses.mean(axis=1), losses.min(axis=1), losses.max(axis=1))
    lowest = best(result)
    changed += artists.bars.update(lowest.mean(axis=1), lowest.min(axis=1), lowest.max(axis=1))
    return changed


def describe_sweep(result: Sweep) -> str:
    """Say every optimizer's loss at its best rate."""
    means, rates = best(result).mean(axis=1), RATES[result.losses.mean(axis=2).argmin(axis=1)]
    each = ", ".join(
        f"{name} {mean:.2f} at {rate:.1g}"
        for name, mean, rate in zip(NAMES, means.tolist(), rates.tolist(), strict=True)
    )
    return (
        f"Scales of the features up to a ratio of {result.ratio:g}, {result.updates} updates with "
        f"{result.batch} examples each: lowest mean validation loss and its learning rate: {each}."
    )


sweep = Demo(
    name="07.sweep",
    title="The fair comparison: every optimizer at every learning rate",
    compute=compute_sweep,
    build=build_sweep,
    update=update_sweep,
    describe=describe_sweep,
    controls=(
        Slider("ratio", "Ratio of the features' scales", values=(1, 3, 10, 30, 100), start=1),
        Slider("updates", "Updates", values=(16, 32, 64, 128), start=64),
        Slider("batch", "Examples in a batch", values=(4, 8, 16, 32), start=16),
    ),
    try_this=(
        "Start: follow one vertical line. At a rate of 0.01 the six differ widely; at its own best "
        "rate each of them ends at the same loss, within the range of the seeds.",
        "Ratio 100: now AdaGrad, RMSProp and Adam are ahead in the mean, also at their best, the "
        "first two for every seed. They give every feature a rate of its own, which undoes its "
        "scale.",
        "Ratio 100, 128 updates: the others catch up only slowly.",
    ),
    kept={"ratio": [1, 10, 100], "updates": [16, 64, 128], "batch": [4, 16, 32]},
)
