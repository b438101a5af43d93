"""Lesson 02: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=2,
    title="Splitting and scaling the data",
    question="How do I find out how good my model will be on data it has never seen?",
    minutes=90,
    notebook="02_data_splits.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_SIZE = Quiz(
    name="02.q_size",
    question="You have 60 examples and hold out 5 % of them, 3 examples, for validation. What is "
    "wrong with that?",
    options=(
        Option(
            "Nothing: the model gets nearly all examples to train on",
            "The model is as good as it can be. But you do not know how good: three examples can "
            "only say 0, 33, 67 or 100 %.",
        ),
        Option(
            "The validation accuracy is far too low on average",
            "On average it is right. That does not help the one who draws a single split.",
        ),
        Option(
            "The validation accuracy is mostly luck",
            "With another three examples you would have got quite another number. It is "
            "typically off by about 20 points.",
            right=True,
        ),
    ),
)

Q_LEAK = Quiz(
    name="02.q_leak",
    question="A table holds random numbers, and its two classes were tossed with a coin. You "
    "choose the 10 of 128 features that separate the classes best, then split, train and "
    "validate. What accuracy do you expect on the validation part?",
    options=(
        Option(
            "About 50 %: there is nothing to learn",
            "That is the accuracy on new data. But the ten features were chosen *because* they fit "
            "the classes of these rows, the validation rows among them.",
        ),
        Option(
            "About 80 %",
            "Among 128 random features some fit the validation rows by luck, and those were "
            "chosen. The validation part has helped to build the model.",
            right=True,
        ),
        Option(
            "About 100 %: ten features always separate the classes",
            "Ten features of noise cannot do that for rows that were not trained on. The "
            "validation rows took part in the choice, not in the training.",
        ),
    ),
)

Q_RELATED = Quiz(
    name="02.q_related",
    question="Twelve patients, ten measurements each, split at random by row. The model is right "
    "on 98 % of the validation rows. How well will it do on a thirteenth patient?",
    options=(
        Option(
            "About 98 %",
            "No row of the thirteenth patient was trained on. Of each of the twelve, several were.",
        ),
        Option(
            "It cannot be said: the validation never asked about a new patient",
            "A row is easily classified by recognizing the patient. Nothing shows how much of the "
            "98 % is that.",
            right=True,
        ),
        Option(
            "Better than 98 %: it now knows twelve patients",
            "It knew all twelve when it was validated, too.",
        ),
    ),
)

Q_BEST = Quiz(
    name="02.q_best",
    question="You try 256 models and keep the one that is best on 20 validation examples. Its "
    "validation accuracy is 100 %. What does it have on new data?",
    options=(
        Option(
            "About 100 %: it was not trained on those 20",
            "Not trained, but chosen by them. Of many good models one is right on all 20 by luck.",
        ),
        Option(
            "Clearly less",
            "The winner of a large field is good *and* lucky, and luck does not carry over.",
            right=True,
        ),
        Option(
            "No more than one of the 256 taken at random",
            "Choosing does help, as the test score will show; only less than the validation score "
            "says.",
        ),
    ),
)

Q_FOLDS = Quiz(
    name="02.q_folds",
    question="60 examples, 12 of them in the rare class, 10 random folds. How many folds hold "
    "no example of the rare class?",
    options=(
        Option(
            "None: 12 rare examples are enough for 10 folds",
            "Enough if they are dealt out evenly. At random some folds get three, others none.",
        ),
        Option(
            "Two or three",
            "A fold has six places, and all six go to the 48 others with a probability of about a "
            "quarter. Of ten folds that makes two or three.",
            right=True,
        ),
        Option(
            "About half",
            "With 12 rare examples for 10 folds most folds get at least one.",
        ),
    ),
)

Q_SCALE = Quiz(
    name="02.q_scale",
    question="Of two uncorrelated features one is 100 times as large as the other. How many more "
    "steps does gradient descent need than if both were of one size, each time with the best "
    "learning rate?",
    options=(
        Option(
            "None: the learning rate makes up for it",
            "There is one learning rate for both weights. Small enough for the steep direction, it "
            "is far too small for the flat one.",
        ),
        Option(
            "About 100 times as many",
            "The slope grows with the factor, the curvature with its square.",
        ),
        Option(
            "About 10 000 times as many",
            "The number of steps grows with the ratio of the largest to the smallest curvature, "
            "and that is the square of the factor.",
            right=True,
        ),
    ),
)
