"""Keys on a live figure move its controls and leave the notebook alone."""

import pytest

pytestmark = pytest.mark.browser

LETTERS = "ddabxzmycvr10"  # each of them, or two, is a command of JupyterLab


@pytest.fixture(scope="module")
def notebook(open_cells):
    notebook = open_cells(
        "keyboard", "from toy_figures import quick", "quick.show()", "print('after')"
    )
    notebook.run_all()
    return notebook


@pytest.fixture
def figure(notebook, live_figure):
    return live_figure(notebook, "quick.show()")


def test_keys_move_the_slider_and_not_the_notebook(notebook, figure):
    slider = figure.slider("Place")
    slider.focus()
    selected = notebook.active_cell()
    for key, value in (
        ("ArrowRight", 1), ("ArrowUp", 2), ("ArrowLeft", 1), ("ArrowDown", 0), ("End", 10),
        ("Home", 0),
    ):  # fmt: skip
        notebook.page.keyboard.press(key)
        assert slider.get_attribute("aria-valuetext") == f"{value} m"
        figure.wait_for(lambda value=value: f"at {value} m." in figure.caption, "the picture")
    for key, further in (("PageUp", True), ("PageDown", False)):
        before = int(slider.input_value())
        notebook.page.keyboard.press(key)
        assert (int(slider.input_value()) > before) is further
    assert notebook.active_cell() == selected
    slider.press("Home")
    figure.wait_for(lambda: "at 0 m." in figure.caption, "the start")


def test_letters_are_no_commands_of_the_notebook(notebook, figure):
    cells = notebook.page.locator(".jp-Notebook .jp-Cell")

    def content():
        return cells.evaluate_all(
            "cells => cells.map(cell => [cell.matches('.jp-CodeCell'), cell.innerText])"
        )

    for control in (figure.slider("Place"), figure.box.get_by_role("button", name="Reset")):
        control.focus()
        selected, before = notebook.active_cell(), content()
        for key in (*LETTERS, "Enter", "ArrowUp", "ArrowDown"):
            notebook.page.keyboard.press(key)
        figure.wait_for(lambda: "at 0 m." in figure.caption, "the start")
        assert notebook.active_cell() == selected
        assert content() == before
        assert control.evaluate("control => control === document.activeElement")


def test_ctrl_s_saves_from_a_slider(notebook, figure):
    figure.slider("Place").focus()
    notebook.save()


def test_shift_enter_runs_the_cell_of_a_slider(notebook, figure):
    figure.move("Place", "ArrowRight")
    prompt = figure.cell.locator(".jp-InputPrompt")
    before = prompt.inner_text()
    position, count = notebook.active_cell()
    figure.slider("Place").press("Shift+Enter")
    figure.wait_for(
        lambda: prompt.inner_text() not in (before, "[*]:"), "the cell to have run again"
    )
    assert notebook.active_cell() == [position + 1, count]
    figure.wait_for(lambda: "at 0 m." in figure.caption, "the start")
