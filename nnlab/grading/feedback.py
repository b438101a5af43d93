"""The page a student gets back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnlab.exercises.verdict import Failure, State, Verdict
from nnlab.grading.marks import Mark, Marks
from nnlab.grading.pages import ENDINGS, code_lines, levels_of, render

SIGNS: dict[State, str] = {"right": "✔", "partly right": "◐", "wrong": "✘", "not attempted": "–"}


@dataclass(frozen=True)
class _Part:
    """A line of a card."""

    sign: str
    title: str
    state: str
    points: float
    max_points: float


@dataclass(frozen=True)
class _Card:
    """One exercise on the page."""

    id: str
    sign: str
    verdict: Verdict
    parts: tuple[_Part, ...]
    values: tuple[tuple[str, str], ...]
    ended: str
    next_step: str
    lines: list[str]
    left_out: int


@dataclass(frozen=True)
class _Notebook:
    """One notebook on the page."""

    name: str
    points: float
    max_points: float
    notes: tuple[str, ...]
    unreadable: str
    cards: tuple[_Card, ...]


def feedback_page(marks: Sequence[Marks], *, name: str) -> str:
    """Return one student's feedback on all their notebooks, as a self-contained HTML file.

    Parameters
    ----------
    marks : sequence of Marks
        The student's, one for every notebook, in the order to show them.
    name : str
        What the student is called at the top of the page.

    Returns
    -------
    str
        The same marks give the same text. It loads nothing and runs nothing, and every text of the
        student's in it is escaped.
    """
    all_cards = [mark for one in marks for mark in one.marks]
    return render(
        "feedback.html.j2",
        name=name,
        points=sum(one.points for one in marks),
        max_points=sum(one.max_points for one in marks),
        right=sum(mark.verdict.state == "right" for mark in all_cards),
        exercises=len(all_cards),
        notebooks=[_notebook(index, one) for index, one in enumerate(marks)],
        levels=levels_of(marks),
    )


def _notebook(index: int, marks: Marks) -> _Notebook:
    return _Notebook(
        marks.assignment,
        marks.points,
        marks.max_points,
        marks.notes,
        marks.unreadable,
        tuple(_card(f"e{index}-{place}", mark) for place, mark in enumerate(marks.marks)),
    )


def _card(identifier: str, mark: Mark) -> _Card:
    verdict = mark.verdict
    parts = tuple(
        _Part(SIGNS[part.state], part.title, part.state, part.points, part.max_points)
        for part in verdict.parts
    )
    lines, left_out = code_lines(mark.source)
    return _Card(
        identifier,
        SIGNS[verdict.state],
        verdict,
        parts,
        () if verdict.failure is None else _values(verdict.failure),
        ENDINGS.get(mark.ended, ""),
        _next_step(verdict),
        lines,
        left_out,
    )


def _values(failure: Failure) -> tuple[tuple[str, str], ...]:
    returned = "your function returned", failure.returned
    expected = "expected", failure.expected
    return tuple(row for row in (*failure.inputs, returned, expected) if row[1])


def _next_step(verdict: Verdict) -> str:
    if verdict.state == "right":
        return ""
    if verdict.reason == "returns nothing":
        return f"`{verdict.entry}` returns None: write its body and let it end with `return`."
    if verdict.reason == "unchanged":
        return (
            f"`{verdict.entry}` still does what the code you were given does. Find its fault and "
            "mend it."
        )
    if verdict.state == "not attempted":
        return (
            f"Write `{verdict.entry}`. If you have written it, delete the line "
            "`raise NotImplementedError`."
        )
    if verdict.hint:
        return f"Mend `{verdict.entry}` in the notebook with this hint, and run its check again."
    return f'In the notebook, `hint("{verdict.name}")` gives a hint, each time a further one.'
