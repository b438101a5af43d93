"""Lesson 05, masks that learners draw: what those exercises share.

Any way of drawing is right, so such answers are judged by what they have in common. The functions
get several seeds, one of them twice, so that a judge can see whether the seed decides the draw.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from functools import wraps

import numpy as np

from nnlab._arrays import FloatArray
from nnlab.exercises.answers import Plain
from nnlab.exercises.comparing import describe

SIGMAS = 5  # how far a share may be from what is expected, in standard deviations
CLOSE = 1e-4  # float32 must pass


def for_each_seed(one):
    """Return the function of a list of seeds that calls `one`, a function of one seed, for each."""

    @wraps(one)
    def several(x, rate, seeds, *training):
        return np.stack([one(x, rate, seed, *training) for seed in seeds])

    return several


def three_seeds(rng: np.random.Generator) -> list[int]:
    """Return three seeds, of which the first and the last are the same."""
    first, second = rng.choice(1000, 2, replace=False).tolist()
    return [first, second, first]


def numbers(returned: Plain, x: FloatArray, seeds: list[int]) -> FloatArray | str:
    """Return what came back as an array (S, *x.shape), or a sentence on why it is none."""
    shape = (len(seeds), *x.shape)
    wanted = f"return an array of numbers of shape {shape}, one like x for every seed"
    if isinstance(returned, tuple | list):
        try:
            returned = np.asarray(returned)
        except ValueError:
            return f"{wanted}; what your list holds has several shapes"
    if not isinstance(returned, np.ndarray) or returned.dtype.kind not in "iuf":
        return f"{wanted}, not {describe(returned)}"
    if returned.shape != shape:
        return f"{wanted}, not {returned.shape}"
    if not np.isfinite(returned).all():
        return "every entry must be a finite number, and some of yours are not"
    return returned.astype(float)


def seed_fault(y: FloatArray, seeds: list[int], rate: float) -> str | None:
    """Return which results (S, …) the seeds did not decide, or None."""
    if rate == 0:
        return None
    kept = y != 0
    for k in range(len(seeds)):
        for other in range(k):
            places, alike = f"results {other + 1} and {k + 1}", (kept[k] == kept[other]).all()
            if seeds[k] == seeds[other] and not alike:
                return (
                    f"{places} have the same seed, {seeds[k]}, and different masks; the seed alone "
                    "must decide the draw"
                )
            if seeds[k] != seeds[other] and alike:
                return (
                    f"{places} have the same mask although their seeds, {seeds[other]} and "
                    f"{seeds[k]}, differ"
                )
    return None


def mask_fault(x: FloatArray, y: FloatArray, rate: float) -> str | None:
    """Return what is wrong with dropout in training, or None; x has no zeros."""
    kept = y != 0
    with np.errstate(over="ignore"):
        ratio = y[kept] / x[kept]
    if not kept.any():
        return "everything was dropped"
    for factor, said in (
        (1.0, "what is kept is not rescaled, so the next layer gets too little"),
        (1 - rate, "what is kept is multiplied by 1 − p; that makes it smaller still"),
        (1 / rate if rate else 1.0, "what is kept is divided by p, the probability to drop"),
        (2.0, "what is kept is doubled; that is right for rate 0.5 only"),
    ):
        right = abs(factor - 1 / (1 - rate)) < CLOSE
        if not right and not kept.all() and np.allclose(ratio, factor, rtol=CLOSE, atol=0):
            return said
    if rate and kept.all():
        return "nothing was dropped, although this is training"
    if not np.allclose(ratio, 1 / (1 - rate), rtol=CLOSE, atol=0):
        return "every entry must be 0 or x / (1 − p), and some of yours are neither"
    same = (
        (-2, "every example loses the same units"),
        (-1, "of an example either everything is dropped or nothing"),
    )
    for axis, what in same if rate else ():
        if (kept == np.take(kept, [0], axis=axis)).all():
            return f"{what}; draw one number for every entry of x"
    share, allowed = kept.mean(), SIGMAS * np.sqrt(rate * (1 - rate) / kept.size)
    if abs(share - (1 - rate)) > allowed:
        said = f"{1 - share:.0%} were dropped, and the rate is {rate:g}"
        if abs(share - rate) <= allowed:
            said += "; the rate is the probability to drop, not to keep"
        return said
    return None
