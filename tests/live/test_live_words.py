import math

import pytest

from nnlab.live.words import number


@pytest.mark.parametrize(
    ("value", "format", "text"),
    [
        (0.5, "{:g}", "0.5"),
        (-8.0, "{:g}", "−8"),
        (1e-5, "{:g}", "1e−05"),
        (2, "{:+d}", "+2"),
        (0, "{:+g}", "0"),
        (-0.00001, "{:.3f}", "0.000"),
        (-0.001, "{:.3f}", "−0.001"),
        (-0.0, "{:.1%}", "0.0%"),
        (math.nan, "{:.3f}", "NaN"),
        (-math.inf, "{:.1f}", "−inf"),
    ],
)
def test_number(value, format, text):
    assert number(value, format) == text
