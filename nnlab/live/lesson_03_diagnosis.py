"""Live figure of lesson 03: a game. Read three errors, choose the next step, see what it does."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from nnlab._arrays import FloatArray
from nnlab.live.controls import Choice
from nnlab.live.demo import Demo
from nnlab.live.drawing import Bars, label_axes
from nnlab.live.lesson_03_small_networks import train, training_sets, truth
from nnlab.live.style import BLUE, GREY, INK, ORANGE, TRAIN, VALIDATION
from nnlab.live.words import number

__all__ = ["diagnosis"]

SETS = 20
NEAR = 0.03
"""An avoidable bias or a gap up to this size is not worth a step."""
CEILING = 0.6


@dataclass(frozen=True)
class Setup:
    """A network and its training."""

    units: int
    n: int
    noise: float
    weight_decay: float = 0.0001
    epochs: int = 12

    def __str__(self) -> str:
        """Say what a practitioner knows; the noise is known through the target error alone."""
        weight_decay = f"{self.weight_decay:.7f}".rstrip("0").rstrip(".")  # not 1e-07
        return (
            f"{_counted(self.units, 'hidden unit')}, {self.n} examples, "
            f"{_counted(self.epochs, 'epoch')}, λ = {weight_decay}"
        )


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' * (count != 1)}"


CASES = {
    "A": Setup(units=1, n=60, noise=0.3),
    "B": Setup(units=10, n=20, noise=0.4),
    "C": Setup(units=8, n=60, noise=0.3, epochs=1),
    "D": Setup(units=8, n=60, noise=0.3, weight_decay=0.1),
    "E": Setup(units=5, n=160, noise=0.4),
    "F": Setup(units=2, n=15, noise=0.3),
}
UNDECIDED = "not yet decided"
STOP = "stop here"
BIGGER, LONGER, MORE, STRONGER, WEAKER = (
    "5 more hidden units",
    "4 × as many epochs",
    "4 × as many examples",
    "λ × 10",
    "λ ÷ 1000",
)
HELPS = "it helps"
FIGHTS = {BIGGER: "bias", LONGER: "bias", WEAKER: "bias", MORE: "variance", STRONGER: "variance"}


def changed(setup: Setup, step: str) -> Setup:
    """Return the setup after a step."""
    return {
        BIGGER: replace(setup, units=setup.units + 5),
        LONGER: replace(setup, epochs=setup.epochs * 4),
        MORE: replace(setup, n=setup.n * 4),
        STRONGER: replace(setup, weight_decay=setup.weight_decay * 10),
        WEAKER: replace(setup, weight_decay=setup.weight_decay / 1000),
    }[step]


@cache
def validation_examples() -> tuple[FloatArray, FloatArray]:
    """Return 1000 places and noise, (1, 1000) each.

    The mean square of the noise is exactly 1, so that the target is the floor of these examples.
    """
    x, y = training_sets(1, 1000, 1.0, seed=99)
    noise = y - truth(x)
    return x, noise / np.sqrt(np.mean(noise**2))


def errors(setup: Setup) -> FloatArray:
    """Return target, training and validation error, (3,): means over 20 training sets."""
    x, y = training_sets(SETS, setup.n, setup.noise, seed=3)
    nets = train(x, y, setup.units, weight_decay=setup.weight_decay, epochs=setup.epochs)
    places, noise = validation_examples()
    targets = truth(places) + setup.noise * noise
    validation = ((nets.predict(places) - targets) ** 2).mean()
    return np.array([setup.noise**2, nets.train_error.mean(), validation])


@dataclass(frozen=True)
class Diagnosis:
    """Errors before and after a step."""

    case: str
    setup: Setup
    before: FloatArray  # (3,) target, training, validation
    step: str
    after_setup: Setup | None
    after: FloatArray  # (3,) NaN while undecided


def compute_diagnosis(*, case: str, step: str) -> Diagnosis:
    """Train the case's network, and again after the step, on 20 training sets each."""
    setup = CASES[case]
    before = errors(setup)
    if step == UNDECIDED:
        return Diagnosis(case, setup, before, step, None, np.full(3, np.nan))
    if step == STOP:
        return Diagnosis(case, setup, before, step, setup, before)
    after = changed(setup, step)
    return Diagnosis(case, setup, before, step, after, errors(after))


def gaps(values: FloatArray) -> tuple[float, float]:
    """Return the avoidable bias (training - target) and the gap (validation - training)."""
    target, training, validation = values.tolist()
    return training - target, validation - training


def shown_difference(low: float, high: float) -> float:
    """Return the difference of two errors as they are shown, so that a reader can check it."""
    return round(float(high), 2) - round(float(low), 2)


class Side(NamedTuple):
    """Bars of one setup, its avoidable bias and gap, and what it is."""

    axes: Axes
    bars: Bars
    lines: tuple[Line2D, Line2D]
    labels: tuple[Text, Text]
    note: Text


class DiagnosisArtists(NamedTuple):
    """Before and after."""

    before: Side
    after: Side


