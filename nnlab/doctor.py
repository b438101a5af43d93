"""Say in plain words what is wrong with an installation, and with which command it is mended.

``nnlab doctor`` runs every check from outside; `check` does so from inside a lesson, where the
kernel and the lesson that runs need no proof. When all is well the text names no version and no
path, so that a lesson prints the same on every machine.
"""

import importlib
import json
import logging
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import nnlab
from nnlab import _resources, workspace

if TYPE_CHECKING:
    from jupyter_client.blocking.client import BlockingKernelClient

# Extensions of JupyterLab that show live figures, and the packages that bring them.
_EXTENSIONS = {
    "@jupyter-widgets/jupyterlab-manager": "jupyterlab_widgets",
    "anywidget": "anywidget",
}
_MODULES = {"pillow": "PIL"}  # of packages that are not imported by their own name
_KERNEL = "python3"
_KERNEL_TIMEOUT = 60.0
_ENVIRONMENT_KERNEL = Path(sys.prefix, "share", "jupyter", "kernels", _KERNEL)
_READY = "Everything is ready."


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Parameters
    ----------
    name : str
        What was checked, in one or two words.
    ok : bool
        Whether all is well.
    message : str
        One sentence that says what was found.
    remedy : str
        The command, or the step, that mends it; empty if all is well.
    """

    name: str
    ok: bool
    message: str
    remedy: str = ""


def check() -> None:
    """Check the installation from inside a lesson and print what was found."""
    print(report(diagnose()))


def diagnose(
    folder: Path | None = None,
    *,
    in_kernel: bool | None = None,
    kernel_timeout: float = _KERNEL_TIMEOUT,
) -> list[Finding]:
    """Check the installation.

    Parameters
    ----------
    folder : pathlib.Path, optional
        The working folder; by default the one around the current directory, else that directory.
    in_kernel : bool, optional
        Whether this already runs in a lesson's kernel, in which case no other kernel is started
        and no lessons are looked for. By default found out.
    kernel_timeout : float
        Time the kernel may take to start and to answer, in seconds.

    Returns
    -------
    list of Finding
        One for each check, in the order in which problems should be mended.
    """
    folder = folder or workspace.find_workspace() or Path.cwd()
    if in_kernel is None:
        in_kernel = _in_kernel()
    findings = [check_python(), *check_packages(), check_folder(folder), check_widgets()]
    findings.append(_THIS_KERNEL if in_kernel else check_kernel(folder, timeout=kernel_timeout))
    findings.append(check_data())
    if not in_kernel:
        findings.append(check_lessons())
    return findings


def report(findings: Sequence[Finding]) -> str:
    """Write findings as text.

    Parameters
    ----------
    findings : sequence of Finding
        What `diagnose` returned.

    Returns
    -------
    str
        One line for each check, remedies below those that failed, and a line that sums up.
    """
    lines = []
    for finding in findings:
        lines.append(f"{'ok' if finding.ok else 'WRONG':<7}{finding.name}: {finding.message}")
        if not finding.ok:
            lines.append(f"       To mend it: {finding.remedy}")
    wrong = sum(not finding.ok for finding in findings)
    if wrong:
        these = "This problem" if wrong == 1 else f"These {wrong} problems"
        lines.append(f"{these} must be mended, from the top; then check again.")
    else:
        lines.append(_READY)
    return "\n".join(lines)


def check_python() -> Finding:
    """Check that this Python is new enough for the course.

    Returns
    -------
    Finding
        What was found.
    """
    name = "Python"
    try:
        from packaging.specifiers import SpecifierSet

        needed = metadata.metadata("nnlab")["Requires-Python"]
    except (ImportError, metadata.PackageNotFoundError) as error:
        return _not_installed(name, error)
    version = ".".join(str(part) for part in sys.version_info[:3])
    if SpecifierSet(needed).contains(version, prereleases=True):
        return Finding(name, True, "new enough.")
    return Finding(
        name,
        False,
        f"this is Python {version}, but the course needs Python {needed}.",
        "install a newer Python from https://www.python.org/downloads/ "
        "and install the course with it.",
    )


def check_packages() -> list[Finding]:
    """Check that each package nnlab requires is there, new enough and can be imported.

    Returns
    -------
    list of Finding
        One for each requirement in nnlab's own metadata.
    """
    try:
        from packaging.requirements import Requirement

        written = metadata.requires("nnlab") or []
    except (ImportError, metadata.PackageNotFoundError) as error:
        return [_not_installed("packages", error)]
    requirements = [Requirement(text) for text in written]
    return [
        _check_package(requirement.name, str(requirement.specifier))
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    ]


def _check_package(name: str, needed: str) -> Finding:
    from packaging.specifiers import SpecifierSet

    remedy = _pip("install", "--upgrade", f"{name}{needed}")
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, False, "not installed.", remedy)
    if not SpecifierSet(needed).contains(version, prereleases=True):
        message = f"version {version} is installed, but the course needs {needed}."
        return Finding(name, False, message, remedy)
    try:
        importlib.import_module(_MODULES.get(name, name.replace("-", "_")))
    except Exception as error:  # noqa: BLE001 - a broken package may raise anything when imported
        reinstall = _pip("install", "--force-reinstall", f"{name}{needed}")
        message = f"installed, but cannot be imported ({_one_line(error)})."
        return Finding(name, False, message, reinstall)
    return Finding(name, True, "installed.")


def check_widgets() -> Finding:
    """Check that JupyterLab has the extensions that show sliders, and that they are enabled.

    Returns
    -------
    Finding
        What was found.
    """
    name = "sliders"
    try:
        from jupyter_core.paths import jupyter_path
        from jupyterlab.commands import get_app_dir  # type: ignore[import-untyped]
        from jupyterlab_server.config import get_page_config
    except ImportError as error:
        return Finding(
            name,
            False,
            f"cannot be checked, as JupyterLab cannot be imported ({_one_line(error)}).",
            _pip("install", "--upgrade", "jupyterlab"),
        )
    config = get_page_config(jupyter_path("labextensions"), str(Path(get_app_dir()) / "settings"))
    present = {extension["name"] for extension in config["federated_extensions"]}
    for extension, package in _EXTENSIONS.items():
        if extension not in present:
            return Finding(
                name,
                False,
                f"JupyterLab's extension {extension} is missing.",
                _pip("install", "--force-reinstall", "--no-deps", package),
            )
        disabled = [key for key in config["disabledExtensions"] if key.split(":")[0] == extension]
        if disabled:
            return Finding(
                name,
                False,
                f"JupyterLab's extension {extension} is disabled.",
                _enable(disabled[0]),
            )
    return Finding(name, True, "JupyterLab can show them.")


def _enable(extension: str) -> str:
    """Return the step that enables an extension, where JupyterLab's configuration disables it."""
    from jupyter_core.paths import jupyter_config_path
    from jupyterlab_server.config import get_static_page_config

    for level in ("user", "sys_prefix", "system"):
        if get_static_page_config(level=level).get("disabledExtensions", {}).get(extension):
            return _python("-m", "jupyter", "labextension", "enable", extension, "--level", level)
    for folder in jupyter_config_path():
        for path in sorted(Path(folder, "labconfig").glob("page_config*")):
            if path.is_file() and extension in path.read_text(encoding="utf-8"):
                return f'delete the entry "{extension}" from the file {path}'
    return _python("-m", "jupyter", "labextension", "enable", extension)


