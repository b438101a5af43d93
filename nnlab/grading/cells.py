"""Run the cells of a notebook without a kernel: names are bound as Jupyter would bind them.

Lines of the notebook's own language (``%magic``, ``!shell``, ``help?``) are dropped. A module that
cannot be imported here is missed only where it is used: many import what they only draw with.
`linecache` knows the code, so that errors can be told by line and text.
"""

from __future__ import annotations
import __future__

import ast
import linecache
import re
from collections.abc import Callable
from functools import partial
from types import CodeType, ModuleType
from typing import NoReturn

from nnlab.exercises.answers import MAX_MESSAGE

_FEATURES = 0
for _name in __future__.all_feature_names:
    _FEATURES |= getattr(__future__, _name).compiler_flag

_PYTHON_CELLS = {"capture", "prun", "time", "timeit"}
"""The ``%%magic`` words whose cells hold Python."""

_MAGIC = re.compile(r"(\s*)(?:[%!?].*|[\w.\[\]]+\s*=\s*[%!].*|[\w.*]+\?{1,2}\s*)", re.DOTALL)

_INDENTATION = re.compile(r"(?:[ \t\r]*\n)*+([ \t]+)")

_CELL_MAGIC = re.compile(r"\s*%%(\w*)")

_LACKS = (NameError, ImportError, FileNotFoundError, PermissionError, SyntaxError)
"""What becomes of code that wants the course's data, other packages, files, or to `await`."""

Guard = Callable[[Callable[[], None]], None]
"""Calls what it is given, and sees that it does not take too long."""


class _Missing:
    """Stands for what could not be imported."""

    def __init__(self, said: str) -> None:
        self.__said = said

    def __call__(self, *arguments: object, **named: object) -> NoReturn:
        raise ModuleNotFoundError(self.__said)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # somebody looks what kind of thing it is
            raise AttributeError(name)
        raise ModuleNotFoundError(self.__said)


class Notebook:
    """The names that the cells of one notebook bind.

    Parameters
    ----------
    module : module
        Where they are bound; its name is ``__main__``.
    guard : callable
        Calls what it is given and limits its time.
    """

    def __init__(self, module: ModuleType, guard: Guard) -> None:
        self.names = vars(module)
        self.guard = guard
        self.count = 0
        self.flags = 0
        self.lacks = False
        """Whether the last solution cell was stopped by what may be there in the notebook."""

    def run(self, source: str) -> str:
        """Run a solution cell up to its first error.

        Parameters
        ----------
        source : str
            Text of the cell.

        Returns
        -------
        str
            Sentence on what went wrong, empty if nothing did.
        """
        self.lacks = False
        name = self._register(source)
        try:
            tree = _parse(source, name)
            self._compile(tree, name, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)  # before any of it runs
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return f"the cell is not Python: {_described(error, name)}"

        def statements() -> None:
            for statement in tree.body:
                self._execute(statement, name)

        # Submitted code may raise anything; whatever it is, the names bound before it stay.
        try:
            self.guard(statements)
        except BaseException as error:  # noqa: BLE001
            self.lacks = isinstance(error, _LACKS)
            return f"the cell stopped with {_described(error, name)}"
        return ""

    def run_extra(self, source: str) -> None:
        """Run a cell of the student's own: statement by statement, without expressions.

        Parameters
        ----------
        source : str
            Text of the cell. A statement that fails is passed over.
        """
        name = self._register(source)
        try:
            tree = _parse(source, name)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return

        for statement in tree.body:
            if isinstance(statement, ast.Expr):
                continue
            try:
                self.guard(partial(self._execute, statement, name))
            except BaseException:  # noqa: BLE001 - submitted code may raise anything
                continue

    def _register(self, source: str) -> str:
        self.count += 1
        name = f"<cell {self.count}>"
        lines = [line + "\n" for line in source.split("\n")]
        # Without a time of change, `linecache.checkcache` keeps it.
        linecache.cache[name] = (len(source), None, lines, name)
        return name

    def _execute(self, statement: ast.stmt, name: str) -> None:
        code = self._compile(ast.Module([statement], []), name)
        try:
            exec(code, self.names)
        except ModuleNotFoundError as error:
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                raise
            for alias in statement.names:
                bound = alias.asname or alias.name.partition(".")[0]
                self.names.setdefault(bound, _Missing(str(error)))

    def _compile(self, tree: ast.Module, name: str, flags: int = 0) -> CodeType:
        """Compile with the `from __future__` imports of the cells before, as Jupyter does."""
        code: CodeType = compile(tree, name, "exec", flags=self.flags | flags, dont_inherit=True)
        self.flags |= code.co_flags & _FEATURES
        return code


def _parse(source: str, name: str) -> ast.Module:
    """Parse a cell; only if it is not Python as it stands, as the notebook reads it."""
    try:
        return ast.parse(source, name)
    except SyntaxError:
        reduced = _as_the_notebook_reads(source)
        if reduced == source:
            raise
        return ast.parse(reduced, name)


def _as_the_notebook_reads(source: str) -> str:
    """Return a cell without magic and without the indentation of its first line."""
    indentation = _INDENTATION.match(source)
    lines = source.split("\n")
    if indentation:
        lines = [line.removeprefix(indentation[1]) for line in lines]
    cell_magic = _CELL_MAGIC.match(source)
    if cell_magic and cell_magic[1] not in _PYTHON_CELLS:
        return ""
    return "\n".join(
        match[1] + "pass" if (match := _MAGIC.fullmatch(line)) else line for line in lines
    )


def _described(error: BaseException, name: str) -> str:
    """Return type, message and line of an error in a cell."""
    line = None
    if isinstance(error, SyntaxError):
        line, text = error.lineno, str(error.msg)
    else:
        step = error.__traceback__
        while step is not None:
            if step.tb_frame.f_code.co_filename == name:
                line = step.tb_lineno
            step = step.tb_next
        try:
            text = " ".join(str(error).split())
        except Exception:  # noqa: BLE001 - the error may be of the student's own making
            text = ""
    said = type(error).__name__ + (f": {text[:MAX_MESSAGE]}" if text else "")
    return f"{said} (line {line})" if line else said
