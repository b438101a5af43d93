"""Lesson 02, estimates: the mean over folds, with its standard error."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def _score_cases(rng: np.random.Generator) -> list[Case]:
    # few folds, so that k and k − 1 differ; scores in percent, far from 0
    return [(rng.normal(80, 6, k),) for k in (3, 5, 10)]


def cv_estimate(scores):
    """Mean of k scores, and its standard error."""
    k = len(scores)
    return scores.mean(), scores.std(ddof=1) / np.sqrt(k)


def _mean_only(scores):
    return scores.mean()


def _spread_of_folds(scores):
    return scores.mean(), scores.std(ddof=1)


def _biased_spread_of_folds(scores):
    return scores.mean(), scores.std()


def _without_correction(scores):
    return scores.mean(), scores.std() / np.sqrt(len(scores))


def _divided_by_k(scores):
    return scores.mean(), scores.std(ddof=1) / len(scores)


def _biased_and_divided_by_k(scores):
    return scores.mean(), scores.std() / len(scores)


def _variance_of_the_mean(scores):
    return scores.mean(), scores.var(ddof=1) / len(scores)


def _variance_over_root(scores):
    return scores.mean(), scores.var(ddof=1) / np.sqrt(len(scores))


def _corrected_twice(scores):
    return scores.mean(), scores.std(ddof=1) / np.sqrt(len(scores) - 1)


def _error_first(scores):
    return cv_estimate(scores)[::-1]


def _median(scores):
    return np.median(scores), cv_estimate(scores)[1]


def _twice_the_error(scores):
    return scores.mean(), 2 * scores.std(ddof=1) / np.sqrt(len(scores))


def _interval(scores):
    mean, error = cv_estimate(scores)
    return mean - error, mean + error


def _of_a_share(scores):
    p = scores.mean() / 100
    return scores.mean(), 100 * np.sqrt(p * (1 - p) / len(scores))


def _by_formula(scores):
    k, mean = len(scores), sum(scores) / len(scores)
    return mean, (sum((s - mean) ** 2 for s in scores) / (k * (k - 1))) ** 0.5


def _by_the_other_correction(scores):
    return [np.average(scores), np.std(scores) / (scores.size - 1) ** 0.5]


STANDARD_ERROR = Exercise(
    name="02.standard_error",
    title="A cross-validated estimate and its standard error",
    entry="cv_estimate",
    reference=cv_estimate,
    parts=(Part("scores of 3, 5 and 10 folds", 2, _score_cases),),
    mistakes=(
        Mistake(_mean_only, "Return two numbers: the mean, and its standard error."),
        Mistake(
            _spread_of_folds,
            "This is how far *single folds* scatter. Their mean is steadier, by a factor that "
            "depends on how many there are.",
        ),
        Mistake(
            _biased_spread_of_folds,
            "This is how far single folds scatter, and with $1/k$. The mean of several folds is "
            "steadier; and look at the formula's $k - 1$.",
        ),
        Mistake(
            _without_correction,
            "`np.std` divides by $k$ unless told otherwise. The formula has $k - 1$, because the "
            "mean was estimated from the same scores.",
        ),
        Mistake(
            _variance_of_the_mean,
            "This is the *variance* of the mean. The standard error is its root.",
        ),
        Mistake(
            _variance_over_root,
            "You divide the variance by $\\sqrt k$. Take the standard deviation.",
        ),
        Mistake(_divided_by_k, "The spread falls with $\\sqrt k$, not with $k$."),
        Mistake(
            _biased_and_divided_by_k,
            "The spread falls with $\\sqrt k$, not with $k$; and `np.std` divides by $k$, unless "
            "told otherwise, where the formula has $k - 1$.",
        ),
        Mistake(
            _corrected_twice,
            "$k - 1$ is used twice. It belongs into the standard deviation; below the fraction bar "
            "outside stands $\\sqrt k$.",
        ),
        Mistake(_error_first, "The order is exchanged: first the mean, then its standard error."),
        Mistake(_median, "The first number is the median. Take the mean."),
        Mistake(
            _twice_the_error,
            "Twice the standard error: half of a 95 % interval. One standard error is asked for.",
        ),
        Mistake(_interval, "These are the ends of an interval. Return mean and standard error."),
        Mistake(
            _of_a_share,
            "$\\sqrt{p(1-p)/m}$ is for one validation part of $m$ examples, and $k$ is no number "
            "of examples. Use how far the k scores scatter.",
        ),
    ),
    equivalents=(_by_formula, _by_the_other_correction),
    hints=(
        "Two steps: how far do the scores scatter, and how much steadier is their mean?",
        "`scores.std(ddof=1)` has $k - 1$ below the fraction bar.",
        "Divide it by `np.sqrt(len(scores))`, and return a tuple: mean, error.",
    ),
    solution=cv_estimate,
)