def check_kernel(folder: Path, *, timeout: float = _KERNEL_TIMEOUT) -> Finding:
    """Start the kernel that lessons use, and check that it runs this very installation.

    Parameters
    ----------
    folder : pathlib.Path
        The working folder, where the kernel is started if the folder exists.
    timeout : float
        Time it may take to start, and again to answer, in seconds.

    Returns
    -------
    Finding
        What was found.
    """
    name = _THIS_KERNEL.name
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ImportError as error:
        return Finding(
            name,
            False,
            f"cannot be started, as a package of Jupyter is missing ({_one_line(error)}).",
            _pip("install", "--upgrade", "jupyterlab"),
        )
    try:
        spec = KernelSpecManager().get_kernel_spec(_KERNEL)
    except NoSuchKernel:
        message = "Jupyter has no Python kernel."
        return Finding(name, False, message, _pip("install", "--upgrade", "ipykernel"))
    where = folder if folder.is_dir() else Path(tempfile.gettempdir())
    own = Path(nnlab.__file__).resolve()
    try:
        used = Path(_ask_kernel("import nnlab; print(nnlab.__file__)", where, timeout)).resolve()
    except _NoAnswer as error:
        message = f"cannot run the course ({_one_line(error)})."
    else:
        if used == own:
            return _THIS_KERNEL
        message = f"runs another installation of the course, {used}, instead of {own}."
    return Finding(name, False, message, _mend_kernel(Path(spec.resource_dir), spec.argv))


class _NoAnswer(Exception):  # noqa: N818 - an outcome of the check, not a fault of the program
    """The kernel does not start, or cannot run what it was asked to."""


