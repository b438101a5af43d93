"""A class folder: written once, never over what is there; solutions withheld and shown."""

import argparse
import ast
import stat
import subprocess
import sys
from datetime import date, timedelta

import nbformat
import pytest

from nnlab._resources import lessons_dir
from nnlab.exercises import withholding
from nnlab.exercises.withholding import Withholding
from nnlab.grading import classroom
from nnlab.grading.class_command import ClassError, add_class_command
from nnlab.grading.classroom import set_up, show, withhold
from nnlab.grading.secret import Secret

LESSON = "01_task_setup"
TODAY = date.today()
NEXT_MONTH = TODAY + timedelta(31)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "my class"


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def command(*arguments):
    parser = argparse.ArgumentParser()
    add_class_command(parser.add_subparsers())
    parsed = parser.parse_args(["class", *map(str, arguments)])
    return parsed.run(parsed)


# Making a class ----------------------------------------------------------------------------------


def test_every_lesson_with_exercises_is_there(folder):
    setup = set_up(folder)
    there = {path.stem: path for path in (folder / "source").glob("*/*.ipynb")}
    for path in lessons_dir().glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        graded = any(cell.metadata.get("nbgrader", {}).get("grade") for cell in cells)
        assert (path.stem in there) == graded
    for stem, path in there.items():
        assert path.parent.name == stem
        assert path.read_bytes() == (lessons_dir() / path.name).read_bytes()
    assert set(setup.made) == set(files(folder))
    assert setup.kept == ()


@pytest.mark.parametrize("name", ["01", "1", LESSON, f"{LESSON}.ipynb"])
def test_lessons_can_be_named(folder, name):
    set_up(folder, lessons=[name, name])
    assert [path.name for path in (folder / "source").iterdir()] == [LESSON]


def test_the_secret_can_be_read_by_its_owner_only(folder):
    set_up(folder, lessons=["01"])
    path = folder / classroom.SECRET_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    Secret.load(path)
    key = path.read_bytes().strip()
    assert [name for name, data in files(folder).items() if key in data] == [path.name]


def test_two_classes_have_two_secrets(tmp_path):
    for name in ("a", "b"):
        set_up(tmp_path / name, lessons=["01"])
    keys = {(tmp_path / name / classroom.SECRET_FILE).read_bytes() for name in ("a", "b")}
    assert len(keys) == 2


def test_a_second_time_changes_nothing(folder):
    set_up(folder, lessons=["01"])
    before = files(folder)
    again = set_up(folder, lessons=["01"])
    assert files(folder) == before
    assert again.made == ()
    assert set(again.kept) == set(before)


def test_what_is_there_stays(folder):
    mine = {
        classroom.CONFIG_FILE: b"# mine",
        classroom.README_FILE: b"mine",
        f"source/{LESSON}/{LESSON}.ipynb": b"{}",
    }
    for name, content in mine.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    setup = set_up(folder, lessons=["01"])
    assert set(setup.kept) == set(mine)
    assert mine.items() <= files(folder).items()


def test_a_link_that_leads_nowhere_is_left_alone(folder):
    folder.mkdir()
    (folder / classroom.README_FILE).symlink_to(folder / "elsewhere")
    assert classroom.README_FILE in set_up(folder, lessons=["01"]).kept
    assert not (folder / "elsewhere").exists()


def test_the_settings_are_python_and_name_the_course(folder):
    set_up(folder, "neural-networks", ["01"])
    text = (folder / classroom.CONFIG_FILE).read_text()
    ast.parse(text)
    assert 'c.CourseDirectory.course_id = "neural-networks"' in text
    assert f'"{classroom.SECRET_FILE}"' in text
    assert "$" not in text


def test_the_course_is_called_like_its_folder(folder):
    set_up(folder, lessons=["01"])
    assert 'course_id = "my-class"' in (folder / classroom.CONFIG_FILE).read_text()


@pytest.mark.parametrize("missing", ["", "There is no Landlock."])
def test_the_best_isolation_that_needs_no_other_program_is_demanded(folder, monkeypatch, missing):
    monkeypatch.setattr(classroom, "why_not", lambda level: missing)
    setup = set_up(folder, lessons=["01"])
    level = "limits" if missing else "landlock"
    assert setup.required == level
    assert f'required_level = "{level}"' in (folder / classroom.CONFIG_FILE).read_text()


@pytest.mark.parametrize("name", ["", "a b", "../x", 'x"', "x\n", "a+b", "ü"])
def test_a_name_that_nbgrader_cannot_use_is_refused(folder, name):
    with pytest.raises(ClassError, match="The name of a course is letters"):
        set_up(folder, name)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["99", "01_task", "..", "²"])
