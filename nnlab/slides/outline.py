"""Which cells of a lesson stand on which slide."""

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from nnlab.exercises import catalogue
from nnlab.site.lessons import Lesson

__all__ = ["Slide", "outline"]

_STATEMENT = re.compile(r"\*\*Exercise (?P<names>\d\d\..+?)\.\*\*\s+", re.DOTALL)
_CHECKED = re.compile(r'check\("([\w.]+)"')
_WRAPPER = re.compile(r"\A<details><summary>.*?</summary>|</details>\s*\Z", re.DOTALL)


@dataclass
class Slide:
    """What one slide shows, and what the speaker says to it.

    Parameters
    ----------
    cells : list of NotebookNode
        In order.
    below : bool
        Whether it belongs to the slide before, as a notebook's ``subslide``.
    notes : list of NotebookNode
        Speaker notes: Markdown cells.
    """

    cells: list[NotebookNode]
    below: bool = False
    notes: list[NotebookNode] = field(default_factory=list)


def outline(lesson: Lesson, *, exercises: bool = False, solutions: bool = False) -> list[Slide]:
    """Arrange the cells of a lesson on slides, after the slide types in their metadata.

    Cells of type ``skip`` are for readers and left out, and so are checks of exercises. Code to be
    mended that stands on a slide of its own stays: it is a question to the audience.

    Parameters
    ----------
    lesson : Lesson
        Its title is not among the slides.
    exercises : bool, optional
        Whether exercises become slides, too, each with the code it starts from.
    solutions : bool, optional
        Whether each exercise is followed by its solution. Exercises are then kept, too.

    Returns
    -------
    list of Slide
        Speaker notes in front of the first slide belong to the title; they stand on a slide
        without cells.
    """
    made = [Slide([])]
    for cell in _arranged(lesson.notebook.cells, exercises or solutions, solutions):
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "-")
        if kind == "notes":
            made[-1].notes.append(_unwrapped(cell))
        elif kind in ("slide", "subslide"):
            made.append(Slide([cell], below=kind == "subslide" and len(made) > 1))
        elif kind != "skip" and made[-1].cells:
            made[-1].cells.append(cell)
        elif kind != "skip":
            made.append(Slide([cell]))
    return made


def _arranged(
    cells: Sequence[NotebookNode], exercises: bool, solutions: bool
) -> Iterator[NotebookNode]:
    """Yield the cells; exercises and solutions that are wanted become slides of their own."""
    titled = False  # whether the exercise that follows has its heading already
    for place, cell in enumerate(cells):
        about = cell.metadata.get("nbgrader", {})
        skipped = cell.metadata.get("slideshow", {}).get("slide_type") == "skip"
        if about.get("grade") or "check" in cell.metadata.get("tags", []):
            if solutions:
                for name in _CHECKED.findall(cell.source):
                    yield from _solution(name)
        elif not (exercises and skipped):
            yield cell
        elif match := _STATEMENT.match(cell.source):
            names = match["names"].replace("**", "")
            text = cell.source[match.end() :]
            yield _markdown(f"## Exercise {names}\n\n{text}")
            titled = True
        elif about.get("solution"):
            if not titled:
                yield _markdown(f"## Exercise {_next_exercise(cells[place:])}")
            titled = False
            yield _with_type(cell, "-")


def _next_exercise(cells: Sequence[NotebookNode]) -> str:
    """Return the name of the exercise that the next check is about."""
    return next(match[1] for cell in cells if (match := _CHECKED.search(cell.source)))


def _solution(name: str) -> Iterator[NotebookNode]:
    yield _markdown(f"## Solution of {name}")
    code: NotebookNode = new_code_cell(  # type: ignore[no-untyped-call]
        catalogue.exercise(name).solution_source.strip()
    )
    yield _with_type(code, "-")


def _markdown(source: str) -> NotebookNode:
    cell: NotebookNode = new_markdown_cell(source)  # type: ignore[no-untyped-call]
    return _with_type(cell, "subslide")


def _with_type(cell: NotebookNode, kind: str) -> NotebookNode:
    made = copy.copy(cell)
    made.metadata = copy.copy(cell.metadata)
    made.metadata["slideshow"] = {"slide_type": kind}
    return made


def _unwrapped(cell: NotebookNode) -> NotebookNode:
    """Return speaker notes without the fold that hides them in the notebook."""
    made = _with_type(cell, "-")
    made.source = _WRAPPER.sub("", cell.source).strip()
    return made
