import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.activations import relu, tanh
from nnlab.spaces import Choice, Integer, LogUniform, Uniform, grid, random_settings

N = 4000
# Kolmogorov–Smirnov: a distance above this comes by chance once in a thousand seeds. The seed is
# fixed, so the tests never fail by chance.
CRITICAL = 1.95 / math.sqrt(N)


def draws(space, seed=0, n=N):
    rng = np.random.default_rng(seed)
    return np.array([space.sample(rng) for _ in range(n)])


def distance(x, distribution):
    """Largest distance between the empirical distribution of `x` and the one it should have."""
    x = np.sort(x)
    right = np.array([distribution(t) for t in x])
    steps = np.arange(len(x) + 1) / len(x)
    return max(np.abs(right - steps[1:]).max(), np.abs(right - steps[:-1]).max())


def log_uniform(t, low, high):
    return math.log(t / low) / math.log(high / low)


@pytest.mark.parametrize(("low", "high"), [(1e-5, 1.0), (0.5, 0.6), (3.0, 3e7)])
def test_log_uniform_is_really_uniform_in_the_logarithm(low, high):
    x = draws(LogUniform(low, high))
    assert distance(x, partial(log_uniform, low=low, high=high)) < CRITICAL


def test_log_uniform_puts_as_many_draws_into_every_decade():
    decades = np.floor(np.log10(draws(LogUniform(1e-4, 1.0)))).astype(int)
    counts = np.bincount(decades + 4, minlength=4)
    assert len(counts) == 4
    # 1000 in each with a standard deviation of 27
    assert np.abs(counts - 1000).max() < 100


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.5), (-3.0, 7.0)])
def test_uniform_is_uniform(low, high):
    assert distance(draws(Uniform(low, high)), lambda t: (t - low) / (high - low)) < CRITICAL


def test_integers_hit_both_ends_and_all_between_equally():
    counts = np.bincount(draws(Integer(2, 6)), minlength=7)
    assert counts[:2].tolist() == [0, 0]
    assert len(counts) == 7
    assert np.abs(counts[2:] - N / 5).max() < 4 * math.sqrt(N * 0.2 * 0.8)


def test_log_integers_have_the_documented_probabilities():
    low, high = 1, 40
    counts = np.bincount(draws(Integer(low, high, log=True)), minlength=high + 1)[low:]
    p = np.array([math.log((k + 1) / k) / math.log((high + 1) / low) for k in range(low, high + 1)])
    assert p.sum() == pytest.approx(1)
    assert len(counts) == len(p)
    chi_squared = ((counts - N * p) ** 2 / (N * p)).sum()
    assert chi_squared < 39 + 4 * math.sqrt(2 * 39)  # mean and deviations of 39 degrees of freedom


@pytest.mark.parametrize(("low", "high"), [(1, 3), (2, 9)])
def test_log_integers_divide_the_unit_interval_as_documented(low, high):
    """Numbers drawn evenly from 0 to 1, without chance: each share within one in a thousand."""

    class Even:
        def __init__(self):
            self.numbers = iter((np.arange(n) + 0.5) / n)

        def random(self):
            return next(self.numbers)

    n = 4000
    rng = Even()
    counts = np.bincount([Integer(low, high, log=True).sample(rng) for _ in range(n)])[low:]
    p = [math.log((k + 1) / k) / math.log((high + 1) / low) for k in range(low, high + 1)]
    np.testing.assert_allclose(counts / n, p, atol=1e-3)


def test_the_seed_is_0_unless_given():
    space = {"rate": Uniform(0, 1)}
    assert random_settings(space, 3) == random_settings(space, 3, seed=0)


def test_choices_are_equally_likely():
    x = draws(Choice(["a", "b", "c", "d"]))
    counts = [np.count_nonzero(x == value) for value in "abcd"]
    assert sum(counts) == N
    assert max(abs(count - N / 4) for count in counts) < 4 * math.sqrt(N * 0.25 * 0.75)


