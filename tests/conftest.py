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

from real_lab import find_chromium

NO_BROWSER = (
    "no Chromium found: install one (for example python -m playwright install chromium), or name "
    "one in the environment variable NNLAB_CHROMIUM"
)

# A busy machine is no bug: examples may take as long as they need.
settings.register_profile("nnlab", deadline=None)
settings.load_profile("nnlab")


@pytest.fixture(scope="session")
def chromium():
    """Return the path of a Chromium; without one, or without Playwright, the tests are skipped."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason='Playwright is not installed (pip install "nnlab[test]")'
    )
    if found := find_chromium():
        return found
    assert "NNLAB_CHROMIUM" not in os.environ, "NNLAB_CHROMIUM names no program"
    with playwright.sync_playwright() as driver:
        own = driver.chromium.executable_path
    if not Path(own).is_file():
        pytest.skip(NO_BROWSER)
    return own
