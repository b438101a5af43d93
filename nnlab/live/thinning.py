"""Chooses which values the controls keep where not every setting of a figure can be stored.

The grids it chooses from are the same at every limit, each smaller than the one before it. So a
larger limit never gives fewer settings, and what was drawn for one grid mostly serves the next.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from nnlab.live.controls import Control, Slider, Value

__all__ = ["thin"]

_NOTHING_STATED: Mapping[str, Sequence[Value]] = MappingProxyType({})


def thin(
    controls: Sequence[Control],
    limit: int,
    kept: Mapping[str, Sequence[Value]] = _NOTHING_STATED,
) -> dict[str, tuple[Value, ...]]:
    """Choose values for every control, so that at most so many settings can be made of them.

    If all settings are too many, controls named in `kept` go down to those values first. Then the
    sliders give up values evenly, the one with the most positions first, those in `kept` last; each
    keeps its minimum, its start and its maximum. Choices and toggles stay whole. If that is still
    too much, the last control stays at its start, then the last but one, and so on.

    Parameters
    ----------
    controls : sequence of Control
        The controls of a demo.
    limit : int
        How many settings there may be, at least 1.
    kept : mapping of str to sequence of bool, int, float or str, optional
        Which values of a control matter most, by its name; the start must be among them.

    Returns
    -------
    dict
        The values of every control, by name, in the order of its positions.

    Raises
    ------
    ValueError
        If the limit is below 1.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, the settings at the start; got {limit}")
    grid = next(
        grid
        for grid in _all_grids(controls, kept)
        if math.prod(len(places) for places in grid) <= limit
    )
    return {
        control.name: tuple(control.positions[place] for place in places)
        for control, places in zip(controls, grid, strict=True)
    }


def _all_grids(
    controls: Sequence[Control], kept: Mapping[str, Sequence[Value]]
) -> Iterator[list[list[int]]]:
    """Go through grids from all settings to the start alone; a grid is a list of places each."""
    for free in range(len(controls), -1, -1):
        fixed = [[control.positions.index(control.start)] for control in controls[free:]]
        for grid in _thinner_and_thinner(controls[:free], kept):
            yield grid + fixed


def _thinner_and_thinner(
    controls: Sequence[Control], kept: Mapping[str, Sequence[Value]]
) -> Iterator[list[list[int]]]:
    """Go through grids of free controls, each inside the one before."""
    grid = [list(range(len(control.positions))) for control in controls]
    yield grid
    stated = [control.name in kept for control in controls]
    for number, control in enumerate(controls):
        if stated[number]:
            grid[number] = _stated_places(control, kept[control.name])
    yield grid
    for whose_turn in (False, True):  # those of which nothing is stated go first
        sliders = [
            number
            for number, control in enumerate(controls)
            if isinstance(control, Slider) and stated[number] is whose_turn
        ]
        while longest := max(
            ((len(grid[number]), number) for number in sliders if _spare(controls, grid, number)),
            default=None,
        ):
            number = longest[1]
            grid[number].remove(_least_missed(controls[number], grid[number]))
            yield grid


def _stated_places(control: Control, values: Sequence[Value]) -> list[int]:
    places = {control.positions.index(value) for value in values}
    if isinstance(control, Slider):
        places |= {0, len(control.positions) - 1}
    return sorted(places)


def _spare(controls: Sequence[Control], grid: list[list[int]], number: int) -> list[int]:
    """List the places that a slider could give up: all but minimum, start and maximum."""
    control = controls[number]
    start = control.positions.index(control.start)
    return [place for place in grid[number][1:-1] if place != start]


def _least_missed(slider: Control, places: list[int]) -> int:
    """Return the place whose loss leaves the places most even."""
    start = slider.positions.index(slider.start)
    gone = set(range(len(slider.positions))) - set(places)

    def cost(number: int) -> tuple[int, int, int, int]:
        place = places[number]
        distance = abs(place - start)
        return (
            places[number + 1] - places[number - 1],  # the gap it leaves
            # Every other place as seen from the start goes first, so that what remains are its
            # multiples: often the rounder numbers.
            distance & -distance,
            # Not one gap beside the other: the gaps spread over the slider.
            -min((abs(place - other) for other in gone), default=0),
            place,
        )

    inner = [number for number in range(1, len(places) - 1) if places[number] != start]
    return places[min(inner, key=cost)]
