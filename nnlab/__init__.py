"""nnlab: a course on setting up and tuning neural networks, and the NumPy engine behind it.

After ``import nnlab`` the engine's modules are attributes, one topic each, loaded when first used:
``nnlab.layers.Dense``. They need NumPy only. Where to find which formula:

===================  ============================================================  ======
module               holds                                                         lesson
===================  ============================================================  ======
``activations``      sigmoid, tanh, ReLU and its variants, softmax; derivatives    1, 6
``losses``           squared, absolute error; cross-entropies on logits            1
``metrics``          accuracy, R², confusion matrix                                1, 10
``baselines``        majority class, mean, linear model                            0, 1
``datasets``         real data, and toy problems drawn from a seed                 all
``layers``           Dense, Activation, Dropout, BatchNorm                         1, 5, 9
``network``          Sequential: forward, backward, flat vectors, replicas         1
``splits``           training, validation, test part; mini-batches                 2, 7
``folds``            k-fold, stratified, grouped, forward chaining                 2
``scalers``          standardizer, min-max scaler                                  2
``training``         the loop: fit, History                                        3
``early_stopping``   when to stop, which weights to keep                           3
``bias_variance``    bias² + variance + noise = error                              3
``curves``           learning curve, validation curve                              3
``regularizers``     L1, L2, elastic net; proximal step                            4
``initializers``     Glorot, He, LeCun: one variance scaling                       6
``gradients``        finite differences, gradient check                            6
``clipping``         by value, by global norm                                      6
``diagnostics``      statistics of every layer, update-to-weight ratio             6
``optimizers``       SGD, momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW        7
``schedules``        step, exponential, inverse time, cosine, warm-up, one cycle   8
``range_test``       which learning rates are usable                               8, 9
``spaces``           log-uniform and other ranges; grid and random settings        8
``search``           many trials, on the replica axis or on an executor            8
``trials``           what a search found                                           8
``halving``          successive halving                                            8
===================  ============================================================  ======

The classroom is imported by name: :mod:`nnlab.live` (figures with sliders) and
:mod:`nnlab.exercises` (checks and hints).
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
