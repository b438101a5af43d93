"""Makes formulas in figures (also 10³ at a tick) safe to draw in two threads at once.

A live figure may be drawn while a cell plots. Matplotlib reads all formulas with one parser, which
two threads must not use at a time.
"""

import functools
import threading
from typing import Any

from matplotlib.mathtext import MathTextParser

__all__ = ["read_one_at_a_time"]

_lock = threading.RLock()


@functools.cache
def read_one_at_a_time() -> None:
    """Let Matplotlib read one formula at a time from now on, whoever asks; twice does no harm."""
    parse = MathTextParser.parse

    @functools.wraps(parse)
    def locked(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever parse takes
        with _lock:
            return parse(*arguments, **options)

    MathTextParser.parse = locked  # type: ignore[method-assign]
