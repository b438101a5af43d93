"""Lesson 06, live: a network whose gradient explodes, without clipping and with both kinds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab._arrays import FloatArray
from nnlab._hyperparameters import Value
from nnlab.activations import relu
from nnlab.clipping import clip_by_norm, clip_by_value, norm
from nnlab.datasets import Dataset, noisy_sine
from nnlab.initializers import he
from nnlab.layers import Activation, Dense, Layer
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, add_legend, label_axes
from nnlab.live.lesson_06_words import rough
from nnlab.live.style import LOOKS
from nnlab.losses import MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import SGD
from nnlab.training import fit

__all__ = ["clipping"]

WAYS = ("no clipping", "by norm", "by value")
UPDATES = 100
LAYERS = 8
UNITS = 16


@cache
def load_points() -> Dataset:
    """Return 32 points of a noisy sine."""
    return noisy_sine(n=32, noise=0.1, seed=0)


def deep_network(scale: float, replicas: int) -> Sequential:
    """Return equal networks of eight layers whose weights start at `scale` times He's."""
    init = partial(he, scale=scale)
    layers: list[Layer] = []
    for inputs in [1] + [UNITS] * (LAYERS - 2):
        layers += [Dense(inputs, UNITS, init=init), Activation(relu)]
    return Sequential(*layers, Dense(UNITS, 1, init=init), seed=[0] * replicas, dtype=np.float64)


@dataclass(frozen=True)
class Clipped:
    """One network trained in three ways."""

    rate: float
    threshold: float
    scale: float
    losses: FloatArray  # (UPDATES + 1, 3), NaN after a run has diverged
    norms: FloatArray  # (UPDATES, 3) of the gradient before clipping
    angles: FloatArray  # (UPDATES, 3) between the gradient before and after, in degrees


def angle(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the angles between rows in degrees; NaN where a row is not finite or zero."""
    with np.errstate(all="ignore"):
        one, other = (v / np.asarray(norm(v))[:, None] for v in (one, other))
        # Exact for small angles too, where the cosine is rounded to 1.
        half = np.linalg.norm(one - other, axis=1), np.linalg.norm(one + other, axis=1)
        degrees: FloatArray = np.degrees(2 * np.arctan2(*half))
    return degrees


def compute_clipped(*, rate: float, threshold: float, scale: float) -> Clipped:
    """Train three equal networks at once; each has its gradient treated in its own way."""
    norms: list[Value] = []
    angles: list[FloatArray] = []

    def clip(grad: FloatArray) -> None:
        before = grad.copy()
        clip_by_norm(grad[1], threshold)
        clip_by_value(grad[2], threshold)
        norms.append(norm(before))
        angles.append(angle(before, grad))

    data = load_points()
    history = fit(
        deep_network(scale, 3), MeanSquaredError(), SGD(rate), data.x, data.y,
        epochs=UPDATES, clip=clip,
    )  # fmt: skip
    losses = history.train["loss"]
    gone = np.isnan(losses[1 : 1 + len(norms)])
    return Clipped(
        rate, threshold, scale, losses,
        np.where(gone, np.nan, np.stack(norms)), np.where(gone, np.nan, np.stack(angles)),
    )  # fmt: skip


class ClippedArtists(NamedTuple):
    """A curve per way in each of three panels, and where the unclipped run ends."""

    losses: list[Curve]
    norms: list[Curve]
    angles: list[Curve]
    end: Line2D


def build_clipped(figure: Figure) -> ClippedArtists:
    """Draw loss, gradient norm and angle side by side."""
    panels = figure.subplots(1, 3)
    curves = [
        [
            Curve(axes, color=look.color, linestyle=look.linestyle, label=name)
            for look, name in zip((LOOKS[5], LOOKS[0], LOOKS[1]), WAYS, strict=True)
        ]
        for axes in panels
    ]
    (end,) = panels[0].plot([], [], "X", color=LOOKS[5].color, markersize=12, zorder=4)
    for axes, title in zip(
        panels, ("Loss (MSE)", "Gradient norm", "Angle to the gradient"), strict=True
    ):
        label_axes(axes, title=title, xlabel="update", xlim=(-4, UPDATES))
    for axes, low, high in ((panels[0], -2, 5), (panels[1], -2, 5)):
        axes.set_yscale("log")
        label_axes(axes, ylim=(10.0**low, 10.0**high))
        axes.set_yticks([10.0**p for p in range(low, high + 1)])
        axes.minorticks_off()
    label_axes(panels[2], ylabel="degrees", ylim=(-3, 125))
    panels[2].set_yticks([0, 30, 60, 90])
    add_legend(panels[2], "upper right", frame=True)
    return ClippedArtists(curves[0], curves[1], curves[2], end)


def update_clipped(artists: ClippedArtists, result: Clipped) -> Sequence[Artist]:
    """Show the three runs; a cross marks the last finite loss of one that diverged."""
    changed: list[Artist] = []
    for curves, values, first in (
        (artists.losses, result.losses, 0), (artists.norms, result.norms, 1),
        (artists.angles, result.angles, 1),
    ):  # fmt: skip
        updates = np.arange(first, first + len(values))
        for k, curve in enumerate(curves):
            changed += curve.update(updates, values[:, k])
    last = survived(result)[0]
    if last < len(result.losses) - 1:
        artists.end.set_data([last], [min(result.losses[last, 0], 6e4)])
    else:
        artists.end.set_data([], [])
    return [*changed, artists.end]


def survived(result: Clipped) -> list[int]:
    """Return how many updates each run lived through with a finite loss."""
    return [int(np.flatnonzero(np.isfinite(column))[-1]) for column in result.losses.T]


def describe_clipped(result: Clipped) -> str:
    """Say how the three runs ended."""
    ends = []
    for name, last, column in zip(WAYS, survived(result), result.losses.T, strict=True):
        if last < UPDATES:
            ends.append(f"{name}: diverged at update {last + 1}")
        else:
            ends.append(f"{name}: {rough(column[-1])}")
    turned = np.nanmax(result.angles[:, 2], initial=0.0)
    return (
        f"{result.scale:g} × He, rate {result.rate:g}, threshold {result.threshold:g}; first "
        f"gradient norm {rough(result.norms[0, 1])}. Loss after {UPDATES} updates – "
        f"{'; '.join(ends)}. By value turns the gradient by up to {turned:.0f}°."
    )


clipping = Demo(
    name="06.clipping",
    title="A network that explodes, and two ways to clip",
    compute=compute_clipped,
    build=build_clipped,
    update=update_clipped,
    describe=describe_clipped,
    controls=(
        Slider("rate", "Learning rate", values=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3), start=0.03),
        Slider("threshold", "Clipping threshold", values=(0.1, 0.3, 1, 3, 10, 30), start=1),
        Slider("scale", "Weights, × He", values=(1, 1.25, 1.5), start=1.25),
    ),
    try_this=(
        "At the start: the gradient is large before the first update (middle). Without clipping "
        "the run ends after a few updates; both kinds of clipping save it.",
        "Threshold 0.1: by value turns the gradient in every update (right), by norm never.",
        "Learning rate 0.001, threshold 1: a lower rate saves the unclipped run as well, and now "
        "clipping by norm is the slowest.",
    ),
    kept={"rate": [0.001, 0.01, 0.03, 0.1, 0.3], "threshold": [0.1, 1, 10, 30]},
)
