"""Landlock: the kernel's own limit on which files a process may open, for anyone to put on.

No package in this course's dependencies binds the three system calls, which have the same numbers
everywhere, so they are made through `ctypes`. See :manpage:`landlock(7)`.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable

from nnlab.grading.kernel import no_new_privileges, system_call

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1

READ_FILE = 1 << 2
READ_DIR = 1 << 3
WRITE_FILE = 1 << 1

# Rights to files there are: 13 from the start, then REFER (2), TRUNCATE (3), IOCTL_DEV (5).
_FILES = {1: 13, 2: 14, 3: 15, 4: 15}
_FILES_LATEST = 16
_NETWORK_FROM, _NETWORK = 4, 0b11  # bind and connect
_SCOPE_FROM, _SCOPE = 6, 0b11  # abstract sockets and signals


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scope", ctypes.c_uint64),
    ]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def version() -> int:
    """Return the version of Landlock that the kernel offers.

    Returns
    -------
    int
        0 if it offers none.
    """
    try:
        return system_call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return 0
        raise


def ruleset(
    readable: Iterable[str], listable: Iterable[str] = (), writable: Iterable[str] = ()
) -> int:
    """Prepare the rule that only some files may be opened, and no connection made.

    Parameters
    ----------
    readable : iterable of str
        Files, and folders with all that is in them. What does not exist is left out.
    listable : iterable of str
        Folders whose names may be listed.
    writable : iterable of str
        Files that may be read and written: ``/dev/null``.

    Returns
    -------
    int
        File descriptor for `restrict`; it can be used by every child.
    """
    offered = version()
    handled = _Ruleset(files=(1 << _FILES.get(offered, _FILES_LATEST)) - 1)
    if offered >= _NETWORK_FROM:
        handled.network = _NETWORK
    if offered >= _SCOPE_FROM:
        handled.scope = _SCOPE
    rules = system_call(
        _CREATE,
        ctypes.byref(handled),
        ctypes.c_size_t(ctypes.sizeof(handled)),
        ctypes.c_uint32(0),
    )
    for paths, rights in (
        (readable, READ_FILE | READ_DIR),
        (listable, READ_DIR),
        (writable, READ_FILE | WRITE_FILE),
    ):
        for path in paths:
            _allow(rules, path, rights)
    return rules


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - pathlib is not loaded in the sandbox
            rights &= ~READ_DIR
        rule = _PathBeneath(allowed=rights, folder=folder)
        system_call(
            _ADD,
            ctypes.c_int(rules),
            ctypes.c_int(_PATH_BENEATH),
            ctypes.byref(rule),
            ctypes.c_uint32(0),
        )
    finally:
        os.close(folder)


def restrict(rules: int) -> None:
    """Put the rule on this thread and all it starts; there is no way back.

    Parameters
    ----------
    rules : int
        From `ruleset`.
    """
    no_new_privileges()
    system_call(_RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0))
