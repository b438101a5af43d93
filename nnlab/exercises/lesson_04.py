"""Lesson 04: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=4,
    title="Regularization",
    question="How do I keep a network from fitting the noise, and how strongly?",
    minutes=75,
    notebook="04_regularization.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_STRENGTH = Quiz(
    name="04.q_strength",
    question="A net gets all of its 30 training points right, but only 75 % of new ones. You add "
    "an L2 penalty and raise λ step by step. What happens to the two losses?",
    options=(
        Option(
            "Both fall: the net gets better",
            "The least training loss is reached without the penalty, when training aims at nothing "
            "else. With it, part of the effort goes into small weights.",
        ),
        Option(
            "The training loss rises; the validation loss falls at first and then rises too",
            "Every λ costs some training loss. As long as what is given up is noise, new points "
            "gain; beyond that the net becomes too simple for the task.",
            right=True,
        ),
        Option(
            "The training loss rises, the validation loss falls, the more the better",
            "With a very large λ all weights are near 0 and the net gives every point nearly the "
            "same answer. That is bad for new points as well.",
        ),
    ),
)

Q_GEOMETRY = Quiz(
    name="04.q_geometry",
    question="Two weights, a loss with its minimum at (1.8, 0.8), and a penalty with a growing λ. "
    "With which penalty does the smaller weight become exactly 0, while the other is not?",
    options=(
        Option(
            "With L1 only",
            "The pull of L1 towards 0 has the same size λ however small the weight is, so it wins "
            "as soon as the loss pulls less. The pull of L2 is λw: it fades as the weight shrinks.",
            right=True,
        ),
        Option(
            "With L2 only",
            "The pull of L2 is λw. The nearer the weight comes to 0, the weaker the pull: there is "
            "always a little left.",
        ),
        Option(
            "With both, if λ is large enough",
            "For L2 the closed form is a fraction such as $w / (1 + \\lambda)$: small for a large "
            "λ, but not 0.",
        ),
        Option(
            "With neither: floating-point numbers are hardly ever exactly 0",
            "The minimum of loss plus L1 penalty has exact zeros on paper. Whether training finds "
            "them depends on the method, as we shall see.",
        ),
    ),
)

Q_SUBGRADIENT = Quiz(
    name="04.q_subgradient",
    question="With λ sign(w) added to the gradient, λ = 0.003 and η = 2, the first live figure has "
    "two thirds of its 96 weights below 0.01, and none that is 0. You take η = 0.2 and ten times "
    "as many steps. How many weights are exactly 0 now?",
    options=(
        Option(
            "Still none, but they are nearer to 0",
            "Near 0 a step of ηλ carries a weight across to the other side, and the next one "
            "carries it back. Smaller steps jitter closer to 0, but they do not stop there.",
            right=True,
        ),
        Option(
            "About two thirds: those that were below 0.01",
            "That is what the minimum of loss plus penalty looks like. But nothing in the update "
            "makes a weight stop: next to 0 the slope is still ±λ.",
        ),
        Option(
            "None, and they are as far from 0 as before",
            "How far they stray is set by the step ηλ, which is now ten times smaller.",
        ),
    ),
)

Q_ADAM = Quiz(
    name="04.q_adam",
    question="Adam, with λw added to the gradient. Some weights have large gradients from the "
    "data, others small ones. Which of them does the penalty shrink least?",
    options=(
        Option(
            "Those with large gradients",
            "Adam divides the whole gradient, λw included, by a running size of the gradient. "
            "Where that is large, little of λw is left.",
            right=True,
        ),
        Option(
            "Those with small gradients",
            "Adam makes small gradients large: all that reaches these weights, λw included, "
            "is divided by a small number. They shrink fastest.",
        ),
        Option(
            "All alike: λw does not depend on the data",
            "That is so under SGD. Adam divides the sum of both parts by a number that does depend "
            "on the data.",
        ),
    ),
)

Q_BIAS = Quiz(
    name="04.q_bias",
    question="A linear model predicts a measure of disease that is around 150. You penalize its "
    "bias along with the weights. What goes wrong?",
    options=(
        Option(
            "Nothing: a bias is a parameter like the others",
            "A large weight reacts strongly to its input, and so to noise. A bias reacts to "
            "nothing; it only says where the answers lie.",
        ),
        Option(
            "All predictions are pulled towards 0",
            "A small bias means small answers, and the targets are not small. The penalty builds "
            "in an error that no weight can mend.",
            right=True,
        ),
        Option(
            "The bias grows to make up for the smaller weights",
            "It would have to pay for that: a larger bias costs more penalty.",
        ),
    ),
)
