"""Lesson 07, the goal: the minimum of three ravines within 100 steps of momentum."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import math

import numpy as np

from nnlab._arrays import FloatArray
from nnlab.exercises.answers import Plain
from nnlab.exercises.comparing import describe
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.optimizers import Momentum

RAVINES = ((1.0, 10.0), (0.02, 1.0), (4.0, 600.0))
"""Curvature of the floor and of the walls: 10, 50 and 150 times as steep."""

STEPS = 100
GOAL = 0.001


def end(floor: float, walls: float, rate: float, gamma: float) -> FloatArray:
    """Return where momentum is after 100 steps from (1, 1) on ½ (floor · x² + walls · y²)."""
    theta, optimizer = np.ones(2), Momentum(rate, gamma)
    curvature = np.array([floor, walls])
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            optimizer.step(theta, curvature * theta)
    return theta


def _complaint(case: Case, returned: Plain) -> str | None:
    """Run momentum with the learner's choice; say what is missing, or None."""
    floor, walls = case
    wanted = "return two numbers, the learning rate and the momentum, such as `(0.05, 0.9)`"
    if isinstance(returned, np.ndarray) and returned.shape == (2,):
        returned = returned.tolist()
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return f"{wanted}, not {describe(returned)}"
    values = [
        one.item() if isinstance(one, np.ndarray) and not one.ndim else one for one in returned
    ]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in values):
        return wanted
    rate, gamma = values
    if not (math.isfinite(rate) and 0 < rate < 1e6):
        return f"the learning rate must be a number above 0; yours is {rate:g}"
    if not 0 <= gamma < 1:
        return f"the momentum must be at least 0 and below 1; yours is {gamma:g}"
    along, across = np.abs(end(floor, walls, rate, gamma)).tolist()
    distance = math.hypot(along, across)
    if distance <= GOAL:
        return None
    said = f"curvatures {floor:g} and {walls:g}, learning rate {rate:.3g}, momentum {gamma:.3g}: "
    if not distance <= 10:
        return said + "the path flies apart"
    where = "along the floor" if along > across else "across the ravine"
    return (
        f"{said}after {STEPS} steps the minimum is {distance:.2g} away (goal {GOAL:g}), most of it "
        f"{where}"
    )


def _ravine(floor: float, walls: float):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [(floor, walls)]

    return cases


def choose(floor, walls):
    """Return (learning rate, momentum) for a ravine with these curvatures."""
    a, b = np.sqrt(floor), np.sqrt(walls)
    return 4 / (a + b) ** 2, ((b - a) / (b + a)) ** 2


def _plain_descent(floor, walls):
    return 2 / (floor + walls), 0.0


def _one_for_all(floor, walls):
    return 0.01, 0.9


def _one_that_suits_the_first(floor, walls):
    return 0.23, 0.27


def _usual_momentum(floor, walls):
    return 1 / walls, 0.9


def _usual_momentum_at_the_best_rate(floor, walls):
    return choose(floor, walls)[0], 0.9


def _rate_of_the_floor(floor, walls):
    return 1 / floor, choose(floor, walls)[1]


def _roots_forgotten(floor, walls):
    return 4 / (floor + walls) ** 2, ((walls - floor) / (walls + floor)) ** 2


def _exchanged(floor, walls):
    rate, gamma = choose(floor, walls)
    return gamma, rate


def _found_by_trying(floor, walls):
    return {1.0: [0.2, 0.4], 0.02: [2.5, 0.6], 4.0: [0.0055, 0.75]}[floor]


def _rule_with_some_room(floor, walls):
    rate, gamma = choose(floor, walls)
    return np.array([0.95 * rate, gamma])


GOAL_EXERCISE = Exercise(
    name="07.goal",
    title=f"Goal: the minimum of three ravines in {STEPS} steps",
    entry="choose",
    reference=choose,
    parts=tuple(
        Part(
            f"curvatures {floor:g} and {walls:g}: at most {GOAL:g} away",
            1,
            _ravine(floor, walls),
            judge=_complaint,
        )
        for floor, walls in RAVINES
    ),
    mistakes=(
        Mistake(
            _plain_descent,
            "This is the best rate without momentum. In the longer ravines it is not enough: what "
            "carries along the floor?",
        ),
        Mistake(
            _one_that_suits_the_first,
            "This suits the first ravine. The walls of the others have another curvature, and the "
            "largest possible rate depends on it.",
        ),
        Mistake(
            _one_for_all,
            "One choice for all. The curvatures differ by a factor of 600: which of the two "
            "numbers must follow?",
        ),
        Mistake(
            _usual_momentum,
            "0.9 is a good start and too much here: the path swings past the minimum and is still "
            "swinging after 100 steps.",
        ),
        Mistake(
            _usual_momentum_at_the_best_rate,
            "The rates are good. With a momentum of 0.9 an error fades by √0.9 a step at best: how "
            "much is left after 100?",
        ),
        Mistake(
            _rate_of_the_floor,
            "The rate suits the floor and is far too large for the walls, which decide how large "
            "it may be.",
        ),
        Mistake(_roots_forgotten, "Polyak's rule has the *roots* of both curvatures."),
        Mistake(_exchanged, "Rate and momentum are exchanged: the rate comes first."),
    ),
    equivalents=(_found_by_trying, _rule_with_some_room),
    hints=(
        "The judge says where the rest of the way is. Along the floor: a larger rate, or more "
        "momentum. Across the ravine: a smaller rate, or less momentum.",
        "The largest possible rate is set by the walls. The more the two curvatures differ, the "
        "more momentum it takes.",
        "Polyak's rule is in the text: with the roots a and b of the curvatures the rate is "
        "4/(a + b)² and the momentum ((b − a)/(b + a))².",
    ),
    solution=choose,
)
