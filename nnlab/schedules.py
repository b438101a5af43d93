r"""Learning-rate schedules, each named by its formula (taught in lesson 8).

A schedule is a function ``update -> learning rate``, where ``update`` :math:`t` counts the updates
made so far: 0 for the first. The functions here make one; every optimizer takes it in place of a
number: ``SGD(cosine(0.1, updates=500))``.

The rates are Python floats. A parameter that is a row of R numbers, one for each replica, gives a
float64 row of R rates. All settings other than the counts of updates may be such rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from nnlab._checks import number, whole_number
from nnlab._hyperparameters import (
    Hyperparameter,
    Value,
    elementwise,
    hyperparameter,
    positive,
    share,
)

Schedule: TypeAlias = Callable[[int], Value]
"""Number of updates made so far, 0, 1, 2, …, to a learning rate, a float or a row."""


def constant(rate: Hyperparameter) -> Schedule:
    r"""Return the schedule :math:`\eta_t = \eta_0`.

    Parameters
    ----------
    rate : float or array_like, (R,)
        :math:`\eta_0 \ge 0`.

    Returns
    -------
    callable

    Raises
    ------
    TypeError, ValueError
        If `rate` is no such number or row.
    """
    eta = hyperparameter("rate", rate)

    def constant_schedule(update: int) -> Value:
        _updates(update)
        return eta

    return constant_schedule


def step_decay(initial: Hyperparameter, factor: Hyperparameter, every: int) -> Schedule:
    r"""Return the schedule :math:`\eta_t = \eta_0 f^{\lfloor t/n \rfloor}`, a staircase.

    :math:`\eta_0` up to update :math:`n - 1`, :math:`\eta_0 f` from update :math:`n` on. PyTorch's
    ``StepLR(step_size=n, gamma=f)``; Keras' ``ExponentialDecay(staircase=True)``.

    Parameters
    ----------
    initial : float or array_like, (R,)
        :math:`\eta_0 \ge 0`.
    factor : float or array_like, (R,)
        :math:`f`, from 0 to 1.
    every : int
        :math:`n \ge 1`, updates on one step of the staircase.

    Returns
    -------
    callable

    Raises
    ------
    TypeError, ValueError
        If a setting is no number, or outside its range.
    """
    eta, f = hyperparameter("initial", initial), share("factor", factor)
    _check_rows(eta, f)
    n = whole_number("every", every)

    def step_decay_schedule(update: int) -> Value:
        steps = _updates(update) // n
        return eta * elementwise(lambda f: f**steps, f)

    return step_decay_schedule


def exponential_decay(initial: Hyperparameter, decay: Hyperparameter) -> Schedule:
    r"""Return the schedule :math:`\eta_t = \eta_0\, e^{-kt}`.

    :math:`\eta_0` at update 0, half of it after :math:`\ln 2 / k` updates. PyTorch's
    ``ExponentialLR(gamma)`` with :math:`\gamma = e^{-k}`; Keras' ``ExponentialDecay(decay_steps=s,
    decay_rate=f)`` with :math:`k = -\ln f / s`.

    Parameters
    ----------
    initial : float or array_like, (R,)
        :math:`\eta_0 \ge 0`.
    decay : float or array_like, (R,)
        :math:`k \ge 0`, per update.

    Returns
    -------
    callable

    Raises
    ------
    TypeError, ValueError
        If a setting is no number, or outside its range.
    """
    eta, k = hyperparameter("initial", initial), hyperparameter("decay", decay)
    _check_rows(eta, k)

    def exponential_decay_schedule(update: int) -> Value:
        t = _updates(update)
        return eta * elementwise(lambda k: math.exp(-k * t), k)

    return exponential_decay_schedule


def inverse_time(initial: Hyperparameter, decay: Hyperparameter) -> Schedule:
    r"""Return the schedule :math:`\eta_t = \eta_0 / (1 + kt)`.

    :math:`\eta_0` at update 0, half of it after :math:`1/k` updates; sometimes sold as exponential,
    which it is not: it falls ever more slowly. Keras' ``InverseTimeDecay(decay_steps=1,
    decay_rate=k)``; PyTorch has none, ``LambdaLR(lambda t: 1 / (1 + k * t))`` does it.

    Parameters
    ----------
    initial : float or array_like, (R,)
        :math:`\eta_0 \ge 0`.
    decay : float or array_like, (R,)
        :math:`k \ge 0`, per update.

    Returns
    -------
    callable

    Raises
    ------
    TypeError, ValueError
        If a setting is no number, or outside its range.
    """
    eta, k = hyperparameter("initial", initial), hyperparameter("decay", decay)
    _check_rows(eta, k)

    def inverse_time_schedule(update: int) -> Value:
        return eta / (1.0 + k * _updates(update))

    return inverse_time_schedule


def cosine(initial: Hyperparameter, updates: int, final: Hyperparameter = 0.0) -> Schedule:
    r"""Return half a cosine from one rate to another (Loshchilov & Hutter, 2017, no restarts).

    .. math::
        \eta_t = \eta_T + \tfrac12 (\eta_0 - \eta_T) \left(1 + \cos\frac{\pi t}{T}\right)

    :math:`\eta_0` at update 0, the mean of both at :math:`T/2`, :math:`\eta_T` at update :math:`T`
    and from then on. A run of :math:`T` updates ends with update :math:`T - 1`, just above
    :math:`\eta_T`. PyTorch's ``CosineAnnealingLR(T_max=T, eta_min)``, which rises again after
    :math:`T`; Keras' ``CosineDecay(decay_steps=T, alpha)`` with :math:`\alpha = \eta_T/\eta_0`.

    Parameters
    ----------
    initial : float or array_like, (R,)
        :math:`\eta_0 \ge 0`.
    updates : int
        :math:`T \ge 1`.
    final : float or array_like, (R,)
        :math:`\eta_T \ge 0`.

    Returns
    -------
    callable

    Raises
    ------
    TypeError, ValueError
        If a setting is no number, or outside its range.
    """
    start, end = hyperparameter("initial", initial), hyperparameter("final", final)
    _check_rows(start, end)
    last = whole_number("updates", updates)

    def cosine_schedule(update: int) -> Value:
        t = min(_updates(update), last)
        return _half_cosine(start, end, t / last)

    return cosine_schedule


def warm_up(schedule: Schedule | Hyperparameter, updates: int) -> Schedule:
    r"""Return a schedule multiplied by a line from nearly 0 to 1 (Goyal et al., 2017).

    .. math:: \eta_t = \min\left(1, \frac{t + 1}{n + 1}\right) s_t

    :math:`s_0 / (n + 1)` at update 0, so that no update is wasted with a rate of 0; :math:`s_n` at
    update :math:`n`: the first :math:`n` updates are smaller. The schedule is not shifted:
    ``warm_up(cosine(0.1, 500), 20)`` ends where ``cosine(0.1, 500)`` does. PyTorch's
    ``LinearLR(start_factor=1/(n + 1), total_iters=n)``, chained with the other scheduler by
    ``ChainedScheduler`` (``SequentialLR`` would shift it).

    Parameters
    ----------
    schedule : callable, float or array_like, (R,)
        :math:`s`; a number is a constant schedule.
    updates : int
        :math:`n \ge 0`.

    Returns
    -------
    callable

    Raises
    ------
    TypeError, ValueError
        If a setting is no number, or outside its range.
    """
    target = schedule if callable(schedule) else constant(schedule)
    n = whole_number("updates", updates, least=0)

    def warm_up_schedule(update: int) -> Value:
        return min(1.0, (_updates(update) + 1) / (n + 1)) * target(update)

    return warm_up_schedule


def one_cycle(
    peak: Hyperparameter,
    updates: int,
    pct_start: float = 0.3,
    div_factor: Hyperparameter = 25.0,
    final_div_factor: Hyperparameter = 1e4,
) -> Schedule:
    r"""Return one rise to a peak and one fall far below the start (Smith, 2018).

    The variant of PyTorch's ``OneCycleLR(peak, total_steps, pct_start)`` with its default
    ``anneal_strategy="cos"``: two half cosines,

    .. math::
        \frac{\eta_{\max}}{d} \nearrow \eta_{\max}
            \quad\text{from update } 0 \text{ to } u = pT - 1, \qquad
        \eta_{\max} \searrow \frac{\eta_{\max}}{d\, d_T}
            \quad\text{from } u \text{ to } T - 1,

    and the last rate from then on. Smith's own has straight lines and a short third phase. The
    momentum stays what it is: PyTorch also cycles it unless ``cycle_momentum=False``.

    Parameters
    ----------
    peak : float or array_like, (R,)
        :math:`\eta_{\max} \ge 0`. Reached exactly if :math:`pT` is a whole number.
    updates : int
        :math:`T`, all updates of the run.
    pct_start : float
        :math:`p`, the rising share (not a percentage), below 1 and with :math:`pT > 1`.
    div_factor, final_div_factor : float or array_like, (R,)
        :math:`d, d_T > 0`.

    Returns
    -------
    callable

    Raises
    ------
    TypeError, ValueError
        If a setting is no number, or outside its range.
    """
    top, divisor = hyperparameter("peak", peak), positive("div_factor", div_factor)
    final_divisor = positive("final_div_factor", final_div_factor)
    _check_rows(top, divisor, final_divisor)
    start = top / divisor
    end = start / final_divisor
    last = whole_number("updates", updates) - 1
    rise = number("pct_start", pct_start) * updates
    if not 1 < rise < updates:
        raise ValueError(
            f"pct_start: expected a share below 1 that leaves more than one of the {updates} "
            f"updates for the rise, got {pct_start!r}"
        )
    turn = rise - 1

    def one_cycle_schedule(update: int) -> Value:
        t = min(_updates(update), last)
        if t <= turn:
            return _half_cosine(start, top, t / turn)
        return _half_cosine(top, end, (t - turn) / (last - turn))

    return one_cycle_schedule


def per_epoch(schedule: Schedule, updates_per_epoch: int) -> Schedule:
    r"""Return a schedule counted in epochs as one counted in updates.

    :math:`\eta_t = s_{\lfloor t/n \rfloor}`: constant within an epoch, as when PyTorch's
    ``scheduler.step()`` is called once an epoch. ``per_epoch(cosine(0.1, 30), 13)`` falls for 30
    epochs of 13 updates.

    Parameters
    ----------
    schedule : callable
        :math:`s`, from the number of epochs completed to a rate.
    updates_per_epoch : int
        :math:`n \ge 1`: the number of examples over the batch size, rounded up.

    Returns
    -------
    callable

    Raises
    ------
    TypeError
        If `schedule` is not callable, or `updates_per_epoch` not a whole number.
    ValueError
        If `updates_per_epoch` is below 1.
    """
    if not callable(schedule):
        raise TypeError(f"schedule: expected a function of the epoch, got {schedule!r}")
    n = whole_number("updates_per_epoch", updates_per_epoch)

    def per_epoch_schedule(update: int) -> Value:
        return schedule(_updates(update) // n)

    return per_epoch_schedule


def _half_cosine(start: Value, end: Value, share: float) -> Value:
    """Return the value after a share of the way, exact at both ends."""
    weight = 0.5 * (1.0 + math.cos(math.pi * share))
    return weight * start + (1.0 - weight) * end


def _check_rows(*values: Value) -> None:
    sizes = {value.size for value in values if not isinstance(value, float)}
    if len(sizes) > 1:
        raise ValueError(
            "hyperparameters: expected rows with one value for each replica, got rows of "
            + " and ".join(map(str, sorted(sizes)))
        )


def _updates(update: int) -> int:
    """Return the number of updates made so far after checking it, once in every update."""
    return update if type(update) is int and update >= 0 else whole_number("update", update, 0)
