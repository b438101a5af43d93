"""Toy exercises that use every feature of a specification, and a catalogue that holds them."""

from types import ModuleType

import numpy as np
import pytest

from nnlab.exercises import (
    Exercise,
    Lesson,
    Mistake,
    Option,
    Part,
    Quiz,
    between,
    catalogue,
    sums_to,
)

HINTS = ("Think of $e^z$.", "Subtract something first.", "Subtract `z.max()`.")


def softmax(z):
    shifted = np.exp(z - z.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def naive(z):
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def all_at_once(z):
    shifted = np.exp(z - z.max())
    return shifted / shifted.sum()


def wrong_axis(z):
    shifted = np.exp(z - z.max(axis=0, keepdims=True))
    return shifted / shifted.sum(axis=0, keepdims=True)


def in_place(z):
    z -= z.max(axis=-1, keepdims=True)
    return np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)


def through_logarithm(z):
    z = z - z.max(axis=-1, keepdims=True)
    return np.exp(z - np.log(np.exp(z).sum(axis=-1, keepdims=True)))


def in_float32(z):
    return softmax(z.astype(np.float32))


def ordinary_logits(rng):
    for rows, classes in [(1, 2), (4, 3), (5, 5)]:
        yield (rng.normal(size=(rows, classes)),)


def large_logits(rng):
    yield (rng.normal(size=(3, 4)) * 1000,)
    yield (rng.normal(size=(2, 3)) + 1000,)


SOFTMAX = Exercise(
    name="91.softmax",
    title="Softmax of $z$",
    entry="softmax",
    reference=softmax,
    parts=(
        Part("ordinary logits", 1, ordinary_logits, properties=(between(0, 1), sums_to(1.0))),
        Part("large logits", 2, large_logits, properties=(sums_to(1.0),)),
    ),
    mistakes=(
        Mistake(naive, "$e^{1000}$ is too large for a float."),
        Mistake(all_at_once, "Each row is a distribution of its own."),
        Mistake(wrong_axis, "The classes are on the last axis."),
        Mistake(in_place, "`z -= …` edits the caller's array."),
    ),
    equivalents=(through_logarithm, in_float32),
    hints=HINTS,
    solution=softmax,
)


def data(task, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, 1))
    return x, 2 * x + 1 if task == "price" else (x > 0).astype(float)


def reaches_threshold(case, returned):
    """Train a line with the chosen loss and compare with the threshold of the task."""
    task, seed = case
    head, loss = returned
    slopes = {"mse": lambda p, y: p - y, "mae": lambda p, y: np.sign(p - y) * 0.05}
    heads = {"linear": lambda z: z, "relu": lambda z: np.maximum(z, 0.0)}
    if head not in heads or loss not in slopes:
        raise ValueError(f"there is no head {head!r} with loss {loss!r}")
    x, y = data(task, seed)
    w, b = 0.1, 0.0
    for _ in range(60):
        error = slopes[loss](heads[head](w * x + b), y)
        w, b = w - 0.3 * float((error * x).mean()), b - 0.3 * float(error.mean())
    reached = float(np.mean((heads[head](w * x + b) - y) ** 2))
    threshold = 0.01 if task == "price" else 0.2
    if reached < threshold:
        return None
    return f"the squared error stays at {reached:.2f}, the goal is below {threshold}"


def choose(task, seed):
    return ("linear", "mse")


def choose_relu(task, seed):
    return ("relu", "mse")


def choose_mae(task, seed):
    return ("linear", "mae")


def choose_both(task, seed):
    return ("relu", "mae")


def choose_text(task, seed):
    return "linear mse"


def choose_list(task, seed):
    return ["linear", "mse"]


GOAL = Exercise(
    name="91.goal",
    title="Pick head and loss",
    entry="choose",
    reference=choose,
    parts=(
        Part("prices", 1, lambda rng: [("price", int(rng.integers(100)))], judge=reaches_threshold),
        Part("classes", 0.5, lambda rng: [("class", 3)], judge=reaches_threshold),
    ),
    mistakes=(
        Mistake(choose_relu, "A ReLU head cannot go below zero."),
        Mistake(choose_mae, "The steps of the absolute error are too short."),
        Mistake(choose_both, "Neither fits."),
        Mistake(choose_text, "Return two names, not one text."),
    ),
    equivalents=(choose_list,),
    hints=("Look at the range.", "Can the output be negative?", "Take the linear head."),
    solution=choose,
)


def mean_of(y):
    return y.mean(axis=0)


def mean_faulty(y):
    return y.sum(axis=0) / (len(y) - 1)


def mean_of_all(y):
    return y.mean()


def mean_median(y):
    return np.median(y, axis=0)


def mean_row(y):
    return y.mean(axis=1)


def mean_kept(y):
    return y.mean(axis=0, keepdims=True)


def mean_sum(y):
    return sum(y) / len(y)


BUG = Exercise(
    name="91.bug",
    title="Spot the bug",
    entry="mean_of",
    reference=mean_of,
    parts=(Part("means", 2, lambda rng: [(rng.normal(size=(n, 3)),) for n in (4, 7)]),),
    mistakes=(
        Mistake(mean_of_all, "One mean per column."),
        Mistake(mean_median, "That is the median."),
        Mistake(mean_row, "Columns, not rows."),
        Mistake(mean_kept, "One axis too many."),
    ),
    equivalents=(mean_sum,),
    hints=("Count.", "Count the rows.", "Divide by `len(y)`."),
    solution="def mean_of(y):\n    return np.mean(y, axis=0)",
    start=mean_faulty,
)

QUIZ = Quiz(
    "91.q_confident",
    "A model is **sure** and wrong: what is the gradient of `mse` in $z$ if $p<0.01$?",
    (
        Option("Nearly zero", "The sigmoid is flat: $\\sigma'(z)\\approx 0$."),
        Option("Large & <negative>", "Only for cross-entropy.", right=True),
        Option("Not defined", "`sigmoid` is smooth everywhere."),
    ),
)

LESSON = Lesson(91, "Toy lesson", "Does the machinery work?", 5, "91_toy.ipynb")


def module_of(number, **things):
    """Return a module ``lesson_NN`` that defines the given things."""
    module = ModuleType(f"nnlab.exercises.lesson_{number}")
    vars(module).update(things)
    return module


@pytest.fixture
def toys():
    """Return the toy catalogue."""
    module = module_of("91", LESSON=LESSON, SOFTMAX=SOFTMAX, GOAL=GOAL, BUG=BUG, QUIZ=QUIZ)
    return catalogue.gather([module])


@pytest.fixture
def course(toys, monkeypatch, tmp_path):
    """Make the toys the course, outside of any working folder and of nbgrader."""
    monkeypatch.setattr(catalogue, "load", lambda: toys)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.chdir(tmp_path)
    return toys


@pytest.fixture
def gather_modules():
    """Return ``gather_modules({"91": {"NAME": thing}})`` -> Catalogue."""

    def gather(modules):
        return catalogue.gather([module_of(n, **things) for n, things in modules.items()])

    return gather
