import math
import sys
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from threading import Event

import numpy as np
import pytest

from nnlab.activations import relu, tanh
from nnlab.early_stopping import EarlyStopping
from nnlab.layers import Activation, Dense
from nnlab.losses import BinaryCrossEntropy, MeanSquaredError
from nnlab.metrics import accuracy
from nnlab.network import Sequential
from nnlab.optimizers import SGD, Adam
from nnlab.search import SearchInterrupted, print_progress, search
from nnlab.spaces import Choice, Integer, LogUniform, grid, random_settings
from nnlab.training import fit

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 2))
Y = (X[:, 0] * X[:, 1] > 0).astype(int)


def train_network(units, activation, learning_rate, seed):
    """The function of the documentation, small: the same for one network and for many."""
    net = Sequential(Dense(2, units), Activation(activation), Dense(units, 1), seed=seed)
    history = fit(
        net, BinaryCrossEntropy(), Adam(learning_rate), X[:40], Y[:40], epochs=3, batch_size=16,
        seed=seed, validation=(X[40:], Y[40:]), metrics={"accuracy": accuracy},
    )  # fmt: skip
    return history.final["validation"]


NETWORKS = random_settings(
    {
        "units": Choice([3, 8]),
        "activation": Choice([relu, tanh]),
        "learning_rate": LogUniform(1e-3, 1.0),
        "seed": Integer(0, 99),
    },
    n=14,
    seed=0,
)


def parabola(rate, shift=0.0):
    return -((rate - 0.3) ** 2) + shift


def bits(results):
    """Settings and scores so exact that NaN equals NaN and -0.0 differs from 0.0."""
    return [
        (trial.settings, {name: score.hex() for name, score in trial.scores.items()}, trial.error)
        for trial in results
    ]


class Recorded:
    """A training function that keeps with what it was called."""

    def __init__(self, function=parabola):
        self.function, self.calls = function, []

    def __call__(self, **settings):
        self.calls.append(settings)
        return self.function(**settings)


# One after the other, and together -----------------------------------------------------------


def test_results_are_what_train_returns_in_the_order_of_the_settings():
    settings = grid(rate=[0.5, 0.1, 0.3], shift=[0.0, 1.0])
    results = search(parabola, settings)
    assert [trial.settings for trial in results] == settings
    assert [trial.scores for trial in results] == [{"score": parabola(**one)} for one in settings]
    assert {trial.status for trial in results} == {"ok"}
    assert results.best().settings == {"rate": 0.3, "shift": 1.0}


@pytest.mark.parametrize("max_stack", [64, 2])
def test_networks_trained_together_score_as_alone_bit_for_bit(max_stack):
    alone, together = Recorded(train_network), Recorded(train_network)
    solo = search(alone, NETWORKS)
    stacked = search(together, NETWORKS, stacked=["learning_rate", "seed"], max_stack=max_stack)
    assert bits(stacked) == bits(solo)
    assert {trial.status for trial in solo} == {"ok"}
    assert len({trial.scores["loss"] for trial in solo}) == len(NETWORKS)
    assert len(alone.calls) == 14
    assert len(together.calls) == (4 if max_stack == 64 else 7)  # of 6, 4, 2 and 2


def test_replicas_that_stop_early_at_different_epochs_score_as_alone_bit_for_bit():
    epochs = []

    def train(learning_rate, seed):
        net = Sequential(Dense(2, 8), Activation(tanh), Dense(8, 1), seed=seed)
        history = fit(
            net, BinaryCrossEntropy(), Adam(learning_rate), X[:40], Y[:40], epochs=12,
            batch_size=16, seed=seed, validation=(X[40:], Y[40:]), metrics={"accuracy": accuracy},
            early_stopping=EarlyStopping(3),
        )  # fmt: skip
        epochs.append(history.kept_epoch)
        return history.final["validation"]

    settings = grid(learning_rate=[0.01, 0.1, 1.0], seed=[0, 1, 2])
    alone = search(train, settings)
    together = search(train, settings, stacked=["learning_rate", "seed"])
    assert {trial.status for trial in alone} == {"ok"}
    assert bits(together) == bits(alone)
    np.testing.assert_array_equal(epochs[-1], epochs[:-1])
    assert len(set(epochs[:-1])) > 2


def test_a_stack_shares_all_but_the_stacked_names_and_gets_rows_of_them():
    train = Recorded(lambda units, rate, seed: units + 10 * rate + 100 * seed)
    settings = grid(units=[1, 2], rate=[0.1, 0.2], seed=[3, 4])
    results = search(train, settings, stacked=["rate", "seed"])
    assert [call["units"] for call in train.calls] == [1, 2]
    for call in train.calls:
        np.testing.assert_array_equal(call["rate"], [0.1, 0.1, 0.2, 0.2])
        np.testing.assert_array_equal(call["seed"], [3, 4, 3, 4])
        assert call["seed"].dtype.kind == "i"
    assert [trial.scores["score"] for trial in results] == [
        one["units"] + 10 * one["rate"] + 100 * one["seed"] for one in settings
    ]


