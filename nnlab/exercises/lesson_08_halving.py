"""Lesson 08, successive halving on a table of scores."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.answers import Plain
from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def _crossing(rng: np.random.Generator, n: int, rungs: int) -> np.ndarray:
    """Return scores in which early leaders are overtaken, and the trials are in any order."""
    late = rng.permutation(n) / n
    early = rng.permutation(n) / n
    share = np.linspace(0.25, 1, rungs)
    return (1 - share) * early[:, None] + share * late[:, None] + rng.uniform(0, 0.01, (n, rungs))


def _plain_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (_crossing(rng, 27, 4), 3),
        (_crossing(rng, 16, 4), 2),
        (_crossing(rng, 20, 3), 3),
        (_crossing(rng, 11, 3), 2),
    ]


def _edge_cases(rng: np.random.Generator) -> list[Case]:
    diverged = _crossing(rng, 16, 3)
    diverged[rng.choice(16, 6, replace=False), 0] = np.nan
    scarce = _crossing(rng, 12, 2)
    scarce[rng.permutation(12)[:9], 0] = np.nan
    equal = np.round(_crossing(rng, 18, 3), 1)
    # Six go on. Of these four share the first place then: two of them are dropped, and so are the
    # two that lead at first.
    equal[[7, 9, 12, 16], 0] = 1.5
    equal[[1, 2], 0] = 1.9
    equal[:, 1] = 0.3
    equal[[1, 2], 1] = 0.2
    return [(diverged, 2), (scarce, 2), (equal, 3)]


def _judge(case: Case, returned: Plain) -> str | None:
    scores, factor = case
    expected = successive_halving(scores, factor)
    if isinstance(returned, np.ndarray) and returned.ndim:
        returned = list(returned)
    if type(returned) not in (list, tuple) or len(returned) != len(expected):
        return f"return a list of {len(expected)} rungs, one for every column of `scores`"
    for k, (rung, right) in enumerate(zip(returned, expected, strict=True), start=1):
        try:
            trials = np.asarray(rung)
        except ValueError:  # rows of several lengths
            return f"rung {k} must be a flat list of trial numbers"
        if trials.ndim != 1 or (trials.dtype.kind not in "iuf" and trials.size):
            return f"rung {k} must be a flat list of trial numbers"
        if trials.size and not ((trials >= 0) & (trials < len(scores)) & (trials % 1 == 0)).all():
            return f"rung {k} must hold whole numbers from 0 to {len(scores) - 1}"
        if len(np.unique(trials)) < len(trials):
            return f"a trial stands twice in rung {k}"
        if set(trials.tolist()) != set(right.tolist()):
            if len(trials) != len(right):
                return (
                    f"with {len(scores)} trials and factor {factor}, rung {k} should hold "
                    f"{len(right)} trials; yours holds {len(trials)}"
                )
            wrong = min(set(trials.tolist()) - set(right.tolist()))
            return (
                f"with {len(scores)} trials and factor {factor}, trial {int(wrong)} should not be "
                f"in rung {k}"
            )
    return None


def successive_halving(scores, factor):
    """List of the rungs, arrays of trial numbers; more is better."""
    n, rungs = scores.shape
    trials = np.arange(n)
    result = [trials]
    for k in range(rungs - 1):
        places = max(len(trials) // factor, 1)
        fine = trials[np.isfinite(scores[trials, k])]
        order = np.argsort(-scores[fine, k], kind="stable")
        trials = np.sort(fine[order[:places]])
        result.append(trials)
    return result


def _variant(name, *, column=None, keep=None, order=None, fine=True, pool=None, numbers=True):
    """Return a version in which one step is done in another way."""

    def function(scores, factor):
        n, rungs = scores.shape
        trials = np.arange(n)
        result = [trials]
        for k in range(rungs - 1):
            places = max((keep or (lambda m, f: m // f))(len(trials), factor), 1)
            among = np.arange(n) if pool else trials
            by = scores[:, k] if column is None else column(scores, k)
            if fine:
                among = among[np.isfinite(scores[among, k])]
            ranks = (order or (lambda s: np.argsort(-s, kind="stable")))(by[among])
            chosen = ranks[:places]
            trials = np.sort(among[chosen] if numbers else chosen)
            result.append(trials)
        return result

    function.__name__ = name
    return function


def _sorted_ascending(s):
    return np.argsort(s, kind="stable")


def _reversed_sort(s):
    return np.argsort(s, kind="stable")[::-1]


def _finite_reversed(s):
    order = np.argsort(np.where(np.isfinite(s), s, -np.inf), kind="stable")
    return order[::-1]


def _places_of_the_finite(scores, factor):
    result = [np.arange(len(scores))]
    for column in scores.T[:-1]:
        fine = result[-1][np.isfinite(column[result[-1]])]
        order = np.argsort(-column[fine], kind="stable")
        result.append(np.sort(fine[order[: max(len(fine) // factor, 1)]]))
    return result


def _without_first_rung(scores, factor):
    return successive_halving(scores, factor)[1:]


def _final_rung_alone(scores, factor):
    return successive_halving(scores, factor)[-1]


def _as_masks(scores, factor):
    n = len(scores)
    return [np.isin(np.arange(n), rung) for rung in successive_halving(scores, factor)]


MISTAKES = (
    Mistake(_as_masks, "These are masks of True and False. Trial numbers are asked for."),
    Mistake(_without_first_rung, "The first rung is missing: it holds all trials."),
    Mistake(_final_rung_alone, "Return all rungs in a list, not the last one alone."),
    Mistake(
        _variant("_worst_go_on", order=_sorted_ascending),
        "The trials with the *lowest* scores go on. `argsort` sorts upwards.",
    ),
    Mistake(
        _variant("_final_scores", column=lambda s, k: s[:, -1]),
        "You compare by the last column. After rung k nobody knows it yet.",
    ),
    Mistake(
        _variant("_first_scores", column=lambda s, k: s[:, 0]),
        "You compare by the first column in every rung. The longer a trial has trained, the more "
        "its score says.",
    ),
    Mistake(
        _variant("_next_scores", column=lambda s, k: s[:, k + 1]),
        "You choose by the column of the next rung. What is known is the score at the end of this "
        "one.",
    ),
    Mistake(
        _variant("_mean_scores", column=lambda s, k: s[:, : k + 1].mean(axis=1)),
        "You compare by the mean of all scores so far. The latest score alone decides.",
    ),
    Mistake(
        _variant("_dropped_return", pool=True),
        "A trial that was dropped comes back in a later rung. Choose among those of this rung.",
    ),
    Mistake(
        _variant("_places_in_the_rung", numbers=False),
        "From the second choice on these are places within the rung, not numbers of trials.",
    ),
    Mistake(
        _variant("_rounds_up", keep=lambda m, f: -(-m // f)),
        "You round up. Round down: of 11 trials with factor 2 there go on 5.",
    ),
    Mistake(
        _variant("_drops_one_share", keep=lambda m, f: m - m // f),
        "You drop one part in `factor` and keep the rest. It is the other way round.",
    ),
    Mistake(
        _variant("_always_half", keep=lambda m, f: m // 2),
        "Half of the trials go on, whatever `factor` is.",
    ),
    Mistake(
        _variant("_diverged_first", order=_reversed_sort, fine=False),
        "A diverged trial, NaN, goes on. `argsort` puts NaN last, so turned round it comes first.",
    ),
    Mistake(
        _variant("_diverged_fill_up", fine=False),
        "Where places are left, diverged trials fill them. They never go on: then fewer do.",
    ),
    Mistake(
        _places_of_the_finite,
        "You count the places after the diverged trials are gone. n is the whole rung, with them.",
    ),
    Mistake(
        _variant("_later_of_equals", order=_finite_reversed),
        "Of equal trials the later ones go on. A sort that is turned round turns equals round too.",
    ),
)


def _with_sorted_lists(scores, factor):
    rungs = [list(range(len(scores)))]
    while len(rungs) < scores.shape[1]:
        k, last = len(rungs) - 1, rungs[-1]
        fine = [trial for trial in last if not np.isnan(scores[trial, k])]
        ranked = sorted(fine, key=lambda trial: -scores[trial, k])
        rungs.append(sorted(ranked[: max(len(last) // factor, 1)]))
    return rungs


def _with_infinities(scores, factor):
    filled = np.where(np.isnan(scores), -np.inf, scores)
    trials = np.arange(len(scores))
    rungs = [trials]
    for column in filled.T[:-1]:
        places = max(len(trials) // factor, 1)
        ranked = trials[np.lexsort((trials, -column[trials]))][:places]
        trials = ranked[column[ranked] > -np.inf]
        rungs.append(trials)
    return tuple(rungs)


HALVING = Exercise(
    name="08.successive_halving",
    title="Successive halving",
    entry="successive_halving",
    reference=successive_halving,
    parts=(
        Part("the right trials in every rung", 2, _plain_cases, judge=_judge),
        Part("diverged and equal trials", 1, _edge_cases, judge=_judge),
    ),
    mistakes=MISTAKES,
    equivalents=(_with_sorted_lists, _with_infinities),
    hints=(
        "A loop over all columns but the last. It keeps the numbers of the trials that are still "
        "there, at first `np.arange(len(scores))`.",
        "In rung k: how many may go on, which of the trials are finite, and which of these have "
        "the largest `scores[trials, k]`?",
        "`order = np.argsort(-scores[fine, k], kind='stable')`; then "
        "`fine[order[:places]]` with `places = max(len(trials) // factor, 1)`.",
    ),
    solution=successive_halving,
)
