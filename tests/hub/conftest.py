import sys
from pathlib import Path

import pytest

# The module that starts the hub.
sys.path.insert(0, str(Path(__file__).parent))

NEEDED = "is not installed (extras [hub] and [grading])"


@pytest.fixture(scope="session")
def running_hub():
    """Return `real_hub.running_hub`; where something it needs is missing, the tests are skipped."""
    for name in ("jupyterhub", "nbgrader", "requests"):
        pytest.importorskip(name, reason=f"{name} {NEEDED}")
    import real_hub

    reason = real_hub.why_no_hub()
    if reason:
        pytest.skip(reason)
    return real_hub.running_hub
