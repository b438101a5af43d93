"""The reader's working folder: lessons are delivered there and never overwrite what was typed.

A manifest, ``.nnlab/lessons.json`` in the folder, records what was delivered under which name. A
lesson counts as *touched* when what a person types differs from what was delivered: the cells'
order, types, sources and attachments. Outputs, execution counts, cell ids and metadata do not
count, so a lesson that was only run and saved is still updated.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from nnlab._resources import lessons_dir

STATE_FOLDER = ".nnlab"
_MANIFEST = "lessons.json"
_FORMAT = 1


class WorkspaceError(Exception):
    """The working folder cannot be used; the message is one sentence for the reader."""


class Outcome(StrEnum):
    """What happened to one lesson."""

    COPIED = "copied"  # it was not there
    UPDATED = "updated"  # untouched, so replaced by the new version
    UNCHANGED = "unchanged"  # this version had been delivered before
    BESIDE = "beside"  # the reader changed theirs: the new version lies beside it


@dataclass(frozen=True)
class Delivery:
    """One lesson and what was done with it.

    Parameters
    ----------
    lesson : str
        File name of the lesson, as the course calls it.
    outcome : Outcome
        What was done.
    name : str
        File name, in the working folder, that holds this version of the lesson.
    """

    lesson: str
    outcome: Outcome
    name: str


@dataclass(frozen=True)
class Report:
    """What `prepare` did.

    Parameters
    ----------
    folder : pathlib.Path
        The working folder, absolute.
    deliveries : tuple of Delivery
        One for each lesson, in the order of the course.
    """

    folder: Path
    deliveries: tuple[Delivery, ...]

    def having(self, outcome: Outcome) -> tuple[Delivery, ...]:
        """Return the deliveries that ended with ``outcome``.

        Parameters
        ----------
        outcome : Outcome
            The outcome asked for.

        Returns
        -------
        tuple of Delivery
            Possibly empty, in the order of the course.
        """
        return tuple(d for d in self.deliveries if d.outcome is outcome)


@dataclass(frozen=True)
class _Version:
    """Digests of one version of a notebook: every byte of it, and what a person typed in it."""

    full: str
    typed: str

    @classmethod
    def of(cls, content: bytes) -> "_Version":
        full = hashlib.sha256(content).hexdigest()
        cells = _typed_cells(content)
        if cells is None:
            return cls(full, f"bytes:{full}")
        return cls(full, f"cells:{hashlib.sha256(json.dumps(cells).encode()).hexdigest()}")


@dataclass(frozen=True)
class _Entry:
    """One delivered file in the manifest: which lesson, and which version of it."""

    lesson: str
    version: _Version


def prepare(folder: Path, *, lessons: Path | None = None) -> Report:
    """Bring the lessons in a working folder up to date without losing the reader's work.

    Parameters
    ----------
    folder : pathlib.Path
        The working folder; it is made if it does not exist.
    lessons : pathlib.Path, optional
        Folder with the course's lessons (``*.ipynb``); by default the installed ones.

    Returns
    -------
    Report
        What was copied, updated, left alone or placed beside the reader's own version.

    Raises
    ------
    WorkspaceError
        If the folder cannot be made or written, or if there are no lessons to deliver.
    """
    folder = Path(folder).absolute()
    source = lessons_dir() if lessons is None else lessons
    shipped = sorted(source.glob("*.ipynb"))
    if not shipped:
        raise WorkspaceError(f"This installation has no lessons in {source}.")
    problem = write_problem(folder, make=True)
    if problem is not None:
        raise WorkspaceError(problem)
    deliveries = []
    try:
        (folder / STATE_FOLDER).mkdir(exist_ok=True)
        manifest = _Manifest(folder)
        for path in shipped:
            deliveries.append(_deliver(path.name, path.read_bytes(), manifest))
    except OSError as error:
        raise WorkspaceError(
            f"The lessons could not be put into {folder}: {_reason(error)}."
        ) from error
    return Report(folder, tuple(deliveries))


def find_workspace(start: Path | None = None) -> Path | None:
    """Return the working folder that contains a place, or None outside of any.

    Parameters
    ----------
    start : pathlib.Path, optional
        Where to begin looking upwards; by default the current directory.

    Returns
    -------
    pathlib.Path or None
        The nearest folder at or above ``start`` that holds ``.nnlab/``.
    """
    start = Path.cwd() if start is None else Path(start).resolve()
    for folder in (start, *start.parents):
        if os.path.isdir(folder / STATE_FOLDER):  # noqa: PTH112 - Path.is_dir raises if forbidden
            return folder
    return None


def write_problem(folder: Path, *, make: bool = False) -> str | None:
    """Say why a working folder cannot be used, by really writing a file into it.

    Parameters
    ----------
    folder : pathlib.Path
        The working folder.
    make : bool
        Whether to make the folder if it is missing. Otherwise the nearest existing folder above
        it is tried instead.

    Returns
    -------
    str or None
        One sentence, or None if all is well.
    """
    try:
        if make:
            folder.mkdir(parents=True, exist_ok=True)
        else:
            while not os.path.lexists(folder) and folder != folder.parent:
                folder = folder.parent
        probe = folder / f".nnlab-{os.getpid()}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        if os.path.isfile(folder):  # noqa: PTH113 - Path.is_file raises if forbidden
            return f"{folder} is a file, not a folder."
        return f"The folder {folder} cannot be written: {error.strerror or error}."
    return None


class _Manifest:
    """The record of delivered files, saved after each change so that a crash loses little."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / STATE_FOLDER / _MANIFEST
        self._entries = _read_entries(self._path)

    def get(self, name: str) -> _Entry | None:
        return self._entries.get(name)

    def names_of(self, lesson: str, version: _Version) -> list[str]:
        """Names, still existing, under which this version of a lesson was delivered."""
        return [
            name
            for name, entry in self._entries.items()
            if entry.lesson == lesson
            and entry.version.full == version.full
            and os.path.lexists(self.folder / name)
        ]

    def record(self, name: str, entry: _Entry) -> None:
        self._entries[name] = entry
        files = {
            name: {"lesson": e.lesson, "shipped": e.version.full, "typed": e.version.typed}
            for name, e in sorted(self._entries.items())
        }
        content = json.dumps({"format": _FORMAT, "files": files}, indent=2, ensure_ascii=False)
        _replace(self._path, f"{content}\n".encode())


