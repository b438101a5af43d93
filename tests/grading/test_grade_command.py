"""The command ``nnlab grade`` from the outside."""

import argparse
import csv
import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import get_args

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from small_class import SCRIPT, endless, half, notebook, right, write_class, wrong

from nnlab.grading import command, levels
from nnlab.grading.command import SECRET, GradeError, add_grade_command
from nnlab.grading.jobs import Level
from nnlab.grading.levels import why_not
from nnlab.grading.platforms import Platform
from nnlab.grading.progress import Progress

needs_sandbox = pytest.mark.skipif(bool(why_not(Level.LIMITS)), reason=why_not(Level.LIMITS))

NO_EXERCISE = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
MOODLE = "{name}_{number}_assignsubmission_file_/small.ipynb"


def grade(*arguments):
    parser = argparse.ArgumentParser()
    add_grade_command(parser.add_subparsers())
    found = parser.parse_args(["grade", *map(str, arguments)])
    return found.run(found)


@pytest.fixture
def small(tmp_path):
    """The assignment, beside which everything happens."""
    path = tmp_path / "small.ipynb"
    path.write_bytes(notebook())
    return path


def moodle_zip(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, content) in enumerate(
            [
                ("Анна Петрова", notebook(right)),
                ("李小龙", notebook(wrong)),
                ("=1+1", notebook()),
                ("<i>Bob", notebook(half)),
                ("Ann Li", notebook(right)[:400]),
                ("Ann Li", notebook(right)),
            ],
            start=101,
        ):
            archive.writestr(MOODLE.format(name=name, number=number), content)
        archive.writestr("Zed_200_assignsubmission_onlinetext_/onlinetext.html", "<p>")
    return path


