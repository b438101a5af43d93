import numpy as np
import pytest

from nnlab.activations import relu
from nnlab.initializers import zeros
from nnlab.layers import Activation, BatchNorm, Dense, Dropout
from nnlab.losses import BinaryCrossEntropy, MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import SGD, Adam
from nnlab.range_test import RangeTest, learning_rate_range_test
from nnlab.training import fit

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 2))
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)
LINE = np.linspace(-1, 1, 21)[:, None]


def classifier(seed=0, dtype=np.float32):
    return Sequential(
        Dense(2, 8), BatchNorm(8), Activation(relu), Dropout(0.2), Dense(8, 1), seed=seed,
        dtype=dtype,
    )  # fmt: skip


def parabola(start=1.0, scale=1.0):
    """Loss scale^2 mean(x^2) w^2: curvature L = 2 scale^2 mean(x^2)."""
    net = Sequential(Dense(1, 1, bias=False), dtype=np.float64)
    net.theta[:] = start
    return net, scale * LINE, 2 * np.mean((scale * LINE) ** 2)


def run(net, x=X, y=LABELS, optimizer=Adam, **options):
    options = {"updates": 30, "batch_size": 16} | options
    return learning_rate_range_test(net, BinaryCrossEntropy(), optimizer, x, y, **options)


@pytest.mark.parametrize("scale", [0.3, 1.0, 5.0])
def test_the_loss_of_a_parabola_grows_from_the_rate_2_over_l_on(scale):
    net, x, curvature = parabola(scale=scale)
    limit = 2 / curvature
    result = learning_rate_range_test(
        net, MeanSquaredError(), SGD, x, 0 * x[:, 0],
        low=0.01 * limit, high=3 * limit, updates=200, smoothing=0, factor=1e300,
    )  # fmt: skip
    grew = np.flatnonzero(np.diff(result.losses) > 0)[0]
    assert result.rates[grew - 1] <= limit < result.rates[grew]
    # Every loss follows in closed form.
    product = np.concatenate([[1.0], np.cumprod(1 - result.rates[:-1] * curvature)])
    np.testing.assert_allclose(result.losses, curvature / 2 * product**2, rtol=1e-9)


def test_the_rates_are_a_geometric_sequence_from_low_to_high():
    result = run(classifier(), low=1e-4, high=1e-1, updates=7)
    np.testing.assert_allclose(result.rates, 10.0 ** np.linspace(-4, -1, 7), rtol=1e-14)
    assert result.rates[0] == 1e-4
    assert result.rates[-1] == 1e-1


def test_updates_are_those_of_fit_with_the_same_rates():
    """Losses before training and after each full-batch update, as `fit` records them."""
    rates = np.geomspace(0.01, 1.0, 6).tolist()
    net = Sequential(Dense(2, 4), Activation(relu), Dense(4, 1), dtype=np.float64)
    result = run(net, low=0.01, high=1.0, updates=6, batch_size=None, factor=100)
    history = fit(net, BinaryCrossEntropy(), Adam(rates.__getitem__), X, LABELS, epochs=5)
    np.testing.assert_allclose(result.losses, history.train["loss"], rtol=1e-12)


def test_the_smoothed_loss_is_a_weighted_mean_of_all_losses_so_far():
    result = run(classifier(dtype=np.float64), smoothing=0.7, factor=100)
    assert len(result.losses) == 30
    for u in range(30):
        weights = 0.7 ** np.arange(u, -1, -1)
        expected = np.average(result.losses[: u + 1], weights=weights)
        assert result.smoothed[u] == pytest.approx(expected, rel=1e-12)
    plain = run(classifier(), smoothing=0)
    np.testing.assert_array_equal(plain.smoothed, plain.losses)


def test_the_test_ends_when_the_smoothed_loss_exceeds_its_minimum_by_the_factor():
    net, x, _ = parabola()
    options = {"low": 0.01, "high": 100.0, "updates": 300, "smoothing": 0.5}
    lengths = []
    for factor in (2.0, 4.0, 1000.0):
        result = learning_rate_range_test(
            net, MeanSquaredError(), SGD, x, 0 * x[:, 0], factor=factor, **options
        )
        assert result.diverged is True
        assert result.smoothed[-1] > factor * result.smoothed.min()
        grown = result.smoothed > factor * np.minimum.accumulate(result.smoothed)
        assert not grown[:-1].any()
        assert len(result.rates) == len(result.losses) == len(result.smoothed) < 300
        lengths.append(len(result.rates))
    assert lengths == sorted(lengths)


