"""Similar solutions: rare pieces count, usual ones do not."""

import random

import numpy as np
import pytest

from nnlab._sources import plain_source
from nnlab.exercises import catalogue
from nnlab.exercises.verdict import Verdict
from nnlab.grading import similarity
from nnlab.grading.fingerprints import RUN, fingerprints
from nnlab.grading.marks import Mark, Marks
from nnlab.grading.similarity import LEAST, MOST_PAIRS, similar_pairs

UNUSUAL = """\
def softmax(z):
    # go through the rows one after another
    rows = []
    for index in range(z.shape[0]):
        biggest = -np.inf
        for value in z[index]:
            if value > biggest:
                biggest = value
        weights = [float(np.exp(value - biggest)) for value in z[index]]
        whole = math.fsum(weights)
        rows.append([weight / whole for weight in weights])
    return np.array(rows).reshape(z.shape)
"""
RENAMED = '''\
def softmax(logits):
    """My own solution."""
    out = []
    for i in range( logits.shape[0] ):
        m = -np.inf

        for v in logits[i]:
            if v > m: m = v
        e = [float(np.exp(v - m))
             for v in logits[i]]
        s = math.fsum(e)
        out.append([x / s for x in e])   # done
    return np.array(out).reshape(logits.shape)
'''
STUB = '''\
def softmax(z):
    """Probabilities, one row per example."""
    # the helpers you may use
    largest = np.max(z, axis=1, keepdims=True)
    shifted = np.subtract(z, largest)
    exponentials = np.exp(shifted)
    assert exponentials.shape == z.shape and np.all(exponentials <= 1.0)
'''
ORDINARY = [
    "def softmax(z):\n    e = np.exp(z - z.max(axis=1, keepdims=True))\n"
    "    return e / e.sum(axis=1, keepdims=True)\n",
    "def softmax(z):\n    z = z - np.max(z, axis=-1, keepdims=True)\n    e = np.exp(z)\n"
    "    return e / np.sum(e, axis=-1, keepdims=True)\n",
    "def softmax(z):\n    e = np.exp(z)\n    return e / e.sum(axis=1, keepdims=True)\n",
    "def softmax(z):\n    return np.exp(z) / np.exp(z).sum()\n",
]


def one(student, *sources, state="right", names=("01.softmax", "01.mse", "01.mae")):
    marks = [
        Mark(name, name, Verdict(name, name.upper(), "f", 1.0, 1.0, state, ()), source=source)
        for name, source in zip(names, sources, strict=False)
    ]
    return Marks(student, "01_task_setup", tuple(marks), "landlock")


def crowd(n, seed=0):
    """Return solutions like those of learners: usual ways with additions of their own."""
    rng = random.Random(seed)
    exercise = catalogue.exercise("01.softmax")
    functions = [*exercise.equivalents, *(mistake.function for mistake in exercise.mistakes)]
    ways = ORDINARY + [plain_source(function) for function in functions]
    names = ["res", "total", "tmp", "out", "loss", "val", "acc", "n", "m", "diff", "probs", "q"]
    students = []
    for i in range(n):
        lines = rng.choice(ways).splitlines()
        for _ in range(rng.randrange(3)):
            a, b = rng.sample(names, 2)
            lines.insert(1, f"    {a} = {rng.choice(['len', 'np.asarray', 'list'])}({b})")
        students.append(one(f"s{i:03d}", "\n".join(lines) + "\n"))
    return students


def names_of(pairs):
    return [(pair.first, pair.second) for pair in pairs]


@pytest.mark.parametrize("n", [12, 40, 120])
def test_renamed_copy_of_an_unusual_solution_is_found(n):
    pairs = similar_pairs([*crowd(n), one("Ada", UNUSUAL), one("Bob", RENAMED)])
    assert names_of(pairs) == [("Ada", "Bob")]
    assert pairs[0].score > 2 * pairs[0].usual
    assert pairs[0].score > LEAST


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [0, 1, 5, 30, 100])
def test_a_class_without_copies_has_no_pairs(n, seed):
    assert similar_pairs(crowd(n, seed)) == []


def test_identical_usual_solutions_are_not_reported():
    same = [one(f"t{i}", ORDINARY[i % 2]) for i in range(20)]
    assert similar_pairs([*crowd(30), *same]) == []
    everyone = [one(f"t{i}", UNUSUAL) for i in range(20)]
    assert similar_pairs(everyone) == []


