"""What "Try this" and the text of lesson 03 promise really happens at those settings."""

import re

import nbformat
import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab.bias_variance import decompose
from nnlab.early_stopping import EarlyStopping
from nnlab.live import lesson_03, lesson_03_diagnosis
from nnlab.live import lesson_03_epochs as epochs_module
from nnlab.live import lesson_03_hundred_networks as hundred_module
from nnlab.live import lesson_03_small_networks as small
from nnlab.live.frames import draw_frames
from nnlab.losses import MeanSquaredError
from nnlab.optimizers import Adam
from nnlab.regularizers import L2
from nnlab.training import fit

PLACES = np.linspace(-1, 1, 101)


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


# Small networks


def test_small_networks_are_those_of_the_engine():
    x, y = small.training_sets(4, 15, noise=0.4)
    nets = small.train(x, y, 5, weight_decay=0.001)
    engine = small.random_network(5, seed=range(4))
    engine.theta = nets.theta
    np.testing.assert_allclose(
        engine.forward(PLACES[:, None])[..., 0], nets.predict(PLACES), atol=1e-12
    )
    errors = MeanSquaredError().value(engine.forward(x[..., None]), y)
    np.testing.assert_allclose(errors, nets.train_error, rtol=1e-12)


def test_training_ends_where_the_engines_gradient_vanishes():
    """Also with the penalty, in the engine's own convention: a lost factor of 2 would show."""
    x, y = small.training_sets(5, 40, noise=0.4)
    for weight_decay in (0.001, 0.1):
        nets = small.train(x, y, 3, weight_decay=weight_decay, epochs=200)
        engine = small.random_network(3, seed=range(5))
        engine.theta = nets.theta
        loss = MeanSquaredError()
        engine.backward(loss.derivative(engine.forward(x[..., None]), y[..., None]))
        data_slope = np.abs(engine.grad).max()
        L2(weight_decay).add_gradient(engine.theta, engine.grad, engine.weight_mask)
        assert np.abs(engine.grad).max() < 1e-6 < data_slope


def test_training_sets_differ_and_are_drawn_as_they_say():
    x, y = small.training_sets(200, 50, noise=0.4)
    assert np.unique(x).size == x.size
    assert -1 <= x.min() < -0.99 < 0.99 < x.max() <= 1
    residual = y - small.truth(x)
    assert residual.std() == pytest.approx(0.4, rel=0.03)
    quiet_x, quiet_y = small.training_sets(200, 50, noise=0.0)
    np.testing.assert_array_equal(quiet_x, x)
    np.testing.assert_array_equal(quiet_y, small.truth(x))


# One hundred networks


@pytest.mark.parametrize("noise", [0, 0.1, 0.3, 0.4])
@pytest.mark.parametrize(("units", "n", "weight_decay"), [
    (1, 20, 0.0001), (3, 25, 0.0001), (10, 20, 0.0001), (10, 60, 0.01), (6, 30, 0.1),
])  # fmt: skip
def test_the_parts_add_up_to_the_measured_error(units, n, noise, weight_decay):
    """Within four standard errors of the measurement, which is independent of the parts."""
    result = run(
        lesson_03.hundred_networks, units=units, n=n, noise=noise, weight_decay=weight_decay
    )
    assert abs(result.measured - result.parts.total) <= 4 * result.tolerance + 1e-12
    assert result.tolerance < 0.03 * result.parts.total + 1e-12
    if noise:
        # the test is sharp enough to miss any of the three parts
        for part in (result.parts.bias2 + result.parts.variance, result.parts.noise):
            assert part > 4 * result.tolerance


def test_the_tolerance_is_the_standard_error_of_the_difference():
    """Its formula, against the spread of many measurements."""
    result = run(lesson_03.hundred_networks, units=10, n=20, noise=0.4)
    rng = np.random.default_rng(5)
    truth = small.truth(PLACES)
    fresh = 0.4 * rng.standard_normal((300, *result.predictions.shape))
    measured = ((truth + fresh - result.predictions) ** 2).mean(axis=(1, 2))
    assert measured.std() == pytest.approx(result.tolerance, rel=0.2)
    assert measured.mean() == pytest.approx(
        float(result.parts.total), abs=4 * result.tolerance / np.sqrt(300)
    )


def test_the_parts_are_those_of_the_predictions_drawn():
    result = run(lesson_03.hundred_networks, units=4)
    f, mean = small.truth(PLACES), result.predictions.mean(axis=0)
    assert result.parts.bias2 == pytest.approx(np.mean((mean - f) ** 2))
    assert result.parts.variance == pytest.approx(result.predictions.var(axis=0).mean())
    assert result.parts.noise == pytest.approx(0.16)
    assert result.predictions.shape == (hundred_module.NETWORKS, len(PLACES))


