"""Tables that Excel, Moodle and Canvas read, and in which no name becomes a formula."""

import csv
import io

import pytest

from nnlab.exercises.verdict import Failure, Verdict
from nnlab.grading import tables
from nnlab.grading.assignment import Assignment, Task
from nnlab.grading.chosen import Entry
from nnlab.grading.marks import Mark, Marks
from nnlab.grading.platforms import Listed, Student

FIRST = Assignment(
    "one", (Task("01.mse", "a-check", "a", 1.0), Task("01.mae", "b-check", "b", 2.0))
)
SECOND = Assignment("two", (Task("02.split", "c-check", "c", 4.0),))


def mark(task, points, said=None, hint=None):
    state = "right" if points == task.points else "wrong"
    failure = Failure("", said, ()) if said else None
    verdict = Verdict(
        task.name, task.name.upper(), "f", points, task.points, state, (), failure, hint=hint
    )
    return Mark(task.check_id, task.solution_id, verdict)


def given(student, assignment, points, unreadable="", notes=()):
    marks = tuple(mark(t, p, "wrong & <b>") for t, p in zip(assignment.tasks, points, strict=True))
    return (
        Entry(student, f"{student.name}/{assignment.name}.ipynb", assignment, None),
        Marks(student.id, assignment.name, marks, "landlock", notes, unreadable),
    )


def rows(text):
    assert text.startswith("\ufeff")
    assert text.endswith("\r\n")
    return list(csv.reader(io.StringIO(text[1:], newline="")))


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "=cmd|' /C calc'!A0"]
)
def test_no_text_becomes_a_formula(text):
    [[cell, harmless, value]] = rows(tables.table([[text, f"a{text}", -1.5]]))
    assert cell == f"'{text}"
    assert harmless == f"a{text}"
    assert value == "-1.5"


def test_numbers_are_written_as_people_write_them():
    values = [2.0, 0.5, 1 / 3, 0.0, 100.0, 1e-9, None, "0"]
    assert rows(tables.table([values])) == [["2", "0.5", "0.333333", "0", "100", "0", "", "0"]]


def test_marks_have_a_row_for_each_notebook_and_a_column_for_each_exercise():
    anna, bob = Student("1", "李, Анна", "plain"), Student("2", "=Bob", "plain")
    listed = [
        Listed("carl/x.pdf", "it is not a notebook", Student("carl", "carl", "plain"), True),
        Listed("anna/x.pdf", "it is not a notebook", anna, True),
        Listed("y.pdf", "it is not a notebook"),
    ]
    all_marks = [
        given(anna, FIRST, [1.0, 0.5], notes=("late", "odd")),
        given(anna, SECOND, [4.0]),
        given(bob, FIRST, [0.0, 0.0], unreadable="it is empty"),
    ]
    exercises = ["01.mse", "01.mae", "02.split"]
    assert rows(tables.marks_table(all_marks, [FIRST, SECOND], listed)) == [
        ["student", "name", "assignment", *exercises, "total", "out of", "notes", "isolation"],
        ["1", "李, Анна", "one", "1", "0.5", "", "1.5", "3", "late; odd", "landlock"],
        ["1", "李, Анна", "two", "", "", "4", "4", "4", "", "landlock"],
        ["2", "'=Bob", "one", "0", "0", "", "0", "3", "not readable: it is empty", "landlock"],
        ["carl", "carl", "", "", "", "", "", "", "carl/x.pdf: it is not a notebook", ""],
    ]


