r"""Activation functions, each with its derivative beside it (taught in lessons 1 and 6).

Every function maps a float array of pre-activations ``z`` to an array ``a`` of the same shape and
dtype. Whole numbers (int32, int64) count as float64; what is not a number raises TypeError. Finite
``z`` of ordinary size, up to 1e12 in float32, give finite ``a`` without a warning; NaN stays NaN.
The functions check nothing: they run many times a second and are to read like their formulas.
Every derivative is written as ``derivative(z, a)`` with :math:`a = f(z)` already known, since the
backward pass has both at hand and many formulas, such as :math:`\sigma(1 - \sigma)`, want ``a``.

To add one: write the function, write its derivative below it under ``@derivative_of(function)``. A
function with a parameter is specialised with :func:`functools.partial`, for example
``Activation(partial(leaky_relu, slope=0.2))``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np

from nnlab._arrays import AnyArray, FloatArray

Function: TypeAlias = Callable[..., FloatArray]
Derivative: TypeAlias = Callable[..., AnyArray]
Backward: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]

_DERIVATIVES: dict[Function, Derivative] = {}


def derivative_of(function: Function) -> Callable[[Derivative], Derivative]:
    """Register the decorated ``derivative(z, a)`` as the elementwise derivative of `function`."""

    def register(derivative: Derivative) -> Derivative:
        _DERIVATIVES[function] = derivative
        return derivative

    return register


def derivative(function: Function) -> Derivative:
    """Return the elementwise derivative of an activation function.

    Parameters
    ----------
    function : callable
        One of this module's functions, or a :func:`functools.partial` of one.

    Returns
    -------
    callable
        ``derivative(z, a)`` with ``a = function(z)``; the result multiplies the incoming gradient.

    Raises
    ------
    TypeError
        If `function` cannot be called.
    ValueError
        If no derivative is registered for `function`, or a partial has positional arguments.
    """
    if not callable(function):
        raise TypeError(f"function: expected an activation function such as relu, got {function!r}")
    if isinstance(function, partial):
        if function.args:
            raise ValueError(
                "function: the first argument of an activation is z, so name what you set, as in "
                f"partial(leaky_relu, slope=0.2); got positional {function.args}"
            )
        return partial(derivative(function.func), **function.keywords)
    if function not in _DERIVATIVES:
        raise ValueError(
            f"function: no derivative is known for {name(function)}; "
            f"write one as derivative(z, a) and register it with @derivative_of({name(function)})"
        )
    return _DERIVATIVES[function]


def backward(function: Function) -> Backward:
    """Return ``backward(da, z, a) -> dz``, the gradient passed through an activation.

    Elementwise functions multiply by their derivative. Each output of :func:`softmax` depends on
    all inputs of its row, so its backward pass is :func:`softmax_backward`.
    """
    if function is softmax:
        return softmax_backward
    return partial(_times, derivative(function))


def _times(slope: Derivative, da: FloatArray, z: FloatArray, a: FloatArray) -> FloatArray:
    """Return the gradient times the slope; a named function, so that a network can be pickled."""
    return da * slope(z, a)


def name(function: Function) -> str:
    """Return how an activation is written in code: ``relu``, ``leaky_relu(slope=0.2)``."""
    if isinstance(function, partial):
        arguments = ", ".join(f"{key}={value!r}" for key, value in function.keywords.items())
        return f"{name(function.func)}({arguments})"
    return str(getattr(function, "__name__", repr(function)))


def identity(z: FloatArray) -> FloatArray:
    """Return `z` itself: the output activation for regression."""
    return z


@derivative_of(identity)
def identity_derivative(z: FloatArray, a: FloatArray) -> FloatArray:
    """Return 1."""
    return np.ones_like(z)


def sigmoid(z: FloatArray) -> FloatArray:
    r""":math:`\sigma(z) = 1 / (1 + e^{-z})`, written so that no ``z`` overflows.

    Uses the identity :math:`\sigma(z) = \frac12 (1 + \tanh \frac z2)`: ``tanh`` saturates where
    ``exp`` would overflow. The error is at most one rounding of a number near 1, so a tiny result
    has few right digits: below about -20 in float32 and -38 in float64 it is 0, as above 17 and 37
    it is 1. For a loss take the logit.
    """
    return 0.5 * (1.0 + np.tanh(0.5 * z))


@derivative_of(sigmoid)
def sigmoid_derivative(z: FloatArray, a: FloatArray) -> FloatArray:
    r""":math:`\sigma' = \sigma (1 - \sigma)`, at most 1/4."""
    return a * (1.0 - a)


def tanh(z: FloatArray) -> FloatArray:
    r""":math:`\tanh z`."""
    return np.tanh(z)


@derivative_of(tanh)
def tanh_derivative(z: FloatArray, a: FloatArray) -> FloatArray:
    r""":math:`\tanh' = 1 - \tanh^2`."""
    return 1.0 - a * a


def relu(z: FloatArray) -> FloatArray:
    r""":math:`\max(0, z)` (Nair & Hinton, 2010)."""
    return np.maximum(z, 0.0)


@derivative_of(relu)
def relu_derivative(z: FloatArray, a: FloatArray) -> FloatArray:
    """1 where ``z > 0``, else 0 (also at 0, as in PyTorch): a mask, nothing is edited in place."""
    return (a > 0).astype(a.dtype)


def leaky_relu(z: FloatArray, slope: float = 0.01) -> FloatArray:
    r""":math:`\max(z, s z)` with a small slope :math:`0 \le s \le 1` (Maas et al., 2013)."""
    if not 0 <= slope <= 1:
        raise ValueError(f"slope: expected a number from 0 to 1, got {slope!r}")
    return np.maximum(z, slope * z)


@derivative_of(leaky_relu)
def leaky_relu_derivative(z: FloatArray, a: FloatArray, slope: float = 0.01) -> FloatArray:
    """1 where ``z > 0``, else the slope."""
    return np.where(z > 0, a.dtype.type(1), a.dtype.type(slope))


def elu(z: FloatArray, alpha: float = 1.0) -> FloatArray:
    r""":math:`z` if :math:`z > 0`, else :math:`\alpha(e^z - 1)` (Clevert et al., 2016)."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


