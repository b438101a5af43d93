"""Sandboxes of every level that this computer offers."""

import pytest

from nnlab.grading.jobs import Cell, Job, Level, Limits
from nnlab.grading.levels import why_not
from nnlab.grading.sandbox import Sandbox


@pytest.fixture(scope="session", params=list(Level), ids=lambda level: level.label)
def level(request):
    if why_not(request.param):
        pytest.skip(why_not(request.param))
    return request.param


@pytest.fixture(scope="session")
def sandbox(level):
    with Sandbox(level, Limits(wall=3.0, call=0.3, memory=128 * 2**20)) as made:
        yield made


@pytest.fixture(scope="session")
def call(sandbox):
    """Call a function whose body is given; return its answer and why the run ended."""

    def call(body, *arguments, setup=""):
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        source = f"{setup}\ndef f({', '.join('abcd'[: len(arguments)])}):\n{lines}"
        run = sandbox.run(Job((Cell(source),), "f", (arguments,)))
        assert not run.problem, run.problem
        return run.answers[0], run.ended

    return call
