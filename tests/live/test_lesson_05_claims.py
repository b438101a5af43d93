"""What "Try this", the captions and the text of lesson 05 promise really happens."""

import json
import re

import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab.exercises.lesson_05_goal import outcome
from nnlab.layers import Dropout
from nnlab.live import lesson_05
from nnlab.live.lesson_05_matrix import ACTIVATIONS, EVALUATION, MASKS
from nnlab.live.lesson_05_thinned import DEEPER, LINEAR, MOST, UNITS
from nnlab.network import Sequential

# The lecture's slide, typed from it; not taken from the code under test.
BEFORE = [[0.3, 0.2, 1.5, 0.0], [0.6, 0.1, 0.0, 0.3], [0.2, 1.9, 0.3, 1.2], [0.7, 0.5, 1.0, 0.0]]
AFTER = [[0.0, 0.2, 1.5, 0.0], [0.6, 0.1, 0.0, 0.3], [0.0, 1.9, 0.3, 0.0], [0.7, 0.0, 0.0, 0.0]]


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


def words(demo, **changes):
    return demo.describe(run(demo, **changes))


def printed(start):
    """Return what the cell that begins with `start` printed in the committed notebook."""
    notebook = json.loads((lessons_dir() / "05_dropout.ipynb").read_text(encoding="utf-8"))
    (cell,) = (c for c in notebook["cells"] if "".join(c["source"]).startswith(start))
    output = cell["outputs"][0]
    return "".join(output["text"] if "text" in output else output["data"]["text/plain"])


# The lecture's matrix


def test_mask_1_at_rate_0_5_is_the_lectures_matrix():
    assert ACTIVATIONS.tolist() == BEFORE
    result = run(lesson_05.matrix, rate=0.5, mask=1)
    np.testing.assert_array_equal(ACTIVATIONS * result.kept, AFTER)
    np.testing.assert_allclose(result.output, 2 * np.array(AFTER))


def test_the_lesson_prints_the_lectures_matrices():
    out = printed("x = np.array([[0.3, 0.2")
    numbers = np.array(re.findall(r"\d+\.\d*", out.split("at test time")[0]), float)
    np.testing.assert_allclose(numbers, np.concatenate([np.ravel(AFTER), 2 * np.ravel(AFTER)]))
    assert "at test time unchanged: True" in out


def test_three_of_the_eight_zeros_were_zero_before():
    assert np.sum(np.array(BEFORE) == 0) == 3
    assert np.sum(np.array(AFTER) == 0) == 8
    sentence = words(lesson_05.matrix)
    assert "Of the 8 zeros in the output, 3 were zero before" in sentence
    assert "8 of 16 activations dropped, 3 of them 0 already" in sentence


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.8, 0.9])
@pytest.mark.parametrize("mask", range(1, MASKS + 1))
def test_the_caption_counts_what_is_drawn(rate, mask):
    result = run(lesson_05.matrix, rate=rate, mask=mask)
    sentence = lesson_05.matrix.describe(result)
    assert f"{np.sum(~result.kept)} of 16" in sentence
    assert f"Of the {np.sum(result.output == 0)} zeros" in sentence
    np.testing.assert_allclose(result.output, np.array(BEFORE) * result.kept / (1 - rate))


def test_masks_differ_and_so_does_the_number_dropped():
    kept = [run(lesson_05.matrix, mask=mask).kept for mask in range(1, MASKS + 1)]
    assert len({mask.tobytes() for mask in kept}) == MASKS
    assert len({int(mask.sum()) for mask in kept}) >= 3


def test_evaluation_changes_nothing_at_any_rate():
    for rate in (0.0, 0.5, 0.9):
        result = run(lesson_05.matrix, rate=rate, mode=EVALUATION)
        np.testing.assert_array_equal(result.output, BEFORE)


# One unit under many masks


@pytest.mark.parametrize("inputs", [16, 256])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_with_either_rescaling_the_mean_is_the_value_at_test_time(rate, inputs):
    result = run(lesson_05.expectation, rate=rate, inputs=inputs)
    means, spreads = result.training.mean(axis=1), result.training.std(axis=1)
    error = 4 * spreads / np.sqrt(result.training.shape[1])
    assert abs(means[0] - result.test[0]) < error[0]
    assert abs(means[1] - result.test[1]) < error[1]
    # without rescaling it is 1 - p times as large
    assert abs(means[2] - (1 - rate) * result.test[2]) < error[2]
    assert result.test[2] - means[2] > 0.9 * rate


