"""The playground as a live figure, as a widget in the kernel, and what its words promise."""

import dataclasses
import gc
import re
import threading
import time
import types

import ipywidgets
import matplotlib
import matplotlib.style
import nbformat
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from matplotlib.figure import Figure
from nbclient import NotebookClient

from nnlab.live import Demo
from nnlab.live import widget as live_widget
from nnlab.live.canvas import Canvas
from nnlab.live.demo import collect
from nnlab.live.figure import web
from nnlab.live.frames_cache import digest_of
from nnlab.live.playground import Playground
from nnlab.live.playground_figure import describe
from nnlab.live.playground_settings import Settings
from nnlab.live.playground_training import Training
from nnlab.live.playground_widget import PlaygroundWidget

DIVERGING = Settings(optimizer="SGD", learning_rate=10.0, activation="linear", hidden_layers=4)


def run(updates, **settings):
    training = Training(Settings(**settings))
    return training.advance(updates) if updates else training.snapshot()


@pytest.fixture(scope="module")
def snapshots():
    """Snapshots that use everything the figure has."""
    changed = Training(Settings(noise=0.1))
    changed.advance(30)
    changed.apply(Settings(noise=0.1, learning_rate=0.3))
    return [
        run(0), run(1), run(300), changed.advance(20), run(3, hidden_layers=0, data_set="XOR"),
        run(40, hidden_layers=6, activation="ReLU", data_set="spirals", dropout=0.5),
        run(5, initialization="zeros", hidden_layers=1, data_set="blobs"),
        run(9, initialization="normal, std 2", hidden_layers=6, units=32, activation="linear"),
        Training(DIVERGING).advance(50), run(300),
        run(
            30, batch_norm=True, activation="SELU", penalty="L1", penalty_strength=0.1,
            schedule="cosine",
        ),
    ]  # fmt: skip


# The figure --------------------------------------------------------------------------------------


def test_fast_drawing_is_the_full_redraw_of_a_figure_without_a_past(snapshots):
    canvas = Canvas(Playground())
    for snapshot in snapshots:
        fast = canvas.pixels(snapshot)
        assert canvas.forgotten == [], snapshot.settings
        assert np.array_equal(fast, Canvas(Playground()).full_pixels(snapshot)), snapshot.settings


def test_training_costs_no_full_redraws():
    canvas, training = Canvas(Playground()), Training(Settings())
    for _ in range(20):
        canvas.pixels(training.advance(4))
    assert canvas.full_redraws == 1  # all within 100 updates: no axis changes
    canvas.pixels(training.advance(30))
    assert canvas.full_redraws == 2


def test_the_picture_ignores_the_readers_own_matplotlib_settings(snapshots):
    canvas = Canvas(Playground())
    pictures = [canvas.pixels(snapshot) for snapshot in snapshots]
    own = {"font.size": 30, "axes.titlesize": 30, "xtick.labelsize": 5, "lines.linewidth": 9}
    with matplotlib.style.context(["dark_background", own]):
        for snapshot, picture in zip(snapshots, pictures, strict=True):
            assert np.array_equal(canvas.full_pixels(snapshot), picture), snapshot.settings


def test_descriptions_are_sentences_that_tell_the_state(snapshots):
    for snapshot in snapshots:
        sentence = describe(snapshot)
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert "nan" not in sentence.lower()
        assert str(snapshot.updates) in sentence
    first, step, trained, _, no_hidden, dropout, *_, more = map(describe, snapshots)
    assert "update moves" not in first
    assert "After 1 update (0.1 epochs)" in step
    assert "validation loss 0.1" in trained
    assert "no hidden layer" in no_hidden
    assert "of the units dead" in dropout
    assert (
        "8 SELU units, batch norm, L1 penalty 0.1, Adam with learning rate 0.01 (cosine sch" in more
    )
    assert "edule, now 0.01). After 30 updates" in more
    assert re.search(r"\d+ of 88 weights exactly 0\.$", more)


def test_what_is_off_or_has_no_effect_is_not_mentioned():
    for settings in (
        Settings(penalty="L1"),
        Settings(hidden_layers=0, batch_norm=True, dropout=0.5, batch_size=1),
    ):
        sentence = describe(Training(settings).advance(2))
        for word in ("batch norm", "dropout", "penalty", "exactly", "schedule"):
            assert word not in sentence
    assert "batch norm, " in describe(run(1, batch_norm=True, batch_size=5))
    assert "batch norm on batches of 2, " in describe(run(1, batch_norm=True, batch_size=1))


