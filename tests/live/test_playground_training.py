"""The state machine of the playground: the same numbers as training by hand, at every change."""

import dataclasses

import numpy as np
import pytest

from nnlab.activations import relu, sigmoid, tanh
from nnlab.diagnostics import UpdateRatio, layer_statistics
from nnlab.initializers import he
from nnlab.layers import Activation, Dense, Dropout
from nnlab.live.playground_training import DATA_SETS, EXAMPLES, LIMITS, Settings, Training
from nnlab.losses import BinaryCrossEntropy
from nnlab.metrics import accuracy
from nnlab.network import Sequential
from nnlab.optimizers import SGD, Adam, Momentum
from nnlab.regularizers import L2
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


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_it_trains_as_fit_does(dropout):
    settings = Settings(
        activation="ReLU", initialization="He", units=5, optimizer="momentum", learning_rate=0.03,
        l2=0.01, dropout=dropout,
    )  # fmt: skip
    training = Training(settings, seed=3)
    train, validation = data(training)
    hidden = [[Dense(n, 5, init=he), Activation(relu)] for n in (2, 5)]
    # Without dropout there is no such layer at all, and the numbers are the same.
    layers = [
        layer
        for pair in hidden
        for layer in [*pair, *(Dropout(dropout) for _ in range(dropout > 0))]
    ]
    net = Sequential(*layers, Dense(5, 1, init=he), seed=3, dtype=np.float64)
    ratios = UpdateRatio(net)
    history = fit(
        net, LOSS, Momentum(0.03), *train, epochs=4, batch_size=20, seed=3,
        validation=tuple(validation), metrics={"accuracy": accuracy}, regularizer=L2(0.01),
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


def test_how_updates_are_grouped_changes_nothing():
    settings = Settings(dropout=0.3, batch_size=50, l2=0.003)
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
    training.apply(dataclasses.replace(changed, optimizer="Adam", l2=0.02))
    adam = Adam(0.5)
    update(adam, order[:100], l2=0.02)
    training.apply(dataclasses.replace(training.settings, dropout=0.5))
    net.layers[2].rate = net.layers[5].rate = 0.5
    update(adam, order[100:], l2=0.02)
    training.apply(dataclasses.replace(training.settings, noise=0.4, dropout=0.0, l2=0.0))
    net.layers[2].rate = net.layers[5].rate = 0.0
    (x, y), _ = data(training)
    update(adam, rng.permutation(EXAMPLES)[:100])
    assert training.snapshot().changes == (2, 4, 5, 6)


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
        {"initialization": "He"},
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
