"""Judging a capstone by its process: honest reports keep every point, each fault costs its own."""

import copy

import numpy as np
import pytest

from nnlab.datasets import breast_cancer, diabetes, wine
from nnlab.exercises.answers import collect, plain
from nnlab.exercises.process import RULES, Process, train_dense
from nnlab.exercises.proving import problems
from nnlab.exercises.specification import Exercise, Mistake
from nnlab.exercises.verdict import judge
from nnlab.scalers import Standardizer
from nnlab.spaces import Choice, Integer, LogUniform, Uniform

SPACE = {
    "units": Integer(1, 32),
    "learning_rate": LogUniform(1e-3, 1.0),
    "weight_decay": Uniform(0.0, 1.0),
    "epochs": Choice([20, 50, 100]),
}
TRIED = [(8, 0.01, 50), (16, 0.03, 100), (32, 0.1, 100), (2, 0.01, 20), (4, 1.0, 50)]
TRIALS = [
    ({"units": units, "learning_rate": rate, "weight_decay": 0.01, "epochs": epochs}, seed)
    for seed, (units, rate, epochs) in enumerate(TRIED)
]


def capstone(data):
    """Return a toy capstone; the data set is the one line that changes."""
    return Process(data, train_dense, SPACE, budget=6, margin=0.3)


CAPSTONES = {data.name: capstone(data) for data in (wine(), diabetes())}


def complaints(process, report):
    """Return what is said about a report, by rule."""
    (case,) = process.cases(np.random.default_rng(0))
    said = {
        rule: part.judge(case, plain(report))
        for rule, part in zip(RULES, process.parts(), strict=True)
    }
    return {rule: sentence for rule, sentence in said.items() if sentence is not None}


@pytest.fixture(params=CAPSTONES)
def process(request):
    return CAPSTONES[request.param]


@pytest.fixture
def report(process):
    return process.report(TRIALS, split=3)


def run_again(process, report, **changes):
    """Return a report of someone who did this throughout: its scores are those it leads to.

    The scores are found as a learner would, with the public training function.
    """
    report |= changes
    x, y = process.data.x, process.data.y
    parts = {name: np.array(rows) for name, rows in report["split"].items()}
    x = (x - np.array(report["scaler"]["mean"])) / np.array(report["scaler"]["scale"])
    sets = {name: (x[rows], y[rows]) for name, rows in parts.items()}
    tested = []
    for trial in report["trials"]:
        predict = train_dense(
            trial["settings"], trial["seed"], process.tasks[0], sets["train"], sets["validation"]
        )
        scores = {
            name: process.score(sets[name][1], predict(sets[name][0]))
            for name in ("validation", "test")
        }
        trial["validation"] = scores["validation"]
        tested.append(scores["test"])
    report["chosen"] = int(np.argmax([trial["validation"] for trial in report["trials"]]))
    report["test"] = tested[report["chosen"]]
    baseline = process.baseline or _usual_baseline(process)
    guess = baseline(y[parts["train"]], parts["validation"].size)
    report["baseline"] = process.score(y[parts["validation"]], guess)
    return report, tested


def _usual_baseline(process):
    if process.data.class_names:
        return lambda y, n: np.full(n, np.bincount(y).argmax())
    return lambda y, n: np.full(n, y.mean())


# Honest reports ---------------------------------------------------------------------------------


def test_an_honest_report_keeps_every_point(process, report):
    assert complaints(process, report) == {}


def test_work_done_without_the_builder_of_reports_keeps_every_point(process, report):
    again, _ = run_again(process, copy.deepcopy(report))
    assert complaints(process, again) == {}
    assert again["test"] == pytest.approx(report["test"], abs=1e-6)


def test_arrays_and_numbers_of_numpy_are_as_good_as_lists(process, report):
    report["split"] = {name: np.array(rows) for name, rows in report["split"].items()}
    report["scaler"] = {name: np.array(values) for name, values in report["scaler"].items()}
    report["test"], report["chosen"] = np.float64(report["test"]), np.int64(report["chosen"])
    for trial in report["trials"]:
        trial["validation"] = np.float64(trial["validation"])
        trial["settings"]["units"] = np.float64(trial["settings"]["units"])
    assert complaints(process, report) == {}


def test_the_seed_of_the_split_stands_for_its_rows(process, report):
    report["split"] = 3
    assert complaints(process, report) == {}
    report["split"] = 4
    assert {"scaler", "trials"} <= complaints(process, report).keys()


