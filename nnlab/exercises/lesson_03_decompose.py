"""Lesson 03: bias, variance and noise from a matrix of predictions."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab import bias_variance
from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def _cases(rng: np.random.Generator) -> list[Case]:
    # a bias of both signs, so that squares cannot be exchanged for means; models apart from each
    # other by something else than the points are
    cases: list[Case] = []
    for models, points, noise in ((4, 6, 0.3), (7, 3, 0.5), (5, 9, 2.0)):
        truth = rng.normal(0, 2, points)
        bias = rng.uniform(0.5, 1.5, points) * np.where(np.arange(points) % 2, 1, -1)
        spread = rng.normal(0, 1, (models, points)) + rng.normal(0, 0.5, (models, 1))
        cases.append((truth + bias + spread, truth, noise))
    return cases


def _perfect_cases(rng: np.random.Generator) -> list[Case]:
    # all models the same: no variance; a mean that is right everywhere: no bias
    truth = rng.normal(0, 2, 5)
    step = rng.normal(0, 1, (2, 5))
    return [
        (np.tile(truth + 1, (4, 1)), truth, 0.4),
        (truth + np.concatenate([step, -step]), truth, 0.7),
    ]


def _reference(predictions, truth, noise):
    parts = bias_variance.decompose(predictions, truth, noise_variance=noise**2).average()
    return float(parts.bias2), float(parts.variance), float(parts.noise)


def decompose(predictions, truth, noise):
    """Squared bias, variance and noise, averaged over the points."""
    mean = predictions.mean(axis=0)
    bias2 = np.mean((mean - truth) ** 2)
    variance = np.mean((predictions - mean) ** 2)
    return bias2, variance, noise**2


def _over_points(predictions, truth, noise):
    bias2, _, sigma2 = _reference(predictions, truth, noise)
    return bias2, np.mean(np.var(predictions, axis=1)), sigma2


def _spread_of_the_mean(predictions, truth, noise):
    bias2, _, sigma2 = _reference(predictions, truth, noise)
    return bias2, predictions.mean(axis=0).var(), sigma2


def _of_everything(predictions, truth, noise):
    bias2, _, sigma2 = _reference(predictions, truth, noise)
    return bias2, np.var(predictions), sigma2


def _sample_variance(predictions, truth, noise):
    bias2, _, sigma2 = _reference(predictions, truth, noise)
    return bias2, np.mean(np.var(predictions, axis=0, ddof=1)), sigma2


def _around_the_truth(predictions, truth, noise):
    bias2, _, sigma2 = _reference(predictions, truth, noise)
    return bias2, np.mean((predictions - truth) ** 2), sigma2


def _error_as_bias(predictions, truth, noise):
    _, variance, sigma2 = _reference(predictions, truth, noise)
    return np.mean((predictions - truth) ** 2), variance, sigma2


def _square_of_mean_bias(predictions, truth, noise):
    _, variance, sigma2 = _reference(predictions, truth, noise)
    return np.mean(predictions.mean(axis=0) - truth) ** 2, variance, sigma2


def _bias_not_squared(predictions, truth, noise):
    _, variance, sigma2 = _reference(predictions, truth, noise)
    return np.mean(predictions.mean(axis=0) - truth), variance, sigma2


def _absolute_bias(predictions, truth, noise):
    _, variance, sigma2 = _reference(predictions, truth, noise)
    return np.mean(np.abs(predictions.mean(axis=0) - truth)), variance, sigma2


def _mean_model_by_rows(predictions, truth, noise):
    _, variance, sigma2 = _reference(predictions, truth, noise)
    return np.mean((predictions.mean() - truth) ** 2), variance, sigma2


def _mean_over_points(predictions, truth, noise):
    mean = predictions.mean(axis=1, keepdims=True)
    return np.mean((mean - truth) ** 2), np.mean((predictions - mean) ** 2), noise**2


def _summed_over_models(predictions, truth, noise):
    bias2, variance, sigma2 = _reference(predictions, truth, noise)
    return bias2, variance * len(predictions), sigma2


def _standard_deviation(predictions, truth, noise):
    bias2, _, sigma2 = _reference(predictions, truth, noise)
    return bias2, np.mean(np.std(predictions, axis=0)), sigma2


def _noise_not_squared(predictions, truth, noise):
    bias2, variance, _ = _reference(predictions, truth, noise)
    return bias2, variance, noise


def _root_of_noise(predictions, truth, noise):
    bias2, variance, _ = _reference(predictions, truth, noise)
    return bias2, variance, np.sqrt(noise)


def _sums(predictions, truth, noise):
    bias2, variance, sigma2 = _reference(predictions, truth, noise)
    return bias2 * len(truth), variance * len(truth), sigma2


def _swapped(predictions, truth, noise):
    bias2, variance, sigma2 = _reference(predictions, truth, noise)
    return variance, bias2, sigma2


def _by_point(predictions, truth, noise):
    mean = predictions.mean(axis=0)
    return (mean - truth) ** 2, predictions.var(axis=0), noise**2


def _total_added(predictions, truth, noise):
    return sum(_reference(predictions, truth, noise))


def _by_difference(predictions, truth, noise):
    bias2 = ((predictions.mean(axis=0) - truth) ** 2).mean()
    return [bias2, ((predictions - truth) ** 2).mean() - bias2, noise * noise]


def _by_loop(predictions, truth, noise):
    bias2 = variance = 0.0
    for column, f in zip(predictions.T.tolist(), truth.tolist(), strict=True):
        mean = sum(column) / len(column)
        bias2 += (mean - f) ** 2 / len(truth)
        variance += sum((value - mean) ** 2 for value in column) / len(column) / len(truth)
    return bias2, variance, noise**2


DECOMPOSE = Exercise(
    name="03.decompose",
    title="Bias², variance and noise",
    entry="decompose",
    reference=_reference,
    parts=(
        Part("several models at several points", 1, _cases),
        Part("no variance, or no bias", 1, _perfect_cases),
    ),
    mistakes=(
        Mistake(
            _by_point,
            "You return one number per point. The parts are averaged over the points, so there are "
            "three numbers.",
        ),
        Mistake(
            _total_added,
            "You return the sum of the parts. Return the three of them, in the order bias², "
            "variance, noise.",
        ),
        Mistake(
            _over_points,
            "This is how one model's answers differ from point to point. Variance asks how the "
            "*models* differ at one point. Along which axis do the models lie?",
        ),
        Mistake(
            _spread_of_the_mean,
            "This is how the *mean* model's answer differs from point to point. How far do the "
            "single models lie from the mean model at one and the same point?",
        ),
        Mistake(
            _of_everything,
            "`np.var` without an axis takes all numbers together and mixes models and points. "
            "First the variance over the models at every point, then the mean over the points.",
        ),
        Mistake(_sample_variance, "Divide by $M$, not by $M - 1$, or the parts do not add up."),
        Mistake(
            _around_the_truth,
            "The variance is measured around the mean prediction, not around the truth. Otherwise "
            "the bias is in it a second time.",
        ),
        Mistake(
            _error_as_bias,
            "Your bias² is the mean error of the single models, so the variance is still in it. "
            "Average the predictions first, then compare with the truth.",
        ),
        Mistake(
            _square_of_mean_bias,
            "You average the bias over the points before squaring, and biases of opposite sign "
            "cancel. Square at every point first.",
        ),
        Mistake(_bias_not_squared, "The first number is the bias *squared*."),
        Mistake(_absolute_bias, "The first number is the square of the bias, not its size."),
        Mistake(
            _mean_model_by_rows,
            "The mean prediction is one number per *point*; yours is a single number for all of "
            "them. Say the axis over which to average.",
        ),
        Mistake(
            _mean_over_points,
            "Your mean prediction is one number per *model*. It should be one per point, the mean "
            "of all models there. Look at the axis.",
        ),
        Mistake(
            _summed_over_models,
            "The second number is a sum over the models. Divide by their number $M$.",
        ),
        Mistake(_standard_deviation, "The second number is a variance, not a standard deviation."),
        Mistake(
            _noise_not_squared,
            "`noise` is the standard deviation σ. What adds up with the other parts is a variance.",
        ),
        Mistake(
            _root_of_noise, "`noise` is σ already. A variance is its square, not its square root."
        ),
        Mistake(_sums, "These are sums over the points. Take means."),
        Mistake(_swapped, "The order is bias², variance, noise."),
    ),
    equivalents=(_by_difference, _by_loop),
    hints=(
        "Start with the mean prediction at every point: an array of N numbers.",
        "The models lie along the first axis: `predictions.mean(axis=0)` is the mean prediction.",
        "bias² is the mean of `(mean - truth) ** 2`, variance the mean of "
        "`(predictions - mean) ** 2`, noise `noise ** 2`.",
    ),
    solution=decompose,
)
