"""Lesson 05, live: a network with dropout as the average of many thinned networks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.activations import relu
from nnlab.datasets import Dataset, noisy_sine
from nnlab.layers import Activation, Dense, Dropout, Layer
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, CurveBundle, Point, Points, add_legend, label_axes
from nnlab.live.style import BLUE, GREY, ORANGE, VERMILLION
from nnlab.losses import MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.training import fit

__all__ = ["thinned"]

LINEAR, DEEPER = "a linear output", "another ReLU layer"
EXAMPLES = 40
UNITS = 24
MOST = 512
EPOCHS = 150
COUNTS = tuple(2**k for k in range(10))
SHOWN = 24


@cache
def load_points() -> Dataset:
    """Return the training examples, their feature stretched to −2 … 2."""
    data = noisy_sine(n=EXAMPLES, noise=0.2, seed=1)
    return replace(data, x=4 * data.x - 2)


@dataclass(frozen=True)
class Ensemble:
    """Thinned networks, their average and the full network."""

    count: int
    rate: float
    where: str
    x: FloatArray  # (G,) the grid
    members: FloatArray  # (up to SHOWN, G) a few of the thinned networks
    mean: FloatArray  # (G,) average of `count` of them
    spread: float  # standard deviation of all MOST, root mean square over the grid
    full: FloatArray  # (G,) the network at test time
    distances: FloatArray  # (MOST,) between the average of 1, 2, … and the full network


def compute_ensemble(*, count: int, rate: float, where: str) -> Ensemble:
    """Train a network with dropout, then draw 512 masks and average what they leave."""
    data = load_points()
    behind: list[Layer] = [Dense(UNITS, 1)]
    if where == DEEPER:
        behind = [Dense(UNITS, UNITS), Activation(relu), Dense(UNITS, 1)]
    net = Sequential(
        Dense(1, UNITS), Activation(relu), Dropout(rate), *behind, seed=3, dtype=np.float64
    )
    fit(net, MeanSquaredError(), Adam(0.02), data.x, data.y, epochs=EPOCHS, record_every=EPOCHS)
    x = np.linspace(data.x.min(), data.x.max(), 61)
    _, hidden, *_, full = net.outputs(x[:, None])
    masks = (np.random.default_rng(0).random((MOST, 1, UNITS)) >= rate) / (1 - rate)
    a: FloatArray = hidden * masks  # (MOST, G, UNITS), one mask for the whole curve
    for layer in behind:
        a = layer.forward(a)
    outputs = a[..., 0]
    means = outputs.cumsum(axis=0) / np.arange(1, MOST + 1)[:, None]
    return Ensemble(
        count, rate, where, x, outputs[: min(count, SHOWN)], means[count - 1],
        float(np.sqrt(outputs.var(axis=0).mean())), full[:, 0],
        np.sqrt(((means - full[:, 0]) ** 2).mean(axis=1)),
    )  # fmt: skip


class EnsembleArtists(NamedTuple):
    """Curves on the left, the distance to the full network on the right."""

    points: Points
    members: CurveBundle
    full: Curve
    mean: Curve
    distances: Curve
    chance: Curve
    here: Point


def build_ensemble(figure: Figure) -> EnsembleArtists:
    """Draw the networks on the left, the distance by number of masks on the right."""
    left, right = figure.subplots(1, 2, width_ratios=[1.15, 1])
    label_axes(
        left, title="Thinned networks and the full one", xlabel="x", ylabel="y",
        xlim=(-2.05, 2.05), ylim=(-2.4, 3.2),
    )  # fmt: skip
    members = CurveBundle(left, color=BLUE, label="thinned networks", alpha=0.35)
    points = Points(left, legend="")
    mean = Curve(left, color=ORANGE, label="their average")
    full = Curve(left, color=VERMILLION, label="full network", linestyle="--")
    add_legend(left, "upper left", frame=True, columns=2)
    label_axes(
        right, title="How far the average is off", xlabel="thinned networks averaged, K",
        ylabel="distance (root mean square)",
    )  # fmt: skip
    right.set_xscale("log", base=2)
    right.set_yscale("log")
    label_axes(right, xlim=(1, MOST), ylim=(0.001, 5.0))
    right.set_xticks([1, 8, 64, 512], ["1", "8", "64", "512"])
    right.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    chance = Curve(right, color=GREY, linestyle=":", label="chance alone: spread / √K")
    distances = Curve(right, color=ORANGE, label="measured")
    here = Point(right, color=ORANGE)
    add_legend(right, "upper right", frame=True)
    return EnsembleArtists(points, members, full, mean, distances, chance, here)


def update_ensemble(artists: EnsembleArtists, result: Ensemble) -> Sequence[Artist]:
    """Show the networks, their average and its distance."""
    data, counts = load_points(), np.arange(1, MOST + 1)
    return [
        *artists.members.update(result.x, result.members),
        *artists.points.update(data.x[:, 0], data.y),
        *artists.mean.update(result.x, result.mean),
        *artists.full.update(result.x, result.full),
        *artists.chance.update(counts, result.spread / np.sqrt(counts)),
        *artists.distances.update(counts, result.distances),
        *artists.here.update(result.count, float(result.distances[result.count - 1])),
    ]


def describe_ensemble(result: Ensemble) -> str:
    """Say how far the average is from the full network."""
    networks = "1 thinned network" if result.count == 1 else f"{result.count} thinned networks"
    distance = result.distances[result.count - 1]
    return (
        f"Dropout at rate {result.rate:g} in front of {result.where}: the average of {networks} is "
        f"{distance:.3f} away from the full network at test time; chance alone would explain about "
        f"{result.spread / np.sqrt(result.count):.3f}."
    )


thinned = Demo(
    name="05.thinned",
    title="Dropout as the average of many thinned networks",
    compute=compute_ensemble,
    build=build_ensemble,
    update=update_ensemble,
    describe=describe_ensemble,
    controls=(
        Slider("count", "Networks averaged, K", values=COUNTS, start=8),
        Slider("rate", "Dropout rate p", values=[k / 10 for k in range(1, 8)], start=0.5),
        Choice("where", "Dropout in front of", options=(LINEAR, DEEPER), start=LINEAR),
    ),
    try_this=(
        "A linear output, K from 1 to 512: the average closes in on the full network, as fast as "
        "chance allows. Here the full network is exactly the average.",
        "Another ReLU layer, rate 0.7, K = 512: the average stays away however many are averaged. "
        "Here the full network is an approximation.",
        "Drag the rate at K = 8: the thinned networks differ more and more.",
    ),
    kept={"count": [1, 2, 8, 64, 512], "rate": [0.1, 0.3, 0.5, 0.7]},
)
