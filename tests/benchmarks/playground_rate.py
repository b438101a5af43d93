"""How many pictures a second the playground shows in a real JupyterLab, beside the limit of 10.

With nothing else to do, and while another cell computes. The kernel is a single process, and of two
busy threads each gets about half of it.
"""

import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from notebook_page import Notebook, write_notebook
from playwright.sync_api import sync_playwright
from real_lab import CHROMIUM_ARGUMENTS, running_lab

LIMIT = 10  # pictures a second
SECONDS = 6
IMPORTS = "from nnlab.live.playground import Playground"
BUSY = "sum(i * i for i in range(10**8))"
SETTINGS = {
    "2 layers of 8 units": "",
    "6 layers of 16 units": "hidden_layers=6, units=16",
    "6 of 32, everything on": "hidden_layers=6, units=32, activation='GELU', batch_norm=True, "
    "dropout=0.1, penalty='L1', penalty_strength=0.001, schedule='cosine', batch_size=200",
}
# A picture counts when the browser has decoded it and is about to paint it.
COUNT = """(image, seconds) => new Promise(resolve => {
    const times = [];
    image.addEventListener('load', () => requestAnimationFrame(now => times.push(now)));
    setTimeout(() => resolve(times), 1000 * seconds);
})"""


def main():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with (
        tempfile.TemporaryDirectory() as home,
        running_lab(Path(home)) as lab,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=chromium, args=[*CHROMIUM_ARGUMENTS])
        print(f"{'pictures per second':24s} another cell  mean   longest gap   limit {LIMIT}/s")
        for number, (name, arguments) in enumerate(SETTINGS.items()):
            show = f"Playground({arguments}).show()"
            write_notebook(lab.folder / f"rate{number}.ipynb", [IMPORTS, show, BUSY])
            page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
            notebook = Notebook(page, lab, f"rate{number}")
            for source in (IMPORTS, show):
                notebook.run(notebook.cell(source))
            box = page.locator(".nnlab-playground")
            box.get_by_role("button", name="Play").click()
            for state in ("rests", "computes"):
                if state == "computes":
                    notebook.start(notebook.cell(BUSY))
                box.locator("img").scroll_into_view_if_needed()
                page.wait_for_timeout(1500)
                times = np.array(box.locator("img").evaluate(COUNT, SECONDS))
                rate = len(times) / SECONDS
                gap = np.diff(times).max(initial=0)
                verdict = "ok" if rate >= LIMIT else "too slow"
                print(f"{name:24s} {state:12s} {rate:5.1f} {gap:10.0f} ms   {verdict}")
            lab.end_sessions()
        browser.close()


if __name__ == "__main__":
    main()
