"""Drawing helpers shared by the lessons: the one place to import them from.

Each helper makes its artists once and has an ``update`` that puts in new numbers and returns every
artist it changed, so that the ``update`` of a demo is a sum of theirs::

    def update(artists, result):
        return [*artists.curve.update(result.x, result.y), *artists.bars.update(result.scores)]

A picture depends on nothing but the arguments of the last ``update``. Numbers that are not finite
leave a gap or are marked; arguments of the wrong shape are refused with a ValueError.
"""

from nnlab.live.axes import add_legend, label_axes
from nnlab.live.bars import Bars, StackedBars
from nnlab.live.contours import Contours, Path
from nnlab.live.diagrams import NetworkDiagram
from nnlab.live.distributions import Distributions, Histogram
from nnlab.live.lines import Curve, CurveBundle, LossCurves, MetricCurves, plot_sweep
from nnlab.live.matrices import Matrix
from nnlab.live.parallel import ParallelCoordinates
from nnlab.live.planes import ResponseSurface, Surface
from nnlab.live.points import Point, Points
from nnlab.live.still import show_figure

__all__ = [
    "Bars",
    "Contours",
    "Curve",
    "CurveBundle",
    "Distributions",
    "Histogram",
    "LossCurves",
    "Matrix",
    "MetricCurves",
    "NetworkDiagram",
    "ParallelCoordinates",
    "Path",
    "Point",
    "Points",
    "ResponseSurface",
    "StackedBars",
    "Surface",
    "add_legend",
    "label_axes",
    "plot_sweep",
    "show_figure",
]
