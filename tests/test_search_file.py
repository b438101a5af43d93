import json
import math
import re
import signal
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from nnlab.activations import relu, tanh
from nnlab.optimizers import SGD, Adam
from nnlab.search import search
from nnlab.spaces import grid


class Counting:
    """Scores a rate by a fixed rule and keeps which ones it was asked for."""

    def __init__(self, scores=lambda rate: 1 / (3 * rate)):
        self.scores, self.rates = scores, []

    def __call__(self, rate):
        self.rates.append(rate)
        return self.scores(rate)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "results.jsonl"


def lines(file):
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_one_line_for_each_finished_trial(file):
    search(Counting(), grid(rate=[0.1, 2]), file=file)
    assert lines(file) == [
        {
            "settings": {"rate": 0.1},
            "status": "ok",
            "scores": {"score": 1 / (3 * 0.1)},
            "error": None,
        },
        {"settings": {"rate": 2}, "status": "ok", "scores": {"score": 1 / 6}, "error": None},
    ]
    assert file.read_bytes().endswith(b"}\n")


def test_lines_are_there_as_soon_as_a_trial_is_finished(file):
    seen = []
    search(
        Counting(), grid(rate=[1, 2, 3]), file=str(file),
        progress=lambda *_: seen.append(len(lines(file))),
    )  # fmt: skip
    assert seen == [1, 2, 3]


def test_the_same_search_again_runs_nothing_and_returns_the_same_bits(file):
    rng = np.random.default_rng(0)
    settings = [{"rate": rate} for rate in (*rng.random(20) * 10.0 ** rng.integers(-9, 9, 20), 3)]
    first = search(Counting(), settings, file=file)
    before = file.read_bytes()
    train = Counting()
    again = search(train, settings[::-1], file=str(file))  # order is that of the new call
    assert train.rates == []
    assert file.read_bytes() == before
    assert again.columns() == {name: row[::-1] for name, row in first.columns().items()}
    assert all(type(trial.settings["rate"]) in (float, int) for trial in again)


def test_a_longer_search_runs_only_what_is_new(file):
    search(Counting(), grid(rate=[1, 2]), file=file)
    train, seen = Counting(), []
    results = search(
        train,
        grid(rate=[3, 2, 1, 4]),
        file=file,
        stacked=[],
        progress=lambda *a: seen.append(a[:2]),
    )
    assert train.rates == [3, 4]
    assert [trial.scores["score"] for trial in results] == [1 / 9, 1 / 6, 1 / 3, 1 / 12]
    assert seen == [(2, 4), (3, 4), (4, 4)]
    assert len(search(Counting(), grid(rate=[4]), file=file)) == 1


def test_a_repeated_setting_runs_as_often_as_it_is_listed(file):
    train = Counting()
    search(train, grid(rate=[1, 1]), file=file)
    search(train, grid(rate=[1, 1, 1]), file=file)
    assert train.rates == [1, 1, 1]
    assert len(lines(file)) == 3


def test_numbers_of_another_type_are_other_settings(file):
    search(Counting(), [{"rate": 1}], file=file)
    train = Counting()
    search(train, [{"rate": 1.0}], file=file)
    search(train, [{"rate": True}], file=file)
    assert [type(rate) for rate in train.rates] == [float, bool]


def test_scores_that_are_not_finite_survive_and_failed_trials_are_run_again(file):
    outcomes = {1: math.nan, 2: math.inf, 3: -math.inf, 4: 1.0}

    def scores(rate):
        return outcomes[rate]

    settings = grid(rate=[1, 2, 3, 4, 5])
    first = search(Counting(scores), settings, file=file)
    for line in file.read_text().splitlines():
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert [line["status"] for line in lines(file)] == ["diverged"] * 3 + ["ok", "failed"]
    assert first[4].error == "KeyError: 5"

    outcomes[5] = 5.0
    train = Counting(scores)
    again = search(train, settings, file=file)
    assert train.rates == [5]
    values = [trial.scores["score"] for trial in again]
    assert math.isnan(values[0])
    assert values[1:] == [math.inf, -math.inf, 1.0, 5.0]
    assert search(train, settings, file=file)[4].scores == {"score": 5.0}
    assert train.rates == [5]


def test_functions_classes_lists_and_numpy_numbers_are_found_again(file):
    settings = [
        {"activation": relu, "optimizer": Adam, "units": [8, np.int64(4)], "clip": None, "lr": 0.1},
        {
            "activation": tanh,
            "optimizer": SGD,
            "units": (8,),
            "clip": math.inf,
            "lr": np.float32(2),
        },
    ]
    calls = []

    def train(activation, optimizer, units, clip, lr):
        calls.append((activation, optimizer))
        return lr

    first = search(train, settings, file=file)
    assert lines(file)[0]["settings"] == {
        "activation": "nnlab.activations.relu",
        "optimizer": "nnlab.optimizers.Adam",
        "units": [8, 4],
        "clip": None,
        "lr": 0.1,
    }
    again = search(train, settings, file=file)
    assert again.columns() == first.columns()
    assert again[0].settings["activation"] is relu
    assert len(calls) == 2


