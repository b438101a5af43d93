"""Lesson 06, starting weights: three initializations, and He with a forgotten root."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

from itertools import pairwise

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part
from nnlab.initializers import glorot, he, lecun

INITIALIZERS = {"lecun": lecun, "he": he, "glorot": glorot}


# Three initializations ---------------------------------------------------------------------------


def _cases(kind: str):
    def cases(rng: np.random.Generator) -> list[Case]:
        shapes = (8, 2), (3, 12), (5, 5), (int(rng.integers(20, 40)), 7)
        return [(rng.standard_normal(shape), kind) for shape in shapes]

    return cases


def _reference_weights(z, kind):
    # The engine draws its own numbers: what it gives over what it drew is its scale.
    drawn = np.random.default_rng(0).standard_normal(z.shape)
    return INITIALIZERS[kind](np.random.default_rng(0), z.shape) / drawn * z


def initial_weights(z, kind):
    """Weights (n_in, n_out) from standard normal numbers z; kind is "lecun", "he" or "glorot"."""
    n_in, n_out = z.shape
    variance = {"lecun": 1 / n_in, "he": 2 / n_in, "glorot": 2 / (n_in + n_out)}[kind]
    return z * np.sqrt(variance)


def _scaled(name: str, lecun_scale, he_scale, glorot_scale):
    """Return a wrong implementation from its three factors, functions of n_in and n_out."""

    def weights(z, kind):
        factor = {"lecun": lecun_scale, "he": he_scale, "glorot": glorot_scale}[kind]
        return z * factor(*z.shape)

    weights.__name__ = name
    return weights


def _right_lecun(n, m):
    return np.sqrt(1 / n)


def _right_he(n, m):
    return np.sqrt(2 / n)


def _right_glorot(n, m):
    return np.sqrt(2 / (n + m))


INITIAL_WEIGHTS = Exercise(
    name="06.initial_weights",
    title="Starting weights of LeCun, He and Glorot",
    entry="initial_weights",
    reference=_reference_weights,
    parts=tuple(
        Part(title, 1, _cases(kind))
        for title, kind in (("LeCun", "lecun"), ("He", "he"), ("Glorot (Xavier)", "glorot"))
    ),
    mistakes=(
        Mistake(
            _scaled(
                "_with_the_slides_factor",
                lambda n, m: 0.001 * np.sqrt(1 / n),
                lambda n, m: 0.001 * np.sqrt(2 / n),
                lambda n, m: 0.001 * np.sqrt(2 / (n + m)),
            ),
            "You took the slide's 0.001 along. None of the three papers has it, and ten layers of "
            "it leave $10^{-30}$ of the signal.",
        ),
        Mistake(
            _scaled(
                "_variance_for_deviation",
                lambda n, m: 1 / n,
                lambda n, m: 2 / n,
                lambda n, m: 2 / (n + m),
            ),
            "These are the variances. Standard normal numbers are multiplied by a standard "
            "deviation.",
        ),
        Mistake(
            _scaled(
                "_outputs_for_inputs",
                lambda n, m: np.sqrt(1 / m),
                lambda n, m: np.sqrt(2 / m),
                _right_glorot,
            ),
            "You count the units of the layer. What matters is how many numbers each of them adds "
            "up: which axis of `z` is that?",
        ),
        Mistake(
            _scaled(
                "_divided_by_the_deviation",
                lambda n, m: np.sqrt(n),
                lambda n, m: np.sqrt(n / 2),
                lambda n, m: np.sqrt((n + m) / 2),
            ),
            "Your weights grow with the number of inputs. The more inputs, the smaller each weight "
            "has to be.",
        ),
        Mistake(
            _scaled(
                "_root_of_the_fan_only",
                _right_lecun,
                lambda n, m: 2 / np.sqrt(n),
                lambda n, m: 2 / np.sqrt(n + m),
            ),
            "The root covers the whole fraction, the 2 as well.",
        ),
        Mistake(
            _scaled(
                "_root_of_two_only",
                lambda n, m: 1 / n,
                lambda n, m: np.sqrt(2) / n,
                lambda n, m: np.sqrt(2) / (n + m),
            ),
            "The root covers the whole fraction, the number of connections as well.",
        ),
        Mistake(
            _scaled("_he_without_two", _right_lecun, lambda n, m: np.sqrt(1 / n), _right_glorot),
            "Your He is LeCun. What makes up for the half of the signal that ReLU removes?",
        ),
        Mistake(
            _scaled(
                "_glorot_without_two",
                _right_lecun,
                _right_he,
                lambda n, m: np.sqrt(1 / (n + m)),
            ),
            "Glorot averages inputs and outputs. $1/(n_{in} + n_{out})$ is one over their *sum*.",
        ),
        Mistake(
            _scaled(
                "_glorot_without_root",
                _right_lecun,
                _right_he,
                lambda n, m: 2 / (n + m),
            ),
            "LeCun and He are right. In Glorot the variance was taken for the standard deviation.",
        ),
        Mistake(
            _scaled(
                "_glorot_with_six",
                _right_lecun,
                _right_he,
                lambda n, m: np.sqrt(6 / (n + m)),
            ),
            "The 6 belongs to the bounds of a uniform distribution. These numbers are normal.",
        ),
        Mistake(
            _scaled("_lecun_and_he_exchanged", _right_he, _right_lecun, _right_glorot),
            "LeCun and He are exchanged. Which of them was made for ReLU?",
        ),
    ),
    equivalents=(
        _scaled(
            "by_division",
            lambda n, m: 1 / np.sqrt(n),
            lambda n, m: 1 / np.sqrt(n / 2),
            lambda n, m: 1 / np.sqrt((n + m) / 2),
        ),
        _scaled(
            "by_powers",
            lambda n, m: n**-0.5,
            lambda n, m: 2**0.5 * n**-0.5,
            lambda n, m: (0.5 * (n + m)) ** -0.5,
        ),
    ),
    hints=(
        "All three multiply `z` by one number, the standard deviation of the weights.",
        "`n_in, n_out = z.shape`. The variances are $1/n_{in}$, $2/n_{in}$ and "
        "$2/(n_{in} + n_{out})$.",
        "Take the root of the variance: `z * np.sqrt(variance)`.",
    ),
    solution=initial_weights,
)


# Spot the bug ------------------------------------------------------------------------------------


def _networks(rng: np.random.Generator) -> list[Case]:
    return [
        (rng.standard_normal((6, widths[0])), [rng.standard_normal(shape) for shape in shapes])
        for widths in ((20, 20, 20, 20), (30, 10, 25), (4, 40, 8, 16, 5))
        for shapes in [list(pairwise(widths))]
    ]


def _stds(factor):
    def signal(x, draws):
        stds = []
        for z in draws:
            x = np.maximum(0, x @ (z * factor(*z.shape)))
            stds.append(x.std())
        return np.array(stds)

    return signal


def _named(name, factor):
    function = _stds(factor)
    function.__name__ = name
    return function


def _forgotten_root(x, draws):
    stds = []
    for z in draws:
        n_in = z.shape[0]
        W = z * 2 / n_in
        x = np.maximum(0, x @ W)
        stds.append(x.std())
    return np.array(stds)


def signal_by_layer(x, draws):
    """Measure the standard deviation behind every ReLU layer, with He's weights: (L,)."""
    stds = []
    for z in draws:
        n_in = z.shape[0]
        W = z * np.sqrt(2 / n_in)
        x = np.maximum(0, x @ W)
        stds.append(x.std())
    return np.array(stds)


