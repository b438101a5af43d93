"""One harness puts every layer through the same checks."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.activations import leaky_relu, relu, softmax, tanh
from nnlab.gradients import GradientError, check_gradient
from nnlab.initializers import normal
from nnlab.layers import Activation, BatchNorm, Dense, Dropout, Layer
from nnlab.network import Sequential

RNG = np.random.default_rng(2)
X = 0.5 + RNG.standard_normal((5, 3))


def value_of_dense(layer, x, training):
    return np.einsum("ni,io->no", x, layer.W) + (layer.b if layer.bias else 0)


def value_of_activation(layer, x, training):
    return np.array([layer.function(row) for row in x])


def value_of_dropout(layer, x, training):
    if not training:
        return x
    rng = np.random.default_rng(0).spawn(2)[1]  # the second stream of the network's seed
    return np.where(rng.random(x.shape, dtype=np.float32) < layer.rate, 0, x / (1 - layer.rate))


def value_of_batch_norm(layer, x, training):
    mean = x.mean(axis=0) if training else layer.running_mean
    var = x.var(axis=0) if training else layer.running_var
    return layer.gamma * (x - mean) / np.sqrt(var + layer.eps) + layer.beta


def dense(**options):
    return partial(Dense, 3, 4, init=normal, **options)


LAYERS = {
    "dense": (dense(), value_of_dense),
    "dense without bias": (dense(bias=False), value_of_dense),
    "relu": (partial(Activation, relu), value_of_activation),
    "leaky relu": (partial(Activation, partial(leaky_relu, slope=0.2)), value_of_activation),
    "tanh": (partial(Activation, tanh), value_of_activation),
    "softmax": (partial(Activation, softmax), value_of_activation),
    "dropout": (partial(Dropout, 0.4), value_of_dropout),
    "batch norm": (partial(BatchNorm, 3, eps=0.1, new_weight=0.3), value_of_batch_norm),
}
MAKERS = {name: make for name, (make, _) in LAYERS.items()}
each_layer = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
each_pass = pytest.mark.parametrize("training", [False, True], ids=["evaluation", "training"])


def alone(layer, seed=0, dtype=np.float64):
    """Return a network of just this layer, its numbers moved off where they start."""
    net = Sequential(layer, seed=seed, dtype=dtype)
    net.theta += np.linspace(0.1, 0.9, net.theta.shape[-1], dtype=dtype)
    net.buffers[...] += np.linspace(0.2, 0.4, net.buffers.shape[-1], dtype=dtype)
    return net


def check_layer(make, x, training):
    """Compare dx and every parameter's gradient of sum(weights * layer(x)) with differences."""
    layer = make()
    net = alone(layer)
    state = net.snapshot()

    def forward(point):
        net.restore(net.snapshot()._replace(streams=state.streams, buffers=state.buffers))
        return layer.forward(point, training)

    y = forward(x)
    weights = np.random.default_rng(3).standard_normal(y.shape)
    dx = layer.backward(weights)
    grads = {name: grad.copy() for name, _, grad in net.parameters()}

    check_gradient(lambda point: float((weights * forward(point)).sum()), dx, x)
    for name, value, _ in net.parameters():
        start = value.copy()

        def loss(point, value=value):
            value[...] = point
            return float((weights * forward(x)).sum())

        check_gradient(loss, grads[name], start)
        value[...] = start


@each_pass
@each_layer
def test_gradients(make, training):
    check_layer(make, X, training)


@each_pass
@pytest.mark.parametrize(("make", "value"), LAYERS.values(), ids=LAYERS.keys())
def test_values(make, value, training):
    layer = make()
    alone(layer)
    expected = value(layer, X, training)  # before the running averages move
    np.testing.assert_allclose(layer.forward(X, training), expected, rtol=1e-12)


def test_the_harness_finds_a_wrong_backward_pass():
    class Forgetful(Dropout):
        def backward(self, dy, *, inputs=True):
            return dy

    class HalfWay(BatchNorm):
        def backward(self, dy, *, inputs=True):
            self.training = False
            return super().backward(dy, inputs=inputs)

    for wrong in (partial(Forgetful, 0.4), partial(HalfWay, 3)):
        with pytest.raises(GradientError):
            check_layer(wrong, X, training=True)


