"""The course's secret: what makes the inputs of a mark impossible to guess and easy to repeat."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

_BYTES = 32
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Secret:
    """Thirty-two random bytes that the teacher keeps.

    Whoever has them can work out the inputs on which a student is marked, so neither `repr` nor any
    error message shows them.

    Parameters
    ----------
    key : bytes
        The 32 bytes.
    """

    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if type(self.key) is not bytes:
            raise TypeError(f"key must be bytes, got a value of type {type(self.key).__name__}")
        if len(self.key) != _BYTES:
            raise ValueError(f"key must be {_BYTES} bytes long, got {len(self.key)}")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Secret:
        """Return the secret that a file holds.

        Parameters
        ----------
        path : str or path-like
            A file that `load_or_make` has written.

        Returns
        -------
        Secret

        Raises
        ------
        ValueError
            If there is no such file, if it cannot be read, or if it holds something else.
        """
        path = Path(path)
        try:
            with path.open("rb") as file:
                content = file.read(1024)
        except FileNotFoundError:
            raise ValueError(
                f"there is no secret in {path}; take the file your earlier marks were given with, "
                "or let nnlab make a new one"
            ) from None
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ValueError(f"the secret in {path} cannot be read: {reason}") from None
        text = content.decode("ascii", "replace").strip().lower()
        if not _HEX.fullmatch(text):
            raise ValueError(
                f"{path} holds no secret: expected one line of {2 * _BYTES} hexadecimal digits. "
                "Restore it from a copy; a new secret gives every student new inputs"
            )
        return cls(bytes.fromhex(text))

    @classmethod
    def load_or_make(cls, path: str | os.PathLike[str]) -> Secret:
        """Return the secret that a file holds, and make the file if there is none.

        Only its owner may read a new file. Several processes may do this at the same time; all
        get the same secret.

        Parameters
        ----------
        path : str or path-like
            Where the secret is kept. Folders on the way to it are made.

        Returns
        -------
        Secret

        Raises
        ------
        ValueError
            If the file cannot be read or made, or if it holds something else.
        """
        path = Path(path)
        try:
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                _make(path, f"{secrets.token_hex(_BYTES)}\n".encode())
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ValueError(f"the secret cannot be written to {path}: {reason}") from None
        return cls.load(path)

    def seed(self, exercise: str, student: str) -> int:
        """Return the seed of one student's inputs in one exercise.

        Parameters
        ----------
        exercise : str
            Name of the exercise, such as ``"01.mse"``.
        student : str
            Who handed in. Two spellings that Unicode calls equivalent are the same student.

        Returns
        -------
        int
            At least 0 and below 2**63, always the same for the same secret, exercise and student.
        """
        for name, text in (("exercise", exercise), ("student", student)):
            if not isinstance(text, str):
                raise TypeError(f"{name} must be a text, got a value of type {type(text).__name__}")
        return int.from_bytes(self._digest("seed", exercise, student)[:8], "big") >> 1

    @property
    def fingerprint(self) -> str:
        """Twelve letters that tell secrets apart and give nothing away; reports may hold them."""
        return self._digest("fingerprint").hex()[:12]

    def _digest(self, *texts: str) -> bytes:
        message = b""
        for text in texts:
            # The length in front of each text: ("ab", "c") is not ("a", "bc"). Names of folders
            # can hold lone surrogates, and macOS spells accents in two characters.
            encoded = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
            message += len(encoded).to_bytes(8, "big") + encoded
        return hmac.new(self.key, message, hashlib.sha256).digest()


def _make(path: Path, content: bytes) -> None:
    """Write a new file, whole or not at all; leave it alone if somebody else was faster."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write_new(beside, content)
        with contextlib.suppress(FileExistsError):
            try:
                os.link(beside, path)
            except FileExistsError:
                raise
            except OSError:  # a file system without hard links
                _write_new(path, content)
    finally:
        beside.unlink(missing_ok=True)


def _write_new(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
