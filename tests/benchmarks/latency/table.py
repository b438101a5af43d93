"""What was found, beside the goals: as lines to print and as the README's section."""

import statistics
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import readme

from .contenders import NNLAB, PEER

NAME = "live"
SLOWEST = 100  # milliseconds: the 95th percentile of every single demo


@dataclass
class Times:
    """What the stop-watch found about one contender, demo by demo."""

    first: dict[str, list[float]] = field(default_factory=dict)  # milliseconds per picture
    seen: dict[str, list[float]] = field(default_factory=dict)
    drags: list[tuple[float, float]] = field(default_factory=list)  # pictures/s, final picture

    def add(self, demo, first, seen, drags):
        self.first.setdefault(demo, []).extend(first)
        self.seen.setdefault(demo, []).extend(seen)
        self.drags.extend(drags)


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: float
    peers: float | None
    goal: float
    at_most: bool

    @property
    def missed(self):
        return self.ours > self.goal if self.at_most else self.ours < self.goal

    @property
    def goal_text(self):
        return f"{'≤' if self.at_most else '≥'} {self.goal:g}"


def rows(times):
    """Return the lines of the table; `times` is one Times per contender, by name."""
    ours, peers = times[NNLAB], times[PEER]
    first, peers_first = pooled(ours.first), pooled(peers.first)
    found = [
        Row("new setting, median, ms", median(first), median(peers_first), 70, True),
        Row("new setting, 95th percentile, ms", p95(first), p95(peers_first), 100, True),
        Row(
            "setting seen before, median, ms",
            median(pooled(ours.seen)), median(pooled(peers.seen)), 40, True,
        ),
        Row(
            "new setting: times faster than `interact`",
            median(peers_first) / median(first), None, 3, False,
        ),
    ]  # fmt: skip
    if ours.drags:
        (rate, last), (peers_rate, peers_last) = (
            zip(*contender.drags, strict=True) for contender in (ours, peers)
        )
        found += [
            Row("dragging: pictures a second, median", median(rate), median(peers_rate), 12, False),
            Row(
                "dragging: last move to final picture, longest, ms",
                max(last), max(peers_last), 250, True,
            ),
        ]  # fmt: skip
    return found


def section(times):
    """Return table, misses and machine in Markdown."""
    cells = [["", NNLAB, "goal", PEER], ["---"] * 4]
    cells += [
        [row.what, digits(row.ours), row.goal_text, "–" if row.peers is None else digits(row.peers)]
        for row in rows(times)
    ]
    table = "\n".join(f"| {' | '.join(line)} |" for line in cells)
    measured_on = readme.machine("jupyterlab", "ipywidgets", "matplotlib", "numpy")
    return f"{table}\n\n{remarks(times)}\n\nMeasured on {measured_on}."


def remarks(times):
    """Return which goals are missed, and which demos are slower than the limit for each."""
    missed = [row.what for row in rows(times) if row.missed]
    slow = [
        f"{demo} ({p95(found):.0f} ms)"
        for demo, found in times[NNLAB].first.items()
        if p95(found) > SLOWEST
    ]
    return (
        f"Goal missed: {' · '.join(missed) or 'none'}. "
        f"Demos whose own 95th percentile is above {SLOWEST} ms: {', '.join(slow) or 'none'}. "
        f"{len(times[NNLAB].first)} demos, {len(pooled(times[NNLAB].first))} new settings."
    )


def per_demo(times):
    """Return one line to print for every demo."""
    for demo, found in times[NNLAB].first.items():
        peers = times[PEER].first[demo]
        yield (
            f"  {demo:28s} nnlab {median(found):4.0f} / {p95(found):4.0f}   "
            f"seen before {median(times[NNLAB].seen[demo]):4.0f}   "
            f"interact {median(peers):4.0f} / {p95(peers):4.0f} ms"
        )


def pooled(by_demo):
    return [time for found in by_demo.values() for time in found]


def median(numbers):
    return statistics.median(numbers)


def p95(numbers):
    return float(np.percentile(numbers, 95))


def digits(number):
    return f"{number:.1f}" if number < 30 else f"{number:.0f}"
