"""A live figure as a piece of a page that needs no kernel and no network: its sliders just work."""

import html
import json
import math
from pathlib import Path
from typing import Any

from nnlab.live.demo import Demo
from nnlab.live.figure import css_size, figure_spec, web
from nnlab.live.frames import Frames, draw_frames

__all__ = ["BUDGET", "block"]

BUDGET = 2_000_000
"""Bytes a demo may take on a page."""

_SCRIPT_AND_WORDS = 50_000  # bytes set aside for what is not a picture or a caption
_WITHOUT_SCRIPT = "The controls of this figure need JavaScript; the picture shows its start."


def block(demo: Demo[Any, Any], *, budget: int = BUDGET, cache: str | Path | None = None) -> str:
    """Make a self-contained piece of HTML of a demo.

    It holds pictures of all settings, or of as many as the budget allows. Where no script runs, it
    shows the start. It loads nothing, leaves no global names behind and may stand on a page with
    others, or twice.

    Parameters
    ----------
    demo : Demo
        The live figure.
    budget : int, optional
        Bytes it may take at most; 50 kB of them are set aside for the script and the words.
    cache : path, optional
        Folder in which drawn pictures are kept for the next time; the user's own cache if left out.

    Returns
    -------
    str
        A ``<div>``, to be put into a page in UTF-8. (Slide decks take sections for slides.)

    Raises
    ------
    ValueError
        If not even the start picture fits into the budget.
    """
    frames = draw_frames(demo, budget=budget - _SCRIPT_AND_WORDS, cache=cache)
    sentence = frames.frames[frames.start].sentence
    spec = figure_spec(demo, sentence, kept=frames.kept, note=_note(demo, frames))
    words = json.dumps(spec, ensure_ascii=False)
    content = _inside_script(f'{{"spec":{words},"stored":{frames.page_json()}}}')
    scripts = web("controls.js", "figure.js", "page.js")
    return f"""<div class="nnlab-figure" data-nnlab-demo="{demo.name}">
<style>
{web("figure.css")}</style>
{_still_figure(demo, frames.start_picture, sentence)}
<script type="application/json">
{content}
</script>
<script>
(() => {{
"use strict";
{scripts}}})();
</script>
</div>
"""


def _note(demo: Demo[Any, Any], frames: Frames) -> str:
    """Say what was left out, if anything was."""
    every = math.prod(len(control.positions) for control in demo.controls)
    if len(frames.frames) == every:
        return ""
    return (
        f"This page holds {len(frames.frames)} of the {every} settings; "
        "in JupyterLab the controls have them all."
    )


def _still_figure(demo: Demo[Any, Any], picture: str, sentence: str) -> str:
    """Return what is there before the script runs, or without it; the script replaces it."""
    width, height = css_size(demo)
    shape = f"--nnlab-width: {width}; --nnlab-ratio: {width / height:.4f}"
    suggestions = "".join(f"<li>{html.escape(line)}</li>" for line in demo.try_this)
    caption = html.escape(sentence)
    return f"""<div class="nnlab-live" style="{shape}">
<div class="nnlab-title" role="heading" aria-level="3">{html.escape(demo.title)}</div>
<p class="nnlab-note">{_WITHOUT_SCRIPT}</p>
<img class="nnlab-picture" width="{width}" height="{height}" alt="{caption}" \
src="data:image/webp;base64,{picture}">
<p class="nnlab-caption">{caption}</p>
<div class="nnlab-try" style="margin-top: 0.6em">
<strong>Try this</strong>
<ul>{suggestions}</ul>
</div>
</div>"""


def _inside_script(text: str) -> str:
    """Return JSON in which nothing can end the script element or open a comment in it."""
    return text.replace("<", "\\u003c")
