r"""Data to learn from: four bundled real sets, and toy problems drawn from a seed.

The real sets come from files in ``assets/data``; its SOURCES.md tells their origin and licence.

The toy problems share four properties:

* The clean points and the noise come from separate streams of the seed, and the noise is a fixed
  draw times `noise`. Turning the noise up moves every point along its own straight line, and
  ``noise=0`` gives the truth behind a noisy set.
* A larger `n` keeps the points of a smaller one and adds new ones behind them.
* The classes take turns, 0, 1, …, 0, 1, …, so their sizes differ by at most one.
* An int seed gives the same set in every call; a Generator moves on and gives a new one.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from nnlab._arrays import AnyArray, FloatArray, IntArray
from nnlab._checks import finite, number, number_above, numbers, whole_number
from nnlab._random import Seed, generator
from nnlab._resources import data_dir

_REAL = ("digits", "breast_cancer", "diabetes", "wine")
_CHECKSUMS = "SHA256SUMS"
_MEND = "Reinstall nnlab, or in a git checkout restore the folder with: git checkout -- assets/data"


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Examples and what is to be predicted from them; the arrays are read-only copies.

    Parameters
    ----------
    name : str
        Short name, such as ``"digits"``.
    x : ndarray, (N, F)
        One row per example, one column per feature; float64.
    y : ndarray, (N,)
        Classes from 0 (int64), or numbers (float64) for regression.
    feature_names : sequence of str
        F names.
    class_names : sequence of str
        Name of each class; empty for regression.
    target : str
        What `y` is, with its unit.

    Raises
    ------
    TypeError
        If `x` or `y` do not hold numbers.
    ValueError
        If shapes or names do not fit together, a number is not finite or a class has no name.
    """

    name: str
    x: FloatArray
    y: AnyArray
    feature_names: Sequence[str]
    class_names: Sequence[str]
    target: str

    def __post_init__(self) -> None:
        x = numbers("x", self.x).astype(np.float64)
        y = numbers("y", self.y)
        finite("x", x)
        finite("y", y)
        y = y.astype(np.int64 if self.class_names else np.float64)
        if x.ndim != 2 or y.shape != x.shape[:1]:
            raise ValueError(f"x, y: expected shapes (N, F) and (N,), got {x.shape} and {y.shape}")
        if len(self.feature_names) != x.shape[1]:
            raise ValueError(
                f"feature_names: expected one for each of the {x.shape[1]} features, "
                f"got {len(self.feature_names)}"
            )
        if self.class_names and not (y.min() >= 0 and y.max() < len(self.class_names)):
            raise ValueError(
                f"y: expected classes from 0 to {len(self.class_names) - 1}, one for each of the "
                f"class_names, got {y.min()} to {y.max()}"
            )
        x.setflags(write=False)
        y.setflags(write=False)
        # A frozen dataclass is filled in past its own lock.
        object.__setattr__(self, "x", x)
        object.__setattr__(self, "y", y)
        object.__setattr__(self, "feature_names", tuple(self.feature_names))
        object.__setattr__(self, "class_names", tuple(self.class_names))

    def __len__(self) -> int:
        return len(self.y)

    def __repr__(self) -> str:
        n, features = self.x.shape
        answer = f"{len(self.class_names)} classes" if self.class_names else self.target
        word = "feature" if features == 1 else "features"
        return f"Dataset({self.name}: {n} examples, {features} {word} → {answer})"


# Real data -----------------------------------------------------------------------------------


@cache
def digits() -> Dataset:
    """Load handwritten digits: 1797 images of 8 × 8 pixels, ten classes.

    A pixel counts the inked dots, 0 to 16, in a 4 × 4 block of a scanned bitmap; the 64 columns are
    the pixels row by row. Three of them are 0 in every image.

    Returns
    -------
    Dataset
        ``x`` (1797, 64), ``y`` the digit, 0 to 9.

    Raises
    ------
    FileNotFoundError, OSError
        If the file is missing or damaged. So do the other three.

    References
    ----------
    E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine
    Learning Repository, doi:10.24432/C50P49.
    """
    return _load("digits", "the digit that was written")


