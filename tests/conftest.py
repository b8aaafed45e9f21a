"""What every test finds around it, and TensorFlow, which only tests that ask for it import."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.engine.tensorflow import startup
from datasets._files import download, locate
from datasets._own import registry
from tests.support import surroundings


@pytest.fixture(autouse=True)
def _isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep a test off the network, off this machine's own data and caches, and off other tests' own images."""
    monkeypatch.setenv("BENCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("BENCH_OFFLINE", "1")
    monkeypatch.delenv("BENCH_DATA_DIR", raising=False)
    monkeypatch.setattr(locate, "SYSTEM_PACKAGES", tmp_path / "system")
    monkeypatch.setattr(download, "_unreachable", {})
    monkeypatch.setattr(registry, "_known", {})


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in surroundings.TERMINAL:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


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
