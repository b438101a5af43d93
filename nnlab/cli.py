"""The command ``nnlab``: open the course, check the installation, export it, give marks."""

import argparse
import contextlib
import errno
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn
from urllib.parse import quote

import nnlab
from nnlab import workspace
from nnlab.grading.class_command import ClassError, add_class_command
from nnlab.grading.command import GradeError, add_grade_command
from nnlab.workspace import Outcome, Report, WorkspaceError

DEFAULT_FOLDER = "nnlab-course"
_START_LESSON = "00_start_here.ipynb"
_BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
"""One thread each: networks of a lesson's size gain nothing from more, and sliders get slower."""
_BAD_START = 2
"""Exit code when the command cannot do what was asked (as argparse has it)."""


class _Refusal(Exception):  # noqa: N818 - what the command answers, not a fault of the program
    """The command cannot do what was asked; the message is one sentence for the reader."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(
            _BAD_START, f"nnlab: {message}. Type {self.prog} --help to see what is possible.\n"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command ``nnlab``.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments after the command's name; by default those of this process.

    Returns
    -------
    int
        Exit code: 0 if all went well, 1 if ``nnlab doctor`` found something wrong, 2 if the
        command could not do what was asked.

    Raises
    ------
    SystemExit
        After ``--help``, ``--version`` and bad arguments.
    """
    arguments = _parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except (_Refusal, ClassError, GradeError, WorkspaceError) as refusal:
        print(f"nnlab: {refusal}", file=sys.stderr)
        return _BAD_START


def _parser() -> _Parser:
    parser = _Parser(
        prog="nnlab",
        description="Open the course in JupyterLab, on a working folder of your own.",
        epilog="Lessons you have changed are never overwritten.",
        allow_abbrev=False,
    )
    folder_help = f"your working folder (default: {DEFAULT_FOLDER} in the current directory)"
    parser.add_argument("--dir", metavar="DIR", type=_folder, help=folder_help)
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address instead of opening a browser"
    )
    parser.add_argument(
        "--port", metavar="N", type=_port, help="port of the server (default: a free one)"
    )
    parser.add_argument("--version", action="version", version=f"nnlab {nnlab.__version__}")
    parser.set_defaults(run=_open_course)

    commands = parser.add_subparsers(title="other commands", metavar="COMMAND")
    doctor = commands.add_parser(
        "doctor",
        help="say what is wrong with the installation and how to mend it",
        description="Say what is wrong with the installation and how to mend it.",
        allow_abbrev=False,
    )
    # SUPPRESS keeps a --dir that was given before the word "doctor".
    doctor.add_argument(
        "--dir", metavar="DIR", type=_folder, default=argparse.SUPPRESS, help=folder_help
    )
    doctor.set_defaults(run=_doctor)
    site = commands.add_parser(
        "site",
        help="write the lessons as web pages that need neither a network nor Python",
        description="Write the lessons as web pages that need neither a network nor Python.",
        allow_abbrev=False,
    )
    site.add_argument(
        "--out", metavar="DIR", type=_folder, required=True, help="folder for the pages"
    )
    site.add_argument(
        "lessons", metavar="LESSON", nargs="*", help="name or number of a lesson (default: all)"
    )
    site.set_defaults(run=_site)
    slides = commands.add_parser(
        "slides",
        help="write lessons as slides that need neither a network nor a kernel",
        description="Write lessons as slides, one HTML file each, that need neither a network nor "
        "a kernel: their sliders work, and S opens the speaker notes.",
        allow_abbrev=False,
    )
    slides.add_argument(
        "--out", metavar="DIR", type=_folder, required=True, help="folder for the slides"
    )
    slides.add_argument("lessons", metavar="LESSON", nargs="*", help="name or number of a lesson")
    slides.add_argument("--all", action="store_true", help="all lessons")
    slides.add_argument(
        "--exercises", action="store_true", help="keep exercises, which are left out otherwise"
    )
    slides.add_argument(
        "--solutions", action="store_true", help="keep exercises, each with its solution"
    )
    slides.add_argument(
        "--pdf", action="store_true", help="print a handout of each lesson, two slides a page"
    )
    slides.add_argument(
        "--notes", action="store_true", help="with --pdf: print the speaker notes, too"
    )
    slides.set_defaults(run=_slides)
    add_grade_command(commands)
    add_class_command(commands)
    return parser


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the name of a folder was expected, nothing was given")
    return Path(os.path.expanduser(text)).absolute()  # noqa: PTH111 - Path's raises on ~nobody


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535 and len(text) <= 5):
        raise argparse.ArgumentTypeError(
            f"a whole number from 1 to 65535 was expected, not {text!r}"
        )
    return int(text)


