"""What answers are worth, and which hint they earn."""

from dataclasses import replace
from itertools import chain

import numpy as np
import pytest

from nnlab.exercises import Exercise, Mistake, Part
from nnlab.exercises.answers import Answer, collect
from nnlab.exercises.proving import judged
from nnlab.exercises.verdict import judge

SEED = 7


def verdict_on(exercise, function, seed=SEED):
    return judged(exercise, function, seed)


@pytest.fixture
def softmax(toys):
    return toys.exercises["91.softmax"]


@pytest.fixture
def goal(toys):
    return toys.exercises["91.goal"]


@pytest.fixture
def bug(toys):
    return toys.exercises["91.bug"]


def test_right(softmax):
    verdict = verdict_on(softmax, softmax.reference)
    assert (verdict.state, verdict.points, verdict.max_points) == ("right", 3, 3)
    assert verdict.failure is None
    assert verdict.hint is None
    assert [part.state for part in verdict.parts] == ["right", "right"]


def test_partly_right_with_the_hint_of_the_known_mistake(softmax):
    verdict = verdict_on(softmax, lambda z: np.exp(z) / np.exp(z).sum(-1, keepdims=True))
    assert (verdict.state, verdict.points) == ("partly right", 1)
    assert verdict.mistake == "naive"
    assert "1000" in verdict.hint
    assert "not finite" in verdict.failure.said
    assert verdict.failure.part == "large logits"
    assert verdict.failure.inputs[0][0] == "z"
    assert "nan" in verdict.failure.returned
    assert "nan" not in verdict.failure.expected


def test_wrong_without_a_known_mistake(softmax):
    verdict = verdict_on(softmax, lambda z: -np.abs(z))
    assert (verdict.state, verdict.points, verdict.hint) == ("wrong", 0, None)
    assert "between 0.0 and 1.0" in verdict.failure.said


def test_properties_come_before_values(softmax):
    verdict = verdict_on(softmax, lambda z: np.full(z.shape, 1.0))
    assert "every row must sum to 1" in verdict.failure.said


def test_two_mistakes_in_one_function_are_told_one_after_the_other(softmax):
    verdict = verdict_on(softmax, lambda z: np.exp(z) / np.exp(z).sum(axis=0))
    assert verdict.mistake == "wrong_axis"


def test_nan_alone_tells_no_mistake(softmax):
    def all_nan(z):
        return np.full(z.shape, np.nan)

    def nan_if_large(z):
        return all_nan(z) if np.abs(z).max() > 50 else softmax.reference(z)

    exercise = replace(softmax, mistakes=(Mistake(all_nan, "all nan"),))
    assert verdict_on(exercise, all_nan).mistake == "all_nan"
    assert verdict_on(exercise, nan_if_large).mistake is None


def test_a_mistake_that_is_wrong_earlier_is_someone_elses(softmax):
    def always(z):
        return softmax.reference(z) + 1

    def only_large(z):
        return softmax.reference(z) + (np.abs(z).max() > 50)

    early = replace(softmax, mistakes=(Mistake(always, "always"),))
    assert verdict_on(early, always).mistake == "always"
    verdict = verdict_on(early, only_large)
    assert (verdict.points, verdict.mistake) == (1, None)


def test_a_mistake_must_fit_everywhere_or_up_to_the_failing_part(softmax):
    def zero_if_large(z):
        return 0 * z if np.abs(z).max() > 50 else softmax.reference(z)

    verdict = verdict_on(softmax, zero_if_large)
    assert (verdict.points, verdict.mistake) == (1, None)


def test_an_edited_argument_is_part_of_a_mistake(softmax):
    def naive_in_place(z):
        np.exp(z, out=z)
        return z / z.sum(axis=-1, keepdims=True)

    assert verdict_on(softmax, naive_in_place).mistake == "in_place"


def test_in_place_edits_are_told(softmax):
    verdict = verdict_on(softmax, softmax.mistakes[3].function)
    assert verdict.state == "wrong"
    assert "your function changed its argument `z`" in verdict.failure.said
    assert verdict.mistake == "in_place"


