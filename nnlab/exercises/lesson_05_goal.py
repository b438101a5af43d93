"""Lesson 05, the goal: close the gap with the dropout rate, in four tries a network."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import math
from functools import lru_cache

import numpy as np

from nnlab._patients import few_patients
from nnlab.activations import relu
from nnlab.exercises.answers import Plain
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.layers import Activation, Dense, Dropout
from nnlab.losses import MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.training import fit

LARGEST_GAP = 0.15
LARGEST_LOSS = 0.63
TRIES = 4
UPDATES = 100
SEEDS = range(5)


@lru_cache(maxsize=512)
def outcome(units: int, rate: float) -> tuple[float, float]:
    """Return the gap and the validation loss after 100 updates, means of five seeds."""
    x, y, validation = few_patients(60, seed=2)
    net = Sequential(
        Dense(10, units), Activation(relu), Dropout(rate), Dense(units, 1),
        seed=SEEDS, dtype=np.float64,
    )  # fmt: skip
    history = fit(
        net, MeanSquaredError(), Adam(0.02), x, y,
        epochs=UPDATES, validation=validation, record_every=UPDATES,
    )  # fmt: skip
    train, held_out = (part["loss"].mean() for part in history.final.values())
    return float(held_out - train), float(held_out)


def _number(value: Plain) -> float | None:
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def _complaint(case: Case, returned: Plain) -> str | None:
    """Train with the last of the learner's rates; say what is missing, or None."""
    (units,) = case
    if isinstance(returned, np.ndarray) and returned.ndim == 1:
        returned = returned.tolist()
    if not isinstance(returned, tuple | list) or not returned:
        return "return the rates you tried as a list, your choice last, such as `[0.5, 0.7]`"
    if len(returned) > TRIES:
        return f"you list {len(returned)} tries, and the budget is {TRIES}"
    rates = [_number(value) for value in returned]
    for value, rate in zip(returned, rates, strict=True):
        if rate is None or math.isnan(rate) or not 0 <= rate < 1:
            shown = f"{rate:g}" if rate is not None else f"a {type(value).__name__}"
            return f"a rate is a number from 0 up to but not including 1; one of yours is {shown}"
    last = rates[-1]
    assert last is not None
    gap, loss = outcome(units, last)
    if gap <= LARGEST_GAP and loss <= LARGEST_LOSS:
        return None
    said = (
        f"{units} units, rate {last:g}: the gap is {gap:.3f} (goal {LARGEST_GAP:.2f}) and the "
        f"validation loss {loss:.3f} (goal {LARGEST_LOSS:.2f}); "
    )
    if gap > LARGEST_GAP:
        return said + "the network still over-fits"
    return said + "the network under-fits"


def _network(units: int):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [(units,)]

    return cases


def choose_rates(units):
    """Return the rates tried for this many hidden units, at most four, the choice last."""
    tried = {8: [0.5, 0.7, 0.63], 16: [0.6, 0.8], 64: [0.8, 0.95, 0.92]}
    return tried[units]


def _named(name: str, small: list[float], middle: list[float], large: list[float]):
    def choose(units):
        return {8: small, 16: middle, 64: large}[units]

    choose.__name__ = name
    return choose


GOAL = Exercise(
    name="05.goal",
    title=f"Goal: close the gap in {TRIES} tries a network",
    entry="choose_rates",
    reference=choose_rates,
    parts=tuple(
        Part(
            f"{units} units: gap at most {LARGEST_GAP:.2f}, validation loss at most "
            f"{LARGEST_LOSS:.2f}",
            1,
            _network(units),
            judge=_complaint,
        )
        for units in (8, 16, 64)
    ),
    mistakes=(
        Mistake(
            _named("no_dropout", [0.0], [0.0], [0.0]),
            "Without dropout the gap is widest. Which way must the rate go?",
        ),
        Mistake(
            _named("half_everywhere", [0.5], [0.5], [0.5]),
            "0.5 is a place to start, not a law: with it each of the three networks still "
            "over-fits. Which one most?",
        ),
        Mistake(
            _named("the_small_one_everywhere", [0.63], [0.63], [0.63]),
            "0.63 suits the smallest network. A wider one has more to spare: compare the gaps and "
            "move on from there.",
        ),
        Mistake(
            _named("four_fifths_everywhere", [0.8], [0.8], [0.8]),
            "0.8 suits one of the three. The smallest network under-fits with it, the widest still "
            "over-fits.",
        ),
        Mistake(
            _named("nine_tenths_everywhere", [0.9], [0.9], [0.9]),
            "0.9 leaves the smallest network less than one unit on average: it has no gap, but it "
            "has not learned much either.",
        ),
        Mistake(
            _named("the_other_way_round", [0.92], [0.8], [0.63]),
            "0.92 is too much for the smallest network. How many units does it leave, on average, "
            "of 8 and of 64?",
        ),
    ),
    equivalents=(
        _named("one_try_each", [0.62], [0.79], [0.93]),
        _named("narrowing_down", [0.2, 0.8, 0.65, 0.61], [0.5, 0.9, 0.78], [0.5, 0.96, 0.92]),
    ),
    hints=(
        "Try 0.5 first. Too large a gap: raise the rate. Too large a validation loss although the "
        "gap is small: lower it.",
        "Take two rates that miss on different sides, and try between them.",
        "What counts is how many units are left on average, units × (1 − p): here about three for "
        "the two smaller networks, about five for the widest.",
    ),
    solution=choose_rates,
)
