"""Lesson 08, live: learning rates drawn on a linear and on a logarithmic scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab._arrays import FloatArray
from nnlab.activations import tanh
from nnlab.datasets import Dataset, moons
from nnlab.layers import Activation, Dense
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Bars, Curve, add_legend, label_axes
from nnlab.live.style import BLUE, GREY, INK, VERMILLION
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.spaces import LogUniform, Uniform, random_settings
from nnlab.training import fit

__all__ = ["sampling"]

LINEAR, LOG = "linear", "log"
LOW = 0.0001
TOPS = (0.1, 1, 10, 100)
DECADES = ("0.0001 to 0.001", "0.001 to 0.01", "0.01 to 0.1", "0.1 to 1", "1 to 10", "10 to 100")
COUNTS = (5, 10, 20, 30)
EPOCHS = 50
WORST = 3.0  # the top of the loss axis; larger losses are drawn there
REFERENCE = np.logspace(-4, 2, 19)


@cache
def _examples() -> tuple[Dataset, Dataset]:
    return moons(80, noise=0.2, seed=0), moons(200, noise=0.2, seed=1)


def losses(rates: FloatArray) -> FloatArray:
    """Train one small network for each rate, all at once; return their validation losses."""
    train, held_out = _examples()
    net = Sequential(
        Dense(2, 10), Activation(tanh), Dense(10, 1), seed=[0] * len(rates), dtype=np.float64
    )
    loss = BinaryCrossEntropy()
    fit(net, loss, Adam(rates), train.x, train.y, epochs=EPOCHS, record_every=EPOCHS)
    return np.asarray(loss.value(net.forward(held_out.x), held_out.y))


@dataclass(frozen=True)
class Draws:
    """Learning rates drawn from a range, and what became of the networks."""

    scale: str
    top: float
    rates: FloatArray  # (trials,)
    losses: FloatArray  # (trials,)
    reference: FloatArray  # (19,) validation losses at REFERENCE
    decades: FloatArray  # (6,) trials in each power of ten

    @property
    def best(self) -> int:
        """Which trial has the lowest loss."""
        return int(self.losses.argmin())


def compute_draws(*, scale: str, top: float, trials: int, draw: int) -> Draws:
    """Draw learning rates on the scale, and train a network with each of them."""
    space = {"learning_rate": (LogUniform if scale == LOG else Uniform)(LOW, top)}
    drawn = random_settings(space, trials, seed=draw)
    rates = np.array([one["learning_rate"] for one in drawn])
    found = losses(np.concatenate([REFERENCE, rates]))
    counts = np.histogram(np.log10(rates), bins=np.arange(-4, 3))[0].astype(float)
    return Draws(scale, top, rates, found[len(REFERENCE) :], found[: len(REFERENCE)], counts)


class DrawsArtists(NamedTuple):
    """Bars by power of ten, and losses over the learning rate."""

    bars: Bars
    reference: Curve
    trials: Line2D
    best: Line2D
    ends: Line2D


def build_draws(figure: Figure) -> DrawsArtists:
    """Draw where the trials fall, and what they find."""
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.15])
    label_axes(left, title="Trials by learning rate", xlabel="share of the trials, %")
    bars = Bars(
        left, DECADES, colors=(BLUE,) * len(DECADES),
        limits=(0, 118), horizontal=True, format="{:.0f}",
    )  # fmt: skip
    left.set_xticks([0, 25, 50, 75, 100])
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_yticks([0.1, 0.2, 0.5, 1, 2, WORST], ["0.1", "0.2", "0.5", "1", "2", "≥ 3"])
    right.minorticks_off()
    label_axes(
        right, title="What they find", xlabel="learning rate (log scale)",
        ylabel="validation loss", xlim=(LOW / 1.3, TOPS[-1] * 1.3), ylim=(0.1, WORST * 1.15),
    )  # fmt: skip
    (ends,) = right.plot([], [], color=INK, linewidth=6, solid_capstyle="butt", label="the range")
    reference = Curve(right, color=GREY, linestyle=":", label="all over the scale")
    (trials,) = right.plot(
        [], [], linestyle="none", marker="o", markersize=9, color=BLUE, markeredgecolor="white",
        label="trials", zorder=3,
    )  # fmt: skip
    (best,) = right.plot(
        [], [], linestyle="none", marker="*", markersize=20, color=VERMILLION,
        markeredgecolor="white", label="best trial", zorder=4,
    )  # fmt: skip
    add_legend(right, "upper left", frame=True)
    return DrawsArtists(bars, reference, trials, best, ends)


def update_draws(artists: DrawsArtists, result: Draws) -> Sequence[Artist]:
    """Show the draws."""
    heights = np.minimum(result.losses, WORST)
    artists.trials.set_data(result.rates, heights)
    artists.best.set_data([result.rates[result.best]], [heights[result.best]])
    artists.ends.set_data([LOW, result.top], [0.103, 0.103])
    return [
        *artists.bars.update(100 * result.decades / len(result.rates)),
        *artists.reference.update(REFERENCE, np.minimum(result.reference, WORST)),
        artists.trials,
        artists.best,
        artists.ends,
    ]


def describe_draws(result: Draws) -> str:
    """Say where the draws fall and what the best of them is."""
    low = int(np.sum(result.rates < 0.1))
    lowest = result.losses.min()
    # Training at such a rate jumps about: its digits depend on how the processor rounds.
    found = f"{lowest:.2f}" if lowest < 1 else "above 1"
    return (
        f"{len(result.rates)} learning rates between {LOW:g} and {result.top:g} on a "
        f"{result.scale} scale: {low} of them below 0.1. The lowest is "
        f"{result.rates.min():.2g}. The best trial has learning rate "
        f"{result.rates[result.best]:.2g} and validation loss {found}; "
        f"the best of {len(REFERENCE)} rates all over the scale has {result.reference.min():.2f}."
    )


sampling = Demo(
    name="08.sampling",
    title="Learning rates on a linear and on a log scale",
    compute=compute_draws,
    build=build_draws,
    update=update_draws,
    describe=describe_draws,
    controls=(
        Choice("scale", "Scale", options=(LINEAR, LOG), start=LINEAR),
        Slider("top", "Range from 0.0001 to", values=TOPS, start=10),
        Slider("trials", "Trials", values=COUNTS, start=10),
        Slider("draw", "Draw", values=list(range(1, 7)), start=1),
    ),
    try_this=(
        "Start: a linear scale up to 10. Nearly all trials lie in the uppermost power of ten, far "
        "from the valley. Change to *log*: every power of ten gets its share.",
        "Linear, top 100, then 10, 1, 0.1: the trials follow the top of the range. A log scale "
        "forgives a range that is too wide.",
        "Log, 5 trials, other draws: five are few for five powers of ten; luck decides.",
    ),
    kept={"draw": [1, 2], "trials": [5, 10, 30]},
)
