"""Lesson 07, live: informative features that are rarely there."""

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
from nnlab.live.style import GREY, LOOKS
from nnlab.optimizers import SGD, AdaGrad, Adam, Momentum, Optimizer, RMSProp

__all__ = ["rare"]

NAMES = ("SGD", "momentum", "AdaGrad", "RMSProp", "Adam")
WHICH = (0, 1, 3, 4, 5)  # their looks, those of the race
FEATURES, SEEDS, NOISE = 16, 5, 0.1
RATES = np.logspace(-2, 1, 13)
TARGETS = np.where(np.arange(FEATURES) % 2, 1.0, -1.0)
MOST, LARGEST = 200, 16
LOW, HIGH = 1e-4, 2.0


@dataclass(frozen=True)
class Rare:
    """What five optimizers have learned, each at its best learning rate."""

    rarest: int
    updates: int
    batch: int
    shares: FloatArray  # (16,) of the examples in which a feature is present
    learned: FloatArray  # (5, 5, 16): optimizer, seed, weight over its target
    steps: FloatArray  # (T,)
    losses: FloatArray  # (5, T, 5) above the noise, by seed
    rates: FloatArray  # (5,)


@cache
def draws() -> tuple[FloatArray, FloatArray]:
    """Return uniform numbers that decide which features are present, and noise of the targets."""
    rng = np.random.default_rng(0)
    present = rng.random((MOST, SEEDS, LARGEST, FEATURES))
    return present, NOISE * rng.standard_normal((MOST, SEEDS, LARGEST))


def optimizers() -> list[Optimizer]:
    """Return one of each, for 5 × 13 models: every seed with every rate."""
    rates = np.tile(RATES, SEEDS)
    return [SGD(rates), Momentum(rates), AdaGrad(rates), RMSProp(rates), Adam(rates)]


def compute_rare(*, rarest: int, updates: int, batch: int) -> Rare:
    """Fit linear models to a stream of new examples with features that are 0 or 1."""
    shares = np.geomspace(0.5, 1 / rarest, FEATURES)
    uniform, noise = draws()
    x = (uniform[:updates, :, :batch] < shares).astype(float)
    y = x @ TARGETS + noise[:updates, :, :batch]
    theta = np.zeros((len(NAMES), SEEDS, len(RATES), FEATURES))
    rows = [one.reshape(-1, FEATURES) for one in theta]
    steps, losses = [0], [expected_loss(theta, shares)]
    every, methods = updates // 20, optimizers()
    with np.errstate(all="ignore"):  # what diverges may overflow
        for update in range(updates):
            error = theta @ x[update].swapaxes(1, 2) - y[update][:, None]  # (5, 5, 13, B)
            gradient = error @ x[update] / batch
            for method, row, g in zip(methods, rows, gradient, strict=True):
                method.step(row, g.reshape(row.shape))
            if (update + 1) % every == 0:
                steps.append(update + 1)
                losses.append(expected_loss(theta, shares))
    course = np.array(losses)  # (T, 5, 5, 13): step, optimizer, seed, rate
    course = np.where(np.isfinite(course), course, np.inf)
    chosen, each = course[-1].mean(axis=1).argmin(axis=1), np.arange(len(NAMES))
    learned = theta[each, :, chosen] / TARGETS
    return Rare(
        rarest, updates, batch, shares, learned, np.array(steps, float),
        course.transpose(1, 3, 0, 2)[each, chosen], RATES[chosen],
    )  # fmt: skip


def expected_loss(theta: FloatArray, shares: FloatArray) -> FloatArray:
    """Return half the expected squared error on new examples, without the noise of the targets."""
    away = theta - TARGETS
    return 0.5 * ((away * away * shares * (1 - shares)).sum(-1) + (away @ shares) ** 2)


class RareArtists(NamedTuple):
    """The weights on the left, the losses on the right."""

    learned: list[Curve]
    losses: list[Curve]


def build_rare(figure: Figure) -> RareArtists:
    """Draw both views."""
    left, right = figure.subplots(1, 2, width_ratios=[1.2, 1])
    label_axes(
        left, title="What is learned of each weight (mean)",
        xlabel="share of examples with the feature", ylabel="weight / true weight",
        xlim=(0.55, 0.0018), ylim=(-0.05, 1.4),
    )  # fmt: skip
    left.set_xscale("log")
    left.set_xticks([0.5, 0.1, 0.01, 0.002], ["1/2", "1/10", "1/100", "1/500"])
    left.minorticks_off()
    left.axhline(1, color=GREY, linewidth=1.2)
    label_axes(
        right, title="Loss above the noise", xlabel="update", xlim=(0, MOST), ylim=(LOW, HIGH)
    )
    right.set_yscale("log")
    looks = [LOOKS[k] for k in WHICH]
    learned = [
        Curve(left, color=look.color, linestyle=look.linestyle, marker=look.marker, label=name)
        for look, name in zip(looks, NAMES, strict=True)
    ]
    add_legend(left, "lower left", frame=True)
    losses = [
        Curve(right, color=look.color, linestyle=look.linestyle, marker=look.marker, band=True)
        for look in looks
    ]
    return RareArtists(learned, losses)


def update_rare(artists: RareArtists, result: Rare) -> Sequence[Artist]:
    """Draw one setting."""
    changed: list[Artist] = []
    losses = np.clip(result.losses, LOW, HIGH)
    for k in range(len(NAMES)):
        changed += artists.learned[k].update(result.shares, result.learned[k].mean(axis=0))
        course = losses[k]
        changed += artists.losses[k].update(
            result.steps, course.mean(axis=1), course.min(axis=1), course.max(axis=1)
        )
    return changed


def describe_rare(result: Rare) -> str:
    """Say what is learned of the rarest feature, and the losses."""
    each = ", ".join(
        f"{name} {100 * weight:.0f} % and {loss:.4f}"
        for name, weight, loss in zip(
            NAMES,
            result.learned[..., -1].mean(axis=1).tolist(),
            result.losses[:, -1].mean(axis=1).tolist(),
            strict=True,
        )
    )
    return (
        f"The rarest feature is in 1 of {result.rarest} examples; after {result.updates} updates "
        f"with {result.batch} examples each, what is learned of its weight and the loss above the "
        f"noise, each optimizer at its best of {len(RATES)} rates, means of 5 seeds: {each}."
    )


rare = Demo(
    name="07.rare",
    title="Rare features: who learns them?",
    compute=compute_rare,
    build=build_rare,
    update=update_rare,
    describe=describe_rare,
    controls=(
        Slider(
            "rarest",
            "Rarest feature: 1 in",
            values=(3, 10, 30, 100, 200, 500),
            start=200,
        ),
        Slider("updates", "Updates", values=(40, 80, 120, 160, 200), start=120),
        Slider("batch", "Examples in a batch", values=(4, 8, 16), start=8),
    ),
    try_this=(
        "Start: SGD has learned about half of the rarest weight, AdaGrad nearly all of it. In loss "
        "SGD is the highest; AdaGrad, RMSProp and Adam are about level.",
        "Drag the rarest feature to 1 in 3: all features are common, and SGD is as good as "
        "AdaGrad.",
        "1 in 500: one of the five seeds never meets the rarest feature. In the other four AdaGrad "
        "has learned most of it.",
    ),
    kept={"rarest": [3, 30, 200, 500], "updates": [40, 120, 200]},
)
