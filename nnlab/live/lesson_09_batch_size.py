"""Lesson 09, live: one example, many batches – what its companions do to its prediction."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, cast

import numpy as np
from contourpy import contour_generator
from matplotlib.artist import Artist
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab._arrays import FloatArray
from nnlab.activations import relu, sigmoid
from nnlab.datasets import Dataset, moons
from nnlab.layers import Activation, BatchNorm, Dense
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Histogram, Point, Points, add_legend, label_axes
from nnlab.live.style import BLUE, INK, ORANGE
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.training import fit

__all__ = ["EXAMPLE", "batch_size"]

TRAINING, EVALUATION = "training", "evaluation"
ANY, OWN = "of both classes", "of its own class"
UNITS = 12
UNIT = 0  # whose statistics are shown
BATCHES = 200
BORDERS = 12  # how many of the batches have their border drawn
EXAMPLE = np.array([0.2, 0.2])  # the marked example, of class 1
XLIM, YLIM = (-1.6, 2.5), (-1.3, 1.8)
GRID = (28, 34)


@cache
def load_points() -> Dataset:
    """Return the 400 training examples."""
    return moons(n=400, noise=0.2, seed=0)


def train_network() -> Sequential:
    """Train a network with two layers of batch normalization on batches of 32."""
    data = load_points()
    net = Sequential(
        Dense(2, UNITS, bias=False), BatchNorm(UNITS), Activation(relu),
        Dense(UNITS, UNITS, bias=False), BatchNorm(UNITS), Activation(relu), Dense(UNITS, 1),
        seed=0, dtype=np.float64,
    )  # fmt: skip
    fit(
        net, BinaryCrossEntropy(), Adam(0.02), data.x, data.y,
        epochs=8, batch_size=32, record_every=8,
    )  # fmt: skip
    return net


def draw_batches(size: int, companions: str) -> FloatArray:
    """Return 200 batches (200, size, 2): the marked example first, the others drawn at random."""
    data = load_points()
    x = data.x if companions == ANY else data.x[data.y == 1]
    order = np.random.default_rng(size).random((BATCHES, len(x))).argpartition(size - 1)
    marked = np.broadcast_to(EXAMPLE, (BATCHES, 1, 2))
    return np.concatenate([marked, x[order[:, : size - 1]]], axis=1)


class Statistics(NamedTuple):
    """What a layer of batch normalization subtracts and divides by, one row per batch."""

    mean: FloatArray  # (batches or 1, 1, units)
    var: FloatArray


def batch_statistics(net: Sequential, batches: FloatArray) -> list[Statistics]:
    """Return every batch's own statistics in both layers; the network stays as it is."""
    statistics = []
    h = batches
    for layer in net.layers:
        if isinstance(layer, BatchNorm):
            # a product with a row of 1 / m is a mean, and much faster than mean()
            row = np.full((1, h.shape[1]), 1 / h.shape[1])
            mean = row @ h
            var = row @ (h - mean) ** 2
            statistics.append(Statistics(mean, var))
            h = normalized(layer, h, statistics[-1])
        else:
            h = layer.forward(h)
    return statistics


def running_statistics(net: Sequential) -> list[Statistics]:
    """Return the running averages of both layers in the form of :func:`batch_statistics`."""
    layers = (layer for layer in net.layers if isinstance(layer, BatchNorm))
    return [Statistics(layer.running_mean[None], layer.running_var[None]) for layer in layers]


def normalized(layer: BatchNorm, h: FloatArray, statistics: Statistics) -> FloatArray:
    """Normalize with given statistics, scale and shift."""
    scale = layer.gamma / np.sqrt(statistics.var + layer.eps)
    return h * scale + (layer.beta - statistics.mean * scale)


def probabilities(net: Sequential, x: FloatArray, statistics: list[Statistics]) -> FloatArray:
    """Return the probability of class 1, (batches, N), for examples (N, 2) or (batches, N, 2)."""
    h, left = x, iter(statistics)
    for layer in net.layers:
        h = normalized(layer, h, next(left)) if isinstance(layer, BatchNorm) else layer.forward(h)
    return sigmoid(h[..., 0])


@dataclass(frozen=True)
class Predictions:
    """One example in 200 batches."""

    size: int
    companions: str
    training: bool
    means: FloatArray  # (200,) of one unit, batch by batch
    deviations: FloatArray  # (200,)
    running: FloatArray  # (2,) its running mean and the root of its running variance
    grids: FloatArray  # (12 or 1, *GRID) probability of class 1 over the plane
    steady: float  # the example's probability in evaluation
    example: FloatArray  # (200,) its probability, batch by batch


def compute_predictions(*, mode: str, size: int, companions: str) -> Predictions:
    """Train the network, then send the marked example through it in 200 batches."""
    net = train_network()
    training = mode == TRAINING
    running = running_statistics(net)
    own = batch_statistics(net, draw_batches(size, companions))
    used = own if training else running
    rows, columns = np.linspace(*YLIM, GRID[0]), np.linspace(*XLIM, GRID[1])
    plane = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    grids = probabilities(net, plane, [Statistics(*(part[:BORDERS] for part in s)) for s in used])
    example = probabilities(net, EXAMPLE[None], used)[:, 0]
    return Predictions(
        size, companions, training,
        own[0].mean[:, 0, UNIT], np.sqrt(own[0].var[:, 0, UNIT]),
        np.array([running[0].mean[0, 0, UNIT], np.sqrt(running[0].var[0, 0, UNIT])]),
        grids.reshape(-1, *GRID),
        float(probabilities(net, EXAMPLE[None], running)[0, 0]),
        np.broadcast_to(example, BATCHES),
    )  # fmt: skip


