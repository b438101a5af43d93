"""Lesson 02: how much to hold out, and what that does to the validation estimate."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab._nearest_mean import from_means, two_clouds
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, Histogram, Point, add_legend, label_axes
from nnlab.live.style import BLUE, GREEN, GREY, INK, VERMILLION

__all__ = ["split_size"]

SETS = 200
SIZES = (40, 60, 80, 120, 160, 200)
SHARES = (5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90)
TASKS = {"easy: 2 features": 2, "hard: 30 features": 30}


@cache
def _data(features: int) -> tuple[FloatArray, FloatArray]:
    """Return 200 sets of rows, classes 0 and 1 in turns, and running sums of every class."""
    y = np.arange(SIZES[-1]) % 2
    x = two_clouds(y, features, SETS, seed=2)
    pairs = x.reshape(SETS, -1, 2, features)
    return x, pairs.cumsum(axis=1)


@dataclass(frozen=True)
class SplitSize:
    """What 200 data sets say about holding out each share; scores in percent."""

    examples: int
    task: str
    share: int
    held_out: int
    estimates: FloatArray  # (200,) validation accuracy of every set at the chosen share
    truth: float  # mean accuracy on new data of the models trained on all examples
    formula: float  # the standard error that sqrt(p (1 - p) / m) promises
    spread: FloatArray  # (12,) standard deviation of the estimates, for every share
    pessimism: FloatArray  # (12,) truth minus mean estimate
    error: FloatArray  # (12,) root mean square distance of an estimate from the truth


def held_out_of(examples: int, share: int) -> int:
    """Return how many examples a share in percent holds out; with these numbers it is whole."""
    return examples * share // 100


def compute_split_size(*, examples: int, share: int, task: str) -> SplitSize:
    """Train and validate on each of 200 data sets, for every share."""
    x, sums = _data(TASKS[task])
    y = np.arange(examples) % 2
    truth = float(100 * np.mean(from_means(*_means(sums, examples)).on_new_points()))
    all_estimates = np.empty((len(SHARES), SETS))
    for row, percent in zip(all_estimates, SHARES, strict=True):
        trained = examples - held_out_of(examples, percent)
        row[:] = 100 * from_means(*_means(sums, trained)).score(
            x[:, trained:examples], y[trained:] == 1
        )
    estimates, held_out = all_estimates[SHARES.index(share)], held_out_of(examples, share)
    p = estimates.mean() / 100
    return SplitSize(
        examples,
        task,
        share,
        held_out,
        estimates,
        truth,
        float(100 * np.sqrt(p * (1 - p) / held_out)),
        all_estimates.std(axis=1),
        truth - all_estimates.mean(axis=1),
        np.sqrt(((all_estimates - truth) ** 2).mean(axis=1)),
    )


def _means(sums: FloatArray, rows: int) -> tuple[FloatArray, FloatArray]:
    """Return the class means of the first rows of every set, each (200, features)."""
    of_0, of_1 = (rows + 1) // 2, rows // 2  # the classes take turns, class 0 begins
    return sums[:, of_0 - 1, 0] / of_0, sums[:, of_1 - 1, 1] / of_1


class SplitSizeArtists(NamedTuple):
    """The distribution and the truth on the left, errors by share on the right."""

    histogram: Histogram
    truth: Curve
    spread: Curve
    pessimism: Curve
    error: Curve
    here: Point


def build_split_size(figure: Figure) -> SplitSizeArtists:
    """Draw the distribution of the estimates, and their errors by the share."""
    left, right = figure.subplots(1, 2)
    label_axes(
        left, title="200 validation estimates", xlabel="validation accuracy (%)", ylim=(0, 150)
    )
    histogram = Histogram(left, (31.25, 101.25), bins=28, legend="")
    truth = Curve(left, color=INK, linestyle=":", label="on new data")
    left.plot([], [], color=BLUE, linewidth=3, label="mean estimate")
    add_legend(left, "upper left", frame=True)
    label_axes(
        right, title="How far off is one estimate?", xlabel="held out (%)",
        ylabel="points of accuracy", xlim=(0, 95), ylim=(-2, 28),
    )  # fmt: skip
    right.axhline(0, color=GREY, linewidth=1)
    artists = SplitSizeArtists(
        histogram,
        truth,
        Curve(right, color=BLUE, label="spread", linestyle="--"),
        Curve(right, color=VERMILLION, label="too low on average", linestyle=":"),
        Curve(right, color=GREEN, label="both together"),
        Point(right, color=GREEN),
    )
    add_legend(right, "upper center", frame=True)
    return artists


def update_split_size(artists: SplitSizeArtists, result: SplitSize) -> Sequence[Artist]:
    """Draw the estimates of one share and the errors of all."""
    here = SHARES.index(result.share)
    return [
        *artists.histogram.update(result.estimates),
        *artists.truth.update([result.truth] * 2, [0, 150]),
        *artists.spread.update(SHARES, result.spread),
        *artists.pessimism.update(SHARES, result.pessimism),
        *artists.error.update(SHARES, result.error),
        *artists.here.update(result.share, float(result.error[here])),
    ]


def describe_split_size(result: SplitSize) -> str:
    """Say where the estimates lie and where the truth is."""
    here = SHARES.index(result.share)
    return (
        f"{result.examples} examples of the task with {TASKS[result.task]} features, "
        f"{result.share} % of them ({result.held_out}) held out, in 200 data sets: validation "
        f"accuracy {result.estimates.mean():.1f} % on average, with a standard deviation of "
        f"{result.spread[here]:.1f} points, where √(p(1−p)/{result.held_out}) gives "
        f"{result.formula:.1f}. Trained on all {result.examples}, the model is right on "
        f"{result.truth:.1f} % of new data; one estimate is typically off by "
        f"{result.error[here]:.1f} points."
    )


split_size = Demo(
    name="02.split_size",
    title="How much to hold out for validation",
    compute=compute_split_size,
    build=build_split_size,
    update=update_split_size,
    describe=describe_split_size,
    controls=(
        Slider("share", "Held out for validation", values=SHARES, start=20, unit="%"),
        Slider("examples", "Examples in all", values=SIZES, start=60),
        Choice("task", "Task", options=tuple(TASKS), start="hard: 30 features"),
    ),
    try_this=(
        "Drag the held-out share to 5 %: the estimate says almost nothing. Drag it to 90 %: it is "
        "steady, but far too low, because too little is left to train on.",
        "To be off by no more than 10 points, 60 examples need a share of 20 %, and 200 need one "
        "of 5 %: about as many examples in both cases.",
        "90 % held out, then the easy task: it needs so few examples to train on that even such a "
        "share costs little.",
    ),
    kept={"share": (5, 10, 20, 30, 50, 70, 90), "examples": (40, 60, 120, 200)},
)
