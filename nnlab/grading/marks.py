"""What marking a submission gives: plain records that reports and plug-ins read."""

from __future__ import annotations

from dataclasses import dataclass

from nnlab.exercises.verdict import Verdict
from nnlab.grading.jobs import Ending


@dataclass(frozen=True)
class Mark:
    """The mark of one exercise.

    Parameters
    ----------
    check_id, solution_id : str
        nbgrader's names of the check cell and of the solution cell.
    verdict : Verdict
        Fit to be shown to the student: nothing in it tells of the inputs the mark was given on.
        `verdict.points` and `verdict.max_points` are the mark.
    ended : str
        See `nnlab.grading.jobs.Run`.
    source : str
        Text of the solution cell as handed in.
    """

    check_id: str
    solution_id: str
    verdict: Verdict
    ended: Ending = ""
    source: str = ""


@dataclass(frozen=True)
class Marks:
    """All marks of one submission.

    Parameters
    ----------
    student : str
        Who handed it in.
    assignment : str
        Which notebook it is, without ``.ipynb``.
    marks : tuple of Mark
        In the order of the notebook.
    level : str
        Label of the sandbox's level.
    notes : tuple of str
        What the teacher should know: "the cell 01-mse was missing", "two cells were called 01-mse".
    unreadable : str
        Sentence on why the file could not be read; then all marks are "not attempted".
    """

    student: str
    assignment: str
    marks: tuple[Mark, ...]
    level: str
    notes: tuple[str, ...] = ()
    unreadable: str = ""

    @property
    def points(self) -> float:
        """Sum of the points."""
        return round(sum(mark.verdict.points for mark in self.marks), 6)

    @property
    def max_points(self) -> float:
        """Sum of the points that can be had."""
        return round(sum(mark.verdict.max_points for mark in self.marks), 6)
