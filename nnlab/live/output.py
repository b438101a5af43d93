"""Puts an output into a notebook cell; outside a notebook, prints its text."""

from collections.abc import Mapping
from typing import Any, cast

__all__ = ["publish"]


def publish(data: Mapping[str, object], metadata: Mapping[str, object] | None = None) -> None:
    """Show one output in several forms.

    Parameters
    ----------
    data : mapping of str to object
        Forms by MIME type; ``"text/plain"`` must be among them.
    metadata : mapping of str to object, optional
        Remarks by MIME type, such as the alternative text of a picture.
    """
    # Here and not above: IPython is slow to import and only notebooks need it.
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(data["text/plain"])
    else:
        cast(Any, display)(dict(data), metadata=dict(metadata or {}), raw=True)