def test_the_label_of_the_penalty_names_its_kind_where_it_cannot_be_chosen():
    def labels(**arguments):
        groups = Playground(**arguments).groups
        return [control.label for _, controls in groups for control in controls]

    assert "Penalty" in labels()
    assert "L2 penalty" in labels(hide=("penalty",))
    assert "L1 penalty" in labels(hide=("penalty",), penalty="L1")


# A live figure without a kernel ------------------------------------------------------------------


def test_it_is_a_live_figure_with_one_slider():
    playground = Playground(name="98.one", data_set="circles")
    assert isinstance(playground, Demo)
    lesson = types.ModuleType("lesson_98")
    lesson.one = playground
    assert collect([lesson]) == {"98.one": playground}
    (slider,) = playground.controls
    assert 15 <= len(slider.positions) <= 20
    assert slider.positions[0] == 0
    start = Settings(data_set="circles")
    for settings in playground.all_settings():
        expected = Training(start)
        if settings["updates"]:
            expected.advance(settings["updates"])
        result = playground.compute(**settings)
        assert result.updates == settings["updates"]
        assert (result.surface == expected.snapshot().surface).all()
        assert playground.compute(**settings) is result  # recorded, not trained again


def test_the_pictures_of_one_playground_never_serve_another():
    """Frames that are kept go by the code of a figure; here the settings decide as well."""
    kept = {
        digest_of(Playground(name="98.one", **settings), 10**6)
        for settings in ({}, {"units": 4}, {"seed": 1})
    }
    assert len(kept) == 3
    assert None not in kept
    assert digest_of(Playground(name="98.one", units=4), 10**6) in kept


# What an author writes ---------------------------------------------------------------------------


def test_start_settings_and_hidden_controls():
    playground = Playground(
        data_set="XOR", noise=0.0, hidden_layers=1, units=3, activation="leaky ReLU",
        initialization="zeros", optimizer="Nesterov", learning_rate=3, batch_size=200,
        penalty_strength=0.01, dropout=0.5, seed=4, hide=("penalty_strength", "dropout"),
        try_this=("Nothing.",), title="Mine",
    )  # fmt: skip
    shown = {c.name: c.start for _, controls in playground.groups for c in controls}
    assert "penalty_strength" not in shown
    assert "dropout" not in shown
    assert len(shown) == 12
    for name, value in shown.items():
        assert getattr(playground.start, name) == value
    assert (playground.start.penalty_strength, playground.start.dropout) == (0.01, 0.5)
    assert (playground.title, playground.suggestions) == ("Mine", ("Nothing.",))
    assert playground.compute(updates=5).settings == playground.start


