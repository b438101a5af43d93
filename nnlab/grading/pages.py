"""What the pages for students and lecturers share: templates, style, and how texts get into them.

A page is one file that loads nothing and runs nothing; the policy in its head has the browser
enforce that. Every text is escaped on its way in, whoever wrote it. Those of the course may hold
code and formulas, those of students never mean anything but their own letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from nnlab.exercises.markup import rich
from nnlab.grading.jobs import Ending, Level
from nnlab.grading.marks import Marks

MAX_LINES = 400
MAX_LETTERS = 20_000

LEVELS: dict[str, tuple[str, str]] = {
    Level.LIMITS.label: (
        "Limits only",
        "Submitted code ran with limits on time, memory and output and a watch inside Python. That "
        "is no border against an expert: who gets around it reads the files of the account it ran "
        "under and reaches the network.",
    ),
    Level.LANDLOCK.label: (
        "Landlock and seccomp",
        "Submitted code ran with limits on time, memory and output, and the kernel refused it "
        "other files, other processes and the network.",
    ),
    Level.BUBBLEWRAP.label: (
        "Bubblewrap",
        "Submitted code ran with limits on time, memory and output in a space of its own, without "
        "other processes, without a network and with no files but the few it needs.",
    ),
}
"""By label: name and meaning of the levels of isolation."""

ENDINGS: dict[Ending, str] = {
    "time": "took too long and was stopped",
    "memory": "needed too much memory and was stopped",
    "output": "returned too much and was stopped",
    "died": "ended its own process",
    "protocol": "sent something that is no answer",
}
"""What code did that did not run to its end, to be read after "the code"."""

_CODE = re.compile(r"`([^`]*)`")
_LINE_END = re.compile(r"\r\n?|\n")
_ODD = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_KEPT = "\n\t\u200c\u200d"
"""Of those kinds; the last two join and part letters in scripts and emoji."""


def render(template: str, **values: object) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        Name of a file in ``nnlab/grading/templates``.
    **values : object
        What its names stand for. Strings that are not `markupsafe.Markup` are escaped.

    Returns
    -------
    str
        HTML file.
    """
    return _environment().get_template(template).render(style=_style(), **values)


def readable(text: str) -> str:
    """Return a text in which every character that would be invisible shows as its number.

    Among them are those that turn the direction of writing around, and halves of surrogate pairs,
    which no file can hold.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        With ``⟨U+202E⟩`` and the like; line ends and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def code_lines(source: str) -> tuple[list[str], int]:
    """Return the lines of a cell, counted as Python counts them, and how many were left out.

    Parameters
    ----------
    source : str
        Text of a cell.

    Returns
    -------
    lines : list of str
        At most `MAX_LINES` with `MAX_LETTERS` letters in all.
    left_out : int
        Number of lines behind them.
    """
    lines = _LINE_END.split(source.rstrip()) if source.strip() else []
    shown: list[str] = []
    room = MAX_LETTERS
    for line in lines[:MAX_LINES]:
        if room <= 0:
            break
        shown.append(line if len(line) <= room else line[:room] + "…")
        room -= len(line)
    return shown, len(lines) - len(shown)


@lru_cache(maxsize=2048)
def course_text(text: str) -> Markup:
    """Return HTML for a sentence of the course: with code, bold and italic words, formulas.

    Parameters
    ----------
    text : str
        As `nnlab.exercises.markup.rich` takes it, with ``$LaTeX$``.

    Returns
    -------
    Markup
        Formulas are pictures with MathML beside them; one that cannot be drawn stays LaTeX.
    """
    return Markup(drawn(rich(readable(text))))


def drawn(source: str) -> str:
    """Draw the formulas in a piece of HTML: no page here needs MathJax or a network.

    Parameters
    ----------
    source : str
        HTML with ``$LaTeX$``.

    Returns
    -------
    str
        A formula that cannot be drawn, in an exercise of the teacher's own, stays LaTeX; then all
        of them do.
    """
    if "$" not in source:
        return source
    # Loads a font: only where there is a formula.
    from nnlab.site.maths import FormulaError, maths_in_html

    try:
        return maths_in_html(source)
    except FormulaError:
        return source


def quoting_text(text: str) -> Markup:
    """Return HTML for a sentence that may quote a student: code between backticks, nothing else.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    Markup
    """
    pieces = _CODE.split(readable(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if index % 2 else escape(piece)
        for index, piece in enumerate(pieces)
    )


def sentence(text: str) -> Markup:
    """Return what `quoting_text` makes of a text, with a full stop if it has no end.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    Markup
    """
    return quoting_text(text if text.endswith((".", "?", "!", "…")) else f"{text}.")


def levels_of(all_marks: Iterable[Marks]) -> list[tuple[str, str, str]]:
    """Return the levels of isolation that marks were given at, the weakest first.

    Parameters
    ----------
    all_marks : iterable of Marks
        Any.

    Returns
    -------
    list of (str, str, str)
        Name, label and meaning of each.
    """
    used = {marks.level for marks in all_marks}
    return [(name, label, meaning) for label, (name, meaning) in LEVELS.items() if label in used]


def number(value: float) -> str:
    """Return a number of points with at most two decimals, and only those it has.

    Parameters
    ----------
    value : float
        Points.

    Returns
    -------
    str
    """
    return f"{value:.2f}".rstrip("0").rstrip(".")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("nnlab.grading", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters |= {
        "course": course_text,
        "quoting": quoting_text,
        "sentence": sentence,
        "number": number,
    }
    return environment


@cache
def _style() -> Markup:
    nnlab = files("nnlab")  # a path through a package would import it
    places = ("grading/templates/pages.css", "site/maths.css")
    return Markup("\n".join(nnlab.joinpath(place).read_text("utf-8") for place in places))


def _finalize(value: object) -> object:
    """Make every text that is put into a page readable; Jinja escapes what comes back."""
    return readable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _shown(character: str) -> str:
    if character in _KEPT or unicodedata.category(character) not in _ODD:
        return character
    return f"⟨U+{ord(character):04X}⟩"
