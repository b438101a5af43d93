"""The live figures of lesson 05: dropout."""

from nnlab.live.lesson_05_expectation import expectation
from nnlab.live.lesson_05_matrix import matrix
from nnlab.live.lesson_05_rate import rate
from nnlab.live.lesson_05_thinned import thinned

__all__ = ["expectation", "matrix", "rate", "thinned"]
