"""Lines over an axis of numbers: curves with bands, losses and metrics, sweeps, bundles."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from nnlab.live._shapes import shaped
from nnlab.live.axes import add_legend, label_axes
from nnlab.live.style import (
    BLUE,
    GREY,
    INK,
    LOOKS,
    ORANGE,
    PURPLE,
    RC,
    LineStyle,
    Look,
    context,
    pin,
    styled,
)

__all__ = ["Curve", "CurveBundle", "LossCurves", "MetricCurves", "plot_sweep"]


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
    linestyle : str or tuple, optional
        As in Matplotlib.
    band : bool, optional
        Whether ``update`` may be given a band.
    marker : str, optional
        As in Matplotlib; a few stand along the line, to tell it from others without colour.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        *,
        color: str = BLUE,
        label: str = "",
        linestyle: LineStyle = "-",
        band: bool = False,
        marker: str = "",
    ) -> None:
        self._band = (
            axes.fill_between([0.0], [0.0], [0.0], color=color, alpha=0.2, linewidth=0)
            if band
            else None
        )
        look: dict[str, Any] = {
            "color": color,
            "linewidth": RC["lines.linewidth"],
            "markeredgecolor": "white",
            "markeredgewidth": 0.8,
        }
        name = label or "_nolegend_"
        (self._line,) = axes.plot(
            [], [], linestyle=linestyle, label="_nolegend_" if marker else name, **look
        )
        self._markers = None
        if marker:
            # Apart from the line: of a long one Matplotlib draws a part, and counts from there.
            (self._markers,) = axes.plot([], [], linestyle="none", marker=marker, **look)
            axes.plot([], [], linestyle=linestyle, marker=marker, label=name, **look)

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
            Points of the line; it has a gap where they are not finite.
        low, high : array_like, shape (n,), optional
            Edges of the band; both or neither.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If lengths differ, a band is given to a curve without one, or one edge alone.
        """
        x = shaped("x", x, ("n",))
        y = shaped("y", y, (len(x),), "like x")
        self._line.set_data(x, y)
        changed: list[Artist] = [self._line]
        if self._markers is not None:
            # Up to six, evenly spaced; repeated points of a short curve lie on each other.
            some = (np.arange(0.5, 6 if len(x) else 0) * len(x) / 6).astype(int)
            self._markers.set_data(x[some], y[some])
            changed.append(self._markers)
        if self._band is None:
            if low is not None or high is not None:
                raise ValueError("this Curve has no band; make it with Curve(..., band=True)")
            return changed
        if low is None or high is None:
            raise ValueError("a Curve with a band needs both low and high")
        self._band.set_data(
            x, shaped("low", low, (len(x),), "like x"), shaped("high", high, (len(x),), "like x")
        )
        return [self._band, *changed]


class CurveBundle:
    """Many curves at once, thin and pale: one per training set, seed or sampled network.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    color : str, optional
        Colour of all lines.
    label : str, optional
        Name for the legend.
    alpha : float, optional
        Opacity of a line, above 0 to 1; where lines lie over each other they are stronger.
    """

    @styled
    def __init__(
        self, axes: Axes, *, color: str = BLUE, label: str = "", alpha: float = 0.25
    ) -> None:
        self._lines = LineCollection([], colors=color, linewidths=1.2, alpha=alpha, zorder=1.8)
        axes.add_collection(self._lines, autolim=False)
        # The lines themselves would be too pale in the legend.
        axes.plot([], [], color=color, linewidth=1.2, alpha=0.7, label=label or "_nolegend_")

    def update(self, x: ArrayLike, curves: ArrayLike) -> list[Artist]:
        """Draw other curves.

        Parameters
        ----------
        x : array_like, shape (n,)
            Where the curves were taken.
        curves : array_like, shape (k, n)
            Their heights; a curve has a gap where it is not finite.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If shapes do not fit.
        """
        x = shaped("x", x, ("n",))
        heights = shaped("curves", curves, ("k", len(x)), "one row per curve")
        lines = np.stack([np.broadcast_to(x, heights.shape), heights], axis=-1)
        self._lines.set_segments(list(lines))
        return [self._lines]


