"""Honest work that looks odd: it must not cost a point."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from hostile_entry import (
    ALL,
    RIGHT,
    SIGMOID,
    SOFTMAX,
    Entry,
    Notebook,
    changed,
    dumped,
    from_bytes,
    from_notebook,
    own_cell,
    position,
    solved,
)


def _cell(name: str, trick: str, code: str) -> Entry:
    """Return an entry whose last solution cell is `code`."""
    cells = {**RIGHT, "01.softmax": textwrap.dedent(code)}
    return from_notebook(name, trick, lambda: solved(cells), ALL)


def _edited(name: str, trick: str, edit: Any, **sources: str) -> Entry:
    return from_notebook(name, trick, changed(edit, {**RIGHT, **sources}), ALL)


def _helper(notebook: Notebook) -> None:
    at = position(notebook, "01.softmax")
    notebook["cells"][at]["source"] = (
        "def softmax(z):\n    e = shifted_exp(z)\n    return e / total(e)\n"
    )
    notebook["cells"].insert(
        at,
        own_cell(
            "def shifted_exp(z):\n    return np.exp(z - z.max(axis=1, keepdims=True))\n"
            "total = lambda e: e.sum(axis=AXIS, keepdims=True)\n"
            "AXIS = 1\nprint(total(shifted_exp(np.ones((2, 2)))))\n"
        ),
    )


def _broken_scratch(notebook: Notebook) -> None:
    sources = [
        "this is a note to myself",
        "1 / 0",
        "x = undefined\n",
        "%timeit 1 + 1",
        "!ls",
        "?np",
    ]
    for source in sources:
        notebook["cells"].insert(0, own_cell(source))


def _plots(notebook: Notebook) -> None:
    notebook["cells"].insert(
        1,
        own_cell(
            "import matplotlib.pyplot as plt\nimport pandas as pd\n"
            "figure, axes = plt.subplots()\naxes.plot([1, 2])\nplt.show()\nhint('01.mse')\n"
        ),
    )


def _imports(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if "import numpy as np" in "".join(cell["source"]):
            cell["source"] = (
                "import numpy as np\nimport numpy\nfrom numpy import exp, mean\nimport math"
            )
    cell = notebook["cells"][position(notebook, "01.softmax")]
    cell["source"] = (
        "def softmax(z):\n    e = exp(z - numpy.max(z, axis=1, keepdims=True))\n"
        "    return e / e.sum(axis=1, keepdims=True) * math.exp(0)\n"
    )


def _doubled(notebook: Notebook) -> None:
    for name in RIGHT:
        at = position(notebook, name)
        notebook["cells"].insert(at, json.loads(json.dumps(notebook["cells"][at])))


def _retyped(notebook: Notebook) -> None:
    cell = notebook["cells"][position(notebook, "01.softmax")]
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]


def _moved(notebook: Notebook) -> None:
    cell = notebook["cells"].pop(position(notebook, "01.softmax"))
    notebook["cells"].append(cell)


def _texts_edited(notebook: Notebook) -> None:
    notebook["cells"] = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    notebook["cells"].insert(0, {"cell_type": "markdown", "metadata": {}, "source": "# My notes"})


def _large_outputs(notebook: Notebook) -> None:
    for name in RIGHT:
        notebook["cells"][position(notebook, name)]["outputs"] = [
            {"output_type": "stream", "name": "stdout", "text": ["epoch 1: loss 0.5\n" * 700_000]}
        ]


def _warned_outputs(notebook: Notebook) -> None:
    for name in RIGHT:
        notebook["cells"][position(notebook, name, check=True)]["outputs"] = [
            {"output_type": "stream", "name": "stderr", "text": "RuntimeWarning: overflow"},
            {"output_type": "error", "ename": "NameError", "evalue": "mse", "traceback": ["…"]},
        ]


def _without_metadata(notebook: Notebook) -> None:
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        cell.pop("id", None)
        cell["metadata"].pop("slideshow", None)


def _checks_deleted(notebook: Notebook) -> None:
    for name in RIGHT:
        del notebook["cells"][position(notebook, name, check=True)]


ENTRIES: list[Entry] = [
    from_notebook("honest", "Everything right.", lambda: solved(RIGHT), ALL),
    _cell(
        "warns-and-prints",
        "Prints, warns and logs on standard error at every call.",
        """
        import logging, sys, warnings
        print("defining softmax")
        def softmax(z):
            warnings.warn("this is slow")
            print("softmax of", z.shape, file=sys.stderr)
            print(np.log(np.zeros(1)))
            logging.getLogger().warning("hello")
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)
        softmax(np.ones((2, 3)))
        """,
    ),
    _cell(
        "annotated-with-defaults",
        "Has type annotations, default values, a decorator and a docstring with quotes.",
        '''
        from __future__ import annotations
        import functools
        from typing import Any

        @functools.wraps(np.exp)
        def softmax(z: np.ndarray[Any, Any], axis: int = 1, *, shift: bool = True) -> np.ndarray:
            """Softmax, "safe"."""
            e = np.exp(z - z.max(axis=axis, keepdims=True) * shift)
            return e / e.sum(axis=axis, keepdims=True)
        ''',
    ),
    _cell(
        "a-lambda",
        "Is a lambda.",
        "softmax = lambda z: (lambda e: e / e.sum(1)[:, None])(np.exp(z - z.max(1)[:, None]))\n",
    ),
    _cell(
        "a-callable-object",
        "Is an object of a class with __call__.",
        """
        class Softmax:
            def __init__(self, axis): self.axis = axis
            def __call__(self, z):
                e = np.exp(z - z.max(axis=self.axis, keepdims=True))
                return e / e.sum(axis=self.axis, keepdims=True)
        softmax = Softmax(axis=1)
        """,
    ),
    _cell(
        "first-try-left-above",
        "Leaves an unfinished first try and the stub above its function.",
        """
        def softmax(z):
            ### BEGIN SOLUTION
            raise NotImplementedError
            ### END SOLUTION

        def softmax(z):
            return np.exp(z)

        def softmax(z):
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)
        """,
    ),
    _cell(
        "tries-it-below",
        "Tries its function out below, in a way that fails after the definition.",
        SOFTMAX + "softmax([1, 2, 3])\n",
    ),
    _cell(
        "magic-line",
        "Times itself with a line magic, as one does in a notebook.",
        SOFTMAX + "%timeit softmax(np.ones((2, 3)))\n",
    ),
    _cell("cell-magic", "Begins with a cell magic.", "%%time\n" + SOFTMAX),
    _cell(
        "loops",
        "Uses loops, lists and the module math instead of arrays, and returns an array.",
        """
        import math
        def softmax(z):
            rows = []
            for row in z.tolist():
                e = [math.exp(v - max(row)) for v in row]
                rows.append([v / sum(e) for v in e])
            return np.array(rows)
        """,
    ),
    _cell(
        "own-random-state",
        "Sets seeds, error states and print options for itself.",
        "np.random.seed(0)\nnp.set_printoptions(precision=1)\nold = np.seterr(divide='raise')\n"
        + SOFTMAX,
    ),
    _cell(
        "catches-everything",
        "Wraps its work into try and except.",
        """
        def softmax(z):
            try:
                e = np.exp(z - np.amax(z, axis=1, keepdims=True))
                return e / e.sum(axis=1, keepdims=True)
            except Exception as error:
                print("error", error)
        """,
    ),
    _cell(
        "other-alphabet",
        "Has names and comments in another alphabet.",
        """
        # мягкий максимум
        def мягкий(вход):
            δ = вход - вход.max(axis=1, keepdims=True)
            return np.exp(δ) / np.exp(δ).sum(axis=1, keepdims=True)
        softmax = мягкий
        """,
    ),
    _cell(
        "tabs-and-returns",
        "Has tabs and Windows line ends.",
        SOFTMAX.replace("    ", "\t").replace("\n", "\r\n"),
    ),
    _cell(
        "keeps-a-cache",
        "Keeps its results in a cache of its own.",
        """
        seen = {}
        def softmax(z):
            key = z.tobytes(), z.shape
            if key not in seen:
                e = np.exp(z - z.max(axis=1, keepdims=True))
                seen[key] = e / e.sum(axis=1, keepdims=True)
            return seen[key]
        """,
    ),
    _edited("helper-in-own-cell", "Has helpers in a cell of its own.", _helper),
    _edited("broken-scratch-cells", "Has cells of its own that fail.", _broken_scratch),
    _edited("plots-in-own-cell", "Draws and imports other libraries in a cell of its own.", _plots),
    _edited("imports-edited", "Has edited the cell of imports, and uses what it added.", _imports),
    _edited("cells-doubled", "Has every solution cell twice, by accident.", _doubled),
    _edited("cell-retyped", "Has made a text of a solution cell, by accident.", _retyped),
    _edited("cell-moved", "Has moved a solution cell to the end.", _moved),
    _edited("texts-edited", "Has deleted the texts and the checks' surroundings.", _texts_edited),
    _edited("checks-deleted-by-accident", "Has deleted the checks.", _checks_deleted),
    _edited("outputs-50-mb", "Has 50 MB of printed lines in its outputs.", _large_outputs),
    _edited("outputs-with-warnings", "Was run with warnings and errors.", _warned_outputs),
    _edited("metadata-lost", "Has lost all metadata but the names of cells.", _without_metadata),
    from_bytes(
        "byte-order-mark",
        "Was saved by an editor that puts a byte order mark in front.",
        lambda: b"\xef\xbb\xbf" + dumped(solved(RIGHT)),
        ALL,
    ),
    from_bytes(
        "indented-json",
        "Was saved with indentation, unescaped letters and Windows line ends.",
        lambda: (
            json.dumps(solved(RIGHT), indent=4, ensure_ascii=False).replace("\n", "\r\n").encode()
        ),
        ALL,
    ),
    from_notebook(
        "half-done",
        "Has solved the exercise on the sigmoid only in part.",
        lambda: solved(
            {**RIGHT, "01.sigmoid": "def sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n"}
        ),
        {**ALL, "01.sigmoid": 1.0},
    ),
    from_notebook(
        "one-cell-broken",
        "Has a syntax error in one solution cell, which costs that exercise alone.",
        lambda: solved({**RIGHT, "01.mae": "def mae(y, prediction:\n    return 0\n"}),
        {**ALL, "01.mae": 0.0},
    ),
    from_notebook(
        "one-cell-endless",
        "Has a solution that never ends, which costs that exercise alone.",
        lambda: solved(
            {**RIGHT, "01.sigmoid": "def sigmoid(z):\n    while True:\n        pass\n" + "#" * 0}
        ),
        {**ALL, "01.sigmoid": 0.0},
    ),
    from_notebook(
        "uses-earlier-solution",
        "Uses its solution of an earlier exercise in a later one.",
        lambda: solved(
            {
                **RIGHT,
                "01.sigmoid": SIGMOID + "def half(x):\n    return np.tanh(x / 2)\n",
                "01.softmax": "def softmax(z):\n    s = z - z.max(axis=1, keepdims=True)\n"
                "    e = np.exp(s) * (sigmoid(s) * 0 + 1)\n"
                "    return e / e.sum(axis=1, keepdims=True)\n",
            }
        ),
        ALL,
    ),
]
