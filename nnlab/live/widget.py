"""The live figure in a notebook: the browser asks for a setting, the kernel sends its picture."""

import html
import weakref
from typing import Any

import anywidget
import ipywidgets  # type: ignore[import-untyped]
import traitlets

from nnlab.live.canvas import Canvas
from nnlab.live.demo import Demo
from nnlab.live.figure import css_size, figure_spec, web
from nnlab.live.output import publish
from nnlab.live.preview import preview_png

__all__ = ["FigureWidget", "show"]

_VIEW = "application/vnd.jupyter.widget-view+json"

_shown: "weakref.WeakValueDictionary[str, FigureWidget]" = weakref.WeakValueDictionary()


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
            problem = {
                "problem": f"There is no picture for {self._demo.in_words(settings)}.",
                "advice": "The computation stopped here; move a control on or press Reset.",
                "detail": f"{type(error).__name__}: {error}",
            }
            self.send(answer | problem)
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
    sentence = demo.describe(start)
    canvas = Canvas(demo)
    before = _shown.pop(demo.name, None)
    if before is not None:
        before.close()
    widget = FigureWidget(demo, canvas, start)
    _shown[demo.name] = widget
    publish(
        {
            _VIEW: _view(widget),
            "image/png": preview_png(demo, canvas.pixels(start)),
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
            "text/html": _words(demo, sentence),
            "text/plain": "\n".join(("Try this:", *demo.try_this)),
        },
        {"nnlab": {"words": demo.name}},
    )


def _view(widget: ipywidgets.Widget) -> dict[str, Any]:
    return {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}


def _words(demo: Demo[Any, Any], sentence: str) -> str:
    suggestions = "".join(f"<li>{html.escape(line)}</li>" for line in demo.try_this)
    return (
        f"<p>{html.escape(sentence)}</p>\n<p><strong>Try this</strong></p>\n<ul>{suggestions}</ul>"
    )
