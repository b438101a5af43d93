"""Lesson 10, live: what a larger budget of trials does to the best score and to the test score."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.activations import relu
from nnlab.curves import mean_and_standard_error
from nnlab.datasets import diabetes
from nnlab.layers import Activation, Dense
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, Points, add_legend, label_axes
from nnlab.live.style import GREY, TEST, VALIDATION
from nnlab.live.words import number
from nnlab.losses import MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.regularizers import L2
from nnlab.scalers import Standardizer
from nnlab.training import fit

__all__ = ["budget"]

SPLITS, TRIALS = 6, 16
TRAINING, TESTED = 120, 160
UNITS, EPOCHS = 6, 12


@dataclass(frozen=True)
class Budget:
    """Scores of all trials, R² by the variance of the whole table, and what fewer of them win."""

    trials: int
    rows: int
    search: int
    validation: FloatArray  # (splits, trials)
    test: FloatArray  # (splits, trials)
    seeming: FloatArray  # (splits, trials): expected gain of 1, 2, … trials, by validation
    real: FloatArray  # (splits, trials): expected gain of the trials chosen, in the test


def chances(n: int) -> FloatArray:
    """Return how likely each rank is the best of k out of n trials, best rank first: (n, n).

    Row k - 1 is for k trials drawn from the n without replacement: rank r is the best of them if it
    is among them and the k - 1 others are from the n - 1 - r below it.
    """
    ways = [[comb(n - 1 - r, k - 1) / comb(n, k) for r in range(n)] for k in range(1, n + 1)]
    return np.array(ways)


def compute_budget(*, trials: int, rows: int, search: int) -> Budget:
    """Train sixteen random trials on each of six splits, all at once."""
    data = diabetes()
    rng = np.random.default_rng([10, search])
    orders = np.stack([rng.permutation(len(data)) for _ in range(SPLITS)])
    train, test, validation = np.split(
        orders[:, : TRAINING + TESTED + rows], [TRAINING, TRAINING + TESTED], axis=1
    )
    scaled = np.stack([Standardizer().fit(data.x[part]).transform(data.x) for part in train])
    y = (data.y - data.y.mean()) / data.y.std()

    def examples(part: np.ndarray) -> tuple[FloatArray, FloatArray]:
        x = np.take_along_axis(scaled, part[..., None], axis=1)
        return np.repeat(x, TRIALS, axis=0), np.repeat(y[part], TRIALS, axis=0)

    rates = 10 ** rng.uniform(-2, -0.7, SPLITS * TRIALS)
    decays = 10 ** rng.uniform(-3, 0, SPLITS * TRIALS)
    loss = MeanSquaredError()
    net = Sequential(
        Dense(10, UNITS), Activation(relu), Dense(UNITS, 1),
        seed=range(SPLITS * TRIALS), dtype=np.float64,
    )  # fmt: skip
    fit(
        net, loss, Adam(rates), *examples(train),
        epochs=EPOCHS, regularizer=L2(decays), record_every=EPOCHS,
    )  # fmt: skip

    def scores(part: np.ndarray) -> FloatArray:
        x, targets = examples(part)
        error = loss.value(net.forward(x), targets)
        return np.reshape(1 - error, (SPLITS, TRIALS))

    found, tested = scores(validation), scores(test)
    order = np.argsort(-found, axis=1, kind="stable")
    weights = chances(TRIALS)
    best, same = (np.take_along_axis(s, order, axis=1) @ weights.T for s in (found, tested))
    return Budget(trials, rows, search, found, tested, best - best[:, :1], same - same[:, :1])


def chosen(result: Budget) -> int:
    """Return the trial that the search on the left chooses within the budget."""
    return int(np.argmax(result.validation[0, : result.trials]))


class BudgetArtists(NamedTuple):
    """One search on the left, what is to be expected on the right."""

    search: Points
    so_far: Curve
    tested: Curve
    seeming: Curve
    real: Curve
    budget: Curve


def build_budget(figure: Figure) -> BudgetArtists:
    """Draw the trials of one search and the two gains."""
    left, right = figure.subplots(1, 2)
    xlim = (0.4, TRIALS + 0.6)
    label_axes(left, title="One search", xlabel="trial", ylabel="R²", xlim=xlim, ylim=(-0.6, 1.3))
    label_axes(
        right, title="Gain over a single trial", xlabel="trials in the budget",
        ylabel="R², mean and error of 6 searches", xlim=xlim, ylim=(-0.05, 0.58),
    )  # fmt: skip
    for axes in (left, right):
        axes.set_xticks([1, 4, 8, 12, 16])
    left.set_yticks([-0.5, 0, 0.5, 1])
    artists = BudgetArtists(
        Points(left, ("", "validation"), legend=""),  # the second class has validation's colour
        Curve(left, color=VALIDATION, label="best so far"),
        Curve(left, color=TEST, label="the chosen one in the test", linestyle="--"),
        Curve(right, color=VALIDATION, label="what validation says", band=True),
        Curve(right, color=TEST, label="what the test says", linestyle="--", band=True),
        Curve(right, color=GREY, linestyle=":"),
    )
    add_legend(left, "upper left", frame=True)
    add_legend(right, "upper left", frame=True)
    return artists


def update_budget(artists: BudgetArtists, result: Budget) -> Sequence[Artist]:
    """Draw the trials within the budget, and both gains over all budgets."""
    count = np.arange(1, TRIALS + 1)
    tried = count[: result.trials]
    validation = result.validation[0, : result.trials]
    best = np.maximum.accumulate(validation)
    tested = [result.test[0, chosen(result)]] * 2
    changed = [
        *artists.search.update(tried, validation, np.ones(len(tried))),
        *artists.so_far.update(np.repeat(tried, 2)[1:], np.repeat(best, 2)[:-1]),
        *artists.tested.update([0, TRIALS + 1], tested),
        *artists.budget.update([result.trials] * 2, [-1, 0.45]),
    ]
    for curve, gains in ((artists.seeming, result.seeming), (artists.real, result.real)):
        mean, error = mean_and_standard_error(gains.T)
        changed += curve.update(count, mean, mean - error, mean + error)
    return changed


def describe_budget(result: Budget) -> str:
    """Say what the search on the left chose, and both gains at the budget."""
    own, place = chosen(result), result.trials - 1
    said = f"{result.trials} trial{'s' * (result.trials != 1)}, {result.rows} rows for validation"
    gains = (result.seeming, result.real)
    seeming, real = (number(gain[:, place].mean(), "{:.2f}") for gain in gains)
    return (
        f"{said}, search {result.search}: trial {own + 1} is chosen with R² "
        f"{number(result.validation[0, own], '{:.2f}')} on validation and has "
        f"{number(result.test[0, own], '{:.2f}')} in the test; over six searches the gain over a "
        f"single trial seems to be {seeming}, and is {real}."
    )


budget = Demo(
    name="10.budget",
    title="Budget: what more trials seem to win, and what they win",
    compute=compute_budget,
    build=build_budget,
    update=update_budget,
    describe=describe_budget,
    controls=(
        Slider("trials", "Trials", values=(1, 2, 3, 4, 6, 8, 12, 16), start=4),
        Slider("rows", "Rows for validation", values=(10, 20, 40, 80, 160), start=20),
        Slider("search", "Search", values=range(1, 6), start=1),
    ),
    try_this=(
        "Trials 1 → 16: the first few win most. From 8 on the test hardly moves.",
        "10 rows for validation: the search seems to win much more than it does. 160 rows: the two "
        "lines are close.",
        "Other searches: the test score of the chosen trial may lie above or below its validation "
        "score. On average it lies below, the more so the fewer the rows.",
    ),
)
