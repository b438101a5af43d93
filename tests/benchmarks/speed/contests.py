"""Who is compared with whom, on what, and what the goal is."""

import importlib
import statistics
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from . import ours
from .tasks import (
    BATCH_NORM,
    DIGITS,
    DROPOUT,
    REPLICAS,
    SLIDER_STEPS,
    SMALL,
    WIDE,
    Task,
    data,
)
from .timing import Contender, Ratio, ratios, timed

TORCH, FUSED, SKLEARN = "PyTorch", "PyTorch, fused Adam", "scikit-learn `fit`"
PRODUCTS, LOOP, VMAP = "its matrix products", "nnlab in a loop", "`torch.func.vmap`"

REPLICA_ROW = f"{REPLICAS} × 2-16-16-1 at once"
SLIDER_ROW = "slider step: 100 epochs, two histories, map"

# How many times longer the rival should take. The products are inside our own time: there the
# goal is how many times longer nnlab may take.
GOALS = {
    (SMALL.name, TORCH): 7, (SMALL.name, FUSED): 4.5, (SMALL.name, SKLEARN): 2.5,
    (DROPOUT.name, FUSED): 4.5,
    (BATCH_NORM.name, FUSED): 3.3,
    (DIGITS.name, TORCH): 2.8, (DIGITS.name, FUSED): 2, (DIGITS.name, SKLEARN): 1.9,
    (DIGITS.name, PRODUCTS): 2.4,
    (WIDE.name, TORCH): 1.2, (WIDE.name, FUSED): 1, (WIDE.name, SKLEARN): 1.2,
    (WIDE.name, PRODUCTS): 1.5,
    (REPLICA_ROW, TORCH): 40, (REPLICA_ROW, LOOP): 8, (REPLICA_ROW, VMAP): 4,
    (SLIDER_ROW, TORCH): 6,
}  # fmt: skip
GRID_GOAL = 1.0  # seconds


class Peers(NamedTuple):
    """The modules of the optional rivals, None where the library is not installed."""

    torch: object
    sklearn: object


def installed():
    """Return the peers that can be imported."""
    return Peers(*(_optional(name) for name in Peers._fields))


def _optional(library):
    try:
        importlib.import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library:
            raise
        return None
    return importlib.import_module(f".{library}_peers", __package__)


class Contest(NamedTuple):
    """One row of the table, or the part of it that has the same turns of ours."""

    row: str
    ours: Callable
    rivals: list[Contender]
    steps: int  # of ours in a turn


class Result(NamedTuple):
    """What one contest found about one rival."""

    row: str
    rival: str
    ratio: Ratio

    @property
    def goal(self):
        return GOALS.get((self.row, self.rival))

    @property
    def times(self):
        """How many times longer the rival takes; against the products, how many nnlab takes."""
        return 1 / self.ratio.median if self.rival == PRODUCTS else self.ratio.median

    @property
    def missed(self):
        if self.goal is None:
            return False
        return self.times > self.goal if self.rival == PRODUCTS else self.times < self.goal

    @property
    def slower(self):
        return self.rival != PRODUCTS and self.times < 1


def contests(peers):
    """Yield all contests with those peers that are there."""
    for task in (SMALL, DROPOUT, BATCH_NORM, DIGITS, WIDE):
        yield _steps(task, peers)
    if peers.sklearn:
        for task, epochs in ((SMALL, 10), (DIGITS, 5), (WIDE, 3)):
            yield Contest(
                task.name,
                partial(ours.fitting, task, epochs),
                [Contender(SKLEARN, partial(peers.sklearn.fitting, task, epochs))],
                epochs * _steps_per_epoch(task),
            )
    yield _replicas(peers, steps=4)
    if peers.torch:
        rival = Contender(TORCH, peers.torch.slider_step)
        yield Contest(SLIDER_ROW, ours.slider_step, [rival], SLIDER_STEPS)


def _steps(task: Task, peers):
    rivals = []
    if peers.torch:
        rivals.append(Contender(TORCH, partial(peers.torch.epoch, task)))
        rivals.append(Contender(FUSED, partial(peers.torch.epoch, task, fused=True)))
    rivals.append(Contender(PRODUCTS, partial(ours.matrix_products, task)))
    return Contest(task.name, partial(ours.epoch, task), rivals, _steps_per_epoch(task))


def _replicas(peers, steps):
    examples = steps * SMALL.batch
    rivals = [Contender(LOOP, partial(ours.loop_epoch, examples))]
    if peers.torch:
        rivals.append(Contender(TORCH, partial(peers.torch.loop_epoch, examples)))
        rivals.append(Contender(VMAP, partial(peers.torch.vmap_epoch, examples)))
    return Contest(REPLICA_ROW, partial(ours.replica_epoch, examples), rivals, steps)


def _steps_per_epoch(task):
    return len(data(task)[0]) // task.batch


def held(contest, seconds, rounds):
    """Hold a contest; return one Result for each rival."""
    found = ratios(Contender("nnlab", contest.ours), contest.rivals, seconds, rounds)
    return [Result(contest.row, rival, ratio) for rival, ratio in found.items()]


def grid_seconds(runs):
    """Return the median seconds of the 8 × 8 grid of networks."""
    turn = ours.grid_of_networks()
    return statistics.median(timed(turn) for _ in range(runs))
