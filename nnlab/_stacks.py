"""Running trials: which are trained together, and where."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from nnlab.spaces import Settings
from nnlab.trials import Trial

Train: TypeAlias = Callable[..., Any]
Stack: TypeAlias = list[int]
"""Positions of the trials that are trained together."""


@dataclass(frozen=True)
class Finished:
    """What came of a stack: its trials, and why they could not be trained together, if so."""

    trials: list[Trial]
    stack_error: str | None = None


def stacks(
    settings: Sequence[Settings], positions: Sequence[int], stacked: Sequence[str], most: int
) -> list[Stack]:
    """Return the trials that differ in the `stacked` names only, at most `most` in one stack."""
    if not stacked:
        return [[i] for i in positions]
    groups: dict[object, Stack] = {}
    for i in positions:
        rest = sorted(set(settings[i]) - set(stacked))
        shared = tuple((name, _same(settings[i][name])) for name in rest)
        groups.setdefault(shared, []).append(i)
    return [group[k : k + most] for group in groups.values() for k in range(0, len(group), most)]


def _same(value: object) -> object:
    """Return something hashable that is equal for values that `train` cannot tell apart.

    1, 1.0 and True are equal in Python, but not the same setting.
    """
    if isinstance(value, list | tuple):
        return type(value), tuple(map(_same, value))
    try:
        hash(value)
    except TypeError:
        return type(value), id(value)
    return type(value), value


Job: TypeAlias = Callable[[Sequence[Settings]], Finished]
"""`run` with all but the settings filled in; it can be sent to another process."""


def run(
    train: Train, stacked: Sequence[str], score: str | None, settings: Sequence[Settings]
) -> Finished:
    """Train a stack; if that fails, train each of its trials alone to find out which one does."""
    if len(settings) == 1:
        return Finished([_alone(train, settings[0], score)])
    try:
        rows = {name: np.array([one[name] for one in settings]) for name in stacked}
        scores = _scores(train(**{**settings[0], **rows}), len(settings), score)
    except Exception as error:  # noqa: BLE001 - whatever it was, the trials alone will tell
        return Finished([_alone(train, one, score) for one in settings], _describe(error))
    return Finished(
        [
            Trial(one, {name: row[k].item() for name, row in scores.items()})
            for k, one in enumerate(settings)
        ]
    )


def _alone(train: Train, settings: Settings, score: str | None) -> Trial:
    try:
        scores = _scores(train(**settings), None, score)
    except Exception as error:  # noqa: BLE001 - a failing trial is a result and is recorded
        return Trial(settings, error=_describe(error))
    return Trial(settings, {name: value.item() for name, value in scores.items()})


def _describe(error: Exception) -> str:
    """Return type and message of an exception."""
    return f"{type(error).__name__}: {error}"


def _scores(returned: Any, trials: int | None, score: str | None) -> dict[str, Any]:  # noqa: ANN401
    """Return what `train` returned as float64 arrays, ``()`` or ``(R,)``, after checking it."""
    named = returned if isinstance(returned, Mapping) else {"score": returned}
    if not named or (score is not None and score not in named):
        raise ValueError(f"train: expected the score {score!r} in the result, got {list(named)}")
    scores = {}
    for name, values in named.items():
        array = np.asarray(values)
        expected = "a number" if trials is None else f"{trials} numbers, one for each trial,"
        if array.dtype.kind not in "biuf":
            raise TypeError(f"train: expected {expected} as {name!r}, got {values!r}")
        if array.shape != (() if trials is None else (trials,)):
            raise ValueError(f"train: expected {expected} as {name!r}, got shape {array.shape}")
        scores[str(name)] = array.astype(np.float64)
    return scores


def run_all(
    job: Job, settings: Sequence[Settings], groups: Sequence[Stack], executor: Executor | None
) -> Generator[tuple[Stack, Finished], None, None]:
    """Yield every stack with what came of it, as they finish; close it to cancel the rest.

    Parameters
    ----------
    job : callable
        Trains the trials of one stack, given their settings.
    settings : sequence of dict
        Of all trials.
    groups : sequence of list of int
        The positions in `settings` that make up each stack.
    executor : Executor, optional
        Where; in this process, one after the other, if not given.
    """
    if executor is None:
        return ((group, job([settings[i] for i in group])) for group in groups)
    return _run_on(executor, job, settings, groups)


def _run_on(
    executor: Executor, job: Job, settings: Sequence[Settings], groups: Sequence[Stack]
) -> Generator[tuple[Stack, Finished], None, None]:
    pending: dict[Future[Finished], Stack] = {}
    lost: list[int] = []
    try:
        for group in groups:
            try:
                pending[executor.submit(partial(job, [settings[i] for i in group]))] = group
            except BrokenExecutor:
                lost += group
        while pending:
            stop: KeyboardInterrupt | None = None
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                group = pending.pop(future)
                try:
                    finished = future.result()
                except KeyboardInterrupt as error:  # in a worker; what others finished is kept
                    stop = error
                except Exception:  # noqa: BLE001 - not from `train`: the task or its worker was lost
                    lost += group
                else:
                    yield group, finished
            if stop is not None:
                raise stop
        # A worker takes tasks that are not to blame down with it: one at a time shows which one is.
        for i in sorted(lost):
            try:
                # A tuple: Dask knows tasks by their arguments and would return the old outcome.
                future = executor.submit(partial(job, (settings[i],)))
                pending[future] = [i]
                finished = future.result()
            except Exception as error:  # noqa: BLE001 - lost again
                finished = Finished([Trial(settings[i], error=_describe(error))])
            yield [i], finished
    finally:
        for future in pending:
            future.cancel()
