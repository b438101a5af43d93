"""Give marks: run what was handed in, in a sandbox, and judge here what came home."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from nnlab.exercises.answers import Answer, collect
from nnlab.exercises.checking import PUBLIC_SEED
from nnlab.exercises.specification import Exercise
from nnlab.exercises.verdict import Failure, PartVerdict, State, Verdict, judge, prepared_cases
from nnlab.grading.assignment import Assignment, Task
from nnlab.grading.jobs import Cell, Job, Level, Run
from nnlab.grading.marks import Mark, Marks
from nnlab.grading.secret import Secret
from nnlab.grading.solutions import Solutions
from nnlab.grading.submission import Submission

if TYPE_CHECKING:
    from nnlab.grading.sandbox import Sandbox

_COMMENT = re.compile(r"^\s*(#.*)?\n?", re.MULTILINE)
_UNWRITTEN = re.compile(r"raise NotImplementedError(\(\))?\s*")
_LONGEST = 1000
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,}")
_ERRORS = frozenset(
    name
    for name, thing in vars(builtins).items()
    if isinstance(thing, type) and issubclass(thing, BaseException)
)
_ENDED = {
    "time": "your code took longer than it may and was stopped",
    "memory": "your code used more memory than it may and was stopped",
    "output": "your function returned more than can be taken",
    "died": "the process in which your code ran came to an end before it was done",
    "protocol": "your code disturbed the process it ran in, so that no answer came back",
}


def mark(
    submission: Submission, assignment: Assignment, student: str, secret: Secret, sandbox: Sandbox
) -> Marks:
    """Mark one submission.

    Points are given on inputs drawn from the secret, the exercise and the student. Nothing that the
    student sees tells of them: what a card quotes comes from a second run, which is given the
    inputs of the notebook and no others.

    Parameters
    ----------
    submission : Submission
        What was handed in.
    assignment : Assignment
        What was asked for.
    student : str
        Who handed it in.
    secret : Secret
        The course's.
    sandbox : Sandbox
        Where submitted code runs.

    Returns
    -------
    Marks
        The same for the same arguments, as long as the submitted code itself leaves nothing to
        chance.
    """
    solutions = Solutions(submission, assignment)
    notes: list[str] = []
    marks = []
    for task in assignment.tasks:
        given, said = _mark_task(task, solutions, secret.seed(task.name, student), sandbox)
        marks.append(given)
        notes += said
    notes += [f"the cell {name} is marked by hand" for name in assignment.by_hand]
    return Marks(student, assignment.name, tuple(marks), sandbox.level.label, tuple(notes))


def mark_unreadable(sentence: str, assignment: Assignment, student: str, level: Level) -> Marks:
    """Return the marks of a file that could not be read: nothing was attempted.

    Parameters
    ----------
    sentence : str
        What is wrong with the file.
    assignment : Assignment
        What was asked for.
    student : str
        Who handed it in.
    level : Level
        The sandbox's level.

    Returns
    -------
    Marks
    """
    marks = tuple(
        Mark(task.check_id, task.solution_id, _scaled(_not_attempted(task.exercise), task))
        for task in assignment.tasks
    )
    return Marks(student, assignment.name, marks, level.label, unreadable=sentence)


def _mark_task(
    task: Task, solutions: Solutions, seed: int, sandbox: Sandbox
) -> tuple[Mark, list[str]]:
    """Return the mark and what the teacher should know about it."""
    place = solutions.place(task)
    notes = list(_irregularities(task, solutions, place))
    verdict, run = _tried(task, solutions, place, seed, sandbox)
    if verdict.state == "not attempted":
        others = solutions.elsewhere(task)
        entry = task.exercise.entry
        if len(others) == 1:
            place = others[0]
            verdict, run = _tried(task, solutions, place, seed, sandbox)
            notes.append(
                f"the cell {task.solution_id} does not solve the exercise, but cell {place + 1} of "
                f"the notebook defines {entry}; that one was marked"
            )
        elif others:
            notes.append(
                f"the cell {task.solution_id} does not solve the exercise, but {len(others)} other "
                f"cells define {entry}; none of them was marked"
            )
    source = "" if place is None else solutions.cells[place].source
    return Mark(task.check_id, task.solution_id, _scaled(verdict, task), run.ended, source), notes


def _irregularities(task: Task, solutions: Solutions, place: int | None) -> Iterator[str]:
    times = solutions.times(task)
    if times > 1:
        yield f"{times} cells were called {task.solution_id}; the last one counts"
    if times == 0:
        yield f"the cell {task.solution_id} was missing"
    elif place is None:
        yield f"the cell {task.solution_id} was empty"
    elif solutions.cells[place].kind != "code":
        yield f"the cell {task.solution_id} was no code cell any more; its text was marked"


def _tried(
    task: Task, solutions: Solutions, place: int | None, seed: int, sandbox: Sandbox
) -> tuple[Verdict, Run]:
    """Return the verdict on a solution, fit for the student's eyes, and the run it is based on."""
    exercise = task.exercise
    if place is None:
        return _not_attempted(exercise), Run([])
    code = solutions.code(task, place)
    run, verdict = _judged(exercise, code, seed, sandbox)
    if run.problem and _UNWRITTEN.fullmatch(_COMMENT.sub("", code[-1].source)):
        return _not_attempted(exercise), run
    if verdict.failure is not None:
        verdict = replace(verdict, failure=_shown(exercise, code, run, verdict, seed, sandbox))
    return verdict, run


