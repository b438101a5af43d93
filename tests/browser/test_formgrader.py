"""nbgrader's Formgrader in a real browser: the buttons work, and no submission comes alive."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("nbgrader", reason='nbgrader is not installed (pip install "nnlab[grading]")')

from nbgrader_class import ASSIGNMENT, PARTLY, RIGHT, WRONG, School, hostile
from real_lab import free_port, stop, wait_for_token

from nnlab.grading.jobs import Level
from nnlab.grading.levels import why_not

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(why_not(Level.LIMITS)), reason=why_not(Level.LIMITS)),
]

PAGE_LIMIT = 120_000  # milliseconds
MARKING_LIMIT = 120_000
MATHJAX = "https://cdnjs.cloudflare.com/"
"""Where nbgrader's pages load MathJax from; nothing is loaded in the tests."""

STUDENTS = {"honest": 4, "partly": 3, "wrong": 3, "eve": 3, "broken": 0}


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    school = School(tmp_path_factory.mktemp("school"))
    school.nbgrader("generate_assignment", ASSIGNMENT)
    for student, content in {
        "honest": school.solved(RIGHT),
        "partly": school.solved(RIGHT, PARTLY),
        "wrong": school.solved(RIGHT, WRONG, {"why": "Because $\\frac{a}{b} < c$, **that** is."}),
        "eve": hostile(school),
        "broken": b"{",
    }.items():
        school.hand_in(student, content)
    return school


@pytest.fixture(scope="module")
def address(school):
    """Run Jupyter in the class folder until the tests are over; return where and with what."""
    port, log = free_port(), school.home / "log"
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", "--LabApp.news_url=None", "--ServerApp.ip=127.0.0.1",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=school.folder, env=school.environment, stdout=output,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            token = wait_for_token(server, school.home / "runtime_dir", port, log)
            yield f"http://127.0.0.1:{port}", token
        finally:
            stop(server)


