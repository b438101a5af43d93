"""The working folder: lessons arrive, update, and never cost the reader what they typed."""

import json
import os
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nnlab import workspace
from nnlab.workspace import Outcome, WorkspaceError, find_workspace, prepare

LESSON = "01_task_setup.ipynb"
BESIDE = "01_task_setup.new.ipynb"


def notebook(source, outputs=()):
    code = new_code_cell(source, outputs=[new_output("stream", text=text) for text in outputs])
    return new_notebook(cells=[new_markdown_cell("# A lesson"), code])


def write(path, source, outputs=()):
    nbformat.write(notebook(source, outputs), path)


def edit(path, source):
    """What a reader does: type in the last cell and save."""
    document = nbformat.read(path, as_version=4)
    document.cells[-1].source = source
    nbformat.write(document, path)


def last_source(path):
    return nbformat.read(path, as_version=4).cells[-1].source


@pytest.fixture
def lessons(tmp_path):
    folder = tmp_path / "shipped"
    (folder / "source").mkdir(parents=True)
    (folder / "source" / "01_task_setup.md").write_text("not for readers")
    (folder / "source" / "draft.ipynb").write_text("not for readers")
    write(folder / LESSON, "version = 1")
    write(folder / "00_start_here.ipynb", "start = 1")
    return folder


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "nnlab-course"


def outcome_of(report, lesson=LESSON):
    (delivery,) = [d for d in report.deliveries if d.lesson == lesson]
    return delivery.outcome, delivery.name


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_first_start_copies_the_lessons_and_not_their_sources(lessons, folder):
    report = prepare(folder, lessons=lessons)
    assert names(folder) == [".nnlab", "00_start_here.ipynb", LESSON]
    assert report.folder == folder
    assert [d.outcome for d in report.deliveries] == [Outcome.COPIED] * 2
    assert [d.lesson for d in report.deliveries] == ["00_start_here.ipynb", LESSON]
    assert (folder / LESSON).read_bytes() == (lessons / LESSON).read_bytes()
    assert names(folder / ".nnlab") == ["lessons.json"]


def test_a_second_start_changes_nothing(lessons, folder):
    prepare(folder, lessons=lessons)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    report = prepare(folder, lessons=lessons)
    assert outcome_of(report) == (Outcome.UNCHANGED, LESSON)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path: path.stat().st_mtime_ns for path in files}.items() <= before.items()


def test_an_untouched_lesson_is_updated(lessons, folder):
    prepare(folder, lessons=lessons)
    write(lessons / LESSON, "version = 2")
    report = prepare(folder, lessons=lessons)
    assert outcome_of(report) == (Outcome.UPDATED, LESSON)
    assert last_source(folder / LESSON) == "version = 2"
    assert names(folder) == [".nnlab", "00_start_here.ipynb", LESSON]


def run_and_save(path):
    """Change all that a run and a save may change, and nothing a person types."""
    document = nbformat.read(path, as_version=4)
    for number, cell in enumerate(document.cells):
        cell.id = f"other-{number}"
        cell.metadata = {"trusted": True, "slideshow": {"slide_type": "skip"}}
    document.cells[-1].execution_count = 7
    document.cells[-1].outputs = [new_output("stream", text="the reader's output")]
    document.metadata["widgets"] = {}
    path.write_text(json.dumps(document, indent=4))


def test_a_lesson_that_was_only_run_and_saved_is_updated(lessons, folder):
    prepare(folder, lessons=lessons)
    run_and_save(folder / LESSON)
    write(lessons / LESSON, "version = 2")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UPDATED, LESSON)
    assert last_source(folder / LESSON) == "version = 2"


def test_a_lesson_that_was_only_run_is_left_alone_while_there_is_nothing_new(lessons, folder):
    prepare(folder, lessons=lessons)
    run_and_save(folder / LESSON)
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UNCHANGED, LESSON)
    assert "the reader's output" in (folder / LESSON).read_text()


def test_new_outputs_alone_are_a_new_version(lessons, folder):
    prepare(folder, lessons=lessons)
    write(lessons / LESSON, "version = 1", outputs=["a new picture"])
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UPDATED, LESSON)
    assert "a new picture" in (folder / LESSON).read_text()


def append_cell(document):
    document.cells.append(new_code_cell(""))


def swap_cells(document):
    document.cells.reverse()


