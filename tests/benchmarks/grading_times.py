"""How long checks and marks take, beside what was aimed at and beside stock nbgrader.

The short form marks few submissions; ``--full`` marks a class of 100. Three subjects: a check in
the notebook, for every exercise; a class with ``nnlab grade``; and per submission ``nbgrader
autograde`` with nnlab's plug-ins and with nbgrader's own preprocessors, in the same class folder.
"""

import argparse
import contextlib
import io
import os
import statistics
import sys
import tempfile
import time
from itertools import chain
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy starts
sys.path.insert(0, str(Path(__file__).parent.parent / "browser"))

from nbformat.v4 import new_code_cell, new_notebook
from nbgrader_class import ASSIGNMENT, School, cell, find

from nnlab.exercises import catalogue
from nnlab.exercises.answers import collect
from nnlab.exercises.checking import PUBLIC_SEED
from nnlab.exercises.proving import run_solution
from nnlab.exercises.verdict import judge, prepared_cases
from nnlab.grading.command import add_grade_command

CHECK_GOAL = 1.0  # milliseconds
CLASS_GOAL = 60  # seconds, for 100 submissions of four exercises on two cores
RATIO_GOAL = 1.0  # as fast as stock nbgrader
EXERCISES = ("01.mse", "01.mae", "01.sigmoid", "01.softmax")
STOCK = """
from nbgrader.converters import Autograde
from nbconvert.exporters import NotebookExporter
c.Autograde.exporter_class = NotebookExporter
c.Autograde.sanitize_preprocessors = Autograde.sanitize_preprocessors.default()
c.Autograde.autograde_preprocessors = Autograde.autograde_preprocessors.default()
"""


def check_times():
    """Return the median time of a check in milliseconds, by exercise."""
    times = {}
    for name, exercise in catalogue.exercises().items():
        function = run_solution(exercise)
        spent = []
        for _ in range(12):
            start = time.perf_counter()
            cases = chain.from_iterable(prepared_cases(exercise, PUBLIC_SEED))
            judge(exercise, collect(function, cases), PUBLIC_SEED)
            spent.append(1000 * (time.perf_counter() - start))
        times[name] = statistics.median(spent[2:])  # the first calls prepare what is kept
    return times


def four_exercises():
    """Return the teacher's notebook of an assignment with four exercises."""
    cells = [new_code_cell("import numpy as np\nfrom nnlab.exercises import check")]
    for name in EXERCISES:
        exercise, short = catalogue.exercise(name), name.partition(".")[2]
        stub = f"def {exercise.entry}(*args):\n    ### BEGIN SOLUTION\n    ### END SOLUTION"
        call = f'check("{name}", {exercise.entry})'
        cells += [
            cell("code", stub, short, solution=True),
            cell("code", call, f"{short}-check", grade=True, locked=True,
                 points=exercise.max_points),
        ]  # fmt: skip
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    return notebook


def hand_in(school, count):
    """Let some students hand in, three of four exercises right."""
    for number in range(count):
        notebook = school.released()
        for name in EXERCISES[: 3 + number % 2]:
            solution = catalogue.exercise(name).solution_source
            find(notebook, name.partition(".")[2]).source = f"import numpy as np\n{solution}"
        school.hand_in(f"student-{number:03d}", notebook)


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def grade_class(school):
    """Mark the class with ``nnlab grade`` in two processes."""
    parser = argparse.ArgumentParser()
    add_grade_command(parser.add_subparsers())
    arguments = parser.parse_args([
        "grade", str(school.folder / "submitted"), "--out", str(school.home / "marks"),
        "--assignment", str(school.path("release", ".")), "--jobs", "2",
    ])  # fmt: skip
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = arguments.run(arguments)
    assert code == 0, said.getvalue()


def autograde_times(school, count):
    """Return seconds per submission: with the plug-ins, and with nbgrader's own preprocessors."""
    config = school.folder / "nbgrader_config.py"
    ours = config.read_text()
    spent = {"ours": ([], []), "stock": ([], [])}
    for _ in range(3):
        for name, text in (("ours", ours), ("stock", ours + STOCK)):
            config.write_text(text)
            for times, more in zip(spent[name], (("--student=student-000",), ()), strict=True):
                command = ("autograde", ASSIGNMENT, "--force", *more)
                times.append(seconds(lambda command=command: school.nbgrader(*command)))
    # The command's own start is in both; other work on the computer only ever adds.
    return [(min(all_) - min(one)) / (count - 1) for one, all_ in spent.values()]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="a class of 100")
    full = parser.parse_args().full

    times = check_times()
    over = {name: spent for name, spent in times.items() if spent > CHECK_GOAL}
    print(f"A check in the notebook: median {statistics.median(times.values()):.2f} ms over "
          f"{len(times)} exercises, slowest {max(times.values()):.2f} ms "
          f"(goal: {CHECK_GOAL:g} ms each; {len(over)} over it)")  # fmt: skip
    for name, spent in sorted(over.items(), key=lambda item: -item[1]):
        print(f"    {name:24s} {spent:8.2f} ms (goal: {CHECK_GOAL:g} ms)")

    count, shared = (100, 20) if full else (10, 5)
    with tempfile.TemporaryDirectory() as home:
        school = School(Path(home), four_exercises())
        school.nbgrader("generate_assignment", ASSIGNMENT)
        hand_in(school, count)
        spent = seconds(lambda: grade_class(school))
        print(f"nnlab grade --jobs 2, {count} submissions of {len(EXERCISES)} exercises: "
              f"{spent:.1f} s (goal: {CLASS_GOAL} s for 100)")  # fmt: skip
    with tempfile.TemporaryDirectory() as home:
        school = School(Path(home), four_exercises())
        school.nbgrader("generate_assignment", ASSIGNMENT)
        hand_in(school, shared)
        ours, stock = autograde_times(school, shared)
        print(f"nbgrader autograde, per submission: {ours:.2f} s with nnlab's plug-ins, "
              f"{stock:.2f} s without, ratio {ours / stock:.2f} "
              f"(goal: at most {RATIO_GOAL:g})")  # fmt: skip


if __name__ == "__main__":
    main()
