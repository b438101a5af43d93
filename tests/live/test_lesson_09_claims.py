"""What "Try this", the captions and the text of lesson 09 promise really happens."""

import json
import re

import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab.exercises.lesson_09_goal import outcome
from nnlab.layers import BatchNorm
from nnlab.live import lesson_09
from nnlab.live.lesson_09_batch_size import (
    ANY,
    EVALUATION,
    EXAMPLE,
    OWN,
    batch_statistics,
    draw_batches,
    probabilities,
    running_statistics,
    train_network,
)
from nnlab.live.lesson_09_running import BIASED, MEAN, UNBIASED, UPDATES, VARIANCE
from nnlab.live.lesson_09_start import EPS, PLACES
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential

SIZES = (2, 4, 8, 16, 32, 64, 128)


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


def words(demo, **changes):
    return demo.describe(run(demo, **changes))


def printed(start):
    """Return what the cell that begins with `start` printed in the committed notebook."""
    notebook = json.loads((lessons_dir() / "09_batch_norm.ipynb").read_text(encoding="utf-8"))
    (cell,) = (c for c in notebook["cells"] if "".join(c["source"]).startswith(start))
    output = cell["outputs"][0]
    return "".join(output["text"] if "text" in output else output["data"]["text/plain"])


# Two examples


def test_of_a_batch_of_two_only_the_sign_is_left():
    first, second = printed("net = Sequential(BatchNorm(2)").splitlines()
    assert first == "a batch of 2: [-1.0, -1.0] [1.0, 1.0]"
    rows = np.array(re.findall(r"\[(-?[\d.]+), (-?[\d.]+)\]", second), float)
    np.testing.assert_allclose(rows.std(axis=0), 1, atol=0.01)


def test_the_unbiased_variance_would_give_about_0_7():
    x = np.array([3.0, 11.0])
    assert ((x - x.mean()) / x.std(ddof=1))[1] == pytest.approx(0.7, abs=0.01)
    assert ((x - x.mean()) / x.std())[1] == 1


# One example in many batches


def test_what_the_figure_calculates_is_what_the_engine_does():
    for size, companions in ((2, ANY), (8, ANY), (128, OWN)):
        net = train_network()
        batches = draw_batches(size, companions)
        used = batch_statistics(net, batches)
        by_figure = probabilities(net, EXAMPLE[None], used)[:, 0]
        steady = probabilities(net, EXAMPLE[None], running_statistics(net))[0, 0]
        head = BinaryCrossEntropy().head
        assert head(net.forward(EXAMPLE[None]))[0, 0] == pytest.approx(steady, rel=1e-9)
        for k in range(0, 200, 40):
            passed = head(net.forward(batches[k], training=True))[0, 0]
            assert passed == pytest.approx(by_figure[k], rel=1e-9)


def test_the_network_of_the_figure_has_learned():
    from nnlab.live.lesson_09_batch_size import load_points

    data, net = load_points(), train_network()
    assert np.mean((net.forward(data.x)[:, 0] > 0) == data.y) > 0.93


def test_a_batch_holds_the_example_and_different_others():
    for companions in (ANY, OWN):
        batches = draw_batches(128, companions)
        assert (batches[:, 0] == EXAMPLE).all()
        assert all(len(np.unique(batch, axis=0)) == 128 for batch in batches[:20])


def spread(size, **changes):
    result = run(lesson_09.batch_size, size=size, **changes)
    return result.means.std(), result.example.std(), np.mean(result.example < 0.5)


def test_larger_batches_make_everything_steadier():
    means, predictions, wrong = np.transpose([spread(size) for size in SIZES])
    assert (np.diff(means) < 0).all()
    # as 1 / sqrt(m), up to the marked example itself and drawing without putting back
    assert means[2] / means[4] == pytest.approx(2, rel=0.15)
    assert predictions[0] > 0.4
    assert predictions[-1] < 0.05
    assert wrong[0] > 0.5
    assert 0.15 < wrong[2] < 0.4  # at the start position
    assert wrong[-1] == 0


