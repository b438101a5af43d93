"""A function of two parameters as contour lines, and the paths of optimizers across it."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from contourpy import contour_generator
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import ArrayLike, NDArray

from nnlab._arrays import FloatArray
from nnlab.live._shapes import shaped
from nnlab.live.planes import image_extent
from nnlab.live.style import INK, LOOKS, RC, Look, styled
from nnlab.live.words import number as in_words

__all__ = ["Contours", "Path"]

# Low is white, so that a path stands out where it should end; high is pale enough for any path.
_HEIGHTS = LinearSegmentedColormap.from_list("nnlab_heights", ["#FFFFFF", "#C3D0DA"])
_LINE = "#8FA3B1"


class Contours:
    """Contour lines of a function of two parameters, with the ground shaded between them.

    Call ``update`` once in ``build`` for a function that stays, or at every update for one that
    moves.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    xlim, ylim : tuple of float
        The part of the plane.
    levels : int or sequence of float, optional
        Heights of the lines, rising, or how many to choose between the lowest and the highest value
        of each picture.
    log : bool, optional
        For a number of levels: whether they stand closer near the lowest value, down to a
        thousandth of the range above it, as a ravine needs; without it they are evenly spaced.
    format : str, optional
        Format of heights written on the lines, used as ``format.format(value)``; empty for none.

    Raises
    ------
    ValueError
        If there are less than two levels, or they do not rise.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        xlim: tuple[float, float],
        ylim: tuple[float, float],
        *,
        levels: int | Sequence[float] = 12,
        log: bool = False,
        format: str = "",
    ) -> None:
        self._levels = None
        if isinstance(levels, int):
            count = levels
        else:
            self._levels = shaped("levels", levels, ("n",))
            count = len(self._levels)
            if not (np.diff(self._levels) > 0).all():
                raise ValueError(f"levels must rise; got {list(levels)}")
        if count < 2:
            raise ValueError(f"levels must be at least 2; got {levels}")
        self._axes, self._limits = axes, (xlim, ylim)
        self._count, self._log, self._format = count, log, format
        # Above the ticks, so that those stay in the still background.
        self._image = axes.imshow(
            np.zeros((2, 2)),
            extent=(*xlim, *ylim),
            origin="lower",
            aspect="auto",
            interpolation="bilinear",
            cmap=_HEIGHTS.resampled(count + 1),
            vmin=0,
            vmax=1,
            zorder=1,
        )
        self._lines = LineCollection([], colors=_LINE, linewidths=0.9, zorder=1.1)
        axes.add_collection(self._lines, autolim=False)
        self._texts = [
            axes.text(
                np.nan,
                np.nan,
                "",
                fontsize=11,
                color=INK,
                ha="center",
                va="center",
                clip_on=True,
                zorder=1.2,
                bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1},
            )
            for _ in range(count if format else 0)
        ]
        axes.grid(visible=False)
        axes.set_xlim(*xlim)
        axes.set_ylim(*ylim)

    def update(self, values: ArrayLike) -> list[Artist]:
        """Draw the contours of other values.

        Parameters
        ----------
        values : array_like, shape (height, width), at least 2 × 2
            Of the function; rows from low y to high y, the outer ones on the limits. White where
            they are not a number.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If the shape is another.
        """
        grid = shaped("values", values, ("height", "width"))
        height, width = grid.shape
        if min(height, width) < 2:
            raise ValueError(f"values must be at least 2 × 2; got {height} × {width}")
        grid = np.clip(grid, -1e150, 1e150)  # so that differences of diverged values are finite
        levels = self._levels_of(grid)
        # How many levels lie below, which is what shading and lines depend on, so that they agree.
        rank = _rank(grid, levels)
        steps = len(levels) + 1
        shown = np.ma.masked_invalid(rank)
        self._image.set_data(shown / steps)
        self._image.set_extent(image_extent(grid.shape, *self._limits))
        (xlim, ylim) = self._limits
        generator = contour_generator(np.linspace(*xlim, width), np.linspace(*ylim, height), shown)
        by_level = [cast("list[NDArray[Any]]", generator.lines(float(k))) for k in range(1, steps)]
        self._lines.set_segments([line for lines in by_level for line in lines])
        self._write(levels, by_level)
        return [self._image, self._lines, *self._texts]

    def _levels_of(self, grid: FloatArray) -> FloatArray:
        """Return the heights of the lines for a grid."""
        if self._levels is not None:
            return self._levels
        known = grid[~np.isnan(grid)]
        low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
        if not high > low:  # flat: no line, wherever the levels are
            high = low + max(1.0, abs(low))
        share = np.linspace(0, 1, self._count + 2)[1:-1]
        if self._log:
            share = 10 ** (-3 * (1 - np.linspace(0, 1, self._count + 1)[:-1]))
        return cast(FloatArray, low + (high - low) * share)

    def _write(self, levels: FloatArray, by_level: list[list[NDArray[Any]]]) -> None:
        """Write the heights where their lines run level, apart from each other and the edges."""
        taken: list[FloatArray] = []
        for text, height, lines in zip(self._texts, levels.tolist(), by_level, strict=False):
            place = self._place(lines, taken)
            text.set_visible(place is not None)
            if place is not None:
                taken.append(place)
                text.set_position((float(place[0]), float(place[1])))
                text.set_text(in_words(height, self._format))

    def _place(self, lines: list[NDArray[Any]], taken: list[FloatArray]) -> FloatArray | None:
        """Return the flattest point of the lines that is free, or None."""
        (left, right), (bottom, top) = self._limits
        size = np.array([right - left, top - bottom])
        places, slopes = [], []
        for line in lines:
            if (np.ptp(line, axis=0) / size < (0.25, 0.1)).any():
                continue  # too small for a text beside its neighbours'
            step = np.diff(line, axis=0) / size
            places.append(line[:-1] + np.diff(line, axis=0) / 2)
            slopes.append(np.abs(step[:, 1]) / (np.abs(step).sum(axis=1) + 1e-12))
        if not places:
            return None
        where, slope = np.concatenate(places), np.concatenate(slopes)
        share = (where - (left, bottom)) / size
        free = (np.abs(share - 0.5) < (0.43, 0.45)).all(axis=1)
        for other in taken:
            free &= (np.abs(where - other) / size > (0.13, 0.08)).any(axis=1)
        if not free.any():
            return None
        return cast(FloatArray, where[np.where(free, slope, np.inf).argmin()])


