"""A class folder for nbgrader: written once, then the teacher's own."""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nnlab._resources import lessons_dir
from nnlab.exercises import withholding
from nnlab.exercises.withholding import Withholding
from nnlab.grading.class_error import ClassError
from nnlab.grading.jobs import Level
from nnlab.grading.levels import why_not
from nnlab.grading.secret import Secret

CONFIG_FILE = "nbgrader_config.py"
SECRET_FILE = "nnlab-secret"
README_FILE = "README.md"

_TEMPLATES = Path(__file__).parent / "templates"
_COURSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Setup:
    """What `set_up` did.

    Parameters
    ----------
    folder : pathlib.Path
        The class folder, absolute.
    made : tuple of str
        Files written, relative to the folder.
    kept : tuple of str
        Files that were there before and stayed as they are.
    required : str
        Label of the isolation that the class demands if the settings were written now, else empty.
    """

    folder: Path
    made: tuple[str, ...]
    kept: tuple[str, ...]
    required: str = ""


def set_up(folder: Path, course: str | None = None, lessons: Iterable[str] = ()) -> Setup:
    """Write what a class needs into a folder; what is there already is left as it is.

    Parameters
    ----------
    folder : pathlib.Path
        The class folder; it is made if it does not exist.
    course : str, optional
        nbgrader's name of the course; by default made from the folder's name.
    lessons : iterable of str
        Names or numbers of the lessons to put into ``source``; by default all that have exercises.

    Returns
    -------
    Setup
        Which files were written and which were there.

    Raises
    ------
    ClassError
        If a lesson does not exist or has no exercises, the course's name cannot be used, or the
        folder cannot be written.
    """
    folder = Path(folder).absolute()
    chosen = _chosen(list(lessons))
    name = _course_name(folder) if course is None else course
    if not _COURSE.fullmatch(name):
        raise ClassError(
            f"The name of a course is letters, digits, '-', '_' and '.', not {name!r}; "
            "give one with --course."
        )
    required = Level.LIMITS if why_not(Level.LANDLOCK) else Level.LANDLOCK
    made: list[str] = []
    kept: list[str] = []

    def new(path: str) -> Path | None:
        """Return where a file goes, or None if there is one."""
        place = folder / path
        taken = place.exists() or place.is_symlink()
        (kept if taken else made).append(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        return None if taken else place

    try:
        settings = new(CONFIG_FILE)
        if settings is not None:
            text = _filled("nbgrader_config.py.txt", course=name, level=required.label)
            settings.write_text(text, encoding="utf-8")
        secret = new(SECRET_FILE)
        if secret is not None:
            Secret.load_or_make(secret)
        for lesson in chosen:
            notebook = new(f"source/{lesson.stem}/{lesson.name}")
            if notebook is not None:
                notebook.write_bytes(lesson.read_bytes())
        readme = new(README_FILE)
        if readme is not None:
            text = _filled("class_readme.md", course=name, assignment=chosen[0].stem)
            readme.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ClassError(
            f"{folder} cannot be made a class folder: {error.strerror or error}."
        ) from None
    demanded = required.label if CONFIG_FILE in made else ""
    return Setup(folder, tuple(made), tuple(kept), demanded)


def withhold(folder: Path, assignment: str, until: date | None = None) -> Path:
    """Let the notebooks of an assignment show no solutions.

    Parameters
    ----------
    folder : pathlib.Path
        The class folder.
    assignment : str
        Name of a folder in its ``source``.
    until : datetime.date, optional
        The last day on which solutions are not shown; by default there is none.

    Returns
    -------
    pathlib.Path
        The file that says so; nbgrader hands it out with the notebook.

    Raises
    ------
    ClassError
        If there is no such class or assignment, the day is over, or the file cannot be written.
    """
    place = _assignment(folder, assignment)
    if until is not None and until < date.today():
        raise ClassError(f"The day {until} is over; give today or a later one.")
    try:
        return withholding.write(place, Withholding(until))
    except OSError as error:
        raise ClassError(f"{place} cannot be written: {error.strerror or error}.") from None


def show(folder: Path, assignment: str) -> bool:
    """Let the notebooks of an assignment show solutions again.

    Parameters
    ----------
    folder : pathlib.Path
        The class folder.
    assignment : str
        Name of a folder in its ``source``.

    Returns
    -------
    bool
        Whether they were withheld.

    Raises
    ------
    ClassError
        If there is no such class or assignment, or the file cannot be removed.
    """
    path = _assignment(folder, assignment) / withholding.FILE
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ClassError(f"{path} cannot be removed: {error.strerror or error}.") from None
    return True


def _chosen(names: list[str]) -> list[Path]:
    """Return the notebooks of the lessons that are named, or of all that have exercises."""
    notebooks = {path.stem: path for path in sorted(lessons_dir().glob("*.ipynb"))}
    if not names:
        return [path for path in notebooks.values() if _has_exercises(path)]
    chosen = []
    for name in names:
        wanted = name.removesuffix(".ipynb")
        number = f"{int(wanted):02d}_" if wanted.isascii() and wanted.isdigit() else None
        found = [
            path
            for stem, path in notebooks.items()
            if stem == wanted or (number is not None and stem.startswith(number))
        ]
        if not found:
            raise ClassError(f"There is no lesson {name!r}; there are {', '.join(notebooks)}.")
        if not _has_exercises(found[0]):
            raise ClassError(f"The lesson {found[0].stem} has no exercises to be marked.")
        chosen.append(found[0])
    return list(dict.fromkeys(chosen))


def _has_exercises(path: Path) -> bool:
    return any(cell.get("metadata", {}).get("nbgrader", {}).get("grade") for cell in _cells(path))


def _cells(path: Path) -> Iterator[dict[str, Any]]:
    yield from json.loads(path.read_bytes())["cells"]


def _course_name(folder: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", folder.name).strip("-_.") or "nnlab"


def _assignment(folder: Path, assignment: str) -> Path:
    folder = Path(folder).absolute()
    if not (folder / CONFIG_FILE).is_file():
        raise ClassError(
            f"{folder} is no class folder, it holds no {CONFIG_FILE}; "
            "go there, or name it with --dir."
        )
    source = folder / "source"
    there = sorted(path.name for path in source.iterdir()) if source.is_dir() else []
    if assignment not in there or not (source / assignment).is_dir():
        listed = f"there are {', '.join(there)}" if there else f"{source} is empty"
        raise ClassError(f"There is no assignment {assignment!r}; {listed}.")
    return source / assignment


def _filled(template: str, **values: str) -> str:
    text = (_TEMPLATES / template).read_text(encoding="utf-8")
    return string.Template(text).substitute(values)
