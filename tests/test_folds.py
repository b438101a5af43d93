import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.datasets import breast_cancer, wine
from nnlab.folds import Fold, forward_chaining, group_k_fold, k_fold, stratified_k_fold

seeds = st.integers(0, 2**32)


def assert_partition(folds, n, k):
    """Every example validates exactly once, and trains wherever it does not validate."""
    assert len(folds) == k
    assert all(isinstance(fold, Fold) for fold in folds)
    assert sorted(np.concatenate([f.validation for f in folds]).tolist()) == list(range(n))
    for fold in folds:
        assert sorted(np.concatenate(fold).tolist()) == list(range(n))


def sizes_of(folds):
    return [fold.validation.size for fold in folds]


def same(first, second):
    return all(
        np.array_equal(a, b)
        for one, other in zip(first, second, strict=True)
        for a, b in zip(one, other, strict=True)
    )


# k-fold.


@given(n=st.integers(2, 80), data=st.data(), seed=seeds)
def test_every_example_validates_exactly_once(n, data, seed):
    k = data.draw(st.integers(2, n))
    folds = k_fold(n, k, seed)
    assert_partition(folds, n, k)
    assert sizes_of(folds) == [n // k + 1] * (n % k) + [n // k] * (k - n % k)


def test_the_first_folds_get_the_remainder():
    assert sizes_of(k_fold(11, 4)) == [3, 3, 3, 2]
    assert sizes_of(k_fold(10)) == [2] * 5


def test_as_many_folds_as_examples_leave_one_out():
    assert sizes_of(k_fold(7, 7)) == [1] * 7


def test_known_folds():
    # np.random.default_rng(0).permutation(7) is 2 4 3 6 5 0 1; dealt to three folds.
    assert [(t.tolist(), v.tolist()) for t, v in k_fold(7, 3)] == [
        ([4, 3, 5, 0], [2, 6, 1]),
        ([2, 3, 6, 0, 1], [4, 5]),
        ([2, 4, 6, 5, 1], [3, 0]),
    ]


def test_every_two_examples_are_equally_likely_to_share_a_fold():
    together, rng = np.zeros((8, 8)), np.random.default_rng(0)
    for _ in range(2000):
        for fold in k_fold(8, 4, rng):
            together[np.ix_(fold.validation, fold.validation)] += 1
    off_diagonal = together[~np.eye(8, dtype=bool)] / 2000
    assert off_diagonal == pytest.approx(1 / 7, abs=0.04)


# Stratified k-fold.


@given(sizes=st.lists(st.integers(6, 25), min_size=1, max_size=8), k=st.integers(2, 6), seed=seeds)
def test_folds_differ_by_one_example_of_each_class_and_in_all(sizes, k, seed):
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat(np.arange(len(sizes)) * 3 - 5, sizes))
    folds = stratified_k_fold(y, k, seed)
    assert_partition(folds, y.size, k)
    assert sizes_of(folds) == [y.size // k + 1] * (y.size % k) + [y.size // k] * (k - y.size % k)
    for label in np.unique(y):
        counts = [(y[fold.validation] == label).sum() for fold in folds]
        assert max(counts) - min(counts) <= 1
        assert min(counts) >= 1


def test_a_class_begins_where_the_one_before_stopped():
    y = np.repeat([0, 1, 2], [4, 4, 5])
    counts = [np.bincount(y[f.validation]).tolist() for f in stratified_k_fold(y, 3)]
    assert counts == [[2, 1, 2], [1, 2, 1], [1, 1, 2]]


def test_folds_of_real_data_keep_the_mix_of_classes():
    y = breast_cancer().y
    folds = stratified_k_fold(y, 10)
    for train, validation in folds:
        assert y[validation].mean() == pytest.approx(212 / 569, abs=1 / 56)
        assert y[train].mean() == pytest.approx(212 / 569, abs=1 / 512)


def test_classes_may_be_true_and_false():
    folds = stratified_k_fold(np.arange(12) % 3 == 0, 4)
    assert [(f.validation % 3 == 0).sum() for f in folds] == [1] * 4


# Group k-fold.

group_sizes = st.lists(st.integers(1, 20), min_size=2, max_size=30)


@given(sizes=group_sizes, data=st.data(), seed=seeds)
def test_groups_never_straddle_folds(sizes, data, seed):
    k = data.draw(st.integers(2, len(sizes)))
    groups = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)) - 3, sizes))
    folds = group_k_fold(groups, k, seed)
    assert_partition(folds, groups.size, k)
    for train, validation in folds:
        assert validation.size > 0
        assert not set(groups[train]) & set(groups[validation])
    assert max(sizes_of(folds)) - min(sizes_of(folds)) <= max(sizes)


