"""Lesson 10, the capstone: a report on a whole project, judged by doing it again."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import copy
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from nnlab.datasets import Dataset
from nnlab.exercises.lesson_10_project import BUDGET, GRADED, POINTS, SPACE, project, report_source
from nnlab.exercises.process_report import Attempt
from nnlab.exercises.process_training import Setup
from nnlab.exercises.specification import Exercise, Mistake
from nnlab.scalers import Standardizer
from nnlab.spaces import random_settings
from nnlab.splits import three_way_split

Entries: TypeAlias = dict[str, Any]
"""A report."""

SPLIT, SEARCH = 0, 1
"""Seeds of the solution's split and of its random search."""

# fmt: off
RECORDS = {
    "breast_cancer": ([0.9298, 0.9825, 0.9737, 0.9561, 0.9649, 0.9561,
                       0.9825, 0.9474, 0.9211, 0.9561, 0.9298, 0.9737], 0.9561),
    "wine": ([0.8611, 1.0, 1.0, 0.9167, 1.0, 0.9722,
              1.0, 0.75, 0.8889, 1.0, 1.0, 1.0], 0.9714),
    "diabetes": ([0.4215, 0.4426, 0.4716, 0.3936, 0.4808, 0.4962,
                  0.3664, -0.2533, 0.4445, 0.4831, 0.4475, 0.4889], 0.4909),
    "digits": ([0.5611, 0.9472, 0.9444, 0.6028, 0.9306, 0.9083,
                0.9611, 0.6722, 0.6306, 0.8472, 0.8278, 0.9639], 0.9638),
}
# fmt: on
"""What the solution's trials scored on validation, and the chosen one in the test: no training when
the course is imported. The tests run all of it again."""

TRIALS = list(zip(random_settings(SPACE, BUDGET, SEARCH), range(BUDGET), strict=True))


def _scaler(data: Dataset, rows) -> Entries:
    fitted = Standardizer().fit(data.x[rows])
    return {"mean": fitted.mean[0].tolist(), "scale": fitted.scale[0].tolist()}


def solved(data: Dataset) -> Entries:
    """Return the report of the solution; for a table without a record everything is trained."""
    process = project(data)
    if data.name not in RECORDS:
        return process.report(TRIALS, split=SPLIT) | {"split": SPLIT}
    (validation, test), split, task = RECORDS[data.name], process.split(SPLIT), process.tasks[0]
    return {
        "task": {"head": task.heads[0], "loss": task.names[0], "outputs": task.outputs},
        "split": SPLIT,
        "scaler": _scaler(data, split.train),
        "baseline": round(process.baseline_score(split.train, split.validation), 4),
        "trials": [
            {"settings": settings, "seed": seed, "validation": score}
            for (settings, seed), score in zip(TRIALS, validation, strict=True)
        ],
        "chosen": int(np.argmax(validation)),
        "test": test,
    }


@cache
def _test_scores(data: Dataset) -> list[float]:
    """Return what nobody should know: the test score of every trial of the solution."""
    process = project(data)
    split = process.split(SPLIT)
    scaler = Standardizer().fit(data.x[split.train])
    setup = Setup(process, process.tasks[0], split, scaler.mean[0], scaler.scale[0])
    return [setup.scores(Attempt(tuple(s.items()), seed))[1] for s, seed in TRIALS]


# Known mistakes ----------------------------------------------------------------------------------


def _fitted_the_scaler_on_all_rows(data: Dataset) -> Entries:
    return solved(data) | {"scaler": _scaler(data, np.arange(len(data)))}


def _forgot_to_scale(data: Dataset) -> Entries:
    features = data.x.shape[1]
    return solved(data) | {"scaler": {"mean": [0.0] * features, "scale": [1.0] * features}}


def _searched_on_the_test_part(data: Dataset) -> Entries:
    report = copy.deepcopy(solved(data))
    for trial, score in zip(report["trials"], _test_scores(data), strict=True):
        trial["validation"] = score
    best = int(np.argmax(_test_scores(data)))
    return report | {"chosen": best, "test": _test_scores(data)[best]}


