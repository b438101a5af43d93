"""The reader's own progress: best result of every exercise, kept in the working folder.

One small file per exercise, ``.nnlab/progress/01.mse.json``. Without a working folder nothing is
written.
"""

from __future__ import annotations

import html
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlab.exercises import catalogue
from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.markup import LINE, rich
from nnlab.exercises.verdict import STATES, State, Verdict
from nnlab.workspace import STATE_FOLDER, find_workspace

_FOLDER = "progress"


@dataclass(frozen=True)
class Record:
    """The best result of one exercise.

    Parameters
    ----------
    points, max_points : float
        Earned and possible at that time.
    state : {"not attempted", "wrong", "partly right", "right"}
        State of that result.
    """

    points: float = 0.0
    max_points: float = 0.0
    state: State = "not attempted"


def save(verdict: Verdict) -> str:
    """Keep a verdict if it is better than what is kept so far.

    Parameters
    ----------
    verdict : Verdict
        Result of an exercise.

    Returns
    -------
    str
        Empty, or a sentence that says why the result could not be kept.
    """
    try:
        workspace = find_workspace()
        if workspace is None:
            return ""
        new = Record(verdict.points, verdict.max_points, verdict.state)
        path = _path(workspace, verdict.name)
        if _rank(new) > _rank(_read(path)):
            _write(path, new)
    except OSError as error:
        return f"Your progress could not be saved: {error.strerror or error}."
    return ""


def record(name: str, start: Path | None = None) -> Record:
    """Return the best result of an exercise kept in the working folder.

    Parameters
    ----------
    name : str
        Name of the exercise.
    start : pathlib.Path, optional
        Where to look for the working folder from; default: the current folder.

    Returns
    -------
    Record
        An empty one if there is none.
    """
    workspace = find_workspace(start)
    return Record() if workspace is None else _read(_path(workspace, name))


class CourseMap:
    """The lessons that exist and how much of each is done, as the value of a cell.

    Parameters
    ----------
    rows : list of (Lesson, int, int)
        Lesson, number of its exercises that are done, and of all.
    """

    def __init__(self, rows: list[tuple[Lesson, int, int]]) -> None:
        self.rows = rows

    def __repr__(self) -> str:
        return "\n".join(
            f"{lesson.key} {lesson.title}: {lesson.question} "
            f"({lesson.minutes} min, {done}/{total} done)"
            for lesson, done, total in self.rows
        )

    def _repr_html_(self) -> str:
        head = "".join(map(_head, ("Lesson", "Question it answers", "Minutes", "Exercises done")))
        body = "".join(
            "<tr>"
            + _cell(_link(lesson))
            + _cell(rich(lesson.question))
            + _cell(str(lesson.minutes))
            + _cell(f"{'✔ ' * (0 < total == done)}{done} of {total}")
            + "</tr>"
            for lesson, done, total in self.rows
        )
        return (
            '<table style="border-collapse:collapse;text-align:left">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def progress() -> CourseMap:
    """Return the map of the course with the reader's own progress.

    Returns
    -------
    CourseMap
    """
    done: dict[str, int] = {}
    total: dict[str, int] = {}
    for name in catalogue.exercises():
        key = name[:2]
        total[key] = total.get(key, 0) + 1
        done[key] = done.get(key, 0) + (record(name).state == "right")
    return CourseMap(
        [
            (lesson, done.get(key, 0), total.get(key, 0))
            for key, lesson in catalogue.lessons().items()
        ]
    )


def _link(lesson: Lesson) -> str:
    return f'<a href="{html.escape(lesson.notebook)}">{lesson.key} {rich(lesson.title)}</a>'


def _head(text: str) -> str:
    style = f"border-bottom:1px solid {LINE};padding:4px 12px;text-align:left"
    return f'<th style="{style}">{text}</th>'


def _cell(content: str) -> str:
    return f'<td style="padding:4px 12px;text-align:left">{content}</td>'


def _path(workspace: Path, name: str) -> Path:
    return workspace / STATE_FOLDER / _FOLDER / f"{name}.json"


def _rank(kept: Record) -> tuple[int, float]:
    return STATES.index(kept.state), kept.points


def _read(path: Path) -> Record:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        points, max_points, state = data["points"], data["max_points"], data["state"]
    except (OSError, ValueError, TypeError, KeyError):  # none yet, not readable, or damaged
        return Record()
    numbers = all(type(n) in (int, float) and n >= 0 for n in (points, max_points))
    return Record(points, max_points, state) if numbers and state in STATES else Record()


def _write(path: Path, kept: Record) -> None:
    """Write to a file beside it and rename, so that a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"points": kept.points, "max_points": kept.max_points, "state": kept.state})
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