def test_a_stack_of_one_trial_gets_plain_numbers():
    train = Recorded()
    search(train, [{"rate": np.float64(0.5)}, {"rate": 0.5}], stacked=["rate"], max_stack=1)
    assert [(call, type(call["rate"])) for call in train.calls] == [({"rate": 0.5}, float)] * 2


@pytest.mark.parametrize("values", [[1, 1.0, True], [[1, 2], [1.0, 2], (1, 2)], [relu, tanh]])
def test_only_the_same_settings_are_shared(values):
    train = Recorded(lambda kind, rate: 0.0 * rate)
    search(train, grid(kind=values, rate=[0.1, 0.2]), stacked=["rate"])
    assert [call["kind"] for call in train.calls] == values
    assert [type(call["kind"]) for call in train.calls] == [type(value) for value in values]


def test_equal_lists_are_shared_and_other_objects_only_with_themselves():
    array, twin = np.zeros(2), np.zeros(2)
    train = Recorded(lambda kind, rate: 0.0 * rate)
    settings = [{"kind": kind, "rate": 0.1} for kind in ([1, [2]], [1, [2]], array, array, twin)]
    search(train, settings, stacked=["rate"])
    assert [call["kind"] is array for call in train.calls] == [False, True, False]


# Where ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stacked", [[], ["learning_rate", "seed"]])
def test_threads_give_the_same_results(stacked):
    with ThreadPoolExecutor(3) as executor:
        results = search(train_network, NETWORKS, stacked=stacked, executor=executor, max_stack=3)
    assert bits(results) == bits(search(train_network, NETWORKS))


