"""Make the version of an assignment that is handed out."""

from __future__ import annotations

from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor  # type: ignore[import-untyped]


class ClearAnswers(NbGraderPreprocessor):  # type: ignore[misc]
    """Clears what answers and checks show; takes the place of ``ClearOutput``.

    The figures of a lesson stay: a student opens a notebook with pictures, not an empty one.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: dict[str, Any], index: int
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Return the cell, without outputs if nbgrader knows it."""
        if cell.cell_type == "code" and "nbgrader" in cell.metadata:
            cell.outputs = []
            cell.execution_count = None
        return cell, resources
