"""The judges of lesson 06: nonsense gets a sentence, odd but right answers get their points."""

import numpy as np
import pytest

from nnlab.exercises import catalogue
from nnlab.exercises.lesson_06_goal import LARGEST_LOSS, WIDTHS, outcome
from nnlab.exercises.lesson_06_sick_layer import MOSTLY_DEAD, TOO_LARGE, TOO_SMALL
from nnlab.exercises.proving import judged
from nnlab.live import lesson_06_health

NAMES = (
    "initial_weights", "he_bug", "clip_by_norm", "leaky_relu_gradient", "elu_gradient",
    "sick_layer", "goal",
)  # fmt: skip

NONSENSE = {
    "NaN array": np.full(2, np.nan),
    "pair with None": (0.5, None),
    "pair of True": (True, True),
    "infinite pair": (float("inf"), 0.1),
    "negative pair": (-0.1, 0.1),
    "pair of zeros": (0, 0),
    "huge pair": (1e300, 1e300),
    "whole number of hundreds of digits": (10**300, 1),
    "pair of arrays": (np.ones(3), np.ones(3)),
    "text and number": ("dead", 0),
    "three numbers": [0.1, 0.1, 0.1],
    "the largest allowed": (1e3, 1e3),
    "the smallest allowed": (1e-12, 1e-12),
}


def verdict(name, function, seed=0):
    return judged(catalogue.exercise(f"06.{name}"), function, seed)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_wrong_and_gets_a_sentence(name, kind):
    result = verdict(name, lambda *arguments: NONSENSE[kind])
    assert result.points == 0
    assert result.failure.said


def test_the_goal_says_what_is_missing():
    said = verdict("goal", lambda width: (1.0, 0.04)).failure.said
    assert "the training diverges" in said
    said = verdict("goal", lambda width: (1e-12, 1e-12)).failure.said
    assert "validation loss is 0.69" in said
    assert "between 1e-12 and 1000" in verdict("goal", lambda width: (0.0, 0.1)).failure.said


def test_no_constant_reaches_the_goal_for_all_widths():
    """What is not too small for the narrow network blows the wide one up, at any learning rate."""
    narrow, wide = WIDTHS[0], WIDTHS[-1]
    for std, rate in ((0.22, 0.04), (0.22, 0.1)):
        assert not outcome(narrow, std, rate)[1] <= LARGEST_LOSS, (std, rate)
    for std in (0.22, 0.28):
        for rate in (0.0003, 0.04):
            assert not outcome(wide, std, rate)[1] <= LARGEST_LOSS, (std, rate)


def test_what_the_lesson_teaches_reaches_the_goal_with_a_margin():
    for width in WIDTHS:
        assert outcome(width, float(np.sqrt(2 / width)), 0.04)[1] < LARGEST_LOSS - 0.05


def test_a_list_or_an_array_of_two_numbers_will_do():
    assert verdict("goal", lambda width: [np.float32(np.sqrt(2 / width)), 0.04]).state == "right"
    assert verdict("goal", lambda width: np.array([np.sqrt(2 / width), 0.04])).state == "right"


def test_the_figure_and_the_exercise_call_the_same_layers_sick():
    assert lesson_06_health.TOO_LARGE == TOO_LARGE
    assert lesson_06_health.TOO_SMALL == TOO_SMALL
    assert lesson_06_health.MOSTLY_DEAD == MOSTLY_DEAD


def test_a_detector_may_return_numpy_numbers_and_a_list():
    def detector(weights, updates, dead):
        ratios = updates / weights
        for name, found in (
            ("exploding", ~(ratios <= TOO_LARGE)), ("dead", dead >= MOSTLY_DEAD),
            ("vanishing", ratios < TOO_SMALL),
        ):  # fmt: skip
            if found.any():
                return [found.argmax(), name]
        return [-1, "healthy"]

    assert verdict("sick_layer", detector).state == "right"


def test_clipping_in_place_is_said():
    def in_place(grads, max_norm):
        norm = np.sqrt(sum((g**2).sum() for g in grads))
        for g in grads:
            g *= min(1.0, max_norm / max(norm, 1e-30))
        return grads

    result = verdict("clip_by_norm", in_place)
    assert result.points < 2
    assert "grads" in result.failure.said
