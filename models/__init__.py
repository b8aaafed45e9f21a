"""Architectures: one file each, and the file's name is the architecture's name.

A module here defines `build(input_shape, classes=10, ...) -> keras.Model` and is registered nowhere else. A line
`IN_DEFAULT_GRID = False` leaves the architecture out of runs that name none. Files that begin with an underscore are
shared parts. Listing the names imports neither TensorFlow nor Keras.
"""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

__all__ = ["UnknownArchitecture", "build", "default_names", "names"]

_LEFT_OUT = "IN_DEFAULT_GRID = False"


class UnknownArchitecture(ValueError):
    """No file of this package defines the architecture that was asked for."""


def names() -> tuple[str, ...]:
    """List all architectures in alphabetical order."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py")))


def default_names() -> tuple[str, ...]:
    """List the architectures of a run that names none, in alphabetical order."""
    return tuple(name for name in names() if not _left_out(Path(__file__).parent / f"{name}.py"))


def _left_out(path: Path) -> bool:
    """Whether a file has the line that leaves it out, outside of its functions; read, as importing it would import Keras."""
    try:
        body = ast.parse(path.read_bytes()).body
    except (OSError, SyntaxError, ValueError):  # what is wrong with it shows when it is built
        return False
    return any(isinstance(line, ast.Assign) and ast.unparse(line) == _LEFT_OUT for line in body)


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
        options: What the architecture's own `build` takes besides, such as `depth` of a ResNet.

    Raises:
        UnknownArchitecture: The message lists the names that exist.
    """
    if name not in names():
        raise UnknownArchitecture(f"architecture {name!r} is unknown; choose one of: {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    if seed is not None:
        _seed_generators(seed)
    model: keras.Model = module.build(input_shape, classes, **options)
    return model


def _seed_generators(seed: int) -> None:
    """Seed what layers draw their own seeds from.

    Keras's `set_random_seed` imports TensorFlow wherever it is installed, so it is left to that backend; of what it does, layers need no
    more than Python's and NumPy's generators.
    """
    import keras

    if keras.backend.backend() == "tensorflow":
        keras.utils.set_random_seed(seed)
        return
    import random

    import numpy as np

    random.seed(seed)
    np.random.seed(seed)
