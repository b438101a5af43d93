"""Lesson 07, live: the batch size, the noise of the gradient, and what an epoch and time buy."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab import datasets
from nnlab._arrays import FloatArray
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, Points, add_legend, label_axes
from nnlab.live.style import LOOKS
from nnlab.optimizers import SGD

__all__ = ["batch"]

EXAMPLES, SEEDS, EPOCHS, ROWS = 256, 5, 4, 8  # ROWS: how often an epoch is measured at most
RATES = np.array([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
CLOUD = 120
LOW, HIGH = 0.003, 1.0


class Course(NamedTuple):
    """Loss above the minimum of one batch size at its best rate, over the updates."""

    size: int
    rate: float
    updates: FloatArray  # (T,)
    losses: FloatArray  # (T, 5)

    @property
    def epochs(self) -> FloatArray:
        """Passes over the data."""
        return self.updates * self.size / EXAMPLES

    def time(self, parallel: int) -> FloatArray:
        """Time in that of one example, where so many examples take no longer than one."""
        return self.updates * -(-self.size // parallel)


@dataclass(frozen=True)
class Batches:
    """Gradients of mini-batches, and training with three batch sizes."""

    parallel: int
    gradients: FloatArray  # (120, 2) of two weights at the start
    full: FloatArray  # (2,) of all examples
    noise: float  # of the whole gradient: root mean squared distance over its length
    courses: tuple[Course, Course, Course]  # this size, 1, all


@cache
def patients() -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return standardized patients (5, 256, 10), targets (5, 256) and least losses (5,)."""
    data = datasets.diabetes()
    chosen = np.stack([
        np.random.default_rng(seed).permutation(len(data.y))[:EXAMPLES] for seed in range(SEEDS)
    ])  # fmt: skip
    x, y = data.x[chosen], data.y[chosen]
    x = (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
    y = (y - y.mean(axis=1, keepdims=True)) / y.std(axis=1, keepdims=True)
    covariance = x.swapaxes(1, 2) @ x
    optimum = np.linalg.solve(covariance, x.swapaxes(1, 2) @ y[..., None])
    return x, y, ((x @ optimum)[..., 0] - y).var(axis=1)


def train(size: int) -> Course:
    """Train linear models of five seeds with nine learning rates for four epochs."""
    x, y, least = patients()
    theta = np.zeros((SEEDS, len(RATES), x.shape[2]))
    rows, method = theta.reshape(-1, x.shape[2]), SGD(np.tile(RATES, SEEDS))
    rng = np.random.default_rng(1)
    numbers = np.broadcast_to(np.arange(EXAMPLES), (SEEDS, EXAMPLES))
    per_epoch = EXAMPLES // size
    every = max(1, per_epoch // ROWS)

    def excess() -> FloatArray:
        errors = theta @ x.swapaxes(1, 2) - y[:, None]
        return (np.einsum("srn,srn->sr", errors, errors) / EXAMPLES - least[:, None]).T

    updates, losses = [0], [excess()]
    with np.errstate(all="ignore"):  # what diverges may overflow
        for _ in range(EPOCHS):
            order = rng.permuted(numbers, axis=1)
            seen = np.take_along_axis(x, order[..., None], axis=1)
            targets = np.take_along_axis(y, order, axis=1)
            for begin in range(0, EXAMPLES, size):
                inputs = seen[:, begin : begin + size]
                error = theta @ inputs.swapaxes(1, 2) - targets[:, None, begin : begin + size]
                method.step(rows, ((error @ inputs) * (2 / size)).reshape(rows.shape))
                if method.t % every == 0:
                    updates.append(method.t)
                    losses.append(excess())
    course = np.array(losses)  # (T, 9, 5)
    course = np.where(np.isfinite(course), course, np.inf)
    best = int(course[-1].mean(axis=-1).argmin())
    return Course(size, float(RATES[best]), np.array(updates, float), course[:, best])


def compute_batch(*, size: int, parallel: int) -> Batches:
    """Draw gradients of batches at the start, and train with this size, with 1 and with all."""
    x, y, _ = patients()
    each = -2 * x[0] * y[0][:, None]  # the gradient of every example where all weights are 0
    full, rng = each.mean(axis=0), np.random.default_rng(2)
    batches = rng.permuted(np.tile(np.arange(EXAMPLES), (CLOUD, 1)), axis=1)[:, :size]
    gradients = each[batches].mean(axis=1)
    noise = np.sqrt(((gradients - full) ** 2).sum(axis=1).mean()) / np.sqrt((full**2).sum())
    one = train(1)
    this = one if size == 1 else train(size)
    courses = (this, one, train(EXAMPLES))
    return Batches(parallel, gradients[:, [2, 8]], full[[2, 8]], float(noise), courses)


class BatchArtists(NamedTuple):
    """Gradients on the left; loss by epoch and by time."""

    cloud: Points
    full: Line2D
    epochs: list[Curve]
    time: list[Curve]


def build_batch(figure: Figure) -> BatchArtists:
    """Draw three views."""
    cloud, epochs, time = figure.subplots(1, 3)
    label_axes(
        cloud, title="120 gradients", xlabel="for the weight of bmi", ylabel="for that of s5",
        xlim=(-7, 4), ylim=(-7, 4),
    )  # fmt: skip
    label_axes(
        epochs, title="Loss by epoch", xlabel="epoch", ylabel="above the minimum",
        xlim=(0, EPOCHS), ylim=(LOW, HIGH),
    )  # fmt: skip
    label_axes(
        time, title="Loss by time", xlabel="time (one example: 1)", xlim=(1, 1100),
        ylim=(LOW, HIGH),
    )  # fmt: skip
    time.set_xscale("log")
    for axes in (epochs, time):
        axes.set_yscale("log")
        axes.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
        axes.minorticks_off()
    names = ("this size", "1", "all 256")
    looks = (LOOKS[0], LOOKS[2], LOOKS[1])
    pairs = [
        [
            Curve(axes, color=look.color, linestyle=look.linestyle, label=name, band=True)
            for look, name in zip(looks[::-1], names[::-1], strict=True)
        ][::-1]
        for axes in (epochs, time)
    ]
    add_legend(epochs, "upper right", frame=True)
    points = Points(cloud, legend="")
    (star,) = cloud.plot(
        [], [], "*", color=LOOKS[1].color, markersize=18, markeredgecolor="white", zorder=5,
        label="of all 256",
    )  # fmt: skip
    add_legend(cloud, "upper left", frame=True, handles=[star])
    return BatchArtists(points, star, *pairs)


def update_batch(artists: BatchArtists, result: Batches) -> Sequence[Artist]:
    """Draw one setting."""
    artists.full.set_data([result.full[0]], [result.full[1]])
    changed: list[Artist] = [*artists.cloud.update(*result.gradients.T), artists.full]
    for course, by_epoch, by_time in zip(result.courses, artists.epochs, artists.time, strict=True):
        losses = np.clip(course.losses.mean(axis=1), LOW, HIGH)
        low, high = (np.clip(edge(course.losses, axis=1), LOW, HIGH) for edge in (np.min, np.max))
        changed += by_epoch.update(course.epochs, losses, low, high)
        times = course.time(result.parallel)[1:]
        changed += by_time.update(times, losses[1:], low[1:], high[1:])
    return changed


def describe_batch(result: Batches) -> str:
    """Say the noise of the gradient, the loss and what the epochs cost."""
    losses = [f"{course.losses[-1].mean():.3f}" for course in result.courses]
    times = [f"{course.time(result.parallel)[-1]:.0f}" for course in result.courses]
    return (
        f"Batches of {result.courses[0].size}: the gradient's noise is {result.noise:.2f} of its "
        f"length. After {EPOCHS} epochs the loss is {losses[0]} above the minimum; {losses[1]} "
        f"with batches of 1 and {losses[2]} with all {EXAMPLES}. With {result.parallel} computed "
        f"at once this lasts {times[0]}, {times[1]} and {times[2]} times as long as one example. "
        f"Each at its best of {len(RATES)} rates, means and ranges of {SEEDS} seeds."
    )


batch = Demo(
    name="07.batch",
    title="The batch size: noise, loss per epoch and loss per time",
    compute=compute_batch,
    build=build_batch,
    update=update_batch,
    describe=describe_batch,
    controls=(
        Slider("size", "Examples in a batch", values=SIZES, start=16),
        Slider("parallel", "Computed at once", values=(1, 4, 16, 64, 256), start=1),
    ),
    try_this=(
        "Size from 256 down to 1: the gradients scatter more and more around that of all examples. "
        "By epoch small batches pay, as they make more updates; from 64 down all end alike.",
        "64 computed at once: by time, batches of 1 are the slowest now. Size 64 takes as little "
        "time as all 256, and its mean is lower.",
        "256 computed at once: four epochs of all 256 now take a quarter of the time of four in "
        "batches of 64.",
    ),
)