def _judged(
    exercise: Exercise, code: tuple[Cell, ...], seed: int, sandbox: Sandbox
) -> tuple[Run, Verdict]:
    cases = tuple(chain.from_iterable(prepared_cases(exercise, seed)))
    run = sandbox.run(Job(code, exercise.entry, cases))
    if run.problem:
        return run, _stopped(exercise, run.problem)
    try:
        with np.errstate(all="ignore"):
            return run, judge(exercise, run.answers, seed)
    except Exception:  # noqa: BLE001 - whatever a student returns must not stop the class
        return run, _stopped(exercise, "what your function returned cannot be judged")


def _shown(
    exercise: Exercise,
    code: tuple[Cell, ...],
    run: Run,
    verdict: Verdict,
    seed: int,
    sandbox: Sandbox,
) -> Failure:
    """Return a failure that tells nothing of the inputs of a mark.

    Whatever the student's code had a hand in, even the name of an exception, can carry those
    inputs; so it is only quoted from a run that never saw them.
    """
    failing = next(i for i, part in enumerate(verdict.parts) if part.state != "right")
    title = exercise.parts[failing].title
    if run.ended:
        return Failure(title, _ENDED[run.ended], ())
    known, public = _judged(exercise, code, PUBLIC_SEED, sandbox)
    if public.failure is not None and not known.ended:
        part = next(i for i, part in enumerate(public.parts) if part.state != "right")
        if verdict.parts[part].state != "right":
            return _quoted(public.failure)
    elsewhere = "for inputs other than those in the notebook"
    if run.problem:
        return Failure(title, f"the cell fails {elsewhere}", ())
    stopped = _first_error(exercise, failing, run.answers, seed)
    if stopped is None:
        return Failure(title, f"the result is wrong {elsewhere}", ())
    error = stopped if stopped in _ERRORS else "an error of its own kind"
    return Failure(title, f"your function stops with {error} {elsewhere}", ())


def _first_error(
    exercise: Exercise, failing: int, answers: Sequence[Answer], seed: int
) -> str | None:
    """Return the class of the first exception in one part that is not the expected one."""
    cases = prepared_cases(exercise, seed)
    start = sum(map(len, cases[:failing]))
    given = answers[start : start + len(cases[failing])]
    for answer, right in zip(given, collect(exercise.reference, cases[failing]), strict=True):
        if answer.kind == "error" and (right.kind, right.type) != ("error", answer.type):
            return answer.type
    return None


def _quoted(failure: Failure) -> Failure:
    """Return a failure with texts of bounded length and without what differs from run to run."""
    return replace(
        failure,
        said=_ADDRESS.sub("0x…", failure.said[:_LONGEST]),
        returned=_ADDRESS.sub("0x…", failure.returned),
    )


def _not_attempted(exercise: Exercise) -> Verdict:
    return _nothing_earned(exercise, "not attempted", None)


def _stopped(exercise: Exercise, said: str) -> Verdict:
    return _nothing_earned(exercise, "wrong", Failure(exercise.parts[0].title, said, ()))


def _nothing_earned(exercise: Exercise, state: State, failure: Failure | None) -> Verdict:
    return Verdict(
        name=exercise.name,
        title=exercise.title,
        entry=exercise.entry,
        points=0.0,
        max_points=exercise.max_points,
        state=state,
        parts=tuple(PartVerdict(part.title, 0.0, part.points, state) for part in exercise.parts),
        failure=failure,
        reason="empty" if failure is None else "",
    )


def _scaled(verdict: Verdict, task: Task) -> Verdict:
    """Return a verdict with the points that the check cell is worth."""
    factor = task.points / verdict.max_points
    if factor == 1:
        return verdict
    return replace(
        verdict,
        points=round(verdict.points * factor, 6),
        max_points=task.points,
        parts=tuple(
            replace(
                part,
                points=round(part.points * factor, 6),
                max_points=round(part.max_points * factor, 6),
            )
            for part in verdict.parts
        ),
    )