def best_largest_fold(sizes, k):
    """Return how small the largest fold can be, by trying every division."""
    divisions = np.indices((k,) * len(sizes)).reshape(len(sizes), -1)
    loads = [((divisions == i) * np.array(sizes)[:, None]).sum(axis=0) for i in range(k)]
    return np.max(loads, axis=0).min()


@given(sizes=st.lists(st.integers(1, 20), min_size=3, max_size=7), k=st.integers(2, 3))
def test_the_largest_fold_is_within_the_stated_bound_of_the_best(sizes, k):
    folds = group_k_fold(np.repeat(np.arange(len(sizes)), sizes), k)
    bound = 4 / 3 - 1 / (3 * k)
    assert max(sizes_of(folds)) <= bound * best_largest_fold(sizes, k) + 1e-9


def test_large_groups_are_balanced_by_small_ones():
    groups = np.repeat([0, 1, 2, 3, 4, 5], [1, 1, 1, 9, 6, 6])
    assert sizes_of(group_k_fold(groups, 2)) == [12, 12]
    assert sizes_of(group_k_fold(groups, 3)) == [9, 8, 7]


def test_equal_groups_are_dealt_like_examples():
    assert sizes_of(group_k_fold(np.repeat(np.arange(11), 3), 4)) == [9, 9, 9, 6]


def test_as_many_folds_as_groups_leave_one_group_out():
    groups = np.array(["b", "a", "c", "b", "a", "b"])
    left_out = [groups[f.validation].tolist() for f in group_k_fold(groups, 3)]
    assert left_out == [["b"] * 3, ["a"] * 2, ["c"]]


def test_equal_groups_meet_by_chance():
    groups, rng = np.repeat(np.arange(8), 3), np.random.default_rng(0)
    together = np.zeros((8, 8))
    for _ in range(2000):
        for fold in group_k_fold(groups, 4, rng):
            members = np.unique(groups[fold.validation])
            together[np.ix_(members, members)] += 1
    assert together[~np.eye(8, dtype=bool)] / 2000 == pytest.approx(1 / 7, abs=0.04)


# Folds in time.


@st.composite
def chains(draw):
    """Arguments of forward_chaining that leave at least one example to train on."""
    k, size = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    gap, first = draw(st.integers(0, 6)), draw(st.integers(1, 20))
    window = draw(st.none() | st.integers(1, first))
    return k * size + gap + first, {"k": k, "validation_size": size, "gap": gap, "window": window}


@given(chain=chains())
def test_training_is_over_before_validation_begins(chain):
    n, options = chain
    k, size, gap, window = options.values()
    folds = forward_chaining(n, **options)
    assert np.concatenate([f.validation for f in folds]).tolist() == list(range(n - k * size, n))
    for train, validation in folds:
        assert validation.size == size
        assert (np.diff(train) == 1).all()
        assert validation[0] - train[-1] == gap + 1
        if window is None:
            assert train[0] == 0
        else:
            assert train.size == window


