"""The live figures of lesson 02: splits, leaks, scales, folds."""

from nnlab.live.lesson_02_best_of_many import best_of_many
from nnlab.live.lesson_02_feature_scale import feature_scale
from nnlab.live.lesson_02_folds import folds
from nnlab.live.lesson_02_leak import leak
from nnlab.live.lesson_02_related_rows import related_rows
from nnlab.live.lesson_02_split_size import split_size

__all__ = ["best_of_many", "feature_scale", "folds", "leak", "related_rows", "split_size"]
