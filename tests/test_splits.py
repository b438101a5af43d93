import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnlab.datasets import breast_cancer, diabetes, wine
from nnlab.splits import Standardizer, minibatches, three_way_split

seeds = st.integers(0, 2**32)


@st.composite
def fractions(draw):
    """Three shares, each a multiple of 1/denominator, none below 0.05."""
    denominator = draw(st.integers(3, 20))
    train = draw(st.integers(1, denominator - 2))
    validation = draw(st.integers(1, denominator - train - 1))
    return (
        train / denominator,
        validation / denominator,
        (denominator - train - validation) / denominator,
    )


# Three-way split.


@given(n=st.integers(60, 300), shares=fractions(), seed=seeds)
def test_parts_hold_every_example_once(n, shares, seed):
    parts = three_way_split(n, shares, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.size - n * share) < 1


@given(sizes=st.lists(st.integers(20, 60), min_size=2, max_size=12), shares=fractions(), seed=seeds)
def test_every_class_is_split_within_one_example_and_totals_nearly_so(sizes, shares, seed):
    y = np.repeat(np.arange(len(sizes)) * 3 - 5, sizes)
    parts = three_way_split(y, shares, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(y.size))
    for part, share in zip(parts, shares, strict=True):
        assert abs(part.size - y.size * share) <= 2 + 1e-9
    for part, share in zip(parts, shares, strict=True):
        for label, size in zip(np.unique(y), sizes, strict=True):
            assert abs((y[part] == label).sum() - size * share) < 1 - 1e-9


def test_totals_are_right_where_rounding_each_class_alone_would_be_wrong():
    # 12 classes of 23: 4.6 test examples each. Rounded one by one that is 60; exact is 55.2.
    y = np.repeat(np.arange(12), 23)
    parts = three_way_split(y, seed=1)
    assert [p.size for p in parts] == [166, 55, 55]
    assert set(np.bincount(y[parts.test])) == {4, 5}


def test_exact_shares_stay_exact():
    # 15 * 0.2 is 3.0000000000000004 in floating point.
    y = np.repeat([0, 1], [15, 35])
    train, validation, test = three_way_split(y)
    assert [np.bincount(y[p]).tolist() for p in (train, validation, test)] == [
        [9, 21],
        [3, 7],
        [3, 7],
    ]


def test_real_data_keep_their_mix_of_classes():
    y = breast_cancer().y
    parts = three_way_split(y)
    assert [p.size for p in parts] == [341, 114, 114]
    for part in parts:
        assert y[part].mean() == pytest.approx(212 / 569, abs=0.006)
    assert [p.size for p in three_way_split(diabetes().y)] == [265, 89, 88]


def test_parts_are_in_random_order():
    y = np.repeat([0, 1], 50)
    for part in three_way_split(y):
        assert not np.array_equal(part, np.sort(part))
        assert np.abs(np.diff(y[part])).sum() > 3  # classes are mixed, not in blocks


@given(seed=seeds)
def test_a_seed_fixes_the_split_and_another_changes_it(seed):
    y = np.arange(100) % 3
    one, again, other = (three_way_split(y, seed=s) for s in (seed, seed, seed + 1))
    assert all(map(np.array_equal, one, again))
    assert not all(map(np.array_equal, one, other))


def test_a_generator_moves_on():
    rng = np.random.default_rng(3)
    first, second = three_way_split(50, seed=rng), three_way_split(50, seed=rng)
    assert np.array_equal(first.train, three_way_split(50, seed=3).train)
    assert not np.array_equal(first.train, second.train)


def test_known_split():
    assert [p.tolist() for p in three_way_split(12)] == [
        [11, 0, 3, 6, 10, 8, 1],
        [7, 4, 5],
        [9, 2],
    ]
    assert three_way_split(wine().y, seed=3).test[:8].tolist() == [27, 86, 132, 96, 45, 48, 34, 32]


