"""Lesson 02, splits: a stratified three-way split, and what is said of row numbers."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab import splits
from nnlab.exercises.answers import Plain
from nnlab.exercises.specification import Case, Exercise, Mistake, Part

# Row numbers in an answer ------------------------------------------------------------------------


def row_numbers(value: Plain, n: int):
    """Return an answer's row numbers as an array, or a sentence on what they are instead."""
    if type(value) in (list, tuple):
        try:
            value = np.array(value)
        except ValueError:  # rows of several lengths
            return "rows must be given as one flat list of row numbers"
    if type(value) is not np.ndarray or value.dtype.kind not in "biuf" or value.ndim != 1:
        return "rows must be given as a flat array of row numbers"
    if value.dtype.kind == "b":
        return "a mask of True and False came where row numbers are expected; see `np.flatnonzero`"
    if not ((value >= 0) & (value < n)).all():
        return f"row numbers must lie between 0 and {n - 1}"
    if (value % 1 != 0).any():
        return "row numbers must be whole numbers"
    return value.astype(np.int64)


def twice(rows) -> str | None:
    """Say which row occurs more than once, or None."""
    again = np.flatnonzero(np.bincount(rows) > 1)
    return f"row {again[0]} occurs more than once" if again.size else None


# Three parts -------------------------------------------------------------------------------------

PARTS = ("training", "validation", "test")


def _three_parts(case: Case, returned: Plain):
    """Return the three arrays of an answer, or a sentence."""
    y, _, _ = case
    if type(returned) not in (tuple, list) or len(returned) != 3:
        return "return three arrays of row numbers: training, validation and test part"
    parts = []
    for name, value in zip(PARTS, returned, strict=True):
        rows = row_numbers(value, len(y))
        if isinstance(rows, str):
            return f"in the {name} part: {rows}"
        if rows.size == 0:
            return f"the {name} part is empty"
        parts.append(rows)
    return parts


def _complete(case: Case, returned: Plain) -> str | None:
    """Every row is in exactly one part, and the parts are as large as asked for."""
    y, fractions, _ = case
    parts = _three_parts(case, returned)
    if isinstance(parts, str):
        return parts
    for name, rows in zip(PARTS, parts, strict=True):
        said = twice(rows)
        if said:
            return f"in the {name} part {said}"
    said = twice(np.concatenate(parts))
    if said:
        return f"{said}: two parts share it"
    total = sum(rows.size for rows in parts)
    if total != len(y):
        return f"{len(y) - total} of {len(y)} rows are in none of the three parts"
    slack = 2 * len(np.unique(y))
    for name, rows, share in zip(PARTS, parts, fractions, strict=True):
        if abs(rows.size - share * len(y)) >= slack:
            return f"the {name} part has {rows.size} of {len(y)} rows, its share is {share:g}"
    return None


def _stratified(case: Case, returned: Plain) -> str | None:
    """Of every class each part has its share, up to less than two examples."""
    y, fractions, _ = case
    parts = _three_parts(case, returned)
    if isinstance(parts, str):
        return parts
    for label in np.unique(y):
        size = int((y == label).sum())
        for name, rows, share in zip(PARTS, parts, fractions, strict=True):
            count = int((y[rows] == label).sum())
            if abs(count - share * size) >= 2:
                return (
                    f"class {label} has {size} rows, and the share of the {name} part is "
                    f"{share:g}: about {share * size:.1f} of them, but there are {count}"
                )
    return None


def _shuffled(case: Case, returned: Plain) -> str | None:
    """Which rows of a class go where is drawn at random."""
    y, _, _ = case
    parts = _three_parts(case, returned)
    if isinstance(parts, str):
        return parts
    part = np.zeros(len(y), dtype=int)
    for k, rows in enumerate(parts):
        part[rows] = k
    changes = sum(int(np.count_nonzero(np.diff(part[y == label]))) for label in np.unique(y))
    if changes <= 3 * len(np.unique(y)):
        return (
            "the rows of a class go to the parts in one piece after the other, in their given "
            "order; draw them at random"
        )
    return None


