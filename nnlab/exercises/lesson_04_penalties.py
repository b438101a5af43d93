"""Lesson 04, penalties: L2 and L1 with their gradients, and the proximal step."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab import regularizers
from nnlab.exercises.specification import Case, Exercise, Mistake, Part

# L2, biases left out -----------------------------------------------------------------------------


def _layers(bias: float):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [
            (rng.normal(0, 1.5, shape), bias * rng.normal(0, 2, shape[1]), float(strength))
            for shape, strength in zip(
                ((3, 2), (4, 4), (2, 5)), rng.uniform((0.05, 0.3, 1.2), (0.2, 0.8, 3)), strict=True
            )
        ]

    return cases


def _reference_l2(W, b, strength):
    engine = regularizers.L2(strength)
    return engine.penalty(W.ravel()), engine.grad(W.ravel()).reshape(W.shape), np.zeros_like(b)


def l2(W, b, strength):
    """Return (penalty, gradient for W, gradient for b)."""
    return strength / 2 * np.sum(W**2), strength * W, np.zeros_like(b)


def _biases_too(W, b, strength):
    return strength / 2 * (np.sum(W**2) + np.sum(b**2)), strength * W, strength * b


def _biases_in_the_gradient(W, b, strength):
    return strength / 2 * np.sum(W**2), strength * W, strength * b


def _biases_in_the_penalty(W, b, strength):
    return strength / 2 * (np.sum(W**2) + np.sum(b**2)), strength * W, np.zeros_like(b)


def _without_half(W, b, strength):
    return strength * np.sum(W**2), 2 * strength * W, np.zeros_like(b)


def _half_lost_in_the_penalty(W, b, strength):
    return strength * np.sum(W**2), strength * W, np.zeros_like(b)


def _half_left_in_the_gradient(W, b, strength):
    return strength / 2 * np.sum(W**2), strength / 2 * W, np.zeros_like(b)


def _gradient_without_strength(W, b, strength):
    return strength / 2 * np.sum(W**2), W, np.zeros_like(b)


def _norm_without_square(W, b, strength):
    return strength / 2 * np.sqrt(np.sum(W**2)), strength * W, np.zeros_like(b)


def _spectral_norm(W, b, strength):
    return strength / 2 * np.linalg.norm(W, 2) ** 2, strength * W, np.zeros_like(b)


def _mean_of_squares(W, b, strength):
    return strength / 2 * np.mean(W**2), strength * W / W.size, np.zeros_like(b)


def _mean_in_the_penalty(W, b, strength):
    return strength / 2 * np.mean(W**2), strength * W, np.zeros_like(b)


def _square_of_sum(W, b, strength):
    return strength / 2 * np.sum(W) ** 2, strength * W, np.zeros_like(b)


def _zero_for_b(W, b, strength):
    return strength / 2 * np.sum(W**2), strength * W, 0.0


def _l2_by_norm(W, b, strength):
    return 0.5 * strength * np.linalg.norm(W) ** 2, W * strength, b * 0


def _l2_by_dot(W, b, strength):
    w = W.ravel()
    return strength * (w @ w) / 2, np.array([strength * row for row in W]), np.zeros(len(b))


L2 = Exercise(
    name="04.l2",
    title="L2: penalty and gradient, biases left alone",
    entry="l2",
    reference=_reference_l2,
    parts=(
        Part("a layer whose biases are 0", 1, _layers(0.0)),
        Part("a layer with biases far from 0", 1, _layers(1.0)),
    ),
    mistakes=(
        Mistake(
            _without_half,
            "Penalty and gradient fit each other, but they are twice as large as asked for: this "
            "course puts ½ in front (Keras does not). Which λ a number means depends on it.",
        ),
        Mistake(
            _half_lost_in_the_penalty,
            "The gradient is right; the penalty lacks the ½ that makes it fit.",
        ),
        Mistake(
            _half_left_in_the_gradient,
            "The penalty is right. Differentiate ½λw²: what becomes of the ½?",
        ),
        Mistake(_gradient_without_strength, "The gradient lacks λ."),
        Mistake(
            _norm_without_square,
            "A root too many: ‖W‖² is the sum of the squares itself.",
        ),
        Mistake(
            _spectral_norm,
            "`np.linalg.norm(W, 2)` of a matrix is its largest singular value. Sum the squares of "
            "all entries.",
        ),
        Mistake(
            _mean_of_squares,
            "The penalty is a sum over the weights, not a mean: only the loss is averaged, over "
            "the examples.",
        ),
        Mistake(_mean_in_the_penalty, "Sum the squares; the penalty is no mean over the weights."),
        Mistake(_square_of_sum, "Square first, then sum: weights of opposite sign cancel here."),
        Mistake(
            _zero_for_b,
            "The gradient for `b` must be an array like `b`, also when all of it is 0.",
        ),
        Mistake(
            _biases_too,
            "The biases are penalized too. They only say where the answers lie; leave them out of "
            "penalty and gradient.",
        ),
        Mistake(
            _biases_in_the_gradient,
            "The penalty leaves the biases out, the gradient does not. What is the derivative of "
            "something that does not contain `b`?",
        ),
        Mistake(
            _biases_in_the_penalty,
            "The gradient leaves the biases out, the penalty does not.",
        ),
    ),
    equivalents=(_l2_by_norm, _l2_by_dot),
    hints=(
        "Three things are returned: a number, an array like `W`, an array like `b`.",
        "The penalty is `strength / 2` times the sum of all squared weights. Differentiate it.",
        "`b` does not occur in the penalty, so its gradient is `np.zeros_like(b)`.",
    ),
    solution=l2,
)


# L1 ----------------------------------------------------------------------------------------------


def _weights_without_zeros(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.choice((-1, 1), n) * rng.uniform(0.2, 3, n), float(rng.uniform(0.1, 2)))
        for n in (4, 7, 11)
    ]


def _weights_with_zeros(rng: np.random.Generator) -> list[Case]:
    cases = []
    for n in (4, 6, 9):
        w = rng.choice((-1, 1), n) * rng.uniform(0.2, 3, n)
        w[rng.choice(n, 2, replace=False)] = 0.0
        cases.append((w, float(rng.uniform(0.1, 2))))
    return cases


def _reference_l1(w, strength):
    engine = regularizers.L1(strength)
    return engine.penalty(w), engine.grad(w)


def l1(w, strength):
    """Return (penalty, gradient)."""
    return strength * np.sum(np.abs(w)), strength * np.sign(w)


def _divided_by_size(w, strength):
    with np.errstate(invalid="ignore"):
        return strength * np.sum(np.abs(w)), strength * w / np.abs(w)


def _plus_at_zero(w, strength):
    return strength * np.sum(np.abs(w)), strength * np.where(w >= 0, 1.0, -1.0)


def _minus_at_zero(w, strength):
    return strength * np.sum(np.abs(w)), strength * np.where(w > 0, 1.0, -1.0)


def _signed_sum(w, strength):
    return strength * np.sum(w), strength * np.ones_like(w)


def _signed_penalty(w, strength):
    return strength * np.sum(w), strength * np.sign(w)


def _absolute_of_sum(w, strength):
    return strength * np.abs(np.sum(w)), strength * np.sign(w)


def _sign_forgotten(w, strength):
    return strength * np.sum(np.abs(w)), strength * np.ones_like(w)


def _size_as_gradient(w, strength):
    return strength * np.sum(np.abs(w)), strength * np.abs(w)


def _weight_as_gradient(w, strength):
    return strength * np.sum(np.abs(w)), strength * w


def _gradient_lacks_strength(w, strength):
    return strength * np.sum(np.abs(w)), np.sign(w)


def _half_of_l1(w, strength):
    return strength / 2 * np.sum(np.abs(w)), strength / 2 * np.sign(w)


def _mean_of_sizes(w, strength):
    return strength * np.mean(np.abs(w)), strength * np.sign(w) / len(w)


def _l1_by_norm(w, strength):
    return strength * np.linalg.norm(w, 1), strength * ((w > 0) * 1.0 - (w < 0))


def _l1_by_loop(w, strength):
    gradient = [strength if a > 0 else -strength if a < 0 else 0.0 for a in w.tolist()]
    return strength * sum(abs(a) for a in w.tolist()), np.array(gradient)


L1 = Exercise(
    name="04.l1",
    title="L1: penalty and gradient",
    entry="l1",
    reference=_reference_l1,
    parts=(
        Part("weights that are not 0", 1, _weights_without_zeros),
        Part("some weights are exactly 0", 1, _weights_with_zeros),
    ),
    mistakes=(
        Mistake(
            _signed_sum,
            "This is the sum of the weights, and its gradient. Positive and negative ones cancel. "
            "What makes a large negative weight costly as well?",
        ),
        Mistake(
            _signed_penalty,
            "The gradient is right; the penalty adds the weights with their signs, so they cancel.",
        ),
        Mistake(
            _absolute_of_sum,
            "Absolute values first, then the sum: weights of opposite sign have cancelled here.",
        ),
        Mistake(
            _sign_forgotten,
            "The slope of |w| is −1 for negative weights. Yours is +1 everywhere.",
        ),
        Mistake(_size_as_gradient, "This multiplies by |w|. The slope of |w| is never but ±1."),
        Mistake(
            _weight_as_gradient,
            "λw is the gradient of ½λw², the L2 penalty. What is the slope of |w|?",
        ),
        Mistake(_gradient_lacks_strength, "The gradient lacks λ."),
        Mistake(_half_of_l1, "There is no ½ in front of the L1 penalty: λ times the sum."),
        Mistake(
            _mean_of_sizes, "Sum the absolute values; the penalty is no mean over the weights."
        ),
        Mistake(
            _divided_by_size,
            "`w / np.abs(w)` divides 0 by 0 where a weight is 0. The text says what is expected "
            "there.",
        ),
        Mistake(
            _plus_at_zero,
            "At w = 0 your slope is +λ, which would push a weight away that is where it should be. "
            "Look at the text for what is expected there.",
        ),
        Mistake(
            _minus_at_zero,
            "At w = 0 your slope is −λ. Look at the text for what is expected there.",
        ),
    ),
    equivalents=(_l1_by_norm, _l1_by_loop),
    hints=(
        "The penalty is λ times a sum; the gradient is an array like `w`.",
        "|w| rises with slope +1 to the right of 0 and falls with slope −1 to the left.",
        "`np.sign(w)` is +1, −1, or 0 where `w` is 0.",
    ),
    solution=l1,
)


# The proximal step -------------------------------------------------------------------------------


def _far_weights(rng: np.random.Generator) -> list[Case]:
    """Draw weights farther from 0 than the step goes."""
    cases = []
    for n in (4, 6, 9):
        rate, strength = float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.5, 2))
        sizes = rate * strength * rng.uniform(1.5, 4, n)
        cases.append((rng.permutation(np.resize((-1, 1), n)) * sizes, rate, strength))
    return cases


def _near_weights(rng: np.random.Generator) -> list[Case]:
    """Draw some weights nearer to 0 than the step goes, one just as far, and one that is 0."""
    cases = []
    for n in (5, 7, 10):
        rate, strength = float(rng.uniform(0.1, 0.5)), float(rng.uniform(0.5, 2))
        sizes = (
            rate
            * strength
            * np.concatenate([[0, 1], rng.uniform(0.6, 0.95, 2), rng.uniform(1.5, 4, n - 4)])
        )
        cases.append((rng.permutation(np.resize((-1, 1), n) * sizes), rate, strength))
    return cases


def _reference_prox(w, rate, strength):
    return regularizers.L1(strength).prox(w, rate)


def proximal_step(w, rate, strength):
    """Return the weights after the proximal step of L1."""
    return np.sign(w) * np.maximum(np.abs(w) - rate * strength, 0)


def _subgradient_step(w, rate, strength):
    return w - rate * strength * np.sign(w)


def _hard_threshold(w, rate, strength):
    return np.where(np.abs(w) > rate * strength, w, 0.0)


def _rate_forgotten(w, rate, strength):
    return np.sign(w) * np.maximum(np.abs(w) - strength, 0)


def _sign_lost(w, rate, strength):
    return np.maximum(np.abs(w) - rate * strength, 0)


def _negative_weights_lost(w, rate, strength):
    return np.maximum(w - rate * strength, 0)


def _all_to_the_left(w, rate, strength):
    return w - rate * strength


def _left_where_large(w, rate, strength):
    return np.where(np.abs(w) > rate * strength, w - rate * strength, 0.0)


def _l2_step(w, rate, strength):
    return w / (1 + rate * strength)


def _decay_step(w, rate, strength):
    return (1 - rate * strength) * w


def _clipped(w, rate, strength):
    return np.clip(w, -rate * strength, rate * strength)


def _half_threshold(w, rate, strength):
    return np.sign(w) * np.maximum(np.abs(w) - rate * strength / 2, 0)


def _small_ones_kept(w, rate, strength):
    shrunk = np.abs(w) - rate * strength
    return np.where(shrunk > 0, np.sign(w) * shrunk, w)


def _minimum_for_maximum(w, rate, strength):
    return np.sign(w) * np.minimum(np.abs(w) - rate * strength, 0)


def _soft_by_two_ramps(w, rate, strength):
    t = rate * strength
    return np.maximum(w - t, 0) - np.maximum(-w - t, 0)


def _soft_by_clip(w, rate, strength):
    return w - np.clip(w, -rate * strength, rate * strength)


def _soft_by_loop(w, rate, strength):
    t, out = rate * strength, []
    for a in w.tolist():
        out.append(0.0 if abs(a) <= t else a - t if a > 0 else a + t)
    return np.array(out)


PROXIMAL_STEP = Exercise(
    name="04.proximal_step",
    title="The proximal step of L1",
    entry="proximal_step",
    reference=_reference_prox,
    parts=(
        Part("weights far from 0 move towards it", 1, _far_weights),
        Part("weights near 0 become exactly 0", 1, _near_weights, atol=1e-14),
    ),
    mistakes=(
        Mistake(
            _rate_forgotten,
            "The threshold is ηλ. Without η it would not shrink when the learning rate does.",
        ),
        Mistake(_half_threshold, "There is no ½: every weight moves by ηλ."),
        Mistake(
            _hard_threshold,
            "Small weights become 0, but the others do not move. This is a *hard* threshold; the "
            "proximal step moves every weight by ηλ.",
        ),
        Mistake(
            _sign_lost,
            "The sizes are right, but all weights have become positive.",
        ),
        Mistake(
            _negative_weights_lost,
            "Negative weights all become 0. They should move up by ηλ, towards 0.",
        ),
        Mistake(
            _all_to_the_left,
            "Every weight moves to the left; the negative ones move away from 0.",
        ),
        Mistake(
            _left_where_large,
            "Large negative weights move away from 0: for them ηλ must be added.",
        ),
        Mistake(
            _l2_step,
            "This divides, which is the proximal step of L2. That of L1 subtracts the same from "
            "the size of every weight.",
        ),
        Mistake(
            _decay_step,
            "This shrinks every weight by the same share: decay, as with L2. L1 subtracts the same "
            "amount from the size of every weight.",
        ),
        Mistake(
            _clipped,
            "This limits the weights to ±ηλ: the large ones are cut, the small ones stay. It is "
            "exactly the part that has to go.",
        ),
        Mistake(
            _minimum_for_maximum,
            "`minimum` keeps what is below 0. Which of the two should win against 0?",
        ),
        Mistake(
            _subgradient_step,
            "This is the subgradient step: a weight within ηλ of 0 jumps across to the other side. "
            "Stop it at 0.",
        ),
        Mistake(
            _small_ones_kept,
            "The weights within ηλ of 0 stay as they are. They should become 0.",
        ),
    ),
    equivalents=(_soft_by_two_ramps, _soft_by_clip, _soft_by_loop),
    hints=(
        "Treat size and sign apart: the size shrinks by ηλ, the sign stays.",
        "A size cannot be below 0: what would become negative is 0.",
        "`np.sign(w)` times `np.maximum(..., 0)`.",
    ),
    solution=proximal_step,
)
