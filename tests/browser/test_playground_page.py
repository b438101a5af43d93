"""The playground's page, used for a minute without a break: nothing goes wrong, nothing grows."""

import time
from dataclasses import dataclass

import numpy as np
import psutil
import pytest
from jupyter_client import BlockingKernelClient

pytestmark = pytest.mark.browser

SECONDS = 60  # of use, of which the first third is for everything to take its place
SHOW = "lesson_00.everything.show()"
OTHER = "from nnlab.live import lesson_00"

# What may be more in the end than after the first third.
MORE_IN_PAGE = 3e6  # bytes of JavaScript's heap
# Bytes in the kernel; a file of a picture has about 30 kB, and to keep each would be noticed.
MORE_IN_KERNEL, MORE_FOR_A_PICTURE = 2e6, 15e3
FEWEST = 100  # pictures between the two, so that all files together are more than the first
MORE_NODES = 100  # of the document, and of what listens there; for those that come and go
EXPECTED = ("Training.", "Paused after", "Update ", "A new network.", "Everything is as it was")

# What C's allocator holds on to though it is free would hide what is kept.
GIVE_BACK = """import ctypes, gc
gc.collect()
getattr(ctypes.CDLL(None), "malloc_trim", lambda pad: None)(0)"""

# Counts pictures that are on the screen, and addresses of pictures that are kept; writes down what
# is announced.
WATCH = """box => {
    const watched = window.watched = {pictures: [], kept: 0, said: []};
    const image = box.querySelector('img');
    const status = box.querySelector('[role=status]');
    image.addEventListener('load', () => {
        requestAnimationFrame(now => watched.pictures.push(now));
    });
    new MutationObserver(() => watched.said.push(status.textContent))
        .observe(status, {childList: true, characterData: true, subtree: true});
    const {createObjectURL, revokeObjectURL} = URL;
    URL.createObjectURL = thing => (watched.kept++, createObjectURL.call(URL, thing));
    URL.revokeObjectURL = url => (watched.kept--, revokeObjectURL.call(URL, url));
}"""


@dataclass
class Sizes:
    """What is kept on the page and in the kernel, and how many pictures there were."""

    pictures: int
    heap: float
    nodes: int
    listeners: int
    addresses: int
    kernel: float
    threads: int


class Playground:
    """The page, and a reader who is never tired."""

    def __init__(self, notebook):
        self.notebook, self.page = notebook, notebook.page
        self.box = self.page.locator(".nnlab-playground")
        self.wire = self.page.context.new_cdp_session(self.page)
        self.wire.send("Performance.enable")
        home = str(notebook.lab.folder.parent)
        (self.kernel,) = (
            process
            for process in psutil.process_iter(["cmdline"])
            if "ipykernel_launcher" in " ".join(process.info["cmdline"] or ())
            and home in " ".join(process.info["cmdline"])
        )
        self.rates = []

    # What the reader does ------------------------------------------------------------------------

    def press(self, name, said):
        self.box.get_by_role("button", name=name).click()
        self.wait_until_it_says(said)

    def wait_until_it_says(self, said):
        status = self.box.get_by_role("status")
        self.notebook.wait_for(lambda: status.text_content().startswith(said), said)

    def move(self, label, *keys):
        slider = self.box.get_by_role("slider", name=label, exact=True)
        for key in keys:
            slider.press(key)

    def choose(self, label, option):
        self.box.get_by_role("combobox", name=label, exact=True).select_option(option)

    def watch(self, seconds):
        """Look at the training and note how many pictures a second there are."""
        count = "() => window.watched.pictures.length"
        before, begin = self.page.evaluate(count), time.monotonic()
        self.page.wait_for_timeout(1000 * seconds)
        pictures = self.page.evaluate(count) - before
        assert pictures > 0, "the picture stands still"
        self.rates.append(pictures / (time.monotonic() - begin))

    def use(self):
        """Do all there is once, in about five seconds."""
        self.press("Play", "Training")
        self.watch(1)
        self.move("Learning rate", "ArrowRight", "ArrowRight", "ArrowLeft")
        self.notebook.wait_for(lambda: "learning rate 0.03." in self.caption, "the new rate")
        self.watch(0.5)
        self.choose("Schedule", "cosine")
        self.notebook.wait_for(lambda: "(cosine schedule, now 0.0" in self.caption, "a schedule")
        self.watch(0.5)
        self.press("Pause", "Paused after")
        self.press("Step", "Update ")
        self.press("Start over", "A new network.")
        self.move("Hidden layers", "End")
        self.move("Units in each", "End")
        self.box.get_by_role("checkbox", name="Batch norm").check()
        self.choose("Activation", "GELU")
        self.notebook.wait_for(
            lambda: "6 hidden layers of 32 GELU units, batch norm" in self.caption, "a network"
        )
        self.press("Play", "Training")
        self.watch(1)
        self.press("Reset", "Everything is as it was")

    def run_another_cell(self):
        """Run a cell while the network trains; it goes on."""
        self.press("Play", "Training")
        self.notebook.run(self.notebook.cell(OTHER))
        self.box.locator("img").scroll_into_view_if_needed()
        self.watch(0.5)
        self.press("Reset", "Everything is as it was")

    def make_the_kernel_give_back(self):
        """Return memory that is free to the system, past the page and its history of cells."""
        command = self.kernel.cmdline()
        client = BlockingKernelClient(connection_file=command[command.index("-f") + 1])
        client.load_connection_file()
        client.start_channels()
        try:
            answer = client.execute_interactive(GIVE_BACK, silent=True, timeout=60)
            assert answer["content"]["status"] == "ok"
        finally:
            client.stop_channels()

    # What there is -------------------------------------------------------------------------------

    @property
    def caption(self):
        return self.box.locator(".nnlab-caption").text_content()

    @property
    def sizes(self):
        self.wire.send("HeapProfiler.collectGarbage")
        metrics = self.wire.send("Performance.getMetrics")["metrics"]
        counted = self.wire.send("Memory.getDOMCounters")
        self.make_the_kernel_give_back()
        return Sizes(
            pictures=self.page.evaluate("() => window.watched.pictures.length"),
            heap={one["name"]: one["value"] for one in metrics}["JSHeapUsedSize"],
            nodes=counted["nodes"],
            listeners=counted["jsEventListeners"],
            addresses=self.page.evaluate("() => window.watched.kept"),
            kernel=self.kernel.memory_info().rss,
            threads=self.kernel.num_threads(),
        )


