import numpy as np
import pytest

from nnlab.activations import tanh
from nnlab.gradients import (
    GradientError,
    check_gradient,
    check_network_gradient,
    numerical_gradient,
)
from nnlab.layers import Activation, Dense
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


def test_network_check_refuses_replicas():
    with pytest.raises(ValueError, match="expected one network, got 2 replicas"):
        check_network_gradient(make_network(seed=[0, 1]), MeanSquaredError(), X, X)


def test_infinite_differences_are_no_agreement():
    def step(x):
        return np.inf if x[0] > 1 else 0.0

    with pytest.raises(GradientError, match="1 of 1"):
        check_gradient(step, np.array([0.0]), np.array([1.0]))