MODULE = """
import os
import numpy as np
from nnlab.activations import relu
from nnlab.layers import Activation, Dense
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.training import fit

X = np.random.default_rng(0).standard_normal((40, 2))
Y = (X[:, 0] > X[:, 1]).astype(int)


def train(learning_rate, seed, deadly=False):
    if deadly:
        os._exit(1)
    net = Sequential(Dense(2, 4), Activation(relu), Dense(4, 1), seed=seed)
    history = fit(net, BinaryCrossEntropy(), Adam(learning_rate), X, Y, epochs=2, batch_size=16)
    return -history.train["loss"][-1]
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    """A module of the user's, in a folder that worker processes find too."""
    (tmp_path / "users_module.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "users_module", raising=False)
    import users_module

    return users_module


def processes():
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


def test_processes_give_the_same_results(module):
    settings = grid(learning_rate=[0.001, 0.01, 0.1], seed=[0, 1])
    serial = search(module.train, settings)
    with processes() as executor:
        assert bits(search(module.train, settings, executor=executor)) == bits(serial)
        stacked = search(
            module.train,
            settings,
            stacked=["learning_rate", "seed"],
            max_stack=4,
            executor=executor,
        )
    assert bits(stacked) == bits(serial)


def test_a_worker_that_dies_ends_the_pool_and_the_file_lets_the_search_go_on(module, tmp_path):
    settings = grid(learning_rate=[0.001, 0.01], seed=[0, 1], deadly=[False])
    settings.insert(2, {"learning_rate": 0.1, "seed": 0, "deadly": True})
    file = tmp_path / "results.jsonl"
    with processes() as executor:
        results = search(module.train, settings, stacked=["seed"], executor=executor, file=file)
        again = search(module.train, settings[:1], executor=executor)  # ends too, at once
    assert results[2].status == "failed"
    assert results[2].error.startswith("BrokenProcessPool: ")
    assert {trial.status for trial in results} <= {"ok", "failed"}
    assert again[0].error.startswith("BrokenProcessPool: ")
    harmless = [one for one in settings if not one["deadly"]]
    assert bits(search(module.train, harmless, file=file)) == bits(search(module.train, harmless))


def test_a_function_that_cannot_be_sent_is_said_of_every_trial():
    with processes() as executor:
        results = search(lambda rate: rate, grid(rate=[0.1, 0.2]), executor=executor)
    assert [trial.status for trial in results] == ["failed", "failed"]
    assert "pickle" in results[0].error.lower() or "lambda" in results[0].error


class OneByOne(ThreadPoolExecutor):
    """An executor whose worker dies with every task of more than one trial, or of rate 13."""

    def __init__(self):
        super().__init__(1)
        self.tasks = 0

    def submit(self, task):
        self.tasks += 1
        rates = [one["rate"] for one in task.args[-1]]
        if len(rates) > 1 or rates == [13]:
            lost = Future()
            lost.set_exception(ConnectionError("worker died"))
            return lost
        return super().submit(task)


@pytest.mark.parametrize(("stacked", "tasks"), [(["rate"], 1 + 3), ([], 3 + 1)])
def test_lost_trials_are_tried_once_more_one_by_one(stacked, tasks):
    with OneByOne() as executor:
        results = search(parabola, grid(rate=[1, 13, 2]), stacked=stacked, executor=executor)
    assert executor.tasks == tasks
    assert [trial.status for trial in results] == ["ok", "failed", "ok"]
    assert results[1].error == "ConnectionError: worker died"


# What goes wrong -----------------------------------------------------------------------------


def moody(rate, seed):
    """Fails for rate 13, diverges for rate 99."""
    if np.any(np.equal(rate, 13)):
        raise ZeroDivisionError(f"rate {rate}")
    return np.where(np.equal(rate, 99), np.nan, rate + seed)[()]


@pytest.mark.parametrize("stacked", [[], ["rate"], ["rate", "seed"]])
@pytest.mark.parametrize("threads", [False, True])
def test_a_failing_trial_is_named_and_the_others_go_on(stacked, threads):
    settings = grid(rate=[1, 13, 99, 2], seed=[0, 1])
    with ThreadPoolExecutor(2) as executor:
        results = search(moody, settings, stacked=stacked, executor=executor if threads else None)
    expected = ["ok", "ok", "failed", "failed", "diverged", "diverged", "ok", "ok"]
    assert [trial.status for trial in results] == expected
    assert results[3].settings == {"rate": 13, "seed": 1}
    assert results[3].error == "ZeroDivisionError: rate 13"
    assert results[3].scores == {}
    assert math.isnan(results[4].scores["score"])
    assert results[4].error is None
    assert results.best().settings == {"rate": 2, "seed": 1}


@pytest.mark.parametrize(
    "scores", [math.nan, math.inf, -math.inf, {"accuracy": 0.9, "loss": math.inf}]
)
def test_any_score_that_is_not_finite_means_diverged(scores):
    (trial,) = search(lambda rate: scores, [{"rate": 1}])
    assert trial.status == "diverged"


def test_a_network_that_diverges_is_recorded_without_a_warning():
    def train(learning_rate):
        seed = np.zeros(len(learning_rate), int) if np.ndim(learning_rate) else 0
        net = Sequential(Dense(2, 4), Activation(relu), Dense(4, 1), seed=seed)
        history = fit(net, MeanSquaredError(), SGD(learning_rate), X, Y, epochs=20)
        return history.train["loss"][-1]

    settings = grid(learning_rate=[0.1, 1e20, 0.01])
    for stacked in ([], ["learning_rate"]):
        results = search(train, settings, stacked=stacked, maximize=False)
        assert [trial.status for trial in results] == ["ok", "diverged", "ok"]
        assert results.best().settings == {"learning_rate": 0.1}


def test_stacking_what_only_works_alone_is_told():
    def train(rate):
        return float(rate)  # no array of several fits

    with pytest.warns(RuntimeWarning, match=r"could not be trained together \(TypeError") as record:
        results = search(train, grid(rate=[1, 2, 3, 4]), stacked=["rate"], max_stack=2)
    assert len(record) == 1
    assert [trial.scores["score"] for trial in results] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("returned", "error"),
    [
        (None, "TypeError: train: expected a number as 'score', got None"),
        ("0.9", "TypeError: train: expected a number as 'score', got '0.9'"),
        ({}, "ValueError: train: expected the score None in the result, got []"),
        ([0.1, 0.2], "ValueError: train: expected a number as 'score', got shape (2,)"),
        ({"a": 1.0, "b": None}, "TypeError: train: expected a number as 'b', got None"),
        (1j, "TypeError: train: expected a number as 'score', got 1j"),
    ],
)
def test_what_is_no_score_fails_the_trial(returned, error):
    (trial,) = search(lambda rate: returned, [{"rate": 1}])
    assert trial.error == error


@pytest.mark.parametrize("returned", [0.5, np.zeros(3), np.zeros((2, 1))])
def test_a_stack_must_return_one_score_for_each_trial(returned):
    def train(rate):
        return returned if np.ndim(rate) else 0.0

    with pytest.warns(RuntimeWarning, match="expected 2 numbers, one for each trial, as 'score'"):
        search(train, grid(rate=[1, 2]), stacked=["rate"])


