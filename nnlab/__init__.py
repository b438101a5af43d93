"""nnlab: a course on setting up and tuning neural networks, and the NumPy engine behind it.

After ``import nnlab`` the engine's modules are attributes, one topic each, loaded when first used:
``nnlab.layers.Dense``. They need NumPy only. The classroom is imported by name: :mod:`nnlab.live`
(figures with sliders) and :mod:`nnlab.exercises` (checks and hints).
"""

import importlib
from types import ModuleType

__version__ = "0.1.0"

__all__ = [
    "activations",
    "baselines",
    "bias_variance",
    "clipping",
    "curves",
    "datasets",
    "diagnostics",
    "early_stopping",
    "folds",
    "gradients",
    "halving",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "network",
    "optimizers",
    "range_test",
    "regularizers",
    "scalers",
    "schedules",
    "search",
    "spaces",
    "splits",
    "training",
    "trials",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"nnlab.{name}")
    raise AttributeError(f"module 'nnlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
