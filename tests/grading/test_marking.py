"""Marks are fair: right is right, each mistake has its hint, and no card tells of hidden inputs."""

import ast
import builtins
import dis
import re
from dataclasses import replace
from itertools import chain, cycle
from types import CodeType, FunctionType

import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab._sources import plain_source
from nnlab.exercises import catalogue
from nnlab.exercises.answers import Answer, collect
from nnlab.exercises.card import card_html, card_text
from nnlab.exercises.checking import PUBLIC_SEED
from nnlab.exercises.proving import problems
from nnlab.exercises.specification import Part
from nnlab.exercises.verdict import judge, prepared_cases
from nnlab.grading import marking
from nnlab.grading.assignment import Assignment
from nnlab.grading.jobs import Cell, Job, Level, Limits
from nnlab.grading.marking import mark, mark_unreadable
from nnlab.grading.secret import Secret
from nnlab.grading.solutions import Solutions
from nnlab.grading.submission import Submission, SubmittedCell, read_submission

sandboxes = pytest.importorskip("nnlab.grading.sandbox", reason="no sandbox on this system")

SECRET = Secret(bytes(range(32)))
STUDENTS = ("anna", "bert", "carl", "dora", "emil")
LESSONS = {lesson.name: lesson for lesson in Assignment.lessons() if lesson.tasks}
TASKS = {task.name: (lesson, task) for lesson in LESSONS.values() for task in lesson.tasks}

STUB = "def mse(y, prediction):\n    raise NotImplementedError"
GOOD = "def mse(y, prediction):\n    return ((y - prediction) ** 2).mean()"
SUM = "def mse(y, prediction):\n    return ((y - prediction) ** 2).sum()"


@pytest.fixture(scope="module")
def sandbox():
    with sandboxes.Sandbox() as made:
        yield made


def lesson_cells(name):
    return read_submission((lessons_dir() / f"{name}.ipynb").read_bytes()).cells


def handed_in(lesson, sources):
    """Return a lesson in which the solution cells of some exercises have been written."""
    written = {task.solution_id: sources.get(task.name) for task in lesson.tasks}
    return Submission(
        tuple(
            replace(cell, source=written.get(cell.grade_id) or cell.source)
            for cell in lesson_cells(lesson.name)
        )
    )


def code(source, grade_id=""):
    return SubmittedCell("code", source, grade_id)


def small(*cells):
    """Return a notebook with these cells, between the course's first cell and the check."""
    return Submission(
        (code("import numpy as np"), *cells, code('check("01.mse", mse)', "01-mse-check"))
    )


LESSON_01 = LESSONS["01_task_setup"]
ONLY_MSE = replace(
    LESSON_01,
    tasks=tuple(task for task in LESSON_01.tasks if task.name == "01.mse"),
    given={"import numpy as np": "import numpy as np"},
)


def mark_mse(sandbox, *cells, student="anna", assignment=ONLY_MSE):
    """Return verdict and notes on a notebook in which only mse is asked for."""
    marks = mark(small(*cells), assignment, student, SECRET, sandbox)
    (one,) = marks.marks
    return one.verdict, marks.notes


# Every exercise ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LESSONS)
def test_solutions_earn_everything_and_untouched_lessons_nothing(name, sandbox):
    lesson = LESSONS[name]
    untouched = mark(Submission(lesson_cells(name)), lesson, "anna", SECRET, sandbox)
    assert {one.verdict.state for one in untouched.marks} == {"not attempted"}
    assert untouched.points == 0
    sources = {task.name: task.exercise.solution_source for task in lesson.tasks}
    marks = mark(handed_in(lesson, sources), lesson, "anna", SECRET, sandbox)
    assert {one.verdict.state for one in marks.marks} == {"right"}
    assert marks.points == marks.max_points == lesson.max_points
    assert (marks.notes, marks.level) == ((), sandbox.level.label)
    assert [one.source for one in marks.marks] == list(sources.values())


def standalone(function, entry):
    """Return the source of a function under another name, or None if it needs the engine.

    Functions made by functions are not tried: their source is that of all of them.
    """
    found = {}
    if not gather(function, found):
        return None
    source = "\n".join(found.values())
    if function.__name__ == entry:
        return f"import numpy as np\n{source}"
    # A mistake may call the right function, which has the name that is asked for.
    source = re.sub(rf"\b{entry}\b", f"right_{entry}", source)
    return f"import numpy as np\n{source}\n{entry} = {function.__name__}\n"


