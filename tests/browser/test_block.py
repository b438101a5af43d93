"""Figures on a page without a kernel: opened from the file system, with the network off."""

import contextlib
import json
import re
from dataclasses import dataclass, field

import pytest

from nnlab.live import Choice, Demo, Slider, Toggle
from nnlab.live.block import block

pytestmark = pytest.mark.browser

LIMIT = 20_000  # milliseconds
COLORS = {"blue": "#0072B2", "orange": "#E69F00"}
FAILS_AT = 3
EVIL = '</script><script>window.evil = true</script><!-- <img src=x onerror="window.evil = true">'


def _build(figure):
    axes = figure.subplots()
    axes.set(xlim=(-1, 6), ylim=(-1, 2))
    return axes.plot([], [], "o", markersize=20)


def _update(artists, result):
    place, color, up = result
    artists[0].set_data([place], [int(up)])
    artists[0].set_color(COLORS[color])
    return artists


def _compute(*, place, color, up):
    if place == FAILS_AT:
        raise ZeroDivisionError(f"nothing at {place}")
    return place, color, up


def _describe(result):
    place, color, up = result
    return f"The {color} dot is {'up' if up else 'down'} at {place} m."


def _demo(**changes):
    parts = {
        "name": "99.dot",
        "title": "A dot",
        "compute": _compute,
        "build": _build,
        "update": _update,
        "describe": _describe,
        "controls": (
            Slider("place", "Place", values=range(6), start=1, unit="m"),
            Choice("color", "Colour", options=tuple(COLORS), start="blue"),
            Toggle("up", "Up"),
        ),
        "try_this": ("5 m: it is at the right.",),
        "size": (4.0, 2.0),
    }
    return Demo(**parts | changes)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def dot(cache):
    return block(_demo(), cache=cache)


@dataclass
class Figure:
    """One figure on a page."""

    root: object

    def control(self, label):
        return self.root.get_by_label(label, exact=True)

    @property
    def picture(self):
        return self.root.locator("img")

    @property
    def caption(self):
        return self.root.locator(".nnlab-caption").inner_text()

    def pixels(self):
        """A fingerprint of what the picture shows."""
        return self.picture.evaluate(
            """async image => {
                await image.decode();
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
                const pen = canvas.getContext('2d');
                pen.drawImage(image, 0, 0);
                const {data} = pen.getImageData(0, 0, canvas.width, canvas.height);
                return [...new Uint8Array(await crypto.subtle.digest('SHA-256', data))].join(' ');
            }"""
        )

    def shows(self, place, color="blue", up=False):
        """Say whether caption and alternative text are those of a setting."""
        sentence = _describe((place, color, up))
        return self.caption == sentence == self.picture.get_attribute("alt")


@dataclass
class Opened:
    """A page that has been opened, and what went on behind the reader's back."""

    page: object
    troubles: list = field(default_factory=list)

    @property
    def figures(self):
        roots = self.page.locator(".nnlab-figure")
        return [Figure(roots.nth(number)) for number in range(roots.count())]


@pytest.fixture
def open_page(browser, tmp_path):
    """Return a function that opens a page from disk; the network is off throughout."""
    with contextlib.ExitStack() as stack:
        opened = []

        def open_(body, head="", **options):
            path = tmp_path / "page.html"
            path.write_text(
                "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Page</title>"
                f"<meta name='viewport' content='width=device-width'>{head}</head>"
                f"<body>{body}</body></html>",
                encoding="utf-8",
            )
            context = stack.enter_context(browser.new_context(**options))
            context.set_offline(True)
            context.set_default_timeout(LIMIT)
            one = Opened(context.new_page())
            opened.append(one)

            def on_request(request):
                if not request.url.startswith(("data:", path.as_uri())):
                    one.troubles.append(request.url)

            context.on("request", on_request)
            context.on("console", lambda message: one.troubles.append(message.text))
            context.on("weberror", lambda error: one.troubles.append(str(error.error)))
            one.page.goto(path.as_uri())
            return one

        yield open_
        for one in opened:
            assert one.troubles == []


def test_a_slider_moves_by_keyboard_and_by_mouse(open_page, dot):
    (figure,) = open_page(dot).figures
    assert figure.shows(1)
    seen = {figure.pixels()}
    slider = figure.control("Place")
    slider.focus()
    for key, place in (("ArrowRight", 2), ("End", 5), ("ArrowLeft", 4), ("Home", 0)):
        slider.press(key)
        assert figure.shows(place), key
        assert slider.get_attribute("aria-valuetext") == f"{place} m"
        seen.add(figure.pixels())
    assert len(seen) == 5
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    assert figure.shows(5)
    assert figure.pixels() in seen


def test_every_setting_shows_its_own_picture(open_page, dot):
    (figure,) = open_page(dot).figures
    seen = {}
    for place in (0, 1, 2, 4, 5):
        for color in COLORS:
            for up in (False, True):
                figure.control("Place").fill(str(place))
                figure.control(color).check()
                figure.control("Up").set_checked(up)
                assert figure.shows(place, color, up)
                seen[place, color, up] = figure.pixels()
    assert len(set(seen.values())) == len(seen) == 20
    figure.root.get_by_role("button", name="Reset").click()
    assert figure.shows(1)
    assert figure.pixels() == seen[1, "blue", False]


def test_a_setting_without_a_picture_says_why(open_page, dot):
    (figure,) = open_page(dot).figures
    figure.control("Place").fill(str(FAILS_AT))
    assert "There is no picture for Place = 3 m" in figure.caption
    assert "ZeroDivisionError: nothing at 3" in figure.caption
    assert not figure.picture.is_visible()
    figure.control("Place").fill("4")
    assert figure.shows(4)
    assert figure.picture.is_visible()


