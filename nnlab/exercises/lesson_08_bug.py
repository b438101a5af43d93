"""Lesson 08, spot the bug: selection on the test set."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def _cases(rng: np.random.Generator) -> list[Case]:
    return [_telling_case(rng, *shape) for shape in ((6, 8), (12, 5), (9, 20))]


def _telling_case(rng: np.random.Generator, trials: int, epochs: int) -> Case:
    """Draw scores until every way to choose leads to another answer than the start does."""
    while True:
        skill = rng.uniform(0.7, 0.8, (trials, 1)) + 0.03 * np.sin(np.arange(epochs) / 3)
        validation, test = skill + rng.normal(0, 0.08, (2, trials, epochs))
        ways = [_chosen(stop, select, 1) for stop in (0, 1) for select in (0, 1)]
        others = [_last_epoch, _best_test_epoch_of_the_winner, _by_both, _epoch_of_all]
        answers = {way(validation, test)[:2] for way in [*ways, *others]}
        if len(answers) == len(ways) + len(others):
            return validation, test


def report(validation, test):
    """Return (trial, epoch, score): what was chosen, and the score to report."""
    epochs = np.argmax(validation, axis=1)
    trials = np.arange(len(validation))
    best = np.argmax(validation[trials, epochs])
    return best, epochs[best], test[best, epochs[best]]


def _chosen(stop, select, answer):
    """Return a report that stops, selects and answers by the given scores, 0: validation."""

    def function(validation, test):
        scores = validation, test
        trials = np.arange(len(validation))
        epochs = np.argmax(scores[stop], axis=1)
        best = np.argmax(scores[select][trials, epochs])
        return int(best), int(epochs[best]), float(scores[answer][best, epochs[best]])

    function.__name__ = f"_by_{'vt'[stop]}{'vt'[select]}{'vt'[answer]}"
    return function


def _last_epoch(validation, test):
    best = int(validation[:, -1].argmax())
    return best, validation.shape[1] - 1, float(test[best, -1])


def _best_test_epoch_of_the_winner(validation, test):
    best = int(validation.max(axis=1).argmax())
    return best, int(test[best].argmax()), float(test[best].max())


def _mean_of_test(validation, test):
    best, epoch, _ = report(validation, test)
    return int(best), int(epoch), float(test[:, epoch].mean())


def _by_both(validation, test):
    both = validation + test
    best, epoch = np.unravel_index(both.argmax(), both.shape)
    return int(best), int(epoch), float(test[best, epoch])


def _epoch_of_all(validation, test):
    epoch = int(validation.mean(axis=0).argmax())
    best = int(validation[:, epoch].argmax())
    return best, epoch, float(test[best, epoch])


def _from_the_flat_table(validation, test):
    best, epoch = np.unravel_index(np.argmax(validation), validation.shape)
    return [int(best), int(epoch), float(test[best, epoch])]


def _with_a_loop(validation, test):
    found, result = -np.inf, None
    for trial, row in enumerate(validation):
        for epoch, score in enumerate(row):
            if score > found:
                found, result = score, (trial, epoch, test[trial, epoch])
    return result


SPOT_THE_BUG = Exercise(
    name="08.spot_the_bug",
    title="Selection on the test set",
    entry="report",
    reference=report,
    parts=(Part("stop and select on validation, report the test score", 2, _cases),),
    mistakes=(
        Mistake(
            _chosen(0, 1, 1),
            "The epochs are chosen on validation now, the winner on the test set. That is a "
            "choice as well.",
        ),
        Mistake(
            _chosen(1, 1, 1),
            "Now epochs and winner are both chosen on the test set. It may choose nothing.",
        ),
        Mistake(
            _chosen(0, 0, 0),
            "The choices are right. But the score you report is the one by which you chose, and "
            "it flatters: what is the test set for?",
        ),
        Mistake(
            _chosen(1, 0, 0),
            "You report another score, and the test set still takes part in a choice. Which line "
            "looks at it first?",
        ),
        Mistake(
            _best_test_epoch_of_the_winner,
            "The winner is chosen on validation, its epoch on the test set.",
        ),
        Mistake(
            _last_epoch,
            "Early stopping is gone. It may stay, if it looks at other scores.",
        ),
        Mistake(
            _by_both,
            "Validation and test score are added up. A score that takes part in a choice is no "
            "test score any more.",
        ),
        Mistake(
            _epoch_of_all,
            "You stop all trials at the same epoch. Each trial has its own best epoch.",
        ),
        Mistake(
            _mean_of_test,
            "You report a mean over all trials. The one that was chosen is reported.",
        ),
    ),
    equivalents=(_from_the_flat_table, _with_a_loop),
    hints=(
        "Two lines of the function choose something. Which scores may they look at?",
        "The winner is chosen on validation. And the epoch?",
        "`np.argmax(validation, axis=1)` in the line of early stopping; nothing else changes.",
    ),
    solution=report,
    start=_chosen(1, 0, 1),
)
