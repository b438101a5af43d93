"""``nnlab doctor``: each way an installation breaks is broken here, named, and mended as told."""

import json
import shlex
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import jupyter_core.paths
import nbformat
import pytest
from ipykernel.kernelspec import RESOURCES
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

import nnlab
from nnlab import _resources, datasets, doctor
from nnlab.doctor import Finding

WIDGETS = "@jupyter-widgets/jupyterlab-manager"
LIVE = "anywidget"
PIP = f"{shlex.quote(sys.executable)} -m pip install"

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the remedies are compared as a POSIX shell writes them"
)


@pytest.fixture(autouse=True)
def own_jupyter(monkeypatch, tmp_path):
    """A home of Jupyter's own, so that neither the reader's nor this machine's settings count."""
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "jupyter" / "config"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter" / "data"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter" / "runtime"))
    monkeypatch.delenv("JUPYTER_PATH", raising=False)
    monkeypatch.delenv("JUPYTER_CONFIG_PATH", raising=False)
    return tmp_path / "jupyter"


def follow(finding):
    """Do what the remedy says, in a shell."""
    assert not finding.ok
    done = subprocess.run(finding.remedy, shell=True, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def distribution(folder, name, version, *lines):
    """Make the metadata of an installed distribution."""
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    text = "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines])
    (info / "METADATA").write_text(text + "\n")


# -- Python and the packages --------------------------------------------------------------------


def test_python_is_compared_with_what_the_course_requires(monkeypatch, tmp_path):
    assert doctor.check_python() == Finding("Python", True, "new enough.")
    distribution(tmp_path, "nnlab", "0.1.0", "Requires-Python: >=99.1")
    monkeypatch.syspath_prepend(tmp_path)
    finding = doctor.check_python()
    assert not finding.ok
    assert "the course needs Python >=99.1" in finding.message
    assert "install a newer Python" in finding.remedy


def test_the_packages_are_those_of_the_metadata():
    findings = doctor.check_packages()
    assert all(finding.ok for finding in findings)
    assert {"numpy", "matplotlib", "ipywidgets", "jupyterlab"} <= {f.name for f in findings}
    assert "pytest" not in {finding.name for finding in findings}


def test_a_package_that_is_too_old(monkeypatch, tmp_path):
    distribution(tmp_path, "numpy", "1.20.3")
    monkeypatch.syspath_prepend(tmp_path)
    (finding,) = [finding for finding in doctor.check_packages() if not finding.ok]
    assert finding == Finding(
        "numpy",
        False,
        "version 1.20.3 is installed, but the course needs >=2.0.",
        f"{PIP} --upgrade 'numpy>=2.0'",
    )


@pytest.mark.parametrize(("version", "ok"), [("1.9", False), ("1.10rc1", False), ("1.10", True)])
def test_versions_are_compared_as_versions(monkeypatch, tmp_path, version, ok):
    distribution(tmp_path, "nnlab", "0.1.0", "Requires-Dist: stub>=1.10")
    distribution(tmp_path, "stub", version)
    (tmp_path / "stub.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert [(f.name, f.ok) for f in doctor.check_packages()] == [("stub", ok)]


def test_a_package_that_is_missing_and_one_that_is_broken(monkeypatch, tmp_path):
    distribution(
        tmp_path,
        "nnlab",
        "0.1.0",
        "Requires-Dist: surely-missing>=1",
        "Requires-Dist: broken_stub>=1",
        'Requires-Dist: not-wanted; extra == "test"',
    )
    distribution(tmp_path, "broken_stub", "1.0")
    (tmp_path / "broken_stub.py").write_text("raise RuntimeError('a library\\nis damaged.')")
    monkeypatch.syspath_prepend(tmp_path)
    assert doctor.check_packages() == [
        Finding("surely-missing", False, "not installed.", f"{PIP} --upgrade 'surely-missing>=1'"),
        Finding(
            "broken_stub",
            False,
            "installed, but cannot be imported (a library is damaged).",
            f"{PIP} --force-reinstall 'broken_stub>=1'",
        ),
    ]


def test_a_course_that_is_not_installed(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    for function in ("requires", "metadata", "distribution"):
        monkeypatch.setattr(metadata, function, missing)
    root = Path(nnlab.__file__).parents[1]
    for finding in (doctor.check_python(), *doctor.check_packages()):
        assert "not fully installed" in finding.message
        if (root / "pyproject.toml").is_file():
            assert finding.remedy == f"{PIP} -e {shlex.quote(str(root))}"


def test_packaging_itself_may_be_missing(monkeypatch):
    for module in [name for name in sys.modules if name.split(".")[0] == "packaging"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "packaging", None)
    for finding in (doctor.check_python(), *doctor.check_packages()):
        assert "not fully installed" in finding.message


# -- the widgets' extension ---------------------------------------------------------------------


@pytest.mark.parametrize("key", [WIDGETS, f"{WIDGETS}:plugin", LIVE])
def test_a_disabled_extension(own_jupyter, key):
    assert doctor.check_widgets().ok
    config = own_jupyter / "config" / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"disabledExtensions": {key: True}}))
    finding = doctor.check_widgets()
    assert (finding.ok, "is disabled" in finding.message) == (False, True)
    assert finding.remedy.endswith(f"labextension enable {key} --level user")
    follow(finding)
    assert doctor.check_widgets().ok


