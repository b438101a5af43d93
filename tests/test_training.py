from functools import partial

import numpy as np
import pytest

from nnlab.activations import relu
from nnlab.early_stopping import EarlyStopping
from nnlab.layers import Activation, BatchNorm, Dense, Dropout
from nnlab.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import SGD, Adam
from nnlab.regularizers import L1, L2, Proximal
from nnlab.training import evaluate, fit

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 2))
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)
TARGETS = X[:, 0] - 2 * X[:, 1] + 0.5


def classifier(seed=0, dtype=np.float32):
    return Sequential(Dense(2, 8), Activation(relu), Dense(8, 1), seed=seed, dtype=dtype)


def share_right(y, predicted):
    return (y == predicted).mean(axis=-1)


def test_linear_regression_reaches_the_least_squares_solution():
    net = Sequential(Dense(2, 1), dtype=np.float64)
    history = fit(net, MeanSquaredError(), SGD(0.2), X, TARGETS, epochs=200)
    np.testing.assert_allclose(net.theta, [1, -2, 0.5], atol=1e-6)
    assert history.train["loss"][-1] < 1e-12
    assert not history.diverged


def test_history_has_the_state_before_training_in_row_0_and_after_every_epoch():
    net = classifier()
    before = evaluate(net, BinaryCrossEntropy(), X, LABELS, {"accuracy": share_right})
    history = fit(
        net, BinaryCrossEntropy(), Adam(0.01), X, LABELS,
        epochs=3, batch_size=16, validation=(X[:7], LABELS[:7]), metrics={"accuracy": share_right},
    )  # fmt: skip
    after = evaluate(net, BinaryCrossEntropy(), X, LABELS, {"accuracy": share_right})
    assert history.epochs.tolist() == [0, 1, 2, 3]
    assert history.updates.tolist() == [0, 3, 6, 9]  # 40 examples in batches of 16: three updates
    for key in ("loss", "accuracy"):
        assert history.train[key][0] == before[key]
        assert history.train[key][-1] == after[key]
        assert history.validation[key].shape == (4,)
    assert "3 epochs" in repr(history)


def test_the_same_seeds_give_the_same_run_and_other_seeds_another_order():
    def run(seed):
        net = classifier()
        fit(net, BinaryCrossEntropy(), SGD(0.1), X, LABELS, epochs=2, batch_size=8, seed=seed)
        return net.theta.copy()

    np.testing.assert_array_equal(run(3), run(3))
    assert not np.array_equal(run(3), run(4))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("own_order", [False, True])
@pytest.mark.parametrize("own_data", [False, True])
def test_a_replica_equals_its_solo_run_bit_for_bit(dtype, batch_size, own_order, own_data):
    seeds, rates = [3, 1, 4, 1], [0.1, 0.03, 0.01, 0.003]
    x = np.stack([X + 0.1 * k for k in range(4)]) if own_data else X
    y = np.stack([LABELS, 1 - LABELS, LABELS, LABELS]) if own_data else LABELS
    options = {"epochs": 5, "batch_size": batch_size, "metrics": {"accuracy": share_right}}
    net = classifier(seeds, dtype)
    history = fit(
        net, BinaryCrossEntropy(), Adam(rates), x, y,
        seed=[10, 11, 12, 13] if own_order else 10, validation=(X[:9], LABELS[:9]), **options,
    )  # fmt: skip
    for k, (seed, rate) in enumerate(zip(seeds, rates, strict=True)):
        solo = classifier(seed, dtype)
        alone = fit(
            solo, BinaryCrossEntropy(), Adam(rate), x[k] if own_data else x,
            y[k] if own_data else y, seed=10 + k if own_order else 10,
            validation=(X[:9], LABELS[:9]), **options,
        )  # fmt: skip
        np.testing.assert_array_equal(net.theta[k], solo.theta)
        for key in ("loss", "accuracy"):
            np.testing.assert_array_equal(history.train[key][:, k], alone.train[key])
            np.testing.assert_array_equal(history.validation[key][:, k], alone.validation[key])


