"""Formulas as SVG and MathML."""

import re
import xml.etree.ElementTree as ET

import pytest

from nnlab.site.maths import FormulaError, config, formula, keep_together, maths_in_html


def size(html):
    """Width, height and shift below the baseline, in em."""
    found = re.search(r"width:(.+?)em;height:(.+?)em;vertical-align:(.+?)em", html)
    return tuple(float(text) for text in found.groups())


def spoken(html):
    return "".join(ET.fromstring(re.search(r"<math.*</math>", html)[0]).itertext())


def test_a_formula_is_drawn_in_the_colour_and_size_of_the_text():
    html = formula(r"\frac{1}{1 + e^{-z}}")
    ET.fromstring(html)  # every tag is closed
    assert set(re.findall(r'(?:fill|stroke)="([^"]*)"', html)) <= {"currentColor", "none"}
    assert "id=" not in html
    assert "<path" in html
    assert 'viewBox="' in html
    width, height, _ = size(html)
    assert 1.5 < width < 5
    assert 1 < height < 3


def test_it_stands_on_the_baseline():
    assert size(formula("x"))[2] == pytest.approx(0, abs=0.05)
    assert -0.5 < size(formula("y"))[2] < -0.15  # the tail of the y hangs below
    one, two = size(formula("m"))[0], size(formula("mm"))[0]
    assert two == pytest.approx(2 * one, rel=0.1)


def test_it_is_read_aloud_and_the_picture_is_not():
    html = formula(r"\log(1 - p)")
    assert spoken(html) == "log(1−p)"
    assert re.findall(r'<svg[^>]*aria-hidden="true"', html)
    assert "xmlns" not in html


def test_a_hat_is_as_narrow_as_in_tex():
    # As a wide hat it covers the letter, and the picture of Y is wider.
    assert formula(r"\hat{Y}") != formula(r"\widehat{Y}")
    assert size(formula(r"\hat{Y}"))[0] == pytest.approx(size(formula("Y"))[0], abs=0.06)
    assert spoken(formula(r"\hat{Y}")) == "Y\u0302"


def test_displayed_formulas_wrap_between_their_parts():
    html = formula(r"a = b \qquad\qquad c = d", display=True)
    assert html.startswith('<span class="maths-display">')
    assert [spoken(part) for part in re.findall(r"<math.*?</math>", html)] == ["a=b", "c=d"]
    assert formula(r"a \qquad b", display=True).count("<svg") == 1
    tall, flat = formula(r"\sum_{i=1}^n", display=True), formula(r"\sum_{i=1}^n")
    assert size(tall)[1] > size(flat)[1]


@pytest.mark.parametrize(
    ("latex", "reason"),
    [
        (r"\frac{1}{", "not valid LaTeX"),
        (r"\wizard{x} + 1", r"unknown command, \\wizard"),
        (r"\text{你}", "font lacks.*你"),
        (r"\,", "is empty"),
    ],
)
def test_a_formula_that_cannot_be_drawn_is_named(latex, reason):
    with pytest.raises(FormulaError, match=reason) as caught:
        formula(latex)
    assert repr(latex) in str(caught.value)


def test_the_settings_of_the_library_stay_as_they_were(monkeypatch):
    monkeypatch.setattr(config, "svg2", True)
    monkeypatch.setattr(config, "precision", 5)
    formula("unseen_{17}")
    with pytest.raises(FormulaError):
        formula(r"\frac{unseen}{")
    assert (config.svg2, config.precision) == (True, 5)


def test_formulas_in_html_are_replaced_but_not_in_code():
    html = maths_in_html(
        "<p>If $a &lt; b$: <code>$x$</code> costs 5 $ or \\$6.</p><pre>$y$</pre><p>$$z$$</p>"
    )
    assert html.count("<svg") == 2
    assert "<code>$x$</code> costs 5 $ or \\$6." in html
    assert "<pre>$y$</pre>" in html
    assert "maths-display" in html
    assert "a&lt;b" in re.sub("</?m[a-z]+[^>]*>", "", html)
    assert maths_in_html("<p>no dollars, <br> as it was") == "<p>no dollars, <br> as it was"


def test_punctuation_stays_with_its_formula():
    x = formula("x")
    assert keep_together(f"a {x}, b") == f'a <span class="maths-line">{x},</span> b'
    assert keep_together(f"a ({x}) b") == f'a <span class="maths-line">({x})</span> b'
    assert keep_together(f"a {x} b {x}.") == f'a {x} b <span class="maths-line">{x}.</span>'
