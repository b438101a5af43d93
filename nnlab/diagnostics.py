"""The health of a network, layer by layer: activations, gradients, updates (taught in lesson 6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnlab._arrays import AnyArray, FloatArray, IntArray
from nnlab._batches import prepare
from nnlab._checks import number_above, whole_number
from nnlab._preserved import preserved
from nnlab.activations import derivative, softmax
from nnlab.layers import Activation, Layer
from nnlab.losses import Loss
from nnlab.network import Sequential

# One pass ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LayerStatistics:
    r"""What one pass through a network shows: a row for each of L layers and of K parameter arrays.

    A figure of a layer whose values are not all finite is NaN.

    Attributes
    ----------
    layers : tuple of Layer
        The network's layers, first to last.
    mean, std : ndarray, (L, *R)
        Mean and standard deviation of a layer's outputs, over all examples and units.
    dead : ndarray, (L, *R)
        Share of the units with :math:`f'(z) = 0` for every example of the batch, from 0 to 1: no
        example teaches them anything. NaN for layers other than :class:`~nnlab.layers.Activation`,
        and for softmax, which has no derivative for each unit.
    saturated : ndarray, (L, *R)
        Share of :math:`|f'(z)|` below the threshold, over all examples and units; NaN likewise.
        For ReLU this is the share of zeros, about 0.5 at the start and nothing to worry about.
    gradient_std, gradient_norm : ndarray, (L, *R)
        Standard deviation and Euclidean norm of the gradient of the mean loss with respect to a
        layer's outputs.
    parameters : tuple of str
        Names such as ``"0.W"``.
    parameter_norm, parameter_gradient_norm : ndarray, (K, *R)
        Euclidean norm of a parameter array and of the gradient with respect to it.
    """

    layers: tuple[Layer, ...]
    mean: FloatArray
    std: FloatArray
    dead: FloatArray
    saturated: FloatArray
    gradient_std: FloatArray
    gradient_norm: FloatArray
    parameters: tuple[str, ...]
    parameter_norm: FloatArray
    parameter_gradient_norm: FloatArray

    def rows(self, kind: type[Layer]) -> IntArray:
        """Return the places of one kind of layer: ``found.std[found.rows(Dense)]``."""
        return np.flatnonzero([isinstance(layer, kind) for layer in self.layers])


def layer_statistics(
    net: Sequential, loss: Loss, x: AnyArray, y: AnyArray, *, saturation: float = 0.01
) -> LayerStatistics:
    r"""Return statistics of all layers from one training pass, forward and backward, on a batch.

    Activations that shrink or grow from layer to layer, or gradients that do so on their way back,
    show a bad initialization before anything is trained (Glorot & Bengio, 2010).

    Parameters
    ----------
    net : Sequential
        Left as it was: parameters, gradients, running statistics and random streams.
    loss : Loss
        Where the gradient comes from; a regularizer's penalty is not part of it.
    x : ndarray, (N, features) or (R, N, features)
        A batch of examples.
    y : ndarray, (N,), (N, outputs) or with a leading R
        Targets.
    saturation : float
        A unit counts as saturated for an example if :math:`|f'(z)|` is below this: a backward pass
        lets less than this share of the gradient through. At 0.01 that is ``|tanh| > 0.995``, or a
        sigmoid below 0.0101 or above 0.9899.

    Returns
    -------
    LayerStatistics
        float64, whatever the network's dtype, so that very small numbers have a standard deviation.

    Raises
    ------
    ValueError
        If shapes do not fit, `x` or `y` are not finite, there are no examples, or `saturation` is
        not above 0.
    TypeError
        If `x` or `y` do not hold numbers, or `saturation` is none.

    Notes
    -----
    The layers remember this pass now: ``net.backward`` needs a ``net.forward`` before it again.
    Between the updates of :func:`nnlab.training.fit` that is always so.
    """
    saturation = number_above("saturation", saturation, 0)
    x, targets = prepare(net, loss, "", x, y)
    first = net.layers[0]
    with preserved(net), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        outputs, shares = [], []
        for layer in net.layers:
            x = layer.forward(x, training=True)
            outputs.append(_moments(x))
            shares.append(_dead_and_saturated(layer, saturation))
        dy, gradients = loss.derivative(x, targets), []
        for layer in reversed(net.layers):
            gradients.append(_moments(dy))
            dy = layer.backward(dy, inputs=layer is not first)  # type: ignore[assignment]
        values = [_moments(value) for _, value, _ in net.parameters()]
        slopes = [_moments(grad) for _, _, grad in net.parameters()]

    mean, std, _ = _table(outputs, 3, net)
    dead, saturated = np.where(np.isfinite(mean), _table(shares, 2, net), np.nan)
    _, gradient_std, gradient_norm = _table(gradients[::-1], 3, net)
    return LayerStatistics(
        net.layers, mean, std, dead, saturated, gradient_std, gradient_norm,
        tuple(name for name, _, _ in net.parameters()),
        _table(values, 3, net)[2], _table(slopes, 3, net)[2],
    )  # fmt: skip


def _moments(x: FloatArray) -> FloatArray:
    """Return mean, standard deviation and norm over the last two axes, ``(3, *R)``."""
    x = x.astype(np.float64).reshape(*x.shape[:-2], -1)
    largest = np.abs(x).max(axis=-1, keepdims=True)
    # In units of the largest number, no square underflows or overflows; inf / inf is NaN.
    unit = np.where(largest > 0, largest, 1.0)
    x = x / unit
    norm = np.sqrt((x * x).sum(axis=-1))
    return unit[..., 0] * np.stack([x.mean(axis=-1), x.std(axis=-1), norm])


def _dead_and_saturated(layer: Layer, saturation: float) -> FloatArray:
    """Return both shares of the layer's last forward pass, ``(2, *R)``."""
    if not isinstance(layer, Activation) or layer.function is softmax:
        return np.full(2, np.nan)
    slope = np.abs(derivative(layer.function)(layer.z, layer.a))
    dead = (slope == 0).all(axis=-2).mean(axis=-1)
    return np.stack([dead, (slope < saturation).mean(axis=(-2, -1))])


