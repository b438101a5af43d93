'''Exercises and questions: specifications, instant checks, hints, solutions, progress.

One module per lesson, ``lesson_NN.py``, defines at its top level one `Lesson`, any number of
`Exercise` and any number of `Quiz`; `catalogue` finds them. `proving` says what the tests demand
of every exercise: full points for the reference, the solution and every equivalent; "not
attempted" for an untouched stub; for each of at least four known mistakes its own hint, on five
seeds.

In a lesson's MyST source an exercise is two cells: a stub that nbgrader may collect, and a locked
grade cell whose last line is the call of `check`. ``points`` is the exercise's `max_points`,
``grade_id`` is unique in the notebook::

    ```{code-cell} ipython3
    ---
    nbgrader: {grade: false, grade_id: 01-mse, locked: false, schema_version: 3,
               solution: true, task: false}
    ---
    def mse(y, prediction):
        """Mean squared error of n predictions, a number."""
        ### BEGIN SOLUTION
        raise NotImplementedError
        ### END SOLUTION
    ```

    ```{code-cell} ipython3
    ---
    nbgrader: {grade: true, grade_id: 01-mse-check, locked: true, points: 3,
               schema_version: 3, solution: false, task: false}
    ---
    check("01.mse", mse)
    ```

When nbgrader hands a lesson out, it replaces what stands between the two marker lines; without them
it would replace the whole cell. Code that a student needs (a bug to spot, a form to fill in) stands
outside, above an empty pair of markers.

A question is one cell, ``quiz("01.q_confident")``. The notebook starts with
``from nnlab.exercises import check, hint, quiz, solution``.
'''

from nnlab.exercises.catalogue import Lesson, exercises, lessons, quizzes
from nnlab.exercises.checking import CheckFailedError, Score, check
from nnlab.exercises.course_map import progress
from nnlab.exercises.hints import hint, solution
from nnlab.exercises.lecture import lecture
from nnlab.exercises.properties import between, sums_to
from nnlab.exercises.quiz import Option, Quiz, quiz
from nnlab.exercises.specification import Exercise, Mistake, Part

__all__ = [
    "CheckFailedError",
    "Exercise",
    "Lesson",
    "Mistake",
    "Option",
    "Part",
    "Quiz",
    "Score",
    "between",
    "check",
    "exercises",
    "hint",
    "lecture",
    "lessons",
    "progress",
    "quiz",
    "quizzes",
    "solution",
    "sums_to",
]
