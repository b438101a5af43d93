"""Lesson 02, spot the bug: three leaks in one pipeline."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.scalers import Standardizer

CHOSEN = 5


def _noise_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, features in ((40, 60), (60, 40)):
        y = rng.permutation(np.arange(n) % 2)
        x = rng.standard_normal((n, features)) * rng.uniform(1, 20, features) + 10
        train, validation = np.split(rng.permutation(n), [n // 2])
        cases.append((x, y, train, validation))
    return cases


def _scaled(x, rows):
    return (x - x[rows].mean(axis=0)) / x[rows].std(axis=0)


def _apart(x, y, rows):
    rows_0, rows_1 = rows[y[rows] == 0], rows[y[rows] == 1]
    return x[rows_1].mean(axis=0) - x[rows_0].mean(axis=0)


def _threshold(score, y, rows):
    grid = np.linspace(-5, 5, 101)
    return max(grid, key=lambda t: np.mean((score[rows] > t) == y[rows]))


def _pipeline(x, y, scale_rows, choose_rows, threshold_rows, validation):
    x = _scaled(x, scale_rows)
    apart = _apart(x, y, choose_rows)
    best = np.argsort(-np.abs(apart))[:CHOSEN]
    score = x[:, best] @ apart[best]
    return score[validation] - _threshold(score, y, threshold_rows)


def _reference(x, y, train, validation):
    return _pipeline(x, y, train, train, train, validation)


def margins(x, y, train, validation):
    """Margins of the validation rows: above 0 means class 1."""

    def class_means(rows):
        return x[rows[y[rows] == 0]].mean(axis=0), x[rows[y[rows] == 1]].mean(axis=0)

    def accuracy(rows, threshold):
        return np.mean((score[rows] > threshold) == y[rows])

    x = (x - x[train].mean(axis=0)) / x[train].std(axis=0)
    mean_0, mean_1 = class_means(train)
    best = np.argsort(-np.abs(mean_1 - mean_0))[:5]
    score = x[:, best] @ (mean_1 - mean_0)[best]
    threshold = max(np.linspace(-5, 5, 101), key=lambda t: accuracy(train, t))
    return score[validation] - threshold


def _all(y):
    return np.arange(len(y))


def _start(x, y, train, validation):
    return _pipeline(x, y, _all(y), _all(y), validation, validation)


def _scaler_left(x, y, train, validation):
    return _pipeline(x, y, _all(y), train, train, validation)


def _features_left(x, y, train, validation):
    return _pipeline(x, y, train, _all(y), train, validation)


def _threshold_left(x, y, train, validation):
    return _pipeline(x, y, train, train, validation, validation)


def _only_scaler_mended(x, y, train, validation):
    return _pipeline(x, y, train, _all(y), validation, validation)


def _only_features_mended(x, y, train, validation):
    return _pipeline(x, y, _all(y), train, validation, validation)


def _only_threshold_mended(x, y, train, validation):
    return _pipeline(x, y, _all(y), _all(y), train, validation)


def _threshold_on_everything(x, y, train, validation):
    return _pipeline(x, y, train, train, _all(y), validation)


def _parts_scaled_apart(x, y, train, validation):
    scaled = x.copy()
    for rows in (train, validation):
        scaled[rows] = _scaled(x, rows)[rows]
    apart = _apart(scaled, y, train)
    best = np.argsort(-np.abs(apart))[:CHOSEN]
    score = scaled[:, best] @ apart[best]
    return score[validation] - _threshold(score, y, train)


def _no_features_chosen(x, y, train, validation):
    x = _scaled(x, train)
    score = x @ _apart(x, y, train)
    return score[validation] - _threshold(score, y, train)


def _no_threshold(x, y, train, validation):
    x = _scaled(x, train)
    apart = _apart(x, y, train)
    best = np.argsort(-np.abs(apart))[:CHOSEN]
    return (x[:, best] @ apart[best])[validation]


def _trains_on_validation(x, y, train, validation):
    return _pipeline(x, y, validation, validation, validation, validation)


def _margins_of_training_rows(x, y, train, validation):
    return _pipeline(x, y, train, train, train, train)


def _cut_first(x, y, train, validation):
    """Take both parts at the start, so that nothing can be mixed up."""
    x_train, y_train, x_validation = x[train], y[train], x[validation]
    mean, std = x_train.mean(axis=0), x_train.std(axis=0)
    x_train, x_validation = (x_train - mean) / std, (x_validation - mean) / std
    apart = x_train[y_train == 1].mean(axis=0) - x_train[y_train == 0].mean(axis=0)
    best = np.argsort(np.abs(apart))[-CHOSEN:]
    known, new = x_train[:, best] @ apart[best], x_validation[:, best] @ apart[best]
    grid = np.linspace(-5, 5, 101)
    right = [np.mean((known > t) == y_train) for t in grid]
    return new - grid[int(np.argmax(right))]


def _step_by_step(x, y, train, validation):
    """Scale with the engine, mark rows with masks, and keep the first best threshold in a loop."""
    x = Standardizer().fit(x[train]).transform(x)
    trained = np.isin(np.arange(len(y)), train)
    apart = x[trained & (y == 1)].mean(axis=0) - x[trained & (y == 0)].mean(axis=0)
    best = sorted(range(len(apart)), key=lambda j: -abs(apart[j]))[:CHOSEN]
    score = sum(apart[j] * x[:, j] for j in best)
    threshold, most = 0.0, -1
    for t in np.linspace(-5, 5, 101):
        right = int(((score > t) == y)[trained].sum())
        if right > most:
            threshold, most = t, right
    return [float(s) - threshold for s in score[validation]]


SPOT_THE_BUG = Exercise(
    name="02.spot_the_bug",
    title="Three leaks in one pipeline",
    entry="margins",
    reference=_reference,
    parts=(Part("scale, features and threshold come from the training rows", 3, _noise_cases),),
    mistakes=(
        Mistake(
            _scaler_left,
            "Two leaks are closed. Whose mean and standard deviation does the first line use?",
        ),
        Mistake(
            _features_left,
            "Two leaks are closed. The features are still chosen, and the class means still taken, "
            "with the validation rows among them.",
        ),
        Mistake(
            _threshold_left,
            "Two leaks are closed. On which rows is the threshold tried out?",
        ),
        Mistake(
            _only_scaler_mended,
            "One leak is closed, the smallest. Two steps look at the *classes* of the validation "
            "rows: choosing features, and choosing a threshold.",
        ),
        Mistake(
            _only_features_mended,
            "One leak is closed, the largest. Look at the rows behind the scaling, and at those "
            "behind the threshold.",
        ),
        Mistake(
            _only_threshold_mended,
            "One leak is closed. Look at what happens before: the scaling, and the class means by "
            "which the features are chosen.",
        ),
        Mistake(
            _threshold_on_everything,
            "The threshold is tried on all rows now; those of the validation part are among them.",
        ),
        Mistake(
            _parts_scaled_apart,
            "The validation rows are scaled with statistics of their own. Use those of the "
            "training rows for both.",
        ),
        Mistake(
            _no_features_chosen,
            "Choosing five features is no mistake, and the choice should stay. Which rows may it "
            "look at?",
        ),
        Mistake(
            _no_threshold,
            "The threshold is gone. It should stay, but be chosen on other rows.",
        ),
        Mistake(
            _trains_on_validation,
            "Everything is learned from the validation rows now: training part and validation part "
            "are exchanged.",
        ),
        Mistake(
            _margins_of_training_rows,
            "These are the margins of the training rows. Learn from `train`, answer for "
            "`validation`.",
        ),
    ),
    equivalents=(_cut_first, _step_by_step),
    hints=(
        "Go through the function line by line and ask: which rows does this line look at?",
        "Three lines learn something: the scale, the class means, the threshold.",
        "Each of the three must look at `train` only. Nothing else has to change.",
    ),
    solution=margins,
    start=_start,
)
