"""What "Try this", the captions and the text of lesson 02 promise really happens."""

import json
import re

import numpy as np
import pytest

from nnlab import _nearest_mean, datasets, losses
from nnlab._resources import lessons_dir
from nnlab.exercises import lesson_02_bug
from nnlab.live import (
    lesson_02,
    lesson_02_best_of_many,
    lesson_02_feature_scale,
    lesson_02_folds,
    lesson_02_leak,
    lesson_02_related_rows,
    lesson_02_split_size,
)
from nnlab.metrics import confusion_matrix
from nnlab.scalers import MinMaxScaler, Standardizer

EASY, HARD = lesson_02_split_size.TASKS
SHARES = lesson_02_split_size.SHARES
PATIENTS, TIME = lesson_02_related_rows.PATIENTS, lesson_02_related_rows.TIME
SELECTION, SCALER, COPIES = (
    lesson_02_leak.SELECTION, lesson_02_leak.SCALER, lesson_02_leak.COPIES,
)  # fmt: skip


SCALERS = Standardizer, MinMaxScaler


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


# The quick classifier


def test_the_nearest_mean_gives_the_class_of_the_nearer_mean():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((3, 20, 4)), rng.permuted(np.tile([0, 1], (3, 10)), axis=1)
    new = rng.standard_normal((3, 50, 4))
    predicted = _nearest_mean.fit_nearest_mean(x, y).predict(new)
    for replica in range(3):
        means = [x[replica][y[replica] == label].mean(axis=0) for label in (0, 1)]
        distances = [np.linalg.norm(new[replica] - mean, axis=1) for mean in means]
        np.testing.assert_array_equal(predicted[replica], distances[1] < distances[0])


def test_the_exact_accuracy_is_that_on_a_huge_fresh_sample():
    y = np.arange(40) % 2
    model = _nearest_mean.fit_nearest_mean(_nearest_mean.two_clouds(y, 5, 3, seed=1), y)
    many = np.arange(200_000) % 2
    x = _nearest_mean.two_clouds(many, 5, 1, seed=2)[0]
    for replica in range(3):
        one = _nearest_mean.NearestMean(model.weights[replica], model.bias[replica])
        for label, exact in enumerate(one.on_new_points()):
            measured = one.score(x[many == label], np.full(100_000, label == 1))
            assert measured == pytest.approx(exact, abs=0.005)


# How much to hold out


def test_a_tiny_share_says_little_and_a_large_one_is_too_low():
    result = run(lesson_02.split_size, share=5)
    tiny, large = SHARES.index(5), SHARES.index(90)
    assert result.held_out == 3  # as the question says, also that the luck is about 20 points
    assert set(np.round(result.estimates).tolist()) <= {0, 33, 67, 100}
    assert result.error[tiny] == pytest.approx(20, abs=3)
    assert result.spread[tiny] > 14 > 10 > result.spread[large]
    assert abs(result.pessimism[tiny]) < 3
    assert result.pessimism[large] > 12
    assert result.error.argmin() not in (tiny, large)


def test_the_number_of_validation_examples_counts_and_not_their_share():
    enough = {}
    for examples in (60, 200):
        result = run(lesson_02.split_size, examples=examples)
        share = next(s for s, e in zip(SHARES, result.error, strict=True) if e <= 10)
        enough[examples] = share, lesson_02_split_size.held_out_of(examples, share)
    assert enough == {60: (20, 12), 200: (5, 10)}


def test_every_share_of_every_size_is_a_whole_number_of_examples():
    for examples in lesson_02_split_size.SIZES:
        for share in SHARES:
            assert lesson_02_split_size.held_out_of(examples, share) * 100 == examples * share


def test_the_running_sums_give_the_models_that_are_trained_on_the_rows_before():
    x, sums = lesson_02_split_size._data(2)
    for rows in (57, 58):
        y = np.arange(rows) % 2
        fitted = _nearest_mean.fit_nearest_mean(x[:, :rows], y)
        quick = _nearest_mean.from_means(*lesson_02_split_size._means(sums, rows))
        np.testing.assert_allclose(quick.weights, fitted.weights)
        np.testing.assert_allclose(quick.bias, fitted.bias)


