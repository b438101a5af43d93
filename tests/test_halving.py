import math

import numpy as np
import pytest

from nnlab.activations import relu
from nnlab.halving import successive_halving
from nnlab.layers import Activation, Dense
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.search import SearchInterrupted
from nnlab.spaces import grid
from nnlab.training import fit


class Counting:
    """Scores by the setting and the epochs, and keeps the calls."""

    def __init__(self, score=lambda rate, epochs: rate):
        self.score, self.calls = score, []

    def __call__(self, rate, epochs):
        self.calls.append((epochs, rate))
        return self.score(rate, epochs)


def rates(halving):
    return [[trial.settings["rate"] for trial in rung] for rung in halving.rungs]


def test_the_example_of_the_documentation():
    settings = grid(rate=range(27))
    halving = successive_halving(Counting(), settings, smallest=1, largest=27)
    assert halving.resources == (1, 3, 9, 27)
    assert rates(halving) == [list(range(27)), list(range(18, 27)), [24, 25, 26], [26]]
    assert halving.budget == 4 * 27
    assert halving.best().settings == {"rate": 26, "epochs": 27}
    assert repr(halving) == "Halving(27 with 1, 9 with 3, 3 with 9, 1 with 27 epochs; 108 in all)"


@pytest.mark.parametrize(
    ("n", "smallest", "largest", "factor", "sizes", "resources"),
    [
        (10, 1, 8, 2, [10, 5, 2, 1], (1, 2, 4, 8)),
        (10, 5, 40, 3, [10, 3, 1], (5, 15, 40)),
        (4, 1, 100, 2, [4, 2, 1], (1, 2, 100)),  # the last one left goes straight to the largest
        (9, 7, 7, 3, [9], (7,)),
        (30, 2, 7, 3, [30, 10, 3], (2, 6, 7)),  # 18 would be above the largest
        (30, 2, 6, 3, [30, 10], (2, 6)),  # more than one in the last rung
        (1, 1, 9, 3, [1], (9,)),
        (2, 1, 9, 3, [2, 1], (1, 9)),
    ],
)
def test_rungs_by_hand(n, smallest, largest, factor, sizes, resources):
    train = Counting()
    halving = successive_halving(
        train, grid(rate=range(n)), smallest=smallest, largest=largest, factor=factor
    )
    assert [len(rung) for rung in halving.rungs] == sizes
    assert halving.resources == resources
    assert halving.budget == sum(np.multiply(sizes, resources)) == sum(e for e, _ in train.calls)


def test_survivors_are_chosen_by_the_scores_of_their_rung_and_minimize_turns_it_round():
    def score(rate, epochs):
        return rate if epochs == 1 else -rate

    options = {"smallest": 1, "largest": 4, "factor": 2}
    assert rates(successive_halving(Counting(score), grid(rate=range(8)), **options)) == [
        [0, 1, 2, 3, 4, 5, 6, 7], [4, 5, 6, 7], [4, 5],
    ]  # fmt: skip
    least = successive_halving(Counting(score), grid(rate=range(8)), maximize=False, **options)
    assert rates(least) == [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3], [2, 3]]
    assert least.best().settings["rate"] == 3


def test_of_equal_ones_the_first_go_on_in_the_order_of_the_settings():
    train = Counting(lambda rate, epochs: rate == 5)
    halving = successive_halving(train, grid(rate=range(6)), smallest=1, largest=2, factor=2)
    assert rates(halving)[1] == [0, 1, 5]


def test_repeated_settings_are_trials_of_their_own():
    halving = successive_halving(
        Counting(), grid(rate=[1, 1, 1, 1]), smallest=1, largest=2, factor=2
    )
    assert rates(halving) == [[1, 1, 1, 1], [1, 1]]


def test_failed_and_diverged_trials_do_not_go_on():
    def score(rate, epochs):
        if rate == 9:
            raise MemoryError("too much")
        return math.inf if rate == 8 else rate

    train = Counting(score)
    halving = successive_halving(train, grid(rate=range(10)), smallest=1, largest=2, factor=2)
    assert rates(halving)[1] == [3, 4, 5, 6, 7]
    none = successive_halving(train, grid(rate=[8, 9]), smallest=1, largest=2, factor=2)
    assert rates(none) == [[8, 9]]
    with pytest.raises(ValueError, match="1 failed and 1 diverged; the first error: MemoryError"):
        none.best()


X = np.random.default_rng(0).standard_normal((40, 2))
Y = (X[:, 0] > X[:, 1]).astype(int)


def train_network(learning_rate, seed, epochs):
    net = Sequential(Dense(2, 4), Activation(relu), Dense(4, 1), seed=seed)
    history = fit(
        net, BinaryCrossEntropy(), Adam(learning_rate), X, Y, epochs=epochs, batch_size=16
    )
    return history.train["loss"][-1]


def test_every_rung_trains_from_scratch_and_stacks_score_as_alone():
    settings = grid(learning_rate=[0.001, 0.01, 0.1], seed=[0, 1, 2])
    options = {"smallest": 1, "largest": 9, "maximize": False}
    alone = successive_halving(train_network, settings, **options)
    together = successive_halving(
        train_network, settings, stacked=["learning_rate", "seed"], **options
    )
    for one, other in zip(together.rungs, alone.rungs, strict=True):
        assert one.columns() == other.columns()
    assert [len(rung) for rung in alone.rungs] == [9, 3, 1]
    for rung in alone.rungs:
        for trial in rung:
            assert trial.scores["score"] == train_network(**trial.settings)


def test_one_file_holds_all_rungs_and_the_search_goes_on(tmp_path):
    file = tmp_path / "halving.jsonl"
    stop = True

    def score(rate, epochs):
        if stop and (epochs, rate) == (2, 3):
            raise KeyboardInterrupt
        return rate

    options = {"smallest": 1, "largest": 2, "factor": 2, "file": file}
    first = Counting(score)
    with pytest.raises(SearchInterrupted) as caught:
        successive_halving(first, grid(rate=range(4)), **options)
    kept = [tuple(trial.settings.values()) for trial in caught.value.results]
    assert kept == [(0, 1), (1, 1), (2, 1), (3, 1), (2, 2)]
    stop = False
    second = Counting(score)
    halving = successive_halving(second, grid(rate=range(4)), **options)
    assert second.calls == [(2, 3)]
    assert rates(halving) == [[0, 1, 2, 3], [2, 3]]


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"smallest": 0}, ValueError, "smallest: expected at least 1, got 0"),
        ({"smallest": 1.5}, TypeError, "smallest: expected an int, got 1.5"),
        ({"smallest": 5, "largest": 4}, ValueError, "largest: expected at least 5, got 4"),
        ({"factor": 1}, ValueError, "factor: expected at least 2, got 1"),
        ({"settings": []}, ValueError, "settings: expected at least one trial, got none"),
        (
            {"settings": ["rate"]},
            ValueError,
            "settings: expected dicts without 'epochs', .* 'rate'",
        ),
        ({"settings": [{"rate": 1, "epochs": 2}]}, ValueError, "without 'epochs'"),
        ({"resource": "examples"}, TypeError, "train: expected a function of rate, examples"),
    ],
)
def test_what_is_refused(change, error, message):
    options = {"settings": [{"rate": 1}], "smallest": 1, "largest": 2, **change}
    with pytest.raises(error, match=message):
        successive_halving(lambda rate, epochs: 1.0, **options)
