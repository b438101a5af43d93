"""Lesson 06, gradients: clipping by the norm of all arrays, slopes of leaky ReLU and ELU."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from functools import partial

import numpy as np

from nnlab import clipping
from nnlab.activations import backward, elu, leaky_relu
from nnlab.exercises.specification import Case, Exercise, Mistake, Part

# Clipping by the norm ----------------------------------------------------------------------------


def _arrays(rng: np.random.Generator, norm: float, shapes) -> list[np.ndarray]:
    arrays = [rng.standard_normal(shape) for shape in shapes]
    total = np.sqrt(sum((a**2).sum() for a in arrays))
    return [a * (norm / total) for a in arrays]


def _large(rng: np.random.Generator) -> list[Case]:
    return [
        (_arrays(rng, 12.0, ((4, 3), (3,), (3, 2))), 1.0),
        (_arrays(rng, 2.5, ((5, 2), (2,))), 2.0),
        (_arrays(rng, 1e6, ((2, 2), (2,), (2, 1), (1,))), 5.0),
        (_arrays(rng, 0.3, ((6,), (2, 3))), 0.05),
    ]


def _small(rng: np.random.Generator) -> list[Case]:
    return [
        (_arrays(rng, 0.7, ((4, 3), (3,))), 1.0),
        (_arrays(rng, 4.5, ((2, 5), (5,), (5, 1))), 5.0),
        ([np.zeros((2, 3)), np.zeros(3)], 1.0),
        (_arrays(rng, 0.02, ((3,), (3, 3))), 0.1),
    ]


def _reference_clip(grads, max_norm):
    flat = np.concatenate([grad.ravel() for grad in grads])
    clipping.clip_by_norm(flat, max_norm)
    ends = np.cumsum([grad.size for grad in grads])[:-1]
    parts = np.split(flat, ends)
    return [part.reshape(grad.shape) for part, grad in zip(parts, grads, strict=True)]


def clip_by_norm(grads, max_norm):
    """List of arrays like grads, shortened together to a norm of at most max_norm."""
    norm = np.sqrt(sum(np.sum(grad**2) for grad in grads))
    if norm <= max_norm:
        return grads
    return [grad * (max_norm / norm) for grad in grads]


def _total(grads):
    return np.sqrt(sum((g**2).sum() for g in grads))


def _factor(norm, max_norm):
    return max_norm / norm if norm > max_norm else 1.0


def _each_array_by_itself(grads, max_norm):
    return [g * _factor(np.sqrt((g**2).sum()), max_norm) for g in grads]


def _entry_by_entry(grads, max_norm):
    return [np.clip(g, -max_norm, max_norm) for g in grads]


def _always_rescaled(grads, max_norm):
    norm = _total(grads)
    return [g * (max_norm / norm if norm else 1.0) for g in grads]


def _zero_divided(grads, max_norm):
    with np.errstate(all="ignore"):
        return [g * max_norm / _total(grads) for g in grads]


def _root_forgotten(grads, max_norm):
    return [g * _factor(_total(grads) ** 2, max_norm) for g in grads]


def _sum_of_absolute_values(grads, max_norm):
    return [g * _factor(sum(np.abs(g).sum() for g in grads), max_norm) for g in grads]


def _largest_entry(grads, max_norm):
    return [g * _factor(max(np.abs(g).max() for g in grads), max_norm) for g in grads]


def _sum_of_norms(grads, max_norm):
    return [g * _factor(sum(np.sqrt((g**2).sum()) for g in grads), max_norm) for g in grads]


def _largest_norm(grads, max_norm):
    return [g * _factor(max(np.sqrt((g**2).sum()) for g in grads), max_norm) for g in grads]


def _mean_square(grads, max_norm):
    size = sum(g.size for g in grads)
    return [g * _factor(_total(grads) / np.sqrt(size), max_norm) for g in grads]


def _to_length_one(grads, max_norm):
    norm = _total(grads)
    return [g / norm if norm > max_norm else g for g in grads]


def _by_minimum(grads, max_norm):
    flat = np.concatenate([np.ravel(g) for g in grads])
    factor = min(1.0, max_norm / max(float(np.linalg.norm(flat)), 1e-30))
    return tuple(factor * g for g in grads)


def _as_in_pytorch(grads, max_norm):
    factor = min(1.0, max_norm / (_total(grads) + 1e-6))
    return [g * factor for g in grads]


CLIP_BY_NORM = Exercise(
    name="06.clip_by_norm",
    title="Clip by the norm of all gradients together",
    entry="clip_by_norm",
    reference=_reference_clip,
    parts=(
        # PyTorch's 1e-6 in the denominator is right too.
        Part("a gradient above the limit", 1, _large, rtol=3e-5),
        Part("a gradient within the limit, and one of zeros", 1, _small, rtol=3e-5),
    ),
    mistakes=(
        Mistake(
            _each_array_by_itself,
            "Every array is measured and shortened by itself. That changes the direction of the "
            "whole: which norm do all of them have together?",
        ),
        Mistake(
            _entry_by_entry,
            "This is clipping by value: every entry is cut by itself, and the direction changes.",
        ),
        Mistake(
            _zero_divided,
            "Zeros become NaN, and gradients within the limit are made *longer*. What is to be "
            "done with a gradient that is short enough?",
        ),
        Mistake(
            _always_rescaled,
            "Gradients within the limit are made *longer*. They should stay as they are.",
        ),
        Mistake(
            _root_forgotten,
            "You compare and divide by the sum of squares. The norm is its root.",
        ),
        Mistake(
            _sum_of_absolute_values,
            "You add up absolute values. The Euclidean norm adds up squares.",
        ),
        Mistake(
            _largest_entry,
            "You measure the gradient by its largest entry. The norm is made of all entries.",
        ),
        Mistake(
            _sum_of_norms,
            "You add up the norms of the arrays. Squares add up, norms do not.",
        ),
        Mistake(
            _largest_norm,
            "You measure the gradient by its longest array. The others count as well.",
        ),
        Mistake(
            _mean_square,
            "You divide by the number of entries. The norm is the root of a sum, not of a mean.",
        ),
        Mistake(
            _to_length_one,
            "Gradients that are too long end with norm 1. They should end with norm `max_norm`.",
        ),
    ),
    equivalents=(_by_minimum, _as_in_pytorch),
    hints=(
        "One number describes all arrays together. Find it first, then decide.",
        "Squares add up over all arrays: the norm is the root of the sum of all squared entries.",
        "If the norm is above `max_norm`, multiply every array by `max_norm / norm`; otherwise "
        "return them as they are.",
    ),
    solution=clip_by_norm,
)


# Slopes ------------------------------------------------------------------------------------------


def _slope_cases(*parameters: float):
    def cases(rng: np.random.Generator) -> list[Case]:
        found: list[Case] = []
        for parameter in parameters:
            z = rng.normal(0, 2, (3, 4))
            z[0, :2] = abs(z[0, 0]) + 0.2, -abs(z[0, 1]) - 0.2  # both signs, whatever the seed
            found.append((rng.normal(0, 1, (3, 4)), z, parameter))
        return found

    return cases


def _zero_and_far_cases(*parameters: float):
    def cases(rng: np.random.Generator) -> list[Case]:
        z = np.array([[0.0, -0.0, 1e-12, -1e-12], [800.0, -800.0, 40.0, -40.0]])
        return [(rng.uniform(0.5, 2, z.shape), z, parameter) for parameter in parameters]

    return cases


def _reference_leaky(dy, z, slope):
    function = partial(leaky_relu, slope=slope)
    return backward(function)(dy, z, function(z))


def leaky_relu_gradient(dy, z, slope):
    """Gradient for z, from the gradient dy for leaky_relu(z); all arrays of one shape."""
    return dy * np.where(z > 0, 1, slope)


def _leaky(name, derivative):
    def gradient(dy, z, slope):
        return derivative(dy, z, slope)

    gradient.__name__ = name
    return gradient


LEAKY_RELU_GRADIENT = Exercise(
    name="06.leaky_relu_gradient",
    title="Backward through leaky ReLU",
    entry="leaky_relu_gradient",
    reference=_reference_leaky,
    parts=(
        Part("both sides of 0", 1, _slope_cases(0.01, 0.2, 0.5)),
        Part("exactly 0 and far from it", 1, _zero_and_far_cases(0.1, 0.3)),
    ),
    mistakes=(
        Mistake(
            _leaky("_no_incoming_gradient", lambda dy, z, s: np.where(z > 0, 1.0, s)),
            "This is the slope alone. The chain rule multiplies it by what comes from behind.",
        ),
        Mistake(
            _leaky("_plain_relu", lambda dy, z, s: dy * (z > 0)),
            "This is plain ReLU: nothing flows back where z is negative. What is the slope there?",
        ),
        Mistake(
            _leaky("_sign_of_the_gradient", lambda dy, z, s: np.where(dy > 0, dy, s * dy)),
            "You look at the sign of `dy`. The slope depends on where the unit stands, on `z`.",
        ),
        Mistake(
            _leaky("_sides_exchanged", lambda dy, z, s: dy * np.where(z > 0, s, 1.0)),
            "The two sides are exchanged: the small slope is that of negative z.",
        ),
        Mistake(
            _leaky("_function_for_slope", lambda dy, z, s: dy * np.maximum(z, s * z)),
            "You multiply by the function's value. What is needed is its derivative.",
        ),
        Mistake(
            _leaky("_function_alone", lambda dy, z, s: np.maximum(z, s * z)),
            "This is leaky ReLU itself. The gradient for z is `dy` times its derivative.",
        ),
        Mistake(
            _leaky("_slope_alone_on_the_left", lambda dy, z, s: np.where(z > 0, dy, s)),
            "On the left you return the slope alone. The chain rule holds on both sides.",
        ),
        Mistake(
            _leaky("_negative_slope", lambda dy, z, s: dy * np.where(z > 0, 1.0, -s)),
            "Leaky ReLU rises on the left as well: its slope there is positive.",
        ),
        Mistake(
            _leaky("_right_slope_at_0", lambda dy, z, s: dy * np.where(z >= 0, 1.0, s)),
            "Right, except exactly at 0. Read in the text which slope is meant there.",
        ),
        Mistake(
            _leaky("_fixed_slope", lambda dy, z, s: dy * np.where(z > 0, 1.0, 0.01)),
            "0.01 is a usual slope, but here it is an argument.",
        ),
    ),
    equivalents=(
        _leaky("by_a_mask", lambda dy, z, s: dy * ((z > 0) + s * (z <= 0))),
        _leaky("by_mixing", lambda dy, z, s: dy * (s + (1 - s) * (z > 0))),
    ),
    hints=(
        "The chain rule: the gradient that comes from behind, times the slope where z stands.",
        "There are two slopes only. `np.where(condition, this, that)` chooses entry by entry.",
        "The slope is 1 where `z > 0` and `slope` elsewhere; multiply it by `dy`.",
    ),
    solution=leaky_relu_gradient,
)


def _reference_elu(dy, z, alpha):
    function = partial(elu, alpha=alpha)
    return backward(function)(dy, z, function(z))


def elu_gradient(dy, z, alpha):
    """Gradient for z, from the gradient dy for elu(z); all arrays of one shape."""
    return dy * np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0)))


def _elu(name, derivative):
    def gradient(dy, z, alpha):
        with np.errstate(all="ignore"):
            return derivative(dy, z, alpha)

    gradient.__name__ = name
    return gradient


ELU_GRADIENT = Exercise(
    name="06.elu_gradient",
    title="Backward through ELU",
    entry="elu_gradient",
    reference=_reference_elu,
    parts=(
        Part("both sides of 0", 1, _slope_cases(1.0, 0.5, 1.7)),
        Part("exactly 0 and far from it", 1, _zero_and_far_cases(0.5, 1.5)),
    ),
    mistakes=(
        Mistake(
            _elu(
                "_no_incoming_gradient",
                lambda dy, z, a: np.where(z > 0, 1.0, a * np.exp(np.minimum(z, 0))),
            ),
            "This is the slope alone. The chain rule multiplies it by what comes from behind.",
        ),
        Mistake(
            _elu(
                "_slope_alone_on_the_left",
                lambda dy, z, a: np.where(z > 0, dy, a * np.exp(np.minimum(z, 0))),
            ),
            "On the left you return the slope alone. The chain rule holds on both sides.",
        ),
        Mistake(
            _elu("_alpha_forgotten", lambda dy, z, a: dy * np.exp(np.minimum(z, 0))),
            "Where z is negative, `alpha` is missing.",
        ),
        Mistake(
            _elu(
                "_function_for_slope",
                lambda dy, z, a: dy * np.where(z > 0, 1.0, a * np.expm1(np.minimum(z, 0))),
            ),
            "On the left this is ELU itself, not its derivative. What becomes of the −1 when you "
            "differentiate?",
        ),
        Mistake(
            _elu(
                "_function_on_both_sides",
                lambda dy, z, a: dy * np.where(z > 0, z, a * np.expm1(np.minimum(z, 0))),
            ),
            "You multiply by the function's value. What is needed is its derivative.",
        ),
        Mistake(
            _elu(
                "_sign_of_the_exponent",
                lambda dy, z, a: dy * np.where(z > 0, 1.0, a * np.exp(-np.minimum(z, 0))),
            ),
            "The slope must fade far on the left. Look at the sign in the exponent.",
        ),
        Mistake(
            _elu(
                "_sign_of_the_gradient",
                lambda dy, z, a: dy * np.where(dy > 0, 1.0, a * np.exp(np.minimum(z, 0))),
            ),
            "You look at the sign of `dy`. The slope depends on where the unit stands, on `z`.",
        ),
        Mistake(
            _elu("_exponential_everywhere", lambda dy, z, a: dy * a * np.exp(z)),
            "The exponential holds on the left only. On the right ELU is z itself.",
        ),
        Mistake(
            _elu("_plain_relu", lambda dy, z, a: dy * (z > 0)),
            "This is plain ReLU: nothing flows back where z is negative.",
        ),
        Mistake(
            _elu(
                "_right_slope_at_0",
                lambda dy, z, a: dy * np.where(z >= 0, 1.0, a * np.exp(np.minimum(z, 0))),
            ),
            "Right, except exactly at 0. Read in the text which slope is meant there.",
        ),
        Mistake(
            _elu(
                "_infinity_times_zero",
                lambda dy, z, a: dy * ((z > 0) * 1.0 + (z <= 0) * (a * np.exp(z))),
            ),
            "For large z the exponential is infinite, and infinity times 0 is NaN. Do not let "
            "large z into it.",
        ),
    ),
    equivalents=(
        _elu("with_an_overflow", lambda dy, z, a: np.where(z > 0, dy, dy * a * np.exp(z))),
        _elu(
            "from_the_value",
            lambda dy, z, a: dy * np.where(z > 0, 1.0, a * np.expm1(np.minimum(z, 0)) + a),
        ),
    ),
    hints=(
        "Two sides again: on the right the slope is 1. What is the derivative of "
        "$\\alpha(e^z - 1)$?",
        "It is $\\alpha e^z$. `np.where` computes both sides everywhere, also $e^z$ for large z.",
        "`np.exp(np.minimum(z, 0))` never overflows; put `alpha` in front, choose with `np.where`, "
        "multiply by `dy`.",
    ),
    solution=elu_gradient,
)
