"""What a search found: trials, the best of them, and a table of all (taught in lesson 8)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, overload

from nnlab.spaces import Range, Settings


@dataclass(frozen=True, eq=False)
class Trial:
    """One setting of the hyperparameters and what came of it; equal to itself only.

    Attributes
    ----------
    settings : dict of str to value
        The arguments that the training function got. ``train(**trial.settings)`` runs it again,
        for instance to see the whole traceback of a failed trial.
    scores : dict of str to float
        What it returned; empty if it failed.
    error : str or None
        Type and message of the exception that ended it.
    """

    settings: Settings
    scores: dict[str, float] = field(default_factory=dict)
    error: str | None = None

    @property
    def status(self) -> Literal["ok", "diverged", "failed"]:
        """Return "failed" after an exception, "diverged" if a score is NaN or infinite, or "ok"."""
        if self.error is not None:
            return "failed"
        return "ok" if all(map(math.isfinite, self.scores.values())) else "diverged"

    def __str__(self) -> str:
        settings = ", ".join(f"{name}={_short(value)}" for name, value in self.settings.items())
        if self.error is not None:
            return f"{settings}: {self.error}"
        return f"{settings}: {', '.join(f'{name} {s:.4g}' for name, s in self.scores.items())}"


@dataclass(frozen=True)
class Results(Sequence[Trial]):
    """Trials in the order of the settings, however they were run.

    Attributes
    ----------
    trials : tuple of Trial
        Also reached as ``results[0]``, ``len(results)`` and ``for trial in results``.
    score : str or None
        The score that trials are compared by; None: the first one that the training function
        returned.
    maximize : bool
        Whether more is better, as for an accuracy; False for a loss.
    """

    trials: tuple[Trial, ...]
    score: str | None = None
    maximize: bool = True

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Trial, ...]: ...
    def __getitem__(self, index: int | slice) -> Trial | tuple[Trial, ...]:
        return self.trials[index]

    def __len__(self) -> int:
        return len(self.trials)

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)

    def ranked(self, score: str | None = None, *, maximize: bool | None = None) -> list[Trial]:
        """Return the trials that went well, best first; equal ones in the order of the settings.

        Parameters
        ----------
        score : str, optional
            Name of the score to compare by; the search's own if not given.
        maximize : bool, optional
            Whether more is better; as in the search if not given. Must be said for another score.

        Returns
        -------
        list of Trial
            Failed and diverged trials are left out, and those without such a score.

        Raises
        ------
        ValueError
            If no trial has a score of this name, or `maximize` is missing for another score.
        """
        fine = [trial for trial in self.trials if trial.status == "ok"]
        if not fine:
            return []
        own = self.score or next(iter(fine[0].scores))
        score = score or own
        scored = [trial for trial in fine if score in trial.scores]
        if not scored:
            raise ValueError(f"score: expected one of {list(fine[0].scores)}, got {score!r}")
        if maximize is None and score != own:
            raise ValueError(
                f"maximize: expected True if more {score} is better, False if less is; the search "
                f"compared by {own!r}"
            )
        largest_first = self.maximize if maximize is None else maximize
        return sorted(scored, key=lambda trial: trial.scores[score], reverse=largest_first)

    def best(self, score: str | None = None, *, maximize: bool | None = None) -> Trial:
        """Return the best trial; the first of equal ones.

        It was chosen by its score, so the score flatters it: measure what you report once more, on
        the test part.

        Parameters
        ----------
        score, maximize
            As in :meth:`ranked`.

        Returns
        -------
        Trial

        Raises
        ------
        ValueError
            If every trial failed or diverged, or there is no score of this name.
        """
        ranked = self.ranked(score, maximize=maximize)
        if ranked:
            return ranked[0]
        failed = [trial for trial in self.trials if trial.status == "failed"]
        first = f"; the first error: {failed[0].error}" if failed else ""
        raise ValueError(
            f"best: none of the {len(self)} trial(s) ended with a finite score, {len(failed)} "
            f"failed and {len(self) - len(failed)} diverged{first}"
        )

    def on_border(self, space: Mapping[str, Range]) -> dict[str, str]:
        """Return which settings of the best trial lie on the border of their range.

        A best value on the border means that the range is wrong: better ones may lie beyond it.
        After a grid, pass what was tried: ``on_border({"units": Choice([16, 32, 64])})``.

        Parameters
        ----------
        space : dict of str to range
            Ranges of all or some of the settings.

        Returns
        -------
        dict of str to str
            ``{"learning_rate": "high"}``; empty if all lie inside. What counts as the border is
            said at :meth:`nnlab.spaces.LogUniform.border` and its siblings.

        Raises
        ------
        ValueError
            If there is no best trial, or `space` has a name that is not among the settings.
        """
        best = self.best().settings
        unknown = sorted(set(space) - set(best))
        if unknown:
            raise ValueError(f"space: expected names among {sorted(best)}, got {unknown}")
        ends = {name: values.border(best[name]) for name, values in space.items()}
        return {name: end for name, end in ends.items() if end is not None}

    def columns(self) -> dict[str, list[Any]]:
        """Return a table: one list per setting and per score, then ``status`` and ``error``.

        Returns
        -------
        dict of str to list
            Each as long as the results; ``pandas.DataFrame(results.columns())`` shows it. A score
            that a trial does not have is NaN.

        Raises
        ------
        ValueError
            If a score has the name of a setting, or one of them is named "status" or "error".
        """
        settings = list(self.trials[0].settings) if self.trials else []
        scores = list(dict.fromkeys(name for trial in self.trials for name in trial.scores))
        names = [*settings, *scores, "status", "error"]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"columns: expected every name once, got {twice} twice; rename one")
        return {
            **{name: [trial.settings[name] for trial in self.trials] for name in settings},
            **{name: [trial.scores.get(name, math.nan) for trial in self] for name in scores},
            "status": [trial.status for trial in self.trials],
            "error": [trial.error for trial in self.trials],
        }

    def __repr__(self) -> str:
        states = [trial.status for trial in self.trials]
        counts = ", ".join(
            f"{states.count(state)} {state}"
            for state in ("ok", "diverged", "failed")
            if state in states
        )
        best = f"; best: {self.best()}" if "ok" in states else ""
        return f"Results({len(self)} trials: {counts or 'none'}{best})"


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else getattr(value, "__name__", repr(value))
