"""The exported pages, opened from the file system in a browser without a network."""

import re
from functools import partial

import pytest
from contrast import weak_text

from nnlab.live.block import block
from nnlab.site.export import PAGE_BUDGET, export_site
from nnlab.site.lessons import find_lessons
from nnlab.site.maths import formula

pytestmark = pytest.mark.browser

LESSONS = [path.stem for path in find_lessons()]
PAGES = ["index", *LESSONS]
SIZES = {"projector": (1280, 720), "telephone": (390, 800)}
LIMIT = 30_000  # milliseconds for one condition on the page

READ_TEXT = """() => {
    const words = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (!parent.closest('code, pre, script, style')) words.push(walker.currentNode.data);
    }
    return words.join('\\n');
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory, request):
    """The whole course as pages; the pictures are kept from one test run to the next."""
    drawn = request.config.cache.mkdir("nnlab-frames")
    out = tmp_path_factory.mktemp("stick")
    export_site(out, say=lambda _: None, figure=partial(block, cache=drawn))
    return out


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, site):
    """Return a function that opens a page; in the end, nothing was asked for or went wrong."""
    contexts, asked, complaints = [], [], []

    def open_(name, size="projector", dark=False):
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            offline=True,
        )
        context.set_default_timeout(LIMIT)
        context.on("request", lambda request: asked.append(request.url))
        context.on("console", lambda message: complaints.append(message.text))
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        page = context.new_page()
        page.goto((site / f"{name}.html").as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    files = {path.as_uri() for path in site.glob("*.html")}
    others = [url for url in asked if not url.startswith(("data:", "blob:"))]
    assert {url.partition("#")[0] for url in others} <= files
    assert complaints == []


def open_all(page):
    page.evaluate(
        "document.querySelectorAll('details').forEach(details => { details.open = true; })"
    )


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_without_a_network(open_page, name):
    page = open_page(name)
    open_all(page)
    sizes = page.eval_on_selector_all(
        ".maths svg",
        """all => all.map(svg => svg.getBoundingClientRect())
            .map(box => [box.width, box.height])""",
    )
    assert all(width > 2 and height > 2 for width, height in sizes)
    assert re.findall(r"\$|\\[a-z]+", page.evaluate(READ_TEXT)) == []
    images = page.eval_on_selector_all(
        "img", "all => all.map(i => [i.alt, i.complete, i.naturalWidth])"
    )
    assert all(alt.strip() and complete and width > 0 for alt, complete, width in images)
    assert page.evaluate("document.documentElement.lang") == "en"


def test_the_course_has_formulas_and_pictures(open_page):
    page = open_page("01_task_setup")
    assert page.locator(".maths svg").count() > 10
    assert page.locator("figure img").count() > 1
    assert page.locator(".nnlab-live").count() > 1


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("size", SIZES)
def test_nothing_sticks_out_of_the_page(open_page, name, size):
    page = open_page(name, size)
    open_all(page)
    width = SIZES[size][0]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # What is wider scrolls inside a box of its own.
    assert (
        page.eval_on_selector_all(
            "main *",
            """(all, width) => all
            .filter(element => element.getBoundingClientRect().right > width + 1)
            .filter(element => !element.closest('pre, .wide, .maths, .made:has(table)'))
            .map(element => element.outerHTML.slice(0, 80))""",
            width,
        )
        == []
    )


def test_a_formula_wider_than_the_page_scrolls_by_itself(open_page):
    page = open_page("01_task_setup", "telephone")
    wide = formula(" + ".join("abcdefghijklmnopqrstuvwxyz"), display=True)
    page.evaluate(
        "html => document.querySelector('main').insertAdjacentHTML('beforeend', html)", wide
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES["telephone"][0]
    assert page.locator("main > .maths-display .maths").evaluate(
        "box => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === 'auto'"
    )


@pytest.mark.parametrize("name", LESSONS)
def test_every_live_figure_moves(open_page, name):
    page = open_page(name)
    figures = page.locator(".nnlab-live")
    assert figures.count() > 0
    for number in range(figures.count()):
        figure = figures.nth(number)
        figure.scroll_into_view_if_needed()
        picture, caption = figure.locator("img"), figure.locator("[role=status]").first
        before = picture.screenshot(), caption.inner_text(), picture.get_attribute("alt")
        move(figure)
        page.wait_for_function(
            "([caption, before]) => caption.innerText !== before",
            arg=[caption.element_handle(), before[1]],
        )
        after = picture.screenshot(), caption.inner_text(), picture.get_attribute("alt")
        assert all(one != other for one, other in zip(before, after, strict=True))


def move(figure):
    """Move the first control that can be moved, by keyboard."""
    control = figure.locator("input:enabled:not([type=radio]:not(:checked)), select:enabled").first
    kind = control.evaluate("control => control.type")
    if kind == "checkbox":
        control.press("Space")
    elif kind == "range":
        last = control.evaluate("slider => slider.value === slider.max")
        control.press("ArrowLeft" if last else "ArrowRight")
    else:
        control.press("ArrowDown")


def test_questions_open(open_page):
    page = open_page("01_task_setup")
    answer = page.locator(".made details").first
    text = answer.locator("p")
    assert not text.is_visible()
    answer.locator("summary").press("Enter")
    assert text.is_visible()


def test_links_lead_to_pages_that_are_there(open_page, site):
    for name in PAGES:
        page = open_page(name)
        links = page.eval_on_selector_all("a[href]", "all => all.map(a => [a.href, a.hash])")
        for address, anchor in links:
            if address.startswith("https:"):
                continue
            target = address.partition("#")[0]
            assert target in {path.as_uri() for path in site.iterdir()}
            if target == page.url and anchor:
                assert page.evaluate(
                    "hash => !!document.getElementById(decodeURIComponent(hash.slice(1)))", anchor
                )
    page = open_page("index")
    for name in LESSONS:
        page.locator(f'h3 a[href="{name}.html"]').click()
        page.wait_for_url(f"**/{name}.html")
        page.locator(".home").click()
        page.wait_for_url("**/index.html")


def test_the_first_tab_skips_to_the_content(open_page):
    page = open_page("00_start_here")
    page.keyboard.press("Tab")
    box = page.locator(".skip").bounding_box()
    assert box["y"] >= 0
    assert page.locator(".skip").evaluate("link => getComputedStyle(link).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_contents_are_open_where_there_is_room(open_page):
    assert open_page("00_start_here").locator("#contents a").first.is_visible()
    narrow = open_page("00_start_here", "telephone")
    assert not narrow.locator("#contents a").first.is_visible()
    narrow.locator("#contents summary").press("Enter")
    assert narrow.locator("#contents a").first.is_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_in_light_and_dark(open_page, dark):
    page = open_page("01_task_setup", dark=dark)
    open_all(page)
    weak = weak_text(page.locator("body"), 4.5)
    assert weak == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is not dark
    # Figures keep their white ground.
    assert page.locator("figure img").first.evaluate(
        "image => getComputedStyle(image).backgroundColor"
    ) == "rgb(255, 255, 255)"  # fmt: skip


def test_paper_carries_the_lesson_and_not_the_navigation(open_page):
    page = open_page("01_task_setup", dark=True)
    page.emulate_media(media="print")
    for selector in (".bar", ".contents", ".further", ".skip"):
        assert not page.locator(selector).is_visible()
    assert page.locator("h1").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # Nothing can be scrolled on paper.
    assert page.eval_on_selector_all(
        "pre", "all => all.filter(pre => pre.scrollWidth > pre.clientWidth + 1).length"
    ) == 0  # fmt: skip


def test_pages_keep_to_their_budget(site):
    assert {
        name: (site / f"{name}.html").stat().st_size <= PAGE_BUDGET for name in LESSONS
    } == dict.fromkeys(LESSONS, True)
