"""Splitting, scaling and batching examples (taught in lesson 2)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

import numpy as np

from nnlab._arrays import AnyArray, FloatArray, IntArray
from nnlab._random import Seed, generator

# Splits -----------------------------------------------------------------------------------------


class Split(NamedTuple):
    """Row numbers of the three parts; every example is in exactly one of them."""

    train: IntArray
    validation: IntArray
    test: IntArray


def three_way_split(
    y: AnyArray | Sequence[int] | Sequence[float] | int,
    fractions: Sequence[float] = (0.6, 0.2, 0.2),
    seed: Seed = 0,
    stratify: bool | None = None,
) -> Split:
    """Divide examples at random into training, validation and test parts.

    A stratified split gives every part the same mix of classes: of each class it gets the share
    that `fractions` ask for, rounded up or down such that the errors of rounding do not add up.
    The order within a part is random. An unstratified split keeps its test examples while the
    other two fractions change.

    Parameters
    ----------
    y : array_like, (N,), or int
        Integer classes, numbers to predict, or only how many examples there are.
    fractions : three floats
        Shares of training, validation and test, which sum to 1. A part with share 0 is empty.
    seed : int or Generator
        The same int always gives the same split.
    stratify : bool, optional
        Whether to give every part the same mix of classes. If not given: yes for integer `y`, no
        for floats and for a number of examples.

    Returns
    -------
    Split
        ``train``, ``validation``, ``test``: index arrays that together hold 0 to N-1 once.

    Raises
    ------
    TypeError
        If `y` is of another type, or has no classes to stratify by.
    ValueError
        If `fractions` are not three shares that sum to 1, `y` has the wrong shape or holds NaN, or
        there are too few examples (of some class) to put one into every part.

    Notes
    -----
    A random split supposes that the examples are independent. It is wrong for time series and for
    groups of related examples, such as several rows of one patient.

    Examples
    --------
    >>> train, validation, test = three_way_split([0, 1] * 10)
    >>> len(train), len(validation), len(test)
    (12, 4, 4)
    """
    shares = _shares(fractions)
    names, labels = _classes(y, stratify)
    table = _rounded(np.bincount(labels), shares)
    _check_parts(table, shares, names)

    order = generator(seed).permutation(labels.size)
    part = np.empty_like(labels)
    for label, (train, validation, test) in enumerate(table):
        # Counting from the end keeps the test part where it is when the other two change.
        part[order[labels[order] == label]] = np.repeat([2, 1, 0], [test, validation, train])
    return Split(*(order[part[order] == k] for k in range(3)))


def _shares(fractions: Sequence[float]) -> FloatArray:
    shares = np.asarray(fractions, dtype=np.float64)
    if shares.shape != (3,):
        raise ValueError(
            "fractions: expected three, for training, validation and test, such as "
            f"(0.6, 0.2, 0.2), got {fractions!r}"
        )
    if not (np.isfinite(shares).all() and (shares >= 0).all() and shares[0] > 0):
        raise ValueError(
            f"fractions: expected numbers of at least 0, and above 0 for training, got {fractions}"
        )
    if abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"fractions: expected a sum of 1, got {fractions} = {shares.sum():g}")
    return shares


def _classes(
    y: AnyArray | Sequence[int] | Sequence[float] | int, stratify: bool | None
) -> tuple[AnyArray | None, IntArray]:
    """Return the names of the classes (None: do not stratify) and every example's class from 0."""
    if isinstance(y, int | np.integer) and not isinstance(y, bool):
        if stratify:
            raise TypeError("y: expected the classes of the examples to stratify by, got a number")
        if y < 1:
            raise ValueError(f"y: expected at least one example, got {y}")
        return None, np.zeros(y, dtype=np.intp)
    y = np.asarray(y)
    if y.dtype.kind not in "biuf":
        raise TypeError(f"y: expected integer classes, floats or an int, got {y.dtype} values")
    if y.ndim != 1 or y.size == 0:
        raise ValueError(f"y: expected shape (N,) with at least one example, got {y.shape}")
    if not np.isfinite(y).all():
        raise ValueError("y: expected finite numbers, got NaN or infinity")
    has_classes = y.dtype.kind != "f"
    if stratify and not has_classes:
        raise TypeError(
            f"y: expected integer classes to stratify by, got {y.dtype}; if they are classes, use "
            "y.astype(int)"
        )
    if stratify is False or not has_classes:
        return None, np.zeros(y.size, dtype=np.intp)
    return np.unique(y, return_inverse=True)


