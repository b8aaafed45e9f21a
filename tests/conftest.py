"""Fixtures that bring TensorFlow: only tests that ask for them pay for its import, and none at collection."""

from collections.abc import Iterator
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
    import keras

    return keras


@pytest.fixture(scope="session")
def tf(engine: ModuleType) -> ModuleType:
    import tensorflow as tf

    return tf


@pytest.fixture(scope="session")
def tiny(engine: ModuleType) -> Iterator[str]:
    """The name of a small residual architecture with batch norm and L2 penalties, without random layers."""
    with engine.registered("tiny", engine.tiny):
        yield "tiny"
