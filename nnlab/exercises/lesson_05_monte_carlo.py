"""Lesson 05, Monte-Carlo dropout: the mean and the spread over many masks."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.activations import sigmoid
from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def _cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for passes, n, units, rate in ((6, 3, 4, 0.5), (9, 5, 3, 0.25), (25, 4, 6, 0.6)):
        masks = (rng.random((passes, n, units)) >= rate) / (1 - rate)
        # in no case all passes alike: there is a spread in every example
        masks[0], masks[1] = 0, 1 / (1 - rate)
        h = rng.uniform(0.5, 2, (n, units))
        cases.append((h, rng.uniform(0.3, 1.5, units), float(rng.uniform(-2, -1)), masks))
    return cases


def _one_pass(rng: np.random.Generator) -> list[Case]:
    masks = (rng.random((1, 3, 5)) >= 0.5) / 0.5
    return [(rng.uniform(0, 2, (3, 5)), rng.normal(0, 1, 5), 0.5, masks)]


def _probabilities(h, w, b, masks):
    return sigmoid((h * masks) @ w + b)  # (K, N, F) @ (F,) = (K, N)


def _reference(h, w, b, masks):
    p = _probabilities(h, w, b, masks)
    return p.mean(axis=0), p.std(axis=0)


def monte_carlo(h, w, b, masks):
    """Mean and spread (N,) of the probability over K passes, one mask (N, F) for each."""
    z = (h * masks) @ w + b  # (K, N)
    p = 1 / (1 + np.exp(-z))
    return p.mean(axis=0), p.std(axis=0)


def _mean_of_the_masks(h, w, b, masks):
    p = _probabilities(h, w, b, masks.mean(axis=0))
    return p, np.zeros_like(p)


def _sigmoid_of_the_mean(h, w, b, masks):
    z = (h * masks) @ w + b
    return sigmoid(z.mean(axis=0)), sigmoid(z).std(axis=0)


def _logits(h, w, b, masks):
    z = (h * masks) @ w + b
    return z.mean(axis=0), z.std(axis=0)


def _spread_of_the_logits(h, w, b, masks):
    z = (h * masks) @ w + b
    return sigmoid(z).mean(axis=0), z.std(axis=0)


def _sigmoid_of_everything(h, w, b, masks):
    z = (h * masks) @ w + b
    return sigmoid(z.mean(axis=0)), sigmoid(z.std(axis=0))


def _over_the_examples(h, w, b, masks):
    p = _probabilities(h, w, b, masks)
    return p.mean(axis=1), p.std(axis=1)


def _over_everything(h, w, b, masks):
    p = _probabilities(h, w, b, masks)
    return p.mean(), p.std()


def _all_passes(h, w, b, masks):
    p = _probabilities(h, w, b, masks)
    return p, p.std(axis=0)


def _variance(h, w, b, masks):
    p = _probabilities(h, w, b, masks)
    return p.mean(axis=0), p.var(axis=0)


def _standard_error(h, w, b, masks):
    p = _probabilities(h, w, b, masks)
    return p.mean(axis=0), p.std(axis=0) / np.sqrt(len(masks))


def _divided_by_one_less(h, w, b, masks):
    p = _probabilities(h, w, b, masks)
    return p.mean(axis=0), p.std(axis=0, ddof=1)


def _without_masks(h, w, b, masks):
    p = sigmoid(h @ w + b)
    return p, np.zeros_like(p)


def _without_bias(h, w, b, masks):
    return _reference(h, w, 0.0, masks)


def _first_mask_for_all(h, w, b, masks):
    return _reference(h, w, b, masks[:, :1])


def _masks_without_scale(h, w, b, masks):
    return _reference(h, w, b, (masks > 0) * 1.0)


def _mean_alone(h, w, b, masks):
    return _reference(h, w, b, masks)[0]


def _exchanged(h, w, b, masks):
    mean, spread = _reference(h, w, b, masks)
    return spread, mean


def _by_loop(h, w, b, masks):
    passes = [sigmoid(np.dot(h * mask, w) + b) for mask in masks]
    mean = sum(passes) / len(passes)
    return mean, np.sqrt(sum((p - mean) ** 2 for p in passes) / len(passes))


def _by_einsum(h, w, b, masks):
    p = 0.5 * (1 + np.tanh((np.einsum("knf,nf,f->nk", masks, h, w) + b) / 2))
    mean = np.average(p, axis=1)
    return mean, np.sqrt(np.maximum(np.average(p**2, axis=1) - mean**2, 0))


MONTE_CARLO = Exercise(
    name="05.monte_carlo",
    title="Monte-Carlo prediction and its spread",
    entry="monte_carlo",
    reference=_reference,
    parts=(
        Part("several passes", 2, _cases),
        Part("a single pass", 1, _one_pass, atol=1e-7),
    ),
    mistakes=(
        Mistake(
            _mean_alone,
            "Return two arrays, `mean, spread`: what the passes say on average, and how far they "
            "disagree.",
        ),
        Mistake(_exchanged, "First the mean, then the spread."),
        Mistake(
            _without_masks,
            "The masks are not used: this is the ordinary evaluation, without a spread.",
        ),
        Mistake(
            _mean_of_the_masks,
            "You average the masks and predict once. Predict once for every mask, then average the "
            "predictions.",
        ),
        Mistake(
            _sigmoid_of_everything,
            "You take the sigmoid of mean and spread. Make a probability of every pass first.",
        ),
        Mistake(
            _sigmoid_of_the_mean,
            "Your mean is the sigmoid of the mean logit. The sigmoid is not linear: average the "
            "probabilities instead.",
        ),
        Mistake(_logits, "These are logits. Make a probability of every pass before averaging."),
        Mistake(
            _spread_of_the_logits,
            "The mean is right; the spread is that of the logits, not of the probabilities.",
        ),
        Mistake(
            _over_the_examples,
            "You average over the examples, which gives one number per *pass*. One per example is "
            "asked for: over which axis do the passes run?",
        ),
        Mistake(
            _over_everything,
            "You average over everything. One number per example is asked for: `axis=0`.",
        ),
        Mistake(_all_passes, "The spread is right; instead of the mean you return every pass."),
        Mistake(_variance, "This is the variance. The spread is its root, the standard deviation."),
        Mistake(
            _standard_error,
            "This is the standard error of the mean, which shrinks with more passes. The spread of "
            "the passes themselves is asked for.",
        ),
        Mistake(
            _divided_by_one_less,
            "You divide by $K - 1$. Divide by $K$: then a single pass has the spread 0.",
        ),
        Mistake(_without_bias, "The bias `b` is missing."),
        Mistake(
            _first_mask_for_all,
            "In every pass you take the first example's mask for all. `h * masks` fits as it is: "
            "(N, F) times (K, N, F).",
        ),
        Mistake(
            _masks_without_scale,
            "The masks already hold the factor 1/(1 − p). Do not make 0 and 1 of them.",
        ),
    ),
    equivalents=(_by_loop, _by_einsum),
    hints=(
        "One pass: multiply `h` by its mask, then `@ w + b`, then the sigmoid.",
        "All passes at once: `(h * masks) @ w + b` has shape (K, N).",
        "Of the probabilities (K, N) take `mean(axis=0)` and `std(axis=0)`.",
    ),
    solution=monte_carlo,
)
