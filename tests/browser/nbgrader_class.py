"""A small class in nbgrader: an assignment of every kind of cell, and students of every kind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nnlab.grading.classroom import SECRET_FILE, set_up

ASSIGNMENT = "ps1"
LIMIT = 300  # seconds for one command

RIGHT = {
    "mse": "def mse(y, prediction):\n    return np.mean((y - prediction) ** 2)",
    "mae": "def mae(y, prediction):\n    return np.mean(np.abs(y - prediction))",
    "sigmoid": "def sigmoid(z):\n    return np.exp(-np.logaddexp(0, -z))",
}
PARTLY = {"sigmoid": "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))"}
WRONG = {"mse": "def mse(y, prediction):\n    return np.sum((y - prediction) ** 2)"}

ATTACK = "window.attacked = true"
HTML_ATTACKS = [
    f"<script>{ATTACK}</script>",
    f'<img src="x" onerror="{ATTACK}">',
    f"<svg onload='{ATTACK}'></svg>",
    f"<details open ontoggle='{ATTACK}'>x</details>",
    f"</div></div></div><script>{ATTACK}</script>",
    f"[a link](javascript:{ATTACK.replace(' ', '')})",
    f"[a link](<javascript&colon;{ATTACK}>)",
    f"<a href='javascript:{ATTACK}'>a link</a>",
    "![a picture](https://127.0.0.2/picture.png)",
    "![a picture](attachment:gone.png)",
    f"$\\href{{javascript:{ATTACK}}}{{x}}$ and \\\\(\\style{{position:fixed}}{{x}}\\\\)",
    f"```mermaid\n</pre><script>{ATTACK}</script>\n```",
]


def cell(kind, source, grade_id="", **described):
    """Return a cell as nbgrader's Create Assignment writes it."""
    made = new_code_cell(source) if kind == "code" else new_markdown_cell(source)
    if grade_id:
        fields = {"grade": False, "solution": False, "locked": False, "task": False}
        made.metadata["nbgrader"] = fields | described | {"grade_id": grade_id, "schema_version": 3}
    return made


def exercise(name, arguments):
    """Return solution cell and check cell of one exercise."""
    source = (
        f"def {name}({arguments}):\n    ### BEGIN SOLUTION\n"
        "    raise NotImplementedError\n    ### END SOLUTION"
    )
    points = 2 if name == "sigmoid" else 1
    return [
        cell("code", source, name, solution=True),
        cell("code", f'check("01.{name}", {name})', f"{name}-check",
             grade=True, locked=True, points=points),
    ]  # fmt: skip


def source_notebook():
    """Return the teacher's notebook."""
    figure = cell("code", "figure()")
    figure.outputs = [new_output("display_data", {"text/plain": "<figure of the lesson>"})]
    cells = [
        new_markdown_cell("# A small assignment"),
        new_code_cell("import numpy as np\nfrom nnlab.exercises import check"),
        figure,
        *exercise("mse", "y, prediction"),
        *exercise("mae", "y, prediction"),
        *exercise("sigmoid", "z"),
        cell("code", "### BEGIN SOLUTION\nthe_teachers_own = 1\n### END SOLUTION", "own",
             solution=True),
        cell("code", "assert own\n### BEGIN HIDDEN TESTS\nassert hidden_from_students\n"
             "### END HIDDEN TESTS", "own-check", grade=True, locked=True, points=4),
        cell("markdown", "Why?", "why", grade=True, solution=True, points=3),
        cell("code", "### BEGIN SOLUTION\n7\n### END SOLUTION", "draw", grade=True, solution=True,
             points=2),
        cell("markdown", "Discuss.", "task", task=True, locked=True, points=5),
        cell("markdown", "The end, read only.", "end", locked=True),
    ]  # fmt: skip
    cells[4].outputs = [new_output("stream", text="a score of the teacher's")]
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    for number, made in enumerate(cells):
        made.id = f"teacher-{number}"
    return notebook


def find(notebook, grade_id):
    """Return the cell of a name."""
    (found,) = [
        cell for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]  # fmt: skip
    return found


def place(notebook, grade_id):
    """Return where the cell of a name is."""
    return notebook.cells.index(find(notebook, grade_id))


