"""A lesson that is opened and not yet run."""

import pytest

from nnlab._resources import lessons_dir

pytestmark = pytest.mark.browser

LESSONS = sorted(path.stem for path in lessons_dir().glob("*.ipynb"))


@pytest.mark.parametrize("name", LESSONS)
def test_pictures_are_there_before_anything_is_run(open_lesson, name):
    lesson = open_lesson(name)
    assert lesson.demos
    for call in lesson.demos:
        assert lesson.stored_picture_size(call) > 100, call
    assert lesson.page.locator(".jupyter-widgets").count() == 0
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
