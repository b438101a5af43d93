"""Live figures: one specification drives the widget, pictures rendered beforehand and the tests.

A demo is a pure function of its controls and a drawing of what it returned; see ``Demo``. Importing
this package does not import ipywidgets or pyplot: a demo does the former when it is shown.
"""

from nnlab.live.controls import Choice, Control, Slider, Toggle, Value
from nnlab.live.demo import Demo, demos
from nnlab.live.drawing import show_figure
from nnlab.live.source import show_source
from nnlab.live.style import new_figure

__all__ = [
    "Choice",
    "Control",
    "Demo",
    "Slider",
    "Toggle",
    "Value",
    "demos",
    "new_figure",
    "show_figure",
    "show_source",
]