def test_of_two_examples_the_deviation_is_the_distance_from_the_mean():
    """Half the distance between the two; the speaker's notes call the cloud a V."""
    net = train_network()
    batches = draw_batches(2, ANY)
    h = net.layers[0].forward(batches)[..., 0]
    result = run(lesson_09.batch_size, size=2)
    np.testing.assert_allclose(result.deviations, np.abs(h[:, 0] - result.means), atol=1e-12)
    np.testing.assert_allclose(result.deviations, np.abs(h[:, 0] - h[:, 1]) / 2, atol=1e-12)


def test_evaluation_gives_one_border_and_one_prediction_at_every_size():
    steady = set()
    for size in SIZES:
        for companions in (ANY, OWN):
            result = run(lesson_09.batch_size, mode=EVALUATION, size=size, companions=companions)
            assert len(result.grids) == 1
            assert set(result.example) == {result.steady}
            steady.add(result.steady)
    assert len(steady) == 1
    assert 0.85 < steady.pop() < 0.95


def test_companions_of_one_class_are_wrong_without_noise():
    fair, one_sided = (
        run(lesson_09.batch_size, size=128, companions=which) for which in (ANY, OWN)
    )
    assert (one_sided.example < 0.1).all()
    assert one_sided.means.std() < fair.means.std()
    assert abs(one_sided.means.mean() - fair.running[0]) > 5 * one_sided.means.std()
    assert "in 200 of 200 batches" in lesson_09.batch_size.describe(one_sided)


def test_the_mean_of_m_examples_has_one_mth_of_the_variance():
    x = np.random.default_rng(0).normal(0, 3, (20_000, 16))
    assert x.mean(axis=1).std() == pytest.approx(3 / 4, rel=0.02)


def test_left_in_training_mode():
    out = printed("shuffled = np.random")
    (best,) = re.findall(r"any batches: ([\d.]+)", out)
    found = re.findall(r"of +(\d+): shuffled ([\d.]+), sorted by class ([\d.]+)", out)
    sizes, shuffled, by_class = np.array(found, float).T
    assert sizes.tolist() == [2, 8, 32, 128]
    assert (np.diff(shuffled) > 0).all()
    assert float(best) - shuffled[-1] < 0.04  # it costs little with large shuffled batches
    assert float(best) - shuffled[0] > 0.4
    assert by_class[:3].max() < 0.35
    assert (by_class < shuffled - 0.15).all()


# The running averages


def test_the_figure_follows_the_formula():
    result = run(lesson_09.running, new_weight=0.3, size=8, variance=BIASED)
    mean, var = 0.0, 1.0
    for of_batch, of_batch_var in zip(result.batch_mean, result.batch_var, strict=True):
        mean, var = 0.7 * mean + 0.3 * of_batch, 0.7 * var + 0.3 * of_batch_var
    assert result.running_mean[-1] == pytest.approx(mean)
    assert result.running_var[-1] == pytest.approx(var)
    assert (result.running_mean[0], result.running_var[0]) == (0, 1)


def test_weight_1_is_the_last_batch():
    result = run(lesson_09.running, new_weight=1)
    np.testing.assert_allclose(result.running_mean[1:], result.batch_mean)
    np.testing.assert_allclose(result.running_var[1:], result.batch_var)


