"""Lesson 05, inverted dropout with numbers that are given: forward and backward."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.layers import Dropout
from nnlab.network import Sequential

# Forward -----------------------------------------------------------------------------------------


def _forward_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for shape, rate in (((4, 4), 0.5), ((3, 5), 0.2), ((5, 4), 0.75), ((6, 3), 0.4)):
        # every entry is dropped or kept at least once, also in the first row and column, whatever
        # the seed; and one number is exactly the rate
        u = np.linspace(0, 1, shape[0] * shape[1], endpoint=False)
        u = rng.permutation(u + 0.5 / u.size).reshape(shape)
        u[-1, -1] = rate
        u[0, :2] = rate / 2, (1 + rate) / 2
        cases.append((rng.normal(0, 2, shape), rate, u))
    return cases


def _edge_cases(rng: np.random.Generator) -> list[Case]:
    u = rng.random((3, 4))
    u[1, 2] = 0.0
    return [
        (rng.normal(0, 2, (3, 4)), 0.0, u),
        (rng.normal(0, 2, (2, 3)), 0.9, np.full((2, 3), 0.5)),
    ]


def _reference_forward(x, rate, u):
    layer = Dropout(rate, kept=u >= rate)
    y = Sequential(layer, dtype=np.float64).forward(x, training=True)
    return y, layer.mask


def dropout_forward(x, rate, u):
    """Return (y, mask) of inverted dropout; an entry stays where u is at least the rate."""
    mask = (u >= rate) / (1 - rate)
    return x * mask, mask


def _both(x, mask):
    return x * mask, mask


def _keeps_the_wrong_ones(x, rate, u):
    return _both(x, (u < rate) / (1 - rate))


def _strictly_above(x, rate, u):
    return _both(x, (u > rate) / (1 - rate))


def _not_rescaled(x, rate, u):
    return _both(x, (u >= rate) * 1.0)


def _not_rescaled_by_true_and_false(x, rate, u):
    return _both(x, u >= rate)


def _times_the_share_kept(x, rate, u):
    return _both(x, (u >= rate) * (1 - rate))


def _always_times_two(x, rate, u):
    return _both(x, (u >= rate) * 2.0)


def _divided_by_the_rate(x, rate, u):
    return _both(x, (u >= rate) / rate)


def _rate_is_the_share_kept(x, rate, u):
    return _both(x, (u < rate) / rate)


def _by_what_was_kept(x, rate, u):
    kept = u >= rate
    return _both(x, kept / kept.mean())


def _mask_without_scale(x, rate, u):
    kept = u >= rate
    return x * kept / (1 - rate), kept * 1.0


def _mask_of_whole_numbers(x, rate, u):
    kept = u >= rate
    return x * kept / (1 - rate), kept.astype(int)


def _mask_of_true_and_false(x, rate, u):
    kept = u >= rate
    return x * kept / (1 - rate), kept


def _numbers_of_its_own(x, rate, u):
    return _reference_forward(x, rate, np.random.default_rng(0).random(x.shape))


def _same_units_for_everyone(x, rate, u):
    return _both(x, np.broadcast_to((u[0] >= rate) / (1 - rate), x.shape))


def _output_alone(x, rate, u):
    return _reference_forward(x, rate, u)[0]


def _exchanged(x, rate, u):
    y, mask = _reference_forward(x, rate, u)
    return mask, y


def _forward_by_where(x, rate, u):
    mask = np.where(u < rate, 0.0, 1.0 / (1.0 - rate))
    return mask * x, mask


def _forward_by_loop(x, rate, u):
    y, mask = np.zeros_like(x), np.zeros_like(x)
    for place in np.ndindex(x.shape):
        if u[place] >= rate:
            mask[place] = 1 / (1 - rate)
            y[place] = x[place] / (1 - rate)
    return [y.tolist(), mask.tolist()]


FORWARD = Exercise(
    name="05.dropout_forward",
    title="Inverted dropout, forward",
    entry="dropout_forward",
    reference=_reference_forward,
    parts=(
        Part("several rates", 1, _forward_cases),
        Part("nothing dropped, everything dropped", 1, _edge_cases),
    ),
    mistakes=(
        Mistake(_output_alone, "Return two things, `y, mask`: the backward pass needs the mask."),
        Mistake(_exchanged, "First the output, then the mask: `return y, mask`."),
        Mistake(
            _keeps_the_wrong_ones,
            "You drop what should stay. `rate` is the probability to drop, so an entry stays where "
            "its number is *not* below the rate.",
        ),
        Mistake(
            _rate_is_the_share_kept,
            "You take `rate` for the probability to *keep*, as the paper of 2014 does. Here it is "
            "the probability to drop.",
        ),
        Mistake(
            _strictly_above,
            "A number that is exactly the rate: the text says *at least*. With rate 0 a number can "
            "be 0, and nothing may be dropped.",
        ),
        Mistake(
            _not_rescaled,
            "The mask is right, but nothing is rescaled. What must the survivors be multiplied by, "
            "so that a sum over many units stays the same on average?",
        ),
        Mistake(
            _not_rescaled_by_true_and_false,
            "Your mask says which entries stay, and no more: nothing is rescaled. It should hold a "
            "number for every entry: 0, or the factor by which the entry grows.",
        ),
        Mistake(
            _times_the_share_kept,
            "This makes the survivors smaller. Some units are missing; the others have to make up "
            "for them.",
        ),
        Mistake(
            _always_times_two,
            "× 2 is right for rate 0.5 only. Which formula of the rate is 2 there?",
        ),
        Mistake(
            _divided_by_the_rate,
            "You divide by the probability to drop. Divide by the probability to stay.",
        ),
        Mistake(
            _by_what_was_kept,
            "You divide by the share that happened to stay. The factor depends on the rate alone, "
            "not on the draw.",
        ),
        Mistake(
            _mask_without_scale,
            "The output is right. The mask must hold the factor too: 0 or 1/(1 − rate), so that "
            "`y = x * mask`.",
        ),
        Mistake(
            _mask_of_whole_numbers,
            "The output is right, but the mask holds the whole numbers 0 and 1. It must hold the "
            "factor too: 0 or 1/(1 − rate), so that `y = x * mask`.",
        ),
        Mistake(
            _mask_of_true_and_false,
            "The output is right, but the mask holds True and False. It must hold numbers, 0 or "
            "1/(1 − rate), so that `y = x * mask`.",
        ),
        Mistake(
            _numbers_of_its_own,
            "You draw numbers of your own. Here they are given, as `u`.",
        ),
        Mistake(
            _same_units_for_everyone,
            "You look at the first row of `u` alone. Every example has its own numbers.",
        ),
    ),
    equivalents=(_forward_by_where, _forward_by_loop),
    hints=(
        "Two steps: which entries stay, and by what the ones that stay are multiplied.",
        "`u >= rate` is True where an entry stays. True counts as 1 in a product.",
        "Divide that array by `1 - rate`: this is the mask. The output is `x * mask`.",
    ),
    solution=dropout_forward,
)


# Backward ----------------------------------------------------------------------------------------


def _backward_cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for shape, rate in (((4, 4), 0.5), ((3, 5), 0.2), ((5, 4), 0.75), ((2, 3), 0.0)):
        kept = rng.random(shape) >= rate
        kept[0, 0], kept[0, 1] = True, rate == 0
        cases.append((rng.normal(0, 2, shape), kept / (1 - rate)))
    return cases


def _reference_backward(dy, mask):
    kept = mask > 0
    rate = 1 - 1 / mask.max()
    layer = Dropout(max(rate, 0.0), kept=kept)
    Sequential(layer, dtype=np.float64).forward(np.ones_like(dy), training=True)
    return layer.backward(dy)


def dropout_backward(dy, mask):
    """Gradient for the input, from the gradient dy for the output and the mask of the pass."""
    return dy * mask


def _gradient_untouched(dy, mask):
    return dy.copy()


def _dropped_but_not_rescaled(dy, mask):
    return dy * (mask > 0)


def _rescaled_but_not_dropped(dy, mask):
    return dy * mask.max()


def _divided_by_the_mask(dy, mask):
    return dy / mask


def _divided_where_kept(dy, mask):
    return np.divide(dy, mask, out=np.zeros_like(dy), where=mask > 0)


def _mask_twice(dy, mask):
    return dy * mask * mask


def _gradient_of_the_dropped(dy, mask):
    return dy * (mask == 0)


def _mask_itself(dy, mask):
    return mask.copy()


def _backward_by_where(dy, mask):
    return np.where(mask != 0, mask * dy, 0)


def _backward_by_loop(dy, mask):
    return [[g * m for g, m in zip(*rows, strict=True)] for rows in zip(dy, mask, strict=True)]


BACKWARD = Exercise(
    name="05.dropout_backward",
    title="Inverted dropout, backward",
    entry="dropout_backward",
    reference=_reference_backward,
    parts=(Part("several rates", 1, _backward_cases),),
    mistakes=(
        Mistake(
            _gradient_untouched,
            "You pass the gradient on as it is. What was dropped had no part in the loss: what is "
            "its gradient?",
        ),
        Mistake(
            _dropped_but_not_rescaled,
            "The dropped entries are right. The others were multiplied by a factor on the way "
            "forward, and so is their gradient.",
        ),
        Mistake(
            _rescaled_but_not_dropped,
            "Everything is rescaled, also what was dropped. Its gradient must be 0.",
        ),
        Mistake(
            _divided_by_the_mask,
            "You divide by the mask, and it holds zeros. Forward is $y = x \\cdot m$; what is "
            "$dy/dx$?",
        ),
        Mistake(
            _divided_where_kept,
            "The backward pass does not undo the forward pass. Forward is $y = x \\cdot m$; what "
            "is $dy/dx$?",
        ),
        Mistake(_mask_twice, "The mask counts once: it already holds the factor."),
        Mistake(
            _gradient_of_the_dropped,
            "You keep the gradient of what was dropped. It is the other way round.",
        ),
        Mistake(
            _mask_itself,
            "The mask is $dy/dx$. By the chain rule it is multiplied by the gradient that comes "
            "in.",
        ),
    ),
    equivalents=(_backward_by_where, _backward_by_loop),
    hints=(
        "Forward is $y = x \\cdot m$, entry by entry. Write down $dy/dx$ for one entry.",
        "The chain rule multiplies the gradient that comes in by $dy/dx$.",
        "The mask already holds 0 and 1/(1 − p): one product is enough.",
    ),
    solution=dropout_backward,
)
