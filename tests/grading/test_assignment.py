"""What a notebook asks for is read off its cells; a teacher's slip gets a sentence."""

import pickle

import nbformat
import pytest

from nnlab._resources import lessons_dir
from nnlab.exercises import catalogue
from nnlab.grading.assignment import Assignment, comparable
from nnlab.grading.submission import Submission, SubmittedCell, read_submission

STUB = "def mse(y, prediction):\n    raise NotImplementedError"


def cell(source, grade_id=None, kind="code", **described):
    metadata = {"nbgrader": {"grade_id": grade_id, **described}} if grade_id is not None else {}
    return {"cell_type": kind, "source": source, "metadata": metadata}


def solution(grade_id="s", source=STUB, **more):
    return cell(source, grade_id, solution=True, grade=False, locked=False, **more)


def check(grade_id="c", source='check("01.mse", mse)', points=1, **more):
    return cell(
        source, grade_id, grade=True, solution=False, locked=True, **{"points": points, **more}
    )


def read(*cells):
    return Assignment.from_notebook({"cells": list(cells), "nbformat": 4}, "week-1")


def test_all_bundled_lessons_are_read_and_no_exercise_is_forgotten():
    lessons = Assignment.lessons()
    assert [lesson.name for lesson in lessons] == [
        path.stem for path in sorted(lessons_dir().glob("*.ipynb"))
    ]
    tasks = [task for lesson in lessons for task in lesson.tasks]
    assert sorted(task.name for task in tasks) == sorted(catalogue.exercises())
    for task in tasks:
        assert task.points == task.exercise.max_points
        assert task.check_id == f"{task.solution_id}-check"
    assert not any(lesson.by_hand for lesson in lessons)


@pytest.mark.parametrize("name", [path.stem for path in sorted(lessons_dir().glob("*.ipynb"))])
def test_a_lesson_handed_out_asks_for_the_same_as_its_source(name):
    preprocessors = pytest.importorskip(
        "nbgrader.preprocessors", reason="nbgrader is not installed (extra [grading])"
    )
    notebook = nbformat.read(lessons_dir() / f"{name}.ipynb", as_version=4)
    released, _ = preprocessors.ClearSolutions().preprocess(notebook, {})
    source, handed_out = Assignment.of_lesson(name), Assignment.from_notebook(released, name)
    assert handed_out.tasks == source.tasks
    assert handed_out.locked == source.locked
    assert handed_out.given == source.given
    assert handed_out.stubs.keys() == source.stubs.keys()
    assert not any("BEGIN SOLUTION" in stub for stub in handed_out.stubs.values())


def test_an_assignment_can_be_sent_to_another_process():
    lesson = Assignment.of_lesson("01_task_setup")
    assert pickle.loads(pickle.dumps(lesson)) == lesson


def test_an_unknown_lesson_is_named_with_similar_ones():
    with pytest.raises(ValueError, match="did you mean '01_task_setup'"):
        Assignment.of_lesson("01_tasks_setup")


def test_cells_are_told_apart():
    asked = read(
        cell("# Title", kind="markdown"),
        cell("import numpy as np\nfrom nnlab import losses, \\\n    metrics\nx = np.ones(3)"),
        cell("%matplotlib inline"),
        cell("def helper(a):\n    return a  # one\nhelper(1)", "given", locked=True),
        solution(),
        check(points=4),
        check("tests", "assert mse(1, 1) == 0"),
        cell("Your text", "essay", kind="markdown", grade=True, solution=True, points=2),
        cell("draw", "plot", grade=True, solution=True, points=2),
        cell("Do it", "task", kind="markdown", task=True, points=2),
        cell("Read this", "text", kind="markdown", locked=True),
    )
    (task,) = asked.tasks
    assert (task.name, task.check_id, task.solution_id, task.points) == ("01.mse", "c", "s", 4.0)
    assert asked.max_points == 4
    assert asked.by_hand == ("tests", "essay", "plot", "task")
    assert asked.locked == {"given", "c", "tests", "task", "text"}
    assert asked.stubs == {"s": STUB}
    assert list(asked.given.values()) == [
        "import numpy as np",
        "",
        "def helper(a):\n    return a",
    ]


