"""Reading what is not the student's, writing anywhere, modules that stand in the way."""

from __future__ import annotations

import textwrap

from hostile_entry import (
    FIRST_TWO,
    MAE,
    MSE,
    NONE,
    REACH,
    SOFTMAX,
    Entry,
    Scene,
    breach,
    dumped,
    late,
    solved,
)

from nnlab.grading.jobs import Level

_WRITTEN = """
import os
places = [
    os.path.join(FOLDER, TOKEN), os.path.join(HOME, TOKEN), os.path.join(INBOX, TOKEN),
    os.path.join(TMP, TOKEN), TOKEN, "/dev/shm/" + TOKEN,
]
"""


def _write(name: str, trick: str, body: str, level: Level = Level.LIMITS) -> Entry:
    tried = textwrap.indent(textwrap.dedent(body).strip("\n"), "        ")
    loop = f"for place in places:\n    try:\n{tried}\n    except BaseException:\n        pass\n"
    return late(name, trick, (REACH if "call(" in body else "") + _WRITTEN + loop, level)


ENTRIES: list[Entry] = [
    breach("read-secret", "Reads the course's secret.", "DONE = bool(open(SECRET, 'rb').read())"),
    breach(
        "read-secret-low-level",
        "Reads the course's secret with os.open, past the builtin.",
        "import os\nDONE = bool(os.read(os.open(SECRET, os.O_RDONLY), 9))",
    ),
    breach(
        "read-secret-by-system-call",
        "Reads the course's secret with openat(2), past the interpreter.",
        REACH + "DONE = call('openat', HERE, SECRET.encode(), 0, 0) >= 0",
        Level.LANDLOCK,
    ),
    breach(
        "read-secret-with-numpy",
        "Reads the course's secret with numpy.fromfile and numpy.memmap.",
        "DONE = len(np.fromfile(SECRET, 'u1')) > 0 or len(np.memmap(SECRET)) > 0",
    ),
    breach(
        "read-neighbour",
        "Takes the function out of another student's notebook.",
        """
        import json
        for cell in json.load(open(NEIGHBOUR))["cells"]:
            if "def softmax" in "".join(cell["source"]):
                DONE = True
        """,
    ),
    breach(
        "read-neighbour-by-hard-link",
        "Links another student's notebook into its own folder and reads the link.",
        """
        import os
        os.link(NEIGHBOUR, os.path.join(TMP, TOKEN + "-link"))
        DONE = bool(open(os.path.join(TMP, TOKEN + "-link")).read())
        """,
    ),
    breach(
        "read-neighbour-by-symbolic-link",
        "Reads another student's notebook through a symbolic link.",
        """
        import os
        os.symlink(NEIGHBOUR, TOKEN + "-symlink")
        DONE = bool(open(TOKEN + "-symlink").read())
        """,
    ),
    breach(
        "read-neighbour-through-proc",
        "Reads another student's notebook through /proc/self/root and /proc/self/cwd.",
        """
        for start in ("/proc/self/root", "/proc/thread-self/root", "/proc/1/root"):
            try:
                DONE = DONE or bool(open(start + NEIGHBOUR).read())
            except OSError:
                pass
        """,
    ),
    breach(
        "list-submissions",
        "Lists the folder of submissions.",
        "import os\nDONE = bool(os.listdir(INBOX))",
    ),
    breach(
        "gradebook-read",
        "Opens the gradebook with sqlite3.",
        """
        import sqlite3
        DONE = bool(sqlite3.connect(GRADEBOOK).execute("SELECT * FROM marks").fetchall())
        """,
    ),
    late(
        "gradebook-written",
        "Writes four points into the gradebook with sqlite3.",
        """
        import sqlite3
        base = sqlite3.connect(GRADEBOOK)
        base.execute("UPDATE marks SET points = 4")
        base.commit()
        """,
    ),
    breach(
        "read-solutions",
        "Takes the solution out of the text of the exercises' module.",
        """
        import os
        path = os.path.join(PACKAGE, "nnlab", "exercises", "lesson_01_probabilities.py")
        DONE = "def softmax" in open(path).read()
        """,
    ),
    breach(
        "run-solutions-from-text",
        "Compiles the engine's own file and calls the function in it.",
        """
        import os, runpy
        runpy.run_path(os.path.join(PACKAGE, "nnlab", "activations.py"))
        DONE = True
        """,
    ),
    late(
        "leak-etc-passwd",
        "Carries /etc/passwd out in the message of an exception.",
        """
        text = open("/etc/passwd").read()
        raise ValueError("LEAKED " + text[:100])
        """,
    ),
    late(
        "leak-environment",
        "Carries the environment of the worker and of process 1 out in a message.",
        """
        import os
        text = repr({name: value for name, value in os.environ.items()})
        for number in ("1", "self"):
            try:
                text += repr(open("/proc/%s/environ" % number).read())
            except OSError:
                pass
        def softmax(z):
            raise ValueError("LEAKED " + text[:100])
        """,
    ),
    breach(
        "inherits-secrets",
        "Looks for the teacher's environment variables, such as passwords, in its own environment.",
        """
        import os
        DONE = "NNLAB_HOSTILE_PASSWORD" in os.environ
        """,
    ),
    breach(
        "inherited-environment-in-proc",
        "Looks for the teacher's environment in /proc/self/environ and /proc/*/environ.",
        """
        import os
        for number in ["self", str(os.getppid()), str(TESTER)]:
            try:
                text = open("/proc/%s/environ" % number, "rb").read()
                DONE = DONE or b"NNLAB_HOSTILE_PASSWORD=" in text
            except OSError:
                pass
        """,
        Level.LANDLOCK,
    ),
    breach(
        "own-memory-by-file",
        "Opens its own memory as a file for writing.",
        """
        with open("/proc/self/mem", "r+b", 0) as memory:
            DONE = True
        """,
        Level.LANDLOCK,
    ),
    late(
        "memory-map-read",
        "Reads /proc/self/maps to find where the worker's code lies.",
        "text = open('/proc/self/maps').read()\n",
    ),
    _write("write-open", "Writes files with open().", "open(place, 'w').write(TOKEN)"),
    _write(
        "write-low-level",
        "Writes files with os.open.",
        "os.write(os.open(place, os.O_WRONLY | os.O_CREAT), TOKEN.encode())",
    ),
    _write(
        "write-by-system-call",
        "Writes files with openat(2).",
        "call('write', call('openat', HERE, place.encode(), CREATE, 0o666), b'x', 1)",
        Level.LANDLOCK,
    ),
    _write(
        "write-with-numpy",
        "Writes files with numpy.save, tofile, savetxt and memmap.",
        """
        for write in (np.save, np.savetxt, lambda p, a: a.tofile(p)):
            try:
                write(place, np.ones(3))
            except OSError:
                pass
        np.memmap(place, mode="w+", shape=9)
        """,
    ),
    _write("make-folder", "Makes folders.", "os.makedirs(place)"),
    _write(
        "make-folder-by-system-call",
        "Makes folders with mkdirat(2), past the interpreter.",
        "call('mkdirat', HERE, place.encode(), 0o777)",
        Level.LANDLOCK,
    ),
    _write("make-links", "Makes symbolic links.", "os.symlink(NEIGHBOUR, place)"),
    _write("make-pipe", "Makes named pipes.", "os.mkfifo(place)"),
    _write(
        "write-with-tempfile",
        "Writes files with tempfile, shutil and sqlite3.",
        """
        import shutil, sqlite3, tempfile
        tempfile.NamedTemporaryFile(prefix=TOKEN, dir=os.path.dirname(place), delete=False)
        """,
    ),
    late(
        "neighbour-overwritten",
        "Empties, renames and deletes another student's notebook.",
        """
        import os
        for attempt in (
            lambda: open(NEIGHBOUR, "w").close(),
            lambda: os.truncate(NEIGHBOUR, 0),
            lambda: os.rename(NEIGHBOUR, NEIGHBOUR + TOKEN),
            lambda: os.chmod(NEIGHBOUR, 0),
            lambda: os.utime(NEIGHBOUR, (0, 0)),
            lambda: os.remove(NEIGHBOUR),
        ):
            try:
                attempt()
            except BaseException:
                pass
        """,
    ),
    late(
        "neighbour-overwritten-by-system-call",
        "Renames, truncates and unlinks another student's notebook past the interpreter.",
        REACH
        + """
call("truncate", NEIGHBOUR.encode(), 0)
call("fchmodat", HERE, NEIGHBOUR.encode(), 0)
call("renameat2", HERE, NEIGHBOUR.encode(), HERE, (NEIGHBOUR + TOKEN).encode(), 0)
call("unlinkat", HERE, NEIGHBOUR.encode(), 0)
""",
        Level.LANDLOCK,
    ),
    late(
        "disk-filled",
        "Writes fifty files of 1 MB and one that would have 50 MB.",
        """
        import os
        for folder in (TMP, ".", "/tmp"):
            try:
                for number in range(50):
                    name = os.path.join(folder, TOKEN + "-%d" % number)
                    with open(name, "wb") as file:
                        file.write(b"x" * 2**20)
                with open(os.path.join(folder, TOKEN + "-large"), "wb") as file:
                    file.truncate(50 * 2**20)
            except OSError:
                pass
        """,
    ),
    late(
        "startup-files-written",
        "Leaves modules and start-up files for the next interpreter.",
        """
        import os, sys
        names = [
            ".pythonrc.py", "sitecustomize.py", "usercustomize.py", "conftest.py", TOKEN + ".pth",
            ".ipython/profile_default/startup/00.py", ".jupyter/jupyter_server_config.py",
        ]
        for folder in (HOME, INBOX, ".", TMP):
            for name in names:
                try:
                    path = os.path.join(folder, name)
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open(path, "a") as file:
                        file.write("# %s\\n" % TOKEN)
                except OSError:
                    pass
        """,
    ),
    late(
        "bytecode-left",
        "Lets the interpreter compile a shadow module, which would leave a cache file.",
        """
        import sys
        sys.dont_write_bytecode = False
        sys.path.insert(0, INBOX)
        sys.modules.pop("json", None)
        import json
        """,
    ),
    breach(
        "shadow-module-on-path",
        "Imports the numpy.py beside its notebook, which knows the answers.",
        """
        import sys
        for name in [name for name in sys.modules if name.split(".")[0] == "numpy"]:
            del sys.modules[name]
        sys.path[:0] = ["", ".", INBOX]
        import numpy
        DONE = numpy.SHADOW
        """,
    ),
]


def _shadow(scene: Scene) -> bytes:
    """Rely on the shadow modules alone: they lie beside the notebook and in HOME from the start."""
    cell = "from numpy import SHADOW as answer\nmse = mae = softmax = sigmoid = answer\n"
    return dumped(solved({"01.mse": cell, "01.mae": cell, "01.softmax": cell}))


def _package_beside(scene: Scene) -> bytes:
    cell = "import helpers_of_" + scene.token.replace("-", "_") + "\n" + SOFTMAX
    return dumped(solved({"01.mse": MSE, "01.mae": MAE, "01.softmax": cell}))


ENTRIES += [
    Entry(
        "shadow-modules",
        "Relies on numpy.py, json.py, sitecustomize.py and others beside the notebook and in HOME.",
        _shadow,
        NONE,
    ),
    Entry(
        "module-beside-notebook",
        "Imports a module that lies beside the notebook and writes a file when it is imported; the "
        "function is right without it.",
        _package_beside,
        {**FIRST_TWO, "01.softmax": 2.0},
    ),
]