@pytest.mark.parametrize("value", [lambda x: x, object(), SGD(0.1), {1: 2}, 1j])
def test_what_could_not_be_found_again_is_refused_before_anything_runs(value, file):
    train = Counting()
    with pytest.raises(TypeError, match=r"settings: rate = .* cannot be found again in a results"):
        search(train, [{"rate": value}], file=file)
    assert train.rates == []
    assert search(lambda rate: 1.0, [{"rate": value}]).best().scores == {"score": 1.0}


def test_a_file_without_the_score_that_is_asked_for_does_not_count(file):
    search(lambda rate: {"loss": 1.0}, [{"rate": 1}], file=file)
    results = search(
        lambda rate: {"loss": 2.0, "accuracy": 0.5}, [{"rate": 1}], file=file, score="accuracy"
    )
    assert results.best().scores == {"loss": 2.0, "accuracy": 0.5}


GOOD = b'{"settings": {"rate": 1}, "status": "ok", "scores": {"score": 7.0}, "error": null}\n'


@pytest.mark.parametrize("cut", [1, 5, 20, 40, len(GOOD) - 3])
def test_a_half_written_last_line_is_dropped(file, cut):
    file.write_bytes(GOOD + GOOD.replace(b"1}", b"2}")[:cut])
    train = Counting()
    results = search(train, grid(rate=[1, 2]), file=file)
    assert train.rates == [2]
    assert [trial.scores["score"] for trial in results] == [7.0, 1 / 6]
    assert [line["settings"]["rate"] for line in lines(file)] == [1, 2]


def test_a_last_line_that_lacks_only_its_line_break_counts(file):
    file.write_bytes(GOOD + GOOD.replace(b"1}", b"2}")[:-1])
    train = Counting()
    search(train, grid(rate=[1, 2, 3]), file=file)
    assert train.rates == [3]
    assert [line["settings"]["rate"] for line in lines(file)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GOOD[:30] + b"\n" + GOOD, 'line 1: expected a finished trial, got \'{"settings"'),
        (GOOD + b"\n" + GOOD, "line 2: expected a finished trial, got ''"),
        (GOOD + b"rate,score\n1,2\n", "line 2: expected a finished trial, got 'rate,score'"),
        (b"dear diary", "line 1: expected a finished trial, got 'dear diary'"),
        (b"42", "line 1: expected a finished trial, got '42'"),
        (b"[1, 2]\n", "line 1: expected a finished trial"),
        (b"\xff\xfe\x00\n", "line 1: expected a finished trial"),
        (GOOD.replace(b"7.0", b'"high"'), "line 1: expected a finished trial"),
        (GOOD.replace(b"7.0", b"null"), "line 1: expected a finished trial"),
        (GOOD.replace(b'"error"', b'"mistake"'), "line 1: expected a finished trial"),
        (
            GOOD + GOOD.replace(b"rate", b"units"),
            r"line 2 belongs to another search: expected the ",
        ),
        (GOOD[:-1] + GOOD, "line 1: expected a finished trial"),
    ],
)
def test_any_other_damage_is_told_and_nothing_is_changed(file, content, message):
    file.write_bytes(content)
    train = Counting()
    expected = re.escape(f"{file}, ") + message
    with pytest.raises(ValueError, match=expected):
        search(train, grid(rate=[1, 2]), file=file)
    assert file.read_bytes() == content
    assert train.rates == []


def test_a_folder_that_is_not_there_is_told_before_anything_runs(tmp_path):
    train = Counting()
    with pytest.raises(FileNotFoundError):
        search(train, grid(rate=[1]), file=tmp_path / "nowhere" / "results.jsonl")
    assert train.rates == []


SCRIPT = textwrap.dedent(
    """
    import sys, time
    from nnlab.search import search
    from nnlab.spaces import LogUniform, random_settings

    calls = 0

    def train(rate):
        global calls
        calls += 1
        if calls > int(sys.argv[2]):
            time.sleep(600)
        print(rate, flush=True)
        return rate ** 0.1

    settings = random_settings({"rate": LogUniform(1e-6, 1.0)}, n=12, seed=0)
    results = search(train, settings, file=sys.argv[1])
    print("END", [trial.scores["score"].hex() for trial in results])
    """
)


def script(file, hangs_after):
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(file), str(hangs_after)],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_a_killed_search_goes_on_where_it_was(file, tmp_path):
    with script(tmp_path / "whole.jsonl", 12) as whole:
        *all_rates, expected = whole.stdout.read().splitlines()
    assert len(all_rates) == 12

    with script(file, 4) as first:
        limit = time.monotonic() + 60
        while not (file.exists() and file.read_bytes().count(b"\n") == 4):
            assert time.monotonic() < limit
            time.sleep(0.01)
        first.kill()
        assert "END" not in first.stdout.read()
    assert first.returncode == -signal.SIGKILL
    kept = [repr(line["settings"]["rate"]) for line in lines(file)]
    assert len(kept) == 4

    with script(file, 12) as second:
        *rates, end = second.stdout.read().splitlines()
    assert kept + rates == all_rates
    assert end == expected
