import dataclasses
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab import datasets
from nnlab._resources import data_dir

REAL = (datasets.digits, datasets.breast_cancer, datasets.diabetes, datasets.wine)
PLANE = (datasets.moons, datasets.circles, datasets.xor, datasets.spirals)
LINE = (datasets.noisy_sine, datasets.noisy_polynomial)
NOISY = PLANE + LINE
TOY = (*NOISY, datasets.blobs)


def level(make, value):
    """The argument that sets the noise: blobs call it spread."""
    return {"spread" if make is datasets.blobs else "noise": value}


def everything(data):
    """Inputs and, for regression, outputs: what the noise moves."""
    return data.x if data.class_names else np.column_stack([data.x, data.y])


# Real data: sizes, class counts and means as the sources publish them.


@pytest.mark.parametrize(
    ("make", "shape", "counts"),
    [
        (datasets.digits, (1797, 64), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
        (datasets.breast_cancer, (569, 30), [357, 212]),
        (datasets.wine, (178, 13), [59, 71, 48]),
    ],
)
def test_classes_are_counted_as_published(make, shape, counts):
    data = make()
    assert data.x.shape == shape
    assert data.y.dtype == np.int64
    assert np.bincount(data.y).tolist() == counts
    assert len(data) == shape[0]
    assert len(data.class_names) == len(counts)
    assert len(set(data.feature_names)) == shape[1]


def test_diabetes_is_the_unscaled_set():
    data = datasets.diabetes()
    assert data.x.shape == (442, 10)
    assert data.y.dtype == np.float64
    assert data.class_names == ()
    assert data.y.mean() == pytest.approx(152.13348416289594, rel=1e-14)
    assert (data.y.min(), data.y.max()) == (25, 346)
    first = [59, 2, 32.1, 101, 157, 93.2, 38, 4, 4.8598, 87]
    assert data.x[0].tolist() == first
    assert data.feature_names == ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")


def test_digits_are_pixels_from_0_to_16():
    data = datasets.digits()
    assert (data.x.min(), data.x.max()) == (0, 16)
    # sklearn.datasets.load_digits().data.mean()
    assert data.x.mean() == pytest.approx(4.884164579855314, rel=1e-14)
    assert np.flatnonzero(np.ptp(data.x, axis=0) == 0).tolist() == [0, 32, 39]
    assert data.y[:10].tolist() == list(range(10))


def test_class_1_of_breast_cancer_is_the_disease():
    data = datasets.breast_cancer()
    assert data.class_names == ("benign", "malignant")
    radius = data.x[:, data.feature_names.index("mean radius")]
    # The first row of the source is a malignant tumour of mean radius 17.99.
    assert (radius[0], data.y[0]) == (17.99, 1)
    assert radius[data.y == 1].mean() > radius[data.y == 0].mean()
    # sklearn.datasets.load_breast_cancer().data.mean()
    assert data.x.mean() == pytest.approx(61.890712339519624, rel=1e-13)


def test_wine_has_its_names_in_order():
    data = datasets.wine()
    assert data.class_names == ("Barolo", "Grignolino", "Barbera")
    assert data.feature_names[-1] == "proline"
    assert data.x[0, -1] == 1065
    # sklearn.datasets.load_wine().data.mean()
    assert data.x.mean() == pytest.approx(69.13366292091617, rel=1e-13)


@pytest.mark.parametrize("make", REAL)
def test_real_data_are_loaded_once_and_cannot_be_edited(make):
    data = make()
    assert make() is data
    assert data.x.dtype == np.float64
    for array in (data.x, data.y):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.x = data.x + 1


@pytest.mark.parametrize("make", REAL)
def test_real_data_are_documented(make):
    assert f"`{make.__name__}.npz`" in (data_dir() / "SOURCES.md").read_text(encoding="utf-8")
    assert data_dir().joinpath(f"{make.__name__}.npz").stat().st_size < 200_000


def test_repr_is_one_line():
    assert repr(datasets.digits()) == "Dataset(digits: 1797 examples, 64 features → 10 classes)"
    assert repr(datasets.noisy_sine(9)) == (
        "Dataset(noisy_sine: 9 examples, 1 feature → sin 2πx + noise)"
    )


# Damage.


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the data folder that nnlab reads from, with no set loaded yet."""
    copy = tmp_path / "data"
    shutil.copytree(data_dir(), copy)
    monkeypatch.setattr(datasets, "data_dir", lambda: copy)
    for make in REAL:
        make.cache_clear()
    return copy


def test_verify_finds_nothing_in_the_bundled_folder(folder):
    assert datasets.verify() == []
    assert datasets.verify(str(folder)) == []


@pytest.mark.parametrize("name", [make.__name__ for make in REAL])
def test_one_flipped_bit_is_found(folder, name):
    file = folder / f"{name}.npz"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    (problem,) = datasets.verify(folder)
    assert f"{name}.npz is damaged" in problem
    assert datasets.verify() == [problem]
    with pytest.raises(OSError, match="is damaged: its SHA-256"):
        getattr(datasets, name)()


def test_a_missing_file_is_named_with_the_cure(folder):
    (folder / "wine.npz").unlink()
    (problem,) = datasets.verify(folder)
    assert "wine.npz is missing" in problem
    with pytest.raises(FileNotFoundError, match=r"wine\.npz is missing\. Reinstall nnlab"):
        datasets.wine()
    assert len(datasets.digits()) == 1797


def test_a_missing_or_damaged_list_of_checksums_is_a_problem_of_every_file(folder, tmp_path):
    sums = folder / "SHA256SUMS"
    sums.write_bytes(b"\xff\x00 half a line")
    assert len(datasets.verify(folder)) == 4
    sums.unlink()
    assert len(datasets.verify(folder)) == 4
    assert len(datasets.verify(tmp_path / "nowhere")) == 4


def test_checksums_survive_windows_line_ends(folder):
    sums = folder / "SHA256SUMS"
    sums.write_bytes(sums.read_bytes().replace(b"\n", b"\r\n"))
    assert datasets.verify(folder) == []


# The Dataset itself.


def test_a_dataset_copies_its_arrays():
    x, y = np.zeros((3, 1)), np.array([0, 1, 1])
    data = datasets.Dataset("mine", x, y, ["a"], ["no", "yes"], "answer")
    x[0] = 5
    assert data.x[0] == 0
    assert data.feature_names == ("a",)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.zeros(3)}, r"expected shapes \(N, F\) and \(N,\), got \(3,\)"),
        ({"y": np.zeros(2, int)}, r"got \(3, 1\) and \(2,\)"),
        ({"feature_names": ["a", "b"]}, "expected one for each of the 1 features, got 2"),
        ({"x": np.full((3, 1), np.nan)}, "x: expected finite numbers"),
        ({"y": np.array([0.0, np.nan, 1.0])}, "y: expected finite numbers"),
        ({"y": np.array([0, 1, 2])}, "expected classes from 0 to 1.* got 0 to 2"),
        ({"y": np.array([-1, 0, 1])}, "got -1 to 1"),
    ],
)
def test_a_dataset_refuses_parts_that_do_not_fit(changes, message):
    parts = {
        "name": "mine",
        "x": np.zeros((3, 1)),
        "y": np.array([0, 1, 1]),
        "feature_names": ["a"],
        "class_names": ["no", "yes"],
        "target": "answer",
    }
    with pytest.raises(ValueError, match=message):
        datasets.Dataset(**(parts | changes))


# Toy problems.


@given(n=st.integers(2, 60), seed=st.integers(0, 10**9), make=st.sampled_from(TOY))
def test_a_seed_fixes_the_set(n, seed, make):
    n = max(n, 3)
    first, again = make(n=n, seed=seed), make(n=n, seed=seed)
    assert np.array_equal(everything(first), everything(again))
    assert np.array_equal(first.y, again.y)
    other = make(n=n, seed=seed + 1)
    assert not np.array_equal(everything(first), everything(other))
    assert len(first) == n


@pytest.mark.parametrize("make", TOY)
def test_a_generator_moves_on(make):
    rng = np.random.default_rng(5)
    first, second = make(seed=rng), make(seed=rng)
    assert np.array_equal(everything(first), everything(make(seed=5)))
    assert not np.array_equal(everything(first), everything(second))


@pytest.mark.parametrize("make", TOY)
def test_noise_moves_the_same_points_along_straight_lines(make):
    clean, some, more = (everything(make(n=40, seed=7, **level(make, s))) for s in (0, 0.1, 0.3))
    assert np.allclose(more - clean, 3 * (some - clean), atol=1e-12)
    assert not np.array_equal(some, clean)


@pytest.mark.parametrize("make", TOY)
def test_a_larger_set_keeps_the_points_of_a_smaller(make):
    small, large = make(n=30, seed=1), make(n=47, seed=1)
    assert np.array_equal(everything(large)[:30], everything(small))
    assert np.array_equal(large.y[:30], small.y)


@given(n=st.integers(5, 90), classes=st.integers(2, 5))
def test_classes_differ_by_at_most_one_example(n, classes):
    for data in (datasets.spirals(n, classes=classes), datasets.blobs(n, classes=classes)):
        counts = np.bincount(data.y)
        assert counts.size == classes == len(data.class_names)
        assert np.ptp(counts) <= 1
    assert np.ptp(np.bincount(datasets.moons(n).y)) <= 1


def test_noise_has_the_stated_standard_deviation():
    noise = datasets.moons(20_000, noise=0.5).x - datasets.moons(20_000, noise=0).x
    assert noise.std(axis=0) == pytest.approx([0.5, 0.5], rel=0.03)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.03
    centres = datasets.blobs(20_000, spread=0).x
    assert (datasets.blobs(20_000, spread=0.2).x - centres).std() == pytest.approx(0.2, rel=0.03)


def test_clean_moons_are_half_circles():
    data = datasets.moons(400, noise=0)
    upper, lower = data.x[data.y == 0], data.x[data.y == 1]
    assert np.allclose(np.hypot(*upper.T), 1)
    assert (upper[:, 1] >= 0).all()
    assert np.allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1)
    assert (lower[:, 1] <= 0.5).all()


def test_clean_circles_have_their_radii():
    data = datasets.circles(100, noise=0, factor=0.3)
    assert np.allclose(np.hypot(*data.x.T), np.where(data.y == 0, 1, 0.3))


def test_clean_xor_is_the_sign_of_the_product():
    data = datasets.xor(402, noise=0)
    assert np.array_equal(data.y == 1, data.x[:, 0] * data.x[:, 1] < 0)
    square = 2 * (data.x[:, 0] > 0) + (data.x[:, 1] > 0)
    assert np.ptp(np.bincount(square)) <= 1
    assert np.abs(data.x).max() <= 1


def test_clean_spirals_wind_around_the_origin():
    data = datasets.spirals(300, noise=0, turns=2, classes=3)
    radius = np.hypot(*data.x.T)
    assert radius.max() <= 1
    angle = np.arctan2(data.x[:, 1], data.x[:, 0])
    expected = 2 * np.pi * (2 * radius + data.y / 3)
    assert np.allclose(np.exp(1j * angle), np.exp(1j * expected))


def test_clean_blobs_are_their_centres():
    data = datasets.blobs(4, classes=4, spread=0)
    assert np.allclose(data.x, [[0, 1], [-1, 0], [0, -1], [1, 0]], atol=1e-15)


def test_clean_curves_are_their_formulas():
    sine = datasets.noisy_sine(30, noise=0)
    assert np.allclose(sine.y, np.sin(2 * np.pi * sine.x[:, 0]))
    assert 0 <= sine.x.min() <= sine.x.max() <= 1
    curve = datasets.noisy_polynomial(30, (1, 0, -2), noise=0)
    assert np.allclose(curve.y, 1 - 2 * curve.x[:, 0] ** 2)
    assert -1 <= curve.x.min() < 0 < curve.x.max() <= 1
    assert "degree 2" in curve.target


def test_generators_leave_the_global_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for make in TOY:
        make()
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# First point with seed 0, so that another NumPy that draws other numbers is noticed.
@pytest.mark.parametrize(
    ("make", "x", "y"),
    [
        (datasets.moons, [-0.822956768976, -0.204103510304], 0),
        (datasets.circles, [1.016921223865, -0.542107686039], 0),
        (datasets.xor, [1.02344650012, 0.125131230636], 0),
        (datasets.spirals, [0.979181792091, -0.233023257532], 0),
        (datasets.blobs, [0.241526841712, 0.426382234753], 0),
        (datasets.noisy_sine, [0.942937552883], -0.18988386981),
        (datasets.noisy_polynomial, [0.885875105766], 0.28424206932),
    ],
)
def test_first_point_with_seed_0(make, x, y):
    data = make()
    assert data.x[0] == pytest.approx(x, abs=1e-11)
    assert data.y[0] == pytest.approx(y, abs=1e-11)


@pytest.mark.parametrize("make", TOY)
@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_noise_below_0_or_not_finite_is_refused(make, value):
    with pytest.raises(ValueError, match=r"(noise|spread): expected a finite number of at least 0"):
        make(**level(make, value))


@pytest.mark.parametrize("make", TOY)
def test_other_arguments_are_checked(make):
    with pytest.raises(ValueError, match=r"n: expected at least [23], got 1"):
        make(n=1)
    with pytest.raises(TypeError, match=r"n: expected an int, got 10\.0"):
        make(n=10.0)
    with pytest.raises(TypeError, match="expected a number, got 'much'"):
        make(**level(make, "much"))
    with pytest.raises(TypeError, match="seed: expected an int or a"):
        make(seed=None)
    with pytest.raises(ValueError, match="seed: expected an int of at least 0"):
        make(seed=-1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.blobs(classes=1), "classes: expected at least 2, got 1"),
        (lambda: datasets.spirals(n=3, classes=4), "n: expected at least 4, got 3"),
        (lambda: datasets.spirals(turns=0), "turns: expected a number above 0, got 0"),
        (lambda: datasets.spirals(turns=np.inf), "turns: expected a finite number"),
        (lambda: datasets.circles(factor=1), "factor: expected a number between 0 and 1, got 1"),
        (lambda: datasets.circles(factor=np.nan), "factor: expected a finite number"),
        (lambda: datasets.noisy_polynomial(coefficients=[]), r"coefficients: .* got \[\]"),
        (lambda: datasets.noisy_polynomial(coefficients=[[1.0]]), "coefficients: expected a list"),
        (lambda: datasets.noisy_polynomial(coefficients=[np.nan]), "coefficients: expected a list"),
    ],
)
def test_special_arguments_are_checked(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: datasets.circles(factor="half"), "factor: expected a number, got 'half'"),
        (lambda: datasets.spirals(turns=None), "turns: expected a number, got None"),
        (lambda: datasets.noisy_polynomial(coefficients="x"), "coefficients: expected numbers"),
        (lambda: datasets.Dataset("mine", [["a"]], [1.0], ["a"], [], "y"), "x: expected numbers"),
        (lambda: datasets.Dataset("mine", [[1.0]], ["a"], ["a"], [], "y"), "y: expected numbers"),
    ],
)
def test_arguments_of_another_type_are_refused(call, message):
    with pytest.raises(TypeError, match=message):
        call()
