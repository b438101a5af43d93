"""What can be set in the playground: every choice under the name that readers see."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from nnlab import datasets
from nnlab.activations import (
    Function,
    elu,
    gelu,
    identity,
    leaky_relu,
    relu,
    selu,
    sigmoid,
    silu,
    tanh,
)
from nnlab.datasets import Dataset
from nnlab.initializers import Initializer, glorot, he, lecun, normal, zeros
from nnlab.optimizers import SGD, AdaGrad, Adam, Momentum, Nesterov, Optimizer, RMSProp
from nnlab.regularizers import L1, L2, Proximal, Regularizer
from nnlab.schedules import (
    Schedule,
    constant,
    cosine,
    exponential_decay,
    inverse_time,
    step_decay,
    warm_up,
)

__all__ = [
    "ACTIVATIONS",
    "DATA_SETS",
    "EXAMPLES",
    "INITIALIZATIONS",
    "OPTIMIZERS",
    "PENALTIES",
    "SCHEDULES",
    "Settings",
]

EXAMPLES = 200
"""Training examples; there are as many for validation."""

DATA_SETS: Mapping[str, Callable[..., Dataset]] = MappingProxyType(
    {
        "moons": datasets.moons,
        "circles": datasets.circles,
        "XOR": datasets.xor,
        "spirals": datasets.spirals,
        "blobs": lambda n, noise, seed: datasets.blobs(n, classes=2, spread=noise, seed=seed),
    }
)

ACTIVATIONS: Mapping[str, Function] = MappingProxyType(
    {
        "tanh": tanh,
        "ReLU": relu,
        "leaky ReLU": leaky_relu,
        "ELU": elu,
        "SELU": selu,
        "GELU": gelu,
        "SiLU": silu,
        "sigmoid": sigmoid,
        "linear": identity,
    }
)

OPTIMIZERS: Mapping[str, Callable[[float], Optimizer]] = MappingProxyType(
    {
        "SGD": SGD,
        "momentum": Momentum,
        "Nesterov": Nesterov,
        "AdaGrad": AdaGrad,
        "RMSProp": RMSProp,
        "Adam": Adam,
    }
)

_PACE = 250

# Nobody knows beforehand how long somebody will watch, so no schedule ends at 0.
SCHEDULES: Mapping[str, Callable[[float], Schedule]] = MappingProxyType(
    {
        "constant": constant,
        "step": partial(step_decay, factor=0.5, every=_PACE),
        "exponential": partial(exponential_decay, decay=math.log(2) / _PACE),
        "inverse time": partial(inverse_time, decay=1 / _PACE),
        "cosine": lambda rate: cosine(rate, updates=4 * _PACE, final=rate / 100),
        "warm-up": partial(warm_up, updates=_PACE),
    }
)
"""Step, exponential and inverse time have halved the rate after 250 updates, and go on.

The cosine falls to a hundredth in 1000 updates; the warm-up rises for 250. Both stay there.
"""

INITIALIZATIONS: Mapping[str, Initializer] = MappingProxyType(
    {
        "Glorot": glorot,
        "He": he,
        "LeCun": lecun,
        "He × 0.001": partial(he, scale=0.001),
        "normal, std 0.01": partial(normal, std=0.01),
        "normal, std 2": partial(normal, std=2.0),
        "zeros": zeros,
    }
)

PENALTIES: Mapping[str, Callable[[float], Regularizer]] = MappingProxyType(
    # With proximal steps weights become exactly 0, as they should with L1.
    {"L2": L2, "L1": lambda strength: Proximal(L1(strength))}
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that can be set while the network trains.

    Attributes
    ----------
    data_set : str
        A name in ``DATA_SETS``.
    noise : float
        Standard deviation of the noise on both features, with shapes of radius 1.
    hidden_layers, units : int
        Number of hidden layers and of the units in each.
    activation, initialization : str
        Names in ``ACTIVATIONS`` and ``INITIALIZATIONS``.
    batch_norm : bool
        Whether every hidden layer normalizes what goes into its activation. It then has no bias.
    optimizer : str
        A name in ``OPTIMIZERS``.
    learning_rate : float
        At least 0; where a schedule starts, and what all its rates are multiples of.
    schedule : str
        A name in ``SCHEDULES``; it begins when it is chosen, and with every new network.
    batch_size : int
        Examples per update, from 1 to ``EXAMPLES``. Batch normalization makes 2 of 1.
    dropout : float
        Probability to drop a hidden unit, at least 0 and below 1.
    penalty_strength : float
        Strength of the penalty on the weights, at least 0.
    penalty : str
        A name in ``PENALTIES``.
    """

    data_set: str = "moons"
    noise: float = 0.2
    hidden_layers: int = 2
    units: int = 8
    activation: str = "tanh"
    initialization: str = "Glorot"
    batch_norm: bool = False
    optimizer: str = "Adam"
    learning_rate: float = 0.01
    schedule: str = "constant"
    batch_size: int = 20
    dropout: float = 0.0
    penalty_strength: float = 0.0
    penalty: str = "L2"

    def same_network(self, other: "Settings") -> bool:
        """Say whether a network made for the one can go on under the other.

        Parameters
        ----------
        other : Settings
            What to compare with.

        Returns
        -------
        bool
        """
        return all(getattr(self, name) == getattr(other, name) for name in _OF_THE_NETWORK)


_OF_THE_NETWORK = (
    "data_set", "hidden_layers", "units", "activation", "initialization", "batch_norm",
)  # fmt: skip
