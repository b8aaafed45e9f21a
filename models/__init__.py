"""Architectures: one file each, and the file's name is the architecture's name.

A module here defines ``build(input_shape, classes=10, ...) -> keras.Model`` and nothing needs to be told of it. Files that
begin with an underscore are shared parts. Listing the names imports neither TensorFlow nor Keras.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

__all__ = ["UnknownArchitecture", "build", "names"]


class UnknownArchitecture(ValueError):
    """An architecture was asked for that no file of this package defines."""


def names() -> tuple[str, ...]:
    """All architectures, in alphabetical order."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py")))


def build(
    name: str,
    input_shape: tuple[int, int, int],
    classes: int = 10,
    *,
    seed: int | None = None,
    **options: Any,
) -> keras.Model:
    """A freshly initialized model.

    :param input_shape: height, width, channels of one image.
    :param classes: number of classes; the model ends in a softmax over them, ``(batch, classes)`` float32.
    :param seed: the same seed gives the same initial weights and the same dropout masks, bit for bit. None leaves
        Keras's global generator as it is.
    :param options: what the architecture's own ``build`` takes besides, such as ``depth`` of a ResNet.
    :raises UnknownArchitecture: with the names that exist.
    """
    if name not in names():
        raise UnknownArchitecture(f"no architecture {name!r}; there are: {', '.join(names())}")
    module = importlib.import_module(f"{__name__}.{name}")
    if seed is not None:
        import keras

        keras.utils.set_random_seed(seed)
    model: keras.Model = module.build(input_shape, classes, **options)
    return model
