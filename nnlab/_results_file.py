"""The results file of a search: one line of JSON for each finished trial."""

from __future__ import annotations

import json
import math
import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from nnlab.spaces import Settings, plain
from nnlab.trials import Trial

_BEGINNING = b'{"settings": '  # of every line: tells a half-written one from somebody's other file


class ResultsFile:
    """Keeps finished trials on disk, so that a search that was stopped can go on.

    Parameters
    ----------
    path : str or path
        Made if it is not there.
    names : sequence of str
        The names of the settings; a file with others is of another search.

    Raises
    ------
    ValueError
        If the file holds something else than trials with these settings. It is not changed then.
    OSError
        If it cannot be read or written.
    """

    def __init__(self, path: str | os.PathLike[str], names: Sequence[str]) -> None:
        self.path, self._names = Path(path), sorted(names)
        self._finished: defaultdict[str, list[Trial]] = defaultdict(list)
        data = self.path.read_bytes() if self.path.exists() else b""
        *lines, rest = data.split(b"\n")
        if rest and not _half_written(rest):
            lines, rest = [*lines, rest], b""
        for number, line in enumerate(lines, start=1):
            self._read(number, line)
        if rest:  # what a crash left of a line; nothing of it can be used
            os.truncate(self.path, len(data) - len(rest))
        self._file: TextIO = self.path.open("a", encoding="ascii", newline="\n")
        if lines and not rest and not data.endswith(b"\n"):
            self._file.write("\n")

    def _read(self, number: int, line: bytes) -> None:
        place = f"file: {self.path}, line {number}"
        try:
            record = json.loads(line)
            settings, error = record["settings"], record["error"]
            scores = {name: float(score) for name, score in record["scores"].items()}
            names = sorted(settings)
        except (ValueError, TypeError, KeyError, AttributeError):
            shown = line[:60].decode(errors="replace")
            raise ValueError(
                f"{place}: expected a finished trial, got {shown!r}. Nothing was changed; mend or "
                "remove the line, or choose another file"
            ) from None
        if names != self._names:
            raise ValueError(
                f"{place} belongs to another search: expected the settings {self._names}, got "
                f"{names}. Nothing was changed; choose another file"
            )
        if error is None:  # a failed trial is run again
            self._finished[json.dumps(settings, sort_keys=True)].append(Trial(settings, scores))

    def finished(self, settings: Settings) -> Trial | None:
        """Return a trial with these settings that the file holds, once for each time it does."""
        trials = self._finished.get(_key(settings))
        if not trials:
            return None
        return Trial(settings, trials.pop(0).scores)  # functions are back in place of their names

    def write(self, trial: Trial) -> None:
        """Append a trial; it is on its way to the disk when this returns."""
        record = {
            "settings": _json_value("", trial.settings),
            "status": trial.status,
            "scores": _json_value("", trial.scores),
            "error": trial.error,
        }
        self._file.write(json.dumps(record, allow_nan=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _half_written(rest: bytes) -> bool:
    """Return whether the text after the last line break is the beginning of a record."""
    try:
        json.loads(rest)
    except ValueError:
        return rest.startswith(_BEGINNING) or _BEGINNING.startswith(rest)
    return False


def _key(settings: Settings) -> str:
    return json.dumps(_json_value("", settings), sort_keys=True)


def _json_value(name: str, value: Any) -> Any:  # noqa: ANN401 - settings can be anything
    """Return what stands for a value in the file: itself, or the full name of a function or class.

    JSON has no NaN and no infinity; they become strings that ``float`` understands.
    """
    value = plain(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_json_value(name, one) for one in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _json_value(key, one) for key, one in value.items()}
    full_name = f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', '<')}"
    if "<" in full_name:  # neither function nor class, or one without a name of its own: a lambda
        raise TypeError(
            f"settings: {name} = {value!r} cannot be found again in a results file; expected "
            "numbers, strings, or functions and classes with a name"
        )
    return full_name
