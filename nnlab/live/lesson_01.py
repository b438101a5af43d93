"""The live figures of lesson 01: losses, softmax and heads."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from nnlab import activations, datasets
from nnlab._arrays import AnyArray, FloatArray
from nnlab.activations import sigmoid, softmax, tanh
from nnlab.baselines import majority_class, mean_value
from nnlab.layers import Activation, Dense, Layer
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Bars, Curve, Point, Points, add_legend, label_axes
from nnlab.live.style import BLUE, GREY, INK, ORANGE, VERMILLION
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

__all__ = ["confidently_wrong", "heads", "one_outlier", "softmax_shift"]


# One logit: squared error on a sigmoid against cross-entropy -------------------------------------

LOGITS = np.linspace(-8, 8, 161)


@dataclass(frozen=True)
class OneLogit:
    """Both losses and their gradients, along all logits and at the chosen one."""

    label: int
    logit: float
    probability: float
    squared: FloatArray  # (161,) squared error along LOGITS
    squared_slope: FloatArray
    entropy: FloatArray
    entropy_slope: FloatArray
    here: tuple[float, float, float, float]  # the same four at the chosen logit


def _losses_of_a_logit(
    z: FloatArray, y: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    p = sigmoid(z)
    squared, squared_slope = (p - y) ** 2, 2 * (p - y) * p * (1 - p)
    entropy, entropy_slope = np.logaddexp(0, z) - y * z, p - y
    return squared, squared_slope, entropy, entropy_slope


def compute_one_logit(*, logit: float, label: str) -> OneLogit:
    """Return squared error and cross-entropy of one prediction."""
    y, z = int(label), np.array(logit)
    squared, squared_slope, entropy, entropy_slope = (float(v) for v in _losses_of_a_logit(z, y))
    return OneLogit(
        y,
        logit,
        float(sigmoid(z)),
        *_losses_of_a_logit(LOGITS, y),
        (squared, squared_slope, entropy, entropy_slope),
    )


class OneLogitArtists(NamedTuple):
    """Two curves and two points, for the loss and for its gradient."""

    curves: list[Curve]
    points: list[Point]


def build_one_logit(figure: Figure) -> OneLogitArtists:
    """Draw the loss on the left, its gradient on the right."""
    loss, slope = figure.subplots(1, 2)
    label_axes(
        loss, title="Loss", xlabel="logit z", ylabel="loss", xlim=(-8.5, 8.5), ylim=(-0.3, 8.5),
    )  # fmt: skip
    label_axes(
        slope, title="Gradient that reaches the network", xlabel="logit z",
        ylabel="d loss / d z", xlim=(-8.5, 8.5), ylim=(-1.15, 1.15),
    )  # fmt: skip
    slope.axhline(0, color=GREY, linewidth=1)
    curves, points = [], []
    for axes in (loss, slope):
        axes.set_xticks([-8, -4, 0, 4, 8])
        for name, color, style in (
            ("squared error of σ(z)", ORANGE, "--"),
            ("cross-entropy", BLUE, "-"),
        ):
            curves.append(Curve(axes, color=color, label=name, linestyle=style))
            points.append(Point(axes, color=color))
    loss.legend(loc="upper center")
    return OneLogitArtists(curves, points)


def update_one_logit(artists: OneLogitArtists, result: OneLogit) -> Sequence[Artist]:
    """Draw the curves of this label and the points at this logit."""
    lines = (result.squared, result.entropy, result.squared_slope, result.entropy_slope)
    squared, squared_slope, entropy, entropy_slope = result.here
    heights = (squared, entropy, squared_slope, entropy_slope)
    changed: list[Artist] = []
    for curve, line in zip(artists.curves, lines, strict=True):
        changed += curve.update(LOGITS, line)
    for point, height in zip(artists.points, heights, strict=True):
        changed += point.update(result.logit, height)
    return changed


def describe_one_logit(result: OneLogit) -> str:
    """Say both losses and gradients."""
    squared, squared_slope, entropy, entropy_slope = result.here
    return (
        f"Label {result.label}, logit {number(result.logit)}: the model gives class 1 a "
        f"probability of {result.probability:.4f}. "
        f"Squared error {squared:.3f}, gradient {number(squared_slope, '{:.4f}')}; "
        f"cross-entropy {entropy:.3f}, gradient {number(entropy_slope, '{:.4f}')}."
    )


confidently_wrong = Demo(
    name="01.confidently_wrong",
    title="One prediction: squared error on a sigmoid against cross-entropy",
    compute=compute_one_logit,
    build=build_one_logit,
    update=update_one_logit,
    describe=describe_one_logit,
    controls=(
        Slider("logit", "Logit z", values=np.arange(-8, 8.5, 0.5).tolist(), start=-1.0),
        Choice("label", "True label y", options=("0", "1"), start="1"),
    ),
    try_this=(
        "Label 1, drag the logit from 0 to −8. The model becomes more and more wrong, and the "
        "gradient of the squared error dies; that of cross-entropy goes to −1.",
        "Label 1, drag to +8: both gradients vanish, as they should. The answer is right.",
    ),
)


# A line and one outlier --------------------------------------------------------------------------

LINE_X = np.linspace(0, 10, 21)
CLEAN_Y = 2 + 0.8 * LINE_X + 0.7 * np.random.default_rng(5).standard_normal(21)
PAIRS = np.array(list(combinations(range(21), 2)))
PLACES = {"left end": 1, "middle": 10, "right end": 19}


@dataclass(frozen=True)
class Outlier:
    """Two lines through the same points."""

    y: FloatArray  # (21,)
    moved: int
    shift: float
    squared: tuple[float, float]  # intercept and slope that minimise the MSE
    absolute: tuple[float, float]  # … the MAE


def compute_outlier(*, shift: float, place: str) -> Outlier:
    """Fit a line by MSE and by MAE, both exactly.

    The MSE line is least squares. Some MAE line passes through two of the points (a linear
    programme has its optimum at a vertex), so all 210 pairs are tried.
    """
    y, moved = CLEAN_Y.copy(), PLACES[place]
    y[moved] += shift
    design = np.stack([np.ones_like(LINE_X), LINE_X], axis=1)
    squared = np.linalg.lstsq(design, y, rcond=None)[0]
    i, j = PAIRS.T
    slopes = (y[j] - y[i]) / (LINE_X[j] - LINE_X[i])
    intercepts = y[i] - slopes * LINE_X[i]
    errors = np.abs(intercepts[:, None] + slopes[:, None] * LINE_X - y).mean(axis=1)
    best = errors.argmin()
    return Outlier(
        y,
        moved,
        shift,
        (float(squared[0]), float(squared[1])),
        (float(intercepts[best]), float(slopes[best])),
    )


class OutlierArtists(NamedTuple):
    """Points, the moved one, and the two lines."""

    points: Points
    moved: Point
    squared: Curve
    absolute: Curve


def build_outlier(figure: Figure) -> OutlierArtists:
    """Draw the points and both lines in one plane."""
    axes = figure.subplots()
    label_axes(axes, xlabel="x", ylabel="y", xlim=(-0.5, 10.5), ylim=(-17, 29))
    artists = OutlierArtists(
        Points(axes, legend=""),
        Point(axes, color=VERMILLION),
        Curve(axes, color=ORANGE, label="smallest mean squared error", linestyle="--"),
        Curve(axes, color=BLUE, label="smallest mean absolute error"),
    )
    axes.legend(loc="upper left", ncols=2)
    return artists


def update_outlier(artists: OutlierArtists, result: Outlier) -> Sequence[Artist]:
    """Move the outlier and both lines."""
    ends = np.array([-0.5, 10.5])
    return [
        *artists.points.update(LINE_X, result.y),
        *artists.squared.update(ends, result.squared[0] + result.squared[1] * ends),
        *artists.absolute.update(ends, result.absolute[0] + result.absolute[1] * ends),
        *artists.moved.update(float(LINE_X[result.moved]), float(result.y[result.moved])),
    ]


def describe_outlier(result: Outlier) -> str:
    """Say both slopes."""
    place = next(name for name, index in PLACES.items() if index == result.moved)
    where = f"{'in' if place == 'middle' else 'at'} the {place}"
    return (
        f"One of 21 points, {where}, is moved by {number(result.shift, '{:+g}')}. The line with "
        f"the smallest mean squared error has slope {result.squared[1]:.2f}, the one with the "
        f"smallest mean absolute error {result.absolute[1]:.2f}; the points were made with 0.80."
    )


one_outlier = Demo(
    name="01.one_outlier",
    title="One outlier: mean squared error follows it, mean absolute error ignores it",
    compute=compute_outlier,
    build=build_outlier,
    update=update_outlier,
    describe=describe_outlier,
    controls=(
        Slider(
            "shift", "Move one point by", values=list(range(-16, 17, 2)), start=0, format="{:+g}"
        ),
        Choice("place", "Which point", options=tuple(PLACES), start="right end"),
    ),
    try_this=(
        "Right end, drag the point up to +16. The dashed line follows; the solid one stays.",
        "Middle, the same drag: the dashed line keeps its slope, but all of it is lifted.",
    ),
)


# Softmax with and without the shift --------------------------------------------------------------

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


# Heads and losses on real data -------------------------------------------------------------------

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
    """One real data set, split, and standardised with the training part's statistics."""

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
    artists.right.xaxis.label.set_text("true class" if classes else "target (standardised)")
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
