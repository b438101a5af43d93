"""What "Try this" and the text of lesson 01 promise really happens at those settings."""

import re

import numpy as np
import pytest

from nnlab.live import lesson_01_heads
from nnlab.live.lesson_01_one_logit import confidently_wrong
from nnlab.live.lesson_01_outlier import LINE_X, one_outlier
from nnlab.live.lesson_01_softmax import softmax_shift


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


@pytest.mark.parametrize(("label", "logit", "sign"), [("1", -8.0, -1), ("0", 8.0, 1)])
def test_confidently_wrong_kills_the_gradient_of_the_squared_error_only(label, logit, sign):
    _, squared_slope, _, entropy_slope = run(confidently_wrong, label=label, logit=logit).here
    assert abs(squared_slope) < 0.001
    assert sign * entropy_slope > 0.999


def test_confidently_right_has_no_gradient():
    _, squared_slope, _, entropy_slope = run(confidently_wrong, logit=8.0).here
    assert max(abs(squared_slope), abs(entropy_slope)) < 0.001


def test_squared_error_follows_an_outlier_and_absolute_error_stays():
    start, moved = run(one_outlier), run(one_outlier, shift=16)
    assert moved.squared[1] - start.squared[1] > 0.25
    assert moved.absolute == start.absolute


def test_an_outlier_in_the_middle_lifts_the_line_without_turning_it():
    start = run(one_outlier, place="middle")
    moved = run(one_outlier, place="middle", shift=16)
    assert moved.squared[1] == pytest.approx(start.squared[1])
    assert moved.squared[0] > start.squared[0] + 0.5


def test_both_lines_minimize_what_they_say():
    result = run(one_outlier, shift=10)
    x, y = LINE_X, result.y

    def error(line, power):
        return (np.abs(line[0] + line[1] * x - y) ** power).mean()

    rng = np.random.default_rng(0)
    for _ in range(200):
        nudge = rng.normal(0, 0.2, 2)
        assert error(np.add(result.squared, nudge), 2) >= error(result.squared, 2)
        assert error(np.add(result.absolute, nudge), 1) >= error(result.absolute, 1)


def test_temperature_and_offset_of_softmax():
    cold, hot = (run(softmax_shift, temperature=t).shifted for t in (0.1, 50))
    assert cold.max() > 0.999
    assert np.ptp(hot) < 0.02
    start = run(softmax_shift)
    for offset in (700, 710, 1000):
        moved = run(softmax_shift, offset=offset)
        np.testing.assert_allclose(moved.shifted, start.shifted, atol=1e-12)
        assert np.isnan(moved.naive).any() == (offset >= 710)


def heads(task, head, loss):
    return run(lesson_01_heads.heads, task=task, head=head, loss=loss)


def test_relu_and_sigmoid_cannot_express_a_standardized_number_and_linear_can():
    results = {
        head: heads(lesson_01_heads.REGRESSION, head, lesson_01_heads.SQUARED)
        for head in lesson_01_heads.HEADS
    }
    assert results["ReLU"].outputs.min() == 0
    assert (results["ReLU"].outputs == 0).mean() > 0.5
    assert 0 <= results["sigmoid"].outputs.min() <= results["sigmoid"].outputs.max() <= 1
    assert results["linear"].scores[-1] > results["ReLU"].scores[-1] + 0.2
    assert results["linear"].scores[-1] > results["sigmoid"].scores[-1] + 0.2


def test_softmax_of_one_output_says_1_and_a_linear_output_has_no_logarithm():
    result = heads(lesson_01_heads.BINARY, "softmax", lesson_01_heads.SQUARED)
    assert (result.outputs == 1).all()
    assert (heads(lesson_01_heads.BINARY, "softmax", lesson_01_heads.ENTROPY).outputs == 1).all()
    result = heads(lesson_01_heads.BINARY, "linear", lesson_01_heads.ENTROPY)
    assert "logarithm" in result.problem
    assert np.isnan(result.scores[-1])


def test_squared_error_on_a_linear_output_classifies_wine_but_gives_no_probabilities():
    result = heads(lesson_01_heads.MULTICLASS, "linear", lesson_01_heads.SQUARED)
    assert result.scores[-1] > 0.95
    assert result.outputs.max() > 1


@pytest.mark.parametrize("task", [lesson_01_heads.BINARY, lesson_01_heads.MULTICLASS])
def test_the_natural_pair_beats_the_baseline_by_far(task):
    head, loss, _ = lesson_01_heads.NATURAL[task]
    result = heads(task, head, loss)
    assert result.scores[-1] > result.baseline + 0.3
    np.testing.assert_array_equal(result.scores, result.natural)


def test_sigmoid_and_cross_entropy_recognize_wine_but_give_no_probabilities():
    result = heads(lesson_01_heads.MULTICLASS, "sigmoid", lesson_01_heads.ENTROPY)
    assert result.scores[-1] == 1
    low, high = re.search(r"sum to ([\d.]+) to ([\d.]+)\.", result.sums).groups()
    assert float(low) > 1
    assert float(high) > 1.5
    natural = heads(lesson_01_heads.MULTICLASS, "softmax", lesson_01_heads.ENTROPY)
    assert "sum to 1.00 to 1.00." in natural.sums
