"""Lesson 02, the goal: an estimate within two points of the truth, with at most twelve fits."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from functools import cache

import numpy as np

from nnlab._nearest_mean import DISTANCE, fit_nearest_mean
from nnlab.exercises.answers import Plain
from nnlab.exercises.lesson_02_folds import pairs_from, pairs_of_rows
from nnlab.exercises.specification import Case, Exercise, Mistake, Part

FITS = 12
SETS = 150
FEATURES = {400: 30, 200: 60}
GOALS = {400: 2.0, 200: 3.0}  # largest typical error, in points


@cache
def _data(n: int):
    """Return 150 sets of n rows in two Gaussian clouds, and their classes, sorted."""
    y = np.repeat([0, 1], n // 2)
    x = np.random.default_rng(12).standard_normal((SETS, n, FEATURES[n]), dtype=np.float32)
    x[..., 0] += np.float32(DISTANCE) * (2 * y - 1)
    return x, y


@cache
def _truth(n: int):
    """Return the exact accuracy on new data of the models trained on all rows, in percent."""
    return 50 * sum(fit_nearest_mean(*_data(n)).on_new_points())


def typical_error(n: int, pairs) -> float:
    """Return the root mean square distance of the estimates from the truth, in points."""
    x, y = _data(n)
    estimates = np.zeros(SETS)
    for train, validation in pairs:
        model = fit_nearest_mean(x[:, train], y[train])
        estimates += 100 * model.score(x[:, validation], y[validation]) / len(pairs)
    return float(np.sqrt(((estimates - _truth(n)) ** 2).mean()))


def _complaint(case: Case, returned: Plain) -> str | None:
    """Estimate with the learner's pairs; say what is wrong with the outcome, or None."""
    n, _ = case
    pairs = pairs_of_rows(returned, n)
    if isinstance(pairs, str):
        return pairs
    if len(pairs) > FITS:
        return f"your plan trains {len(pairs)} models, and there is time for {FITS}"
    y = np.repeat([0, 1], n // 2)
    for i, (train, validation) in enumerate(pairs, start=1):
        shared = np.intersect1d(train, validation)
        if shared.size:
            return f"row {shared[0]} is in both parts of pair {i}"
        if np.ptp(y[train]) == 0:
            return f"pair {i} trains on one class only; the rows are sorted by class, so shuffle"
    error, goal = typical_error(n, pairs), GOALS[n]
    if error > goal:
        missed = n - len(np.unique(np.concatenate([validation for _, validation in pairs])))
        never = f", and {missed} examples are never validated on" if missed else ""
        return (
            f"with {len(pairs)} fit{'s' * (len(pairs) > 1)} your estimate is typically off by "
            f"{error:.2f} points (the goal is {goal:.2f}){never}"
        )
    return None


def _sized_case(n: int):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [(n, int(rng.integers(10_000)))]

    return cases


def plan(n, seed):
    """Pairs (training rows, validation rows): ten folds of shuffled rows."""
    rows = np.random.default_rng(seed).permutation(n)
    parts = np.array_split(rows, 10)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(10)]


def _held_out(share, times, n, seed):
    rng = np.random.default_rng(seed)
    cut = round(share * n)
    return [tuple(np.split(rng.permutation(n), [n - cut])) for _ in range(times)]


def _one_split(n, seed):
    return _held_out(0.2, 1, n, seed)


def _one_half(n, seed):
    return _held_out(0.5, 1, n, seed)


def _tiny_parts(n, seed):
    return _held_out(0.04, FITS, n, seed)


def _little_to_train_on(n, seed):
    return _held_out(0.85, FITS, n, seed)


def _leave_one_out(n, seed):
    return pairs_from(np.array_split(np.arange(n), n))


def _too_many_folds(n, seed):
    return pairs_from(np.array_split(np.random.default_rng(seed).permutation(n), 20))


def _tested_on_trained(n, seed):
    return [(np.arange(n), validation) for _, validation in plan(n, seed)]


def _two_unshuffled_halves(n, seed):
    return pairs_from(np.array_split(np.arange(n), 2))


def _same_split_again(n, seed):
    return _held_out(0.2, 1, n, seed) * FITS


def _parts_exchanged(n, seed):
    return [(validation, train) for train, validation in plan(n, seed)]


def _twelve_folds(n, seed):
    return pairs_from(np.array_split(np.random.default_rng(seed).permutation(n), 12))


def _three_folds_four_times(n, seed):
    rng = np.random.default_rng(seed)
    return [pair for _ in range(4) for pair in pairs_from(np.array_split(rng.permutation(n), 3))]


GOAL = Exercise(
    name="02.goal",
    title=f"Goal: a good estimate with at most {FITS} fits",
    entry="plan",
    reference=plan,
    parts=(
        Part(
            "400 examples, 30 features: off by at most 2 points",
            2,
            _sized_case(400),
            judge=_complaint,
        ),
        Part(
            "200 examples, 60 features: off by at most 3 points",
            1,
            _sized_case(200),
            judge=_complaint,
        ),
    ),
    mistakes=(
        Mistake(
            _one_split,
            "One split validates on a fifth of the examples: too few for two points. There are "
            "fits left; how can every example be validated on once?",
        ),
        Mistake(
            _one_half,
            "Half of the examples in one validation part are still too few, and the model gets "
            "only the other half. Use the fits that are left.",
        ),
        Mistake(
            _tiny_parts,
            "Twelve small parts validate on less than half of the examples. Make them larger.",
        ),
        Mistake(
            _little_to_train_on,
            "The models train on so little that the estimate is too low. It is meant for a model "
            "trained on all examples.",
        ),
        Mistake(
            _leave_one_out,
            "Leaving out one example at a time needs a fit for each. Take larger folds.",
        ),
        Mistake(_too_many_folds, "Twenty folds are twenty fits. The budget is smaller."),
        Mistake(
            _tested_on_trained,
            "The validation rows are trained on as well. Such an estimate is too high.",
        ),
        Mistake(
            _two_unshuffled_halves,
            "The rows are sorted by class, so each half holds one class. Shuffle first.",
        ),
        Mistake(
            _same_split_again,
            "The same split twelve times gives the same number twelve times. Vary it.",
        ),
        Mistake(
            _parts_exchanged,
            "The parts of each pair are exchanged: you train on a tenth and validate on the rest.",
        ),
    ),
    equivalents=(_twelve_folds, _three_folds_four_times),
    hints=(
        "What limits one split: the number of examples it validates on. How do you get all of them "
        "to take part?",
        "Every example can be validated on once if there are k folds and k fits.",
        "Your `k_fold` from above does it. Choose k so that most examples are left to train on.",
    ),
    solution=plan,
)
