"""Lets live figures move while a cell runs, without a trace in the cell.

JupyterLab sends the questions of widgets to a thread of their own in the kernel, a subshell; so
they are answered in the middle of a running cell. Two habits of the kernel get in the way.
"""

import ipywidgets  # type: ignore[import-untyped]

__all__ = ["answer_where_asked", "stay_out_of_cells"]


def stay_out_of_cells(widget: ipywidgets.Widget) -> None:
    """Let questions not count as the end of a cell.

    After every message to a widget the kernel does what it does after a cell, such as showing and
    closing all of pyplot's figures, also those that a running cell is still drawing.

    Parameters
    ----------
    widget : Widget
        Asked by the browser; to be called once, after it was made. Its callbacks do not use pyplot.
    """
    if widget.comm is not None:
        widget.comm.handle_msg = widget._handle_msg


def answer_where_asked(widget: ipywidgets.Widget) -> None:
    """Let the browser choose the thread that answers its next question.

    ipykernel 7.4 hands a question to the thread that used the widget last. At first that is the
    main one, in which the figure was made; there a question waits for the running cell.

    Parameters
    ----------
    widget : Widget
        Asked by the browser; to be called after it was made and after every answer. Other versions
        of ipykernel remember nothing, so nothing happens.
    """
    if widget.comm is not None:
        vars(widget.comm).pop("_reply_subshell_id", None)
