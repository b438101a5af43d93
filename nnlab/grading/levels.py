"""Which sandbox levels this computer offers, found out by trying."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache

from nnlab.grading.jobs import Level

_TRIAL = 30.0


def best_level() -> Level:
    """Return the best level there is here.

    Returns
    -------
    Level

    Raises
    ------
    RuntimeError
        If there is none; the message says what to do.
    """
    for level in sorted(Level, reverse=True):
        if not why_not(level):
            return level
    raise RuntimeError(why_not(Level.LIMITS))


@cache
def why_not(level: Level) -> str:
    """Return why a level is not to be had here, and what to do.

    Parameters
    ----------
    level : Level
        The level asked for.

    Returns
    -------
    str
        A sentence; empty if the level is to be had.
    """
    if sys.platform != "linux":
        return (
            "Submissions are run on Linux only. On Windows use WSL (`wsl --install`), on macOS a "
            "Linux container or a JupyterHub."
        )
    if level >= Level.LANDLOCK:
        missing = _why_no_landlock()
        if missing or level == Level.LANDLOCK:
            return missing
    return _why_no_bubblewrap() if level == Level.BUBBLEWRAP else ""


def _why_no_landlock() -> str:
    from nnlab.grading import landlock, seccomp

    if not landlock.version():
        return (
            "This kernel does not offer Landlock: it needs Linux 5.13 or later, with `landlock` in "
            "the file /sys/kernel/security/lsm (start option `lsm=landlock,…`)."
        )
    if not seccomp.available():
        return (
            "libseccomp is missing: install it (Debian and Ubuntu: `apt install libseccomp2`) and "
            "its Python binding (`pip install pyseccomp`)."
        )
    return ""


def _why_no_bubblewrap() -> str:
    from nnlab.grading.sandbox import command

    if shutil.which("bwrap") is None:
        return (
            "bubblewrap is missing: install it (Debian and Ubuntu: `apt install bubblewrap`, "
            "Fedora: `dnf install bubblewrap`)."
        )
    try:
        trial = subprocess.run(
            command(Level.BUBBLEWRAP, "import math"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRIAL,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"bubblewrap did not end within {_TRIAL:g} s; try `bwrap --ro-bind / / true`."
    if trial.returncode == 0:
        return ""
    lines = trial.stderr.decode(errors="replace").strip().splitlines()
    said = lines[-1] if lines else f"exit code {trial.returncode}"
    return (
        f"bubblewrap cannot start here ({said}): the system must allow user namespaces "
        "(`sysctl kernel.unprivileged_userns_clone=1`; on Ubuntu 24.04 an AppArmor profile for "
        "bwrap; in Docker `--security-opt seccomp=unconfined` or another container engine)."
    )
