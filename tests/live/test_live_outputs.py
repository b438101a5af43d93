"""Previews, saved notebooks, drawing helpers and shown sources."""

import copy
import io

import nbformat
import numpy as np
import pytest
from PIL import Image

from nnlab.live import new_figure, show_figure, show_source
from nnlab.live.canvas import Canvas
from nnlab.live.drawing import (
    Bars,
    Curve,
    LossCurves,
    Matrix,
    Point,
    Points,
    Surface,
    label_axes,
    plot_sweep,
)
from nnlab.live.preview import preview_png
from nnlab.live.saving import strip, strip_widget_views
from nnlab.live.source import source_of
from nnlab.live.style import CLASS_COLORS, CLASS_MARKERS

VIEW = "application/vnd.jupyter.widget-view+json"


# --- preview ------------------------------------------------------------------------------------


def test_preview_is_the_picture_with_a_strip_above(demo):
    pixels = Canvas(demo).pixels(demo.compute(**demo.settings()))
    image = Image.open(io.BytesIO(preview_png(demo, pixels)))
    assert image.width == pixels.shape[1]
    shown = np.asarray(image.convert("RGB")).astype(int)
    strip_height = image.height - pixels.shape[0]
    assert strip_height >= 50 + 40 * len(demo.controls)
    assert np.abs(shown[strip_height:] - pixels[..., :3]).mean() < 1.5
    # Title, every control and the invitation leave ink, and none of it is cut off at the edge.
    assert (shown[:60, : image.width // 2] < 128).any()
    assert (shown[72:100, : image.width // 2] < 160).any()
    assert (shown[:strip_height, -8:] == 255).all()
    for row in range(len(demo.controls)):
        top = 117 + 54 * row
        assert (shown[top : top + 54] < 160).any(), row


def test_preview_is_deterministic(toy):
    pixels = Canvas(toy).pixels(toy.compute(**toy.settings()))
    assert preview_png(toy, pixels) == preview_png(toy, pixels)


# --- saving -------------------------------------------------------------------------------------


def _notebook():
    output = nbformat.v4.new_output
    view = {"version_major": 2, "version_minor": 0, "model_id": "abc"}
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("text"),
            nbformat.v4.new_code_cell(
                "demo.show()",
                outputs=[
                    output("stream", text="out"),
                    output(
                        "display_data",
                        data={VIEW: view, "image/png": "aGk=", "text/plain": "A sentence."},
                        metadata={"image/png": {"alt": "A sentence."}, VIEW: {}},
                    ),
                    output("display_data", data={VIEW: view, "text/plain": "Slider()"}),
                    output("display_data", data={VIEW: view}),
                    output("execute_result", data={"text/plain": "1"}, execution_count=1),
                ],
            ),
        ],
        metadata={"widgets": {"x": 1}, "kernelspec": {"name": "python3", "display_name": "P"}},
    )


def test_views_go_and_everything_else_stays():
    notebook = _notebook()
    strip_widget_views(
        model={"type": "notebook", "content": notebook}, path="a.ipynb", contents_manager=None
    )
    outputs = notebook.cells[1].outputs
    assert [output.output_type for output in outputs] == [
        "stream",
        "display_data",
        "display_data",
        "execute_result",
    ]
    assert outputs[1].data == {"image/png": "aGk=", "text/plain": "A sentence."}
    assert outputs[1].metadata == {"image/png": {"alt": "A sentence."}}
    assert outputs[2].data == {"text/plain": "Slider()"}
    assert list(notebook.metadata) == ["kernelspec"]
    nbformat.validate(notebook)
    once = copy.deepcopy(notebook)
    strip(notebook)
    assert notebook == once


@pytest.mark.parametrize("kind", ["file", "directory", None])
def test_only_notebooks_are_touched(kind):
    model = {"type": kind, "content": _notebook()}
    before = copy.deepcopy(model)
    strip_widget_views(model=model)
    assert model == before


@pytest.mark.parametrize(
    "content",
    [
        None,
        "text",
        [],
        {},
        {"cells": None},
        {"cells": {"a": 1}},
        {"cells": [None, 3, {}, {"outputs": None}, {"outputs": {}}]},
        {"cells": [{"outputs": [None, 3, {}, {"data": None}, {"data": {VIEW: None}}]}]},
        {"cells": [{"outputs": [{"data": {VIEW: {}}, "metadata": None}]}], "metadata": []},
        {"metadata": {"widgets": None}},
    ],
)
def test_a_damaged_notebook_never_prevents_saving(content):
    strip_widget_views(model={"type": "notebook", "content": content})
    strip_widget_views(model={"type": "notebook"})
    strip_widget_views(model=None)
    assert VIEW not in str(content)


# --- drawing ------------------------------------------------------------------------------------


@pytest.fixture
def axes():
    """Return axes in the course's style."""
    return new_figure((4, 3))[1]


def test_classes_differ_in_color_and_marker(axes):
    assert len(set(CLASS_COLORS)) == len(CLASS_COLORS) == len(set(CLASS_MARKERS))
    groups = Points(axes, ["a", "b", "c"]).update([0, 1, 2, 3], [0, 0, 0, 0], [0, 1, 1, 2])
    assert [group.get_xdata().tolist() for group in groups] == [[0], [1, 2], [3]]
    assert len({group.get_marker() for group in groups}) == 3
    assert len({group.get_color() for group in groups}) == 3
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="got 9"):
        Points(axes, list("abcdefghi"))


def test_bars_write_their_values_and_stay_within_limits(axes):
    bars = Bars(axes, ["a", "b", "c", "d"], format="{:.1f}", limits=(-1, 1))
    changed = bars.update([0.5, 7.0, -0.25, np.nan])
    assert [bar.get_height() for bar in changed[:4]] == [0.5, 1.0, -0.25, 0.0]
    assert [text.get_text() for text in changed[4:]] == ["0.5", "7.0", "−0.2", "NaN"]
    with pytest.raises(ValueError, match=r"shape \(4,\)"):
        bars.update([1, 2])


def test_bars_can_lie(axes):
    changed = Bars(axes, ["a", "b"], horizontal=True).update([0.5, 0.25])
    assert [bar.get_width() for bar in changed[:2]] == [0.5, 0.25]


def test_curve_with_and_without_band(axes):
    with pytest.raises(ValueError, match="band=True"):
        Curve(axes).update([0], [0], [0], [0])
    banded = Curve(axes, band=True)
    with pytest.raises(ValueError, match="both"):
        banded.update([0], [0], [0])
    assert len(banded.update([0, 1], [1, 2], [0, 1], [2, 3])) == 2


def test_loss_curves_start_with_the_state_before_training(axes):
    train, validation = LossCurves(axes).update([3.0, 2.0], [4.0, 3.0])
    assert train.get_xdata().tolist() == [0, 1]
    assert train.get_linestyle() != validation.get_linestyle()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss")


def test_point_with_stem(axes):
    assert len(Point(axes).update(1, 2)) == 1
    stem, point = Point(axes, base=0).update(1, 2)
    assert stem.get_xydata().tolist() == [[1, 0], [1, 2]]
    assert point.get_xydata().tolist() == [[1, 2]]


def test_matrix_text_can_be_read_on_its_cell(axes):
    matrix = Matrix(axes, ["a", "b"], ["c", "d"], limits=(0, 10))
    _, *texts = matrix.update([[0, 10], [5, 2]])
    assert [text.get_text() for text in texts] == ["0", "10", "5", "2"]
    assert texts[0].get_color() != "white" == texts[1].get_color()
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        matrix.update([[1, 2, 3]])


def test_surface_shows_the_likelier_class(axes):
    surface = Surface(axes, (0, 1), (0, 1))
    (image,) = surface.update([[0.0, 0.4], [0.6, 1.0]])
    colors = image.get_array().astype(int)
    blue, red = colors[..., 2], colors[..., 0]
    assert ((blue > red) == [[True, True], [False, False]]).all()
    assert colors[0, 0].sum() < colors[0, 1].sum()  # surer is stronger
    (image,) = surface.update(np.full((2, 2, 3), 1 / 3))
    assert image.get_array().min() > 200
    with pytest.raises(ValueError, match=r"got \(2,\)"):
        surface.update([1, 2])


def test_label_axes_leaves_what_is_not_given(axes):
    label_axes(axes, title="one", xlabel="x", ylabel="y", xlim=(0, 2), ylim=(0, 3))
    label_axes(axes, title="two")
    assert axes.get_title(loc="left") == "two"
    assert (axes.get_xlabel(), axes.get_xlim(), axes.get_ylim()) == ("x", (0, 2), (0, 3))


def test_show_figure_prints_its_sentence_outside_a_notebook(axes, capsys):
    assert show_figure(axes.figure, alt="Nothing yet.") is None
    assert capsys.readouterr().out == "Nothing yet.\n"
    with pytest.raises(ValueError, match="sentence"):
        show_figure(axes.figure, alt=" ")


def test_type_is_large_enough_for_the_last_row(axes):
    Points(axes, ["x", "y"]).update([1, 2], [1, 2], [0, 1])
    label_axes(axes, title="title", xlabel="x", ylabel="y")
    texts = [
        text
        for text in axes.figure.findobj(lambda artist: hasattr(artist, "get_fontsize"))
        if text.get_text()
    ]
    assert min(text.get_fontsize() for text in texts) >= 12


# --- source -------------------------------------------------------------------------------------


class Documented:
    """Hold a number.

    And say more.
    """

    def only_doc(self):
        """Say nothing."""

    def body(self, x):
        r"""Return a \alpha.

        Parameters
        ----------
        x : float
        """
        # a comment stays
        return f"{x} ``"


def test_source_keeps_the_first_line_of_docstrings():
    assert source_of(Documented) == (
        "class Documented:\n"
        '    """Hold a number."""\n'
        "\n"
        "    def only_doc(self):\n"
        '        """Say nothing."""\n'
        "\n"
        "    def body(self, x):\n"
        '        r"""Return a \\alpha."""\n'
        "        # a comment stays\n"
        '        return f"{x} ``"'
    )


def test_source_without_and_with_all_docstrings():
    bare = source_of(Documented.body, docstrings="none")
    assert bare == 'def body(self, x):\n    # a comment stays\n    return f"{x} ``"'
    compile(source_of(Documented, docstrings="none"), "x", "exec")
    assert "Parameters" in source_of(Documented.body, docstrings="all")


def test_show_source(capsys):
    show_source(Documented.body, Documented.only_doc)
    printed = capsys.readouterr().out
    assert printed.index("def body") < printed.index("def only_doc")
    with pytest.raises(TypeError, match="written in Python"):
        show_source(len)
    with pytest.raises(ValueError, match="at least one"):
        show_source()
    with pytest.raises(ValueError, match="docstrings must be"):
        show_source(source_of, docstrings="some")


def test_a_sweep_draws_mean_and_range_of_every_method_on_a_logarithmic_axis():
    _, axes = new_figure()
    rates = [0.01, 0.1, 1.0]
    plot_sweep(axes, rates, {"a": [[1, 3], [2, 4], [0, 2]], "b": np.zeros((3, 5))})
    mean, flat = axes.lines
    assert mean.get_xydata().tolist() == [[0.01, 2], [0.1, 3], [1, 1]]
    assert flat.get_ydata().tolist() == [0, 0, 0]
    assert mean.get_linestyle() != flat.get_linestyle()
    band = axes.collections[0].get_paths()[0].vertices
    assert {(0.01, 1.0), (0.01, 3.0), (1.0, 0.0), (1.0, 2.0)} <= set(map(tuple, band.tolist()))
    assert (axes.get_xscale(), axes.get_xlim()) == ("log", (0.01, 1.0))
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_a_sweep_refuses_results_that_do_not_fit():
    _, axes = new_figure()
    with pytest.raises(ValueError, match=r"results\['a'\] must have shape \(2, seeds\)"):
        plot_sweep(axes, [1, 2], {"a": [1, 2]})
