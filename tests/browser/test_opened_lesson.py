"""A lesson that is opened and not yet run."""

import pytest
from looks import assert_readable, assert_white

from nnlab._resources import lessons_dir

pytestmark = pytest.mark.browser

LESSONS = sorted(path.stem for path in lessons_dir().glob("*.ipynb"))


@pytest.fixture(params=["JupyterLab Light", "JupyterLab Dark"])
def theme(request, lab):
    lab.set_theme(request.param)
    yield request.param
    lab.set_theme("JupyterLab Light")


@pytest.mark.parametrize("name", LESSONS)
def test_pictures_and_words_are_there_before_anything_is_run(open_lesson, name, theme):
    lesson = open_lesson(name)
    assert lesson.page.locator("body").get_attribute("data-jp-theme-name") == theme
    assert lesson.demos
    for call in lesson.demos:
        lesson.assert_shown_without_kernel(call)
        image, paragraphs, suggestions = lesson.stored_output(call)
        assert_white(image)
        for words in (paragraphs, suggestions):
            assert_readable(words.first)
    lesson.assert_no_trouble()
    lesson.page.close()


def test_pictures_and_words_stay_when_the_notebook_is_trusted_and_saved(open_lesson):
    lesson = open_lesson(LESSONS[0])
    lesson.trust()
    lesson.save()
    lesson.reload_without_kernel()
    for call in lesson.demos:
        lesson.assert_shown_without_kernel(call)
    lesson.assert_no_trouble()
    lesson.page.close()


def test_errors_and_strangers_are_noticed(open_lesson, log):
    lesson = open_lesson(LESSONS[0])
    for line in (
        "console.error('a fault')",
        "setTimeout(() => { throw new Error('another') })",
        "fetch('http://example.org/').catch(() => null)",
        "new WebSocket('ws://example.org/')",
    ):
        lesson.page.evaluate(f"() => {{ {line} }}")
    for fault in ("a fault", "another"):
        lesson.wait_for(lambda fault=fault: any(fault in error for error in log.errors), fault)
    strangers = {"http://example.org/", "ws://example.org/"}
    lesson.wait_for(lambda: strangers <= set(log.strangers), "the requests")
    lesson.page.close()
    log.errors.clear()
    log.strangers.clear()
