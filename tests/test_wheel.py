"""The wheel, installed away from the checkout: data, lessons and the command work from it."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = "nnlab/_bundled"

USE = """
import json
from pathlib import Path

import nnlab
from nnlab import _resources, datasets, workspace

report = workspace.prepare(Path("course"))
print(json.dumps({
    "package": nnlab.__file__,
    "problems": datasets.verify(),
    "digits": datasets.digits().x.shape,
    "lessons": sorted(path.name for path in _resources.lessons_dir().glob("*.ipynb")),
    "copied": [delivery.lesson for delivery in report.having(workspace.Outcome.COPIED)],
    "course": sorted(path.name for path in report.folder.glob("*.ipynb")),
}))
"""


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Install the wheel; return a function that runs Python with it, far from the checkout."""
    target = tmp_path_factory.mktemp("installed")
    options = ["--no-deps", "--no-index", "--disable-pip-version-check", "--target", target]
    run(sys.executable, "-m", "pip", "install", *options, wheel)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    environment = {**os.environ, "PYTHONPATH": str(target)}

    def python(*arguments):
        return run(sys.executable, *arguments, cwd=elsewhere, env=environment)

    python.target = target
    return python


def lessons_of_the_checkout():
    lessons = sorted(path.name for path in (ROOT / "lessons").glob("*.ipynb"))
    assert lessons, "lessons/*.ipynb have to be built first"
    return lessons


def test_the_installed_wheel_has_data_and_lessons(installed):
    used = json.loads(installed("-c", USE))
    assert Path(used["package"]).is_relative_to(installed.target)
    assert used["problems"] == []
    assert used["digits"] == [1797, 64]
    assert used["lessons"] == used["copied"] == used["course"] == lessons_of_the_checkout()


def test_the_installed_command_runs(installed):
    metadata = "from importlib.metadata import version; print(version('nnlab'))"
    version = installed("-c", metadata).strip()
    assert installed("-m", "nnlab", "--version") == f"nnlab {version}\n"
    assert "nnlab.cli" in installed(
        "-c",
        "from importlib.metadata import entry_points;"
        "print(entry_points(group='console_scripts', name='nnlab'))",
    )


def test_the_wheel_holds_what_belongs_in_it_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    paths = [PurePosixPath(name) for name in names]
    assert {path.parts[0] for path in paths} == {
        "nnlab",
        f"{'-'.join(wheel.name.split('-')[:2])}.dist-info",
    }

    # The package: every file of the checkout, and nothing that lies there by chance.
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "nnlab").rglob("*.py")}
    for folder, endings in {
        "live/web": ("js", "css"),
        "site": ("css",),
        "site/template": ("j2",),
        "slides": ("css", "js"),
        "slides/template": ("j2",),
        "slides/vendor": ("css", "js", "md"),
        "grading/templates": ("j2", "css", "md", "txt"),
    }.items():
        for ending in endings:
            found = {
                path.relative_to(ROOT).as_posix()
                for path in (ROOT / "nnlab" / folder).glob(f"*.{ending}")
            }
            assert found, f"no *.{ending} in {folder}"
            modules |= found
    taken_over = ("LICENSE-marked", "LICENSE-reveal", "SHA256SUMS")
    modules |= {f"nnlab/slides/vendor/{name}" for name in taken_over}
    own = {name for name in names if name.startswith("nnlab/") and not name.startswith(BUNDLED)}
    assert own == modules | {"nnlab/py.typed"}

    # The bundled files: the course's own, no checkpoints, progress or other traces of work.
    bundled = [path.relative_to(BUNDLED) for path in paths if path.is_relative_to(BUNDLED)]
    data = {
        "breast_cancer.npz",
        "diabetes.npz",
        "digits.npz",
        "wine.npz",
        "SHA256SUMS",
        "SOURCES.md",
    }
    assert {path.as_posix() for path in bundled} == {f"data/{name}" for name in data} | {
        f"lessons/{name}" for name in lessons_of_the_checkout()
    }

    information = {path.name for path in paths if path.parts[0] != "nnlab"}
    assert {"LICENSE", "LICENSE-LESSONS", "METADATA", "entry_points.txt"} <= information
