"""Read a report on how a result was reached: plain data that may hold anything."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnlab._arrays import FloatArray
from nnlab.exercises.answers import Plain
from nnlab.exercises.printing import show
from nnlab.spaces import Choice, Integer, Range, Setting
from nnlab.splits import Split

ENTRIES = ("task", "split", "scaler", "baseline", "trials", "chosen", "test")
"""What a report holds."""

LARGEST_SEED = 2**32 - 1
SHOWN = 60


class ReportError(ValueError):
    """A report that breaks a rule, or cannot be read; the message is a sentence for the learner."""


@dataclass(frozen=True)
class Attempt:
    """What it takes to train a network again.

    Parameters
    ----------
    settings : tuple of (str, value)
        Name and value of every setting, in the order of the space.
    seed : int
        Seed of the weights and of the order of the examples.
    """

    settings: tuple[tuple[str, Setting], ...]
    seed: int


@dataclass(frozen=True)
class ReportedTrial:
    """One trial as reported.

    Parameters
    ----------
    attempt : Attempt
        What was tried.
    validation : float
        Its score on the validation part; NaN if it diverged.
    """

    attempt: Attempt
    validation: float


class Report:
    """A learner's report, read entry by entry, so that one bad entry costs only what hangs on it.

    Every method raises `ReportError` if its entry is missing or cannot be what it should be. Sizes
    are looked at before anything is converted or walked through.

    Parameters
    ----------
    returned : plain data
        What the learner's function returned.

    Raises
    ------
    ReportError
        If it is no dict.
    """

    def __init__(self, returned: Plain) -> None:
        if type(returned) is not dict:
            names = ", ".join(map(repr, ENTRIES))
            raise ReportError(
                f"return the report as a dict with the entries {names}; you return "
                f"{_shown(returned)}"
            )
        self.entries: dict[Any, Plain] = returned

    def entry(self, name: str) -> Plain:
        """Return an entry as it is."""
        if name not in self.entries:
            raise ReportError(f"the report has no entry {name!r}")
        return _item(self.entries[name])

    def number(self, name: str) -> float:
        """Return an entry that is one finite number."""
        value = self.entry(name)
        if type(value) not in (int, float) or not math.isfinite(value):
            raise ReportError(f"{name!r} must be one finite number, but it is {_shown(value)}")
        return float(value)

    def task(self) -> tuple[str, str, int]:
        """Return the names of head and loss in lower case without spaces, and how many outputs."""
        value = _dict("'task'", self.entry("task"), ("head", "loss", "outputs"))
        outputs = _item(value["outputs"])
        if type(outputs) is not int:
            raise ReportError(
                f"the number of outputs must be a whole number, but it is {_shown(outputs)}"
            )
        for name in ("head", "loss"):
            if type(value[name]) is not str:
                raise ReportError(
                    f"the {name} of the task must be a text, but it is {_shown(value[name])}"
                )
        return plain_name(value["head"]), plain_name(value["loss"]), outputs

    def split(self, n: int) -> Split | int:
        """Return the row numbers of the three parts, or the seed that stands for them.

        The rows exist, and no part is empty or longer than the table; whether a row is in two
        parts, or twice in one, has not been looked at.

        Parameters
        ----------
        n : int
            Rows of the table.

        Returns
        -------
        Split or int
        """
        value = self.entry("split")
        if type(value) is int:
            return _seed("the seed of the split", value)
        names = Split._fields
        parts = _dict("'split'", value, names)
        return Split(*(_rows(name, parts[name], n) for name in names))

    def scaler(self, features: int) -> tuple[FloatArray, FloatArray]:
        """Return mean and scale of every feature.

        Parameters
        ----------
        features : int
            How many there are.

        Returns
        -------
        mean, scale : ndarray, (features,)
            Finite; the scales above 0.
        """
        names = ("mean", "scale")
        value = _dict("'scaler'", self.entry("scaler"), names)
        mean, scale = (_column(name, value[name], features) for name in names)
        if not (scale > 0).all():
            raise ReportError("the scales of the scaler must be above 0; that of a constant is 1")
        return mean, scale

    def trial_entries(self) -> list[Plain]:
        """Return the trials, not read yet."""
        value = self.entry("trials")
        if type(value) not in (list, tuple) or not value:
            raise ReportError(
                "'trials' must be a list of at least one trial, each a dict with 'settings', "
                f"'seed' and 'validation'; it is {_shown(value)}"
            )
        return list(value)

    def trials(self, space: Mapping[str, Range], most: int) -> list[ReportedTrial]:
        """Return the trials.

        Parameters
        ----------
        space : dict of str to range
            The settings every trial must have, and what they may be.
        most : int
            More trials than that are refused without being looked at.

        Returns
        -------
        list of ReportedTrial
        """
        entries = self.trial_entries()
        if len(entries) > most:
            raise ReportError(
                f"{len(entries)} trials are too many to look at; the first {most} would be enough "
                "for any budget here"
            )
        return [_trial(f"trials[{i}]", entry, space) for i, entry in enumerate(entries)]

    def any_trial(self, space: Mapping[str, Range]) -> bool:
        """Say whether at least one of the trials can be read.

        Parameters
        ----------
        space : dict of str to range
            The settings every trial must have, and what they may be.

        Returns
        -------
        bool
        """
        for entry in self.trial_entries():
            try:
                _trial("a trial", entry, space)
            except ReportError:
                continue
            return True
        return False

    def chosen(self) -> int:
        """Return the position of the chosen trial, counted from 0."""
        value, n = self.entry("chosen"), len(self.trial_entries())
        if type(value) is not int or not 0 <= value < n:
            raise ReportError(
                f"'chosen' must be the position of a trial, from 0 to {n - 1}, but it is "
                f"{_shown(value)}"
            )
        return value

    def other_test_scores(self) -> str | None:
        """Return where the report holds a score of the test part besides its 'test', or None."""
        extra = [key for key in self.entries if _names_test(key) and key != "test"]
        if extra:
            return _shown(extra[0])
        for i, trial in enumerate(self.trial_entries()):
            if type(trial) is dict and any(map(_names_test, trial)):
                return f"trials[{i}]"
        return None


def plain_name(text: str) -> str:
    """Return a name in lower case, without spaces, hyphens and underscores.

    Parameters
    ----------
    text : str
        Such as ``"Cross-entropy"``.

    Returns
    -------
    str
        Such as ``"crossentropy"``.
    """
    return text[:SHOWN].lower().translate(str.maketrans("", "", " -_"))


def _trial(where: str, entry: Plain, space: Mapping[str, Range]) -> ReportedTrial:
    value = _dict(where, entry, ("settings", "seed", "validation"))
    settings = _dict(f"the settings of {where}", value["settings"], tuple(space))
    for name in settings:
        if name not in space:
            raise ReportError(
                f"the settings of {where} have {_shown(name)}; expected {', '.join(space)}"
            )
    return ReportedTrial(
        Attempt(
            tuple((name, _setting(where, name, settings[name], space[name])) for name in space),
            _seed(f"the seed of {where}", _item(value["seed"])),
        ),
        _score(where, _item(value["validation"])),
    )


def _setting(where: str, name: str, value: Plain, values: Range) -> Setting:
    value = _item(value)
    if type(value) not in (bool, int, float, str) or value not in values:
        raise ReportError(
            f"{where}: {name} = {_shown(value)} is not among the settings to choose from, {values}"
        )
    if isinstance(values, Choice):
        return next(one for one in values.values if one == value)
    return int(value) if isinstance(values, Integer) else value


def _seed(what: str, value: Plain) -> int:
    if type(value) is not int or not 0 <= value <= LARGEST_SEED:
        raise ReportError(
            f"{what} must be a whole number from 0 to {LARGEST_SEED}, but it is {_shown(value)}"
        )
    return value


def _score(where: str, value: Plain) -> float:
    if value is None:
        return math.nan
    if type(value) not in (int, float) or math.isinf(value):
        raise ReportError(
            f"the validation score of {where} must be a number, or None if training diverged, but "
            f"it is {_shown(value)}"
        )
    return float(value)


def _rows(name: str, value: Plain, n: int) -> Any:  # noqa: ANN401 - NumPy's stubs differ here
    what = f"the {name} part of the split"
    size = value.size if type(value) is np.ndarray else len(_list(what, value))
    if not 1 <= size <= n:
        raise ReportError(f"{what} must have from 1 to {n} rows, but it has {size}")
    rows = _array(what, value)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise ReportError(f"{what} must be a list of row numbers, but it is {_shown(value)}")
    low, high = rows.min().item(), rows.max().item()
    if low < 0 or high >= n:
        raise ReportError(
            f"{what} names row {low if low < 0 else high}, and the table has rows 0 to {n - 1}"
        )
    return rows.astype(np.intp)


def _column(name: str, value: Plain, features: int) -> FloatArray:
    what = f"the {name} of the scaler"
    size = value.size if type(value) is np.ndarray else len(_list(what, value))
    if size != features:
        raise ReportError(f"{what} must have {features} numbers, one a feature; it has {size}")
    column = _array(what, value)
    if column.dtype.kind not in "iuf" or column.size != features or not np.isfinite(column).all():
        raise ReportError(f"{what} must be {features} finite numbers, but it is {_shown(value)}")
    return column.ravel().astype(np.float64)


def _array(what: str, value: Plain) -> np.ndarray[Any, Any]:
    try:
        return np.asarray([_item(one) for one in value] if type(value) is not np.ndarray else value)
    except ValueError:  # rows of several lengths
        raise ReportError(f"{what} must be a list of numbers, but it is {_shown(value)}") from None


def _list(what: str, value: Plain) -> Plain:
    if type(value) not in (list, tuple):
        raise ReportError(f"{what} must be a list of numbers, but it is {_shown(value)}")
    return value


def _dict(what: str, value: Plain, names: tuple[str, ...]) -> dict[Any, Plain]:
    if type(value) is not dict:
        raise ReportError(
            f"{what} must be a dict with {', '.join(map(repr, names))}, but it is {_shown(value)}"
        )
    for name in names:
        if name not in value:
            raise ReportError(f"{what} has no {name!r}")
    return value


def _names_test(key: Plain) -> bool:
    return type(key) is str and re.search(r"(?<![a-z])test", key.lower()) is not None


def _item(value: Plain) -> Plain:
    """Return a NumPy number as the Python number it is, everything else as it is."""
    return value.item() if type(value) is np.ndarray and value.ndim == 0 else value


def _shown(value: Plain) -> str:
    if type(value) is str:
        value = value[: SHOWN + 1]
    text = show(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
