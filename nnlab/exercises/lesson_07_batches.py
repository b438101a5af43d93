"""Lesson 07, mini-batches of several epochs, drawn in any way that is right."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab._arrays import IntArray
from nnlab.exercises.answers import Plain
from nnlab.exercises.comparing import describe
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.splits import minibatches as engine_minibatches


def _cases(*sizes: tuple[int, int]):
    def cases(rng: np.random.Generator) -> list[Case]:
        return [(n, batch_size, 3, int(rng.integers(1000))) for n, batch_size in sizes]

    return cases


def _is_list(value: Plain) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _numbers(batch: Plain, where: str) -> IntArray | str:
    """Return a batch as an array of row numbers, or a sentence on why it is none."""
    wanted = f"{where} must be an array or list of row numbers"
    if not _is_list(batch):
        return f"{wanted}, not {describe(batch)}"
    try:
        array = np.asarray(batch)
    except ValueError:  # rows of several lengths
        return wanted
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        return f"{wanted}, with one axis and whole numbers"
    return array.astype(np.intp)


def _epoch(given: Plain, number: int, n: int, size: int) -> list[IntArray] | str:
    """Return the batches of an epoch, or a sentence on what is wrong with it alone."""
    where = f"epoch {number}"
    if not _is_list(given):
        return f"{where} must be a list of batches, not {describe(given)}"
    expected = -(-n // size)
    if len(given) != expected:
        return (
            f"{where} has {len(given)} batches; {n} examples in batches of {size} make {expected}"
        )
    batches = []
    for k, batch in enumerate(given, 1):
        numbers = _numbers(batch, f"batch {k} of {where}")
        if isinstance(numbers, str):
            return numbers
        wanted = size if k < expected else n - size * (expected - 1)
        if len(numbers) != wanted:
            return f"batch {k} of {where} holds {len(numbers)} examples, expected {wanted}"
        batches.append(numbers)
    together = np.concatenate(batches)
    if together.min() < 0 or together.max() >= n:
        return f"{where} holds a row number outside 0 to {n - 1}"
    counts = np.bincount(together, minlength=n)
    if (counts != 1).any():
        row = int((counts != 1).argmax())
        times = "not at all" if counts[row] == 0 else f"{counts[row]} times"
        return f"every example belongs to one batch of an epoch; in {where} row {row} is {times}"
    return batches


def _judge(case: Case, returned: Plain) -> str | None:
    n, size, epochs, _ = case
    if not _is_list(returned):
        return f"return a list with one entry for every epoch, not {describe(returned)}"
    if len(returned) != epochs:
        return (
            f"return a list with one entry for each of {epochs} epochs; yours has {len(returned)}"
        )
    seen: list[IntArray] = []
    for number, given in enumerate(returned, 1):
        batches = _epoch(given, number, n, size)
        if isinstance(batches, str):
            return batches
        if size >= n:
            continue  # within one batch the order does not matter
        order = np.concatenate(batches)
        if (order == np.arange(n)).all():
            return f"epoch {number} takes the examples in their given order; shuffle them"
        if size > 1 and all((np.diff(np.sort(batch)) == 1).all() for batch in batches):
            return f"in epoch {number} neighbours stay together: shuffle the examples, not batches"
        for earlier, other in enumerate(seen, 1):
            if (order == other).all():
                return f"epochs {earlier} and {number} have the same order; each needs a new one"
        seen.append(order)
    return None


def _reference(n, batch_size, epochs, seed):
    rng = np.random.default_rng(seed)
    return [list(engine_minibatches(n, batch_size, rng)) for _ in range(epochs)]


def minibatches(n, batch_size, epochs, seed):
    """List of epochs, each a list of batches, each an array of row numbers from 0 to n - 1."""
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(epochs):
        order = rng.permutation(n)
        result.append([order[i : i + batch_size] for i in range(0, n, batch_size)])
    return result


def _each_epoch(one):
    """Return the function of all arguments whose every epoch is one(n, batch_size, rng)."""

    def minibatches(n, batch_size, epochs, seed):
        rng = np.random.default_rng(seed)
        return [one(n, batch_size, rng) for _ in range(epochs)]

    minibatches.__name__ = one.__name__
    return minibatches


def _cut(order, size):
    return [order[i : i + size] for i in range(0, len(order), size)]


def _one_order_for_all(n, batch_size, epochs, seed):
    order = np.random.default_rng(seed).permutation(n)
    return [_cut(order, batch_size) for _ in range(epochs)]


@_each_epoch
def _never_shuffled(n, batch_size, rng):
    return _cut(np.arange(n), batch_size)


@_each_epoch
def _rest_dropped(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n - batch_size + 1, batch_size)]


@_each_epoch
def _drawn_with_replacement(n, batch_size, rng):
    return _cut(rng.integers(0, n, n), batch_size)


@_each_epoch
def _every_start(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(n)]


@_each_epoch
def _number_for_size(n, batch_size, rng):
    return [b for b in np.array_split(rng.permutation(n), batch_size) if len(b)]


@_each_epoch
def _empty_batch_at_the_end(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n + 1, batch_size)]


@_each_epoch
def _blocks_shuffled(n, batch_size, rng):
    blocks = _cut(np.arange(n), batch_size)
    whole, rest = (blocks[:-1], blocks[-1:]) if n % batch_size else (blocks, [])
    return [whole[k] for k in rng.permutation(len(whole))] + rest


@_each_epoch
def _counted_from_one(n, batch_size, rng):
    return _cut(rng.permutation(n) + 1, batch_size)


def _epochs_in_a_row(n, batch_size, epochs, seed):
    return [batch for epoch in minibatches(n, batch_size, epochs, seed) for batch in epoch]


def _first_epoch_only(n, batch_size, epochs, seed):
    return minibatches(n, batch_size, 1, seed)[0]


@_each_epoch
def _split_at(n, batch_size, rng):
    return np.split(rng.permutation(n), range(batch_size, n, batch_size))


@_each_epoch
def _popped(n, batch_size, rng):
    left = list(range(n))
    rng.shuffle(left)
    batches = []
    while left:
        batches.append(left[:batch_size])
        left = left[batch_size:]
    return batches


BATCHES = Exercise(
    name="07.minibatches",
    title="Mini-batches of several epochs",
    entry="minibatches",
    reference=_reference,
    parts=(
        Part("a size that divides", 1, _cases((48, 8), (60, 1)), judge=_judge),
        Part("a remainder, and one batch", 1, _cases((50, 8), (41, 20), (10, 64)), judge=_judge),
    ),
    mistakes=(
        Mistake(_never_shuffled, "The rows come in their given order. What is the seed for?"),
        Mistake(
            _one_order_for_all,
            "One order serves all epochs. Where must the permutation be drawn to be new each time?",
        ),
        Mistake(
            _rest_dropped,
            "What does not fill a whole batch is lost. The last batch may be smaller.",
        ),
        Mistake(
            _drawn_with_replacement,
            "You draw with replacement: some examples come twice in an epoch and others never.",
        ),
        Mistake(
            _every_start,
            "A batch starts at every row, so the batches overlap. How far must `i` move on?",
        ),
        Mistake(
            _number_for_size,
            "You make `batch_size` batches. It is the number of examples in each.",
        ),
        Mistake(
            _empty_batch_at_the_end,
            "Where the size divides n, your last batch is empty. Where must the range end?",
        ),
        Mistake(
            _blocks_shuffled,
            "Only the order of the batches is random: each always holds the same neighbours.",
        ),
        Mistake(_counted_from_one, "Rows are counted from 0 to n − 1; yours go from 1 to n."),
        Mistake(_first_epoch_only, "This is one epoch. The list needs one entry for each of them."),
        Mistake(
            _epochs_in_a_row,
            "All batches stand in one list. Return a list of epochs, each a list of batches.",
        ),
    ),
    equivalents=(_split_at, _popped),
    hints=(
        "Two loops: over the epochs, and over the starts of the batches within an epoch.",
        "`rng.permutation(n)` is a random order of the rows. Make `rng` once, draw in every epoch.",
        "`[order[i : i + batch_size] for i in range(0, n, batch_size)]` cuts one order; a slice "
        "that goes beyond the end is shorter by itself.",
    ),
    solution=minibatches,
)
