from functools import partial

import numpy as np
import pytest

from nnlab.initializers import glorot, he, lecun, normal, variance_scaling, zeros

SHAPE = (300, 500)


@pytest.mark.parametrize(
    ("init", "std"),
    [
        (normal, 1.0),
        (partial(normal, std=0.001), 0.001),
        (lecun, (1 / 300) ** 0.5),
        (he, (2 / 300) ** 0.5),
        (glorot, (2 / 800) ** 0.5),
        (partial(variance_scaling, fan="out"), (1 / 500) ** 0.5),
        # the lecture's slide multiplies every formula by 0.001
        (partial(he, scale=0.001), 0.001 * (2 / 300) ** 0.5),
        (partial(glorot, scale=0.001), 0.001 * (2 / 800) ** 0.5),
    ],
)
def test_standard_deviation(init, std):
    weights = init(np.random.default_rng(0), SHAPE)
    assert weights.shape == SHAPE
    assert weights.std() == pytest.approx(std, rel=0.01)  # 150 000 draws: standard error 0.2 %
    assert abs(weights.mean()) < 4 * std / np.sqrt(weights.size)


def test_zeros_are_zero():
    assert not zeros(np.random.default_rng(0), (2, 3)).any()


def test_the_same_generator_state_gives_the_same_numbers():
    np.testing.assert_array_equal(
        he(np.random.default_rng(7), (3, 4)), he(np.random.default_rng(7), (3, 4))
    )


def test_unknown_fan_is_refused():
    with pytest.raises(ValueError, match="fan: expected 'in', 'out' or 'mean', got 'both'"):
        variance_scaling(np.random.default_rng(0), (2, 2), fan="both")