class Watched:
    """A page, and everything that a submission might do with it."""

    def __init__(self, context, address):
        self.base, token = address
        self.page = context.new_page()
        self.page.set_default_timeout(PAGE_LIMIT)
        self.dialogs, self.requests = [], []
        self.page.on("dialog", self._on_dialog)
        self.page.on("request", lambda request: self.requests.append(request.url))
        # As in practice: JupyterLab is where a teacher logs in.
        self.page.goto(f"{self.base}/lab/api/settings?token={token}")

    def _on_dialog(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def open(self, path):
        self.page.goto(f"{self.base}{path}")

    def strangers(self):
        """Return the addresses asked for beyond this server and MathJax."""
        own = urlsplit(self.base).netloc
        return [
            url for url in self.requests
            if urlsplit(url).scheme not in ("data", "blob", "file")
            and urlsplit(url).netloc != own and not url.startswith(MATHJAX)
        ]  # fmt: skip


@pytest.fixture
def watched(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.route(f"{MATHJAX}**", lambda route: route.fulfill(body=""))
    yield Watched(context, address)
    context.close()


@pytest.fixture(scope="module")
def graded(school, address, browser):
    """Press the button that marks, for every student, as a teacher does."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    watched = Watched(context, address)
    page = watched.page
    watched.open(f"/formgrader/manage_submissions/{ASSIGNMENT}")
    for student in STUDENTS:
        name = page.locator(f"td.student-id:text-is('{student}')")
        page.locator("#main-table tr", has=name).locator(".autograde a").click()
        done = page.locator("#success-modal, #error-modal")
        done.wait_for(timeout=MARKING_LIMIT)
        assert "Successfully autograded" in done.inner_text()
        done.locator(".modal-footer button").click()
        done.wait_for(state="detached")
    context.close()
    school.nbgrader("generate_feedback", ASSIGNMENT)
    return school


def address_of(watched, student):
    """Return the page on which one submission is graded."""
    watched.open(f"/formgrader/api/submitted_notebooks/{ASSIGNMENT}/{ASSIGNMENT}")
    answers = json.loads(watched.page.locator("body").inner_text())
    (found,) = [answer for answer in answers if answer["student"] == student]
    return f"/formgrader/submissions/{found['id']}/"


def test_the_button_marks_the_class(graded, watched):
    watched.open(f"/formgrader/api/submissions/{ASSIGNMENT}")
    answers = json.loads(watched.page.locator("body").inner_text())
    assert {a["student"]: a["code_score"] for a in answers} == STUDENTS
    assert {a["autograded"] for a in answers} == {True}


def test_the_card_can_be_read_and_the_score_stands_beside_it(graded, watched):
    watched.open(address_of(watched, "wrong"))
    card = watched.page.locator(".output_html", has_text="Mean squared error").first
    card.scroll_into_view_if_needed()
    assert "Hint." in card.inner_text()
    # Formulas are drawn: MathJax cannot be loaded here, and may not be there for a teacher either.
    assert "$" not in card.inner_text()
    assert card.locator(".maths svg").first.bounding_box()["width"] > 5
    assert card.locator(".maths math").first.bounding_box()["width"] <= 1
    box = card.bounding_box()
    assert box["width"] > 500
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 1280
    score = watched.page.locator("#mse-check")
    assert score.get_attribute("placeholder") == "0"
    assert watched.page.locator("#mae-check").get_attribute("placeholder") == "1"


def test_a_teacher_can_give_a_mark_by_hand(graded, watched):
    watched.open(address_of(watched, "honest"))
    # The fields are there before the page knows what they are for.
    watched.page.wait_for_load_state("networkidle")
    score = watched.page.locator("#own-check")
    score.fill("3")
    with watched.page.expect_response(lambda answer: "/api/grade/" in answer.url):
        score.blur()
    watched.open(f"/formgrader/api/submissions/{ASSIGNMENT}")
    answers = json.loads(watched.page.locator("body").inner_text())
    assert {a["student"]: a["code_score"] for a in answers}["honest"] == 7


def page_of(place, graded, watched):
    if place == "feedback":
        watched.page.goto(graded.path("feedback", "eve", "html").as_uri())
    else:
        watched.open(address_of(watched, "eve"))
    watched.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("place", ["formgrader", "feedback"])
def test_no_submission_comes_alive(graded, watched, place):
    page_of(place, graded, watched)
    page = watched.page
    inside = page.locator("#notebook-container").first
    assert "I answered this." in inside.inner_text()
    for link in inside.locator("a:visible", has_text="a link").all():
        link.click()
    assert page.evaluate("window.attacked") is None
    assert watched.dialogs == []
    assert watched.strangers() == []
    assert inside.locator("script, iframe, object, embed, svg, img, details, form").count() == 0
    links = inside.locator("a[href]").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert [link for link in links if not link.startswith("#")] == []
    handlers = "all => all.flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
    assert inside.locator("*").evaluate_all(handlers) == []


def test_the_watch_can_see_an_attack(graded, watched):
    page_of("feedback", graded, watched)
    page = watched.page
    page.locator("#notebook-container").first.evaluate(
        "place => place.innerHTML = '<img src=x onerror=\"window.attacked = true; alert(1)\">'"
    )
    page.wait_for_function("window.attacked")
    assert watched.dialogs == ["1"]


def test_formulas_and_emphasis_of_an_answer_stay(graded, watched):
    watched.open(address_of(watched, "wrong"))
    answer = watched.page.locator(".text_cell_render", has_text="Because")
    assert "$\\frac{a}{b} < c$" in answer.inner_text()
    assert answer.locator("strong").inner_text() == "that"


def test_the_pages_look_right(graded, watched, tmp_path):
    """Keep pictures of the pages where NNLAB_PICTURES names a folder."""
    folder = Path(os.environ.get("NNLAB_PICTURES", tmp_path))
    page = watched.page
    for name, path in {
        "assignments": "/formgrader/manage_assignments",
        "submissions": f"/formgrader/manage_submissions/{ASSIGNMENT}",
        "gradebook": f"/formgrader/gradebook/{ASSIGNMENT}/{ASSIGNMENT}",
        "wrong": address_of(watched, "wrong"),
        "eve": address_of(watched, "eve"),
        "broken": address_of(watched, "broken"),
    }.items():
        watched.open(path)
        page.wait_for_load_state("networkidle")
        cards = page.locator(".output_html")
        if cards.count():
            cards.first.scroll_into_view_if_needed()
        page.screenshot(path=folder / f"formgrader-{name}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