def test_rounded_numbers_are_right(process, report):
    report["baseline"] = round(report["baseline"], 2)
    report["test"] = round(report["test"], 2)
    report["scaler"] = {
        name: [float(f"{value:.5g}") for value in values]
        for name, values in report["scaler"].items()
    }
    for trial in report["trials"]:
        trial["validation"] = round(trial["validation"], 2)
    assert complaints(process, report) == {}


def test_the_spread_may_be_divided_by_one_less(process, report):
    n = len(report["split"]["train"])
    scale = [value * np.sqrt(n / (n - 1)) for value in report["scaler"]["scale"]]
    again, _ = run_again(process, report, scaler=report["scaler"] | {"scale": scale})
    assert complaints(process, again) == {}


def test_two_classes_may_be_told_apart_by_one_output_or_by_two():
    process = capstone(breast_cancer())
    for task, head in enumerate(("sigmoid", "softmax")):
        report = process.report(TRIALS, task=task)
        assert report["task"]["head"] == head
        assert complaints(process, report) == {}


@pytest.mark.parametrize(
    ("name", "head", "loss"),
    [
        ("wine", "Softmax", "CategoricalCrossEntropy"),
        ("wine", "softmax", "cross entropy"),
        ("diabetes", "linear", "MSE"),
        ("diabetes", "Identity", "mean_squared_error"),
    ],
)
def test_losses_go_by_several_names(name, head, loss):
    process = CAPSTONES[name]
    report = process.report(TRIALS)
    report["task"] |= {"head": head, "loss": loss}
    assert complaints(process, report) == {}


def test_a_trial_that_diverged_says_so():
    def explode(settings, seed, task, training, validation):
        if settings["learning_rate"] > 0.5:
            raise FloatingPointError("training diverged")
        return train_dense(settings, seed, task, training, validation)

    process = Process(wine(), explode, SPACE, budget=6, margin=0.3)
    report = process.report(TRIALS)
    assert report["trials"][4]["validation"] is None
    assert complaints(process, report) == {}
    report["trials"][4]["validation"] = float("nan")
    assert complaints(process, report) == {}
    report["trials"][4]["validation"] = 0.5
    assert "gives nothing, it diverged" in complaints(process, report)["trials"]


# Faults, each costing its own point -------------------------------------------------------------


def only(rule, process, report):
    """Return what is said about the one rule that a report breaks."""
    said = complaints(process, report)
    assert list(said) == [rule], said
    return said[rule]


def spoilt(process, report, *others):
    """Return what is said about the test part where it was used before the end: no goal either."""
    said = complaints(process, report)
    assert list(said) == [*others, "test", "goal"], said
    assert said["goal"] == said["test"]
    return said["test"]


def test_a_wrong_loss(process, report):
    report["task"]["loss"] = "binary cross-entropy"
    said = only("task", process, report)
    assert "binarycrossentropy" in said
    assert process.tasks[0].names[0] in said


def test_a_wrong_number_of_outputs(process, report):
    report["task"]["outputs"] = 2
    assert "2 output(s)" in only("task", process, report)


def test_overlapping_parts(process, report):
    row = report["split"]["test"][0]
    report["split"]["train"].append(row)
    right = Standardizer().fit(process.data.x[report["split"]["train"]])
    scaler = {"mean": right.mean[0].tolist(), "scale": right.scale[0].tolist()}
    report, _ = run_again(process, report, scaler=scaler)
    said = only("split", process, report)
    assert "1 row(s) are both in the train and in the test part" in said
    assert f"row {row};" in said


def test_a_row_twice_in_one_part(process, report):
    row = report["split"]["test"][0]
    report["split"]["test"].append(row)
    report, _ = run_again(process, report)
    assert f"row {row} is in the test part more than once" in only("split", process, report)


def test_rows_left_out(process, report):
    row = report["split"]["test"].pop()
    report, _ = run_again(process, report)
    said = only("split", process, report)
    assert f"1 row(s) are in none of the parts, the first is row {row}" in said


def test_a_test_part_of_a_few_rows(process, report):
    split = report["split"]
    split["train"], split["test"] = split["train"] + split["test"][8:], split["test"][:8]
    right = Standardizer().fit(process.data.x[split["train"]])
    scaler = {"mean": right.mean[0].tolist(), "scale": right.scale[0].tolist()}
    report, _ = run_again(process, report, scaler=scaler)
    assert (
        f"the test part has 8 of {len(process.data)} rows" in complaints(process, report)["split"]
    )


