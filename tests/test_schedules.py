import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.schedules import (
    constant,
    cosine,
    exponential_decay,
    inverse_time,
    one_cycle,
    per_epoch,
    step_decay,
    warm_up,
)

# Every schedule by hand: settings, and the rate at some updates.
ROOT2 = math.sqrt(2)
BY_HAND = {
    "constant": (constant(0.1), {0: 0.1, 7: 0.1, 10**6: 0.1}),
    "step": (
        step_decay(0.8, 0.5, every=10),
        {0: 0.8, 9: 0.8, 10: 0.4, 19: 0.4, 20: 0.2, 30: 0.1},
    ),
    "step-each": (step_decay(1.0, 0.1, every=1), {0: 1, 1: 0.1, 2: 0.01, 5: 1e-5}),
    "step-to-zero": (step_decay(1.0, 0.0, every=2), {0: 1, 1: 1, 2: 0, 3: 0}),
    "exponential": (
        exponential_decay(0.8, math.log(2) / 10),
        {0: 0.8, 10: 0.4, 20: 0.2, 5: 0.8 / ROOT2},
    ),
    "inverse-time": (inverse_time(0.8, 0.1), {0: 0.8, 10: 0.4, 30: 0.2, 70: 0.1}),
    "cosine": (
        cosine(0.8, 12),
        {0: 0.8, 3: 0.4 + 0.2 * ROOT2, 4: 0.6, 6: 0.4, 8: 0.2, 12: 0, 13: 0, 999: 0},
    ),
    "cosine-final": (cosine(0.9, 12, final=0.1), {0: 0.9, 4: 0.7, 6: 0.5, 8: 0.3, 12: 0.1}),
    "warm-up": (warm_up(0.8, 3), {0: 0.2, 1: 0.4, 2: 0.6, 3: 0.8, 4: 0.8}),
    "warm-up-none": (warm_up(0.8, 0), {0: 0.8, 1: 0.8}),
    "warm-up-cosine": (
        warm_up(cosine(0.8, 12), 5),
        {0: 0.8 / 6, 4: 0.6 * 5 / 6, 6: 0.4, 8: 0.2, 12: 0},
    ),
    # the rise ends with update 0.3 * 20 - 1 = 5
    "one-cycle": (
        one_cycle(1.0, 20, div_factor=5, final_div_factor=10),
        {0: 0.2, 5: 1.0, 12: 0.51, 19: 0.02, 20: 0.02, 99: 0.02},
    ),
    "one-cycle-default": (one_cycle(0.5, 100), {0: 0.02, 29: 0.5, 99: 2e-6}),
    "per-epoch": (per_epoch(inverse_time(0.8, 1.0), 5), {0: 0.8, 4: 0.8, 5: 0.4, 9: 0.4, 15: 0.2}),
}
each_schedule = pytest.mark.parametrize("name", BY_HAND)


@each_schedule
def test_rates_by_hand(name):
    schedule, rates = BY_HAND[name]
    for update, rate in rates.items():
        assert math.isclose(schedule(update), rate, rel_tol=1e-13, abs_tol=1e-17), update


@each_schedule
def test_the_rate_is_a_python_float_whatever_the_settings_and_the_update(name):
    schedule, _ = BY_HAND[name]
    for update in (0, 3, np.int64(3), 50):
        assert type(schedule(update)) is float
    assert schedule(np.int64(3)) == schedule(3)


def test_numpy_settings_give_python_floats_too():
    one, two = np.float64(0.1), np.int64(20)
    for schedule in (
        constant(one), step_decay(one, one, two), exponential_decay(one, one),
        inverse_time(one, one), cosine(one, two, one), warm_up(one, two),
        one_cycle(one, two, np.float64(0.3), np.float32(25), two),
        per_epoch(constant(one), two),
    ):  # fmt: skip
        assert {type(schedule(update)) for update in (0, 3, 30)} == {float}


@pytest.mark.parametrize("update", [2.5, 3.0, True, None, "3", -1])
@each_schedule
def test_updates_are_whole_numbers_from_0(name, update):
    error, expected = (ValueError, "at least 0") if update == -1 else (TypeError, "an int")
    with pytest.raises(error, match=f"update: expected {expected}, got {update!r}"):
        BY_HAND[name][0](update)


# Rows

