r"""Regularizers: a penalty on the weights, its gradient and its proximal step (taught in lesson 4).

A penalty :math:`\Omega(w)` is added to the *mean* loss and sees weights only: biases and the
parameters of batch normalization are free. ``penalty(w)``, ``grad(w)`` and ``prox(w, step)`` work
on flat vectors ``(*R, P)`` that hold 0 where a parameter is not regularized; a 0 adds nothing to
the penalty, its gradient is 0, and its proximal step leaves it 0. NaN stays NaN; a penalty too
large for a float is infinite. Anything but floats raises TypeError, another shape ValueError.

Training has two ways to follow a penalty.

* ``regularizer=L1(0.01)`` adds ``grad(w)`` to the gradient of the loss. With :math:`|w|` this is a
  subgradient step: weights jitter around 0 and hardly ever become exactly 0.
* ``regularizer=Proximal(L1(0.01))`` leaves the gradient alone and applies ``prox`` after every
  update. Weights become exactly 0, so this is the one to take for a sparse network.

How strong a strength :math:`\lambda` is depends on where a library puts factors. The same solution
as here, with the loss a mean over n examples and one output, is found with

========================================  =======================================================
scikit-learn ``MLP…(alpha)``              :math:`\lambda = \mathrm{alpha} / n`, n of each batch;
                                          for regression :math:`2\,\mathrm{alpha} / n`, as its
                                          squared error has a ½
scikit-learn ``Ridge(alpha)``             L2 with :math:`\lambda = 2\,\mathrm{alpha} / n`
scikit-learn ``Lasso(alpha)``             L1 with :math:`\lambda = 2\,\mathrm{alpha}`
scikit-learn ``LogisticRegression(C)``    L2 with :math:`\lambda = 1 / (C n)`
PyTorch ``SGD(weight_decay)``             L2 with :math:`\lambda` = ``weight_decay``, but on every
                                          parameter it is given, biases included
Keras ``L2(l2)``, ``L1(l1)``              L2 with :math:`\lambda = 2\,\mathrm{l2}`, as it has no ½;
                                          L1 the same
========================================  =======================================================
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from nnlab._arrays import BoolArray, FloatArray
from nnlab._checks import flat
from nnlab._hyperparameters import (
    Hyperparameter,
    Value,
    float_or_row,
    hyperparameter,
    per_replica,
    short,
)


class Regularizer(Protocol):
    """What :func:`nnlab.training.fit` needs of a regularizer."""

    def penalty(self, w: FloatArray) -> Value:
        """Return the penalty, ``(*R, P) -> (*R,)``."""

    def add_gradient(self, theta: FloatArray, grad: FloatArray, mask: BoolArray) -> None:
        """Add the penalty's gradient to `grad` in place, before an update."""

    def after_step(self, theta: FloatArray, learning_rate: Value, mask: BoolArray) -> None:
        """Change `theta` in place, after an update."""


class Penalty(Protocol):
    """A penalty with a proximal step: what :class:`Proximal` needs."""

    def penalty(self, w: FloatArray) -> Value:
        """Return the penalty, ``(*R, P) -> (*R,)``."""

    def prox(self, w: FloatArray, step: Hyperparameter) -> FloatArray:
        """Return the proximal step, in the shape of `w`."""


class _Subgradient:
    """What the three penalties share: in training, their gradient joins that of the loss."""

    def grad(self, w: FloatArray) -> FloatArray:
        """Return the gradient, ``(*R, P)``."""
        raise NotImplementedError(f"{type(self).__name__}.grad")

    def add_gradient(self, theta: FloatArray, grad: FloatArray, mask: BoolArray) -> None:
        """Add the gradient at the weights of `theta` to `grad`, in place.

        Parameters
        ----------
        theta, grad : ndarray, (*R, P)
            A network's parameters and their gradient; `grad` is changed.
        mask : ndarray of bool, (P,)
            ``net.weight_mask``: True for what is regularized.
        """
        grad += self.grad(weights(theta, mask))

    def after_step(self, theta: FloatArray, learning_rate: Value, mask: BoolArray) -> None:
        """Do nothing: the update has followed the gradient already."""