@cache
def breast_cancer() -> Dataset:
    """Load Breast Cancer Wisconsin (Diagnostic): 569 tumours, 30 measurements, benign or malignant.

    Ten measurements of the cell nuclei in an image of a fine-needle aspirate, each as mean,
    standard error and "worst" (mean of the three largest). Class 1 is malignant, 212 of the 569.

    Returns
    -------
    Dataset
        ``x`` (569, 30), ``y`` 0 = benign, 1 = malignant.

    References
    ----------
    W. Wolberg, O. Mangasarian, N. Street and W. Street (1993), Breast Cancer Wisconsin
    (Diagnostic), UCI Machine Learning Repository, doi:10.24432/C5DW2B.
    """
    return _load("breast_cancer", "diagnosis of the tumour")


@cache
def diabetes() -> Dataset:
    """Load diabetes progression: 442 patients, 10 measurements, a number to predict.

    Age (years), sex (coded 1 and 2), body mass index (kg/m²), average blood pressure and six blood
    serum measurements: s1 total cholesterol, s2 LDL, s3 HDL, s4 total cholesterol / HDL, s5
    probably the logarithm of the triglycerides, s6 glucose. Not scaled.

    Returns
    -------
    Dataset
        ``x`` (442, 10), ``y`` progression one year after the measurements, 25 to 346, no unit.

    References
    ----------
    B. Efron, T. Hastie, I. Johnstone and R. Tibshirani (2004), "Least Angle Regression", Annals of
    Statistics 32(2), 407–499.
    """
    return _load("diabetes", "disease progression after one year (score without unit)")


@cache
def wine() -> Dataset:
    """Load wine: 178 bottles, 13 chemical measurements, three kinds from one region of Italy.

    The features have very different scales: proline reaches 1680, hue stays below 2.

    Returns
    -------
    Dataset
        ``x`` (178, 13), ``y`` 0 = Barolo, 1 = Grignolino, 2 = Barbera.

    References
    ----------
    S. Aeberhard and M. Forina (1992), Wine, UCI Machine Learning Repository,
    doi:10.24432/C5PC7J.
    """
    return _load("wine", "the kind of wine")


def verify(folder: str | Path | None = None) -> list[str]:
    """Compare the bundled files with their SHA-256 checksums.

    Parameters
    ----------
    folder : path, optional
        Where to look; the folder nnlab reads from if left out.

    Returns
    -------
    list of str
        One sentence for every file that is missing or damaged; empty if all is well.
    """
    where = data_dir() if folder is None else Path(folder)
    problems = []
    for name in _REAL:
        try:
            _read(where / f"{name}.npz")
        except OSError as error:
            problems.append(str(error))
    return problems


def _load(name: str, target: str) -> Dataset:
    content = _read(data_dir() / f"{name}.npz")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return Dataset(
            name,
            arrays["x"],
            arrays["y"],
            arrays["feature_names"].tolist(),
            arrays["class_names"].tolist(),
            target,
        )


def _read(path: Path) -> bytes:
    """Return the content of a data file after comparing it with its checksum."""
    sums = path.with_name(_CHECKSUMS)
    for needed in (sums, path):
        if not needed.is_file():
            raise FileNotFoundError(f"The data file {needed} is missing. {_MEND}")
    content = path.read_bytes()
    # Not everything in a damaged list is ASCII, and a line may lack its second half.
    lines = sums.read_text(encoding="ascii", errors="replace").splitlines()
    if f"{hashlib.sha256(content).hexdigest()}  {path.name}" not in lines:
        raise OSError(
            f"The data file {path} is damaged: its SHA-256 is not the one in {_CHECKSUMS}. {_MEND}"
        )
    return content


