import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnlab.datasets import wine
from nnlab.scalers import MinMaxScaler, Standardizer

tables = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=4, max_side=6),
    elements=st.floats(-1e6, 1e6, allow_subnormal=False),
)
ranges = st.tuples(st.integers(-20, 20), st.integers(1, 30)).map(lambda r: (r[0], r[0] + r[1]))
scalers = pytest.mark.parametrize(
    "make", [Standardizer, MinMaxScaler, lambda: MinMaxScaler((-1, 3))], ids=["std", "01", "-13"]
)


# Standardizer.


@given(x=tables)
def test_training_part_gets_mean_0_and_standard_deviation_1(x):
    z = Standardizer().fit_transform(x)
    varies = np.ptp(x, axis=-2) > 1e-6 * np.abs(x).max(axis=-2)
    assert z.shape == x.shape
    assert np.allclose(z.mean(axis=-2)[varies], 0, atol=1e-9)
    assert np.allclose(z.std(axis=-2)[varies], 1, atol=1e-9)
    assert (z == 0).all(axis=-2)[np.ptp(x, axis=-2) == 0].all()


@pytest.mark.parametrize("size", [1e-200, 1e-310, 1e200])
def test_no_scale_is_too_small_or_large(size):
    z = Standardizer().fit_transform(np.array([[-1.0], [1.0], [3.0]]) * size)
    assert z[:, 0] == pytest.approx([-1.224744871391589, 0, 1.224744871391589])


def test_wine_statistics():
    scaler = Standardizer().fit(wine().x)
    # sklearn.preprocessing.StandardScaler().fit(load_wine().data): mean_ and scale_ of alcohol
    # and proline.
    assert scaler.mean[0, [0, -1]] == pytest.approx([13.00061797752809, 746.8932584269663])
    assert scaler.scale[0, [0, -1]] == pytest.approx([0.8095429145285168, 314.0216568419878])


def test_statistics_of_float32_are_exact():
    # In float32 a sum of 100 000 such numbers is wrong in the fifth digit.
    x = np.full((100_000, 2), 4096, dtype=np.float32)
    x[::2] += 1
    scaler = Standardizer().fit(x)
    assert scaler.mean.tolist() == [[4096.5, 4096.5]]
    assert scaler.scale.tolist() == [[0.5, 0.5]]


def test_whole_numbers_become_float64():
    z = Standardizer().fit_transform(np.array([[0], [16]], dtype=np.uint8))
    assert z.dtype == np.float64
    assert z.tolist() == [[-1], [1]]


def test_other_data_are_scaled_with_the_training_statistics():
    scaler = Standardizer().fit(np.array([[0.0], [2.0]]))
    assert scaler.transform(np.array([[5.0]])).tolist() == [[4.0]]
    assert scaler.transform(np.full((3, 1, 1), 5.0)).tolist() == [[[4.0]]] * 3


def test_replicas_have_their_own_statistics():
    x = np.stack([np.array([[0.0], [2.0]]), np.array([[10.0], [30.0]])])
    scaler = Standardizer().fit(x)
    assert scaler.mean.ravel().tolist() == [1, 20]
    assert scaler.transform(x).tolist() == [[[-1], [1]]] * 2


# Min-max scaler.


@given(x=tables, feature_range=ranges)
def test_training_part_fills_the_range(x, feature_range):
    (a, b), z = feature_range, MinMaxScaler(feature_range).fit_transform(x)
    constant = np.ptp(x, axis=-2) == 0
    assert z.shape == x.shape
    assert (z.min(axis=-2) == a).all()
    assert (z.max(axis=-2) == np.where(constant, a, b)).all()


