"""One look for all figures: colours everyone can tell apart, large type, white background.

The style is never installed globally. ``context`` applies it while artists are made; ``pin`` then
writes into the axes what Matplotlib would otherwise look up again when it draws, because a live
figure is drawn in another thread than the one in which the reader's own cells plot.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import wraps
from types import MappingProxyType
from typing import Any, NamedTuple, ParamSpec, TypeAlias, TypeVar, cast

import matplotlib
import matplotlib.style
from cycler import cycler
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

__all__ = [
    "BLACK",
    "BLUE",
    "CLASS_COLORS",
    "CLASS_MARKERS",
    "DIVERGING",
    "DPI",
    "GREEN",
    "GREY",
    "INK",
    "LOOKS",
    "ORANGE",
    "PURPLE",
    "RC",
    "SEQUENTIAL",
    "SKY",
    "TEST",
    "TRAIN",
    "TRUTH",
    "VALIDATION",
    "VERMILLION",
    "YELLOW",
    "LineStyle",
    "Look",
    "context",
    "new_figure",
    "pin",
    "styled",
]

P = ParamSpec("P")
T = TypeVar("T")

# Masataka Okabe and Kei Ito, "Color Universal Design" (2008).
BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"

INK = "#222222"
"""Text, axes, arrows."""
GREY = "#6E6E6E"
"""What stands in the background: references, baselines, notes; 5:1 on white, readable as text."""

TRAIN = BLUE
VALIDATION = VERMILLION
TEST = GREEN
TRUTH = INK

CLASS_COLORS = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, YELLOW, INK)
"""One colour per class, in this order."""
CLASS_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "*")
"""One marker per class, so that colour never carries the meaning alone."""

LineStyle: TypeAlias = str | tuple[float, tuple[float, ...]]
"""Dashes of a line, in either of Matplotlib's two forms."""


class Look(NamedTuple):
    """How one of several lines is drawn, so that colour never carries the meaning alone."""

    color: str
    linestyle: LineStyle
    marker: str


LOOKS = (
    Look(BLUE, "-", "o"),
    Look(VERMILLION, "--", "s"),
    Look(GREEN, "-.", "^"),
    Look(PURPLE, ":", "D"),
    Look(INK, (0, (7, 1.5, 1, 1.5, 1, 1.5)), "v"),
    Look(ORANGE, (0, (10, 1.5)), "X"),
)
"""One look per line, in this order; the first two are those of training and validation."""

SEQUENTIAL = LinearSegmentedColormap.from_list("nnlab_sequential", ["#FFFFFF", SKY, "#003B5C"])
"""From nothing (white) to much (dark blue)."""
DIVERGING = LinearSegmentedColormap.from_list("nnlab_diverging", [BLUE, "#FFFFFF", VERMILLION])
"""From negative (blue) over zero (white) to positive (vermillion)."""

DPI = 150
"""Pixels per inch drawn; at 100 CSS pixels per inch this is crisp on dense screens too."""

# DejaVu Sans comes with Matplotlib, so pictures are the same on every machine.
_FONT = "DejaVu Sans"

RC: Mapping[str, Any] = MappingProxyType(
    {
        "axes.axisbelow": True,
        "axes.edgecolor": INK,
        "axes.facecolor": "white",
        "axes.grid": True,
        "axes.labelcolor": INK,
        "axes.labelsize": 13,
        "axes.linewidth": 1.0,
        "axes.prop_cycle": cycler(color=[BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY]),
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": INK,
        "axes.titlelocation": "left",
        "axes.titlesize": 14,
        "axes.titleweight": "bold",
        "figure.constrained_layout.h_pad": 0.08,
        "figure.constrained_layout.w_pad": 0.1,
        "figure.dpi": DPI,
        "figure.edgecolor": "white",
        "figure.facecolor": "white",
        "figure.titlesize": 15,
        "figure.titleweight": "bold",
        "font.family": _FONT,
        "font.size": 12,
        "grid.alpha": 1.0,
        "grid.color": "#E4E4E4",
        "grid.linestyle": "-",
        "grid.linewidth": 0.8,
        "image.cmap": "cividis",
        "legend.fontsize": 12,
        "legend.frameon": False,
        "lines.linewidth": 2.4,
        "lines.markersize": 7,
        "mathtext.fontset": "dejavusans",
        "patch.linewidth": 0.8,
        "text.color": INK,
        "xtick.color": INK,
        "xtick.labelsize": 12,
        "ytick.color": INK,
        "ytick.labelsize": 12,
    }
)
"""Matplotlib settings of the course on top of Matplotlib's own defaults; sizes in points."""


