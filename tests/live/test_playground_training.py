"""The state machine of the playground: the same numbers as training by hand, at every change."""

import dataclasses

import numpy as np
import pytest

from nnlab.activations import relu, sigmoid, tanh
from nnlab.diagnostics import UpdateRatio, layer_statistics
from nnlab.initializers import he
from nnlab.layers import Activation, BatchNorm, Dense, Dropout
from nnlab.live.playground_settings import (
    ACTIVATIONS,
    DATA_SETS,
    EXAMPLES,
    INITIALIZATIONS,
    OPTIMIZERS,
    PENALTIES,
    SCHEDULES,
    Settings,
)
from nnlab.live.playground_training import LIMITS, Training
from nnlab.losses import BinaryCrossEntropy
from nnlab.metrics import accuracy
from nnlab.network import Sequential
from nnlab.optimizers import SGD, Adam, Momentum
from nnlab.regularizers import L1, L2, Proximal
from nnlab.schedules import cosine, inverse_time, warm_up
from nnlab.training import fit

LOSS = BinaryCrossEntropy()


def by_value(thing):
    if dataclasses.is_dataclass(thing):
        return {
            field.name: by_value(getattr(thing, field.name)) for field in dataclasses.fields(thing)
        }
    return (thing.shape, thing.tobytes()) if isinstance(thing, np.ndarray) else repr(thing)


def data(training):
    """Return training and validation examples."""
    return training._train, training._validation


@pytest.mark.parametrize(
    ("dropout", "batch_norm", "schedule", "rate", "penalty", "regularizer"),
    [
        (0.0, False, "constant", 0.03, "L2", L2(0.01)),
        (0.4, False, "warm-up", warm_up(0.03, 250), "L1", Proximal(L1(0.01))),
        (0.0, True, "cosine", cosine(0.03, 1000, final=0.0003), "L1", Proximal(L1(0.01))),
        (0.4, True, "inverse time", inverse_time(0.03, 1 / 250), "L2", L2(0.01)),
    ],
)
def test_it_trains_as_fit_does(dropout, batch_norm, schedule, rate, penalty, regularizer):
    settings = Settings(
        activation="ReLU", initialization="He", units=5, optimizer="momentum", learning_rate=0.03,
        penalty_strength=0.01, penalty=penalty, dropout=dropout, batch_norm=batch_norm,
        schedule=schedule,
    )  # fmt: skip
    training = Training(settings, seed=3)
    train, validation = data(training)
    layers = []
    for inputs in (2, 5):
        layers += [Dense(inputs, 5, init=he, bias=not batch_norm)]
        layers += [BatchNorm(5)] if batch_norm else []
        layers += [Activation(relu)]
        # Without dropout there is no such layer at all, and the numbers are the same.
        layers += [Dropout(dropout)] if dropout else []
    net = Sequential(*layers, Dense(5, 1, init=he), seed=3, dtype=np.float64)
    ratios = UpdateRatio(net)
    history = fit(
        net, LOSS, Momentum(rate), *train, epochs=4, batch_size=20, seed=3,
        validation=tuple(validation), metrics={"accuracy": accuracy}, regularizer=regularizer,
        on_update=ratios,
    )  # fmt: skip
    snapshot = training.advance(40)
    assert (snapshot.updates, snapshot.epochs) == (40, 4.0)
    np.testing.assert_array_equal(training._net.theta, net.theta)
    measured = dict(zip(snapshot.recorded, snapshot.train_loss, strict=True))
    assert [measured[updates] for updates in history.updates] == history.train["loss"].tolist()
    measured = dict(zip(snapshot.recorded, snapshot.validation_loss, strict=True))
    assert [measured[updates] for updates in history.updates] == history.validation["loss"].tolist()
    assert snapshot.accuracy == history.validation["accuracy"][-1]
    np.testing.assert_array_equal(snapshot.health.ratio, ratios.ratios[-1])
    np.testing.assert_array_equal(training._net.buffers, net.buffers)
    assert (snapshot.health.zero, snapshot.health.weights) == (
        np.count_nonzero(net.theta[net.weight_mask] == 0), 40,
    )  # fmt: skip


def test_how_updates_are_grouped_changes_nothing():
    settings = Settings(dropout=0.3, batch_size=50, penalty_strength=0.003)
    at_once, one_by_one = Training(settings), Training(settings)
    for _ in range(36):
        one_by_one.advance(1)
    assert by_value(at_once.advance(37)) == by_value(one_by_one.advance(1))


def test_time_ends_an_advance_after_an_update():
    training = Training(Settings())
    snapshot = training.advance(10**9, seconds=0.0)
    assert snapshot.updates == 1
    assert by_value(snapshot) == by_value(Training(Settings()).advance(1))


