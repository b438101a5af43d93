"""The numbers of a class: what the overview shows."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from nnlab.exercises.verdict import STATES, State
from nnlab.grading.marks import Mark, Marks

T = TypeVar("T")

BINS = 10

_LINE = re.compile(r" \(line \d+.*\)$", re.DOTALL)
"""Where an exception arose, which differs from student to student."""


@dataclass(frozen=True)
class MistakeCount:
    """How often a known mistake was made.

    Parameters
    ----------
    assignment, exercise, title : str
        Where: name of the notebook, name and title of the exercise.
    mistake, hint : str
        Its name and the hint it earns.
    count, attempted : int
        Solutions with it, and attempted solutions of the exercise.
    """

    assignment: str
    exercise: str
    title: str
    mistake: str
    hint: str
    count: int
    attempted: int

    @property
    def label(self) -> str:
        """The mistake's name in words: "sum of squares"."""
        return self.mistake.strip("_").replace("_", " ")


@dataclass(frozen=True)
class PartCount:
    """How often a part of an exercise went wrong.

    Parameters
    ----------
    exercise, title, part : str
        Name and title of the exercise, title of the part.
    count, attempted : int
        Attempted solutions of the exercise without the part's points, and all of them.
    """

    exercise: str
    title: str
    part: str
    count: int
    attempted: int


@dataclass(frozen=True)
class ExerciseSummary:
    """One exercise of an assignment.

    Parameters
    ----------
    name, title : str
        From the exercise.
    states : dict of State to int
        Number of solutions in each state, all four of them.
    mistakes : tuple of MistakeCount
        The most frequent first.
    others : tuple of (str, int)
        What was wrong where no known mistake fits: sentence and count, the most frequent first.
    parts : tuple of PartCount
        In the order of the exercise.
    """

    name: str
    title: str
    states: dict[State, int]
    mistakes: tuple[MistakeCount, ...]
    others: tuple[tuple[str, int], ...]
    parts: tuple[PartCount, ...]

    @property
    def attempted(self) -> int:
        """Number of solutions that are not untouched stubs."""
        return sum(self.states.values()) - self.states["not attempted"]


@dataclass(frozen=True)
class AssignmentSummary:
    """One notebook of a class.

    Parameters
    ----------
    name : str
        Without ``.ipynb``.
    points : tuple of float
        Total of every submission that could be read.
    max_points : float
        What can be had.
    unreadable : int
        Number of submissions that could not be read; they count nowhere else.
    exercises : tuple of ExerciseSummary
        In the order of the notebook.
    """

    name: str
    points: tuple[float, ...]
    max_points: float
    unreadable: int
    exercises: tuple[ExerciseSummary, ...]

    @property
    def mean(self) -> float:
        """Mean of the totals; 0 if there are none."""
        return statistics.fmean(self.points) if self.points else 0.0

    @property
    def median(self) -> float:
        """Median of the totals; 0 if there are none."""
        return statistics.median(self.points) if self.points else 0.0

    def share(self, points: float) -> float:
        """Return points as a share of what can be had."""
        return points / self.max_points if self.max_points else 0.0

    @property
    def histogram(self) -> list[int]:
        """Number of totals in each tenth of what can be had; full marks are in the last."""
        counts = [0] * BINS
        for points in self.points:
            # Rounded first: 10 * (0.6 / 3) is a little less than 2.
            tenth = int(round(self.share(points) * BINS, 6))
            counts[min(max(tenth, 0), BINS - 1)] += 1
        return counts


@dataclass(frozen=True)
class ClassSummary:
    """All assignments of a class.

    Parameters
    ----------
    assignments : tuple of AssignmentSummary
        By name.
    """

    assignments: tuple[AssignmentSummary, ...]

    @property
    def mistakes(self) -> list[MistakeCount]:
        """The known mistakes of all exercises, the most frequent first."""
        every = [m for a in self.assignments for e in a.exercises for m in e.mistakes]
        return sorted(every, key=lambda m: (-m.count, -m.count / m.attempted))

    @property
    def parts(self) -> list[PartCount]:
        """The parts that went wrong at least once, the most often failed first."""
        every = [p for a in self.assignments for e in a.exercises for p in e.parts if p.count]
        return sorted(every, key=lambda p: (-p.count, -p.count / p.attempted))


def summarize(all_marks: Sequence[Marks]) -> ClassSummary:
    """Return the numbers of a class.

    Parameters
    ----------
    all_marks : sequence of Marks
        One for every notebook of every student. The order does not matter.

    Returns
    -------
    ClassSummary
    """
    groups: dict[str, list[Marks]] = defaultdict(list)
    for marks in sorted(all_marks, key=lambda marks: (marks.assignment, marks.student)):
        groups[marks.assignment].append(marks)
    return ClassSummary(tuple(_assignment(name, group) for name, group in groups.items()))


def _assignment(name: str, group: list[Marks]) -> AssignmentSummary:
    read = [marks for marks in group if not marks.unreadable]
    exercises: dict[str, list[Mark]] = defaultdict(list)
    for marks in read:
        for mark in marks.marks:
            exercises[mark.verdict.name].append(mark)
    return AssignmentSummary(
        name,
        tuple(marks.points for marks in read),
        max((marks.max_points for marks in group), default=0.0),
        len(group) - len(read),
        tuple(_exercise(name, marks) for marks in exercises.values()),
    )


def _exercise(assignment: str, marks: list[Mark]) -> ExerciseSummary:
    verdicts = [mark.verdict for mark in marks]
    one = verdicts[0]
    states = Counter(verdict.state for verdict in verdicts)
    tried = [verdict for verdict in verdicts if verdict.state != "not attempted"]
    known = Counter((v.mistake, v.hint or "") for v in tried if v.mistake is not None)
    others = Counter(
        _LINE.sub("", v.failure.said) for v in tried if v.mistake is None and v.failure is not None
    )
    failed = Counter(part.title for v in tried for part in v.parts if part.state != "right")
    return ExerciseSummary(
        one.name,
        one.title,
        {state: states[state] for state in STATES},
        tuple(
            MistakeCount(assignment, one.name, one.title, name, hint, count, len(tried))
            for (name, hint), count in _ranked(known)
        ),
        tuple(_ranked(others)),
        tuple(
            PartCount(one.name, one.title, part.title, failed[part.title], len(tried))
            for part in one.parts
        ),
    )


def _ranked(counts: Counter[T]) -> list[tuple[T, int]]:
    """Return the most frequent first, and what is as frequent in alphabetical order."""
    return sorted(counts.items(), key=lambda item: (-item[1], str(item[0])))