def test_an_unknown_lesson_is_refused_and_nothing_written(folder, name):
    with pytest.raises(ClassError, match=f"no lesson {name!r}; there are 00_start_here"):
        set_up(folder, lessons=["01", name])
    assert not folder.exists()


def test_a_lesson_without_exercises_is_refused(folder, tmp_path, monkeypatch):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("read")])
    nbformat.write(notebook, tmp_path / "07_read.ipynb")
    monkeypatch.setattr(classroom, "lessons_dir", lambda: tmp_path)
    with pytest.raises(ClassError, match="07_read has no exercises"):
        set_up(folder, lessons=["7"])


def test_a_file_in_the_way_is_told(folder):
    folder.write_text("")
    with pytest.raises(ClassError, match="cannot be made a class folder: File exists"):
        set_up(folder, lessons=["01"])


# Solutions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("until", [None, TODAY, NEXT_MONTH])
def test_solutions_are_withheld_and_shown_again(folder, until):
    set_up(folder, lessons=["01"])
    place = folder / "source" / LESSON
    assert withhold(folder, LESSON, until) == place / withholding.FILE
    assert withholding.read(place) == Withholding(until)
    assert show(folder, LESSON)
    assert withholding.read(place) is None
    assert not show(folder, LESSON)


def test_a_day_that_is_over_is_refused(folder):
    set_up(folder, lessons=["01"])
    yesterday = TODAY - timedelta(1)
    with pytest.raises(ClassError, match=f"{yesterday} is over"):
        withhold(folder, LESSON, yesterday)
    assert withholding.read(folder / "source" / LESSON) is None


@pytest.mark.parametrize("name", ["02_data_splits", "", ".", "..", f"../source/{LESSON}"])
def test_an_unknown_assignment_is_refused(folder, name):
    set_up(folder, lessons=["01"])
    for change in (withhold, show):
        with pytest.raises(ClassError, match=f"There is no assignment .*; there are {LESSON}"):
            change(folder, name)


def test_another_folder_is_no_class(tmp_path):
    with pytest.raises(ClassError, match="is no class folder"):
        withhold(tmp_path, LESSON)


# The command -------------------------------------------------------------------------------------


def test_the_command_says_what_it_did(folder, capsys):
    assert command("init", folder, "--lesson", "1") == 0
    said = capsys.readouterr().out
    assert "written  nbgrader_config.py" in said
    assert str(folder / "README.md") in said
    assert command("init", folder, "--lesson", "1") == 0
    assert "kept     nbgrader_config.py" in capsys.readouterr().out


@pytest.mark.parametrize("first", [0, 2, 4])
def test_options_may_stand_before_and_after_the_folder(folder, first):
    words = ["--course", "nn", "--lesson", "1", "--lesson", "02_data_splits"]
    assert command("init", *words[:first], folder, *words[first:]) == 0
    assert 'course_id = "nn"' in (folder / classroom.CONFIG_FILE).read_text()
    lessons = sorted(path.name for path in (folder / "source").iterdir())
    assert lessons == [LESSON, "02_data_splits"]


def test_the_command_withholds_and_shows(folder, capsys, monkeypatch):
    command("init", folder, "--lesson", "1")
    command("withhold", LESSON, "--until", NEXT_MONTH.isoformat(), "--dir", folder)
    said = capsys.readouterr().out
    assert f"nbgrader generate_assignment {LESSON} --force" in said
    assert f"nbgrader release_assignment {LESSON} --force" in said
    assert withholding.read(folder / "source" / LESSON) == Withholding(NEXT_MONTH)
    monkeypatch.chdir(folder)
    command("show", LESSON)
    assert withholding.read(folder / "source" / LESSON) is None
    command("show", LESSON)
    assert "were not withheld" in capsys.readouterr().out


def test_the_command_warns_where_code_cannot_be_shut_in(folder, capsys, monkeypatch):
    monkeypatch.setattr(classroom, "why_not", lambda level: "There is no Landlock.")
    monkeypatch.setattr("nnlab.grading.levels.why_not", lambda level: "There is no Landlock.")
    command("init", folder, "--lesson", "1")
    assert "not shut in. There is no Landlock." in capsys.readouterr().out


@pytest.mark.parametrize("day", ["tomorrow", "2030-02-30", ""])
def test_a_day_that_is_none_is_refused(folder, day, capsys):
    with pytest.raises(SystemExit):
        command("withhold", LESSON, "--until", day, "--dir", folder)
    assert "a day such as 2030-12-31" in capsys.readouterr().err


def test_the_parser_is_light():
    code = (
        "import sys; import nnlab.grading.class_command; "
        "print([n for n in ('numpy', 'nbgrader', 'nbformat', 'matplotlib') if n in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
