"""Lesson 07, single steps of momentum, AdaGrad, RMSProp and Adam."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part

THETA_ONLY = "Return a tuple: the new parameters and what the next step needs."
OLD_MEMORY = "The new parameters are right; what you return beside them is what you were given."
UPHILL = "The step goes uphill: a sign is wrong."

# Momentum ----------------------------------------------------------------------------------------


def _momentum_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.normal(0, 2, 4), rng.normal(0, 1, 4), rng.normal(0, 0.5, 4), rate, gamma)
        for rate, gamma in ((0.1, 0.9), (0.03, 0.6))
    ]


def _first_step_cases(rng: np.random.Generator) -> list[Case]:
    """Draw a step without a velocity and one without a gradient."""
    theta, g, v = rng.normal(0, 2, 3), rng.normal(0, 1, 3), rng.normal(0, 0.5, 3)
    return [(theta, g, np.zeros(3), 0.2, 0.7), (theta, np.zeros(3), v, 0.2, 0.7)]


def momentum_step(theta, g, v, rate, gamma):
    """Return (theta, v) after one step with momentum, in the slide's form."""
    v = gamma * v + rate * g
    theta = theta - v
    return theta, v


def _rate_outside(theta, g, v, rate, gamma):
    v = gamma * v + g
    return theta - rate * v, v


def _average(theta, g, v, rate, gamma):
    v = gamma * v + (1 - gamma) * g
    return theta - rate * v, v


def _rate_twice(theta, g, v, rate, gamma):
    v = gamma * v + rate * g
    return theta - rate * v, v


def _moved_by_the_old_velocity(theta, g, v, rate, gamma):
    return theta - v, gamma * v + rate * g


def _momentum_uphill(theta, g, v, rate, gamma):
    v = gamma * v + rate * g
    return theta + v, v


def _mixed_signs(theta, g, v, rate, gamma):
    v = gamma * v - rate * g
    return theta - v, v


def _nothing_forgotten(theta, g, v, rate, gamma):
    v = v + rate * g
    return theta - v, v


def _gamma_on_the_sum(theta, g, v, rate, gamma):
    v = gamma * (v + rate * g)
    return theta - v, v


def _no_memory(theta, g, v, rate, gamma):
    v = rate * g
    return theta - v, v


def _gradient_added_again(theta, g, v, rate, gamma):
    v = gamma * v + rate * g
    return theta - rate * g - v, v


def _looks_ahead(theta, g, v, rate, gamma):
    v = gamma * v + rate * g
    return theta - gamma * v - rate * g, v


def _momentum_theta_only(theta, g, v, rate, gamma):
    return momentum_step(theta, g, v, rate, gamma)[0]


def _momentum_old_velocity(theta, g, v, rate, gamma):
    return momentum_step(theta, g, v, rate, gamma)[0], v


def _momentum_term_by_term(theta, g, v, rate, gamma):
    return [theta - gamma * v - rate * g, rate * g + v * gamma]


def _momentum_by_the_difference(theta, g, v, rate, gamma):
    moved = theta + (-gamma * v - rate * g)
    return moved, theta - moved


