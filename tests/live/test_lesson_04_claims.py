"""What "Try this", the captions and the text of lesson 04 promise really happens."""

import json
import re

import numpy as np
import pytest

from nnlab import datasets, optimizers
from nnlab._resources import lessons_dir
from nnlab.exercises.lesson_04_goal import GOALS, HIGH, LOW, TRIES, accuracies, problem
from nnlab.exercises.lesson_04_goal import trained as trained_goal
from nnlab.layers import Dense
from nnlab.live import lesson_04, lesson_04_adam, lesson_04_geometry, lesson_04_strength
from nnlab.losses import BinaryCrossEntropy, MeanSquaredError
from nnlab.network import Sequential
from nnlab.optimizers import SGD
from nnlab.regularizers import L1, L2, Proximal
from nnlab.scalers import Standardizer
from nnlab.training import fit


def run(demo, **changes):
    return demo.compute(**demo.settings(**changes))


# The strength of a penalty


def strengths_of(penalty, n=30):
    return {
        value: run(lesson_04.strength, penalty=penalty, strength=value, n=n)
        for value in lesson_04_strength.STRENGTHS
    }


def borders(result):
    """Return into how many pieces the border between the classes cuts the plane."""
    inside = result.surface > 0.5
    seen, pieces = np.zeros_like(inside), 0
    for start in np.ndindex(inside.shape):
        if seen[start]:
            continue
        pieces, stack = pieces + 1, [start]
        seen[start] = True
        while stack:
            i, j = stack.pop()
            for k, m in ((i + 1, j), (i - 1, j), (i, j + 1), (i, j - 1)):
                inner = 0 <= k < inside.shape[0] and 0 <= m < inside.shape[1]
                if inner and not seen[k, m] and inside[k, m] == inside[i, j]:
                    seen[k, m] = True
                    stack.append((k, m))
    return pieces


def bend(result):
    """Return how far the border's height is from a straight line, in steps of the grid."""
    crossings = [
        (column, np.flatnonzero(np.diff(line)))
        for column, line in enumerate((result.surface > 0.5).astype(int).T)
    ]
    x, y = np.array([(column, at[0]) for column, at in crossings if len(at) == 1]).T
    return np.abs(y - np.polyval(np.polyfit(x, y, 1), x)).max()


def test_without_a_penalty_the_net_overfits_and_l2_cures_it():
    results = strengths_of("L2")
    none, good, strong = results[0], results[0.003], results[0.1]
    assert none.accuracies[0] == 1
    assert none.accuracies[1] < 0.8
    assert borders(none) > 2  # an island or a peninsula cut off
    assert borders(good) == 2
    assert none.validation[-1] > none.validation.min() + 0.3  # it climbs
    assert good.validation[-1] < 0.35
    assert good.validation[-1] < good.validation.min() + 0.02  # it stays down
    assert good.accuracies[1] > none.accuracies[1] + 0.1
    assert bend(strong) <= 1.5
    assert bend(good) > 5
    assert strong.validation[-1] > good.validation[-1] + 0.1


def test_the_training_loss_rises_with_the_strength_and_the_validation_loss_has_a_valley():
    results = list(strengths_of("L2").values())
    assert (np.diff([result.train[-1] for result in results]) > 0).all()
    validation = np.array([result.validation[-1] for result in results])
    assert 0 < validation.argmin() < len(validation) - 1


def test_l1_by_gradient_leaves_small_weights_and_the_proximal_step_zeros():
    for strength in lesson_04_strength.STRENGTHS[1:]:
        assert run(lesson_04.strength, penalty="L2", strength=strength).zeros == 0
        assert run(lesson_04.strength, penalty="L1, gradient", strength=strength).zeros == 0
        assert run(lesson_04.strength, penalty="L1, proximal step", strength=strength).zeros > 0
    gradient = run(lesson_04.strength, penalty="L1, gradient", strength=0.003)
    proximal = run(lesson_04.strength, penalty="L1, proximal step", strength=0.003)
    small = np.abs(gradient.weights) < 0.01
    assert small.mean() > 0.6
    assert (proximal.weights[small] == 0).mean() > 0.95
    same = (gradient.surface > 0.5) == (proximal.surface > 0.5)
    assert same.mean() > 0.98  # the same border


def test_more_points_need_no_penalty():
    few, many = (run(lesson_04.strength, strength=0, n=n) for n in (30, 100))
    assert many.accuracies[1] > 0.9
    assert many.validation[-1] - many.train[-1] < 0.2
    assert few.validation[-1] - few.train[-1] > 0.8


