"""Mark a class: many notebooks at once, each at its own risk, so that a stopped run can go on."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, replace

from nnlab.grading.assignment import Assignment
from nnlab.grading.chosen import Entry, choose
from nnlab.grading.marking import mark_unreadable
from nnlab.grading.marks import Marks
from nnlab.grading.platforms import Export, Listed, Notebook
from nnlab.grading.pools import Order, Pool, carry_out
from nnlab.grading.refusal import GradeError
from nnlab.grading.results import Results

Advance = Callable[[int, bool], None]
"""Called with the number of notebooks that are done, and whether that took work."""


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Parameters
    ----------
    marks : tuple of (Entry, Marks)
        By student, in the order of names, then by assignment.
    listed : tuple of Listed
        Files that were not marked, in the order of their paths.
    reused : int
        How many marks were taken from an earlier run.
    """

    marks: tuple[tuple[Entry, Marks], ...]
    listed: tuple[Listed, ...]
    reused: int


def grade(
    export: Export,
    assignments: Sequence[Assignment],
    results: Results,
    pool: Pool,
    advance: Advance,
) -> Outcome:
    """Mark what a class handed in.

    Parameters
    ----------
    export : Export
        Its files; they are read one student at a time.
    assignments : sequence of Assignment
        What may have been handed in.
    results : Results
        Where marks are kept, and found again.
    pool : Pool
        The processes that mark.
    advance : callable
        Told how far it is.

    Returns
    -------
    Outcome
        The same, however many processes there are and however often the run was stopped.

    Raises
    ------
    GradeError
        If the pool is lost, or if not one notebook could be marked.
    """
    run = _Run(export, assignments, results, pool, advance)
    run.work()
    order = {student.id: i for i, student in enumerate(export.students)}
    places = {assignment.name: i for i, assignment in enumerate(assignments)}
    run.done.sort(key=lambda done: (order[done[0].student.id], places[done[0].assignment.name]))
    listed = sorted((*export.listed, *run.listed), key=lambda one: (one.path, one.reason))
    return Outcome(tuple(run.done), tuple(listed), run.reused)


class _Run:
    """One run: what waits, what is on its way, and what is done."""

    def __init__(
        self,
        export: Export,
        assignments: Sequence[Assignment],
        results: Results,
        pool: Pool,
        advance: Advance,
    ) -> None:
        self.done: list[tuple[Entry, Marks]] = []
        self.listed: list[Listed] = []
        self.reused = 0
        self._export = export
        self._assignments = assignments
        self._results = results
        self._pool = pool
        self._advance = advance
        self._attempted = 0

    def work(self) -> None:
        """Mark everything; what went wrong in company is tried once more alone."""
        suspects = [entry for entry, _ in self._mark(self._waiting(), self._pool.size)]
        failed = [bad for entry in suspects for bad in self._mark([entry], 1)]
        if problem := self._pool.problem():
            raise GradeError(problem)
        if failed and len(failed) == self._attempted:
            raise GradeError(f"Not one notebook could be marked: {_told(failed[0][1])}")
        for entry, error in failed:
            sentence = f"it could not be marked, also at a second try: {_told(error)}"
            self._finish(entry, self._unreadable(entry, sentence))

    def _mark(self, entries: Iterable[Entry], size: int) -> list[tuple[Entry, BaseException]]:
        """Mark entries, at most `size` at the same time; return those that failed, and how.

        A process that dies takes those along that the pool was working on; the fault is in one of
        them at most.
        """
        source = iter(entries)
        retry: deque[Entry] = deque()
        failed: list[tuple[Entry, BaseException]] = []
        running: dict[Future[Marks], Entry] = {}
        while True:
            # One more than there are processes, so that none of them waits.
            while len(running) <= size:
                entry = retry.popleft() if retry else next(source, None)
                if entry is None:
                    break
                try:
                    future = self._pool.executor(size).submit(carry_out, self._order(entry))
                except BrokenExecutor:  # noticed before what was on its way has told so
                    if not running:
                        self._pool.discard()
                    retry.appendleft(entry)
                    break
                running[future] = entry
            if not running:
                if retry:
                    continue
                return failed
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = False
            for future in finished:
                entry = running.pop(future)
                error = future.exception()
                if error is None:
                    self._keep(entry, future.result())
                else:
                    failed.append((entry, error))
                    broken = broken or isinstance(error, BrokenExecutor)
            if broken and not running:
                self._pool.discard()

    def _waiting(self) -> Iterator[Entry]:
        """Yield what there is to mark; take what is known already out on the way."""
        for notebooks in _by_student(self._export):
            entries, listed = choose(notebooks, self._assignments)
            self.listed += listed
            self._advance(len(listed), False)
            for entry in entries:
                if entry.submission is None:
                    self._finish(entry, self._unreadable(entry, entry.problem), marked=False)
                    continue
                known = self._results.find(entry)
                if known is None:
                    self._attempted += 1
                    yield entry
                else:
                    self.reused += 1
                    self._finish(entry, known, marked=False)

    def _order(self, entry: Entry) -> Order:
        assert entry.submission is not None  # `_waiting` has seen to it
        results = self._results
        return Order(
            entry.submission,
            entry.assignment,
            entry.student.id,
            results.secret,
            results.level,
            results.limits,
        )

    def _keep(self, entry: Entry, marks: Marks) -> None:
        self._results.keep(entry, marks)
        self._finish(entry, marks)

    def _finish(self, entry: Entry, marks: Marks, *, marked: bool = True) -> None:
        notes = (*marks.notes, *entry.notes)
        self.done.append((entry, replace(marks, notes=notes)))
        self._advance(1, marked)

    def _unreadable(self, entry: Entry, sentence: str) -> Marks:
        student, level = entry.student.id, self._results.level
        return mark_unreadable(sentence, entry.assignment, student, level)


def _by_student(export: Export) -> Iterator[list[Notebook]]:
    notebooks = defaultdict(list)
    for notebook in export.notebooks:
        notebooks[notebook.student.id].append(notebook)
    yield from notebooks.values()


def _told(error: BaseException) -> str:
    if isinstance(error, BrokenExecutor):
        return "the process that marked it died"
    return f"{type(error).__name__}: {error}"
