"""nnlab against PyTorch: same start, same batches, same losses and parameters to 1e-12.

By default against the committed golden files; with the extra [oracle] PyTorch also recomputes them.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from nnlab import activations, losses, schedules
from nnlab.layers import Activation, BatchNorm, Dense, Dropout
from nnlab.network import Sequential
from nnlab.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp
from nnlab.regularizers import L2

HERE = Path(__file__).parent
TOLERANCE = 1e-12


def load(name):
    spec = importlib.util.spec_from_file_location(f"oracle_{name}", HERE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


cases = load("cases")

LOSSES = {
    "mse": losses.MeanSquaredError(),
    "mae": losses.MeanAbsoluteError(),
    "bce": losses.BinaryCrossEntropy(),
    "cce": losses.CategoricalCrossEntropy(),
}
SCHEDULES = {
    "": lambda lr, steps: lr,
    "constant": lambda lr, steps: schedules.constant(lr),
    "step": lambda lr, steps: schedules.step_decay(lr, factor=0.3, every=25),
    "exponential": lambda lr, steps: schedules.exponential_decay(lr, decay=0.05),
    "inverse-time": lambda lr, steps: schedules.inverse_time(lr, decay=0.1),
    "cosine": lambda lr, steps: schedules.cosine(lr, steps, final=1e-3),
    "warm-up": lambda lr, steps: schedules.warm_up(lr, 10),
    "one-cycle": lambda lr, steps: schedules.one_cycle(lr, steps),
}


def adam(net, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    return Adam(lr, betas=(beta1, beta2), eps=eps)


OPTIMIZERS = {
    "sgd": lambda net, lr: SGD(lr),
    "momentum-torch": lambda net, lr, momentum: Momentum(lr, momentum, form="torch"),
    "momentum-slide": lambda net, lr, momentum: Momentum(lr, momentum, form="slide"),
    "momentum-average": lambda net, lr, momentum: Momentum(lr, momentum, form="average"),
    "nesterov": lambda net, lr, momentum: Nesterov(lr, momentum),
    "adagrad": lambda net, lr, eps: AdaGrad(lr, eps),
    "rmsprop": lambda net, lr, alpha, eps: RMSProp(lr, alpha, eps),
    "adam": adam,
    "adamw": lambda net, lr, weight_decay: AdamW(
        lr, weight_decay=weight_decay, mask=net.weight_mask
    ),
}


def golden(name):
    with np.load(HERE / "golden" / f"{name}.npz") as file:
        return dict(file)


def live():
    pytest.importorskip("torch", reason="PyTorch is not installed (extra [oracle])")
    return load("pytorch_reference")


def network(case):
    """Return the network of a case in float64; its dropout masks come from the case's stream."""
    hidden, output = (
        getattr(activations, name) for name in (case.activation, case.output_activation)
    )
    layers = []
    for inputs, outputs in zip(case.widths[:-2], case.widths[1:-1], strict=True):
        layers.append(Dense(inputs, outputs, bias=not case.batch_norm))
        layers += [BatchNorm(outputs)] if case.batch_norm else []
        layers.append(Activation(hidden))
        layers += [Dropout(case.dropout)] if case.dropout else []
    net = Sequential(*layers, Dense(*case.widths[-2:]), Activation(output), dtype=np.float64)
    snapshot = net.snapshot()
    net.restore(snapshot._replace(streams=[case.mask_rng().bit_generator.state]))
    return net


def train(case):
    """Return what PyTorch's `trajectory` returns, from nnlab."""
    x, y, batches, start = case.problem()
    net = network(case)
    net.theta = np.concatenate([array.ravel() for array in start])
    settings = dict(case.settings)
    rate = SCHEDULES[case.schedule](settings.pop("lr"), len(batches))
    optimizer = OPTIMIZERS[case.optimizer](net, rate, **settings)
    loss, penalty, values = LOSSES[case.loss], L2(case.l2), []
    for batch in batches:
        z = net.forward(x[batch], training=True)
        values.append(loss.value(z, y[batch]))
        net.backward(loss.grad(z, y[batch]))
        penalty.add_gradient(net.theta, net.grad, net.weight_mask)
        optimizer.step(net.theta, net.grad)
    rates = [rate(t) if callable(rate) else rate for t in range(len(batches))]
    result = {"losses": values, "rates": rates, "theta": net.theta.copy()}
    if case.batch_norm:
        result["buffers"] = net.buffers.copy()
    result["outputs"] = net.forward(x)
    return result


def assert_same(actual, expected):
    assert actual.keys() == expected.keys()
    for key in expected:
        np.testing.assert_allclose(
            actual[key], expected[key], rtol=TOLERANCE, atol=TOLERANCE, err_msg=key
        )


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_trajectory_equals_the_golden_file(case):
    assert_same(train(case), golden(case.name))


@pytest.mark.oracle
@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.name)
def test_trajectory_equals_pytorch_now(case):
    expected = live().trajectory(case)
    assert_same(train(case), expected)
    assert_same(expected, golden(case.name))


@pytest.mark.parametrize("name", cases.ACTIVATIONS)
def test_activation_and_derivative_equal_the_golden_file(name):
    table = golden("activations")
    function = getattr(activations, name)
    a = function(table["z"])
    slope = activations.derivative(function)(table["z"], a)
    np.testing.assert_allclose(a, table[f"{name}.value"], rtol=TOLERANCE, atol=TOLERANCE)
    np.testing.assert_allclose(slope, table[f"{name}.derivative"], rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.oracle
def test_activation_table_equals_pytorch_now():
    table = golden("activations")
    assert_same(live().activation_table(cases.ACTIVATIONS, table["z"]), table)


def test_every_case_has_one_golden_file_and_no_file_is_left_over():
    names = {case.name for case in cases.CASES}
    assert len(names) == len(cases.CASES)
    assert names | {"activations"} == {file.stem for file in (HERE / "golden").glob("*.npz")}
