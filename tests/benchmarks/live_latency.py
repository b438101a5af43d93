"""From a move of a control to another picture, in a real JupyterLab, beside plain `interact`.

    python tests/benchmarks/live_latency.py           half a minute, two demos
    python tests/benchmarks/live_latency.py --full    ten minutes, every demo of the course
    python tests/benchmarks/live_latency.py --write   the same, and the README's table is replaced

Needs Chromium and the extra ``[test]``. Both ways are measured in turns, demo by demo, in one
browser and one kernel; on a busy machine only the ratio means something.
"""

import argparse
import sys
import tempfile
from pathlib import Path

# JupyterLab is started and driven as in the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

from latency.contenders import NNLAB, PEER, chosen, contenders, sources
from latency.stopwatch import Stopwatch
from latency.table import NAME, Times, per_demo, remarks, rows, section
from notebook_page import Notebook, write_notebook
from playwright.sync_api import sync_playwright
from readme import README, written
from real_lab import CHROMIUM_ARGUMENTS, running_lab

from nnlab.slides.browser import find_chromium


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="every demo, up to 100 steps of each")
    parser.add_argument("--write", action="store_true", help="full, and write the README's table")
    options = parser.parse_args()
    full = options.full or options.write

    times = measured(chosen(full), 100 if full else 2, drag_every_demo=full)
    print("Milliseconds to another picture: median / 95th percentile")
    print(*per_demo(times), sep="\n")
    for row in rows(times):
        peers = "" if row.peers is None else f"   interact {row.peers:.1f}"
        missed = "   missed" if row.missed else ""
        print(f"{row.what:52s} {row.ours:6.1f}   goal {row.goal_text}{peers}{missed}")
    if full:
        print(remarks(times))
    if options.write:
        README.write_text(written(README.read_text("utf-8"), section(times), NAME), "utf-8")


def measured(demos, steps, *, drag_every_demo):
    """Return Times by contender."""
    times = {NNLAB: Times(), PEER: Times()}
    with (
        tempfile.TemporaryDirectory() as home,
        running_lab(Path(home)) as lab,
        sync_playwright() as driver,
    ):
        write_notebook(lab.folder / "latency.ipynb", sources(demos))
        browser = driver.chromium.launch(
            executable_path=find_chromium(), args=[*CHROMIUM_ARGUMENTS]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        notebook = Notebook(page, lab, "latency")
        notebook.run(notebook.cell("%matplotlib"))
        for name, demo in demos.items():
            for contender in contenders(name):
                first, seen = Stopwatch(notebook, contender, demo).by_keyboard(steps)
                # From its cell again: in a drag no picture may be known.
                drags = (
                    Stopwatch(notebook, contender, demo).by_drag()
                    if drag_every_demo or name == [*demos][-1]
                    else []
                )
                times[contender.name].add(name, first, seen, drags)
        browser.close()
    return times


if __name__ == "__main__":
    main()