def test_an_edited_argument_does_not_hide_a_known_mistake(softmax):
    def all_at_once_in_place(z):
        z -= z.max()
        return np.exp(z) / np.exp(z).sum()

    def naive_and_edited(z):
        result = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
        z[0] = 0
        return result

    verdict = verdict_on(softmax, all_at_once_in_place)
    assert verdict.mistake == "all_at_once"
    assert "must sum to 1" in verdict.failure.said
    # the edited argument alone is wrong with ordinary logits, where the naive softmax is right
    not_in_place = replace(softmax, mistakes=softmax.mistakes[:3])
    verdict = verdict_on(not_in_place, naive_and_edited)
    assert (verdict.failure.part, verdict.mistake) == ("ordinary logits", None)
    assert verdict_on(not_in_place, softmax.mistakes[3].function).mistake is None


def test_a_right_result_is_not_printed(softmax):
    failure = verdict_on(softmax, softmax.mistakes[3].function).failure
    assert "the result is right" in failure.said
    assert (failure.returned, failure.expected) == ("", "")
    assert failure.inputs[0][0] == "z"


def test_lists_are_as_good_as_arrays(softmax):
    def rows(z):
        return [list(softmax.reference(row)) for row in z]

    def rows_at_once(z):
        return list(softmax.mistakes[1].function(z))

    assert verdict_on(softmax, rows).state == "right"
    assert verdict_on(softmax, rows_at_once).mistake == "all_at_once"
    only_arrays = Part(
        "p",
        1,
        softmax.parts[0].cases,
        properties=(lambda case, p: str(p) if p.ndim != 2 else None,),
    )
    assert verdict_on(replace(softmax, parts=(only_arrays,)), rows).state == "right"


def mean_exercise(cases):
    return Exercise(
        "91.mean",
        "Mean",
        "mean",
        lambda y: float(np.mean(y)),
        (Part("means", 1, cases),),
        (Mistake(lambda y: 7.5, "not always 7.5"),),
        (),
        ("a", "b", "c"),
        "def mean(y): return y.mean()",
    )


def several(rng):
    return [(rng.normal(3, 1, n),) for n in (4, 7)]


def large(rng):
    return [(rng.normal(3000, 1, n),) for n in (4, 7)]


def test_a_factor_must_show_in_every_case_of_a_part():
    double = mean_exercise(several)
    assert "(2 times too large)" in verdict_on(double, lambda y: 2 * y.mean()).failure.said
    assert "times" not in verdict_on(double, lambda y: y.sum()).failure.said
    assert "times" not in verdict_on(double, lambda y: 2 * y.mean() / (len(y) == 4)).failure.said
    mixed = verdict_on(double, lambda y: 2 * y.mean() if len(y) == 4 else [y.mean()])
    assert "times" not in mixed.failure.said
    once = mean_exercise(lambda rng: [(rng.normal(3, 1, 4),)])
    assert "times" not in verdict_on(once, lambda y: 2 * y.mean()).failure.said


def test_the_same_answer_for_every_input(softmax):
    exercise = mean_exercise(several)
    verdict = verdict_on(exercise, lambda y: np.ones(3))
    assert verdict.failure.said == (
        "your function returned the same for every input; does it use its arguments?"
    )
    assert verdict.failure.returned == "[1., 1., 1.]"
    assert "returned 7.5" in verdict_on(exercise, lambda y: 7.5).failure.said
    assert "expected a finite" in verdict_on(exercise, lambda y: float("nan")).failure.said
    assert "shape (3,)" in verdict_on(exercise, lambda y: np.ones(3) * len(y)).failure.said
    for count in (True, 0, np.int64(0)):
        said = verdict_on(exercise, lambda y, count=count: count).failure.said
        assert said.startswith("your function returned ")
        assert "expected" in said
    two_parts = replace(exercise, parts=exercise.parts * 2)
    first = verdict_on(two_parts, lambda y: 1.0)
    assert "same for every input" in first.failure.said
    clipped = replace(two_parts, parts=(*exercise.parts, Part("large", 1, large)))
    verdict = verdict_on(clipped, lambda y: min(float(y.mean()), 100.0))
    assert "returned 100.0" in verdict.failure.said
    once = mean_exercise(lambda rng: [(rng.normal(3, 1, 4),)])
    assert "returned 1.0" in verdict_on(once, lambda y: 1.0).failure.said
    same = mean_exercise(lambda rng: [(np.array([rng.random()] * 2)[:0] + 1,)] * 2)
    assert "same for every" not in str(verdict_on(same, lambda y: 1.0).failure)