class School:
    """A class folder and the commands of nbgrader."""

    def __init__(self, home, notebook=None):
        self.home = home
        self.folder = home / "class"
        self.exchange = home / "exchange"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        set_up(self.folder, "nn", ["01"])
        # Not another one in every run: whether a number stands on a page by chance is no test.
        (self.folder / SECRET_FILE).write_text("5e" * 32 + "\n")
        config = self.folder / "nbgrader_config.py"
        lines = f"\nc.Exchange.root = {str(self.exchange)!r}\n"
        config.write_text(config.read_text() + lines)
        folder = self.folder / "source" / ASSIGNMENT
        folder.mkdir()
        nbformat.write(notebook or source_notebook(), folder / f"{ASSIGNMENT}.ipynb")

    @property
    def environment(self):
        """A home of its own, and nbgrader's helpers on the path."""
        own = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JUPYTER", "JPY", "NBGRADER"))
        }
        for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
            own[f"JUPYTER_{name}"] = str(self.home / name.lower())
        own["HOME"] = own["IPYTHONDIR"] = str(self.home)
        own["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
        own["PYTHONWARNINGS"] = "ignore"
        return own

    def nbgrader(self, *arguments, folder=None, code=0):
        """Run one command of nbgrader and return what it said."""
        ran = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=folder or self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT,
        )
        assert ran.returncode == code, ran.stdout
        return ran.stdout

    def path(self, step, student, ending="ipynb"):
        """Return where a notebook of a student is."""
        return self.folder / step / student / ASSIGNMENT / f"{ASSIGNMENT}.{ending}"

    def released(self):
        """Return the notebook that students get."""
        return nbformat.read(self.path("release", "."), as_version=4)

    def solved(self, *texts):
        """Return the notebook with solution cells written; later texts win."""
        notebook = self.released()
        for group in texts:
            for name, text in group.items():
                find(notebook, name).source = text
        return notebook

    def hand_in(self, student, content):
        """Put a notebook, or any bytes, into the folder of submissions."""
        path = self.path("submitted", student)
        path.parent.mkdir(parents=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(nbformat.writes(content) if "cells" in content else json.dumps(content))

    def graded(self, student):
        """Return the notebook with its marks."""
        return nbformat.read(self.path("autograded", student), as_version=4)


def hostile(school):
    """Return a notebook in which everything that can hold HTML or JavaScript does."""
    notebook = school.solved(RIGHT)
    answer = find(notebook, "why")
    answer.source = "I answered this.\n\n" + "\n\n".join(HTML_ATTACKS)
    script = HTML_ATTACKS[0]
    for number, attack in enumerate(HTML_ATTACKS):
        extra = new_markdown_cell(f"Extra {number}: {attack}")
        notebook.cells.insert(3, extra)
        raw = nbformat.v4.new_raw_cell(attack)
        raw.metadata["raw_mimetype"] = "text/html"
        notebook.cells.append(raw)
        notebook.cells.append(new_code_cell(f"# {attack}"))
    bundle = {
        "text/plain": script,
        "text/html": script,
        "text/markdown": script,
        "application/javascript": ATTACK,
        "image/svg+xml": f"<svg onload='{ATTACK}'></svg>",
        "application/vnd.vega.v5+json": {"$schema": script},
        "application/vnd.jupyter.widget-view+json": {"model_id": script},
    }
    for made in notebook.cells:
        made.metadata["tags"] = ["skip-execution", f'"><img src=x onerror="{ATTACK}">']
        made.metadata["name"] = script
        if made.cell_type == "code":
            made.outputs = [new_output("execute_result", bundle), new_output("error", ename=script,
                evalue=script, traceback=[script])]  # fmt: skip
    forged = cell("code", "1", f'"><img src=x onerror="{ATTACK}">', grade=True, locked=True,
                  points=100)  # fmt: skip
    notebook.cells.append(forged)
    message = HTML_ATTACKS[0] + HTML_ATTACKS[10]
    stops = find(notebook, "mse")
    stops.source = f"def mse(y, prediction):\n    raise ValueError({message!r})"
    notebook.metadata["title"] = script
    notebook.metadata["kernelspec"]["display_name"] = script
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {script: {}}, "version_major": 2}
    }
    return notebook
