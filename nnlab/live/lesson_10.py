"""The live figures of lesson 10: the capstone."""

from nnlab.live.lesson_10_budget import budget
from nnlab.live.lesson_10_next_step import next_step

__all__ = ["budget", "next_step"]
