"""Lesson 08, live: a random search that trains up to 32 small networks at every step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nnlab._arrays import FloatArray
from nnlab._coarse_digits import coarse_digits
from nnlab.activations import relu
from nnlab.layers import Activation, Dense
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import ParallelCoordinates, label_axes
from nnlab.live.style import BLUE, GREY, INK, VERMILLION
from nnlab.losses import CategoricalCrossEntropy
from nnlab.metrics import accuracy
from nnlab.network import Sequential
from nnlab.optimizers import Momentum
from nnlab.regularizers import L2
from nnlab.schedules import inverse_time
from nnlab.spaces import LogUniform, Range, Uniform, random_settings
from nnlab.training import fit

__all__ = ["trials"]

UPDATES, UNITS = 25, 10
RATES = {
    "0.001 to 10": (0.001, 10.0),
    "0.001 to 0.1": (0.001, 0.1),
    "3 to 30": (3.0, 30.0),
}
LIMITS = (0.001, 30.0)
NAMES = ("learning rate", "momentum", "decay", "L2")
AXES = {
    "learning_rate": LIMITS,
    "momentum": (0.0, 0.95),
    "decay": (0.001, 1.0),
    "l2": (0.0001, 0.1),
}
LOGARITHMIC = ("learning_rate", "decay", "l2")


def scores(
    learning_rate: FloatArray, momentum: FloatArray, decay: FloatArray, l2: FloatArray
) -> FloatArray:
    """Train one network for each row of hyperparameters, all at once; return accuracies."""
    digits = coarse_digits()
    net = Sequential(
        Dense(16, UNITS), Activation(relu), Dense(UNITS, 10),
        seed=[0] * len(learning_rate), dtype=np.float64,
    )  # fmt: skip
    optimizer = Momentum(inverse_time(learning_rate, decay), momentum)
    fit(
        net, CategoricalCrossEntropy(), optimizer, digits.x, digits.y,
        epochs=UPDATES, record_every=UPDATES, regularizer=L2(l2),
    )  # fmt: skip
    x, y = digits.validation
    return np.asarray(accuracy(y, net.forward(x).argmax(axis=-1)))


@dataclass(frozen=True)
class Search:
    """The trials of one search."""

    rates: str
    axis: str
    settings: FloatArray  # (trials, 4), in the order of AXES
    accuracies: FloatArray  # (trials,)

    @property
    def best(self) -> int:
        """Which trial has the highest accuracy."""
        return int(self.accuracies.argmax())

    @property
    def place(self) -> float:
        """Where the best learning rate lies in its range on the log scale, from 0 to 1."""
        low, high = RATES[self.rates]
        return float(np.log(self.settings[self.best, 0] / low) / np.log(high / low))


def compute_search(*, trials: int, rates: str, axis: str, draw: int) -> Search:
    """Draw hyperparameters, and train a network with each of them."""
    space: dict[str, Range] = {
        "learning_rate": LogUniform(*RATES[rates]),
        "momentum": Uniform(*AXES["momentum"]),
        "decay": LogUniform(*AXES["decay"]),
        "l2": LogUniform(*AXES["l2"]),
    }
    drawn = random_settings(space, trials, seed=draw)
    rows = np.array([[one[name] for name in AXES] for one in drawn])
    return Search(rates, axis, rows, scores(*rows.T))


class SearchArtists(NamedTuple):
    """Parallel coordinates, and the accuracy over one hyperparameter."""

    parallel: ParallelCoordinates
    trials: Line2D
    best: Line2D
    ends: Line2D


def build_search(figure: Figure) -> SearchArtists:
    """Draw all hyperparameters on the left, one on the right."""
    left, right = figure.subplots(1, 2, width_ratios=[1.6, 1])
    label_axes(left, title="One line a trial")
    parallel = ParallelCoordinates(
        left, ("learning\nrate", "momentum", "decay", "L2", "accuracy, %"),
        [*AXES.values(), (0.0, 100.0)], log=("learning\nrate", "decay", "L2"),
    )  # fmt: skip
    label_axes(
        right, title="One axis (dotted: guessing)", xlabel=" ", ylabel="validation accuracy, %",
        xlim=(-0.05, 1.05), ylim=(0, 100),
    )  # fmt: skip
    (ends,) = right.plot([], [], color=INK, linewidth=7, solid_capstyle="butt", clip_on=False)
    (trials,) = right.plot(
        [], [], linestyle="none", marker="o", markersize=8, color=BLUE, markeredgecolor="white",
        zorder=3,
    )  # fmt: skip
    (best,) = right.plot(
        [], [], linestyle="none", marker="o", markersize=13, color=VERMILLION,
        markeredgecolor="white", zorder=4,
    )  # fmt: skip
    right.axhline(10, color=GREY, linestyle=":", linewidth=2)
    right.set_xticks([0, 1])
    return SearchArtists(parallel, trials, best, ends)


def update_search(artists: SearchArtists, result: Search) -> Sequence[Artist]:
    """Show the trials."""
    percent = 100 * result.accuracies
    name = tuple(AXES)[NAMES.index(result.axis)]
    low, high = AXES[name]
    log = name in LOGARITHMIC
    values = result.settings[:, NAMES.index(result.axis)]

    def place(value: FloatArray) -> FloatArray:
        if log:
            return np.asarray(np.log(value / low) / np.log(high / low))
        return np.asarray((value - low) / (high - low))

    axes = artists.trials.axes
    assert axes is not None
    axes.set_xticks([0, 1], [f"{low:g}", f"{high:g}"])
    axes.set_xlabel(f"{result.axis} (log scale)" if log else result.axis)
    ends = np.array(RATES[result.rates] if name == "learning_rate" else (low, high))
    artists.ends.set_data(place(ends), [0, 0])
    at = place(values)
    artists.trials.set_data(at, percent)
    artists.best.set_data(at[[result.best]], percent[[result.best]])
    return [
        *artists.parallel.update(np.column_stack([result.settings, percent])),
        artists.trials, artists.best, artists.ends, axes.xaxis,
    ]  # fmt: skip


def describe_search(result: Search) -> str:
    """Say what the best trial is, and where its learning rate lies in the range."""
    rate, momentum, decay, l2 = result.settings[result.best]
    column = result.settings[:, NAMES.index(result.axis)]
    if NAMES.index(result.axis) != 1:
        column = np.log(column)
    order = np.argsort(column)
    half = len(order) // 2
    low, high = (100 * result.accuracies[part].mean() for part in (order[:half], order[half:]))
    return (
        f"{len(order)} networks, learning rates {result.rates}: the best has learning rate "
        f"{rate:.2g} ({100 * result.place:.0f} % of the way up its range), momentum "
        f"{momentum:.2f}, decay {decay:.2g}, L2 {l2:.1g}, and "
        f"{100 * result.accuracies[result.best]:.0f} % of the validation digits right. The half of "
        f"the trials with the smaller {result.axis} has {low:.0f} % on average, the other half "
        f"{high:.0f} %."
    )


trials = Demo(
    name="08.trials",
    title="A search on coarse digits: all networks trained at every move",
    compute=compute_search,
    build=build_search,
    update=update_search,
    describe=describe_search,
    controls=(
        Slider("trials", "Trials", values=(4, 8, 16, 24, 32), start=32),
        Choice("rates", "Learning rates", options=tuple(RATES), start="0.001 to 10"),
        Choice("axis", "Axis on the right", options=NAMES, start=NAMES[0]),
        Slider("draw", "Draw", values=list(range(1, 7)), start=1),
    ),
    try_this=(
        "Change the axis on the right: over the learning rate there is a hill, over the three "
        "others a cloud. One hyperparameter decides.",
        "Learning rates 0.001 to 0.1: the best trial lies high up in its range and is much worse "
        "than before. 3 to 30: it lies low, and most trials fail. Either way, look beyond the end.",
        "4 trials, then 8, 16, 32: what the first trials found is kept; the best rises quickly, "
        "then slowly. Other draws: with 4 trials luck decides.",
    ),
    kept={"draw": [1, 2], "trials": [4, 16, 32]},
)
