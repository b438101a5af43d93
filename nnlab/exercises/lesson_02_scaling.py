"""Lesson 02, scaling: standardize with the statistics of the training part."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.scalers import MinMaxScaler, Standardizer


def _feature_cases(rng: np.random.Generator) -> list[Case]:
    # means and scales far from 0 and 1, few rows so that 1/N and 1/(N−1) differ, another mean and
    # another scale in the second part
    cases: list[Case] = []
    for n, m, f in ((5, 3, 2), (8, 6, 3)):
        scale, mean = rng.uniform(2, 9, f), rng.uniform(5, 20, f)
        train = mean + scale * rng.standard_normal((n, f))
        cases.append((train, mean + scale * (1 + 2 * rng.standard_normal((m, f)))))
    return cases


def _constant_cases(rng: np.random.Generator) -> list[Case]:
    # the second feature is constant in the training part, not in the other
    cases: list[Case] = []
    for n, m, value in ((4, 3, 5.0), (6, 5, -3.0)):
        train, other = rng.normal(10, 4, (n, 3)), rng.normal(12, 5, (m, 3))
        train[:, 1] = value
        cases.append((train, other))
    return cases


def _reference_standardize(x_train, x_other):
    scaler = Standardizer().fit(x_train)
    return scaler.transform(x_train), scaler.transform(x_other)


def standardize(x_train, x_other):
    """Return both parts, scaled with mean and standard deviation of the training part."""
    mean, std = x_train.mean(axis=0), x_train.std(axis=0)
    std = np.where(std > 0, std, 1.0)
    return (x_train - mean) / std, (x_other - mean) / std


def _with(statistics, x_train, x_other, ddof=0):
    """Return both parts scaled with the statistics of other rows, constant ones with scale 1."""
    std = statistics.std(axis=0, ddof=ddof)
    std = np.where(std > 0, std, 1.0)
    mean = statistics.mean(axis=0)
    return (x_train - mean) / std, (x_other - mean) / std


def _each_with_its_own(x_train, x_other):
    return _with(x_train, x_train, x_other)[0], _with(x_other, x_train, x_other)[1]


def _both_together(x_train, x_other):
    return _with(np.concatenate([x_train, x_other]), x_train, x_other)


def _with_the_other(x_train, x_other):
    return _with(x_other, x_train, x_other)


def _n_minus_one(x_train, x_other):
    return _with(x_train, x_train, x_other, ddof=1)


def _constant_divides_by_zero(x_train, x_other):
    mean, std = x_train.mean(axis=0), x_train.std(axis=0)
    return (x_train - mean) / std, (x_other - mean) / std


def _epsilon(x_train, x_other):
    mean, std = x_train.mean(axis=0), x_train.std(axis=0) + 1e-8
    return (x_train - mean) / std, (x_other - mean) / std


def _constant_zeroed(x_train, x_other):
    std = x_train.std(axis=0)
    a, b = _with(x_train, x_train, x_other)
    return np.where(std > 0, a, 0.0), np.where(std > 0, b, 0.0)


def _not_a_number_made_zero(x_train, x_other):
    return tuple(np.nan_to_num(x) for x in _constant_divides_by_zero(x_train, x_other))


def _variance(x_train, x_other):
    var = x_train.var(axis=0)
    var = np.where(var > 0, var, 1.0)
    return (x_train - x_train.mean(axis=0)) / var, (x_other - x_train.mean(axis=0)) / var


def _mean_kept(x_train, x_other):
    std = np.where(x_train.std(axis=0) > 0, x_train.std(axis=0), 1.0)
    return x_train / std, x_other / std


def _only_centred(x_train, x_other):
    return x_train - x_train.mean(axis=0), x_other - x_train.mean(axis=0)


def _one_mean_for_all(x_train, x_other):
    return (x_train - x_train.mean()) / x_train.std(), (x_other - x_train.mean()) / x_train.std()


def _per_row(x_train, x_other):
    return tuple(
        (x - x.mean(axis=1, keepdims=True)) / x.std(axis=1, keepdims=True)
        for x in (x_train, x_other)
    )


def _brackets(x_train, x_other):
    std = np.where(x_train.std(axis=0) > 0, x_train.std(axis=0), 1.0)
    mean = x_train.mean(axis=0)
    return x_train - mean / std, x_other - mean / std


def _only_the_other(x_train, x_other):
    return _reference_standardize(x_train, x_other)[1]


def _min_max(x_train, x_other):
    scaler = MinMaxScaler().fit(x_train)
    return scaler.transform(x_train), scaler.transform(x_other)


def _by_loop(x_train, x_other):
    a, b = np.empty(x_train.shape), np.empty(x_other.shape)
    for j in range(x_train.shape[1]):
        column = x_train[:, j]
        mean = sum(column) / len(column)
        spread = (sum((column - mean) ** 2) / len(column)) ** 0.5
        if spread == 0:
            spread = 1
        a[:, j], b[:, j] = (column - mean) / spread, (x_other[:, j] - mean) / spread
    return a, b


def _by_lists(x_train, x_other):
    deviation = x_train - np.average(x_train, axis=0)
    std = np.sqrt((deviation**2).mean(0))
    std[std < 1e-12] = 1
    return [deviation / std, (x_other - np.average(x_train, axis=0)) / std]


STANDARDIZE = Exercise(
    name="02.standardize",
    title="Standardize with the training part's statistics",
    entry="standardize",
    reference=_reference_standardize,
    parts=(
        Part("features that vary", 1, _feature_cases),
        Part("a feature that is constant in the training part", 1, _constant_cases),
    ),
    mistakes=(
        Mistake(
            _only_the_other,
            "Only one part comes back. Return both: the scaled training part, then the other.",
        ),
        Mistake(
            _each_with_its_own,
            "The second part is scaled with its own statistics, so the same raw value means two "
            "different things. A model knows the scale of its training part only.",
        ),
        Mistake(
            _both_together,
            "Mean and standard deviation come from both parts. What is validated or tested on must "
            "not take part in them.",
        ),
        Mistake(
            _with_the_other,
            "You take the statistics of the second part. It is the training part that they must "
            "come from.",
        ),
        Mistake(
            _epsilon,
            "A small number added to the standard deviation keeps the training part finite, but a "
            "new value of a constant feature is divided by 0.00000001. Use a scale of 1 there.",
        ),
        Mistake(
            _constant_divides_by_zero,
            "A feature that is constant in the training part has standard deviation 0, and you "
            "divide by it. What should it be divided by?",
        ),
        Mistake(
            _not_a_number_made_zero,
            "`np.nan_to_num` hides the division by 0 in the training part, but turns new values of "
            "a constant feature into enormous numbers. Choose the divisor before you divide.",
        ),
        Mistake(
            _constant_zeroed,
            "You set a constant feature to 0 in both parts. With scale 1 a new value keeps its "
            "distance from the mean.",
        ),
        Mistake(
            _n_minus_one,
            "You divide by $N - 1$ in the variance (`ddof=1`). Here it is $1/N$, so that the "
            "training part has standard deviation exactly 1.",
        ),
        Mistake(
            _variance,
            "You divide by the variance. The formula divides by its root, the standard deviation.",
        ),
        Mistake(_mean_kept, "The mean is not subtracted: the features are not around 0."),
        Mistake(_only_centred, "The mean is subtracted, but nothing is divided by $\\sigma$."),
        Mistake(
            _brackets,
            "`x - mean / std` divides only the mean. Put brackets around the difference.",
        ),
        Mistake(
            _one_mean_for_all,
            "One mean and one standard deviation for everything. Each feature has its own: "
            "`axis=0` runs down the rows.",
        ),
        Mistake(
            _per_row,
            "You scale every *row*. Features stand in columns: their statistics run over `axis=0`.",
        ),
        Mistake(
            _min_max,
            "This is min–max scaling. Standardizing subtracts the mean and divides by the standard "
            "deviation.",
        ),
    ),
    equivalents=(_by_loop, _by_lists),
    hints=(
        "Calculate mean and standard deviation of the training part once and use them for both.",
        "`x_train.mean(axis=0)` and `x_train.std(axis=0)` have one number per feature.",
        "`np.where(std > 0, std, 1.0)` gives constant features the scale 1.",
    ),
    solution=standardize,
)
