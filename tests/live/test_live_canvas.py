"""Fast drawing: what is drawn again, what is noticed, and what stays apart from the reader."""

import dataclasses
import io
import threading

import matplotlib
import numpy as np
import pytest
from PIL import Image

from nnlab.live import Demo, Slider
from nnlab.live.canvas import Canvas, palette_png


def _tiny(build, update):
    return Demo(
        name="99.tiny",
        title="Tiny",
        compute=lambda *, k: k,
        build=build,
        update=update,
        describe=lambda result: "This is it.",
        controls=(Slider("k", "k", values=(0, 1, 2, 3), start=0),),
        try_this=("1",),
        size=(3, 2),
    )


def _assert_right(demo, results=(0, 1, 2, 3, 0)):
    """Compare with a fresh figure each time, drawn in the plain way."""
    canvas = Canvas(demo)
    for result in results:
        fast = canvas.pixels(result)
        assert np.array_equal(fast, Canvas(demo).full_pixels(result)), result
    return canvas


def test_every_artist_dropped_on_purpose_is_caught(toy):
    results = [toy.compute(**settings) for settings in toy.extreme_settings()]
    reference = Canvas(toy)
    expected = [reference.full_pixels(result) for result in results]
    count = len(toy.update(toy.build(reference.figure), results[0]))
    for index in range(count):

        def update(artists, result, index=index):
            changed = list(toy.update(artists, result))
            del changed[index]
            return changed

        canvas = Canvas(dataclasses.replace(toy, update=update))
        caught = False
        for result, picture in zip(results, expected, strict=True):
            pixels = canvas.pixels(result)
            caught |= bool(canvas.forgotten)
            # The picture is right all the same: a forgotten artist costs time, not truth.
            assert np.array_equal(pixels, picture)
        assert caught, index


def test_only_what_moves_is_drawn_again(toys):
    demo = toys.WAVE
    canvas = Canvas(demo)
    for settings in demo.extreme_settings():
        canvas.pixels(demo.compute(**settings))
    assert canvas.full_redraws == 1


def test_a_legend_over_moving_artists_costs_no_full_redraw(toys):
    demo = toys.PLANE
    canvas = Canvas(demo)
    for settings in demo.extreme_settings():
        canvas.pixels(demo.compute(**settings))
    assert canvas.full_redraws == 1


@pytest.mark.parametrize("zorder", [0.1, 1.9, 2.6, 10])
def test_what_lies_above_stays_above(zorder):
    def build(figure):
        axes = figure.subplots()
        axes.set(xlim=(0, 3), ylim=(0, 3))
        axes.plot([0, 3], [0, 3], linewidth=9, color="red", zorder=1.5)
        (line,) = axes.plot([], [], linewidth=9, zorder=zorder)
        axes.plot([0, 3], [3, 0], linewidth=9, color="black", zorder=5)
        return line

    def update(line, k):
        line.set_data([0, 3], [k, k])
        return [line]

    assert _assert_right(_tiny(build, update)).full_redraws == 1


def _change_limits(axes, k):
    axes.set_xlim(0, k + 1)


def _change_title(axes, k):
    axes.title.set_text(f"title {k}")


def _change_label(axes, k):
    axes.xaxis.label.set_text(f"label {k}")


def _change_ticks(axes, k):
    axes.set_xticks([0, 0.3 * k, 3])


def _change_legend(axes, k):
    axes.get_legend().get_texts()[0].set_text(f"line {k}")


def _change_autoscale(axes, k):
    axes.lines[1].set_ydata([0, 10 * k + 1])
    axes.relim()
    axes.autoscale_view()


def _change_face(axes, k):
    axes.set_facecolor(str(1 - k / 9))


def _change_place(axes, k):
    axes.set_position((0.2, 0.2, 0.5 + 0.1 * k, 0.6))


def _change_visibility(axes, k):
    axes.set_visible(k != 1)


def _change_axis(axes, k):
    axes.axison = k != 2


def _change_children(axes, k):
    for text in list(axes.texts):
        text.remove()
    axes.text(0.5, 0.5, f"new {k}", fontsize=10)


def _change_figure(axes, k):
    axes.figure.suptitle(f"figure {k}", fontsize=10)


def _change_order(axes, k):
    axes.lines[1].set_zorder(1 + k)


@pytest.mark.parametrize(
    "change",
    [value for name, value in sorted(globals().items()) if name.startswith("_change")],
    ids=lambda change: change.__name__[1:],
)
def test_changes_outside_the_returned_artists_are_noticed(change):
    def build(figure):
        axes = figure.subplots()
        (line,) = axes.plot([], [], label="line", linewidth=5)
        axes.plot([0, 3], [0, 1], linewidth=5)
        axes.legend(loc="upper left")
        return axes, line

    def update(artists, k):
        axes, line = artists
        line.set_data([0, 3], [k, 0])
        change(axes, k)
        return [line]

    _assert_right(_tiny(build, update))


