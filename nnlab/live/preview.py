"""The picture of a live figure for readers who have not run its cell.

GitHub, nbconvert and an untrusted JupyterLab show it: title and greyed-out controls at their start
positions, an invitation to run the cell, and the figure below.
"""

from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from nnlab.live.canvas import palette_png
from nnlab.live.controls import Choice, Control, Slider, Toggle
from nnlab.live.demo import Demo
from nnlab.live.style import DPI, GREY, context

__all__ = ["INVITATION", "preview_png"]

INVITATION = "Run this cell to use the controls"

_FAINT = "#BDBDBD"
_HEADER = 0.78  # inches for title and invitation
_ROW = 0.36  # inches per control
_TRACK = 3.2  # inches, length of a slider
_MOST_RADIO_BUTTONS = 4  # as in controls.js: more options than that become a list


def preview_png(demo: Demo[Any, Any], pixels: NDArray[np.uint8]) -> bytes:
    """Put a strip with the title and the greyed-out controls above the start picture.

    Parameters
    ----------
    demo : Demo
        The live figure.
    pixels : ndarray of uint8, shape (height, width, 4)
        Its picture at the start settings, from ``Canvas.pixels``.

    Returns
    -------
    bytes
        PNG file, as wide as the picture.
    """
    strip = _strip(demo)
    return palette_png(np.concatenate([strip[:, : pixels.shape[1]], pixels]))


def _strip(demo: Demo[Any, Any]) -> NDArray[np.uint8]:
    width = demo.size[0]
    height = _HEADER + _ROW * len(demo.controls) + 0.08
    with context():
        figure = Figure(figsize=(width, height), dpi=DPI)
        agg = cast(Any, FigureCanvasAgg(figure))
        # One axes over the whole strip, measured in inches from the top left.
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        axes.text(0.12, 0.24, demo.title, fontsize=15, fontweight="bold", va="center")
        labels = [
            axes.text(
                0.12,
                _HEADER + _ROW * (row + 0.5),
                "" if isinstance(control, Toggle) else control.label,
                color=GREY,
                va="center",
            )
            for row, control in enumerate(demo.controls)
        ]
        renderer = agg.get_renderer()
        left = 0.35 + max(label.get_window_extent(renderer).x1 for label in labels) / DPI
        for row, control in enumerate(demo.controls):
            _draw_control(axes, control, left, _HEADER + _ROW * (row + 0.5), renderer)
        axes.text(0.12, 0.57, INVITATION, color=GREY, va="center", style="italic")
        agg.draw()
        return np.array(agg.buffer_rgba())


def _draw_control(
    axes: Axes, control: Control, left: float, middle: float, renderer: RendererBase
) -> None:
    if isinstance(control, Slider):
        place = control.positions.index(control.start) / (len(control.positions) - 1)
        axes.add_line(Line2D([left, left + _TRACK], [middle, middle], color=_FAINT, linewidth=3.5))
        axes.plot(left + _TRACK * place, middle, "o", color="white", mec=GREY, mew=1.2, ms=11)
        axes.text(
            left + _TRACK + 0.25, middle, control.text(control.start), color=GREY, va="center"
        )
    elif isinstance(control, Choice) and len(control.options) > _MOST_RADIO_BUTTONS:
        _draw_closed_list(axes, control.start, left, middle, renderer)
    elif isinstance(control, Choice):
        x = left + 0.08
        for option in control.options:
            axes.plot(x, middle, "o", color="white", mec=GREY, mew=1.2, ms=10)
            if option == control.start:
                axes.plot(x, middle, "o", color=GREY, ms=5)
            text = axes.text(x + 0.16, middle, option, color=GREY, va="center")
            x = text.get_window_extent(renderer).x1 / DPI + 0.3
    else:
        axes.plot(left + 0.08, middle, "s", color="white", mec=GREY, mew=1.2, ms=11)
        if control.start:
            axes.plot(left + 0.08, middle, marker="x", color=GREY, mew=2, ms=7)
        axes.text(left + 0.28, middle, control.label, color=GREY, va="center")


def _draw_closed_list(
    axes: Axes, chosen: str, left: float, middle: float, renderer: RendererBase
) -> None:
    text = axes.text(left + 0.1, middle, chosen, color=GREY, va="center")
    width = text.get_window_extent(renderer).x1 / DPI - left + 0.4
    axes.add_patch(
        Rectangle(
            (left, middle - 0.14), width, 0.28, facecolor="white", edgecolor=GREY, linewidth=1.2
        )
    )
    axes.plot(left + width - 0.17, middle, marker="v", color=GREY, ms=6)
