"""A network as a diagram: units as circles, weights as lines."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from nnlab._arrays import BoolArray, FloatArray, IntArray
from nnlab._checks import number_above, whole_number
from nnlab.live._shapes import shaped
from nnlab.live.style import BLUE, DIVERGING, GREY, INK, VERMILLION, styled

__all__ = ["NetworkDiagram"]

# Parts of the axes' height: units between these, the captions of the layers above.
_LOW, _HIGH = 0.02, 0.86
_DASHES = 9


class NetworkDiagram:
    """Layers of units as circles, joined by their weights.

    A positive weight is a solid line in vermillion, a negative one dashed in blue; the larger it
    is, the wider and stronger the line. The number of layers and units may change at every update.

    Parameters
    ----------
    axes : Axes
        Where to draw; its frame, ticks and grid are removed.
    most : int, optional
        Units drawn of a layer, at least 2. Of a larger layer the first ``most - 1`` are drawn and
        the others counted.
    layers : int, optional
        The largest number of layers, inputs and outputs among them.
    inputs, outputs : sequence of str, optional
        Names of the first inputs and outputs.
    scale : float, optional
        The weight with the widest line; one that stays makes settings comparable. Without it, the
        largest of each picture.
    unit_scale : float, optional
        The unit's value at which its colour is strongest.
    legend : bool, optional
        Whether signs are explained below the diagram.

    Raises
    ------
    ValueError
        If ``most`` or ``layers`` is below 2, or a scale is not above 0.
    """

    @styled
    def __init__(
        self,
        axes: Axes,
        *,
        most: int = 8,
        layers: int = 6,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
        scale: float | None = None,
        unit_scale: float = 1.0,
        legend: bool = True,
    ) -> None:
        self._most = whole_number("most", most, 2)
        self._layers = whole_number("layers", layers, 2)
        self._scale = None if scale is None else number_above("scale", scale, 0)
        self._unit_scale = number_above("unit_scale", unit_scale, 0)
        self._inputs, self._outputs = tuple(inputs), tuple(outputs)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.set_axis_off()
        self._weights = LineCollection([], capstyle="butt", zorder=1)
        axes.add_collection(self._weights, autolim=False)
        figure = axes.get_figure(root=True)
        assert isinstance(figure, Figure)
        points = 72 * figure.get_size_inches()[1] * axes.get_position().height * (_HIGH - _LOW)
        diameter = float(np.clip(0.62 * points / most, 6, 26))
        self._units = axes.scatter(
            [],
            [],
            s=diameter**2,
            c="white",
            edgecolors=INK,
            linewidths=1.4,
            zorder=2,
            clip_on=False,
        )
        self._crosses = axes.scatter(
            [], [], s=(0.5 * diameter) ** 2, c=GREY, marker="x", linewidths=1.6, zorder=3,
            clip_on=False,
        )  # fmt: skip

        text: dict[str, Any] = {"fontsize": 12, "color": INK, "zorder": 4}
        self._captions = [
            axes.text(0, 0.9, "", ha="center", va="bottom", **text) for _ in range(layers)
        ]
        # On white, or lines would run through the words.
        ground = {"facecolor": "white", "alpha": 0.85, "linewidth": 0, "pad": 1.5}
        self._others = [
            axes.text(0, 0, "", ha="center", va="center", bbox=ground, **text)
            for _ in range(layers)
        ]
        away = {**text, "textcoords": "offset points", "va": "center"}
        self._input_names = [
            axes.annotate(name, (0, 0), xytext=(-0.5 * diameter - 4, 0), ha="right", **away)
            for name in self._inputs[:most]
        ]
        self._output_names = [
            axes.annotate(name, (0, 0), xytext=(0.5 * diameter + 4, 0), ha="left", **away)
            for name in self._outputs[:most]
        ]
        if legend:
            axes.legend(
                handles=[
                    Line2D([], [], color=VERMILLION, linewidth=3, label="positive weight"),
                    Line2D([], [], color=BLUE, linewidth=3, linestyle=(0, (3, 1)),
                           label="negative weight"),
                ],
                loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=2, fontsize=12,
                labelcolor=INK, frameon=False, borderaxespad=0.2,
            )  # fmt: skip

    def update(
        self,
        weights: Sequence[ArrayLike],
        units: Sequence[ArrayLike] | None = None,
        off: Sequence[ArrayLike] | None = None,
    ) -> list[Artist]:
        """Draw another network.

        Parameters
        ----------
        weights : sequence of array_like, shapes (in, out)
            One matrix per step from layer to layer; each has as many rows as the one before has
            columns. A weight that is not a number is grey and dotted.
        units : sequence of array_like, shapes (units,), optional
            A value for every unit of every layer, inputs included, such as its activation: the
            circle is vermillion where it is positive, blue where it is negative.
        off : sequence of array_like of bool, shapes (units,), optional
            Units that are dropped or dead: crossed out, and without their weights.

        Returns
        -------
        list of Artist
            What changed.

        Raises
        ------
        ValueError
            If shapes do not follow each other, or there are too many layers.
        """
        matrices, sizes = self._checked(weights)
        values = _per_unit("units", units, sizes)
        gone = [layer != 0 for layer in _per_unit("off", off, sizes)]
        drawn = [size if size <= self._most else self._most - 1 for size in sizes]
        places = self._places(sizes, drawn)
        self._draw_weights(matrices, places, gone)
        self._draw_units(
            np.concatenate([place[:n] for place, n in zip(places, drawn, strict=True)]),
            np.concatenate([value[:n] for value, n in zip(values, drawn, strict=True)]),
            np.concatenate([layer[:n] for layer, n in zip(gone, drawn, strict=True)]),
        )
        self._write(sizes, drawn, places)
        return [
            self._weights, self._units, self._crosses,
            *self._captions, *self._others, *self._input_names, *self._output_names,
        ]  # fmt: skip

    def _checked(self, weights: Sequence[ArrayLike]) -> tuple[list[FloatArray], list[int]]:
        """Return the matrices and the sizes of the layers."""
        if not 1 <= len(weights) < self._layers:
            raise ValueError(
                f"weights must hold 1 to {self._layers - 1} matrices, one less than layers; "
                f"got {len(weights)}"
            )
        matrices: list[FloatArray] = []
        for index, given in enumerate(weights):
            rows = matrices[-1].shape[1] if matrices else "in"
            meaning = "as many rows as the one before has columns" if matrices else ""
            matrix = shaped(f"weights[{index}]", given, (rows, "out"), meaning)
            if matrix.size == 0:
                raise ValueError(f"weights[{index}] must not be empty; got shape {matrix.shape}")
            matrices.append(matrix)
        return matrices, [matrices[0].shape[0], *(matrix.shape[1] for matrix in matrices)]

    def _places(self, sizes: list[int], drawn: list[int]) -> list[FloatArray]:
        """Return where the units of each layer stand, and after them the word on the others."""
        step = (_HIGH - _LOW) / self._most
        left = 0.16 if self._inputs else 0.08
        right = 0.84 if self._outputs else 0.92
        places = []
        for x, size, n in zip(np.linspace(left, right, len(sizes)), sizes, drawn, strict=True):
            rows = n + (size > n)
            y = (_HIGH + _LOW) / 2 + step * (np.arange(rows)[::-1] - (rows - 1) / 2)
            places.append(np.stack([np.full(rows, x), y], axis=-1))
        return places

    def _draw_weights(
        self, matrices: list[FloatArray], places: list[FloatArray], gone: list[BoolArray]
    ) -> None:
        lines, shown = [], []
        for layer, matrix in enumerate(matrices):
            rows, columns = (min(n, self._most - (n > self._most)) for n in matrix.shape)
            ends = np.empty((rows, columns, 2, 2))
            ends[:, :, 0] = places[layer][:rows, None]
            ends[:, :, 1] = places[layer + 1][:columns]
            on = ~gone[layer][:rows, None] & ~gone[layer + 1][:columns]
            lines.append(ends[on])
            shown.append(matrix[:rows, :columns][on])
        weights, segments = np.concatenate(shown), np.concatenate(lines)
        scale = self._scale
        if scale is None:
            size = np.abs(np.concatenate([matrix.ravel() for matrix in matrices]))
            scale = float(size.max(where=np.isfinite(size), initial=0.0))
        share = _share(weights, scale)
        # The strong ones last, so that they lie on top.
        order = np.argsort(np.abs(np.nan_to_num(share)), kind="stable")
        segments, share = segments[order], share[order]
        dashed = ~(share >= 0)  # negative, or not a number
        colors = _colors(np.sign(share) * np.maximum(np.abs(share), 0.2))
        widths = 0.5 + 3.5 * np.abs(np.nan_to_num(share))
        # Dashes as lines of their own: Matplotlib's depend on the reader's settings when set.
        pieces, owner = _dashes(segments, dashed)
        self._weights.set_segments(list(pieces))
        self._weights.set_color(cast(Any, colors[owner]))
        self._weights.set_linewidth(widths[owner].tolist())

    def _draw_units(self, places: FloatArray, values: FloatArray, gone: BoolArray) -> None:
        colors = _colors(_share(values, self._unit_scale))
        colors[gone] = 1.0
        edges = np.where(gone[:, None], to_rgba(GREY), to_rgba(INK))
        self._units.set_offsets(places)
        self._units.set_facecolor(cast(Any, colors))
        self._units.set_edgecolor(cast(Any, edges))
        self._crosses.set_offsets(places[gone])

    def _write(self, sizes: list[int], drawn: list[int], places: list[FloatArray]) -> None:
        last = len(sizes) - 1
        for layer, (caption, others) in enumerate(zip(self._captions, self._others, strict=True)):
            there = layer <= last
            hidden = sizes[layer] - drawn[layer] if there else 0
            caption.set_visible(there)
            others.set_visible(hidden > 0)
            if there:
                kind = {0: "input", last: "output"}.get(layer, f"hidden {layer}")
                caption.set_text(f"{kind}\n{sizes[layer]}")
                caption.set_x(places[layer][0, 0])
            if hidden:
                others.set_text(f"+ {hidden} more")
                others.set_position(places[layer][-1])
        for names, place, n in (
            (self._input_names, places[0], drawn[0]),
            (self._output_names, places[-1], drawn[-1]),
        ):
            for index, name in enumerate(names):
                name.set_visible(index < n)
                if index < n:
                    name.xy = tuple(place[index])


def _per_unit(name: str, given: Sequence[ArrayLike] | None, sizes: list[int]) -> list[FloatArray]:
    """Return a value for every unit of every layer, 0 if none are given."""
    if given is None:
        return [np.zeros(size) for size in sizes]
    if len(given) != len(sizes):
        raise ValueError(f"{name} must hold {len(sizes)} layers; got {len(given)}")
    return [
        shaped(f"{name}[{layer}]", values, (size,), "one per unit")
        for layer, (values, size) in enumerate(zip(given, sizes, strict=True))
    ]


def _share(values: FloatArray, scale: float) -> FloatArray:
    """Return values as shares of the scale, from -1 to 1."""
    within = np.clip(values, -scale, scale)  # first, so that a tiny scale cannot overflow
    return within / scale if scale > 0 else 0.0 * within


def _colors(share: FloatArray) -> FloatArray:
    """Return the colours of values from -1 to 1; grey for what is not a number."""
    colors = np.array(DIVERGING(0.5 + 0.5 * np.nan_to_num(share)))
    colors[np.isnan(share)] = to_rgba(GREY)
    return colors


def _dashes(segments: FloatArray, dashed: BoolArray) -> tuple[FloatArray, IntArray]:
    """Cut the dashed segments into pieces; return all pieces and whose each is."""
    starts = np.arange(_DASHES)[:, None] / (_DASHES - 0.4)
    ends = starts + 0.6 / (_DASHES - 0.4)
    first, last = segments[dashed, None, 0], segments[dashed, None, 1]
    cut = np.stack([first + starts * (last - first), first + ends * (last - first)], axis=2)
    pieces = np.concatenate([segments[~dashed], cut.reshape(-1, 2, 2)])
    owner = np.concatenate([np.flatnonzero(~dashed), np.repeat(np.flatnonzero(dashed), _DASHES)])
    order = np.argsort(owner, kind="stable")
    return pieces[order], owner[order]
