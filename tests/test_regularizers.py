from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.gradients import check_gradient
from nnlab.regularizers import L1, L2, Elastic, Proximal, soft_threshold, weights

PENALTIES = {"l1": L1(0.3), "l2": L2(0.7), "elastic": Elastic(l1=0.3, l2=0.7)}
each_penalty = pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES.keys())
ROWS = {"l1": (L1, 1), "l2": (L2, 1), "elastic": (Elastic, 2)}
each_kind = pytest.mark.parametrize(("kind", "count"), ROWS.values(), ids=ROWS.keys())

W = np.array([2.0, -1.0, 0.25, -0.125])  # no entry near the kink at 0
numbers = st.floats(-1e3, 1e3)
strengths = st.floats(0, 10)


def test_values_by_hand():
    assert L1(0.5).penalty(W) == 0.5 * 3.375
    assert L2(0.5).penalty(W) == 0.5 * 0.5 * (4 + 1 + 1 / 16 + 1 / 64)
    assert Elastic(0.5, 0.25).penalty(W) == L1(0.5).penalty(W) + L2(0.25).penalty(W)
    assert L1(0.5).grad(W).tolist() == [0.5, -0.5, 0.5, -0.5]
    assert L2(0.5).grad(W).tolist() == [1, -0.5, 0.125, -0.0625]
    assert L1(1.0).prox(W, 0.5).tolist() == [1.5, -0.5, 0, 0]
    assert L2(1.0).prox(W, 1.0).tolist() == (W / 2).tolist()
    assert Elastic(1.0, 2.0).prox(W, 0.5).tolist() == [0.75, -0.25, 0, 0]


@each_penalty
def test_gradient_equals_finite_differences(penalty):
    check_gradient(penalty.penalty, penalty.grad(W), W)


@each_penalty
def test_entries_that_are_0_contribute_0(penalty):
    """What is not regularized is given as 0, and must not matter."""
    padded = np.array([W[0], 0.0, W[1], -0.0, 0.0, *W[2:]])
    kept = [0, 2, 5, 6]
    assert penalty.penalty(padded) == penalty.penalty(W)
    for result, alone in (
        (penalty.grad(padded), penalty.grad(W)),
        (penalty.prox(padded, 0.1), penalty.prox(W, 0.1)),
    ):
        np.testing.assert_array_equal(result[kept], alone)
        assert not np.delete(result, kept).any()


def minimum(function, low, high):
    """Minimize a convex function of one number by ternary search."""
    for _ in range(200):
        third = (high - low) / 3
        if function(low + third) < function(high - third):
            high -= third
        else:
            low += third
    return (low + high) / 2


@given(w=st.floats(-20, 20), l1=strengths, l2=strengths, step=st.floats(0, 5))
def test_proximal_step_minimizes_distance_plus_penalty(w, l1, l2, step):
    for penalty in (L1(l1), L2(l2), Elastic(l1, l2)):
        found = minimum(
            lambda u, penalty=penalty: (
                (u - w) ** 2 / 2 + step * penalty.penalty(np.array([float(u)]))
            ),
            -21,
            21,
        )
        # the value is flat at the minimum: its place is known to the root of the rounding error
        np.testing.assert_allclose(penalty.prox(np.array([w]), step), [found], atol=1e-5)


@given(w=st.lists(numbers, min_size=1, max_size=6).map(np.array), t=st.floats(0, 1e3))
def test_soft_threshold_moves_everything_towards_0_by_t_and_no_further(w, t):
    u = soft_threshold(w, t)
    assert np.all(u * w >= 0)
    assert np.all((u == 0) == (np.abs(w) <= t))
    np.testing.assert_allclose(np.abs(w) - np.abs(u), np.minimum(np.abs(w), t), atol=1e-9)


@each_penalty
def test_a_step_of_0_changes_nothing_and_the_input_is_never_edited(penalty):
    before = W.copy()
    np.testing.assert_array_equal(penalty.prox(W, 0.0), W)
    penalty.grad(W)
    penalty.penalty(W)
    np.testing.assert_array_equal(W, before)


def test_no_strength_is_no_penalty():
    for penalty in (L1(0), L2(0), Elastic(0, 0)):
        assert penalty.penalty(W) == 0
        assert not penalty.grad(W).any()
        np.testing.assert_array_equal(penalty.prox(W, 1.0), W)


def test_the_elastic_net_without_one_part_is_the_other():
    for one, other in ((Elastic(0.3, 0), L1(0.3)), (Elastic(0, 0.3), L2(0.3))):
        assert one.penalty(W) == other.penalty(W)
        np.testing.assert_array_equal(one.grad(W), other.grad(W))
        np.testing.assert_array_equal(one.prox(W, 0.2), other.prox(W, 0.2))


# Replicas ---------------------------------------------------------------------------------------


