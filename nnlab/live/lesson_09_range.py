"""Lesson 09, live: the learning-rate range test with and without batch normalization."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, Point, add_legend, label_axes
from nnlab.live.lesson_09_deep_networks import deep_network, load_examples
from nnlab.live.style import BLUE, ORANGE
from nnlab.losses import BinaryCrossEntropy
from nnlab.optimizers import SGD
from nnlab.range_test import learning_rate_range_test

__all__ = ["rates"]

LOW, HIGH = 1e-3, 1e3
UPDATES = 49
SMOOTHING = 0.5
TOP = 1.2  # of the loss axis


@dataclass(frozen=True)
class RangeCurves:
    """Smoothed losses of five networks while the rate rises."""

    rates: FloatArray  # (U,)
    losses: FloatArray  # (U, 5); infinite once a network has diverged


@dataclass(frozen=True)
class Ranges:
    """The same test without and with batch normalization."""

    scale: float
    layers: int
    without: RangeCurves
    normalized: RangeCurves


def range_test(scale: float, layers: int, normalized: Sequence[int]) -> RangeCurves:
    """Raise the rate of plain gradient descent from 0.001 to 1000 in 49 updates."""
    x, y = load_examples()
    test = learning_rate_range_test(
        deep_network(scale, layers, normalized), BinaryCrossEntropy(), SGD, x, y,
        low=LOW, high=HIGH, updates=UPDATES, smoothing=SMOOTHING,
    )  # fmt: skip
    losses = np.nan_to_num(test.smoothed, nan=np.inf, posinf=np.inf)
    return RangeCurves(test.rates, losses)


def compute_ranges(*, scale: float, layers: int) -> Ranges:
    """Test five networks without batch normalization and five with it behind every layer."""
    return Ranges(
        scale, layers,
        range_test(scale, layers, ()), range_test(scale, layers, range(1, layers + 1)),
    )  # fmt: skip


class RangesArtists(NamedTuple):
    """One curve and one point for each."""

    curves: tuple[Curve, Curve]
    points: tuple[Point, Point]


def build_ranges(figure: Figure) -> RangesArtists:
    """Draw loss by learning rate."""
    axes = figure.subplots()
    label_axes(
        axes, title="Median and range of 5 seeds",
        xlabel="learning rate, higher with every update", ylabel="training loss, smoothed",
    )  # fmt: skip
    axes.set_xscale("log")
    label_axes(axes, xlim=(LOW, HIGH), ylim=(0, TOP))
    ticks = ("0.001", "0.01", "0.1", "1", "10", "100", "1000")
    axes.set_xticks([float(tick) for tick in ticks], ticks)
    curves = (
        Curve(axes, color=ORANGE, linestyle="--", label="without", band=True),
        Curve(axes, color=BLUE, label="batch norm", band=True),
    )
    points = Point(axes, color=ORANGE), Point(axes, color=BLUE)
    add_legend(axes, "lower right", frame=True)
    return RangesArtists(curves, points)


def update_ranges(artists: RangesArtists, result: Ranges) -> Sequence[Artist]:
    """Show both tests."""
    changed: list[Artist] = []
    both = (result.without, result.normalized)
    for test, curve, point in zip(both, artists.curves, artists.points, strict=True):
        losses = np.minimum(test.losses, 10 * TOP)
        middle = np.median(losses, axis=1)
        changed += curve.update(test.rates, middle, losses.min(axis=1), losses.max(axis=1))
        changed += point.update(float(test.rates[middle.argmin()]), float(middle.min()))
    return changed


def describe_ranges(result: Ranges) -> str:
    """Say where each is lowest."""
    layers = "1 hidden layer" if result.layers == 1 else f"{result.layers} hidden layers"
    return (
        f"{layers}, weights {result.scale:g} times He's. Medians of 5 seeds: "
        f"{_words(result.without, 'without batch norm')}; {_words(result.normalized, 'with it')}."
    )


def _words(test: RangeCurves, which: str) -> str:
    middle = np.median(test.losses, axis=1)
    lowest = f"{middle.min():.2f}" if middle.min() < 100 else "above 100"
    return (
        f"{which} the smallest loss is {lowest}, at learning rate {test.rates[middle.argmin()]:.2g}"
    )


rates = Demo(
    name="09.rates",
    title="The learning-rate range test, with and without batch norm",
    compute=compute_ranges,
    build=build_ranges,
    update=update_ranges,
    describe=describe_ranges,
    controls=(
        Slider(
            "scale", "Weights, times He's", values=(0.1, 0.2, 0.3, 0.5, 1, 2, 3, 5, 10), start=1
        ),
        Slider("layers", "Hidden layers", values=(1, 2, 3, 4), start=4),
    ),
    try_this=(
        "He's own weights, 4 layers: both find a good rate; with batch norm rates a few times "
        "higher are still usable.",
        "Weights 2 times He's: without batch norm the valley moves far to the left, with it, it "
        "stays. Weights 3: without batch norm it is gone.",
        "Weights 0.1 times He's: without batch norm no rate lowers the loss. Then 1 layer: there "
        "it does, as well as with batch norm.",
    ),
    kept={"scale": [0.1, 0.3, 1, 2, 3, 10]},
)
