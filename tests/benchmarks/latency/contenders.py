"""The notebook in which live figures and their peers stand, and how their controls are moved.

The peer is what one writes without nnlab: ``interact`` and a pyplot figure in the notebook, with
the same numbers and the same drawing, at the size and resolution that pyplot has by itself.
"""

from typing import NamedTuple

from nnlab.live import Demo, Slider, demos

FEWEST_IN_A_DRAG = 9
IMPORTS = """%matplotlib inline
import matplotlib.pyplot as plt
from ipywidgets import Dropdown, SelectionSlider, interact
from nnlab.live import Slider, Toggle, demos

def control_of(control):
    if isinstance(control, Toggle):
        return control.start
    options = [(control.text(value), value) for value in control.positions]
    kind = SelectionSlider if isinstance(control, Slider) else Dropdown
    return kind(options=options, value=control.start, description=control.label)

def peer(name):
    demo = demos()[name]

    def draw(**settings):
        figure = plt.figure(figsize=demo.size)
        artists = demo.build(figure)
        demo.update(artists, demo.compute(**settings))
        plt.show()

    interact(draw, **{control.name: control_of(control) for control in demo.controls})"""


class Contender(NamedTuple):
    """One way to show a demo."""

    name: str
    call: str  # source of its cell
    controls: str  # selector of what has the focus, one per control, in order
    track: str  # selector, inside a slider, of what its handle slides along; empty: all of it
    thumb: int  # pixels by which the handle's centre stays off the track's ends


NNLAB, PEER = "nnlab", "`interact`"


def contenders(name):
    """Return the two contenders for one demo."""
    return (
        Contender(
            NNLAB, f'demos()["{name}"].show()',
            ".nnlab-row :is(input[type=range], select, input[type=checkbox], "
            "input[type=radio]:checked)",
            "", 8,
        ),
        Contender(
            PEER, f'peer("{name}")',
            ".widget-interact .widget-inline-hbox "
            ":is(.noUi-handle, select, input[type=checkbox])",
            ".noUi-base", 0,
        ),
    )  # fmt: skip


def chosen(full):
    """Return the demos to measure by name: all, or the first and one that can be dragged.

    Not the playground: it moves by itself and has a benchmark of its own.
    """
    found = {name: demo for name, demo in demos().items() if type(demo) is Demo}
    first, *others = found
    draggable = next(name for name in others if any(map(can_be_dragged, found[name].controls)))
    return found if full else {name: found[name] for name in (first, draggable)}


def can_be_dragged(control):
    """Say whether a drag passes enough positions to count pictures."""
    return isinstance(control, Slider) and len(control.positions) >= FEWEST_IN_A_DRAG


def sources(names):
    """Return the cells of the notebook."""
    calls = [contender.call for name in names for contender in contenders(name)]
    return [IMPORTS, *calls]
