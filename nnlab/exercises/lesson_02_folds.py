"""Lesson 02, folds: the pairs of cross-validation."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab import folds
from nnlab.exercises.answers import Plain
from nnlab.exercises.lesson_02_splits import PARTS, row_numbers, twice
from nnlab.exercises.specification import Case, Exercise, Mistake, Part


def pairs_of_rows(returned: Plain, n: int):
    """Return the (train, validation) pairs of an answer, or a sentence."""
    if type(returned) not in (list, tuple) or not returned:
        return "return a list of pairs, each a training part and a validation part"
    pairs = []
    for i, pair in enumerate(returned, start=1):
        if type(pair) not in (list, tuple) or len(pair) != 2:
            return f"entry {i} of your list must be a pair: training rows, validation rows"
        both = [row_numbers(value, n) for value in pair]
        for name, rows in zip(PARTS, both, strict=False):
            if isinstance(rows, str):
                return f"in the {name} part of pair {i}: {rows}"
            if rows.size == 0:
                return f"the {name} part of pair {i} is empty"
            said = twice(rows)
            if said:
                return f"in the {name} part of pair {i} {said}"
        pairs.append(both)
    return pairs


def _good_folds(case: Case, returned: Plain) -> str | None:
    n, k, _ = case
    pairs = pairs_of_rows(returned, n)
    if isinstance(pairs, str):
        return pairs
    if len(pairs) != k:
        return f"{k} pairs are expected, one for each fold, but there are {len(pairs)}"
    for i, (train, validation) in enumerate(pairs, start=1):
        shared = np.intersect1d(train, validation)
        if shared.size:
            return f"row {shared[0]} is in both parts of pair {i}"
    times = np.bincount(np.concatenate([v for _, v in pairs]), minlength=n)
    if (times != 1).any():
        row = int((times != 1).argmax())
        often = f"{times[row]} times" if times[row] else "never"
        return f"row {row} is validated on {often}; every row must be, exactly once"
    for i, (train, validation) in enumerate(pairs, start=1):
        if train.size + validation.size != n:
            return (
                f"pair {i} trains on {train.size} rows and validates on {validation.size}; all "
                f"{n} rows must be used"
            )
    sizes = [validation.size for _, validation in pairs]
    if max(sizes) - min(sizes) > 1:
        return f"the folds have sizes {sizes}; they may differ by at most one"
    return None


def _random_folds(case: Case, returned: Plain) -> str | None:
    _, k, _ = case
    said = _good_folds(case, returned)
    if said:
        return said
    for _, validation in returned:
        steps = np.diff(np.sort(validation))
        if len(steps) and (steps == steps[0]).all():
            return (
                "a fold holds neighbouring rows, or every "
                f"{k}th one; if the data are sorted, that is no random fold"
            )
    return None


def _fold_cases(*sizes: tuple[int, int]):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [(n, k, int(rng.integers(10_000))) for n, k in sizes]

    return cases


def _reference_folds(n, k, seed):
    return [tuple(fold) for fold in folds.k_fold(n, k, seed=seed)]


def k_fold(n, k, seed):
    """Return k pairs (training rows, validation rows) for n examples."""
    rows = np.random.default_rng(seed).permutation(n)
    parts = np.array_split(rows, k)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(k)]


def pairs_from(parts):
    """Return a pair for each part: all the others to train on, and the part to validate on."""
    return [
        (np.concatenate([p for j, p in enumerate(parts) if j != i]), parts[i])
        for i in range(len(parts))
    ]


def _remainder_dropped(n, k, seed):
    rows = np.random.default_rng(seed).permutation(n)[: n // k * k]
    return pairs_from(rows.reshape(k, -1))


def _remainder_in_the_last(n, k, seed):
    rows = np.random.default_rng(seed).permutation(n)
    size = n // k
    return pairs_from(
        [*(rows[i * size : (i + 1) * size] for i in range(k - 1)), rows[(k - 1) * size :]]
    )


def _folds_not_shuffled(n, k, seed):
    return pairs_from(np.array_split(np.arange(n), k))


def _every_kth(n, k, seed):
    return pairs_from([np.arange(i, n, k) for i in range(k)])


def _trained_on_everything(n, k, seed):
    return [(np.arange(n), validation) for _, validation in _reference_folds(n, k, seed)]


def _exchanged(n, k, seed):
    return [(validation, train) for train, validation in _reference_folds(n, k, seed)]


def _only_validation(n, k, seed):
    return [validation for _, validation in _reference_folds(n, k, seed)]


def _new_shuffle_each_time(n, k, seed):
    rng = np.random.default_rng(seed)
    cut = n - n // k
    return [tuple(np.split(rng.permutation(n), [cut])) for _ in range(k)]


def _only_one_fold(n, k, seed):
    return _reference_folds(n, k, seed)[:1]


def _size_instead_of_number(n, k, seed):
    rows = np.random.default_rng(seed).permutation(n)
    return pairs_from([rows[i : i + k] for i in range(0, n, k)])


def _trained_on_the_next(n, k, seed):
    parts = np.array_split(np.random.default_rng(seed).permutation(n), k)
    return [(parts[(i + 1) % k], parts[i]) for i in range(k)]


def _folds_by_modulo(n, k, seed):
    """Deal the shuffled rows like cards; the parts come as sorted lists."""
    rng = np.random.default_rng(seed + 1)
    fold = rng.permutation(np.arange(n) % k)
    return [
        ([r for r in range(n) if fold[r] != i], [r for r in range(n) if fold[r] == i])
        for i in range(k)
    ]


def _folds_by_sets(n, k, seed):
    """Put the larger folds last; training is everything else."""
    rows = np.random.default_rng(seed).permutation(n)
    ends = [n * (i + 1) // k for i in range(k)]
    starts = [0, *ends[:-1]]
    made = []
    for a, b in zip(starts, ends, strict=True):
        validation = rows[a:b]
        made.append((np.setdiff1d(np.arange(n), validation), validation))
    return tuple(made)


K_FOLD = Exercise(
    name="02.k_fold",
    title="The folds of cross-validation",
    entry="k_fold",
    reference=_reference_folds,
    parts=(
        Part(
            "each row validates once and trains k − 1 times, also with a remainder",
            2,
            _fold_cases((20, 5), (23, 5), (31, 4), (7, 7)),
            judge=_good_folds,
        ),
        Part("the folds are random", 1, _fold_cases((60, 5), (48, 3)), judge=_random_folds),
    ),
    mistakes=(
        Mistake(
            _only_validation,
            "You return the folds themselves. Each entry must be a pair: rows to train on, rows to "
            "validate on.",
        ),
        Mistake(
            _only_one_fold,
            "Only the first pair comes back. Does `return` stand inside the loop?",
        ),
        Mistake(
            _size_instead_of_number,
            "Your folds have k rows each. k is the *number* of folds.",
        ),
        Mistake(
            _remainder_dropped,
            "If k does not divide n, the last rows never validate. `np.array_split` cuts into k "
            "pieces without losing any.",
        ),
        Mistake(
            _remainder_in_the_last,
            "The last fold takes the whole remainder. Spread it: sizes may differ by at most one.",
        ),
        Mistake(
            _trained_on_everything,
            "You train on all rows, those of the fold included: the model has seen the answers.",
        ),
        Mistake(_exchanged, "The two parts of a pair are exchanged: training first."),
        Mistake(
            _new_shuffle_each_time,
            "You shuffle anew for every fold, so some rows validate twice and others never. "
            "Shuffle once, before the loop.",
        ),
        Mistake(
            _trained_on_the_next,
            "You train on one other fold. Train on all the others together.",
        ),
        Mistake(
            _folds_not_shuffled,
            "The folds are blocks of neighbouring rows. If the data are sorted by class, a fold "
            "holds one class. Shuffle first.",
        ),
        Mistake(
            _every_kth,
            "Every k-th row is no random choice: data often repeat with a period, such as seven "
            "days. Shuffle first.",
        ),
    ),
    equivalents=(_folds_by_modulo, _folds_by_sets),
    hints=(
        "Shuffle the row numbers once, cut them into k pieces, and let each piece validate once.",
        "`np.array_split(rows, k)` cuts into k pieces whose sizes differ by at most one.",
        "The training part of fold i is `np.concatenate` of all pieces but the i-th.",
    ),
    solution=k_fold,
)
