"""The exercises of lesson 09: the goal is a goal, and nonsense gets a sentence."""

import numpy as np
import pytest

from nnlab.exercises import catalogue
from nnlab.exercises.lesson_09_goal import TASKS, outcome
from nnlab.exercises.proving import judged

NAMES = ("forward", "backward", "evaluation", "running", "batch_in_evaluation", "goal")

NONSENSE = {
    "None in a tuple": (None, None, None),
    "True and False": np.ones((4, 3), dtype=bool),
    "NaN arrays": (np.full((4, 3), np.nan), np.full(3, np.nan), np.full(3, np.nan)),
    "dict": {"places": [6]},
    "long places": ([6] * 10_000, 0.1),
    "long array of places": (np.full(10_000, 6), 0.1),
    "no rate": ([6], None),
    "text as rate": ([6], "0.3"),
    "rate 0": ([6], 0.0),
    "rate NaN": ([6], float("nan")),
    "infinite rate": ([6], float("inf")),
    "huge rate": ([6], 1e11),
    "huge whole rate": ([6], 10**400),
    "True as rate": ([6], True),
    "layer 0": ([0], 0.3),
    "layer 7": ([7], 0.3),
    "layer -1": ([-1], 0.3),
    "half a layer": ([5.5], 0.3),
    "layer True": ([True], 0.3),
    "layer as text": (["6"], 0.3),
    "a number for the layers": (6, 0.3),
    "text for the layers": ("6", 0.3),
    "twice the same": ([6, 6], 0.3),
    "rate first": (0.3, [6]),
    "three things": ([6], 0.3, 0.1),
    "an array of rates": ([6], np.array([0.3, 0.1])),
}


def verdict(name, function, seed=0):
    return judged(catalogue.exercise(f"09.{name}"), function, seed)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_wrong_and_gets_a_sentence(name, kind):
    result = verdict(name, lambda *arguments: NONSENSE[kind])
    assert result.points == 0
    assert result.failure.said


@pytest.mark.parametrize("name", NAMES[:-1])
def test_float32_passes(name):
    exercise = catalogue.exercise(f"09.{name}")

    def rounded(*arguments):
        result = exercise.reference(*arguments)
        parts = result if isinstance(result, tuple) else (result,)
        parts = tuple(part.astype(np.float32) for part in parts)
        return parts if isinstance(result, tuple) else parts[0]

    assert verdict(name, rounded).state == "right"


def test_without_batch_norm_no_rate_reaches_the_goal():
    for weights, task in TASKS.items():
        best = max(outcome(weights, (), float(rate)) for rate in 10.0 ** np.arange(-7, 2.1))
        assert best < task.accuracy / 2


def test_right_choices_reach_the_goal_with_room_to_spare():
    """Far more room than another processor's rounding moves the accuracy of a choice."""
    for places in ((3, 6), (2, 6)):
        for rate in (0.03, 0.05, 0.1, 0.2):
            assert outcome(0.2, places, rate) > TASKS[0.2].accuracy + 0.05
    for rate in (0.3, 0.5, 1.0):
        assert outcome(3.0, (6,), rate) > TASKS[3.0].accuracy + 0.03


def test_no_single_choice_reaches_both_goals():
    """What small weights need is over the budget of the large ones, and one layer is too few."""
    assert TASKS[3.0].most == 1
    for place in range(1, 7):
        best = max(outcome(0.2, (place,), rate) for rate in (0.03, 0.1, 0.2, 0.5))
        assert best < TASKS[0.2].accuracy - 0.1


def test_the_large_weights_are_tamed_too_early_behind_the_first_layers():
    for place in range(1, 5):
        best = max(outcome(3.0, (place,), rate) for rate in (0.01, 0.1, 0.3))
        assert best < TASKS[3.0].accuracy - 0.05


def test_a_default_rate_does_not_reach_it_and_the_judge_says_how_far_it_is():
    result = verdict("goal", lambda weights: ([3, 6] if weights < 1 else [6], 0.01))
    assert result.points == 0
    assert "the goal 0.85" in result.failure.said
    assert "batch norm behind layers 3, 6" in result.failure.said


def test_too_many_layers_are_refused():
    result = verdict("goal", lambda weights: ([2, 4, 6], 0.1))
    assert "at most 2" in result.failure.said
    assert "yours has 3" in result.failure.said


def test_one_part_alone_earns_its_points():
    assert verdict("goal", lambda weights: ([6], 0.5)).points == 2
    assert verdict("goal", lambda weights: (np.array([6, 3]), np.array(0.05))).points == 2
