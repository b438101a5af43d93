"""Lesson 09, the goal: rescue two badly initialized networks with few layers of batch norm."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import math
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np

from nnlab import datasets
from nnlab._arrays import AnyArray, FloatArray
from nnlab.activations import relu
from nnlab.exercises.answers import Plain
from nnlab.exercises.comparing import describe
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.initializers import he
from nnlab.layers import Activation, BatchNorm, Dense, Layer
from nnlab.losses import CategoricalCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import SGD
from nnlab.training import fit

LAYERS = 6
SEEDS = range(5)
EPOCHS = 8


class Task(NamedTuple):
    """What is allowed and what is wanted of a network."""

    most: int  # layers of batch normalization
    accuracy: float


TASKS = {0.2: Task(2, 0.85), 3.0: Task(1, 0.88)}
"""By the factor on He's weights."""


@cache
def load_digits() -> tuple[FloatArray, AnyArray, FloatArray, AnyArray]:
    """Return 1000 training and 500 held-out digits, pixels from 0 to 1 minus their mean."""
    data = datasets.digits()
    order = np.random.default_rng(0).permutation(len(data.y))
    x, y = data.x[order] / 16, data.y[order]
    x = x - x[:1000].mean(axis=0)
    return x[:1000], y[:1000], x[1000:1500], y[1000:1500]


def make_network(weights: float, places: tuple[int, ...]) -> Sequential:
    """Return five copies of the network, with batch normalization behind some of the layers."""

    def init(rng: np.random.Generator, shape: tuple[int, int]) -> FloatArray:
        return weights * he(rng, shape)

    layers: list[Layer] = []
    for number in range(1, LAYERS + 1):
        layers.append(Dense(64 if number == 1 else 20, 20, init=init))
        if number in places:
            layers.append(BatchNorm(20))
        layers.append(Activation(relu))
    return Sequential(*layers, Dense(20, 10, init=init), seed=SEEDS, dtype=np.float64)


@lru_cache(maxsize=512)
def outcome(weights: float, places: tuple[int, ...], rate: float) -> float:
    """Return the held-out accuracy after 400 updates with batches of 20, mean of five seeds."""
    x, y, x_new, y_new = load_digits()
    net = make_network(weights, places)
    with np.errstate(all="ignore"):
        fit(
            net, CategoricalCrossEntropy(), SGD(rate), x, y,
            epochs=EPOCHS, batch_size=20, seed=0, record_every=EPOCHS,
        )  # fmt: skip
        return float((net.forward(x_new).argmax(axis=-1) == y_new).mean())


def first_logits(weights: float, places: tuple[int, ...]) -> float:
    """Return the standard deviation of the logits of 20 digits before training."""
    z = make_network(weights, places).forward(load_digits()[0][:20], training=True)
    return float(z.std())


def _rate(value: Plain) -> float | None:
    """Return a learning rate, or None if it is no number above 0."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 < value < 1e12:  # false for NaN too
        return None
    return float(value)


def _places(value: Plain, most: int) -> tuple[int, ...] | str:
    """Return the numbers of the layers, or a sentence on what is wrong."""
    wanted = f"the layers are a list of at most {most} whole numbers from 1 to {LAYERS}"
    if isinstance(value, np.ndarray) and value.ndim == 1:
        if len(value) > most:
            return f"{wanted}; yours has {len(value)}"
        value = value.tolist()
    if not isinstance(value, tuple | list):
        return f"{wanted}, not {describe(value)}"
    if len(value) > most:
        return f"{wanted}; yours has {len(value)}"
    for number in value:
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= LAYERS:
            return f"{wanted}; one of yours is not"
    if len(set(value)) < len(value):
        return f"{wanted}; you name one of them twice"
    return tuple(sorted(value))


def _complaint(case: Case, returned: Plain) -> str | None:
    """Train with the learner's choice; say what is missing, or None."""
    (weights,) = case
    task = TASKS[weights]
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return (
            "return a list of layers and a learning rate, such as `([1, 2], 0.01)`, not "
            f"{describe(returned)}"
        )
    places, rate = _places(returned[0], task.most), _rate(returned[1])
    if isinstance(places, str):
        return places
    if rate is None:
        return "the learning rate is a number above 0 and below 10¹²"
    accuracy = outcome(weights, places, rate)
    if math.isfinite(accuracy) and accuracy >= task.accuracy:
        return None
    where = f"layers {', '.join(map(str, places))}" if places else "no layer"
    return (
        f"weights {weights:g} times He's, batch norm behind {where}, learning rate {rate:g}: the "
        f"held-out accuracy is {accuracy:.2f}, the goal {task.accuracy:.2f}; before training the "
        f"logits have a standard deviation of {first_logits(weights, places):.1g}"
    )


