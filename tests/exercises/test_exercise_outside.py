"""What a function needs that is not there when marks are given: `check` refuses it."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from nnlab import datasets, losses
from nnlab.activations import relu
from nnlab.exercises import catalogue, check
from nnlab.exercises.outside import objection
from nnlab.exercises.proving import run_solution
from nnlab.metrics import accuracy

TABLE = datasets.wine()
LIMIT = 0.5
VALUES = {"a": [1.0, 2.0]}
MSE = catalogue.exercise("01.mse")
FINISHED = replace(MSE, finished="Copy it")


def _through_another(y, prediction):
    return _one_more(y, prediction)


def _one_more(y, prediction):
    return accuracy(y, prediction) if len(y) else _through_another(y, prediction)


def _imports(y, prediction):
    from nnlab.metrics import mean_squared_error as error

    return error(y, prediction)


def _inside(y, prediction):
    return [accuracy(y, one) for one in prediction]


def _a_table(y, prediction):
    return TABLE.x.mean()


def _a_module(y, prediction):
    return losses.MeanSquaredError().value(prediction, y)


def _a_default(y, prediction, function=relu):
    return function(y)


def _closure():
    inner = accuracy

    def mse(y, prediction):
        return inner(y, prediction)

    return mse


class _Own(losses.MeanSquaredError):
    pass


class _Holder:
    def go(self, y):
        return accuracy(y, y)


def _a_class_of_the_course(y, prediction):
    return _Own().value(prediction, y)


def _a_method(y, prediction):
    return _Holder().go(y)


@functools.cache
def _remembered(n):
    return accuracy([n], [n])


def _a_cached_function(y, prediction):
    return _remembered(len(y))


def _another_package(y, prediction):
    import scipy.special

    return scipy.special.expit(y)


@pytest.mark.parametrize(
    ("function", "named"),
    [
        (accuracy, "`accuracy`"),
        (_through_another, "`accuracy` (by way of `_one_more`)"),
        (_imports, "`nnlab.metrics`"),
        (_inside, "`accuracy`"),
        (_a_table, "`TABLE`"),
        (_a_module, "`losses`"),
        (_a_default, "`function`"),
        (_closure(), "`inner`"),
        (_a_class_of_the_course, "`_Own`"),
        (_a_method, "`accuracy` (by way of `_Holder`)"),
        (_a_cached_function, "`accuracy` (by way of `_remembered`)"),
        (_another_package, "`scipy.special`"),
    ],
)
def test_what_will_not_be_there_is_named(function, named):
    said = objection(MSE, function)
    assert said.startswith(f"`mse` needs {named};")
    assert said.endswith("and nothing else")
    assert objection(FINISHED, function).endswith("nothing else. Copy it")


def _numpy_and_helpers(y, prediction):
    import math

    return math.sqrt(_helper(y - prediction)) * LIMIT


def _helper(difference):
    return np.mean(difference**2) + len(VALUES)


def test_numpy_helpers_and_data_of_ones_own_are_there():
    assert objection(MSE, _numpy_and_helpers) is None
    assert objection(MSE, lambda y, prediction: display(y)) is None  # noqa: F821 - IPython's
    assert objection(MSE, np.mean) is None


def test_what_is_finished_reads_no_data_from_outside():
    said = objection(FINISHED, _numpy_and_helpers)
    assert "reads `VALUES` (by way of `_helper`), `LIMIT` from outside" in said
    assert said.endswith("Copy it")
    assert objection(FINISHED, lambda y, prediction: np.zeros(3)) is None


@pytest.mark.parametrize("name", catalogue.exercises())
def test_no_solution_and_no_code_to_mend_is_refused(name):
    exercise = catalogue.exercise(name)
    assert objection(exercise, run_solution(exercise)) is None


def test_check_calls_nothing_that_it_refuses():
    called = []

    def mse(y, prediction):
        called.append(accuracy(y, prediction))

    score = check("01.mse", mse)
    assert (float(score), score.verdict.state, called) == (0, "wrong", [])
    assert "It cannot be marked" in score._repr_html_()
    assert {part.state for part in score.verdict.parts} == {"not attempted"}
