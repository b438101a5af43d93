"""Where the bundled files are: in a checkout beside the package, in a wheel inside it."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_BUNDLED = _PACKAGE / "_bundled"


def data_dir() -> Path:
    """Return the folder that holds the bundled data sets."""
    return _BUNDLED / "data" if _BUNDLED.is_dir() else _PACKAGE.parent / "assets" / "data"


def lessons_dir() -> Path:
    """Return the folder that holds the built lessons (``*.ipynb``)."""
    return _BUNDLED / "lessons" if _BUNDLED.is_dir() else _PACKAGE.parent / "lessons"
