"""The capstone: one judge for every table, honest work keeps every point, nonsense a sentence."""

import inspect

import numpy as np
import pytest

from nnlab import datasets
from nnlab.baselines import majority_class, mean_value
from nnlab.datasets import Dataset
from nnlab.exercises import catalogue, check, lesson_10_capstone
from nnlab.exercises.lesson_10_capstone import HINTS, RECORDS, SEARCH, SPLIT, exercise, solved
from nnlab.exercises.lesson_10_project import (
    BUDGET,
    FRACTIONS,
    MARGINS,
    SPACE,
    print_report,
    project,
    rehearse,
    report_source,
    train_network,
)
from nnlab.exercises.proving import problems, run_solution
from nnlab.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from nnlab.metrics import accuracy, r_squared
from nnlab.scalers import Standardizer
from nnlab.spaces import random_settings
from nnlab.splits import three_way_split

TABLES = {
    data.name: data
    for data in (
        datasets.breast_cancer(),
        datasets.wine(),
        datasets.diabetes(),
        datasets.digits(),
    )
}
each_table = pytest.mark.parametrize("name", TABLES)


def my_project(x, y):
    """Do the whole project, as a learner would write it for any table with what the lesson has."""
    classes = len(np.unique(y)) if y.dtype.kind == "i" else 0
    score, base = (accuracy, majority_class) if classes else (r_squared, mean_value)
    if classes == 0:
        head, named, loss, outputs = "identity", "mean squared error", MeanSquaredError(), 1
    elif classes == 2:
        head, named, loss, outputs = "sigmoid", "binary cross-entropy", BinaryCrossEntropy(), 1
    else:
        head, named = "softmax", "categorical cross-entropy"
        loss, outputs = CategoricalCrossEntropy(), classes

    train, validation, test = three_way_split(y, FRACTIONS, SPLIT)
    scaler = Standardizer().fit(x[train])
    z = scaler.transform(x)
    trials, networks = [], []
    for seed, settings in enumerate(random_settings(SPACE, BUDGET, SEARCH)):
        predict = train_network(settings, seed, loss, outputs, z[train], y[train])
        found = score(y[validation], predict(z[validation]))
        trials.append({"settings": settings, "seed": seed, "validation": round(found, 4)})
        networks.append(predict)
    chosen = int(np.argmax([trial["validation"] for trial in trials]))
    return {
        "task": {"head": head, "loss": named, "outputs": outputs},
        "split": SPLIT,
        "scaler": {"mean": scaler.mean[0], "scale": scaler.scale[0]},
        "baseline": score(y[validation], base(y[train], len(validation))),
        "trials": trials,
        "chosen": chosen,
        "test": round(score(y[test], networks[chosen](z[test])), 4),
    }


def complaint(function, data):
    verdict = rehearse(function, data).verdict
    return verdict.failure.said if verdict.failure else None


# Every table -------------------------------------------------------------------------------------


@each_table
def test_a_project_written_once_gets_every_point_on_every_table(name):
    verdict = rehearse(my_project, TABLES[name]).verdict
    assert (verdict.points, verdict.state) == (12, "right"), verdict.failure


@each_table
def test_the_records_of_the_solution_are_what_training_gives(name):
    report = my_project(TABLES[name].x, TABLES[name].y)
    validation, test = RECORDS[name]
    assert [trial["validation"] for trial in report["trials"]] == pytest.approx(validation)
    assert report["test"] == pytest.approx(test)
    assert report["chosen"] == solved(TABLES[name])["chosen"]
    assert report["baseline"] == pytest.approx(solved(TABLES[name])["baseline"], abs=1e-4)


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_the_exercise_with_another_table_keeps_every_promise(name):
    assert problems(exercise(TABLES[name]), seeds=range(1)) == []


def test_what_is_graded_is_one_line():
    lines = inspect.getsource(lesson_10_capstone).count("GRADED()")
    assert lines == 1
    assert catalogue.exercise("10.capstone").title == exercise(datasets.breast_cancer()).title
    assert set(MARGINS) == set(RECORDS) == set(TABLES)