@pytest.fixture
def playground(open_lesson):
    notebook = open_lesson("playground", viewport={"width": 1280, "height": 720})
    notebook.page.keyboard.press("Control+b")  # the list of files takes too much of a small screen
    notebook.run_all()
    playground = Playground(notebook)
    playground.box.evaluate("box => box.scrollIntoView({block: 'start'})")
    playground.box.evaluate(WATCH)
    yield playground
    notebook.page.close()


def test_a_minute_of_use_leaves_no_trace(playground, record_property):
    begin, early = time.monotonic(), None
    playground.run_another_cell()  # once: JupyterLab keeps something of every cell that is run
    while time.monotonic() - begin < SECONDS:
        playground.use()
        if early is None and time.monotonic() - begin > SECONDS / 3:
            early = playground.sizes
    # Pictures on their way to the screen have addresses, too, until they are there.
    playground.page.wait_for_function("window.watched.kept <= 1")
    late = playground.sizes
    rates = {"slowest": min(playground.rates), "mean": np.mean(playground.rates)}
    for name, value in {"early": early, "late": late, "pictures a second": rates}.items():
        record_property(name, str(value))
        print(name, value)

    for text in playground.page.evaluate("() => window.watched.said"):
        assert text == "" or text.startswith(EXPECTED), text
    assert late.heap < early.heap + MORE_IN_PAGE
    assert late.nodes < early.nodes + MORE_NODES
    assert late.listeners < early.listeners + MORE_NODES
    assert late.addresses <= 1
    pictures = late.pictures - early.pictures
    assert pictures > FEWEST
    assert late.kernel < early.kernel + max(MORE_IN_KERNEL, pictures * MORE_FOR_A_PICTURE)
    assert late.threads <= early.threads
    playground.notebook.assert_ran_without_a_warning()
    playground.notebook.assert_no_trouble()


def test_controls_and_picture_are_on_the_screen_together(playground):
    """Nothing has to be scrolled between a control and what it does."""
    for width, height in ((1280, 720), (1920, 1080)):
        playground.page.set_viewport_size({"width": width, "height": height})
        playground.page.wait_for_timeout(500)
        playground.box.evaluate("box => box.scrollIntoView({block: 'start'})")
        for part in (".nnlab-column >> nth=0", ".nnlab-column >> nth=1", ".nnlab-buttons", "img"):
            shown = playground.box.locator(part).bounding_box()
            assert shown["y"] >= 0, (part, width)
            assert shown["y"] + shown["height"] < height - 24, (part, width)  # the status bar
        assert playground.box.evaluate("box => box.scrollWidth <= box.clientWidth")
