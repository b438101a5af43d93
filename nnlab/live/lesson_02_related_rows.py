"""Lesson 02: when a random split flatters, because rows are related."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab._arrays import FloatArray, IntArray
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Bars, Points, add_legend, label_axes
from nnlab.live.style import BLUE, GREEN, INK, VERMILLION
from nnlab.live.words import number

__all__ = ["related_rows"]

SETS, FEATURES = 300, 4
ROWS, NEW = 120, 30  # rows that are collected, and rows that come later
VALIDATED = 30
PER_PATIENT = 10
SIGNAL = 0.6  # what the class adds to the first feature, up or down
PATIENTS, TIME = "12 patients, 10 rows each", "one machine, 120 days"
SEED = 14  # its means over 300 sets are within two points of those over 6000
KINSHIP = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)


@cache
def _draws() -> tuple[FloatArray, FloatArray]:
    """Return noise for the rows, and for what related rows share: features, and one for a class."""
    noise = np.random.default_rng(SEED).standard_normal((2, SETS, ROWS + NEW, FEATURES + 1))
    return noise[0], noise[1]


def rows(kind: str, kinship: float) -> tuple[FloatArray, IntArray]:
    """Return 300 sets of 150 rows and their classes: correlated features, and a weak signal.

    Rows of one patient share a class, and their features correlate by `kinship`. Days of one
    machine drift: class and features of a day correlate by `kinship` with those of the day before.
    """
    own, shared = _draws()
    if kind == PATIENTS:
        patient = np.arange(ROWS + NEW) // PER_PATIENT
        of_patient = shared[:, patient]
        x = np.sqrt(kinship) * of_patient + np.sqrt(1 - kinship) * own
        hidden = of_patient[..., -1]
    else:
        x = own.copy()
        for day in range(1, ROWS + NEW):
            x[:, day] = kinship * x[:, day - 1] + np.sqrt(1 - kinship**2) * own[:, day]
        hidden = x[..., -1]
    y = (hidden > 0).astype(int)
    x = x[..., :FEATURES].copy()
    x[..., 0] += SIGNAL * (2 * y - 1)
    return x, y


def nearest_neighbour(
    x: FloatArray, y: IntArray, train: IntArray, validation: IntArray
) -> FloatArray:
    """Return the accuracy in percent of giving a row the class of the nearest training row."""
    known, asked = x[:, train], x[:, validation]
    distance = (known**2).sum(axis=-1)[:, None, :] - 2 * asked @ known.swapaxes(1, 2)
    answers = np.take_along_axis(y[:, train], distance.argmin(axis=-1), axis=1)
    return 100 * (answers == y[:, validation]).mean(axis=1)


@dataclass(frozen=True)
class RelatedRows:
    """Three scores of the same model on the same data, in 300 sets."""

    kind: str
    kinship: float
    x: FloatArray  # (150,) what is drawn of the first set, across
    height: FloatArray  # (150,)
    y: IntArray  # (150,)
    validation: IntArray  # (30,) validation rows of the random split
    scores: FloatArray  # (3, 300) random split, split by patient or time, new rows


SHUFFLED = np.random.default_rng(10).permutation(ROWS)


def compute_related_rows(*, kind: str, kinship: float) -> RelatedRows:
    """Score one nearest neighbour on two kinds of validation part and on rows that come later."""
    x, y = rows(kind, kinship)
    early, late = np.arange(ROWS - VALIDATED), np.arange(ROWS - VALIDATED, ROWS)
    new = np.arange(ROWS, ROWS + NEW)
    # As much to train on for all three, and the new days follow the training days directly.
    latest = np.arange(VALIDATED, ROWS)
    scores = [
        nearest_neighbour(x, y, SHUFFLED[VALIDATED:], SHUFFLED[:VALIDATED]),
        nearest_neighbour(x, y, early, late),
        nearest_neighbour(x, y, latest, new),
    ]
    across = x[0, :, 0] if kind == PATIENTS else np.arange(ROWS + NEW).astype(float)
    return RelatedRows(
        kind, kinship, across, x[0, :, 1], y[0], SHUFFLED[:VALIDATED], np.stack(scores)
    )


class RelatedRowsArtists(NamedTuple):
    """Rows on the left, scores on the right."""

    left: Axes
    points: Points
    ring: Line2D
    bars: Bars


def build_related_rows(figure: Figure) -> RelatedRowsArtists:
    """Draw the rows of one set, and the three scores."""
    left, right = figure.subplots(1, 2, width_ratios=[1.25, 1])
    label_axes(left, title="One of 300 data sets", ylabel="feature 2", ylim=(-3.6, 4.9))
    points = Points(left, ("class 0", "class 1"), legend="")
    (ring,) = left.plot(
        [], [], "o", markersize=13, markerfacecolor="none", markeredgecolor=INK,
        markeredgewidth=1.2, zorder=2.5, label="validated",
    )  # fmt: skip
    add_legend(left, "upper left", columns=3)
    label_axes(right, title="Accuracy ± spread (%)")
    bars = Bars(
        right, ("random\nsplit", "honest\nsplit", "new\ndata"),
        colors=(VERMILLION, BLUE, GREEN), format="{:.0f}", limits=(0, 112), errors=True,
    )  # fmt: skip
    right.set_yticks([0, 25, 50, 75, 100])
    right.axhline(50, color=INK, linestyle=":", linewidth=1.4, zorder=1)
    return RelatedRowsArtists(left, points, ring, bars)


def update_related_rows(artists: RelatedRowsArtists, result: RelatedRows) -> Sequence[Artist]:
    """Draw other rows and their scores."""
    patients = result.kind == PATIENTS
    label_axes(artists.left, xlim=(-4.2, 4.2) if patients else (-3, ROWS + 2))
    artists.left.xaxis.label.set_text("feature 1" if patients else "day")
    artists.ring.set_data(result.x[result.validation], result.height[result.validation])
    mean, spread = result.scores.mean(axis=1), result.scores.std(axis=1)
    low, high = np.maximum(mean - spread, 0), np.minimum(mean + spread, 100)
    return [
        *artists.points.update(result.x[:ROWS], result.height[:ROWS], result.y[:ROWS]),
        artists.ring,
        *artists.bars.update(mean, low, high),
    ]


def describe_related_rows(result: RelatedRows) -> str:
    """Say the three scores."""
    random, honest, new = result.scores.mean(axis=1)
    patients = result.kind == PATIENTS
    return (
        f"Nearest neighbour; {'features of one patient' if patients else 'neighbouring days'} "
        f"correlate by {number(result.kinship)}: a random split reports {random:.0f} %, a split by "
        f"{'patient' if patients else 'time'} {honest:.0f} %; on "
        f"{'new patients' if patients else 'the next 30 days'} the model has {new:.0f} % (means of "
        "300 data sets)."
    )


related_rows = Demo(
    name="02.related_rows",
    title="When a random split flatters",
    compute=compute_related_rows,
    build=build_related_rows,
    update=update_related_rows,
    describe=describe_related_rows,
    controls=(
        Choice("kind", "Data", options=(PATIENTS, TIME), start=PATIENTS),
        Slider("kinship", "Correlation of related rows", values=KINSHIP, start=0.8),
    ),
    try_this=(
        "Drag the correlation from 0 up to 0.98: the random split promises 100 %, and new patients "
        "are classified no better than before.",
        "One machine: the same with days that resemble the day before.",
        "Look at the spread of the honest split: at a high correlation 12 patients are hardly more "
        "than 12 examples, however many rows each has.",
    ),
)