def _chose_by_the_test_part(data: Dataset) -> Entries:
    report, tested = solved(data), _test_scores(data)
    validation = [trial["validation"] for trial in report["trials"]]
    worse = [i for i in range(BUDGET) if validation[i] < max(validation)]
    best = max(worse, key=lambda i: tested[i])
    return report | {"chosen": best, "test": tested[best]}


def _tested_every_trial(data: Dataset) -> Entries:
    return solved(data) | {"test": [round(score, 4) for score in _test_scores(data)]}


def _went_on_searching(data: Dataset) -> Entries:
    return solved(data) | {"trials": solved(data)["trials"] * 2}


def _validated_on_the_test_part(data: Dataset) -> Entries:
    split = project(data).split(SPLIT)
    rest = np.setdiff1d(np.arange(len(data)), split.test)
    parts = {"train": rest, "validation": split.test, "test": split.test}
    return solved(data) | {
        "split": {name: rows.tolist() for name, rows in parts.items()},
        "scaler": _scaler(data, rest),
    }


def _trained_on_all_rows(data: Dataset) -> Entries:
    parts = project(data).split(SPLIT)._asdict() | {"train": np.arange(len(data))}
    return solved(data) | {
        "split": {name: rows.tolist() for name, rows in parts.items()},
        "scaler": _scaler(data, np.arange(len(data))),
    }


def _mixed_up_the_loss(data: Dataset) -> Entries:
    classes = len(data.class_names)
    wrong = {"head": "identity", "loss": "mean squared error", "outputs": max(classes, 1)}
    if not classes:
        wrong = {"head": "sigmoid", "loss": "binary cross-entropy", "outputs": 1}
    return solved(data) | {"task": wrong}


def _guessed_the_baseline(data: Dataset) -> Entries:
    return solved(data) | {"baseline": 0.5}


def _wrote_in_percent(data: Dataset) -> Entries:
    report = copy.deepcopy(solved(data))
    for trial in report["trials"]:
        trial["validation"] *= 100
    return report | {"baseline": 100 * report["baseline"], "test": 100 * report["test"]}


def _made_up_the_test_score(data: Dataset) -> Entries:
    return solved(data) | {"test": round(0.9 * solved(data)["test"], 4)}


def _kept_no_seeds(data: Dataset) -> Entries:
    report = copy.deepcopy(solved(data))
    for trial in report["trials"]:
        del trial["seed"]
    return report


@cache
def _hardly_trained(data: Dataset) -> Entries:
    weak = {"units": 4, "learning_rate": 0.001, "weight_decay": 1.0, "epochs": 20}
    return project(data).report([(weak, 0)], split=SPLIT)


HINTS = {
    _fitted_the_scaler_on_all_rows: "Mean and scale are statistics like any other: of which rows "
    "may the network know anything before it is judged?",
    _forgot_to_scale: "Mean 0 and scale 1 leave every feature in its own unit. What lesson 2 calls "
    "standardizing takes both from the training part.",
    _searched_on_the_test_part: "The numbers under `validation` are those of the test part. A part "
    "that takes part in the choice can test nothing afterwards.",
    _chose_by_the_test_part: "Look at the `validation` numbers alone: which trial is the best? "
    "Its test score is what it is, also if another trial's is higher.",
    _tested_every_trial: "Twelve test scores are twelve looks at the test part. Which one number "
    "may you take?",
    _went_on_searching: "A search that goes on until the result is fine has no budget. Count "
    "every network that you compared, also those you did not like.",
    _validated_on_the_test_part: "Validation and test part are the same rows. Where does the test "
    "number come from that nobody has chosen by?",
    _trained_on_all_rows: "The training part holds all rows, also those of the other parts. "
    "What does a score on rows say that were trained on?",
    _mixed_up_the_loss: "Look at the target: a number, two classes, or several? Lesson 1 has "
    "one head and one loss for each.",
    _guessed_the_baseline: "0.5 would be a coin. Fit a model that does not look at x to the "
    "targets of the training part, and measure it like the others.",
    _wrote_in_percent: "A share is between 0 and 1: 0.95, not 95.",
    _made_up_the_test_score: "Nobody who repeats your work gets that number. Take the score of the "
    "chosen network on the test part, as it is.",
    _kept_no_seeds: "Without its seed a trial cannot be repeated: keep the seed with which "
    "`train_network` was called.",
    _hardly_trained: "One trial, and one that has hardly learned anything. There is budget left: "
    "draw settings over the whole space, the learning rate on its logarithm.",
}


