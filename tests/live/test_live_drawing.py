"""Every drawing helper: fast and full drawing agree, and bad numbers neither warn nor break."""

from functools import partial
from typing import Any, NamedTuple

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nnlab.live import Demo, Slider, new_figure
from nnlab.live import drawing as d
from nnlab.live.canvas import Canvas
from nnlab.live.plane_image import tint
from nnlab.live.style import CLASS_COLORS, CLASS_MARKERS, LOOKS, context

NAN, INF = np.nan, np.inf
HUGE = 1e300
UNIT = (0, 1)
GRID = np.add.outer(np.linspace(0, 1, 12), np.linspace(0, 1, 15)) / 2
X = np.linspace(0, 1, 30)
STEPS = np.stack([np.linspace(0.1, 0.7, 9), np.linspace(0.8, 0.5, 9)], axis=1)
SAMPLES = [np.linspace(-1, 1, 40) ** k for k in (1, 3, 5)]
NET = [GRID[:2, :4] - 0.2, GRID[:4, :12] - 0.3, GRID[:12, :1] - 0.4]
LARGER = [GRID[:5, :3], -GRID[:3, :3], GRID[:3, :3], GRID[:3, :2]]
UNITS = [np.linspace(-1, 1, n) for n in (2, 4, 12, 1)]
OFF = [np.arange(n) % 2 for n in (2, 4, 12, 1)]


