"""What "Try this" and the text of the lessons promise really happens at those settings."""

import re

import numpy as np
import pytest

from nnlab.live import lesson_00, lesson_01


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


# Lesson 00


def test_a_small_learning_rate_hardly_moves_and_a_large_one_jumps():
    loss = {
        rate: run(lesson_00.first_network, learning_rate=rate).train_loss
        for rate in (0.0001, 0.01, 1)
    }
    assert loss[0.0001][0] - loss[0.0001][-1] < 0.25
    assert loss[0.01][0] - loss[0.01][-1] > 0.4
    jumps = {rate: np.abs(np.diff(values)).mean() for rate, values in loss.items()}
    assert jumps[1] > 5 * jumps[0.01]


def test_one_unit_draws_a_straight_border_and_eight_do_not():
    def curvature(units):
        """Return how far the border's height is from a straight line."""
        surface = run(lesson_00.first_network, units=units).surface > 0.5
        crossing = [np.flatnonzero(np.diff(column.astype(int))) for column in surface.T]
        places = [(i, where[0]) for i, where in enumerate(crossing) if len(where) == 1]
        x, y = np.array(places).T
        return np.abs(y - np.polyval(np.polyfit(x, y, 1), x)).max()

    assert curvature(1) <= 1  # one step of the grid
    assert curvature(8) > 5


def test_much_noise_and_many_units_overfit():
    result = run(lesson_00.first_network, noise=0.4, units=16)
    assert result.train_loss[-1] < result.train_loss[50] < result.train_loss[10]
    assert result.validation_loss[-1] > result.validation_loss.min() + 0.05


# Lesson 01


@pytest.mark.parametrize(("label", "logit", "sign"), [("1", -8.0, -1), ("0", 8.0, 1)])
def test_confidently_wrong_kills_the_gradient_of_the_squared_error_only(label, logit, sign):
    _, squared_slope, _, entropy_slope = run(
        lesson_01.confidently_wrong, label=label, logit=logit
    ).here
    assert abs(squared_slope) < 0.001
    assert sign * entropy_slope > 0.999


def test_confidently_right_has_no_gradient():
    _, squared_slope, _, entropy_slope = run(lesson_01.confidently_wrong, logit=8.0).here
    assert max(abs(squared_slope), abs(entropy_slope)) < 0.001


def test_squared_error_follows_an_outlier_and_absolute_error_stays():
    start, moved = run(lesson_01.one_outlier), run(lesson_01.one_outlier, shift=16)
    assert moved.squared[1] - start.squared[1] > 0.25
    assert moved.absolute == start.absolute


def test_an_outlier_in_the_middle_lifts_the_line_without_turning_it():
    start = run(lesson_01.one_outlier, place="middle")
    moved = run(lesson_01.one_outlier, place="middle", shift=16)
    assert moved.squared[1] == pytest.approx(start.squared[1])
    assert moved.squared[0] > start.squared[0] + 0.5


def test_both_lines_minimise_what_they_say():
    result = run(lesson_01.one_outlier, shift=10)
    x, y = lesson_01.LINE_X, result.y

    def error(line, power):
        return (np.abs(line[0] + line[1] * x - y) ** power).mean()

    rng = np.random.default_rng(0)
    for _ in range(200):
        nudge = rng.normal(0, 0.2, 2)
        assert error(np.add(result.squared, nudge), 2) >= error(result.squared, 2)
        assert error(np.add(result.absolute, nudge), 1) >= error(result.absolute, 1)


def test_temperature_and_offset_of_softmax():
    cold, hot = (run(lesson_01.softmax_shift, temperature=t).shifted for t in (0.1, 50))
    assert cold.max() > 0.999
    assert np.ptp(hot) < 0.02
    start = run(lesson_01.softmax_shift)
    for offset in (700, 710, 1000):
        moved = run(lesson_01.softmax_shift, offset=offset)
        np.testing.assert_allclose(moved.shifted, start.shifted, atol=1e-12)
        assert np.isnan(moved.naive).any() == (offset >= 710)


def heads(task, head, loss):
    return run(lesson_01.heads, task=task, head=head, loss=loss)


def test_relu_and_sigmoid_cannot_express_a_standardised_number_and_linear_can():
    results = {
        head: heads(lesson_01.REGRESSION, head, lesson_01.SQUARED) for head in lesson_01.HEADS
    }
    assert results["ReLU"].outputs.min() == 0
    assert (results["ReLU"].outputs == 0).mean() > 0.5
    assert 0 <= results["sigmoid"].outputs.min() <= results["sigmoid"].outputs.max() <= 1
    assert results["linear"].scores[-1] > results["ReLU"].scores[-1] + 0.2
    assert results["linear"].scores[-1] > results["sigmoid"].scores[-1] + 0.2


def test_softmax_of_one_output_says_1_and_a_linear_output_has_no_logarithm():
    result = heads(lesson_01.BINARY, "softmax", lesson_01.SQUARED)
    assert (result.outputs == 1).all()
    assert (heads(lesson_01.BINARY, "softmax", lesson_01.ENTROPY).outputs == 1).all()
    result = heads(lesson_01.BINARY, "linear", lesson_01.ENTROPY)
    assert "logarithm" in result.problem
    assert np.isnan(result.scores[-1])


def test_squared_error_on_a_linear_output_classifies_wine_but_gives_no_probabilities():
    result = heads(lesson_01.MULTICLASS, "linear", lesson_01.SQUARED)
    assert result.scores[-1] > 0.95
    assert result.outputs.max() > 1


@pytest.mark.parametrize("task", [lesson_01.BINARY, lesson_01.MULTICLASS])
def test_the_natural_pair_beats_the_baseline_by_far(task):
    head, loss, _ = lesson_01.NATURAL[task]
    result = heads(task, head, loss)
    assert result.scores[-1] > result.baseline + 0.3
    np.testing.assert_array_equal(result.scores, result.natural)


def test_sigmoid_and_cross_entropy_recognise_wine_but_give_no_probabilities():
    result = heads(lesson_01.MULTICLASS, "sigmoid", lesson_01.ENTROPY)
    assert result.scores[-1] == 1
    low, high = re.search(r"sum to ([\d.]+) to ([\d.]+)\.", result.sums).groups()
    assert float(low) > 1
    assert float(high) > 1.5
    natural = heads(lesson_01.MULTICLASS, "softmax", lesson_01.ENTROPY)
    assert "sum to 1.00 to 1.00." in natural.sums
