"""Lesson 06, live: the signal through up to 50 layers, forward and back, at every weight scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.text import Text

from nnlab._arrays import FloatArray
from nnlab.activations import Function, derivative, relu, selu, sigmoid, tanh
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, label_axes
from nnlab.live.lesson_06_words import rough
from nnlab.live.style import DIVERGING, INK

__all__ = ["signal"]

BATCH = 8
LAYERS = 50
TOP = 20  # powers of ten on the axes of the curves
RANGE = 6  # powers of ten in the colours

FUNCTIONS: dict[str, Function] = {"sigmoid": sigmoid, "tanh": tanh, "ReLU": relu, "SELU": selu}

NORMAL, GLOROT, HE = "N(0, 1)", "LeCun = Glorot", "He"
SMALL_NORMAL, SMALL_HE = "slide: N(0, 1) · 0.001", "slide: He · 0.001"
STARTS = (NORMAL, GLOROT, HE, SMALL_NORMAL, SMALL_HE)

# Scales of the map, as powers of ten of σ√n. Far below 1 every activation is as good as linear, so
# that a few rows are enough there: between them the logarithms lie on straight lines.
_GRID = np.array([-3.25, -2.0, -1.0, -0.5, -0.25, 0.0, 0.15, 0.3, 0.5, 0.75, 1.0, 1.25])
_ROWS = np.linspace(-3.25, 1.25, 91)


def weight_std(start: str, width: int) -> float:
    """Return the standard deviation of the weights in a square layer; there LeCun is Glorot."""
    return {
        NORMAL: 1.0, GLOROT: np.sqrt(1 / width), HE: np.sqrt(2 / width),
        SMALL_NORMAL: 0.001, SMALL_HE: 0.001 * np.sqrt(2 / width),
    }[start]  # fmt: skip


@dataclass(frozen=True)
class Signal:
    """Signal and gradient at every layer, for a map of scales and for the chosen start."""

    depth: int
    width: int
    activation: str
    start: str
    scale: float  # σ√n of the chosen start
    forward: FloatArray  # (depth + 1,) standard deviation of the activations
    backward: FloatArray  # (depth + 1,) gradient norm, as a multiple of that at the output
    forward_map: FloatArray  # (rows, depth + 1) powers of ten
    backward_map: FloatArray  # (rows, depth + 1)


def send(
    function: Function, scales: FloatArray, depth: int, width: int
) -> tuple[FloatArray, FloatArray]:
    """Send a batch forward and a gradient back through layers whose weights differ by a factor.

    Parameters
    ----------
    function : callable
        The activation function.
    scales : ndarray, (S,)
        Standard deviations of the weights, all with the same random numbers.
    depth, width : int
        Layers, and units in each.

    Returns
    -------
    std, norm : ndarray, (S, depth + 1)
        Of the activations, from the input on; of the gradient, with 1 at the output.
    """
    rng = np.random.default_rng(width)
    draws = rng.standard_normal((depth, width, width))
    x, g = rng.standard_normal((2, BATCH, width))
    factor = np.repeat(scales, BATCH)[:, None]
    slope = derivative(function)
    a = np.tile(x / x.std(), (len(scales), 1))  # (S * BATCH, n): one product serves all scales
    slopes, stds = [], [_std(a, len(scales))]
    for draw in draws:
        z = factor * (a @ draw)
        a = function(z)
        slopes.append(slope(z, a))
        stds.append(_std(a, len(scales)))
    da = np.tile(g / np.linalg.norm(g), (len(scales), 1))
    norms: list[FloatArray] = [np.ones(len(scales))]
    for draw, f in zip(draws[::-1], slopes[::-1], strict=True):
        da = factor * ((da * f) @ draw.T)
        norms.append(_norm(da, len(scales)))
    return np.stack(stds, axis=1), np.stack(norms[::-1], axis=1)


def _std(a: FloatArray, count: int) -> FloatArray:
    rows = a.reshape(count, -1)
    return _norm(rows - rows.mean(axis=1, keepdims=True), count) / np.sqrt(rows.shape[1])


def _norm(a: FloatArray, count: int) -> FloatArray:
    """Return Euclidean norms; in units of the largest number, so that no square is rounded to 0."""
    rows = a.reshape(count, -1)
    unit = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-290)
    rows = rows / unit
    norms: FloatArray = np.sqrt(np.einsum("ij,ij->i", rows, rows)) * unit[:, 0]
    return norms


def compute_signal(*, depth: int, width: int, activation: str, start: str) -> Signal:
    """Measure signal and gradient at 12 scales and at the chosen one."""
    std = weight_std(start, width)
    scales = np.append(10**_GRID / np.sqrt(width), std)
    forward, backward = send(FUNCTIONS[activation], scales, depth, width)
    return Signal(
        depth, width, activation, start, std * np.sqrt(width), forward[-1], backward[-1],
        _map(forward[:-1]), _map(backward[:-1]),
    )  # fmt: skip


def _map(values: FloatArray) -> FloatArray:
    """Return powers of ten at all rows of the map, from those at the scales of the grid."""
    powers = np.log10(np.maximum(values, 1e-250))
    right = np.clip(np.searchsorted(_GRID, _ROWS), 1, len(_GRID) - 1)
    share = ((_ROWS - _GRID[right - 1]) / (_GRID[right] - _GRID[right - 1]))[:, None]
    rows: FloatArray = (1 - share) * powers[right - 1] + share * powers[right]
    return rows


class SignalArtists(NamedTuple):
    """A curve for each way; below it a map, the line of the chosen start, and its name."""

    curves: tuple[Curve, Curve]
    maps: tuple[AxesImage, AxesImage]
    lines: tuple[Line2D, Line2D]
    names: tuple[Text, Text]


def build_signal(figure: Figure) -> SignalArtists:
    """Draw curves above, maps below; forward on the left, backward on the right."""
    axes = figure.subplots(2, 2, sharex="col")
    curves = [_build_curve(upper) for upper in axes[0]]
    maps, lines, names = zip(*(_build_map(lower) for lower in axes[1]), strict=True)
    label_axes(axes[0, 0], title="Activations, going forward →", ylabel="std")
    label_axes(axes[0, 1], title="← Gradient, going back", ylabel="norm")
    label_axes(axes[1, 0], ylabel="weights: σ√n")
    bar = figure.colorbar(maps[1], ax=axes[:, 1], extend="both", aspect=22)
    bar.set_ticks([-RANGE, 0, RANGE], labels=["vanished: $10^{-6}$", "1", "exploded: $10^6$"])
    bar.outline.set_visible(False)
    return SignalArtists(
        (curves[0], curves[1]), (maps[0], maps[1]), (lines[0], lines[1]), (names[0], names[1])
    )


def _build_curve(axes: Axes) -> Curve:
    """Prepare the panel of one quantity along the layers, on a ground of the map's colours."""
    axes.imshow(
        np.linspace(-TOP, TOP, 161)[:, None], cmap=DIVERGING, vmin=-RANGE, vmax=RANGE, alpha=0.4,
        aspect="auto", origin="lower", extent=(-0.5, LAYERS + 0.5, -TOP, TOP), zorder=0.5,
    )  # fmt: skip
    axes.grid(visible=False)
    ticks = range(-TOP, TOP + 1, 10)
    axes.set_yticks(ticks, ["1" if p == 0 else f"$10^{{{p}}}$" for p in ticks])
    label_axes(axes, xlim=(-0.5, LAYERS + 0.5), ylim=(-TOP, TOP))
    return Curve(axes, color=INK)


