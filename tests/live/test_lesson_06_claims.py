"""What "Try this", the captions and the text of lesson 06 promise really happens."""

import json
import re
from functools import partial

import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab.activations import relu, sigmoid
from nnlab.clipping import clip_by_norm
from nnlab.diagnostics import layer_statistics
from nnlab.exercises.lesson_06_goal import outcome
from nnlab.initializers import glorot, he
from nnlab.layers import Activation, Dense
from nnlab.live import lesson_06
from nnlab.live.lesson_06_clipping import UPDATES, angle, survived
from nnlab.live.lesson_06_health import HIDDEN, load_points, verdict
from nnlab.live.lesson_06_signal import (
    BATCH,
    FUNCTIONS,
    GLOROT,
    HE,
    NORMAL,
    SMALL_HE,
    SMALL_NORMAL,
    send,
    weight_std,
)
from nnlab.live.lesson_06_words import rough
from nnlab.live.thinning import thin
from nnlab.losses import BinaryCrossEntropy
from nnlab.network import Sequential

NUMBER = r"([\d.]+(?:e[+-]?\d+)?)"


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


def words(demo, **changes):
    return demo.describe(run(demo, **changes))


def notebook():
    return json.loads((lessons_dir() / "06_gradient_problems.ipynb").read_text(encoding="utf-8"))


def printed(start):
    """Return what the cell that begins with `start` printed in the committed notebook."""
    (cell,) = (c for c in notebook()["cells"] if "".join(c["source"]).startswith(start))
    output = cell["outputs"][0]
    return "".join(output["text"] if "text" in output else output["data"]["text/plain"])


# What vanishes


def test_where_gradients_vanish_the_weights_stay_what_they_were():
    found = re.findall(
        rf"norm of the weights {NUMBER}, their change .* {NUMBER}", printed("net = ")
    )
    norms, changes = np.array(found, float).T
    assert (norms > 1).all()  # not close to 0, in no layer
    assert changes[0] < 1e-9
    assert changes[0] < changes[1] / 100 < changes[2] / 1e4


# The slide's ten layers


def test_the_slides_weights_end_at_1e_30_and_the_real_ones_near_1():
    found = re.findall(rf"(\w+) +behind layer 10: +{NUMBER} +with the slide's 0.001: {NUMBER}",
                       printed("start = "))  # fmt: skip
    ends = {name: (float(right), float(slide)) for name, right, slide in found}
    right, slide = ends["He"]
    assert right == pytest.approx(0.875, abs=0.01)
    assert slide == pytest.approx(8.75e-31, rel=0.01)
    assert ends["LeCun"] == ends["Glorot"]  # square layers
    for right, slide in ends.values():
        assert slide == pytest.approx(right * 1e-30, rel=0.05)


# The map of the signal


@pytest.mark.parametrize("activation", FUNCTIONS)
@pytest.mark.parametrize("start", [HE, SMALL_HE])
def test_the_map_is_what_the_engine_measures(activation, start):
    """The same weights and inputs in a network of the engine, examined by its diagnostics."""
    depth, width, scale = 6, 16, np.array([weight_std(start, 16)])
    rng = np.random.default_rng(width)
    draws = rng.standard_normal((depth, width, width))
    x, g = rng.standard_normal((2, BATCH, width))
    pending = iter(draws)
    layers = []
    for _ in range(depth):
        layers += [
            Dense(width, width, init=lambda _, shape: scale * next(pending)),
            Activation(FUNCTIONS[activation]),
        ]
    net = Sequential(*layers, dtype=np.float64)
    net.forward(x / x.std())  # also without the loss: the gradient g comes from outside
    stds = [1.0] + [layer.a.std() for layer in net.layers[1::2]]
    da, norms = g / np.linalg.norm(g), [1.0]
    for dense, activation_layer in zip(net.layers[-2::-2], net.layers[::-2], strict=True):
        da = dense.backward(activation_layer.backward(da))
        norms.append(np.linalg.norm(da))
    forward, backward = send(FUNCTIONS[activation], scale, depth, width)
    np.testing.assert_allclose(forward[0], stds, rtol=1e-9)
    np.testing.assert_allclose(backward[0], norms[::-1], rtol=1e-9)


def test_the_curve_lies_on_the_map():
    for activation in FUNCTIONS:
        result = run(lesson_06.signal, activation=activation, start=HE, width=32)
        rows = np.linspace(-3.25, 1.25, len(result.forward_map))
        row = np.abs(rows - np.log10(result.scale)).argmin()
        for curve, values in (
            (result.forward, result.forward_map), (result.backward, result.backward_map)
        ):  # fmt: skip
            np.testing.assert_allclose(values[row], np.log10(curve), atol=0.25)


