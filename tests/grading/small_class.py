"""A class of a few students with an assignment of two exercises, and workers that die."""

import inspect
import json
import os
import textwrap
from pathlib import Path

from nnlab.exercises import catalogue
from nnlab.grading.pools import carry_out

EXERCISES = ("01.mse", "01.sigmoid")
LOOP = "def {entry}(*inputs):\n    while True:\n        pass\n"
DEADLY = "# kills the process that marks it"
LOST = "NNLAB_TEST_LOST"
"""Environment variable with a file that exists once a process has died."""
SCRIPT = """
import argparse, sys
from nnlab.grading.command import add_grade_command, GradeError

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    add_grade_command(parser.add_subparsers())
    arguments = parser.parse_args(sys.argv[1:])
    try:
        sys.exit(arguments.run(arguments))
    except GradeError as error:
        sys.exit(f"refused: {error}")
"""
"""The command in a process of its own, which tests may stop."""


def cell(source, **nbgrader):
    metadata = {"nbgrader": {"schema_version": 3, "task": False, **nbgrader}} if nbgrader else {}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"cell-{len(source)}",
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def notebook(write=None):
    """Return an assignment as bytes, with what `write(exercise)` returns in its solution cells."""
    cells = [cell("import numpy as np\nfrom nnlab.exercises import check")]
    for name in EXERCISES:
        exercise = catalogue.exercise(name)
        stub = f"def {exercise.entry}({', '.join(exercise.arguments)}):\n"
        stub += "    raise NotImplementedError"
        grade_id = name.replace(".", "-")
        cells += [
            cell(
                (write and write(exercise)) or stub,
                grade=False,
                grade_id=grade_id,
                locked=False,
                solution=True,
            ),
            cell(
                f'check("{name}", {exercise.entry})',
                grade=True,
                grade_id=f"{grade_id}-check",
                locked=True,
                points=exercise.max_points,
                solution=False,
            ),
        ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content).encode()


def right(exercise):
    return exercise.solution_source


def wrong(exercise):
    """Return the first known mistake as a student would write it."""
    function = exercise.mistakes[0].function
    source = textwrap.dedent(inspect.getsource(function))
    return source.replace(f"def {function.__name__}", f"def {exercise.entry}")


def half(exercise):
    return right(exercise) if exercise.name == EXERCISES[0] else None


def endless(exercise):
    return LOOP.format(entry=exercise.entry)


def deadly(exercise):
    return f"{DEADLY}\n{right(exercise)}"


def write_class(folder, **contents):
    """Write a plain folder of submissions; values are bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    for student, content in contents.items():
        (folder / f"{student}.ipynb").write_bytes(content)
    return folder


def _is_deadly(order):
    return any(DEADLY in one.source for one in order.submission.cells)


def dies(order):
    """Do what `carry_out` does, but die of a deadly notebook."""
    if _is_deadly(order):
        os._exit(1)
    return carry_out(order)


def dies_once(order):
    """Likewise, but only the first time."""
    lost = Path(os.environ[LOST])
    if _is_deadly(order) and not lost.exists():
        lost.touch()
        os._exit(1)
    return carry_out(order)


def stumbles(order):
    """Raise for every notebook."""
    raise OSError("no room left")
