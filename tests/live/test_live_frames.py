"""Pictures drawn beforehand: which ones, that they show what the live figure shows, their cache."""

import base64
import dataclasses
import io
import itertools
import json
import logging
import math
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nnlab.live import Choice, Demo, Slider, Toggle, frames_cache
from nnlab.live.canvas import Canvas
from nnlab.live.frames import draw_frames, webp
from nnlab.live.frames_cache import FramesCache, digest_of
from nnlab.live.thinning import thin

# Which settings ----------------------------------------------------------------------------------


@st.composite
def grids(draw):
    """Make up controls, and for some of them the values that matter most."""
    controls, kept = [], {}
    for number in range(draw(st.integers(1, 4))):
        name = f"c{number}"
        kind = draw(st.sampled_from([Slider, Slider, Choice, Toggle]))
        if kind is Toggle:
            controls.append(Toggle(name, name, start=draw(st.booleans())))
            continue
        values = range(draw(st.integers(2, 12)))
        start = draw(st.sampled_from(values))
        if kind is Slider:
            controls.append(Slider(name, name, values=values, start=start))
            if draw(st.booleans()):
                kept[name] = [start, *draw(st.lists(st.sampled_from(values), max_size=5))]
        else:
            texts = [str(value) for value in values]
            controls.append(Choice(name, name, options=texts, start=texts[start]))
    return controls, kept


def _count(values):
    return math.prod(map(len, values.values()))


shares = st.floats(0, 1)


def _limit(controls, share):
    """Return a limit from the start alone to all settings, small ones as likely as large ones."""
    return round(_count(_whole(controls)) ** share)


def _ends_and_start(control):
    return {control.positions[0], control.start, control.positions[-1]}


def _whole(controls):
    return {control.name: control.positions for control in controls}


@given(grids(), shares)
def test_thinned_controls_keep_what_they_must(grid, share):
    controls, kept = grid
    limit = _limit(controls, share)
    values = thin(controls, limit, kept)
    assert list(values) == [control.name for control in controls]
    assert 1 <= _count(values) <= limit
    fixed = False
    for control in controls:
        mine = values[control.name]
        assert [value for value in control.positions if value in mine] == list(mine)
        if mine == (control.start,):
            fixed = True
            continue
        assert not fixed, "only the last controls are fixed"
        if isinstance(control, Slider):
            assert _ends_and_start(control) <= set(mine)
        else:
            assert mine == control.positions


@given(grids(), shares, shares)
def test_more_room_never_holds_less(grid, one, other):
    controls, kept = grid
    limits = (_limit(controls, share) for share in sorted((one, other)))
    fewer, more = (thin(controls, limit, kept) for limit in limits)
    assert _count(fewer) <= _count(more)
    free = sum(len(values) > 1 for values in fewer.values())
    if free == sum(len(values) > 1 for values in more.values()):
        assert all(set(fewer[name]) <= set(more[name]) for name in more)


@given(grids())
def test_nothing_is_left_out_without_need(grid):
    controls, kept = grid
    whole = _whole(controls)
    assert thin(controls, _count(whole), kept) == whole
    assert thin(controls, 1, kept) == {control.name: (control.start,) for control in controls}


@given(grids(), shares)
def test_stated_values_outlive_all_others(grid, share):
    controls, kept = grid
    limit = _limit(controls, share)
    values = thin(controls, limit, kept)
    if values == _whole(controls) or any(len(mine) == 1 for mine in values.values()):
        return
    lost = [name for name in kept if not set(kept[name]) <= set(values[name])]
    for control in controls:
        mine = set(values[control.name])
        if control.name in kept:
            assert mine <= set(kept[control.name]) | _ends_and_start(control)
        elif lost and isinstance(control, Slider):
            assert mine == _ends_and_start(control)