def test_replicas_with_wide_layers_and_many_classes_equal_their_solo_runs():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((100, 64)), rng.integers(0, 10, 100)

    def network(seed):
        return Sequential(Dense(64, 33), Activation(relu), Dense(33, 10), seed=seed)

    net = network([0, 1, 2])
    fit(net, CategoricalCrossEntropy(), Adam(0.01), x, y, epochs=3, batch_size=32)
    for k in range(3):
        solo = network(k)
        fit(solo, CategoricalCrossEntropy(), Adam(0.01), x, y, epochs=3, batch_size=32)
        np.testing.assert_array_equal(net.theta[k], solo.theta)


def test_a_diverging_run_stops_with_a_clear_state_and_no_warning():
    net = Sequential(Dense(2, 1))
    history = fit(net, MeanSquaredError(), SGD(1e10), X, TARGETS, epochs=50)
    assert history.diverged is True
    assert np.isnan(history.train["loss"][-1])
    assert np.isfinite(history.train["loss"][0])
    assert len(history.epochs) < 51
    assert "diverged" in repr(history)


def test_a_diverging_replica_does_not_touch_the_others():
    net = Sequential(Dense(2, 1), seed=[0, 0, 0])
    history = fit(net, MeanSquaredError(), SGD([0.1, 1e10, 0.2]), X, TARGETS, epochs=50)
    assert history.diverged.tolist() == [False, True, False]
    assert np.isnan(history.train["loss"][-1, 1])
    assert len(history.epochs) == 51
    solo = Sequential(Dense(2, 1), seed=0)
    fit(solo, MeanSquaredError(), SGD(0.2), X, TARGETS, epochs=50)
    np.testing.assert_array_equal(net.theta[2], solo.theta)


def test_the_callers_arrays_are_not_edited():
    x, y = X.copy(), LABELS.copy()
    fit(classifier(), BinaryCrossEntropy(), SGD(0.1), x, y, epochs=2, batch_size=7)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, LABELS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 0}, "epochs: expected at least 1, got 0"),
        ({"record_every": 0}, "record_every: expected at least 1, got 0"),
        (
            {"record_every": 2, "early_stopping": EarlyStopping(3), "validation": (X, LABELS)},
            "record_every: expected 1, as early stopping",
        ),
        ({"batch_size": 0}, "batch_size"),
        ({"x": np.full((40, 2), np.nan)}, "x: expected finite numbers"),
        ({"x": np.zeros((0, 2))}, "x: expected shape"),
        ({"x": X[:, 0]}, "x: expected shape"),
        ({"x": 1e300 * X}, "x: expected finite numbers"),
        ({"x": X[:, :1]}, "expects 2 features"),
        ({"y": LABELS[:-1]}, "y: expected shape"),
        ({"y": np.full(40, np.inf)}, "y: "),
        ({"validation": (X[:3] * np.inf, LABELS[:3])}, "validation x: expected finite"),
        ({"validation": (X[:3], LABELS[:2])}, "validation y: expected shape"),
        ({"seed": [1, 2]}, "seed: expected one seed, got a sequence of 2"),
    ],
)
def test_wrong_input_is_refused(change, message):
    arguments = {"x": X, "y": LABELS, "epochs": 1} | change
    with pytest.raises(ValueError, match=message), np.errstate(invalid="ignore"):
        fit(classifier(), BinaryCrossEntropy(), SGD(0.1), **arguments)


@pytest.mark.parametrize(
    "x", [X.astype(str), X.astype(complex), X.astype(object), np.full((40, 2), None)]
)
def test_examples_that_are_no_numbers_are_refused(x):
    with pytest.raises(TypeError, match="x: expected numbers, got"):
        fit(classifier(), BinaryCrossEntropy(), SGD(0.1), x, LABELS, epochs=1)


