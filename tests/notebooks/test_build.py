"""The committed notebooks are what their sources say, and building is deterministic."""

import html
import importlib.util
import json
import re

import nbformat
import pytest

from nnlab._resources import lessons_dir

LESSONS = lessons_dir()


def load_build():
    spec = importlib.util.spec_from_file_location("lessons_build", LESSONS / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_build()
SOURCES = sorted(build.SOURCES.glob("*.md"))
each_source = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def committed(source):
    return nbformat.read(LESSONS / f"{source.stem}.ipynb", as_version=4)


def without_outputs(notebook):
    return [
        (cell.cell_type, cell.id, cell.source, json.dumps(cell.metadata, sort_keys=True))
        for cell in notebook.cells
    ]


def test_every_source_has_its_notebook_and_every_notebook_its_source():
    notebooks = {path.stem for path in LESSONS.glob("*.ipynb")}
    assert notebooks == {source.stem for source in SOURCES}
    assert len(notebooks) >= 2


@each_source
def test_source_and_notebook_agree(source):
    assert without_outputs(build.read(source)) == without_outputs(committed(source))


def without_pictures(notebook):
    """Leave out what may differ by a rounding from machine to machine."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("image/png", None)
    return notebook


@each_source
def test_a_fresh_build_is_the_committed_notebook(source, tmp_path):
    built = tmp_path / "built.ipynb"
    build.build(source, built)
    assert without_pictures(nbformat.read(built, as_version=4)) == without_pictures(
        committed(source)
    )


def test_building_twice_gives_the_same_bytes(tmp_path):
    first, second = tmp_path / "first.ipynb", tmp_path / "second.ipynb"
    build.build(SOURCES[0], first)
    build.build(SOURCES[0], second)
    assert first.read_bytes() == second.read_bytes()


def test_what_is_printed_slowly_is_one_output(tmp_path):
    source = tmp_path / "lessons" / "source" / "slow.md"
    source.parent.mkdir(parents=True)
    cell = 'import time\nfor n in "abc":\n    print(n, flush=True)\n    time.sleep(0.3)'
    source.write_text(f"```{{code-cell}} ipython3\n{cell}\n```\n", "utf-8")
    build.build(source, tmp_path / "slow.ipynb")
    (cell,) = nbformat.read(tmp_path / "slow.ipynb", as_version=4).cells
    assert [output.text for output in cell.outputs] == ["a\nb\nc\n"]


@each_source
def test_the_notebook_holds_pictures_and_no_widget_views(source):
    notebook = committed(source)
    assert "widgets" not in notebook.metadata
    figures = [cell for cell in notebook.cells if cell.source.rstrip().endswith(".show()")]
    assert figures
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert "application/vnd.jupyter.widget-view+json" not in output.get("data", {})
    for cell in figures:
        picture, words = cell.outputs
        sentence = picture.data["text/plain"]
        assert picture.metadata["image/png"]["alt"] == sentence
        assert "image/png" in picture.data
        assert picture.metadata["nnlab"]["demo"] == words.metadata["nnlab"]["words"]
        assert html.escape(sentence) in words.data["text/html"]
        assert "Try this" in words.data["text/html"]


@each_source
def test_nothing_depends_on_when_or_where_it_was_built(source):
    text = (LESSONS / f"{source.stem}.ipynb").read_text(encoding="utf-8")
    assert not any("execution" in cell["metadata"] for cell in json.loads(text)["cells"])
    for trace in ("iopub", "site-packages", "/tmp/", str(LESSONS.parent)):
        assert trace not in text
    assert "version" not in json.loads(text)["metadata"]["language_info"]


@each_source
def test_every_picture_has_an_alternative_text(source):
    for cell in committed(source).cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                assert output.metadata["image/png"]["alt"].endswith(".")


@each_source
def test_every_cell_says_which_slide_it_belongs_to(source):
    kinds = {"slide", "subslide", "fragment", "skip", "notes", "-"}
    cells = committed(source).cells
    for cell in cells:
        assert cell.metadata.get("slideshow", {}).get("slide_type") in kinds, cell.source
    assert cells[0].metadata.slideshow.slide_type == "slide"


@each_source
def test_no_cell_shows_an_error_or_a_warning(source):
    for cell in committed(source).cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text


@each_source
def test_percentages_in_the_text_are_those_of_the_outputs(source):
    cells = committed(source).cells
    outputs = "".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
        for cell in cells
        for output in cell.get("outputs", [])
    )
    printed = set(re.findall(r"\d+\.\d(?= ?%)", outputs))
    for cell in cells:
        if cell.cell_type == "markdown":
            for claim in re.findall(r"\d+\.\d(?= ?%)", cell.source):
                assert claim in printed, cell.source