def _build_map(axes: Axes) -> tuple[AxesImage, Line2D, Text]:
    """Prepare the map of all scales, the line of the chosen one and its name."""
    image = axes.imshow(
        np.zeros((len(_ROWS), 2)), cmap=DIVERGING, vmin=-RANGE, vmax=RANGE, aspect="auto",
        origin="lower", interpolation="nearest", extent=(-0.5, 1.5, _ROWS[0], _ROWS[-1]),
        zorder=1,
    )  # fmt: skip
    axes.grid(visible=False)
    axes.set_facecolor("#E4E4E4")  # where there are no layers
    axes.set_xticks(range(0, LAYERS + 1, 10))
    axes.set_yticks([-3, -2, -1, 0, 1], ["0.001", "0.01", "0.1", "1", "10"])
    label_axes(axes, xlabel="layer", ylim=(float(_ROWS[0]), float(_ROWS[-1])))
    (line,) = axes.plot([], [], color=INK, linewidth=2.4, linestyle="--", zorder=3)
    name = axes.text(
        LAYERS, 0, "", ha="right", fontsize=12, zorder=4,
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.5},
    )  # fmt: skip
    return image, line, name


def update_signal(artists: SignalArtists, result: Signal) -> Sequence[Artist]:
    """Show both maps, the chosen line and the curves along it."""
    row = np.log10(result.scale)
    layers = np.arange(result.depth + 1)
    for image, values in zip(artists.maps, (result.forward_map, result.backward_map), strict=True):
        image.set_data(np.clip(values, -RANGE, RANGE))
        image.set_extent((-0.5, result.depth + 0.5, float(_ROWS[0]), float(_ROWS[-1])))
    for line, name in zip(artists.lines, artists.names, strict=True):
        line.set_data([-0.5, result.depth + 0.5], [row, row])
        name.set_text(result.start)
        name.set_position((LAYERS, row + (0.2 if row < 0 else -0.25)))
        name.set_verticalalignment("bottom" if row < 0 else "top")
    changed: list[Artist] = [*artists.maps, *artists.lines, *artists.names]
    for curve, values in zip(artists.curves, (result.forward, result.backward), strict=True):
        changed += curve.update(layers, np.log10(np.maximum(values, 1e-250)))
    return changed


def describe_signal(result: Signal) -> str:
    """Say what is left of the signal and of the gradient."""
    return (
        f"{_layers(result.depth)} of {result.width} {result.activation} units, "
        f"{result.start}: the activations end at {rough(result.forward[-1])}, the gradient comes "
        f"back at {rough(result.backward[0])}; both start at 1."
    )


def _layers(depth: int) -> str:
    return "1 layer" if depth == 1 else f"{depth} layers"


signal = Demo(
    name="06.signal",
    title="A map of the signal: depth × width × weights × activation",
    compute=compute_signal,
    build=build_signal,
    update=update_signal,
    describe=describe_signal,
    controls=(
        Choice("start", "Weights", options=STARTS, start=HE),
        Choice("activation", "Activation", options=tuple(FUNCTIONS), start="ReLU"),
        Slider("depth", "Layers", values=(1, 2, 3, 5, 10, 15, 20, 30, 40, 50), start=50),
        Slider("width", "Units in a layer", values=(16, 24, 32, 48, 64), start=64),
    ),
    try_this=(
        "ReLU, 50 layers, the three upper weights in turn: N(0, 1) explodes, LeCun = Glorot "
        "vanishes, He keeps it. Then the slide's He · 0.001 with 10 layers.",
        "sigmoid with LeCun = Glorot: forward nothing seems wrong, backward next to nothing of "
        "the gradient is left. tanh with N(0, 1): again nothing on the left, an explosion on the "
        "right.",
        "The slide's He · 0.001 with each activation: not one of them brings the gradient back.",
    ),
    size=(9.6, 4.2),
    kept={"depth": [1, 10, 50]},
)
