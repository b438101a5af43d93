"""Three small demos that use everything the contract allows, for the tests."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nnlab.live import Choice, Demo, Slider, Toggle
from nnlab.live.drawing import Bars, Curve, LossCurves, Matrix, Point, Points, Surface, label_axes

# --- 1: curve, point and bars; nothing but the artists moves ---------------------------------


class Wave(NamedTuple):
    x: np.ndarray
    y: np.ndarray
    point: tuple[float, float]
    heights: np.ndarray
    kind: str


def wave(*, frequency, amplitude, shape, shift):
    x = np.linspace(0, 1, 200)
    phase = frequency * x + (0.25 if shift else 0.0)
    y = np.sin(2 * np.pi * phase)
    if shape == "square":
        y = np.sign(y)
    return Wave(
        x,
        amplitude * y,
        (0.3, 0.5 * amplitude),
        np.array([amplitude, frequency / 10]),
        f"{shape}{' shifted' * shift}",
    )


class WaveArtists(NamedTuple):
    curve: Curve
    point: Point
    bars: Bars


def build_wave(figure):
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    label_axes(left, title="Wave", xlabel="time", ylabel="height", xlim=(0, 1), ylim=(-2, 2))
    left.axhline(0, color="black", linewidth=3, zorder=2.2)  # still, and above the curve
    label_axes(right, title="Numbers")
    return WaveArtists(
        Curve(left, label="wave"), Point(left, base=-2), Bars(right, ["amplitude", "frequency"])
    )


def update_wave(artists, result):
    return [
        *artists.curve.update(result.x, result.y),
        *artists.point.update(*result.point),
        *artists.bars.update(result.heights),
    ]


WAVE = Demo(
    name="99.wave",
    title="A wave with a < b & c",
    compute=wave,
    build=build_wave,
    update=update_wave,
    describe=lambda result: f"The wave ({result.kind}) is {result.heights} high and quick.",
    controls=(
        Slider("frequency", "Frequency", values=range(1, 10), start=3, unit="Hz"),
        Slider("amplitude", "Amplitude", values=(0.1, 0.5, 1.0), start=0.5, format="{:.1f}"),
        Choice("shape", "Shape of the wave", options=("sine", "square"), start="sine"),
        Toggle("shift", "Shift by a quarter"),
    ),
    try_this=("Frequency 9: the wave is <quick>.", "Shape square: it jumps."),
)

# --- 2: surface, points, matrix: pictures under other things -----------------------------------


@dataclass(frozen=True)
class Plane:
    probability: np.ndarray
    points: np.ndarray
    labels: np.ndarray
    confusion: np.ndarray


def plane(*, angle, seed):
    rng = np.random.default_rng(seed)
    points = rng.uniform(-1, 1, (60, 2))
    direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 80), np.linspace(-1, 1, 80)), axis=-1)
    labels = (points[:, 0] > 0).astype(int)
    guess = (points @ direction > 0).astype(int)
    confusion = np.zeros((2, 2), dtype=int)
    np.add.at(confusion, (labels, guess), 1)
    return Plane(0.5 * (1 + np.tanh(3 * grid @ direction)), points, labels, confusion)


def build_plane(figure):
    left, right = figure.subplots(1, 2)
    surface = Surface(left, (-1, 1), (-1, 1))
    points = Points(left, ("left", "right"))
    label_axes(left, title="Plane", xlabel="first feature", ylabel="second feature")
    matrix = Matrix(right, ("left", "right"), ("left", "right"), limits=(0, 40))
    label_axes(right, title="Confusion", xlabel="predicted", ylabel="true")
    return surface, points, matrix


def update_plane(artists, result):
    surface, points, matrix = artists
    return [
        *surface.update(result.probability),
        *points.update(*result.points.T, result.labels),
        *matrix.update(result.confusion),
    ]


PLANE = Demo(
    name="99.plane",
    title="A plane",
    compute=plane,
    build=build_plane,
    update=update_plane,
    describe=lambda result: f"{np.trace(result.confusion)} of 60 points are on the right side.",
    controls=(
        Slider("angle", "Angle", values=np.arange(0, 91, 15), start=30, unit="°"),
        Slider("seed", "Points", values=(1, 2, 3), start=1),
    ),
    try_this=("Angle 0: all points are on the right side.",),
    size=(9.6, 4.0),
)

# --- 3: limits, title and legend move too, on twin axes, with a figure text --------------------


class Run(NamedTuple):
    train: np.ndarray
    validation: np.ndarray
    spread: float
    rate: str


def run(*, epochs, rate):
    t = np.arange(1, epochs + 1)
    train = np.exp(-{"slow": 0.02, "fast": 0.1, "a": 0.2, "b": 0.3, "c": 0.4}[rate] * t)
    return Run(train, train + 0.002 * t, 0.1, rate)


class RunArtists(NamedTuple):
    curves: LossCurves
    axes: Any
    twin: Any
    gap: Any
    note: Any


def build_run(figure):
    axes = figure.subplots()
    curves = LossCurves(axes, band=True)
    label_axes(axes, title="Losses", ylim=(0, 1.4))
    twin = axes.twinx()
    (gap,) = twin.plot([], [], color="0.5", linewidth=1)
    label_axes(twin, ylabel="gap")
    note = figure.text(0.5, 0.5, "")
    return RunArtists(curves, axes, twin, gap, note)


def update_run(artists, result):
    gap = result.validation - result.train
    epochs = np.arange(1, len(gap) + 1)
    artists.axes.set_xlim(0, len(gap))
    artists.axes.title.set_text(f"Losses at the {result.rate} rate")
    artists.twin.set_ylim(0, 2 * gap.max())
    artists.gap.set_data(epochs, gap)
    artists.note.set_text(f"{len(gap)} epochs")
    band = [(y - result.spread, y + result.spread) for y in (result.train, result.validation)]
    changed = artists.curves.update(result.train, result.validation, *band)
    return [*changed, artists.gap, artists.note]


RUN = Demo(
    name="99.run",
    title="A run",
    compute=run,
    build=build_run,
    update=update_run,
    describe=lambda result: (
        f"After {len(result.train)} epochs at the {result.rate} rate the loss is "
        f"{result.train[-1]:.3f}."
    ),
    controls=(
        Slider("epochs", "Epochs", values=(10, 100, 1000), start=100),
        Choice("rate", "Rate", options=("slow", "fast", "a", "b", "c"), start="slow"),
    ),
    try_this=["1000 epochs: the limits move."],
    size=(7.0, 3.5),
)

TOYS = (WAVE, PLANE, RUN)