class PredictionsArtists(NamedTuple):
    """Statistics, borders and predictions."""

    statistics: Line2D
    running: Line2D
    points: Points
    borders: LineCollection
    marked: Point
    shares: Histogram
    steady: Line2D


def build_predictions(figure: Figure) -> PredictionsArtists:
    """Draw the statistics on the left, the borders in the middle, the predictions on the right."""
    left, middle, right = figure.subplots(1, 3, width_ratios=[1, 1.3, 1.1])
    label_axes(
        left, title="What one unit uses", xlabel="mean", ylabel="standard deviation",
        xlim=(-0.5, 1.1), ylim=(0, 1),
    )  # fmt: skip
    (statistics,) = left.plot(
        [], [], "o", color=BLUE, markersize=4.5, alpha=0.45, markeredgewidth=0, label="of a batch"
    )
    (running,) = left.plot(
        [], [], "X", color=ORANGE, markersize=13, markeredgecolor=INK, zorder=4, linestyle="none",
        label="running average",
    )  # fmt: skip
    add_legend(left, "upper left", frame=True)
    label_axes(middle, title="Border of the classes", xlim=XLIM, ylim=YLIM)
    label_axes(middle, xlabel="feature 1", ylabel="feature 2")
    points = Points(middle, ["class 0", "class 1"], legend="")
    borders = LineCollection([], colors=INK, linewidths=1.6, zorder=3.5)
    middle.add_collection(borders, autolim=False)
    marked = Point(middle, color=ORANGE)
    shares = Histogram(right, (0, 1), bins=20, share=True, mean=False)
    steady = right.axvline(0.5, linestyle="--", color=ORANGE, linewidth=3, zorder=3)
    label_axes(
        right, title="The marked example", xlabel="probability of its class",
        ylabel=f"share of {BATCHES} batches", ylim=(0, 1.05),
    )  # fmt: skip
    right.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    steady.set_label("evaluation")
    add_legend(right, "upper center", frame=True, handles=[steady])
    return PredictionsArtists(statistics, running, points, borders, marked, shares, steady)


def update_predictions(artists: PredictionsArtists, result: Predictions) -> Sequence[Artist]:
    """Show what training passes or evaluations use, and what comes out."""
    data, shown = load_points(), slice(None) if result.training else slice(0, 0)
    artists.statistics.set_data(result.means[shown], result.deviations[shown])
    artists.running.set_data(result.running[:1], result.running[1:])
    rows, columns = np.linspace(*YLIM, GRID[0]), np.linspace(*XLIM, GRID[1])
    artists.borders.set_segments(
        [
            line
            for grid in result.grids
            for line in cast("list[FloatArray]", contour_generator(columns, rows, grid).lines(0.5))
        ]
    )
    artists.borders.set_linewidth(1.2 if result.training else 3.5)
    artists.steady.set_xdata([result.steady] * 2)
    return [
        artists.statistics,
        artists.running,
        *artists.points.update(data.x[:, 0], data.x[:, 1], data.y),
        artists.borders,
        *artists.marked.update(*EXAMPLE),
        *artists.shares.update(result.example),
        artists.steady,
    ]


def describe_predictions(result: Predictions) -> str:
    """Say how much the statistics and the prediction vary."""
    others = "one companion" if result.size == 2 else f"{result.size - 1} companions"
    which = f"{others} {result.companions}"
    if not result.training:
        return (
            f"Evaluation, {which}: the layers use their running averages, so all {BATCHES} batches "
            f"give the marked example the same probability, {result.steady:.2f}."
        )
    wrong = int((result.example < 0.5).sum())
    return (
        f"Training pass, {which}: the mean of the unit varies by {result.means.std():.2f} "
        f"(standard deviation) from batch to batch. The marked example gets "
        f"{result.example.mean():.2f} ± {result.example.std():.2f} for its class, in evaluation "
        f"{result.steady:.2f}; in {wrong} of {BATCHES} batches it is taken for the other class."
    )


batch_size = Demo(
    name="09.batch_size",
    title="One example, 200 batches: what do its companions do to it?",
    compute=compute_predictions,
    build=build_predictions,
    update=update_predictions,
    describe=describe_predictions,
    controls=(
        Choice("mode", "Mode", options=(TRAINING, EVALUATION), start=TRAINING),
        Slider("size", "Batch size m", values=(2, 4, 8, 16, 32, 64, 128), start=8),
        Choice("companions", "Companions", options=(ANY, OWN), start=ANY),
    ),
    try_this=(
        "Batch size from 2 to 128: cloud, borders and predictions draw together. The example never "
        "moves; only its companions change.",
        "Switch to evaluation: one border, one prediction, at every batch size.",
        "Training, batch size 128, companions of its own class: there is no noise any more, but "
        "the statistics are those of other data, and the border is wrong.",
    ),
)