MOMENTUM = Exercise(
    name="07.momentum",
    title="One step of momentum",
    entry="momentum_step",
    reference=momentum_step,
    parts=(
        Part("on the way", 1, _momentum_cases),
        Part("no velocity, no gradient", 1, _first_step_cases),
    ),
    mistakes=(
        Mistake(
            _rate_outside,
            "This is the form of PyTorch, with η outside the velocity. On the slide it is inside.",
        ),
        Mistake(
            _average,
            "This is a moving average of the gradient, the form that Adam uses. The slide has no "
            "1 − γ, and η stands inside.",
        ),
        Mistake(_rate_twice, "η acts twice: in the velocity and again in the step."),
        Mistake(
            _moved_by_the_old_velocity,
            "θ moves by the velocity of the step before. Which line comes first?",
        ),
        Mistake(_momentum_uphill, UPHILL),
        Mistake(
            _mixed_signs,
            "With −η∇J in the velocity θ must be *added* to it. The slide has + in the velocity "
            "and − in the step.",
        ),
        Mistake(
            _nothing_forgotten,
            "The velocity only grows: nothing of the old one is lost. Where is γ?",
        ),
        Mistake(_gamma_on_the_sum, "γ multiplies the new gradient too. It belongs to the old v."),
        Mistake(_no_memory, "This is plain gradient descent: the old velocity has no part in it."),
        Mistake(
            _gradient_added_again,
            "The gradient is subtracted twice: the velocity holds it already.",
        ),
        Mistake(
            _looks_ahead,
            "This is Nesterov's step, one look further ahead. Here θ moves by v alone.",
        ),
        Mistake(_momentum_theta_only, THETA_ONLY),
        Mistake(_momentum_old_velocity, OLD_MEMORY),
    ),
    equivalents=(_momentum_term_by_term, _momentum_by_the_difference),
    hints=(
        "Two lines, in the order of the slide: first the velocity, then the parameters.",
        "The new velocity is `gamma` times the old one plus `rate` times the gradient.",
        "`v = gamma * v + rate * g`, then `theta - v`; return both.",
    ),
    solution=momentum_step,
)

# AdaGrad -----------------------------------------------------------------------------------------


def _adagrad_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.normal(0, 2, 4), rng.normal(0, 1, 4), rng.uniform(0.2, 3, 4), 0.1, 1e-8),
        (rng.normal(0, 2, 4), rng.normal(0, 1, 4), np.zeros(4), 0.5, 1e-8),
    ]


def _adagrad_small_cases(rng: np.random.Generator) -> list[Case]:
    """Gradients as small as the root of ε, and one that is 0 and has always been."""
    theta, g, G = rng.normal(0, 2, 4), 1e-2 * rng.normal(0, 1, 4), 1e-4 * rng.uniform(0, 1, 4)
    g[1] = G[1] = 0
    return [(theta, g, G, 0.1, 1e-4)]


def adagrad_step(theta, g, G, rate, eps):
    """Return (theta, G) after one step of AdaGrad, eps inside the root."""
    G = G + g**2
    theta = theta - rate / np.sqrt(G + eps) * g
    return theta, G


def _adagrad_eps_outside(theta, g, G, rate, eps):
    G = G + g**2
    return theta - rate * g / (np.sqrt(G) + eps), G


def _eps_beside_the_fraction(theta, g, G, rate, eps):
    G = G + g**2
    root = np.sqrt(G)
    return theta - rate * np.divide(g, root, out=np.zeros(len(g)), where=root > 0) + eps, G


def _adagrad_without_eps(theta, g, G, rate, eps):
    G = G + g**2
    with np.errstate(all="ignore"):
        return theta - rate / np.sqrt(G) * g, G


def _sum_of_before(theta, g, G, rate, eps):
    return theta - rate / np.sqrt(G + eps) * g, G + g**2


def _sum_of_sizes(theta, g, G, rate, eps):
    G = G + np.abs(g)
    return theta - rate / np.sqrt(G + eps) * g, G


def _adagrad_without_root(theta, g, G, rate, eps):
    G = G + g**2
    return theta - rate / (G + eps) * g, G


def _adagrad_without_sum(theta, g, G, rate, eps):
    G = g**2
    return theta - rate / np.sqrt(G + eps) * g, G


def _one_sum_for_all(theta, g, G, rate, eps):
    G = G + np.sum(g**2)
    return theta - rate / np.sqrt(G + eps) * g, G


def _adagrad_average(theta, g, G, rate, eps):
    G = 0.9 * G + 0.1 * g**2
    return theta - rate / np.sqrt(G + eps) * g, G


def _eps_kept_in_the_sum(theta, g, G, rate, eps):
    G = G + g**2 + eps
    return theta - rate / np.sqrt(G) * g, G