A, B, C = [0.3, 0.1, 0.017], [0.9, 0.5, 0.013], [25.0, 3.0, 7.1]
ROWS = {
    "constant": (constant, [A]),
    "step": (lambda initial, factor: step_decay(initial, factor, 7), [A, B]),
    "exponential": (exponential_decay, [A, B]),
    "inverse-time": (inverse_time, [A, B]),
    "cosine": (lambda initial, final: cosine(initial, 60, final), [A, B]),
    "warm-up": (lambda rate: warm_up(rate, 9), [A]),
    "warm-up-exponential": (
        lambda initial, rate: warm_up(exponential_decay(initial, rate), 9),
        [A, B],
    ),
    "one-cycle": (
        lambda peak, start, end: one_cycle(
            peak, 60, div_factor=start, final_div_factor=end
        ),
        [A, C, C],
    ),
    "per-epoch": (lambda initial, rate: per_epoch(exponential_decay(initial, rate), 3), [A, B]),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_rows_equal_solo_schedules_bit_for_bit(name):
    make, rows = ROWS[name]
    together = make(*rows)
    alone = [make(*settings) for settings in zip(*rows, strict=True)]
    for update in range(70):
        rates = together(update)
        assert rates.shape == (3,)
        assert rates.dtype == np.float64
        assert rates.tolist() == [schedule(update) for schedule in alone]


@pytest.mark.parametrize("make", [exponential_decay, lambda a, b: step_decay(a, b, 1)])
def test_many_rows_equal_solo_schedules_where_numpys_functions_round_otherwise(make):
    rates = np.random.default_rng(0).uniform(0.01, 0.99, 500)
    together = make(1.0, rates)
    for update in (1, 2, 7, 60):
        expected = [make(1.0, rate)(update) for rate in rates.tolist()]
        assert together(update).tolist() == expected


def test_a_row_in_one_setting_is_enough():
    np.testing.assert_allclose(cosine(0.8, 12, final=[0.0, 0.2])(6), [0.4, 0.5])
    np.testing.assert_allclose(inverse_time([0.8, 0.4], 1.0)(1), [0.4, 0.2])


def test_a_schedule_does_not_hand_out_what_its_owner_changes_later():
    rates = np.array([0.1, 0.2])
    schedule = constant(rates)
    rates[:] = 5
    np.testing.assert_array_equal(schedule(0), [0.1, 0.2])


# Shapes

settings = st.floats(1e-4, 10.0)


@given(settings, st.floats(0.0, 1.0), st.integers(1, 40))
def test_decays_never_rise_and_start_at_the_initial_rate(initial, share, count):
    for schedule in (
        step_decay(initial, share, count),
        exponential_decay(initial, share),
        inverse_time(initial, share),
        cosine(initial, count, final=share * initial),
    ):
        rates = [schedule(update) for update in range(50)]
        assert rates[0] == initial
        # the cosine may round upwards where it hardly falls
        assert all(later <= before * (1 + 1e-15) for before, later in pairwise(rates))


@given(settings, settings, st.integers(1, 1000))
def test_cosine_begins_and_ends_exactly_and_stays_between(initial, final, updates):
    schedule = cosine(initial, updates, final)
    assert schedule(0) == initial
    assert schedule(updates) == schedule(updates + 1) == final
    low, high = sorted((initial, final))
    assert all(
        low * (1 - 1e-15) <= schedule(update) <= high * (1 + 1e-15) for update in range(updates)
    )


@given(settings, st.integers(0, 50))
def test_a_warm_up_rises_by_equal_steps_to_the_rate_and_never_is_zero(rate, updates):
    rates = [warm_up(rate, updates)(update) for update in range(updates + 3)]
    np.testing.assert_allclose(np.diff(rates[: updates + 1]), rates[0], rtol=1e-12)
    assert rates[0] > 0
    assert max(rates[:updates], default=0) < rate
    assert rates[updates:] == [rate] * 3


@given(settings, st.integers(12, 300), st.floats(0.1, 0.9))
def test_one_cycle_rises_then_falls_and_never_exceeds_its_peak(peak, updates, pct_start):
    schedule = one_cycle(peak, updates, pct_start)
    turn = pct_start * updates - 1
    rates = [schedule(update) for update in range(updates + 1)]
    assert rates[0] == peak / 25
    assert rates[-1] == rates[-2] == peak / 25 / 1e4
    assert max(rates) <= peak * (1 + 1e-15)
    for update in range(updates - 1):
        rising = update + 1 <= turn
        if rising or update >= turn:
            assert (rates[update + 1] > rates[update]) == rising


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: constant(-0.1), "rate: expected a finite number"),
        (lambda: step_decay(np.nan, 0.5, 10), "initial: expected"),
        (lambda: step_decay(0.1, 1.5, 10), "factor: expected a number from 0 to 1, got 1.5"),
        (lambda: step_decay(0.1, -0.5, 10), "factor: expected"),
        (lambda: step_decay(0.1, 0.5, 0), "every: expected at least 1, got 0"),
        (lambda: exponential_decay(0.1, -1), "decay: expected"),
        (lambda: inverse_time(0.1, np.inf), "decay: expected"),
        (lambda: inverse_time([], 0.1), "initial: expected"),
        (lambda: cosine([[0.1]], 10), "initial: expected"),
        (lambda: cosine(0.1, 0), "updates: expected at least 1"),
        (lambda: cosine(0.1, 10, final=-0.1), "final: expected"),
        (lambda: warm_up(0.1, -1), "updates: expected at least 0"),
        (lambda: one_cycle(-1, 10), "peak: expected"),
        (lambda: one_cycle(0.1, 0), "updates: expected at least 1"),
        (lambda: one_cycle(0.1, 10, div_factor=0), "div_factor: expected a number above 0"),
        (lambda: one_cycle(0.1, 10, final_div_factor=-1), "final_div_factor: expected"),
        (
            lambda: one_cycle(0.1, 10, pct_start=0.1),
            r"pct_start: expected a share .* one of the 10 updates",
        ),
        (lambda: one_cycle(0.1, 10, pct_start=1.0), "pct_start: expected a share below 1"),
        (lambda: one_cycle(0.1, 10, pct_start=30), "pct_start: expected a share below 1"),
        (lambda: one_cycle(0.1, 10, pct_start=np.nan), "pct_start: expected a finite number"),
        (lambda: per_epoch(constant(0.1), 0), "updates_per_epoch: expected at least 1"),
    ],
)
def test_bad_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: constant("fast"), "rate: expected a finite number .* got 'fast'"),
        (lambda: constant("0.1"), "rate: expected a finite number .* got '0.1'"),
        (lambda: constant(True), "rate: expected a finite number .* got True"),
        (lambda: warm_up("fast", 10), "rate: expected"),
        (lambda: step_decay(0.1, [[0.5], 1], 2), "factor: expected"),
        (lambda: step_decay(0.1, 0.5, 2.5), "every: expected an int, got 2.5"),
        (lambda: cosine(0.1, 10.0), "updates: expected an int"),
        (lambda: one_cycle(0.1, 10, pct_start="a third"), "pct_start: expected a number, got 'a"),
        (lambda: one_cycle(0.1, 10, pct_start=[0.3, 0.5]), "pct_start: expected a number"),
        (lambda: per_epoch(constant(0.1), "13"), "updates_per_epoch: expected an int"),
    ],
)
def test_settings_of_another_type_are_refused(make, message):
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize("short", [[0.5], [0.5, 0.6]])
@pytest.mark.parametrize(
    "make",
    [
        lambda a, b: step_decay(a, b, 10),
        exponential_decay,
        inverse_time,
        lambda a, b: cosine(a, 10, b),
        lambda a, b: one_cycle(a, 10, div_factor=b),
        lambda a, b: one_cycle(a, 10, final_div_factor=b),
    ],
)
def test_rows_of_different_lengths_are_refused(make, short):
    with pytest.raises(ValueError, match=f"for each replica, got rows of {len(short)} and 3"):
        make([0.1, 0.2, 0.3], short)


