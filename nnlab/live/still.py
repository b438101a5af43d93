"""Shows a figure that does not move."""

from typing import Any, cast

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nnlab.live.canvas import palette_png
from nnlab.live.output import publish

__all__ = ["show_figure"]


def show_figure(figure: Figure, *, alt: str) -> None:
    """Show a figure that does not move, with a sentence for those who cannot see it.

    Parameters
    ----------
    figure : Figure
        Made with ``nnlab.live.new_figure``.
    alt : str
        What the figure shows, in one sentence: alternative text, and what a comparison of
        notebooks compares.

    Raises
    ------
    ValueError
        If the sentence is empty.
    """
    if not alt.strip():
        raise ValueError("alt must say in a sentence what the figure shows; got an empty text")
    agg = cast(Any, FigureCanvasAgg(figure))
    agg.draw()
    width = round(figure.get_size_inches()[0] * 100)
    publish(
        {"image/png": palette_png(np.array(agg.buffer_rgba())), "text/plain": alt},
        {"image/png": {"alt": alt, "width": width}},
    )