def gather(function, found):
    """Collect the source of a function and of what it uses, if all have one."""
    if function.__closure__ is not None or not function.__module__.startswith("nnlab.exercises"):
        return False
    source = plain_source(function)
    definition = ast.parse(source).body[0]
    if not isinstance(definition, ast.FunctionDef) or definition.name != function.__name__:
        return False
    found[function.__name__] = source
    for name in outside(function.__code__) - {"np"} - found.keys():
        thing = function.__globals__[name]
        if type(thing) in (int, float, str, tuple):
            found[name] = f"{name} = {thing!r}\n"
        elif not isinstance(thing, FunctionType) or not gather(thing, found):
            return False
    return True


def outside(code):
    """Return the global names that code looks up and Python does not have."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname == "LOAD_GLOBAL"}
    nested = [outside(constant) for constant in code.co_consts if isinstance(constant, CodeType)]
    return (names - set(dir(builtins))).union(*nested)


ALONE = [
    (exercise.name, function.__name__, hint, source)
    for exercise in catalogue.exercises().values()
    for function, hint in [
        *((mistake.function, mistake.hint) for mistake in exercise.mistakes),
        *((equivalent, None) for equivalent in exercise.equivalents),
    ]
    if (source := standalone(function, exercise.entry)) is not None
]


def test_most_mistakes_and_equivalents_stand_alone():
    assert len(ALONE) > 200
    assert len({name for name, *_ in ALONE}) > 30


@pytest.mark.parametrize("name", sorted({name for name, *_ in ALONE}))
def test_equivalents_pass_and_mistakes_get_their_own_hint(name, sandbox):
    lesson, task = TASKS[name]
    lesson = replace(lesson, tasks=(task,))
    alone = [rest for of, *rest in ALONE if of == name]
    for (function, hint, source), student in zip(alone, cycle(STUDENTS), strict=False):
        marks = mark(handed_in(lesson, {name: source}), lesson, student, SECRET, sandbox)
        verdict = marks.marks[0].verdict
        assert verdict.hint == hint, (function, student)
        assert (verdict.state == "right") == (hint is None), (function, student)
        assert verdict.points < task.points or hint is None, (function, student)


@pytest.mark.parametrize("name", TASKS)
def test_every_specification_holds_on_the_inputs_of_students(name):
    seeds = [SECRET.seed(name, student) for student in STUDENTS]
    assert problems(catalogue.exercise(name), seeds) == []


# Which cells count -------------------------------------------------------------------------------


def test_a_missing_or_empty_cell_is_not_attempted(sandbox):
    verdict, notes = mark_mse(sandbox)
    assert (verdict.state, verdict.points) == ("not attempted", 0)
    assert notes == ("the cell 01-mse was missing",)
    verdict, notes = mark_mse(sandbox, code(" \n", "01-mse"))
    assert verdict.state == "not attempted"
    assert notes == ("the cell 01-mse was empty",)


@pytest.mark.parametrize(
    "stub",
    [
        STUB,
        "def mse(y, prediction):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
        "# YOUR CODE HERE\nraise NotImplementedError()",
        "raise NotImplementedError",
        "def mse(y, prediction):\n    ...",
    ],
)
def test_stubs_of_every_make_are_not_attempted(sandbox, stub):
    assert mark_mse(sandbox, code(stub, "01-mse"))[0].state == "not attempted"


def test_of_cells_with_one_name_the_last_counts(sandbox):
    verdict, notes = mark_mse(sandbox, code(GOOD, "01-mse"), code(SUM, "01-mse"))
    assert verdict.state == "wrong"
    assert notes == ("2 cells were called 01-mse; the last one counts",)
    assert mark_mse(sandbox, code(SUM, "01-mse"), code(GOOD, "01-mse"))[0].state == "right"


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_a_cell_that_became_text_counts(sandbox, kind):
    verdict, notes = mark_mse(sandbox, SubmittedCell(kind, GOOD, "01-mse"))
    assert verdict.state == "right"
    assert notes == ("the cell 01-mse was no code cell any more; its text was marked",)


def test_a_notebook_without_names_is_marked_by_what_it_defines(sandbox):
    nameless = Submission((code(GOOD), code('check("01.mse", mse)')))
    marks = mark(nameless, ONLY_MSE, "anna", SECRET, sandbox)
    assert marks.marks[0].verdict.state == "right"
    assert marks.marks[0].source == GOOD
    assert "cell 1 of the notebook defines mse" in marks.notes[1]


def test_a_solution_in_a_cell_of_its_own_is_found(sandbox):
    verdict, notes = mark_mse(sandbox, code(STUB, "01-mse"), code(GOOD))
    assert verdict.state == "right"
    assert notes == (
        "the cell 01-mse does not solve the exercise, but cell 3 of the notebook defines mse; that "
        "one was marked",
    )
    stub = LESSON_01.stubs["01-mse"]
    assert mark_mse(sandbox, code(stub), code(GOOD))[0].state == "right"
    verdict, notes = mark_mse(sandbox, code(STUB, "01-mse"), code(GOOD), code(SUM))
    assert verdict.state == "not attempted"
    assert notes[-1].endswith("2 other cells define mse; none of them was marked")
    # Written, if wrongly: then it is this cell that was handed in.
    assert mark_mse(sandbox, code(SUM, "01-mse"), code(GOOD))[0].state == "wrong"


def test_helpers_may_stand_anywhere_before_the_check(sandbox):
    own = code("def mse(y, prediction):\n    return half(y - prediction) * 2", "01-mse")
    helper = code(
        "import math\nprint(undefined)\nbroken = 1 / 0\ndef half(d): return (d * d).mean() / 2"
    )
    assert mark_mse(sandbox, helper, own)[0].state == "right"
    assert mark_mse(sandbox, own, helper)[0].state == "right"
    after = (*small(own).cells, helper)
    marks = mark(Submission(after), ONLY_MSE, "anna", SECRET, sandbox)
    assert marks.marks[0].verdict.state == "wrong"


def test_helpers_in_earlier_solutions_count(sandbox):
    lesson = replace(LESSON_01, tasks=LESSON_01.tasks[:2])
    sources = {
        "01.mse": "def mean(a):\n    return a.sum() / a.size\n" + GOOD,
        "01.mae": "def mae(y, prediction):\n    return mean(abs(y - prediction))",
    }
    marks = mark(handed_in(lesson, sources), lesson, "anna", SECRET, sandbox)
    assert [one.verdict.state for one in marks.marks] == ["right", "right"]


def test_the_courses_own_definitions_are_there_and_its_other_statements_are_not_run(sandbox):
    given = "from math import fsum\ndef mean(a):\n    return fsum(a) / a.size"
    own = "def mse(y, prediction):\n    return mean((y - prediction) ** 2)"
    kept = replace(ONLY_MSE, given={given + "\nmean = None": given})
    assert (
        mark_mse(sandbox, code(given + "\nmean = None  "), code(own, "01-mse"), assignment=kept)[
            0
        ].state
        == "right"
    )


def test_ipythons_own_lines_do_no_harm(sandbox):
    assert (
        mark_mse(sandbox, code("%%time\n%matplotlib inline\n" + GOOD, "01-mse"))[0].state == "right"
    )


def test_a_solution_runs_once_and_last():
    (task,) = ONLY_MSE.tasks
    cells = (code("helper = 1"), code(GOOD, "01-mse"), code("later = 1"))
    solutions = Solutions(small(*cells), ONLY_MSE)
    assert solutions.code(task, solutions.place(task)) == (
        Cell("import numpy as np", extra=True),
        Cell("helper = 1", extra=True),
        Cell("later = 1", extra=True),
        Cell(GOOD),
    )


def test_code_in_the_place_of_a_check_is_not_run(sandbox):
    cells = (code(STUB, "01-mse"), code(GOOD, "01-mse-check"), code("", "01-mse-check"))
    assert mark_mse(sandbox, *cells)[0].state == "not attempted"


# Points ------------------------------------------------------------------------------------------


def test_points_are_scaled_to_what_the_cell_is_worth(sandbox):
    (task,) = ONLY_MSE.tasks
    worth = replace(ONLY_MSE, tasks=(replace(task, points=5.0),), by_hand=("essay",))
    verdict, notes = mark_mse(sandbox, code(GOOD, "01-mse"), assignment=worth)
    assert (verdict.points, verdict.max_points) == (5.0, 5.0)
    assert sum(part.points for part in verdict.parts) == 5.0
    assert notes == ("the cell essay is marked by hand",)
    lesson, task = TASKS["01.softmax"]
    weighed = replace(lesson, tasks=(replace(task, points=10.0),))
    naive = "def softmax(z):\n    e = np.exp(z)\n    return e / e.sum(axis=1, keepdims=True)"
    marks = mark(handed_in(lesson, {"01.softmax": naive}), weighed, "anna", SECRET, sandbox)
    assert marks.marks[0].verdict.state == "partly right"
    assert 0 < marks.points < 10.0 == marks.max_points
    free = replace(lesson, tasks=(replace(task, points=0.0),))
    marks = mark(handed_in(lesson, {"01.softmax": naive}), free, "anna", SECRET, sandbox)
    assert (marks.points, marks.max_points) == (0, 0)


def test_a_file_that_cannot_be_read_is_not_attempted():
    marks = mark_unreadable("the file is empty", LESSON_01, "anna", Level.LANDLOCK)
    assert {one.verdict.state for one in marks.marks} == {"not attempted"}
    assert (marks.points, marks.max_points, marks.level) == (0, 18, "landlock")
    assert marks.unreadable == "the file is empty"


# What the student sees ---------------------------------------------------------------------------


def inputs(name, seed):
    cases = prepared_cases(catalogue.exercise(name), seed)
    return list(chain.from_iterable(chain.from_iterable(cases)))


def hidden(name="01.mse", student="anna"):
    return inputs(name, SECRET.seed(name, student))


def traces(values):
    """Return what the numbers of inputs look like when printed, rounded or not."""
    texts = set()
    for value in values:
        for number in np.abs(np.ravel(np.asarray(value, float))):
            if np.isfinite(number) and number != round(number, 3):
                texts |= {f"{number:.4f}", f"{number:.12f}"[:6]}
    return texts


def told(marks):
    """Return all that a student may get to see of marks."""
    shown = replace(marks, marks=tuple(replace(one, source="") for one in marks.marks))
    verdicts = [one.verdict for one in marks.marks]
    return "\n".join([repr(shown), *map(card_html, verdicts), *map(card_text, verdicts)])


def test_this_test_would_find_a_leak():
    exercise = catalogue.exercise("01.mse")
    seed = SECRET.seed("01.mse", "anna")

    def leaking(y, prediction):
        raise ValueError(str(y))

    answers = collect(leaking, chain.from_iterable(prepared_cases(exercise, seed)))
    card = card_text(judge(exercise, answers, seed))
    found = traces(hidden()) - traces(inputs("01.mse", PUBLIC_SEED))
    assert len(found) > 20
    assert any(text in card for text in found)
    assert not any(text in card_text(judge(exercise, answers, seed)) for text in {"no such"})


LEAKS = {
    "in the message": "    raise ValueError(str(y) + str(prediction))",
    "in the name of a class": "    raise type('E' + str(y), (Exception,), {})",
    "in the name of a built-in one": "    raise type('ValueError', (Exception,), {})(repr(y))",
    "in the result": "    return np.concatenate([y, prediction])",
    "in a text": "    return str(y)",
    "in the keys of a dict": "    return {str(float(v)): 1 for v in y}",
    "in a foreign type": "    return type('T' + str(y), (), {})()",
    "from calls before": "    seen.append(y)\n    raise ValueError(str(seen))",
    "only where it counts": "    if known(y): return ((y - prediction) ** 2).mean()\n"
    "    raise type('E' + str(y), (Exception,), {})(str(y))",
    "in a result that counts": "    if known(y): return ((y - prediction) ** 2).mean()\n"
    "    return y",
}


@pytest.mark.parametrize("leak", LEAKS)
def test_cards_tell_nothing_of_hidden_inputs(sandbox, leak):
    public = [y.tobytes().hex() for y in inputs("01.mse", PUBLIC_SEED)]
    source = (
        f"seen = []\npublic = {public}\n"
        "def known(y):\n    return y.tobytes().hex() in public\n"
        f"def mse(y, prediction):\n{LEAKS[leak]}"
    )
    marks = mark(small(code(source, "01-mse")), ONLY_MSE, "anna", SECRET, sandbox)
    verdict = marks.marks[0].verdict
    assert verdict.points == 0
    assert verdict.failure is not None
    text = told(marks)
    assert not [t for t in traces(hidden()) - traces(inputs("01.mse", PUBLIC_SEED)) if t in text]
    if "counts" in leak:
        assert "other than those in the notebook" in verdict.failure.said
        assert verdict.failure.inputs == ()
        assert (verdict.failure.returned, verdict.failure.expected) == ("", "")
    else:  # what is wrong in the notebook too is shown with the notebook's inputs
        assert verdict.failure.inputs


def test_cells_that_look_for_the_inputs_find_none_of_the_hidden_ones(sandbox):
    """An error of a cell carries what lies in the worker's memory, such as the inputs."""
    source = (
        "import sys\n"
        "found, frame = [], sys._getframe()\n"
        "while frame is not None:\n"
        "    found += [repr(v) for v in frame.f_locals.values() if type(v) is list]\n"
        "    frame = frame.f_back\n"
        "raise RuntimeError(''.join(t for t in found if 'array' in t))\n"
    )
    marks = mark(small(code(source, "01-mse")), ONLY_MSE, "anna", SECRET, sandbox)
    said = marks.marks[0].verdict.failure.said
    assert "RuntimeError" in said
    if "array" in said:  # those of the notebook, which everybody knows
        assert any(t in said for t in traces(inputs("01.mse", PUBLIC_SEED)))
    text = told(marks)
    assert not [t for t in traces(hidden()) - traces(inputs("01.mse", PUBLIC_SEED)) if t in text]


