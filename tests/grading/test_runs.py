"""Marking many notebooks: what counts, what is kept, and what a process that dies costs."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small_class import (
    LOST,
    SCRIPT,
    deadly,
    dies,
    dies_once,
    endless,
    half,
    notebook,
    right,
    stumbles,
    write_class,
    wrong,
)

from nnlab.grading import runs
from nnlab.grading.assignment import Assignment
from nnlab.grading.chosen import choose
from nnlab.grading.files import open_export
from nnlab.grading.jobs import Level, Limits
from nnlab.grading.levels import why_not
from nnlab.grading.platforms import sort_out
from nnlab.grading.pools import local_pool
from nnlab.grading.refusal import GradeError
from nnlab.grading.results import Results, fingerprint, safe_name
from nnlab.grading.secret import Secret

needs_sandbox = pytest.mark.skipif(bool(why_not(Level.LIMITS)), reason=why_not(Level.LIMITS))

LIMITS = Limits(wall=2.0, call=1.0)


@pytest.fixture(scope="module")
def assignment():
    return Assignment.from_notebook(json.loads(notebook()), "small")


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    return Results(folder, Secret(bytes(32)), Level.LIMITS, LIMITS)


class Counter:
    """Stands for a progress."""

    def __init__(self):
        self.done = self.marked = 0

    def __call__(self, count, marked):
        self.done += count
        self.marked += count * marked


def graded(folder, assignments, results, jobs=2, counter=None):
    with open_export(folder) as found, local_pool(jobs) as pool:
        return runs.grade(sort_out(found), assignments, results, pool, counter or Counter())


def points(outcome):
    return {marks.student: marks.points for _, marks in outcome.marks}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@needs_sandbox
def test_each_gets_what_they_deserve_and_a_second_run_marks_nothing(tmp_path, assignment, results):
    folder = write_class(
        tmp_path / "class",
        anna=notebook(right),
        bob=notebook(wrong),
        carl=notebook(),
        dora=notebook(half),
        eve=notebook(right)[:500],
        fay=b"",
    )
    counter = Counter()
    outcome = graded(folder, [assignment], results, counter=counter)
    assert points(outcome) == {
        "anna": assignment.max_points,
        "bob": pytest.approx(0, abs=assignment.max_points / 2),
        "carl": 0,
        "dora": 1,
        "eve": 0,
        "fay": 0,
    }
    found = {marks.student: marks for _, marks in outcome.marks}
    assert {mark.verdict.state for mark in found["carl"].marks} == {"not attempted"}
    assert found["bob"].marks[0].verdict.hint
    assert found["fay"].unreadable == "the file is empty"
    assert "not complete" in found["eve"].unreadable
    assert (counter.done, counter.marked, outcome.reused) == (6, 4, 0)

    before = contents(results.folder)
    again = graded(folder, [assignment], results, counter=counter)
    assert again.marks == outcome.marks
    assert again.reused == 4
    assert counter.marked == 4
    assert contents(results.folder) == before


@needs_sandbox
def test_any_number_of_processes_gives_the_same_files(tmp_path, assignment, results):
    write = [right, wrong, half, None]
    folder = write_class(
        tmp_path / "class", **{f"s{i:02d}": notebook(write[i % 4]) for i in range(8)}
    )
    one = graded(folder, [assignment], results, jobs=1)
    other = replace(results, folder=tmp_path / "other")
    other.folder.mkdir()
    two = graded(folder, [assignment], other, jobs=2)
    assert one.marks == two.marks
    assert contents(results.folder) == contents(other.folder)
    assert len(contents(other.folder)) == 8


@needs_sandbox
def test_results_are_only_used_if_nothing_has_changed(tmp_path, assignment, results):
    folder = write_class(tmp_path / "class", anna=notebook(half))
    outcome = graded(folder, [assignment], results)
    [(entry, marks)] = outcome.marks
    assert results.find(entry) == marks
    changed = [
        (replace(results, secret=Secret(b"x" * 32)), entry),
        (replace(results, level=Level.LANDLOCK), entry),
        (replace(results, limits=replace(LIMITS, call=0.5)), entry),
        (results, replace(entry, digest="0" * 64)),
        (results, replace(entry, student=replace(entry.student, id="bob"))),
        (results, replace(entry, assignment=replace(assignment, stubs={"01-mse": "pass"}))),
    ]
    for where, what in changed:
        assert where.find(what) is None
    [file] = results.folder.iterdir()
    namesake = replace(entry, student=replace(entry.student, id="anna 2"))
    results.keep(namesake, replace(marks, student="anna 2"))
    assert results.find(entry) == marks
    record = json.loads(file.read_text())
    record["body"]["marks"]["marks"][1]["verdict"]["points"] = 2.0
    whole = file.read_text()
    for damaged in (json.dumps(record), whole[:-40], "", "[]", '{"body": 3, "seal": "00"}'):
        file.write_text(damaged)
        assert results.find(entry) is None
    assert graded(folder, [assignment], results).marks == outcome.marks
    assert file.read_text() == whole


@needs_sandbox
def test_results_of_another_version_are_not_used(tmp_path, assignment, results, monkeypatch):
    [(entry, _)] = graded(write_class(tmp_path / "c", anna=notebook()), [assignment], results).marks
    assert results.find(entry) is not None
    monkeypatch.setattr("nnlab.__version__", "another")
    assert results.find(entry) is None


@needs_sandbox
def test_endless_loops_of_one_student_cost_a_bounded_time(tmp_path, assignment, results):
    folder = write_class(tmp_path / "class", anna=notebook(endless), bob=notebook(right))
    outcome = graded(folder, [assignment], results)
    assert points(outcome) == {"anna": 0, "bob": assignment.max_points}
    assert [mark.ended for mark in outcome.marks[0][1].marks] == ["time", "time"]


@needs_sandbox
def test_a_process_that_dies_costs_nobody_else_their_mark(
    tmp_path, assignment, results, monkeypatch
):
    monkeypatch.setattr(runs, "carry_out", dies)
    written = {f"s{i}": notebook(right) for i in range(5)}
    folder = write_class(tmp_path / "class", **{**written, "s2": notebook(deadly)})
    outcome = graded(folder, [assignment], results)
    best = assignment.max_points
    assert points(outcome) == {"s0": best, "s1": best, "s2": 0, "s3": best, "s4": best}
    assert outcome.marks[2][1].unreadable == (
        "it could not be marked, also at a second try: the process that marked it died"
    )
    # It was the computer's fault, so another run tries again.
    monkeypatch.setattr(runs, "carry_out", dies_once)
    monkeypatch.setenv(LOST, str(tmp_path / "lost"))
    again = graded(folder, [assignment], results)
    assert again.reused == 4
    assert (tmp_path / "lost").exists()
    assert points(again) == dict.fromkeys(points(outcome), best)


@needs_sandbox
def test_if_nothing_can_be_marked_that_is_said(tmp_path, assignment, results, monkeypatch):
    monkeypatch.setattr(runs, "carry_out", stumbles)
    folder = write_class(tmp_path / "class", anna=notebook(), bob=notebook())
    with pytest.raises(GradeError, match="Not one notebook could be marked: OSError: no room left"):
        graded(folder, [assignment], results)


@needs_sandbox
def test_nothing_is_left_running(tmp_path, assignment, results):
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    folder = write_class(tmp_path / "class", anna=notebook(endless), bob=notebook(right))
    graded(folder, [assignment], results)

    def stop(count, marked):
        if marked:
            raise KeyboardInterrupt

    # Nobody waits for the endless loop that is on its way then.
    long = replace(results, limits=Limits(wall=60.0, call=60.0))
    with pytest.raises(KeyboardInterrupt):
        graded(folder, [assignment], long, counter=stop)
    gone = psutil.wait_procs(
        [
            c
            for c in psutil.Process().children(recursive=True)
            if c.pid not in before and is_ours(c)
        ],
        timeout=20,
    )
    assert gone[1] == []


def is_ours(process):
    """Python's own helper for shared memory stays until the end."""
    try:
        return "resource_tracker" not in " ".join(process.cmdline())
    except psutil.Error:
        return False


