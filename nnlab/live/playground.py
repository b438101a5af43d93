"""The playground: a network that trains while one watches and turns its knobs.

A lesson makes one in its module, as it makes its live figures, and shows it in one line::

    spirals = Playground(name="04.spirals", data_set="spirals", noise=0.05, hide=("dropout",))
    lesson_04.spirals.show()
"""

import re
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

from nnlab._random import generator
from nnlab.live.controls import Choice, Control, Slider, Toggle, Value
from nnlab.live.demo import Demo
from nnlab.live.playground_figure import SIZE, Artists, build, describe, update
from nnlab.live.playground_settings import (
    ACTIVATIONS,
    DATA_SETS,
    EXAMPLES,
    INITIALIZATIONS,
    OPTIMIZERS,
    PENALTIES,
    SCHEDULES,
    Settings,
)
from nnlab.live.playground_training import Snapshot, Training

__all__ = ["Playground"]

_UPDATES = (0, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 600, 1000, 1500, 2000)
_PREVIEW = 300

_RECORDED = (
    "Move the slider from 0 to the end: first the loss falls, then the border takes its shape.",
    "This is a recording. In JupyterLab the network trains while you watch, and its data, layers, "
    "optimizer and learning rate can be changed meanwhile.",
)
_SUGGESTIONS = (
    "Press Play and change something while it trains: a dotted line in the losses marks the place.",
    "SGD with learning rate 0.0001: every update is far smaller than the green band, a healthy "
    "share of the weights, and hardly anything moves. Then 0.3.",
    "SGD with learning rate 0.1, six hidden layers of sigmoid units: updates shrink from the "
    "output to the first layer, and the loss stays at 0.69, that of a coin. Then take tanh.",
    "SGD with learning rate 10, three hidden layers of ReLU units: soon a whole layer is dead. No "
    "gradient passes it, and all before it stays as it is. With four linear layers the training "
    "diverges.",
)


class Playground(Demo[Snapshot, Artists]):
    """One network in training: play, pause, step, and change every setting while it runs.

    On a page without a kernel it is a live figure with one slider, the number of updates: a
    recording of the run at the start settings.

    Parameters
    ----------
    name : str, optional
        Lesson number and a short name, as of every `Demo`. One shown later under the same name
        closes the one before. Left out, it is made of the settings that are not the usual ones.
    title : str, optional
        Heading above the figure.
    try_this : sequence of str, optional
        What to try while it runs.
    hide : sequence of str, optional
        Settings without a control, by name; they stay as they are at the start.
    data_set : {"moons", "circles", "XOR", "spirals", "blobs"}
        Two classes in a plane; 200 examples for training, as many for validation.
    noise : float
        Standard deviation of the noise on both features.
    hidden_layers, units : int
        Number of hidden layers, and of the units in each.
    activation : {"tanh", "ReLU", "leaky ReLU", "ELU", "SELU", "GELU", "SiLU", "sigmoid", "linear"}
        Of all hidden units.
    initialization : str
        "Glorot", "He", "LeCun", "He × 0.001", "normal, std 0.01", "normal, std 2" or "zeros"; of
        all weights. Biases start at 0.
    batch_norm : bool
        Whether there is batch normalization in front of every activation. What is shown comes from
        the running averages.
    optimizer : {"SGD", "momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam"}
        With its usual constants.
    learning_rate : float
        Of the optimizer.
    schedule : {"constant", "step", "exponential", "inverse time", "cosine", "warm-up"}
        How the learning rate goes on. The second to fourth have halved it after 250 updates, the
        cosine ends after 1000 at a hundredth, the warm-up reaches it after 250.
    batch_size : int
        Examples per update.
    dropout : float
        Probability to drop a hidden unit.
    penalty_strength : float
        Strength of the penalty on the weights; 0 for none.
    penalty : {"L2", "L1"}
        Its kind.
    seed : int, optional
        Fixes data, initial weights, order of the examples and dropout.

    Attributes
    ----------
    start : Settings
        The start settings.
    seed : int
        As given.
    suggestions : tuple of str
        What to try while it runs.
    groups : tuple of (str, tuple of Control)
        The controls that are shown, in two groups with a heading each.

    Raises
    ------
    ValueError
        If a setting is not one of the values that its control has, or `hide` names no setting.
    TypeError
        If `seed` is no int or `hide` a single text.

    Examples
    --------
    >>> Playground(data_set="spirals", units=4).name
    '00.playground_data_set_spirals_units_4'
    """

    def __init__(
        self,
        *,
        name: str = "",
        title: str = "Playground: a network in training",
        try_this: Sequence[str] = _SUGGESTIONS,
        hide: Sequence[str] = (),
        data_set: str = "moons",
        noise: float = 0.2,
        hidden_layers: int = 2,
        units: int = 8,
        activation: str = "tanh",
        initialization: str = "Glorot",
        batch_norm: bool = False,
        optimizer: str = "Adam",
        learning_rate: float = 0.01,
        schedule: str = "constant",
        batch_size: int = 20,
        dropout: float = 0.0,
        penalty_strength: float = 0.0,
        penalty: str = "L2",
        seed: int = 0,
    ) -> None:
        start = Settings(
            data_set=data_set, noise=noise, hidden_layers=hidden_layers, units=units,
            activation=activation, initialization=initialization, batch_norm=batch_norm,
            optimizer=optimizer, learning_rate=learning_rate, schedule=schedule,
            batch_size=batch_size, dropout=dropout, penalty_strength=penalty_strength,
            penalty=penalty,
        )  # fmt: skip
        generator(seed)  # a check
        groups = _groups(start, hide)
        super().__init__(
            name=name or _name_of(start, seed),
            title=title,
            compute=partial(_replay, start, seed),
            build=build,
            update=update,
            describe=describe,
            controls=(Slider("updates", "Updates", values=_UPDATES, start=_PREVIEW),),
            try_this=_RECORDED,
            size=SIZE,
        )
        self._keep(start=start, seed=seed, groups=groups, suggestions=tuple(try_this))

    start: Settings
    seed: int
    groups: tuple[tuple[str, tuple[Control, ...]], ...]
    suggestions: tuple[str, ...]

    def _keep(self, **attributes: object) -> None:
        """Set attributes of a frozen dataclass."""
        for name, value in attributes.items():
            object.__setattr__(self, name, value)

    def show(self) -> None:
        """Show the playground as the output of a notebook cell, paused before the first update.

        As for every live figure, the output also carries a picture for readers who have not run
        the cell.
        """
        from nnlab.live.playground_widget import show

        show(self)


