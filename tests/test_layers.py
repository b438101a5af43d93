"""One harness puts every layer through the same checks."""

from functools import partial

import numpy as np
import pytest

from nnlab.activations import relu, softmax, tanh
from nnlab.gradients import check_gradient
from nnlab.initializers import normal
from nnlab.layers import Activation, Dense
from nnlab.network import Sequential


def dense(**options):
    return partial(Dense, 3, 4, init=normal, **options)


LAYERS = {
    "dense": dense(),
    "dense without bias": dense(bias=False),
    "relu": partial(Activation, relu),
    "tanh": partial(Activation, tanh),
    "softmax": partial(Activation, softmax),
}
each_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS.keys())


def check_layer(make, x):
    """Compare dx and every parameter's gradient of sum(weights * layer(x)) with differences."""
    layer = make()
    net = Sequential(layer, dtype=x.dtype)
    y = layer.forward(x)
    weights = np.random.default_rng(3).standard_normal(y.shape)
    dx = layer.backward(weights)
    grads = {name: grad.copy() for name, _, grad in net.parameters()}

    check_gradient(lambda point: float((weights * layer.forward(point)).sum()), dx, x)
    for name, value, _ in net.parameters():
        start = value.copy()

        def loss(point, value=value):
            value[...] = point
            return float((weights * layer.forward(x)).sum())

        check_gradient(loss, grads[name], start)
        value[...] = start


@each_layer
def test_gradients(make):
    check_layer(make, np.random.default_rng(2).standard_normal((5, 3)))


@each_layer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_inputs_are_not_edited(make, dtype):
    layer = make()
    Sequential(layer, dtype=dtype)
    x = np.linspace(-1, 1, 15, dtype=dtype).reshape(5, 3)
    before = x.copy()
    y = layer.forward(x)
    dy = np.ones_like(y)
    dx = layer.backward(dy)
    assert y.dtype == dx.dtype == dtype
    assert dx.shape == x.shape
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(dy, 1)


@each_layer
def test_leading_axes_are_replicas(make):
    x = np.random.default_rng(4).standard_normal((2, 5, 3))
    stacked, solos = make(), [make(), make()]
    Sequential(stacked, seed=[7, 8], dtype=np.float64)
    for seed, layer in zip((7, 8), solos, strict=True):
        Sequential(layer, seed=seed, dtype=np.float64)
    y = stacked.forward(x)
    dx = stacked.backward(np.ones_like(y))
    for k, layer in enumerate(solos):
        np.testing.assert_array_equal(y[k], layer.forward(x[k]))
        np.testing.assert_array_equal(dx[k], layer.backward(np.ones_like(y[k])))


@each_layer
def test_input_gradient_is_left_out_when_not_wanted(make):
    layer = make()
    Sequential(layer)
    y = layer.forward(np.ones((2, 3), np.float32))
    assert layer.backward(y, inputs=False) is None


def test_dense_without_bias_has_weights_only():
    net = Sequential(Dense(3, 4, bias=False))
    assert [name for name, _, _ in net.parameters()] == ["0.W"]
    assert net.theta.shape == (12,)


def test_wrong_number_of_features_says_what_was_expected():
    net = Sequential(Dense(3, 4))
    with pytest.raises(ValueError, match=r"Dense\(3, 4\) expects 3 features .* got shape \(5, 2\)"):
        net.forward(np.zeros((5, 2)))


@pytest.mark.parametrize("size", [0, -1, 2.5, "3", True])
def test_dense_refuses_impossible_sizes(size):
    with pytest.raises(ValueError, match="outputs: expected a whole number of at least 1"):
        Dense(3, size)


@pytest.mark.parametrize("layer", [Dense(2, 2), Activation(relu)], ids=["dense", "activation"])
def test_a_layer_belongs_to_one_network(layer):
    Sequential(layer)
    with pytest.raises(ValueError, match="already belongs to a network"):
        Sequential(layer)