def written(out):
    """Return the files below a folder, without the secret."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name != SECRET
    }


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


@needs_sandbox
def test_a_class_from_moodle_with_one_process_with_two_and_after_an_interruption(
    tmp_path, small, capsys
):
    path, out = moodle_zip(tmp_path / "all.zip"), tmp_path / "out"
    assert grade(path, "--out", out, "--assignment", small, "--jobs", 2) == 0
    printed = capsys.readouterr().out
    assert f"{out / SECRET}" in printed
    assert "never hand it out" in printed
    assert "5 notebooks of 5 students marked." in printed
    assert "small: 5 notebooks, mean 1.6 of 3 points." in printed
    assert "1 file could not be marked" in printed
    assert "Ann Li_105_assignsubmission_file_/small.ipynb: the file breaks off" in printed
    assert f"{out / 'overview.html'}" in printed

    marks = rows(out / "marks.csv")
    assert [(row["student"], row["total"]) for row in marks] == [
        ("104", "1"),
        ("103", "0"),
        ("105", "0"),
        ("106", "3"),
        ("101", "3"),
        ("102", "1"),
        ("200", ""),
    ]
    assert {row["name"] for row in marks[:2]} == {"<i>Bob", "'=1+1"}
    assert [row["Identifier"] for row in rows(out / "moodle.csv")][-1] == "Participant 102"
    assert not (out / "canvas.csv").exists()
    assert len(rows(out / "not_marked.csv")) == 2
    pages = list((out / "feedback").iterdir())
    assert len(pages) == 6
    assert not any("<i>Bob" in page.read_text("utf-8") for page in pages)

    first = written(out)
    one = tmp_path / "one"
    options = ["--assignment", small, "--secret", out / SECRET]
    assert grade(path, "--out", one, "--jobs", 1, *options) == 0
    assert not (one / SECRET).exists()
    assert written(one) == first
    for i, result in enumerate(sorted((one / "results").iterdir())):
        if i % 2:  # as if the run had been stopped before these
            result.unlink()
    assert grade(path, "--out", one, *options) == 0
    assert "3 of them in an earlier run" in capsys.readouterr().out
    assert written(one) == first


@needs_sandbox
def test_an_interrupted_run_goes_on(tmp_path, small):
    """Stopped by SIGINT while one student's loops go on; the other's marks are kept."""
    # Two jobs: it is a process without work that would tell of the interruption by a traceback.
    arguments = ["grade", "all", "--out", "out", "--assignment", "small.ipynb", "--jobs", "2"]
    write_class(tmp_path / "all", anna=notebook(right), bob=notebook(endless))
    (tmp_path / "run.py").write_text(SCRIPT)
    process = subprocess.Popen(
        [sys.executable, "run.py", *arguments],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests that a script runs in the background inherit that Ctrl-C is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while process.poll() is None and not list(tmp_path.glob("out/results/*.json")):
        time.sleep(0.02)
    for worker in psutil.Process(process.pid).children():  # as a terminal does: to all of them
        worker.send_signal(signal.SIGINT)
    time.sleep(1)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "refused: Stopped after 1 of 2 notebooks; give the same command again" in said
    assert "Traceback" not in said
    assert len(list(tmp_path.glob("out/results/*"))) == 1


@needs_sandbox
def test_an_interruption_while_pages_are_written_is_told_like_any_other(
    tmp_path, small, monkeypatch
):
    def interrupted(*_, **__):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)

    monkeypatch.setattr("nnlab.grading.overview.overview_page", interrupted)
    all_ = write_class(tmp_path / "all", anna=notebook())
    before = signal.getsignal(signal.SIGTERM)
    said = refused(all_, "--out", tmp_path / "out", "--assignment", small, "--jobs", 1)
    assert said == "Stopped; give the same command again to go on"
    assert signal.getsignal(signal.SIGTERM) is before


@needs_sandbox
def test_groups_of_moodle_get_marks_but_no_table_that_would_grade_others(tmp_path, small, capsys):
    path, out = tmp_path / "all.zip", tmp_path / "out"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(MOODLE.format(name="Group A", number=101), notebook(right))
        archive.writestr("Default group_assignsubmission_file_/small.ipynb", notebook())
    out.mkdir()
    (out / "moodle.csv").write_text("of an earlier run")
    assert grade(path, "--out", out, "--assignment", small, "--jobs", 1) == 0
    assert "“Default group” shows that groups handed in" in capsys.readouterr().out
    assert not (out / "moodle.csv").exists()
    assert [row["total"] for row in rows(out / "marks.csv")] == ["0", "3"]


@needs_sandbox
def test_another_export_into_the_same_folder(tmp_path, small, capsys):
    """A changed notebook is marked anew; pages of who is not in it any more are named."""
    all_, out = write_class(tmp_path / "all", anna=notebook(), bob=notebook()), tmp_path / "out"
    arguments = [all_, "--out", out, "--assignment", small, "--jobs", 1]
    assert grade(*arguments) == 0
    assert "Pages of earlier runs" not in capsys.readouterr().out
    (all_ / "bob.ipynb").unlink()
    write_class(all_, anna=notebook(right))
    assert grade(*arguments) == 0
    printed = capsys.readouterr().out
    assert "1 notebook of 1 student marked. " in printed
    [bob] = (out / "feedback").glob("bob-*.html")
    assert f"of students who have no marks in this one: {bob.name}\n" in printed
    assert [(row["name"], row["total"]) for row in rows(out / "marks.csv")] == [("anna", "3")]


@needs_sandbox
def test_a_class_in_one_more_folder_is_told(tmp_path, small, capsys):
    write_class(tmp_path / "all" / "class", anna=notebook(), bob=notebook())
    arguments = ["--out", tmp_path / "out", "--assignment", small, "--jobs", 1]
    assert grade(tmp_path / "all", *arguments) == 0
    said = capsys.readouterr().out
    assert "Warning: all files were taken for those of one student, class." in said
    assert "1 other file (" in said
    assert grade(tmp_path / "all" / "class", *arguments) == 0
    assert "Warning" not in capsys.readouterr().out


@needs_sandbox
@pytest.mark.parametrize(
    ("obstacle", "said"),
    [
        ("feedback", "out/feedback cannot be written to (File exists)"),
        ("nnlab-secret/x", "The course's secret cannot be used"),
        ("marks.csv/x", "marks.csv cannot be written (Is a directory)"),
    ],
)
def test_what_cannot_be_written_is_named(tmp_path, small, obstacle, said):
    all_, out = write_class(tmp_path / "all", anna=notebook()), tmp_path / "out"
    (out / obstacle).parent.mkdir(parents=True)
    (out / obstacle).write_text("")
    assert said in refused(all_, "--out", out, "--assignment", small, "--jobs", 1)


@needs_sandbox
def test_a_class_from_canvas_in_a_folder_and_lessons_by_default(tmp_path, capsys):
    all_ = write_class(
        tmp_path / "all",
        **{
            "abelanna_11_900_01_task_setup": notebook(half),
            "stonebob_LATE_12_901_my_work": notebook(),
            "ngcarl_13_902_other": b'{"cells": []}',
        },
    )
    out = all_ / "marks"  # within the submissions, and not taken for one of them
    out.mkdir()
    (out / "moodle.csv").write_text("of another class")
    for _ in range(2):
        assert grade(all_, "--out", out, "--jobs", 1) == 0
    printed = capsys.readouterr().out
    assert "2 of them in an earlier run" in printed
    assert "ngcarl_13_902_other.ipynb: its cells belong to none of the assignments" in printed
    assert "For Canvas" in printed
    assert [row["01_task_setup"] for row in rows(out / "canvas.csv")] == ["18", "1", "0"]
    assert [row["name"] for row in rows(out / "marks.csv")] == ["abelanna", "stonebob", "ngcarl"]
    assert not (out / "moodle.csv").exists()


def refused(*arguments):
    with pytest.raises(GradeError) as caught:
        grade(*arguments)
    return str(caught.value)


def test_what_cannot_be_done_is_said_in_one_sentence(tmp_path, small):
    out, empty = tmp_path / "out", tmp_path / "empty"
    empty.mkdir()
    assert refused(tmp_path / "no.zip", "--out", out).startswith("There is no folder or zip")
    assert refused(empty, "--out", out) == f"There is no notebook in {empty}"
    (empty / "x.pdf").write_bytes(b"%PDF")
    assert refused(empty, "--out", out).endswith("such as x.pdf: it is not a notebook")
    all_ = write_class(tmp_path / "all", anna=notebook())
    assert "no notebook" in refused(all_, "--out", out, "--assignment", tmp_path / "x.ipynb")
    assert "did you mean" in refused(all_, "--out", out, "--assignment", "01_task")
    other = write_class(tmp_path, other=NO_EXERCISE) / "other.ipynb"
    assert "no cell that checks" in refused(all_, "--out", out, "--assignment", other)
    twice = ["--assignment", small, "--assignment", small]
    assert "Two assignments are called small" in refused(all_, "--out", out, *twice)
    assert "cannot be used as an assignment" in refused(
        all_, "--out", out, "--assignment", write_class(tmp_path, bad=b"{") / "bad.ipynb"
    )
    assert "another folder" in refused(all_, "--out", all_)
    with_settings = write_class(tmp_path / "class" / "submitted", anna=notebook()).parent
    (with_settings / "nbgrader_config.py").write_text("")
    assert "name its folder submitted" in refused(with_settings, "--out", out)
    missing = tmp_path / "gone"
    assert str(missing) in refused(all_, "--out", out, "--secret", missing)
    small.with_name("file").write_text("")
    assert "cannot be written to" in refused(all_, "--out", small.with_name("file") / "x")


@needs_sandbox
def test_notebooks_of_no_lesson_are_refused_together(tmp_path):
    all_ = write_class(tmp_path / "all", anna=b'{"cells": []}', bob=b"{")
    assert "name the notebook that was set" in refused(all_, "--out", tmp_path / "out")


def test_choices_are_those_of_the_modules_that_are_loaded_later():
    assert get_args(Platform) == command._PLATFORMS
    assert tuple(level.label for level in Level) == command._LEVELS


def test_less_isolation_than_required_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(levels, "best_level", lambda: Level.LIMITS)
    monkeypatch.setattr(levels, "why_not", lambda level: f"no {level.label} here")
    all_ = write_class(tmp_path / "all", anna=notebook())
    said = refused(all_, "--out", tmp_path / "out", "--require-isolation", "landlock")
    assert said == "The level landlock is not available: no landlock here"


@needs_sandbox
def test_limits_alone_are_warned_of(tmp_path, small, monkeypatch, capsys):
    monkeypatch.setattr(levels, "best_level", lambda: Level.LIMITS)
    all_ = write_class(tmp_path / "all", anna=notebook(half))
    out = tmp_path / "out"
    assert grade(all_, "--out", out, "--assignment", small, "--jobs", 1) == 0
    captured = capsys.readouterr()
    assert "Warning: submitted code is held by resource limits alone" in captured.err
    assert "Isolation: limits." in captured.out
    assert rows(out / "marks.csv")[0]["isolation"] == "limits"


@pytest.mark.parametrize("jobs", ["0", "-1", "x", "1e3", "1025", "٣"])
def test_the_number_of_jobs_is_checked(tmp_path, jobs, capsys):
    with pytest.raises(SystemExit):
        grade(tmp_path, "--out", tmp_path, "--jobs", jobs)
    assert "a whole number from 1 to 1024" in capsys.readouterr().err


@pytest.mark.cluster
def test_a_cluster_that_is_not_there_is_told(tmp_path, monkeypatch):
    pytest.importorskip("distributed", reason="needs the extra [cluster]")
    monkeypatch.setattr("nnlab.grading.pools.PATIENCE", 0.5)
    all_ = write_class(tmp_path / "all", anna=notebook())
    said = refused(all_, "--out", tmp_path / "out", "--cluster", "tcp://127.0.0.1:9")
    assert said.startswith("There is no Dask scheduler at tcp://127.0.0.1:9")


@needs_sandbox
@pytest.mark.cluster
def test_the_command_on_a_cluster_writes_the_same(tmp_path, small):
    distributed = pytest.importorskip("distributed", reason="needs the extra [cluster]")
    path, here, there = moodle_zip(tmp_path / "all.zip"), tmp_path / "here", tmp_path / "there"
    assert grade(path, "--out", here, "--assignment", small) == 0
    options = ["--assignment", small, "--secret", here / SECRET]
    with distributed.LocalCluster(
        n_workers=1, processes=True, threads_per_worker=2, dashboard_address=None
    ) as cluster:
        options += ["--cluster", cluster.scheduler_address]
        assert grade(path, "--out", there, *options) == 0
    assert written(there) == written(here)


def test_the_module_of_the_command_is_light():
    code = "import sys, nnlab.grading.command; print(sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    for heavy in ("matplotlib", "ipywidgets", "nbgrader", "distributed", "nbformat"):
        assert f"'{heavy}'" not in loaded


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_rewrites_one_line_on_a_terminal_and_is_brief_elsewhere():
    terminal, pipe = Terminal(), io.StringIO()
    for stream in (terminal, pipe):
        progress = Progress(200, stream)
        for i in range(200):
            progress.advance(1, i > 50)
        progress.close()
    assert terminal.getvalue().count("\n") == 1
    assert terminal.getvalue().count("\r") == 200
    assert "\r\x1b[K37 of 200\r" in terminal.getvalue()  # nothing marked yet: nothing to tell
    assert "\r\x1b[K100 of 200 · about " in terminal.getvalue()
    assert terminal.getvalue().endswith("200 of 200\n")
    assert len(pipe.getvalue().splitlines()) == 10
    assert "\r" not in pipe.getvalue()


@needs_sandbox
def test_a_terminal_without_the_letters_of_a_name_is_no_obstacle(tmp_path, small):
    write_class(tmp_path / "all", **{"李小龙": notebook(right)[:300]})
    (tmp_path / "run.py").write_text(SCRIPT)
    arguments = ["grade", "all", "--out", "out", "--assignment", "small.ipynb", "--jobs", "1"]
    done = subprocess.run(
        [sys.executable, "run.py", *arguments],
        cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"},
        capture_output=True,
        check=True,
    )
    assert b"\\u674e\\u5c0f\\u9f99.ipynb" in done.stdout
