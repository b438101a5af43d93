"""What the tour of the playground page promises is what one finds there.

The bounds leave room: the words also hold for other initial weights and other orders of the
examples, tried with five seeds on the same data.
"""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab.live.lesson_00 import everything
from nnlab.live.playground_figure import describe
from nnlab.live.playground_training import Training

COIN = np.log(2)
NOISY = {"noise": 0.4, "units": 32}
DEEP = {"optimizer": "SGD", "learning_rate": 0.1, "hidden_layers": 6}
SOURCE = lessons_dir() / "source" / "playground.md"


@cache
def _run(updates, changes):
    return Training(replace(everything.start, **dict(changes)), everything.seed).advance(updates)


def run(updates, **changes):
    """Train from the start settings with these changes, as after a press of Reset."""
    return _run(updates, tuple(changes.items()))


def gap(snapshot):
    return snapshot.validation_loss[-1] - snapshot.train_loss[-1]


def restlessness(snapshot):
    """How much the training loss changes from one measurement to the next, at the end."""
    return np.abs(np.diff(snapshot.train_loss[-40:])).mean()


def test_the_tour_has_an_experiment_for_each_lesson_with_a_link_to_it():
    tour = SOURCE.read_text("utf-8").split("## A tour")[1].split("### ")[1:]
    assert 8 <= len(tour) <= 12
    linked = [re.findall(r"\[Lesson (\d)\]\(0(\d)_\w+\.ipynb\)", text) for text in tour]
    assert all(len(links) == 1 and links[0][0] == links[0][1] for links in linked)
    numbers = [int(links[0][0]) for links in linked]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, 10))


def test_every_setting_that_the_tour_names_has_a_control_with_that_value():
    controls = {c.label: c for _, controls in everything.groups for c in controls}
    named = re.findall(
        r"\*([A-Z][a-z]+(?: [a-z]+)*|of the kind)\* "
        r"(He × 0\.001|\d+(?:\.\d+)?|SGD|L1|circles|sigmoid|tanh|cosine)",
        SOURCE.read_text("utf-8").split("## A tour")[1],
    )
    assert len(named) > 25
    for label, value in named:
        texts = [controls[label].text(position) for position in controls[label].positions]
        assert value in texts, (label, value)


@pytest.mark.parametrize("data_set", ["circles", "XOR"])
def test_01_without_a_hidden_layer_the_loss_is_that_of_a_coin(data_set):
    straight = run(1000, data_set=data_set, hidden_layers=0)
    assert abs(straight.train_loss[-1] - COIN) < 0.01
    assert abs(straight.validation_loss[-1] - COIN) < 0.015
    logits = np.log(straight.surface / (1 - straight.surface))
    for axis in (0, 1):  # a plane has no curvature
        assert np.abs(np.diff(logits, n=2, axis=axis)).max() < 1e-9


def test_01_two_hidden_layers_bend_the_border():
    assert run(1000, data_set="circles").validation_loss[-1] < 0.29


def test_02_a_small_validation_loss_is_a_promise_for_the_same_kind_of_data():
    training = Training(replace(everything.start, noise=0.1), everything.seed)
    before = training.advance(300)
    assert before.accuracy > 0.97
    training.apply(replace(training.settings, noise=0.4))
    after = training.snapshot()
    assert (after.surface == before.surface).all()
    assert after.train_loss[-1] > 10 * before.train_loss[-1]
    assert after.validation_loss[-1] > 10 * before.validation_loss[-1]


def test_03_one_unit_is_too_few_and_32_fit_the_noise():
    simple, flexible = run(2000, noise=0.4, units=1), run(2000, **NOISY)
    assert simple.train_loss.min() > 0.36
    assert flexible.train_loss[-1] < 0.3
    assert flexible.validation_loss[-1] > 1.15 * flexible.validation_loss.min()
    assert gap(flexible) > 2.2 * gap(simple)


def test_04_a_penalty_narrows_the_gap_and_l1_makes_zeros():
    free, ridge = run(2000, **NOISY), run(2000, **NOISY, penalty_strength=0.01)
    assert 0.35 < gap(ridge) / gap(free) < 0.6
    lasso = run(2000, **NOISY, penalty_strength=0.1, penalty="L1")
    assert lasso.health.zero > 0.88 * lasso.health.weights
    assert f"{lasso.health.zero} of 1120 weights exactly 0" in describe(lasso)
    assert lasso.validation_loss[-1] < 0.9 * free.validation_loss[-1]


