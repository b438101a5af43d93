"""Turns the cells of a notebook into HTML, with nbconvert and a template of our own."""

import base64
import html
import re
import struct
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode

from nnlab.site.errors import SiteError
from nnlab.site.lessons import Lesson
from nnlab.site.maths import FormulaError, formula, keep_together, maths_in_html

__all__ = ["Body", "Heading", "lesson_body", "make_body"]

_TEMPLATE = Path(__file__).with_name("template") / "cells.html.j2"
_END_OF_CELL = "\x1e"  # as in the template
_LIVE = re.compile(r'<nnlab-live data-demo="([^"]*)"></nnlab-live>')
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_FORMULA = re.compile(r"<math.*?</math>|<svg.*?</svg>", re.DOTALL)


@dataclass(frozen=True)
class Heading:
    """A heading on a page.

    Parameters
    ----------
    level : int
        2 to 6.
    id : str
        Its anchor, unique on the page.
    text : Markup
        What it says, as HTML.
    """

    level: int
    id: str
    text: Markup


@dataclass(frozen=True)
class Body:
    """The cells of a notebook as HTML.

    Parameters
    ----------
    cells : tuple of str
        HTML of each cell, with a placeholder for each live figure.
    headings : tuple of Heading
        In order.
    """

    cells: tuple[str, ...]
    headings: tuple[Heading, ...]

    @property
    def html(self) -> str:
        """All cells."""
        return "".join(self.cells)

    @property
    def demos(self) -> tuple[str, ...]:
        """Names of the live figures, in order."""
        return tuple(html.unescape(name) for name in _LIVE.findall(self.html))

    def filled(self, figures: Mapping[str, str]) -> tuple[str, ...]:
        """Return the HTML of each cell with live figures in it.

        Parameters
        ----------
        figures : mapping of str to str
            HTML of each figure, by the name of its demo.

        Returns
        -------
        tuple of str
        """

        def figure(match: re.Match[str]) -> str:
            return figures[html.unescape(match[1])]

        return tuple(_LIVE.sub(figure, cell) for cell in self.cells)


def make_body(
    notebook: NotebookNode,
    *,
    folder: Path,
    pages: Mapping[str, str] | None = None,
    course: Sequence[Any] = (),
    reserved: Sequence[str] = (),
) -> Body:
    """Turn cells into HTML.

    Parameters
    ----------
    notebook : NotebookNode
        From `nnlab.site.cells.prepare`.
    folder : pathlib.Path
        Where pictures lie that the text refers to; they become part of the page.
    pages : mapping of str to str, optional
        For every notebook to which a link may lead, the page in its place.
    course : sequence of Lesson, optional
        The lessons listed where the notebook shows the map of the course.
    reserved : sequence of str, optional
        Ids that the page uses itself.

    Returns
    -------
    Body

    Raises
    ------
    FormulaError
        If a formula cannot be drawn.
    SiteError
        If a picture has no alternative text, or lies in the network.
    """
    exporter = _CellsExporter(pages or {}, reserved)
    resources = {"metadata": {"path": str(folder)}, "course": course}
    text, _ = exporter.from_notebook_node(notebook, resources)
    *cells, _ = text.split(_END_OF_CELL)
    return Body(tuple(cells), tuple(exporter.headings))


def lesson_body(
    lesson: Lesson,
    notebook: NotebookNode,
    *,
    known: Container[str],
    **options: Any,  # noqa: ANN401
) -> Body:
    """Turn cells of a lesson into HTML.

    Parameters
    ----------
    lesson : Lesson
        Where they come from.
    notebook : NotebookNode
        The cells, from `nnlab.site.cells.prepare`.
    known : container of str
        Names of the live figures there are.
    **options
        For `make_body`: ``pages``, ``course`` and ``reserved``.

    Returns
    -------
    Body

    Raises
    ------
    SiteError
        If something cannot be shown; the message names the lesson.
    """
    try:
        body = make_body(notebook, folder=lesson.path.parent, **options)
    except (FormulaError, SiteError) as error:
        raise SiteError(f"Lesson {lesson.name} cannot be shown: {error}.") from error
    for name in body.demos:
        if name not in known:
            raise SiteError(
                f"Lesson {lesson.name} cannot be shown: there is no live figure {name!r}; "
                "build the lesson again."
            )
    return body


