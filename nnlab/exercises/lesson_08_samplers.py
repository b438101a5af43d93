"""Lesson 08, where trials come from: log-uniform numbers, a grid, and random search."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab import spaces
from nnlab.exercises.answers import Plain
from nnlab.exercises.specification import Case, Exercise, Mistake, Part

# Log-uniform numbers -----------------------------------------------------------------------------


def _uniform_cases(rng: np.random.Generator) -> list[Case]:
    return [
        (low, high, np.append(rng.random(6), [0.0, 0.5]))
        for low, high in ((1e-4, 1.0), (1e-3, 10.0), (float(rng.uniform(2, 3)), 64.0))
    ]


def log_uniform(low, high, u):
    """Numbers from low to high whose logarithm is uniform."""
    return np.exp(np.log(low) + u * (np.log(high) - np.log(low)))


def _linear(low, high, u):
    return low + u * (high - low)


def _exponents(low, high, u):
    return np.log10(low) + u * (np.log10(high) - np.log10(low))


def _natural_exponents(low, high, u):
    return np.log(low) + u * np.log(high / low)


def _bases_mixed(low, high, u):
    return 10 ** (np.log(low) + u * np.log(high / low))


def _bases_mixed_too(low, high, u):
    return np.exp(np.log10(low) + u * np.log10(high / low))


def _exp_of_the_ends(low, high, u):
    return np.exp(low + u * (high - low))


def _ten_to_the_ends(low, high, u):
    return 10.0 ** (low + u * (high - low))


def _log_of_linear(low, high, u):
    return np.log(low + u * (high - low))


def _from_one(low, high, u):
    return high**u


def _from_zero(low, high, u):
    return low * np.exp(u * np.log(high))


def _reversed(low, high, u):
    return high * (low / high) ** u


def _by_the_ratio(low, high, u):
    return low * (high / low) ** u


def _by_powers_of_ten(low, high, u):
    return 10 ** ((1 - u) * np.log10(low) + u * np.log10(high))


LOG_UNIFORM = Exercise(
    name="08.log_uniform",
    title="Log-uniform numbers",
    entry="log_uniform",
    reference=log_uniform,
    parts=(Part("from low to high, every decade as likely", 1, _uniform_cases),),
    mistakes=(
        Mistake(_linear, "This is uniform on the linear scale. Interpolate the logarithms."),
        Mistake(
            _exponents,
            "These are exponents of 10. One step is missing: back to the number.",
        ),
        Mistake(
            _natural_exponents,
            "These are logarithms. One step is missing: back from the logarithm to the number.",
        ),
        Mistake(
            _bases_mixed,
            "You take the natural logarithm and go back with powers of 10. The two do not undo "
            "each other.",
        ),
        Mistake(
            _bases_mixed_too,
            "You take the logarithm to base 10 and go back with `np.exp`. The two do not undo each "
            "other.",
        ),
        Mistake(
            _exp_of_the_ends,
            "`low` and `high` are the ends of the numbers, not of their logarithms. Take the "
            "logarithm of both first.",
        ),
        Mistake(
            _ten_to_the_ends,
            "You take `low` and `high` for exponents. They are the ends of the numbers themselves: "
            "from which exponent to which do these go?",
        ),
        Mistake(
            _log_of_linear,
            "You draw linearly and take the logarithm after. It is the other way round.",
        ),
        Mistake(_from_one, "For `u` = 0 you return 1. Where does the range begin?"),
        Mistake(
            _from_zero,
            "For `u` = 1 you return `low` times `high`. The distance to go is log high − log low.",
        ),
        Mistake(_reversed, "For `u` = 0 you return `high`. It should be `low`."),
    ),
    equivalents=(_by_the_ratio, _by_powers_of_ten),
    hints=(
        "What is uniform here is the logarithm of the number, from log low to log high.",
        "Interpolate between the two logarithms with `u`, then undo the logarithm.",
        "`np.exp(a + u * (b - a))` with `a = np.log(low)` and `b = np.log(high)`.",
    ),
    solution=log_uniform,
)

# Grid --------------------------------------------------------------------------------------------


def _grid_cases(rng: np.random.Generator) -> list[Case]:
    def values(n):
        return np.sort(rng.uniform(0, 5, n)) + np.arange(n)

    return [
        ([values(3), values(2)],),
        ([values(2), values(3), values(4)],),
        ([values(4), values(1), values(2)],),
        ([values(3)],),
    ]


def _reference_grid(values):
    named = {f"h{k}": list(column) for k, column in enumerate(values)}
    return np.array([list(one.values()) for one in spaces.grid(**named)])


def grid(values):
    """All combinations, (N, D); the last column changes fastest."""
    trials = [[value] for value in values[0]]
    for column in values[1:]:
        trials = [[*trial, value] for trial in trials for value in column]
    return np.array(trials)


def _first_fastest(values):
    return grid(values[::-1])[:, ::-1]


def _zipped(values):
    n = min(map(len, values))
    return np.array([column[:n] for column in values]).T


def _one_at_a_time(values):
    rows = []
    for k, column in enumerate(values):
        for value in column:
            row = [other[0] for other in values]
            row[k] = value
            rows.append(row)
    return np.array(rows)


def _two_axes_only(values):
    if len(values) == 1:
        return grid(values)
    return np.array([[a, b, *(c[0] for c in values[2:])] for a in values[0] for b in values[1]])


def _transposed(values):
    return grid(values).T


def _as_a_block(values):
    return np.stack(np.meshgrid(*values, indexing="ij"), axis=-1)


def _meshgrid_as_it_is(values):
    return np.array(np.meshgrid(*values)).reshape(len(values), -1).T


def _columns_sorted_apart(values):
    return np.sort(grid(values), axis=0)


def _reversed_columns(values):
    return grid(values)[:, ::-1]


def _by_meshgrid(values):
    return np.stack(np.meshgrid(*values, indexing="ij"), axis=-1).reshape(-1, len(values))


def _by_counting(values):
    sizes = [len(column) for column in values]
    rows = []
    for number in range(int(np.prod(sizes))):
        places = np.unravel_index(number, sizes)
        rows.append([float(c[p]) for c, p in zip(values, places, strict=True)])
    return rows


GRID = Exercise(
    name="08.grid",
    title="Grid search: all combinations",
    entry="grid",
    reference=_reference_grid,
    parts=(Part("every combination once, the last column fastest", 2, _grid_cases),),
    mistakes=(
        Mistake(
            _as_a_block,
            "The combinations are right, but they stand in a block with one axis per "
            "hyperparameter. One row per trial is asked for.",
        ),
        Mistake(_transposed, "Rows and columns are exchanged: one row per trial."),
        Mistake(
            _zipped,
            "You pair the first values, then the second ones. A grid combines every value with "
            "every other.",
        ),
        Mistake(
            _one_at_a_time,
            "You change one hyperparameter at a time. A grid also holds the combinations.",
        ),
        Mistake(
            _two_axes_only,
            "The first two hyperparameters are combined, the others keep their first value. Any "
            "number of them may come.",
        ),
        Mistake(
            _columns_sorted_apart,
            "Each column is sorted by itself, which tears the trials apart.",
        ),
        Mistake(
            _meshgrid_as_it_is,
            "All combinations are there, in another order: `np.meshgrid` exchanges its first two "
            "axes, unless its argument `indexing` says otherwise.",
        ),
        Mistake(
            _first_fastest,
            "All combinations are there, in another order: the last column should change fastest.",
        ),
        Mistake(_reversed_columns, "The columns come in reverse order."),
    ),
    equivalents=(_by_meshgrid, _by_counting),
    hints=(
        "As many loops inside each other as there are hyperparameters. How do you write that "
        "without knowing how many?",
        "Begin with one trial for each value of the first hyperparameter. For each further one, "
        "replace every trial by several, one for each value.",
        "`trials = [[value] for value in values[0]]`, then for each column in `values[1:]` "
        "`trials = [[*trial, value] for trial in trials for value in column]`.",
    ),
    solution=grid,
)

# Random search -----------------------------------------------------------------------------------

MANY = 400
FAR = 0.11
"""Largest difference of a quarter's share from 0.25: five standard deviations with 400 trials."""


