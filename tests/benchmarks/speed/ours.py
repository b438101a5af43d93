"""nnlab's side: training steps as ``fit`` makes them, ``fit`` itself, and the bare products."""

from itertools import pairwise

import numpy as np

from nnlab.activations import relu
from nnlab.initializers import he
from nnlab.layers import Activation, BatchNorm, Dense, Dropout
from nnlab.losses import BinaryCrossEntropy, CategoricalCrossEntropy
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.regularizers import L2
from nnlab.splits import minibatches
from nnlab.training import fit

from .tasks import GRID_STEPS, LEARNING_RATE, REPLICAS, SLIDER_EPOCHS, SMALL, data, slider_data


def network(task, seed=0):
    layers = []
    for inputs, outputs in pairwise(task.widths[:-1]):
        layers.append(Dense(inputs, outputs, init=he, bias=not task.batch_norm))
        if task.batch_norm:
            layers.append(BatchNorm(outputs))
        layers.append(Activation(relu))
        if task.dropout:
            layers.append(Dropout(task.dropout))
    return Sequential(*layers, Dense(*task.widths[-2:]), seed=seed)


def loss_of(task):
    return BinaryCrossEntropy() if task.widths[-1] == 1 else CategoricalCrossEntropy()


def epoch(task, seed=0, examples=None):
    """Set up a network (or replicas); a turn is one epoch of training steps."""
    x, y = (column[:examples] for column in data(task))
    net, loss, optimizer = network(task, seed), loss_of(task), Adam(LEARNING_RATE)
    targets, rng = loss.targets(y, net.forward(x)), np.random.default_rng(0)

    def turn():
        for batch in minibatches(len(x), task.batch, rng):
            z = net.forward(x[batch], training=True)
            net.backward(loss.derivative(z, targets[batch]))
            optimizer.step(net.theta, net.grad)

    return turn


def replica_epoch(examples):
    return epoch(SMALL, range(REPLICAS), examples)


def loop_epoch(examples):
    """The same networks one after the other."""
    turns = [epoch(SMALL, seed, examples) for seed in range(REPLICAS)]
    return lambda: [turn() for turn in turns]


def fitting(task, epochs):
    """A turn makes a network and fits it.

    scikit-learn adds up the losses of its batches and measures nothing after an epoch, so this
    measures before and after the training only.
    """
    x, y = data(task)
    return lambda: fit(
        network(task), loss_of(task), Adam(LEARNING_RATE), x, y,
        epochs=epochs, batch_size=task.batch, record_every=epochs,
    )  # fmt: skip


def slider_step():
    """A turn is what one move of a slider costs: train with both histories, fill the map."""
    train, validation, grid = slider_data()

    def turn():
        net, loss = network(SMALL), loss_of(SMALL)
        history = fit(
            net, loss, Adam(0.01), *train,
            epochs=SLIDER_EPOCHS, batch_size=SMALL.batch, validation=validation,
        )  # fmt: skip
        return history, loss.head(net.forward(grid))

    return turn


def grid_of_networks():
    """A turn trains 8 learning rates × 8 strengths of L2, 480 steps each."""
    x, y = (column[:256] for column in data(SMALL))
    rates, strengths = np.meshgrid(np.logspace(-4, -1, 8), np.logspace(-5, 0, 8))

    def turn():
        net = network(SMALL, [0] * rates.size)
        return fit(
            net, loss_of(SMALL), Adam(rates.ravel()), x, y,
            epochs=GRID_STEPS * SMALL.batch // len(x), batch_size=SMALL.batch,
            regularizer=L2(strengths.ravel()),
        )  # fmt: skip

    return turn


def matrix_products(task):
    """A turn makes the products of one epoch's forward and backward passes and nothing else."""
    rng = np.random.default_rng(0)
    steps = len(data(task)[0]) // task.batch
    acts = [rng.standard_normal((task.batch, n), dtype=np.float32) for n in task.widths]
    weights = [rng.standard_normal(pair, dtype=np.float32) for pair in pairwise(task.widths)]
    grads = [np.empty_like(W) for W in weights]

    def turn():
        for _ in range(steps):
            for x, W in zip(acts, weights, strict=False):
                x @ W  # forward
            for layer in reversed(range(len(weights))):
                np.matmul(acts[layer].T, acts[layer + 1], out=grads[layer])  # dW
                if layer:
                    acts[layer + 1] @ weights[layer].T  # dx

    return turn
