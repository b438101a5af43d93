"""Lesson 09: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=9,
    title="Batch normalization",
    question="What changes when every layer normalizes what it gets, batch by batch?",
    minutes=75,
    notebook="09_batch_norm.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_TWO = Quiz(
    name="09.q_two",
    question="A training batch holds two examples. Of one feature they have the values 3 and 11. "
    "What is $\\hat x$ of the second, if $\\epsilon$ is negligible?",
    options=(
        Option(
            "1",
            "The mean is 7, the variance $((-4)^2 + 4^2)/2 = 16$, so $\\hat x = 4/4$. Two "
            "different values always give $-1$ and $1$, however far apart they are.",
            right=True,
        ),
        Option(
            "4",
            "This is $x - \\mu_B$. It is still to be divided by the standard deviation, which is 4 "
            "too.",
        ),
        Option(
            "About 0.7",
            "This comes from a variance that divides by $m - 1$. The forward pass divides by $m$.",
        ),
        Option(
            "It depends on the other batches",
            "In a training pass only this batch counts. Other batches come in at test time.",
        ),
    ),
)

Q_COMPANIONS = Quiz(
    name="09.q_companions",
    question="A trained network with batch norm is left in training mode and asked about one "
    "example, again and again, each time in a batch of 8 with 7 other examples drawn at random. "
    "What does it answer?",
    options=(
        Option(
            "Always the same: the example and the weights are the same",
            "Mean and variance come from the batch, so the others have a say.",
        ),
        Option(
            "Something else each time",
            "Each batch has another mean and variance, in every layer. The smaller the batch, the "
            "more they vary.",
            right=True,
        ),
        Option(
            "Something else each time, but the class stays",
            "The probability can move far enough to change the class, as the next figure shows.",
        ),
    ),
)

Q_MOMENTUM = Quiz(
    name="09.q_momentum",
    question="In Keras a layer has `momentum=0.99`. The same network is built in PyTorch. Which "
    "`momentum` makes its running averages move as fast?",
    options=(
        Option(
            "0.99",
            "In PyTorch `momentum` is the weight of the *new* batch. With 0.99 the running average "
            "is practically the last batch.",
        ),
        Option(
            "0.01",
            "Keras names the weight of the old average, PyTorch that of the new batch: 1 − 0.99.",
            right=True,
        ),
        Option(
            "0.1, PyTorch's default",
            "It moves ten times as fast: its new batch has the weight 0.1, that of Keras 0.01.",
        ),
        Option(
            "Any: at test time it plays no part",
            "It decides which statistics are used at test time.",
        ),
    ),
)

Q_BIAS = Quiz(
    name="09.q_bias",
    question="A dense layer with a bias $b$ stands in front of batch norm. What is the gradient of "
    "the loss for $b$ in a training pass?",
    options=(
        Option(
            "0, up to rounding",
            "$b$ moves every example of the batch by the same amount, and the mean with them. "
            "Subtracted, it is gone; $\\beta$ does its work.",
            right=True,
        ),
        Option(
            "The same as without batch norm",
            "Without batch norm $b$ shifts the output. Here the shift is subtracted again.",
        ),
        Option(
            "The gradient of $\\beta$",
            "$\\beta$ is added behind the normalization and stays. $b$ is added in front of it.",
        ),
    ),
)

Q_SCALE = Quiz(
    name="09.q_scale",
    question="Behind a dense layer stands batch norm ($\\epsilon$ negligible). All weights of the "
    "layer are multiplied by 10. What happens to the output of the batch norm, and to the gradient "
    "for those weights?",
    options=(
        Option(
            "Both are 10 times as large",
            "The standard deviation grows by the factor 10 as well, and it is divided out.",
        ),
        Option(
            "The output stays, the gradient stays",
            "The output stays. But a change of the weights by 0.1 now means relatively ten times "
            "less.",
        ),
        Option(
            "The output stays, the gradient is a tenth",
            "The loss depends on the direction of the weights only. A change of the same size "
            "turns weights ten times as long a tenth as far, so the loss reacts a tenth as much.",
            right=True,
        ),
    ),
)

Q_RATES = Quiz(
    name="09.q_rates",
    question="Four hidden ReLU layers with He's weights, and the same network with batch norm "
    "behind every layer. Now all weights start twice as large. What happens to the best learning "
    "rate of each?",
    options=(
        Option(
            "Both need about the same rate as before",
            "So it is with batch norm. Without it the output grows by $2^5$, and the gradients "
            "grow too.",
        ),
        Option(
            "Without batch norm it falls to less than a tenth; with it, it hardly moves",
            "Without batch norm signal and gradients grow with every layer. Batch norm divides the "
            "factor out.",
            right=True,
        ),
        Option(
            "With batch norm it falls, without it stays",
            "It is the other way round: batch norm divides the size of the weights out.",
        ),
    ),
)

Q_SMALL = Quiz(
    name="09.q_small",
    question="A network without batch norm learns well with batches of 2, at a suitable learning "
    "rate. What happens if it gets batch norm behind every hidden layer?",
    options=(
        Option(
            "It learns faster: batch norm helps training",
            "It needs a batch whose statistics mean something. Two examples are no such batch.",
        ),
        Option(
            "It becomes much worse, at every learning rate",
            "Every feature of every training pass is −1 or 1, and in evaluation the network meets "
            "numbers it has never seen.",
            right=True,
        ),
        Option(
            "Nothing, if the running averages are long enough",
            "They play no part in training, and they average statistics that fit no batch of two.",
        ),
    ),
)