def test_fingers_move_a_slider(open_page, dot):
    opened = open_page(dot, has_touch=True, viewport={"width": 390, "height": 800})
    (figure,) = opened.figures
    box = figure.control("Place").bounding_box()
    opened.page.touchscreen.tap(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    assert figure.shows(5)
    opened.page.touchscreen.tap(box["x"] + 3, box["y"] + box["height"] / 2)
    assert figure.shows(0)
    # Nothing sticks out on a telephone.
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_keys_for_a_control_do_not_turn_the_slide(open_page, dot):
    deck = """<script>
    window.turns = [];
    document.addEventListener("keydown", (event) => turns.push(event.key));
    </script>"""
    opened = open_page(dot, head=deck)
    (figure,) = opened.figures
    for control in ("Place", "blue", "Up"):
        figure.control(control).focus()
        for key in ("ArrowRight", "ArrowLeft", "End", "Home", "PageDown", "Space"):
            opened.page.keyboard.press(key)
    assert opened.page.evaluate("turns") == []
    figure.control("Up").blur()
    opened.page.keyboard.press("ArrowRight")
    assert opened.page.evaluate("turns") == ["ArrowRight"]


def test_figures_on_one_page_do_not_disturb_each_other(open_page, dot, cache):
    other = block(_demo(name="99.other", title="Another dot"), cache=cache)
    first, second, third = open_page(dot + other + dot).figures
    first.control("Place").fill("5")
    first.control("orange").check()
    first.control("Up").check()
    for figure in (second, third):
        assert figure.shows(1)
        assert figure.control("blue").is_checked()
        assert not figure.control("Up").is_checked()
    third.control("Place").fill("0")
    third.root.get_by_text("orange", exact=True).click()  # its label, not somebody else's
    assert third.shows(0, "orange")
    assert second.shows(1)
    assert first.shows(5, "orange", up=True)


def test_it_leaves_no_names_behind(open_page, dot):
    count = "Object.getOwnPropertyNames(window)"
    body = (
        f"<script>{{ const before = new Set({count}); window.check = () => "
        f"{count}.filter(name => !before.has(name)); }}</script>{dot}"
    )
    opened = open_page(body)
    assert opened.page.evaluate("check()") == ["check"]


def test_texts_are_texts_and_never_code(open_page, cache):
    demo = _demo(
        title=EVIL,
        describe=lambda result: f"{EVIL} {result[0]}",
        controls=(
            Slider("place", EVIL, values=range(3), start=1),
            *_demo().controls[1:],
        ),
        try_this=(EVIL,),
    )
    opened = open_page(block(demo, cache=cache))
    (figure,) = opened.figures
    figure.control(EVIL).fill("2")
    assert figure.caption == f"{EVIL} 2"
    assert figure.root.get_by_role("heading").inner_text() == EVIL
    assert opened.page.evaluate("window.evil") is None


def test_without_scripts_it_shows_the_start(open_page, dot):
    (figure,) = open_page(dot, java_script_enabled=False).figures
    assert figure.shows(1)
    assert figure.picture.is_visible()
    assert figure.root.get_by_role("heading").inner_text() == "A dot"
    assert figure.root.get_by_text("need JavaScript").is_visible()
    assert figure.root.get_by_text("5 m: it is at the right.").is_visible()
    assert figure.root.locator("input, button").count() == 0


def test_the_script_removes_what_stood_for_it(open_page, dot):
    (figure,) = open_page(dot).figures
    assert figure.root.get_by_text("need JavaScript").count() == 0
    assert figure.picture.count() == 1
    assert figure.root.get_by_role("heading").count() == 1


def test_what_was_left_out_is_told_and_what_is_fixed_cannot_be_moved(open_page, cache):
    size = max(map(len, _stored(block(_demo(), cache=cache))["pictures"]))
    opened = open_page(block(_demo(), budget=50_000 + 6 * size, cache=cache))
    (figure,) = opened.figures
    note = figure.root.get_by_text("This page holds")
    held, every = map(int, re.findall(r"\d+", note.inner_text()))
    assert every == 24
    assert 3 <= held < 12
    assert figure.control("Up").is_disabled()
    assert figure.control("Place").is_enabled()
    figure.control("Place").press("End")
    assert figure.shows(5)


def _stored(text):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', text, re.S)[1])[
        "stored"
    ]


def test_pictures_one_move_away_are_decoded_in_advance(open_page, dot):
    watch = """<script>
    window.decoded = [];
    const decode = HTMLImageElement.prototype.decode;
    HTMLImageElement.prototype.decode = function () {
        decoded.push(this.src);
        return decode.call(this);
    };
    </script>"""
    opened = open_page(dot, head=watch)
    (figure,) = opened.figures
    stored = _stored(dot)

    def since_then(*settings):
        """Say whether just the pictures of these settings were decoded since the last question."""
        wanted = {_describe(setting) for setting in settings}
        pictures = {
            f"data:image/webp;base64,{stored['pictures'][frame['picture']]}"
            for frame in stored["frames"]
            if frame.get("sentence") in wanted
        }
        return set(opened.page.evaluate("decoded.splice(0)")) == pictures

    assert since_then(), "a figure nobody uses costs nothing"
    slider = figure.control("Place")
    slider.focus()
    assert since_then((0, "blue", 0), (2, "blue", 0), (1, "orange", 0), (1, "blue", 1))
    slider.press("ArrowRight")  # there is no picture at 3
    assert since_then((1, "blue", 0), (2, "orange", 0), (2, "blue", 1))
