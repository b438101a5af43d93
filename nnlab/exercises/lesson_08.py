"""Lesson 08: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=8,
    title="Hyperparameter search",
    question="How do you find good settings when every try costs a training run?",
    minutes=80,
    notebook="08_hyperparameter_search.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_SCALE = Quiz(
    name="08.q_scale",
    question="You draw ten learning rates uniformly between 0.0001 and 10. How many of them lie "
    "below 0.1, on average?",
    options=(
        Option(
            "About six: three of the five powers of ten lie below 0.1",
            "So it would be if every power of ten were as likely as the others. A uniform draw "
            "counts distances, not powers.",
        ),
        Option("About one", "One in ten lies below 1. Below 0.1 it is one in a hundred."),
        Option(
            "None, or one with luck",
            "The part below 0.1 is a hundredth of the distance from 0 to 10.",
            right=True,
        ),
    ),
)

Q_GRID = Quiz(
    name="08.q_grid",
    question="Nine trials for two hyperparameters, of which only one matters. How many values of "
    "the one that matters do a 3 × 3 grid and a random search try?",
    options=(
        Option("Nine and nine", "The grid repeats every value three times."),
        Option(
            "Three and nine",
            "Six of the nine grid trials repeat one of its values; no random trial does.",
            right=True,
        ),
        Option("Three and three", "Random trials hardly ever repeat a value."),
        Option("Nine and three", "It is the other way round."),
    ),
)

Q_DECAY = Quiz(
    name="08.q_decay",
    question="Training with a learning rate of 0.1 gets slowly better. Someone suggests to let the "
    "rate decay to 0.01 on the way. What happens to the loss at the end of the same number of "
    "epochs?",
    options=(
        Option(
            "It is lower: decay helps training to settle",
            "Only if it jumps about because the rate is too large. This one does not.",
        ),
        Option(
            "It is higher, if the rate was too small already",
            "A decay takes away speed. Where training is slow, that is the wrong medicine.",
            right=True,
        ),
        Option(
            "It is the same: only the start matters",
            "The updates at the end are ten times as small. They reach less far.",
        ),
    ),
)

Q_HAND = Quiz(
    name="08.q_hand",
    question="Five hyperparameters, ten trials. Who finds the better network for the digits: you, "
    "choosing each trial after seeing the ones before, or ten random trials?",
    options=(
        Option(
            "Always you: chance does not think",
            "Chance does not get stuck on a wrong idea either. Try it below.",
        ),
        Option(
            "Always chance: nobody sees through five dimensions",
            "Nobody has to. A good guess for the learning rate is worth many random trials.",
        ),
        Option(
            "It depends: on what you know, and on luck",
            "Whoever knows a sensible learning rate is ahead. And ten random trials differ much "
            "from ten others, as you will see.",
            right=True,
        ),
    ),
)

Q_WINNER = Quiz(
    name="08.q_winner",
    question="The best of 120 trials has 94 % on the validation part. You train it again with "
    "other seeds. What do you expect, on average?",
    options=(
        Option("94 %", "It was chosen because it was high. Part of that was luck."),
        Option(
            "Less than 94 %",
            "The best of many noisy scores is too high on average; a second measurement has no "
            "such luck.",
            right=True,
        ),
        Option("More than 94 %", "Nothing was learned in between."),
    ),
)

Q_HALVING = Quiz(
    name="08.q_halving",
    question="Successive halving trains 81 settings for 1 epoch, the best 27 for 3 epochs, the "
    "best 9 for 9 and the best 3 for 27. What does that cost, compared with 27 epochs for all 81?",
    options=(
        Option(
            "About half",
            "Each of the four rungs costs 81 epochs: 324 in all. All 81 for 27 epochs cost 2187.",
        ),
        Option(
            "About a seventh",
            "Four rungs of 81 epochs are 324, and 81 × 27 is 2187.",
            right=True,
        ),
        Option("A 27th", "That would be one rung. There are four."),
    ),
)
