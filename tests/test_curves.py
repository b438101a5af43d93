import numpy as np
import pytest

from nnlab.activations import relu
from nnlab.curves import learning_curve, mean_and_standard_error, validation_curve
from nnlab.layers import Activation, Dense
from nnlab.losses import MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import SGD, Adam
from nnlab.training import fit

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 2))
Y = X[:, 0] - 2 * X[:, 1] + 0.3 * RNG.standard_normal(40)
HELD_OUT = (RNG.standard_normal((20, 2)), RNG.standard_normal(20))
SEEDS = [3, 1, 4]


def last_losses(history):
    return history.train["loss"][-1], history.validation["loss"][-1]


def train_network(x, y, seeds):
    net = Sequential(Dense(2, 6), Activation(relu), Dense(6, 1), seed=seeds)
    history = fit(
        net, MeanSquaredError(), Adam(0.02), x, y,
        epochs=5, batch_size=8, seed=seeds, validation=HELD_OUT,
    )  # fmt: skip
    return last_losses(history)


def recording(calls):
    def train(x, y, seeds):
        calls.append((x, y, seeds))
        return np.full(len(seeds), x.shape[-2]), np.array(seeds) + 0.5

    return train


def test_scores_go_where_they_belong():
    curve = learning_curve(recording([]), X, Y, [5, 10, 20, 40], SEEDS)
    assert curve.values.tolist() == [5, 10, 20, 40]
    np.testing.assert_array_equal(curve.train, [[5] * 3, [10] * 3, [20] * 3, [40] * 3])
    np.testing.assert_array_equal(curve.validation, [[3.5, 1.5, 4.5]] * 4)


def test_training_sets_are_nested_without_repeats_and_differ_between_seeds():
    calls, rows = [], np.arange(40)
    learning_curve(recording(calls), np.stack([rows, -rows], axis=1), rows, [40, 4, 15], SEEDS)
    full, small, middle = (y for _, y, _ in calls)
    for x, y, seeds in calls:
        np.testing.assert_array_equal(x, np.stack([y, -y], axis=-1))  # rows stay together
        assert seeds == SEEDS
    for k in range(3):
        assert sorted(full[k]) == list(range(40))
        np.testing.assert_array_equal(small[k], middle[k, :4])
        np.testing.assert_array_equal(middle[k], full[k, :15])
    assert len({tuple(row) for row in full}) == 3


def test_targets_with_several_outputs_keep_them():
    calls = []
    learning_curve(recording(calls), X, np.zeros((40, 5)), [7], SEEDS)
    assert calls[0][0].shape == (3, 7, 2)
    assert calls[0][1].shape == (3, 7, 5)


def test_every_example_is_equally_likely_in_a_small_training_set():
    calls = []
    learning_curve(recording(calls), X, np.arange(40), [10], range(2000))
    counts = np.bincount(calls[0][1].ravel(), minlength=40)
    assert np.abs(counts - 500).max() < 5 * np.sqrt(2000 * 0.25 * 0.75)


def test_the_subsets_do_not_share_random_numbers_with_the_shuffling_of_fit():
    calls = []
    learning_curve(recording(calls), X, np.arange(40), [40], SEEDS)
    for k, seed in enumerate(SEEDS):
        assert not np.array_equal(calls[0][1][k], np.random.default_rng(seed).permutation(40))


@pytest.mark.parametrize("sizes", [[8, 40], [20]])
def test_a_seed_has_the_same_learning_curve_alone(sizes):
    together = learning_curve(train_network, X, Y, sizes, SEEDS)
    for k, seed in enumerate(SEEDS):
        alone = learning_curve(train_network, X, Y, sizes, [seed])
        np.testing.assert_array_equal(together.train[:, k], alone.train[:, 0])
        np.testing.assert_array_equal(together.validation[:, k], alone.validation[:, 0])


