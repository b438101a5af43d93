"""Distributions of numbers: as histograms, and as one column per layer of a network."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle, StepPatch
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullLocator
from numpy.typing import ArrayLike, NDArray

from nnlab._arrays import FloatArray
from nnlab._checks import numbers, whole_number
from nnlab.live._shapes import shaped
from nnlab.live.axes import add_legend, label_axes
from nnlab.live.style import BLUE, INK, VERMILLION, styled

__all__ = ["Distributions", "Histogram"]


class Histogram:
    """A histogram of one group of numbers, or of two over each other, each with its mean.

    The first group is filled, the second is an outline with hatching.

    Parameters
    ----------
    axes : Axes
        Where to draw; its limits are the demo's business, the x-axis is set to the bins.
    limits : tuple of float
        Where the bins begin and end; what lies beyond is counted in the outermost bin.
    names : sequence of str, optional
        One or two groups, for the legend; one empty name for a group without one.
    bins : int, optional
        How many.
    share : bool, optional
        Whether heights are shares of the group, from 0 to 1, instead of counts.
    mean : bool, optional
        Whether a line stands at the mean of each group.
    legend : str, optional
        Where the legend stands; empty for none.

    Raises
    ------
    ValueError
        If there are other than one or two names, or the limits do not rise.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        limits: tuple[float, float],
        names: Sequence[str] = ("",),
        *,
        bins: int = 30,
        share: bool = False,
        mean: bool = True,
        legend: str = "upper right",
    ) -> None:
        if not 1 <= len(names) <= 2:
            raise ValueError(f"names must hold 1 or 2 groups; got {len(names)}")
        self._edges = _edges(limits, whole_number("bins", bins), log=False)
        self._names, self._share = tuple(names), share
        looks: tuple[dict[str, Any], ...] = (
            {"facecolor": to_rgba(BLUE, 0.3), "edgecolor": BLUE},
            {"facecolor": "none", "edgecolor": VERMILLION, "linestyle": "--", "hatch": "//"},
        )
        zeros = np.zeros(bins)
        self._steps: list[StepPatch] = []
        for name, look in zip(names, looks, strict=False):
            steps = StepPatch(
                zeros, self._edges, fill=True, linewidth=2.0, zorder=2,
                label=name or "_nolegend_", **look,
            )  # fmt: skip
            axes.add_patch(steps)
            self._steps.append(steps)
        self._means = []
        for look in looks[: len(names) if mean else 0]:
            # Thicker and closer dashes than the outline, on a white ground across the bars.
            color, dashes = look["edgecolor"], (0, (3, 1)) if "hatch" in look else "-"
            self._means.append(
                (
                    axes.axvline(np.nan, color="white", linewidth=5, alpha=0.8, zorder=2.4),
                    axes.axvline(np.nan, color=color, linewidth=3, linestyle=dashes, zorder=2.5),
                )
            )
        axes.set_xlim(*limits)
        label_axes(axes, ylabel="share" if share else "count")
        handles: list[Artist] = [*self._steps] if any(names) else []
        if mean:
            handles.append(Line2D([], [], color=INK, linewidth=3, label="mean"))
        if legend and handles:
            add_legend(axes, legend, frame=True, handles=handles)

    def update(self, *groups: ArrayLike) -> list[Artist]:
        """Draw other numbers.

        Parameters
        ----------
        *groups : array_like, any shape
            One per name; what is not finite is left out, from the mean too.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If there is not one group per name.
        """
        if len(groups) != len(self._names):
            raise ValueError(f"expected {len(self._names)} groups, one per name; got {len(groups)}")
        changed: list[Artist] = []
        for index, (steps, group) in enumerate(zip(self._steps, groups, strict=True)):
            sample = _finite(group, f"group {index}")
            counts = _counts([sample], self._edges)[0]
            # Where there is nothing, there is no outline either.
            counts = np.where(counts > 0, counts, np.nan)
            steps.set_data(counts / max(len(sample), 1) if self._share else counts)
            changed.append(steps)
            if self._means:
                # Scaled first: a sum of huge numbers overflows.
                scale = np.abs(sample).max(initial=1.0)
                mean = scale * (sample / scale).mean() if len(sample) else np.nan
                for line in self._means[index]:
                    line.set_xdata([mean, mean])
                changed += self._means[index]
        return changed