finite = st.floats(-1e6, 1e6)
positive = st.floats(1e-300, 1e300)
spaces = st.one_of(
    st.tuples(finite, finite).filter(lambda e: e[0] < e[1]).map(lambda e: Uniform(*e)),
    st.tuples(positive, positive).filter(lambda e: e[0] < e[1]).map(lambda e: LogUniform(*e)),
    st.tuples(st.integers(-9, 9), st.integers(10, 99)).map(lambda e: Integer(*e)),
    st.tuples(st.integers(1, 9), st.integers(10, 99)).map(lambda e: Integer(*e, log=True)),
    st.lists(st.integers(), min_size=1).map(Choice),
)


@given(spaces, st.integers(0, 2**32))
def test_every_sample_is_a_plain_member_of_its_space(space, seed):
    value = space.sample(np.random.default_rng(seed))
    assert value in space
    assert type(value) in (int, float)


@pytest.mark.parametrize("u", [0.0, 1 - 2**-53])
def test_the_ends_of_a_log_range_are_not_overstepped_by_rounding(u):
    class Extreme:
        def random(self):
            return u

    for low, high in [(0.1, 0.7), (1e-5, 3.0), (3.3e-9, 7.7e11)]:
        assert LogUniform(low, high).sample(Extreme()) in LogUniform(low, high)
        assert Uniform(low, high).sample(Extreme()) in Uniform(low, high)
    assert Integer(3, 9, log=True).sample(Extreme()) in (3, 9)


@pytest.mark.parametrize(
    ("space", "inside", "outside"),
    [
        (Uniform(0.0, 0.5), [0, 0.5, np.float32(0.25)], [-0.1, 0.6, math.nan, "0.2", None, True]),
        (LogUniform(0.1, 10.0), [0.1, 10, 1], [0.05, 11, 0, math.inf, "1"]),
        (Integer(2, 4), [2, 3, 4, 3.0, np.int8(3)], [1, 5, 2.5, math.inf, math.nan, "3", None]),
        (Choice([relu, None, 3]), [relu, None, 3], [tanh, 4, "3"]),
    ],
)
def test_membership(space, inside, outside):
    assert all(value in space for value in inside)
    assert not any(value in space for value in outside)


