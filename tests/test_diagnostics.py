from functools import partial
from math import sqrt

import numpy as np
import pytest

from nnlab import activations
from nnlab.activations import identity, relu, sigmoid, softmax, tanh
from nnlab.diagnostics import UpdateRatio, layer_statistics
from nnlab.gradients import numerical_gradient
from nnlab.initializers import he, zeros
from nnlab.layers import Activation, BatchNorm, Dense, Dropout
from nnlab.losses import BinaryCrossEntropy, CategoricalCrossEntropy, MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import SGD, Adam
from nnlab.training import fit

RNG = np.random.default_rng(0)
X = RNG.standard_normal((12, 3))
LABELS = RNG.integers(0, 4, 12)
LOSS = CategoricalCrossEntropy()
FIGURES = (
    "mean", "std", "dead", "saturated", "gradient_std", "gradient_norm",
    "parameter_norm", "parameter_gradient_norm",
)  # fmt: skip


def deep(seed=0, dtype=np.float64):
    return Sequential(
        Dense(3, 5), BatchNorm(5), Activation(relu), Dropout(0.3), Dense(5, 4), Activation(tanh),
        Dense(4, 4), seed=seed, dtype=dtype,
    )  # fmt: skip


def outputs_of(net, x, shift=None, at=None):
    """Run the layers one by one; add `shift` to the output of layer `at`."""
    found = []
    for place, layer in enumerate(net.layers):
        x = layer.forward(x, training=True)
        if place == at:
            x = x + shift
        found.append(x)
    return found


def plain_mean_std_norm(values):
    numbers = [float(value) for value in np.ravel(values)]
    mean = sum(numbers) / len(numbers)
    std = sqrt(sum((v - mean) ** 2 for v in numbers) / len(numbers))
    return mean, std, sqrt(sum(v * v for v in numbers))


def test_figures_of_outputs_and_parameters_equal_a_loop_over_their_numbers():
    net = deep()
    start = net.snapshot()
    statistics = layer_statistics(net, LOSS, X, LABELS)
    outputs = outputs_of(net, X)
    net.restore(start)
    net.backward(LOSS.grad(net.forward(X, training=True), LABELS))
    for place, output in enumerate(outputs):
        mean, std, _ = plain_mean_std_norm(output)
        assert statistics.mean[place] == pytest.approx(mean, rel=1e-12, abs=1e-14)
        assert statistics.std[place] == pytest.approx(std, rel=1e-12)
    for place, (name, value, grad) in enumerate(net.parameters()):
        assert statistics.parameters[place] == name
        norm, slope = plain_mean_std_norm(value)[2], plain_mean_std_norm(grad)[2]
        assert statistics.parameter_norm[place] == pytest.approx(norm, rel=1e-12)
        assert statistics.parameter_gradient_norm[place] == pytest.approx(slope, rel=1e-12)
    assert statistics.layers == net.layers
    assert statistics.rows(Dense).tolist() == [0, 4, 6]


def test_gradients_of_outputs_equal_finite_differences_through_the_rest_of_the_network():
    net = deep()
    start = net.snapshot()
    statistics = layer_statistics(net, LOSS, X, LABELS)
    for place in range(len(net.layers)):

        def value(shift, place=place):
            net.restore(start)  # the same dropout mask every time
            return LOSS.value(outputs_of(net, X, shift, place)[-1], LABELS)

        shape = (len(X), [5, 5, 5, 5, 4, 4, 4][place])
        _, std, norm = plain_mean_std_norm(numerical_gradient(value, np.zeros(shape)))
        assert statistics.gradient_std[place] == pytest.approx(std, rel=1e-6)
        # In front of batch normalization a shift of all examples changes nothing.
        assert statistics.gradient_norm[place] == pytest.approx(norm, rel=1e-6)


def test_pytorch_hooks_see_the_same():
    torch = pytest.importorskip("torch")
    net = Sequential(
        Dense(3, 6), Activation(tanh), Dense(6, 5), Activation(relu), Dense(5, 4), dtype=np.float64
    )
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 6), torch.nn.Tanh(), torch.nn.Linear(6, 5), torch.nn.ReLU(),
        torch.nn.Linear(5, 4),
    ).double()  # fmt: skip
    seen = {}

    def remember(place, module, inputs, output):
        output.retain_grad()
        seen[place] = output

    for place, module in enumerate(model):
        module.register_forward_hook(partial(remember, place))
        if isinstance(module, torch.nn.Linear):
            module.weight.data = torch.from_numpy(net.layers[place].W.T.copy())
            module.bias.data = torch.from_numpy(net.layers[place].b[0].copy())
    z = model(torch.from_numpy(X))
    torch.nn.functional.cross_entropy(z, torch.from_numpy(LABELS)).backward()
    statistics = layer_statistics(net, LOSS, X, LABELS)
    for place, output in seen.items():
        a, da = output.detach(), output.grad
        expected = [a.mean(), a.std(correction=0), da.std(correction=0), da.norm()]
        got = [
            statistics.mean[place], statistics.std[place], statistics.gradient_std[place],
            statistics.gradient_norm[place],
        ]  # fmt: skip
        np.testing.assert_allclose(got, [float(e) for e in expected], rtol=1e-12, atol=1e-15)
    norms = [float(p.grad.norm()) for p in model.parameters()]
    np.testing.assert_allclose(statistics.parameter_gradient_norm, norms, rtol=1e-12)