def _check_parts(table: IntArray, shares: FloatArray, names: AnyArray | None) -> None:
    missing = (table == 0) & (shares > 0)
    if not missing.any():
        return
    label, part = np.argwhere(missing)[0]
    count = table[label].sum()
    enough = int(np.ceil(1 / shares[shares > 0].min() - 1e-9))
    what = "there are" if names is None else f"class {names[label]} has"
    advice = "" if names is None else " Drop or merge rare classes, or pass stratify=False."
    raise ValueError(
        f"y: {what} {count} example(s), too few for the {Split._fields[part]} part to get one at "
        f"a fraction of {shares[part]:g}; {enough} are enough for every part.{advice}"
    )


def _rounded(sizes: IntArray, shares: FloatArray) -> IntArray:
    """Return how many examples of each class go into each part, ``(classes, 3)``.

    Shares are rounded down; what is left of a class goes to the parts that are furthest behind.
    """
    exact = np.outer(sizes, shares).round(9)  # 15 * 0.2 is to be 3, not 3.0000000000000004
    table = np.floor(exact).astype(np.intp)
    behind = exact.sum(axis=0) - table.sum(axis=0)
    for size, wanted, row in zip(sizes, exact, table, strict=True):
        candidates = np.where(wanted > row, behind, -np.inf)
        chosen = np.argsort(-candidates, kind="stable")[: size - row.sum()]
        row[chosen] += 1
        behind[chosen] -= 1
    return table


# Scaling ----------------------------------------------------------------------------------------


class Standardizer:
    r"""Scale every feature to mean 0 and standard deviation 1: :math:`(x - \mu) / \sigma`.

    Fit it on the training part only: statistics of all data leak the test part into the model.
    :math:`\sigma` is the standard deviation with :math:`1/N`, as in scikit-learn; with
    :math:`1/(N-1)` the scaled training part would not have standard deviation 1. A feature that is
    constant in the training part has scale 1: it becomes 0, not NaN.

    Attributes
    ----------
    mean, scale : ndarray, (*R, 1, F)
        :math:`\mu` and :math:`\sigma`, float64; there only after :meth:`fit`.

    Examples
    --------
    >>> x = np.array([[1.0, 5.0], [3.0, 5.0]])
    >>> Standardizer().fit_transform(x)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """

    mean: FloatArray
    scale: FloatArray

    def fit(self, x: AnyArray) -> Self:
        """Learn mean and standard deviation of every feature.

        Parameters
        ----------
        x : ndarray, (*R, N, F)
            Training examples; each of the leading replicas gets statistics of its own.

        Returns
        -------
        Standardizer
            Itself.

        Raises
        ------
        TypeError
            If `x` does not hold numbers.
        ValueError
            If `x` has fewer than two axes, is empty, or holds NaN or infinity.
        """
        x = _examples(x)
        low, high = x.min(axis=-2, keepdims=True), x.max(axis=-2, keepdims=True)
        # The mean of equal numbers can differ from them in the last digit.
        mean = np.where(low == high, low, x.mean(axis=-2, keepdims=True, dtype=np.float64))
        largest = np.maximum(high - mean, mean - low)
        scale = np.where(largest > 0, largest, 1.0)
        # Dividing by the largest deviation first, no square over- or underflows.
        std = scale * np.sqrt(np.square((x - mean) / scale).mean(axis=-2, keepdims=True))
        self.mean, self.scale = mean, np.where(std > 0, std, 1.0)
        return self

    def transform(self, x: AnyArray) -> FloatArray:
        """Return `x` scaled with the fitted statistics.

        Parameters
        ----------
        x : ndarray, (*R, N, F)
            Any examples, such as the validation part.

        Returns
        -------
        ndarray
            Shape of `x`; float32 stays float32, everything else becomes float64.

        Raises
        ------
        RuntimeError
            If :meth:`fit` was not called before.
        TypeError, ValueError
            If `x` is not of the fitted form: other features, other replicas, NaN.
        """
        x = self._fitting(x, "transform")
        return ((x - self.mean) / self.scale).astype(x.dtype, copy=False)

    def fit_transform(self, x: AnyArray) -> FloatArray:
        """Return ``fit(x).transform(x)``."""
        return self.fit(x).transform(x)

    def inverse_transform(self, x: AnyArray) -> FloatArray:
        """Return scaled examples, or predictions, in their original units.

        Parameters
        ----------
        x : ndarray, (*R, N, F)
            Scaled examples.

        Returns
        -------
        ndarray
            Shape of `x`; float32 stays float32, everything else becomes float64.

        Raises
        ------
        RuntimeError, TypeError, ValueError
            As in :meth:`transform`.
        """
        x = self._fitting(x, "inverse_transform")
        return (x * self.scale + self.mean).astype(x.dtype, copy=False)

    def _fitting(self, x: AnyArray, method: str) -> FloatArray:
        """Return `x` as floats after comparing it with what was fitted."""
        if not hasattr(self, "mean"):
            raise RuntimeError(f"Standardizer.{method}: call fit(x_train) first")
        x = _examples(x)
        replicas, features = self.mean.shape[:-2], self.mean.shape[-1]
        if x.shape[-1] != features:
            raise ValueError(
                f"x: expected the {features} feature(s) that were fitted, got {x.shape[-1]} in "
                f"shape {x.shape}"
            )
        if replicas and x.shape[:-2] != replicas:
            raise ValueError(
                f"x: expected the leading axes {replicas} that were fitted, got shape {x.shape}"
            )
        return x

    def __repr__(self) -> str:
        if not hasattr(self, "mean"):
            return "Standardizer()  # not fitted"
        return f"Standardizer()  # fitted on {self.mean.shape[-1]} feature(s)"


