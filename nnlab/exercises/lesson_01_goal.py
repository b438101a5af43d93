"""Lesson 01, the goal: a head and a loss for three data sets."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from functools import cache
from typing import Any

import numpy as np

from nnlab import datasets
from nnlab.activations import relu
from nnlab.activations import sigmoid as engine_sigmoid
from nnlab.activations import softmax as engine_softmax
from nnlab.exercises.answers import Plain
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.layers import Activation, Dense, Layer
from nnlab.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
)
from nnlab.metrics import r_squared
from nnlab.network import Sequential
from nnlab.optimizers import Adam
from nnlab.scalers import Standardizer
from nnlab.splits import three_way_split
from nnlab.training import fit

# Goal: a head and a loss for three data sets -----------------------------------------------------

UPDATES = 200
HEADS = ("linear", "relu", "sigmoid", "softmax")
LOSSES = ("mse", "mae", "bce", "cce")
LOWEST_R2 = 0.45
HIGHEST_LOSS = {"breast cancer": 0.15, "wine": 0.15}


@cache
def _problem(task: str) -> tuple[Any, ...]:
    """Return training and validation part, standardized with the training part's statistics."""
    load = {
        "diabetes": datasets.diabetes,
        "breast cancer": datasets.breast_cancer,
        "wine": datasets.wine,
    }[task]
    data = load()
    split = three_way_split(data.y, fractions=(0.7, 0.3, 0.0), seed=1)
    x = Standardizer().fit(data.x[split.train]).transform(data.x)
    y: Any = data.y
    if task == "diabetes":
        y = (y - y[split.train].mean()) / y[split.train].std()
    return x[split.train], y[split.train], x[split.validation], y[split.validation]


@cache
def _outputs(task: str, head: str, loss: str):
    """Return a linear model's outputs on the validation part, trained with a head and a loss."""
    x, y, x_new, _ = _problem(task)
    outputs = 3 if task == "wine" else 1
    targets = np.eye(3)[y] if task == "wine" else y
    layers: list[Layer] = [Dense(x.shape[1], outputs)]
    objective: Loss
    if loss == "bce":
        objective = BinaryCrossEntropy()
    elif loss == "cce":
        objective = CategoricalCrossEntropy()
    else:
        objective = MeanSquaredError() if loss == "mse" else MeanAbsoluteError()
        if head != "linear":
            layers.append(
                Activation(
                    {"relu": relu, "sigmoid": engine_sigmoid, "softmax": engine_softmax}[head]
                )
            )
    net = Sequential(*layers, seed=0, dtype=np.float64)
    fit(net, objective, Adam(0.02), x, targets, epochs=UPDATES)
    return objective.head(net.forward(x_new))


def _complaint(case: Case, returned: Plain) -> str | None:
    """Train with the learner's choice; say what is wrong with the outcome, or None."""
    (task,) = case
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return "return two names: a head and a loss, such as `('linear', 'mse')`"
    head, loss = (text.lower() if isinstance(text, str) else text for text in returned)
    if head in LOSSES and loss in HEADS:
        return f"first the head, then the loss: `({loss!r}, {head!r})`"
    if head not in HEADS or loss not in LOSSES:
        return (
            f"the head must be one of {', '.join(HEADS)} and the loss one of {', '.join(LOSSES)}, "
            f"but you chose {head!r} and {loss!r}"
        )
    if task == "diabetes" and loss in ("bce", "cce"):
        return "cross-entropy compares probabilities, and the target here is a number"
    if loss in ("bce", "cce") and head in ("linear", "relu"):
        return (
            f"here {loss} is calculated from what the head gives, so the head must make it a "
            f"probability; a {head} output can be 0 or below"
        )
    if (head, loss) == ("sigmoid", "cce"):
        return "cce looks at the true class alone and belongs to softmax; bce belongs to a sigmoid"
    if (head, loss) == ("softmax", "bce"):
        return "bce asks one yes-or-no question per output and belongs to a sigmoid, not to softmax"
    if head == "softmax" and task != "wine":
        return "softmax of a single output is 1 for every input: nothing can be learned"
    p, y = _outputs(task, head, loss), _problem(task)[3]
    if task == "diabetes":
        score = float(r_squared(y, p[:, 0]))
        return None if score >= LOWEST_R2 else f"R² is {score:.2f}, the goal is {LOWEST_R2:.2f}"
    if p.min() < 0 or p.max() > 1:
        worst = p.min() if p.min() < 0 else p.max()
        return f"an output of {worst:.2f} is no probability"
    if task == "wine" and not np.allclose(p.sum(axis=1), 1):
        return f"the probabilities of the three classes sum to {p.sum(axis=1).max():.2f}, not to 1"
    true = p[np.arange(len(y)), y] if task == "wine" else np.where(y == 1, p[:, 0], 1 - p[:, 0])
    value = float(-np.log(np.maximum(true, 1e-300)).mean())
    goal = HIGHEST_LOSS[str(task)]
    if value > goal:
        return f"the cross-entropy on the validation part is {value:.2f}, the goal is {goal:.2f}"
    return None