@pytest.mark.parametrize(
    ("printing", "said"),
    [
        (True, "`softmax` prints something but returns None. Replace `print(...)` by `return ...`"),
        (False, "`softmax` runs but returns None: end it with `return` and the result"),
    ],
)
def test_a_forgotten_return_is_an_attempt(softmax, printing, said):
    def forgotten(z):
        result = softmax.reference(z)
        if printing:
            print(result)

    verdict = verdict_on(softmax, forgotten)
    assert (verdict.state, verdict.points, verdict.reason) == ("wrong", 0, "")
    assert verdict.failure.said == said
    assert verdict.failure.returned == ""
    assert "0." in verdict.failure.expected


def test_a_goal_that_is_not_returned_is_not_tried_out(goal):
    def forgotten(task, seed):
        task + "linear"

    assert "runs but returns None" in verdict_on(goal, forgotten).failure.said


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda z: None, "returns nothing"),
        (lambda z: ..., "empty"),
    ],
)
def test_not_attempted(softmax, function, reason):
    verdict = verdict_on(softmax, function)
    assert (verdict.state, verdict.points, verdict.reason) == ("not attempted", 0, reason)
    assert {part.state for part in verdict.parts} == {"not attempted"}
    assert verdict.failure is None


def test_a_stub_is_not_attempted(softmax):
    def stub(z):
        raise NotImplementedError

    assert verdict_on(softmax, stub).reason == "empty"


def test_half_written(softmax):
    def half(z):
        if z.min() > 500:
            raise NotImplementedError
        return softmax.reference(z)

    verdict = verdict_on(softmax, half)
    assert verdict.state == "partly right"
    assert [part.state for part in verdict.parts] == ["right", "wrong"]
    assert verdict.failure.said == "this case is not written yet"


def test_one_part_not_written(softmax):
    def first_part(z):
        if np.abs(z).max() > 50:
            raise NotImplementedError
        return softmax.reference(z)

    verdict = verdict_on(softmax, first_part)
    assert [part.state for part in verdict.parts] == ["right", "not attempted"]


def test_a_missing_return_in_one_branch(softmax):
    verdict = verdict_on(softmax, lambda z: softmax.reference(z) if len(z) < 5 else None)
    assert "returned None here" in verdict.failure.said


def test_errors_are_sentences(softmax):
    def typo(z):
        return np.exp(x)  # noqa: F821

    said = verdict_on(softmax, typo).failure.said
    line = typo.__code__.co_firstlineno + 1
    assert said.startswith("your function stopped with NameError: name 'x' is not defined (line ")
    assert f"(line {line}: `return np.exp(x)" in said


def test_always_equal_objects_do_not_pass(softmax):
    class AlwaysEqual:
        shape = (1, 2)
        dtype = np.dtype(float)

        def __eq__(self, other):
            return True

        __hash__ = None

    class Equal(np.ndarray):
        def __array_ufunc__(self, *args, **kwargs):
            return np.True_

    for cheat in (lambda z: AlwaysEqual(), lambda z: z.view(Equal)):
        verdict = verdict_on(softmax, cheat)
        assert verdict.points == 0
        assert "cannot be judged" in verdict.failure.said


def test_code_as_given_is_not_attempted(bug):
    verdict = verdict_on(bug, lambda y: y.sum(axis=0) / (len(y) - 1))
    assert (verdict.state, verdict.points, verdict.reason) == ("not attempted", 0, "unchanged")
    assert verdict_on(bug, lambda y: y.mean(axis=0)).state == "right"
    assert verdict_on(bug, lambda y: y.sum(axis=0)).state == "wrong"


def test_a_goal_is_judged_by_trying_out_the_choice(goal):
    assert verdict_on(goal, lambda task, seed: ("linear", "mse")).points == 1.5
    verdict = verdict_on(goal, lambda task, seed: ("relu", "mse"))
    assert verdict.mistake == "choose_relu"
    assert "the goal is below" in verdict.failure.said
    assert verdict.failure.expected == ""
    assert dict(verdict.failure.inputs)["task"] == "'price'"


