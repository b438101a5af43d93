"""The rules by which a report on a capstone is judged: everything in it is done again."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnlab._arrays import FloatArray
from nnlab._examples import group_column
from nnlab.exercises.answers import Plain
from nnlab.exercises.process_report import (
    Report,
    ReportedTrial,
    ReportError,
    plain_name,
)
from nnlab.exercises.process_training import Setup, Task
from nnlab.exercises.specification import Case, Property
from nnlab.scalers import Standardizer
from nnlab.splits import Split

if TYPE_CHECKING:
    from nnlab.exercises.process import Process

RULES = ("task", "split", "scaler", "baseline", "trials", "budget", "choice", "test", "goal")
"""Names of the rules, in the order of the parts."""

LEAST_SHARE = 0.1
"""Of the rows, in validation and in test; training has at least half of them."""

STRATIFIED = 2
"""By how many examples of a class a part may differ from its share."""

ROUNDED = 0.005
"""How far a baseline may be off: two decimals are enough."""

SAME_STATISTIC = 2e-3
"""How far, in units of the scale, a mean or scale may be off: three or four digits are enough."""

TRAINING = "the training part"

SANE_STATISTIC = 1000
"""Beyond that many times the right scale, a reported scaler is not used for training."""

LOOKED_AT = 10
"""Reports with more than so many times the budget of trials are not read."""


@dataclass(frozen=True, eq=False)
class Rules:
    """Judges reports; every rule is independent of the others as far as it can be.

    Parameters
    ----------
    process : Process
        What the capstone asks for.
    """

    process: Process

    @property
    def _metric(self) -> str:
        return self.process.metric

    def judge(self, name: str) -> Property:
        """Return what judges a report by one rule.

        Parameters
        ----------
        name : str
            One of `RULES`.

        Returns
        -------
        callable
            ``judge(case, returned)`` returns None, or the sentence on what is wrong.
        """
        rule: Callable[[Report], None] = getattr(self, f"_check_{name}")

        def judge(case: Case, returned: Plain) -> str | None:
            try:
                rule(Report(returned))
            except ReportError as error:
                return str(error)
            return None

        return judge

    def _check_task(self, report: Report) -> None:
        head, loss, outputs = report.task()
        right = [
            f"{t.heads[0]} with {t.names[0]} and {t.outputs} output(s)" for t in self.process.tasks
        ]
        if self._task(head, loss, outputs) is None:
            classes = len(self.process.data.class_names)
            target = f"one of {classes} classes" if classes else "a number"
            raise ReportError(
                f"the target is {target}; that takes {' or '.join(right)}, but the report has "
                f"{head} with {loss} and {outputs} output(s)"
            )

    def _check_split(self, report: Report) -> None:
        split = self._split_of(report)
        n = len(self.process.data)
        for name, rows in split._asdict().items():
            values, counts = np.unique(rows, return_counts=True)
            if counts.max() > 1:
                twice = values[counts > 1][0]
                raise ReportError(f"row {twice} is in the {name} part more than once")
        for first, second in (("train", "validation"), ("train", "test"), ("validation", "test")):
            both = np.intersect1d(getattr(split, first), getattr(split, second))
            if both.size:
                raise ReportError(
                    f"{both.size} row(s) are both in the {first} and in the {second} part, the "
                    f"first is row {both[0]}; a row that was trained or chosen with tests nothing"
                )
        left_out = np.setdiff1d(np.arange(n), np.concatenate(split))
        if left_out.size:
            raise ReportError(
                f"{left_out.size} row(s) are in none of the parts, the first is row {left_out[0]}"
            )
        least = {"train": 0.5, "validation": LEAST_SHARE, "test": LEAST_SHARE}
        for name, rows in split._asdict().items():
            if rows.size < int(least[name] * n):
                raise ReportError(
                    f"the {name} part has {rows.size} of {n} rows; it needs {least[name]:.0%} or "
                    "more"
                )
        if self.process.groups is not None:
            self._check_groups(split)
        elif self.process.data.class_names:
            self._check_strata(split)

    def _check_groups(self, split: Split) -> None:
        assert self.process.groups is not None
        names = np.unique(group_column(self.process.groups))
        for first, second in (("train", "validation"), ("train", "test"), ("validation", "test")):
            both = np.intersect1d(
                self.process.group_numbers[getattr(split, first)],
                self.process.group_numbers[getattr(split, second)],
            )
            if both.size:
                raise ReportError(
                    f"group {names[both[0]]} is both in the {first} and in the {second} part; "
                    "related rows belong into one part, all of them"
                )

    def _check_strata(self, split: Split) -> None:
        y, names = self.process.data.y, self.process.data.class_names
        classes = len(names)
        shares = np.bincount(y, minlength=classes) / len(y)
        for name, rows in split._asdict().items():
            counts = np.bincount(y[rows], minlength=classes)
            far = np.abs(counts - shares * rows.size) > STRATIFIED
            if far.any():
                label = int(far.argmax())
                raise ReportError(
                    f"class {label} ({names[label]}) makes up {shares[label]:.0%} "
                    f"of the table and {counts[label] / rows.size:.0%} of the {name} part; "
                    "stratify the split"
                )

    def _check_scaler(self, report: Report) -> None:
        mean, scale = report.scaler(self.process.data.x.shape[1])
        split = self._split_of(report)
        source = self._source(split, mean, scale)
        if source is not None and source.rows == TRAINING:
            return
        if source is not None:
            raise ReportError(
                f"mean and scale are those of {source.rows}; fit the scaler on the training part "
                "alone, or the model learns from rows that are to judge it"
            )
        right = Standardizer().fit(self.process.data.x[split.train])
        off = np.maximum(np.abs(mean - right.mean[0]), np.abs(scale - right.scale[0]))
        worst = int((off / right.scale[0]).argmax())
        raise ReportError(
            f"over the training part, {self.process.data.feature_names[worst]!r} has mean "
            f"{right.mean[0, worst]:.5g} and scale {right.scale[0, worst]:.5g}; the report says "
            f"{mean[worst]:.5g} and {scale[worst]:.5g}"
        )

    def _check_baseline(self, report: Report) -> None:
        given, split = report.number("baseline"), self._split_of(report)
        right = self.process.baseline_score(split.train, split.validation)
        if abs(given - right) <= ROUNDED:
            return
        said = (
            f"the baseline, fitted on the training part, has {self._metric} {right:.4f} on "
            f"the validation part; the report says {given:.4g}"
        )
        for name in ("train", "test"):
            if (
                abs(given - self.process.baseline_score(split.train, getattr(split, name)))
                <= ROUNDED
            ):
                said += f", which is its {self._metric} on the {name} part"
                break
        raise ReportError(said)

    def _check_trials(self, report: Report) -> None:
        trials, setup = self._trials_of(report), self._setup(report)
        for i in self._repeated(report, trials):
            again, test = self._scores(setup, trials, i)
            given = trials[i].validation
            if self.process.same(given, again, setup.split.validation.size):
                continue
            said = (
                f"trials[{i}] reports a validation {self._metric} of {_number(given)}, but "
                f"training again with its settings and seed {trials[i].attempt.seed} gives "
                f"{_number(again)}"
            )
            if self.process.same(given, test, setup.split.test.size):
                said += f"; {given:.4g} is its {self._metric} on the test part"
            raise ReportError(said)

    def _check_budget(self, report: Report) -> None:
        count = len(report.trial_entries())
        if count > self.process.budget:
            raise ReportError(
                f"the report has {count} trials, and the budget is {self.process.budget}"
            )
        if not report.any_trial(self.process.space):
            raise ReportError("not one of the trials can be read, so there is none within a budget")

    def _check_choice(self, report: Report) -> None:
        trials, chosen = self._trials_of(report), report.chosen()
        scores = np.array([trial.validation for trial in trials])
        if np.isnan(scores).all():
            raise ReportError("every trial diverged, so there is none to choose")
        best, own = int(np.nanargmax(scores)), trials[chosen].validation
        if own >= scores[best]:
            return
        said = (
            f"trials[{best}] is the best on the validation part ({self._metric} "
            f"{scores[best]:.4f}), but you chose trials[{chosen}] ({_number(own)})"
        )
        if self._chosen_by_test(report, trials, chosen):
            said += ", which is the best on the test part; nothing may be chosen by that"
        raise ReportError(said)

    def _check_test(self, report: Report) -> None:
        self._check_held_out(report)
        given, trials, chosen = report.number("test"), self._trials_of(report), report.chosen()
        setup = self._setup(report)
        _, again = self._scores(setup, trials, chosen)
        rows = setup.split.test.size
        if self.process.same(given, again, rows):
            return
        said = (
            f"the report says a test {self._metric} of {given:.4g}, but the chosen "
            f"trials[{chosen}] trained again has {_number(again)}"
        )
        for i in self._repeated(report, trials):
            if self.process.same(given, self._scores(setup, trials, i)[1], rows):
                said += f"; {given:.4g} is that of trials[{i}]"
                break
        raise ReportError(said)

    def _check_goal(self, report: Report) -> None:
        trials, setup = self._trials_of(report), self._setup(report)
        _, score = self._scores(setup, trials, report.chosen())
        base = self.process.baseline_score(setup.split.train, setup.split.test)
        if not score >= base + self.process.margin:
            raise ReportError(
                f"on the test part the chosen network has {self._metric} {_number(score)} and "
                f"the baseline {base:.4f}; the goal is {self.process.margin:g} more than the "
                "baseline"
            )
        self._check_held_out(report)

    def _check_held_out(self, report: Report) -> None:
        """Raise if the test part was used for anything before its one score."""
        where = report.other_test_scores()
        if where is not None:
            raise ReportError(
                f"{where} holds another score of the test part; it is used once, at the end, for "
                "the chosen trial"
            )
        value = report.entry("test")
        if type(value) in (list, tuple, dict, np.ndarray):
            raise ReportError(
                f"'test' holds {len(value)} value(s); the test part is used once, so there is one "
                "number, that of the chosen trial"
            )
        split = self._split_of(report)
        for name in ("train", "validation"):
            both = np.intersect1d(getattr(split, name), split.test).size
            if 2 * both > split.test.size:
                raise ReportError(
                    f"most of the test part, {both} rows, is in the {name} part too; so it was "
                    "used before the end"
                )
        trials = self._trials_of(report)
        if self._searched_on_test(report, trials):
            raise ReportError(
                "the trials report their scores on the test part under 'validation'; it was used "
                "for the search, and tests nothing any more"
            )
        chosen = report.chosen()
        if self._chosen_by_test(report, trials, chosen):
            raise ReportError(
                f"trials[{chosen}] is not the best on the validation part, but the best on the "
                "test part; the choice has used it up"
            )

    # What the rules share ------------------------------------------------------------------------

    def _task(self, head: str, loss: str, outputs: int) -> Task | None:
        for task in self.process.tasks:
            names = {plain_name(name) for name in (*task.names, type(task.loss).__name__)}
            if outputs == task.outputs and head in task.heads and loss in names:
                return task
        return None

    def _split_of(self, report: Report) -> Split:
        split = report.split(len(self.process.data))
        return self.process.split(split) if isinstance(split, int) else split

    def _trials_of(self, report: Report) -> list[ReportedTrial]:
        return report.trials(self.process.space, LOOKED_AT * self.process.budget)

    def _setup(self, report: Report) -> Setup:
        """Return what the trials were trained with, as far as the report can be believed in that.

        A wrong task, or a scaler that is none, has lost its own points; the trials are then
        trained as they should have been.
        """
        split, x = self._split_of(report), self.process.data.x
        right = Standardizer().fit(x[split.train])
        mean, scale = right.mean[0], right.scale[0]
        try:
            given = report.scaler(x.shape[1])
        except ReportError:
            given = mean, scale
        source = self._source(split, *given)
        far = np.abs(given[0] - mean) > SANE_STATISTIC * scale
        far |= np.abs(np.log(given[1] / scale)) > math.log(SANE_STATISTIC)
        if source is not None:
            mean, scale = source.mean, source.scale  # all digits, also if some were reported
        elif not far.any():
            mean, scale = given
        try:
            head, loss, outputs = report.task()
            task = self._task(head, loss, outputs)
        except ReportError:
            task = None
        return Setup(self.process, task or self.process.tasks[0], split, mean, scale)

    def _source(self, split: Split, mean: FloatArray, scale: FloatArray) -> _Statistics | None:
        """Return the statistics that the reported ones are, but for rounding, or None."""
        x = self.process.data.x
        rows = {
            TRAINING: split.train,
            f"all {len(x)} rows": np.arange(len(x)),
            "the training and the validation part together": np.concatenate(split[:2]),
            "the validation part": split.validation,
            "the test part": split.test,
        }
        for name, part in rows.items():
            fitted, n = Standardizer().fit(x[part]), part.size
            # The spread may be divided by N or by N - 1.
            found = [
                _Statistics(name, fitted.mean[0], fitted.scale[0] * factor)
                for factor in (1.0, math.sqrt(n / max(n - 1, 1)))
            ]
            nearest = min(found, key=lambda one: one.distance(mean, scale))
            if nearest.distance(mean, scale) <= SAME_STATISTIC:
                return nearest
        return None

    def _scores(
        self, setup: Setup, trials: list[ReportedTrial], position: int
    ) -> tuple[float, float]:
        try:
            return setup.scores(trials[position].attempt)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ReportError(f"trials[{position}] could not be trained again: {error}") from error

    def _repeated(self, report: Report, trials: list[ReportedTrial]) -> list[int]:
        """Return which trials are trained again, in their order; always the same for one report."""
        most = (
            self.process.budget
            if self.process.repeats is None
            else min(self.process.repeats + 1, self.process.budget)
        )
        if len(trials) <= most:
            return list(range(len(trials)))
        digest = hashlib.sha256(repr(report.entries).encode()).digest()
        drawn = np.random.default_rng(int.from_bytes(digest)).permutation(len(trials)).tolist()
        try:
            first = [report.chosen()]
        except ReportError:
            first = []
        return sorted(list(dict.fromkeys(first + drawn))[:most])

    def _searched_on_test(self, report: Report, trials: list[ReportedTrial]) -> bool:
        """Return whether the scores of the trials are those on the test part."""
        setup, wrong = self._setup(report), False
        off = np.zeros(2)
        for i in self._repeated(report, trials):
            given, again = trials[i].validation, self._scores(setup, trials, i)
            wrong |= not self.process.same(given, again[0], setup.split.validation.size)
            # Nothing where it diverged; a score may be absurd.
            off += np.nan_to_num(np.minimum(np.abs(given - np.array(again)), 1))
        return wrong and bool(2 * off[1] < off[0])

    def _chosen_by_test(self, report: Report, trials: list[ReportedTrial], chosen: int) -> bool:
        """Return whether only the test part speaks for the trial that was chosen."""
        scores = np.array([trial.validation for trial in trials])
        if np.isnan(scores).all() or scores[chosen] >= np.nanmax(scores):
            return False
        try:
            setup = self._setup(report)
            tested = {i: self._scores(setup, trials, i)[1] for i in self._repeated(report, trials)}
        except ReportError:  # told by the rules that it breaks
            return False
        own, right = tested[chosen], tested.get(int(np.nanargmax(scores)), math.inf)
        return own > right and not any(score > own for score in tested.values())


@dataclass(frozen=True, eq=False)
class _Statistics:
    """Mean and scale of some rows."""

    rows: str
    mean: FloatArray
    scale: FloatArray

    def distance(self, mean: FloatArray, scale: FloatArray) -> float:
        """Return how far other statistics are from these, in units of the scale."""
        off = np.maximum(np.abs(mean - self.mean), np.abs(scale - self.scale))
        return float((off / self.scale).max())


def _number(score: float) -> str:
    return "nothing, it diverged" if math.isnan(score) else f"{score:.4f}"