def test_an_extension_disabled_where_no_command_reaches(monkeypatch, tmp_path):
    config = tmp_path / "school" / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"disabledExtensions": {WIDGETS: True}}))
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path / "school"))
    finding = doctor.check_widgets()
    assert not finding.ok
    assert finding.remedy == f'delete the entry "{WIDGETS}" from the file {config}'


def test_another_extension_may_be_disabled(own_jupyter):
    config = own_jupyter / "config" / "labconfig" / "page_config.json"
    config.parent.mkdir(parents=True)
    disabled = {"@jupyter-widgets/jupyterlab-manager-2": True, WIDGETS: False}
    config.write_text(json.dumps({"disabledExtensions": disabled}))
    assert doctor.check_widgets().ok


def test_a_missing_extension(monkeypatch, tmp_path):
    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *_: [str(tmp_path)])
    finding = doctor.check_widgets()
    assert finding.message == f"JupyterLab's extension {WIDGETS} is missing."
    assert finding.remedy == f"{PIP} --force-reinstall --no-deps jupyterlab_widgets"


def test_the_extension_of_the_live_figures_is_missing(monkeypatch, tmp_path):
    [manager] = [
        path
        for folder in jupyter_core.paths.jupyter_path("labextensions")
        if (path := Path(folder, WIDGETS)).is_dir()
    ][:1]
    shutil.copytree(manager, tmp_path / WIDGETS)
    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *_: [str(tmp_path)])
    finding = doctor.check_widgets()
    assert finding.message == f"JupyterLab's extension {LIVE} is missing."
    assert finding.remedy == f"{PIP} --force-reinstall --no-deps {LIVE}"


def test_a_missing_jupyterlab(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jupyterlab.commands", None)
    monkeypatch.setitem(sys.modules, "jupyter_client.kernelspec", None)
    for finding in (doctor.check_widgets(), doctor.check_kernel(tmp_path)):
        assert not finding.ok
        assert finding.remedy == f"{PIP} --upgrade jupyterlab"


# -- the kernel ---------------------------------------------------------------------------------

SOUND = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]


def specify_kernel(data, argv, **more):
    """What another program, or an older installation, left in the reader's home."""
    folder = data / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": argv, "display_name": "Python 3", "language": "python", **more}
    (folder / "kernel.json").write_text(json.dumps(spec))
    return folder


@pytest.fixture
def shadow(monkeypatch, own_jupyter):
    """Specify a python3 kernel that comes before the one of this environment."""
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    return lambda argv, **more: specify_kernel(own_jupyter / "data", argv, **more)


def test_the_kernel_is_really_started(tmp_path):
    assert doctor.check_kernel(tmp_path).ok
    assert doctor.check_kernel(tmp_path / "not made yet").ok


def test_a_kernel_of_a_python_that_is_gone(shadow, tmp_path, caplog):
    shadow([str(tmp_path / "gone" / "python"), *SOUND[1:]])
    finding = doctor.check_kernel(tmp_path)
    assert "cannot run the course" in finding.message
    assert str(tmp_path / "gone" / "python") in finding.message
    assert caplog.records == []  # a second, longer complaint would only confuse
    assert finding.remedy.endswith("-m jupyter kernelspec remove -f python3")
    follow(finding)
    assert doctor.check_kernel(tmp_path).ok