class ScriptedError(MeanSquaredError):
    """The losses that a test wants, one after the other."""

    def __init__(self, losses):
        self.losses = iter(losses)

    def formula(self, z, y):
        return next(self.losses)


def test_the_loss_may_grow_to_the_factor_itself_but_not_beyond():
    net, x, _ = parabola()

    def lengths(losses):
        result = learning_rate_range_test(
            net, ScriptedError(losses), SGD, x, 0 * x[:, 0], updates=5, smoothing=0, factor=4.0
        )
        return len(result.losses), result.diverged

    assert lengths([8.0, 1.0, 4.0, 2.0, 3.0]) == (5, False)
    assert lengths([8.0, 1.0, 4.0, 4.01, 3.0]) == (4, True)
    assert lengths([1.0, 4.01]) == (2, True)


def test_an_infinite_loss_ends_the_test_without_a_warning():
    net, x, _ = parabola(start=1e100)
    result = learning_rate_range_test(
        net, MeanSquaredError(), SGD, x, 0 * x[:, 0], low=1e30, high=1e40, factor=1e308
    )
    assert result.diverged is True
    assert np.isfinite(result.losses[:-1]).all()
    assert not np.isfinite(result.losses[-1])
    net.theta[:] = np.nan
    broken = learning_rate_range_test(net, MeanSquaredError(), SGD, x, 0 * x[:, 0])
    assert broken.losses.shape == (1,)
    assert np.isnan([broken.minimum, broken.steepest]).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("own_order", [False, True])
def test_a_replica_equals_its_solo_test_and_diverges_alone(dtype, own_order):
    x = np.stack([X, 1e4 * X, -X])
    options = {"low": 1e-3, "high": 30.0, "updates": 60, "optimizer": SGD, "smoothing": 0.5}
    seeds = [5, 6, 7]

    def make(seed):
        return Sequential(Dense(2, 8), Activation(relu), Dropout(0.2), Dense(8, 1), seed=seed,
                          dtype=dtype)  # fmt: skip

    together = run(make(seeds), x, seed=seeds if own_order else 3, **options)
    lengths = []
    for k, seed in enumerate(seeds):
        alone = run(make(seed), x[k], seed=seed if own_order else 3, **options)
        lengths.append(n := len(alone.losses))
        np.testing.assert_array_equal(together.losses[:n, k], alone.losses)
        np.testing.assert_array_equal(together.smoothed[:n, k], alone.smoothed)
        assert np.isnan(together.losses[n:, k]).all()
        assert together.diverged[k] == alone.diverged
        np.testing.assert_array_equal(together.minimum[k], alone.minimum)
        np.testing.assert_array_equal(together.steepest[k], alone.steepest)
    assert together.losses.shape == (max(lengths), 3)
    assert len(set(lengths)) > 1


def test_the_network_is_left_as_it_was():
    net, same = classifier(4), classifier(4)
    net.forward(X, training=True)
    same.forward(X, training=True)
    net.grad[...] = same.grad[...] = 7
    result = run(net)
    assert result.losses[-1] != result.losses[0]
    for vector in ("theta", "grad", "buffers"):
        np.testing.assert_array_equal(getattr(net, vector), getattr(same, vector))
    np.testing.assert_array_equal(net.forward(X, True), same.forward(X, True))
    with pytest.raises(ValueError, match="at least 2 examples"):
        run(net, batch_size=39)  # one example is left over for the second batch
    np.testing.assert_array_equal(net.theta, same.theta)


def test_suggestions_by_hand():
    rates = 10.0 ** np.arange(-5, 1)
    smoothed = np.array([
        [1.0, 1.0, 1.0],
        [0.9, 1.1, 0.8],
        [0.5, 1.2, 0.75],
        [0.45, 1.3, 0.5],
        [3.0, 4.0, 0.2],
        [0.5, np.nan, np.inf],
    ])  # fmt: skip
    # Replica 0 falls most of all from its maximum at the end, but that is after its minimum.
    expected = {
        1: [1e-4, np.nan, 1e-2], 2: [1e-4, np.nan, 1e-2], 3: [1e-4, np.nan, 1e-3],
        4: [np.nan, np.nan, 1e-3], 5: [np.nan] * 3, 10: [np.nan] * 3,
    }  # fmt: skip
    for span, steepest in expected.items():
        result = RangeTest(rates, smoothed, smoothed, np.zeros(3, bool), span)
        np.testing.assert_allclose(result.minimum, [1e-2, np.nan, 1e-1])
        np.testing.assert_allclose(result.steepest, steepest)
        for k in range(3):
            alone = RangeTest(rates, smoothed[:, k], smoothed[:, k], True, span)
            assert isinstance(alone.minimum, float)
            assert isinstance(alone.steepest, float)
            np.testing.assert_array_equal(alone.minimum, result.minimum[k])
            np.testing.assert_array_equal(alone.steepest, result.steepest[k])