def _adagrad_multiplies(theta, g, G, rate, eps):
    G = G + g**2
    return theta - rate * np.sqrt(G + eps) * g, G


def _adagrad_uphill(theta, g, G, rate, eps):
    G = G + g**2
    return theta + rate / np.sqrt(G + eps) * g, G


def _adagrad_theta_only(theta, g, G, rate, eps):
    return adagrad_step(theta, g, G, rate, eps)[0]


def _adagrad_old_sum(theta, g, G, rate, eps):
    return adagrad_step(theta, g, G, rate, eps)[0], G


def _adagrad_by_power(theta, g, G, rate, eps):
    total = G + g * g
    return [theta - rate * g * (total + eps) ** -0.5, total]


def _adagrad_by_loop(theta, g, G, rate, eps):
    new, total = [], []
    for value, slope, before in zip(theta, g, G, strict=True):
        total.append(before + slope**2)
        new.append(value - rate * slope / (total[-1] + eps) ** 0.5)
    return new, total


ADAGRAD = Exercise(
    name="07.adagrad",
    title="One step of AdaGrad",
    entry="adagrad_step",
    reference=adagrad_step,
    parts=(
        Part("ordinary gradients", 1, _adagrad_cases),
        Part("gradients as small as √ε, and 0", 1, _adagrad_small_cases),
    ),
    mistakes=(
        Mistake(
            _adagrad_eps_outside,
            "ε is added to the root, as in PyTorch. On the slide it stands inside the root.",
        ),
        Mistake(
            _eps_beside_the_fraction,
            "ε is added to the step, not to what the step is divided by.",
        ),
        Mistake(
            _adagrad_without_eps,
            "Where all gradients have been 0 you divide 0 by 0. That is what ε is for.",
        ),
        Mistake(
            _sum_of_before,
            "You divide by the sum of the gradients *before* this one. The first step would be "
            "enormous: G must hold this gradient too.",
        ),
        Mistake(_sum_of_sizes, "The sum is one of *squares*."),
        Mistake(_adagrad_without_root, "The root is missing: G is a sum of squares."),
        Mistake(
            _adagrad_without_sum, "Your G forgets all earlier gradients. It is a sum over steps."
        ),
        Mistake(
            _one_sum_for_all,
            "All parameters share one sum. Each needs its own, or the rare ones gain nothing.",
        ),
        Mistake(_adagrad_average, "This is a moving average, which is RMSProp. AdaGrad adds up."),
        Mistake(_eps_kept_in_the_sum, "ε has become part of G and piles up from step to step."),
        Mistake(
            _adagrad_multiplies, "You multiply by the root. A large sum must make steps *smaller*."
        ),
        Mistake(_adagrad_uphill, UPHILL),
        Mistake(_adagrad_theta_only, THETA_ONLY),
        Mistake(_adagrad_old_sum, OLD_MEMORY),
    ),
    equivalents=(_adagrad_by_power, _adagrad_by_loop),
    hints=(
        "Two lines: the sum of squares, then the parameters. Everything is entry by entry.",
        "The sum comes first, so that it already holds the square of this gradient.",
        "`G = G + g**2`, then `theta - rate / np.sqrt(G + eps) * g`; return both.",
    ),
    solution=adagrad_step,
)

# RMSProp -----------------------------------------------------------------------------------------


def _rmsprop_cases(eps: float, size: float):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [
            (
                rng.normal(0, 2, 4), size * rng.normal(0, 1, 4),
                start * size**2 * rng.uniform(0.2, 3, 4), 0.1, alpha, eps,
            )
            for start, alpha in ((1, 0.9), (0, 0.7))
        ]  # fmt: skip

    return cases


def rmsprop_step(theta, g, v, rate, alpha, eps):
    """Return (theta, v) after one step of RMSProp, eps outside the root."""
    v = alpha * v + (1 - alpha) * g**2
    theta = theta - rate * g / (np.sqrt(v) + eps)
    return theta, v


