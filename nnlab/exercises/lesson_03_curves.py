"""Lesson 03: the learning curve, and the rule that reads three errors."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part

# Learning curve ----------------------------------------------------------------------------------


def _curve_cases(rng: np.random.Generator) -> list[Case]:
    # the largest size leaves some training examples unused, and there are fewer validation
    # examples than that
    cases: list[Case] = []
    for n, features, sizes in ((14, 2, (4, 6, 11)), (20, 3, (6, 17)), (12, 2, (9, 5, 7, 3))):
        x, x_val = rng.normal(0, 1, (n, features)), rng.normal(0, 1, (8, features))
        weights = rng.normal(0, 2, features)
        y, y_val = x @ weights + rng.normal(0, 1, n), x_val @ weights + rng.normal(0, 1, 8)
        cases.append((x, y, x_val, y_val, list(sizes)))
    return cases


def learning_curve(x, y, x_val, y_val, sizes):
    """Training and validation error of a linear model, one of each for every size."""
    train, validation = [], []
    for n in sizes:
        w = np.linalg.lstsq(x[:n], y[:n], rcond=None)[0]
        train.append(np.mean((x[:n] @ w - y[:n]) ** 2))
        validation.append(np.mean((x_val @ w - y_val) ** 2))
    return np.array(train), np.array(validation)


def _error(x, y, w):
    return np.mean((x @ w - y) ** 2)


def _fitted(x, y):
    return np.linalg.lstsq(x, y, rcond=None)[0]


def _train_error_on_all(x, y, x_val, y_val, sizes):
    weights = [_fitted(x[:n], y[:n]) for n in sizes]
    return (
        np.array([_error(x, y, w) for w in weights]),
        np.array([_error(x_val, y_val, w) for w in weights]),
    )


def _always_trained_on_all(x, y, x_val, y_val, sizes):
    w = _fitted(x, y)
    return (
        np.array([_error(x[:n], y[:n], w) for n in sizes]),
        np.array([_error(x_val, y_val, w) for n in sizes]),
    )


def _last_examples(x, y, x_val, y_val, sizes):
    return learning_curve(x[::-1], y[::-1], x_val, y_val, sizes)


def _trained_on_validation_too(x, y, x_val, y_val, sizes):
    rows = []
    for n in sizes:
        w = _fitted(np.concatenate([x[:n], x_val]), np.concatenate([y[:n], y_val]))
        rows.append((_error(x[:n], y[:n], w), _error(x_val, y_val, w)))
    return tuple(np.array(rows).T)


def _validated_on_n(x, y, x_val, y_val, sizes):
    weights = [_fitted(x[:n], y[:n]) for n in sizes]
    return (
        np.array([_error(x[:n], y[:n], w) for n, w in zip(sizes, weights, strict=True)]),
        np.array([_error(x_val[:n], y_val[:n], w) for n, w in zip(sizes, weights, strict=True)]),
    )


def _validated_on_the_rest(x, y, x_val, y_val, sizes):
    weights = [_fitted(x[:n], y[:n]) for n in sizes]
    return (
        np.array([_error(x[:n], y[:n], w) for n, w in zip(sizes, weights, strict=True)]),
        np.array([_error(x[n:], y[n:], w) for n, w in zip(sizes, weights, strict=True)]),
    )


def _sum_of_squares(x, y, x_val, y_val, sizes):
    train, validation = learning_curve(x, y, x_val, y_val, sizes)
    return train * np.array(sizes), validation * len(y_val)


def _absolute(x, y, x_val, y_val, sizes):
    weights = [_fitted(x[:n], y[:n]) for n in sizes]
    return (
        np.array([np.mean(np.abs(x[:n] @ w - y[:n])) for n, w in zip(sizes, weights, strict=True)]),
        np.array([np.mean(np.abs(x_val @ w - y_val)) for w in weights]),
    )


def _fitted_to_validation(x, y, x_val, y_val, sizes):
    train, _ = learning_curve(x, y, x_val, y_val, sizes)
    return train, np.full(len(sizes), _error(x_val, y_val, _fitted(x_val, y_val)))


def _root(x, y, x_val, y_val, sizes):
    train, validation = learning_curve(x, y, x_val, y_val, sizes)
    return np.sqrt(train), np.sqrt(validation)


def _curves_swapped(x, y, x_val, y_val, sizes):
    return learning_curve(x, y, x_val, y_val, sizes)[::-1]


def _one_too_few(x, y, x_val, y_val, sizes):
    return learning_curve(x, y, x_val, y_val, [n - 1 for n in sizes])


def _only_the_largest(x, y, x_val, y_val, sizes):
    return learning_curve(x, y, x_val, y_val, sizes[-1:])


def _sorted_sizes(x, y, x_val, y_val, sizes):
    return learning_curve(x, y, x_val, y_val, sorted(sizes))


def _curve_by_pinv(x, y, x_val, y_val, sizes):
    def errors(n):
        w = np.linalg.pinv(x[:n]) @ y[:n]
        return [
            ((part @ w - target) ** 2).mean() for part, target in ((x[:n], y[:n]), (x_val, y_val))
        ]

    return tuple(np.array([errors(n) for n in sizes]).T)


def _curve_in_lists(x, y, x_val, y_val, sizes):
    train, validation = learning_curve(x, y, x_val, y_val, sizes)
    return [train.tolist(), validation.tolist()]


LEARNING_CURVE = Exercise(
    name="03.learning_curve",
    title="Learning curve of a linear model",
    entry="learning_curve",
    reference=learning_curve,
    parts=(Part("three data sets", 2, _curve_cases),),
    mistakes=(
        Mistake(
            _only_the_largest,
            "One value came back for several sizes. Does `return` stand inside the loop, or is "
            "the list started anew in every turn?",
        ),
        Mistake(
            _train_error_on_all,
            "Your training error is measured on all training examples, most of which a model of "
            "size `n` has never seen. Measure it on the `n` it was trained on.",
        ),
        Mistake(
            _always_trained_on_all,
            "Your model is the same at every size: it is trained on all examples. Train a new one "
            "on the first `n`.",
        ),
        Mistake(_last_examples, "These are the last `n` examples. The first `n` are asked for."),
        Mistake(
            _trained_on_validation_too,
            "The validation examples have been trained on, so their error no longer says anything "
            "about new data.",
        ),
        Mistake(
            _validated_on_n,
            "You use only the first `n` validation examples. All of them are there at every size.",
        ),
        Mistake(
            _validated_on_the_rest,
            "You validate on the training examples left over, a different set at every size. Use "
            "the validation examples, so that the points of the curve can be compared.",
        ),
        Mistake(
            _sum_of_squares,
            "These are sums of squares. They grow with the number of examples, so the curve would "
            "rise for that reason alone.",
        ),
        Mistake(
            _absolute, "These are mean absolute errors; the mean *squared* error is asked for."
        ),
        Mistake(
            _fitted_to_validation,
            "Your validation error is that of a model fitted to the validation examples. Measure "
            "the weights you got from the training examples.",
        ),
        Mistake(_root, "The root has been taken; the mean squared error is asked for."),
        Mistake(_curves_swapped, "The order is training error, validation error."),
        Mistake(_one_too_few, "One example too few: `x[:n]` already ends before row `n`."),
        Mistake(_sorted_sizes, "The errors must stand in the order in which `sizes` are given."),
    ),
    equivalents=(_curve_by_pinv, _curve_in_lists),
    hints=(
        "A loop over the sizes; in each turn: train, measure twice, append.",
        "`x[:n]` and `y[:n]` are the training set of this turn, for fitting and for the training "
        "error.",
        "With `w = np.linalg.lstsq(x[:n], y[:n], rcond=None)[0]` the validation error is "
        "`np.mean((x_val @ w - y_val) ** 2)`.",
    ),
    solution=learning_curve,
)


# Diagnosis ---------------------------------------------------------------------------------------


def _ordinary_errors(rng: np.random.Generator) -> list[Case]:
    # all three answers, sums of gaps that mislead, and training errors below the target
    cases: list[Case] = []
    for bias, gap in (
        (9, 1), (1, 9), (6, 4), (4, 6), (1, 1), (0, 2), (2, 1), (-4, 9), (-3, 1), (12, 5), (3, 1),
        (1, 3), (-3, 3), (8, 2),
    ):  # fmt: skip
        target = int(rng.integers(5, 20))
        cases.append((target + bias, target + bias + gap, target))
    return cases


def _edges(rng: np.random.Generator) -> list[Case]:
    # equal gaps, and gaps of exactly 2 and 3
    cases: list[Case] = []
    for bias, gap in ((5, 5), (3, 3), (2, 2), (2, 3), (3, 2), (2, -1), (7, 7)):
        target = int(rng.integers(5, 20))
        cases.append((target + bias, target + bias + gap, target))
    return cases


def diagnose(train, val, target):
    """Name the larger part, "bias" or "variance", or say "done" if both are small."""
    bias, gap = train - target, val - train
    if bias <= 2 and gap <= 2:
        return "done"
    return "bias" if bias >= gap else "variance"


def _target_ignored(train, val, target):
    return diagnose(train, val, 0)


def _gap_from_target(train, val, target):
    bias, gap = train - target, val - target
    if bias <= 2 and gap <= 2:
        return "done"
    return "bias" if bias >= gap else "variance"


def _names_swapped(train, val, target):
    answer = diagnose(train, val, target)
    return {"bias": "variance", "variance": "bias"}.get(answer, answer)


def _tie_is_variance(train, val, target):
    bias, gap = train - target, val - train
    if bias <= 2 and gap <= 2:
        return "done"
    return "bias" if bias > gap else "variance"


def _strictly_below(train, val, target):
    bias, gap = train - target, val - train
    if bias < 2 and gap < 2:
        return "done"
    return "bias" if bias >= gap else "variance"


def _one_small_is_enough(train, val, target):
    bias, gap = train - target, val - train
    if bias <= 2 or gap <= 2:
        return "done"
    return "bias" if bias >= gap else "variance"


def _never_done(train, val, target):
    return "bias" if train - target >= val - train else "variance"


def _done_if_equal(train, val, target):
    bias, gap = train - target, val - train
    if bias == gap:
        return "done"
    return "bias" if bias > gap else "variance"


def _sizes_of_gaps(train, val, target):
    bias, gap = abs(train - target), abs(val - train)
    if bias <= 2 and gap <= 2:
        return "done"
    return "bias" if bias >= gap else "variance"


def _bias_whenever_there_is_some(train, val, target):
    if train - target > 2:
        return "bias"
    return "variance" if val - train > 2 else "done"


def _variance_whenever_there_is_some(train, val, target):
    if val - train > 2:
        return "variance"
    return "bias" if train - target > 2 else "done"


def _by_maximum(train, val, target):
    gaps = {"bias": train - target, "variance": val - train}
    worst = max(gaps, key=lambda name: gaps[name])  # the first of equals
    return worst if gaps[worst] > 2 else "done"


def _by_middle(train, val, target):
    if max(train - target, val - train) <= 2:
        return "done"
    return "variance" if target + val > 2 * train else "bias"


DIAGNOSE = Exercise(
    name="03.diagnose",
    title="Bias, variance or done?",
    entry="diagnose",
    reference=diagnose,
    parts=(
        Part("fourteen networks", 1, _ordinary_errors),
        Part("equal numbers, and numbers of exactly 2", 1, _edges),
    ),
    mistakes=(
        Mistake(
            _target_ignored,
            "The target is not used. A training error of 12 % is excellent where nobody gets below "
            "11 %.",
        ),
        Mistake(
            _gap_from_target,
            "The gap is measured from the training error. From the target to the validation error "
            "the bias is in it, too.",
        ),
        Mistake(
            _names_swapped,
            "The names are exchanged: the distance from target to training error is the bias.",
        ),
        Mistake(
            _never_done,
            "Your function always finds something to fight. When does the rule say to stop?",
        ),
        Mistake(
            _done_if_equal,
            "You stop where both are equal. The rule stops where both are *small*, at most 2.",
        ),
        Mistake(
            _one_small_is_enough,
            "One small number is not enough to be done: the other may be large.",
        ),
        Mistake(
            _sizes_of_gaps,
            "A training error *below* the target is no bias, nor is a validation error below the "
            "training error a gap. Keep the signs.",
        ),
        Mistake(
            _bias_whenever_there_is_some,
            "You answer bias as soon as there is some. The rule asks for the *larger* of the two.",
        ),
        Mistake(
            _variance_whenever_there_is_some,
            "You answer variance as soon as there is some. The rule asks for the *larger* of the "
            "two.",
        ),
        Mistake(_tie_is_variance, "Which answer does the rule give if both are equal?"),
        Mistake(_strictly_below, "Exactly 2 counts as small. Look at your comparison."),
    ),
    equivalents=(_by_maximum, _by_middle),
    hints=(
        "Calculate avoidable bias and gap first and give them names.",
        "`bias = train - target`, `gap = val - train`. Ask whether both are small before asking "
        "which is larger.",
        "`if bias <= 2 and gap <= 2` the answer is `'done'`; otherwise `'bias'` if `bias >= gap`.",
    ),
    solution=diagnose,
)
