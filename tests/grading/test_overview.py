"""The class at a glance: numbers that agree with the marks, and names only where they belong."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from nnlab.exercises.verdict import Failure, PartVerdict, Verdict
from nnlab.grading.marks import Mark, Marks
from nnlab.grading.overview import overview_page
from nnlab.grading.similarity import Match, Pair
from nnlab.grading.summary import summarize

HOSTILE = '<script>alert(1)</script></style></details>"><img src=x onerror=y>\u202e\x00\ud800&lt;'
READABLE = (
    HOSTILE.replace("\u202e", "⟨U+202E⟩").replace("\x00", "⟨U+0000⟩").replace("\ud800", "⟨U+D800⟩")
)


class Page(HTMLParser):
    """Tags and attributes, and the text outside and inside of what is folded away."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.structure = []
        self.depth = 0
        self.texts = ["", ""]
        self.feed(page[page.index("<body>") :])
        self.close()

    def handle_starttag(self, tag, attrs):
        self.structure.append((tag, attrs))
        self.depth += tag == "details"
        self.texts[bool(self.depth)] += " " if tag in ("p", "li", "dd", "dt", "h2", "h3") else ""

    def handle_endtag(self, tag):
        self.structure.append((f"/{tag}", []))
        self.depth -= tag == "details"

    def handle_data(self, data):
        self.texts[bool(self.depth)] += data

    @property
    def open(self):
        return " ".join(self.texts[0].split())

    @property
    def folded(self):
        return " ".join(self.texts[1].split())

    def attributes(self, tag, name):
        return [dict(attrs)[name] for found, attrs in self.structure if found == tag]


def mark(name, points, mistake=None, said=None, state=None, ended=""):
    parts = (
        PartVerdict(f"easy part of {name}", min(points, 1.0), 1.0, "right" if points else "wrong"),
        PartVerdict(
            f"hard part of {name}", max(points - 1, 0.0), 1.0, "right" if points > 1 else "wrong"
        ),
    )
    verdict = Verdict(
        name=name,
        title=f"Title of {name}",
        entry="f",
        points=points,
        max_points=2.0,
        state=state or {0: "wrong", 1: "partly right", 2: "right"}[points],
        parts=parts,
        failure=None if said is None else Failure("easy", said, ()),
        mistake=mistake,
        hint=mistake and f"Hint on {mistake} with $x^2$.",
    )
    return Mark(f"{name}-check", name, verdict, ended, "def f():\n    pass\n")


def untouched(name):
    return mark(name, 0, state="not attempted")


def marks(student, *given, level="landlock", assignment="01_task_setup", **changes):
    return Marks(student, assignment, given, level, **changes)


def small_class():
    """Return five submissions with totals of 4, 3, 1, 0 and 0 of 4, the last one unreadable."""
    return [
        marks("ada", mark("01.a", 2), mark("01.b", 2)),
        marks("bob", mark("01.a", 1, "_sum_of_squares"), mark("01.b", 2)),
        marks("cyd", mark("01.a", 1, "_sum_of_squares"), mark("01.b", 0, "mse")),
        marks("dan", mark("01.a", 0, None, "stopped with E (line 3: `x`)"), untouched("01.b")),
        marks("eve", untouched("01.a"), untouched("01.b"), unreadable="it ends after 3 bytes"),
    ]


def test_numbers_of_an_assignment_agree_with_the_marks():
    (assignment,) = summarize(small_class()).assignments
    assert assignment.points == (4, 3, 1, 0)
    assert (assignment.max_points, assignment.unreadable) == (4, 1)
    assert (assignment.mean, assignment.median) == (2, 2)
    assert assignment.histogram == [1, 0, 1, 0, 0, 0, 0, 1, 0, 1]
    a, b = assignment.exercises
    assert a.states == {"right": 1, "partly right": 2, "wrong": 1, "not attempted": 0}
    assert b.states == {"right": 2, "partly right": 0, "wrong": 1, "not attempted": 1}
    assert (a.attempted, b.attempted) == (4, 3)
    assert [(p.part, p.count, p.attempted) for p in b.parts] == [
        ("easy part of 01.b", 1, 3),
        ("hard part of 01.b", 1, 3),
    ]
    assert a.others == (("stopped with E", 1),)


@pytest.mark.parametrize(
    ("points", "tenth"), [(0.6, 2), (1.2, 4), (1.199, 3), (2.4, 8), (3, 9), (0, 0)]
)
def test_tenths_of_the_histogram(points, tenth):
    verdict = replace(mark("01.a", 0).verdict, points=points, max_points=3.0)
    (assignment,) = summarize([marks("a", Mark("c", "s", verdict))]).assignments
    assert assignment.histogram.index(1) == tenth