@pytest.mark.parametrize(
    ("space", "value", "expected"),
    [
        (Uniform(0.0, 1.0), 0.05, "low"),
        (Uniform(0.0, 1.0), 0.06, None),
        (Uniform(0.0, 1.0), 0.94, None),
        (Uniform(0.0, 1.0), 0.951, "high"),
        (Uniform(0.0, 1.0), 2.0, "high"),
        # 0.05 of four decades is a factor of 1.58; on a linear scale 0.002 would be the border too
        (LogUniform(1e-4, 1.0), 1.5e-4, "low"),
        (LogUniform(1e-4, 1.0), 1.7e-4, None),
        (LogUniform(1e-4, 1.0), 0.002, None),
        (LogUniform(1e-4, 1.0), 0.6, None),
        (LogUniform(1e-4, 1.0), 0.7, "high"),
        (Integer(1, 5), 1, "low"),
        (Integer(1, 5), 2, None),
        (Integer(1, 5), 5, "high"),
        (Integer(1, 1001), 50, "low"),
        (Integer(1, 1001, log=True), 2, None),
        (Choice([32, 8, 16]), 8, "low"),
        (Choice([32, 8, 16]), 16, None),
        (Choice([32, 8, 16]), 32, "high"),
        (Choice([8]), 8, None),
        (Choice([8, 8]), 8, None),
        (Choice(["relu", "tanh"]), "relu", None),
        (Choice([False, True]), True, None),
        (Choice([8, None]), 8, None),
    ],
)
def test_border(space, value, expected):
    assert space.border(value) == expected


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Uniform(1, 0), ValueError, "low, high: expected low < high, got 1 and 0"),
        (lambda: Uniform(1, 1), ValueError, r"use Choice\(\[value\]\)"),
        (lambda: Uniform(0, math.inf), ValueError, "high: expected a finite number, got inf"),
        (lambda: Uniform(math.nan, 1), ValueError, "low: expected a finite number, got nan"),
        (lambda: Uniform("0", 1), TypeError, "low: expected a number, got '0'"),
        (lambda: Uniform(False, 1), TypeError, "low: expected a number, got False"),
        (lambda: LogUniform(0, 1), ValueError, "low: a log scale needs a number above 0, got 0"),
        (lambda: LogUniform(-1, 1), ValueError, "low: a log scale"),
        (lambda: Integer(1.5, 3), TypeError, "low: expected an int, got 1.5"),
        (lambda: Integer(1, 3.0), TypeError, "high: expected an int, got 3.0"),
        (lambda: Integer(0, 3, log=True), ValueError, "low: a log scale"),
        (lambda: Choice([]), ValueError, "values: expected at least one value to try, got none"),
        (lambda: Choice("adam"), TypeError, "values: expected a list of values to try, got 'adam'"),
        (lambda: Choice({"a", "b"}), TypeError, "values: expected a list"),
        (lambda: Choice(3), TypeError, "values: expected a list of values to try, got 3"),
        (lambda: grid(), ValueError, "values: expected at least one name"),
        (lambda: grid(units=[]), ValueError, "units: expected at least one value"),
        (lambda: grid(units=16), TypeError, "units: expected a list of values to try, got 16"),
        (lambda: grid(name="adam"), TypeError, "name: expected a list"),
        (lambda: random_settings({}, 3, 0), ValueError, "space: expected at least one name"),
        (lambda: random_settings({"a": [1]}, 3, 0), TypeError, r"for 'a', got \[1\]"),
        (lambda: random_settings({"a": Uniform(0, 1)}, 0, 0), ValueError, "n: expected at least 1"),
        (lambda: random_settings({"a": Uniform(0, 1)}, 2.0, 0), TypeError, "n: expected an int"),
        (lambda: random_settings({"a": Uniform(0, 1)}, 2, None), TypeError, "seed: expected an"),
    ],
)
def test_what_is_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_grid_has_every_combination_and_the_last_name_changes_fastest():
    settings = grid(units=[16, 32], activation=[relu], seed=range(3))
    expected = [
        {"units": units, "activation": relu, "seed": seed}
        for units in (16, 32)
        for seed in (0, 1, 2)
    ]
    assert settings == expected
    assert list(settings[0]) == ["units", "activation", "seed"]


def test_a_grid_of_numpy_numbers_holds_plain_numbers():
    (one,) = grid(rate=np.logspace(-1, -1, 1), units=np.array([8]), names=iter(["a"]))
    assert [type(value) for value in one.values()] == [float, int, str]
    assert type(Choice(np.array([1.5])).sample(np.random.default_rng(0))) is float


SPACE = {
    "rate": LogUniform(1e-4, 1.0),
    "drop": Uniform(0.0, 0.5),
    "units": Integer(8, 64),
    "batch": Choice([16, 32]),
}


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 1000))
def test_more_trials_keep_the_first_ones(n, more, seed):
    assert random_settings(SPACE, n + more, seed)[:n] == random_settings(SPACE, n, seed)


def test_another_range_for_one_name_leaves_the_others_as_they_were():
    changed = {**SPACE, "drop": Integer(0, 3), "rate": Choice(["a", "b", "c"])}
    for one, other in zip(random_settings(SPACE, 20, 0), random_settings(changed, 20, 0)):  # noqa: B905
        assert (one["units"], one["batch"]) == (other["units"], other["batch"])


def test_seeds_decide_and_names_are_independent():
    assert random_settings(SPACE, 5, 0) == random_settings(SPACE, 5, 0)
    assert random_settings(SPACE, 5, 0) != random_settings(SPACE, 5, 1)
    same_range = {"a": Uniform(0, 1), "b": Uniform(0, 1)}
    pairs = np.array([list(one.values()) for one in random_settings(same_range, 1000, 0)])
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.1  # 3 standard deviations
    rng = np.random.default_rng(0)
    assert random_settings(SPACE, 5, rng) != random_settings(SPACE, 5, rng)


def test_nothing_touches_the_global_random_state():
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    random_settings(SPACE, 5, 0)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
