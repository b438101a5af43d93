from decimal import Decimal, localcontext

import numpy as np
import pytest

from nnlab.gradients import check_gradient
from nnlab.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
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
    assert value.dtype == np.float64
    for k in range(3):
        assert value[k] == loss.value(stack[k], y)
        np.testing.assert_array_equal(grad[k], loss.grad(stack[k], y))
    own_targets = np.stack([y, y, y])
    np.testing.assert_array_equal(loss.value(stack, own_targets), value)


@each_loss
def test_one_network_gives_a_python_float_and_replicas_the_same_in_float64(loss, z, y):
    z32 = z.astype(np.float32)
    value, values = loss.value(z32, y), loss.value(np.stack([z32, 2 * z32]), y)
    assert type(value) is float
    assert values.dtype == np.float64
    assert values[0] == value


@each_loss
def test_dtype_is_kept_and_nothing_is_edited(loss, z, y):
    z32, y_before = z.astype(np.float32), y.copy()
    z_before = z32.copy()
    loss.value(z32, y)
    assert loss.grad(z32, y).dtype == loss.head(z32).dtype == np.float32
    np.testing.assert_array_equal(z32, z_before)
    np.testing.assert_array_equal(y, y_before)


def exact_binary(z, y):
    """Return binary cross-entropy and its gradient for one logit, to 50 digits."""
    e = Decimal(-z).exp()
    return (1 + 1 / e).ln() - Decimal(y) * Decimal(z), 1 / (1 + e) - Decimal(y)


def exact_categorical(z, y):
    """Return categorical cross-entropy and its gradient for one row of logits, to 50 digits."""
    e = [Decimal(logit).exp() for logit in z]
    return sum(e).ln() - Decimal(z[y]), [e[c] / sum(e) - (c == y) for c in range(len(z))]


LOGITS = [-1e4, -745.0, -88.5, -17.0, -0.5, 0.0, 1e-6, 3.0, 36.5, 89.0, 710.0, 1e4]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("logit", LOGITS)
def test_cross_entropies_against_exact_arithmetic(logit, dtype):
    eps = np.finfo(dtype).eps
    tolerance = {"rtol": 4 * eps, "atol": 2 * eps * max(1, abs(logit))}
    with localcontext() as context:
        context.prec = 50
        z = np.array([[logit]], dtype)
        for y in (0, 1, 0.25):
            value, slope = exact_binary(float(z[0, 0]), y)
            bce = BinaryCrossEntropy()
            np.testing.assert_allclose(bce.value(z, [y]), float(value), **tolerance)
            np.testing.assert_allclose(bce.grad(z, [y]), [[float(slope)]], rtol=0, atol=4 * eps)
        z = np.array([[logit, -logit / 2, 1.0]], dtype)
        for y in range(3):
            value, slopes = exact_categorical([float(entry) for entry in z[0]], y)
            cce = CategoricalCrossEntropy()
            np.testing.assert_allclose(cce.value(z, [y]), float(value), **tolerance)
            slopes = [[float(slope) for slope in slopes]]
            np.testing.assert_allclose(cce.grad(z, [y]), slopes, rtol=0, atol=4 * eps)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_has_all_digits_however_small_it_is(dtype):
    bce, eps = BinaryCrossEntropy(), float(np.finfo(dtype).eps)
    with localcontext() as context:
        context.prec = 60
        for logit in np.linspace(-80, 80, 161):
            z = np.array([[logit]], dtype)
            value, slope = exact_binary(logit, 1)
            assert bce.value(z, [1]) == pytest.approx(float(value), rel=4 * eps, abs=0)
            assert bce.value(-z, [0]) == bce.value(z, [1])
            # p - y has the rounding of a number near 1
            assert bce.grad(z, [1])[0, 0] == pytest.approx(float(slope), rel=4 * eps, abs=eps)
            assert bce.grad(-z, [0])[0, 0] == pytest.approx(-float(slope), rel=4 * eps, abs=eps)