def test_changes_work_from_the_next_update_on():
    """A loop by hand: batch size changed within an epoch, then all else that keeps the network."""
    training = Training(Settings(optimizer="SGD", learning_rate=0.1, batch_size=30), seed=1)
    (x, y), _ = data(training)
    net = Sequential(
        Dense(2, 8), Activation(tanh), Dropout(0.0), Dense(8, 8), Activation(tanh), Dropout(0.0),
        Dense(8, 1), seed=1, dtype=np.float64,
    )  # fmt: skip
    rng = np.random.default_rng(1)

    def update(optimizer, batch, l2=0.0):
        z = net.forward(x[batch], training=True)
        net.backward(LOSS.grad(z, y[batch]))
        L2(l2).add_gradient(net.theta, net.grad, net.weight_mask)
        optimizer.step(net.theta, net.grad)
        training.advance(1)
        np.testing.assert_array_equal(training._net.theta, net.theta)

    sgd = SGD(0.1)
    order = rng.permutation(EXAMPLES)
    update(sgd, order[:30])
    update(sgd, order[30:60])
    changed = dataclasses.replace(training.settings, batch_size=100, learning_rate=0.5)
    training.apply(changed)
    sgd.learning_rate = 0.5
    update(sgd, order[60:160])
    update(sgd, order[160:])  # the rest of the epoch
    order = rng.permutation(EXAMPLES)
    training.apply(dataclasses.replace(changed, optimizer="Adam", penalty_strength=0.02))
    adam = Adam(0.5)
    update(adam, order[:100], l2=0.02)
    training.apply(dataclasses.replace(training.settings, dropout=0.5))
    net.layers[2].rate = net.layers[5].rate = 0.5
    update(adam, order[100:], l2=0.02)
    training.apply(
        dataclasses.replace(training.settings, noise=0.4, dropout=0.0, penalty_strength=0.0)
    )
    net.layers[2].rate = net.layers[5].rate = 0.0
    (x, y), _ = data(training)
    update(adam, rng.permutation(EXAMPLES)[:100])
    assert training.snapshot().changes == (2, 4, 5, 6)


def rates(training, updates):
    """Return the learning rates of the next updates."""
    found = []
    for _ in range(updates):
        announced = training.snapshot().rate
        training.advance(1)
        assert training._optimizer.rate == announced
        found.append(announced)
    return found


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_is_scaled_by_a_change_of_the_learning_rate_and_goes_on(schedule):
    training = Training(Settings(optimizer="SGD", schedule=schedule))
    expected = SCHEDULES[schedule](0.01)
    assert rates(training, 30) == [expected(update) for update in range(30)]
    training.apply(dataclasses.replace(training.settings, learning_rate=0.1))
    scaled = SCHEDULES[schedule](0.1)
    assert rates(training, 20) == [scaled(update) for update in range(30, 50)]
    np.testing.assert_allclose(scaled(77), 10 * expected(77))
    training.apply(dataclasses.replace(training.settings, optimizer="Adam", batch_size=50))
    assert rates(training, 5) == [scaled(update) for update in range(50, 55)]


def test_a_schedule_begins_when_it_is_chosen_and_with_every_new_network():
    training = Training(Settings(schedule="exponential"))
    training.advance(250)
    assert training.snapshot().rate == pytest.approx(0.005)
    training.apply(dataclasses.replace(training.settings, schedule="warm-up"))
    assert training.snapshot().rate == pytest.approx(0.01 / 251)
    training.advance(40)
    assert training.snapshot().rate == pytest.approx(0.01 * 41 / 251)
    training.apply(dataclasses.replace(training.settings, schedule="constant"))
    assert training.snapshot().rate == 0.01
    training.apply(dataclasses.replace(training.settings, schedule="step"))
    training.restart()
    training.advance(249)
    assert training.snapshot().rate == 0.01
    assert training.advance(1).rate == 0.005


def test_no_schedule_ends_the_training():
    for name, schedule in SCHEDULES.items():
        assert schedule(1.0)(1_000) >= 0.01, name
        assert schedule(1.0)(3_000) > 0, name


def test_batch_norm_never_gets_a_single_example():
    training = Training(Settings(batch_norm=True, batch_size=1))
    assert training.advance(100).epochs == 1.0
    assert training.advance(37).epochs == 1.37
    # 126 are left of this epoch: two of 50, and 26; then 200, of which one would be left over.
    training.apply(dataclasses.replace(training.settings, batch_size=50))
    assert training.advance(3).epochs == 2.0
    order = []
    next_batch = training._next_batch
    training._next_batch = lambda: order.append(next_batch()) or order[-1]
    training._settings = dataclasses.replace(training.settings, batch_size=199)
    assert training.advance(1).epochs == 3.0
    assert sorted(order[0]) == list(range(EXAMPLES))


def test_everything_there_is_can_be_trained():
    """Each name of every table, the network with and without batch normalization."""
    tables = {
        "activation": ACTIVATIONS, "initialization": INITIALIZATIONS, "optimizer": OPTIMIZERS,
        "schedule": SCHEDULES, "penalty": PENALTIES,
    }  # fmt: skip
    seen = set()
    for setting, table in tables.items():
        for name in table:
            for batch_norm in (False, True):
                changes = {setting: name, "batch_norm": batch_norm, "penalty_strength": 0.1}
                snapshot = Training(Settings(**changes)).advance(7)
                assert not snapshot.diverged, changes
                assert np.isfinite(snapshot.surface).all(), changes
                seen.add((snapshot.train_loss[-1], snapshot.rate))
    # The first of every table are the same network, so far the step schedule is constant, and
    # zeros are zeros with batch normalization as well.
    assert len(seen) == 2 * sum(len(table) - 1 for table in tables.values()) + 2 - 2 - 1


