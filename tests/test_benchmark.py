"""The benchmark of training speed: the rivals do the same work, its report is the truth."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"
WITHOUT_PEERS = """
import sys
sys.modules |= {"torch": None, "sklearn": None}
import training_speed
training_speed.main()
"""


@pytest.fixture(autouse=True)
def benchmarks_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def results(*rows):
    from speed.contests import Result
    from speed.timing import Ratio

    return [Result(row, rival, Ratio(median, median, median, 1.0)) for row, rival, median in rows]


def test_the_short_form_runs_without_the_optional_peers_and_says_so():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PEERS],
        env={**os.environ, "PYTHONPATH": str(BENCHMARKS)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "torch is not installed" in done.stdout
    assert "sklearn is not installed" in done.stdout
    assert "PyTorch" not in done.stdout
    assert "nnlab in a loop" in done.stdout
    assert "8 × 8 networks" in done.stdout
    assert done.stderr == ""


def test_the_report_says_where_nnlab_is_slower_and_where_a_goal_is_missed():
    from speed.contests import FUSED, PRODUCTS, SKLEARN, TORCH
    from speed.readme_table import remarks, table
    from speed.tasks import DIGITS, SMALL, WIDE

    found = results(
        (SMALL.name, TORCH, 8.04), (WIDE.name, FUSED, 0.87), (DIGITS.name, SKLEARN, 1.8),
        (DIGITS.name, PRODUCTS, 1 / 2.3), (WIDE.name, PRODUCTS, 1 / 1.6),
        (WIDE.name, TORCH, 1.14),
    )  # fmt: skip
    lines = table(found).splitlines()
    assert lines[2] == f"| {SMALL.name} | 8.0× (≥ 7) | – | – | – |"
    assert "| 1.14× (≥ 1.2) | 0.87× (≥ 1) | – | 1.60× its matrix products (≤ 1.5) |" in lines[3]
    assert remarks(found, grid=0.2).startswith(
        f"Slower than a peer: {WIDE.name} ({FUSED}). "
        f"Goal missed: {WIDE.name} ({FUSED}; {PRODUCTS}; {TORCH}) · {DIGITS.name} ({SKLEARN}). "
    )
    assert "the grid of networks" in remarks(found, grid=1.5)


def test_only_the_text_between_the_markers_is_replaced():
    from speed.readme_table import BEGIN, END, written

    readme = f"# Title\n{BEGIN}\nold\n{END}\nrest\n"
    assert written(readme, "new") == f"# Title\n{BEGIN}\nnew\n{END}\nrest\n"
    for broken in ("# Title\n", f"{END} {BEGIN}", f"{BEGIN} only"):
        with pytest.raises(ValueError, match="README: expected <!-- speed:begin"):
            written(broken, "new")


def test_a_ratio_pairs_both_turns_of_a_round(monkeypatch):
    from speed import timing

    clock = iter(np.cumsum([0, 1, 0, 3, 0, 2, 0, 6]).tolist())  # we: 1 s and 2 s; the rival: ×3
    monkeypatch.setattr(timing, "timed", lambda turn: turn() or -next(clock) + next(clock))
    contender = timing.Contender("rival", lambda: lambda: None)
    times = iter([0.0, 1.0])  # for the limit of seconds: over after one start
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(times))
    found = timing.ratios(contender, [contender], seconds=1.0, rounds=2)
    assert found == {"rival": (3.0, 3.0, 3.0, 1.5)}


@pytest.mark.parametrize("name", ["SMALL", "BATCH_NORM", "DIGITS", "WIDE"])
def test_pytorch_is_given_the_same_problem(name):
    pytest.importorskip("torch")
    from speed import ours, tasks, torch_peers

    task = getattr(tasks, name)
    x, y = (column[: task.batch] for column in tasks.data(task))
    net, loss = ours.network(task), ours.loss_of(task)
    z = net.forward(x, training=True)
    net.backward(loss.grad(z, y))

    model = torch_peers.model_of(task)
    their_x, their_y = torch_peers.tensors(task, x, y)
    value = torch_peers.loss_of(task)(model(their_x), their_y)
    value.backward()

    assert value.item() == pytest.approx(loss.value(z, y), rel=1e-5)
    theirs = [p.grad.numpy().T.reshape(-1) for p in model.parameters()]
    np.testing.assert_allclose(np.concatenate(theirs), net.grad, rtol=1e-3, atol=2e-6)
