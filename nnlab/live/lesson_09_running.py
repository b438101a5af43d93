"""Lesson 09, live: how fast the running averages follow the batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab._arrays import FloatArray
from nnlab.layers import BatchNorm
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, add_legend, label_axes
from nnlab.live.style import BLUE, INK, ORANGE
from nnlab.network import Sequential

__all__ = ["MEAN", "UPDATES", "VARIANCE", "running"]

UNBIASED, BIASED = "divided by m − 1", "divided by m"
UPDATES = 300
MEAN = (1.0, 3.0)  # of the unit's input, before and after the jump
JUMP = 150  # the update at which earlier layers have moved it
VARIANCE = 4.0
LAST = UPDATES - JUMP  # over how many updates the caption averages


@dataclass(frozen=True)
class Stream:
    """Statistics of 300 batches and the running averages made of them."""

    new_weight: float
    size: int
    variance: str
    batch_mean: FloatArray  # (UPDATES,)
    batch_var: FloatArray  # (UPDATES,) as it goes into the running average
    running_mean: FloatArray  # (UPDATES + 1,) from before the first update on
    running_var: FloatArray  # (UPDATES + 1,)
    expected_mean: FloatArray  # (UPDATES + 1,) the running mean if every batch had the true mean


def compute_stream(*, new_weight: float, size: int, variance: str) -> Stream:
    """Send 300 batches through the engine's layer and write down its running averages."""
    true_mean = np.where(np.arange(UPDATES) < JUMP, *MEAN)[:, None]
    numbers = np.random.default_rng(size).standard_normal((UPDATES, size))
    batches = true_mean + np.sqrt(VARIANCE) * numbers
    layer = BatchNorm(1, new_weight=new_weight, unbiased=variance == UNBIASED)
    net = Sequential(layer, dtype=np.float64)
    kept = [net.buffers.copy()]
    for batch in batches:
        net.forward(batch[:, None], training=True)
        kept.append(net.buffers.copy())
    running = np.stack(kept)  # (UPDATES + 1, 2)
    expected = [0.0]
    for mean in true_mean[:, 0].tolist():
        expected.append((1 - new_weight) * expected[-1] + new_weight * mean)
    return Stream(
        new_weight, size, variance, batches.mean(axis=1),
        batches.var(axis=1, ddof=1 if layer.unbiased else 0), running[:, 0], running[:, 1],
        np.array(expected),
    )  # fmt: skip


class StreamArtists(NamedTuple):
    """Two panels: batches, running average, truth."""

    batch_mean: Line2D
    running_mean: Curve
    batch_var: Line2D
    running_var: Curve


def build_stream(figure: Figure) -> StreamArtists:
    """Draw means on the left, variances on the right."""
    left, right = figure.subplots(1, 2)
    label_axes(left, title="Mean", xlabel="update", xlim=(0, UPDATES), ylim=(-4, 9))
    label_axes(right, title="Variance", xlabel="update", xlim=(0, UPDATES), ylim=(0, 14))
    dots = [
        axes.plot(
            [],
            [],
            "o",
            color=BLUE,
            markersize=4.5,
            alpha=0.45,
            markeredgewidth=0,
            label="of a batch",
        )[0]
        for axes in (left, right)
    ]
    curves = [Curve(axes, color=ORANGE, label="running average") for axes in (left, right)]
    truth = {"color": INK, "linestyle": "--", "linewidth": 2.0, "zorder": 1.9, "label": "truth"}
    left.plot([0, JUMP, JUMP, UPDATES], np.repeat(MEAN, 2), **truth)
    right.plot([0, UPDATES], [VARIANCE] * 2, **truth)
    add_legend(left, "upper left", frame=True)
    return StreamArtists(dots[0], curves[0], dots[1], curves[1])


def update_stream(artists: StreamArtists, result: Stream) -> Sequence[Artist]:
    """Show batches and running averages."""
    updates = np.arange(UPDATES + 1)
    artists.batch_mean.set_data(updates[1:], result.batch_mean)
    artists.batch_var.set_data(updates[1:], result.batch_var)
    return [
        artists.batch_mean,
        *artists.running_mean.update(updates, result.running_mean),
        artists.batch_var,
        *artists.running_var.update(updates, result.running_var),
    ]


def half_way(result: Stream) -> int | None:
    """Return how many updates after the jump the running mean is half way for the first time."""
    there = result.running_mean[JUMP + 1 :] > np.mean(MEAN)
    return int(there.argmax()) + 1 if there.any() else None


def describe_stream(result: Stream) -> str:
    """Say how fast the mean follows and where the variance settles."""
    steps = half_way(result)
    follows = (
        f"half way after {steps} update{'s' if steps > 1 else ''}"
        if steps
        else f"not half way after {UPDATES - JUMP} updates"
    )
    noise = np.sqrt(np.mean((result.running_mean - result.expected_mean)[-LAST:] ** 2))
    level = result.running_var[-LAST:].mean()
    return (
        f"Weight {result.new_weight:g} of the new batch (PyTorch: momentum {result.new_weight:g}, "
        f"Keras: {1 - result.new_weight:g}), batches of {result.size}, variance "
        f"{result.variance}. After the jump the running mean is {follows}; chance "
        f"throws it off by {noise:.2f} (root mean square). Over the last {LAST} updates the "
        f"running variance is {level:.2f} on average; the truth is {VARIANCE:g}."
    )


running = Demo(
    name="09.running",
    title="How fast the running averages follow",
    compute=compute_stream,
    build=build_stream,
    update=update_stream,
    describe=describe_stream,
    controls=(
        Slider(
            "new_weight",
            "Weight of the new batch",
            values=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1),
            start=0.1,
        ),
        Slider("size", "Batch size m", values=(2, 4, 8, 16, 32, 64, 128), start=16),
        Choice("variance", "Variance that is averaged", options=(UNBIASED, BIASED), start=UNBIASED),
    ),
    try_this=(
        "Weight 1: the running average is the last batch. Weight 0.01: smooth, but after 150 "
        "updates it is still on its way from 0 and 1, where it began.",
        "Batch size 2, weight 0.03: divided by m, the running variance settles at half of the "
        "truth.",
        "Batch size 128: hardly any noise, and both divisors agree.",
    ),
    kept={"new_weight": [0.01, 0.03, 0.1, 1], "size": [2, 16, 128]},
)
