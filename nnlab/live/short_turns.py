"""Lets a thread that draws keep up with a cell that computes."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["short_turns"]

_TURN = 0.0005  # seconds; Python's own is ten times as long

_lock = threading.Lock()
_users = 0
_before = 0.0


@contextmanager
def short_turns() -> Iterator[None]:
    """Let Python's threads take turns more often, as long as anybody is inside.

    One picture is hundreds of calls into compiled code, and after many of them the thread has to
    wait until a computing cell ends its turn. With shorter turns a playground beside such a cell
    showed half as many pictures again. The setting is that of the whole process.

    Yields
    ------
    None
    """
    global _users, _before
    with _lock:
        if not _users:
            _before = sys.getswitchinterval()
            sys.setswitchinterval(min(_TURN, _before))
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                sys.setswitchinterval(_before)