def test_sizes_of_weights_are_counted_once_each():
    weights = np.array([0.0, -0.0, 1e-9, -0.0005, 0.001, -0.002, 0.05, 0.5, -1.0, 1.5])
    shares = lesson_04_strength.shares_of_sizes(weights)
    assert shares.tolist() == [20, 30, 10, 10, 20, 10]


def test_the_caption_counts_what_the_bars_show():
    result = run(lesson_04.strength, penalty="L1, proximal step", strength=0.01)
    said = int(re.search(r"(\d+) of 96 weights", lesson_04.strength.describe(result)).group(1))
    assert (
        said
        == (result.weights == 0).sum()
        == len(result.weights) - np.count_nonzero(result.weights)
    )


# Two weights


@pytest.mark.parametrize("correlation", [0.0, 0.8, 0.2, -0.4, -0.8])
@pytest.mark.parametrize("strength", [0.25, 1.0, 2.5])
@pytest.mark.parametrize("penalty", ["L1", "L2"])
def test_solutions_minimize_loss_plus_penalty(penalty, strength, correlation):
    result = run(lesson_04.geometry, penalty=penalty, strength=strength, correlation=correlation)

    def objective(w):
        size = np.abs(w).sum(axis=-1) if penalty == "L1" else 0.5 * (w**2).sum(axis=-1)
        return lesson_04_geometry.loss(w, correlation) + strength * size

    nudges = np.random.default_rng(0).normal(0, 1, (500, 2)) * np.geomspace(1e-4, 1, 500)[:, None]
    assert (objective(result.solution + nudges) > objective(result.solution)).all()
    on_path = result.path[np.isclose(lesson_04_geometry.ALONG, strength).argmax()]
    np.testing.assert_allclose(on_path, result.solution, atol=1e-12)


def test_the_corner_of_the_diamond_makes_one_weight_exactly_0_and_the_other_not():
    before, after = (run(lesson_04.geometry, strength=value) for value in (0.5, 1))
    assert (before.solution != 0).all()
    assert after.solution[1] == 0
    assert after.solution[0] > 0.5


def test_l2_gives_no_zero_at_any_setting():
    demo = lesson_04.geometry
    for settings in demo.all_settings():
        if settings["penalty"] == "L2":
            assert (demo.compute(**settings).solution != 0).all(), settings
    for strength in lesson_04_geometry.STRENGTHS:
        assert (run(demo, penalty="L2", strength=strength).solution > 0.05).all()


@pytest.mark.parametrize("strength", [1.75, 2.0])
def test_of_two_correlated_inputs_l1_keeps_one_and_l2_shares(strength):
    l1, l2 = (
        run(lesson_04.geometry, penalty=penalty, strength=strength, correlation=0.8).solution
        for penalty in ("L1", "L2")
    )
    assert l1[1] == 0
    assert l1[0] > 0.3
    assert l2.min() > 0.8 * l2.max()


def test_with_a_negative_correlation_l1_stays_at_0_and_l2_passes_through():
    l1, l2 = (
        run(lesson_04.geometry, penalty=penalty, correlation=-0.8).path[:, 1]
        for penalty in ("L1", "L2")
    )
    first = (l1 == 0).argmax()
    assert 0 < first < len(l1) // 4
    assert (l1[first:] == 0).all()
    assert l2[0] > 0.5
    assert l2[-1] < -0.05
    assert (l2 != 0).all()


def test_solution_lies_on_both_lines():
    for penalty in ("L1", "L2"):
        result = run(lesson_04.geometry, penalty=penalty, correlation=0.6)
        heights = lesson_04_geometry.loss(result.level_line, 0.6)
        at_solution = lesson_04_geometry.loss(result.solution, 0.6)
        np.testing.assert_allclose(heights, at_solution)
        size = (np.abs if penalty == "L1" else np.square)(result.ball).sum(axis=1)
        own = (np.abs if penalty == "L1" else np.square)(result.solution).sum()
        np.testing.assert_allclose(size, own)


# L2 and decoupled decay


def test_l2_under_adam_spares_large_gradients_and_takes_the_others():
    result = run(lesson_04.adam)
    penalty, decoupled = result.means[:, -1]
    assert penalty[0] < 0.05
    assert penalty[-1] > 0.85
    assert (np.diff(penalty) > -0.01).all()
    np.testing.assert_allclose(decoupled, result.formula, atol=0.02)


