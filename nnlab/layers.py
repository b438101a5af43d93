r"""Layers: what goes forward and what comes back, next to each other (lessons 1, 5 and 9).

Shapes: features on the last axis, examples on the one before, the replica axis (if any) in front.
A layer owns no arrays. :class:`nnlab.network.Sequential` lays all parameters into one flat vector,
all gradients into another and all running statistics into a third, and binds each layer's arrays
to views of them.

A forward pass is an evaluation unless ``training=True`` is said. The two differ for
:class:`Dropout` and :class:`BatchNorm` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from nnlab._arrays import FloatArray
from nnlab._checks import whole_number
from nnlab._hyperparameters import (
    Hyperparameter,
    hyperparameter,
    per_replica,
    positive,
    share,
    short,
)
from nnlab.activations import Function, backward, name
from nnlab.initializers import Initializer, glorot


class Storage(NamedTuple):
    """What a network gives a layer: views of its flat vectors, and its random streams.

    Attributes
    ----------
    values, grads : dict of str to ndarray
        Parameters and their gradients, under the names of :meth:`Layer.initial`.
    buffers : dict of str to ndarray
        Running statistics, under the names of :meth:`Layer.initial_buffers`.
    rngs : sequence of Generator
        One stream per replica, shared by all layers of the network.
    replicas : tuple of int
        ``()`` for one network, ``(R,)`` for R replicas.
    """

    values: Mapping[str, FloatArray]
    grads: Mapping[str, FloatArray]
    buffers: Mapping[str, FloatArray]
    rngs: Sequence[np.random.Generator]
    replicas: tuple[int, ...]


class Layer:
    """What all layers have in common: no parameters, unless they say otherwise.

    Attributes
    ----------
    weights : tuple of str
        Names of the parameters that regularizers shrink.
    least_batch : int
        How many examples a training pass needs.
    inputs, outputs : int or None
        Features that come in and go out; None if any number may.
    """

    weights: ClassVar[tuple[str, ...]] = ()
    least_batch: ClassVar[int] = 1
    _bound: ClassVar[tuple[str, ...]] = ()  # attributes that come from the network
    inputs: int | None = None
    outputs: int | None = None
    _storage: Storage | None = None

    def initial(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        """Return the starting values of one replica's parameters, by name."""
        return {}

    def initial_buffers(self) -> dict[str, FloatArray]:
        """Return the starting values of one replica's running statistics, by name."""
        return {}

    def bind(self, storage: Storage) -> None:
        """Take views of a network's vectors; a layer belongs to one network."""
        if self._storage is not None:
            raise ValueError(f"layers: {self!r} already belongs to a network; make a new layer")
        self._storage = storage

    def release(self) -> None:
        """Forget the network: a copy of this layer is bound to the copy of the network."""
        self._storage = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - called for what is missing alone
        if self._storage is None and name in self._bound:
            raise AttributeError(
                f"{self!r} belongs to no network and has no {name} yet: make one with "
                "Sequential(...)"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def forward(self, x: FloatArray, training: bool = False) -> FloatArray:
        """Return the layer's output and remember what `backward` needs."""
        raise NotImplementedError(f"{type(self).__name__}.forward")

    def backward(self, dy: FloatArray, *, inputs: bool = True) -> FloatArray | None:
        """Store the parameters' gradients; return the gradient for the input unless not wanted."""
        raise NotImplementedError(f"{type(self).__name__}.backward")

    def _check_features(self, x: FloatArray) -> None:
        if x.shape[-1] != self.inputs:
            raise ValueError(
                f"x: {self!r} expects {self.inputs} features on the last axis, got shape {x.shape}"
            )


class Dense(Layer):
    """A fully connected layer, ``x @ W + b`` (lesson 1).

    Parameters
    ----------
    inputs, outputs : int
        Number of features that come in and go out, both at least 1.
    init : callable
        Initializer of ``W``; Glorot unless told otherwise. Biases start at 0.
    bias : bool
        Whether there is a bias. In front of batch normalization it has no effect: leave it out.

    Attributes
    ----------
    W, dW : ndarray, (*R, inputs, outputs)
        Weights and their gradient, views of the network's flat vectors.
    b, db : ndarray, (*R, 1, outputs)
        Biases and their gradient.

    Raises
    ------
    ValueError
        If `inputs` or `outputs` is below 1, or the initializer makes an array of another shape.
    TypeError
        If `inputs` or `outputs` is no int or `init` no function.
    """

    weights = ("W",)
    _bound = ("W", "b", "dW", "db")

    def __init__(
        self, inputs: int, outputs: int, *, init: Initializer = glorot, bias: bool = True
    ) -> None:
        self.inputs, self.outputs = whole_number("inputs", inputs), whole_number("outputs", outputs)
        if not callable(init) or isinstance(init, type):
            raise TypeError(f"init: expected an initializer such as he, got {init!r}")
        self.init, self.bias = init, bias

    def initial(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        """Return ``W`` from the initializer and ``b`` zero."""
        assert self.inputs is not None
        assert self.outputs is not None
        shape = (self.inputs, self.outputs)
        values = {"W": self.init(rng, shape)}
        if np.shape(values["W"]) != shape:
            raise ValueError(
                f"init: expected an array of shape {shape}, got {np.shape(values['W'])}"
            )
        if self.bias:
            values["b"] = np.zeros((1, self.outputs))
        return values

    def bind(self, storage: Storage) -> None:
        """Take views of the network's vectors as ``W``, ``b``, ``dW`` and ``db``."""
        super().bind(storage)
        self.W, self.dW = storage.values["W"], storage.grads["W"]
        if self.bias:
            self.b, self.db = storage.values["b"], storage.grads["b"]

    def forward(self, x: FloatArray, training: bool = False) -> FloatArray:
        """Return ``x @ W + b``, ``(*R, N, inputs) -> (*R, N, outputs)``."""
        self._check_features(x)
        self.x = x
        z = x @ self.W  # (N, in) @ (in, out) = (N, out)
        if self.bias:
            z += self.b
        return z

    def backward(self, dy: FloatArray, *, inputs: bool = True) -> FloatArray | None:
        """Store ``dW = x.T @ dy`` and ``db = sum of dy``; return ``dx = dy @ W.T`` if wanted."""
        np.matmul(self.x.swapaxes(-1, -2), dy, out=self.dW)  # (in, N) @ (N, out)
        if self.bias:
            _sum_examples(dy, out=self.db)
        return dy @ self.W.swapaxes(-1, -2) if inputs else None  # (N, out) @ (out, in)

    def __repr__(self) -> str:
        return f"Dense({self.inputs}, {self.outputs}{'' if self.bias else ', bias=False'})"


class Activation(Layer):
    """An activation function as a layer, applied to every example (lesson 1).

    Parameters
    ----------
    function : callable
        From :mod:`nnlab.activations`, possibly specialised with :func:`functools.partial`.

    Attributes
    ----------
    z, a : ndarray, (*R, N, features)
        What came in and what went out in the last forward pass.

    Raises
    ------
    ValueError
        If the function's derivative is not known.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self._backward = backward(function)

    def forward(self, x: FloatArray, training: bool = False) -> FloatArray:
        """Return ``f(x)``."""
        self.z, self.a = x, self.function(x)
        return self.a

    def backward(self, dy: FloatArray, *, inputs: bool = True) -> FloatArray | None:
        """Return ``dy * f'(x)``."""
        return self._backward(dy, self.z, self.a) if inputs else None

    def __repr__(self) -> str:
        return f"Activation({name(self.function)})"


class Dropout(Layer):
    r"""Inverted dropout: :math:`x \cdot m / (1 - p)` in training, `x` otherwise (lesson 5).

    Every training pass draws a new mask :math:`m` from the network's own random stream, so a
    network with dropout starts from the same weights as one without. Rescaling takes place in
    training, not in evaluation (Srivastava et al., 2014, scale the weights in evaluation instead).

    Parameters
    ----------
    rate : float or array of length R
        :math:`p`, the probability to drop, at least 0 and below 1. Keras and PyTorch agree; the
        paper's :math:`p` is the probability to keep.
    kept : array_like of bool, (N, features), optional
        Which activations stay, instead of a draw: the same in every training pass. To follow one
        pass by hand; a mask that never changes trains only a part of the network.

    Attributes
    ----------
    mask : ndarray or None
        :math:`m / (1 - p)` of the last forward pass; None after an evaluation.

    Raises
    ------
    ValueError
        If `rate` is out of range, or is a row for other replicas than the network has.
    TypeError
        If `rate` is no number or `kept` does not hold booleans.
    """

    mask: FloatArray | None = None

    def __init__(self, rate: Hyperparameter, *, kept: npt.ArrayLike | None = None) -> None:
        self.rate = hyperparameter("rate", rate, below=1.0)
        self.kept = None if kept is None else np.array(kept)
        if self.kept is not None and self.kept.dtype != bool:
            raise TypeError(f"kept: expected True and False, got {self.kept.dtype} values")

    def bind(self, storage: Storage) -> None:
        """Take the network's random streams, one for each replica."""
        if not isinstance(self.rate, float) and storage.replicas != self.rate.shape:
            replicas = f"{storage.replicas[0]} replicas" if storage.replicas else "no replicas"
            raise ValueError(
                f"rate: got {self.rate.size} values for a network with {replicas}; one seed for "
                "each makes replicas, Sequential(..., seed=range(R))"
            )
        super().bind(storage)

    def forward(self, x: FloatArray, training: bool = False) -> FloatArray:
        """Return ``x * mask`` in training, else `x`."""
        self.mask = self._draw(x) if training else None
        return x if self.mask is None else x * self.mask

    def backward(self, dy: FloatArray, *, inputs: bool = True) -> FloatArray | None:
        """Return ``dy * mask``: what was dropped has no gradient."""
        if not inputs:
            return None
        return dy if self.mask is None else dy * self.mask

    def _draw(self, x: FloatArray) -> FloatArray:
        """Return a new mask, every replica's drawn from its own stream."""
        if self._storage is None:
            raise RuntimeError(
                f"{self!r} belongs to no network: masks are drawn from the random stream of one "
                "made with Sequential(..., seed=...)"
            )
        if self.kept is not None:
            if self.kept.shape != x.shape[-2:]:
                raise ValueError(
                    f"kept: expected the shape of the activations, {x.shape[-2:]}, "
                    f"got {self.kept.shape}"
                )
            kept = np.broadcast_to(self.kept, (*self._storage.replicas, *x.shape[-2:]))
        else:
            numbers = np.empty((*self._storage.replicas, *x.shape[-2:]), np.float32)
            planes = numbers.reshape(-1, *x.shape[-2:])
            for rng, plane in zip(self._storage.rngs, planes, strict=True):
                rng.random(out=plane, dtype=np.float32)
            kept = numbers >= per_replica(self.rate, numbers)
        mask: FloatArray = kept.astype(x.dtype)
        mask *= per_replica(1.0 / (1.0 - self.rate), mask)
        return mask

    def __repr__(self) -> str:
        return f"Dropout({short(self.rate)})"


class BatchNorm(Layer):
    r"""Batch normalization of every feature (Ioffe & Szegedy, 2015, algorithm 1; lesson 9).

    .. math::
        \mu_B = \frac1m \sum_i x_i \qquad
        \sigma_B^2 = \frac1m \sum_i (x_i - \mu_B)^2 \qquad
        \hat x_i = \frac{x_i - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} \qquad
        y_i = \gamma \hat x_i + \beta

    An evaluation uses running averages instead of the batch's :math:`\mu_B, \sigma_B^2`; after
    every training pass they become
    ``(1 - new_weight) * running + new_weight * that of the batch``.

    Parameters
    ----------
    features : int
        Number of features, at least 1.
    new_weight : float or array of length R
        Weight of the *new* batch in the running averages, between 0 and 1. PyTorch calls it
        ``momentum``; Keras's ``momentum`` is the weight of the old average, 1 minus this.
    eps : float or array of length R
        :math:`\epsilon > 0`; 1e-5 as in PyTorch (Keras: 1e-3).
    unbiased : bool
        Whether the running variance averages :math:`\frac{m}{m-1}\sigma_B^2` as in the paper and in
        PyTorch, or :math:`\sigma_B^2` itself as in Keras. The forward pass in training always
        divides by :math:`\sqrt{\sigma_B^2 + \epsilon}`, the biased one.

    Attributes
    ----------
    gamma, beta, dgamma, dbeta : ndarray, (*R, 1, features)
        Learned scale and shift, from 1 and 0 on, and their gradients.
    running_mean, running_var : ndarray, (*R, 1, features)
        From 0 and 1 on; views of the network's ``buffers``.

    Raises
    ------
    TypeError, ValueError
        If an argument is no number or out of range.
    """

    _bound = ("gamma", "beta", "dgamma", "dbeta", "running_mean", "running_var")
    least_batch = 2  # of a single example the variance is 0

    def __init__(
        self,
        features: int,
        *,
        new_weight: Hyperparameter = 0.1,
        eps: Hyperparameter = 1e-5,
        unbiased: bool = True,
    ) -> None:
        self.features = self.inputs = self.outputs = whole_number("features", features)
        self.new_weight = share("new_weight", new_weight)
        self.eps, self.unbiased = positive("eps", eps), unbiased

    def initial(self, rng: np.random.Generator) -> dict[str, FloatArray]:
        """Return ``gamma`` 1 and ``beta`` 0."""
        return {"gamma": np.ones((1, self.features)), "beta": np.zeros((1, self.features))}

    def initial_buffers(self) -> dict[str, FloatArray]:
        """Return ``running_mean`` 0 and ``running_var`` 1."""
        shape = (1, self.features)
        return {"running_mean": np.zeros(shape), "running_var": np.ones(shape)}

    def bind(self, storage: Storage) -> None:
        """Take views of the network's vectors."""
        super().bind(storage)
        self.gamma, self.beta = storage.values["gamma"], storage.values["beta"]
        self.dgamma, self.dbeta = storage.grads["gamma"], storage.grads["beta"]
        self.running_mean = storage.buffers["running_mean"]
        self.running_var = storage.buffers["running_var"]

    def forward(self, x: FloatArray, training: bool = False) -> FloatArray:
        """Return ``gamma * x_hat + beta``; in training, also move the running averages."""
        self._check_features(x)
        self.training = training
        mean = _mean_examples(x) if training else self.running_mean
        centred = x - mean
        var = _mean_examples(centred * centred) if training else self.running_var
        if training:
            self._average(mean, var, x.shape[-2])
        self.scale = 1.0 / np.sqrt(var + per_replica(self.eps, self.running_var))
        self.x_hat = centred * self.scale
        return self.gamma * self.x_hat + self.beta

    def backward(self, dy: FloatArray, *, inputs: bool = True) -> FloatArray | None:
        r"""Store ``dgamma`` and ``dbeta``; return ``dx`` if wanted.

        In training mean and variance depend on `x`, too, which gives
        :math:`dx = \gamma / \sqrt{\sigma_B^2 + \epsilon} \cdot (dy - \overline{dy} -
        \hat x \, \overline{dy \, \hat x})`; the bars are means over the batch.
        """
        _sum_examples(dy * self.x_hat, out=self.dgamma)
        _sum_examples(dy, out=self.dbeta)
        if not inputs:
            return None
        if self.training:
            m = dy.shape[-2]
            dy = dy - self.dbeta / m - self.x_hat * (self.dgamma / m)
        return self.gamma * self.scale * dy

    def _average(self, mean: FloatArray, var: FloatArray, m: int) -> None:
        """Move the running averages towards the statistics of a batch of `m` examples."""
        if m < 2:
            raise ValueError(
                "x: batch normalization needs at least 2 examples in a training batch, got 1; "
                "choose a batch_size that leaves no single example over"
            )
        if self.unbiased:
            var = var * (m / (m - 1))
        weight = per_replica(self.new_weight, self.running_mean)
        self.running_mean += weight * (mean - self.running_mean)
        self.running_var += weight * (var - self.running_var)

    def __repr__(self) -> str:
        return f"BatchNorm({self.features})"


def _sum_examples(x: FloatArray, out: FloatArray) -> None:
    """Sum over examples, ``(*R, N, F) -> (*R, 1, F)``; as a product much faster than sum()."""
    np.matmul(_row(x.shape[-2], 1.0, x.dtype), x, out=out)


def _mean_examples(x: FloatArray) -> FloatArray:
    """Return the mean over examples, ``(*R, N, F) -> (*R, 1, F)``."""
    n = x.shape[-2]
    return _row(n, 1.0 / n, x.dtype) @ x


@lru_cache(maxsize=64)
def _row(n: int, value: float, dtype: np.dtype[Any]) -> FloatArray:
    """Return `value` n times, ``(1, n)``; the same few rows are wanted again and again."""
    row = np.full((1, n), value, dtype)
    row.setflags(write=False)
    return row
