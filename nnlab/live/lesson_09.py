"""The live figures of lesson 09: batch normalization."""

from nnlab.live.lesson_09_batch_size import batch_size
from nnlab.live.lesson_09_range import rates
from nnlab.live.lesson_09_running import running
from nnlab.live.lesson_09_start import start

__all__ = ["batch_size", "rates", "running", "start"]