def test_the_formula_knows_nothing_of_the_luck_of_few_training_examples():
    result = run(lesson_02.split_size, share=90)
    assert result.estimates.std() > 1.25 * result.formula


def test_an_easy_task_bears_a_large_share():
    easy, hard = (run(lesson_02.split_size, share=90, task=task) for task in (EASY, HARD))
    assert easy.error[-1] < 8 < 15 < hard.error[-1]


@pytest.mark.parametrize("task", [EASY, HARD])
@pytest.mark.parametrize("examples", [60, 200])
@pytest.mark.parametrize("share", [5, 20, 40])
def test_the_formula_gives_the_spread(task, examples, share):
    result = run(lesson_02.split_size, task=task, examples=examples, share=share)
    assert result.formula == pytest.approx(result.estimates.std(), rel=0.25)


def test_spread_and_pessimism_make_up_the_error():
    result = run(lesson_02.split_size, share=70)
    together = np.sqrt(result.spread**2 + result.pessimism**2)
    np.testing.assert_allclose(result.error, together)
    np.testing.assert_allclose(result.spread[SHARES.index(70)], result.estimates.std())


# Leaks


def leak(step, leaky, features=128):
    result = run(lesson_02.leak, step=step, leaky=leaky, features=features)
    return 100 * result.reported.mean(), 100 * result.new.mean()


@pytest.mark.parametrize("step", [SELECTION, SCALER, COPIES])
@pytest.mark.parametrize("leaky", [False, True])
@pytest.mark.parametrize("features", [10, 64, 128, 256])
def test_new_data_and_honest_scores_are_at_chance(step, leaky, features):
    reported, new = leak(step, leaky, features)
    assert new == pytest.approx(50, abs=5)
    if not leaky:
        assert reported == pytest.approx(50, abs=5)


def test_choosing_features_before_the_split_pretends_knowledge_and_more_of_it_with_more_features():
    scores = [leak(SELECTION, True, features)[0] for features in (16, 32, 64, 128, 256)]
    assert (np.diff(scores) > 1).all()
    assert scores[3] == pytest.approx(80, abs=4)  # as the question says


@pytest.mark.parametrize("features", lesson_02_leak.FEATURES)
def test_a_scaler_fitted_before_the_split_hardly_matters(features):
    leaky, honest = (run(lesson_02.leak, step=SCALER, leaky=on, features=features) for on in (1, 0))
    assert (leaky.reported != honest.reported).any()
    assert abs(leaky.reported.mean() - honest.reported.mean()) < 0.03


def test_copies_on_both_sides_pretend_knowledge():
    assert leak(COPIES, True)[0] > 65
    x, _ = lesson_02_leak._rows(10, copied=True, leaky=True)
    train, validation = x[:, :20, 0], x[:, 20:40, 0]
    twins = [np.isin(v, t).mean() for t, v in zip(train, validation, strict=True)]
    assert np.mean(twins) == pytest.approx(0.5, abs=0.05)
    x, _ = lesson_02_leak._rows(10, copied=True, leaky=False)
    assert not any(np.isin(s[20:40], s[:20]).any() for s in x[..., 0])


def test_without_a_choice_of_features_there_is_no_leak():
    """Ten of ten: looking at the validation part changes nothing."""
    assert leak(SELECTION, True, 10) == leak(SELECTION, False, 10)


def test_the_pipeline_with_three_leaks_is_far_above_chance_and_the_mended_one_at_chance():
    def accuracy(pipeline):
        rng = np.random.default_rng(0)
        right = []
        for _ in range(50):
            x, y, rows = rng.standard_normal((60, 100)), rng.integers(0, 2, 60), rng.permutation(60)
            answers = pipeline(x, y, rows[:40], rows[40:]) > 0
            right.append(np.mean(answers == y[rows[40:]]))
        return np.mean(right)

    assert accuracy(lesson_02_bug._start) > 0.75
    assert accuracy(lesson_02_bug.margins) == pytest.approx(0.5, abs=0.05)


