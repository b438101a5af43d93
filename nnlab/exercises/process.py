"""Judge a capstone by its process: from the table to one final test number.

The learner's function gets the table and returns a report as plain data. Here, where the engine is,
everything in it is done again: the split is looked at, the scaler compared with the training rows,
the trials are trained again from their settings and seeds. A `Process` says for one data set what
may be tried; its parts go into an `Exercise`::

    CAPSTONE = Process(wine(), train_dense, SPACE, budget=12, margin=0.4)

    Exercise("10.capstone", …, reference=capstone, parts=CAPSTONE.parts(), …)

A report is a dict::

    {
        "task": {"head": "softmax", "loss": "categorical cross-entropy", "outputs": 3},
        "split": {"train": [4, 17, …], "validation": […], "test": […]},  # or a seed
        "scaler": {"mean": […], "scale": […]},       # one number for each feature
        "baseline": 0.4,                             # its score on the validation part
        "trials": [
            {"settings": {"units": 16, …}, "seed": 3, "validation": 0.95},  # None: it diverged
            …
        ],
        "chosen": 0,                                 # which of the trials, counted from 0
        "test": 0.94,                                # the one score on the test part
    }

The rules are independent of each other as far as they can be. Scores are trained again with what
the report says was done: one whose scaler was fitted on all rows breaks the rule on scaling, and
its scores, which came of that scaler, are still the right ones.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray, FloatArray, IntArray
from nnlab._checks import number, number_above, whole_number
from nnlab._examples import group_column
from nnlab.activations import relu
from nnlab.baselines import majority_class, mean_value
from nnlab.datasets import Dataset
from nnlab.exercises.answers import Plain
from nnlab.exercises.process_report import (
    Attempt,
    Report,
    ReportedTrial,
    ReportError,
    plain_name,
)
from nnlab.exercises.specification import Case, Part, Property
from nnlab.layers import Activation, Dense
from nnlab.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
)
from nnlab.metrics import accuracy, r_squared
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.regularizers import L2
from nnlab.scalers import Standardizer
from nnlab.spaces import Range, Settings
from nnlab.splits import Split, group_three_way_split, three_way_split
from nnlab.training import fit

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

Examples: TypeAlias = tuple[FloatArray, AnyArray]
"""x and y of one part; x is scaled."""

Predict: TypeAlias = Callable[[FloatArray], AnyArray]
"""From scaled examples to what the metric takes: classes, or numbers in the unit of y."""


@dataclass(frozen=True, eq=False)
class Task:
    """One right way to set up a task.

    Parameters
    ----------
    heads : tuple of str
        What the output's activation may be called in a report, in lower case.
    loss : Loss
        What is minimised.
    outputs : int
        Numbers that the network returns for an example.
    names : tuple of str
        What the loss may be called in a report; case, spaces and hyphens do not matter.
    """

    heads: tuple[str, ...]
    loss: Loss
    outputs: int
    names: tuple[str, ...]


Train: TypeAlias = Callable[[Settings, int, Task, Examples, Examples], Predict]
"""``train(settings, seed, task, training, validation)`` returns the trained network's prediction.

