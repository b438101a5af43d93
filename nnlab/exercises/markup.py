"""Small pieces of HTML and Markdown that look right in every place a notebook is read.

Only inline styles with fixed values: JupyterLab strips ``<style>``, scripts, ``role`` and
``aria-*`` and every style that uses ``var(...)`` from the stored outputs of a notebook that is
not trusted yet. Text takes its colour from the theme; greys are half transparent, accents have
contrast on white and on black, and nothing is said by colour alone.
"""

from __future__ import annotations

import html
import re

GREEN, AMBER, RED, BLUE, GREY = "#2e8b57", "#b8770b", "#d1495b", "#3b7dd8", "#808080"

LINE = "rgba(128,128,128,0.45)"
TINT = "rgba(128,128,128,0.10)"

_CODE = re.compile(r"`([^`]+)`")
_FORMULA = re.compile(r"(\$[^$]+\$)")
_BOLD = re.compile(r"\*\*([^*]+)\*\*")
_ITALIC = re.compile(r"\*([^*\s][^*]*)\*")


def rich(text: str) -> str:
    """Return HTML for a sentence with `` `code` ``, ``$LaTeX$``, ``**bold**``, ``*italic*``.

    Parameters
    ----------
    text : str
        One paragraph.

    Returns
    -------
    str
        HTML in which everything else is escaped.
    """
    pieces = _CODE.split(html.escape(text, quote=False))
    return "".join(
        f"<code>{piece}</code>" if index % 2 else _emphasised(piece)
        for index, piece in enumerate(pieces)
    )


def _emphasised(text: str) -> str:
    """Replace the stars around bold and italic words; those in formulas stay."""
    pieces = _FORMULA.split(text)
    for index in range(0, len(pieces), 2):
        bold = _BOLD.sub(r"<strong>\1</strong>", pieces[index])
        pieces[index] = _ITALIC.sub(r"<em>\1</em>", bold)
    return "".join(pieces)


def box(content: str, accent: str) -> str:
    """Return HTML for a framed box.

    Parameters
    ----------
    content : str
        HTML.
    accent : str
        Colour of the left edge.

    Returns
    -------
    str
    """
    return (
        f'<div style="border:1px solid {LINE};border-left:5px solid {accent};border-radius:4px;'
        f'padding:8px 14px;margin:4px 0;max-width:52em">{content}</div>'
    )


def paragraph(content: str) -> str:
    """Return an HTML paragraph with narrow margins.

    Parameters
    ----------
    content : str
        HTML.

    Returns
    -------
    str
    """
    return f'<p style="margin:4px 0">{content}</p>'


def verbatim(text: str) -> str:
    """Return HTML that shows `text` letter for letter and wraps long lines.

    Parameters
    ----------
    text : str
        Any text, a learner's included.

    Returns
    -------
    str
    """
    return (
        f'<pre style="margin:0;padding:2px 6px;background-color:{TINT};white-space:pre-wrap;'
        f'overflow-wrap:anywhere">{html.escape(text)}</pre>'
    )


class Note:
    """A piece of Markdown as the value of a cell.

    Parameters
    ----------
    markdown : str
        What is displayed.
    """

    def __init__(self, markdown: str) -> None:
        self.markdown = markdown

    def __repr__(self) -> str:
        return self.markdown

    def _repr_markdown_(self) -> str:
        return self.markdown
