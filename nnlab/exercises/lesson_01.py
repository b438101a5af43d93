"""Lesson 01: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=1,
    title="Setting up the task",
    question="Which output activation and which loss belong to my task?",
    minutes=75,
    notebook="01_task_setup.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_RELU = Quiz(
    name="01.q_relu",
    question="The slide ends a regression network with ReLU. The target has variance 1 and is "
    "distributed symmetrically around 0. What can the mean squared error fall to at best?",
    options=(
        Option(
            "To 0, with enough hidden units",
            "Hidden units do not help: the last step cuts off everything below 0. For every "
            "negative target the best answer left is 0.",
        ),
        Option(
            "To about 0.5",
            "The negative half of the targets can only be answered with 0. Their squares make up "
            "half of the variance, and the variance is 1.",
            right=True,
        ),
        Option(
            "To 1, no better than the mean",
            "The positive half can still be predicted perfectly. Only the negative half is lost.",
        ),
    ),
)

Q_CONFIDENT = Quiz(
    name="01.q_confident",
    question="A sigmoid output says 0.0003 and the label is 1: wrong, and sure of it. With which "
    "loss is the gradient at the logit larger?",
    options=(
        Option(
            "Squared error: the error is as large as it can be",
            "The error is large, but the gradient is the error times the slope of the sigmoid, and "
            "out there the sigmoid is flat. Almost nothing arrives.",
        ),
        Option(
            "Cross-entropy",
            "Its gradient is $p - y$, here about $-1$. The slope of the sigmoid cancels.",
            right=True,
        ),
        Option(
            "The same: both are zero only at the right answer",
            "Both point in the right direction. Their sizes differ by a factor of more than 1000.",
        ),
    ),
)

Q_OUTLIER = Quiz(
    name="01.q_outlier",
    question="Twenty-one points lie near a line, and one of them is moved far up. Which fitted "
    "line moves more?",
    options=(
        Option(
            "The one with the smallest mean squared error",
            "Squaring makes the far point count more the farther it is: an error of 10 costs as "
            "much as a hundred errors of 1.",
            right=True,
        ),
        Option(
            "The one with the smallest mean absolute error",
            "An error of 10 costs as much as ten errors of 1. The other twenty points outvote it.",
        ),
        Option(
            "Both the same: it is only one point of 21",
            "For the squared error one point can be enough, if it is far away.",
        ),
    ),
)

Q_SHIFT = Quiz(
    name="01.q_shift",
    question="You add 1000 to every logit of a softmax. What happens to the probabilities?",
    options=(
        Option(
            "They all become nearly equal",
            "Relative to 1000 the logits hardly differ, but softmax looks at differences, and "
            "those are unchanged.",
        ),
        Option(
            "On paper nothing; the formula as written gives NaN",
            "The factor $e^{1000}$ stands in numerator and denominator and cancels. In floating-"
            "point numbers it overflows first.",
            right=True,
        ),
        Option(
            "The largest one goes to 1",
            "That happens when the logits are *multiplied*. Adding leaves their differences alone.",
        ),
    ),
)

Q_HEAD = Quiz(
    name="01.q_head",
    question="Two classes, one output unit, a softmax on it, binary cross-entropy as loss. What "
    "does the network learn?",
    options=(
        Option(
            "The same as with a sigmoid",
            "With *two* outputs softmax would equal a sigmoid of their difference. With one there "
            "is nothing to compare with.",
        ),
        Option(
            "Nothing: the output is 1 for every input",
            "$e^z / e^z = 1$ for any $z$. For label 0 the loss is $-\\log 0$.",
            right=True,
        ),
        Option(
            "It learns, but more slowly",
            "There is no gradient at all: the output does not depend on the weights.",
        ),
    ),
)