def test_names_tell_playgrounds_apart():
    assert Playground().name == "00.playground"
    names = {
        Playground().name,
        Playground(seed=1).name,
        Playground(optimizer="SGD").name,
        Playground(optimizer="SGD", learning_rate=0.1).name,
        Playground(activation="leaky ReLU").name,
    }
    assert len(names) == 5
    assert Playground(optimizer="SGD").name == "00.playground_optimizer_sgd"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"learning_rate": 0.02}, "learning_rate: expected one of 0.0001, .*; got 0.02"),
        ({"data_set": "moon"}, "data_set: expected one of 'moons', .*; got 'moon'"),
        ({"activation": "relu"}, "activation: expected one of 'tanh', 'ReLU', .*; got 'relu'"),
        ({"hidden_layers": 7}, "hidden_layers: expected one of 0, 1, .*; got 7"),
        ({"hide": ("rate",)}, "hide: expected names among optimizer, .*; got 'rate'"),
        ({"seed": -1}, "seed: expected an int of at least 0"),
        ({"name": "spirals"}, "name must"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(ValueError, match=message):
        Playground(**arguments)


def test_arguments_of_another_type_are_refused():
    with pytest.raises(TypeError, match="hide: expected a list or tuple of names"):
        Playground(hide="noise")
    with pytest.raises(TypeError, match="seed"):
        Playground(seed="a")


# The widget --------------------------------------------------------------------------------------


class Browser:
    """Asks as playground.js does and keeps what it is told."""

    def __init__(self, playground):
        self.widget = PlaygroundWidget(playground, Canvas(playground))
        self.reports, self.pictures, self.done = [], [], {}
        self.widget.send = self.receive
        self.ask("enter")

    def receive(self, content, buffers=()):
        if "done" in content:
            self.done[content["done"]] = content.get("problem")
            return
        self.reports.append(content)
        if buffers:
            self.pictures.append(buffers[0])
            self.widget._handle_custom_msg(
                {"do": "acknowledge", "view": "v", "number": content["number"]}, []
            )

    def ask(self, do, **more):
        number = len(self.done)
        self.widget._handle_custom_msg({"id": number, "view": "v", "do": do, **more}, [])
        return self.done[number]


@pytest.fixture
def browser():
    made = []

    def make(**settings):
        made.append(Browser(Playground(**settings)))
        return made[-1]

    yield make
    for one in made:
        one.widget.close()
    end = time.monotonic() + 20
    while any("playground" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < end, "a thread goes on"
        time.sleep(0.01)


def test_the_page_is_told_what_there_is(browser):
    page = browser(hide=("penalty_strength",))
    (report,) = page.reports
    spec = page.widget.spec
    controls = [control for group in spec["groups"] for control in group["controls"]]
    assert report["position"] == [control["start"] for control in controls]
    assert len(controls) == 13
    assert (report["playing"], report["speed"], report["message"]) == (False, spec["speed"], "")
    assert report["sentence"] == spec["sentence"] == describe(run(0))
    assert page.pictures == [page.widget.picture] == [Canvas(Playground()).picture(run(0))]


def test_step_change_and_reset(browser):
    page = browser(hide=("penalty_strength",))
    page.ask("step")
    assert page.reports[-1]["sentence"] == describe(run(1))
    assert page.pictures[-1] == Canvas(Playground()).picture(run(1))
    position = page.reports[-1]["position"]
    page.ask("change", position=[position[0], 8, *position[2:]])  # the second: learning rate
    assert page.widget.runner._training.settings == Settings(learning_rate=1.0)
    assert page.reports[-1]["position"][1] == 8
    page.ask("reset")
    assert page.pictures[-1] == page.pictures[0]
    assert page.reports[-1]["position"] == position


def test_settings_without_a_control_stay_as_they_start(browser):
    page = browser(hide=("penalty_strength",), penalty_strength=0.01, units=3)
    position = page.reports[-1]["position"]
    page.ask("change", position=[position[0], 8, *position[2:]])
    expected = Settings(penalty_strength=0.01, units=3, learning_rate=1.0)
    assert page.widget.runner._training.settings == expected


def test_it_plays_with_real_pictures(browser):
    page = browser()
    page.ask("speed", speed=0)
    page.ask("play")
    end = time.monotonic() + 20
    while len(page.pictures) < 5:
        assert time.monotonic() < end
        time.sleep(0.01)
    page.ask("pause")
    page.ask("watch", seen=False)
    assert page.pictures[2] == Canvas(Playground()).picture(run(2))
    assert page.reports[-1]["speed"] == 0
    assert page.ask("leave") is None


def test_the_next_request_goes_where_the_page_wants_it(monkeypatch):
    """Else it would go to the thread on whose behalf the picture was sent, often a busy one."""
    widget = PlaygroundWidget(Playground(), Canvas(Playground()))

    def send(self, content, buffers=None):
        self.comm._reply_subshell_id = None  # as ipykernel 7.4 does for the main thread

    monkeypatch.setattr(ipywidgets.Widget, "send", send)
    widget.send({})
    assert "_reply_subshell_id" not in vars(widget.comm)
    widget.close()


def test_what_goes_wrong_is_answered(browser):
    page = browser()
    problem = page.ask("change", position=[99] * 14)
    assert re.fullmatch(r"This did not work\. IndexError: .*", problem)
    assert "expected a request of playground.js, got 'dance'" in page.ask("dance")


def test_every_request_of_the_page_is_known(browser):
    page = browser()
    script = web("playground.js")
    asked = set(
        re.findall(r'do: "(\w+)"', script) + re.findall(r'command\(\(\) => "(\w+)"', script)
    )
    asked |= set(re.findall(r'playing \? "(\w+)" : "(\w+)"', script)[0])
    assert len(asked) == 11
    for do in asked:
        problem = page.ask(do, seen=True, number=0, speed=0, position=page.reports[0]["position"])
        assert problem is None, do


def test_showing_again_leaves_nothing_behind(capsys):
    """50 re-runs while the old one plays: no more widgets, figures, threads than after one."""
    playground = Playground(name="98.again", data_set="blobs", hidden_layers=0)
    light = {  # the drawing is not what is tested here
        "build": lambda figure: figure.text(0.1, 0.5, ""),
        "update": lambda text, snapshot: text.set_text(str(snapshot.updates)) or [text],
        "size": (3, 2),
    }
    for part, value in light.items():
        object.__setattr__(playground, part, value)

    def count():
        gc.collect()
        things = gc.get_objects()
        figures = sum(issubclass(type(thing), Figure) for thing in things)
        threads = sum("98.again" in thread.name for thread in threading.enumerate())
        return len(_instances), figures, threads

    def show():
        playground.show()
        widget = live_widget._shown[playground.name]
        widget._handle_custom_msg({"do": "enter", "view": "v"}, [])
        widget._handle_custom_msg({"do": "play"}, [])

    def settle():
        end = time.monotonic() + 20
        while sum("98.again" in thread.name for thread in threading.enumerate()) > 1:
            assert time.monotonic() < end
            time.sleep(0.01)
        return count()

    show()
    first = settle()
    assert first[2] == 1
    for _ in range(50):
        show()
    last = settle()
    live_widget._shown[playground.name].close()
    capsys.readouterr()
    # Fewer threads on a busy machine: one to which nobody answers ends after a while.
    assert all(now <= then for now, then in zip(last, first, strict=True)), (first, last)


def test_one_whose_output_was_removed_is_closed_by_the_next(capsys):
    one, other = Playground(name="98.one"), Playground(name="98.other")
    one.show()
    old = live_widget._shown["98.one"]
    old._handle_custom_msg({"do": "enter", "view": "v"}, [])
    other.show()
    assert old.comm is not None
    old._handle_custom_msg({"do": "leave", "view": "v"}, [])
    other.show()
    assert old.comm is None
    live_widget._shown["98.other"].close()
    capsys.readouterr()


def test_in_a_kernel_show_is_a_picture_and_words_each_with_a_view():
    code = "from nnlab.live.playground import Playground\nPlayground(name='98.k').show()"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, timeout=60, kernel_name="python3", store_widget_state=False).execute()
    picture, words = notebook.cells[0].outputs
    view = "application/vnd.jupyter.widget-view+json"
    assert set(picture.data) == {view, "image/png", "text/plain"}
    sentence = describe(run(300))
    assert picture.data["text/plain"] == sentence
    assert picture.metadata["nnlab"] == {"demo": "98.k"}
    assert picture.metadata["image/png"]["alt"] == sentence
    assert set(words.data) == {view, "text/html", "text/plain"}
    assert "Press Play" in words.data["text/html"]
    assert words.metadata == {"nnlab": {"words": "98.k"}}


def test_the_scripts_need_no_other_file():
    script = web("controls.js", "playground.js")
    assert "import" not in script.replace("important", "")
    assert script.count("export") == 1  # of the render function, for anywidget
    assert "http" not in script


# What it says to try -----------------------------------------------------------------------------


def test_a_tiny_learning_rate_leaves_the_green_band_and_moves_nothing():
    slow = run(500, optimizer="SGD", learning_rate=1e-4)
    assert slow.health.ratio.max() < 1e-4
    assert slow.train_loss[0] - slow.train_loss[-1] < 0.05
    assert run(500, optimizer="SGD", learning_rate=0.3).train_loss[-1] < 0.15


def test_updates_vanish_through_six_layers_of_sigmoids_and_not_of_tanh():
    sgd = {"optimizer": "SGD", "learning_rate": 0.1, "hidden_layers": 6}
    sigmoids = run(500, activation="sigmoid", **sgd)
    assert sigmoids.health.ratio[0] < 1e-2 * sigmoids.health.ratio[-1]
    assert (np.abs(sigmoids.train_loss[5:] - np.log(2)) < 0.006).all()
    tanhs = run(500, activation="tanh", **sgd)
    assert tanhs.health.ratio[0] > 0.5 * tanhs.health.ratio[-1]
    assert tanhs.train_loss[-1] < 0.15


def test_a_huge_learning_rate_kills_a_layer_of_relus_and_linear_layers_diverge():
    dead = run(60, optimizer="SGD", learning_rate=10.0, hidden_layers=3, activation="ReLU")
    assert dead.health.idle.max() == 1
    assert dead.health.gradient[:-1].max() == 0
    assert Training(DIVERGING).advance(60).diverged
    assert not run(
        60, **dataclasses.asdict(dataclasses.replace(DIVERGING, learning_rate=0.1))
    ).diverged
