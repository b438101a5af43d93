"""The same runs in PyTorch (float64); importing this file needs the extra [oracle]."""

import torch
from torch.nn import functional

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


_OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adam": lambda parameters, lr, beta1=0.9, beta2=0.999, eps=1e-8: torch.optim.Adam(
        parameters, lr=lr, betas=(beta1, beta2), eps=eps
    ),
}


def trajectory(case):
    """Return the loss before each update (STEPS,) and the final parameters as one vector."""
    x, y, batches, start = case.problem()
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    parameters = [torch.from_numpy(array.copy()).requires_grad_() for array in start]
    optimizer = _OPTIMIZERS[case.optimizer](parameters, **case.settings)
    hidden, output = _ACTIVATIONS[case.activation], _ACTIVATIONS[case.output_activation]
    losses = []
    for batch in torch.from_numpy(batches):
        a = x[batch]
        for layer in range(0, len(parameters), 2):
            a = a @ parameters[layer] + parameters[layer + 1]
            a = hidden(a) if layer < len(parameters) - 2 else output(a)
        loss = _LOSSES[case.loss](a, y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    final = torch.cat([parameter.detach().ravel() for parameter in parameters])
    return {"losses": losses, "theta": final.numpy()}


def activation_table(names, z):
    """Return value and derivative of every activation at the points z."""
    table = {"z": z}
    for name in names:
        point = torch.from_numpy(z.copy()).requires_grad_()
        value = _ACTIVATIONS[name](point)
        (slope,) = torch.autograd.grad(value.sum(), point)
        table[f"{name}.value"], table[f"{name}.derivative"] = value.detach().numpy(), slope.numpy()
    return table
