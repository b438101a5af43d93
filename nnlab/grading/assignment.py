"""What a notebook asks for: its exercises, its cells' names, and the text that is the course's."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from nnlab._resources import lessons_dir
from nnlab.exercises import catalogue
from nnlab.exercises.specification import Exercise
from nnlab.grading.submission import Submission, text_of

_ALONE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
"""Statements of the course's own cells that a solution may need."""


@dataclass(frozen=True)
class Task:
    """One exercise in one notebook.

    Parameters
    ----------
    name : str
        Name of the exercise.
    check_id, solution_id : str
        nbgrader's names of the check cell and of the solution cell.
    points : float
        What the check cell is worth; the exercise's own points are scaled to it.
    """

    name: str
    check_id: str
    solution_id: str
    points: float

    @property
    def exercise(self) -> Exercise:
        """The exercise; looked up, so that a task can be sent to another process."""
        return catalogue.exercise(self.name)


@dataclass(frozen=True)
class Assignment:
    """A notebook as the teacher wrote it or handed it out.

    Parameters
    ----------
    name : str
        Without ``.ipynb``.
    tasks : tuple of Task
        What can be marked here, in the order of the notebook.
    by_hand : tuple of str
        Names of cells that give points and are no single call of `check`: somebody must look.
    locked : frozenset of str
        Names of the cells in which a student writes nothing.
    stubs : dict of str to str
        By name, the text of every solution cell as this notebook has it.
    given : dict of str to str
        Keys are the texts of the course's other code cells (see `comparable`); values are what a
        solution may need of them, imports and definitions.
    """

    name: str
    tasks: tuple[Task, ...]
    by_hand: tuple[str, ...] = ()
    locked: frozenset[str] = frozenset()
    stubs: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)

    @property
    def max_points(self) -> float:
        """Sum of the points of all tasks."""
        return round(sum(task.points for task in self.tasks), 6)

    @classmethod
    def from_notebook(cls, notebook: Mapping[str, Any], name: str) -> Assignment:
        """Return what a notebook asks for.

        Parameters
        ----------
        notebook : mapping
            Of nbformat 4: a teacher's source, a version handed out, or a bundled lesson.
        name : str
            Name of the assignment.

        Returns
        -------
        Assignment

        Raises
        ------
        ValueError
            If a check cell names an unknown exercise or another function, if an exercise is checked
            twice or has no solution cell, if a name is used twice, or if points make no sense.
        """
        reader = _Reader(name)
        cells = notebook.get("cells")
        if not isinstance(cells, list):
            raise ValueError(f"{name}: a notebook of nbformat 4 was expected, with a list of cells")
        for cell in cells:
            reader.take(cell)
        return reader.assignment()

    @classmethod
    def of_lesson(cls, name: str) -> Assignment:
        """Return what a bundled lesson asks for.

        Parameters
        ----------
        name : str
            Such as ``"01_task_setup"``.

        Returns
        -------
        Assignment

        Raises
        ------
        ValueError
            If there is no such lesson.
        """
        found = _lessons()
        return catalogue.find(name, found, "lesson")

    @classmethod
    def lessons(cls) -> tuple[Assignment, ...]:
        """Return what the bundled lessons ask for.

        Returns
        -------
        tuple of Assignment
        """
        return tuple(_lessons().values())

    @classmethod
    def find(
        cls,
        submission: Submission,
        file_name: str = "",
        among: Iterable[Assignment] | None = None,
    ) -> Assignment | None:
        """Return the assignment that a submission belongs to.

        Parameters
        ----------
        submission : Submission
            The names of its cells decide.
        file_name : str
            Decides where the cells have lost their names, or fit several assignments equally well.
        among : iterable of Assignment, optional
            Where to look; by default the bundled lessons.

        Returns
        -------
        Assignment or None
            None if it belongs to none of them.
        """
        names = {cell.grade_id for cell in submission.cells} - {""}
        best, score = None, (0, 0)
        for assignment in cls.lessons() if among is None else among:
            shared = len(names & (assignment.locked | assignment.stubs.keys()))
            fits = len(assignment.name) if assignment.name.lower() in file_name.lower() else 0
            if (shared, fits) > score:
                best, score = assignment, (shared, fits)
        return best


