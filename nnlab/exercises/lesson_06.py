"""Lesson 06: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=6,
    title="Gradient problems",
    question="Why do deep networks stop learning or blow up, and how does one see it?",
    minutes=90,
    notebook="06_gradient_problems.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_VANISH = Quiz(
    name="06.q_vanish",
    question="A network of 20 sigmoid layers is trained for a while. What does one find in its "
    "first layer?",
    options=(
        Option(
            "Weights close to 0",
            "Weights change only by what an update adds. If nothing drives them to 0, they do not "
            "go there.",
        ),
        Option(
            "Weights that are almost what they were at the start",
            "What is close to 0 is the gradient, so every update is close to 0 as well.",
            right=True,
        ),
        Option(
            "Weights that have grown sharply",
            "That would take large gradients. A sigmoid's slope is at most 1/4, and 19 of them are "
            "multiplied on the way back.",
        ),
    ),
)

Q_TEN_LAYERS = Quiz(
    name="06.q_ten_layers",
    question="Ten layers of 500 ReLU units; their weights are "
    "$N(0, 1) \\cdot 0.001 \\cdot \\sqrt{2/n}$, as on the slide. Inputs of standard deviation 1 "
    "go in. How large, roughly, is what comes out of the tenth layer?",
    options=(
        Option(
            "About 1: this is He's initialization",
            "He's factor $\\sqrt{2/n}$ alone keeps it near 1. The 0.001 is there as well, in every "
            "layer.",
        ),
        Option(
            "About 0.001",
            "This would be one layer. The next one multiplies by 0.001 again.",
        ),
        Option(
            "About $10^{-30}$",
            "Ten layers, each a factor of 0.001: $(10^{-3})^{10}$.",
            right=True,
        ),
        Option(
            "Exactly 0",
            "A float64 goes down to about $10^{-308}$. A float32 ends near $10^{-45}$ and would "
            "give exact zeros after 15 layers.",
        ),
    ),
)

Q_CLIP = Quiz(
    name="06.q_clip",
    question="The gradient is $(30, 0.4)$. One network clips by norm, one by value, both with "
    "threshold 1. Whose step still points straight downhill?",
    options=(
        Option(
            "That of clipping by norm",
            "By norm it becomes $(0.9999, 0.0133)$: shorter, same direction. By value it becomes "
            "$(1, 0.4)$, turned by 21 degrees.",
            right=True,
        ),
        Option(
            "That of clipping by value",
            "By value every entry is cut by itself: $(1, 0.4)$ is another direction.",
        ),
        Option(
            "Both",
            "Only if all entries are cut in the same proportion. By value they are not.",
        ),
    ),
)

Q_DEAD = Quiz(
    name="06.q_dead",
    question="After one large update a ReLU unit gives 0 for every training example. What happens "
    "to it in the updates that follow?",
    options=(
        Option(
            "It recovers: the loss pulls it back",
            "What pulls is the gradient, and the slope of ReLU is 0 for every one of the examples.",
        ),
        Option(
            "Nothing reaches its weights; it is dead unless its inputs change",
            "Its gradient is 0 for every example. Only a change in the layers before it can wake "
            "it up.",
            right=True,
        ),
        Option(
            "It learns more slowly",
            "So it is with leaky ReLU, whose slope is small but not 0.",
        ),
    ),
)

Q_HEALTH = Quiz(
    name="06.q_health",
    question="The training loss of a deep network stays at 0.69. Which number tells best whether "
    "gradients vanish?",
    options=(
        Option(
            "The loss over more epochs",
            "A loss that stays tells that nothing is learned, not why.",
        ),
        Option(
            "The mean of all weights",
            "It is near 0 in a healthy network too.",
        ),
        Option(
            "The size of an update relative to the weights, layer by layer",
            "Around $10^{-3}$ a layer learns; at $10^{-7}$ it stands still. Its place in the "
            "network says where the gradient is lost.",
            right=True,
        ),
    ),
)
