"""The folder of pages: what is written, what is left alone, and what the command says."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_markdown_cell

from nnlab import cli
from nnlab.live import demos
from nnlab.site import folder as writing
from nnlab.site.errors import SiteError
from nnlab.site.export import export_site, make_pages
from nnlab.site.folder import marker
from nnlab.site.lessons import find_lessons, read_lesson

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def stand_in(demo):
    """What takes the place of a live figure where its pictures do not matter."""
    return f"<section>{demo.name}</section>"


@pytest.fixture(scope="module")
def pages():
    """All pages of the course, without the pictures of the live figures."""
    lessons = [read_lesson(path) for path in find_lessons()]
    files = make_pages(lessons, say=lambda _: None, figure=stand_in)
    return {name: content.decode() for name, content in files.items()}


@pytest.fixture
def course(tmp_path, write_lesson, live):
    """A small course."""
    folder = tmp_path / "course"
    write_lesson(folder, "00_first", live, new_markdown_cell("See [it](01_second.ipynb)."))
    write_lesson(folder, "01_second", new_markdown_cell("## Formula\n\n$x$"))
    return folder


@pytest.fixture
def export(course, tmp_path):
    """Return a function that exports the small course to ``tmp_path/out``."""

    def run(*names, **options):
        said = []
        options = {"figure": stand_in, "lessons": course, "say": said.append} | options
        made = export_site(tmp_path / "out", names, **options)
        return made, said

    return run


# The pages of the course -------------------------------------------------------------------------


class Checker(HTMLParser):
    """Finds tags that are not closed, or closed in the wrong order, and ids that occur twice."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.faults = [], [], []

    def handle_starttag(self, tag, attributes):
        self.ids += [value for name, value in attributes if name == "id"]
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)):
            self.faults.append(f"an attribute twice in <{tag}>, {self.getpos()}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:  # in SVG and MathML it is closed; elsewhere a browser reads past it
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>, {self.getpos()}")


def test_tags_are_closed_and_ids_unique(pages):
    for name, text in pages.items():
        checker = Checker()
        checker.feed(text)
        checker.close()
        assert (name, checker.faults, checker.open) == (name, [], [])
        assert (name, len(checker.ids)) == (name, len(set(checker.ids)))
        # A paragraph ends by itself before these.
        assert not BeautifulSoup(text, "html.parser").select("p :is(p, div, ul, ol, table, pre)")


def test_every_page_has_language_title_and_headings_in_order(pages):
    assert {"index.html", "00_start_here.html", "01_task_setup.html"} <= pages.keys()
    for name, text in pages.items():
        page = BeautifulSoup(text, "html.parser")
        assert page.html["lang"] == "en"
        assert page.title.get_text().strip()
        assert page.select_one("meta[name=description]")["content"]
        assert page.select_one("a.skip")["href"] == "#main"
        levels = [int(heading.name[1]) for heading in page.find_all(re.compile("^h[1-6]$"))]
        assert levels.count(1) == 1
        assert levels[0] == 1, name
        steps = [after - before for before, after in pairwise(levels)]
        assert max(steps) <= 1, name


def test_nothing_is_loaded(pages):
    for name, text in pages.items():
        page = BeautifulSoup(text, "html.parser")
        for tag in page.select("[src], link[href], [srcset], [data], object, iframe"):
            address = tag.get("src") or tag.get("href")
            assert address.startswith("data:"), (name, address)
        assert "url(" not in text.replace("url(data:", "")
        assert "@import" not in text
        policy = page.select_one("meta[http-equiv=Content-Security-Policy]")["content"]
        assert policy.startswith("default-src 'none'")


def test_links_and_anchors_lead_somewhere(pages):
    anchors = {
        name: {tag["id"] for tag in BeautifulSoup(text, "html.parser").select("[id]")}
        for name, text in pages.items()
    }
    notebooks = {path.name for path in find_lessons()}
    for name, text in pages.items():
        for link in BeautifulSoup(text, "html.parser").select("a[href]"):
            parts = urlsplit(link["href"])
            if parts.scheme:
                assert parts.scheme == "https"
                continue
            target = parts.path or name
            assert target in pages.keys() | notebooks, (name, link["href"])
            if parts.fragment:
                assert unquote(parts.fragment) in anchors[target], (name, link["href"])


def test_every_formula_is_converted(pages):
    formulas = 0
    for name, text in pages.items():
        page = BeautifulSoup(text, "html.parser")
        formulas += len(page.select(".maths svg"))
        for tag in page.select("code, pre, script, style"):
            tag.decompose()
        assert not re.findall(r"\$|\\[a-z]+", page.get_text()), name
    sources = "".join(path.read_text("utf-8") for path in find_lessons())
    assert formulas >= sources.count("$$") / 2 > 0


def test_nothing_of_the_notebooks_workings_is_left(pages):
    for name, text in pages.items():
        words = BeautifulSoup(text, "html.parser").get_text()
        for trace in ("Speaker notes", "### BEGIN", "Not attempted", "Run this cell to", ".show()"):
            assert trace not in words, (name, trace)


def test_every_live_figure_of_the_course_is_there(pages):
    sections = re.findall(r"<section>(.*?)</section>", "".join(pages.values()))
    assert sorted(sections) == sorted(demos())


def test_the_index_lists_the_lessons(pages):
    page = BeautifulSoup(pages["index.html"], "html.parser")
    words = page.get_text()
    for path in find_lessons():
        lesson = read_lesson(path)
        entry = page.select_one(f'a[href="{lesson.page}"]').find_parent("li").get_text()
        assert all(
            part in entry
            for part in (lesson.number, lesson.title, lesson.question, f"{lesson.minutes} minutes")
        )
    for part in ("Настройка нейронной сети", "Marina Gorlova", "CC BY 4.0", "BSD 3-Clause"):
        assert part in words
    assert "pip install -e . -c constraints.txt" in words
    # The four steps are those of the first lesson.
    first = BeautifulSoup(pages["00_start_here.html"], "html.parser")
    steps = first.select_one("#the-four-steps").find_next("ol")
    assert steps.get_text().split() == page.select_one("main > ol:not(.lessons)").get_text().split()


def test_lessons_lead_to_their_neighbours(pages):
    names = [path.stem for path in find_lessons()]
    for number, name in enumerate(names):
        page = BeautifulSoup(pages[f"{name}.html"], "html.parser")
        assert page.select_one(".bar .home")["href"] == "index.html"
        for rel, neighbour in (("prev", number - 1), ("next", number + 1)):
            expected = [f"{names[neighbour]}.html"] * 2 if 0 <= neighbour < len(names) else []
            assert [link["href"] for link in page.select(f"a[rel={rel}]")] == expected


def test_the_contents_are_the_main_headings(pages):
    for path in find_lessons():
        page = BeautifulSoup(pages[f"{path.stem}.html"], "html.parser")
        listed = [link["href"] for link in page.select("#contents a")]
        assert listed == [f"#{heading['id']}" for heading in page.select("main h2")]
        assert listed


# The folder --------------------------------------------------------------------------------------


def test_pages_and_notebooks_are_written_and_counted(export, course, tmp_path):
    made, said = export()
    out = tmp_path / "out"
    names = {"index.html", "00_first.html", "01_second.html", "00_first.ipynb", "01_second.ipynb"}
    assert {path.name for path in out.iterdir()} == names | {marker("site")}
    assert made.index == out / "index.html"
    assert made.files == 5
    assert made.size == sum((out / name).stat().st_size for name in names)
    assert (out / "00_first.ipynb").read_bytes() == (course / "00_first.ipynb").read_bytes()
    assert "<section>00.first_network</section>" in (out / "00_first.html").read_text()
    assert '<a href="01_second.html">it</a>' in (out / "00_first.html").read_text()
    assert "00_first" in said[0]
    assert not [sentence for sentence in said if "budget" in sentence]


def test_a_page_over_its_budget_is_reported(export, monkeypatch):
    monkeypatch.setattr("nnlab.site.export.PAGE_BUDGET", 1000)
    said = export()[1]
    assert any("00_first: that is more than" in sentence for sentence in said)


def test_some_lessons_only(export, tmp_path):
    export()
    export("01")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"index.html", "01_second.html", "01_second.ipynb", marker("site")}
    assert "00_first" not in (tmp_path / "out" / "index.html").read_text()
    export("00_first", "01_second")
    assert (tmp_path / "out" / "00_first.html").exists()


