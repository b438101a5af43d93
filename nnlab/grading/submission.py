"""Read what a student handed in: a notebook that may be damaged, huge, or made to do harm.

Only the text of cells and their names are taken. Nothing is executed, and nothing depends on
metadata having the shape that nbformat demands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

CellKind: TypeAlias = Literal["code", "markdown", "raw"]

MAX_BYTES = 100 * 2**20
MAX_VALUES = 4_000_000
"""Values in the file; fifty megabytes of printed lines are three million."""
MAX_DEPTH = 200
MAX_CELLS = 5_000
MAX_CODE = 2 * 2**20
"""Characters in all code cells together."""

# The last quote may be missing: a search that fails would start again at the next one, and so on.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
_NO_NOTEBOOK = {
    b"<": "it is a web page; the notebook itself, the file that ends in .ipynb, was expected",
    b"PK\3\4": "it is a zip archive (or an office document), not a notebook",
    b"%PDF": "it is a PDF, not a notebook",
}


class UnreadableError(ValueError):
    """The file is no notebook that can be read; the message is a sentence for the teacher."""


@dataclass(frozen=True)
class SubmittedCell:
    """One cell.

    Parameters
    ----------
    kind : {"code", "markdown", "raw"}
        What it is now. A learner may have made a code cell something else by pressing a key.
    source : str
        Its text, encodable and without NUL; empty if a text cell without a name is very long.
    grade_id : str
        The name that nbgrader gave it; empty if it has none.
    """

    kind: CellKind
    source: str
    grade_id: str = ""


@dataclass(frozen=True)
class Submission:
    """The cells of a notebook, as text.

    Parameters
    ----------
    cells : tuple of SubmittedCell
        In the order of the notebook.
    """

    cells: tuple[SubmittedCell, ...]


def read_submission(data: bytes) -> Submission:
    """Return the cells of a notebook.

    Parameters
    ----------
    data : bytes
        Content of the file.

    Returns
    -------
    Submission

    Raises
    ------
    UnreadableError
        If it cannot be read. Nothing else is raised, whatever `data` holds.
    """
    raw = _raw_cells(_notebook(data))
    if len(raw) > MAX_CELLS:
        raise UnreadableError(f"the notebook has {len(raw)} cells; at most {MAX_CELLS} are read")
    cells = tuple(_cells(raw))
    length = sum(len(cell.source) for cell in cells if cell.kind == "code")
    if length > MAX_CODE:
        raise UnreadableError(
            f"the code cells hold {length / 1e6:.1f} million characters; at most "
            f"{MAX_CODE / 1e6:.1f} million are read. Was data pasted into a cell?"
        )
    return Submission(cells)


def _notebook(data: bytes) -> dict[str, Any]:
    """Return the top level of the file."""
    if not data.strip():
        raise UnreadableError("the file is empty")
    if len(data) > MAX_BYTES:
        raise UnreadableError(
            f"the file has {len(data) / 2**20:.0f} MB; at most {MAX_BYTES // 2**20} MB are read. "
            "Clearing the outputs makes a notebook small"
        )
    for start, sentence in _NO_NOTEBOOK.items():
        if data.lstrip().startswith(start):
            raise UnreadableError(sentence)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"byte {error.start + 1} of the file is not UTF-8 text, as a notebook's would be"
        ) from None
    _refuse_bombs(data)
    try:
        notebook = json.loads(text, strict=False, parse_int=_whole_number)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        if not text[error.pos :].strip() or error.msg.startswith("Unterminated string"):
            raise UnreadableError(f"the file breaks off in {place}: it is not complete") from None
        raise UnreadableError(f"the file is not valid JSON in {place}: {error.msg}") from None
    if type(notebook) is not dict:
        raise UnreadableError("the file is JSON but not a notebook")
    return notebook


def _refuse_bombs(data: bytes) -> None:
    """Count and measure before parsing: a short text can become gigabytes or end the process."""
    skeleton = _STRING.sub(b"", data)
    values = sum(skeleton.count(mark) for mark in (b",", b"[", b"{"))
    if values > MAX_VALUES:
        raise UnreadableError(
            f"the file holds {values} values; at most {MAX_VALUES} are read. Clearing the outputs "
            "makes a notebook small"
        )
    letters = np.frombuffer(skeleton, np.uint8)
    steps = np.zeros(len(letters), np.int8)
    steps[(letters == ord("[")) | (letters == ord("{"))] = 1
    steps[(letters == ord("]")) | (letters == ord("}"))] = -1
    depth = int(steps.cumsum(dtype=np.int32).max(initial=0))
    if depth > MAX_DEPTH:
        raise UnreadableError(
            f"the file is nested {depth} deep, which no notebook is; at most {MAX_DEPTH} are read"
        )


def _whole_number(digits: str) -> int:
    """Return a whole number; no notebook needs one that Python refuses to read."""
    return int(digits) if len(digits) < 20 else 0


def _cells(raw: list[Any]) -> Iterator[SubmittedCell]:
    for cell in raw:
        if type(cell) is not dict:
            continue
        kind: CellKind = "markdown"
        if cell.get("cell_type") in ("code", "raw"):
            kind = cell["cell_type"]
        grade_id = _grade_id(cell.get("metadata"))
        source = text_of(cell.get("source", cell.get("input")))
        if kind != "code" and not grade_id and len(source) > MAX_CODE:
            source = ""  # a picture pasted into a text
        yield SubmittedCell(kind, source, grade_id)


def _raw_cells(notebook: dict[str, Any]) -> list[Any]:
    cells = notebook.get("cells")
    if type(cells) is list:
        return cells
    sheets = notebook.get("worksheets")  # before nbformat 4
    if type(sheets) is list:
        lists = [sheet.get("cells") for sheet in sheets if type(sheet) is dict]
        return [cell for cells in lists if type(cells) is list for cell in cells]
    raise UnreadableError("the file has no list of cells, so it is no notebook")


def _grade_id(metadata: object) -> str:
    described = metadata.get("nbgrader") if type(metadata) is dict else None
    name = described.get("grade_id") if type(described) is dict else None
    return text_of(name) if type(name) is str else ""


def text_of(source: object) -> str:
    """Return the text of a cell.

    Parameters
    ----------
    source : object
        A text or, as in a file, a list of its lines; anything else counts as no text.

    Returns
    -------
    str
        Without NUL characters and lone surrogates.
    """
    if type(source) is list:
        source = "".join(piece for piece in source if type(piece) is str)
    return _NOT_TEXT.sub("\ufffd", source) if type(source) is str else ""
