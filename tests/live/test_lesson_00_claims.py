"""What "Try this" of lesson 00 promises really happens at those settings."""

import numpy as np

from nnlab.live import lesson_00


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


def test_a_small_learning_rate_hardly_moves_and_a_large_one_jumps():
    loss = {
        rate: run(lesson_00.first_network, learning_rate=rate).train_loss
        for rate in (0.0001, 0.01, 1)
    }
    assert loss[0.0001][0] - loss[0.0001][-1] < 0.25
    assert loss[0.01][0] - loss[0.01][-1] > 0.4
    jumps = {rate: np.abs(np.diff(values)).mean() for rate, values in loss.items()}
    assert jumps[1] > 5 * jumps[0.01]


def test_one_unit_draws_a_straight_border_and_eight_do_not():
    def curvature(units):
        """Return how far the border's height is from a straight line."""
        surface = run(lesson_00.first_network, units=units).surface > 0.5
        crossing = [np.flatnonzero(np.diff(column.astype(int))) for column in surface.T]
        places = [(i, where[0]) for i, where in enumerate(crossing) if len(where) == 1]
        x, y = np.array(places).T
        return np.abs(y - np.polyval(np.polyfit(x, y, 1), x)).max()

    assert curvature(1) <= 1  # one step of the grid
    assert curvature(8) > 5


def test_much_noise_and_many_units_overfit():
    result = run(lesson_00.first_network, noise=0.4, units=16)
    assert result.train_loss[-1] < result.train_loss[50] < result.train_loss[10]
    assert result.validation_loss[-1] > result.validation_loss.min() + 0.05
