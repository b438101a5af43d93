"""What a sandbox sees of Python, wherever Python lies."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnlab
from nnlab.grading.jobs import Level
from nnlab.grading.levels import why_not

TRIAL = """
import sys
from nnlab.grading.jobs import Level
from nnlab.grading.layout import layout
from nnlab.grading.levels import why_not
print(sys.base_prefix)
print(why_not(Level.BUBBLEWRAP))
print(*layout().bindings(), sep="\\n")
"""


@pytest.mark.skipif(bool(why_not(Level.BUBBLEWRAP)), reason=why_not(Level.BUBBLEWRAP) or "-")
def test_python_may_be_reached_through_a_link(tmp_path):
    """As in a home folder that is a link: the interpreter finds its libraries where they are."""
    prefix = tmp_path / "python"
    prefix.symlink_to(sys.base_prefix)
    python = prefix / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if not python.exists():
        pytest.skip(f"no {python.name} in {sys.base_prefix}/bin")
    packages = [Path(np.__file__).parents[1], Path(nnlab.__file__).parents[1]]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, packages))}
    done = subprocess.run(
        [python, "-c", TRIAL], capture_output=True, text=True, check=True, env=environment
    )
    base, missing, *bindings = done.stdout.split("\n")
    assert base == str(prefix)
    assert missing == ""
    # Without these it starts only where the system has the same libraries.
    if sys.base_prefix != "/usr":
        libraries = Path(sys.base_prefix).resolve().joinpath("lib").glob("*.so*")
        assert {str(path) for path in libraries} <= set(bindings)