class Call(NamedTuple):
    """Arguments of one update."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def call(*args, **kwargs):
    return Call(args, kwargs)


class Case(NamedTuple):
    """A helper, two ordinary updates, odd ones that must draw, wrong ones with what is said."""

    make: Any
    a: Call
    b: Call
    odd: tuple[Call, ...]
    wrong: tuple[tuple[Call, str], ...]


def on_unit(axes, make, ylim=UNIT, **kwargs):
    """Make a helper on axes from 0 to 1."""
    d.label_axes(axes, title="Title", xlabel="x", ylabel="y", xlim=UNIT, ylim=ylim)
    return make(axes, **kwargs)


CASES = {
    "curve": Case(
        partial(on_unit, make=d.Curve, band=True, label="curve", marker="s"),
        call(X, X**2, X**2 - 0.1, X**2 + 0.1),
        call(X[:9], X[:9], X[:9] / 2, 2 * X[:9]),
        (
            call([], [], [], []),
            call([0.5], [0.5], [0.4], [0.6]),
            call(X, 0 * X, 0 * X, 0 * X),
            call([0, 0.5, 1], [NAN, INF, 0.5], [NAN, -INF, 0.4], [1, INF, NAN]),
            call([0, 0.5, 1], [HUGE, -HUGE, 0.5], [-HUGE, -HUGE, 0], [HUGE, HUGE, 1]),
        ),
        (
            (call(X, X[:9], X, X), r"y must have shape \(30,\), like x; got \(9,\)"),
            (call([X], [X], X, X), r"x must have shape \(n,\); got \(1, 30\)"),
            (call(X, X, X[:3], X), r"low must have shape \(30,\), like x"),
            (call(X, X, X, X[:3]), r"high must have shape"),
        ),
    ),
    "bundle": Case(
        partial(on_unit, make=d.CurveBundle, label="20 networks"),
        call(X, np.outer(np.linspace(0, 1, 20), X)),
        call(X[:5], np.outer(np.linspace(0, 1, 3), X[:5])),
        (
            call([], np.empty((0, 0))),
            call(X, np.empty((0, 30))),
            call([0, 0.3, 1], [[NAN, 0.5, 1], [INF, 0, HUGE], [-INF, -HUGE, HUGE]]),
        ),
        (
            (call(X, X), r"curves must have shape \(k, 30\), one row per curve; got \(30,\)"),
            (call(X, [X[:4]]), "one row per curve"),
        ),
    ),
    "losses": Case(
        partial(on_unit, make=d.LossCurves, band=True, stop="early stopping"),
        call(X, X / 2, (X - 0.1, X + 0.1), (X / 3, X), stop=0.4),
        call(X[:5], X[:5] / 2, (X[:5], X[:5] + 0.1)),
        (
            call([], []),
            call([NAN, INF], [HUGE, -HUGE], ([NAN, NAN], [INF, 0]), stop=NAN),
            call([1.0], [1.0], stop=INF),
        ),
        (
            (call([X], X), r"the curve of 'training' must have shape \(n,\); got \(1, 30\)"),
            (call(X, X, (X[:2], X)), "low must have shape"),
        ),
    ),
    "metrics": Case(
        partial(
            on_unit, make=d.MetricCurves, ylim=(1e-2, 2), names=list("abcdef"), log=True,
            band=True, stop="here",
        ),
        call([X + 0.01 * k for k in range(6)], [(X, X + 0.1)] * 6, x=X, stop=0.5),
        call([X[: 5 * k] for k in range(6)], x=X),
        (
            call([[]] * 6),
            call([[NAN, 1], [INF, 1], [-INF, 0], [0, 0], [HUGE, 1e-300], [-1, 1]]),
            call([[1.0, 2]] * 6, [([NAN, 0], [INF, 1]), ([-1, -HUGE], [0, HUGE])] * 3, x=[0, 1]),
        ),
        (
            (call([X]), "curves must be 6, one for each of a, b, c, d, e, f; got 1"),
            (call([X] * 6, [(X, X)]), "bands must be 6, one per curve; got 1"),
            (call([X] * 6, x=X[:4]), r"x must have shape|y must have shape"),
        ),
    ),
    "point": Case(
        partial(on_unit, make=d.Point, base=0.0),
        call(0.2, 0.3),
        call(0.8, 0.9),
        (call(NAN, 0.5), call(INF, -INF), call(HUGE, -HUGE)),
        (),
    ),
    "points": Case(
        partial(on_unit, make=d.Points, names=("a", "b", "c")),
        call(X, X**2, np.arange(30) % 3),
        call(X[:3], X[:3]),
        (call([], []), call([NAN, INF, HUGE], [0, -HUGE, -INF], [0, 1, 2])),
        (
            (call(X, X[:2]), r"y must have shape \(30,\), like x"),
            (call(X, X, [0]), r"labels must have shape \(30,\), one per point"),
            (call(X, X, np.arange(30)), "labels must be whole numbers from 0 to 2"),
            (call([0], [0], [0.5]), "labels must be whole numbers"),
        ),
    ),
    "bars": Case(
        partial(on_unit, make=d.Bars, names=("a", "b", "c"), limits=(-1, 1), errors=True),
        call([0.5, -0.5, 0.1], [0.4, -0.6, 0], [0.7, -0.1, 0.3]),
        call([0.9, 0.2, 0.0]),
        (
            call([NAN, INF, -INF], [NAN, 0, -INF], [0, INF, NAN]),
            call([HUGE, -HUGE, 0], [-HUGE, -HUGE, 0], [HUGE, HUGE, 0]),
        ),
        (
            (call([1, 2]), r"values must have shape \(3,\), one per bar; got \(2,\)"),
            (call([1, 2, 3], [1, 2, 3]), "both low and high"),
            (call([1, 2, 3], [1], [2]), r"low must have shape \(3,\)"),
        ),
    ),
    "lying bars": Case(
        partial(on_unit, make=d.Bars, names=("a", "b"), horizontal=True, errors=True),
        call([0.5, 0.2], [0.4, 0.1], [0.6, 0.3]),
        call([0.1, 0.9]),
        (call([NAN, INF], [0, 0], [INF, NAN]),),
        ((call([[1, 2]]), "one per bar"),),
    ),
    "stacked": Case(
        partial(on_unit, make=d.StackedBars, names="sl", parts=("bias²", "noise"), total="test"),
        call([[0.4, 0.1], [0.1, 0.3]], [0.52, 0.38]),
        call([[0.04, 0.5], [0.3, 0.3]]),
        (
            call([[0, 0], [0, 0]], [0, NAN]),
            call([[NAN, INF], [1, 1]], [INF, -INF]),
            call([[HUGE, 1e308], [HUGE, 1e308]], [HUGE, -HUGE]),
        ),
        (
            (call([1, 2]), r"parts must have shape \(2, 2\), one row per part"),
            (call([[1, 2], [-1, 0]]), "parts must be at least 0, or they do not stack; got -1"),
            (call([[1, 2], [1, 0]], [1]), r"totals must have shape \(2,\)"),
        ),
    ),
    "matrix": Case(
        partial(d.Matrix, rows="ab", columns="cde", limits=(0, 2), crosses=True),
        call([[0, 1, 2], [0.5, 1, 1.5]], [[True, False, True], [False, False, True]]),
        call([[2, 1, 0], [1, 1, 1]]),
        (call([[NAN, INF, -INF], [HUGE, -HUGE, 0]], np.ones((2, 3))),),
        (
            (call([[1, 2, 3]]), r"values must have shape \(2, 3\); got \(1, 3\)"),
            (call(np.ones((2, 3)), [True]), r"crossed must have shape \(2, 3\)"),
        ),
    ),
    "surface": Case(
        partial(d.Surface, xlim=UNIT, ylim=UNIT, boundary=True),
        call(GRID),
        call(np.stack([GRID, GRID.max() - GRID, 0 * GRID + 0.45], axis=-1)),
        (
            call(np.full((5, 5), 0.5)),
            call(np.full((5, 5), NAN)),
            call([[NAN, INF, 0.1], [HUGE, -HUGE, -INF], [0.2, 0.7, 0.4]]),
        ),
        (
            (call([1, 2]), r"probabilities must have shape \(height, width\) or .*; got \(2,\)"),
            (call(np.ones((3, 3, 9))), "2 to 8 classes"),
            (call(np.ones((3, 0))), r"got \(3, 0\)"),
            (call(np.ones((1, 9))), "at least 2 × 2 points; got 1 × 9"),
        ),
    ),
    "response": Case(
        partial(d.ResponseSurface, xlim=UNIT, ylim=UNIT, limits=UNIT, label="accuracy"),
        call(GRID),
        call(1 - GRID[:5]),
        (call([[NAN, INF], [-HUGE, -INF]]), call(0 * GRID), call([[HUGE]])),
        ((call([1]), r"values must have shape \(height, width\); got \(1,\)"),
         (call(np.ones((0, 3))), "must not be empty")),
    ),
    "contours": Case(
        partial(d.Contours, xlim=UNIT, ylim=UNIT, levels=5, log=True, format="{:.1f}"),
        call(GRID**2),
        call(100 * GRID[:, ::-1]),
        (
            call(0 * GRID),
            call(np.full((4, 4), HUGE)),
            call(np.full((4, 4), NAN)),
            call([[NAN, INF, 0.1], [HUGE, -HUGE, -INF], [0.2, 0.7, 0.4]]),
        ),
        ((call([1]), r"values must have shape \(height, width\)"),
         (call(np.ones((1, 9))), "values must be at least 2 × 2; got 1 × 9")),
    ),
    "levels": Case(
        partial(d.Contours, xlim=UNIT, ylim=UNIT, levels=(0.2, 0.5, 0.9), format="{:.1f}"),
        call(GRID),
        call(GRID / 2),
        (call(0 * GRID), call(GRID + 5), call(-HUGE * GRID), call(np.where(GRID > 0.5, NAN, GRID))),
        (),
    ),
    "path": Case(
        partial(on_unit, make=d.Path, label="SGD", look=LOOKS[2], every=2),
        call(STEPS),
        call(STEPS[::-1][:4]),
        (
            call([]),
            call(np.empty((0, 2))),
            call(STEPS[:1]),
            call([[NAN, 0]]),
            call([[0.1, 0.1], [5, -9], [1e200, -1e250], [-1e308, 1e308], [INF, NAN]]),
        ),
        ((call(X), r"points must have shape \(steps \+ 1, 2\); got \(30,\)"),
         (call([[1, 2, 3]]), r"got \(1, 3\)")),
    ),
    "parallel": Case(
        partial(
            d.ParallelCoordinates, names=("rate", "units", "score"), log=("rate",),
            limits=((1e-4, 1), (2, 64), (0, 1)),
        ),
        call([[1e-3, 8, 0.7], [1e-2, 32, 0.9], [0.5, 64, 0.1]]),
        call([[1e-4, 2, 0.0]]),
        (
            call([]),
            call(np.empty((0, 3))),
            call([[0, -HUGE, NAN], [-1, HUGE, INF], [INF, 2, -INF]]),
        ),
        ((call([[1, 2]]), r"trials must have shape \(trials, 3\), one column per name"),),
    ),
    "histogram": Case(
        partial(d.Histogram, limits=UNIT, names=("honest", "leaky")),
        call(X**2, X**0.5),
        call(X, np.ones((5, 5)) / 2),
        (
            call([], []),
            call([NAN, INF], np.zeros(9)),
            call([HUGE, 1e308, 1e308], [-HUGE, 0.5, NAN]),
        ),
        ((call(X), "expected 2 groups, one per name; got 1"),),
    ),
    "shares": Case(
        partial(d.Histogram, limits=UNIT, bins=5, share=True, mean=False),
        call(X**2),
        call(X),
        (call([]), call([NAN])),
        ((call(X, X), "expected 1 groups"),),
    ),
    "distributions": Case(
        partial(d.Distributions, limits=(-1, 1), mark="standard deviation", share="dead units"),
        call(SAMPLES, [0.5, 0.4, 0.3], [0, 0.5, 1]),
        call([s / 2 for s in SAMPLES]),
        (
            call([[]]),
            call([np.zeros(9), np.ones(3), [NAN, INF, -INF]], [0, NAN, INF], [NAN, 2, -1]),
            call([[HUGE, -HUGE, 1e308]] * 50, np.zeros(50)),
        ),
        (
            (call([]), "samples must hold 1 to 50 layers; got 0"),
            (call([[1]] * 51), "1 to 50 layers; got 51"),
            (call(SAMPLES, [1]), r"marks must have shape \(3,\), one per layer; got \(1,\)"),
            (call(SAMPLES, None, [1]), r"shares must have shape \(3,\)"),
        ),
    ),
    "magnitudes": Case(
        partial(d.Distributions, limits=(1e-6, 10), log=True, mark="gradient norm"),
        call(SAMPLES, [1, 0.1, 0.01]),
        call([s * 1e-3 for s in SAMPLES]),
        (
            call([np.zeros(9), [NAN], []], [0, -1, INF]),
            call([[1e-320, 1e308, -1e-310, 0]]),
        ),
        ((call(SAMPLES, None, [1, 1, 1]), "shares were not asked for; name them with share="),),
    ),
    "network": Case(
        partial(d.NetworkDiagram, most=6, inputs=("x₁", "x₂"), outputs=("p",)),
        call(NET, UNITS, OFF),
        call(LARGER),
        (
            call([[[0.0]]]),
            call([np.full((3, 2), NAN)], [[NAN, INF, -INF], [HUGE, -HUGE]]),
            call([[[INF, -INF], [HUGE, 1e-300]]], None, [[1, 1], [1, 1]]),
        ),
        (
            (call([]), "weights must hold 1 to 5 matrices, one less than layers; got 0"),
            (call([[[1.0]]] * 6), "got 6"),
            (call([X]), r"weights\[0\] must have shape \(in, out\); got \(30,\)"),
            (call([NET[0], NET[0]]), r"weights\[1\] must have shape \(4, out\), as many rows"),
            (call([np.ones((0, 2))]), "must not be empty"),
            (call(NET, UNITS[1:]), "units must hold 4 layers; got 3"),
            (call(NET, UNITS[::-1]), r"units\[0\] must have shape \(2,\), one per unit"),
            (call(NET, None, UNITS[:2]), "off must hold 4 layers; got 2"),
        ),
    ),
}  # fmt: skip


def demo_of(case):
    """Return a demo whose result is the call itself."""
    calls = [case.a, case.b, *case.odd]
    return Demo(
        name="99.helper",
        title="One helper",
        compute=lambda *, k: calls[k],
        build=lambda figure: case.make(figure.subplots()),
        update=lambda helper, made: helper.update(*made.args, **made.kwargs),
        describe=lambda made: "This is it.",
        controls=(Slider("k", "k", values=range(len(calls)), start=0),),
        try_this=("1",),
        size=(4.2, 3.0),
    ), calls


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request):
    return request.param


def test_fast_drawing_is_full_drawing_and_depends_on_the_last_update_only(case):
    demo, calls = demo_of(case)
    canvas = Canvas(demo)
    seen = []
    for made in [*calls, *calls[::-1]]:
        fast = canvas.pixels(made)
        assert canvas.forgotten == []
        seen.append(fast)
    for made, first, second in zip(calls, seen, seen[::-1], strict=False):
        full = Canvas(demo).full_pixels(made)
        assert np.array_equal(first, full), made
        assert np.array_equal(second, full), made
    assert not np.array_equal(seen[0], seen[1])


def test_an_ordinary_update_costs_no_full_redraw(case):
    demo, calls = demo_of(case)
    canvas = Canvas(demo)
    for made in (calls[0], calls[1], calls[0]):
        canvas.pixels(made)
    assert canvas.full_redraws == 1


def test_update_returns_artists_of_its_axes_each_once(case):
    _, axes = new_figure((4, 3))
    changed = case.make(axes).update(*case.a.args, **case.a.kwargs)
    assert changed
    assert len({id(artist) for artist in changed}) == len(changed)
    assert all(artist.axes is axes for artist in changed)


def test_wrong_arguments_are_refused_in_plain_words(case):
    _, axes = new_figure((4, 3))
    helper = case.make(axes)
    for made, match in case.wrong:
        with pytest.raises(ValueError, match=match):
            helper.update(*made.args, **made.kwargs)


READERS = {
    "axes.facecolor": "yellow",
    "axes.grid": False,
    "axes.labelsize": 30,
    "axes.linewidth": 5,
    "font.family": "serif",
    "font.size": 25,
    "hatch.color": "red",
    "hatch.linewidth": 5,
    "image.interpolation": "nearest",
    "image.origin": "upper",
    "legend.fancybox": False,
    "legend.handlelength": 9,
    "legend.fontsize": 30,
    "lines.linewidth": 9,
    "lines.markersize": 30,
    "lines.scale_dashes": False,
    "patch.edgecolor": "red",
    "patch.force_edgecolor": True,
    "patch.linewidth": 6,
    "scatter.marker": "s",
    "text.color": "red",
    "xtick.labelsize": 30,
    "ytick.direction": "in",
    "ytick.labelcolor": "red",
}


def drawn(case):
    figure, axes = new_figure((4.2, 3.0))
    helper = case.make(axes)
    agg = FigureCanvasAgg(figure)
    agg.draw()
    helper.update(*case.a.args, **case.a.kwargs)
    agg.draw()
    return np.array(agg.buffer_rgba())


def test_the_readers_settings_change_nothing(case):
    plain = drawn(case)
    with matplotlib.rc_context(READERS):
        assert np.array_equal(drawn(case), plain)


def test_every_text_can_be_read_from_the_last_row(case):
    figure, axes = new_figure((4.2, 3.0))
    helper = case.make(axes)
    for made in (case.b, case.a):
        helper.update(*made.args, **made.kwargs)
        FigureCanvasAgg(figure).draw()
        sizes = [
            text.get_fontsize()
            for text in figure.findobj(lambda artist: hasattr(artist, "get_fontsize"))
            if text.get_text() and text.get_visible()
        ]
        assert not sizes or min(sizes) >= 11


# --- what each helper shows -----------------------------------------------------------------------


@pytest.fixture
def axes():
    return new_figure((6, 4))[1]


def test_classes_differ_in_color_and_marker(axes):
    assert len(set(CLASS_COLORS)) == len(CLASS_COLORS) == len(set(CLASS_MARKERS))
    groups = d.Points(axes, ["a", "b", "c"]).update([0, 1, 2, 3], [0, 0, 0, 0], [0, 1, 1, 2])
    assert [group.get_xdata().tolist() for group in groups] == [[0], [1, 2], [3]]
    assert len({group.get_marker() for group in groups}) == 3
    assert len({group.get_color() for group in groups}) == 3
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="got 9"):
        d.Points(axes, list("abcdefghi"))


def test_bars_write_their_values_and_stay_within_limits(axes):
    bars = d.Bars(axes, ["a", "b", "c", "d"], format="{:.1f}", limits=(-1, 1))
    changed = bars.update([0.5, 7.0, -0.25, np.nan])
    assert [bar.get_height() for bar in changed[:4]] == [0.5, 1.0, -0.25, 0.0]
    assert [text.get_text() for text in changed[4:]] == ["0.5", "7.0", "−0.2", "NaN"]
    with pytest.raises(ValueError, match=r"shape \(4,\)"):
        bars.update([1, 2])


def test_bars_can_lie(axes):
    changed = d.Bars(axes, ["a", "b"], horizontal=True).update([0.5, 0.25])
    assert [bar.get_width() for bar in changed[:2]] == [0.5, 0.25]


def test_curve_with_and_without_band(axes):
    with pytest.raises(ValueError, match="band=True"):
        d.Curve(axes).update([0], [0], [0], [0])
    banded = d.Curve(axes, band=True)
    with pytest.raises(ValueError, match="both"):
        banded.update([0], [0], [0])
    assert len(banded.update([0, 1], [1, 2], [0, 1], [2, 3])) == 2


def test_loss_curves_start_with_the_state_before_training(axes):
    train, validation = d.LossCurves(axes).update([3.0, 2.0], [4.0, 3.0])
    assert train.get_xdata().tolist() == [0, 1]
    assert train.get_linestyle() != validation.get_linestyle()
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss")


def test_point_with_stem(axes):
    assert len(d.Point(axes).update(1, 2)) == 1
    stem, point = d.Point(axes, base=0).update(1, 2)
    assert stem.get_xydata().tolist() == [[1, 0], [1, 2]]
    assert point.get_xydata().tolist() == [[1, 2]]


def test_matrix_text_can_be_read_on_its_cell(axes):
    matrix = d.Matrix(axes, ["a", "b"], ["c", "d"], limits=(0, 10))
    _, *texts = matrix.update([[0, 10], [5, 2]])
    assert [text.get_text() for text in texts] == ["0", "10", "5", "2"]
    assert texts[0].get_color() != "white" == texts[1].get_color()
    with pytest.raises(ValueError, match=r"\(2, 2\)"):
        matrix.update([[1, 2, 3]])


def test_surface_shows_the_likelier_class(axes):
    surface = d.Surface(axes, (0, 1), (0, 1))
    (image,) = surface.update([[0.0, 0.4], [0.6, 1.0]])
    colors = image.colors(600, 600)[[[0], [-1]], [0, -1]].astype(int)
    blue, red = colors[..., 2], colors[..., 0]
    assert ((blue > red) == [[True, True], [False, False]]).all()
    assert colors[0, 0].sum() < colors[0, 1].sum()  # surer is stronger
    (image,) = surface.update(np.full((2, 2, 3), 1 / 3))
    assert image.colors(9, 9).min() > 200
    with pytest.raises(ValueError, match=r"got \(2,\)"):
        surface.update([1, 2])


def test_label_axes_leaves_what_is_not_given(axes):
    d.label_axes(axes, title="one", xlabel="x", ylabel="y", xlim=(0, 2), ylim=(0, 3))
    d.label_axes(axes, title="two")
    assert axes.get_title(loc="left") == "two"
    assert (axes.get_xlabel(), axes.get_xlim(), axes.get_ylim()) == ("x", (0, 2), (0, 3))


def test_a_sweep_draws_mean_and_range_of_every_method_on_a_logarithmic_axis():
    _, axes = new_figure()
    rates = [0.01, 0.1, 1.0]
    d.plot_sweep(axes, rates, {"a": [[1, 3], [2, 4], [0, 2]], "b": np.zeros((3, 5))})
    mean, flat = axes.lines
    assert mean.get_xydata().tolist() == [[0.01, 2], [0.1, 3], [1, 1]]
    assert flat.get_ydata().tolist() == [0, 0, 0]
    assert mean.get_linestyle() != flat.get_linestyle()
    band = axes.collections[0].get_paths()[0].vertices
    assert {(0.01, 1.0), (0.01, 3.0), (1.0, 0.0), (1.0, 2.0)} <= set(map(tuple, band.tolist()))
    assert (axes.get_xscale(), axes.get_xlim()) == ("log", (0.01, 1.0))
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_a_sweep_refuses_results_that_do_not_fit():
    _, axes = new_figure()
    with pytest.raises(ValueError, match=r"results\['a'\] must have shape \(2, seeds\)"):
        d.plot_sweep(axes, [1, 2], {"a": [1, 2]})


def test_six_curves_differ_without_colour(axes):
    d.MetricCurves(axes, list("abcdef"))
    handles = axes.get_legend().legend_handles
    assert len({(str(line.get_linestyle()), line.get_marker()) for line in handles}) == 6
    assert len({look.linestyle for look in LOOKS}) == len({look.marker for look in LOOKS}) == 6
    assert len({look.color for look in LOOKS}) == 6
    with pytest.raises(ValueError, match="names must hold 1 to 6 curves; got 7"):
        d.MetricCurves(axes, list("abcdefg"))


def test_losses_look_like_the_first_two_metrics(axes):
    losses = d.LossCurves(axes).update([1], [2])
    metrics = d.MetricCurves(new_figure()[1]).update([[1], [2]])
    for one, other in zip(losses, metrics, strict=True):
        assert one.get_color() == other.get_color()
        assert one.get_linestyle() == other.get_linestyle()


def test_the_vertical_line_stands_where_it_is_told_and_goes_again(axes):
    curves = d.MetricCurves(axes, stop="early stopping")
    line = curves.update([[1, 2], [3, 4]], stop=1)[0]
    assert list(line.get_xdata()) == [1, 1]
    assert np.isnan(curves.update([[1, 2], [3, 4]])[0].get_xdata()).all()
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["training", "validation", "early stopping"]
    with pytest.raises(ValueError, match="no vertical line"):
        d.MetricCurves(axes).update([[1], [1]], stop=1)
    with pytest.raises(ValueError, match="no bands"):
        d.MetricCurves(axes).update([[1], [1]], [([1], [1])] * 2)


def test_a_logarithmic_axis_refuses_limits_with_zero(axes):
    axes.set_ylim(0, 1)
    with pytest.raises(ValueError, match="log=True needs limits above 0"):
        d.MetricCurves(axes, log=True)


def test_a_long_curve_that_leaves_the_picture_keeps_its_markers(axes):
    """Of a long line Matplotlib draws only the part in view."""
    axes.set_xlim(0, 10)
    x = np.arange(5000.0)
    _, markers = d.Curve(axes, marker="o").update(x, x)
    FigureCanvasAgg(axes.figure).draw()
    assert len(markers.get_xdata()) == 6
    assert set(markers.get_xdata()) <= set(x)


def test_markers_of_a_short_curve_stand_on_its_points(axes):
    _, markers = d.Curve(axes, marker="o").update([1, 2], [3, 4])
    assert {tuple(point) for point in markers.get_xydata().tolist()} == {(1, 3), (2, 4)}


def test_error_bars_reach_from_low_to_high_and_push_the_value_away(axes):
    bars = d.Bars(axes, ["a", "b"], limits=(0, 1), errors=True)
    *_, errors, text, other = bars.update([0.5, 0.5], [0.4, NAN], [0.8, 0.9])
    assert errors.get_segments()[0].tolist() == [[0, 0.4], [0, 0.8]]
    assert (text.xy, other.xy) == ((0, 0.8), (1, 0.5))
    assert bars.update([0.5, 0.5])[2].get_segments() == []
    with pytest.raises(ValueError, match="no error bars"):
        d.Bars(axes, ["a"]).update([1], [1], [1])


def test_stacked_parts_stand_on_each_other_and_their_sum_is_written(axes):
    stack = d.StackedBars(axes, ["s", "l"], ["bias²", "variance", "noise"], total="measured")
    *artists, total = stack.update([[0.4, 0.1], [0.1, 0.3], [0.2, 0.2]], [0.75, NAN])
    first = [bar.get_bbox().extents[[1, 3]].tolist() for bar in (artists[0], artists[2])]
    assert first == [[0, 0.4], [0.4, 0.5]]
    assert artists[4].get_bbox().y1 == pytest.approx(0.7)
    assert [text.get_text() for text in artists[-2:]] == ["0.70", "0.60"]
    assert total.get_segments()[0][:, 1].tolist() == [0.75, 0.75]
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == ["measured", "noise", "variance", "bias²"]
    with pytest.raises(ValueError, match="no totals"):
        d.StackedBars(axes, ["s"], ["p"]).update([[1]], [1])
    with pytest.raises(ValueError, match="parts must hold 1 to 4"):
        d.StackedBars(axes, ["s"], [])


def test_crossed_cells_and_cells_without_a_number(axes):
    matrix = d.Matrix(axes, "ab", "cd", limits=(0, 1), crosses=True)
    _, crosses, *texts = matrix.update([[1, NAN], [1, 1]], [[0, 0], [0, 1]])
    assert {tuple(line.mean(axis=0)) for line in crosses.get_segments()} == {(1, 1)}
    assert texts[0].get_color() == "white" != texts[1].get_color()
    assert texts[1].get_text() == "NaN"
    with pytest.raises(ValueError, match="no crosses"):
        d.Matrix(axes, "a", "b", limits=(0, 1)).update([[1]], [[1]])


def test_the_boundary_of_two_classes_is_where_the_probability_is_one_half(axes):
    p = np.linspace(0, 1, 11)[None, :] ** 0.5 * np.ones((4, 1))
    _, boundary = d.Surface(axes, (0, 10), (0, 1), boundary=True).update(p)
    (line,) = boundary.get_segments()
    assert np.interp(line[0, 0], np.arange(11), p[0]) == pytest.approx(0.5)
    assert set(line[:, 1]) == {0, 1 / 3, 2 / 3, 1}


def test_the_outer_points_of_a_surface_lie_on_the_limits(axes):
    """The one band around 0.5 lies in the middle, and the sure ends reach the edges."""
    (image,) = d.Surface(axes, (0, 10), (0, 1)).update(np.linspace(0, 1, 11) * np.ones((3, 1)))
    row = image.colors(1000, 4)[0].astype(int)
    assert (row[0, :3] == tint(np.array([1.0, 0.0]))).all()
    assert (row[-1, :3] == tint(np.array([0.0, 1.0]))).all()
    # Steps of 1/8 in how sure it is: the first border is at 0.5 ± 1/32 … of ten units.
    borders = np.flatnonzero((np.diff(row, axis=0) != 0).any(axis=1))
    assert borders + 1 == pytest.approx(1000 - (borders[::-1] + 1), abs=2)
    assert borders[0] + 1 == pytest.approx(1000 / 32, abs=2)
    assert axes.get_xlim() == (0, 10)


def test_a_surface_keeps_its_place_when_the_view_moves():
    """Twice as much of the plane: the surface fills the middle, as its points do."""
    with context():
        figure = Figure(figsize=(4, 4), dpi=100)
        axes = figure.add_axes((0, 0, 1, 1))
        d.Surface(axes, UNIT, UNIT).update(np.ones((5, 5)))
        axes.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5))
        axes.set_axis_off()
        agg = FigureCanvasAgg(figure)
        agg.draw()
    filled = (np.array(agg.buffer_rgba())[..., :3] != 255).any(axis=-1)
    rows, columns = np.flatnonzero(filled.any(axis=1)), np.flatnonzero(filled.any(axis=0))
    for places in (rows, columns):
        assert (places[0], places[-1]) == pytest.approx((100, 299), abs=1)


def test_what_is_not_a_number_is_grey_on_a_surface(axes):
    (image,) = d.Surface(axes, UNIT, UNIT).update([[NAN, 0.9, 0.9]])
    row = image.colors(300, 2)[0]
    assert (row[0] == (224, 224, 224, 255)).all()
    assert len(set(row[-1, :3].tolist())) > 1
    (image,) = d.Surface(axes, UNIT, UNIT).update([[[NAN, 0.1, 0.1], [0.8, 0.1, 0.1]]])
    assert (image.colors(300, 2)[0, 0] == (224, 224, 224, 255)).all()


def test_a_surface_of_two_classes_is_the_same_in_both_forms(axes):
    p = np.linspace(0, 1, 20).reshape(4, 5)
    (one,) = d.Surface(axes, UNIT, UNIT).update(p)
    (two,) = d.Surface(axes, UNIT, UNIT).update(np.stack([1 - p, p], axis=-1))
    assert (one.colors(200, 100) == two.colors(200, 100)).all()


def test_contours_lie_at_their_levels(axes):
    x = np.linspace(0, 2, 201)
    contours = d.Contours(axes, (0, 2), UNIT, levels=(0.25, 1.0, 2.25, 9.0), format="{:g}")
    _, lines, *texts = contours.update(x[None, :] ** 2 * np.ones((5, 1)))
    places = sorted(line[:, 0].mean() for line in lines.get_segments())
    assert places == pytest.approx([0.5, 1.0, 1.5], abs=0.01)
    # Upright lines from edge to edge have no level stretch, but all are labelled or hidden.
    assert not texts[3].get_visible()
    with pytest.raises(ValueError, match="levels must rise"):
        d.Contours(axes, UNIT, UNIT, levels=(1, 0))
    with pytest.raises(ValueError, match="at least 2"):
        d.Contours(axes, UNIT, UNIT, levels=1)


def test_logarithmic_levels_crowd_near_the_lowest_value(axes):
    x = np.linspace(-1, 1, 401)
    grid = 7 + np.add.outer(x**2, x**2)

    def innermost(log):
        contours = d.Contours(new_figure()[1], (-1, 1), (-1, 1), levels=8, log=log)
        return min(np.abs(line[:, 0]).max() for line in contours.update(grid)[1].get_segments())

    assert innermost(True) == pytest.approx(np.sqrt(2e-3), rel=0.02)
    assert innermost(False) == pytest.approx(np.sqrt(2 / 9), rel=0.02)


def test_heights_on_contours_stand_on_their_lines_and_apart(axes):
    x, y = np.linspace(-2, 2, 201), np.linspace(-1, 1, 101)
    grid = x**2 + 4 * y[:, None] ** 2
    contours = d.Contours(axes, (-2, 2), (-1, 1), levels=(0.5, 1, 2, 3), format="{:g}")
    texts = [text for text in contours.update(grid)[2:] if text.get_visible()]
    assert len(texts) >= 3
    for text in texts:
        a, b = text.get_position()
        assert a**2 + 4 * b**2 == pytest.approx(float(text.get_text()), abs=0.05)


def test_a_path_ends_before_it_is_not_finite(axes):
    d.label_axes(axes, xlim=UNIT, ylim=UNIT)
    path = d.Path(axes, every=2)
    points = np.arange(10.0).reshape(5, 2) / 10
    points[4] = INF
    _, line, steps, start, now = path.update(points)
    assert line.get_xydata().tolist() == points[:4].tolist()
    assert steps.get_xydata().tolist() == points[2:3].tolist()
    assert start.get_xydata().tolist() == points[:1].tolist()
    assert now.get_xydata().tolist() == points[3:4].tolist()
    with pytest.raises(ValueError, match="every must be 0 or more"):
        d.Path(axes, every=-1)


def test_a_far_point_of_a_path_keeps_its_direction(axes):
    d.label_axes(axes, xlim=UNIT, ylim=UNIT)
    line = d.Path(axes).update([[0.5, 0.5], [1e200, 3e200]])[1]
    far = line.get_xydata()[1] - 0.5
    assert far[1] / far[0] == pytest.approx(3)
    assert 1e3 < far.max() < 1e9


def test_counts_and_means_of_a_histogram(axes):
    histogram = d.Histogram(axes, (0, 4), ("a", "b"), bins=4)
    a, _, mean, b, _, _ = histogram.update([0, 0.5, 3.5, 4, 99, NAN], [-5, 2])
    assert np.nan_to_num(a.get_data().values).tolist() == [2, 0, 0, 3]
    assert np.nan_to_num(b.get_data().values).tolist() == [1, 0, 1, 0]
    assert mean.get_xdata()[0] == pytest.approx(107 / 5)
    assert a.get_linestyle() != b.get_linestyle()
    assert a.get_hatch() != b.get_hatch()
    (shares,) = d.Histogram(new_figure()[1], UNIT, bins=2, share=True, mean=False).update([0, 0, 1])
    assert shares.get_data().values.tolist() == pytest.approx([2 / 3, 1 / 3])
    for names in ((), ("a", "b", "c")):
        with pytest.raises(ValueError, match="1 or 2 groups"):
            d.Histogram(axes, UNIT, names)
    with pytest.raises(ValueError, match="limits must be finite and rise"):
        d.Histogram(axes, (1, 1))


def test_distributions_are_mirrored_and_as_wide_as_their_fullest_bin(axes):
    layers = d.Distributions(axes, (0, 2), bins=2)
    shapes = layers.update([[0.5, 0.5, 1.5], [1.5, 99]])[0]
    first, second = (path.vertices for path in shapes.get_paths())
    width = {y: np.ptp(first[first[:, 1] == y, 0]) for y in (0, 2)}
    assert width == {0: pytest.approx(0.9), 2: pytest.approx(0.45)}
    assert second[:, 0].min() == pytest.approx(1.55)
    assert first[:, 0].min() + first[:, 0].max() == pytest.approx(2)
    assert axes.get_xlim() == (0.4, 2.6)


def test_layers_that_cannot_be_drawn_are_marked(axes):
    layers = d.Distributions(axes, (1e-6, 1), log=True)
    _, broken, zero, note = layers.update([[1, 2], [NAN, 1], [0, 0], [INF]])
    assert (broken.get_xdata().tolist(), zero.get_xdata().tolist()) == ([2, 4], [3])
    assert note.get_text() == "× NaN or infinite   ○ all zero"
    assert not layers.update([[1], [2]])[3].get_visible()
    with pytest.raises(ValueError, match="logarithmic axis must be above 0"):
        d.Distributions(axes, (0, 1), log=True)


def test_zeros_have_no_place_among_magnitudes(axes):
    (shape,) = (
        d.Distributions(axes, (1e-2, 1), log=True, bins=2).update([[0, 0, 0, -0.5]])[0].get_paths()
    )
    bottom = shape.vertices[shape.vertices[:, 1] == 1e-2, 0]
    assert np.ptp(bottom) == 0


def test_shares_hang_over_their_layers(axes):
    layers = d.Distributions(axes, UNIT, share="dead units")
    *_, shares = layers.update([[0], [0], [0]], shares=[0, 0.5, NAN])
    tops = [path.vertices[:, 1].max() for path in shares.get_paths()]
    assert tops == pytest.approx([0.9, 0.95, 0.9])
    assert max(axes.get_yticks()) <= 1  # beside the distributions, not beside the strip


def test_weights_are_drawn_by_sign_and_size(axes):
    network = d.NetworkDiagram(axes, legend=False)
    lines = network.update([[[1.0, -0.5]]])[0]
    positive, negative = lines.get_colors()[-1], lines.get_colors()[0]
    assert positive[0] > positive[2]  # vermillion
    assert negative[0] < negative[2]  # blue
    widths = lines.get_linewidths()
    assert widths[-1] > widths[0]
    # One solid line, and one of pieces: told apart without colour.
    assert len({tuple(width) for width in lines.get_colors()}) == 2
    assert len(lines.get_segments()) > 5
    assert len(network.update([[[1.0, 0.5]]])[0].get_segments()) == 2


def test_a_fixed_scale_compares_networks(axes):
    wide = [
        d.NetworkDiagram(axes, scale=scale).update([[[w]]])[0].get_linewidths()[0]
        for scale, w in ((None, 1.0), (None, 0.1), (1.0, 1.0), (1.0, 0.1))
    ]
    assert wide[0] == wide[1] == wide[2] > wide[3]


def test_an_infinite_weight_leaves_the_others_their_width(axes):
    widths = d.NetworkDiagram(axes).update([[[1.0, 0.5, INF]]])[0].get_linewidths()
    half, full, infinite = widths
    assert half < full == infinite


def test_large_layers_are_shortened_and_counted(axes):
    names = [f"x{k}" for k in range(9)]
    network = d.NetworkDiagram(axes, most=6, inputs=names)
    texts = [
        artist.get_text()
        for artist in network.update([np.ones((17, 6)), np.ones((6, 2))])
        if hasattr(artist, "get_text") and artist.get_visible()
    ]
    assert texts == [
        "input\n17",
        "hidden 1\n6",
        "output\n2",
        "+ 12 more",
        *names[:5],
    ]
    units = next(a for a in axes.collections if len(a.get_offsets()) > 2)
    assert len(units.get_offsets()) == 5 + 6 + 2


def test_units_that_are_off_are_crossed_and_lose_their_weights(axes):
    network = d.NetworkDiagram(axes)
    lines, units, crosses, *_ = network.update(
        [np.ones((2, 2)), np.ones((2, 1))], units=[[1, -1], [1, 1], [0]], off=[[0, 0], [0, 1], [0]]
    )
    assert len(lines.get_segments()) == 2 + 1
    assert crosses.get_offsets().tolist() == [units.get_offsets()[3].tolist()]
    faces = units.get_facecolor()
    assert faces[3].tolist() == [1, 1, 1, 1]
    assert faces[0][0] > faces[0][2]
    assert faces[1][0] < faces[1][2]


def test_the_best_trial_stands_out_and_log_scales_are_logarithmic(axes):
    ends = ((1e-4, 1), (0, 10), (0, 1))
    search = d.ParallelCoordinates(axes, ("rate", "units", "score"), ends, log=("rate",))
    assert [text.get_text() for text in axes.texts][2::3] == ["rate\n(log)", "units", "score"]
    lines, best = search.update([[1e-2, 5, 0.9], [1e-3, 10, 0.3], [1, NAN, 1]])
    assert len(lines.get_segments()) == 2
    assert best.get_ydata().tolist() == pytest.approx([0.5, 0.5, 0.9])
    worse, better = lines.get_colors()
    assert worse[:3].sum() > better[:3].sum()
    for wrong, match in (
        ((["a"], [(0, 1)]), "names must be at least 2"),
        ((["a", "b"], [(0, 1), (1, 1)]), "limits of 'b' must rise"),
    ):
        with pytest.raises(ValueError, match=match):
            d.ParallelCoordinates(axes, *wrong)
    for log, match in ((["a"], "above 0 on a logarithmic scale"), (["c"], "log must hold some")):
        with pytest.raises(ValueError, match=match):
            d.ParallelCoordinates(axes, ["a", "b"], [(0, 1), (0, 1)], log=log)


def test_every_helper_is_tried_here():
    tried = {type(case.make(new_figure((3, 2))[1])).__name__ for case in CASES.values()}
    assert tried == {name for name in d.__all__ if isinstance(getattr(d, name), type)}