@pytest.mark.parametrize(
    "source",
    [
        'check("01.mse", mse)',
        "\n# The check.\ncheck('01.mse', mse)  # do not edit\n\n",
        'check(\n    "01.mse",\n    mse,\n)',
        '(check("01.mse", mse))',
        ['check("01.mse",', " mse)"],
    ],
)
def test_a_check_may_be_written_in_any_layout(source):
    assert read(solution(), check(source=source)).tasks[0].name == "01.mse"


@pytest.mark.parametrize(
    "source",
    [
        'check("01.mse", mse); x = 1',
        'score = check("01.mse", mse)',
        'check("01.mse", function=mse)',
        'check("01.mse", lambda y, p: 0)',
        'check("01." + "mse", mse)',
        "check(name, mse)",
        'nnlab.check("01.mse", mse)',
        'check("01.mse", mse) + 1',
        'check("01.mse", *[mse])',
        "check(1, mse)",
        "not python",
        "",
    ],
)
def test_anything_else_that_gives_points_is_marked_by_hand(source):
    asked = read(solution(), check(source=source))
    assert asked.tasks == ()
    assert asked.by_hand == ("c",)


def test_the_solution_is_the_last_cell_before_that_defines_the_function():
    other = "def helper():\n    pass"
    assert read(solution("a"), solution("b"), check()).tasks[0].solution_id == "b"
    assert read(solution("a"), solution("b", other), check()).tasks[0].solution_id == "a"
    lambda_ = "mse = lambda y, p: ..."
    assert read(solution("a", lambda_), solution("b", other), check()).tasks[0].solution_id == "a"
    # A cell that nbgrader has emptied defines nothing; then the closest is meant.
    empty = "# YOUR CODE HERE\nraise NotImplementedError()"
    assert read(solution("a", other), solution("b", empty), check()).tasks[0].solution_id == "b"
    text = solution("b", kind="markdown")
    assert read(solution("a"), text, check()).tasks[0].solution_id == "a"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([solution(), check(source='check("01.msee", mse)')], "'c' checks an unknown exercise"),
        ([solution(), check(source='check("01.mse", f)')], "'c' checks 'f', but .* is 'mse'"),
        ([solution(), check(), check("d")], "'d' checks 01.mse, and so does 'c'"),
        ([check(), solution()], "'c' checks 01.mse, but there is no solution cell"),
        ([solution(), solution(), check()], "'s' is there twice"),
        ([solution(), check(points=-1)], "'c' has points -1"),
        ([solution(), check(points="2")], "'c' has points '2'"),
        ([solution(), check(points=float("nan"))], "'c' has points nan"),
        ([solution(), check(points=True)], "'c' has points True"),
        ([solution(grade_id="")], "needs a grade_id"),
        ([solution(grade_id=3)], "needs a grade_id"),
    ],
)
def test_a_slip_of_the_teachers_names_the_cell(cells, expected):
    with pytest.raises(ValueError, match=f"week-1: the cell .*{expected}"):
        read(*cells)


def test_an_old_notebook_is_refused():
    with pytest.raises(ValueError, match="nbformat 4 was expected"):
        Assignment.from_notebook({"worksheets": []}, "old")


def test_a_submission_is_recognized_by_its_cells_then_by_its_name():
    lesson = Assignment.of_lesson("02_data_splits")
    own = read_submission((lessons_dir() / "02_data_splits.ipynb").read_bytes())
    assert Assignment.find(own) == lesson
    assert Assignment.find(own, "01_task_setup.ipynb") == lesson
    nameless = Submission(tuple(SubmittedCell(one.kind, one.source) for one in own.cells))
    assert Assignment.find(nameless) is None
    assert Assignment.find(nameless, "anna_02_Data_Splits (1).ipynb") == lesson
    assert Assignment.find(nameless, "homework.ipynb") is None
    weeks = [read(solution(), check()), read(solution("t"), check("d"))]
    assert Assignment.find(Submission((SubmittedCell("code", "", "d"),)), "", weeks) is weeks[1]


def test_texts_are_compared_without_what_editors_change():
    assert comparable("a  \r\nb\t\n\n") == comparable("a\nb")
    assert comparable(" a") != comparable("a")
    assert comparable("a\n\nb") != comparable("a\nb")