class MetricCurves:
    """Metrics over the epochs, one curve per name: training and validation, or methods compared.

    The first two look like training and validation. From three on, curves also carry markers.

    Parameters
    ----------
    axes : Axes
        Where to draw; its labels are written, its limits are the demo's business.
    names : sequence of str, optional
        At most six.
    xlabel, ylabel : str, optional
        What the axes show.
    band : bool, optional
        Whether ``update`` may be given bands, such as the spread over seeds.
    log : bool, optional
        Whether the axis of the metric is logarithmic.
    stop : str, optional
        Name of a vertical line, such as ``"early stopping"``; without it there is none.
    looks : sequence of Look, optional
        Another choice from ``nnlab.live.style.LOOKS``, one per name.
    legend : str, optional
        Where the legend stands; empty for none. Without it, in the upper right corner for up to
        three curves, and outside for more, which would lie under it.

    Raises
    ------
    ValueError
        If there is no name, more names than looks, or a logarithmic axis has limits that are not
        above 0.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        names: Sequence[str] = ("training", "validation"),
        *,
        xlabel: str = "epoch",
        ylabel: str = "accuracy",
        band: bool = False,
        log: bool = False,
        stop: str = "",
        looks: Sequence[Look] = LOOKS,
        legend: str | None = None,
    ) -> None:
        if not 1 <= len(names) <= len(looks):
            raise ValueError(f"names must hold 1 to {len(looks)} curves; got {len(names)}")
        self._names = tuple(names)
        self._curves = [
            Curve(
                axes,
                color=look.color,
                label=name,
                linestyle=look.linestyle,
                band=band,
                marker=look.marker if len(names) > 2 else "",
            )
            for name, look in zip(names, looks, strict=False)
        ]
        # Behind the curves, so that these can be followed across it.
        self._stop = (
            axes.axvline(np.nan, color=INK, linewidth=1.6, linestyle=":", label=stop, zorder=1.9)
            if stop
            else None
        )
        self._band = band
        if log:
            ylim = axes.get_ylim()
            if not axes.get_autoscaley_on() and min(ylim) <= 0:
                raise ValueError(f"log=True needs limits above 0; got ylim={ylim}")
            axes.set_yscale("log")
        label_axes(axes, xlabel=xlabel, ylabel=ylabel)
        if legend is None:
            legend = "upper right" if len(names) <= 3 else "outside"
        if legend:
            add_legend(axes, legend, frame=True)

    def update(
        self,
        curves: Sequence[ArrayLike],
        bands: Sequence[tuple[ArrayLike, ArrayLike] | None] | None = None,
        *,
        x: ArrayLike | None = None,
        stop: float | None = None,
    ) -> list[Artist]:
        """Draw new curves.

        Parameters
        ----------
        curves : sequence of array_like, shape (epochs + 1,)
            One per name, before training and after each epoch, as `nnlab.training.History` has
            them. Their lengths may differ; an empty one is not drawn.
        bands : sequence of pairs of array_like, shape (epochs + 1,), optional
            Low and high edges, one pair per name; None for a curve without a band.
        x : array_like, shape (n,), optional
            Where the curves were taken, instead of 0, 1, 2, …; shorter curves take its start.
        stop : float, optional
            Where the vertical line stands; without it there is none.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If there is not one curve or one band per name, lengths do not fit, or a band or a stop
            comes that was not asked for when this was made.
        """
        if len(curves) != len(self._curves):
            raise ValueError(
                f"curves must be {len(self._curves)}, one for each of "
                f"{', '.join(self._names)}; got {len(curves)}"
            )
        if bands is not None and not self._band:
            raise ValueError("these curves have no bands; make them with band=True")
        if bands is not None and len(bands) != len(curves):
            raise ValueError(f"bands must be {len(curves)}, one per curve; got {len(bands)}")
        if stop is not None and self._stop is None:
            raise ValueError('these curves have no vertical line; make them with stop="its name"')
        places = None if x is None else shaped("x", x, ("n",))
        changed: list[Artist] = []
        if self._stop is not None:
            self._stop.set_xdata([np.nan if stop is None else stop] * 2)
            changed.append(self._stop)
        for index, (name, curve) in enumerate(zip(self._names, self._curves, strict=True)):
            heights = shaped(f"the curve of {name!r}", curves[index], ("n",))
            along = np.arange(len(heights)) if places is None else places[: len(heights)]
            edges = bands[index] if bands is not None else None
            if self._band and edges is None:
                edges = (np.full(len(heights), np.nan),) * 2
            changed += curve.update(along, heights, *(edges or ()))
        return changed


class LossCurves:
    """Training and validation loss over the epochs, with a legend.

    Parameters
    ----------
    axes : Axes
        Where to draw; its labels are written, its limits are the demo's business.
    band : bool, optional
        Whether ``update`` may be given bands, such as the spread over seeds.
    log : bool, optional
        Whether the axis of the loss is logarithmic.
    stop : str, optional
        Name of a vertical line, such as ``"early stopping"``; without it there is none.
    """

    def __init__(
        self, axes: Axes, *, band: bool = False, log: bool = False, stop: str = ""
    ) -> None:
        self._curves = MetricCurves(axes, ylabel="loss", band=band, log=log, stop=stop)

    def update(
        self,
        train: ArrayLike,
        validation: ArrayLike,
        train_band: tuple[ArrayLike, ArrayLike] | None = None,
        validation_band: tuple[ArrayLike, ArrayLike] | None = None,
        *,
        stop: float | None = None,
    ) -> list[Artist]:
        """Draw new curves.

        Parameters
        ----------
        train, validation : array_like, shape (epochs + 1,)
            Losses before training and after each epoch, as `nnlab.training.History` has them.
        train_band, validation_band : pair of array_like, shape (epochs + 1,), optional
            Low and high edges of the bands.
        stop : float, optional
            Epoch of the vertical line; without it there is none.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If lengths do not fit, or a band or a stop comes that was not asked for.
        """
        bands = None
        if train_band is not None or validation_band is not None:
            bands = (train_band, validation_band)
        return self._curves.update((train, validation), bands, stop=stop)


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