def _random_case(rng: np.random.Generator, budget: int) -> Case:
    lows = np.array([1e-4, 1e-5, 8.0]) * rng.uniform(1, 3, 3)
    highs = np.array([1.0, 0.1, 512.0]) * rng.uniform(1, 3, 3)
    one, other = (int(n) for n in rng.choice(1000, 2, replace=False))
    return lows, highs, budget, [one, other, one]


def _many_trials(rng: np.random.Generator) -> list[Case]:
    return [_random_case(rng, MANY)]


def _few_trials(rng: np.random.Generator) -> list[Case]:
    return [_random_case(rng, budget) for budget in (30, 7)]


def _searches(case: Case, returned: Plain):
    """Return an answer as an array (S, budget, D), or a sentence on what it is instead."""
    lows, highs, budget, seeds = case
    expected = (len(seeds), budget, len(lows))
    try:
        trials = np.asarray(returned)
    except ValueError:  # rows of several lengths
        return "the rows have several lengths; return one array (S, budget, D)"
    if trials.dtype.kind not in "iuf":
        return "return an array of numbers (S, budget, D)"
    if trials.shape != expected:
        said = f"expected shape {expected}, one search for every seed; yours is {trials.shape}"
        return f"{said}; the budget is the number of trials in each search"
    if not np.isfinite(trials).all():
        return "some of your numbers are not finite"
    trials = trials.astype(float)
    low = trials < lows * (1 - 1e-9)
    if (low | (trials > highs * (1 + 1e-9))).any():
        column = int(np.flatnonzero((low | (trials > highs * (1 + 1e-9))).any(axis=(0, 1)))[0])
        return (
            f"hyperparameter {column + 1} must lie from {lows[column]:.3g} to {highs[column]:.3g}, "
            f"and yours goes from {trials[..., column].min():.3g} to "
            f"{trials[..., column].max():.3g}"
        )
    return trials


