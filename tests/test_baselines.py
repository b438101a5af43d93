import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.baselines import linear_regression, majority_class, mean_value
from nnlab.datasets import breast_cancer, diabetes, noisy_polynomial
from nnlab.metrics import accuracy, r_squared


def test_majority_class_of_breast_cancer():
    y = breast_cancer().y
    predicted = majority_class(y, len(y))
    assert (predicted == 0).all()
    assert accuracy(y, predicted) == pytest.approx(357 / 569)


def test_majority_class_details():
    assert majority_class([2, 1, 1, 2, 0], 3).tolist() == [1, 1, 1]  # a tie: the smallest
    assert majority_class(np.array([-4, -4, 9]), 1).tolist() == [-4]
    assert majority_class([1, 1], 2).dtype.kind == "i"


@given(y=st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=20), other=st.floats(-1e3, 1e3))
def test_no_constant_beats_the_mean(y, other):
    y = np.array(y)
    mean = mean_value(y, y.size)
    assert mean.shape == y.shape
    assert np.square(y - mean).mean() <= np.square(y - other).mean() * (1 + 1e-9) + 1e-9


def test_mean_of_diabetes_explains_nothing():
    y = diabetes().y
    assert mean_value(y, 2) == pytest.approx([152.13348416289594] * 2)
    assert r_squared(y, mean_value(y, len(y))) == pytest.approx(0, abs=1e-12)


def test_linear_regression_on_diabetes():
    # sklearn.linear_model.LinearRegression on load_diabetes(scaled=False).
    data = diabetes()
    model = linear_regression(data.x, data.y)
    assert model.bias == pytest.approx(-334.5671385187859, rel=1e-9)
    assert model.weights[[2, 8]] == pytest.approx([5.60296209, 68.4831250], rel=1e-8)
    assert model.predict(data.x[:3]) == pytest.approx([206.11667725, 68.07103297, 176.88279035])
    assert r_squared(data.y, model.predict(data.x)) == pytest.approx(0.5177484222203499, rel=1e-12)
    # Fitted on the first 300 rows, scored on the rest.
    part = linear_regression(data.x[:300], data.y[:300])
    score = r_squared(data.y[300:], part.predict(data.x[300:]))
    assert score == pytest.approx(0.5071960134667435, rel=1e-12)


def test_a_line_is_found_exactly():
    line = noisy_polynomial(20, (3, -2), noise=0)
    model = linear_regression(line.x, line.y)
    assert model.weights == pytest.approx([-2])
    assert model.bias == pytest.approx(3)


def test_of_equal_planes_the_one_with_the_smallest_weights():
    x = np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])
    model = linear_regression(x, [2, 4, 8])
    assert model.weights == pytest.approx([1, 1])
    assert model.bias == pytest.approx(0, abs=1e-12)
    few = linear_regression(np.eye(2, 5), [1, 2])
    assert few.predict(np.eye(2, 5)) == pytest.approx([1, 2])


def test_a_model_is_frozen():
    model = linear_regression([[0], [1]], [0, 1])
    with pytest.raises(AttributeError):
        model.bias = 1.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: majority_class([], 1), ValueError, r"y_train: expected shape \(N,\)"),
        (lambda: majority_class([0.5], 1), TypeError, "y_train: expected integer classes"),
        (lambda: majority_class([1], 0), ValueError, "n: expected at least 1, got 0"),
        (lambda: majority_class([1], 2.0), TypeError, "n: expected an int"),
        (lambda: mean_value([np.nan], 1), ValueError, "y_train: expected finite numbers"),
        (lambda: mean_value(["a"], 1), TypeError, "y_train: expected numbers"),
        (lambda: mean_value([[1.0]], 1), ValueError, r"got \(1, 1\)"),
        (lambda: linear_regression([1, 2], [1, 2]), ValueError, r"x: expected shape .* got \(2,\)"),
        (lambda: linear_regression([["a"]], [1]), TypeError, "x: expected numbers, got <U1"),
        (lambda: linear_regression([[1], [2]], [1]), ValueError, "got 2 and 1"),
        (lambda: linear_regression([[np.inf]], [1]), ValueError, "x: expected finite numbers"),
        (lambda: linear_regression([[1]], [np.nan]), ValueError, "y: expected finite numbers"),
        (
            lambda: linear_regression([[1], [2]], [1, 2]).predict([[1, 2]]),
            ValueError,
            r"x: expected the 1 feature\(s\) that were fitted, got 2",
        ),
    ],
)
def test_input_is_checked(call, error, message):
    with pytest.raises(error, match=message):
        call()
