"""Lesson 05, spot the bug: a mask that never changes."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab._arrays import FloatArray
from nnlab.exercises.answers import Plain
from nnlab.exercises.lesson_05_masks import (
    for_each_seed,
    mask_fault,
    numbers,
    seed_fault,
    three_seeds,
)
from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def _batch_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.uniform(0.5, 3, shape), rate, three_seeds(rng))
        for shape, rate in (((6, 20, 15), 0.5), ((4, 20, 25), 0.3), ((5, 16, 20), 0.8))
    ]


def _judge_batches(case: Case, returned: Plain) -> str | None:
    x, rate, seeds = case
    y = numbers(returned, x, seeds)
    if isinstance(y, str):
        return y
    for run in y:
        said = mask_fault(x, run, rate) or _shared_mask(run)
        if said is not None:
            return said
    return seed_fault(y, seeds, rate)


def _shared_mask(run: FloatArray) -> str | None:
    """Return which two batches of a run (B, N, F) have the same mask, or None."""
    kept = run != 0
    for k in range(len(kept)):
        for other in range(k):
            if (kept[k] == kept[other]).all():
                return (
                    f"batches {other + 1} and {k + 1} have the same mask; every batch needs a new "
                    "one"
                )
    return None


def _frozen(x, rate, seeds):
    y = np.empty((len(seeds), *x.shape))
    for run, seed in enumerate(seeds):
        for k, batch in enumerate(x):
            rng = np.random.default_rng(seed)
            kept = rng.random(batch.shape) >= rate
            y[run, k] = batch * kept / (1 - rate)
    return y


def drop_batches(x, rate, seeds):
    """Inverted dropout of all batches of x (B, N, F), once for every seed: (S, B, N, F)."""
    y = np.empty((len(seeds), *x.shape))
    for run, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        for k, batch in enumerate(x):
            kept = rng.random(batch.shape) >= rate
            y[run, k] = batch * kept / (1 - rate)
    return y


@for_each_seed
def _seeded_by_the_shape(x, rate, seed):
    kept = np.random.default_rng(seed + x.shape[1]).random(x.shape[1:]) >= rate
    return x * kept / (1 - rate)


def _one_generator_for_all_runs(x, rate, seeds):
    kept = np.random.default_rng(seeds[0]).random((len(seeds), *x.shape)) >= rate
    return x * kept / (1 - rate)


def _number_of_the_batch_alone(x, rate, seeds):
    masks = [np.random.default_rng(k).random(x.shape[1:]) >= rate for k in range(len(x))]
    return np.stack([x * masks / (1 - rate)] * len(seeds))


@for_each_seed
def _two_masks_in_turn(x, rate, seed):
    masks = [np.random.default_rng(seed + k % 2).random(x.shape[1:]) for k in range(len(x))]
    return x * (np.array(masks) >= rate) / (1 - rate)


def _new_masks_without_scale(x, rate, seeds):
    return drop_batches(x, rate, seeds) * (1 - rate)


@for_each_seed
def _whole_batches(x, rate, seed):
    kept = np.random.default_rng(seed).random((len(x), 1, 1)) >= rate
    return x * kept / (1 - rate)


@for_each_seed
def _one_mask_per_batch_for_all(x, rate, seed):
    kept = np.random.default_rng(seed).random((len(x), 1, x.shape[2])) >= rate
    return x * kept / (1 - rate)


def _last_batch_forgotten(x, rate, seeds):
    y = drop_batches(x, rate, seeds)
    y[:, -1] = x[-1]
    return y


@for_each_seed
def _batches_at_once(x, rate, seed):
    return np.where(np.random.default_rng(seed).random(x.shape) < rate, 0.0, x / (1 - rate))


@for_each_seed
def _seeds_of_their_own(x, rate, seed):
    masks = [np.random.default_rng([seed, k]).random(x.shape[1:]) >= rate for k in range(len(x))]
    return x * np.array(masks) / (1 - rate)


FROZEN_MASK = Exercise(
    name="05.frozen_mask",
    title="Spot the bug: a mask that never changes",
    entry="drop_batches",
    reference=drop_batches,
    parts=(Part("every batch has a mask of its own", 2, _batch_cases, judge=_judge_batches),),
    mistakes=(
        Mistake(
            _seeded_by_the_shape,
            "The seed is another one, but it is still the same for every batch.",
        ),
        Mistake(_two_masks_in_turn, "Two masks take turns. Every batch needs a new one."),
        Mistake(
            _new_masks_without_scale,
            "The masks change from batch to batch, but the factor 1/(1 − p) has been lost.",
        ),
        Mistake(
            _whole_batches,
            "Whole batches are dropped. One number per entry is needed: the shape of a batch.",
        ),
        Mistake(
            _one_mask_per_batch_for_all,
            "The masks change from batch to batch, but within a batch all examples lose the same "
            "units. One number per entry is needed.",
        ),
        Mistake(_last_batch_forgotten, "The last batch has been left out of the loop."),
        Mistake(
            _one_generator_for_all_runs,
            "Now every batch has a mask of its own, but one generator serves all runs: the same "
            "seed no longer gives the same run.",
        ),
        Mistake(
            _number_of_the_batch_alone,
            "The masks depend on the batch's number alone. What is the seed for?",
        ),
    ),
    equivalents=(_batches_at_once, _seeds_of_their_own),
    hints=(
        "Print the first numbers that are drawn for every batch. What do you notice?",
        "A generator made from the same seed gives the same numbers from the beginning.",
        "Make the generator once for every run, before the loop over its batches, and draw from it "
        "within.",
    ),
    solution=drop_batches,
    start=_frozen,
)
