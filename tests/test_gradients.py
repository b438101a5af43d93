import numpy as np
import pytest

from nnlab.activations import sigmoid, tanh
from nnlab.gradients import (
    GradientError,
    check_gradient,
    check_network_gradient,
    gradient_norms,
    numerical_gradient,
)
from nnlab.layers import Activation, BatchNorm, Dense, Dropout
from nnlab.losses import CategoricalCrossEntropy, MeanSquaredError
from nnlab.network import Sequential


def cubes(x):
    return float((x**3).sum())


X = np.array([[1.0, -2.0], [0.5, 3.0]])


def test_numerical_gradient_of_a_polynomial():
    before = X.copy()
    np.testing.assert_allclose(numerical_gradient(cubes, X), 3 * X**2, rtol=1e-8)
    np.testing.assert_array_equal(X, before)


def test_right_gradient_passes_and_reports_the_difference():
    assert check_gradient(cubes, 3 * X**2, X) < 1e-8


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (6 * X**2, "Everywhere it is 2 times the right value"),
        (-3 * X**2, "sign is reversed"),
        (0 * X, "gradient is 0"),
        (
            3 * X**2 + np.array([[0, 0], [0, 1e-3]]),
            r"1 of 4 entries. Worst at \[1, 1\], where x = 3",
        ),
        (np.full_like(X, np.nan), "4 of 4"),
    ],
)
def test_wrong_gradient_is_explained(wrong, message):
    with pytest.raises(GradientError, match=message):
        check_gradient(cubes, wrong, X)


def test_float32_is_refused():
    with pytest.raises(TypeError, match="x: expected a float64 array, got float32"):
        numerical_gradient(cubes, X.astype(np.float32))


def test_shape_mismatch_is_refused():
    with pytest.raises(ValueError, match="gradient: expected the shape of x"):
        check_gradient(cubes, np.zeros(3), X)


def make_network(**options):
    return Sequential(Dense(2, 4), Activation(tanh), Dense(4, 3), dtype=np.float64, **options)


def test_network_gradient():
    net, x = make_network(), np.random.default_rng(0).standard_normal((5, 2))
    start = net.theta.copy()
    assert (
        check_network_gradient(net, CategoricalCrossEntropy(), x, np.array([0, 1, 2, 0, 1])) < 1e-8
    )
    np.testing.assert_array_equal(net.theta, start)


def test_a_forgotten_gradient_is_found(monkeypatch):
    net, x = make_network(), np.random.default_rng(0).standard_normal((5, 2))
    last = net.layers[-1]
    monkeypatch.setattr(last, "backward", lambda dy, inputs=True: dy @ last.W.T)
    with pytest.raises(GradientError):
        check_network_gradient(net, MeanSquaredError(), x, np.ones((5, 3)))


def make_training_network(layer):
    return Sequential(Dense(2, 4), layer, Activation(tanh), Dense(4, 3), dtype=np.float64)


@pytest.mark.parametrize("make", [lambda: Dropout(0.5), lambda: BatchNorm(4)])
def test_the_training_pass_is_checked_and_leaves_no_trace(make):
    """An evaluation would neither drop nor use the batch's statistics."""
    x, y = np.random.default_rng(0).standard_normal((5, 2)), np.ones((5, 3))
    net, untouched = make_training_network(make()), make_training_network(make())
    net.buffers[...] += 0.5
    untouched.buffers[...] += 0.5
    assert check_network_gradient(net, MeanSquaredError(), x, y) < 1e-8
    np.testing.assert_array_equal(net.theta, untouched.theta)
    np.testing.assert_array_equal(net.buffers, untouched.buffers)
    # the masks drawn next are those of a network that was never checked
    np.testing.assert_array_equal(
        net.forward(x, training=True), untouched.forward(x, training=True)
    )


@pytest.mark.parametrize("layer", [Dropout(0.5), BatchNorm(4)], ids=["dropout", "batch norm"])
def test_a_backward_pass_that_forgets_the_mask_or_the_statistics_is_found(layer, monkeypatch):
    x = np.random.default_rng(0).standard_normal((5, 2))
    net = make_training_network(layer)
    monkeypatch.setattr(layer, "backward", lambda dy, inputs=True: dy)
    with pytest.raises(GradientError):
        check_network_gradient(net, MeanSquaredError(), x, np.ones((5, 3)))


def test_a_network_that_fails_the_check_is_as_before(monkeypatch):
    x = np.random.default_rng(0).standard_normal((5, 2))
    net = make_training_network(BatchNorm(4))
    theta, buffers = net.theta.copy(), net.buffers.copy()
    monkeypatch.setattr(net.layers[1], "backward", lambda dy, inputs=True: dy)
    with pytest.raises(GradientError):
        check_network_gradient(net, MeanSquaredError(), x, np.ones((5, 3)))
    np.testing.assert_array_equal(net.theta, theta)
    np.testing.assert_array_equal(net.buffers, buffers)


def test_network_check_refuses_replicas():
    with pytest.raises(ValueError, match="expected one network, got 2 replicas"):
        check_network_gradient(make_network(seed=[0, 1]), MeanSquaredError(), X, X)


def test_infinite_differences_are_no_agreement():
    def step(x):
        return np.inf if x[0] > 1 else 0.0

    with pytest.raises(GradientError, match="1 of 1"):
        check_gradient(step, np.array([0.0]), np.array([1.0]))


# Norms ------------------------------------------------------------------------------------------


def test_gradient_norms_are_named_and_those_of_the_replicas():
    x, y = np.random.default_rng(0).standard_normal((2, 5, 2)), np.array([0, 1, 2, 0, 1])
    loss, together = CategoricalCrossEntropy(), make_network(seed=[3, 4])
    together.backward(loss.grad(together.forward(x), y))
    norms = gradient_norms(together)
    assert list(norms) == ["0.W", "0.b", "2.W", "2.b"]
    for k, seed in enumerate([3, 4]):
        net = make_network(seed=seed)
        net.backward(loss.grad(net.forward(x[k]), y))
        for name, _, grad in net.parameters():
            alone = gradient_norms(net)[name]
            assert type(alone) is float
            np.testing.assert_allclose(alone, np.linalg.norm(grad), rtol=1e-14)
            assert norms[name][k] == alone


def test_gradient_norms_show_what_vanishes():
    """Behind every sigmoid the gradient is at most a quarter of what it was."""
    layers = [layer for _ in range(5) for layer in (Dense(8, 8), Activation(sigmoid))]
    net = Sequential(*layers, Dense(8, 1), dtype=np.float64)
    x = np.random.default_rng(0).standard_normal((20, 8))
    net.backward(MeanSquaredError().grad(net.forward(x), np.ones(20)))
    norms = [value for name, value in gradient_norms(net).items() if name.endswith("W")]
    assert norms[0] < 1e-2 * norms[-1]
    assert norms == sorted(norms)


def test_gradient_norms_of_a_diverged_network_do_not_warn():
    net = make_network()
    net.grad[:] = 1.0
    net.grad[0] = np.inf
    norms = gradient_norms(net)
    assert norms["0.W"] == np.inf
    assert norms["0.b"] == 2.0
