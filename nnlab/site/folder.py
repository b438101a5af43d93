"""A folder of exported files, in which nothing is touched that somebody else has written."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from nnlab import workspace
from nnlab.site.errors import SiteError

__all__ = ["OwnFolder", "marker"]

_FORMAT = 1


def marker(command: str) -> str:
    """Return the name of the file that lists what a command wrote there, with its digests."""
    return f".nnlab-{command}.json"


class OwnFolder:
    """A folder in which only those files are touched that a command wrote there.

    Parameters
    ----------
    path : pathlib.Path
        The folder; it is made if it does not exist.
    command : str
        What writes, such as ``"site"`` for the command ``nnlab site``; the record of what it
        wrote is named after it.

    Raises
    ------
    SiteError
        If the folder cannot be written to, or holds something that the command did not write.
    """

    def __init__(self, path: Path, command: str) -> None:
        self._path = path
        self._command = f"nnlab {command}"
        self._marker = path / marker(command)
        if os.path.lexists(path) and not path.is_dir():
            raise SiteError(f"{path} is a file, not a folder.")
        self._written: dict[str, list[str]] = {}
        if self._marker.is_file():
            self._written = _read_marker(self._marker, self._command)
        elif path.is_dir() and any(path.iterdir()):
            raise SiteError(
                f"The folder {path} is not empty and was not written by {self._command}; "
                "name another."
            )
        # Now, and not after a minute of rendering.
        if problem := workspace.write_problem(path, make=True):
            raise SiteError(problem)

    def write(self, files: Mapping[str, bytes]) -> list[str]:
        """Write files and remove those written before, unless they were changed since.

        Parameters
        ----------
        files : mapping of str to bytes
            Contents by file name.

        Returns
        -------
        list of str
            Files from an earlier call that are no longer wanted, but were changed and so left.

        Raises
        ------
        SiteError
            If a file of somebody else would be overwritten, or one cannot be written.
        """
        changed = [name for name in self._written if self._is_changed(name)]
        foreign = [
            name
            for name in files
            if name in changed or (name not in self._written and os.path.lexists(self._path / name))
        ]
        if foreign:
            raise SiteError(
                f"In {self._path}, {', '.join(foreign)} would be overwritten, but was not written "
                f"by {self._command} or was changed since; move it elsewhere."
            )
        new = {name: _digest(content) for name, content in files.items()}
        try:
            # Should it be interrupted, old and new files count as its own the next time.
            self._note(
                {
                    name: [*self._written.get(name, []), *([new[name]] if name in new else [])]
                    for name in self._written | new
                }
            )
            for name, content in files.items():
                _replace(self._path / name, content)
            stale = [name for name in self._written if name not in files and name not in changed]
            for name in stale:
                (self._path / name).unlink(missing_ok=True)
            self._note({name: [digest] for name, digest in new.items()})
        except OSError as error:
            reason = error.strerror or error
            raise SiteError(f"The files could not be written to {self._path}: {reason}.") from error
        return [name for name in changed if name not in files]

    def _is_changed(self, name: str) -> bool:
        path = self._path / name
        if not os.path.lexists(path):
            return False
        return not path.is_file() or _digest(path.read_bytes()) not in self._written[name]

    def _note(self, written: Mapping[str, list[str]]) -> None:
        content = {"format": _FORMAT, "files": written}
        _replace(self._marker, (json.dumps(content, indent=1) + "\n").encode())


def _read_marker(path: Path, command: str) -> dict[str, list[str]]:
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != _FORMAT:
            raise ValueError(f"format {data['format']!r}")
        return {
            str(name): [str(digest) for digest in digests]
            for name, digests in data["files"].items()
            if Path(name).name == name
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SiteError(
            f"The record of an earlier {command}, {path}, cannot be read; name another folder."
        ) from error


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file in one step, so that nobody ever sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
