"""What runs in a sandbox's first process: it never runs submitted code, it forks workers that do.

For every job it forks one worker, forwards what the worker writes as far as the limits allow, and
then ends the worker and everything the worker started. It answers with messages: a letter, a length
(4 bytes), the rest. ``R``: ready. ``D``: bytes from the worker. ``E``: the end, as JSON.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import select
import signal
import struct
import sys
import time
from typing import Any, NoReturn

from nnlab.grading import kernel, landlock, watch, worker
from nnlab.grading.frames import JOB_READ, REQUEST

_PRELOADED = """
    abc argparse array ast bisect calendar cmath collections.abc colorsys contextlib copy csv
    dataclasses datetime decimal difflib enum fractions functools glob hashlib heapq inspect io
    itertools json keyword linecache locale logging math numbers operator os pathlib pickle pprint
    queue random re secrets statistics string struct subprocess textwrap threading time timeit
    tokenize traceback types typing unittest uuid warnings weakref zlib
    numpy numpy.char numpy.dtypes numpy.exceptions numpy.fft numpy.lib.format
    numpy.lib.stride_tricks numpy.linalg numpy.ma numpy.matlib numpy.polynomial numpy.random
    numpy.rec numpy.strings numpy.testing numpy.typing
""".split()  # noqa: SIM905 - words are easier to read than strings

_NEEDED = {"_ctypes", "_posixsubprocess"}
"""What modules cannot be imported without although submitted code must not have it."""

_PIECE = 1 << 16
_TICK = 0.05
_PATIENCE = 1.0
_LINUX = sys.platform == "linux"


def serve(config: dict[str, Any]) -> NoReturn:
    """Do jobs until standard input ends.

    Parameters
    ----------
    config : dict
        From `nnlab.grading.sandbox`: the level, files that may be read, the filter of system calls.
    """
    requests, replies = os.dup(0), os.dup(1)
    _preload()
    rules = -1
    if _LINUX:
        kernel.adopt_orphans()
        kernel.die_with_parent()
        kernel.hide_memory()
    if config["landlock"]:
        rules = landlock.ruleset(config["readable"], config["listable"], [os.devnull])
    _silence()
    gc.collect()
    gc.freeze()  # the garbage collector of a worker leaves the pages it shares with us alone
    _reply(replies, b"R", b"")
    piece = bytearray(_PIECE)
    while (head := _head(requests)) is not None:
        _serve_one(head, config, requests, replies, rules, piece)
    os._exit(0)  # there is nothing to tidy up, and the grader is waiting


def _silence() -> None:
    """Make standard input, output and error lead nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)


def _preload() -> None:
    """Import once what workers would each import, and make what is random there reproducible."""
    # Nor do other modules keep what the watch refuses; they get along without.
    for name in watch.MODULES - sys.modules.keys() - _NEEDED:
        vars(sys)["modules"][name] = None
    for name in [*_PRELOADED, *sorted(set(sys.builtin_module_names) - watch.MODULES)]:
        # NumPy's submodules differ a little between its versions.
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    np = sys.modules["numpy"]
    # Also generators without a seed: the same submission, marked again, gives the same answers.
    np.random.bit_generator.randbits = random.Random(0).getrandbits
    np.random.seed(0)
    # What acts beside the interpreter is not lying about; the watch refuses to import it again.
    vars(sys.modules["subprocess"])["_fork_exec"] = None
    for name, module in list(sys.modules.items()):
        if name in watch.MODULES or name.partition(".")[0] == "ctypes":
            del sys.modules[name]
        elif "ctypes" in vars(module):  # NumPy's
            vars(module)["ctypes"] = None


def _head(requests: int) -> bytes | None:
    head = os.read(requests, REQUEST.size)
    while head and len(head) < REQUEST.size and (more := os.read(requests, REQUEST.size)):
        head += more
    return head if len(head) == REQUEST.size else None


def _reply(replies: int, letter: bytes, body: bytes | memoryview) -> None:
    rest = [memoryview(letter + struct.pack("<I", len(body))), memoryview(body)]
    while rest:
        written = os.writev(replies, rest)
        while rest and written >= len(rest[0]):
            written -= len(rest.pop(0))
        if rest:
            rest[0] = rest[0][written:]


def _serve_one(
    head: bytes,
    config: dict[str, Any],
    requests: int,
    replies: int,
    rules: int,
    piece: bytearray,
) -> None:
    """Let a worker do a job.

    What belongs to a submission must not come into the memory of this process, from which the next
    worker is made: the worker reads its job itself, and answers go through one piece of memory that
    is wiped.
    """
    size, wall, output = REQUEST.unpack(head)
    inlet, outlet = os.pipe()
    server = os.getpid()
    pid = os.fork()
    if pid == 0:
        if _LINUX:
            kernel.die_with_parent()
        if os.getppid() != server:  # it ended before it was asked for
            os._exit(1)
        _silence()  # again: flags of one open file would be the same for all workers
        worker.work(requests, size, config, outlet, rules)
    os.close(outlet)
    if os.read(inlet, 1) != JOB_READ:  # a job that was left half read cannot be told from the next
        os._exit(1)
    try:
        why = _forward(pid, wall, output, inlet, requests, replies, memoryview(piece))
    except BrokenPipeError:
        why = "grader gone"
    os.close(inlet)
    piece[:] = bytes(len(piece))
    status = _end(pid)
    _sweep()
    if why == "grader gone":
        os._exit(0)
    _reply(replies, b"E", json.dumps({"why": why, "status": status}).encode())


def _forward(
    pid: int,
    wall: float,
    output: int,
    inlet: int,
    requests: int,
    replies: int,
    piece: memoryview,
) -> str:
    """Forward until the worker ends or may not go on; return why not."""
    deadline = time.monotonic() + wall
    while True:
        now = time.monotonic()
        if now >= deadline:
            return "time"
        ready, _, _ = select.select([inlet, requests], [], [], min(deadline - now, _TICK))
        if requests in ready:  # nothing is sent during a job, so this is the end of the grader
            return "grader gone"
        if inlet in ready:
            size = os.readv(inlet, [piece])
            if not size:
                _wait(pid, min(deadline, now + _PATIENCE))
                return ""
            output -= size
            if output < 0:
                return "output"
            _reply(replies, b"D", piece[:size])
        elif _has_ended(pid):  # and what it wrote has been read; someone else keeps the pipe open
            return ""


def _wait(pid: int, deadline: float) -> None:
    """Give a worker that closed its pipe a moment to end by itself."""
    while not _has_ended(pid) and time.monotonic() < deadline:
        time.sleep(0.0005)


def _has_ended(pid: int) -> bool:
    """Return whether a worker has ended, without burying it: its number stays taken."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end(pid: int) -> int:
    """End the worker with the processes of its session; return how it ended."""
    with contextlib.suppress(ProcessLookupError):  # it may not have come to making a session
        os.killpg(pid, signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _sweep() -> None:
    """End all descendants, whatever session they fled to: orphans become our children."""
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for pid in _descendants():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)


def _descendants() -> list[int]:
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib is not loaded yet
        if name.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                parent = int(file.read().rpartition(b")")[2].split()[1])
                parents.setdefault(parent, []).append(int(name))
    found = list(parents.get(os.getpid(), []))
    for pid in found:  # grows as we go
        found += parents.get(pid, [])
    return found
