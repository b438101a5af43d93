"""Lesson 09, live: a deep network that starts badly, with and without batch normalization."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.layers import Activation
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, add_legend, label_axes
from nnlab.live.lesson_09_deep_networks import deep_network, load_examples
from nnlab.live.style import BLUE, GREY, ORANGE
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import SGD

__all__ = ["LAYERS", "PLACES", "start"]

LAYERS = 6
UPDATES = 30
PLACES = {
    "every layer": tuple(range(1, LAYERS + 1)),
    "every second layer": tuple(range(2, LAYERS + 1, 2)),
    "the last layer only": (LAYERS,),
}
TOP = 1.5  # of the loss axis
EPS = 1e-5  # of the layers, the default
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Training:
    """Signal at the start and loss while training, of five networks."""

    signal: FloatArray  # (LAYERS + 2,) standard deviation of the data, of every layer's output
    losses: FloatArray  # (UPDATES + 1, 5) of each update's batch; NaN once it overflowed


@dataclass(frozen=True)
class Comparison:
    """The same start with and without batch normalization."""

    scale: float
    rate: float
    places: str
    without: Training
    normalized: Training


def train(net: Sequential, rate: float) -> Training:
    """Measure the signal, then train with all examples in every update."""
    x, y = load_examples()
    loss, optimizer = BinaryCrossEntropy(), SGD(rate)
    losses = []
    # A network that explodes is what the figure shows: the loss becomes infinite, then NaN.
    with np.errstate(over="ignore", invalid="ignore"):
        outputs = net.outputs(x, training=True)
        kept = [
            out for layer, out in zip(net.layers, outputs, strict=True)
            if isinstance(layer, Activation)
        ]  # fmt: skip
        signal = [x.std(), *(np.median(out.std(axis=(1, 2))) for out in [*kept, outputs[-1]])]
        z, target = outputs[-1], loss.targets(y, outputs[-1])
        for _ in range(UPDATES):
            losses.append(loss.formula(z, target))
            net.backward(loss.derivative(z, target))
            optimizer.step(net.theta, net.grad)
            z = net.forward(x, training=True)
        losses.append(loss.formula(z, target))
    return Training(np.array(signal), np.stack(losses))


def compute_comparison(*, scale: float, places: str, rate: float) -> Comparison:
    """Train five networks without batch normalization and five with it."""
    return Comparison(
        scale, rate, places,
        train(deep_network(scale, LAYERS, ()), rate),
        train(deep_network(scale, LAYERS, PLACES[places]), rate),
    )  # fmt: skip


class ComparisonArtists(NamedTuple):
    """Signals on the left, losses on the right."""

    signals: tuple[Curve, Curve]
    losses: tuple[Curve, Curve]


def build_comparison(figure: Figure) -> ComparisonArtists:
    """Draw the signal by layer on the left, the loss by update on the right."""
    left, right = figure.subplots(1, 2)
    label_axes(
        left, title="Signal before the first update", xlabel="layer (0: the data)",
        ylabel="standard deviation", xlim=(0, LAYERS + 1),
    )  # fmt: skip
    left.set_yscale("log")
    label_axes(left, ylim=(1e-15, 1e9))
    left.set_xticks(range(LAYERS + 2), [*map(str, range(LAYERS + 1)), "out"])
    left.set_yticks([1e-12, 1e-6, 1, 1e6], ["10⁻¹²", "10⁻⁶", "1", "10⁶"])
    left.axhline(np.sqrt(EPS), color=GREY, linestyle=":", linewidth=2, label="√ε")
    label_axes(
        right, title="Training loss", xlabel="update", ylabel="median and range of 5 seeds",
        xlim=(0, UPDATES), ylim=(0, TOP),
    )  # fmt: skip
    signals, losses = (
        (
            Curve(axes, color=ORANGE, linestyle="--", marker="s", label="without", band=band),
            Curve(axes, color=BLUE, marker="o", label="batch norm", band=band),
        )
        for axes, band in ((left, False), (right, True))
    )
    add_legend(left, "lower left", frame=True)
    return ComparisonArtists(signals, losses)


def update_comparison(artists: ComparisonArtists, result: Comparison) -> Sequence[Artist]:
    """Show both networks."""
    changed: list[Artist] = []
    both = (result.without, result.normalized)
    for training, signal, curve in zip(both, artists.signals, artists.losses, strict=True):
        # beyond the axes at the latest; a network that overflowed has left them
        losses = np.minimum(np.nan_to_num(training.losses, nan=np.inf), 10 * TOP)
        changed += signal.update(range(LAYERS + 2), np.clip(training.signal, 1e-300, 1e300))
        changed += curve.update(
            range(UPDATES + 1), np.median(losses, axis=1), losses.min(axis=1), losses.max(axis=1)
        )
    return changed


def describe_comparison(result: Comparison) -> str:
    """Say signal and loss of both; one digit, since the rate may be far too high."""
    return (
        f"Weights {result.scale:g} times He's, learning rate {result.rate:g}, batch norm behind "
        f"{result.places}. {_words(result.without, 'Without it')}; "
        f"{_words(result.normalized, 'with it')}."
    )


def _words(training: Training, which: str) -> str:
    last = np.nan_to_num(training.losses[-1], nan=np.inf)
    middle = float(np.median(last))
    loss = "below 0.1" if middle < 0.1 else f"{middle:.1f}" if middle < 100 else "above 100"
    return (
        f"{which} layer {LAYERS} gives a signal of {_power(training.signal[-2])} and the loss "
        f"after {UPDATES} updates is {loss}"
    )


def _power(size: float) -> str:
    """Write a size, such as 0.6 or 4·10⁻⁷."""
    if 0.01 <= size < 100:
        return f"{size:.1g}" if size < 1 else f"{size:.0f}"
    digit, exponent = f"{size:.0e}".split("e")
    return f"{digit}·10{str(int(exponent)).translate(SUPERSCRIPT)}"


start = Demo(
    name="09.start",
    title="A bad start: six hidden layers, with and without batch norm",
    compute=compute_comparison,
    build=build_comparison,
    update=update_comparison,
    describe=describe_comparison,
    controls=(
        Slider(
            "scale",
            "Weights, times He's",
            values=(0.01, 0.03, 0.1, 0.3, 1, 3, 10),
            start=0.1,
        ),
        Choice("places", "Batch norm behind", options=tuple(PLACES), start="every layer"),
        Slider("rate", "Learning rate", values=(0.01, 0.03, 0.1, 0.3, 1, 3, 10), start=0.3),
    ),
    try_this=(
        "Drag the weights from 0.01 to 10: without batch norm the signal dies or explodes; with "
        "it, it stays near 1 in every hidden layer.",
        "Weights 0.1, batch norm behind the last layer only: the signal that reaches it is far "
        "below √ε, and batch norm cannot bring it back.",
        "Weights 0.1, learning rates 0.01 to 10: no rate helps the network without.",
    ),
    kept={"scale": [0.01, 0.1, 1, 3, 10], "rate": [0.01, 0.1, 0.3, 1, 10]},
)