def test_relu_explodes_vanishes_and_stays_as_try_this_says():
    ends = {s: run(lesson_06.signal, start=s) for s in (NORMAL, GLOROT, HE)}
    assert ends[NORMAL].forward[-1] > 1e30
    assert ends[GLOROT].forward[-1] < 1e-6
    assert 0.1 < ends[HE].forward[-1] < 10
    assert ends[NORMAL].backward[0] > 1e30
    assert ends[GLOROT].backward[0] < 1e-6
    assert 0.1 < ends[HE].backward[0] < 10
    ten = run(lesson_06.signal, start=SMALL_HE, depth=10)
    assert 1e-32 < ten.forward[-1] < 1e-29
    assert run(lesson_06.signal, start=SMALL_NORMAL, depth=10).forward[-1] < 1e-20


def test_sigmoid_and_tanh_look_healthy_forward_only():
    result = run(lesson_06.signal, activation="sigmoid", start=GLOROT)
    assert result.forward[1:].min() > 0.05
    assert result.backward[0] < 1e-25
    result = run(lesson_06.signal, activation="tanh", start=NORMAL)
    assert 0.8 < result.forward[-1] < 1
    assert result.backward[0] > 1e10


def test_no_activation_brings_the_slides_gradient_back():
    for activation in FUNCTIONS:
        for depth in (10, 50):
            result = run(lesson_06.signal, activation=activation, start=SMALL_HE, depth=depth)
            assert result.backward[0] < 1e-25


def test_behind_sigmoid_layers_all_inputs_look_the_same():
    """The standard deviation of all activations hides it; that over the examples does not."""
    layers = [x for _ in range(20) for x in (Dense(64, 64, init=glorot), Activation(sigmoid))]
    net = Sequential(*layers, seed=0, dtype=np.float64)
    end = net.forward(np.random.default_rng(0).standard_normal((BATCH, 64)))
    assert end.std() > 0.05
    assert end.std(axis=0).max() < 1e-9


def test_pages_without_a_kernel_keep_the_depths_of_try_this():
    demo = lesson_06.signal
    assert thin(demo.controls, 60, demo.kept)["depth"] == (1, 10, 50)


def test_a_narrow_network_wanders_and_a_wide_one_does_not():
    def away(width):
        result = run(lesson_06.signal, width=width, start=HE)
        return np.abs(np.log10([result.forward[-1], result.backward[0]])).max()

    assert away(16) > 2
    assert away(64) < 1


def test_where_the_ridges_are():
    scales = np.linspace(-3.25, 1.25, 91)

    def ridge(activation, backward):
        result = run(lesson_06.signal, activation=activation, width=64)
        ends = result.backward_map[:, 0] if backward else result.forward_map[:, -1]
        return 10 ** scales[np.abs(ends).argmin()]

    for backward in (False, True):
        assert ridge("ReLU", backward) == pytest.approx(np.sqrt(2), rel=0.15)
        assert ridge("SELU", backward) == pytest.approx(1, rel=0.3)
    assert 5 < ridge("sigmoid", True) < 17
    assert ridge("tanh", True) == pytest.approx(1, rel=0.35)


def test_a_factor_of_1_4_decides_over_50_layers():
    good, lower = (run(lesson_06.signal, start=s, width=64).forward[-1] for s in (HE, GLOROT))
    assert lower / good == pytest.approx(2**-25, rel=1e-6)


def test_the_funnel_tells_lecun_from_glorot():
    found = re.findall(rf"at the end: {NUMBER}, .*: {NUMBER}", printed("funnel = "))
    lecun, glorot = np.abs(np.log(np.array(found, float)))
    assert lecun[0] < glorot[0]  # LeCun keeps the activations better
    assert lecun[1] > glorot[1] + 0.3  # Glorot the gradient


# Activation functions


def test_what_the_text_says_of_the_four_networks():
    cell = printed("figure, axes = new_figure")
    means = dict(re.findall(rf"[;:] ([^;:]+?) ({NUMBER[1:-1]})(?=[;.])", cell.split("0.01")[1]))
    assert float(means["sigmoid, Glorot"]) == pytest.approx(np.log(2), abs=0.02)
    assert float(means["ReLU, the slide's He"]) == pytest.approx(np.log(2), abs=0.01)
    assert float(means["tanh, Glorot"]) < 0.5
    assert float(means["ReLU, He"]) < 0.5
    assert "slide's He are never below 0.69." in cell


