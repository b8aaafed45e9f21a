"""Architectures: one file each, and the file's name is the architecture's name.

A module here defines `build(input_shape, classes=10, ...) -> keras.Model` and is registered nowhere else. A line
`IN_DEFAULT_GRID = False` leaves the architecture out of runs that name none; a line such as `SMALLEST_SIZE = 9` says that it
cannot be built for images of fewer pixels a side. Files that begin with an underscore are shared parts. Listing the names
imports neither TensorFlow nor Keras.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

__all__ = ["TooSmall", "UnknownArchitecture", "build", "default_names", "misfit", "names", "smallest_size"]


class UnknownArchitecture(ValueError):
    """No file of this package defines the architecture that was asked for."""


class TooSmall(ValueError):
    """The images have fewer pixels than the architecture takes."""


def names() -> tuple[str, ...]:
    """List all architectures in alphabetical order."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py")))


def default_names() -> tuple[str, ...]:
    """List the architectures of a run that names none, in alphabetical order."""
    return tuple(name for name in names() if _declared(name, "IN_DEFAULT_GRID") is not False)


def smallest_size(name: str) -> int:
    """Return the fewest pixels a side that an architecture takes; 1 where its file declares nothing."""
    declared = _declared(name, "SMALLEST_SIZE")
    return declared if isinstance(declared, int) else 1


def misfit(name: str, input_shape: tuple[int, int, int]) -> str | None:
    """Say in one sentence why an architecture cannot be built for images of this shape; None if it can."""
    height, width, _ = input_shape
    least = smallest_size(name)
    if min(height, width) >= least:
        return None
    return f"{name} takes images of {least}x{least} pixels or more, these are {height}x{width}"


def _declared(name: str, constant: str) -> object:
    """Read the value of a constant from an architecture's file, since importing it would import Keras; None where it has none."""
    try:
        body = ast.parse((Path(__file__).parent / f"{name}.py").read_bytes()).body
    except (OSError, SyntaxError, ValueError):  # building it will show what is wrong
        return None
    for line in body:
        match line:
            case (
                ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=value))
                | ast.AnnAssign(target=ast.Name(id=found), value=ast.Constant(value=value))
            ) if found == constant:
                return value
    return None


def build(
    name: str,
    input_shape: tuple[int, int, int],
    classes: int = 10,
    *,
    seed: int | None = None,
    **options: Any,
) -> keras.Model:
    """Build a newly initialized model.

    Args:
        name: One of `names()`.
        input_shape: Height, width and channels of one image.
        classes: Number of classes; the model ends in a softmax over them, (batch, classes) float32.
        seed: The same seed gives the same initial weights and the same dropout masks, bit for bit. None leaves
            Keras's global generator as it is.
        options: Further arguments of the architecture's own `build`, such as `depth` of a ResNet.

    Raises:
        UnknownArchitecture: The message lists the names that exist.
        TooSmall: The images are smaller than the architecture's `SMALLEST_SIZE`.
        ValueError: The architecture refuses one of its options.
    """
    if name not in names():
        raise UnknownArchitecture(f"architecture {name!r} is unknown; choose one of: {', '.join(names())}")
    if problem := misfit(name, input_shape):
        raise TooSmall(problem)
    module = importlib.import_module(f"{__name__}.{name}")
    if seed is not None:
        _seed_generators(seed)
    model: keras.Model = module.build(input_shape, classes, **options)
    return model


def _seed_generators(seed: int) -> None:
    """Seed the generators from which layers draw their own seeds.

    Keras's `set_random_seed` imports TensorFlow wherever it is installed, so only that backend calls it. Layers need no more of it than
    Python's and NumPy's generators.
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        keras.utils.set_random_seed(seed)
        return
    import random

    import numpy as np

    random.seed(seed)
    np.random.seed(seed)
