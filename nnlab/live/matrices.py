"""Matrices as heat maps."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap
from numpy.typing import ArrayLike

from nnlab._arrays import FloatArray, IntArray
from nnlab.live._shapes import shaped
from nnlab.live.style import GREY, INK, SEQUENTIAL, styled
from nnlab.live.words import number as in_words

__all__ = ["Matrix"]


class Matrix:
    """A matrix as a heat map with its values written in the cells.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    rows, columns : sequence of str
        Names of the rows and columns.
    limits : tuple of float
        Values at the two ends of the colours.
    colormap : Colormap, optional
        ``SEQUENTIAL`` or ``DIVERGING`` from ``nnlab.live.style``.
    format : str, optional
        Format of the values, used as ``format.format(value)``; empty for no text.
    crosses : bool, optional
        Whether ``update`` may be given cells to cross out.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        rows: Sequence[str],
        columns: Sequence[str],
        *,
        limits: tuple[float, float],
        colormap: Colormap = SEQUENTIAL,
        format: str = "{:g}",
        crosses: bool = False,
    ) -> None:
        self._format = format
        # Above the ticks and grid, so that those stay in the still background.
        self._image = axes.imshow(
            np.zeros((len(rows), len(columns))),
            cmap=colormap,
            vmin=limits[0],
            vmax=limits[1],
            aspect="auto",
            zorder=1,
        )
        axes.grid(visible=False)
        axes.set_xticks(np.arange(len(columns)), list(columns))
        axes.set_yticks(np.arange(len(rows)), list(rows))
        axes.tick_params(length=0)
        self._crosses = None
        if crosses:
            self._crosses = LineCollection([], colors=GREY, linewidths=1.6, alpha=0.6, zorder=1.5)
            axes.add_collection(self._crosses, autolim=False)
        self._texts = [
            axes.text(column, row, "", ha="center", va="center", fontsize=12)
            for row in range(len(rows) if format else 0)
            for column in range(len(columns))
        ]

    def update(self, values: ArrayLike, crossed: ArrayLike | None = None) -> list[Artist]:
        """Draw a new matrix.

        Parameters
        ----------
        values : array_like, shape (rows, columns)
            The entries; one that is not a number leaves its cell white.
        crossed : array_like of bool, shape (rows, columns), optional
            Cells to cross out, such as those that dropout took.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If a shape differs, or cells are to be crossed out that were not asked for.
        """
        if crossed is not None and self._crosses is None:
            raise ValueError("this Matrix has no crosses; make it with crosses=True")
        shape = self._image.get_size()
        matrix = shaped("values", values, shape)
        out = np.zeros(shape) if crossed is None else shaped("crossed", crossed, shape)
        # Beyond float32 colours would overflow, and beyond the limits they are all the same.
        shown = np.ma.masked_invalid(np.clip(matrix, *self._image.get_clim()))
        self._image.set_data(shown)
        *shades, alpha = np.moveaxis(self._image.to_rgba(shown), -1, 0)
        # Luma of the cell on white: dark text on light cells and the other way round.
        luma = 1 - alpha * (1 - np.tensordot((0.299, 0.587, 0.114), shades, axes=1))
        for text, value, light in zip(
            self._texts, np.asarray(values).ravel().tolist(), luma.ravel() > 0.5, strict=False
        ):
            text.set_text(in_words(value, self._format))
            text.set_color(INK if light else "white")
        if self._crosses is None:
            return [self._image, *self._texts]
        rows, columns = np.nonzero(out)
        self._crosses.set_segments(list(_diagonals(rows, columns)))
        return [self._image, self._crosses, *self._texts]


def _diagonals(rows: IntArray, columns: IntArray) -> FloatArray:
    """Return both diagonals of each cell, a little inside it, shape (2 * cells, 2, 2)."""
    centres = np.stack([columns, rows], axis=-1)
    down, up = np.array([[-0.4, -0.4], [0.4, 0.4]]), np.array([[-0.4, 0.4], [0.4, -0.4]])
    return np.concatenate([centres[:, None] + down, centres[:, None] + up])