def test_memory_holds_nothing_of_the_run_before(sandbox):
    """The run that cards quote follows the one with the hidden inputs; so do other students'."""
    hunt = (
        "import numpy as np\n"
        "def hunt(number, text):\n"
        "    sizes = [1 << k for k in range(6, 18)] * 4\n"
        "    found = b''.join([np.empty(size, np.uint8).tobytes() for size in sizes])\n"
        "    return found.count(number), found.count(text[::-1].encode())\n"
    )
    number = 1234.5678901
    before = "ThisIsSomebodysSolution"
    cases = tuple((np.full(n, number),) for n in (3, 100, 2000, 20000))
    for _ in range(3):
        sandbox.run(Job((Cell(f"def f(x): return x  # {before * 50}"),), "f", cases))
        # Its own inputs must not hold what it looks for.
        half = np.frombuffer(np.float64(number).tobytes(), np.uint8).astype(float)
        source = hunt.replace("found.count(number)", "found.count(bytes(map(int, number)))")
        run = sandbox.run(Job((Cell(source),), "hunt", ((half, before[::-1]),)))
        assert run.answers[0].value == (0, 0)


def test_the_kind_of_error_is_told_if_it_is_pythons_own(sandbox):
    public = [y.tobytes().hex() for y in inputs("01.mse", PUBLIC_SEED)]
    source = (
        "def mse(y, prediction):\n"
        f"    if y.tobytes().hex() in {public}: return ((y - prediction) ** 2).mean()\n"
        "    raise {}"
    )
    own = "type('E', (Exception,), dict())"
    for error, expected in [("ZeroDivisionError('x')", "ZeroDivisionError"), (own, "its own kind")]:
        verdict, _ = mark_mse(sandbox, code(source.format(error), "01-mse"))
        assert expected in verdict.failure.said
        assert "stops with" in verdict.failure.said


