import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.clipping import clip_by_norm, clip_by_value, norm

gradients = st.lists(st.floats(-1e100, 1e100), min_size=1, max_size=8).map(np.array)
limits = st.floats(1e-6, 1e6)


def test_values_by_hand():
    grad = np.array([3.0, -4.0, 0.0])
    assert clip_by_norm(grad, 2.5) == 5.0
    np.testing.assert_allclose(grad, [1.5, -2.0, 0.0], rtol=1e-15)
    grad = np.array([3.0, -4.0, 0.5, 0.0])
    assert clip_by_value(grad, 2.0) is None
    assert grad.tolist() == [2.0, -2.0, 0.5, 0.0]


@given(gradients, limits)
def test_clipping_by_norm_never_raises_the_norm_and_keeps_the_direction(start, limit):
    grad = start.copy()
    before = clip_by_norm(grad, limit)
    assert before == np.sqrt((start * start).sum())
    assert norm(grad) <= before
    assert norm(grad) <= limit * (1 + 1e-12)
    if before > limit:
        np.testing.assert_allclose(norm(grad), limit, rtol=1e-12)
        np.testing.assert_allclose(grad / limit, start / before, rtol=1e-12, atol=1e-12)
    else:
        assert grad.tobytes() == start.tobytes()


@given(gradients, limits)
def test_clipping_by_value_moves_every_entry_to_the_nearest_one_allowed(start, limit):
    grad = start.copy()
    clip_by_value(grad, limit)
    expected = [max(-limit, min(limit, entry)) for entry in start.tolist()]
    assert grad.tolist() == expected
    assert norm(grad) <= norm(start)


def test_both_small_and_large_gradients():
    """A limit is not a normalization: what is short stays short, to the last bit."""
    for dtype in (np.float32, np.float64):
        small = np.array([1e-20, -3e-3, 0.1], dtype)
        grad = small.copy()
        clip_by_norm(grad, 1.0)
        clip_by_value(grad, 1.0)
        assert grad.tobytes() == small.tobytes()
        at_the_limit = np.array([3.0, 4.0], dtype)
        clip_by_norm(at_the_limit, 5.0)
        assert at_the_limit.tolist() == [3.0, 4.0]


def test_the_norm_of_an_explosion_in_float32_does_not_overflow():
    grad = np.array([3e30, 4e30], np.float32)  # the squares are far outside float32
    assert clip_by_norm(grad, 1.0) == pytest.approx(5e30, rel=1e-6)
    np.testing.assert_allclose(grad, [0.6, 0.8], rtol=1e-6)
    assert grad.dtype == np.float32


def test_every_replica_has_its_own_norm_and_limit_bit_for_bit():
    start = np.random.default_rng(0).standard_normal((3, 20_000)).astype(np.float32)
    row = np.array([1.0, 0.1, 1e6])
    for limit in (0.3, row):
        together = start.copy()
        norms = clip_by_norm(together, limit)
        assert norms.shape == (3,)
        values = start.copy()
        clip_by_value(values, limit)
        for k in range(3):
            c = float(np.broadcast_to(limit, 3)[k])
            alone = start[k].copy()
            assert norms[k] == clip_by_norm(alone, c)
            np.testing.assert_array_equal(together[k], alone)
            alone = start[k].copy()
            clip_by_value(alone, c)
            np.testing.assert_array_equal(values[k], alone)
    assert together[2].tobytes() == start[2].tobytes()  # within its limit, unlike its neighbours


def test_a_diverged_replica_is_left_as_it_is_and_does_not_touch_the_others():
    start = np.array([[3.0, 4.0], [np.nan, 4.0], [np.inf, 4.0], [-np.inf, np.nan], [0.3, 0.4]])
    grad = start.copy()
    norms = clip_by_norm(grad, 1.0)
    np.testing.assert_array_equal(norms, [5, np.nan, np.inf, np.nan, 0.5])
    np.testing.assert_allclose(grad[0], [0.6, 0.8])
    np.testing.assert_array_equal(grad[1:], start[1:])
    for k in (1, 2):
        alone = start[k].copy()
        clip_by_norm(alone, 1.0)
        np.testing.assert_array_equal(alone, start[k])
    clip_by_value(grad, 1.0)
    np.testing.assert_array_equal(grad[1:4], [[np.nan, 1], [1, 1], [-1, np.nan]])
    np.testing.assert_allclose(grad[[0, 4]], [[0.6, 0.8], [0.3, 0.4]])


def test_a_gradient_of_nothing_has_norm_0():
    grad = np.zeros(0)
    assert clip_by_norm(grad, 1.0) == norm(grad) == 0
    clip_by_value(grad, 1.0)
    assert type(norm(np.ones(2))) is float
    assert norm(np.zeros((2, 0))).tolist() == [0, 0]


@pytest.mark.parametrize("limit", [0, 0.0, -1.0, np.nan, np.inf, None, "1.0 or so", [1.0, 0.0], []])
def test_limits_that_are_no_limits_are_refused(limit):
    grad, error = np.ones((2, 3)), TypeError if limit in (None, "1.0 or so") else ValueError
    with pytest.raises(error, match="max_norm: expected"):
        clip_by_norm(grad, limit)
    with pytest.raises(error, match="limit: expected"):
        clip_by_value(grad, limit)
    assert (grad == 1).all()


@pytest.mark.parametrize("clip", [clip_by_norm, clip_by_value])
@pytest.mark.parametrize(
    ("grad", "limit", "error", "message"),
    [
        ([3.0, 4.0], 1.0, TypeError, "grad: expected an array of floats, got list"),
        (np.array([3, 4]), 1.0, TypeError, "grad: expected an array of floats, got int64 values"),
        (np.array([3j]), 1.0, TypeError, "got complex128 values"),
        (np.array(3.0), 1.0, ValueError, r"grad: expected shape \(P,\) or \(R, P\), got \(\)"),
        (np.ones((2, 3, 4)), 1.0, ValueError, r"got \(2, 3, 4\)"),
        (np.ones((3, 2)), [1.0, 2.0], ValueError, "one value for each of 2 replicas"),
        (np.ones(2), [1.0, 2.0], ValueError, "one value for each of 2 replicas"),
    ],
)
def test_gradients_that_do_not_fit_are_refused(clip, grad, limit, error, message):
    with pytest.raises(error, match=message):
        clip(grad, limit)
