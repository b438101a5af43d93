"""The benchmark of the live figures: its report is the truth, its peer shows the same."""

from pathlib import Path

import pytest

from nnlab.live import Choice, Demo, Slider, demos

BENCHMARKS = Path(__file__).parent / "benchmarks"


@pytest.fixture(autouse=True)
def benchmarks_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


@pytest.fixture
def times():
    """Ours and the peer's: one quick and one slow demo."""
    from latency.contenders import NNLAB, PEER
    from latency.table import Times

    ours, peers = Times(), Times()
    ours.add("00.quick", [40.0] * 9 + [60.0], [10.0], [(20.0, 100.0), (10.0, 300.0)])
    ours.add("01.slow", [120.0] * 2, [50.0], [])
    peers.add("00.quick", [200.0] * 10, [190.0], [(4.0, 500.0)])
    peers.add("01.slow", [260.0] * 2, [200.0], [])
    return {NNLAB: ours, PEER: peers}


def test_the_table_holds_our_numbers_the_goals_and_the_peers(times):
    from latency.table import section

    lines = section(times).splitlines()
    assert lines[2:8] == [
        "| new setting, median, ms | 40 | ≤ 70 | 200 |",
        "| new setting, 95th percentile, ms | 120 | ≤ 100 | 260 |",
        "| setting seen before, median, ms | 30 | ≤ 40 | 195 |",
        "| new setting: times faster than `interact` | 5.0 | ≥ 3 | – |",
        "| dragging: pictures a second, median | 15.0 | ≥ 12 | 4.0 |",
        "| dragging: last move to final picture, longest, ms | 300 | ≤ 250 | 500 |",
    ]
    assert lines[-1].startswith("Measured on ")


def test_the_report_names_missed_goals_and_slow_demos(times):
    from latency.table import remarks

    assert remarks(times) == (
        "Goal missed: new setting, 95th percentile, ms · dragging: last move to final picture, "
        "longest, ms. Demos whose own 95th percentile is above 100 ms: 01.slow (120 ms). "
        "2 demos, 12 new settings."
    )


def test_every_demo_of_the_course_is_measured_and_the_short_form_drags_one():
    from latency.contenders import can_be_dragged, chosen

    figures = {name: demo for name, demo in demos().items() if type(demo) is Demo}
    assert chosen(full=True) == figures
    short = chosen(full=False)
    assert len(short) == 2
    assert any(can_be_dragged(control) for demo in short.values() for control in demo.controls)
    few = Slider("few", "Few", values=range(8), start=0)
    assert not can_be_dragged(few)
    assert not can_be_dragged(Choice("many", "Many", options=list("abcdefghijk"), start="a"))
