import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from nnlab.bias_variance import decompose

NUMBERS = st.floats(-1e6, 1e6)


@st.composite
def problems(draw):
    """Return predictions (M, N), truth (N,) and targets (N,)."""
    models, points = draw(st.integers(2, 6)), draw(st.integers(1, 5))
    row = npst.arrays(np.float64, points, elements=NUMBERS)
    table = npst.arrays(np.float64, (models, points), elements=NUMBERS)
    return draw(table), draw(row), draw(row)


def close(a, b, scale):
    np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12 * scale)


@given(problems())
def test_bias_and_variance_add_up_to_the_error_to_the_truth(problem):
    predictions, truth, _ = problem
    parts = decompose(predictions, truth)
    scale = 1 + np.abs(predictions).max() ** 2 + np.abs(truth).max() ** 2
    close(parts.bias2 + parts.variance, np.mean((predictions - truth) ** 2, axis=0), scale)
    close(parts.average().total, np.mean((predictions - truth) ** 2), scale)
    assert (parts.bias2 >= 0).all()
    assert (parts.variance >= 0).all()


@given(problems())
def test_with_measured_targets_all_parts_add_up_to_the_measured_error(problem):
    predictions, truth, targets = problem
    parts = decompose(predictions, truth, targets=targets)
    scale = 1 + sum(np.abs(a).max() ** 2 for a in problem)
    close(parts.total, np.mean((predictions - targets) ** 2, axis=0), scale)
    close(parts.average().total, np.mean((predictions - targets) ** 2), scale)
    close(parts.noise, (targets - truth) ** 2, scale)


@given(problems(), NUMBERS)
def test_a_shift_of_all_predictions_and_the_truth_changes_nothing(problem, shift):
    predictions, truth, _ = problem
    parts, moved = decompose(predictions, truth), decompose(predictions + shift, truth + shift)
    scale = 1 + np.abs(predictions).max() ** 2 + np.abs(truth).max() ** 2 + shift**2
    close(moved.bias2, parts.bias2, scale)
    close(moved.variance, parts.variance, scale)


def test_parts_by_hand():
    # Point 0: predictions 1, 2, 6 with mean 3, truth 5. Point 1: all right.
    parts = decompose([[1, 0], [2, 0], [6, 0]], [5, 0], noise_variance=[0.5, 0.25])
    np.testing.assert_allclose(parts.bias2, [4, 0])
    np.testing.assert_allclose(parts.variance, [(4 + 1 + 9) / 3, 0])
    np.testing.assert_array_equal(parts.noise, [0.5, 0.25])
    np.testing.assert_array_equal(parts.cross, [0, 0])
    np.testing.assert_allclose(parts.average().total, (4 + 14 / 3 + 0.75) / 2)


def test_the_mean_of_polynomial_fits_has_the_variance_that_theory_gives():
    """Least squares with fixed x: variance sigma^2 x^T (X^T X)^-1 x, bias of the mean fit."""
    rng, sigma, models = np.random.default_rng(0), 0.3, 20000
    x = np.linspace(-1, 1, 15)
    truth = np.exp(x)
    design = np.vander(x, 2)
    hat = design @ np.linalg.pinv(design)
    targets = truth + sigma * rng.standard_normal((models, 15))
    parts = decompose(targets @ hat.T, truth, noise_variance=sigma**2)
    np.testing.assert_allclose(parts.variance, sigma**2 * np.diag(hat), rtol=0.05)
    np.testing.assert_allclose(parts.bias2, (hat @ truth - truth) ** 2, atol=5e-4)
    fresh = truth + sigma * rng.standard_normal((models, 15))
    measured = np.mean((targets @ hat.T - fresh) ** 2)
    assert parts.average().total == pytest.approx(measured, rel=0.01)


@pytest.mark.parametrize("models", [3, 10])
def test_few_models_make_the_bias_look_larger_by_the_variance_over_their_number(models):
    rng = np.random.default_rng(1)
    parts = decompose(2 + rng.standard_normal((models, 100000)), np.zeros(100000)).average()
    assert parts.bias2 == pytest.approx(4 + 1 / models, rel=0.01)
    assert parts.variance == pytest.approx(1 - 1 / models, rel=0.01)


def test_settings_in_front_are_taken_apart_on_their_own_and_a_diverged_one_spoils_no_other():
    rng = np.random.default_rng(2)
    predictions, truth = rng.standard_normal((4, 3, 7, 5)), rng.standard_normal((4, 3, 5))
    predictions[1, 2, 4] = np.nan  # one model
    predictions[2, 0, 1, 3] = np.inf  # one prediction
    predictions[3, 1, 0, 0] = 1e300  # overflows
    parts = decompose(predictions, truth, targets=truth + 1)
    assert parts.total.shape == (4, 3, 5)
    assert parts.average().total.shape == (4, 3)
    for index in np.ndindex(4, 3):
        alone = decompose(predictions[index], truth[index], targets=truth[index] + 1)
        for part in ("bias2", "variance", "noise", "cross"):
            np.testing.assert_array_equal(getattr(parts, part)[index], getattr(alone, part))
    assert np.isnan(parts.variance[1, 2]).all()
    assert np.isnan(parts.variance[2, 0]).tolist() == [False, False, False, True, False]
    assert np.isnan(parts.bias2[2, 0, 3])
    assert np.isinf(parts.variance[3, 1, 0])


def test_the_callers_arrays_are_not_edited():
    for order in "CF":
        predictions = np.array([[np.nan, 1.0], [2.0, 3.0]], order=order)
        decompose(predictions, [0, 0])
        np.testing.assert_array_equal(predictions, [[np.nan, 1.0], [2.0, 3.0]])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"predictions": np.zeros(3)}, ValueError, r"predictions: .*got \(3,\)"),
        ({"predictions": np.zeros((1, 3))}, ValueError, "at least 2 models"),
        ({"predictions": np.zeros((4, 0))}, ValueError, "1 point"),
        ({"predictions": [["a"] * 3] * 2}, TypeError, "predictions: expected numbers"),
        ({"truth": [1, 2]}, ValueError, r"truth: expected shape \(3,\).*got \(2,\)"),
        ({"truth": 0.0}, ValueError, r"truth: expected shape \(3,\).*got \(\)"),
        ({"truth": [0, np.nan, 0]}, ValueError, "truth: expected finite"),
        ({"truth": ["a", "b", "c"]}, TypeError, "truth: expected numbers"),
        ({"targets": [0, np.inf, 0]}, ValueError, "targets: expected finite"),
        ({"targets": np.zeros((3, 1))}, ValueError, "targets: expected shape"),
        ({"noise_variance": -0.1}, ValueError, "noise_variance: expected at least 0, got -0.1"),
        ({"noise_variance": np.nan}, ValueError, "noise_variance: expected finite"),
        ({"noise_variance": [1, 2]}, ValueError, "noise_variance: expected a number or shape"),
        ({"noise_variance": 1, "targets": [0, 0, 0]}, ValueError, "expected one of the two"),
    ],
)
def test_wrong_input_is_refused(change, error, message):
    arguments = {"predictions": np.zeros((2, 3)), "truth": np.zeros(3)} | change
    with pytest.raises(error, match=message):
        decompose(**arguments)
