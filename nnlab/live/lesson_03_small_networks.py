r"""Many small networks, trained within one move of a slider (lesson 3).

A network with one input, H tanh units and one output, :math:`z = v^\top \tanh(w x + b) + c`, on a
task where the truth is known. The method of Levenberg (1944) and Marquardt (1963), made for sums
of squares with few parameters, comes as far in a dozen steps as Adam in about a thousand updates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from nnlab._arrays import FloatArray
from nnlab.activations import tanh
from nnlab.initializers import normal
from nnlab.layers import Activation, Dense
from nnlab.network import Sequential

STEEPNESS = 6.0
"""Slope of the hidden units at the start: each takes care of its own part of the axis."""


def truth(x: FloatArray) -> FloatArray:
    """Return what the networks should learn: a rise with two waves, for x from -1 to 1."""
    return 0.8 * x + 0.8 * np.sin(2 * np.pi * x)


def training_sets(sets: int, n: int, noise: float, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Draw training sets of n examples each.

    Parameters
    ----------
    sets, n : int
        How many sets, and how many examples in each.
    noise : float
        Standard deviation of the Gaussian noise on the targets.
    seed : int
        The same seed gives the same places and the same noise up to its size.

    Returns
    -------
    x, y : ndarray, (sets, n)
        Places, uniform from -1 to 1, and targets.
    """
    places, jitter = np.random.default_rng(seed).spawn(2)
    x = places.uniform(-1, 1, (sets, n))
    return x, truth(x) + noise * jitter.standard_normal((sets, n))


@dataclass(frozen=True)
class SmallNetworks:
    """Networks that were trained together.

    Attributes
    ----------
    theta : ndarray, (R, 3H + 1)
        w, b, v and c of every network, in the order of ``nnlab.network.Sequential``.
    train_error : ndarray, (R,)
        Mean squared error of every network on its own training set.
    """

    theta: FloatArray
    train_error: FloatArray

    def predict(self, x: FloatArray) -> FloatArray:
        """Return the outputs ``(R, N)`` at N places, shared ``(N,)`` or one row for each."""
        return _forward(self.theta, np.atleast_2d(x))[1]


def train(
    x: FloatArray, y: FloatArray, units: int, *, weight_decay: float, epochs: int = 12
) -> SmallNetworks:
    r"""Train R networks, each on its own training set, by Levenberg and Marquardt's method.

    Minimizes :math:`\frac1n \sum (z - y)^2 + \frac\lambda2 \lVert W \rVert^2`, without a penalty on
    the biases b and c. All networks start from the same weights, so they differ by their training
    sets alone: hidden units spread evenly over the axis, v = c = 0.

    Each step solves :math:`(J^\top J / n + \frac\lambda2 D + \mu I)\,\delta = J^\top r / n +
    \frac\lambda2 D \theta` for the step :math:`-\delta`, with the residuals :math:`r = z - y`,
    their derivatives J with respect to the parameters, and D picking the weights. A step that
    raises the loss is taken back and :math:`\mu` tripled; after a good one it falls to 0.3 of
    itself.

    Parameters
    ----------
    x, y : ndarray, (R, n)
        Training sets.
    units : int
        H, the number of hidden units.
    weight_decay : float
        :math:`\lambda`.
    epochs : int
        Steps; each looks at all training examples once.

    Returns
    -------
    SmallNetworks
    """
    (replicas, n), count = x.shape, 3 * units + 1
    theta = np.zeros((replicas, count))
    theta[:, :units] = STEEPNESS
    theta[:, units : 2 * units] = -STEEPNESS * _centres(units)
    decay = np.full(count, weight_decay / 2)
    decay[units : 2 * units] = decay[-1] = 0
    mu = np.full((replicas, 1), 0.1)
    diagonal = np.arange(count)
    jacobian = np.ones((replicas, n, count))  # its last column, that of c, stays 1

    a, z = _forward(theta, x)
    loss = ((z - y) ** 2).mean(axis=1) + theta**2 @ decay
    for _ in range(epochs):
        db = (1 - a * a) * theta[:, None, 2 * units : -1]
        np.multiply(db, x[..., None], out=jacobian[..., :units])
        jacobian[..., units : 2 * units] = db
        jacobian[..., 2 * units : -1] = a
        transposed = jacobian.swapaxes(1, 2)
        matrix = transposed @ jacobian / n
        matrix[:, diagonal, diagonal] += decay + mu
        slope = (transposed @ (z - y)[..., None])[..., 0] / n + decay * theta
        trial = theta - np.linalg.solve(matrix, slope[..., None])[..., 0]
        trial_a, trial_z = _forward(trial, x)
        trial_loss = ((trial_z - y) ** 2).mean(axis=1) + trial**2 @ decay
        better = trial_loss < loss
        theta[better], a[better], z[better] = trial[better], trial_a[better], trial_z[better]
        loss = np.where(better, trial_loss, loss)
        mu *= np.where(better, 0.3, 3.0)[:, None]
    return SmallNetworks(theta, ((z - y) ** 2).mean(axis=1))


def _forward(theta: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return hidden activations ``(R, N, H)`` and outputs ``(R, N)``."""
    units = theta.shape[1] // 3
    w, b, v = (theta[:, None, k * units : (k + 1) * units] for k in range(3))
    a = np.tanh(x[..., None] * w + b)
    return a, (a @ v.swapaxes(1, 2))[..., 0] + theta[:, -1:]


def random_network(units: int, seed: int | Sequence[int]) -> Sequential:
    """Return networks of the same kind with random weights, to be trained with ``fit``.

    Parameters
    ----------
    units : int
        Number of hidden units; their thresholds are spread evenly over the axis.
    seed : int or sequence of R ints
        As for ``Sequential``.

    Returns
    -------
    Sequential
        In float64.
    """
    first = Dense(1, units, init=partial(normal, std=STEEPNESS))
    net = Sequential(first, Activation(tanh), Dense(units, 1), seed=seed, dtype=np.float64)
    first.b[...] = -first.W * _centres(units)
    return net


def _centres(units: int) -> FloatArray:
    """Return the middles of as many equal parts of the axis from -1 to 1."""
    return (2 * np.arange(units) + 1) / units - 1
