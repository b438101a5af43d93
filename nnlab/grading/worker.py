"""What runs in the worker, a process made for one job: close the door, run the cells, call.

Nothing that comes after `shut_in` is trusted: submitted code runs in this very interpreter and may
change any of it. All it can spoil are its own answers.
"""

from __future__ import annotations

import builtins
import json
import math
import os
import random
import resource
import signal
import struct
import sys
import time
from _sitebuiltins import Quitter
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from nnlab.exercises.answers import MAX_MESSAGE, Answer, collect
from nnlab.grading import frames, kernel, landlock, watch
from nnlab.grading.cells import Notebook
from nnlab.grading.frames import JOB_READ, MAX_PROBLEM, OUT_OF_MEMORY

MAX_SLOW = 2
"""How many calls may take too long before the rest is left."""

_MOMENT = 0.05
"""Seconds for a statement before the own cell when the time for all of those is used up."""

_ANSWERS, _RULES = 3, 4
_MAX_DESCRIPTORS = 64
_LINUX = sys.platform == "linux"


def work(requests: int, size: int, config: dict[str, Any], answers: int, rules: int) -> NoReturn:
    """Do one job and end this process.

    Parameters
    ----------
    requests : int
        File descriptor from which the job is read, as `nnlab.grading.sandbox` wrote it.
    size : int
        Bytes of the job.
    config : dict
        From `nnlab.grading.sandbox`.
    answers : int
        File descriptor for the answers.
    rules : int
        File descriptor of the Landlock rules, or -1.
    """
    code = 1
    try:
        job = _read(requests, size)
        os.write(answers, JOB_READ)
        start = 4 + struct.unpack("<I", job[:4])[0]
        head = json.loads(job[4:start])
        cases = _cases(job[start:])
        shut_in(head["limits"], config, answers, rules)
        _run(head, cases)
        code = 0
    except MemoryError:
        code = OUT_OF_MEMORY
    finally:
        os._exit(code)


