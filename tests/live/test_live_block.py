"""A demo as a piece of a page: what is in it, how large it is, what it shows without a script."""

import base64
import io
import json
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from nnlab.live import Demo, Slider, Toggle, demos
from nnlab.live.block import BUDGET, block
from nnlab.live.canvas import Canvas

LESSON_BUDGET = 12_000_000
VOID = {"img", "br", "input"}


class Reader(HTMLParser):
    """Reads HTML as a strict reader would: every element is closed where it should be."""

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        assert len(dict(attributes)) == len(attributes), f"an attribute of {tag} stands twice"
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data.strip()))

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data[:60]}")

    def attributes(self, tag):
        return [attributes for name, attributes in self.found if name == tag]

    def content(self):
        """Return what the page's script reads."""
        scripts = [data for tag, data in self.texts if tag == "script"]
        assert len(scripts) == 2, "data and program"
        return json.loads(scripts[0])

    def visible_text(self):
        return " ".join(data for tag, data in self.texts if tag not in ("script", "style"))


def _build(figure):
    return figure.subplots().plot([], [], "o")


def _update(artists, place):
    artists[0].set_data([place / 10], [0.5])
    return artists


EVIL = '</script><script>alert("1")</script><!-- <b>&amp;'


def _demo(**changes):
    parts = {
        "name": "99.dots",
        "title": "A dot",
        "compute": lambda *, k, on: k + 0.1 * on,
        "build": _build,
        "update": _update,
        "describe": lambda place: f"The dot is at {place:.1f} and nowhere else.",
        "controls": (Slider("k", "Place", values=range(6), start=2), Toggle("on", "Switched on")),
        "try_this": ("5: it is at the right.", "0: it is at the left."),
        "size": (3.0, 2.0),
    }
    return Demo(**parts | changes)


def test_it_is_one_piece_that_shows_the_start(tmp_path):
    text = block(_demo(), cache=tmp_path)
    page = Reader(text)
    assert page.found[0] == ("div", {"class": "nnlab-figure", "data-nnlab-demo": "99.dots"})
    assert "section" not in [name for name, _ in page.found]  # which would be a slide of a deck
    assert text.strip().endswith("</div>")
    (image,) = page.attributes("img")
    assert image["alt"] == "The dot is at 2.0 and nowhere else."
    assert (image["width"], image["height"]) == ("300", "200")
    visible = page.visible_text()
    for words in ("A dot", image["alt"], "5: it is at the right.", "need JavaScript"):
        assert words in visible
    # No ids: the same piece may stand on a page twice.
    assert not [name for name, attributes in page.found if "id" in attributes]


def test_its_start_picture_is_that_of_the_live_figure(tmp_path):
    demo = _demo()
    (image,) = Reader(block(demo, cache=tmp_path)).attributes("img")
    head, _, data = image["src"].partition(",")
    assert head == "data:image/webp;base64"
    shown = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    live = Image.open(io.BytesIO(Canvas(demo).picture(demo.compute(**demo.settings()))))
    assert np.array_equal(shown, live.convert("RGB"))


def test_it_loads_nothing(tmp_path):
    page = Reader(block(_demo(), cache=tmp_path))
    assert [attributes for attributes in page.attributes("script") if "src" in attributes] == []
    assert {name for name, _ in page.found} <= {
        "style", "div", "p", "img", "strong", "ul", "li", "script",
    }  # fmt: skip
    program = [data for tag, data in page.texts if tag == "script"][1]
    style = next(data for tag, data in page.texts if tag == "style")
    for loader in ("fetch(", "import(", "XMLHttpRequest", "http:", "https:", "WebSocket"):
        assert loader not in program
    for loader in ("@import", "url(", "http"):
        assert loader not in style


def test_its_frames_are_in_the_order_of_the_controls(tmp_path):
    content = Reader(block(_demo(), cache=tmp_path)).content()
    controls = content["spec"]["controls"]
    assert [control["texts"] for control in controls] == [list("012345"), ["off", "on"]]
    assert [control["start"] for control in controls] == [2, 0]
    assert content["spec"]["note"] == ""
    sentences = [frame["sentence"] for frame in content["stored"]["frames"]]
    assert sentences == [
        f"The dot is at {k + 0.1 * on:.1f} and nowhere else." for k in range(6) for on in (0, 1)
    ]


