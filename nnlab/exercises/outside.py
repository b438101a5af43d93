"""Find what a learner's function takes from where it will not be when marks are given.

Marks are given in a process that has NumPy and Python's own library. A function that calls the
course's engine is right in the notebook and stops there, so `check` looks first.
"""

from __future__ import annotations

import dis
import inspect
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from nnlab.exercises.specification import Exercise

_READS = {"LOAD_GLOBAL", "LOAD_NAME"}

_WRITTEN = (type, bool, int, float, str, type(None))
"""Kinds of default value that stand in the signature; without one there is a class."""

_DISPLAY = "display"
"""IPython's; there is one that does nothing when marks are given."""

SHOWN = 3


def objection(exercise: Exercise, function: Callable[..., object]) -> str | None:
    """Return why a function cannot be marked, or None.

    It is not called. Code that is reached by no name, such as ``globals()["x"]``, is not seen.

    Parameters
    ----------
    exercise : Exercise
        What it is to solve.
    function : callable
        The learner's function.

    Returns
    -------
    str or None
        What to say, without the last full stop.
    """
    found = _Search(function)
    if found.missing:
        said = (
            f"`{exercise.entry}` needs {_listed(found.missing)}; when marks are given there are "
            "NumPy and Python's own library, and nothing else"
        )
        return f"{said}. {exercise.finished}" if exercise.finished else said
    if exercise.finished and found.data:
        return (
            f"`{exercise.entry}` reads {_listed(found.data)} from outside, which need not be "
            f"there when marks are given. {exercise.finished}"
        )
    return None


class _Search:
    """What a function reads from outside, directly or by way of others of the same notebook.

    Parameters
    ----------
    function : callable
        The learner's function.
    """

    def __init__(self, function: Callable[..., object]) -> None:
        self.missing: dict[str, str] = {}
        self.data: dict[str, str] = {}
        self._seen: set[int] = set()
        start = inspect.unwrap(function)
        self._names: dict[str, Any] = getattr(start, "__globals__", {})
        self._own = {"__main__", str(self._names.get("__name__", "")).split(".")[0]}
        self._there = (sys.stdlib_module_names | {"numpy"} | self._own) - {"nnlab"}
        name = getattr(start, "__name__", "")
        if _home(start) not in self._there:
            self.missing[name] = ""
        elif isinstance(start, FunctionType):
            self._function(start, "")

    def _function(self, function: FunctionType, by: str) -> None:
        if id(function) in self._seen:
            return
        self._seen.add(id(function))
        code = function.__code__
        for name, parameter in inspect.signature(function).parameters.items():
            if type(parameter.default) not in _WRITTEN:
                self._thing(name, parameter.default, by)
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            try:
                self._thing(name, cell.cell_contents, by)
            except ValueError:  # not assigned yet
                continue
        for is_import, name in _reads(code):
            if is_import:
                if name.split(".")[0] not in self._there:
                    self.missing.setdefault(name, by)
            elif name in self._names and name != _DISPLAY:
                self._thing(name, self._names[name], by)

    def _thing(self, name: str, thing: object, by: str) -> None:
        thing = inspect.unwrap(thing) if callable(thing) else thing
        if _home(thing) not in self._there:
            self.missing.setdefault(name, by)
        elif isinstance(thing, FunctionType) and thing.__globals__ is self._names:
            self._function(thing, by or name)
        elif isinstance(thing, type) and _home(thing) in self._own:
            self._class(name, thing, by or name)
        elif not callable(thing) and not isinstance(thing, ModuleType):
            self.data.setdefault(name, by)

    def _class(self, name: str, thing: type, by: str) -> None:
        for base in thing.__mro__[1:]:
            if _home(base) not in self._there:
                self.missing.setdefault(name, "")
        for method in vars(thing).values():
            if isinstance(method, FunctionType):
                self._function(method, by)


def _home(thing: object) -> str:
    """Return the package that a thing, or its class, comes from; "builtins" if nobody says."""
    if isinstance(thing, ModuleType):
        home: object = thing.__name__
    elif isinstance(thing, FunctionType | type):
        home = thing.__module__
    else:
        home = type(thing).__module__
    return home.split(".")[0] if isinstance(home, str) else "builtins"


def _reads(code: CodeType) -> Iterator[tuple[bool, str]]:
    """Yield the modules (True) and global names (False) that code asks for, inner code too."""
    for step in dis.get_instructions(code):
        if step.opname == "IMPORT_NAME" or step.opname in _READS:
            yield step.opname == "IMPORT_NAME", str(step.argval)
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _reads(inner)


def _listed(names: dict[str, str]) -> str:
    """Return names with the function that uses them, where that is another one."""
    parts = [f"`{name}`" + (f" (by way of `{by}`)" if by else "") for name, by in names.items()]
    more = len(parts) - SHOWN
    return ", ".join(parts[:SHOWN]) + (f" and {more} more" if more > 0 else "")
