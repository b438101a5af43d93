"""How fast nnlab trains, beside PyTorch and scikit-learn: ratios, in one process on one thread.

    python tests/benchmarks/training_speed.py           a few seconds, rough
    python tests/benchmarks/training_speed.py --full    two minutes
    python tests/benchmarks/training_speed.py --write   the same, and the README's table is replaced

PyTorch and scikit-learn come with the extra ``[oracle]``; without them their columns are left
out. Numbers above 1 mean that nnlab is faster, except beside its own matrix products.
"""

import argparse
import os
from pathlib import Path

# Read when NumPy, SciPy and PyTorch are imported.
os.environ |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")

from speed.contests import GRID_GOAL, PRODUCTS, contests, grid_seconds, held, installed
from speed.readme_table import remarks, section, written

README = Path(__file__).parents[2] / "README.md"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="two minutes instead of seconds")
    parser.add_argument("--write", action="store_true", help="full, and write the README's table")
    options = parser.parse_args()
    full = options.full or options.write

    peers = installed()
    for library, module in peers._asdict().items():
        if module is None:
            print(f"{library} is not installed (extra [oracle]): its columns are left out")
    if options.write and None in peers:
        parser.error("--write needs all peers: pip install -e '.[oracle]'")

    effort = {"seconds": 12.0, "rounds": 8} if full else {"seconds": 0.0, "rounds": 3}
    results = []
    print("How many times longer a rival takes: median [quartiles]   goal")
    for contest in contests(peers):
        found = held(contest, **effort)
        results += found
        per_step = 1e6 * found[0].ratio.seconds / contest.steps
        print(f"{contest.row}: about {per_step:.0f} µs a step")
        for result in found:
            print(f"  {line(result)}")
    grid = grid_seconds(runs=5 if full else 1)
    print(f"8 × 8 networks, 480 steps each: {grid:.2f} s   goal below {GRID_GOAL:g} s")
    if full:
        print(remarks(results, grid))
    if options.write:
        README.write_text(written(README.read_text("utf-8"), section(results, grid)), "utf-8")


def line(result):
    low, median, high, _ = result.ratio
    goal = ""
    if result.rival == PRODUCTS:
        low, median, high = 1 / high, 1 / median, 1 / low
    if result.goal is not None:
        goal = f"{'≤' if result.rival == PRODUCTS else '≥'} {result.goal:g}"
        goal += "   missed" if result.missed else ""
    return f"{result.rival:22s} {median:6.2f} [{low:.2f}–{high:.2f}]   {goal}".rstrip()


if __name__ == "__main__":
    main()
