"""The page a student gets back: what it says, and that nothing a student wrote becomes markup."""

from dataclasses import replace
from html.parser import HTMLParser
from itertools import chain

import pytest

from nnlab.exercises import catalogue
from nnlab.exercises.answers import collect
from nnlab.exercises.verdict import Failure, PartVerdict, Verdict, judge
from nnlab.grading.feedback import feedback_page
from nnlab.grading.marks import Mark, Marks
from nnlab.grading.pages import MAX_LETTERS, MAX_LINES, code_lines, course_text, readable, sentence

HOSTILE = [
    "<script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    "</pre></span></main><iframe src='http://127.0.0.1/'></iframe>",
    "\"><img src=x onerror=alert(1)>'",
    "<a href='javascript:alert(1)'>a</a>",
    "&lt;b&gt; &#60;script&#62; &amp;",
    "<!-- --> <![CDATA[ ]]> -->",
    "{{ 7 * 7 }} {% raw %}",
    r"$\href{javascript:alert(1)}{x}$ \(x\) **b** *i*",
    "turned \u202e round \u2066 and \u200f",
    "a NUL \x00, a bell \x07, an escape \x1b[31m",
    "half a pair \ud800",
    "\u2028 and \u0085 end lines",
]


class Page(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.structure = []
        self.texts = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.structure.append((tag, attrs))
        if tag in ("dd", "dt", "h2", "li", "p", "td"):
            self.texts.append(" ")

    def handle_endtag(self, tag):
        self.structure.append((f"/{tag}", []))

    def handle_decl(self, decl):
        self.structure.append((f"!{decl}", []))

    def handle_comment(self, data):
        self.structure.append((f"--{data}", []))

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())


def judged(name, function, source="def f():\n    pass\n"):
    exercise = catalogue.exercise(name)
    cases = chain.from_iterable(exercise.cases(3))
    verdict = judge(exercise, collect(function, cases), 3)
    return Mark(f"{name}-check", name, verdict, source=source)


def unwritten(*arguments):
    raise NotImplementedError


def mistaken(name, index=0):
    mistake = catalogue.exercise(name).mistakes[index]
    return judged(name, mistake.function), mistake


def marks(*given, **changes):
    return Marks("s1", "01_task_setup", given, "landlock", **changes)


def hostile_marks(text):
    failure = Failure("a part", text, (("y", text),), text, text)
    verdict = Verdict(
        name="01.mse",
        title="Mean squared error",
        entry="mse",
        points=0.0,
        max_points=1.0,
        state="wrong",
        parts=(PartVerdict("a part", 0.0, 1.0, "wrong"),),
        failure=failure,
    )
    read = Marks("s1", text, (Mark("c", "s", verdict, source=text),), "landlock", (text,))
    return [read, replace(read, unreadable=text)]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_student_never_becomes_markup(text):
    harmless = Page(feedback_page(hostile_marks("harmless"), name="harmless"))
    page = feedback_page(hostile_marks(text), name=text)
    parsed = Page(page)

    assert parsed.structure == harmless.structure
    shown = " ".join(readable(text).split())
    # Name twice, two headings, two notes, a sentence, three values, code, why it is unreadable.
    assert parsed.text.count(shown) == 12
    page.encode("utf-8")
    assert not any(ord(letter) < 32 and letter != "\n" for letter in page)


def test_code_in_a_sentence_is_escaped_too():
    assert sentence("it says `<b>` and `x") == "it says <code>&lt;b&gt;</code> and `x."


def test_invisible_characters_show_as_their_numbers():
    assert readable("a\u202eb\x00c\ud800d\n\te") == "a⟨U+202E⟩b⟨U+0000⟩c⟨U+D800⟩d\n\te"
    assert readable("Ольга 陳省身 é 👩\u200d🔬") == "Ольга 陳省身 é 👩\u200d🔬"


def test_page_loads_nothing_and_runs_nothing():
    page = feedback_page([marks(mistaken("01.mse")[0])], name="Ada")
    structure = Page(page).structure
    policies = [a["content"] for tag, attrs in structure if "http-equiv" in (a := dict(attrs))]
    assert policies == [
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    ]
    assert not {"script", "iframe", "object", "form", "img"} & {tag for tag, _ in structure}
    for _, attributes in structure:
        for name, value in attributes:
            assert not name.startswith("on")
            assert name != "src"
            assert name != "href" or value.startswith("#") or value == "data:,"
    assert "url(" not in page
    assert "@import" not in page


def test_links_lead_to_cards_and_ids_are_unique():
    two = [marks(mistaken("01.mse")[0], mistaken("01.mae")[0]), marks(mistaken("01.mse")[0])]
    structure = Page(feedback_page(two, name="Ada")).structure
    ids = [value for _, attrs in structure for name, value in attrs if name == "id"]
    links = [value[1:] for tag, attrs in structure if tag == "a" for _, value in attrs]
    assert links == ids
    assert len(set(ids)) == 3


def test_same_marks_give_the_same_bytes():
    given = [marks(mistaken("01.mse")[0], judged("01.mae", unwritten))]
    assert feedback_page(given, name="Ada") == feedback_page(given, name="Ada")


def test_numbers_are_those_of_the_marks():
    right = judged("01.softmax", catalogue.exercise("01.softmax").reference)
    half = judged("01.sigmoid", catalogue.exercise("01.sigmoid").mistakes[0].function)
    assert (half.verdict.state, half.verdict.points) == ("partly right", 1)
    given = marks(right, half, judged("01.mse", unwritten))
    text = Page(feedback_page([given, given], name="Ada")).text
    assert "points 6 of 10" in text
    assert "exercises fully right 2 of 6" in text
    assert "01_task_setup 3 of 5" in text
    assert "Softmax ✔ right 2 of 2" in text
    assert "A sigmoid that does not overflow ◐ partly right 1 of 2" in text
    assert "Mean squared error – not attempted 0 of 1" in text


