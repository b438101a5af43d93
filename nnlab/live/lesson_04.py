"""The live figures of lesson 04: penalties on the weights."""

from nnlab.live.lesson_04_adam import adam
from nnlab.live.lesson_04_geometry import geometry
from nnlab.live.lesson_04_strength import strength

__all__ = ["adam", "geometry", "strength"]