def test_mistakes_and_parts_come_by_frequency():
    many = [marks(f"s{i}", mark("01.a", 0, "often" if i % 3 else "seldom")) for i in range(9)]
    more = [marks(f"s{i}", mark("02.z", 1, "always"), assignment="02_other") for i in range(7)]
    summary = summarize(many + more)
    assert [(m.mistake, m.count, m.attempted) for m in summary.mistakes] == [
        ("always", 7, 7),
        ("often", 6, 9),
        ("seldom", 3, 9),
    ]
    assert [(p.part, p.count) for p in summary.parts] == [
        ("easy part of 01.a", 9),
        ("hard part of 01.a", 9),
        ("hard part of 02.z", 7),
    ]


def test_page_shows_the_numbers():
    page = Page(overview_page(small_class(), title="Lesson 1"))
    assert page.open.startswith("Lesson 1 4 submissions.")
    assert "1 file could not be read. No number on this page includes it" in page.open
    assert "submissions 4 mean of 4 points 2 median 2 unreadable 1" in page.open
    assert "1 right, 2 partly right, 1 wrong" in page.open
    assert "3 attempted solutions: 2 right, 1 wrong 1 of 3 mse" in page.open
    first = page.open.index("2 of 4 sum of squares · Title of 01.a (01.a)")
    assert first < page.open.index("1 of 3 mse · Title of 01.b (01.b)")
    assert "Hint on _sum_of_squares with" in page.open
    assert "1 of 3 hard part of 01.b" in page.open
    assert "1 other faulty solution shows no known mistake." in page.open


def test_charts_have_texts_and_add_up():
    page = Page(overview_page(small_class()))
    labels = [
        dict(attrs)["aria-label"] for tag, attrs in page.structure if ("role", "img") in attrs
    ]
    assert labels[2] == (
        "Totals as a share of the points that can be had: 1 from 0 to 10 %, 1 from 20 to 30 %, "
        "1 from 70 to 80 %, 1 from 90 to 100 %."
    )
    assert labels[3] == "1 right, 2 partly right, 1 wrong"
    for tag, attrs in page.structure:
        attributes = dict(attrs)
        assert tag != "svg" or {"aria-label", "aria-hidden"} & attributes.keys()
    stacked = re.findall(
        r'aria-label="1 right, 2 partly.*?</svg>', overview_page(small_class()), re.DOTALL
    )
    places = re.findall(r'<rect class="(.*?)" x="(.*?)%" width="(.*?)%"', stacked[0])
    assert places == [
        ("is-right", "0.0", "25.0"),
        ("is-partly-right", "25.0", "50.0"),
        ("is-wrong", "75.0", "25.0"),
    ]


def test_names_of_students_are_folded_away():
    students = small_class()
    students[0] = replace(students[0], notes=("two cells were called 01-a",))
    students[1] = replace(students[1], marks=(mark("01.a", 0, said="it quotes", ended="time"),))
    match = Match(
        "01_task_setup", "01.a", "A", 99.4, 5, 2, 40, ("x = 1\n", "y = 1\n"),
        (frozenset({1}), frozenset()), ("odd_name",),
    )  # fmt: skip
    pairs = [Pair("ada", "cyd", 99.4, 12.6, (match, match, match, match))]
    names = {student: f"Name of {student}" for student in ("ada", "bob", "cyd", "dan", "eve")}
    page = Page(
        overview_page(students, names=names, unreadable=[("x.zip", "it is empty")], pairs=pairs)
    )
    for secret in ("Name of", "it quotes", "x.zip", "odd_name"):
        assert secret not in page.open
    for said in (
        "Files that could not be read (2)",
        "Name of eve, 01_task_setup: it ends after 3 bytes",
        "x.zip: it is empty",
        "1 × it quotes",
        "1 solution took too long and was stopped: Name of bob, 01.a",
        "01_task_setup: two cells were called 01-a (Name of ada)",
        "Name of ada and Name of cyd 99 bits",
        "40 shared pieces of code that only 2 of 5 solutions hold",
        "a list of what to look at, not of who copied",
        "closest other, 13 bits here",
        "Also: A (99 bits)",
    ):
        assert said in page.folded
    assert page.attributes("span", "class").count("line shared") == 3


def test_a_note_on_everyone_names_no_one():
    students = [replace(one, notes=("the cell 01-z is marked by hand",)) for one in small_class()]
    page = Page(overview_page(students))
    assert "01_task_setup: the cell 01-z is marked by hand (everyone)" in page.folded