def test_the_left_end_loses_all_at_a_small_strength_and_the_right_end_keeps_most_at_a_large_one():
    ends = {s: run(lesson_04.adam, strength=s).means[0, -1] for s in (0, 0.03, 0.3)}
    np.testing.assert_allclose(ends[0], 1, atol=0.01)
    assert ends[0.03][0] < 0.05
    assert abs(ends[0.03][0] - ends[0.3][0]) < 0.05
    assert 0.6 < ends[0.3][-1] < ends[0.03][-1] - 0.15


def test_every_mean_weight_is_inside_the_picture():
    demo = lesson_04.adam
    means = np.array([demo.compute(**settings).means for settings in demo.all_settings()])
    assert means.min() > -0.08
    assert means.max() < 1.1  # above it stands the legend


def test_under_sgd_the_two_are_the_same():
    for strength in (0.03, 0.3):
        for rate in (0.003, 0.03):
            result = run(lesson_04.adam, optimizer="SGD", strength=strength, rate=rate)
            np.testing.assert_allclose(result.means[0], result.means[1], atol=1e-10)
            np.testing.assert_allclose(result.means[:, -1], result.formula, atol=1e-10)


def test_the_decoupled_half_of_the_figure_is_adamw():
    result = run(lesson_04.adam, strength=0.2, rate=0.01)
    noise = lesson_04_adam.noise()
    w, adamw = np.ones(noise.shape[1]), optimizers.AdamW(0.01, weight_decay=0.2)
    for gradient in noise:
        adamw.step(w, gradient.copy())
    np.testing.assert_allclose(
        w.reshape(len(lesson_04_adam.SCALES), -1).mean(axis=1), result.means[1, -1], atol=1e-12
    )


# What the text says of the sweep over ten training sets


