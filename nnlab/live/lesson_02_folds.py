"""Lesson 02: folds drawn, and the estimate they give."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from nnlab._arrays import FloatArray, IntArray
from nnlab._nearest_mean import fit_nearest_mean, two_clouds
from nnlab.folds import k_fold, stratified_k_fold
from nnlab.live.controls import Slider, Toggle
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, Matrix, add_legend, label_axes
from nnlab.live.style import BLUE, GREEN, GREY, INK, VERMILLION

__all__ = ["folds"]

EXAMPLES, RARE = 60, 12
K = (2, 3, 4, 5, 6, 7, 8, 9, 10)
SEED = 14  # its first shuffle is neither a lucky nor an unlucky one
Y = np.repeat([0, 1], [EXAMPLES - RARE, RARE])


@cache
def _data() -> FloatArray:
    """Return 60 examples of two features, the rare class last."""
    return two_clouds(Y, 2, 1, seed=7)[0]


@dataclass(frozen=True)
class Folds:
    """One way to cut the examples into folds, and what comes out."""

    k: int
    stratified: bool
    shuffle: int
    member: IntArray  # (10, 60) 0 and 1: trained on, 2 and 3: validated on; NaN beyond row k
    scores: FloatArray  # (k,) balanced accuracy in percent, NaN where a class is missing
    mean: float
    standard_error: float  # NaN for fewer than two scores
    truth: float  # on new data, of the model trained on all 60


def compute_folds(*, k: int, stratified: bool, shuffle: int) -> Folds:
    """Cross-validate the nearest class mean, with the mean of both classes' accuracies as score."""
    x = _data()
    seed = SEED + shuffle
    cut = stratified_k_fold(Y, k, seed=seed) if stratified else k_fold(len(Y), k, seed=seed)
    member = np.full((K[-1], EXAMPLES), np.nan)
    scores = np.full(k, np.nan)
    for i, (train, validation) in enumerate(cut):
        member[i, train], member[i, validation] = Y[train], Y[validation] + 2
        right = fit_nearest_mean(x[train], Y[train]).predict(x[validation]) == Y[validation]
        if np.ptp(Y[validation]):
            scores[i] = 50 * sum(right[Y[validation] == label].mean() for label in (0, 1))
    known = scores[np.isfinite(scores)]
    return Folds(
        k,
        stratified,
        shuffle,
        member,
        scores,
        float(known.mean()),
        float(known.std(ddof=1) / np.sqrt(known.size)) if known.size > 1 else np.nan,
        float(100 * np.mean(fit_nearest_mean(x, Y).on_new_points())),
    )


class FoldsArtists(NamedTuple):
    """The folds on the left; their scores, mean and standard error on the right."""

    matrix: Matrix
    band: Rectangle
    mean: Curve
    truth: Curve
    scores: Line2D
    missing: Line2D


COLORS = ("#E3E3E3", "#B9B9B9", BLUE, VERMILLION)


def build_folds(figure: Figure) -> FoldsArtists:
    """Draw one row per fold, with its score beside it."""
    left, right = figure.subplots(1, 2, width_ratios=[1.4, 1], sharey=True)
    figure.set_layout_engine("constrained", rect=(0.01, 0, 0.99, 0.87))  # room for both legends
    rows = [str(i + 1) for i in range(K[-1])]
    matrix = Matrix(
        left, rows, [""] * EXAMPLES, limits=(0, 3), colormap=ListedColormap(COLORS), format=""
    )
    left.set_xticks([])
    left.set_ylim(K[-1] - 0.4, -0.6)
    label_axes(left, xlabel="60 examples, the 12 of the rare class last", ylabel="fold")
    names = ("trained on", "… rare class", "validated on", "… rare class")
    legend = add_legend(
        left, "lower left", columns=2,
        handles=[Patch(color=c, label=name) for c, name in zip(COLORS, names, strict=True)],
    )  # fmt: skip
    legend.set_bbox_to_anchor((-0.02, 0.99), left.transAxes)
    legend.set_in_layout(False)
    label_axes(
        right, xlabel="balanced accuracy (%)", xlim=(36, 103),
    )  # fmt: skip
    right.tick_params(axis="y", left=False, labelleft=False)
    band = Rectangle((0, -0.6), 0, K[-1] + 0.2, color=BLUE, alpha=0.2, linewidth=0)
    right.add_patch(band)
    mean = Curve(right, color=BLUE, label="mean ± error")
    truth = Curve(right, color=INK, linestyle=":", label="new data")
    (scores,) = right.plot(
        [], [], "o", color=GREEN, markersize=9, markeredgecolor="white", zorder=4, label="one fold"
    )
    (missing,) = right.plot(
        [], [], "x", color=GREY, markersize=9, markeredgewidth=2.5, zorder=4, label="not scored"
    )
    legend = add_legend(right, "lower left", columns=2)
    legend.set_bbox_to_anchor((-0.06, 0.99), right.transAxes)
    legend.set_in_layout(False)
    return FoldsArtists(matrix, band, mean, truth, scores, missing)


def update_folds(artists: FoldsArtists, result: Folds) -> Sequence[Artist]:
    """Draw other folds."""
    rows = np.arange(result.k)
    known = np.isfinite(result.scores)
    ends = [-0.6, K[-1] - 0.4]
    half = np.nan_to_num(result.standard_error)
    artists.band.set_x(result.mean - half)
    artists.band.set_width(2 * half)
    artists.scores.set_data(result.scores[known], rows[known])
    artists.missing.set_data(np.full((~known).sum(), 40.0), rows[~known])
    return [
        *artists.matrix.update(result.member),
        artists.band,
        *artists.mean.update([result.mean] * 2, ends),
        *artists.truth.update([result.truth] * 2, ends),
        artists.scores,
        artists.missing,
    ]


def describe_folds(result: Folds) -> str:
    """Say mean, standard error and what is missing."""
    kind = "stratified" if result.stratified else "plain"
    missing = int(np.isnan(result.scores).sum())
    without = (
        f" {missing} fold{'s have' if missing > 1 else ' has'} no rare example and cannot be "
        "scored."
        if missing
        else ""
    )
    return (
        f"{result.k} {kind} folds, shuffle {result.shuffle}: balanced accuracy {result.mean:.1f} % "
        f"± {result.standard_error:.1f} (standard error), single folds from "
        f"{np.nanmin(result.scores):.1f} to {np.nanmax(result.scores):.1f} %.{without} On new data "
        f"the model trained on all 60 has {result.truth:.1f} %."
    )


folds = Demo(
    name="02.folds",
    title="Cross-validation: k folds, k estimates, one mean",
    compute=compute_folds,
    build=build_folds,
    update=update_folds,
    describe=describe_folds,
    controls=(
        Slider("k", "Folds k", values=K, start=5),
        Toggle("stratified", "Stratified"),
        Slider("shuffle", "Shuffle", values=range(1, 9), start=1),
    ),
    try_this=(
        "Drag the shuffle: single folds jump, their mean much less.",
        "10 folds, not stratified: some folds have no rare example. Then stratified.",
        "Drag k from 2 to 10: more to train on each time, but coarser scores of single folds.",
    ),
    kept={"k": (2, 3, 5, 10), "shuffle": (1, 2, 3, 6, 8)},
)
