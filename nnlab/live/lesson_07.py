"""The live figures of lesson 07: optimizers."""

from nnlab.live.lesson_07_batch import batch
from nnlab.live.lesson_07_correction import correction
from nnlab.live.lesson_07_race import fair_race, race
from nnlab.live.lesson_07_rare import rare
from nnlab.live.lesson_07_sweep import sweep

__all__ = ["batch", "correction", "fair_race", "race", "rare", "sweep"]
