"""Lesson 03, the goal: mend three networks by one knob each, with two tries for each."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from functools import lru_cache
from typing import Any

import numpy as np

from nnlab.activations import tanh
from nnlab.datasets import moons
from nnlab.exercises.answers import Plain
from nnlab.exercises.printing import show
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.layers import Activation, Dense
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.regularizers import L2
from nnlab.training import fit

GOAL_LOSS = 0.34
TRIES = 2
SEEDS = range(10)
NETWORKS: dict[str, dict[str, Any]] = {
    "small": {"units": 1, "epochs": 300, "weight_decay": 0.003},
    "hasty": {"units": 8, "epochs": 5, "weight_decay": 0.003},
    "wild": {"units": 20, "epochs": 300, "weight_decay": 0.0},
}
LIMITS = {"units": (1, 40), "epochs": (1, 500), "weight_decay": (0.0, 1.0)}


@lru_cache(maxsize=512)
def losses(units: int, epochs: int, weight_decay: float) -> tuple[float, float]:
    """Train on moons; return training and validation loss, means over ten training sets.

    Parameters
    ----------
    units : int
        Hidden units.
    epochs : int
        Updates with all 60 training examples (Adam, learning rate 0.05).
    weight_decay : float
        λ of ½λ‖W‖².

    Returns
    -------
    training, validation : float
        Cross-entropy on the training sets of 60, and on 1000 new examples.
    """
    sets = [moons(60, noise=0.3, seed=100 + seed) for seed in SEEDS]
    new = moons(1000, noise=0.3, seed=7)
    x, y = np.stack([one.x for one in sets]), np.stack([one.y for one in sets])
    net = Sequential(
        Dense(2, units), Activation(tanh), Dense(units, 1), seed=SEEDS, dtype=np.float64
    )
    loss = BinaryCrossEntropy()
    history = fit(
        net, loss, Adam(0.05), x, y,
        epochs=epochs, regularizer=L2(weight_decay), record_every=epochs,
    )  # fmt: skip
    validation = loss.value(net.forward(new.x), new.y)
    return float(np.mean(history.final["train"]["loss"])), float(np.mean(validation))


def _tries(returned: Plain) -> list[tuple[str, float]] | str:
    """Return the tries as pairs of a knob and a value, or what is wrong with them."""
    example = '`[("units", 4), ("epochs", 30)]`'
    pairs: Any = returned
    if isinstance(pairs, tuple | list) and len(pairs) == 2 and isinstance(pairs[0], str):
        pairs = [pairs]  # a single try, not in a list
    if not isinstance(pairs, tuple | list) or not pairs:
        return f"return a list of one or two tries, each a knob and a value, such as {example}"
    if len(pairs) > TRIES:
        return f"there are {TRIES} tries for each network, and you return {len(pairs)}"
    tries = []
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not isinstance(pair[0], str):
            return f"a try is a knob and a value, as in {example}, but one of yours is {show(pair)}"
        knob, value = pair
        if isinstance(value, np.ndarray) and value.ndim == 0:  # a NumPy number
            value = value.item()
        if knob not in LIMITS:
            return f"the knobs are {', '.join(LIMITS)}; there is none called {show(knob)}"
        if type(value) not in (int, float) or not np.isfinite(value):
            return f"the value of {knob} must be a number, but you return {show(value)}"
        low, high = LIMITS[knob]
        if not low <= value <= high:
            return f"{knob} can be set from {low:g} to {high:g}, but you set it to {show(value)}"
        if knob != "weight_decay" and value != int(value):
            return f"{knob} must be a whole number, but you set it to {show(value)}"
        tries.append((knob, value))
    return tries


def _complaint(case: Case, returned: Plain) -> str | None:
    """Train with the learner's tries; say what is wrong with the better one, or None."""
    tries = _tries(returned)
    if isinstance(tries, str):
        return tries
    before: Any = case[0]
    results = []
    for knob, value in tries:
        setting = before | {knob: value if knob == "weight_decay" else int(value)}
        results.append((*losses(**setting)[::-1], knob, value))
    validation, training, knob, value = min(results)
    if validation <= GOAL_LOSS:
        return None
    return (
        f"with {knob} = {show(value)} the validation loss is {validation:.3f} and the training "
        f"loss {training:.3f}; the goal is a validation loss of at most {GOAL_LOSS:.3f}"
    )


def _case(name: str):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [(dict(NETWORKS[name]),)]

    return cases


def mend(network):
    """Return at most two tries, each a knob and a new value, for a network."""
    if network["units"] == 1:  # both losses are high: too small
        return [("units", 6), ("units", 12)]
    if network["epochs"] < 50:  # both losses are high: not trained to the end
        return [("epochs", 50), ("epochs", 300)]
    return [("weight_decay", 0.001), ("weight_decay", 0.003)]  # a gap


def _answers(name: str, small: Any, hasty: Any, wild: Any):
    """Return a function of this name that gives these tries."""

    def function(network):
        if network["units"] == 1:
            return small
        return hasty if network["epochs"] < 50 else wild

    function.__name__ = name
    return function


_SMALL, _HASTY, _WILD = [("units", 10)], [("epochs", 300)], [("weight_decay", 0.003)]

GOAL = Exercise(
    name="03.goal",
    title=f"Goal: three networks below {GOAL_LOSS:.2f}, by one knob each",
    entry="mend",
    reference=mend,
    parts=(
        Part("1 hidden unit", 1, _case("small"), judge=_complaint),
        Part("5 epochs", 1, _case("hasty"), judge=_complaint),
        Part("no weight decay", 1, _case("wild"), judge=_complaint),
    ),
    mistakes=(
        Mistake(
            _answers("regularized_everything", *[[("weight_decay", 0.01)]] * 3),
            "Weight decay fights variance. Where training and validation loss are both high it "
            "cannot help.",
        ),
        Mistake(
            _answers("longer_everywhere", *[[("epochs", 500)]] * 3),
            "More epochs bring the *training* loss down. Which of the three networks has a "
            "training loss that is high because training ended too soon?",
        ),
        Mistake(
            _answers("bigger_everywhere", *[[("units", 40)]] * 3),
            "A bigger network fights bias, and only where the size is its cause. One of these "
            "networks has a low training loss, another has 8 units that were hardly trained.",
        ),
        Mistake(
            _answers("too_much_decay", _SMALL, _HASTY, [("weight_decay", 0.1)]),
            "Too much of the right medicine: with λ = 0.1 the gap is closed and the training loss "
            "is high. Try values between 0 and 0.1, on a logarithmic scale.",
        ),
        Mistake(
            _answers("too_little_decay", _SMALL, _HASTY, [("weight_decay", 0.0001)]),
            "The right knob, but λ = 0.0001 hardly closes the gap. Go up in steps of a factor of "
            "three or ten.",
        ),
        Mistake(
            _answers("two_units", [("units", 2)], _HASTY, _WILD),
            "Two units are still too few: the training loss is as high as the validation loss.",
        ),
    ),
    equivalents=(
        _answers("stopped_early", [("units", 20)], [("epochs", 500)], [("epochs", 70)]),
        _answers("single_tries", ("units", 8), ("epochs", 250), ("weight_decay", 0.004)),
    ),
    hints=(
        "Train each network as it is and compare training and validation loss: are both high, or "
        "is there a gap?",
        "Both high: a knob that brings the training loss down. A gap: a knob that holds the "
        "network back, or ends the training sooner.",
        "The first network lacks units (5 to 20), the second epochs (200 or more), the third "
        "weight decay (between 0.001 and 0.01).",
    ),
    solution=mend,
)