def test_the_spread_grows_with_the_rate_and_shrinks_with_the_inputs():
    by_rate = [run(lesson_05.expectation, rate=p).training[0].std() for p in (0, 0.2, 0.5, 0.8)]
    assert by_rate[0] < 1e-12
    assert (np.diff(by_rate) > 0.05).all()
    # by the formula the variance is as p / (1 - p): four times as much at 0.8 as at 0.5
    assert by_rate[3] ** 2 / by_rate[2] ** 2 == pytest.approx(4, rel=0.1)
    few, many = (
        run(lesson_05.expectation, inputs=inputs).training[0].std() for inputs in (16, 256)
    )
    assert many < few / 2


def test_the_text_prints_a_variance_that_agrees_with_the_formula():
    found = re.findall(r"variance ([\d.]+), by the formula ([\d.]+)", printed("rng = np.random"))
    assert len(found) == 3
    for measured, formula in found:
        assert float(measured) == pytest.approx(float(formula), rel=0.03)


# The rate


def losses(**changes):
    result = run(lesson_05.rate, **changes)
    return result.train[-1].mean(axis=1), result.validation[-1].mean(axis=1)


def test_rate_0_5_halves_the_validation_loss_and_raises_the_training_loss():
    train, validation = losses(rate=0.5)
    assert train[1] > train[0] + 0.15
    assert validation[1] < 0.6 * validation[0]
    result = run(lesson_05.rate, rate=0.5)
    assert result.validation[-1, 1].max() < result.validation[-1, 0].min()  # for every seed


def test_rate_0_is_the_network_without_dropout_and_over_fits():
    result = run(lesson_05.rate, rate=0.0)
    np.testing.assert_array_equal(result.train[:, 0], result.train[:, 1])
    train, validation = losses(rate=0.0)
    assert train[1] < 0.1
    assert validation[1] > 0.9
    assert result.validation[:, 1].mean(axis=1).min() < 0.65  # it turned up


def test_rate_0_9_under_fits():
    at_half, at_most = losses(rate=0.5), losses(rate=0.9)
    assert at_most[0][1] > at_half[0][1] + 0.2
    assert at_most[1][1] > at_half[1][1] + 0.05


def test_the_minimum_is_flat_and_wider_networks_stand_a_higher_rate():
    between = [losses(rate=rate)[1][1] for rate in (0.5, 0.6, 0.7, 0.8)]
    assert max(between) < 0.53
    best = []
    for units in (2, 4, 8, 16):
        rates = [k / 10 for k in range(10)]
        best.append(rates[np.argmin([losses(rate=rate, units=units)[1][1] for rate in rates])])
    assert best == sorted(best)
    assert best[-1] - best[0] > 0.3


def test_two_units_are_harmed():
    plain = losses(units=2, rate=0.0)[1][0]
    for rate in (0.1, 0.2, 0.3):  # the speaker's notes: a little still helps
        assert losses(units=2, rate=rate)[1][1] < plain - 0.01
    for rate in (0.5, 0.6, 0.7, 0.8, 0.9):
        assert losses(units=2, rate=rate)[1][1] > plain + 0.02
    train, validation = losses(units=2, rate=0.5)
    assert validation[1] > validation[0] + 0.03
    assert train[1] > train[0] + 0.1


def test_with_40_examples_the_gap_is_widest_and_dropout_closes_most_of_it():
    gaps = {}
    for examples in (40, 60, 120):
        train, validation = losses(examples=examples, rate=0.5)
        gaps[examples] = validation - train
    assert gaps[40][0] > gaps[60][0] > gaps[120][0]
    assert gaps[40][1] < 0.4 * gaps[40][0]


def test_the_training_loss_with_dropout_is_higher_than_without():
    with_it, without, _ = (
        float(value)
        for value in re.findall(r": +([\d.]+)", printed("net = Sequential(\n    Dense(10, 16)"))
    )
    assert with_it > without + 0.05


# The fair comparison


