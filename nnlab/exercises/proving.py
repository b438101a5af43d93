"""Prove that a specification keeps its promises; the tests do it for every exercise there is."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from typing import Any

import numpy as np

from nnlab.exercises.answers import collect, identical
from nnlab.exercises.specification import Exercise, Function
from nnlab.exercises.verdict import Verdict, judge

LEAST_MISTAKES = 4


def problems(exercise: Exercise, seeds: Iterable[int] = range(5)) -> list[str]:
    """Return what is wrong with a specification.

    Demanded on every seed: full points for the reference, the solution and every equivalent; "not
    attempted" for an untouched stub; fewer points and its own hint for every known mistake.

    Parameters
    ----------
    exercise : Exercise
        What to prove.
    seeds : iterable of int
        Seeds of the cases.

    Returns
    -------
    list of str
        One sentence per problem; empty if there is none.
    """
    found = []
    if len(exercise.mistakes) < LEAST_MISTAKES:
        found.append(f"it has {len(exercise.mistakes)} known mistakes, expected {LEAST_MISTAKES}")
    if not exercise.equivalents:
        found.append("it has no equivalents, expected a right answer that looks different")
    if len(set(exercise.hints)) < len(exercise.hints):
        found.append("two of its hints are the same")
    every_goal = all(part.judge is not None for part in exercise.parts)
    if not every_goal and _same_cases(exercise, 0, 1):
        found.append("its cases are the same on seeds 0 and 1, expected them to come from rng")
    for seed in seeds:
        found += [f"seed {seed}: {problem}" for problem in _problems_on(exercise, seed)]
    return found


def run_solution(exercise: Exercise) -> Function:
    """Execute the solution's source, as a learner would, and return its function.

    Parameters
    ----------
    exercise : Exercise
        Whose solution to run. Its source may use ``np``.

    Returns
    -------
    callable
    """
    scope: dict[str, Any] = {"np": np}
    name = f"<solution of {exercise.name}>"
    exec(compile(exercise.solution_source, name, "exec", dont_inherit=True), scope)
    function: Function = scope[exercise.entry]
    return function


def judged(exercise: Exercise, function: Function, seed: int = 0) -> Verdict:
    """Return the verdict on a function that is called here, without limits.

    Parameters
    ----------
    exercise : Exercise
        What the function is to solve.
    function : callable
        Such as a learner's.
    seed : int
        Seed of the cases.

    Returns
    -------
    Verdict
    """
    return judge(exercise, collect(function, chain.from_iterable(exercise.cases(seed))), seed)


def _problems_on(exercise: Exercise, seed: int) -> Iterable[str]:
    if not _same_cases(exercise, seed, seed):
        yield "two calls gave different cases, expected all randomness to come from rng"
    right = {"the reference": exercise.reference, "the solution": run_solution(exercise)}
    right |= {f"the equivalent {f.__name__}": f for f in exercise.equivalents}
    for name, function in right.items():
        verdict = judged(exercise, function, seed)
        if verdict.state != "right":
            said = verdict.failure.said if verdict.failure else ""
            yield f"{name} is {verdict.state}, expected right: {said}"
    untouched = [_unwritten, _passing] + [f for f in [exercise.start] if f is not None]
    for function in untouched:
        verdict = judged(exercise, function, seed)
        if verdict.state != "not attempted" or verdict.points:
            yield f"{function.__name__} is {verdict.state}, expected not attempted"
    for mistake in exercise.mistakes:
        verdict = judged(exercise, mistake.function, seed)
        if verdict.state not in ("wrong", "partly right"):
            yield f"the mistake {mistake.name} is {verdict.state}"
        elif verdict.mistake != mistake.name:
            yield f"the mistake {mistake.name} earns the hint of {verdict.mistake}"


def _same_cases(exercise: Exercise, seed: int, other: int) -> bool:
    return identical(exercise.cases(seed), exercise.cases(other))


def _unwritten(*arguments: object) -> None:
    raise NotImplementedError


def _passing(*arguments: object) -> None:
    return None
