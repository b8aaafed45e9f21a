"""The engine on JAX; this package is an `interface.Engine`.

Importing it imports neither JAX nor Keras: the modules that do are imported when a training starts. TensorFlow is never imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.engine.jax.startup import LIBRARIES, machine, on_processor, settings, start

if TYPE_CHECKING:
    from benchmarks.engine.interface import DeviceData, LabelledImages, Program, Shape
    from benchmarks.experiment.recipe import Recipe

__all__ = ["LIBRARIES", "machine", "on_processor", "program_for", "settings", "start", "to_device"]


def to_device(data: LabelledImages, pixels: str) -> DeviceData:
    """Copy a data set to the device: see `interface.Engine.to_device`."""
    from benchmarks.engine.jax.data import to_device

    return to_device(data, pixels)


def program_for(
    architecture: str, shape: Shape, recipe: Recipe, precision: str = "float32", classes: int = 10
) -> tuple[Program, bool]:
    """Return a program, built once per process: see `interface.Engine.program_for`."""
    from benchmarks.engine.jax.program import program_for

    return program_for(architecture, shape, recipe, precision, classes)
