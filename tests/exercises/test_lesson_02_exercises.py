"""The exercises of lesson 02, whose answers have many right forms: what judges say and accept."""

import numpy as np
import pytest

from nnlab.exercises import catalogue, lesson_02_goal, lesson_02_splits
from nnlab.exercises.proving import judged

NAMES = [name for name in catalogue.exercises() if name.startswith("02.")]


def verdict(name, function, seed=0):
    return judged(catalogue.exercise(name), function, seed)


def returning(value):
    def answer(*arguments):
        return value

    return answer


NOWHERE = [
    None, "rows", float("nan"), -1, True, {}, {"train": 1}, (), [[]], [[], [], []], [None] * 3,
    ["a", "b", "c"], [[0, 1], [2, [3]], [4]], [[float("nan")], [1], [2]], [[float("inf")], [1]],
    [[1e300], [1], [2]], [[-1], [0], [1]], [[0.5], [1], [2]], [[True, False], [1], [2]],
    np.zeros(0), np.zeros((3, 0)), np.zeros((3, 4)), [np.zeros((2, 2))] * 3, [np.zeros(1)] * 3,
    [(np.arange(3), "rows")], [({}, {})], [[np.arange(5), np.arange(5, 10)]] * 2,
    [([0], [1])] * 5000, [list(range(3000))] * 3, [[[0, 299], [1]]], [[[0], [299]]], 1j, object(),
    [np.array([2**63], dtype=np.uint64)] * 3,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", NOWHERE, ids=range(len(NOWHERE)))
def test_an_answer_of_the_wrong_form_gets_a_sentence(name, value):
    found = verdict(name, returning(value))
    assert found.state in ("wrong", "not attempted")
    assert found.points == 0
    if found.failure is not None:
        assert len(found.failure.said.split()) >= 4
        assert "could not be tried out" not in found.failure.said


def said(name, function):
    failure = verdict(name, function).failure
    return failure.said if failure else ""


# A learner's random numbers are never those of a known mistake: the judge's sentence must help.


def test_a_split_that_ignores_classes_is_told_so_whatever_its_random_numbers():
    def split(y, fractions, seed):
        rows = np.random.default_rng(seed + 77).permutation(len(y))
        ends = np.cumsum(np.multiply(fractions, len(y)).astype(int))[:2]
        return np.split(rows, ends)

    found = verdict("02.three_way_split", split)
    assert found.mistake is None
    assert [part.points for part in found.parts] == [1, 0, 1]
    assert "class" in found.failure.said
    assert "there are" in found.failure.said


def test_a_split_without_shuffling_is_told_so_whichever_part_comes_first():
    def split(y, fractions, seed):
        parts = [[], [], []]
        for label in np.unique(y):
            rows = np.flatnonzero(y == label)[::-1]
            ends = np.round(np.cumsum(fractions[::-1]) * len(rows)).astype(int)[:2]
            for part, piece in zip(parts, np.split(rows, ends), strict=True):
                part.append(piece)
        return [np.concatenate(part) for part in parts[::-1]]

    found = verdict("02.three_way_split", split)
    assert [part.points for part in found.parts] == [1, 1, 0]
    assert "at random" in found.failure.said


def test_rows_that_get_lost_or_shared_are_counted():
    case = (np.repeat([0, 1], 10), (0.6, 0.2, 0.2), 0)
    complete = lesson_02_splits._complete
    parts = np.split(np.arange(20), [12, 16])
    assert complete(case, parts) is None
    assert complete(case, (parts[0], parts[1], parts[2][:-1])) == (
        "1 of 20 rows are in none of the three parts"
    )
    assert complete(case, (parts[0], parts[1], parts[1])) == (
        "row 12 occurs more than once: two parts share it"
    )
    assert complete(case, (parts[1], parts[0], parts[2])) == (
        "the training part has 4 of 20 rows, its share is 0.6"
    )


@pytest.mark.parametrize("round_up", [np.floor, np.ceil, np.round])
def test_any_way_of_rounding_passes(round_up):
    def split(y, fractions, seed):
        rng = np.random.default_rng(seed)
        parts = [[], [], []]
        for label in np.unique(y):
            rows = rng.permutation(np.flatnonzero(y == label))
            test = int(round_up(fractions[2] * len(rows)))
            validation = int(round_up(fractions[1] * len(rows)))
            pieces = np.split(rows, [len(rows) - test - validation, len(rows) - test])
            for part, piece in zip(parts, pieces, strict=True):
                part.extend(piece.tolist())
        return parts

    for seed in range(20):
        assert verdict("02.three_way_split", split, seed).state == "right"


def test_folds_by_any_shuffle_pass_and_those_without_are_told_so():
    def folds(n, k, seed, shuffle=True):
        rng = np.random.default_rng(seed + 5)
        rows = rng.permutation(n) if shuffle else np.arange(n)
        return [(rows[np.arange(n) % k != i], rows[np.arange(n) % k == i]) for i in range(k)]

    for seed in range(20):
        assert verdict("02.k_fold", folds, seed).state == "right"
    found = verdict("02.k_fold", lambda n, k, seed: folds(n, k, seed, shuffle=False)[::-1])
    assert found.state == "partly right"
    assert "no random fold" in found.failure.said


def test_folds_that_overlap_or_leave_rows_out_are_told_so():
    def drawn(n, k, seed):
        rng = np.random.default_rng(seed + 9)
        made = []
        for _ in range(k):
            rows = rng.permutation(n)
            made.append((rows[n // k :], rows[: n // k]))
        return made

    assert "exactly once" in said("02.k_fold", drawn)

    def half_trained(n, k, seed):
        folds = np.array_split(np.random.default_rng(seed + 9).permutation(n), k)
        return [(folds[i - 1], folds[i]) for i in range(k)]

    assert "all 20 rows must be used" in said("02.k_fold", half_trained)


# The goal


def test_the_goal_separates_one_split_from_folds_with_room_to_spare():
    for n, goal in lesson_02_goal.GOALS.items():
        for seed in range(10):
            for plan in (lesson_02_goal.plan, *lesson_02_goal.GOAL.equivalents):
                assert lesson_02_goal.typical_error(n, plan(n, seed)) < 0.97 * goal
            for share in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6):
                plan = lesson_02_goal._held_out(share, 1, n, seed)
                assert lesson_02_goal.typical_error(n, plan) > 1.05 * goal


def test_the_goal_says_how_far_off_an_estimate_is():
    def plan(n, seed):
        rows = np.random.default_rng(seed + 3).permutation(n)
        return [(rows[: n // 2], rows[n // 2 :])]

    assert "typically off by" in said("02.goal", plan)
    assert "with 1 fit your" in said("02.goal", plan)


def test_the_estimate_is_the_mean_of_the_validation_accuracies(monkeypatch):
    """Twenty sets of the goal, with plain loops."""
    n = 400
    whole = lesson_02_goal._data(n)
    x, y = whole[0][:20], whole[1]
    monkeypatch.setattr(lesson_02_goal, "SETS", 20)
    monkeypatch.setattr(lesson_02_goal, "_data", lambda n: (x, y))
    monkeypatch.setattr(lesson_02_goal, "_truth", lesson_02_goal._truth.__wrapped__)
    pairs = lesson_02_goal.plan(n, 1)
    errors = []
    for one, truth in zip(x, lesson_02_goal._truth(n), strict=True):
        scores = []
        for train, validation in pairs:
            means = [one[train][y[train] == label].mean(axis=0) for label in (0, 1)]
            nearer = [np.linalg.norm(one[validation] - mean, axis=1) for mean in means]
            scores.append(100 * np.mean((nearer[1] < nearer[0]) == y[validation]))
        errors.append(np.mean(scores) - truth)
    expected = np.sqrt(np.mean(np.square(errors)))
    assert lesson_02_goal.typical_error(n, pairs) == pytest.approx(expected, rel=1e-3)


def test_the_truth_is_the_accuracy_on_a_huge_fresh_sample():
    n = 400
    x, y = lesson_02_goal._data(n)
    new_y = np.repeat([0, 1], 50_000)
    new = np.random.default_rng(0).standard_normal((100_000, x.shape[-1]))
    new[:, 0] += lesson_02_goal.DISTANCE * (2 * new_y - 1)
    for one, truth in zip(x[:3], lesson_02_goal._truth(n)[:3], strict=True):
        means = [one[y == label].mean(axis=0) for label in (0, 1)]
        nearer = [np.linalg.norm(new - mean, axis=1) for mean in means]
        assert 100 * np.mean((nearer[1] < nearer[0]) == new_y) == pytest.approx(truth, abs=0.4)


# Scaling


def test_constant_features_of_the_cases_have_a_standard_deviation_of_exactly_zero():
    """0.1 repeated has not; a right answer must not fail because of that."""
    for seed in range(5):
        for train, other in catalogue.exercise("02.standardize").cases(seed)[1]:
            assert train[:, 1].std() == 0
            assert other[:, 1].std() > 0
