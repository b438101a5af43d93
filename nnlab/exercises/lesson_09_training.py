"""Lesson 09, batch normalization in training: forward, the running averages, backward."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.layers import BatchNorm
from nnlab.network import Sequential

# Forward -----------------------------------------------------------------------------------------


def _parameters(rng: np.random.Generator, features: int):
    """Return scales and shifts that differ from 1 and 0 and from each other."""
    gamma = rng.uniform(1.3, 3, features) * rng.choice([-1, 1], features)
    return gamma, rng.uniform(1, 3, features)


def _batch(rng: np.random.Generator, shape: tuple[int, int]):
    """Return a batch whose features have means and spreads of their own."""
    return rng.uniform(-5, 5, shape[1]) + rng.uniform(0.5, 4, shape[1]) * rng.normal(0, 1, shape)


def _forward_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (_batch(rng, shape), *_parameters(rng, shape[1]), eps)
        for shape, eps in (((4, 3), 1e-5), ((3, 5), 0.5), ((7, 2), 0.1))
    ]


def _edge_cases(rng: np.random.Generator) -> list[Case]:
    # one column hardly varies, one not at all
    x = _batch(rng, (5, 4))
    x[:, 1] = 7.0 + 1e-4 * rng.normal(0, 1, 5)
    x[:, 2] = 3.0
    return [(x, *_parameters(rng, 4), 1e-3)]


def _engine(x, gamma, beta, eps, **options):
    layer = BatchNorm(x.shape[1], eps=eps, **options)
    net = Sequential(layer, dtype=np.float64)
    layer.gamma[...], layer.beta[...] = gamma, beta
    return net, layer


def _reference_forward(x, gamma, beta, eps):
    net, _ = _engine(x, gamma, beta, eps)
    return net.forward(x, training=True), x.mean(axis=0), x.var(axis=0)


def batch_norm_forward(x, gamma, beta, eps):
    """Return (y, mean, var) of batch normalization in training."""
    mean = x.mean(axis=0)
    var = ((x - mean) ** 2).mean(axis=0)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta, mean, var


def _with(x, gamma, beta, mean, var, scale):
    return gamma * (x - mean) * scale + beta, mean, var


def _unbiased_variance(x, gamma, beta, eps):
    mean, var = x.mean(axis=0), x.var(axis=0, ddof=1)
    return _with(x, gamma, beta, mean, var, 1 / np.sqrt(var + eps))


def _returns_the_unbiased_variance(x, gamma, beta, eps):
    y, mean, _ = _reference_forward(x, gamma, beta, eps)
    return y, mean, x.var(axis=0, ddof=1)


def _over_the_features(x, gamma, beta, eps):
    mean, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    y, _, _ = _with(x, gamma, beta, mean, var, 1 / np.sqrt(var + eps))
    return y, mean[:, 0], var[:, 0]


def _over_everything(x, gamma, beta, eps):
    return _with(x, gamma, beta, x.mean(), x.var(), 1 / np.sqrt(x.var() + eps))


def _epsilon_outside(x, gamma, beta, eps):
    mean, var = x.mean(axis=0), x.var(axis=0)
    return _with(x, gamma, beta, mean, var, 1 / (np.sqrt(var) + eps))


def _divided_by_the_variance(x, gamma, beta, eps):
    mean, var = x.mean(axis=0), x.var(axis=0)
    return _with(x, gamma, beta, mean, var, 1 / (var + eps))


def _without_epsilon(x, gamma, beta, eps):
    mean, var = x.mean(axis=0), x.var(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _with(x, gamma, beta, mean, var, 1 / np.sqrt(var))


def _epsilon_in_the_variance(x, gamma, beta, eps):
    y, mean, var = _reference_forward(x, gamma, beta, eps)
    return y, mean, var + eps


def _not_centred(x, gamma, beta, eps):
    mean, var = x.mean(axis=0), x.var(axis=0)
    return gamma * x / np.sqrt(var + eps) + beta, mean, var


def _not_scaled(x, gamma, beta, eps):
    return _reference_forward(x, np.ones_like(gamma), np.zeros_like(beta), eps)


def _scale_alone(x, gamma, beta, eps):
    return _reference_forward(x, gamma, np.zeros_like(beta), eps)


def _scale_and_shift_exchanged(x, gamma, beta, eps):
    return _reference_forward(x, beta, gamma, eps)


def _deviation_returned(x, gamma, beta, eps):
    y, mean, var = _reference_forward(x, gamma, beta, eps)
    return y, mean, np.sqrt(var)


def _statistics_exchanged(x, gamma, beta, eps):
    y, mean, var = _reference_forward(x, gamma, beta, eps)
    return y, var, mean


def _output_alone(x, gamma, beta, eps):
    return _reference_forward(x, gamma, beta, eps)[0]


def _forward_by_columns(x, gamma, beta, eps):
    y = np.empty_like(x)
    means, variances = [], []
    for j in range(x.shape[1]):
        column = x[:, j]
        mean = sum(column) / len(column)
        var = sum((value - mean) ** 2 for value in column) / len(column)
        y[:, j] = gamma[j] * (column - mean) * (var + eps) ** -0.5 + beta[j]
        means.append(mean)
        variances.append(var)
    return y, means, variances


def _forward_as_one_product(x, gamma, beta, eps):
    mean, var = np.average(x, axis=0), np.cov(x, rowvar=False, bias=True).diagonal()
    factor = gamma / np.sqrt(var + eps)
    return [x * factor + (beta - mean * factor), mean, var]


FORWARD = Exercise(
    name="09.forward",
    title="Batch normalization in training",
    entry="batch_norm_forward",
    reference=_reference_forward,
    parts=(
        Part("several batches", 2, _forward_cases),
        Part("a feature that hardly varies, and one that is constant", 1, _edge_cases, atol=1e-7),
    ),
    mistakes=(
        Mistake(_output_alone, "Return three things: `y, mean, var`."),
        Mistake(
            _over_the_features,
            "You take mean and variance over the features of each example. Batch normalization "
            "takes them over the examples, one of each per feature.",
        ),
        Mistake(
            _over_everything,
            "One mean for everything. Every feature has its own: which axis are the examples?",
        ),
        Mistake(
            _unbiased_variance,
            "You divide by $m - 1$. In the forward pass the variance divides by $m$.",
        ),
        Mistake(
            _returns_the_unbiased_variance,
            "The output is right. The variance you return divides by $m - 1$; return the one you "
            "normalized with.",
        ),
        Mistake(
            _divided_by_the_variance,
            "You divide by the variance. What brings a feature to standard deviation 1?",
        ),
        Mistake(_epsilon_outside, "$\\epsilon$ is added to the variance, *inside* the root."),
        Mistake(_without_epsilon, "The $\\epsilon$ is missing. What if a feature is constant?"),
        Mistake(
            _epsilon_in_the_variance,
            "The output is right. The variance you return contains $\\epsilon$; return it without.",
        ),
        Mistake(_not_centred, "The mean is not subtracted."),
        Mistake(_not_scaled, "This is $\\hat x$. What is the fourth line of the algorithm?"),
        Mistake(_scale_alone, "The shift $\\beta$ is missing."),
        Mistake(
            _scale_and_shift_exchanged,
            "Which of `gamma` and `beta` multiplies, and which is added?",
        ),
        Mistake(
            _statistics_exchanged, "The output is right. Of the other two, first comes the mean."
        ),
        Mistake(
            _deviation_returned,
            "The output is right. You return the standard deviation; return the variance.",
        ),
    ),
    equivalents=(_forward_by_columns, _forward_as_one_product),
    hints=(
        "Four lines, as in Algorithm 1: mean, variance, normalize, scale and shift.",
        "`x.mean(axis=0)` is the mean of every feature, shape (F,). NumPy fits (N, F) and (F,) "
        "together.",
        "`x_hat = (x - mean) / np.sqrt(var + eps)` with `var = x.var(axis=0)`; then scale and "
        "shift.",
    ),
    solution=batch_norm_forward,
)

# The running averages ----------------------------------------------------------------------------


def _running_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (
            rng.uniform(-3, 3, shape[1]), rng.uniform(0.5, 6, shape[1]), _batch(rng, shape),
            new_weight,
        )
        for shape, new_weight in (((3, 4), 0.1), ((6, 2), 0.25), ((2, 3), 0.9), ((5, 3), 0.01))
    ]  # fmt: skip


def _ends(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.uniform(-3, 3, 3), rng.uniform(1, 6, 3), _batch(rng, (4, 3)), weight)
        for weight in (0.0, 1.0)
    ]


def _reference_running(running_mean, running_var, x, new_weight):
    features = x.shape[1]
    layer = BatchNorm(features, new_weight=new_weight)
    net = Sequential(layer, dtype=np.float64)
    layer.running_mean[...], layer.running_var[...] = running_mean, running_var
    net.forward(x, training=True)
    return layer.running_mean[0].copy(), layer.running_var[0].copy()


def update_running(running_mean, running_var, x, new_weight):
    """Return (running_mean, running_var) after the batch x."""
    mean = x.mean(axis=0)
    var = x.var(axis=0, ddof=1)
    return (
        (1 - new_weight) * running_mean + new_weight * mean,
        (1 - new_weight) * running_var + new_weight * var,
    )


def _mixed(old, new, weight):
    return (1 - weight) * old + weight * new


def _running_with(running_mean, running_var, new_weight, mean, var):
    return _mixed(running_mean, mean, new_weight), _mixed(running_var, var, new_weight)


def _weights_exchanged(running_mean, running_var, x, new_weight):
    return update_running(running_mean, running_var, x, 1 - new_weight)


def _biased(running_mean, running_var, x, new_weight):
    return _running_with(running_mean, running_var, new_weight, x.mean(axis=0), x.var(axis=0))


def _biased_and_exchanged(running_mean, running_var, x, new_weight):
    return _biased(running_mean, running_var, x, 1 - new_weight)


def _replaced(running_mean, running_var, x, new_weight):
    return x.mean(axis=0), x.var(axis=0, ddof=1)


def _added(running_mean, running_var, x, new_weight):
    return (
        running_mean + new_weight * x.mean(axis=0),
        running_var + new_weight * x.var(axis=0, ddof=1),
    )


def _deviation_averaged(running_mean, running_var, x, new_weight):
    deviation = x.std(axis=0, ddof=1)
    return _running_with(running_mean, running_var, new_weight, x.mean(axis=0), deviation)


def _biased_deviation_averaged(running_mean, running_var, x, new_weight):
    return _running_with(running_mean, running_var, new_weight, x.mean(axis=0), x.std(axis=0))


def _around_the_running_mean(running_mean, running_var, x, new_weight):
    var = ((x - running_mean) ** 2).sum(axis=0) / (len(x) - 1)
    return _running_with(running_mean, running_var, new_weight, x.mean(axis=0), var)


def _mean_alone(running_mean, running_var, x, new_weight):
    return update_running(running_mean, running_var, x, new_weight)[0], running_var


def _one_mean_for_everything(running_mean, running_var, x, new_weight):
    return _running_with(running_mean, running_var, new_weight, x.mean(), x.var(ddof=1))


def _half_and_half(running_mean, running_var, x, new_weight):
    return update_running(running_mean, running_var, x, 0.5)


def _running_exchanged(running_mean, running_var, x, new_weight):
    return update_running(running_mean, running_var, x, new_weight)[::-1]


def _running_by_differences(running_mean, running_var, x, new_weight):
    mean, m = x.mean(axis=0), len(x)
    var = ((x - mean) ** 2).sum(axis=0) / (m - 1)
    return [
        running_mean + new_weight * (mean - running_mean),
        running_var - new_weight * (running_var - var),
    ]


def _running_from_the_biased(running_mean, running_var, x, new_weight):
    m = x.shape[0]
    old = 1 - new_weight
    return (
        old * running_mean + new_weight * x.sum(axis=0) / m,
        old * running_var + new_weight * m / (m - 1) * np.var(x, axis=0),
    )


RUNNING = Exercise(
    name="09.running",
    title="The running averages",
    entry="update_running",
    reference=_reference_running,
    parts=(
        Part("several batches", 2, _running_cases),
        Part("weights 0 and 1", 1, _ends),
    ),
    mistakes=(
        Mistake(
            _weights_exchanged,
            "The two weights are exchanged: `new_weight` belongs to the new batch. (Keras names "
            "the other one.)",
        ),
        Mistake(
            _biased,
            "The mean is right. The variance that is averaged here divides by $m - 1$.",
        ),
        Mistake(
            _biased_and_exchanged,
            "Two things: the weights are exchanged, and the variance should divide by $m - 1$.",
        ),
        Mistake(
            _replaced, "You return the batch's own statistics. What was there before counts too."
        ),
        Mistake(_added, "The old average keeps its full weight. The two weights must sum to 1."),
        Mistake(_deviation_averaged, "The variance is averaged, not the standard deviation."),
        Mistake(
            _biased_deviation_averaged,
            "Two things: the variance is averaged, not its root, and it divides by $m - 1$.",
        ),
        Mistake(
            _around_the_running_mean,
            "The variance of a batch is measured around that batch's own mean.",
        ),
        Mistake(_mean_alone, "The running variance stays as it was. It moves like the mean."),
        Mistake(
            _one_mean_for_everything, "One number for everything. Every feature has its own mean."
        ),
        Mistake(_half_and_half, "Both weights are 0.5. What is `new_weight` for?"),
        Mistake(_running_exchanged, "First the mean, then the variance."),
    ),
    equivalents=(_running_by_differences, _running_from_the_biased),
    hints=(
        "An exponentially weighted average: a part of the old value, a part of the new one.",
        "With `new_weight` 0 nothing changes, with 1 the result is that of the batch alone.",
        "`(1 - new_weight) * running + new_weight * of_the_batch`, with `x.mean(axis=0)` and "
        "`x.var(axis=0, ddof=1)`.",
    ),
    solution=update_running,
)

# Backward ----------------------------------------------------------------------------------------


def _backward_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (
            rng.normal(1, 2, shape), _batch(rng, shape), *_parameters(rng, shape[1])[:1], eps
        )
        for shape, eps in (((4, 3), 1e-5), ((6, 2), 0.5), ((3, 4), 0.1), ((8, 1), 1e-3))
    ]  # fmt: skip


def _two_examples(rng: np.random.Generator) -> list[Case]:
    """Return a batch of two, where hardly any gradient is left, and a constant feature."""
    x = _batch(rng, (5, 3))
    x[:, 1] = 2.0
    return [
        (rng.normal(1, 2, (2, 3)), _batch(rng, (2, 3)), _parameters(rng, 3)[0], 0.01),
        (rng.normal(1, 2, (5, 3)), x, _parameters(rng, 3)[0], 0.1),
    ]


def _reference_backward(dy, x, gamma, eps):
    net, layer = _engine(x, gamma, 0.0, eps)
    net.forward(x, training=True)
    return layer.backward(dy), layer.dgamma[0].copy(), layer.dbeta[0].copy()


def batch_norm_backward(dy, x, gamma, eps):
    """Return (dx, dgamma, dbeta) for a training pass."""
    scale = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * scale
    dgamma = (dy * x_hat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    dx = gamma * scale * (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0))
    return dx, dgamma, dbeta


def _parts(x, eps):
    scale = 1 / np.sqrt(x.var(axis=0) + eps)
    return scale, (x - x.mean(axis=0)) * scale


def _constants(dy, x, gamma, eps):
    scale, x_hat = _parts(x, eps)
    return gamma * scale * dy, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def _scale_alone_backward(dy, x, gamma, eps):
    _, dgamma, dbeta = _reference_backward(dy, x, gamma, eps)
    return gamma * dy, dgamma, dbeta


def _variance_is_constant(dy, x, gamma, eps):
    scale, _ = _parts(x, eps)
    _, dgamma, dbeta = _reference_backward(dy, x, gamma, eps)
    return gamma * scale * (dy - dy.mean(axis=0)), dgamma, dbeta


def _mean_is_constant(dy, x, gamma, eps):
    scale, x_hat = _parts(x, eps)
    _, dgamma, dbeta = _reference_backward(dy, x, gamma, eps)
    return gamma * scale * (dy - x_hat * (dy * x_hat).mean(axis=0)), dgamma, dbeta


def _sums_in_dx(dy, x, gamma, eps):
    scale, x_hat = _parts(x, eps)
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * scale * (dy - dbeta - x_hat * dgamma), dgamma, dbeta


def _without_gamma(dy, x, gamma, eps):
    dx, dgamma, dbeta = _reference_backward(dy, x, gamma, eps)
    return dx / gamma, dgamma, dbeta


def _without_scale(dy, x, gamma, eps):
    dx, dgamma, dbeta = _reference_backward(dy, x, gamma, eps)
    return dx / _parts(x, eps)[0], dgamma, dbeta


def _means_returned(dy, x, gamma, eps):
    dx, dgamma, dbeta = _reference_backward(dy, x, gamma, eps)
    return dx, dgamma / len(x), dbeta / len(x)


def _dgamma_with_x(dy, x, gamma, eps):
    dx, _, dbeta = _reference_backward(dy, x, gamma, eps)
    return dx, (dy * x).sum(axis=0), dbeta


def _dgamma_with_y(dy, x, gamma, eps):
    dx, dgamma, dbeta = _reference_backward(dy, x, gamma, eps)
    return dx, dgamma * gamma, dbeta


def _not_summed(dy, x, gamma, eps):
    dx, _, _ = _reference_backward(dy, x, gamma, eps)
    return dx, dy * _parts(x, eps)[1], dy


def _shift_and_scale_exchanged(dy, x, gamma, eps):
    dx, dgamma, dbeta = _reference_backward(dy, x, gamma, eps)
    return dx, dbeta, dgamma


def _unbiased_backward(dy, x, gamma, eps):
    m = len(x)
    scale = 1 / np.sqrt(x.var(axis=0, ddof=1) + eps)
    x_hat = (x - x.mean(axis=0)) * scale
    dgamma = (dy * x_hat).sum(axis=0)
    return gamma * scale * (dy - dy.mean(axis=0) - x_hat * dgamma / m), dgamma, dy.sum(axis=0)


def _backward_step_by_step(dy, x, gamma, eps):
    m = len(x)
    centred = x - x.mean(axis=0)
    var = (centred**2).mean(axis=0)
    std = np.sqrt(var + eps)
    x_hat = centred / std
    dx_hat = dy * gamma
    dvar = (dx_hat * centred).sum(axis=0) * -0.5 * std**-3
    dmean = -(dx_hat / std).sum(axis=0) - 2 * dvar * centred.mean(axis=0)
    dx = dx_hat / std + dvar * 2 * centred / m + dmean / m
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


def _backward_by_the_jacobian(dy, x, gamma, eps):
    m = len(x)
    scale, x_hat = _parts(x, eps)
    dx = np.empty(x.shape)
    for j in range(x.shape[1]):
        jacobian = np.eye(m) - 1 / m - np.outer(x_hat[:, j], x_hat[:, j]) / m
        dx[:, j] = gamma[j] * scale[j] * jacobian @ dy[:, j]
    return [dx, np.einsum("nf,nf->f", dy, x_hat), dy.sum(0)]


BACKWARD = Exercise(
    name="09.backward",
    title="Batch normalization, backward",
    entry="batch_norm_backward",
    reference=_reference_backward,
    parts=(
        Part("several batches", 2, _backward_cases),
        Part("two examples, and a constant feature", 1, _two_examples),
    ),
    mistakes=(
        Mistake(
            _constants,
            "You treat mean and variance as constants. In a training pass both depend on every "
            "$x_i$ of the batch, and each adds a term to `dx`.",
        ),
        Mistake(
            _scale_alone_backward,
            "Your `dx` is the gradient with respect to $\\hat x$. From there it goes on to $x$, "
            "through the normalization.",
        ),
        Mistake(
            _variance_is_constant,
            "The term of the mean is there. The variance depends on the $x_i$ too: one more term, "
            "with $\\hat x$.",
        ),
        Mistake(
            _mean_is_constant,
            "The term of the variance is there. The mean depends on the $x_i$ too.",
        ),
        Mistake(_sums_in_dx, "Inside the bracket of `dx` stand *means* over the batch, not sums."),
        Mistake(_without_gamma, "In `dx` the factor $\\gamma$ is missing."),
        Mistake(
            _without_scale,
            "In `dx` the factor $1 / \\sqrt{\\sigma_B^2 + \\epsilon}$ is missing: $\\hat x$ "
            "changes that much when $x$ changes by 1.",
        ),
        Mistake(
            _means_returned,
            "`dgamma` and `dbeta` are *sums* over the batch: every example contributes to them. "
            "The mean is taken by the loss already.",
        ),
        Mistake(
            _dgamma_with_x, "What does $\\gamma$ multiply in the forward pass, $x$ or $\\hat x$?"
        ),
        Mistake(_dgamma_with_y, "In `dgamma` there is a factor $\\gamma$ too much."),
        Mistake(
            _not_summed,
            "`dgamma` and `dbeta` have one number per feature, shape (F,): sum over the examples.",
        ),
        Mistake(_shift_and_scale_exchanged, "`dgamma` comes second, `dbeta` third."),
        Mistake(
            _unbiased_backward,
            "You normalize with a variance that divides by $m - 1$. The forward pass divides by "
            "$m$.",
        ),
    ),
    equivalents=(_backward_step_by_step, _backward_by_the_jacobian),
    hints=(
        "Begin with `scale = 1 / np.sqrt(var + eps)` and `x_hat`, as in the forward pass. `dgamma` "
        "and `dbeta` are one line each.",
        "`dgamma` is the sum of `dy * x_hat` over the batch, `dbeta` that of `dy`.",
        "`dx` is `gamma * scale` times a bracket: `dy`, minus its mean over the batch, minus "
        "`x_hat` times the mean of `dy * x_hat`.",
    ),
    solution=batch_norm_backward,
)