def test_wrong_number_of_seeds_is_refused():
    with pytest.raises(ValueError, match="seed: expected 3 seeds, got a sequence of 2"):
        fit(classifier(range(3)), BinaryCrossEntropy(), SGD(0.1), X, LABELS, epochs=1, seed=[1, 2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": BinaryCrossEntropy}, "loss: expected an object .*, got the class BinaryCross"),
        ({"loss": "mse"}, r"loss: expected an object such as BinaryCrossEntropy\(\), got 'mse'"),
        ({"optimizer": SGD}, "optimizer: expected .* got the class SGD"),
        ({"optimizer": 0.1}, r"optimizer: expected .* Adam\(0.01\), got 0.1"),
        ({"regularizer": L2}, "regularizer: expected .* got the class L2"),
        ({"regularizer": 0.01}, "regularizer: expected .* got 0.01"),
        ({"metrics": [share_right]}, "metrics: expected names and functions"),
        ({"metrics": {"accuracy": "accuracy"}}, "metrics: expected names and functions"),
        ({"clip": 1.0}, "clip: expected a function of the gradient"),
        ({"clip": lambda g: np.clip(g, -1, 1)}, "clip: .* edits the gradient in place"),
        ({"early_stopping": 3}, r"early_stopping: expected EarlyStopping\(patience\), got 3"),
        ({"epochs": 2.5}, "epochs: expected an int, got 2.5"),
        ({"validation": X}, r"validation: expected a pair .* \(x, y\), got ndarray"),
        ({"validation": (X, LABELS, X)}, "validation: expected a pair .* got 3 of them"),
        ({"validation": 0.2}, "validation: expected a pair .* got float"),
    ],
)
def test_what_is_no_loss_no_optimizer_and_so_on_is_named(change, message):
    arguments = {"loss": BinaryCrossEntropy(), "optimizer": SGD(0.1), "epochs": 1} | change
    net = classifier()
    with pytest.raises(TypeError, match=message):
        fit(net, x=X, y=LABELS, **arguments)


@pytest.mark.parametrize(("n", "batch_size"), [(17, 4), (40, 1), (1, None), (1, 4)])
def test_a_batch_too_small_for_batch_norm_is_refused_before_training(n, batch_size):
    net = deep()
    start = net.theta.copy()
    with pytest.raises(ValueError, match="at least 2 examples"):
        fit(net, BinaryCrossEntropy(), SGD(0.1), X[:n], LABELS[:n], epochs=1, batch_size=batch_size)
    np.testing.assert_array_equal(net.theta, start)


# Layers that train differently -------------------------------------------------------------------


