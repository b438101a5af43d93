"""What an entry of the hostile corpus is, and the small assignment all of them hand in.

The assignment is four exercises cut from lesson 01. Most entries solve the first two honestly,
leave the third alone and try a trick in the fourth: the honest part must be paid, the trick must
not. All of it is bounded: outside a sandbox the worst is some seconds of CPU, 200 MB of memory,
and marker files in the folders of a `Scene`.
"""

from __future__ import annotations

import copy
import json
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import nnlab
from nnlab.grading.jobs import Level

Notebook = dict[str, Any]

EXERCISES = ("01.mse", "01.mae", "01.sigmoid", "01.softmax")

POINTS = {"01.mse": 1.0, "01.mae": 1.0, "01.sigmoid": 2.0, "01.softmax": 2.0}

ALL = POINTS
NONE = dict.fromkeys(EXERCISES, 0.0)
FIRST_TWO = {**NONE, "01.mse": 1.0, "01.mae": 1.0}

MSE = "def mse(y, prediction):\n    return np.mean((y - prediction) ** 2)\n"
MAE = "def mae(y, prediction):\n    return np.mean(np.abs(y - prediction))\n"
SIGMOID = "def sigmoid(z):\n    return 0.5 * (1 + np.tanh(z / 2))\n"
SOFTMAX = """\
def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
"""
RIGHT = dict(zip(EXERCISES, (MSE, MAE, SIGMOID, SOFTMAX), strict=True))
WRONG = {
    "01.mse": "def mse(y, prediction):\n    return 1.5\n",
    "01.mae": "def mae(y, prediction):\n    return 1.5\n",
    "01.sigmoid": "def sigmoid(z):\n    return z\n",
    "01.softmax": "def softmax(z):\n    return z\n",
}

REACH = """
import sys
def reach():
    # Every namespace that can be found from the frames below and from the loaded modules.
    spaces, frame = [], sys._getframe()
    while frame is not None:
        spaces += [frame.f_globals, frame.f_locals]
        frame = frame.f_back
    spaces += [getattr(module, "__dict__", {}) for module in list(sys.modules.values())]
    for space in list(spaces):
        for thing in list(space.values()):
            if type(thing) is type(sys) and not any(thing.__dict__ is one for one in spaces):
                spaces.append(thing.__dict__)
    return [one for one in spaces if not str(one.get("__name__")).startswith("numpy")]
def reached(*names):
    return [space[name] for space in reach() for name in names if space.get(name) is not None]
def kernel():
    # What the worker itself uses to talk to the kernel, or else the front door.
    for ctypes, libc in zip(reached("ctypes"), reached("_libc")):
        return ctypes, libc
    import ctypes
    return ctypes, ctypes.CDLL(None)
NUMBERS = {
    "x86_64": dict(
        openat=257, read=0, write=1, lseek=8, truncate=76, renameat2=316, unlinkat=263,
        fchmodat=268, mkdirat=258, socket=41, connect=42, sendto=44, clone=56, kill=62,
        setsid=112, ptrace=101, prlimit64=302, fcntl=72, flock=73, memfd_create=319,
        process_vm_readv=310,
    ),
    "aarch64": dict(
        openat=56, read=63, write=64, lseek=62, truncate=45, renameat2=276, unlinkat=35,
        fchmodat=53, mkdirat=34, socket=198, connect=203, sendto=206, clone=220, kill=129,
        setsid=157, ptrace=117, prlimit64=261, fcntl=25, flock=32, memfd_create=279,
        process_vm_readv=270,
    ),
}
def call(name, *arguments):
    import os
    ctypes, libc = kernel()
    given = [ctypes.c_long(one) if type(one) is int else one for one in arguments]
    return libc.syscall(ctypes.c_long(NUMBERS[os.uname().machine][name]), *given)
def address(array):
    return array.__array_interface__["data"][0]
HERE, CREATE = -100, 0o102
"""
"""Code with which a trick finds what the worker is made of, importable or not."""


@dataclass(frozen=True)
class Scene:
    """Folders, ports and names that the tricks are told of, all made for the test."""

    token: str
    """Part of the name of everything that a trick makes."""
    folder: str
    """A folder of the teacher's, which must not change."""
    home: str
    tmp: str
    inbox: str
    """Where the submissions lie, with modules beside them that nobody must import; also the cwd."""
    neighbour: str
    """The notebook of another student, with everything right."""
    secret: str
    gradebook: str
    tcp: int
    udp: int
    unix: str
    tester: int
    """Process that runs the tests: a trick aimed at a parent process spares it."""
    package: str
    """Folder that holds `nnlab` with its solutions; only ever read."""

    def prelude(self) -> str:
        """Return a line of code that makes all of this known to a trick."""
        names = ", ".join(field.name.upper() for field in fields(self))
        return f"{names} = {tuple(getattr(self, field.name) for field in fields(self))!r}\n"


