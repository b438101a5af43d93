r"""Which solutions share what hardly anyone else in the class wrote: an advisory report.

Right answers to one exercise look alike, so likeness alone says nothing. What is counted is rarity:
a piece of code (`nnlab.grading.fingerprints`) that :math:`d` of :math:`n` solutions hold is worth
:math:`\log_2(n/d)` bits to a pair that shares it, and nothing if the course itself holds it: in a
stub, a solution, or a known mistake. Names and comments count in the same way. The sum over all
exercises is a pair's score.

A pair is reported if its score stands out from this class's own: for every student the score with
the closest other is taken, and the limit lies `SPREADS` robust standard deviations (1.4826 times
the median absolute deviation) above the median of those, and at least at `LEAST` bits. So half a
class would have to copy before its copies look usual. The bits are those of independent pieces,
which pieces of one function are not: the score ranks, it is no probability.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nnlab._sources import plain_source
from nnlab.exercises import catalogue
from nnlab.grading.fingerprints import Prints, Run, fingerprints
from nnlab.grading.marks import Marks

SPREADS = 6.0
LEAST = 160.0
LEAST_STUDENTS = 5
"""Solutions an exercise must have: among fewer, rare and frequent cannot be told apart."""
MOST_PAIRS = 30
MOST_WORDS = 8
"""Words of a comment that count."""

_FINE = 1024
"""Weights are whole multiples of 1/1024, so that their sums do not depend on the order."""
_CHUNK = 4096


@dataclass(frozen=True)
class Match:
    """What two students' solutions of one exercise share.

    Parameters
    ----------
    assignment, exercise, title : str
        Name of the notebook, name and title of the exercise.
    score : float
        Its part of the pair's score, in bits.
    solutions : int
        Number of solutions in the class.
    holders, pieces : int
        Number of solutions that hold the rarest of the shared pieces of code, and of those pieces.
    sources : (str, str)
        Both solution cells.
    lines : (frozenset of int, frozenset of int)
        The lines of each in which something rare is shared, counted from 1.
    words : tuple of str
        Names and comments that no other solution holds.
    """

    assignment: str
    exercise: str
    title: str
    score: float
    solutions: int
    holders: int
    pieces: int
    sources: tuple[str, str]
    lines: tuple[frozenset[int], frozenset[int]]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two students whose solutions share what hardly anyone else in the class wrote.

    Parameters
    ----------
    first, second : str
        `Marks.student` of both, in alphabetical order.
    score : float
        In bits, over all exercises.
    usual : float
        Median, over the class, of the score with the closest other.
    matches : tuple of Match
        The exercises that count, the most telling first.
    """

    first: str
    second: str
    score: float
    usual: float
    matches: tuple[Match, ...]


def similar_pairs(
    all_marks: Sequence[Marks], given: Mapping[str, Iterable[str]] | None = None
) -> list[Pair]:
    """Return the pairs of students whose solutions share more rare pieces than the class's do.

    Parameters
    ----------
    all_marks : sequence of Marks
        The class's, of one assignment or several.
    given : mapping of str to iterable of str, optional
        Code that was handed out besides the course's own solutions, by name of the exercise
        (`Verdict.name`): the stubs.

    Returns
    -------
    list of Pair
        The most similar first, at most `MOST_PAIRS`.
    """
    exercises = _exercises(all_marks, given or {})
    students = sorted({student for exercise in exercises for student in exercise.sources})
    if not students:
        return []
    scores = np.zeros((len(students), len(students)))
    for exercise in exercises:
        rows = [students.index(student) for student in exercise.sources]
        scores[np.ix_(rows, rows)] += exercise.scores()
    np.fill_diagonal(scores, 0)
    closest = scores.max(axis=1)
    usual = float(np.median(closest))
    spread = 1.4826 * float(np.median(np.abs(closest - usual)))
    limit = max(LEAST, usual + SPREADS * spread)
    found = [
        (float(scores[i, j]), students[i], students[j])
        for i, j in np.argwhere(np.triu(scores, 1) > limit)
    ]
    found.sort(key=lambda pair: (-pair[0], pair[1:]))
    return [
        Pair(first, second, round(score, 1), round(usual, 1), _matches(exercises, first, second))
        for score, first, second in found[:MOST_PAIRS]
    ]


