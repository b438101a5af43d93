"""Lesson 01, categorical cross-entropy: loss, gradient, and a bug to spot."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.activations import softmax as engine_softmax
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.losses import CategoricalCrossEntropy

# Categorical cross-entropy and its gradient ------------------------------------------------------


def _labelled_rows(rng: np.random.Generator) -> list[Case]:
    return [(rng.normal(0, 2, (n, c)), rng.integers(0, c, n)) for n, c in ((4, 3), (6, 5), (9, 4))]


def _huge_labelled_rows(rng: np.random.Generator) -> list[Case]:
    return [(rng.uniform(-1000, 1000, (5, 4)), rng.integers(0, 4, 5)) for _ in range(2)]


def _reference_cce(z, y):
    loss = CategoricalCrossEntropy()
    return loss.value(z, y), loss.grad(z, y)


def cross_entropy(z, y):
    """Return (loss, gradient) for logits z (N, C) and classes y (N,)."""
    n = len(y)
    shifted = z - z.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(n), y].mean()
    gradient = np.exp(log_p)
    gradient[np.arange(n), y] -= 1
    return loss, gradient / n


def _parts_of_cce(z, y):
    loss, gradient = _reference_cce(z, y)
    return loss, gradient, np.eye(z.shape[1])[y]


def _gradient_of_the_sum(z, y):
    loss, gradient, _ = _parts_of_cce(z, y)
    return loss, gradient * len(y)


def _reversed_gradient(z, y):
    loss, gradient, _ = _parts_of_cce(z, y)
    return loss, -gradient


def _gradient_without_labels(z, y):
    loss, _, _ = _parts_of_cce(z, y)
    return loss, engine_softmax(z) / len(y)


def _gradient_at_the_label_only(z, y):
    loss, gradient, one_hot = _parts_of_cce(z, y)
    return loss, gradient * one_hot


def _loss_as_sum(z, y):
    loss, gradient, _ = _parts_of_cce(z, y)
    return loss * len(y), gradient


def _loss_and_gradient_as_sums(z, y):
    loss, gradient, _ = _parts_of_cce(z, y)
    return loss * len(y), gradient * len(y)


def _mean_over_entries(z, y):
    loss, gradient, _ = _parts_of_cce(z, y)
    return loss / z.shape[1], gradient


def _log_of_softmax(z, y):
    p = engine_softmax(z)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    return loss, (p - np.eye(z.shape[1])[y]) / len(y)


def _loss_only(z, y):
    return _reference_cce(z, y)[0]


def _cce_by_one_hot(z, y):
    one_hot = (y[:, None] == np.arange(z.shape[1])).astype(float)
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -(one_hot * log_p).sum(axis=1).mean(), (np.exp(log_p) - one_hot) / len(z)


def _cce_by_loop(z, y):
    losses, rows = [], []
    for row, label in zip(z, y, strict=True):
        log_sum = row.max() + np.log(np.exp(row - row.max()).sum())
        losses.append(log_sum - row[label])
        p = np.exp(row - log_sum)
        p[label] -= 1
        rows.append(p / len(y))
    return np.mean(losses), np.stack(rows)


CROSS_ENTROPY = Exercise(
    name="01.cross_entropy",
    title="Categorical cross-entropy and its gradient",
    entry="cross_entropy",
    reference=_reference_cce,
    parts=(
        Part("loss and gradient at ordinary logits", 2, _labelled_rows),
        Part("loss and gradient at logits near ±1000", 1, _huge_labelled_rows),
    ),
    mistakes=(
        Mistake(
            _loss_only,
            "You return the loss alone. Two values are asked for: `return loss, gradient`.",
        ),
        Mistake(
            _log_of_softmax,
            "Right for ordinary logits. For large ones a probability is rounded to 0, and "
            "$\\log 0$ is infinite. Calculate $\\log p$ directly: shifted logits minus the "
            "logarithm of the sum of their exponentials.",
        ),
        Mistake(
            _loss_and_gradient_as_sums,
            "Loss and gradient are sums over the batch here. Both belong divided by $N$, or the "
            "step size would depend on the batch size.",
        ),
        Mistake(
            _gradient_of_the_sum,
            "The loss is a mean, your gradient that of a sum: it is $N$ times too large.",
        ),
        Mistake(
            _loss_as_sum, "The loss is a sum, your gradient that of a mean. Divide the loss by $N$."
        ),
        Mistake(
            _mean_over_entries,
            "You average over all $N \\cdot C$ entries. Sum over the classes, average over the "
            "examples.",
        ),
        Mistake(
            _reversed_gradient,
            "The gradient has the wrong sign: it would climb. It is $p - y$, not $y - p$.",
        ),
        Mistake(
            _gradient_without_labels,
            "The gradient does not know the labels: $p - y$, so 1 must be subtracted at the true "
            "class.",
        ),
        Mistake(
            _gradient_at_the_label_only,
            "Only the true class has a gradient here. The others do too: raising their logits "
            "lowers the probability of the true one.",
        ),
    ),
    equivalents=(_cce_by_one_hot, _cce_by_loop),
    hints=(
        "First $\\log p$ of every class (shift by the row's maximum), then pick the entry of the "
        "true class in every row.",
        "`log_p[np.arange(n), y]` picks one entry per row. The gradient at the logits is "
        "$(p - y)/N$ with $y$ one-hot.",
        "`gradient = np.exp(log_p)`, then subtract 1 at `[np.arange(n), y]`, then divide by `n`.",
    ),
    solution=cross_entropy,
)


# Spot the bug ------------------------------------------------------------------------------------


def _confident_rows(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n, c in ((5, 3), (8, 4)):
        y = rng.integers(0, c, n)
        cases.append((rng.normal(0, 1, (n, c)) + 6 * np.eye(c)[y], y))
    return cases


def _start_code(z, y):
    return _loss_of(engine_softmax(engine_softmax(z)), y)


def classifier_loss(z, y):
    """Mean cross-entropy of logits z (N, C) for classes y (N,)."""

    def softmax(a):
        e = np.exp(a - a.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def loss_from_logits(logits):
        p = softmax(logits)
        return -np.mean(np.log(p[np.arange(len(y)), y]))

    return loss_from_logits(z)


def _loss_of(p, y):
    return -np.mean(np.log(p[np.arange(len(y)), y]))


def _no_softmax_at_all(z, y):
    return _loss_of(z, y)


def _lost_sign(z, y):
    return -_loss_of(engine_softmax(z), y)


def _lost_logarithm(z, y):
    p = engine_softmax(z)
    return -np.mean(p[np.arange(len(y)), y])


def _softmax_over_examples(z, y):
    return _loss_of(engine_softmax(z.T).T, y)


def _three_times(z, y):
    return _loss_of(engine_softmax(engine_softmax(engine_softmax(z))), y)


def _inner_softmax_removed(z, y):
    p = engine_softmax(z)
    return np.mean([-np.log(row[label]) for row, label in zip(p, y, strict=True)])


def _loss_by_logsumexp(z, y):
    return np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y])


SPOT_THE_BUG = Exercise(
    name="01.spot_the_bug",
    title="Spot the bug: a loss that never falls below 0.55",
    entry="classifier_loss",
    reference=lambda z, y: CategoricalCrossEntropy().value(z, y),
    parts=(
        Part("ordinary logits", 1, _labelled_rows),
        Part("confident and right: the loss is nearly 0", 1, _confident_rows),
    ),
    mistakes=(
        Mistake(
            _three_times, "Now softmax is applied three times. How often does a logit need it?"
        ),
        Mistake(
            _no_softmax_at_all,
            "Both softmaxes are gone, so the logarithm is taken of logits, which can be negative.",
        ),
        Mistake(
            _lost_sign,
            "The minus sign got lost: the loss must fall when the true class gets likelier.",
        ),
        Mistake(_lost_logarithm, "The logarithm got lost: this is minus the mean probability."),
        Mistake(
            _softmax_over_examples,
            "The softmax now runs over the examples. It belongs along `axis=1`, over the classes.",
        ),
    ),
    equivalents=(_inner_softmax_removed, _loss_by_logsumexp),
    hints=(
        "Follow a logit from the argument to the logarithm. What is done to it, and how often?",
        "Softmax returns numbers from 0 to 1. What does a second softmax make of 1, 0, 0?",
        "`loss_from_logits` expects logits. It is given probabilities.",
    ),
    solution=classifier_loss,
    start=_start_code,
)
