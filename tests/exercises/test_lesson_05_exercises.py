"""The judges of lesson 05: any way of drawing is right, and nonsense gets a sentence."""

import numpy as np
import pytest

from nnlab.exercises import catalogue
from nnlab.exercises.lesson_05_goal import LARGEST_GAP, LARGEST_LOSS, outcome
from nnlab.exercises.proving import judged

NAMES = ("dropout_forward", "dropout_backward", "dropout", "monte_carlo", "frozen_mask", "goal")

NONSENSE = {
    "as many entries in the wrong shape": np.ones((60, 30)),
    "True and False": np.ones((20, 30), dtype=bool),
    "NaN array": np.full((20, 30), np.nan),
    "pair": (0.5, None),
    "rate of 1": [1.0],
    "negative rate": [-0.1],
    "NaN rate": [float("nan")],
    "infinite rate": [float("inf")],
    "arrays in a list": [np.ones(3), np.ones(3)],
    "tiny rates": [1e-300, 5e-324],
    "almost 1": [1 - 1e-16],
}


def verdict(name, function, seed=0):
    return judged(catalogue.exercise(f"05.{name}"), function, seed)


def said(name, function):
    return verdict(name, function).failure.said


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_wrong_and_gets_a_sentence(name, kind):
    result = verdict(name, lambda *arguments: NONSENSE[kind])
    assert result.points == 0
    assert result.failure.said


def test_nonsense_like_the_arguments_is_wrong_too():
    for name in ("dropout", "frozen_mask"):
        for spoil in (
            lambda x: x * np.nan,
            lambda x: np.full(x.shape, 1e308),
            lambda x: x.astype(str),
            lambda x: x * 0,
            lambda x: x[..., 0],
            lambda x: x > 1,
            lambda x: -x,
            lambda x: x[0],
        ):
            result = verdict(name, lambda x, rate, seeds, *_, spoil=spoil: [spoil(x)] * len(seeds))
            assert result.state in ("wrong", "partly right")
            assert result.failure.said


def drop(draw, factor=lambda rate: 1 / (1 - rate)):
    """Return a dropout that draws True for what stays as `draw` says."""

    def dropout(x, rate, seeds, training=True):
        if not training:
            return [x for _ in seeds]
        rngs = map(np.random.default_rng, seeds)
        return [x * draw(rng, x.shape, rate) * factor(rate) for rng in rngs]

    return dropout


RIGHT = {
    "below the share kept": lambda rng, shape, rate: rng.random(shape) < 1 - rate,
    "above": lambda rng, shape, rate: rng.random(shape) > rate,
    "binomial": lambda rng, shape, rate: rng.binomial(1, 1 - rate, shape),
    "choice": lambda rng, shape, rate: rng.choice([0, 1], shape, p=[rate, 1 - rate]),
    "exactly so many": lambda rng, shape, rate: rng.permutation(
        np.arange(np.prod(shape)) >= round(rate * np.prod(shape))
    ).reshape(shape),
    "the old generator": lambda rng, shape, rate: (
        np.random.RandomState(rng.integers(2**31)).rand(*shape) >= rate
    ),
}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("way", RIGHT)
def test_any_way_of_drawing_is_right(way, seed):
    for name in ("dropout", "frozen_mask"):
        assert verdict(name, drop(RIGHT[way]), seed).state == "right"


def test_what_is_wrong_is_said_whatever_the_draw():
    below = RIGHT["below the share kept"]
    for name in ("dropout", "frozen_mask"):
        assert "not rescaled" in said(name, drop(below, lambda rate: 1.0))
        assert "1 − p" in said(name, drop(below, lambda rate: 1 - rate))
        assert "0.5 only" in said(name, drop(below, lambda rate: 2.0)) or name == "frozen_mask"
        assert "probability to drop" in said(name, drop(lambda rng, s, p: rng.random(s) > 1 - p))
        rows = drop(lambda rng, s, p: rng.random((*s[:-2], 1, s[-1])) < 1 - p)
        assert "every example loses the same units" in said(name, rows)


def test_a_mask_shared_by_two_batches_is_found():
    def draw(rng, shape, rate):
        kept = rng.random(shape) < 1 - rate
        kept[3] = kept[1]
        return kept

    assert "batches 2 and 4 have the same mask" in said("frozen_mask", drop(draw))


@pytest.mark.parametrize("name", ["dropout", "frozen_mask"])
def test_a_seed_that_does_not_decide_is_found(name):
    """The function is random anew in every call, or the seeds are mixed, or none is looked at."""
    below = RIGHT["below the share kept"]
    unseeded = drop(lambda rng, shape, rate: below(np.random.default_rng(), shape, rate))
    assert "results 1 and 3 have the same seed" in said(name, unseeded)

    def mixed(x, rate, seeds, *training):
        return drop(below)(x, rate, [[*seeds, k] for k in range(len(seeds))], *training)

    assert "results 1 and 3 have the same seed" in said(name, mixed)
    fixed = drop(lambda rng, shape, rate: below(np.random.default_rng(3), shape, rate))
    assert "results 1 and 2 have the same mask" in said(name, fixed)
    assert verdict("dropout", fixed).points == verdict("dropout", unseeded).points == 2
    assert verdict("frozen_mask", fixed).points == verdict("frozen_mask", unseeded).points == 0


def test_one_result_where_one_for_every_seed_is_asked_for_is_said():
    def one(x, rate, seeds, training=True):
        return drop(RIGHT["above"])(x, rate, seeds[:1], training)[0]

    for name in ("dropout", "frozen_mask"):
        assert "one like x for every seed" in said(name, one)


def test_evaluation_alone_earns_its_point():
    result = verdict("dropout", lambda x, rate, seeds, training: [x] * len(seeds))
    assert result.points == 1
    assert result.mistake == "_never_drops"


def test_the_goal_needs_another_rate_for_every_network():
    good = {units: {k for k in range(100) if reached(units, k / 100)} for units in (8, 16, 64)}
    assert all(3 <= len(rates) <= 12 for rates in good.values()), good
    assert not good[8] & good[16]
    assert not good[16] & good[64]


def reached(units, rate):
    gap, loss = outcome(units, rate)
    return gap <= LARGEST_GAP and loss <= LARGEST_LOSS


def test_halving_the_interval_reaches_the_goal_in_four_tries():
    """What the lesson teaches: too large a gap, more dropout; else less."""

    def tries(units):
        low, high, tried = 0.0, 1.0, []
        while len(tried) < 4 and not (tried and reached(units, tried[-1])):
            tried.append((low + high) / 2)
            if outcome(units, tried[-1])[0] > LARGEST_GAP:
                low = tried[-1]
            else:
                high = tried[-1]
        return tried

    assert verdict("goal", tries).state == "right"
    assert verdict("goal", lambda units: [*tries(units), 0.5, 0.5, 0.5, 0.5]).points == 0


def test_the_judge_of_the_goal_says_which_way_it_is():
    assert "still over-fits" in said("goal", lambda units: [0.3])
    assert "under-fits" in said("goal", lambda units: [0.98])
    assert "budget is 4" in said("goal", lambda units: [0.1, 0.2, 0.3, 0.4, 0.63])