def test_the_course_s_own_code_is_not_rare():
    exercise = catalogue.exercise("01.bce_from_logits")
    own = max(map(plain_source, exercise.equivalents), key=len)
    students = [one(m.student, m.marks[0].source, names=[exercise.name]) for m in crowd(30)]
    copies = [one(student, own, names=[exercise.name]) for student in ("Ada", "Bob")]
    assert similar_pairs(students + copies) == []


def test_the_stub_is_not_rare():
    kept = [one("Ada", STUB + "    return 1 / z\n"), one("Bob", STUB + "    return z.T\n")]
    others = crowd(60)
    assert names_of(similar_pairs(others + kept)) == [("Ada", "Bob")]
    assert similar_pairs(others + kept, {"01.softmax": [STUB]}) == []


def test_an_untouched_stub_is_no_solution():
    kept = [one("Ada", UNUSUAL, state="not attempted"), one("Bob", RENAMED)]
    assert similar_pairs(crowd(30) + kept) == []


def test_scores_of_exercises_add_up():
    filler = "def f(y, p):\n    return np.mean((y - p) ** 2)\n"
    students = [one(m.student, m.marks[0].source, filler, filler) for m in crowd(40)]
    a = [one("Ada", UNUSUAL, UNUSUAL, filler), one("Bob", RENAMED, RENAMED, filler)]
    (pair,) = similar_pairs(students + a)
    assert {match.exercise for match in pair.matches} == {"01.softmax", "01.mse"}
    assert pair.matches[0].score >= pair.matches[1].score > 0
    assert pair.score == pytest.approx(sum(match.score for match in pair.matches), abs=0.2)


def test_a_match_shows_what_is_shared():
    copy = UNUSUAL.replace("return np", "return 0 + np")
    pairs = similar_pairs([*crowd(40), one("Bob", copy), one("Ada", UNUSUAL)])
    (match,) = pairs[0].matches
    assert (match.assignment, match.exercise, match.title) == (
        "01_task_setup",
        "01.softmax",
        "01.SOFTMAX",
    )
    assert match.sources == (UNUSUAL, copy)
    assert (match.holders, match.solutions) == (2, 42)
    assert match.pieces > 50
    assert {5, 6, 7, 8, 9, 10, 11} <= match.lines[0] & match.lines[1]
    assert 1 not in match.lines[0]
    assert {"biggest", "weights", "go through the rows one after another"} <= set(match.words)


def test_shared_comments_and_names_count():
    plain = similar_pairs([*crowd(40), one("Ada", UNUSUAL), one("Bob", RENAMED)])
    named = similar_pairs([*crowd(40), one("Ada", UNUSUAL), one("Bob", UNUSUAL)])
    assert named[0].score > plain[0].score


def test_syntax_errors_are_no_hiding_place():
    broken = RENAMED.replace("return np.array(out)", "return np.array(out").replace("= []", "= [")
    broken += "    '''never closed\n  \x00 $ ?? ¿ \ud800\n"
    pairs = similar_pairs([*crowd(40), one("Ada", UNUSUAL), one("Bob", broken)])
    assert names_of(pairs) == [("Ada", "Bob")]


def test_a_tiny_class_tells_nothing():
    assert similar_pairs([one("Ada", UNUSUAL), one("Bob", UNUSUAL)]) == []
    assert similar_pairs([one(name, UNUSUAL) for name in "abcd"]) == []


def invented(number, lines=40):
    """Return code that no one else writes."""
    numbers = range(100 * number, 100 * number + lines)
    steps = (f"    v{n} = z[{n}] * {n} + np.roll(z, {n})\n" for n in numbers)
    return "def softmax(z):\n" + "".join(steps)


def test_among_four_nothing_is_rare():
    four = [one("Ada", invented(1)), one("Bob", invented(1)), *crowd(2)]
    assert similar_pairs(four) == []
    assert names_of(similar_pairs([*four, *crowd(5)[2:]])) == [("Ada", "Bob")]


def test_what_stands_out_depends_on_the_class():
    pairs_of = [one(f"{side}{i:02d}", invented(i)) for i in range(20) for side in "ab"]
    few = similar_pairs(crowd(40) + pairs_of[:6])
    assert sorted(names_of(few)) == [("a00", "b00"), ("a01", "b01"), ("a02", "b02")]
    assert similar_pairs(pairs_of) == []