def test_per_epoch_needs_a_schedule():
    with pytest.raises(TypeError, match=r"schedule: expected a function of the epoch, got 0\.1"):
        per_epoch(0.1, 10)


# PyTorch


def scheduled_by_pytorch(initial, make, updates):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (extra [oracle])")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=initial)
    scheduler, rates = make(torch.optim.lr_scheduler, optimizer), []
    for _ in range(updates):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


PYTORCH = {
    "StepLR": (
        step_decay(0.3, 0.37, 7),
        lambda lr, opt: lr.StepLR(opt, step_size=7, gamma=0.37),
        50,
    ),
    "ExponentialLR": (
        exponential_decay(0.3, 0.05),
        lambda lr, opt: lr.ExponentialLR(opt, gamma=math.exp(-0.05)),
        50,
    ),
    "LambdaLR": (
        inverse_time(0.3, 0.05),
        lambda lr, opt: lr.LambdaLR(opt, lambda t: 1 / (1 + 0.05 * t)),
        50,
    ),
    "CosineAnnealingLR": (
        cosine(0.3, 49, final=0.02),
        lambda lr, opt: lr.CosineAnnealingLR(opt, T_max=49, eta_min=0.02),
        50,
    ),
    "LinearLR": (
        warm_up(0.3, 9),
        lambda lr, opt: lr.LinearLR(opt, start_factor=1 / 10, total_iters=9),
        50,
    ),
    "ChainedScheduler": (
        warm_up(exponential_decay(0.3, 0.05), 9),
        lambda lr, opt: lr.ChainedScheduler(
            [
                lr.LinearLR(opt, start_factor=1 / 10, total_iters=9),
                lr.ExponentialLR(opt, gamma=math.exp(-0.05)),
            ]
        ),
        50,
    ),
    "OneCycleLR": (
        one_cycle(0.3, 51),
        lambda lr, opt: lr.OneCycleLR(opt, 0.3, total_steps=51, cycle_momentum=False),
        51,
    ),
    "OneCycleLR-settings": (
        one_cycle(0.3, 37, 0.45, div_factor=7, final_div_factor=90),
        lambda lr, opt: lr.OneCycleLR(
            opt,
            0.3,
            total_steps=37,
            pct_start=0.45,
            div_factor=7,
            final_div_factor=90,
            cycle_momentum=False,
        ),
        37,
    ),
}


@pytest.mark.oracle
@pytest.mark.parametrize("name", PYTORCH)
def test_rates_equal_pytorchs(name):
    schedule, make, updates = PYTORCH[name]
    expected = scheduled_by_pytorch(0.3, make, updates)
    rates = [schedule(update) for update in range(updates)]
    np.testing.assert_allclose(rates, expected, rtol=1e-12, atol=1e-15)
