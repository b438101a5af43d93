"""Lesson 08: manual search with a budget, and pictures of what searches found."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from nnlab._arrays import FloatArray
from nnlab._checks import whole_number
from nnlab._stacks import Train
from nnlab.live.drawing import ParallelCoordinates, add_legend, label_axes, show_figure
from nnlab.live.style import BLUE, GREY, ORANGE, VERMILLION, new_figure, pin, styled
from nnlab.search import search
from nnlab.spaces import Choice, Integer, LogUniform, Range, Setting, Settings, Uniform
from nnlab.trials import Results, Trial

__all__ = ["ManualSearch", "best_so_far", "show_results"]


class ManualSearch:
    """A search by hand: you choose the hyperparameters of every trial, and the trials are counted.

    Parameters
    ----------
    train : callable
        ``train(**settings)`` returns a dict of scores with ``"accuracy"`` among them, as for
        :func:`nnlab.search.search`; the same settings always give the same scores.
    space : dict of str to range
        What can be set, and from where to where.
    budget : int, optional
        How many trials there are.

    Attributes
    ----------
    trials : list of Trial
        Those made so far.

    Examples
    --------
    >>> def train(rate):
    ...     return {"accuracy": 1 - abs(rate - 0.1)}
    >>> manual = ManualSearch(train, {"rate": LogUniform(0.01, 1.0)}, budget=2)
    >>> manual.left
    2
    """

    def __init__(self, train: Train, space: Mapping[str, Range], budget: int = 10) -> None:
        self._train, self._space = train, dict(space)
        self.budget = whole_number("budget", budget)
        self.trials: list[Trial] = []

    @property
    def left(self) -> int:
        """How many trials are left."""
        return self.budget - len(self.trials)

    def __repr__(self) -> str:
        """List the trials as calls that can be copied and made again."""
        lines = [f"{len(self.trials)} of {self.budget} trials made, {self.left} left"]
        for trial in self.trials:
            settings = ", ".join(f"{name}={value!r}" for name, value in trial.settings.items())
            lines.append(f"try_({settings})  # {_percent(trial)}")
        return "\n".join(lines)

    def try_(self, **settings: Setting) -> None:
        """Make one trial, if the budget allows it, and show all trials so far.

        A trial that was made before is shown again and costs nothing, so that a cell can be run
        twice.

        Parameters
        ----------
        **settings
            A value for every hyperparameter of the space.

        Raises
        ------
        TypeError
            If hyperparameters are missing, or there are others.
        ValueError
            If a value lies outside its range.
        """
        settings = self._checked(settings)
        made = [trial.settings for trial in self.trials]
        if settings not in made:
            if not self.left:
                print(f"All {self.budget} trials are made; this one is not. Now compare.")
                return
            self.trials += search(self._train, [settings], score="accuracy")
            made.append(settings)
        number = made.index(settings) + 1
        print(
            f"Trial {number} of {self.budget}: {_percent(self.trials[number - 1])} of the "
            f"validation digits right; {self.left} left."
        )
        self._show()

    def compare(self, results: Results) -> None:
        """Compare the best of the trials with the best of as many random ones, several times.

        Parameters
        ----------
        results : Results
            Of a random search with the same `train`; cut into searches as long as this one's
            budget.

        Raises
        ------
        ValueError
            If there is no trial yet, or `results` are fewer than the budget.
        """
        if not self.trials:
            raise ValueError("make at least one trial with try_ before you compare")
        own = best_so_far(self.trials)
        repeats = len(results) // self.budget
        if not repeats:
            raise ValueError(
                f"results must hold at least {self.budget} trials, one search; got {len(results)}"
            )
        chance = np.stack(
            [best_so_far(results[k * self.budget : (k + 1) * self.budget]) for k in range(repeats)]
        )
        beaten = int(np.sum(own[-1] > chance[:, -1]))
        equal = int(np.sum(own[-1] == chance[:, -1]))
        figure, (left, right) = new_figure((9.6, 4.2), 1, 2, width_ratios=[1.5, 1], sharey=True)
        steps = np.arange(1, self.budget + 1)
        for k, line in enumerate(chance):
            left.plot(steps, line, color=ORANGE, linewidth=1, label="random" if not k else None)
        left.plot(
            steps, chance.mean(axis=0), color=ORANGE, linewidth=4, linestyle="--", marker="o",
            markeredgecolor="white", label=f"mean of {repeats}",
        )  # fmt: skip
        left.plot(
            steps[: len(own)], own, color=BLUE, linewidth=4, marker="s", markeredgecolor="white",
            label="by hand",
        )  # fmt: skip
        label_axes(
            left, title="Best so far", xlabel="trials", ylabel="validation accuracy, %",
            ylim=(0, 118),
        )  # fmt: skip
        left.set_xticks(steps)
        left.set_yticks(range(0, 101, 20))
        add_legend(left, "upper center", columns=3)
        right.plot(
            np.arange(1, repeats + 1), np.sort(chance[:, -1]), linestyle="none", marker="o",
            color=ORANGE, markersize=10, markeredgecolor="white", label="random",
        )  # fmt: skip
        right.axhline(own[-1], color=BLUE, linewidth=3, label="by hand")
        label_axes(right, title=f"After {self.budget} trials", xlabel="random searches")
        right.set_xticks([1, repeats])
        add_legend(right, "upper center", columns=2)
        show_figure(
            figure,
            alt=f"Best validation accuracy after {_counted(len(own))} by hand {own[-1]:.1f} %; of "
            f"{repeats} random searches with {self.budget} trials each the worst found "
            f"{chance[:, -1].min():.1f} %, the best {chance[:, -1].max():.1f} %, the mean "
            f"{chance[:, -1].mean():.1f} %. The search by hand found more than {beaten} of them"
            + (f" and as much as {equal}." if equal else "."),
        )

    def _checked(self, settings: Settings) -> Settings:
        """Return the settings in the order of the space, a choice as it is listed there."""
        unknown = [name for name in settings if name not in self._space]
        missing = [name for name in self._space if name not in settings]
        if unknown or missing:
            wrong = [f"unknown: {', '.join(unknown)}"] * bool(unknown)
            wrong += [f"missing: {', '.join(missing)}"] * bool(missing)
            raise TypeError(
                f"try_ needs a value for each of {', '.join(self._space)}; {'; '.join(wrong)}"
            )
        checked = {}
        for name, values in self._space.items():
            value = settings[name]
            if value not in values:
                raise ValueError(f"{name} must be {_allowed(values)}; got {value!r}")
            if isinstance(values, Choice):  # 16.0 is in it too, but no number of units
                value = values.values[values.values.index(value)]
            checked[name] = value
        return checked

    def _show(self) -> None:
        figure, (left, right) = new_figure((9.6, 4.0), 1, 2, width_ratios=[1.9, 1])
        _draw_parallel(left, self.trials, self._space)
        accuracies = _accuracies(self.trials)
        steps = np.arange(1, len(self.trials) + 1)
        right.step(steps, best_so_far(self.trials), where="post", color=VERMILLION, label="best")
        right.plot(
            steps, accuracies, linestyle="none", marker="o", color=BLUE, markersize=9,
            markeredgecolor="white", label="trial",
        )  # fmt: skip
        right.set_xticks([1, *range(2, self.budget + 1, 2)])
        label_axes(
            right, title="Trials", xlabel="number", ylabel="validation accuracy, %",
            xlim=(0.5, self.budget + 0.5), ylim=(0, 119),
        )  # fmt: skip
        right.set_yticks(range(0, 101, 20))
        add_legend(right, "upper left", columns=2)
        show_figure(
            figure,
            alt=f"{_counted(len(self.trials))} by hand as lines through their "
            "hyperparameters; validation accuracies in order: "
            f"{', '.join(map(_percent, self.trials))}.",
        )


def best_so_far(trials: Sequence[Trial]) -> FloatArray:
    """Return the best accuracy after each trial, in percent.

    Parameters
    ----------
    trials : sequence of Trial
        In the order in which they were made. One that failed or diverged counts 0.

    Returns
    -------
    ndarray, (trials,)
    """
    return np.asarray(np.maximum.accumulate(_accuracies(trials)))


@styled
def show_results(results: Sequence[Trial], space: Mapping[str, Range]) -> None:
    """Show trials as parallel coordinates, and below them the accuracy over every single axis.

    Parameters
    ----------
    results : Results or sequence of Trial
        With ``"accuracy"`` among their scores.
    space : dict of str to range
        The hyperparameters to show, at most six.
    """
    figure, panels = new_figure((9.6, 5.2), 2, 1, height_ratios=[1.35, 1])
    _draw_parallel(panels[0], results, space)
    grid = panels[1].get_subplotspec()
    panels[1].remove()
    accuracies = _accuracies(results)
    best = int(accuracies.argmax())
    inner = grid.subgridspec(1, len(space))
    from_left: Axes | None = None
    for k, (name, values) in enumerate(space.items()):
        axes = figure.add_subplot(inner[k], sharey=from_left)
        low, high, log = _axis(values)
        column = np.array([trial.settings[name] for trial in results], dtype=float)
        if log:
            axes.set_xscale("log")
        axes.minorticks_off()
        ticks = (low, high)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        look: dict[str, Any] = {"linestyle": "none", "marker": "o", "markeredgecolor": "white"}
        axes.plot(column, accuracies, color=BLUE, markersize=5, markeredgewidth=0.5, **look)
        axes.plot(column[best], accuracies[best], color=VERMILLION, markersize=10, **look)
        axes.axhline(10, color=GREY, linestyle=":", linewidth=1.5)
        margin = (high / low) ** 0.08 if log else 0.08 * (high - low)
        xlim = (low / margin, high * margin) if log else (low - margin, high + margin)
        label = name.replace("_", " ") + " (log)" * log
        label_axes(axes, xlabel=label, xlim=xlim, ylim=(0, 100))
        if from_left is None:
            label_axes(axes, ylabel="accuracy, %")
            from_left = axes
        else:
            axes.tick_params(labelleft=False)
    pin(figure)
    settings = {name: results[best].settings[name] for name in space}
    show_figure(
        figure,
        alt=f"{len(results)} trials; the best has {accuracies[best]:.1f} % with "
        + ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in settings.items())
        + ".",
    )


def _draw_parallel(axes: Axes, trials: Sequence[Trial], space: Mapping[str, Range]) -> None:
    names = [name.replace("_", "\n") for name in space]
    limits = [_axis(values) for values in space.values()]
    parallel = ParallelCoordinates(
        axes, [*names, "accuracy, %"], [*((low, high) for low, high, _ in limits), (0.0, 100.0)],
        log=[name for name, (_, _, log) in zip(names, limits, strict=True) if log],
    )  # fmt: skip
    rows: ArrayLike = [
        [*(trial.settings[name] for name in space), accuracy]
        for trial, accuracy in zip(trials, _accuracies(trials), strict=True)
    ]
    parallel.update(rows)


def _allowed(values: Range) -> str:
    """Say in words what a range allows."""
    if isinstance(values, Choice):
        return f"one of {', '.join(map(str, values.values))}"
    low, high, _ = _axis(values)
    kind = "whole number" if isinstance(values, Integer) else "number"
    return f"a {kind} from {low:g} to {high:g}"


def _axis(values: Range) -> tuple[float, float, bool]:
    """Return both ends of a range, and whether it is drawn on a logarithmic scale."""
    if isinstance(values, Choice):
        return min(values.values), max(values.values), False
    if isinstance(values, Uniform | LogUniform | Integer):
        log = isinstance(values, LogUniform) or (isinstance(values, Integer) and values.log)
        return values.low, values.high, log
    raise TypeError(f"space: expected ranges from nnlab.spaces, got {values!r}")


def _accuracies(trials: Sequence[Trial]) -> FloatArray:
    """Return accuracies in percent; 0 for a trial that went wrong."""
    scores = [100 * trial.scores.get("accuracy", 0.0) for trial in trials]
    return np.nan_to_num(np.array(scores, dtype=float), nan=0.0, posinf=0.0, neginf=0.0)


def _percent(trial: Trial) -> str:
    return f"{_accuracies([trial])[0]:.1f} %"


def _counted(trials: int) -> str:
    return f"{trials} trial{'s' * (trials > 1)}"