def change_type(document):
    document.cells[0] = new_code_cell(document.cells[0].source)


def change_source(document):
    document.cells[-1].source += " "


def attach_picture(document):
    document.cells[0].attachments = {"drawing.png": {"image/png": "AAAA"}}


@pytest.mark.parametrize(
    "change", [append_cell, swap_cells, change_type, change_source, attach_picture]
)
def test_whatever_a_person_can_type_counts_as_touched(lessons, folder, change):
    prepare(folder, lessons=lessons)
    document = nbformat.read(folder / LESSON, as_version=4)
    change(document)
    nbformat.write(document, folder / LESSON)
    mine = (folder / LESSON).read_bytes()
    write(lessons / LESSON, "version = 2")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, BESIDE)
    assert (folder / LESSON).read_bytes() == mine
    assert last_source(folder / BESIDE) == "version = 2"


def test_a_touched_lesson_is_not_given_again_while_there_is_nothing_new(lessons, folder):
    prepare(folder, lessons=lessons)
    edit(folder / LESSON, "mine")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UNCHANGED, LESSON)
    write(lessons / LESSON, "version = 2")
    prepare(folder, lessons=lessons)
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UNCHANGED, BESIDE)
    assert names(folder) == [".nnlab", "00_start_here.ipynb", LESSON, BESIDE]


def test_later_versions_replace_the_untouched_one_beside_and_spare_the_touched_one(lessons, folder):
    prepare(folder, lessons=lessons)
    edit(folder / LESSON, "mine")
    for version in (2, 3):
        write(lessons / LESSON, f"version = {version}")
        assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, BESIDE)
        assert last_source(folder / BESIDE) == f"version = {version}"
    edit(folder / BESIDE, "mine too")
    for number, version in ((2, 4), (3, 5)):
        write(lessons / LESSON, f"version = {version}")
        name = f"01_task_setup.new-{number}.ipynb"
        assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, name)
        assert last_source(folder / name) == f"version = {version}"
        edit(folder / name, f"mine {version}")
    assert last_source(folder / LESSON) == "mine"
    assert last_source(folder / BESIDE) == "mine too"
    assert last_source(folder / "01_task_setup.new-2.ipynb") == "mine 4"


def test_a_missing_lesson_is_delivered_again(lessons, folder):
    prepare(folder, lessons=lessons)
    (folder / LESSON).unlink()
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.COPIED, LESSON)


def test_a_missing_lesson_is_delivered_again_even_if_it_lies_beside(lessons, folder):
    prepare(folder, lessons=lessons)
    edit(folder / LESSON, "mine")
    write(lessons / LESSON, "version = 2")
    prepare(folder, lessons=lessons)
    (folder / LESSON).unlink()
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.COPIED, LESSON)


def test_the_new_version_moved_over_the_old_one_is_then_kept_up_to_date(lessons, folder):
    prepare(folder, lessons=lessons)
    edit(folder / LESSON, "mine")
    write(lessons / LESSON, "version = 2")
    prepare(folder, lessons=lessons)
    (folder / BESIDE).replace(folder / LESSON)
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UNCHANGED, LESSON)
    write(lessons / LESSON, "version = 3")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UPDATED, LESSON)


def test_a_file_that_was_there_before_counts_as_touched(lessons, folder):
    folder.mkdir()
    write(folder / LESSON, "an older course")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, BESIDE)
    assert last_source(folder / LESSON) == "an older course"


def test_a_file_that_already_equals_the_lesson_is_only_recorded(lessons, folder):
    folder.mkdir()
    write(folder / LESSON, "version = 1", outputs=["the reader's output"])
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UNCHANGED, LESSON)
    assert "the reader's output" in (folder / LESSON).read_text()
    write(lessons / LESSON, "version = 2")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UPDATED, LESSON)


