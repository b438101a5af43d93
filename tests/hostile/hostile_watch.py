"""Notice what a submission did beside its answers: files, connections, processes, words."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import socket
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from hostile_entry import RIGHT, Scene, dumped, solved

import nnlab

PASSWORD = "a password of the teacher's"

_MADE_TO_SHADOW = ("numpy", "json", "sitecustomize", "usercustomize", "conftest", "struct", "os")
_BECOME_SUBREAPER = 36


@dataclass
class Watch:
    """Knows how things were, and says what has changed.

    Parameters
    ----------
    scene : Scene
        What is watched.
    listeners : Listeners
        Where nobody may call.
    """

    scene: Scene
    listeners: Listeners
    files: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Take the present state for the right one."""
        self.files = self._files()
        self.listeners.heard()

    def problems(self) -> list[str]:
        """Return what was done since `start`."""
        found, now = [], self._files()
        for name in sorted(self.files.keys() | now.keys()):
            if self.files.get(name) != now.get(name):
                found.append(f"the file {name} was {_how(self.files.get(name), now.get(name))}")
        return found + [f"a connection was made: {kind}" for kind in self.listeners.heard()]

    def _files(self) -> dict[str, str]:
        """Return the state of every file that is not a sandbox's own."""
        found = {}
        for folder in (self.scene.folder, self.scene.home, self.scene.inbox):
            for path in Path(folder).rglob("*"):
                found[str(path)] = _state(path)
        for folder in (self.scene.tmp, "/dev/shm", "/tmp", os.curdir):
            for path in Path(folder).glob("*"):
                if self.scene.token in path.name:
                    found[str(path)] = _state(path)
        return found


def _state(path: Path) -> str:
    state = path.lstat()
    content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    return f"{state.st_mode:o} {state.st_mtime_ns} {hashlib.sha256(content).hexdigest()}"


def _how(before: str | None, now: str | None) -> str:
    if before is None:
        return "made"
    return "removed" if now is None else "changed"


def adopt_orphans() -> None:
    """Make this process the parent of descendants that lose theirs, so that none goes unnoticed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_BECOME_SUBREAPER, 1, 0, 0, 0)


def living() -> list[psutil.Process]:
    """Return all descendants of this process that run, were they orphaned or not."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def settled(count: Callable[[], int], most: int, patience: float = 1.5) -> bool:
    """Return whether a count comes down to `most` before a child of the corpus ends by itself."""
    until = time.monotonic() + patience
    while count() > most:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


@dataclass(frozen=True)
class Listeners:
    """Places that nobody may talk to: two ports of this machine and a socket in a folder.

    What has come waits in the system until `heard` takes it out. No thread listens: one could be
    late with its report, and a connection would go unnoticed.

    Parameters
    ----------
    tcp, udp, unix : socket.socket
        Bound, and two of them listening.
    """

    tcp: socket.socket
    udp: socket.socket
    unix: socket.socket

    @classmethod
    @contextlib.contextmanager
    def opened(cls, path: str) -> Iterator[Listeners]:
        """Listen on free ports and at a path until the end of the context."""
        with (
            socket.socket() as tcp,
            socket.socket(type=socket.SOCK_DGRAM) as udp,
            socket.socket(socket.AF_UNIX) as unix,
        ):
            unix.bind(path)
            for line in (tcp, udp):
                line.bind(("127.0.0.1", 0))
            for line in (tcp, unix):
                line.listen(128)
            for line in (tcp, udp, unix):
                line.setblocking(False)
            yield cls(tcp, udp, unix)

    def heard(self) -> list[str]:
        """Return the kind of every connection and datagram since the last call."""
        found = []
        for kind, line in (("TCP", self.tcp), ("Unix socket", self.unix)):
            with contextlib.suppress(BlockingIOError):
                while True:
                    line.accept()[0].close()
                    found.append(kind)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.udp.recv(1 << 16)
                found.append("UDP")
        return found


@contextlib.contextmanager
def staged(root: Path) -> Iterator[Watch]:
    """Set the scene: folders with a secret, a gradebook and a neighbour, and listeners.

    Parameters
    ----------
    root : Path
        Empty folder.

    Yields
    ------
    Watch
        Started.
    """
    token = f"nnlab-hostile-{uuid.uuid4().hex[:8]}"
    folder, home, tmp, inbox = (root / name for name in ("teacher", "home", "tmp", "inbox"))
    for path in (folder, home, tmp, inbox):
        path.mkdir()
    (folder / "secret").write_text("5" * 64 + "\n")
    (inbox / "anna.ipynb").write_bytes(dumped(solved(RIGHT)))
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as base, base:
        base.execute("CREATE TABLE marks (student, points)")
        base.execute("INSERT INTO marks VALUES ('anna', 6)")
    _lay_shadow_modules(folder, home, inbox, token)
    unix = Path(os.path.realpath(root)) / "socket"
    with Listeners.opened(_short(unix)) as listeners, pytest.MonkeyPatch.context() as patch:
        scene = Scene(
            token=token,
            folder=str(folder),
            home=str(home),
            tmp=str(tmp),
            inbox=str(inbox),
            neighbour=str(inbox / "anna.ipynb"),
            secret=str(folder / "secret"),
            gradebook=str(folder / "gradebook.db"),
            tcp=listeners.tcp.getsockname()[1],
            udp=listeners.udp.getsockname()[1],
            unix=str(unix),
            tester=os.getpid(),
            package=str(Path(nnlab.__file__).parents[1]),
        )
        watch = Watch(scene, listeners)
        patch.chdir(inbox)
        patch.setenv("HOME", str(home))
        patch.setenv("TMPDIR", str(tmp))
        patch.setattr("tempfile.tempdir", None)
        patch.setenv("NNLAB_HOSTILE_PASSWORD", PASSWORD)
        patch.setenv("PYTHONDONTWRITEBYTECODE", "1")
        watch.start()
        yield watch
    for shared in ("/dev/shm", "/tmp"):
        for path in Path(shared).glob(f"{token}*"):
            path.unlink()


def _short(path: Path) -> str:
    """Return a name of a socket that fits into its address, relative if need be."""
    return str(path) if len(str(path)) < 100 else os.path.relpath(path)


def _lay_shadow_modules(folder: Path, home: Path, inbox: Path, token: str) -> None:
    """Write modules that nobody must import: they leave a file when they are."""
    code = f"open({str(folder / 'imported')!r}, 'w').close()\nSHADOW = lambda *a: 4.0\n"
    site = home / ".local/lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    startup = home / ".ipython/profile_default/startup"
    for path in (site, startup):
        path.mkdir(parents=True)
    for name in (*_MADE_TO_SHADOW, f"helpers_of_{token.replace('-', '_')}"):
        (inbox / f"{name}.py").write_text(code)
    for path in (site / "usercustomize.py", startup / "00.py", home / ".pythonrc.py"):
        path.write_text(code)
    (site / "evil.pth").write_text(f"import sys; {code.splitlines()[0]}\n")