It must depend on nothing else, and on the validation part for early stopping only.
"""


def train_dense(
    settings: Settings, seed: int, task: Task, training: Examples, validation: Examples
) -> Predict:
    """Train a network with one hidden layer of ReLU units by Adam, on the whole training part.

    Numbers to predict are standardised with the statistics of the training part, and the
    predictions brought back.

    Parameters
    ----------
    settings : dict
        ``units``, ``learning_rate`` and ``epochs``; ``weight_decay`` if there is any.
    seed : int
        Seed of the weights.
    task : Task
        Gives the loss and the number of outputs.
    training, validation : (x, y)
        Scaled examples and their targets; validation is not looked at.

    Returns
    -------
    callable
        From scaled examples to predictions.
    """
    x, y = training
    numbers = Standardizer().fit(y[:, None]) if y.dtype.kind == "f" else None
    net = Sequential(
        Dense(x.shape[1], settings["units"]),
        Activation(relu),
        Dense(settings["units"], task.outputs),
        seed=seed,
        dtype=np.float64,
    )
    fit(
        net,
        task.loss,
        Adam(settings["learning_rate"]),
        x,
        y if numbers is None else numbers.transform(y[:, None])[:, 0],
        epochs=settings["epochs"],
        seed=seed,
        regularizer=L2(settings.get("weight_decay", 0.0)),
        record_every=settings["epochs"],
    )

    def predict(x: FloatArray) -> AnyArray:
        z = net.forward(x)
        if not np.isfinite(z).all():
            raise FloatingPointError("training diverged")
        if numbers is None:
            return task.loss.predict(z)
        return numbers.inverse_transform(z)[:, 0]

    return predict


@dataclass(frozen=True, eq=False)
class Process:
    """What a capstone asks for, and the rules by which a report on it is judged.

    Parameters
    ----------
    data : Dataset
        The table. Another data set is another capstone, and nothing else changes.
    train : callable
        ``train(settings, seed, task, training, validation)``, such as `train_dense`; see `Train`.
        It raises FloatingPointError for a network that diverged.
    space : dict of str to range
        Every setting and what it may be. It bounds what training again can cost.
    budget : int
        How many trials there may be.
    margin : float
        How much better than the baseline the network must be on the test part, in accuracy or R².
    repeats : int, optional
        How many trials are trained again besides the chosen one: as many as are reported (but not
        more than the budget) if not given. Which of them depends on every entry of the report.
    tolerance : float
        How far a reported score may be from the one found again. Room for rounding, and for what
        other machines make of the last digit.
    baseline : callable, optional
        ``baseline(y_train, n)`` returns n predictions; the most frequent class or the mean if not
        given.
    groups : array_like, (N,), optional
        The group of every row, such as the patient; no group may be in two parts. The learner's
        function gets it as its third argument.
    fractions : three floats
        Shares of the split that a seed stands for in a report.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.
    """

    data: Dataset
    train: Train
    space: Mapping[str, Range]
    budget: int
    margin: float
    repeats: int | None = None
    tolerance: float = 0.01
    baseline: Callable[[npt.ArrayLike, int], AnyArray] | None = None
    groups: npt.ArrayLike | None = None
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2)

    def __post_init__(self) -> None:
        whole_number("budget", self.budget)
        number("margin", self.margin, least=0)
        number_above("tolerance", self.tolerance, 0)
        if self.repeats is not None:
            whole_number("repeats", self.repeats)
        if not self.space:
            raise ValueError("space: expected at least one setting with its range, got none")
        if self.groups is not None and len(self._groups) != len(self.data):
            raise ValueError(
                f"groups: expected one for each of the {len(self.data)} rows, got "
                f"{len(self._groups)}"
            )
        self.split(0)  # refuses what cannot be split

    # What there is -------------------------------------------------------------------------------

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The right ways to set up this task, the usual one first."""
        classes = len(self.data.class_names)
        if not classes:
            heads = ("identity", "linear", "none")
            return (
                Task(heads, MeanSquaredError(), 1, ("mean squared error", "MSE")),
                Task(heads, MeanAbsoluteError(), 1, ("mean absolute error", "MAE")),
            )
        names = ("categorical cross-entropy", "cross-entropy", "CCE")
        softmax = Task(("softmax",), CategoricalCrossEntropy(), classes, names)
        if classes > 2:
            return (softmax,)
        names = ("binary cross-entropy", "cross-entropy", "BCE")
        return (Task(("sigmoid",), BinaryCrossEntropy(), 1, names), softmax)

    @property
    def metric(self) -> str:
        """What scores are: ``"accuracy"`` for classes, ``"R²"`` for numbers."""
        return "accuracy" if self.data.class_names else "R²"

    @cached_property
    def _groups(self) -> IntArray:
        assert self.groups is not None
        return np.unique(group_column(self.groups), return_inverse=True)[1]

    def split(self, seed: int) -> Split:
        """Return the split that a seed stands for: by groups if there are any, else stratified.

        Parameters
        ----------
        seed : int
            0 or more.

        Returns
        -------
        Split
        """
        if self.groups is not None:
            return group_three_way_split(self._groups, self.fractions, seed)
        return three_way_split(self.data.y, self.fractions, seed)

    def cases(self, rng: np.random.Generator) -> list[Case]:
        """Return the one case there is: the table, with the groups if there are any.

        Parameters
        ----------
        rng : Generator
            Not drawn from: scores belong to the table as it is.

        Returns
        -------
        list of tuple
        """
        table = (self.data.x, self.data.y)
        return [table if self.groups is None else (*table, self._groups)]

    def parts(self, points: Mapping[str, float] | None = None) -> tuple[Part, ...]:
        """Return one part for each rule.

        Parameters
        ----------
        points : dict of str to float, optional
            Points of some rules; the others give 1, the goal 2. With 0 a rule is left out.

        Returns
        -------
        tuple of Part

        Raises
        ------
        ValueError
            If there is no rule of such a name.
        """
        worth = dict.fromkeys(RULES, 1.0) | {"goal": 2.0}
        for name, value in (points or {}).items():
            if name not in worth:
                raise ValueError(f"points: expected rules among {', '.join(RULES)}, got {name!r}")
            worth[name] = number(f"points of {name!r}", value, least=0)
        better = f"{self.metric} at least {self.margin:g} above the baseline"
        titles = {
            "task": "head and loss fit the target",
            "split": "every row in one part, none in two",
            "scaler": "the scaler knows the training part alone",
            "baseline": "the baseline is right",
            "trials": "every trial can be repeated from its settings and seed",
            "budget": f"at most {self.budget} trials",
            "choice": "the trial that is best on validation was chosen",
            "test": "the test part was used once, for the chosen trial",
            "goal": f"test part: {better}",
        }
        return tuple(
            Part(titles[name], worth[name], self.cases, judge=self._judge(name))
            for name in RULES
            if worth[name]
        )

    def report(
        self, trials: Iterable[tuple[Settings, int]], split: int = 0, task: int = 0
    ) -> dict[str, Plain]:
        """Do everything by the rules and return the report, as lists and numbers.

        Parameters
        ----------
        trials : iterable of (dict, int)
            Settings and seed of every trial.
        split : int
            Seed of the split.
        task : int
            Which of `tasks`.

        Returns
        -------
        dict
            The scores with six digits.

        Raises
        ------
        ValueError
            If there are no trials, or all diverged.
        """
        chosen_task, parts = self.tasks[task], self.split(split)
        scaler = Standardizer().fit(self.data.x[parts.train])
        setup = _Setup(self, chosen_task, parts, scaler.mean[0], scaler.scale[0])
        tried = [
            (dict(settings), seed, setup.scores(Attempt(tuple(settings.items()), seed)))
            for settings, seed in trials
        ]
        validation = [scores[0] for *_, scores in tried]
        if not np.isfinite(validation).any():
            raise ValueError("trials: expected at least one that does not diverge, got none")
        best = int(np.nanargmax(validation))
        return {
            "task": {
                "head": chosen_task.heads[0],
                "loss": chosen_task.names[0],
                "outputs": chosen_task.outputs,
            },
            "split": {name: rows.tolist() for name, rows in parts._asdict().items()},
            "scaler": {"mean": scaler.mean[0].tolist(), "scale": scaler.scale[0].tolist()},
            "baseline": round(self._baseline_score(parts.train, parts.validation), 6),
            "trials": [
                {
                    "settings": settings,
                    "seed": seed,
                    "validation": None if math.isnan(score) else round(score, 6),
                }
                for settings, seed, (score, _) in tried
            ],
            "chosen": best,
            "test": round(tried[best][2][1], 6),
        }

    # The rules -----------------------------------------------------------------------------------

    def _judge(self, name: str) -> Property:
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
        right = [f"{t.heads[0]} with {t.names[0]} and {t.outputs} output(s)" for t in self.tasks]
        if self._task(head, loss, outputs) is None:
            classes = len(self.data.class_names)
            target = f"one of {classes} classes" if classes else "a number"
            raise ReportError(
                f"the target is {target}; that takes {' or '.join(right)}, but the report has "
                f"{head} with {loss} and {outputs} output(s)"
            )

    def _check_split(self, report: Report) -> None:
        split = self._split_of(report)
        n = len(self.data)
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
        if self.groups is not None:
            self._check_groups(split)
        elif self.data.class_names:
            self._check_strata(split)

    def _check_groups(self, split: Split) -> None:
        assert self.groups is not None
        names = np.unique(group_column(self.groups))
        for first, second in (("train", "validation"), ("train", "test"), ("validation", "test")):
            both = np.intersect1d(
                self._groups[getattr(split, first)], self._groups[getattr(split, second)]
            )
            if both.size:
                raise ReportError(
                    f"group {names[both[0]]} is both in the {first} and in the {second} part; "
                    "related rows belong into one part, all of them"
                )

    def _check_strata(self, split: Split) -> None:
        y, classes = self.data.y, len(self.data.class_names)
        shares = np.bincount(y, minlength=classes) / len(y)
        for name, rows in split._asdict().items():
            counts = np.bincount(y[rows], minlength=classes)
            far = np.abs(counts - shares * rows.size) > STRATIFIED
            if far.any():
                label = int(far.argmax())
                raise ReportError(
                    f"class {label} ({self.data.class_names[label]}) makes up {shares[label]:.0%} "
                    f"of the table and {counts[label] / rows.size:.0%} of the {name} part; "
                    "stratify the split"
                )

    def _check_scaler(self, report: Report) -> None:
        mean, scale = report.scaler(self.data.x.shape[1])
        split = self._split_of(report)
        source = self._source(split, mean, scale)
        if source is not None and source.rows == TRAINING:
            return
        if source is not None:
            raise ReportError(
                f"mean and scale are those of {source.rows}; fit the scaler on the training part "
                "alone, or the model learns from rows that are to judge it"
            )
        right = Standardizer().fit(self.data.x[split.train])
        off = np.maximum(np.abs(mean - right.mean[0]), np.abs(scale - right.scale[0]))
        worst = int((off / right.scale[0]).argmax())
        raise ReportError(
            f"over the training part, {self.data.feature_names[worst]!r} has mean "
            f"{right.mean[0, worst]:.5g} and scale {right.scale[0, worst]:.5g}; the report says "
            f"{mean[worst]:.5g} and {scale[worst]:.5g}"
        )

    def _check_baseline(self, report: Report) -> None:
        given, split = report.number("baseline"), self._split_of(report)
        right = self._baseline_score(split.train, split.validation)
        if abs(given - right) <= ROUNDED:
            return
        said = (
            f"the baseline, fitted on the training part, has {self.metric} {right:.4f} on the "
            f"validation part; the report says {given:.4g}"
        )
        for name in ("train", "test"):
            if abs(given - self._baseline_score(split.train, getattr(split, name))) <= ROUNDED:
                said += f", which is its {self.metric} on the {name} part"
                break
        raise ReportError(said)

    def _check_trials(self, report: Report) -> None:
        trials, setup = self._trials_of(report), self._setup(report)
        for i in self._repeated(report, trials):
            again, test = self._scores(setup, trials, i)
            given = trials[i].validation
            if self._same(given, again):
                continue
            said = (
                f"trials[{i}] reports a validation {self.metric} of {_number(given)}, but training "
                f"again with its settings and seed {trials[i].attempt.seed} gives {_number(again)}"
            )
            if self._same(given, test):
                said += f"; {given:.4g} is its {self.metric} on the test part"
            raise ReportError(said)

    def _check_budget(self, report: Report) -> None:
        count = len(report.trial_entries())
        if count > self.budget:
            raise ReportError(f"the report has {count} trials, and the budget is {self.budget}")

    def _check_choice(self, report: Report) -> None:
        trials, chosen = self._trials_of(report), report.chosen()
        scores = np.array([trial.validation for trial in trials])
        if np.isnan(scores).all():
            raise ReportError("every trial diverged, so there is none to choose")
        best, own = int(np.nanargmax(scores)), trials[chosen].validation
        if own >= scores[best]:
            return
        said = (
            f"trials[{best}] is the best on the validation part ({self.metric} "
            f"{scores[best]:.4f}), but you chose trials[{chosen}] ({_number(own)})"
        )
        if self._best_on_test(report, trials) == chosen:
            said += ", which is the best on the test part; nothing may be chosen by that"
        raise ReportError(said)

    def _check_test(self, report: Report) -> None:
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
        given, trials, chosen = report.number("test"), self._trials_of(report), report.chosen()
        setup = self._setup(report)
        _, again = self._scores(setup, trials, chosen)
        if self._same(given, again):
            return
        said = (
            f"the report says a test {self.metric} of {given:.4g}, but the chosen trials[{chosen}] "
            f"trained again has {_number(again)}"
        )
        for i in self._repeated(report, trials):
            if self._same(given, self._scores(setup, trials, i)[1]):
                said += f"; {given:.4g} is that of trials[{i}]"
                break
        raise ReportError(said)

    def _check_goal(self, report: Report) -> None:
        trials, setup = self._trials_of(report), self._setup(report)
        _, score = self._scores(setup, trials, report.chosen())
        base = self._baseline_score(setup.split.train, setup.split.test)
        if not score >= base + self.margin:
            raise ReportError(
                f"on the test part the chosen network has {self.metric} {_number(score)} and the "
                f"baseline {base:.4f}; the goal is {self.margin:g} more than the baseline"
            )

    # What the rules share ------------------------------------------------------------------------

    def _task(self, head: str, loss: str, outputs: int) -> Task | None:
        for task in self.tasks:
            names = {plain_name(name) for name in (*task.names, type(task.loss).__name__)}
            if outputs == task.outputs and head in task.heads and loss in names:
                return task
        return None

    def _split_of(self, report: Report) -> Split:
        split = report.split(len(self.data))
        return self.split(split) if isinstance(split, int) else split

    def _trials_of(self, report: Report) -> list[ReportedTrial]:
        return report.trials(self.space, LOOKED_AT * self.budget)

    def _setup(self, report: Report) -> _Setup:
        """Return what the trials were trained with, as far as the report can be believed in that.

        A wrong task, or a scaler that is none, has lost its own points; the trials are then
        trained as they should have been.
        """
        split, x = self._split_of(report), self.data.x
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
        return _Setup(self, task or self.tasks[0], split, mean, scale)

    def _source(self, split: Split, mean: FloatArray, scale: FloatArray) -> _Statistics | None:
        """Return the statistics that the reported ones are, but for rounding, or None."""
        x = self.data.x
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
        self, setup: _Setup, trials: list[ReportedTrial], position: int
    ) -> tuple[float, float]:
        try:
            return setup.scores(trials[position].attempt)
        except (ArithmeticError, TypeError, ValueError) as error:
            raise ReportError(f"trials[{position}] could not be trained again: {error}") from error

    def _repeated(self, report: Report, trials: list[ReportedTrial]) -> list[int]:
        """Return which trials are trained again, in their order; always the same for one report."""
        most = self.budget if self.repeats is None else min(self.repeats + 1, self.budget)
        if len(trials) <= most:
            return list(range(len(trials)))
        digest = hashlib.sha256(repr(report.entries).encode()).digest()
        drawn = np.random.default_rng(int.from_bytes(digest)).permutation(len(trials)).tolist()
        try:
            first = [report.chosen()]
        except ReportError:
            first = []
        return sorted(list(dict.fromkeys(first + drawn))[:most])

    def _best_on_test(self, report: Report, trials: list[ReportedTrial]) -> int | None:
        try:
            setup = self._setup(report)
            tested = {i: self._scores(setup, trials, i)[1] for i in self._repeated(report, trials)}
        except ReportError:
            return None
        return max(tested, key=partial(_finite_or_least, tested))

    def _same(self, given: float, again: float) -> bool:
        if math.isnan(given) or math.isnan(again):
            return math.isnan(given) and math.isnan(again)
        return abs(given - again) <= self.tolerance

    def _baseline_score(self, train: IntArray, rows: IntArray) -> float:
        y = self.data.y
        baseline = self.baseline or (majority_class if self.data.class_names else mean_value)
        return self.score(y[rows], baseline(y[train], rows.size))

    def score(self, y: AnyArray, predicted: AnyArray) -> float:
        """Return the accuracy for classes, R² for numbers.

        Parameters
        ----------
        y : ndarray, (N,)
            What is true.
        predicted : ndarray, (N,)
            What was predicted.

        Returns
        -------
        float
        """
        measure: Callable[[AnyArray, AnyArray], Any] = (
            accuracy if self.data.class_names else r_squared
        )
        return float(measure(y, predicted))


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