def one_layer(function, weights, biases):
    net = Sequential(
        Dense(1, len(weights)), Activation(function), Dense(len(weights), 1), dtype=np.float64
    )
    net.layers[0].W[...] = weights
    net.layers[0].b[...] = biases
    return net


def test_dead_units_are_those_that_are_off_for_every_example():
    # Unit 0 is always off, 1 exactly at 0, 2 on for the last example alone, 3 always on.
    net = one_layer(relu, [1.0, 0.0, 1.0, 1.0], [-100.0, 0.0, -2.5, 100.0])
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    statistics = layer_statistics(net, MeanSquaredError(), x, x[:, 0])
    assert statistics.dead[1] == 2 / 4
    assert statistics.saturated[1] == 11 / 16
    assert np.isnan(statistics.dead[[0, 2]]).all()
    assert np.isnan(statistics.saturated[[0, 2]]).all()


@pytest.mark.parametrize(("function", "width"), [(sigmoid, 4.585), (tanh, 2.993)])
def test_saturated_is_the_share_of_slopes_below_the_threshold(function, width):
    """sigma' = 0.01 at 4.585, tanh' = 0.01 at 2.993."""
    net = one_layer(function, [1.0, -1.0], [0.0, 0.0])
    x = np.array([[0.0], [0.999 * width], [-1.001 * width], [1.001 * width], [50 * width]])
    statistics = layer_statistics(net, MeanSquaredError(), x, x[:, 0])
    assert statistics.saturated[1] == 3 / 5
    assert statistics.dead[1] == 0
    wide = layer_statistics(net, MeanSquaredError(), x, x[:, 0], saturation=0.02)
    assert wide.saturated[1] == 4 / 5


@pytest.mark.parametrize(
    "function",
    ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu"],
)
@pytest.mark.parametrize("saturation", [0.05, 0.3])
def test_every_activation_agrees_with_its_finite_differences(function, saturation):
    function = getattr(activations, function)
    x = np.linspace(-7, 7, 999)[:, None]
    net = one_layer(function, [1.0], [0.0])
    statistics = layer_statistics(net, MeanSquaredError(), x, x[:, 0], saturation=saturation)
    slope = (function(x + 1e-5) - function(x - 1e-5)) / 2e-5
    assert statistics.saturated[1] == pytest.approx(np.mean(abs(slope) < saturation), abs=2e-3)


def test_a_leaky_slope_at_the_threshold_is_not_below_it_in_float32():
    net = Sequential(Dense(3, 4), Activation(activations.leaky_relu), Dense(4, 4))
    assert layer_statistics(net, LOSS, X, LABELS, saturation=np.float64(0.01)).saturated[1] == 0


def test_softmax_has_no_slope_of_a_unit():
    net = Sequential(Dense(3, 4), Activation(softmax), Dense(4, 4))
    statistics = layer_statistics(net, LOSS, X, LABELS)
    assert np.isnan(statistics.dead[1])
    assert np.isnan(statistics.saturated[1])
    assert statistics.mean[1] == pytest.approx(0.25)


def test_very_small_and_very_large_numbers_keep_their_standard_deviation():
    """Squares of 1e-30 are 0 in float32, those of 1e200 infinite in float64."""
    for scale, dtype in ((1e-30, np.float32), (1e200, np.float64), (1e-200, np.float64)):
        net = Sequential(Dense(3, 50), Activation(relu), Dense(50, 1), dtype=dtype)
        net.layers[0].W[...] *= scale
        net.layers[2].W[...] = 0
        statistics = layer_statistics(net, MeanSquaredError(), X, X[:, 0])
        outputs = np.asarray(net.layers[0].forward(X.astype(dtype)), np.longdouble)
        assert statistics.std[0] == pytest.approx(float(outputs.std()), rel=1e-6)
        assert 0.1 * scale < statistics.std[1] < statistics.std[0]


def test_float32_outputs_far_from_zero_are_measured_in_float64():
    net = Sequential(Dense(3, 50))
    net.layers[0].b[...] = 1000
    statistics = layer_statistics(net, LOSS, X, LABELS)
    outputs = net.forward(X).astype(np.float64)
    assert statistics.std[0] == pytest.approx(outputs.std(), rel=1e-10)
    assert statistics.mean[0] == pytest.approx(outputs.mean(), rel=1e-14)


