"""Lesson 04, steps of training: AdamW, and a penalty that is counted twice."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part

# AdamW -------------------------------------------------------------------------------------------


def _states(eps: float, size: float):
    def cases(rng: np.random.Generator) -> list[Case]:
        """Draw steps 1, 3 and 8, each with what the gradients before it have left."""
        out = []
        for t in (1, 3, 8):
            w, earlier = rng.normal(0, 2, 5), size * rng.normal(0.3, 1, (t - 1, 5))
            g, m, v = size * rng.normal(0, 1, 5), np.zeros(5), np.zeros(5)
            for old in earlier:
                m, v = 0.8 * m + 0.2 * old, 0.95 * v + 0.05 * old**2
            out.append((w, g, m, v, t, 0.1, 0.8, 0.95, eps, float(rng.uniform(0.3, 0.9))))
        return out

    return cases


def adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    """Return (w, m, v) after step number t = 1, 2, … of AdamW."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    w = w - rate * decay * w
    w = w - rate * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return w, m, v


def _adam(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    return adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, 0.0)


def _l2_in_the_gradient(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    return adamw_step(w, g + decay * w, m, v, t, rate, beta1, beta2, eps, 0.0)


def _both(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    return adamw_step(w, g + decay * w, m, v, t, rate, beta1, beta2, eps, decay)


def _decay_without_rate(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    return adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, decay / rate)


def _decay_afterwards(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    new, m, v = adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, 0.0)
    return (1 - rate * decay) * new, m, v


def _growth(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    return adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, -decay)


def _decay_alone_kept(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    new, m, v = adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, 0.0)
    return new - w + (-rate * decay * w), m, v


def _decay_inside_the_fraction(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    step = m / (1 - beta1**t) + decay * w
    return w - rate * step / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def _uncorrected(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    return (1 - rate * decay) * w - rate * m / (np.sqrt(v) + eps), m, v


def _corrected_for_the_next(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    return adamw_step(w, g, m, v, t + 1, rate, beta1, beta2, eps, decay)


def _corrected_state(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    w, m, v = adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, decay)
    return w, m / (1 - beta1**t), v / (1 - beta2**t)


def _eps_inside(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    step = m / (1 - beta1**t) / np.sqrt(v / (1 - beta2**t) + eps)
    return (1 - rate * decay) * w - rate * step, m, v


def _eps_before_correction(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    eta = rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return (1 - rate * decay) * w - eta * m / (np.sqrt(v) + eps), m, v


def _without_root(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
    step = m / (1 - beta1**t) / (v / (1 - beta2**t) + eps)
    return (1 - rate * decay) * w - rate * step, m, v


def _gradient_not_squared(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * np.abs(g)
    step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
    return (1 - rate * decay) * w - rate * step, m, v


def _decay_of_the_same_size(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    new, m, v = adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, 0.0)
    return new - rate * decay, m, v


def _betas_exchanged(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    return adamw_step(w, g, m, v, t, rate, beta2, beta1, eps, decay)


def _weights_only(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    return adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, decay)[0]


def _old_state(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    return adamw_step(w, g, m, v, t, rate, beta1, beta2, eps, decay)[0], m, v


def _adamw_in_one_line(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    m, v = m + (1 - beta1) * (g - m), v + (1 - beta2) * (g * g - v)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - rate * (m_hat / (v_hat**0.5 + eps) + decay * w), m, v


def _adamw_with_corrected_numbers(w, g, m, v, t, rate, beta1, beta2, eps, decay):
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    root = np.sqrt(1 - beta2**t)
    step = m * root / (1 - beta1**t) / (np.sqrt(v) + eps * root)
    return [(1 - rate * decay) * w - rate * step, m, v]


ADAMW = Exercise(
    name="04.adamw",
    title="One step of AdamW",
    entry="adamw_step",
    reference=adamw_step,
    parts=(
        Part("ordinary gradients", 2, _states(1e-8, 1.0)),
        Part("gradients as small as ε", 1, _states(1e-3, 1e-3)),
    ),
    mistakes=(
        Mistake(_adam, "This is Adam: the weights do not decay."),
        Mistake(
            _l2_in_the_gradient,
            "λw goes into the gradient here, so it passes through both moments and is divided by "
            "the root. That is Adam with an L2 penalty. Decay is applied to the weights directly.",
        ),
        Mistake(
            _both,
            "The weights decay twice: once directly and once through the gradient.",
        ),
        Mistake(
            _decay_inside_the_fraction,
            "The decay must not be divided by the root: take it out of the fraction.",
        ),
        Mistake(
            _decay_without_rate,
            "The weights shrink by λ per step. In this convention it is ηλ.",
        ),
        Mistake(
            _decay_afterwards,
            "The decay acts on the weights *after* Adam's update and shrinks that update as well. "
            "Here it comes first.",
        ),
        Mistake(_growth, "The weights grow: a sign is wrong in the decay."),
        Mistake(
            _decay_alone_kept,
            "You return the change of the weights. The new weights are asked for.",
        ),
        Mistake(
            _uncorrected,
            "The bias correction is missing: both moments start from 0 and are too small at first.",
        ),
        Mistake(
            _corrected_for_the_next,
            "The correction uses t + 1. Here `t` counts from 1: it is the number of this step.",
        ),
        Mistake(
            _corrected_state,
            "The new weights are right, but what you return as moments has been divided by the "
            "correction. The next step needs them without it.",
        ),
        Mistake(
            _old_state,
            "The new weights are right; the moments you return are the old ones.",
        ),
        Mistake(
            _weights_only,
            "Return three arrays: weights and both moments. The next step needs them.",
        ),
        Mistake(
            _without_root, "The root is missing: the second moment is an average of *squares*."
        ),
        Mistake(
            _gradient_not_squared,
            "The second moment averages g², the *square* of the gradient.",
        ),
        Mistake(
            _decay_of_the_same_size,
            "Every weight moves to the left by ηλ. Decay takes a share of each weight: ηλ times w.",
        ),
        Mistake(_betas_exchanged, "β₁ belongs to `m`, β₂ to `v`; yours are exchanged."),
        Mistake(
            _eps_inside,
            "ε stands under the root. Here it is added after the root is taken.",
        ),
        Mistake(
            _eps_before_correction,
            "The correction of the second moment is applied to η, and ε is added to a root that is "
            "not corrected. With gradients as small as ε that matters.",
        ),
    ),
    equivalents=(_adamw_in_one_line, _adamw_with_corrected_numbers),
    hints=(
        "Four lines: the two moments, the decay of the weights, the update.",
        "Decay: `w - rate * decay * w`. The gradient `g` never sees it.",
        "Update: subtract `rate` times the corrected `m` over the root of the corrected `v` plus "
        "`eps`, where corrected means divided by `1 - beta**t`.",
    ),
    solution=adamw_step,
)


# A penalty that is counted twice -----------------------------------------------------------------


def _ridge_cases(*steps: int):
    def cases(rng: np.random.Generator) -> list[Case]:
        out = []
        for count, strength in zip(steps, rng.uniform((0.2, 0.6), (0.5, 1.5)), strict=True):
            x = rng.standard_normal((30, 4))
            y = x @ rng.normal(0, 2, 4) + rng.standard_normal(30)
            out.append((x, y, float(strength), 0.1, count))
        return out

    return cases


def _gradient(x, y, w):
    return 2 * x.T @ (x @ w - y) / len(y)


def _trained(step):
    """Return a training function around one step, which gets x, y, w, strength and rate."""

    def train(x, y, strength, rate, steps):
        w = np.zeros(x.shape[1])
        for _ in range(steps):
            w = step(x, y, w, strength, rate)
        return w

    return train


def _named(name: str, function):
    function.__name__ = name
    return function


def train(x, y, strength, rate, steps):
    """Weights after `steps` of gradient descent on MSE + strength / 2 * sum of w²."""
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        error = x @ w - y
        gradient = 2 * x.T @ error / len(y) + strength * w
        w = w - rate * gradient
    return w


def _closed_form(x, y, strength, rate, steps):
    matrix = x.T @ x + len(y) * strength / 2 * np.eye(x.shape[1])
    return np.linalg.solve(matrix, x.T @ y)


_start_code = _named(
    "train",
    _trained(lambda x, y, w, s, r: (1 - r * s) * w - r * (_gradient(x, y, w) + s * w)),
)

SPOT_THE_BUG = Exercise(
    name="04.spot_the_bug",
    title="Spot the bug: weights that are too small",
    entry="train",
    reference=train,
    parts=(
        Part("a few steps", 1, _ridge_cases(1, 7)),
        Part("many steps: the ridge solution", 1, _ridge_cases(400, 600)),
    ),
    mistakes=(
        Mistake(
            _closed_form,
            "This solves for the end at once. The function is asked for the weights after `steps` "
            "steps: mend the loop.",
        ),
        Mistake(
            _named("no_penalty", _trained(lambda x, y, w, s, r: w - r * _gradient(x, y, w))),
            "Now the penalty is gone altogether: it was removed twice, or its two parts cancel.",
        ),
        Mistake(
            _named(
                "decay_without_rate",
                _trained(lambda x, y, w, s, r: (1 - s) * w - r * _gradient(x, y, w)),
            ),
            "The decay lacks the learning rate: a step shrinks the weights by ηλ, not by λ.",
        ),
        Mistake(
            _named(
                "one_and_a_half",
                _trained(
                    lambda x, y, w, s, r: (1 - r * s) * w - r * (_gradient(x, y, w) + s / 2 * w)
                ),
            ),
            "Halving one of the two leaves one and a half. Look for the two places where the "
            "penalty acts.",
        ),
        Mistake(
            _named(
                "half",
                _trained(lambda x, y, w, s, r: w - r * (_gradient(x, y, w) + s / 2 * w)),
            ),
            "Now the penalty counts half: the derivative of ½λw² is λw.",
        ),
        Mistake(
            _named(
                "half_the_loss",
                _trained(lambda x, y, w, s, r: w - r * (_gradient(x, y, w) / 2 + s * w)),
            ),
            "The gradient of the loss was right: the mean squared error has no ½, so there is a 2.",
        ),
        Mistake(
            _named(
                "penalty_not_gradient",
                _trained(lambda x, y, w, s, r: w - r * (_gradient(x, y, w) + s / 2 * np.sum(w**2))),
            ),
            "You add the penalty itself. A step needs its gradient.",
        ),
        Mistake(
            _named(
                "decay_afterwards",
                _trained(lambda x, y, w, s, r: (1 - r * s) * (w - r * _gradient(x, y, w))),
            ),
            "The penalty counts once now, but the decay also shrinks the step just made. Decay the "
            "old weights, or leave λw in the gradient.",
        ),
    ),
    equivalents=(
        _named(
            "decay_kept",
            _trained(lambda x, y, w, s, r: (1 - r * s) * w - r * _gradient(x, y, w)),
        ),
        _named(
            "both_halved",
            _trained(
                lambda x, y, w, s, r: (1 - r * s / 2) * w - r * (_gradient(x, y, w) + s / 2 * w)
            ),
        ),
    ),
    hints=(
        "Multiply the last line of the loop out. What is subtracted from `w`, and how often does "
        "`strength` occur?",
        "Under plain gradient descent weight decay and the gradient of an L2 penalty are the same "
        "thing.",
        "Remove one of the two: the factor `(1 - rate * strength)` or the term `strength * w`.",
    ),
    solution=train,
    start=_start_code,
)
