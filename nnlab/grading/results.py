"""Marks on the disk, one file for each notebook, so that a run that was stopped can go on.

A file is only believed if it was sealed with the course's secret, and only used if nothing has
changed that the marks depend on.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import unicodedata
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import nnlab
from nnlab.exercises.verdict import Failure, PartVerdict, Verdict
from nnlab.grading.assignment import Assignment
from nnlab.grading.chosen import Entry
from nnlab.grading.jobs import Level, Limits
from nnlab.grading.marks import Mark, Marks
from nnlab.grading.secret import Secret

_LENGTH = 40
"""Letters of a name that a file name keeps; four bytes each at most, and systems take 255."""


def safe_name(name: str, identity: str) -> str:
    """Return a file name, without an ending, that says whose the file is.

    Parameters
    ----------
    name : str
        For people to read.
    identity : str
        What tells it from others of the same name; no two differ in less than the end of the file
        name, also where capitals make no difference.

    Returns
    -------
    str
        Letters, with their marks, and digits of any script, and dashes.
    """
    kept = (
        letter if letter.isalnum() or unicodedata.category(letter).startswith("M") else " "
        for letter in name[:_LENGTH]
    )
    readable = "-".join("".join(kept).split())
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{readable}-{digest}" if readable else digest


def write_file(path: Path, text: str) -> None:
    """Write a text in one step, so that nobody ever sees half a file.

    Parameters
    ----------
    path : Path
        Its folder exists.
    text : str
        Written as UTF-8; half a character, which some names contain, is escaped.
    """
    beside = path.with_name(f".{path.name[:_LENGTH]}.{secrets.token_hex(8)}.part")
    try:
        beside.write_bytes(text.encode("utf-8", "backslashreplace"))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def fingerprint(assignment: Assignment) -> str:
    """Return a digest of all that an assignment asks for.

    Parameters
    ----------
    assignment : Assignment
        The assignment.

    Returns
    -------
    str
        Hexadecimal.
    """
    content = [
        assignment.name,
        [asdict(task) for task in assignment.tasks],
        assignment.by_hand,
        sorted(assignment.locked),
        list(assignment.stubs.items()),
        list(assignment.given.items()),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True)
class Results:
    """The results of a run, in a folder.

    Parameters
    ----------
    folder : Path
        It exists.
    secret : Secret
        The inputs depend on it, and it seals the files.
    level : Level
        How well submissions are shut in.
    limits : Limits
        What they may use.
    """

    folder: Path
    secret: Secret
    level: Level
    limits: Limits

    def find(self, entry: Entry) -> Marks | None:
        """Return the marks of an entry if the folder holds them and they are still valid.

        Parameters
        ----------
        entry : Entry
            What was handed in.

        Returns
        -------
        Marks or None
        """
        try:
            record = json.loads(self._path(entry).read_bytes())
            body, seal = record["body"], bytes.fromhex(record["seal"])
            if not hmac.compare_digest(seal, self._seal(body)) or body["key"] != self._key(entry):
                return None
            return _marks(body["marks"])
        # None yet, cut off, or edited: it is marked anew.
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def keep(self, entry: Entry, marks: Marks) -> None:
        """Write the marks of an entry.

        Parameters
        ----------
        entry : Entry
            What was handed in.
        marks : Marks
            Its marks.
        """
        body = {"key": self._key(entry), "marks": asdict(marks)}
        record = {"body": body, "seal": self._seal(body).hex()}
        write_file(self._path(entry), json.dumps(record, indent=1, sort_keys=True) + "\n")

    def _path(self, entry: Entry) -> Path:
        student, assignment = entry.student, entry.assignment.name
        name = safe_name(student.name, f"{student.id}\0{assignment}")
        return self.folder / f"{safe_name(assignment, assignment)}--{name}.json"

    def _key(self, entry: Entry) -> dict[str, Any]:
        return {
            "student": entry.student.id,
            "notebook": entry.digest,
            "assignment": fingerprint(entry.assignment),
            "nnlab": nnlab.__version__,
            "secret": self.secret.fingerprint,
            "level": self.level.label,
            "limits": asdict(self.limits),
        }

    def _seal(self, body: dict[str, Any]) -> bytes:
        message = b"nnlab result\n" + json.dumps(body, sort_keys=True).encode()
        return hmac.new(self.secret.key, message, hashlib.sha256).digest()


def _marks(data: dict[str, Any]) -> Marks:
    """Return the marks that `asdict` was given."""
    return Marks(
        **{
            **data,
            "marks": tuple(
                Mark(**{**mark, "verdict": _verdict(mark["verdict"])}) for mark in data["marks"]
            ),
            "notes": tuple(data["notes"]),
        }
    )


def _verdict(data: dict[str, Any]) -> Verdict:
    failure = data["failure"]
    if failure is not None:
        inputs = tuple((name, value) for name, value in failure["inputs"])
        failure = Failure(**{**failure, "inputs": inputs})
    parts = tuple(PartVerdict(**part) for part in data["parts"])
    return Verdict(**{**data, "failure": failure, "parts": parts})
