"""Lesson 04, first figure: the strength of a penalty, from an over-fitted net to a line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.activations import sigmoid, tanh
from nnlab.datasets import Dataset, moons
from nnlab.initializers import normal
from nnlab.layers import Activation, Dense
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Bars, MetricCurves, Points, Surface, label_axes
from nnlab.live.style import BLUE, GREY, ORANGE
from nnlab.losses import BinaryCrossEntropy
from nnlab.metrics import accuracy
from nnlab.network import Sequential
from nnlab.optimizers import SGD
from nnlab.regularizers import L1, L2, Proximal, Regularizer
from nnlab.training import fit

__all__ = ["strength"]

PENALTIES: dict[str, Callable[[float], Regularizer]] = {
    "L2": L2,
    "L1, gradient": L1,
    "L1, proximal step": lambda strength: Proximal(L1(strength)),
}
STRENGTHS = (0, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1)
NOISE = 0.3
TRAINING_SET = 6  # one that over-fits clearly; the lesson's sweep takes others as well
EPOCHS, EVERY = 600, 20
LEARNING_RATE = 2.0
EDGES = (0.001, 0.01, 0.1, 1.0)
SIZES = ("exactly 0", "below 0.001", "to 0.01", "to 0.1", "to 1", "above 1")
XLIM, YLIM = (-2.1, 3.1), (-1.6, 2.0)


@cache
def training_points(n: int) -> Dataset:
    """Return `n` noisy points of two moons."""
    return moons(n=n, noise=NOISE, seed=TRAINING_SET)


@cache
def validation_points() -> Dataset:
    """Return 200 other points from the same moons."""
    return moons(n=200, noise=NOISE, seed=1000)


@cache
def plane() -> FloatArray:
    """Return a grid over the picture, (48 × 64, 2), rows from low to high."""
    x, y = np.meshgrid(np.linspace(*XLIM, 64), np.linspace(*YLIM, 48))
    return np.column_stack([x.ravel(), y.ravel()])


@dataclass(frozen=True)
class Strength:
    """One net trained with one penalty."""

    penalty: str
    strength: float
    n: int
    surface: FloatArray  # (48, 64) probability of class 1 over the plane
    weights: FloatArray  # (96,) both layers, biases left out
    epochs: FloatArray  # (31,)
    train: FloatArray  # (31,) loss
    validation: FloatArray
    accuracies: tuple[float, float]  # at the end: training and validation

    @property
    def zeros(self) -> int:
        """Number of weights that are exactly 0."""
        return int((self.weights == 0).sum())


def compute_strength(*, penalty: str, strength: float, n: int) -> Strength:
    """Train 2-32-1 tanh units by plain gradient descent, full batch, on few noisy points."""
    data, new = training_points(n), validation_points()
    net = Sequential(
        Dense(2, 32, init=partial(normal, std=3)), Activation(tanh), Dense(32, 1),
        seed=0, dtype=np.float64,
    )  # fmt: skip
    history = fit(
        net, BinaryCrossEntropy(), SGD(LEARNING_RATE), data.x, data.y, epochs=EPOCHS,
        validation=(new.x, new.y), metrics={"accuracy": accuracy}, record_every=EVERY,
        regularizer=PENALTIES[penalty](strength),
    )  # fmt: skip
    train, validation = history.train, history.validation
    return Strength(
        penalty,
        strength,
        n,
        sigmoid(net.forward(plane())).reshape(48, 64),
        net.theta[net.weight_mask],
        history.epochs.astype(float),
        train["loss"],
        validation["loss"],
        (float(train["accuracy"][-1]), float(validation["accuracy"][-1])),
    )


def shares_of_sizes(weights: FloatArray) -> FloatArray:
    """Return the percentage of weights in each of SIZES."""
    sizes = np.abs(weights)
    place = np.where(sizes == 0, 0, 1 + np.searchsorted(EDGES, sizes))
    return 100 * np.bincount(place, minlength=len(SIZES)) / len(weights)


class StrengthArtists(NamedTuple):
    """The plane on the left, sizes of the weights in the middle, losses on the right."""

    surface: Surface
    points: Points
    sizes: Bars
    losses: MetricCurves


def build_strength(figure: Figure) -> StrengthArtists:
    """Draw the boundary, the weights and the losses side by side."""
    left, middle, right = figure.subplots(1, 3, width_ratios=[1.2, 0.8, 1.1])
    figure.set_layout_engine("constrained", wspace=0.06)
    surface = Surface(left, XLIM, YLIM, boundary=True)
    label_axes(left, title="Decision boundary", xlabel="$x_1$", ylabel="$x_2$")
    points = Points(left, ("class 0", "class 1"), legend="")
    sizes = Bars(
        middle, SIZES, colors=[ORANGE, GREY, *[BLUE] * 4], format="{:.0f} %", limits=(0, 145),
        horizontal=True,
    )  # fmt: skip
    middle.set_xticks([0, 50, 100])
    label_axes(middle, title="Sizes of weights", xlabel="share of weights, %")
    losses = MetricCurves(right, ylabel="loss, penalty left out", legend="upper left")
    label_axes(right, title="Loss", xlim=(0, EPOCHS), ylim=(0, 1.5))
    return StrengthArtists(surface, points, sizes, losses)


def update_strength(artists: StrengthArtists, result: Strength) -> Sequence[Artist]:
    """Draw one net."""
    data = training_points(result.n)
    return [
        *artists.surface.update(result.surface),
        *artists.points.update(data.x[:, 0], data.x[:, 1], data.y),
        *artists.sizes.update(shares_of_sizes(result.weights)),
        *artists.losses.update((result.train, result.validation), x=result.epochs),
    ]


def describe_strength(result: Strength) -> str:
    """Say how well the net does and how many weights are 0."""
    train, validation = result.accuracies
    how = f"{result.penalty} with λ = {result.strength:g}" if result.strength else "no penalty"
    choice = "" if result.strength else f" (λ = 0 of {result.penalty})"
    return (
        f"{result.n} training points, {how}{choice}: {100 * train:.1f} % of the training and "
        f"{100 * validation:.1f} % of the validation points are right; validation loss "
        f"{result.validation[-1]:.2f}; {result.zeros} of 96 weights are exactly 0."
    )


strength = Demo(
    name="04.strength",
    title="The strength of a penalty: from an over-fitted net to a straight line",
    compute=compute_strength,
    build=build_strength,
    update=update_strength,
    describe=describe_strength,
    controls=(
        Choice("penalty", "Penalty", options=tuple(PENALTIES), start="L2"),
        Slider("strength", "Strength λ", values=STRENGTHS, start=0.0001),
        Slider("n", "Training points", values=(20, 30, 40, 60, 100), start=30),
    ),
    try_this=(
        "30 points, L2, all of the slider. At 0 the border runs around single points; at 0.003 it "
        "is smooth and the validation loss stays down; at 0.1 it is straight: too strong.",
        "λ = 0.003, then the two kinds of L1: nearly the same border, but the gradient leaves most "
        "weights near 0, and the proximal step makes them exactly 0.",
        "λ = 0, more training points: with 100 the same net over-fits far less.",
    ),
    kept={"strength": [0, 0.0001, 0.003, 0.01, 0.1], "n": [30, 100]},
)