def test_the_network_and_a_training_run_are_left_as_they_were():
    def run(observer):
        net = deep(seed=3)
        fit(net, LOSS, Adam(0.01), X, LABELS, epochs=4, batch_size=4, on_update=observer)
        return net

    def look(net, updates):
        grad = net.grad.copy()
        layer_statistics(net, LOSS, X, LABELS)
        np.testing.assert_array_equal(net.grad, grad)

    watched, alone = run(look), run(None)
    np.testing.assert_array_equal(watched.theta, alone.theta)
    np.testing.assert_array_equal(watched.buffers, alone.buffers)
    one = np.ones((5, 3))
    np.testing.assert_array_equal(watched.forward(one, True), alone.forward(one, True))


def test_the_network_is_left_as_it_was_when_the_pass_fails():
    net = Sequential(Dropout(0.5), Dense(3, 4), BatchNorm(4), seed=1)
    with pytest.raises(ValueError, match="at least 2 examples"):
        layer_statistics(net, LOSS, X[:1], LABELS[:1])
    same = Sequential(Dropout(0.5), Dense(3, 4), BatchNorm(4), seed=1)
    np.testing.assert_array_equal(net.forward(X, True), same.forward(X, True))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("own_data", [False, True])
def test_a_replica_has_the_statistics_of_its_solo_network(dtype, own_data):
    net = deep([5, 6, 7], dtype)
    x = np.stack([X, 2 * X, X - 1]) if own_data else X
    statistics = layer_statistics(net, LOSS, x, LABELS)
    for k, seed in enumerate([5, 6, 7]):
        solo = deep(seed, dtype)
        alone = layer_statistics(solo, LOSS, x[k] if own_data else x, LABELS)
        for figure in FIGURES:
            got, expected = getattr(statistics, figure), getattr(alone, figure)
            assert got.dtype == np.float64
            np.testing.assert_array_equal(got[:, k], expected)


def test_layers_in_front_of_all_parameters_count_for_every_replica():
    net = Sequential(Activation(tanh), Activation(identity), Dense(3, 4), seed=[0, 1])
    statistics = layer_statistics(net, LOSS, X, LABELS)
    expected = np.tanh(X).astype(np.float32).std()
    np.testing.assert_allclose(statistics.std[:2], np.full((2, 2), expected), rtol=1e-6)
    assert statistics.gradient_norm[0, 0] != statistics.gradient_norm[0, 1]
    no_parameters = layer_statistics(
        Sequential(Activation(tanh)), MeanSquaredError(), X, np.zeros_like(X)
    )
    assert no_parameters.parameter_norm.shape == (0,)


def test_a_diverged_replica_is_nan_without_a_warning_and_the_others_are_untouched():
    net, healthy = deep([0, 1, 2, 3]), deep([0, 1, 2, 3])
    net.theta[1] = np.nan
    net.theta[2] = np.inf
    net.theta[3] = 1e306  # overflows on the way
    statistics = layer_statistics(net, LOSS, X, LABELS)
    expected = layer_statistics(healthy, LOSS, X, LABELS)
    for figure in FIGURES:
        values = getattr(statistics, figure)
        np.testing.assert_array_equal(values[:, 0], getattr(expected, figure)[:, 0])
    for figure in set(FIGURES) - {"saturated", "dead"}:
        assert np.isnan(getattr(statistics, figure)[:, 1]).all(), figure
        assert not np.isinf(getattr(statistics, figure)).any(), figure
    # relu(NaN) is not "off": a broken network is not a dead one.
    assert np.isnan(statistics.dead[2, 1])
    assert np.isnan(statistics.saturated[5, 1])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"x": X * np.nan}, ValueError, "x: expected finite"),
        ({"x": X[:0]}, ValueError, "x: expected shape"),
        ({"x": [["a", "b", "c"]] * 12}, TypeError, "x: expected numbers"),
        ({"x": X[:, :2]}, ValueError, "expects 3 features"),
        ({"y": LABELS[:3]}, ValueError, "y: expected"),
        ({"saturation": 0}, ValueError, "saturation: expected a number above 0, got 0"),
        ({"saturation": np.nan}, ValueError, "saturation: expected a finite number, got nan"),
        ({"saturation": "a"}, TypeError, "saturation: expected a number, got 'a'"),
    ],
)
def test_wrong_input_is_refused(change, error, message):
    arguments = {"x": X, "y": LABELS} | change
    with pytest.raises(error, match=message), np.errstate(invalid="ignore"):
        layer_statistics(deep(), LOSS, **arguments)


