"""Lesson 04: references agree with the engine, and judges have a sentence for every answer."""

import numpy as np
import pytest

from nnlab.exercises import lesson_04_goal, lesson_04_steps
from nnlab.exercises.catalogue import exercise
from nnlab.exercises.proving import judged
from nnlab.optimizers import AdamW


def test_the_reference_of_adamw_takes_the_engines_steps():
    rng = np.random.default_rng(0)
    w = rng.standard_normal(6)
    theta, m, v = w.copy(), np.zeros(6), np.zeros(6)
    engine = AdamW(0.05, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.3)
    for t in range(1, 9):
        g = rng.standard_normal(6) * 10.0 ** rng.integers(-5, 2)
        engine.step(theta, g)
        w, m, v = lesson_04_steps.adamw_step(w, g, m, v, t, 0.05, 0.8, 0.95, 1e-4, 0.3)
        np.testing.assert_allclose(w, theta, rtol=1e-12)


@pytest.mark.parametrize("strength", [0.1, 0.7])
def test_the_mended_loop_ends_at_ridge_and_the_faulty_one_at_that_of_twice_the_strength(strength):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((30, 4)), rng.standard_normal(30)

    def ridge(value):
        return np.linalg.solve(x.T @ x + 15 * value * np.eye(4), x.T @ y)

    task = exercise("04.spot_the_bug")
    np.testing.assert_allclose(task.reference(x, y, strength, 0.1, 1000), ridge(strength))
    np.testing.assert_allclose(task.start(x, y, strength, 0.1, 1000), ridge(2 * strength))


def verdict(name, function):
    return judged(exercise(name), function)


STRANGE = (
    None, "0.01", 0.01, float("nan"), [], [[]], [float("nan")], [float("inf")], [-1.0], ["a"],
    [0.01, "b"], [[0.01], [0.1, 1]], {"strength": 0.01}, [True], [1j], [None] * 3, 10**400,
    np.zeros((0, 3)), np.zeros((2, 2, 2)), np.full(10, 1e-30), np.linspace(1e-5, 1, 100_000),
)  # fmt: skip


@pytest.mark.parametrize("answer", STRANGE, ids=[str(i) for i in range(len(STRANGE))])
def test_the_goal_has_a_sentence_for_strange_answers(answer):
    for part in lesson_04_goal.GOAL.parts:
        said = part.judge((1e-5, 10.0), answer)
        assert said is not None
        assert len(said.split()) > 6
        assert "could not be tried" not in said
    if answer is not None:
        assert verdict("04.goal", lambda low, high: answer).points == 0


def test_the_goal_takes_lists_tuples_columns_and_fewer_than_ten():
    column = np.geomspace(1e-5, 10, 10)[:, None]
    for answer in (column, column[:, 0].tolist(), tuple(column[:, 0].tolist()), [0.003, 0.02, 0.1]):
        for part in lesson_04_goal.GOAL.parts:
            assert part.judge((1e-5, 10.0), answer) is None


@pytest.mark.parametrize("factor", [1e-4, 1e-3, 1.0, 2.0, 10.0])
def test_the_goal_is_reached_by_a_log_grid_and_not_by_a_linear_one(factor):
    low, high = lesson_04_goal.LOW * factor, lesson_04_goal.HIGH * factor
    for part in lesson_04_goal.GOAL.parts:
        assert part.judge((low, high), np.geomspace(low, high, 10)) is None
        assert "the best of your 10 tries" in part.judge((low, high), np.linspace(low, high, 10))


def test_no_fixed_list_reaches_any_part_of_the_goal():
    """A fixed list must lie in both ranges of a part, and no strength in both is useful in both."""
    cases = {
        tuple(sorted(part.cases(np.random.default_rng(seed))))
        for seed in range(40)
        for part in lesson_04_goal.GOAL.parts
    }
    assert len(cases) == 4
    for (low, high), (other_low, other_high) in cases:
        both = np.geomspace(max(low, other_low), min(high, other_high), 61)
        for name, goal in lesson_04_goal.GOALS.items():
            reached = [
                lesson_04_goal.accuracies(name, tuple(both * lesson_04_goal.LOW / start)) >= goal
                for start in (low, other_low)
            ]
            assert not all(row.any() for row in reached)
