"""Recipes: how one architecture is trained, as data. Which recipe a cell gets stands in `benchmarks.experiment.protocols`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Fitted = Literal["lsuv", "standardized"]
"""Initial weights fitted to training images: see `benchmarks.engine.tensorflow.initialization`."""
Initialization = Literal["model", Fitted]


@dataclass(frozen=True)
class Augmentation:
    """Random changes to training images, drawn independently for every image in every epoch."""

    shift: float = 0.0
    """Largest shift in each direction, as a share of the image's side (0..1)."""
    subpixel: bool = False
    """Shift by fractions of a pixel with bilinear interpolation; otherwise by whole pixels."""
    fill: Literal["nearest", "reflect", "constant"] = "constant"
    """What fills the border: the edge pixel, the mirrored image, or zeros."""
    mirror: bool = False
    """Mirror each image left to right with probability 1/2."""


@dataclass(frozen=True)
class Recipe:
    """How one architecture is trained."""

    optimizer: Literal["sgd", "adam", "adadelta"]
    learning_rate: float
    """The rate of a constant schedule, or the peak of a one-cycle schedule."""
    epochs: int
    batch_size: int = 128
    schedule: Literal["constant", "one_cycle"] = "constant"
    warmup: float = 0.2
    """Share of all steps (0..1) in which a one-cycle schedule rises linearly from 0; then it falls linearly to 0."""
    momentum: float = 0.9
    """Nesterov momentum of SGD. Adam uses betas 0.9 and 0.999, Adadelta rho 0.95, both with epsilon 1e-7, as in Keras."""
    pixels: Literal["raw", "unit", "standardized"] = "standardized"
    """Leave pixels at 0..255; divide them by 255; or subtract the training set's mean and divide by its standard deviation, per channel."""
    loss: Literal["logits", "clipped"] = "logits"
    """Cross-entropy from logits, or from probabilities clipped to 1e-7..1-1e-7 as in the Keras of 2018, with which a network can die."""
    label_smoothing: float = 0.0
    initialization: Initialization = "model"
    """The architecture's own initial weights, or weights fitted to training images, which shortens the initial plateau of a deep
    network without batch norm."""
    augmentation: Augmentation | None = None

    def rates(self, steps: int) -> NDArray[np.float32]:
        """Return the learning rate of each of `steps` steps, (steps,) float32."""
        import numpy as np  # here, since collection reads recipes and needs none of it

        if self.schedule == "constant":
            return np.full(steps, self.learning_rate, np.float32)
        at = (np.arange(steps) + 1) / steps
        rising = at / self.warmup if self.warmup else np.full(steps, np.inf)
        falling = (1 + 1 / steps - at) / (1 - self.warmup)
        return np.float32(self.learning_rate) * np.minimum(np.minimum(rising, falling), 1).astype(np.float32)

    def steps(self, images: int) -> int:
        """Return the steps per epoch for this many images; the last batch may be smaller, none is dropped."""
        return math.ceil(images / self.batch_size)
