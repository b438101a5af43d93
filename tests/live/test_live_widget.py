"""The widget in the kernel; what the browser makes of it is tested in a browser."""

import gc
import io
import threading
import time

import ipywidgets
import matplotlib
import nbformat
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from matplotlib.figure import Figure
from nbclient import NotebookClient
from PIL import Image

from nnlab.live import Choice, Demo, Slider
from nnlab.live import widget as live_widget
from nnlab.live.canvas import Canvas
from nnlab.live.drawing import Curve, label_axes
from nnlab.live.widget import Front


@pytest.fixture
def front():
    """Make fronts that are closed at the end."""
    made = []

    def make(demo):
        made.append(Front(demo, Canvas(demo)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _failing(compute):
    def build(figure):
        axes = figure.subplots()
        label_axes(axes, xlim=(0, 1), ylim=(0, 5))
        return Curve(axes)

    return Demo(
        name="99.failing",
        title="Failing",
        compute=compute,
        build=build,
        update=lambda curve, k: curve.update([0, 1], [k, k]),
        describe=lambda k: f"The number is {k}.",
        controls=(Slider("k", "Number", values=(0, 1, 2), start=0, unit="Hz"),),
        try_this=("Hertz 2.",),
        size=(3, 2),
    )


def test_widgets_for_controls(front, toys):
    wave = front(toys.WAVE)
    kinds = {name: type(widget) for name, widget in wave.controls.items()}
    assert kinds == {
        "frequency": ipywidgets.SelectionSlider,
        "amplitude": ipywidgets.SelectionSlider,
        "shape": ipywidgets.RadioButtons,
        "shift": ipywidgets.Checkbox,
    }
    assert isinstance(front(toys.RUN).controls["rate"], ipywidgets.Dropdown)
    assert wave.controls["frequency"].continuous_update
    assert wave.controls["frequency"].label == "3 Hz"
    assert wave.settings == toys.WAVE.settings()
    assert all(widget.description for widget in wave.controls.values())


def test_moving_shows_the_picture_of_the_settings(front, toy):
    shown = front(toy)
    for settings in toy.extreme_settings():
        for name, value in settings.items():
            shown.controls[name].value = value
        result = toy.compute(**settings)
        assert shown.settings == settings
        assert shown.image.value == Canvas(toy).picture(result)
        assert toy.describe(result) in shown.caption.value
        assert 'role="status"' in shown.caption.value


def test_picture_size_is_stated_so_that_the_height_never_jumps(front, toy):
    shown = front(toy)
    width, height = (round(100 * inches) for inches in toy.size)
    assert (shown.image.width, shown.image.height) == (str(width), str(height))
    pixels = Image.open(io.BytesIO(shown.image.value)).size
    assert np.allclose(np.array(pixels) / 1.5, (width, height), atol=1)


def test_words_are_escaped(front, toys):
    text = "".join(
        child.value
        for child in front(toys.WAVE).box.children
        if hasattr(child, "value") and isinstance(child.value, str)
    )
    assert "a &lt; b &amp; c" in text
    assert "&lt;quick&gt;" in text


def test_reset_goes_back_in_one_step(front, toys, monkeypatch):
    shown = front(toys.WAVE)
    start = shown.image.value
    shown.controls["frequency"].value = 9
    shown.controls["shift"].value = True
    assert shown.image.value != start
    pictures = []
    shown.image.observe(lambda change: pictures.append(change.new), names="value")
    shown.reset_button.click()
    assert shown.settings == toys.WAVE.settings()
    assert pictures == [start]


def test_settings_seen_before_are_not_computed_again(front, monkeypatch):
    computed = []

    def compute(*, k):
        computed.append(k)
        return k

    shown = front(_failing(compute))
    computed.clear()
    for value in (1, 2, 1, 2, 0):
        shown.controls["k"].value = value
    assert computed == [1, 2]
    monkeypatch.setattr(live_widget, "CACHED_PICTURES", 2)
    for value in (1, 2, 0):
        shown.controls["k"].value = value
    assert computed == [1, 2, 2, 0]  # looking at 1 threw 2 out, then 2 threw 0 out
    assert len(shown._pictures) == 2


def test_a_failing_computation_says_so_without_traceback(front):
    def compute(*, k):
        if k == 2:
            raise FloatingPointError("overflow in <exp>")
        return k

    shown = front(_failing(compute))
    shown.controls["k"].value = 2
    assert "There is no picture for Number = 2 Hz." in shown.caption.value
    assert "FloatingPointError: overflow in &lt;exp&gt;" in shown.caption.value
    assert "Traceback" not in shown.caption.value
    assert shown.image.layout.visibility == "hidden"
    shown.controls["k"].value = 1
    assert "The number is 1." in shown.caption.value
    assert shown.image.layout.visibility == "visible"


def test_the_working_sign_comes_only_when_it_takes_long(front):
    def compute(*, k):
        time.sleep(0.5 if k == 2 else 0.0)
        return k

    shown = front(_failing(compute))
    signs = []
    shown.sign.observe(lambda change: signs.append("working…" in change.new), names="value")
    shown.controls["k"].value = 1
    assert signs == []
    shown.controls["k"].value = 2
    assert signs == [True, False]


def test_two_demos_do_not_disturb_each_other(front, toys):
    wave, plane = front(toys.WAVE), front(toys.PLANE)
    before = plane.image.value
    wave.controls["frequency"].value = 9
    assert plane.image.value == before
    moved = wave.image.value
    plane.controls["angle"].value = 90
    assert wave.image.value == moved


def test_a_callback_never_touches_the_global_settings(front, toys, monkeypatch):
    shown = front(toys.RUN)
    touched = []
    for method in ("__setitem__", "_set", "_update_raw", "update"):
        if hasattr(matplotlib.RcParams, method):
            monkeypatch.setattr(
                matplotlib.RcParams, method, lambda *args, **kw: touched.append(args[1:])
            )
    thread = threading.Thread(target=lambda: setattr(shown.controls["epochs"], "value", 10))
    thread.start()
    thread.join()
    assert "After 10 epochs" in shown.caption.value
    assert touched == []


def test_showing_again_leaves_nothing_behind(capsys):
    """100 re-runs of a cell: as many widgets, figures and threads as after the first."""

    demo = _failing(lambda *, k: k)

    def count():
        gc.collect()
        things = gc.get_objects()
        figures = sum(isinstance(thing, Figure) for thing in things)
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
    live_widget._fronts[demo.name].close()
    assert len(_instances) < first[0]
    capsys.readouterr()


def test_a_closed_front_no_longer_listens(front, toys):
    shown = front(toys.WAVE)
    slider, picture = shown.controls["frequency"], shown.image.value
    shown.close()
    slider.value = 9
    shown.reset_button.click()
    assert shown.image.value == picture
    shown.close()  # twice does no harm


def test_without_a_notebook_show_prints_the_sentence(toys, capsys):
    assert toys.WAVE.show() is None
    assert capsys.readouterr().out == "The wave is 0.50 high.\n"
    live_widget._fronts[toys.WAVE.name].close()


def test_in_a_kernel_show_is_one_output_with_picture_sentence_and_view():
    """A real kernel: the bundle that JupyterLab, GitHub and nbval each take their part of."""
    demo = (
        "from nnlab.live import Demo, Slider\n"
        "Demo(name='99.k', title='K', compute=lambda *, k: k,\n"
        "     build=lambda figure: figure.subplots().plot([0, 1], [0, 1])[0],\n"
        "     update=lambda line, k: line.set_ydata([0, k]) or [line],\n"
        "     describe=lambda k: f'The number is {k}.', try_this=('k = 2.',),\n"
        "     controls=(Slider('k', 'K', values=(1, 2), start=1),), size=(3, 2)).show()"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(demo)])
    NotebookClient(notebook, timeout=60, kernel_name="python3", store_widget_state=False).execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data"
    assert set(output.data) == {
        "application/vnd.jupyter.widget-view+json",
        "image/png",
        "text/plain",
    }
    assert output.data["text/plain"] == "The number is 1."
    assert output.metadata["image/png"] == {"alt": "The number is 1.", "width": 300}


def test_choice_of_many_options_needs_little_room(front):
    demo = Demo(
        name="99.many",
        title="Many",
        compute=lambda *, kind: kind,
        build=lambda figure: figure.text(0.1, 0.5, ""),
        update=lambda text, kind: text.set_text(kind) or [text],
        describe=lambda kind: f"The kind is {kind}.",
        controls=(Choice("kind", "Kind", options=list("abcdefgh"), start="c"),),
        try_this=("Any.",),
        size=(3, 2),
    )
    shown = front(demo)
    shown.controls["kind"].value = "h"
    assert "The kind is h." in shown.caption.value
