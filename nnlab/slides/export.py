"""Writes decks, their index and their handouts into a folder."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnlab.live import Demo, demos
from nnlab.live.block import block
from nnlab.site.export import megabytes
from nnlab.site.folder import OwnFolder
from nnlab.site.lessons import Lesson, find_lessons, read_lesson
from nnlab.site.page import INDEX
from nnlab.slides.deck import deck_page, index_page
from nnlab.slides.handout import Printer

__all__ = ["DECK_BUDGET", "Decks", "export_slides"]

DECK_BUDGET = 15_000_000
"""Bytes that a deck should not exceed."""

_Figure = Callable[[Demo[Any, Any]], str]
_Say = Callable[[str], None]


@dataclass(frozen=True)
class Decks:
    """Decks that have been written.

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


def export_slides(
    out: Path,
    names: Sequence[str] = (),
    *,
    exercises: bool = False,
    solutions: bool = False,
    handouts: bool = False,
    notes: bool = False,
    say: _Say = print,
    figure: _Figure = block,
    lessons: Path | None = None,
) -> Decks:
    """Write lessons as decks of slides that need no network, with an index.

    The folder then holds these decks and no others; what an earlier call wrote and nobody has
    changed since is replaced or removed.

    Parameters
    ----------
    out : pathlib.Path
        Folder to write to; it is made if it does not exist.
    names : sequence of str, optional
        Which lessons, each by its name (``"01_task_setup"``) or number; by default all.
    exercises, solutions : bool, optional
        Whether exercises, and their solutions, become slides, too.
    handouts : bool, optional
        Whether each deck is also written as a PDF file, two slides on a page.
    notes : bool, optional
        Whether speaker notes are printed below the slides of a handout.
    say : callable, optional
        Is told, sentence by sentence, what is being done.
    figure : callable, optional
        Makes HTML of a demo; by default `nnlab.live.block.block`.
    lessons : pathlib.Path, optional
        Folder with notebooks that have been run; by default the installed lessons.

    Returns
    -------
    Decks

    Raises
    ------
    SiteError
        If a lesson is unknown or cannot be shown, if the folder cannot be written or holds
        something that this function did not write, or if there is no browser to print with.
    """
    paths = find_lessons(names, folder=lessons)
    folder = OwnFolder(out, "slides")
    course = [read_lesson(path) for path in paths]
    printer = Printer.found() if handouts else None
    known = demos()
    files = {}
    for lesson in course:
        page = deck_page(
            lesson,
            known=known,
            figure=figure,
            course=course,
            exercises=exercises,
            solutions=solutions,
        )
        files[lesson.page] = page.encode()
        size = len(files[lesson.page])
        say(f"{lesson.name}: {megabytes(size)}.")
        if size > DECK_BUDGET:
            say(f"{lesson.name}: that is more than the {megabytes(DECK_BUDGET)} of its budget.")
    sizes = {name: megabytes(len(content)) for name, content in files.items()}
    if printer is not None:
        files |= _printed(printer, course, files, notes=notes, say=say)
    files[INDEX] = index_page(course, sizes, handouts).encode()
    for name in folder.write(files):
        say(f"{name} is no longer part of the decks, but was changed, so it was left there.")
    return Decks(out / INDEX, len(files), sum(map(len, files.values())))


def _printed(
    printer: Printer, course: Sequence[Lesson], decks: dict[str, bytes], *, notes: bool, say: _Say
) -> dict[str, bytes]:
    made = printer.handouts([decks[lesson.page] for lesson in course], notes=notes)
    files = {}
    for lesson, content in zip(course, made, strict=True):
        files[f"{lesson.name}.pdf"] = content
        say(f"{lesson.name}: handout, {megabytes(len(content))}.")
    return files
