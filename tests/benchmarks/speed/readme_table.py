"""The README's table of training speed."""

import readme as readme_tables

from .contests import FUSED, GRID_GOAL, PRODUCTS, SKLEARN, TORCH

NAME = "speed"
BEGIN, END = readme_tables.markers(NAME)
COLUMNS = (TORCH, FUSED, SKLEARN)


def written(readme, text):
    """Return the README with `text` between its markers."""
    return readme_tables.written(readme, text, NAME)


def section(results, grid):
    """Return table, machine and what nnlab does not reach, in Markdown."""
    measured_on = readme_tables.machine(
        "numpy", "torch", "scikit-learn", cores=" (one thread used)"
    )
    return "\n\n".join([table(results), remarks(results, grid), f"Measured on {measured_on}."])


def table(results):
    """Return one line per workload; a cell is the ratio and, in brackets, the goal."""
    rows = {}
    for result in results:
        rows.setdefault(result.row, []).append(result)
    lines = [["float32, Adam", *COLUMNS, "other"], ["---"] * (len(COLUMNS) + 2)]
    for row, found in rows.items():
        named = {result.rival: result for result in found}
        cells = [cell(named.pop(name)) if name in named else "–" for name in COLUMNS]
        others = "; ".join(cell(result, f" {name}") for name, result in named.items())
        lines.append([row, *cells, others or "–"])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(result, name=""):
    goal = f" ({'≤' if result.rival == PRODUCTS else '≥'} {result.goal:g})" if result.goal else ""
    return f"{digits(result.times)}×{name}{goal}"


def digits(number):
    """Return enough of them to tell a number from its goal."""
    if number < 2:
        return f"{number:.2f}"
    return f"{number:.1f}" if number < 9.95 else f"{number:.0f}"


def remarks(results, grid):
    """Return where nnlab is slower than a peer, where it misses its goal, and the grid's time."""
    slower = _grouped(result for result in results if result.slower)
    missed = _grouped(result for result in results if result.missed)
    if grid >= GRID_GOAL:
        missed.append("the grid of networks")
    return (
        f"Slower than a peer: {' · '.join(slower) or 'nowhere in this table'}. "
        f"Goal missed: {' · '.join(missed) or 'none'}. "
        f"An 8 × 8 grid of 2-16-16-1 networks (learning rate × L2), 480 steps each, takes "
        f"{grid:.2f} s."
    )


def _grouped(results):
    """Return ``workload (rival, rival)`` for every workload among the results."""
    rows = {}
    for result in results:
        rows.setdefault(result.row, []).append(result.rival)
    return [f"{row} ({'; '.join(rivals)})" for row, rivals in rows.items()]
