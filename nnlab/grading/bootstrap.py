"""First code of a sandbox process, handed to Python as text: it sees no file of this package.

The other modules come over standard input, as one line of JSON.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import types
from collections.abc import Sequence
from importlib.machinery import ModuleSpec


class _NumpyFinder:
    """Finds NumPy and nothing beside it: the folder that holds it is not on `sys.path`."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> ModuleSpec | None:
        if name != "numpy":
            return None
        return importlib.util.spec_from_file_location(
            name, f"{self._folder}/__init__.py", submodule_search_locations=[self._folder]
        )


class _NothingElse:
    """The last finder: says why a module is not there."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: object = None
    ) -> None:
        if "." not in name:
            raise ModuleNotFoundError(
                f"No module named {name!r}: when marks are given there are NumPy and Python's own "
                "library, nothing else",
                name=name,
            )


def _start() -> None:
    line = bytearray()
    while not line.endswith(b"\n"):
        piece = os.read(0, 1 << 16)
        if not piece:
            return
        line += piece
    config = json.loads(line)
    sys.meta_path += [_NumpyFinder(config["numpy"]), _NothingElse()]
    for name, source in config["modules"]:
        module = types.ModuleType(name)
        module.__path__ = []  # every module may have modules below it
        sys.modules[name] = module
        exec(compile(source, "<sandbox>", "exec", dont_inherit=True), vars(module))
    serve = sys.modules["nnlab.grading.server"].serve
    # Functions keep what they use; submitted code must not find it by name.
    for name, _ in config["modules"]:
        del sys.modules[name]
    serve(config)


if __name__ == "__main__":
    _start()
