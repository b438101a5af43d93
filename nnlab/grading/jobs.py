"""What goes into a sandbox and what comes out: plain records, imported by both sides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TypeAlias

from nnlab.exercises.answers import Answer, Plain

Ending: TypeAlias = Literal["", "time", "memory", "output", "died", "protocol"]


class Level(IntEnum):
    """How well submitted code is shut in; each level holds those before it."""

    LIMITS = 1
    """Resource limits and a watch inside the interpreter: not a border against an expert."""
    LANDLOCK = 2
    """Also Landlock and seccomp: the kernel refuses files, processes and connections."""
    BUBBLEWRAP = 3
    """Also namespaces of its own: no other process, no network, few folders to read."""

    @property
    def label(self) -> str:
        """Name on the command line and in reports."""
        return self.name.lower()


@dataclass(frozen=True)
class Limits:
    """What one run may use.

    Parameters
    ----------
    wall : float
        Seconds for one run, all calls together. What comes before the own cell gets half of them.
    call : float
        Seconds for one cell or one call of the function; a run goes on after it.
    memory : int
        Bytes of address space beyond what an idle worker has.
    file_size : int
        Bytes of one file.
    output : int
        Bytes that may come home.
    """

    wall: float = 20.0
    call: float = 2.0
    memory: int = 1 * 2**30
    file_size: int = 1 * 2**20
    output: int = 64 * 2**20


@dataclass(frozen=True)
class Cell:
    """Code of a submission.

    Parameters
    ----------
    source : str
        Its text.
    extra : bool
        Whether it is a cell of the student's own rather than a solution cell. Then its statements
        run one by one, one that fails is passed over, and expressions are left out: it is there for
        the helpers and constants it defines.
    """

    source: str
    extra: bool = False


@dataclass(frozen=True)
class Job:
    """One exercise of one submission.

    Parameters
    ----------
    cells : tuple of Cell
        In the order of the notebook; the last one is the exercise's own solution cell.
    entry : str
        Name of the function to call.
    cases : tuple of tuple
        Positional arguments of every call, as plain data.
    """

    cells: tuple[Cell, ...]
    entry: str
    cases: tuple[tuple[Plain, ...], ...]


@dataclass(frozen=True)
class Run:
    """What came of a job.

    Parameters
    ----------
    answers : list of Answer
        One for every case; where a run ended early, errors that say why.
    ended : {"", "time", "memory", "output", "died", "protocol"}
        Why it ended early; empty if it did not. ``"protocol"``: what came home was no answer.
    problem : str
        If the function never came to be: what the own solution cell did instead, as a sentence
        such as "the cell stopped with NameError: name 'a' is not defined (line 2)".
    """

    answers: list[Answer]
    ended: Ending = ""
    problem: str = ""