def test_the_steepest_descent_does_not_hang_on_single_batches():
    """Noise of batches as large as the early losses differ: all seeds still agree."""
    x = RNG.standard_normal((200, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)
    net = Sequential(Dense(2, 16), Activation(relu), Dense(16, 1), seed=range(12))
    result = run(net, x, y, updates=100, batch_size=32, seed=range(12))
    assert result.span == 10
    assert np.ptp(np.log10(result.steepest)) < 1
    single = RangeTest(result.rates, result.losses, result.smoothed, result.diverged, 1)
    assert np.ptp(np.log10(single.steepest)) > 3


def test_the_suggestions_train_a_network_well():
    def final_loss(rate):
        net = Sequential(Dense(2, 16), Activation(relu), Dense(16, 1), seed=1)
        history = fit(net, BinaryCrossEntropy(), Adam(rate), X, LABELS, epochs=30, batch_size=16)
        return history.train["loss"][-1]

    net = Sequential(Dense(2, 16), Activation(relu), Dense(16, 1))
    result = run(net, updates=100)
    assert 1e-3 < result.steepest < result.minimum < 10
    careless = min(final_loss(1e-5), final_loss(10.0))
    assert final_loss(result.steepest) < 0.5 * careless
    assert final_loss(result.minimum / 10) < 0.5 * careless


def test_a_loss_that_never_falls_gives_no_suggestion():
    net = Sequential(Dense(1, 1, init=zeros, bias=False))
    result = learning_rate_range_test(net, MeanSquaredError(), SGD, LINE, 0 * LINE, updates=10)
    assert result.diverged is False
    assert np.isnan([result.minimum, result.steepest]).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"optimizer": SGD(0.1)}, TypeError, "optimizer: expected a function .* got SGD"),
        ({"low": 0.0}, ValueError, "low: expected a number above 0, got 0.0"),
        ({"low": np.nan}, ValueError, "low: "),
        ({"high": np.inf}, ValueError, "high: "),
        ({"low": [0.1, 0.2]}, TypeError, r"low: expected a number, got \[0.1, 0.2\]"),
        ({"low": 1.0, "high": 0.1}, ValueError, "low, high: expected low below high"),
        ({"updates": 1}, ValueError, "updates: expected at least 2, got 1"),
        ({"updates": 10.0}, TypeError, "updates: expected an int"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"seed": [1, 2]}, ValueError, "seed: expected one seed"),
        ({"smoothing": 1.0}, ValueError, "smoothing: expected a number from 0 to below 1"),
        ({"smoothing": np.nan}, ValueError, "smoothing"),
        ({"smoothing": -0.1}, ValueError, "smoothing: expected a number from 0 to below 1"),
        ({"smoothing": "a"}, TypeError, "smoothing: expected a number, got 'a'"),
        ({"factor": "a"}, TypeError, "factor: expected a number, got 'a'"),
        ({"factor": 1.0}, ValueError, "factor: expected a number above 1"),
        ({"factor": np.nan}, ValueError, "factor"),
        ({"x": X * np.nan}, ValueError, "x: expected finite"),
        ({"x": X[:0]}, ValueError, "x: expected shape"),
        ({"y": LABELS[:3]}, ValueError, "y: expected shape"),
        ({"y": ["a"] * 40}, TypeError, "y: expected numbers"),
    ],
)
def test_wrong_input_is_refused(change, error, message):
    with pytest.raises(error, match=message):
        run(classifier(), **change)


def test_a_batch_too_small_for_batch_norm_is_told_with_the_arithmetic():
    net = Sequential(Dense(1, 2), BatchNorm(2), Dense(2, 1))
    x = np.linspace(-1, 1, 9)[:, None]
    with pytest.raises(ValueError, match="9 examples in batches of 4 leave one of 1"):
        learning_rate_range_test(net, MeanSquaredError(), SGD, x, x[:, 0], batch_size=4)
