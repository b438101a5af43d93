"""Requests to the Linux kernel that Python's own library has no function for."""

from __future__ import annotations

import ctypes
import os
import sys

_SET_DEATH_SIGNAL = 1
_SET_DUMPABLE = 4
_SET_SECCOMP = 22
_DROP_FROM_BOUNDING_SET = 24
_SET_SUBREAPER = 36
_SET_NO_NEW_PRIVS = 38
_FILTER = 2
_CAPABILITIES_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def system_call(number: int, *arguments: object) -> int:
    """Make a system call by its number.

    Parameters
    ----------
    number : int
        Its number.
    *arguments : ctypes values
        Its arguments.

    Returns
    -------
    int

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    if _libc is None:
        raise OSError("there are no Linux system calls on this system")
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def _prctl(option: int, argument: int, pointer: object = None) -> None:
    zero = ctypes.c_ulong(0)
    if _libc is None:
        raise OSError("there is no prctl on this system")
    _checked(
        _libc.prctl(ctypes.c_int(option), ctypes.c_ulong(argument), pointer or zero, zero, zero)
    )


def no_new_privileges() -> None:
    """Give up ever gaining a privilege; the kernel wants it before it takes rules from anyone."""
    _prctl(_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """Ask to be killed when the thread that started this process ends."""
    _prctl(_SET_DEATH_SIGNAL, 9)


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that none gets away."""
    _prctl(_SET_SUBREAPER, 1)


def hide_memory() -> None:
    """Keep processes of the same user from looking into this one and its children."""
    _prctl(_SET_DUMPABLE, 0)


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def drop_capabilities() -> None:
    """Give up all special rights, such as those of the administrator."""
    for capability in range(64):
        try:
            _prctl(_DROP_FROM_BOUNDING_SET, capability)
        except OSError:  # not ours to drop, or there is none of this number
            break
    if _libc is None:
        raise OSError("there is no capset on this system")
    header = _Header(_CAPABILITIES_VERSION, 0)
    _checked(_libc.capset(ctypes.byref(header), (ctypes.c_uint32 * 6)()))


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def filter_system_calls(program: bytes) -> None:
    """Put a filter on this process and all it starts; there is no way back.

    Parameters
    ----------
    program : bytes
        BPF instructions of 8 bytes each, as `nnlab.grading.seccomp.program` makes them.
    """
    no_new_privileges()
    wanted = _Program(len(program) // 8, program)
    _prctl(_SET_SECCOMP, _FILTER, ctypes.byref(wanted))
