import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from nnlab.metrics import accuracy, confusion_matrix, r_squared

classes_of = st.integers(1, 30).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 3), min_size=n, max_size=n)] * 2)
)


def test_accuracy_is_the_share_of_hits():
    value = accuracy([0, 1, 2, 2], [0, 1, 1, 2])
    assert value == 0.75
    assert type(value) is float
    assert accuracy([True, False], [1, 1]) == 0.5
    assert accuracy(np.array([0.0, 1.0]), [0, 1]) == 1  # labels of binary cross-entropy


def test_accuracy_of_replicas():
    predicted = np.array([[0, 1, 1], [0, 1, 0]])
    assert accuracy([0, 1, 0], predicted).tolist() == [2 / 3, 1]
    own = np.array([[0, 1, 1], [1, 0, 1]])
    assert accuracy(own, predicted).tolist() == [1, 0]
    assert accuracy([0, 1], np.zeros((2, 3, 2), int)).shape == (2, 3)


def test_r_squared_known_values():
    # sklearn.metrics.r2_score([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    value = r_squared([3, -0.5, 2, 7], [2.5, 0.0, 2, 8])
    assert value == pytest.approx(0.9486081370449679, rel=1e-14)
    assert type(value) is float
    assert r_squared([1, 2, 3], [2, 2, 2]) == 0
    assert r_squared([1, 2, 3], [3, 2, 1]) == -3
    assert r_squared([1, 2], [1, 2]) == 1


def test_r_squared_of_replicas_compares_each_with_its_own_mean():
    y = np.array([[1.0, 2.0, 3.0], [11.0, 12.0, 13.0]])
    assert r_squared(y, y[:, ::-1]).tolist() == [-3, -3]
    assert r_squared(y[0], y).tolist() == [1, -149]


@given(
    y=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20).filter(lambda v: np.ptp(v) > 1e-3),
    scale=st.floats(0.1, 10),
    shift=st.floats(-10, 10),
)
def test_r_squared_does_not_depend_on_the_unit(y, scale, shift):
    predicted = np.array(y) + np.sin(np.arange(len(y)))
    other_unit = r_squared(scale * np.array(y) + shift, scale * predicted + shift)
    assert other_unit == pytest.approx(r_squared(y, predicted), rel=1e-6, abs=1e-6)


def test_r_squared_of_whole_numbers_does_not_wrap_around():
    y = np.array([0, 200], dtype=np.uint8)
    assert r_squared(y, np.array([200, 0], dtype=np.uint8)) == -3


@pytest.mark.parametrize("unit", [1e-310, 1e-200, 1e-3, 1e200, 1e307])
def test_r_squared_in_extreme_units(unit):
    """No square over- or underflows."""
    y, predicted = unit * np.array([1.0, 2.0, 4.0]), unit * np.array([1.5, 2.0, 3.0])
    assert r_squared(y, predicted) == pytest.approx(r_squared([1, 2, 4], [1.5, 2, 3]), rel=1e-9)
    both = np.stack([predicted, y])
    assert r_squared(np.stack([y, y]), both)[1] == 1


def test_constant_truth_has_no_r_squared():
    assert math.isnan(r_squared([2, 2], [2, 2]))
    assert math.isnan(r_squared([0.1] * 7, [1.0] * 7))
    assert math.isnan(r_squared([1], [1]))
    mixed = r_squared([[1, 1], [0, 2]], [[1, 1], [0, 2]])
    assert np.array_equal(mixed, [np.nan, 1], equal_nan=True)


def test_a_diverged_replica_scores_nan_and_the_others_do_not():
    predicted = np.array([[1.0, 2.0, 3.0], [np.nan, 2.0, 3.0], [np.inf, 0.0, 0.0], [2.0, 2.0, 2.0]])
    assert np.array_equal(r_squared([1, 2, 3], predicted), [1, np.nan, np.nan, 0], equal_nan=True)
    assert math.isnan(r_squared([1, 2, 3], predicted[1]))
    assert r_squared([1.0, 2.0], [1e200, -1e200]) == -np.inf


def test_confusion_matrix_has_the_truth_in_rows():
    matrix = confusion_matrix([0, 0, 1, 2], [0, 1, 1, 0], 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 0]]
    assert confusion_matrix([1], [0], 2).tolist() == [[0, 0], [1, 0]]


def test_confusion_matrix_of_replicas():
    predicted = np.array([[0, 1], [1, 1]])
    matrices = confusion_matrix([0, 1], predicted, 2)
    assert matrices.tolist() == [[[1, 0], [0, 1]], [[0, 1], [0, 1]]]
    assert confusion_matrix([0], np.zeros((2, 3, 1), int), 4).shape == (2, 3, 4, 4)


def test_confusion_matrix_of_small_integers_does_not_wrap_around():
    y = np.full(3, 19, dtype=np.uint8)
    assert confusion_matrix(y, y, 20)[19, 19] == 3


