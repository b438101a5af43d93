"""Notebooks that are damaged, retouched or made to mislead whoever reads their JSON."""

from __future__ import annotations

import base64
import json
from typing import Any

from hostile_entry import (
    FIRST_TWO,
    MAE,
    MSE,
    NONE,
    RIGHT,
    SOFTMAX,
    WRONG,
    Entry,
    Notebook,
    blank,
    changed,
    dumped,
    from_bytes,
    from_notebook,
    own_cell,
    position,
    solved,
)

_SCRIPT = "<script>window.hostile = 1</script><img src=x onerror='window.hostile = 1'>"
_TWO = {"01.mse": MSE, "01.mae": MAE}


def _each(notebook: Notebook) -> list[dict[str, Any]]:
    return [cell["metadata"] for cell in notebook["cells"]]


def _tagged(*tags: str) -> Any:
    def edit(notebook: Notebook) -> None:
        for metadata in _each(notebook):
            metadata["tags"] = list(tags)
            metadata["jupyter"] = {"source_hidden": True, "outputs_hidden": True}

    return edit


def _graded(notebook: Notebook, **values: Any) -> None:
    for metadata in _each(notebook):
        if metadata.get("nbgrader", {}).get("grade"):
            metadata["nbgrader"].update(values)


def _unlock(notebook: Notebook) -> None:
    for metadata in _each(notebook):
        if "nbgrader" in metadata:
            metadata["nbgrader"].update(locked=False, grade=True, solution=True, points=100)


def _forge_outputs(notebook: Notebook) -> None:
    claim = {
        "output_type": "execute_result",
        "execution_count": 9,
        "metadata": {"nnlab": {"points": 2.0, "state": "right"}},
        "data": {"text/plain": "2.0", "text/html": "<b>✔ Right · 2 of 2 points</b>"},
    }
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [claim]
            cell["execution_count"] = 9


def _edit_checks(source: str) -> Any:
    def edit(notebook: Notebook) -> None:
        for name in RIGHT:
            notebook["cells"][position(notebook, name, check=True)]["source"] = source

    return edit


def _own_first(source: str, **metadata: Any) -> Any:
    return lambda notebook: notebook["cells"].insert(0, own_cell(source, **metadata))


def _own_last(source: str, **metadata: Any) -> Any:
    return lambda notebook: notebook["cells"].append(own_cell(source, **metadata))


def _delete_checks(notebook: Notebook) -> None:
    for name in RIGHT:
        del notebook["cells"][position(notebook, name, check=True)]


def _delete_solution(notebook: Notebook) -> None:
    del notebook["cells"][position(notebook, "01.softmax")]
    notebook["cells"].append(own_cell(WRONG["01.softmax"]))


def _swap_ids(notebook: Notebook) -> None:
    """Call the right mean squared error, worth one point, softmax, worth two."""
    first = notebook["cells"][position(notebook, "01.mse")]["metadata"]["nbgrader"]
    second = notebook["cells"][position(notebook, "01.softmax")]["metadata"]["nbgrader"]
    first["grade_id"], second["grade_id"] = second["grade_id"], first["grade_id"]


def _double_checks(notebook: Notebook) -> None:
    for name in RIGHT:
        cell = notebook["cells"][position(notebook, name, check=True)]
        notebook["cells"] += [json.loads(json.dumps(cell)) for _ in range(20)]


def _foreign_grades(notebook: Notebook) -> None:
    for number in range(20):
        described = {
            "grade": True,
            "grade_id": f"bonus-{number}",
            "locked": True,
            "points": 100,
            "schema_version": 3,
            "solution": False,
            "task": False,
        }
        notebook["cells"].append(own_cell("4.0", nbgrader=described))


def _retype_checks(notebook: Notebook) -> None:
    for name in RIGHT:
        cell = notebook["cells"][position(notebook, name, check=True)]
        cell.update(cell_type="markdown", source="**4 points**")
        del cell["outputs"], cell["execution_count"]


def _kernel(notebook: Notebook) -> None:
    notebook["metadata"] = {
        "kernelspec": {
            "name": "../../../../bin/sh",
            "display_name": _SCRIPT,
            "language": "bash",
            "argv": ["/bin/sh", "-c", "echo 4.0"],
            "env": {"PYTHONPATH": ".", "LD_PRELOAD": "./evil.so", "PYTHONSTARTUP": "evil.py"},
        },
        "language_info": {"name": "bash", "nbconvert_exporter": "os.system"},
        "jupytext": {"formats": "ipynb,../../evil//py"},
    }