def test_ten_wide_relu_layers_keep_their_signal_with_he_and_lose_it_on_the_slide():
    def last_std(init):
        layers = [
            layer for _ in range(10) for layer in (Dense(100, 100, init=init), Activation(relu))
        ]
        x = np.random.default_rng(1).standard_normal((50, 100))
        statistics = layer_statistics(Sequential(*layers), MeanSquaredError(), x, x)
        return statistics.std[statistics.rows(Activation)][-1]

    kept, lost = last_std(he), last_std(partial(he, scale=0.001))
    assert 0.3 < kept < 1.5
    assert lost == pytest.approx(1e-30 * kept, rel=1e-4)


# Updates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("every", [1, 3, 5, 100])
@pytest.mark.parametrize("seed", [0, [0, 4]])
def test_ratios_equal_those_of_the_recorded_weights(every, seed):
    net = deep(seed)
    observer, thetas = UpdateRatio(net, every), [net.theta.copy()]

    def watch(net, updates):
        observer(net, updates)
        thetas.append(net.theta.copy())

    history = fit(net, LOSS, Adam(0.01), X, LABELS, epochs=4, batch_size=4, on_update=watch)
    assert history.updates[-1] == 12
    recorded = list(range(every, 13, every))
    assert observer.updates.tolist() == recorded
    assert observer.names == ("0.W", "4.W", "6.W")
    assert observer.ratios.shape == (len(recorded), 3, *net.replicas)
    # theta holds 15 + 5 numbers of layer 0, 5 + 5 of layer 1, 20 + 4 of layer 4, 16 + 4 of layer 6
    for row, update in enumerate(recorded):
        for k, part in enumerate([slice(0, 15), slice(30, 50), slice(54, 70)]):
            before, now = thetas[update - 1][..., part], thetas[update][..., part]
            expected = np.linalg.norm(now - before, axis=-1) / np.linalg.norm(before, axis=-1)
            np.testing.assert_allclose(observer.ratios[row, k], expected, rtol=1e-12)


def test_the_ratio_of_one_gradient_step_is_the_rate_times_the_gradient_over_the_weights():
    net = Sequential(Dense(3, 4), dtype=np.float64)
    statistics = layer_statistics(net, LOSS, X, LABELS)
    observer = UpdateRatio(net)
    fit(net, LOSS, SGD(0.3), X, LABELS, epochs=1, on_update=observer)
    expected = 0.3 * statistics.parameter_gradient_norm[0] / statistics.parameter_norm[0]
    assert observer.ratios[0, 0] == pytest.approx(expected, rel=1e-12)


def test_replicas_have_the_ratios_of_their_solo_runs_also_beside_a_diverging_one():
    def run(seed, rate):
        net = deep(seed, np.float32)
        observer = UpdateRatio(net, 2)
        fit(net, LOSS, SGD(rate), X, LABELS, epochs=6, batch_size=5, on_update=observer)
        return observer.ratios

    together = run([1, 2, 3], [0.1, 1e38, 0.2])
    np.testing.assert_array_equal(together[..., 0], run(1, 0.1))
    np.testing.assert_array_equal(together[..., 2], run(3, 0.2))
    assert np.isnan(together[-1, :, 1]).all()


def test_weights_that_were_all_zero_have_an_infinite_ratio():
    net = Sequential(Dense(3, 1, init=zeros))
    observer = UpdateRatio(net)
    fit(net, BinaryCrossEntropy(), SGD(0.1), X, LABELS > 1, epochs=2, on_update=observer)
    assert np.isinf(observer.ratios[0, 0])
    assert 0 < observer.ratios[1, 0] < 10


def test_an_observer_without_updates_or_without_weights_has_empty_ratios():
    assert UpdateRatio(deep([0, 1])).ratios.shape == (0, 3, 2)
    observer = UpdateRatio(Sequential(BatchNorm(3)))
    fit(observer.net, MeanSquaredError(), SGD(0.1), X, X, epochs=2, on_update=observer)
    assert observer.ratios.shape == (2, 0)


def test_an_observer_serves_one_run_of_one_network():
    net = deep()
    observer = UpdateRatio(net)
    fit(net, LOSS, SGD(0.1), X, LABELS, epochs=2, on_update=observer)
    with pytest.raises(ValueError, match=r"expected update 3 .* got update 1 .*new one for each"):
        fit(net, LOSS, SGD(0.1), X, LABELS, epochs=2, on_update=observer)
    with pytest.raises(ValueError, match="make a new one for each fit"):
        UpdateRatio(net)(deep(), 1)


@pytest.mark.parametrize(("every", "error"), [(0, ValueError), (1.5, TypeError), (True, TypeError)])
def test_a_wrong_period_is_refused(every, error):
    with pytest.raises(error, match="every: expected"):
        UpdateRatio(deep(), every)
