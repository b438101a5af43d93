"""Whether solutions are withheld: a small file beside the notebook says so.

A teacher's ``nnlab class withhold`` writes it into the assignment, nbgrader hands it out with the
notebook, and `nnlab.exercises.solution` looks for it where the notebook runs. It takes away the
temptation and is no lock: the course's source is public.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

FILE = "solutions_withheld.json"

_MAX_BYTES = 10_000


class WithholdingError(ValueError):
    """The file does not say what it should; the message says what is wrong with it."""


@dataclass(frozen=True)
class Withholding:
    """Solutions are not shown.

    Parameters
    ----------
    until : datetime.date or None
        The last day on which they are not shown; None if there is no such day.
    """

    until: date | None = None

    def __post_init__(self) -> None:
        if self.until is not None and type(self.until) is not date:
            raise TypeError(
                f"until must be a datetime.date or None, got a {type(self.until).__name__}"
            )

    @property
    def sentence(self) -> str:
        """What the learner is told."""
        if self.until is None:
            return "Your teacher does not show solutions in this assignment."
        return f"Your teacher shows solutions after {self.until.isoformat()}."

    def holds(self, today: date) -> bool:
        """Return whether solutions are withheld on a day.

        Parameters
        ----------
        today : datetime.date
            The day.

        Returns
        -------
        bool
        """
        return self.until is None or today <= self.until


def read(folder: Path) -> Withholding | None:
    """Return what the file in a folder says.

    Parameters
    ----------
    folder : pathlib.Path
        Where the notebook lies.

    Returns
    -------
    Withholding or None
        None if there is no file.

    Raises
    ------
    WithholdingError
        If the file cannot be read, or is none that `write` wrote.
    """
    path = folder / FILE
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise WithholdingError(f"{path} cannot be read: {error.strerror or error}") from None
    expected = f'{path} should hold {{"until": "YYYY-MM-DD"}} or {{"until": null}}'
    try:
        content: Any = json.loads(data) if len(data) <= _MAX_BYTES else None
        until = content["until"]
        return Withholding(None if until is None else date.fromisoformat(until))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise WithholdingError(expected) from None


def write(folder: Path, withholding: Withholding) -> Path:
    """Write the file into a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Where the notebook lies.
    withholding : Withholding
        What it shall say.

    Returns
    -------
    pathlib.Path
        The file.
    """
    path = folder / FILE
    until = None if withholding.until is None else withholding.until.isoformat()
    path.write_text(json.dumps({"until": until}) + "\n", encoding="utf-8")
    return path


def now() -> Withholding | None:
    """Return what is withheld here and today.

    Returns
    -------
    Withholding or None
        None if nothing is, or if the file beside the notebook is no valid one: a file that someone
        spoilt must not stop a learner's notebook.
    """
    try:
        found = read(Path())
    except WithholdingError:
        return None
    return found if found is not None and found.holds(date.today()) else None