def test_a_choice_that_does_not_exist_is_explained(goal):
    verdict = verdict_on(goal, lambda task, seed: ("tanh", "mse"))
    assert verdict.failure.said == (
        "your answer could not be tried out: there is no head 'tanh' with loss 'mse'"
    )
    assert verdict_on(goal, lambda task, seed: 3).state == "wrong"
    assert verdict_on(goal, lambda task, seed: ("linear", "mse", "adam")).state == "wrong"


def test_inputs_that_must_be_refused():
    def root(x):
        if x < 0:
            raise ValueError("x must not be negative")
        return x**0.5

    exercise = Exercise(
        "91.root",
        "Square root",
        "root",
        root,
        (
            Part("refuses", 1, lambda rng: [(-1.0,)]),
            Part("values", 1, lambda rng: [(rng.random(),)]),
        ),
        (Mistake(lambda x: x / 2, "not half"),),
        (),
        ("a", "b", "c"),
        root,
    )

    def other_error(x):
        return [][1]

    def other_words(x):
        if x < 0:
            raise ValueError("no")
        return x**0.5

    assert verdict_on(exercise, other_words).state == "right"
    assert "should raise a ValueError" in verdict_on(exercise, lambda x: abs(x) ** 0.5).failure.said
    verdict = verdict_on(exercise, other_error)
    assert verdict.failure.part == "refuses"
    assert "IndexError" in verdict.failure.said


def test_an_overflow_that_does_not_show_can_be_forbidden():
    def sigmoid(z):
        return 0.5 * (1 + np.tanh(z / 2))

    def naive_sigmoid(z):
        return 1 / (1 + np.exp(-z))

    part = Part("large", 1, lambda rng: [(np.array([-1000.0, 1000.0 * rng.random()]),)])
    exercise = Exercise(
        "91.sigmoid",
        "Sigmoid",
        "sigmoid",
        sigmoid,
        (part,),
        (Mistake(naive_sigmoid, "too large"),),
        (),
        ("a", "b", "c"),
        sigmoid,
    )
    assert verdict_on(exercise, naive_sigmoid).state == "right"
    strict = replace(exercise, parts=(replace(part, overflow=False),))
    verdict = verdict_on(strict, naive_sigmoid)
    assert (verdict.state, verdict.mistake) == ("wrong", "naive_sigmoid")
    assert "the result is right, but a number became too large" in verdict.failure.said
    assert verdict_on(strict, sigmoid).state == "right"

    def hidden(z):
        with np.errstate(over="ignore"):
            return naive_sigmoid(z)

    verdict = verdict_on(strict, hidden)
    assert (verdict.state, verdict.failure.returned) == ("wrong", "")
    assert "`np.errstate` or `np.seterr` hides overflows" in verdict.failure.said
    assert verdict_on(exercise, hidden).state == "right"


def test_the_number_of_answers_must_fit(softmax):
    with pytest.raises(ValueError, match="expected 5 answers, got 1"):
        judge(softmax, [Answer("nothing")], SEED)


def test_judging_needs_answers_only_and_is_repeatable(softmax):
    answers = collect(softmax.mistakes[0].function, chain.from_iterable(softmax.cases(SEED)))
    assert judge(softmax, answers, SEED) == judge(softmax, answers, SEED)


def test_parts_draw_from_generators_of_their_own(softmax):
    twins = replace(softmax, parts=(softmax.parts[0], softmax.parts[0])).cases(1)
    assert not np.array_equal(twins[0][0][0], twins[1][0][0])
    first, second = softmax.cases(1), softmax.cases(1)
    np.testing.assert_array_equal(first[1][0][0], second[1][0][0])
    assert not np.array_equal(first[1][0][0], softmax.cases(2)[1][0][0])
    alone = replace(
        softmax,
        parts=(replace(softmax.parts[0], cases=lambda rng: [(rng.random(9),)]), softmax.parts[1]),
    )
    np.testing.assert_array_equal(alone.cases(1)[1][0][0], first[1][0][0])


def test_points_do_not_pick_up_rounding():
    parts = tuple(Part(f"part {i}", 0.1, lambda rng: [(rng.random(),)]) for i in range(3))
    exercise = Exercise(
        "91.tenths",
        "Tenths",
        "f",
        lambda x: x,
        parts,
        (),
        (),
        ("a", "b", "c"),
        "def f(x): return x",
    )
    verdict = verdict_on(exercise, lambda x: x)
    assert verdict.points == verdict.max_points == 0.3
