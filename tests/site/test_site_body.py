"""The cells of a lesson as HTML."""

import copy
import re

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nnlab.site.body import make_body
from nnlab.site.cells import prepare
from nnlab.site.errors import SiteError


@pytest.fixture
def made(tmp_path):
    """Return a function that turns cells into a Body."""

    def make(*cells, **options):
        options = {"folder": tmp_path} | options
        return make_body(prepare(new_notebook(cells=list(cells))), **options)

    return make


def slide(kind, source):
    return new_markdown_cell(source, metadata={"slideshow": {"slide_type": kind}})


def printed(text):
    return new_output("stream", name="stdout", text=text)


def result(**data):
    return new_output("execute_result", {k.replace("_", "/"): v for k, v in data.items()})


def soup(body):
    return BeautifulSoup(body.html, "html.parser")


def test_speaker_notes_are_left_out(made):
    assert "secret" not in made(slide("notes", "secret"), slide("slide", "open")).html


def test_exercises_are_shown_without_markers_and_without_their_check(made):
    stub = new_code_cell(
        "def f(y):\n    ### BEGIN SOLUTION\n    raise NotImplementedError\n    ### END SOLUTION",
        metadata={"nbgrader": {"solution": True, "grade": False}},
    )
    check = new_code_cell(
        'check("00.f", f)',
        metadata={"nbgrader": {"solution": False, "grade": True}},
        outputs=[result(text_html="<p>Not attempted yet</p>", text_plain="0")],
    )
    page = soup(made(stub, check))
    assert page.pre.get_text() == "def f(y):\n    raise NotImplementedError\n"
    assert "in the notebook" in page.select_one(".exercise").get_text()
    assert "check" not in page.pre.get_text()
    assert "Not attempted" not in page.get_text()


def test_code_is_shown_with_what_it_printed(made):
    page = soup(made(new_code_cell("print(1 < 2)", outputs=[printed("True <b>\n")])))
    assert [pre.get_text() for pre in page.find_all("pre")] == ["print(1 < 2)\n", "True <b>\n"]
    assert page.select(".highlight .nb")
    assert not soup(made(new_code_cell("x = 1"))).select(".exercise, details")


def test_code_folded_in_the_notebook_is_folded_here(made):
    cell = new_code_cell("draw()", metadata={"jupyter": {"source_hidden": True}})
    details = soup(made(cell)).details
    assert details.find("pre").get_text() == "draw()\n"
    assert not details.has_attr("open")


def test_a_live_figure_replaces_the_outputs_and_the_call(made, live):
    body = made(live)
    assert body.demos == ("00.first_network",)
    assert "words" not in body.html
    assert "still" not in body.html
    assert "lesson_00" not in body.html
    filled = "".join(body.filled({"00.first_network": r"<section>\1 &amp; $x$</section>"}))
    assert r'<div class="live"><section>\1 &amp; $x$</section></div>' in filled


def test_code_around_a_live_figure_stays(made, live):
    live.source = f"x = 1\n{live.source}"
    assert "x = 1" in soup(made(live)).pre.get_text()


def test_a_question_is_shown_with_its_formulas_and_without_its_call(made):
    card = "<div><details><summary>A. $p - y$</summary><p>Why $-1$, then?</p></details></div>"
    page = soup(made(new_code_cell('quiz("01.q_x")', outputs=[result(text_html=card)])))
    assert len(page.select("details svg")) == 2
    assert "quiz" not in page.get_text()
    assert "$" not in page.get_text()


def test_shown_source_is_highlighted(made):
    output = result(text_markdown="```python\ndef f(x):\n    return x\n```", text_plain="…")
    page = soup(made(new_code_cell("show_source(f)", outputs=[output])))
    assert page.select(".made .highlight pre .nf")[0].get_text() == "f"


def test_the_map_of_the_course_leads_to_pages_and_counts_nothing(made):
    class Row:
        page, number, title, question = "02_x.html", "02", "A < B", "Why?"
        minutes, exercises = 5, 7

    table = "<table><tr><td><a href='02_x.ipynb'>0 of 7</a></td></tr></table>"
    cell = new_code_cell("progress()", outputs=[result(text_html=table)])
    page = soup(made(cell, course=[Row]))
    assert page.a["href"] == "02_x.html"
    assert page.a.get_text() == "02 A < B"
    assert [td.get_text() for td in page.select("td")] == ["02 A < B", "Why?", "5", "7"]
    assert "progress()" not in page.get_text()


