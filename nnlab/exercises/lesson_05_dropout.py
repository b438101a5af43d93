"""Lesson 05, dropout with masks one draws oneself, in training and in evaluation."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.answers import Plain
from nnlab.exercises.lesson_05_masks import (
    CLOSE,
    for_each_seed,
    mask_fault,
    numbers,
    seed_fault,
    three_seeds,
)
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.layers import Dropout
from nnlab.network import Sequential


def _evaluation_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.uniform(0.5, 3, shape), rate, three_seeds(rng), False)
        for shape, rate in (((20, 30), 0.4), ((30, 20), 0.75))
    ]


def _training_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.uniform(0.5, 3, shape) * rng.choice([-1, 1], shape), rate, three_seeds(rng), True)
        for shape, rate in (((60, 40), 0.2), ((50, 50), 0.4), ((40, 60), 0.75), ((6, 5), 0.0))
    ]


def _judge_evaluation(case: Case, returned: Plain) -> str | None:
    x, rate, seeds, _ = case
    y = numbers(returned, x, seeds)
    if isinstance(y, str):
        return y
    if np.allclose(y, x, rtol=CLOSE, atol=0):
        return None
    if (y == 0).any():
        return "in evaluation nothing is dropped, and some of your entries are 0"
    if np.allclose(y, x * (1 - rate), rtol=CLOSE, atol=0):
        return "in evaluation you multiply by 1 − p; inverted dropout rescaled in training already"
    return "in evaluation every result must be x, unchanged"


def _judge_training(case: Case, returned: Plain) -> str | None:
    x, rate, seeds, _ = case
    y = numbers(returned, x, seeds)
    if isinstance(y, str):
        return y
    return next(filter(None, (mask_fault(x, one, rate) for one in y)), None)


def _judge_seeds(case: Case, returned: Plain) -> str | None:
    x, rate, seeds, _ = case
    y = numbers(returned, x, seeds)
    return y if isinstance(y, str) else seed_fault(y, seeds, rate)


@for_each_seed
def _reference_dropout(x, rate, seed, training):
    net = Sequential(Dropout(rate), seed=seed, dtype=np.float64)
    return net.forward(x, training=training)


def dropout(x, rate, seeds, training):
    """Array (S, N, F): x (N, F) after inverted dropout, once for each of S seeds."""
    results = []
    for seed in seeds:
        if training:
            rng = np.random.default_rng(seed)
            kept = rng.random(x.shape) >= rate
            results.append(x * kept / (1 - rate))
        else:
            results.append(x)
    return np.array(results)


def _kept(x, rate, seed):
    return np.random.default_rng(seed).random(x.shape) >= rate


def _inverted(x, rate, seed):
    return x * _kept(x, rate, seed) / (1 - rate)


@for_each_seed
def _drops_in_evaluation_too(x, rate, seed, training):
    return _inverted(x, rate, seed)


@for_each_seed
def _flag_reversed(x, rate, seed, training):
    return x if training else _inverted(x, rate, seed)


@for_each_seed
def _rescales_in_evaluation_too(x, rate, seed, training):
    return _inverted(x, rate, seed) if training else x * (1 - rate)


@for_each_seed
def _rescales_in_evaluation_alone(x, rate, seed, training):
    return x * _kept(x, rate, seed) if training else x * (1 - rate)


@for_each_seed
def _scales_up_in_evaluation(x, rate, seed, training):
    return (x * _kept(x, rate, seed) if training else x) / (1 - rate)


@for_each_seed
def _nothing_in_evaluation(x, rate, seed, training):
    return _inverted(x, rate, seed) if training else x * 0


@for_each_seed
def _never_drops(x, rate, seed, training):
    return x.copy()


@for_each_seed
def _forgets_to_rescale(x, rate, seed, training):
    return x * _kept(x, rate, seed) if training else x


@for_each_seed
def _doubles(x, rate, seed, training):
    return x * _kept(x, rate, seed) * 2 if training else x


@for_each_seed
def _rate_as_share_kept(x, rate, seed, training):
    if not training:
        return x
    return x * (np.random.default_rng(seed).random(x.shape) < rate) / (1 - rate)


@for_each_seed
def _one_row_for_all(x, rate, seed, training):
    if not training:
        return x
    return x * (np.random.default_rng(seed).random(x.shape[1]) >= rate) / (1 - rate)


@for_each_seed
def _whole_examples(x, rate, seed, training):
    if not training:
        return x
    return x * (np.random.default_rng(seed).random((len(x), 1)) >= rate) / (1 - rate)


def _first_seed_for_all(x, rate, seeds, training):
    return dropout(x, rate, [seeds[0]] * len(seeds), training)


def _a_seed_of_its_own(x, rate, seeds, training):
    return dropout(x, rate, [0] * len(seeds), training)


def _one_generator_for_all(x, rate, seeds, training):
    if not training:
        return dropout(x, rate, seeds, training)
    kept = np.random.default_rng(seeds[0]).random((len(seeds), *x.shape)) >= rate
    return x * kept / (1 - rate)


def _generator_of_the_list(x, rate, seeds, training):
    return _one_generator_for_all(x, rate, [seeds] * len(seeds), training)


def _one_result_in_evaluation(x, rate, seeds, training):
    return dropout(x, rate, seeds, True) if training else x


@for_each_seed
def _dropout_by_binomial(x, rate, seed, training):
    if training:
        rng = np.random.default_rng(seed)
        return np.where(rng.binomial(1, 1 - rate, x.shape) == 1, x / (1 - rate), 0)
    return x.copy()


@for_each_seed
def _dropout_in_float32(x, rate, seed, training):
    x = x.astype(np.float32)
    keep = np.float32(1 - rate)
    draw = np.random.default_rng(seed).random(x.shape, dtype=np.float32)
    return x * (draw < keep) / keep if training else x


DROPOUT = Exercise(
    name="05.dropout",
    title="Dropout in training and in evaluation",
    entry="dropout",
    reference=_reference_dropout,
    parts=(
        Part("evaluation", 1, _evaluation_cases, judge=_judge_evaluation),
        Part("training", 1, _training_cases, judge=_judge_training),
        Part("the seed decides", 1, _training_cases, judge=_judge_seeds),
    ),
    mistakes=(
        Mistake(
            _flag_reversed, "It is the other way round: drop in training, leave x alone otherwise."
        ),
        Mistake(
            _drops_in_evaluation_too,
            "Your function drops in evaluation as well. What is the argument `training` for?",
        ),
        Mistake(
            _rescales_in_evaluation_alone,
            "This is the original dropout of 2014, which rescales at test time. Inverted dropout "
            "rescales in training, so that evaluation has nothing to do.",
        ),
        Mistake(
            _rescales_in_evaluation_too,
            "You rescale twice: in training by 1/(1 − p), which is enough, and again in "
            "evaluation.",
        ),
        Mistake(
            _scales_up_in_evaluation,
            "The factor 1/(1 − p) makes up for what is missing. In evaluation nothing is missing.",
        ),
        Mistake(_nothing_in_evaluation, "In evaluation everything stays, unchanged."),
        Mistake(_never_drops, "Nothing is ever dropped. In training draw a mask from the seed."),
        Mistake(
            _forgets_to_rescale,
            "The survivors are not rescaled: a layer behind would get less in training than in "
            "evaluation.",
        ),
        Mistake(_doubles, "A factor of 2 belongs to rate 0.5. Which formula of p gives 2 there?"),
        Mistake(
            _rate_as_share_kept,
            "You keep a share of `rate`. It is the probability to *drop*.",
        ),
        Mistake(
            _one_row_for_all,
            "One row of numbers serves all examples, so all of them lose the same units. The "
            "numbers need the shape of `x`.",
        ),
        Mistake(
            _whole_examples,
            "Whole examples are dropped. The numbers need the shape of `x`, not one per row.",
        ),
        Mistake(
            _one_result_in_evaluation,
            "In evaluation too there is one result for every seed. All of them are `x`.",
        ),
        Mistake(_first_seed_for_all, "Your function looks at the first seed alone."),
        Mistake(
            _a_seed_of_its_own,
            "The generator starts from a number of your own. What are the `seeds` for?",
        ),
        Mistake(
            _one_generator_for_all,
            "One generator serves all results, so the later ones depend on the earlier. Each seed "
            "needs its own.",
        ),
        Mistake(
            _generator_of_the_list,
            "You make one generator from the whole list. Each seed needs its own.",
        ),
    ),
    equivalents=(_dropout_by_binomial, _dropout_in_float32),
    hints=(
        "A loop over the seeds with two branches: training and evaluation. The second is short.",
        "After `rng = np.random.default_rng(seed)`, `rng.random(x.shape)` are uniform numbers from "
        "0 to 1; which of them are below the rate?",
        "Training: `x * kept / (1 - rate)` with `kept` from `rng.random(x.shape) >= rate`. "
        "Evaluation: `x`. Collect the results in a list; `np.array` of it has shape (S, N, F).",
    ),
    solution=dropout,
)