def _read(source: int, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = os.read(source, min(size - len(data), 1 << 20))
        if not piece:
            raise EOFError("the job ended before its end")
        data += piece
    return bytes(data)


def _cases(data: bytes) -> list[tuple[Any, ...]]:
    cases = []
    while data:
        size = struct.unpack("<Q", data[:8])[0]
        cases.append(frames.unpack(data[8 : 8 + size]))
        data = data[8 + size :]
    return cases


def shut_in(limits: dict[str, Any], config: dict[str, Any], answers: int, rules: int) -> None:
    """Give up every right that answering does not need.

    Parameters
    ----------
    limits : dict
        Fields of `nnlab.grading.jobs.Limits`.
    config : dict
        From `nnlab.grading.sandbox`.
    answers, rules : int
        The only file descriptors that stay.
    """
    os.setsid()
    # First out of the way of the places they are going to.
    answers, rules = (os.dup(fd) if fd >= 0 else -1 for fd in (answers, rules))
    os.dup2(answers, _ANSWERS)
    if rules >= 0:
        os.dup2(rules, _RULES)
    os.closerange(_RULES + (rules >= 0), _MAX_DESCRIPTORS)
    _limit(limits)
    if _LINUX:
        kernel.drop_capabilities()
    if rules >= 0:
        landlock.restrict(_RULES)
        os.close(_RULES)
        kernel.filter_system_calls(bytes.fromhex(config["filter"]))
    # Whoever looks at the frames above finds these modules, and in them any system call.
    for module in (kernel, landlock):
        vars(module).clear()
    watch.install(tuple(config["readable"]), tuple(config["listable"]))


def _limit(limits: dict[str, Any]) -> None:
    # The clock on the wall comes first; this is for a server that does not look at it.
    seconds = math.ceil(limits["wall"]) + 1
    wanted = {
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: limits["file_size"],
        resource.RLIMIT_NOFILE: _MAX_DESCRIPTORS,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    if _LINUX:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - pathlib is not loaded here
            pages = int(file.read().split()[0])
        wanted[resource.RLIMIT_AS] = pages * resource.getpagesize() + limits["memory"]
    for which, most in wanted.items():
        allowed = resource.getrlimit(which)[1]
        if allowed != resource.RLIM_INFINITY:
            most = min(most, allowed)
        resource.setrlimit(which, (most, most))


class _Alarm:
    """Interrupts what takes too long, again and again in case the interruption is swallowed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.rang = False
        signal.signal(signal.SIGALRM, self._ring)

    def _ring(self, number: int, frame: object) -> None:
        self.rang = True
        raise TimeoutError(f"it took longer than {self.seconds:g} s")

    def __call__(self, action: Callable[[], None]) -> None:
        self.rang = False
        signal.setitimer(signal.ITIMER_REAL, self.seconds, max(self.seconds / 4, 0.05))
        try:
            action()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


class _Allowance:
    """Limits the time that several actions take together: experiments in a notebook may be long.

    When it is used up, there is a moment left for each: for definitions, which take no time.
    """

    def __init__(self, alarm: _Alarm, seconds: float) -> None:
        self.alarm = alarm
        self.left = seconds

    def __call__(self, action: Callable[[], None]) -> None:
        most, start = self.alarm.seconds, time.monotonic()
        self.alarm.seconds = min(most, max(self.left, _MOMENT))
        try:
            self.alarm(action)
        finally:
            self.alarm.seconds = most
            self.left -= time.monotonic() - start


def _run(head: dict[str, Any], cases: list[tuple[Any, ...]]) -> None:
    random.seed(0)  # Python draws a new seed in every fork
    builtins.exit = builtins.quit = Quitter("exit", "the end of the input")
    limits = head["limits"]
    alarm = _Alarm(limits["call"])
    module = ModuleType("__main__")
    sys.modules["__main__"] = module
    # As in a notebook: the course's first cell binds `np`, and IPython has `display`.
    vars(module).update(np=sys.modules["numpy"], display=lambda *things, **how: None)
    notebook = Notebook(module, _Allowance(alarm, limits["wall"] / 2))
    *before, (own, _) = head["cells"]
    for source, extra in before:
        if extra:
            notebook.run_extra(source)
        else:
            notebook.run(source)
    notebook.guard = alarm
    problem = notebook.run(own)
    if notebook.lacks and not callable(notebook.names.get(head["entry"])):
        # What it lacks may be for a test or a figure; the function is what counts.
        notebook.run_extra(own)
    function = notebook.names.get(head["entry"])
    if not callable(function):
        problem = problem or _no_function(head["entry"], notebook.names)
        _send(frames.frame(b"P", problem[:MAX_PROBLEM]))
        return
    slow = 0
    for place, case in enumerate(cases):
        _send(frames.answer_frame(place, _answer(function, case, alarm)))
        slow += alarm.rang
        if slow > MAX_SLOW:
            _send(frames.frame(b"E", True))
            return
    _send(frames.frame(b"E", False))


def _no_function(entry: str, names: dict[str, Any]) -> str:
    if entry in names:
        return f"{entry} is of type {type(names[entry]).__name__}, not a function"
    return f"the cell defines no function called `{entry}`"


def _answer(function: Callable[..., object], case: tuple[Any, ...], alarm: _Alarm) -> Answer:
    found: list[Answer] = []
    # `collect` lets what is no `Exception` through, and the alarm may ring on its last line.
    try:
        alarm(lambda: found.extend(collect(function, [case])))
    except BaseException as error:  # noqa: BLE001
        if not found:
            message = str(error) if type(error) is TimeoutError else ""
            return Answer("error", None, type(error).__name__, message[:MAX_MESSAGE])
    return found[0]


def _send(data: bytes) -> None:
    while data:
        data = data[os.write(_ANSWERS, data) :]