def test_card_says_what_is_wrong_and_gives_the_hint():
    mark, mistake = mistaken("01.baseline", -1)
    text = Page(feedback_page([marks(mark)], name="Ada")).text
    assert mark.verdict.failure.said in text
    assert "expected" in text
    assert mistake.hint.split("*")[0].strip() in text
    assert "with this hint" in text


@pytest.mark.parametrize(
    ("mark", "step"),
    [
        (judged("01.mse", lambda y, p: 7.0), 'hint("01.mse") gives a hint'),
        (judged("01.mse", unwritten), "delete the line raise NotImplementedError"),
        (judged("01.mse", lambda y, p: None), "mse returns None: write its body"),
        (
            judged(
                "01.spot_the_bug",
                lambda *a: catalogue.exercise("01.spot_the_bug").start(*a),
            ),
            "still does what the code you were given does",
        ),
    ],
)
def test_every_missing_point_has_a_next_step(mark, step):
    text = Page(feedback_page([marks(mark)], name="Ada")).text
    assert "What to do next." in text
    assert step in text


def test_right_needs_no_next_step():
    mark = judged("01.mse", catalogue.exercise("01.mse").reference)
    assert "What to do next" not in feedback_page([marks(mark)], name="Ada")


def test_a_formula_is_a_picture_with_mathml():
    markup = course_text("Divide by $n$, **not** by `$m$`.")
    assert "<math" in markup
    assert "<svg" in markup
    assert "<code>$m$</code>" in markup
    assert "$n$" not in markup


def test_a_formula_that_cannot_be_drawn_stays_latex():
    assert course_text(r"It is $\nosuchcommand{x}$ & so.") == r"It is $\nosuchcommand{x}$ &amp; so."


def test_all_texts_of_the_course_can_be_drawn():
    for exercise in catalogue.exercises().values():
        texts = [exercise.title, *(part.title for part in exercise.parts)]
        for text in [*texts, *(mistake.hint for mistake in exercise.mistakes)]:
            assert "$" not in course_text(text), (exercise.name, text)


def test_code_has_the_lines_that_python_counts():
    assert code_lines("a\r\nb\rc\n\x0cd\u2028e\n\n") == (["a", "b", "c", "\x0cd\u2028e"], 0)
    assert code_lines("  \n ") == ([], 0)
    page = feedback_page(
        [marks(judged("01.mse", unwritten, "def mse(y, p):\n\n    return y < p\n"))], name="Ada"
    )
    assert (
        '<pre class="code"><span class="line">def mse(y, p):\n</span><span class="line">\n</span>'
        '<span class="line">    return y &lt; p\n</span></pre>'
    ) in page


def test_enormous_code_is_cut():
    lines, left_out = code_lines("\n" * (MAX_LINES + 5) + "x")
    assert (len(lines), left_out) == (MAX_LINES, 6)
    lines, left_out = code_lines("x" * (3 * MAX_LETTERS) + "\ny")
    assert (len(lines[0]), left_out) == (MAX_LETTERS + 1, 1)
    mark = judged("01.mse", unwritten, "x = 1\n" * 100_000)
    page = feedback_page([marks(mark)], name="Ada")
    assert f"{100_000 - MAX_LINES} more lines not shown" in page
    assert len(page) < 100_000


def test_unreadable_file_and_notes():
    bad = marks(judged("01.mse", unwritten), unreadable="it ends after 3 bytes")
    text = Page(feedback_page([bad], name="Ada")).text
    assert "Your file could not be read: it ends after 3 bytes." in text
    assert "0 of 1" in text
    assert "What to do next" not in text
    noted = marks(judged("01.mse", unwritten), notes=("the cell 01-mse was missing",))
    assert "the cell 01-mse was missing." in Page(feedback_page([noted], name="Ada")).text


def test_code_that_was_stopped_is_said_once():
    mark = replace(judged("01.mse", unwritten), ended="time")
    assert "The code took too long and was stopped." in feedback_page([marks(mark)], name="Ada")
    failure = Failure("a part", "your code took longer than it may and was stopped", ())
    wrong = replace(mark, verdict=replace(mark.verdict, state="wrong", failure=failure))
    assert feedback_page([marks(wrong)], name="Ada").count("was stopped") == 1


def test_level_is_named_with_its_meaning():
    text = Page(feedback_page([marks()], name="Ada")).text
    assert "Landlock and seccomp (level landlock). Submitted code ran with limits" in text
    assert "bubblewrap" not in text


def test_no_marks_at_all():
    assert "0 of 0" in Page(feedback_page([], name="Ada")).text


@pytest.mark.browser
@pytest.mark.parametrize("width", [375, 1280])
def test_page_in_a_browser(chromium, tmp_path, width):
    from playwright.sync_api import sync_playwright

    long = marks(
        judged("01.softmax", catalogue.exercise("01.softmax").mistakes[0].function, "x" * 3000),
        mistaken("01.cross_entropy")[0],
    )
    path = tmp_path / "feedback.html"
    path.write_text(feedback_page([long, *hostile_marks("W" * 500)], name="W" * 200), "utf-8")
    said = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": width, "height": 720}, color_scheme="dark", offline=True
        )
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: said.append(request.url))
        page.goto(path.as_uri())
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        wide = page.evaluate("document.documentElement.scrollWidth")
        numbers = page.evaluate(
            "getComputedStyle(document.querySelector('.code .line'), '::before').content"
        )
        browser.close()
    assert said == [path.as_uri()]
    assert ground == "rgb(255, 255, 255)"
    assert wide == width
    assert "counter" in numbers
