"""Live figure of lesson 03: a hundred networks on a hundred training sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.bias_variance import Decomposition, decompose
from nnlab.live.controls import Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, CurveBundle, Points, StackedBars, add_legend, label_axes
from nnlab.live.lesson_03_small_networks import train, training_sets, truth
from nnlab.live.style import BLUE, GREY, VERMILLION
from nnlab.live.words import number

__all__ = ["hundred_networks"]

NETWORKS = 100
SHOWN = 30
PLACES = np.linspace(-1, 1, 101)

UNITS = (1, 2, 3, 4, 5, 6, 8, 10)
NOISE = Slider("noise", "Noise σ", values=(0, 0.1, 0.2, 0.3, 0.4), start=0.4)
WEIGHT_DECAY = Slider(
    "weight_decay",
    "Weight decay λ",
    values=(0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1),
    start=0.0001,
)


@dataclass(frozen=True)
class HundredNetworks:
    """What the networks say everywhere, and their error taken apart."""

    units: int
    n: int
    noise: float
    weight_decay: float
    example: tuple[FloatArray, FloatArray]  # the first training set, (n,) each
    predictions: FloatArray  # (100, 101) at PLACES
    parts: Decomposition  # averaged over PLACES
    measured: float  # mean squared error on new targets
    tolerance: float  # standard error of `measured` minus the sum of the parts


def compute_hundred_networks(
    *, units: int, n: int, noise: float, weight_decay: float
) -> HundredNetworks:
    """Train one network on each of 100 training sets; decompose and measure their error.

    The measurement draws a new target for every network and place. Its difference from the sum of
    the parts is the mean of e² - σ² - 2 e d over all of them, where e is the noise of the new
    target and d the distance of the prediction from the truth: e² has variance 2 σ⁴, 2 e d has
    4 σ² d², and both have no covariance.
    """
    x, y = training_sets(NETWORKS, n, noise)
    predictions = train(x, y, units, weight_decay=weight_decay).predict(PLACES)
    parts = decompose(predictions, truth(PLACES), noise_variance=noise**2).average()
    fresh = noise * np.random.default_rng(1).standard_normal(predictions.shape)
    measured = np.mean((truth(PLACES) + fresh - predictions) ** 2)
    distance2 = parts.bias2 + parts.variance
    tolerance = np.sqrt((2 * noise**4 + 4 * noise**2 * distance2) / predictions.size)
    return HundredNetworks(
        units, n, noise, weight_decay, (x[0], y[0]), predictions, parts, float(measured),
        float(tolerance),
    )  # fmt: skip


class HundredArtists(NamedTuple):
    """Curves over x, and the bar beside them."""

    example: Points
    bundle: CurveBundle
    mean: Curve
    truth: Curve
    bars: StackedBars


def build_hundred_networks(figure: Figure) -> HundredArtists:
    """Draw the networks on the left, the parts of their error on the right."""
    left, right = figure.subplots(1, 2, width_ratios=(2.3, 1))
    label_axes(
        left, title="100 networks and the truth", xlabel="x", ylabel="y",
        xlim=(-1.02, 1.02), ylim=(-2.5, 3.5),
    )  # fmt: skip
    label_axes(right, title="Test error", ylabel="mean squared error")
    bundle = CurveBundle(left, color=GREY, label=f"{SHOWN} networks", alpha=0.3)
    example = Points(left, ("one training set",), legend="")
    curves = HundredArtists(
        example,
        bundle,
        Curve(left, color=BLUE, label="mean of 100, ± std", band=True),
        Curve(left, color=VERMILLION, label="truth", linestyle="--"),
        StackedBars(
            right, [""], ["bias²", "variance", "noise"], total="measured", format="{:.3f}",
            limits=(0, 0.5), legend="outside",
        ),
    )  # fmt: skip
    add_legend(left, "upper left", frame=True, columns=2)
    return curves


def update_hundred_networks(artists: HundredArtists, result: HundredNetworks) -> Sequence[Artist]:
    """Draw the networks and stack the parts."""
    mean, spread = result.predictions.mean(axis=0), result.predictions.std(axis=0)
    parts = result.parts
    return [
        *artists.bundle.update(PLACES, result.predictions[:SHOWN]),
        *artists.mean.update(PLACES, mean, mean - spread, mean + spread),
        *artists.truth.update(PLACES, truth(PLACES)),
        *artists.example.update(*result.example),
        *artists.bars.update(
            np.array([[parts.bias2], [parts.variance], [parts.noise]]), [result.measured]
        ),
    ]


def describe_hundred_networks(result: HundredNetworks) -> str:
    """Say the parts, their sum and the measurement."""
    parts = result.parts
    return (
        f"{result.units} hidden unit{'s' * (result.units != 1)}, {result.n} examples, noise "
        f"{number(result.noise)}, weight decay {number(result.weight_decay)}: bias² "
        f"{parts.bias2:.3f} + variance {parts.variance:.3f} + noise {parts.noise:.3f} = "
        f"{parts.total:.3f}; measured on new data: {result.measured:.3f}."
    )


hundred_networks = Demo(
    name="03.hundred_networks",
    title="One hundred networks, trained on one hundred training sets",
    compute=compute_hundred_networks,
    build=build_hundred_networks,
    update=update_hundred_networks,
    describe=describe_hundred_networks,
    controls=(
        Slider("units", "Hidden units", values=UNITS, start=3),
        Slider("n", "Training examples", values=(20, 25, 30, 40, 60), start=20),
        NOISE,
        WEIGHT_DECAY,
    ),
    try_this=(
        "1 hidden unit: the mean is far from the truth, the networks agree. 10 units: the mean is "
        "nearly right, the single networks are not. The sum is smallest in between.",
        "10 units, 20 → 60 examples: the variance falls. 1 unit, the same: the bias stays.",
        "10 units, 20 examples, λ 0.0001 → 0.001 → 0.1: the variance falls, then the bias is back.",
    ),
    kept={
        "units": (1, 3, 5, 10), "n": (20, 60), "noise": (0, 0.4),
        "weight_decay": (0.0001, 0.001, 0.1),
    },
)  # fmt: skip
