"""One process has one backend, and a contradiction is refused before anything heavy is imported."""

import contextlib
import gc
import importlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.engine import backend
from tests.support import command_line

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("chosen", "asked"), [("tensorflow", "jax"), ("jax", "tensorflow"), ("torch", "jax")]
)
def test_an_engine_does_not_start_on_another_backend(chosen: str, asked: str) -> None:
    code = (
        "import sys\n"
        "from benchmarks.engine.backend import BackendTaken, load_engine\n"
        "try:\n"
        f"    load_engine({asked!r}).start()\n"
        "except BackendTaken as error:\n"
        "    print(error)\n"
        "assert not {'tensorflow', 'keras', 'jax'} & set(sys.modules)\n"
    )
    env = os.environ | {"KERAS_BACKEND": chosen}
    done = command_line.python(code, env=env)
    assert done.returncode == 0, done.stderr
    advice = "unset it" if chosen == "torch" else f"unset it, or choose --backend {chosen}"
    assert done.stdout == f"the engine on {asked} cannot start: KERAS_BACKEND is '{chosen}'; {advice}\n"


def test_an_engine_starts_once_whoever_asks() -> None:
    asked: list[int] = []

    def start(threads: int) -> float:
        asked.append(threads)
        return 2.5

    started = backend.once(start)
    assert [started(4), started(4), started(1)] == [2.5, 0.0, 0.0]
    assert asked == [4]


def test_an_engine_that_failed_to_start_may_be_asked_again() -> None:
    answers: Iterator[ImportError | float] = iter([ImportError("no such library"), 2.5])

    def start() -> float:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    started = backend.once(start)
    with pytest.raises(ImportError, match="no such library"):
        started()
    assert started() == 2.5


def test_keras_that_was_imported_on_another_backend_is_refused(
    keras: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(backend.BackendTaken, match="has imported Keras on tensorflow; start another process"):
        backend.claim("jax")


def test_a_package_is_hidden_for_as_long_as_said_and_no_other() -> None:
    sys.modules.pop("this", None)
    with backend.importing(without=("this",)):
        assert not gc.isenabled()
        with pytest.raises(ModuleNotFoundError, match="this: hidden while the engine starts"):
            importlib.import_module("this")
        assert importlib.import_module("json").loads("1") == 1
    assert gc.isenabled()
    with contextlib.redirect_stdout(io.StringIO()):
        assert importlib.import_module("this")


def test_a_backend_that_this_process_hides_counts_as_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    monkeypatch.setattr(sys, "meta_path", [backend.Hidden(("jax",), "kept out"), *sys.meta_path])
    with pytest.raises(ValueError, match=r"jax is not installed; .* or choose KERAS_BACKEND=tensorflow"):
        backend.check_installed("jax")


@pytest.mark.end_to_end
def test_tensorflows_start_brings_nothing_that_no_training_uses() -> None:
    code = (
        "import sys\n"
        "from benchmarks.engine.tensorflow import startup\n"
        "startup.start()\n"
        "print(sorted({'IPython', 'jax', 'matplotlib', 'pandas'} & set(sys.modules)))\n"
        "import jax\n"
    )
    done = command_line.python(code)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
