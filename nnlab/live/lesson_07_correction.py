"""Lesson 07, live: Adam's first steps with and without bias correction."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, add_legend, label_axes
from nnlab.live.style import GREY, INK, LOOKS
from nnlab.optimizers import Adam

__all__ = ["correction"]

STEPS = 1000
COPIES = 200  # parameters with noise of their own, whose mean step is drawn


@dataclass(frozen=True)
class Correction:
    """Moments and steps of Adam for gradients of mean 1."""

    beta1: float
    beta2: float
    noise: float
    moments: FloatArray  # (2, 1000): m and the root of v, as they are
    corrected: FloatArray  # (2, 1000): the same, divided by 1 − βᵗ
    steps: FloatArray  # (2, 1000): without and with correction, in learning rates


@cache
def draws() -> FloatArray:
    """Return the noise of every step and parameter, (1000, 200)."""
    return np.random.default_rng(3).standard_normal((STEPS, COPIES))


def compute_correction(*, beta1: float, beta2: float, noise: float) -> Correction:
    """Let Adam step 1000 times with learning rate 1, once without correction and once with."""
    gradients = 1 + noise * draws()
    methods = [Adam(1.0, (beta1, beta2), bias_correction=on) for on in (False, True)]
    theta = np.zeros((2, COPIES))
    steps, moments = np.empty((2, STEPS)), np.empty((2, STEPS))
    for step, gradient in enumerate(gradients):
        before = theta.copy()
        for method, row in zip(methods, theta, strict=True):
            method.step(row, gradient)
        steps[:, step] = (before - theta).mean(axis=1)
        m, v = (getattr(methods[0], name) for name in methods[0].moments)
        moments[:, step] = m.mean(), np.sqrt(v.mean())
    t = np.arange(1, STEPS + 1)
    short = np.stack([1 - beta1**t, np.sqrt(1 - beta2**t)])
    return Correction(beta1, beta2, noise, moments, moments / short, steps)


class CorrectionArtists(NamedTuple):
    """The averages on the left, the steps on the right."""

    moments: list[Curve]
    corrected: list[Curve]
    steps: list[Curve]


def build_correction(figure: Figure) -> CorrectionArtists:
    """Draw both views."""
    left, right = figure.subplots(1, 2)
    label_axes(
        left, title="The two averages", xlabel="step t", xlim=(1, STEPS), ylim=(0, 4.6)
    )  # fmt: skip
    label_axes(
        right, title="The mean step", xlabel="step t", ylabel="in learning rates",
        xlim=(1, STEPS), ylim=(0.1, 60),
    )  # fmt: skip
    right.set_yscale("log")
    right.set_yticks([0.1, 0.3, 1, 3, 10, 30], ["0.1", "0.3", "1", "3", "10", "30"])
    right.yaxis.minorticks_off()
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
        axes.minorticks_off()
    right.axhline(1, color=GREY, linewidth=1.2)
    first, second = LOOKS[:2]
    moments = [
        Curve(left, color=look.color, linestyle=":", label=f"{name}, as it is")
        for look, name in ((first, "$m$"), (second, r"$\sqrt{v}$"))
    ]
    corrected = [
        Curve(left, color=look.color, linestyle=look.linestyle, label=f"{name}, corrected")
        for look, name in ((first, "$m$"), (second, r"$\sqrt{v}$"))
    ]
    add_legend(left, "upper left", frame=True, columns=2)
    steps = [
        Curve(right, color=INK, linestyle=":", label="without correction"),
        Curve(right, color=LOOKS[2].color, label="with correction"),
    ]
    add_legend(right, "upper right", frame=True)
    return CorrectionArtists(moments, corrected, steps)


def update_correction(artists: CorrectionArtists, result: Correction) -> Sequence[Artist]:
    """Draw one setting."""
    t = np.arange(1, STEPS + 1)
    changed: list[Artist] = []
    for curves, values in (
        (artists.moments, result.moments),
        (artists.corrected, result.corrected),
        (artists.steps, result.steps),
    ):
        for curve, row in zip(curves, values, strict=True):
            changed += curve.update(t, row)
    return changed


def describe_correction(result: Correction) -> str:
    """Say the first step, the largest and the last."""
    without, corrected = result.steps
    largest = int(without.argmax())
    longest = (
        f"the longest without is {without[largest]:.1f}, at step {largest + 1}"
        if without[largest] > 1.05 * max(corrected[0], corrected[-1])
        else "no later one is much longer than with it"
    )
    return (
        f"β₁ = {result.beta1:g}, β₂ = {result.beta2:g}, noise {result.noise:g}: the first step is "
        f"{corrected[0]:.2f} learning rates with correction and {without[0]:.2f} without; "
        f"{longest}; step {STEPS} is "
        f"{corrected[-1]:.2f} with and {without[-1]:.2f} without."
    )


correction = Demo(
    name="07.correction",
    title="Adam's first steps, with and without bias correction",
    compute=compute_correction,
    build=build_correction,
    update=update_correction,
    describe=describe_correction,
    controls=(
        Slider("beta1", "β₁", values=(0, 0.5, 0.8, 0.9, 0.95), start=0.9),
        Slider("beta2", "β₂", values=(0.8, 0.9, 0.99, 0.999), start=0.999),
        Slider("noise", "Noise of the gradient", values=(0, 1, 2, 3), start=0),
    ),
    try_this=(
        "Start: every gradient is 1, so every step should be one learning rate. Without correction "
        "√v is too small for longer than m is: the first step is 3 times too long, the longest "
        "more than 6 times.",
        "β₂ = 0.99: both errors of the first step cancel. β₂ = 0.9: now m is the slower one, and "
        "the first steps are too short.",
        "Noise 3: the steps are shorter, as √v sees the noise and m averages it away; without "
        "correction the first ones are still too long.",
    ),
)
