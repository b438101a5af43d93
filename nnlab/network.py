"""A network: layers in a row over one flat parameter vector (taught in lesson 1)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray, FloatArray
from nnlab._random import Seed, generators
from nnlab.layers import Layer


class Parameter(NamedTuple):
    """One named array of a network with its gradient, both views of the flat vectors."""

    name: str
    value: FloatArray
    grad: FloatArray


class Sequential:
    """Layers in a row, and optionally many independent copies of them trained at once.

    All parameters are views of one vector ``theta``, all gradients of one vector ``grad``, so an
    optimizer is the paper's formula written once: ``theta -= learning_rate * grad``.

    Parameters
    ----------
    *layers : Layer
        First to last. The last one should be linear: losses work on logits.
    seed : int, Generator, or a sequence of them
        One seed makes one network. A sequence of R seeds makes R replicas, stacked on a leading
        axis; replica k starts and trains bit for bit like the network made with ``seed[k]`` alone.
    dtype : dtype
        float32 for training, float64 for checking gradients.

    Attributes
    ----------
    theta, grad : ndarray, (*R, P)
        All P parameters and their gradients. Assigning to ``theta`` copies into it.
    layers : tuple of Layer
    replicas : tuple of int
        ``()`` for one network, ``(R,)`` for R replicas.

    Raises
    ------
    TypeError
        If one of the layers is not a layer, or `seed` not a seed.
    ValueError
        If there are no layers, neighbouring layers do not fit, a layer is used twice, `seed` is
        empty, or `dtype` is not a float type.

    Examples
    --------
    >>> from nnlab.activations import relu
    >>> from nnlab.layers import Activation, Dense
    >>> Sequential(Dense(2, 16), Activation(relu), Dense(16, 1), seed=0)
    Sequential(Dense(2, 16), Activation(relu), Dense(16, 1))  # 65 parameters
    """

    def __init__(
        self,
        *layers: Layer,
        seed: Seed | Sequence[Seed] = 0,
        dtype: npt.DTypeLike = np.float32,
    ) -> None:
        _check_neighbours(layers)
        self.layers = layers
        self.dtype = np.dtype(dtype)
        if self.dtype.kind != "f":
            raise ValueError(f"dtype: expected a float type such as float32, got {self.dtype}")
        rngs, solo = generators(seed)
        self.replicas: tuple[int, ...] = () if solo else (len(rngs),)

        starts = [_initial_values(layers, rng) for rng in rngs]
        theta = np.stack([_flatten(start) for start in starts]).astype(self.dtype)
        self._theta = theta[0] if solo else theta
        self._grad = np.zeros_like(self._theta)
        self._outputs: tuple[int, ...] | None = None  # shape of the last forward's result
        self._parameters = self._bind([_shapes(layer_start) for layer_start in starts[0]])

    def _bind(self, shapes: list[dict[str, tuple[int, ...]]]) -> list[Parameter]:
        """Give every layer its views of the flat vectors."""
        parameters, begin = [], 0
        for number, (layer, layer_shapes) in enumerate(zip(self.layers, shapes, strict=True)):
            values, grads = {}, {}
            for key, shape in layer_shapes.items():
                part = slice(begin, begin + int(np.prod(shape)))
                values[key] = self._theta[..., part].reshape(*self.replicas, *shape)
                grads[key] = self._grad[..., part].reshape(*self.replicas, *shape)
                parameters.append(Parameter(f"{number}.{key}", values[key], grads[key]))
                begin = part.stop
            layer.bind(values, grads)
        return parameters

    @property
    def theta(self) -> FloatArray:
        """All parameters, ``(*R, P)``."""
        return self._theta

    @theta.setter
    def theta(self, values: FloatArray) -> None:
        values = np.asarray(values)
        if values.shape not in (self._theta.shape, self._theta.shape[-1:]):
            raise ValueError(f"theta: expected shape {self._theta.shape}, got {values.shape}")
        self._theta[...] = values

    @property
    def grad(self) -> FloatArray:
        """All gradients, ``(*R, P)``, as the last `backward` left them."""
        return self._grad

    def parameters(self) -> Iterator[Parameter]:
        """Yield every parameter array as ``("0.W", value, grad)``, in the order of ``theta``."""
        return iter(self._parameters)

    def forward(self, x: AnyArray) -> FloatArray:
        """Return the outputs of the last layer (the logits).

        Parameters
        ----------
        x : ndarray, (N, features) or (R, N, features)
            Examples, shared by all replicas or one set for each.

        Returns
        -------
        ndarray, (*R, N, outputs)

        Raises
        ------
        ValueError
            If `x` has the wrong number of axes, replicas or features.
        """
        x = np.asarray(x, dtype=self.dtype)
        if x.ndim < 2 or (x.ndim > 2 and x.shape[:-2] != self.replicas):
            alternative = f" or {(*self.replicas, 'N', 'features')}" if self.replicas else ""
            raise ValueError(
                f"x: expected shape ('N', 'features'){alternative}, got {x.shape}".replace("'", "")
            )
        for layer in self.layers:
            x = layer.forward(x)
        self._outputs = x.shape
        return x

    def backward(self, dz: FloatArray) -> None:
        """Fill ``grad`` from the loss's gradient with respect to the last `forward`'s outputs.

        Parameters
        ----------
        dz : ndarray, (*R, N, outputs)
            ``loss.grad(z, y)``.

        Raises
        ------
        RuntimeError
            If there was no `forward` before.
        ValueError
            If `dz` has another shape than the outputs.
        """
        if self._outputs is None:
            raise RuntimeError("backward needs a forward pass before it: call net.forward(x) first")
        if dz.shape != self._outputs:
            raise ValueError(
                f"dz: expected the shape of the outputs, {self._outputs}, got {dz.shape}"
            )
        first = self.layers[0]
        for layer in reversed(self.layers):  # the data need no gradient: only the first gives None
            dz = layer.backward(dz, inputs=layer is not first)  # type: ignore[assignment]

    def __repr__(self) -> str:
        count = f"{self._theta.shape[-1]} parameters"
        copies = f", {self.replicas[0]} replicas" if self.replicas else ""
        return f"Sequential({', '.join(map(repr, self.layers))})  # {count}{copies}"


def _initial_values(
    layers: Sequence[Layer], rng: np.random.Generator
) -> list[dict[str, FloatArray]]:
    """Return one replica's starting values from the first stream spawned off its generator.

    Streams for other uses are spawned after it, so they never change the initial weights.
    """
    (init_rng,) = rng.spawn(1)
    return [layer.initial(init_rng) for layer in layers]


def _flatten(start: list[dict[str, FloatArray]]) -> FloatArray:
    arrays = [array.ravel() for layer_start in start for array in layer_start.values()]
    return np.concatenate(arrays) if arrays else np.zeros(0)


def _shapes(layer_start: dict[str, FloatArray]) -> dict[str, tuple[int, ...]]:
    return {key: array.shape for key, array in layer_start.items()}


def _check_neighbours(layers: Sequence[Layer]) -> None:
    """Refuse an empty network and layers whose numbers of features do not fit."""
    if not layers:
        raise ValueError("layers: expected at least one layer, got none")
    for layer in layers:
        if not hasattr(layer, "bind"):
            raise TypeError(
                f"layers: expected layers such as Dense(2, 16), Activation(relu), got {layer!r}"
            )
    if len({id(layer) for layer in layers}) < len(layers):
        raise ValueError("layers: expected a new layer at every place, got one of them twice")
    width: int | None = None
    for number, layer in enumerate(layers):
        inputs, outputs = getattr(layer, "inputs", None), getattr(layer, "outputs", None)
        if width is not None and inputs is not None and inputs != width:
            raise ValueError(
                f"layers: layer {number}, {layer!r}, expects {inputs} features, "
                f"but the layers before it give {width}"
            )
        width = outputs if outputs is not None else width