def _working_folder(arguments: argparse.Namespace) -> Path:
    """Return the folder asked for; without --dir, the one the reader stands in or the default."""
    if arguments.dir is not None:
        return Path(arguments.dir)
    here = Path.cwd()
    return here if (here / workspace.STATE_FOLDER).is_dir() else here / DEFAULT_FOLDER


def _doctor(arguments: argparse.Namespace) -> int:
    from nnlab import doctor

    findings = doctor.diagnose(_working_folder(arguments))
    print(doctor.report(findings))
    return 0 if all(finding.ok for finding in findings) else 1


def _site(arguments: argparse.Namespace) -> int:
    with _exporting("pages"):
        from nnlab.site.export import export_site

        made = export_site(arguments.out, arguments.lessons, say=_say)
    _say(f"{made.files} files, {made.size / 1e6:.1f} MB; open {made.index}")
    return 0


def _slides(arguments: argparse.Namespace) -> int:
    if bool(arguments.lessons) == arguments.all:
        raise _Refusal("Name the lessons whose slides you want, such as 05, or give --all for all.")
    if arguments.notes and not arguments.pdf:
        raise _Refusal("Notes are printed in handouts only: --notes needs --pdf.")
    with _exporting("slides"):
        from nnlab.slides.export import export_slides

        made = export_slides(
            arguments.out,
            arguments.lessons,
            exercises=arguments.exercises,
            solutions=arguments.solutions,
            handouts=arguments.pdf,
            notes=arguments.notes,
            say=_say,
        )
    _say(f"{made.files} files, {made.size / 1e6:.1f} MB; open {made.index}")
    return 0


def _say(sentence: str) -> None:
    print(sentence, flush=True)


@contextlib.contextmanager
def _exporting(what: str) -> Iterator[None]:
    """Turn what can go wrong with files for the browser into one sentence."""
    try:
        from nnlab.site.errors import SiteError
    except ImportError as error:
        raise _not_made(what, error) from None
    try:
        yield
    except SiteError as error:
        raise _Refusal(str(error)) from None
    except ImportError as error:
        raise _not_made(what, error) from None


def _not_made(what: str, error: ImportError) -> _Refusal:
    return _Refusal(
        f"The {what} cannot be made ({error}); type nnlab doctor to see how to mend it."
    )


def _open_course(arguments: argparse.Namespace) -> int:
    try:
        from jupyterlab.labapp import LabApp  # type: ignore[import-untyped]
    except ImportError as error:
        raise _Refusal(
            f"JupyterLab cannot be started ({error}); type nnlab doctor to see how to mend it."
        ) from None
    if arguments.port is not None:
        _check_port(arguments.port)
    report = workspace.prepare(_working_folder(arguments))
    for sentence in _sentences(report):
        print(sentence)
    print("JupyterLab is starting; to stop it, press Ctrl-C here.", flush=True)
    _run_jupyterlab(LabApp, report.folder, port=arguments.port, browser=not arguments.no_browser)
    return 0


