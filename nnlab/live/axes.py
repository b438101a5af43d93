"""Labels, limits and legends of axes, in the course's type."""

from collections.abc import Sequence
from typing import Any, cast

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.legend import Legend

from nnlab.live.style import INK, RC, styled

__all__ = ["add_legend", "label_axes"]


@styled
def label_axes(
    axes: Axes,
    *,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
) -> None:
    """Write title, labels and limits in the course's type, also where its style is not in force.

    Parameters
    ----------
    axes : Axes
        Axes to label.
    title, xlabel, ylabel : str, optional
        Texts; an empty one leaves what is there.
    xlim, ylim : tuple of float, optional
        Limits; without them Matplotlib chooses.
    """
    # Explicit where Matplotlib would ask the global settings, so this works in an update too.
    if title:
        axes.set_title(
            title,
            loc="left",
            pad=8,
            color=INK,
            fontsize=RC["axes.titlesize"],
            fontweight=RC["axes.titleweight"],
        )
    if xlabel:
        axes.set_xlabel(xlabel, loc="center")
    if ylabel:
        axes.set_ylabel(ylabel, loc="center")
    # Limits that are set to what they are count as changed, and all would be drawn again.
    if xlim is not None and (axes.get_autoscalex_on() or axes.get_xlim() != xlim):
        axes.set_xlim(*xlim)
    if ylim is not None and (axes.get_autoscaley_on() or axes.get_ylim() != ylim):
        axes.set_ylim(*ylim)


@styled
def add_legend(
    axes: Axes,
    place: str = "best",
    *,
    frame: bool = False,
    handles: Sequence[Artist] | None = None,
    columns: int = 1,
) -> Legend:
    """Add a legend in the course's type, also where its style is not in force.

    Parameters
    ----------
    axes : Axes
        Its labelled artists are listed.
    place : str, optional
        Where the legend stands, as Matplotlib's ``loc``; ``"outside"`` for the right of the axes,
        where it covers nothing.
    frame : bool, optional
        Whether it has a white ground, for places where something may lie behind it.
    handles : sequence of Artist, optional
        What to list, in this order, instead of all labelled artists.
    columns : int, optional
        How many entries stand side by side.

    Returns
    -------
    Legend
        The legend.
    """
    outside: dict[str, Any] = {"bbox_to_anchor": (1.0, 0.5), "borderaxespad": 0.3}
    return axes.legend(
        handles=None if handles is None else list(handles),
        ncols=columns,
        loc=cast(Any, "center left" if place == "outside" else place),
        fontsize=RC["legend.fontsize"],
        labelcolor=INK,
        frameon=frame,
        facecolor="white",
        framealpha=0.85,
        edgecolor="none",
        **(outside if place == "outside" else {}),
    )