def test_a_table_of_ones_own():
    toy = datasets.blobs(n=240, classes=3, spread=0.4, seed=1)
    own = Dataset("my own", toy.x, toy.y, toy.feature_names, toy.class_names, toy.target)
    assert rehearse(my_project, own).verdict.points == 12
    assert problems(exercise(own), seeds=range(1)) == []
    assert "0.05 above" in project(own).parts()[-1].title


# The text of a report ----------------------------------------------------------------------------


@each_table
def test_a_printed_report_earns_what_the_project_earns(name, capsys):
    data = TABLES[name]
    report = my_project(data.x, data.y)
    print_report(report)
    scope = {}
    exec(capsys.readouterr().out, scope)  # without nnlab and even without NumPy
    verdict = rehearse(scope["capstone"], data).verdict
    assert verdict.points == 12
    assert all(len(line) < 220 for line in report_source(report).splitlines())


def test_a_report_with_rows_and_arrays_can_be_printed():
    report = {
        "split": {"train": np.arange(20), "validation": [20, 21], "test": (22,)},
        "scaler": {"mean": np.float64(1.23456789), "scale": [1.23456789, 2]},
        "trials": None,
        "chosen": np.int64(3),
        "note": "a sentence",
    }
    scope = {}
    exec(report_source(report, "report"), scope)
    assert scope["report"](None, None) == {
        "split": {"train": list(range(20)), "validation": [20, 21], "test": [22]},
        "scaler": {"mean": 1.23456789, "scale": [1.23457, 2]},
        "trials": None,
        "chosen": 3,
        "note": "a sentence",
    }


def test_what_is_no_report_cannot_be_printed():
    with pytest.raises(TypeError, match=r"print_report\(my_project\(data.x, data.y\)\)"):
        print_report(None)


def test_the_solution_is_such_a_text_and_gets_every_point():
    function = run_solution(catalogue.exercise("10.capstone"))
    assert check("10.capstone", function) == 12


# Faults ------------------------------------------------------------------------------------------


def test_every_fault_is_named_and_costs_no_more_than_what_hangs_on_it():
    data = TABLES["breast_cancer"]
    said = {}
    for build in HINTS:
        verdict = rehearse(lambda x, y, build=build: build(data), data).verdict
        assert 4 <= verdict.points < 12, build.__name__
        said[build.__name__] = verdict.failure.said
    assert len(set(said.values())) == len(said) >= 8
    assert "those of all 569 rows" in said["_fitted_the_scaler_on_all_rows"]
    assert "on the test part" in said["_searched_on_the_test_part"]
    assert "is the best on the validation part" in said["_chose_by_the_test_part"]
    assert "the budget is 12" in said["_went_on_searching"]
    assert "validation and in the test part" in said["_validated_on_the_test_part"]


def test_a_weak_network_fails_the_goal_alone():
    data = TABLES["breast_cancer"]
    verdict = rehearse(lambda x, y: lesson_10_capstone._hardly_trained(data), data).verdict
    assert verdict.points == 10
    assert [part.state for part in verdict.parts] == ["right"] * 8 + ["wrong"]


