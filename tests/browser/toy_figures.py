"""Small live figures for the tests in the browser: a quick, a slow and a failing one."""

import time

from nnlab.live import Demo, Slider

POSITIONS = tuple(range(11))


def build(figure):
    axes = figure.subplots()
    # A formula: drawn with a font of another thread it would end the kernel.
    axes.set(xlim=(-1, 11), ylim=(-1, 11), title="$y = x^2$")
    return axes.plot([], [], "o", markersize=30)


def update(artists, place):
    artists[0].set_data([place], [place])
    return artists


def toy(name, compute):
    return Demo(
        name=f"99.{name}",
        title=f"A {name} figure",
        compute=compute,
        build=build,
        update=update,
        describe=lambda place: f"The point of the {name} figure is at {place} m.",
        controls=(Slider("place", "Place", values=POSITIONS, start=0, unit="m"),),
        try_this=("Move the point.",),
        size=(6.0, 3.0),
    )


def compute_slowly(*, place):
    """Take longer from 5 on."""
    if place >= 5:
        time.sleep(1.5)
    return place


def compute_or_fail(*, place):
    """Fail in the middle."""
    if place == 5:
        raise ZeroDivisionError("there is nothing at 5 m")
    return place


quick = toy("quick", lambda *, place: place)
other = toy("other", lambda *, place: place)
slow = toy("slow", compute_slowly)
failing = toy("failing", compute_or_fail)