def test_unknown_lessons_are_named(export, tmp_path):
    with pytest.raises(SiteError, match=r"no lesson wizard, 7; there are 00_first, 01_second\."):
        export("00", "wizard", "7")
    assert not (tmp_path / "out").exists()


def test_a_folder_of_somebody_else_is_refused_untouched(export, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.doc").write_text("years of work")
    with pytest.raises(SiteError, match="not empty and was not written by nnlab site"):
        export()
    assert [path.name for path in out.iterdir()] == ["thesis.doc"]


def test_an_empty_folder_will_do_and_a_file_will_not(export, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    export()
    for path in out.iterdir():
        path.unlink()
    out.rmdir()
    out.write_text("a file")
    with pytest.raises(SiteError, match="is a file, not a folder"):
        export()
    assert out.read_text() == "a file"


def test_foreign_files_beside_the_pages_stay(export, tmp_path):
    export()
    foreign = tmp_path / "out" / "notes.txt"
    foreign.write_text("mine")
    export("00")
    assert foreign.read_text() == "mine"


def test_a_file_the_reader_changed_is_neither_overwritten_nor_removed(export, tmp_path):
    export()
    solved = tmp_path / "out" / "00_first.ipynb"
    solved.write_text("solved")
    before = {path.name: path.read_bytes() for path in solved.parent.iterdir()}
    with pytest.raises(SiteError, match=r"00_first\.ipynb would be overwritten"):
        export()
    assert {path.name: path.read_bytes() for path in solved.parent.iterdir()} == before
    said = export("01")[1]
    assert solved.read_text() == "solved"
    assert any("00_first.ipynb is no longer part" in sentence for sentence in said)
    with pytest.raises(SiteError, match=r"00_first\.ipynb would be overwritten"):
        export()
    solved.unlink()
    export()
    assert solved.exists()


def test_a_foreign_file_with_the_name_of_a_page_is_not_overwritten(export, tmp_path):
    export("01")
    (tmp_path / "out" / "00_first.html").write_text("mine")
    with pytest.raises(SiteError, match=r"00_first\.html would be overwritten"):
        export()
    assert (tmp_path / "out" / "00_first.html").read_text() == "mine"


def test_after_an_interruption_the_folder_is_still_ones_own(export, tmp_path, monkeypatch, course):
    export()
    lesson = course / "00_first.ipynb"
    lesson.write_text(lesson.read_text().replace("See ", "Do see "))
    replace = writing._replace

    def full(path, content):
        if path.name == "01_second.html":
            raise OSError(28, "No space left on device")
        replace(path, content)

    monkeypatch.setattr("nnlab.site.folder._replace", full)
    with pytest.raises(SiteError, match="No space left on device"):
        export()
    assert "Do see " in (tmp_path / "out" / "00_first.html").read_text()
    monkeypatch.undo()
    export()
    out = tmp_path / "out"
    assert "Do see " in (out / "00_first.html").read_text()
    assert not [path for path in out.iterdir() if path.suffix == ".part"]


@pytest.mark.parametrize("record", ["", "[]", '{"format": 9, "files": {}}', '{"format": 1}'])
def test_a_damaged_record_is_no_licence(export, tmp_path, record):
    export()
    (tmp_path / "out" / marker("site")).write_text(record)
    with pytest.raises(SiteError, match="cannot be read; name another folder"):
        export()


def test_a_record_reaches_no_other_folder(export, tmp_path):
    export()
    victim = tmp_path / "victim.txt"
    victim.write_text("x")
    record = tmp_path / "out" / marker("site")
    data = json.loads(record.read_text())
    data["files"]["../victim.txt"] = [
        "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    ]
    record.write_text(json.dumps(data))
    export("00")
    assert victim.exists()


# What cannot be shown ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (new_markdown_cell(r"$\wizard$"), r"02_bad cannot be shown: the formula '\\\\wizard'"),
        (new_markdown_cell(r"$$\frac{1}{$$"), r"02_bad cannot be shown: the formula"),
        (new_markdown_cell("![](x.png)"), "02_bad cannot be shown: the picture x.png has no"),
    ],
)
def test_a_lesson_that_cannot_be_shown_is_named_with_the_reason(
    export, write_lesson, course, tmp_path, cell, reason
):
    write_lesson(course, "02_bad", cell)
    with pytest.raises(SiteError, match=reason):
        export()
    assert not list((tmp_path / "out").iterdir())


def test_a_live_figure_that_is_gone_is_named(export, write_lesson, course, live):
    live.outputs[0].metadata["nnlab"]["demo"] = "99.gone"
    write_lesson(course, "02_bad", live)
    with pytest.raises(SiteError, match=r"02_bad cannot be shown: there is no live figure '99\.g"):
        export()


def test_a_lesson_without_a_title_cell_or_damaged_is_named(export, course):
    (course / "02_bad.ipynb").write_text("{}")
    with pytest.raises(SiteError, match=r"02_bad\.ipynb"):
        export()
    (course / "02_bad.ipynb").write_text('{"cells": [], "nbformat": 4, "nbformat_minor": 5, '
                                         '"metadata": {}}')  # fmt: skip
    with pytest.raises(SiteError, match=r"first cell of 02_bad\.ipynb"):
        export()


# The command -------------------------------------------------------------------------------------


def test_the_command_says_what_it_does_and_where_to_look(tmp_path, monkeypatch, capsys, course):
    monkeypatch.setattr("nnlab._resources.lessons_dir", lambda: course)
    monkeypatch.setattr("nnlab.site.export.block", stand_in)
    out = tmp_path / "on a stick"
    assert cli.main(["site", "--out", str(out)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "00_first: rendering its live figures (1)."
    assert re.fullmatch(rf"5 files, \d+\.\d MB; open {re.escape(str(out))}.index\.html", said[-1])


@pytest.mark.parametrize("arguments", [["wizard"], ["00", "wizard"]])
def test_the_command_refuses_in_one_sentence(tmp_path, capsys, arguments):
    assert cli.main(["site", "--out", str(tmp_path / "out"), *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("nnlab: There is no lesson wizard; there are 00_start_here")
    assert printed.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_command_needs_a_folder(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["site"])
    assert ended.value.code == 2
    assert "--out" in capsys.readouterr().err
