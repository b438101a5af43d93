"""Previews, saved notebooks, figures that do not move and shown sources."""

import copy
import io

import nbformat
import numpy as np
import pytest
from PIL import Image

from nnlab.live import new_figure, show_figure, show_source
from nnlab.live.canvas import Canvas
from nnlab.live.preview import preview_png
from nnlab.live.saving import strip, strip_widget_views
from nnlab.live.source import source_of

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


# --- figures that do not move -------------------------------------------------------------------


def test_show_figure_prints_its_sentence_outside_a_notebook(capsys):
    figure, _ = new_figure((4, 3))
    assert show_figure(figure, alt="Nothing yet.") is None
    assert capsys.readouterr().out == "Nothing yet.\n"
    with pytest.raises(ValueError, match="sentence"):
        show_figure(figure, alt=" ")


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


def test_a_property_is_shown_as_it_is_written():
    class Circle:
        radius = 1

        @property
        def area(self):
            return 3.14 * self.radius**2

    assert source_of(Circle.area) == (
        "@property\ndef area(self):\n    return 3.14 * self.radius**2"
    )


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


def test_show_source_without_annotations(capsys):
    def double(x: float, *, times: int = 2) -> float:
        return x * times

    show_source(double, annotations=False)
    assert capsys.readouterr().out == "def double(x, *, times = 2):\n    return x * times\n"
