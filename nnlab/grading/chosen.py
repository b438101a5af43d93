"""Which of a student's notebooks counts, and for which assignment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from nnlab.grading.assignment import Assignment
from nnlab.grading.files import FileProblemError
from nnlab.grading.platforms import Listed, Notebook, Student
from nnlab.grading.submission import Submission, UnreadableError, read_submission


@dataclass(frozen=True)
class Entry:
    """What one student handed in for one assignment.

    Parameters
    ----------
    student : Student
        Whose it is.
    path : str
        Where the notebook lies in the export.
    assignment : Assignment
        What it is marked by.
    submission : Submission or None
        Its cells; None if it cannot be read.
    digest : str
        SHA-256 of its bytes, in hexadecimal.
    problem : str
        Sentence on why it cannot be read.
    notes : tuple of str
        What the teacher should know about the choice.
    """

    student: Student
    path: str
    assignment: Assignment
    submission: Submission | None
    digest: str = ""
    problem: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Read:
    """A notebook after a look inside."""

    notebook: Notebook
    assignment: Assignment | None
    submission: Submission | None
    digest: str
    problem: str

    @property
    def rank(self) -> tuple[bool, bool, tuple[object, ...]]:
        """Orders notebooks: a readable one before a damaged one, then the newest."""
        return self.submission is not None, self.assignment is not None, self.notebook.age


def choose(
    notebooks: Sequence[Notebook], assignments: Sequence[Assignment]
) -> tuple[list[Entry], list[Listed]]:
    """Return what counts of one student's notebooks.

    For each assignment it is the newest notebook that can be read. Where there is just one
    assignment, a notebook that has lost the names of all its cells belongs to it.

    Parameters
    ----------
    notebooks : sequence of Notebook
        All of one student.
    assignments : sequence of Assignment
        What may have been handed in.

    Returns
    -------
    entries : list of Entry
        At most one for each assignment, in the order of the assignments.
    listed : list of Listed
        The other notebooks.
    """
    found = [_look(notebook, assignments) for notebook in notebooks]
    found.sort(key=lambda one: one.rank, reverse=True)
    only = assignments[0] if len(assignments) == 1 else None
    entries, listed = [], []
    for assignment in assignments:
        here = [one for one in found if one.assignment is assignment]
        if not here and assignment is only:
            here = found[:1]
        if here:
            entries.append(_entry(here[0], assignment, here[1:]))
    counted = {entry.assignment.name: entry.path for entry in entries}
    for one in sorted(found, key=lambda one: one.notebook.path):
        if one.notebook.path not in counted.values():
            listed.append(_passed_over(one, counted))
    return entries, listed


def _look(notebook: Notebook, assignments: Sequence[Assignment]) -> _Read:
    name = "/".join(notebook.names)
    digest = ""
    try:
        data = notebook.read()
        digest = hashlib.sha256(data).hexdigest()
        submission = read_submission(data)
    except (FileProblemError, UnreadableError) as error:
        assignment = Assignment.find(Submission(()), name, assignments)
        return _Read(notebook, assignment, None, digest, str(error))
    return _Read(notebook, Assignment.find(submission, name, assignments), submission, digest, "")


def _entry(one: _Read, assignment: Assignment, others: Sequence[_Read]) -> Entry:
    notes = [f"also handed in and not marked: {other.notebook.path}" for other in others]
    if one.submission is not None and not _shares_cells(one.submission, assignment):
        notes.append(_stranger(one.submission))
    return Entry(
        one.notebook.student,
        one.notebook.path,
        assignment,
        one.submission,
        one.digest,
        one.problem,
        tuple(notes),
    )


def _shares_cells(submission: Submission, assignment: Assignment) -> bool:
    names = assignment.locked | assignment.stubs.keys()
    return any(cell.grade_id in names for cell in submission.cells)


def _stranger(submission: Submission) -> str:
    lesson = Assignment.find(submission)
    looks = f"; it looks like {lesson.name}" if lesson is not None else ""
    return f"none of its cells bears a name of this assignment{looks}"


def _passed_over(one: _Read, counted: dict[str, str]) -> Listed:
    path, student = one.notebook.path, one.notebook.student
    if one.problem:
        return Listed(path, one.problem, student)
    if one.assignment is None:
        return Listed(path, "its cells belong to none of the assignments", student)
    reason = f"another notebook of the same student counts: {counted[one.assignment.name]}"
    return Listed(path, reason, student, minor=True)
