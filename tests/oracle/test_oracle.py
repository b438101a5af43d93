"""nnlab against PyTorch: same start, same batches, same losses and parameters to 1e-12.

By default against the committed golden files; with the extra [oracle] PyTorch also recomputes them.
"""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from nnlab import activations, losses
from nnlab.layers import Activation, Dense
from nnlab.network import Sequential
from nnlab.optimizers import SGD, Adam

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
OPTIMIZERS = {
    "sgd": lambda lr: SGD(lr),
    "adam": lambda lr, beta1=0.9, beta2=0.999, eps=1e-8: Adam(lr, betas=(beta1, beta2), eps=eps),
}


def golden(name):
    with np.load(HERE / "golden" / f"{name}.npz") as file:
        return dict(file)


def live():
    pytest.importorskip("torch", reason="PyTorch is not installed (extra [oracle])")
    return load("pytorch_reference")


def train(case):
    """Return nnlab's losses before each update and final parameters."""
    x, y, batches, start = case.problem()
    hidden, output = (
        getattr(activations, name) for name in (case.activation, case.output_activation)
    )
    layers = []
    for inputs, outputs in zip(case.widths[:-1], case.widths[1:], strict=True):
        layers += [Dense(inputs, outputs), Activation(hidden)]
    layers[-1] = Activation(output)
    net = Sequential(*layers, dtype=np.float64)
    net.theta = np.concatenate([array.ravel() for array in start])
    optimizer = OPTIMIZERS[case.optimizer](**case.settings)
    loss, values = LOSSES[case.loss], []
    for batch in batches:
        z = net.forward(x[batch])
        values.append(loss.value(z, y[batch]))
        net.backward(loss.grad(z, y[batch]))
        optimizer.step(net.theta, net.grad)
    return {"losses": values, "theta": net.theta.copy()}


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