@cache
def _lessons() -> dict[str, Assignment]:
    found = {}
    for path in sorted(lessons_dir().glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = Assignment.from_notebook(notebook, path.stem)
    return found


def comparable(source: str) -> str:
    """Return a text without what editors change by themselves: spaces at the ends of lines.

    Parameters
    ----------
    source : str
        Text of a cell.

    Returns
    -------
    str
    """
    return "\n".join(line.rstrip() for line in source.splitlines()).strip("\n")


class _Reader:
    """Goes through the cells of one notebook."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: set[str] = set()
        self.tasks: list[Task] = []
        self.by_hand: list[str] = []
        self.locked: set[str] = set()
        self.stubs: dict[str, str] = {}
        self.given: dict[str, str] = {}

    def take(self, cell: Mapping[str, Any]) -> None:
        """Look at the next cell."""
        described = _described(cell)
        source = text_of(cell["source"]) if cell["cell_type"] == "code" else None
        if not any(map(described.get, ("grade", "solution", "task", "locked"))):
            if source is not None:
                self.given[comparable(source)] = _definitions(source)
            return
        grade_id = self._name(described)
        if not described.get("solution"):
            self.locked.add(grade_id)
        if described.get("grade") or described.get("task"):
            self._grade_cell(grade_id, source or "", described)
        elif source is not None and described.get("solution"):
            self.stubs[grade_id] = source
        elif source is not None:
            self.given[comparable(source)] = _definitions(source)

    def assignment(self) -> Assignment:
        """Return what was found."""
        return Assignment(
            self.name,
            tuple(self.tasks),
            tuple(self.by_hand),
            frozenset(self.locked),
            self.stubs,
            self.given,
        )

    def _problem(self, grade_id: str, sentence: str) -> ValueError:
        return ValueError(f"{self.name}: the cell {grade_id!r} {sentence}")

    def _name(self, described: Mapping[str, Any]) -> str:
        grade_id = described.get("grade_id")
        if not isinstance(grade_id, str) or not grade_id:
            raise self._problem(str(grade_id), "needs a grade_id that is a text")
        if grade_id in self.seen:
            raise self._problem(grade_id, "is there twice; every grade_id must be unique")
        self.seen.add(grade_id)
        return grade_id

    def _grade_cell(self, grade_id: str, source: str, described: Mapping[str, Any]) -> None:
        call = _check_call(source)
        if call is None or described.get("solution") or described.get("task"):
            self.by_hand.append(grade_id)
            return
        name, function = call
        try:
            exercise = catalogue.exercise(name)
        except ValueError as error:
            raise self._problem(grade_id, f"checks an unknown exercise: {error}") from None
        if function != exercise.entry:
            raise self._problem(
                grade_id,
                f"checks {function!r}, but the function of {name} is {exercise.entry!r}",
            )
        earlier = [task.check_id for task in self.tasks if task.name == name]
        if earlier:
            raise self._problem(
                grade_id, f"checks {name}, and so does {earlier[0]!r}; one check is enough"
            )
        points = described.get("points", exercise.max_points)
        if type(points) not in (int, float) or not math.isfinite(points) or points < 0:
            raise self._problem(grade_id, f"has points {points!r}, expected a number from 0")
        solution_id = self._solution(exercise.entry)
        if solution_id is None:
            raise self._problem(
                grade_id, f"checks {name}, but there is no solution cell (code) before it"
            )
        self.tasks.append(Task(name, grade_id, solution_id, float(points)))

    def _solution(self, entry: str) -> str | None:
        """Return the last solution cell that defines a name, or else the last one."""
        for grade_id, source in reversed(self.stubs.items()):
            if entry in _defined(source):
                return grade_id
        return next(reversed(self.stubs), None)


def _described(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what nbgrader knows about a cell."""
    metadata = cell.get("metadata")
    described = metadata.get("nbgrader") if isinstance(metadata, Mapping) else None
    return described if isinstance(described, Mapping) else {}


def _parsed(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:  # a line such as "%matplotlib inline", or a cell of another language
        return []


def _check_call(source: str) -> tuple[str, str] | None:
    """Return exercise and function if a cell is one call ``check("NN.name", function)``."""
    match _parsed(source):
        case [
            ast.Expr(
                ast.Call(
                    func=ast.Name("check"),
                    args=[ast.Constant(str(name)), ast.Name(function)],
                    keywords=[],
                )
            )
        ]:
            return name, function
    return None


def _defined(source: str) -> Iterator[str]:
    """Yield the names that the statements of a cell define at the top level."""
    for statement in _parsed(source):
        if isinstance(statement, ast.FunctionDef):
            yield statement.name
        elif isinstance(statement, ast.Assign):
            yield from (target.id for target in statement.targets if isinstance(target, ast.Name))


def _definitions(source: str) -> str:
    """Return the imports and definitions of one of the course's own cells.

    Nothing of nnlab can be imported where solutions run, so such imports are left out.
    """
    kept = [
        statement
        for statement in _parsed(source)
        if isinstance(statement, _ALONE)
        and not re.match(r"(from|import) nnlab\b", ast.unparse(statement))
    ]
    return "\n".join(map(ast.unparse, kept))