def test_noise_moves_the_points_and_keeps_the_network():
    training = Training(Settings(noise=0.1))
    before = training.advance(20)
    theta = training._net.theta.copy()
    training.apply(dataclasses.replace(training.settings, noise=0.3))
    after = training.snapshot()
    np.testing.assert_array_equal(training._net.theta, theta)
    np.testing.assert_array_equal(after.surface, before.surface)
    np.testing.assert_array_equal(after.y, before.y)
    assert after.train_loss[-1] > before.train_loss[-1]
    assert after.train_loss[:-1].tolist() == before.train_loss[:-1].tolist()
    distance = np.linalg.norm(after.x - before.x, axis=1)
    assert 0.1 < distance.mean() < 1


@pytest.mark.parametrize(
    "change",
    [
        {"data_set": "spirals"}, {"hidden_layers": 0}, {"units": 3}, {"activation": "ReLU"},
        {"initialization": "He"}, {"batch_norm": True},
    ],
)  # fmt: skip
def test_another_network_starts_from_the_beginning(change):
    training = Training(Settings(), seed=2)
    training.advance(30)
    new = dataclasses.replace(training.settings, **change)
    training.apply(new)
    assert by_value(training.snapshot()) == by_value(Training(new, seed=2).snapshot())
    assert by_value(training.advance(10)) == by_value(Training(new, seed=2).advance(10))


def test_starting_over_gives_the_same_run_again():
    training = Training(Settings(optimizer="RMSProp", dropout=0.2), seed=5)
    first = [by_value(training.snapshot()), by_value(training.advance(25))]
    training.restart()
    assert [by_value(training.snapshot()), by_value(training.advance(25))] == first
    other = Training(training.settings, seed=6)
    assert by_value(other.snapshot()) != first[0]


def test_changes_before_the_first_update_are_no_changes():
    training = Training(Settings())
    training.apply(Settings(learning_rate=0.3))
    assert training.snapshot().changes == ()
    training.advance(1)
    training.apply(training.settings)
    assert training.snapshot().changes == ()


def test_divergence_ends_the_run_with_its_last_finite_snapshot():
    settings = Settings(optimizer="SGD", learning_rate=10.0, activation="linear", hidden_layers=4)
    training = Training(settings)
    start = training.snapshot()
    snapshot = training.advance(100)
    assert snapshot.diverged
    assert 1 < snapshot.updates < 20
    assert np.isfinite(snapshot.surface).all()
    assert np.isfinite(snapshot.train_loss).all()
    assert by_value(dataclasses.replace(snapshot, updates=0, diverged=False)) == by_value(start)
    assert training.advance(1) is snapshot
    training.apply(dataclasses.replace(settings, learning_rate=0.01))
    assert training.snapshot().diverged
    training.restart()
    assert not training.advance(20).diverged


def test_a_long_run_stays_small():
    training = Training(Settings(hidden_layers=0, batch_size=EXAMPLES))
    snapshot = training.advance(6003)
    assert len(snapshot.recorded) <= 402
    steps = np.diff(snapshot.recorded)
    assert (snapshot.recorded[0], snapshot.recorded[-1]) == (0, 6003)
    assert (steps[:-1] == steps[0]).all()
    assert 0 < steps[-1] <= steps[0]


@pytest.mark.parametrize(
    ("activation", "function", "saturation"),
    [("sigmoid", sigmoid, True), ("ReLU", relu, False)],
)
def test_health_is_that_of_the_diagnostics(activation, function, saturation):
    training = Training(
        Settings(activation=activation, hidden_layers=1, initialization="normal, std 2")
    )
    health = training.advance(3).health
    net = Sequential(Dense(2, 8), Activation(function), Dense(8, 1), seed=0)
    net.theta = training._net.theta
    found = layer_statistics(net, LOSS, *data(training)[0])
    np.testing.assert_allclose(health.gradient, found.parameter_gradient_norm[[0, 2]], rtol=1e-6)
    idle = found.saturated if saturation else found.dead
    assert health.saturation == saturation
    assert health.idle.tolist() == [idle[1]]


@pytest.mark.parametrize("data_set", DATA_SETS)
def test_every_data_set_is_in_sight_has_two_classes_and_can_be_learned(data_set):
    settings = Settings(
        data_set=data_set, noise=0.05, hidden_layers=3, units=16, activation="ReLU",
        initialization="He",
    )  # fmt: skip
    training = Training(settings)
    snapshot = training.snapshot()
    assert np.bincount(snapshot.y).tolist() == [EXAMPLES // 2, EXAMPLES // 2]
    assert LIMITS[0] < snapshot.x.min() < snapshot.x.max() < LIMITS[1]
    assert np.abs(snapshot.x.mean(axis=0)).max() < 0.35
    assert not np.array_equal(*(part.x for part in data(training)))
    assert training.advance(600).accuracy > 0.9
