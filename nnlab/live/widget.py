"""The live figure in a notebook: the browser asks for a setting, the kernel sends its picture."""

import html
import weakref
from collections.abc import Sequence
from typing import Any

import anywidget
import ipywidgets  # type: ignore[import-untyped]
import numpy as np
import traitlets
from numpy.typing import NDArray

from nnlab.live.canvas import Canvas
from nnlab.live.demo import Demo
from nnlab.live.figure import css_size, figure_spec, problem, web
from nnlab.live.output import publish
from nnlab.live.preview import preview_png
from nnlab.live.subshells import answer_where_asked, stay_out_of_cells

__all__ = ["FigureWidget", "put_on_page", "show"]

_VIEW = "application/vnd.jupyter.widget-view+json"

_shown: "weakref.WeakValueDictionary[str, ipywidgets.Widget]" = weakref.WeakValueDictionary()


class FigureWidget(anywidget.AnyWidget):
    """The kernel's half of a live figure.

    It has no state that changes: every question from the browser names its settings, every answer
    holds the picture and the sentence. What the browser has seen, it keeps itself.

    Parameters
    ----------
    demo : Demo
        What to show.
    canvas : Canvas
        Where it is drawn.
    start : object
        What ``compute`` returned for the start settings.

    Attributes
    ----------
    nothing : ipywidgets.Box
        An invisible widget: it stands in for words that only readers without a kernel need.
    """

    _esm = web("controls.js", "figure.js", "kernel.js")
    _css = web("figure.css")
    spec = traitlets.Dict().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)

    def __init__(self, demo: Demo[Any, Any], canvas: Canvas[Any, Any], start: object) -> None:
        self._demo = demo
        self._canvas = canvas
        self.nothing = ipywidgets.Box(layout={"display": "none"})
        super().__init__(
            spec=figure_spec(demo, demo.describe(start)),
            picture=canvas.picture(start),
            # Else ipywidgets' own stretches it only as far as its content.
            layout={"width": "100%"},
        )
        self.on_msg(self._answer)
        stay_out_of_cells(self)
        answer_where_asked(self)

    def send(self, content: object, buffers: Sequence[bytes] | None = None) -> None:
        """Send a message to the browser."""
        super().send(content, buffers)
        answer_where_asked(self)

    def _answer(self, widget: object, question: dict[str, Any], buffers: object) -> None:
        """Send the picture of the settings that the browser asks for."""
        settings = {
            control.name: control.positions[index]
            for control, index in zip(self._demo.controls, question["position"], strict=True)
        }
        answer = {"number": question["number"]}
        try:
            result = self._demo.compute(**settings)
            sentence = self._demo.describe(result)
            picture = self._canvas.picture(result)
        except Exception as error:  # noqa: BLE001 - a reader may edit compute into raising anything
            self.send(answer | problem(self._demo, settings, error))
            return
        self.send(answer | {"sentence": sentence}, [picture])

    def close(self) -> None:
        """Remove the figure from the page and from the kernel; twice does no harm."""
        self.on_msg(self._answer, remove=True)
        for widget in (self.nothing, self.nothing.layout, self.layout):
            widget.close()
        super().close()


def show(demo: Demo[Any, Any]) -> None:
    """Show a demo as the output of a cell: the widget, and what readers without a kernel see.

    Showing a demo again, as when its cell is run again, closes the widget it had before.

    Parameters
    ----------
    demo : Demo
        What to show.
    """
    start = demo.compute(**demo.settings())
    canvas = Canvas(demo)
    pixels = canvas.pixels(start)
    put_on_page(
        demo, FigureWidget(demo, canvas, start), pixels, demo.describe(start), demo.try_this
    )


def put_on_page(
    demo: Demo[Any, Any],
    widget: Any,  # noqa: ANN401 - a FigureWidget, or another kind with the same two widgets
    pixels: NDArray[np.uint8],
    sentence: str,
    try_this: Sequence[str],
) -> None:
    """Publish the outputs of a figure and close the widget that was shown under its name before.

    Parameters
    ----------
    demo : Demo
        What is shown.
    widget : FigureWidget
        What a reader with a kernel sees; it has ``nothing`` and ``close`` as a `FigureWidget` has.
    pixels : ndarray of uint8, shape (height, width, 4)
        Picture for readers without a kernel.
    sentence : str
        What that picture shows.
    try_this : sequence of str
        What to try.
    """
    before = _shown.pop(demo.name, None)
    if before is not None:
        before.close()
    _shown[demo.name] = widget
    publish(
        {
            _VIEW: _view(widget),
            "image/png": preview_png(demo, pixels),
            "text/plain": sentence,
        },
        {
            "image/png": {"alt": sentence, "width": css_size(demo)[0]},
            "nnlab": {"demo": demo.name},
        },
    )
    # JupyterLab drops the alternative text of a picture, so it stands below as text.
    publish(
        {
            _VIEW: _view(widget.nothing),
            "text/html": _words(sentence, try_this),
            "text/plain": "\n".join(("Try this:", *try_this)),
        },
        {"nnlab": {"words": demo.name}},
    )


def _view(widget: ipywidgets.Widget) -> dict[str, Any]:
    return {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}


def _words(sentence: str, try_this: Sequence[str]) -> str:
    suggestions = "".join(f"<li>{html.escape(line)}</li>" for line in try_this)
    return (
        f"<p>{html.escape(sentence)}</p>\n<p><strong>Try this</strong></p>\n<ul>{suggestions}</ul>"
    )