@derivative_of(elu)
def elu_derivative(z: FloatArray, a: FloatArray, alpha: float = 1.0) -> FloatArray:
    r"""1 where :math:`z > 0`, else :math:`\alpha e^z = a + \alpha`."""
    return np.where(z > 0, a.dtype.type(1), a + alpha)


SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772


def selu(z: FloatArray) -> FloatArray:
    r""":math:`\lambda\,\mathrm{elu}(z; \alpha)`, self-normalizing (Klambauer et al., 2017)."""
    return SELU_SCALE * elu(z, SELU_ALPHA)


@derivative_of(selu)
def selu_derivative(z: FloatArray, a: FloatArray) -> FloatArray:
    r""":math:`\lambda` where :math:`z > 0`, else :math:`\lambda\alpha e^z = a + \lambda\alpha`."""
    return np.where(z > 0, a.dtype.type(SELU_SCALE), a + SELU_SCALE * SELU_ALPHA)


_GELU_C = 0.7978845608028654  # sqrt(2 / pi)


def gelu(z: FloatArray) -> FloatArray:
    r""":math:`\frac z2 (1 + \tanh(\sqrt{2/\pi}\,(z + 0.044715 z^3)))` (Hendrycks & Gimpel, 2016).

    The paper's tanh form; PyTorch calls it ``gelu(approximate="tanh")``. The cube overflows from
    :math:`|z| = 7 \cdot 10^{12}` on in float32.
    """
    return 0.5 * z * (1.0 + np.tanh(_GELU_C * (z + 0.044715 * z * z * z)))


@derivative_of(gelu)
def gelu_derivative(z: FloatArray, a: FloatArray) -> FloatArray:
    r""":math:`\frac12 (1 + t + z (1 - t^2) u')` with :math:`t = \tanh u` from above."""
    t = np.tanh(_GELU_C * (z + 0.044715 * z * z * z))
    return 0.5 * (1.0 + t + z * (1.0 - t * t) * _GELU_C * (1.0 + 3 * 0.044715 * z * z))


def silu(z: FloatArray) -> FloatArray:
    r""":math:`z\,\sigma(z)`, also called swish (Elfwing et al., 2018)."""
    return z * sigmoid(z)


@derivative_of(silu)
def silu_derivative(z: FloatArray, a: FloatArray) -> FloatArray:
    r""":math:`\sigma(z) + a\,(1 - \sigma(z))`."""
    s = sigmoid(z)
    return s + a * (1.0 - s)


def softmax(z: FloatArray) -> FloatArray:
    r""":math:`e^{z_i} / \sum_j e^{z_j}` along the last axis, shifted by the row's maximum.

    The shift changes nothing (it divides numerator and denominator by :math:`e^{\max z}`) and keeps
    every exponent at or below 0, so nothing overflows.
    """
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_backward(da: FloatArray, z: FloatArray, a: FloatArray) -> FloatArray:
    r""":math:`dz_i = a_i (da_i - \sum_j da_j a_j)`, as :math:`a_i' = a_i(\delta_{ij} - a_j)`."""
    return a * (da - (da * a).sum(axis=-1, keepdims=True))


def log_softmax(z: FloatArray) -> FloatArray:
    r""":math:`z - m - \log \sum_j e^{z_j - m}` with :math:`m = \max z`: log of softmax, finite."""
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
