"""Lesson 08, live: a grid and random draws on a score that depends on one axis more."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D

from nnlab._arrays import FloatArray
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, add_legend, label_axes
from nnlab.live.style import BLUE, INK, ORANGE, SEQUENTIAL, VERMILLION

__all__ = ["grid_random"]

SIDES = (2, 3, 4, 5, 6, 7)
BUDGETS = tuple(side * side for side in SIDES)
SURFACES = 400
WIDTH = 0.15
"""Of the peak along both axes, as a share of the range, if both matter equally."""
PIXELS = 48


@cache
def _luck() -> tuple[FloatArray, FloatArray]:
    """Return peaks (400, 2) and random trials (400, 49, 2), uniform in the unit square."""
    rng = np.random.default_rng(8)
    return rng.random((SURFACES, 2)), rng.random((SURFACES, BUDGETS[-1], 2))


def widths(ratio: float) -> FloatArray:
    """Return the widths of the peak along both axes; their product stays what it is."""
    return WIDTH * np.array([1 / np.sqrt(ratio), np.sqrt(ratio)])


def score(points: FloatArray, peak: FloatArray, ratio: float) -> FloatArray:
    """Return the score from 0 to 1 at points (..., 2) of the unit square."""
    away = (points - peak) / widths(ratio)
    return np.exp(-0.5 * (away * away).sum(axis=-1))


def grid_points(side: int) -> FloatArray:
    """Return the middles of side × side cells, (side², 2)."""
    places = (np.arange(side) + 0.5) / side
    return np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)


@dataclass(frozen=True)
class Searches:
    """Two searches on one surface, and what they find on many."""

    ratio: int
    budget: int
    draw: int
    surface: FloatArray  # (48, 48)
    points: tuple[FloatArray, FloatArray]  # (budget, 2) each: grid, random
    best: tuple[int, int]  # the best trial of each
    scores: tuple[float, float]  # its score
    means: FloatArray  # (2, 6) mean best score on 400 surfaces, by budget
    random_wins: float  # share of them on which random search finds more, at this budget

    @property
    def side(self) -> int:
        """Values per axis that the grid tries."""
        return round(self.budget**0.5)


def compute_searches(*, ratio: int, budget: int, draw: int) -> Searches:
    """Try both searches on surface number `draw`, and on 400 surfaces with every budget."""
    peaks, trials = _luck()
    points = grid_points(round(budget**0.5)), trials[draw, :budget]
    found = [score(p, peaks[draw], ratio) for p in points]
    all_random = np.maximum.accumulate(score(trials, peaks[:, None], ratio), axis=1)
    on_many = np.empty((2, len(SIDES), SURFACES))
    for index, side in enumerate(SIDES):
        # The score is a product of both axes, so a grid's best is the product of the two bests.
        places = (np.arange(side) + 0.5) / side
        away = np.abs(places - peaks[..., None]).min(axis=-1) / widths(ratio)
        on_many[0, index] = np.exp(-0.5 * (away * away).sum(axis=-1))
        on_many[1, index] = all_random[:, side * side - 1]
    at = BUDGETS.index(budget)
    across = np.linspace(0, 1, PIXELS)
    plane = np.stack(np.meshgrid(across, across), axis=-1)
    best = tuple(int(f.argmax()) for f in found)
    return Searches(
        ratio, budget, draw, score(plane, peaks[draw], ratio), points, (best[0], best[1]),
        (float(found[0].max()), float(found[1].max())), on_many.mean(axis=-1),
        float(np.mean(on_many[1, at] > on_many[0, at])),
    )  # fmt: skip


class Panel(NamedTuple):
    """One search: the surface, its trials, the values tried along the first axis, and the best."""

    image: AxesImage
    trials: Line2D
    values: Line2D
    best: Line2D


class SearchesArtists(NamedTuple):
    """Two panels, and two curves with a mark at the budget."""

    panels: tuple[Panel, Panel]
    curves: tuple[Curve, Curve]
    marks: tuple[Line2D, Line2D]


def build_searches(figure: Figure) -> SearchesArtists:
    """Draw grid and random trials on the surface, and what both find on average."""
    left, middle, right = figure.subplots(1, 3, width_ratios=[1, 1, 1.1])
    panels = _panel(left, "Grid"), _panel(middle, "Random")
    left.set_ylabel("units")
    label_axes(
        right, title=f"On {SURFACES} surfaces", xlabel="budget, trials",
        ylabel="mean best score", xlim=(0, 52), ylim=(0, 1),
    )  # fmt: skip
    curves = (
        Curve(right, color=BLUE, label="grid", marker="s"),
        Curve(right, color=ORANGE, label="random", linestyle="--", marker="o"),
    )
    ring: dict[str, Any] = {"marker": "o", "markersize": 15, "markerfacecolor": "none"}
    marks = tuple(
        right.plot([], [], markeredgecolor=color, markeredgewidth=2.2, **ring)[0]
        for color in (BLUE, ORANGE)
    )
    add_legend(right, "lower right")
    return SearchesArtists(panels, curves, (marks[0], marks[1]))


def _panel(axes: Axes, title: str) -> Panel:
    image = axes.imshow(
        np.zeros((2, 2)), extent=(0, 1, 0, 1), origin="lower", aspect="auto",
        cmap=SEQUENTIAL.resampled(12), vmin=0, vmax=1.4, interpolation="bilinear", zorder=1,
    )  # fmt: skip
    axes.grid(visible=False)
    (values,) = axes.plot(
        [], [], linestyle="none", marker="|", markersize=20, markeredgewidth=2, color=INK, zorder=3,
        clip_on=False,
    )  # fmt: skip
    (trials,) = axes.plot(
        [], [], linestyle="none", marker="o", markersize=8, color=INK, markeredgecolor="white",
        zorder=3,
    )  # fmt: skip
    (best,) = axes.plot(
        [], [], linestyle="none", marker="*", markersize=20, color=VERMILLION,
        markeredgecolor="white", zorder=4,
    )  # fmt: skip
    axes.set_xticks([])
    axes.set_yticks([])
    label_axes(axes, title=title, xlabel="learning rate (log scale)", xlim=(0, 1), ylim=(-0.1, 1))
    return Panel(image, trials, values, best)


def update_searches(artists: SearchesArtists, result: Searches) -> Sequence[Artist]:
    """Show the surface, both searches and their means."""
    changed: list[Artist] = []
    for panel, points, best in zip(artists.panels, result.points, result.best, strict=True):
        panel.image.set_data(result.surface)
        panel.trials.set_data(points[:, 0], points[:, 1])
        panel.values.set_data(points[:, 0], np.full(len(points), -0.05))
        panel.best.set_data(points[[best], 0], points[[best], 1])
        changed += panel
    at = BUDGETS.index(result.budget)
    for curve, mark, means in zip(artists.curves, artists.marks, result.means, strict=True):
        changed += curve.update(BUDGETS, means)
        mark.set_data([result.budget], [means[at]])
        changed.append(mark)
    return changed


def describe_searches(result: Searches) -> str:
    """Say how many learning rates were tried, and what was found."""
    at = BUDGETS.index(result.budget)
    matters = (
        "Both settings matter equally"
        if result.ratio == 1
        else f"The learning rate matters {result.ratio} times as much: the peak is so much narrower"
    )
    return (
        f"{matters}. With {result.budget} trials the grid tries {result.side} learning rates and "
        f"finds {result.scores[0]:.2f} on surface {result.draw}, random search tries "
        f"{result.budget} and finds {result.scores[1]:.2f} (the peak is 1). On {SURFACES} surfaces "
        f"grid {result.means[0, at]:.2f}, random {result.means[1, at]:.2f} on average; random "
        f"search finds more on {100 * result.random_wins:.0f} % of them."
    )


grid_random = Demo(
    name="08.grid_random",
    title="Grid against random search on a made-up score",
    compute=compute_searches,
    build=build_searches,
    update=update_searches,
    describe=describe_searches,
    controls=(
        Slider("ratio", "Learning rate matters", values=(1, 2, 4, 8, 16), start=8, unit="×"),
        Slider("budget", "Budget", values=BUDGETS, start=9, unit="trials"),
        Slider("draw", "Surface", values=list(range(1, 9)), start=1),
    ),
    try_this=(
        "Look at the marks under the squares: nine grid trials try three learning rates, nine "
        "random ones try nine.",
        "Drag *matters* from 1 to 16. When both settings matter equally the grid is the better "
        "one; when one of them decides, random search is.",
        "At 16×, budget 49: the grid has tried seven learning rates, and nine random trials find "
        "nearly as much as 25 of the grid.",
    ),
    kept={"draw": [1, 2, 3], "budget": [4, 9, 25, 49]},
)
