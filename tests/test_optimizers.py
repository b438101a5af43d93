from math import sqrt

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab import optimizers
from nnlab.activations import relu
from nnlab.layers import Activation, Dense
from nnlab.network import Sequential
from nnlab.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, RMSProp
from nnlab.schedules import constant, cosine, exponential_decay, inverse_time, step_decay, warm_up

# Every optimizer, with a row of three values for each hyperparameter but the learning rate.
GAMMAS = {"momentum": [0.9, 0.37, 0.0]}
DENOMINATORS = {"eps": [1e-10, 1e-3, 0.7]}
MOMENTS = {"betas": ([0.9, 0.37, 0.0], [0.999, 0.83, 0.51]), "eps": [1e-8, 1e-3, 0.7]}
TABLE = {
    "sgd": (SGD, {}, {}),
    "momentum-slide": (Momentum, {"form": "slide"}, GAMMAS),
    "momentum-torch": (Momentum, {"form": "torch"}, GAMMAS),
    "momentum-average": (Momentum, {"form": "average"}, GAMMAS),
    "nesterov": (Nesterov, {}, GAMMAS),
    "adagrad": (AdaGrad, {}, DENOMINATORS),
    "adagrad-inside": (AdaGrad, {"eps_inside": True}, DENOMINATORS),
    "rmsprop": (RMSProp, {}, DENOMINATORS | {"alpha": [0.99, 0.37, 0.0]}),
    "rmsprop-inside": (RMSProp, {"eps_inside": True}, DENOMINATORS | {"alpha": [0.99, 0.37, 0.0]}),
    "adam": (Adam, {}, MOMENTS),
    "adam-uncorrected": (Adam, {"bias_correction": False}, MOMENTS),
    "adamw": (AdamW, {}, MOMENTS | {"weight_decay": [0.01, 0.3, 0.0]}),
    "adamw-mask": (
        AdamW,
        {"mask": [True, False, True, True]},
        MOMENTS | {"weight_decay": [0.01, 0.3, 0.0]},
    ),
}
RATES = [0.3, 0.013, 0.0]
each_optimizer = pytest.mark.parametrize("name", TABLE)


def make(name, learning_rate, **settings):
    kind, fixed, _ = TABLE[name]
    return kind(learning_rate, **fixed, **settings)


def of_replica(value, k):
    return tuple(row[k] for row in value) if isinstance(value, tuple) else value[k]


def run(optimizer, grads, start=1.0, dtype=np.float64):
    """Return where constant gradients, one for each step, lead from a constant start."""
    grads = np.asarray(grads, dtype=dtype)
    theta = np.full(grads.shape[1:], start, dtype=dtype)
    for grad in grads:
        optimizer.step(theta, grad)
    return theta


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


# Two steps by hand: from theta = 1 with gradients 2 and 1, eta = 1/2, gamma = beta1 = 1/2,
# alpha = beta2 = 3/4, eps = 1/2, lambda = 1/2.
SECOND_ADAM_STEP = 0.5 * (1 / 0.75) / (sqrt(1 / 0.4375) + 0.5)
BY_HAND = [
    ("sgd", {}, [0, -0.5]),
    ("momentum-slide", {"momentum": 0.5}, [0, -1]),
    ("momentum-torch", {"momentum": 0.5}, [0, -1]),
    ("momentum-average", {"momentum": 0.5}, [0.5, 0]),
    ("nesterov", {"momentum": 0.5}, [-0.5, -1.5]),
    ("adagrad", {"eps": 0.5}, [0.6, 0.6 - 0.5 / (sqrt(5) + 0.5)]),
    ("adagrad-inside", {"eps": 0.5}, [1 - 1 / sqrt(4.5), 1 - 1 / sqrt(4.5) - 0.5 / sqrt(5.5)]),
    ("rmsprop", {"alpha": 0.75, "eps": 0.5}, [1 / 3, 0]),
    ("rmsprop-inside", {"alpha": 0.75, "eps": 0.5}, [1 - 1 / sqrt(1.5), 1 - 1.5 / sqrt(1.5)]),
    ("adam", {"betas": (0.5, 0.75), "eps": 0.5}, [0.6, 0.6 - SECOND_ADAM_STEP]),
    ("adam-uncorrected", {"betas": (0.5, 0.75), "eps": 0.5}, [2 / 3, 1 / 3]),
    (
        "adamw",
        {"betas": (0.5, 0.75), "eps": 0.5, "weight_decay": 0.5},
        [0.75 - 0.4, 0.75 * 0.35 - SECOND_ADAM_STEP],
    ),
]