def parts_by(**values):
    """Return the parts for every value of one control, the others as given or at the start."""
    (name, row), *rest = values.items()
    return [run(lesson_03.hundred_networks, **{name: value}, **dict(rest)).parts for value in row]


def test_one_unit_is_biased_ten_units_vary_and_the_sum_is_smallest_in_between():
    sizes = (1, 2, 3, 4, 5, 6, 8, 10)
    parts = parts_by(units=sizes)
    one, ten = parts[0], parts[-1]
    assert one.bias2 > 4 * one.variance
    assert ten.variance > 20 * ten.bias2
    assert one.bias2 > 20 * ten.bias2
    assert ten.variance > 4 * one.variance
    best = int(np.argmin([part.total for part in parts]))
    assert 0 < best < len(sizes) - 1
    assert parts[best].total < min(one.total, ten.total) - 0.03


def test_data_cure_variance_and_not_bias():
    ten = parts_by(n=(20, 60), units=10)
    assert ten[1].variance < 0.3 * ten[0].variance
    one = parts_by(n=(20, 60), units=1)
    assert one[1].bias2 > 0.95 * one[0].bias2
    assert one[1].bias2 > 0.15


def test_more_data_moves_the_best_size():
    sizes = (1, 2, 3, 4, 5, 6, 8, 10)
    best = [
        sizes[int(np.argmin([part.total for part in parts_by(units=sizes, n=n)]))] for n in (20, 60)
    ]
    assert best[0] < best[1]


def test_weight_decay_lowers_variance_and_then_brings_bias_back():
    little, some, much = parts_by(weight_decay=(0.0001, 0.001, 0.1), units=10, n=20)
    assert little.variance > 1.5 * some.variance
    assert some.variance > 2 * much.variance
    assert some.bias2 < 0.05
    assert much.bias2 > 0.25


@pytest.mark.pages
@pytest.mark.parametrize(
    ("demo", "visited"),
    [
        (lesson_03.hundred_networks, {"units": {1, 3, 10}, "n": {20, 60}, "noise": {0, 0.4},
                                      "weight_decay": {0.0001, 0.001, 0.1}}),
        (lesson_03.learning_curves, {"units": {1, 10}, "weight_decay": {0.0001, 0.003, 0.1}}),
        (lesson_03.epochs, {"epochs": {1, 120}, "patience": {1, 20}, "noise": {0, 0.5}}),
    ],
    ids=["hundred networks", "learning curves", "epochs"],
)  # fmt: skip
def test_a_page_without_a_kernel_holds_what_try_this_visits(demo, visited, course_cache):
    """Such a page has 2 MB for a figure, so it holds some of the settings only."""
    kept = draw_frames(demo, budget=1_950_000, cache=course_cache).kept
    for name, values in visited.items():
        assert values <= set(kept[name]), (demo.name, name, kept[name])


# Learning curves


def test_a_flexible_network_has_a_gap_that_data_close_down_to_the_floor():
    result = run(lesson_03.learning_curves)
    gap = result.validation - result.training
    assert gap[0] > 0.7
    assert gap[-1] < 0.04
    assert (np.diff(gap) < 0).all()
    assert abs(result.validation[-1] - 0.16) < 0.04


def test_a_simple_network_meets_early_and_high():
    result = run(lesson_03.learning_curves, units=1)
    assert (np.abs(result.validation - result.training)[3:] < 0.02).all()  # from 40 on
    assert (result.training[3:] > 0.16 + 0.1).all()
    assert result.validation[3] - result.validation[-1] < 0.03


def test_weight_decay_closes_the_gap_of_few_examples_and_too_much_is_bias():
    little, some, much = (
        run(lesson_03.learning_curves, weight_decay=value) for value in (0.0001, 0.003, 0.1)
    )
    gaps = [float(r.validation[0] - r.training[0]) for r in (little, some, much)]
    assert gaps[1] < 0.6 * gaps[0]
    assert much.training[-1] > 0.16 + 0.2


