"""What "Try this", the captions and the text of lesson 08 promise really happens."""

import itertools
import json
import re

import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab.live import lesson_08
from nnlab.live import lesson_08_manual as manual
from nnlab.live.lesson_08_grid import BUDGETS, SIDES, grid_points, score
from nnlab.live.lesson_08_sampling import REFERENCE
from nnlab.live.lesson_08_schedules import SCHEDULES, UPDATES
from nnlab.live.lesson_08_trials import AXES, NAMES, RATES, scores
from nnlab.search import search
from nnlab.spaces import Choice, LogUniform, random_settings
from nnlab.trials import Results, Trial


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


def words(demo, **changes):
    return demo.describe(run(demo, **changes))


@pytest.fixture(scope="module")
def cells():
    notebook = json.loads(
        (lessons_dir() / "08_hyperparameter_search.ipynb").read_text(encoding="utf-8")
    )
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.fixture(scope="module")
def printed(cells):
    """Return a function: what the cell that holds a text printed in the committed notebook."""

    def output(text):
        (cell,) = (c for c in cells if text in "".join(c["source"]))
        return "".join(
            "".join(o["text"] if "text" in o else o["data"]["text/plain"]) for o in cell["outputs"]
        )

    return output


# Linear or logarithmic


def test_a_linear_scale_draws_from_the_uppermost_power_of_ten_and_misses_the_valley():
    linear, log = (run(lesson_08.sampling, scale=scale) for scale in ("linear", "log"))
    assert linear.decades[4] >= 8
    assert (linear.rates > 0.1).all()
    assert (log.decades[:5] >= 1).all()
    assert linear.losses.min() > 1.5 * log.losses.min()
    valley = REFERENCE[linear.reference.argmin()]
    assert 0.03 < valley < 0.3
    assert np.abs(np.log10(log.rates / valley)).min() < 0.3


def test_the_trials_of_a_linear_scale_follow_the_top_of_the_range():
    for top, decade in ((100, 5), (10, 4), (1, 3), (0.1, 2)):
        found = run(lesson_08.sampling, top=top, trials=30)
        assert found.decades.argmax() == decade
        assert found.decades[decade] > 24
    linear, log = (
        run(lesson_08.sampling, top=100, trials=30, scale=scale) for scale in ("linear", "log")
    )
    assert linear.losses.min() > 2 * log.losses.min()
    assert log.losses.min() < 1.2 * log.reference.min()  # a log scale forgives


def test_with_five_trials_luck_decides():
    best = [
        run(lesson_08.sampling, scale="log", trials=5, draw=draw).losses.min()
        for draw in range(1, 7)
    ]
    assert max(best) > 1.4 * min(best)


def test_the_digits_of_a_run_that_jumps_about_are_not_printed():
    result = run(lesson_08.sampling, top=100)
    assert result.losses.min() > 1
    assert "validation loss above 1;" in lesson_08.sampling.describe(result)


def test_the_caption_of_the_draws_counts_what_was_drawn():
    for scale in ("linear", "log"):
        result = run(lesson_08.sampling, scale=scale, trials=30)
        sentence = lesson_08.sampling.describe(result)
        assert f"{(result.rates < 0.1).sum()} of them below 0.1" in sentence
        assert result.decades.sum() == len(result.rates) == 30


# Grid and random


def test_nine_grid_trials_try_three_learning_rates_and_nine_random_ones_nine():
    result = run(lesson_08.grid_random, budget=9)
    grid, chance = result.points
    assert len(grid) == len(chance) == 9
    assert len(np.unique(grid[:, 0])) == 3
    assert len(np.unique(chance[:, 0])) == 9


def test_the_grid_wins_where_both_matter_and_random_search_where_one_decides():
    for at, budget in enumerate(BUDGETS):
        equal = run(lesson_08.grid_random, ratio=1, budget=budget)
        assert equal.means[0, at] > equal.means[1, at] + 0.05
        assert equal.random_wins < 0.42
        one = run(lesson_08.grid_random, ratio=16, budget=budget)
        assert one.means[1, at] > one.means[0, at] + 0.03
        assert one.random_wins > 0.52
    found = run(lesson_08.grid_random, ratio=16)
    assert found.means[1, 1] > found.means[0, 3] - 0.08  # nine random, 25 of the grid
    assert found.means[1, 1] < found.means[0, 3]


