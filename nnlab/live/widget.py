"""The live widget: controls, picture and words of one demo in a notebook."""

import contextlib
import html
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import ipywidgets  # type: ignore[import-untyped]

from nnlab.live.canvas import Canvas
from nnlab.live.controls import Choice, Control, Slider, Value
from nnlab.live.demo import Demo
from nnlab.live.output import publish
from nnlab.live.preview import preview_png

__all__ = ["Front", "show"]

CACHED_PICTURES = 300
"""Pictures kept per demo, about 10 MB."""
WORKING_AFTER = 0.3
"""Seconds of computation after which the reader is told that it goes on."""

_MOST_BUTTONS = 4  # a choice of more options becomes a drop-down list
_CSS_PIXELS_PER_INCH = 100
_VIEW = "application/vnd.jupyter.widget-view+json"

# ipywidgets writes at 13 pixels and puts the label of horizontal radio buttons above them.
_STYLE = """<style>
.nnlab-live .widget-label, .nnlab-live .widget-readout, .nnlab-live .widget-radio-box label,
.nnlab-live .widget-label-basic, .nnlab-live select
{ font-size: var(--jp-content-font-size1, 14px); }
.nnlab-live .widget-readout { text-align: left; min-width: 6em; margin-left: 16px; }
.nnlab-live .widget-radio { display: flex; flex-flow: row; align-items: center; height: auto; }
.nnlab-live .widget-radio > .widget-label { text-align: right; margin-right: 8px; flex-shrink: 0; }
.nnlab-live .widget-radio-box { flex-wrap: wrap; margin-bottom: 0; column-gap: 1.2em; }
.nnlab-live .widget-radio-box label { height: auto; white-space: nowrap; }
.nnlab-live .slider-container { margin-left: 10px; }
.nnlab-live [role="slider"]:focus-visible, .nnlab-live input:focus-visible
{ outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 2px; }
</style>"""

_fronts: "weakref.WeakValueDictionary[str, Front]" = weakref.WeakValueDictionary()