def dead_at_the_end(activation, rate):
    return np.nanmean(run(lesson_06.zoo, activation=activation, rate=rate).dead[-1])


def test_relu_units_die_at_a_high_learning_rate_and_leaky_ones_do_not():
    result = run(lesson_06.zoo, rate=3)
    assert dead_at_the_end("ReLU", 0.3) < 0.2
    assert result.dead[-1].mean() > 0.55
    assert result.dead[2].mean() > 0.5  # within the first updates
    assert dead_at_the_end("leaky ReLU", 3) == 0


def test_slopes_and_saturation_are_as_try_this_says():
    assert run(lesson_06.zoo, activation="sigmoid").slope.max() == 0.25
    tanh = run(lesson_06.zoo, activation="tanh", rate=3)
    assert tanh.slope.max() == 1
    assert np.nanmean(tanh.dead[-1]) < 0.05
    assert np.nanmean(tanh.saturated[-1]) > 0.15
    for activation in ("ELU", "SELU", "GELU"):
        assert (
            dead_at_the_end(activation, 3) > 0.1
            or np.isnan(run(lesson_06.zoo, activation=activation, rate=3).loss).any()
        )


def test_the_slopes_that_are_drawn_are_those_of_the_functions():
    for activation in lesson_06.zoo.controls[0].positions:
        result = run(lesson_06.zoo, activation=activation)
        middle = (result.z[1:] + result.z[:-1]) / 2
        drawn = np.interp(middle, result.z, result.slope)
        measured = np.diff(result.value) / np.diff(result.z)
        away = np.abs(middle) > 0.05  # ReLU and its kin have a kink at 0
        np.testing.assert_allclose(drawn[away], measured[away], atol=2e-3)


# Clipping


def test_both_ways_of_clipping_save_the_run():
    result = run(lesson_06.clipping)
    assert survived(result)[0] < 20
    assert survived(result)[1:] == [UPDATES, UPDATES]
    assert result.losses[-1, 1:].max() < 0.5
    assert result.norms[0, 0] > 100
    assert "no clipping: diverged" in words(lesson_06.clipping)


@pytest.mark.parametrize("threshold", [0.1, 1, 10])
def test_by_norm_never_turns_the_gradient_and_by_value_does(threshold):
    result = run(lesson_06.clipping, threshold=threshold)
    assert np.nanmax(result.angles[:, 1]) < 1e-5
    assert np.nanmax(result.angles[:, 2]) > 20


def test_a_small_threshold_turns_every_update():
    result = run(lesson_06.clipping, threshold=0.1)
    assert (result.angles[:, 2] > 5).mean() > 0.95


def test_a_low_learning_rate_saves_the_unclipped_run_too():
    result = run(lesson_06.clipping, rate=0.001)
    assert survived(result) == [UPDATES] * 3
    assert result.losses[-1, 1] > 4 * max(result.losses[-1, 0], result.losses[-1, 2])


def test_angles_are_angles():
    one = np.array([[30.0, 0.4], [1.0, 0.0], [2.0, 2.0], [0.0, 0.0]])
    other = np.array([[1.0, 0.4], [0.0, 3.0], [1.0, 1.0], [1.0, 0.0]])
    expected = [np.degrees(np.arctan(0.4) - np.arctan(0.4 / 30)), 90, 0, np.nan]
    np.testing.assert_allclose(angle(one, other), expected, atol=1e-9)
    assert round(expected[0]) == 21  # as the question's answer says
    g = np.array([30.0, 0.4])
    clip_by_norm(g, 1.0)
    assert g == pytest.approx([0.9999, 0.0133], abs=1e-4)


def test_only_clipping_and_the_learning_rate_cure_the_first_step():
    out = printed('explode("nothing")')
    first = {line[:17].strip(): float(re.search(rf"after 1 update +{NUMBER}", line).group(1))
             for line in out.splitlines()}  # fmt: skip
    assert len(first) == 6
    start = float(re.search(rf"loss {NUMBER},", out).group(1))
    for name in ("L2, strength 0.01", "L2, strength 1", "L1, strength 0.1"):
        assert first[name] > 0.5 * first["nothing"] > 1e6
    for name in ("clip by norm, 1", "rate 0.0001"):
        assert first[name] < start
    assert out.count("all 5 diverge") == 4
    ends = [float(end) for end in re.findall(rf"{NUMBER} after 300", out)]
    assert len(ends) == 2
    assert max(ends) < 0.5


