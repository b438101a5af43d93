"""A network: layers in a row over one flat parameter vector (taught in lesson 1)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab._arrays import AnyArray, FloatArray
from nnlab._checks import numbers
from nnlab._random import Seed, generators
from nnlab.layers import Layer, Storage

_Named: TypeAlias = list[dict[str, FloatArray]]  # for every layer its arrays by name


class Parameter(NamedTuple):
    """One named array of a network with its gradient, both views of the flat vectors."""

    name: str
    value: FloatArray
    grad: FloatArray


class Snapshot(NamedTuple):
    """Copies of what makes a network what it is; see :meth:`Sequential.snapshot`.

    Attributes
    ----------
    theta, buffers : ndarray, (*R, P) and (*R, B)
        Parameters and running statistics.
    streams : list
        State of every replica's random stream.
    """

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
        All P parameters and their gradients. Assigning to ``theta`` copies into it; with replicas,
        one vector ``(P,)`` is copied to all of them.
    buffers : ndarray, (*R, B)
        Running statistics of batch normalization; no optimizer touches them.
    weight_mask : ndarray of bool, (P,)
        True where ``theta`` holds weights: what regularizers shrink. Biases and the parameters of
        batch normalization are left alone.
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
        self._shapes = [_shapes(starts[0]), _shapes(buffers)]
        self._bind()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the layers of a copy (of `copy.deepcopy` or `pickle`) views of its own vectors."""
        self.__dict__.update(state)
        for layer in self.layers:
            layer.release()
        self._bind()

    def _stacked(self, vectors: list[FloatArray]) -> FloatArray:
        stack = np.stack(vectors).astype(self.dtype)
        return stack if self.replicas else stack[0]

    def _bind(self) -> None:
        """Give every layer its views of the flat vectors."""
        values, running = self._views(self._theta, 0), self._views(self._buffers, 1)
        grads = self._views(self._grad, 0)
        self._parameters, decayed = [], [np.zeros(0, bool)]
        for i, layer in enumerate(self.layers):
            layer.bind(Storage(values[i], grads[i], running[i], self._rngs, self.replicas))
            for key, shape in self._shapes[0][i].items():
                self._parameters.append(Parameter(f"{i}.{key}", values[i][key], grads[i][key]))
                decayed.append(np.full(math.prod(shape), key in layer.weights))
        self.weight_mask = np.concatenate(decayed)

    def _views(self, vector: FloatArray, kind: int) -> _Named:
        """Cut a flat vector into views: of parameters (0) or of running statistics (1)."""
        views: _Named = []
        begin = 0
        for shapes in self._shapes[kind]:
            views.append({})
            for key, shape in shapes.items():
                end = begin + math.prod(shape)
                views[-1][key] = vector[..., begin:end].reshape(*self.replicas, *shape)
                begin = end
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
        """Go back to a :meth:`snapshot` of this network: what comes next comes as it did then.

        Raises
        ------
        ValueError
            If the snapshot is of a network with other layers or replicas.
        """
        expected = (self._theta.shape, self._buffers.shape, len(self._rngs))
        given = (snapshot.theta.shape, snapshot.buffers.shape, len(snapshot.streams))
        if given != expected:
            raise ValueError(
                f"snapshot: expected shapes {expected[:2]} and {expected[2]} stream(s), got "
                f"{given[:2]} and {given[2]}; it is of another network"
            )
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
            Whether dropout drops and batch normalization uses (and remembers) the statistics of
            this batch.

        Returns
        -------
        ndarray, (*R, N, outputs)

        Raises
        ------
        ValueError
            If `x` has the wrong number of axes, replicas or features.
        TypeError
            If `x` does not hold numbers.
        """
        x = self._checked(x)
        for layer in self.layers:
            x = layer.forward(x, training)
        self._outputs = x.shape
        return x

    def outputs(self, x: AnyArray, training: bool = False) -> list[FloatArray]:
        """Return what every layer gives, first to last; the last is what `forward` returns.

        Parameters
        ----------
        x, training
            As for :meth:`forward`.

        Returns
        -------
        list of ndarray, (*R, N, outputs)
        """
        outputs = [self._checked(x)]
        for layer in self.layers:
            outputs.append(layer.forward(outputs[-1], training))
        self._outputs = outputs[-1].shape
        return outputs[1:]

    def _checked(self, x: AnyArray) -> FloatArray:
        """Return examples in the network's dtype."""
        x = numbers("x", x)
        if x.ndim < 2 or (x.ndim > 2 and x.shape[:-2] != self.replicas):
            alternative = f" or {(*self.replicas, 'N', 'features')}" if self.replicas else ""
            raise ValueError(
                f"x: expected shape ('N', 'features'){alternative}, got {x.shape}".replace("'", "")
            )
        return x.astype(self.dtype, copy=False)

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
        if np.shape(dz) != self._outputs:
            raise ValueError(
                f"dz: expected the shape of the outputs, {self._outputs}, got {np.shape(dz)}"
            )
        dz, first = np.asarray(dz, dtype=self.dtype), self.layers[0]
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


def _shapes(arrays: _Named) -> list[dict[str, tuple[int, ...]]]:
    return [{key: array.shape for key, array in named.items()} for named in arrays]


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
