"""Every control of every live figure of the course: its name, its effect, its place."""

import importlib

import pytest

from nnlab._resources import lessons_dir
from nnlab.live import Choice, Demo, Slider

pytestmark = pytest.mark.browser

GAP_BEFORE_ITS_WORDS = """box => {
    const words = document.createRange();
    words.selectNode(box.nextSibling);
    return words.getBoundingClientRect().left - box.getBoundingClientRect().right;
}"""  # in pixels

LESSONS = sorted(path.stem for path in lessons_dir().glob("*.ipynb"))


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request, open_lesson):
    lesson = open_lesson(request.param)
    lesson.run_all()
    yield lesson
    lesson.page.close()


@pytest.fixture
def figures(lesson, live_figure):
    """Pairs of a demo and the figure that shows it; each scrolled to when its turn comes."""

    def pairs():
        for call in lesson.demos:
            module, name, _ = call.split(".")
            demo = getattr(importlib.import_module(f"nnlab.live.{module}"), name)
            if type(demo) is Demo:  # the playground moves by itself and is tested elsewhere
                yield demo, live_figure(lesson, call)

    return pairs


def test_every_control_has_a_name_and_a_spoken_value(figures):
    for demo, figure in figures():
        for control in demo.controls:
            if isinstance(control, Slider):
                slider = figure.slider(control.label)
                assert slider.get_attribute("aria-valuetext") == control.text(control.start)
            elif isinstance(control, Choice) and len(control.options) > 4:
                choice = figure.box.get_by_role("combobox", name=control.label, exact=True)
                assert choice.locator("option:checked").inner_text() == control.start
            elif isinstance(control, Choice):
                group = figure.box.get_by_role("radiogroup", name=control.label, exact=True)
                for option in control.options:
                    radio = group.get_by_role("radio", name=option, exact=True)
                    assert radio.is_checked() == (option == control.start)
            else:
                box = figure.box.get_by_role("checkbox", name=control.label, exact=True)
                assert box.is_checked() == control.start
                assert box.evaluate(GAP_BEFORE_ITS_WORDS) >= 4


def test_the_caption_is_announced_and_is_the_alternative_text(figures):
    for demo, figure in figures():
        sentence = demo.describe(demo.compute(**demo.settings()))
        assert figure.box.get_by_role("status").first.inner_text() == sentence
        assert figure.box.get_by_role("img", name=sentence, exact=True).count() == 1


def test_every_control_shows_at_its_ends_what_python_says_and_reset_brings_the_start_back(figures):
    for demo, figure in figures():
        start = figure.state
        for control in demo.controls:
            for value in (control.positions[0], control.positions[-1]):
                if value != control.start:
                    figure.put(control, value)
                    figure.wait_for_change(start)
                    assert_says(figure, demo, {control.name: value})
                    figure.reset(start)


def test_controls_at_their_ends_together_show_what_python_says(figures):
    for demo, figure in figures():
        start = figure.state
        for end in (0, -1):
            settings = {control.name: control.positions[end] for control in demo.controls}
            for control in demo.controls:
                figure.put(control, settings[control.name])
            figure.wait_until_it_says(demo.describe(demo.compute(**settings)))
            assert_says(figure, demo, settings)
            figure.reset(start)


def assert_says(figure, demo, settings):
    """Caption and alternative text are what a computation outside of JupyterLab says."""
    for control in demo.controls:
        if isinstance(control, Slider) and control.name in settings:
            spoken = figure.slider(control.label).get_attribute("aria-valuetext")
            assert spoken == control.text(settings[control.name])
    sentence = demo.describe(demo.compute(**demo.settings(**settings)))
    assert figure.caption == figure.alternative_text == sentence


def test_nothing_jumps_while_a_slider_moves(figures):
    for demo, figure in figures():
        start = figure.state
        for control in demo.controls:
            if isinstance(control, Slider):
                first, second = (through_all_positions(figure, control) for _ in range(2))
                assert len({place for place, _ in (*first, *second)}) == 1  # the picture's
                heights = [height for _, height in first]
                assert heights == sorted(heights)  # a longer sentence may make room, once
                assert {height for _, height in second} == {heights[-1]}
                figure.reset(start)


def test_after_all_that_nothing_on_the_page_tells_of_trouble(lesson):
    lesson.assert_ran_without_a_warning()
    lesson.assert_no_trouble()


def through_all_positions(figure, control):
    """Move a slider from left to right; return where the picture stands and the cell's height."""
    slider, places = figure.slider(control.label), []
    for number, value in enumerate(control.positions):
        before = figure.caption
        stays = number == 0 and slider.get_attribute("aria-valuetext") == control.text(value)
        slider.press("ArrowRight" if number else "Home")
        if not stays:
            figure.wait_for(lambda before=before: figure.caption != before, control.text(value))
        places.append(figure.layout)
    return places