class Front:
    """The widgets of one shown demo.

    Parameters
    ----------
    demo : Demo
        What to show.
    canvas : Canvas
        Where it is drawn.

    Attributes
    ----------
    box : ipywidgets.VBox
        Everything, to be displayed.
    controls : dict of str to ipywidgets.Widget
        The widgets of the demo's controls, by name.
    image : ipywidgets.Image
        The picture.
    caption : ipywidgets.HTML
        The sentence that describes the picture, or a message if there is none.
    sign : ipywidgets.HTML
        Says "working…" while a long computation runs.
    reset_button : ipywidgets.Button
        Puts every control back to its start.
    """

    def __init__(self, demo: Demo[Any, Any], canvas: Canvas[Any, Any]) -> None:
        self._demo = demo
        self._canvas = canvas
        self._pictures: OrderedDict[tuple[Value, ...], tuple[bytes, str]] = OrderedDict()
        # Callbacks come in another thread than cells, and a cell may set a control too.
        self._lock = threading.RLock()
        self._sign_lock = threading.Lock()
        self._closed = False
        self._resetting = False
        self._working = False

        labels = [control.label for control in demo.controls]
        label_width = f"{min(0.9 * max(len(label) for label in labels) + 1, 40):.1f}ch"
        self.controls = {
            control.name: _control_widget(control, label_width) for control in demo.controls
        }
        width, height = (round(_CSS_PIXELS_PER_INCH * inches) for inches in demo.size)
        # The attributes width and height give the browser the aspect ratio, so that the height is
        # right at every cell width and before the first picture has arrived.
        self.image = ipywidgets.Image(
            format="png",
            width=str(width),
            height=str(height),
            layout={
                "width": "100%",
                "max_width": f"{width}px",
                "height": "auto",
                "margin": "4px 0",
            },
        )
        self.caption = ipywidgets.HTML(layout={"max_width": f"{width}px", "margin": "0"})
        self.sign = ipywidgets.HTML(layout={"margin": "0 0 0 12px"})
        self.reset_button = ipywidgets.Button(
            description="Reset",
            icon="undo",
            tooltip=f"Put every control of “{demo.title}” back to its start",
            layout={"width": "auto"},
        )
        self.box = ipywidgets.VBox(
            [
                ipywidgets.HTML(
                    f"{_STYLE}"
                    '<div role="heading" aria-level="4" style="font-weight: 600; '
                    "font-size: 1.25em; line-height: 1.5; "
                    'color: var(--jp-ui-font-color1, inherit)">'
                    f"{html.escape(demo.title)}</div>"
                ),
                *self.controls.values(),
                self.image,
                self.caption,
                ipywidgets.HBox([self.reset_button, self.sign], layout={"align_items": "center"}),
                ipywidgets.HTML(
                    _words(
                        "<strong>Try this</strong>"
                        '<ul style="margin: 0; padding-left: 1.4em">'
                        + "".join(f"<li>{html.escape(line)}</li>" for line in demo.try_this)
                        + "</ul>"
                    ),
                    layout={"max_width": f"{width}px"},
                ),
            ],
            layout={"overflow": "hidden", "width": "100%"},
        )
        self.box.add_class("nnlab-live")
        self._refresh()
        for widget in self.controls.values():
            widget.observe(self._on_change, names="value")
        self.reset_button.on_click(self._on_reset)

    @property
    def settings(self) -> dict[str, Value]:
        """What the controls are set to."""
        return {name: widget.value for name, widget in self.controls.items()}

    def reset(self) -> None:
        """Put every control back to its start, with one new picture."""
        with self._lock:
            self._resetting = True
            try:
                for control in self._demo.controls:
                    self.controls[control.name].value = control.start
            finally:
                self._resetting = False
            self._refresh()

    def close(self) -> None:
        """Remove the widgets from the page and from the kernel, and forget the pictures."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self.reset_button.on_click(self._on_reset, remove=True)
            for widget in self.controls.values():
                widget.unobserve(self._on_change, names="value")
            self._pictures.clear()
            for widget in _with_descendants(self.box):
                widget.close()

    def _on_change(self, change: object) -> None:
        with self._lock:
            if not self._resetting:
                self._refresh()

    def _on_reset(self, button: object) -> None:
        self.reset()

    def _refresh(self) -> None:
        """Show the picture and the sentence of the present settings."""
        settings = self.settings
        key = tuple(settings.values())
        try:
            if key not in self._pictures:
                with self._working_sign():
                    result = self._demo.compute(**settings)
                    sentence = self._demo.describe(result)
                    self._pictures[key] = (self._canvas.picture(result), sentence)
        except Exception as error:  # noqa: BLE001 - a reader may edit compute into raising anything
            self.image.layout.visibility = "hidden"
            self.caption.value = _words(
                f"<strong>There is no picture for {html.escape(self._demo.in_words(settings))}."
                "</strong> The computation stopped here; move a control on or press Reset."
                '<br><small style="color: var(--jp-ui-font-color2, inherit)">'
                f"{html.escape(type(error).__name__)}: {html.escape(str(error))}</small>",
                live=True,
            )
            return
        self._pictures.move_to_end(key)
        while len(self._pictures) > CACHED_PICTURES:
            self._pictures.popitem(last=False)
        picture, sentence = self._pictures[key]
        self.image.value = picture
        self.image.layout.visibility = "visible"
        self.caption.value = _words(html.escape(sentence), live=True)

    @contextlib.contextmanager
    def _working_sign(self) -> Iterator[None]:
        """Tell the reader that the kernel is at work, if it takes long."""
        self._working = True
        timer = threading.Timer(WORKING_AFTER, self._show_sign)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            with self._sign_lock:
                self._working = False
                self.sign.value = ""

    def _show_sign(self) -> None:
        with self._sign_lock:
            # The computation may have ended just before the timer could be cancelled.
            if self._working:
                self.sign.value = _words("working…", live=True)


def show(demo: Demo[Any, Any]) -> None:
    """Show a demo as one output: widget, start picture and sentence.

    Showing a demo again, as when its cell is run again, closes the widgets it had before.

    Parameters
    ----------
    demo : Demo
        What to show.
    """
    start = demo.compute(**demo.settings())
    sentence = demo.describe(start)
    canvas = Canvas(demo)
    before = _fronts.pop(demo.name, None)
    if before is not None:
        before.close()
    front = Front(demo, canvas)
    _fronts[demo.name] = front
    width = round(_CSS_PIXELS_PER_INCH * demo.size[0])
    publish(
        {
            _VIEW: {"version_major": 2, "version_minor": 0, "model_id": front.box.model_id},
            "image/png": preview_png(demo, canvas.pixels(start)),
            "text/plain": sentence,
        },
        {"image/png": {"alt": sentence, "width": width}},
    )


def _control_widget(control: Control, label_width: str) -> ipywidgets.Widget:
    options = [(control.text(value), value) for value in control.positions]
    common: dict[str, Any] = {
        "value": control.start,
        "description": control.label,
        "tooltip": control.label,
        "style": {"description_width": label_width},
    }
    if isinstance(control, Slider):
        return ipywidgets.SelectionSlider(
            options=options,
            continuous_update=True,
            layout={"width": "100%", "max_width": "620px"},
            **common,
        )
    if not isinstance(control, Choice):
        return ipywidgets.Checkbox(layout={"width": "auto", "max_width": "620px"}, **common)
    if len(options) <= _MOST_BUTTONS:
        # Radio buttons rather than toggle buttons: they tell a screen reader which one is chosen.
        return ipywidgets.RadioButtons(
            options=options, orientation="horizontal", layout={"width": "auto"}, **common
        )
    return ipywidgets.Dropdown(options=options, layout={"width": "fit-content"}, **common)


def _words(content: str, *, live: bool = False) -> str:
    """Return text in the colours of the theme; a live one is announced when it changes."""
    role = ' role="status" aria-live="polite"' if live else ""
    # Room for two lines keeps what stands below from jumping when the sentence grows.
    height = " min-height: 2.9em;" if live and content != "working…" else ""
    return (
        f'<div{role} style="color: var(--jp-ui-font-color1, inherit); line-height: 1.45;{height} '
        f'font-size: var(--jp-content-font-size1, 14px); white-space: normal">{content}</div>'
    )


def _with_descendants(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """List a widget, its layout and style, and the same of everything in it."""
    found = [widget, widget.layout]
    style = getattr(widget, "style", None)
    if isinstance(style, ipywidgets.Widget):
        found.append(style)
    for child in getattr(widget, "children", ()):
        found.extend(_with_descendants(child))
    return found
