"""The map of the course and the table of the lecture in the first lesson."""

import pytest
from looks import assert_readable

pytestmark = pytest.mark.browser

LESSON = "00_start_here"
MAP, TABLE = "progress()", "lecture()"


@pytest.fixture(params=["JupyterLab Light", "JupyterLab Dark"])
def theme(request, lab):
    lab.set_theme(request.param)
    yield
    lab.set_theme("JupyterLab Light")


@pytest.mark.usefixtures("theme")
def test_both_can_be_read_before_anything_is_run(open_lesson):
    lesson = open_lesson(LESSON)
    for call in (MAP, TABLE):
        table = lesson.cell(call).locator("table")
        table.wait_for()
        for kind in ("thead th", "td", "a", "small"):
            assert_readable(table.locator(kind).first)
        assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    lesson.cell(TABLE).locator("td mjx-container").first.wait_for()
    lesson.assert_no_trouble()
    lesson.page.close()


def test_the_map_follows_what_the_reader_solves(open_cells):
    notebook = open_cells(
        "a-map",
        "from nnlab.exercises import check, progress",
        "progress()",
        "check('00.accuracy', lambda y, predicted: (y == predicted).mean())",
    )
    start, course_map, check = map(notebook.cell, ("from", MAP, "check("))
    shown = course_map.locator(".jp-OutputArea-output")
    notebook.run(start)
    notebook.run(course_map)
    assert "Made outside a working folder" not in shown.inner_text()
    assert "Go on with 00 Start here" in shown.inner_text()
    notebook.run(check)
    notebook.run(course_map)
    assert "Go on with 01" in shown.inner_text()
    assert "✔ 1 of 1" in shown.inner_text()
    notebook.assert_no_trouble()
    notebook.page.close()


def test_a_link_of_the_table_opens_the_lesson_and_then_finds_the_place(open_lesson):
    lesson = open_lesson(LESSON, workspace="links")
    tab = lesson.page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel")
    heading = lesson.page.locator(
        ".jp-NotebookPanel:not(.lm-mod-hidden) h2", has_text="More data does not cure bias"
    )
    for _ in range(2):  # JupyterLab looks for the place only in a notebook that is there
        lesson.page.locator("td a", has_text="More data does not cure bias").click()
        heading.wait_for(state="attached")
        lesson.page.wait_for_timeout(1000)
        tab.get_by_text(f"{LESSON}.ipynb", exact=True).click()
    tab.get_by_text("03_bias_variance.ipynb", exact=True).click()
    lesson.wait_for(
        lambda: 0 <= heading.bounding_box()["y"] < lesson.page.viewport_size["height"],
        "the heading on the screen",
    )
    lesson.page.close()
