"""Decks as files: what is in them, what the command says, and what was taken over."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from nnlab import cli
from nnlab.live import demos
from nnlab.site.errors import SiteError
from nnlab.site.folder import marker
from nnlab.site.lessons import find_lessons
from nnlab.slides import browser, deck
from nnlab.slides.export import export_slides
from nnlab.slides.handout import Printer

VENDOR = Path(deck.__file__).with_name("vendor")
LESSONS = [path.stem for path in find_lessons()]


def stand_in(demo):
    """What takes the place of a live figure where its pictures do not matter."""
    return f"<p>{demo.name}</p>"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """All decks, without the pictures of the live figures, by name."""
    out = tmp_path_factory.mktemp("decks") / "new"
    export_slides(out, say=lambda _: None, figure=stand_in)
    return {path.stem: path.read_text(encoding="utf-8") for path in out.glob("*.html")}


# What is in a deck -------------------------------------------------------------------------------


def test_there_is_a_deck_for_every_lesson_and_an_index(pages):
    assert pages.keys() == {*LESSONS, "index"}


@pytest.mark.parametrize("name", LESSONS)
def test_nothing_is_loaded(pages, name):
    page = BeautifulSoup(pages[name], "html.parser")
    assert page.html["lang"] == "en"
    assert not page.select("script[src], link[rel=stylesheet], iframe, object, embed")
    assert {link["href"] for link in page.select("link")} == {"data:,"}
    for image in page.select("img"):
        assert image["src"].startswith("data:")
        assert image["alt"].strip()
    style = "".join(one.get_text() for one in page.select("style"))
    assert "url(" not in style.replace("url(data:", "")
    assert "@import" not in style


@pytest.mark.parametrize("name", LESSONS)
def test_a_deck_shows_no_exercise_no_workings_and_no_raw_formula(pages, name):
    page = BeautifulSoup(pages[name], "html.parser")
    slides = page.select_one(".slides")
    for aside in slides.select("script, math"):
        aside.decompose()
    text = slides.get_text()
    for unwanted in ("### BEGIN", "### END", "check(", ".show()", "quiz(", "show_source(", "$$"):
        assert unwanted not in text
    assert not re.search(r"\$[^$\n]*\\[a-z]+", text)
    assert "An exercise: you solve it" not in text


@pytest.mark.parametrize("name", LESSONS)
def test_notes_stand_with_their_slides(pages, name):
    page = BeautifulSoup(pages[name], "html.parser")
    slides = page.select("section.slide")
    assert all(len(slide.select("aside.notes")) == 1 for slide in slides)
    assert any(slide.aside.get_text(strip=True) for slide in slides)
    assert not page.select("aside svg, aside details")
    known = demos()
    for slide in slides:
        for figure in slide.select(".live p"):
            for line in known[figure.get_text()].try_this:
                assert line in slide.aside.get_text()


def test_every_live_figure_is_on_a_slide(pages):
    shown = [
        figure.get_text()
        for page in pages.values()
        for figure in BeautifulSoup(page, "html.parser").select(".live p")
    ]
    assert set(demos()) - set(shown) <= {"00.playground"}  # whose page shows it by other means
    assert len(shown) == len(set(shown))


def test_the_licences_of_what_was_taken_over_are_in_every_deck(pages):
    for name in LESSONS:
        assert "Copyright (C) 2011-2026 Hakim El Hattab" in pages[name]
        assert "MarkedJS" in pages[name]


# What was taken over -----------------------------------------------------------------------------


def test_reveal_is_as_its_authors_published_it():
    listed = dict(
        reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines()
    )
    there = {path.name for path in VENDOR.iterdir()} - {"SHA256SUMS", "README.md"}
    assert listed.keys() == there
    for name, digest in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


# The command -------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch):
    """Let no figure be drawn."""
    monkeypatch.setitem(export_slides.__kwdefaults__, "figure", stand_in)


def test_the_command_says_what_it_does_and_where_to_look(quick, tmp_path, capsys):
    assert cli.main(["slides", "05", "--out", str(tmp_path / "decks")]) == 0
    said = capsys.readouterr().out
    assert "05_dropout: " in said
    assert str(tmp_path / "decks" / "index.html") in said
    assert {path.name for path in (tmp_path / "decks").iterdir()} == {
        "05_dropout.html", "index.html", marker("slides"),
    }  # fmt: skip


def test_a_second_export_replaces_the_first(quick, tmp_path):
    for names in (["05", "06"], ["05", "--exercises"]):
        assert cli.main(["slides", *names, "--out", str(tmp_path)]) == 0
    assert not (tmp_path / "06_gradient_problems.html").exists()
    assert "Exercise 05.monte_carlo" in (tmp_path / "05_dropout.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name the lessons whose slides you want"),
        (["05", "--all"], "Name the lessons whose slides you want"),
        (["99"], "There is no lesson 99; there are 00_start_here"),
        (["README.md"], "There is no lesson README.md"),
        (["05", "--notes"], "--notes needs --pdf"),
    ],
)
def test_the_command_refuses_in_one_sentence(tmp_path, capsys, arguments, said):
    assert cli.main(["slides", *arguments, "--out", str(tmp_path / "new")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    assert cli.main(["slides", "05", "--out", str(tmp_path / "file")]) == 2
    assert "is a file, not a folder" in capsys.readouterr().err
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    assert cli.main(["slides", "05", "--out", str(tmp_path / "other")]) == 2
    assert "not written by nnlab slides" in capsys.readouterr().err
    assert (tmp_path / "other" / "thesis.txt").read_text() == "mine"


def test_a_missing_build_is_named(tmp_path):
    (tmp_path / "lessons").mkdir()
    with pytest.raises(SiteError, match="has no lessons in"):
        export_slides(tmp_path / "out", ["05"], lessons=tmp_path / "lessons")


def test_a_lesson_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "05_x.ipynb").write_text("{")
    with pytest.raises(SiteError, match=r"05_x\.ipynb cannot be read"):
        export_slides(tmp_path / "out", lessons=tmp_path)


# Handouts ----------------------------------------------------------------------------------------


def test_without_a_browser_a_handout_is_refused_before_anything_is_drawn(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv(browser.VARIABLE, "no-such-program")
    assert cli.main(["slides", "05", "--pdf", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "Chromium or Chrome, and none was found" in said
    assert "?handout" in said
    assert not list(tmp_path.glob("*.html"))


def test_without_playwright_a_handout_is_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(SiteError, match=r"pip install \"nnlab\[pdf\]\""):
        Printer.found()


def test_a_browser_that_fails_is_named():
    with pytest.raises(SiteError, match="/bin/false could not print"):
        next(Printer("/bin/false").handouts([b"<p>deck</p>"]))


def test_slides_are_made_without_a_plotting_library_if_no_figure_is_drawn():
    code = "import nnlab.slides.outline, sys; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
