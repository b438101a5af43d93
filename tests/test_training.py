import numpy as np
import pytest

from nnlab.activations import relu
from nnlab.layers import Activation, Dense
from nnlab.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import SGD, Adam
from nnlab.training import evaluate, fit

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 2))
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)
TARGETS = X[:, 0] - 2 * X[:, 1] + 0.5


def classifier(seed=0, dtype=np.float32):
    return Sequential(Dense(2, 8), Activation(relu), Dense(8, 1), seed=seed, dtype=dtype)


def share_right(y, predicted):
    return (y == predicted).mean(axis=-1)


def test_linear_regression_reaches_the_least_squares_solution():
    net = Sequential(Dense(2, 1), dtype=np.float64)
    history = fit(net, MeanSquaredError(), SGD(0.2), X, TARGETS, epochs=200)
    np.testing.assert_allclose(net.theta, [1, -2, 0.5], atol=1e-6)
    assert history.train["loss"][-1] < 1e-12
    assert not history.diverged


def test_history_has_the_state_before_training_in_row_0_and_after_every_epoch():
    net = classifier()
    before = evaluate(net, BinaryCrossEntropy(), X, LABELS, {"accuracy": share_right})
    history = fit(
        net, BinaryCrossEntropy(), Adam(0.01), X, LABELS,
        epochs=3, batch_size=16, validation=(X[:7], LABELS[:7]), metrics={"accuracy": share_right},
    )  # fmt: skip
    after = evaluate(net, BinaryCrossEntropy(), X, LABELS, {"accuracy": share_right})
    assert history.epochs.tolist() == [0, 1, 2, 3]
    assert history.updates.tolist() == [0, 3, 6, 9]  # 40 examples in batches of 16: three updates
    for key in ("loss", "accuracy"):
        assert history.train[key][0] == before[key]
        assert history.train[key][-1] == after[key]
        assert history.validation[key].shape == (4,)
    assert "3 epochs" in repr(history)


def test_the_same_seeds_give_the_same_run_and_other_seeds_another_order():
    def run(seed):
        net = classifier()
        fit(net, BinaryCrossEntropy(), SGD(0.1), X, LABELS, epochs=2, batch_size=8, seed=seed)
        return net.theta.copy()

    np.testing.assert_array_equal(run(3), run(3))
    assert not np.array_equal(run(3), run(4))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("own_order", [False, True])
@pytest.mark.parametrize("own_data", [False, True])
def test_a_replica_equals_its_solo_run_bit_for_bit(dtype, batch_size, own_order, own_data):
    seeds, rates = [3, 1, 4, 1], [0.1, 0.03, 0.01, 0.003]
    x = np.stack([X + 0.1 * k for k in range(4)]) if own_data else X
    y = np.stack([LABELS, 1 - LABELS, LABELS, LABELS]) if own_data else LABELS
    options = {"epochs": 5, "batch_size": batch_size, "metrics": {"accuracy": share_right}}
    net = classifier(seeds, dtype)
    history = fit(
        net, BinaryCrossEntropy(), Adam(rates), x, y,
        seed=[10, 11, 12, 13] if own_order else 10, validation=(X[:9], LABELS[:9]), **options,
    )  # fmt: skip
    for k, (seed, rate) in enumerate(zip(seeds, rates, strict=True)):
        solo = classifier(seed, dtype)
        alone = fit(
            solo, BinaryCrossEntropy(), Adam(rate), x[k] if own_data else x,
            y[k] if own_data else y, seed=10 + k if own_order else 10,
            validation=(X[:9], LABELS[:9]), **options,
        )  # fmt: skip
        np.testing.assert_array_equal(net.theta[k], solo.theta)
        for key in ("loss", "accuracy"):
            np.testing.assert_array_equal(history.train[key][:, k], alone.train[key])
            np.testing.assert_array_equal(history.validation[key][:, k], alone.validation[key])


def test_replicas_with_wide_layers_and_many_classes_equal_their_solo_runs():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((100, 64)), rng.integers(0, 10, 100)

    def network(seed):
        return Sequential(Dense(64, 33), Activation(relu), Dense(33, 10), seed=seed)

    net = network([0, 1, 2])
    fit(net, CategoricalCrossEntropy(), Adam(0.01), x, y, epochs=3, batch_size=32)
    for k in range(3):
        solo = network(k)
        fit(solo, CategoricalCrossEntropy(), Adam(0.01), x, y, epochs=3, batch_size=32)
        np.testing.assert_array_equal(net.theta[k], solo.theta)


def test_a_diverging_run_stops_with_a_clear_state_and_no_warning():
    net = Sequential(Dense(2, 1))
    history = fit(net, MeanSquaredError(), SGD(1e10), X, TARGETS, epochs=50)
    assert history.diverged is True
    assert np.isnan(history.train["loss"][-1])
    assert np.isfinite(history.train["loss"][0])
    assert len(history.epochs) < 51
    assert "diverged" in repr(history)


def test_a_diverging_replica_does_not_touch_the_others():
    net = Sequential(Dense(2, 1), seed=[0, 0, 0])
    history = fit(net, MeanSquaredError(), SGD([0.1, 1e10, 0.2]), X, TARGETS, epochs=50)
    assert history.diverged.tolist() == [False, True, False]
    assert np.isnan(history.train["loss"][-1, 1])
    assert len(history.epochs) == 51
    solo = Sequential(Dense(2, 1), seed=0)
    fit(solo, MeanSquaredError(), SGD(0.2), X, TARGETS, epochs=50)
    np.testing.assert_array_equal(net.theta[2], solo.theta)


def test_the_callers_arrays_are_not_edited():
    x, y = X.copy(), LABELS.copy()
    fit(classifier(), BinaryCrossEntropy(), SGD(0.1), x, y, epochs=2, batch_size=7)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, LABELS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs: expected a whole number of at least 1, got 0"),
        ({"epochs": 2.5}, "epochs"),
        ({"batch_size": 0}, "batch_size"),
        ({"x": np.full((40, 2), np.nan)}, "x: expected finite numbers"),
        ({"x": np.zeros((0, 2))}, "x: expected shape"),
        ({"x": X[:, 0]}, "x: expected shape"),
        ({"x": X[:, :1]}, "expects 2 features"),
        ({"y": LABELS[:-1]}, "y: expected shape"),
        ({"y": np.full(40, np.inf)}, "y: "),
        ({"validation": (X[:3] * np.inf, LABELS[:3])}, "validation x: expected finite"),
        ({"seed": [1, 2]}, "seed: expected one seed, got a sequence of 2"),
    ],
)
def test_wrong_input_is_refused(change, message):
    arguments = {"x": X, "y": LABELS, "epochs": 1} | change
    with pytest.raises(ValueError, match=message), np.errstate(invalid="ignore"):
        fit(classifier(), BinaryCrossEntropy(), SGD(0.1), **arguments)


def test_wrong_number_of_seeds_is_refused():
    with pytest.raises(ValueError, match="seed: expected 3 seeds, got a sequence of 2"):
        fit(classifier(range(3)), BinaryCrossEntropy(), SGD(0.1), X, LABELS, epochs=1, seed=[1, 2])
