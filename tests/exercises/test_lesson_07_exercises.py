"""The exercises of lesson 07: references are the engine's steps, and nonsense gets a sentence."""

import numpy as np
import pytest

from nnlab.exercises import catalogue
from nnlab.exercises.lesson_07_bug import adam_path
from nnlab.exercises.lesson_07_goal import RAVINES
from nnlab.exercises.lesson_07_steps import adagrad_step, adam_step, momentum_step, rmsprop_step
from nnlab.exercises.proving import judged
from nnlab.optimizers import AdaGrad, Adam, Momentum, RMSProp

NAMES = ("minibatches", "momentum", "adagrad", "rmsprop", "adam", "first_step", "goal")

NONSENSE = {
    "None in a list": [None],
    "three empty epochs": [[], [], []],
    "three numbers": [1, 2, 3],
    "three texts": ["a", "b", "c"],
    "empty batches": [[[]] * 6] * 3,
    "negative rows": [[[-1] * 8] * 6] * 3,
    "gigantic rows": [[[2**62] * 8] * 6] * 3,
    "fractions for rows": [[[0.5] * 8] * 6] * 3,
    "NaN array": np.full((3, 6, 8), np.nan),
    "ones": np.ones((3, 6, 8), dtype=int),
    "pair": (0.5, None),
    "momentum of 1": (0.1, 1.0),
    "negative rate": (-0.1, 0.5),
    "NaN rate": (float("nan"), 0.5),
    "NaN momentum": (0.1, float("nan")),
    "infinite rate": (float("inf"), 0.5),
    "huge rate": (1e300, 0.5),
    "huge number": (10**400, 0.5),
}


def verdict(name, function, seed=0):
    return judged(catalogue.exercise(f"07.{name}"), function, seed)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_wrong_and_gets_a_sentence(name, kind):
    result = verdict(name, lambda *arguments: NONSENSE[kind])
    assert result.points == 0
    assert result.failure.said
    assert "could not be tried out" not in result.failure.said


def test_references_make_the_steps_of_the_engine():
    rng = np.random.default_rng(0)
    start, gradients = rng.standard_normal(4), rng.standard_normal((6, 4))
    pairs = (
        (Momentum(0.1, 0.9), 1, lambda w, g, t, v: momentum_step(w, g, v, 0.1, 0.9)),
        (
            AdaGrad(0.1, 1e-4, eps_inside=True),
            1,
            lambda w, g, t, total: adagrad_step(w, g, total, 0.1, 1e-4),
        ),
        (RMSProp(0.1, 0.9, 1e-4), 1, lambda w, g, t, v: rmsprop_step(w, g, v, 0.1, 0.9, 1e-4)),
        (
            Adam(0.1, (0.8, 0.95), 1e-4),
            2,
            lambda w, g, t, m, v: adam_step(w, g, m, v, t, 0.1, 0.8, 0.95, 1e-4),
        ),
    )
    for optimizer, memories, step in pairs:
        theta, other, memory = start.copy(), start, [np.zeros(4)] * memories
        for t, g in enumerate(gradients, 1):
            optimizer.step(theta, g)
            other, *memory = step(other, g, t, *memory)
            np.testing.assert_allclose(other, theta, rtol=1e-12)


def test_the_mended_path_is_adams():
    gradients = np.random.default_rng(1).standard_normal((5, 3))
    theta, optimizer = np.ones(3), Adam(0.1, (0.8, 0.95))
    path = adam_path(np.ones(3), gradients, 0.1, 0.8, 0.95)
    for row, g in zip(path[1:], gradients, strict=True):
        optimizer.step(theta, g)
        np.testing.assert_allclose(row, theta, rtol=1e-12)


@pytest.mark.parametrize("seed", range(10))
def test_any_random_order_is_right(seed):
    def sorted_by_noise(n, batch_size, epochs, seed):
        rng = np.random.RandomState(seed)
        orders = [np.argsort(rng.rand(n)).tolist() for _ in range(epochs)]
        return [[o[i : i + batch_size] for i in range(0, n, batch_size)] for o in orders]

    assert verdict("minibatches", sorted_by_noise, seed).state == "right"


def test_no_constant_reaches_the_goal_of_two_ravines():
    exercise = catalogue.exercise("07.goal")
    for rate in np.geomspace(1e-4, 5, 40).tolist():
        for gamma in (0.0, 0.3, 0.6, 0.75, 0.9):
            reached = sum(
                part.judge(ravine, (rate, gamma)) is None
                for part, ravine in zip(exercise.parts, RAVINES, strict=True)
            )
            assert reached <= 1
