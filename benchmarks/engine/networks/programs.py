"""The programs of a process, each built once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Generic, TypeVar

from benchmarks.engine.interface import Program, Shape, of_steps
from benchmarks.experiment.recipe import Recipe

P = TypeVar("P", bound=Program)


class Programs(Generic[P]):
    """The last 32 programs of this process, by architecture, shape, steps, precision and number of classes."""

    def __init__(self, build: Callable[[str, Shape, Recipe, str, int], P]) -> None:
        """Build none yet."""
        self._built = functools.lru_cache(maxsize=32)(build)
        self.clear = self._built.cache_clear

    def __call__(
        self, architecture: str, shape: Shape, recipe: Recipe, precision: str = "float32", classes: int = 10
    ) -> tuple[P, bool]:
        """Return the program of this network and recipe, and whether this call built it: see `interface.Engine.program_for`."""
        before = self._built.cache_info().misses
        program = self._built(architecture, shape, of_steps(recipe), precision, classes)
        return program, self._built.cache_info().misses > before
