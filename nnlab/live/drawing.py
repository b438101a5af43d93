"""Drawing helpers shared by the lessons.

Each helper makes its artists once and has an ``update`` that puts in new numbers and returns every
artist it changed, so that the ``update`` of a demo is a sum of theirs::

    def update(artists, result):
        return [*artists.curve.update(result.x, result.y), *artists.bars.update(result.scores)]
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Colormap, to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from nnlab.live.canvas import palette_png
from nnlab.live.output import publish
from nnlab.live.style import (
    BLUE,
    CLASS_COLORS,
    CLASS_MARKERS,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    RC,
    SEQUENTIAL,
    TRAIN,
    VALIDATION,
    VERMILLION,
    context,
    pin,
)
from nnlab.live.words import number as in_words

__all__ = [
    "Bars",
    "Curve",
    "LossCurves",
    "Matrix",
    "Point",
    "Points",
    "Surface",
    "add_legend",
    "label_axes",
    "plot_sweep",
    "show_figure",
]


def label_axes(
    axes: Axes,
    *,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
) -> None:
    """Write title, labels and limits in the course's type, also where its style is not in force.

    Parameters
    ----------
    axes : Axes
        Axes to label.
    title, xlabel, ylabel : str, optional
        Texts; an empty one leaves what is there.
    xlim, ylim : tuple of float, optional
        Limits; without them Matplotlib chooses.
    """
    # Explicit where Matplotlib would ask the global settings, so this works in an update too.
    if title:
        axes.set_title(
            title,
            loc="left",
            pad=8,
            color=INK,
            fontsize=RC["axes.titlesize"],
            fontweight=RC["axes.titleweight"],
        )
    if xlabel:
        axes.set_xlabel(xlabel, loc="center")
    if ylabel:
        axes.set_ylabel(ylabel, loc="center")
    if xlim is not None:
        axes.set_xlim(*xlim)
    if ylim is not None:
        axes.set_ylim(*ylim)


def add_legend(axes: Axes, place: str = "best", *, frame: bool = False) -> None:
    """Add a legend in the course's type, also where its style is not in force.

    Parameters
    ----------
    axes : Axes
        Its labelled artists are listed.
    place : str, optional
        Where the legend stands, as Matplotlib's ``loc``.
    frame : bool, optional
        Whether it has a white ground, for places where something may lie behind it.
    """
    axes.legend(
        loc=cast(Any, place),
        fontsize=RC["legend.fontsize"],
        labelcolor=INK,
        frameon=frame,
        facecolor="white",
        framealpha=0.85,
        edgecolor="none",
    )


class Curve:
    """A line, with a band around it if wanted.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    color : str, optional
        Colour of the line; the band is the same, pale.
    label : str, optional
        Name for the legend.
    linestyle : str, optional
        As in Matplotlib.
    band : bool, optional
        Whether ``update`` may be given a band.
    """

    def __init__(
        self,
        axes: Axes,
        *,
        color: str = BLUE,
        label: str = "",
        linestyle: str = "-",
        band: bool = False,
    ) -> None:
        self._band = (
            axes.fill_between([0.0], [0.0], [0.0], color=color, alpha=0.2, linewidth=0)
            if band
            else None
        )
        (self._line,) = axes.plot(
            [],
            [],
            color=color,
            linestyle=linestyle,
            linewidth=RC["lines.linewidth"],
            label=label or "_nolegend_",
        )

    def update(
        self,
        x: ArrayLike,
        y: ArrayLike,
        low: ArrayLike | None = None,
        high: ArrayLike | None = None,
    ) -> list[Artist]:
        """Move the line, and the band with it.

        Parameters
        ----------
        x, y : array_like, shape (n,)
            Points of the line.
        low, high : array_like, shape (n,), optional
            Edges of the band; both or neither.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If a band is given to a curve without one, or one edge alone.
        """
        self._line.set_data(np.asarray(x), np.asarray(y))
        if self._band is None:
            if low is not None or high is not None:
                raise ValueError("this Curve has no band; make it with Curve(..., band=True)")
            return [self._line]
        if low is None or high is None:
            raise ValueError("a Curve with a band needs both low and high")
        self._band.set_data(np.asarray(x), np.asarray(low), np.asarray(high))
        return [self._band, self._line]


def plot_sweep(
    axes: Axes, x: ArrayLike, results: Mapping[str, ArrayLike], *, legend: str = "best"
) -> None:
    """Draw how results depend on a swept value: the mean over seeds, and their whole range.

    Parameters
    ----------
    axes : Axes
        From ``nnlab.live.new_figure``.
    x : array_like, shape (n,)
        The swept values, such as learning rates, all above 0; their axis is logarithmic.
    results : mapping of str to array_like, shape (n, seeds)
        At most four methods by name: one row per value, one column per seed.
    legend : str, optional
        Where the legend stands.

    Raises
    ------
    ValueError
        If a method's results are not one row per value.
    """
    x = np.asarray(x, dtype=float)
    looks = zip(results.items(), (BLUE, ORANGE, GREY, PURPLE), ("-", "--", "-.", ":"), strict=False)
    with context():
        for (name, values), color, line in looks:
            rows = np.asarray(values, dtype=float)
            if rows.ndim != 2 or len(rows) != len(x):
                raise ValueError(
                    f"results[{name!r}] must have shape ({len(x)}, seeds); got {rows.shape}"
                )
            curve = Curve(axes, color=color, label=name, linestyle=line, band=True)
            curve.update(x, rows.mean(axis=1), rows.min(axis=1), rows.max(axis=1))
        axes.set_xlim(x.min(), x.max())
        axes.set_xscale("log")
        pin(cast(Figure, axes.get_figure(root=True)))
    add_legend(axes, legend)


class LossCurves:
    """Training and validation loss over the epochs, with a legend.

    Parameters
    ----------
    axes : Axes
        Where to draw; its labels are written, its limits are the demo's business.
    band : bool, optional
        Whether ``update`` is given bands, such as the spread over seeds.
    """

    def __init__(self, axes: Axes, *, band: bool = False) -> None:
        self._train = Curve(axes, color=TRAIN, label="training", band=band)
        self._validation = Curve(
            axes, color=VALIDATION, label="validation", linestyle="--", band=band
        )
        label_axes(axes, xlabel="epoch", ylabel="loss")
        add_legend(axes, "upper right")

    def update(
        self,
        train: ArrayLike,
        validation: ArrayLike,
        train_band: tuple[ArrayLike, ArrayLike] | None = None,
        validation_band: tuple[ArrayLike, ArrayLike] | None = None,
    ) -> list[Artist]:
        """Draw new curves.

        Parameters
        ----------
        train, validation : array_like, shape (epochs + 1,)
            Losses before training and after each epoch, as `nnlab.training.History` has them.
        train_band, validation_band : pair of array_like, shape (epochs + 1,), optional
            Low and high edges of the bands.

        Returns
        -------
        list of Artist
            What changed.
        """
        changed: list[Artist] = []
        for curve, losses, band in (
            (self._train, train, train_band),
            (self._validation, validation, validation_band),
        ):
            epochs = np.arange(len(np.asarray(losses)))
            changed += curve.update(epochs, losses, *(band or (None, None)))
        return changed


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
        """
        x, y = np.asarray(x), np.asarray(y)
        labels = np.zeros(x.shape, dtype=int) if labels is None else np.asarray(labels)
        for index, group in enumerate(self._groups):
            group.set_data(x[labels == index], y[labels == index])
        return list(self._groups)