def _read_entries(path: Path) -> dict[str, _Entry]:
    """Read the manifest; a lost or damaged one is empty, so that every file counts as touched."""
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != _FORMAT:
            return {}
        return {
            str(name): _Entry(str(e["lesson"]), _Version(str(e["shipped"]), str(e["typed"])))
            for name, e in data["files"].items()
            if Path(name).name == name
        }
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _deliver(lesson: str, content: bytes, manifest: _Manifest) -> Delivery:
    new = _Version.of(content)
    delivered = manifest.names_of(lesson, new)
    if delivered and os.path.lexists(manifest.folder / lesson):
        return Delivery(lesson, Outcome.UNCHANGED, delivered[0])
    for name in _names(lesson):
        target = manifest.folder / name
        missing = not os.path.lexists(target)
        found = _version_at(target)
        entry = manifest.get(name)
        untouched = found is not None and entry is not None and found.typed == entry.version.typed
        if missing or untouched:
            # The reader may save while this runs: look once more just before replacing.
            if not _replace(target, content, still_right=partial(_holds, target, found)):
                continue
            outcome = Outcome.COPIED if missing else Outcome.UPDATED
            if name != lesson:
                outcome = Outcome.BESIDE
        elif found is not None and found.typed == new.typed:
            outcome = Outcome.UNCHANGED
        else:
            continue
        manifest.record(name, _Entry(lesson, new))
        return Delivery(lesson, outcome, name)
    raise AssertionError("unreachable: the names never end")


def _names(lesson: str) -> Iterator[str]:
    """Yield ``x.ipynb``, ``x.new.ipynb``, ``x.new-2.ipynb``, ``x.new-3.ipynb`` and so on."""
    stem = lesson.removesuffix(".ipynb")
    yield lesson
    yield f"{stem}.new.ipynb"
    for number in count(2):
        yield f"{stem}.new-{number}.ipynb"


def _replace(
    target: Path, content: bytes, *, still_right: Callable[[], bool] = lambda: True
) -> bool:
    """Put content at target in one step, unless just before ``still_right()`` turns out false."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        if not still_right():
            return False
        temporary.replace(target)
        return True
    finally:
        temporary.unlink(missing_ok=True)


def _holds(target: Path, version: _Version | None) -> bool:
    """Whether a file is still this version, byte for byte (None: still missing)."""
    return not os.path.lexists(target) if version is None else _version_at(target) == version


def _version_at(path: Path) -> _Version | None:
    """Return the version in a file, or None if it is missing or cannot be read."""
    try:
        return _Version.of(path.read_bytes())
    except OSError:
        return None


def _typed_cells(content: bytes) -> list[Any] | None:
    """Return what a person types in a notebook, or None if the content is not a notebook."""
    try:
        cells = json.loads(content)["cells"]
        return [
            [
                str(cell["cell_type"]),
                _text(cell["source"]),
                [
                    [name, [[kind, _text(data)] for kind, data in sorted(bundle.items())]]
                    for name, bundle in sorted(cell.get("attachments", {}).items())
                ],
            ]
            for cell in cells
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _text(value: str | list[str]) -> str:
    """Join a notebook's multi-line string, and write its line ends as JupyterLab does."""
    text = value if isinstance(value, str) else "".join(value)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _reason(error: OSError) -> str:
    reason = error.strerror or str(error)
    return reason if error.filename is None else f"{reason} ({error.filename})"
