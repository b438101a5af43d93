"""Tables in HTML with inline styles; see `nnlab.exercises.markup` for why."""

from __future__ import annotations

from collections.abc import Sequence

from nnlab.exercises.markup import LINE, TINT

__all__ = ["body", "cell", "head", "row", "row_head", "table"]

# JupyterLab's own style for tables: small type, centred, to the right, in the middle.
_CELL = "padding:5px 12px 5px 0;text-align:left;vertical-align:top;overflow-wrap:break-word"


def table(columns: Sequence[tuple[str, str]], *bodies: str) -> str:
    """Return a table that grows with the type around it.

    Parameters
    ----------
    columns : sequence of (str, str)
        What each column holds, as HTML, and its share of the width: ``"30%"``.
    *bodies : str
        From `body`, one below the other.

    Returns
    -------
    str
    """
    heads = "".join(
        f'<th scope="col" style="{_CELL};border-bottom:2px solid {LINE};width:{width}">{text}</th>'
        for text, width in columns
    )
    return (
        '<table style="border-collapse:collapse;font-size:1em;margin:8px 0;max-width:64em;'
        f'width:100%"><thead><tr>{heads}</tr></thead>{"".join(bodies)}</table>'
    )


def body(*rows: str) -> str:
    """Return rows that belong together, a `head` perhaps among them."""
    return f"<tbody>{''.join(rows)}</tbody>"


def head(content: str, columns: int) -> str:
    """Return a row that is the heading of the rows below it in the same body.

    Parameters
    ----------
    content : str
        HTML.
    columns : int
        Number of columns of the table.

    Returns
    -------
    str
    """
    style = f"{_CELL};background-color:{TINT};padding-left:8px"
    return f'<tr><th scope="rowgroup" colspan="{columns}" style="{style}">{content}</th></tr>'


def row(*cells: str) -> str:
    """Return a row of cells."""
    return f"<tr>{''.join(cells)}</tr>"


def row_head(content: str) -> str:
    """Return the cell (HTML) that says what its row is about."""
    return f'<th scope="row" style="{_CELL};border-top:1px solid {LINE}">{content}</th>'


def cell(content: str) -> str:
    """Return a cell (HTML)."""
    return f'<td style="{_CELL};border-top:1px solid {LINE}">{content}</td>'
