"""Properties that several exercises ask for, to put into `Part.properties`."""

from __future__ import annotations

import numpy as np

from nnlab.exercises.answers import Plain
from nnlab.exercises.printing import show
from nnlab.exercises.specification import Case, Property


def sums_to(total: float, axis: int = -1, *, atol: float = 1e-4) -> Property:
    """Return a property: along one axis the result sums to a fixed number.

    Parameters
    ----------
    total : float
        The sum that is expected.
    axis : int
        Axis that is summed over.
    atol : float
        Absolute tolerance; the default lets float32 pass.

    Returns
    -------
    Property
    """

    def check(case: Case, returned: Plain) -> str | None:
        returned = np.asarray(returned, float)
        sums = np.atleast_1d(returned.sum(axis=axis))
        wrong = ~(np.abs(sums - total) <= atol)
        if not wrong.any():
            return None
        worst = show(float(sums[wrong][0]))
        if returned.ndim == 1:
            return f"the numbers must sum to {total:g}, but yours sum to {worst}"
        if returned.ndim == 2:
            line = "column" if axis in (0, -2) else "row"
            return f"every {line} must sum to {total:g}, but one of yours sums to {worst}"
        return f"the sums over axis {axis} must all be {total:g}, but one of yours is {worst}"

    return check


def between(low: float, high: float) -> Property:
    """Return a property: every number of the result lies in [low, high].

    Parameters
    ----------
    low, high : float
        Both ends belong to the interval.

    Returns
    -------
    Property
    """

    def check(case: Case, returned: Plain) -> str | None:
        values = np.ravel(np.asarray(returned, float))
        wrong = ~((values >= low) & (values <= high))
        if not wrong.any():
            return None
        return (
            f"every number must lie between {show(float(low))} and {show(float(high))}, "
            f"but your function returned {show(float(values[wrong][0]))}"
        )

    return check
