"""The one exception of the command ``nnlab grade``."""


class GradeError(Exception):
    """The command cannot do what was asked; the message is a sentence for the teacher."""
