"""The live figures of lesson 03: bias, variance, and how to tell which one to fight."""

from nnlab.live.lesson_03_diagnosis import diagnosis
from nnlab.live.lesson_03_epochs import epochs
from nnlab.live.lesson_03_hundred_networks import hundred_networks
from nnlab.live.lesson_03_learning_curve import learning_curves

__all__ = ["diagnosis", "epochs", "hundred_networks", "learning_curves"]