class Path:
    """The path of an optimizer: a line from a hollow start to a full current point.

    Parameters
    ----------
    axes : Axes
        Where to draw, with its limits set.
    look : Look, optional
        One of ``nnlab.live.style.LOOKS``, another for each optimizer.
    label : str, optional
        Name for the legend.
    every : int, optional
        A small marker at every such step shows the speed; 0 for none.

    Raises
    ------
    ValueError
        If ``every`` is negative.
    """

    @styled
    def __init__(
        self, axes: Axes, *, look: Look = LOOKS[1], label: str = "", every: int = 0
    ) -> None:
        if every < 0:
            raise ValueError(f"every must be 0 or more steps; got {every}")
        self._axes, self._every = axes, every
        color, linestyle, marker = look
        # A white edge keeps the line apart from contours and from other paths.
        (self._edge,) = axes.plot([], [], color="white", linewidth=4.4, alpha=0.8, zorder=2.5)
        (self._line,) = axes.plot(
            [], [], color=color, linestyle=linestyle, linewidth=RC["lines.linewidth"], zorder=2.6
        )
        (self._steps,) = axes.plot(
            [], [], color=color, linestyle="none", marker=marker, markersize=5.5,
            markeredgecolor="white", markeredgewidth=0.6, zorder=2.7,
        )  # fmt: skip
        (self._start,) = axes.plot(
            [], [], linestyle="none", marker="o", markersize=10, markerfacecolor="white",
            markeredgecolor=INK, markeredgewidth=1.6, zorder=2.8,
        )  # fmt: skip
        (self._now,) = axes.plot(
            [], [], color=color, linestyle="none", marker=marker, markersize=11,
            markeredgecolor="white", markeredgewidth=1.2, zorder=2.9,
        )  # fmt: skip
        # Only for the legend: line and marker together.
        axes.plot(
            [], [], color=color, linestyle=linestyle, marker=marker, markeredgecolor="white",
            label=label or "_nolegend_",
        )  # fmt: skip

    def update(self, points: ArrayLike) -> list[Artist]:
        """Draw another path.

        Parameters
        ----------
        points : array_like, shape (steps + 1, 2)
            Where the parameters were, from the start on. The path ends before the first that is not
            finite; what lies outside the picture is cut off at its edge.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If the shape is another.
        """
        path = np.asarray(points)
        path = shaped("points", path.reshape(0, 2) if path.size == 0 else path, ("steps + 1", 2))
        bad = ~np.isfinite(path).all(axis=1)
        if bad.any():
            path = path[: bad.argmax()]
        path = _within_reach(path, self._axes.get_xlim(), self._axes.get_ylim())
        for line, part in (
            (self._edge, path),
            (self._line, path),
            (self._steps, path[self._every : -1 : self._every] if self._every else path[:0]),
            (self._start, path[:1]),
            (self._now, path[-1:]),
        ):
            line.set_data(part[:, 0], part[:, 1])
        return [self._edge, self._line, self._steps, self._start, self._now]


def _rank(values: FloatArray, levels: FloatArray) -> FloatArray:
    """Return the number of levels below each value, with fractions in between; NaN stays NaN."""
    known = values[~np.isnan(values)]
    low, high = (known.min(), known.max()) if len(known) else (levels[0], levels[-1])
    # One step beyond the outer levels at most: how far the values go must not matter to the scale.
    bottom = max(low, 2 * levels[0] - levels[1]) if low < levels[0] else levels[0] - 1.0
    top = min(high, 2 * levels[-1] - levels[-2]) if high > levels[-1] else levels[-1] + 1.0
    return np.interp(values, [bottom, *levels, top], np.arange(len(levels) + 2))


def _within_reach(
    path: FloatArray, xlim: tuple[float, float], ylim: tuple[float, float]
) -> FloatArray:
    """Draw points far outside the picture nearer to it, in the same direction.

    The line to them looks the same, and none is so far that Matplotlib's arithmetic overflows.
    """
    centre = np.array([np.mean(xlim), np.mean(ylim)])
    size = np.array([np.ptp(xlim), np.ptp(ylim)])
    # A small part of the way, of which even the largest number cannot overflow.
    away = 1e-30 * (path / 2 - centre / 2)
    distance = np.abs(away / size).max(axis=1, keepdims=True, initial=0.0)
    far = distance > 1e-26
    return np.where(far, centre + away / np.where(far, distance, 1.0) * 1e4, path)
