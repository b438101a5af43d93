"""Lesson 04, the goal: a good strength for three over-fitting nets, in ten tries.

Each call states the strengths in another convention, λ times a factor: a list of constants that
suits one call is of no use, or not even allowed, in the next.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from functools import cache, lru_cache, partial
from typing import NamedTuple

import numpy as np

from nnlab import datasets
from nnlab._arrays import AnyArray, FloatArray
from nnlab.activations import tanh
from nnlab.exercises.answers import Plain
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.initializers import normal
from nnlab.layers import Activation, Dense
from nnlab.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss
from nnlab.metrics import accuracy
from nnlab.network import Sequential
from nnlab.optimizers import SGD
from nnlab.regularizers import L2, Proximal
from nnlab.scalers import Standardizer
from nnlab.splits import three_way_split
from nnlab.training import History, fit

# Goal: a strength for three nets, ten tries ------------------------------------------------------

TRIES = 10
MOONS, DIGITS, CANCER = "30 points of two moons", "54 digits", "40 patients, 120 useless features"
GOALS = {MOONS: 0.89, DIGITS: 0.79, CANCER: 0.9}
"""Validation accuracies; without a penalty they are 82, 72 and 81 %."""

LOW, HIGH = 1e-5, 10.0
"""The range that is offered, in the convention of this course."""


class Problem(NamedTuple):
    """A net that gets all of its training examples right and too few of the others."""

    train: tuple[FloatArray, AnyArray]
    validation: tuple[FloatArray, AnyArray]
    hidden: int
    outputs: int
    scale: float  # standard deviation of the weights at the start
    rate: float
    epochs: int


@cache
def problem(name: str) -> Problem:
    """Return one of the three problems."""
    if name == MOONS:
        data = datasets.moons(n=30, noise=0.3, seed=3)
        new = datasets.moons(n=500, noise=0.3, seed=1000)
        return Problem((data.x, data.y), (new.x, new.y), 32, 1, 3.0, 2.0, 600)
    if name == DIGITS:
        data = datasets.digits()
        split = three_way_split(data.y, fractions=(0.03, 0.4, 0.57), seed=0)
        train, validation = ((data.x[w] / 16, data.y[w]) for w in (split.train, split.validation))
        return Problem(train, validation, 32, 10, 1.0, 0.5, 300)
    data = datasets.breast_cancer()
    split = three_way_split(data.y, fractions=(0.07, 0.93, 0.0), seed=0)
    features = Standardizer().fit(data.x[split.train]).transform(data.x)
    useless = np.random.default_rng(0).standard_normal((len(features), 120))
    x = np.concatenate([features, useless], axis=1)
    train, validation = ((x[w], data.y[w]) for w in (split.train, split.validation))
    return Problem(train, validation, 16, 1, 0.3, 0.5, 300)


@lru_cache(maxsize=256)
def accuracies(name: str, strengths: tuple[float, ...]) -> FloatArray:
    """Return the validation accuracy for every strength, in the convention of this course."""
    return trained(name, strengths).validation["accuracy"][-1]


def trained(name: str, strengths: tuple[float, ...]) -> History:
    """Train a problem's net with every strength, all at once; only start and end are recorded."""
    task = problem(name)
    net = Sequential(
        Dense(task.train[0].shape[1], task.hidden, init=partial(normal, std=task.scale)),
        Activation(tanh),
        Dense(task.hidden, task.outputs),
        seed=[0] * len(strengths),
        dtype=np.float64,
    )
    loss: Loss = BinaryCrossEntropy() if task.outputs == 1 else CategoricalCrossEntropy()
    # The proximal step of L2 is stable for every strength, however large.
    return fit(
        net, loss, SGD(task.rate), *task.train, epochs=task.epochs, record_every=task.epochs,
        validation=task.validation, metrics={"accuracy": accuracy},
        regularizer=Proximal(L2(np.array(strengths))),
    )  # fmt: skip


def _numbers(returned: Plain) -> tuple[float, ...] | str:
    """Return the proposed strengths, or a sentence on what is wrong with their form."""
    expected = f"return a list or array of at most {TRIES} numbers, the strengths to try"
    try:
        values = np.asarray(returned)
    except ValueError:  # rows of different lengths
        return expected
    if values.dtype.kind not in "iuf":
        return expected
    if values.ndim == 2 and 1 in values.shape:
        values = values.ravel()
    if values.ndim != 1 or values.size == 0:
        return f"{expected}; yours has shape {values.shape}"
    if values.size > TRIES:
        return f"the budget is {TRIES} tries, and you name {values.size} strengths"
    return tuple(float(value) for value in values)