# Right reports that look different ---------------------------------------------------------------


@cache
def _another_split_and_other_trials(data: Dataset) -> Entries:
    trials = [(settings, 100 + i) for i, settings in enumerate(random_settings(SPACE, 8, 5))]
    return project(data).report(trials, split=3)


@cache
def _a_grid_and_the_other_head(data: Dataset) -> Entries:
    """Also rows instead of a seed, in another proportion, as arrays."""
    process = project(data)
    base = {"weight_decay": 0.01, "epochs": 50}
    trials = [
        ({"units": units, "learning_rate": rate} | base, 7)
        for units in (8, 32)
        for rate in (0.01, 0.03, 0.1)
    ]
    report = process.report(trials, split=2, task=len(process.tasks) - 1)
    report["split"] = {name: np.array(rows) for name, rows in report["split"].items()}
    return report


@cache
def _another_proportion(data: Dataset) -> Entries:
    """Return a report on a split 70 : 15 : 15, with the rows in it."""
    process = project(data)
    split = three_way_split(data.y, (0.7, 0.15, 0.15), seed=4)
    scaler = Standardizer().fit(data.x[split.train])
    setup = Setup(process, process.tasks[0], split, scaler.mean[0], scaler.scale[0])
    report = copy.deepcopy(solved(data))
    scores = [setup.scores(Attempt(tuple(s.items()), seed)) for s, seed in TRIALS]
    for trial, (validation, _) in zip(report["trials"], scores, strict=True):
        trial["validation"] = round(validation, 4)
    best = int(np.argmax([validation for validation, _ in scores]))
    return report | {
        "split": {name: rows.tolist() for name, rows in split._asdict().items()},
        "scaler": _scaler(data, split.train),
        "baseline": round(process.baseline_score(split.train, split.validation), 4),
        "chosen": best,
        "test": round(scores[best][1], 4),
    }


def exercise(data: Dataset) -> Exercise:
    """Return the capstone with one table; another one changes nothing else.

    Parameters
    ----------
    data : Dataset
        The table.

    Returns
    -------
    Exercise
    """
    process = project(data)
    task = process.tasks[0]
    simplest = "the most frequent class" if data.class_names else "the mean"

    def on_the_table(build):
        def capstone(x, y):
            return build(data)

        capstone.__name__ = build.__name__.lstrip("_")
        return capstone

    return Exercise(
        name="10.capstone",
        title=f"Capstone: {data.name.replace('_', ' ')}, from the table to one test number",
        entry="capstone",
        reference=on_the_table(solved),
        parts=process.parts(POINTS),
        mistakes=tuple(Mistake(on_the_table(build), hint) for build, hint in HINTS.items()),
        equivalents=tuple(
            map(
                on_the_table,
                (_another_split_and_other_trials, _a_grid_and_the_other_head, _another_proportion),
            )
        ),
        hints=(
            "Go through the worked example and ask of every step: what is different with this "
            "target? Then write `my_project` in that order.",
            f"Here that is: {task.heads[0]}, {task.names[0]}, {task.outputs} output(s), "
            f"{process.metric}, {simplest} as the baseline. Everything before the trials is fitted "
            "on the training part.",
            "Rehearse `my_project` until nothing is missing, then `print_report(my_project(data.x, "
            "data.y))` in a cell of your own, and copy what it prints over the stub.",
        ),
        solution=report_source(solved(data)),
        finished="Return the finished report: copy what "
        "`print_report(my_project(data.x, data.y))` prints over the cell of `capstone`",
    )


CAPSTONE = exercise(GRADED())