def test_every_example_is_equally_likely_in_every_part():
    counts = np.zeros((3, 10))
    rng = np.random.default_rng(0)
    for _ in range(2000):
        for k, part in enumerate(three_way_split(np.arange(10) % 2, (0.4, 0.2, 0.4), seed=rng)):
            counts[k, part] += 1
    assert counts / 2000 == pytest.approx(np.outer([0.4, 0.2, 0.4], np.ones(10)), abs=0.06)


def test_the_test_part_stays_while_the_others_change():
    less, more = three_way_split(90, (0.3, 0.5, 0.2)), three_way_split(90, (0.7, 0.1, 0.2))
    assert np.array_equal(less.test, more.test)
    assert set(less.train) < set(more.train)


def test_a_share_of_0_leaves_a_part_empty():
    train, validation, test = three_way_split([0, 1] * 5, (0.8, 0.0, 0.2))
    assert (train.size, validation.size, test.size) == (8, 0, 2)
    assert three_way_split(3, (1, 0, 0)).train.size == 3


def test_integers_are_stratified_and_floats_are_not():
    y = np.repeat([0, 1], [95, 5])
    seen = {int(y[three_way_split(y, seed=s).test].sum()) for s in range(20)}
    plain = {int(y[three_way_split(y.astype(float), seed=s).test].sum()) for s in range(20)}
    asked = {int(y[three_way_split(y, seed=s, stratify=False).test].sum()) for s in range(20)}
    assert seen == {1}
    assert len(plain) > 1
    assert plain == asked


@pytest.mark.parametrize(
    ("given_fractions", "message"),
    [
        ((0.6, 0.2, 0.1), r"sum of 1, got \(0\.6, 0\.2, 0\.1\) = 0\.9"),
        ((0.8, 0.2), "expected three, for training, validation and test"),
        ((1.2, -0.1, -0.1), "expected numbers of at least 0"),
        ((0.0, 0.5, 0.5), "above 0 for training"),
        ((np.nan, 0.5, 0.5), "expected numbers of at least 0"),
        ((60, 20, 20), "= 100"),
    ],
)
def test_fractions_are_checked(given_fractions, message):
    with pytest.raises(ValueError, match=f"fractions: .*{message}"):
        three_way_split(10, given_fractions)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([], r"expected shape \(N,\) with at least one example, got \(0,\)"),
        (np.zeros((4, 1), int), r"expected shape \(N,\)"),
        ([1.0, np.nan, 2.0], "expected finite numbers, got NaN"),
        (0, "expected at least one example, got 0"),
        (2, r"there are 2 example\(s\), too few for the (validation|test) part"),
        (np.repeat([0, 7], [30, 2]), r"class 7 has 2 example\(s\), too few .* 5 are enough .*rare"),
    ],
)
def test_targets_are_checked(y, message):
    with pytest.raises(ValueError, match=message):
        three_way_split(y)


def test_wrong_types_are_refused():
    with pytest.raises(TypeError, match="y: expected integer classes, floats or an int, got <U"):
        three_way_split(["cat", "dog"])
    with pytest.raises(TypeError, match=r"y: expected integer classes to stratify by, got float64"):
        three_way_split(np.ones(20), stratify=True)
    with pytest.raises(TypeError, match="classes of the examples to stratify by, got a number"):
        three_way_split(20, stratify=True)
    with pytest.raises(TypeError, match="seed: expected an int"):
        three_way_split(20, seed=None)


# Standardizer.

tables = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=4, max_side=6),
    elements=st.floats(-1e6, 1e6, allow_subnormal=False),
)


@given(x=tables)
def test_training_part_gets_mean_0_and_standard_deviation_1(x):
    z = Standardizer().fit_transform(x)
    varies = np.ptp(x, axis=-2) > 1e-6 * np.abs(x).max(axis=-2)
    assert z.shape == x.shape
    assert np.allclose(z.mean(axis=-2)[varies], 0, atol=1e-9)
    assert np.allclose(z.std(axis=-2)[varies], 1, atol=1e-9)
    assert (z == 0).all(axis=-2)[np.ptp(x, axis=-2) == 0].all()


