"""A real JupyterLab, started by the command ``nnlab``, in a real browser without a window."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from notebook_page import PAGE_LIMIT, LiveFigure, Notebook, write_notebook
from real_lab import CHROMIUM_ARGUMENTS, running_lab

HERE = Path(__file__).parent

# What JupyterLab itself writes to the console; every entry says why it is not ours.
KNOWN_NOISE: tuple[str, ...] = ()
TOYS = "toy_figures.py"


@pytest.fixture(scope="session")
def lab(chromium, tmp_path_factory):
    """Run ``nnlab`` until the tests are over, with the toy figures beside the lessons."""
    with running_lab(tmp_path_factory.mktemp("home")) as lab:
        shutil.copy(HERE / TOYS, lab.folder)
        yield lab


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
def browser(chromium):
    """Open a browser for one file of tests.

    Not for the session: Playwright keeps an event loop running, and other tests need their own.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=[*CHROMIUM_ARGUMENTS])
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def new_context(browser, log):
    """Return a function that makes a watched context, such as one with a denser screen."""

    def new(**options):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        context.set_default_timeout(PAGE_LIMIT)
        log.watch(context)
        return context

    return new


@pytest.fixture(autouse=True)
def nothing_behind_the_learners_back(request, log):
    """After every test: no error on the console, no request to another machine."""
    yield
    errors, strangers = log.errors[:], log.strangers[:]
    log.errors.clear()
    log.strangers.clear()
    assert not errors
    assert not strangers


# A notebook on the screen ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def open_lesson(lab, new_context):
    """Return a function that opens a lesson in the browser; options are those of the context.

    A test that opens further tabs names a workspace of its own: JupyterLab brings them back.
    """
    lab.end_sessions()

    def open_(name, workspace="", **options):
        return Notebook(new_context(**options).new_page(), lab, name, workspace)

    yield open_
    lab.end_sessions()


@pytest.fixture(scope="module")
def open_cells(lab, open_lesson):
    """Return a function that writes a notebook of its own into the course and opens it."""

    def open_(name, *sources):
        write_notebook(lab.folder / f"{name}.ipynb", sources)
        return open_lesson(name)

    return open_


@pytest.fixture
def live_figure():
    """Return what finds a demo in a notebook that has been run."""
    return LiveFigure