def test_learning_curve_errors_are_those_of_networks_trained_on_the_first_examples():
    """An independent calculation of one point: nothing of the validation part is trained on."""
    from nnlab._random import generator
    from nnlab.live import lesson_03_learning_curve as module

    result = run(lesson_03.learning_curves)
    x, y = small.training_sets(1, module.POOL + module.VALIDATION, 0.4, seed=2)
    train, validation = [], []
    for seed in module.SEEDS:
        first = generator(seed).spawn(3)[2].permutation(module.POOL)[:20]
        net = small.train(x[:, first], y[:, first], 10, weight_decay=0.0001)
        train.append(float(net.train_error[0]))
        errors = (net.predict(x[0, module.POOL :]) - y[:, module.POOL :]) ** 2
        validation.append(float(errors.mean()))
    at = module.SIZES.index(20)
    assert result.training[at] == pytest.approx(np.mean(train), rel=1e-6)
    assert result.validation[at] == pytest.approx(np.mean(validation), rel=1e-6)
    error = np.std(validation, ddof=1) / np.sqrt(len(module.SEEDS))
    assert result.validation_error[at] == pytest.approx(error, rel=1e-6)


# Epochs


def test_both_losses_fall_and_then_the_validation_loss_rises():
    result = run(lesson_03.epochs)
    best = int(result.validation.argmin())
    assert 10 < best < 60
    assert result.validation[-1] > result.validation[best] + 0.1
    assert result.training[-1] < 0.8 * result.training[best]
    f = small.truth(epochs_module.PLACES)
    assert ((result.output - f) ** 2).mean() > 2 * ((result.kept_output - f) ** 2).mean()


def test_too_little_patience_takes_a_bump_for_the_end():
    losses = {}
    for patience in (1, 2, 5, 20):
        result = run(lesson_03.epochs, patience=patience)
        losses[patience] = result.validation[result.kept]
    assert losses[1] > losses[2] > losses[5] == losses[20]
    assert losses[1] > losses[20] + 0.1


def test_without_noise_the_validation_loss_stays_low():
    result = run(lesson_03.epochs, noise=0)
    assert result.validation[-1] < 0.02
    assert result.validation[-1] < 2 * result.validation.min()


@pytest.mark.parametrize("patience", [1, 5, 20])
def test_the_stop_is_that_of_the_engines_fit(patience):
    result = run(lesson_03.epochs, patience=patience)
    x, y = epochs_module.examples(0.5)
    net = small.random_network(epochs_module.UNITS, seed=1)
    history = fit(
        net, MeanSquaredError(), Adam(epochs_module.RATE), x[:20], y[:20], epochs=120,
        batch_size=epochs_module.BATCH, seed=1, validation=(x[20:], y[20:]),
        early_stopping=EarlyStopping(patience),
    )  # fmt: skip
    assert (history.kept_epoch, int(history.epochs[-1])) == (result.kept, result.stopped)
    np.testing.assert_allclose(
        net.forward(epochs_module.PLACES[:, None])[:, 0], result.kept_output, atol=1e-12
    )


def test_the_title_counts_the_parameters():
    parameters = small.random_network(epochs_module.UNITS, seed=0).theta.size
    assert f"{parameters} parameters" in lesson_03.epochs.title
    assert f"{epochs_module.TRAINING} examples" in lesson_03.epochs.title


# Diagnosis

STEPS = lesson_03_diagnosis.FIGHTS


def verdicts(case):
    return {
        step: lesson_03_diagnosis.verdict(run(lesson_03.diagnosis, case=case, step=step))
        for step in STEPS
    }


@pytest.mark.parametrize(
    ("case", "cures"),
    [
        ("A", {lesson_03_diagnosis.BIGGER}),
        ("B", {lesson_03_diagnosis.MORE, lesson_03_diagnosis.STRONGER}),
        ("C", {lesson_03_diagnosis.LONGER}),
        ("D", {lesson_03_diagnosis.WEAKER}),
        ("E", set()),
        ("F", {lesson_03_diagnosis.MORE}),
    ],
)
def test_what_helps_whom(case, cures):
    found = {step for step, words in verdicts(case).items() if words == "it helps"}
    assert found == cures
    bias, gap = lesson_03_diagnosis.gaps(run(lesson_03.diagnosis, case=case).before)
    if cures:
        larger = "bias" if bias > gap else "variance"
        assert {STEPS[step] for step in cures} == {larger}


def test_a_c_and_d_are_all_bias_and_f_has_both():
    for case in "ACD":
        bias, gap = lesson_03_diagnosis.gaps(run(lesson_03.diagnosis, case=case).before)
        assert bias > 0.05
        assert bias > 2.5 * gap
    bias, gap = lesson_03_diagnosis.gaps(run(lesson_03.diagnosis, case="F").before)
    assert gap > bias > 0.05
    after = run(lesson_03.diagnosis, case="F", step=lesson_03_diagnosis.MORE).after
    assert lesson_03_diagnosis.gaps(after)[0] > 0.05
    assert lesson_03_diagnosis.gaps(after)[1] < 0.04