def test_sliders_give_up_values_evenly():
    slider = Slider("k", "K", values=range(33), start=14)
    assert thin([slider], 17)["k"] == tuple(range(0, 33, 2))
    # What is given up is spread: no quarter of the slider is without, no quarter without the rest.
    gaps = np.diff(thin([slider], 24)["k"])
    assert all(set(part) == {1, 2} for part in np.array_split(gaps, 4))
    assert thin([slider], 9)["k"] == (0, 6, 10, 14, 18, 22, 26, 30, 32)


def test_the_longest_slider_goes_first():
    long = Slider("long", "Long", values=range(9), start=0)
    short = Slider("short", "Short", values=range(4), start=0)
    values = thin([short, long, Toggle("on", "On")], 40)
    assert {name: len(mine) for name, mine in values.items()} == {"short": 4, "long": 5, "on": 2}


def test_sliders_of_which_something_is_stated_go_last():
    stated = Slider("stated", "Stated", values=range(9), start=0)
    silent = Slider("silent", "Silent", values=range(9), start=0)
    kept = {"stated": (0, 1, 2, 6)}
    for limit in (35, 30, 25, 20, 15):
        values = thin([stated, silent], limit, kept)
        assert values["stated"] == (0, 1, 2, 6, 8)
        assert len(values["silent"]) == limit // 5
    assert thin([stated, silent], 10, kept) == {"stated": (0, 1, 2, 6, 8), "silent": (0, 8)}
    assert _count(thin([stated, silent], 9, kept)) == 8


def test_a_limit_below_one_is_refused():
    with pytest.raises(ValueError, match="limit must be at least 1"):
        thin([Toggle("on", "On")], 0)


# What they look like -----------------------------------------------------------------------------


def _decode(picture):
    with Image.open(io.BytesIO(picture)) as image:
        return np.array(image.convert("RGB"))


def _settings(demo, drawn):
    assert list(drawn.kept) == [control.name for control in demo.controls]
    for values in itertools.product(*drawn.kept.values()):
        yield dict(zip(drawn.kept, values, strict=True))


def _pixels(drawn, frame):
    return _decode(base64.b64decode(drawn.pictures[frame.picture]))


def test_frames_are_the_pictures_of_the_live_figure(toy, tmp_path):
    drawn = draw_frames(toy, budget=600_000, cache=tmp_path)
    canvas = Canvas(toy)
    settings = list(_settings(toy, drawn))
    assert settings[drawn.start] == toy.settings()
    for one, frame in zip(settings, drawn.frames, strict=True):
        result = toy.compute(**one)
        live = canvas.picture(result)
        assert np.array_equal(_pixels(drawn, frame), _decode(live)), one
        assert frame.sentence == toy.describe(result)


def test_every_colour_survives():
    rng = np.random.default_rng(0)
    picture = Image.fromarray(rng.integers(0, 256, (30, 40), dtype=np.uint8), mode="P")
    picture.putpalette(rng.permuted(np.arange(768) % 256).astype(np.uint8).tobytes())
    file = io.BytesIO()
    picture.save(file, "PNG")
    encoded = webp(file.getvalue())
    assert encoded[8:16] == b"WEBPVP8L"  # the lossless kind
    assert np.array_equal(_decode(encoded), _decode(file.getvalue()))


# A demo whose pictures are as large as it is told ------------------------------------------------


def _build(figure):
    axes = figure.subplots()
    return axes.imshow(np.zeros((60, 60)), vmin=0, vmax=1, interpolation="nearest")


def _update(image, noise):
    rng = np.random.default_rng(0)
    image.set_data(np.where(np.arange(3600) < 3600 * noise, rng.random(3600), 0).reshape(60, 60))
    return [image]


def _demo(**changes):
    parts = {
        "name": "99.noise",
        "title": "Noise",
        "compute": lambda *, k: k / 20,
        "build": _build,
        "update": _update,
        "describe": lambda noise: f"There is noise on {noise:.0%} of the picture.",
        "controls": (Slider("k", "Amount", values=range(21), start=0),),
        "try_this": ("20: only noise.",),
        "size": (2.0, 2.0),
    }
    return Demo(**parts | changes)