class L1(_Subgradient):
    r"""The lasso's penalty, :math:`\Omega = \lambda \sum_i |w_i|` (Tibshirani, 1996).

    Parameters
    ----------
    strength : float or array of length R
        :math:`\lambda \ge 0`.

    Raises
    ------
    TypeError, ValueError
        If the strength is not a number (or a row of numbers), negative or not finite.

    Examples
    --------
    >>> w = np.array([3.0, -0.5, 0.0])
    >>> L1(2.0).penalty(w), L1(2.0).grad(w).tolist()
    (7.0, [2.0, -2.0, 0.0])
    """

    def __init__(self, strength: Hyperparameter) -> None:
        self.strength = hyperparameter("strength", strength)

    def penalty(self, w: FloatArray) -> Value:
        r"""Return :math:`\lambda \sum_i |w_i|`: a float, or ``(R,)`` for ``(R, P)``."""
        w = _double(w)
        return _each(per_replica(self.strength, w) * _sum(np.abs(w)))

    def grad(self, w: FloatArray) -> FloatArray:
        r"""Return the subgradient :math:`\lambda\,\mathrm{sign}(w)`, with 0 at 0."""
        w = flat("w", w)
        return per_replica(self.strength, w) * np.sign(w)

    def prox(self, w: FloatArray, step: Hyperparameter) -> FloatArray:
        r"""Return :math:`\mathrm{sign}(w)\max(|w| - s\lambda, 0)` (Daubechies et al., 2004).

        Parameters
        ----------
        w : ndarray, (*R, P)
            Weights. They are not changed.
        step : float or array of length R
            :math:`s \ge 0`, the learning rate.

        Returns
        -------
        ndarray, (*R, P)
            The minimum of :math:`\frac12 (u - w)^2 + s\,\Omega(u)` over u.
        """
        s = _step(step, w, self.strength)
        return soft_threshold(w, per_replica(s * self.strength, w))

    def __repr__(self) -> str:
        return f"L1({short(self.strength)})"


class L2(_Subgradient):
    r"""Ridge or weight decay, :math:`\Omega = \frac\lambda2 \sum_i w_i^2` (Hoerl & Kennard, 1970).

    Under plain SGD this is weight decay: every step first multiplies the weights by
    :math:`1 - \eta\lambda` (Krogh & Hertz, 1992). Under Adam it is not: there see AdamW.

    Parameters
    ----------
    strength : float or array of length R
        :math:`\lambda \ge 0`.

    Raises
    ------
    TypeError, ValueError
        If the strength is not a number (or a row of numbers), negative or not finite.

    Examples
    --------
    >>> w = np.array([3.0, -1.0, 0.0])
    >>> L2(0.5).penalty(w), L2(0.5).grad(w).tolist()
    (2.5, [1.5, -0.5, 0.0])
    """

    def __init__(self, strength: Hyperparameter) -> None:
        self.strength = hyperparameter("strength", strength)

    def penalty(self, w: FloatArray) -> Value:
        r"""Return :math:`\frac\lambda2 \sum_i w_i^2`: a float, or ``(R,)`` for ``(R, P)``."""
        w = _double(w)
        return _each(per_replica(self.strength, w) / 2 * _sum(w * w))

    def grad(self, w: FloatArray) -> FloatArray:
        r"""Return :math:`\lambda w`."""
        w = flat("w", w)
        return per_replica(self.strength, w) * w

    def prox(self, w: FloatArray, step: Hyperparameter) -> FloatArray:
        r"""Return :math:`w / (1 + s\lambda)` (Parikh & Boyd, 2014); arguments as in :class:`L1`."""
        s = _step(step, w, self.strength)
        return w / per_replica(1.0 + s * self.strength, w)

    def __repr__(self) -> str:
        return f"L2({short(self.strength)})"


class Elastic(_Subgradient):
    r"""The elastic net, L1 and L2 at once: few weights, shared among correlated inputs.

    :math:`\Omega = \lambda_1 \sum_i |w_i| + \frac{\lambda_2}{2} \sum_i w_i^2`
    (Zou & Hastie, 2005, there without the ½). scikit-learn's ``ElasticNet(alpha, l1_ratio=r)`` is
    :math:`\lambda_1 = 2\,\mathrm{alpha}\,r` and
    :math:`\lambda_2 = 2\,\mathrm{alpha}\,(1 - r)` with the mean squared error.

    Parameters
    ----------
    l1, l2 : float or array of length R
        :math:`\lambda_1, \lambda_2 \ge 0`.

    Raises
    ------
    TypeError, ValueError
        If a strength is not a number (or a row of numbers), negative or not finite.

    Examples
    --------
    >>> w = np.array([3.0, -1.0, 0.0])
    >>> Elastic(l1=2.0, l2=0.5).penalty(w), Elastic(l1=2.0, l2=0.5).grad(w).tolist()
    (10.5, [3.5, -2.5, 0.0])
    """

    def __init__(self, l1: Hyperparameter, l2: Hyperparameter) -> None:
        self.l1, self.l2 = hyperparameter("l1", l1), hyperparameter("l2", l2)

    def penalty(self, w: FloatArray) -> Value:
        r"""Return :math:`\lambda_1 \sum_i |w_i| + \frac{\lambda_2}{2} \sum_i w_i^2`."""
        w = _double(w)
        l1, l2 = per_replica(self.l1, w), per_replica(self.l2, w)
        return _each(l1 * _sum(np.abs(w)) + l2 / 2 * _sum(w * w))

    def grad(self, w: FloatArray) -> FloatArray:
        r"""Return :math:`\lambda_1\,\mathrm{sign}(w) + \lambda_2 w`, with 0 at 0."""
        w = flat("w", w)
        return per_replica(self.l1, w) * np.sign(w) + per_replica(self.l2, w) * w

    def prox(self, w: FloatArray, step: Hyperparameter) -> FloatArray:
        r"""Return L1's step, then L2's; arguments as in :class:`L1`.

        Where :math:`u > 0` the derivative of :math:`\frac12 (u - w)^2 + s\,\Omega(u)` is 0 at
        :math:`u (1 + s\lambda_2) = w - s\lambda_1`: first the threshold, then the division.
        """
        s = _step(step, w, self.l1, self.l2)
        shrunk = soft_threshold(w, per_replica(s * self.l1, w))
        return shrunk / per_replica(1.0 + s * self.l2, w)

    def __repr__(self) -> str:
        return f"Elastic(l1={short(self.l1)}, l2={short(self.l2)})"


