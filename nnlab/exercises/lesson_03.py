"""Lesson 03: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=3,
    title="Bias and variance",
    question="Is my network too simple or too flexible, and what do I do about it?",
    minutes=90,
    notebook="03_bias_variance.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_VARIANCE = Quiz(
    name="03.q_variance",
    question="You train one network on one training set. It has a training error of 0.07 and a "
    "validation error of 0.31. How large is its variance?",
    options=(
        Option(
            "0.24, the gap between the two",
            "The gap is a *symptom*. It grows with the variance, but it is not the variance: the "
            "training error is too low, too, since the network was fitted to it.",
        ),
        Option(
            "It cannot be said from one training set",
            "Variance is how much the prediction changes from one training set to another. With "
            "one training set there is nothing to compare.",
            right=True,
        ),
        Option(
            "The variance of its predictions over the validation examples",
            "Predictions differ from example to example because the answers do. Variance compares "
            "networks at the *same* example.",
        ),
    ),
)

Q_BIGGER = Quiz(
    name="03.q_bigger",
    question="A hundred networks, each trained on its own 20 noisy examples. You go from 1 hidden "
    "unit to 10. What happens to their *mean* and to the single networks?",
    options=(
        Option(
            "The mean comes closer to the truth, the single networks move further apart",
            "More units can follow the truth, and the noise as well. Bias falls, variance rises.",
            right=True,
        ),
        Option(
            "Both come closer to the truth",
            "So it would be with plenty of data. Twenty examples do not tell the waves of the "
            "truth from those of the noise.",
        ),
        Option(
            "Both move away from the truth: 31 parameters cannot be learned from 20 examples",
            "The single networks suffer, but each in its own direction. In the mean of a hundred "
            "the directions cancel.",
        ),
    ),
)

Q_DATA = Quiz(
    name="03.q_data",
    question="Training error 0.33, validation error 0.34, and noise alone accounts for 0.16. "
    "Someone offers you a hundred times as much data. What will the validation error be?",
    options=(
        Option(
            "About 0.16: more data always helps",
            "More data helps against variance. Here training and validation error agree: there is "
            "hardly any variance left.",
        ),
        Option(
            "About 0.33",
            "More data makes the two errors meet, and they meet at what this model can do. Only "
            "another model gets below.",
            right=True,
        ),
        Option(
            "About 0.25, half-way",
            "The validation error does not fall below the training error of so large a set, and "
            "that one will not fall: it is harder to fit more examples, not easier.",
        ),
    ),
)

Q_STOP = Quiz(
    name="03.q_stop",
    question="A network with 91 parameters is trained on 20 noisy examples. The training loss "
    "falls with every epoch. What does the validation loss do?",
    options=(
        Option(
            "It falls with it, more slowly",
            "At first. Then the network begins to learn the noise of its 20 examples, and other "
            "examples have other noise.",
        ),
        Option(
            "It falls first and rises later",
            "Early epochs learn what many examples share, later ones what only single examples "
            "say.",
            right=True,
        ),
        Option(
            "It rises from the first epoch on: there are more parameters than examples",
            "The number of parameters does not decide what is learned first. Early epochs learn "
            "the coarse shape, which is right.",
        ),
    ),
)

Q_CURE = Quiz(
    name="03.q_cure",
    question="Humans are wrong in 1 % of the cases. Your network is wrong in 8 % of the training "
    "and 10 % of the validation examples. What first?",
    options=(
        Option(
            "More data",
            "It can close the gap of 2 points at best. The other 7 remain.",
        ),
        Option(
            "Regularization",
            "It makes the training error larger, and that one is what is wrong.",
        ),
        Option(
            "A bigger network or more epochs",
            "The larger distance is that from what is possible to the training error: bias.",
            right=True,
        ),
        Option(
            "Nothing: 2 points between training and validation are a good result",
            "The gap between training and validation is small. The distance to what is possible "
            "is not.",
        ),
    ),
)

Q_PEAK = Quiz(
    name="03.q_peak",
    question="A model with as many parameters as examples fits every training example exactly, and "
    "its test error is terrible. You make it ten times as large, without any regularization. What "
    "happens to the test error?",
    options=(
        Option(
            "It gets worse still: more parameters, more variance",
            "That is what the rule says, and up to this size it was right. Beyond it there are "
            "many exact fits to choose from, and the next figure shows what the choice does.",
        ),
        Option(
            "It can fall again, even below its first minimum",
            "Of many exact fits, least squares can take the one with the smallest weights. With "
            "more parameters to choose from that one is smoother.",
            right=True,
        ),
        Option(
            "Nothing: the training error is 0 and cannot change",
            "The training error stays 0, but the model between and beyond the training examples "
            "is another one.",
        ),
    ),
)
