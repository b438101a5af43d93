"""Softmax with and without the shift."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.text import Text

from nnlab._arrays import FloatArray
from nnlab.activations import softmax
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Bars, label_axes
from nnlab.live.style import BLUE, ORANGE
from nnlab.live.words import number

__all__ = ["softmax_shift"]

SCORES = np.array([2.0, 1.0, 0.1])
CLASSES = ("cat", "dog", "fish")


@dataclass(frozen=True)
class SoftmaxTwice:
    """Softmax of the same logits, by the formula and with the maximum subtracted."""

    logits: FloatArray  # (3,)
    naive: FloatArray  # (3,) NaN where exp overflowed
    shifted: FloatArray  # (3,)


def compute_softmax(*, temperature: float, offset: float) -> SoftmaxTwice:
    """Return softmax((scores + offset) / temperature) in both ways."""
    logits = (SCORES + offset) / temperature
    with np.errstate(over="ignore", invalid="ignore"):
        exponentials = np.exp(logits)
        naive = exponentials / exponentials.sum()
    return SoftmaxTwice(logits, naive, softmax(logits))


class SoftmaxArtists(NamedTuple):
    """Two bar charts and a line of text over each."""

    naive: Bars
    shifted: Bars
    notes: tuple[Text, Text]


def build_softmax(figure: Figure) -> SoftmaxArtists:
    """Draw the formula as written on the left, the shifted one on the right."""
    left, right = figure.subplots(1, 2, sharey=True)
    label_axes(left, title="As on the slide", xlabel="class", ylabel="probability")
    label_axes(right, title="Maximum subtracted first", xlabel="class")
    bars = [
        Bars(axes, CLASSES, colors=color, format="{:.3f}", limits=(0, 1.25))
        for axes, color in ((left, ORANGE), (right, BLUE))
    ]
    notes = [
        axes.text(0.5, 0.97, "", transform=axes.transAxes, ha="center", va="top", fontsize=12)
        for axes in (left, right)
    ]
    left.set_yticks([0, 0.25, 0.5, 0.75, 1])
    return SoftmaxArtists(bars[0], bars[1], (notes[0], notes[1]))


def update_softmax(artists: SoftmaxArtists, result: SoftmaxTwice) -> Sequence[Artist]:
    """Set both charts and say how large the largest exponent was."""
    largest = result.logits.max()
    for note, exponent in zip(artists.notes, (largest, 0.0), strict=True):
        note.set_text(f"largest term: exp({exponent:g})")
    return [
        *artists.naive.update(result.naive),
        *artists.shifted.update(result.shifted),
        *artists.notes,
    ]


def describe_softmax(result: SoftmaxTwice) -> str:
    """Say what comes out of both."""
    logits = ", ".join(number(z) for z in result.logits)
    shifted = ", ".join(f"{p:.3f}" for p in result.shifted)
    if np.isnan(result.naive).any():
        outcome = f"the formula as written gives NaN: exp({result.logits.max():g}) overflows"
    else:
        outcome = "the formula as written gives the same"
    return f"Logits {logits}: with the maximum subtracted, softmax is {shifted}; {outcome}."


softmax_shift = Demo(
    name="01.softmax_shift",
    title="Softmax: temperature, and an offset that should not matter",
    compute=compute_softmax,
    build=build_softmax,
    update=update_softmax,
    describe=describe_softmax,
    controls=(
        Slider("temperature", "Temperature T", values=(0.1, 0.2, 0.5, 1, 2, 5, 10, 50), start=1),
        Slider(
            "offset",
            "Added to all logits",
            values=(0, 10, 50, 100, 300, 500, 700, 710, 1000),
            start=0,
        ),
    ),
    try_this=(
        "Temperature 0.1: nearly all the probability goes to the largest logit. 50: nearly equal.",
        "Temperature 1, drag the offset. The probabilities must not change. At 710 the left side "
        "is NaN: exp(710) does not fit into a 64-bit float.",
    ),
)