def _examples(x: AnyArray) -> FloatArray:
    """Return `x` as float32 or float64 of shape ``(*R, N, F)`` after checking it."""
    x = np.asarray(x)
    if x.dtype.kind not in "biuf":
        raise TypeError(f"x: expected numbers, got {x.dtype} values")
    if x.dtype != np.float32:
        x = x.astype(np.float64)
    if x.ndim < 2:
        raise ValueError(
            f"x: expected shape (N, features), got {x.shape}; for one column use x[:, None]"
        )
    if x.size == 0:
        raise ValueError(f"x: expected at least one example and one feature, got shape {x.shape}")
    finite = np.isfinite(x)
    if not finite.all():
        columns = np.unique(np.argwhere(~finite)[:, -1]).tolist()
        raise ValueError(f"x: expected finite numbers, got NaN or infinity in column(s) {columns}")
    return x


# Batches ----------------------------------------------------------------------------------------


def minibatches(n: int, batch_size: int | None, rng: np.random.Generator) -> Iterator[IntArray]:
    """Return the mini-batches of one epoch as row numbers, in a new random order.

    Every example is in exactly one batch. Numbers are shuffled, not data, so `x` and `y` cannot
    fall out of step: ``for batch in minibatches(...): step(x[batch], y[batch])``.

    Parameters
    ----------
    n : int
        Number of examples, at least 1.
    batch_size : int or None
        Examples per batch, at least 1. The last batch holds the rest and may be smaller; a size
        above `n` means one batch. None means one batch of everything in its given order: the order
        within a batch does not matter, so nothing is shuffled and nothing drawn from `rng`.
    rng : Generator
        Moves on with every epoch. A seed would give every epoch the same order and is refused.

    Yields
    ------
    ndarray, (B,)
        Row numbers of one batch.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range; at the call, not at the first batch.
    """
    for name, value in (("n", n), ("batch_size", 1 if batch_size is None else batch_size)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise TypeError(f"{name}: expected an int, got {value!r}")
        if value < 1:
            raise ValueError(f"{name}: expected at least 1, got {value}")
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            "rng: expected a numpy.random.Generator made once before the first epoch, with "
            f"np.random.default_rng(seed), got {rng!r}"
        )
    if batch_size is None:
        return iter((np.arange(n),))
    order = rng.permutation(n)
    return (order[start : start + batch_size] for start in range(0, n, batch_size))