def test_pictures_keep_their_words_and_their_size(made, png):
    output = new_output(
        "display_data",
        {"image/png": png, "text/plain": "x"},
        metadata={"image/png": {"alt": 'A "white" < picture', "width": 20}},
    )
    image = soup(made(new_code_cell("show_figure(f)", outputs=[output]))).img
    assert image["alt"] == 'A "white" < picture'
    assert (image["width"], image["height"]) == ("20", "10")
    assert image["src"].startswith("data:image/png;base64,iVBOR")
    output.metadata = {}
    with pytest.raises(SiteError, match="no alternative text"):
        made(new_code_cell("show_figure(f)", outputs=[output]))


def test_pictures_in_the_text_become_part_of_the_page(made, tmp_path):
    (tmp_path / "dot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    image = soup(made(new_markdown_cell("![A dot](dot.svg)"))).img
    assert image["src"].startswith("data:image/svg")
    assert image["alt"] == "A dot"
    for text, reason in [
        ("![](dot.svg)", "no alternative text"),
        ("![x](https://example.org/x.png)", "cannot be put into the page"),
        ("![x](nowhere.png)", None),
    ]:
        with pytest.raises(SiteError, match=reason):
            made(new_markdown_cell(text))


def test_formulas_in_the_text(made):
    page = soup(made(new_markdown_cell("A $z$, and `$y$`; $a < b$.\n\n$$\\frac1n\n\\sum_i x_i$$")))
    assert len(page.select("p .maths-line .maths svg")) == 2
    assert len(page.select(".maths-display svg")) == 1
    assert page.code.get_text() == "$y$"


def test_html_in_the_text_stays_whole(made):
    html = made(new_markdown_cell("Press <kbd>Shift</kbd>+<kbd>Enter</kbd>.")).html
    assert "<kbd>Shift</kbd>+<kbd>Enter</kbd>" in html


def test_headings_have_anchors_of_their_own_and_leave_no_level_out(made):
    body = made(
        slide("subslide", "### First of all"),
        slide("slide", "## Contents"),
        slide("slide", "## Формула $x_i$ и `code`"),
        slide("subslide", "## Again"),
        slide("subslide", "## Again"),
        slide("slide", "## Again"),
        reserved=["contents"],
    )
    assert [(h.level, h.id) for h in body.headings] == [
        (2, "first-of-all"),
        (2, "contents-2"),
        (2, "формула-и-code"),
        (3, "again"),
        (3, "again-2"),
        (2, "again-3"),
    ]
    page = soup(body)
    assert [(int(h.name[1]), h["id"]) for h in page.find_all(re.compile("h[2-6]"))] == [
        (h.level, h.id) for h in body.headings
    ]
    assert [a["href"] for a in page.select("a.anchor")] == [f"#{h.id}" for h in body.headings]


def test_links_between_lessons_lead_to_pages(made):
    text = "[one](01_x.ipynb), [other](02_y.ipynb), [out](https://example.org/a)"
    page = soup(made(new_markdown_cell(text), pages={"01_x.ipynb": "01_x.html"}))
    assert [a["href"] for a in page.find_all("a")] == [
        "01_x.html", "02_y.ipynb", "https://example.org/a",
    ]  # fmt: skip


def test_links_to_a_heading_of_a_lesson_lead_to_it_on_its_page(made):
    pages = {"01_x.ipynb": "01_x.html"}
    text = "[one](01_x.ipynb#Is-it-so,-live?)"
    assert soup(made(new_markdown_cell(text), pages=pages)).a["href"] == "01_x.html#is-it-so-live"


def test_links_in_outputs_lead_to_pages_and_where_there_is_none_nowhere(made):
    table = (
        '<a href="01_x.ipynb#The-reader&#x27;s-$x$:-A">one</a>, <a href="01_x.ipynb">two</a>, '
        '<a href="02_y.ipynb#A"><b>three</b></a>, <a href="https://example.org/a#b">four</a>'
    )
    cell = new_code_cell("lecture()", outputs=[result(text_html=table)])
    page = soup(made(cell, pages={"01_x.ipynb": "01_x.html"}))
    assert [(a["href"], a.get_text()) for a in page.find_all("a")] == [
        ("01_x.html#the-reader-s-x-a", "one"),
        ("01_x.html", "two"),
        ("https://example.org/a#b", "four"),
    ]
    assert page.b.get_text() == "three"
    assert "lecture()" not in page.get_text()


def test_wide_tables_scroll_by_themselves(made):
    assert soup(made(new_markdown_cell("| a |\n|---|\n| 1 |"))).select("div.wide > table td")


def test_a_notebook_is_not_changed_by_being_shown(made, live):
    notebook = new_notebook(cells=[live, slide("notes", "secret")])
    before = copy.deepcopy(notebook)
    prepare(notebook)
    assert notebook == before
