"""What the lecturer's page says of lessons, figures and exercises is what they are."""

import re

import pytest

from nnlab._resources import lessons_dir
from nnlab.exercises import catalogue
from nnlab.live import demos
from nnlab.site.lessons import read_lesson

PAGE = (lessons_dir() / "LECTURERS.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\d\d) (.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
PARTS = ("Minutes", "Show", "Ask", "Expect", "Homework")


def part(key, name):
    """Return what a lesson's section says to one subject."""
    return re.search(rf"^\*\*{name}:\*\*\s+(.+?)(?=^\*\*\w+:|\Z)", SECTIONS[key], re.M | re.S)[1]


def exercises(key):
    return {
        name: catalogue.exercise(name)
        for name in catalogue.exercises()
        if name.startswith(f"{key}.")
    }


def test_every_lesson_has_its_section():
    assert list(SECTIONS) == list(catalogue.lessons())


@pytest.mark.parametrize("key", SECTIONS)
def test_a_section_has_its_title_and_its_parts(key):
    assert SECTIONS[key].splitlines()[0] == catalogue.lessons()[key].title
    assert re.findall(r"^\*\*(\w+):\*\*", SECTIONS[key], re.MULTILINE) == list(PARTS)


@pytest.mark.parametrize("key", SECTIONS)
def test_the_minutes_are_those_of_the_lesson_and_add_up(key):
    minutes = read_lesson(lessons_dir() / catalogue.lessons()[key].notebook).minutes
    full, short = part(key, "Minutes").split("; **if you have ")
    assert full.startswith(f"{minutes} in full: ")
    assert sum(int(number) for number in re.findall(r"(\d+) for ", full)) == minutes
    assert int(short.split(":")[0]) < minutes


@pytest.mark.parametrize("key", SECTIONS)
def test_figures_are_called_by_their_titles(key):
    titles = {demo.title.rstrip(".") for demo in demos().values()}
    named = re.findall(r"\*([^*]+)\*", part(key, "Show"))
    wrong = [
        name for name in named if not any(title.startswith(name.rstrip(".")) for title in titles)
    ]
    assert len(named) >= 2
    assert len(named) - len(wrong) >= 2, (wrong, sorted(titles))


@pytest.mark.parametrize("key", SECTIONS)
def test_homework_names_exercises_with_their_points(key):
    said = part(key, "Homework")
    points = {name: int(points) for name, points in re.findall(r"(\d\d\.\w+) \((\d+)\b", said)}
    known = exercises(key)
    assert points == {name: known[name].max_points for name in points}
    assert len(points) >= min(len(known), 2)
    assert set(re.findall(r"\b\d\d\.[a-z_]\w*", said)) <= set(known)


def test_commands_are_those_there_are():
    assert set(re.findall(r"nnlab ([a-z]+)", PAGE)) <= {"slides", "site", "class"}
