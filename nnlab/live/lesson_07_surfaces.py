"""Lesson 07, the surfaces on which optimizers race."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nnlab._arrays import FloatArray

__all__ = ["SURFACES", "XLIM", "YLIM", "Surface"]

Heights = Callable[[FloatArray, FloatArray], FloatArray]
Slopes = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]


XLIM, YLIM = (-3.0, 3.0), (-2.0, 2.0)
"""The part of the plane that is drawn."""


class Surface(NamedTuple):
    """A loss of two parameters, and where a race on it begins."""

    value: Heights
    slopes: Slopes  # both partial derivatives
    start: tuple[float, float]
    lowest: float

    def grid(self) -> FloatArray:
        """Return the heights above the minimum on the part of the plane that is drawn."""
        x, y = np.meshgrid(np.linspace(*XLIM, 91), np.linspace(*YLIM, 61))
        return self.value(x, y) - self.lowest

    def above(self, theta: FloatArray) -> FloatArray:
        """Return the heights above the minimum of parameters (..., 2)."""
        return self.value(theta[..., 0], theta[..., 1]) - self.lowest

    def gradient(self, theta: FloatArray) -> FloatArray:
        """Return the gradient at parameters (..., 2)."""
        return np.stack(self.slopes(theta[..., 0], theta[..., 1]), axis=-1)


STEEP = 50.0  # how many times steeper the walls of the ravine are than its floor


def ravine(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return a floor along x that falls gently, between steep walls."""
    return 0.5 * (x * x + STEEP * y * y)


def ravine_slopes(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both partial derivatives."""
    return x, STEEP * y


def turned(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the ravine, turned by 45 degrees."""
    return ravine((x + y) / np.sqrt(2), (y - x) / np.sqrt(2))


def turned_slopes(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both partial derivatives."""
    u, v = ravine_slopes((x + y) / np.sqrt(2), (y - x) / np.sqrt(2))
    return (u - v) / np.sqrt(2), (u + v) / np.sqrt(2)


def saddle(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return a saddle at (0, 0) between minima at (0, ±1)."""
    return 0.5 * x * x - 0.5 * y * y + 0.25 * y * y * y * y


def saddle_slopes(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both partial derivatives."""
    return x, y * y * y - y


def plateau(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return a hole in a plain: flat far away, steep near the minimum at (0, 0)."""
    return 1 - np.exp(-0.5 * (x * x + 4 * y * y))


def plateau_slopes(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both partial derivatives."""
    near = np.exp(-0.5 * (x * x + 4 * y * y))
    return x * near, 4 * y * near


RIPPLES = 4.0


def several(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return a bowl with ripples: local minima all around the lowest one at (0, 0)."""
    return 0.2 * (x * x + y * y) + 0.3 * (2 - np.cos(RIPPLES * x) - np.cos(RIPPLES * y))


def several_slopes(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return both partial derivatives."""
    ripples = 0.3 * RIPPLES
    return 0.4 * x + ripples * np.sin(RIPPLES * x), 0.4 * y + ripples * np.sin(RIPPLES * y)


SURFACES = {
    "ravine": Surface(ravine, ravine_slopes, (-2.5, 0.6), 0.0),
    "turned ravine": Surface(turned, turned_slopes, (-2.0, -1.3), 0.0),
    "saddle": Surface(saddle, saddle_slopes, (-2.0, 0.001), -0.25),
    "plateau": Surface(plateau, plateau_slopes, (-2.8, 0.4), 0.0),
    "several minima": Surface(several, several_slopes, (-2.6, 1.2), 0.0),
}
"""By the name under which a reader chooses them."""
