"""Lesson 09, batch normalization in evaluation, and the bug of using the batch there."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.layers import BatchNorm
from nnlab.network import Sequential


def _statistics(rng: np.random.Generator, features: int):
    """Return gamma, beta, running mean and running variance."""
    return (
        rng.uniform(1.3, 3, features) * rng.choice([-1, 1], features),
        rng.uniform(1, 3, features),
        rng.uniform(2, 6, features) * rng.choice([-1, 1], features),
        rng.uniform(2, 9, features),
    )


def _examples(rng: np.random.Generator, shape: tuple[int, int]):
    return rng.uniform(-5, 5, shape[1]) + rng.uniform(0.5, 4, shape[1]) * rng.normal(0, 1, shape)


def _several(rng: np.random.Generator) -> list[Case]:
    return [
        (_examples(rng, shape), *_statistics(rng, shape[1]), eps)
        for shape, eps in (((4, 3), 1e-5), ((3, 5), 0.5), ((6, 2), 0.1))
    ]


def _edges(rng: np.random.Generator) -> list[Case]:
    """Return a single example, and a feature that was constant in training."""
    gamma, beta, mean, var = _statistics(rng, 3)
    var[1] = 0.0
    return [
        (_examples(rng, (1, 4)), *_statistics(rng, 4), 1e-5),
        (_examples(rng, (3, 3)), gamma, beta, mean, var, 0.01),
    ]


def _reference_evaluate(x, gamma, beta, running_mean, running_var, eps):
    layer = BatchNorm(x.shape[1], eps=eps)
    net = Sequential(layer, dtype=np.float64)
    layer.gamma[...], layer.beta[...] = gamma, beta
    layer.running_mean[...], layer.running_var[...] = running_mean, running_var
    return net.forward(x)


def batch_norm_evaluate(x, gamma, beta, running_mean, running_var, eps):
    """Return y (N, F), normalized with the running averages."""
    x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    return gamma * x_hat + beta


def _statistics_of_the_batch(x, gamma, beta, running_mean, running_var, eps):
    return batch_norm_evaluate(x, gamma, beta, x.mean(axis=0), x.var(axis=0), eps)


def _mean_of_the_batch(x, gamma, beta, running_mean, running_var, eps):
    return batch_norm_evaluate(x, gamma, beta, x.mean(axis=0), running_var, eps)


def _variance_of_the_batch(x, gamma, beta, running_mean, running_var, eps):
    return batch_norm_evaluate(x, gamma, beta, running_mean, x.var(axis=0), eps)


def _evaluate_without_root(x, gamma, beta, running_mean, running_var, eps):
    return gamma * (x - running_mean) / (running_var + eps) + beta


def _evaluate_epsilon_outside(x, gamma, beta, running_mean, running_var, eps):
    return gamma * (x - running_mean) / (np.sqrt(running_var) + eps) + beta


def _evaluate_without_epsilon(x, gamma, beta, running_mean, running_var, eps):
    with np.errstate(invalid="ignore", divide="ignore"):
        return gamma * (x - running_mean) / np.sqrt(running_var) + beta


def _evaluate_without_scale(x, gamma, beta, running_mean, running_var, eps):
    return (x - running_mean) / np.sqrt(running_var + eps)


def _evaluate_without_shift(x, gamma, beta, running_mean, running_var, eps):
    return batch_norm_evaluate(x, gamma, 0 * beta, running_mean, running_var, eps)


def _evaluate_exchanged(x, gamma, beta, running_mean, running_var, eps):
    return batch_norm_evaluate(x, beta, gamma, running_mean, running_var, eps)


def _corrected_once_more(x, gamma, beta, running_mean, running_var, eps):
    m = len(x)
    var = running_var * m / (m - 1) if m > 1 else running_var
    return batch_norm_evaluate(x, gamma, beta, running_mean, var, eps)


def _averages_moved(x, gamma, beta, running_mean, running_var, eps):
    mean = 0.9 * running_mean + 0.1 * x.mean(axis=0)
    var = 0.9 * running_var + 0.1 * x.var(axis=0)
    return batch_norm_evaluate(x, gamma, beta, mean, var, eps)


def _folded(x, gamma, beta, running_mean, running_var, eps):
    factor = gamma / np.sqrt(running_var + eps)
    return x * factor + (beta - running_mean * factor)


def _one_by_one(x, gamma, beta, running_mean, running_var, eps):
    std = (running_var + eps) ** 0.5
    return [list(beta + gamma * (row - running_mean) / std) for row in x]


EVALUATION = Exercise(
    name="09.evaluation",
    title="Batch normalization in evaluation",
    entry="batch_norm_evaluate",
    reference=_reference_evaluate,
    parts=(
        Part("several examples", 1, _several),
        Part("a single example, and a feature without variance", 1, _edges),
    ),
    mistakes=(
        Mistake(
            _statistics_of_the_batch,
            "You normalize with mean and variance of these very examples. In evaluation the "
            "running averages take their place.",
        ),
        Mistake(_mean_of_the_batch, "The mean is still that of these examples."),
        Mistake(_variance_of_the_batch, "The variance is still that of these examples."),
        Mistake(
            _averages_moved,
            "You move the running averages with these examples. Evaluation only reads them.",
        ),
        Mistake(
            _corrected_once_more,
            "The factor $m/(m-1)$ was applied in training already. In evaluation the number of "
            "examples plays no part.",
        ),
        Mistake(
            _evaluate_without_root,
            "You divide by the variance. Divide by its root, the standard deviation.",
        ),
        Mistake(
            _evaluate_epsilon_outside, "$\\epsilon$ is added to the variance, *inside* the root."
        ),
        Mistake(_evaluate_without_epsilon, "The $\\epsilon$ is missing."),
        Mistake(_evaluate_without_scale, "Scale and shift are missing; they count here too."),
        Mistake(_evaluate_without_shift, "The shift $\\beta$ is missing."),
        Mistake(_evaluate_exchanged, "Which of `gamma` and `beta` multiplies, and which is added?"),
    ),
    equivalents=(_folded, _one_by_one),
    hints=(
        "It is the formula of the training pass, with two of its ingredients exchanged.",
        "No mean and no variance is measured here: both are arguments.",
        "`(x - running_mean) / np.sqrt(running_var + eps)`, then `gamma` and `beta`.",
    ),
    solution=batch_norm_evaluate,
)

# Spot the bug ------------------------------------------------------------------------------------


def _run_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (np.stack([_examples(rng, shape[1:]) for _ in range(shape[0])]),
         rng.uniform(-4, 4, (new, shape[2])), 0.25, 1e-3)
        for shape, new in (((6, 5, 3), 4), ((4, 8, 2), 3), ((9, 4, 4), 5))
    ]  # fmt: skip


def _single(rng: np.random.Generator) -> list[Case]:
    return [
        (np.stack([_examples(rng, (6, 3)) for _ in range(7)]), rng.normal(0, 3, (1, 3)), 0.1, 1e-3)
    ]


def _averages(batches, new_weight, ddof=1):
    mean, var = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    for x in batches:
        mean = (1 - new_weight) * mean + new_weight * x.mean(axis=0)
        var = (1 - new_weight) * var + new_weight * x.var(axis=0, ddof=ddof)
    return mean, var


def _reference_run(batches, x_new, new_weight, eps):
    layer = BatchNorm(batches.shape[2], new_weight=new_weight, eps=eps)
    net = Sequential(layer, dtype=np.float64)
    for x in batches:
        net.forward(x, training=True)
    return net.forward(x_new)


def _uses_the_new_examples(batches, x_new, new_weight, eps):
    return (x_new - x_new.mean(axis=0)) / np.sqrt(x_new.var(axis=0) + eps)


def train_then_normalize(batches, x_new, new_weight, eps):
    """Follow the batches (B, m, F), then normalize the new examples x_new (N, F)."""
    running_mean, running_var = np.zeros(batches.shape[2]), np.ones(batches.shape[2])
    for x in batches:
        mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)
        running_mean = (1 - new_weight) * running_mean + new_weight * mean
        running_var = (1 - new_weight) * running_var + new_weight * var
    return (x_new - running_mean) / np.sqrt(running_var + eps)


def _normalize(x, mean, var, eps):
    return (x - mean) / np.sqrt(var + eps)


def _mean_mended_alone(batches, x_new, new_weight, eps):
    return _normalize(x_new, _averages(batches, new_weight)[0], x_new.var(axis=0), eps)


def _variance_mended_alone(batches, x_new, new_weight, eps):
    return _normalize(x_new, x_new.mean(axis=0), _averages(batches, new_weight)[1], eps)


def _last_batch(batches, x_new, new_weight, eps):
    last = batches[-1]
    return _normalize(x_new, last.mean(axis=0), last.var(axis=0), eps)


def _last_batch_unbiased(batches, x_new, new_weight, eps):
    last = batches[-1]
    return _normalize(x_new, last.mean(axis=0), last.var(axis=0, ddof=1), eps)


def _all_batches_together(batches, x_new, new_weight, eps):
    x = batches.reshape(-1, batches.shape[2])
    return _normalize(x_new, x.mean(axis=0), x.var(axis=0), eps)


def _plain_averages(batches, x_new, new_weight, eps):
    return _normalize(
        x_new, batches.mean(axis=(0, 1)), batches.var(axis=1, ddof=1).mean(axis=0), eps
    )


def _new_examples_join_in(batches, x_new, new_weight, eps):
    mean, var = _averages(batches, new_weight)
    mean = (1 - new_weight) * mean + new_weight * x_new.mean(axis=0)
    var = (1 - new_weight) * var + new_weight * x_new.var(axis=0)
    return _normalize(x_new, mean, var, eps)


def _root_forgotten(batches, x_new, new_weight, eps):
    mean, var = _averages(batches, new_weight)
    return (x_new - mean) / (var + eps)


def _biased_averages(batches, x_new, new_weight, eps):
    mean, var = _averages(batches, new_weight, ddof=0)
    return _normalize(x_new, mean, var, eps)


def _folded_run(batches, x_new, new_weight, eps):
    mean, var = _averages(batches, new_weight)
    factor = (var + eps) ** -0.5
    return x_new * factor - mean * factor


def _run_backwards(batches, x_new, new_weight, eps):
    """Sum the batches with weights w (1 - w)^k, the last one first."""
    count = len(batches)
    weights = new_weight * (1 - new_weight) ** np.arange(count)[::-1]
    mean = np.tensordot(weights, batches.mean(axis=1), 1)
    var = np.tensordot(weights, batches.var(axis=1, ddof=1), 1) + (1 - new_weight) ** count
    return ((x_new - mean) / np.sqrt(var + eps)).tolist()


BUG = Exercise(
    name="09.batch_in_evaluation",
    title="Spot the bug: the wrong statistics",
    entry="train_then_normalize",
    reference=_reference_run,
    parts=(
        Part("several new examples", 1, _run_cases),
        Part("a single new example", 1, _single),
    ),
    mistakes=(
        Mistake(_mean_mended_alone, "The mean is mended. What about the variance?"),
        Mistake(_variance_mended_alone, "The variance is mended. What about the mean?"),
        Mistake(
            _last_batch,
            "These are the statistics of the last training batch: less wrong, but as noisy as one "
            "batch. What were all the others averaged for?",
        ),
        Mistake(
            _last_batch_unbiased,
            "These are the statistics of the last training batch. What were all the others "
            "averaged for?",
        ),
        Mistake(
            _all_batches_together,
            "These are the statistics of all training examples at once. The running averages of "
            "the loop are meant.",
        ),
        Mistake(
            _plain_averages,
            "Plain averages over the batches. The loop makes exponentially weighted ones; use "
            "those.",
        ),
        Mistake(
            _new_examples_join_in,
            "The new examples still move the statistics they are normalized with. Evaluation only "
            "reads the running averages.",
        ),
        Mistake(_root_forgotten, "Divide by the root of the variance plus $\\epsilon$."),
        Mistake(
            _biased_averages,
            "The last line is mended, but the loop was right: its variance divides by $m - 1$.",
        ),
    ),
    equivalents=(_folded_run, _run_backwards),
    hints=(
        "Call the function with one new example alone, then with the same one among others. What "
        "should its row do, and what does it do?",
        "The loop works out two things. Where are they used afterwards?",
        "The last line belongs to a training pass. In evaluation `running_mean` and `running_var` "
        "stand there.",
    ),
    solution=train_then_normalize,
    start=_uses_the_new_examples,
)
