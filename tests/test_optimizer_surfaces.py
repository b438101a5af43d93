"""Every optimizer reaches the minimum of three surfaces with a learning rate that suits it."""

import numpy as np
import pytest

from nnlab.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp
from nnlab.schedules import cosine

START, UPDATES = [-0.8, 1.2], 3000


def bowl(theta):
    return 2 * theta


def ravine(theta):
    return theta * np.array([1.0, 25.0])


def rosenbrock(theta):
    x, y = theta
    return np.array([-2 * (1 - x) - 40 * x * (y - x * x), 20 * (y - x * x)])


SURFACES = {"bowl": (bowl, [0, 0]), "ravine": (ravine, [0, 0]), "rosenbrock": (rosenbrock, [1, 1])}
# RMSProp's steps do not shrink with the gradient, so its rate has to.
OPTIMIZERS = {
    "sgd": (SGD, (0.1, 0.05, 0.01)),
    "momentum-slide": (lambda rate: Momentum(rate, form="slide"), (0.05, 0.01, 0.003)),
    "momentum-torch": (lambda rate: Momentum(rate, form="torch"), (0.05, 0.01, 0.003)),
    "momentum-average": (lambda rate: Momentum(rate, form="average"), (0.5, 0.1, 0.03)),
    "nesterov": (Nesterov, (0.05, 0.01, 0.003)),
    "adagrad": (AdaGrad, (0.5, 0.5, 0.5)),
    "adagrad-inside": (lambda rate: AdaGrad(rate, eps_inside=True), (0.5, 0.5, 0.5)),
    "rmsprop": (lambda rate: RMSProp(cosine(rate, UPDATES)), (0.01, 0.01, 0.01)),
    "adam": (Adam, (0.05, 0.05, 0.02)),
    "adam-uncorrected": (lambda rate: Adam(rate, bias_correction=False), (0.05, 0.05, 0.02)),
    "adamw": (lambda rate: AdamW(rate, weight_decay=0.0), (0.05, 0.05, 0.02)),
}


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_reaches_the_minimum(name, surface):
    make, rates = OPTIMIZERS[name]
    gradient, goal = SURFACES[surface]
    optimizer = make(rates[list(SURFACES).index(surface)])
    theta = np.array(START)
    for _ in range(UPDATES):
        optimizer.step(theta, gradient(theta))
    np.testing.assert_allclose(theta, goal, atol=1e-3)


@pytest.mark.parametrize("form", ["slide", "torch"])
def test_in_a_ravine_momentum_needs_fewer_updates_than_gradient_descent(form):
    def updates(optimizer):
        theta = np.array(START)
        for update in range(UPDATES):
            if np.linalg.norm(theta) < 1e-3:
                return update
            optimizer.step(theta, ravine(theta))
        return UPDATES

    # Each at its best rate for curvatures 1 and 25 (Polyak, 1964): 2 / (1 + 25) for gradient
    # descent; 4 / (1 + 5)**2 with momentum ((5 - 1) / (5 + 1))**2, whose error falls by 2/3 an
    # update where gradient descent's falls by 12/13.
    assert updates(SGD(2 / 26)) > 80
    assert updates(Momentum(4 / 36, (4 / 6) ** 2, form)) < 40


def test_weight_decay_moves_adamws_minimum_towards_zero():
    theta, optimizer = np.array(START), AdamW(0.01, weight_decay=0.1)
    for _ in range(UPDATES):
        optimizer.step(theta, np.sign(theta - 1.0))  # |theta - 1|, whose gradient keeps its size
    assert (theta < 1.0).all()
    assert (theta > 0.5).all()
