"""Bars: one number per name, with error bars if wanted, or parts that add up."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Patch
from matplotlib.text import Annotation
from numpy.typing import ArrayLike

from nnlab._arrays import FloatArray
from nnlab.live._shapes import shaped
from nnlab.live.axes import add_legend
from nnlab.live.style import BLUE, GREY, INK, ORANGE, styled
from nnlab.live.words import number as in_words

__all__ = ["Bars", "StackedBars"]


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
    errors : bool, optional
        Whether ``update`` may be given error bars.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        names: Sequence[str],
        *,
        colors: str | Sequence[str] = BLUE,
        format: str = "{:.2f}",
        limits: tuple[float, float] = (0.0, 1.0),
        horizontal: bool = False,
        errors: bool = False,
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
        self._errors = None
        if errors:
            self._errors = LineCollection([], colors=INK, linewidths=1.8, zorder=2.5)
            axes.add_collection(self._errors, autolim=False)
        self._texts = [_value_text(axes) for _ in names]

    def update(
        self, values: ArrayLike, low: ArrayLike | None = None, high: ArrayLike | None = None
    ) -> list[Artist]:
        """Set the lengths of the bars and write their values.

        Parameters
        ----------
        values : array_like, shape (bars,)
            One value per bar. One outside the limits is drawn up to the edge and written in full;
            one that is not a number has no bar.
        low, high : array_like, shape (bars,), optional
            Ends of the error bars, both or neither; a bar has none where they are not finite.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If there is not one value per bar, or error bars come that were not asked for, or one
            end alone.
        """
        numbers = shaped("values", values, (len(self._texts),), "one per bar")
        ends = np.clip(np.where(np.isnan(numbers), 0.0, numbers), *self._limits)
        reach = ends.copy()
        if (low is None) != (high is None):
            raise ValueError("error bars need both low and high")
        if self._errors is None and low is not None:
            raise ValueError("these Bars have no error bars; make them with errors=True")
        if self._errors is not None:
            reach = self._draw_errors(self._errors, ends, low, high)
        for place, (bar, text, number) in enumerate(
            zip(self._bars, self._texts, numbers.tolist(), strict=True)
        ):
            end, far = float(ends[place]), float(reach[place])
            away = 7 if end >= 0 else -7
            if self._horizontal:
                bar.set_width(end)
                text.xy = (far, place)
                text.set_position((away, 0))
                text.set_horizontalalignment("left" if away > 0 else "right")
            else:
                bar.set_height(end)
                text.xy = (place, far)
                text.set_position((0, 1.3 * away))
            # A written-out "NaN" or "inf" is what the lesson wants to show.
            text.set_text(in_words(number, self._format))
        errors = [] if self._errors is None else [self._errors]
        return [*self._bars, *errors, *self._texts]

    def _draw_errors(
        self,
        errors: LineCollection,
        ends: FloatArray,
        low: ArrayLike | None,
        high: ArrayLike | None,
    ) -> FloatArray:
        """Draw the error bars and return how far each bar reaches with its own."""
        if low is None or high is None:
            errors.set_segments([])
            return ends
        below = shaped("low", low, ends.shape, "one per bar")
        above = shaped("high", high, ends.shape, "one per bar")
        known = np.isfinite(below) & np.isfinite(above)
        below, above = (np.clip(edge, *self._limits)[known] for edge in (below, above))
        at = np.flatnonzero(known).astype(float)
        cap = 0.09
        lines = [
            np.stack([np.stack(start, axis=-1), np.stack(end, axis=-1)], axis=1)
            for start, end in (
                ((at, below), (at, above)),
                ((at - cap, below), (at + cap, below)),
                ((at - cap, above), (at + cap, above)),
            )
        ]
        segments = np.concatenate(lines)
        errors.set_segments(list(segments[..., ::-1] if self._horizontal else segments))
        reach = ends.copy()
        reach[known] = np.where(
            ends[known] >= 0, np.maximum(ends[known], above), np.minimum(ends[known], below)
        )
        return reach


# Dark, middle and light, so that lightness alone tells the parts apart.
_PARTS = ((BLUE, "white"), (ORANGE, INK), ("#D9D9D9", INK), (GREY, "white"))


class StackedBars:
    """Bars of parts that add up, such as bias² + variance + noise, beside a measured total.

    Parameters
    ----------
    axes : Axes
        Where to draw.
    names : sequence of str
        One name per bar.
    parts : sequence of str
        Names of the parts, from the bottom up; at most four.
    total : str, optional
        Name of a total measured independently, marked on every bar; without it there is none.
    format : str, optional
        Format of the values, used as ``format.format(value)``.
    limits : tuple of float, optional
        Range of the value axis, from 0; it stays, so that heights can be compared.
    legend : str, optional
        Where the legend stands; empty for none.

    Raises
    ------
    ValueError
        If there is no part, or there are more than four.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        names: Sequence[str],
        parts: Sequence[str],
        *,
        total: str = "",
        format: str = "{:.2f}",
        limits: tuple[float, float] = (0.0, 1.0),
        legend: str = "outside",
    ) -> None:
        if not 1 <= len(parts) <= len(_PARTS):
            raise ValueError(f"parts must hold 1 to {len(_PARTS)} names; got {len(parts)}")
        self._format, self._limits = format, limits
        self._parts = tuple(parts)
        places = np.arange(len(names))
        zeros = np.zeros(len(names))
        self._bars = [
            axes.bar(
                places, zeros, width=0.65, color=color, edgecolor="white", linewidth=1.0,
                zorder=2,
            )
            for color, _ in _PARTS[: len(parts)]
        ]  # fmt: skip
        self._inside = [
            [
                axes.text(
                    float(place), 0, "", ha="center", va="center", fontsize=12, color=ink, zorder=3
                )
                for place in places
            ]
            for _, ink in _PARTS[: len(parts)]
        ]
        self._sums = [_value_text(axes) for _ in names]
        self._total = None
        if total:
            self._total = LineCollection([], colors=INK, linewidths=3, zorder=4, label=total)
            axes.add_collection(self._total, autolim=False)
        axes.set_xticks(places, list(names))
        axes.set_ylim(*limits)
        axes.set_xlim(-0.6, len(names) - 0.4)
        axes.grid(visible=False, axis="x")
        axes.tick_params(axis="x", length=0)
        if legend:
            # As the bars are stacked: the last part on top.
            handles: list[Artist] = [
                Patch(facecolor=color, label=part)
                for part, (color, _) in zip(parts, _PARTS, strict=False)
            ]
            handles += [self._total] if self._total else []
            add_legend(axes, legend, frame=True, handles=handles[::-1])

    def update(self, parts: ArrayLike, totals: ArrayLike | None = None) -> list[Artist]:
        """Set the heights of all parts and write them in, where there is room, and the sums above.

        Parameters
        ----------
        parts : array_like, shape (parts, bars)
            Their sizes, at least 0. A bar with a part that is not a number is not drawn; one that
            is higher than the limits is drawn up to the edge and written in full.
        totals : array_like, shape (bars,), optional
            The measured totals; none where they are not finite or above the limits.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If a shape differs, a part is negative, or totals come that were not asked for.
        """
        shape = (len(self._bars), len(self._sums))
        sizes = shaped("parts", parts, shape, "one row per part and one column per bar")
        if (sizes < 0).any():
            raise ValueError(f"parts must be at least 0, or they do not stack; got {sizes.min():g}")
        if totals is not None and self._total is None:
            raise ValueError('these bars have no totals; make them with total="its name"')
        with np.errstate(over="ignore"):
            tops = np.cumsum(sizes, axis=0)
        known = ~np.isnan(tops[-1])
        edges = np.clip(np.where(known, tops, 0.0), *self._limits)
        starts = np.vstack([np.zeros(shape[1]), edges[:-1]])
        room = 0.075 * (self._limits[1] - self._limits[0])
        for part, (bars, texts) in enumerate(zip(self._bars, self._inside, strict=True)):
            for place, (bar, text) in enumerate(zip(bars, texts, strict=True)):
                low, high = float(starts[part, place]), float(edges[part, place])
                bar.set_y(low)
                bar.set_height(high - low)
                text.set_y((low + high) / 2)
                text.set_text(in_words(float(sizes[part, place]), self._format))
                text.set_visible(high - low > room)
        marks = self._draw_totals(totals, shape[1])
        tops_of_bars = np.fmax(edges[-1], np.clip(marks, *self._limits))
        for place, text in enumerate(self._sums):
            text.xy = (place, float(tops_of_bars[place]))
            text.set_position((0, 10))
            text.set_text(in_words(float(tops[-1, place]), self._format))
        changed: list[Artist] = [bar for bars in self._bars for bar in bars]
        changed += [text for texts in self._inside for text in texts]
        changed += self._sums
        return changed if self._total is None else [*changed, self._total]

    def _draw_totals(self, totals: ArrayLike | None, count: int) -> FloatArray:
        """Draw the measured totals and return them, NaN where there is none."""
        marks = np.full(count, np.nan)
        if self._total is not None:
            if totals is not None:
                marks = shaped("totals", totals, (count,), "one per bar")
            marks = np.where((marks >= self._limits[0]) & (marks <= self._limits[1]), marks, np.nan)
            x = np.arange(count) + np.array([[-0.42], [0.42]])
            lines = np.stack([x, np.broadcast_to(marks, x.shape)], axis=-1)
            self._total.set_segments(list(lines.swapaxes(0, 1)))
        return marks


def _value_text(axes: Axes) -> Annotation:
    """Return a text to stand a few points away from the end of a bar."""
    return axes.annotate(
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
