"""Numbers as they are printed: in labels, captions and alternative texts."""

import math

__all__ = ["number"]


def number(value: float, format: str = "{:g}") -> str:
    """Return a number with a true minus sign, and zero without any sign.

    Parameters
    ----------
    value : float
        The number.
    format : str, optional
        How to format it, used as ``format.format(value)``.

    Returns
    -------
    str
        Such as ``"−0.5"``; ``"0.00"`` also for -0.001 with two places; ``"NaN"``.
    """
    if math.isnan(value):
        return "NaN"
    text = format.format(value)
    if not any(digit in text for digit in "123456789") and "inf" not in text:
        text = text.replace("-", "").replace("+", "")
    return text.replace("-", "−")
