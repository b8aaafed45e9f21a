"""Fixtures that bring TensorFlow: only tests that ask for them pay for its import, and none at collection."""

import importlib
from types import ModuleType

import pytest

from benchmarks import runtime


@pytest.fixture(scope="session")
def engine() -> ModuleType:
    """`tests.engine`, with TensorFlow started as a run starts it."""
    runtime.start()
    from tests import engine

    return engine


@pytest.fixture(scope="session")
def keras(engine: ModuleType) -> ModuleType:
    return importlib.import_module("keras")


@pytest.fixture(scope="session")
def tf(engine: ModuleType) -> ModuleType:
    return importlib.import_module("tensorflow")