class _Renderer(IPythonRenderer):
    """Markdown as nbconvert has it, with formulas drawn, anchors and links between pages."""

    def __init__(self, exporter: "_CellsExporter", deeper: bool, **options: Any) -> None:  # noqa: ANN401
        super().__init__(escape=False, embed_images=True, **options)
        self._exporter = exporter
        self._deeper = deeper

    def inline_math(self, body: str) -> str:
        return formula(body.strip())

    def block_math(self, body: str) -> str:
        return formula(body.strip(), display=True)

    def latex_environment(self, name: str, body: str) -> str:
        return formula(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)

    def heading(self, text: str, level: int, **_: Any) -> str:  # noqa: ANN401
        # The rest of a slide stands under its first heading.
        made = self._exporter.add_heading(text, level + (self._deeper and level == 2))
        return (
            f'<h{made.level} id="{html.escape(made.id)}">{text} <a class="anchor" '
            f'href="#{html.escape(made.id)}" aria-label="Link to this section">#</a>'
            f"</h{made.level}>\n"
        )

    # nbconvert looks for pictures in raw HTML, too, and in doing so closes every tag it sees.
    def inline_html(self, html: str) -> str:
        return html

    def block_html(self, html: str) -> str:
        return html

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return super().link(text, self._exporter.page_of(url), title)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        if not text:
            raise SiteError(f"the picture {url} has no alternative text")
        made = super().image(text, url, title)
        if 'src="data:' not in made:
            raise SiteError(f"the picture {url} cannot be put into the page")
        return made


class _CellsExporter(HTMLExporter):
    """Makes a fragment of HTML; the page around it is not its business."""

    def __init__(self, pages: Mapping[str, str], reserved: Sequence[str]) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            template_name="base", template_file=str(_TEMPLATE)
        )
        self.pages = pages
        self.headings: list[Heading] = []
        self._taken = set(reserved)

    def default_filters(self) -> Any:  # noqa: ANN401 - an iterator over pairs, untyped in nbconvert
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "picture", _picture
        yield "maths", maths_in_html
        yield "links", self._links
        yield "live", _placeholder

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        cell = context.get("cell", {})
        renderer = _Renderer(
            self,
            deeper=cell.get("metadata", {}).get("slideshow", {}).get("slide_type") == "subslide",
            path=context["resources"]["metadata"]["path"],
            attachments=cell.get("attachments", {}),
        )
        made = MarkdownWithMath(renderer=renderer).render(source)
        # Wide tables scroll by themselves and not with the page.
        made = made.replace("<table>", '<div class="wide"><table>')
        return keep_together(made.replace("</table>", "</table></div>"))

    def page_of(self, url: str) -> str:
        """Return where a link leads here: to a page instead of a notebook, to the same heading."""
        name, _, anchor = url.partition("#")
        if name not in self.pages:
            return url
        page = self.pages[name]
        return f"{page}#{quote(_anchor(unquote(anchor)))}" if anchor else page

    def _links(self, source: str) -> str:
        """Let the links of an output lead to pages; where there is no page, there is no link."""

        def replaced(match: re.Match[str]) -> str:
            url, words = html.unescape(match[1]), match[2]
            if url.partition("#")[0] not in self.pages and ".ipynb" in url:
                return words
            return f'<a href="{html.escape(self.page_of(url))}">{words}</a>'

        return _LINK.sub(replaced, source)

    def add_heading(self, text: str, level: int) -> Heading:
        """Note a heading; no level below the one before is left out."""
        previous = self.headings[-1].level if self.headings else 1
        words = html.unescape(_TAG.sub("", _FORMULA.sub("", text)))
        stem = _anchor(words)
        name, number = stem, 1
        while name in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name)
        made = Heading(max(2, min(level, previous + 1)), name, Markup(text))
        self.headings.append(made)
        return made


def _anchor(words: str) -> str:
    """Return the anchor of a heading; what JupyterLab makes of its words gives the same."""
    return "-".join(re.findall(r"\w+", words.lower())) or "section"


def _placeholder(name: str) -> str:
    """Stand in for a live figure: megabytes that nbconvert need not read again."""
    return f'<nnlab-live data-demo="{html.escape(name)}"></nnlab-live>'


def _picture(output: NotebookNode, kind: str) -> str:
    """Return an ``img`` that holds the picture itself and its alternative text."""
    about = output.get("metadata", {}).get(kind, {})
    alt = about.get("alt", "").strip()
    if not alt:
        raise SiteError("a picture has no alternative text (show_figure takes one)")
    data = output.data[kind]
    if kind == "image/svg+xml":
        data = base64.b64encode(data.encode()).decode()
    data = "".join(data.split())
    size = ""
    if kind == "image/png":
        # Its size is known before it is decoded, so nothing jumps while the page is loaded.
        wide, high = struct.unpack(">II", base64.b64decode(data[:44])[16:24])
        width = int(about.get("width", wide))
        size = f' width="{width}" height="{round(width * high / wide)}"'
    return f'<img src="data:{kind};base64,{data}" alt="{html.escape(alt)}"{size}>'