@each_pass
@each_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_inputs_are_not_edited(make, dtype, training):
    layer = make()
    alone(layer, dtype=dtype)
    x = X.astype(dtype)
    before = x.copy()
    y = layer.forward(x, training)
    dy = np.ones_like(y)
    dx = layer.backward(dy)
    assert y.dtype == dx.dtype == dtype
    assert dx.shape == x.shape
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(dy, 1)


@each_pass
@each_layer
@pytest.mark.parametrize("shared", [False, True], ids=["own data", "shared data"])
def test_leading_axes_are_replicas(make, training, shared):
    x = np.random.default_rng(4).standard_normal((2, 5, 3))
    own, x = ([x[0], x[0]], x[0]) if shared else (x, x)
    stacked, solos = make(), [make(), make()]
    together = alone(stacked, seed=[7, 8])
    nets = [alone(layer, seed) for seed, layer in zip((7, 8), solos, strict=True)]
    y = together.forward(x, training)
    weights = np.random.default_rng(5).standard_normal(y.shape)
    dx = stacked.backward(weights)
    for k, net in enumerate(nets):
        # what is the same for all replicas (an activation of shared data) has no replica axis
        part = k if y.ndim == 3 else ...
        np.testing.assert_array_equal(y[part], net.forward(own[k], training))
        np.testing.assert_array_equal(dx[part], solos[k].backward(weights[part]))
        np.testing.assert_array_equal(together.grad[k], net.grad)
        np.testing.assert_array_equal(together.buffers[k], net.buffers)


@each_layer
def test_input_gradient_is_left_out_when_not_wanted(make):
    layer = make()
    Sequential(layer)
    y = layer.forward(np.ones((2, 3), np.float32), training=True)
    assert layer.backward(y, inputs=False) is None


@each_layer
def test_a_layer_belongs_to_one_network(make):
    layer = make()
    Sequential(layer)
    with pytest.raises(ValueError, match="already belongs to a network"):
        Sequential(layer)


@pytest.mark.parametrize("layer", [Dense(3, 4), BatchNorm(3)])
def test_wrong_number_of_features_says_what_was_expected(layer):
    net = Sequential(layer)
    with pytest.raises(ValueError, match=r"\(3.*\) expects 3 features .* got shape \(5, 2\)"):
        net.forward(np.zeros((5, 2)))


# Dense ------------------------------------------------------------------------------------------


def test_dense_without_bias_has_weights_only():
    net = Sequential(Dense(3, 4, bias=False))
    assert [name for name, _, _ in net.parameters()] == ["0.W"]
    assert net.theta.shape == (12,)


@pytest.mark.parametrize(
    ("make", "argument"), [(partial(Dense, 3), "outputs"), (BatchNorm, "features")]
)
def test_impossible_sizes_are_refused(make, argument):
    for size in (0, -1):
        with pytest.raises(ValueError, match=f"{argument}: expected at least 1, got {size}"):
            make(size)
    for size in (2.5, "3", True):
        with pytest.raises(TypeError, match=f"{argument}: expected an int, got {size!r}"):
            make(size)


# Dropout ----------------------------------------------------------------------------------------


def test_every_training_pass_draws_a_new_mask_and_an_evaluation_none():
    layer = Dropout(0.5)
    net, x = Sequential(layer), np.ones((20, 10))
    first, second = net.forward(x, training=True), net.forward(x, training=True)
    assert not np.array_equal(first, second)
    assert set(np.unique(first)) == {0, 2}
    np.testing.assert_array_equal(net.forward(x), x)
    assert layer.mask is None


def test_the_expected_output_is_the_input():
    x = np.full((500, 400), 3.0)
    for rate in (0.1, 0.5, 0.9):
        y = Sequential(Dropout(rate), seed=1, dtype=np.float64).forward(x, training=True)
        error = np.sqrt(9 * rate / (1 - rate) / x.size)  # standard error of the mean
        assert abs(y.mean() - 3) < 4 * error
        share = np.mean(y == 0)
        assert abs(share - rate) < 4 * np.sqrt(rate * (1 - rate) / x.size)


def test_a_rate_of_0_changes_nothing_but_draws():
    x = X.astype(np.float32)
    both = Sequential(Dropout(0.0), Dropout(0.5), seed=3).forward(x, training=True)
    rows = Sequential(Dropout([0.0, 0.5]), Dropout(0.5), seed=[3, 3]).forward(x, training=True)
    np.testing.assert_array_equal(rows[0], both)
    np.testing.assert_array_equal(Sequential(Dropout(0.0), seed=3).forward(x, training=True), x)