def context() -> AbstractContextManager[None]:
    """Apply the course's style while artists are made; for the main thread only.

    The reader's own settings are out of force inside, and back in force after.

    Returns
    -------
    context manager
        To be used in a ``with`` statement.
    """
    return matplotlib.style.context(["default", dict(RC)])


def styled(make: Callable[P, T]) -> Callable[P, T]:
    """Make a function apply the course's style while it runs; for what makes artists.

    Artists look up sizes, fonts and dashes as they are made. So a helper used in a cell, outside
    ``context``, looks as in a demo.

    Parameters
    ----------
    make : callable
        Such as the ``__init__`` of a drawing helper.

    Returns
    -------
    callable
        With the same parameters.
    """

    @wraps(make)
    def inside(*args: P.args, **kwargs: P.kwargs) -> T:
        with context():
            return make(*args, **kwargs)

    return inside


def pin(figure: Figure) -> None:
    """Write the style of ticks into all axes, so that ticks made later look like the first ones.

    Matplotlib makes further ticks while drawing and asks the global settings for their look;
    a figure drawn in a callback must not depend on what the reader has set there.

    Parameters
    ----------
    figure : Figure
        Its axes are changed in place; what they set themselves stays.
    """
    matplotlib_defaults = cast("dict[str, Any]", matplotlib.rcParamsDefault)
    for axes in figure.axes:
        for axis, name in ((axes.xaxis, "xtick"), (axes.yaxis, "ytick")):
            for which in ("major", "minor"):
                defaults = {
                    "length": matplotlib_defaults[f"{name}.{which}.size"],
                    "width": matplotlib_defaults[f"{name}.{which}.width"],
                    "pad": matplotlib_defaults[f"{name}.{which}.pad"],
                    "direction": matplotlib_defaults[f"{name}.direction"],
                    "color": RC[f"{name}.color"],
                    "labelcolor": RC[f"{name}.color"],
                    "labelsize": RC[f"{name}.labelsize"],
                    "labelfontfamily": _FONT,
                    "grid_color": RC["grid.color"],
                    "grid_alpha": RC["grid.alpha"],
                    "grid_linestyle": RC["grid.linestyle"],
                    "grid_linewidth": RC["grid.linewidth"],
                }
                own = axis.get_tick_params(which=which)
                axis.set_tick_params(
                    which=which,
                    **{key: value for key, value in defaults.items() if key not in own},
                )


def new_figure(
    size: tuple[float, float] = (9.6, 4.2), rows: int = 1, columns: int = 1, **options: object
) -> tuple[Figure, Any]:
    """Make a figure with axes in the course's style, outside pyplot.

    Parameters
    ----------
    size : tuple of float, optional
        Width and height in inches.
    rows, columns : int, optional
        Grid of axes.
    **options
        Passed to ``Figure.subplots``, such as ``width_ratios``.

    Returns
    -------
    figure : Figure
        With constrained layout and a white background.
    axes : Axes or array of Axes
        As from ``Figure.subplots``.
    """
    with context():
        figure = Figure(figsize=size, dpi=DPI, layout="constrained")
        axes = figure.subplots(rows, columns, **cast("dict[str, Any]", options))
        pin(figure)
    return figure, axes
