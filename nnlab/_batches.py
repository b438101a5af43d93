"""Examples on their way into training: checked once, in an order of their own, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnlab._arrays import AnyArray, FloatArray, IntArray
from nnlab._checks import finite
from nnlab._random import Seed, generators
from nnlab.losses import Loss
from nnlab.network import Sequential
from nnlab.splits import minibatches


def prepare(
    net: Sequential, loss: Loss, part: str, x: AnyArray, y: AnyArray
) -> tuple[FloatArray, FloatArray]:
    """Return examples in the network's dtype and targets in the loss's form, both checked."""
    try:
        x = np.asarray(x)
        with np.errstate(over="ignore", invalid="ignore"):  # a float64 may overflow in float32
            z = net.forward(x)
            x = x.astype(net.dtype, copy=False)
        if 0 in x.shape:
            raise ValueError(f"x: expected shape (N, features) with examples, got {x.shape}")
        finite("x", x)
        return x, loss.targets(y, z)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{part}{error}") from None


class Orders:
    """The order of the examples: one generator for all replicas, or one for each."""

    def __init__(self, seed: Seed | Sequence[Seed], replicas: tuple[int, ...]) -> None:
        self.rngs, self.shared = generators(seed)
        if not self.shared and (len(self.rngs),) != replicas:
            expected = f"{replicas[0]} seeds" if replicas else "one seed"
            raise ValueError(f"seed: expected {expected}, got a sequence of {len(self.rngs)}")

    def minibatches(self, n: int, batch_size: int | None) -> Iterator[IntArray]:
        """Return an iterator over one epoch's index arrays, ``(B,)`` or ``(R, B)``."""
        epochs = [minibatches(n, batch_size, rng) for rng in self.rngs]
        return iter(epochs[0]) if self.shared else map(np.stack, zip(*epochs, strict=True))


def check_batches(net: Sequential, n: int, batch_size: int | None) -> None:
    """Refuse a batch size that leaves a batch too small for one of the layers."""
    if not isinstance(batch_size, int | np.integer) or batch_size < 1:
        return  # all at once, or an error that `minibatches` knows best
    smallest = n % batch_size or min(n, batch_size)
    for layer in net.layers:
        if smallest < layer.least_batch:
            raise ValueError(
                f"batch_size: {layer!r} expects at least {layer.least_batch} examples in every "
                f"batch, but {n} examples in batches of {batch_size} leave one of {smallest}"
            )


def take(array: FloatArray, batch: IntArray) -> FloatArray:
    """Return the examples of a batch; ``(R, B)`` indices give every replica its own."""
    if array.ndim == 2:
        return array[batch]
    if batch.ndim == 1:
        return array[..., batch, :]
    return np.take_along_axis(array, batch[..., None], axis=-2)