def _scripts(notebook: Notebook) -> None:
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [
                {"output_type": "display_data", "metadata": {}, "data": {kind: _SCRIPT}}
                for kind in ("text/html", "image/svg+xml", "application/javascript", "text/latex")
            ]
    text = _SCRIPT + "[x](javascript:alert(1)) $\\href{javascript:alert(1)}{x}$ ![](//127.0.0.1/)"
    notebook["cells"] += [
        {"cell_type": kind, "metadata": {}, "source": text, "id": f"script-{kind}"}
        for kind in ("markdown", "raw")
    ]


def _names_with_markup(notebook: Notebook) -> None:
    described = {"grade_id": f'x"/><{_SCRIPT}', "solution": True, "schema_version": 3}
    for metadata in _each(notebook):
        metadata["name"] = metadata["slideshow"] = _SCRIPT
    notebook["cells"].append(own_cell(_SCRIPT, nbgrader=described))


def _attachments(notebook: Notebook) -> None:
    picture = base64.b64encode(bytes(2**20)).decode()
    notebook["cells"][0]["attachments"] = {"../../../x.png": {"image/png": picture}}
    notebook["cells"][0]["source"] += "\n![x](attachment:../../../x.png)"


def _version(major: Any, minor: Any = 0) -> Any:
    return lambda notebook: notebook.update(nbformat=major, nbformat_minor=minor)


def _old(notebook: Notebook) -> Notebook:
    """Return the notebook as nbformat 3 has it, with code under `input`."""
    cells = []
    for cell in notebook["cells"]:
        kept = dict(cell)
        if kept["cell_type"] == "code":
            kept.update(input=kept.pop("source"), language="python", prompt_number=1)
        cells.append(kept)
    return {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": cells, "metadata": {}}],
    }


def _strange_cells(notebook: Notebook) -> None:
    notebook["cells"][3:3] = [
        None,
        4.0,
        "check",
        [],
        {},
        {"cell_type": "code"},
        {"cell_type": ["code"], "source": []},
        {"cell_type": "code", "metadata": [], "source": 4.0, "outputs": None},
        {"cell_type": "code", "metadata": {"nbgrader": [4]}, "source": {"a": 1}},
        {
            "cell_type": "code",
            "metadata": {"nbgrader": {"grade_id": ["01-mse"]}},
            "source": [4, None],
        },
        {"cell_type": "points", "metadata": None, "source": "4.0"},
    ]


def _source(value: Any) -> Any:
    def edit(notebook: Notebook) -> None:
        notebook["cells"][position(notebook, "01.softmax")]["source"] = value

    return edit


def _many_cells(notebook: Notebook) -> None:
    notebook["cells"] += [own_cell(f"x = {number}") for number in range(20_000)]


def _json_with(notebook: Notebook, old: str, new: str) -> bytes:
    text = json.dumps(notebook)
    assert old in text
    return text.replace(old, new).encode()


def _doubled_keys() -> bytes:
    wrong, right = json.dumps(WRONG["01.softmax"]), json.dumps(SOFTMAX)
    notebook = solved({**_TWO, "01.softmax": SOFTMAX})
    return _json_with(notebook, f'"source": {right}', f'"source": {right}, "source": {wrong}')


def _deep_metadata() -> bytes:
    deep = '{"a":' * 100_000 + "0" + "}" * 100_000
    return _json_with(
        solved(WRONG), '"metadata": {"kernelspec"', f'"x": {deep}, "metadata": {{"kernelspec"'
    )