@given(n=st.integers(2, 200), data=st.data())
def test_validation_takes_equal_shares_and_the_remainder_stays_in_training(n, data):
    k = data.draw(st.integers(1, n - 1))
    folds = forward_chaining(n, k)
    assert sizes_of(folds) == [n // (k + 1)] * k
    assert folds[0].train.size == n // (k + 1) + n % (k + 1)
    assert folds[-1].validation[-1] == n - 1


def test_known_chains():
    def rows(folds):
        return [(f.train.tolist(), f.validation.tolist()) for f in folds]

    assert rows(forward_chaining(6, 2)) == [([0, 1], [2, 3]), ([0, 1, 2, 3], [4, 5])]
    assert rows(forward_chaining(6, 2, validation_size=1, gap=1)) == [
        ([0, 1, 2], [4]),
        ([0, 1, 2, 3], [5]),
    ]
    assert rows(forward_chaining(6, 2, validation_size=1, gap=1, window=2)) == [
        ([1, 2], [4]),
        ([2, 3], [5]),
    ]


def test_folds_share_no_memory():
    first, second = forward_chaining(9, 2)
    first.train[:] = -1
    first.validation[:] = -1
    assert second.train.tolist() == [0, 1, 2, 3, 4, 5]


# What all random folds have in common.

Y = np.repeat([0, 1, 2], 20)
GROUPS = np.repeat(np.arange(20), 3)
random_folds = pytest.mark.parametrize(
    "make",
    [
        lambda seed: k_fold(60, 4, seed),
        lambda seed: stratified_k_fold(Y, 4, seed),
        lambda seed: group_k_fold(GROUPS, 4, seed),
    ],
    ids=["k_fold", "stratified_k_fold", "group_k_fold"],
)


@random_folds
@pytest.mark.parametrize("seed", [0, 1, 77, 2**40])
def test_a_seed_fixes_the_folds_and_another_changes_them(make, seed):
    assert same(make(seed), make(seed))
    members = [[set(f.validation) for f in make(s)] for s in (seed, seed + 1)]
    assert members[0] != members[1]


@random_folds
def test_a_generator_moves_on(make):
    rng = np.random.default_rng(5)
    first, second = make(rng), make(rng)
    assert same(first, make(5))
    assert not same(first, second)


@random_folds
def test_rows_are_in_random_order(make):
    for fold in make(0):
        for part in fold:
            assert not np.array_equal(part, np.sort(part))
        assert (np.diff(Y[fold.train]) != 0).sum() > 10  # classes are mixed, not in blocks
        assert (np.diff(GROUPS[fold.train]) != 0).sum() > 20


@random_folds
def test_seeds_are_checked(make):
    with pytest.raises(TypeError, match="seed: expected an int"):
        make(None)
    with pytest.raises(ValueError, match="seed: expected an int of at least 0"):
        make(-1)


def test_global_random_state_is_not_touched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    k_fold(9, 3)
    stratified_k_fold(Y)
    group_k_fold(GROUPS)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


# Errors.


@pytest.mark.parametrize("make", [k_fold, lambda n, k: forward_chaining(n, k)])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 2), ValueError, "n: expected at least 1, got 0"),
        ((9.0, 2), TypeError, r"n: expected an int, got 9\.0"),
        ((True, 2), TypeError, "n: expected an int, got True"),
        (([1, 2, 3], 2), TypeError, r"n: expected an int, got \[1, 2, 3\]"),
        ((9, 2.5), TypeError, r"k: expected an int, got 2\.5"),
        ((9, 0), ValueError, r"k: expected at least [12], got 0"),
    ],
)
def test_numbers_are_checked(make, arguments, error, message):
    with pytest.raises(error, match=message):
        make(*arguments)


def test_more_folds_than_examples_are_refused():
    with pytest.raises(ValueError, match="k: expected at most n = 5, an example for each fold"):
        k_fold(5, 6)


