"""The live figures of lesson 06: gradient problems."""

from nnlab.live.lesson_06_clipping import clipping
from nnlab.live.lesson_06_health import health
from nnlab.live.lesson_06_signal import signal
from nnlab.live.lesson_06_zoo import zoo

__all__ = ["clipping", "health", "signal", "zoo"]
