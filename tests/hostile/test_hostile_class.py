"""A class in which honest and hostile students sit together is marked to its end, and fairly."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hostile_corpus import ENTRIES
from hostile_court import told, unfair
from hostile_entry import EXERCISES, Entry, blank, grade_id
from hostile_watch import Watch, adopt_orphans, living, settled, staged

from nnlab.grading.classroom import SECRET_FILE, set_up
from nnlab.grading.jobs import Level
from nnlab.grading.levels import best_level, why_not
from nnlab.grading.secret import Secret

NAMES = [
    "honest",
    "untouched",
    "all-wrong",
    "half-done",
    "one-cell-broken",
    "warns-and-prints",
    "helper-in-own-cell",
    "cells-doubled",
    "cell-retyped",
    "outputs-50-mb",
    "checks-deleted-by-accident",
    "byte-order-mark",
    "file-empty-file",
    "file-truncated",
    "file-deep-list",
    "file-utf-16",
    "file-cells-are-a-number",
    "tag-skip-execution",
    "points-claimed",
    "points-nan",
    "outputs-forged",
    "checks-edited",
    "foreign-grade-cells",
    "solution-deleted",
    "scripts",
    "names-with-markup",
    "nbformat-3-wrong",
    "strange-cells",
    "many-cells",
    "patched-allclose",
    "ipython-hooks",
    "os-exit-in-cell",
    "leak-by-message",
    "leak-from-cell",
    "shadow-modules",
    "gradebook-written",
    "neighbour-overwritten",
    "public-answers-in-order",
    "html-type-name",
    "descriptors-closed",
    "daemon",
]
"""A selection, so that the tests do not take long; every way to mark takes all in one run."""

LESSON = "hostile"

SCRIPTS = ("<script>window.hostile", "<img src=x", "<script>alert(1)")

pytestmark = pytest.mark.skipif(
    bool(why_not(Level.LANDLOCK)), reason=f"hostile code is not run here: {why_not(Level.LANDLOCK)}"
)


def chosen() -> list[Entry]:
    found = [entry for entry in ENTRIES if entry.name in NAMES and entry.level <= best_level()]
    assert len(found) == len(NAMES)
    return found


@dataclass
class Class:
    """A class folder with everything handed in.

    Parameters
    ----------
    folder : Path
        nbgrader's folder.
    watch : Watch
        Started after the submissions were written.
    processes : int
        How many processes ran before, such as the sandboxes of other tests.
    """

    folder: Path
    watch: Watch
    processes: int

    @property
    def submitted(self) -> Path:
        return self.folder / "submitted"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the class folder."""
        return subprocess.run(
            [sys.executable, "-P", "-m", *command],
            cwd=self.folder,
            env={**os.environ, "JUPYTER_NO_CONFIG": "1", "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def state(self) -> dict[str, str]:
        """Return what marking must not change."""
        kept = [self.folder / SECRET_FILE, self.folder / "nbgrader_config.py"]
        for name in ("source", "submitted"):
            kept += (path for path in (self.folder / name).rglob("*") if path.is_file())
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


@pytest.fixture(scope="module")
def school(tmp_path_factory) -> Iterator[Class]:
    pytest.importorskip(
        "nbgrader", reason='nbgrader is not installed (pip install "nnlab[grading]")'
    )
    adopt_orphans()
    root = tmp_path_factory.mktemp("school")
    folder = root / "class"
    set_up(folder, "hostile", ["01_task_setup"])
    source = folder / "source" / LESSON
    source.mkdir()
    (source / f"{LESSON}.ipynb").write_text(json.dumps(blank()), encoding="utf-8")
    scene = root / "scene"
    scene.mkdir()
    with staged(scene) as watch, pytest.MonkeyPatch.context() as patch:
        # nbgrader starts a program that stands beside Python.
        programs = str(Path(sys.executable).parent)
        patch.setenv("PATH", os.pathsep.join((programs, os.environ.get("PATH", os.defpath))))
        made = Class(folder, watch, len(living()))
        run = made.run("nbgrader", "generate_assignment", LESSON, "--create")
        assert run.returncode == 0, run.stderr
        for entry in chosen():
            place = made.submitted / entry.name / LESSON
            place.mkdir(parents=True)
            (place / f"{LESSON}.ipynb").write_bytes(entry.submission(watch.scene))
        folder = made.submitted / "folder" / LESSON / f"{LESSON}.ipynb"
        folder.mkdir(parents=True)  # a folder that is called like a notebook
        # Modules that stand in the way where a student can put them: beside the notebook.
        beside = made.submitted / "shadow-modules" / LESSON
        for shadow in Path(watch.scene.inbox).glob("*.py"):
            (beside / shadow.name).write_bytes(shadow.read_bytes())
        watch.start()
        yield made


@pytest.fixture(scope="module")
def autograded(school) -> tuple[subprocess.CompletedProcess[str], dict[str, str], dict[str, str]]:
    before = school.state()
    run = school.run("nbgrader", "autograde", LESSON)
    return run, before, school.state()


def test_nbgrader_marks_everybody_fairly(school, autograded):
    from nbgrader.api import Gradebook

    run, before, after = autograded
    assert run.returncode == 0, run.stderr[-3000:]
    assert after == before
    found = {}
    with Gradebook(f"sqlite:///{school.folder / 'gradebook.db'}") as gradebook:
        for entry in chosen():
            notebook = gradebook.find_submission_notebook(LESSON, LESSON, entry.name)
            given = {grade.name: grade.score for grade in notebook.grades}
            said = unfair(
                {name: given.get(f"{grade_id(name)}-check") for name in EXERCISES}, entry.fair
            )
            if len(given) != len(EXERCISES):
                said.append(f"there are {len(given)} grades")
            if said:
                found[entry.name] = said
    assert found == {}
    assert school.watch.problems() == []
    assert settled(lambda: len(living()), school.processes), living()


def test_feedback_keeps_secrets_and_runs_no_script(school, autograded):
    assert autograded[0].returncode == 0
    run = school.run("nbgrader", "generate_feedback", LESSON)
    assert run.returncode == 0, run.stderr[-3000:]
    secret = Secret.load(school.folder / SECRET_FILE)
    for entry in chosen():
        page = school.folder / "feedback" / entry.name / LESSON / f"{LESSON}.html"
        text = page.read_text(encoding="utf-8")
        assert list(told(text, secret, entry.name)) == [], entry.name
        for script in SCRIPTS:
            assert script not in text, entry.name


def test_nnlab_grade_marks_everybody_fairly(school, tmp_path):
    from nnlab.grading.command import add_grade_command

    before = school.state()
    parser = argparse.ArgumentParser()
    add_grade_command(parser.add_subparsers())
    out = tmp_path / "out"
    asked = school.folder / "source" / LESSON / f"{LESSON}.ipynb"
    arguments = parser.parse_args(
        [
            "grade",
            str(school.submitted),
            "--out",
            str(out),
            "--assignment",
            str(asked),
            "--jobs",
            "2",
        ]
    )
    assert arguments.run(arguments) == 0
    assert school.state() == before
    rows = {}
    with (out / "marks.csv").open(encoding="utf-8-sig", newline="") as table:
        for row in csv.DictReader(table):
            rows[row["student"]] = {name: float(row[name] or 0) for name in EXERCISES}
    assert sorted(rows) == sorted(NAMES)
    found = {entry.name: unfair(rows[entry.name], entry.fair) for entry in chosen()}
    assert {name: said for name, said in found.items() if said} == {}
    pages = list((out / "feedback").rglob("*.html"))
    assert len(pages) == len(NAMES)
    secret = Secret.load(next(out.glob("*secret*")))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for name in NAMES:
            assert list(told(text, secret, name)) == [], (page.name, name)
        for script in SCRIPTS:
            assert script not in text, page.name
    assert school.watch.problems() == []
