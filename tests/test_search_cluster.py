"""Search on a real cluster on this machine: a scheduler and two worker processes of Dask.

Needs the extra [cluster]; without it the tests are skipped.
"""

import os
import time

import numpy as np
import pytest

from nnlab.activations import relu, tanh
from nnlab.halving import successive_halving
from nnlab.layers import Activation, Dense
from nnlab.losses import BinaryCrossEntropy
from nnlab.metrics import accuracy
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.search import search
from nnlab.spaces import Choice, Integer, LogUniform, grid, random_settings
from nnlab.training import fit

pytestmark = pytest.mark.cluster

REASON = "needs the extra [cluster]: pip install nnlab[cluster]"
dask = pytest.importorskip("dask", reason=REASON)
distributed = pytest.importorskip("distributed", reason=REASON)

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


def notebook_function():
    """A function as a notebook has it: workers cannot import it, and it uses data beside it.

    A function made within another one, like those of a notebook, is sent by value.
    """
    x = np.random.default_rng(0).standard_normal((60, 2))
    y = (x[:, 0] * x[:, 1] > 0).astype(int)

    def train(units, activation, learning_rate, seed, epochs=3):
        net = Sequential(Dense(2, units), Activation(activation), Dense(units, 1), seed=seed)
        history = fit(
            net, BinaryCrossEntropy(), Adam(learning_rate), x[:40], y[:40], epochs=epochs,
            batch_size=16, validation=(x[40:], y[40:]), metrics={"accuracy": accuracy},
        )  # fmt: skip
        return {key: values[-1] for key, values in history.validation.items()}

    return train


def bits(results):
    return [
        (trial.settings, {name: score.hex() for name, score in trial.scores.items()}, trial.error)
        for trial in results
    ]


@pytest.fixture(scope="module")
def client():
    # Dask gives up a task after one lost worker, not three: harder, as innocent ones are hit too.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, processes=True, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.parametrize("options", [{}, {"pure": False}])
@pytest.mark.parametrize("stacked", [[], ["learning_rate", "seed"]])
def test_a_cluster_gives_the_results_of_this_process_bit_for_bit(client, stacked, options):
    train, seen = notebook_function(), []
    results = search(
        train,
        NETWORKS,
        stacked=stacked,
        max_stack=3,
        executor=client.get_executor(**options),
        progress=lambda done, total, best: seen.append((done, total)),
    )
    assert bits(results) == bits(search(train, NETWORKS))
    assert {trial.status for trial in results} == {"ok"}
    assert seen == sorted(seen)
    assert seen[-1] == (14, 14)


def test_both_workers_are_used_and_none_of_them_is_this_process(client, tmp_path):
    """Every trial signs with its process and waits until there are two signatures."""

    def train(rate):
        (tmp_path / str(os.getpid())).touch()
        patience = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 2:
            if time.monotonic() > patience:
                raise TimeoutError("the other worker was never seen")
            time.sleep(0.02)
        return os.getpid()

    results = search(train, grid(rate=range(6)), executor=client.get_executor())
    used = {trial.scores["score"] for trial in results}
    assert {trial.status for trial in results} == {"ok"}
    assert len(used) == 2
    assert os.getpid() not in used


def test_halving_and_a_results_file_work_on_a_cluster(client, tmp_path):
    train, file = notebook_function(), tmp_path / "results.jsonl"
    options = {"smallest": 1, "largest": 4, "factor": 2, "score": "loss", "maximize": False}
    there = successive_halving(
        train, NETWORKS, executor=client.get_executor(), file=file, **options
    )
    here = successive_halving(train, NETWORKS, **options)
    assert [bits(rung) for rung in there.rungs] == [bits(rung) for rung in here.rungs]
    content = file.read_text()
    assert content.count("\n") == 14 + 7 + 3
    again = successive_halving(train, NETWORKS, file=file, **options)
    assert [bits(rung) for rung in again.rungs] == [bits(rung) for rung in here.rungs]
    assert file.read_text() == content


def test_a_failing_trial_is_named_by_a_cluster_too(client):
    class CannotBeSentError(Exception):
        def __reduce__(self):
            raise TypeError("cannot be sent")

    def train(rate):
        if np.any(np.equal(rate, 13)):
            raise CannotBeSentError("rate 13")
        return rate * np.where(np.equal(rate, 99), np.nan, 1.0)

    for stacked in ([], ["rate"]):
        settings = grid(rate=[1, 13, 99, 2])
        results = search(train, settings, stacked=stacked, executor=client.get_executor())
        assert [trial.status for trial in results] == ["ok", "failed", "diverged", "ok"]
        assert results[1].error == "CannotBeSentError: rate 13"


@pytest.mark.parametrize("stacked", [[], ["rate"]])
def test_a_trial_that_kills_its_worker_is_named_and_the_others_go_on(client, stacked):
    def train(rate):
        if np.any(np.equal(rate, 13)):
            os._exit(1)
        return rate * 1.0

    results = search(
        train, grid(rate=[1, 2, 13, 3, 4]), stacked=stacked, executor=client.get_executor()
    )
    assert [trial.status for trial in results] == ["ok", "ok", "failed", "ok", "ok"]
    assert results[2].error.startswith("KilledWorker: ")
    assert results.best().scores == {"score": 4.0}


def test_a_trial_that_was_lost_with_its_worker_gets_a_second_try(client, tmp_path):
    lost = tmp_path / "lost"

    def train(rate):
        if not lost.exists():
            lost.touch()
            os._exit(1)
        return rate

    results = search(train, grid(rate=[5]), executor=client.get_executor())
    assert lost.exists()
    assert results.best().scores == {"score": 5.0}
