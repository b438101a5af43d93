"""Which files a sandbox needs: Python's own library and NumPy, without what is installed beside."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

_INSTALLED = {"site-packages", "dist-packages"}
_SYSTEM = ("/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64")


@dataclass(frozen=True)
class Layout:
    """Where things are on this computer.

    Parameters
    ----------
    executable : str
        The interpreter itself, not the link to it in a virtual environment.
    libraries : tuple of str
        Folders of Python's own library.
    numpy : str
        Folder of the package.
    readable : tuple of str
        What submitted code may read: the entries of `libraries` except installed packages, NumPy
        and the shared libraries that come with it.
    """

    executable: str
    libraries: tuple[str, ...]
    numpy: str
    readable: tuple[str, ...]

    def bindings(self) -> list[str]:
        """Return the arguments that show these files, and no others, to bubblewrap.

        Returns
        -------
        list of str
        """
        options = []
        for folder in map(Path, _SYSTEM):
            if folder.is_symlink():
                options += ["--symlink", str(folder.readlink()), str(folder)]
            elif folder.is_dir():
                options += ["--ro-bind", str(folder), str(folder)]
        options += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
        # Whatever of Python is below those folders is covered, and what is needed put on top.
        for packages in sorted({*_packages_below(Path("/")), *_packages_below(Path("/usr"))}):
            options += ["--tmpfs", str(packages)]
        for library in self.libraries:
            options += ["--ro-bind", library, library]
            for name in sorted(_INSTALLED):
                if Path(library, name).is_dir():
                    options += ["--tmpfs", f"{library}/{name}"]
        for path in [self.executable, *self._beside_python(), *self._numpy_and_its_libraries()]:
            options += ["--ro-bind", path, path]
        return options

    def _beside_python(self) -> Iterator[str]:
        """Yield the shared libraries in the folder of an interpreter that is not the system's."""
        for prefix in _unique([sys.base_prefix]):
            if prefix != "/usr":
                for path in sorted(Path(prefix, "lib").glob("*.so*")):
                    if path.is_file():
                        yield str(path)

    def _numpy_and_its_libraries(self) -> list[str]:
        return [path for path in (self.numpy, f"{self.numpy}.libs") if Path(path).is_dir()]


def _packages_below(folder: Path) -> Iterator[Path]:
    for python in folder.glob("lib*/python3*"):
        for name in _INSTALLED:
            packages = python / name
            if packages.is_dir() and packages.resolve() == packages:
                yield packages


@cache
def layout() -> Layout:
    """Return the layout of the interpreter and the NumPy that run this.

    Returns
    -------
    Layout
    """
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    libraries = _unique(sysconfig.get_path(name, vars=base) for name in ("stdlib", "platstdlib"))
    numpy = str(Path(np.__file__).resolve().parent)
    readable = [
        entry.path
        for library in libraries
        for entry in sorted(os.scandir(library), key=lambda entry: entry.name)
        if entry.name not in _INSTALLED
    ]
    readable += [path for path in (numpy, f"{numpy}.libs") if Path(path).is_dir()]
    executable = getattr(sys, "_base_executable", "") or sys.executable
    return Layout(str(Path(executable).resolve()), libraries, numpy, tuple(readable))


def _unique(paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths as written and as resolved, each once: either may be asked for."""
    written = list(paths)
    return tuple(dict.fromkeys(written + [str(Path(path).resolve()) for path in written]))
