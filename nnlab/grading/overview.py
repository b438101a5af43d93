"""The class at a glance: what to talk about in the next lecture."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nnlab.exercises.verdict import State
from nnlab.grading.jobs import Ending, Level
from nnlab.grading.marks import Marks
from nnlab.grading.pages import ENDINGS, code_lines, levels_of, render
from nnlab.grading.similarity import LEAST, SPREADS, Match, Pair
from nnlab.grading.summary import AssignmentSummary, ExerciseSummary, summarize

TOP_MISTAKES = 8
TOP_PARTS = 8
TOP_OTHERS = 5
TOP_WORDS = 12
SIDE_BY_SIDE = 3
"""Exercises of a pair whose solutions are shown next to each other."""

STATE_ORDER: tuple[State, ...] = ("right", "partly right", "wrong", "not attempted")


@dataclass(frozen=True)
class _Segment:
    """A piece of a stacked bar; start and width in percent."""

    state: State
    count: int
    start: float
    width: float


def overview_page(
    all_marks: Sequence[Marks],
    *,
    names: Mapping[str, str] | None = None,
    unreadable: Sequence[tuple[str, str]] = (),
    pairs: Sequence[Pair] = (),
    title: str = "Class overview",
) -> str:
    """Return an overview of a class, as a self-contained HTML file.

    What can be shown to the class comes first; whatever names students is folded away at the end.

    Parameters
    ----------
    all_marks : sequence of Marks
        One for every notebook of every student, those that could not be read included. The order
        does not matter.
    names : mapping of str to str, optional
        What students are called, by `Marks.student`; who is missing is called by that.
    unreadable : sequence of (str, str)
        Files that could not be given to a student at all: name of the file and sentence on why.
    pairs : sequence of Pair
        See `nnlab.grading.similarity.similar_pairs`.
    title : str
        Heading of the page.

    Returns
    -------
    str
        The same marks give the same text. It loads nothing and runs nothing, and every text of the
        students' in it is escaped.
    """
    summary = summarize(all_marks)
    called = {marks.student: marks.student for marks in all_marks} | dict(names or {})
    bad = [(called[m.student], m.assignment, m.unreadable) for m in all_marks if m.unreadable]
    return render(
        "overview.html.j2",
        title=title,
        summary=summary,
        submissions=len(all_marks),
        read=len(all_marks) - len(bad),
        mistakes=summary.mistakes[:TOP_MISTAKES],
        parts=summary.parts[:TOP_PARTS],
        states=STATE_ORDER,
        segments=_segments,
        counts_said=_counts_said,
        tried=[state for state in STATE_ORDER if state != "not attempted"],
        histogram_said=_histogram_said,
        others=[e for a in summary.assignments for e in a.exercises if e.others],
        top_others=TOP_OTHERS,
        unreadable=sorted(bad),
        files=sorted(unreadable),
        endings=_endings(all_marks, called),
        notes=_notes(all_marks, called),
        pairs=pairs,
        least=LEAST,
        spreads=SPREADS,
        called=called,
        top_words=TOP_WORDS,
        side_by_side=SIDE_BY_SIDE,
        sides=_sides,
        levels=levels_of(all_marks),
        limits=Level.LIMITS.label,
    )


def _segments(exercise: ExerciseSummary) -> list[_Segment]:
    total = max(1, sum(exercise.states.values()))
    segments = []
    before = 0
    for state in STATE_ORDER:
        count = exercise.states[state]
        if count:
            start, width = (round(100 * part / total, 2) for part in (before, count))
            segments.append(_Segment(state, count, start, width))
        before += count
    return segments


def _counts_said(exercise: ExerciseSummary, states: Sequence[State] = STATE_ORDER) -> str:
    counts = ((exercise.states[state], state) for state in states)
    return ", ".join(f"{count} {state}" for count, state in counts if count)


def _histogram_said(assignment: AssignmentSummary) -> str:
    tenths = [
        f"{count} from {10 * tenth} to {10 * (tenth + 1)} %"
        for tenth, count in enumerate(assignment.histogram)
        if count
    ]
    return f"Totals as a share of the points that can be had: {', '.join(tenths) or 'none'}."


def _endings(
    all_marks: Iterable[Marks], called: Mapping[str, str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return, for each way in which code was stopped, who wrote it and for which exercise."""
    found: dict[Ending, list[tuple[str, str]]] = defaultdict(list)
    for marks in all_marks:
        for mark in marks.marks:
            if mark.ended:
                found[mark.ended].append((called[marks.student], mark.verdict.name))
    return [(said, sorted(found[ended])) for ended, said in ENDINGS.items() if ended in found]


def _notes(all_marks: Sequence[Marks], called: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Return notes on files and who they are about."""
    found = defaultdict(list)
    handed_in = Counter(marks.assignment for marks in all_marks)
    for marks in all_marks:
        for note in marks.notes:
            found[marks.assignment, note].append(called[marks.student])
    notes = [
        (f"{name}: {note}", ["everyone"] if len(who) == handed_in[name] > 1 else sorted(who))
        for (name, note), who in found.items()
    ]
    return sorted(notes)


def _sides(match: Match) -> list[tuple[list[str], int, frozenset[int]]]:
    """Return lines, number of lines left out and shared lines of both solutions."""
    return [
        (*code_lines(source), lines)
        for source, lines in zip(match.sources, match.lines, strict=True)
    ]
