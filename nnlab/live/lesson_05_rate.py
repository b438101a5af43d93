"""Lesson 05, live: the dropout rate on a network that over-fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab._patients import few_patients
from nnlab.activations import relu
from nnlab.layers import Activation, Dense, Dropout
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Bars, Curve, add_legend, label_axes
from nnlab.live.style import GREY, TRAIN, VALIDATION
from nnlab.losses import MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.training import fit

__all__ = ["rate"]

SEEDS = 5
EPOCHS = 100
EVERY = 4
TOP = 2.6  # of the loss axes


@dataclass(frozen=True)
class Runs:
    """Losses of five networks without dropout and of five with it."""

    rate: float
    units: int
    examples: int
    epochs: FloatArray  # (T,)
    train: FloatArray  # (T, 2, 5): without dropout, with it
    validation: FloatArray  # (T, 2, 5)


def compute_runs(*, rate: float, units: int, examples: int) -> Runs:
    """Train ten networks at once: five seeds, without dropout and with the chosen rate."""
    patients = few_patients(examples, seed=0)
    net = Sequential(
        Dense(10, units), Activation(relu), Dropout(np.repeat([0.0, rate], SEEDS)), Dense(units, 1),
        seed=list(range(SEEDS)) * 2, dtype=np.float64,
    )  # fmt: skip
    history = fit(
        net, MeanSquaredError(), Adam(0.02), patients.x, patients.y,
        epochs=EPOCHS, validation=patients.validation, record_every=EVERY,
    )  # fmt: skip
    shape = (-1, 2, SEEDS)
    return Runs(
        rate, units, examples, history.epochs.astype(float),
        history.train["loss"].reshape(shape), history.validation["loss"].reshape(shape),
    )  # fmt: skip


class RunsArtists(NamedTuple):
    """Curves over the epochs and bars at the end."""

    without: Curve
    train: Curve
    validation: Curve
    bars: Bars


def build_runs(figure: Figure) -> RunsArtists:
    """Draw losses over the epochs on the left, the last ones on the right."""
    left, right = figure.subplots(1, 2, width_ratios=[1.6, 1])
    label_axes(
        left, title="MSE, measured without dropout",
        xlabel="epoch", ylabel="mean and range of 5 seeds",
        xlim=(0, EPOCHS), ylim=(0, TOP),
    )  # fmt: skip
    without = Curve(left, color=GREY, linestyle=":", label="validation, p = 0")
    validation = Curve(left, color=VALIDATION, linestyle="--", label="validation", band=True)
    train = Curve(left, color=TRAIN, label="training", band=True)
    add_legend(left, "upper right", frame=True, columns=2)
    label_axes(right, title=f"After {EPOCHS} epochs")
    bars = Bars(
        right, ("training", "validation", "validation,\np = 0"),
        colors=(TRAIN, VALIDATION, GREY), limits=(0, TOP), horizontal=True, errors=True,
    )  # fmt: skip
    return RunsArtists(without, train, validation, bars)


def update_runs(artists: RunsArtists, result: Runs) -> Sequence[Artist]:
    """Show mean and range over the seeds."""
    train, validation = result.train[:, 1], result.validation[:, 1]
    last = np.stack([train[-1], validation[-1], result.validation[-1, 0]])
    x = result.epochs
    return [
        *artists.without.update(x, result.validation[:, 0].mean(axis=1)),
        *artists.train.update(x, train.mean(axis=1), train.min(axis=1), train.max(axis=1)),
        *artists.validation.update(
            x, validation.mean(axis=1), validation.min(axis=1), validation.max(axis=1)
        ),
        *artists.bars.update(last.mean(axis=1), last.min(axis=1), last.max(axis=1)),
    ]


def describe_runs(result: Runs) -> str:
    """Say the losses at the end."""
    train, validation = result.train[-1].mean(axis=1), result.validation[-1].mean(axis=1)
    return (
        f"{result.examples} training examples, {result.units} hidden units, dropout rate "
        f"{result.rate:g}: after {EPOCHS} epochs the mean squared error is {train[1]:.2f} in "
        f"training and {validation[1]:.2f} in validation, means of 5 seeds; without dropout "
        f"{train[0]:.2f} and {validation[0]:.2f}."
    )


rate = Demo(
    name="05.rate",
    title="The dropout rate on a network that over-fits",
    compute=compute_runs,
    build=build_runs,
    update=update_runs,
    describe=describe_runs,
    controls=(
        Slider("rate", "Dropout rate p", values=[k / 10 for k in range(10)], start=0.0),
        Slider("units", "Hidden units", values=(2, 4, 8, 16), start=16),
        Slider("examples", "Training examples", values=(40, 60, 120), start=60),
    ),
    try_this=(
        "Drag the rate from 0 to 0.5: the training loss rises, the validation loss falls to half. "
        "Then to 0.9: both rise, the network under-fits.",
        "2 hidden units, rate 0.5: one unit is left on average, too little; both losses are higher "
        "than without dropout.",
        "40 training examples, 16 units: the gap is widest, and dropout closes most of it.",
    ),
    kept={"rate": [0.0, 0.1, 0.3, 0.5, 0.7, 0.9]},
)
