"""Lessons, exercises and questions are found where they are defined, each once."""

from dataclasses import replace

import pytest

from nnlab.exercises import Lesson, catalogue


def test_what_a_module_defines_is_found_in_order(toys):
    assert list(toys.lessons) == ["91"]
    assert list(toys.exercises) == ["91.softmax", "91.goal", "91.bug"]
    assert list(toys.quizzes) == ["91.q_confident"]


def test_duplicates_are_refused(toys, gather_modules):
    exercise = toys.exercises["91.bug"]
    quiz = toys.quizzes["91.q_confident"]
    with pytest.raises(ValueError, match=r"'91.bug' is defined twice"):
        gather_modules({"91": {"A": exercise, "B": replace(exercise)}})
    with pytest.raises(ValueError, match="is defined twice"):
        gather_modules({"91": {"A": quiz, "B": quiz}})
    with pytest.raises(ValueError, match="an exercise and of a question"):
        gather_modules({"91": {"A": quiz, "B": replace(exercise, name=quiz.name)}})


def test_names_start_with_the_number_of_their_module(toys, gather_modules):
    with pytest.raises(ValueError, match=r"'91.bug' is defined in lesson_92"):
        gather_modules({"92": {"A": toys.exercises["91.bug"]}})
    with pytest.raises(ValueError, match="'91' is defined in lesson_92"):
        gather_modules({"92": {"LESSON": toys.lessons["91"]}})


def test_a_lesson_and_its_notebook_have_one_number():
    with pytest.raises(ValueError, match="must start with '03_'"):
        Lesson(3, "Title", "Question?", 10, "04_title.ipynb")


def test_an_empty_course_has_an_answer(gather_modules):
    with pytest.raises(ValueError, match="there are none yet"):
        catalogue.find("01.mse", gather_modules({}).exercises, "exercise")


def test_the_real_course_loads():
    assert catalogue.load() is catalogue.load()
    assert set(catalogue.exercises()).isdisjoint(catalogue.quizzes())
