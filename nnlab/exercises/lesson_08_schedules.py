"""Lesson 08, four learning-rate schedules, each by its formula."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from functools import partial

import numpy as np

from nnlab import schedules
from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def _cases(name: str, rng: np.random.Generator) -> list[Case]:
    cases: list[Case] = []
    for every in (10, 7):
        # the ends of a step, and beyond the end of the cosine
        t = np.unique(np.append(rng.integers(0, 60, 6), [0, 1, every - 1, every, 2 * every, 70]))
        initial = float(rng.uniform(0.1, 0.9))
        a, b = {
            "step": (float(rng.uniform(0.2, 0.7)), every),
            "exponential": (float(rng.uniform(0.01, 0.08)), 1),
            "inverse time": (float(rng.uniform(0.05, 0.5)), 1),
            "cosine": (float(initial * rng.uniform(0.1, 0.4)), 4 * every),
        }[name]
        cases.append((name, t, initial, a, b))
    return cases


def _reference(schedule, t, initial, a, b):
    made = {
        "step": partial(schedules.step_decay, initial, a, b),
        "exponential": partial(schedules.exponential_decay, initial, a),
        "inverse time": partial(schedules.inverse_time, initial, a),
        "cosine": partial(schedules.cosine, initial, b, a),
    }[schedule]()
    return np.array([made(int(update)) for update in t])


def learning_rate(schedule, t, initial, a, b):
    """Learning rates, an array like t, of one of four schedules."""
    if schedule == "step":
        return initial * a ** (t // b)
    if schedule == "exponential":
        return initial * np.exp(-a * t)
    if schedule == "inverse time":
        return initial / (1 + a * t)
    t = np.minimum(t, b)
    return a + 0.5 * (initial - a) * (1 + np.cos(np.pi * t / b))


def _instead(name, formula, *places):
    """Return a function with another formula in the place of some schedules."""

    def function(schedule, t, initial, a, b):
        if schedule in places:
            return formula(t, initial, a, b)
        return learning_rate(schedule, t, initial, a, b)

    function.__name__ = name
    return function


def _names_exchanged(schedule, t, initial, a, b):
    other = {"exponential": "inverse time", "inverse time": "exponential"}
    return learning_rate(other.get(schedule, schedule), t, initial, a, b)


def _half_cosine(t, initial, a, b):
    return a + 0.5 * (initial - a) * (1 + np.cos(np.pi * t / b))


MISTAKES = (
    Mistake(
        _names_exchanged,
        "The two names are exchanged: 1/(1 + kt) is inverse time, whatever it is called elsewhere.",
    ),
    Mistake(
        _instead("_inverse_time_as_exponential", lambda t, e, a, b: e / (1 + a * t), "exponential"),
        "What you return for the exponential schedule is inverse time. The exponential one loses "
        "the same share at every update.",
    ),
    Mistake(
        _instead(
            "_exponential_as_inverse_time", lambda t, e, a, b: e * np.exp(-a * t), "inverse time"
        ),
        "What you return for inverse time is the exponential schedule.",
    ),
    Mistake(
        _instead("_step_without_floor", lambda t, e, a, b: e * a ** (t / b), "step"),
        "Your steps are a smooth curve. The exponent must be a whole number: how many times `b` "
        "updates have gone by.",
    ),
    Mistake(
        _instead("_step_too_early", lambda t, e, a, b: e * a ** ((t + 1) // b), "step"),
        "Your steps come one update too early. `t` counts the updates made so far, 0 at first.",
    ),
    Mistake(
        _instead("_step_too_late", lambda t, e, a, b: e * a ** (np.maximum(t - 1, 0) // b), "step"),
        "Your steps come one update too late: the first is at t = b.",
    ),
    Mistake(
        _instead("_step_rounded", lambda t, e, a, b: e * a ** np.round(t / b), "step"),
        "You round t / b, so each step comes half a step too early. Only full steps count.",
    ),
    Mistake(
        _instead("_step_once", lambda t, e, a, b: np.where(t >= b, e * a, e), "step"),
        "Your rate falls once. It falls again after every `b` updates.",
    ),
    Mistake(
        _instead("_step_subtracts", lambda t, e, a, b: e - a * (t // b), "step"),
        "You subtract `a` at every step. The rate is multiplied by it.",
    ),
    Mistake(
        _instead("_power_of_a", lambda t, e, a, b: e * a ** t.astype(float), "exponential"),
        "You use `a` as the base. In the formula it stands in the exponent of e, with a minus.",
    ),
    Mistake(
        _instead("_grows", lambda t, e, a, b: e * np.exp(a * t), "exponential"),
        "Your exponential rate grows. Which sign has the exponent?",
    ),
    Mistake(
        _instead("_compounded", lambda t, e, a, b: e / (1 + a) ** t, "inverse time"),
        "Dividing by 1 + a at every update is exponential decay. Inverse time divides once, by "
        "1 + a·t.",
    ),
    Mistake(
        _instead("_without_one", lambda t, e, a, b: e / np.maximum(a * t, 1e-9), "inverse time"),
        "At t = 0 you divide by 0. Something stands beside a·t.",
    ),
    Mistake(
        _instead(
            "_without_pi",
            lambda t, e, a, b: _half_cosine(np.minimum(t, b) / np.pi, e, a, b),
            "cosine",
        ),
        "Your cosine has not come down at t = b: π is missing in the angle.",
    ),
    Mistake(
        _instead("_rises_again", _half_cosine, "cosine"),
        "After `b` updates your cosine rises again. From there on the rate stays at `a`.",
    ),
    Mistake(
        _instead(
            "_to_zero",
            lambda t, e, a, b: 0.5 * e * (1 + np.cos(np.pi * np.minimum(t, b) / b)),
            "cosine",
        ),
        "Your cosine ends at 0. It should end at `a`.",
    ),
    Mistake(
        _instead(
            "_no_half",
            lambda t, e, a, b: a + (e - a) * (1 + np.cos(np.pi * np.minimum(t, b) / b)),
            "cosine",
        ),
        "At t = 0 your cosine is too large: 1 + cos 0 is 2.",
    ),
    Mistake(
        _instead(
            "_full_wave",
            lambda t, e, a, b: _half_cosine(2 * np.minimum(t, b), e, a, b),
            "cosine",
        ),
        "Your cosine goes down and up again within `b` updates. Half a wave is enough: which "
        "angle has it reached at t = b?",
    ),
    Mistake(
        _instead(
            "_on_top",
            lambda t, e, a, b: a + 0.5 * e * (1 + np.cos(np.pi * np.minimum(t, b) / b)),
            "cosine",
        ),
        "Your cosine starts above `initial`. What falls away is initial − a, not all of initial.",
    ),
)


def _with_loops(schedule, t, initial, a, b):
    rates = []
    for update in t:
        if schedule == "step":
            rate = initial
            for _ in range(update // b):
                rate *= a
        elif schedule == "exponential":
            rate = initial * np.exp(-a) ** int(update)
        elif schedule == "inverse time":
            rate = initial * (1 + a * update) ** -1
        elif update >= b:
            rate = a
        else:
            rate = (initial + a) / 2 + (initial - a) / 2 * np.cos(np.pi * update / b)
        rates.append(float(rate))
    return rates


def _by_weights(schedule, t, initial, a, b):
    if schedule != "cosine":
        floor = np.floor(t / b + 1e-12)
        formulas = {
            "step": initial * np.exp(floor * np.log(a)),
            "exponential": initial / np.exp(a * t),
            "inverse time": initial * 1 / (1 + a * t),
        }
        return formulas[schedule]
    weight = np.cos(0.5 * np.pi * np.clip(t / b, 0, 1)) ** 2
    return weight * initial + (1 - weight) * a


SCHEDULES = Exercise(
    name="08.schedules",
    title="Four schedules",
    entry="learning_rate",
    reference=_reference,
    parts=tuple(
        Part(name, 1, partial(_cases, name))
        for name in ("step", "exponential", "inverse time", "cosine")
    ),
    mistakes=MISTAKES,
    equivalents=(_with_loops, _by_weights),
    hints=(
        "Four branches, one for each name; `t` is an array, and every formula works on all of it "
        "at once.",
        "`t // b` counts the steps made. The cosine needs `np.minimum(t, b)` in the place of `t`.",
        "`initial * a ** (t // b)`, `initial * np.exp(-a * t)`, `initial / (1 + a * t)`, and the "
        "last formula of the slide with $\\eta_T$ = `a` and $T$ = `b`.",
    ),
    solution=learning_rate,
)