def test_moodle_finds_the_columns_it_looks_for_and_no_grade_where_none_was_read():
    anna, bob = Student("11", "Anna", "moodle"), Student("12", "Bob", "moodle")
    other = Student("13", "x", "plain")
    all_marks = [
        given(anna, FIRST, [1.0, 0.5]),
        given(anna, SECOND, [4.0]),
        given(bob, FIRST, [0.0, 0.0], unreadable="it is <empty>"),
        given(other, FIRST, [1.0, 2.0]),
    ]
    head, *body = rows(tables.moodle_table(all_marks, [FIRST, SECOND]))
    assert {"Identifier", "Grade", "Last modified (grade)", "Feedback comments"} <= set(head)
    found = [dict(zip(head, row, strict=True)) for row in body]
    assert [row["Identifier"] for row in found] == ["Participant 11", "Participant 12"]
    assert [row["Grade"] for row in found] == ["5.5", ""]
    assert {row["Maximum Grade"] for row in found} == {"7"}
    assert found[0]["Feedback comments"] == (
        "01.MSE: 1 of 1<br>01.MAE: 0.5 of 2 – wrong &amp; &lt;b&gt;<br>02.SPLIT: 4 of 4"
    )
    assert "it is &lt;empty&gt;" in found[1]["Feedback comments"]


def test_numbers_of_groups_are_not_taken_for_those_of_students():
    group = given(Student("30", "Group A", "moodle"), FIRST, [1.0, 0.5])
    default = given(Student("Team", "Team", "moodle"), FIRST, [1.0, 2.0])
    assert tables.moodle_table([group], [FIRST])
    assert tables.default_group([group]) == ""
    assert tables.moodle_table([group, default], [FIRST]) == ""
    assert tables.default_group([group, default]) == "Team"


def test_a_hint_is_a_better_comment_than_what_went_wrong():
    student = Student("11", "Anna", "moodle")
    marks = Marks("11", "one", (mark(FIRST.tasks[0], 0.0, "no", "Divide by $n$."),), "limits")
    text = tables.moodle_table([(Entry(student, "x", FIRST, None), marks)], [FIRST])
    assert rows(text)[1][-1] == "01.MSE: 0 of 1 – Divide by $n$."


def test_canvas_finds_its_columns_and_the_points_possible():
    anna, bob = Student("11", "abelanna", "canvas"), Student("12", "bob", "canvas")
    all_marks = [
        given(anna, FIRST, [1.0, 0.5]),
        given(anna, SECOND, [4.0]),
        given(bob, FIRST, [0.0, 0.0], unreadable="it is empty"),
        given(Student("anon_x", "anon_x", "canvas"), FIRST, [1.0, 2.0]),
    ]
    head, possible, *body = rows(tables.canvas_table(all_marks, [FIRST, SECOND]))
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "one", "two"]
    assert possible == ["    Points Possible", "", "", "", "", "3", "4"]
    assert body == [
        ["abelanna", "11", "", "", "", "1.5", "4"],
        ["bob", "12", "", "", "", "", ""],
    ]


def test_without_numbers_of_the_platform_there_is_no_table_for_it():
    all_marks = [
        given(Student("anna", "anna", "plain"), FIRST, [1.0, 0.5]),
        given(Student("anon_x", "anon_x", "canvas"), FIRST, [1.0, 0.5]),
        given(Student("Team", "Team", "moodle"), FIRST, [1.0, 0.5]),
    ]
    assert tables.moodle_table(all_marks, [FIRST]) == ""
    assert tables.canvas_table(all_marks, [FIRST]) == ""


def test_every_file_that_was_not_marked_is_listed_with_the_reason():
    anna = Student("11", "Anna", "moodle")
    all_marks = [
        given(anna, FIRST, [0.0, 0.0], unreadable="it is empty"),
        given(anna, SECOND, [4.0]),
    ]
    listed = [Listed("-x.pdf", "it is not a notebook"), Listed("Anna/z", "it is a pipe", anna)]
    assert rows(tables.not_marked_table(all_marks, listed)) == [
        ["file", "student", "reason"],
        ["'-x.pdf", "", "it is not a notebook"],
        ["Anna/one.ipynb", "Anna (11)", "it is empty"],
        ["Anna/z", "Anna (11)", "it is a pipe"],
    ]
