r"""Losses on logits: value, gradient and head side by side (taught in lesson 1).

A network ends in a linear layer whose outputs ``z`` of shape ``(*R, N, K)`` are called logits; the
loss knows the *head*, the activation that turns them into what they mean. So :math:`\log 0` never
occurs, and for the three natural pairs (identity + squared error, sigmoid + binary cross-entropy,
softmax + categorical cross-entropy) the gradient is the same line, :math:`(\hat y - y) / n`, up to
the factor 2 of the squared error.

Every loss is a mean over the ``N`` examples (and over the ``K`` outputs, where each has a target of
its own). Each offers

* ``value(z, y) -> (*R,)``: the loss, a float when there is no replica axis;
* ``grad(z, y) -> (*R, N, K)``: its gradient with respect to ``z``;
* ``head(z)``: predicted mean or probability;
* ``predict(z)`` and ``answers(y, z)``: what was predicted and what would have been right, both as
  numbers or integer classes, one per example where there is one target: a metric compares the two.

``z`` is a float array with at least one example and one output, else TypeError or ValueError. ``y``
must hold finite numbers, else TypeError or ValueError, and fit the shape of `z`: nothing is
broadcast but one set of targets for all replicas. Where `z` is infinite or NaN, so is the loss or
its gradient: training takes it as a sign of divergence.

A loss is written as two formulas beside each other, ``formula(z, y)`` and ``derivative(z, y)``.
They check nothing: training looks at all targets once, with ``targets(y, z)``, and then calls
``derivative`` for every batch. ``value`` and ``grad`` are the same two with the check in front.

To add one: write a subclass of :class:`Loss` with these two methods. Its head is linear and its
targets are numbers unless it says otherwise.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from nnlab._arrays import AnyArray, FloatArray
from nnlab._checks import floats, numbers
from nnlab._hyperparameters import Value, float_or_row
from nnlab.activations import log_softmax, sigmoid, softmax


class Loss(ABC):
    """What :func:`nnlab.training.fit` minimizes; as it stands here, with a linear head."""

    @abstractmethod
    def formula(self, z: FloatArray, y: FloatArray) -> Value:
        """Return the mean loss, ``(*R,)``, for `y` from :meth:`targets`; checks nothing."""

    @abstractmethod
    def derivative(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """Return the gradient with respect to `z`, for `y` from :meth:`targets`; checks nothing."""

    def value(self, z: FloatArray, y: AnyArray) -> Value:
        """Return the mean loss, a float or ``(*R,)`` in float64."""
        return self.formula(z, self.targets(y, z))

    def grad(self, z: FloatArray, y: AnyArray) -> FloatArray:
        """Return the gradient with respect to `z`, in the shape and dtype of `z`."""
        return self.derivative(z, self.targets(y, z))

    def head(self, z: FloatArray) -> FloatArray:
        """Return the predicted mean: `z` itself, as the head of regression is linear."""
        return z

    def predict(self, z: FloatArray) -> AnyArray:
        """Return the predicted numbers, ``(*R, N)`` for one output, else ``(*R, N, K)``."""
        return _column(z)

    def answers(self, y: AnyArray, z: FloatArray) -> AnyArray:
        """Return `y` in the form of ``predict(z)``; one set for all replicas stays one set."""
        return _column(self.targets(y, z))

    def targets(self, y: AnyArray, z: FloatArray) -> FloatArray:
        """Return `y` checked, and as the formulas want it: ``(N, K)`` or ``(R, N, K)`` numbers.

        For one output, `y` may be ``(N,)``. Targets from here come back as they are, and a part of
        them, such as a batch, may go into :meth:`formula` and :meth:`derivative` too.
        """
        return _numbers(y, z)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class MeanSquaredError(Loss):
    r""":math:`\frac1n\sum_i (y_i - \hat y_i)^2`: a mean over examples and outputs.

    There is no :math:`\frac12`. PyTorch and Keras agree; some textbooks put one in front, which
    halves the gradient.
    """

    def formula(self, z: FloatArray, y: FloatArray) -> Value:
        """Return the mean squared error."""
        return _mean((z - y) ** 2)

    def derivative(self, z: FloatArray, y: FloatArray) -> FloatArray:
        r"""Return :math:`2(\hat y - y) / n`."""
        return 2 * (z - y) / _count(z)


class MeanAbsoluteError(Loss):
    r""":math:`\frac1n\sum_i |y_i - \hat y_i|`: mean over examples and outputs."""

    def formula(self, z: FloatArray, y: FloatArray) -> Value:
        """Return the mean absolute error."""
        return _mean(np.abs(z - y))

    def derivative(self, z: FloatArray, y: FloatArray) -> FloatArray:
        r"""Return :math:`\operatorname{sign}(\hat y - y) / n`; 0 where they are equal."""
        return np.sign(z - y) / _count(z)


class BinaryCrossEntropy(Loss):
    r""":math:`-\frac1n\sum_i y_i \log p_i + (1 - y_i)\log(1 - p_i)` with :math:`p = \sigma(z)`.

    Calculated from the logit, with :math:`-\log p = \log(1 + e^{-z})` and
    :math:`-\log(1 - p) = \log(1 + e^z)`, so that it never takes the logarithm of a rounded 0. That
    is also :math:`\log(1 + e^z) - y z`, but as a difference of nearly equal numbers where
    :math:`y = 1` and `z` is large. Targets are 0 or 1, or probabilities between.
    """

    def formula(self, z: FloatArray, y: FloatArray) -> Value:
        """Return the mean binary cross-entropy in nats."""
        return _mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))

    def derivative(self, z: FloatArray, y: FloatArray) -> FloatArray:
        r"""Return :math:`(p - y) / n`: 0 where `p` is rounded to `y`."""
        return (sigmoid(z) - y) / _count(z)

    def head(self, z: FloatArray) -> FloatArray:
        r"""Return :math:`p = \sigma(z)`, the probability of class 1."""
        return sigmoid(z)

    def predict(self, z: FloatArray) -> AnyArray:
        """Return class 1 where ``p > 0.5``, that is where ``z > 0``."""
        return (_column(z) > 0).astype(np.intp)

    def answers(self, y: AnyArray, z: FloatArray) -> AnyArray:
        """Return class 1 where ``y > 0.5``, in the form of ``predict(z)``."""
        return (_column(self.targets(y, z)) > 0.5).astype(np.intp)

    def targets(self, y: AnyArray, z: FloatArray) -> FloatArray:
        """Return `y` as ``(N, K)`` or ``(R, N, K)`` numbers between 0 and 1."""
        y = _numbers(y, z)
        if not (y.min() >= 0 and y.max() <= 1):
            raise ValueError(
                "y: binary cross-entropy expects labels 0 and 1 (or probabilities between), "
                f"got values from {y.min():g} to {y.max():g}"
            )
        return y


class CategoricalCrossEntropy(Loss):
    r""":math:`-\frac1n\sum_o\sum_c y_{o,c} \log p_{o,c}` with :math:`p = \mathrm{softmax}(z)`.

    Targets are integer classes ``(N,)`` or ``(R, N)``, or rows of probabilities ``(N, C)`` or
    ``(R, N, C)``. Whole numbers of shape ``(N, C)`` are always taken as rows.
    """

    def formula(self, z: FloatArray, y: FloatArray) -> Value:
        """Return the mean categorical cross-entropy in nats; ln C for C equal logits."""
        return _mean(-(y * log_softmax(z)).sum(axis=-1, keepdims=True))

    def derivative(self, z: FloatArray, y: FloatArray) -> FloatArray:
        r"""Return :math:`(p - y) / n`."""
        return (softmax(z) - y) / z.shape[-2]

    def head(self, z: FloatArray) -> FloatArray:
        """Return the class probabilities, softmax of `z`."""
        return softmax(z)

    def predict(self, z: FloatArray) -> AnyArray:
        """Return the most probable class, ``(*R, N)``."""
        return np.argmax(_logits(z), axis=-1)

    def answers(self, y: AnyArray, z: FloatArray) -> AnyArray:
        """Return the class, or the most probable one of a row: ``(N,)`` or ``(R, N)``."""
        return np.argmax(self.targets(y, z), axis=-1)

    def targets(self, y: AnyArray, z: FloatArray) -> FloatArray:
        """Return `y` as rows of probabilities: integer classes become one-hot."""
        y, classes = numbers("y", y), _logits(z).shape[-1]
        if y.dtype.kind not in "iu" or y.shape in (z.shape, z.shape[-2:]):
            if y.ndim == 1:
                raise ValueError(f"y: expected integer classes, got {y.dtype}; use y.astype(int)")
            y = _numbers(y, z)
            if y.min() < 0 or not np.allclose(y.sum(axis=-1), 1, atol=1e-5):
                raise ValueError("y: expected rows of probabilities that sum to 1, got others")
            return y
        if y.shape not in (z.shape[-2:-1], z.shape[:-1]):
            raise ValueError(
                f"y: expected one integer class per example, shape {z.shape[-2:-1]}, "
                f"for logits of shape {z.shape}, got shape {y.shape}"
            )
        if not (y.min() >= 0 and y.max() < classes):
            raise ValueError(
                f"y: the network has {classes} outputs, so classes must be 0 to {classes - 1}, "
                f"got {y.min()} to {y.max()}"
            )
        return (y[..., None] == np.arange(classes)).astype(z.dtype)


def _mean(values: FloatArray) -> Value:
    """Return the mean over examples and outputs, ``(*R, N, K) -> (*R,)``, as float or float64."""
    mean = values.reshape(*values.shape[:-2], -1).mean(axis=-1)
    return float_or_row(mean.astype(np.float64))


def _count(z: FloatArray) -> int:
    """Return over how many numbers of one replica the mean runs."""
    return z.shape[-2] * z.shape[-1]


def _logits(z: FloatArray) -> FloatArray:
    """Return `z` after checking it."""
    floats("z", z)
    if z.ndim < 2 or 0 in z.shape:
        raise ValueError(
            "z: expected shape (N, outputs) or (R, N, outputs) with at least one example, "
            f"got {z.shape}"
        )
    return z


def _column(z: FloatArray) -> FloatArray:
    """Return one output as ``(*R, N)``, several as they are."""
    return z[..., 0] if _logits(z).shape[-1] == 1 else z


def _numbers(y: AnyArray, z: FloatArray) -> FloatArray:
    """Return `y` in the dtype of `z` with its output axis; refuse an accidental broadcast."""
    y, z = numbers("y", y), _logits(z)
    if z.shape[-1] == 1 and y.shape in (z.shape[:-1], z.shape[-2:-1]):
        y = y[..., None]
    if y.shape not in (z.shape, z.shape[-2:]):
        flat = f" or {z.shape[-2:-1]}" if z.shape[-1] == 1 else ""
        raise ValueError(
            f"y: expected shape {z.shape[-2:]}{flat} for outputs of shape {z.shape}, got {y.shape}"
        )
    with np.errstate(over="ignore"):  # what does not fit into a smaller float is infinite
        y = y.astype(z.dtype, copy=False)
    if not np.isfinite(y).all():
        raise ValueError(f"y: expected finite numbers, got NaN or infinity (in {z.dtype})")
    return y
