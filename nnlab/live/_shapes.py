"""Checks the shapes of what is to be drawn, before Matplotlib fails at it in its own words."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnlab._checks import numbers

__all__ = ["shaped"]


def shaped(
    name: str, values: ArrayLike, shape: tuple[int | str, ...], meaning: str = ""
) -> NDArray[np.floating[Any]]:
    """Return values as floats if they have the shape; a word in it stands for any length.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    values : array_like
        What came.
    shape : tuple of int or str
        What is expected, such as ``("n", 2)``.
    meaning : str, optional
        What the shape means, for the message, such as ``"one per bar"``.

    Returns
    -------
    ndarray of float
        The values; a new array unless they are float64 already.

    Raises
    ------
    ValueError
        If the shape is another.
    TypeError
        If the values are no numbers.
    """
    array = numbers(name, values).astype(np.float64, copy=False)
    fits = len(array.shape) == len(shape) and all(
        isinstance(wanted, str) or wanted == length
        for wanted, length in zip(shape, array.shape, strict=True)
    )
    if not fits:
        expected = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        raise ValueError(
            f"{name} must have shape ({expected}){', ' * bool(meaning)}{meaning}; got {array.shape}"
        )
    return array