def test_dropout_changes_neither_the_initial_weights_nor_other_streams():
    plain = Sequential(Dense(3, 4), Activation(relu), Dense(4, 1), seed=5)
    dropped = Sequential(Dense(3, 4), Activation(relu), Dropout(0.5), Dense(4, 1), seed=5)
    np.testing.assert_array_equal(plain.theta, dropped.theta)


def test_a_row_of_rates_gives_each_replica_its_own():
    x = np.ones((50, 20), np.float32)
    rates = [0.0, 0.3, 0.8]
    y = Sequential(Dropout(rates), seed=[4, 5, 6]).forward(x, training=True)
    for k, rate in enumerate(rates):
        solo = Sequential(Dropout(rate), seed=4 + k).forward(x, training=True)
        np.testing.assert_array_equal(y[k], solo)


@pytest.mark.parametrize("rate", [-0.1, 1.0, np.nan, "0.5", True, [[0.5]], None])
def test_impossible_rates_are_refused(rate):
    with pytest.raises((TypeError, ValueError), match=r"rate: expected .* below 1"):
        Dropout(rate)


@pytest.mark.parametrize(("seed", "replicas"), [([1, 2, 3], "3 replicas"), (1, "no replicas")])
def test_a_row_of_rates_that_does_not_fit_is_refused(seed, replicas):
    with pytest.raises(ValueError, match=f"rate: got 2 values for a network with {replicas}"):
        Sequential(Dropout([0.1, 0.2]), seed=seed)


def test_a_given_mask_reproduces_figure_4_8_of_chollet():
    x = np.array([[0.3, 0.2, 1.5, 0], [0.6, 0.1, 0, 0.3], [0.2, 1.9, 0.3, 1.2], [0.7, 0.5, 1, 0]])
    dropped = np.array([[0, 0.2, 1.5, 0], [0.6, 0.1, 0, 0.3], [0, 1.9, 0.3, 0], [0.7, 0, 0, 0]])
    layer = Dropout(0.5, kept=dropped != 0)
    net = Sequential(layer, dtype=np.float64)
    for _ in range(2):
        np.testing.assert_array_equal(net.forward(x, training=True), 2 * dropped)
    np.testing.assert_array_equal(layer.backward(np.ones((4, 4))), 2 * (dropped != 0))
    np.testing.assert_array_equal(net.forward(x), x)
    for kept in (np.ones(4, bool), np.ones((1, 4), bool), np.ones((3, 4), bool)):
        with pytest.raises(ValueError, match=r"kept: expected the shape .* \(4, 4\), got"):
            Sequential(Dropout(0.5, kept=kept)).forward(x, training=True)
    with pytest.raises(TypeError, match="kept: expected True and False, got float64"):
        Dropout(0.5, kept=dropped)


def test_dropout_outside_a_network_says_what_is_missing():
    with pytest.raises(RuntimeError, match=r"Dropout\(0.5\) belongs to no network"):
        Dropout(0.5).forward(X, training=True)


@given(rate=st.floats(0.01, 0.95), seed=st.integers(0, 2**32 - 1), level=st.floats(-5, 5))
def test_the_mean_over_masks_is_the_input(rate, seed, level):
    x = np.full((200, 100), level)
    y = Sequential(Dropout(rate), seed=seed, dtype=np.float64).forward(x, training=True)
    error = abs(level) * np.sqrt(rate / (1 - rate) / x.size)  # standard error of the mean
    assert abs(y.mean() - level) <= 6 * error + 1e-12


# Batch normalization ----------------------------------------------------------------------------


@pytest.mark.parametrize(("unbiased", "ddof"), [(True, 1), (False, 0)])
def test_running_averages_by_hand(unbiased, ddof):
    layer = BatchNorm(3, new_weight=0.25, unbiased=unbiased)
    net = Sequential(layer, dtype=np.float64)
    mean, var = np.zeros(3), np.ones(3)
    for batch in (X, 2 * X, X - 7):
        net.forward(batch, training=True)
        mean = 0.75 * mean + 0.25 * batch.mean(axis=0)
        var = 0.75 * var + 0.25 * batch.var(axis=0, ddof=ddof)
    np.testing.assert_allclose(layer.running_mean[0], mean, rtol=1e-12)
    np.testing.assert_allclose(layer.running_var[0], var, rtol=1e-12)
    before = net.buffers.copy()
    net.forward(X)
    np.testing.assert_array_equal(net.buffers, before)


