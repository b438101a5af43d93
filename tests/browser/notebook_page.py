"""A notebook in a tab of the browser, read and used as a learner does."""

import contextlib
import json
import re
import time

from nnlab.live import Choice, Slider

PAGE_LIMIT = 120_000  # milliseconds for one condition on the page, on a busy machine too
RUN_LIMIT = 300_000  # … for a whole lesson to run

# A call such as lesson_01.heads.show() is all there is in a cell with a live figure.
_SHOW = re.compile(r"[\w.]+\.show\(\)")
_TO_THE_MAKER = ("application/vnd.jupyter.stderr", "application/vnd.jupyter.error")


def write_notebook(file, sources):
    """Write a notebook of code cells that have not been run."""
    cells = [
        {
            "cell_type": "code", "id": f"cell-{number}", "source": source,
            "metadata": {}, "outputs": [], "execution_count": None,
        }
        for number, source in enumerate(sources)
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip
    file.write_text(json.dumps(notebook), "utf-8")


class Notebook:
    """A notebook on the screen."""

    def __init__(self, page, lab, name, workspace=""):
        self.page = page
        self.lab = lab
        self.name = name
        page.goto(lab.url(f"{name}.ipynb", workspace=f"test-{workspace or name}"))
        self.wait_until_ready()

    @property
    def file(self):
        return self.lab.folder / f"{self.name}.ipynb"

    @property
    def cells(self):
        """The cells of the file: type and source of each, in order."""
        cells = json.loads(self.file.read_text("utf-8"))["cells"]
        return [(cell["cell_type"], "".join(cell["source"])) for cell in cells]

    @property
    def demos(self):
        """The calls that show a live figure."""
        return [source for kind, source in self.cells if kind == "code" and _SHOW.fullmatch(source)]

    # Waiting -------------------------------------------------------------------------------------

    def wait_for(self, condition, what):
        """Wait for something that is not a condition on the page alone."""
        end = time.monotonic() + PAGE_LIMIT / 1000
        while not condition():
            assert time.monotonic() < end, f"waited in vain for {what}"
            self.page.wait_for_timeout(50)

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

    # Doing ---------------------------------------------------------------------------------------

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

    def choose(self, *entries):
        """Choose an entry of the menu bar, through a menu and perhaps its submenus."""
        menu, *entries = entries
        self.page.locator(".lm-MenuBar-itemLabel").get_by_text(menu, exact=True).click()
        for entry in entries:
            self.page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()

    def run_all(self):
        """Choose Run All Cells and wait until the last one is done and all figures are there."""
        self.choose("Run", "Run All Cells")
        # All cells are marked as waiting at once, so no figure is there before that.
        self.page.wait_for_function(
            "count => document.querySelectorAll('.nnlab-live').length === count",
            arg=len(self.demos),
            timeout=RUN_LIMIT,
        )
        self.wait_until_idle(RUN_LIMIT)

    def start(self, cell):
        """Select a cell and press Shift+Enter."""
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
        self.page.wait_for_function("prompt => prompt.started", arg=prompt.element_handle())

    def run(self, cell):
        """Run a cell and wait until it is done."""
        self.start(cell)
        self.page.wait_for_function(
            r"prompt => /\[\d+\]/.test(prompt.textContent)",
            arg=cell.locator(".jp-InputPrompt").element_handle(),
        )
        self.wait_until_idle()
        cell.scroll_into_view_if_needed()

    def replace_line(self, cell, line, new):
        """Put the cursor into a line of a cell, mark it and type another."""
        cell.locator(".cm-line", has_text=line).click()
        for key in ("Home", "Shift+End"):
            self.page.keyboard.press(key)
        self.page.keyboard.type(new)

    def restart_kernel(self):
        """Restart the kernel and wait until it is there again."""
        self.choose("Kernel", "Restart Kernel…")
        with self.page.expect_response(re.compile("/api/kernels/.*/restart")):
            self.page.locator(".jp-Dialog button.jp-mod-accept").click()
        self.page.locator(".jp-Dialog").wait_for(state="hidden")
        self.wait_until_idle()

    def save(self):
        """Press Ctrl+S where the focus is and wait until the file is written."""
        before = self.file.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        self.wait_for(lambda: self.file.stat().st_mtime_ns > before, "the notebook to be saved")
        self.page.locator(".jp-mod-dirty").wait_for(state="hidden")

    def trust(self):
        """Choose Trust Notebook in the command palette and confirm it."""
        from playwright.sync_api import TimeoutError as PlaywrightTimeout

        palette = self.page.locator(".lm-CommandPalette")
        accept = self.page.locator(".jp-Dialog button.jp-mod-accept")

        def ask():
            # The palette goes away when the page moves the focus, which it does while it starts.
            if not palette.is_visible():
                self.choose("View", "Activate Command Palette")
            with contextlib.suppress(PlaywrightTimeout):
                palette.locator("input").fill("Trust Notebook", timeout=1_000)
                palette.locator(".lm-mod-active", has_text="Trust Notebook").wait_for(timeout=1_000)
                palette.locator("input").press("Enter", timeout=1_000)
                accept.wait_for(timeout=1_000)
            return accept.is_visible()

        self.wait_for(ask, "the question whether to trust the notebook")
        accept.click()
        self.page.locator(".jp-Dialog").wait_for(state="hidden")

    def reload_without_kernel(self):
        """Open the page again as on another day."""
        self.lab.end_sessions()
        self.page.reload()
        self.wait_until_ready()

    # Looking -------------------------------------------------------------------------------------

    def active_cell(self):
        """Return the position of the selected cell and how many cells there are."""
        return self.page.evaluate(
            """() => {
                const cells = [...document.querySelectorAll('.jp-Notebook .jp-Cell')];
                return [cells.findIndex(cell => cell.matches('.jp-mod-active')), cells.length];
            }"""
        )

    def stored_output(self, call):
        """Return the stored picture of a demo's cell and the paragraphs and list below it."""
        outputs = self.cell(call).locator(".jp-OutputArea-output")
        image = outputs.locator("img")
        image.wait_for()
        self.wait_for(lambda: image.evaluate("image => image.complete"), "the stored picture")
        return image, outputs.locator("p"), outputs.locator("li")

    def assert_shown_without_kernel(self, call):
        """In the cell stand the picture with its greyed controls, the sentence and what to try."""
        image, paragraphs, suggestions = self.stored_output(call)
        width, height = image.evaluate("image => [image.naturalWidth, image.naturalHeight]")
        assert min(width, height) > 300, call
        assert self.cell(call).locator(".nnlab-live, .jupyter-widgets").count() == 0, call
        sentence, heading = paragraphs.all_inner_texts()
        assert len(sentence) > 20, call
        assert heading == "Try this", call
        assert all(len(text) > 10 for text in suggestions.all_inner_texts()), call
        assert suggestions.count() >= 1, call

    def assert_ran_without_a_warning(self):
        """No cell shows an error, a warning or anything else that a program says to its maker."""
        for kind in _TO_THE_MAKER:
            assert self.page.locator(f'[data-mime-type="{kind}"]').all_text_contents() == []
        outputs = self.page.locator(".jp-OutputArea-output").all_text_contents()
        assert len(outputs) > len(self.demos)
        for text in outputs:
            assert "Traceback" not in text
            assert "Warning" not in text

    def assert_no_trouble(self):
        """Nothing pops up, and no output says that a widget is missing."""
        text = self.page.locator("body").text_content()
        assert "model not found" not in text
        assert "Error displaying widget" not in text
        assert self.page.locator(".jp-Dialog, .Toastify__toast").all_text_contents() == []


class LiveFigure:
    """One live figure."""

    def __init__(self, notebook, call):
        self.wait_for = notebook.wait_for
        self.page = notebook.page
        self.cell = notebook.cell(call)
        self.box = self.cell.locator(".nnlab-live")
        self.box.scroll_into_view_if_needed()

    # What it shows -------------------------------------------------------------------------------

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

    # JupyterLab renders only what is on the screen; elsewhere inner_text() is empty.

    @property
    def caption(self):
        return self.box.locator(".nnlab-caption").text_content()

    @property
    def alternative_text(self):
        return self.box.locator("img").get_attribute("alt")

    @property
    def sign(self):
        """What stands beside Reset while a picture is waited for."""
        return self.box.locator(".nnlab-sign").text_content()

    @property
    def layout(self):
        """How far below the cell's top the picture stands, and how high the cell is."""
        return self.box.evaluate(
            """box => {
                const [cell, image] = [box.closest('.jp-Cell'), box.querySelector('img')]
                    .map(element => element.getBoundingClientRect());
                return [image.top - cell.top, cell.height];
            }"""
        )

    @property
    def state(self):
        """Picture and caption."""
        self.wait_for(lambda: self.pixels, "a picture")
        return self.pixels, self.caption

    def wait_for_change(self, before):
        """Wait until both picture and caption differ, and return them."""
        self.wait_for(lambda: self.pixels not in ("", before[0]), "another picture")
        self.wait_for(lambda: self.caption != before[1], "another caption")
        return self.state

    def wait_until_it_says(self, sentence):
        self.wait_for(lambda: self.caption == sentence, sentence)

    def watch_sign(self):
        """Begin to write down what the sign says and how long each picture takes."""
        self.box.evaluate(
            """box => {
                const watched = box.watched = {said: [], longest: 0};
                const [sign, image] = ['.nnlab-sign', 'img'].map(part => box.querySelector(part));
                let asked;
                box.addEventListener('input', () => { asked = performance.now(); }, true);
                new MutationObserver(() => watched.said.push(sign.textContent))
                    .observe(sign, {childList: true, characterData: true, subtree: true});
                new MutationObserver(() => {
                    watched.longest = Math.max(watched.longest, performance.now() - asked);
                }).observe(image, {attributes: true, attributeFilter: ['alt']});
            }"""
        )

    def watched_sign(self):
        """Return what the sign has said and the longest wait in milliseconds."""
        watched = self.box.evaluate("box => box.watched")
        return [text for text in watched["said"] if text], watched["longest"]

    # What the learner does -----------------------------------------------------------------------

    def slider(self, label):
        return self.box.get_by_role("slider", name=label, exact=True)

    def choose(self, label, option):
        """Choose one of a few options, or of a list."""
        options = self.box.get_by_role("combobox", name=label, exact=True)
        if options.count():
            options.select_option(option)
        else:
            group = self.box.get_by_role("radiogroup", name=label, exact=True)
            group.get_by_role("radio", name=option, exact=True).check()

    def put(self, control, value):
        """Put a control of a demo to one of its ends or options."""
        if isinstance(control, Slider):
            end = "Home" if value == control.positions[0] else "End"
            self.slider(control.label).press(end)
        elif isinstance(control, Choice):
            self.choose(control.label, value)
        else:
            box = self.box.get_by_role("checkbox", name=control.label, exact=True)
            box.set_checked(value)

    def move(self, label, key):
        """Press a key on a slider, wait for another picture and return what is shown."""
        before = self.state
        self.slider(label).press(key)
        return self.wait_for_change(before)

    def reset(self, start):
        """Press Reset and wait until picture and caption are those of the start."""
        self.box.get_by_role("button", name="Reset").click()
        self.wait_for(lambda: (self.pixels, self.caption) == start, "the first picture")

    def open_second_view(self):
        """Choose Create New View for Cell Output in the context menu; return the figure in it."""
        self.box.locator(".nnlab-title").click(button="right")
        entry = "Create New View for Cell Output"
        self.page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()
        view = self.page.locator(".jp-LinkedOutputView .nnlab-live")
        view.wait_for()
        return view
