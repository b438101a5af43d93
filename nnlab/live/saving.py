"""Keeps widget views out of saved notebooks.

A view is a reference to a widget in a running kernel. Stored without it, JupyterLab shows "model
not found" in its place; taken out, JupyterLab shows the picture that stands beside it.
"""

from collections.abc import MutableMapping

__all__ = ["strip", "strip_widget_views"]

_VIEW = "application/vnd.jupyter.widget-view+json"


def strip_widget_views(model: object, **kwargs: object) -> None:
    """Clean a notebook that Jupyter is about to save: a ``pre_save_hook`` of jupyter_server.

    Anything that is not a notebook, or a damaged one, is left as it is: a hook must never keep a
    reader's work from being saved.

    Parameters
    ----------
    model : dict
        Contents model of Jupyter; the notebook in it is changed in place.
    **kwargs
        What else jupyter_server passes (path, contents manager); not used.
    """
    if isinstance(model, MutableMapping) and model.get("type") == "notebook":
        strip(model.get("content"))


def strip(notebook: object) -> None:
    """Remove all widget views and the stored state of widgets from a notebook.

    An output keeps its picture and text. One that held nothing but a view goes.

    Parameters
    ----------
    notebook : NotebookNode or dict
        Notebook in format 4, changed in place; parts of another shape are left alone.
    """
    if not isinstance(notebook, MutableMapping):
        return
    metadata = notebook.get("metadata")
    if isinstance(metadata, MutableMapping):
        metadata.pop("widgets", None)
    cells = notebook.get("cells")
    for cell in cells if isinstance(cells, list) else []:
        outputs = cell.get("outputs") if isinstance(cell, MutableMapping) else None
        if isinstance(outputs, list):
            outputs[:] = [output for output in outputs if _keeps_something(output)]


def _keeps_something(output: object) -> bool:
    """Take the view out of an output and say whether anything is left in it."""
    if not isinstance(output, MutableMapping):
        return True
    data = output.get("data")
    if not isinstance(data, MutableMapping) or _VIEW not in data:
        return True
    del data[_VIEW]
    metadata = output.get("metadata")
    if isinstance(metadata, MutableMapping):
        metadata.pop(_VIEW, None)
    return bool(data)