def deep(seed=0, dtype=np.float32, rate=0.3):
    return Sequential(
        Dense(2, 8, bias=False), BatchNorm(8), Activation(relu), Dropout(rate), Dense(8, 1),
        seed=seed, dtype=dtype,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("own_data", [False, True])
def test_a_replica_with_everything_switched_on_equals_its_solo_run(dtype, own_data):
    seeds, rates, strengths, drops = [3, 1, 4], [0.1, 0.03, 0.01], [0.0, 0.1, 0.01], [0, 0.2, 0.5]
    x = np.stack([X + 0.1 * k for k in range(3)]) if own_data else X
    options = {
        "epochs": 12, "batch_size": 16, "validation": (X[:9], LABELS[:9]),
        "metrics": {"accuracy": share_right}, "early_stopping": EarlyStopping(3),
    }  # fmt: skip

    def run(net, rate, strength, limit, x):
        clip = partial(shrink, limit=limit)
        history = fit(
            net, BinaryCrossEntropy(), Adam(rate), x, LABELS, regularizer=L2(strength), clip=clip,
            **options,
        )  # fmt: skip
        return net, history

    net, history = run(deep(seeds, dtype, drops), rates, strengths, 0.5, x)
    for k in range(3):
        own = x[k] if own_data else x
        solo, alone = run(deep(seeds[k], dtype, drops[k]), rates[k], strengths[k], 0.5, own)
        np.testing.assert_array_equal(net.theta[k], solo.theta)
        np.testing.assert_array_equal(net.buffers[k], solo.buffers)
        assert history.kept_epoch[k] == alone.kept_epoch
        rows = len(alone.epochs)
        for key in ("loss", "accuracy", "penalty"):
            np.testing.assert_array_equal(history.train[key][:rows, k], alone.train[key])
            assert np.isnan(history.train[key][rows:, k]).all()


def shrink(grad, limit):
    """Clip by the norm, as a user might write it."""
    norm = np.sqrt((grad * grad).sum(axis=-1, keepdims=True))
    grad *= np.minimum(1, limit / np.maximum(norm, 1e-30)).astype(grad.dtype)


def test_training_passes_drop_and_measurements_do_not():
    net = deep(dtype=np.float64)
    history = fit(net, BinaryCrossEntropy(), SGD(0.0), X, LABELS, epochs=3, batch_size=10)
    # No parameter moves, but the running statistics do: the measured loss follows them ...
    assert len(set(history.train["loss"])) == 4
    # ... and equals an evaluation, in which nothing is dropped.
    assert history.train["loss"][-1] == evaluate(net, BinaryCrossEntropy(), X, LABELS)["loss"]
    assert evaluate(net, BinaryCrossEntropy(), X, LABELS) == evaluate(
        net, BinaryCrossEntropy(), X, LABELS
    )


# Regularizers and clipping ----------------------------------------------------------------------


def test_a_penalty_is_added_to_the_mean_loss_on_weights_only():
    net, plain = (Sequential(Dense(2, 1), seed=4, dtype=np.float64) for _ in range(2))
    net.theta = plain.theta = np.array([1.0, -2.0, 3.0])
    history = fit(net, MeanSquaredError(), SGD(0.1), X, TARGETS, epochs=1, regularizer=L2(0.5))
    fit(plain, MeanSquaredError(), SGD(0.1), X, TARGETS, epochs=1)
    expected = plain.theta - 0.1 * 0.5 * np.array([1.0, -2.0, 0.0])
    np.testing.assert_allclose(net.theta, expected, rtol=1e-14)
    assert history.train["penalty"][0] == 0.25 * (1 + 4)
    assert "penalty" not in history.validation
    np.testing.assert_allclose(
        history.train["loss"][0], np.mean((X @ [1.0, -2.0] + 3 - TARGETS) ** 2)
    )


def test_ridge_regression_reaches_the_solution_of_its_formula():
    strength, net = 0.7, Sequential(Dense(2, 1, bias=False), dtype=np.float64)
    fit(net, MeanSquaredError(), SGD(0.2), X, TARGETS, epochs=400, regularizer=L2(strength))
    n = len(X)
    w = np.linalg.solve(2 / n * X.T @ X + strength * np.eye(2), 2 / n * X.T @ TARGETS)
    np.testing.assert_allclose(net.theta, w, rtol=1e-9)


def test_the_subgradient_leaves_weights_near_0_and_the_proximal_step_makes_them_0():
    useless = np.random.default_rng(7).standard_normal((40, 6))
    x = np.hstack([X, useless])
    count = {}
    for name, regularizer in (("grad", L1(0.3)), ("prox", Proximal(L1(0.3)))):
        net = Sequential(Dense(8, 1), dtype=np.float64)
        fit(net, MeanSquaredError(), SGD(0.1), x, TARGETS, epochs=300, regularizer=regularizer)
        weights = net.layers[0].W[:, 0]
        count[name] = np.count_nonzero(weights == 0)
        assert np.abs(weights[:2]).min() > 0.5
        np.testing.assert_allclose(weights[2:], 0, atol=0.1)
    assert count["grad"] == 0
    assert count["prox"] >= 4


def test_proximal_steps_shrink_weights_and_leave_everything_else_alone():
    net = deep(dtype=np.float64)
    net.theta += 0.5
    fit(net, BinaryCrossEntropy(), SGD(0.01), X, LABELS, epochs=1, regularizer=Proximal(L1(1e3)))
    for name, value, _ in net.parameters():
        assert (value == 0).all() == name.endswith("W")


def test_the_gradient_is_clipped_after_the_penalty_joined_it():
    net = Sequential(Dense(2, 1), dtype=np.float64)
    start, seen = net.theta.copy(), []

    def clip(grad):
        seen.append(grad.copy())
        grad *= 0.01

    fit(net, MeanSquaredError(), SGD(1.0), X, TARGETS, epochs=1, regularizer=L2(2.0), clip=clip)
    np.testing.assert_allclose(net.theta, start - 0.01 * seen[0], rtol=1e-12)
    plain = Sequential(Dense(2, 1), dtype=np.float64)
    plain.backward(MeanSquaredError().grad(plain.forward(X), TARGETS))
    np.testing.assert_allclose(seen[0] - plain.grad, 2 * start * [1, 1, 0], atol=1e-12)


def test_a_clip_that_edits_in_place_may_return_what_it_edited():
    net, other = classifier(), classifier()
    clips = [lambda g: np.clip(g, -0.01, 0.01, out=g), lambda g: None]
    for trained, clip in zip((net, other), clips, strict=True):
        fit(trained, BinaryCrossEntropy(), SGD(1.0), X, LABELS, epochs=1, clip=clip)
    assert np.abs(net.theta - classifier().theta).max() <= 0.0101
    assert np.abs(other.theta - classifier().theta).max() > 0.0101


# Early stopping ---------------------------------------------------------------------------------


def noisy_targets():
    rng = np.random.default_rng(11)
    x = rng.standard_normal((60, 2))
    return x, x[:, 0] + rng.standard_normal(60)


def overfitting(early_stopping, seed=0, **options):
    x, y = noisy_targets()
    net = Sequential(Dense(2, 64), Activation(relu), Dense(64, 1), seed=seed, dtype=np.float64)
    history = fit(
        net, MeanSquaredError(), Adam(0.02), x[:20], y[:20], epochs=200,
        validation=(x[20:], y[20:]), early_stopping=early_stopping, **options,
    )  # fmt: skip
    return net, history


def test_early_stopping_keeps_the_weights_of_the_best_epoch():
    _, full = overfitting(None)
    net, history = overfitting(EarlyStopping(15))
    best = int(full.validation["loss"][: len(history.epochs)].argmin())
    assert 0 < best < 185
    assert history.kept_epoch == best
    assert history.epochs[-1] == best + 15
    x, y = noisy_targets()
    value = evaluate(net, MeanSquaredError(), x[20:], y[20:])["loss"]
    assert value == history.validation["loss"].min() == full.validation["loss"][best]
    assert full.kept_epoch == 200


def test_patience_is_counted_from_the_best_epoch_and_min_delta_in_improvement():
    figures = [5.0, 4.0, 4.0, 3.95, 3.9, 2.0, 2.5, 2.5, 2.5]
    # Every epoch "measures" the next figure, whatever the network does.
    for rule, last, kept in [
        (EarlyStopping(2), 7, 5),
        (EarlyStopping(1), 2, 1),
        (EarlyStopping(3, min_delta=0.2), 4, 1),
        (EarlyStopping(4, min_delta=0.2), 8, 5),
        (EarlyStopping(9), 8, 5),
    ]:
        for sign, maximize in ((1, False), (-1, True)):
            script = iter(sign * np.repeat(figures, 2))  # asked for both parts, training first
            rule = EarlyStopping(rule.patience, rule.min_delta, "scripted", maximize)
            history = fit(
                Sequential(Dense(2, 1)), MeanSquaredError(), SGD(0.01), X, TARGETS, epochs=8,
                validation=(X, TARGETS), early_stopping=rule,
                metrics={"scripted": lambda y, p, script=script: next(script)},
            )  # fmt: skip
            assert (history.epochs[-1], history.kept_epoch) == (last, kept)


def test_a_diverging_run_is_brought_back_to_its_best_epoch():
    net = Sequential(Dense(2, 1), dtype=np.float64)
    start = net.theta.copy()
    history = fit(
        net, MeanSquaredError(), SGD(1e10), X, TARGETS, epochs=50,
        validation=(X, TARGETS), early_stopping=EarlyStopping(40),
    )  # fmt: skip
    assert history.diverged
    assert history.kept_epoch == 0
    np.testing.assert_array_equal(net.theta, start)


def test_every_replica_gets_its_own_running_statistics_back():
    x, y = noisy_targets()
    rates = [0.3, 0.02]
    options = {"epochs": 60, "validation": (x[20:], y[20:]), "early_stopping": EarlyStopping(6)}

    def run(rate, seed):
        net = Sequential(
            Dense(2, 30, bias=False), BatchNorm(30), Activation(relu), Dense(30, 1),
            seed=seed, dtype=np.float64,
        )  # fmt: skip
        return net, fit(net, MeanSquaredError(), Adam(rate), x[:20], y[:20], **options)

    net, history = run(rates, [1, 2])
    assert len(set(history.kept_epoch.tolist())) == 2
    assert history.kept_epoch.max() < history.epochs[-1]
    value = evaluate(net, MeanSquaredError(), x[20:], y[20:])["loss"]
    np.testing.assert_array_equal(value, history.final["validation"]["loss"])
    np.testing.assert_array_equal(value, np.nanmin(history.validation["loss"], axis=0))
    for k in range(2):
        solo, alone = run(rates[k], k + 1)
        np.testing.assert_array_equal(net.buffers[k], solo.buffers)
        assert history.final["validation"]["loss"][k] == alone.final["validation"]["loss"]


def test_a_figure_that_is_nan_from_the_start_is_refused():
    rule = EarlyStopping(3, metric="nothing", maximize=True)
    with pytest.raises(ValueError, match=r"early_stopping: .* 'nothing' .* is NaN before"):
        overfitting(rule, metrics={"nothing": lambda y, p: np.nan})


def test_a_replica_that_stopped_in_time_has_not_diverged_later():
    net = Sequential(Dense(2, 1), seed=[0, 0], dtype=np.float64)
    options = {"validation": (X, TARGETS), "early_stopping": EarlyStopping(2)}
    history = fit(net, MeanSquaredError(), SGD([0.001, 5.0]), X, TARGETS, epochs=400, **options)
    assert history.diverged.tolist() == [False, False]
    assert history.kept_epoch.tolist() == [400, 0]
    assert np.isnan(history.train["loss"][3:, 1]).all()
    # it would have
    assert fit(
        Sequential(Dense(2, 1)), MeanSquaredError(), SGD(5.0), X, TARGETS, epochs=400
    ).diverged


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: EarlyStopping(0), "patience: expected at least 1, got 0"),
        (lambda: EarlyStopping(2.5), "patience: expected an int"),
        (lambda: EarlyStopping(3, min_delta=-1), "min_delta: expected a finite number of at"),
        (lambda: EarlyStopping(3, min_delta=np.nan), "min_delta"),
        (lambda: EarlyStopping(3, min_delta="a"), "min_delta"),
        (lambda: EarlyStopping(3, metric="accuracy"), "maximize: expected True if more accuracy"),
        (
            lambda: overfitting(EarlyStopping(3, metric="accuracy", maximize=True)),
            "recorded, loss, got 'accur",
        ),
        (
            lambda: fit(
                classifier(), BinaryCrossEntropy(), SGD(0.1), X, LABELS, epochs=2,
                early_stopping=EarlyStopping(3),
            ),
            "expected validation",
        ),
    ],
)  # fmt: skip
def test_impossible_early_stopping_is_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