# Feature scale


def scale(ratio, correlation):
    return run(lesson_02.feature_scale, ratio=ratio, correlation=correlation)


def test_a_large_feature_costs_steps_with_its_square_and_none_once_standardized():
    for correlation in (0, 0.3, 0.6, 0.9):
        results = [scale(ratio, correlation) for ratio in (1, 10, 100)]
        one, ten, hundred = (result.raw.steps for result in results)
        assert hundred > 10_000
        assert hundred / ten == pytest.approx(100, rel=0.1)
        assert {result.standardized.steps for result in results} == {one}
    assert scale(1, 0).raw.steps == 1


def test_on_a_round_valley_one_step_hits_the_minimum():
    drawn = scale(1, 0).raw
    np.testing.assert_allclose(drawn.path[1], drawn.path[-1], atol=1e-9)


def test_a_feature_far_from_0_makes_a_valley_with_the_bias():
    x = np.random.default_rng(0).standard_normal((50, 1)) + 10
    for seen, valley in ((x, True), (Standardizer().fit_transform(x), False)):
        with_ones = np.hstack([seen, np.ones((50, 1))])
        assert (np.linalg.cond(with_ones.T @ with_ones) > 1000) == valley


def test_an_outlier_squeezes_the_others_more_with_min_max_scaling():
    x = np.append(np.random.default_rng(0).standard_normal(500), 100)[:, None]
    left = [np.ptp(s().fit_transform(x)[:-1]) / np.ptp(s().fit_transform(x[:-1])) for s in SCALERS]
    assert left[1] < left[0] / 2 < 0.15


def test_standardization_does_not_cure_correlation():
    assert scale(10, 0).standardized.steps == 1
    assert scale(10, 0.9).standardized.steps > 20


def descend(x, y, rate, steps):
    """Take plain steps with the engine's loss; return the loss above its minimum after each."""
    loss = losses.MeanSquaredError()
    least = loss.value((x @ np.linalg.lstsq(x, y)[0])[:, None], y)
    w, above = lesson_02_feature_scale.START[:, None].copy(), []
    for _ in range(steps + 1):
        above.append(loss.value(x @ w, y) - least)
        w -= rate * x.T @ loss.grad(x @ w, y)
    return np.array(above)


def steps_needed(above):
    close = above <= lesson_02_feature_scale.CLOSE + 1e-9
    return int(close.argmax()) if close.any() else np.inf


@pytest.mark.parametrize(("ratio", "correlation"), [(1, 0.6), (5, 0.3), (10, 0.0), (7, 0.9)])
@pytest.mark.parametrize("standardized", [False, True])
def test_the_steps_are_those_of_gradient_descent_and_no_other_learning_rate_needs_fewer(
    ratio, correlation, standardized
):
    x, y = lesson_02_feature_scale.features(ratio, correlation)
    result = scale(ratio, correlation)
    shown = result.standardized if standardized else result.raw
    if standardized:
        x = Standardizer().fit_transform(x)
    assert steps_needed(descend(x, y, shown.rate, shown.steps + 2)) == shown.steps
    diverging = 2 / np.linalg.eigvalsh(2 * x.T @ x / len(x)).max()
    others = np.linspace(0.05, 1.02, 30) * diverging
    assert min(steps_needed(descend(x, y, rate, shown.steps)) for rate in others) >= shown.steps


@pytest.mark.parametrize("ratio", [1, 5, 20])
def test_the_drawn_path_and_the_loss_curve_are_those_steps(ratio):
    x, y = lesson_02_feature_scale.features(ratio, 0.3)
    shown = scale(ratio, 0.3).raw
    above = descend(x, y, shown.rate, 40)
    least = losses.MeanSquaredError().value((x @ np.linalg.lstsq(x, y)[0])[:, None], y)
    drawn = [losses.MeanSquaredError().value((x @ w)[:, None], y) - least for w in shown.path]
    np.testing.assert_allclose(drawn, above, rtol=1e-6, atol=1e-9)
    steps = lesson_02_feature_scale.STEPS
    first = steps <= 40
    curve = np.interp(steps[first], np.arange(41), np.log(np.maximum(above, 1e-12)))
    np.testing.assert_allclose(np.log(shown.loss[first]), curve, atol=2)