def _judge_distribution(case: Case, returned: Plain) -> str | None:
    lows, highs, _, _ = case
    trials = _searches(case, returned)
    if isinstance(trials, str):
        return trials
    for search in trials:
        distinct = [len(np.unique(column)) for column in search.T]
        if min(distinct) < MANY // 2:
            return (
                f"with {MANY} trials, hyperparameter {int(np.argmin(distinct)) + 1} takes only "
                f"{min(distinct)} different values; every trial should try another one"
            )
        places = np.log(search / lows) / np.log(highs / lows)
        for column, place in enumerate(places.T, start=1):
            shares = np.histogram(place, bins=4, range=(-1e-6, 1 + 1e-6))[0] / MANY
            if np.abs(shares - 0.25).max() > FAR:
                text = ", ".join(f"{100 * share:.0f} %" for share in shares)
                return (
                    f"on the log scale, the quarters of the range of hyperparameter {column} hold "
                    f"{text} of the trials; each should hold about 25 %"
                )
        together = np.corrcoef(places.T) - np.eye(len(lows))
        if np.abs(together).max() > 0.3:
            one, other = np.unravel_index(np.abs(together).argmax(), together.shape)
            return (
                f"hyperparameters {min(one, other) + 1} and {max(one, other) + 1} rise and fall "
                "together; each needs random numbers of its own"
            )
    return None


def _judge_seeds(case: Case, returned: Plain) -> str | None:
    trials = _searches(case, returned)
    if isinstance(trials, str):
        return trials
    if not np.array_equal(trials[0], trials[2]):
        return "searches 1 and 3 have the same seed and differ"
    if np.array_equal(trials[0], trials[1]):
        return "searches 1 and 2 have other seeds and are the same"
    if any(len(np.unique(search[:, 0])) < len(search) for search in trials):
        return "within one search a learning rate comes twice; draw anew for every trial"
    return None


def random_search(lows, highs, budget, seeds):
    """Array (S, budget, D): for every seed a search of log-uniform trials."""
    a, b = np.log(lows), np.log(highs)
    searches = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        u = rng.random((budget, len(lows)))
        searches.append(np.exp(a + u * (b - a)))
    return np.array(searches)


def _placed(lows, highs, u):
    return np.exp(np.log(lows) + u * np.log(highs / lows))


def _each(draw):
    """Return a random search that places what `draw(rng, budget, D)` returns."""

    def search(lows, highs, budget, seeds):
        return np.array(
            [
                _placed(lows, highs, draw(np.random.default_rng(seed), budget, len(lows)))
                for seed in seeds
            ]
        )

    return search


def _named(name, function):
    function.__name__ = name
    return function


def _linear_draws(lows, highs, budget, seeds):
    return np.array(
        [np.random.default_rng(seed).uniform(lows, highs, (budget, len(lows))) for seed in seeds]
    )