@pytest.mark.parametrize(("name", "settings", "expected"), BY_HAND, ids=lambda value: str(value))
def test_two_steps_by_hand(name, settings, expected):
    optimizer, theta = make(name, 0.5, **settings), np.array([1.0])
    for gradient, after in zip([2.0, 1.0], expected, strict=True):
        optimizer.step(theta, np.array([gradient]))
        np.testing.assert_allclose(theta, after, rtol=1e-14, atol=1e-15)
    assert optimizer.t == 2


# The numbers of PyTorch, seen with a gradient of 1e-9, beside which no eps is too small.
@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (Momentum(1.0), -2.9e-9),  # two steps, of 1 and 1.9 gradients
        (AdaGrad(), -0.01 * 1e-9 / (1e-9 + 1e-10)),
        (RMSProp(), -0.01 * 1e-9 / (0.1 * 1e-9 + 1e-8)),
        (Adam(), -0.001 * 1e-9 / (1e-9 + 1e-8)),
        (AdamW(), -0.001 * 1e-9 / (1e-9 + 1e-8)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_defaults(optimizer, expected):
    steps = 2 if isinstance(optimizer, Momentum) else 1
    theta = run(optimizer, np.full((steps, 1), 1e-9), start=0.0)
    np.testing.assert_allclose(theta, expected, rtol=1e-12)


def test_adamw_decays_by_the_learning_rate_times_a_hundredth_unless_told_otherwise():
    theta = run(AdamW(0.1), np.zeros((1, 3)), start=2.0)
    np.testing.assert_allclose(theta, 2 - 0.1 * 0.01 * 2, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scheduled", [False, True])
@each_optimizer
def test_rows_of_every_hyperparameter_equal_solo_runs_bit_for_bit(name, scheduled, dtype):
    rows, grads = TABLE[name][2], noise(40, 3, 4)
    rate = exponential_decay if scheduled else lambda initial, rate: initial
    slopes = [0.01, 0.137, 0.3]
    together = run(make(name, rate(RATES, slopes), **rows), grads, dtype=dtype)
    for k in range(3):
        settings = {key: of_replica(value, k) for key, value in rows.items()}
        alone = run(make(name, rate(RATES[k], slopes[k]), **settings), grads[:, k], dtype=dtype)
        np.testing.assert_array_equal(together[k], alone)
        assert together.dtype == alone.dtype == dtype


@each_optimizer
def test_numbers_shared_by_the_replicas_equal_solo_runs_bit_for_bit(name):
    grads = noise(20, 3, 4)
    together = run(make(name, 0.037), grads, dtype=np.float32)
    for k in range(3):
        alone = run(make(name, 0.037), grads[:, k], dtype=np.float32)
        np.testing.assert_array_equal(together[k], alone)


@pytest.mark.parametrize("seed", range(5))
def test_rows_of_betas_equal_solo_runs_where_numpys_power_rounds_otherwise(seed):
    betas, grads = np.random.default_rng(seed).uniform(0.5, 0.9999, (2, 32)), noise(30, 32, 1)
    together = run(Adam(0.1, tuple(betas)), grads)
    for k in range(32):
        alone = run(Adam(0.1, tuple(betas[:, k])), grads[:, k])
        np.testing.assert_array_equal(together[k], alone)


def test_rows_of_decays_equal_solo_runs_where_a_product_of_rounded_numbers_would_not():
    rates, decays = np.random.default_rng(0).uniform(0.3, 1.0, (2, 64))
    grads = np.zeros((20, 64, 1))
    together = run(AdamW(rates, weight_decay=decays), grads, dtype=np.float32)
    for k in range(64):
        alone = run(AdamW(rates[k], weight_decay=decays[k]), grads[:, k], dtype=np.float32)
        np.testing.assert_array_equal(together[k], alone)


@each_optimizer
def test_float32_stays_float32_and_the_gradient_is_not_edited(name):
    theta, grad = np.ones(4, np.float32), np.full(4, 0.5, np.float32)
    optimizer = make(name, np.float64(0.1))
    for _ in range(3):
        optimizer.step(theta, grad)
    assert theta.dtype == np.float32
    assert type(optimizer.learning_rate) is float
    arrays = [value for value in vars(optimizer).values() if isinstance(value, np.ndarray)]
    assert all(array.dtype in (np.float32, bool) for array in arrays)
    np.testing.assert_array_equal(grad, 0.5)


@each_optimizer
def test_a_diverged_replica_leaves_the_others_alone_and_gives_no_warning(name):
    grads = noise(6, 3, 4).astype(np.float32)
    healthy = run(make(name, RATES), grads, dtype=np.float32)
    grads[1, 1], grads[2, 1, 0] = np.nan, np.inf
    grads[4, 1] = 3e38  # squared, it overflows
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        theta = run(make(name, RATES), grads, dtype=np.float32)
    np.testing.assert_array_equal(theta[[0, 2]], healthy[[0, 2]])
    assert np.isnan(theta[1]).all()


@each_optimizer
def test_an_optimizer_serves_one_network_even_if_the_shapes_agree(name):
    optimizer, first = make(name, 0.1), np.ones(4)
    optimizer.step(first, np.ones(4))
    optimizer.step(first[:], np.ones(4))  # a view is the same network
    kind = type(optimizer).__name__
    for other in (np.ones(4), np.ones(5)):
        with pytest.raises(ValueError, match=rf"{kind} has made 2 update\(s\) of another network"):
            optimizer.step(other, np.ones(other.size))
        assert (other == 1).all()
    assert optimizer.t == 2


@each_optimizer
def test_a_gradient_of_another_shape_is_refused_not_broadcast(name):
    optimizer = make(name, 0.1)
    theta = np.ones((3, 4))
    with pytest.raises(ValueError, match=r"got \(3, 4\) and \(4,\)"):
        optimizer.step(theta, np.ones(4))
    np.testing.assert_array_equal(theta, 1)


@pytest.mark.parametrize(
    ("theta", "grad", "message"),
    [
        (np.ones(4, int), np.ones(4), "theta: expected an array of floats, got int64"),
        ([1.0] * 4, np.ones(4), "theta: expected an array of floats, got list"),
        (np.ones(4), np.ones(4, complex), "grad: expected an array of floats, got complex128"),
    ],
)
@each_optimizer
def test_what_is_not_an_array_of_floats_is_refused(name, theta, grad, message):
    with pytest.raises(TypeError, match=message):
        make(name, 0.1).step(theta, grad)


@each_optimizer
def test_a_network_without_parameters_is_no_problem(name):
    if name != "adamw-mask":
        run(make(name, 0.1), np.ones((2, 0)))


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf, "fast", [[0.1]], None, []])
@each_optimizer
def test_bad_learning_rates_are_refused(name, bad):
    error = TypeError if bad in ("fast", None) else ValueError
    with pytest.raises(error, match="learning_rate: expected a finite number"):
        make(name, bad)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (Momentum, {"momentum": 1.0}, "momentum: .* below 1"),
        (Momentum, {"momentum": -0.1}, "momentum: "),
        (
            Momentum,
            {"form": "heavy"},
            'form: expected "slide", "torch" or "average", got \'heavy\'',
        ),
        (Nesterov, {"momentum": 1.0}, "momentum: .* below 1"),
        (AdaGrad, {"eps": 0.0}, "eps: expected a number above 0"),
        (RMSProp, {"alpha": 1.0}, "alpha: .* below 1"),
        (RMSProp, {"eps": [1e-8, 0.0]}, "eps: expected a number above 0"),
        (Adam, {"betas": (0.9, 1.0)}, "betas: .* below 1"),
        (Adam, {"betas": (0.9, 0.99, 0.999)}, "betas: expected two"),
        (Adam, {"eps": 0.0}, "eps: expected a number above 0"),
        (AdamW, {"weight_decay": -0.1}, "weight_decay: "),
        (AdamW, {"mask": [[True, False]]}, r"mask: expected shape \(P,\), got \(1, 2\)"),
    ],
)
def test_bad_settings_are_refused(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        kind(0.1, **settings)


def test_a_mask_must_hold_booleans():
    with pytest.raises(TypeError, match="mask: expected booleans, got int64"):
        AdamW(0.1, mask=[1, 0])


def test_a_mask_must_have_an_entry_for_each_parameter():
    with pytest.raises(ValueError, match=r"one entry for each of 4 parameters, got shape \(2,\)"):
        AdamW(0.1, mask=[True, False]).step(np.ones(4), np.ones(4))


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD([0.1, 0.2]),
        Momentum(0.1, [0.9, 0.8]),
        Adam([0.1], ([0.9, 0.8, 0.7], 0.999)),  # one value must not stand for three replicas
        Adam(0.1, eps=[1e-8, 1e-8]),
        AdamW([0.1, 0.1, 0.1], weight_decay=[0.1]),
        SGD(lambda update: np.array([0.1, 0.2])),
        AdamW(lambda update: np.array([0.1]), weight_decay=[0.1, 0.1, 0.1]),
    ],
)
def test_a_row_that_does_not_fit_the_replicas_is_refused_and_nothing_changed(optimizer):
    theta = np.ones((3, 4))
    with pytest.raises(ValueError, match=r"each of [12] replicas, but the array has shape \(3, 4"):
        optimizer.step(theta, np.ones((3, 4)))
    np.testing.assert_array_equal(theta, 1)
    assert optimizer.t == 0


