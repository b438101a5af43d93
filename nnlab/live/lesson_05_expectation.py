"""Lesson 05, live: what dropout does to the mean and the spread of a unit's input."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.layers import Dense, Dropout
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Distributions, add_legend, label_axes
from nnlab.live.style import ORANGE
from nnlab.network import Sequential

__all__ = ["expectation"]

PASSES = 4000
WAYS = (
    "× 1/(1 − p) in training\n(inverted dropout)",
    "× (1 − p) at test time\n(the 2014 paper)",
    "not rescaled\n(a mistake)",
)


@dataclass(frozen=True)
class Sums:
    """A unit's weighted sum under many masks, rescaled in three ways."""

    rate: float
    inputs: int
    training: FloatArray  # (3, PASSES) one row per way
    test: FloatArray  # (3,) the value at test time


def compute_sums(*, rate: float, inputs: int) -> Sums:
    """Send one example through dropout and one unit 4000 times, each time with a new mask."""
    rng = np.random.default_rng(inputs)
    x = rng.uniform(0.2, 1.8, inputs)
    # Weights of both signs whose products with x sum to 1, the value at test time.
    products = rng.normal(1, 0.7, inputs)
    products /= products.sum()
    net = Sequential(
        Dropout(rate), Dense(inputs, 1, init=lambda _, shape: (products / x).reshape(shape)),
        seed=1, dtype=np.float64,
    )  # fmt: skip
    inverted = net.forward(np.broadcast_to(x, (PASSES, inputs)), training=True)[:, 0]
    plain = inverted * (1 - rate)
    full = float(net.forward(x[None])[0, 0])
    return Sums(
        rate, inputs, np.stack([inverted, plain, plain]), np.array([full, full * (1 - rate), full])
    )


class SumsArtists(NamedTuple):
    """Three distributions and the lines at their means."""

    sums: Distributions
    means: LineCollection


def build_sums(figure: Figure) -> SumsArtists:
    """Draw three distributions side by side."""
    axes = figure.subplots()
    means = LineCollection(
        [], colors=ORANGE, linewidths=4, zorder=2.5, label=f"mean of {PASSES} training passes"
    )
    axes.add_collection(means, autolim=False)
    sums = Distributions(axes, (-0.5, 3.5), mark="value at test time", bins=50, most=3)
    axes.set_xticks([1, 2, 3], WAYS)
    axes.set_xlim(0.4, 3.6)
    axes.set_yticks([0, 1, 2, 3])
    add_legend(axes, "upper left", columns=2)
    label_axes(axes, xlabel=" ", ylabel="weighted sum z")
    axes.xaxis.label.set_visible(False)
    return SumsArtists(sums, means)


def update_sums(artists: SumsArtists, result: Sums) -> Sequence[Artist]:
    """Show the distributions, their means and the values at test time."""
    places = np.arange(1, 4)
    ends = places[:, None] + np.array([-0.35, 0.35])
    heights = np.broadcast_to(result.training.mean(axis=1)[:, None], ends.shape)
    artists.means.set_segments(list(np.stack([ends, heights], axis=-1)))
    return [*artists.sums.update(list(result.training), result.test), artists.means]


def describe_sums(result: Sums) -> str:
    """Say means, spreads and test-time values."""
    (inverted, plain, _), spread = result.training.mean(axis=1), result.training.std(axis=1)
    return (
        f"{result.inputs} inputs, rate {result.rate:g}. Rescaled in training: mean {inverted:.2f}, "
        f"standard deviation {spread[0]:.2f}, at test time {result.test[0]:.2f}. Rescaled at test "
        f"time: mean {plain:.2f}, at test time {result.test[1]:.2f}. Not rescaled: mean "
        f"{plain:.2f}, but {result.test[2]:.2f} at test time."
    )


expectation = Demo(
    name="05.expectation",
    title="One unit's weighted sum under 4000 masks",
    compute=compute_sums,
    build=build_sums,
    update=update_sums,
    describe=describe_sums,
    controls=(
        Slider("rate", "Dropout rate p", values=[k / 10 for k in range(9)], start=0.5),
        Slider("inputs", "Inputs of the unit", values=(16, 32, 64, 128, 256), start=32),
    ),
    try_this=(
        "Drag the rate: with either rescaling, line and point stay together; without, the unit "
        "gets 1/(1 − p) times its usual sum at test time.",
        "The spread (standard deviation) grows with the rate: rescaling mends the mean, not the "
        "noise.",
        "More inputs: each one matters less, and the spread shrinks.",
    ),
)
