"""Lesson 02: what the scale of a feature does to gradient descent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.text import Text

from nnlab._arrays import FloatArray
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Contours, Curve, Path, add_legend, label_axes
from nnlab.live.style import INK, LOOKS
from nnlab.scalers import Standardizer

__all__ = ["feature_scale"]

ROWS = 50
START = np.array([2.5, -1.5])
CLOSE = 0.01  # how near to its minimum the loss has to come
DRAWN = 40  # steps of the path that are drawn
XLIM, YLIM, CELLS = (-1.5, 3.6), (-2.5, 3.0), 81
RATES = np.linspace(0.8, 2, 601)[:-1]  # in units of 1 / λ_max
STEPS = np.concatenate([[0.0], np.geomspace(1, 1e6, 80)])


@dataclass(frozen=True)
class Descent:
    """Gradient descent on the mean squared error of a linear model with two weights."""

    surface: FloatArray  # (81, 81) loss above its minimum
    path: FloatArray  # (41, 2) the first steps
    rate: float  # the learning rate that needs fewest steps
    steps: int  # until the loss is within 0.01 of its minimum
    loss: FloatArray  # (81,) above its minimum, after each of STEPS


@dataclass(frozen=True)
class FeatureScale:
    """The same examples, as they are and standardized."""

    ratio: int
    correlation: float
    raw: Descent
    standardized: Descent


def features(ratio: float, correlation: float) -> tuple[FloatArray, FloatArray]:
    """Return 50 examples of two features, the second `ratio` times as large, and their target."""
    noise = np.random.default_rng(3).standard_normal((ROWS, 3))
    # Columns that are exactly uncorrelated, with mean 0 and standard deviation 1.
    base = np.linalg.qr(noise - noise.mean(axis=0))[0] * np.sqrt(ROWS)
    second = correlation * base[:, 0] + np.sqrt(1 - correlation**2) * base[:, 1]
    y = base[:, 0] + second + 0.5 * base[:, 2]
    return np.stack([base[:, 0], ratio * second], axis=1), y


def compute_feature_scale(*, ratio: int, correlation: float) -> FeatureScale:
    """Descend on both, each with its own best constant learning rate."""
    x, y = features(ratio, correlation)
    return FeatureScale(
        ratio, correlation, _descend(x, y), _descend(Standardizer().fit_transform(x), y)
    )


def _descend(x: FloatArray, y: FloatArray) -> Descent:
    """Return what gradient descent does, exactly: the loss is a quadratic function.

    In the direction of each eigenvector of the curvature 2 XᵀX / n the distance from the minimum
    is multiplied by 1 − ηλ in every step. The learning rate η is the best of 600, all below
    2 / λ_max, where the descent would diverge.
    """
    curvature, best = 2 * x.T @ x / len(x), np.linalg.lstsq(x, y)[0]
    values, vectors = np.linalg.eigh(curvature)
    start = vectors.T @ (START - best)

    def loss(factors: FloatArray, steps: FloatArray) -> FloatArray:
        with np.errstate(under="ignore"):
            above: FloatArray = (values * (start * factors ** steps[:, None]) ** 2).sum(axis=-1) / 2
        return above

    every = np.abs(1 - RATES[:, None] * values / values.max())  # (600, 2)
    low, high = np.zeros(len(RATES)), np.full(len(RATES), 2.0**24)  # steps: too few, enough
    for _ in range(24):
        middle = (low + high) / 2
        enough = loss(every, middle) <= CLOSE
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    best_rate = np.lexsort((loss(every, high), high))[0]  # of equally quick ones the closest
    factors = 1 - RATES[best_rate] * values / values.max()
    along = start * factors ** np.arange(DRAWN + 1)[:, None]
    grid = np.meshgrid(np.linspace(*XLIM, CELLS), np.linspace(*YLIM, CELLS))
    plane = np.stack(grid, axis=-1) - best
    return Descent(
        np.einsum("hwi,ij,hwj->hw", plane, curvature, plane) / 2,
        best + along @ vectors.T,
        float(RATES[best_rate] / values.max()),
        int(high[best_rate]),
        np.maximum(loss(np.abs(factors), STEPS), 1e-12),
    )


class FeatureScaleArtists(NamedTuple):
    """Two planes with a path, and two loss curves."""

    planes: list[tuple[Text, Contours, Path]]
    curves: list[Curve]


NAMES = ("raw", "standardized")


def build_feature_scale(figure: Figure) -> FeatureScaleArtists:
    """Draw both planes and, on the right, the loss."""
    *both, right = figure.subplots(1, 3)
    planes = []
    for axes, name, look in zip(both, NAMES, LOOKS[1::-1], strict=True):
        label_axes(axes, xlabel="weight of feature 1")
        title = axes.set_title(name.capitalize(), loc="left", pad=8)
        contours = Contours(axes, XLIM, YLIM, levels=7, log=True)
        planes.append((title, contours, Path(axes, look=look, every=1)))
    label_axes(both[0], ylabel="weight of feature 2")
    label_axes(right, title="Loss above minimum", xlabel="step", xlim=(0, 1e6), ylim=(1e-3, 1e8))
    right.set_xscale("symlog", linthresh=1)
    right.set_yscale("log")
    right.set_xticks([0, 1, 100, 10_000, 1_000_000])
    right.set_yticks([1e-2, 1, 1e2, 1e4, 1e6, 1e8])
    right.minorticks_off()
    curves = [
        Curve(right, color=look.color, linestyle=look.linestyle, label=name)
        for name, look in zip(NAMES, LOOKS[1::-1], strict=True)
    ]
    right.axhline(CLOSE, color=INK, linestyle=":", linewidth=1.2)
    add_legend(right, "upper right", frame=True)
    return FeatureScaleArtists(planes, curves)


def update_feature_scale(artists: FeatureScaleArtists, result: FeatureScale) -> Sequence[Artist]:
    """Draw both descents."""
    changed: list[Artist] = []
    runs = (result.raw, result.standardized)
    for (title, contours, path), curve, name, run in zip(
        artists.planes, artists.curves, NAMES, runs, strict=True
    ):
        title.set_text(f"{name.capitalize()}: {_steps(run.steps)}")
        changed += [*contours.update(run.surface), *path.update(run.path), title]
        changed += curve.update(STEPS, run.loss)
    return changed


def _steps(count: int) -> str:
    """Return a number of steps in words, with two digits that matter."""
    if count >= 100:
        digits = len(str(count)) - 2
        count = round(count / 10**digits) * 10**digits
    return f"{count:,} step{'s' * (count != 1)}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def describe_feature_scale(result: FeatureScale) -> str:
    """Say how many steps each takes."""
    factor = "as" if result.ratio == 1 else f"{result.ratio} times as"
    return (
        f"Feature 2 is {factor} large as feature 1, their correlation is "
        f"{result.correlation:g}. With the best constant learning rate of each, gradient descent "
        f"comes within {CLOSE:g} of the smallest loss after {_steps(result.raw.steps)} on the "
        f"features as they are, and after {_steps(result.standardized.steps)} on standardized ones."
    )


feature_scale = Demo(
    name="02.feature_scale",
    title="Features on different scales: gradient descent with and without standardization",
    compute=compute_feature_scale,
    build=build_feature_scale,
    update=update_feature_scale,
    describe=describe_feature_scale,
    controls=(
        Slider(
            "ratio",
            "Factor of feature 2",
            values=(1, 2, 3, 5, 7, 10, 20, 30, 50, 70, 100),
            start=5,
        ),
        Slider("correlation", "Correlation of the two", values=(0, 0.3, 0.6, 0.9), start=0.3),
    ),
    try_this=(
        "Drag the factor from 1 to 10, then to 100. The valley becomes a slit, and the steps count "
        "into the thousands. In the middle nothing changes.",
        "Correlation 0.9: now the standardized loss has a valley too. Standardization cures "
        "scales, not correlations.",
    ),
)
