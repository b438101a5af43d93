"""Lesson 01, probabilities: sigmoid, binary cross-entropy and softmax that do not overflow."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import math

import numpy as np

from nnlab.activations import sigmoid as engine_sigmoid
from nnlab.activations import softmax as engine_softmax
from nnlab.exercises.answers import Plain
from nnlab.exercises.lesson_01_regression import NO_MEAN, NO_NUMBER
from nnlab.exercises.properties import between, sums_to
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.losses import BinaryCrossEntropy

# Sigmoid -----------------------------------------------------------------------------------------


def _ordinary_logits(rng: np.random.Generator) -> list[Case]:
    return [(rng.normal(0, 2, shape),) for shape in (5, (3, 1), (2, 4))]


def _huge_logits(rng: np.random.Generator) -> list[Case]:
    # separate signs tell apart on which side a formula overflows
    size = rng.uniform(800, 1200, 4)
    return [(-size,), (size,), (np.array([-1000.0, 0.0, 1000.0]),)]


def sigmoid(z):
    """Sigmoid of every entry, for any size of z."""
    return 0.5 * (1 + np.tanh(z / 2))


def _naive_sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _other_naive_sigmoid(z):
    return np.exp(z) / (1 + np.exp(z))


def _both_branches(z):
    return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))


def _mirrored_sigmoid(z):
    return 0.5 * (1 - np.tanh(z / 2))


def _naive_mirrored_sigmoid(z):
    return 1 / (1 + np.exp(z))


def _missing_brackets(z):
    return 1 / 1 + np.exp(-z)


def _other_missing_brackets(z):
    return np.exp(z) / 1 + np.exp(z)


def _unsqueezed_tanh(z):
    return 1 + np.tanh(z / 2)


def _tanh_itself(z):
    return np.tanh(z)


def _one_number_at_a_time(z):
    return 1 / (1 + math.exp(-z))


def _if_on_an_array(z):
    return 1 / (1 + np.exp(-z)) if z >= 0 else np.exp(z) / (1 + np.exp(z))


def _shifted_like_softmax(z):
    shifted = z - z.max()
    return np.exp(shifted) / (1 + np.exp(shifted))


def _steep_tanh(z):
    return 0.5 * (1 + np.tanh(z))


def _bare_tanh(z):
    return np.tanh(z / 2)


def _masked_sigmoid(z):
    result = np.empty_like(z)
    positive = z >= 0
    result[positive] = 1 / (1 + np.exp(-z[positive]))
    e = np.exp(z[~positive])
    result[~positive] = e / (1 + e)
    return result


def _clipped_sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def _sigmoid_by_logaddexp(z):
    return np.exp(-np.logaddexp(0, -z))


def _sigmoid_of_absolute(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


SIGMOID = Exercise(
    name="01.sigmoid",
    title="A sigmoid that does not overflow",
    entry="sigmoid",
    reference=engine_sigmoid,
    parts=(
        Part("ordinary logits", 1, _ordinary_logits, properties=(between(0, 1),)),
        Part(
            "logits near ±1000, without overflow",
            1,
            _huge_logits,
            atol=1e-6,
            properties=(between(0, 1),),
            overflow=False,
        ),
    ),
    mistakes=(
        Mistake(
            _both_branches,
            "`np.where` calculates *both* sides for every entry and throws one away, so both "
            "overflow. Take the exponential of something that is never positive, such as "
            "`-np.abs(z)`.",
        ),
        Mistake(
            _naive_sigmoid,
            "Right for ordinary logits. For very negative ones `exp(-z)` overflows, above 709. "
            "(`np.where` does not help: it calculates both sides for every entry.) Take the "
            "exponential of something that is never positive, or write $\\sigma$ with a `tanh`.",
        ),
        Mistake(
            _other_naive_sigmoid,
            "Right for ordinary logits. For large positive ones `exp(z)` overflows, above 709. "
            "(`np.where` does not help: it calculates both sides for every entry.) Take the "
            "exponential of something that is never positive, or write $\\sigma$ with a `tanh`.",
        ),
        Mistake(
            _missing_brackets,
            "`1 / 1 + np.exp(-z)` is $(1/1) + e^{-z}$. The denominator needs brackets.",
        ),
        Mistake(
            _other_missing_brackets,
            "`np.exp(z) / 1 + np.exp(z)` is $(e^z/1) + e^z$. The denominator needs brackets.",
        ),
        Mistake(
            _unsqueezed_tanh,
            "`1 + tanh(z / 2)` runs from 0 to 2. It is lifted; now squeeze it to 0 to 1.",
        ),
        Mistake(
            _one_number_at_a_time,
            "`math.exp` takes one number. `np.exp` takes an array and treats every entry.",
        ),
        Mistake(
            _if_on_an_array,
            "`if` wants one truth value, and `z >= 0` has one for every entry. Use a formula that "
            "holds for both signs, or work on `z[z >= 0]` and `z[z < 0]` separately.",
        ),
        Mistake(
            _shifted_like_softmax,
            "Subtracting the maximum is allowed for softmax, where it cancels. Here every entry "
            "stands alone, and a shift changes it.",
        ),
        Mistake(
            _tanh_itself,
            "`tanh` runs from −1 to 1, twice as steep. How does one squeeze and lift it, and what "
            "is its argument?",
        ),
        Mistake(
            _mirrored_sigmoid,
            "This falls where the sigmoid rises: the sign of $z$ is reversed.",
        ),
        Mistake(
            _naive_mirrored_sigmoid,
            "This falls where the sigmoid rises. Look at the sign in the exponent of "
            "$1/(1 + e^{-z})$.",
        ),
        Mistake(
            _steep_tanh,
            "The right idea, but the curve is twice as steep: the argument of `tanh` is not $z$.",
        ),
        Mistake(
            _bare_tanh,
            "`tanh` runs from −1 to 1. How does one squeeze and lift that into 0 to 1?",
        ),
    ),
    equivalents=(_masked_sigmoid, _clipped_sigmoid, _sigmoid_by_logaddexp, _sigmoid_of_absolute),
    hints=(
        "Which of `exp(z)` and `exp(-z)` overflows, and for which sign of $z$?",
        "`tanh` never overflows, and $\\sigma(z)$ is a `tanh`, squeezed and lifted.",
        "$\\sigma(z) = \\frac12 (1 + \\tanh \\frac z2)$.",
    ),
    solution=sigmoid,
)


# Binary cross-entropy from logits ----------------------------------------------------------------


def _binary_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n in (5, 8, 12):
        y = rng.permutation(np.arange(n) % 2)
        cases.append((rng.normal(0.5, 2, n), y))
    return cases


def _huge_binary_cases(rng: np.random.Generator) -> list[Case]:
    order = rng.permutation(5)
    y = np.array([0, 1, 1, 0, 1])[order]
    medium = np.array([300.0, -250.0, 200.0, -150.0, 0.0])[order]  # p is rounded, exp still finite
    huge = np.array([1000.0, -900.0, 800.0, -850.0, 0.0])[order]  # exp overflows
    return [(medium, y), (huge, y), (huge, 1 - y)]


def _not_capped(case: Case, returned: Plain) -> str | None:
    """Notice a loss that was kept small by clipping or by a number added in the logarithm."""
    expected, value = _reference_bce(*case), float(returned)
    if not 1 < value < 0.5 * expected:
        return None
    return (
        "one confidently wrong prediction must cost as much as its logit is large, "
        f"{expected:.0f} on average here, but your loss is {value:.4g}: something is clipped, or "
        "added inside the logarithm"
    )


def _reference_bce(z, y):
    return BinaryCrossEntropy().value(z[:, None], y)


def bce_from_logits(z, y):
    """Mean binary cross-entropy of n logits z for labels y (0 or 1)."""
    return np.mean(np.logaddexp(0, z) - y * z)


def _log_of_sigmoid(z, y):
    p = 0.5 * (1 + np.tanh(z / 2))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def _log_of_chosen_probability(z, y):
    p = 0.5 * (1 + np.tanh(z / 2))
    return -np.mean(np.log(np.where(y == 1, p, 1 - p)))


def _both_logs_of_exp(z, y):
    return np.mean(y * np.log(1 + np.exp(-z)) + (1 - y) * np.log(1 + np.exp(z)))


def _each_bce(z, y):
    return np.logaddexp(0, z) - y * z


def _wrong_sign_of_the_label(z, y):
    return np.mean(np.logaddexp(0, z) + y * z)


def _without_labels(z, y):
    return np.mean(np.logaddexp(0, z))


def _mean_of_the_first_term(z, y):
    return np.logaddexp(0, z).mean() - y * z


def _clipped(z, y):
    p = np.clip(0.5 * (1 + np.tanh(z / 2)), 1e-15, 1 - 1e-15)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def _coarsely_clipped(z, y):
    p = np.clip(0.5 * (1 + np.tanh(z / 2)), 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


def _log_of_exp(z, y):
    return np.mean(np.log(1 + np.exp(z)) - y * z)


def _swapped_labels(z, y):
    return np.mean(np.logaddexp(0, z) - (1 - y) * z)


def _only_ones(z, y):
    return np.mean(y * np.logaddexp(0, -z))


def _sum_of_bce(z, y):
    return np.sum(np.logaddexp(0, z) - y * z)


def _negative_bce(z, y):
    return -np.mean(np.logaddexp(0, z) - y * z)


def _bce_by_softplus(z, y):
    return np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))


def _bce_by_sign(z, y):
    return np.logaddexp(0, np.where(y == 1, -z, z)).mean()


BCE = Exercise(
    name="01.bce_from_logits",
    title="Binary cross-entropy from logits",
    entry="bce_from_logits",
    reference=_reference_bce,
    parts=(
        Part("ordinary logits", 1, _binary_cases),
        Part("large logits, up to ±1000", 1, _huge_binary_cases, properties=(_not_capped,)),
    ),
    mistakes=(
        Mistake(_each_bce, NO_NUMBER),
        Mistake(
            _mean_of_the_first_term,
            "The mean is taken of the first term alone. Put brackets around the whole difference.",
        ),
        Mistake(
            _log_of_chosen_probability,
            "Right for ordinary logits. For large ones $p$ is rounded to exactly 0 or 1, and "
            "$\\log 0$ is infinite. Write the formula in $z$ and simplify before you calculate.",
        ),
        Mistake(
            _both_logs_of_exp,
            "The right formula, but `exp` overflows for large numbers, and 0 times infinity is "
            "NaN. `np.logaddexp(0, z)` is $\\log(e^0 + e^z)$ without the overflow.",
        ),
        Mistake(
            _wrong_sign_of_the_label,
            "The sign of $y z$: the loss must *fall* as $z$ rises where $y = 1$.",
        ),
        Mistake(_without_labels, "The labels are not used: $y z$ is missing."),
        Mistake(
            _log_of_sigmoid,
            "Right for ordinary logits. For large ones $p$ is rounded to exactly 0 or 1, and "
            "$\\log 0$ is infinite. Write the formula in $z$ and simplify before you calculate.",
        ),
        Mistake(
            _log_of_exp,
            "The right formula, but `exp(z)` overflows for large $z$. `np.logaddexp(0, z)` is "
            "$\\log(e^0 + e^z)$ without the overflow.",
        ),
        Mistake(
            _clipped,
            "Clipping $p$ avoids $\\log 0$ but caps the loss of one example near 35, whatever its "
            "logit, and the gradient beyond is lost. Write the formula in $z$ instead.",
        ),
        Mistake(
            _coarsely_clipped,
            "Clipping $p$ avoids $\\log 0$ but caps the loss of one example near 16, whatever its "
            "logit, and the gradient beyond is lost. Write the formula in $z$ instead.",
        ),
        Mistake(
            _swapped_labels,
            "Labels 0 and 1 are exchanged: the loss must fall as $z$ rises where $y = 1$.",
        ),
        Mistake(
            _only_ones,
            "Examples with $y = 0$ cost nothing here. The second half of the formula, "
            "$(1 - y)\\log(1 - p)$, is missing.",
        ),
        Mistake(_sum_of_bce, NO_MEAN),
        Mistake(_negative_bce, "The sign is reversed. A cross-entropy is never below 0."),
    ),
    equivalents=(_bce_by_softplus, _bce_by_sign),
    hints=(
        "Put $p = \\sigma(z)$ into the formula and simplify. What are $\\log \\sigma(z)$ and "
        "$\\log(1 - \\sigma(z))$?",
        "$-\\log \\sigma(z) = \\log(1 + e^{-z})$ and $-\\log(1 - \\sigma(z)) = \\log(1 + e^{z})$; "
        "they differ by $z$.",
        "$\\log(1 + e^z) - y z$; and `np.logaddexp(0, z)` is $\\log(1 + e^z)$ without overflow.",
    ),
    solution=bce_from_logits,
)


# Softmax -----------------------------------------------------------------------------------------


def _rows(rng: np.random.Generator) -> list[Case]:
    return [(rng.normal(0, 2, shape),) for shape in ((4, 3), (3, 5), (6, 4))]


def _huge_rows(rng: np.random.Generator) -> list[Case]:
    # one row far above the other: a maximum over the whole matrix would empty the lower one
    rows = np.array([[1000.0], [-1000.0], [0.0]])
    # one entry far above its row's others: only the maximum keeps every exponent small
    apart = np.array([1000.0, -1000.0, -900.0, -800.0]) + rng.normal(0, 1, (3, 4))
    return [(rows + rng.normal(0, 1, (3, 4)),), (rng.permuted(apart, axis=1),)]


def softmax(z):
    """Softmax of every row of z (N, C)."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _unshifted(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def _negative_logits(z):
    e = np.exp(-z - (-z).max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _log_of_the_softmax(z):
    shifted = z - z.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _clipped_logits(z):
    e = np.exp(np.clip(z, -500, 500))
    return e / e.sum(axis=1, keepdims=True)


def _shifted_numerator_only(z):
    return np.exp(z - z.max(axis=1, keepdims=True)) / np.exp(z).sum(axis=1, keepdims=True)


def _no_keepdims(z):
    e = np.exp(z)
    return e / e.sum(axis=1)


def _columns(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def _whole_matrix(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def _global_shift(z):
    e = np.exp(z - z.max())
    return e / e.sum(axis=1, keepdims=True)


def _no_exponential(z):
    return z / z.sum(axis=1, keepdims=True)


def _sigmoids(z):
    return 0.5 * (1 + np.tanh(z / 2))


def _by_maximum(z):
    return np.exp(z - z.max(axis=1, keepdims=True))


def _softmax_by_logsumexp(z):
    return np.exp(z - np.logaddexp.reduce(z, axis=-1, keepdims=True))


def _softmax_by_loop(z):
    rows = []
    for row in z:
        e = np.exp(row - max(row))
        rows.append(e / sum(e))
    return np.array(rows)


SOFTMAX = Exercise(
    name="01.softmax",
    title="Softmax",
    entry="softmax",
    reference=engine_softmax,
    parts=(
        Part("ordinary logits", 1, _rows, properties=(sums_to(1),)),
        Part("logits near ±1000", 1, _huge_rows, properties=(sums_to(1),)),
    ),
    mistakes=(
        Mistake(
            _unshifted,
            "Right for ordinary logits. `exp(1000)` overflows: subtract (not add) from every row "
            "its maximum first. That changes nothing on paper.",
        ),
        Mistake(
            _shifted_numerator_only,
            "Numerator *and* denominator must be shifted, or they no longer belong together.",
        ),
        Mistake(
            _clipped_logits,
            "Clipping makes different logits equal. Subtract the row's maximum instead.",
        ),
        Mistake(_negative_logits, "The largest logit must get the *largest* probability."),
        Mistake(
            _log_of_the_softmax,
            "That is the logarithm of the softmax. Probabilities are asked for.",
        ),
        Mistake(
            _global_shift,
            "You subtract the maximum of the whole matrix. A row far below it then has only "
            "zeros, and 0/0. Every *row* needs its own maximum.",
        ),
        Mistake(
            _no_keepdims,
            "The shapes do not fit: `sum(axis=1)` and `max(axis=1)` return one number per row as a "
            "flat array. With `keepdims=True` it is a column, and a column fits the rows.",
        ),
        Mistake(_columns, "The columns sum to 1. Every row is one example: use `axis=1`."),
        Mistake(
            _whole_matrix,
            "The whole matrix sums to 1. Every row is one example: give `axis=1` to `sum`.",
        ),
        Mistake(_by_maximum, "You divide by the largest term. Divide by the sum of all terms."),
        Mistake(_no_exponential, "The exponential is missing, so results can be negative."),
        Mistake(
            _sigmoids,
            "That is a sigmoid of every entry. Softmax makes the classes of a row compete: they "
            "sum to 1.",
        ),
    ),
    equivalents=(_softmax_by_logsumexp, _softmax_by_loop),
    hints=(
        "Exponential of every entry, then divide every row by its sum.",
        "`sum(axis=1, keepdims=True)` gives one sum per row as a column, which divides the rows.",
        "Before the exponential subtract `z.max(axis=1, keepdims=True)`; then nothing overflows.",
    ),
    solution=softmax,
)