def test_usual_code_next_to_rare_code_is_not_tinted():
    usual = "def softmax(z):\n" + "    z = np.sqrt(np.abs(z)) - 7 * z ** 3\n" * 6
    rest = invented(3).removeprefix("def softmax(z):\n")
    others = [one(f"u{i:02d}", usual + f"    return z + {i}\n") for i in range(20)]
    found = similar_pairs([*others, one("Ada", usual + rest), one("Bob", usual + rest)])
    lines = found[0].matches[0].lines[0]
    assert not lines & set(range(1, 7))
    assert set(range(8, 48)) <= lines


def test_a_match_counts_its_rarest_pieces():
    third = one("Cyd", invented(1, lines=20))
    with_third = similar_pairs(
        [*crowd(40), one("Ada", invented(1)), one("Bob", invented(1)), third]
    )
    without = similar_pairs([*crowd(40), one("Ada", invented(1)), one("Bob", invented(1))])
    rarest = [pairs[0].matches[0] for pairs in (with_third, without)]
    assert names_of(with_third)[0] == names_of(without)[0] == ("Ada", "Bob")
    assert [match.holders for match in rarest] == [2, 2]
    assert rarest[0].pieces < 0.6 * rarest[1].pieces
    assert with_third[1].matches[0].holders == 3


def test_order_of_the_marks_does_not_matter():
    students = [*crowd(40), one("Ada", UNUSUAL), one("Bob", RENAMED)]
    assert similar_pairs(students) == similar_pairs(students[::-1])


def test_number_of_pairs_is_bounded_and_the_most_similar_come_first():
    ring = [one(f"r{i}", UNUSUAL + f"    n{i} = {i}\n") for i in range(9)]
    pair = [one("Ada", RENAMED.replace("math.fsum", "sum") * 2), one("Bob", RENAMED * 2)]
    pairs = similar_pairs([*crowd(150), *ring, *pair])
    assert len(pairs) == MOST_PAIRS
    scores = [pair.score for pair in pairs]
    assert scores == sorted(scores, reverse=True)


def test_every_solution_is_read_once(monkeypatch):
    read = []

    def counting(source):
        read.append(source)
        return fingerprints(source)

    monkeypatch.setattr(similarity, "fingerprints", counting)
    students = crowd(50)
    similar_pairs(students)
    own = len(similarity._own("01.softmax"))
    assert len(read) == len(students) + own


def test_scores_are_sums_of_the_shared_weights(monkeypatch):
    monkeypatch.setattr(similarity, "_CHUNK", 7)
    (exercise,) = similarity._exercises(crowd(12), {})
    scores = exercise.scores()
    students = list(exercise.sources)
    wanted = np.zeros_like(scores)
    for i, first in enumerate(students):
        for j, second in enumerate(students):
            shared = similarity._pieces(exercise.prints[first])
            shared &= similarity._pieces(exercise.prints[second])
            wanted[i, j] = sum(exercise.weights.get(piece, 0) for piece in shared)
    np.testing.assert_array_equal(scores, wanted)
    assert scores.any()


def test_runs_do_not_know_names_layout_comments_or_docstrings():
    assert fingerprints(UNUSUAL).runs.keys() == fingerprints(RENAMED).runs.keys()


def test_runs_know_structure_numbers_attributes_and_keywords():
    line = "total = np.sum((first - second) ** 2, axis=0) / len(first)"
    for other in (
        line.replace("first - second", "first - first"),
        line.replace("** 2", "** 3"),
        line.replace("sum", "prod"),
        line.replace("axis", "where"),
        line.replace("len", "max"),
    ):
        assert fingerprints(line).runs.keys() != fingerprints(other).runs.keys()


def test_runs_carry_their_lines():
    prints = fingerprints("a = 1\nb = 2\n\n\nc = 3\n")
    assert len(prints.runs) == 9 - RUN + 1
    assert set(prints.runs.values()) == {frozenset({1, 2, 5})}
    assert prints.words == {"a", "b", "c"}


def test_code_of_any_size_and_kind_can_be_read():
    for source in (
        "",
        "\n",
        "x",
        "\x00" * 100,
        "(" * 50_000,
        "'" * 999,
        "\ud800 = 1",
        "# a\r# b c",
    ):
        fingerprints(source)
