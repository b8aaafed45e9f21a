"""Architectures: one file each, and the file's name is the architecture's name.

A module here defines `build(input_shape, classes=10, ...) -> keras.Model` and is registered nowhere else. Its name has only
letters, digits and underscores, as `NAME-DATASET` names a cell. A line `IN_DEFAULT_GRID = False` leaves the architecture out
of runs that name none; a line such as `SMALLEST_SIZE = 9` says that it cannot be built for images of fewer pixels a side.
Files that begin with an underscore are shared parts. Listing the names imports neither TensorFlow nor Keras.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

__all__ = [
    "BadArchitecture",
    "TooSmall",
    "UnknownArchitecture",
    "build",
    "default_names",
    "misfit",
    "names",
    "smallest_size",
]


class UnknownArchitecture(ValueError):
    """No file of this package defines the architecture that was asked for."""


class BadArchitecture(ValueError):
    """A file of this package is not what docs/extending.md asks for; the message names it and says what to change."""


class TooSmall(ValueError):
    """The images have fewer pixels than the architecture takes."""


def names() -> tuple[str, ...]:
    """List all architectures in alphabetical order.

    Raises:
        BadArchitecture: A file's name has other characters than letters, digits and underscores.
    """
    found = sorted(path.stem for path in Path(__file__).parent.glob("[!_.]*.py"))
    if bad := [name for name in found if not name.isidentifier()]:
        raise BadArchitecture(
            f"models/{bad[0]}.py: an architecture's name has only letters, digits and _, and no digit first; rename the file"
        )
    return tuple(found)


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
        BadArchitecture: The file has no `build`, or what it returns is not a functional model with one output, (batch, classes).
        TooSmall: The images are smaller than the architecture's `SMALLEST_SIZE`.
        ValueError: The architecture refuses one of its options.
    """
    if name not in names():
        raise UnknownArchitecture(f"architecture {name!r} is unknown; choose one of: {', '.join(names())}")
    if problem := misfit(name, input_shape):
        raise TooSmall(problem)
    module = importlib.import_module(f"{__name__}.{name}")
    if not hasattr(module, "build"):
        raise BadArchitecture(f"models/{name}.py has no function build(input_shape, classes); add it")
    if seed is not None:
        _seed_generators(seed)
    model: keras.Model = module.build(input_shape, classes, **options)
    _check(name, model, classes)
    return model


def _check(name: str, model: Any, classes: int) -> None:
    """Raise BadArchitecture unless `model` has one output, (batch, classes)."""
    outputs = getattr(model, "outputs", None)  # None of a subclassed model, whose layers nobody can list
    if outputs is None:
        raise BadArchitecture(
            f"models/{name}.py: build returned {type(model).__name__}; expected keras.Model(inputs, outputs), "
            "or a Sequential that begins with keras.Input(input_shape)"
        )
    shapes = [tuple(output.shape) for output in outputs]
    if shapes != [(None, classes)]:
        raise BadArchitecture(
            f"models/{name}.py: build returned a model with the output {', '.join(map(str, shapes))}; "
            f"expected (None, {classes}): end it in layers.Dense(classes, activation='softmax')"
        )


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
