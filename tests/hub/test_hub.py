"""A class on a real JupyterHub: all hand out, solve and mark through servers of their own."""

import re

import nbformat
import pytest

from nnlab.exercises.catalogue import exercise
from nnlab.exercises.printing import show
from nnlab.grading.assignment import Assignment
from nnlab.grading.classroom import SECRET_FILE, set_up
from nnlab.grading.secret import Secret

pytestmark = pytest.mark.hub

COURSE, LESSON = "nets", "01_task_setup"
TEACHER, RIGHT, PARTLY = "teacher", "ada", "grace"
WRONG = {"01.mse": "def mse(y, prediction):\n    return np.sum((y - prediction) ** 2)\n"}
HINT = "This is a sum; it grows with the number of examples."


@pytest.fixture
def hub(running_hub, tmp_path):
    class_folder = tmp_path / "homes" / TEACHER / COURSE
    set_up(class_folder, COURSE, [LESSON])
    with running_hub(tmp_path, COURSE, TEACHER, (RIGHT, PARTLY), class_folder) as hub:
        yield hub
    assert not hub.processes()


def teach(teacher, path):
    """Press a button of the formgrader."""
    answer = teacher.ask("POST", f"/formgrader/api{path}")
    assert answer["success"], f"{path}: {answer.get('log')}\n{answer.get('error')}"


def listed(student, action=None):
    """Return the state of the lesson in the student's list, after an action if there is one."""
    names = {"course_id": COURSE, "assignment_id": LESSON}
    if action is None:
        answer = student.ask("GET", f"/assignments?course_id={COURSE}")
    else:
        answer = student.ask("POST", f"/assignments/{action}", json=names)
    assert answer["success"], answer["value"]
    entries = [one for one in answer["value"] if one["assignment_id"] == LESSON]
    return {one["status"]: one for one in entries}


def solve(student, wrong):
    """Write an answer into every solution cell of the fetched notebook."""
    path = f"/api/contents/{LESSON}/{LESSON}.ipynb"
    notebook = student.ask("GET", path)["content"]
    tasks = Assignment.from_notebook(nbformat.from_dict(notebook), LESSON).tasks
    answers = {
        task.solution_id: wrong.get(task.name, exercise(task.name).solution_source)
        for task in tasks
    }
    for cell in notebook["cells"]:
        marker = cell["metadata"].get("nbgrader", {})
        if marker.get("solution"):
            assert "SOLUTION" not in cell["source"]
            cell["source"] = answers.pop(marker["grade_id"])
    assert not answers
    student.ask("PUT", path, json={"type": "notebook", "content": notebook})
    return tasks


def test_a_class_from_handing_out_to_giving_back(hub):
    with hub.member(TEACHER) as teacher, hub.member(RIGHT) as right, hub.member(PARTLY) as partly:
        teach(teacher, f"/assignment/{LESSON}/assign")
        assert listed(right) == {}
        teach(teacher, f"/assignment/{LESSON}/release")
        assert listed(right).keys() == {"released"}

        for student, wrong in ((right, {}), (partly, WRONG)):
            assert listed(student, "fetch").keys() == {"fetched"}
            tasks = solve(student, wrong)
            assert "submitted" in listed(student, "submit")

        teach(teacher, f"/assignment/{LESSON}/collect")
        collected = teacher.ask("GET", f"/formgrader/api/submissions/{LESSON}")
        assert {one["student"] for one in collected} == {RIGHT, PARTLY}
        for student in (RIGHT, PARTLY):
            teach(teacher, f"/submission/{LESSON}/{student}/autograde")
        teach(teacher, f"/assignment/{LESSON}/generate_feedback")
        teach(teacher, f"/assignment/{LESSON}/release_feedback")
        pages = {student.name: fetched_feedback(student) for student in (right, partly)}
        own = listed(right)["submitted"]["submissions"]

    class_folder = hub.homes / TEACHER / COURSE
    marks = marks_in(class_folder)
    lost = next(task for task in tasks if task.name in WRONG)
    full = {task.check_id: (task.points, task.points) for task in tasks}
    assert marks == {RIGHT: full, PARTLY: full | {lost.check_id: (0, lost.points)}}

    assert HINT in pages[PARTLY]
    assert HINT not in pages[RIGHT]
    secret = Secret.load(class_folder / SECRET_FILE)
    for student, page in pages.items():
        assert secret.key.hex() not in page
        hidden = hidden_inputs(secret, student, tasks)
        assert len(hidden) > 100
        seen = hidden & neighbours(page)
        assert not seen, f"the feedback of {student} shows hidden inputs: {seen}"

    # In nobody's list and nobody's home is the work of another one.
    assert {one["student_id"] for one in own} == {RIGHT}
    assert not list((hub.homes / RIGHT).rglob(f"*{PARTLY}*"))


def marks_in(class_folder):
    """Return points and possible points of every check, by student."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{class_folder}/gradebook.db", COURSE) as gradebook:
        return {
            name: {
                grade.cell.name: (grade.score, grade.max_score)
                for notebook in gradebook.find_submission(LESSON, name).notebooks
                for grade in notebook.grades
            }
            for name in (RIGHT, PARTLY)
        }


def fetched_feedback(student):
    """Fetch the feedback and return the page, as the student's browser gets it."""
    listed(student, "fetch_feedback")
    folder = student.home / LESSON / "feedback"
    (page,) = (path.relative_to(student.home) for path in folder.glob(f"*/{LESSON}.html"))
    return student.ask("GET", f"/api/contents/{page}")["content"]


def hidden_inputs(secret, student, tasks):
    """Return neighbouring numbers in the inputs on which a student is marked, as a page shows them.

    A number alone could be on a page by chance.
    """
    parts = (part for t in tasks for part in exercise(t.name).cases(secret.seed(t.name, student)))
    texts = [show(value) for part in parts for case in part for value in case]
    return set().union(*map(neighbours, texts))


def neighbours(text):
    numbers = r"(?=(?<![\d.])(\d+\.\d{3,}), +(-?\d+\.\d{3,})(?!\d))"
    return set(re.findall(numbers, text))
