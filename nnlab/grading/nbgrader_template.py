"""What an assignment looked like when it was handed out, and what the gradebook says about it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.api import Gradebook  # type: ignore[import-untyped]

from nnlab.grading.assignment import Assignment

_SCHEMA = 3


@dataclass(frozen=True)
class Record:
    """What the gradebook knows about one cell.

    Parameters
    ----------
    kind : {"code", "markdown"}
        What it is.
    source : str
        Its text when the assignment was made.
    metadata : dict
        nbgrader's metadata of the cell, as the gradebook has them.
    """

    kind: str
    source: str
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Template:
    """A notebook of an assignment before anybody wrote in it.

    Parameters
    ----------
    cells : tuple of NotebookNode
        In the order of the version handed out. Points, names and kinds are the gradebook's; there
        are no outputs and no other metadata.
    kernelspec : dict
        The teacher's.
    assignment : Assignment
        What it asks for.
    """

    cells: tuple[NotebookNode, ...]
    kernelspec: dict[str, Any]
    assignment: Assignment


def load_template(course: Any, assignment: str, notebook: str) -> Template:  # noqa: ANN401 - nbgrader has no types
    """Return a notebook of an assignment as it was handed out.

    Parameters
    ----------
    course : nbgrader.coursedir.CourseDirectory
        The class.
    assignment, notebook : str
        nbgrader's names.

    Returns
    -------
    Template
        Of the version in ``release``; where that is gone, of ``source``; where both are, of the
        gradebook alone.

    Raises
    ------
    ValueError
        If the notebook's checks cannot be marked, see `Assignment.from_notebook`.
    """
    with Gradebook(course.db_url, course.course_id) as gradebook:
        entry = gradebook.find_notebook(notebook, assignment)
        records = json.dumps(_records(entry))
        kernelspec = entry.kernelspec or "{}"
    for step in (course.release_directory, course.source_directory):
        path = Path(course.format_path(step, ".", assignment)) / f"{notebook}.ipynb"
        if path.is_file():
            state = path.stat()
            version = (path, state.st_mtime_ns, state.st_size)
            released = step == course.release_directory
            return _template(notebook, records, kernelspec, version, released)
    return _template(notebook, records, kernelspec, None, False)


@lru_cache(maxsize=8)
def _template(
    notebook: str,
    records: str,
    kernelspec: str,
    version: tuple[Path, int, int] | None,
    released: bool,
) -> Template:
    """Return what all submissions of a class share; the arguments say when it is another."""
    given = []
    if version is not None:
        given = nbformat.read(version[0], as_version=4).cells  # type: ignore[no-untyped-call]
    recorded = {name: Record(**record) for name, record in json.loads(records).items()}
    # A source holds solutions, so there the gradebook's texts count; in a release those, without
    # hidden tests, that the students have.
    cells = tuple(_cells(given, recorded, texts_of_record=not released))
    asked = Assignment.from_notebook({"cells": list(cells)}, notebook)
    return Template(cells, json.loads(kernelspec), asked)


def _records(entry: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401
    grades = {cell.name: cell.max_score for cell in entry.grade_cells}
    tasks = {cell.name: cell.max_score for cell in entry.task_cells}
    solutions = {cell.name for cell in entry.solution_cells}
    records = {}
    for cell in entry.source_cells:
        metadata = {
            "cell_type": cell.cell_type,
            "checksum": cell.checksum,
            "grade": cell.name in grades,
            "grade_id": cell.name,
            "locked": cell.locked,
            "schema_version": _SCHEMA,
            "solution": cell.name in solutions,
            "task": cell.name in tasks,
        }
        points = grades.get(cell.name, tasks.get(cell.name))
        if points is not None:
            metadata["points"] = points
        records[cell.name] = {"kind": cell.cell_type, "source": cell.source, "metadata": metadata}
    return records


def _cells(
    given: Iterable[NotebookNode], records: dict[str, Record], *, texts_of_record: bool
) -> Iterable[NotebookNode]:
    """Yield the cells of a notebook with what the gradebook says, then those it lacks."""
    left = dict(records)
    for cell in given:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        record = left.pop(name, None)
        if record is None:
            yield new_cell(cell.cell_type, cell.source, cell.get("id"), cell.get("attachments"))
        else:
            source = record.source if texts_of_record else cell.source
            yield _recorded(record, source, cell.get("id"), cell.get("attachments"))
    for record in left.values():
        yield _recorded(record, record.source, None, None)


def _recorded(
    record: Record, source: str, identity: str | None, attachments: dict[str, Any] | None
) -> NotebookNode:
    cell = new_cell(record.kind, source, identity, attachments)
    cell.metadata["nbgrader"] = nbformat.from_dict(record.metadata)  # type: ignore[no-untyped-call]
    return cell


def new_cell(
    kind: str, source: str, identity: str | None = None, attachments: dict[str, Any] | None = None
) -> NotebookNode:
    """Return a cell without outputs and metadata.

    Parameters
    ----------
    kind : str
        ``"code"``; anything else becomes Markdown, which every page of nbgrader can show.
    source : str
        Its text.
    identity : str, optional
        Its id. nbformat would draw one by chance: without one, the caller gives it later.
    attachments : dict, optional
        Pictures of a text of the teacher's.

    Returns
    -------
    NotebookNode
    """
    make = new_code_cell if kind == "code" else new_markdown_cell
    cell: NotebookNode = make(source)  # type: ignore[no-untyped-call]
    if attachments and kind != "code":
        cell["attachments"] = attachments
    cell["id"] = identity or ""
    return cell
