"""Writes the pages of the course into a folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlab.live import Demo, demos
from nnlab.live.block import block
from nnlab.site.body import lesson_body
from nnlab.site.cells import prepare
from nnlab.site.folder import OwnFolder
from nnlab.site.lessons import Lesson, find_lessons, read_lesson
from nnlab.site.page import INDEX, RESERVED_IDS, index_page, lesson_page

__all__ = ["PAGE_BUDGET", "Site", "export_site", "make_pages"]

PAGE_BUDGET = 12_000_000
"""Bytes that the page of a lesson should not exceed."""

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
    folder = OwnFolder(out, "site")
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
    bodies = [
        lesson_body(
            lesson,
            prepare(lesson.notebook),
            pages=pages,
            course=lessons,
            reserved=RESERVED_IDS,
            known=known,
        )
        for lesson in lessons
    ]
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
