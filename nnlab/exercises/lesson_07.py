"""Lesson 07: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=7,
    title="Optimizers",
    question="Which way down, how far in one step, and how does one compare methods fairly?",
    minutes=90,
    notebook="07_optimizers.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_BATCH = Quiz(
    name="07.q_batch",
    question="The gradient of a batch of 16 examples differs from that of all examples by chance. "
    "With batches of 64 instead, about how large is this noise?",
    options=(
        Option(
            "A quarter",
            "It falls with the *root* of the number: that of a mean of 4 times as many.",
        ),
        Option(
            "Half",
            "The standard deviation of a mean falls with the root of the number: 4 times the work "
            "for half of the noise.",
            right=True,
        ),
        Option("The same", "A mean of more examples is nearer to the mean of all."),
    ),
)

Q_RACE = Quiz(
    name="07.q_race",
    question="Six optimizers start from the same point of a ravine, all with the same learning "
    "rate. Which one is lowest after 100 steps?",
    options=(
        Option(
            "Adam: it combines the others", "At some rates it is, at others it is fifth of six."
        ),
        Option(
            "That depends on the rate",
            "A rate of 0.1 is a tiny step for one and a disaster for another. Whoever chooses the "
            "rate chooses the winner.",
            right=True,
        ),
        Option("Momentum: it gains speed", "At some rates it is, at others it flies apart."),
    ),
)

Q_FORMS = Quiz(
    name="07.q_forms",
    question="Momentum 0.9 with η inside the velocity (slide) or outside (PyTorch): the same path "
    "as long as η is constant. Now η is divided by 10 in the middle of training. Which one "
    "slows down at once?",
    options=(
        Option("The slide's", "Its velocity was built with the old η and fades over many steps."),
        Option(
            "PyTorch's",
            "There the new η multiplies the whole velocity. On the slide it multiplies only what "
            "is added from now on.",
            right=True,
        ),
        Option("Both alike", "With a constant η only. The slide's velocity has the old η in it."),
    ),
)

Q_RARE = Quiz(
    name="07.q_rare",
    question="A feature is present in one example of 200, and it matters when it is. Why does "
    "plain gradient descent take so long to learn its weight?",
    options=(
        Option(
            "Its gradient is 0 in nearly every batch, and the rate is chosen for the others",
            "A larger rate would suit this weight, but the weights of common features would not "
            "stand it.",
            right=True,
        ),
        Option(
            "Its gradients are too noisy",
            "They are mostly 0. What comes in the other steps points the right way on average.",
        ),
        Option(
            "The weight is too far from 0",
            "In the figure all true weights are 1 or −1, common or rare.",
        ),
    ),
)

Q_CORRECTION = Quiz(
    name="07.q_correction",
    question="Adam without bias correction, β₁ = 0.9 and β₂ = 0.999, both averages start from 0. "
    "How long is the first step?",
    options=(
        Option(
            "A tenth of a learning rate: m holds a tenth of the gradient",
            "The numerator is a tenth. The denominator is even smaller: √0.001 of the gradient.",
        ),
        Option("One learning rate", "So it would be with the correction."),
        Option(
            "About three learning rates",
            "$0.1 / \\sqrt{0.001} \\approx 3.16$: both averages are too small, the lower one more.",
            right=True,
        ),
    ),
)

Q_SWEEP = Quiz(
    name="07.q_sweep",
    question="Six optimizers, each at its own best learning rate, train a logistic regression on "
    "standardized features. What do you expect?",
    options=(
        Option("Adam is clearly ahead", "Its strength is to even out scales. Here they are even."),
        Option(
            "Hardly any difference",
            "The problem has no ravine and no rare feature. Then tuning the rate decides, not the "
            "name.",
            right=True,
        ),
        Option("SGD is far behind", "At the rate of the others it is. It needs a larger one."),
    ),
)
