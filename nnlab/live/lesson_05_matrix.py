"""Lesson 05, live: the lecture's matrix of activations, its mask and what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.text import Text

from nnlab._arrays import BoolArray, FloatArray
from nnlab.layers import Dropout
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Matrix, label_axes
from nnlab.live.style import SEQUENTIAL
from nnlab.network import Sequential

__all__ = ["ACTIVATIONS", "LECTURE_KEPT", "MASKS", "matrix"]

# Figure 4.8 of F. Chollet, Deep Learning with Python (2018), as on the lecture's slide.
ACTIVATIONS = np.array(
    [[0.3, 0.2, 1.5, 0.0], [0.6, 0.1, 0.0, 0.3], [0.2, 1.9, 0.3, 1.2], [0.7, 0.5, 1.0, 0.0]]
)
# Of an activation that is 0 nobody can see whether it was dropped. Half of 16 is 8, so the three
# that were 0 before are taken as dropped too.
LECTURE_KEPT = np.array(
    [[0, 1, 1, 0], [1, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 0]], dtype=bool
)  # fmt: skip
TRAINING, EVALUATION = "training", "evaluation"
MASKS = 8


def _numbers(mask: int) -> FloatArray:
    """Return 16 uniform numbers; an activation stays where its number is at least the rate.

    Those of mask 1 are chosen, so that rate 0.5 gives the lecture's mask.
    """
    u = np.random.default_rng([5, mask]).random((4, 4))
    return 0.5 * (u + LECTURE_KEPT) if mask == 1 else u


@dataclass(frozen=True)
class Pass:
    """One forward pass of a dropout layer."""

    rate: float
    mask: int
    training: bool
    kept: BoolArray  # (4, 4); all True in evaluation
    output: FloatArray  # (4, 4)


def compute_pass(*, rate: float, mask: int, mode: str) -> Pass:
    """Send the lecture's activations through the engine's dropout layer."""
    training = mode == TRAINING
    kept = _numbers(mask) >= rate
    net = Sequential(Dropout(rate, kept=kept), dtype=np.float64)
    output = net.forward(ACTIVATIONS, training=training)
    return Pass(rate, mask, training, kept if training else np.ones((4, 4), bool), output)


class PassArtists(NamedTuple):
    """Three matrices and what is written under the last two."""

    activations: Matrix
    mask: Matrix
    output: Matrix
    notes: tuple[Text, Text]


def build_pass(figure: Figure) -> PassArtists:
    """Draw activations, mask and output side by side."""
    panels = figure.subplots(1, 3)
    columns = [f"unit {k}" for k in range(1, 5)]
    examples = [f"example {k}" for k in range(1, 5)]
    titles = ("Activations x", "Mask m", "Output")
    matrices = []
    for k, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        matrices.append(
            Matrix(
                axes, examples if k == 0 else [""] * 4, columns, colormap=SEQUENTIAL,
                limits=(0, 2.5) if k == 1 else (0, 4.2), format="{:.3g}", crosses=k == 0,
            )
        )  # fmt: skip
        label_axes(axes, title=title, xlabel="crossed out: dropped" if k == 0 else " ")
    notes = panels[1].xaxis.label, panels[2].xaxis.label
    return PassArtists(matrices[0], matrices[1], matrices[2], notes)


def update_pass(artists: PassArtists, result: Pass) -> Sequence[Artist]:
    """Show the pass."""
    dropped = int((~result.kept).sum())
    below_mask, below_output = artists.notes
    if result.training:
        below_mask.set_text(f"{dropped} of 16 are 0")
        below_output.set_text(f"x · m, times 1/(1 − {result.rate:g}) = {_factor(result)}")
    else:
        below_mask.set_text("evaluation: all stay")
        below_output.set_text("x, unchanged")
    return [
        *artists.activations.update(ACTIVATIONS, ~result.kept),
        *artists.mask.update(result.kept.astype(float)),
        *artists.output.update(result.output),
        *artists.notes,
    ]


def _factor(result: Pass) -> str:
    return f"{1 / (1 - result.rate):.3g}"


def describe_pass(result: Pass) -> str:
    """Count what was dropped and what was 0 before."""
    total = f"The output sums to {result.output.sum():.2f}, the activations to "
    total += f"{ACTIVATIONS.sum():.2f}."
    if not result.training:
        return (
            "Evaluation: nothing is dropped and nothing rescaled, whatever the rate is; the output "
            f"is the activations. {total}"
        )
    dropped = ~result.kept
    zeros = int((result.output == 0).sum())
    unseen = int((dropped & (ACTIVATIONS == 0)).sum())
    return (
        f"Training, rate {result.rate:g}, mask {result.mask}: {dropped.sum()} of 16 activations "
        f"dropped, {unseen} of them 0 already; the rest × {_factor(result)}. Of the {zeros} zeros "
        f"in the output, {(ACTIVATIONS == 0).sum()} were zero before. {total}"
    )


matrix = Demo(
    name="05.matrix",
    title="The lecture's matrix: drop, then rescale",
    compute=compute_pass,
    build=build_pass,
    update=update_pass,
    describe=describe_pass,
    controls=(
        Slider("rate", "Dropout rate p", values=[k / 10 for k in range(10)], start=0.5),
        Slider("mask", "Mask number", values=list(range(1, MASKS + 1)), start=1),
        Choice("mode", "Mode", options=(TRAINING, EVALUATION), start=TRAINING),
    ),
    try_this=(
        "Rate 0.5, mask 1: the lecture's matrix. Then masks 2 to 8: each batch gets another one, "
        "and the number dropped changes too, because every activation is drawn by itself.",
        "Mask 1, drag the rate: the factor is 1/(1 − p), which is 2 at p = 0.5 only.",
        "Evaluation: the activations come out unchanged.",
    ),
    kept={"rate": [0.0, 0.2, 0.5, 0.8, 0.9]},
)
