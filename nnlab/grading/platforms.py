"""Whose notebook is which file: the names that learning platforms give to what they export.

Moodle names the student and a number in front of ``assignsubmission_file``, Canvas a squeezed name,
the user's number and the file's number. Otherwise the first folder is the student, as in
nbgrader's ``submitted``, or the file itself is called after the student.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal, TypeAlias

from nnlab.grading.files import File

Platform: TypeAlias = Literal["moodle", "canvas", "plain"]

_SUFFIXES = (".ipynb", ".ipynb.json", ".ipynb.txt")  # browsers and platforms append the latter
# Moodle has no underscores in names, but what unpacks a zip may put one for a letter like "<".
# Where groups hand in, name and number are the group's; the default group has no number.
_MOODLE = re.compile(
    r"(?P<name>.+?)(?:_(?P<id>\d+))?_assignsubmission_[a-z]+(?:_(?P<rest>.*))?",
    re.DOTALL,
)
# Canvas takes "_digits_" out of names. With anonymous marking "anon" and letters stand for both.
_CANVAS = re.compile(
    r"(?:(?P<name>(?!anon_|LATE_).+?)_)?(?:LATE_)?(?P<id>\d+|anon_[^\W_]+)_(?P<file>\d+)_(?P<rest>.+)",
    re.DOTALL,
)
# What is appended to a name that is there already: Canvas "-1", browsers " (1)".
_AGAIN = re.compile(r"(?:-(\d{1,3})| ?\((\d{1,3})\))$")


@dataclass(frozen=True)
class Student:
    """Who handed something in.

    Parameters
    ----------
    id : str
        What tells students apart: the platform's number, or the name of the folder or file.
    name : str
        For people to read; not unique.
    platform : {"moodle", "canvas", "plain"}
        Whose names the files bear.
    """

    id: str
    name: str
    platform: Platform

    @property
    def label(self) -> str:
        """Name and identity, in so far as they differ."""
        return self.name if self.name == self.id else f"{self.name} ({self.id})"


@dataclass(frozen=True)
class Notebook:
    """A notebook that was handed in.

    Parameters
    ----------
    student : Student
        By whom.
    path : str
        Where it lies in the export.
    names : tuple of str
        What may be the assignment's name: that of the file, without what was appended to it, then
        those of the folders around it.
    age : tuple
        The larger, the newer among the notebooks of one student.
    read : callable
        Returns its content; raises `nnlab.grading.files.FileProblemError`.
    """

    student: Student
    path: str
    names: tuple[str, ...]
    age: tuple[object, ...]
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Listed:
    """A file that is not marked.

    Parameters
    ----------
    path : str
        Where it lies in the export.
    reason : str
        Why, as a sentence without a full stop.
    student : Student or None
        Whose it is, if that can be told.
    minor : bool
        Whether nobody needs to look: it is no notebook, or another one counts instead.
    """

    path: str
    reason: str
    student: Student | None = None
    minor: bool = False


@dataclass(frozen=True)
class Export:
    """What was found.

    Parameters
    ----------
    platform : {"moodle", "canvas", "plain"}
        Whose names most files bear.
    notebooks : tuple of Notebook
        All that can be tried, in the order of their paths.
    listed : tuple of Listed
        All other files.
    """

    platform: Platform
    notebooks: tuple[Notebook, ...]
    listed: tuple[Listed, ...]

    @property
    def students(self) -> tuple[Student, ...]:
        """Everybody who handed in anything, in the order of names."""
        everybody = {notebook.student.id: notebook.student for notebook in self.notebooks}
        for listed in self.listed:
            if listed.student is not None:
                everybody.setdefault(listed.student.id, listed.student)
        return tuple(sorted(everybody.values(), key=lambda s: (s.name.casefold(), s.name, s.id)))


@dataclass(frozen=True)
class _Place:
    """What the names around a file say."""

    student: Student
    rest: tuple[str, ...]
    number: int = 0


def sort_out(files: Sequence[File], platform: Platform | None = None) -> Export:
    """Return whose the files of an export are.

    Parameters
    ----------
    files : sequence of File
        From `nnlab.grading.files.open_export`.
    platform : {"moodle", "canvas", "plain"}, optional
        Whose names the files bear; by default what the names look like. A file that does not bear
        such a name counts as one of a plain folder.

    Returns
    -------
    Export
    """
    if platform is None:
        platform = _guess(files)
    notebooks, listed = [], []
    for file in files:
        place = _place(file, platform)
        if file.problem:
            listed.append(Listed(file.path, file.problem, _author(file, place)))
        elif not _is_notebook(file.parts[-1]):  # a PDF beside the notebook, say
            listed.append(Listed(file.path, "it is not a notebook", _author(file, place), True))
        else:
            notebooks.append(_notebook(file, place))
    return Export(platform, tuple(notebooks), tuple(listed))


def _guess(files: Sequence[File]) -> Platform:
    if any(_moodle(file.parts) for file in files):
        return "moodle"
    candidates = [file for file in files if _is_notebook(file.parts[-1])]
    # A plain name can look like Canvas's, such as "anna_2025_04_work"; hardly so for most of them.
    if sum(_canvas(file.parts) is not None for file in candidates) * 2 > len(candidates):
        return "canvas"
    return "plain"


def _place(file: File, platform: Platform) -> _Place:
    place = None
    if platform == "moodle":
        place = _moodle(file.parts)
    elif platform == "canvas":
        place = _canvas(file.parts)
    return place or _plain(file.parts)


def _moodle(parts: tuple[str, ...]) -> _Place | None:
    for i, part in enumerate(parts):
        match = _MOODLE.fullmatch(part)
        if match:
            name, number, rest = match["name"].strip(), match["id"], match["rest"]
            student = Student(number or name, name, "moodle")
            return _Place(student, ((rest,) if rest else ()) + parts[i + 1 :])
    return None


def _canvas(parts: tuple[str, ...]) -> _Place | None:
    for i, part in enumerate(parts):
        match = _CANVAS.fullmatch(part)
        # Of files only: a folder around them may well be called "work_2025_10_all".
        if match and (i == len(parts) - 1 or part.lower().endswith(".zip")):
            student = Student(match["id"], match["name"] or match["id"], "canvas")
            return _Place(student, (match["rest"], *parts[i + 1 :]), int(match["file"]))
    return None


def _plain(parts: tuple[str, ...]) -> _Place:
    first = parts[0] if parts else ""
    name = _stem(first) if len(parts) < 2 or first.lower().endswith(".zip") else first
    return _Place(Student(name, name, "plain"), parts[1:] or parts)


def _author(file: File, place: _Place) -> Student | None:
    """Return whose a file is that is not marked: nobody's if it just lies at the top."""
    named = len(file.parts) > 1 or file.parts[-1].lower().endswith((*_SUFFIXES, ".zip"))
    return place.student if named or place.student.platform != "plain" else None


def _notebook(file: File, place: _Place) -> Notebook:
    name = _stem(place.rest[-1])
    again = _AGAIN.search(name)
    times = int(again[1] or again[2]) if again else 0
    names = (name, name[: again.start()]) if again else (name,)
    folders = tuple(reversed(place.rest[:-1]))
    age = (place.number, file.modified, times, file.path)
    return Notebook(place.student, file.path, names + folders, age, file.read)


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES)


def _stem(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return PurePosixPath(name).stem
