"""Mark an entry of the corpus and say what is unfair about it, and what it did besides."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hostile_entry import EXERCISES, RIGHT, Entry, blank
from hostile_watch import PASSWORD, Watch, living, settled

from nnlab.exercises import catalogue
from nnlab.exercises.answers import Answer, identical
from nnlab.grading.assignment import Assignment
from nnlab.grading.jobs import Cell, Job, Level, Run
from nnlab.grading.marking import mark, mark_unreadable
from nnlab.grading.marks import Marks
from nnlab.grading.secret import Secret
from nnlab.grading.submission import UnreadableError, read_submission


class Runner(Protocol):
    """What `nnlab.grading.sandbox.Sandbox` is to a court."""

    level: Level

    def run(self, job: Job) -> Run: ...


@dataclass
class Court:
    """A sandbox with all that is watched around it.

    Parameters
    ----------
    sandbox : Runner
        One for all entries.
    watch : Watch
        Started before each entry.
    """

    sandbox: Runner
    watch: Watch
    secret: Secret = field(init=False)
    assignment: Assignment = field(init=False)
    job: Job = field(init=False)
    answers: list[Answer] = field(init=False)
    processes: int = field(init=False)

    def __post_init__(self) -> None:
        self.secret = Secret.load(self.watch.scene.secret)
        self.assignment = Assignment.from_notebook(blank(), "hostile")
        cells = tuple(Cell(source) for source in RIGHT.values())
        cases = catalogue.exercise("01.softmax").cases(self.secret.seed("01.softmax", "anna"))
        self.job = Job(cells, "softmax", tuple(itertools.chain.from_iterable(cases)))
        self.answers = self.sandbox.run(self.job).answers
        self.processes = len(living())

    def marks(self, data: bytes, student: str) -> Marks:
        """Return the marks of a file, whatever it is."""
        try:
            submission = read_submission(data)
        except UnreadableError as error:
            return mark_unreadable(str(error), self.assignment, student, self.sandbox.level)
        return mark(submission, self.assignment, student, self.secret, self.sandbox)  # type: ignore[arg-type]

    def problems(self, entry: Entry) -> list[str]:
        """Return what is wrong after an entry was marked."""
        self.watch.start()
        marks = self.marks(entry.submission(self.watch.scene), "ben")
        found = unfair(points(marks), entry.fair)
        said = "\n".join(repr(mark.verdict) for mark in marks.marks)
        found += [f"the verdict shows {text!r}" for text in told(said, self.secret, "ben")]
        if not self._neighbour_gets_the_same():
            found.append("a neighbour's answers are others afterwards")
        if not settled(lambda: len(living()), self.processes):
            found.append(f"processes are left: {living()}")
        return found + self.watch.problems()

    def _neighbour_gets_the_same(self) -> bool:
        run = self.sandbox.run(self.job)
        return not run.ended and all(
            identical(vars(now), vars(before))
            for now, before in zip(run.answers, self.answers, strict=True)
        )


def points(marks: Marks) -> dict[str, float]:
    """Return the points of every exercise."""
    return {mark.verdict.name: mark.verdict.points for mark in marks.marks}


def unfair(given: Mapping[str, float], fair: Mapping[str, float]) -> list[str]:
    """Return in which exercises the points are not the fair ones."""
    return [
        f"{name}: {given[name]} points, fair are {fair[name]}"
        for name in EXERCISES
        if given[name] != fair[name]
    ]


def told(said: str, secret: Secret, student: str) -> Iterator[str]:
    """Yield what a text tells a student that no student may know."""
    cases = catalogue.exercise("01.softmax").cases(secret.seed("01.softmax", student))
    for case in itertools.chain.from_iterable(cases):
        first = float(case[0].ravel()[0])
        if first not in (0, 1000, -1000):  # those are in the notebook's cases too
            told = (repr(first)[:9], f"_{int(10**9 * first)}")
            yield from (text for text in told if text in said)
    never = (PASSWORD, secret.key.hex()[:20], "root:", "LEAKED bits")
    yield from (text for text in never if text in said)
