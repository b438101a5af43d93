"""Lesson 07, spot the bug: a bias correction whose count starts at 0."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def _cases(*lengths: int):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [
            (rng.normal(0, 2, 3), rng.normal(0.5, 1, (length, 3)), 0.1, 0.8, 0.95)
            for length in lengths
        ]

    return cases


def _path(correction, first=0):
    """Return an Adam whose divisors at step k = 0, 1, … are correction(beta, k)."""

    def adam_path(theta, gradients, rate, beta1, beta2):
        path, m, v = [theta], np.zeros(len(theta)), np.zeros(len(theta))
        with np.errstate(all="ignore"):
            for k, g in enumerate(gradients):
                m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
                one, two = correction(beta1, beta2, k)
                step = rate * (m / one) / (np.sqrt(v / two) + 1e-8)
                path.append(path[-1] - (step if k >= first else 0))
        return np.array(path)

    return adam_path


def _named(name: str, function):
    function.__name__ = name
    return function


def adam_path(theta, gradients, rate, beta1, beta2):
    """Parameters before and after each of T steps of Adam, (T + 1, P)."""
    path, m, v = [theta], np.zeros(len(theta)), np.zeros(len(theta))
    for t, g in enumerate(gradients, 1):
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        path.append(path[-1] - rate * m_hat / (np.sqrt(v_hat) + 1e-8))
    return np.array(path)


_start = _named("adam_path", _path(lambda one, two, k: (1 - one**k, 1 - two**k)))


def _without_the_first_gradient(theta, gradients, rate, beta1, beta2):
    path = adam_path(theta, gradients[1:], rate, beta1, beta2)
    return np.concatenate([path[:1], path])


def _gradient_lost(theta, gradients, rate, beta1, beta2):
    return adam_path(theta, gradients[1:], rate, beta1, beta2)


def _t_never_grows(theta, gradients, rate, beta1, beta2):
    return _path(lambda one, two, k: (1 - one, 1 - two))(theta, gradients, rate, beta1, beta2)


def _running_products(theta, gradients, rate, beta1, beta2):
    theta, one, two = np.array(theta, dtype=float), 1.0, 1.0
    path, m, v = [theta], 0.0, 0.0
    for g in gradients:
        one, two = one * beta1, two * beta2
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        path.append(path[-1] - rate * m / (1 - one) / (np.sqrt(v / (1 - two)) + 1e-8))
    return np.array(path)


BUG = Exercise(
    name="07.first_step",
    title="Spot the bug: parameters that are NaN after one step",
    entry="adam_path",
    reference=adam_path,
    parts=(
        Part("the first step", 1, _cases(1, 1)),
        Part("a longer path", 1, _cases(5, 12)),
    ),
    mistakes=(
        Mistake(
            _named("no_correction", _path(lambda one, two, k: (1.0, 1.0))),
            "The division by 0 is gone, and the correction with it. The first steps are too long "
            "or too short again.",
        ),
        Mistake(
            _named(
                "zero_treated_as_one",
                _path(lambda one, two, k: (1 - one ** max(k, 1), 1 - two ** max(k, 1))),
            ),
            "The first two steps now both count as step 1, and all later ones as the step before.",
        ),
        Mistake(
            _named(
                "a_small_number_added",
                _path(lambda one, two, k: (1 - one**k + 1e-8, 1 - two**k + 1e-8)),
            ),
            "A small number in the divisor turns NaN into a gigantic step. The divisor should not "
            "be 0 in the first place: what is `t` in the first step?",
        ),
        Mistake(
            _named(
                "starts_at_two",
                _path(lambda one, two, k: (1 - one ** (k + 2), 1 - two ** (k + 2))),
            ),
            "Now the count starts at 2: the first average is corrected too little.",
        ),
        Mistake(
            _named(
                "only_one_counted",
                _path(lambda one, two, k: (1 - one ** (k + 1), 1 - two ** max(k, 1))),
            ),
            "The count is right for `m` and not for `v`. Both divisors use the same `t`.",
        ),
        Mistake(
            _named(
                "first_step_uncorrected",
                _path(lambda one, two, k: (1 - one**k or 1.0, 1 - two**k or 1.0)),
            ),
            "The first step has no correction, and it needs it most.",
        ),
        Mistake(
            _named(
                "first_step_skipped",
                _path(lambda one, two, k: (1 - one**k or 1.0, 1 - two**k or 1.0), first=1),
            ),
            "The first gradient now moves nothing, and the count is still one behind.",
        ),
        Mistake(_t_never_grows, "The correction is the same at every step: `t` must count."),
        Mistake(
            _without_the_first_gradient,
            "The first gradient is left out. It should make the first step.",
        ),
        Mistake(
            _gradient_lost,
            "Your path is one row short: the first gradient should make a step too.",
        ),
    ),
    equivalents=(
        _running_products,
        _named(
            "count_plus_one", _path(lambda one, two, k: (1 - one ** (k + 1), 1 - two ** (k + 1)))
        ),
    ),
    hints=(
        "Which number is NaN first? Print both divisors in the first step.",
        "β to the power of 0 is 1. From which number does `enumerate` count?",
        "Let `t` start at 1: `enumerate(gradients, 1)`, or `t + 1` in both powers.",
    ),
    solution=adam_path,
    start=_start,
)
