"""Fixtures of the live figures: the toy demos, and every demo of the course with them."""

import importlib.util
import sys
from pathlib import Path

import pytest

from nnlab.live import demos


def _load_toys():
    spec = importlib.util.spec_from_file_location(
        "live_toy_demos", Path(__file__).with_name("toy_demos.py")
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


_TOYS = _load_toys()
_ALL = [*demos().values(), *_TOYS.TOYS]


@pytest.fixture
def toys():
    """The module with the toy demos."""
    return _TOYS


@pytest.fixture(params=_TOYS.TOYS, ids=lambda demo: demo.name)
def toy(request):
    """Each toy demo in turn."""
    return request.param


@pytest.fixture(params=_ALL, ids=lambda demo: demo.name)
def demo(request):
    """Each demo of the course and each toy in turn."""
    return request.param


@pytest.fixture(scope="session")
def course_cache(request):
    """Return where drawn frames stay from one test run to the next, as they do for a reader."""
    return request.config.cache.mkdir("nnlab-frames")