def _class_cases(*sizes: tuple[int, ...], sort: bool = False):
    """Return cases with classes of these sizes, numbered from 0, 1 and so on."""

    def cases(rng: np.random.Generator) -> list[Case]:
        made: list[Case] = []
        for first, counts in enumerate(sizes):
            y = np.repeat(np.arange(len(counts)) + first, counts)
            shares = ((0.6, 0.2, 0.2), (0.7, 0.15, 0.15), (0.5, 0.3, 0.2))[first % 3]
            made.append((y if sort else rng.permutation(y), shares, int(rng.integers(10_000))))
        return made

    return cases


def _reference_split(y, fractions, seed):
    return tuple(splits.three_way_split(y, fractions, seed=seed))


def three_way_split(y, fractions, seed):
    """Return row numbers of training, validation and test part with the same mix of classes."""
    rng = np.random.default_rng(seed)
    pieces = []
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        first = round(fractions[0] * len(rows))
        second = first + round(fractions[1] * len(rows))
        pieces.append(np.split(rows, [first, second]))
    return tuple(np.concatenate([piece[k] for piece in pieces]) for k in range(3))


def _cuts(n: int, fractions):
    first = round(fractions[0] * n)
    return [first, first + round(fractions[1] * n)]


def _per_class(y, fractions, seed, arrange):
    """Return three parts made class by class; `arrange` orders the rows of a class."""
    rng = np.random.default_rng(seed)
    pieces = []
    for label in np.unique(y):
        rows = arrange(rng, np.flatnonzero(y == label))
        pieces.append(np.split(rows, _cuts(len(rows), fractions)))
    return tuple(np.concatenate(part) for part in zip(*pieces, strict=True))


def _classes_ignored(y, fractions, seed):
    rows = np.random.default_rng(seed).permutation(len(y))
    return tuple(np.split(rows, _cuts(len(y), fractions)))


def _not_shuffled(y, fractions, seed):
    return _per_class(y, fractions, seed, lambda rng, rows: rows)


def _in_given_order(y, fractions, seed):
    return tuple(np.split(np.arange(len(y)), _cuts(len(y), fractions)))


def _with_replacement(y, fractions, seed):
    return _per_class(y, fractions, seed, lambda rng, rows: rng.choice(rows, len(rows)))


def _positions_in_the_class(y, fractions, seed):
    return _per_class(y, fractions, seed, lambda rng, rows: rng.permutation(len(rows)))


def _classes_instead_of_rows(y, fractions, seed):
    return tuple(y[rows] for rows in _reference_split(y, fractions, seed))


def _drawn_three_times(y, fractions, seed):
    rng = np.random.default_rng(seed)
    return tuple(rng.choice(len(y), round(f * len(y)), replace=False) for f in fractions)


def _remainder_lost(y, fractions, seed):
    rng = np.random.default_rng(seed)
    pieces = []
    for label in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == label))
        a, b, c = (int(f * len(rows)) - 1 for f in fractions)
        pieces.append((rows[:a], rows[a : a + b], rows[a + b : a + b + c]))
    return tuple(np.concatenate(part) for part in zip(*pieces, strict=True))


def _test_stays_in_training(y, fractions, seed):
    train, validation, test = _reference_split(y, fractions, seed)
    return np.concatenate([train, test]), validation, test


def _order_exchanged(y, fractions, seed):
    return _reference_split(y, fractions, seed)[::-1]


def _same_number_of_each_class(y, fractions, seed):
    rng = np.random.default_rng(seed)
    labels, counts = np.unique(y, return_counts=True)
    rows = [rng.permutation(np.flatnonzero(y == label))[: counts.min()] for label in labels]
    cut = [np.split(r, _cuts(len(r), fractions)) for r in rows]
    return tuple(np.concatenate(part) for part in zip(*cut, strict=True))


def _masks(y, fractions, seed):
    masks = np.zeros((3, len(y)), dtype=bool)
    for mask, rows in zip(masks, _reference_split(y, fractions, seed), strict=True):
        mask[rows] = True
    return tuple(masks)