# Toy problems --------------------------------------------------------------------------------


def moons(n: int = 200, noise: float = 0.2, seed: Seed = 0) -> Dataset:
    """Draw two interleaved half circles of radius 1.

    Parameters
    ----------
    n : int
        Number of points, at least 2.
    noise : float
        Standard deviation of the Gaussian noise on both coordinates.
    seed : int or Generator
        See the top of this module for what it fixes.

    Returns
    -------
    Dataset
        ``x`` (n, 2), ``y`` 0 for the upper moon and 1 for the lower.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range. So do the others.
    """
    _check(n, noise)
    points, jitter = _streams(seed)
    y = _turns(n, 2)
    angle = np.pi * points.random(n)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    x = np.where(y[:, None] == 0, upper, lower)
    return _plane("moons", x + noise * jitter.standard_normal((n, 2)), y)


def circles(n: int = 200, noise: float = 0.1, factor: float = 0.5, seed: Seed = 0) -> Dataset:
    """Draw a circle of radius 1 around a smaller one.

    Parameters
    ----------
    n : int
        Number of points, at least 2.
    noise : float
        Standard deviation of the Gaussian noise on both coordinates.
    factor : float
        Radius of the inner circle, between 0 and 1.
    seed : int or Generator

    Returns
    -------
    Dataset
        ``x`` (n, 2), ``y`` 0 for the outer circle and 1 for the inner.
    """
    _check(n, noise)
    if not 0 < number("factor", factor) < 1:
        raise ValueError(f"factor: expected a number between 0 and 1, got {factor}")
    points, jitter = _streams(seed)
    y = _turns(n, 2)
    angle = 2 * np.pi * points.random(n)
    radius = np.where(y == 0, 1.0, factor)
    return _plane("circles", _polar(radius, angle) + noise * jitter.standard_normal((n, 2)), y)


