"""Recipes: how one architecture is trained, as data. Which recipe a cell gets stands in ``benchmarks.experiment.protocols``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Fitted = Literal["lsuv", "standardized"]
"""Initial weights fitted to training images: see ``benchmarks.engine.tensorflow.initialization``."""
Initialization = Literal["model", Fitted]


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training images, drawn anew for every image in every epoch."""

    shift: float = 0.0
    """Largest shift up, down, left and right, as a share of the side (0..1)."""
    subpixel: bool = False
    """Shift by fractions of a pixel with bilinear interpolation, or by whole pixels."""
    fill: Literal["nearest", "reflect", "constant"] = "constant"
    """What comes in at the border: the edge pixel, the mirrored image, or zeros."""
    mirror: bool = False
    """Mirror every second image left to right."""


@dataclass(frozen=True)
class Recipe:
    """How one architecture is trained."""

    optimizer: Literal["sgd", "adam", "adadelta"]
    learning_rate: float
    """Of a constant schedule; the peak of a one-cycle schedule."""
    epochs: int
    batch_size: int = 128
    schedule: Literal["constant", "one_cycle"] = "constant"
    warmup: float = 0.2
    """Share of all steps in which a one-cycle schedule rises linearly from 0; it then falls linearly to 0."""
    momentum: float = 0.9
    """Of SGD (Nesterov); Adam's betas are 0.9 and 0.999, Adadelta's rho 0.95, both with epsilon 1e-7, as in Keras."""
    pixels: Literal["raw", "unit", "standardized"] = "standardized"
    """0..255 as they are; divided by 255; or less the training set's mean, by its standard deviation, a channel."""
    loss: Literal["logits", "clipped"] = "logits"
    """Cross-entropy from logits, or from probabilities clipped to 1e-7..1-1e-7 as the Keras of 2018 did, which lets a network die."""
    label_smoothing: float = 0.0
    initialization: Initialization = "model"
    """The architecture's own initial weights; or these, fitted to training images, which shortens
    the plateau at the start of a deep network without batch norm."""
    augmentation: Augmentation | None = None

    def rates(self, steps: int) -> NDArray[np.float32]:
        """The learning rate at each of ``steps`` steps, (steps,) float32."""
        if self.schedule == "constant":
            return np.full(steps, self.learning_rate, np.float32)
        at = (np.arange(steps) + 1) / steps
        rising = at / self.warmup if self.warmup else np.full(steps, np.inf)
        falling = (1 + 1 / steps - at) / (1 - self.warmup)
        return np.float32(self.learning_rate) * np.minimum(np.minimum(rising, falling), 1).astype(np.float32)

    def steps(self, images: int) -> int:
        """Steps an epoch: the last batch may be smaller, none is dropped."""
        return math.ceil(images / self.batch_size)
