"""Lesson 06, live: eight activation functions, their slopes, and units that die in training."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.activations import (
    Function,
    derivative,
    elu,
    gelu,
    leaky_relu,
    relu,
    selu,
    sigmoid,
    silu,
    tanh,
)
from nnlab.datasets import Dataset, moons
from nnlab.diagnostics import layer_statistics
from nnlab.initializers import he
from nnlab.layers import Activation, Dense, Layer
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, add_legend, label_axes
from nnlab.live.lesson_06_words import rough
from nnlab.live.style import BLUE, GREY, ORANGE, VERMILLION
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import SGD
from nnlab.training import fit

__all__ = ["zoo"]

FUNCTIONS: dict[str, Function] = {
    "sigmoid": sigmoid, "tanh": tanh, "ReLU": relu, "leaky ReLU": leaky_relu,
    "ELU": elu, "SELU": selu, "GELU": gelu, "SiLU": silu,
}  # fmt: skip

SEEDS = 5
UPDATES = 60
EVERY = 6
HIDDEN = 3
UNITS = 16


@cache
def load_points() -> Dataset:
    """Return 48 points of two moons."""
    return moons(n=48, noise=0.2, seed=0)


@dataclass(frozen=True)
class Zoo:
    """An activation function and what becomes of its units."""

    activation: str
    rate: float
    z: FloatArray  # (G,)
    value: FloatArray  # (G,)
    slope: FloatArray  # (G,)
    updates: FloatArray  # (T,)
    dead: FloatArray  # (T, 5) share of hidden units, NaN where a network diverged
    saturated: FloatArray  # (T, 5) share of slopes below 0.01
    loss: FloatArray  # (5,) NaN where a network diverged


def compute_zoo(*, activation: str, rate: float) -> Zoo:
    """Train five networks and count their dead units every six updates."""
    function, data, loss = FUNCTIONS[activation], load_points(), BinaryCrossEntropy()
    layers: list[Layer] = []
    for inputs in [2] + [UNITS] * (HIDDEN - 1):
        layers += [Dense(inputs, UNITS, init=he), Activation(function)]
    net = Sequential(*layers, Dense(UNITS, 1, init=he), seed=range(SEEDS), dtype=np.float64)
    shares: list[FloatArray] = []

    def look(net: Sequential, updates: int) -> None:
        if updates % EVERY == 0:
            found = layer_statistics(net, loss, data.x, data.y)
            rows = found.rows(Activation)
            shares.append(np.stack([found.dead[rows].mean(0), found.saturated[rows].mean(0)]))

    look(net, 0)
    history = fit(
        net, loss, SGD(rate), data.x, data.y, epochs=UPDATES, record_every=UPDATES, on_update=look
    )
    counted = np.full((UPDATES // EVERY + 1, 2, SEEDS), np.nan)
    counted[: len(shares)] = shares
    z = np.linspace(-4, 4, 161)
    value = function(z)
    return Zoo(
        activation, rate, z, value, derivative(function)(z, value),
        np.arange(0.0, UPDATES + 1, EVERY), counted[:, 0], counted[:, 1],
        history.train["loss"][-1],
    )  # fmt: skip


class ZooArtists(NamedTuple):
    """The function and its slope; the shares over the updates."""

    value: Curve
    slope: Curve
    dead: Curve
    saturated: Curve


def build_zoo(figure: Figure) -> ZooArtists:
    """Draw the function on the left, the shares on the right."""
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.1])
    z = np.linspace(-4, 4, 161)
    for function in FUNCTIONS.values():
        left.plot(z, function(z), color="#DADADA", linewidth=1.2, zorder=1.5)
    slope = Curve(left, color=VERMILLION, linestyle="--", label="slope f′(z)")
    value = Curve(left, color=BLUE, label="function f(z)")
    label_axes(left, title="Function and slope", xlabel="z", xlim=(-4, 4), ylim=(-2, 4))
    add_legend(left, "upper left", frame=True)
    label_axes(
        right, title="Hidden units in training", xlabel="update",
        ylabel="mean and range of 5 seeds", xlim=(-1, UPDATES + 1), ylim=(-0.03, 1.3),
    )  # fmt: skip
    right.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    saturated = Curve(right, color=GREY, linestyle=":", label="slopes below 0.01")
    dead = Curve(right, color=ORANGE, band=True, label="dead: slope 0 for all examples")
    add_legend(right, "upper right", frame=True)
    return ZooArtists(value, slope, dead, saturated)


def _over_seeds(shares: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return mean, least and most of the networks that are still finite."""
    alive = np.isfinite(shares)
    count = alive.sum(axis=1)
    mean = np.where(alive, shares, 0).sum(axis=1) / np.where(count, count, np.nan)
    low, high = np.where(alive, shares, 2).min(axis=1), np.where(alive, shares, -1).max(axis=1)
    return mean, np.where(count, low, np.nan), np.where(count, high, np.nan)


def update_zoo(artists: ZooArtists, result: Zoo) -> Sequence[Artist]:
    """Show the function and the shares."""
    return [
        *artists.value.update(result.z, result.value),
        *artists.slope.update(result.z, result.slope),
        *artists.saturated.update(result.updates, _over_seeds(result.saturated)[0]),
        *artists.dead.update(result.updates, *_over_seeds(result.dead)),
    ]


def describe_zoo(result: Zoo) -> str:
    """Say the range of the slope and what share of the units is dead."""
    start = f"{result.activation}: slope from {_low(result.slope)} to {result.slope.max():.2g}. "
    start += f"After {UPDATES} updates at learning rate {result.rate:g}, "
    dead, saturated = _over_seeds(result.dead)[0][-1], _over_seeds(result.saturated)[0][-1]
    diverged = int(np.isnan(result.loss).sum())
    if diverged == SEEDS:
        return start + "all five networks have diverged."
    gone = f"; {diverged} of {SEEDS} networks diverged" if diverged else ""
    return start + (
        f"{100 * dead:.0f} % of the hidden units are dead and {100 * saturated:.0f} % of the "
        "slopes are below 0.01; the median training loss is "
        f"{rough(float(np.nanmedian(result.loss)))}{gone}."
    )


def _low(slope: FloatArray) -> str:
    return f"{slope.min():.2f}".replace("-", "−")


zoo = Demo(
    name="06.zoo",
    title="The zoo of activation functions",
    compute=compute_zoo,
    build=build_zoo,
    update=update_zoo,
    describe=describe_zoo,
    controls=(
        Choice("activation", "Activation", options=tuple(FUNCTIONS), start="ReLU"),
        Slider("rate", "Learning rate", values=(0.03, 0.1, 0.3, 1, 2, 3), start=0.3),
    ),
    try_this=(
        "ReLU, learning rate from 0.3 to 3: within the first updates most of the hidden units die. "
        "Then leaky ReLU at 3: not one of them does.",
        "sigmoid: the slope is nowhere above 0.25. tanh reaches 1 and fades on both sides; at "
        "learning rate 3 no unit is dead, but many slopes are next to 0.",
        "ELU, SELU, GELU at 3: a slope that is hardly ever 0 is no protection from updates that "
        "are much too large.",
    ),
)
