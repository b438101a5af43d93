"""The kernel's half of a live figure; what the browser makes of it is tested in a browser."""

import gc
import io
import threading

import matplotlib
import nbformat
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from matplotlib.figure import Figure
from nbclient import NotebookClient
from PIL import Image

from nnlab.live import Choice, Demo, Slider, Toggle
from nnlab.live import widget as live_widget
from nnlab.live.canvas import Canvas
from nnlab.live.drawing import Curve, label_axes
from nnlab.live.figure import figure_spec, web
from nnlab.live.widget import FigureWidget


class Browser:
    """Asks as the browser does and keeps the answers."""

    def __init__(self, demo):
        self.demo = demo
        self.widget = FigureWidget(demo, Canvas(demo), demo.compute(**demo.settings()))
        self.answers = []
        self.widget.send = lambda content, buffers=(): self.answers.append((content, buffers))

    def ask(self, number=1, **changes):
        settings = self.demo.settings(**changes)
        position = [c.positions.index(settings[c.name]) for c in self.demo.controls]
        # The way a message takes from the comm to the callbacks.
        self.widget._handle_custom_msg({"number": number, "position": position}, [])
        return self.answers[-1]


@pytest.fixture
def browser():
    """Make browsers whose widgets are closed at the end."""
    made = []

    def make(demo):
        made.append(Browser(demo))
        return made[-1]

    yield make
    for one in made:
        one.widget.close()


def _number_demo(compute):
    def build(figure):
        axes = figure.subplots()
        label_axes(axes, xlim=(0, 1), ylim=(0, 5))
        return Curve(axes)

    return Demo(
        name="99.number",
        title="A number",
        compute=compute,
        build=build,
        update=lambda curve, k: curve.update([0, 1], [k, k]),
        describe=lambda k: f"The number is {k}.",
        controls=(Slider("k", "Number", values=(0, 1, 2), start=0, unit="Hz"),),
        try_this=("Hertz 2, <quick> & easy.",),
        size=(3, 2),
    )


def test_the_spec_says_all_that_the_browser_shows(toys):
    spec = figure_spec(toys.WAVE, "A sentence.", note="A note.")
    assert (spec["name"], spec["title"]) == ("99.wave", "A wave with a < b & c")
    assert (spec["width"], spec["height"]) == (960, 420)
    assert (spec["note"], spec["start"]) == ("A note.", {"sentence": "A sentence."})
    assert spec["tryThis"] == list(toys.WAVE.try_this)
    frequency, _, shape, shift = spec["controls"]
    assert frequency == {
        "name": "frequency",
        "label": "Frequency",
        "kind": "slider",
        "texts": [f"{hertz} Hz" for hertz in range(1, 10)],
        "start": 2,
    }
    assert (shape["kind"], shape["texts"], shape["start"]) == ("choice", ["sine", "square"], 0)
    assert (shift["kind"], shift["texts"], shift["start"]) == ("toggle", ["off", "on"], 0)


def test_a_spec_with_fewer_values_starts_at_the_same(toys):
    spec = figure_spec(toys.WAVE, "A sentence.", kept={"frequency": (1, 3), "shift": (False,)})
    frequency, amplitude, _, shift = spec["controls"]
    assert (frequency["texts"], frequency["start"]) == (["1 Hz", "3 Hz"], 1)
    assert (shift["texts"], shift["start"]) == (["off"], 0)
    assert len(amplitude["texts"]) == 3


def test_an_answer_is_the_picture_of_the_settings(browser, toy):
    page = browser(toy)
    for number, settings in enumerate(toy.extreme_settings()):
        content, (picture,) = page.ask(number, **settings)
        result = toy.compute(**settings)
        assert content == {"number": number, "sentence": toy.describe(result)}
        assert picture == Canvas(toy).picture(result)


def test_the_start_comes_with_the_widget(browser, toy):
    widget = browser(toy).widget
    start = toy.compute(**toy.settings())
    assert widget.picture == Canvas(toy).picture(start)
    assert widget.spec["start"] == {"sentence": toy.describe(start)}
    pixels = Image.open(io.BytesIO(widget.picture)).size
    shown = (widget.spec["width"], widget.spec["height"])
    assert np.allclose(np.array(pixels) / 1.5, shown, atol=1)


def test_a_failing_computation_is_answered_in_words(browser):
    def compute(*, k):
        if k == 2:
            raise FloatingPointError("overflow in <exp>")
        return k

    page = browser(_number_demo(compute))
    content, buffers = page.ask(7, k=2)
    assert content == {
        "number": 7,
        "problem": "There is no picture for Number = 2 Hz.",
        "advice": "The computation stopped here; move a control on or press Reset.",
        "detail": "FloatingPointError: overflow in <exp>",
    }
    assert not buffers
    content, buffers = page.ask(8, k=1)
    assert content["sentence"] == "The number is 1."
    assert len(buffers) == 1


def test_two_figures_do_not_disturb_each_other(browser, toys):
    wave, plane = browser(toys.WAVE), browser(toys.PLANE)
    still = plane.ask(1)[1]
    moved = wave.ask(1, frequency=9)[1]
    assert plane.ask(2)[1] == still
    assert plane.ask(3, angle=90)[1] != still
    assert wave.ask(2, frequency=9)[1] == moved