@each_kind
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_replica_equals_its_solo_run_bit_for_bit(kind, count, dtype):
    rng = np.random.default_rng(0)
    w = rng.standard_normal((3, 20_000)).astype(dtype)
    rows = rng.random((count, 3)) / 3
    steps = rng.random(3) / 3
    together = kind(*rows)
    assert together.penalty(w).shape == (3,)
    for k in range(3):
        alone = kind(*rows[:, k].tolist())
        assert type(alone.penalty(w[k])) is float
        assert together.penalty(w)[k] == alone.penalty(w[k])
        np.testing.assert_array_equal(together.grad(w)[k], alone.grad(w[k]))
        solo = alone.prox(w[k], float(steps[k]))
        np.testing.assert_array_equal(together.prox(w, steps)[k], solo)
        assert solo.dtype == alone.grad(w[k]).dtype == dtype
    assert together.grad(w).dtype == together.prox(w, steps).dtype == dtype


@each_kind
def test_rows_must_fit_the_replicas(kind, count):
    row = [0.1, 0.2]
    for w, values, step in (
        (np.ones(4), row, 0.1),
        (np.ones((3, 4)), row, 0.1),
        (np.ones((3, 4)), 0.1, row),
        (np.ones((3, 4)), [0.1], [0.1, 0.2, 0.3]),  # would broadcast
    ):
        with pytest.raises(ValueError, match=r"one value for each of . replicas"):
            kind(*[values] * count).prox(w, step)
    for method in ("penalty", "grad"):
        with pytest.raises(ValueError, match="one value for each of 2 replicas"):
            getattr(kind(*[row] * count), method)(np.ones((3, 4)))


# In training ------------------------------------------------------------------------------------

MASK = np.array([True, True, False, True])
THETA = np.array([2.0, -0.01, 5.0, 0.5])


@each_penalty
def test_the_gradient_joins_that_of_the_loss_and_leaves_the_rest(penalty):
    theta, grad = THETA.copy(), np.ones(4)
    penalty.add_gradient(theta, grad, MASK)
    np.testing.assert_array_equal(grad, 1 + np.where(MASK, penalty.grad(THETA), 0))
    penalty.after_step(theta, 0.1, MASK)
    np.testing.assert_array_equal(theta, THETA)


@each_penalty
def test_the_proximal_form_works_after_the_step_and_leaves_the_rest(penalty):
    theta, grad, proximal = THETA.copy(), np.ones(4), Proximal(penalty)
    proximal.add_gradient(theta, grad, MASK)
    np.testing.assert_array_equal(grad, np.ones(4))
    np.testing.assert_array_equal(theta, THETA)
    proximal.after_step(theta, 0.1, MASK)
    np.testing.assert_array_equal(theta, np.where(MASK, penalty.prox(THETA, 0.1), THETA))
    assert proximal.penalty(THETA) == penalty.penalty(THETA)


def test_a_learning_rate_for_each_replica():
    theta = np.stack([THETA, THETA])
    Proximal(L1(1.0)).after_step(theta, np.array([0.0, 0.25]), MASK)
    assert theta.tolist() == [[2, -0.01, 5, 0.5], [1.75, 0, 5, 0.25]]


def test_a_diverged_replica_does_not_touch_the_others_or_warn():
    theta = np.stack([THETA, [np.nan, np.inf, np.nan, -np.inf]])
    for penalty in PENALTIES.values():
        grad, after = np.ones((2, 4)), theta.copy()
        penalty.add_gradient(theta, grad, MASK)
        Proximal(penalty).after_step(after, 0.1, MASK)
        assert np.isfinite(grad[0]).all()
        assert np.isfinite(after[0]).all()
        assert np.isnan(after[1, 0])
        assert grad[1, 2] == 1  # a bias gets nothing from the penalty, not even NaN
        value = penalty.penalty(weights(theta, MASK))
        assert value[0] == penalty.penalty(weights(THETA, MASK))
        assert not np.isfinite(value[1])


def test_a_penalty_is_summed_in_float64():
    assert L2(1.0).penalty(np.array([1e30], np.float32)) == pytest.approx(0.5e60)


# Against solutions known otherwise ---------------------------------------------------------------


def descend(x, y, regularizer, steps=20_000, learning_rate=0.05):
    """Minimize the mean squared error of x @ w plus a penalty on the loop that `fit` runs."""
    theta, mask = np.zeros(x.shape[1]), np.ones(x.shape[1], bool)
    for _ in range(steps):
        grad = 2 * x.T @ (x @ theta - y) / len(y)
        regularizer.add_gradient(theta, grad, mask)
        theta -= learning_rate * grad
        regularizer.after_step(theta, learning_rate, mask)
    return theta


