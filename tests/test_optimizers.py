import numpy as np
import pytest

from nnlab.optimizers import SGD, Adam

MAKERS = {"sgd": lambda lr: SGD(lr), "adam": lambda lr: Adam(lr)}
each_optimizer = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())


def minimise(optimizer, gradient, start, steps):
    theta = np.array(start, dtype=np.float64)
    for _ in range(steps):
        optimizer.step(theta, gradient(theta))
    return theta


def bowl(theta):
    return 2 * theta


def ravine(theta):
    return theta * np.array([1.0, 25.0])


def rosenbrock(theta):
    x, y = theta
    return np.array([-2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)])


@pytest.mark.parametrize(
    ("make", "gradient", "learning_rate", "goal"),
    [
        ("sgd", bowl, 0.1, [0, 0]),
        ("sgd", ravine, 0.05, [0, 0]),
        ("sgd", rosenbrock, 0.01, [1, 1]),
        ("adam", bowl, 0.05, [0, 0]),
        ("adam", ravine, 0.05, [0, 0]),
        ("adam", rosenbrock, 0.02, [1, 1]),
    ],
)
def test_reaches_the_minimum(make, gradient, learning_rate, goal):
    theta = minimise(MAKERS[make](learning_rate), gradient, [-0.8, 1.2], 3000)
    np.testing.assert_allclose(theta, goal, atol=1e-3)


def test_sgd_step_by_hand():
    theta = np.array([1.0, -2.0])
    SGD(0.5).step(theta, np.array([2.0, 1.0]))
    np.testing.assert_array_equal(theta, [0, -2.5])


def test_adams_first_step_has_the_length_of_the_learning_rate_whatever_the_gradient():
    theta = np.zeros(3)
    Adam(0.1).step(theta, np.array([1e-3, -5.0, 2e4]))
    np.testing.assert_allclose(theta, [-0.1, 0.1, -0.1], rtol=1e-4)


def test_adams_eps_stands_outside_the_root_after_the_correction():
    theta, g, eps = np.zeros(1), 1e-4, 1e-2
    Adam(1.0, eps=eps).step(theta, np.array([g]))
    np.testing.assert_allclose(theta, -g / (g + eps), rtol=1e-12)


@each_optimizer
def test_a_row_of_learning_rates_gives_each_replica_its_own(make):
    rates, rng = [0.3, 0.01, 0.0], np.random.default_rng(0)
    grads = rng.standard_normal((5, 3, 4)).astype(np.float32)
    stacked, together = np.ones((3, 4), np.float32), make(rates)
    for grad in grads:
        together.step(stacked, grad)
    for k, rate in enumerate(rates):
        solo, alone = np.ones(4, np.float32), make(rate)
        for grad in grads:
            alone.step(solo, grad[k])
        np.testing.assert_array_equal(stacked[k], solo)


@each_optimizer
def test_float32_stays_float32_and_the_gradient_is_not_edited(make):
    theta, grad = np.ones(4, np.float32), np.full(4, 0.5, np.float32)
    optimizer = make(np.float64(0.1))
    optimizer.step(theta, grad)
    assert theta.dtype == np.float32
    assert type(optimizer.learning_rate) is float
    np.testing.assert_array_equal(grad, 0.5)


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf, "fast", [[0.1]], None])
@each_optimizer
def test_bad_learning_rates_are_refused(make, bad):
    with pytest.raises(ValueError, match="learning_rate: expected a finite number"):
        make(bad)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"betas": (0.9, 1.0)}, "betas: .* below 1"),
        ({"betas": (0.9, 0.99, 0.999)}, "betas: expected two"),
        ({"eps": 0.0}, "eps: expected a number above 0"),
    ],
)
def test_bad_adam_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        Adam(0.1, **options)


def test_a_row_that_does_not_fit_the_replicas_is_refused():
    with pytest.raises(ValueError, match=r"each of 2 replicas, but theta has shape \(3, 4\)"):
        SGD([0.1, 0.2]).step(np.ones((3, 4)), np.ones((3, 4)))


def test_repr():
    assert repr(SGD(0.1)) == "SGD(learning_rate=0.1)"
    assert repr(Adam([0.1, 0.2])) == (
        "Adam(learning_rate=<2 values>, betas=(0.9, 0.999), eps=1e-08)"
    )


def test_adam_serves_one_network():
    optimizer = Adam(0.1)
    optimizer.step(np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match=r"expected shape \(3,\).*make a new Adam"):
        optimizer.step(np.ones(4), np.ones(4))
