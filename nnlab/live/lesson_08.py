"""The live figures of lesson 08: hyperparameter search."""

from nnlab.live.lesson_08_grid import grid_random
from nnlab.live.lesson_08_manual import ManualSearch, show_results
from nnlab.live.lesson_08_sampling import sampling
from nnlab.live.lesson_08_schedules import schedules
from nnlab.live.lesson_08_trials import trials

__all__ = ["ManualSearch", "grid_random", "sampling", "schedules", "show_results", "trials"]
