"""Successive halving: a search that drops the worse trials early (taught in lesson 8)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from nnlab._checks import whole_number
from nnlab._stacks import Train
from nnlab.search import Progress, SearchInterrupted, search
from nnlab.trials import Results, Trial


@dataclass(frozen=True)
class Halving:
    """What successive halving found.

    Attributes
    ----------
    rungs : tuple of Results
        First to last, each with fewer trials and more of the resource; ``rungs[-1]`` can do what
        the results of any search can.
    resource : str
        The name of the resource, such as "epochs".
    """

    rungs: tuple[Results, ...]
    resource: str

    @property
    def resources(self) -> tuple[int, ...]:
        """Return how much of the resource each trial of a rung got, rung by rung."""
        return tuple(rung[0].settings[self.resource] for rung in self.rungs)

    @property
    def budget(self) -> int:
        """Return the resource that all trials of all rungs got together."""
        amounts = zip(self.rungs, self.resources, strict=True)
        return sum(len(rung) * amount for rung, amount in amounts)

    def best(self) -> Trial:
        """Return the best trial of the last rung, the one with the most of the resource.

        Raises
        ------
        ValueError
            If all of them failed or diverged.
        """
        return self.rungs[-1].best()

    def __repr__(self) -> str:
        steps = ", ".join(
            f"{len(rung)} with {amount}"
            for rung, amount in zip(self.rungs, self.resources, strict=True)
        )
        return f"Halving({steps} {self.resource}; {self.budget} in all)"


def successive_halving(
    train: Train,
    settings: Iterable[Mapping[str, Any]],
    *,
    resource: str = "epochs",
    smallest: int,
    largest: int,
    factor: int = 3,
    stacked: Sequence[str] = (),
    score: str | None = None,
    maximize: bool = True,
    executor: Executor | None = None,
    max_stack: int = 64,
    file: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Halving:
    r"""Train many settings a little, the best longer, and so on (Jamieson & Talwalkar, 2016).

    Rung k trains its :math:`n_k` trials with a resource of

    .. math:: r_k = \min(r_0 \, \eta^k, r_\mathrm{max}), \qquad
        n_{k + 1} = \max(\lfloor n_k / \eta \rfloor, 1)

    and the best :math:`n_{k + 1}` go on; of equal ones, those that come first in `settings`. The
    last rung has :math:`r_\mathrm{max}`; a trial that is left alone goes there at once. With 27
    settings, 1 to 27 epochs and a factor of 3, rungs of 27, 9, 3 and 1 trials take 27 epochs each:
    108 in all instead of 729.

    Every rung trains **from scratch**, as if the others had not been: what a trial got before is
    part of the price, and its schedules see the epochs of its own rung only. The method trusts that
    who leads early leads late. That fails where slow starters win, for instance small learning
    rates.

    Parameters
    ----------
    train : callable
        As in :func:`nnlab.search.search`. It also gets the resource: ``train(epochs=3, ...)``.
    settings : iterable of dict
        The trials of the first rung, without the resource.
    resource : str
        The argument that says how long, or on how much, `train` trains.
    smallest, largest : int
        :math:`1 \le r_0 \le r_\mathrm{max}`.
    factor : int
        :math:`\eta \ge 2`.
    stacked, score, maximize, executor, max_stack, file, progress
        As in :func:`nnlab.search.search`. The file holds all rungs, told apart by the resource;
        progress is counted anew in each rung.

    Returns
    -------
    Halving
        Failed and diverged trials do not go on. If none of a rung is left, it is the last.

    Raises
    ------
    TypeError, ValueError, OSError
        If a number is out of range, the settings have the resource among them, and as in
        :func:`nnlab.search.search`.
    SearchInterrupted
        After Ctrl-C; its ``results`` hold the finished trials of all rungs.
    """
    smallest = whole_number("smallest", smallest)
    largest = whole_number("largest", largest, least=smallest)
    factor = whole_number("factor", factor, least=2)
    left = list(settings)
    wrong = [one for one in left if not isinstance(one, Mapping) or resource in one]
    if wrong:
        raise ValueError(
            f"settings: expected dicts without {resource!r}, which the rungs give, got {wrong[0]!r}"
        )

    rungs: list[Results] = []
    amount = smallest
    while True:
        if len(left) == 1:
            amount = largest
        try:
            rung = search(
                train,
                [{**one, resource: amount} for one in left],
                stacked=stacked,
                score=score,
                maximize=maximize,
                executor=executor,
                max_stack=max_stack,
                file=file,
                progress=progress,
            )
        except SearchInterrupted as stop:
            before = [trial for done in rungs for trial in done]
            trials = (*before, *stop.results)
            raise SearchInterrupted(str(stop), Results(trials, score, maximize)) from None
        rungs.append(rung)
        survivors = set(rung.ranked()[: max(len(rung) // factor, 1)])
        left = [one for one, trial in zip(left, rung, strict=True) if trial in survivors]
        if amount == largest or not left:
            return Halving(tuple(rungs), resource)
        amount = min(amount * factor, largest)
