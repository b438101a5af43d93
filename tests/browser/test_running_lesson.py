"""Lesson 01 as a learner uses it: run, drag, choose, answer, save and come back."""

import pytest

pytestmark = pytest.mark.browser

OUTLIER = "lesson_01.one_outlier.show()"
HEADS = "lesson_01.heads.show()"


@pytest.fixture(scope="module")
def lesson(open_lesson):
    lesson = open_lesson("01_task_setup")
    lesson.run_all()
    return lesson


def test_it_runs_without_an_error_or_a_warning(lesson):
    lesson.assert_ran_without_a_warning()
    lesson.assert_no_trouble()


def test_a_slider_moves_by_keyboard(lesson, live_figure):
    figure = live_figure(lesson, OUTLIER)
    start = figure.state
    assert "moved by +2." in figure.move("Move one point by", "ArrowRight")[1]
    assert "moved by +16." in figure.move("Move one point by", "End")[1]
    figure.reset(start)


def test_a_slider_is_dragged_by_mouse(lesson, live_figure):
    figure = live_figure(lesson, OUTLIER)
    start = figure.state
    slider = figure.slider("Move one point by")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = lesson.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x - box["width"] / 4, y, steps=5)
    # While the button is still held; eight of sixteen steps lie on each side of the middle.
    figure.wait_for(lambda: "moved by −8." in figure.caption, "the picture at −8")
    mouse.up()
    figure.reset(start)


def test_a_choice_changes_picture_and_caption(lesson, live_figure):
    figure = live_figure(lesson, HEADS)
    state = start = figure.state
    seen = {start[0]}
    for label, option in (
        ("Task", "breast cancer (2 classes)"),
        ("Output activation", "sigmoid"),
        ("Loss", "cross-entropy"),
    ):
        figure.choose(label, option)
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


def test_a_cell_can_be_run_again_and_again(lesson, live_figure):
    start = None
    for _ in range(3):
        lesson.run(lesson.cell(OUTLIER))
        figure = live_figure(lesson, OUTLIER)
        assert figure.box.count() == 1
        assert figure.state == (start or figure.state)
        start = figure.state
        figure.move("Move one point by", "ArrowLeft")


def test_a_figure_says_that_the_kernel_is_gone_and_works_when_run_again(lesson, live_figure):
    lesson.run(lesson.cell(OUTLIER))  # forgets the pictures it has seen
    figure = live_figure(lesson, OUTLIER)
    start = figure.state
    lesson.restart_kernel()
    figure.slider("Move one point by").press("ArrowRight")
    figure.wait_for(lambda: "run this cell again" in figure.caption, "the advice")
    figure.reset(start)

    lesson.run(lesson.cell("import numpy as np"))
    lesson.run(lesson.cell(OUTLIER))
    figure = live_figure(lesson, OUTLIER)
    assert figure.state == start
    assert "moved by +2." in figure.move("Move one point by", "ArrowRight")[1]


def test_the_page_is_reloaded_while_the_kernel_lives(lesson, live_figure):
    lesson.page.reload()
    lesson.wait_until_ready()
    lesson.run(lesson.cell(OUTLIER))  # the kernel still knows what was imported
    figure = live_figure(lesson, OUTLIER)
    assert "moved by −2." in figure.move("Move one point by", "ArrowLeft")[1]


def test_a_saved_lesson_shows_its_pictures_and_words_without_a_kernel(lesson):
    lesson.save()
    lesson.reload_without_kernel()
    for call in lesson.demos:
        lesson.assert_shown_without_kernel(call)
    lesson.assert_no_trouble()