def test_a_small_weight_is_smooth_and_still_on_its_way_after_150_updates():
    large, small = (run(lesson_09.running, new_weight=w) for w in (0.1, 0.01))
    jump = UPDATES // 2

    def roughness(result):
        return np.diff(result.running_mean[jump // 2 : jump]).std()

    assert roughness(small) < 0.2 * roughness(large)
    assert small.running_mean[jump] < MEAN[0] - 0.1
    assert small.running_var[jump] < VARIANCE - 0.5
    assert abs(large.running_mean[jump - 50 : jump].mean() - MEAN[0]) < 0.15
    # (1 - w)^t of the start is left
    assert small.expected_mean[jump] == pytest.approx(MEAN[0] * (1 - 0.99**jump))


def test_it_remembers_about_one_over_w_batches():
    for weight in (0.1, 0.01):
        shares = weight * (1 - weight) ** np.arange(10_000)
        assert (shares * np.arange(1, 10_001)).sum() == pytest.approx(1 / weight)


@pytest.mark.parametrize("weight", [0.03, 0.1])
def test_divided_by_m_batches_of_two_end_at_half_of_the_variance(weight):
    settled = {
        which: run(lesson_09.running, new_weight=weight, size=2, variance=which).running_var
        for which in (BIASED, UNBIASED)
    }
    assert settled[BIASED][-150:].mean() == pytest.approx(VARIANCE / 2, rel=0.25)
    assert settled[UNBIASED][-150:].mean() == pytest.approx(VARIANCE, rel=0.25)
    large = [
        run(lesson_09.running, size=128, variance=which).running_var[-150:].mean()
        for which in (BIASED, UNBIASED)
    ]
    assert large[0] == pytest.approx(large[1], rel=0.01)
    assert run(lesson_09.running, size=128).batch_mean.std() > 0.9  # the jump is there


def test_the_caption_names_the_weight_of_both_libraries():
    sentence = words(lesson_09.running, new_weight=0.03)
    assert "PyTorch: momentum 0.03, Keras: 0.97" in sentence


def test_the_engine_averages_what_the_table_says():
    x = np.array([[1.0], [2.0], [6.0]])
    for unbiased, expected in ((True, 7.0), (False, 14 / 3)):
        layer = BatchNorm(1, new_weight=1, unbiased=unbiased)
        y = Sequential(layer, dtype=np.float64).forward(x, training=True)
        assert layer.running_var[0, 0] == pytest.approx(expected)
        np.testing.assert_allclose(y, (x - 3) / np.sqrt(14 / 3 + 1e-5))
    layer = BatchNorm(1)
    Sequential(layer, dtype=np.float64).forward(x, training=True)
    assert layer.running_mean[0, 0] == pytest.approx(0.1 * 3)


def test_evaluated_too_early():
    found = re.findall(r"w = ([\d.]+), (\d+) updates: ([\d.]+) \(([\d.]+)\)", printed("for new_w"))
    gap = {(float(w), int(u)): float(whole) - float(own) for w, u, own, whole in found}
    assert len(gap) == 6
    assert gap[0.001, 50] > 0.08
    assert gap[0.1, 50] < 0.02
    assert all(gap[w, 500] < 0.03 for w in (0.1, 0.01, 0.001))


def test_the_printed_bug_is_that_the_answer_depends_on_the_others():
    out = printed("batches = np.random")
    assert re.findall(r"becomes (-?[\d.]+)", out) == ["0.00", "-1.00", "1.73"]


# A bad start


def last(training):
    return np.median(np.nan_to_num(training.losses[-1], nan=np.inf))


SCALES = (0.01, 0.03, 0.1, 0.3, 1, 3, 10)


def test_without_batch_norm_the_signal_dies_or_explodes_and_with_it_stays():
    for scale in SCALES:
        result = run(lesson_09.start, scale=scale)
        # every ReLU layer multiplies the signal by about the factor on He's weights
        ratio = result.without.signal[-2] / scale**6
        assert 0.1 < ratio < 3
        assert (result.normalized.signal[1:-1] > 0.3).all()
        assert (result.normalized.signal[1:-1] < 1).all()
        assert last(result.normalized) < 0.3  # trains from every start
    assert last(run(lesson_09.start, scale=1).without) < 0.4  # a good start needs no batch norm
    for scale in (0.01, 0.03, 0.1, 0.3, 10):
        assert last(run(lesson_09.start, scale=scale).without) > 0.65


def test_no_rate_helps_small_weights_without_batch_norm():
    for rate in (0.01, 0.03, 0.1, 0.3, 1, 3, 10):
        assert last(run(lesson_09.start, rate=rate).without) > 0.65


def test_the_last_layer_only():
    small = run(lesson_09.start, places="the last layer only")
    assert small.normalized.signal[-3] < 0.01 * np.sqrt(EPS)
    assert small.normalized.signal[-2] < 0.001  # it cannot bring the signal back
    assert last(small.normalized) > 0.65
    for scale in (3, 10):  # one is enough for a signal that explodes
        large = run(lesson_09.start, scale=scale, places="the last layer only")
        assert 0.3 < large.normalized.signal[-2] < 1
        assert last(large.normalized) < 0.5
        assert last(large.without) > 0.65
    assert last(run(lesson_09.start, places="every second layer").normalized) < 0.3


def test_the_places_are_what_they_are_called():
    assert PLACES["every layer"] == (1, 2, 3, 4, 5, 6)
    assert PLACES["every second layer"] == (2, 4, 6)
    assert PLACES["the last layer only"] == (6,)
    assert BatchNorm(1).eps == EPS
    assert np.sqrt(EPS) == pytest.approx(0.003, abs=0.0005)


def test_the_gradient_is_one_ath_for_weights_a_times_as_long():
    found = re.findall(r"× +(\d+): first outputs (\[.*?\]), gradient ([\d.]+)", printed("dense = "))
    factors, lengths = (np.array([row[k] for row in found], float) for k in (0, 2))
    assert len({outputs for _, outputs, _ in found}) == 1
    np.testing.assert_allclose(lengths * factors, lengths[0], rtol=6e-3)


def test_a_bias_in_front_has_no_gradient():
    assert "below 1e-12: True" in printed("rng = np.random.default_rng(0)\ndense")


# Learning rates


def valley(test):
    middle = np.median(test.losses, axis=1)
    return test.rates[middle.argmin()], middle.min()


def test_with_hes_weights_both_find_a_good_rate_and_batch_norm_bears_higher_ones():
    result = run(lesson_09.rates)
    assert valley(result.without)[1] < 0.35
    assert valley(result.normalized)[1] < 0.35

    def highest(test):
        return test.rates[np.median(test.losses, axis=1) < 0.6].max()

    assert 1.5 < highest(result.normalized) / highest(result.without) < 20


def test_twice_the_weights_move_the_valley_of_the_network_without():
    before, after, gone = (run(lesson_09.rates, scale=scale) for scale in (1, 2, 3))
    assert valley(after.without)[0] < valley(before.without)[0] / 10
    for result in (after, gone):
        moved = valley(result.normalized)[0] / valley(before.normalized)[0]
        assert 0.4 < moved < 2.5
        assert valley(result.normalized)[1] < 0.3
    assert valley(gone.without)[1] > 1.2  # above the axis


def test_small_weights_and_one_layer():
    deep, shallow = (run(lesson_09.rates, scale=0.1, layers=layers) for layers in (4, 1))
    assert valley(deep.without)[1] > 0.68
    assert valley(deep.normalized)[1] < 0.5
    assert valley(shallow.without)[1] < 0.35
    assert abs(valley(shallow.without)[1] - valley(shallow.normalized)[1]) < 0.1


def test_the_fair_comparison():
    out = printed("figure, panels = new_figure")
    found = re.findall(r"(half of )?He's weights, (batch norm|without): ([\d.]+) at", out)
    best = {(half, name): float(score) for half, name, score in found}
    assert len(best) == 4
    assert abs(best["", "batch norm"] - best["", "without"]) < 0.05  # they hardly differ
    assert best["half of ", "batch norm"] > 0.85
    assert best["half of ", "without"] < 0.4


def test_the_batch_size_in_training():
    out = printed("figure, axes = new_figure((9.6, 4.2))\nplot_sweep(axes, sizes")
    found = re.findall(
        r"(batch norm|without) (below 0.5|[\d.]+) with batches of 2, ([\d.]+) of 8 and ([\d.]+) of",
        out,
    )
    (name, ruined, *normalized), (_, fine, *without) = found
    assert (name, ruined) == ("batch norm", "below 0.5")
    assert float(fine) > 0.9
    assert float(normalized[0]) > float(without[0]) - 0.05
    assert float(normalized[1]) > float(without[1]) + 0.05


# Dropout, and the goal


def test_behind_dropout_the_deviation_is_about_half():
    (measured,) = re.findall(r"standard deviation ([\d.]+) instead of 1", printed("norm, rng"))
    # |x| of a normal x: mean² 2/π, variance 1 − 2/π; dropout 0.5 doubles the mean of the squares
    assert float(measured) == pytest.approx(np.sqrt((1 - 2 / np.pi) / (2 - 2 / np.pi)), abs=0.02)


def test_the_cell_to_try_with_measures_what_the_judge_measures():
    found = re.findall(r"weights ([\d.]+), .* rate ([\d.]+): accuracy ([\d.]+)", printed("goal_x"))
    assert len(found) == 2
    for weights, rate, score in found:
        assert outcome(float(weights), (), float(rate)) == pytest.approx(float(score), abs=0.006)
