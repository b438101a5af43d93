"""Measuring a network without changing it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nnlab.network import Sequential


@contextmanager
def preserved(net: Sequential) -> Iterator[None]:
    """Give a network back its parameters, gradients, buffers and random streams at the end.

    What its layers remember of the last forward pass is not among them.
    """
    snapshot, grad = net.snapshot(), net.grad.copy()
    try:
        yield
    finally:
        net.restore(snapshot)
        net.grad[...] = grad