@pytest.mark.parametrize(("dtype", "last", "first"), [(np.float32, 16, 18), (np.float64, 36, 38)])
def test_where_the_gradient_of_a_right_answer_is_rounded_to_0(dtype, last, first):
    """As documented: p is rounded to 1 there, and the value is not."""
    bce, z = BinaryCrossEntropy(), np.array([[last], [first]], dtype)
    assert (bce.grad(z, [1, 1]) == 0).tolist() == [[False], [True]]
    assert bce.value(z[1:], [1]) > 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_regression_losses_at_large_outputs(logit, dtype):
    z, y = np.array([[logit], [0.0]], dtype), [0.0, 0.0]
    assert MeanSquaredError().value(z, y) == pytest.approx(0.5e8, rel=1e-7)
    assert MeanSquaredError().grad(z, y).tolist() == [[logit], [0]]
    assert MeanAbsoluteError().value(z, y) == 5000
    assert MeanAbsoluteError().grad(z, y).tolist() == [[np.sign(logit) / 2], [0]]


@each_loss
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_diverged_replica_shows_and_does_not_touch_the_others(loss, z, y, bad):
    stack = np.stack([z, z])
    stack[1, 2, 0] = bad
    with np.errstate(invalid="ignore"):
        value, grad = loss.value(stack, y), loss.grad(stack, y)
    assert value[0] == loss.value(z, y)
    np.testing.assert_array_equal(grad[0], loss.grad(z, y))
    assert not np.isfinite(value[1])


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
        (CategoricalCrossEntropy(), np.zeros((2, 3)), [-1, 0], "must be 0 to 2, got -1 to 0"),
        (CategoricalCrossEntropy(), np.zeros((2, 3)), [True, False], r"use y.astype\(int\)"),
        (CategoricalCrossEntropy(), np.zeros((2, 2)), [[-0.5, 1.5], [1, 0]], "sum to 1"),
    ],
)
def test_wrong_targets_are_refused(loss, z, y, message):
    with pytest.raises((ValueError, TypeError), match=message):
        loss.value(z, np.asarray(y))


def test_rows_of_probabilities_may_be_whole_numbers():
    loss, z, y = CASES["cce"]
    assert loss.value(z, np.eye(3, dtype=int)[y]) == loss.value(z, y)


COMMON = [  # (z, y, error, message): wrong for every loss
    ([[0.0]], [0], TypeError, "z: expected an array of floats, got list"),
    (np.zeros((2, 3), int), [0, 0], TypeError, "z: expected an array of floats, got int64 values"),
    (np.zeros((2, 3), bool), [0, 0], TypeError, "z: .* got bool values"),
    (np.zeros((2, 3), complex), [0, 0], TypeError, "z: .* got complex128 values"),
    (np.zeros((2, 3), object), [0, 0], TypeError, "z: .* got object values"),
    (np.zeros(3), [0, 0, 0], ValueError, r"z: expected shape \(N, outputs\) or .* got \(3,\)"),
    (np.array(0.0), 0, ValueError, r"z: .* got \(\)"),
    (np.zeros((0, 3)), np.zeros((0, 3)), ValueError, r"at least one example, got \(0, 3\)"),
    (np.zeros((2, 0)), np.zeros((2, 0)), ValueError, r"at least one example, got \(2, 0\)"),
    (np.zeros((2, 3)), ["1", "0"], TypeError, "y: expected numbers, got <U1 values"),
    (np.zeros((2, 3)), [None, 1], TypeError, "y: expected numbers, got object values"),
    (np.zeros((2, 3)), [1j, 0], TypeError, "y: expected numbers, got complex128 values"),
    (np.zeros((2, 3)), [[1], [1, 0]], ValueError, "y: expected an array, got rows of different"),
    (np.zeros((2, 3)), [], ValueError, "y: expected"),
    (np.zeros((2, 3)), 0, ValueError, r"y: expected .* got (shape )?\(\)"),
    (np.zeros((2, 3)), [0, 0, 0], ValueError, r"y: expected .* got (shape )?\(3,\)"),
    (np.zeros((2, 3)), np.zeros((1, 3)), ValueError, r"y: expected .* got (shape )?\(1, 3\)"),
    (np.zeros((2, 3)), np.zeros((2, 1)), ValueError, r"y: expected .* got (shape )?\(2, 1\)"),
    (np.zeros((2, 3)), np.zeros((2, 2, 3)), ValueError, r"y: expected .* got (shape )?\(2, 2, 3"),
    (np.zeros((2, 3)), np.full((2, 3), np.nan), ValueError, "y: expected finite numbers, got NaN"),
    (np.zeros((2, 3)), np.full((2, 3), np.inf), ValueError, "y: expected finite numbers, got NaN"),
    (np.zeros((2, 3), "f"), np.full((2, 3), 1e300), ValueError, r"infinity \(in float32\)"),
]


