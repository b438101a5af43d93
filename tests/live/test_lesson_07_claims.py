"""What "Try this", the captions and the text of lesson 07 promise really happens."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab.exercises.lesson_07_goal import end
from nnlab.gradients import numerical_gradient
from nnlab.live import lesson_07
from nnlab.live.lesson_07_batch import RATES
from nnlab.live.lesson_07_race import LOW, NAMES
from nnlab.live.lesson_07_surfaces import SURFACES
from nnlab.live.lesson_07_sweep import best
from nnlab.optimizers import SGD

SGD_, MOMENTUM, NESTEROV, ADAGRAD, RMSPROP, ADAM = range(6)


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


def last(demo, **changes):
    """Losses of the six after the last step."""
    return run(demo, **changes).losses[:, -1]


def printed(start):
    """Return what the cell that begins with `start` printed in the committed notebook."""
    notebook = json.loads((lessons_dir() / "07_optimizers.ipynb").read_text(encoding="utf-8"))
    (cell,) = (c for c in notebook["cells"] if "".join(c["source"]).startswith(start))
    output = cell["outputs"][-1]
    return "".join(output["text"] if "text" in output else output["data"]["text/plain"])


# Surfaces and races


@pytest.mark.parametrize("name", SURFACES)
def test_gradients_of_the_surfaces(name):
    surface = SURFACES[name]
    for point in ([-1.3, 0.4], [0.7, -1.1]):
        theta = np.array(point)
        numeric = numerical_gradient(lambda theta: float(surface.above(theta)), theta)
        np.testing.assert_allclose(surface.gradient(theta), numeric, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", SURFACES)
def test_no_point_of_a_surface_is_below_its_minimum(name):
    assert -1e-12 < SURFACES[name].grid().min() < 0.02


@pytest.mark.parametrize(("rate", "winner"), [(0.03, MOMENTUM), (0.1, ADAM), (3.0, ADAGRAD)])
def test_the_rate_decides_who_wins_the_ravine(rate, winner):
    losses = last(lesson_07.race, rate=rate)
    assert losses.argmin() == winner
    assert 10 * max(losses.min(), LOW) < np.sort(losses)[1]  # seen in the picture as well


def test_on_the_ravine_all_creep_at_the_smallest_rate_and_four_fly_off_at_the_largest():
    result = run(lesson_07.race)
    assert (result.sweep[:, 0] > 1).all()
    assert (result.sweep[:, -1] > 10 * result.losses[0, 0]).sum() == 4


def test_adam_wins_at_some_rates_and_is_fifth_of_six_at_others():
    assert np.argsort(last(lesson_07.race, rate=0.001))[4] == ADAM


def test_nesterov_swings_less_and_stands_smaller_rates_only():
    result = run(lesson_07.race, rate=0.01)
    swings = np.abs(np.diff(result.paths[..., 1], axis=1)).sum(axis=1)
    assert swings[NESTEROV] < 0.5 * swings[MOMENTUM]
    losses = last(lesson_07.race)  # at 0.03
    assert losses[NESTEROV] > 1e3
    assert losses[MOMENTUM] < LOW


def test_a_race_is_that_of_the_plain_formula():
    theta, optimizer = np.array([-2.5, 0.6]), SGD(0.03)
    for _ in range(100):
        optimizer.step(theta, theta * [1.0, 50.0])
    result = run(lesson_07.race)
    np.testing.assert_allclose(result.paths[SGD_, -1], theta)
    assert result.losses[SGD_, -1] == pytest.approx(0.5 * (theta**2) @ [1.0, 50.0])


def test_before_the_saddle_sgd_and_adagrad_stand_and_noise_frees_sgd():
    losses = last(lesson_07.race, surface="saddle", rate=0.03)
    assert losses[SGD_] > 0.25
    assert losses[ADAGRAD] > 0.25
    assert (losses[[MOMENTUM, NESTEROV, RMSPROP, ADAM]] < 0.02).all()
    assert last(lesson_07.race, surface="saddle", rate=0.03, noise=1)[SGD_] < 0.1


def test_on_the_plateau_sgd_hardly_moves():
    losses = last(lesson_07.race, surface="plateau", rate=0.03)
    assert losses[SGD_] > 0.9
    assert losses[ADAGRAD] > 0.8
    assert (losses[[MOMENTUM, NESTEROV, RMSPROP, ADAM]] < 0.01).all()


def test_small_rates_end_beside_the_start_of_several_minima():
    assert (last(lesson_07.race, surface="several minima", rate=0.01) > 0.9).all()
    assert last(lesson_07.race, surface="several minima", rate=0.1)[MOMENTUM] < 0.6


def test_in_the_fair_race_sgd_is_last_on_the_ravine():
    losses = last(lesson_07.fair_race)
    assert losses.argmax() == SGD_
    assert 0.002 < losses[SGD_] < 0.02
    assert (np.delete(losses, SGD_) < 0.001).all()


def test_without_momentum_three_are_one():
    losses = last(lesson_07.fair_race, momentum=0)
    np.testing.assert_allclose(losses[[MOMENTUM, NESTEROV]], losses[SGD_])


def test_turned_by_45_degrees_adagrad_is_last():
    arrived = (run(lesson_07.fair_race).losses < LOW).argmax(axis=1)  # the first step below
    assert arrived[ADAGRAD] < 10
    assert np.delete(np.where(arrived, arrived, 101), ADAGRAD).min() > 30
    losses = last(lesson_07.fair_race, surface="turned ravine")
    assert losses.argmax() == ADAGRAD


def test_at_four_times_the_best_rate_three_fly_apart_and_adam_arrives():
    losses = last(lesson_07.fair_race, factor=4.0)
    assert (losses[[SGD_, MOMENTUM, NESTEROV]] > 1e3).all()
    assert losses[ADAM] < 0.001


def test_with_noise_nobody_reaches_the_bottom_and_all_are_close():
    losses = last(lesson_07.fair_race, noise=1)
    assert losses.min() > 0.003
    assert losses.max() < 10 * losses.min()


def test_a_fair_rate_is_the_lowest_point_of_its_curve():
    result = run(lesson_07.fair_race, noise=1)
    np.testing.assert_allclose(result.losses[:, -1], result.sweep[:, 4:-4].min(axis=1))


# Batches


def finals(**changes):
    return [course.losses[-1].mean() for course in run(lesson_07.batch, **changes).courses]


def test_noise_falls_with_the_batch_size():
    noise = [run(lesson_07.batch, size=size).noise for size in (1, 4, 16, 64, 256)]
    assert noise[-1] < 1e-12
    for larger, smaller in pairwise(noise[:4]):
        assert 1.6 < larger / smaller < 2.6  # 2, and more where the batch is much of the whole


def test_small_batches_are_lower_after_the_same_epochs():
    for size in (1, 16, 64):
        this, _, everything = finals(size=size)
        assert everything > 3 * this
    assert 3 < finals()[2] / finals()[0] < 5  # the text: four times


def test_sizes_from_64_down_end_alike():
    losses = [finals(size=size)[0] for size in (1, 2, 4, 8, 16, 32, 64)]
    assert max(losses) < 1.5 * min(losses)
    assert finals(size=128)[0] > 1.2 * max(losses)


def test_no_best_rate_of_a_batch_size_is_the_first_or_last():
    for size in (1, 16, 256):
        for course in run(lesson_07.batch, size=size).courses:
            assert RATES[0] < course.rate < RATES[-1]


def test_time_counts_what_is_computed_at_once():
    this, one, everything = run(lesson_07.batch, size=64).courses
    assert [c.time(64)[-1] for c in (this, one, everything)] == [16, 1024, 16]
    assert [c.time(256)[-1] for c in (this, everything)] == [16, 4]
    assert [c.time(1)[-1] for c in (this, one, everything)] == [1024] * 3


def test_the_right_noise_frees_from_local_minima():
    runs = [int(n) for n in re.findall(r"(\d+) of 400", printed("surface = SURFACES"))]
    none, little, more, right, much = runs
    assert max(none, little, more) < 80
    assert right > 220
    assert 120 < much < 0.8 * right


def test_many_steps_raise_the_loss_with_small_batches_and_none_with_all():
    small, middle, every = map(int, re.findall(r"(\d+) % of the steps", printed("for size in (32")))
    assert small > 40
    assert middle > 25
    assert every == 0


# Momentum, AdaGrad, Adam


def test_the_three_forms_agree_until_the_rate_falls():
    rows = [
        list(map(float, re.findall(r": ([\d.]+)", line)))
        for line in printed("def falling").splitlines()
    ]
    slide, torch, average = np.array(rows)
    np.testing.assert_allclose(slide[:2], torch[:2])
    np.testing.assert_allclose(torch, average)
    assert slide[2] > 0.9
    assert torch[2] < 0.11


def test_rare_features_are_learned_by_adagrad():
    result = run(lesson_07.rare)
    sgd, _, adagrad, *_ = result.learned[..., -1]
    assert 0.4 < sgd.mean() < 0.6
    assert adagrad.mean() > 0.9
    assert sgd.max() < adagrad.min()
    losses = result.losses[:, -1]
    assert losses[0].mean() > 3 * losses[2].mean()
    assert losses[0].min() > losses[2:].max()  # for all seeds
    assert losses[2:].mean(axis=1).max() < 2 * losses[2:].mean(axis=1).min()


def test_without_rare_features_sgd_is_as_good():
    losses = run(lesson_07.rare, rarest=3).losses[:, -1].mean(axis=1)
    assert losses[0] < 1.1 * losses[2]


def test_of_the_rarest_feature_of_500_adagrad_learns_most():
    learned = run(lesson_07.rare, rarest=500).learned[..., -1]  # (5, 5): optimizer, seed
    met = (np.abs(learned) > 0.01).any(axis=0)
    assert met.sum() == 4
    assert (learned[:, met].argmax(axis=0) == 2).all()


def test_the_first_steps_of_adam_by_the_formula():
    without, corrected = run(lesson_07.correction).steps
    np.testing.assert_allclose(corrected, 1.0, rtol=1e-6)
    assert without[0] == pytest.approx(0.1 / np.sqrt(0.001), rel=1e-4)
    assert 6 < without.max() < 7
    without = run(lesson_07.correction, beta2=0.99).steps[0]
    assert without[0] == pytest.approx(1.0, rel=1e-4)
    assert run(lesson_07.correction, beta2=0.9).steps[0][0] < 0.4
    noisy = run(lesson_07.correction, noise=3).steps
    assert noisy[1].max() < 0.5
    assert noisy[0][:100].min() > 1.5 * noisy[1][:100].max()


# The fair comparison


def test_on_standardized_features_the_six_are_level_at_their_best_rates():
    result = run(lesson_07.sweep)
    lowest = best(result)
    assert np.ptp(lowest.mean(axis=1)) < 0.01
    assert np.ptp(lowest.mean(axis=1)) < np.ptp(lowest, axis=1).min()
    at_one_rate = result.losses[:, 2].mean(axis=1)
    assert at_one_rate.max() > 2 * at_one_rate.min()


@pytest.mark.parametrize("updates", [64, 128])
def test_on_features_of_different_scales_three_are_ahead(updates):
    lowest = best(run(lesson_07.sweep, ratio=100, updates=updates))
    assert lowest[:3].mean(axis=1).min() > lowest[3:].mean(axis=1).max() + 0.01
    assert (lowest[:3].min(axis=0) > lowest[3:5].max(axis=0)).all()  # for every seed


def test_on_the_digits_nesterov_and_adam_are_lowest_for_every_seed():
    out = printed("figure, panels = new_figure")
    found = {
        n: (float(m), float(r)) for n, m, r in re.findall(r"(\w+) ([\d.]+) at (\d[\d.]*\d|\d)", out)
    }
    lower = [found[name][0] for name in ("Momentum", "Nesterov", "Adam")]
    higher = [found[name][0] for name in ("SGD", "AdaGrad", "RMSProp")]
    assert max(lower) < min(higher)
    assert all(1e-4 < rate < 10 for _, rate in found.values())  # no best rate on the border
    assert out.endswith("Momentum 3, Nesterov 5, Adam 5.")
    tenths = [float(loss) for loss in re.findall(r"and ([\d.]+) at a tenth", out)]
    assert len(tenths) == 6
    assert min(tenths) > max(higher)  # too small a rate costs more than the wrong name


def test_the_names_of_the_race_are_those_of_its_optimizers():
    assert NAMES == ("SGD", "momentum", "Nesterov", "AdaGrad", "RMSProp", "Adam")


def test_the_cell_to_try_with_ends_where_the_judge_ends():
    found = re.findall(r"along ([\d.e+-]+), across ([\d.e+-]+)", printed("def try_ravine"))
    for (along, across), (floor, walls) in zip(found, ((1, 10), (4, 600)), strict=True):
        theta = end(floor, walls, 2 / (floor + walls), 0.0)
        np.testing.assert_allclose(np.abs(theta), [float(along), float(across)], rtol=0.3)
