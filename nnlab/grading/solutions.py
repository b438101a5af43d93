"""Which cells of a submission count for which exercise, and in which order they run."""

from __future__ import annotations

import re
from collections import Counter

from nnlab.grading.assignment import Assignment, Task, comparable
from nnlab.grading.jobs import Cell
from nnlab.grading.submission import Submission, SubmittedCell


class Solutions:
    """The cells of one submission, seen with the eyes of an assignment.

    Of several cells with the same name the last is the one nbgrader keeps; the others count as
    cells of the student's own.

    Parameters
    ----------
    submission : Submission
        What was handed in.
    assignment : Assignment
        What was asked for.
    """

    def __init__(self, submission: Submission, assignment: Assignment) -> None:
        self.cells = submission.cells
        self.assignment = assignment
        self._last = {cell.grade_id: i for i, cell in enumerate(self.cells) if cell.grade_id}
        self._times = Counter(cell.grade_id for cell in self.cells)

    def times(self, task: Task) -> int:
        """Return how many cells have the name of a task's solution cell.

        Parameters
        ----------
        task : Task
            The task.

        Returns
        -------
        int
        """
        return self._times[task.solution_id]

    def place(self, task: Task) -> int | None:
        """Return where a task's solution cell is.

        Parameters
        ----------
        task : Task
            The task.

        Returns
        -------
        int or None
            Its position, counted from 0; None if it is missing or empty.
        """
        place = self._last.get(task.solution_id)
        return place if place is not None and self.cells[place].source.strip() else None

    def elsewhere(self, task: Task) -> list[int]:
        """Return where else a task may have been solved.

        Parameters
        ----------
        task : Task
            A task whose solution cell is missing or not written.

        Returns
        -------
        list of int
            Positions of the code cells of the student's own that define the function; copies of the
            cell as it was handed out only if there are no others.
        """
        # Submitted code is not parsed in this process: a parser can be made to crash.
        definition = re.compile(rf"^def[ \t]+{task.exercise.entry}\b", re.MULTILINE)
        found = [
            i
            for i, cell in enumerate(self.cells)
            if self._is_own(i, cell) and definition.search(cell.source)
        ]
        stub = comparable(self.assignment.stubs[task.solution_id])
        return [i for i in found if comparable(self.cells[i].source) != stub] or found

    def code(self, task: Task, place: int) -> tuple[Cell, ...]:
        """Return what is run for a task.

        Parameters
        ----------
        task : Task
            The task.
        place : int
            Position of its solution.

        Returns
        -------
        tuple of Cell
            Everything up to the check cell, or up to the solution if the check cell does not come
            after it; the solution itself is last.
        """
        end = max(place, self._last.get(task.check_id, place))
        before = [self._cell(i) for i in range(end) if i != place]
        return (*(cell for cell in before if cell is not None), Cell(self.cells[place].source))

    def _cell(self, i: int) -> Cell | None:
        cell = self.cells[i]
        if self._is_solution(i, cell):
            source, extra = cell.source, False
        elif self._is_own(i, cell):
            source, extra = cell.source, True
        else:
            source, extra = self.assignment.given.get(comparable(cell.source), ""), True
        return Cell(source, extra) if source.strip() else None

    def _is_solution(self, i: int, cell: SubmittedCell) -> bool:
        return cell.grade_id in self.assignment.stubs and self._last[cell.grade_id] == i

    def _is_own(self, i: int, cell: SubmittedCell) -> bool:
        """Return whether a cell is code of the student's own."""
        return (
            cell.kind == "code"
            and not self._is_solution(i, cell)
            and cell.grade_id not in self.assignment.locked
            and comparable(cell.source) not in self.assignment.given
        )
