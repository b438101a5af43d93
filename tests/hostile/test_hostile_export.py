"""A folder or zip full of traps is marked to its end by ``nnlab grade``, and nothing gets out."""

from __future__ import annotations

import argparse
import csv
import io
import os
import stat
import zipfile
from pathlib import Path

import pytest
from hostile_entry import ALL, EXERCISES, RIGHT, WRONG, blank, dumped, solved

from nnlab.grading.command import add_grade_command

SECRET = "the-content-of-a-file-of-the-teacher"

MARKUP = "<img src=x onerror=alert(1)>"

OUTSIDE = (
    "../../evil.ipynb",
    "/tmp/nnlab-hostile-evil.ipynb",
    "a/../../evil.ipynb",
    "..\\evil.ipynb",
)
"""Paths that lead out of a zip."""

NAMES = (
    f"eve {MARKUP}",
    "=cmd|'calc'!A1",
    "@SUM(1+1)",
    "..",
    "line\nbreak",
    "\u202egnp.evil",
    "CON",
    "x" * 200,
)
"""What students, or their files, may be called."""


@pytest.fixture
def teacher(tmp_path) -> Path:
    """Return a folder with the assignment, a file that is nobody's business, and shadow modules."""
    folder = tmp_path / "teacher"
    folder.mkdir()
    (folder / "hostile.ipynb").write_bytes(dumped(blank()))
    (folder / "private.ipynb").write_text(SECRET)
    return folder


def _graded(teacher: Path, submissions: Path) -> tuple[dict[str, dict[str, str]], Path]:
    """Run the command; return the rows of its table by student, and the folder it wrote."""
    parser = argparse.ArgumentParser()
    add_grade_command(parser.add_subparsers())
    out = teacher / "out"
    asked = str(teacher / "hostile.ipynb")
    given = ["grade", str(submissions), "--out", str(out), "--assignment", asked, "--jobs", "1"]
    arguments = parser.parse_args(given)
    assert arguments.run(arguments) == 0
    with (out / "marks.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = {row["student"]: row for row in csv.DictReader(table)}
    return rows, out


def _points(row: dict[str, str]) -> dict[str, float]:
    return {name: float(row[name] or 0) for name in EXERCISES}


def _assert_safe(rows: dict[str, dict[str, str]], out: Path) -> None:
    assert _points(rows["anna"]) == ALL
    for student, row in rows.items():
        if student != "anna":
            assert sum(_points(row).values()) == 0, student
    for path in out.rglob("*"):
        if path.is_file() and path.suffix in (".html", ".csv", ".json", ".txt"):
            text = path.read_text(encoding="utf-8-sig")
            assert SECRET not in text, path.name
            assert path.suffix != ".html" or MARKUP not in text, path.name
        if path.suffix == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as table:
                for row in csv.reader(table):
                    assert not [cell for cell in row if cell.startswith(("=", "@", "+"))], row


@pytest.mark.skipif(os.name != "posix", reason="the traps are files of a POSIX system")
def test_folder_of_traps(teacher, tmp_path):
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "anna.ipynb").write_bytes(dumped(solved(RIGHT)))
    for name in NAMES[:2] + NAMES[4:]:
        (folder / f"{name}.ipynb").write_bytes(dumped(solved(WRONG)))
    (folder / "directory.ipynb").mkdir()
    (folder / "symlink.ipynb").symlink_to(teacher / "private.ipynb")
    (folder / "borrowed.ipynb").symlink_to(folder / "anna.ipynb")
    (folder / "loop.ipynb").symlink_to(folder / "loop.ipynb")
    (folder / "around").symlink_to(folder)
    (folder / "zero.ipynb").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.ipynb")
    before = {path.name: path.lstat().st_mtime_ns for path in folder.iterdir()}
    rows, out = _graded(teacher, folder)
    _assert_safe(rows, out)
    assert {path.name: path.lstat().st_mtime_ns for path in folder.iterdir()} == before
    names = {path.name for path in teacher.iterdir()}
    assert names == {"hostile.ipynb", "out", "private.ipynb"}


def _zip() -> bytes:
    """Return a zip with paths that lead out of it, links, doubles, and a bomb."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("anna.ipynb", dumped(solved(RIGHT)))
        for name in NAMES:
            file.writestr(f"{name}.ipynb", dumped(solved(WRONG)))
        for path in OUTSIDE:
            file.writestr(path, dumped(solved(WRONG)))
        link = zipfile.ZipInfo("link.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "private.ipynb")
        file.writestr("bomb.ipynb", bytes(60 * 2**20))
        file.writestr("inner.zip", stream.getvalue())
    return stream.getvalue()


def test_zip_of_traps(teacher, tmp_path):
    export = tmp_path / "export.zip"
    export.write_bytes(_zip())
    rows, out = _graded(teacher, export)
    _assert_safe(rows, out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export.zip", "teacher"]
    assert not Path(OUTSIDE[1]).exists()


def test_modules_beside_the_notebooks_are_not_imported(teacher, tmp_path, monkeypatch):
    folder = tmp_path / "submissions"
    folder.mkdir()
    (folder / "anna.ipynb").write_bytes(dumped(solved(RIGHT)))
    trace = tmp_path / "imported"
    for name in ("json", "struct", "numpy", "sitecustomize", "nnlab", "pickle", "signal"):
        (folder / f"{name}.py").write_text(f"open({str(trace)!r}, 'w').close()\n")
    monkeypatch.chdir(folder)
    rows, _ = _graded(teacher, folder)
    assert _points(rows["anna"]) == ALL
    assert not trace.exists()