AT_ONCE = "Works at once"
NEW_NETWORK = "Starts a new network"


def _groups(start: Settings, hide: Sequence[str]) -> tuple[tuple[str, tuple[Control, ...]], ...]:
    if isinstance(hide, str):
        raise TypeError(f"hide: expected a list or tuple of names, got the text {hide!r}")
    groups = {
        AT_ONCE: (
            _choice("optimizer", "Optimizer", OPTIMIZERS, start),
            _slider(
                "learning_rate", "Learning rate",
                (1e-4, 3e-4, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0), start,
            ),
            _choice("schedule", "Schedule", SCHEDULES, start),
            _slider("batch_size", "Batch size", (1, 5, 10, 20, 50, 100, EXAMPLES), start),
            _slider("dropout", "Dropout", (0.0, 0.1, 0.2, 0.3, 0.5, 0.7), start),
            _slider(
                "penalty_strength",
                # Where its kind cannot be chosen, the label says it.
                f"{start.penalty} penalty" if "penalty" in hide else "Penalty",
                (0.0, 1e-4, 0.001, 0.003, 0.01, 0.03, 0.1), start,
            ),
            _choice("penalty", "of the kind", PENALTIES, start),
            _slider("noise", "Noise", (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6), start),
        ),
        NEW_NETWORK: (
            _choice("data_set", "Data", DATA_SETS, start),
            _slider("hidden_layers", "Hidden layers", range(7), start),
            _slider("units", "Units in each", (1, 2, 3, 4, 6, 8, 12, 16, 32), start),
            _choice("activation", "Activation", ACTIVATIONS, start),
            _choice("initialization", "Initialization", INITIALIZATIONS, start),
            Toggle("batch_norm", "Batch norm", start=start.batch_norm),
        ),
    }  # fmt: skip
    names = [control.name for controls in groups.values() for control in controls]
    for name in hide:
        if name not in names:
            raise ValueError(f"hide: expected names among {', '.join(names)}; got {name!r}")
    return tuple(
        (title, tuple(control for control in controls if control.name not in hide))
        for title, controls in groups.items()
    )


def _choice(name: str, label: str, options: Any, start: Settings) -> Choice:  # noqa: ANN401
    return Choice(name, label, options=tuple(options), start=_known(name, tuple(options), start))


def _slider(name: str, label: str, values: Sequence[float], start: Settings) -> Slider:
    return Slider(name, label, values=values, start=_known(name, values, start))


def _known(name: str, values: Sequence[Any], start: Settings) -> Any:  # noqa: ANN401
    given: Value = getattr(start, name)
    if given not in values:
        raise ValueError(f"{name}: expected one of {', '.join(map(repr, values))}; got {given!r}")
    return given


def _name_of(start: Settings, seed: int) -> str:
    usual = Settings()
    changes = {key: value for key, value in vars(start).items() if value != getattr(usual, key)} | (
        {"seed": seed} if seed else {}
    )
    words = "_".join(f"{key}_{value}" for key, value in changes.items())
    return f"00.playground_{re.sub('[^a-z0-9]+', '_', words.lower())}".rstrip("_")


def _replay(start: Settings, seed: int, *, updates: int) -> Snapshot:
    return _recording(start, seed)[updates]


@cache
def _recording(start: Settings, seed: int) -> dict[int, Snapshot]:
    """Train once and keep what there is to see at every position of the slider."""
    training = Training(start, seed)
    snapshots = {0: training.snapshot()}
    for updates in _UPDATES[1:]:
        snapshots[updates] = training.advance(updates - max(snapshots))
    return snapshots