class Bars:
    """Bars with their values written at the ends.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    names : sequence of str
        One name per bar.
    colors : str or sequence of str, optional
        Colour of all bars or of each.
    format : str, optional
        Format of the values, used as ``format.format(value)``.
    limits : tuple of float, optional
        Range of the value axis; it stays, so that heights can be compared between settings.
    horizontal : bool, optional
        Whether bars lie, which leaves room for long names.
    """

    def __init__(
        self,
        axes: Axes,
        names: Sequence[str],
        *,
        colors: str | Sequence[str] = BLUE,
        format: str = "{:.2f}",
        limits: tuple[float, float] = (0.0, 1.0),
        horizontal: bool = False,
    ) -> None:
        self._format = format
        self._limits = limits
        self._horizontal = horizontal
        places = np.arange(len(names))
        color: Any = colors if isinstance(colors, str) else list(colors)
        zeros = np.zeros(len(names))
        if horizontal:
            self._bars = axes.barh(places, zeros, height=0.65, color=color, zorder=2)
            axes.set_yticks(places, list(names))
            axes.set_xlim(*limits)
            axes.set_ylim(len(names) - 0.4, -0.6)
        else:
            self._bars = axes.bar(places, zeros, width=0.65, color=color, zorder=2)
            axes.set_xticks(places, list(names))
            axes.set_ylim(*limits)
            axes.set_xlim(-0.6, len(names) - 0.4)
        axes.grid(visible=False, axis="y" if horizontal else "x")
        axes.tick_params(axis="y" if horizontal else "x", length=0)
        self._texts = [
            axes.annotate(
                "",
                (0.0, 0.0),
                xytext=(0, 0),
                textcoords="offset points",
                fontsize=12,
                color=INK,
                ha="center",
                va="center",
                zorder=3,
                annotation_clip=False,
            )
            for _ in names
        ]

    def update(self, values: ArrayLike) -> list[Artist]:
        """Set the lengths of the bars and write their values.

        Parameters
        ----------
        values : array_like, shape (bars,)
            One value per bar. One outside the limits is drawn up to the edge and written in full;
            one that is not a number has no bar.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If there is not one value per bar.
        """
        numbers = np.asarray(values, dtype=float)
        if numbers.shape != (len(self._texts),):
            raise ValueError(
                f"values must have shape ({len(self._texts)},), one per bar; got {numbers.shape}"
            )
        for place, (bar, text, number) in enumerate(
            zip(self._bars, self._texts, numbers.tolist(), strict=True)
        ):
            end = float(np.clip(0.0 if np.isnan(number) else number, *self._limits))
            away = 7 if end >= 0 else -7
            if self._horizontal:
                bar.set_width(end)
                text.xy = (end, place)
                text.set_position((away, 0))
                text.set_horizontalalignment("left" if away > 0 else "right")
            else:
                bar.set_height(end)
                text.xy = (place, end)
                text.set_position((0, 1.3 * away))
            # A written-out "NaN" or "inf" is what the lesson wants to show.
            text.set_text(in_words(number, self._format))
        return [*self._bars, *self._texts]


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
    """

    def __init__(
        self,
        axes: Axes,
        rows: Sequence[str],
        columns: Sequence[str],
        *,
        limits: tuple[float, float],
        colormap: Colormap = SEQUENTIAL,
        format: str = "{:g}",
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
        self._texts = [
            axes.text(column, row, "", ha="center", va="center", fontsize=12)
            for row in range(len(rows) if format else 0)
            for column in range(len(columns))
        ]

    def update(self, values: ArrayLike) -> list[Artist]:
        """Draw a new matrix.

        Parameters
        ----------
        values : array_like, shape (rows, columns)
            The entries.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If the shape differs.
        """
        matrix = np.asarray(values)
        expected = self._image.get_size()
        if matrix.shape != tuple(expected):
            raise ValueError(f"values must have shape {tuple(expected)}; got {matrix.shape}")
        self._image.set_data(matrix)
        shades = self._image.to_rgba(matrix.astype(float))
        for text, value, shade in zip(
            self._texts, matrix.ravel().tolist(), shades.reshape(-1, 4), strict=False
        ):
            text.set_text(in_words(value, self._format))
            # Luma of the cell: dark text on light cells and the other way round.
            text.set_color(INK if shade[:3] @ (0.299, 0.587, 0.114) > 0.5 else "white")
        return [self._image, *self._texts]


class Surface:
    """What a classifier says at every point of a plane: the class as a tint, sure ones stronger.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    xlim, ylim : tuple of float
        The part of the plane.
    """

    def __init__(self, axes: Axes, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
        # Above the ticks, so that those stay in the still background.
        self._image = axes.imshow(
            np.ones((2, 2, 3)),
            extent=(*xlim, *ylim),
            origin="lower",
            aspect="auto",
            interpolation="bilinear",
            zorder=1,
        )
        axes.grid(visible=False)
        axes.set_xlim(*xlim)
        axes.set_ylim(*ylim)

    def update(self, probabilities: ArrayLike) -> list[Artist]:
        """Draw a new surface.

        Parameters
        ----------
        probabilities : array_like, shape (height, width) or (height, width, classes)
            Of class 1 if there is no axis of classes; rows from low y to high y.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If the shape is another, or there are more classes than colours.
        """
        p = np.asarray(probabilities, dtype=float)
        if p.ndim == 2:
            p = np.stack([1 - p, p], axis=-1)
        if p.ndim != 3 or not 2 <= p.shape[-1] <= len(CLASS_COLORS):
            raise ValueError(
                "probabilities must have shape (height, width) or (height, width, 2 to "
                f"{len(CLASS_COLORS)} classes); got {np.shape(probabilities)}"
            )
        self._image.set_data(_tint(p))
        return [self._image]


def _tint(p: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Mix the colour of the likeliest class into white, from 15 % (unsure) to 55 % (sure).

    In eight steps, which show as clear bands; a palette would make irregular ones of a ramp.
    """
    colors = np.array([to_rgb(color) for color in CLASS_COLORS[: p.shape[-1]]])
    chance = 1 / p.shape[-1]
    sure = np.clip((p.max(axis=-1, keepdims=True) - chance) / (1 - chance), 0, 1)
    share = 0.15 + 0.40 * np.round(8 * sure) / 8
    mixed = (1 - share) + share * colors[p.argmax(axis=-1)]
    return cast("NDArray[np.uint8]", np.round(255 * mixed).astype(np.uint8))


def show_figure(figure: Figure, *, alt: str) -> None:
    """Show a figure that does not move, with a sentence for those who cannot see it.

    Parameters
    ----------
    figure : Figure
        Made with ``nnlab.live.new_figure``.
    alt : str
        What the figure shows, in one sentence: alternative text, and what a comparison of
        notebooks compares.

    Raises
    ------
    ValueError
        If the sentence is empty.
    """
    if not alt.strip():
        raise ValueError("alt must say in a sentence what the figure shows; got an empty text")
    agg = cast(Any, FigureCanvasAgg(figure))
    agg.draw()
    width = round(figure.get_size_inches()[0] * 100)
    publish(
        {"image/png": palette_png(np.array(agg.buffer_rgba())), "text/plain": alt},
        {"image/png": {"alt": alt, "width": width}},
    )