# What the history says of the network ------------------------------------------------------------


def test_final_figures_are_those_of_the_kept_epoch():
    _, history = overfitting(EarlyStopping(15))
    assert history.final["validation"]["loss"] == history.validation["loss"].min()
    assert history.final["train"]["loss"] == history.train["loss"][history.kept_epoch]
    assert type(history.final["train"]["loss"]) is float
    assert f"kept {history.kept_epoch}: train loss" in repr(history)
    assert f"{history.final['validation']['loss']:.4g}" in repr(history)
    _, full = overfitting(None)
    assert full.final["train"]["loss"] == full.train["loss"][-1]


def test_recording_less_often_changes_nothing_else():
    def run(every):
        net = classifier()
        return net, fit(
            net, BinaryCrossEntropy(), Adam(0.01), X, LABELS, epochs=10, batch_size=16,
            record_every=every,
        )  # fmt: skip

    (net, full), (sparse_net, sparse) = run(1), run(4)
    assert sparse.epochs.tolist() == [0, 4, 8, 10]
    assert sparse.updates.tolist() == [0, 12, 24, 30]
    np.testing.assert_array_equal(sparse.train["loss"], full.train["loss"][[0, 4, 8, 10]])
    np.testing.assert_array_equal(sparse_net.theta, net.theta)
    assert sparse.final == full.final
    assert sparse.kept_epoch == 10


