"""Shows the source of the engine in a lesson, so that no formula is written twice."""

import ast
import inspect
import re
import textwrap
from typing import Any, Literal, cast

from nnlab._sources import plain_source
from nnlab.live.output import publish

__all__ = ["show_source", "source_of"]

Docstrings = Literal["first line", "all", "none"]


def show_source(
    *objects: object, docstrings: Docstrings = "first line", annotations: bool = True
) -> None:
    """Show the source of functions or classes as a highlighted block of code.

    Parameters
    ----------
    *objects : function, property, class or module
        What to show, in this order.
    docstrings : {"first line", "all", "none"}, optional
        How much of the docstrings to show.
    annotations : bool, optional
        Whether to show the types in signatures.

    Raises
    ------
    TypeError
        If an object has no Python source, such as a built-in function or an instance.
    ValueError
        If nothing is given, or ``docstrings`` is something else.
    """
    if not objects:
        raise ValueError("show_source needs at least one function or class; got none")
    code = "\n\n".join(source_of(thing, docstrings=docstrings) for thing in objects)
    if not annotations:
        code = plain_source(code).rstrip()
    # A fence is longer than any run of backticks inside, or it would end there.
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    publish({"text/markdown": f"{fence}python\n{code}\n{fence}", "text/plain": code})


def source_of(thing: object, *, docstrings: Docstrings = "first line") -> str:
    """Return the source of a function or class, with its docstrings shortened.

    Parameters
    ----------
    thing : function, property, class or module
        Whose source.
    docstrings : {"first line", "all", "none"}, optional
        How much of the docstrings to keep.

    Returns
    -------
    str
        Source without indentation in front and without empty lines at the end.

    Raises
    ------
    TypeError
        If there is no Python source, such as for a built-in function or an instance.
    ValueError
        If ``docstrings`` is something else.
    """
    if docstrings not in ("first line", "all", "none"):
        raise ValueError(f"docstrings must be 'first line', 'all' or 'none'; got {docstrings!r}")
    written = thing.fget if isinstance(thing, property) else thing
    try:
        source = textwrap.dedent(inspect.getsource(cast(Any, written))).rstrip()
    except (TypeError, OSError) as error:
        raise TypeError(
            f"show_source needs a function, class or module written in Python; got {thing!r}"
        ) from error
    return source if docstrings == "all" else _shorten(source, keep_first=docstrings != "none")


def _shorten(source: str, *, keep_first: bool) -> str:
    lines = source.splitlines()
    documented = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node)
    ]
    # From the last to the first, so that line numbers in front stay valid.
    for node in sorted(documented, key=lambda node: node.body[0].lineno, reverse=True):
        docstring = node.body[0]
        first, last = docstring.lineno - 1, docstring.end_lineno or docstring.lineno
        whole_body = len(node.body) == 1 and not isinstance(node, ast.Module)
        keep = keep_first or whole_body
        indent = " " * docstring.col_offset
        opening = lines[first][docstring.col_offset :].split('"""')[0]  # r or nothing
        summary = (ast.get_docstring(node) or "").splitlines()[0]
        replacement = [f'{indent}{opening}"""{summary}"""'] if keep else []
        if not keep and last < len(lines) and not lines[last].strip():
            last += 1  # the empty line that set the docstring off
        lines[first:last] = replacement
    return "\n".join(lines).strip("\n")