def test_the_means_on_many_surfaces_are_those_of_searches_point_by_point():
    """The grid's best is computed axis by axis in the figure; here trial by trial."""
    from nnlab.live import lesson_08_grid

    peaks, trials = lesson_08_grid._luck()
    for ratio in (1, 8):
        result = run(lesson_08.grid_random, ratio=ratio)
        for at, side in enumerate(SIDES):
            grid = [score(grid_points(side), peak, ratio).max() for peak in peaks]
            chance = [
                score(some[: side * side], peak, ratio).max()
                for some, peak in zip(trials, peaks, strict=True)
            ]
            np.testing.assert_allclose(result.means[:, at], [np.mean(grid), np.mean(chance)])
            if at == 1:
                wins = np.mean(np.array(chance) > np.array(grid))
                assert result.random_wins == pytest.approx(wins)


# Schedules


def end(**changes):
    result = run(lesson_08.schedules, **changes)
    return result.scheduled[-1], result.constant[-1]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_helps_a_large_rate_and_harms_a_small_one(schedule):
    scheduled, constant = end(schedule=schedule, initial=0.5)
    assert scheduled.mean() < 0.8 * constant.mean()
    assert np.ptp(scheduled) < 0.5 * np.ptp(constant)
    scheduled, constant = end(schedule=schedule, initial=0.1)
    assert scheduled.mean() > 1.1 * constant.mean()


def test_a_constant_rate_of_one_half_never_settles():
    result = run(lesson_08.schedules, initial=0.5)
    late = result.constant[10:].mean(axis=1)
    assert np.ptp(late) > 0.05
    assert np.ptp(result.scheduled[-4:].mean(axis=1)) < 0.01


def test_inverse_time_has_fallen_further_half_way():
    half = UPDATES // 2
    exponential = run(lesson_08.schedules, schedule="exponential", end=100).rates
    inverse = run(lesson_08.schedules, schedule="inverse time", end=100).rates
    assert exponential[half] / exponential[0] == pytest.approx(1 / 10)
    assert inverse[half] / inverse[0] == pytest.approx(1 / 50, rel=0.03)
    for schedule in SCHEDULES:
        rates = run(lesson_08.schedules, schedule=schedule, end=20).rates
        assert rates[-1] == pytest.approx(0.5 / 20)


# The search on coarse digits


def halves(axis, **changes):
    result = run(lesson_08.trials, axis=axis, **changes)
    order = np.argsort(result.settings[:, NAMES.index(axis)])
    low, high = np.array_split(result.accuracies[order], 2)
    return low.mean(), high.mean()


@pytest.mark.parametrize("draw", range(1, 7))
def test_the_learning_rate_decides_and_the_others_do_not(draw):
    low, high = halves("learning rate", draw=draw)
    assert high > low + 0.15
    if draw == 1:
        for axis in NAMES[1:]:
            low_other, high_other = halves(axis, draw=draw)
            assert abs(high_other - low_other) < 0.5 * (high - low)


def test_a_wrong_range_puts_the_best_trial_near_its_end():
    wide = run(lesson_08.trials)
    low = run(lesson_08.trials, rates="0.001 to 0.1")
    high = run(lesson_08.trials, rates="3 to 30")
    assert 0.6 < wide.place < 0.95
    assert low.place > 0.75
    assert low.accuracies.max() < wide.accuracies.max() - 0.2
    assert high.place < 0.25


def test_more_trials_keep_the_first_ones_and_the_best_rises():
    searches = [run(lesson_08.trials, trials=n) for n in (4, 8, 16, 24, 32)]
    for few, more in itertools.pairwise(searches):
        n = len(few.settings)
        np.testing.assert_array_equal(more.settings[:n], few.settings)
        np.testing.assert_allclose(more.accuracies[:n], few.accuracies)
    best = [run(lesson_08.trials, trials=4, draw=draw).accuracies.max() for draw in range(1, 7)]
    assert max(best) - min(best) > 0.05