DAMAGED = {
    "lost": None,
    "empty": b"",
    "cut off": b'{"format": 1, "files": {"01_task',
    "no text": b"\xff\xfe\x00",
    "another shape": b'[{"format": 1}]',
    "null": b"null",
    "bad entry": b'{"format": 1, "files": {"01_task_setup.ipynb": 3}}',
    "files a list": b'{"format": 1, "files": ["01_task_setup.ipynb"]}',
    "too deep": b"[" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_manifest_costs_nothing(lessons, folder, content):
    prepare(folder, lessons=lessons)
    edit(folder / LESSON, "mine")
    manifest = folder / ".nnlab" / "lessons.json"
    manifest.unlink()
    if content is not None:
        manifest.write_bytes(content)
    write(lessons / LESSON, "version = 2")
    report = prepare(folder, lessons=lessons)
    assert outcome_of(report) == (Outcome.BESIDE, BESIDE)
    assert outcome_of(report, "00_start_here.ipynb")[0] is Outcome.UNCHANGED
    assert last_source(folder / LESSON) == "mine"
    assert json.loads(manifest.read_bytes())["files"].keys() == {"00_start_here.ipynb", BESIDE}


def test_a_manifest_of_another_format_is_not_trusted(lessons, folder):
    prepare(folder, lessons=lessons)
    manifest = folder / ".nnlab" / "lessons.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 2'))
    write(lessons / LESSON, "version = 2")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, BESIDE)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"cells": 3}', b'{"cells": ["x"]}', b"\xff\xfe", b"[" * 100_000],
)
def test_a_file_that_is_no_notebook_is_compared_by_its_bytes(lessons, folder, content):
    prepare(folder, lessons=lessons)
    (folder / LESSON).write_bytes(content)
    write(lessons / LESSON, "version = 2")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, BESIDE)
    assert (folder / LESSON).read_bytes() == content


def test_a_source_may_be_one_string_or_lines_and_may_have_any_line_ends(lessons, folder):
    write(lessons / LESSON, "a = 1\nb = 2")
    prepare(folder, lessons=lessons)
    document = json.loads((folder / LESSON).read_bytes())
    document["cells"][-1]["source"] = "a = 1\r\nb = 2"
    (folder / LESSON).write_text(json.dumps(document))
    write(lessons / LESSON, "version = 2")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.UPDATED, LESSON)


def test_a_half_of_a_surrogate_pair_is_no_problem(lessons, folder):
    prepare(folder, lessons=lessons)
    text = (folder / LESSON).read_text().replace("version = 1", "\\ud83d")
    (folder / LESSON).write_text(text)
    write(lessons / LESSON, "version = 2")
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, BESIDE)


def test_a_save_in_the_last_moment_is_not_lost(lessons, folder, monkeypatch):
    prepare(folder, lessons=lessons)
    write(lessons / LESSON, "version = 2")
    write_bytes = Path.write_bytes

    def save_meanwhile(path, content):
        if path.name.startswith(f".{LESSON}"):
            edit(folder / LESSON, "saved meanwhile")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", save_meanwhile)
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, BESIDE)
    assert last_source(folder / LESSON) == "saved meanwhile"


def test_a_file_that_appears_in_the_last_moment_is_not_lost(lessons, folder, monkeypatch):
    write_bytes = Path.write_bytes

    def appear_meanwhile(path, content):
        if path.name.startswith(f".{LESSON}"):
            write(folder / LESSON, "appeared meanwhile")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", appear_meanwhile)
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, BESIDE)
    assert last_source(folder / LESSON) == "appeared meanwhile"


