"""The processes that mark: on this machine, or the workers of a Dask cluster.

Whatever runs submitted code is started by them and ends with them.
"""

from __future__ import annotations

import atexit
import importlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Protocol

import nnlab
from nnlab.grading.assignment import Assignment
from nnlab.grading.jobs import Level, Limits
from nnlab.grading.levels import best_level
from nnlab.grading.marking import mark
from nnlab.grading.marks import Marks
from nnlab.grading.refusal import GradeError
from nnlab.grading.sandbox import Sandbox
from nnlab.grading.secret import Secret
from nnlab.grading.submission import Submission

PATIENCE = 20.0
"""Seconds to wait for a cluster and for its first worker."""


@dataclass(frozen=True)
class Order:
    """What a process needs to mark one notebook.

    Parameters
    ----------
    submission : Submission
        What was handed in.
    assignment : Assignment
        What was asked for.
    student : str
        Who handed it in.
    secret : Secret
        The course's.
    level : Level
        How well submitted code is shut in.
    limits : Limits
        What it may use.
    """

    submission: Submission
    assignment: Assignment
    student: str
    secret: Secret
    level: Level
    limits: Limits


class _Sandboxes:
    """The sandboxes of this process that are not in use; a worker with threads needs several."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[tuple[Level, Limits], list[Sandbox]] = {}

    @contextmanager
    def lend(self, level: Level, limits: Limits) -> Iterator[Sandbox]:
        with self._lock:
            idle = self._idle.setdefault((level, limits), [])
            sandbox = idle.pop() if idle else Sandbox(level=level, limits=limits)
        try:
            yield sandbox
        except BaseException:
            sandbox.close()  # whatever it was doing, nobody waits for it any more
            raise
        with self._lock:
            self._idle.setdefault((level, limits), []).append(sandbox)

    def close(self) -> None:
        with self._lock:
            idle = [sandbox for sandboxes in self._idle.values() for sandbox in sandboxes]
            self._idle.clear()
        for sandbox in idle:
            sandbox.close()


_SANDBOXES = _Sandboxes()
atexit.register(_SANDBOXES.close)


def carry_out(order: Order) -> Marks:
    """Mark one notebook in this process, with a sandbox that the next one will use again.

    Parameters
    ----------
    order : Order
        What to do.

    Returns
    -------
    Marks
    """
    with _SANDBOXES.lend(order.level, order.limits) as sandbox:
        return mark(order.submission, order.assignment, order.student, order.secret, sandbox)


class Pool(Protocol):
    """Processes that carry out orders."""

    size: int
    """How many orders are worked on at the same time."""

    def executor(self, size: int) -> Executor:
        """Return the executor to submit to; a fresh one if the one before is broken."""
        ...

    def discard(self) -> None:
        """Give up an executor that is broken."""
        ...

    def problem(self) -> str:
        """Return a sentence if the pool as a whole is of no use any more."""
        ...


class LocalPool:
    """Worker processes on this machine.

    Parameters
    ----------
    jobs : int
        How many.
    """

    def __init__(self, jobs: int) -> None:
        self.size = jobs
        self._executor: ProcessPoolExecutor | None = None
        self._made = 0
        self._others = set(multiprocessing.active_children())

    def executor(self, size: int) -> Executor:
        """Return an executor with `size` processes."""
        if self._executor is None or self._made != size:
            self.discard()
            self._made = size
            self._executor = ProcessPoolExecutor(
                size, multiprocessing.get_context("spawn"), _start_worker
            )
        return self._executor

    def discard(self) -> None:
        """Let the processes end when they have done what they were given."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None

    def stop(self) -> None:
        """End the processes now, in the middle of what they are doing."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None
        children = set(multiprocessing.active_children()) - self._others
        for child in children:
            child.terminate()
        for child in children:
            child.join(PATIENCE)

    def problem(self) -> str:
        """Return nothing: there can always be new processes."""
        return ""


def _start_worker() -> None:
    """Prepare a worker process; what it starts must end with it, however it ends.

    Ctrl-C reaches every process of the terminal; which of them end, and when, is the parent's
    business. A handler rather than SIG_IGN, as the latter would be handed on to submitted code.
    """

    def nothing(_signal: int, _frame: FrameType | None) -> None:
        pass

    def end(_signal: int, _frame: FrameType | None) -> None:
        os._exit(1)  # sandboxes end when they lose the process that made them

    def follow_parent() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    signal.signal(signal.SIGINT, nothing)
    signal.signal(signal.SIGTERM, end)
    # A parent that was killed cannot tell its workers to end.
    threading.Thread(target=follow_parent, daemon=True).start()


@contextmanager
def local_pool(jobs: int) -> Iterator[Pool]:
    """Yield worker processes on this machine; none of them is left when the block is.

    Parameters
    ----------
    jobs : int
        How many.

    Yields
    ------
    Pool
    """
    pool = LocalPool(jobs)
    with _safe_path():
        try:
            yield pool
        except BaseException:
            pool.stop()
            raise
        pool.discard()


@contextmanager
def _safe_path() -> Iterator[None]:
    """Keep Python processes that are started meanwhile from importing from the current folder.

    It may be the folder of the submissions, and a student may have handed in a ``struct.py``.
    """
    name = "PYTHONSAFEPATH"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


class ClusterPool:
    """The workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    size : int
        How many orders it works on at the same time.
    """

    def __init__(self, client: Any, size: int) -> None:  # noqa: ANN401 - Dask has no type hints
        self.size = size
        self._client = client
        self._executor: Executor | None = None

    def executor(self, size: int) -> Executor:
        """Return the one executor; a cluster replaces lost workers by itself."""
        if self._executor is None:
            # Two students may hand in the same, and who is called twice is marked twice.
            self._executor = self._client.get_executor(pure=False)
        return self._executor

    def discard(self) -> None:
        """Do nothing: losing a worker does not break the executor."""

    def problem(self) -> str:
        """Return a sentence if the connection is lost."""
        if self._client.status == "running":
            return ""
        return "The connection to the cluster was lost; run the same command again to go on"


@contextmanager
def cluster_pool(address: str) -> Iterator[tuple[Pool, Level]]:
    """Yield the workers of a cluster and the level that all of them can give.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Yields
    ------
    pool : Pool
    level : Level

    Raises
    ------
    GradeError
        If the cluster cannot be used.
    """
    try:
        distributed: Any = importlib.import_module("distributed")
    except ImportError:
        raise GradeError(
            'A cluster needs the package distributed: pip install "nnlab[cluster]"'
        ) from None
    try:
        client: Any = distributed.Client(address, timeout=PATIENCE)
    except (OSError, ValueError, TypeError) as error:
        raise GradeError(f"There is no Dask scheduler at {address} ({error})") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise GradeError(f"The cluster at {address} has no workers") from None
        try:
            described = client.run(describe_worker)
        except Exception as error:
            raise GradeError(
                f"The workers of {address} cannot mark: {error}. Each of them needs nnlab "
                f"{nnlab.__version__} with the same Python and NumPy as here"
            ) from error
        versions = {version for version, _ in described.values()}
        if versions != {nnlab.__version__}:
            raise GradeError(
                f"The workers of {address} have nnlab {', '.join(sorted(versions))}, "
                f"but this is nnlab {nnlab.__version__}; install the same version everywhere"
            )
        size = sum(client.nthreads().values())
        try:
            yield ClusterPool(client, size), min(level for _, level in described.values())
        finally:
            if client.status == "running":
                client.run(close_sandboxes)


def describe_worker() -> tuple[str, Level]:
    """Return the version of nnlab and the best level where this runs."""
    return nnlab.__version__, best_level()


def close_sandboxes() -> None:
    """Close the sandboxes of this process that are not in use."""
    _SANDBOXES.close()
