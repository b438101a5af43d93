import pickle
from decimal import Decimal, localcontext
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab import activations
from nnlab.activations import backward, derivative, derivative_of, leaky_relu, log_softmax, softmax
from nnlab.gradients import check_gradient

ELEMENTWISE = [
    *(getattr(activations, name) for name in
      ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu")),
    partial(leaky_relu, slope=0.2),
    partial(activations.elu, alpha=0.5),
]  # fmt: skip
ALL = [*ELEMENTWISE, softmax]
IDS = [activations.name(function) for function in ALL]

logits = st.lists(st.floats(-50, 50), min_size=2, max_size=6).map(np.array)


@pytest.mark.parametrize("function", ALL, ids=IDS)
def test_backward_equals_finite_differences(function):
    rng = np.random.default_rng(0)
    z = rng.standard_normal((3, 4)) * 2  # no entry near a kink: checked below
    assert np.abs(z).min() > 1e-3
    da = rng.standard_normal(z.shape)
    dz = backward(function)(da, z, function(z))
    check_gradient(lambda point: float((da * function(point)).sum()), dz, z)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", ALL, ids=IDS)
def test_shape_and_dtype_are_kept_and_the_input_is_not_edited(function, dtype):
    z = np.linspace(-3, 3, 24, dtype=dtype).reshape(2, 3, 4)
    before = z.copy()
    a = function(z)
    a_before = a.copy()
    dz = backward(function)(np.ones_like(z), z, a)
    assert a.shape == dz.shape == z.shape
    assert a.dtype == dz.dtype == dtype
    np.testing.assert_array_equal(z, before)
    np.testing.assert_array_equal(a, a_before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("function", [*ALL, log_softmax], ids=[*IDS, "log_softmax"])
def test_large_inputs_neither_overflow_nor_warn(function, dtype):
    z = np.array([[-1e12, -1e4, -800.0, 0.0, 800.0, 1e4, 1e12]], dtype)
    a = function(z)
    assert np.isfinite(a).all()
    if function is not log_softmax:
        assert np.isfinite(backward(function)(np.ones_like(z), z, a)).all()


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("function", ALL, ids=IDS)
def test_whole_numbers_count_as_floats(function, dtype):
    """In integers a slope of 0.01 would become 0 and a cube would wrap around."""
    z = np.array([[-3, -1, 0, 2, 2000]], dtype)  # the cube of 2000 would be negative in int32
    a, expected = function(z), function(z.astype(np.float64))
    assert a.dtype == (dtype if function is activations.identity else np.float64)
    np.testing.assert_allclose(a, expected, rtol=1e-15)
    da = np.full(z.shape, 0.5)
    dz = backward(function)(da, z, a)
    np.testing.assert_allclose(
        dz, backward(function)(da, z.astype(np.float64), expected), rtol=1e-15
    )


@pytest.mark.parametrize("function", [*ALL[1:], log_softmax], ids=[*IDS[1:], "log_softmax"])
@pytest.mark.parametrize("z", [np.array(["1"]), np.array([1.0, None])], ids=["str", "object"])
def test_what_is_no_number_is_a_type_error(function, z):
    with pytest.raises(TypeError):
        function(z)


@pytest.mark.parametrize("function", ALL, ids=IDS)
def test_nan_stays_nan_and_no_examples_give_none(function):
    z = np.array([[np.nan, 1.0]])
    assert np.isnan(function(z)[0, 0])
    empty = np.zeros((0, 3), np.float32)
    a = function(empty)
    assert a.shape == backward(function)(empty, empty, a).shape == (0, 3)


@pytest.mark.parametrize(
    ("function", "limits"),
    [
        (activations.sigmoid, [0, 1]),
        (activations.tanh, [-1, 1]),
        (activations.relu, [0, np.inf]),
        (leaky_relu, [-np.inf, np.inf]),
        (activations.elu, [-1, np.inf]),
        (activations.selu, [-activations.SELU_SCALE * activations.SELU_ALPHA, np.inf]),
    ],
)
def test_limits_at_infinity(function, limits):
    np.testing.assert_allclose(function(np.array([-np.inf, np.inf])), limits)


def test_known_values():
    assert activations.sigmoid(np.array(0.0)) == 0.5
    assert activations.sigmoid_derivative(np.array(0.0), np.array(0.5)) == 0.25
    np.testing.assert_allclose(activations.relu(np.array([-2.0, 3.0])), [0, 3])
    np.testing.assert_allclose(softmax(np.log([[1.0, 2.0, 5.0]])), [[1 / 8, 2 / 8, 5 / 8]])


@pytest.mark.parametrize(("dtype", "zero_from"), [(np.float32, -20), (np.float64, -38)])
def test_sigmoid_is_right_to_one_rounding_of_a_number_near_1(dtype, zero_from):
    z = np.linspace(-100, 100, 2001).astype(dtype)
    with localcontext() as context:
        context.prec = 50
        exact = [float(1 / (1 + (-Decimal(float(entry))).exp())) for entry in z]
    s = activations.sigmoid(z)
    np.testing.assert_allclose(s.astype(float), exact, rtol=0, atol=2 * np.finfo(dtype).eps)
    assert activations.sigmoid(dtype(zero_from)) == 0
    assert activations.sigmoid(dtype(-zero_from)) == 1


@given(logits, st.floats(-1e4, 1e4))
def test_softmax_is_a_distribution_that_a_shift_does_not_change(z, shift):
    p = softmax(z)
    assert p.min() >= 0
    assert abs(p.sum() - 1) < 1e-12
    np.testing.assert_allclose(softmax(z + shift), p, atol=1e-10)


@given(logits)
def test_log_softmax_is_the_logarithm_of_softmax(z):
    np.testing.assert_allclose(log_softmax(z), np.log(softmax(z)), rtol=1e-9, atol=1e-12)


def test_log_softmax_stays_finite_where_the_naive_logarithm_does_not():
    np.testing.assert_allclose(log_softmax(np.array([0.0, 1e4])), [-1e4, 0])


@pytest.mark.parametrize("function", ALL, ids=IDS)
def test_functions_and_their_backward_passes_can_be_pickled(function):
    """With them, networks can be copied and sent to another process."""
    z, da = np.array([[-2.0, 0.5, 3.0]]), np.array([[1.0, -2.0, 0.5]])
    twin, back = pickle.loads(pickle.dumps((function, backward(function))))
    np.testing.assert_array_equal(twin(z), function(z))
    np.testing.assert_array_equal(back(da, z, twin(z)), backward(function)(da, z, function(z)))


def test_unknown_function_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"no derivative is known for cos.*@derivative_of"):
        derivative(np.cos)


@pytest.mark.parametrize("bad", [[], "relu", None, 3])
def test_what_is_no_function_is_refused(bad):
    with pytest.raises(TypeError, match="function: expected an activation function such as relu"):
        backward(bad)


def test_a_positional_argument_in_a_partial_is_refused():
    """It would be taken for z."""
    with pytest.raises(ValueError, match=r"name what you set, .* got positional \(0\.2,\)"):
        backward(partial(leaky_relu, 0.2))


@pytest.mark.parametrize("slope", [-0.1, 1.5, np.nan])
def test_a_slope_outside_0_to_1_is_refused(slope):
    """Above 1, max(z, slope * z) is no longer the function whose derivative stands below it."""
    with pytest.raises(ValueError, match="slope: expected a number from 0 to 1, got"):
        leaky_relu(np.array([1.0]), slope)


def test_a_new_function_needs_only_its_derivative_below_it(monkeypatch):
    monkeypatch.setattr(activations, "_DERIVATIVES", dict(activations._DERIVATIVES))

    def square(z):
        return z * z

    @derivative_of(square)
    def square_derivative(z, a):
        return 2 * z

    z = np.array([1.0, -3.0])
    np.testing.assert_allclose(backward(square)(np.ones(2), z, square(z)), [2, -6])