def _network(weights: float):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [(weights,)]

    return cases


def rescue(weights):
    """Return the layers behind which batch norm stands, and the learning rate."""
    choices = {
        0.2: ([3, 6], 0.1),
        3.0: ([6], 0.5),
    }
    return choices[weights]


def _named(name: str, small, large):
    def choose(weights):
        return {0.2: small, 3.0: large}[weights]

    choose.__name__ = name
    return choose


GOAL = Exercise(
    name="09.goal",
    title="Goal: two bad starts, a few layers of batch norm",
    entry="rescue",
    reference=rescue,
    parts=tuple(
        Part(
            f"weights {weights:g} times He's: accuracy at least {task.accuracy:.2f} with at most "
            f"{task.most} layer{'s' if task.most > 1 else ''} of batch norm",
            2,
            _network(weights),
            judge=_complaint,
        )
        for weights, task in TASKS.items()
    ),
    mistakes=(
        Mistake(
            _named("none_at_all", ([], 0.1), ([], 0.1)),
            "Without batch norm neither learns. What happens to the signal on its way through six "
            "layers?",
        ),
        Mistake(
            _named("everywhere", ([1, 2, 3, 4, 5, 6], 0.1), ([1, 2, 3, 4, 5, 6], 0.1)),
            "Batch norm everywhere would do, but the budget is smaller. Which layers need it most?",
        ),
        Mistake(
            _named("the_first_layers", ([1, 2], 0.1), ([1], 0.3)),
            "Behind the last batch norm the signal goes on dying or exploding. What is left of it "
            "at the output?",
        ),
        Mistake(
            _named("the_last_layers", ([5, 6], 0.03), ([6], 0.5)),
            "For the large weights this is right. With the small ones the signal has fallen far "
            "below √ε before it reaches layer 5.",
        ),
        Mistake(
            _named("one_too_early", ([2, 4], 0.1), ([4], 0.1)),
            "Evenly spread is a good idea. But the output must not get a signal that dies or "
            "explodes again: behind which layer should the last batch norm stand?",
        ),
        Mistake(
            _named("a_rate_of_one_tenth", ([3, 6], 0.1), ([6], 0.1)),
            "The places are right, and 0.1 will do for the small weights. The large ones want a "
            "higher rate.",
        ),
        Mistake(
            _named("a_rate_of_one", ([3, 6], 1.0), ([6], 1.0)),
            "The places are right, and 1 will do for the large weights. The small ones want a "
            "lower rate: their first steps are large relative to them.",
        ),
        Mistake(
            _named("low_rates", ([3, 6], 0.003), ([6], 0.01)),
            "The places are right. With rates this low 400 updates do not lead far: sweep the rate "
            "of each.",
        ),
        Mistake(
            _named("one_for_both", ([6], 0.5), ([6], 0.5)),
            "One layer is enough for weights that are too large. Weights that are too small need "
            "more of them: see the line at √ε in the figure *A bad start*.",
        ),
    ),
    equivalents=(
        _named("other_rates", ([3, 6], 0.05), ([6], 0.7)),
        _named("other_places", (np.array([6, 2]), 0.05), ((6,), 1)),
    ),
    hints=(
        "The large weights first: where must the signal be tamed so that the output gets a sane "
        "one?",
        "Small weights: a batch norm can bring back only what is not far below √ε = 0.003, and the "
        "last one must stand where nothing is lost behind it. What is left of the signal after two "
        "layers, after three, after five?",
        "Evenly spread up to layer 6 for the small weights, layer 6 for the large ones. Then try "
        "rates from 0.01 to 1 for each; the best ones differ.",
    ),
    solution=rescue,
)