# Schedules


@each_optimizer
def test_a_schedule_starts_with_update_0_and_moves_on_once_a_step(name):
    seen = []

    def schedule(update):
        seen.append(update)
        return 0.1

    run(make(name, schedule), np.ones((3, 4)))
    assert seen == [0, 1, 2]


@each_optimizer
def test_a_constant_schedule_equals_its_number(name):
    grads = noise(10, 4)
    expected = run(make(name, 0.03), grads)
    np.testing.assert_array_equal(run(make(name, constant(0.03)), grads), expected)


def test_sgd_takes_the_rates_of_its_schedule_by_hand():
    theta = run(SGD(step_decay(1.0, 0.5, every=2)), np.ones((4, 1)), start=0.0)
    assert theta == -(1 + 1 + 0.5 + 0.5)


def test_rate_is_the_learning_rate_of_the_latest_step():
    optimizer, theta = SGD(inverse_time([1.0, 3.0], 1.0)), np.ones((2, 4))
    assert np.isnan(optimizer.rate)
    optimizer.step(theta, theta)
    optimizer.step(theta, theta)
    np.testing.assert_array_equal(optimizer.rate, [0.5, 1.5])
    fixed = SGD(0.1)
    fixed.step(theta, theta)
    assert fixed.rate == fixed.learning_rate == 0.1