@pytest.mark.parametrize(
    "loss",
    [MeanSquaredError(), MeanAbsoluteError(), BinaryCrossEntropy(), CategoricalCrossEntropy()],
)
@pytest.mark.parametrize(("z", "y", "error", "message"), COMMON)
def test_what_is_wrong_for_every_loss_is_refused(loss, z, y, error, message):
    checking = (
        loss.value,
        loss.grad,
        lambda z, y: loss.targets(y, z),
        lambda z, y: loss.answers(y, z),
    )
    for method in checking:
        with pytest.raises(error, match=message):
            method(z, y)
    if message.startswith("z:"):
        with pytest.raises(error, match=message):
            loss.predict(z)


@each_loss
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.float16, np.float32])
def test_targets_of_any_number_type_give_the_same(loss, z, y, dtype):
    zeros_and_ones = (np.asarray(y) > 0).astype(dtype)
    if isinstance(loss, CategoricalCrossEntropy):
        zeros_and_ones = np.eye(3, dtype=dtype)[zeros_and_ones.astype(int)]
    expected = loss.grad(z, zeros_and_ones.astype(np.float64))
    np.testing.assert_array_equal(loss.grad(z, zeros_and_ones), expected)


@each_loss
def test_float16_stays_float16(loss, z, y):
    z16 = z.astype(np.float16)
    assert loss.grad(z16, y).dtype == np.float16
    np.testing.assert_allclose(loss.value(z16, y), loss.value(z, y), rtol=5e-3)


@each_loss
def test_targets_are_plain_arrays_and_come_back_as_they_are(loss, z, y):
    for dtype in (np.float32, np.float64):
        logits = z.astype(dtype)
        targets = loss.targets(y, logits)
        assert type(targets) is np.ndarray
        assert (targets.dtype, targets.shape) == (dtype, z.shape)
        np.testing.assert_array_equal(loss.targets(targets, logits), targets)
        assert loss.value(logits, targets) == loss.value(logits, y)


@each_loss
def test_the_formulas_take_parts_of_the_targets(loss, z, y):
    """What training does: all targets are checked once, then come batches."""
    batch = [3, 1]
    expected = loss.grad(z[batch], y[batch])
    targets = loss.targets(y, z)
    np.testing.assert_array_equal(loss.derivative(z[batch], targets[batch]), expected)
    assert loss.formula(z[batch], targets[batch]) == loss.value(z[batch], y[batch])
    stack = np.stack([z, -z])
    own = np.stack([targets[batch], targets[batch[::-1]]])
    grad = loss.derivative(stack[:, batch], own)
    np.testing.assert_array_equal(grad[0], expected)
    np.testing.assert_array_equal(grad[1], loss.grad(-z[batch], y[batch[::-1]]))


@each_loss
def test_the_formulas_check_nothing(loss, z, y, monkeypatch):
    """They run for every batch."""
    targets = loss.targets(y, z)
    monkeypatch.setattr(loss, "targets", None)
    loss.formula(z, targets)
    loss.derivative(z, targets)
    for method in (loss.value, loss.grad):
        with pytest.raises(TypeError, match="not callable"):
            method(z, targets)