def test_an_error_that_is_expected_is_not_blamed():
    def root(x):
        if x < 0:
            raise ValueError("negative")
        return x**0.5

    exercise = replace(
        catalogue.exercise("01.mse"),
        reference=root,
        parts=(Part("roots", 1, lambda rng: [(-1.0,), (4.0,)]),),
    )
    expected, other = Answer("error", type="ValueError"), Answer("error", type="KeyError")
    right = Answer("value", 2.0)
    assert marking._first_error(exercise, 0, [expected, right], 0) is None
    assert marking._first_error(exercise, 0, [other, right], 0) == "KeyError"
    assert marking._first_error(exercise, 0, [expected, expected], 0) == "ValueError"


def test_a_part_that_is_right_is_not_shown_as_wrong(sandbox):
    """Right on hidden inputs and wrong in the notebook, or the other way round."""
    lesson, task = TASKS["01.softmax"]
    public = [z.tobytes().hex() for z in inputs("01.softmax", PUBLIC_SEED)]
    source = (
        "def softmax(z):\n"
        f"    known, large = z.tobytes().hex() in {public}, abs(z).max() > 100\n"
        "    e = np.exp(z - z.max(axis=1, keepdims=True))\n"
        "    p = e / e.sum(axis=1, keepdims=True)\n"
        "    return p if known != large else p + 1\n"
    )
    submission = handed_in(lesson, {"01.softmax": source})
    marks = mark(submission, replace(lesson, tasks=(task,)), "anna", SECRET, sandbox)
    verdict = marks.marks[0].verdict
    assert verdict.state == "partly right"
    wrong = [part.title for part in verdict.parts if part.state == "wrong"]
    assert verdict.failure.part == wrong[0]
    assert "other than those in the notebook" in verdict.failure.said


