"""Small data and recipes for tests of the training engine. Imports no framework."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.experiment.recipe import Augmentation, Recipe

SHAPE = (8, 8, 2)

PLAIN = Recipe("sgd", 0.02, epochs=3, batch_size=16, momentum=0.8)
ADAM = replace(PLAIN, optimizer="adam", learning_rate=5e-4, label_smoothing=0.2)
STUDY = replace(PLAIN, optimizer="adadelta", learning_rate=1.0, pixels="unit", loss="clipped")
RANDOM = Recipe(
    "adam",
    3e-3,
    epochs=3,
    batch_size=16,
    schedule="one_cycle",
    augmentation=Augmentation(shift=0.13, subpixel=True, mirror=True),
)
"""All that is random at once, on the architecture `dropping`."""


@dataclass(frozen=True)
class Images:
    """A made-up data set: each class brightens its own spot, so that it can be learnt."""

    x_train: NDArray[np.uint8]
    y_train: NDArray[np.uint8]
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.uint8]

    @classmethod
    def drawn(cls, train: int = 70, test: int = 40) -> Images:
        """Draw images; 70 make four batches of 16 and one of 6."""
        rng = np.random.default_rng(7)

        def split(count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
            labels = np.arange(count, dtype=np.uint8) % 10
            images = rng.integers(0, 120, (count, *SHAPE), dtype=np.uint8)
            for image, label in zip(images, labels, strict=True):
                row, column = divmod(int(label), 4)
                image[row * 2 : row * 2 + 2, column * 2 : column * 2 + 2] += 120
            return images, labels

        return cls(*split(train), *split(test))


def as_keras(program: Any, name: str = "tiny", shape: tuple[int, int, int] = SHAPE) -> Any:
    """Return the architecture as plain Keras, with the weights of a program's current state."""
    import models
    from benchmarks.engine.networks.weights import assign

    model, state = models.build(name, shape), program.state()
    assign(model, state.weights, state.moving_statistics)
    return model


def figures(history: Sequence[Any]) -> list[tuple[float, ...]]:
    """All of a training's epochs but their seconds."""
    return [(e.loss, e.accuracy, e.val_loss, e.val_accuracy, e.constant) for e in history]
