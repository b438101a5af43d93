import base64
import io

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes
from PIL import Image


@pytest.fixture(scope="session")
def png():
    """A picture of 40 × 20 pixels, as a notebook holds it."""
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "white").save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.fixture
def title():
    return new_markdown_cell("# A title\n\n**Which question?**\n\n10 minutes")


@pytest.fixture
def write_lesson(title):
    """Return a function that writes a lesson made of the given cells."""

    def write(folder, name, *cells):
        folder.mkdir(exist_ok=True)
        notebook = new_notebook(cells=[title, *cells])
        (folder / f"{name}.ipynb").write_text(writes(notebook), encoding="utf-8")

    return write


@pytest.fixture
def live():
    """A cell with the first demo of the course, as it is stored."""
    picture = new_output(
        "display_data",
        {"text/plain": "still", "image/png": "iVBORw0KGgo="},
        metadata={"nnlab": {"demo": "00.first_network"}, "image/png": {"alt": "still"}},
    )
    words = new_output(
        "display_data",
        {"text/html": "<p>words for readers of the notebook</p>", "text/plain": "words"},
        metadata={"nnlab": {"words": "00.first_network"}},
    )
    return new_code_cell("lesson_00.first_network.show()", outputs=[picture, words])