@pytest.fixture(scope="module")
def sweep():
    """Run the lesson's own cells: its imports and the cell with the sweep."""
    notebook = json.loads((lessons_dir() / "04_regularization.ipynb").read_text(encoding="utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    scope = {}
    exec(cells[0], scope)
    exec(next(cell for cell in cells if "def sweep(" in cell), scope)
    return scope


@pytest.mark.parametrize("name", ["L2", "L1, proximal step"])
def test_the_valley_is_at_most_one_power_of_ten_wide_and_the_band_narrows_towards_it(sweep, name):
    strengths, losses = sweep["strengths"], sweep["results"][name]
    means, bands = losses.mean(axis=1), np.ptp(losses, axis=1)
    good = strengths[means < 1.2 * means.min()]
    assert 2 < good.max() / good.min() < 11
    assert means[0] > 2 * means.min()
    assert means[-1] > 1.5 * means.min()
    assert (np.diff(bands[: means.argmin() + 1]) < 0.05).all()
    assert bands[means.argmin()] < 0.3 * bands[0]


@pytest.mark.parametrize("rate", [0.5, 1.0])
def test_with_a_smaller_learning_rate_the_valley_stays_and_its_left_side_is_lower(sweep, rate):
    strengths, new = sweep["strengths"], sweep["new"]
    net = sweep["small_net"]([*range(10)] * len(strengths))
    fit(
        net, BinaryCrossEntropy(), SGD(rate), sweep["x"], sweep["y"], epochs=600, record_every=600,
        regularizer=L2(np.repeat(strengths, 10)),
    )  # fmt: skip
    means = BinaryCrossEntropy().value(net.forward(new.x), new.y).reshape(-1, 10).mean(axis=1)
    usual = sweep["results"]["L2"].mean(axis=1)
    valley = usual < 1.2 * usual.min()
    assert valley[means.argmin()]
    np.testing.assert_allclose(means.min(), usual.min(), rtol=0.05)
    assert (means[:3] < usual[:3] - 0.1).all()


# The goal's table


def goal_rows():
    source = (lessons_dir() / "source" / "04_regularization.md").read_text(encoding="utf-8")
    return re.findall(r"^\| .* \| (\d+) % \| (\d+) % \|$", source, flags=re.MULTILINE)


def test_the_table_of_the_goal_is_true():
    rows = goal_rows()
    assert len(rows) == len(GOALS)
    for (without, goal), (name, wanted) in zip(rows, GOALS.items(), strict=True):
        task = problem(name)
        assert int(goal) == round(100 * wanted)
        assert abs(100 * accuracies(name, (1e-12,))[0] - int(without)) < 1
        assert str(len(task.train[1])) in name


def test_nets_of_the_goal_get_all_training_examples_right():
    for name in GOALS:
        assert trained_goal(name, (1e-12,)).train["accuracy"][-1] == 1


def test_no_single_strength_serves_all_three_nets_and_a_log_grid_does():
    fine = tuple(np.geomspace(1e-4, 1, 81).tolist())
    passed = np.array([accuracies(name, fine) >= goal for name, goal in GOALS.items()])
    assert not passed.all(axis=0).any()
    useful = np.array(fine)[passed.any(axis=0)]
    assert useful.min() == pytest.approx(0.0007, rel=0.3)
    assert useful.max() == pytest.approx(0.5, rel=0.3)
    # the steps of ten values over the range are shorter than every window
    step = (HIGH / LOW) ** (1 / (TRIES - 1))
    for row in passed:
        inside = np.array(fine)[row]
        assert inside.max() / inside.min() > step


# Conventions of other libraries


def standardized():
    data = datasets.breast_cancer()
    x = Standardizer().fit_transform(data.x)[:120, :6]
    return x, data.y[:120]


def trained(x, y, loss, strength, epochs=4000):
    net = Sequential(Dense(x.shape[1], 1), dtype=np.float64)
    fit(
        net, loss, SGD(0.5), x, y, epochs=epochs, record_every=epochs,
        regularizer=Proximal(L2(strength)),
    )  # fmt: skip
    return net.theta


def test_logistic_regression_of_scikit_learn():
    linear_model = pytest.importorskip("sklearn.linear_model")
    x, y = standardized()
    model = linear_model.LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000).fit(x, y)
    ours = trained(x, y, BinaryCrossEntropy(), 1 / (0.5 * len(y)))
    np.testing.assert_allclose(ours, [*model.coef_[0], *model.intercept_], atol=1e-4)


def test_lasso_of_scikit_learn():
    linear_model = pytest.importorskip("sklearn.linear_model")
    data = datasets.diabetes()
    x, y = Standardizer().fit_transform(data.x), data.y - data.y.mean()
    model = linear_model.Lasso(alpha=5.0, tol=1e-12, max_iter=100_000).fit(x, y)
    net = Sequential(Dense(10, 1), dtype=np.float64)
    fit(
        net, MeanSquaredError(), SGD(0.1), x, y, epochs=4000, record_every=4000,
        regularizer=Proximal(L1(2 * 5.0)),
    )  # fmt: skip
    ours = net.theta[net.weight_mask]
    assert (model.coef_ == 0).any()
    np.testing.assert_array_equal(ours == 0, model.coef_ == 0)
    np.testing.assert_allclose(ours, model.coef_, atol=1e-4)


def test_alpha_of_the_multilayer_perceptron_of_scikit_learn():
    neural_network = pytest.importorskip("sklearn.neural_network")
    x, y = standardized()
    model = neural_network.MLPClassifier(
        hidden_layer_sizes=(), alpha=3.0, solver="lbfgs", tol=1e-12, max_iter=10_000, random_state=0
    ).fit(x, y)
    theirs = [*model.coefs_[0][:, 0], *model.intercepts_[0]]
    ours = trained(x, y, BinaryCrossEntropy(), 3.0 / len(y))
    np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_weight_decay_of_torch():
    torch = pytest.importorskip("torch")
    x, y = standardized()
    start = Sequential(Dense(6, 1), seed=3, dtype=np.float64)
    theta = torch.tensor(start.theta.copy(), requires_grad=True)
    inputs, targets = torch.tensor(x), torch.tensor(y, dtype=torch.float64)
    optimizer = torch.optim.SGD([theta], lr=0.1, weight_decay=0.2)
    for _ in range(20):
        optimizer.zero_grad()
        ((inputs @ theta[:6] + theta[6] - targets) ** 2).mean().backward()
        optimizer.step()
    theta_here = start.theta.copy()
    everything = np.ones(7, dtype=bool)  # biases too
    ours, method, penalty = start, SGD(0.1), L2(0.2)
    for _ in range(20):
        ours.backward(MeanSquaredError().grad(ours.forward(x, training=True), y.astype(float)))
        penalty.add_gradient(ours.theta, ours.grad, everything)
        method.step(ours.theta, ours.grad)
    assert not np.allclose(theta_here, ours.theta)
    np.testing.assert_allclose(ours.theta, theta.detach().numpy(), atol=1e-12)