def problem():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((40, 5))
    y = x @ np.array([2.0, -1.0, 0.05, 0.0, 0.5]) + 0.3 * rng.standard_normal(40)
    return x, y


@pytest.mark.parametrize("form", [lambda penalty: penalty, Proximal], ids=["gradient", "proximal"])
def test_ridge_regression_has_its_closed_form(form):
    x, y = problem()
    strength, n = 0.4, len(y)
    closed = np.linalg.solve(x.T @ x + strength * n / 2 * np.eye(5), x.T @ y)
    np.testing.assert_allclose(descend(x, y, form(L2(strength))), closed, rtol=1e-10)


def test_the_lasso_meets_its_optimality_conditions_with_exact_zeros():
    """Where w is 0 the slope of the loss is at most the strength, elsewhere it is the strength."""
    x, y = problem()
    w = descend(x, y, Proximal(L1(0.5)))
    slope = -2 * x.T @ (x @ w - y) / len(y)
    zero = w == 0
    assert zero.tolist() == [False, False, True, True, False]
    np.testing.assert_allclose(slope[~zero], 0.5 * np.sign(w[~zero]), rtol=1e-10)
    assert np.all(np.abs(slope[zero]) < 0.5)
    # the subgradient hovers about the same point and never hits 0
    around = descend(x, y, L1(0.5))
    assert not (around == 0).any()
    np.testing.assert_allclose(around, w, atol=0.05)


@pytest.mark.parametrize(
    ("make", "regularizer"),
    [
        (lambda sk, n: sk.Ridge(alpha=7.0, fit_intercept=False), lambda n: Proximal(L2(14 / n))),
        (lambda sk, n: sk.Lasso(alpha=0.2, fit_intercept=False), lambda n: Proximal(L1(0.4))),
        (
            lambda sk, n: sk.ElasticNet(alpha=0.3, l1_ratio=0.25, fit_intercept=False),
            lambda n: Proximal(Elastic(l1=0.15, l2=0.45)),
        ),
    ],
    ids=["ridge", "lasso", "elastic net"],
)
def test_factors_between_scikit_learn_and_nnlab(make, regularizer):
    linear_model = pytest.importorskip("sklearn.linear_model")
    x, y = problem()
    model = make(linear_model, len(y)).set_params(tol=1e-12).fit(x, y)
    np.testing.assert_allclose(descend(x, y, regularizer(len(y))), model.coef_, atol=1e-6)


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf, "much", None, [[0.1]], [], [0.1, -1]])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (L1, "strength"),
        (L2, "strength"),
        (lambda bad: Elastic(bad, 0.1), "l1"),
        (lambda bad: Elastic(0.1, bad), "l2"),
        (partial(L1(0.1).prox, np.ones((2, 3))), "step"),
    ],
)
def test_bad_strengths_and_steps_are_refused(make, name, bad):
    error = TypeError if bad in ("much", None) else ValueError
    with pytest.raises(error, match=f"{name}: expected a finite number of at least 0"):
        make(bad)


@each_penalty
@pytest.mark.parametrize(
    ("w", "error", "message"),
    [
        ([1.0, 2.0], TypeError, "w: expected an array of floats, got list"),
        (np.array([1, 2]), TypeError, "w: expected an array of floats, got int64 values"),
        (np.array(["a"]), TypeError, "w: expected an array of floats, got <U1 values"),
        (np.array([1j]), TypeError, "w: expected an array of floats, got complex128 values"),
        (np.array(1.0), ValueError, r"w: expected shape \(P,\) or .* got \(\)"),
        (np.ones((2, 3, 4)), ValueError, r"w: expected shape \(P,\) or .* got \(2, 3, 4\)"),
    ],
)
def test_bad_weights_are_refused(penalty, w, error, message):
    for method in (penalty.penalty, penalty.grad, lambda w: penalty.prox(w, 0.1)):
        with pytest.raises(error, match=message):
            method(w)


@each_penalty
def test_a_network_without_weights_has_no_penalty(penalty):
    assert penalty.penalty(np.zeros(0)) == 0
    assert penalty.grad(np.zeros(0)).shape == penalty.prox(np.zeros(0), 0.1).shape == (0,)


@pytest.mark.parametrize("bad", [0.1, L1, None, Proximal(L1(0.1))])
def test_proximal_needs_a_penalty_with_a_proximal_step(bad):
    with pytest.raises(TypeError, match=r"of: expected a penalty .* such as L1\(0.01\), got"):
        Proximal(bad)


def test_repr_shows_the_strengths():
    assert (
        repr(Proximal(Elastic(l1=0.01, l2=[1, 2]))) == "Proximal(Elastic(l1=0.01, l2=<2 values>))"
    )
    assert (repr(L1(0.5)), repr(L2([0.1, 1]))) == ("L1(0.5)", "L2(<2 values>)")
