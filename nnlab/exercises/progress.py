"""The reader's own progress: best result of every exercise, kept in the working folder.

One small file per exercise, ``.nnlab/progress/01.mse.json``. Without a working folder nothing is
written. The course's own lessons are in nobody's: what is built and tested there must not hold the
record of the person who does it.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlab._resources import lessons_dir
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
        workspace = working_folder()
        if workspace is None:
            return ""
        new = Record(verdict.points, verdict.max_points, verdict.state)
        path = _path(workspace, verdict.name)
        if _rank(new) > _rank(_read(path)):
            _write(path, new)
    except OSError as error:
        return f"Your progress could not be saved: {error.strerror or error}."
    return ""


def working_folder(start: Path | None = None) -> Path | None:
    """Return the folder whose record is kept at a place, or None.

    Parameters
    ----------
    start : pathlib.Path, optional
        The place; default: the current folder.

    Returns
    -------
    pathlib.Path or None
        None outside of any working folder and among the course's own lessons.
    """
    place = Path.cwd() if start is None else start.resolve()
    return None if place == lessons_dir() else find_workspace(place)


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
    workspace = working_folder(start)
    return Record() if workspace is None else _read(_path(workspace, name))


def _path(workspace: Path, name: str) -> Path:
    return workspace / STATE_FOLDER / _FOLDER / f"{name}.json"


def _rank(kept: Record) -> tuple[int, float]:
    return STATES.index(kept.state), kept.points


def _read(path: Path) -> Record:
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        points, max_points, state = data["points"], data["max_points"], data["state"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Record()  # none yet, not readable, or damaged
    numbers = all(
        type(n) in (int, float) and n >= 0 and math.isfinite(n) for n in (points, max_points)
    )
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
