"""Live figure of lesson 03: an over-sized network, epoch by epoch, and where to stop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.early_stopping import BestEpoch, EarlyStopping
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, LossCurves, Point, Points, add_legend, label_axes
from nnlab.live.lesson_03_small_networks import random_network, training_sets, truth
from nnlab.live.style import BLUE, GREEN, GREY
from nnlab.live.words import number
from nnlab.losses import MeanSquaredError
from nnlab.optimizers import Adam
from nnlab.training import fit

__all__ = ["epochs"]

UNITS, TRAINING, VALIDATION, BATCH = 30, 20, 30, 5
MOST_EPOCHS = 120
RATE = 0.025
PLACES = np.linspace(-1, 1, 201)


@dataclass(frozen=True)
class Epochs:
    """A training run up to some epoch, and what early stopping would have made of it."""

    x: FloatArray  # (20,) training examples
    y: FloatArray
    training: FloatArray  # (epochs + 1,) losses
    validation: FloatArray
    output: FloatArray  # (201,) of the network after the last epoch, at PLACES
    patience: int
    noise: float
    kept: int  # best epoch when patience ran out, or so far
    stopped: int | None  # epoch where patience ran out
    kept_output: FloatArray  # (201,)


def examples(noise: float) -> tuple[FloatArray, FloatArray]:
    """Return 20 training and 30 validation examples, (50, 1) and (50,)."""
    x, y = training_sets(1, TRAINING + VALIDATION, noise, seed=11)
    return x[0, :, None], y[0]


def compute_epochs(*, epochs: int, patience: int, noise: float) -> Epochs:
    """Train for some epochs of 4 updates, and remember the network that early stopping keeps."""
    x, y = examples(noise)
    net = random_network(UNITS, seed=1)  # 91 parameters
    best = BestEpoch(EarlyStopping(patience), net)
    stopped: int | None = None

    def watch(epoch: int, row: Mapping[str, Mapping[str, Any]]) -> None:
        nonlocal stopped
        if stopped is None:
            best.observe(epoch, row["validation"]["loss"])
            stopped = epoch if best.stopped else None

    history = fit(
        net, MeanSquaredError(), Adam(RATE), x[:TRAINING], y[:TRAINING], epochs=epochs,
        batch_size=BATCH, seed=1, validation=(x[TRAINING:], y[TRAINING:]), on_epoch=watch,
    )  # fmt: skip
    output = net.forward(PLACES[:, None])[:, 0]
    net.theta = best.theta
    return Epochs(
        x[:TRAINING, 0], y[:TRAINING], history.train["loss"], history.validation["loss"], output,
        patience, noise, int(best.epoch), stopped, net.forward(PLACES[:, None])[:, 0],
    )  # fmt: skip


class EpochsArtists(NamedTuple):
    """The fit on the left, the losses on the right."""

    points: Points
    truth: Curve
    kept_output: Curve
    output: Curve
    losses: LossCurves
    kept: Point


def build_epochs(figure: Figure) -> EpochsArtists:
    """Draw what the network says, and both losses over the epochs."""
    left, right = figure.subplots(1, 2)
    label_axes(left, title="Fit", xlabel="x", ylabel="y", xlim=(-1.03, 1.03), ylim=(-2.4, 3.4))
    label_axes(
        right, title="Mean squared error", xlim=(0, MOST_EPOCHS), ylim=(0, 1),
    )  # fmt: skip
    losses = LossCurves(right, stop="stop")
    artists = EpochsArtists(
        Points(left, ("training",), legend=""),
        Curve(left, color=GREY, label="truth", linestyle="--"),
        Curve(left, color=GREEN, label="kept by early stopping", linestyle="-."),
        Curve(left, color=BLUE, label="after the last epoch"),
        losses,
        Point(right, color=GREEN),
    )
    add_legend(left, "upper left", frame=True, columns=2)
    return artists


def update_epochs(artists: EpochsArtists, result: Epochs) -> Sequence[Artist]:
    """Draw both networks and both losses."""
    return [
        *artists.points.update(result.x, result.y),
        *artists.truth.update(PLACES, truth(PLACES)),
        *artists.kept_output.update(PLACES, result.kept_output),
        *artists.output.update(PLACES, result.output),
        *artists.losses.update(result.training, result.validation, stop=result.stopped),
        *artists.kept.update(result.kept, float(result.validation[result.kept])),
    ]


def describe_epochs(result: Epochs) -> str:
    """Say the losses at the end, and at the epoch that early stopping keeps."""
    last = len(result.training) - 1
    kept = f"epoch {result.kept}, validation {result.validation[result.kept]:.2f}"
    return (
        f"Noise {number(result.noise)}, after {last} epoch{'s' * (last != 1)}: training "
        f"{result.training[-1]:.2f}, validation {result.validation[-1]:.2f}. With patience "
        f"{result.patience} "
        + (
            f"training is not stopped yet; the best so far is {kept}."
            if result.stopped is None
            else f"training stops after epoch {result.stopped} and goes back to {kept}."
        )
    )


epochs = Demo(
    name="03.epochs",
    title="A network with 91 parameters and 20 examples, epoch by epoch",
    compute=compute_epochs,
    build=build_epochs,
    update=update_epochs,
    describe=describe_epochs,
    controls=(
        Slider(
            "epochs",
            "Epochs",
            values=(1, 2, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100, 110, MOST_EPOCHS),
            start=MOST_EPOCHS,
        ),
        Slider("patience", "Patience in epochs", values=(1, 2, 5, 10, 20, 40), start=20),
        Slider("noise", "Noise σ", values=(0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), start=0.5),
    ),
    try_this=(
        "Drag the epochs from 1 to 120: both losses fall, then only the training loss, and the "
        "curve bends towards single points.",
        "Patience 1 → 20: too little patience takes a bump in the loss for the end.",
        "Noise 0, 120 epochs: there is nothing wrong to learn, and the validation loss stays low.",
    ),
    kept={"epochs": (1, 5, 20, 40, 80, MOST_EPOCHS), "noise": (0, 0.3, 0.5)},
)
