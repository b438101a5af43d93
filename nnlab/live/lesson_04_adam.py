"""Lesson 04, third figure: an L2 penalty and decoupled decay under Adam and under SGD."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab._arrays import FloatArray
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, add_legend, label_axes
from nnlab.live.style import INK, LOOKS
from nnlab.live.words import number
from nnlab.optimizers import SGD, Adam
from nnlab.regularizers import L2

__all__ = ["adam"]

SCALES = np.array([0.01, 0.1, 0.3, 1.0, 3.0, 10.0])
PAIRS = 30
STEPS, EVERY = 500, 10
METHODS = ("L2: λw in the gradient", "decoupled: w × (1 − ηλ)")


@cache
def noise() -> FloatArray:
    """Return the gradients of 6 × 60 weights at every step, (500, 360): noise of mean 0.

    Half of the weights of a scale get the negative of what the other half gets, so that chance
    cancels in their mean.
    """
    draws = np.random.default_rng(4).standard_normal((STEPS, len(SCALES), PAIRS))
    return (SCALES[:, None] * np.concatenate([draws, -draws], axis=2)).reshape(STEPS, -1)


@dataclass(frozen=True)
class Decay:
    """Mean weights of every scale over the steps: L2 in the gradient, and decoupled decay."""

    optimizer: str
    strength: float
    rate: float
    means: FloatArray  # (2, 51, 6): method, step, scale
    formula: float  # (1 − ηλ) to the power of the number of steps


def compute_adam(*, optimizer: str, strength: float, rate: float) -> Decay:
    """Let weights of 1 shrink while the data send them gradients that are noise only."""
    w = np.ones((2, noise().shape[1]))
    everywhere = np.ones(w.shape[1], dtype=bool)
    l2, shrink = L2(np.array([strength, 0.0])), np.array([[0.0], [rate * strength]])
    method = Adam(rate) if optimizer == "Adam" else SGD(rate)
    means = [w.reshape(2, len(SCALES), -1).mean(axis=2)]
    for step, gradient in enumerate(noise(), 1):
        total = np.stack([gradient, gradient])
        l2.add_gradient(w, total, everywhere)  # the first row only
        w -= shrink * w  # the second row only
        method.step(w, total)
        if step % EVERY == 0:
            means.append(w.reshape(2, len(SCALES), -1).mean(axis=2))
    return Decay(optimizer, strength, rate, np.stack(means, axis=1), (1 - rate * strength) ** STEPS)


class DecayArtists(NamedTuple):
    """Mean weight at the end by scale on the left, over the steps on the right."""

    ends: list[Curve]
    courses: list[Curve]
    formula: Line2D


def build_adam(figure: Figure) -> DecayArtists:
    """Draw both views."""
    left, right = figure.subplots(1, 2, sharey=True)
    label_axes(
        left, title=f"After {STEPS} steps", xlabel="standard deviation of the gradient",
        ylabel="mean weight (start: 1)", xlim=(0.008, 12.5), ylim=(-0.08, 1.5),
    )  # fmt: skip
    left.set_xscale("log")
    formula = left.axhline(
        np.nan, color=INK, linewidth=1.6, linestyle=":", label=rf"$(1 - \eta\lambda)^{{{STEPS}}}$"
    )
    left.set_yticks([0, 0.25, 0.5, 0.75, 1])
    label_axes(right, title="Gradients of 0.01 and of 10", xlabel="step", xlim=(0, STEPS))
    ends = [
        Curve(left, color=look.color, linestyle=line, marker=look.marker, label=name)
        for look, name, line in zip(LOOKS, METHODS, ("-", "none"), strict=False)
    ]
    courses = [
        Curve(right, color=look.color, linestyle=line, label=f"{name}, {SCALES[which]:g}")
        for name, look, dotted in (
            ("L2", LOOKS[0], (0, (1, 1))),
            ("decoupled", LOOKS[1], (0, (1, 2.5))),
        )
        for which, line in ((0, look.linestyle), (-1, dotted))
    ]
    add_legend(left, "upper left", frame=True)
    add_legend(right, "upper right", frame=True, columns=2)
    return DecayArtists(ends, courses, formula)


def update_adam(artists: DecayArtists, result: Decay) -> Sequence[Artist]:
    """Draw one setting."""
    artists.formula.set_ydata([result.formula] * 2)
    steps = np.arange(0, STEPS + 1, EVERY)
    changed: list[Artist] = [artists.formula]
    for curve, means in zip(artists.ends, result.means[:, -1], strict=True):
        changed += curve.update(SCALES, means)
    courses = [means[:, which] for means in result.means for which in (0, -1)]
    for curve, means in zip(artists.courses, courses, strict=True):
        changed += curve.update(steps, means)
    return changed


def describe_adam(result: Decay) -> str:
    """Say what is left of the weights with small and with large gradients."""
    penalty, decoupled = result.means[:, -1]
    return (
        f"{result.optimizer}, λ = {result.strength:g}, η = {result.rate:g}: with λw in the "
        f"gradient, weights with gradients of {SCALES[0]:g} go from 1 to "
        f"{number(penalty[0], '{:.2f}')} and those with gradients of {SCALES[-1]:g} to "
        f"{number(penalty[-1], '{:.2f}')}; with decoupled decay to "
        f"{number(decoupled[0], '{:.2f}')} and {number(decoupled[-1], '{:.2f}')}."
    )


adam = Demo(
    name="04.adam",
    title="L2 penalty and decoupled weight decay: the same under SGD, not under Adam",
    compute=compute_adam,
    build=build_adam,
    update=update_adam,
    describe=describe_adam,
    controls=(
        Choice("optimizer", "Optimizer", options=("Adam", "SGD"), start="Adam"),
        Slider("strength", "Strength λ", values=(0, 0.03, 0.1, 0.2, 0.3), start=0.1),
        Slider("rate", "Learning rate η", values=(0.003, 0.01, 0.02, 0.03), start=0.02),
    ),
    try_this=(
        "Start: with λw in the gradient, the weights with the largest gradients hardly shrink, and "
        "those with the smallest are soon 0. Decoupled decay treats all alike.",
        "Adam, λ from 0.03 to 0.3: at the left end even 0.03 takes everything, at the right end "
        "even 0.3 leaves most.",
        "SGD: the two are the same at every λ and η.",
    ),
    kept={"strength": [0, 0.03, 0.1, 0.3], "rate": [0.003, 0.02, 0.03]},
)
