"""The runs that nnlab and PyTorch are both put through; nothing here imports either."""

from dataclasses import dataclass, field

import numpy as np

STEPS, EXAMPLES, BATCH = 60, 48, 16

ACTIVATIONS = (
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu",
)  # fmt: skip
OUTPUTS = {"mse": 2, "mae": 1, "bce": 1, "cce": 4}


@dataclass(frozen=True)
class Case:
    """One network, loss and optimizer, trained for STEPS mini-batches in float64."""

    activation: str
    loss: str
    optimizer: str
    settings: dict = field(default_factory=dict)
    output_activation: str = "identity"

    @property
    def name(self):
        parts = [self.activation, self.loss, self.optimizer]
        if self.output_activation != "identity":
            parts.insert(1, f"{self.output_activation}-output")
        return "_".join(parts + [f"{key}-{value}" for key, value in self.settings.items()])

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
        start = []
        for inputs, outputs in zip(self.widths[:-1], self.widths[1:], strict=True):
            start += [rng.standard_normal((inputs, outputs)), rng.standard_normal((1, outputs))]
        return x, y, batches, start


SGD = ("sgd", {"lr": 0.05})
ADAM = ("adam", {"lr": 0.01})
CASES = (
    [Case(activation, "bce", *ADAM) for activation in ACTIVATIONS]
    + [Case("tanh", "bce", *SGD)]
    + [
        Case("tanh", loss, *optimizer)
        for loss in ("mse", "mae", "cce")
        for optimizer in (SGD, ADAM)
    ]
    # a large eps and unusual betas show where eps stands and which beta decays what
    + [Case("tanh", "mse", "adam", {"lr": 0.02, "beta1": 0.7, "beta2": 0.95, "eps": 0.01})]
    # the wrong heads of lesson 1
    + [Case("tanh", "mse", *SGD, output_activation=head) for head in ("sigmoid", "relu", "softmax")]
)