def xor(n: int = 200, noise: float = 0.1, seed: Seed = 0) -> Dataset:
    """Draw four squares like a chessboard: class 1 where the coordinates differ in sign.

    Parameters
    ----------
    n : int
        Number of points, at least 2.
    noise : float
        Standard deviation of the Gaussian noise on both coordinates. It may carry a point across
        a border; its class stays.
    seed : int or Generator

    Returns
    -------
    Dataset
        ``x`` (n, 2) in the square from -1 to 1 plus noise, ``y`` 0 or 1. The four squares are as
        equally filled as the two classes.
    """
    _check(n, noise)
    points, jitter = _streams(seed)
    y = _turns(n, 2)
    right = np.where(np.arange(n) // 2 % 2 == 0, 1.0, -1.0)
    upper = np.where(y == 0, right, -right)
    x = np.column_stack([right, upper]) * points.random((n, 2))
    return _plane("xor", x + noise * jitter.standard_normal((n, 2)), y)


def spirals(
    n: int = 200, noise: float = 0.03, turns: float = 1.0, classes: int = 2, seed: Seed = 0
) -> Dataset:
    """Draw spiral arms around one another, from the origin out to radius 1.

    Parameters
    ----------
    n : int
        Number of points, at least one for each class.
    noise : float
        Standard deviation of the Gaussian noise on both coordinates.
    turns : float
        How many times an arm winds around the origin; more is harder.
    classes : int
        Number of arms, at least 2.
    seed : int or Generator

    Returns
    -------
    Dataset
        ``x`` (n, 2), ``y`` the arm, from 0. The arms are evenly filled per area, so a turn further
        out has more points.
    """
    _check(n, noise, classes)
    number_above("turns", turns, 0)
    points, jitter = _streams(seed)
    y = _turns(n, classes)
    radius = np.sqrt(points.random(n))
    angle = 2 * np.pi * (turns * radius + y / classes)
    return _plane("spirals", _polar(radius, angle) + noise * jitter.standard_normal((n, 2)), y)


def blobs(n: int = 200, classes: int = 3, spread: float = 0.3, seed: Seed = 0) -> Dataset:
    """Draw Gaussian clouds with centres evenly on the circle of radius 1, the first on top.

    Parameters
    ----------
    n : int
        Number of points, at least one for each class.
    classes : int
        Number of clouds, at least 2.
    spread : float
        Standard deviation of each cloud in both directions; with 0 all points are centres.
    seed : int or Generator

    Returns
    -------
    Dataset
        ``x`` (n, 2), ``y`` the cloud, from 0.
    """
    _check(n, spread, classes, name="spread")
    _, jitter = _streams(seed)
    y = _turns(n, classes)
    centre = _polar(np.ones(n), np.pi / 2 + 2 * np.pi * y / classes)
    return _plane("blobs", centre + spread * jitter.standard_normal((n, 2)), y)


def noisy_sine(n: int = 50, noise: float = 0.2, seed: Seed = 0) -> Dataset:
    r"""Draw one period of a sine, :math:`y = \sin(2\pi x) + \text{noise}`, x from 0 to 1.

    Parameters
    ----------
    n : int
        Number of points, at least 2.
    noise : float
        Standard deviation of the Gaussian noise on `y`.
    seed : int or Generator

    Returns
    -------
    Dataset
        ``x`` (n, 1) uniform from 0 to 1, in random order; ``y`` (n,).
    """
    _check(n, noise)
    points, jitter = _streams(seed)
    x = points.random(n)
    y = np.sin(2 * np.pi * x) + noise * jitter.standard_normal(n)
    return Dataset("noisy_sine", x[:, None], y, ("x",), (), "sin 2πx + noise")


def noisy_polynomial(
    n: int = 50,
    coefficients: Sequence[float] = (0.0, -3.0, 0.0, 4.0),
    noise: float = 0.2,
    seed: Seed = 0,
) -> Dataset:
    r"""Draw a polynomial, :math:`y = c_0 + c_1 x + c_2 x^2 + \dots + \text{noise}`.

    Parameters
    ----------
    n : int
        Number of points, at least 2.
    coefficients : sequence of float
        :math:`c_0, c_1, c_2, \dots`, the constant first. The standard, :math:`4x^3 - 3x`, swings
        twice between -1 and 1.
    noise : float
        Standard deviation of the Gaussian noise on `y`.
    seed : int or Generator

    Returns
    -------
    Dataset
        ``x`` (n, 1) uniform from -1 to 1, in random order; ``y`` (n,).
    """
    _check(n, noise)
    c = numbers("coefficients", coefficients).astype(np.float64)
    if c.ndim != 1 or c.size == 0 or not np.isfinite(c).all():
        raise ValueError(
            "coefficients: expected a list of at least one finite number, constant first, "
            f"got {coefficients!r}"
        )
    points, jitter = _streams(seed)
    x = 2 * points.random(n) - 1
    y = np.polynomial.polynomial.polyval(x, c) + noise * jitter.standard_normal(n)
    target = f"polynomial of degree {c.size - 1} + noise"
    return Dataset("noisy_polynomial", x[:, None], y, ("x",), (), target)


def _streams(seed: Seed) -> list[np.random.Generator]:
    """Return one stream for the clean points and one for the noise."""
    return generator(seed).spawn(2)


def _turns(n: int, classes: int) -> IntArray:
    return np.arange(n) % classes


def _polar(radius: FloatArray, angle: FloatArray) -> FloatArray:
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _plane(name: str, x: FloatArray, y: IntArray) -> Dataset:
    classes = [f"class {k}" for k in range(y.max() + 1)]
    return Dataset(name, x, y, ("x1", "x2"), classes, "which shape the point belongs to")


def _check(n: int, noise: float, classes: int = 2, name: str = "noise") -> None:
    """Refuse arguments that no generator can use."""
    whole_number("n", n, least=whole_number("classes", classes, least=2))
    number(name, noise, least=0)
