"""A line and one outlier: mean squared error against mean absolute error."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, Point, Points, label_axes
from nnlab.live.style import BLUE, ORANGE, VERMILLION
from nnlab.live.words import number

__all__ = ["one_outlier"]

LINE_X = np.linspace(0, 10, 21)
CLEAN_Y = 2 + 0.8 * LINE_X + 0.7 * np.random.default_rng(5).standard_normal(21)
PAIRS = np.array(list(combinations(range(21), 2)))
PLACES = {"left end": 1, "middle": 10, "right end": 19}


@dataclass(frozen=True)
class Outlier:
    """Two lines through the same points."""

    y: FloatArray  # (21,)
    moved: int
    shift: float
    squared: tuple[float, float]  # intercept and slope that minimize the MSE
    absolute: tuple[float, float]  # … the MAE


def compute_outlier(*, shift: float, place: str) -> Outlier:
    """Fit a line by MSE and by MAE, both exactly.

    The MSE line is least squares. Some MAE line passes through two of the points (a linear
    programme has its optimum at a vertex), so all 210 pairs are tried.
    """
    y, moved = CLEAN_Y.copy(), PLACES[place]
    y[moved] += shift
    design = np.stack([np.ones_like(LINE_X), LINE_X], axis=1)
    squared = np.linalg.lstsq(design, y, rcond=None)[0]
    i, j = PAIRS.T
    slopes = (y[j] - y[i]) / (LINE_X[j] - LINE_X[i])
    intercepts = y[i] - slopes * LINE_X[i]
    errors = np.abs(intercepts[:, None] + slopes[:, None] * LINE_X - y).mean(axis=1)
    best = errors.argmin()
    return Outlier(
        y,
        moved,
        shift,
        (float(squared[0]), float(squared[1])),
        (float(intercepts[best]), float(slopes[best])),
    )


class OutlierArtists(NamedTuple):
    """Points, the moved one, and the two lines."""

    points: Points
    moved: Point
    squared: Curve
    absolute: Curve


def build_outlier(figure: Figure) -> OutlierArtists:
    """Draw the points and both lines in one plane."""
    axes = figure.subplots()
    label_axes(axes, xlabel="x", ylabel="y", xlim=(-0.5, 10.5), ylim=(-17, 29))
    artists = OutlierArtists(
        Points(axes, legend=""),
        Point(axes, color=VERMILLION),
        Curve(axes, color=ORANGE, label="smallest mean squared error", linestyle="--"),
        Curve(axes, color=BLUE, label="smallest mean absolute error"),
    )
    axes.legend(loc="upper left", ncols=2)
    return artists


def update_outlier(artists: OutlierArtists, result: Outlier) -> Sequence[Artist]:
    """Move the outlier and both lines."""
    ends = np.array([-0.5, 10.5])
    return [
        *artists.points.update(LINE_X, result.y),
        *artists.squared.update(ends, result.squared[0] + result.squared[1] * ends),
        *artists.absolute.update(ends, result.absolute[0] + result.absolute[1] * ends),
        *artists.moved.update(float(LINE_X[result.moved]), float(result.y[result.moved])),
    ]


def describe_outlier(result: Outlier) -> str:
    """Say both slopes."""
    place = next(name for name, index in PLACES.items() if index == result.moved)
    where = f"{'in' if place == 'middle' else 'at'} the {place}"
    return (
        f"One of 21 points, {where}, is moved by {number(result.shift, '{:+g}')}. The line with "
        f"the smallest mean squared error has slope {result.squared[1]:.2f}, the one with the "
        f"smallest mean absolute error {result.absolute[1]:.2f}; the points were made with 0.80."
    )


one_outlier = Demo(
    name="01.one_outlier",
    title="One outlier: mean squared error follows it, mean absolute error ignores it",
    compute=compute_outlier,
    build=build_outlier,
    update=update_outlier,
    describe=describe_outlier,
    controls=(
        Slider(
            "shift", "Move one point by", values=list(range(-16, 17, 2)), start=0, format="{:+g}"
        ),
        Choice("place", "Which point", options=tuple(PLACES), start="right end"),
    ),
    try_this=(
        "Right end, drag the point up to +16. The dashed line follows; the solid one stays.",
        "Middle, the same drag: the dashed line keeps its slope, but all of it is lifted.",
    ),
)
