"""One logit: squared error on a sigmoid against cross-entropy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from nnlab._arrays import FloatArray
from nnlab.activations import sigmoid
from nnlab.live.controls import Choice, Slider
from nnlab.live.demo import Demo
from nnlab.live.drawing import Curve, Point, label_axes
from nnlab.live.style import BLUE, GREY, ORANGE
from nnlab.live.words import number

__all__ = ["confidently_wrong"]

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
