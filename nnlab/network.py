"""A network: layers in a row over one flat parameter vector (taught in lesson 1)."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray, FloatArray
from nnlab._random import Seed, generators
from nnlab.layers import Layer, Storage

_Named: TypeAlias = list[dict[str, FloatArray]]  # for every layer its arrays by name


class Parameter(NamedTuple):
    """One named array of a network with its gradient, both views of the flat vectors."""

    name: str
    value: FloatArray
    grad: FloatArray


class Snapshot(NamedTuple):
    """Copies of everything a training step changes; see :meth:`Sequential.snapshot`."""

    theta: FloatArray
    buffers: FloatArray
    streams: list[Any]


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
    buffers : ndarray, (*R, B)
        Running statistics of batch normalisation; no optimizer touches them.
    weight_mask : ndarray of bool, (P,)
        True where ``theta`` holds weights: what regularizers shrink. Biases and the parameters of
        batch normalisation are left alone.
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

        streams = [rng.spawn(2) for rng in rngs]  # weights and dropout do not disturb each other
        starts = [[layer.initial(init_rng) for layer in layers] for init_rng, _ in streams]
        buffers = [layer.initial_buffers() for layer in layers]
        self._theta = self._stacked([_flatten(start) for start in starts])
        self._grad = np.zeros_like(self._theta)
        self._buffers = self._stacked([_flatten(buffers)] * len(rngs))
        self._rngs = [dropout_rng for _, dropout_rng in streams]
        self._outputs: tuple[int, ...] | None = None  # shape of the last forward's result
        self._bind(starts[0], buffers)

    def _stacked(self, vectors: list[FloatArray]) -> FloatArray:
        stack = np.stack(vectors).astype(self.dtype)
        return stack if self.replicas else stack[0]

    def _bind(self, start: _Named, buffers: _Named) -> None:
        """Give every layer its views of the flat vectors."""
        values = self._views(self._theta, start)
        grads = self._views(self._grad, start)
        running = self._views(self._buffers, buffers)
        self._parameters, decayed = [], [np.zeros(0, bool)]
        for i, layer in enumerate(self.layers):
            layer.bind(Storage(values[i], grads[i], running[i], self._rngs, self.replicas))
            for key, array in start[i].items():
                self._parameters.append(Parameter(f"{i}.{key}", values[i][key], grads[i][key]))
                decayed.append(np.full(array.size, key in layer.weights))
        self.weight_mask = np.concatenate(decayed)

    def _views(self, vector: FloatArray, shapes: _Named) -> _Named:
        """Cut a flat vector into views in the shapes of one replica's arrays."""
        views: _Named = []
        begin = 0
        for arrays in shapes:
            views.append({})
            for key, array in arrays.items():
                part = vector[..., begin : begin + array.size]
                views[-1][key] = part.reshape(*self.replicas, *array.shape)
                begin += array.size
        return views

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

    @property
    def buffers(self) -> FloatArray:
        """All running statistics, ``(*R, B)``."""
        return self._buffers

    def parameters(self) -> Iterator[Parameter]:
        """Yield every parameter array as ``("0.W", value, grad)``, in the order of ``theta``."""
        return iter(self._parameters)

    def snapshot(self) -> Snapshot:
        """Return a copy of parameters, running statistics and the state of the random streams."""
        states = [rng.bit_generator.state for rng in self._rngs]
        return Snapshot(self._theta.copy(), self._buffers.copy(), states)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a :meth:`snapshot` of this network: what comes next comes as it did then."""
        self.theta = snapshot.theta
        self._buffers[...] = snapshot.buffers
        for rng, state in zip(self._rngs, snapshot.streams, strict=True):
            rng.bit_generator.state = state
        self._outputs = None  # a backward pass needs a new forward pass

    def forward(self, x: AnyArray, training: bool = False) -> FloatArray:
        """Return the outputs of the last layer (the logits).

        Parameters
        ----------
        x : ndarray, (N, features) or (R, N, features)
            Examples, shared by all replicas or one set for each.
        training : bool
            Whether dropout drops and batch normalisation uses (and remembers) the statistics of
            this batch.

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
            x = layer.forward(x, training)
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


def _flatten(arrays: _Named) -> FloatArray:
    """Return one replica's arrays, layer after layer, as one vector."""
    flat = [array.ravel() for named in arrays for array in named.values()]
    return np.concatenate([np.zeros(0), *flat])


def _check_neighbours(layers: Sequence[Layer]) -> None:
    """Refuse an empty network and layers whose numbers of features do not fit."""
    if not layers:
        raise ValueError("layers: expected at least one layer, got none")
    for layer in layers:
        if not isinstance(layer, Layer):
            raise TypeError(
                f"layers: expected layers such as Dense(2, 16), Activation(relu), got {layer!r}"
            )
    if len({id(layer) for layer in layers}) < len(layers):
        raise ValueError("layers: expected a new layer at every place, got one of them twice")
    width: int | None = None
    for number, layer in enumerate(layers):
        if None not in (width, layer.inputs) and layer.inputs != width:
            raise ValueError(
                f"layers: layer {number}, {layer!r}, expects {layer.inputs} features, "
                f"but the layers before it give {width}"
            )
        width = layer.outputs or width
