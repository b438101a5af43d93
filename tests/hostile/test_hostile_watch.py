"""The tests of the corpus notice harm and unfair marks, where there is no sandbox at all."""

from __future__ import annotations

import contextlib
import gc
import warnings
from dataclasses import replace

import numpy as np
import psutil
import pytest
from hostile_corpus import ENTRIES
from hostile_court import Court
from hostile_entry import ALL, NONE
from hostile_watch import adopt_orphans, living, staged

from nnlab.exercises.answers import collect
from nnlab.grading.jobs import Job, Level, Run

# Nobody closes what submissions open, or waits for what they start.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)

NOTICED = {
    "read-neighbour": "01.softmax: 2 points, fair are 0.0",
    "read-secret": "01.softmax: 2 points, fair are 0.0",
    "inherits-secrets": "01.softmax: 2 points, fair are 0.0",
    "import-nnlab": "01.softmax: 2 points, fair are 0.0",
    "tcp": "a connection was made: TCP",
    "udp": "a connection was made: UDP",
    "unix-socket": "a connection was made: Unix socket",
    "write-open": "was made",
    "gradebook-written": "was changed",
    "neighbour-overwritten": "was removed",
    "subprocess": "processes are left",
    "leak-between-runs": "the verdict shows",
    "module-beside-notebook": "was made",
}
"""Entries that do no harm outside the scene even without a sandbox, and what must be noticed."""


class Nothing:
    """Runs code in this very process."""

    level = Level.LIMITS

    def run(self, job: Job) -> Run:
        names = {"np": np}
        for cell in job.cells:
            with contextlib.suppress(Exception):
                exec(cell.source, names)
        return Run(collect(names[job.entry], job.cases))


@pytest.fixture
def court(tmp_path, monkeypatch):
    adopt_orphans()
    with staged(tmp_path) as watch:
        monkeypatch.syspath_prepend(watch.scene.inbox + "/nothing-here")
        yield Court(Nothing(), watch)
    for process in living():
        with contextlib.suppress(psutil.NoSuchProcess):
            if watch.scene.token in " ".join(process.cmdline()):
                process.kill()
    with warnings.catch_warnings():  # sockets that a submission has left open in this process
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def _entry(name):
    return next(entry for entry in ENTRIES if entry.name == name)


@pytest.mark.parametrize("name", NOTICED)
def test_harm_is_noticed(court, name, monkeypatch):
    if name == "module-beside-notebook":
        monkeypatch.syspath_prepend(court.watch.scene.inbox)
    problems = court.problems(_entry(name))
    assert any(NOTICED[name] in said for said in problems), problems


@pytest.mark.parametrize(("name", "fair"), [("honest", NONE), ("all-wrong", ALL)])
def test_unfair_marks_are_noticed(court, name, fair):
    entry = _entry(name)
    assert court.problems(entry) == []
    assert len(court.problems(replace(entry, fair=fair))) == 4


def test_a_neighbour_with_other_answers_is_noticed(court, monkeypatch):
    court.answers = [replace(answer, value=answer.value + 1e-16) for answer in court.answers]
    court.answers[0] = replace(court.answers[0], value=court.answers[0].value * 1.5)
    assert court.problems(_entry("honest")) == ["a neighbour's answers are others afterwards"]
