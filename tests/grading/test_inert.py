"""A student's text in a teacher's browser: rendered as nbgrader does, nothing of it is alive."""

import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.filters import markdown2html

from nnlab.grading.inert import MAX_TEXT, inert_code, inert_markdown, inert_sentence

# What Markdown makes of emphasis, lists, tables and code; headings get a link to themselves.
HARMLESS = {
    *("p", "em", "strong", "del", "code", "pre", "br", "hr", "ul", "ol", "li", "blockquote"),
    *("table", "thead", "tbody", "tr", "th", "td", "dl", "dt", "dd", "span", "div", "input"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "a"),
}
ATTRIBUTES = {"class", "id", "start", "style", "type", "disabled", "checked"}
STYLE = re.compile(r"text-align:\s*(left|right|center);?")


class Rendered(HTMLParser):
    """Collects what is alive in a page: elements and attributes beyond those of plain Markdown."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.alive, self.text = [], ""
        self.feed(markdown2html(text))
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in HARMLESS:
            self.alive.append(tag)
        for name, value in attrs:
            anchor = tag == "a" and name == "href" and value.startswith("#")
            fine = name in ATTRIBUTES and (name != "style" or STYLE.fullmatch(value))
            if not (anchor or fine):
                self.alive.append(f"{tag} {name}={value}")

    def handle_decl(self, decl):
        self.alive.append(decl)

    def handle_comment(self, data):
        self.alive.append(data)

    def unknown_decl(self, data):
        self.alive.append(data)

    def handle_pi(self, data):
        self.alive.append(data)

    def handle_data(self, data):
        self.text += data


ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</div></div><script>alert(1)</script>",
    "<!-- <script>alert(1)</script>",
    "<?php alert(1) ?>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "`<script>`<script>alert(1)</script>",
    "```\n</pre><script>alert(1)</script>\n```",
    "```mermaid\n</pre><script>alert(1)</script>\n```",
    "```mermaid\n&lt;/pre>&#60;script>alert(1)\n```",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](java\tscript:alert(1))",
    "[click](&#106;avascript:alert(1))",
    "[click](javascript&colon;alert(1))",
    "[click](<javascript:alert(1)>)",
    "[click](<\tjavascript:alert(1)>)",
    "[click][1]\n\n[1]: javascript:alert(1)",
    "[click][]\n\n[click]: <javascript:alert(1)>",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    "<https://127.0.0.1/formgrader?path=x>",
    "https://127.0.0.1/formgrader?path=x",
    "[click](/formgrader?path=submitted)",
    "![picture](https://127.0.0.1/x.png)",
    "![picture](attachment:gone.png)",
    "![picture][1]\n\n[1]: attachment:gone.png",
    "![picture](data:image/svg+xml;base64,PHN2Zz4=)",
    "# <a name=x href='javascript:alert(1)'>heading",
    "| a | b |\n|---|---|\n| <script>alert(1)</script> | [x](javascript:alert(1)) |",
    "$a<script>alert(1)</script>$",
    "$$<img src=x onerror=alert(1)>$$",
    "\\begin{<script>}alert(1)\\end{<script>}",
    "\\begin{align}<img src=x onerror=alert(1)>\\end{align}",
    "\\<script>alert(1)\\</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    "term\n: <script>alert(1)</script>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_is_alive(attack):
    assert Rendered(inert_markdown(attack)).alive == []


def test_the_check_can_fail():
    # A picture that is not attached ends nbconvert's rendering altogether.
    rendered = [Rendered(attack) for attack in ATTACKS if "attachment" not in attack]
    alive = [page for page in rendered if page.alive]
    assert len(alive) > 20


PIECES = st.sampled_from(
    [
        *ATTACKS,
        *"<>[]()!&#;:/\\`$*_|\n\t -=\"'",
        "script",
        "javascript:",
        "&lt",
        "&colon;",
        "](",
        "]: ",
    ]
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=12))
def test_nothing_put_together_is_alive(pieces):
    assert Rendered(inert_markdown("".join(pieces))).alive == []


@pytest.mark.parametrize(
    "command",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\HREF{javascript:alert(1)}{x}",
        r"\csname href\endcsname{javascript:alert(1)}{x}",
        r"\require{html}",
        r"\style{position:fixed}{x}",
        r"\class{btn}{x}",
        r"\cssId{statusmessage}{x}",
        r"\bbox[position:fixed]{x}",
        r"\mmlToken{mtext}[href='javascript:alert(1)']{x}",
        r"\let\x=\href \x{javascript:alert(1)}{x}",
    ],
)
@pytest.mark.parametrize("place", ["${}$", "$${}$$", r"\\({}\\)", "{}", "`{}`", "\\{}"])
def test_no_command_reaches_beyond_its_formula(command, place):
    shown = html.unescape(markdown2html(inert_markdown(place.replace("{}", command, 1))))
    beyond = re.search(r"\\(href|csname|require|style|class|cssid|bbox|mmltoken|let)", shown, re.I)
    assert beyond is None


def test_a_name_in_entities_is_no_command():
    shown = html.unescape(markdown2html(inert_markdown(r"\&#104;ref{x}{y} &bsol;href{x}{y}")))
    assert r"\href" not in shown


MATHS = [
    r"$\frac{a}{b} < c$",
    r"$$\left[\sum_{i=1}^n x_i^2\right] \leq \begin{pmatrix} a & b \\ c & d \end{pmatrix}$$",
    r"\begin{align} a &= b \\ c &= d \end{align}",
    r"$\leftarrow \displaystyle \classical \databar$",
]


@pytest.mark.parametrize("formula", MATHS)
def test_formulas_stay_as_they_are(formula):
    assert inert_markdown(formula) == formula


def test_a_comparison_in_a_formula_only_gains_a_space():
    assert inert_markdown("$a<b$") == "$a< b$"


@pytest.mark.parametrize(
    "text",
    [
        "Plain *emphasis*, **bold**, `code`, a < b, b > a, R & D, x[0], f(x), 1:2.",
        "- one\n- two\n\n1. three\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
        "# Heading\n\n```python\nfor i in range(3):\n    print(i)\n```\n",
        "Grüße, Σ, 日本, 👍",
    ],
)
def test_ordinary_markdown_stays_as_it_is(text):
    assert inert_markdown(text) == text


def test_a_link_still_says_where_it_leads():
    shown = Rendered(inert_markdown("see [the paper](https://example.org/a)")).text
    assert shown.strip() == "see [the paper] (https:// example.org/a)"


def test_no_letter_is_lost():
    text = "".join(ATTACKS).replace("\0", "")
    assert re.sub(r"\s", "", inert_markdown(text)) == re.sub(r"\s", "", text)


def test_directions_and_control_letters_are_shown():
    assert inert_markdown("a\u202eb\x00c\x1b[0m\ud800") == "a�b�c�[0m�"
    assert inert_code("a\u202eb\x00c\r\n\td") == "a�b�c\n\td"


def test_long_texts_are_cut_and_say_so():
    shown = inert_markdown("x" * (MAX_TEXT + 7))
    assert shown.startswith("x" * MAX_TEXT + "\n…")
    assert "7 more letters" in shown


def test_a_sentence_begins_no_formula():
    said = inert_sentence(r"stopped with \(\href{x}{y}\) \[a\] \begin{math}")
    assert not re.search(r"\\[(\[]|\\begin", said)
    assert inert_sentence(r"in `x\n` and \d") == r"in `x\n` and \d"
