"""Lesson 01, regression: mean squared error, mean absolute error, and two baselines."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab import baselines
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.losses import (
    MeanAbsoluteError,
    MeanSquaredError,
)

# Mean squared and mean absolute error ------------------------------------------------------------


def _number_cases(rng: np.random.Generator) -> list[Case]:
    # errors with a mean of either sign, so that a lost or misplaced absolute value shows
    cases: list[Case] = []
    for n, mean in ((4, 1.0), (7, -1.0), (12, 0.3)):
        y, error = rng.normal(0, 3, n), rng.normal(0, 2, n)
        cases.append((y, y + error - error.mean() + mean))
    return cases


def _reference_mse(y, prediction):
    return MeanSquaredError().value(prediction[:, None], y)


def _reference_mae(y, prediction):
    return MeanAbsoluteError().value(prediction[:, None], y)


def mse(y, prediction):
    """Mean squared error of n predictions."""
    return np.mean((y - prediction) ** 2)


def mae(y, prediction):
    """Mean absolute error of n predictions."""
    return np.mean(np.abs(y - prediction))


def _sum_of_squares(y, prediction):
    return np.sum((y - prediction) ** 2)


def _half_mse(y, prediction):
    return 0.5 * np.mean((y - prediction) ** 2)


def _root_mse(y, prediction):
    return np.sqrt(np.mean((y - prediction) ** 2))


def _signed_mean(y, prediction):
    return np.mean(y - prediction)


def _reversed_signed_mean(y, prediction):
    return np.mean(prediction - y)


def _square_of_mean(y, prediction):
    return np.mean(y - prediction) ** 2


def _each_square(y, prediction):
    return (y - prediction) ** 2


def _sum_of_absolutes(y, prediction):
    return np.sum(np.abs(y - prediction))


def _absolute_of_mean(y, prediction):
    return np.abs(np.mean(y - prediction))


def _median_absolute(y, prediction):
    return np.median(np.abs(y - prediction))


def _each_absolute(y, prediction):
    return np.abs(y - prediction)


def _mse_by_dot(y, prediction):
    error = prediction - y
    return error @ error / len(error)


def _mse_by_loop(y, prediction):
    return sum((a - b) ** 2 for a, b in zip(y.tolist(), prediction.tolist(), strict=True)) / len(y)


def _mae_by_maximum(y, prediction):
    return np.maximum(y - prediction, prediction - y).mean()


def _mae_by_root(y, prediction):
    return np.sqrt((y - prediction) ** 2).sum() / y.size


_SIGNED = (
    "Errors of opposite sign cancel here. What is done to each error before the mean is taken?"
)
NO_MEAN = "This is a sum; it grows with the number of examples. The formula has $1/n$ in front."
_NO_NUMBER = "You return one number per example. The formula adds them up and divides by $n$."

MSE = Exercise(
    name="01.mse",
    title="Mean squared error",
    entry="mse",
    reference=_reference_mse,
    parts=(Part("random numbers", 1, _number_cases),),
    mistakes=(
        Mistake(_each_square, _NO_NUMBER),
        Mistake(_sum_of_squares, NO_MEAN),
        Mistake(
            _half_mse,
            "Exactly half of what is expected. Some books put ½ in front; this formula does not.",
        ),
        Mistake(
            _root_mse,
            "This is the root mean squared error. It is a good number to report, but the formula "
            "has no root.",
        ),
        Mistake(_square_of_mean, "You square the mean of the errors. Square first, then average."),
        Mistake(_signed_mean, _SIGNED),
    ),
    equivalents=(_mse_by_dot, _mse_by_loop),
    hints=(
        "Three steps: the error of every example, its square, the mean of the squares.",
        "`y - prediction` is an array of errors; `** 2` squares every entry.",
        "`np.mean(...)` of the squared errors is the answer.",
    ),
    solution=mse,
)

MAE = Exercise(
    name="01.mae",
    title="Mean absolute error",
    entry="mae",
    reference=_reference_mae,
    parts=(Part("random numbers", 1, _number_cases),),
    mistakes=(
        Mistake(_each_absolute, _NO_NUMBER),
        Mistake(_sum_of_absolutes, NO_MEAN),
        Mistake(
            _absolute_of_mean,
            "You take the absolute value of the mean. Errors of opposite sign have cancelled by "
            "then. Which comes first?",
        ),
        Mistake(_median_absolute, "This is the median of the absolute errors, not their mean."),
        Mistake(_signed_mean, _SIGNED),
        Mistake(_reversed_signed_mean, _SIGNED),
    ),
    equivalents=(_mae_by_maximum, _mae_by_root),
    hints=(
        "It is the mean squared error with one step exchanged.",
        "`np.abs` takes the absolute value of every entry.",
        "The mean of `np.abs(y - prediction)`.",
    ),
    solution=mae,
)


# Baselines ---------------------------------------------------------------------------------------


def _class_cases(rng: np.random.Generator) -> list[Case]:
    # the most frequent class is neither the smallest nor the largest nor the first nor the last one
    return [
        (rng.permutation([0] * (2 + k) + [1] * k + [2] * (4 + k) + [3]), 3 + k) for k in (2, 3, 5)
    ]


def _mean_cases(rng: np.random.Generator) -> list[Case]:
    return [(rng.exponential(5, n) - 1, n // 2) for n in (5, 8, 11)]


def _reference_baseline(y_train, n):
    if y_train.dtype.kind == "i":
        return baselines.majority_class(y_train, n)
    return baselines.mean_value(y_train, n)


def baseline(y_train, n):
    """Predictions for n new examples that ignore their features."""
    if y_train.dtype.kind == "i":  # whole numbers: classes
        return np.full(n, np.bincount(y_train).argmax())
    return np.full(n, y_train.mean())


def _always_mean(y_train, n):
    return np.full(n, y_train.mean())


def _always_majority(y_train, n):
    values, counts = np.unique(y_train, return_counts=True)
    return np.full(n, values[counts.argmax()])


def _largest_class(y_train, n):
    classes = y_train.dtype.kind == "i"
    return np.full(n, y_train.max() if classes else y_train.mean())


def _count_not_class(y_train, n):
    classes = y_train.dtype.kind == "i"
    return np.full(n, np.bincount(y_train).max() if classes else y_train.mean())


def _median(y_train, n):
    classes = y_train.dtype.kind == "i"
    return np.full(n, np.bincount(y_train).argmax() if classes else np.median(y_train))


def _one_number(y_train, n):
    classes = y_train.dtype.kind == "i"
    return np.bincount(y_train).argmax() if classes else y_train.mean()


def _one_per_training_example(y_train, n):
    return _reference_baseline(y_train, len(y_train))


def _baseline_by_unique(y_train, n):
    if np.issubdtype(y_train.dtype, np.integer):
        values, counts = np.unique(y_train, return_counts=True)
        return np.array([values[np.argmax(counts)]] * n)
    return np.ones(n) * (y_train.sum() / y_train.size)


def _baseline_by_counting(y_train, n):
    if y_train.dtype != int:
        return np.repeat(np.average(y_train), n)
    labels = y_train.tolist()
    return np.repeat(max(set(labels), key=labels.count), n)


BASELINE = Exercise(
    name="01.baseline",
    title="Majority class and mean",
    entry="baseline",
    reference=_reference_baseline,
    parts=(
        Part("classes: the majority class", 1, _class_cases),
        Part("numbers: the mean", 1, _mean_cases),
    ),
    mistakes=(
        Mistake(
            _one_number,
            "You return one number. A prediction is needed for each of the `n` new examples; "
            "`np.full(n, value)` repeats one.",
        ),
        Mistake(
            _one_per_training_example,
            "You return one prediction per *training* example. There are `n` new ones.",
        ),
        Mistake(
            _count_not_class,
            "You return how *often* the majority class occurs. Which class is it? (`argmax` tells "
            "where the maximum stands, `max` how large it is.)",
        ),
        Mistake(
            _largest_class, "You return the class with the largest number. Count them instead."
        ),
        Mistake(
            _always_mean,
            "The mean of class numbers means nothing: half-way between class 0 and class 2 is not "
            "class 1. An integer array holds classes here; look at `y_train.dtype.kind`.",
        ),
        Mistake(
            _always_majority,
            "For numbers hardly any value occurs twice, so there is no majority. Use the mean.",
        ),
        Mistake(
            _median,
            "The median minimises the mean *absolute* error. The baseline for squared error is "
            "the mean.",
        ),
    ),
    equivalents=(_baseline_by_unique, _baseline_by_counting),
    hints=(
        "Two cases: whole numbers are classes, others are numbers. `y_train.dtype.kind` is `'i'` "
        "for whole numbers.",
        "`np.bincount(y_train)` counts every class; `.argmax()` of it is the majority class.",
        "`np.full(n, value)` repeats the majority class, or the mean, `n` times.",
    ),
    solution=baseline,
)
