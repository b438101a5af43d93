"""Examples on their way into training: checked once, in an order of their own, batch by batch."""

from collections.abc import Iterator, Sequence

import numpy as np

from nnlab._arrays import AnyArray, FloatArray, IntArray
from nnlab._random import Seed, generators
from nnlab.losses import Loss
from nnlab.network import Sequential
from nnlab.splits import minibatches


def prepare(
    net: Sequential, loss: Loss, part: str, x: AnyArray, y: AnyArray
) -> tuple[FloatArray, FloatArray]:
    """Return examples in the network's dtype and targets in the loss's form, both checked."""
    x = np.asarray(x)
    if x.dtype.kind not in "biuf":
        raise TypeError(f"{part}x: expected numbers, got {x.dtype} values")
    with np.errstate(over="ignore"):  # a float64 may be too large for a float32
        x = x.astype(net.dtype, copy=False)
    if x.ndim < 2 or 0 in x.shape:
        raise ValueError(f"{part}x: expected shape (N, features) with examples, got {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"{part}x: expected finite numbers, got NaN or infinity")
    with np.errstate(over="ignore", invalid="ignore"):
        z = net.forward(x[..., :1, :])  # one example shows how many outputs there are
    z = np.broadcast_to(z, (*z.shape[:-2], x.shape[-2], z.shape[-1]))
    try:
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


def take(array: FloatArray, batch: IntArray) -> FloatArray:
    """Return the examples of a batch; ``(R, B)`` indices give every replica its own."""
    if array.ndim == 2:
        return array[batch]
    if batch.ndim == 1:
        return array[..., batch, :]
    return np.take_along_axis(array, batch[..., None], axis=-2)
