"""Engines by their names, and the rule that one process has one: Keras reads its backend once, when it is first imported.

It imports nothing heavy, so collecting tests may import it.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ParamSpec, cast

from benchmarks.experiment.backend import BACKENDS

if TYPE_CHECKING:
    from benchmarks.engine.interface import Engine

P = ParamSpec("P")


class BackendTaken(RuntimeError):
    """A process that has begun with one backend was asked for another."""


def claim(name: str) -> None:
    """Choose Keras's backend for this process, before anything imports Keras.

    Args:
        name: `tensorflow` or `jax`.

    Raises:
        BackendTaken: KERAS_BACKEND or an import of Keras has chosen another.
    """
    chosen = os.environ.get("KERAS_BACKEND") or name  # empty counts as unset
    os.environ["KERAS_BACKEND"] = chosen
    if chosen != name:
        or_else = f", or choose --backend {chosen}" if chosen in BACKENDS else ""
        raise BackendTaken(
            f"the engine on {name} cannot start: KERAS_BACKEND is {chosen!r}; unset it{or_else}"
        )
    keras = sys.modules.get("keras")
    if keras is not None and (loaded := keras.backend.backend()) != name:
        raise BackendTaken(
            f"the engine on {name} cannot start: this process has imported Keras on {loaded}; start another process"
        )


class Hidden:
    """Hides some packages, so that importing them fails as if they were not installed: an entry of `sys.meta_path`.

    `importlib.util.find_spec` fails too, where it would return None for a package that is not installed.

    Args:
        packages: Top-level names.
        why: The end of the error's message.
    """

    def __init__(self, packages: tuple[str, ...], why: str) -> None:
        self.packages = packages
        self.why = why

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse these packages, and leave all others to later finders.

        Raises:
            ModuleNotFoundError: The package is hidden.
        """
        if name in self.packages:
            raise ModuleNotFoundError(f"{name}: {self.why}", name=name)


@contextmanager
def importing(*, without: tuple[str, ...]) -> Iterator[None]:
    """Import an engine's libraries in less time: TensorFlow and Keras in 4.7 to 5.1 s of processor time (n = 3), not in 7.9 s (n = 1).

    Args:
        without: Packages that Keras and TensorFlow import wherever they are installed, but that no training uses. Whoever needs one
            may still import it later.
    """
    hidden = Hidden(without, "hidden while the engine starts")
    sys.meta_path.insert(0, hidden)
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        sys.meta_path.remove(hidden)
        if collecting:
            gc.enable()
        gc.freeze()  # modules stay, so the garbage collector need not scan them again and again


def once(start: Callable[P, float]) -> Callable[P, float]:
    """Let an engine start once per process: later calls return 0 seconds, whoever makes them."""
    started = False

    @functools.wraps(start)
    def call(*args: P.args, **kwargs: P.kwargs) -> float:
        nonlocal started
        if started:
            return 0.0
        seconds = start(*args, **kwargs)
        started = True
        return seconds

    return call


def check_installed(name: str, instead: str = "KERAS_BACKEND=") -> None:
    """Check that a backend's library is installed, without importing it; one that this process hides counts as not installed.

    Args:
        name: One of `BACKENDS`.
        instead: What selects another backend, up to its name; empty where no other would do.

    Raises:
        ValueError: It is not installed; the message says how to install it, and which other one is.
    """
    if _found(name):
        return
    others = [other for other in BACKENDS if other != name and _found(other)]
    or_else = f", or choose {instead}{others[0]}" if others and instead else ""
    extra = "[jax]" if name == "jax" else ""
    raise ValueError(f"{name} is not installed; pip install -e '.{extra}' (docs/backends.md){or_else}")


def _found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # see `Hidden`
        return False


def load_engine(name: str = "tensorflow") -> Engine:
    """Return an engine by its name; nothing heavy is imported before its `start`.

    Raises:
        ValueError: There is no engine of this name; the message lists the names that exist.
    """
    if name not in BACKENDS:
        raise ValueError(f"engine {name!r} is unknown; choose one of: {', '.join(BACKENDS)}")
    return cast("Engine", importlib.import_module(f"benchmarks.engine.{name}"))