def _ask_kernel(code: str, folder: Path, timeout: float) -> str:
    """Run code in a fresh kernel and return what it prints; raise _NoAnswer if it cannot."""
    from jupyter_client.manager import run_kernel

    printed: list[str] = []

    def collect(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            printed.append(message["content"]["text"])

    with tempfile.TemporaryFile() as errors, _silence("traitlets"):
        try:
            with run_kernel(
                kernel_name=_KERNEL,
                startup_timeout=timeout,
                cwd=str(folder),
                stdout=subprocess.DEVNULL,
                stderr=errors,
            ) as client:
                reply = cast("BlockingKernelClient", client).execute_interactive(
                    code, timeout=timeout, allow_stdin=False, output_hook=collect
                )["content"]
        except (OSError, RuntimeError, TimeoutError) as error:
            errors.seek(0)
            last_words = errors.read().decode(errors="replace").strip().split("\n")[-1:]
            raise _NoAnswer("; ".join([_one_line(error), *filter(None, last_words)])) from None
    if reply["status"] != "ok":
        raise _NoAnswer(f"{reply['ename']}: {reply['evalue']}")
    return "".join(printed).strip()


@contextmanager
def _silence(name: str) -> Iterator[None]:
    """Keep a logger quiet: what goes wrong here is told by the finding."""
    logger = logging.getLogger(name)
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _mend_kernel(spec_folder: Path, argv: Sequence[str]) -> str:
    """Return the command that gives Jupyter back the kernel of this Python."""
    if spec_folder.resolve() != _ENVIRONMENT_KERNEL.resolve() and spec_folder.name == _KERNEL:
        # Specified outside this environment, for instance in the home folder.
        return _python("-m", "jupyter", "kernelspec", "remove", "-f", _KERNEL)
    if argv and Path(argv[0]).is_absolute() and argv[0] != sys.executable:
        return _python("-m", "ipykernel", "install", "--sys-prefix")
    return _pip("install", "--force-reinstall", "ipykernel")


def check_data() -> Finding:
    """Check that the bundled data sets are complete, by their checksums.

    Returns
    -------
    Finding
        What was found.
    """
    name = "data sets"
    try:
        from nnlab import datasets
    except ImportError as error:
        message = f"cannot be read, as a package is missing ({_one_line(error)})."
        return Finding(name, False, message, "mend the packages first")
    problems = datasets.verify()
    if problems:
        return Finding(name, False, " ".join(problems), _restore(_resources.data_dir()))
    return Finding(name, True, "complete.")


def check_lessons() -> Finding:
    """Check that there are lessons to open.

    Returns
    -------
    Finding
        What was found.
    """
    name = "lessons"
    folder = _resources.lessons_dir()
    if not any(folder.glob("*.ipynb")):
        return Finding(name, False, f"there are none in {folder}.", _restore(folder))
    return Finding(name, True, "there.")


def check_folder(folder: Path) -> Finding:
    """Check that the working folder can be written, and that no file in it hides a module.

    Parameters
    ----------
    folder : pathlib.Path
        The working folder; if it does not exist yet, the folder where it would be made.

    Returns
    -------
    Finding
        What was found.
    """
    name = "working folder"
    problem = workspace.write_problem(folder)
    if problem is not None:
        return Finding(name, False, problem, "choose another folder: nnlab --dir FOLDER")
    # A lesson looks for modules beside itself first, so a file random.py there breaks NumPy.
    installed = {"nnlab", "numpy", "matplotlib", "ipywidgets", "anywidget", "IPython"}
    modules = installed | sys.stdlib_module_names
    for path in sorted(folder.glob("*.py")):
        if path.stem in modules:
            message = f"the file {path.name} hides Python's own module {path.stem} from lessons."
            return Finding(name, False, message, f"rename the file {path}")
    return Finding(name, True, "can be written.")


_THIS_KERNEL = Finding("kernel", True, "runs this installation of the course.")


def _in_kernel() -> bool:
    """Whether this code runs in a notebook's kernel (which has imported IPython, then)."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


def _not_installed(name: str, error: Exception) -> Finding:
    """Return the finding for an nnlab that runs without having been installed."""
    message = f"the course is not fully installed in this Python ({_one_line(error)})."
    return Finding(name, False, message, _reinstall())


def _restore(folder: Path) -> str:
    """Return the command that brings back files that belong to the course."""
    root = Path(nnlab.__file__).resolve().parent.parent
    if (root / ".git").exists():
        return _command("git", "-C", str(root), "checkout", "--", str(folder))
    return _reinstall()


def _reinstall() -> str:
    """Say how to install the course again from where it came from.

    Never by its bare name: a package index may have something else under it.
    """
    root = Path(nnlab.__file__).resolve().parent.parent
    if (root / "pyproject.toml").is_file():
        return _pip("install", "-e", str(root))
    try:
        origin = json.loads(metadata.distribution("nnlab").read_text("direct_url.json") or "{}")
    except metadata.PackageNotFoundError:
        origin = {}
    if "url" not in origin:
        return "install the course again from where you got it."
    return _pip("install", "--force-reinstall", origin["url"])


def _pip(*arguments: str) -> str:
    return _python("-m", "pip", *arguments)


def _python(*arguments: str) -> str:
    return _command(sys.executable, *arguments)


def _command(*words: str) -> str:
    """Write a command so that it can be pasted into this system's shell."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text.rstrip(".")