def _noise_of(rows):
    """Return a compute that makes so much noise at each position, and the calls it has had."""
    calls = []

    def compute(*, k):
        calls.append(k)
        return rows[k]

    return compute, calls


@pytest.mark.parametrize("budget", [12_000, 40_000, 90_000, 200_000])
def test_the_budget_is_kept(budget, tmp_path):
    drawn = draw_frames(_demo(), budget=budget, cache=tmp_path)
    assert drawn.size <= budget
    assert _count(drawn.kept) == len(drawn.frames)


def test_a_budget_too_small_for_one_picture_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"budget: .* start picture of demo '99\.noise'.*got 20"):
        draw_frames(_demo(), budget=20, cache=tmp_path)


def test_pictures_larger_than_those_at_the_ends_thin_the_grid_further(tmp_path):
    compute, calls = _noise_of([0, *[1 - k / 100 for k in range(1, 20)], 0])
    demo = _demo(compute=compute)
    whole = draw_frames(demo, budget=10**7, cache=tmp_path / "whole")
    assert len(whole.frames) == 21
    budget = whole.size // 2
    assert 21 * len(whole.start_picture) < budget, "judged by its ends, the whole grid fits"
    calls.clear()
    drawn = draw_frames(demo, budget=budget, cache=tmp_path)
    assert 9 <= len(drawn.frames) <= 13
    assert drawn.size <= budget
    assert max(map(calls.count, calls)) <= 2  # once, and the start once more for the layout


def test_pictures_smaller_than_those_at_the_ends_bring_the_whole_grid_back(tmp_path):
    compute, calls = _noise_of([0.1, *[k / 100 for k in range(1, 20)], 1])
    demo = _demo(compute=compute)
    whole = draw_frames(demo, budget=10**7, cache=tmp_path / "whole")
    ends = (len(whole.pictures[0]) + len(whole.pictures[-1])) / 2
    budget = whole.size
    assert 21 * ends > budget, "judged by its ends, the whole grid is too large"
    calls.clear()
    assert draw_frames(demo, budget=budget, cache=tmp_path) == whole
    assert max(map(calls.count, calls)) <= 2