def test_a_full_disk_leaves_the_old_lesson_and_no_rubbish(lessons, folder, monkeypatch):
    prepare(folder, lessons=lessons)
    write(lessons / LESSON, "version = 2")
    write_bytes = Path.write_bytes

    def fail(path, content):
        write_bytes(path, content[: len(content) // 2])
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(WorkspaceError, match=r"could not be put into .*: No space left on device"):
        prepare(folder, lessons=lessons)
    monkeypatch.undo()
    assert last_source(folder / LESSON) == "version = 1"
    assert names(folder) == [".nnlab", "00_start_here.ipynb", LESSON]
    assert names(folder / ".nnlab") == ["lessons.json"]


def test_a_lesson_is_replaced_whole_or_not_at_all(lessons, folder, monkeypatch):
    prepare(folder, lessons=lessons)
    write(lessons / LESSON, "version = 2")

    def fail(path, _target):
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(WorkspaceError, match="Input/output error"):
        prepare(folder, lessons=lessons)
    assert last_source(folder / LESSON) == "version = 1"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few accounts make links")
def test_links_are_followed_for_the_folder_and_kept_for_the_reader(lessons, folder, tmp_path):
    (tmp_path / "real").mkdir()
    folder.symlink_to(tmp_path / "real")
    (tmp_path / "real" / LESSON).symlink_to(tmp_path / "nowhere.ipynb")
    report = prepare(folder, lessons=lessons)
    assert report.folder == folder
    assert outcome_of(report) == (Outcome.BESIDE, BESIDE)
    assert (tmp_path / "real" / LESSON).is_symlink()
    assert (tmp_path / "real" / BESIDE).is_file()


def test_a_folder_in_place_of_a_lesson_is_left_alone(lessons, folder):
    (folder / LESSON).mkdir(parents=True)
    assert outcome_of(prepare(folder, lessons=lessons)) == (Outcome.BESIDE, BESIDE)


def test_spaces_and_any_script_in_the_name(lessons, tmp_path):
    folder = tmp_path / "мой курс" / "so = 'fein' 数"
    prepare(folder, lessons=lessons)
    assert (folder / LESSON).is_file()


def test_a_relative_folder_is_reported_as_an_absolute_one(lessons, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert prepare(Path("course"), lessons=lessons).folder == tmp_path / "course"


def test_no_lessons_is_an_error_and_makes_no_folder(folder, tmp_path):
    with pytest.raises(WorkspaceError, match="has no lessons"):
        prepare(folder, lessons=tmp_path / "empty")
    assert not folder.exists()


def test_a_file_in_place_of_the_folder(lessons, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="is a file, not a folder"):
        prepare(tmp_path / "file", lessons=lessons)
    with pytest.raises(WorkspaceError, match="cannot be written"):
        prepare(tmp_path / "file" / "below", lessons=lessons)


def test_a_file_in_place_of_the_state_folder(lessons, folder):
    folder.mkdir()
    (folder / ".nnlab").write_text("")
    with pytest.raises(WorkspaceError, match=r"could not be put into .*\.nnlab"):
        prepare(folder, lessons=lessons)


def test_an_os_that_refuses_to_write(lessons, folder, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(WorkspaceError, match=r"cannot be written: Permission denied\.$"):
        prepare(folder, lessons=lessons)


@pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 0)() == 0, reason="permission bits do not bind this account"
)
def test_a_folder_without_permission(lessons, folder):
    folder.mkdir(mode=0o500)
    with pytest.raises(WorkspaceError, match="cannot be written"):
        prepare(folder, lessons=lessons)


def test_find_workspace_walks_up(lessons, folder, tmp_path, monkeypatch):
    prepare(folder, lessons=lessons)
    deep = folder / "own" / "notes"
    deep.mkdir(parents=True)
    assert find_workspace(deep) == folder
    assert find_workspace(folder / LESSON) == folder
    assert find_workspace(tmp_path) is None
    monkeypatch.chdir(deep)
    assert find_workspace() == folder


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.integers(0, 3)),
        st.tuples(st.just("run"), st.integers(0, 3)),
        st.tuples(st.just("publish"), st.integers(0, 3)),
        st.tuples(st.just("lose manifest"), st.just(0)),
        st.tuples(st.just("start"), st.just(0)),
    ),
    max_size=14,
)


@given(actions=ACTIONS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_typed_is_ever_lost_and_the_newest_lesson_is_always_there(
    actions, tmp_path_factory
):
    root = tmp_path_factory.mktemp("story")
    lessons, folder = root / "shipped", root / "course"
    lessons.mkdir()
    write(lessons / LESSON, "version = 0")
    prepare(folder, lessons=lessons)
    typed = {}
    for step, (action, number) in enumerate(actions):
        files = sorted(folder.glob("*.ipynb"))
        file = files[number % len(files)]
        if action == "type":
            typed[file] = f"typed in step {step}"
            edit(file, typed[file])
        elif action == "run":
            run_and_save(file)
        elif action == "publish":
            write(lessons / LESSON, f"version = {number}")
        elif action == "lose manifest":
            (folder / ".nnlab" / "lessons.json").unlink(missing_ok=True)
        else:
            prepare(folder, lessons=lessons)
            again = prepare(folder, lessons=lessons)
            assert [d.outcome for d in again.deliveries] == [Outcome.UNCHANGED]
        assert {path: last_source(path) for path in typed} == typed
    files = sorted(folder.glob("*.ipynb"))
    (delivery,) = prepare(folder, lessons=lessons).deliveries
    if delivery.name not in {path.name for path in typed}:
        assert last_source(folder / delivery.name) == last_source(lessons / LESSON)
    assert set(files) <= set(folder.glob("*.ipynb"))
    assert workspace.find_workspace(folder) == folder
