"""A real JupyterLab, started by the command ``nnlab``, in a real browser without a window."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

START_LIMIT = 120  # seconds, for a slow machine
STOP_LIMIT = 30
PAGE_LIMIT = 60_000  # milliseconds for one condition on the page
RUN_LIMIT = 180_000  # … for a whole lesson to run
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
DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# What JupyterLab itself writes to the console; every entry says why it is not ours.
KNOWN_NOISE: tuple[str, ...] = ()


# The server --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    address: str
    token: str
    folder: Path  # the learner's working folder

    def url(self, lesson, workspace):
        """Return where a lesson opens, in a workspace in which no other tab is restored."""
        return f"{self.address}/lab/workspaces/{workspace}/tree/{lesson}?token={self.token}"

    def end_sessions(self):
        """Shut down all kernels, as the learner's computer does when it is switched off."""
        for session in json.loads(self._ask("GET", "/api/sessions")):
            self._ask("DELETE", f"/api/sessions/{session['id']}")

    def _ask(self, method, path):
        request = urllib.request.Request(
            self.address + path, headers={"Authorization": f"token {self.token}"}, method=method
        )
        with DIRECTLY.open(request, timeout=START_LIMIT) as answer:
            return answer.read()


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory):
    """Run ``nnlab`` in a home of its own until the tests are over."""
    home = tmp_path_factory.mktemp("home")
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
                DIRECTLY.open(f"http://127.0.0.1:{port}/api", timeout=5).close()
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


# The browser -------------------------------------------------------------------------------------


@dataclass
class Log:
    """What went wrong in the browser behind the learner's back."""

    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)  # addresses outside this machine

    def watch(self, context):
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", lambda request: self._on_address(request.url))
        context.on(
            "page", lambda page: page.on("websocket", lambda socket: self._on_address(socket.url))
        )

    def _on_console(self, message):
        if message.type == "error" and not any(noise in message.text for noise in KNOWN_NOISE):
            self.errors.append(f"{message.text} ({message.location.get('url')})")

    def _on_address(self, address):
        parts = urlsplit(address)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.strangers.append(address)


@pytest.fixture(scope="module")
def log():
    return Log()


@pytest.fixture(scope="module")
def context(chromium, log):
    """Open a browser for one file of tests.

    Not for the session: Playwright keeps an event loop running, and other tests need their own.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=[*CHROMIUM_ARGUMENTS])
        try:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.set_default_timeout(PAGE_LIMIT)
            log.watch(context)
            yield context
        finally:
            browser.close()


@pytest.fixture(autouse=True)
def nothing_behind_the_learners_back(request, log):
    """After every test: no error on the console, no request to another machine."""
    yield
    errors, strangers = log.errors[:], log.strangers[:]
    log.errors.clear()
    log.strangers.clear()
    assert not errors
    assert not strangers


# A lesson on the screen --------------------------------------------------------------------------


class Lesson:
    """A lesson in a tab of the browser, read and used as a learner does."""

    def __init__(self, page, lab, name):
        self.page = page
        self.lab = lab
        self.name = name
        page.goto(lab.url(f"{name}.ipynb", workspace=f"test-{name}"))
        self.wait_until_ready()

    @property
    def cells(self):
        """The cells of the file: type and source of each, in order."""
        text = (self.lab.folder / f"{self.name}.ipynb").read_text("utf-8")
        return [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(text)["cells"]]

    @property
    def demos(self):
        """The calls that show a live figure."""
        return [
            source
            for kind, source in self.cells
            if kind == "code" and source.startswith("lesson_") and source.endswith(".show()")
        ]

    def wait_until_ready(self):
        """Wait until all cells are there and the kernel is idle."""
        self.page.wait_for_function(
            "count => document.querySelectorAll('.jp-Notebook .jp-Cell').length === count",
            arg=len(self.cells),
        )
        self.wait_until_idle()

    def wait_until_idle(self, timeout=PAGE_LIMIT):
        """Wait until the kernel is there, has nothing to do and no cell waits for it."""
        self.page.wait_for_function(
            """() => document.querySelector('#jp-main-statusbar')?.textContent.includes('| Idle')
            && document.querySelector('.jp-Notebook-ExecutionIndicator')?.dataset.status === 'idle'
            && ![...document.querySelectorAll('.jp-InputPrompt')]
                .some(prompt => prompt.textContent.includes('*'))""",
            timeout=timeout,
        )

    def cell(self, beginning):
        """Return the only code cell that begins so, scrolled into view."""
        numbers = [
            number
            for number, (kind, source) in enumerate(self.cells)
            if kind == "code" and source.startswith(beginning)
        ]
        assert len(numbers) == 1, f"{len(numbers)} cells begin with {beginning!r}"
        cell = self.page.locator(f'.jp-Notebook .jp-Cell[data-windowed-list-index="{numbers[0]}"]')
        cell.scroll_into_view_if_needed()
        return cell

    def choose(self, menu, entry):
        """Choose an entry of the menu bar."""
        self.page.locator(".lm-MenuBar-itemLabel").get_by_text(menu, exact=True).click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()

    def run_all(self):
        """Choose Run All Cells and wait until the last one is done and all widgets are there."""
        self.choose("Run", "Run All Cells")
        # All cells are marked as waiting at once, so no widget is there before that.
        self.page.wait_for_function(
            "count => document.querySelectorAll('.nnlab-live').length === count",
            arg=len(self.demos),
            timeout=RUN_LIMIT,
        )
        self.wait_until_idle(RUN_LIMIT)

    def run(self, cell):
        """Select a cell and press Shift+Enter; wait until it has been run."""
        prompt = cell.locator(".jp-InputPrompt")
        # Its number may be the same again after a restart, so the star in between is watched for.
        prompt.evaluate(
            """prompt => {
                prompt.started = false;
                const look = () => { prompt.started ||= prompt.textContent.includes('*'); };
                new MutationObserver(look).observe(prompt, {childList: true, subtree: true});
            }"""
        )
        prompt.click()
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function(
            r"prompt => prompt.started && /\[\d+\]/.test(prompt.textContent)",
            arg=prompt.element_handle(),
        )
        self.wait_until_idle()
        cell.scroll_into_view_if_needed()

    def replace_line(self, cell, line, new):
        """Put the cursor into a line of a cell, mark it and type another."""
        cell.locator(".cm-line", has_text=line).click()
        for key in ("Home", "Shift+End"):
            self.page.keyboard.press(key)
        self.page.keyboard.type(new)

    def stored_picture_size(self, call):
        """Return the smaller side, in pixels, of the picture stored in a demo's cell."""
        image = self.cell(call).locator(".jp-OutputArea img")
        image.wait_for()
        self.wait_for(lambda: image.evaluate("image => image.complete"), "the stored picture")
        return image.evaluate("image => Math.min(image.naturalWidth, image.naturalHeight)")

    def assert_no_trouble(self):
        """Nothing pops up, and no output says that a widget is missing."""
        text = self.page.locator("body").text_content()
        assert "model not found" not in text
        assert "Error displaying widget" not in text
        assert self.page.locator(".jp-Dialog, .Toastify__toast").all_text_contents() == []

    def wait_for(self, condition, what):
        """Wait for something that is not a condition on the page alone."""
        end = time.monotonic() + PAGE_LIMIT / 1000
        while not condition():
            assert time.monotonic() < end, f"waited in vain for {what}"
            self.page.wait_for_timeout(50)


