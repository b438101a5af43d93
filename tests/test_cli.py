"""The command ``nnlab``: what it says, what it refuses, and the JupyterLab it starts."""

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
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_client import BlockingKernelClient
from nbformat.v4 import new_code_cell, new_notebook, new_output

import nnlab
from nnlab import cli, doctor, workspace

START = "00_start_here.ipynb"
LESSON = "01_task_setup.ipynb"
TIME_LIMIT = 60

# The command in a process of its own, with the lessons of a test instead of the course's.
RUN = """
import sys
from pathlib import Path
from nnlab import cli, workspace
workspace.lessons_dir = lambda: Path(sys.argv[1])
sys.exit(cli.main(sys.argv[2:]))
"""

# Python runs this module first in every process; it notes where the process connects to.
NOTE_CONNECTIONS = """
import os, sys
def note(event, arguments):
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        log.write(f"{arguments[1][0]}\\n")
    elif event == "socket.getaddrinfo":
        log.write(f"{arguments[0]}\\n")
log = open(os.environ["CONNECTIONS"], "a", buffering=1)
sys.addaudithook(note)
"""

# A reader's own configuration, which the course must respect.
OWN_CONFIG = """
def sign(model, **kwargs):
    if model["type"] == "notebook":
        model["content"]["metadata"]["signed"] = "by the reader's own hook"
c.FileContentsManager.pre_save_hook = sign
"""


def write_lesson(path, source):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_code_cell(source)]
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)


@pytest.fixture
def lessons(tmp_path):
    folder = tmp_path / "shipped"
    folder.mkdir()
    write_lesson(folder / START, "start = 1")
    write_lesson(folder / LESSON, "version = 1")
    return folder