def test_what_the_text_says_of_the_comparison():
    out = printed("figure, axes = new_figure((9.6, 4.2))")
    found = re.findall(r"(nothing|L2|dropout) ([\d.]+) at best and ([\d.]+) at learning", out)
    best = {name: float(low) for name, low, _ in found}
    larger = {name: float(high) for name, _, high in found}
    linear = float(re.search(r"linear model has ([\d.]+)\.$", out.strip()).group(1))
    assert abs(best["L2"] - best["dropout"]) < 0.05  # they hardly differ
    assert larger["L2"] < best["L2"] + 0.015  # at larger learning rates L2 is the steadier one
    assert best["dropout"] + 0.025 < larger["dropout"] < larger["nothing"] - 0.3
    assert min(best["L2"], best["dropout"]) > linear - 0.05  # neither clearly beats the line
    assert best["nothing"] > max(best["L2"], best["dropout"])


# Thinned networks


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.7])
def test_in_front_of_a_linear_output_the_average_is_the_full_network(rate):
    result = run(lesson_05.thinned, count=MOST, rate=rate, where=LINEAR)
    chance = result.spread / np.sqrt(MOST)
    assert result.distances[-1] < 2.5 * chance
    assert result.distances[-1] < result.distances[0] / 5
    assert result.mean == pytest.approx(result.full, abs=10 * chance)


def test_in_front_of_another_layer_the_average_stays_away():
    result = run(lesson_05.thinned, count=MOST, rate=0.7, where=DEEPER)
    chance = result.spread / np.sqrt(MOST)
    assert result.distances[-1] > 5 * chance
    assert result.distances[-1] > 0.7 * result.distances[63]
    small = run(lesson_05.thinned, count=MOST, rate=0.1, where=DEEPER)
    assert small.distances[-1] < result.distances[-1] / 3  # the better the smaller the rate


def test_thinned_networks_differ_more_at_a_higher_rate():
    for where in (LINEAR, DEEPER):
        spreads = [
            run(lesson_05.thinned, rate=rate, where=where).spread for rate in (0.1, 0.4, 0.7)
        ]
        assert spreads == sorted(spreads)
        assert spreads[-1] > 1.5 * spreads[0]


def test_all_masks_of_a_small_layer_average_to_the_full_network_exactly():
    """The claim itself, without chance: every mask of 6 units, weighted by its probability."""
    rng, rate = np.random.default_rng(0), 0.3
    hidden, weights = rng.uniform(0, 1, (5, 6)), rng.normal(0, 1, 6)
    total = np.zeros(5)
    for number in range(2**6):
        kept = np.array([number >> k & 1 for k in range(6)], dtype=bool)
        layer = Dropout(rate, kept=np.tile(kept, (5, 1)))
        out = Sequential(layer, dtype=np.float64).forward(hidden, training=True) @ weights
        total += (1 - rate) ** kept.sum() * rate ** (~kept).sum() * out
    np.testing.assert_allclose(total, hidden @ weights)


def test_a_thinned_network_has_one_mask_for_its_whole_curve():
    for where in (LINEAR, DEEPER):
        result = run(lesson_05.thinned, count=16, rate=0.7, where=where)
        step = np.median(np.abs(np.diff(result.members)))
        assert step < 0.3 * result.spread  # with a new mask at every point it would jump


def test_the_layer_has_as_many_masks_as_the_text_says():
    assert UNITS == 24


def test_the_spread_does_not_announce_the_error():
    found = re.findall(r"spread ([\d.]+), root mean squared error ([\d.]+)", printed("rows = []"))
    spreads, errors = np.array(found, float).T
    assert spreads[2] > 2 * spreads[0]
    assert errors[2] < errors[0]


# Frozen masks and the goal


def test_the_cell_to_try_with_measures_what_the_judge_measures():
    found = re.findall(
        r"16 units, rate ([\d.]+): gap ([\d.]+), validation loss ([\d.]+)", printed("(goal_x")
    )
    assert len(found) == 2
    for rate, gap, loss in found:
        assert outcome(16, float(rate)) == pytest.approx((float(gap), float(loss)), abs=6e-4)


def test_a_frozen_mask_trains_a_worse_network_and_units_that_never_learn():
    found = re.findall(r"loss ([\d.]+), validation ([\d.]+), units that never learn: (\d+)",
                       printed("entries = "))  # fmt: skip
    (
        (_, plain, none),
        (new_train, new, moved),
        (entry_train, entries, _),
        (unit_train, units, still),
    ) = ((float(a), float(b), int(c)) for a, b, c in found)
    assert new < plain - 0.3
    assert min(entries, units) > new + 0.15
    assert min(entry_train, unit_train) > new_train + 0.15
    assert none == moved == 0
    assert still == np.sum(np.random.default_rng(0).random((60, 16))[0] < 0.5)
