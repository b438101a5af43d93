"""Every lesson runs in JupyterLab, every control goes to its ends: no trace of trouble."""

import importlib

import pytest

from nnlab._resources import lessons_dir
from nnlab.live import Slider, Toggle
from nnlab.live.playground import Playground

pytestmark = pytest.mark.browser

LESSONS = sorted(path.stem for path in lessons_dir().glob("*.ipynb"))
TROUBLE = ("application/vnd.jupyter.stderr", "application/vnd.jupyter.error")


def demo_of(call):
    """Return the demo that a cell such as ``lesson_01.heads.show()`` shows."""
    module, name = call.removesuffix(".show()").split(".")
    return getattr(importlib.import_module(f"nnlab.live.{module}"), name)


def assert_no_trace_of_trouble(lesson):
    for kind in TROUBLE:
        assert lesson.page.locator(f'[data-mime-type="{kind}"]').all_text_contents() == []
    for text in lesson.page.locator(".jp-OutputArea-output").all_text_contents():
        assert "Traceback" not in text
        assert "Warning" not in text
    lesson.assert_no_trouble()


def put(figure, control, value):
    """Move one control as a learner does."""
    if isinstance(control, Slider):
        figure.slider(control.label).press("Home" if value == control.positions[0] else "End")
    elif isinstance(control, Toggle):
        figure.box.get_by_role("checkbox", name=control.label, exact=True).set_checked(value)
    elif figure.box.get_by_role("radiogroup", name=control.label, exact=True).count():
        figure.choose(control.label, value)
    else:
        figure.box.get_by_role("combobox", name=control.label, exact=True).select_option(value)


@pytest.mark.parametrize("name", LESSONS)
def test_every_control_at_its_ends_shows_what_python_says(open_lesson, live_figure, name):
    lesson = open_lesson(name)
    lesson.run_all()
    assert_no_trace_of_trouble(lesson)
    for call in lesson.demos:
        demo = demo_of(call)
        if isinstance(demo, Playground):
            continue  # never at rest; tests of its own
        figure = live_figure(lesson, call)
        start = figure.state
        for end in (0, -1):  # first each control alone, then all of them together
            for control in demo.controls:
                value = control.positions[end]
                put(figure, control, value)
                expect(figure, demo, {control.name: value})
                figure.reset(start)
            settings = {control.name: control.positions[end] for control in demo.controls}
            for control in demo.controls:
                put(figure, control, settings[control.name])
            expect(figure, demo, settings)
            figure.reset(start)
    assert_no_trace_of_trouble(lesson)
    lesson.page.close()


def expect(figure, demo, changed):
    """Wait for the sentence of some settings, as caption and as alternative text."""
    sentence = demo.describe(demo.compute(**demo.settings(**changed)))
    figure.wait_for(lambda: figure.caption == sentence, f"{demo.name} to say {sentence!r}")
    figure.wait_for(lambda: figure.alternative_text == sentence, f"{demo.name}'s picture")
