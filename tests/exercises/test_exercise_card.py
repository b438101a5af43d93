"""The card says everything in words, in HTML that survives JupyterLab's sanitizer."""

import re

import pytest

from nnlab.exercises.card import card_html, card_text
from nnlab.exercises.markup import rich, verbatim
from nnlab.exercises.verdict import Failure, PartVerdict, Verdict

PARTS = (PartVerdict("easy", 1.0, 1.0, "right"), PartVerdict("hard", 0.0, 2.0, "wrong"))

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&$\\href{javascript:x}{y}$"


def verdict(**changes):
    values = {
        "name": "91.softmax",
        "title": "Softmax of $z$",
        "entry": "softmax",
        "points": 1.0,
        "max_points": 3.0,
        "state": "partly right",
        "parts": PARTS,
        "failure": Failure(
            "hard", "your function returned 1.0, expected 2.0", (("z", "[1., 2.]"),), "1.0", "2.0"
        ),
    }
    return Verdict(**(values | changes))


def words(html):
    return re.sub(r"<[^>]+>", "", html)


def test_everything_is_on_the_card():
    for text in (
        words(card_html(verdict(hint="Try `exp`."))),
        card_text(verdict(hint="Try `exp`.")),
    ):
        for piece in (
            "Partly right",
            "1 of 3 points",
            "✔ easy (right, 1 of 1)",
            "✘ hard (wrong, 0 of 2)",
            "your function returned 1.0, expected 2.0.",
            "[1., 2.]",
            "Hint",
            "exp",
        ):
            assert piece in text
    assert "<code>exp</code>" in card_html(verdict(hint="Try `exp`."))


def test_without_a_known_mistake_help_is_offered():
    assert 'hint("91.softmax")' in card_html(verdict())
    assert 'hint("91.softmax")' in card_text(verdict())


def test_right_needs_no_help():
    html = card_html(verdict(state="right", points=3.0, failure=None))
    assert "✔ Right" in words(html)
    assert "hint(" not in html


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("empty", "Write softmax in the cell above"),
        ("empty", "If you have written it, delete the line raise NotImplementedError."),
        ("returns nothing", "softmax returns None."),
        ("unchanged", "softmax still does what the code you were given does."),
    ],
)
def test_not_attempted_says_what_to_do(reason, said):
    blank = verdict(state="not attempted", points=0.0, failure=None, reason=reason)
    assert said in words(card_html(blank))
    assert said in card_text(blank).replace("`", "").replace("\n", " ")


def test_a_note_is_shown():
    assert "not be saved &amp;" in card_html(verdict(), "Progress could not be saved &")
    assert card_text(verdict(), "Not saved.").endswith("Not saved.")


def test_a_learners_text_is_escaped_and_not_typeset():
    failure = Failure(EVIL, f"stopped with {EVIL}: `{EVIL}`", ((EVIL, EVIL),), EVIL, EVIL)
    html = card_html(verdict(failure=failure, hint=None))
    assert "<script" not in html
    assert "<img" not in html
    said = re.search(r"stopped with .*?</p>", html).group()
    outside_code = re.sub(r"<code>.*?</code>", "", said)
    assert "$" not in outside_code.replace("<span>$</span>", "")


def test_only_what_the_sanitizer_of_jupyterlab_keeps():
    html = card_html(verdict(hint="h"), "note")
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= {
        "div",
        "p",
        "strong",
        "ul",
        "li",
        "pre",
        "code",
        "small",
    }
    assert set(re.findall(r' ([a-z-]+)="', html)) == {"style"}
    assert "var(" not in html


def test_rich_text():
    assert rich("a < `b & c` **d** $p<q$") == (
        "a &lt; <code>b &amp; c</code> <strong>d</strong> $p&lt;q$"
    )
    assert verbatim("<b>").endswith(">&lt;b&gt;</pre>")
