"""A watch inside the interpreter: refuses what submitted code has no business doing.

Python tells audit hooks (PEP 578) of what it is about to do. This one knows what may be done and
refuses the rest: it keeps honest mistakes and simple tricks from doing harm on systems that offer
nothing better. **It is no border against an expert**, who can reach around the interpreter; that
border is the kernel's (`nnlab.grading.landlock`, `nnlab.grading.seccomp`, bubblewrap).

The hook keeps all it needs in closures over constants: no name in a module decides what it does.
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
        *("object.__getattr__", "os.putenv", "os.unsetenv", "os.walk", "pickle.find_class"),
        *("sys._current_exceptions", "sys._current_frames", "sys._getframe"),
        *("sys._getframemodulename", "sys.excepthook", "sys.monitoring.register_callback"),
        *("sys.set_asyncgen_hooks_finalizer", "sys.set_asyncgen_hooks_firstiter", "sys.setprofile"),
        *("sys.settrace", "sys.unraisablehook", "time.sleep"),
    }
)
"""Events that are let through whatever their arguments; the others below are looked at."""

MODULES = frozenset(
    {
        *("_ctypes", "_ctypes_test", "_interpreters", "_multiprocessing", "_posixshmem"),
        *("_posixsubprocess", "_testbuffer", "_testcapi", "_testinternalcapi"),
        *("_testmultiphase", "_xxsubinterpreters"),
    }
)
"""Modules of Python's own library that are not to be had: they act beside the interpreter."""


SILENT = (
    *("chroot", "eventfd", "memfd_create", "mkfifo", "mknod", "nice", "openpty", "pidfd_open"),
    *("posix_openpt", "sched_setaffinity", "sched_setparam", "sched_setscheduler", "setegid"),
    *("seteuid", "setgid", "setgroups", "setns", "setpgid", "setpriority", "setregid", "setresgid"),
    *("setresuid", "setreuid", "setsid", "setuid", "sync", "unshare"),
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
    allowed, modules = ALLOWED, MODULES
    folders = tuple(path + "/" for path in readable)
    exactly = frozenset({*readable, *listable})
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    null = os.devnull
    refused, missing = PermissionError, ModuleNotFoundError
    kind, text, decode = type, str, os.fsdecode

    def may_read(path: Any) -> bool:  # noqa: ANN401 - whatever the code handed to `open`
        if kind(path) is bytes:
            path = decode(path)
        if kind(path) is not text or "/../" in path + "/" or "\0" in path:
            return False
        if path in exactly:
            return True
        return path.startswith(folders)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in allowed:
            return
        if event == "open":
            path, _, flags = arguments
            if kind(path) is text and path == null:
                return
            if kind(flags) is int and not flags & writing and may_read(path):
                return
            raise refused("no files may be opened here")
        if event == "import":
            name = arguments[0]
            if kind(name) is text and name.rpartition(".")[2] not in modules:
                return
            raise missing(f"No module named {name!r}: it is not to be had here", name=name)
        if event in ("os.listdir", "os.scandir"):
            if may_read(arguments[0]):
                return
            raise refused("no folders may be listed here")
        if event in ("object.__setattr__", "object.__delattr__"):
            if arguments[0] is hook or arguments[0] is may_read:
                raise refused("this function may not be changed here")
            return
        raise refused(f"{event} is not allowed here")

    for name in SILENT:
        for module in (os, sys.modules["posix"]):
            vars(module).pop(name, None)
    sys.addaudithook(hook)
