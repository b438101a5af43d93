"""Rebuild a submitted notebook from what was handed out; take only text from the student."""

from __future__ import annotations

import copy
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.preprocessors import NbGraderPreprocessor  # type: ignore[import-untyped]

from nnlab.grading.assignment import comparable
from nnlab.grading.inert import inert_code, inert_markdown
from nnlab.grading.nbgrader_reading import RESOURCE, HandedIn
from nnlab.grading.nbgrader_template import Template, load_template, new_cell
from nnlab.grading.submission import Submission, SubmittedCell

MAX_EXTRA = 500_000
"""Letters in all cells together that a student added and that are shown."""

_HEAD = "start"


class RebuildSubmission(NbGraderPreprocessor):  # type: ignore[misc]
    """Sanitizer of ``Autograde``: every cell as handed out, with the student's answers in place.

    Metadata, tags, outputs, attachments and names of cells are not the student's. Cells that were
    deleted are there again, and of several with one name the last counts. What a student added
    stays where it was, as plain cells; its Markdown is made inert (`nnlab.grading.inert`).
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the rebuilt notebook; what `nb` holds does not matter."""
        ids = resources["nbgrader"]
        handed_in: HandedIn = resources[RESOURCE]
        # A preprocessor's parent is the exporter, whose parent is nbgrader's converter.
        course = self.parent.parent.coursedir
        template = load_template(course, ids["assignment"], ids["notebook"])
        return rebuild(handed_in.submission, template), resources


def rebuild(submission: Submission, template: Template) -> NotebookNode:
    """Return a notebook that holds the student's answers in the teacher's frame.

    Parameters
    ----------
    submission : Submission
        What was handed in.
    template : Template
        What was handed out.

    Returns
    -------
    NotebookNode
        The same for the same submission and template.
    """
    answers = {cell.grade_id: cell.source for cell in submission.cells if cell.grade_id}
    added = _added(submission, template)
    cells = list(added.get(_HEAD, ()))
    for index, cell in enumerate(template.cells):
        described = cell.metadata.get("nbgrader", {})
        answer = answers.get(described.get("grade_id", ""))
        filled = copy.deepcopy(cell)
        if described.get("solution") and answer is not None:
            filled.source = _answer(answer, cell)
        cells += [filled, *added.get(_place(index), ())]
    for number, cell in enumerate(cells, start=1):
        if not cell.id:
            cell.id = f"nnlab-{number}"
    metadata = {"kernelspec": template.kernelspec}
    notebook: NotebookNode = new_notebook(cells=cells, metadata=metadata)  # type: ignore[no-untyped-call]
    return notebook


def _place(index: int) -> str:
    return f"after {index}"


def _answer(text: str, cell: NotebookNode) -> str:
    if text == cell.source:  # untouched: nbgrader compares checksums
        return text
    return inert_code(text) if cell.cell_type == "code" else inert_markdown(text)


def _added(submission: Submission, template: Template) -> dict[str, list[NotebookNode]]:
    """Return what the student added, by the place in the template after which it stands."""
    named = {
        cell.metadata.nbgrader.grade_id: index
        for index, cell in enumerate(template.cells)
        if "nbgrader" in cell.metadata
    }
    plain: dict[str, list[int]] = {}
    for index, theirs in enumerate(template.cells):
        if "nbgrader" not in theirs.metadata:
            plain.setdefault(comparable(theirs.source), []).append(index)
    last = {cell.grade_id: number for number, cell in enumerate(submission.cells) if cell.grade_id}

    added: dict[str, list[NotebookNode]] = {}
    place, left = _HEAD, MAX_EXTRA
    for number, cell in enumerate(submission.cells):
        if cell.grade_id in named:
            index = named[cell.grade_id]
            if last[cell.grade_id] == number:
                place = _place(index)
                continue
            if template.cells[index].source == cell.source:  # a copy of what was handed out
                continue
        elif indices := plain.get(comparable(cell.source)):
            place = _place(indices.pop(0) if len(indices) > 1 else indices[0])
            continue
        if cell.source.strip():
            shown = _shown(cell, left)
            left -= len(shown.source)
            added.setdefault(place, []).append(shown)
    return added


def _shown(cell: SubmittedCell, left: int) -> NotebookNode:
    """Return a cell of the student's own, or a word about it if there is too much."""
    if len(cell.source) > left:
        return new_cell("markdown", f"*A cell of {len(cell.source)} letters is not shown.*")
    if cell.kind == "code":
        return new_cell("code", inert_code(cell.source))
    return new_cell("markdown", inert_markdown(cell.source))
