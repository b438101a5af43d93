"""How far a long run is: one line that is rewritten on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
import time
from typing import TextIO

_EVERY = 0.1
"""Share of the whole after which a plain line is written."""


class Progress:
    """Counts what is done.

    Parameters
    ----------
    total : int
        How much there is to do.
    stream : text stream, optional
        Where to write; by default the standard error.
    """

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self.total = total
        self.done = 0
        self._stream = sys.stderr if stream is None else stream
        self._rewrites = self._stream.isatty()
        self._started = time.monotonic()
        self._marked = 0
        self._written = 0.0

    def advance(self, count: int, marked: bool) -> None:
        """Count what was done.

        Parameters
        ----------
        count : int
            How many more.
        marked : bool
            Whether they took work; what came from an earlier run tells nothing about the rest.
        """
        if not count:
            return
        self.done += count
        self._marked += count * marked
        if self._rewrites:
            self._write(f"\r\x1b[K{self._line()}")
        elif self.done == self.total or self.done >= self._written + _EVERY * self.total:
            self._written = self.done
            self._write(f"{self._line()}\n")

    def close(self) -> None:
        """Leave the line, so that what follows starts on one of its own."""
        if self._rewrites and self.done:
            self._write("\n")

    def _line(self) -> str:
        line = f"{self.done} of {self.total}"
        if self._marked and self.done < self.total:
            pace = (time.monotonic() - self._started) / self._marked
            line += f" · about {_duration(pace * (self.total - self.done))} left"
        return line

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _duration(seconds: float) -> str:
    return f"{math.ceil(seconds)} s" if seconds < 100 else f"{math.ceil(seconds / 60)} min"
