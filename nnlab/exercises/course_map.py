"""The map of the course: every lesson, and how far the reader is."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nnlab._resources import lessons_dir
from nnlab.exercises import catalogue
from nnlab.exercises.card import LOOK
from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.markup import GREEN, LINE, paragraph, rich
from nnlab.exercises.progress import record, working_folder
from nnlab.exercises.specification import Exercise
from nnlab.exercises.tables import body, cell, row, row_head, table
from nnlab.exercises.verdict import State

_CHECK = re.compile(r'"check\(\\"([\w.]+)\\", ')  # a source in the JSON of a notebook
_PLAYGROUND = "playground.ipynb"
_NOWHERE = (
    "Made outside a working folder, so nothing is counted here. In the folder that the command "
    "`nnlab` opens, run this cell again."
)


@dataclass(frozen=True)
class Standing:
    """An exercise and the reader's best result.

    Parameters
    ----------
    exercise : Exercise
        The exercise.
    state : {"not attempted", "wrong", "partly right", "right"}
        State of that result.
    points : float
        Earned, of the points that the exercise gives today.
    """

    exercise: Exercise
    state: State
    points: float


@dataclass(frozen=True)
class Progress:
    """A lesson and how much of it is done.

    Parameters
    ----------
    lesson : Lesson
        The lesson.
    exercises : tuple of Standing
        All of its exercises.
    questions : int
        How many questions it asks.
    """

    lesson: Lesson
    exercises: tuple[Standing, ...]
    questions: int


class CourseMap:
    """The lessons that exist and how much of each is done, as the value of a cell.

    Parameters
    ----------
    lessons : sequence of Progress
        In order.
    counted : bool
        Whether there is a record that results are taken from.
    """

    def __init__(self, lessons: Sequence[Progress], *, counted: bool) -> None:
        self.lessons = tuple(lessons)
        self.counted = counted

    def __repr__(self) -> str:
        lines = [
            f"{p.lesson.key} {p.lesson.title}: {p.lesson.question} "
            f"({p.lesson.minutes} min, {_done(p.exercises)} exercises solved, "
            f"{_points(p.exercises)} points)"
            for p in self.lessons
        ]
        everything = self._everything()
        lines.append(
            f"All lessons: {self._time()}, {_done(everything)} exercises solved, "
            f"{_points(everything)} points"
        )
        lines.append(self._next_step()[0])
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        columns = [
            ("Lesson", "19%"),
            ("Question it answers", "27%"),
            ("Minutes", "10%"),
            ("Exercises solved", "29%"),
            ("Points", "15%"),
        ]
        everything = self._everything()
        playground = row(
            row_head(f'<a href="{_PLAYGROUND}">Playground</a>'),
            cell("What happens if I change this?"),
            cell("30"),
            cell(""),
            cell(""),
        )
        total = row(
            row_head("All lessons"),
            cell(""),
            cell(self._time()),
            cell(f"{_sign(everything)} {_done(everything)}"),
            cell(_bar(everything)),
        )
        return (
            paragraph(self._next_step()[1])
            + table(columns, body(*map(_row, self.lessons), playground), body(total))
            + ("" if self.counted else paragraph(f"<small>{rich(_NOWHERE)}</small>"))
        )

    def _everything(self) -> list[Standing]:
        return [standing for p in self.lessons for standing in p.exercises]

    def _time(self) -> str:
        hours, minutes = divmod(sum(p.lesson.minutes for p in self.lessons), 60)
        return f"{hours} h {minutes} min"

    def _next_step(self) -> tuple[str, str]:
        """Return, as text and as HTML, where to go on."""
        for p in self.lessons:
            for standing in p.exercises:
                if standing.state != "right":
                    exercise = standing.exercise
                    where = f"{p.lesson.key} {p.lesson.title}"
                    return (
                        f"Go on with {where}: exercise {exercise.name}, {exercise.title}",
                        f"<strong>Go on with {_link(p.lesson)}</strong>: exercise "
                        f"{exercise.name}, {rich(exercise.title)}.",
                    )
        return "✔ All exercises are solved.", "<strong>✔ All exercises are solved.</strong>"


def progress() -> CourseMap:
    """Return the map of the course with the reader's own progress.

    Returns
    -------
    CourseMap
    """
    exercises = catalogue.exercises()
    questions = [name[:2] for name in catalogue.quizzes()]
    return CourseMap(
        [
            Progress(
                lesson,
                tuple(_standing(exercises[name]) for name in _in_order(lesson, exercises)),
                questions.count(key),
            )
            for key, lesson in catalogue.lessons().items()
        ],
        counted=working_folder() is not None,
    )


def _in_order(lesson: Lesson, exercises: Iterable[str]) -> list[str]:
    """Return the names of a lesson's exercises in the order in which its notebook asks for them."""
    names = [name for name in exercises if name[:2] == lesson.key]
    notebook = lessons_dir() / lesson.notebook
    text = notebook.read_text("utf-8") if notebook.exists() else ""
    found = dict.fromkeys(_CHECK.findall(text))
    return [name for name in found if name in names] + [n for n in names if n not in found]


