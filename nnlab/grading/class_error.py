"""What ``nnlab class`` answers when it cannot do what was asked."""

from __future__ import annotations


class ClassError(Exception):
    """The class folder cannot be used; the message is one sentence for the teacher."""