def _split_by_dealing(y, fractions, seed):
    """Deal the shuffled rows of a class to the part that is furthest behind its share."""
    rng = np.random.default_rng(seed)
    parts: tuple[list[int], ...] = ([], [], [])
    for label in np.unique(y):
        given = [0, 0, 0]
        for i, row in enumerate(rng.permutation(np.flatnonzero(y == label)), start=1):
            behind = [f * i - g for f, g in zip(fractions, given, strict=True)]
            k = behind.index(max(behind))
            given[k] += 1
            parts[k].append(int(row))
    return parts


def _split_test_first(y, fractions, seed):
    """Round validation and test part down; training takes what is left."""
    rng = np.random.default_rng([seed, 1])
    parts: list[list[int]] = [[], [], []]
    for label in set(y.tolist()):
        rows = np.flatnonzero(y == label).tolist()
        rng.shuffle(rows)
        for k in (2, 1):
            for _ in range(int(fractions[k] * (y == label).sum())):
                parts[k].append(rows.pop())
        parts[0] += rows
    return tuple(np.array(part) for part in parts)


THREE_WAY_SPLIT = Exercise(
    name="02.three_way_split",
    title="A stratified split into three parts",
    entry="three_way_split",
    reference=_reference_split,
    parts=(
        Part(
            "every row in exactly one part, the parts of the right size",
            1,
            _class_cases((60, 40), (50, 27, 23), (31, 44)),
            judge=_complete,
        ),
        Part(
            "every part has its share of every class",
            1,
            _class_cases((153, 147, 17), (121, 37, 123), (97, 103)),
            judge=_stratified,
        ),
        Part(
            "the rows of a class are drawn at random",
            1,
            _class_cases((60, 40), (80, 50, 30), sort=True),
            judge=_shuffled,
        ),
    ),
    mistakes=(
        Mistake(
            _in_given_order,
            "You cut the rows in their given order. If they are sorted, whole classes or years end "
            "up in one part. What has to happen before the cut?",
        ),
        Mistake(
            _not_shuffled,
            "The mix of classes is right, but the first rows of every class are always trained on. "
            "Shuffle the rows of a class before you cut them.",
        ),
        Mistake(
            _classes_ignored,
            "A plain random split: a rare class can end up with far too few rows in one part. "
            "Split the rows of each class on their own, then join the pieces.",
        ),
        Mistake(
            _with_replacement,
            "`choice` draws with replacement unless told otherwise, so a row can be drawn twice. A "
            "permutation holds every row once.",
        ),
        Mistake(
            _positions_in_the_class,
            "These are positions within a class. Row numbers of the data are needed: which rows "
            "have this class?",
        ),
        Mistake(
            _classes_instead_of_rows,
            "You return the classes of the rows. Return the row numbers; with them the caller can "
            "take both `x[rows]` and `y[rows]`.",
        ),
        Mistake(
            _drawn_three_times,
            "Each part is drawn from all rows, so a row can land in two parts. Shuffle once, then "
            "cut.",
        ),
        Mistake(
            _remainder_lost,
            "Rows get lost in rounding: every part rounds its share down. Let one part take what "
            "the other two leave over.",
        ),
        Mistake(
            _test_stays_in_training,
            "The test rows are also in the training part. Nothing that is tested on may be "
            "trained on.",
        ),
        Mistake(
            _order_exchanged,
            "The sizes are in the wrong order: return training, validation, test.",
        ),
        Mistake(
            _same_number_of_each_class,
            "You take equally many rows of each class and drop the rest. Stratified means that "
            "each part keeps the mix the data have.",
        ),
        Mistake(
            _masks,
            "These are masks of True and False. `np.flatnonzero` makes row numbers of a mask.",
        ),
    ),
    equivalents=(_split_by_dealing, _split_test_first),
    hints=(
        "Treat one class after the other: find its rows, shuffle them, cut them at two places.",
        "`np.flatnonzero(y == label)` are the rows of a class, and "
        "`np.random.default_rng(seed).permutation(...)` shuffles them.",
        "`np.split(rows, [a, b])` cuts shuffled rows before positions `a` and `b`. Collect the "
        "pieces of all classes in three lists and join each with `np.concatenate`.",
    ),
    solution=three_way_split,
)
