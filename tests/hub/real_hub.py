"""A real JupyterHub on this machine, with one system account for all its users.

Everything lies in one temporary folder: the homes, the exchange, the hub's database. Every process
has a home in it, and by that all of them are found and ended.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import requests

LIMIT = 170  # seconds for everything, on a slow machine
START_LIMIT = 60
STEP_LIMIT = 60
STOP_LIMIT = 20
PROXY = "configurable-http-proxy"

_SITE = """
# nbgrader's settings for all users of the hub.
import os

c = get_config()
c.CourseDirectory.course_id = {course!r}
c.Exchange.root = {exchange!r}
# All share one system account: their names are the hub's, and who owns a file says nothing.
if os.environ["JUPYTERHUB_USER"] != {teacher!r}:
    c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
c.ExchangeCollect.check_owner = False
"""

_TEACHERS = """
# The teacher's server finds the class folder from here.
c = get_config()
load_subconfig("nbgrader_config.py", path={folder!r})
"""

_HUB = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{ports[0]}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{ports[1]}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{ports[2]}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.ConfigurableHTTPProxy.pid_file = {folder!r} + "/proxy.pid"
c.JupyterHub.data_files_path = {data!r}
c.JupyterHub.db_url = "sqlite:///" + {folder!r} + "/hub.sqlite"
c.JupyterHub.cookie_secret_file = {folder!r} + "/cookie_secret"
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = {password!r}
c.Authenticator.allowed_users = {users!r}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = ["--ServerApp.allow_root=True"]
c.Spawner.environment = {environment!r}
c.Spawner.start_timeout = {limit}
c.Spawner.http_timeout = {limit}
"""


def why_no_hub():
    """Return what is missing for a hub, or an empty text."""
    if sys.platform != "linux":
        return "JupyterHub and nbgrader's exchange are tested on Linux"
    if shutil.which(PROXY) is None:
        return f"{PROXY} is not on the PATH (npm install {PROXY}; it needs Node.js)"
    return ""


class Member:
    """A user of the hub, who acts through their own server by a token of their own."""

    def __init__(self, hub, name):
        self.hub, self.name = hub, name
        self.home = hub.homes / name
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy but the hub's
        self._log_in()
        self._start_server()

    def ask(self, method, path, **content):
        """Ask the user's own server; return the decoded answer."""
        answer = self._send(method, quote(f"/user/{self.name}{path}", safe="/?=&"), **content)
        return answer.json()

    def close(self):
        self._session.close()

    def _log_in(self):
        """Log in as the form in a browser does, then use a token instead of the cookies."""
        form = {"username": self.name, "password": self.hub.password}
        self._send("GET", "/hub/login")
        # Where the form leads to is a page that starts the server; that is asked for below.
        answer = self._send(
            "POST", "/hub/login", data=form | {"_xsrf": self._xsrf()}, allow_redirects=False
        )
        assert answer.status_code == 302, f"{self.name} could not log in"
        own = f"/hub/api/users/{self.name}/tokens?_xsrf={self._xsrf()}"
        token = self._send("POST", own, json={"note": "tests"}).json()["token"]
        self._session.cookies.clear()
        self._session.headers["Authorization"] = f"token {token}"

    def _xsrf(self):
        return next(cookie.value for cookie in self._session.cookies if cookie.name == "_xsrf")

    def _start_server(self):
        own = f"/hub/api/users/{self.name}"
        self._send("POST", f"{own}/server")
        end = time.monotonic() + START_LIMIT
        while not self._send("GET", own).json()["servers"][""]["ready"]:
            assert time.monotonic() < end, f"the server of {self.name} did not start"
            time.sleep(0.2)

    def _send(self, method, path, **content):
        left = min(STEP_LIMIT, self.hub.end - time.monotonic())
        assert left > 0, f"all of it took longer than {LIMIT} s"
        answer = self._session.request(method, self.hub.address + path, timeout=left, **content)
        assert answer.ok, f"{self.name}: {method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer


@dataclass(frozen=True)
class Hub:
    """A running JupyterHub."""

    address: str
    password: str
    folder: Path
    end: float  # when all must be done

    @property
    def homes(self):
        return self.folder / "homes"

    def member(self, name):
        """Log a user in and start their server; a context manager that gives a `Member`."""
        return contextlib.closing(Member(self, name))

    def processes(self):
        """Return the hub, its proxy, the users' servers and whatever these have started."""
        return _processes(self.folder)


@contextlib.contextmanager
def running_hub(folder, course, teacher, students, class_folder):
    """Run a hub in an empty folder until the block ends; then end all its processes."""
    for name in (teacher, *students):
        (folder / "homes" / name).mkdir(parents=True, exist_ok=True)
    exchange = folder / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)  # everybody hands in and takes out
    ports, end = _free_ports(3), time.monotonic() + LIMIT
    hub = Hub(f"http://127.0.0.1:{ports[0]}", os.urandom(8).hex(), folder, end)
    site, teachers = folder / "site", hub.homes / teacher / ".jupyter"
    site.mkdir()
    teachers.mkdir()
    (site / "nbgrader_config.py").write_text(
        _SITE.format(course=course, exchange=str(exchange), teacher=teacher)
    )
    (teachers / "nbgrader_config.py").write_text(_TEACHERS.format(folder=str(class_folder)))
    settings = folder / "jupyterhub_config.py"
    settings.write_text(
        _HUB.format(
            ports=ports,
            proxy=shutil.which(PROXY),
            folder=str(folder),
            data=str(Path(sys.prefix) / "share" / "jupyterhub"),
            password=hub.password,
            users={teacher, *students},
            homes=str(hub.homes),
            python=sys.executable,
            environment={"JUPYTER_CONFIG_PATH": str(site), "OPENBLAS_NUM_THREADS": "1"},
            limit=START_LIMIT,
        )
    )
    log = folder / "hub.log"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY"))}
    environment["HOME"] = str(folder)
    # As in an environment that is activated: nbgrader calls programs of it by their names.
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "--config", str(settings)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(server, hub, log)
            yield hub
        except BaseException:
            print(log.read_text()[-20_000:])  # shown by pytest
            raise
        finally:
            _stop(server, folder)


def _free_ports(count):
    with contextlib.ExitStack() as probes:  # held together, so that they differ
        sockets = [probes.enter_context(socket.socket()) for _ in range(count)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in sockets]


def _wait(server, hub, log):
    end = time.monotonic() + START_LIMIT
    with requests.Session() as session:
        session.trust_env = False
        while time.monotonic() < end:
            assert server.poll() is None, f"the hub ended:\n{log.read_text()}"
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                if session.get(f"{hub.address}/hub/api", timeout=5).ok:
                    return
            time.sleep(0.2)
    raise AssertionError(f"the hub did not answer within {START_LIMIT} s:\n{log.read_text()}")


def _stop(server, folder):
    """End the hub, which ends its servers and its proxy, and then what is still there."""
    if server.poll() is None:
        server.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        server.wait(STOP_LIMIT)
    left = _processes(folder)
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, STOP_LIMIT)
    server.wait(STOP_LIMIT)


def _processes(folder):
    found = []
    for process in psutil.process_iter():
        # Processes of others do not show their environment, and some end while we look.
        with contextlib.suppress(psutil.Error):
            home = process.environ().get("HOME", "")
            if Path(home).is_relative_to(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found
