"""Puts pages together: what surrounds a lesson's cells, and the index of the course."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nnlab.site.body import Body
from nnlab.site.lessons import Lesson

__all__ = ["INDEX", "RESERVED_IDS", "index_page", "lesson_page", "render", "style_sheet"]

INDEX = "index.html"
RESERVED_IDS = ("main", "contents")
"""Ids in the template of a lesson's page."""


def lesson_page(
    lesson: Lesson,
    body: Body,
    filled: Sequence[str],
    previous: Lesson | None,
    following: Lesson | None,
) -> str:
    """Return the page of a lesson.

    Parameters
    ----------
    lesson : Lesson
        Its title, question and minutes head the page.
    body : Body
        Its headings make the table of contents.
    filled : sequence of str
        HTML of the body's cells with live figures in them.
    previous, following : Lesson or None
        Neighbours, to which the page leads.

    Returns
    -------
    str
        HTML file, without anything that would have to be loaded.
    """
    return render(
        "lesson.html.j2",
        lesson=lesson,
        body=Markup("".join(filled)),
        contents=[heading for heading in body.headings if heading.level == 2],
        previous=previous,
        following=following,
    )


def index_page(lessons: Sequence[Lesson]) -> str:
    """Return the page that lists the lessons.

    Parameters
    ----------
    lessons : sequence of Lesson
        In order.

    Returns
    -------
    str
        HTML file.
    """
    return render("index.html.j2", lessons=lessons)


@cache
def style_sheet() -> str:
    """Return the style of all pages: CSS."""
    folder = files("nnlab.site")
    names = ("page.css", "code.css", "maths.css")
    return "\n".join((folder / name).read_text("utf-8") for name in names)


def render(template: str, *, package: str = "nnlab.site", **values: object) -> str:
    """Fill in a template.

    Parameters
    ----------
    template : str
        Its file name.
    package : str, optional
        In whose folder ``template`` to look for it first; then in that of the pages.
    **values
        What it needs beside ``style`` and ``index``.

    Returns
    -------
    str
        HTML file.
    """
    environment = Environment(
        loader=ChoiceLoader(
            [PackageLoader(name, "template") for name in dict.fromkeys((package, "nnlab.site"))]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = Markup(style_sheet())
    return environment.get_template(template).render(style=style, index=INDEX, **values)
