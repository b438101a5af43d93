"""Formulas on pages that carry no script: LaTeX becomes a picture in SVG, and MathML beside it.

The picture takes the colour and the size of the text around it and stands on its baseline. It is
hidden from screen readers, which read the MathML instead; that in turn is not visible.
"""

import html
import re
import threading
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from bs4 import BeautifulSoup
from bs4.element import NavigableString

with warnings.catch_warnings():
    # It opens its font with a function that Python 3.11 and 3.12 call deprecated; 3.13 does not.
    warnings.filterwarnings("ignore", "path is deprecated", DeprecationWarning)
    from ziamath.config import config
    from ziamath.tex import tex2mml
    from ziamath.zmath import Math

__all__ = ["FormulaError", "formula", "keep_together", "maths_in_html"]

_SIZE = 20
"""Pixels per em while a formula is drawn; two decimals of it are finer than any screen."""
_SCALE = 1.12
"""Letters of the mathematical font are smaller than those of sans-serif system fonts."""
_PRECISION = 2

_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_DOLLARS = re.compile(r"(?<![\\$])(\$\$?)(?!\$)(.+?)(?<![\\$])\1(?!\$)", re.DOTALL)
_WIDE_GAP = re.compile(r"\s*\\qquad\s*\\qquad\b\s*")
_VERBATIM = ("code", "pre", "script", "style", "textarea", "math")
_INVISIBLE = "\u200b\u2061\u2062\u2063\u2064"

_END = "</svg></span>"
_FORMULA_AND_MARKS = re.compile(
    rf'([(\[“"]?)(<span class="maths">(?:(?!</?span).)*{_END})([.,;:!?)\]”"]*)', re.DOTALL
)

_settings = threading.Lock()


class FormulaError(ValueError):
    """A formula cannot be drawn; the message names it."""


@cache
def formula(latex: str, *, display: bool = False) -> str:
    r"""Return HTML for a formula.

    Parameters
    ----------
    latex : str
        LaTeX without the dollars around it, such as ``r"\frac1n \sum_i x_i"``. Parts with
        ``\qquad\qquad`` between them stand side by side where there is room, else one below the
        other.
    display : bool, optional
        Whether it stands on a line of its own, as between ``$$``.

    Returns
    -------
    str
        A ``<span class="maths">``, with hidden MathML and a visible SVG; if displayed, one or more
        of them in a ``<span class="maths-display">``. Sizes are in em; there are no ids in it. The
        style sheet ``maths.css`` belongs to it.

    Raises
    ------
    FormulaError
        If the LaTeX is malformed, holds an unknown command or a character that the font lacks.
    """
    if not display:
        return _drawn(latex, display=False)
    parts = "".join(_drawn(part, display=True) for part in _WIDE_GAP.split(latex))
    return f'<span class="maths-display">{parts}</span>'


def _drawn(latex: str, *, display: bool) -> str:
    try:
        mathml = tex2mml(latex, inline=not display)
        drawn = ET.fromstring(mathml)
        drawn.set("mathcolor", "currentColor")
        _narrow_hats(drawn)
        with _drawing_settings():
            picture = Math(drawn, size=_SIZE, margin=0)
            svg = picture.svgxml()
    # The converters are parsers without a common error: IndexError, KeyError and their own.
    except Exception as error:
        reason = f"{type(error).__name__} {error}".strip()
        raise FormulaError(f"the formula {latex!r} is not valid LaTeX ({reason})") from error
    spoken = ET.fromstring(mathml)
    _check_characters(latex, "".join(spoken.itertext()), picture.font.glyphindex)
    width, height = picture.getsize()
    if not (width > 0 and height > 0):
        raise FormulaError(f"the formula {latex!r} is empty")
    for name in ("width", "height", "xmlns", "xmlns:xlink"):
        svg.attrib.pop(name, None)
    svg.attrib |= {
        "aria-hidden": "true",
        "focusable": "false",
        "style": f"width:{_em(width)};height:{_em(height)};"
        f"vertical-align:{_em(picture.getyofst())}",
    }
    return f'<span class="maths">{_without_namespace(spoken)}{_text(svg)}</span>'


def maths_in_html(source: str) -> str:
    """Replace ``$…$`` and ``$$…$$`` in the text of a piece of HTML.

    Code, scripts and text in ``pre`` stay as they are.

    Parameters
    ----------
    source : str
        HTML, such as an output of a notebook.

    Returns
    -------
    str
        The same HTML with formulas in place of the LaTeX.

    Raises
    ------
    FormulaError
        If a formula cannot be drawn.
    """
    if "$" not in source:
        return source
    soup = BeautifulSoup(source, "html.parser")
    for text in soup.find_all(string=_DOLLARS):
        # Comments and the like are subclasses.
        if type(text) is NavigableString and text.find_parent(_VERBATIM) is None:
            text.replace_with(BeautifulSoup(_replaced(str(text)), "html.parser"))
    return keep_together(str(soup))


def keep_together(source: str) -> str:
    """Keep formulas and the punctuation around them on one line.

    Browsers may break a line before and after every picture, even in front of a comma.

    Parameters
    ----------
    source : str
        HTML with formulas.

    Returns
    -------
    str
        The same HTML, with a ``<span class="maths-line">`` where it is needed.
    """

    def glue(match: re.Match[str]) -> str:
        before, middle, after = match.groups()
        if not before and not after:
            return middle
        return f'<span class="maths-line">{before}{middle}{after}</span>'

    return _FORMULA_AND_MARKS.sub(glue, source)


def _replaced(text: str) -> str:
    """Return escaped HTML for a text with formulas."""
    pieces = []
    end = 0
    for match in _DOLLARS.finditer(text):
        pieces.append(html.escape(text[end : match.start()], quote=False))
        pieces.append(formula(match[2].strip(), display=match[1] == "$$"))
        end = match.end()
    pieces.append(html.escape(text[end:], quote=False))
    return "".join(pieces)


def _check_characters(latex: str, text: str, glyph: Callable[[str], int]) -> None:
    r"""Find what is drawn without complaint: ``\unknown`` letter by letter, empty boxes."""
    if unknown := re.search(r"\\\S*", text):
        raise FormulaError(f"the formula {latex!r} holds an unknown command, {unknown[0]}")
    missing = {
        character
        for character in text
        if not character.isspace() and character not in _INVISIBLE and glyph(character) == 0
    }
    if missing:
        raise FormulaError(
            f"the formula {latex!r} holds characters that the font lacks: {sorted(missing)}"
        )


@contextmanager
def _drawing_settings() -> Iterator[None]:
    """Draw with paths of their own (no ids, which would be taken twice on a page)."""
    with _settings:
        before = config.svg2, config.precision
        config.svg2, config.precision = False, _PRECISION
        try:
            yield
        finally:
            config.svg2, config.precision = before


def _narrow_hats(mathml: ET.Element) -> None:
    r"""Make every ``\hat`` as narrow as TeX's; the converter takes it for a ``\widehat``."""
    for accent in mathml.iter(f"{_NAMESPACE}mover"):
        if accent.get("accent") == "true" and accent[1].text == "\u0302":
            accent[1].text = "\u02c6"
            accent[1].set("stretchy", "false")


def _em(pixels: float) -> str:
    return f"{pixels / _SIZE * _SCALE:.3f}em"


def _without_namespace(element: ET.Element) -> str:
    """Return MathML as HTML has it: without the name space, which the tag itself implies."""
    for part in element.iter():
        part.tag = part.tag.rpartition("}")[2]
    return _text(element)


def _text(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode", short_empty_elements=False)
