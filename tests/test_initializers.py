from functools import partial

import numpy as np
import pytest

from nnlab.activations import relu
from nnlab.initializers import glorot, he, lecun, normal, variance_scaling, zeros
from nnlab.layers import Activation, Dense
from nnlab.network import Sequential

N_IN, N_OUT = SHAPE = (300, 500)
# Written as on the lecture's slide: a factor on a draw from N(0, 1).
SLIDE = [
    (partial(normal, std=0.001), 0.001),
    (partial(lecun, scale=0.001), 0.001 * 1 / np.sqrt(N_IN)),
    (partial(he, scale=0.001), 0.001 * np.sqrt(2 / N_IN)),
    (partial(glorot, scale=0.001), 0.001 * np.sqrt(2 / (N_IN + N_OUT))),
]
PAPERS = [
    (normal, 1.0),
    (lecun, np.sqrt(1 / N_IN)),
    (he, np.sqrt(2 / N_IN)),
    (glorot, np.sqrt(2 / (N_IN + N_OUT))),
    (partial(variance_scaling, fan="out"), np.sqrt(1 / N_OUT)),
]
each_initializer = pytest.mark.parametrize("init", [zeros, *(init for init, _ in SLIDE + PAPERS)])


@pytest.mark.parametrize(("init", "std"), SLIDE + PAPERS)
def test_the_formula_exactly_and_in_its_statistics(init, std):
    weights = init(np.random.default_rng(0), SHAPE)
    assert weights.shape == SHAPE
    assert weights.dtype == np.float64
    draw = np.random.default_rng(0).standard_normal(SHAPE)
    np.testing.assert_allclose(weights, std * draw, rtol=1e-15)
    assert weights.std() == pytest.approx(std, rel=0.01)  # 150 000 draws: standard error 0.2 %
    assert abs(weights.mean()) < 4 * std / np.sqrt(weights.size)


def deep_std(init, depth=10, width=500):
    """Return the standard deviation of what the last of many ReLU layers gives."""
    layers = [
        layer for _ in range(depth) for layer in (Dense(width, width, init=init), Activation(relu))
    ]
    net = Sequential(*layers, seed=0, dtype=np.float64)
    x = np.random.default_rng(1).standard_normal((100, width))
    return net.forward(x).std()


@pytest.mark.parametrize(
    ("init", "low", "high"),
    [
        # He keeps the mean square at 1; of it, the ReLU's mean takes about a third
        (he, 0.5, 1.0),
        (partial(he, scale=0.001), 0.5e-30, 1e-30),
        # half the variance goes in each layer: 2 ** -5
        (lecun, 0.5 / 32, 1 / 32),
        (partial(normal, std=0.001), 1e-19, 1e-17),  # a factor of about 0.016 a layer
    ],
)
def test_ten_relu_layers_keep_or_lose_the_signal(init, low, high):
    assert low < deep_std(init) < high


def test_zeros_are_zero():
    weights = zeros(np.random.default_rng(0), (2, 3))
    assert weights.shape == (2, 3)
    assert not weights.any()


def test_no_spread_gives_zeros():
    rng = np.random.default_rng(0)
    for init in (partial(normal, std=0), partial(he, scale=0), partial(he, gain=0)):
        assert not init(rng, (2, 3)).any()


@each_initializer
def test_the_same_generator_state_gives_the_same_numbers(init):
    np.testing.assert_array_equal(
        init(np.random.default_rng(7), (3, 4)), init(np.random.default_rng(7), (3, 4))
    )


@each_initializer
@pytest.mark.parametrize(
    ("shapes", "error", "message"),
    [
        ([(3,), (3, 4, 5), ()], ValueError, "two whole numbers, "),
        ([(0, 3), (3, -1)], ValueError, "at least 1, got"),
        ([(3.0, 4), (True, 3), (3, "4")], TypeError, "an int, got"),
        (["34", 3, None], TypeError, "two whole numbers, "),
    ],
)
def test_bad_shapes_are_refused(init, shapes, error, message):
    for shape in shapes:
        with pytest.raises(error, match=f"shape: expected {message}"):
            init(np.random.default_rng(0), shape)


@each_initializer
@pytest.mark.parametrize("rng", [0, None, np.random, np.random.RandomState(0)])
def test_what_is_no_generator_is_refused(init, rng):
    with pytest.raises(TypeError, match=r"rng: expected a numpy\.random\.Generator"):
        init(rng, (3, 4))


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf, "1", None, True, [1.0], 1j])
@pytest.mark.parametrize(
    ("init", "name"), [(normal, "std"), (he, "scale"), (he, "gain"), (variance_scaling, "gain")]
)
def test_bad_factors_are_refused(init, name, bad):
    error = ValueError if type(bad) is float else TypeError
    with pytest.raises(error, match=f"{name}: expected a (finite )?number"):
        init(np.random.default_rng(0), (3, 4), **{name: bad})


@pytest.mark.parametrize("fan", ["both", None, 3, ["in"]])
def test_unknown_fans_are_refused(fan):
    with pytest.raises(ValueError, match="fan: expected 'in', 'out' or 'mean', got"):
        variance_scaling(np.random.default_rng(0), (2, 2), fan=fan)