@pytest.mark.parametrize(
    ("loss", "y", "metric"),
    [
        (MeanSquaredError(), np.array([[0.5], [2.0], [-1.0]]), r_squared),
        (BinaryCrossEntropy(), np.array([[0], [1], [1]]), accuracy),
        (CategoricalCrossEntropy(), np.eye(2)[[0, 1, 1]], accuracy),
    ],
)
def test_a_loss_gives_both_sides_of_a_metric(loss, y, metric):
    right = np.array([[0.5], [2.0], [-1.0]]) if metric is r_squared else 4 * y - 2.0
    wrong = -right
    assert metric(loss.answers(y, right), loss.predict(right)) == 1
    stack = np.stack([right, wrong])
    values = metric(loss.answers(y, stack), loss.predict(stack))
    assert values.shape == (2,)
    assert values[0] == 1
    assert values[1] < 0.01


def test_of_several_outputs_one_is_taken_at_a_time():
    """As the module says: the last axis is the examples, also of an array (N, K)."""
    y, predicted = np.array([[0, 1], [1, 1], [1, 0]]), np.array([[0, 0], [1, 1], [0, 0]])
    assert accuracy(y, predicted).shape == (3,)
    assert accuracy(y[:, 0], predicted[:, 0]) == accuracy(y[:, 1], predicted[:, 1]) == 2 / 3


@given(pair=classes_of)
def test_confusion_matrix_counts_everything_and_agrees_with_accuracy(pair):
    y, predicted = pair
    matrix = confusion_matrix(y, predicted, 4)
    assert matrix.sum() == len(y)
    assert matrix.sum(axis=1).tolist() == np.bincount(y, minlength=4).tolist()
    assert np.trace(matrix) / len(y) == pytest.approx(accuracy(y, predicted))


@pytest.mark.parametrize(
    ("y", "predicted", "message"),
    [
        ([], [], r"y: expected at least one example, got shape \(0,\)"),
        ([1], [], r"predicted: expected at least one example"),
        ([0, 1], [0, 1, 1], r"got \(2,\) and \(3,\)"),
        ([[0], [1]], [0, 1], r"got \(2, 1\) and \(2,\)"),
        ([[0, 1]], [0, 1], r"got \(1, 2\) and \(2,\)"),
        (1, 1, r"got \(\) and \(\)"),
        ([[0], [0, 1]], [0, 1], "y: expected an array, got rows of different lengths"),
        ([0, 1], [[0], [0, 1]], "predicted: expected an array, got rows of different lengths"),
    ],
)
def test_shapes_are_checked(y, predicted, message):
    for metric in (accuracy, r_squared, lambda a, b: confusion_matrix(a, b, 2)):
        with pytest.raises(ValueError, match=message):
            metric(y, predicted)


def test_values_are_checked():
    with pytest.raises(ValueError, match=r"predicted: expected classes, got 0\.7; .*loss\.predict"):
        accuracy([0, 1], [0.7, 0.2])
    with pytest.raises(ValueError, match="y: expected classes, got nan"):
        accuracy([0, np.nan], [0, 1])
    with pytest.raises(ValueError, match="predicted: expected classes, got -inf"):
        accuracy([0, 1], [0, -np.inf])
    with pytest.raises(ValueError, match="y: expected finite numbers"):
        r_squared([0, np.nan], [0, 1])
    with pytest.raises(ValueError, match="predicted: expected classes from 0 to 1, got 0 to 2"):
        confusion_matrix([0, 1], [0, 2], 2)
    with pytest.raises(ValueError, match="y: expected classes from 0 to 1, got -1 to 1"):
        confusion_matrix([-1, 1], [0, 1], 2)
    with pytest.raises(TypeError, match=r"classes: expected an int, got 2\.0"):
        confusion_matrix([0, 1], [0, 1], 2.0)
    for classes in (0, -1):
        with pytest.raises(ValueError, match=f"classes: expected at least 1, got {classes}"):
            confusion_matrix([0], [0], classes)


@pytest.mark.parametrize("strange", [["a"], [None], [1j], [0.5 + 0j], "a", None])
def test_what_is_no_number_is_refused(strange):
    for metric in (accuracy, r_squared, lambda a, b: confusion_matrix(a, b, 2)):
        with pytest.raises(TypeError, match="y: expected numbers, got"):
            metric(strange, [0])
        with pytest.raises(TypeError, match="predicted: expected numbers, got"):
            metric([0], strange)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.float16, np.float32])
def test_any_number_type_gives_the_same(dtype):
    y, predicted = np.array([0, 1, 1, 0], dtype), np.array([1, 1, 0, 0], dtype)
    assert accuracy(y, predicted) == 0.5
    assert r_squared(y, predicted) == -1
    assert confusion_matrix(y, predicted, 2).tolist() == [[1, 1], [1, 1]]


def test_inputs_are_not_edited():
    y, predicted = np.array([1.0, 0.0, 1.0]), np.array([[1.0, 1.0, 1.0]])
    before = y.copy(), predicted.copy()
    for metric in (accuracy, r_squared, lambda a, b: confusion_matrix(a, b, 2)):
        metric(y, predicted)
    np.testing.assert_array_equal(y, before[0])
    np.testing.assert_array_equal(predicted, before[1])
