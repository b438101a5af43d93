"""Keeps drawn frames from one export to the next, as long as nothing they depend on has changed.

Plain JSON, never code. A file that is damaged, or was written for another state of the code, counts
as missing.
"""

import hashlib
import inspect
import json
import logging
import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import matplotlib
import numpy as np
import PIL
import platformdirs

from nnlab._resources import data_dir
from nnlab.live.demo import Demo

__all__ = ["FramesCache", "digest_of"]

_LOG = logging.getLogger(__name__)
_LIVE = Path(__file__).resolve().parent
_ENGINE = _LIVE.parent
_LESSON = re.compile(r"\blesson_\w+")


class FramesCache:
    """A folder with one file per demo.

    Several processes may use it at the same time. If it cannot be read or written, nothing is kept
    and everything is drawn again: slower, and no worse.

    Parameters
    ----------
    folder : path, optional
        Made when something is saved; the user's own cache folder if left out.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = (
            platformdirs.user_cache_path("nnlab", appauthor=False) / "frames"
            if folder is None
            else Path(folder)
        )

    def load(self, name: str, key: str) -> dict[str, Any] | None:
        """Read what was saved.

        Parameters
        ----------
        name : str
            Name of the demo.
        key : str
            What ``digest_of`` returned.

        Returns
        -------
        dict or None
            None if there is nothing, or nothing whole.
        """
        path = self._path(name, key)
        try:
            checksum, _, text = path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            _LOG.info("The cached pictures of demo %s cannot be read: %s", name, error)
            return None
        if hashlib.sha256(text).hexdigest().encode() != checksum:
            _LOG.info("The cached pictures of demo %s are damaged: %s", name, path)
            return None
        # The checksum says that this is what ``save`` wrote.
        content: dict[str, Any] = json.loads(text)
        return content

    def save(self, name: str, key: str, content: dict[str, Any]) -> None:
        """Keep something, and remove what was kept of the same demo before.

        Parameters
        ----------
        name : str
            Name of the demo.
        key : str
            What ``digest_of`` returned.
        content : dict
            Texts, numbers, lists and dicts.
        """
        text = json.dumps(content).encode()
        path = self._path(name, key)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Under another name first: a reader finds the old file or the new one, nothing between.
            with tempfile.NamedTemporaryFile(
                dir=self.folder, prefix=f"{name}-", suffix=".new", delete=False
            ) as file:
                file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            os.replace(file.name, path)  # noqa: PTH105 - replaces on every system
            for other in self.folder.glob(f"{name}-*"):
                if other != path:
                    other.unlink(missing_ok=True)
        except OSError as error:
            _LOG.info("The pictures of demo %s cannot be kept: %s", name, error)

    def _path(self, name: str, key: str) -> Path:
        return self.folder / f"{name}-{key}.json"


def digest_of(demo: Demo[Any, Any], budget: int) -> str | None:
    """Return what stands for everything that the frames of a demo depend on.

    That is its specification and module, the engine and ``nnlab.live`` (of other lessons' modules
    only those that the demo's module names), the data, the budget, and the versions of what draws.

    Parameters
    ----------
    demo : Demo
        The live figure.
    budget : int
        Bytes that its frames may take.

    Returns
    -------
    str or None
        Hexadecimal digits; None if the source of the demo cannot be known, such as for functions
        typed into a notebook.
    """
    called = [
        _function_and_arguments(part)
        for part in (demo.compute, demo.build, demo.update, demo.describe)
    ]
    functions = [function for function, _ in called]
    if not all(isinstance(function, FunctionType) for function in functions):
        return None
    modules = {Path(function.__code__.co_filename) for function in functions}
    if not all(module.is_file() for module in modules):
        return None
    parts: list[object] = [
        demo.name,
        demo.controls,
        demo.size,
        sorted(demo.kept.items()),
        # Two demos of one name and module, as one made from the other, differ in their functions.
        [
            (function.__qualname__, function.__code__.co_firstlineno, arguments)
            for function, arguments in called
        ],
        budget,
        _versions(),
    ]
    digest = hashlib.sha256(repr(parts).encode())
    for path in [*_shared_sources(), *_with_named_lessons(modules)]:
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()[:40]


def _function_and_arguments(part: Callable[..., Any]) -> tuple[Callable[..., Any], str]:
    """Return what is called in the end, and the arguments that a partial one already has."""
    arguments = ""
    while isinstance(part, partial):
        arguments += repr((part.args, sorted(part.keywords.items())))
        part = part.func
    return inspect.unwrap(part), arguments


def _versions() -> tuple[str, ...]:
    # The same formula may round differently on another processor.
    machine = (sys.platform, platform.machine(), platform.python_version())
    return (*machine, np.__version__, matplotlib.__version__, PIL.__version__)


def _shared_sources() -> list[Path]:
    """List the engine, ``nnlab.live`` without the lessons, and the checksums of the data."""
    live = [path for path in _LIVE.glob("*.py") if not path.name.startswith("lesson_")]
    return sorted([*_ENGINE.glob("*.py"), *live, data_dir() / "SHA256SUMS"])


def _with_named_lessons(modules: set[Path]) -> list[Path]:
    """Add the lessons' modules that the given ones name, and those that these name, and so on."""
    found: set[Path] = set()
    while new := modules - found:
        found |= new
        named = {word for path in new for word in _LESSON.findall(path.read_text("utf-8"))}
        modules = {path for word in named if (path := _LIVE / f"{word}.py").is_file()}
    return sorted(found)
