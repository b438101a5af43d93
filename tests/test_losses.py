import numpy as np
import pytest

from nnlab.gradients import check_gradient
from nnlab.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    MeanAbsoluteError,
    MeanSquaredError,
)

RNG = np.random.default_rng(1)
N = 5
CASES = {
    "mse": (MeanSquaredError(), RNG.standard_normal((N, 2)), RNG.standard_normal((N, 2))),
    "mae": (MeanAbsoluteError(), RNG.standard_normal((N, 2)), RNG.standard_normal((N, 2))),
    "bce": (BinaryCrossEntropy(), RNG.standard_normal((N, 1)), np.array([0, 1, 1, 0, 1])),
    "cce": (CategoricalCrossEntropy(), RNG.standard_normal((N, 3)), np.array([0, 2, 1, 0, 2])),
}
each_loss = pytest.mark.parametrize(("loss", "z", "y"), CASES.values(), ids=CASES.keys())


@each_loss
def test_gradient_equals_finite_differences(loss, z, y):
    check_gradient(lambda point: loss.value(point, y), loss.grad(z, y), z)


@each_loss
def test_replicas_are_independent_means(loss, z, y):
    stack = np.stack([z, 2 * z, -z])
    value, grad = loss.value(stack, y), loss.grad(stack, y)
    assert value.shape == (3,)
    for k in range(3):
        assert value[k] == loss.value(stack[k], y)
        np.testing.assert_array_equal(grad[k], loss.grad(stack[k], y))
    own_targets = np.stack([y, y, y])
    np.testing.assert_array_equal(loss.value(stack, own_targets), value)


@each_loss
def test_one_network_gives_a_python_float(loss, z, y):
    assert type(loss.value(z, y)) is float


@each_loss
def test_dtype_is_kept_and_nothing_is_edited(loss, z, y):
    z32, y_before = z.astype(np.float32), y.copy()
    z_before = z32.copy()
    loss.value(z32, y)
    assert loss.grad(z32, y).dtype == loss.head(z32).dtype == np.float32
    np.testing.assert_array_equal(z32, z_before)
    np.testing.assert_array_equal(y, y_before)


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_cross_entropies_survive_huge_logits(logit):
    z, wrong = np.array([[logit]]), np.array([int(logit < 0)])
    bce = BinaryCrossEntropy()
    assert bce.value(z, wrong) == 1e4
    assert bce.value(z, 1 - wrong) == 0
    assert abs(bce.grad(z, wrong)[0, 0]) == 1
    z = np.array([[logit, 0.0, -logit]])
    cce = CategoricalCrossEntropy()
    assert cce.value(z, np.array([0 if logit < 0 else 2])) == 2e4
    assert np.isfinite(cce.grad(z, np.array([1]))).all()


def test_values_by_hand():
    z, y = np.array([[1.0], [4.0]]), np.array([2.0, 2.0])
    assert MeanSquaredError().value(z, y) == (1 + 4) / 2
    assert MeanAbsoluteError().value(z, y) == (1 + 2) / 2
    p = np.array([0.2, 0.9])
    z = np.log(p / (1 - p))[:, None]
    expected = -(np.log(0.2) + np.log(0.1)) / 2
    np.testing.assert_allclose(BinaryCrossEntropy().value(z, np.array([1, 0])), expected)
    p = np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])
    expected = -(np.log(0.7) + np.log(0.3)) / 2
    np.testing.assert_allclose(CategoricalCrossEntropy().value(np.log(p), [2, 1]), expected)


@pytest.mark.parametrize("classes", [2, 10])
def test_equal_logits_lose_ln_of_the_number_of_classes(classes):
    loss = CategoricalCrossEntropy().value(np.zeros((4, classes)), np.zeros(4, dtype=int))
    np.testing.assert_allclose(loss, np.log(classes))


def test_integer_classes_equal_one_hot_rows_and_binary_equals_two_classes():
    loss, z, y = CASES["cce"]
    assert loss.value(z, y) == loss.value(z, np.eye(3)[y])
    bce, z1, y1 = CASES["bce"]
    two = np.concatenate([np.zeros_like(z1), z1], axis=1)
    np.testing.assert_allclose(loss.value(two, y1), bce.value(z1, y1))


def test_heads_and_predictions():
    z = np.array([[-1.0], [2.0]])
    assert BinaryCrossEntropy().predict(z).tolist() == [0, 1]
    np.testing.assert_allclose(BinaryCrossEntropy().head(z)[1, 0], 1 / (1 + np.exp(-2)))
    assert MeanSquaredError().predict(z).tolist() == [-1, 2]
    z = np.array([[0.0, 3.0, 1.0]])
    assert CategoricalCrossEntropy().predict(z).tolist() == [1]
    np.testing.assert_allclose(CategoricalCrossEntropy().head(z).sum(), 1)


@pytest.mark.parametrize(
    ("loss", "z", "y", "message"),
    [
        # the classic: (N, 1) minus (M,) would silently become (N, M)
        (
            MeanSquaredError(),
            np.zeros((4, 1)),
            np.zeros(3),
            r"y: expected shape \(4, 1\) or \(4,\)",
        ),
        (MeanSquaredError(), np.zeros((4, 2)), np.zeros(4), r"y: expected shape \(4, 2\)"),
        (MeanAbsoluteError(), np.zeros((4, 1)), ["a"] * 4, "y: expected numbers"),
        (BinaryCrossEntropy(), np.zeros((2, 1)), [0, 2], "labels 0 and 1 .* from 0 to 2"),
        (BinaryCrossEntropy(), np.zeros((2, 1)), [-1, 1], "from -1 to 1"),
        (
            CategoricalCrossEntropy(),
            np.zeros((2, 3)),
            [0, 3],
            "3 outputs, so classes must be 0 to 2",
        ),
        (CategoricalCrossEntropy(), np.zeros((2, 3)), [0, 1, 2], r"one integer class .* \(2,\)"),
        (CategoricalCrossEntropy(), np.zeros((2, 3)), np.full((2, 3), 0.5), "sum to 1"),
        (CategoricalCrossEntropy(), np.zeros((2, 3)), [0.0, 1.0], r"use y.astype\(int\)"),
        # in the dtype and with the last axes of the logits, and wrong all the same
        (BinaryCrossEntropy(), np.zeros((2, 1)), np.array([[-1.0], [5.0]]), "from -1 to 5"),
        (MeanSquaredError(), np.zeros((4, 1)), np.zeros((2, 4, 1)), "y: expected shape"),
    ],
)
def test_wrong_targets_are_refused(loss, z, y, message):
    with pytest.raises((ValueError, TypeError), match=message):
        loss.value(z, np.asarray(y))


def test_rows_of_probabilities_may_be_whole_numbers():
    loss, z, y = CASES["cce"]
    assert loss.value(z, np.eye(3, dtype=int)[y]) == loss.value(z, y)


@each_loss
def test_results_are_plain_arrays(loss, z, y):
    prepared = loss.targets(y, z)
    assert type(loss.grad(z, prepared)) is np.ndarray
    assert loss.value(z, prepared) == loss.value(z, y)