def test_the_learning_curve_of_least_squares_follows_theory():
    """Line fits with p features and noise: train sigma^2 (1 - p/n), validation above sigma^2."""
    sigma, n_all, p = 0.5, 200, 3
    rng = np.random.default_rng(3)
    x = rng.standard_normal((n_all, p))
    y = x @ [1.0, -2.0, 0.5] + sigma * rng.standard_normal(n_all)
    x_new = rng.standard_normal((5000, p))
    y_new = x_new @ [1.0, -2.0, 0.5] + sigma * rng.standard_normal(5000)

    def train(x, y, seeds):
        w = np.linalg.pinv(x) @ y[..., None]
        errors = (x @ w)[..., 0] - y, (x_new @ w)[..., 0] - y_new
        return np.mean(errors[0] ** 2, axis=-1), np.mean(errors[1] ** 2, axis=-1)

    sizes = [10, 30, 100]
    curve = learning_curve(train, x, y, sizes, range(300))
    trained, held_out = curve.train.mean(axis=1), curve.validation.mean(axis=1)
    residual = y - x @ (np.linalg.pinv(x) @ y)
    noise = residual @ residual / (n_all - p)
    for k, n in enumerate(sizes):
        assert trained[k] == pytest.approx(noise * (1 - p / n), rel=0.05)
        # E = sigma^2 (1 + p / (n - p - 1)) for Gaussian examples; less where n nears N.
        excess = noise * p / (n - p - 1) * (1 - n / n_all)
        assert held_out[k] == pytest.approx(sigma**2 + excess, rel=0.05)


def test_a_validation_curve_trains_every_value_with_every_seed_in_one_call():
    calls = []

    def train(values, seeds):
        calls.append((values, seeds))
        return values, 10 * values + seeds

    curve = validation_curve(train, [0.1, 0.3, 0.5], [7, 8])
    ((values, seeds),) = calls
    assert sorted(zip(values.tolist(), seeds, strict=True)) == [
        (0.1, 7), (0.1, 8), (0.3, 7), (0.3, 8), (0.5, 7), (0.5, 8),
    ]  # fmt: skip
    np.testing.assert_array_equal(curve.train, [[0.1, 0.1], [0.3, 0.3], [0.5, 0.5]])
    np.testing.assert_array_equal(curve.validation, [[8, 9], [10, 11], [12, 13]])


def test_a_validation_curve_over_sizes_calls_once_for_each():
    calls = []

    def train(widths, seeds):
        (width,) = set(widths.tolist())
        calls.append((width, seeds))
        net = Sequential(Dense(2, width), Activation(relu), Dense(width, 1), seed=seeds)
        history = fit(
            net, MeanSquaredError(), Adam(0.01), X, Y, epochs=2, seed=seeds, validation=HELD_OUT
        )
        return last_losses(history)

    curve = validation_curve(train, [1, 4, 16], SEEDS, together=False)
    assert calls == [(1, SEEDS), (4, SEEDS), (16, SEEDS)]
    assert curve.validation.shape == (3, 3)
    alone = validation_curve(train, [4], SEEDS[1:2])
    assert curve.validation[1, 1] == alone.validation[0, 0]


def test_a_validation_curve_over_learning_rates_equals_single_runs_and_shows_divergence():
    def train(rates, seeds):
        net = Sequential(Dense(2, 1), seed=seeds)
        history = fit(
            net, MeanSquaredError(), SGD(rates), X, Y,
            epochs=20, batch_size=10, seed=seeds, validation=HELD_OUT,
        )  # fmt: skip
        return last_losses(history)

    curve = validation_curve(train, [0.01, 0.1, 1e10], SEEDS)
    for v, k in np.ndindex(2, 3):
        alone = validation_curve(train, curve.values[v : v + 1], SEEDS[k : k + 1])
        assert curve.train[v, k] == alone.train[0, 0]
        assert curve.validation[v, k] == alone.validation[0, 0]
    assert np.isnan(curve.validation[2]).all()
    mean, error = mean_and_standard_error(curve.validation)
    assert np.isfinite(mean).tolist() == np.isfinite(error).tolist() == [True, True, False]