def test_05_dropout_narrows_the_gap_and_slows_the_training():
    free, some, half = (run(2000, **NOISY, dropout=rate) for rate in (0.0, 0.3, 0.5))
    assert gap(some) < 0.75 * gap(free)
    assert free.train_loss[-1] + 0.02 < some.train_loss[-1] < half.train_loss[-1] - 0.02


def test_06_sigmoids_and_tiny_weights_make_gradients_vanish_and_tanh_does_not():
    sigmoids = run(500, **DEEP, activation="sigmoid")
    assert sigmoids.health.gradient[0] < 0.15 * sigmoids.health.gradient[-1]
    assert (np.abs(sigmoids.train_loss[5:] - COIN) < 0.01).all()
    assert run(500, **DEEP).train_loss[-1] < 0.15
    tiny = run(500, **DEEP, initialization="He × 0.001")
    assert tiny.health.gradient.max() < 1e-7  # where the scale of the picture begins
    assert abs(tiny.train_loss[-1] - COIN) < 0.006


def test_07_the_same_rate_means_other_steps_for_another_optimizer():
    ends = {
        (optimizer, rate): run(
            500, data_set="circles", optimizer=optimizer, learning_rate=rate
        ).train_loss[-1]
        for optimizer, rate in (("SGD", 0.01), ("momentum", 0.01), ("Adam", 0.01), ("SGD", 0.3))
    }
    assert ends["SGD", 0.01] > COIN - 0.03
    assert ends["momentum", 0.01] < 0.8 * ends["SGD", 0.01]
    assert ends["Adam", 0.01] < 0.9 * ends["momentum", 0.01]
    assert 0.8 < ends["SGD", 0.3] / ends["Adam", 0.01] < 1.25


def test_07_the_smaller_the_batch_the_more_the_loss_jumps():
    jumps = [
        restlessness(
            run(
                1000, data_set="circles", noise=0.3, optimizer="SGD", learning_rate=0.3,
                batch_size=size,
            )
        )
        for size in (1, 20, 200)
    ]  # fmt: skip
    assert jumps[0] > 1.7 * jumps[1]
    assert jumps[1] > 20 * jumps[2]


def test_08_two_of_five_learning_rates_will_do():
    ends = {rate: run(500, learning_rate=rate).train_loss for rate in (1e-4, 0.01, 0.1, 1.0, 10.0)}
    assert 0.5 < ends[1e-4][-1] < ends[1e-4][0] - 0.05
    assert max(ends[0.01][-1], ends[0.1][-1]) < 0.1
    assert ends[1.0][-1] > 0.2
    assert np.abs(np.diff(ends[1.0][-40:])).mean() > 10 * np.abs(np.diff(ends[0.01][-40:])).mean()
    assert ends[10.0][-1] > 1.1 * ends[10.0][0]


def test_08_a_schedule_calms_the_loss():
    rough = {"noise": 0.3, "batch_size": 5, "learning_rate": 0.1}
    constant, cosine = run(1200, **rough), run(1200, **rough, schedule="cosine")
    assert restlessness(constant) > 200 * restlessness(cosine)
    assert cosine.train_loss[-1] < 0.8 * constant.train_loss[-40:].mean()
    assert cosine.rate == pytest.approx(0.001)
    assert "with learning rate 0.1 (cosine schedule, now 0.001)" in describe(cosine)


def test_09_batch_norm_keeps_deep_sigmoids_and_tiny_weights_alive():
    normed = run(500, **DEEP, activation="sigmoid", batch_norm=True)
    assert normed.health.gradient[0] > 0.8 * normed.health.gradient[-1]
    assert normed.train_loss[-1] < 0.3
    assert run(500, **DEEP, initialization="He × 0.001", batch_norm=True).train_loss[-1] < 0.2


def test_09_batches_of_two_are_too_small_for_batch_norm():
    pairs = run(600, batch_norm=True, batch_size=1)
    assert pairs.train_loss.min() > 0.37
    assert "batch norm on batches of 2" in describe(pairs)
    assert run(600, batch_size=1).train_loss[-1] < 0.25
    assert run(600, batch_norm=True).train_loss[-1] < 0.15