def test_what_the_author_keeps_is_kept(tmp_path):
    demo = _demo(kept={"k": (0, 7, 13)})
    whole = draw_frames(demo, budget=10**7, cache=tmp_path)
    assert whole.kept["k"] == tuple(range(21))
    drawn = draw_frames(demo, budget=whole.size // 2, cache=tmp_path)
    assert drawn.kept["k"] == (0, 7, 13, 20)


def test_equal_pictures_are_stored_once(tmp_path):
    compute, _ = _noise_of([round(k / 5) / 4 for k in range(21)])
    drawn = draw_frames(_demo(compute=compute), budget=10**7, cache=tmp_path)
    assert len(drawn.frames) == 21
    assert len(drawn.pictures) == len(set(drawn.pictures)) == 5


def test_a_setting_that_cannot_be_computed_says_so(tmp_path):
    def compute(*, k):
        if k == 5:
            raise FloatingPointError("the loss is infinite")
        return k / 20

    drawn = draw_frames(_demo(compute=compute), budget=10**7, cache=tmp_path)
    frame = drawn.frames[5]
    assert frame.picture is None
    assert frame.problem == "There is no picture for Amount = 5."
    assert "Reset" in frame.advice
    assert frame.detail == "FloatingPointError: the loss is infinite"
    assert all(frame.picture is not None for k, frame in enumerate(drawn.frames) if k != 5)
    content = json.loads(drawn.page_json())
    assert content["frames"][5] == {
        "problem": frame.problem,
        "advice": frame.advice,
        "detail": frame.detail,
    }


@pytest.mark.parametrize("part", ["compute", "update", "describe"])
def test_mistakes_in_the_code_of_a_demo_come_to_light(part, tmp_path):
    def broken(*args, **settings):
        value = settings["k"] / 20 if settings else args[-1]
        if value == (0.0 if part == "compute" else 0.25):  # the start, or in the middle
            raise KeyError("a mistake")
        return {"compute": value, "update": [], "describe": "A sentence."}[part]

    def compute(*, k):
        return broken(k=k)

    demo = _demo(**{part: compute if part == "compute" else broken})
    with pytest.raises(KeyError, match="a mistake"):
        draw_frames(demo, budget=10**7, cache=tmp_path)


# The cache ---------------------------------------------------------------------------------------


@pytest.fixture
def counted():
    """Return a demo and the list of the settings it has computed."""
    compute, calls = _noise_of([k / 20 for k in range(21)])
    return _demo(compute=compute), calls


def test_unchanged_demos_are_not_drawn_again(counted, tmp_path):
    demo, calls = counted
    first = draw_frames(demo, budget=100_000, cache=tmp_path)
    calls.clear()
    assert draw_frames(demo, budget=100_000, cache=tmp_path) == first
    assert calls == []
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("99.noise-")


def _flip_a_bit(file):
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _make_a_folder_of_it(file):
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "damage",
    [
        _flip_a_bit,
        _make_a_folder_of_it,
        lambda file: file.write_bytes(file.read_bytes()[:-100]),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"\xff\n{}"),
        lambda file: file.write_text('{"kept": {}}'),
    ],
)
def test_damaged_files_count_as_missing(damage, counted, tmp_path):
    demo, calls = counted
    first = draw_frames(demo, budget=100_000, cache=tmp_path)
    damage(next(tmp_path.iterdir()))
    calls.clear()
    assert draw_frames(demo, budget=100_000, cache=tmp_path) == first
    assert calls
    calls.clear()
    draw_frames(demo, budget=100_000, cache=tmp_path)
    assert bool(calls) is (damage is _make_a_folder_of_it)  # all others are mended


def test_a_folder_that_cannot_be_written_only_costs_time(counted, tmp_path, caplog):
    demo, calls = counted
    blocked = tmp_path / "a file"
    blocked.write_text("")
    with caplog.at_level(logging.INFO):
        first = draw_frames(demo, budget=100_000, cache=blocked / "cache")
        calls.clear()
        assert draw_frames(demo, budget=100_000, cache=blocked / "cache") == first
    assert calls
    assert "cannot be kept" in caplog.text


def test_what_was_kept_before_is_removed(counted, tmp_path):
    demo, _ = counted
    store = FramesCache(tmp_path)
    store.save("99.noise_2", "0" * 40, {"another": "demo"})
    store.save("99.noise", "1" * 40, {"another": "state of the code"})
    (tmp_path / "99.noise-left_by_a_crash.new").write_bytes(b"half")
    draw_frames(demo, budget=100_000, cache=tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        f"99.noise-{digest_of(demo, 100_000)}.json",
        f"99.noise_2-{'0' * 40}.json",
    ]


def test_writers_and_readers_at_the_same_time(tmp_path):
    content = {"pictures": ["x" * 200_000]}
    failures = []

    def work(number):
        store = FramesCache(tmp_path)
        for _ in range(30):
            store.save("99.noise", "a" * 40, content)
            # Whoever was faster, there is a file by now, and it is whole.
            if store.load("99.noise", "a" * 40) != content:
                failures.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    (file,) = tmp_path.iterdir()
    assert file.name == f"99.noise-{'a' * 40}.json"


