"""The command ``nnlab class``: make a class folder for nbgrader, withhold solutions."""

from __future__ import annotations

import argparse
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.grading.class_error import ClassError

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[Any]

__all__ = ["ClassError", "add_class_command"]


def add_class_command(commands: Subparsers) -> None:
    """Add ``class`` to the subcommands of ``nnlab``.

    Its parsers set ``run`` to a function that takes the parsed arguments and returns the exit
    code; it raises `ClassError` with a sentence for the teacher.

    Parameters
    ----------
    commands : subparsers
        What ``ArgumentParser.add_subparsers`` returned.
    """
    about = "Make a class folder for nbgrader; withhold an assignment's solutions."
    group = commands.add_parser("class", help=_short(about), description=about, allow_abbrev=False)
    actions = group.add_subparsers(title="what to do", metavar="ACTION", required=True)

    about = "Write settings, secret and lessons for nbgrader into a folder; keep what is there."
    init = actions.add_parser("init", help=_short(about), description=about, allow_abbrev=False)
    init.add_argument("folder", metavar="DIR", type=_folder, help="the class folder")
    init.add_argument("--course", metavar="NAME", help="name of the course (default: the folder's)")
    init.add_argument(
        "--lesson",
        dest="lessons",
        metavar="LESSON",
        action="append",
        default=[],
        help="name or number of a lesson; may be given several times (default: all with exercises)",
    )
    init.set_defaults(run=_init)

    about = "Let an assignment's notebooks show no solutions."
    withhold = actions.add_parser(
        "withhold", help=_short(about), description=about, allow_abbrev=False
    )
    withhold.add_argument(
        "--until", metavar="YYYY-MM-DD", type=_day, help="the last day without solutions"
    )
    withhold.set_defaults(run=_withhold)

    about = "Let an assignment's notebooks show solutions again."
    show = actions.add_parser("show", help=_short(about), description=about, allow_abbrev=False)
    show.set_defaults(run=_show)
    for parser in (withhold, show):
        parser.add_argument("assignment", metavar="ASSIGNMENT", help="a folder in source")
        parser.add_argument(
            "--dir",
            dest="folder",
            metavar="DIR",
            type=_folder,
            default=Path(),
            help="the class folder (default: the current one)",
        )


def _short(about: str) -> str:
    return about[0].lower() + about[1:].rstrip(".")


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name of a folder was expected, nothing was given")
    return Path(os.path.expanduser(text)).absolute()  # noqa: PTH111 - Path's raises on ~nobody


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"a day such as 2030-12-31 was expected, not {text!r}"
        ) from None


def _init(arguments: argparse.Namespace) -> int:
    from nnlab.grading.classroom import set_up

    setup = set_up(arguments.folder, arguments.course, arguments.lessons)
    for path in setup.made:
        print(f"written  {path}")
    for path in setup.kept:
        print(f"kept     {path}")
    if setup.required == "limits":
        from nnlab.grading.jobs import Level
        from nnlab.grading.levels import why_not

        print(f"Submitted code can be limited here but not shut in. {why_not(Level.LANDLOCK)}")
    print(f"What to do next is in {setup.folder / 'README.md'}.")
    return 0


def _withhold(arguments: argparse.Namespace) -> int:
    from nnlab.grading.classroom import withhold

    path = withhold(arguments.folder, arguments.assignment, arguments.until)
    print(f"{path} now says that solutions are withheld.")
    _say_again(arguments.assignment)
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from nnlab.grading.classroom import show

    if show(arguments.folder, arguments.assignment):
        _say_again(arguments.assignment)
    else:
        print("Solutions were not withheld.")
    return 0


def _say_again(assignment: str) -> None:
    print("Make and hand out the assignment again; copies that students have do not change:")
    for step in ("generate_assignment", "release_assignment"):
        print(f"  nbgrader {step} {assignment} --force")