def test_a_decay_follows_the_schedule():
    theta = run(AdamW(step_decay(0.5, 0.5, 1), weight_decay=0.5), np.zeros((2, 1)))
    assert theta == (1 - 0.25) * (1 - 0.125)


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf, "fast", None, [[0.1]]])
@each_optimizer
def test_a_schedule_that_gives_no_learning_rate_is_named(name, bad):
    def falling(update):
        return bad if update == 1 else 0.1

    optimizer, theta = make(name, falling), np.ones(4)
    optimizer.step(theta, np.ones(4))
    error = TypeError if bad in ("fast", None) else ValueError
    with pytest.raises(error, match="learning_rate: falling at update 1: expected a finite"):
        optimizer.step(theta, np.ones(4))


@pytest.mark.parametrize("value", [np.float64(0.1), np.float32(0.1), 1])
def test_what_a_schedule_gives_becomes_a_python_float(value):
    theta = np.ones(4, np.float32)
    optimizer = SGD(lambda update: value)
    optimizer.step(theta, theta.copy())
    assert type(optimizer.rate) is float


# What they have in common, and where they differ

vectors = hnp.arrays(np.float64, (6, 3), elements=st.floats(-1e3, 1e3))
rates = st.floats(1e-6, 1.0)
shares = st.floats(0.0, 0.99)