def test_a_score_that_is_asked_for_and_missing_fails_the_trial():
    (trial,) = search(lambda rate: {"loss": 1.0}, [{"rate": 1}], score="accuracy")
    assert (
        trial.error
        == "ValueError: train: expected the score 'accuracy' in the result, got ['loss']"
    )


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"train": 3}, TypeError, "train: expected a function, got 3"),
        ({"settings": []}, ValueError, "settings: expected at least one trial, got none"),
        (
            {"settings": {"rate": 1}},
            TypeError,
            "expected a list of dicts, as from grid, got 'rate'",
        ),
        (
            {"settings": [{"rat": 1}]},
            TypeError,
            r"train: expected a function of rat, got one of \(ra",
        ),
        ({"settings": [{"rate": 1}, {"shift": 1}]}, ValueError, r"got \['rate'\] and \['shift'\]"),
        ({"stacked": "rate"}, TypeError, r"stacked: expected a list of names, such as \['rate'\]"),
        (
            {"stacked": ["seed"]},
            ValueError,
            r"stacked: expected names among \['rate'\], got 'seed'",
        ),
        ({"stacked": ["rate"], "settings": [{"rate": "1"}]}, TypeError, "64 bits as rate, got '1'"),
        ({"stacked": ["rate"], "settings": [{"rate": True}]}, TypeError, "got True"),
        ({"stacked": ["rate"], "settings": [{"rate": 2**70}]}, TypeError, "leave 'rate' out of"),
        ({"max_stack": 0}, ValueError, "max_stack: expected at least 1, got 0"),
        ({"max_stack": 2.5}, TypeError, "max_stack: expected an int, got 2.5"),
    ],
)
def test_what_is_refused_before_anything_runs(change, error, message):
    train = Recorded(parabola)
    with pytest.raises(error, match=message):
        search(**{"train": parabola, "settings": [{"rate": 1}], **change})
    assert train.calls == []


# Interrupted ---------------------------------------------------------------------------------


def interrupted(rate):
    if rate == 3:
        raise KeyboardInterrupt
    return float(rate)


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize("threads", [False, True])
def test_the_stop_button_keeps_what_was_finished(in_file, threads, tmp_path):
    file = tmp_path / "results.jsonl" if in_file else None
    pool = ThreadPoolExecutor(1)
    executor = pool if threads else None
    with pool, pytest.raises(SearchInterrupted) as caught:
        search(interrupted, grid(rate=[1, 2, 3, 4, 5]), executor=executor, file=file)
    assert isinstance(caught.value, KeyboardInterrupt)
    kept = [trial.settings["rate"] for trial in caught.value.results]
    # a thread may have gone on to 4 and 5 before the search heard of it
    assert kept in ([[1, 2], [1, 2, 4], [1, 2, 4, 5]] if threads else [[1, 2]])
    where = file or "this exception's `results`"
    expected = f"{len(kept)} of 5 trials are finished; they are in {where}"
    assert str(caught.value) == expected
    if in_file:
        train = Recorded(lambda rate: float(rate))
        search(train, grid(rate=[1, 2, 3, 4, 5]), file=file)
        assert {call["rate"] for call in train.calls} == {1, 2, 3, 4, 5} - set(kept)


def test_after_the_stop_button_waiting_tasks_are_cancelled():
    ran, stopped = [], Event()

    def train(rate):
        ran.append(rate)
        if rate != 3:
            stopped.wait(timeout=60)
        return interrupted(rate)

    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(SearchInterrupted):
            search(train, grid(rate=[3, 4, 5, 6]), executor=executor)
        stopped.set()
    assert ran in ([3], [3, 4])


# Progress ------------------------------------------------------------------------------------


def test_progress_is_told_after_each_trial():
    seen = []
    search(moody, grid(rate=[13, 99, 1, 3, 2], seed=[0]), progress=lambda *args: seen.append(args))
    assert [(done, total) for done, total, _ in seen] == [(k, 5) for k in range(1, 6)]
    assert [best and best.settings["rate"] for *_, best in seen] == [None, None, 1, 3, 3]


def test_progress_is_told_after_each_stack_and_follows_maximize():
    seen = []
    search(
        parabola, grid(rate=[1.0, 0.3, 0.2, 5.0, 0.4]), stacked=["rate"], max_stack=2,
        maximize=False, progress=lambda *args: seen.append(args),
    )  # fmt: skip
    assert [(done, best.settings["rate"]) for done, _, best in seen] == [(2, 1), (4, 5), (5, 5)]


def test_print_progress_writes_one_line_to_the_error_stream(capsys):
    search(parabola, grid(rate=[3.14159, 0.5]), progress=print_progress)
    output = capsys.readouterr()
    assert output.out == ""
    blank, first, second = output.err.split("\r")
    assert blank == ""
    assert first.rstrip() == "1/2 trials, best: rate=3.142: score -8.075"
    assert second.rstrip() == "2/2 trials, best: rate=0.5: score -0.04"
    assert len(first) == len(second.removesuffix("\n"))  # nothing is left of a longer line
    assert output.err.count("\n") == 1


def test_a_search_is_silent_by_default(capsys):
    search(moody, grid(rate=[13, 99, 1], seed=[0]))
    assert capsys.readouterr() == ("", "")