# Folds


def test_plain_folds_miss_the_rare_class_and_stratified_ones_do_not():
    missing = []
    for shuffle in range(1, 9):
        plain = run(lesson_02.folds, k=10, stratified=False, shuffle=shuffle)
        missing.append(np.isnan(plain.scores).sum())
        dealt = run(lesson_02.folds, k=10, stratified=True, shuffle=shuffle)
        assert not np.isnan(dealt.scores).any()
    assert min(missing) >= 1
    assert 1.7 <= np.mean(missing) <= 3.3  # as the question says


@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("k", lesson_02_folds.K)
def test_every_example_is_validated_on_once_and_scored_by_both_classes(k, stratified):
    result = run(lesson_02.folds, k=k, stratified=stratified, shuffle=3)
    assert (np.count_nonzero(result.member[:k] >= 2, axis=0) == 1).all()
    assert np.isnan(result.member[k:]).all()
    x, y = lesson_02_folds._data(), lesson_02_folds.Y
    train, validation = result.member[0] < 2, result.member[0] >= 2
    model = _nearest_mean.fit_nearest_mean(x[train], y[train])
    table = confusion_matrix(y[validation], model.predict(x[validation]).astype(int), 2)
    with np.errstate(invalid="ignore"):
        recalls = table.diagonal() / table.sum(axis=1)
    np.testing.assert_allclose(result.scores[0], 100 * recalls.mean())


def test_single_folds_jump_more_than_their_mean():
    results = [
        run(lesson_02.folds, k=5, stratified=True, shuffle=shuffle) for shuffle in range(1, 9)
    ]
    single = np.concatenate([result.scores for result in results])
    assert single.std() > 4 * np.std([result.mean for result in results])


def test_many_folds_have_coarse_scores():
    few, many = (
        np.concatenate(
            [run(lesson_02.folds, k=k, stratified=True, shuffle=s).scores for s in range(1, 9)]
        )
        for k in (2, 10)
    )
    assert many.std() > 2 * few.std()


def test_with_two_folds_the_standard_error_is_luck():
    assert run(lesson_02.folds, k=2, stratified=True, shuffle=1).standard_error > 5
    assert run(lesson_02.folds, k=2, stratified=True, shuffle=6).standard_error < 0.1


# Related rows


def related(kind, kinship):
    return run(lesson_02.related_rows, kind=kind, kinship=kinship).scores


@pytest.mark.parametrize("kind", [PATIENTS, TIME])
@pytest.mark.parametrize("kinship", lesson_02_related_rows.KINSHIP)
def test_the_honest_split_agrees_with_new_data(kind, kinship):
    random, honest, new = related(kind, kinship)
    error = np.sqrt((honest.var() + new.var()) / len(new))
    assert abs(honest.mean() - new.mean()) < 3 * error
    assert random.mean() > honest.mean() - 3 * error


@pytest.mark.parametrize(("kind", "gap"), [(PATIENTS, 35), (TIME, 15)])
def test_a_random_split_promises_everything(kind, gap):
    random, _, new = related(kind, 0.98).mean(axis=1)
    assert random > 97
    assert random - new > gap


def test_new_patients_are_classified_no_better_than_before():
    assert related(PATIENTS, 0.98)[2].mean() < related(PATIENTS, 0.0)[2].mean() + 2


def test_without_correlation_days_may_be_split_at_random():
    random, honest, new = related(TIME, 0.0).mean(axis=1)
    assert np.ptp([random, honest, new]) < 2


