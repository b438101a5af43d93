"""Lesson 07, live: six optimizers on one surface, with one learning rate or each with its best."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab._arrays import FloatArray
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Contours, Curve, Path, add_legend, label_axes
from nnlab.live.lesson_07_surfaces import SURFACES, XLIM, YLIM
from nnlab.live.style import INK, LOOKS
from nnlab.live.words import number
from nnlab.optimizers import SGD, AdaGrad, Adam, Momentum, Nesterov, Optimizer, RMSProp

__all__ = ["NAMES", "fair_race", "race"]

NAMES = ("SGD", "momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam")
STEPS, SEEDS = 100, 5
GRID = 2.0 ** (np.arange(-24, 11) / 2)  # two learning rates an octave, from 0.0002 to 32
AROUND = 4  # grid points that both ends keep free for multiples of the best rate
LOW, HIGH = 1e-4, 50.0  # of the drawn losses


@dataclass(frozen=True)
class Race:
    """Paths and losses of six optimizers, and their last losses at every learning rate."""

    surface: str
    asked: str  # what the reader set, in words
    rates: FloatArray  # (6,) with which they run
    shared: float  # the rate of all, NaN if each has its own
    seeds: int  # 1 without noise, where all would be the same
    heights: FloatArray  # (61, 91) the surface
    paths: FloatArray  # (6, 101, 2) of the first seed
    losses: FloatArray  # (6, 101) above the minimum, mean over the seeds
    sweep: FloatArray  # (6, 35) after the last step, mean over the seeds


def optimizers(rates: FloatArray, momentum: float) -> list[Optimizer]:
    """Return one of each, all with these learning rates."""
    return [
        SGD(rates),
        Momentum(rates, momentum, form="torch"),
        Nesterov(rates, momentum),
        AdaGrad(rates),
        RMSProp(rates, alpha=0.9),
        Adam(rates, betas=(momentum, 0.999)),
    ]


@cache
def draws() -> FloatArray:
    """Return the noise of every step and seed, (100, 5, 2): the same for all optimizers."""
    return np.random.default_rng(7).standard_normal((STEPS, SEEDS, 2))


def run(
    surface: str, rates: FloatArray, momentum: float, noise: float
) -> tuple[FloatArray, FloatArray]:
    """Run all optimizers with all rates (K,): paths (101, 6, K, S, 2) and losses (101, 6, K, S)."""
    ground = SURFACES[surface]
    seeds = SEEDS if noise else 1
    paths = np.empty((STEPS + 1, len(NAMES), len(rates), seeds, 2))
    paths[0] = ground.start
    theta = paths[0].copy()
    rows = [one.reshape(-1, 2) for one in theta]  # views: what a step changes changes theta
    methods = optimizers(np.repeat(rates, seeds), momentum)
    with np.errstate(all="ignore"):  # what diverges may overflow
        for step in range(STEPS):
            gradient = ground.gradient(theta)
            gradient += noise * draws()[step, :seeds]
            for method, row, g in zip(methods, rows, gradient, strict=True):
                method.step(row, g.reshape(-1, 2))
            paths[step + 1] = theta
        losses = ground.above(paths)
    return paths, np.where(np.isfinite(losses), losses, np.inf)


def inside(paths: FloatArray) -> FloatArray:
    """Return paths (101, 6, 2) that end, in NaN, where they are far outside the picture."""
    near = (np.abs(paths) < (3 * XLIM[1], 3 * YLIM[1])).all(axis=-1)
    return np.where(np.minimum.accumulate(near)[..., None], paths, np.nan)


def result_of(
    surface: str, asked: str, which: FloatArray, rates: FloatArray, paths: FloatArray,
    losses: FloatArray,
) -> Race:  # fmt: skip
    """Return the race in which optimizer k runs with rate number which[k]."""
    each = np.arange(len(NAMES))
    return Race(
        surface, asked, rates[which], float("nan"), losses.shape[-1], SURFACES[surface].grid(),
        inside(paths[:, each, which, 0]).swapaxes(0, 1), losses[:, each, which].mean(axis=-1).T,
        losses[-1, :, : len(GRID)].mean(axis=-1),
    )  # fmt: skip


def compute_race(*, surface: str, rate: float, momentum: float, noise: float) -> Race:
    """Give all six the same learning rate."""
    rates = np.append(GRID, rate)
    paths, losses = run(surface, rates, momentum, noise)
    asked = f"learning rate {rate:g} for all, momentum {momentum:g}, noise {noise:g}"
    which = np.full(len(NAMES), len(GRID))
    result = result_of(surface, asked, which, rates, paths, losses)
    return replace(result, shared=rate)


def compute_fair_race(*, surface: str, factor: float, momentum: float, noise: float) -> Race:
    """Give each the rate with the lowest mean loss after the last step, times a factor."""
    paths, losses = run(surface, GRID, momentum, noise)
    last = losses[-1].mean(axis=-1)
    best = AROUND + last[:, AROUND:-AROUND].argmin(axis=1)
    which = best + round(2 * np.log2(factor))
    asked = f"each at {factor:g} × its best rate, momentum {momentum:g}, noise {noise:g}"
    return result_of(surface, asked, which, GRID, paths, losses)


class RaceArtists(NamedTuple):
    """The plane on the left; loss by step and by learning rate on the right."""

    contours: Contours
    paths: list[Path]
    losses: list[Curve]
    sweeps: list[Curve]
    marks: list[Line2D]
    line: Line2D


def log_axis(axes: Axes) -> None:
    """Give the losses the same logarithmic axis in both views."""
    axes.set_yscale("log")
    axes.set_ylim(LOW, HIGH)
    axes.set_yticks([1e-4, 1e-2, 1])
    axes.minorticks_off()


def build_race(figure: Figure) -> RaceArtists:
    """Draw three views."""
    grid = figure.add_gridspec(2, 2, width_ratios=[1.25, 1])
    plane = figure.add_subplot(grid[:, 0])
    course, sweep = figure.add_subplot(grid[0, 1]), figure.add_subplot(grid[1, 1])
    contours = Contours(plane, XLIM, YLIM, levels=12, log=True)
    plane.set_aspect("equal")
    label_axes(plane, title="Paths over two parameters, first seed")
    paths = [Path(plane, look=look, label=name) for look, name in zip(LOOKS, NAMES, strict=True)]
    plane.set_anchor("N")
    legend = add_legend(plane, "upper center", columns=3)
    legend.set_bbox_to_anchor((0.5, -0.09))
    legend.set_in_layout(False)  # it stands in the room that the aspect leaves
    label_axes(course, title="Loss above the minimum", xlabel="step", xlim=(0, STEPS))
    label_axes(
        sweep, title="After 100 steps, at every rate", xlabel="learning rate",
        xlim=(float(GRID[0]), float(GRID[-1])),
    )  # fmt: skip
    sweep.set_xscale("log")
    log_axis(course)
    log_axis(sweep)
    looks = [(look.color, look.linestyle) for look in LOOKS]
    line = sweep.axvline(1.0, color=INK, linewidth=1.4, linestyle=":")
    marks = [
        sweep.plot(
            [], [], linestyle="none", marker=look.marker, color=look.color, markersize=9,
            markeredgecolor="white", zorder=4,
        )[0]
        for look in LOOKS
    ]  # fmt: skip
    return RaceArtists(
        contours,
        paths,
        [Curve(course, color=color, linestyle=style) for color, style in looks],
        [Curve(sweep, color=color, linestyle=style) for color, style in looks],
        marks,
        line,
    )


def update_race(artists: RaceArtists, result: Race) -> Sequence[Artist]:
    """Draw one race."""
    artists.line.set_xdata([result.shared] * 2)
    changed: list[Artist] = [*artists.contours.update(result.heights), artists.line]
    losses, sweep = np.clip(result.losses, LOW, HIGH), np.clip(result.sweep, LOW, HIGH)
    for k in range(len(NAMES)):
        changed += artists.paths[k].update(result.paths[k])
        changed += artists.losses[k].update(np.arange(STEPS + 1), losses[k])
        changed += artists.sweeps[k].update(GRID, sweep[k])
        artists.marks[k].set_data([result.rates[k]], [losses[k, -1]])
        changed.append(artists.marks[k])
    return changed


def height(loss: float) -> str:
    """Return a loss in words, without digits that do not matter."""
    if loss < LOW:
        return "below 0.0001"
    return "diverged" if loss > HIGH else number(loss, "{:.1g}" if loss < 0.01 else "{:.2g}")


def describe_race(result: Race) -> str:
    """Say where all are after the last step, the lowest first."""
    last = result.losses[:, -1]
    places = ", ".join(
        f"{NAMES[k]} {height(float(last[k]))}"
        + (f" at {result.rates[k]:.2g}" if np.isnan(result.shared) else "")
        for k in np.argsort(np.maximum(last, LOW), kind="stable")
    )
    mean = f", mean of {result.seeds} seeds" if result.seeds > 1 else ""
    return (
        f"{result.surface.capitalize()}, {result.asked}: loss above the minimum after {STEPS} "
        f"steps{mean}: {places}."
    )


SURFACE = Choice("surface", "Surface", options=tuple(SURFACES), start="ravine")
MOMENTUM = Slider(
    "momentum", "Momentum γ, β₁ of Adam", values=(0, 0.5, 0.7, 0.8, 0.9, 0.95), start=0.9
)
NOISE = Slider("noise", "Noise of the gradient", values=(0, 0.1, 0.3, 1, 3), start=0)

race = Demo(
    name="07.race",
    title="A race with one learning rate for all",
    compute=compute_race,
    build=build_race,
    update=update_race,
    describe=describe_race,
    controls=(
        SURFACE,
        Slider(
            "rate", "Learning rate of all",
            values=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0), start=0.03,
        ),
        MOMENTUM,
        NOISE,
    ),
    try_this=(
        "Drag the learning rate over the ravine: at 0.03 momentum is ahead, at 0.1 Adam, at 3 "
        "AdaGrad. The rate decides who wins.",
        "Saddle, rate 0.03: SGD and AdaGrad still stand before it after 100 steps; the others have "
        "found a way down. With noise 1 SGD leaves it too.",
        "Plateau, rate 0.03: SGD hardly moves where the gradient is small, and AdaGrad, with its "
        "falling rate, does not get far either.",
    ),
    kept={"rate": [0.003, 0.03, 0.3, 3.0], "momentum": [0, 0.9], "noise": [0, 1]},
)  # fmt: skip

fair_race = Demo(
    name="07.fair_race",
    title="A fair race: each optimizer with its own best learning rate",
    compute=compute_fair_race,
    build=build_race,
    update=update_race,
    describe=describe_race,
    controls=(
        SURFACE,
        Slider("factor", "Rate, times the best", values=(0.25, 0.5, 1.0, 2.0, 4.0), start=1.0),
        MOMENTUM,
        NOISE,
    ),
    try_this=(
        "Start: now all six come down; only SGD is still on its way. Momentum 0: momentum and "
        "Nesterov are the same as SGD.",
        "Turned ravine: AdaGrad, first at the bottom before, is last now. It scales x and y, and "
        "here the walls lie along neither.",
        "4 × the best rate: SGD, momentum and Nesterov fly apart; Adam hardly minds. Then noise 1 "
        "at the best rates: nobody reaches the bottom, and the six are closer.",
    ),
    kept={"factor": [0.25, 1.0, 4.0], "momentum": [0, 0.9], "noise": [0, 1]},
)