def _exponents_returned(lows, highs, budget, seeds):
    return np.log10(random_search(lows, highs, budget, seeds))


def _seed_ignored(lows, highs, budget, seeds):
    return random_search(lows, highs, budget, [0] * len(seeds))


def _first_seed_alone(lows, highs, budget, seeds):
    return random_search(lows, highs, budget, [seeds[0]] * len(seeds))


def _one_generator(lows, highs, budget, seeds):
    rng = np.random.default_rng(seeds[0])
    return np.array([_placed(lows, highs, rng.random((budget, len(lows)))) for _ in seeds])


def _one_search(lows, highs, budget, seeds):
    return random_search(lows, highs, budget, seeds[:1])[0]


def _budget_for_each(lows, highs, budget, seeds):
    return random_search(lows, highs, budget * len(lows), seeds)


_RANDOM_MISTAKES = (
    Mistake(
        _linear_draws,
        "Uniform on the linear scale: nearly all trials lie in the uppermost power of ten.",
    ),
    Mistake(
        _exponents_returned,
        "These are the exponents; return 10 to their power.",
    ),
    Mistake(
        _named("_one_number_a_trial", _each(lambda rng, n, d: np.tile(rng.random((n, 1)), (1, d)))),
        "One random number places all hyperparameters of a trial, so they rise and fall together. "
        "Draw one for each.",
    ),
    Mistake(
        _named("_one_trial_repeated", _each(lambda rng, n, d: np.tile(rng.random(d), (n, 1)))),
        "The same trial again and again. Draw anew for every row.",
    ),
    Mistake(
        _named(
            "_spaced_evenly",
            _each(lambda rng, n, d: np.tile(np.linspace(0, 1, n)[:, None], (1, d))),
        ),
        "Evenly spaced values, the same for every seed: nothing here is random.",
    ),
    Mistake(
        _named("_grid_drawn_from", _each(lambda rng, n, d: rng.integers(0, 3, (n, d)) / 2)),
        "You draw from a few listed values. Every trial should try values of its own.",
    ),
    Mistake(_seed_ignored, "The generator starts from a number of your own. Use the `seeds`."),
    Mistake(_first_seed_alone, "Every search looks at the first seed alone."),
    Mistake(
        _one_generator,
        "One generator serves all searches, so the later ones depend on the earlier. Each seed "
        "needs its own.",
    ),
    Mistake(
        _one_search, "One search came back. There should be one for every seed: (S, budget, D)."
    ),
    Mistake(
        _budget_for_each,
        "You spend the budget once for every hyperparameter. One trial sets all of them at once.",
    ),
)


def _column_by_column(lows, highs, budget, seeds):
    searches = np.empty((len(seeds), budget, len(lows)))
    for search, seed in zip(searches, seeds, strict=True):
        rng = np.random.default_rng(seed)
        for k, (low, high) in enumerate(zip(lows, highs, strict=True)):
            search[:, k] = 10 ** rng.uniform(np.log10(low), np.log10(high), budget)
    return searches


def _one_in_every_stratum(lows, highs, budget, seeds):
    def draw(rng, n, d):
        return np.stack([(rng.permutation(n) + rng.random(n)) / n for _ in range(d)], axis=1)

    return _each(draw)(lows, highs, budget, seeds)


RANDOM_SEARCH = Exercise(
    name="08.random_search",
    title="Random search with a budget",
    entry="random_search",
    reference=random_search,
    parts=(
        Part(
            "log-uniform, each hyperparameter by itself", 2, _many_trials, judge=_judge_distribution
        ),
        Part("the seed decides", 1, _few_trials, judge=_judge_seeds),
    ),
    mistakes=_RANDOM_MISTAKES,
    equivalents=(_column_by_column, _one_in_every_stratum),
    hints=(
        "One search: `budget` rows, one column per hyperparameter. What you wrote for "
        "`log_uniform` places all of them at once.",
        "After `rng = np.random.default_rng(seed)`, `rng.random((budget, len(lows)))` are uniform "
        "numbers, one for each trial and hyperparameter.",
        "For every seed `np.exp(np.log(lows) + u * (np.log(highs) - np.log(lows)))`; collect the "
        "results in a list, `np.array` of it has shape (S, budget, D).",
    ),
    solution=random_search,
)
