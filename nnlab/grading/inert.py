r"""Make a student's text harmless for a teacher's browser, whatever renders it as Markdown.

nbgrader's pages render written answers as Markdown with HTML let through, and give formulas to
MathJax. Where code, formulas and links begin and end is for the renderer to say, and another
renderer may say otherwise. So nothing here parses Markdown: a space is put where one takes the
meaning from a piece of HTML, a link or a command, wherever it stands. A browser takes ``< b`` for
text, Markdown takes ``[a] (b)`` for text, and TeX passes over the space.
"""

from __future__ import annotations

import re

MAX_TEXT = 20_000
"""Letters of a written answer that are kept; some texts cost renderers more than linear time."""

MAX_CODE = 200_000
"""Letters of a code cell that are kept for display."""

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_ENTITY = re.compile(r"&(?=#|\w+;)")
_LINK = re.compile(r"\](?=[(:\[])")
_ADDRESS = re.compile(r"://(?=\S)")
_COMMANDS = (
    "href|url|html\\w*|class|cssId|style|data|bbox|require|csname|mmlToken|includegraphics|"
    "unicode|def|gdef|edef|xdef|let|newenvironment|renewenvironment"
)
_COMMAND = re.compile(rf"\\(?=(?:{_COMMANDS})(?![A-Za-z]))", re.IGNORECASE)
_FORMULA = re.compile(r"\\(?=[(\[]|begin(?![A-Za-z]))")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def inert_markdown(text: str) -> str:
    r"""Return Markdown that shows what `text` says and can neither run, load nor link to anything.

    HTML shows as its own source, links and pictures as their text and address, ``\href`` and
    other commands of MathJax that reach beyond the formula as text. Emphasis, lists, tables, code
    and formulas stay.

    Parameters
    ----------
    text : str
        What a student wrote; beyond `MAX_TEXT` letters it is cut.

    Returns
    -------
    str
    """
    text = _printable(text, MAX_TEXT)
    for pattern in (_TAG, _ENTITY, _LINK, _ADDRESS, _COMMAND):
        text = pattern.sub(r"\g<0> ", text)
    return text


def inert_sentence(text: str) -> str:
    r"""Return a sentence of a verdict in which no formula begins with ``\(``, ``\[`` or ``\begin``.

    The cards escape HTML and dollar signs; MathJax knows these delimiters too, and a sentence may
    quote what a student's function raised.

    Parameters
    ----------
    text : str
        Plain text with `` `code` ``.

    Returns
    -------
    str
    """
    return _FORMULA.sub(r"\g<0> ", text)


def inert_code(text: str) -> str:
    """Return code as it may stand in a code cell: its letters, without control characters.

    Parameters
    ----------
    text : str
        What a student wrote; beyond `MAX_CODE` letters it is cut.

    Returns
    -------
    str
    """
    return _printable(text, MAX_CODE)


def _printable(text: str, length: int) -> str:
    if len(text) > length:
        text = f"{text[:length]}\n… ({len(text) - length} more letters were cut)"
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))