def test_the_users_own_cache_is_used_by_default(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder = FramesCache().folder
    assert folder.name == "frames"
    assert "nnlab" in folder.parts
    assert list(tmp_path.iterdir()) == [], "nothing is made before something is saved"


# What the frames depend on -----------------------------------------------------------------------

# Put together here, because a module counts as needed if its name stands in one that is needed.
LESSON, SHARED, OWN = f"lesson_{98}", f"lesson_{98}_runs", f"lesson_{97}"


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Put a copy of the sources in the place of those the cache looks at, with made-up lessons."""
    package = Path(frames_cache.__file__).parents[1]
    engine = tmp_path / "nnlab"
    shutil.copytree(
        package,
        engine,
        ignore=lambda folder, names: [
            name
            for name in names
            if name.startswith("lesson_") or not (name.endswith(".py") or name == "live")
        ],
    )
    live = engine / "live"
    (live / f"{OWN}.py").write_text("# on its own\n")
    (live / f"{SHARED}.py").write_text("# shared\n")
    (live / f"{LESSON}.py").write_text(f"from nnlab.live import {SHARED}\n")
    shutil.copytree(frames_cache.data_dir(), tmp_path / "data")
    monkeypatch.setattr(frames_cache, "_LIVE", live)
    monkeypatch.setattr(frames_cache, "_ENGINE", engine)
    monkeypatch.setattr(frames_cache, "data_dir", lambda: tmp_path / "data")
    return tmp_path


def _demo_written_in(path):
    """Return a demo whose compute stands in a file, as far as Python knows."""
    space = {}
    exec(compile("def compute(*, k): return k / 20", str(path), "exec"), space)
    return _demo(compute=space["compute"])


@pytest.mark.parametrize(
    "file",
    [
        "nnlab/network.py",
        "nnlab/_random.py",
        "nnlab/live/canvas.py",
        "nnlab/live/style.py",
        f"nnlab/live/{LESSON}.py",
        f"nnlab/live/{SHARED}.py",
        "data/SHA256SUMS",
    ],
)
def test_pictures_depend_on_the_code_and_the_data_behind_them(file, sources):
    demo = _demo_written_in(sources / f"nnlab/live/{LESSON}.py")
    before = digest_of(demo, 100)
    assert digest_of(demo, 100) == before
    with (sources / file).open("a") as open_file:
        open_file.write("\n# changed\n")
    assert digest_of(demo, 100) != before


@pytest.mark.parametrize("file", [f"nnlab/live/{OWN}.py", "nnlab/live/web/figure.js"])
def test_pictures_do_not_depend_on_other_lessons_nor_on_the_page(file, sources):
    demo = _demo_written_in(sources / f"nnlab/live/{LESSON}.py")
    before = digest_of(demo, 100)
    (sources / file).parent.mkdir(exist_ok=True)
    (sources / file).write_text("# changed\n")
    assert digest_of(demo, 100) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "99.other"},
        {"size": (3.0, 2.0)},
        {"kept": {"k": (0, 4)}},
        {"controls": (Slider("k", "Amount", values=range(20), start=0),)},
        {"controls": (Slider("k", "Share", values=range(21), start=0),)},  # it is in messages
        {"controls": (Slider("k", "Amount", values=range(21), start=1),)},
        {"compute": lambda *, k: k / 30},
        {"describe": lambda noise: "Another sentence than before."},
    ],
)
def test_pictures_depend_on_the_specification(changes):
    demo = _demo()
    assert digest_of(dataclasses.replace(demo, **changes), 100) != digest_of(demo, 100)


def test_pictures_depend_on_budget_and_versions(monkeypatch):
    demo = _demo()
    before = digest_of(demo, 100)
    assert digest_of(demo, 101) != before
    monkeypatch.setattr(frames_cache.matplotlib, "__version__", "0.1")
    assert digest_of(demo, 100) != before


def test_a_demo_typed_into_a_notebook_is_drawn_every_time(tmp_path):
    space = {}
    exec(compile("def compute(*, k): return k / 20", "<cell 1>", "exec"), space)
    demo = _demo(compute=space["compute"])
    assert digest_of(demo, 100) is None
    draw_frames(demo, budget=100_000, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []
