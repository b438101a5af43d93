import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.datasets import breast_cancer, diabetes, wine
from nnlab.splits import (
    group_three_way_split,
    minibatches,
    three_way_split,
    time_three_way_split,
)

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


def test_fractions_are_numbers():
    with pytest.raises(TypeError, match="fractions: expected numbers, got <U4 values"):
        three_way_split(10, ["most", "some", "few"])


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


# Group three-way split.

group_sizes = st.lists(st.integers(1, 30), min_size=3, max_size=40)


def grouped(sizes, seed):
    """Return groups with names of no particular order, and their rows mixed."""
    names = np.random.default_rng(seed).permutation(len(sizes)) * 7 - 20
    return np.random.default_rng(seed).permutation(np.repeat(names, sizes))


@given(sizes=group_sizes, shares=fractions(), seed=seeds)
def test_groups_are_never_divided_and_every_example_is_in_one_part(sizes, shares, seed):
    groups = grouped(sizes, seed)
    parts = group_three_way_split(groups, shares, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(groups.size))
    owners = [set(groups[part]) for part in parts]
    assert sum(map(len, owners)) == len(sizes)
    assert all(owners)


@given(sizes=group_sizes, shares=fractions(), seed=seeds)
def test_shares_are_met_within_the_size_of_a_group(sizes, shares, seed):
    train, validation, test = group_three_way_split(grouped(sizes, seed), shares, seed)
    n, largest = sum(sizes), max(sizes)
    # A cut is at most half a group off, unless it has to move to leave every part a group.
    slack = largest if n * min(shares) >= 2 * largest else 2 * largest
    for part, share in zip((train, validation, test), shares, strict=True):
        assert abs(part.size - n * share) <= slack


def test_shares_of_groups_of_one_are_exact():
    parts = group_three_way_split(np.arange(50), (0.5, 0.3, 0.2))
    assert [part.size for part in parts] == [25, 15, 10]


def test_the_line_of_groups_is_cut_where_the_shares_are_met_best():
    # Wanted: 4 test examples. The nearest cut is after 3, not after 6 or 0, whatever the order.
    parts = group_three_way_split(np.repeat(np.arange(7), 3), (12 / 21, 5 / 21, 4 / 21))
    assert [part.size for part in parts] == [12, 6, 3]


def test_groups_may_have_names():
    patients = np.array(["ann", "bob", "cy", "ann", "dee", "dee", "bob", "cy"])
    named = group_three_way_split(patients, (0.5, 0.25, 0.25), seed=4)
    numbered = group_three_way_split([0, 1, 2, 0, 3, 3, 1, 2], (0.5, 0.25, 0.25), seed=4)
    assert all(map(np.array_equal, named, numbered))


@given(seed=seeds)
def test_a_seed_fixes_the_group_split_and_another_changes_it(seed):
    groups = np.repeat(np.arange(30), 3)
    one, again, other = (group_three_way_split(groups, seed=s) for s in (seed, seed, seed + 1))
    assert all(map(np.array_equal, one, again))
    assert set(groups[one.train]) != set(groups[other.train])


def test_a_generator_moves_on_from_one_group_split_to_the_next():
    groups, rng = np.repeat(np.arange(20), 3), np.random.default_rng(3)
    first, second = (group_three_way_split(groups, seed=rng) for _ in range(2))
    assert np.array_equal(first.train, group_three_way_split(groups, seed=3).train)
    assert not np.array_equal(first.train, second.train)


def test_every_group_is_equally_likely_in_every_part():
    counts, rng = np.zeros((3, 10)), np.random.default_rng(0)
    groups = np.repeat(np.arange(10), 2)
    for _ in range(2000):
        for k, part in enumerate(group_three_way_split(groups, (0.4, 0.2, 0.4), seed=rng)):
            counts[k, np.unique(groups[part])] += 1
    assert counts / 2000 == pytest.approx(np.outer([0.4, 0.2, 0.4], np.ones(10)), abs=0.06)


def test_parts_of_a_group_split_are_in_random_order():
    train = group_three_way_split(np.repeat(np.arange(20), 5)).train
    assert not np.array_equal(train, np.sort(train))
    assert (np.diff(train // 5) != 0).sum() > 30  # rows of a group are not neighbours


def test_the_test_groups_stay_while_the_others_change():
    groups = np.repeat(np.arange(30), 3)
    less = group_three_way_split(groups, (0.3, 0.5, 0.2))
    more = group_three_way_split(groups, (0.7, 0.1, 0.2))
    assert np.array_equal(less.test, more.test)
    assert set(less.train) < set(more.train)


def test_a_share_of_0_leaves_a_part_without_groups():
    groups = np.repeat([0, 1], [8, 2])
    train, validation, test = group_three_way_split(groups, (0.8, 0.0, 0.2))
    assert validation.size == 0
    assert {train.size, test.size} == {8, 2}
    assert [p.size for p in group_three_way_split(groups, (0.5, 0.5, 0))][2] == 0
    assert [p.size for p in group_three_way_split([5], (1, 0, 0))] == [1, 0, 0]


@pytest.mark.parametrize(
    ("groups", "error", "message"),
    [
        ([], ValueError, r"expected shape \(N,\) with at least one example, got \(0,\)"),
        ([[1, 2]], ValueError, r"expected shape \(N,\) .*, got \(1, 2\)"),
        ([1, 1, 2, 2], ValueError, "at least 3 different groups, one for each part, got 2"),
        ([1.0, 2.0, 3.0], TypeError, "an integer or a string for each example, got float64"),
        ([1, 2, np.nan], TypeError, "an integer or a string for each example, got float64"),
        (["a", None], TypeError, "an integer or a string for each example, got object"),
    ],
)
def test_groups_are_checked(groups, error, message):
    with pytest.raises(error, match=f"groups: .*{message}"):
        group_three_way_split(groups)


def test_other_arguments_of_the_group_split_are_checked():
    with pytest.raises(ValueError, match="fractions: expected a sum of 1"):
        group_three_way_split([1, 2, 3], (0.5, 0.2, 0.2))
    with pytest.raises(TypeError, match="seed: expected an int"):
        group_three_way_split([1, 2, 3], seed=None)


# Time three-way split.


@given(n=st.integers(60, 300), shares=fractions())
def test_time_parts_follow_one_another(n, shares):
    parts = time_three_way_split(n, shares)
    assert np.concatenate(parts).tolist() == list(range(n))
    assert [p.size for p in parts] == [p.size for p in three_way_split(n, shares)]


def test_the_last_examples_are_the_test_part():
    assert [p.tolist() for p in time_three_way_split(10, (0.5, 0.3, 0.2))] == [
        [0, 1, 2, 3, 4],
        [5, 6, 7],
        [8, 9],
    ]
    assert [p.tolist() for p in time_three_way_split(4, (0.75, 0.0, 0.25))] == [[0, 1, 2], [], [3]]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0,), ValueError, "n: expected at least 1, got 0"),
        ((10.0,), TypeError, r"n: expected an int, got 10\.0"),
        ((2,), ValueError, r"n: there are 2 example\(s\), too few for the (validation|test) part"),
        ((10, (0.5, 0.5)), ValueError, "fractions: expected three"),
    ],
)
def test_arguments_of_the_time_split_are_checked(arguments, error, message):
    with pytest.raises(error, match=message):
        time_three_way_split(*arguments)


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
