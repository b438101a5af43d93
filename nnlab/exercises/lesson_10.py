"""Lesson 10: its line on the course map and the questions asked before the experiments."""

from nnlab.exercises.catalogue import Lesson
from nnlab.exercises.quiz import Option, Quiz

LESSON = Lesson(
    number=10,
    title="Capstone",
    question="How does a table become one number that you can stand up for?",
    minutes=120,
    notebook="10_capstone.ipynb",
)


# Questions ---------------------------------------------------------------------------------------

Q_BASELINE = Quiz(
    name="10.q_baseline",
    question="A network explains a part of how a disease goes on: R² is 0.45 on the validation "
    "part. Is that good?",
    options=(
        Option(
            "No, R² should be near 1",
            "It can be near 1 only if the measurements determine the target. Nobody said they do.",
        ),
        Option(
            "It depends on what a simple model gets on the same rows",
            "If linear regression gets 0.46, the network has not earned its place yet.",
            right=True,
        ),
        Option(
            "Yes, it is far above the 0 of predicting the mean",
            "The mean is the least of all baselines. A plane through the data costs nothing too.",
        ),
    ),
)

Q_NEXT_STEP = Quiz(
    name="10.q_next_step",
    question="R² is 0.66 in training and 0.45 in validation, with all the training examples "
    "there are. Linear regression has 0.46 in validation. What do you try next?",
    options=(
        Option(
            "More hidden units",
            "The network already fits its own examples better than new ones. More units widen "
            "that gap.",
        ),
        Option(
            "More weight decay",
            "There is a gap: the network learns what holds for its own examples only. Weight decay "
            "works against that.",
            right=True,
        ),
        Option(
            "A look at the test score, to see which of the two numbers is right",
            "Both are right; they measure different things. The test part is for the end.",
        ),
    ),
)

Q_BUDGET = Quiz(
    name="10.q_budget",
    question="You raise the budget from 4 to 16 random trials, and choose by a validation part of "
    "only 10 rows. What happens to the best validation score, and to the test score of the trial "
    "that has it?",
    options=(
        Option(
            "Both rise by about the same",
            "They would if the validation score were exact. With 10 rows luck is chosen too.",
        ),
        Option(
            "The validation score rises more than the test score",
            "The best of many noisy numbers is good and lucky. The luck does not come along into "
            "the test.",
            right=True,
        ),
        Option(
            "The test score falls: the search over-fits",
            "It need not fall. The search goes on finding better networks, only fewer and smaller "
            "improvements than it seems.",
        ),
    ),
)

Q_DISAPPOINTED = Quiz(
    name="10.q_disappointed",
    question="The best trial has 0.98 on validation, and then 0.94 in the test. A colleague "
    "proposes to take the second-best trial and test that. What do you do?",
    options=(
        Option(
            "Test it: it may be better",
            "Then the test part has chosen between two networks, and the higher number is its "
            "luck as well.",
        ),
        Option(
            "Report 0.94",
            "It is the one number of the table that nothing was chosen by.",
            right=True,
        ),
        Option(
            "Report 0.98, the validation score of the chosen trial",
            "It was chosen for being high. A part of it is luck.",
        ),
        Option(
            "Make a new split and start again",
            "Whoever makes new splits until the test number is fine has chosen by the test number.",
        ),
    ),
)
