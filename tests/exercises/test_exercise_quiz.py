"""Questions are plain HTML in which every option explains itself."""

import re

import pytest

from nnlab.exercises import Option, Quiz, catalogue, quiz
from nnlab.exercises.markup import rich

A, B, C = Option("a", "because a"), Option("b", "because b", right=True), Option("c", "because c")


def test_every_option_is_there_with_its_explanation(course):
    html = quiz("91.q_confident")._repr_html_()
    details = re.findall(r"<details.*?</details>", html)
    assert len(details) == 3
    assert [("Right." in d, "Not quite." in d) for d in details] == [
        (False, True),
        (True, False),
        (False, True),
    ]
    assert "Large &amp; &lt;negative&gt;" in details[1]
    assert "$\\sigma'(z)\\approx 0$" in details[0]
    assert "<code>sigmoid</code>" in details[2]
    assert "<strong>sure</strong>" in html
    assert "$p&lt;0.01$" in html
    assert not re.search(r"<details[^>]* open", html)


def test_it_is_the_same_every_time_and_needs_no_script(course):
    shown = quiz("91.q_confident")
    assert shown._repr_html_() == shown._repr_html_()
    assert set(re.findall(r"<([a-z]+)", shown._repr_html_())) == {
        "div", "p", "strong", "code", "details", "summary", "small",
    }  # fmt: skip
    assert repr(shown).startswith("Quiz 91.q_confident: A model")


@pytest.mark.parametrize(
    ("name", "question", "options", "words"),
    [
        ("q", "?", (A, B), "two digits"),
        ("91.q", "", (A, B), "question is empty"),
        ("91.q", "?", (B,), "2 to 26 options, got 1"),
        ("91.q", "?", (A, C), "exactly one right option, got 0"),
        ("91.q", "?", (B, Option("d", "because d", right=True)), "exactly one right option, got 2"),
        ("91.q", "?", (B, Option("a", "because b")), "explanation of its own"),
        ("91.q", "?", (B, Option("b", "because a")), "text of its own"),
        ("91.q", "?", (B, Option("a", "")), "explanation of its own"),
    ],
)
def test_a_question_that_cannot_work_is_refused(name, question, options, words):
    with pytest.raises(ValueError, match=words):
        Quiz(name, question, options)


def test_unknown_question(course):
    with pytest.raises(ValueError, match=r"no question called '91.q_confidnt'; did you mean"):
        quiz("91.q_confidnt")


def test_stars_make_bold_and_italic_but_not_in_code_or_formulas():
    assert rich("a *b c* **d** e") == "a <em>b c</em> <strong>d</strong> e"
    assert rich("`a * b * c` and $a * b * c$") == "<code>a * b * c</code> and $a * b * c$"
    assert rich("2 * 3 * 4") == "2 * 3 * 4"


@pytest.mark.parametrize("name", [*catalogue.exercises(), *catalogue.quizzes()])
def test_no_star_is_left_over_in_what_the_course_says(name):
    if name in catalogue.quizzes():
        quiz = catalogue.quizzes()[name]
        texts = [quiz.question, *(text for o in quiz.options for text in (o.text, o.explanation))]
    else:
        exercise = catalogue.exercise(name)
        texts = [exercise.title, *exercise.hints, *(m.hint for m in exercise.mistakes)]
    for text in texts:
        assert "*" not in re.sub(r"<code>.*?</code>|\$.*?\$", "", rich(text)), text
