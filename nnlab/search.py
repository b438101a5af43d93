"""Hyperparameter search: many trials of one training function (taught in lesson 8).

Settings come from :func:`nnlab.spaces.grid` or :func:`nnlab.spaces.random_settings`;
:func:`search` tries them all. :func:`nnlab.halving.successive_halving` drops the worse ones early.
"""

from __future__ import annotations

import inspect
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, closing
from functools import partial
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from nnlab._checks import is_number, whole_number
from nnlab._results_file import ResultsFile
from nnlab._stacks import Train, run, run_all, stacks
from nnlab.spaces import Settings, plain
from nnlab.trials import Results, Trial

Progress: TypeAlias = Callable[[int, int, Trial | None], None]
"""``progress(done, total, best)``; `best` is None as long as no trial went well."""


LINE = 100
"""Width of the line that `print_progress` writes."""


class SearchInterrupted(KeyboardInterrupt):
    """A search that was stopped from the keyboard, with the trials that were finished.

    Attributes
    ----------
    results : Results
        The finished trials in the order of their settings.
    """

    def __init__(self, message: str, results: Results) -> None:
        super().__init__(message)
        self.results = results


def search(
    train: Train,
    settings: Iterable[Mapping[str, Any]],
    *,
    stacked: Sequence[str] = (),
    score: str | None = None,
    maximize: bool = True,
    executor: Executor | None = None,
    max_stack: int = 64,
    file: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Results:
    r"""Train once with each of the settings and collect the scores.

    **Many networks at once.** Trials that differ only in the settings named in `stacked` are
    trained in one call, as replicas of one network: `train` gets an array with one number per trial
    for each stacked name, and returns R scores instead of one. This suits the numbers that the
    engine takes one per replica: learning rate, regularization strength, dropout rate, the
    network's seed. `train` is the same function either way::

        def train(units, learning_rate, seed):
            net = Sequential(Dense(64, units), Activation(relu), Dense(units, 10), seed=seed)
            history = fit(net, CategoricalCrossEntropy(), Adam(learning_rate), x, y, epochs=20,
                          batch_size=64, validation=(xv, yv), metrics={"accuracy": accuracy})
            return history.final["validation"]["accuracy"]

        settings = random_settings(
            {"units": Choice([8, 16]), "learning_rate": LogUniform(1e-4, 1.0),
             "seed": Integer(0, 9999)}, n=100, seed=0)
        results = search(train, settings, stacked=["learning_rate", "seed"])
        results.best()

    The scores equal those of separate runs bit for bit, as long as `train` hands the rows to the
    engine as they are, or calculates with them by ``+ - * /`` only (``10.0**row`` may round
    differently). ``fit(..., seed=0)`` gives all trials one order of examples, as in separate runs,
    ``fit(..., seed=seed)`` each its own. Above about 64 units per layer, or where `train` cannot
    take rows, leave `stacked` empty and use processes.

    **Many processes, many machines.** With an `executor`, each stack is one task. Worker processes
    need one BLAS thread each: set ``OPENBLAS_NUM_THREADS=1`` before Python starts, or they get in
    each other's way. Functions and settings are sent to the workers: for a ``ProcessPoolExecutor``
    write `train` in a module and load the data there. A Dask cluster (extra ``[cluster]``) also
    takes functions written in a notebook, with the data they use::

        client = distributed.Client(...)
        search(train, settings, executor=client.get_executor(pure=False))

    **What goes wrong.** An exception in `train` makes the trial "failed", a score that is NaN or
    infinite makes it "diverged", and the search goes on. If a stack fails, its trials are run
    alone, to find out which of them it was. Trials that were lost with a worker are tried once
    more at the end, one at a time. A process pool that lost a worker takes no more tasks: the
    trials that were not finished are then failed ones, with ``BrokenProcessPool`` as the error;
    with a `file`, a new pool and the same call go on from there. Ctrl-C (the stop button) raises
    :class:`SearchInterrupted`.

    Parameters
    ----------
    train : callable
        ``train(**settings)`` returns a score or a dict of scores.
    settings : iterable of dict
        The trials, all with the same names. NumPy numbers become plain ones.
    stacked : sequence of str
        Names whose values, all of them numbers, may be given to `train` as arrays. The default
        trains every trial alone.
    score : str, optional
        The score to compare by; the first one that `train` returns if not given.
    maximize : bool
        Whether more is better. Say ``maximize=False`` for a loss.
    executor : concurrent.futures.Executor, optional
        Threads, processes or a cluster; this process if not given. It is not shut down.
    max_stack : int
        Trials per stack at most. With an executor, small enough for every worker to get stacks.
    file : str or path, optional
        Results file. Every finished trial is appended to it at once as a line of JSON. The same
        call continues from it: trials that are in it are not run again, unless they failed. Only
        the settings are compared, so take a new file if `train` has changed.
    progress : callable, optional
        Called in this process with ``(done, total, best)`` after each stack, and at the start if
        trials were found in `file`. Pass :func:`print_progress` for a line on the screen; the
        default is silent, so that a notebook's output is the same every time.

    Returns
    -------
    Results
        The trials in the order of `settings`.

    Raises
    ------
    TypeError
        If `train` does not take these settings, a stacked value is not a number, or a setting
        cannot be kept in a results file.
    ValueError
        If there are no settings, their names differ, `stacked` has other names, `max_stack` is
        below 1, or `file` is damaged or of another search (it is left as it is).
    OSError
        If `file` cannot be read or written.
    SearchInterrupted
        After Ctrl-C. A KeyboardInterrupt whose ``results`` holds what was finished.

    Warns
    -----
    RuntimeWarning
        If trials could not be trained together although each of them could alone.
    """
    settings = _checked_settings(train, settings)
    stacked = _checked_stacked(stacked, settings)
    max_stack = whole_number("max_stack", max_stack)
    finished: dict[int, Trial] = {}
    stack_error: str | None = None

    def results() -> Results:
        return Results(tuple(finished[i] for i in sorted(finished)), score, maximize)

    def show() -> None:
        if progress is not None:
            ranked = results().ranked()
            progress(len(finished), len(settings), ranked[0] if ranked else None)

    with ExitStack() as context:
        kept = None
        if file is not None:
            kept = context.enter_context(closing(ResultsFile(file, list(settings[0]))))
            found = {i: kept.finished(one) for i, one in enumerate(settings)}
            finished |= {i: trial for i, trial in found.items() if _usable(trial, score)}
            if finished:
                show()
        missing = [i for i in range(len(settings)) if i not in finished]
        groups = stacks(settings, missing, stacked, max_stack)
        runs = run_all(partial(run, train, stacked, score), settings, groups, executor)
        context.enter_context(closing(runs))
        try:
            for group, outcome in runs:
                for i, trial in zip(group, outcome.trials, strict=True):
                    finished[i] = trial
                    if kept is not None:
                        kept.write(trial)
                if all(trial.error is None for trial in outcome.trials):
                    stack_error = stack_error or outcome.stack_error
                show()
        except KeyboardInterrupt:
            where = "this exception's `results`" if file is None else os.fspath(file)
            raise SearchInterrupted(
                f"{len(finished)} of {len(settings)} trials are finished; they are in {where}",
                results(),
            ) from None
    if stack_error is not None:
        warnings.warn(
            f"search: trials that went well alone could not be trained together ({stack_error}); "
            "leave names that `train` cannot take as arrays out of `stacked`",
            RuntimeWarning,
            stacklevel=2,
        )
    return results()


def print_progress(done: int, total: int, best: Trial | None) -> None:
    """Write how far a search is on one line of the error stream, again and again.

    Parameters
    ----------
    done, total : int
        Trials finished, and all of them.
    best : Trial or None
        The best so far.

    Examples
    --------
    ``search(train, settings, progress=print_progress)``
    """
    line = f"{done}/{total} trials" + (f", best: {best}" if best is not None else "")
    # Blanks cover what is left of a longer line before.
    sys.stderr.write(f"\r{line[:LINE]:<{LINE}}" + ("\n" if done == total else ""))
    sys.stderr.flush()


def _usable(trial: Trial | None, score: str | None) -> TypeGuard[Trial]:
    """Return whether a trial was found in the file, with the score that is asked for."""
    return trial is not None and (score is None or score in trial.scores)


def _checked_settings(train: Train, given: Iterable[Mapping[str, Any]]) -> list[Settings]:
    """Return the settings with plain numbers after checking that `train` can take them."""
    if not callable(train):
        raise TypeError(f"train: expected a function, got {train!r}")
    settings: list[Settings] = []
    for one in given:
        if not isinstance(one, Mapping):
            raise TypeError(f"settings: expected a list of dicts, as from grid, got {one!r} in it")
        settings.append({name: plain(value) for name, value in one.items()})
        if set(one) != set(settings[0]):
            raise ValueError(
                f"settings: expected the same names in every trial, got {sorted(settings[0])} and "
                f"{sorted(one)}"
            )
    if not settings:
        raise ValueError("settings: expected at least one trial, got none")
    try:
        signature = inspect.signature(train)
    except ValueError:  # some callables written in C have none
        return settings
    try:
        signature.bind(**settings[0])
    except TypeError as error:
        raise TypeError(
            f"train: expected a function of {', '.join(settings[0])}, got one of {signature}: "
            f"{error}"
        ) from None
    return settings


def _checked_stacked(stacked: Sequence[str], settings: Sequence[Settings]) -> list[str]:
    """Return the stacked names after checking that their values can be put into arrays."""
    if isinstance(stacked, str):
        raise TypeError(f"stacked: expected a list of names, such as [{stacked!r}], got a str")
    for name in stacked:
        if name not in settings[0]:
            raise ValueError(f"stacked: expected names among {sorted(settings[0])}, got {name!r}")
        for value in (one[name] for one in settings):
            if not is_number(value) or np.array(value).dtype.kind == "O":
                raise TypeError(
                    f"stacked: expected numbers of at most 64 bits as {name}, got {value!r}; leave "
                    f"{name!r} out of `stacked`"
                )
    return list(stacked)