def test_a_training_pass_has_mean_beta_and_standard_deviation_gamma():
    layer = BatchNorm(3, eps=1e-12)
    net = Sequential(layer, dtype=np.float64)
    net.theta = np.array([1, 2, 3, -4, 0, 4.0])
    y = net.forward(100 * X + 50, training=True)
    np.testing.assert_allclose(y.mean(axis=0), [-4, 0, 4], atol=1e-10)
    np.testing.assert_allclose(y.std(axis=0), [1, 2, 3])


def test_an_evaluation_does_not_depend_on_the_rest_of_the_batch():
    net = alone(BatchNorm(3))
    np.testing.assert_allclose(net.forward(X)[:1], net.forward(X[:1]), rtol=1e-14)


def test_a_constant_feature_gives_beta_and_no_nan():
    net = Sequential(BatchNorm(2), dtype=np.float64)
    y = net.forward(np.array([[3.0, 1.0], [3.0, 2.0], [3.0, 6.0]]), training=True)
    np.testing.assert_array_equal(y[:, 0], 0)
    net.backward(np.ones_like(y))
    assert np.isfinite(net.grad).all()


def test_a_batch_of_one_is_refused_with_the_remedy():
    net = Sequential(BatchNorm(3))
    with pytest.raises(ValueError, match=r"at least 2 examples .* got 1; choose a batch_size"):
        net.forward(X[:1], training=True)
    net.forward(X[:1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"new_weight": 1.5}, "new_weight: expected a number from 0 to 1"),
        ({"new_weight": -0.1}, "new_weight: expected"),
        ({"eps": 0.0}, "eps: expected a number above 0"),
    ],
)
def test_impossible_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        BatchNorm(3, **options)


def test_rows_of_settings_give_each_replica_its_own():
    net = Sequential(BatchNorm(3, new_weight=[0.1, 0.9], eps=[1e-5, 1.0]), seed=[1, 2])
    x = X.astype(np.float32)
    trained = net.forward(x, training=True)
    evaluated = net.forward(x)
    for k, (weight, eps) in enumerate([(0.1, 1e-5), (0.9, 1.0)]):
        solo = Sequential(BatchNorm(3, new_weight=weight, eps=eps), seed=1 + k)
        np.testing.assert_array_equal(trained[k], solo.forward(x, training=True))
        np.testing.assert_array_equal(evaluated[k], solo.forward(x))
        np.testing.assert_array_equal(net.buffers[k], solo.buffers)


@pytest.mark.parametrize("layer", [Dense(2, 3), BatchNorm(2)])
def test_a_layer_outside_a_network_says_what_is_missing(layer):
    with pytest.raises(AttributeError, match=r"belongs to no network and has no .* Sequential"):
        layer.forward(np.ones((4, 2)))
    with pytest.raises(AttributeError, match="object has no attribute 'wizard'"):
        layer.wizard  # noqa: B018


@pytest.mark.parametrize(
    ("init", "error", "message"),
    [
        ("he", TypeError, "init: expected an initializer such as he, got 'he'"),
        (lambda rng, shape: np.zeros(shape[::-1]), ValueError, r"shape \(2, 3\), got \(3, 2\)"),
        (lambda rng, shape: 0.5, ValueError, r"shape \(2, 3\), got \(\)"),
    ],
)
def test_a_wrong_initializer_is_named(init, error, message):
    with pytest.raises(error, match=message):
        Sequential(Dense(2, 3, init=init))


# A layer of one's own ---------------------------------------------------------------------------


def test_a_new_layer_needs_forward_and_backward_only():
    class Double(Layer):
        def forward(self, x, training=False):
            return 2 * x

        def backward(self, dy, *, inputs=True):
            return 2 * dy if inputs else None

    check_layer(Double, X, training=True)
    net = Sequential(Dense(3, 4), Double(), BatchNorm(4))
    assert net.forward(X).shape == (5, 4)


def test_repr_shows_how_a_layer_is_made():
    layers = [
        Dense(2, 3, bias=False),
        BatchNorm(3),
        Activation(relu),
        Dropout(0.25),
        Dropout([0, 0.5]),
    ]
    assert list(map(repr, layers)) == [
        "Dense(2, 3, bias=False)",
        "BatchNorm(3)",
        "Activation(relu)",
        "Dropout(0.25)",
        "Dropout(<2 values>)",
    ]
