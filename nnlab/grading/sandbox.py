"""Run submitted code somewhere else: start the sandbox, send jobs, judge nothing, trust nothing."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import struct
import subprocess
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from importlib import resources
from types import TracebackType
from typing import Any

from nnlab.exercises.answers import Answer
from nnlab.grading import frames, seccomp
from nnlab.grading.jobs import Cell, Ending, Job, Level, Limits, Run
from nnlab.grading.layout import layout
from nnlab.grading.levels import best_level, why_not

_MODULES = (
    *("nnlab", "nnlab.exercises", "nnlab.exercises.answers", "nnlab.grading"),
    *("nnlab.grading.frames", "nnlab.grading.kernel", "nnlab.grading.landlock"),
    *("nnlab.grading.watch", "nnlab.grading.cells", "nnlab.grading.worker"),
    "nnlab.grading.server",
)
"""What the sandbox needs, in the order of import; of packages only the name."""

_PACKAGES = ("nnlab", "nnlab.exercises", "nnlab.grading")

_TRIAL = Job((Cell("def trial():\n    return 1"),), "trial", ((),))

_START = 60.0
_GRACE = 10.0

_NO_FUNCTION, _NO_ANSWER = "CellError", "ProcessError"
"""Types of answers that no call gave. No function raises them, so no exercise can expect them."""


def command(level: Level, code: str) -> list[str]:
    """Return the command that runs code in the first process of a sandbox.

    Parameters
    ----------
    level : Level
        Only `Level.BUBBLEWRAP` makes a difference here.
    code : str
        Python source.

    Returns
    -------
    list of str
    """
    # Not -I: it would ignore PYTHONHASHSEED. The environment is ours, so that -E has no use.
    python = [layout().executable, "-s", "-S", "-B", "-P", "-X", "utf8", "-c", code]
    if level < Level.BUBBLEWRAP:
        return python
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise RuntimeError(why_not(level))
    options = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    options += ["--proc", "/proc", "--dev", "/dev", *layout().bindings()]
    options += ["--remount-ro", "/", "--chdir", "/"]
    return [bwrap, *options, "--", *python]


def _environment() -> dict[str, str]:
    return {
        "HOME": "/",
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PATH": "",
        "PYTHONHASHSEED": "0",
    }


@cache
def _sources() -> list[tuple[str, str]]:
    """Return name and text of every module that the sandbox needs."""
    texts = []
    for name in _MODULES:
        package, _, stem = name.rpartition(".")
        file = resources.files(package or name).joinpath(f"{stem}.py")
        texts.append((name, "" if name in _PACKAGES else file.read_text("utf-8")))
    return texts


class Sandbox:
    """Runs jobs in a process of its own, shut in as well as the computer allows.

    Starting is left until the first job. A sandbox outlives its processes: if they die, the next
    job starts new ones. Jobs of several threads are run one after the other.

    Parameters
    ----------
    level : Level, optional
        How well to shut code in; the best there is by default.
    limits : Limits
        What one run may use.

    Raises
    ------
    RuntimeError
        If the level is not to be had here.
    """

    def __init__(self, level: Level | None = None, limits: Limits | None = None) -> None:
        self.level = best_level() if level is None else Level(level)
        missing = why_not(self.level)
        if missing:
            raise RuntimeError(f"the sandbox level {self.level.label} is not to be had: {missing}")
        self.limits = Limits() if limits is None else limits
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._end: Callable[[], object] | None = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(self, job: Job) -> Run:
        """Run the cells of a job and call its function.

        Parameters
        ----------
        job : Job
            What to run.

        Returns
        -------
        Run
            With one answer for every case, whatever the code did.

        Raises
        ------
        RuntimeError
            If the sandbox does not start.
        """
        data = _job_bytes(job, self.limits)
        with self._lock:
            if self._server is None or not self._server.is_alive():
                self._stop()
                self._server = _Server(self.level)
                self._server.prove(self.limits)
                # Also for a sandbox that nobody closes, at the latest when Python ends.
                self._end = weakref.finalize(self, self._server.stop)
            try:
                received, end = self._server.exchange(data, self.limits)
            except BaseException:
                self._stop()
                raise
            if end is None:
                self._stop()
        return _run(job, self.limits, received, end)

    def close(self) -> None:
        """End all processes of the sandbox; a later job starts it again."""
        with self._lock:
            self._stop()

    def _stop(self) -> None:
        if self._end is not None:
            self._end()
        self._server = self._end = None


class _Server:
    """The running first process of a sandbox."""

    def __init__(self, level: Level) -> None:
        self._owner = os.getpid()
        started = threading.Event()
        # The kernel ends the sandbox with the *thread* that started it, so it gets one that stays.
        self._keeper = threading.Thread(
            target=self._keep, args=(level, started), name="nnlab-sandbox", daemon=True
        )
        self._error: OSError | None = None
        self._keeper.start()
        started.wait()
        if self._error is not None:
            raise RuntimeError(f"the sandbox does not start: {self._error}") from self._error
        try:
            self._introduce(level)
        except BaseException:
            self.stop()
            raise

    def _keep(self, level: Level, started: threading.Event) -> None:
        code = resources.files("nnlab.grading").joinpath("bootstrap.py").read_text("utf-8")
        try:
            self._process = subprocess.Popen(
                command(level, code),
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
            pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
            self._input, self._output, self._errors = (pipe for pipe in pipes if pipe is not None)
        except OSError as error:
            self._error = error
        finally:
            started.set()
        if self._error is None:
            self._process.wait()

    def _introduce(self, level: Level) -> None:
        places = layout()
        is_inside = level >= Level.LANDLOCK
        config = {
            "numpy": places.numpy,
            "readable": places.readable,
            "listable": places.libraries,
            "landlock": is_inside,
            "filter": seccomp.program().hex() if is_inside else "",
            "modules": _sources(),
        }
        deadline = time.monotonic() + _START
        letter = b""
        if self._write(json.dumps(config).encode() + b"\n", deadline):
            letter, _ = self._message(deadline)
        if letter != b"R":
            self._process.kill()
            lines = self._errors.read().decode(errors="replace").strip().splitlines()
            said = lines[-1] if lines else "it said nothing"
            raise RuntimeError(f"the sandbox does not start: {said}")

    def prove(self, limits: Limits) -> None:
        """See that a worker works: what is wrong on our side must not look like a wrong answer."""
        patient = replace(limits, wall=_START, call=_START)
        found = _run(_TRIAL, patient, *self.exchange(_job_bytes(_TRIAL, patient), patient))
        if found.answers != [Answer("value", 1)]:
            self.stop()
            raise RuntimeError(
                f"the sandbox does not work here with {limits}: its first worker ended without an "
                "answer; try another level"
            )

    def is_alive(self) -> bool:
        return self._owner == os.getpid() and self._process.poll() is None

    def exchange(self, job: bytes, limits: Limits) -> tuple[bytes, dict[str, Any] | None]:
        """Send a job; return the bytes of its worker and how it ended, None if the server did."""
        # The server keeps to the limits. This is for the case that it does not.
        deadline = time.monotonic() + limits.wall + _GRACE
        received = bytearray()
        request = frames.REQUEST.pack(len(job), limits.wall, limits.output)
        if not self._write(request + job, deadline):
            return b"", None
        while True:
            letter, body = self._message(deadline)
            if letter == b"D" and len(received) + len(body) <= limits.output:
                received += body
            elif letter == b"E":
                return bytes(received), json.loads(body)
            else:
                return bytes(received), None

    def _write(self, data: bytes, deadline: float) -> bool:
        pipe = self._input.fileno()
        os.set_blocking(pipe, False)
        rest = memoryview(data)
        while rest:
            if not _ready(pipe, select.POLLOUT, deadline):
                return False
            try:
                rest = rest[os.write(pipe, rest) :]
            except BrokenPipeError:
                return False
        return True

    def _message(self, deadline: float) -> tuple[bytes, bytes]:
        head = self._read(5, deadline)
        if head is None:
            return b"", b""
        size = struct.unpack("<I", head[1:])[0]
        body = self._read(size, deadline) if size <= 1 << 20 else None
        return (b"", b"") if body is None else (head[:1], body)

    def _read(self, size: int, deadline: float) -> bytes | None:
        pipe = self._output.fileno()
        data = bytearray()
        while len(data) < size:
            if not _ready(pipe, select.POLLIN, deadline):
                return None
            piece = os.read(pipe, size - len(data))
            if not piece:
                return None
            data += piece
        return bytes(data)

    def stop(self) -> None:
        """End the server with all it started."""
        # It ends by itself when its input does, after its worker and what that started.
        self._input.close()
        if self._owner != os.getpid():  # a fork of the grader: the server is not its own
            self._output.close()
            self._errors.close()
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(2)
        self._process.kill()
        self._keeper.join()
        self._output.close()
        self._errors.close()


def _ready(pipe: int, event: int, deadline: float) -> bool:
    """Wait until a pipe can be used; return whether that is before the deadline."""
    waiting = select.poll()  # unlike `select.select`, for descriptors of any number
    waiting.register(pipe, event)
    left = deadline - time.monotonic()
    return left > 0 and bool(waiting.poll(left * 1000))


def _job_bytes(job: Job, limits: Limits) -> bytes:
    head = {
        "cells": [(cell.source, cell.extra) for cell in job.cells],
        "entry": job.entry,
        "limits": asdict(limits),
    }
    text = json.dumps(head).encode()
    pieces = [struct.pack("<I", len(text)), text]
    for case in job.cases:
        data = frames.pack(case)
        pieces += (struct.pack("<Q", len(data)), data)
    return b"".join(pieces)


def _run(job: Job, limits: Limits, received: bytes, end: dict[str, Any] | None) -> Run:
    try:
        stream = frames.read(received, [len(case) for case in job.cases])
    except frames.FrameError:
        stream = frames.Stream()
        ended: Ending = "protocol"
    else:
        ended = _ending(stream, end)
    answers, missing = stream.answers, len(job.cases) - len(stream.answers)
    if stream.problem:
        rest = Answer("error", type=_NO_FUNCTION, message=stream.problem)
    else:
        rest = _unanswered(ended, limits, stream.slow)
    return Run(answers + [rest] * missing, ended, stream.problem)


def _ending(stream: frames.Stream, end: dict[str, Any] | None) -> Ending:
    if stream.slow:
        return "time"
    if stream.whole:
        return ""
    if end is None:
        return "died"
    if end["why"]:
        ended: Ending = end["why"]
        return ended
    return "memory" if end["status"] == frames.OUT_OF_MEMORY else "died"


def _unanswered(ended: Ending, limits: Limits, slow: bool) -> Answer:
    megabytes = limits.output / 2**20
    kind, message = {
        "time": (
            "TimeoutError",
            "the calls before this one took too long"
            if slow
            else f"the run took longer than {limits.wall:g} s",
        ),
        "memory": ("MemoryError", "the run needed too much memory"),
        "output": (_NO_ANSWER, f"the run sent more than {megabytes:g} MB"),
        "protocol": (_NO_ANSWER, "the run sent something that is no answer"),
    }.get(ended, (_NO_ANSWER, "Python ended before this call was answered"))
    return Answer("error", type=kind, message=message)
