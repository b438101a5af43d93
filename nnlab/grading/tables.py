"""The tables of a run, as CSV: marks for the teacher, and what Moodle and Canvas take in.

They are UTF-8 with a byte-order mark, without which Excel garbles names; Moodle and Canvas accept
it. Texts that a spreadsheet would take for a formula get an apostrophe in front.
"""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeAlias

from nnlab.grading.assignment import Assignment
from nnlab.grading.chosen import Entry
from nnlab.grading.marks import Mark, Marks
from nnlab.grading.platforms import Listed, Student

Given: TypeAlias = Sequence[tuple[Entry, Marks]]
"""All marks, those of one student next to each other."""

_Cell: TypeAlias = str | float | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What starts a formula, or ends up in front of one when a spreadsheet trims the text."""


def table(rows: Iterable[Sequence[_Cell]]) -> str:
    """Return rows as CSV.

    Parameters
    ----------
    rows : iterable of sequence
        Numbers are written as such, None as an empty cell, and no text becomes a formula.

    Returns
    -------
    str
        With the byte-order mark, and with the line ends that RFC 4180 asks for.
    """
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return "\ufeff" + stream.getvalue()


def number(value: float) -> str:
    """Return points as people write them: 2 and 0.5, not 2.0 and 0.500000.

    Parameters
    ----------
    value : float
        The points.

    Returns
    -------
    str
    """
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _cell(value: _Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return number(value)


def marks_table(given: Given, assignments: Sequence[Assignment], listed: Sequence[Listed]) -> str:
    """Return the marks: a row for each student and assignment, a column for each exercise.

    Parameters
    ----------
    given : sequence of (Entry, Marks)
        All marks.
    assignments : sequence of Assignment
        Those that the columns are for.
    listed : sequence of Listed
        Files that were not marked. Who handed in nothing else has a row without marks.

    Returns
    -------
    str
    """
    exercises = [task.name for assignment in assignments for task in assignment.tasks]
    ends = ["total", "out of", "notes", "isolation"]
    rows: list[list[_Cell]] = [["student", "name", "assignment", *exercises, *ends]]
    for entry, marks in given:
        points = {mark.verdict.name: mark.verdict.points for mark in marks.marks}
        notes = (f"not readable: {marks.unreadable}",) if marks.unreadable else ()
        rows.append(
            [
                entry.student.id,
                entry.student.name,
                marks.assignment,
                *(points.get(exercise) for exercise in exercises),
                marks.points,
                marks.max_points,
                "; ".join((*notes, *marks.notes)),
                marks.level,
            ]
        )
    blank = [None] * len(exercises)
    for student, files in _without_marks(given, listed):
        said = "; ".join(f"{file.path}: {file.reason}" for file in files)
        rows.append([student.id, student.name, "", *blank, None, None, said, ""])
    return table(rows)


def _without_marks(
    given: Given, listed: Sequence[Listed]
) -> Iterable[tuple[Student, list[Listed]]]:
    """Yield who handed in something, but nothing that was marked."""
    marked = {entry.student.id for entry, _ in given}
    rest: dict[Student, list[Listed]] = {}
    for file in listed:
        if file.student is not None and file.student.id not in marked:
            rest.setdefault(file.student, []).append(file)
    yield from sorted(rest.items(), key=lambda item: (item[0].name.casefold(), item[0].id))


def moodle_table(given: Given, assignments: Sequence[Assignment]) -> str:
    """Return a grading worksheet that Moodle's "Upload grading worksheet" takes in.

    Moodle finds students by the number in the first column. A grade that is left empty, as it is
    for notebooks that could not be read, changes nothing there. Where groups handed in, the numbers
    are the groups', and Moodle would give the grades to whoever has these numbers as a student.

    Parameters
    ----------
    given : sequence of (Entry, Marks)
        All marks.
    assignments : sequence of Assignment
        Those that were handed in; Moodle has one grade for all of them.

    Returns
    -------
    str
        Empty if nobody has a number of Moodle's, or if the default group, which has none, shows
        that groups handed in.
    """
    if default_group(given):
        return ""
    most = sum(assignment.max_points for assignment in assignments)
    rows: list[list[_Cell]] = [
        [
            "Identifier",
            "Full name",
            "Grade",
            "Maximum Grade",
            "Last modified (grade)",
            "Feedback comments",
        ]
    ]
    for student, mine in by_student(given):
        if student.platform == "moodle" and student.id.isdecimal():
            read = not any(marks.unreadable for marks in mine)
            grade = sum(marks.points for marks in mine) if read else None
            comments = "<br>".join(line for marks in mine for line in _comments(marks))
            rows.append([f"Participant {student.id}", student.name, grade, most, None, comments])
    return table(rows) if len(rows) > 1 else ""


def default_group(given: Given) -> str:
    """Return the name of Moodle's default group, which is in the export only if groups handed in.

    Parameters
    ----------
    given : sequence of (Entry, Marks)
        All marks.

    Returns
    -------
    str
        In Moodle's language; empty if there is none.
    """
    students = (entry.student for entry, _ in given)
    return next((s.name for s in students if s.platform == "moodle" and not s.id.isdecimal()), "")


def _comments(marks: Marks) -> Iterable[str]:
    """Yield one line of HTML for each exercise."""
    if marks.unreadable:
        yield html.escape(
            f"{marks.assignment}: your notebook could not be read: {marks.unreadable}"
        )
        return
    for mark in marks.marks:
        verdict = mark.verdict
        line = f"{verdict.title}: {number(verdict.points)} of {number(verdict.max_points)}"
        said = _reason(mark)
        yield html.escape(f"{line} – {said}" if said else line)


def _reason(mark: Mark) -> str:
    verdict = mark.verdict
    if verdict.state == "right":
        return ""
    if verdict.hint:
        return verdict.hint
    return verdict.failure.said if verdict.failure is not None else verdict.state


def canvas_table(given: Given, assignments: Sequence[Assignment]) -> str:
    """Return a gradebook that Canvas's "Import" takes in.

    Canvas finds students by the number in the column ID, and the assignment by the head of its
    column: that must become what Canvas calls it, such as "Homework 1 (4711)".

    Parameters
    ----------
    given : sequence of (Entry, Marks)
        All marks.
    assignments : sequence of Assignment
        Those that were handed in, a column each.

    Returns
    -------
    str
        Empty if nobody has a number of Canvas's, as with anonymous marking.
    """
    about = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    rows: list[list[_Cell]] = [
        [*about, *(assignment.name for assignment in assignments)],
        ["    Points Possible", None, None, None, None, *(a.max_points for a in assignments)],
    ]
    for student, mine in by_student(given):
        if student.platform == "canvas" and student.id.isdecimal():
            grades = {marks.assignment: marks.points for marks in mine if not marks.unreadable}
            points = [grades.get(assignment.name) for assignment in assignments]
            rows.append([student.name, student.id, None, None, None, *points])
    return table(rows) if len(rows) > 2 else ""


def by_student(given: Given) -> Iterable[tuple[Student, list[Marks]]]:
    """Yield every student with all their marks.

    Parameters
    ----------
    given : sequence of (Entry, Marks)
        All marks.

    Yields
    ------
    (Student, list of Marks)
    """
    for student, mine in groupby(given, key=lambda one: one[0].student):
        yield student, [marks for _, marks in mine]


def not_marked_table(given: Given, listed: Sequence[Listed]) -> str:
    """Return the files that were not marked, and why.

    Parameters
    ----------
    given : sequence of (Entry, Marks)
        All marks; a notebook that could not be read is among them, with no points.
    listed : sequence of Listed
        The other files.

    Returns
    -------
    str
    """
    rows = [
        (entry.path, entry.student.label, marks.unreadable)
        for entry, marks in given
        if marks.unreadable
    ]
    rows += [
        (file.path, file.student.label if file.student is not None else "", file.reason)
        for file in listed
    ]
    return table([("file", "student", "reason"), *sorted(rows)])