@given(x=tables)
def test_inverse_undoes_the_scaling(x):
    scaler = Standardizer().fit(x)
    assert np.allclose(scaler.inverse_transform(scaler.transform(x)), x, rtol=1e-12, atol=1e-9)


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constant_features_become_0_and_dtype_is_kept(dtype):
    # The mean of many 0.1 is not 0.1 in floating point.
    x = np.column_stack([np.full(1001, 0.1), np.arange(1001)]).astype(dtype)
    scaler = Standardizer()
    z = scaler.fit_transform(x)
    assert z.dtype == dtype
    assert (z[:, 0] == 0).all()
    assert scaler.scale[0, 0] == 1
    assert scaler.transform(x[:1] + dtype(1))[0, 0] == pytest.approx(1)
    assert scaler.inverse_transform(z).dtype == dtype


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
    with pytest.raises(ValueError, match=r"expected the leading axes \(2,\) that were fitted"):
        scaler.transform(x[0])


def test_input_is_not_edited():
    x = np.array([[0.0], [2.0]])
    scaler = Standardizer().fit(x)
    scaler.transform(x)
    scaler.inverse_transform(x)
    assert x.tolist() == [[0], [2]]


def test_use_before_fit_is_refused():
    for method in ("transform", "inverse_transform"):
        with pytest.raises(RuntimeError, match=rf"{method}: call fit\(x_train\) first"):
            getattr(Standardizer(), method)(np.zeros((2, 2)))


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
def test_what_does_not_fit_is_refused(x, message):
    scaler = Standardizer().fit(np.eye(2))
    for method in (scaler.transform, scaler.inverse_transform):
        with pytest.raises(ValueError, match=message):
            method(x)
    if x.shape[-1] != 5:
        with pytest.raises(ValueError, match=message):
            Standardizer().fit(x)
    with pytest.raises(TypeError, match="x: expected numbers, got <U"):
        scaler.fit(np.array([["a"]]))


def test_repr_says_whether_it_is_fitted():
    assert repr(Standardizer()) == "Standardizer()  # not fitted"
    assert repr(Standardizer().fit(np.eye(3))) == "Standardizer()  # fitted on 3 feature(s)"


# Mini-batches.


@given(n=st.integers(1, 80), size=st.none() | st.integers(1, 100), seed=seeds)
def test_an_epoch_holds_every_example_once(n, size, seed):
    batches = list(minibatches(n, size, np.random.default_rng(seed)))
    assert sorted(np.concatenate(batches).tolist()) == list(range(n))
    whole = n if size is None else min(size, n)
    assert all(b.size == whole for b in batches[:-1])
    assert 1 <= batches[-1].size <= whole


def test_the_last_batch_is_the_rest():
    assert [b.tolist() for b in minibatches(7, 3, np.random.default_rng(0))] == [
        [2, 4, 3],
        [6, 5, 0],
        [1],
    ]


def test_every_epoch_has_its_own_order():
    rng = np.random.default_rng(1)
    first, second = (np.concatenate(list(minibatches(50, 8, rng))) for _ in range(2))
    assert not np.array_equal(first, second)


def test_one_batch_of_everything_draws_nothing():
    rng = np.random.default_rng(2)
    (batch,) = minibatches(5, None, rng)
    assert batch.tolist() == [0, 1, 2, 3, 4]
    assert rng.random() == np.random.default_rng(2).random()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 1), ValueError, "n: expected at least 1, got 0"),
        ((5, 0), ValueError, "batch_size: expected at least 1, got 0"),
        ((5, 2.0), TypeError, r"batch_size: expected an int, got 2\.0"),
        ((5.0, 2), TypeError, r"n: expected an int, got 5\.0"),
    ],
)
def test_sizes_are_checked_at_the_call(arguments, error, message):
    with pytest.raises(error, match=message):
        minibatches(*arguments, np.random.default_rng(0))


def test_a_seed_in_place_of_a_generator_is_refused():
    with pytest.raises(TypeError, match=r"rng: expected a numpy\.random\.Generator made once"):
        minibatches(5, 2, 0)