def _in_one_go(x, draws):
    stds = np.empty(len(draws))
    for k, z in enumerate(draws):
        x = (x @ z) * (2 / len(z)) ** 0.5
        x = x * (x > 0)
        stds[k] = np.sqrt(np.mean((x - x.mean()) ** 2))
    return stds


def _scaled_at_the_end(x, draws):
    # ReLU lets a positive factor through, so the factors may wait.
    stds, factor = [], 1.0
    for z in draws:
        x, factor = np.maximum(0, x @ z), factor * np.sqrt(2 / z.shape[0])
        stds.append(factor * x.std())
    return stds


def _examples_for_inputs(x, draws):
    stds = []
    for z in draws:
        x = np.maximum(0, x @ (z * np.sqrt(2 / len(x))))
        stds.append(x.std())
    return np.array(stds)


def _no_relu(x, draws):
    stds = []
    for z in draws:
        x = x @ (z * np.sqrt(2 / len(z)))
        stds.append(x.std())
    return np.array(stds)


HE_BUG = Exercise(
    name="06.he_bug",
    title="Spot the bug: the signal fades",
    entry="signal_by_layer",
    reference=_in_one_go,
    parts=(Part("the signal behind every layer", 2, _networks),),
    mistakes=(
        Mistake(
            _named("_root_of_two_only", lambda n, m: np.sqrt(2) / n),
            "The root is there, but it ends before the number of inputs.",
        ),
        Mistake(
            _named("_root_of_the_inputs_only", lambda n, m: 2 / np.sqrt(n)),
            "The root is there, but the 2 is left outside.",
        ),
        Mistake(
            _named("_lecun", lambda n, m: np.sqrt(1 / n)),
            "With $1/n$ the signal no longer collapses, but ReLU still halves its mean square in "
            "every layer.",
        ),
        Mistake(
            _named("_fan_out", lambda n, m: np.sqrt(2 / m)),
            "The root is right. Now the number of *outputs* stands below it.",
        ),
        Mistake(
            _named("_glorot", lambda n, m: np.sqrt(2 / (n + m))),
            "This is Glorot. Half of what ReLU takes away is missing.",
        ),
        Mistake(
            _named("_no_scale", lambda n, m: 1.0),
            "Without any factor the signal explodes instead of fading.",
        ),
        Mistake(
            _named("_two_without_inputs", lambda n, m: np.sqrt(2)),
            "The number of inputs has been lost: now the signal explodes.",
        ),
        Mistake(
            _examples_for_inputs,
            "The root is right. What stands below it is the number of examples, not of inputs.",
        ),
        Mistake(
            _no_relu,
            "The ReLU has been lost. The bug is in the weights.",
        ),
    ),
    equivalents=(_in_one_go, _scaled_at_the_end),
    hints=(
        "Compare the line that makes `W` with He's formula, symbol by symbol.",
        "Multiplying $N(0, 1)$ by a number multiplies its *variance* by the square of it. Which "
        "variance do these weights have?",
        "The standard deviation is the root of the variance: `np.sqrt(2 / n_in)`.",
    ),
    solution=signal_by_layer,
    start=_forgotten_root,
)
