"""What the exercises of lesson 03 promise beyond their specifications."""

import numpy as np
import pytest

from nnlab.exercises import catalogue
from nnlab.exercises.lesson_03_goal import GOAL_LOSS, NETWORKS, losses
from nnlab.exercises.proving import judged


def verdict(name, function):
    return judged(catalogue.exercise(name), function)


def test_no_network_of_the_goal_is_there_from_the_start():
    for network in NETWORKS.values():
        training, validation = losses(**network)
        assert validation > GOAL_LOSS + 0.05
    assert losses(**NETWORKS["small"])[0] > 0.3  # bias
    assert losses(**NETWORKS["hasty"])[0] > 0.3
    training, validation = losses(**NETWORKS["wild"])
    assert validation - training > 0.5  # variance


@pytest.mark.parametrize(
    "tries",
    [
        [("units", 12), ("epochs", 300)],
        [("units", 12), ("weight_decay", 0.003)],
        [("epochs", 300), ("weight_decay", 0.003)],
        [("epochs", 70), ("epochs", 500)],
        [("units", 12), ("epochs", 80)],  # an epoch count for a gap and for too little training
        [("units", 12), ("epochs", 110)],
        [("units", 12), ("epochs", 150)],
    ],
)
def test_two_tries_that_look_at_nothing_do_not_mend_all_three(tries):
    assert verdict("03.goal", lambda network: tries).points < 3


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        (3, "a list of one or two tries"),
        ([], "a list of one or two tries"),
        ([("units", 5), ("epochs", 9), ("units", 6)], "there are 2 tries"),
        ([("units", 5), 7], "one of yours is 7"),
        ([("learning_rate", 1)], "there is none called 'learning_rate'"),
        ([("units", "5")], "must be a number"),
        ([("weight_decay", float("nan"))], "must be a number"),
        ([("units", 5.5)], "whole number"),
        ([("epochs", 1000)], "from 1 to 500"),
        ([("weight_decay", 1.0)], "the goal is"),
    ],
)
def test_the_goal_says_what_is_wrong(returned, said):
    assert said in verdict("03.goal", lambda network: returned).failure.said


def test_the_goal_takes_numbers_of_numpy():
    answers = verdict("03.goal", lambda network: [("units", np.int64(10))])
    assert answers.points == 1  # the network that is too small


def test_the_bug_is_that_of_the_notebook():
    """The stub in the lesson answers like the exercise's own start, so it is not attempted."""
    from nnlab._resources import lessons_dir

    source = (lessons_dir() / "source" / "03_bias_variance.md").read_text(encoding="utf-8")
    code = source[source.index("def train_stopping_early") :].split("    ### BEGIN")[0]
    scope = {"np": np}
    exec(code, scope)
    result = verdict("03.spot_the_bug", scope["train_stopping_early"])
    assert (result.state, result.reason) == ("not attempted", "unchanged")
    mended = code.replace(
        "best, best_loss, waited = theta", "best, best_loss, waited = theta.copy()"
    )
    exec(mended, scope)
    assert verdict("03.spot_the_bug", scope["train_stopping_early"]).state == "right"
