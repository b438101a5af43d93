"""Print plain data compactly."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlab.exercises.answers import Plain

_LIMIT = 600


def show(value: Plain, digits: int = 4) -> str:
    """Return a short text for plain data; large arrays are abridged.

    Parameters
    ----------
    value : plain data
        What to print.
    digits : int
        Significant digits of a number, decimals of an array.

    Returns
    -------
    str
        At most 600 characters.
    """
    text = _show(value, digits)
    return text if len(text) <= _LIMIT else text[: _LIMIT - 1] + "…"


def show_both(first: Plain, second: Plain) -> tuple[str, str]:
    """Return texts for two values, with as many digits as it takes to tell them apart.

    Parameters
    ----------
    first, second : plain data
        What to print.

    Returns
    -------
    tuple of str
    """
    for digits in (4, 8, 17):
        texts = show(first, digits), show(second, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _show(value: Plain, digits: int) -> str:
    if type(value) is np.ndarray:
        if value.ndim == 0:
            return _show(value.item(), digits)
        text = np.array2string(
            value,
            precision=digits,
            threshold=24,
            edgeitems=3,
            max_line_width=72,
            separator=", ",
            suppress_small=_is_moderate(value),
        )
        return f"{text}  with shape {value.shape}" if "..." in text or not value.size else text
    if type(value) is float:
        text = format(value, f".{digits}g")
        # A float should look like one: 3.0, not 3.
        return text + ".0" if text.lstrip("-").isdigit() else text
    if type(value) is dict:
        inner = ", ".join(f"{k!r}: {_show(v, digits)}" for k, v in list(value.items())[:10])
        return "{" + inner + (", …" if len(value) > 10 else "") + "}"
    if type(value) in (tuple, list):
        inner = ", ".join(_show(item, digits) for item in value[:10])
        inner += ", …" if len(value) > 10 else ""
        if type(value) is list:
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return repr(value)


def _is_moderate(value: NDArray[Any]) -> bool:
    """Return whether all numbers can be read without an exponent, which NumPy adds too early."""
    sizes = np.abs(value[np.isfinite(value) & (value != 0)]).astype(float)
    return bool(sizes.size and sizes.min() >= 1e-4 and sizes.max() < 1e6)