def test_networks_trained_together_are_those_trained_alone():
    result = run(lesson_08.trials, trials=8)
    for row, accuracy in zip(result.settings, result.accuracies, strict=True):
        assert scores(*row[:, None])[0] == accuracy
        assert AXES["l2"][0] <= row[3] <= AXES["l2"][1]
        assert RATES["0.001 to 10"][0] <= row[0] <= RATES["0.001 to 10"][1]


# Manual search

SPACE = {"rate": LogUniform(0.01, 1.0), "units": Choice([4, 8])}


def train(rate, units):
    return {"accuracy": 1 - 0.2 * abs(np.log10(rate) + 1) - 0.1 * (units == 4)}


@pytest.fixture
def shown(monkeypatch):
    pictures = []
    monkeypatch.setattr(manual, "show_figure", lambda figure, *, alt: pictures.append(alt))
    return pictures


def test_the_budget_is_kept(shown, capsys):
    mine = manual.ManualSearch(train, SPACE, budget=2)
    mine.try_(rate=0.1, units=4)
    mine.try_(rate=0.1, units=4)  # again: free
    assert mine.left == 1
    mine.try_(rate=0.1, units=8)
    mine.try_(rate=0.5, units=8)
    assert len(mine.trials) == 2
    assert len(shown) == 3
    assert "this one is not" in capsys.readouterr().out
    assert "90.0 %, 100.0 %" in shown[-1]
    mine.try_(rate=0.1, units=8)  # a known one is still shown
    assert len(shown) == 4


def test_what_cannot_be_tried_is_refused(shown):
    mine = manual.ManualSearch(train, SPACE)
    for rate in (2.0, "0.1", None, np.nan, [0.1]):
        with pytest.raises(ValueError, match=r"rate must be a number from 0\.01 to 1; got "):
            mine.try_(rate=rate, units=4)
    with pytest.raises(ValueError, match="units must be one of 4, 8; got 5"):
        mine.try_(rate=0.1, units=5)
    with pytest.raises(TypeError, match=r"each of rate, units; missing: units$"):
        mine.try_(rate=0.1)
    with pytest.raises(TypeError, match=r"unknown: lr; missing: rate$"):
        mine.try_(lr=0.1, units=4)
    with pytest.raises(ValueError, match="at least one trial"):
        mine.compare(Results(()))
    assert mine.left == 10


def test_the_list_of_trials_makes_them_again(shown):
    """After a restart of the kernel, or in another order: nothing typed is lost."""
    mine = manual.ManualSearch(train, SPACE, budget=3)
    mine.try_(units=8.0, rate=0.1)  # a choice may be written in another way
    mine.try_(rate=0.5, units=4)
    first, *calls = repr(mine).splitlines()
    assert first == "2 of 3 trials made, 1 left"
    assert calls[0] == "try_(rate=0.1, units=8)  # 100.0 %"
    again = manual.ManualSearch(train, SPACE, budget=3)
    for call in reversed(calls):
        eval(f"again.{call}", {"again": again})
    found, before = ([(t.settings, t.scores) for t in s.trials] for s in (again, mine))
    assert found == before[::-1]
    assert "try_" not in repr(manual.ManualSearch(train, SPACE))


def test_the_comparison_counts_the_random_searches_that_were_beaten(shown):
    mine = manual.ManualSearch(train, SPACE, budget=3)
    mine.try_(rate=0.1, units=4)  # 90 %
    random = search(train, random_settings(SPACE, 14, seed=0))
    mine.compare(random)
    best = np.array([t.scores["accuracy"] for t in random])[:12].reshape(4, 3).max(axis=1)
    assert f"found more than {(best < 0.9).sum()} of them" in shown[-1]
    assert "of 4 random searches" in shown[-1]
    with pytest.raises(ValueError, match="at least 3 trials"):
        mine.compare(Results(random[:2]))