# Health


def test_one_pass_tells_which_network_is_sick():
    rows = re.findall(rf"first layer {NUMBER}, last {NUMBER}; update ratio {NUMBER} and {NUMBER}",
                      printed("for name, function, init in"))  # fmt: skip
    sigmoid, slide, healthy = np.array(rows, float)
    assert sigmoid[0] < 1e-4 * sigmoid[1]  # vanishes on its way back
    assert slide[:2].max() < 1e-30  # nothing anywhere
    assert healthy[0] > 0.01 * healthy[1]
    assert healthy[2] > 1e-5 > sigmoid[2]


def test_the_panel_explains_a_loss_that_stops():
    healthy = run(lesson_06.health)
    assert verdict(healthy) == "every layer learns"
    assert healthy.loss[-1] < 0.35
    fast = run(lesson_06.health, rate=3)
    assert fast.loss[-1] == pytest.approx(np.log(2), abs=0.01)
    assert verdict(fast) == f"layer {HIDDEN} is dead"
    assert fast.ratio[-1].max() < 1e-3
    still = run(lesson_06.health, activation="sigmoid")
    assert still.loss[-1] == pytest.approx(np.log(2), abs=0.01)
    assert verdict(still) == "layer 1 stands still"
    assert still.dead.max() == 0
    assert still.gradient[0, 0] < 1e-2 * still.gradient[0, -1]
    assert (np.diff(np.log(still.gradient[0])) > -1).all()  # from the first layer to the last


def test_weights_too_small_are_blue_and_too_large_diverge():
    small = run(lesson_06.health, scale=0.1)
    assert small.ratio.max() < 1e-6
    large = run(lesson_06.health, scale=2)
    assert large.ratio[0].max() > 1
    assert np.isnan(large.loss[-1])
    assert verdict(large) == "the run diverged"


def test_the_panel_agrees_with_the_engines_diagnostics_at_the_start():
    data = load_points()
    layers, inputs = [], 2
    for _ in range(HIDDEN):
        layers += [Dense(inputs, 16, init=partial(he, scale=1)), Activation(relu)]
        inputs = 16
    net = Sequential(*layers, Dense(16, 1, init=partial(he, scale=1)), seed=0, dtype=np.float64)
    found = layer_statistics(net, BinaryCrossEntropy(), data.x, data.y)
    result = run(lesson_06.health)
    named = dict(zip(found.parameters, found.parameter_gradient_norm, strict=True))
    expected = [value for name, value in named.items() if name.endswith(".W")]
    np.testing.assert_allclose(result.gradient[0], expected)
    np.testing.assert_array_equal(result.dead[0], found.dead[found.rows(Activation)])


# Words, the bug, the goal


def test_numbers_of_any_size():
    assert [rough(v) for v in (0, 0.87, 31.4, 215.2, 8.8e-31, 2e41, 1e-3)] == [
        "0", "0.87", "31", "215", "9e−31", "2e41", "0.001",
    ]  # fmt: skip


def test_the_bug_makes_the_signal_fade():
    out = printed("rng = np.random.default_rng(0)\nstds")
    stds = np.array(out.split(":")[1].split(), float)
    assert (stds[1:] < 0.2 * stds[:-1]).all()


def test_the_cell_to_try_with_measures_what_the_judge_measures():
    out = printed("def try_deep")
    signal, loss = map(
        float, re.search(rf"layer 19 {NUMBER}, validation loss {NUMBER}", out).groups()
    )
    expected = outcome(24, 0.1, 0.01)
    assert signal == pytest.approx(expected[0], rel=0.06)
    assert loss == pytest.approx(expected[1], abs=0.006)


def test_the_tags_of_the_lectures_statements():
    tags = [
        tag for cell in notebook()["cells"] for tag in cell["metadata"].get("lecture", {}).items()
    ]
    assert sorted(key for key, _ in tags) == sorted((
        "vanishing_weights", "exploding_weights", "exploding_seen", "exploding_regularization",
        "exploding_clipping", "exploding_learning_rate", "vanishing_undetectable",
        "vanishing_saturation", "vanishing_relu", "init_small_normal", "init_lecun", "init_he",
        "init_glorot",
    ))  # fmt: skip
    for _, value in tags:
        kind, _, clause = value.partition(": ")
        assert kind in ("true", "condition", "wrong")
        assert len(clause) <= 90
        assert not clause.endswith(".")
