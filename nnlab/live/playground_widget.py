"""The playground in a notebook: its page asks for things, the kernel trains and sends pictures."""

import weakref
from collections.abc import Sequence
from typing import Any

import anywidget
import ipywidgets  # type: ignore[import-untyped]
import traitlets

from nnlab.live.canvas import Canvas
from nnlab.live.controls import Control
from nnlab.live.figure import control_spec, css_size, web
from nnlab.live.playground import Playground
from nnlab.live.playground_runner import SPEEDS, Report, Runner
from nnlab.live.playground_settings import Settings
from nnlab.live.playground_training import Training
from nnlab.live.subshells import answer_where_asked, stay_out_of_cells
from nnlab.live.widget import put_on_page

__all__ = ["PlaygroundWidget", "show"]

_open: "weakref.WeakSet[PlaygroundWidget]" = weakref.WeakSet()


class PlaygroundWidget(anywidget.AnyWidget):
    """The kernel's half of a playground.

    Parameters
    ----------
    playground : Playground
        What to show.
    canvas : Canvas
        Where it is drawn.

    Attributes
    ----------
    runner : Runner
        What trains.
    nothing : ipywidgets.Box
        An invisible widget: it stands in for words that only readers without a kernel need.
    """

    _esm = web("controls.js", "playground.js")
    _css = web("figure.css", "playground.css")
    spec = traitlets.Dict().tag(sync=True)
    picture = traitlets.Bytes().tag(sync=True)

    def __init__(self, playground: Playground, canvas: Canvas[Any, Any]) -> None:
        self._playground = playground
        self.nothing = ipywidgets.Box(layout={"display": "none"})
        self.runner = Runner(
            Training(playground.start, playground.seed),
            draw=canvas.picture,
            send=self._report,
            name=f"nnlab {playground.name}",
        )
        super().__init__(
            spec=_spec(playground, self.runner.sentence),
            picture=self.runner.picture,
            # Else ipywidgets' own stretches it only as far as its content.
            layout={"width": "100%"},
        )
        self.on_msg(self._obey)
        stay_out_of_cells(self)
        answer_where_asked(self)
        _open.add(self)

    def send(self, content: object, buffers: Sequence[bytes] | None = None) -> None:
        """Send a message to the browser."""
        super().send(content, buffers)
        # The thread that trains sends on behalf of whatever was asked last, often a running cell.
        answer_where_asked(self)

    def _report(self, report: Report) -> None:
        settings = report.settings
        content = {
            "playing": report.playing,
            "position": [
                control.positions.index(getattr(settings, control.name))
                for control in _controls(self._playground)
            ],
            "speed": list(SPEEDS).index(report.speed),
            "number": report.number,
            "sentence": report.sentence,
            "message": report.message,
        }
        pictures = [] if report.picture is None else [report.picture]
        self.send(content, pictures)

    def _obey(self, widget: object, request: dict[str, Any], buffers: object) -> None:
        """Do what the page asks for, and say when it is done or why not."""
        answer = {"done": request.get("id", 0)}
        try:
            self._do(request)
        except Exception as error:  # noqa: BLE001 - it would end in a log that no reader opens
            answer["problem"] = f"This did not work. {type(error).__name__}: {error}"
        if "id" in request:
            self.send(answer)

    def _do(self, request: dict[str, Any]) -> None:
        runner, view = self.runner, request.get("view", "")
        match request["do"]:
            case "enter":
                runner.enter(view)
            case "watch":
                runner.watch(view, seen=request["seen"])
            case "leave":
                runner.leave(view)
            case "acknowledge":
                runner.acknowledge(request["number"])
            case "play":
                runner.play()
            case "pause":
                runner.pause()
            case "step":
                runner.step()
            case "restart":
                runner.restart()
            case "reset":
                runner.reset()
            case "speed":
                runner.set_speed(list(SPEEDS)[request["speed"]])
            case "change":
                runner.change(self._settings(request["position"]))
            case unknown:
                raise ValueError(f"do: expected a request of playground.js, got {unknown!r}")

    def _settings(self, position: list[int]) -> Settings:
        """Return the start settings with those of the controls put in."""
        values = {
            control.name: control.positions[index]
            for control, index in zip(_controls(self._playground), position, strict=True)
        }
        return Settings(**vars(self._playground.start) | values)

    def close(self) -> None:
        """End the training and remove the playground from page and kernel; twice does no harm."""
        _open.discard(self)
        self.runner.close()
        self.on_msg(self._obey, remove=True)
        for widget in (self.nothing, self.nothing.layout, self.layout):
            widget.close()
        super().close()


def show(playground: Playground) -> None:
    """Show a playground as the output of a cell.

    Playgrounds whose outputs were removed are closed, and the one shown under the same name before.

    Parameters
    ----------
    playground : Playground
        What to show.
    """
    for widget in [*_open]:
        if widget.runner.deserted:
            widget.close()
    preview = playground.compute(**playground.settings())
    canvas = Canvas(playground)
    pixels = canvas.pixels(preview)
    widget = PlaygroundWidget(playground, canvas)
    put_on_page(playground, widget, pixels, playground.describe(preview), playground.suggestions)


def _controls(playground: Playground) -> list[Control]:
    return [control for _, controls in playground.groups for control in controls]


def _spec(playground: Playground, sentence: str) -> dict[str, Any]:
    """Describe a playground for ``web/playground.js``."""
    width, height = css_size(playground)
    return {
        "title": playground.title,
        "width": width,
        "height": height,
        "groups": [
            {
                "title": title,
                "controls": [control_spec(control, control.positions) for control in controls],
            }
            for title, controls in playground.groups
            if controls
        ],
        "speeds": list(SPEEDS),
        "speed": list(SPEEDS).index("normal"),
        "sentence": sentence,
        "tryThis": list(playground.suggestions),
    }
