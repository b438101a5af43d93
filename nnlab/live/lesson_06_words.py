"""Lesson 06: numbers of any size in captions."""

__all__ = ["rough"]


def rough(value: float) -> str:
    """Return two digits, or the power of ten where a number is very large or very small.

    Parameters
    ----------
    value : float
        At least 0.

    Returns
    -------
    str
        Such as ``"0.87"``, ``"31"`` or ``"9e−31"``; ``"0"`` for 0.
    """
    if value == 0:
        return "0"
    if 0.001 <= value < 1000:
        return f"{value:.2g}" if value < 100 else f"{value:.0f}"
    digits, power = f"{value:.0e}".split("e")
    return f"{digits}e{int(power)}".replace("-", "−")