def test_diverged_replicas_are_left_out_of_the_summary_and_counted():
    net = Sequential(Dense(2, 1), seed=[0, 0, 0])
    history = fit(net, MeanSquaredError(), SGD([0.1, 1e10, 0.1]), X, TARGETS, epochs=50)
    solo = Sequential(Dense(2, 1), seed=0)
    alone = fit(solo, MeanSquaredError(), SGD(1e10), X, TARGETS, epochs=50)
    assert history.kept_epoch.tolist() == [50, alone.kept_epoch, 50]
    assert np.isnan(history.final["train"]["loss"]).tolist() == [False, True, False]
    loss = history.train["loss"][-1, 0]
    assert repr(history) == f"History(50 epochs: train loss {loss:.4g} (1 of 3 diverged))"
    assert repr(alone) == f"History({alone.kept_epoch} epochs (diverged))"
    assert history.train["loss"].dtype == alone.train["loss"].dtype == np.float64


@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), MeanSquaredError()])
def test_targets_with_an_axis_for_the_output_are_measured_like_those_without(loss):
    metrics = {"share": share_right}
    flat, column = (evaluate(classifier(), loss, X, y, metrics) for y in (LABELS, LABELS[:, None]))
    assert flat == column


def test_one_hot_targets_are_measured_like_classes():
    net = Sequential(Dense(2, 2))
    one_hot, classes = (
        evaluate(net, CategoricalCrossEntropy(), X, y, {"share": share_right})
        for y in (np.eye(2)[LABELS], LABELS)
    )
    assert one_hot == classes


