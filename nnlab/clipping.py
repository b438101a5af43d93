r"""Clipping: gradients that explode are cut down before the update (taught in lesson 6).

Both functions edit the gradient in place, with all parameters of a network in one flat vector, and
with one limit for all replicas or one for each. In training:
``fit(..., clip=partial(clip_by_norm, max_norm=1.0))``.
"""

from __future__ import annotations

import numpy as np

from nnlab._arrays import FloatArray
from nnlab._checks import flat
from nnlab._hyperparameters import Hyperparameter, Value, float_or_row, per_replica, positive


def norm(grad: FloatArray) -> Value:
    r"""Return :math:`\|g\|_2 = \sqrt{\sum_i g_i^2}` of all parameters together.

    Parameters
    ----------
    grad : ndarray of floats, (*R, P)
        ``net.grad``.

    Returns
    -------
    float or ndarray of float64, (*R,)
        Infinite or NaN where an entry is, and where a square is too large for float64.

    Raises
    ------
    TypeError, ValueError
        If `grad` is not an array of floats, or not flat.
    """
    with np.errstate(over="ignore"):
        # In float64: in float32 the square of 2e19 is infinite.
        return float_or_row(np.sqrt(np.square(flat("grad", grad), dtype=np.float64).sum(axis=-1)))


def clip_by_value(grad: FloatArray, limit: Hyperparameter) -> None:
    r"""Move every entry into :math:`[-c, c]`, in place.

    Entries are clipped one by one, so the gradient changes its direction; compare
    :func:`clip_by_norm`. Infinity becomes the limit, NaN stays NaN.

    Parameters
    ----------
    grad : ndarray of floats, (*R, P)
        ``net.grad``; it is changed.
    limit : float or array of length R
        :math:`c > 0`.

    Raises
    ------
    TypeError
        If `grad` is not an array of floats, or `limit` not a number or a row of them.
    ValueError
        If `grad` is not flat, or `limit` out of range.

    Examples
    --------
    >>> grad = np.array([3.0, -0.5, -8.0])
    >>> clip_by_value(grad, 1.0)
    >>> grad.tolist()
    [1.0, -0.5, -1.0]
    """
    c = per_replica(_limit("limit", limit), flat("grad", grad))
    np.minimum(grad, c, out=grad)
    np.maximum(grad, -c, out=grad)


def clip_by_norm(grad: FloatArray, max_norm: Hyperparameter) -> Value:
    r"""Shorten a gradient to the norm c, in place: :math:`g \leftarrow g \min(1, c / \|g\|_2)`.

    The norm is that of all parameters together, so the direction is kept (Pascanu et al., 2013).
    A gradient within the limit is not touched. PyTorch adds 1e-6 to the norm in the denominator.

    A norm that is infinite or NaN has no direction to keep: that replica's gradient is left as it
    is, so that its loss stops being finite and training marks it as diverged. (PyTorch turns such
    gradients into 0 and NaN.)

    Parameters
    ----------
    grad : ndarray of floats, (*R, P)
        ``net.grad``; it is changed.
    max_norm : float or array of length R
        :math:`c > 0`.

    Returns
    -------
    float or ndarray, (*R,)
        The norm before clipping.

    Raises
    ------
    TypeError
        If `grad` is not an array of floats, or `max_norm` not a number or a row of them.
    ValueError
        If `grad` is not flat, or `max_norm` out of range.

    Examples
    --------
    >>> grad = np.array([3.0, -4.0])
    >>> clip_by_norm(grad, 1.0)
    5.0
    >>> grad.round(12).tolist()
    [0.6, -0.8]
    """
    c = _limit("max_norm", max_norm)
    per_replica(c, flat("grad", grad))  # a row must fit
    length = np.asarray(norm(grad))
    too_long = (length > c) & (length < np.inf)
    if too_long.any():
        factor = np.divide(c, length, out=np.ones_like(length), where=too_long)
        grad *= per_replica(float_or_row(factor), grad)
    return float_or_row(length)


def _limit(name: str, limit: Hyperparameter) -> Value:
    """Return a limit after checking it; a plain float, given for every update, quickly."""
    return limit if type(limit) is float and 0 < limit < np.inf else positive(name, limit)