def test_questions_from_several_threads_get_their_own_answers(browser, toys):
    page = browser(toys.WAVE)
    hertz = range(1, 10)
    threads = [
        threading.Thread(target=page.ask, args=(one,), kwargs={"frequency": one}) for one in hertz
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers = {content["number"]: picture for content, (picture,) in page.answers}
    canvas = Canvas(toys.WAVE)
    for one in hertz:
        settings = toys.WAVE.settings(frequency=one)
        assert answers[one] == canvas.picture(toys.WAVE.compute(**settings))


def test_an_answer_never_touches_the_global_settings(browser, toys, monkeypatch):
    page = browser(toys.RUN)
    touched = []
    for method in ("__setitem__", "_set", "_update_raw", "update"):
        if hasattr(matplotlib.RcParams, method):
            monkeypatch.setattr(
                matplotlib.RcParams, method, lambda *args, **kw: touched.append(args[1:])
            )
    thread = threading.Thread(target=page.ask, kwargs={"epochs": 10})
    thread.start()
    thread.join()
    assert "After 10 epochs" in page.answers[-1][0]["sentence"]
    assert touched == []


def test_showing_again_leaves_nothing_behind(capsys):
    """100 re-runs of a cell: as many widgets, figures and threads as after the first."""

    demo = _number_demo(lambda *, k: k)

    def count():
        gc.collect()
        things = gc.get_objects()
        figures = sum(issubclass(type(thing), Figure) for thing in things)
        return (len(_instances), figures, threading.active_count()), len(things)

    demo.show()
    first, _ = count()
    for _ in range(50):  # caches of libraries fill
        demo.show()
    half_way, objects = count()
    for _ in range(50):
        demo.show()
    last, objects_after = count()
    assert first == half_way == last
    assert objects_after - objects < 50  # fewer than one a show; a demo has thousands
    before = len(_instances)
    live_widget._shown[demo.name].close()
    assert len(_instances) < before
    capsys.readouterr()


def test_a_closed_figure_no_longer_answers(browser, toys):
    page = browser(toys.WAVE)
    page.ask(1)
    page.widget.close()
    page.widget._handle_custom_msg({"number": 2, "position": [0, 0, 0, 0]}, [])
    assert len(page.answers) == 1
    page.widget.close()  # twice does no harm


def test_without_a_notebook_show_prints_the_words(toys, capsys):
    assert toys.PLANE.show() is None
    assert capsys.readouterr().out == (
        "51 of 60 points are on the right side.\n"
        "Try this:\nAngle 0: all points are on the right side.\n"
    )
    live_widget._shown[toys.PLANE.name].close()


def test_in_a_kernel_show_is_a_picture_and_words_each_with_a_view():
    """A real kernel: the bundles that JupyterLab, GitHub and nbval each take their part of."""
    demo = (
        "from nnlab.live import Demo, Slider\n"
        "Demo(name='99.k', title='K', compute=lambda *, k: k,\n"
        "     build=lambda figure: figure.subplots().plot([0, 1], [0, 1])[0],\n"
        "     update=lambda line, k: line.set_ydata([0, k]) or [line],\n"
        "     describe=lambda k: f'The number is {k}.', try_this=('k < 2.',),\n"
        "     controls=(Slider('k', 'K', values=(1, 2), start=1),), size=(3, 2)).show()"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(demo)])
    NotebookClient(notebook, timeout=60, kernel_name="python3", store_widget_state=False).execute()
    picture, words = notebook.cells[0].outputs
    view = "application/vnd.jupyter.widget-view+json"
    assert picture.output_type == words.output_type == "display_data"
    assert set(picture.data) == {view, "image/png", "text/plain"}
    assert picture.data["text/plain"] == "The number is 1."
    assert picture.metadata == {
        "image/png": {"alt": "The number is 1.", "width": 300},
        "nnlab": {"demo": "99.k"},
    }
    assert set(words.data) == {view, "text/html", "text/plain"}
    assert words.data["text/html"] == (
        "<p>The number is 1.</p>\n<p><strong>Try this</strong></p>\n<ul><li>k &lt; 2.</li></ul>"
    )
    assert words.metadata == {"nnlab": {"words": "99.k"}}
    assert words.data[view]["model_id"] != picture.data[view]["model_id"]


def test_the_scripts_need_no_other_file():
    script = web("controls.js", "figure.js", "kernel.js")
    assert "import" not in script.replace("important", "")
    assert script.count("export") == 1  # of the render function, for anywidget
    assert "http" not in script


def test_every_kind_of_control_has_its_maker():
    """The browser looks the maker of a control up by its kind."""
    demo = Demo(
        name="99.kinds",
        title="Kinds",
        compute=lambda *, a, b, c: a,
        build=lambda figure: figure.text(0.1, 0.5, ""),
        update=lambda text, result: [text],
        describe=lambda result: "A sentence.",
        controls=(
            Slider("a", "A", values=(1, 2), start=1),
            Choice("b", "B", options=("x", "y"), start="y"),
            Toggle("c", "C", start=True),
        ),
        try_this=("Any.",),
    )
    kinds = [control["kind"] for control in figure_spec(demo, "A sentence.")["controls"]]
    assert kinds == ["slider", "choice", "toggle"]
    for kind in kinds:
        assert f"{kind}: make{kind.title()}" in web("controls.js")
