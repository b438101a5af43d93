"""The runs that nnlab and PyTorch are both put through; nothing here imports either."""

from dataclasses import dataclass, field, replace

import numpy as np

STEPS, EXAMPLES, BATCH = 60, 48, 16

ACTIVATIONS = (
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu",
)  # fmt: skip
OUTPUTS = {"mse": 2, "mae": 1, "bce": 1, "cce": 4}


@dataclass(frozen=True)
class Case:
    """One network, loss and optimizer, trained for STEPS mini-batches in float64.

    `schedule` names how the learning rate changes, `l2` is the strength of the penalty on weights,
    `dropout` a rate behind every hidden activation, `batch_norm` in front of it (and no bias).
    """

    activation: str
    loss: str
    optimizer: str
    settings: dict = field(default_factory=dict)
    output_activation: str = "identity"
    schedule: str = ""
    l2: float = 0.0
    dropout: float = 0.0
    batch_norm: bool = False

    @property
    def name(self):
        parts = [self.activation, self.loss, self.optimizer]
        if self.output_activation != "identity":
            parts.insert(1, f"{self.output_activation}-output")
        parts += [f"{key}-{value}" for key, value in self.settings.items()]
        parts += [self.schedule] if self.schedule else []
        parts += [f"{key}-{getattr(self, key)}" for key in ("l2", "dropout") if getattr(self, key)]
        return "_".join(parts + ["batch-norm"] * self.batch_norm)

    @property
    def widths(self):
        return [3, 8, 6, OUTPUTS[self.loss]]

    def problem(self):
        """Return x, y, the batches (STEPS, BATCH) and the initial parameters, layer by layer."""
        rng = np.random.default_rng(2026)
        x = rng.standard_normal((EXAMPLES, self.widths[0]))
        if self.loss in ("mse", "mae"):
            y = rng.standard_normal((EXAMPLES, self.widths[-1]))
        else:
            y = rng.integers(0, max(2, self.widths[-1]), EXAMPLES)
        batches = np.stack([rng.permutation(EXAMPLES)[:BATCH] for _ in range(STEPS)])
        return x, y, batches, list(self._start(rng))

    def _start(self, rng):
        """Yield W and b of every layer; with batch norm W, gamma and beta of the hidden ones."""
        for inputs, outputs in zip(self.widths[:-1], self.widths[1:], strict=True):
            yield rng.standard_normal((inputs, outputs))
            if self.batch_norm and outputs != self.widths[-1]:
                yield 1 + 0.2 * rng.standard_normal((1, outputs))
            yield rng.standard_normal((1, outputs))

    def mask_rng(self):
        """Return the stream of the dropout masks: a unit stays where ``random() >= rate``."""
        return np.random.default_rng(5)


SGD = ("sgd", {"lr": 0.05})
ADAM = ("adam", {"lr": 0.01})
OPTIMIZERS = (
    SGD,
    ("momentum-torch", {"lr": 0.02, "momentum": 0.9}),
    ("momentum-slide", {"lr": 0.02, "momentum": 0.9}),
    ("momentum-average", {"lr": 0.1, "momentum": 0.8}),
    ("nesterov", {"lr": 0.02, "momentum": 0.9}),
    ("adagrad", {"lr": 0.05, "eps": 1e-3}),
    ("rmsprop", {"lr": 0.01, "alpha": 0.9, "eps": 1e-3}),
    ADAM,
    ("adamw", {"lr": 0.01, "weight_decay": 0.1}),
)
SCHEDULES = ("constant", "step", "exponential", "inverse-time", "cosine", "warm-up", "one-cycle")

CASES = (
    [Case(activation, "bce", *ADAM) for activation in ACTIVATIONS]
    + [
        Case("tanh", loss, *optimizer)
        for loss in ("mse", "mae", "cce")
        for optimizer in (SGD, ADAM)
    ]
    # a large eps and unusual betas show where eps stands and which beta decays what
    + [Case("tanh", "mse", "adam", {"lr": 0.02, "beta1": 0.7, "beta2": 0.95, "eps": 0.01})]
    # the wrong heads of lesson 1
    + [Case("tanh", "mse", *SGD, output_activation=head) for head in ("sigmoid", "relu", "softmax")]
    # every optimizer with everything that can be switched on
    + [
        replace(Case("tanh", "bce", *optimizer), **extra)
        for optimizer in OPTIMIZERS
        for extra in (
            {}, {"l2": 0.1}, {"dropout": 0.4}, {"batch_norm": True}, {"schedule": "cosine"},
            {"l2": 0.01, "dropout": 0.2, "batch_norm": True, "schedule": "one-cycle"},
        )
        if extra or optimizer is not ADAM
    ]
    + [
        Case("tanh", "bce", *SGD, schedule=schedule)
        for schedule in SCHEDULES
        if schedule != "cosine"
    ]
)  # fmt: skip
