"""The same training in PyTorch, as its users write it; importing this needs the extra [oracle].

Batches are taken by index: a DataLoader would make it several times slower.
"""

from itertools import pairwise

import torch
from torch import nn
from torch.func import functional_call, grad, stack_module_state, vmap

from .ours import network
from .tasks import LEARNING_RATE, REPLICAS, SLIDER_EPOCHS, SMALL, data, slider_data

torch.set_num_threads(1)


def new_model(task):
    layers = []
    for inputs, outputs in pairwise(task.widths[:-1]):
        layers.append(nn.Linear(inputs, outputs, bias=not task.batch_norm))
        if task.batch_norm:
            layers.append(nn.BatchNorm1d(outputs))
        layers.append(nn.ReLU())
        if task.dropout:
            layers.append(nn.Dropout(task.dropout))
    return nn.Sequential(*layers, nn.Linear(*task.widths[-2:]))


def model_of(task, seed=0):
    """Return the model with the weights that nnlab starts from."""
    model = new_model(task)
    with torch.no_grad():
        start = network(task, seed).parameters()
        for theirs, ours in zip(model.parameters(), start, strict=True):
            theirs.copy_(torch.from_numpy(ours.value.T.reshape(theirs.shape)))
    return model


def loss_of(task):
    return nn.BCEWithLogitsLoss() if task.widths[-1] == 1 else nn.CrossEntropyLoss()


def tensors(task, x, y):
    """Return x and y as the loss wants them."""
    y = torch.from_numpy(y)
    return torch.from_numpy(x), y.float()[:, None] if task.widths[-1] == 1 else y.long()


def epoch(task, seed=0, examples=None, fused=None):
    """Set up a model; a turn is one epoch of training steps."""
    x, y = tensors(task, *(column[:examples] for column in data(task)))
    model, loss_function = model_of(task, seed), loss_of(task)
    optimizer = torch.optim.Adam(model.parameters(), LEARNING_RATE, fused=fused)
    return lambda: one_epoch(task, model, loss_function, optimizer, x, y)


def one_epoch(task, model, loss_function, optimizer, x, y):
    for batch in torch.randperm(len(x)).split(task.batch):
        optimizer.zero_grad()
        loss_function(model(x[batch]), y[batch]).backward()
        optimizer.step()


def loop_epoch(examples):
    """64 models one after the other."""
    turns = [epoch(SMALL, seed, examples) for seed in range(REPLICAS)]
    return lambda: [turn() for turn in turns]


def vmap_epoch(examples):
    """64 models stacked, gradients by vmap, one fused Adam over the stacks."""
    x, y = tensors(SMALL, *(column[:examples] for column in data(SMALL)))
    models = [model_of(SMALL, seed) for seed in range(REPLICAS)]
    parameters, buffers = stack_module_state(models)
    skeleton, loss_function = models[0].to("meta"), loss_of(SMALL)

    def loss(parameters, buffers, x, y):
        return loss_function(functional_call(skeleton, (parameters, buffers), (x,)), y)

    gradients = vmap(grad(loss), in_dims=(0, 0, None, None))
    optimizer = torch.optim.Adam(parameters.values(), LEARNING_RATE, fused=True)

    def turn():
        for batch in torch.randperm(len(x)).split(SMALL.batch):
            detached = {name: stack.detach() for name, stack in parameters.items()}
            for name, gradient in gradients(detached, buffers, x[batch], y[batch]).items():
                parameters[name].grad = gradient
            optimizer.step()

    return turn


def slider_step():
    """A turn trains with both histories and fills the map."""
    *sets, grid = slider_data()
    sets = [tensors(SMALL, *examples) for examples in sets]
    grid = torch.from_numpy(grid)

    def turn():
        model, loss_function = new_model(SMALL), loss_of(SMALL)
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        history = []
        for _ in range(SLIDER_EPOCHS):
            one_epoch(SMALL, model, loss_function, optimizer, *sets[0])
            with torch.no_grad():
                history.append([loss_function(model(x), y).item() for x, y in sets])
        with torch.no_grad():
            return history, torch.sigmoid(model(grid)).numpy()

    return turn
