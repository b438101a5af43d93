"""The same runs in PyTorch (float64); importing this file needs the extra [oracle]."""

import torch
from torch.nn import functional
from torch.optim import lr_scheduler

_ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "selu": functional.selu,
    "gelu": lambda z: functional.gelu(z, approximate="tanh"),
    "silu": functional.silu,
    "softmax": lambda z: functional.softmax(z, dim=-1),
}
_LOSSES = {
    "mse": functional.mse_loss,
    "mae": functional.l1_loss,
    "bce": lambda z, y: functional.binary_cross_entropy_with_logits(z[:, 0], y.double()),
    "cce": functional.cross_entropy,
}


def _adam(weights, others, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    return torch.optim.Adam(weights + others, lr=lr, betas=(beta1, beta2), eps=eps)


def _adamw(weights, others, lr, weight_decay):
    groups = [
        {"params": weights, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr)


_OPTIMIZERS = {
    "sgd": lambda w, o, lr: torch.optim.SGD(w + o, lr=lr),
    "momentum-torch": lambda w, o, lr, momentum: torch.optim.SGD(w + o, lr=lr, momentum=momentum),
    # The other two forms are this one, with the learning rate in another place: see `trajectory`.
    "momentum-slide": lambda w, o, lr, momentum: torch.optim.SGD(w + o, lr=1.0, momentum=momentum),
    "momentum-average": lambda w, o, lr, momentum: torch.optim.SGD(w + o, lr=lr, momentum=momentum),
    "nesterov": lambda w, o, lr, momentum: torch.optim.SGD(
        w + o, lr=lr, momentum=momentum, nesterov=True
    ),
    "adagrad": lambda w, o, lr, eps: torch.optim.Adagrad(w + o, lr=lr, eps=eps),
    "rmsprop": lambda w, o, lr, alpha, eps: torch.optim.RMSprop(w + o, lr=lr, alpha=alpha, eps=eps),
    "adam": _adam,
    "adamw": _adamw,
}
_SCHEDULES = {
    "": lambda optimizer, steps: lr_scheduler.ConstantLR(optimizer, factor=1.0),
    "constant": lambda optimizer, steps: lr_scheduler.ConstantLR(optimizer, factor=1.0),
    "step": lambda optimizer, steps: lr_scheduler.StepLR(optimizer, 25, gamma=0.3),
    "exponential": lambda optimizer, steps: lr_scheduler.LambdaLR(
        optimizer, lambda t: torch.exp(torch.tensor(-0.05 * t, dtype=torch.float64)).item()
    ),
    "inverse-time": lambda optimizer, steps: lr_scheduler.LambdaLR(
        optimizer, lambda t: 1 / (1 + 0.1 * t)
    ),
    "cosine": lambda optimizer, steps: lr_scheduler.CosineAnnealingLR(optimizer, steps, 1e-3),
    "warm-up": lambda optimizer, steps: lr_scheduler.LinearLR(optimizer, 1 / 11, total_iters=10),
    "one-cycle": lambda optimizer, steps: lr_scheduler.OneCycleLR(
        optimizer, optimizer.param_groups[0]["lr"], total_steps=steps, cycle_momentum=False
    ),
}


def rates(case, steps):
    """Return the learning rate of every update, from PyTorch's scheduler."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=case.settings["lr"])
    scheduler = _SCHEDULES[case.schedule](optimizer, steps)
    values = []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return values


class _Network:
    """The forward pass of a case, with its dropout masks and running statistics."""

    def __init__(self, case, start):
        self.case = case
        self.parameters = [torch.from_numpy(array.copy()).requires_grad_() for array in start]
        self.weights = [p for p in self.parameters if p.shape[0] > 1]
        self.others = [p for p in self.parameters if p.shape[0] == 1]
        hidden = case.widths[1:-1] if case.batch_norm else []
        self.running = [
            (torch.zeros(width).double(), torch.ones(width).double()) for width in hidden
        ]
        self.masks = case.mask_rng()

    def __call__(self, a, training):
        case, parameters = self.case, iter(self.parameters)
        for layer in range(len(case.widths) - 2):
            a = a @ next(parameters)
            if case.batch_norm:
                gamma, beta = next(parameters)[0], next(parameters)[0]
                a = functional.batch_norm(
                    a, *self.running[layer], gamma, beta, training=training, momentum=0.1, eps=1e-5
                )
            else:
                a = a + next(parameters)
            a = _ACTIVATIONS[case.activation](a)
            if case.dropout and training:
                numbers = torch.from_numpy(self.masks.random(a.shape, dtype="float32"))
                a = a * (numbers >= case.dropout) / (1 - case.dropout)
        return _ACTIVATIONS[case.output_activation](a @ next(parameters) + next(parameters))


def trajectory(case):
    """Return the losses before each update, the final parameters and what they predict."""
    x, y, batches, start = case.problem()
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    net = _Network(case, start)
    optimizer = _OPTIMIZERS[case.optimizer](net.weights, net.others, **case.settings)
    schedule, losses = rates(case, len(batches)), []
    for rate, batch in zip(schedule, torch.from_numpy(batches), strict=True):
        loss = _LOSSES[case.loss](net(x[batch], training=True), y[batch])
        losses.append(loss.item())
        objective = loss + 0.5 * case.l2 * sum((w**2).sum() for w in net.weights)
        if case.optimizer == "momentum-slide":  # the rate inside the velocity
            objective, rate = objective * rate, 1.0
        if case.optimizer == "momentum-average":  # v is smaller by the factor 1 - momentum
            rate = rate * (1 - case.settings["momentum"])
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        objective.backward()
        optimizer.step()
    result = {"losses": losses, "rates": schedule, "theta": _flat(net.parameters)}
    if case.batch_norm:
        result["buffers"] = _flat([array for pair in net.running for array in pair])
    result["outputs"] = net(x, training=False).detach().numpy()
    return result


def _flat(tensors):
    return torch.cat([tensor.detach().ravel() for tensor in tensors]).numpy()


def activation_table(names, z):
    """Return value and derivative of every activation at the points z."""
    table = {"z": z}
    for name in names:
        point = torch.from_numpy(z.copy()).requires_grad_()
        value = _ACTIVATIONS[name](point)
        (slope,) = torch.autograd.grad(value.sum(), point)
        table[f"{name}.value"], table[f"{name}.derivative"] = value.detach().numpy(), slope.numpy()
    return table
