"""Tables in the README: written between two marker comments, nothing else is touched."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

README = Path(__file__).parents[3] / "README.md"


def markers(name):
    """Return the comments between which a table stands."""
    return f"<!-- {name}:begin -->", f"<!-- {name}:end -->"


def written(readme, text, name):
    """Return the README with `text` between its markers."""
    begin_marker, end_marker = markers(name)
    before, begin, rest = readme.partition(begin_marker)
    _, end, after = rest.partition(end_marker)
    if not (begin and end):
        raise ValueError(f"README: expected {begin_marker} and, after it, {end_marker}")
    return f"{before}{begin_marker}\n{text}\n{end_marker}{after}"


def machine(*libraries, cores=""):
    """Return processor, system and versions in words."""
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    return (
        f"{processor()}, {os.cpu_count()} cores{cores}, {platform.system()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def processor():
    """Return the model of the CPU as the system names it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
