"""Lesson 02: three ways in which validation data reach the model, on data that are pure noise."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray, IntArray
from nnlab._nearest_mean import fit_nearest_mean
from nnlab.live.controls import Choice, Slider, Toggle
from nnlab.live.demo import Demo
from nnlab.live.drawing import Histogram, label_axes
from nnlab.live.style import INK
from nnlab.scalers import Standardizer

__all__ = ["leak"]

SETS = 64
PART = 20  # rows in the training part, in the validation part, and of new data
CHOSEN = 10
FEATURES = (10, 16, 32, 64, 128, 256)
SELECTION, SCALER, COPIES = "choose 10 features", "fit the scaler", "copy every row"

Y = np.arange(PART) % 2


@cache
def _noise() -> FloatArray:
    """Return 64 sets of 60 rows, (64, 60, 256): each feature on a scale of its own, no signal."""
    rng = np.random.default_rng(20)
    return rng.standard_normal((SETS, 3 * PART, FEATURES[-1])) * 10 ** rng.uniform(
        -1.5, 1.5, FEATURES[-1]
    )


@dataclass(frozen=True)
class Leak:
    """Scores of 64 runs, on the validation part and on new data."""

    step: str
    features: int
    leaky: bool
    reported: FloatArray  # (64,)
    new: FloatArray  # (64,)


def compute_leak(*, step: str, features: int, leaky: bool) -> Leak:
    """Run the whole procedure on 64 sets of pure noise, with or without the leak."""
    x, y, train, validation, new = *_rows(features, copied=step == COPIES, leaky=leaky), *PARTS
    seen = slice(0, 2 * PART) if leaky and step != COPIES else train
    x = Standardizer().fit(x[:, seen if step == SCALER else train]).transform(x)
    if step == SELECTION:
        x = np.take_along_axis(x, _best_features(x[:, seen], y[:, seen])[:, None], axis=-1)
    model = fit_nearest_mean(x[:, train], y[:, train])
    return Leak(
        step,
        features,
        leaky,
        model.score(x[:, validation], y[:, validation] == 1),
        model.score(x[:, new], y[:, new] == 1),
    )


PARTS = slice(0, PART), slice(PART, 2 * PART), slice(2 * PART, 3 * PART)


def _rows(features: int, *, copied: bool, leaky: bool) -> tuple[FloatArray, IntArray]:
    """Return rows and classes of every set: 20 to train on, 20 to validate on, 20 new ones.

    `copied`: of the first 20 rows every one is there twice. Honest: both copies go to the same
    part. Leaky: the 40 rows are dealt out at random.
    """
    x = _noise()[..., :features]
    y = np.tile(Y, (SETS, 3))
    if copied:
        half = np.arange(PART // 2)
        order = np.tile(np.concatenate([half, half, half + PART // 2, half + PART // 2]), (SETS, 1))
        if leaky:
            order = np.random.default_rng(21).permuted(order, axis=1)
        order = np.concatenate([order, np.tile(np.arange(2 * PART, 3 * PART), (SETS, 1))], axis=1)
        x, y = np.take_along_axis(x, order[..., None], axis=1), np.take_along_axis(y, order, axis=1)
    return x, y


def _best_features(x: FloatArray, y: IntArray) -> IntArray:
    """Return the ten features whose class means lie furthest apart, (sets, 10)."""
    apart = np.abs(fit_nearest_mean(x, y).weights) / x.std(axis=1)
    return np.argsort(-apart, axis=-1)[:, :CHOSEN]


class LeakArtists(NamedTuple):
    """Both distributions."""

    histogram: Histogram


def build_leak(figure: Figure) -> LeakArtists:
    """Draw both distributions over each other, with chance as a line."""
    axes = figure.subplots()
    label_axes(axes, xlabel="accuracy (%)", ylim=(0, 34))
    axes.axvline(50, color=INK, linestyle=":", linewidth=1.6)
    axes.text(46, 32, "chance", ha="right", va="center", fontsize=12, color=INK)
    histogram = Histogram(
        axes, (7.5, 102.5), ("validation part", "new data"), bins=19, legend="upper left"
    )
    label_axes(axes, ylabel="runs out of 64")
    return LeakArtists(histogram)


def update_leak(artists: LeakArtists, result: Leak) -> Sequence[Artist]:
    """Draw the scores of one procedure."""
    return artists.histogram.update(100 * result.reported, 100 * result.new)


WORDS = {
    (SELECTION, False): "10 of {} features chosen on the training part only",
    (SELECTION, True): "10 of {} features chosen on training and validation part together",
    (SCALER, False): "all {} features, scaler fitted on the training part only",
    (SCALER, True): "all {} features, scaler fitted on training and validation part together",
    (COPIES, False): "{} features, every row copied after the split, the copy in the same part",
    (COPIES, True): "{} features, every row copied before the split, in any part",
}


def describe_leak(result: Leak) -> str:
    """Say what is reported and what is true."""
    how = WORDS[result.step, result.leaky].format(result.features)
    return (
        f"Pure noise, {how}: the accuracy on the validation part is "
        f"{100 * result.reported.mean():.1f} % in the mean of 64 runs, that on new data "
        f"{100 * result.new.mean():.1f} %."
    )


leak = Demo(
    name="02.leak",
    title="A leak makes noise look like knowledge",
    compute=compute_leak,
    build=build_leak,
    update=update_leak,
    describe=describe_leak,
    controls=(
        Choice("step", "Step", options=(SELECTION, SCALER, COPIES), start=SELECTION),
        Toggle("leaky", "Before the split (leak)", start=True),
        Slider("features", "Features offered", values=FEATURES, start=128),
    ),
    try_this=(
        "Switch the leak off: the same procedure, done after the split, is at chance. Then on "
        "again, and offer more features: the more there are, the better the lucky ones look.",
        "Fit the scaler, leak on and off: hardly a difference. This leak is wrong in principle and "
        "small in practice, because a scaler never sees the classes.",
        "Copy every row, leak on: of about half of the validation rows the model has seen a copy, "
        "answer included.",
    ),
)
