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
its scores, which came of that scaler, are still the right ones. The test part is the exception:
where it was used before the end there is no held-out result, and the goal is not reached either.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray, IntArray
from nnlab._checks import number, number_above, whole_number
from nnlab._examples import group_column
from nnlab.baselines import majority_class, mean_value
from nnlab.datasets import Dataset
from nnlab.exercises.answers import Plain
from nnlab.exercises.process_report import Attempt
from nnlab.exercises.process_rules import ROUNDED, RULES, Rules
from nnlab.exercises.process_training import Setup, Task, Train, train_dense
from nnlab.exercises.specification import Case, Part
from nnlab.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    MeanAbsoluteError,
    MeanSquaredError,
)
from nnlab.metrics import accuracy, r_squared
from nnlab.scalers import Standardizer
from nnlab.spaces import Range, Settings
from nnlab.splits import Split, group_three_way_split, three_way_split

NEARLY = 0.01
"""How far an R² may be off."""

TINY = 1e-9
"""An accuracy that is off by exactly what is allowed is right in spite of the last bits."""

__all__ = ["RULES", "Process", "Task", "Train", "train_dense"]


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
    tolerance : float, optional
        How far a reported score may be from the one found again: room for two decimals, and for
        what other machines make of the last digit. If not given 0.01 for R²; for an accuracy 0.005
        and one example of the part it was measured on.
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
    tolerance: float | None = None
    baseline: Callable[[npt.ArrayLike, int], AnyArray] | None = None
    groups: npt.ArrayLike | None = None
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2)

    def __post_init__(self) -> None:
        whole_number("budget", self.budget)
        number("margin", self.margin, least=0)
        if self.tolerance is not None:
            number_above("tolerance", self.tolerance, 0)
        if self.repeats is not None:
            whole_number("repeats", self.repeats)
        if not self.space:
            raise ValueError("space: expected at least one setting with its range, got none")
        if self.groups is not None and len(self.group_numbers) != len(self.data):
            raise ValueError(
                f"groups: expected one for each of the {len(self.data)} rows, got "
                f"{len(self.group_numbers)}"
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
    def group_numbers(self) -> IntArray:
        """The group of every row, numbered from 0; only where there are groups."""
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
            return group_three_way_split(self.group_numbers, self.fractions, seed)
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
        return [table if self.groups is None else (*table, self.group_numbers)]

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
        rules = Rules(self)
        return tuple(
            Part(titles[name], worth[name], self.cases, judge=rules.judge(name))
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
        setup = Setup(self, chosen_task, parts, scaler.mean[0], scaler.scale[0])
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
            "baseline": round(self.baseline_score(parts.train, parts.validation), 6),
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

    def same(self, given: float, again: float, rows: int) -> bool:
        """Return whether a reported score is the one found again.

        Parameters
        ----------
        given, again : float
            The scores; NaN if training diverged.
        rows : int
            How many examples they were measured on.

        Returns
        -------
        bool
        """
        if math.isnan(given) or math.isnan(again):
            return math.isnan(given) and math.isnan(again)
        tolerance = self.tolerance
        if tolerance is None:
            tolerance = ROUNDED + 1 / rows if self.data.class_names else NEARLY
        return abs(given - again) <= tolerance + TINY

    def baseline_score(self, train: IntArray, rows: IntArray) -> float:
        """Return the score of the baseline.

        Parameters
        ----------
        train : ndarray of int
            Rows it is fitted on.
        rows : ndarray of int
            Rows it predicts.

        Returns
        -------
        float
        """
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
