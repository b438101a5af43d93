"""Which cells of a lesson a reader of its page sees, and how much of each."""

import copy
import re

from nbformat import NotebookNode

__all__ = ["prepare"]

_SHOW = re.compile(r'[\w.]+\.show\(\)|quiz\("[\w.]+"\)|progress\(\)|lecture\(\)')
_PROGRESS = re.compile(r"progress\(\)")
_MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)


def prepare(notebook: NotebookNode) -> NotebookNode:
    """Return a lesson as it appears on its page.

    Speaker notes and checks of exercises are left out; so are nbgrader's markers, and the words
    that stand beside a live figure for readers who have not run its cell. What else the template
    has to know stands in the metadata of each code cell, under ``"page"``: ``hidden`` (a call that
    only shows a live figure, a question or a table) and ``folded`` say how its source appears,
    ``exercise`` that it is to be solved, ``course`` that its output is the map of the course.

    Parameters
    ----------
    notebook : NotebookNode
        A lesson that has been run; it is not changed.

    Returns
    -------
    NotebookNode
    """
    notebook = copy.deepcopy(notebook)
    notebook.cells = [cell for cell in notebook.cells if not (_is_note(cell) or _is_check(cell))]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            _prepare_code(cell)
    return notebook


def _prepare_code(cell: NotebookNode) -> None:
    exercise = cell.metadata.get("nbgrader", {}).get("solution", False)
    if exercise:
        cell.source = _MARKER.sub("", cell.source).rstrip()
    cell.outputs = [output for output in cell.outputs if not _about(output).get("words")]
    cell.metadata["page"] = {
        "hidden": bool(cell.outputs) and _SHOW.fullmatch(cell.source.strip()) is not None,
        "folded": cell.metadata.get("jupyter", {}).get("source_hidden", False),
        "exercise": exercise,
        "course": _PROGRESS.fullmatch(cell.source.strip()) is not None,
    }


def _about(output: NotebookNode) -> NotebookNode:
    """Return what the course noted about an output."""
    return output.get("metadata", {}).get("nnlab", {})


def _is_note(cell: NotebookNode) -> bool:
    return cell.metadata.get("slideshow", {}).get("slide_type") == "notes"


def _is_check(cell: NotebookNode) -> bool:
    """Say whether a cell checks the reader's own work, which a page without a kernel has not."""
    graded = cell.metadata.get("nbgrader", {}).get("grade", False)
    return graded or "check" in cell.metadata.get("tags", [])
