"""Lesson 10, live: the learning curve of a network on the worked example, and what it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import AnyArray, FloatArray
from nnlab.activations import relu
from nnlab.baselines import linear_regression
from nnlab.curves import Scores, learning_curve
from nnlab.datasets import diabetes
from nnlab.layers import Activation, Dense
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, MetricCurves, add_legend, label_axes
from nnlab.live.style import GREY
from nnlab.live.words import number
from nnlab.losses import MeanSquaredError
from nnlab.metrics import r_squared
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.regularizers import L2
from nnlab.scalers import Standardizer
from nnlab.splits import three_way_split
from nnlab.training import fit

__all__ = ["next_step"]

SIZES = (30, 60, 120, 265)
SEEDS = range(3)
LEARNING_RATE = 0.02
SMALL_GAP = 0.12
"""A difference of R² between training and validation that is no reason to worry."""


class Parts(NamedTuple):
    """Training and validation part, standardized by the training part; no test part."""

    x: FloatArray  # (265, 10)
    y: FloatArray  # (265,)
    validation_x: FloatArray  # (88, 10)
    validation_y: FloatArray  # (88,)
    linear: float  # R² of linear regression on validation


@cache
def parts() -> Parts:
    """Return the split of the worked example."""
    data = diabetes()
    split = three_way_split(data.y, (0.6, 0.2, 0.2), seed=0)
    x = Standardizer().fit(data.x[split.train]).transform(data.x)
    y = (data.y - data.y[split.train].mean()) / data.y[split.train].std()
    train, validation = split.train, split.validation
    plane = linear_regression(x[train], y[train])
    linear = r_squared(y[validation], plane.predict(x[validation]))
    return Parts(x[train], y[train], x[validation], y[validation], float(linear))


@dataclass(frozen=True)
class NextStep:
    """R² at every size, for every seed."""

    units: int
    weight_decay: float
    epochs: int
    training: FloatArray  # (sizes, seeds)
    validation: FloatArray  # (sizes, seeds)
    linear: float


def compute_next_step(*, units: int, weight_decay: float, epochs: int) -> NextStep:
    """Train three networks on each of four sizes of training set."""
    given = parts()
    loss = MeanSquaredError()

    def scores(x: AnyArray, y: AnyArray, seeds: list[int]) -> Scores:
        net = Sequential(
            Dense(10, units), Activation(relu), Dense(units, 1), seed=seeds, dtype=np.float64
        )
        fit(
            net, loss, Adam(LEARNING_RATE), x, y,
            epochs=epochs, regularizer=L2(weight_decay), record_every=epochs,
        )  # fmt: skip
        seen = r_squared(y, loss.predict(net.forward(x)))
        new = loss.predict(net.forward(given.validation_x))
        targets = np.broadcast_to(given.validation_y, new.shape)
        return np.asarray(seen), np.asarray(r_squared(targets, new))

    curve = learning_curve(scores, given.x, given.y, SIZES, SEEDS)
    return NextStep(units, weight_decay, epochs, curve.train, curve.validation, given.linear)


def advice(result: NextStep) -> str:
    """Return what the right end of the curve says to do next."""
    training, validation = result.training[-1].mean(), result.validation[-1].mean()
    if training - validation > SMALL_GAP:
        return "a gap: fewer units, more weight decay or fewer epochs next"
    if training < result.linear - 0.05:
        return "training is low too: more units, less weight decay or more epochs next"
    return "a small gap and no bias to speak of: little is left to gain"


class NextStepArtists(NamedTuple):
    """The linear model and both curves."""

    linear: Curve
    curves: MetricCurves


def build_next_step(figure: Figure) -> NextStepArtists:
    """Draw R² over the number of training examples."""
    axes = figure.subplots()
    label_axes(axes, xlim=(28, 285), ylim=(-0.5, 1.3))
    axes.set_xscale("log")
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.minorticks_off()
    axes.set_yticks([-0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1])
    artists = NextStepArtists(
        Curve(axes, color=GREY, label="linear regression, validation", linestyle=":"),
        MetricCurves(
            axes, ("training", "validation"), xlabel="training examples (logarithmic)",
            ylabel="R², mean and range of 3 seeds", band=True, legend="",
        ),
    )  # fmt: skip
    add_legend(axes, "upper center", columns=3)
    return artists


def update_next_step(artists: NextStepArtists, result: NextStep) -> Sequence[Artist]:
    """Draw both curves, with the range over the seeds."""
    pairs = (result.training, result.validation)
    return [
        *artists.linear.update([1, 1000], [result.linear] * 2),
        *artists.curves.update(
            [scores.mean(axis=1) for scores in pairs],
            [(scores.min(axis=1), scores.max(axis=1)) for scores in pairs],
            x=np.array(SIZES),
        ),
    ]


def describe_next_step(result: NextStep) -> str:
    """Say both scores at both ends, and what to do next."""
    ends = [
        f"with {SIZES[end]} training examples R² is {number(result.training[end].mean(), '{:.2f}')}"
        f" in training and {number(result.validation[end].mean(), '{:.2f}')} in validation"
        for end in (0, -1)
    ]
    return (
        f"{result.units} units, weight decay {number(result.weight_decay)}, {result.epochs} "
        f"epochs: {'; '.join(ends)} (linear regression {result.linear:.2f}); {advice(result)}."
    )


next_step = Demo(
    name="10.next_step",
    title="Diagnosis: the learning curve, and what it asks for",
    compute=compute_next_step,
    build=build_next_step,
    update=update_next_step,
    describe=describe_next_step,
    controls=(
        Slider("units", "Hidden units", values=(1, 2, 4, 8, 16, 32), start=32),
        Slider(
            "weight_decay", "Weight decay", values=(0.001, 0.01, 0.03, 0.1, 0.3, 1.0), start=0.001
        ),
        Slider("epochs", "Epochs", values=(5, 10, 20, 50), start=50),
    ),
    try_this=(
        "Start: a gap that is still open with all 265 examples. Weight decay 0.3 closes it.",
        "Then 5 epochs: both curves are low and close together. More data would do nothing here.",
        "Look for the setting with the best validation score at the right. How far above the "
        "dotted line, the linear model, can you get?",
    ),
)