def _task_case(task: str):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [(task,)]

    return cases


def choose(task):
    """Name the head and the loss for a task."""
    choices = {
        "diabetes": ("linear", "mse"),
        "breast cancer": ("sigmoid", "bce"),
        "wine": ("softmax", "cce"),
    }
    return choices[task]


def _choice(diabetes: tuple[str, str], cancer: tuple[str, str], wine: tuple[str, str]):
    """Return a function that makes these three choices."""

    def choose(task):
        return {"diabetes": diabetes, "breast cancer": cancer, "wine": wine}[task]

    return choose


def _named(name: str, function):
    function.__name__ = name
    return function


_RIGHT = (("linear", "mse"), ("sigmoid", "bce"), ("softmax", "cce"))

GOAL = Exercise(
    name="01.goal",
    title=f"Goal: a head and a loss for three data sets, {UPDATES} updates each",
    entry="choose",
    reference=choose,
    parts=(
        Part(
            f"diabetes: R² of at least {LOWEST_R2:.2f}",
            1,
            _task_case("diabetes"),
            judge=_complaint,
        ),
        Part(
            f"breast cancer: cross-entropy of at most {HIGHEST_LOSS['breast cancer']:.2f}",
            1,
            _task_case("breast cancer"),
            judge=_complaint,
        ),
        Part(
            f"wine: cross-entropy of at most {HIGHEST_LOSS['wine']:.2f}",
            1,
            _task_case("wine"),
            judge=_complaint,
        ),
    ),
    mistakes=(
        Mistake(
            _named("relu_for_numbers", _choice(("relu", "mse"), *_RIGHT[1:])),
            "ReLU cannot answer below the average of a standardized target. Which activation lets "
            "every number through?",
        ),
        Mistake(
            _named("sigmoid_for_numbers", _choice(("sigmoid", "mse"), *_RIGHT[1:])),
            "A sigmoid squeezes every answer into 0 to 1, and the target runs from about −1.6 to "
            "2.7.",
        ),
        Mistake(
            _named("softmax_for_two_classes", _choice(_RIGHT[0], ("softmax", "cce"), _RIGHT[2])),
            "The network for breast cancer has one output. Softmax of one number is always 1; a "
            "single probability wants a sigmoid.",
        ),
        Mistake(
            _named("sigmoids_for_three_classes", _choice(*_RIGHT[:2], ("sigmoid", "bce"))),
            "Three sigmoids are three separate yes-or-no questions; their answers need not sum to "
            "1. A wine belongs to exactly one of the three classes.",
        ),
        Mistake(
            _named(
                "numbers_everywhere",
                _choice(("linear", "mse"), ("linear", "mse"), ("linear", "mse")),
            ),
            "A linear output is right for a number. For classes it can fall below 0 or rise above "
            "1, which no probability does.",
        ),
    ),
    equivalents=(
        _choice(("linear", "mae"), ("sigmoid", "bce"), ("softmax", "cce")),
        _choice(("linear", "mse"), ("sigmoid", "mse"), ("softmax", "mse")),
    ),
    hints=(
        "For each task ask: what may the answer be? Any number, one probability, or one "
        "probability per class?",
        "Any number: no activation. One probability: sigmoid. Several that sum to 1: softmax.",
        "The loss follows: squared error for a number, `bce` after a sigmoid, `cce` after softmax.",
    ),
    solution=choose,
)
