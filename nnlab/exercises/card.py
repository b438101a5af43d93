"""Show a verdict: as an HTML card in a notebook, as plain text elsewhere."""

from __future__ import annotations

import html
import re
import textwrap

from nnlab.exercises.markup import AMBER, GREEN, GREY, RED, box, paragraph, rich, verbatim
from nnlab.exercises.verdict import Failure, State, Verdict

LOOK: dict[State, tuple[str, str, str]] = {
    "right": ("✔", "Right", GREEN),
    "partly right": ("◐", "Partly right", AMBER),
    "wrong": ("✘", "Not right yet", RED),
    "not attempted": ("–", "Not attempted yet", GREY),
}
"""Sign, words and colour of every state."""

_CODE = re.compile(r"`([^`]*)`")


def card_html(verdict: Verdict, note: str = "") -> str:
    """Return the card as HTML with inline styles.

    Parameters
    ----------
    verdict : Verdict
        What to show. Every text in it is escaped.
    note : str
        A last line in small print.

    Returns
    -------
    str
        The same verdict gives the same text.
    """
    sign, word, accent = LOOK[verdict.state]
    pieces = [
        paragraph(
            f"<strong>{sign} {word}</strong> · {rich(verdict.title)} · "
            f"<strong>{_score(verdict)}</strong>"
        )
    ]
    if verdict.state == "not attempted":
        pieces.append(paragraph(rich(_next_step(verdict))))
    pieces.append(_parts_html(verdict))
    if verdict.failure is not None:
        pieces.append(_failure_html(verdict.failure))
    if verdict.hint is not None:
        pieces.append(paragraph(f"<strong>Hint.</strong> {rich(verdict.hint)}"))
    elif verdict.state in ("wrong", "partly right"):
        pieces.append(paragraph(rich(_more_help(verdict))))
    if note:
        pieces.append(paragraph(f"<small>{html.escape(note)}</small>"))
    return box("".join(pieces), accent)


def card_text(verdict: Verdict, note: str = "") -> str:
    """Return the card as plain text, wrapped at 76 columns.

    Parameters
    ----------
    verdict : Verdict
        What to show.
    note : str
        A last line.

    Returns
    -------
    str
    """
    sign, word, _ = LOOK[verdict.state]
    lines = [f"{sign} {word} · {verdict.title} · {_score(verdict)}"]
    if verdict.state == "not attempted":
        lines.append(_wrapped(_next_step(verdict)))
    for part in verdict.parts:
        earned = f"{_points(part.points)} of {_points(part.max_points)}"
        lines.append(f"  {LOOK[part.state][0]} {part.title} ({part.state}, {earned})")
    if verdict.failure is not None:
        lines.append(_wrapped(f"{verdict.failure.part}: {verdict.failure.said}."))
        for name, value in _rows(verdict.failure):
            lines += [f"  {name}:", textwrap.indent(value, "    ")]
    if verdict.hint is not None:
        lines.append(_wrapped(f"Hint: {verdict.hint}"))
    elif verdict.state in ("wrong", "partly right"):
        lines.append(_wrapped(_more_help(verdict)))
    if note:
        lines.append(_wrapped(note))
    return "\n".join(lines)


def _parts_html(verdict: Verdict) -> str:
    rows = "".join(
        f'<li style="margin:0">{LOOK[part.state][0]} {rich(part.title)} '
        f"({part.state}, {_points(part.points)} of {_points(part.max_points)})</li>"
        for part in verdict.parts
    )
    return f'<ul style="list-style:none;margin:4px 0;padding-left:12px">{rows}</ul>'


def _failure_html(failure: Failure) -> str:
    said = _said_html(failure.said)
    rows = "".join(
        f'<div style="margin:3px 0"><strong>{html.escape(name)}</strong>{verbatim(value)}</div>'
        for name, value in _rows(failure)
    )
    return paragraph(f"<strong>{rich(failure.part)}:</strong> {said}.") + rows


def _said_html(said: str) -> str:
    """Escape a sentence that may quote the learner: unlike in `rich`, no LaTeX and no bold."""
    pieces = _CODE.split(html.escape(said, quote=False).replace("$", "<span>$</span>"))
    return "".join(
        f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces)
    )


def _rows(failure: Failure) -> list[tuple[str, str]]:
    rows = list(failure.inputs)
    if failure.returned:
        rows.append(("your function returned", failure.returned))
    if failure.expected:
        rows.append(("expected", failure.expected))
    return rows


def _next_step(verdict: Verdict) -> str:
    if verdict.reason == "returns nothing":
        return (
            f"`{verdict.entry}` returns None. Write its body in the cell above, let it end with "
            "`return`, run that cell and then this one."
        )
    if verdict.reason == "unchanged":
        return (
            f"`{verdict.entry}` still does what the code you were given does. Find its fault, mend "
            "it in the cell above, run that cell and then this one."
        )
    return (
        f"Write `{verdict.entry}` in the cell above, run that cell and then this one. If you have "
        "written it, delete the line `raise NotImplementedError`."
    )


def _more_help(verdict: Verdict) -> str:
    return f'Stuck? `hint("{verdict.name}")` gives a hint.'


def _score(verdict: Verdict) -> str:
    unit = "point" if verdict.max_points == 1 else "points"
    return f"{_points(verdict.points)} of {_points(verdict.max_points)} {unit}"


def _points(points: float) -> str:
    return f"{points:g}"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 76)
