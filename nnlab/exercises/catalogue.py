"""Find the lessons, exercises and questions that exist: what the ``lesson_*`` modules define."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

import nnlab.exercises
from nnlab.exercises.specification import Exercise

if TYPE_CHECKING:
    from nnlab.exercises.quiz import Quiz

T = TypeVar("T")

_PREFIX = "lesson_"


@dataclass(frozen=True)
class Lesson:
    """A line of the course map.

    Parameters
    ----------
    number : int
        0 to 99.
    title : str
        Short title.
    question : str
        The question the lesson answers.
    minutes : int
        How long it takes.
    notebook : str
        File name: ``"01_task_setup.ipynb"``.
    """

    number: int
    title: str
    question: str
    minutes: int
    notebook: str

    def __post_init__(self) -> None:
        if not self.notebook.startswith(f"{self.number:02d}_"):
            raise ValueError(
                f"notebook of lesson {self.number} must start with '{self.number:02d}_', "
                f"got {self.notebook!r}"
            )

    @property
    def key(self) -> str:
        """The two digits with which names of its exercises start."""
        return f"{self.number:02d}"


@dataclass(frozen=True)
class Catalogue:
    """Everything that some lesson modules define.

    Parameters
    ----------
    lessons : dict of str to Lesson
        By two-digit number, in order.
    exercises : dict of str to Exercise
        By name, in the order of the lessons and of definition.
    quizzes : dict of str to Quiz
        Likewise.
    """

    lessons: dict[str, Lesson] = field(default_factory=dict)
    exercises: dict[str, Exercise] = field(default_factory=dict)
    quizzes: dict[str, Quiz] = field(default_factory=dict)


def gather(modules: Iterable[ModuleType]) -> Catalogue:
    """Return the lessons, exercises and questions defined at the top level of modules.

    Parameters
    ----------
    modules : iterable of module
        Named ``lesson_NN`` or ``lesson_NN_topic``, in order.

    Returns
    -------
    Catalogue

    Raises
    ------
    ValueError
        If a name occurs twice or does not start with its module's number.
    """
    from nnlab.exercises.quiz import Quiz  # quiz.py looks its questions up here

    found = Catalogue()
    for module in modules:
        number = module.__name__.rpartition(_PREFIX)[2][:2]
        for thing in vars(module).values():
            if isinstance(thing, Lesson):
                _add(found.lessons, thing.key, thing, number)
            elif isinstance(thing, Exercise):
                _add(found.exercises, thing.name, thing, number)
            elif isinstance(thing, Quiz):
                _add(found.quizzes, thing.name, thing, number)
    both = found.exercises.keys() & found.quizzes.keys()
    if both:
        raise ValueError(f"{sorted(both)} are names of an exercise and of a question")
    return found


def _add(found: dict[str, T], name: str, thing: T, number: str) -> None:
    if name in found:
        raise ValueError(f"{name!r} is defined twice")
    if name[:2] != number:
        raise ValueError(
            f"{name!r} is defined in lesson_{number}, but names start with their lesson's number"
        )
    found[name] = thing


@cache
def load() -> Catalogue:
    """Return the catalogue of the course; the modules are imported on the first call.

    Returns
    -------
    Catalogue
    """
    names = sorted(
        module.name
        for module in pkgutil.iter_modules(nnlab.exercises.__path__)
        if module.name.startswith(_PREFIX)
    )
    return gather(importlib.import_module(f"nnlab.exercises.{name}") for name in names)


def lessons() -> dict[str, Lesson]:
    """Return the lessons that exist, by two-digit number.

    Returns
    -------
    dict of str to Lesson
    """
    return load().lessons


def exercises() -> dict[str, Exercise]:
    """Return all exercises by name.

    Returns
    -------
    dict of str to Exercise
    """
    return load().exercises


def quizzes() -> dict[str, Quiz]:
    """Return all questions by name.

    Returns
    -------
    dict of str to Quiz
    """
    return load().quizzes


def exercise(name: str) -> Exercise:
    """Return one exercise.

    Parameters
    ----------
    name : str
        Such as ``"01.mse"``.

    Returns
    -------
    Exercise

    Raises
    ------
    ValueError
        If there is none of that name; the message lists similar names.
    """
    return find(name, exercises(), "exercise")


def find(name: str, things: Mapping[str, T], kind: str) -> T:
    """Return ``things[name]``, or complain with similar names.

    Parameters
    ----------
    name : str
        What to look up.
    things : mapping of str to object
        Where.
    kind : str
        What the things are called in the message.

    Returns
    -------
    object

    Raises
    ------
    ValueError
        If there is no such thing.
    TypeError
        If `name` is not a text.
    """
    if not isinstance(name, str):
        raise TypeError(
            f"name must be a text like '01.mse', got a value of type {type(name).__name__}"
        )
    if name in things:
        return things[name]
    close = difflib.get_close_matches(name, things, n=3, cutoff=0.5)
    same_lesson = [other for other in things if other[:3] == name[:3]]
    listed = close or same_lesson or list(things)[:5]
    there = f"did you mean {' or '.join(map(repr, listed))}?" if listed else "there are none yet"
    raise ValueError(f"there is no {kind} called {name!r}; {there}")