def _standing(exercise: Exercise) -> Standing:
    kept = record(exercise.name)
    right = kept.state == "right"  # also if it gave fewer points at the time
    points = exercise.max_points if right else min(kept.points, exercise.max_points)
    return Standing(exercise, kept.state, points)


def _row(p: Progress) -> str:
    results = "1 result" if p.questions == 1 else f"{p.questions} results"
    listed = "".join(
        f'<li style="margin:2px 0;padding-left:1.2em;text-indent:-1.2em">{LOOK[s.state][0]} '
        f"{rich(s.exercise.title)} <small>("
        f"{LOOK[s.state][1].lower()}, {s.points:g} of {s.exercise.max_points:g})</small></li>"
        for s in p.exercises
    )
    return row(
        row_head(_link(p.lesson)),
        cell(f"{rich(p.lesson.question)}<br><small>{results} to predict</small>"),
        cell(str(p.lesson.minutes)),
        cell(
            f'<details><summary style="cursor:pointer">{_sign(p.exercises)} {_done(p.exercises)}'
            f'</summary><ul style="list-style:none;margin:4px 0;padding-left:0">{listed}</ul>'
            "</details>"
        ),
        cell(_bar(p.exercises)),
    )


def _link(lesson: Lesson) -> str:
    return f'<a href="{html.escape(lesson.notebook)}">{lesson.key} {rich(lesson.title)}</a>'


def _sign(standings: Sequence[Standing]) -> str:
    """Return the sign of the state that all exercises together are in."""
    states = {standing.state for standing in standings}
    if states <= {"right"}:
        return LOOK["right"][0]
    return LOOK["not attempted" if states <= {"not attempted"} else "partly right"][0]


def _done(standings: Sequence[Standing]) -> str:
    return f"{sum(s.state == 'right' for s in standings)} of {len(standings)}"


def _points(standings: Sequence[Standing]) -> str:
    earned, possible = _sums(standings)
    return f"{earned:g} of {possible:g}"


def _sums(standings: Sequence[Standing]) -> tuple[float, float]:
    return (
        round(sum(s.points for s in standings), 6),
        round(sum(s.exercise.max_points for s in standings), 6),
    )


def _bar(standings: Sequence[Standing]) -> str:
    """Return the points in words, with a bar below that is filled as far."""
    earned, possible = _sums(standings)
    share = 100 * earned / possible if possible else 0
    return (
        f"{_points(standings)}"
        f'<div style="border:1px solid {LINE};border-radius:3px;height:0.6em;margin-top:4px;'
        f'max-width:8em"><div style="background-color:{GREEN};height:100%;width:{share:.0f}%">'
        "</div></div>"
    )