def test_twin_axes_insets_polar_axes_and_figure_artists():
    def build(figure):
        left = figure.add_subplot(1, 2, 1)
        left.set(xlim=(0, 1), ylim=(0, 3))
        (line,) = left.plot([], [], linewidth=8)
        twin = left.twinx()
        twin.plot([0, 1], [1, 0], color="red", linewidth=8)
        inset = left.inset_axes((0.5, 0.5, 0.4, 0.4))
        (small,) = inset.plot([], [])
        inset.set(xlim=(0, 1), ylim=(0, 3))
        polar = figure.add_subplot(1, 2, 2, projection="polar")
        (hand,) = polar.plot([], [])
        polar.set_ylim(0, 1)
        note = figure.text(0.1, 0.5, "", fontsize=20, zorder=9)
        figure.text(0.1, 0.52, "still", fontsize=20, color="red", zorder=10)
        return line, small, hand, note

    def update(artists, k):
        line, small, hand, note = artists
        line.set_data([0, 1], [k, 2])
        small.set_data([0, 1], [k, 3])
        hand.set_data([k, k], [0, 1])
        note.set_text(f"note {k}")
        return [line, small, hand, note]

    assert _assert_right(_tiny(build, update)).full_redraws == 1


def test_artists_that_take_turns_stay_where_they_were():
    def build(figure):
        axes = figure.subplots()
        axes.set(xlim=(0, 1), ylim=(0, 4))
        return [axes.plot([], [])[0], axes.plot([], [])[0]]

    drawn = []

    def update(lines, k):
        line = lines[k % 2]
        line.set_data([0, 1], [k, k])
        lines[1 - k % 2].set_visible(False)
        line.set_visible(True)
        drawn.append(k)
        return lines

    assert _assert_right(_tiny(build, update)).full_redraws == 1


@pytest.mark.parametrize("returned", [None, "line", 3])
def test_update_must_return_a_list(returned):
    demo = _tiny(lambda figure: figure.subplots(), lambda axes, k: returned)
    with pytest.raises(TypeError, match="must return a list of the artists"):
        Canvas(demo)


def test_containers_and_foreign_artists_are_refused():
    demo = _tiny(lambda figure: figure.subplots().bar([1], [1]), lambda bars, k: [bars])
    with pytest.raises(TypeError, match="unpacked"):
        Canvas(demo)
    stranger = matplotlib.lines.Line2D([], [])
    with pytest.raises(TypeError, match="not on the demo's figure"):
        Canvas(_tiny(lambda figure: figure.subplots(), lambda axes, k: [stranger]))


def test_palette_png_is_small_and_keeps_white(toy):
    pixels = Canvas(toy).pixels(toy.compute(**toy.settings()))
    file = palette_png(pixels)
    image = Image.open(io.BytesIO(file))
    assert image.mode == "P"
    assert len(file) < 60_000
    shown = np.asarray(image.convert("RGB"))
    white = (pixels[..., :3] == 255).all(axis=-1)
    assert (shown[white] == 255).all()
    assert np.abs(shown.astype(int) - pixels[..., :3]).mean() < 1.5


def test_palette_png_without_any_white():
    pixels = np.zeros((4, 5, 4), dtype=np.uint8)
    pixels[..., 0], pixels[..., 3] = 200, 255
    shown = np.asarray(Image.open(io.BytesIO(palette_png(pixels))).convert("RGB"))
    assert shown.shape == (4, 5, 3)
    assert np.abs(shown[..., 0].astype(int) - 200).max() <= 2


def test_two_figures_drawn_at_once_do_not_mix(toys):
    """A demo moved in one thread while another draws: each gets its own picture."""
    demo = toys.PLANE
    settings = list(demo.extreme_settings())
    results = [demo.compute(**s) for s in settings]
    expected = [Canvas(demo).full_pixels(result) for result in results]
    canvas = Canvas(demo)
    wrong = []

    def move():
        for _ in range(3):
            for result, picture in zip(results, expected, strict=True):
                if not np.array_equal(canvas.pixels(result), picture):
                    wrong.append(result)

    threads = [threading.Thread(target=move) for _ in range(2)]
    for thread in threads:
        thread.start()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    while any(thread.is_alive() for thread in threads):
        with matplotlib.rc_context({"font.size": 25, "lines.linewidth": 7}):
            figure = Figure(figsize=(3, 2))
            figure.subplots().plot([1, 2, 3])
            FigureCanvasAgg(figure).draw()
    for thread in threads:
        thread.join()
    assert not wrong


def test_drawing_never_touches_the_global_settings(toy, monkeypatch):
    canvas = Canvas(toy)
    touched = []
    for method in ("__setitem__", "_set", "_update_raw", "update"):
        if hasattr(matplotlib.RcParams, method):
            monkeypatch.setattr(
                matplotlib.RcParams, method, lambda *args, **kw: touched.append(args[1:])
            )
    for settings in toy.extreme_settings():
        canvas.picture(toy.compute(**settings))
    assert touched == []


def _shown(file):
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).astype(int)


def test_a_colour_that_the_start_does_not_have_is_shown():
    """The start's palette serves as long as it comes close; a new colour gets one of its own."""
    start = np.full((80, 120, 4), 255, np.uint8)
    start[20:40, 20:60, :3] = (0, 114, 178)
    other = start.copy()
    other[50:53, 30:90, :3] = (213, 94, 0)  # as thin as the thinnest line
    palette = Image.open(io.BytesIO(palette_png(start)))
    for pixels in (start, other):
        difference = np.abs(_shown(palette_png(pixels, palette)) - pixels[..., :3].astype(int))
        assert difference.max() <= 16


def test_pictures_are_true_to_the_pixels(demo):
    """Also those with the palette of the start."""
    canvas = Canvas(demo)
    for settings in demo.extreme_settings():
        result = demo.compute(**settings)
        pixels = canvas.pixels(result)[..., :3].astype(int)
        difference = np.abs(_shown(canvas.picture(result)) - pixels)
        assert difference.max() <= 48, settings
        assert difference.mean() < 4, settings
        white = (pixels == 255).all(axis=-1)
        assert (difference[white] == 0).all(), settings