_INVALID: dict[str, tuple[str, bytes]] = {
    "empty-file": ("An empty file.", b""),
    "blanks-only": ("Only spaces and line ends.", b" \n" * 1000),
    "not-json": ("A text that is no JSON.", b"I have solved everything, see the e-mail."),
    "web-page": ("The web page of a platform's log-in.", b"<!DOCTYPE html><html>log in</html>"),
    "python-file": ("A Python file under a notebook's name.", SOFTMAX.encode()),
    "zip-file": ("The start of a zip archive.", b"PK\x03\x04" + bytes(2000)),
    "pickle-file": ("A pickle that would run a command.", b"cos\nsystem\n(S'echo 4.0'\ntR."),
    "null": ("The JSON value null.", b"null"),
    "a-list": ("A JSON list.", b"[]"),
    "a-number": ("A JSON number of 5 000 digits.", b"9" * 5000),
    "a-text": ("A JSON text.", b'"right"'),
    "empty-object": ("An empty JSON object.", b"{}"),
    "cells-are-a-number": ("A notebook whose cells are a number.", b'{"cells": 4, "nbformat": 4}'),
    "cells-are-an-object": ("A notebook whose cells are an object.", b'{"cells": {"0": {}}}'),
    "deep-list": (
        "JSON nested 100 000 deep, which ends many parsers.",
        b"[" * 100_000 + b"]" * 100_000,
    ),
    "deep-open": ("JSON that only opens brackets, a million times.", b"[" * 10**6),
    "zero-bytes": ("A megabyte of zero bytes.", bytes(2**20)),
    "random-bytes": ("Bytes that are no text.", bytes(range(256)) * 100),
    "many-small-values": ("Twenty megabytes of empty lists.", b"[" + b"[]," * 6_500_000 + b"[]]"),
}