class Distributions:
    """One distribution per layer, side by side: activations, gradients or weights.

    Each is a histogram mirrored about its middle, as wide as its fullest bin; what lies beyond the
    limits is counted in the outermost bin.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    limits : tuple of float
        Range of the values.
    log : bool, optional
        Whether to show magnitudes ``|value|`` on a logarithmic axis; zeros have none and are left
        out there.
    bins : int, optional
        How many.
    color : str, optional
        Colour of the distributions.
    mark : str, optional
        Name of a value marked on every layer, such as ``"standard deviation"``; empty for none.
    share : str, optional
        Name of a share shown above every layer, such as ``"dead units"``; empty for none.
    most : int, optional
        The largest number of layers ``update`` may be given.

    Raises
    ------
    ValueError
        If the limits do not rise, or are not positive on a logarithmic axis.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        limits: tuple[float, float],
        *,
        log: bool = False,
        bins: int = 40,
        color: str = BLUE,
        mark: str = "",
        share: str = "",
        most: int = 50,
    ) -> None:
        self._edges = _edges(limits, whole_number("bins", bins), log=log)
        self._axes, self._log, self._most = axes, log, whole_number("most", most)
        self._shapes = PolyCollection([], facecolor=color, linewidth=0, alpha=0.75, zorder=2)
        axes.add_collection(self._shapes, autolim=False)
        handles: list[Artist] = []
        self._mark = self._shares = None
        if mark:
            (self._mark,) = axes.plot(
                [], [], linestyle="none", marker="o", markersize=6, color=INK,
                markeredgecolor="white", markeredgewidth=1.0, label=mark, zorder=3,
            )  # fmt: skip
            handles.append(self._mark)
        # Layers with nothing to draw are marked, so that none vanishes without a word.
        self._odd = [
            axes.plot(
                [], [], linestyle="none", marker=marker, markersize=9, color=VERMILLION,
                markeredgewidth=2.0, markerfacecolor="white", zorder=3,
            )[0]
            for marker in ("x", "o")
        ]  # fmt: skip
        self._note = axes.text(
            0.01, 0.12, "", transform=axes.transAxes, color=VERMILLION, fontsize=12, zorder=4,
            bbox={"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1},
        )  # fmt: skip
        if share:
            # In fractions of the axes: the strip stays where it is whatever the limits.
            place = axes.get_xaxis_transform()
            axes.add_patch(
                Rectangle((0, 0.9), 1, 0.1, transform=axes.transAxes, facecolor="#EEEEEE", zorder=1)
            )
            for height, text in ((0.91, "0"), (0.99, "100 %")):
                axes.text(
                    -0.015, height, text, transform=axes.transAxes, ha="right", va="center",
                    fontsize=12, color=INK,
                )  # fmt: skip
            self._shares = PolyCollection([], facecolor=VERMILLION, linewidth=0, zorder=2)
            self._shares.set_transform(place)
            axes.add_collection(self._shares, autolim=False)
            handles.append(Patch(facecolor=VERMILLION, label=share))
        self._set_axes(limits, header=0.11 * bool(handles) + 0.1 * bool(share))
        axes.grid(visible=False, axis="x")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True))
        axes.set_xlim(0.4, 1.6)
        label_axes(axes, xlabel="layer")
        if handles:
            legend = add_legend(axes, "upper left", handles=handles, columns=len(handles))
            legend.set_bbox_to_anchor((0.0, 0.89 if share else 1.0), axes.transAxes)
            legend.set_in_layout(False)  # a long one would squeeze the axes

    def update(
        self,
        samples: Sequence[ArrayLike],
        marks: ArrayLike | None = None,
        shares: ArrayLike | None = None,
    ) -> list[Artist]:
        """Draw the distributions of other layers.

        Parameters
        ----------
        samples : sequence of array_like, any shapes
            The values of every layer, first to last; a few thousand of each are enough. Layers
            with values that are not finite are marked, as are those of zeros only on a logarithmic
            axis.
        marks : array_like, shape (layers,), optional
            What to mark; one beyond the limits stands at the edge.
        shares : array_like, shape (layers,), optional
            From 0 to 1.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If there is no layer or there are too many, or marks or shares do not fit or were not
            asked for.
        """
        count = len(samples)
        if not 1 <= count <= self._most:
            raise ValueError(f"samples must hold 1 to {self._most} layers; got {count}")
        layers = np.arange(1, count + 1)
        all_values = [
            numbers(f"samples of layer {layer}", sample).ravel().astype(np.float64, copy=False)
            for layer, sample in enumerate(samples, 1)
        ]
        finite = [values[np.isfinite(values)] for values in all_values]
        odd = np.array([len(f) < len(v) for f, v in zip(finite, all_values, strict=True)])
        zero = np.zeros(count, dtype=bool)
        if self._log:
            zero = np.array([len(f) > 0 and not f.any() for f in finite])
            finite = [np.abs(values[values != 0]) for values in finite]
        self._shapes.set_verts(
            cast(Any, _mirrored(layers, _counts(finite, self._edges), self._edges))
        )
        xlim = (0.4, count + 0.6)
        if self._axes.get_xlim() != xlim:  # or the axis would be drawn anew each time
            self._axes.set_xlim(*xlim)
        changed: list[Artist] = [self._shapes, *self._odd, self._note]
        low, high = self._edges[0], self._edges[-1]
        at = np.sqrt(low * high) if self._log else (low + high) / 2
        for line, which in zip(self._odd, (odd, zero), strict=True):
            line.set_data(layers[which], np.full(which.sum(), at))
        notes = ["× NaN or infinite"] * bool(odd.any()) + ["○ all zero"] * bool(zero.any())
        self._note.set_text("   ".join(notes))
        self._note.set_visible(bool(notes))
        for what, given, artist in (("marks", marks, self._mark), ("shares", shares, self._shares)):
            if given is not None and artist is None:
                raise ValueError(f"{what} were not asked for; name them with {what[:-1]}=")
        if self._mark is not None:
            places = np.full(count, np.nan) if marks is None else _per_layer("marks", marks, count)
            if self._log:
                places = np.where(places > 0, places, np.nan)  # the others have no place there
            self._mark.set_data(layers, np.clip(places, low, high))
            changed.append(self._mark)
        if self._shares is not None:
            parts = np.zeros(count) if shares is None else _per_layer("shares", shares, count)
            parts = np.clip(np.nan_to_num(parts), 0, 1)
            self._shares.set_verts(cast(Any, _hanging(layers, 0.9, 0.9 + 0.1 * parts)))
            changed.append(self._shares)
        return changed

    def _set_axes(self, limits: tuple[float, float], header: float) -> None:
        """Set limits that leave a header free, and ticks beside the distributions only."""
        low, high = limits
        grow = header / (1 - header)
        ticks: LogLocator | MaxNLocator
        if self._log:
            self._axes.set_yscale("log")
            self._axes.set_ylim(low, high * (high / low) ** grow)
            self._axes.yaxis.set_minor_locator(NullLocator())
            ticks = LogLocator(numticks=8)
        else:
            self._axes.set_ylim(low, high + (high - low) * grow)
            ticks = MaxNLocator(nbins=6)
        places = np.asarray(ticks.tick_values(low, high))
        inside = (
            (places >= low * (1 - 1e-9)) if self._log else (places >= low - 1e-9 * (high - low))
        )
        inside &= places <= high + 1e-9 * abs(high)
        self._axes.yaxis.set_major_locator(FixedLocator(places[inside].tolist()))


def _edges(limits: tuple[float, float], bins: int, *, log: bool) -> FloatArray:
    low, high = limits
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"limits must be finite and rise; got {limits!r}")
    if log and low <= 0:
        raise ValueError(f"limits of a logarithmic axis must be above 0; got {limits!r}")
    return np.geomspace(low, high, bins + 1) if log else np.linspace(low, high, bins + 1)


def _finite(values: ArrayLike, name: str) -> FloatArray:
    flat = numbers(name, values).ravel().astype(np.float64, copy=False)
    return flat[np.isfinite(flat)]


def _counts(groups: Sequence[FloatArray], edges: FloatArray) -> FloatArray:
    """Count every group in the bins, shape (groups, bins); what lies beyond, in the outermost."""
    bins = len(edges) - 1
    values = np.concatenate([np.empty(0), *groups])
    owner = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, bins - 1)
    counts = np.bincount(owner * bins + place, minlength=len(groups) * bins)
    return counts.reshape(len(groups), bins).astype(float)


def _mirrored(layers: NDArray[Any], counts: FloatArray, edges: FloatArray) -> FloatArray:
    """Return the outlines of mirrored histograms about the layers, shape (layers, 4 bins, 2)."""
    half = 0.45 * counts / np.maximum(counts.max(axis=1, keepdims=True), 1)
    right = np.repeat(half, 2, axis=1)
    heights = np.repeat(edges, 2)[1:-1]
    x = layers[:, None] + np.concatenate([right, -right[:, ::-1]], axis=1)
    y = np.broadcast_to(np.concatenate([heights, heights[::-1]]), x.shape)
    return np.stack([x, y], axis=-1)


def _hanging(layers: NDArray[Any], base: float, tops: FloatArray) -> FloatArray:
    """Return rectangles over the layers, shape (layers, 4, 2)."""
    x = layers[:, None] + np.array([-0.45, -0.45, 0.45, 0.45])
    low = np.full(len(layers), base)
    return np.stack([x, np.stack([low, tops, tops, low], axis=1)], axis=-1)


def _per_layer(name: str, values: ArrayLike, count: int) -> FloatArray:
    return shaped(name, values, (count,), "one per layer")