def _judge(name: str):
    def complaint(case: Case, returned: Plain) -> str | None:
        low, high = (float(value) for value in case)
        strengths = _numbers(returned)
        if isinstance(strengths, str):
            return strengths
        outside = [value for value in strengths if not low * 0.999 <= value <= high * 1.001]
        if outside:
            return (
                f"every strength must lie from {low:g} to {high:g} in this call, but one is "
                f"{outside[0]:g}"
            )
        # Without the last digits a strength is the same in every convention, and is trained once.
        here = tuple(float(f"{value * LOW / low:.12g}") for value in strengths)
        scores, goal = accuracies(name, here), GOALS[name]
        best = int(scores.argmax())
        if scores[best] >= goal:
            return None
        middle = np.sqrt(low * high)
        below = sum(value <= middle for value in strengths)
        return (
            f"from {low:g} to {high:g} the best of your {len(strengths)} tries is "
            f"λ = {strengths[best]:.3g} with {100 * scores[best]:.1f} % of the validation part "
            f"right; the goal is {100 * goal:.0f} %. Up to λ = {middle:.2g} you make {below} "
            f"tries, above it {len(strengths) - below}"
        )

    return complaint


def _ranges(rng: np.random.Generator) -> list[Case]:
    """Draw the range in two conventions whose factors are far apart."""
    factors = rng.choice((1e-4, 1e-3)), rng.choice((2.0, 10.0))
    return [(float(LOW * factor), float(HIGH * factor)) for factor in factors]


def ten_strengths(low, high):
    """At most ten strengths to try, from low to high."""
    return np.geomspace(low, high, 10)


def _linear_grid(low, high):
    return np.linspace(low, high, 10)


def _uniform_draws(low, high):
    return np.random.default_rng(0).uniform(low, high, 10)


def _one_guess(low, high):
    return np.array([0.01])


def _same_guess_ten_times(low, high):
    return np.full(10, 0.01)


def _powers_of_ten(low, high):
    return 10.0 ** np.arange(-8, 2)


def _middle_of_the_exponents(low, high):
    return np.array([np.sqrt(low * high)])


def _three_values(low, high):
    return np.geomspace(low, high, 3)


def _exponents(low, high):
    return np.linspace(np.log10(low), np.log10(high), 10)


def _logspace_of_the_ends(low, high):
    return np.logspace(low, high, 10)


def _more_than_ten(low, high):
    return np.geomspace(low, high, 50)


def _log_uniform_in_strata(low, high):
    places = (np.arange(10) + np.random.default_rng(1).uniform(0.4, 0.6, 10)) / 10
    return np.exp(np.log(low) + (np.log(high) - np.log(low)) * places)


def _by_repeated_factor(low, high):
    values = [low]
    for _ in range(9):
        values.append(values[-1] * (high / low) ** (1 / 9))
    return values


GOAL = Exercise(
    name="04.goal",
    title="Goal: a good λ for three nets, in ten tries",
    entry="ten_strengths",
    reference=ten_strengths,
    parts=tuple(
        Part(
            f"{name}: {100 * goal:.0f} % of the validation part",
            1,
            _ranges,
            judge=_judge(name),
        )
        for name, goal in GOALS.items()
    ),
    mistakes=(
        Mistake(
            _linear_grid,
            "Evenly spaced numbers: all but the first lie in the uppermost power of ten. Which "
            "spacing gives every power of ten the same number of tries?",
        ),
        Mistake(
            _uniform_draws,
            "Uniform draws: nearly all of them lie in the uppermost power of ten. Draw the "
            "exponent instead.",
        ),
        Mistake(
            _same_guess_ten_times,
            "Ten times the same strength is one try. The three nets need different ones.",
        ),
        Mistake(
            _one_guess,
            "One guess may fit one net; the three need different strengths. You have ten tries.",
        ),
        Mistake(
            _powers_of_ten,
            "The spacing is right, but the list is the same in every call. The convention is not: "
            "start from `low` and `high`.",
        ),
        Mistake(
            _middle_of_the_exponents,
            "The middle of the range on a log scale is one guess. You have ten tries.",
        ),
        Mistake(
            _three_values,
            "Three values are far apart, and what works lies in between. You have ten tries.",
        ),
        Mistake(
            _exponents,
            "These are the exponents, some of them negative. The strengths are 10 to their power.",
        ),
        Mistake(
            _logspace_of_the_ends,
            "`np.logspace` expects exponents as its ends; you gave it the ends themselves.",
        ),
        Mistake(_more_than_ten, "More than ten tries. The budget is part of the task."),
    ),
    equivalents=(_log_uniform_in_strata, _by_repeated_factor),
    hints=(
        "The range spans six powers of ten. How many of your tries fall into each?",
        "Equal *ratios* between neighbours, not equal differences.",
        "`np.geomspace(low, high, 10)`, or 10 to the power of evenly spaced exponents.",
    ),
    solution=ten_strengths,
)
