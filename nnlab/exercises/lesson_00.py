"""Lesson 00: one question and one exercise to get to know checks and hints."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.metrics import accuracy as engine_accuracy

LESSON = Lesson(
    number=0,
    title="Start here",
    question="What are the four steps from a question to a tuned network?",
    minutes=30,
    notebook="00_start_here.ipynb",
)

Q_BASELINE = Quiz(
    name="00.q_baseline",
    question="There are ten digits, about equally many images of each. Someone always answers with "
    "the digit that is most frequent in the training part. How often is that right?",
    options=(
        Option(
            "About 1 time in 10",
            "With ten classes of equal size every constant answer is right in about a tenth of the "
            "cases. Whatever we build must beat that.",
            right=True,
        ),
        Option(
            "About 1 time in 2",
            "A half would be right for two classes of equal size. Here there are ten.",
        ),
        Option(
            "Never: it has learned nothing",
            "It has learned one number, and even a constant answer is sometimes right. That is why "
            "an accuracy says little without a baseline beside it.",
        ),
    ),
)

Q_TUNING = Quiz(
    name="00.q_tuning",
    question="A network with one hidden layer is trained twice, from the same start: once with "
    "learning rate 0.0001, once with 0.01. Which gets further in 30 epochs?",
    options=(
        Option(
            "0.0001: small steps are careful steps",
            "Careful, but the 30 epochs are over before it has arrived. A learning rate can be too "
            "small.",
        ),
        Option(
            "0.01",
            "On these data it does. That does not make 0.01 right elsewhere: one tries several, on "
            "the validation part, as the cell below does.",
            right=True,
        ),
        Option(
            "The same: both minimize the same loss",
            "The goal is the same, but 30 epochs are a limited number of steps, and their length "
            "decides how far they lead.",
        ),
    ),
)


def _cases(rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for n in (5, 8, 13):
        y = rng.integers(0, 3, n)
        predicted = np.where(rng.random(n) < 0.6, y, rng.integers(0, 3, n))
        # two in the middle wrong, and not by 1; the first and the last right
        y[1:3], predicted[1:3] = (0, 2), (2, 0)
        predicted[[0, -1]] = y[[0, -1]]
        cases.append((y, predicted))
    return cases


def _all_right(rng: np.random.Generator) -> list[Case]:
    y = rng.integers(0, 3, 7)
    return [(y, y.copy()), (y, (y + 1) % 3)]


def accuracy(y, predicted):
    """Share of the predictions that are right."""
    return np.mean(y == predicted)


def _reference(y, predicted):
    return engine_accuracy(y, predicted)


def _counts(y, predicted):
    return np.sum(y == predicted)


def _error_rate(y, predicted):
    return np.mean(y != predicted)


def _percent(y, predicted):
    return 100 * np.mean(y == predicted)


def _elementwise(y, predicted):
    return y == predicted


def _squared(y, predicted):
    return 1 - np.mean((y - predicted) ** 2)


def _elementwise_numbers(y, predicted):
    return (y == predicted).astype(int)


def _whole_division(y, predicted):
    return np.sum(y == predicted) // len(y)


def _last_one_left_out(y, predicted):
    return sum(y[i] == predicted[i] for i in range(len(y) - 1)) / len(y)


def _mean_difference(y, predicted):
    return 1 - np.mean(np.abs(y - predicted))


def _returned_in_the_loop(y, predicted):
    for truth, answer in zip(y, predicted, strict=True):
        return float(truth == answer)
    return 0.0


def _loop(y, predicted):
    right = 0
    for truth, answer in zip(y, predicted, strict=True):
        if truth == answer:
            right += 1
    return right / len(y)


def _one_minus(y, predicted):
    return 1 - np.count_nonzero(y - predicted) / y.size


ACCURACY = Exercise(
    name="00.accuracy",
    title="Accuracy",
    entry="accuracy",
    reference=_reference,
    parts=(
        Part("some predictions are right", 1, _cases),
        Part("all right, all wrong", 1, _all_right),
    ),
    mistakes=(
        Mistake(
            _elementwise,
            "`y == predicted` says for every example whether it is right. One number is asked for: "
            "the share of `True`.",
        ),
        Mistake(
            _counts,
            "You count the right answers. Accuracy is their *share*: divide by the number of "
            "examples.",
        ),
        Mistake(
            _elementwise_numbers,
            "You return one number per example. The *mean* of these zeros and ones is asked for.",
        ),
        Mistake(
            _whole_division,
            "This is 0 unless everything is right. Did you ask whether *all* are right, or divide "
            "with `//`, which drops the decimals?",
        ),
        Mistake(_last_one_left_out, "One example is left out: `range(len(y))` counts them all."),
        Mistake(
            _returned_in_the_loop,
            "`return` stands inside the loop, so the function ends after the first example.",
        ),
        Mistake(
            _mean_difference,
            "Classes are names, not quantities: taking a 2 for a 0 is no worse than taking a 1 for "
            "a 0. Compare with `==` instead of subtracting.",
        ),
        Mistake(_error_rate, "This is the share of *wrong* answers. Which comparison do you need?"),
        Mistake(_percent, "A share lies between 0 and 1; leave out the factor 100."),
        Mistake(
            _squared,
            "Classes are names, not quantities: taking a 2 for a 0 is no worse than taking a 1 for "
            "a 0. Compare with `==` instead of subtracting.",
        ),
    ),
    equivalents=(_loop, _one_minus),
    hints=(
        "Compare the two arrays element by element. What does `y == predicted` give?",
        "It gives an array of `True` and `False`. In a mean, `True` counts as 1 and `False` as 0.",
        "The mean of that array is the share of right answers.",
    ),
    solution=accuracy,
)
