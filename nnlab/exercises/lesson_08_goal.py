"""Lesson 08, the goal: find a good network with at most thirty trials."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from functools import cache
from itertools import product

import numpy as np

from nnlab import datasets
from nnlab._coarse_digits import EXAMPLES, HELD_OUT, coarse_digits
from nnlab.activations import relu
from nnlab.exercises.answers import Plain
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.layers import Activation, Dense
from nnlab.losses import CategoricalCrossEntropy
from nnlab.metrics import accuracy
from nnlab.network import Sequential
from nnlab.optimizers import Adam, Momentum, Optimizer
from nnlab.regularizers import L2
from nnlab.training import fit

BUDGET = 30
UPDATES = 40
NAMES = ("learning rate", "momentum", "L2 strength")
MOMENTUM, STRENGTH = (0.0, 0.9), (1e-5, 0.1)
RATES = (0.0012, 12.0)
GOALS = {"Adam on grey values": 0.66, "momentum on large inputs": 0.64}


@cache
def _inputs(task: str):
    """Return inputs and classes of training and validation part."""
    digits = coarse_digits()
    if task == "momentum on large inputs":
        x, held_out = 30 * digits.x, 30 * digits.validation[0]
    else:
        data = datasets.digits()
        grey = data.x.reshape(-1, 4, 2, 4, 2).mean(axis=(2, 4)).reshape(-1, 16)
        order = np.random.default_rng(0).permutation(len(data.y))
        x, held_out = grey[order[:EXAMPLES]], grey[order[EXAMPLES : EXAMPLES + HELD_OUT]]
    return x, digits.y, held_out, digits.validation[1]


def accuracies(task: str, trials: np.ndarray) -> np.ndarray:
    """Train one network for each row of learning rate, momentum and L2 strength, all at once.

    Parameters
    ----------
    task : str
        One of GOALS.
    trials : ndarray, (n, 3)
        The settings.

    Returns
    -------
    ndarray, (n,)
        Validation accuracies after 40 updates.
    """
    rates, momentum, strengths = trials.T
    x, y, held_out, classes = _inputs(task)
    net = Sequential(
        Dense(16, 10), Activation(relu), Dense(10, 10), seed=[0] * len(rates), dtype=np.float64
    )
    optimizer: Optimizer = Momentum(rates, momentum)
    if task == "Adam on grey values":
        optimizer = Adam(rates, betas=(momentum, 0.999))
    fit(
        net, CategoricalCrossEntropy(), optimizer, x, y,
        epochs=UPDATES, record_every=UPDATES, regularizer=L2(strengths),
    )  # fmt: skip
    return np.asarray(accuracy(classes, net.forward(held_out).argmax(axis=-1)))


def _trials(returned: Plain, lows: np.ndarray, highs: np.ndarray):
    """Return the proposed trials (n, 3), or a sentence on what is wrong with them."""
    expected = f"return an array (n, 3) with at most {BUDGET} rows, one trial each"
    try:
        trials = np.asarray(returned)
    except ValueError:  # rows of several lengths
        return expected
    if trials.dtype.kind not in "iuf" or trials.ndim != 2 or trials.shape[1] != 3:
        shape = f"; yours has shape {trials.shape}" if trials.dtype.kind in "iuf" else ""
        return expected + shape
    if not 1 <= len(trials) <= BUDGET:
        return f"the budget is {BUDGET} trials, and you return {len(trials)}"
    trials = trials.astype(float)
    outside = ~((trials >= lows * 0.999) & (trials <= highs * 1.001))
    if outside.any():
        row, column = np.argwhere(outside)[0]
        return (
            f"the {NAMES[column]} must lie from {lows[column]:g} to {highs[column]:g} in this "
            f"call, but in row {row} it is {trials[row, column]:g}"
        )
    return trials


def _judge(task: str):
    def complaint(case: Case, returned: Plain) -> str | None:
        trials = _trials(returned, *case)
        if isinstance(trials, str):
            return trials
        scores = accuracies(task, trials)
        best, goal = int(scores.argmax()), GOALS[task]
        if scores[best] >= goal:
            return None
        different = len(np.unique(trials[:, 0]))
        return (
            f"the best of your {len(trials)} trials has {100 * scores[best]:.1f} % of the "
            f"validation digits right, with learning rate {trials[best, 0]:.2g}; the goal is "
            f"{100 * goal:.0f} %. You try {different} different learning "
            f"rate{'s' * (different > 1)}"
        )

    return complaint


def _ranges(rng: np.random.Generator) -> list[Case]:
    lows, highs = np.array([RATES, MOMENTUM, STRENGTH]).T
    return [(lows, highs)]


def thirty_trials(lows, highs):
    """At most 30 rows: learning rate, momentum, L2 strength."""
    rng = np.random.default_rng(0)
    rates = np.exp(rng.uniform(np.log(lows[0]), np.log(highs[0]), 30))
    momentum = rng.uniform(lows[1], highs[1], 30)
    strengths = np.exp(rng.uniform(np.log(lows[2]), np.log(highs[2]), 30))
    return np.column_stack([rates, momentum, strengths])


def _grid(*columns):
    return np.array(list(product(*columns)))


def _small_grid(lows, highs):
    return _grid(
        np.geomspace(lows[0], highs[0], 3), np.linspace(lows[1], highs[1], 3),
        np.geomspace(lows[2], highs[2], 3),
    )  # fmt: skip


def _linear_grid(lows, highs):
    return _grid(*(np.linspace(low, high, 3) for low, high in zip(lows, highs, strict=True)))


def _linear_draws(lows, highs):
    return np.random.default_rng(0).uniform(lows, highs, (30, 3))


def _same_trial(lows, highs):
    middle = np.sqrt(lows[0] * highs[0])
    return np.tile([middle, highs[1] / 2, np.sqrt(lows[2] * highs[2])], (30, 1))


def _one_trial(lows, highs):
    return np.array([[0.01, 0.9, 1e-4]])


def _tunes_the_others(lows, highs):
    rng = np.random.default_rng(0)
    trials = thirty_trials(lows, highs)
    trials[:, 0] = np.sqrt(lows[0] * highs[0])
    trials[:, 1] = rng.uniform(lows[1], highs[1], 30)
    return trials


def _lower_half_only(lows, highs):
    trials = thirty_trials(lows, highs)
    trials[:, 0] = np.geomspace(lows[0], 2.5 * lows[0], 30)
    return trials


def _upper_half_only(lows, highs):
    trials = thirty_trials(lows, highs)
    trials[:, 0] = np.geomspace(np.sqrt(lows[0] * highs[0]), highs[0], 30)
    return trials


def _exponents(lows, highs):
    trials = thirty_trials(lows, highs)
    trials[:, [0, 2]] = np.log10(trials[:, [0, 2]])
    return trials


def _too_many(lows, highs):
    return np.repeat(thirty_trials(lows, highs), 4, axis=0)


def _ten_rates_three_momenta(lows, highs):
    """Give the axis that matters ten values."""
    return _grid(np.geomspace(lows[0], highs[0], 10), np.linspace(0, 0.9, 3), [1e-4])


def _from_strata(lows, highs):
    rng = np.random.default_rng(5)
    places = (np.array([rng.permutation(30) for _ in range(3)]).T + rng.random((30, 3))) / 30
    trials = lows + places * (highs - lows)
    for column in (0, 2):
        trials[:, column] = lows[column] * (highs[column] / lows[column]) ** places[:, column]
    return trials


GOAL = Exercise(
    name="08.goal",
    title=f"Goal: a good network with {BUDGET} trials",
    entry="thirty_trials",
    reference=thirty_trials,
    parts=tuple(
        Part(f"{task}: {100 * goal:.0f} % of the validation digits", 2, _ranges, judge=_judge(task))
        for task, goal in GOALS.items()
    ),
    mistakes=(
        Mistake(
            _small_grid,
            "A grid of 3 × 3 × 3 spends 27 trials on three learning rates. Let every trial try "
            "another one.",
        ),
        Mistake(
            _linear_grid,
            "A grid of 3 × 3 × 3 on a linear scale: three learning rates, two of them in the "
            "uppermost power of ten.",
        ),
        Mistake(
            _linear_draws,
            "Thirty learning rates, but nearly all of them in the uppermost power of ten. On which "
            "scale do you draw them?",
        ),
        Mistake(_same_trial, "Thirty times the same trial is one trial."),
        Mistake(
            _one_trial,
            "One guess. You have thirty trials, and the two networks need different learning "
            "rates.",
        ),
        Mistake(
            _tunes_the_others,
            "Momentum and L2 strength vary, the learning rate does not. It is the one that "
            "matters most.",
        ),
        Mistake(
            _lower_half_only,
            "All learning rates lie at the low end of the range. Spread them over all of it.",
        ),
        Mistake(
            _upper_half_only,
            "All learning rates lie in the upper half of the range, on a log scale. Spread them "
            "over all of it.",
        ),
        Mistake(
            _exponents,
            "These are exponents, some of them negative. Return 10 to their power.",
        ),
        Mistake(_too_many, "More than thirty trials. The budget is part of the task."),
    ),
    equivalents=(_ten_rates_three_momenta, _from_strata),
    hints=(
        "Which of the three hyperparameters matters most, and how many values of it do your "
        "trials try?",
        "Thirty random trials try thirty learning rates. On which scale should they be drawn?",
        "Learning rate and L2 strength log-uniform, momentum uniform (its range begins at 0, which "
        "has no logarithm); `np.column_stack` puts the three columns together.",
    ),
    solution=thirty_trials,
)