@pytest.fixture
def started(monkeypatch, lessons):
    """What would have been started: JupyterLab itself is not, in the tests that use this."""
    calls = []
    monkeypatch.setattr(
        cli, "_run_jupyterlab", lambda _app, folder, **how: calls.append((folder, how))
    )
    monkeypatch.setattr(workspace, "lessons_dir", lambda: lessons)
    return calls


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def refusal(capsys):
    """The one sentence on stderr."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("nnlab: ")
    assert err.count("\n") == 1
    assert err.endswith(".\n")
    return err


# -- arguments ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "0"], "--port: a whole number from 1 to 65535 was expected, not '0'"),
        (["--port", "65536"], "not '65536'"),
        (["--port", "-1"], "--port"),
        (["--port", "8888.0"], "not '8888.0'"),
        (["--port", "٨٨٨٨"], "not '٨٨٨٨'"),
        (["--port", "9" * 5000], "from 1 to 65535"),
        (["--port"], "--port"),
        (["--dir"], "--dir"),
        (["--dir", ""], "--dir: the name of a folder was expected"),
        (["--browser"], "--browser"),
        (["--no-brow"], "--no-brow"),
        (["my-folder"], "my-folder"),
        (["doctor", "--port", "8888"], "--port"),
    ],
)
def test_bad_arguments_get_one_sentence(started, capsys, arguments, said):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 2
    sentence = refusal(capsys)
    assert said in sentence
    assert "nnlab --help" in sentence
    assert started == []


@pytest.mark.parametrize("arguments", [["--help"], ["doctor", "--help"]])
def test_help_names_the_options(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        cli.main(arguments)
    assert stop.value.code == 0
    assert "--dir DIR" in capsys.readouterr().out


@pytest.mark.parametrize("command", [[sys.executable, "-m", "nnlab"], ["nnlab"]])
def test_version(command, tmp_path):
    if command == ["nnlab"]:
        script = Path(sys.executable).with_name("nnlab" + (".exe" if os.name == "nt" else ""))
        if not script.exists():
            pytest.skip("nnlab is not installed in this Python, so it has no script")
        command = [str(script)]
    done = subprocess.run(
        [*command, "--version"], cwd=tmp_path, capture_output=True, text=True, timeout=TIME_LIMIT
    )
    assert (done.returncode, done.stdout) == (0, f"nnlab {nnlab.__version__}\n")


def test_python_m_nnlab_passes_the_exit_code_on(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "nnlab", "--port", "x"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


# -- what cannot be done -----------------------------------------------------------------------


def test_a_busy_port(started, capsys, tmp_path):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert cli.main(["--port", str(port), "--dir", str(tmp_path / "course")]) == 2
    assert f"Port {port} is busy" in refusal(capsys)
    assert not (tmp_path / "course").exists()
    assert started == []


def test_a_port_of_the_system(started, capsys, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert cli.main(["--port", "80"]) == 2
    assert "choose one above 1023" in refusal(capsys)
    assert started == []


def test_a_file_in_place_of_the_folder(started, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    assert cli.main(["--dir", str(tmp_path / "file")]) == 2
    assert "is a file, not a folder" in refusal(capsys)
    assert cli.main(["--dir", str(tmp_path / "file" / "below")]) == 2
    assert "cannot be written" in refusal(capsys)
    assert started == []


def test_no_jupyterlab(started, capsys, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    monkeypatch.delitem(sys.modules, "jupyterlab.labapp", raising=False)
    assert cli.main(["--dir", str(tmp_path / "course")]) == 2
    assert "nnlab doctor" in refusal(capsys)
    assert not (tmp_path / "course").exists()
    assert started == []


def test_no_lessons(started, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(workspace, "lessons_dir", lambda: tmp_path / "nothing")
    assert cli.main(["--dir", str(tmp_path / "course")]) == 2
    assert "has no lessons" in refusal(capsys)


# -- what it says ------------------------------------------------------------------------------


def test_the_default_folder_is_in_the_current_directory(started, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert cli.main([]) == 0
    assert started == [(tmp_path / "nnlab-course", {"port": None, "browser": True})]
    monkeypatch.chdir(tmp_path / "nnlab-course")
    assert cli.main(["--no-browser"]) == 0
    assert started[1] == (tmp_path / "nnlab-course", {"port": None, "browser": False})


def test_a_tilde_is_the_home_folder(started, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert cli.main(["--dir=~/course"]) == 0
    assert started[0][0] == tmp_path / "course"


def test_every_start_says_what_it_did(started, capsys, lessons, tmp_path):
    course = tmp_path / "course"
    port = free_port()
    assert cli.main(["--dir", str(course), "--port", str(port)]) == 0
    assert started == [(course, {"port": port, "browser": True})]
    first, copied, starting = capsys.readouterr().out.splitlines()
    assert first == f"Your working folder is {course}."
    assert copied == f"Copied there: {START}, {LESSON}."
    assert "Ctrl-C" in starting

    cli.main(["--dir", str(course)])
    assert capsys.readouterr().out.splitlines() == [first, starting]

    write_lesson(course / LESSON, "mine")
    for name in (START, LESSON):
        write_lesson(lessons / name, "version = 2")
    cli.main(["--dir", str(course)])
    assert capsys.readouterr().out.splitlines() == [
        first,
        f"Updated, as you had not changed them: {START}.",
        f"You have changed {LESSON}, so it was left as it is; "
        "the new version lies beside it as 01_task_setup.new.ipynb.",
        starting,
    ]


@pytest.mark.parametrize(("ok", "code"), [(True, 0), (False, 1)])
@pytest.mark.parametrize("order", [["--dir", "DIR", "doctor"], ["doctor", "--dir", "DIR"]])
def test_doctor(monkeypatch, capsys, tmp_path, ok, code, order):
    asked = []

    def diagnose(folder):
        asked.append(folder)
        return [doctor.Finding("one", True, "fine."), doctor.Finding("two", ok, "seen.", "do this")]

    monkeypatch.setattr(doctor, "diagnose", diagnose)
    assert cli.main([str(tmp_path) if word == "DIR" else word for word in order]) == code
    assert asked == [tmp_path]
    assert ("do this" in capsys.readouterr().out) is not ok


# -- the JupyterLab it starts ------------------------------------------------------------------


def test_root_is_allowed_only_where_it_is_needed(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert "--allow-root" in cli._jupyter_arguments(tmp_path, port=None, browser=True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "--allow-root" not in cli._jupyter_arguments(tmp_path, port=None, browser=True)
    monkeypatch.delattr(os, "geteuid")
    assert "--allow-root" not in cli._jupyter_arguments(tmp_path, port=None, browser=True)


def test_a_port_that_was_asked_for_is_not_exchanged_for_another(tmp_path):
    arguments = cli._jupyter_arguments(tmp_path, port=8899, browser=True)
    assert {"--ServerApp.port=8899", "--ServerApp.port_retries=0"} <= set(arguments)


def test_the_start_lesson_opens_if_it_is_there(tmp_path):
    def opened():
        arguments = cli._jupyter_arguments(tmp_path, port=None, browser=True)
        return [a for a in arguments if a.startswith("--LabApp.default_url")]

    assert opened() == []
    (tmp_path / START).touch()
    assert opened() == [f"--LabApp.default_url=/lab/tree/{START}"]


def test_a_page_hook_of_the_readers_own_still_runs():
    def own(_handler, config):
        return {**config, "own": 1}

    page = cli._without_announcements(own)(None, {"disabledExtensions": ["theirs"]})
    assert page["own"] == 1
    assert page["disabledExtensions"] == ["theirs", "@jupyterlab/apputils-extension:announcements"]


@dataclass
class Server:
    process: subprocess.Popen
    home: Path
    course: Path
    address: str
    token: str

    def ask(self, path, method="GET", body=None):
        request = urllib.request.Request(
            self.address + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {self.token}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=TIME_LIMIT) as answer:
            return answer.read()


@contextlib.contextmanager
def jupyterlab(tmp_path, lessons, *options):
    """Start the command in a home of its own, and stop it whatever happens."""
    home = tmp_path / "home"
    for name in ("config", "data", "runtime", "site"):
        (home / name).mkdir(parents=True)
    (home / "site" / "sitecustomize.py").write_text(NOTE_CONNECTIONS)
    (home / "config" / "jupyter_server_config.py").write_text(OWN_CONFIG)
    environment = {
        **os.environ,
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "CONNECTIONS": str(home / "connections"),
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(home / "site"), os.environ.get("PYTHONPATH")])
        ),
    }
    course = tmp_path / "mein Kurs = 'ö'"
    with (home / "output").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, lessons, "--no-browser", "--dir", course, *options],
            cwd=home,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            info = wait_for_server(process, home)
            yield Server(process, home, course, info["url"].rstrip("/"), info["token"])
        finally:
            process.kill()
            process.wait()


def wait_for_server(process, home):
    end = time.monotonic() + TIME_LIMIT
    while time.monotonic() < end:
        assert process.poll() is None, (home / "output").read_text()
        for file in (home / "runtime").glob("jpserver-*.json"):
            with contextlib.suppress(ValueError, OSError):  # written in part, or not yet listening
                info = json.loads(file.read_text())
                with socket.create_connection(("localhost", info["port"]), timeout=1):
                    return info
        time.sleep(0.1)
    raise AssertionError((home / "output").read_text())


def test_jupyterlab_starts_serves_the_lessons_and_stops(tmp_path, lessons):
    port = free_port()
    with jupyterlab(tmp_path, lessons, "--port", str(port)) as server:
        assert server.address.endswith(f":{port}")
        listing = json.loads(server.ask("/api/contents"))
        assert [entry["name"] for entry in listing["content"]] == [START, LESSON]

        # Saving takes widget views out, and the reader's own hook runs as well.
        view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "x"}
        notebook = new_notebook(
            cells=[new_code_cell("1", outputs=[new_output("display_data", data=view)])]
        )
        server.ask(f"/api/contents/{LESSON}", "PUT", {"type": "notebook", "content": notebook})
        saved = (server.course / LESSON).read_text()
        assert "widget-view" not in saved
        assert "by the reader's own hook" in saved

        # Nothing leaves this machine, even if the page should ask for it.
        page = server.ask(f"/lab/tree/{START}").decode()
        config = json.loads(
            page.split('id="jupyter-config-data"', 1)[1].split(">", 1)[1].split("</")[0]
        )
        assert "@jupyterlab/apputils-extension:announcements" in config["disabledExtensions"]
        assert config["extensionManager"]["can_install"] is False
        assert json.loads(server.ask("/lab/api/news")) == {"news": []}
        assert json.loads(server.ask("/lab/api/update")) == {"notification": None}
        server.ask("/lab/api/extensions")
        reached = set((server.home / "connections").read_text().split())
        assert reached <= {"localhost", "127.0.0.1", "::1"}

        server.ask("/api/shutdown", "POST")
        assert server.process.wait(TIME_LIMIT) == 0
        assert list((server.home / "runtime").glob("jpserver-*.json")) == []
        assert "Traceback" not in (server.home / "output").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_one_ctrl_c_stops_it_and_its_kernels(tmp_path, lessons):
    with jupyterlab(tmp_path, lessons) as server:
        kernel = json.loads(server.ask("/api/kernels", "POST", {"name": "python3"}))
        (connection,) = (server.home / "runtime").glob(f"kernel-{kernel['id']}.json")
        client = BlockingKernelClient(connection_file=str(connection))
        client.load_connection_file()
        client.start_channels()
        client.wait_for_ready(timeout=TIME_LIMIT)
        client.stop_channels()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(TIME_LIMIT) == 0
        assert list((server.home / "runtime").glob("jpserver-*.json")) == []
        assert list((server.home / "runtime").glob("kernel-*")) == []
        output = (server.home / "output").read_text()
        assert "Traceback" not in output
        assert f"/lab/tree/{START}?token=" in output


@pytest.mark.browser
def test_a_fresh_home_shows_the_lesson_and_no_pop_up(chromium, tmp_path, lessons):
    from playwright.sync_api import sync_playwright

    with jupyterlab(tmp_path, lessons) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        requests = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto(f"{server.address}/?token={server.token}")
        page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=TIME_LIMIT * 1000)
        page.wait_for_timeout(3000)  # the question about news came within one second
        assert page.url.endswith(f"/lab/tree/{START}")
        assert page.locator(".jp-Dialog").count() == 0
        assert page.locator(".Toastify__toast").count() == 0
        assert [
            url for url in requests if not url.startswith((server.address, "data:", "blob:"))
        ] == []
        browser.close()


def test_kernels_get_one_blas_thread_unless_the_reader_chose_otherwise(monkeypatch, tmp_path):
    seen = {}

    class Lab:
        @staticmethod
        def initialize_server(argv):
            return SimpleNamespace(
                contents_manager=SimpleNamespace(register_pre_save_hook=lambda hook: None),
                web_app=SimpleNamespace(settings={}),
                start=lambda: seen.update(os.environ),
            )

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "environ", os.environ.copy())
    cli._run_jupyterlab(Lab, tmp_path, port=None, browser=False)
    assert (seen["OPENBLAS_NUM_THREADS"], seen["OMP_NUM_THREADS"]) == ("3", "1")
