"""Demos and controls say what is wrong with them when they are made, not when they are used."""

import importlib
import subprocess
import sys
import types

import numpy as np
import pytest

from nnlab.live import Choice, Demo, Slider, Toggle, demos
from nnlab.live.demo import collect


def _compute(*, k, loss):
    return k


def _demo(**changes):
    parts = {
        "name": "99.a_name",
        "title": "Title",
        "compute": _compute,
        "build": lambda figure: figure,
        "update": lambda artists, result: [],
        "describe": lambda result: "A sentence.",
        "controls": (
            Slider("k", "Number", values=[1, 2, 3], start=2),
            Choice("loss", "Loss", options=["mse", "mae"], start="mae"),
        ),
        "try_this": ("k = 1.",),
    }
    return Demo(**parts | changes)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"name": "two words"}, ValueError, "identifier"),
        ({"label": "  "}, ValueError, "label"),
        ({"values": [1]}, ValueError, "at least two"),
        ({"values": [2, 1]}, ValueError, "increasing"),
        ({"values": [1, 1, 2]}, ValueError, "increasing"),
        ({"values": [1, np.inf]}, ValueError, "finite"),
        ({"values": [1, "2"]}, TypeError, "numbers"),
        ({"values": [True, 2]}, TypeError, "numbers"),
        ({"start": 1.5}, ValueError, "nearest"),
        ({"format": "{:d}x", "values": [1, 2.5]}, ValueError, "format"),
        ({"format": "{:.0f}", "values": [1, 1.2, 2]}, ValueError, "different"),
        ({"format": "{k}"}, ValueError, "format"),
    ],
)
def test_slider_refuses(arguments, error, words):
    with pytest.raises(error, match=words):
        Slider(**{"name": "k", "label": "K", "values": [1, 2, 3], "start": 1} | arguments)


def test_slider_values_are_plain_numbers():
    slider = Slider("k", "K", values=np.linspace(0, 1, 11), start=np.float32(0.5))
    assert all(type(value) is float for value in slider.positions)
    assert type(slider.start) is float
    assert {type(v) for v in Slider("k", "K", values=np.arange(3), start=1).positions} == {int}
    # 0.1 + 0.2 is not 0.3, and the author should not have to care.
    assert Slider("k", "K", values=[0.1, 0.1 + 0.2], start=0.3).start == 0.1 + 0.2


def test_slider_text():
    assert Slider("k", "K", values=[0.01, 1], start=1, unit="s").text(0.01) == "0.01 s"
    assert Slider("k", "K", values=[10, 90], start=10, unit="°").text(90) == "90°"
    assert Slider("k", "K", values=[0.1, 1.0], start=1, format="{:.1%}").text(0.1) == "10.0%"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"options": "abc"}, TypeError, "single text"),
        ({"options": ["a"]}, ValueError, "at least two"),
        ({"options": ["a", "a"]}, ValueError, "twice"),
        ({"options": ["a", ""]}, ValueError, "non-empty"),
        ({"start": "c"}, ValueError, "one of"),
    ],
)
def test_choice_refuses(arguments, error, words):
    with pytest.raises(error, match=words):
        Choice(**{"name": "k", "label": "K", "options": ["a", "b"], "start": "a"} | arguments)


def test_toggle():
    toggle = Toggle("shift", "Shift")
    assert toggle.positions == (False, True)
    assert toggle.start is False
    assert [toggle.text(value) for value in toggle.positions] == ["off", "on"]
    with pytest.raises(TypeError, match="True or False"):
        Toggle("shift", "Shift", start=1)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"name": "confidently_wrong"}, ValueError, "two digits"),
        ({"name": "01.Bad Name"}, ValueError, "two digits"),
        ({"title": ""}, ValueError, "title"),
        ({"build": None}, TypeError, "build"),
        ({"controls": ()}, ValueError, "at least one control"),
        ({"controls": ("k",)}, TypeError, "Slider, Choice or Toggle"),
        ({"controls": (Toggle("k", "K"), Toggle("k", "L"))}, ValueError, "twice"),
        ({"controls": (Toggle("k", "K"),)}, ValueError, r"no control for the arguments \['loss'\]"),
        ({"compute": lambda *, k: k}, ValueError, r"no argument for the controls \['loss'\]"),
        ({"compute": lambda **settings: 1}, ValueError, "plain keyword"),
        ({"compute": lambda k, loss, /: 1}, ValueError, "plain keyword"),
        ({"try_this": "k = 1."}, TypeError, "comma"),
        ({"try_this": ()}, ValueError, "at least one suggestion"),
        ({"size": (9.6, 0)}, ValueError, "inches"),
    ],
)
def test_demo_refuses(changes, error, words):
    with pytest.raises(error, match=words):
        _demo(**changes)


def test_settings():
    demo = _demo()
    assert demo.settings() == {"k": 2, "loss": "mae"}
    assert demo.settings(k=3) == {"k": 3, "loss": "mae"}
    assert demo.in_words(demo.settings()) == "Number = 2, Loss = mae"
    with pytest.raises(ValueError, match="has the controls"):
        demo.settings(epochs=3)
    with pytest.raises(ValueError, match=r"takes \[1, 2, 3\]; got 7"):
        demo.settings(k=7)
    assert len(list(demo.all_settings())) == 6
    assert list(demo.extreme_settings()) == [
        {"k": 2, "loss": "mae"},
        {"k": 1, "loss": "mae"},
        {"k": 3, "loss": "mae"},
        {"k": 2, "loss": "mse"},
    ]


def test_demos_are_collected_and_duplicates_refused():
    one, two = types.ModuleType("one"), types.ModuleType("two")
    one.demo, one.other = _demo(name="99.b"), _demo(name="99.a")
    two.demo = one.demo  # the same one, imported
    assert list(collect([one, two])) == ["99.a", "99.b"]
    two.demo = _demo(name="99.b")
    with pytest.raises(ValueError, match=r"'99\.b', in one and two"):
        collect([one, two])


def test_the_demos_of_the_course_are_named_after_their_lessons():
    for name, demo in demos().items():
        assert name == demo.name
        lesson = importlib.import_module(f"nnlab.live.lesson_{name[:2]}")
        assert any(thing is demo for thing in vars(lesson).values()), name


def test_importing_does_not_import_ipywidgets_or_pyplot():
    code = (
        "import sys, nnlab.live; nnlab.live.demos();"
        "print([m for m in ('ipywidgets', 'matplotlib.pyplot', 'IPython') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
