"""Live figures beside each other, beside a cell that plots, and when a computation takes long or
fails."""

import pytest

pytestmark = pytest.mark.browser

IMPORTS = """import time
from pathlib import Path
import matplotlib.pyplot as plt
from toy_figures import *"""
# Always the same picture, at least three times, until a file says that it is enough.
PLOTTING = """pictures = 0
while pictures < 3 or not Path("enough").exists():
    figure, axes = plt.subplots(figsize=(2, 1))
    axes.plot([0, 1, 2], [0, 2, 1], color="green")
    axes.set_title("a line, $x^2$")
    plt.show()
    time.sleep(0.05)
    pictures += 1"""
FIGURES = ("quick", "other", "slow", "failing")


@pytest.fixture(scope="module")
def enough(lab):
    """The file that ends the plotting; it is there unless a test takes it away."""
    file = lab.folder / "enough"
    file.touch()
    return file


@pytest.fixture(scope="module")
def notebook(open_cells, enough):
    notebook = open_cells("together", IMPORTS, *(f"{name}.show()" for name in FIGURES), PLOTTING)
    notebook.run_all()
    return notebook


@pytest.fixture
def fresh(notebook, live_figure):
    """Return a function that runs a figure's cell again, so that no picture is known."""

    def run(name):
        notebook.run(notebook.cell(f"{name}.show()"))
        return live_figure(notebook, f"{name}.show()")

    return run


def go_to(figure, place):
    """Press the arrow until the slider stands there; return picture and caption."""
    slider = figure.slider("Place")
    while (here := int(slider.input_value())) != place:
        slider.press("ArrowRight" if here < place else "ArrowLeft")
    figure.wait_for(lambda: f"at {place} m." in figure.caption, f"the picture at {place}")
    return figure.state


def test_one_figure_leaves_the_other_alone(fresh):
    quick, other = fresh("quick"), fresh("other")
    start = other.state
    go_to(quick, 7)
    assert other.state == start
    assert other.slider("Place").input_value() == "0"
    moved = go_to(other, 3)
    assert "quick figure is at 7 m" in quick.caption
    quick.box.get_by_role("button", name="Reset").click()
    quick.wait_for(lambda: "at 0 m." in quick.caption, "the start")
    assert other.state == moved


def test_two_views_of_one_figure_get_their_own_answers(fresh):
    figure = fresh("slow")
    view = figure.open_second_view()
    caption = view.locator(".nnlab-caption")
    figure.slider("Place").press("End")  # takes long; meanwhile the other view asks
    view.get_by_role("slider").press("ArrowRight")
    figure.wait_for(lambda: "at 10 m." in figure.caption, "the answer to the first view")
    figure.wait_for(lambda: "at 1 m." in caption.text_content(), "the answer to the second one")
    figure.wait_for(lambda: not figure.sign, "all answers")
    assert "at 10 m." in figure.caption
    figure.page.locator(".lm-TabBar-tab", has_text="Output View").locator(
        ".lm-TabBar-tabCloseIcon"
    ).click()


def test_a_figure_and_a_plotting_cell_never_mix(notebook, fresh, enough):
    plotting = notebook.cell("pictures = 0")
    prompt = plotting.locator(".jp-InputPrompt")

    def plotted():
        outputs = plotting.locator(".jp-OutputArea-output img")
        return outputs.evaluate_all("images => images.map(image => image.src)")

    (picture,) = set(plotted())
    figure = fresh("quick")
    enough.unlink()
    notebook.start(plotting)
    moved = [go_to(figure, place) for place in range(1, 11)]
    assert "*" in prompt.text_content()  # still plotting
    enough.touch()
    notebook.wait_until_idle()
    assert len(plotted()) > 3
    assert set(plotted()) == {picture}

    figure = fresh("quick")
    assert [go_to(figure, place) for place in range(1, 11)] == moved


def test_working_is_said_only_when_it_takes_long(fresh):
    figure = fresh("slow")
    figure.watch_sign()
    go_to(figure, 4)
    said, longest = figure.watched_sign()
    # On a busy machine even a quick one may take long; then it is right to say so.
    assert not said or longest >= 300
    figure.slider("Place").press("ArrowRight")
    figure.wait_for(lambda: figure.sign == "working…", "the sign")
    figure.wait_for(lambda: "at 5 m." in figure.caption, "the picture")
    assert figure.sign == ""


def test_a_late_picture_does_not_replace_a_newer_one(fresh):
    figure = fresh("slow")
    start = figure.state
    go_to(figure, 4)
    figure.slider("Place").press("ArrowRight")
    figure.wait_for(lambda: figure.sign, "the sign")  # 5 is being computed
    figure.slider("Place").press("Home")  # a picture that is known
    figure.wait_for(lambda: figure.state == start, "the known picture")
    figure.wait_for(lambda: not figure.sign, "the late picture to arrive")
    assert figure.state == start


def test_a_computation_that_fails_is_explained_and_the_picture_comes_back(notebook, fresh):
    figure = fresh("failing")
    start = figure.state
    go_to(figure, 4)
    layout = figure.layout
    figure.slider("Place").press("ArrowRight")
    figure.wait_for(lambda: "There is no picture for Place = 5 m." in figure.caption, "the message")
    assert "press Reset" in figure.caption
    assert "ZeroDivisionError: there is nothing at 5 m" in figure.caption
    assert figure.alternative_text == ""
    assert not figure.box.locator("img").is_visible()
    assert figure.layout[0] == layout[0]
    assert "Traceback" not in notebook.page.locator(".jp-Notebook").inner_text()

    six = go_to(figure, 6)
    assert figure.box.locator("img").is_visible()
    assert figure.alternative_text == six[1]
    figure.slider("Place").press("ArrowLeft")
    figure.wait_for(lambda: "There is no picture" in figure.caption, "the message again")
    figure.reset(start)
