"""The live figures of lesson 01: losses, softmax and heads."""

from nnlab.live.lesson_01_heads import heads
from nnlab.live.lesson_01_one_logit import confidently_wrong
from nnlab.live.lesson_01_outlier import one_outlier
from nnlab.live.lesson_01_softmax import softmax_shift

__all__ = ["confidently_wrong", "heads", "one_outlier", "softmax_shift"]
