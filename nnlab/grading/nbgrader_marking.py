"""Give marks in nbgrader's workflow: points and feedback become the output of the check cell."""

from __future__ import annotations

import atexit
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_output
from nbgrader.api import Gradebook  # type: ignore[import-untyped]
from nbgrader.preprocessors import NbGraderPreprocessor  # type: ignore[import-untyped]
from traitlets import Enum, Unicode

from nnlab.exercises.card import card_html
from nnlab.exercises.markup import AMBER, RED, box, paragraph
from nnlab.exercises.verdict import Verdict
from nnlab.grading.inert import inert_markdown, inert_sentence
from nnlab.grading.jobs import Level
from nnlab.grading.levels import why_not
from nnlab.grading.marking import mark, mark_unreadable
from nnlab.grading.marks import Marks
from nnlab.grading.nbgrader_reading import RESOURCE, HandedIn
from nnlab.grading.nbgrader_template import load_template, new_cell
from nnlab.grading.pages import drawn
from nnlab.grading.sandbox import Sandbox
from nnlab.grading.secret import Secret

BY_HAND = "nnlab_by_hand"
"""Under this name `FlagForHand` finds the names of cells that somebody must look at."""


class MarkSubmission(NbGraderPreprocessor):  # type: ignore[misc]
    """Marks a submission in a sandbox; takes the place of ``Execute`` in ``Autograde``."""

    required_level = Enum(
        [level.label for level in Level],
        default_value=Level.LIMITS.label,
        help="The weakest isolation to mark with; the best available one is used.",
    ).tag(config=True)

    secret_file = Unicode(
        "nnlab-secret", help="File of the course's secret, relative to the class folder."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook with the marks as outputs of its check cells."""
        ids = resources["nbgrader"]
        handed_in: HandedIn = resources[RESOURCE]
        course = self.parent.parent.coursedir  # of nbgrader's converter
        sandbox = open_sandbox(Level[self.required_level.upper()])
        template = load_template(course, ids["assignment"], ids["notebook"])
        # Formgrader itself says what waits for the teacher; a note in every file would be noise.
        asked = replace(template.assignment, by_hand=())
        if handed_in.unreadable:
            marks = mark_unreadable(handed_in.unreadable, asked, ids["student"], sandbox.level)
        else:
            secret = Secret.load_or_make(Path(course.root) / self.secret_file)
            marks = mark(handed_in.submission, asked, ids["student"], secret, sandbox)
        resources[BY_HAND] = show_marks(nb, marks)
        return nb, resources


class FlagForHand(NbGraderPreprocessor):  # type: ignore[misc]
    """Tells the gradebook which check cells a teacher must look at; after ``SaveAutoGrades``.

    nbgrader gives full marks to a check cell that shows no error. Those that `MarkSubmission`
    cannot judge get no automatic mark instead.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the notebook as it is."""
        ids = resources["nbgrader"]
        with Gradebook(ids["db_url"]) as gradebook:
            for name in resources[BY_HAND]:
                grade = gradebook.find_grade(
                    name, ids["notebook"], ids["assignment"], ids["student"]
                )
                grade.auto_score = None
                grade.needs_manual_grade = True
            gradebook.db.commit()
        return nb, resources


def open_sandbox(required: Level) -> Sandbox:
    """Return this process's sandbox; it is closed when the process ends.

    Parameters
    ----------
    required : Level
        The weakest level that will do.

    Returns
    -------
    Sandbox
        Of the best level that is available.

    Raises
    ------
    RuntimeError
        If the required level is not available.
    """
    sandbox = _sandbox()
    if sandbox.level < required:
        raise RuntimeError(
            f"the isolation {required.label!r} is required and not available: {why_not(required)}"
        )
    return sandbox


@cache
def _sandbox() -> Sandbox:
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return sandbox


def show_marks(notebook: NotebookNode, marks: Marks) -> list[str]:
    """Write marks into a notebook.

    Parameters
    ----------
    notebook : NotebookNode
        Is changed: check cells get an output, notes for the teacher a cell at the top.
    marks : Marks
        What to write.

    Returns
    -------
    list of str
        Names of check cells without a mark.
    """
    given = {mark.check_id: mark.verdict for mark in marks.marks}
    by_hand = []
    for cell in notebook.cells:
        described = cell.metadata.get("nbgrader", {})
        if not described.get("grade") or described.get("solution") or cell.cell_type != "code":
            continue
        verdict = given.get(described.grade_id)
        if marks.unreadable:
            shown = box(paragraph("<strong>0 points:</strong> the file could not be read."), RED)
        elif verdict is None:
            by_hand.append(described.grade_id)
            shown = box(paragraph("<strong>Marked by hand.</strong>"), AMBER)
        else:
            shown = _drawn(card_html(_inert(verdict), f"Run in isolation: {marks.level}."))
        points = 0.0 if verdict is None else min(verdict.points, float(described.points))
        # nbgrader reads the points from the text of the value.
        data = {"text/plain": repr(float(points)), "text/html": shown}
        cell.outputs = [new_output("execute_result", data)]  # type: ignore[no-untyped-call]
    if marks.unreadable or marks.notes:
        notebook.cells.insert(0, _note(marks))
    return by_hand


def _drawn(card: str) -> str:
    """Draw the formulas of a card: nbgrader's pages fetch MathJax from the network."""
    with_pictures = drawn(card)
    return card if with_pictures == card else f"<style>{_maths_style()}</style>{with_pictures}"


@cache
def _maths_style() -> str:
    return files("nnlab").joinpath("site/maths.css").read_text("utf-8")


def _inert(verdict: Verdict) -> Verdict:
    if verdict.failure is None:
        return verdict
    return replace(
        verdict, failure=replace(verdict.failure, said=inert_sentence(verdict.failure.said))
    )


def _note(marks: Marks) -> NotebookNode:
    """Return a cell that tells the teacher what was the matter with a file."""
    lines = [f"- {inert_markdown(note)}" for note in marks.notes]
    if marks.unreadable:
        lines.insert(
            0,
            "**This file could not be read**, so there are no points for it: "
            f"{inert_markdown(marks.unreadable)}.\n",
        )
    return new_cell("markdown", "\n".join(["### About this file", "", *lines]), "nnlab-notes")
