"""Every entry of the corpus gets its fair mark at every sandbox level, and harms nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from corpus_copied import neighbours_answers
from hostile_corpus import ENTRIES, FAMILIES
from hostile_court import Court, points
from hostile_entry import ALL, FIRST_TWO, RIGHT, dumped, solved
from hostile_watch import adopt_orphans, living, settled, staged

from nnlab.grading.jobs import Level, Limits
from nnlab.grading.levels import why_not
from nnlab.grading.sandbox import Sandbox

LIMITS = Limits(wall=2, call=0.5, memory=100 * 2**20)

HONEST = dumped(solved(RIGHT))

LATEST = 1.5
"""Seconds after which a process that was left behind would have written its file."""


@pytest.fixture(scope="module", params=Level, ids=lambda level: level.label)
def court(request, tmp_path_factory) -> Iterator[Court]:
    reason = why_not(request.param)
    if reason:
        pytest.skip(reason)
    adopt_orphans()
    with staged(tmp_path_factory.mktemp("scene")) as watch:
        before = len(living())
        with Sandbox(request.param, LIMITS) as sandbox:
            yield Court(sandbox, watch)
        assert settled(lambda: len(living()), before), f"left by the sandbox: {living()}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_fair_mark_and_no_harm(court, entry):
    if court.sandbox.level < entry.level:
        pytest.skip(f"the level {court.sandbox.level.label} is no border against this trick")
    assert court.problems(entry) == []


def test_answers_of_a_neighbour_earn_nothing(court):
    data = neighbours_answers(court.secret.seed("01.softmax", "anna"))
    assert points(court.marks(data, "ben")) == FIRST_TWO
    # They are right for the neighbour, or the table would prove nothing.
    assert points(court.marks(data, "anna")) == {**FIRST_TWO, "01.softmax": 2}


def test_marks_are_repeated_to_the_letter(court):
    quick = [entry for family, some in FAMILIES.items() if family != "process" for entry in some]
    for entry in quick[::25]:
        if entry.level <= court.sandbox.level:
            data = entry.submission(court.watch.scene)
            assert court.marks(data, "ben") == court.marks(data, "ben"), entry.name


def test_nothing_comes_later_and_honest_work_is_paid(court):
    court.watch.start()
    time.sleep(LATEST)
    assert court.watch.problems() == []
    assert points(court.marks(HONEST, "anna")) == ALL


def test_names_of_entries_are_unique():
    names = [entry.name for entry in ENTRIES]
    assert len(set(names)) == len(names) >= 60