def build_diagnosis(figure: Figure) -> DiagnosisArtists:
    """Draw three bars on either side, with lines for bias and gap."""
    left, right = figure.subplots(1, 2, sharey=True)
    label_axes(left, title="Now", ylabel="mean squared error")
    label_axes(right, title="After the step")
    return DiagnosisArtists(_side(left), _side(right))


def _side(axes: Axes) -> Side:
    bars = Bars(
        axes, ("target", "training", "validation"), colors=(GREY, TRAIN, VALIDATION),
        limits=(0, CEILING),
    )  # fmt: skip
    lines, labels = [], []
    for place, color in ((0.5, BLUE), (1.5, ORANGE)):
        (line,) = axes.plot([], [], color=color, linewidth=5, solid_capstyle="butt", zorder=3)
        lines.append(line)
        labels.append(
            axes.text(place, 0, "", ha="center", va="bottom", fontsize=12, color=INK, zorder=4)
        )
    note = axes.text(
        0.5, 0.98, "", transform=axes.transAxes, ha="center", va="top", fontsize=12, color=INK
    )
    return Side(axes, bars, (lines[0], lines[1]), (labels[0], labels[1]), note)


def update_diagnosis(artists: DiagnosisArtists, result: Diagnosis) -> Sequence[Artist]:
    """Draw both sides; the right one is empty while nothing is decided."""
    after = "Which step would you take?" if result.after_setup is None else str(result.after_setup)
    return [
        *_update_side(artists.before, result.before, str(result.setup)),
        *_update_side(artists.after, result.after, after),
    ]


def _update_side(side: Side, values: FloatArray, note: str) -> list[Artist]:
    side.note.set_text(note.replace(" examples, ", " examples,\n"))
    for place, name, line, label in zip(
        (0, 1), ("bias", "gap"), side.lines, side.labels, strict=True
    ):
        low, high = values[place : place + 2]
        known = bool(np.isfinite(low))
        line.set_data([place + 0.5] * 2 if known else [], [low, high] if known else [])
        label.set_text(f"{name} {number(shown_difference(low, high), '{:+.2f}')}" if known else "")
        label.set_y(max(low, high) + 0.045 if known else 0)
    bars = side.bars.update(values)
    for artist in bars:
        artist.set_visible(bool(np.isfinite(values).all()))
    return [*bars, *side.lines, *side.labels, side.note]


def describe_diagnosis(result: Diagnosis) -> str:
    """Say the three errors, what the step did, and whether it was aimed at the larger part."""
    target, training, validation = result.before.tolist()
    said = (
        f"Network {result.case} ({result.setup}): target {target:.2f}, training {training:.2f}, "
        f"validation {validation:.2f}."
    )
    if result.step == UNDECIDED:
        return f"{said} Which is larger, avoidable bias or gap? Choose the step that closes it."
    fought = larger(result.before)
    name = "avoidable bias" if fought == "bias" else "gap"
    if result.step == STOP:
        if fought is None:
            return f"{said} Stop here: right, bias and gap are small, there is little to gain."
        return (
            f"{said} Stop here: not yet, validation is "
            f"{shown_difference(target, validation):.2f} above the target. "
            f"The {name} is the larger part."
        )
    found = verdict(result)
    if fought is None:
        aim = "Bias and gap were small, there was little to gain"
    elif FIGHTS[result.step] != fought:
        aim = f"The larger part was the {name}"
    elif found == HELPS:
        aim = f"Right: the larger part was the {name}"
    else:
        aim = f"{fought.capitalize()} it is, but here another step against it does more"
    return (
        f"{said} With {result.step}, a step against {FIGHTS[result.step]}, validation goes to "
        f"{result.after[2]:.2f}: {found}. {aim}."
    )


def larger(values: FloatArray) -> str | None:
    """Return "bias" or "variance", whichever has the larger symptom, or None if both are small."""
    bias, gap = gaps(values)
    if max(bias, gap) <= NEAR:
        return None
    return "bias" if bias >= gap else "variance"


def verdict(result: Diagnosis) -> str:
    """Return what became of the distance between validation and target error."""
    before, after = (values[2] - values[0] for values in (result.before, result.after))
    if larger(result.before) is None or abs(after - before) < before / 3:
        return "it changes little"
    return HELPS if after < before else "it makes matters worse"


diagnosis = Demo(
    name="03.diagnosis",
    title="Diagnosis: which step next?",
    compute=compute_diagnosis,
    build=build_diagnosis,
    update=update_diagnosis,
    describe=describe_diagnosis,
    controls=(
        Choice("case", "Network", options=tuple(CASES), start="A"),
        Choice("step", "Next step", options=(UNDECIDED, *FIGHTS, STOP), start=UNDECIDED),
    ),
    try_this=(
        "For each network, read the three errors, decide, then choose your step. A: four times as "
        "many examples do nothing; five more hidden units do.",
        "A, C and D have the same disease, bias. What cures one does not cure the others: look at "
        "what was set.",
        "B: the gap. F: both; after the larger one is closed the other remains. One of the six is "
        "done.",
    ),
)