def test_without_correlation_a_random_split_of_patients_still_knows_the_mix_of_classes():
    random, honest, new = related(PATIENTS, 0.0).mean(axis=1)
    assert 2 < random - (honest + new) / 2 < 6
    _, y = lesson_02_related_rows.rows(PATIENTS, 0.0)
    ones = y[:, : lesson_02_related_rows.ROWS].mean(axis=1)
    even, odd = np.abs(ones - 0.5) < 0.05, np.abs(ones - 0.5) > 0.2
    by_mix = [related(PATIENTS, 0.0)[0, sets].mean() for sets in (even, odd)]
    assert by_mix[0] < new + 2 < by_mix[1] - 4


def test_twelve_patients_make_an_uncertain_estimate():
    random, honest, _ = related(PATIENTS, 0.98).std(axis=1)
    assert honest > 20 > 5 > random


def test_rows_of_one_patient_correlate_as_stated():
    x, _ = lesson_02_related_rows.rows(PATIENTS, 0.7)
    first, second = x[:, ::10, 1].ravel(), x[:, 1::10, 1].ravel()
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.7, abs=0.05)
    x, _ = lesson_02_related_rows.rows(TIME, 0.7)
    assert np.corrcoef(x[:, :-1, 1].ravel(), x[:, 1:, 1].ravel())[0, 1] == pytest.approx(
        0.7, abs=0.05
    )


# The best of many


def best_of_many(validated):
    result = run(lesson_02.best_of_many, validated=validated)
    return result.validation.mean(axis=1), result.test.mean(axis=1)


@pytest.mark.parametrize("validated", lesson_02_best_of_many.SIZES)
def test_the_validation_score_rises_with_every_model_and_the_gap_opens(validated):
    validation, test = best_of_many(validated)
    assert (np.diff(validation) > 0).all()
    assert abs(validation[0] - test[0]) < 3
    assert validation[-1] - test[-1] > 1


def test_the_test_score_soon_does_not_rise():
    validation, test = best_of_many(30)
    eighth = lesson_02_best_of_many.MODELS.index(8)
    assert validation[-1] - validation[eighth] > 4
    assert test[-1] - test[eighth] < 2
    assert test[-1] > test[0] + 4  # choosing does help


def test_more_validation_examples_close_the_gap():
    gaps = [np.subtract(*best_of_many(validated))[-1] for validated in (20, 200)]
    assert gaps[0] > 7 > 3 > gaps[1]


# Captions


def test_captions_say_what_was_computed():
    result = run(lesson_02.leak)
    caption = lesson_02.leak.describe(result)
    numbers = [float(n) for n in re.findall(r"\d+\.\d(?= %)", caption)]
    np.testing.assert_allclose(
        numbers, [100 * result.reported.mean(), 100 * result.new.mean()], atol=0.051
    )
    caption = lesson_02.feature_scale.describe(scale(100, 0))
    assert "14\N{NARROW NO-BREAK SPACE}000 steps" in caption
    assert "1 step on" in caption


# Runs of the notebook


def outputs():
    """Return all texts that the committed notebook prints or says under its pictures."""
    notebook = json.loads((lessons_dir() / "02_data_splits.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            yield "".join(output.get("text", output.get("data", {}).get("text/plain", "")))


def printed(pattern):
    """Return the numbers of the one output that fits."""
    (found,) = [match for text in outputs() if (match := re.search(pattern, text))]
    return [float(number) for number in found.groups()]


def test_five_folds_take_away_the_luck_of_the_shuffle():
    low, high, one = printed(
        r"one split +from ([\d.]+)% to ([\d.]+)%, standard deviation ([\d.]+)%"
    )
    (five,) = printed(r"five folds .*standard deviation ([\d.]+)%")
    assert high - low > 5
    assert five < one / 3


def test_the_wine_features_have_the_scales_that_the_text_says():
    wine = datasets.wine()
    std = dict(zip(wine.feature_names, wine.x.std(axis=0), strict=True))
    assert (round(std["proline"]), round(std["hue"], 2)) == (314, 0.23)


def test_no_learning_rate_makes_up_for_raw_features_and_many_do_for_scaled_ones():
    standardized, min_max, raw = printed(
        r"at least 90%: standardized: (\d+) of 19; min–max: (\d+) of 19; raw: (\d+) of 19"
    )
    assert raw == 0
    assert min(standardized, min_max) >= 6