ENTRIES: list[Entry] = [
    *(
        from_bytes(f"file-{name}", trick, lambda data=data: data)
        for name, (trick, data) in _INVALID.items()
    ),
    from_bytes("file-truncated", "The file breaks off.", lambda: dumped(solved(RIGHT))[:-900]),
    from_bytes(
        "file-conflict-marks",
        "The marks of a merge conflict stand in the JSON.",
        lambda: dumped(solved(RIGHT)).replace(b'"cells"', b'<<<<<<< HEAD\n"cells"', 1),
    ),
    from_bytes(
        "file-utf-16",
        "The file is UTF-16.",
        lambda: dumped(solved(RIGHT)).decode().encode("utf-16"),
    ),
    from_bytes(
        "file-latin-1",
        "A byte in the file is not UTF-8.",
        lambda: dumped(solved(RIGHT)).replace(b"def mse", b"# \xe9\\ndef mse"),
    ),
    from_bytes("json-doubled-keys", "Two sources for one cell.", _doubled_keys, FIRST_TWO),
    from_bytes("json-deep-metadata", "Metadata nested 100 000 deep.", _deep_metadata),
    from_bytes(
        "json-huge-number",
        "A number of a hundred thousand digits in the metadata.",
        lambda: _json_with(
            solved(WRONG), '"nbformat_minor": 5', '"nbformat_minor": ' + "9" * 10**5
        ),
    ),
    from_notebook("untouched", "The notebook as it was handed out.", blank, NONE),
    from_notebook(
        "tag-skip-execution",
        "Tags that tell the grader to skip every cell of an untouched notebook.",
        changed(_tagged("skip-execution", "raises-exception", "remove-cell", "remove-input"), {}),
    ),
    from_notebook(
        "tag-hides-wrong-cells",
        "Tags that hide cells and outputs of wrong solutions.",
        changed(_tagged("remove_cell", "hide-input", "no-execute", "nbval-skip"), WRONG),
    ),
    from_notebook(
        "points-claimed",
        "Says in the metadata that every check is worth 100 points.",
        changed(lambda notebook: _graded(notebook, points=100), {**WRONG, **_TWO}),
        FIRST_TWO,
    ),
    from_notebook(
        "points-not-numbers",
        "Gives points as texts, NaN, infinities and negative numbers.",
        changed(lambda notebook: _graded(notebook, points="1e308"), {**WRONG, **_TWO}),
        FIRST_TWO,
    ),
    from_bytes(
        "points-nan",
        "Writes NaN and Infinity for the points.",
        lambda: (
            dumped(solved({**WRONG, **_TWO}))
            .replace(b'"points": 1', b'"points": NaN')
            .replace(b'"points": 2', b'"points": -Infinity')
        ),
        FIRST_TWO,
    ),
    from_notebook("unlocked", "Makes every cell its own to edit.", changed(_unlock, WRONG)),
    from_notebook(
        "outputs-forged",
        "Puts right-looking cards and scores into the outputs of an untouched notebook.",
        changed(_forge_outputs, {}),
    ),
    from_notebook(
        "checks-edited",
        "Replaces each check by the number it should give.",
        changed(_edit_checks("check = lambda *a: 4.0\n4.0"), WRONG),
    ),
    from_notebook(
        "checks-swapped",
        "Makes each check look at the exercise that was solved.",
        changed(_edit_checks('check("01.mse", mse)'), {**WRONG, "01.mse": MSE}),
        {**NONE, "01.mse": 1.0},
    ),
    from_notebook(
        "check-redefined",
        "Defines a `check` of its own in a cell before the exercises.",
        changed(_own_first("def check(name, function):\n    return 4.0"), WRONG),
    ),
    from_notebook(
        "checks-deleted", "Deletes the checks of wrong solutions.", changed(_delete_checks, WRONG)
    ),
    from_notebook(
        "checks-doubled",
        "Has every check twenty-one times.",
        changed(_double_checks, {**WRONG, **_TWO}),
        FIRST_TWO,
    ),
    from_notebook("checks-retyped", "Makes texts of the checks.", changed(_retype_checks, WRONG)),
    from_notebook(
        "foreign-grade-cells",
        "Adds twenty grade cells worth 100 points each.",
        changed(_foreign_grades, {**WRONG, **_TWO}),
        FIRST_TWO,
    ),
    from_notebook(
        "solution-deleted",
        "Deletes a solution cell and puts its own function at the end of the notebook.",
        changed(_delete_solution, _TWO),
        FIRST_TWO,
    ),
    from_notebook(
        "names-swapped",
        "Swaps the names of a right solution and of a wrong one that is worth more.",
        changed(_swap_ids, {"01.mse": MSE, "01.softmax": WRONG["01.softmax"]}),
        {**NONE, "01.mse": 1.0},
    ),
    from_notebook("kernel-with-command", "Names a shell as its kernel.", changed(_kernel, WRONG)),
    from_notebook(
        "scripts",
        "JavaScript in texts, outputs and formulas.",
        changed(_scripts, {**WRONG, **_TWO}),
        FIRST_TWO,
    ),
    from_notebook(
        "names-with-markup",
        "Scripts in cell names and metadata.",
        changed(_names_with_markup, {**WRONG, **_TWO}),
        FIRST_TWO,
    ),
    from_notebook(
        "attachments",
        "An attachment whose name leads out of the folder.",
        changed(_attachments, {**WRONG, **_TWO}),
        FIRST_TWO,
    ),
    from_notebook(
        "nbformat-99", "Claims a format of the future.", changed(_version(99, 99), WRONG)
    ),
    from_notebook(
        "nbformat-text", "Claims a format that is no number.", changed(_version("4"), WRONG)
    ),
    from_notebook("nbformat-3-wrong", "Wrong solutions in an old format.", changed(_old, WRONG)),
    from_notebook(
        "strange-cells",
        "Cells that are numbers, lists, or have sources and names of wrong types.",
        changed(_strange_cells, {**WRONG, **_TWO}),
        FIRST_TWO,
    ),
    from_notebook(
        "source-is-a-number", "A solution that is a number.", changed(_source(4.0), _TWO), FIRST_TWO
    ),
    from_notebook(
        "source-is-nested",
        "A solution that is lists of lists.",
        changed(_source([["4.0"]]), _TWO),
        FIRST_TWO,
    ),
    from_notebook(
        "source-with-null-bytes", "NUL in the code.", changed(_source("x = 1\0\n"), _TWO), FIRST_TWO
    ),
    from_notebook(
        "source-with-surrogates",
        "Code that no encoding can write.",
        changed(_source("x = '\ud800'\n"), _TWO),
        FIRST_TWO,
    ),
    from_notebook(
        "source-with-coding-line",
        "A line that asks for another encoding, in which the comment is code.",
        changed(
            _source(
                "# -*- coding: utf-7 -*-\n# +AAo-def softmax(z): return 1\n" + WRONG["01.softmax"]
            ),
            _TWO,
        ),
        FIRST_TWO,
    ),
    from_notebook(
        "source-with-bidi",
        "Letters that make a comment of what looks like code.",
        changed(_source(f"#\u202e {SOFTMAX.splitlines()[0]}\n" + WRONG["01.softmax"]), _TWO),
        FIRST_TWO,
    ),
    from_notebook(
        "source-huge",
        "Ten megabytes of code.",
        changed(_source("x = 1\n" * 1_700_000), {}),
    ),
    from_notebook("many-cells", "Twenty thousand cells.", changed(_many_cells, WRONG)),
    from_notebook(
        "solved-too-late",
        "Replaces wrong functions by forged results after the last exercise.",
        changed(_own_last("softmax = sigmoid = mse = mae = 4.0"), {**WRONG, **_TWO}),
        FIRST_TWO,
    ),
    from_notebook("all-wrong", "Wrong answers without any trick.", changed(lambda n: None, WRONG)),
]