def _matches(exercises: list[_Exercise], first: str, second: str) -> tuple[Match, ...]:
    both = [e for e in exercises if first in e.sources and second in e.sources]
    matches = [match for e in both if (match := e.match(first, second)).score > 0]
    return tuple(sorted(matches, key=lambda match: -match.score))


def _exercises(all_marks: Sequence[Marks], given: Mapping[str, Iterable[str]]) -> list[_Exercise]:
    titles: dict[tuple[str, str], str] = {}
    sources: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for marks in sorted(all_marks, key=lambda marks: (marks.assignment, marks.student)):
        for mark in marks.marks:
            key = marks.assignment, mark.verdict.name
            if mark.verdict.state != "not attempted" and mark.source.strip():
                titles[key] = mark.verdict.title
                sources[key][marks.student] = mark.source
    return [
        _Exercise(*key, titles[key], solutions, [*given.get(key[1], ()), *_own(key[1])])
        for key, solutions in sources.items()
        if len(solutions) >= LEAST_STUDENTS
    ]


def _own(name: str) -> tuple[str, ...]:
    """Return all code of the course's own for an exercise."""
    exercise = catalogue.exercises().get(name)
    if exercise is None:
        return ()
    functions = [exercise.reference, *exercise.equivalents]
    functions += [mistake.function for mistake in exercise.mistakes]
    return (exercise.solution_source, *map(plain_source, functions))


class _Exercise:
    """All solutions of one exercise, and what each of their pieces is worth."""

    def __init__(
        self, assignment: str, name: str, title: str, sources: dict[str, str], known: list[str]
    ) -> None:
        self.assignment, self.name, self.title = assignment, name, title
        self.sources = sources
        self.prints = {student: fingerprints(source) for student, source in sources.items()}
        ours = [fingerprints(source) for source in known]
        self.holders = Counter(piece for one in self.prints.values() for piece in _pieces(one))
        for piece in {piece for one in ours for piece in _pieces(one)}:
            self.holders.pop(piece, None)
        self.weights = {
            piece: round(_FINE * _extent(piece) * math.log2(len(sources) / count)) / _FINE
            for piece, count in self.holders.items()
            if count > 1
        }

    def scores(self) -> NDArray[np.float64]:
        """Return what every pair of solutions shares, in bits."""
        column = {piece: index for index, piece in enumerate(self.weights)}
        weights = np.array(list(self.weights.values()))
        total = np.zeros((len(self.sources), len(self.sources)))
        held = [
            np.array(sorted(column[piece] for piece in _pieces(one) if piece in column), dtype=int)
            for one in self.prints.values()
        ]
        for start in range(0, len(column), _CHUNK):
            part = weights[start : start + _CHUNK]
            holds = np.zeros((len(held), len(part)))
            for row, columns in zip(holds, held, strict=True):
                row[columns[(columns >= start) & (columns < start + _CHUNK)] - start] = 1
            total += (holds * part) @ holds.T
        return total

    def match(self, first: str, second: str) -> Match:
        """Return what two solutions share."""
        one, other = self.prints[first], self.prints[second]
        shared = [piece for piece in _pieces(one) & _pieces(other) if piece in self.weights]
        runs = [piece for piece in shared if not isinstance(piece, str)]
        holders = min((self.holders[run] for run in runs), default=0)
        rare = [run for run in runs if 3 * self.holders[run] <= len(self.sources)]
        words = (piece for piece in shared if isinstance(piece, str) and self.holders[piece] == 2)
        return Match(
            self.assignment,
            self.name,
            self.title,
            round(sum(self.weights[piece] for piece in shared), 1),
            len(self.sources),
            holders,
            sum(self.holders[run] == holders for run in runs),
            (self.sources[first], self.sources[second]),
            (_lines(one, rare), _lines(other, rare)),
            tuple(sorted(words)),
        )


def _pieces(prints: Prints) -> set[Run | str]:
    return {*prints.runs, *prints.words}


def _extent(piece: Run | str) -> int:
    """Return for how many a piece counts: a comment for its words, all else for one."""
    return min(len(piece.split()), MOST_WORDS) if isinstance(piece, str) else 1


def _lines(prints: Prints, runs: list[Run]) -> frozenset[int]:
    return frozenset().union(*(prints.runs[run] for run in runs))
