"""Lesson 04, second figure: two weights, the ball of a penalty, and the path as λ grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from nnlab._arrays import FloatArray
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Contours, Curve, Point, add_legend, label_axes
from nnlab.live.style import BLUE, GREEN, GREY, INK, ORANGE, PURPLE, VERMILLION
from nnlab.live.words import number

__all__ = ["geometry"]

OPTIMUM = 2.0 * np.array([np.cos(np.radians(25)), np.sin(np.radians(25))])
LIMITS = (-2.5, 2.5)
STRENGTHS = np.linspace(0, 4, 17)
ALONG = np.linspace(0, 4, 161)  # every strength of the slider is one of these
GRID = np.linspace(*LIMITS, 61)


@dataclass(frozen=True)
class Geometry:
    """The minimum of loss plus penalty, for one strength and for all."""

    penalty: str
    strength: float
    correlation: float
    heights: FloatArray  # (61, 61) the loss
    path: FloatArray  # (161, 2) the minimum of loss plus penalty for every strength in ALONG
    solution: FloatArray  # (2,) the same for this strength
    level_line: FloatArray  # (181, 2) where the loss is what it is at the solution
    ball: FloatArray  # (k, 2) where the penalty is what it is at the solution


@cache
def curvature(correlation: float) -> FloatArray:
    """Return the loss's matrix of second derivatives, (2, 2)."""
    return np.array([[1.0, correlation], [correlation, 1.0]])


def loss(w: FloatArray, correlation: float) -> FloatArray:
    """Return ½ (w − w*)ᵀ A (w − w*) for weights in the last axis."""
    away = w - OPTIMUM
    return 0.5 * ((away @ curvature(correlation)) * away).sum(axis=-1)


def l2_minima(correlation: float, strengths: FloatArray) -> FloatArray:
    """Return the minima of loss + ½λ‖w‖², (n, 2): the solutions of (A + λI) w = A w*."""
    a = curvature(correlation)
    shifted = a + strengths[:, None, None] * np.eye(2)
    return np.linalg.solve(shifted, np.tile(a @ OPTIMUM, (len(strengths), 1))[..., None])[..., 0]


def l1_minima(correlation: float, strengths: FloatArray) -> FloatArray:
    """Return the minima of loss + λ‖w‖₁, (n, 2), exactly.

    For each pattern of signs, 0 among them, the objective is quadratic in the weights that are not
    0 and has its minimum in closed form. The answer is one of these points: that with the lowest
    loss plus penalty.
    """
    a, candidates = curvature(correlation), []
    pull = a @ OPTIMUM
    for signs in product((-1, 0, 1), repeat=2):
        s = np.array(signs, dtype=float)
        free = s != 0
        w = np.zeros((len(strengths), 2))
        if free.any():
            force = pull[free] - strengths[:, None] * s[free]
            w[:, free] = force @ np.linalg.inv(a[np.ix_(free, free)])
        candidates.append(w)
    tried = np.stack(candidates)  # (9, n, 2)
    objective = loss(tried, correlation) + strengths * np.abs(tried).sum(axis=-1)
    return tried[objective.argmin(axis=0), np.arange(len(strengths))]


def compute_geometry(*, penalty: str, strength: float, correlation: float) -> Geometry:
    """Minimize a quadratic loss of two weights plus a penalty, in closed form."""
    minima = l1_minima if penalty == "L1" else l2_minima
    solution = minima(correlation, np.array([strength]))[0]
    level = float(loss(solution, correlation))
    round_ = np.linspace(0, 2 * np.pi, 181)
    circle = np.column_stack([np.cos(round_), np.sin(round_)])
    stretch = np.linalg.inv(np.linalg.cholesky(curvature(correlation)))
    if penalty == "L1":
        ball = np.abs(solution).sum() * np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    else:
        ball = np.linalg.norm(solution) * circle
    x, y = np.meshgrid(GRID, GRID)
    return Geometry(
        penalty,
        strength,
        correlation,
        loss(np.stack([x, y], axis=-1), correlation),
        minima(correlation, ALONG),
        solution,
        OPTIMUM + np.sqrt(2 * level) * circle @ stretch,
        ball,
    )


class GeometryArtists(NamedTuple):
    """The plane of the two weights on the left, both weights over λ on the right."""

    contours: Contours
    ball: Polygon
    touching: Curve
    path: Curve
    solution: Point
    weights: tuple[Curve, Curve]
    here: tuple[Point, Point]
    line: Line2D