def hostile_class(text):
    students = small_class()
    first = mark("01.a", 0, None, text, ended="died")
    students[0] = replace(
        students[0], marks=(replace(first, source=text),), notes=(text,), student=text
    )
    students[4] = replace(students[4], student=text, unreadable=text)
    match = Match(
        "01_task_setup", "01.a", "A", 9.0, 5, 2, 40, (text, text), (frozenset({1}),) * 2, (text,)
    )
    pairs = [Pair(text, text, 9.0, 1.0, (match,))]
    return overview_page(
        students, names={text: text}, unreadable=[(text, text)], pairs=pairs, title=text
    )


def test_text_of_a_student_never_becomes_markup():
    page, harmless = hostile_class(HOSTILE), hostile_class("aaaa")
    assert Page(page).structure == Page(harmless).structure
    # 2 for unreadable notebooks, 2 for files, a sentence, an ending, 2 for a note, 2 for a pair's
    # names, a word, 2 for code
    assert Page(page).folded.count(READABLE) == Page(harmless).folded.count("aaaa") == 13
    page.encode("utf-8")


def test_page_loads_nothing_and_runs_nothing():
    page = overview_page(small_class())
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    structure = Page(page).structure
    assert not {"script", "iframe", "img", "a", "form"} & {tag for tag, _ in structure}
    assert not any(name.startswith("on") for _, attrs in structure for name, _ in attrs)


def test_weak_isolation_is_a_warning():
    weak = [replace(one, level="limits") for one in small_class()]
    assert "Marked at level limits." in Page(overview_page(weak)).open
    assert "Marked at level limits." in Page(overview_page([*weak, *small_class()])).open
    strong = Page(overview_page(small_class())).open
    assert "Marked at level" not in strong
    assert "Isolation: Landlock and seccomp (level landlock)." in strong


def test_several_assignments_have_sections_of_their_own():
    other = [replace(one, assignment="02_other", marks=one.marks[:1]) for one in small_class()[:2]]
    page = Page(overview_page(other + small_class()))
    assert page.open.index("01_task_setup submissions 4") < page.open.index(
        "02_other submissions 2"
    )
    assert "6 submissions in 2 assignments." in page.open
    assert "mean of 2 points 1.5" in page.open


def test_no_submissions():
    page = Page(overview_page([]))
    assert "There are no submissions." in page.open
    assert page.folded == ""


def test_nothing_but_unreadable_files():
    page = Page(overview_page(small_class()[4:]))
    assert "submissions 0 unreadable 1" in page.open
    assert "mean" not in page.open


def test_no_exercise_attempted():
    page = Page(overview_page([marks(f"s{i}", untouched("01.a")) for i in range(3)]))
    assert "No solution shows a known mistake." in page.open
    assert "3 not attempted" in page.open
    assert "Parts most often failed" not in page.open
    assert "Mistakes by exercise" not in page.open


def test_one_and_three_hundred_submissions():
    assert "1 submission." in Page(overview_page(small_class()[:1])).open
    many = [
        replace(one, student=f"{one.student}{i}") for i in range(75) for one in small_class()[:4]
    ]
    page = overview_page(many)
    assert "2 right, 0 partly right, 1 wrong" not in Page(page).open
    assert "75 right, 150 partly right, 75 wrong" in Page(page).open
    assert len(page) < 60_000


def test_order_does_not_matter():
    students = [replace(one, notes=("noted",), unreadable=one.student) for one in small_class()]
    students += [replace(one, student=f"{one.student}2") for one in small_class()]
    assert overview_page(students) == overview_page(students[::-1])


PROGRAM = """
import hashlib, runpy, sys
from dataclasses import replace
from nnlab.grading.overview import overview_page
from nnlab.grading.similarity import similar_pairs

students = runpy.run_path(sys.argv[1])["small_class"]()[:1]
code = "def f(y):\\n" + "".join(f"    v{i} = y[{i}] * {i} + v{i - 1}\\n" for i in range(20))
crowd = []
for i, one in enumerate(students * 36):
    mark = replace(one.marks[0], source=code if i < 2 else f"x = {i}")
    crowd.append(replace(one, student=f"s{i}", marks=(mark,)))
pairs = similar_pairs(crowd)
assert len(pairs) == 1
print(hashlib.sha256(overview_page(crowd, pairs=pairs).encode()).hexdigest())
"""


def test_same_class_gives_the_same_bytes_in_every_process():
    prints = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, __file__],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(prints) == 1