@dataclass(frozen=True)
class Entry:
    """One submission.

    Parameters
    ----------
    name : str
        Short name, unique.
    trick : str
        What it tries, in one sentence.
    submission : callable
        ``submission(scene) -> bytes``.
    fair : mapping of str to float
        Points it deserves, by exercise.
    level : Level
        Lowest sandbox level that promises to withstand it. Lower ones are not borders against it.
    """

    name: str
    trick: str
    submission: Callable[[Scene], bytes]
    fair: Mapping[str, float]
    level: Level = Level.LIMITS


@cache
def _course_notebook() -> str:
    lesson = Path(nnlab.__file__).parents[1] / "lessons" / "01_task_setup.ipynb"
    if not lesson.is_file():  # an installed nnlab carries its lessons inside
        lesson = Path(nnlab.__file__).parent / "_bundled" / "lessons" / "01_task_setup.ipynb"
    notebook = json.loads(lesson.read_text(encoding="utf-8"))
    wanted = {grade_id(name) for name in EXERCISES}
    wanted |= {f"{one}-check" for one in wanted}
    notebook["cells"] = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for index, cell in enumerate(notebook["cells"])
        if index <= 3 or cell["metadata"].get("nbgrader", {}).get("grade_id") in wanted
    ]
    return json.dumps(notebook)


def grade_id(name: str) -> str:
    """Return nbgrader's name of an exercise's solution cell."""
    return name.replace(".", "-").replace("_", "-")


def blank() -> Notebook:
    """Return the notebook as it is handed out: imports, four stubs, four checks."""
    return json.loads(_course_notebook())


def position(notebook: Notebook, name: str, check: bool = False) -> int:
    """Return where an exercise's solution (or check) cell stands."""
    wanted = grade_id(name) + "-check" * check
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    return ids.index(wanted)


def solved(sources: Mapping[str, str]) -> Notebook:
    """Return the notebook with these texts in its solution cells."""
    notebook = blank()
    for name, source in sources.items():
        notebook["cells"][position(notebook, name)]["source"] = source
    return notebook


def own_cell(source: str, **metadata: Any) -> dict[str, Any]:
    """Return a code cell of the student's own."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"own-{abs(hash(source)) % 10**8}",
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def dumped(notebook: Any) -> bytes:
    """Return a notebook as the bytes of its file."""
    return json.dumps(notebook).encode()


def from_notebook(
    name: str,
    trick: str,
    make: Callable[[], Any],
    fair: Mapping[str, float] = NONE,
    level: Level = Level.LIMITS,
) -> Entry:
    """Return an entry whose notebook knows nothing of the scene."""
    return Entry(name, trick, lambda scene: dumped(make()), fair, level)


def from_bytes(name: str, trick: str, make: Callable[[], bytes], fair: Any = NONE) -> Entry:
    """Return an entry that is made as bytes."""
    return Entry(name, trick, lambda scene: make(), fair)


def late(name: str, trick: str, code: str, level: Level = Level.LIMITS) -> Entry:
    """Return an entry whose last solution cell is `code`, after two honest ones.

    Code that defines no `softmax` gets a wrong one at its end.
    """
    code = textwrap.dedent(code)
    if "def softmax" not in code and "softmax =" not in code:
        code += WRONG["01.softmax"]

    def submission(scene: Scene) -> bytes:
        cells = {"01.mse": MSE, "01.mae": MAE, "01.softmax": scene.prelude() + code}
        return dumped(solved(cells))

    return Entry(name, trick, submission, FIRST_TWO, level)


def early(name: str, trick: str, code: str, level: Level = Level.LIMITS) -> Entry:
    """Return an entry with `code` in a cell of its own before wrong solutions."""
    code = textwrap.dedent(code)

    def submission(scene: Scene) -> bytes:
        notebook = solved(WRONG)
        notebook["cells"].insert(0, own_cell(scene.prelude() + code))
        return dumped(notebook)

    return Entry(name, trick, submission, NONE, level)


def breach(name: str, trick: str, code: str, level: Level = Level.LIMITS) -> Entry:
    """Return an entry that answers right only if `code` gets to set ``DONE = True``."""
    attempt = textwrap.indent(textwrap.dedent(code).strip("\n"), "    ")
    function = textwrap.dedent("""\
        def softmax(z):
            if not DONE:
                return z
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)
        """)
    tried = f"DONE = False\ntry:\n{attempt}\nexcept BaseException as error:\n    WHY = error\n"
    return late(name, trick, tried + function, level)


def returned(name: str, trick: str, expression: str, setting: str = "") -> Entry:
    """Return an entry whose function returns `expression`."""
    code = textwrap.dedent(setting)
    return late(name, trick, f"{code}\ndef softmax(z):\n    return {expression}\n")


def changed(edit: Callable[[Notebook], Any], sources: Mapping[str, str]) -> Callable[[], Any]:
    """Return a maker of a solved notebook after an edit, which may return another one."""

    def make() -> Any:
        notebook = copy.deepcopy(solved(sources))
        other = edit(notebook)
        return notebook if other is None else other

    return make
