"""A real JupyterLab, started by the command ``nnlab`` in a home of its own."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil

START_LIMIT = 120  # seconds, for a slow machine
STOP_LIMIT = 30
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",  # cannot be had as root, as in containers
    "--disable-gpu",
    "--disable-dev-shm-usage",  # small in containers
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Whatever a page asks for, nothing leaves this machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_THEMES = "/lab/api/settings/@jupyterlab/apputils-extension:themes"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    address: str
    token: str
    folder: Path  # the learner's working folder

    def url(self, notebook, workspace):
        """Return where a notebook opens, in a workspace in which no other tab is restored."""
        return f"{self.address}/lab/workspaces/{workspace}/tree/{notebook}?token={self.token}"

    def end_sessions(self):
        """Shut down all kernels, as the learner's computer does when it is switched off."""
        for session in json.loads(self._ask("GET", "/api/sessions")):
            self._ask("DELETE", f"/api/sessions/{session['id']}")

    def set_theme(self, name):
        """Choose the theme of pages opened from now on."""
        self._ask("PUT", _THEMES, {"raw": json.dumps({"theme": name})})

    def _ask(self, method, path, content=None):
        request = urllib.request.Request(
            self.address + path,
            headers={"Authorization": f"token {self.token}", "Content-Type": "application/json"},
            data=None if content is None else json.dumps(content).encode(),
            method=method,
        )
        with _DIRECTLY.open(request, timeout=START_LIMIT) as answer:
            return answer.read()


@contextlib.contextmanager
def running_lab(home):
    """Run ``nnlab`` in an empty folder until the block ends; yield a Lab."""
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY"))
    }
    environment |= {place: str(home / place.lower()) for place in places}
    environment["HOME"] = str(home)
    port, folder = free_port(), home / "course"
    command = [
        sys.executable, "-m", "nnlab", "--no-browser", "--port", str(port), "--dir", str(folder),
    ]  # fmt: skip
    log = home / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=home, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            token = wait_for_token(server, home / "jupyter_runtime_dir", port, log)
            yield Lab(f"http://127.0.0.1:{port}", token, folder)
        finally:
            stop(server)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_token(server, runtime, port, log):
    """Return the token once the server answers."""
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        assert server.poll() is None, f"nnlab ended:\n{log.read_text()}"
        for file in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(ValueError, OSError):  # half written, or not listening yet
                token = json.loads(file.read_text())["token"]
                _DIRECTLY.open(f"http://127.0.0.1:{port}/api", timeout=5).close()
                return token
        time.sleep(0.1)
    raise AssertionError(f"nnlab did not answer within {START_LIMIT} s:\n{log.read_text()}")


def stop(server):
    """Stop the server as Ctrl-C does; whatever is left then is killed, kernels included."""
    family = []
    if server.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            family = psutil.Process(server.pid).children(recursive=True)
        server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    for process in psutil.wait_procs(family, timeout=5)[1]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
