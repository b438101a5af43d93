"""A watch inside the interpreter: refuses what submitted code has no business doing.

Python tells audit hooks (PEP 578) of what it is about to do. This one knows what may be done and
refuses the rest: it keeps honest mistakes and simple tricks from doing harm on systems that offer
nothing better. **It is no border against an expert**, who can reach around the interpreter; that
border is the kernel's (`nnlab.grading.landlock`, `nnlab.grading.seccomp`, bubblewrap).

The hook is found nowhere: no name in a module leads to it, and the frame it leaves in a traceback
holds copies of what it needs, not the places where it keeps them.
"""

from __future__ import annotations

import os
import sys
from typing import Any

ALLOWED = frozenset(
    {
        *("array.__new__", "builtins.breakpoint", "builtins.id", "builtins.input"),
        *("builtins.input/result", "code.__new__", "compile", "exec", "function.__new__"),
        *("glob.glob", "glob.glob/2", "marshal.dumps", "marshal.load", "marshal.loads"),
        *("object.__delattr__", "object.__getattr__", "object.__setattr__", "os.putenv"),
        *("os.unsetenv", "os.walk", "pickle.find_class", "sys._current_exceptions"),
        *("sys._current_frames", "sys._getframe", "sys._getframemodulename", "sys.excepthook"),
        *("sys.monitoring.register_callback", "sys.set_asyncgen_hooks_finalizer"),
        *("sys.set_asyncgen_hooks_firstiter", "sys.setprofile", "sys.settrace"),
        *("sys.unraisablehook", "time.sleep"),
    }
)
"""Events that are let through whatever their arguments; the others below are looked at."""

MODULES = frozenset(
    {
        *("_ctypes", "_ctypes_test", "_interpreters", "_multiprocessing", "_posixshmem"),
        *("_posixsubprocess", "_testbuffer", "_testcapi", "_testinternalcapi"),
        *("_testlimitedcapi", "_testmultiphase", "_testsinglephase", "_xxsubinterpreters"),
        # Their C libraries open files or connections of which Python is not told.
        *("_curses", "_curses_panel", "_dbm", "_gdbm", "_ssl", "_tkinter", "_uuid", "grp", "nis"),
        *("ossaudiodev", "pwd", "readline", "spwd"),
    }
)
"""Modules of Python's own library that are not to be had: they act beside the interpreter."""


SILENT = (
    *("chroot", "eventfd", "initgroups", "memfd_create", "mkfifo", "mknod", "nice", "openpty"),
    *("pidfd_open", "posix_openpt", "sched_setaffinity", "sched_setparam", "sched_setscheduler"),
    *("setegid", "seteuid", "setgid", "setgroups", "setns", "setpgid", "setpgrp", "setpriority"),
    *("setregid", "setresgid", "setresuid", "setreuid", "setsid", "setuid", "sync", "unshare"),
)
"""Functions of `os` that tell no audit hook; they are taken away."""


def install(readable: tuple[str, ...], listable: tuple[str, ...]) -> None:
    """Watch this process from now on; there is no way back.

    Parameters
    ----------
    readable : tuple of str
        Folders and files that may be read.
    listable : tuple of str
        Folders whose names may be listed.
    """

    # Defaults of a function that nobody can name. Its own closure would be in every traceback, as
    # cells that can be written to.
    def hook(
        event: str,
        arguments: tuple[Any, ...],
        *,
        allowed: frozenset[str] = ALLOWED,
        modules: frozenset[str] = MODULES,
        folders: tuple[str, ...] = tuple(path + "/" for path in readable),
        listed: frozenset[str] = frozenset({*readable, *listable}),
        writing: int = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND,
        null: str = os.devnull,
        refused: type[Exception] = PermissionError,
        missing: type[ModuleNotFoundError] = ModuleNotFoundError,
        kind: type[type] = type,
        text: type[str] = str,
        octets: type[bytes] = bytes,
        whole: type[int] = int,
    ) -> None:
        # Only what is exactly of Python's own types is touched: nothing else runs in here.
        if event in allowed:
            return
        if event == "import":
            name, file = arguments[:2]
            if kind(name) is not text:
                raise refused("modules are imported by their names here")
            if file is not None and not (kind(file) is text and file.startswith(folders)):
                raise refused("no module may be loaded from there")
            if name.rpartition(".")[2] in modules:
                raise missing(f"No module named {name!r}: it is not to be had here", name=name)
            return
        if event in ("open", "os.listdir", "os.scandir"):
            path = arguments[0]
            if kind(path) is octets:
                path = path.decode("latin-1")
            is_known = (
                kind(path) is text
                and "/../" not in path + "/"
                and "\0" not in path
                and (path in listed or path.startswith(folders))
            )
            if event != "open":
                if is_known:
                    return
                raise refused("no folders may be listed here")
            if kind(path) is text and path == null:
                return
            flags = arguments[2]
            if is_known and kind(flags) is whole and not flags & writing:
                return
            raise refused("no files may be opened here")
        raise refused(f"{event} is not allowed here")

    for name in SILENT:
        for module in (os, sys.modules["posix"]):
            vars(module).pop(name, None)
    # It makes built-in modules, also those on the list and `posix` as it was, and tells no hook.
    vars(sys.modules["_imp"]).pop("create_builtin", None)
    sys.addaudithook(hook)