def test_targets_of_another_loss_are_checked():
    z = np.zeros((2, 1))
    mse, bce, cce = MeanSquaredError(), BinaryCrossEntropy(), CategoricalCrossEntropy()
    with pytest.raises(ValueError, match="binary cross-entropy expects labels"):
        bce.value(z, mse.targets([-1.0, 5.0], z))
    with pytest.raises(ValueError, match="sum to 1"):
        cce.value(np.zeros((1, 2)), bce.targets([[1, 1]], np.zeros((1, 2))))


STACK = np.random.default_rng(2).standard_normal((3, 4, 1))
CLASSES = np.array([0, 2, 1, 2])
ROWS = np.array([[0.6, 0.3, 0.1], [0, 0.2, 0.8], [0.2, 0.5, 0.3], [0.0, 0, 1]])


@pytest.mark.parametrize(
    ("loss", "y", "outputs", "answers"),
    [
        (MeanSquaredError(), [1.5, 2, 0, -1], 1, [1.5, 2, 0, -1]),
        (MeanSquaredError(), [[1.5], [2], [0], [-1]], 1, [1.5, 2, 0, -1]),
        (MeanAbsoluteError(), np.arange(8.0).reshape(4, 2), 2, np.arange(8.0).reshape(4, 2)),
        (BinaryCrossEntropy(), [0, 1, 1, 0], 1, [0, 1, 1, 0]),
        (BinaryCrossEntropy(), [[0.0], [1.0], [0.7], [0.5]], 1, [0, 1, 1, 0]),
        (BinaryCrossEntropy(), [[0, 1]] * 4, 2, [[0, 1]] * 4),
        (CategoricalCrossEntropy(), CLASSES, 3, CLASSES),
        (CategoricalCrossEntropy(), np.eye(3)[CLASSES], 3, CLASSES),
        (CategoricalCrossEntropy(), np.eye(3, dtype=int)[CLASSES], 3, CLASSES),
        (CategoricalCrossEntropy(), ROWS, 3, CLASSES),
    ],
)
def test_answers_are_the_targets_in_the_form_of_the_predictions(loss, y, outputs, answers):
    y = np.asarray(y)
    z = np.repeat(STACK, outputs, axis=-1)
    for logits, targets, expected in (
        (z[0], y, answers),
        (z, y, answers),  # one set of targets for all replicas
        (z, np.stack([y, y, y[::-1]]), np.stack([answers, answers, answers[::-1]])),
    ):
        given, predicted = loss.answers(targets, logits), loss.predict(logits)
        np.testing.assert_array_equal(given, expected)
        assert given.dtype == predicted.dtype
        assert given.shape in (predicted.shape, predicted.shape[logits.ndim - 2 :])


def test_predictions_of_the_targets_themselves_are_the_answers():
    """Logits that say what the targets say: not one answer differs."""
    cce, bce, mse = CategoricalCrossEntropy(), BinaryCrossEntropy(), MeanSquaredError()
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(cce.predict(np.log(ROWS)), cce.answers(ROWS, ROWS))
    p = np.array([[0.1], [0.6], [0.5], [0.9]])
    np.testing.assert_array_equal(bce.predict(np.log(p / (1 - p))), bce.answers(p, p))
    np.testing.assert_array_equal(mse.predict(STACK), mse.answers(STACK, STACK))


class Huber(Loss):
    """The example of a loss that is not in the module."""

    def formula(self, z, y):
        e = np.abs(z - y)
        return float(np.where(e < 1, e**2 / 2, e - 0.5).mean())

    def derivative(self, z, y):
        return np.clip(z - y, -1, 1) / z.size


def test_a_new_loss_needs_two_formulas():
    z, y = np.array([[0.2], [4.0], [-3.0]]), [0.0, 1.0, 1.0]
    huber = Huber()
    check_gradient(lambda point: huber.value(point, y), huber.grad(z, y), z)
    assert huber.predict(z).tolist() == [0.2, 4, -3]
    assert huber.answers(y, z).tolist() == y
    assert repr(huber) == "Huber()"
    with pytest.raises(ValueError, match="y: expected shape"):
        huber.value(z, [0.0, 1.0])
    with pytest.raises(TypeError, match="abstract"):
        Loss()
