"""Fixtures that bring TensorFlow: only tests that ask for them pay for its import, and none at collection."""

import importlib
from types import ModuleType

import pytest

from benchmarks.engine.tensorflow import startup


@pytest.fixture(scope="session")
def engine() -> ModuleType:
    """`tests.support.tiny_models`, with TensorFlow started as a run starts it."""
    startup.start()
    from tests.support import tiny_models as engine

    return engine


@pytest.fixture(scope="session")
def keras(engine: ModuleType) -> ModuleType:
    return importlib.import_module("keras")


@pytest.fixture(scope="session")
def tf(engine: ModuleType) -> ModuleType:
    return importlib.import_module("tensorflow")