def test_a_kernel_that_runs_another_installation(shadow, tmp_path):
    other = tmp_path / "other" / "nnlab"
    other.mkdir(parents=True)
    (other / "__init__.py").touch()
    shadow(SOUND, env={"PYTHONPATH": str(other.parent)})
    finding = doctor.check_kernel(tmp_path)
    assert f"runs another installation of the course, {other / '__init__.py'}" in finding.message
    assert finding.remedy.endswith("kernelspec remove -f python3")


def test_a_kernel_without_the_course(shadow, tmp_path):
    other = tmp_path / "other" / "nnlab"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("import a_module_that_is_missing")
    shadow(SOUND, env={"PYTHONPATH": str(other.parent)})
    message = doctor.check_kernel(tmp_path).message
    assert message == (
        "cannot run the course (ModuleNotFoundError: No module named 'a_module_that_is_missing')."
    )


def test_a_kernel_that_dies_says_its_last_words(shadow, tmp_path):
    shadow([sys.executable, "-c", "import sys; sys.exit('a library is damaged')"])
    assert "a library is damaged" in doctor.check_kernel(tmp_path).message


def test_a_kernel_that_never_answers(shadow, tmp_path):
    shadow([sys.executable, "-c", "import time; time.sleep(60)"])
    finding = doctor.check_kernel(tmp_path, timeout=1)
    assert "respond in 1 seconds" in finding.message


def test_no_kernel_at_all(monkeypatch, tmp_path):
    def none(_self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", none)
    finding = doctor.check_kernel(tmp_path)
    assert finding.message == "Jupyter has no Python kernel."
    assert finding.remedy == f"{PIP} --upgrade ipykernel"


def test_the_environments_own_specification_may_be_stale_or_the_kernel_damaged(
    monkeypatch, shadow, tmp_path
):
    folder = shadow([str(tmp_path / "gone" / "python")])
    monkeypatch.setattr(doctor, "_ENVIRONMENT_KERNEL", folder)
    assert doctor.check_kernel(tmp_path).remedy.endswith("-m ipykernel install --sys-prefix")
    (folder / "kernel.json").write_text(
        json.dumps({"argv": [sys.executable, "-c", "0"], "display_name": "", "language": ""})
    )
    assert doctor.check_kernel(tmp_path).remedy == f"{PIP} --force-reinstall ipykernel"


def test_the_specification_inside_ipykernel_is_not_one_to_remove():
    remedy = doctor._mend_kernel(Path(RESOURCES), [sys.executable])
    assert remedy == f"{PIP} --force-reinstall ipykernel"


# -- data, lessons, folder ----------------------------------------------------------------------


def test_a_damaged_and_a_missing_data_set(monkeypatch, tmp_path):
    assert doctor.check_data().ok
    data = tmp_path / "data"
    shutil.copytree(_resources.data_dir(), data)
    monkeypatch.setattr(datasets, "data_dir", lambda: data)
    assert doctor.check_data().ok
    first, second, *_ = sorted(data.glob("*.npz"))
    first.write_bytes(first.read_bytes()[:-1] + b"!")
    second.unlink()
    finding = doctor.check_data()
    assert not finding.ok
    assert first.name in finding.message
    assert second.name in finding.message


def test_data_without_numpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "nnlab.datasets", None)
    monkeypatch.delattr(nnlab, "datasets", raising=False)
    finding = doctor.check_data()
    assert not finding.ok
    assert finding.remedy == "mend the packages first"


def test_no_lessons(monkeypatch, tmp_path):
    monkeypatch.setattr(_resources, "lessons_dir", lambda: tmp_path)
    finding = doctor.check_lessons()
    assert finding.message == f"there are none in {tmp_path}."
    (tmp_path / "00_start_here.ipynb").touch()
    assert doctor.check_lessons().ok


def course_at(monkeypatch, root):
    (root / "nnlab").mkdir(parents=True)
    monkeypatch.setattr(nnlab, "__file__", str(root / "nnlab" / "__init__.py"))


def test_files_of_a_clone_come_back_from_git(monkeypatch, tmp_path):
    clone = tmp_path / "my clone"
    course_at(monkeypatch, clone)
    monkeypatch.setattr(_resources, "lessons_dir", lambda: clone / "lessons")
    git = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    (clone / "lessons").mkdir()
    (clone / "lessons" / "00_start_here.ipynb").touch()
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "a course"]):
        subprocess.run([*git, *command], check=True)
    (clone / "lessons" / "00_start_here.ipynb").unlink()
    follow(doctor.check_lessons())
    assert doctor.check_lessons().ok