def _sentences(report: Report) -> list[str]:
    copied, updated = report.having(Outcome.COPIED), report.having(Outcome.UPDATED)
    sentences = [f"Your working folder is {report.folder}."]
    if copied:
        sentences.append(f"Copied there: {', '.join(d.lesson for d in copied)}.")
    if updated:
        sentences.append(
            f"Updated, as you had not changed them: {', '.join(d.lesson for d in updated)}."
        )
    sentences += [
        f"You have changed {d.lesson}, so it was left as it is; "
        f"the new version lies beside it as {d.name}."
        for d in report.having(Outcome.BESIDE)
    ]
    return sentences


def _check_port(port: int) -> None:
    """Refuse a port that cannot be had on every address of ``localhost``, as the server needs."""
    for family, kind, protocol, _, address in socket.getaddrinfo(
        "localhost", port, type=socket.SOCK_STREAM
    ):
        with socket.socket(family, kind, protocol) as probe:
            if os.name != "nt":  # where the option would hide that the port is busy
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except PermissionError:
                raise _Refusal(
                    f"Port {port} is not open to your account; choose one above 1023."
                ) from None
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    raise _Refusal(
                        f"Port {port} is busy; choose another, or leave out --port to get one."
                    ) from None
                if error.errno != errno.EADDRNOTAVAIL:  # this family of addresses is switched off
                    raise


def _run_jupyterlab(
    lab_app: Any,  # noqa: ANN401 - the class LabApp; JupyterLab has no type hints
    folder: Path,
    *,
    port: int | None,
    browser: bool,
) -> None:
    """Run JupyterLab on a folder until it is stopped.

    It runs in this process rather than in a child: Ctrl-C then reaches one process only (on
    Windows a parent would have to outlive its child's clean-up), and what the course needs can be
    registered on the running server, on top of the reader's own Jupyter configuration. Nothing is
    written to the reader's configuration.
    """
    # Makes Matplotlib's list of fonts once; in a lesson it would take long, with a warning on top.
    import matplotlib.font_manager  # noqa: F401

    from nnlab.live.saving import strip_widget_views

    for variable in _BLAS_THREADS:  # kernels inherit it; who set it before keeps their value
        os.environ.setdefault(variable, "1")
    server = lab_app.initialize_server(argv=_jupyter_arguments(folder, port=port, browser=browser))
    server.contents_manager.register_pre_save_hook(strip_widget_views)
    settings = server.web_app.settings
    settings["page_config_hook"] = _without_announcements(settings.get("page_config_hook"))

    def stop(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a second Ctrl-C does not wait
        server.stop(from_signal=True)

    # One Ctrl-C stops at once; Jupyter's own handler asks first, and differs between systems.
    signal.signal(signal.SIGINT, stop)
    server.start()


def _jupyter_arguments(folder: Path, *, port: int | None, browser: bool) -> list[str]:
    arguments = [
        f"--ServerApp.root_dir={folder}",
        # Else tabs of the reader's other work would be restored here, and not found.
        f"--LabApp.workspaces_dir={folder / workspace.STATE_FOLDER / 'workspaces'}",
        # The course works offline and tells nobody that it is used.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
        "--Application.log_level=WARN",
    ]
    if (folder / _START_LESSON).is_file():
        arguments.append(f"--LabApp.default_url=/lab/tree/{quote(_START_LESSON)}")
    if not browser:
        arguments.append("--no-browser")
    if port is not None:
        arguments += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--allow-root")  # usual in containers
    return arguments


_PageHook = Callable[[Any, dict[str, Any]], dict[str, Any]]


def _without_announcements(hook: _PageHook | None) -> _PageHook:
    """Return a page_config_hook that switches the news off, after the reader's own hook if any.

    With ``news_url=None`` alone JupyterLab still asks whether news are wanted.
    """

    def disable(handler: Any, page_config: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401
        if hook is not None:
            page_config = hook(handler, page_config)
        disabled = page_config.setdefault("disabledExtensions", [])
        disabled.append("@jupyterlab/apputils-extension:announcements")
        return page_config

    return disable
