"""The contract of a live figure: one specification for the widget, for pictures and for tests."""

import importlib
import inspect
import itertools
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nnlab.live.controls import Control, Value, _check_distinct, _texts

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

__all__ = ["Demo", "collect", "demos"]

Result = TypeVar("Result")
Artists = TypeVar("Artists")

_NAME = re.compile(r"\d\d\.[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Demo(Generic[Result, Artists]):
    """A live figure: a pure function of its controls and a drawing of what it returned.

    Parameters
    ----------
    name : str
        Lesson number and a short name, such as ``"01.confidently_wrong"``; unique in the course.
    title : str
        Heading above the figure.
    compute : callable
        ``compute(**settings) -> result``: NumPy only, deterministic, no drawing, at most 50 ms at
        every setting. Its arguments are the names of the controls.
    build : callable
        ``build(figure) -> artists``: makes axes and artists once, on the figure it is given, never
        through pyplot. Only here does the course's style apply by itself: an artist made later, or
        ``set_title`` called later, would take the reader's own Matplotlib settings.
    update : callable
        ``update(artists, result) -> list of Artist``: puts the result into the artists and returns
        every artist it changed. Limits, tick labels and titles may change too, with
        ``axes.title.set_text(...)`` and the like; they cost a full redraw unless returned.
        The picture may depend on nothing but the result.
    describe : callable
        ``describe(result) -> str``: one sentence with what the figure shows now; it is the caption
        and the alternative text.
    controls : sequence of Control
        Sliders, choices and toggles, at least one.
    try_this : sequence of str
        A few settings to visit and what to notice there, at least one.
    size : tuple of float, optional
        Width and height of the figure in inches; it is shown at 100 CSS pixels per inch.
    kept : mapping of str to sequence, optional
        Values that a control keeps on a page without a kernel, by its name, if not all settings fit
        there; without it they are chosen evenly. The start is always among them.

    Raises
    ------
    TypeError
        If a part has the wrong type.
    ValueError
        If the name has another form, two controls have one name, or the names of the controls
        differ from the arguments of ``compute``.
    """

    name: str
    title: str
    compute: Callable[..., Result]
    build: Callable[["Figure"], Artists]
    update: Callable[[Artists, Result], "Sequence[Artist]"]
    describe: Callable[[Result], str]
    controls: Sequence[Control]
    try_this: Sequence[str]
    size: tuple[float, float] = (9.6, 4.2)
    kept: Mapping[str, Sequence[Value]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _NAME.fullmatch(self.name):
            raise ValueError(
                "name must be the lesson's two digits, a dot and a lower-case name, such as "
                f"'01.confidently_wrong'; got {self.name!r}"
            )
        who = f"demo {self.name!r}"
        if not isinstance(self.title, str) or not self.title.strip():
            raise ValueError(f"title of {who} must be a text; got {self.title!r}")
        for part in ("compute", "build", "update", "describe"):
            if not callable(getattr(self, part)):
                raise TypeError(f"{part} of {who} must be a function; got {getattr(self, part)!r}")
        object.__setattr__(self, "controls", tuple(self.controls))
        for control in self.controls:
            if not isinstance(control, Control):
                raise TypeError(
                    f"controls of {who} must be Slider, Choice or Toggle; got {control!r}"
                )
        if not self.controls:
            raise ValueError(f"{who} needs at least one control")
        _check_distinct([control.name for control in self.controls], f"the controls of {who}")
        self._check_arguments(who)
        object.__setattr__(self, "try_this", _texts(self.try_this, f"try_this of {who}"))
        if not self.try_this:
            raise ValueError(f"try_this of {who} needs at least one suggestion")
        width, height = self.size
        if not (1 <= width <= 20 and 1 <= height <= 20):
            raise ValueError(
                f"size of {who} must be width and height from 1 to 20 inches; got {self.size!r}"
            )
        self._check_kept(who)

    def _check_arguments(self, who: str) -> None:
        parameters = inspect.signature(self.compute).parameters
        keyword = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for parameter in parameters.values():
            if parameter.kind not in keyword:
                raise ValueError(
                    f"compute of {who} must take its settings as plain keyword arguments; "
                    f"got the parameter {str(parameter)!r}"
                )
        names = {control.name for control in self.controls}
        without_argument = sorted(names - parameters.keys())
        without_control = sorted(parameters.keys() - names)
        if without_argument or without_control:
            complaints = []
            if without_argument:
                complaints.append(f"no argument for the controls {without_argument}")
            if without_control:
                complaints.append(f"no control for the arguments {without_control}")
            raise ValueError(
                f"the controls of {who} and the arguments of its compute must have the same "
                f"names; there is {' and '.join(complaints)}"
            )

    def _check_kept(self, who: str) -> None:
        controls = {control.name: control for control in self.controls}
        for name, values in self.kept.items():
            if name not in controls:
                raise ValueError(f"kept of {who} names controls of {list(controls)}; got {name!r}")
            control = controls[name]
            for value in values:
                if value not in control.positions:
                    raise ValueError(
                        f"kept of {who} must hold values that {name!r} takes, "
                        f"{list(control.positions)}; got {value!r}"
                    )
            if control.start not in values:
                raise ValueError(
                    f"kept of {who} must hold the start of {name!r}, {control.start!r}; "
                    f"got {list(values)}"
                )

    def settings(self, **changes: Value) -> dict[str, Value]:
        """Return the settings at the start, with some of them changed.

        Parameters
        ----------
        **changes : bool, int, float or str
            New values by name of control.

        Returns
        -------
        dict
            One value per control, in the order of the controls; ``compute(**settings)`` takes it.

        Raises
        ------
        ValueError
            If there is no such control, or the control has no such value.
        """
        names = [control.name for control in self.controls]
        unknown = sorted(changes.keys() - set(names))
        if unknown:
            raise ValueError(f"demo {self.name!r} has the controls {names}; got {unknown}")
        for control in self.controls:
            if control.name in changes and changes[control.name] not in control.positions:
                raise ValueError(
                    f"control {control.name!r} of demo {self.name!r} takes "
                    f"{list(control.positions)}; got {changes[control.name]!r}"
                )
        start = {control.name: control.start for control in self.controls}
        return start | changes

    def all_settings(self) -> Iterator[dict[str, Value]]:
        """Go through every combination of the controls' values, the last control fastest.

        Yields
        ------
        dict
            Settings as ``compute`` takes them.
        """
        names = [control.name for control in self.controls]
        for values in itertools.product(*(control.positions for control in self.controls)):
            yield dict(zip(names, values, strict=True))

    def extreme_settings(self) -> Iterator[dict[str, Value]]:
        """Go through the start, then each control's ends (each option) with the others at start.

        Yields
        ------
        dict
            Settings as ``compute`` takes them, none of them twice.
        """
        start = self.settings()
        yield start
        for control in self.controls:
            for value in _ends(control):
                if value != control.start:
                    yield start | {control.name: value}

    def corner_settings(self) -> Iterator[dict[str, Value]]:
        """Go through every combination of the controls' ends (all options of a choice).

        Yields
        ------
        dict
            Settings as ``compute`` takes them.
        """
        names = [control.name for control in self.controls]
        for values in itertools.product(*map(_ends, self.controls)):
            yield dict(zip(names, values, strict=True))

    def in_words(self, settings: Mapping[str, Value]) -> str:
        """Name settings as the reader sees them.

        Parameters
        ----------
        settings : mapping of str to bool, int, float or str
            One value per control.

        Returns
        -------
        str
            Such as ``"Learning rate = 0.1, Noise = 0.2"``.
        """
        return ", ".join(
            f"{control.label} = {control.text(settings[control.name])}" for control in self.controls
        )

    def show(self) -> None:
        """Show the live figure as the output of a notebook cell.

        In a notebook the output carries three things: the widget, a picture for readers who have
        not run the cell, and the sentence that describes the start. Elsewhere the sentence is
        printed.
        """
        from nnlab.live.widget import show

        show(self)


def _ends(control: Control) -> Sequence[Value]:
    """Return the first and the last position; options have no order, so each of them is an end."""
    positions = control.positions
    return positions if isinstance(control.start, str) else (positions[0], positions[-1])


def demos() -> dict[str, Demo[Any, Any]]:
    """Find every live figure of the course: the demos in the modules ``nnlab.live.lesson_*``.

    Returns
    -------
    dict
        Demos by name, sorted.

    Raises
    ------
    ValueError
        If two demos have the same name.
    """
    import nnlab.live

    return collect(
        importlib.import_module(f"nnlab.live.{module.name}")
        for module in pkgutil.iter_modules(nnlab.live.__path__)
        if module.name.startswith("lesson_")
    )


def collect(modules: Iterable[ModuleType]) -> dict[str, Demo[Any, Any]]:
    """Gather the demos that stand in some modules.

    Parameters
    ----------
    modules : iterable of module
        Where to look.

    Returns
    -------
    dict
        Demos by name, sorted.

    Raises
    ------
    ValueError
        If two different demos have the same name.
    """
    found: dict[str, Demo[Any, Any]] = {}
    homes: dict[str, str] = {}
    for module in modules:
        for value in vars(module).values():
            if not isinstance(value, Demo):
                continue
            if found.get(value.name, value) is not value:
                raise ValueError(
                    f"two demos are named {value.name!r}, in {homes[value.name]} and "
                    f"{module.__name__}; rename one of them"
                )
            found[value.name] = value
            homes.setdefault(value.name, module.__name__)
    return dict(sorted(found.items()))