def build_geometry(figure: Figure) -> GeometryArtists:
    """Draw both views of the same path."""
    left, right = figure.subplots(1, 2, width_ratios=[1.3, 1])
    contours = Contours(left, LIMITS, LIMITS, levels=[0.1, 0.4, 0.9, 1.6, 2.5, 3.6, 4.9, 6.4])
    left.set_aspect("equal")
    left.set_xticks([-2, -1, 0, 1, 2])
    left.set_yticks([-2, -1, 0, 1, 2])
    label_axes(left, title="The two weights", xlabel="$w_1$", ylabel="$w_2$")
    left.axhline(0, color=GREY, linewidth=1, zorder=1.3)
    left.axvline(0, color=GREY, linewidth=1, zorder=1.3)
    ball = Polygon(
        np.zeros((3, 2)),
        facecolor=GREEN,
        alpha=0.35,
        edgecolor=GREEN,
        linewidth=2,
        zorder=1.4,
        label="same penalty",
    )
    left.add_patch(ball)
    touching = Curve(left, color=BLUE, label="same loss")
    path = Curve(left, color=VERMILLION, linestyle="--", label="all λ from 0 to 4")
    left.plot(
        *OPTIMUM, "*", color=INK, markersize=15, markeredgecolor="white", zorder=4,
        linestyle="none", label="least loss",
    )  # fmt: skip
    solution = Point(left, color=VERMILLION)
    add_legend(left, "outside")
    label_axes(
        right, title="Both weights as λ grows", xlabel="strength λ", ylabel="weight",
        xlim=(0, 4), ylim=(-0.8, 2.4),
    )  # fmt: skip
    right.axhline(0, color=GREY, linewidth=1)
    right.set_xticks([0, 1, 2, 3, 4])
    line = right.axvline(0, color=INK, linestyle=":", linewidth=1.6)
    curves = [
        Curve(right, color=color, linestyle=line, label=name)
        for color, line, name in ((PURPLE, "-", "$w_1$"), (ORANGE, "--", "$w_2$"))
    ]
    points = [Point(right, color=color) for color in (PURPLE, ORANGE)]
    add_legend(right, "upper right", frame=True)
    return GeometryArtists(
        contours, ball, touching, path, solution, (curves[0], curves[1]),
        (points[0], points[1]), line,
    )  # fmt: skip


def update_geometry(artists: GeometryArtists, result: Geometry) -> Sequence[Artist]:
    """Draw one strength."""
    artists.ball.set_xy(result.ball)
    artists.line.set_xdata([result.strength] * 2)
    changed: list[Artist] = [
        *artists.contours.update(result.heights),
        artists.ball,
        *artists.touching.update(*result.level_line.T),
        *artists.path.update(*result.path.T),
        *artists.solution.update(*result.solution.tolist()),
        artists.line,
    ]
    for index in range(2):
        changed += artists.weights[index].update(ALONG, result.path[:, index])
        changed += artists.here[index].update(result.strength, float(result.solution[index]))
    return changed


def describe_geometry(result: Geometry) -> str:
    """Say both weights."""
    weights = [
        f"w{'₁₂'[index]} = " + ("0 exactly" if w == 0 else number(w, "{:.2f}"))
        for index, w in enumerate(result.solution.tolist())
    ]
    return (
        f"{result.penalty}, λ = {result.strength:g}, correlation {number(result.correlation)}: "
        f"{' and '.join(weights)}."
    )


geometry = Demo(
    name="04.geometry",
    title="Why L1 gives zeros and L2 does not",
    compute=compute_geometry,
    build=build_geometry,
    update=update_geometry,
    describe=describe_geometry,
    controls=(
        Choice("penalty", "Penalty", options=("L1", "L2"), start="L1"),
        Slider("strength", "Strength λ", values=STRENGTHS.tolist(), start=0.5),
        Slider(
            "correlation",
            "Correlation of the inputs",
            values=(-0.8, -0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8),
            start=0.0,
        ),
    ),
    try_this=(
        "L1, drag λ from 0 to 1. The diamond shrinks until its corner touches: from there on w₂ "
        "is exactly 0.",
        "L2, all of the slider: the circle has no corners, and both weights stay above 0.",
        "Correlation 0.8, λ = 2: L1 keeps one of the two inputs, L2 gives both nearly the same "
        "weight.",
        "Correlation −0.8: with L1 w₂ goes to 0 and stays there; with L2 it passes through 0 to "
        "the other side.",
    ),
    kept={
        "strength": [0.0, 0.5, 1.0, 2.0, 4.0],
        "correlation": [-0.8, 0.0, 0.8],
    },
)