def test_four_times_the_data_do_nothing_for_a_and_five_units_do():
    more = run(lesson_03.diagnosis, case="A", step=lesson_03_diagnosis.MORE)
    assert abs(more.after[2] - more.before[2]) < 0.02
    bigger = run(lesson_03.diagnosis, case="A", step=lesson_03_diagnosis.BIGGER)
    assert bigger.after[2] < bigger.before[2] - 0.1


def test_the_sentence_says_what_the_numbers_say():
    for case in lesson_03_diagnosis.CASES:
        for step in STEPS:
            result = run(lesson_03.diagnosis, case=case, step=step)
            words = lesson_03.diagnosis.describe(result)
            numbers = [
                float(n) for n in re.findall(r"(?:target|training|validation|to) (0\.\d\d)", words)
            ]
            expected = [*result.before, result.after[2]]
            np.testing.assert_allclose(numbers, expected, atol=0.0051)
            target, training, validation = result.before
            bias, gap = training - target, validation - training
            if max(bias, gap) <= 0.03:
                assert "Bias and gap were small" in words
            elif STEPS[step] != ("bias" if bias > gap else "variance"):
                name = "avoidable bias" if bias > gap else "gap"
                assert words.endswith(f"The larger part was the {name}.")
            elif "it helps" in words:
                assert "Right: the larger part" in words
            else:
                assert "another step against it does more" in words


def test_to_stop_is_right_for_e_alone():
    for case in lesson_03_diagnosis.CASES:
        result = run(lesson_03.diagnosis, case=case, step=lesson_03_diagnosis.STOP)
        np.testing.assert_array_equal(result.before, result.after)
        assert ("Stop here: right" in lesson_03.diagnosis.describe(result)) is (case == "E")


def test_where_the_disease_is_right_but_not_the_cause_another_step_against_it_does_more():
    for case in "ACDF":
        end = {step: run(lesson_03.diagnosis, case=case, step=step).after[2] for step in STEPS}
        told = [
            step
            for step in STEPS
            if "does more"
            in lesson_03.diagnosis.describe(run(lesson_03.diagnosis, case=case, step=step))
        ]
        assert told
        for step in told:
            same = [other for other in STEPS if STEPS[other] == STEPS[step]]
            assert min(end[other] for other in same) < end[step] - 0.02


def test_no_network_of_the_game_gets_below_its_target_on_the_validation_examples():
    """The target is the floor of these very examples: their noise has the mean square it says."""
    assert np.mean(lesson_03_diagnosis.validation_examples()[1] ** 2) == pytest.approx(1)
    for case in lesson_03_diagnosis.CASES:
        for step in STEPS:
            after = run(lesson_03.diagnosis, case=case, step=step).after
            assert after[2] > after[0]


# The text


def adam_parts(units, n=20, weight_decay=0.0):
    x, y = small.training_sets(100, n, noise=0.4)
    net = small.random_network(units, seed=range(100))
    fit(
        net, MeanSquaredError(), Adam(0.01), x[..., None], y, epochs=1000, record_every=1000,
        regularizer=L2(weight_decay),
    )  # fmt: skip
    predictions = net.forward(PLACES[:, None])[..., 0]
    return decompose(predictions, small.truth(PLACES), noise_variance=0.16).average()


def test_adam_shows_the_same_decomposition():
    one, four, many = (adam_parts(units) for units in (1, 4, 32))
    assert one.bias2 > 3 * four.bias2 > 9 * many.bias2
    assert one.variance < 0.6 * four.variance < 0.6 * many.variance
    assert four.total < min(one.total, many.total) - 0.04


def test_data_and_weight_decay_do_the_same_under_adam():
    few, many = adam_parts(10), adam_parts(10, n=60)
    some, much = adam_parts(10, weight_decay=0.003), adam_parts(10, weight_decay=0.1)
    assert many.variance < 0.4 * few.variance
    assert some.variance < 0.8 * few.variance
    assert much.bias2 > 4 * some.bias2


