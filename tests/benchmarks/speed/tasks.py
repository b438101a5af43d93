"""What is trained: networks and data, the same for all contenders."""

from functools import cache
from typing import NamedTuple

import numpy as np

from nnlab.datasets import digits, moons

LEARNING_RATE = 0.001


class Task(NamedTuple):
    """A network of ReLU layers; one output stands for two classes."""

    title: str
    widths: tuple[int, ...]
    batch: int
    dropout: float = 0.0
    batch_norm: bool = False

    @property
    def name(self):
        return f"{'-'.join(map(str, self.widths))}, batch {self.batch}{self.title}"


SMALL = Task("", (2, 16, 16, 1), 32)
DROPOUT = Task(", dropout", (2, 16, 16, 1), 32, dropout=0.2)
BATCH_NORM = Task(", batch norm", (2, 16, 16, 1), 32, batch_norm=True)
DIGITS = Task(" (digits)", (64, 128, 64, 10), 64)
WIDE = Task("", (784, 512, 512, 10), 128)

REPLICAS = 64
SLIDER_EPOCHS, SLIDER_STEPS = 100, 700  # 200 examples are 7 batches
GRID_STEPS = 480


@cache
def data(task):
    """Return x ``(N, features)`` in float32 and integer classes y ``(N,)``: whole batches."""
    if task.widths[0] == 2:
        examples = moons(1024, noise=0.3)
        x, y = examples.x, examples.y
    elif task.widths[0] == 64:
        x, y = digits().x[:1792] / 16, digits().y[:1792]
    else:
        rng = np.random.default_rng(0)
        x, y = rng.standard_normal((1024, task.widths[0])), rng.integers(task.widths[-1], size=1024)
    return x.astype(np.float32), y.copy()  # the sets' own arrays are read-only


@cache
def slider_data():
    """Return 200 training and 100 validation examples, and the points of a 100 × 100 grid."""
    x, y = (column[:300] for column in data(SMALL))
    axis = np.linspace(-2, 3, 100, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    return (x[:200], y[:200]), (x[200:], y[200:]), grid
