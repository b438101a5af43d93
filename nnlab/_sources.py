"""Source text of a function as a learner would write it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any


def plain_source(function: Callable[..., Any] | str) -> str:
    """Return the source of a function, dedented and without type annotations.

    Annotations serve our own checks; in a notebook their names need not exist.

    Parameters
    ----------
    function : callable or str
        A function, or source text to treat likewise.

    Returns
    -------
    str
        Ends with a newline. Comments and layout are kept.
    """
    text = function if isinstance(function, str) else inspect.getsource(function)
    text = textwrap.dedent(text).strip() + "\n"
    # Positions in a syntax tree count bytes.
    lines = [line.encode() for line in text.splitlines(keepends=True)]
    for row, start, end in sorted(_annotations(ast.parse(text), lines), reverse=True):
        lines[row] = lines[row][:start] + lines[row][end:]
    return b"".join(lines).decode()


def _annotations(tree: ast.Module, lines: list[bytes]) -> Iterator[tuple[int, int, int]]:
    """Yield row, first and last byte of every annotation in a signature."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            row = node.lineno - 1
            yield row, node.col_offset + len(node.arg.encode()), _end(node.annotation, row)
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            row = node.returns.lineno - 1
            arrow = lines[row].rindex(b"->", 0, node.returns.col_offset)
            start = len(lines[row][:arrow].rstrip())
            yield row, start, _end(node.returns, row)


def _end(annotation: ast.expr, row: int) -> int:
    if annotation.end_lineno != row + 1 or annotation.end_col_offset is None:
        raise ValueError(f"the annotation in line {row + 1} of a solution must stay on that line")
    return annotation.end_col_offset
