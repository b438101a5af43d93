"""Whose notebook is which file, and what a folder or zip may do to the one who opens it."""

import io
import os
import stat
import warnings
import zipfile

import pytest

from nnlab.grading import files
from nnlab.grading.files import FileProblemError, legible, open_export
from nnlab.grading.platforms import sort_out

NOTEBOOK = b'{"cells": []}'


def make_zip(path, members, **options):
    """Write a zip; values are contents, keys are names or ready-made `ZipInfo`."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", **options) as archive:
        warnings.simplefilter("ignore")  # that a name is there twice
        for name, content in members:
            archive.writestr(name, content)
    return path


def make_folder(path, names):
    for name in names:
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(NOTEBOOK)
    return path


def opened(path, platform=None, **options):
    """Return what an export holds, its notebooks read."""
    with open_export(path, **options) as found:
        export = sort_out(found, platform)
        for notebook in export.notebooks:
            assert notebook.read() == NOTEBOOK
    return export


def who(export):
    return [(notebook.student.id, notebook.student.name) for notebook in export.notebooks]


def reasons(export):
    return {listed.path: listed.reason for listed in export.listed}


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_moodle_in_all_its_forms(tmp_path, kind):
    names = [
        "Anna Petrova_101_assignsubmission_file_/01_task_setup.ipynb",  # up to Moodle 3.10
        "Bob Stone_102_assignsubmission_file/deep/er/01_task_setup.ipynb",  # later ones
        "Carl Ng_103_assignsubmission_file_01_task_setup.ipynb",  # without folders
        "Default group_assignsubmission_file/team.ipynb",
        "Participant_105_assignsubmission_file_/01_task_setup.ipynb",  # anonymous marking
    ]
    if kind == "zip":
        path = make_zip(tmp_path / "all.zip", [(name, NOTEBOOK) for name in names])
    else:
        path = make_folder(tmp_path / "all", names)
    export = opened(path)
    assert export.platform == "moodle"
    assert who(export) == [
        ("101", "Anna Petrova"),
        ("102", "Bob Stone"),
        ("103", "Carl Ng"),
        ("Default group", "Default group"),
        ("105", "Participant"),
    ]
    assert export.notebooks[2].names == ("01_task_setup",)
    assert export.notebooks[1].names == ("01_task_setup", "er", "deep")


def test_an_underscore_in_a_name_of_moodle_belongs_to_it(tmp_path):
    names = ["An_na_101_assignsubmission_file_/x.ipynb", "B_2_c_assignsubmission_file_/x.ipynb"]
    assert who(opened(make_folder(tmp_path, names))) == [("101", "An_na"), ("B_2_c", "B_2_c")]


def test_two_students_of_the_same_name_stay_two(tmp_path):
    names = [f"Ann Li_{n}_assignsubmission_file_/x.ipynb" for n in (7, 8)]
    export = opened(make_folder(tmp_path, names))
    assert [student.label for student in export.students] == ["Ann Li (7)", "Ann Li (8)"]


def test_canvas_names_late_ones_anonymous_ones_and_resubmissions(tmp_path):
    names = [
        "abelanna_11_900_task-2.ipynb",
        "abelanna_11_801_task-1.ipynb",
        "o_neil_LATE_12_803_my_2_day_plan.ipynb",
        "anon_aB3xY_804_2_day_plan.ipynb",
        "LATE_anon_zz9Qw_805_2_day_plan.ipynb",
    ]
    export = opened(make_folder(tmp_path, names))
    assert export.platform == "canvas"
    found = {notebook.path: notebook for notebook in export.notebooks}
    ids = {path: notebook.student.id for path, notebook in found.items()}
    assert ids == {
        "abelanna_11_900_task-2.ipynb": "11",
        "abelanna_11_801_task-1.ipynb": "11",
        "o_neil_LATE_12_803_my_2_day_plan.ipynb": "12",
        "anon_aB3xY_804_2_day_plan.ipynb": "anon_aB3xY",
        "LATE_anon_zz9Qw_805_2_day_plan.ipynb": "anon_zz9Qw",
    }
    assert found[names[2]].student.name == "o_neil"
    assert found[names[4]].student.label == "anon_zz9Qw"
    assert found[names[2]].names == ("my_2_day_plan",)
    assert found[names[0]].names == ("task-2", "task")
    # Written earlier to the disk, yet submitted later: the number of the file decides.
    assert found[names[0]].age > found[names[1]].age


def test_plain_folders_and_those_of_nbgrader(tmp_path):
    names = [
        "anna_2025_04_work.ipynb",  # looks like Canvas, but the others do not
        "bob/01_task_setup.ipynb",
        "j. smith/ps1/01_task_setup.ipynb",
        "j. smith/ps2/02_data_splits.ipynb",
    ]
    export = opened(make_folder(tmp_path, names))
    assert export.platform == "plain"
    assert [notebook.student.id for notebook in export.notebooks] == [
        "anna_2025_04_work",
        "bob",
        "j. smith",
        "j. smith",
    ]
    assert export.notebooks[2].names == ("01_task_setup", "ps1")


def test_a_platform_can_be_named(tmp_path):
    make_folder(tmp_path, ["anna_2025_04_work.ipynb"])
    assert who(opened(tmp_path)) == [("2025", "anna")]
    assert who(opened(tmp_path, "plain")) == [("anna_2025_04_work", "anna_2025_04_work")]


def test_a_zip_of_one_folder_named_like_it_is_that_folder(tmp_path):
    members = [("class/anna.ipynb", NOTEBOOK), ("class/bob/01.ipynb", NOTEBOOK)]
    for extra in ([], [("__MACOSX/class/._anna.ipynb", b"")]):  # the latter as macOS makes it
        export = opened(make_zip(tmp_path / "class.zip", members + extra))
        assert [student.id for student in export.students] == ["anna", "bob"]
    one_student = opened(make_zip(tmp_path / "all.zip", members[1:]))
    assert [student.id for student in one_student.students] == ["class"]


def test_appended_endings_are_taken_off(tmp_path):
    names = ["anna.ipynb.txt", "bob.IPYNB", "carl.ipynb.json"]
    export = opened(make_folder(tmp_path, names))
    assert [student.id for student in export.students] == ["anna", "bob", "carl"]


@pytest.mark.parametrize(
    "name",
    ["李小龙", "Анна Петрова", "علی‌رضا", "=cmd|'calc'!A0", "-1+1", "<script>alert(1)", "  x "],
)
def test_names_in_any_script_stay_as_they_are(tmp_path, name):
    export = opened(
        make_zip(tmp_path / "a.zip", [(f"{name}_9_assignsubmission_file_/a.ipynb", NOTEBOOK)])
    )
    assert who(export) == [("9", name.strip())]


def test_names_cannot_move_the_cursor_and_bytes_that_are_no_text_are_shown():
    assert legible("a\x1b[2Jb\nc\u202ed") == "a\\x1b[2Jb\\nc\\u202ed"
    assert legible(os.fsdecode(b"M\xfcller")) == "M\\udcfcller"
    assert legible("Mu\u0308ller\u00a0A") == "Müller A"
    legible(os.fsdecode(b"\xff")).encode("utf-8")


def test_utf8_names_without_the_flag_are_understood(tmp_path):
    """As some archivers of macOS write them."""
    path = make_zip(tmp_path / "a.zip", [("Zoe.ipynb", NOTEBOOK)])
    data = path.read_bytes().replace(b"Zoe.ipynb", "Zoë.ipyn".encode())
    path.write_bytes(data.replace(b"Zo\xc3\xab.ipyn", b"Z\xc3\xab.ipynb"))
    assert who(opened(path)) == [("Zë", "Zë")]


def test_a_students_own_zip_is_opened_one_level_deep(tmp_path):
    inner = make_zip(tmp_path / "inner.zip", [("x.ipynb", NOTEBOOK)]).read_bytes()
    outer = make_zip(
        tmp_path / "outer.zip", [("work/01.ipynb", NOTEBOOK), ("more.zip", inner)]
    ).read_bytes()
    folder = "Ann Li_7_assignsubmission_file_/mine.zip"
    export = opened(make_zip(tmp_path / "all.zip", [(folder, outer), ("bob.zip", inner)]))
    assert {(n.student.id, n.path) for n in export.notebooks} == {
        ("7", f"{folder}/work/01.ipynb"),
        ("bob", "bob.zip/x.ipynb"),
    }
    assert reasons(export) == {
        f"{folder}/more.zip": "it is a zip within a zip; only one level is opened"
    }
    listed = export.listed[0].student
    assert listed is not None
    assert listed.id == "7"


def special(name, mode):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def test_members_that_lead_out_or_are_no_files_are_listed(tmp_path):
    members = [
        ("/etc/anna.ipynb", NOTEBOOK),
        ("../bob.ipynb", NOTEBOOK),
        ("a/../../carl.ipynb", NOTEBOOK),
        ("C:\\dora.ipynb", NOTEBOOK),
        (special("eve.ipynb", stat.S_IFLNK | 0o777), b"/etc/passwd"),
        (special("fay.ipynb", stat.S_IFIFO | 0o777), b""),
        ("good.ipynb", NOTEBOOK),
    ]
    export = opened(make_zip(tmp_path / "a.zip", members))
    assert who(export) == [("good", "good")]
    assert sorted(reason.split(" in the zip ")[0] for reason in reasons(export).values()) == [
        "it is a symbolic link, and links are not followed",
        "it is not a file but a device, pipe or socket",
        "its name",
        "its name",
        "its name",
        "its name",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_damaged_encrypted_and_oddly_compressed_members_cost_only_themselves(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("broken", "locked", "odd", "good"):
            method = zipfile.ZIP_BZIP2 if name == "odd" else zipfile.ZIP_STORED
            archive.writestr(f"{name}.ipynb", NOTEBOOK, method)
    data = bytearray(path.read_bytes())
    data[data.index(NOTEBOOK)] ^= 1  # of the first: the checksum does not fit any more
    entry = data.rindex(b"locked.ipynb")  # in the directory at the end
    data[entry - 38] |= 1
    path.write_bytes(data)
    with open_export(path) as found:
        export = sort_out(found)
        good, broken = (
            next(n for n in export.notebooks if n.student.id == name) for name in ("good", "broken")
        )
        assert good.read() == NOTEBOOK
        with pytest.raises(FileProblemError, match="the zip is damaged there"):
            broken.read()
    assert reasons(export) == {
        "locked.ipynb": "it is encrypted",
        "odd.ipynb": "it is compressed in a way that is not opened here",
    }


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_BYTES", 3 * 2**20)
    members = [
        ("bomb.ipynb", bytes(2 * 2**20)),
        ("large.ipynb", os.urandom(3 * 2**20 + 1)),
        ("good.ipynb", NOTEBOOK),
    ]
    export = opened(make_zip(tmp_path / "a.zip", members, compression=zipfile.ZIP_DEFLATED))
    assert who(export) == [("good", "good")]
    assert reasons(export) == {
        "bomb.ipynb": "it grows too much when unpacked, as no notebook does",
        "large.ipynb": "it is larger than 3 MB",
    }


def test_a_member_that_lies_about_its_size_is_not_read_to_the_end(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "a.zip", [("a.ipynb", bytes(5_000))], compression=8)
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"a.ipynb")
    data[entry - 22 : entry - 18] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    with open_export(path) as found, pytest.raises(FileProblemError):
        found[0].read()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 not really", "the zip cannot be opened"),
        (b"", "the zip cannot be opened"),
        (None, "the zip is empty"),
    ],
)
def test_a_students_broken_zip_is_listed(tmp_path, content, reason):
    if content is None:
        stream = io.BytesIO()
        zipfile.ZipFile(stream, "w").close()
        content = stream.getvalue()
    (tmp_path / "anna.zip").write_bytes(content)
    export = opened(tmp_path)
    assert reasons(export)["anna.zip"].startswith(reason)
    assert [student.id for student in export.students] == ["anna"]


def test_too_many_files_are_refused_in_all_and_listed_for_one_student(tmp_path, monkeypatch):
    many = make_zip(tmp_path / "many.zip", [(f"{i}.ipynb", NOTEBOOK) for i in range(5)])
    monkeypatch.setattr(files, "MAX_NESTED", 4)
    assert reasons(opened(tmp_path)) == {"many.zip": "the zip holds more than 4 files"}
    monkeypatch.setattr(files, "MAX_FILES", 4)
    with pytest.raises(FileProblemError, match="more than 4 files"), open_export(many):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are a matter of POSIX")
def test_links_and_pipes_in_a_folder_are_listed(tmp_path):
    (tmp_path / "secret.ipynb").write_bytes(NOTEBOOK)
    folder = make_folder(tmp_path / "all", ["bob.ipynb", "zoe/.ipynb_checkpoints/x.ipynb"])
    (folder / "anna.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._bob.ipynb").write_bytes(b"x")
    (folder / ".DS_Store").write_bytes(b"x")
    export = opened(folder)
    assert who(export) == [("bob", "bob")]
    link = "it is a symbolic link, and links are not followed"
    assert reasons(export) == {
        "anna.ipynb": link,
        "up": link,
        "pipe.ipynb": "it is not a file but a device, pipe or socket",
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are a matter of POSIX")
@pytest.mark.parametrize("become", ["link", "pipe"])
def test_a_file_that_becomes_something_else_later_is_not_read(tmp_path, become):
    folder = make_folder(tmp_path / "all", ["bob.ipynb"])
    with open_export(folder) as found:
        (folder / "bob.ipynb").rename(tmp_path / "moved")
        if become == "pipe":
            os.mkfifo(folder / "bob.ipynb")
        else:
            (folder / "bob.ipynb").symlink_to(tmp_path / "moved")
        with pytest.raises(FileProblemError):
            found[0].read()


def test_every_other_file_is_listed_with_whose_it_is(tmp_path):
    names = ["anna/essay.pdf", "bob/01.ipynb", "read me.txt"]
    export = opened(make_folder(tmp_path, names))
    assert [(file.path, file.student and file.student.id) for file in export.listed] == [
        ("anna/essay.pdf", "anna"),
        ("read me.txt", None),
    ]
    assert all(file.minor for file in export.listed)
    assert [student.id for student in export.students] == ["anna", "bob"]


def test_the_folder_of_results_is_left_out(tmp_path):
    make_folder(tmp_path, ["bob.ipynb", "marks/feedback/x.ipynb"])
    export = opened(tmp_path, leave_out=tmp_path / "marks")
    assert who(export) == [("bob", "bob")]
    assert len(opened(tmp_path).notebooks) == 2


@pytest.mark.parametrize("kind", ["nothing", "text"])
def test_what_cannot_be_opened_is_refused(tmp_path, kind):
    path = tmp_path / "x.zip"
    if kind == "text":
        path.write_text("no zip")
    with pytest.raises(FileProblemError, match=r"x\.zip"), open_export(path):
        pass