@dataclass(frozen=True, eq=False)
class _Setup:
    """All that the trials of one report have in common; equal to another of the same content."""

    process: Process
    task: Task
    split: Split
    mean: FloatArray
    scale: FloatArray

    @cached_property
    def _content(self) -> tuple[object, ...]:
        arrays = (*self.split, self.mean, self.scale)
        return (self.process, self.task, *(array.tobytes() for array in arrays))

    def __hash__(self) -> int:
        return hash(self._content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Setup) and self._content == other._content

    def scores(self, attempt: Attempt) -> tuple[float, float]:
        """Train; return the scores on validation and test, NaN if training diverged."""
        return _trained(self, attempt)

    def train(self, attempt: Attempt) -> tuple[float, float]:
        """Do what `scores` remembers."""
        data = self.process.data
        with np.errstate(all="ignore"):  # reported settings may well diverge
            x = (data.x - self.mean) / self.scale
            training, validation, test = ((x[rows], data.y[rows]) for rows in self.split)
            try:
                predict = self.process.train(
                    dict(attempt.settings), attempt.seed, self.task, training, validation
                )
                predicted = predict(validation[0]), predict(test[0])
            except FloatingPointError:
                return math.nan, math.nan
        score = self.process.score
        return score(validation[1], predicted[0]), score(test[1], predicted[1])


@lru_cache(maxsize=512)
def _trained(setup: _Setup, attempt: Attempt) -> tuple[float, float]:
    """Remember what was trained last: every part of an exercise asks for the same trials."""
    return setup.train(attempt)


def _finite_or_least(scores: dict[int, float], key: int) -> float:
    return -math.inf if math.isnan(scores[key]) else scores[key]


def _number(score: float) -> str:
    return "nothing, it diverged" if math.isnan(score) else f"{score:.4f}"
