"""What a live figure looks like: dark theme, projector, dense and narrow screens, second views."""

import pytest
from looks import assert_readable, assert_white

pytestmark = pytest.mark.browser

CALL = "lesson_00.first_network.show()"
WORDS = (
    ".nnlab-title", ".nnlab-row label", ".nnlab-row output", ".nnlab-caption", ".nnlab-button",
    ".nnlab-sign", ".nnlab-try strong", ".nnlab-try li",
)  # fmt: skip


@pytest.fixture(scope="module")
def lesson(open_lesson):
    lesson = open_lesson("00_start_here")
    lesson.run_all()
    lesson.page.keyboard.press("Control+b")  # the list of files takes too much of a small screen
    return lesson


@pytest.fixture
def figure(lesson, live_figure):
    return live_figure(lesson, CALL)


@pytest.fixture
def screen(lesson):
    """Return a function that changes the screen; afterwards it is as before."""
    wire = lesson.page.context.new_cdp_session(lesson.page)

    def change(width=1280, height=900, density=1):
        wire.send(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": density, "mobile": False},
        )

    yield change
    change()


@pytest.fixture(params=["JupyterLab Light", "JupyterLab Dark"])
def theme(lesson, request):
    """Choose a theme in the menu; afterwards it is the light one."""

    def choose(name):
        lesson.choose("Settings", "Theme", name)
        lesson.page.locator(f'body[data-jp-theme-name="{name}"]').wait_for(state="attached")

    if request.param != "JupyterLab Light":
        choose(request.param)
    yield
    if request.param != "JupyterLab Light":
        choose("JupyterLab Light")


@pytest.mark.usefixtures("theme")
def test_words_are_readable_and_pictures_white_in_both_themes(figure):
    for words in WORDS:
        texts = figure.box.locator(words).all()
        assert texts, words
        for text in texts:
            assert_readable(text)
    assert_white(figure.box.locator("img"))


def test_on_a_projector_the_picture_grows_with_the_type_and_fits_the_screen(lesson, figure, screen):
    screen(1280, 720)
    image = figure.box.locator("img")
    figure.wait_for(lambda: image.bounding_box()["width"] == 960, "the picture's own size")
    before = type_size(figure.box)
    lesson.choose("View", "Appearance", "Presentation Mode")
    figure.wait_for(lambda: type_size(figure.box) > before, "larger type")
    shown, cell = image.bounding_box(), figure.box.bounding_box()
    inside = cell["width"] - 8  # its padding
    assert inside > 960
    larger = min(960 * type_size(figure.box) / before, inside)
    assert shown["width"] == pytest.approx(larger, abs=1)
    assert shown["height"] < 720
    assert shown["x"] >= cell["x"]
    lesson.choose("View", "Appearance", "Presentation Mode")
    figure.wait_for(lambda: type_size(figure.box) == before, "the type as before")


def test_on_a_low_screen_the_whole_picture_can_be_seen(figure, screen):
    screen(1280, 480)
    image = figure.box.locator("img")
    figure.wait_for(lambda: image.bounding_box()["height"] < 0.8 * 480, "a lower picture")
    shown = image.bounding_box()
    assert shown["width"] / shown["height"] == pytest.approx(960 / 420, rel=0.01)


def test_on_a_dense_screen_the_picture_has_the_same_size_and_more_pixels(figure, screen):
    screen(density=2)
    image = figure.box.locator("img")
    assert image.evaluate("() => devicePixelRatio") == 2
    assert image.bounding_box()["width"] == 960
    assert image.evaluate("image => image.naturalWidth") >= 1.5 * 960


def test_on_a_narrow_screen_labels_stand_above_sliders_and_nothing_is_cut_off(figure, screen):
    screen(520, 900)
    slider = figure.slider("Units in each hidden layer")
    figure.wait_for(lambda: figure.box.bounding_box()["width"] < 476, "a narrow cell")
    label = figure.box.get_by_text("Units in each hidden layer", exact=True).bounding_box()
    assert label["y"] + label["height"] <= slider.bounding_box()["y"] + 1
    assert slider.bounding_box()["width"] > 200
    assert figure.box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_a_second_view_of_the_output_works_on_its_own(lesson, figure):
    start = figure.state
    view = figure.open_second_view()
    view.get_by_role("slider", name="Noise in the data").press("ArrowRight")
    caption = view.locator(".nnlab-caption")
    figure.wait_for(lambda: "noise 0.3" in caption.inner_text(), "the second view")
    assert view.locator("img").get_attribute("alt") == caption.inner_text()
    assert figure.state == start
    assert "noise 0.1" in figure.move("Noise in the data", "ArrowLeft")[1]
    assert "noise 0.3" in caption.inner_text()


def type_size(element):
    return element.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
