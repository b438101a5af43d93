"""Lesson 06, the goal: make a network of 20 layers train, whatever its width.

The weights must shrink with the width: no constant keeps the signal alive in all three networks.
"""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import math
from functools import lru_cache, partial

import numpy as np

from nnlab import datasets
from nnlab.activations import relu
from nnlab.exercises.answers import Plain
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.initializers import normal
from nnlab.layers import Activation, Dense, Layer
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import SGD
from nnlab.scalers import Standardizer
from nnlab.training import fit

LARGEST_LOSS = 0.4
UPDATES = 100
LAYERS = 20
WIDTHS = (24, 40, 96)
SEEDS = range(4)


def deep_network(width: int, weight_std: float) -> Sequential:
    """Return four networks of 20 layers; the weights between hidden layers are the choice."""
    init = partial(normal, std=weight_std)
    layers: list[Layer] = [Dense(2, width), Activation(relu)]
    for _ in range(LAYERS - 2):
        layers += [Dense(width, width, init=init), Activation(relu)]
    return Sequential(*layers, Dense(width, 1), seed=SEEDS, dtype=np.float64)


@lru_cache(maxsize=256)
def outcome(width: int, weight_std: float, rate: float) -> tuple[float, float]:
    """Return the standard deviation behind layer 19 at the start, and the validation loss after."""
    train, new = (datasets.moons(n=n, noise=0.15, seed=seed) for n, seed in ((40, 0), (200, 1)))
    scaler = Standardizer().fit(train.x)
    x, x_new = scaler.transform(train.x), scaler.transform(new.x)
    net = deep_network(width, weight_std)
    with np.errstate(all="ignore"):  # a learner's choice may be anything
        signal = float(net.outputs(x)[-2].std())
        history = fit(
            net, BinaryCrossEntropy(), SGD(rate), x, train.y,
            epochs=UPDATES, record_every=UPDATES, validation=(x_new, new.y),
        )  # fmt: skip
        return signal, float(history.validation["loss"][-1].mean())


def _numbers(returned: Plain) -> tuple[float, float] | str:
    """Return the choice, or a sentence on what is wrong with its form."""
    expected = "return two numbers, the standard deviation of the weights and the learning rate"
    if isinstance(returned, np.ndarray) and returned.ndim == 1:
        returned = returned.tolist()
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return expected
    numbers = []
    for name, value in zip(("standard deviation", "learning rate"), returned, strict=True):
        if isinstance(value, np.ndarray) and value.ndim == 0:
            value = value.item()
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"{expected}; your {name} is a {type(value).__name__}"
        if not 1e-12 <= value <= 1e3:  # false for NaN as well
            return f"your {name} is {value:g}; choose it between 1e-12 and 1000"
        numbers.append(float(value))
    return numbers[0], numbers[1]


def _complaint(case: Case, returned: Plain) -> str | None:
    """Train with the learner's choice; say what is missing, or None."""
    (width,) = case
    choice = _numbers(returned)
    if isinstance(choice, str):
        return choice
    # The last digits decide nothing, and what is known is not trained again.
    weight_std, rate = (float(f"{number:.6g}") for number in choice)
    signal, loss = outcome(width, weight_std, rate)
    if loss <= LARGEST_LOSS:
        return None
    said = (
        f"{width} units, weights of standard deviation {weight_std:.3g}, learning rate {rate:.3g}: "
        f"behind layer 19 the activations have standard deviation {signal:.1e} at the start, and "
    )
    if math.isnan(loss):
        return said + "the training diverges"
    return said + f"after {UPDATES} updates the validation loss is {loss:.2f} (goal {LARGEST_LOSS})"


def _network(width: int):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [(width,)]

    return cases


def choose(width):
    """Return (weight_std, learning_rate) for a network of 20 layers with so many units each."""
    return np.sqrt(2 / width), 0.04


def _named(name, weight_std, rate):
    def choice(width):
        return weight_std(width), rate

    choice.__name__ = name
    return choice


GOAL = Exercise(
    name="06.goal",
    title=f"Goal: {LAYERS} layers that train within {UPDATES} updates",
    entry="choose",
    reference=choose,
    parts=tuple(
        Part(
            f"{width} units: validation loss at most {LARGEST_LOSS}",
            1,
            _network(width),
            judge=_complaint,
        )
        for width in WIDTHS
    ),
    mistakes=(
        Mistake(
            _named("_small_normal", lambda n: 0.001, 0.04),
            "With 0.001 nothing reaches the output: every layer takes away most of the signal.",
        ),
        Mistake(
            _named("_he_with_the_slides_factor", lambda n: 0.001 * np.sqrt(2 / n), 0.04),
            "This is He with the slide's 0.001. Look at what is left behind layer 19.",
        ),
        Mistake(
            _named("_standard_normal", lambda n: 1.0, 0.04),
            "With $N(0, 1)$ every layer makes the signal several times larger. What should a layer "
            "do to it?",
        ),
        Mistake(
            _named("_one_constant", lambda n: 0.23, 0.04),
            "One number for all widths is too small for the narrow network and too large for the "
            "wide one. How does it depend on `width`?",
        ),
        Mistake(
            _named("_lecun", lambda n: np.sqrt(1 / n), 0.04),
            "$1/\\sqrt n$ depends on the width as it should, but ReLU takes away half of the mean "
            "square in each of 20 layers.",
        ),
        Mistake(
            _named("_variance", lambda n: 2 / n, 0.04),
            "$2/n$ is a variance. A standard deviation is asked for.",
        ),
        Mistake(
            _named("_rate_too_small", lambda n: np.sqrt(2 / n), 1e-4),
            "The weights are right. With this learning rate 100 updates lead nowhere.",
        ),
        Mistake(
            _named("_rate_too_large", lambda n: np.sqrt(2 / n), 1.0),
            "The weights are right. The learning rate is far too large for 20 layers.",
        ),
    ),
    equivalents=(
        _named("a_little_smaller_rate", lambda n: (2 / n) ** 0.5, 0.03),
        _named("a_little_wider", lambda n: 1.5 / np.sqrt(n), 0.03),
    ),
    hints=(
        "First the weights: what comes out of layer 19 should be about as large as what goes in. "
        "The figure *A map of the signal* shows where.",
        "The layers are ReLU layers with `width` inputs. Whose formula is that?",
        "The standard deviation is $\\sqrt{2/n}$. Then look for a learning rate between 0.01 and "
        "0.1.",
    ),
    solution=choose,
)
