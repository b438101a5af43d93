"""nnlab's plug-ins for nbgrader, by nbgrader's own configuration and without changing it.

``nnlab class init`` writes an ``nbgrader_config.py`` that names them. In ``Autograde``,
`TolerantExporter` reads any file, `RebuildSubmission` sanitizes it, `MarkSubmission` gives the
marks and `FlagForHand` says what is left to the teacher; in ``GenerateAssignment``, `ClearAnswers`
keeps a lesson's figures. All other steps are nbgrader's.
"""

from nnlab.grading.nbgrader_marking import FlagForHand, MarkSubmission
from nnlab.grading.nbgrader_reading import TolerantExporter
from nnlab.grading.nbgrader_rebuilding import RebuildSubmission
from nnlab.grading.nbgrader_release import ClearAnswers

__all__ = [
    "ClearAnswers",
    "FlagForHand",
    "MarkSubmission",
    "RebuildSubmission",
    "TolerantExporter",
]
