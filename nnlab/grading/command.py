"""The command ``nnlab grade``: marks for a folder or zip of notebooks, without nbgrader."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from nnlab.grading.refusal import GradeError

if TYPE_CHECKING:
    from nnlab.grading.assignment import Assignment
    from nnlab.grading.jobs import Level
    from nnlab.grading.platforms import Export, Student
    from nnlab.grading.pools import Pool
    from nnlab.grading.runs import Outcome
    from nnlab.grading.secret import Secret

__all__ = ["GradeError", "add_grade_command"]

SECRET = "nnlab-secret"
"""Name of the file with the course's secret, as in a folder that ``nnlab class init`` makes."""

_LEVELS = ("limits", "landlock", "bubblewrap")  # of `nnlab.grading.jobs.Level`, which needs NumPy
_PLATFORMS = ("moodle", "canvas", "plain")  # of `nnlab.grading.platforms.Platform`, likewise
_BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
_SHOWN = 10
"""Problems that are printed; all of them are in a table."""


def add_grade_command(commands: Any) -> None:  # noqa: ANN401 - argparse does not name this type
    """Add ``nnlab grade`` to the commands.

    Parameters
    ----------
    commands : argparse._SubParsersAction
        What `argparse.ArgumentParser.add_subparsers` returned. The command's `run` raises
        `GradeError`.
    """
    parser = commands.add_parser(
        "grade",
        help="mark a folder or zip of notebooks as a learning platform exports them",
        description="Mark the notebooks of a class: a folder or zip as Moodle or Canvas exports "
        "it, one with a folder or notebook per student, or nbgrader's folder submitted. "
        "Written are marks.csv, moodle.csv or canvas.csv to import there, not_marked.csv, a "
        "feedback page for each student and overview.html for the teacher. "
        "A run that was stopped goes on when the same command is given again.",
        allow_abbrev=False,
    )
    parser.add_argument("submissions", metavar="SUBMISSIONS", type=_path, help="folder or zip")
    parser.add_argument(
        "--out", metavar="DIR", type=_path, required=True, help="folder for tables and pages"
    )
    parser.add_argument(
        "--assignment",
        metavar="NOTEBOOK",
        action="append",
        default=[],
        help="the notebook that was set, or the name of a lesson; may be given several times "
        "(default: the lessons of the course)",
    )
    parser.add_argument(
        "--platform",
        choices=_PLATFORMS,
        help="whose file names these are (default: what they look like)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_count,
        help="notebooks marked at the same time (default: one for each core)",
    )
    parser.add_argument(
        "--cluster", metavar="ADDRESS", help="mark on the Dask cluster with this scheduler instead"
    )
    parser.add_argument(
        "--require-isolation",
        choices=_LEVELS,
        help="refuse to run submitted code shut in less than this (default: the best there is)",
    )
    parser.add_argument(
        "--secret",
        metavar="FILE",
        type=_path,
        help=f"the course's secret (default: {SECRET} in the --out folder, made if missing)",
    )
    parser.set_defaults(run=run)


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name of a file or folder was expected, got nothing")
    return Path(os.path.expanduser(text)).absolute()  # noqa: PTH111 - Path's raises on ~nobody


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:5]) <= 1024 and len(text) <= 4):
        raise argparse.ArgumentTypeError(
            f"a whole number from 1 to 1024 was expected, not {text!r}"
        )
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Carry out the command.

    Parameters
    ----------
    arguments : argparse.Namespace
        What the parser of `add_grade_command` returned.

    Returns
    -------
    int
        Exit code 0: all that can be marked is, and the rest is listed.

    Raises
    ------
    GradeError
        If the command cannot do what was asked.
    """
    for variable in _BLAS_THREADS:  # before NumPy starts, here and in the workers
        os.environ.setdefault(variable, "1")
    if isinstance(sys.stdout, io.TextIOWrapper):  # names are in any script, terminals are not
        sys.stdout.reconfigure(errors="backslashreplace")
    with _interruptible():
        try:
            return _run(arguments)
        except KeyboardInterrupt:
            raise GradeError("Stopped; give the same command again to go on") from None


def _run(arguments: argparse.Namespace) -> int:
    from nnlab.grading import files, platforms

    out: Path = arguments.out
    if out.resolve() == arguments.submissions.resolve():
        raise GradeError("--out must be another folder than that of the submissions")
    if (arguments.submissions / "nbgrader_config.py").is_file():
        raise GradeError(
            f"{arguments.submissions} is a class folder of nbgrader; name its folder submitted"
        )
    assignments = _assignments(arguments.assignment)
    try:
        with files.open_export(arguments.submissions, leave_out=out) as found:
            export = platforms.sort_out(found, arguments.platform)
            if not export.notebooks:
                raise GradeError(_nothing_found(arguments.submissions, export))
            _make_folders(out)
            outcome = _grade(arguments, export, assignments)
    except files.FileProblemError as problem:
        raise GradeError(str(problem)) from None
    if not outcome.marks:
        raise GradeError(
            "None of the notebooks belongs to a lesson of the course; name the notebook that was "
            "set with --assignment"
        )
    try:
        written = _write(out, outcome, assignments, asked=bool(arguments.assignment))
    except OSError as error:
        path = error.filename2 or error.filename or out  # the former: a file was to take its place
        raise GradeError(f"{path} cannot be written ({error.strerror})") from None
    _summarize(out, outcome, written)
    return 0


def _assignments(named: Sequence[str]) -> list[Assignment]:
    from nnlab.grading.assignment import Assignment

    if not named:
        return [assignment for assignment in Assignment.lessons() if assignment.tasks]
    found = [_assignment(name) for name in named]
    names = [assignment.name for assignment in found]
    for name in names:
        if names.count(name) > 1:
            raise GradeError(f"Two assignments are called {name}; rename one of the notebooks")
    return found


def _assignment(named: str) -> Assignment:
    import nbformat

    from nnlab.grading.assignment import Assignment

    path = _path(named)
    try:
        if not path.is_file():
            if path.suffix or path.exists():
                raise GradeError(f"There is no notebook {path}")
            return Assignment.of_lesson(named)
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
        assignment = Assignment.from_notebook(notebook, path.stem)
    # nbformat raises its own errors for what is no notebook, some of them plain Exception.
    except Exception as error:
        if isinstance(error, GradeError):
            raise
        raise GradeError(f"{named} cannot be used as an assignment: {error}") from None
    if not assignment.tasks:
        raise GradeError(f"{named} has no cell that checks an exercise of the course")
    return assignment


def _nothing_found(submissions: Path, export: Export) -> str:
    sentence = f"There is no notebook in {submissions}"
    if not export.listed:
        return sentence
    first = export.listed[0]
    return f"{sentence}; there are other files, such as {first.path}: {first.reason}"


def _make_folders(out: Path) -> None:
    try:
        for folder in (out, out / "results", out / "feedback"):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GradeError(
            f"The folder {error.filename} cannot be written to ({error.strerror})"
        ) from None


def _secret(out: Path, named: Path | None) -> Secret:
    from nnlab.grading.secret import Secret

    path = out / SECRET if named is None else named
    is_new = not path.exists()
    try:
        secret = Secret.load(path) if named is not None else Secret.load_or_make(path)
    except ValueError as error:
        raise GradeError(f"The course's secret cannot be used: {error}") from None
    if is_new:
        print(
            f"The inputs for the marks are drawn with a new secret, {path}.\n"
            "Keep it to give the same marks again (--secret), and never hand it out."
        )
    return secret


def _grade(
    arguments: argparse.Namespace, export: Export, assignments: Sequence[Assignment]
) -> Outcome:
    from nnlab.grading.jobs import Limits
    from nnlab.grading.progress import Progress
    from nnlab.grading.results import Results
    from nnlab.grading.runs import grade

    secret = _secret(arguments.out, arguments.secret)
    progress = Progress(len(export.notebooks))

    try:
        with _pool(arguments) as (pool, level):
            results = Results(arguments.out / "results", secret, level, Limits())
            try:
                return grade(export, assignments, results, pool, progress.advance)
            finally:
                progress.close()
    except KeyboardInterrupt:
        raise GradeError(
            f"Stopped after {progress.done} of {progress.total} notebooks; give the same "
            "command again to go on"
        ) from None
    except OSError as error:
        raise GradeError(f"The marks cannot be kept in {arguments.out} ({error})") from None


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a request to end do what Ctrl-C does, so that nothing is left running."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread, where signals are not seen anyway
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _pool(arguments: argparse.Namespace) -> Iterator[tuple[Pool, Level]]:
    """Yield the processes that mark, and how well they shut submitted code in."""
    from nnlab.grading import pools
    from nnlab.grading.jobs import Level
    from nnlab.grading.levels import best_level, why_not

    required = Level[(arguments.require_isolation or "limits").upper()]
    with ExitStack() as stack:
        if arguments.cluster is not None:
            pool, level = stack.enter_context(pools.cluster_pool(arguments.cluster))
            if level < required:
                raise GradeError(
                    f"Not every worker of {arguments.cluster} can give the level "
                    f"{required.label}; the best they all have is {level.label}"
                )
        else:
            if why := why_not(required):
                raise GradeError(f"The level {required.label} is not available: {why}")
            level = best_level()
            pool = stack.enter_context(pools.local_pool(arguments.jobs or _cores()))
        if level is Level.LIMITS:
            better = why_not(Level.LANDLOCK) or "it is so on the workers of the cluster"
            print(
                "Warning: submitted code is held by resource limits alone. That stops accidents, "
                "not an\nexpert: it could read files of this account, and connect to the network. "
                f"Why: {better}\nUse a machine or an account where nothing is of value, or a "
                "Linux of 2022 or later.",
                file=sys.stderr,
            )
        yield pool, level


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # the cores this process may use, not all there are
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _write(
    out: Path, outcome: Outcome, assignments: Sequence[Assignment], *, asked: bool
) -> list[Path]:
    """Write tables and pages; return the tables of marks."""
    from nnlab.grading import tables
    from nnlab.grading.results import write_file

    handed_in = {entry.assignment.name for entry, _ in outcome.marks}
    used = [a for a in assignments if asked or a.name in handed_in]
    marks = outcome.marks
    contents = {
        "marks.csv": tables.marks_table(marks, used, outcome.listed),
        "moodle.csv": tables.moodle_table(marks, used),
        "canvas.csv": tables.canvas_table(marks, used),
        "not_marked.csv": tables.not_marked_table(marks, outcome.listed),
    }
    written = []
    for name, content in contents.items():
        path = out / name
        if content:
            write_file(path, content)
            written.append(path)
        else:  # of an earlier run, when the files had other names
            path.unlink(missing_ok=True)
    _write_pages(out, outcome, used)
    return [path for path in written if path.name != "not_marked.csv"]


def _write_pages(out: Path, outcome: Outcome, assignments: Sequence[Assignment]) -> None:
    from nnlab.grading.feedback import feedback_page
    from nnlab.grading.overview import overview_page
    from nnlab.grading.results import write_file
    from nnlab.grading.similarity import similar_pairs
    from nnlab.grading.tables import by_student

    for student, mine in by_student(outcome.marks):
        write_file(_page(out, student), feedback_page(mine, name=student.label))
    all_marks = [marks for _, marks in outcome.marks]
    given = {
        task.name: [assignment.stubs[task.solution_id]]
        for assignment in assignments
        for task in assignment.tasks
    }
    page = overview_page(
        all_marks,
        names={entry.student.id: entry.student.label for entry, _ in outcome.marks},
        unreadable=[(file.path, file.reason) for file in outcome.listed if not file.minor],
        pairs=similar_pairs(all_marks, given),
    )
    write_file(out / "overview.html", page)


def _page(out: Path, student: Student) -> Path:
    from nnlab.grading.results import safe_name

    return out / "feedback" / f"{safe_name(student.name, student.id)}.html"


def _summarize(out: Path, outcome: Outcome, written: Sequence[Path]) -> None:
    """Print what was done and where it is."""
    with contextlib.suppress(BrokenPipeError):
        for line in _summary(out, outcome, written):
            print(line)


def _summary(out: Path, outcome: Outcome, written: Sequence[Path]) -> Iterator[str]:
    from nnlab.grading.tables import default_group, number

    read = [entry for entry, marks in outcome.marks if not marks.unreadable]
    students = len({entry.student.id for entry in read})
    again = f", {outcome.reused} of them in an earlier run" if outcome.reused else ""
    level = outcome.marks[0][1].level
    yield (
        f"{_counted(len(read), 'notebook')} of {_counted(students, 'student')} marked"
        f"{again}. Isolation: {level}."
    )
    everybody = {entry.student for entry, _ in outcome.marks}
    everybody |= {file.student for file in outcome.listed if file.student is not None}
    if len(everybody) == 1 and any(file.student is not None for file in outcome.listed):
        yield (
            f"Warning: all files were taken for those of one student, {everybody.pop().label}. If "
            "that is a\nfolder with the whole class, give that folder instead."
        )
    by_assignment: dict[str, list[float]] = {}
    most: dict[str, float] = {}
    for _, marks in outcome.marks:
        if not marks.unreadable:
            by_assignment.setdefault(marks.assignment, []).append(marks.points)
            most[marks.assignment] = marks.max_points
    for name, points in sorted(by_assignment.items()):
        mean = number(round(sum(points) / len(points), 2))
        count = _counted(len(points), "notebook")
        yield f"{name}: {count}, mean {mean} of {number(most[name])} points."
    yield from _problems(out, outcome)
    yield f"Marks: {', '.join(map(str, written))}"
    if any(path.name in ("moodle.csv", "canvas.csv") for path in written):
        yield from _advice(written, len(by_assignment))
    if group := default_group(outcome.marks):
        yield (
            f"There is no table for Moodle: “{group}” shows that groups handed in, and Moodle "
            "takes in grades\nof students only. Enter them there by hand."
        )
    yield f"Feedback, a page for each student: {out / 'feedback'}"
    pages = {_page(out, entry.student) for entry, _ in outcome.marks}
    if older := sorted(path.name for path in {*(out / "feedback").glob("*.html")} - pages):
        more = f" and {len(older) - _SHOWN} more" if len(older) > _SHOWN else ""
        yield (
            "Pages of earlier runs are there, too, of students who have no marks in this one: "
            f"{', '.join(older[:_SHOWN])}{more}"
        )
    yield f"Class overview: {out / 'overview.html'}"


def _problems(out: Path, outcome: Outcome) -> Iterator[str]:
    problems = [(e.path, m.unreadable) for e, m in outcome.marks if m.unreadable]
    problems += [(file.path, file.reason) for file in outcome.listed if not file.minor]
    minor = sum(file.minor for file in outcome.listed)
    table = out / "not_marked.csv"
    if problems:
        yield f"{_counted(len(problems), 'file')} could not be marked ({table}):"
        yield from (f"  {path}: {reason}" for path, reason in sorted(problems)[:_SHOWN])
        if len(problems) > _SHOWN:
            yield f"  and {len(problems) - _SHOWN} more"
    if minor:
        yield (
            f"{_counted(minor, 'other file')} ({table}): no notebook, or the same student has "
            "another that counts."
        )


def _advice(written: Sequence[Path], assignments: int) -> Iterator[str]:
    if assignments > 1:
        yield (
            "The notebooks belong to several assignments; name the one that was set with "
            "--assignment."
        )
    for path in written:
        if path.name == "moodle.csv":
            yield (
                "For Moodle: switch it to English, give the assignment the maximum grade in "
                "moodle.csv, and\nupload the grading worksheet; Moodle shows whose grades will "
                "change before it changes them.\nIf groups handed in, enter grades by hand: the "
                "numbers in moodle.csv are not of students then."
            )
        elif path.name == "canvas.csv":
            yield (
                "For Canvas: put the column's name in Canvas, such as “Homework 1 (4711)”, in "
                "place of the\nassignment's name in canvas.csv."
            )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
