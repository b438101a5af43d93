"""Decks opened from disk in a browser without a network, as a lecturer opens them."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from contrast import weak_text

from nnlab.live import demos
from nnlab.live.block import block
from nnlab.site.lessons import find_lessons
from nnlab.slides.export import DECK_BUDGET, export_slides
from nnlab.slides.handout import Printer

pytestmark = pytest.mark.browser

LESSONS = [path.stem for path in find_lessons()]
LIMIT = 30_000  # milliseconds for one condition on the page
SMALLEST = 24  # pixels of type at 1280 × 720
NARROWEST = 780  # pixels of a live figure's picture

# What is wrong with the slide that is shown. Formulas have small letters on purpose.
TROUBLE = f"""() => {{
    const slide = Reveal.getCurrentSlide();
    const found = [];
    const say = (what, element) => found.push(`${{what}}: ${{element.outerHTML.slice(0, 90)}}`);
    const sides = slide.getBoundingClientRect();
    const beside = ['.slide-number', '.turn'].map(
        one => document.querySelector(one).getBoundingClientRect());
    for (const element of slide.querySelectorAll('*')) {{
        if (!element.checkVisibility() || element.closest('svg, math, option')) continue;
        const box = element.getBoundingClientRect();
        if (!box.width || !box.height) continue;
        if (box.left < sides.left - 1 || box.right > sides.right + 1
            || box.top < sides.top - 1 || box.bottom > sides.bottom + 1) say('outside', element);
        const clips = getComputedStyle(element).overflowX !== 'visible';
        if (clips && (element.scrollWidth > element.clientWidth + 1
            || element.scrollHeight > element.clientHeight + 1)) say('clipped', element);
        const words = [...element.childNodes].filter(n => n.nodeType === 3 && n.data.trim());
        if (words.length && parseFloat(getComputedStyle(element).fontSize) < {SMALLEST}) {{
            say('small', element);
        }}
        for (const word of words) {{
            const range = document.createRange();
            range.selectNodeContents(word);
            for (const line of range.getClientRects()) {{
                if (beside.some(b => line.right > b.left && line.left < b.right
                    && line.bottom > b.top && line.top < b.bottom)) {{
                    say('under the number', element);
                }}
            }}
        }}
    }}
    for (const picture of slide.querySelectorAll('img')) {{
        const box = picture.getBoundingClientRect();
        const [wide, high] = [picture.naturalWidth, picture.naturalHeight];
        const width = Math.min(box.width, box.height * wide / high);
        const narrowest = picture.matches('.nnlab-picture') ? {NARROWEST} : 400;
        if (!(width >= narrowest)) say('small picture', picture);
    }}
    if (slide.matches('.wraps')) say('code is wrapped', slide);
    const room = slide.querySelector('.room');
    if (room && !room.innerText.trim() && !room.querySelector('img')) say('empty', slide);
    return found;
}}"""


@pytest.fixture(scope="module")
def decks(tmp_path_factory, request):
    """All decks; the pictures are kept from one test run to the next."""
    drawn = request.config.cache.mkdir("nnlab-frames")
    out = tmp_path_factory.mktemp("stick")
    export_slides(out, say=lambda _: None, figure=partial(block, cache=drawn))
    return out


class Deck:
    """A deck on the screen."""

    def __init__(self, context, path, query=""):
        self.asked, self.complaints = [], []
        context.on("request", lambda request: self.asked.append(request.url))
        context.on("console", lambda message: self.complaints.append(message.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.address = path.as_uri()
        self.page = context.new_page()
        self.page.set_default_timeout(LIMIT)
        self.page.goto(self.address + query)
        if "handout" not in query:
            self.page.wait_for_function("Reveal.isReady()")

    def show(self, place):
        """Show a slide, with all its fragments."""
        self.page.evaluate("([h, v]) => Reveal.slide(h, v, Infinity)", place)

    def places(self, selector="*"):
        """Return where the slides are that hold such an element."""
        return self.page.evaluate(
            """selector => Reveal.getSlides().filter(slide => slide.querySelector(selector))
                .map(slide => { const {h, v} = Reveal.getIndices(slide); return [h, v ?? 0]; })""",
            selector,
        )

    @property
    def place(self):
        """Where one is: slide, slide below it, fragment."""
        return self.page.evaluate(
            "() => { const {h, v, f} = Reveal.getIndices(); return [h, v ?? 0, f ?? -1]; }"
        )

    @property
    def slide(self):
        """The slide that is shown."""
        return self.page.locator("section.slide.present")

    def heading(self):
        return self.slide.locator("h1, h2, h3").first.text_content()

    def assert_no_trouble(self):
        """Assert that nothing was asked for but the deck itself, and nothing went wrong."""
        others = [url for url in self.asked if not url.startswith(("data:", "blob:"))]
        assert {re.split("[?#]", url)[0] for url in others} == {self.address}
        assert self.complaints == []


@pytest.fixture
def open_deck(browser, decks):
    """Return a function that opens a deck; in the end nothing must have gone wrong."""
    opened = []

    def open_(name, query="", *, size=(1280, 720), dark=False):
        context = browser.new_context(
            viewport=dict(zip(("width", "height"), size, strict=True)),
            color_scheme="dark" if dark else "light",
            offline=True,
        )
        deck = Deck(context, decks / f"{name}.html", query)
        opened.append((context, deck))
        return deck

    yield open_
    for context, deck in opened:
        context.close()
        deck.assert_no_trouble()


@pytest.mark.parametrize("name", LESSONS)
def test_every_slide_is_whole_and_legible(open_deck, name):
    deck = open_deck(name)
    places = deck.places()
    assert len(places) > 1
    found = {}
    for place in places:
        deck.show(place)
        trouble = deck.page.evaluate(TROUBLE)
        for number in range(deck.slide.locator("details").count()):
            deck.slide.locator("summary").nth(number).click()
            trouble += deck.page.evaluate(TROUBLE)
        if trouble:
            found[f"{place} {deck.heading()}"] = trouble
    assert found == {}


@pytest.mark.parametrize("name", LESSONS)
def test_a_presenter_turns_every_page_and_every_figure_moves(open_deck, name):
    """A presenter sends Page Down, and must turn the slide even if a slider has the focus."""
    deck = open_deck(name)
    seen, moved, last = [], [], None
    while deck.place != last:
        last = deck.place
        if last[:2] not in seen:
            seen.append(last[:2])
            for figure in deck.slide.locator("[data-nnlab-demo]").all():
                moved.append(figure.get_attribute("data-nnlab-demo"))
                move(deck, figure)
        deck.page.keyboard.press("PageDown")
    assert seen == deck.places()
    assert sorted(moved) == sorted(demo for demo in demos() if demo in shown(deck))
    assert len(moved) == len(set(moved))


def shown(deck):
    """Return the names of the figures in a deck."""
    return deck.page.eval_on_selector_all(
        "[data-nnlab-demo]", "all => all.map(one => one.dataset.nnlabDemo)"
    )


def move(deck, figure):
    """Move a control of a figure by keyboard; its picture changes, and the slide does not."""
    picture = figure.locator(".nnlab-picture")
    place, before = deck.place, picture.get_attribute("src")
    controls = figure.locator(":is(input[type=range], select, input[type=radio]:checked):enabled")
    for control in controls.all():
        control.focus()
        deck.page.keyboard.press(
            "ArrowRight" if control.evaluate("c => c.value == 0") else "ArrowLeft"
        )
        if picture.get_attribute("src") != before:
            break
    assert picture.get_attribute("src") != before
    assert deck.place == place
    assert figure.locator(".nnlab-caption").inner_text().strip()
    # The focus stays in the figure, as it does in a lecture.


def test_arrows_turn_the_slide_again_after_escape(open_deck):
    deck = open_deck("05_dropout")
    deck.show(deck.places(".live")[0])
    place = deck.place
    deck.slide.locator("input[type=range]").first.focus()
    deck.page.keyboard.press("ArrowRight")
    assert deck.place == place
    deck.page.keyboard.press("Escape")
    assert not deck.page.evaluate("Reveal.isOverview()")
    deck.page.keyboard.press("ArrowRight")
    assert deck.place != place


def test_the_mouse_turns_slides_too(open_deck):
    deck = open_deck("05_dropout")
    deck.page.get_by_role("button", name="Next slide").click()
    assert deck.place[:2] == deck.places()[1]
    deck.page.get_by_role("button", name="Previous slide").click()
    assert deck.place[:2] == deck.places()[0]
    assert deck.page.locator(".slide-number").inner_text().split() == [
        "1", "/", str(len(deck.places())),
    ]  # fmt: skip
    assert deck.page.locator(".progress").is_visible()


def test_notes_open_in_a_window_with_a_timer(open_deck):
    deck = open_deck("05_dropout")
    with deck.page.expect_popup() as opened:
        deck.page.keyboard.press("s")
    window = opened.value
    current, upcoming = (
        window.frame_locator(f"#{which}-slide iframe").locator(
            "section.slide.present > :is(h2, h3)"
        )
        for which in ("current", "upcoming")
    )
    place = deck.places("aside.notes:not(:empty)")[1]
    following = deck.places()[deck.places().index(place) + 1]
    deck.show(place)
    said = deck.slide.locator("aside.notes").text_content()
    notes = window.locator(".speaker-controls-notes .value")
    assert comes(lambda: deck.heading() in current.all_text_contents())
    assert comes(lambda: notes.text_content() == said)
    timer = window.locator(".timer")
    begin = timer.inner_text()
    assert comes(lambda: timer.inner_text() != begin)
    figure = deck.places(".live")[0]
    deck.show(figure)
    assert comes(lambda: "Try this:" in notes.inner_text())
    assert "svg" not in notes.inner_html()
    deck.show(place)
    assert comes(lambda: deck.heading() in current.all_text_contents())
    window.keyboard.press("PageDown")
    assert comes(lambda: deck.place[:2] == following)
    assert comes(lambda: upcoming.all_text_contents())


def comes(true):
    """Wait until something is true; functions that a page would have to compile are forbidden."""
    until = time.monotonic() + LIMIT / 1000
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out(open_deck, dark):
    deck = open_deck("06_gradient_problems", dark=dark)
    for place in deck.places():
        deck.show(place)
        assert weak_text(deck.slide, 4.5) == []
    ground = deck.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is not dark
    deck.page.keyboard.press("d")
    assert deck.page.evaluate("getComputedStyle(document.body).backgroundColor") != ground


@pytest.mark.parametrize("size", [(1920, 1080), (1024, 768)])
def test_other_projectors_show_the_same(open_deck, size):
    deck = open_deck("05_dropout", size=size)
    for place in deck.places():
        deck.show(place)
        box = deck.slide.bounding_box()
        assert box["x"] >= -1
        assert box["y"] >= -1
        assert box["x"] + box["width"] <= size[0] + 1
        assert box["y"] + box["height"] <= size[1] + 1
        assert max(box["width"] / size[0], box["height"] / size[1]) > 0.99


def test_what_does_not_fit_goes_on_behind(open_deck):
    """Type is not made smaller, and nothing is lost, however much a slide holds."""
    deck = open_deck("05_dropout")
    words = [f"word{number}" for number in range(240)]
    lines = [f"line_{number} = {number}" for number in range(9)]
    slides = deck.page.evaluate(
        """([words, lines]) => {
            const slides = document.createElement("div");
            const paragraphs = [];
            for (let i = 0; i < words.length; i += 40) {
                paragraphs.push(`<p>${words.slice(i, i + 40).join(" ")}</p>`);
            }
            const items = words.map(word => `<li>item${word}</li>`).join("");
            const code = `<div class="cell">
                <div class="highlight"><pre>${lines.join("\\n")}</pre></div>
                <pre class="printed">${lines.join("\\n")}</pre></div>`;
            slides.innerHTML = `<section class="slide"><div class="room">
                <div class="text"><h2>Much</h2>${paragraphs.join("")}</div>${code}${code}
                <div class="text"><ol>${items}</ol></div></div>
                <aside class="notes">said</aside></section>`;
            document.body.append(slides);
            layOut(slides);
            const over = [...slides.children].filter(overflows).length;
            return [...slides.children].map(slide => [
                slide.innerText,
                slide.querySelector("h2").innerText,
                slide.querySelector("aside").textContent,
                slide.querySelector("ol")?.start ?? 0,
                over,
            ]);
        }""",
        [words, lines],
    )
    text = " ".join(slide[0] for slide in slides)
    found = re.findall(r"word\d+", text)
    assert found == words * 2
    assert re.findall(r"line_\d+", text) == [line.split()[0] for line in lines] * 4
    assert {(heading, notes) for _, heading, notes, _, _ in slides} == {("Much", "said")}
    for shown, _, _, start, over in slides:
        assert over == 0
        items = re.findall(r"itemword(\d+)", shown)
        if items:
            assert start == int(items[0]) + 1


@pytest.mark.parametrize("notes", [False, True])
def test_a_handout_has_two_slides_on_a_page(open_deck, decks, chromium, notes):
    deck = open_deck("05_dropout")
    slides = len(deck.places())
    printed = partial(Printer(chromium).handouts, [(decks / "05_dropout.html").read_bytes()])
    with ThreadPoolExecutor() as beside:  # Playwright runs in this thread already
        (pdf,) = beside.submit(lambda: list(printed(notes=notes))).result()
    pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
    assert pages == (slides + 1) // 2 or (notes and (slides + 1) // 2 < pages < slides)
    paper = open_deck("05_dropout", "?handout=notes" if notes else "?handout", dark=True)
    paper.page.emulate_media(media="print")
    assert paper.page.locator("article").count() == slides
    assert bool(paper.page.locator(".said").count()) is notes
    assert paper.page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    assert paper.page.locator(".fragment").first.is_visible()


def test_decks_keep_to_their_budget(decks):
    sizes = {name: (decks / f"{name}.html").stat().st_size for name in LESSONS}
    assert {name: size for name, size in sizes.items() if size > DECK_BUDGET} == {}


def test_the_index_leads_to_every_deck(browser, decks):
    page = browser.new_page()
    page.goto((decks / "index.html").as_uri())
    links = page.locator(".lessons a").evaluate_all("all => all.map(one => one.href)")
    assert links == [(decks / f"{name}.html").as_uri() for name in LESSONS]
    page.close()
