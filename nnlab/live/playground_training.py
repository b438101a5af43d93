"""What the playground trains: one small network, update by update, under settings that may change.

No threads, no widgets, no drawing: the same settings at the same updates give the same numbers,
whether they were made in one go or one by one.
"""

import math
import time
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from nnlab._arrays import AnyArray, FloatArray, IntArray
from nnlab.activations import identity, leaky_relu, relu
from nnlab.diagnostics import UpdateRatio, layer_statistics
from nnlab.layers import Activation, BatchNorm, Dense, Dropout, Layer
from nnlab.live.playground_settings import (
    ACTIVATIONS,
    DATA_SETS,
    EXAMPLES,
    INITIALIZATIONS,
    OPTIMIZERS,
    PENALTIES,
    SCHEDULES,
    Settings,
)
from nnlab.losses import BinaryCrossEntropy
from nnlab.metrics import accuracy
from nnlab.network import Sequential

__all__ = ["LIMITS", "Health", "Snapshot", "Training"]

LIMITS = (-3.0, 3.0)
"""The part of the plane that is looked at, in both directions."""

_SCALE = 1.6  # shapes of radius 1 become this large: near 0, few units bend a border
_CENTRES = {"moons": (0.5, 0.25)}  # the others have theirs at the origin
_GRID = np.stack(np.meshgrid(*[np.linspace(*LIMITS, 64)] * 2), axis=-1)
_MOST_RECORDS = 400
_NEVER_SATURATED = (relu, leaky_relu, identity)  # their slope is exactly 0 or far from it


@dataclass(frozen=True)
class Health:
    """How the layers with weights are, first hidden layer first, output layer last.

    Attributes
    ----------
    gradient : ndarray, (L,)
        Norm of the gradient of the training loss with respect to the weight matrix.
    ratio : ndarray, (L,)
        How far the latest update moved the weights: the norm of the change by that of the weights.
        NaN before the first update.
    idle : ndarray, (L - 1,)
        Of every hidden layer the share of units that learn next to nothing: dead ones, or for
        curved activations the share of saturated outputs.
    saturation : bool
        Whether `idle` counts saturated outputs.
    zero, weights : int
        How many weights are exactly 0, and how many there are.
    """

    gradient: FloatArray
    ratio: FloatArray
    idle: FloatArray
    saturation: bool
    zero: int
    weights: int


@dataclass(frozen=True)
class Snapshot:
    """What there is to see after some updates.

    Attributes
    ----------
    settings : Settings
        Those in force.
    updates : int
        Updates made by this network.
    epochs : float
        Passes over the training examples.
    rate : float
        Learning rate of the next update.
    x, y : ndarray, (EXAMPLES, 2) and (EXAMPLES,)
        Training examples and their classes, 0 or 1.
    surface : ndarray, (64, 64)
        Probability of class 1 over ``LIMITS``, rows from low to high.
    recorded : ndarray of int, (T,)
        Updates at which losses were measured, the last one is now.
    train_loss, validation_loss : ndarray, (T,)
        Losses without the penalty, in nats.
    accuracy : float
        On the validation examples.
    changes : tuple of int
        Updates after which a setting was changed.
    health : Health
        Of every layer.
    diverged : bool
        Whether the loss or a weight stopped being a finite number. Then `updates` says when, and
        the rest is that of the last finite snapshot.
    """

    settings: Settings
    updates: int
    epochs: float
    rate: float
    x: FloatArray
    y: IntArray
    surface: FloatArray
    recorded: IntArray
    train_loss: FloatArray
    validation_loss: FloatArray
    accuracy: float
    changes: tuple[int, ...]
    health: Health
    diverged: bool = False


class _Part(NamedTuple):
    x: FloatArray
    y: AnyArray


