import json
import subprocess
import sys

import pytest

import nnlab

ENGINE = "import nnlab\nfor name in nnlab.__all__: getattr(nnlab, name)"


def modules_after(statement):
    code = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    return set(json.loads(output))


def test_the_engine_imports_numpy_and_the_standard_library_only():
    loaded = {name.partition(".")[0] for name in modules_after(ENGINE)}
    numpy = {name.partition(".")[0] for name in modules_after("import numpy, numpy.random")}
    allowed = numpy | set(sys.stdlib_module_names) | {"nnlab"}
    assert "numpy" in loaded
    assert loaded <= allowed, loaded - allowed


def test_the_engine_knows_no_classroom():
    classroom = {"live", "exercises", "site", "grading", "cli", "workspace", "doctor"}
    loaded = {name.split(".")[1] for name in modules_after(ENGINE) if name.startswith("nnlab.")}
    assert set(nnlab.__all__) <= loaded
    assert not loaded & classroom


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("nnlab.exercises.catalogue as c; c.load()", {"matplotlib", "ipywidgets", "nbformat"}),
        ("nnlab.exercises", {"matplotlib", "ipywidgets", "nbformat"}),
        ("nnlab.cli", {"numpy", "matplotlib", "ipywidgets", "nbformat"}),
        ("nnlab.grading.runs", {"matplotlib", "ipywidgets", "nbgrader", "distributed"}),
        ("nnlab.grading.overview", {"matplotlib", "ipywidgets", "nbgrader", "distributed"}),
    ],
)
def test_what_the_classroom_does_not_need_is_not_loaded(module, heavy):
    loaded = {name.partition(".")[0] for name in modules_after(f"import {module}")}
    assert "nnlab" in loaded
    assert not loaded & heavy


def test_import_nnlab_alone_loads_nothing_but_the_standard_library():
    """The bare import costs no more than a few files of the standard library."""
    bare = modules_after("import importlib, types")
    loaded = {name.partition(".")[0] for name in modules_after("import nnlab") - bare}
    assert loaded == {"nnlab"}


def test_modules_are_found_as_attributes_and_listed():
    assert nnlab.layers.Dense(1, 1).outputs == 1
    assert set(nnlab.__all__) < set(dir(nnlab))
    with pytest.raises(AttributeError, match="no attribute 'wizard'"):
        nnlab.wizard  # noqa: B018


def test_the_overview_lists_every_module():
    assert [name for name in nnlab.__all__ if f"``{name}``" not in nnlab.__doc__] == []
