"""Decide what answers are worth, from seeded inputs and returned plain data alone.

Nothing here calls a learner's function: `judge` gets what `nnlab.exercises.answers.collect`
brought home.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain
from typing import Literal, TypeAlias

from nnlab.exercises.answers import Answer, collect, identical
from nnlab.exercises.comparing import (
    Pair,
    agree,
    describe,
    fitted,
    form_fault,
    holds_number_or_text,
    is_count,
    value_fault,
)
from nnlab.exercises.printing import show, show_both
from nnlab.exercises.specification import Case, Exercise, Function, Mistake, Part, Property

State: TypeAlias = Literal["not attempted", "wrong", "partly right", "right"]

STATES: tuple[State, ...] = ("not attempted", "wrong", "partly right", "right")
"""From worst to best."""

Reason: TypeAlias = Literal["", "empty", "returns nothing", "unchanged"]


@dataclass(frozen=True)
class Failure:
    """The first case that went wrong.

    Parameters
    ----------
    part : str
        Title of the part the case belongs to.
    said : str
        Sentence that says what is wrong.
    inputs : tuple of (str, str)
        Name and printed value of every argument.
    returned, expected : str
        Printed values; empty where there is nothing to print.
    """

    part: str
    said: str
    inputs: tuple[tuple[str, str], ...]
    returned: str = ""
    expected: str = ""


@dataclass(frozen=True)
class PartVerdict:
    """Outcome of one part.

    Parameters
    ----------
    title : str
        What the part asks for.
    points, max_points : float
        Earned and possible.
    state : {"not attempted", "wrong", "right"}
        Outcome.
    """

    title: str
    points: float
    max_points: float
    state: State


@dataclass(frozen=True)
class Verdict:
    """Outcome of an exercise: plain data throughout.

    Parameters
    ----------
    name, title, entry : str
        From the exercise.
    points, max_points : float
        Earned and possible.
    state : {"not attempted", "wrong", "partly right", "right"}
        Outcome.
    parts : tuple of PartVerdict
        Outcome of every part.
    failure : Failure or None
        The first case that went wrong, unless nothing was attempted.
    mistake : str or None
        Name of the known mistake that the answers fit.
    hint : str or None
        That mistake's hint.
    reason : {"", "empty", "returns nothing", "unchanged"}
        Why it counts as not attempted.
    """

    name: str
    title: str
    entry: str
    points: float
    max_points: float
    state: State
    parts: tuple[PartVerdict, ...]
    failure: Failure | None = None
    mistake: str | None = None
    hint: str | None = None
    reason: Reason = ""


def judge(exercise: Exercise, answers: Sequence[Answer], seed: int) -> Verdict:
    """Return the verdict on answers to the cases of one seed.

    Known mistakes are matched over all cases first: the answers, exceptions included, must agree
    with the mistake's. If none fits, they are matched up to the first failing part, since two
    mistakes can meet in one function; then numbers or texts must agree, not just NaN or an
    exception. That an argument was edited is overlooked if something else is wrong too.

    Parameters
    ----------
    exercise : Exercise
        The exercise.
    answers : sequence of Answer
        One for every case of ``exercise.cases(seed)``, all parts one after the other.
    seed : int
        The seed the cases were drawn with.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        If there are more or fewer answers than cases.
    """
    cases = prepared_cases(exercise, seed)
    total = sum(map(len, cases))
    if len(answers) != total:
        raise ValueError(f"{exercise.name}: expected {total} answers, got {len(answers)}")
    given = _by_part(answers, cases)
    reason = _not_attempted(exercise, given, seed)
    if reason:
        parts = [PartVerdict(p.title, 0.0, p.points, "not attempted") for p in exercise.parts]
        return _verdict(exercise, "not attempted", parts, reason=reason)
    expected = _outputs(exercise, exercise.reference, seed)
    first_failure = partial(_first_failure, exercise, _returned_none(exercise, answers))
    failures = list(map(first_failure, exercise.parts, cases, given, expected))
    parts = list(map(_part_verdict, exercise.parts, given, failures))
    faults = ((i, failure) for i, failure in enumerate(failures) if failure is not None)
    failing, failure = next(faults, (0, None))
    if failure is None:
        return _verdict(exercise, "right", parts)
    state: State = "partly right" if any(part.points for part in parts) else "wrong"
    part = exercise.parts[failing]
    mistake = _known_mistake(exercise, given, seed, failing)
    if mistake is None and any(answer.changed for answer in given[failing]):
        kept = [[replace(answer, changed=()) for answer in answers] for answers in given]
        if first_failure(part, cases[failing], kept[failing], expected[failing]) is not None:
            mistake = _known_mistake(exercise, kept, seed, failing)
    if mistake is None and part.judge is None and _is_constant(answers, expected[failing]):
        failure = replace(
            failure,
            said="your function returned the same for every input; does it use its arguments?",
        )
    return _verdict(exercise, state, parts, failure=failure, mistake=mistake)


def refused(exercise: Exercise, said: str) -> Verdict:
    """Return the verdict on a function that was not called, since it could not be marked.

    Parameters
    ----------
    exercise : Exercise
        The exercise.
    said : str
        Why, without the last full stop.

    Returns
    -------
    Verdict
        No points, and no part counts as attempted.
    """
    parts = [PartVerdict(p.title, 0.0, p.points, "not attempted") for p in exercise.parts]
    return _verdict(exercise, "wrong", parts, failure=Failure("It cannot be marked", said, ()))


def _verdict(
    exercise: Exercise,
    state: State,
    parts: list[PartVerdict],
    *,
    failure: Failure | None = None,
    mistake: Mistake | None = None,
    reason: Reason = "",
) -> Verdict:
    return Verdict(
        name=exercise.name,
        title=exercise.title,
        entry=exercise.entry,
        points=round(sum(part.points for part in parts), 6),
        max_points=exercise.max_points,
        state=state,
        parts=tuple(parts),
        failure=failure,
        mistake=None if mistake is None else mistake.name,
        hint=None if mistake is None else mistake.hint,
        reason=reason,
    )


def _part_verdict(part: Part, given: list[Answer], failure: Failure | None) -> PartVerdict:
    if failure is None:
        return PartVerdict(part.title, part.points, part.points, "right")
    blank = all(answer.kind == "nothing" for answer in given)
    return PartVerdict(part.title, 0.0, part.points, "not attempted" if blank else "wrong")


@lru_cache(maxsize=128)
def prepared_cases(exercise: Exercise, seed: int) -> list[list[Case]]:
    """Return ``exercise.cases(seed)`` from memory; `collect` copies them, nothing may edit them.

    Parameters
    ----------
    exercise : Exercise
        The exercise.
    seed : int
        Seed of the cases.

    Returns
    -------
    list of list of tuple
        One list per part.
    """
    return exercise.cases(seed)


@lru_cache(maxsize=256)  # a lesson's; a class has a seed for each student
def _outputs(exercise: Exercise, function: Function, seed: int) -> list[list[Answer]]:
    """Return, by part, what one of our own functions does with the cases."""
    cases = prepared_cases(exercise, seed)
    return _by_part(collect(function, chain.from_iterable(cases)), cases)


def _by_part(answers: Sequence[Answer], cases: list[list[Case]]) -> list[list[Answer]]:
    rest = iter(answers)
    return [[next(rest) for _ in part] for part in cases]


def _not_attempted(exercise: Exercise, given: list[list[Answer]], seed: int) -> Reason:
    everything = list(chain.from_iterable(given))
    if all(answer.kind == "nothing" for answer in everything):
        returned_none = any(answer.type == "None" for answer in everything)
        return "returns nothing" if returned_none else "empty"
    if exercise.start is not None:
        start = _outputs(exercise, exercise.start, seed)
        if all(map(_parts_agree, exercise.parts, given, start)):
            return "unchanged"
    return ""


def _returned_none(exercise: Exercise, answers: Sequence[Answer]) -> str:
    """Return what to say about an answer that is None."""
    values = [answer for answer in answers if answer.kind == "value"]
    if any(answer.value is not None for answer in values):
        return "your function returned None here; does every branch end with `return`?"
    if any(answer.printed for answer in values):
        return (
            f"`{exercise.entry}` prints something but returns None. "
            "Replace `print(...)` by `return ...`"
        )
    return f"`{exercise.entry}` runs but returns None: end it with `return` and the result"


def _is_constant(answers: Sequence[Answer], expected: list[Answer]) -> bool:
    """Return whether all answers are the same although those of one part should differ.

    One part is not enough: logarithms of clipped probabilities are all the same for large logits.
    """
    if any(answer.kind != "value" for answer in chain(answers, expected)):
        return False
    first, right = answers[0].value, expected[0].value
    return (
        holds_number_or_text(first)
        and not is_count(first)
        and all(identical(answer.value, first) for answer in answers)
        and not all(identical(answer.value, right) for answer in expected)
    )


def _first_failure(
    exercise: Exercise,
    none_said: str,
    part: Part,
    cases: list[Case],
    given: list[Answer],
    expected: list[Answer],
) -> Failure | None:
    for i, (case, answer, right) in enumerate(zip(cases, given, expected, strict=True)):
        if answer.kind == right.kind == "value" and answer.value is None is not right.value:
            said: str | None = none_said
        else:
            others = zip(given[:i] + given[i + 1 :], expected[:i] + expected[i + 1 :], strict=True)
            said = _fault(part, case, answer, right, others)
        if said is not None:
            return _failure(exercise, part, case, answer, right, said)
    # Only now: "the result is right" must be true of every case.
    for case, answer in zip(cases, given, strict=True):
        said = _fault_on_the_way(exercise, part, answer)
        if said is not None:
            return Failure(part.title, said, _inputs(exercise, case))
    return None


def _fault(
    part: Part, case: Case, answer: Answer, right: Answer, others: Iterable[tuple[Answer, Answer]]
) -> str | None:
    """Return what is wrong with the result of one answer, or None."""
    if right.kind == "error":
        if answer.kind == "error" and answer.type == right.type:
            return None
        if answer.kind != "error":
            return f"these inputs make no sense, so your function should raise a {right.type}"
    if answer.kind == "error":
        return _stopped(answer)
    if answer.kind == "nothing":
        return "this case is not written yet"
    if answer.kind == "foreign":
        wanted = describe(right.value)
        return f"what your function returned cannot be judged: {answer.message}; expected {wanted}"
    return _judged(part, case, answer, right, others)


def _fault_on_the_way(exercise: Exercise, part: Part, answer: Answer) -> str | None:
    """Return what else was done wrong to get a result that is right, or None."""
    if answer.overflow and not part.overflow:
        return (
            "the result is right, but a number became too large for a float on the way; "
            "rewrite the formula so that nothing overflows"
        )
    if answer.hides_overflow and not part.overflow:
        return (
            "the result is right, but `np.errstate` or `np.seterr` hides overflows instead of "
            "avoiding them; leave it out and write the formula so that nothing overflows"
        )
    return _changed(exercise, answer.changed) if answer.changed else None


def _stopped(answer: Answer) -> str:
    said = f"your function stopped with {answer.type}"
    if answer.message:
        said += f": {answer.message}"
    if answer.line is not None:
        source = f": `{answer.source}`" if answer.source else ""
        said += f" (line {answer.line}{source})"
    return said


def _judged(
    part: Part, case: Case, answer: Answer, right: Answer, others: Iterable[tuple[Answer, Answer]]
) -> str | None:
    if part.judge is not None:
        return _ask(part.judge, case, answer)
    given = fitted(answer.value, right.value)
    said = form_fault(given, right.value)
    if said is not None:
        return said
    for look in part.properties:
        said = look(case, given)
        if said is not None:
            return said
    if value_fault(given, right.value, part.rtol, part.atol) is None:
        return None
    return value_fault(given, right.value, part.rtol, part.atol, _well_formed(others))


def _well_formed(others: Iterable[tuple[Answer, Answer]]) -> list[Pair]:
    """Return the values of other cases, or none at all if the form of any is wrong."""
    pairs: list[Pair] = []
    for answer, right in others:
        given = fitted(answer.value, right.value)
        if answer.kind != "value" or right.kind != "value" or form_fault(given, right.value):
            return []
        pairs.append((given, right.value))
    return pairs


def _ask(look: Property, case: Case, answer: Answer) -> str | None:
    try:
        return look(case, answer.value)
    # A judge tries out whatever the learner chose; the engine's own complaint about a choice that
    # does not exist is the best explanation there is.
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        return f"your answer could not be tried out: {error}"


def _changed(exercise: Exercise, positions: tuple[int, ...]) -> str:
    names = " and ".join(f"`{_argument(exercise, i)}`" for i in positions)
    plural = "s" * (len(positions) > 1)
    return (
        f"the result is right, but your function changed its argument{plural} {names}; "
        "work on a copy, the caller still needs the original"
    )


def _argument(exercise: Exercise, position: int) -> str:
    names = exercise.arguments
    return names[position] if position < len(names) else f"argument {position + 1}"


def _failure(
    exercise: Exercise, part: Part, case: Case, answer: Answer, right: Answer, said: str
) -> Failure:
    returned, expected = show_both(answer.value, right.value)
    return Failure(
        part.title,
        said,
        _inputs(exercise, case),
        "" if answer.value is None else returned,
        expected if right.kind == "value" and part.judge is None else "",
    )


def _inputs(exercise: Exercise, case: Case) -> tuple[tuple[str, str], ...]:
    return tuple((_argument(exercise, i), show(value)) for i, value in enumerate(case))


def _known_mistake(
    exercise: Exercise, given: list[list[Answer]], seed: int, failing: int
) -> Mistake | None:
    """Return the known mistake that the answers fit, or None."""
    outputs = {m: _outputs(exercise, m.function, seed) for m in exercise.mistakes}
    for mistake, output in outputs.items():
        if all(map(_parts_agree, exercise.parts, given, output)):
            return mistake
    if not any(a.kind == "value" and holds_number_or_text(a.value) for a in given[failing]):
        return None
    # What is right so far must be right in the mistake too, or it is the mistake of someone else.
    upto = failing + 1
    for mistake, output in outputs.items():
        if all(map(_parts_agree, exercise.parts[:upto], given[:upto], output[:upto])):
            return mistake
    return None


def _parts_agree(part: Part, given: list[Answer], other: list[Answer]) -> bool:
    return all(_answers_agree(part, a, b) for a, b in zip(given, other, strict=True))


def _answers_agree(part: Part, a: Answer, b: Answer) -> bool:
    if (a.kind, a.type, a.message, a.changed) != (b.kind, b.type, b.message, b.changed):
        return False
    if a.overflow != b.overflow and not part.overflow:
        return False
    return a.kind != "value" or agree(a.value, b.value, part.rtol, part.atol)
