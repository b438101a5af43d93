"""Lesson 03: early stopping, as a rule on a list of losses and as a training loop with a bug."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.early_stopping import BestEpoch, EarlyStopping
from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.layers import Dense
from nnlab.network import Sequential

# The rule ----------------------------------------------------------------------------------------


def _losses(shape, rng: np.random.Generator):
    """Return losses with these ranks: where two are equal, stays equal."""
    levels = np.cumsum(rng.uniform(0.05, 0.3, max(shape) + 1))
    return levels[list(shape)]


def _stopping_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (_losses(shape, rng), patience)
        for shape, patience in (
            ((9, 6, 4, 5, 6, 7, 8, 3, 2), 3),  # the best of all comes after the stop
            ((8, 5, 6, 4, 5, 3, 4, 5, 6, 2), 3),  # short bumps that are no reason to stop
            ((7, 9, 4, 6, 5, 7, 6, 8, 3), 4),  # falls again and again without being better
            ((5, 6, 7, 4, 5, 6, 3, 7, 8, 9), 3),  # better at the last moment
        )
    ]


def _long_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (_losses(shape, rng), patience)
        for shape, patience in (
            ((9, 7, 5, 4, 3, 2), 2),  # still falling at the end
            ((6, 4, 5, 3, 4, 4), 5),  # more patience than epochs
            ((3, 4, 5, 6), 1),  # best before training
        )
    ]


def _plateau_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (_losses(shape, rng), patience)
        for shape, patience in (
            ((6, 4, 4, 4, 4, 3, 2), 3),
            ((5, 3, 4, 3, 4, 3, 2), 4),
            ((2, 2, 2, 2, 1, 0), 4),
        )
    ]


def _reference(validation, patience):
    best = BestEpoch(EarlyStopping(patience), Sequential(Dense(1, 1)))
    for epoch, loss in enumerate(validation):
        best.observe(epoch, loss)
        if best.stopped:
            break
    return int(best.epoch), epoch


def early_stopping(validation, patience):
    """Return (kept, last): the epoch whose weights are kept, and the last one trained."""
    kept = 0
    for epoch in range(len(validation)):
        if validation[epoch] < validation[kept]:
            kept = epoch
        if epoch - kept >= patience:
            return kept, epoch
    return kept, len(validation) - 1


def _equal_is_better(validation, patience):
    kept = 0
    for epoch in range(len(validation)):
        if validation[epoch] <= validation[kept]:
            kept = epoch
        if epoch - kept >= patience:
            return kept, epoch
    return kept, len(validation) - 1


def _one_too_late(validation, patience):
    return _reference(validation, patience + 1)


def _one_too_early(validation, patience):
    kept = 0
    for epoch in range(len(validation)):
        if validation[epoch] < validation[kept]:
            kept = epoch
        elif epoch - kept >= patience - 1:
            return kept, epoch
    return kept, len(validation) - 1


def _best_of_all(validation, patience):
    return int(np.argmin(validation)), _reference(validation, patience)[1]


def _never_stopped(validation, patience):
    return int(np.argmin(validation)), len(validation) - 1


def _last_kept(validation, patience):
    last = _reference(validation, patience)[1]
    return last, last


def _against_the_epoch_before(validation, patience):
    kept, waited = 0, 0
    for epoch in range(1, len(validation)):
        if validation[epoch] < validation[epoch - 1]:
            kept, waited = epoch, 0
        else:
            waited += 1
        if waited >= patience:
            return kept, epoch
    return kept, len(validation) - 1


def _counter_not_reset(validation, patience):
    kept, waited = 0, 0
    for epoch in range(1, len(validation)):
        if validation[epoch] < validation[kept]:
            kept = epoch
        else:
            waited += 1
        if waited >= patience:
            return kept, epoch
    return kept, len(validation) - 1


def _largest_kept(validation, patience):
    return _reference(-validation, patience)


def _order_swapped(validation, patience):
    return _reference(validation, patience)[::-1]


def _counted_from_one(validation, patience):
    kept, last = _reference(validation, patience)
    return kept + 1, last + 1


def _start_left_out(validation, patience):
    kept, last = _reference(validation[1:], patience)
    return kept + 1, last + 1


def _past_the_end(validation, patience):
    kept, last = _reference(validation, patience)
    return kept, last + (last - kept < patience)


def _loss_not_epoch(validation, patience):
    kept, last = _reference(validation, patience)
    return float(validation[kept]), last


def _by_waiting(validation, patience):
    kept, waited, epoch = 0, 0, 0
    while waited < patience and epoch + 1 < len(validation):
        epoch += 1
        better = validation[epoch] < validation[kept]
        kept, waited = (epoch, 0) if better else (kept, waited + 1)
    return kept, epoch


def _by_argmin(validation, patience):
    for epoch in range(len(validation)):
        kept = int(np.argmin(validation[: epoch + 1]))  # the first of equals
        if epoch - kept == patience:
            break
    return [kept, epoch]


EARLY_STOPPING = Exercise(
    name="03.early_stopping",
    title="Early stopping with patience",
    entry="early_stopping",
    reference=_reference,
    parts=(
        Part("patience runs out", 1, _stopping_cases),
        Part("patience that does not run out, or at once", 1, _long_cases),
        Part("plateaus: an equal loss is no improvement", 1, _plateau_cases),
    ),
    mistakes=(
        Mistake(_order_swapped, "The order is: the epoch that is kept, then the last one trained."),
        Mistake(
            _loss_not_epoch, "The first value is the *epoch* of the best loss, not the loss itself."
        ),
        Mistake(
            _counted_from_one, "Epochs are counted from 0, the state before training: entry 0."
        ),
        Mistake(
            _last_kept,
            "You keep the last epoch. By then the loss has not improved for a while; the weights "
            "worth keeping are older.",
        ),
        Mistake(
            _best_of_all,
            "You keep the best epoch of the whole list. After the stop nothing is trained, so "
            "nothing there can be kept.",
        ),
        Mistake(_never_stopped, "`patience` has no effect: your function never stops early."),
        Mistake(
            _against_the_epoch_before,
            "You compare with the epoch before. An improvement is a loss below the *best so far*.",
        ),
        Mistake(
            _counter_not_reset,
            "Epochs without improvement are counted from the start of training. After an "
            "improvement the count begins anew.",
        ),
        Mistake(_one_too_late, "You stop one epoch too late. Compare with `>=`, or count again."),
        Mistake(
            _one_too_early,
            "You stop one epoch too early: the first epoch without improvement is 1 epoch of "
            "waiting.",
        ),
        Mistake(_largest_kept, "A loss is better when it is smaller."),
        Mistake(
            _past_the_end,
            "If patience never runs out, the last epoch is the last entry, `len(validation) - 1`.",
        ),
        Mistake(
            _start_left_out,
            "The state before training, entry 0, takes part: if nothing is better, it is kept.",
        ),
        Mistake(
            _equal_is_better,
            "You take an equal loss for an improvement. On a plateau training would never stop.",
        ),
    ),
    equivalents=(_by_waiting, _by_argmin),
    hints=(
        "Go through the losses in order and remember the epoch of the best one so far.",
        "After every epoch ask how long ago the best one was: `epoch - kept`.",
        "If `validation[epoch] < validation[kept]`, then `kept = epoch`. If "
        "`epoch - kept >= patience`, return `kept, epoch`.",
    ),
    solution=early_stopping,
)


# Spot the bug ------------------------------------------------------------------------------------


def _training_cases(rng: np.random.Generator) -> list[Case]:
    # the validation loss is smallest half-way to the minimum of the training loss
    cases: list[Case] = []
    for n, features, patience in ((8, 2, 3), (12, 3, 5), (10, 2, 2)):
        x = np.linalg.qr(rng.normal(0, 1, (n, features)))[0] * np.sqrt(n)
        goal = rng.uniform(1, 2, features) * rng.choice([-1, 1], features)
        x_val = rng.normal(0, 1, (9, features))
        cases.append(
            (x, x @ goal, x_val, x_val @ (0.6 * goal), np.zeros(features), 0.05, 60, patience)
        )
    return cases


def _two_valleys(rng: np.random.Generator) -> list[Case]:
    # one weight soon goes too far, the other gets to its place long after patience has run out
    cases: list[Case] = []
    for n, patience in ((8, 3), (12, 2)):
        x = np.linalg.qr(rng.normal(0, 1, (n, 2)))[0] * np.sqrt(n) * np.array([1.0, 0.27])
        sign = rng.choice([-1, 1], 2)
        x_val = np.linalg.qr(rng.normal(0, 1, (n, 2)))[0] * np.sqrt(n) * np.array([1.0, 0.335])
        cases.append(
            (x, x @ (sign * [1.0, 2.0]), x_val, x_val @ (sign * [0.5, 2.0]), np.zeros(2), 0.1, 200,
             patience)
        )  # fmt: skip
    return cases


def train_stopping_early(x, y, x_val, y_val, theta, rate, epochs, patience):
    """Gradient descent on a linear model; returns the weights with the best validation loss."""
    theta = theta.copy()
    best, best_loss, waited = theta.copy(), np.mean((x_val @ theta - y_val) ** 2), 0
    for _ in range(epochs):
        theta -= rate * 2 * x.T @ (x @ theta - y) / len(y)
        loss = np.mean((x_val @ theta - y_val) ** 2)
        if loss < best_loss:
            best, best_loss, waited = theta.copy(), loss, 0
        else:
            waited += 1
            if waited >= patience:
                break
    return best


def _start_code(x, y, x_val, y_val, theta, rate, epochs, patience):
    theta = theta.copy()
    best, best_loss, waited = theta, np.mean((x_val @ theta - y_val) ** 2), 0
    for _ in range(epochs):
        theta -= rate * 2 * x.T @ (x @ theta - y) / len(y)
        loss = np.mean((x_val @ theta - y_val) ** 2)
        if loss < best_loss:
            best, best_loss, waited = theta, loss, 0
        else:
            waited += 1
            if waited >= patience:
                break
    return best


def _run(x, y, x_val, y_val, theta, rate, epochs, patience):
    """Return the weights of every epoch trained, and the best epoch."""
    path, kept = [theta], 0
    losses = [np.mean((x_val @ theta - y_val) ** 2)]
    while len(path) <= epochs and len(path) - 1 - kept < patience:
        theta = theta - rate * 2 * x.T @ (x @ theta - y) / len(y)
        path.append(theta)
        losses.append(np.mean((x_val @ theta - y_val) ** 2))
        kept = int(np.argmin(losses))
    return path, kept


def _start_weights(x, y, x_val, y_val, theta, rate, epochs, patience):
    return theta.copy()


def _copied_while_waiting(x, y, x_val, y_val, theta, rate, epochs, patience):
    path, kept = _run(x, y, x_val, y_val, theta, rate, epochs, patience)
    return path[min(kept + 1, len(path) - 1)]


def _before_the_last(x, y, x_val, y_val, theta, rate, epochs, patience):
    return _run(x, y, x_val, y_val, theta, rate, epochs, patience)[0][-2]


def _without_patience(x, y, x_val, y_val, theta, rate, epochs, patience):
    path, kept = _run(x, y, x_val, y_val, theta, rate, epochs, epochs + 1)
    return path[kept]


def _training_loss_watched(x, y, x_val, y_val, theta, rate, epochs, patience):
    return _run(x, y, x_val, y_val, theta, rate, epochs, epochs + 1)[0][-1]


def _loss_returned(x, y, x_val, y_val, theta, rate, epochs, patience):
    path, kept = _run(x, y, x_val, y_val, theta, rate, epochs, patience)
    return np.mean((x_val @ path[kept] - y_val) ** 2)


def _one_epoch_short(x, y, x_val, y_val, theta, rate, epochs, patience):
    path, kept = _run(x, y, x_val, y_val, theta, rate, epochs, patience)
    return path[max(kept - 1, 0)]


def _by_new_arrays(x, y, x_val, y_val, theta, rate, epochs, patience):
    best, best_loss, waited = theta, np.mean((x_val @ theta - y_val) ** 2), 0
    for _ in range(epochs):
        theta = theta - rate * 2 * x.T @ (x @ theta - y) / len(y)  # not in place
        loss = np.mean((x_val @ theta - y_val) ** 2)
        if loss < best_loss:
            best, best_loss, waited = theta, loss, 0
        else:
            waited += 1
            if waited >= patience:
                break
    return best


def _by_the_whole_path(x, y, x_val, y_val, theta, rate, epochs, patience):
    path, kept = _run(x, y, x_val, y_val, theta, rate, epochs, patience)
    return path[kept]


SPOT_THE_BUG = Exercise(
    name="03.spot_the_bug",
    title="Spot the bug: early stopping that keeps the wrong weights",
    entry="train_stopping_early",
    reference=train_stopping_early,
    parts=(
        Part("the best weights come back", 1, _training_cases),
        Part("patience is still obeyed", 1, _two_valleys),
    ),
    mistakes=(
        Mistake(
            _start_weights,
            "Now the weights from before training come back. They must be saved anew at every "
            "improvement.",
        ),
        Mistake(
            _copied_while_waiting,
            "The weights saved are those of an epoch *without* improvement. In which branch is the "
            "copy made?",
        ),
        Mistake(
            _before_the_last,
            "These are the weights of the last epoch but one. How old are the best ones when "
            "patience runs out?",
        ),
        Mistake(
            _one_epoch_short,
            "These weights are one step too old: save them after the update whose loss was best.",
        ),
        Mistake(
            _without_patience,
            "The best weights of all epochs come back: patience no longer ends the training.",
        ),
        Mistake(
            _training_loss_watched,
            "These are the weights after all epochs. Is it still the *validation* loss that is "
            "watched, and does patience still end the loop?",
        ),
        Mistake(_loss_returned, "This is the best loss. The weights are asked for."),
    ),
    equivalents=(_by_new_arrays, _by_the_whole_path),
    hints=(
        "The rule is right: the loop stops where it should. Print `best is theta` before `return`.",
        "`best = theta` copies nothing: it gives the same array a second name.",
        "`theta -= …` changes that array in place, so `best` changes with it. Save "
        "`theta.copy()`, in both places.",
    ),
    solution=train_stopping_early,
    start=_start_code,
)