def _rmsprop_sum(theta, g, v, rate, alpha, eps):
    v = v + g**2
    return theta - rate * g / (np.sqrt(v) + eps), v


def _rmsprop_leaky_sum(theta, g, v, rate, alpha, eps):
    v = alpha * v + g**2
    return theta - rate * g / (np.sqrt(v) + eps), v


def _alpha_exchanged(theta, g, v, rate, alpha, eps):
    return rmsprop_step(theta, g, v, rate, 1 - alpha, eps)


def _rmsprop_eps_inside(theta, g, v, rate, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    return theta - rate * g / np.sqrt(v + eps), v


def _rmsprop_eps_beside_the_fraction(theta, g, v, rate, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    return theta - rate * g / np.sqrt(v) + eps, v


def _rmsprop_without_root(theta, g, v, rate, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    return theta - rate * g / (v + eps), v


def _average_of_sizes(theta, g, v, rate, alpha, eps):
    v = alpha * v + (1 - alpha) * np.abs(g)
    return theta - rate * g / (np.sqrt(v) + eps), v


def _average_then_squared(theta, g, v, rate, alpha, eps):
    v = alpha * v + (1 - alpha) * g
    return theta - rate * g / (np.abs(v) + eps), v


def _average_of_before(theta, g, v, rate, alpha, eps):
    return theta - rate * g / (np.sqrt(v) + eps), alpha * v + (1 - alpha) * g**2


def _momentum_in_the_numerator(theta, g, v, rate, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    return theta - rate * v / (np.sqrt(v) + eps), v


def _rmsprop_uphill(theta, g, v, rate, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    return theta + rate * g / (np.sqrt(v) + eps), v


def _rmsprop_theta_only(theta, g, v, rate, alpha, eps):
    return rmsprop_step(theta, g, v, rate, alpha, eps)[0]


def _rmsprop_old_average(theta, g, v, rate, alpha, eps):
    return rmsprop_step(theta, g, v, rate, alpha, eps)[0], v


def _rmsprop_by_difference(theta, g, v, rate, alpha, eps):
    v = v + (1 - alpha) * (g * g - v)
    return [theta - rate / (v**0.5 + eps) * g, v]


def _rmsprop_by_average(theta, g, v, rate, alpha, eps):
    v = np.average([v, g**2], axis=0, weights=[alpha, 1 - alpha])
    return theta - rate * (g / (eps + np.sqrt(v))), v


RMSPROP = Exercise(
    name="07.rmsprop",
    title="One step of RMSProp",
    entry="rmsprop_step",
    reference=rmsprop_step,
    parts=(
        Part("ordinary gradients", 1, _rmsprop_cases(1e-8, 1.0)),
        Part("gradients as small as ε", 1, _rmsprop_cases(1e-2, 1e-2)),
    ),
    mistakes=(
        Mistake(_rmsprop_sum, "This is AdaGrad's sum: it never forgets. RMSProp averages."),
        Mistake(
            _rmsprop_leaky_sum,
            "The old value fades, but the new square enters in full. What are the two weights of "
            "an average to add up to?",
        ),
        Mistake(_alpha_exchanged, "α belongs to the old average, 1 − α to the new square."),
        Mistake(
            _rmsprop_eps_inside,
            "ε stands under the root. Here it is added after the root is taken.",
        ),
        Mistake(
            _rmsprop_eps_beside_the_fraction,
            "ε is added to the step, not to the divisor. Which brackets are missing?",
        ),
        Mistake(_rmsprop_without_root, "The root is missing: v averages squares."),
        Mistake(_average_of_sizes, "The average is one of *squares*."),
        Mistake(
            _average_then_squared,
            "You average g itself, so that gradients of changing sign cancel. Square first.",
        ),
        Mistake(
            _average_of_before, "You divide by the average before this gradient. Which comes first?"
        ),
        Mistake(_momentum_in_the_numerator, "The numerator is the gradient itself, not v."),
        Mistake(_rmsprop_uphill, UPHILL),
        Mistake(_rmsprop_theta_only, THETA_ONLY),
        Mistake(_rmsprop_old_average, OLD_MEMORY),
    ),
    equivalents=(_rmsprop_by_difference, _rmsprop_by_average),
    hints=(
        "Take AdaGrad's step and replace the sum of squares by a moving average.",
        "A moving average keeps a share `alpha` of itself and takes `1 - alpha` of what is new.",
        "`v = alpha * v + (1 - alpha) * g**2`, then `theta - rate * g / (np.sqrt(v) + eps)`.",
    ),
    solution=rmsprop_step,
)

# Adam --------------------------------------------------------------------------------------------


def _adam_cases(eps: float, size: float):
    def cases(rng: np.random.Generator) -> list[Case]:
        """Draw steps 1, 3 and 8, each with what the gradients before it have left."""
        out = []
        for t in (1, 3, 8):
            theta, earlier = rng.normal(0, 2, 5), size * rng.normal(0.3, 1, (t - 1, 5))
            g, m, v = size * rng.normal(0, 1, 5), np.zeros(5), np.zeros(5)
            for old in earlier:
                m, v = 0.8 * m + 0.2 * old, 0.95 * v + 0.05 * old**2
            out.append((theta, g, m, v, t, 0.1, 0.8, 0.95, eps))
        return out

    return cases


def adam_step(theta, g, m, v, t, rate, beta1, beta2, eps):
    """Return (theta, m, v) after step number t = 1, 2, … of Adam."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - rate * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v


def _moments(g, m, v, beta1, beta2):
    return beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2


def _adam_uncorrected(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = _moments(g, m, v, beta1, beta2)
    return theta - rate * m / (np.sqrt(v) + eps), m, v


def _only_m_corrected(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = _moments(g, m, v, beta1, beta2)
    return theta - rate * m / (1 - beta1**t) / (np.sqrt(v) + eps), m, v


def _only_v_corrected(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = _moments(g, m, v, beta1, beta2)
    return theta - rate * m / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _corrected_for_the_next(theta, g, m, v, t, rate, beta1, beta2, eps):
    return adam_step(theta, g, m, v, t + 1, rate, beta1, beta2, eps)


def _times_t(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = _moments(g, m, v, beta1, beta2)
    m_hat, v_hat = m / (1 - beta1), v / (1 - beta2)
    return theta - rate * m_hat / (np.sqrt(v_hat) + eps), m, v


def _beta_times_t(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = _moments(g, m, v, beta1, beta2)
    with np.errstate(all="ignore"):
        m_hat, v_hat = m / (1 - beta1 * t), v / (1 - beta2 * t)
        return theta - rate * m_hat / (np.sqrt(v_hat) + eps), m, v


def _corrected_memory(theta, g, m, v, t, rate, beta1, beta2, eps):
    theta, m, v = adam_step(theta, g, m, v, t, rate, beta1, beta2, eps)
    return theta, m / (1 - beta1**t), v / (1 - beta2**t)


def _adam_eps_inside(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = _moments(g, m, v, beta1, beta2)
    return theta - rate * m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t) + eps), m, v


def _eps_before_the_correction(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = _moments(g, m, v, beta1, beta2)
    eta = rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - eta * m / (np.sqrt(v) + eps), m, v


def _adam_without_root(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = _moments(g, m, v, beta1, beta2)
    return theta - rate * m / (1 - beta1**t) / (v / (1 - beta2**t) + eps), m, v


def _betas_exchanged(theta, g, m, v, t, rate, beta1, beta2, eps):
    return adam_step(theta, g, m, v, t, rate, beta2, beta1, eps)


def _with_adagrads_sum(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * g, v + g**2
    return theta - rate * m / (1 - beta1**t) / (np.sqrt(v) + eps), m, v


def _slides_velocity(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = beta1 * m + rate * g, beta2 * v + (1 - beta2) * g**2
    return theta - m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _no_momentum(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = _moments(g, m, v, beta1, beta2)
    return theta - rate * g / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _adam_uphill(theta, g, m, v, t, rate, beta1, beta2, eps):
    return adam_step(theta, g, m, v, t, -rate, beta1, beta2, eps)


def _adam_theta_only(theta, g, m, v, t, rate, beta1, beta2, eps):
    return adam_step(theta, g, m, v, t, rate, beta1, beta2, eps)[0]


def _adam_old_memory(theta, g, m, v, t, rate, beta1, beta2, eps):
    return adam_step(theta, g, m, v, t, rate, beta1, beta2, eps)[0], m, v


def _adam_by_differences(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
    return [theta - rate * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + eps), m, v]


def _adam_with_two_numbers(theta, g, m, v, t, rate, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    root = np.sqrt(1 - beta2**t)
    return theta - rate * root / (1 - beta1**t) * m / (np.sqrt(v) + eps * root), m, v


ADAM = Exercise(
    name="07.adam",
    title="One step of Adam",
    entry="adam_step",
    reference=adam_step,
    parts=(
        Part("ordinary gradients", 2, _adam_cases(1e-8, 1.0)),
        Part("gradients as small as ε", 1, _adam_cases(1e-3, 1e-3)),
    ),
    mistakes=(
        Mistake(
            _adam_uncorrected,
            "The bias correction is missing: both averages start from 0, too small at first.",
        ),
        Mistake(_only_m_corrected, "Only `m` is corrected. `v` starts from 0 as well."),
        Mistake(_only_v_corrected, "Only `v` is corrected. `m` starts from 0 as well."),
        Mistake(
            _corrected_for_the_next,
            "The correction uses t + 1. Here `t` counts from 1: it is the number of this step.",
        ),
        Mistake(
            _times_t,
            "Your correction is the same at every step. It must fade as the averages fill up: "
            "where is `t`?",
        ),
        Mistake(
            _beta_times_t,
            "β is multiplied by t. In the formula it is raised to the power of t.",
        ),
        Mistake(
            _corrected_memory,
            "The new parameters are right, but the averages you return have been divided by the "
            "correction. The next step needs them without it.",
        ),
        Mistake(
            _adam_eps_inside, "ε stands under the root. Here it is added after the root is taken."
        ),
        Mistake(
            _eps_before_the_correction,
            "ε is added to a root that is not corrected yet. With gradients as small as ε that "
            "matters.",
        ),
        Mistake(_adam_without_root, "The root is missing: `v` averages *squares*."),
        Mistake(_betas_exchanged, "β₁ belongs to `m`, β₂ to `v`; yours are exchanged."),
        Mistake(
            _with_adagrads_sum,
            "This is momentum with AdaGrad's sum, as the slide's sentence says. Adam *averages* "
            "the squares, as RMSProp does.",
        ),
        Mistake(
            _slides_velocity,
            "Your `m` is the slide's velocity, with η inside. Adam's is an average of gradients: "
            "weight 1 − β₁, and η in the step.",
        ),
        Mistake(_no_momentum, "The step uses the gradient of this moment alone. What is `m` for?"),
        Mistake(_adam_uphill, UPHILL),
        Mistake(_adam_theta_only, THETA_ONLY),
        Mistake(_adam_old_memory, OLD_MEMORY),
    ),
    equivalents=(_adam_by_differences, _adam_with_two_numbers),
    hints=(
        "Five lines: two moving averages, two corrections, one step.",
        "Keep the corrected averages under other names: they are for this step only.",
        "`m_hat = m / (1 - beta1**t)`, the same for `v` with `beta2`, then `theta - rate * m_hat / "
        "(np.sqrt(v_hat) + eps)`; return `theta, m, v`.",
    ),
    solution=adam_step,
)