@given(vectors, rates, shares, st.floats(0.0, 0.99999))
def test_adamw_without_decay_is_adam(grads, rate, beta1, beta2):
    adam = run(Adam(rate, (beta1, beta2)), grads)
    np.testing.assert_array_equal(run(AdamW(rate, (beta1, beta2), weight_decay=0), grads), adam)
    nothing = np.zeros(3, bool)
    np.testing.assert_array_equal(run(AdamW(rate, (beta1, beta2), mask=nothing), grads), adam)


@given(vectors, rates)
def test_without_momentum_every_form_is_sgd(grads, rate):
    plain = run(SGD(rate), grads)
    for form in ("slide", "torch", "average"):
        np.testing.assert_array_equal(run(Momentum(rate, 0.0, form), grads), plain)
    np.testing.assert_array_equal(run(Nesterov(rate, 0.0), grads), plain)


@given(vectors, rates, shares)
def test_average_is_torch_with_a_smaller_rate(grads, rate, gamma):
    average = run(Momentum(rate, gamma, "average"), grads)
    torch = run(Momentum(rate * (1 - gamma), gamma, "torch"), grads)
    np.testing.assert_allclose(average, torch, rtol=1e-10, atol=1e-10)


@given(vectors, rates, shares)
def test_slide_is_torch_while_the_rate_stays(grads, rate, gamma):
    slide, torch = (run(Momentum(rate, gamma, form), grads) for form in ("slide", "torch"))
    np.testing.assert_allclose(slide, torch, rtol=1e-10, atol=1e-10)


def test_slide_and_torch_differ_as_soon_as_the_rate_changes():
    slide, torch = (
        run(Momentum(step_decay(1.0, 0.5, every=1), 0.5, form), np.ones((2, 1)), start=0.0)
        for form in ("slide", "torch")
    )
    assert slide == -(1 + (0.5 + 0.5))  # half of the first velocity, and half a gradient
    assert torch == -(1 + 0.5 * 1.5)


def test_nesterov_makes_the_steps_of_sutskevers_look_ahead():
    def gradient(point):
        return point * [1.0, 25.0] + np.sin(point)

    eta, gamma = 0.01, 0.9
    phi, u = np.array([-0.8, 1.2]), np.zeros(2)
    theta, optimizer = phi.copy(), Nesterov(eta, gamma)
    for _ in range(50):
        u = gamma * u - eta * gradient(phi + gamma * u)
        phi = phi + u
        optimizer.step(theta, gradient(theta))
        np.testing.assert_allclose(theta, phi + gamma * u, rtol=1e-10, atol=1e-12)


@given(st.lists(st.sampled_from([-1.0, 1.0]), min_size=1, max_size=30), st.floats(1e-3, 1e3))
def test_adams_step_is_at_most_the_rate_when_only_the_sign_of_the_gradient_changes(signs, size):
    theta, optimizer = np.zeros(1), Adam(0.1)
    for sign in signs:
        before = theta.copy()
        optimizer.step(theta, np.array([sign * size]))
        assert abs(theta - before) <= 0.1 * (1 + 1e-12)


@given(st.floats(1e-3, 1e3), st.floats(0, 0.99), st.floats(0, 0.9999))
def test_adams_every_step_is_the_rate_when_the_gradient_stays(size, beta1, beta2):
    theta = run(Adam(0.1, (beta1, beta2), eps=1e-12), np.full((7, 1), size), start=0.0)
    np.testing.assert_allclose(theta, -0.7, rtol=1e-8)


def test_without_bias_correction_adams_first_steps_are_too_long():
    first = run(Adam(0.1, bias_correction=False), np.full((1, 1), 5.0), start=0.0)
    np.testing.assert_allclose(first, -0.1 * 0.1 / sqrt(0.001), rtol=1e-6)


