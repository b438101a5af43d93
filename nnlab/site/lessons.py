"""The lessons as their notebooks present themselves: title, question and minutes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode, ValidationError

from nnlab import _resources
from nnlab.site.errors import SiteError

__all__ = ["Lesson", "find_lessons", "read_lesson"]

_TITLE_CELL = re.compile(
    r"# (?P<title>.+)\n\s*\n\*\*(?P<question>.+)\*\*\n\s*\n(?P<minutes>\d+) minutes\s*"
)

_NUMBER = re.compile(r"\d\d(?=_)")


@dataclass(frozen=True)
class Lesson:
    """A lesson that has been run.

    Parameters
    ----------
    path : pathlib.Path
        Its notebook.
    title : str
        Such as ``"Setting up the task"``.
    question : str
        The question it answers.
    minutes : int
        How long it takes.
    notebook : NotebookNode
        All cells after the title.
    """

    path: Path
    title: str
    question: str
    minutes: int
    notebook: NotebookNode = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """File name without extension: ``"01_task_setup"``."""
        return self.path.stem

    @property
    def number(self) -> str:
        """The two digits in front: ``"01"``; empty for a page beside the lessons."""
        match = _NUMBER.match(self.name)
        return match[0] if match else ""

    @property
    def page(self) -> str:
        """File name of its page: ``"01_task_setup.html"``."""
        return f"{self.name}.html"

    @property
    def exercises(self) -> int:
        """How many exercises it has."""
        return sum(
            cell.metadata.get("nbgrader", {}).get("grade", False) for cell in self.notebook.cells
        )


def find_lessons(names: Sequence[str] = (), *, folder: Path | None = None) -> list[Path]:
    """Return the notebooks of lessons, in the order of the course; what has no number comes last.

    Parameters
    ----------
    names : sequence of str, optional
        Which ones, each by its name (``"01_task_setup"``) or its number (``"01"``); by default all.
    folder : pathlib.Path, optional
        Where to look; by default the installed lessons.

    Returns
    -------
    list of pathlib.Path
        At least one.

    Raises
    ------
    SiteError
        If there is no such lesson, or none at all.
    """
    folder = _resources.lessons_dir() if folder is None else folder
    found = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    if not found:
        raise SiteError(f"This installation has no lessons in {folder}.")
    numbers = {match[0]: stem for stem in found if (match := _NUMBER.match(stem))}
    known = numbers | {stem: stem for stem in found}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SiteError(f"There is no lesson {', '.join(unknown)}; there are {', '.join(found)}.")
    wanted = {known[name] for name in names} or found.keys()
    return [path for stem, path in found.items() if stem in wanted]


def read_lesson(path: Path) -> Lesson:
    """Read a lesson.

    Parameters
    ----------
    path : pathlib.Path
        Notebook whose first cell holds the title, the question in bold and the minutes.

    Returns
    -------
    Lesson
        With the title cell taken out of its notebook.

    Raises
    ------
    SiteError
        If the file cannot be read or its first cell has another form.
    """
    try:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, ValidationError) as error:
        raise SiteError(f"The lesson {path} cannot be read: {error}.") from error
    first = notebook.cells[0] if notebook.cells else {}
    match = _TITLE_CELL.fullmatch(first.get("source", ""))
    if match is None:
        raise SiteError(
            f"The first cell of {path.name} must hold a title, the question in bold and the "
            "minutes."
        )
    del notebook.cells[0]
    return Lesson(path, match["title"], match["question"], int(match["minutes"]), notebook)
