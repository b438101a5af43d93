"""Ratios of running times: two contenders take turns, the median over many rounds counts.

Other processes slow both alike, so a ratio stays where seconds do not.
"""

import gc
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple


class Contender(NamedTuple):
    """A name, and a function that sets up what is not timed and returns one timed turn."""

    name: str
    start: Callable[[], Callable[[], object]]


class Ratio(NamedTuple):
    """How many times longer the rival takes: quartiles of the rounds."""

    low: float
    median: float
    high: float
    seconds: float  # of our own turn, median


def ratios(ours, rivals, seconds, rounds):
    """Return ``{rival's name: Ratio}`` from about so many seconds, at least one start.

    After a few rounds everything is set up anew, so that no memory layout or initial weights
    decide and nobody trains on what it knows by heart. Every rival has a partner of its own: both
    have always made the same number of steps.
    """
    samples = {rival.name: [] for rival in rivals}
    own = []
    end = time.perf_counter() + seconds
    while not own or time.perf_counter() < end:
        pairs = {rival.name: (ours.start(), rival.start()) for rival in rivals}
        for pair in pairs.values():
            for turn in pair:
                turn()  # the first one allocates
        for _ in range(rounds):
            for name, (our_turn, turn) in pairs.items():
                own.append(timed(our_turn))
                samples[name].append(timed(turn) / own[-1])
    typical = statistics.median(own)
    return {name: Ratio(*_quartiles(values), typical) for name, values in samples.items()}


def timed(turn):
    """Return the seconds of one turn, without pauses of the garbage collector."""
    gc.disable()
    try:
        start = time.perf_counter()
        turn()
        return time.perf_counter() - start
    finally:
        gc.enable()


def _quartiles(values):
    return statistics.quantiles(values, n=4, method="inclusive")