class LiveFigure:
    """The widgets of one demo."""

    def __init__(self, lesson, call):
        self.wait_for = lesson.wait_for
        self.box = lesson.cell(call).locator(".nnlab-live")
        self.box.scroll_into_view_if_needed()

    @property
    def pixels(self):
        """A fingerprint of the pixels on the screen; empty while a picture is being loaded."""
        return self.box.locator("img").evaluate(
            """async image => {
                await image.decode().catch(() => null);  // another one has come meanwhile
                if (!image.complete || !image.naturalWidth) return '';
                const canvas = document.createElement('canvas');
                [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
                const pen = canvas.getContext('2d');
                pen.drawImage(image, 0, 0);
                const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
                const digest = await crypto.subtle.digest('SHA-256', pixels.data);
                return [...new Uint8Array(digest)].map(byte => byte.toString(16)).join(' ');
            }"""
        )

    @property
    def caption(self):
        return self.box.locator('[role="status"]').first.inner_text()

    @property
    def state(self):
        """Picture and caption."""
        self.wait_for(lambda: self.pixels, "a picture")
        return self.pixels, self.caption

    def slider(self, label):
        """Return the handle of a slider."""
        row = self.box.locator(".widget-slider").filter(has_text=label)
        return row.locator('[role="slider"]')

    def choose(self, option):
        self.box.get_by_label(option, exact=True).check()

    def wait_for_change(self, before):
        """Wait until both picture and caption differ, and return them."""
        self.wait_for(lambda: self.pixels not in ("", before[0]), "another picture")
        self.wait_for(lambda: self.caption != before[1], "another caption")
        return self.state

    def reset(self, start):
        """Press Reset and wait until picture and caption are those of the start."""
        self.box.get_by_role("button", name="Reset").click()
        self.wait_for(lambda: (self.pixels, self.caption) == start, "the first picture")


@pytest.fixture(scope="module")
def open_lesson(lab, context):
    """Return a function that opens a lesson in the browser."""
    lab.end_sessions()

    def open_(name):
        return Lesson(context.new_page(), lab, name)

    yield open_
    lab.end_sessions()


@pytest.fixture
def live_figure():
    """Return what finds a demo in a lesson that has been run."""
    return LiveFigure
