"""Live figure of lesson 03: training and validation error over the number of examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import AnyArray, FloatArray
from nnlab.curves import Scores, learning_curve, mean_and_standard_error
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, MetricCurves, add_legend, label_axes
from nnlab.live.lesson_03_hundred_networks import NOISE, UNITS, WEIGHT_DECAY
from nnlab.live.lesson_03_small_networks import train, training_sets
from nnlab.live.style import GREY
from nnlab.live.words import number

__all__ = ["learning_curves"]

SIZES = (10, 15, 20, 40, 80, 160)
SEEDS = range(16)
POOL, VALIDATION = 1000, 1000


@dataclass(frozen=True)
class LearningCurves:
    """Mean errors over the seeds, with their standard errors, at every size."""

    units: int
    noise: float
    weight_decay: float
    training: FloatArray  # (6,)
    training_error: FloatArray
    validation: FloatArray
    validation_error: FloatArray


def compute_learning_curves(*, units: int, noise: float, weight_decay: float) -> LearningCurves:
    """Train networks on more and more examples, with 16 seeds for each size."""
    x, y = training_sets(1, POOL + VALIDATION, noise, seed=2)
    held_out = x[:, POOL:], y[:, POOL:]

    def errors(x: AnyArray, y: AnyArray, seeds: list[int]) -> Scores:
        nets = train(x[..., 0], y, units, weight_decay=weight_decay)
        return nets.train_error, ((nets.predict(held_out[0]) - held_out[1]) ** 2).mean(axis=1)

    curve = learning_curve(errors, x[0, :POOL, None], y[0, :POOL], SIZES, SEEDS)
    return LearningCurves(
        units,
        noise,
        weight_decay,
        *mean_and_standard_error(curve.train),
        *mean_and_standard_error(curve.validation),
    )


class LearningCurvesArtists(NamedTuple):
    """Both curves and the noise floor."""

    floor: Curve
    curves: MetricCurves


def build_learning_curves(figure: Figure) -> LearningCurvesArtists:
    """Draw both errors over the number of training examples."""
    axes = figure.subplots()
    label_axes(axes, xlim=(9.3, 172), ylim=(0, 1.1))
    axes.set_xscale("log")
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.minorticks_off()
    artists = LearningCurvesArtists(
        Curve(axes, color=GREY, label="noise floor σ²", linestyle=":"),
        MetricCurves(
            axes, ("training", "validation"), xlabel="training examples (logarithmic)",
            ylabel="mean squared error", band=True, legend="",
        ),
    )  # fmt: skip
    add_legend(axes, "upper right", frame=True)
    return artists


def update_learning_curves(
    artists: LearningCurvesArtists, result: LearningCurves
) -> Sequence[Artist]:
    """Draw both curves with bands of one standard error."""
    pairs = (
        (result.training, result.training_error),
        (result.validation, result.validation_error),
    )
    return [
        *artists.floor.update([1, 1000], [result.noise**2] * 2),
        *artists.curves.update(
            [mean for mean, _ in pairs],
            [(mean - error, mean + error) for mean, error in pairs],
            x=np.array(SIZES),
        ),
    ]


def describe_learning_curves(result: LearningCurves) -> str:
    """Say both errors at both ends."""
    ends = [
        f"with {SIZES[end]} examples training {result.training[end]:.2f}, validation "
        f"{result.validation[end]:.2f}"
        for end in (0, -1)
    ]
    return (
        f"{result.units} hidden unit{'s' * (result.units != 1)}, noise {number(result.noise)}, "
        f"weight decay {number(result.weight_decay)}: {'; '.join(ends)}; the noise floor is "
        f"{result.noise**2:.2f}."
    )


learning_curves = Demo(
    name="03.learning_curves",
    title="Learning curves: does more data help?",
    compute=compute_learning_curves,
    build=build_learning_curves,
    update=update_learning_curves,
    describe=describe_learning_curves,
    controls=(
        Slider("units", "Hidden units", values=UNITS, start=10),
        NOISE,
        WEIGHT_DECAY,
    ),
    try_this=(
        "10 hidden units: a wide gap at the left that more data closes, down to the noise floor. "
        "That is high variance.",
        "1 hidden unit: both curves meet early, far above the floor. That is high bias, and more "
        "data does not cure it.",
        "10 units, λ 0.0001 → 0.003: the gap at the left is smaller. λ 0.1: bias again.",
    ),
    kept={"weight_decay": (0.0001, 0.003, 0.1)},
)