@given(x=tables)
def test_order_and_ratios_of_distances_are_kept(x):
    z = MinMaxScaler().fit_transform(x)
    low, span = x.min(axis=-2, keepdims=True), np.ptp(x, axis=-2, keepdims=True)
    assert np.allclose(z * span, x - low, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize("size", [1e-200, 1e-310, 1e200, 2e307])
def test_no_range_is_too_small_or_large(size):
    z = MinMaxScaler().fit_transform(np.array([[-1.0], [0.0], [3.0]]) * size)
    assert z[:, 0] == pytest.approx([0, 0.25, 1])


def test_the_smallest_numbers_there_are_have_a_range():
    tiny = np.nextafter(0, 1)
    assert MinMaxScaler().fit_transform(np.array([[0.0], [tiny]])).tolist() == [[0], [1]]


def test_what_lies_outside_the_training_range_comes_out_outside():
    scaler = MinMaxScaler((-1, 1)).fit(np.array([[0.0, 7.0], [10.0, 7.0]]))
    outside = np.array([[-5.0, 6.0], [20.0, 9.0]])
    # The second feature was constant: 7 becomes -1, and the distance from 7 counts twice.
    assert scaler.transform(outside).tolist() == [[-2, -3], [3, 3]]
    assert scaler.inverse_transform(scaler.transform(outside)).tolist() == outside.tolist()


def test_wine_ranges():
    scaler = MinMaxScaler().fit(wine().x)
    # sklearn.preprocessing.MinMaxScaler().fit(load_wine().data): data_min_ and data_range_ of
    # alcohol and proline.
    assert scaler.minimum[0, [0, -1]] == pytest.approx([11.03, 278])
    assert scaler.scale[0, [0, -1]] == pytest.approx([3.8, 1402])


def test_replicas_have_their_own_range():
    x = np.stack([np.array([[0.0], [2.0]]), np.array([[10.0], [30.0]])])
    scaler = MinMaxScaler().fit(x)
    assert scaler.minimum.ravel().tolist() == [0, 10]
    assert scaler.scale.shape == (2, 1, 1)
    assert scaler.transform(x).tolist() == [[[0], [1]]] * 2


def test_small_whole_numbers_do_not_wrap():
    assert MinMaxScaler().fit_transform(np.array([[-100], [100]], np.int8)).tolist() == [[0], [1]]


@pytest.mark.parametrize(
    ("feature_range", "error"),
    [
        ((1, 0), ValueError),
        ((2, 2), ValueError),
        ((0, np.nan), ValueError),
        ((0, np.inf), ValueError),
        ((-np.inf, np.inf), ValueError),
        ((np.inf, np.inf), ValueError),
        ((-1e308, 1e308), ValueError),
        ((0, 1, 2), ValueError),
        (1, ValueError),
        (("a", "b"), TypeError),
        ((None, {}), TypeError),
    ],
)
def test_the_range_is_checked(feature_range, error):
    with pytest.raises(error, match=r"feature_range: expected (two finite )?numbers"):
        MinMaxScaler(feature_range)


# Both.


@given(x=tables, feature_range=ranges)
def test_inverse_undoes_the_scaling(x, feature_range):
    for scaler in (Standardizer().fit(x), MinMaxScaler(feature_range).fit(x)):
        assert np.allclose(scaler.inverse_transform(scaler.transform(x)), x, rtol=1e-12, atol=1e-8)


@pytest.mark.parametrize("make", [Standardizer, lambda: MinMaxScaler((-0.3, 0.9))])
def test_float32_is_calculated_in_float64_and_rounded_once(make):
    x = np.random.default_rng(0).normal(1000, 50, (200, 3)).astype(np.float32)
    single, double = make().fit(x), make().fit(x.astype(np.float64))
    assert single.scale.dtype == np.float64
    for name in ("transform", "inverse_transform"):
        exact = getattr(double, name)(x.astype(np.float64))
        assert np.array_equal(getattr(single, name)(x), exact.astype(np.float32))


@scalers
def test_inverse_of_float32_is_exact_to_float32(make):
    x = np.random.default_rng(0).normal(1000, 50, (200, 3)).astype(np.float32)
    scaler = make().fit(x)
    back = scaler.inverse_transform(scaler.transform(x))
    assert back.dtype == np.float32
    # Calculated in float32 throughout, the error would reach 1e-4.
    assert np.abs(back - x).max() <= np.spacing(np.float32(1000)) + 1e-9


@scalers
def test_statistics_come_from_the_training_part_only(make):
    x = wine().x
    scaler = make().fit(x[:100])
    before = scaler.scale.copy()
    z = scaler.transform(x)
    assert np.array_equal(scaler.scale, before)
    assert np.array_equal(z[:100], make().fit_transform(x[:100]))
    assert np.array_equal(z[100:], scaler.transform(x[100:]))
    assert not np.allclose(z, make().fit_transform(x))


@scalers
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constant_features_get_one_value_and_dtype_is_kept(make, dtype):
    # The mean of many 0.1 is not 0.1 in floating point.
    x = np.column_stack([np.full(1001, 0.1), np.arange(1001)]).astype(dtype)
    scaler = make()
    z = scaler.fit_transform(x)
    assert z.dtype == dtype
    a, unit = (0, 1) if make is Standardizer else (scaler.feature_range[0], np.ptp(z[:, 1]))
    assert (z[:, 0] == a).all()
    assert scaler.scale[0, 0] == 1
    assert scaler.transform(x[:1] + dtype(1))[0, 0] == pytest.approx(a + unit)
    back = scaler.inverse_transform(z)
    assert back.dtype == dtype
    assert (back[:, 0] == dtype(0.1)).all()


@scalers
def test_one_example_is_constant_in_every_feature(make):
    z = make().fit_transform(np.array([[3.0, -8.0]]))
    assert z[0, 0] == z[0, 1]
    assert np.isfinite(z).all()


@scalers
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3, 50, 4), (5, 300, 1), (2, 3, 129, 2), (1, 7, 3)])
def test_a_replica_equals_the_solo_run_bit_for_bit(make, dtype, shape):
    x = (1000 * np.random.default_rng(0).standard_normal(shape) + 0.1).astype(dtype)
    scaler = make().fit(x)
    z, back = scaler.transform(x), scaler.inverse_transform(x)
    for replica in np.ndindex(shape[:-2]):
        solo = make().fit(x[replica])
        assert np.array_equal(scaler.scale[replica], solo.scale)
        assert np.array_equal(z[replica], solo.transform(x[replica]))
        assert np.array_equal(back[replica], solo.inverse_transform(x[replica]))