def test_a_split_that_forgets_the_classes():
    process = CAPSTONES["wine"]
    report = process.report(TRIALS)
    order = np.arange(178)  # the classes stand one after the other in this table
    train, validation, test = order[:106], order[106:142], order[142:]
    report["split"] = {"train": train, "validation": validation, "test": test}
    said = complaints(process, report)["split"]
    assert "class 0 (Barolo) makes up 33% of the table and 56% of the train part" in said


def test_groups_stay_together():
    data = diabetes()
    patients = np.array([f"p{i // 4}" for i in range(len(data))])
    process = Process(data, train_dense, SPACE, budget=6, margin=0.2, groups=patients)
    assert complaints(process, process.report(TRIALS, split=1)) == {}
    assert len(process.cases(np.random.default_rng(0))[0]) == 3
    report = capstone(data).report(TRIALS, split=1)
    said = complaints(process, report)
    assert list(said) == ["split"]
    assert "group p" in said["split"]
    assert "is both in the train and in the validation part" in said["split"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("train", "validation", "test"), "those of all"),
        (("train", "validation"), "the training and the validation part together"),
        (("test",), "those of the test part"),
    ],
)
def test_a_scaler_fitted_on_other_rows(process, report, parts, words):
    rows = np.concatenate([report["split"][part] for part in parts])
    leaky = Standardizer().fit(process.data.x[rows])
    scaler = {"mean": leaky.mean[0].tolist(), "scale": leaky.scale[0].tolist()}
    report, _ = run_again(process, report, scaler=scaler)
    assert words in only("scaler", process, report)


def test_a_scaler_with_one_wrong_number(process, report):
    report["scaler"]["mean"][2] *= 1.5
    report, _ = run_again(process, report)
    name = process.data.feature_names[2]
    assert f"{name!r} has mean" in only("scaler", process, report)


def test_no_scaler_costs_the_scaler_alone(process, report):
    del report["scaler"]
    assert only("scaler", process, report) == "the report has no entry 'scaler'"


def test_an_absurd_scaler_is_not_trained_with(process, report):
    report["scaler"]["scale"] = [1e-300] * process.data.x.shape[1]
    only("scaler", process, report)


def test_a_baseline_that_is_made_up(process, report):
    report["baseline"] += 0.1
    assert "the baseline, fitted on the training part" in only("baseline", process, report)


def test_a_baseline_measured_on_the_training_part():
    process = Process(breast_cancer(), train_dense, SPACE, budget=6, margin=0.3)
    report = process.report(TRIALS, split=0)
    y = process.data.y
    rows = report["split"]["train"][:340]
    report["split"]["train"] = [row for row in rows if y[row] == 0 or row % 9]
    share = np.mean(y[report["split"]["train"]] == 0)
    report["baseline"] = float(share)
    said = complaints(process, report)["baseline"]
    assert "which is its accuracy on the train part" in said


def test_another_baseline_may_be_asked_for():
    def four_fifths(y, n):
        return np.full(n, np.quantile(y, 0.8))

    process = Process(diabetes(), train_dense, SPACE, 6, 0.3, baseline=four_fifths)
    report = process.report(TRIALS)
    assert complaints(process, report) == {}
    assert report["baseline"] < -0.3


def test_a_validation_score_that_is_made_up(process, report):
    report["trials"][3]["validation"] += 0.1
    said = only("trials", process, report)
    assert "trials[3] reports a validation" in said
    assert "seed 3 gives" in said


def test_another_seed_than_the_one_used(process, report):
    report["trials"][3]["seed"] = 77
    assert "trials[3]" in only("trials", process, report)


def test_a_missing_seed(process, report):
    del report["trials"][3]["seed"]
    said = complaints(process, report)
    assert said["trials"] == "trials[3] has no 'seed'"
    assert not said.keys() & {"task", "split", "scaler", "baseline", "budget"}


def test_a_missing_setting(process, report):
    del report["trials"][3]["settings"]["epochs"]
    assert complaints(process, report)["trials"] == "the settings of trials[3] has no 'epochs'"


def test_the_test_part_in_the_search(process, report):
    report, tested = run_again(process, report)
    for trial, score in zip(report["trials"], tested, strict=True):
        trial["validation"] = score
    report["chosen"] = int(np.argmax(tested))
    report["test"] = tested[report["chosen"]]
    assert "used for the search" in spoilt(process, report, "trials")
    assert "on the test part" in complaints(process, report)["trials"]