def test_mean_and_standard_error_by_hand():
    mean, error = mean_and_standard_error([[1, 2, 6], [4, 4, 4]])
    np.testing.assert_allclose(mean, [3, 4])
    np.testing.assert_allclose(error, [np.sqrt((4 + 1 + 9) / 2) / np.sqrt(3), 0])
    mean, error = mean_and_standard_error([[1.0], [np.inf]])
    np.testing.assert_array_equal(mean, [1, np.nan])
    assert np.isnan(error).all()


def test_the_band_covers_the_truth_about_two_times_in_three():
    scores = np.random.default_rng(4).standard_normal((4000, 30))
    mean, error = mean_and_standard_error(scores)
    assert np.mean(np.abs(mean) < error) == pytest.approx(0.675, abs=0.03)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": X[:, 0]}, ValueError, "x, y: expected shapes"),
        ({"y": Y[:-1]}, ValueError, r"x, y: .*got \(40, 2\) and \(39,\)"),
        ({"sizes": []}, ValueError, "sizes: expected a sequence"),
        ({"sizes": 10}, ValueError, "sizes: expected a sequence"),
        ({"sizes": [0, 5]}, ValueError, r"sizes: expected numbers from 1 to N = 40, got \[0, 5\]"),
        ({"sizes": [41]}, ValueError, "sizes: expected numbers from 1 to N = 40"),
        ({"sizes": [0.5]}, TypeError, "sizes: expected whole numbers"),
        ({"seeds": []}, ValueError, "seeds: expected a sequence"),
        ({"seeds": 3}, ValueError, "seeds: expected a sequence"),
        ({"seeds": [-1]}, ValueError, "seeds: expected ints of at least 0"),
        ({"seeds": [np.random.default_rng(0)]}, TypeError, "seeds: expected whole numbers"),
        ({"train": lambda x, y, s: 1.0}, ValueError, "train: expected to return .* got 1.0"),
        ({"train": lambda x, y, s: None}, ValueError, "train: .* 3 of each, got None"),
        (
            {"train": lambda x, y, s: (np.zeros(3), np.zeros(2))},
            ValueError,
            r"train: .*shape \(3,\) and float64 values of shape \(2,\)",
        ),
        ({"train": lambda x, y, s: (np.zeros(3), [None] * 3)}, ValueError, "object values"),
    ],
)
def test_wrong_input_of_a_learning_curve_is_refused(change, error, message):
    arguments = {"train": recording([]), "x": X, "y": Y, "sizes": [5], "seeds": SEEDS} | change
    with pytest.raises(error, match=message):
        learning_curve(**arguments)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"values": []}, ValueError, "values: expected a row"),
        ({"values": 0.1}, ValueError, "values: expected a row"),
        ({"values": [0.1, np.nan]}, ValueError, "values: expected a row of finite"),
        ({"values": ["a"]}, TypeError, "values: expected numbers"),
        ({"seeds": [1.5]}, TypeError, "seeds: expected whole numbers"),
        ({"train": lambda v, s: (v[:1], v)}, ValueError, "train: .*6 of each"),
    ],
)
def test_wrong_input_of_a_validation_curve_is_refused(change, error, message):
    arguments = {"train": lambda v, s: (v, v), "values": [0.1, 0.2], "seeds": SEEDS} | change
    with pytest.raises(error, match=message):
        validation_curve(**arguments)


@pytest.mark.parametrize("scores", [1.0, [], np.zeros((3, 0))])
def test_no_scores_have_no_mean(scores):
    with pytest.raises(ValueError, match="scores: expected at least one seed"):
        mean_and_standard_error(scores)


def test_scores_are_numbers():
    with pytest.raises(TypeError, match="scores: expected numbers, got <U4 values"):
        mean_and_standard_error(["good", "bad"])
