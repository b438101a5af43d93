"""What "Try this", the captions and the text of lesson 10 promise really happens."""

import itertools
import json
import re

import numpy as np
import pytest

from nnlab._resources import lessons_dir
from nnlab.datasets import diabetes
from nnlab.exercises import quizzes
from nnlab.exercises.lesson_10_project import MARGINS, train_network
from nnlab.live import lesson_10
from nnlab.live.lesson_10_budget import TRIALS, chances
from nnlab.live.lesson_10_next_step import SMALL_GAP, parts
from nnlab.losses import MeanSquaredError
from nnlab.metrics import r_squared


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


def notebook():
    return json.loads((lessons_dir() / "10_capstone.ipynb").read_text(encoding="utf-8"))["cells"]


def printed(start):
    """Return what the cell that begins with `start` printed in the committed notebook."""
    (cell,) = (c for c in notebook() if "".join(c["source"]).startswith(start))
    output = cell["outputs"][0]
    return "".join(output["text"] if "text" in output else output["data"]["text/plain"])


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


# The learning curve ------------------------------------------------------------------------------


def right_end(**changes):
    """Return the mean R² in training and in validation with all examples."""
    result = run(lesson_10.next_step, **changes)
    return result.training[-1].mean(), result.validation[-1].mean()


def test_the_start_shows_a_gap_that_is_still_closing():
    result = run(lesson_10.next_step)
    gaps = (result.training - result.validation).mean(axis=1)
    assert (np.diff(gaps) < -0.05).all()
    assert gaps[-1] > SMALL_GAP + 0.05
    assert "a gap" in lesson_10.next_step.describe(result)


def test_weight_decay_closes_the_gap_and_helps():
    training, validation = right_end(weight_decay=0.3)
    assert training - validation < 0.06
    assert validation > right_end()[1] + 0.01


def test_five_epochs_are_low_and_close_together():
    training, validation = right_end(epochs=5)
    assert training < parts().linear - 0.05
    assert training - validation < SMALL_GAP - 0.01
    result = run(lesson_10.next_step, epochs=5)
    assert "training is low too" in lesson_10.next_step.describe(result)
    # More data do nothing: the validation curve is nearly flat at the right.
    assert np.ptp(result.validation[2:].mean(axis=1)) < 0.1


def test_hardly_any_setting_beats_the_linear_model():
    demo = lesson_10.next_step
    best = max(demo.compute(**settings).validation[-1].mean() for settings in demo.all_settings())
    assert parts().linear < best < parts().linear + 0.06


def test_the_advice_does_not_hang_on_the_last_digit_at_the_start():
    training, validation = right_end()
    assert abs(training - validation - SMALL_GAP) > 0.02


def test_the_figure_trains_what_the_worked_example_trains():
    given = parts()
    predict = train_network(
        {"units": 32, "learning_rate": 0.02, "weight_decay": 0.001, "epochs": 50},
        0, MeanSquaredError(), 1, given.x, given.y,
    )  # fmt: skip
    score = r_squared(given.validation_y, predict(given.validation_x))
    assert run(lesson_10.next_step).validation[-1, 0] == pytest.approx(score, abs=1e-6)


def test_the_quiz_quotes_the_figure():
    training, validation = right_end()
    said = quizzes()["10.q_next_step"].question
    assert numbers(said) == [round(training, 2), round(validation, 2), round(parts().linear, 2)]


# The budget --------------------------------------------------------------------------------------


def test_the_expected_best_of_k_is_that_of_all_subsets():
    scores = np.sort(np.random.default_rng(0).normal(size=6))[::-1]
    for k in range(1, 7):
        best = np.mean([max(some) for some in itertools.combinations(scores, k)])
        assert chances(6)[k - 1] @ scores == pytest.approx(best)