def test_the_best_on_test_was_chosen():
    process = CAPSTONES["wine"]
    for seed in range(20):  # a split on which the two are not the same
        report, tested = run_again(process, process.report(TRIALS, split=seed))
        best = int(np.argmax(tested))
        scores = [trial["validation"] for trial in report["trials"]]
        if scores[best] < max(scores):
            break
    report["chosen"], report["test"] = best, tested[best]
    assert "the choice has used it up" in spoilt(process, report, "choice")
    said = complaints(process, report)["choice"]
    assert f"but you chose trials[{best}]" in said
    assert said.endswith("which is the best on the test part; nothing may be chosen by that")


def test_a_worse_trial_was_chosen(process, report):
    report, tested = run_again(process, report)
    report["chosen"], report["test"] = 3, tested[3]
    said = complaints(process, report)
    assert said.keys() <= {"choice", "goal"}
    assert "but you chose trials[3]" in said["choice"]


def test_too_many_trials(process):
    extra = [(TRIALS[0][0], seed) for seed in range(10, 12)]
    report = process.report([*TRIALS, *extra])
    assert "7 trials, and the budget is 6" in only("budget", process, report)


def test_a_test_score_for_every_trial(process, report):
    for trial in report["trials"]:
        trial["test"] = 0.5
    assert "trials[0] holds another score of the test part" in spoilt(process, report)


def test_several_test_scores(process, report):
    report["test"] = [report["test"]] * 5
    assert "'test' holds 5 value(s)" in spoilt(process, report)


def test_test_scores_under_another_name(process, report):
    report["test_of_all"] = [0.5, 0.6]
    assert "'test_of_all' holds another score" in spoilt(process, report)
    del report["test_of_all"]
    report["latest"] = "a note"
    assert complaints(process, report) == {}


def test_a_test_score_that_is_made_up(process, report):
    report["test"] = 0.123
    said = only("test", process, report)
    assert "the report says a test" in said
    assert "of 0.123" in said


def test_the_test_score_of_another_trial(process, report):
    report, tested = run_again(process, report)
    report["test"] = tested[3]
    said = only("test", process, report)
    assert said.endswith(f"{tested[3]:.4g} is that of trials[3]")


def test_a_result_below_the_goal(process):
    weak = ({"units": 1, "learning_rate": 0.001, "weight_decay": 0.5, "epochs": 20}, 0)
    report = process.report([weak])
    said = only("goal", process, report)
    assert "the goal is 0.3 more than the baseline" in said


# Hostile reports --------------------------------------------------------------------------------

NESTED = [[[["x"]]]]


def _hostile():
    def change(*path):
        def apply(report, value):
            for step in path[:-1]:
                report = report[step]
            report[path[-1]] = value

        return apply

    numbers = [float("nan"), float("inf"), -1, 2**62, 1e308, True, None, "1", "x" * 9999, NESTED]
    values = [*numbers, [], {}, np.zeros((3, 3)), np.zeros(0), {"a": 1}, np.array(np.nan)]
    first = ("trials", 0)
    for path in [
        ("task",), ("task", "head"), ("task", "outputs"), ("split",), ("split", "train"),
        ("split", "test"), ("scaler",), ("scaler", "mean"), ("scaler", "scale"), ("baseline",),
        ("trials",), first, (*first, "settings"), (*first, "settings", "units"),
        (*first, "settings", "epochs"), (*first, "seed"), (*first, "validation"), ("chosen",),
        ("test",),
    ]:  # fmt: skip
        for value in values:
            yield ".".join(map(str, path)), change(*path), value
    yield "rows of float", change("split", "train"), [0.0, 1.0]
    yield "rows of several lengths", change("split", "train"), [[1, 2], [3]]
    yield "a row that does not exist", change("split", "train"), [10**6]
    yield "a negative row", change("split", "train"), [-1]
    yield "too many rows", change("split", "train"), list(range(90_000))
    yield "many trials", change("trials"), [{}] * 60_000
    yield "width", change("trials", 0, "settings", "units"), 10**9
    yield "epochs", change("trials", 0, "settings", "epochs"), 10**9


HOSTILE = list(_hostile())


@pytest.mark.parametrize("name", CAPSTONES)
def test_hostile_entries_are_refused_by_a_sentence(name):
    process = CAPSTONES[name]
    honest = process.report(TRIALS)
    unharmful = []
    for what, change, value in HOSTILE:
        report = copy.deepcopy(honest)
        change(report, value)
        said = complaints(process, report)
        if not said:
            unharmful.append((what, value))
        assert all(len(sentence) < 600 for sentence in said.values()), what
    assert not unharmful


