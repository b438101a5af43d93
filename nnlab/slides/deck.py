"""A deck: the slides of one lesson as one HTML file."""

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from markupsafe import Markup
from nbformat import NotebookNode
from nbformat.v4 import new_notebook

from nnlab.live import Demo
from nnlab.site.body import lesson_body
from nnlab.site.cells import prepare
from nnlab.site.lessons import Lesson
from nnlab.site.page import render
from nnlab.slides.outline import Slide, outline

__all__ = ["deck_page", "index_page"]

_SHOWS_SOURCE = re.compile(r"show_source\(.*\)", re.DOTALL)
_PICTURE_OF_FORMULA = re.compile(r"<svg.*?</svg>", re.DOTALL)


def deck_page(
    lesson: Lesson,
    *,
    known: Mapping[str, Demo[Any, Any]],
    figure: Callable[[Demo[Any, Any]], str],
    course: Sequence[Lesson] = (),
    exercises: bool = False,
    solutions: bool = False,
) -> str:
    """Return the deck of a lesson.

    Parameters
    ----------
    lesson : Lesson
        A lesson that has been run.
    known : mapping of str to Demo
        The live figures, by name.
    figure : callable
        Makes HTML of a live figure.
    course : sequence of Lesson, optional
        Lessons whose decks lie beside this one; links lead there.
    exercises, solutions : bool, optional
        What else to show, as in `nnlab.slides.outline.outline`.

    Returns
    -------
    str
        HTML file, without anything that would have to be loaded.

    Raises
    ------
    SiteError
        If the lesson holds something that cannot be shown.
    """
    slides = outline(lesson, exercises=exercises, solutions=solutions)
    cells = [cell for slide in slides for cell in (*slide.cells, *slide.notes)]
    notebook = prepare(new_notebook(cells=cells))  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        _simplify(cell)
    pages = {other.path.name: other.page for other in course}
    body = lesson_body(lesson, notebook, known=known, pages=pages, course=course)
    filled = iter(body.filled({name: figure(known[name]) for name in body.demos}))
    title, *rest = [_rendered(slide, filled, known) for slide in slides]
    stacks: list[list[Mapping[str, Any]]] = []
    for made in rest:
        if made["below"] and stacks:
            stacks[-1].append(made)
        else:
            stacks.append([made])
    return render(
        "deck.html.j2",
        package="nnlab.slides",
        lesson=lesson,
        title=title,
        stacks=stacks,
        **_assets(),
    )


def index_page(lessons: Sequence[Lesson], sizes: Mapping[str, str], handouts: bool) -> str:
    """Return the page that lists the decks.

    Parameters
    ----------
    lessons : sequence of Lesson
        In order.
    sizes : mapping of str to str
        How large each deck is, in words, by the name of its file.
    handouts : bool
        Whether a PDF file lies beside each deck.

    Returns
    -------
    str
        HTML file.
    """
    return render(
        "index.html.j2", package="nnlab.slides", lessons=lessons, sizes=sizes, handouts=handouts
    )


def _simplify(cell: NotebookNode) -> None:
    """Leave out code that draws or shows source, and words for readers of the page."""
    if cell.cell_type == "code":
        about = cell.metadata["page"]
        shows_source = _SHOWS_SOURCE.fullmatch(cell.source.strip()) is not None
        about["hidden"] = about["hidden"] or about["folded"] or shows_source
        about["folded"] = about["exercise"] = False


def _rendered(
    slide: Slide, filled: Iterable[str], known: Mapping[str, Demo[Any, Any]]
) -> dict[str, Any]:
    """Take the HTML of a slide's cells, and of its notes."""
    filled = iter(filled)
    blocks = [
        {
            "html": Markup(made),
            "fragment": cell.metadata.get("slideshow", {}).get("slide_type") == "fragment",
        }
        for cell, made in zip(slide.cells, islice(filled, len(slide.cells)), strict=True)
    ]
    notes = [_PICTURE_OF_FORMULA.sub("", made) for made in islice(filled, len(slide.notes))]
    notes += [_suggestions(known[name]) for cell in slide.cells for name in _demos(cell)]
    return {"blocks": blocks, "notes": Markup("".join(notes)), "below": slide.below}


def _demos(cell: NotebookNode) -> list[str]:
    found = [output.get("metadata", {}).get("nnlab", {}) for output in cell.get("outputs", [])]
    return [about["demo"] for about in found if about.get("demo")]


def _suggestions(demo: Demo[Any, Any]) -> str:
    lines = "".join(f"<li>{html.escape(line)}</li>" for line in demo.try_this)
    return f"<p><strong>Try this:</strong></p><ul>{lines}</ul>"


@cache
def _assets() -> dict[str, Markup]:
    """Return the scripts and styles of every deck."""
    own, taken_over = files("nnlab.slides"), files("nnlab.slides") / "vendor"
    pages = files("nnlab.site")
    styles = [
        taken_over / "reveal.css",
        pages / "code.css",
        pages / "maths.css",
        own / "deck.css",
    ]
    scripts = {"reveal": taken_over / "reveal.js", "notes_window": taken_over / "notes.js"}
    scripts["layout"], scripts["deck"] = own / "layout.js", own / "deck.js"
    return {
        "deck_style": Markup("\n".join(file.read_text("utf-8") for file in styles)),
        **{name: Markup(_in_script(file.read_text("utf-8"))) for name, file in scripts.items()},
        "licence": Markup((taken_over / "LICENSE-reveal").read_text("utf-8")),
        "notes_licence": Markup((taken_over / "LICENSE-marked").read_text("utf-8")),
    }


def _in_script(text: str) -> str:
    """Return JavaScript that nothing in it ends early; only its strings hold such words."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
