"""Heads and losses on real data."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from nnlab import activations, datasets
from nnlab._arrays import AnyArray, FloatArray
from nnlab.activations import tanh
from nnlab.baselines import majority_class, mean_value
from nnlab.layers import Activation, Dense, Layer
from nnlab.live.controls import Choice
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, Points, add_legend, label_axes
from nnlab.live.style import BLUE, GREY, INK
from nnlab.live.words import number
from nnlab.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    MeanSquaredError,
)
from nnlab.metrics import accuracy, r_squared
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.scalers import Standardizer
from nnlab.splits import three_way_split
from nnlab.training import fit

__all__ = ["heads"]

REGRESSION, BINARY, MULTICLASS = (
    "disease progression (a number)",
    "breast cancer (2 classes)",
    "wine (3 classes)",
)
HEADS = {
    "linear": activations.identity,
    "ReLU": activations.relu,
    "sigmoid": activations.sigmoid,
    "softmax": activations.softmax,
}
SQUARED, ENTROPY = "squared error", "cross-entropy"
NATURAL: dict[str, tuple[str, str, Loss]] = {
    REGRESSION: ("linear", SQUARED, MeanSquaredError()),
    BINARY: ("sigmoid", ENTROPY, BinaryCrossEntropy()),
    MULTICLASS: ("softmax", ENTROPY, CategoricalCrossEntropy()),
}
EPOCHS = 30


class OutputLoss(Loss):
    """A loss of the network's output as it stands, whatever activation that came from.

    This is what one gets by writing the slide's formula down: no logits, no safeguards. A
    classifier is trained towards 1 for the true class and 0 for the others.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def targets(self, y: AnyArray, z: FloatArray) -> FloatArray:
        """Return a column of numbers, or one-hot rows for several outputs."""
        if np.ndim(y) == 2:
            return y
        columns = z.shape[-1]
        return (y[:, None] if columns == 1 else np.eye(columns)[y]).astype(z.dtype)

    def formula(self, z: FloatArray, y: FloatArray) -> float:
        """Return the mean loss; NaN or infinite where a logarithm has no value."""
        if self.kind == SQUARED:
            return float(((z - y) ** 2).mean())
        rest = (1 - y) * np.log(1 - z) if z.shape[-1] == 1 else 0.0
        return float(-(np.where(y > 0, y * np.log(z), 0.0) + rest).sum(axis=-1).mean())

    def derivative(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """Return the gradient with respect to the output."""
        if self.kind == SQUARED:
            return 2 * (z - y) / y.size
        rest = (1 - y) / (1 - z) if z.shape[-1] == 1 else 0.0
        return (rest - y / z) / len(y)

    def predict(self, z: FloatArray) -> AnyArray:
        """Return the likelier class."""
        return (z[:, 0] > 0.5).astype(int) if z.shape[-1] == 1 else z.argmax(axis=-1)

    def answers(self, y: AnyArray, z: FloatArray) -> AnyArray:
        """Return the class."""
        t = self.targets(y, z)
        return t[:, 0].astype(int) if z.shape[-1] == 1 else t.argmax(axis=-1)


class Task(NamedTuple):
    """One real data set, split, and standardized with the training part's statistics."""

    x: FloatArray
    y: AnyArray
    validation: tuple[FloatArray, AnyArray]
    outputs: int
    baseline: float  # score of the mean, or of the majority class


@cache
def load_task(name: str) -> Task:
    """Return one of the three data sets, ready for training."""
    load = {
        REGRESSION: datasets.diabetes,
        BINARY: datasets.breast_cancer,
        MULTICLASS: datasets.wine,
    }[name]
    data = load()
    split = three_way_split(data.y, fractions=(0.6, 0.4, 0.0), seed=0)
    x = Standardizer().fit(data.x[split.train]).transform(data.x)
    y: AnyArray = data.y
    if name == REGRESSION:
        y = (y - y[split.train].mean()) / y[split.train].std()
    outputs = 3 if name == MULTICLASS else 1
    validation = x[split.validation], y[split.validation]
    simplest, score = (mean_value, r_squared) if name == REGRESSION else (majority_class, accuracy)
    baseline = float(score(validation[1], simplest(y[split.train], len(validation[1]))))
    return Task(x[split.train], y[split.train], validation, outputs, baseline)


@dataclass(frozen=True)
class HeadRun:
    """How a network with one head and one loss trained, beside the natural pair."""

    task: str
    head: str
    loss: str
    scores: FloatArray  # (31,) on the validation part: R² or accuracy
    natural: FloatArray  # (31,) the same for the natural pair
    baseline: float
    targets: FloatArray  # (n,) what the outputs should be near to
    outputs: FloatArray  # (n,)
    problem: str  # why there is no result, or empty
    sums: str  # what the outputs of one example sum to, or empty


def compute_heads(*, task: str, head: str, loss: str) -> HeadRun:
    """Train a network with 12 hidden units for 30 epochs and watch the validation part."""
    data = load_task(task)
    natural = _natural_scores(task)
    if task == REGRESSION and loss == ENTROPY:
        problem = "Cross-entropy\ncompares probabilities.\nThe target here is a number."
        scores, final_loss = np.full(EPOCHS + 1, np.nan), 0.0
        outputs: FloatArray = np.empty((0, 1))
    else:
        scores, outputs, final_loss = _train(task, head, loss)
        problem = ""
    if not np.isfinite(final_loss):
        problem = "The loss is not a number:\nit takes the logarithm\nof an output outside (0, 1)."
    y = data.validation[1]
    if task == REGRESSION:
        targets = y
    else:
        jitter = np.random.default_rng(0).uniform(-0.25, 0.25, len(y))
        targets = y + jitter
    true_class = y if task == MULTICLASS else np.zeros(len(y), dtype=int)
    shown = outputs[np.arange(len(outputs)), true_class[: len(outputs)]]
    sums = ""
    if task == MULTICLASS:
        totals = outputs.sum(axis=1)
        low, high = (number(float(total), "{:.2f}") for total in (totals.min(), totals.max()))
        sums = f" The outputs of one example sum to {low} to {high}."
    return HeadRun(
        task, head, loss, scores, natural, data.baseline, targets[: len(shown)], shown, problem,
        sums,
    )  # fmt: skip


def _train(task: str, head: str, loss: str) -> tuple[FloatArray, FloatArray, float]:
    """Return validation scores, outputs (at the start if the run broke off) and the last loss."""
    data = load_task(task)
    layers: list[Layer] = [Dense(data.x.shape[1], 12), Activation(tanh), Dense(12, data.outputs)]
    if (head, loss) == NATURAL[task][:2]:
        objective: Loss = NATURAL[task][2]  # on logits: the head is part of the loss
    else:
        layers.append(Activation(HEADS[head]))
        objective = MeanSquaredError() if task == REGRESSION else OutputLoss(loss)
    net = Sequential(*layers, seed=1, dtype=np.float64)
    start = objective.head(net.forward(data.validation[0]))
    history = fit(
        net, objective, Adam(0.02), data.x, data.y,
        epochs=EPOCHS, batch_size=32, validation=data.validation,
        metrics={"score": r_squared if task == REGRESSION else accuracy},
    )  # fmt: skip
    scores = np.full(EPOCHS + 1, np.nan)
    scores[: len(history.epochs)] = history.validation["score"]
    outputs = start if history.diverged else objective.head(net.forward(data.validation[0]))
    return scores, outputs, float(history.train["loss"][-1])


@cache
def _natural_scores(task: str) -> FloatArray:
    head, loss, _ = NATURAL[task]
    return _train(task, head, loss)[0]


Limits: TypeAlias = tuple[float, float]


class HeadArtists(NamedTuple):
    """Score curves on the left, outputs on the right."""

    scores: Curve
    natural: Curve
    baseline: Curve
    left: Axes
    right: Axes
    outputs: Points
    ideal: Curve
    note: Text


def build_heads(figure: Figure) -> HeadArtists:
    """Draw the score over the epochs, and outputs against targets."""
    left, right = figure.subplots(1, 2)
    figure.set_layout_engine("constrained", wspace=0.08)  # room for the longest label
    label_axes(
        left, title="Validation score", xlabel="epoch", ylabel="accuracy",
        xlim=(0, EPOCHS), ylim=(-1.4, 1.1),
    )  # fmt: skip
    label_axes(right, title="Outputs on validation data", xlabel="target", ylabel="output")
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    natural = Curve(left, color=GREY, label="natural pair", linestyle="--")
    baseline = Curve(left, color=INK, label="baseline", linestyle=":")
    scores = Curve(left, color=BLUE, label="this network")
    add_legend(left, "lower right", frame=True)
    outputs = Points(right, legend="")
    ideal = Curve(right, color=INK, linestyle=":", label="right answer")
    add_legend(right, "upper left", frame=True)
    note = right.text(
        0.5, 0.5, "", transform=right.transAxes, ha="center", va="center", zorder=5,
        bbox={"facecolor": "white", "edgecolor": GREY, "boxstyle": "round,pad=0.5"},
    )  # fmt: skip
    return HeadArtists(scores, natural, baseline, left, right, outputs, ideal, note)


PLANES: dict[
    str, tuple[Limits, Limits, list[float], list[float]]
] = {  # limits of target and output, target and output at which a network would be perfect
    REGRESSION: ((-2.3, 2.8), (-2.3, 2.8), [-2.3, 2.8], [-2.3, 2.8]),
    BINARY: ((-0.6, 1.6), (-0.6, 1.6), [-0.4, 0.4, np.nan, 0.6, 1.4], [0, 0, np.nan, 1, 1]),
    MULTICLASS: ((-0.6, 2.6), (-0.6, 1.6), [-0.4, 2.4], [1, 1]),
}


def update_heads(artists: HeadArtists, result: HeadRun) -> Sequence[Artist]:
    """Draw one run."""
    epochs = np.arange(EPOCHS + 1)
    xlim, ylim, ideal_x, ideal_y = PLANES[result.task]
    classes = result.task != REGRESSION
    label_axes(artists.right, xlim=xlim, ylim=ylim)
    label_axes(artists.left, ylim=(0, 1.1) if classes else (-1.4, 1.1))
    artists.left.yaxis.label.set_text("accuracy" if classes else "R²")
    artists.right.xaxis.label.set_text("true class" if classes else "target (standardized)")
    artists.right.yaxis.label.set_text(
        "output for the true class" if result.task == MULTICLASS else "output"
    )
    artists.note.set_text(result.problem)
    artists.note.set_visible(bool(result.problem))
    return [
        *artists.natural.update(epochs, result.natural),
        *artists.baseline.update(epochs, np.full(EPOCHS + 1, result.baseline)),
        *artists.scores.update(epochs, result.scores),
        *artists.outputs.update(result.targets, result.outputs),
        *artists.ideal.update(ideal_x, ideal_y),
        artists.note,
    ]


def describe_heads(result: HeadRun) -> str:
    """Say how the run ended."""
    how = f"{result.task[0].upper()}{result.task[1:]}, {result.head} output, {result.loss}:"
    natural = (result.head, result.loss) == NATURAL[result.task][:2]
    if result.problem:
        return f"{how} no training. {result.problem}".replace("\n", " ")
    if result.task == REGRESSION:
        return (
            f"{how} R² = {number(result.scores[-1], '{:.2f}')} on the validation part after "
            f"{EPOCHS} epochs; "
            + ("this is the natural pair; " if natural else "")
            + ("" if natural else f"the natural pair reaches {result.natural[-1]:.2f}, ")
            + f"the mean has {number(result.baseline, '{:.2f}')}."
        )
    return (
        f"{how} {100 * result.scores[-1]:.1f} % of the validation part right after "
        f"{EPOCHS} epochs; "
        + ("this is the natural pair; " if natural else "")
        + ("" if natural else f"the natural pair reaches {100 * result.natural[-1]:.1f} %, ")
        + f"the majority class {100 * result.baseline:.1f} %."
        + result.sums
    )


heads = Demo(
    name="01.heads",
    title="Task × output activation × loss, trained on real data",
    compute=compute_heads,
    build=build_heads,
    update=update_heads,
    describe=describe_heads,
    controls=(
        Choice("task", "Task", options=tuple(NATURAL), start=REGRESSION),
        Choice("head", "Output activation", options=tuple(HEADS), start="ReLU"),
        Choice("loss", "Loss", options=(SQUARED, ENTROPY), start=SQUARED),
    ),
    try_this=(
        "Disease progression: ReLU cannot answer below the average, so more than half of the "
        "points lie on the line 0. Sigmoid squeezes every answer into 0 to 1. Linear does neither.",
        "Breast cancer: softmax with one output always says 1; then linear with cross-entropy, "
        "where the logarithm has no value.",
        "Wine, linear, squared error: nearly all answers are right, but the outputs are no "
        "probabilities. Some lie above 1.",
        "Wine, sigmoid, cross-entropy: all answers are right, and yet the outputs of one example "
        "sum to far more than 1. Accuracy does not show it.",
    ),
)