@pytest.mark.parametrize("returned", [None, 3, [], "report", {}, {"trials": 3}, np.zeros(3)])
def test_what_is_no_report_earns_nothing(process, returned):
    assert complaints(process, returned).keys() == set(RULES)


def test_width_and_epochs_are_bounded_before_anything_is_trained(report):
    trained = []

    def train(settings, *rest):
        trained.append(settings)
        return train_dense(settings, *rest)

    process = Process(wine(), train, SPACE, budget=6, margin=0.3)
    report = process.report(TRIALS)
    trained.clear()
    report["trials"][2]["settings"]["units"] = 10**9
    said = complaints(process, report)
    assert (
        "trials[2]: units = 1000000000 is not among the settings to choose from" in (said["trials"])
    )
    assert not trained


def test_training_again_is_bounded_by_the_budget():
    trained = []

    def train(settings, *rest):
        trained.append(settings)
        return train_dense(settings, *rest)

    trials = [({**TRIALS[0][0], "units": units}, 0) for units in range(1, 21)]
    report = Process(wine(), train, SPACE, budget=20, margin=0.3).report(trials)
    for repeats, budget, most in ((None, 6, 6), (3, 20, 4), (3, 2, 2)):
        process = Process(wine(), train, SPACE, budget, margin=0.3, repeats=repeats)
        trained.clear()
        complaints(process, report)
        assert len(trained) == most
        assert report["trials"][report["chosen"]]["settings"] in trained
    before = list(trained)
    trained.clear()
    complaints(Process(wine(), train, SPACE, 2, margin=0.3, repeats=3), report)
    assert trained == before


