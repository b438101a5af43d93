"""The picture of the playground: the plane, the losses, and the health of every layer."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from nnlab._arrays import FloatArray
from nnlab.live.drawing import Curve, Points, Surface, label_axes
from nnlab.live.playground_settings import Settings
from nnlab.live.playground_training import LIMITS, Snapshot
from nnlab.live.style import BLUE, GREEN, GREY, TRAIN, VALIDATION
from nnlab.live.words import number

__all__ = ["SIZE", "build", "describe", "describe_settings", "update"]

SIZE = (9.4, 5.0)
"""Inches."""

_MOST_LAYERS = 7  # with the output layer
_POWERS = {1e-6: "$10^{-6}$", 1e-3: "$10^{-3}$", 1: "1"}  # shorter than Matplotlib's, for 1
_GRADIENTS = (1e-7, 1e2)
_RATIOS = (1e-6, 1.0)
_STILL = 0.6  # over the grid, below all that moves: drawn once, with the background
_HEALTHY = (1e-4, 1e-2)  # around the rule of thumb, an update of 1e-3
# Steps of the axes that grow with a run: a new one costs a full redraw, so they are far apart.
_UPDATES = [factor * 10**power for power in range(2, 9) for factor in (1, 2, 5)]
_LOSSES = [1.0, 2.0, 5.0, 20.0, 100.0, 1e3, 1e6, 1e12, 1e38]


@dataclass
class Artists:
    """The moving parts of the figure."""

    surface: Surface
    points: Points
    losses: Axes
    train: Curve
    validation: Curve
    changes: Line2D
    layers: tuple[Axes, Axes, Axes]
    gradient: Line2D
    ratio: Line2D
    idle: Sequence[Rectangle]


def build(figure: Figure) -> Artists:
    """Draw the plane on the left, the losses at the top right, the layers below."""
    columns = figure.add_gridspec(1, 2, width_ratios=(1, 1.25))
    rows = columns[1].subgridspec(2, 1, height_ratios=(1, 1.05))
    plane = figure.add_subplot(columns[0])
    surface = Surface(plane, LIMITS, LIMITS)
    points = Points(plane, ("class 0", "class 1"), legend="")
    _title(plane, "What the network says")
    label_axes(plane, xlabel="feature 1", ylabel="feature 2", xlim=LIMITS, ylim=LIMITS)

    losses = figure.add_subplot(rows[0])
    # Behind the curves.
    (changes,) = losses.plot([], [], color=GREY, linewidth=1.2, linestyle=":", zorder=1.5)
    train = Curve(losses, color=TRAIN, label="training")
    validation = Curve(losses, color=VALIDATION, label="validation", linestyle="--")
    _title(losses, "How it learns")
    label_axes(losses, xlabel="updates", ylabel="loss (nats)")
    legend = losses.legend(loc="upper right", frameon=True, framealpha=1, edgecolor="none")
    legend.set_zorder(_STILL)

    inner = rows[1].subgridspec(1, 3, wspace=0.08)
    first = figure.add_subplot(inner[0])
    layers = (
        first,
        figure.add_subplot(inner[1], sharey=first),
        figure.add_subplot(inner[2], sharey=first),
    )
    (gradient,) = first.plot([], [], "o-", color=BLUE, linewidth=1.6, markersize=7)
    layers[1].axvspan(*_HEALTHY, color=GREEN, alpha=0.18, linewidth=0)
    (ratio,) = layers[1].plot([], [], "o", color=BLUE, markersize=7)
    idle = layers[2].barh(range(_MOST_LAYERS), np.zeros(_MOST_LAYERS), height=0.6, color=BLUE)
    _label_layers(layers)
    return Artists(
        surface, points, losses, train, validation, changes, layers, gradient, ratio, [*idle]
    )


def _title(axes: Axes, text: str) -> None:
    axes.set_title(text, pad=8, zorder=_STILL)


def _label_layers(layers: tuple[Axes, Axes, Axes]) -> None:
    gradients, ratios, idle = layers
    _title(gradients, "Health of the layers")
    label_axes(gradients, xlabel="gradient", xlim=_GRADIENTS)
    label_axes(ratios, xlabel="update / weights", xlim=_RATIOS)
    label_axes(idle, xlabel="saturated", xlim=(0, 1))
    for axes, ticks in ((gradients, (1e-6, 1)), (ratios, (1e-6, 1e-3, 1))):
        axes.set_xscale("log")
        axes.set_xticks(ticks, [_POWERS[tick] for tick in ticks])
        axes.minorticks_off()
    idle.set_xticks((0, 1), ("0", "100 %"))
    for axes in layers:
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    for axes in (ratios, idle):
        axes.tick_params(labelleft=False)


def update(artists: Artists, result: Snapshot) -> Sequence[Artist]:
    """Show a snapshot."""
    _fit_axes(artists, result)
    health = result.health
    rows = np.arange(len(health.gradient))
    artists.gradient.set_data(np.clip(health.gradient, *_GRADIENTS), rows)
    artists.ratio.set_data(np.clip(health.ratio, *_RATIOS), rows)
    shares = np.zeros(_MOST_LAYERS)
    shares[: len(health.idle)] = health.idle
    for bar, share in zip(artists.idle, shares.tolist(), strict=True):
        bar.set_width(share)
    top = artists.losses.get_ylim()[1]
    artists.changes.set_data(*_posts(result.changes, top))
    return [
        *artists.surface.update(result.surface),
        *artists.points.update(result.x[:, 0], result.x[:, 1], result.y),
        *artists.train.update(result.recorded, result.train_loss),
        *artists.validation.update(result.recorded, result.validation_loss),
        artists.changes,
        artists.gradient,
        artists.ratio,
        *artists.idle,
    ]


def _fit_axes(artists: Artists, result: Snapshot) -> None:
    """Set limits and labels, if they are not right already: each time costs a full redraw."""
    highest = max(result.train_loss.max(), result.validation_loss.max())
    right = _UPDATES[_step(_UPDATES, result.updates)]
    top = 1.05 * _LOSSES[_step(_LOSSES, highest)]
    if (artists.losses.get_xlim()[1], artists.losses.get_ylim()[1]) != (right, top):
        artists.losses.set_xlim(0, right)
        artists.losses.set_ylim(0, top)
    count = len(result.health.gradient)
    first, _, idle = artists.layers
    if first.get_ylim() != (count - 0.4, -0.6):
        first.set_ylim(count - 0.4, -0.6)
        first.set_yticks(range(count), [*map(str, range(1, count)), "output"])
    kind = "saturated" if result.health.saturation else "dead units"
    if idle.get_xlabel() != kind:
        idle.xaxis.label.set_text(kind)


def _step(steps: Sequence[float], value: float) -> int:
    return min(bisect_left(steps, value), len(steps) - 1)


def _posts(places: Sequence[int], top: float) -> tuple[FloatArray, FloatArray]:
    """Return one line that goes up at every place, with gaps between."""
    x = np.repeat(np.array(places, dtype=float), 3)
    return x, np.tile([0.0, top, np.nan], len(places))


def describe(result: Snapshot) -> str:
    """Say how far it has come and how its layers are."""
    if result.diverged:
        return (
            f"The training diverged at update {result.updates}: a loss or a weight is no finite "
            "number any more. The picture is the last one before."
        )
    return (
        f"{describe_settings(result.settings)}{_schedule(result)}. "
        f"After {_plural(result.updates, 'update')} "
        f"({number(result.epochs, '{:.1f}')} epochs): training loss {result.train_loss[-1]:.2f}, "
        f"validation loss {result.validation_loss[-1]:.2f}, "
        f"{100 * result.accuracy:.0f} % of the validation examples right; "
        f"{_condition(result)}."
    )


def describe_settings(settings: Settings) -> str:
    """Name data, network and optimizer in a few words.

    Parameters
    ----------
    settings : Settings
        What to name.

    Returns
    -------
    str
        Such as ``"moons, 2 hidden layers of 8 tanh units, Adam with learning rate 0.01"``.
    """
    network = (
        f"{_plural(settings.hidden_layers, 'hidden layer')} of "
        f"{_plural(settings.units, settings.activation + ' unit')}"
        if settings.hidden_layers
        else "no hidden layer"
    )
    words = [
        f"{settings.data_set[0].upper()}{settings.data_set[1:]}",
        network,
        *_additions(settings),
        f"{settings.optimizer} with learning rate {settings.learning_rate:g}",
    ]
    return ", ".join(words)


def _additions(settings: Settings) -> Iterator[str]:
    if settings.hidden_layers and settings.batch_norm:
        # Of a single example there is no variance.
        yield "batch norm" + (" on batches of 2" if settings.batch_size == 1 else "")
    if settings.hidden_layers and settings.dropout:
        yield f"dropout {settings.dropout:g}"
    if settings.penalty_strength:
        yield f"{settings.penalty} penalty {settings.penalty_strength:g}"


def _schedule(result: Snapshot) -> str:
    name = result.settings.schedule
    return "" if name == "constant" else f" ({name} schedule, now {number(result.rate, '{:.2g}')})"


def _condition(result: Snapshot) -> str:
    health = result.health
    first, last = (number(norm, "{:.1g}") for norm in health.gradient[[0, -1]].tolist())
    words = [f"gradient norm {first} in the first and {last} in the last layer"]
    if np.isfinite(health.ratio).all():
        low, high = (number(edge, "{:.1g}") for edge in (health.ratio.min(), health.ratio.max()))
        words.append(f"an update moves weights by {low} to {high} of their size")
    if health.idle.size:
        kind = "of the outputs saturated" if health.saturation else "of the units dead"
        share = f"{100 * health.idle.max():.0f} %"
        words.append(f"in the worst layer {share} {kind}")
    if result.settings.penalty_strength and result.settings.penalty == "L1":
        words.append(f"{health.zero} of {_plural(health.weights, 'weight')} exactly 0")
    return ", ".join(words)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