@needs_sandbox
def test_workers_end_when_the_command_is_killed(tmp_path):
    write_class(tmp_path / "class", anna=notebook(endless), bob=notebook(endless))
    (tmp_path / "small.ipynb").write_bytes(notebook())
    (tmp_path / "run.py").write_text(SCRIPT)
    arguments = ["grade", "class", "--out", "out", "--assignment", "small.ipynb", "--jobs", "2"]
    process = subprocess.Popen(
        [sys.executable, "run.py", *arguments],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    parent = psutil.Process(process.pid)
    children = []
    while process.poll() is None and len(children) < 5:  # tracker, two workers, two sandboxes
        children = parent.children(recursive=True)
    process.kill()
    process.wait()
    assert len(children) >= 5
    assert psutil.wait_procs(children, timeout=20)[1] == []


def test_the_newest_notebook_that_can_be_read_counts(tmp_path, assignment):
    folder = tmp_path / "class" / "anna"
    folder.mkdir(parents=True)
    for name, content, when in [
        ("a.ipynb", notebook(), 1),
        ("b.ipynb", notebook(right), 2),
        ("c small.ipynb", notebook(right)[:300], 3),
        ("d.ipynb", b'{"cells": []}', 4),
    ]:
        (folder / name).write_bytes(content)
        os.utime(folder / name, (when, when))
    with open_export(folder.parent) as found:
        entries, listed = choose(sort_out(found).notebooks, [assignment])
    assert [entry.path for entry in entries] == ["anna/b.ipynb"]
    assert entries[0].notes == (
        "also handed in and not marked: anna/a.ipynb",
        "also handed in and not marked: anna/c small.ipynb",
    )
    assert [(one.path, one.minor) for one in listed] == [
        ("anna/a.ipynb", True),
        ("anna/c small.ipynb", False),
        ("anna/d.ipynb", False),
    ]


def test_one_notebook_for_each_assignment(tmp_path, assignment):
    lesson = Assignment.of_lesson("02_data_splits")
    folder = write_class(
        tmp_path,
        **{
            "anna_1_10_small": notebook(),
            "anna_1_11_small-1": notebook(right),
            "anna_1_12_02_data_splits": b"{",
            "anna_1_13_other": b'{"cells": []}',
        },
    )
    with open_export(folder) as found:
        entries, listed = choose(sort_out(found).notebooks, [assignment, lesson])
    assert [(entry.path, entry.assignment.name) for entry in entries] == [
        ("anna_1_11_small-1.ipynb", "small"),
        ("anna_1_12_02_data_splits.ipynb", "02_data_splits"),
    ]
    assert entries[1].problem
    assert [one.path for one in listed] == ["anna_1_10_small.ipynb", "anna_1_13_other.ipynb"]


def test_a_notebook_of_another_lesson_is_marked_with_a_note(tmp_path):
    lesson = Assignment.of_lesson("02_data_splits")
    folder = write_class(tmp_path, anna=notebook())
    with open_export(folder) as found:
        [entry], listed = choose(sort_out(found).notebooks, [lesson])
    assert listed == []
    assert entry.notes == (
        "none of its cells bears a name of this assignment; it looks like 01_task_setup",
    )


def test_file_names_are_safe_and_never_the_same():
    names = ["Ann", "ann", "../x", "a/b", "a\\b", "", "李小龙", "CON", "x" * 300, "\ud800"]
    assert safe_name("..ก้อง_(2) नमिता–", "").rsplit("-", 1)[0] == "ก้อง-2-नमिता"
    made = [safe_name(name, name) for name in names]
    assert len({name.casefold() for name in made}) == len(names)
    for name in made:
        assert name.replace("-", "").isalnum()
        assert len(name.encode()) < 200
    assert made[6].startswith("李小龙-")


def test_a_fingerprint_covers_all_that_is_asked(assignment):
    task = assignment.tasks[0]
    others = [
        replace(assignment, name="x"),
        replace(assignment, tasks=assignment.tasks[:1]),
        replace(assignment, tasks=(replace(task, points=7.0), *assignment.tasks[1:])),
        replace(assignment, by_hand=("x",)),
        replace(assignment, locked=frozenset()),
        replace(assignment, stubs={}),
        replace(assignment, given={}),
    ]
    prints = {fingerprint(other) for other in (assignment, *others)}
    assert len(prints) == len(others) + 1
    same = replace(assignment, locked=frozenset(sorted(assignment.locked, reverse=True)))
    assert fingerprint(same) == fingerprint(assignment)


@needs_sandbox
@pytest.mark.cluster
def test_a_cluster_gives_the_same_files_and_leaves_nothing_running(tmp_path, assignment, results):
    distributed = pytest.importorskip(
        "distributed", reason="needs the extra [cluster]: pip install nnlab[cluster]"
    )
    from nnlab.grading.pools import cluster_pool

    write = [right, wrong, half, None]
    folder = write_class(tmp_path / "class", **{f"s{i}": notebook(write[i % 4]) for i in range(6)})
    here = graded(folder, [assignment], results)
    other = replace(results, folder=tmp_path / "other")
    other.folder.mkdir()
    with (
        distributed.LocalCluster(
            n_workers=2, processes=True, threads_per_worker=2, dashboard_address=None
        ) as cluster,
        open_export(folder) as found,
    ):
        workers = {child.pid for child in psutil.Process().children(recursive=True)}
        with cluster_pool(cluster.scheduler_address) as (pool, level):
            assert pool.size == 4
            assert not why_not(level)
            there = runs.grade(sort_out(found), [assignment], other, pool, Counter())
        left = [c for c in psutil.Process().children(recursive=True) if c.pid not in workers]
        assert psutil.wait_procs(left, timeout=20)[1] == []
    assert there.marks == here.marks
    assert contents(other.folder) == contents(results.folder)
