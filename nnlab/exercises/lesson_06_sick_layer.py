"""Lesson 06, a detector: which layer is sick, from its norms and its dead units."""

# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls

import numpy as np

from nnlab.exercises.specification import Case, Exercise, Mistake, Part

TOO_LARGE, TOO_SMALL, MOSTLY_DEAD = 0.1, 1e-5, 0.9

_ILLNESSES = ("exploding", "dead", "vanishing")


def _network(rng: np.random.Generator, sick: dict[int, str], layers: int = 7) -> Case:
    """Return weights, updates and dead shares; healthy but for the layers that are named."""
    ratios = 10 ** rng.uniform(-3.8, -2.2, layers)
    dead = rng.uniform(0, 0.6, layers)
    for layer, illness in sick.items():
        if illness == "exploding":
            ratios[layer] = rng.uniform(0.2, 3)
        elif illness == "vanishing":
            ratios[layer] = 10 ** rng.uniform(-12, -5.5)
        elif illness == "dead":
            dead[layer] = rng.uniform(0.92, 1)
        else:
            ratios[layer] = float(illness)
    weights = rng.permutation(np.geomspace(0.5, 60, layers))
    return weights, ratios * weights, dead


def _one_sick(rng: np.random.Generator) -> list[Case]:
    return [
        _network(rng, {layer: illness})
        for illness in _ILLNESSES
        for layer in (0, int(rng.integers(1, 6)), 6)
    ]


def _several_sick(rng: np.random.Generator) -> list[Case]:
    e, d, v = _ILLNESSES
    # Of three layers with the same illness the one in the middle has it worst: the first counts.
    alike = (
        _network(rng, {2: "1e-7", 3: "1e-12", 5: "1e-8"}),
        _network(rng, {1: "0.3", 4: "40", 6: "2"}),
        _network(rng, {}),
    )
    alike[2][2][[2, 4, 5]] = 0.93, 1.0, 0.95
    return [
        _network(rng, {0: v, 1: v, 2: v, 4: d}),
        _network(rng, {1: d, 3: v, 5: e}),
        _network(rng, {0: v, 4: e}),
        _network(rng, {2: e, 5: e, 3: d}),
        *alike,
    ]


def _healthy_and_broken(rng: np.random.Generator) -> list[Case]:
    edge = _network(rng, {})
    edge[2][4] = MOSTLY_DEAD
    still = _network(rng, {})
    still[1][3] = 0.0
    return [
        _network(rng, {}),
        _network(rng, {}, layers=3),
        _network(rng, {3: "nan", 1: "dead"}),
        _network(rng, {2: "inf", 0: "vanishing"}),
        edge,
        still,
    ]


def sick_layer(weights, updates, dead):
    """Return (place, illness) of the first layer with the gravest illness; (-1, "healthy")."""
    ratios = updates / weights
    findings = (
        ("exploding", ~(ratios <= 0.1)),  # true for NaN and infinity, too
        ("dead", dead >= 0.9),
        ("vanishing", ratios < 1e-5),
    )
    for illness, found in findings:
        if found.any():
            return int(np.argmax(found)), illness
    return -1, "healthy"


def _findings(ratios, dead, limit):
    return {
        "exploding": ~(ratios <= TOO_LARGE),
        "dead": dead >= limit,
        "vanishing": ratios < TOO_SMALL,
    }


def _first(findings, order):
    for illness in order:
        if findings[illness].any():
            return int(np.argmax(findings[illness])), illness
    return -1, "healthy"


def _from_the_input_on(weights, updates, dead):
    findings = _findings(updates / weights, dead, MOSTLY_DEAD)
    for layer in range(len(weights)):
        for illness in _ILLNESSES:
            if findings[illness][layer]:
                return layer, illness
    return -1, "healthy"


def _counted_from_one(weights, updates, dead):
    layer, illness = sick_layer(weights, updates, dead)
    return (layer + 1 if layer >= 0 else -1), illness


def _last_layer_first(weights, updates, dead):
    findings = _findings(updates / weights, dead, MOSTLY_DEAD)
    for illness in _ILLNESSES:
        if findings[illness].any():
            return int(np.flatnonzero(findings[illness])[-1]), illness
    return -1, "healthy"


def _worst_layer(weights, updates, dead):
    ratios = updates / weights
    findings = _findings(ratios, dead, MOSTLY_DEAD)
    worst = {"exploding": -ratios, "dead": -dead, "vanishing": ratios}
    for illness in _ILLNESSES:
        if findings[illness].any():
            order = np.where(findings[illness], worst[illness], np.inf)
            return int(np.nan_to_num(order, nan=-np.inf).argmin()), illness
    return -1, "healthy"


def _updates_alone(weights, updates, dead):
    return _first(_findings(updates, dead, MOSTLY_DEAD), _ILLNESSES)


