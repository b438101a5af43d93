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
    # rows far apart from each other, and entries far apart within a row
    rows = np.array([[1000.0], [-1000.0], [0.0], [500.0], [-500.0]]) + rng.normal(0, 1, (5, 4))
    entries = np.array([600.0, -600.0, -200.0, 200.0]) + rng.normal(0, 1, (5, 4))
    entries = rng.permuted(entries, axis=1)
    return [(rows, rng.integers(0, 4, 5)), (entries, np.argsort(entries, axis=1)[:, 1])]


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


def _one_hot_log_of_softmax(z, y):
    p, one_hot = engine_softmax(z), np.eye(z.shape[1])[y]
    return -np.sum(one_hot * np.log(p)) / len(y), (p - one_hot) / len(y)


def _log_of_unshifted_softmax(z, y):
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    return loss, (p - np.eye(z.shape[1])[y]) / len(y)


def _unshifted_logsumexp(z, y):
    log_sum = np.log(np.exp(z).sum(axis=1))
    loss = np.mean(log_sum - z[np.arange(len(y)), y])
    return loss, (np.exp(z - log_sum[:, None]) - np.eye(z.shape[1])[y]) / len(y)


def _global_shift(z, y):
    shifted = z - z.max()
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[np.arange(len(y)), y].mean()
    return loss, (np.exp(log_p) - np.eye(z.shape[1])[y]) / len(y)


def _gradient_before_loss(z, y):
    p, n = engine_softmax(z), len(y)
    gradient = p
    gradient[np.arange(n), y] -= 1
    return -np.mean(np.log(p[np.arange(n), y])), gradient / n


def _exchanged(z, y):
    loss, gradient = _reference_cce(z, y)
    return gradient, loss


def _gradient_only(z, y):
    return _reference_cce(z, y)[1]


def _negative_loss(z, y):
    loss, gradient = _reference_cce(z, y)
    return -loss, gradient


def _whole_columns(z, y):
    _, gradient = _reference_cce(z, y)
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -log_p[:, y].mean(), gradient


def _loss_per_example(z, y):
    log_p = z - np.logaddexp.reduce(z, axis=1, keepdims=True)
    return -log_p[np.arange(len(y)), y], _reference_cce(z, y)[1]


def _class_numbers(z, y):
    loss, _ = _reference_cce(z, y)
    return loss, (engine_softmax(z) - y[:, None]) / len(y)


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
        Part("loss and gradient at logits near ±1000", 1, _huge_labelled_rows, rtol=1e-4),
    ),
    mistakes=(
        Mistake(
            _loss_only,
            "You return the loss alone. Two values are asked for: `return loss, gradient`.",
        ),
        Mistake(_gradient_only, "You return the gradient alone. Return `loss, gradient`."),
        Mistake(_exchanged, "The order is `loss, gradient`; yours is the other way round."),
        Mistake(
            _loss_per_example,
            "The loss is one number per example here. Its mean over the batch is asked for.",
        ),
        Mistake(_negative_loss, "The loss has the wrong sign. A cross-entropy is never below 0."),
        Mistake(
            _whole_columns,
            "`log_p[:, y]` takes whole columns. `log_p[np.arange(n), y]` takes one entry per row.",
        ),
        Mistake(
            _class_numbers,
            "You subtract the class *numbers* from the probabilities. $y$ must be one-hot there: 1 "
            "at the true class, 0 elsewhere.",
        ),
        Mistake(
            _gradient_before_loss,
            "`gradient = p` makes no copy, so 1 has already been subtracted when the loss is "
            "calculated. Calculate the loss first, or use `p.copy()`.",
        ),
        Mistake(
            _one_hot_log_of_softmax,
            "Where $p$ is rounded to 0, $0 \\cdot \\log 0$ is NaN. Calculate $\\log p$ directly: "
            "shifted logits minus the logarithm of the sum of their exponentials.",
        ),
        Mistake(
            _log_of_unshifted_softmax,
            "Right for ordinary logits. `exp(1000)` overflows: subtract each row's maximum first, "
            "and calculate $\\log p$ directly.",
        ),
        Mistake(
            _unshifted_logsumexp,
            "The right formula, but `exp(1000)` overflows: take each row's maximum out of the sum, "
            "and add it again after the logarithm.",
        ),
        Mistake(
            _global_shift,
            "You subtract the maximum of the whole matrix. A row far below it then has only zeros, "
            "and $\\log 0$. Every *row* needs its own maximum.",
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
        Part("confident and right: the loss is nearly 0", 1, _confident_rows, rtol=1e-4),
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