@pytest.mark.parametrize(
    "make",
    [lambda k: k_fold(9, k), lambda k: stratified_k_fold(Y, k), lambda k: group_k_fold(Y, k)],
)
def test_one_fold_is_none(make):
    with pytest.raises(ValueError, match="k: expected at least 2, got 1"):
        make(1)
    with pytest.raises(TypeError, match="k: expected an int, got '3'"):
        make("3")


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        ([], ValueError, r"expected shape \(N,\) with at least one example, got \(0,\)"),
        (np.zeros((6, 1), int), ValueError, r"expected shape \(N,\) .*, got \(6, 1\)"),
        (7, ValueError, r"expected shape \(N,\) .*, got \(\)"),
        ([0, 1, np.nan], ValueError, "expected finite numbers, got NaN"),
        ([0.0, 1.0], TypeError, r"expected integer classes .*, got float64; .* y\.astype\(int\)"),
        (["cat", "dog"], TypeError, "expected integer classes, got <U3 values"),
        (
            np.repeat([0, 7, 9], [30, 4, 5]),
            ValueError,
            "at least k = 5 examples of every class, got 4 of class 7; .* smaller k",
        ),
    ],
)
def test_classes_are_checked(y, error, message):
    with pytest.raises(error, match=f"y: .*{message}"):
        stratified_k_fold(y)


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ([], ValueError, r"expected shape \(N,\) with at least one example, got \(0,\)"),
        ([[1], [2]], ValueError, r"expected shape \(N,\) .*, got \(2, 1\)"),
        ([1, 1, 2, 2, 3, 4], ValueError, "at least k = 5 different groups, .* got 4"),
        ([1.0, 2.0], TypeError, "an integer or a string for each example, got float64"),
        ([1, np.nan], TypeError, "an integer or a string for each example, got float64"),
        (["a", None], TypeError, "an integer or a string for each example, got object"),
    ],
)
def test_groups_of_folds_are_checked(groups, error, message):
    with pytest.raises(error, match=f"groups: .*{message}"):
        group_k_fold(groups)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"validation_size": 0}, ValueError, "validation_size: expected at least 1, got 0"),
        ({"validation_size": 2.0}, TypeError, r"validation_size: expected an int, got 2\.0"),
        ({"gap": -1}, ValueError, "gap: expected at least 0, got -1"),
        ({"gap": None}, TypeError, "gap: expected an int, got None"),
        ({"window": 0}, ValueError, "window: expected at least 1, got 0"),
        ({"window": 1.5}, TypeError, r"window: expected an int, got 1\.5"),
        ({"k": 20}, ValueError, r"at least 1 training .* = 20 - 20 \* 1 - 0 = 0"),
        ({"validation_size": 4}, ValueError, r"at least 1 .* = 20 - 5 \* 4 - 0 = 0"),
        ({"gap": 5}, ValueError, r"at least 1 .* = 20 - 5 \* 3 - 5 = 0"),
        ({"window": 6}, ValueError, r"n: expected at least 6 .* = 20 - 5 \* 3 - 0 = 5"),
    ],
)
def test_options_of_chains_are_checked(options, error, message):
    with pytest.raises(error, match=message):
        forward_chaining(20, **options)


# The same as scikit-learn, where it is installed.


@pytest.fixture(scope="module")
def model_selection():
    return pytest.importorskip("sklearn.model_selection")


def sklearn_sizes(splitter, *arguments):
    return [len(validation) for _, validation in splitter.split(*arguments)]


@pytest.mark.parametrize(("n", "k"), [(10, 5), (11, 4), (7, 7), (100, 3), (23, 10)])
def test_sizes_are_those_of_sklearn(model_selection, n, k):
    assert sizes_of(k_fold(n, k)) == sklearn_sizes(model_selection.KFold(k), np.zeros(n))


@pytest.mark.parametrize("k", [2, 3, 5, 7, 10])
def test_classes_are_balanced_as_in_sklearn(model_selection, k):
    y = wine().y
    splitter = model_selection.StratifiedKFold(k, shuffle=True, random_state=0)
    theirs = [np.bincount(y[v]).tolist() for _, v in splitter.split(y, y)]
    ours = [np.bincount(y[f.validation]).tolist() for f in stratified_k_fold(y, k)]
    assert sorted(ours) == sorted(theirs)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [2, 3, 5])
def test_groups_are_balanced_as_in_sklearn(model_selection, seed, k):
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(15), rng.integers(1, 30, 15)))
    splitter = model_selection.GroupKFold(k)
    theirs = sklearn_sizes(splitter, groups, None, groups)
    assert sorted(sizes_of(group_k_fold(groups, k, seed))) == sorted(theirs)


@pytest.mark.parametrize(
    ("n", "ours", "theirs"),
    [
        (20, {"k": 5}, {"n_splits": 5}),
        (23, {"k": 4}, {"n_splits": 4}),
        (23, {"k": 4, "gap": 3}, {"n_splits": 4, "gap": 3}),
        (30, {"k": 3, "validation_size": 5}, {"n_splits": 3, "test_size": 5}),
        (30, {"k": 3, "window": 7, "gap": 1}, {"n_splits": 3, "max_train_size": 7, "gap": 1}),
    ],
)
def test_chains_equal_those_of_sklearn(model_selection, n, ours, theirs):
    splitter = model_selection.TimeSeriesSplit(**theirs)
    assert same(forward_chaining(n, **ours), list(splitter.split(np.zeros(n))))