def test_files_of_an_installed_wheel_come_back_from_where_it_came(monkeypatch, tmp_path):
    course_at(monkeypatch, tmp_path / "site-packages")
    monkeypatch.setattr(_resources, "lessons_dir", lambda: tmp_path / "nothing")
    distribution(tmp_path / "site-packages", "nnlab", "0.1.0")
    monkeypatch.syspath_prepend(tmp_path / "site-packages")
    assert doctor.check_lessons().remedy == "install the course again from where you got it."
    info = tmp_path / "site-packages" / "nnlab-0.1.0.dist-info"
    (info / "direct_url.json").write_text('{"url": "file:///downloads/nnlab.whl"}')
    remedy = doctor.check_lessons().remedy
    assert remedy == f"{PIP} --force-reinstall file:///downloads/nnlab.whl"


def test_the_folder(monkeypatch, tmp_path):
    assert doctor.check_folder(tmp_path).ok
    assert doctor.check_folder(tmp_path / "not" / "made" / "yet").ok
    assert sorted(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        finding = doctor.check_folder(folder)
        assert finding.message == f"{tmp_path / 'file'} is a file, not a folder."
        assert finding.remedy == "choose another folder: nnlab --dir FOLDER"


@pytest.mark.parametrize("module", ["random", "numpy", "nnlab"])
def test_a_file_that_hides_a_module(tmp_path, module):
    (tmp_path / "notes.py").touch()
    assert doctor.check_folder(tmp_path).ok
    (tmp_path / f"{module}.py").touch()
    finding = doctor.check_folder(tmp_path)
    assert f"{module}.py hides" in finding.message
    assert finding.remedy == f"rename the file {tmp_path / module}.py"


# -- all together -------------------------------------------------------------------------------


@pytest.fixture
def lessons(monkeypatch, tmp_path):
    folder = tmp_path / "shipped"
    folder.mkdir()
    (folder / "00_start_here.ipynb").touch()
    monkeypatch.setattr(_resources, "lessons_dir", lambda: folder)


def test_a_sound_installation(lessons, tmp_path):
    findings = doctor.diagnose(tmp_path)
    text = doctor.report(findings)
    assert all(finding.ok for finding in findings), text
    names = [finding.name for finding in findings]
    assert names[0] == "Python"
    assert names[-5:] == ["working folder", "sliders", "kernel", "data sets", "lessons"]
    assert text.splitlines()[-1] == "Everything is ready."
    assert len(text.splitlines()) == len(findings) + 1


def test_the_report_says_what_is_wrong_and_how_to_mend_it():
    good, bad = Finding("a", True, "fine."), Finding("b", False, "gone.", "bring b")
    assert doctor.report([good, bad]).splitlines() == [
        "ok     a: fine.",
        "WRONG  b: gone.",
        "       To mend it: bring b",
        "This problem must be mended, from the top; then check again.",
    ]
    assert "These 2 problems must be mended" in doctor.report([bad, bad])


def test_a_lesson_prints_the_same_everywhere_and_starts_no_kernel(tmp_path):
    cell = new_code_cell(
        "from nnlab import doctor\n"
        "doctor.check_kernel = None  # would fail if it were called\n"
        "doctor.check()"
    )
    notebook = new_notebook(cells=[cell])
    NotebookClient(
        notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    nbformat.validate(notebook)
    (output,) = notebook.cells[0].outputs
    assert output.text == (
        "ok     Python: new enough.\n"
        "ok     anywidget: installed.\n"
        "ok     contourpy: installed.\n"
        "ok     ipywidgets: installed.\n"
        "ok     jinja2: installed.\n"
        "ok     jupyterlab: installed.\n"
        "ok     matplotlib: installed.\n"
        "ok     nbconvert: installed.\n"
        "ok     nbformat: installed.\n"
        "ok     numpy: installed.\n"
        "ok     pillow: installed.\n"
        "ok     platformdirs: installed.\n"
        "ok     pygments: installed.\n"
        "ok     ziamath: installed.\n"
        "ok     working folder: can be written.\n"
        "ok     sliders: JupyterLab can show them.\n"
        "ok     kernel: runs this installation of the course.\n"
        "ok     data sets: complete.\n"
        "Everything is ready.\n"
    )


def test_importing_the_doctor_is_cheap():
    code = (
        "import sys, nnlab.doctor, nnlab.cli, nnlab.workspace; "
        "print({'matplotlib', 'ipywidgets', 'jupyterlab', 'jupyter_client', 'IPython'}"
        " & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
