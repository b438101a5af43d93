"""Lesson 01 as a learner uses it: run, drag, choose, answer, save and come back."""

import re

import pytest

pytestmark = pytest.mark.browser

OUTLIER = "lesson_01.one_outlier.show()"
HEADS = "lesson_01.heads.show()"
ERROR_TYPES = ("application/vnd.jupyter.stderr", "application/vnd.jupyter.error")


@pytest.fixture(scope="module")
def lesson(open_lesson):
    lesson = open_lesson("01_task_setup")
    lesson.run_all()
    return lesson


def test_it_runs_without_an_error_or_a_warning(lesson):
    for kind in ERROR_TYPES:
        assert lesson.page.locator(f'[data-mime-type="{kind}"]').all_text_contents() == []
    outputs = lesson.page.locator(".jp-OutputArea-output").all_text_contents()
    assert len(outputs) > len(lesson.demos)
    for text in outputs:
        assert "Traceback" not in text
        assert "Warning" not in text
    lesson.assert_no_trouble()


def test_a_slider_moves_by_keyboard(lesson, live_figure):
    figure = live_figure(lesson, OUTLIER)
    start = figure.state
    handle = figure.slider("Move one point by")
    handle.focus()
    lesson.page.keyboard.press("ArrowRight")
    moved = figure.wait_for_change(start)
    assert "moved by +2." in moved[1]
    lesson.page.keyboard.press("End")
    assert "moved by +16." in figure.wait_for_change(moved)[1]
    figure.reset(start)


def test_a_slider_is_dragged_by_mouse(lesson, live_figure):
    figure = live_figure(lesson, OUTLIER)
    start = figure.state
    handle = figure.slider("Move one point by")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = lesson.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - 60, y, steps=5)
    dragged = figure.wait_for_change(start)  # while the button is still held
    assert re.search("moved by [-−]", dragged[1])
    mouse.up()
    figure.reset(start)


def test_a_choice_changes_picture_and_caption(lesson, live_figure):
    figure = live_figure(lesson, HEADS)
    state = start = figure.state
    seen = {start[0]}
    for option in ("breast cancer (2 classes)", "sigmoid", "cross-entropy"):
        figure.choose(option)
        state = figure.wait_for_change(state)
        seen.add(state[0])
    assert len(seen) == 4
    figure.reset(start)


def test_a_wrong_answer_earns_a_hint_and_the_right_one_full_points(lesson):
    stub, check = lesson.cell("def mse("), lesson.cell('check("01.mse"')
    card = check.locator(".jp-OutputArea-output")

    def answer(old, new):
        lesson.cell("def mse(")
        lesson.replace_line(stub, old, new)
        lesson.run(stub)
        lesson.run(check)
        return card.inner_text()

    assert "Not attempted yet" in card.inner_text()
    wrong = answer("raise NotImplementedError", "return np.sum((y - prediction) ** 2)")
    assert "Not right yet" in wrong
    assert "0 of 1 point" in wrong
    assert "This is a sum" in wrong
    right = answer("return np.sum", "return np.mean((y - prediction) ** 2)")
    assert "Right" in right
    assert "1 of 1 point" in right
    assert "Hint" not in right


def test_a_quiz_opens_by_mouse_and_by_keyboard_and_its_formulas_are_set(lesson):
    cell = lesson.cell('quiz("01.q_confident")')
    options = cell.locator("details")
    explanations = [options.nth(number).locator("p") for number in range(3)]
    assert not any(explanation.is_visible() for explanation in explanations)

    options.nth(0).locator("summary").click()
    explanations[0].wait_for(state="visible")
    assert explanations[0].inner_text().startswith("✘ Not quite.")

    lesson.page.keyboard.press("Tab")  # from the first summary to the second
    lesson.page.keyboard.press("Enter")
    explanations[1].wait_for(state="visible")
    assert explanations[1].inner_text().startswith("✔ Right.")
    explanations[1].locator("mjx-container").first.wait_for()
    assert "$" not in cell.locator(".jp-OutputArea").inner_text()


def test_widgets_survive_a_restart_of_the_kernel(lesson, live_figure):
    figure = live_figure(lesson, OUTLIER)
    lesson.choose("Kernel", "Restart Kernel…")
    with lesson.page.expect_response(re.compile("/api/kernels/.*/restart")):
        lesson.page.locator(".jp-Dialog button.jp-mod-accept").click()
    lesson.page.locator(".jp-Dialog").wait_for(state="hidden")
    lesson.wait_until_idle()
    figure.slider("Move one point by").press("ArrowRight")  # no kernel hears it, nothing breaks

    lesson.run(lesson.cell("import numpy as np"))
    lesson.run(lesson.cell(OUTLIER))
    figure = live_figure(lesson, OUTLIER)
    start = figure.state
    figure.slider("Move one point by").press("ArrowRight")
    figure.wait_for_change(start)


def test_the_page_is_reloaded_while_the_kernel_lives(lesson, live_figure):
    lesson.page.reload()
    lesson.wait_until_ready()
    lesson.run(lesson.cell("import numpy as np"))
    lesson.run(lesson.cell(OUTLIER))
    figure = live_figure(lesson, OUTLIER)
    start = figure.state
    figure.slider("Move one point by").press("ArrowLeft")
    figure.wait_for_change(start)


def test_a_saved_lesson_shows_its_pictures_without_a_kernel(lesson):
    file = lesson.lab.folder / f"{lesson.name}.ipynb"
    before = file.stat().st_mtime_ns
    lesson.page.keyboard.press("Control+s")
    lesson.wait_for(lambda: file.stat().st_mtime_ns > before, "the lesson to be saved")
    lesson.page.locator(".jp-mod-dirty").wait_for(state="hidden")
    lesson.lab.end_sessions()
    lesson.page.reload()
    lesson.wait_until_ready()
    for call in lesson.demos:
        assert lesson.stored_picture_size(call) > 100, call
    lesson.assert_no_trouble()
