"""Writes the pages into a folder, and nothing there that somebody else has written."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlab import workspace
from nnlab.live import Demo, demos
from nnlab.live.block import block
from nnlab.site.body import Body, make_body
from nnlab.site.cells import prepare
from nnlab.site.errors import SiteError
from nnlab.site.lessons import Lesson, find_lessons, read_lesson
from nnlab.site.maths import FormulaError
from nnlab.site.page import INDEX, RESERVED_IDS, index_page, lesson_page

__all__ = ["MARKER", "PAGE_BUDGET", "Site", "export_site", "make_pages"]

PAGE_BUDGET = 12_000_000
"""Bytes that the page of a lesson should not exceed."""

MARKER = ".nnlab-site.json"
"""File in the folder that lists what this command wrote there, with its digests."""
_FORMAT = 1

_Figure = Callable[[Demo[Any, Any]], str]
_Say = Callable[[str], None]


@dataclass(frozen=True)
class Site:
    """Pages that have been written.

    Parameters
    ----------
    index : pathlib.Path
        The page to open first.
    files : int
        How many files there are.
    size : int
        Their total size in bytes.
    """

    index: Path
    files: int
    size: int


def export_site(
    out: Path,
    names: Sequence[str] = (),
    *,
    say: _Say = print,
    figure: _Figure | None = None,
    lessons: Path | None = None,
) -> Site:
    """Write lessons as web pages that need no network, with an index and their notebooks.

    The folder then holds these lessons and no others; what an earlier call wrote and nobody has
    changed since is replaced or removed.

    Parameters
    ----------
    out : pathlib.Path
        Folder to write to; it is made if it does not exist.
    names : sequence of str, optional
        Which lessons, each by its name (``"01_task_setup"``) or number; by default all.
    say : callable, optional
        Is told, sentence by sentence, what is being done.
    figure : callable, optional
        Makes HTML of a demo; by default `nnlab.live.block.block`.
    lessons : pathlib.Path, optional
        Folder with notebooks that have been run; by default the installed lessons.

    Returns
    -------
    Site

    Raises
    ------
    SiteError
        If a lesson is unknown or cannot be shown, or if the folder cannot be written or holds
        something that this function did not write.
    """
    paths = find_lessons(names, folder=lessons)
    folder = _Folder(out)
    files = make_pages([read_lesson(path) for path in paths], say=say, figure=figure)
    files |= {path.name: path.read_bytes() for path in paths}
    for name in folder.write(files):
        say(f"{name} is no longer part of the pages, but was changed, so it was left there.")
    return Site(out / INDEX, len(files), sum(map(len, files.values())))


def make_pages(
    lessons: Sequence[Lesson], *, say: _Say = print, figure: _Figure | None = None
) -> dict[str, bytes]:
    """Make the pages of lessons and their index.

    Parameters
    ----------
    lessons : sequence of Lesson
        In the order of the course.
    say : callable, optional
        Is told, sentence by sentence, what is being done.
    figure : callable, optional
        Makes HTML of a demo; by default `nnlab.live.block.block`.

    Returns
    -------
    dict of str to bytes
        Contents by file name.

    Raises
    ------
    SiteError
        If a lesson holds something that cannot be shown; the message names the lesson.
    """
    figure = figure or block
    known = demos()
    pages = {lesson.path.name: lesson.page for lesson in lessons}
    # Mistakes in the text come to light before any figure is rendered.
    bodies = [_make_body(lesson, lessons, pages, known) for lesson in lessons]
    files: dict[str, bytes] = {}
    neighbours = [None, *lessons, None]
    for number, (lesson, body) in enumerate(zip(lessons, bodies, strict=True)):
        if body.demos:
            say(f"{lesson.name}: rendering its live figures ({len(body.demos)}).")
        figures = {name: figure(known[name]) for name in body.demos}
        page = lesson_page(
            lesson, body, body.filled(figures), neighbours[number], neighbours[number + 2]
        )
        files[lesson.page] = page.encode()
        size = len(files[lesson.page])
        say(f"{lesson.name}: {megabytes(size)}.")
        if size > PAGE_BUDGET:
            say(f"{lesson.name}: that is more than the {megabytes(PAGE_BUDGET)} of its budget.")
    return files | {INDEX: index_page(lessons).encode()}


def megabytes(size: int) -> str:
    """Return a size in bytes in words: ``"3.1 MB"``."""
    return f"{size / 1e6:.1f} MB"


def _make_body(
    lesson: Lesson,
    lessons: Sequence[Lesson],
    pages: Mapping[str, str],
    known: Mapping[str, Demo[Any, Any]],
) -> Body:
    try:
        body = make_body(
            prepare(lesson.notebook),
            folder=lesson.path.parent,
            pages=pages,
            course=lessons,
            reserved=RESERVED_IDS,
        )
    except (FormulaError, SiteError) as error:
        raise SiteError(f"Lesson {lesson.name} cannot be shown: {error}.") from error
    for name in body.demos:
        if name not in known:
            raise SiteError(
                f"Lesson {lesson.name} cannot be shown: there is no live figure {name!r}; "
                "build the lesson again."
            )
    return body


class _Folder:
    """A folder in which only those files are touched that this command wrote there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._marker = path / MARKER
        if os.path.lexists(path) and not path.is_dir():
            raise SiteError(f"{path} is a file, not a folder.")
        self._written: dict[str, list[str]] = {}
        if self._marker.is_file():
            self._written = _read_marker(self._marker)
        elif path.is_dir() and any(path.iterdir()):
            raise SiteError(
                f"The folder {path} is not empty and was not written by nnlab site; name another."
            )
        # Now, and not after a minute of rendering.
        if problem := workspace.write_problem(path, make=True):
            raise SiteError(problem)

    def write(self, files: Mapping[str, bytes]) -> list[str]:
        """Write files and remove those written before; return those left, as they were changed."""
        changed = [name for name in self._written if self._is_changed(name)]
        foreign = [
            name
            for name in files
            if name in changed or (name not in self._written and os.path.lexists(self._path / name))
        ]
        if foreign:
            raise SiteError(
                f"In {self._path}, {', '.join(foreign)} would be overwritten, but was not written "
                "by nnlab site or was changed since; move it elsewhere."
            )
        new = {name: _digest(content) for name, content in files.items()}
        try:
            # Should it be interrupted, old and new files count as its own the next time.
            self._note(
                {
                    name: [*self._written.get(name, []), *([new[name]] if name in new else [])]
                    for name in self._written | new
                }
            )
            for name, content in files.items():
                _replace(self._path / name, content)
            stale = [name for name in self._written if name not in files and name not in changed]
            for name in stale:
                (self._path / name).unlink(missing_ok=True)
            self._note({name: [digest] for name, digest in new.items()})
        except OSError as error:
            reason = error.strerror or error
            raise SiteError(f"The pages could not be written to {self._path}: {reason}.") from error
        return [name for name in changed if name not in files]

    def _is_changed(self, name: str) -> bool:
        path = self._path / name
        if not os.path.lexists(path):
            return False
        return not path.is_file() or _digest(path.read_bytes()) not in self._written[name]

    def _note(self, written: Mapping[str, list[str]]) -> None:
        content = {"format": _FORMAT, "files": written}
        _replace(self._marker, (json.dumps(content, indent=1) + "\n").encode())


def _read_marker(path: Path) -> dict[str, list[str]]:
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != _FORMAT:
            raise ValueError(f"format {data['format']!r}")
        return {
            str(name): [str(digest) for digest in digests]
            for name, digests in data["files"].items()
            if Path(name).name == name
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SiteError(
            f"The record of an earlier nnlab site, {path}, cannot be read; name another folder."
        ) from error


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one step, so that nobody ever sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