@pytest.mark.parametrize(
    ("path", "value", "rule", "words"),
    [
        (("split", "train"), list(range(9000)), "split", "from 1 to 178 rows, but it has 9000"),
        (("split", "test"), [], "split", "from 1 to 178 rows, but it has 0"),
        (("split", "test"), [3, -1], "split", "names row -1, and the table has rows 0 to 177"),
        (("split", "test"), [3, 178], "split", "names row 178"),
        (("scaler", "scale"), [0.0] * 13, "scaler", "must be above 0"),
        (("scaler", "mean"), [float("nan")] * 13, "scaler", "must be 13 finite numbers"),
        (("scaler", "mean"), [1.0] * 12, "scaler", "must have 13 numbers"),
        (("trials", 1, "validation"), float("inf"), "trials", "score of trials[1] must be"),
        (("trials", 1, "seed"), -1, "trials", "the seed of trials[1] must be"),
        (("trials", 1, "settings", "momentum"), 0.9, "trials", "have 'momentum'; expected units"),
        (("baseline",), float("nan"), "baseline", "'baseline' must be one finite number"),
        (("chosen",), 5, "choice", "from 0 to 4, but it is 5"),
        (("trials",), TRIALS * 13, "trials", "65 trials are too many to look at"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(path, value, rule, words):
    process = CAPSTONES["wine"]
    report = process.report(TRIALS)
    entry = report
    for step in path[:-1]:
        entry = entry[step]
    entry[path[-1]] = value
    assert words in complaints(process, report)[rule]


def test_every_chosen_trial_is_among_those_trained_again():
    trained = []

    def train(settings, *rest):
        trained.append(settings["units"])
        return train_dense(settings, *rest)

    trials = [({**TRIALS[0][0], "units": units}, 0) for units in range(1, 9)]
    report = Process(wine(), train, SPACE, budget=8, margin=0.3).report(trials)
    for chosen in range(8):
        process = Process(wine(), train, SPACE, budget=8, margin=0.3, repeats=2)
        trained.clear()
        complaints(process, report | {"chosen": chosen})
        assert chosen + 1 in trained
        assert len(trained) == 3


def test_trials_are_trained_again_for_the_reported_task():
    tasks = []

    def train(settings, seed, task, *rest):
        tasks.append(task.outputs)
        return train_dense(settings, seed, task, *rest)

    process = Process(breast_cancer(), train, SPACE, budget=6, margin=0.3)
    report = process.report(TRIALS[:1], task=0)
    report["task"] = {"head": "softmax", "loss": "cross-entropy", "outputs": 2}
    complaints(process, report)
    assert tasks == [1, 2]


def test_training_that_fails_is_told():
    def train(settings, seed, *rest):
        if seed == 1:
            raise ValueError("no such network")
        return train_dense(settings, seed, *rest)

    process = Process(wine(), train, SPACE, budget=6, margin=0.3)
    report = process.report(TRIALS[:1])
    report["trials"][0]["seed"] = 1
    said = complaints(process, report)
    assert said["trials"] == "trials[0] could not be trained again: no such network"


# Process and exercise ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"budget": 0}, "budget"),
        ({"margin": -1.0}, "margin"),
        ({"tolerance": 0.0}, "tolerance"),
        ({"repeats": 0}, "repeats"),
        ({"space": {}}, "space"),
        ({"groups": [1, 2, 3]}, "groups: expected one for each of the 178 rows, got 3"),
        ({"fractions": (0.5, 0.2, 0.2)}, "fractions"),
    ],
)
def test_a_process_refuses_what_makes_no_sense(changes, words):
    arguments = {"data": wine(), "train": train_dense, "space": SPACE, "budget": 6, "margin": 0.3}
    with pytest.raises(ValueError, match=words):
        Process(**arguments | changes)


def test_points_can_be_given_and_rules_left_out():
    process = CAPSTONES["wine"]
    assert [part.points for part in process.parts()] == [1] * 8 + [2]
    parts = process.parts({"goal": 0, "split": 3})
    assert [part.points for part in parts] == [1, 3, 1, 1, 1, 1, 1, 1]
    with pytest.raises(ValueError, match=r"points: expected rules among task, .*, got 'style'"):
        process.parts({"style": 1})


def _returning(name, report):
    def capstone(x, y):
        return report

    capstone.__name__ = name
    return capstone


def _exercise(process):
    honest = process.report(TRIALS, split=3)

    def changed(**changes):
        return copy.deepcopy(honest) | changes

    leaky = Standardizer().fit(process.data.x)
    search = changed()
    for trial in search["trials"]:
        trial["validation"] = honest["test"]
    mistakes = {
        "fitted_the_scaler_on_all_rows": (
            changed(scaler={"mean": leaky.mean[0].tolist(), "scale": leaky.scale[0].tolist()}),
            "Which rows may the scaler know?",
        ),
        "tested_every_trial": (changed(test=[0.5] * 5), "How often may the test part be used?"),
        "compared_with_nothing": (changed(baseline=0.0), "What would a model do without x?"),
        "searched_on_the_test_part": (search, "Which part are the trials compared on?"),
        "mixed_up_the_loss": (
            changed(task={"head": "sigmoid", "loss": "mean squared error", "outputs": 1}),
            "What does the target look like: a number, two classes, several?",
        ),
    }
    if not process.data.class_names:
        del mistakes["compared_with_nothing"]  # 0 is nearly right for R²
    return Exercise(
        name="10.capstone",
        title="Capstone",
        entry="capstone",
        reference=_returning("reference", honest),
        parts=process.parts(),
        mistakes=tuple(
            Mistake(_returning(name, report), hint) for name, (report, hint) in mistakes.items()
        ),
        equivalents=(
            _returning("another_split", process.report(TRIALS, split=5)),
            _returning("a_seed_for_the_split", honest | {"split": 3}),
        ),
        hints=("Start with the split.", "Then the baseline.", "Then search, and test once."),
        solution=f"def capstone(x, y):\n    return {honest!r}\n",
    )


@pytest.mark.parametrize("name", CAPSTONES)
def test_a_whole_exercise_keeps_its_promises(name):
    assert problems(_exercise(CAPSTONES[name]), seeds=range(2)) == []


def test_a_learner_who_uses_the_table_with_numpy_alone_is_judged_like_any_other():
    process = CAPSTONES["wine"]
    exercise = _exercise(process)
    honest = process.report(TRIALS, split=3)

    def capstone(x, y):
        rows = np.array(honest["split"]["train"])
        scaler = {"mean": x[rows].mean(axis=0), "scale": x[rows].std(axis=0)}
        values, counts = np.unique(y[rows], return_counts=True)
        part = y[honest["split"]["validation"]]
        baseline = np.mean(part == values[counts.argmax()])
        return honest | {"scaler": scaler, "baseline": baseline}

    answers = collect(capstone, [case for part in exercise.cases(7) for case in part])
    verdict = judge(exercise, answers, 7)
    assert (verdict.points, verdict.state) == (10, "right")
