"""Points in a plane: examples of one or more classes, and one marked point."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from nnlab.live._shapes import shaped
from nnlab.live.axes import add_legend
from nnlab.live.style import CLASS_COLORS, CLASS_MARKERS, VERMILLION, styled

__all__ = ["Point", "Points"]


class Point:
    """One marked point that moves, with a thin line down to an axis value if wanted.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    color : str, optional
        Colour of the point.
    base : float, optional
        Height at which a vertical line to the point starts; without it there is none.
    """

    @styled
    def __init__(self, axes: Axes, *, color: str = VERMILLION, base: float | None = None) -> None:
        self._base = base
        self._stem = None
        if base is not None:
            (self._stem,) = axes.plot([], [], color=color, linewidth=1.2, linestyle=":")
        (self._point,) = axes.plot(
            [], [], "o", color=color, markersize=10, markeredgecolor="white", zorder=4
        )

    def update(self, x: float, y: float) -> list[Artist]:
        """Move the point.

        Parameters
        ----------
        x, y : float
            Where to.

        Returns
        -------
        list of Artist
            What changed.
        """
        self._point.set_data([x], [y])
        if self._stem is None or self._base is None:
            return [self._point]
        self._stem.set_data([x, x], [self._base, y])
        return [self._stem, self._point]


class Points:
    """Points of one or more classes; each class has its own colour and its own marker.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    names : sequence of str
        Names of the classes, for the legend; one empty name for points without classes.
    legend : str, optional
        Where the legend stands, such as ``"upper right"``; empty for none.

    Raises
    ------
    ValueError
        If there are more classes than colours.
    """

    @styled
    def __init__(
        self, axes: Axes, names: Sequence[str] = ("",), *, legend: str = "upper right"
    ) -> None:
        if not 1 <= len(names) <= len(CLASS_COLORS):
            raise ValueError(
                f"names must hold 1 to {len(CLASS_COLORS)} classes, one per colour; "
                f"got {len(names)}"
            )
        self._groups = []
        for name, color, marker in zip(names, CLASS_COLORS, CLASS_MARKERS, strict=False):
            (group,) = axes.plot(
                [],
                [],
                linestyle="none",
                marker=marker,
                color=color,
                markersize=7,
                markeredgecolor="white",
                markeredgewidth=0.8,
                label=name or "_nolegend_",
                zorder=3,
            )
            self._groups.append(group)
        if legend and any(names):
            # Points may lie anywhere, so the legend has a ground of its own.
            add_legend(axes, legend, frame=True)

    def update(self, x: ArrayLike, y: ArrayLike, labels: ArrayLike | None = None) -> list[Artist]:
        """Move the points.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Coordinates.
        labels : array_like of int, shape (n,), optional
            Class of every point, from 0; without it all are of class 0.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If lengths differ, or a label is no number of a class.
        """
        x = shaped("x", x, ("n",))
        y = shaped("y", y, (len(x),), "like x")
        if labels is None:
            labels = np.zeros(len(x))
        labels = shaped("labels", labels, (len(x),), "one per point")
        if not np.isin(labels, range(len(self._groups))).all():
            raise ValueError(
                f"labels must be whole numbers from 0 to {len(self._groups) - 1}, one per class; "
                f"got {np.unique(labels)[:9]}"
            )
        for index, group in enumerate(self._groups):
            group.set_data(x[labels == index], y[labels == index])
        return list(self._groups)
