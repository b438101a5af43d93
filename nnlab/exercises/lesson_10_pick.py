"""Lesson 10, a warm-up: choose a trial and report its test score; the given code has a bug."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def _scores(rng: np.random.Generator, diverged: int) -> Case:
    """Return validation and test scores of 12 trials; another one is best in each."""
    quality = rng.uniform(0.6, 0.9, 12)
    validation, test = (quality + rng.normal(0, 0.03, 12) for _ in range(2))
    best = int(np.argmax(validation))
    other = (best + 1 + int(rng.integers(10))) % 12
    test[other] = max(test.max(), validation.max()) + 0.02
    test[best] = min(test[best], validation[best]) - 0.01
    lost = [place for place in rng.permutation(12).tolist() if place not in (best, other)]
    validation[lost[:diverged]] = test[lost[:diverged]] = np.nan
    return validation, test


def _finite(rng: np.random.Generator) -> list[Case]:
    return [_scores(rng, 0) for _ in range(4)]


def _diverged(rng: np.random.Generator) -> list[Case]:
    return [_scores(rng, count) for count in (1, 3, 8)]


def pick(validation, test):
    """Return (chosen, score): the best trial on validation, and its test score."""
    chosen = int(np.nanargmax(validation))
    return chosen, float(test[chosen])


def _given(validation, test):
    chosen = int(np.argmax(test))
    return chosen, float(test[chosen])


def _best_on_test(validation, test):
    chosen = int(np.nanargmax(test))
    return chosen, float(test[chosen])


def _best_of_either(validation, test):
    return int(np.nanargmax(validation)), float(np.nanmax(test))


def _reports_validation(validation, test):
    chosen = int(np.nanargmax(validation))
    return chosen, float(validation[chosen])


def _averages(validation, test):
    chosen = int(np.nanargmax(validation + test))
    return chosen, float(test[chosen])


def _trips_over_nan(validation, test):
    chosen = int(np.argmax(validation))
    return chosen, float(test[chosen])


def _counts_from_one(validation, test):
    chosen = int(np.nanargmax(validation))
    return chosen + 1, float(test[chosen])


def _in_a_loop(validation, test):
    chosen, best = 0, -np.inf
    for place, score in enumerate(validation):
        if score > best:  # never true for NaN
            chosen, best = place, score
    return chosen, test[chosen]


def _by_sorting(validation, test):
    chosen = np.argsort(np.where(np.isnan(validation), -np.inf, validation))[-1]
    return [chosen, test[chosen]]


PICK = Exercise(
    name="10.pick",
    title="Spot the bug: which trial, and which number is reported?",
    entry="pick",
    reference=pick,
    parts=(
        Part("the trial that is best on validation, with its test score", 1, _finite),
        Part("trials that diverged (NaN) are passed over", 1, _diverged),
    ),
    mistakes=(
        Mistake(
            _best_on_test,
            "The trial is still chosen by its test score. Which scores may it be chosen by?",
        ),
        Mistake(
            _best_of_either,
            "The trial is right, the number is not its own: it is the best test score of all.",
        ),
        Mistake(
            _reports_validation,
            "The number is the validation score of the chosen trial. It was chosen for being high.",
        ),
        Mistake(
            _averages,
            "You choose by both scores together. The test score may have no part in the choice.",
        ),
        Mistake(
            _trips_over_nan,
            "For `np.argmax` NaN is larger than every number: a trial that diverged is chosen.",
        ),
        Mistake(_counts_from_one, "Trials are counted from 0."),
    ),
    equivalents=(_in_a_loop, _by_sorting),
    hints=(
        "Read the first line of the function aloud: by which scores is the trial chosen?",
        "Two things are to be mended: the part that is looked at, and what happens with NaN.",
        "`np.nanargmax` passes NaN over. Apply it to the validation scores, and take the test "
        "score at that place.",
    ),
    solution=pick,
    start=_given,
)
