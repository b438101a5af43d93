"""What a network says at every point of a plane: a class, a number, and where the class changes."""

from typing import Any, cast

import numpy as np
from contourpy import contour_generator
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from nnlab._arrays import FloatArray
from nnlab._checks import numbers
from nnlab.live._shapes import shaped
from nnlab.live.plane_image import PlaneImage
from nnlab.live.style import CLASS_COLORS, INK, SEQUENTIAL, pin, styled

__all__ = ["ResponseSurface", "Surface", "image_extent"]


class Surface:
    """What a classifier says at every point of a plane: the class as a tint, sure ones stronger.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    xlim, ylim : tuple of float
        The part of the plane.
    boundary : bool, optional
        Whether a line is drawn where the likeliest class changes; with two classes, at 0.5.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        xlim: tuple[float, float],
        ylim: tuple[float, float],
        *,
        boundary: bool = False,
    ) -> None:
        self._limits = (xlim, ylim)
        self._image = PlaneImage(axes, xlim, ylim)
        self._boundary = None
        if boundary:
            self._boundary = LineCollection([], colors=INK, linewidths=1.8, zorder=1.5)
            axes.add_collection(self._boundary, autolim=False)
        axes.grid(visible=False)
        axes.set_xlim(*xlim)
        axes.set_ylim(*ylim)

    def update(self, probabilities: ArrayLike) -> list[Artist]:
        """Draw a new surface.

        Parameters
        ----------
        probabilities : array_like, shape (height, width) or (height, width, classes)
            Of class 1 if there is no axis of classes; rows from low y to high y, the outer ones on
            the limits. Grey where they are not finite.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If the shape is another, there are more classes than colours, or a boundary is wanted
            of less than 2 × 2 points.
        """
        p = numbers("probabilities", probabilities).astype(np.float64, copy=False)
        if p.ndim == 2:
            p = np.stack([1 - p, p], axis=-1)
        if p.ndim != 3 or p.size == 0 or not 2 <= p.shape[-1] <= len(CLASS_COLORS):
            raise ValueError(
                "probabilities must have shape (height, width) or (height, width, 2 to "
                f"{len(CLASS_COLORS)} classes); got {np.shape(probabilities)}"
            )
        p = np.where(np.isfinite(p).all(axis=-1, keepdims=True), np.clip(p, 0, 1), np.nan)
        self._image.set_probabilities(p)
        if self._boundary is None:
            return [self._image]
        self._boundary.set_segments(_changes_of_class(p, *self._limits))
        return [self._image, self._boundary]


class ResponseSurface:
    """A number at every point of a plane, as bands of colour with a scale beside them.

    For the answer of a regression, or a score over two hyperparameters.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    xlim, ylim : tuple of float
        The part of the plane.
    limits : tuple of float
        Values at the two ends of the colours; what lies beyond has the colour of the end.
    label : str, optional
        What the number is, for the scale.
    colormap : Colormap, optional
        ``SEQUENTIAL`` or ``DIVERGING`` from ``nnlab.live.style``.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        xlim: tuple[float, float],
        ylim: tuple[float, float],
        *,
        limits: tuple[float, float],
        label: str = "",
        colormap: Colormap = SEQUENTIAL,
    ) -> None:
        self._limits = (xlim, ylim)
        self._image = axes.imshow(
            np.zeros((2, 2)),
            extent=(*xlim, *ylim),
            origin="lower",
            aspect="auto",
            interpolation="bilinear",
            # In the picture's palette a smooth ramp would make irregular bands.
            cmap=colormap.resampled(12),
            vmin=limits[0],
            vmax=limits[1],
            zorder=1,
        )
        axes.grid(visible=False)
        axes.set_xlim(*xlim)
        axes.set_ylim(*ylim)
        figure = cast(Figure, axes.get_figure(root=True))
        figure.colorbar(self._image, ax=axes, label=label, pad=0.02)
        pin(figure)

    def update(self, values: ArrayLike) -> list[Artist]:
        """Draw a new surface.

        Parameters
        ----------
        values : array_like, shape (height, width)
            The numbers; rows from low y to high y, the outer ones on the limits. White where they
            are not a number.

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
        if grid.size == 0:
            raise ValueError(f"values must not be empty; got shape {grid.shape}")
        low, high = self._image.get_clim()
        # Within the limits, so that a diverged value cannot overflow as the picture is scaled.
        self._image.set_data(np.ma.masked_invalid(np.clip(grid, low, high)))
        self._image.set_extent(image_extent(grid.shape, *self._limits))
        return [self._image]


def _changes_of_class(
    p: FloatArray, xlim: tuple[float, float], ylim: tuple[float, float]
) -> list[NDArray[Any]]:
    """Return the lines on which two classes are likeliest."""
    height, width, classes = p.shape
    if min(height, width) < 2:
        raise ValueError(f"a boundary needs at least 2 × 2 points; got {height} × {width}")
    x, y = np.linspace(*xlim, width), np.linspace(*ylim, height)
    lines: list[NDArray[Any]] = []
    # With two classes both leads are zero on one line.
    for index in range(classes if classes > 2 else 1):
        lead = p[..., index] - np.delete(p, index, axis=-1).max(axis=-1)
        generator = contour_generator(x, y, np.ma.masked_invalid(lead))
        lines += cast("list[NDArray[Any]]", generator.lines(0.0))
    return lines


def image_extent(
    shape: tuple[int, ...], xlim: tuple[float, float], ylim: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Return the outer edges of an image whose outer pixels have their middles on the limits.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the image in pixels.
    xlim, ylim : tuple of float
        Where the middles of the outer pixels lie.

    Returns
    -------
    tuple of float
        Left, right, bottom and top, as Matplotlib's ``extent``.
    """
    edges = []
    for count, (low, high) in ((shape[1], xlim), (shape[0], ylim)):
        half = (high - low) / (count - 1) / 2 if count > 1 else 0.0
        edges += [low - half, high + half]
    return edges[0], edges[1], edges[2], edges[3]