def test_bias_correction_is_a_schedule_of_the_rate_but_for_eps():
    grads, rate, beta1, beta2 = noise(30, 5), 0.1, 0.9, 0.999

    def corrected(update):
        t = update + 1
        return rate * sqrt(1 - beta2**t) / (1 - beta1**t)

    plain = run(Adam(corrected, (beta1, beta2), eps=1e-300, bias_correction=False), grads)
    adam = run(Adam(rate, (beta1, beta2), eps=1e-300), grads)
    np.testing.assert_allclose(adam, plain, rtol=1e-12, atol=1e-12)


@given(vectors, rates)
def test_adam_with_beta1_0_and_no_correction_is_rmsprop(grads, rate):
    adam = run(Adam(rate, (0.0, 0.99), bias_correction=False), grads)
    np.testing.assert_allclose(adam, run(RMSProp(rate), grads), rtol=1e-9, atol=1e-9)


def test_adagrad_falls_with_the_root_of_the_number_of_updates():
    steps = -np.diff([run(AdaGrad(1.0), np.full((t, 1), 7.0), start=0.0)[0] for t in range(1, 6)])
    np.testing.assert_allclose(steps, 1 / np.sqrt([2, 3, 4, 5]), rtol=1e-9)


def test_adamw_with_the_mask_of_a_network_decays_weights_only():
    net = Sequential(Dense(2, 3), Activation(relu), Dense(3, 1), dtype=np.float64)
    net.theta = np.ones_like(net.theta)
    AdamW(0.5, weight_decay=0.5, mask=net.weight_mask).step(net.theta, net.grad)
    for name, value, _ in net.parameters():
        np.testing.assert_array_equal(value, 0.75 if name.endswith("W") else 1.0)


def test_the_mask_is_copied():
    mask = np.array([True, False])
    optimizer = AdamW(0.5, weight_decay=0.5, mask=mask)
    mask[:] = False
    np.testing.assert_array_equal(run(optimizer, np.zeros((1, 2))), [0.75, 1])


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (SGD(0.1), "SGD(learning_rate=0.1)"),
        (SGD(cosine(0.1, 10)), "SGD(learning_rate=cosine_schedule)"),
        (SGD(warm_up(0.1, 10)), "SGD(learning_rate=warm_up_schedule)"),
        (Momentum([0.1, 0.2]), "Momentum(learning_rate=<2 values>, momentum=0.9, form='slide')"),
        (AdaGrad(), "AdaGrad(learning_rate=0.01, eps=1e-10, eps_inside=False)"),
        (
            Adam([0.1, 0.2]),
            "Adam(learning_rate=<2 values>, betas=(0.9, 0.999), eps=1e-08, bias_correction=True)",
        ),
        (
            AdamW(0.1, mask=[True, False]),
            "AdamW(learning_rate=0.1, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01, "
            "mask=<2 values>)",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_repr(optimizer, text):
    assert repr(optimizer) == text


def test_the_repr_of_a_callable_object_shows_its_type_and_no_address():
    class Falling:
        def __call__(self, update):
            return 0.1

    assert repr(SGD(Falling())) == "SGD(learning_rate=Falling)"


# Long vectors and long runs -----------------------------------------------------------------------


@pytest.mark.parametrize("replicas", [(), (3,)])
@each_optimizer
def test_a_long_vector_goes_through_block_by_block_to_the_same_bits(name, replicas, monkeypatch):
    grads = noise(5, *replicas, 4)
    whole = run(make(name, 0.1), grads, dtype=np.float32)
    monkeypatch.setattr(optimizers, "BLOCK", 3)  # blocks of three, or of one for three replicas
    blocks = run(make(name, 0.1), grads, dtype=np.float32)
    np.testing.assert_array_equal(blocks, whole)
    assert np.unique(whole).size == whole.size


def test_a_moment_too_small_for_a_normal_float_becomes_0_in_time():
    optimizer, theta = Adam(0.1, betas=(0.5, 0.5)), np.ones(2, np.float32)
    dead = np.array([0.0, 1.0], np.float32)
    optimizer.step(theta, np.ones(2, np.float32))
    for _ in range(99):
        optimizer.m[0] = np.finfo(np.float32).tiny / 4
        optimizer.step(theta, dead)
    assert optimizer.m[0] == 0
    np.testing.assert_allclose(optimizer.m[1], 1)