def _table(rows: Sequence[FloatArray], figures: int, net: Sequential) -> FloatArray:
    """Return rows of `figures` numbers each as ``(figures, rows, *R)``.

    A row without a replica axis, from a layer in front of all parameters, is that of every replica.
    """
    table = np.empty((figures, len(rows), *net.replicas))
    for k, row in enumerate(rows):
        table[:, k].T[...] = row.T
    return table


# Updates ----------------------------------------------------------------------------------------


class UpdateRatio:
    r"""How far updates move the weights: :math:`\|\Delta W\| / \|W\|` for every weight matrix.

    The norms are Euclidean, :math:`W` is that before the update, and :math:`\Delta W` is all that
    one update changed, with momentum, clipping, regularizers and weight decay. A rule of thumb,
    no law: about 1e-3 is healthy; far below it the learning rate is too low, far above it too high
    (Karpathy and others, Stanford course CS231n, notes on "Ratio of weights:updates").

    Parameters
    ----------
    net : Sequential
        The network, as it is before its training begins.
    every : int
        Records updates `every`, ``2 * every``, …

    Attributes
    ----------
    names : tuple of str
        Names of the K weight matrices, such as ``"0.W"``; biases and the parameters of batch
        normalization are not among them.
    updates : ndarray of int, (T,)
        The recorded updates, counted from 1.
    ratios : ndarray, (T, K, *R)
        Infinite where a matrix held only zeros before, NaN where one is not finite.

    Raises
    ------
    TypeError, ValueError
        If `every` is not a whole number of at least 1.

    Examples
    --------
    >>> from nnlab.layers import Dense
    >>> from nnlab.losses import MeanSquaredError
    >>> from nnlab.optimizers import SGD
    >>> from nnlab.training import fit
    >>> net = Sequential(Dense(1, 1))
    >>> observer = UpdateRatio(net, every=10)
    >>> x = np.linspace(-1, 1, 20)[:, None]
    >>> history = fit(
    ...     net, MeanSquaredError(), SGD(0.1), x, x[:, 0], epochs=30, on_update=observer
    ... )
    >>> observer.updates, observer.ratios.shape
    (array([10, 20, 30]), (3, 1))
    """

    def __init__(self, net: Sequential, every: int = 1) -> None:
        self.net, self.every = net, whole_number("every", every)
        weights = [p for p in net.parameters() if _is_weight(net, p.name)]
        self.names = tuple(name for name, _, _ in weights)
        self._weights = [value for _, value, _ in weights]
        self._before = [value.copy() for value in self._weights]
        self._latest = 0
        self._updates: list[int] = []
        self._ratios: list[FloatArray] = []

    def __call__(self, net: Sequential, updates: int) -> None:
        """Observe an update; ``fit(..., on_update=observer)`` calls this after each.

        Raises
        ------
        ValueError
            If this is another network or not the next update: make one observer for each `fit`.
        """
        if net is not self.net or updates != self._latest + 1:
            raise ValueError(
                f"on_update: expected update {self._latest + 1} of the network this UpdateRatio "
                f"was made with, got update {updates} of {net!r}; make a new one for each fit"
            )
        self._latest = updates
        if updates % self.every == 0:
            self._updates.append(updates)
            self._ratios.append(self._ratio())
        if (updates + 1) % self.every == 0:
            self._before = [value.copy() for value in self._weights]

    def _ratio(self) -> FloatArray:
        ratios = np.empty((len(self.names), *self.net.replicas))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for k, (before, now) in enumerate(zip(self._before, self._weights, strict=True)):
                ratios[k] = _moments(now - before)[2] / _moments(before)[2]
        return ratios

    @property
    def updates(self) -> IntArray:
        """The recorded updates, ``(T,)``."""
        return np.array(self._updates, dtype=np.intp)

    @property
    def ratios(self) -> FloatArray:
        """The ratios, ``(T, K, *R)``."""
        return np.array(self._ratios).reshape(
            len(self._ratios), len(self.names), *self.net.replicas
        )


def _is_weight(net: Sequential, parameter: str) -> bool:
    place, key = parameter.split(".")
    return key in net.layers[int(place)].weights
