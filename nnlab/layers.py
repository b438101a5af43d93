r"""Layers: what goes forward and what comes back, next to each other (taught in lesson 1).

Shapes: features on the last axis, examples on the one before, the replica axis (if any) in front.
A layer owns no parameters. :class:`nnlab.network.Sequential` lays them all into one flat vector
and binds each layer's ``W``, ``b`` (and ``dW``, ``db``) to views of it.
"""

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from nnlab._arrays import FloatArray
from nnlab.activations import Function, backward, name
from nnlab.initializers import Initializer, glorot


class Layer(Protocol):
    """What :class:`nnlab.network.Sequential` needs of a layer."""

    def initial(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        """Return the starting values of one replica's parameters, by name."""

    def bind(self, values: Mapping[str, FloatArray], grads: Mapping[str, FloatArray]) -> None:
        """Take views of the network's parameter and gradient vectors as this layer's arrays."""

    def forward(self, x: FloatArray) -> FloatArray:
        """Return the layer's output and remember what `backward` needs."""

    def backward(self, dy: FloatArray, *, inputs: bool = True) -> FloatArray | None:
        """Store the parameters' gradients; return the gradient for the input unless not wanted."""


class Dense:
    """A fully connected layer, ``x @ W + b``.

    Parameters
    ----------
    inputs, outputs : int
        Number of features that come in and go out, both at least 1.
    init : callable
        Initializer of ``W``; Glorot unless told otherwise. Biases start at 0.
    bias : bool
        Whether there is a bias. In front of batch normalisation it has no effect.

    Attributes
    ----------
    W, dW : ndarray, (*R, inputs, outputs)
        Weights and their gradient, views of the network's flat vectors.
    b, db : ndarray, (*R, 1, outputs)
        Biases and their gradient.

    Raises
    ------
    ValueError
        If `inputs` or `outputs` is not a positive whole number.
    """

    def __init__(
        self, inputs: int, outputs: int, *, init: Initializer = glorot, bias: bool = True
    ) -> None:
        for argument, given in (("inputs", inputs), ("outputs", outputs)):
            if not isinstance(given, int | np.integer) or isinstance(given, bool) or given < 1:
                raise ValueError(
                    f"{argument}: expected a whole number of at least 1, got {given!r}"
                )
        self.inputs, self.outputs, self.init, self.bias = int(inputs), int(outputs), init, bias
        self._bound = False

    def initial(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        """Return ``W`` from the initializer and ``b`` zero."""
        values = {"W": self.init(rng, (self.inputs, self.outputs))}
        if self.bias:
            values["b"] = np.zeros((1, self.outputs))
        return values

    def bind(self, values: Mapping[str, FloatArray], grads: Mapping[str, FloatArray]) -> None:
        """Take views of the network's vectors; a layer belongs to one network."""
        if self._bound:
            raise ValueError(f"layers: {self!r} already belongs to a network; make a new layer")
        self._bound = True
        self.W, self.dW = values["W"], grads["W"]
        if self.bias:
            self.b, self.db = values["b"], grads["b"]

    def forward(self, x: FloatArray) -> FloatArray:
        """Return ``x @ W + b``, ``(*R, N, inputs) -> (*R, N, outputs)``."""
        if x.shape[-1] != self.inputs:
            raise ValueError(
                f"x: {self!r} expects {self.inputs} features on the last axis, got shape {x.shape}"
            )
        self.x = x
        z = x @ self.W  # (N, in) @ (in, out) = (N, out)
        if self.bias:
            z += self.b
        return z

    def backward(self, dy: FloatArray, *, inputs: bool = True) -> FloatArray | None:
        """Store ``dW = x.T @ dy`` and ``db = sum of dy``; return ``dx = dy @ W.T`` if wanted."""
        np.matmul(self.x.swapaxes(-1, -2), dy, out=self.dW)  # (in, N) @ (N, out)
        if self.bias:
            ones = np.ones((1, dy.shape[-2]), dy.dtype)
            np.matmul(ones, dy, out=self.db)  # a sum over examples; many times faster than sum()
        return dy @ self.W.swapaxes(-1, -2) if inputs else None  # (N, out) @ (out, in)

    def __repr__(self) -> str:
        return f"Dense({self.inputs}, {self.outputs}{'' if self.bias else ', bias=False'})"


class Activation:
    """An activation function as a layer, applied to every example.

    Parameters
    ----------
    function : callable
        From :mod:`nnlab.activations`, possibly specialised with :func:`functools.partial`.

    Raises
    ------
    ValueError
        If the function's derivative is not known.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self._backward = backward(function)
        self._bound = False

    def initial(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        """Return nothing: an activation has no parameters."""
        return {}

    def bind(self, values: Mapping[str, FloatArray], grads: Mapping[str, FloatArray]) -> None:
        """Bind nothing; but what it remembers of a forward pass belongs to one network."""
        if self._bound:
            raise ValueError(f"layers: {self!r} already belongs to a network; make a new layer")
        self._bound = True

    def forward(self, x: FloatArray) -> FloatArray:
        """Return ``f(x)``."""
        self.z, self.a = x, self.function(x)
        return self.a

    def backward(self, dy: FloatArray, *, inputs: bool = True) -> FloatArray | None:
        """Return ``dy * f'(x)``."""
        return self._backward(dy, self.z, self.a) if inputs else None

    def __repr__(self) -> str:
        return f"Activation({name(self.function)})"
