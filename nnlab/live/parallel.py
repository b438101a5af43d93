"""Trials of a search as parallel coordinates: one upright axis per hyperparameter."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import ArrayLike

from nnlab._arrays import FloatArray
from nnlab.live._shapes import shaped
from nnlab.live.axes import add_legend
from nnlab.live.style import INK, SEQUENTIAL, VERMILLION, styled
from nnlab.live.words import number as in_words

__all__ = ["ParallelCoordinates"]


class ParallelCoordinates:
    """One line per trial through its hyperparameters to its score; the best one stands out.

    Lines with a better score are darker and lie on top.

    Parameters
    ----------
    axes : Axes
        Where to draw; its frame, ticks and grid are removed.
    names : sequence of str
        The hyperparameters, and last the score; at least two names.
    limits : sequence of pairs of float
        Range of each, bottom and top of its axis; what lies beyond is drawn at the end.
    log : sequence of str, optional
        Names of those on a logarithmic scale; "(log)" stands below them.
    format : str, optional
        Format of the limits, used as ``format.format(value)``.

    Raises
    ------
    ValueError
        If names and limits do not fit, limits do not rise, or a name in ``log`` is unknown or has
        limits that are not above 0.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        names: Sequence[str],
        limits: Sequence[tuple[float, float]],
        *,
        log: Sequence[str] = (),
        format: str = "{:g}",
    ) -> None:
        if len(names) < 2 or len(limits) != len(names):
            raise ValueError(
                f"names must be at least 2, with limits for each; got {len(names)} names and "
                f"{len(limits)} limits"
            )
        if not set(log) <= set(names):
            raise ValueError(f"log must hold some of {list(names)}; got {list(log)}")
        self._log = np.array([name in log for name in names])
        for name, (low, high), is_log in zip(names, limits, self._log, strict=True):
            if not (low < high and (low > 0 or not is_log)):
                above = ", above 0 on a logarithmic scale" * bool(is_log)
                raise ValueError(f"limits of {name!r} must rise{above}; got {(low, high)}")
        self._limits = np.array(limits, dtype=float).T
        count = len(names)
        axes.set_xlim(-0.35, count - 0.65)
        axes.set_ylim(-0.22, 1.08)
        axes.set_axis_off()
        for place, (name, ends) in enumerate(zip(names, limits, strict=True)):
            axes.plot([place, place], [0, 1], color=INK, linewidth=1.6, zorder=1)
            text: dict[str, Any] = {"ha": "center", "fontsize": 12, "color": INK}
            axes.text(place, 1.02, in_words(ends[1], format), va="bottom", **text)
            axes.text(place, -0.02, in_words(ends[0], format), va="top", **text)
            note = "\n(log)" if name in log else ""
            axes.text(place, -0.1, name + note, va="top", fontweight="bold", **text)
        self._lines = LineCollection([], linewidths=1.5, zorder=2)
        axes.add_collection(self._lines, autolim=False)
        (self._best,) = axes.plot(
            [], [], color=VERMILLION, linewidth=3.5, marker="o", markeredgecolor="white",
            label="best trial", zorder=3,
        )  # fmt: skip
        # Beside the title, where no line runs.
        legend = add_legend(axes, "lower right")
        legend.set_bbox_to_anchor((1.0, 1.0), axes.transAxes)

    def update(self, trials: ArrayLike) -> list[Artist]:
        """Draw other trials.

        Parameters
        ----------
        trials : array_like, shape (trials, names)
            One row per trial, the score last. A row with something that is not a number is left
            out; the largest score is the best.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If the shape is another.
        """
        rows = np.asarray(trials)
        names = self._limits.shape[1]
        rows = rows.reshape(0, names) if rows.size == 0 else rows
        rows = shaped("trials", rows, ("trials", names), "one column per name")
        rows = rows[~np.isnan(rows).any(axis=1)]
        rows = rows[np.argsort(rows[:, -1], kind="stable")]
        heights = self._heights(rows)
        places = np.broadcast_to(np.arange(names), heights.shape)
        lines = np.stack([places, heights], axis=-1)
        self._lines.set_segments(list(lines))
        # Not from white on: the worst trial can be seen too. In steps, or pictures become large.
        shades = 0.25 + 0.75 * np.round(5 * heights[:, -1]) / 5
        self._lines.set_color(cast(Any, SEQUENTIAL(shades)))
        best = lines[-1] if len(lines) else np.empty((0, 2))
        self._best.set_data(best[:, 0], best[:, 1])
        return [self._lines, self._best]

    def _heights(self, rows: FloatArray) -> FloatArray:
        """Return the heights on the axes, from 0 to 1."""
        low, high = self._limits
        inside = np.clip(rows, low, high)
        heights = (inside - low) / (high - low)
        log = self._log
        heights[:, log] = np.log(inside[:, log] / low[log]) / np.log(high[log] / low[log])
        return heights