def test_a_cell_that_is_not_python_is_wrong_and_says_so(sandbox):
    for source, expected in [
        ("def mse(y, prediction) return 1", "SyntaxError"),
        ("x = 1 / 0\n" + GOOD, "ZeroDivisionError"),
        ("def mean_squared(y, prediction):\n    return 1", "mse"),
        ("mse = 3", "mse"),
    ]:
        verdict, _ = mark_mse(sandbox, code(source, "01-mse"))
        assert (verdict.state, verdict.points) == ("wrong", 0)
        assert {part.state for part in verdict.parts} == {"wrong"}
        assert expected in verdict.failure.said


def test_an_earlier_cell_that_fails_costs_only_itself(sandbox):
    lesson = replace(LESSON_01, tasks=LESSON_01.tasks[:2])
    good = "def mae(y, prediction):\n    return abs(y - prediction).mean()"
    marks = mark(
        handed_in(lesson, {"01.mse": "def mse(:", "01.mae": good}), lesson, "a", SECRET, sandbox
    )
    assert [one.verdict.state for one in marks.marks] == ["wrong", "right"]


@pytest.mark.parametrize(
    ("body", "ended"),
    [("while True: pass", "time"), ("__import__('os')._exit(3)", "died")],
)
def test_runs_that_end_early_say_so(body, ended):
    with sandboxes.Sandbox(limits=Limits(wall=1.0, call=0.2)) as sandbox:
        submission = small(code(f"def mse(y, prediction):\n    {body}", "01-mse"))
        (one,) = mark(submission, ONLY_MSE, "anna", SECRET, sandbox).marks
    assert one.ended == ended
    assert one.verdict.state == "wrong"
    assert one.verdict.failure.said in marking._ENDED.values()
    assert one.verdict.failure.inputs == ()