class Proximal:
    r"""A penalty followed by proximal steps instead of its gradient (Parikh & Boyd, 2014).

    An update is then :math:`\theta \leftarrow \mathrm{prox}_{\eta\Omega}(\theta - \eta \nabla J)`:
    with :class:`L1` and plain gradient descent the iterative soft-thresholding of Daubechies et al.
    (2004). With momentum or Adam the step is the same, :math:`\eta` the same for all weights; the
    minimum of loss plus penalty is then no longer its fixed point, but zeros are exact as well.

    Parameters
    ----------
    of : L1, L2 or Elastic
        The penalty.

    Raises
    ------
    TypeError
        If `of` has no proximal step.

    Examples
    --------
    >>> theta, mask = np.array([3.0, -0.5, 0.25]), np.array([True, True, False])
    >>> Proximal(L1(2.0)).after_step(theta, 0.5, mask)
    >>> theta.tolist()  # the bias stays
    [2.0, -0.0, 0.25]
    """

    def __init__(self, of: Penalty) -> None:
        if not hasattr(of, "prox") or isinstance(of, type):
            raise TypeError(
                f"of: expected a penalty with a proximal step, such as L1(0.01), got {of!r}"
            )
        self.of = of

    def penalty(self, w: FloatArray) -> Value:
        """Return the penalty, ``(*R, P) -> (*R,)``."""
        return self.of.penalty(w)

    def add_gradient(self, theta: FloatArray, grad: FloatArray, mask: BoolArray) -> None:
        """Do nothing: the penalty's turn is after the update."""

    def after_step(self, theta: FloatArray, learning_rate: Value, mask: BoolArray) -> None:
        """Apply the proximal step to the weights of `theta`, in place.

        Parameters
        ----------
        theta : ndarray, (*R, P)
            A network's parameters; the weights among them are changed.
        learning_rate : float or ndarray, (R,)
            That of the update just made.
        mask : ndarray of bool, (P,)
            ``net.weight_mask``: True for what is regularized.
        """
        np.copyto(theta, self.of.prox(weights(theta, mask), learning_rate), where=mask)

    def __repr__(self) -> str:
        return f"Proximal({self.of!r})"


def weights(theta: FloatArray, mask: BoolArray) -> FloatArray:
    """Return `theta`, ``(*R, P)``, with 0 in place of what is not regularized.

    Parameters
    ----------
    theta : ndarray, (*R, P)
        A network's parameters, ``net.theta``.
    mask : ndarray of bool, (P,)
        ``net.weight_mask``: True for what is regularized.

    Returns
    -------
    ndarray, (*R, P)
        A new array in the dtype of `theta`. What is masked out is 0 even where it is NaN.
    """
    return np.where(mask, theta, 0)


def soft_threshold(w: FloatArray, threshold: Value) -> FloatArray:
    r"""Return :math:`\mathrm{sign}(w)\max(|w| - t, 0)`: everything moves by t towards 0.

    What is within t of 0 becomes exactly 0 (Daubechies et al., 2004).

    Parameters
    ----------
    w : ndarray, (*R, P)
        Weights.
    threshold : float or ndarray, (R, 1)
        :math:`t \ge 0`.

    Returns
    -------
    ndarray, (*R, P)
    """
    return np.sign(w) * np.maximum(np.abs(w) - threshold, 0)


def _double(w: FloatArray) -> FloatArray:
    """Return `w` in float64: a sum over many weights, taken once per epoch, is worth it."""
    return flat("w", w).astype(np.float64)


def _sum(terms: FloatArray) -> FloatArray:
    return terms.sum(axis=-1, keepdims=True)


def _each(total: FloatArray) -> Value:
    """Return the total of each replica, ``(*R, 1) -> (*R,)``."""
    return float_or_row(total[..., 0])


def _step(step: Hyperparameter, w: FloatArray, *strengths: Value) -> Value:
    """Return a step after checking it, `w`, and that all rows have a value for each replica.

    Products with it are taken in float64 and rounded to the dtype of `w` last: so a row gives each
    replica the same bits as a single number gives one network.
    """
    if not (type(step) is float and 0 <= step < np.inf):  # fit's floats need no second look
        step = hyperparameter("step", step)
    for value in (step, *strengths):
        per_replica(value, flat("w", w))
    return step