@scalers
def test_input_is_not_edited(make):
    x = np.array([[0.0], [2.0]])
    scaler = make().fit(x)
    for method in (scaler.transform, scaler.inverse_transform, scaler.fit_transform):
        assert not np.shares_memory(method(x), x)
    assert x.tolist() == [[0], [2]]


@scalers
def test_use_before_fit_is_refused(make):
    for method in ("transform", "inverse_transform"):
        name = type(make()).__name__
        with pytest.raises(RuntimeError, match=rf"{name}\.{method}: call fit\(x_train\) first"):
            getattr(make(), method)(np.zeros((2, 2)))


@scalers
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (
            np.zeros((3, 5)),
            r"the 2 feature\(s\) that were fitted, got 5 in shape \(3, 5\)",
        ),
        (
            np.zeros(2),
            r"shape \(N, features\), got \(2,\); for one column use x\[:, None\]",
        ),
        (np.zeros((0, 2)), r"at least one example and one feature, got shape \(0, 2\)"),
        (np.array([[0, np.nan]]), r"NaN or infinity in column\(s\) \[1\]"),
        (np.array([[np.inf, 0]]), r"column\(s\) \[0\]"),
    ],
)
def test_what_does_not_fit_is_refused(make, x, message):
    scaler = make().fit(np.eye(2))
    for method in (scaler.transform, scaler.inverse_transform):
        with pytest.raises(ValueError, match=message):
            method(x)
    if x.shape[-1] != 5:
        with pytest.raises(ValueError, match=message):
            make().fit(x)
    with pytest.raises(TypeError, match="x: expected numbers, got <U"):
        scaler.fit(np.array([["a"]]))


@scalers
def test_other_replicas_are_refused(make):
    scaler = make().fit(np.arange(12.0).reshape(2, 3, 2))
    for x in (np.zeros((3, 2)), np.zeros((3, 3, 2))):
        with pytest.raises(ValueError, match=r"expected the leading axes \(2,\) that were fitted"):
            scaler.transform(x)


@scalers
@pytest.mark.parametrize("large", [1e308, 1.7e308])
def test_statistics_that_overflow_are_refused(make, large):
    x = np.array([[0.0, -large], [1.0, large], [2.0, large], [3.0, large]])
    scaler = make().fit(np.eye(2))
    before = scaler.scale
    with pytest.raises(ValueError, match=r"x: .* fits into float64, got an overflow .* \[1\]"):
        scaler.fit(x)
    assert scaler.scale is before


@scalers
def test_results_that_overflow_are_refused(make):
    scaler = make().fit(np.array([[0, 0], [1, 1e-30]]))
    for dtype, large in (("float32", 1e20), ("float64", 1e300)):
        with pytest.raises(ValueError, match=rf"x: .* fits into {dtype}, .* \[1\]; they are too"):
            scaler.transform(np.array([[0, large]], dtype))
    scaler.fit(np.array([[0, 0], [1, 1e30]]))
    for dtype, large in (("float32", 1e20), ("float64", 1e300)):
        with pytest.raises(ValueError, match=rf"x: .* fits into {dtype}, .* \[1\]; they are too"):
            scaler.inverse_transform(np.array([[0, large]], dtype))


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (Standardizer, "Standardizer()"),
        (MinMaxScaler, "MinMaxScaler(feature_range=(0, 1))"),
        (lambda: MinMaxScaler((-0.5, 2)), "MinMaxScaler(feature_range=(-0.5, 2))"),
    ],
)
def test_repr_says_whether_it_is_fitted(make, name):
    assert repr(make()) == f"{name}  # not fitted"
    assert repr(make().fit(np.eye(3))) == f"{name}  # fitted on 3 feature(s)"


# The same as scikit-learn, where it is installed.


@pytest.mark.parametrize("constant", [False, True])
def test_values_are_those_of_sklearn(constant):
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    x = wine().x.copy()
    if constant:
        x[:, 3] = 1.7
    train, rest = x[:120], x[120:]
    for ours, theirs in (
        (Standardizer(), preprocessing.StandardScaler()),
        (MinMaxScaler(), preprocessing.MinMaxScaler()),
        (MinMaxScaler((-2, 0.5)), preprocessing.MinMaxScaler((-2, 0.5))),
    ):
        ours.fit(train)
        theirs.fit(train)
        for part in (train, rest):
            z = ours.transform(part)
            assert z == pytest.approx(theirs.transform(part), rel=1e-12, abs=1e-12)
            assert ours.inverse_transform(z) == pytest.approx(
                theirs.inverse_transform(z), rel=1e-12, abs=1e-12
            )
