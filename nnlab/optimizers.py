r"""Optimizers, in order of increasing complexity (taught in lesson 7).

Each is the formula of its paper, applied in place to the whole flat vector:
``optimizer.step(net.theta, net.grad)``. Hyperparameters are floats, or rows of R numbers that give
each replica its own. The learning rate may also be a schedule (:mod:`nnlab.schedules`).

Every optimizer counts its updates, :math:`t`, and most remember earlier gradients, so each belongs
to one network: make a new one for the next.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from nnlab._arrays import BoolArray, FloatArray
from nnlab._checks import floats
from nnlab._hyperparameters import (
    Hyperparameter,
    Value,
    elementwise,
    hyperparameter,
    per_replica,
    positive,
    short,
)
from nnlab.schedules import Schedule

LearningRate: TypeAlias = Hyperparameter | Schedule

BLOCK = 32768
"""More numbers go through the formula block by block: what it calculates stays in the cache."""

CLEAN_EVERY = 100
"""After so many updates, moments too small for a normal float become 0: they slow every step."""


class Optimizer:
    r"""What all share: the learning rate, the count of updates, the memory, going block by block.

    A class for a new method gives `moments` and `_update`, and an `__init__` if it has
    hyperparameters of its own, each kept under the name of its argument. Sign descent with
    momentum, :math:`v \leftarrow \gamma v + g,\ \theta \leftarrow \theta -
    \eta\,\mathrm{sign}(v)`, is::

        class SignMomentum(Optimizer):
            moments = ("v",)

            def __init__(self, learning_rate, momentum=0.9):
                super().__init__(learning_rate)
                self.momentum = hyperparameter("momentum", momentum, below=1.0)

            def _update(self, eta, theta, g, v):
                v *= per_replica(self.momentum, v)
                v += g
                theta -= per_replica(eta, theta) * np.sign(v)

    `_update` changes a block of the parameters and of the moments in place, and must not change the
    gradient `g`. ``self.t`` is the number of updates before this one.

    Parameters
    ----------
    learning_rate : float, array_like, (R,), or schedule
        :math:`\eta \ge 0`.

    Attributes
    ----------
    learning_rate : float, ndarray, (R,), or callable
        As given.
    rate : float or ndarray, (R,)
        The learning rate of the latest step; NaN before the first.
    t : int
        Updates made so far.
    moments : tuple of str
        Names of what the formula remembers: arrays like theta, 0 before the first update.
    """

    moments: ClassVar[tuple[str, ...]] = ()

    _update: Callable[..., None]
    """``_update(eta, theta, g, *moments)`` applies the formula to a block of parameters."""

    def __init__(self, learning_rate: LearningRate) -> None:
        self.learning_rate: Value | Schedule = (
            learning_rate
            if callable(learning_rate)
            else hyperparameter("learning_rate", learning_rate)
        )
        self.rate: Value = np.nan
        self.t = 0

    def step(self, theta: FloatArray, grad: FloatArray) -> None:
        """Update the parameters in place.

        Parameters
        ----------
        theta : ndarray, (*R, P)
            Parameters; overwritten.
        grad : ndarray, (*R, P)
            Their gradient.

        Raises
        ------
        TypeError
            If one of them is not an array of floats.
        ValueError
            If `theta` is not that of the first step, the shapes differ, a row of hyperparameters
            does not have one value for each replica, or a schedule gives no learning rate.
        """
        if self.t == 0:
            self._check_first(theta, grad)
            self._memory, self._theta = self._start(theta), theta
        if theta is not self._theta and not np.may_share_memory(theta, self._theta):
            raise ValueError(
                f"theta: expected the parameters of the first step, got others: this "
                f"{type(self).__name__} has made {self.t} update(s) of another network; make a new "
                "one for each"
            )
        if not theta.shape == grad.shape == self._shape:
            raise ValueError(
                f"theta, grad: expected shape {self._shape} as in the first step, got "
                f"{theta.shape} and {grad.shape}; make a new {type(self).__name__} for each network"
            )
        eta = self.learning_rate
        self.rate = self._scheduled(eta, theta) if callable(eta) else eta
        arrays = [theta, grad, *self._memory]
        if theta.size <= BLOCK:
            self._update(self.rate, *arrays)
        else:
            parameters = theta.shape[-1]
            width = max(1, BLOCK * parameters // theta.size)
            for begin in range(0, parameters, width):
                self._update(self.rate, *(a[..., begin : begin + width] for a in arrays))
        self.t += 1
        if self.t % CLEAN_EVERY == 0:
            self._clean()

    def _start(self, theta: FloatArray) -> list[FloatArray]:
        """Make the moments and return them: what `_update` gets after `theta` and `g`."""
        for name in self.moments:
            setattr(self, name, np.zeros_like(theta))
        return [getattr(self, name) for name in self.moments]

    def _clean(self) -> None:
        for name in self.moments:
            moment = getattr(self, name)
            moment[np.abs(moment) < np.finfo(moment.dtype).tiny] = 0

    def _scheduled(self, schedule: Schedule, theta: FloatArray) -> Value:
        eta = schedule(self.t)
        if type(eta) is float and 0.0 <= eta < np.inf:
            return eta
        eta = hyperparameter(f"learning_rate: {_shown(schedule)} at update {self.t}", eta)
        per_replica(eta, theta)
        return eta

    def _check_first(self, theta: FloatArray, grad: FloatArray) -> None:
        for name, array in (("theta", theta), ("grad", grad)):
            floats(name, array)
        for value in self._settings().values():
            for row in value if isinstance(value, tuple) else (value,):
                if isinstance(row, np.ndarray) and row.dtype.kind == "f":
                    per_replica(row, theta)
        self._shape = theta.shape

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def __repr__(self) -> str:
        settings = (f"{name}={_shown(value)}" for name, value in self._settings().items())
        return f"{type(self).__name__}({', '.join(settings)})"


class SGD(Optimizer):
    r"""Gradient descent, :math:`\theta \leftarrow \theta - \eta \nabla J(\theta)`.

    Stochastic when the gradient comes from a mini-batch (Robbins & Monro, 1951).

    Parameters
    ----------
    learning_rate : float, array_like, (R,), or schedule
        :math:`\eta \ge 0`.

    Raises
    ------
    TypeError, ValueError
        If the learning rate is not a number (or a row of numbers), negative or not finite.
    """

    def _update(self, eta: Value, theta: FloatArray, g: FloatArray) -> None:
        theta -= per_replica(eta, theta) * g


class Momentum(Optimizer):
    r"""Gradient descent with a velocity, the heavy ball (Polyak, 1964), in one of three forms.

    .. math::
        \text{slide:}\quad & v \leftarrow \gamma v + \eta g &
            \theta &\leftarrow \theta - v \\
        \text{torch:}\quad & v \leftarrow \gamma v + g &
            \theta &\leftarrow \theta - \eta v \\
        \text{average:}\quad & v \leftarrow \gamma v + (1 - \gamma)\, g &
            \theta &\leftarrow \theta - \eta v

    ``"slide"`` is the lecture's, as in Ruder (2016), Sutskever et al. (2013) and Keras; ``"torch"``
    PyTorch's ``SGD(momentum)``; ``"average"`` the first half of Adam. With a constant
    :math:`\eta` slide and torch take the same path, and so does average with
    :math:`\eta / (1 - \gamma)`. As soon as :math:`\eta` changes slide and torch differ: slide keeps
    the speed it gained at the old rate, torch applies the new rate to all of it.

    Parameters
    ----------
    learning_rate : float, array_like, (R,), or schedule
        :math:`\eta \ge 0`.
    momentum : float or array_like, (R,)
        :math:`\gamma`, at least 0 and below 1.
    form : {"slide", "torch", "average"}
        Which formula.

    Raises
    ------
    TypeError, ValueError
        If a hyperparameter is not a number (or a row of numbers), or outside its range.
    """

    moments = ("v",)

    def __init__(
        self,
        learning_rate: LearningRate,
        momentum: Hyperparameter = 0.9,
        form: Literal["slide", "torch", "average"] = "slide",
    ) -> None:
        super().__init__(learning_rate)
        self.momentum = hyperparameter("momentum", momentum, below=1.0)
        if form not in ("slide", "torch", "average"):
            raise ValueError(f'form: expected "slide", "torch" or "average", got {form!r}')
        self.form = form

    def _update(self, eta: Value, theta: FloatArray, g: FloatArray, v: FloatArray) -> None:
        gamma, eta = self.momentum, per_replica(eta, theta)
        v *= per_replica(gamma, v)
        if self.form == "slide":
            v += eta * g
            theta -= v
        elif self.form == "torch":
            v += g
            theta -= eta * v
        else:
            v += per_replica(1.0 - gamma, v) * g
            theta -= eta * v


class Nesterov(Optimizer):
    r"""Momentum that looks ahead, in the form of PyTorch's ``SGD(momentum, nesterov=True)``.

    .. math::
        v \leftarrow \gamma v + g \qquad \theta \leftarrow \theta - \eta\, (g + \gamma v)

    Sutskever et al. (2013) take the gradient at the point ahead, :math:`\phi + \mu u`, where the
    velocity :math:`u = -\eta v` would carry the parameters :math:`\phi`: :math:`u \leftarrow \mu u
    - \eta \nabla J(\phi + \mu u),\ \phi \leftarrow \phi + u`. Here :math:`\theta` *is* that point;
    with a constant :math:`\eta` and :math:`\gamma = \mu` both make the same steps. Nesterov (1983)
    lets :math:`\mu` grow towards 1 from update to update; here it is constant.

    Parameters
    ----------
    learning_rate : float, array_like, (R,), or schedule
        :math:`\eta \ge 0`.
    momentum : float or array_like, (R,)
        :math:`\gamma`, at least 0 and below 1.

    Raises
    ------
    TypeError, ValueError
        If a hyperparameter is not a number (or a row of numbers), or outside its range.
    """

    moments = ("v",)

    def __init__(self, learning_rate: LearningRate, momentum: Hyperparameter = 0.9) -> None:
        super().__init__(learning_rate)
        self.momentum = hyperparameter("momentum", momentum, below=1.0)

    def _update(self, eta: Value, theta: FloatArray, g: FloatArray, v: FloatArray) -> None:
        gamma = per_replica(self.momentum, theta)
        v *= gamma
        v += g
        theta -= per_replica(eta, theta) * (g + gamma * v)


class AdaGrad(Optimizer):
    r"""A learning rate for every parameter, falling with its gradients (Duchi et al., 2011).

    .. math::
        G \leftarrow G + g^2 \qquad
        \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{G} + \epsilon}

    The lecture's slide has :math:`\sqrt{G + \epsilon}`: say ``eps_inside=True``. Defaults and
    :math:`\epsilon` outside the root as in PyTorch; Keras has it inside, 1e-7, and starts with
    :math:`G = 0.1`.

    Parameters
    ----------
    learning_rate : float, array_like, (R,), or schedule
        :math:`\eta \ge 0`.
    eps : float or array_like, (R,)
        :math:`\epsilon > 0`.
    eps_inside : bool
        Whether :math:`\epsilon` stands inside the root.

    Raises
    ------
    TypeError, ValueError
        If a hyperparameter is not a number (or a row of numbers), or outside its range.
    """

    moments = ("G",)

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        eps: Hyperparameter = 1e-10,
        eps_inside: bool = False,
    ) -> None:
        super().__init__(learning_rate)
        self.eps = positive("eps", eps)
        self.eps_inside = eps_inside

    def _update(self, eta: Value, theta: FloatArray, g: FloatArray, G: FloatArray) -> None:
        G += g * g
        theta -= per_replica(eta, theta) * g / _root(G, self.eps, self.eps_inside)


class RMSProp(Optimizer):
    r"""AdaGrad that forgets: a moving average instead of a sum (Tieleman & Hinton, 2012).

    .. math::
        v \leftarrow \alpha v + (1 - \alpha)\, g^2 \qquad
        \theta \leftarrow \theta - \eta\, \frac{g}{\sqrt{v} + \epsilon}

    Defaults and :math:`\epsilon` outside the root as in PyTorch. ``eps_inside=True`` gives
    :math:`\sqrt{v + \epsilon}`, the place it has on the lecture's slide of AdaGrad and in Keras,
    whose :math:`\alpha` is ``rho=0.9``.

    Parameters
    ----------
    learning_rate : float, array_like, (R,), or schedule
        :math:`\eta \ge 0`.
    alpha : float or array_like, (R,)
        :math:`\alpha`, at least 0 and below 1.
    eps : float or array_like, (R,)
        :math:`\epsilon > 0`.
    eps_inside : bool
        Whether :math:`\epsilon` stands inside the root.

    Raises
    ------
    TypeError, ValueError
        If a hyperparameter is not a number (or a row of numbers), or outside its range.
    """

    moments = ("v",)

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        alpha: Hyperparameter = 0.99,
        eps: Hyperparameter = 1e-8,
        eps_inside: bool = False,
    ) -> None:
        super().__init__(learning_rate)
        self.alpha = hyperparameter("alpha", alpha, below=1.0)
        self.eps = positive("eps", eps)
        self.eps_inside = eps_inside

    def _update(self, eta: Value, theta: FloatArray, g: FloatArray, v: FloatArray) -> None:
        alpha = self.alpha
        v *= per_replica(alpha, v)
        v += per_replica(1.0 - alpha, v) * g * g
        theta -= per_replica(eta, theta) * g / _root(v, self.eps, self.eps_inside)


class Adam(Optimizer):
    r"""Adaptive moment estimation (Kingma & Ba, 2015, algorithm 1): momentum, RMSProp, correction.

    .. math::
        m &\leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad
        v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2 \\
        \theta &\leftarrow \theta - \eta\,
        \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    :math:`\epsilon` stands outside the root and after the bias correction, as in the paper and in
    PyTorch; TensorFlow's :math:`\hat\epsilon` is applied before the correction. The code multiplies
    numerator and denominator by :math:`\sqrt{1 - \beta_2^t}`, which corrects the two numbers
    :math:`\eta` and :math:`\epsilon` instead of the vectors (section 2 of the paper).

    Parameters
    ----------
    learning_rate : float, array_like, (R,), or schedule
        :math:`\eta \ge 0`; 0.001 in the paper.
    betas : pair of float or array_like, (R,)
        :math:`\beta_1, \beta_2`, both at least 0 and below 1.
    eps : float or array_like, (R,)
        :math:`\epsilon > 0`.
    bias_correction : bool
        Whether to divide by :math:`1 - \beta^t`. Without it the moments, which start from 0, are
        too small at first, and the second more than the first: the first steps are
        :math:`(1 - \beta_1) / \sqrt{1 - \beta_2} \approx 3` times too long.

    Raises
    ------
    TypeError, ValueError
        If a hyperparameter is not a number (or a row of numbers), or outside its range.
    """

    moments = ("m", "v")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        betas: tuple[Hyperparameter, Hyperparameter] = (0.9, 0.999),
        eps: Hyperparameter = 1e-8,
        bias_correction: bool = True,
    ) -> None:
        super().__init__(learning_rate)
        self.betas = tuple(hyperparameter("betas", beta, below=1.0) for beta in betas)
        if len(self.betas) != 2:
            raise ValueError(f"betas: expected two numbers, got {len(self.betas)}")
        self.eps = positive("eps", eps)
        self.bias_correction = bias_correction

    def _update(
        self, eta: Value, theta: FloatArray, g: FloatArray, m: FloatArray, v: FloatArray
    ) -> None:
        (beta1, beta2), t = self.betas, self.t + 1
        m *= per_replica(beta1, m)
        m += per_replica(1.0 - beta1, m) * g
        v *= per_replica(beta2, v)
        v += per_replica(1.0 - beta2, v) * g * g
        eps = self.eps
        if self.bias_correction:  # of two numbers, not of vectors: the same step
            root = elementwise(lambda beta: math.sqrt(1.0 - beta**t), beta2)
            eta = eta * root / (1.0 - elementwise(lambda beta: beta**t, beta1))
            eps = eps * root
        theta -= per_replica(eta, m) * m / (np.sqrt(v) + per_replica(eps, v))


class AdamW(Adam):
    r"""Adam with decoupled weight decay (Loshchilov & Hutter, 2019).

    .. math::
        \theta \leftarrow \theta - \eta \lambda\, \theta
        \qquad\text{and then Adam's update}

    The decay does not pass through the moments: every weight shrinks by the same share, while Adam
    divides the gradient of an L2 penalty by :math:`\sqrt{\hat v}`, like any other. As in PyTorch
    :math:`\lambda` is multiplied by the learning rate, which the paper keeps apart. PyTorch decays
    every parameter it is given.

    Parameters
    ----------
    learning_rate, betas, eps
        As for :class:`Adam`.
    weight_decay : float or array_like, (R,)
        :math:`\lambda \ge 0`.
    mask : array_like of bool, (P,), optional
        Which entries decay; all of them if not given. ``net.weight_mask`` leaves out biases and
        the parameters of batch normalization.

    Raises
    ------
    TypeError
        If a hyperparameter is not a number (or a row of numbers), or `mask` not booleans.
    ValueError
        If a hyperparameter is outside its range or `mask` is not one row.
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        betas: tuple[Hyperparameter, Hyperparameter] = (0.9, 0.999),
        eps: Hyperparameter = 1e-8,
        weight_decay: Hyperparameter = 0.01,
        mask: npt.ArrayLike | None = None,
    ) -> None:
        super().__init__(learning_rate, betas, eps)
        self.weight_decay = hyperparameter("weight_decay", weight_decay)
        self.mask = None if mask is None else _checked_mask(mask)

    def _start(self, theta: FloatArray) -> list[FloatArray]:
        memory, parameters = super()._start(theta), theta.shape[-1:]
        if self.mask is None:
            return memory
        if self.mask.shape != parameters:
            raise ValueError(
                f"mask: expected one entry for each of {parameters[0]} parameters, "
                f"got shape {self.mask.shape}"
            )
        return [*memory, self.mask.astype(theta.dtype)]

    def _update(
        self,
        eta: Value,
        theta: FloatArray,
        g: FloatArray,
        m: FloatArray,
        v: FloatArray,
        mask: FloatArray | float = 1.0,
    ) -> None:
        theta -= per_replica(eta * self.weight_decay, theta) * mask * theta
        super()._update(eta, theta, g, m, v)


def _root(v: FloatArray, eps: Value, eps_inside: bool) -> FloatArray:
    eps = per_replica(eps, v)
    return np.sqrt(v + eps) if eps_inside else np.sqrt(v) + eps


def _checked_mask(mask: npt.ArrayLike) -> BoolArray:
    mask = np.array(mask)
    if mask.dtype != bool:
        raise TypeError(f"mask: expected booleans, got {mask.dtype} values")
    if mask.ndim != 1:
        raise ValueError(f"mask: expected shape (P,), got {mask.shape}")
    return mask


def _shown(setting: Any) -> str:  # noqa: ANN401 - whatever a constructor takes
    """Return how a setting appears in a ``repr``."""
    if callable(setting):
        return getattr(setting, "__name__", type(setting).__name__)
    if isinstance(setting, tuple):
        return f"({', '.join(map(_shown, setting))})"
    return short(setting) if isinstance(setting, float | np.ndarray) else repr(setting)