def _ratio_upside_down(weights, updates, dead):
    with np.errstate(divide="ignore"):
        return _first(_findings(weights / updates, dead, MOSTLY_DEAD), _ILLNESSES)


def _nan_passes(weights, updates, dead):
    ratios = updates / weights
    findings = _findings(ratios, dead, MOSTLY_DEAD) | {"exploding": ratios > TOO_LARGE}
    return _first(findings, _ILLNESSES)


def _vanishing_before_dead(weights, updates, dead):
    findings = _findings(updates / weights, dead, MOSTLY_DEAD)
    return _first(findings, ("exploding", "vanishing", "dead"))


def _half_dead_is_dead(weights, updates, dead):
    return _first(_findings(updates / weights, dead, 0.5), _ILLNESSES)


def _above_the_limit_only(weights, updates, dead):
    findings = _findings(updates / weights, dead, MOSTLY_DEAD) | {"dead": dead > MOSTLY_DEAD}
    return _first(findings, _ILLNESSES)


def _dead_ignored(weights, updates, dead):
    return _first(_findings(updates / weights, dead, MOSTLY_DEAD), ("exploding", "vanishing"))


def _healthy_is_none(weights, updates, dead):
    layer, illness = sick_layer(weights, updates, dead)
    return (None if layer < 0 else layer), illness


def _exchanged(weights, updates, dead):
    return sick_layer(weights, updates, dead)[::-1]


def _with_a_loop(weights, updates, dead):
    for illness in _ILLNESSES:
        for layer, (w, u, d) in enumerate(zip(weights, updates, dead, strict=True)):
            sick = {
                "exploding": not np.isfinite(u) or u / w > TOO_LARGE,
                "dead": d >= MOSTLY_DEAD,
                "vanishing": u / w < TOO_SMALL,
            }
            if sick[illness]:
                return layer, illness
    return -1, "healthy"


def _with_flatnonzero(weights, updates, dead):
    ratios = np.nan_to_num(updates / weights, nan=np.inf)
    for illness, found in (
        ("exploding", ratios > TOO_LARGE), ("dead", dead >= MOSTLY_DEAD),
        ("vanishing", ratios < TOO_SMALL),
    ):  # fmt: skip
        places = np.flatnonzero(found)
        if places.size:
            return [int(places[0]), illness]
    return [-1, "healthy"]


SICK_LAYER = Exercise(
    name="06.sick_layer",
    title="Which layer is sick, and of what?",
    entry="sick_layer",
    reference=_with_a_loop,
    parts=(
        Part("one sick layer", 1, _one_sick),
        Part("several sick layers", 1, _several_sick),
        Part("healthy networks, limits, numbers that are not finite", 1, _healthy_and_broken),
    ),
    mistakes=(
        Mistake(
            _counted_from_one,
            "You count the layers from 1. The place is an index, so the first layer is 0.",
        ),
        Mistake(
            _updates_alone,
            "You look at the updates alone. The same update is much for small weights and little "
            "for large ones.",
        ),
        Mistake(
            _ratio_upside_down,
            "Your ratio is weight over update. Healthy is about 1/1000, not 1000.",
        ),
        Mistake(
            _last_layer_first,
            "Of several layers with the same illness you name the last one, not the first.",
        ),
        Mistake(
            _worst_layer,
            "Of several layers with the same illness you name the worst one, not the first.",
        ),
        Mistake(
            _from_the_input_on,
            "You name the first layer that is sick of anything. An exploding layer anywhere is to "
            "be named before a dead one, and a dead one before a vanishing one.",
        ),
        Mistake(
            _dead_ignored,
            "No layer is ever called dead. What is the argument `dead` for?",
        ),
        Mistake(
            _vanishing_before_dead,
            "A dead layer stops the gradient of those before it: look for dead layers first, then "
            "for vanishing ones.",
        ),
        Mistake(
            _half_dead_is_dead,
            "Half of the units may be dead in a network that learns. The limit is higher.",
        ),
        Mistake(
            _above_the_limit_only,
            "Right, except where the share of dead units is exactly at its limit.",
        ),
        Mistake(
            _nan_passes,
            "NaN is neither above nor below any limit, so it slips through your comparison. What "
            "is not finite has exploded.",
        ),
        Mistake(
            _exchanged,
            "The illness comes first in your tuple. The place is asked for first.",
        ),
        Mistake(
            _healthy_is_none,
            'A healthy network is `(-1, "healthy")`: the place is a number there, too.',
        ),
    ),
    equivalents=(_with_a_loop, _with_flatnonzero),
    hints=(
        "First the ratio of every layer, then three questions in the order of the text.",
        "For each illness make an array of True and False, one entry per layer; `.any()` says "
        "whether there is one, `np.argmax` finds the first.",
        "`~(ratios <= 0.1)` is True for NaN as well, `ratios > 0.1` is not. Return `(place, name)` "
        'at the first illness found, and `(-1, "healthy")` at the end.',
    ),
    solution=sick_layer,
)
