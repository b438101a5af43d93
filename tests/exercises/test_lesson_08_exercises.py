"""The judges of lesson 08: any right way passes, and nonsense gets a sentence."""

import numpy as np
import pytest

from nnlab.exercises import catalogue
from nnlab.exercises.lesson_08_goal import GOALS, MOMENTUM, RATES, STRENGTH, accuracies
from nnlab.exercises.lesson_08_halving import successive_halving
from nnlab.exercises.proving import judged
from nnlab.halving import successive_halving as engine

NAMES = (
    "log_uniform", "grid", "random_search", "schedules", "successive_halving", "spot_the_bug",
    "goal",
)  # fmt: skip

NONSENSE = {
    "True and False": np.ones((20, 3), dtype=bool),
    "NaN array": np.full((20, 3), np.nan),
    "infinite array": np.full((3, 400, 3), np.inf),
    "many rows": np.ones((10_000, 3)),
    "pair": (0.5, None),
    "lists in lists": [[0, 1, 2], [], [[0]], "x"],
    "rungs of texts": [["a"], ["b"], ["c"], ["d"]],
    "negative trials": [[-1], [-2], [-3], [-4]],
    "trials beyond": [[10**9]] * 4,
    "NaN trials": [[np.nan]] * 4,
}


def verdict(name, function, seed=0):
    return judged(catalogue.exercise(f"08.{name}"), function, seed)


def said(name, function):
    return verdict(name, function).failure.said


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_wrong_and_gets_a_sentence(name, kind):
    result = verdict(name, lambda *arguments: NONSENSE[kind])
    assert result.points == 0
    assert result.failure.said


def test_every_way_of_drawing_is_right_on_many_seeds():
    exercise = catalogue.exercise("08.random_search")
    for seed in range(25):
        for function in (exercise.reference, *exercise.equivalents):
            assert verdict("random_search", function, seed).state == "right"


def test_a_draw_that_is_a_little_wrong_is_found():
    """A range that is left out at its end, and two hyperparameters that depend on each other."""

    def short(lows, highs, budget, seeds):
        def one(seed):
            u = np.random.default_rng(seed).random((budget, len(lows))) * [1, 0.8, 1]
            return lows * (highs / lows) ** u

        return [one(seed) for seed in seeds]

    def tied(lows, highs, budget, seeds):
        def one(seed):
            u = np.random.default_rng(seed).random((budget, len(lows)))
            u[:, 2] = 1 - u[:, 0]
            return lows * (highs / lows) ** u

        return [one(seed) for seed in seeds]

    for seed in range(5):
        short_says = verdict("random_search", short, seed).failure.said
        assert "quarters of the range of hyperparameter 2" in short_says
        assert "1 and 3 rise and fall" in verdict("random_search", tied, seed).failure.said


def test_halving_on_a_table_is_what_the_engine_does():
    rng = np.random.default_rng(0)
    for n, factor in ((27, 3), (16, 2), (20, 3)):
        scores = rng.random((n, 3))
        scores[rng.choice(n, 4, replace=False), 0] = np.nan

        def train(number, epochs, scores=scores, factor=factor):
            return {"accuracy": scores[number, round(np.log(epochs) / np.log(factor))]}

        found = engine(
            train, [{"number": k} for k in range(n)], smallest=1, largest=factor**2, factor=factor
        )
        rungs = [[trial.settings["number"] for trial in rung] for rung in found.rungs]
        assert [list(rung) for rung in successive_halving(scores, factor)] == rungs


def test_the_order_within_a_rung_is_free():
    def shuffled(scores, factor):
        return [rung[::-1] for rung in successive_halving(scores, factor)]

    assert verdict("successive_halving", shuffled).state == "right"


def random_trials(seed):
    rng = np.random.default_rng(seed)
    rates = np.exp(rng.uniform(*np.log(RATES), 30))
    return np.column_stack([rates, rng.uniform(*MOMENTUM, 30), rng.uniform(*STRENGTH, 30)])


def test_random_search_on_a_log_scale_reaches_the_goal_whatever_the_seed():
    for task, goal in GOALS.items():
        reached = [accuracies(task, random_trials(seed)).max() >= goal for seed in range(25)]
        assert np.mean(reached) == 1, task


def test_most_linear_searches_do_not_reach_it():
    lows, highs = np.array([RATES, MOMENTUM, STRENGTH]).T
    for task, goal in GOALS.items():
        reached = [
            accuracies(task, np.random.default_rng(seed).uniform(lows, highs, (30, 3))).max()
            >= goal
            for seed in range(10)
        ]
        assert np.mean(reached) < 0.3, task


def test_no_single_learning_rate_reaches_both_goals_easily():
    """A constant that is typed in is not enough: thirty times 0.01 to 0.1 hits one at most."""
    for rate in (0.001, 0.1, 1.0):
        trial = np.array([[max(rate, RATES[0]), 0.5, 1e-4]])
        assert not all(accuracies(task, trial)[0] >= goal for task, goal in GOALS.items())


def test_the_judge_of_the_goal_counts_trials_and_ranges():
    good = random_trials(0)
    assert "budget is 30" in said("goal", lambda lows, highs: np.tile(good, (2, 1)))
    assert "learning rate must lie" in said("goal", lambda lows, highs: good * [100, 1, 1])
    assert "momentum must lie" in said("goal", lambda lows, highs: good + np.array([0, 1, 0]))
    assert "different learning" in said("goal", lambda lows, highs: good[:1] * 0 + lows)
