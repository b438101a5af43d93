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


def _precedence(y, prediction):
    return np.mean(y - prediction**2)


def _caret(y, prediction):
    return np.mean((y - prediction) ^ 2)


def _variance(y, prediction):
    return np.var(y - prediction)


def _doubled(y, prediction):
    return np.mean((y - prediction) * 2)


def _sample_mean(y, prediction):
    return np.sum((y - prediction) ** 2) / (len(y) - 1)


def _last_one_left_out(y, prediction):
    total = 0.0
    for i in range(len(y) - 1):
        total += (y[i] - prediction[i]) ** 2
    return total / len(y)


def _returned_in_the_loop(y, prediction):
    for a, b in zip(y, prediction, strict=True):
        return (a - b) ** 2 / len(y)
    return 0.0


def _difference_of_absolutes(y, prediction):
    return np.mean(np.abs(y) - np.abs(prediction))


def _absolute_of_sum(y, prediction):
    return np.abs(np.sum(y - prediction))


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
NO_NUMBER = "You return one number per example. The formula adds them up and divides by $n$."

MSE = Exercise(
    name="01.mse",
    title="Mean squared error",
    entry="mse",
    reference=_reference_mse,
    parts=(Part("random numbers", 1, _number_cases),),
    mistakes=(
        Mistake(_each_square, NO_NUMBER),
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
        Mistake(mae, "This is the mean *absolute* error. Square the errors instead."),
        Mistake(
            _precedence,
            "`**` binds more tightly than `-`: only the prediction is squared. Put brackets around "
            "the error.",
        ),
        Mistake(_caret, "A power is written `**` in Python; `^` means something else."),
        Mistake(_doubled, "`* 2` doubles; the square is `** 2`."),
        Mistake(
            _variance,
            "A variance subtracts the mean error first, so a constant error would cost nothing.",
        ),
        Mistake(_sample_mean, "Divide by $n$, not by $n - 1$."),
        Mistake(_last_one_left_out, "One example is left out: `range(len(y))` counts them all."),
        Mistake(
            _returned_in_the_loop,
            "`return` stands inside the loop, so the function ends after the first example.",
        ),
        Mistake(_square_of_mean, "You square the mean of the errors. Square first, then average."),
        Mistake(_signed_mean, _SIGNED),
        Mistake(_reversed_signed_mean, _SIGNED),
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
        Mistake(_each_absolute, NO_NUMBER),
        Mistake(_sum_of_absolutes, NO_MEAN),
        Mistake(
            mse,
            "This is the mean *squared* error: exchange the square for an absolute value.",
        ),
        Mistake(
            _root_mse,
            "The root of a mean of squares is not the mean of absolute values.",
        ),
        Mistake(
            _difference_of_absolutes,
            "Subtract first, then take the absolute value of the difference.",
        ),
        Mistake(
            _absolute_of_sum,
            "Errors of opposite sign have cancelled before the absolute value is taken, and the "
            "$1/n$ is missing.",
        ),
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
    # the most frequent class is neither the smallest nor the largest, the rarest is another again,
    # and classes need not start at 0
    return [
        (rng.permutation(np.repeat(np.arange(5) + first, (k + 2, 1, k + 1, k + 3, k))), k + 2)
        for k, first in ((2, 0), (3, 1), (5, 0))
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


def _rarest_class(y_train, n):
    values, counts = np.unique(y_train, return_counts=True)
    return np.full(n, values[counts.argmin()] if y_train.dtype.kind == "i" else y_train.mean())


def _position_not_class(y_train, n):
    _, counts = np.unique(y_train, return_counts=True)
    return np.full(n, counts.argmax() if y_train.dtype.kind == "i" else y_train.mean())


def _rounded_mean(y_train, n):
    return np.full(n, round(y_train.mean()) if y_train.dtype.kind == "i" else y_train.mean())


def _always_bincount(y_train, n):
    return np.full(n, np.bincount(y_train).argmax())


def _divided_by_n(y_train, n):
    classes = y_train.dtype.kind == "i"
    return np.full(n, np.bincount(y_train).argmax() if classes else y_train.sum() / n)


def _column(y_train, n):
    return _reference_baseline(y_train, n)[:, None]


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
        Mistake(_rarest_class, "You return the rarest class: `argmin` instead of `argmax`?"),
        Mistake(
            _position_not_class,
            "`counts.argmax()` is a position in the list of distinct classes. The class is the "
            "entry of that list at this position.",
        ),
        Mistake(
            _rounded_mean,
            "A rounded mean treats class numbers as quantities. Count the classes instead.",
        ),
        Mistake(
            _always_bincount,
            "`np.bincount` counts whole numbers. For a float array use the mean.",
        ),
        Mistake(
            _divided_by_n,
            "`n` is the number of new examples. The mean divides by the number of training "
            "examples.",
        ),
        Mistake(
            _column, "You return a column, shape (n, 1). A flat array of length n is asked for."
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
            "The median minimizes the mean *absolute* error. The baseline for squared error is "
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
