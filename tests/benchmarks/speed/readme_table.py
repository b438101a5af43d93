"""The README's table of speed: written between two marker comments, nothing else is touched."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from .contests import FUSED, GRID_GOAL, PRODUCTS, SKLEARN, TORCH

BEGIN, END = "<!-- speed:begin -->", "<!-- speed:end -->"
COLUMNS = (TORCH, FUSED, SKLEARN)


def written(readme, text):
    """Return the README with `text` between its markers."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"README: expected {BEGIN} and, after it, {END}")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def section(results, grid):
    """Return table, machine and what nnlab does not reach, in Markdown."""
    return "\n\n".join([table(results), remarks(results, grid), f"Measured on {machine()}."])


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


def machine():
    """Return processor, system and versions in words."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("numpy", "torch", "scikit-learn"))
    return (
        f"{processor()}, {os.cpu_count()} cores (one thread used), {platform.system()}, "
        f"Python {platform.python_version()}, {libraries}"
    )


def processor():
    """Return the model of the CPU as the system names it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