# Always the same ---------------------------------------------------------------------------------


def test_the_same_submission_gives_the_same_bytes(sandbox):
    sources = {
        "01.mse": SUM,
        "01.mae": "def mae(y, prediction):\n    raise ValueError(object())",
        "01.sigmoid": "def sigmoid(z):\n    return repr(object())",
        "01.softmax": "def softmax(z):\n    return {1, 2}",
        "01.goal": "def choose(task):\n    return ('linear', 'mse')",
    }
    submission = handed_in(LESSON_01, sources)
    first, second = (mark(submission, LESSON_01, "anna", SECRET, sandbox) for _ in range(2))
    assert first == second
    assert told(first) == told(second)
    assert "object at 0x…" in told(first)
    assert not re.search("0x[0-9a-f]{6}", told(first))


def test_hidden_inputs_differ_from_student_to_student_and_from_the_notebook():
    texts = [traces(hidden(student=student)) for student in STUDENTS]
    texts.append(traces(inputs("01.mse", PUBLIC_SEED)))
    for i, some in enumerate(texts):
        assert all(len(some & others) < len(some) / 10 for others in texts[:i])


def test_answers_learnt_by_heart_earn_nothing(sandbox):
    public = prepared_cases(catalogue.exercise("01.mse"), PUBLIC_SEED)
    table = {y.tobytes().hex(): float(((y - p) ** 2).mean()) for part in public for y, p in part}
    source = f"def mse(y, prediction):\n    return {table}.get(y.tobytes().hex(), 0.0)"
    assert mark_mse(sandbox, code(source, "01-mse"))[0].points == 0


def test_an_answer_that_breaks_the_judge_costs_only_its_own_student(sandbox, monkeypatch):
    def broken(*arguments):
        raise RecursionError

    monkeypatch.setattr(marking, "judge", broken)
    verdict, _ = mark_mse(sandbox, code(GOOD, "01-mse"))
    assert verdict.state == "wrong"
    assert "cannot be judged" in verdict.failure.said