class Training:
    """A network in training that takes new settings at any update.

    Parameters
    ----------
    settings : Settings
        At the start.
    seed : int, optional
        Fixes data, initial weights, order of the examples and dropout.
    """

    _settings: Settings
    _net: Sequential
    _train: _Part
    _validation: _Part
    _updates: int
    _latest: Snapshot

    def __init__(self, settings: Settings, seed: int = 0) -> None:
        self._seed = seed
        self._loss = BinaryCrossEntropy()
        self._start(settings)

    @property
    def settings(self) -> Settings:
        """Those in force."""
        return self._settings

    @property
    def updates(self) -> int:
        """Updates made by this network."""
        return self._updates

    def restart(self) -> None:
        """Begin again with a new network, from the same initial weights, under these settings."""
        self._start(self._settings)

    def apply(self, settings: Settings) -> None:
        """Put new settings in force from the next update on.

        What shapes the network or chooses the data set starts a new network. Another optimizer
        begins without the memory of the one before. Everything else leaves the network and its
        optimizer as they are.

        Parameters
        ----------
        settings : Settings
            The new ones.
        """
        before = self._settings
        if settings == before:
            return
        if self._updates == 0 or not settings.same_network(before):
            self._start(settings)
            return
        self._settings = settings
        self._changes.append(self._updates)
        if settings.noise != before.noise:
            self._draw_data()
        if settings.optimizer != before.optimizer:
            self._optimizer = OPTIMIZERS[settings.optimizer](settings.learning_rate)
        if settings.schedule != before.schedule:
            self._schedule_start = self._updates
        self._follow(settings)
        for layer in self._net.layers:
            if isinstance(layer, Dropout):
                layer.rate = settings.dropout
        if not self._latest.diverged:
            self._latest = self._look()

    def advance(self, updates: int, seconds: float = math.inf) -> Snapshot:
        """Train on and return what there is to see then.

        Parameters
        ----------
        updates : int
            How many updates to make, at least one; fewer if the network diverges.
        seconds : float, optional
            The update during which this time runs out is the last one.

        Returns
        -------
        Snapshot
            After a divergence the last finite one, marked as diverged.
        """
        end = time.monotonic() + seconds
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for left in range(updates - 1, -1, -1):
                if self._latest.diverged:
                    break
                last = left == 0 or time.monotonic() >= end
                self._update(observed=last)
                if last:
                    break
            if not self._latest.diverged:
                self._latest = self._look()
        return self._latest

    def snapshot(self) -> Snapshot:
        """Return what there is to see now.

        Returns
        -------
        Snapshot
        """
        return self._latest

    def _start(self, settings: Settings) -> None:
        self._settings = settings
        self._draw_data()
        # In float64, as the numbers in its sentence must be the same on every processor.
        self._net = Sequential(*_layers(settings), seed=self._seed, dtype=np.float64)
        self._targets = self._loss.targets(self._train.y, self._net.forward(self._train.x))
        self._least_batch = max(layer.least_batch for layer in self._net.layers)
        self._optimizer = OPTIMIZERS[settings.optimizer](settings.learning_rate)
        self._schedule_start = 0
        self._follow(settings)
        self._order_rng = np.random.default_rng(self._seed)
        self._order: IntArray = np.zeros(0, dtype=np.intp)
        self._updates, self._examples = 0, 0
        self._changes: list[int] = []
        self._ratio = np.full(settings.hidden_layers + 1, np.nan)
        self._every = 5
        self._records = [(0, *self._losses())]
        self._latest = self._look()

    def _follow(self, settings: Settings) -> None:
        """Take over what every update asks for."""
        self._schedule = SCHEDULES[settings.schedule](settings.learning_rate)
        self._penalty = PENALTIES[settings.penalty](settings.penalty_strength)

    def _rate(self) -> float:
        return float(self._schedule(self._updates - self._schedule_start))

    def _draw_data(self) -> None:
        name = self._settings.data_set
        data = DATA_SETS[name](n=2 * EXAMPLES, noise=self._settings.noise, seed=self._seed)
        x = _SCALE * (data.x - _CENTRES.get(name, (0.0, 0.0)))
        self._train = _Part(x[:EXAMPLES], data.y[:EXAMPLES])
        self._validation = _Part(x[EXAMPLES:], data.y[EXAMPLES:])

    def _update(self, *, observed: bool) -> None:
        net, batch = self._net, self._next_batch()
        observer = UpdateRatio(net) if observed else None
        z = net.forward(self._train.x[batch], training=True)
        net.backward(self._loss.derivative(z, self._targets[batch]))
        self._penalty.add_gradient(net.theta, net.grad, net.weight_mask)
        self._optimizer.learning_rate = rate = self._rate()
        self._optimizer.step(net.theta, net.grad)
        self._penalty.after_step(net.theta, rate, net.weight_mask)
        self._updates += 1
        self._examples += batch.size
        if not np.isfinite(net.theta).all():
            self._latest = replace(self._latest, updates=self._updates, diverged=True)
            return
        if observer is not None:
            observer(net, 1)
            self._ratio = observer.ratios[-1]
        if self._updates % self._every == 0:
            self._record()

    def _next_batch(self) -> IntArray:
        """Return the next examples of this epoch's order; a new size cuts what is left of it."""
        if self._order.size == 0:
            self._order = self._order_rng.permutation(EXAMPLES)
        size = max(self._settings.batch_size, self._least_batch)
        if self._order.size - size < self._least_batch:  # the next one would be too small
            size = self._order.size
        batch, self._order = self._order[:size], self._order[size:]
        return batch

    def _losses(self) -> tuple[float, float]:
        return self._loss_of(self._train), self._loss_of(self._validation)

    def _loss_of(self, part: _Part) -> float:
        return float(self._loss.value(self._net.forward(part.x), part.y))

    def _record(self) -> None:
        """Keep the losses, of a long run only every second, fourth, … of them."""
        self._records.append((self._updates, *self._losses()))
        if len(self._records) > _MOST_RECORDS:
            del self._records[1::2]
            self._every *= 2

    def _look(self) -> Snapshot:
        train_loss = self._loss_of(self._train)
        z = self._net.forward(self._validation.x)
        validation_loss = float(self._loss.value(z, self._validation.y))
        p = self._loss.head(self._net.forward(_GRID.reshape(-1, 2)))
        if not (math.isfinite(train_loss + validation_loss) and np.isfinite(p).all()):
            return replace(self._latest, updates=self._updates, diverged=True)
        records = [*self._records]
        if records[-1][0] != self._updates:
            records.append((self._updates, train_loss, validation_loss))
        else:  # the data may have changed since
            records[-1] = (self._updates, train_loss, validation_loss)
        recorded, train_losses, validation_losses = zip(*records, strict=True)
        return Snapshot(
            settings=self._settings,
            updates=self._updates,
            epochs=self._examples / EXAMPLES,
            rate=self._rate(),
            x=self._train.x,
            y=self._train.y,
            surface=p.reshape(_GRID.shape[:2]),
            recorded=np.array(recorded),
            train_loss=np.array(train_losses),
            validation_loss=np.array(validation_losses),
            accuracy=float(accuracy(self._validation.y, self._loss.predict(z))),
            changes=tuple(self._changes),
            health=self._health(),
        )

    def _health(self) -> Health:
        found = layer_statistics(self._net, self._loss, self._train.x, self._train.y)
        matrices = [place for place, name in enumerate(found.parameters) if name.endswith(".W")]
        saturation = ACTIVATIONS[self._settings.activation] not in _NEVER_SATURATED
        weights = self._net.theta[self._net.weight_mask]
        idle = found.saturated if saturation else found.dead
        return Health(
            gradient=found.parameter_gradient_norm[matrices],
            ratio=self._ratio,
            idle=idle[found.rows(Activation)],
            saturation=saturation,
            zero=int(np.count_nonzero(weights == 0)),
            weights=weights.size,
        )


def _layers(settings: Settings) -> list[Layer]:
    layers: list[Layer] = []
    inputs, init = 2, INITIALIZATIONS[settings.initialization]
    for _ in range(settings.hidden_layers):
        layers += [
            # Normalization subtracts any bias again.
            Dense(inputs, settings.units, init=init, bias=not settings.batch_norm),
            *([BatchNorm(settings.units)] if settings.batch_norm else []),
            Activation(ACTIVATIONS[settings.activation]),
            Dropout(settings.dropout),
        ]
        inputs = settings.units
    return [*layers, Dense(inputs, 1, init=init)]
