"""The live figures of lesson 00: a first network, retrained at every move, and the playgrounds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray, IntArray
from nnlab.activations import tanh
from nnlab.datasets import moons
from nnlab.layers import Activation, Dense
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import LossCurves, Points, Surface, label_axes
from nnlab.live.playground import Playground
from nnlab.losses import BinaryCrossEntropy
from nnlab.metrics import accuracy
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.splits import three_way_split
from nnlab.training import fit

__all__ = ["everything", "first_network", "playground"]

XLIM, YLIM = (-1.9, 2.9), (-1.5, 2.0)
GRID = np.stack(np.meshgrid(np.linspace(*XLIM, 96), np.linspace(*YLIM, 70)), axis=-1)
TOP = 1.2  # of the loss axis


@dataclass(frozen=True)
class Training:
    """What one training run left behind."""

    x: FloatArray  # (160, 2) training examples
    y: IntArray  # (160,) their classes
    surface: FloatArray  # (70, 96) probability of class 1
    train_loss: FloatArray  # (101,)
    validation_loss: FloatArray  # (101,)
    accuracy: float  # on the validation examples
    settings: str


def compute(*, noise: float, units: int, learning_rate: float) -> Training:
    """Train a network with two hidden layers on two moons for 100 epochs."""
    data = moons(n=240, noise=noise, seed=1)
    split = three_way_split(data.y, fractions=(2 / 3, 1 / 3, 0.0), seed=0)
    x, y = data.x[split.train], data.y[split.train]

    net = Sequential(
        Dense(2, units), Activation(tanh),
        Dense(units, units), Activation(tanh),
        Dense(units, 1),
        seed=4, dtype=np.float64,
    )  # fmt: skip
    loss = BinaryCrossEntropy()
    history = fit(
        net, loss, Adam(learning_rate), x, y,
        epochs=100, batch_size=40,
        validation=(data.x[split.validation], data.y[split.validation]),
    )  # fmt: skip
    answers = loss.predict(net.forward(data.x[split.validation]))
    p = loss.head(net.forward(GRID.reshape(-1, 2)))
    return Training(
        x=x,
        y=y,
        surface=p.reshape(GRID.shape[:2]),
        train_loss=history.train["loss"],
        validation_loss=history.validation["loss"],
        accuracy=float(accuracy(data.y[split.validation], answers)),
        settings=f"{units} unit{'s' * (units > 1)} a layer, learning rate {learning_rate:g}, "
        f"noise {noise:g}",
    )


@dataclass(frozen=True)
class Artists:
    """The moving parts of the figure."""

    surface: Surface
    points: Points
    losses: LossCurves


def build(figure: Figure) -> Artists:
    """Draw the plane on the left and the losses on the right."""
    plane, curves = figure.subplots(1, 2, width_ratios=[1.15, 1])
    label_axes(plane, title="What the network says", xlabel="feature 1", ylabel="feature 2")
    surface = Surface(plane, XLIM, YLIM)
    points = Points(plane, ("class 0", "class 1"))
    label_axes(curves, title="How it learned", xlim=(0, 100), ylim=(0, TOP))
    losses = LossCurves(curves)
    curves.set_ylabel("loss (nats)")
    return Artists(surface, points, losses)


def update(artists: Artists, result: Training) -> Sequence[Artist]:
    """Show one training run."""
    return [
        *artists.surface.update(result.surface),
        *artists.points.update(result.x[:, 0], result.x[:, 1], result.y),
        *artists.losses.update(result.train_loss, result.validation_loss),
    ]


def describe(result: Training) -> str:
    """Say how the run ended."""
    return (
        f"After 100 epochs with {result.settings}: training loss {result.train_loss[-1]:.2f}, "
        f"validation loss {result.validation_loss[-1]:.2f}, "
        f"{100 * result.accuracy:.0f} % of the validation examples right."
    )


first_network = Demo(
    name="00.first_network",
    title="A first network: drag a slider and it is trained again",
    compute=compute,
    build=build,
    update=update,
    describe=describe,
    controls=(
        Slider("learning_rate", "Learning rate", values=(0.0001, 0.001, 0.01, 0.1, 1), start=0.01),
        Slider("units", "Units in each hidden layer", values=(1, 2, 4, 8, 16), start=8),
        Slider("noise", "Noise in the data", values=(0.05, 0.1, 0.2, 0.3, 0.4), start=0.2),
    ),
    try_this=(
        "Learning rate 0.0001: in 100 epochs the loss hardly falls. Then 1: the curve jumps about "
        "and does not settle.",
        "One unit: the border can only be a straight line. More units bend it round the moons.",
        "Noise 0.4 with 16 units: the training loss keeps falling, the validation loss turns up. "
        "That gap is the subject of lessons 3 to 5.",
    ),
)


# A network that trains while one watches ---------------------------------------------------------

# What the first lesson has no words for yet comes on the page lessons/playground.ipynb.
playground = Playground(name="00.playground", hide=("schedule", "penalty", "batch_norm"))

everything = Playground(
    name="00.everything",
    title="A network in training, everything adjustable",
    try_this=(
        "Press Play and change something while it trains: a dotted line in the losses marks the "
        "place.",
        "Choose the cosine schedule: the sentence under the picture says how the learning rate "
        "falls. A change of the learning rate scales all of the schedule.",
        "The tour below has something to see for each of the lessons 1 to 9.",
    ),
)
