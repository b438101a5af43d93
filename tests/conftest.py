import os
import sys
from pathlib import Path

# Makes Matplotlib's list of fonts here: in the first lesson it would take long and print a warning,
# which a strict comparison of notebooks takes for a difference.
import matplotlib.font_manager  # noqa: F401
import pytest
from hypothesis import settings

# Modules that the benchmark of the live figures shares with the tests.
sys.path.insert(0, str(Path(__file__).parent / "browser"))

from nnlab.slides.browser import VARIABLE, find_chromium

NO_BROWSER = (
    "no Chromium found: install one (for example python -m playwright install chromium), or name "
    f"one in the environment variable {VARIABLE}"
)

# A busy machine is no bug: examples may take as long as they need.
settings.register_profile("nnlab", deadline=None)
settings.load_profile("nnlab")


@pytest.fixture(scope="session")
def chromium():
    """Return the path of a Chromium; without one, or without Playwright, the tests are skipped."""
    pytest.importorskip(
        "playwright.sync_api", reason='Playwright is not installed (pip install "nnlab[test]")'
    )
    if found := find_chromium():
        return found
    assert VARIABLE not in os.environ, f"{VARIABLE} names no program"
    pytest.skip(NO_BROWSER)