def test_twelve_steps_are_neither_too_few_to_compare_with_adam_nor_the_end_of_training():
    """The live figures stop where Adam's thousand updates do; later the variance has doubled."""
    x, y = small.training_sets(100, 20, noise=0.4)
    twelve, hundred = (
        decompose(
            small.train(x, y, 10, weight_decay=0.0001, epochs=epochs).predict(PLACES),
            small.truth(PLACES),
        ).average()
        for epochs in (12, 100)
    )
    adam = adam_parts(10)
    assert 0.5 < twelve.variance / adam.variance < 2
    assert hundred.variance > 2.2 * twelve.variance
    # and still the sum is smallest in between
    sums = [
        decompose(
            small.train(x, y, units, weight_decay=0.0001, epochs=100).predict(PLACES),
            small.truth(PLACES),
        ).average().total
        for units in (1, 3, 10)
    ]  # fmt: skip
    assert sums[1] < min(sums[0], sums[2]) - 0.01


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ((1, 40, 0.0001, 12), (6, 40, 0.0001, 12), "bias2"),
        ((6, 40, 0.0001, 1), (6, 40, 0.0001, 12), "bias2"),
        ((10, 20, 0.0001, 12), (10, 80, 0.0001, 12), "variance"),
        ((10, 20, 0.0001, 12), (10, 20, 0.001, 12), "variance"),
    ],
    ids=["bigger network", "more epochs", "more data", "regularization"],
)
def test_each_of_the_four_remedies_does_what_the_slide_says(before, after, part):
    def parts_of(units, n, weight_decay, epochs):
        x, y = small.training_sets(100, n, noise=0.4)
        nets = small.train(x, y, units, weight_decay=weight_decay, epochs=epochs)
        return decompose(nets.predict(PLACES), small.truth(PLACES)).average()

    one, two = parts_of(*before), parts_of(*after)
    assert getattr(two, part) < 0.7 * getattr(one, part)
    assert two.total < 0.85 * one.total
    if part == "bias2":
        assert two.variance > 1.5 * one.variance
    elif before[2] != after[2]:
        assert two.bias2 > 1.5 * one.bias2


# What the cells of the notebook print, and the sentences beside them


@pytest.fixture(scope="module")
def printed():
    """Every text that a cell of the lesson gives, as the committed notebook holds it."""
    notebook = nbformat.read(lessons_dir() / "03_bias_variance.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "") for output in outputs
    )


def numbers_after(words, printed):
    line = next(line for line in printed.splitlines() if words in line)
    return [float(n) for n in re.findall(r"\d+\.?\d*", line.split(words, 1)[1])]


def test_gaps_of_single_training_sets_differ_and_are_not_the_variance(printed):
    gaps = numbers_after("gaps of the ten networks:", printed)
    assert len(gaps) == 10
    assert max(gaps) > 3 * np.median(gaps)
    mean, variance = numbers_after("mean gap", printed)
    assert mean == pytest.approx(np.mean(gaps), abs=0.01)
    assert mean > variance + 0.05


def test_more_data_leave_the_bias_of_one_unit(printed):
    rows = re.findall(r"^ +(\d+) +(0\.\d\d) +(0\.\d\d) +(0\.\d\d) +(0\.\d\d)$", printed, re.M)
    assert [int(row[0]) for row in rows] == [20, 60, 200, 600]
    bias, variance, other_bias, other_variance = np.array(rows, dtype=float).T[1:]
    assert bias.min() > 0.15
    assert variance[-1] < 0.01
    assert other_bias.max() < 0.02
    assert other_variance[-1] < 0.01 < 0.2 < other_variance[0]


def test_ten_times_as_much_weight_decay_is_bias_again():
    """What the notes under the four remedies say."""
    some, more = parts_by(weight_decay=(0.001, 0.01), units=10)
    assert some.variance > 10 * some.bias2
    assert more.bias2 > more.variance


def test_learning_curves_on_digits_say_whom_data_help(printed):
    _, _, few_train, few, _, many_train, many = numbers_after("Learning curves on", printed)
    assert many_train == 0 < many < 5
    assert few_train > 10
    assert few - few_train <= 4


def test_the_validation_curve_has_its_valley_in_between(printed):
    first, _, last, _, validation_first, _, best, validation_last, _ = numbers_after(
        "Validation curve.", printed
    )
    assert first > 3 * last
    assert best < min(validation_first, validation_last) - 0.02


def test_double_descent_and_its_end_under_weight_decay(printed):
    numbers = numbers_after("Least squares:", printed)
    valley, peak, beyond = numbers[0], numbers[2], numbers[4]
    assert peak > 2 * valley > 2 * 1.5 * beyond
    decayed = numbers[6:9]
    assert decayed == sorted(decayed, reverse=True)
    variances = [numbers_after(f" {p} features:", printed)[1] for p in (60, 150, 1600)]
    assert variances[1] > 100 * variances[0] > 100 * 2 * variances[2]