@pytest.mark.parametrize(("seed", "expected"), [(0, "one number"), ([0, 1], "2 numbers")])
def test_a_metric_that_cannot_deal_with_several_outputs_is_named(seed, expected):
    y = np.stack([TARGETS, TARGETS, TARGETS], axis=1)
    with pytest.raises(ValueError, match=f"metrics: expected 'r2' to give {expected}, got shape"):
        evaluate(
            Sequential(Dense(2, 3), seed=seed), MeanSquaredError(), X, y,
            {"r2": lambda y, predicted: ((y - predicted) ** 2).mean(axis=-1)},
        )  # fmt: skip


# Hooks ------------------------------------------------------------------------------------------


def test_hooks_see_every_update_and_every_row():
    net, updates, rows = classifier(), [], []
    history = fit(
        net, BinaryCrossEntropy(), SGD(0.1), X, LABELS, epochs=3, batch_size=16,
        on_update=lambda seen, number: updates.append((seen is net, number)),
        on_epoch=lambda epoch, row: rows.append((epoch, float(row["train"]["loss"]))),
    )  # fmt: skip
    assert updates == [(True, number) for number in range(1, 10)]
    assert rows == list(enumerate(history.train["loss"]))


def test_a_hook_that_returns_true_ends_training_after_its_epoch():
    history = fit(
        classifier(), BinaryCrossEntropy(), SGD(0.1), X, LABELS, epochs=9,
        on_epoch=lambda epoch, row: epoch == 4,
    )  # fmt: skip
    assert history.epochs[-1] == history.kept_epoch == 4
