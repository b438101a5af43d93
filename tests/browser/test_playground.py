"""The playground in a real JupyterLab: it trains while one watches, and ends when nobody does."""

import re

import pytest

pytestmark = pytest.mark.browser

SHOW = 'Playground(name="98.test", data_set="blobs", noise=0.6).show()'
BUSY = "total = sum(i * i for i in range(3 * 10**7)); total"
IMPORTS = """import threading, time
from nnlab.live import playground_widget
from nnlab.live.playground import Playground"""
THREADS = """names = [thread.name for thread in threading.enumerate()]
print("threads of the playground:", sum("98.test" in name for name in names))
print("deserted:", [widget.runner.deserted for widget in playground_widget._open])"""


class OnPage:
    """The playground on the page."""

    def __init__(self, notebook):
        self.notebook = notebook
        self.page, self.wait_for = notebook.page, notebook.wait_for
        self.cell = notebook.cell(SHOW)
        self.box = self.cell.locator(".nnlab-playground")
        self.box.locator("img").scroll_into_view_if_needed()
        self.wait_for(lambda: self.picture, "the first picture")

    def press(self, name):
        self.box.get_by_role("button", name=name).click()

    def slider(self, label):
        return self.box.get_by_role("slider", name=label, exact=True)

    @property
    def picture(self):
        """Where the picture comes from: another address for every picture."""
        return self.box.locator("img").get_attribute("src")

    @property
    def pixels(self):
        """The file of the picture on the screen."""
        return self.box.locator("img").evaluate(
            """async image => {
                const file = await fetch(image.src).catch(() => null);  // another one has come
                return file && [...new Uint8Array(await file.arrayBuffer())].join();
            }"""
        )

    @property
    def updates(self):
        return int(re.search(r"After (\d+) update", self.caption)[1])

    @property
    def caption(self):
        return self.box.locator(".nnlab-caption").inner_text()

    @property
    def status(self):
        return self.box.get_by_role("status").inner_text()

    @property
    def alternative_text(self):
        return self.box.locator("img").get_attribute("alt")

    def wait_for_pictures(self, count):
        for _ in range(count):
            now = self.picture
            self.wait_for(lambda now=now: self.picture != now, "another picture")

    def pause(self):
        self.press("Pause")
        self.wait_for(lambda: self.status.startswith("Paused after"), "the pause")

    def threads(self):
        """Ask another cell how many threads the playground has."""
        cell = self.notebook.cell(THREADS[:20])
        self.notebook.run(cell)
        return int(re.search(r"playground: (\d+)", cell.inner_text())[1])


@pytest.fixture(scope="module")
def notebook(open_cells):
    notebook = open_cells("a-playground", IMPORTS, SHOW, BUSY, THREADS)
    notebook.run_all()
    return notebook


@pytest.fixture
def playground(notebook):
    """Run the cell again, so that every test has a new one."""
    notebook.run(notebook.cell(SHOW))
    return OnPage(notebook)


def test_it_starts_paused_with_its_first_picture_and_words(playground):
    first = playground.picture
    playground.page.wait_for_timeout(500)
    assert playground.picture == first
    assert playground.updates == 0
    assert playground.alternative_text == playground.caption
    assert playground.status == ""
    assert playground.box.get_by_role("button", name="Play").is_visible()
    for label in ("Learning rate", "Batch size", "Noise", "Hidden layers", "Units in each"):
        assert playground.slider(label).is_enabled(), label
    assert playground.box.get_by_role("group", name="Starts a new network").count() == 1


def test_pictures_keep_changing_until_it_is_paused(playground):
    announced = playground.box.get_by_role("status")
    playground.press("Play")
    playground.wait_for_pictures(5)
    assert playground.updates > 0
    assert playground.alternative_text == "The network is being trained. Pause to hear where it is."
    # What is announced does not change with every picture.
    assert announced.inner_text() == "Training."
    playground.pause()
    stopped = playground.picture
    playground.page.wait_for_timeout(500)
    assert playground.picture == stopped
    assert playground.status == f"Paused after {playground.updates} updates."
    assert playground.alternative_text == playground.caption


def test_a_step_is_one_update_also_by_keyboard(playground):
    button = playground.box.get_by_role("button", name="Step")
    button.focus()
    for updates in (1, 2):
        playground.page.keyboard.press("Enter")
        playground.wait_for(lambda updates=updates: playground.updates == updates, "the update")
    assert playground.status == "Update 2."


def test_a_press_waits_for_the_one_before_and_more_of_them_do_not_pile_up(playground):
    button = playground.box.get_by_role("button", name="Step")
    button.evaluate("button => { for (let press = 0; press < 5; press++) button.click(); }")
    playground.wait_for(lambda: playground.updates == 2, "the update")
    playground.page.wait_for_timeout(500)
    assert playground.updates == 2


def test_reset_brings_back_picture_and_controls(playground):
    first, start = playground.pixels, playground.caption
    rate = playground.slider("Learning rate")
    before = rate.input_value()
    playground.press("Play")
    playground.wait_for_pictures(3)
    rate.press("ArrowRight")
    playground.slider("Hidden layers").press("ArrowLeft")
    playground.wait_for(lambda: "1 hidden layer of" in playground.caption, "the change")
    playground.press("Reset")
    playground.wait_for(lambda: playground.caption == start, "the first caption")
    playground.wait_for(lambda: playground.pixels == first, "the first picture")
    assert rate.input_value() == before
    assert playground.slider("Hidden layers").input_value() == "2"
    assert playground.box.get_by_role("button", name="Play").is_visible()


