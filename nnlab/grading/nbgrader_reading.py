"""Read what was handed in to nbgrader without ever letting one file stop the class."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_notebook

from nnlab.grading.submission import MAX_BYTES, Submission, UnreadableError, read_submission

RESOURCE = "nnlab_handed_in"
"""Under this name the plug-ins find what was read among nbconvert's resources."""


@dataclass(frozen=True)
class HandedIn:
    """What one file held.

    Parameters
    ----------
    submission : Submission
        Its cells; none if it could not be read.
    unreadable : str
        Sentence on why it could not be read.
    """

    submission: Submission
    unreadable: str = ""


class TolerantExporter(NotebookExporter):
    """nbgrader's exporter for ``Autograde``: takes any file as a submission.

    nbgrader reads a notebook twice, as handed in and as its sanitizers left it. The first time
    nothing but the text of cells is taken, by `nnlab.grading.submission`, and what cannot be read
    becomes an empty notebook that `RebuildSubmission` fills. The second file is our own.
    """

    _handed_in: HandedIn | None = None

    def from_filename(
        self,
        filename: str,
        resources: dict[str, Any] | None = None,
        **kw: Any,  # noqa: ANN401 - nbconvert's signature
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Convert a file; see `nbconvert.Exporter.from_filename`."""
        path = Path(filename)
        resources = {} if resources is None else resources
        if self._is_handed_in(path, resources):
            self._handed_in = _read(path)
            resources[RESOURCE] = self._handed_in
            resources["metadata"] = {"name": path.stem, "path": str(path.parent)}
            empty = new_notebook()  # type: ignore[no-untyped-call]
            return super().from_notebook_node(empty, resources=resources, **kw)  # type: ignore[no-untyped-call]
        resources[RESOURCE] = self._handed_in
        return super().from_filename(filename, resources=resources, **kw)

    def _is_handed_in(self, path: Path, resources: dict[str, Any]) -> bool:
        """Return whether a file is the student's, rather than what was made of it."""
        converter: Any = self.parent
        course, ids = converter.coursedir, resources["nbgrader"]
        ours = course.format_path(course.autograded_directory, ids["student"], ids["assignment"])
        return path.parent.resolve() != Path(ours).resolve()


def _read(path: Path) -> HandedIn:
    try:
        return HandedIn(read_submission(_content(path)))
    except UnreadableError as error:
        return HandedIn(Submission(()), str(error))


def _content(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # a pipe would wait for ever
            raise UnreadableError("it is no ordinary file but a link, a folder or a device")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UnreadableError(f"the file cannot be read: {error.strerror or error}") from None
