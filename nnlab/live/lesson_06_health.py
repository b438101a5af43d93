"""Lesson 06, live: a training run and the health of its layers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from nnlab._arrays import FloatArray
from nnlab.activations import Function, relu, sigmoid, tanh
from nnlab.datasets import Dataset, moons
from nnlab.diagnostics import UpdateRatio, layer_statistics
from nnlab.initializers import he
from nnlab.layers import Activation, Dense, Layer
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, label_axes
from nnlab.live.lesson_06_words import rough
from nnlab.live.style import DIVERGING, SEQUENTIAL, TRAIN
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import SGD
from nnlab.training import fit

__all__ = ["health"]

FUNCTIONS: dict[str, Function] = {"ReLU": relu, "tanh": tanh, "sigmoid": sigmoid}
HIDDEN = 7
UNITS = 16
UPDATES = 60
EVERY = 5

TOO_LARGE, TOO_SMALL, MOSTLY_DEAD = 0.1, 1e-5, 0.9
"""Limits of the verdict: of the ratio update / weight, and of the share of dead units."""


@cache
def load_points() -> Dataset:
    """Return 64 points of two moons."""
    return moons(n=64, noise=0.2, seed=0)


@dataclass(frozen=True)
class Health:
    """A run and what its layers showed, NaN from where it diverged on."""

    activation: str
    scale: float
    rate: float
    updates: FloatArray  # (T,)
    loss: FloatArray  # (T,)
    gradient: FloatArray  # (T, 8) norm of the gradient of each weight matrix
    ratio: FloatArray  # (T - 1, 8) norm of the update over that of the weights
    dead: FloatArray  # (T, 7) share of dead units
    saturated: FloatArray  # (T, 7) share of slopes below 0.01


def compute_health(*, activation: str, scale: float, rate: float) -> Health:
    """Train a network of eight layers and examine it every five updates."""
    data, loss = load_points(), BinaryCrossEntropy()
    init = partial(he, scale=scale)
    layers: list[Layer] = []
    for inputs in [2] + [UNITS] * (HIDDEN - 1):
        layers += [Dense(inputs, UNITS, init=init), Activation(FUNCTIONS[activation])]
    net = Sequential(*layers, Dense(UNITS, 1, init=init), seed=0, dtype=np.float64)
    observer, rows = UpdateRatio(net, every=EVERY), UPDATES // EVERY + 1
    gradient = np.full((rows, HIDDEN + 1), np.nan)
    shares = np.full((2, rows, HIDDEN), np.nan)

    def examine(net: Sequential, updates: int) -> None:
        if updates:
            observer(net, updates)
        if updates % EVERY == 0:
            found, row = layer_statistics(net, loss, data.x, data.y), updates // EVERY
            gradient[row] = found.parameter_gradient_norm[::2]  # weights, without biases
            hidden = found.rows(Activation)
            shares[:, row] = found.dead[hidden], found.saturated[hidden]

    examine(net, 0)
    history = fit(
        net, loss, SGD(rate), data.x, data.y,
        epochs=UPDATES, record_every=EVERY, on_update=examine,
    )  # fmt: skip
    losses = np.full(rows, np.nan)
    kept = history.epochs % EVERY == 0
    losses[: kept.sum()] = history.train["loss"][kept]
    ratio = np.full((rows - 1, HIDDEN + 1), np.nan)
    ratio[: len(observer.ratios)] = observer.ratios
    return Health(
        activation, scale, rate, np.arange(0.0, UPDATES + 1, EVERY), losses, gradient, ratio,
        shares[0], shares[1],
    )  # fmt: skip


class HealthArtists(NamedTuple):
    """The loss and three maps."""

    loss: Curve
    gradient: AxesImage
    ratio: AxesImage
    saturated: AxesImage


def build_health(figure: Figure) -> HealthArtists:
    """Draw the loss, and three maps of layers by updates."""
    axes = figure.subplots(2, 2, sharex=True)
    label_axes(axes[0, 0], title="Training loss", xlim=(-2.5, UPDATES + 2.5))
    axes[0, 0].set_yscale("log")
    label_axes(axes[0, 0], ylim=(0.01, 1000))
    loss = Curve(axes[0, 0], color=TRAIN)
    maps = []
    for place, title, colors, limits, ticks, names in (
        (axes[0, 1], "Gradient norm", DIVERGING, (-7, 5), (-7, -1, 5),
         ("$10^{-7}$", "0.1", "$10^5$")),
        (axes[1, 0], "Update / weight", DIVERGING, (-6, 0), (-6, -3, 0),
         ("$10^{-6}$", "$10^{-3}$", "1")),
        (axes[1, 1], "Slopes below 0.01", SEQUENTIAL, (0, 1), (0, 0.5, 1),
         ("0 %", "50 %", "100 %")),
    ):  # fmt: skip
        count = HIDDEN if colors is SEQUENTIAL else HIDDEN + 1
        begin = EVERY / 2 if place is axes[1, 0] else -EVERY / 2  # no update before the first
        image = place.imshow(
            np.zeros((count, 2)), cmap=colors, vmin=limits[0], vmax=limits[1], aspect="auto",
            origin="lower", interpolation="nearest", zorder=1,
            extent=(begin, UPDATES + EVERY / 2, 0.5, count + 0.5),
        )  # fmt: skip
        place.grid(visible=False)
        place.set_facecolor("#D8D8D8")
        place.set_yticks([1, 4, 8] if count > HIDDEN else [1, 4, 7])
        label_axes(place, title=title, ylabel="layer")
        bar = figure.colorbar(image, ax=place, aspect=9, pad=0.02)
        bar.set_ticks(list(ticks), labels=list(names))
        bar.outline.set_visible(False)
        maps.append(image)
    for place in axes[1]:
        label_axes(place, xlabel="update")
    return HealthArtists(loss, *maps)


def update_health(artists: HealthArtists, result: Health) -> Sequence[Artist]:
    """Show the run."""
    for image, values in ((artists.gradient, result.gradient), (artists.ratio, result.ratio)):
        image.set_data(np.clip(np.log10(np.maximum(values, 1e-30)).T, -30, 30))
    artists.saturated.set_data(result.saturated.T)
    return [
        artists.gradient, artists.ratio, artists.saturated,
        *artists.loss.update(result.updates, result.loss),
    ]  # fmt: skip


def verdict(result: Health) -> str:
    """Name the first sick layer, by the limits above, from the last update that was recorded."""
    if np.isnan(result.loss[-1]):
        return "the run diverged"
    ratio = result.ratio[-1]
    for sick, name in (
        (ratio > TOO_LARGE, "jumps"),
        (result.dead[-1] >= MOSTLY_DEAD, "is dead"),
        (ratio < TOO_SMALL, "stands still"),
    ):
        if sick.any():
            return f"layer {sick.argmax() + 1} {name}"
    return "every layer learns"


def describe_health(result: Health) -> str:
    """Say the first ratios, the loss and the verdict."""
    first, last = result.ratio[0, [0, -1]]
    loss = "not finite"
    if np.isfinite(result.loss[-1]):
        loss = f"{rough(result.loss[-1])} after {UPDATES} updates"
    ratios = "update 5 was not reached"
    if np.isfinite([first, last]).all():
        ratios = (
            f"at update {EVERY} update / weight is {rough(first)} in the first layer and "
            f"{rough(last)} in the last"
        )
    return (
        f"{result.activation}, weights {result.scale:g} × He, learning rate {result.rate:g}: "
        f"{ratios}; the loss is {loss}. Verdict: {verdict(result)}."
    )


health = Demo(
    name="06.health",
    title="A training run with its health panel",
    compute=compute_health,
    build=build_health,
    update=update_health,
    describe=describe_health,
    controls=(
        Choice("activation", "Activation", options=tuple(FUNCTIONS), start="ReLU"),
        Slider("scale", "Weights, × He", values=(0.001, 0.1, 0.3, 1, 1.5, 2, 3), start=1),
        Slider("rate", "Learning rate", values=(0.01, 0.03, 0.1, 0.3, 1, 3), start=0.1),
    ),
    try_this=(
        "Learning rate 3: the loss stops at 0.69, and the panel says why: the last hidden layer is "
        "dead, so nothing reaches the others.",
        "sigmoid, learning rate 0.1: the loss stops at 0.69 again, with no dead unit. The gradient "
        "fades from the last layer to the first.",
        "Weights 0.1 × He: blue from the start. 2 × He: one flash of red, then no number is finite "
        "(grey).",
    ),
    kept={"scale": [0.001, 0.1, 1, 2, 3], "rate": [0.01, 0.1, 3]},
)