NONSENSE = {
    "None in it": {"task": None},
    "text": "0.95",
    "number": 0.95,
    "NaN": float("nan"),
    "True": True,
    "empty dict": {},
    "empty list": [],
    "empty array": np.empty((0, 3)),
    "wrong keys": {1: 2},
    "long list": [0.5] * 10_000,
    "nested": [[[[[1.0]]]]],
    "half a report": {"task": {"head": "sigmoid"}, "trials": [{}] * 500, "chosen": -1},
    "arrays": dict.fromkeys(("task", "split", "scaler", "trials", "test"), np.ones(3)),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_gets_a_sentence(name):
    verdict = rehearse(lambda x, y: NONSENSE[name], TABLES["wine"]).verdict
    assert verdict.points == 0
    assert 10 < len(verdict.failure.said) < 600


@pytest.mark.parametrize("name", NONSENSE)
def test_nonsense_of_the_warm_up_gets_a_sentence(name):
    score = check("10.pick", lambda validation, test: NONSENSE[name])
    assert score == 0
    assert score.verdict.failure.said


# The rehearsal -----------------------------------------------------------------------------------


def test_a_rehearsal_calls_the_project_once_and_says_that_it_counts_nowhere():
    calls = []

    def once(x, y):
        calls.append(x.shape)
        return solved(TABLES["wine"])

    shown = rehearse(once, TABLES["wine"])
    assert calls == [(178, 13)]
    for text in (repr(shown), shown._repr_html_()):
        assert "Rehearsal: wine" in text
        assert "count" in text
        assert "nowhere" in text


def test_what_is_not_written_yet_is_not_attempted():
    def stub(x, y):
        raise NotImplementedError

    shown = rehearse(stub, TABLES["wine"])
    assert shown.verdict.state == "not attempted"
    assert "`stub`" in repr(shown)


def test_an_error_in_the_project_is_told():
    def broken(x, y):
        return x[10**6]

    assert complaint(broken, TABLES["wine"]).startswith("your function stopped with IndexError")


def test_a_lambda_has_a_name_too():
    assert rehearse(lambda x, y: None, TABLES["wine"]).verdict.entry == "my_project"


@pytest.mark.parametrize(
    ("function", "data", "words"),
    [({"a": 1}, datasets.wine(), "expected your function itself"), (my_project, "wine", "wine()")],
)
def test_a_rehearsal_of_something_else_is_refused(function, data, words):
    with pytest.raises(TypeError) as refused:
        rehearse(function, data)
    assert words in str(refused.value)


# Handing in --------------------------------------------------------------------------------------


REPORT = solved(TABLES["breast_cancer"])


def _calls_the_project(x, y):
    return my_project(x, y)


def _reads_what_another_cell_found(x, y):
    return REPORT


def _keeps_it_as_a_default(x, y, report=REPORT):
    return report


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (my_project, "`accuracy`, `majority_class`"),
        (_calls_the_project, "`accuracy` (by way of `my_project`)"),
        (_reads_what_another_cell_found, "`REPORT` from outside"),
        (_keeps_it_as_a_default, "`report` from outside"),
    ],
)
def test_a_report_that_could_not_be_marked_earns_nothing_in_the_notebook_either(function, named):
    score = check("10.capstone", function)
    assert score == 0
    assert named in score.verdict.failure.said
    assert "print_report(my_project(data.x, data.y))" in score.verdict.failure.said


def test_a_report_with_numpy_and_helpers_can_be_marked():
    report = run_solution(catalogue.exercise("10.capstone"))(None, None)
    source = f"""
def mean(values):
    return np.mean(values, axis=0)

def capstone(x, y):
    report = {report!r}
    return report | {{"note": str(mean(x).shape)}}
"""
    scope = {"np": np}
    exec(source, scope)
    assert check("10.capstone", scope["capstone"]) == 12


# Points ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "table"),
    [
        ("_searched_on_the_test_part", "breast_cancer"),
        (
            "_chose_by_the_test_part",
            "diabetes",
        ),  # on the other no trial is better in the test alone
        ("_tested_every_trial", "breast_cancer"),
        ("_validated_on_the_test_part", "breast_cancer"),
        ("_trained_on_all_rows", "breast_cancer"),
    ],
)
def test_a_test_part_used_before_the_end_costs_a_third_or_more(build, table):
    data = TABLES[table]
    found = getattr(lesson_10_capstone, build)(data)
    assert rehearse(lambda x, y: found, data).verdict.points <= 8


def test_one_example_on_another_machine_costs_nothing_and_an_invented_score_does():
    data = TABLES["breast_cancer"]
    one = 1 / len(project(data).split(SPLIT).test)
    for sign in (-1, 1):
        for digits in (2, 4, 8):
            report = solved(data)
            report["test"] = round(report["test"] + sign * one, digits)
            for trial in report["trials"]:
                trial["validation"] = round(trial["validation"] - sign * one, digits)
            report["chosen"] = int(np.argmax([t["validation"] for t in report["trials"]]))
            assert complaint(lambda x, y, found=report: found, data) is None
        invented = solved(data)
        invented["test"] += sign * 2 * one
        assert "trained again" in complaint(lambda x, y, found=invented: found, data)
