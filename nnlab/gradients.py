"""Gradients checked by finite differences, and measured layer by layer (taught in lesson 6)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nnlab._arrays import AnyArray, FloatArray
from nnlab._hyperparameters import Value
from nnlab._preserved import preserved
from nnlab.clipping import norm
from nnlab.losses import Loss
from nnlab.network import Sequential


class GradientError(AssertionError):
    """A gradient differs from its finite differences."""


def numerical_gradient(
    function: Callable[[FloatArray], float], x: FloatArray, step: float = 1e-5
) -> FloatArray:
    r"""Return the central differences :math:`(f(x + h e_i) - f(x - h e_i)) / 2h` for every entry i.

    Parameters
    ----------
    function : callable
        Maps an array like `x` to a number.
    x : ndarray of float64, any shape
        Where to take the gradient. It is not changed.
    step : float
        :math:`h`. The error is of order :math:`h^2`, the rounding error of order
        :math:`10^{-16}/h`; 1e-5 balances them.

    Returns
    -------
    ndarray, shape of `x`

    Raises
    ------
    TypeError
        If `x` is not float64: in float32 the differences would be mostly rounding.
    """
    if not isinstance(x, np.ndarray) or x.dtype != np.float64:
        kind = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"x: expected a float64 array, got {kind}; use dtype=np.float64")
    point, gradient = x.copy(), np.empty_like(x)
    for index in np.ndindex(x.shape):
        point[index] = x[index] + step
        above = function(point)
        point[index] = x[index] - step
        below = function(point)
        point[index] = x[index]
        with np.errstate(invalid="ignore"):  # infinite values have no difference: NaN says so
            gradient[index] = np.subtract(above, below) / (2 * step)
    return gradient


def check_gradient(
    function: Callable[[FloatArray], float],
    gradient: FloatArray,
    x: FloatArray,
    *,
    step: float = 1e-5,
    rtol: float = 1e-6,
    atol: float = 1e-8,
) -> float:
    """Compare a gradient with finite differences and say where it is wrong.

    Parameters
    ----------
    function : callable
        Maps an array like `x` to a number.
    gradient : ndarray, shape of `x`
        What your formula gives at `x`.
    x : ndarray of float64
        The point.
    step : float
        Step of the differences.
    rtol, atol : float
        Allowed difference, ``atol + rtol * |numerical|``.

    Returns
    -------
    float
        The largest absolute difference.

    Raises
    ------
    GradientError
        If an entry differs by more; the message names the worst entry and what was expected there.
    ValueError
        If the shapes of `gradient` and `x` differ.
    TypeError
        If `x` is not float64.
    """
    gradient = np.asarray(gradient)
    if gradient.shape != np.shape(x):
        raise ValueError(f"gradient: expected the shape of x, {np.shape(x)}, got {gradient.shape}")
    expected = numerical_gradient(function, x, step)
    with np.errstate(invalid="ignore"):
        difference = np.abs(gradient - expected)
        allowed = atol + rtol * np.abs(expected)
        excess = np.where(np.isfinite(difference), difference - allowed, np.inf)
    if np.any(excess > 0):
        index = np.unravel_index(int(excess.argmax()), excess.shape)
        where = ", ".join(map(str, index))
        raise GradientError(
            f"the gradient is wrong in {np.count_nonzero(excess > 0)} of {excess.size} entries. "
            f"Worst at [{where}], where x = {x[index]:.6g}: your formula gives "
            f"{gradient[index]:.6g}, finite differences give {expected[index]:.6g}."
            f"{_guess(gradient, expected)}"
        )
    return float(difference.max(initial=0.0))


def check_network_gradient(net: Sequential, loss: Loss, x: AnyArray, y: AnyArray) -> float:
    """Compare ``net.backward`` with finite differences of the loss, over all parameters.

    What is checked is the training pass: dropout drops, the same units in every evaluation, and
    batch normalization uses the statistics of `x`.

    Parameters
    ----------
    net : Sequential
        One network (no replica axis), made with ``dtype=np.float64``. Its parameters, gradients,
        running statistics and random streams are as before afterwards.
    loss : Loss
        The loss it is trained with.
    x : ndarray, (N, features)
        A few examples.
    y : ndarray, (N,) or (N, outputs)
        Their targets.

    Returns
    -------
    float
        The largest absolute difference.

    Raises
    ------
    GradientError
        If they differ. At a kink, such as ReLU's at 0, the differences are not to be trusted.
    TypeError
        If the network is not float64.
    ValueError
        If the network has a replica axis.
    """
    if net.replicas:
        raise ValueError(f"net: expected one network, got {net.replicas[0]} replicas")
    start = net.snapshot()

    def value(theta: FloatArray) -> float:
        net.restore(start)  # the random streams, too: every evaluation draws the same masks
        net.theta = theta
        return float(loss.value(net.forward(x, training=True), y))

    with preserved(net):
        z = net.forward(x, training=True)
        net.backward(loss.grad(z, y))
        return check_gradient(value, net.grad.copy(), start.theta)


def gradient_norms(net: Sequential) -> dict[str, Value]:
    r"""Return the norm :math:`\|g\|_2` of every parameter array's gradient.

    A vanishing gradient shows as norms that fall from the last layer to the first, an exploding
    one as norms that rise.

    Parameters
    ----------
    net : Sequential
        After ``net.backward``.

    Returns
    -------
    dict of str to float or ndarray, (*R,)
        From ``"0.W"`` on, in the order of the layers; infinite or NaN where a gradient is.
    """
    return {name: norm(grad.reshape(*net.replicas, -1)) for name, _, grad in net.parameters()}


def _guess(given: FloatArray, expected: FloatArray) -> str:
    """Return a hint where the whole gradient is off by one factor, the commonest mistake."""
    scale = np.vdot(expected, expected)
    factor = float(np.vdot(expected, given) / scale) if 0 < scale < np.inf else float("nan")
    if not np.isfinite(factor) or not np.allclose(given, factor * expected, rtol=1e-4, atol=1e-9):
        return ""
    if factor == 0:
        return " All of your gradient is 0."
    if abs(factor + 1) < 1e-4:
        return " The sign is reversed."
    return f" Everywhere it is {factor:.4g} times the right value: is a mean, a sum or a 2 missing?"
