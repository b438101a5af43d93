import math

import pytest

from nnlab.activations import relu
from nnlab.search import search
from nnlab.spaces import Choice, LogUniform, grid
from nnlab.trials import Results, Trial

OK = [
    Trial({"rate": 0.1, "units": 8}, {"accuracy": 0.9, "loss": 0.50}),
    Trial({"rate": 0.2, "units": 8}, {"accuracy": 0.8, "loss": 0.25}),
    Trial({"rate": 0.1, "units": 16}, {"accuracy": 0.9, "loss": 0.25}),
]
DIVERGED = Trial({"rate": 9.0, "units": 8}, {"accuracy": 1.0, "loss": math.nan})
FAILED = Trial({"rate": 9.0, "units": 16}, error="MemoryError: too much")
RESULTS = Results((DIVERGED, *OK, FAILED))
LOSSES = Results(RESULTS.trials, "loss", maximize=False)


def test_status():
    expected = ["diverged", "ok", "ok", "ok", "failed"]
    assert [trial.status for trial in RESULTS] == expected


def test_results_are_a_sequence():
    assert len(RESULTS) == 5
    assert RESULTS[1] is OK[0]
    assert RESULTS[-1] is FAILED
    assert RESULTS[1:3] == tuple(OK[:2])
    assert OK[1] in RESULTS


@pytest.mark.parametrize(
    ("results", "arguments", "ranks"),
    [
        (RESULTS, {}, [0, 2, 1]),
        (RESULTS, {"maximize": False}, [1, 0, 2]),
        (RESULTS, {"score": "loss", "maximize": False}, [1, 2, 0]),
        (RESULTS, {"score": "loss", "maximize": True}, [0, 1, 2]),
        (LOSSES, {}, [1, 2, 0]),
        (LOSSES, {"score": "accuracy", "maximize": True}, [0, 2, 1]),
    ],
)
def test_best_first_and_equal_ones_in_the_order_of_the_settings(results, arguments, ranks):
    assert results.ranked(**arguments) == [OK[k] for k in ranks]
    assert results.best(**arguments) is OK[ranks[0]]


def test_trials_without_the_score_are_left_out():
    other = Trial({"rate": 1.0, "units": 1}, {"other": 1.0})
    assert Results((other, *OK)).best("loss", maximize=True) is OK[0]
    assert Results((*OK, other)).ranked() == [OK[0], OK[2], OK[1]]


def test_an_unknown_score_is_told():
    with pytest.raises(
        ValueError, match=r"score: expected one of \['accuracy', 'loss'\], got 'f1'"
    ):
        RESULTS.best("f1")


def test_without_a_good_trial_there_is_no_best_one():
    with pytest.raises(
        ValueError, match="1 failed and 1 diverged; the first error: MemoryError: t"
    ):
        Results((DIVERGED, FAILED)).best()
    with pytest.raises(ValueError, match=r"none of the 1 trial\(s\) .* 0 failed and 1 diverged$"):
        Results((DIVERGED,)).best()
    assert Results((DIVERGED, FAILED)).ranked() == []


def test_columns_make_a_table():
    columns = RESULTS.columns()
    assert list(columns) == ["rate", "units", "accuracy", "loss", "status", "error"]
    assert columns["units"] == [8, 8, 8, 16, 16]
    assert columns["accuracy"][:4] == [1.0, 0.9, 0.8, 0.9]
    assert math.isnan(columns["accuracy"][4])
    assert columns["status"][3:] == ["ok", "failed"]
    assert columns["error"][3:] == [None, "MemoryError: too much"]
    assert Results(()).columns() == {"status": [], "error": []}


@pytest.mark.parametrize("name", ["rate", "status", "error"])
def test_columns_need_names_of_their_own(name):
    with pytest.raises(ValueError, match=rf"expected every name once, got \['{name}'\] twice"):
        Results((Trial({"rate": 1}, {name: 1.0}),)).columns()


@pytest.mark.parametrize(
    ("best_rate", "expected"),
    [(0.5, {}), (1e-4, {"rate": "low"}), (0.99, {"rate": "high"})],
)
def test_on_border(best_rate, expected):
    results = search(
        lambda rate, units: -abs(rate - best_rate) + 0 * units,
        grid(rate=[1e-4, 0.05, 0.5, 0.99], units=[16]),
    )
    space = {"rate": LogUniform(1e-4, 1.0), "units": Choice([8, 16, 32])}
    assert results.on_border(space) == expected
    assert results.on_border({"units": Choice([8, 16])}) == {"units": "high"}
    with pytest.raises(ValueError, match=r"space: expected names among \['rate', 'units'\], got"):
        results.on_border({"seed": Choice([0])})


def test_results_and_trials_show_what_matters():
    assert repr(RESULTS) == (
        "Results(5 trials: 3 ok, 1 diverged, 1 failed; "
        "best: rate=0.1, units=8: accuracy 0.9, loss 0.5)"
    )
    assert repr(Results((FAILED,))) == "Results(1 trials: 1 failed)"
    assert repr(Results(())) == "Results(0 trials: none)"
    assert str(FAILED) == "rate=9, units=16: MemoryError: too much"
    assert str(Trial({"activation": relu}, {"score": 1 / 3})) == "activation=relu: score 0.3333"


def test_the_direction_of_another_score_must_be_said():
    results = Results(
        (
            Trial({"rate": 0.1}, {"accuracy": 0.9, "loss": 0.3}),
            Trial({"rate": 0.2}, {"accuracy": 0.8, "loss": 0.2}),
        )
    )
    assert results.best().settings == results.best("accuracy").settings == {"rate": 0.1}
    with pytest.raises(ValueError, match="maximize: expected True if more loss is better"):
        results.best("loss")
    assert results.best("loss", maximize=False).settings == {"rate": 0.2}
