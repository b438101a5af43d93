r"""Optimizers, in order of increasing complexity (taught in lesson 7).

Each is the formula of its paper, applied in place to the whole flat vector:
``optimizer.step(net.theta, net.grad)``. Hyperparameters are floats, or arrays of length R that give
each replica its own.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab._arrays import FloatArray

Hyperparameter: TypeAlias = float | npt.ArrayLike
_Value: TypeAlias = float | FloatArray  # what a hyperparameter is kept as


class SGD:
    r"""Gradient descent, :math:`\theta \leftarrow \theta - \eta \nabla J(\theta)`.

    Stochastic when the gradient comes from a mini-batch (Robbins & Monro, 1951).

    Parameters
    ----------
    learning_rate : float or array of length R
        :math:`\eta \ge 0`.

    Raises
    ------
    ValueError
        If the learning rate is negative, not finite or not a number (or a row of numbers).
    """

    def __init__(self, learning_rate: Hyperparameter) -> None:
        self.learning_rate = _hyperparameter("learning_rate", learning_rate)

    def step(self, theta: FloatArray, grad: FloatArray) -> None:
        """Update `theta` in place, both ``(*R, P)``."""
        theta -= _factor(self.learning_rate, theta) * grad

    def __repr__(self) -> str:
        return f"SGD(learning_rate={_short(self.learning_rate)})"


class Adam:
    r"""Adaptive moment estimation (Kingma & Ba, 2015, algorithm 1).

    .. math::
        m &\leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad
        v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\
        \theta &\leftarrow \theta - \eta\,
        \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    :math:`\epsilon` stands outside the root and after the bias correction, as in the paper and in
    PyTorch; TensorFlow's :math:`\hat\epsilon` is applied before the correction. :math:`m, v, t`
    belong to one network: make a new Adam for each.

    Parameters
    ----------
    learning_rate : float or array of length R
        :math:`\eta \ge 0`; 0.001 in the paper.
    betas : pair of float or array of length R
        :math:`\beta_1, \beta_2`, both at least 0 and below 1.
    eps : float or array of length R
        :math:`\epsilon > 0`.

    Raises
    ------
    ValueError
        If a hyperparameter is outside its range.
    """

    def __init__(
        self,
        learning_rate: Hyperparameter = 0.001,
        betas: tuple[Hyperparameter, Hyperparameter] = (0.9, 0.999),
        eps: Hyperparameter = 1e-8,
    ) -> None:
        self.learning_rate = _hyperparameter("learning_rate", learning_rate)
        self.betas = tuple(_hyperparameter("betas", beta, below=1.0) for beta in betas)
        if len(self.betas) != 2:
            raise ValueError(f"betas: expected two numbers, got {len(self.betas)}")
        self.eps = _hyperparameter("eps", eps)
        if np.any(np.asarray(self.eps) <= 0):
            raise ValueError(f"eps: expected a number above 0, got {eps!r}")
        self.t = 0  # updates made so far

    def step(self, theta: FloatArray, grad: FloatArray) -> None:
        """Update `theta` in place, both ``(*R, P)``."""
        if self.t == 0:
            self.m, self.v = np.zeros_like(theta), np.zeros_like(theta)
        if self.m.shape != theta.shape:
            raise ValueError(
                f"theta: expected shape {self.m.shape} as in the first step, got {theta.shape}; "
                "make a new Adam for each network"
            )
        self.t += 1
        (beta1, beta2), m, v = self.betas, self.m, self.v
        m *= _factor(beta1, theta)
        m += _factor(1.0 - beta1, theta) * grad
        v *= _factor(beta2, theta)
        v += _factor(1.0 - beta2, theta) * grad * grad
        rate = _factor(self.learning_rate / (1.0 - beta1**self.t), theta)
        v_hat = v / _factor(1.0 - beta2**self.t, theta)
        theta -= rate * m / (np.sqrt(v_hat) + _factor(self.eps, theta))

    def __repr__(self) -> str:
        betas = ", ".join(map(_short, self.betas))
        return (
            f"Adam(learning_rate={_short(self.learning_rate)}, betas=({betas}), "
            f"eps={_short(self.eps)})"
        )


def _hyperparameter(name: str, given: Hyperparameter, below: float = np.inf) -> _Value:
    """Return a checked Python float or float64 row.

    A Python float, not a NumPy one: ``np.float64`` would widen float32 arrays and slow every step.
    """
    try:
        value = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        value = np.array(np.nan)
    if value.ndim > 1 or not np.all((value >= 0) & (value < below)):
        limit = "" if below == np.inf else f" and below {below:g}"
        raise ValueError(
            f"{name}: expected a finite number of at least 0{limit}, or one for each replica, "
            f"got {given!r}"
        )
    return value if value.ndim else value.item()


def _factor(value: _Value, theta: FloatArray) -> _Value:
    """Return a hyperparameter ready to multiply `theta`: a float, or a column in its dtype."""
    if isinstance(value, float):
        return value
    if theta.shape[:-1] != value.shape:
        raise ValueError(
            f"hyperparameters: got one value for each of {value.size} replicas, "
            f"but theta has shape {theta.shape}"
        )
    return value.astype(theta.dtype)[:, None]


def _short(value: _Value) -> str:
    return f"{value:g}" if isinstance(value, float) else f"<{value.size} values>"