def test_a_diverged_trial_counts_nothing(shown, capsys):
    mine = manual.ManualSearch(lambda rate: {"accuracy": np.nan}, {"rate": LogUniform(0.1, 1)})
    mine.try_(rate=0.5)
    assert manual.best_so_far([*mine.trials, Trial({}, {"accuracy": 0.25})]).tolist() == [0, 25]


def test_the_eleventh_trial_of_the_notebook_would_be_refused(printed):
    assert "6 left" in printed("learning_rate=0.3, decay=0.001, units=32")
    assert "10 trials left" in printed("mine = lesson_08")


# What the text says of the notebook's own searches


def test_grid_and_random_search_on_the_digits(printed):
    rows = re.findall(
        r"(\d) hyperparameters, (\w+) *: (\d+) % .*error ([\d.]+), below 75 %: (\d+) of 20",
        printed("for (axes, kind), best in outcomes"),
    )
    found = {(axes, kind): tuple(map(float, rest)) for axes, kind, *rest in rows}
    mean, error, missed = found["2", "grid"]
    assert mean >= found["2", "random"][0] - error  # no worse
    assert missed == 0
    (grid, grid_error, grid_missed), (chance, chance_error, chance_missed) = (
        found["5", kind] for kind in ("grid", "random")
    )
    assert chance - grid > 1.9 * np.hypot(grid_error, chance_error)
    assert grid_missed >= 2 > chance_missed == 0


def test_the_learning_rate_explains_most(printed):
    out = printed("means, share = explained(name)")
    shares = {name: int(share) for name, share in re.findall(r"(\w+) .*explains (\d+) % of", out)}
    rest = sorted(shares.values())[:-1]
    assert shares["learning_rate"] > 3 * rest[-1]
    assert shares["units"] == rest[-1]  # the second
    assert shares["batch_size"] < 5
    rows = {
        line.split()[0]: [int(m) for m in re.findall(r"(\d+) %,? ", line)][:-1]
        for line in out.splitlines()
    }
    assert rows["units"] == sorted(rows["units"])
    assert rows["layers"] == sorted(rows["layers"], reverse=True)


def test_the_winner_is_worth_less_than_its_score(printed):
    out = printed("for place in range(10)")
    rows = np.array(re.findall(r"(\d+) % in the search, then (\d+) %", out), int)
    assert len(rows) == 11
    first, again = rows[:-1].T
    assert rows[-1, 0] - rows[-1, 1] >= 2
    assert (first - again > 0).sum() >= 5  # most fall
    assert 1 <= (first < again).sum() <= 3  # two rise
    assert ((first - again) > 9).sum() == 2  # two fall far
    assert first[0] == 94
    assert again[0] < 94


def test_of_ten_random_trials_one_search_finds_much_more_than_another(printed):
    found = re.search(r"worst found ([\d.]+) %, the best ([\d.]+) %", printed("example.compare"))
    worst, best = map(float, found.groups())
    assert best - worst > 20


def test_halving_costs_a_seventh_and_finds_nearly_as_much(printed):
    out = printed("halving = halve(")
    cost, full = map(int, re.search(r"(\d+) epochs in all; (\d+) for all", out).groups())
    assert cost / full == pytest.approx(1 / 7, rel=0.05)
    best = [int(b) for b in re.findall(r"best (\d+) %", out)]
    assert best[-1] - 5 <= best[-2] <= best[-1]


def test_a_test_set_that_takes_part_turns_guessing_into_a_result(printed):
    reported = float(re.search(r"average: ([\d.]+) %", printed("coins = "))[1])
    assert reported > 57


def test_two_schedules_that_start_alike_part(printed):
    out = printed("inverse, exponential =")
    rows = np.array(re.findall(r"inverse time ([\d.]+), exponential ([\d.]+)", out), float)
    assert abs(rows[1, 0] - rows[1, 1]) < 0.01
    assert rows[-1, 0] > 1000 * rows[-1, 1]
