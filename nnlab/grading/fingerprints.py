"""What a piece of code is recognized by, whatever its names, layout and comments.

Code is cut into overlapping runs of `RUN` tokens, as in S. Schleimer, D. S. Wilkerson and A. Aiken,
"Winnowing: local algorithms for document fingerprinting" (SIGMOD 2003). The functions of a course
are short, so every run is kept where winnowing keeps a selection. Within a run, names are numbered
by their first occurrence, after B. S. Baker, "Parameterized pattern matching" (1996): renaming
variables changes no run, exchanging two of them does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from pygments.lexers import PythonLexer  # type: ignore[import-untyped]
from pygments.token import (  # type: ignore[import-untyped]
    Comment,
    Name,
    Number,
    Punctuation,
    String,
    Token,
    _TokenType,
)

Run: TypeAlias = tuple[str, ...]

RUN = 8
MAX_LETTERS = 20_000

_LIBRARIES = {"math", "np", "numpy"}
_WORD = re.compile(r"\w+")
_VARIABLE = "\x00"
"""In front of a name that was the writer's choice; no token of a program begins like that."""


@dataclass(frozen=True)
class Prints:
    """What a piece of code is recognized by.

    Parameters
    ----------
    runs : dict of tuple of str to frozenset of int
        Runs of tokens; for each, the lines it covers, counted from 1.
    words : frozenset of str
        Names the writer chose, and comments with more than one word.
    """

    runs: dict[Run, frozenset[int]] = field(default_factory=dict)
    words: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Piece:
    """A token that counts."""

    text: str
    line: int


@lru_cache(maxsize=8192)
def fingerprints(source: str) -> Prints:
    """Return what a piece of code is recognized by.

    Docstrings, layout and comments make no runs. Code with errors in its syntax has runs, too.

    Parameters
    ----------
    source : str
        Python code; what is beyond `MAX_LETTERS` is not looked at.

    Returns
    -------
    Prints
    """
    pieces: list[_Piece] = []
    words: set[str] = set()
    for kind, piece in _significant(source[:MAX_LETTERS]):
        if kind in Comment:
            words.add(piece.text)
        else:
            if piece.text.startswith(_VARIABLE):
                words.add(piece.text.removeprefix(_VARIABLE))
            pieces.append(piece)
    runs: dict[Run, frozenset[int]] = {}
    for start in range(len(pieces) - RUN + 1):
        window = pieces[start : start + RUN]
        run = _numbered([piece.text for piece in window])
        runs[run] = runs.get(run, frozenset()) | {piece.line for piece in window}
    return Prints(runs, frozenset(words))


def _numbered(texts: list[str]) -> Run:
    numbers: dict[str, str] = {}
    return tuple(
        numbers.setdefault(text, f"{_VARIABLE}{len(numbers)}")
        if text.startswith(_VARIABLE)
        else text
        for text in texts
    )


def _significant(source: str) -> Iterator[tuple[_TokenType, _Piece]]:
    """Yield names, numbers, operators and comments; a string is only there, whatever it says."""
    tokens = [(kind, text, line) for kind, text, line in _with_lines(source) if text.strip()]
    depth = 0
    for index, (kind, text, line) in enumerate(tokens):
        if kind in Comment:
            comment = " ".join(_WORD.findall(text.lower()))
            if " " in comment:
                yield kind, _Piece(comment, line)
        elif kind in String:
            quoted = index and tokens[index - 1][0] in String
            if kind not in String.Doc and not quoted:
                yield kind, _Piece("''", line)
        elif kind in Name or kind in Number:
            before = tokens[index - 1][1] if index else ""
            after = tokens[index + 1][1] if index + 1 < len(tokens) else ""
            keyword = depth > 0 and after == "=" and before in ("(", ",")
            chosen = kind is Name or kind in (Name.Function, Name.Class)
            if chosen and not keyword and before != "." and text not in _LIBRARIES:
                text = _VARIABLE + text
            yield kind, _Piece(text.lower() if kind in Number else text, line)
        else:
            if kind in Punctuation:
                depth += sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))
            yield kind, _Piece(text, line)


def _with_lines(source: str) -> Iterator[tuple[_TokenType, str, int]]:
    line = 1
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for kind, text in lexer.get_tokens(source):
        if kind is not Token.Text.Whitespace:
            yield kind, text, line
        line += text.count("\n")