def test_the_first_trials_win_most_and_after_eight_the_test_hardly_moves():
    result = run(lesson_10.budget, trials=16)
    seeming, real = result.seeming.mean(axis=0), result.real.mean(axis=0)
    assert seeming[3] > 0.7 * seeming[15]
    assert abs(real[15] - real[7]) < 0.03


@pytest.mark.parametrize("search", range(1, 6))
def test_with_ten_rows_a_search_seems_to_win_much_more_than_it_does(search):
    few = run(lesson_10.budget, rows=10, trials=16, search=search)
    assert few.seeming[:, -1].mean() > 1.7 * few.real[:, -1].mean()
    many = run(lesson_10.budget, rows=160, trials=16, search=search)
    assert abs(many.seeming[:, -1].mean() - many.real[:, -1].mean()) < 0.08


def test_on_average_the_test_score_lies_below_the_more_so_the_fewer_the_rows():
    lost = {}
    for rows in (10, 160):
        results = [run(lesson_10.budget, rows=rows, search=search) for search in range(1, 6)]
        best = [result.seeming[:, -1].mean() - result.real[:, -1].mean() for result in results]
        lost[rows] = np.mean(best)
    assert lost[10] > lost[160] + 0.1


def test_a_test_score_may_lie_above_or_below():
    demo = lesson_10.budget
    below = []
    for search in range(1, 6):
        result = run(demo, trials=16, search=search)
        own = int(np.argmax(result.validation[0]))
        below.append(result.test[0, own] < result.validation[0, own])
    assert any(below)
    assert not all(below)


def test_the_budget_slider_changes_what_is_looked_at_and_not_what_is_trained():
    few, many = run(lesson_10.budget, trials=2), run(lesson_10.budget, trials=16)
    np.testing.assert_array_equal(few.validation, many.validation)
    assert many.validation.shape == (6, TRIALS)


def test_one_trial_wins_nothing():
    result = run(lesson_10.budget, trials=1)
    assert (result.seeming[:, 0] == 0).all()
    assert (result.real[:, 0] == 0).all()


# The text ----------------------------------------------------------------------------------------


def test_the_first_network_is_no_better_than_the_plane_and_fits_its_own_rows_better():
    training, validation = numbers(printed("first = {"))
    mean, linear = numbers(printed("scores = {}"))
    assert validation <= linear < training - 0.1
    assert -0.1 < mean < 0


def test_the_network_is_healthy_before_training():
    out = printed("net = Sequential(")
    assert "dead units 0%" in out
    assert all(0.1 < number < 2 for number in numbers(out))


def test_the_chosen_trial_is_at_the_top_of_what_its_settings_give():
    chosen, mean, low, high, linear = numbers(printed("again = []"))
    assert low < mean < high <= chosen
    assert abs(chosen - linear) <= high - low + 0.01


def test_half_of_the_variance_give_or_take_the_standard_error():
    score, spread = numbers(printed("best = trials[chosen]"))
    assert abs(score - 0.5) < spread
    linear = numbers(printed("scores = {}"))[1]
    mean = numbers(printed("again = []"))[1]
    assert abs(mean - linear) < spread


def test_the_two_best_trials_have_small_learning_rates():
    rows = [numbers(line) for line in printed("for number, trial").splitlines()]
    best = sorted(rows, key=lambda row: row[-1])[-2:]
    smallest = sorted(row[0] for row in rows)[:3]
    assert all(row[0] in smallest for row in best)


def test_tables_of_the_text_are_those_of_the_data():
    text = "".join("".join(c["source"]) for c in notebook() if c["cell_type"] == "markdown")
    for name, margin in MARGINS.items():
        if name != "breast_cancer":
            (line,) = re.findall(rf"\| `data = datasets.{name}\(\)` \|.*\|", text)
            assert float(re.findall(r"\| ([\d.]+) in", line)[0]) == margin
    assert f"accuracy at least {MARGINS['breast_cancer']} above the baseline" in text
    assert "from 25 to 346" in printed("data = datasets.diabetes()")
    assert len(diabetes()) == 442
