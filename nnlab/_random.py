"""Seeds: every random function takes an int or a Generator, and none touches global state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import numpy as np

Seed: TypeAlias = int | np.random.Generator


def generator(seed: Seed) -> np.random.Generator:
    """Return the generator of `seed`; a Generator is used as it is and so moves on.

    Parameters
    ----------
    seed : int or Generator
        The same int always gives the same numbers.

    Returns
    -------
    Generator

    Raises
    ------
    TypeError
        If `seed` is neither, for instance None, which would give other numbers in every run.
    ValueError
        If `seed` is negative.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        raise TypeError(f"seed: expected an int or a numpy.random.Generator, got {seed!r}")
    if seed < 0:
        raise ValueError(f"seed: expected an int of at least 0, got {seed}")
    return np.random.default_rng(seed)


def generators(seed: Seed | Sequence[Seed]) -> tuple[list[np.random.Generator], bool]:
    """Return the generators of one seed, or of a sequence of seeds, and whether it was just one.

    Parameters
    ----------
    seed : int, Generator, or a sequence of R of them
        One seed for everything, or one for each of R replicas.

    Returns
    -------
    list of Generator
        One, or R of them.
    bool
        Whether `seed` was a single seed.

    Raises
    ------
    TypeError
        If `seed` is neither.
    ValueError
        If a seed is negative or the sequence is empty.
    """
    if isinstance(seed, str | bytes) or not isinstance(seed, Sequence | np.ndarray):
        return [generator(cast(Seed, seed))], True
    if len(seed) == 0:
        raise ValueError("seed: expected a seed for each replica, got an empty sequence")
    return [generator(one) for one in seed], False