def test_a_slider_is_dragged_while_it_plays(playground):
    playground.press("Play")
    playground.wait_for_pictures(2)
    rate = playground.slider("Learning rate")
    for _ in range(3):
        rate.press("ArrowRight")
    playground.wait_for(lambda: "learning rate 0.3." in playground.caption, "the new rate")
    updates = playground.updates
    playground.wait_for_pictures(3)
    assert playground.updates > updates > 0  # the same network
    playground.box.get_by_label("Data", exact=True).select_option("circles")
    playground.wait_for(lambda: playground.caption.startswith("Circles"), "the other data")
    playground.wait_for_pictures(3)
    assert playground.status == "A new network."
    playground.pause()


def test_it_goes_on_while_another_cell_works(playground):
    playground.press("Play")
    playground.wait_for_pictures(2)
    busy = playground.notebook.cell(BUSY)
    playground.notebook.start(busy)
    playground.box.locator("img").scroll_into_view_if_needed()
    before = playground.updates
    playground.wait_for_pictures(4)
    assert playground.updates > before
    assert "*" in busy.locator(".jp-InputPrompt").inner_text(), "done before: nothing was tested"
    playground.notebook.wait_until_idle()
    assert "8999999550000005000000" in busy.inner_text()
    playground.wait_for_pictures(2)
    playground.pause()


def test_it_obeys_while_another_cell_works(playground):
    busy = playground.notebook.cell(BUSY)
    playground.notebook.start(busy)
    playground.box.locator("img").scroll_into_view_if_needed()
    playground.press("Step")
    playground.wait_for(lambda: playground.updates == 1, "the update")
    playground.press("Play")
    playground.wait_for_pictures(2)
    playground.pause()
    assert "*" in busy.locator(".jp-InputPrompt").inner_text(), "done before: nothing was tested"
    playground.notebook.wait_until_idle()


def test_it_waits_while_it_is_out_of_sight(playground):
    assert playground.threads() == 0
    playground.box.locator("img").scroll_into_view_if_needed()
    playground.press("Play")
    playground.wait_for_pictures(2)
    page = playground.page
    page.evaluate(
        """() => {
            Object.defineProperty(document, 'hidden', {value: true, configurable: true});
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    playground.wait_for(lambda: playground.threads() == 0, "the end of the thread")
    page.evaluate(
        """() => {
            delete document.hidden;
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    playground.box.locator("img").scroll_into_view_if_needed()
    playground.wait_for_pictures(3)
    playground.pause()


def test_its_thread_ends_with_its_output(playground):
    playground.press("Play")
    playground.wait_for_pictures(2)
    playground.cell.locator(".jp-InputPrompt").click()
    playground.notebook.choose("Edit", "Clear Cell Output")
    playground.box.wait_for(state="detached")
    playground.wait_for(lambda: playground.threads() == 0, "the end of the thread")
    assert "deserted: [True]" in playground.notebook.cell(THREADS[:20]).inner_text()


def test_a_cell_run_again_has_one_thread_and_a_new_playground(playground):
    playground.press("Play")
    playground.wait_for_pictures(2)
    playground.notebook.run(playground.cell)
    again = OnPage(playground.notebook)
    assert again.updates == 0
    again.wait_for(lambda: again.threads() == 0, "the end of the thread")
    again.box.locator("img").scroll_into_view_if_needed()
    again.press("Play")
    again.wait_for_pictures(2)
    again.pause()


def test_divergence_is_told_and_the_picture_stays(playground):
    playground.box.get_by_label("Optimizer", exact=True).select_option("SGD")
    playground.box.get_by_label("Activation", exact=True).select_option("linear")
    playground.slider("Learning rate").press("End")
    for _ in range(2):
        playground.slider("Hidden layers").press("ArrowRight")
    playground.wait_for(lambda: "4 hidden layers" in playground.caption, "the settings")
    playground.press("Play")
    playground.wait_for(lambda: playground.status.startswith("The training diverged"), "the end")
    assert playground.box.locator("img").is_visible()
    assert playground.box.get_by_role("button", name="Play").is_visible()


def test_after_a_restart_of_the_kernel_it_says_what_to_do(notebook, playground):
    playground.press("Play")
    playground.wait_for_pictures(2)
    notebook.restart_kernel()
    playground.box.locator("img").scroll_into_view_if_needed()
    playground.wait_for(lambda: "run this cell again" in playground.status, "the message")
    assert playground.box.get_by_role("button", name="Play").is_visible()
    playground.press("Play")
    playground.page.wait_for_timeout(200)
    notebook.run(notebook.cell(IMPORTS[:20]))
    notebook.run(notebook.cell(SHOW))
    again = OnPage(notebook)
    again.press("Play")
    again.wait_for_pictures(2)
    again.pause()


def test_a_reloaded_page_plays_again(notebook, playground):
    playground.press("Play")
    playground.wait_for_pictures(2)
    notebook.save()
    notebook.page.reload()
    notebook.wait_until_ready()
    # Its picture is there, not its widget: views are not saved.
    assert notebook.cell(SHOW).locator(".nnlab-playground").count() == 0
    notebook.run(notebook.cell(SHOW))
    again = OnPage(notebook)
    again.press("Play")
    again.wait_for_pictures(3)
    again.pause()


def test_a_saved_notebook_shows_its_preview_without_a_kernel(notebook):
    notebook.save()
    notebook.reload_without_kernel()
    notebook.assert_shown_without_kernel(SHOW)
    notebook.assert_no_trouble()
