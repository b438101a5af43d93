"""Lesson 05: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=5,
    title="Dropout",
    question="How does leaving units out at random make a network better?",
    minutes=70,
    notebook="05_dropout.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_FACTOR = Quiz(
    name="05.q_factor",
    question="Dropout with rate 0.8. In one training step an activation of 1.5 is kept. What does "
    "the dropout layer give?",
    options=(
        Option("1.5: it was kept", "Kept, but not left alone: it has to make up for the others."),
        Option(
            "3, because dropout multiplies by 2",
            "The 2 on the slide is $1/(1-p)$ for $p = 0.5$. Here one activation in five stays.",
        ),
        Option(
            "7.5",
            "One in five stays on average, so each that stays counts $1/(1-0.8) = 5$ times.",
            right=True,
        ),
        Option(
            "0.3",
            "This is $1.5 \\cdot (1 - 0.8)$: smaller, although four fifths of the others are gone.",
        ),
    ),
)

Q_RESCALE = Quiz(
    name="05.q_rescale",
    question="Someone trains with rate 0.5 and forgets to rescale anywhere. At test time nothing "
    "is dropped. What reaches a unit of the next layer then?",
    options=(
        Option(
            "The sum it was trained with",
            "In training half of the terms were missing. Now all of them are there.",
        ),
        Option(
            "About twice the sum it was trained with",
            "On average half of the terms were dropped in training, and none is now.",
            right=True,
        ),
        Option(
            "About half of it",
            "Half of it would come if the dropping took place at test time only.",
        ),
    ),
)

Q_RATE = Quiz(
    name="05.q_rate",
    question="A network over-fits: its loss is 0.04 on the training data and 0.99 on the "
    "validation data. It is trained again with dropout of rate 0.5. What happens to the two "
    "losses, both measured without dropout?",
    options=(
        Option(
            "Both fall",
            "The training loss has almost nothing left to lose. Dropout makes fitting harder.",
        ),
        Option(
            "The training loss rises, the validation loss falls",
            "Dropout takes away the means to learn examples by heart. That costs on the training "
            "data and, here, pays on the others.",
            right=True,
        ),
        Option(
            "Both rise: half of the network is missing",
            "In every step another half is missing; all units learn. Both rise when the rate is "
            "too high.",
        ),
    ),
)

Q_AVERAGE = Quiz(
    name="05.q_average",
    question="Take a trained network, draw 512 masks and average the predictions of the 512 "
    "thinned networks. Is this what the full network predicts at test time?",
    options=(
        Option(
            "Yes, up to chance, for every network",
            "Up to chance, if everything behind the mask is linear. A ReLU behind it does not "
            "commute with averaging.",
        ),
        Option(
            "Up to chance, if what stands behind the mask is linear; else approximately",
            "A mean goes through a sum, so a linear output gives the same. Through a ReLU it does "
            "not.",
            right=True,
        ),
        Option(
            "No, the two have nothing to do with each other",
            "They are close for most networks, which is why one pass at test time is enough.",
        ),
    ),
)

Q_FROZEN = Quiz(
    name="05.q_frozen",
    question="A dropout layer makes its generator anew in every forward pass, always from the same "
    "seed. Training runs without an error. What has happened?",
    options=(
        Option(
            "Nothing: the mask is random all the same",
            "It is random once. From then on it is the same mask in every step.",
        ),
        Option(
            "The same entries are dropped in every step",
            "What is dropped never gets a gradient, but it takes part in every evaluation.",
            right=True,
        ),
        Option(
            "The results become reproducible, which is good",
            "A seed given once, at the start, does that too, and the masks still change.",
        ),
    ),
)
