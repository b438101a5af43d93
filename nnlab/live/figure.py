"""What a browser needs to know of a live figure, with a kernel behind it or without."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from nnlab.live.controls import Choice, Control, Slider, Value
from nnlab.live.demo import Demo

__all__ = ["control_spec", "css_size", "figure_spec", "problem", "web"]

_CSS_PIXELS_PER_INCH = 100


@cache
def web(*names: str) -> str:
    """Return scripts or style sheets of the browser side, one after the other.

    Parameters
    ----------
    *names : str
        Names of files in ``nnlab/live/web``.

    Returns
    -------
    str
        Their contents.
    """
    folder = files("nnlab.live") / "web"
    return "\n".join((folder / name).read_text("utf-8") for name in names)


def css_size(demo: Demo[Any, Any]) -> tuple[int, int]:
    """Return the size at which a demo's picture is shown.

    Parameters
    ----------
    demo : Demo
        The live figure.

    Returns
    -------
    width, height : int
        In CSS pixels.
    """
    width, height = (round(_CSS_PIXELS_PER_INCH * inches) for inches in demo.size)
    return width, height


def figure_spec(
    demo: Demo[Any, Any],
    sentence: str,
    *,
    kept: Mapping[str, Sequence[Value]] | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Describe a demo for ``mountFigure`` in ``web/figure.js``.

    Parameters
    ----------
    demo : Demo
        The live figure.
    sentence : str
        What the start picture shows.
    kept : mapping of str to sequence, optional
        Values that the controls have, by name, where they do not have all; each holds the start.
    note : str, optional
        A sentence to stand under the controls.

    Returns
    -------
    dict
        Of texts, numbers and lists. The start picture is still missing in ``start``.
    """
    width, height = css_size(demo)
    return {
        "name": demo.name,
        "title": demo.title,
        "width": width,
        "height": height,
        "controls": [
            control_spec(control, (kept or {}).get(control.name, control.positions))
            for control in demo.controls
        ],
        "tryThis": list(demo.try_this),
        "note": note,
        "start": {"sentence": sentence},
    }


def control_spec(control: Control, values: Sequence[Value]) -> dict[str, Any]:
    """Describe a control for ``makeControls`` in ``web/controls.js``.

    Parameters
    ----------
    control : Control
        The control.
    values : sequence of bool, int, float or str
        Those of its positions that it has on the page, the start among them.

    Returns
    -------
    dict
        Of texts, a number and a list.
    """
    kind = {Slider: "slider", Choice: "choice"}.get(type(control), "toggle")
    return {
        "name": control.name,
        "label": control.label,
        "kind": kind,
        "texts": [control.text(value) for value in values],
        "start": list(values).index(control.start),
    }


def problem(
    demo: Demo[Any, Any], settings: Mapping[str, Value], error: Exception
) -> dict[str, str]:
    """Say in words that there is no picture, for the place of its sentence.

    Parameters
    ----------
    demo : Demo
        The live figure.
    settings : mapping of str to bool, int, float or str
        The settings whose computation failed.
    error : Exception
        What it raised.

    Returns
    -------
    dict
        What is the matter (``problem``), what the reader can do (``advice``), and ``detail``.
    """
    return {
        "problem": f"There is no picture for {demo.in_words(settings)}.",
        "advice": "The computation stopped here; move a control on or press Reset.",
        "detail": f"{type(error).__name__}: {error}",
    }
