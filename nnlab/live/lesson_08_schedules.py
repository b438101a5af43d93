"""Lesson 08, live: learning-rate schedules, their curves and what they do to training."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.activations import tanh
from nnlab.layers import Activation, Dense
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, add_legend, label_axes
from nnlab.live.style import GREY, VERMILLION
from nnlab.losses import MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import SGD
from nnlab.schedules import (
    Schedule,
    cosine,
    exponential_decay,
    inverse_time,
    step_decay,
    warm_up,
)
from nnlab.training import fit

__all__ = ["schedules"]

SEEDS = 5
EXAMPLES, BATCH, EPOCHS, EVERY = 64, 8, 40, 2
UPDATES = EPOCHS * EXAMPLES // BATCH
FLOOR, CEILING = 0.07, 1.2

SCHEDULES: dict[str, Callable[[float, float], Schedule]] = {
    "step": lambda rate, end: step_decay(rate, (1 / end) ** (1 / 3), UPDATES // 4 + 1),
    "exponential": lambda rate, end: exponential_decay(rate, np.log(end) / UPDATES),
    "inverse time": lambda rate, end: inverse_time(rate, (end - 1) / UPDATES),
    "cosine": lambda rate, end: cosine(rate, UPDATES, rate / end),
    "warm-up, cosine": lambda rate, end: warm_up(cosine(rate, UPDATES, rate / end), UPDATES // 8),
}
"""From an initial rate and by how much it falls to the end, to a schedule."""


@cache
def _examples() -> tuple[FloatArray, FloatArray]:
    """Return a place and a noisy sine, (5, 64, 1) each: one set of examples for every seed."""
    x = np.linspace(-1, 1, EXAMPLES)[:, None]
    noise = [np.random.default_rng(seed).standard_normal(x.shape) for seed in range(SEEDS)]
    y = np.sin(3 * x) + 0.3 * np.stack(noise)
    return np.broadcast_to(x, y.shape), y


def train(schedule: Schedule | float) -> tuple[FloatArray, FloatArray]:
    """Return epochs (21,) and training losses (21, 5) of five seeds."""
    x, y = _examples()
    net = Sequential(
        Dense(1, 12), Activation(tanh), Dense(12, 1), seed=range(SEEDS), dtype=np.float64
    )
    history = fit(
        net, MeanSquaredError(), SGD(schedule), x, y,
        epochs=EPOCHS, batch_size=BATCH, record_every=EVERY,
    )  # fmt: skip
    return history.epochs.astype(float), history.train["loss"]


@dataclass(frozen=True)
class Runs:
    """Training with a constant rate and with a schedule that starts there."""

    schedule: str
    initial: float
    end: float
    rates: FloatArray  # (321,) of the schedule
    epochs: FloatArray  # (21,)
    constant: FloatArray  # (21, 5) training loss
    scheduled: FloatArray  # (21, 5)


def compute_runs(*, schedule: str, initial: float, end: float) -> Runs:
    """Train ten networks, five with the schedule and the same five with the constant rate."""
    chosen = SCHEDULES[schedule](initial, end)
    epochs, constant = train(initial)
    _, scheduled = train(chosen)
    rates = np.array([chosen(update) for update in range(UPDATES + 1)])
    return Runs(schedule, initial, end, rates, epochs, constant, scheduled)


class RunsArtists(NamedTuple):
    """Rates and losses, each constant and scheduled."""

    constant_rate: Curve
    rate: Curve
    constant: Curve
    scheduled: Curve


def build_runs(figure: Figure) -> RunsArtists:
    """Draw the rate on the left, the loss on the right."""
    left, right = figure.subplots(1, 2)
    label_axes(
        left, title="Learning rate", xlabel="update", ylabel="learning rate",
        xlim=(0, UPDATES), ylim=(0, 0.56),
    )  # fmt: skip
    constant_rate = Curve(left, color=GREY, linestyle=":", label="constant")
    rate = Curve(left, color=VERMILLION, label="schedule")
    right.set_yscale("log")
    right.set_yticks([0.1, 0.2, 0.5, 1], ["0.1", "0.2", "0.5", "1"])
    right.minorticks_off()
    label_axes(
        right, title="Training loss", xlabel="epoch", ylabel=f"mean and range of {SEEDS} seeds",
        xlim=(0, EPOCHS), ylim=(FLOOR, CEILING),
    )  # fmt: skip
    constant = Curve(right, color=GREY, linestyle=":", label="constant", band=True)
    scheduled = Curve(right, color=VERMILLION, label="schedule", band=True)
    add_legend(right, "upper right", frame=True, columns=2)
    return RunsArtists(constant_rate, rate, constant, scheduled)


def update_runs(artists: RunsArtists, result: Runs) -> Sequence[Artist]:
    """Show rates and losses."""
    updates = np.arange(UPDATES + 1)
    changed = [
        *artists.constant_rate.update(updates, np.full(UPDATES + 1, result.initial)),
        *artists.rate.update(updates, result.rates),
    ]
    for curve, losses in (
        (artists.constant, result.constant),
        (artists.scheduled, result.scheduled),
    ):
        low, high = losses.min(axis=1), losses.max(axis=1)
        changed += curve.update(result.epochs, losses.mean(axis=1), low, high)
    return changed


def describe_runs(result: Runs) -> str:
    """Say rates and losses at the end."""
    constant, scheduled = result.constant[-1], result.scheduled[-1]
    return (
        f"{result.schedule.capitalize()}, initial rate {result.initial:g}, falls to 1 in "
        f"{result.end:g}: after "
        f"{UPDATES // 2} updates the rate is {result.rates[UPDATES // 2]:.2g}, after {UPDATES} it "
        f"is {result.rates[-1]:.2g}. After {EPOCHS} epochs the training loss is "
        f"{scheduled.mean():.3f}, mean of {SEEDS} seeds, from {scheduled.min():.2f} to "
        f"{scheduled.max():.2f}; with the constant rate {constant.mean():.3f}, from "
        f"{constant.min():.2f} to {constant.max():.2f}."
    )


schedules = Demo(
    name="08.schedules",
    title="Schedules: the curve, and what it does to training",
    compute=compute_runs,
    build=build_runs,
    update=update_runs,
    describe=describe_runs,
    controls=(
        Choice("schedule", "Schedule", options=tuple(SCHEDULES), start="cosine"),
        Slider(
            "initial", "Initial rate", values=[0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5], start=0.5
        ),
        Slider("end", "Falls to 1 in", values=(2, 5, 10, 20, 50, 100), start=10),
    ),
    try_this=(
        "Initial rate 0.5: the constant rate jumps about and never settles; every schedule that "
        "falls to a tenth ends lower, and its five seeds end closer together.",
        "Initial rate 0.1: now every schedule ends *higher* than the constant rate. A decay of a "
        "rate that is too small makes it smaller still.",
        "Exponential against inverse time, both to 1 in 100: the second has fallen to a fiftieth "
        "half-way, the first to a tenth.",
    ),
    kept={"initial": [0.1, 0.2, 0.3, 0.5], "end": [2, 10, 100]},
)
