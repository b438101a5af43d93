"""Lesson 02: the best of many models on the validation part looks better than it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab import datasets
from nnlab._arrays import FloatArray, IntArray
from nnlab._nearest_mean import fit_nearest_mean
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, Histogram, add_legend, label_axes
from nnlab.live.style import BLUE, INK, VERMILLION
from nnlab.scalers import Standardizer

__all__ = ["best_of_many"]

MODELS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
SIZES = (20, 30, 50, 100, 200)
TRAINED, TESTED, REPEATS = 69, 200, 100


@cache
def _right() -> FloatArray:
    """Return which of 500 patients each of 256 models gets right, (500, 256).

    Each model looks at two features of the breast cancer data, taken at random, and was trained on
    the same 69 patients; those are none of the 500.
    """
    data = datasets.breast_cancer()
    order = np.random.default_rng(4).permutation(len(data))
    train, rest = order[:TRAINED], order[TRAINED:]
    x = Standardizer().fit(data.x[train]).transform(data.x)
    rng = np.random.default_rng(5)
    pairs = rng.permuted(np.tile(np.arange(30), (MODELS[-1], 1)), axis=1)[:, :2]
    seen = x[:, pairs].swapaxes(0, 1)  # (256, 569, 2)
    model = fit_nearest_mean(seen[:, train], data.y[train])
    return (model.predict(seen[:, rest]) == data.y[rest]).T.astype(float)


@cache
def _parts() -> tuple[IntArray, IntArray]:
    """Return 100 random orders of the 500 patients, and of the 256 models."""
    rng = np.random.default_rng(6)
    patients = np.tile(np.arange(500), (REPEATS, 1))
    models = np.tile(np.arange(MODELS[-1]), (REPEATS, 1))
    return rng.permuted(patients, axis=1), rng.permuted(models, axis=1)


@dataclass(frozen=True)
class BestOfMany:
    """Scores in percent of the models that were best on the validation part."""

    models: int
    validated: int
    validation: FloatArray  # (9, 100) of the best of 1, 2, 4, … models, in 100 repetitions
    test: FloatArray  # (9, 100) of the same models on 200 other patients


def compute_best_of_many(*, models: int, validated: int) -> BestOfMany:
    """Choose on the validation part, then look at the test part."""
    right, (patients, order) = _right(), _parts()
    chosen_for = np.zeros((2, REPEATS, len(right)))
    np.put_along_axis(chosen_for[0], patients[:, :validated], 1, axis=1)
    np.put_along_axis(chosen_for[1], patients[:, -TESTED:], 1, axis=1)
    counts = chosen_for @ right  # (2, 100, 256)
    validation = np.take_along_axis(counts[0], order, axis=1) * 100 / validated
    test = np.take_along_axis(counts[1], order, axis=1) * 100 / TESTED
    best = np.stack([validation[:, :m].argmax(axis=1) for m in MODELS])
    runs = np.arange(REPEATS)
    return BestOfMany(models, validated, validation[runs, best], test[runs, best])


class BestOfManyArtists(NamedTuple):
    """Both scores by the number of models, and their distributions at the chosen one."""

    curves: list[Curve]
    here: Line2D
    histogram: Histogram


def build_best_of_many(figure: Figure) -> BestOfManyArtists:
    """Draw the curves on the left and the distributions on the right."""
    left, right = figure.subplots(1, 2)
    label_axes(
        left, title="The best on the validation part", xlabel="models tried",
        ylabel="accuracy (%)", xlim=(0.9, 285), ylim=(60, 101),
    )  # fmt: skip
    left.set_xscale("log", base=2)
    left.set_xticks(MODELS, [str(m) for m in MODELS])
    here = left.axvline(np.nan, color=INK, linewidth=1.4, linestyle=":", zorder=1.9)
    curves = [
        Curve(left, color=BLUE, label="on the validation part", band=True),
        Curve(left, color=VERMILLION, label="on the test part", linestyle="--", band=True),
    ]
    add_legend(left, "lower right", frame=True)
    label_axes(right, title="100 repetitions", xlabel="accuracy of the chosen model (%)")
    histogram = Histogram(
        right, (49, 101), ("validation part", "test part"), bins=26, legend="upper left"
    )
    label_axes(right, ylim=(0, 92))
    return BestOfManyArtists(curves, here, histogram)


def update_best_of_many(artists: BestOfManyArtists, result: BestOfMany) -> Sequence[Artist]:
    """Draw curves and distributions."""
    at = MODELS.index(result.models)
    artists.here.set_xdata([result.models] * 2)
    changed: list[Artist] = [artists.here]
    for curve, scores in zip(artists.curves, (result.validation, result.test), strict=True):
        low, high = np.quantile(scores, (0.1, 0.9), axis=1)
        changed += curve.update(MODELS, scores.mean(axis=1), low, high)
    return [*changed, *artists.histogram.update(result.validation[at], result.test[at])]


def describe_best_of_many(result: BestOfMany) -> str:
    """Say both scores of the chosen model."""
    at = MODELS.index(result.models)
    shown, true = result.validation[at].mean(), result.test[at].mean()
    what = "One model" if result.models == 1 else f"The best of {result.models} models"
    return (
        f"{what} on {result.validated} validation examples: {shown:.1f} % there and {true:.1f} % "
        f"on 200 test examples that nobody chose by, in the mean of 100 repetitions."
    )


best_of_many = Demo(
    name="02.best_of_many",
    title="The winner's score is too good",
    compute=compute_best_of_many,
    build=build_best_of_many,
    update=update_best_of_many,
    describe=describe_best_of_many,
    controls=(
        Slider("models", "Models tried", values=MODELS, start=32),
        Slider("validated", "Validation examples", values=SIZES, start=30),
    ),
    try_this=(
        "1 model, then 256: the validation score rises with every model tried; the test score "
        "soon does not.",
        "256 models, 20 validation examples, then 200: the gap closes with more examples to "
        "choose by.",
    ),
)