def test_texts_cannot_break_out_of_their_place(tmp_path):
    demo = _demo(title=EVIL, describe=lambda place: f"{EVIL} {place}.", try_this=(EVIL,))
    page = Reader(block(demo, cache=tmp_path))  # which allows no comment and no stray end tag
    assert len(page.attributes("script")) == 2
    content = page.content()
    assert content["spec"]["title"] == EVIL
    assert content["stored"]["frames"][4]["sentence"] == f"{EVIL} 2.0."
    assert page.attributes("img")[0]["alt"] == f"{EVIL} 2.0."
    assert page.visible_text().count(EVIL) == 3


def test_it_says_what_was_left_out(toys, tmp_path):
    text = block(toys.WAVE, budget=1_000_000, cache=tmp_path)
    spec = Reader(text).content()["spec"]
    counts = [len(control["texts"]) for control in spec["controls"]]
    assert counts[1:] == [3, 2, 2]
    assert 3 <= counts[0] < 9
    assert spec["note"] == (
        f"This page holds {counts[0] * 12} of the 108 settings; "
        "in JupyterLab the controls have them all."
    )
    assert spec["controls"][0]["texts"][spec["controls"][0]["start"]] == "3 Hz"


@pytest.mark.parametrize("budget", [90_000, 120_000, 400_000])
def test_it_stays_within_its_budget(budget, toys, tmp_path):
    text = block(toys.WAVE, budget=budget, cache=tmp_path)
    assert len(text.encode()) <= budget


def test_a_budget_that_holds_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"budget: .* start picture of demo '99\.dots'"):
        block(_demo(), budget=50_000, cache=tmp_path)


def test_a_control_fixed_at_its_start_has_one_text(toys, tmp_path):
    spec = Reader(block(toys.WAVE, budget=150_000, cache=tmp_path)).content()["spec"]
    assert [control["texts"] for control in spec["controls"]][-2:] == [["sine"], ["off"]]
    assert [control["start"] for control in spec["controls"]][-2:] == [0, 0]


# The course --------------------------------------------------------------------------------------


@pytest.mark.pages
@pytest.mark.parametrize("name", demos())
def test_every_demo_of_the_course_fits_a_page_and_is_the_live_figure(name, course_cache):
    demo = demos()[name]
    text = block(demo, cache=course_cache)
    assert len(text.encode()) <= BUDGET
    content = Reader(text).content()
    controls, stored = content["spec"]["controls"], content["stored"]
    canvas = Canvas(demo)
    compared = 0
    for settings in demo.extreme_settings():
        position = 0
        for control, shown in zip(demo.controls, controls, strict=True):
            value = control.text(settings[control.name])
            if value not in shown["texts"]:
                break
            position = position * len(shown["texts"]) + shown["texts"].index(value)
        else:
            compared += 1
            frame = stored["frames"][position]
            result = demo.compute(**settings)
            assert frame["sentence"] == demo.describe(result), settings
            picture = base64.b64decode(stored["pictures"][frame["picture"]])
            live = Image.open(io.BytesIO(canvas.picture(result))).convert("RGB")
            shown = Image.open(io.BytesIO(picture)).convert("RGB")
            assert np.array_equal(shown, live), settings
    # Minimum, start and maximum of every slider are on the page, unless it is fixed.
    free = sum(len(control["texts"]) > 1 for control in controls)
    assert compared > free


@pytest.mark.pages
@pytest.mark.parametrize("lesson", sorted({name[:2] for name in demos()}))
def test_every_lesson_of_the_course_fits_a_page(lesson, course_cache):
    sizes = {
        name: len(block(demo, cache=course_cache).encode())
        for name, demo in demos().items()
        if name.startswith(lesson)
    }
    assert sum(sizes.values()) <= LESSON_BUDGET, sizes
