"""The examples in the engine's docstrings give what they say."""

import doctest
import importlib

import pytest

import nnlab


@pytest.mark.parametrize("name", nnlab.__all__)
def test_examples_give_what_they_say(name):
    module = importlib.import_module(f"nnlab.{name}")
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(f"nnlab.{name}") for name in nnlab.__all__]
    assert sum(bool(test.examples) for m in modules for test in finder.find(m)) > 10
