"""`hint` and `solution`: help that the learner asks for."""

from __future__ import annotations

from nnlab.exercises import catalogue, withholding
from nnlab.exercises.markup import Note
from nnlab.exercises.specification import HINTS

_given: dict[str, int] = {}


def hint(name: str) -> Note:
    """Show the next hint of an exercise; each call says more than the one before.

    Parameters
    ----------
    name : str
        Name of the exercise, such as ``"01.mse"``.

    Returns
    -------
    Note
        "Hint 1 of 3" and so on; the count starts again with the kernel.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    exercise = catalogue.exercise(name)
    number = _given.get(name, 0) + 1
    if number > HINTS:
        withheld = withholding.now()
        next_step = withheld.sentence if withheld else f'`solution("{name}")` shows a solution.'
        return Note(f"There are no more hints for {name}. {next_step}")
    _given[name] = number
    return Note(f"**Hint {number} of {HINTS}.** {exercise.hints[number - 1]}")


def solution(name: str) -> Note:
    """Show a solution of an exercise, unless the teacher withholds it.

    Parameters
    ----------
    name : str
        Name of the exercise, such as ``"01.mse"``.

    Returns
    -------
    Note
        The source as Markdown, or from when on it is shown (`nnlab.exercises.withholding`).

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    exercise = catalogue.exercise(name)
    withheld = withholding.now()
    if withheld is not None:
        return Note(f'{withheld.sentence} `hint("{name}")` gives a hint.')
    return Note(f"**{exercise.title}: one solution**\n\n```python\n{exercise.solution_source}```")
