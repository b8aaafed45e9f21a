"""Protocols: what a run trains on, for how long, and with which recipe; and the floors it asserts.

Everything here is data. A protocol is chosen by name with ``--protocol``; recipes are looked up by architecture, and an architecture
that a protocol has no recipe for takes its ``default``.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Source = Literal["real", "synthetic"]


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
    initialization: Literal["model", "lsuv", "standardized"] = "model"
    """The architecture's own initial weights; or these, fitted to training images (see ``benchmarks.initialization``), which shortens the
    plateau at the start of a deep network without batch norm."""
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


@dataclass(frozen=True)
class Protocol:
    """A named set of recipes with a share of the data and the floors that each cell has to reach."""

    name: str
    default: Recipe
    recipes: Mapping[str, Recipe]
    """By architecture, or by ``ARCH-DATASET`` where one data set needs another recipe."""
    train: int | None = None
    """Training images; None takes the whole split."""
    test: int | None = None
    train_of: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Training images of architectures that get another share than the others."""
    floors: Mapping[Source, Mapping[str, float]] = field(default_factory=lambda: MappingProxyType({}))
    """Least top-1 accuracy on the test images (0..1), by data source and cell."""
    fallback_floor: float = 0.15
    """For cells without a floor of their own: better than chance (0.1) beyond its noise."""

    mirror_anything: bool = False
    """Mirror images also of data sets whose classes do not survive it, such as digits."""

    checkpoints: bool = False
    """Store half-finished trainings after every epoch, where a training takes longer than it costs to do so."""

    def recipe(self, architecture: str, dataset: str, *, mirrorable: bool) -> Recipe:
        """The recipe of one cell.

        :param mirrorable: an image of the data set, mirrored left to right, is still one of its class.
        """
        own = self.recipes.get(f"{architecture}-{dataset}", self.recipes.get(architecture, self.default))
        if own.augmentation is None or mirrorable or self.mirror_anything:
            return own
        return dataclasses.replace(own, augmentation=dataclasses.replace(own.augmentation, mirror=False))

    def images(self, architecture: str) -> int | None:
        """Training images of one architecture's cells; None for all."""
        return self.train_of.get(architecture, self.train)

    def floor(self, architecture: str, dataset: str, source: Source) -> float:
        """The accuracy that one training of this cell must reach."""
        return self.floors.get(source, {}).get(f"{architecture}-{dataset}", self.fallback_floor)


_STUDY_PLAIN = Recipe("adadelta", 1.0, epochs=10, pixels="raw", loss="clipped")
_STUDY_RESNET = Recipe(
    "adam",
    1e-3,
    epochs=10,
    pixels="raw",
    loss="clipped",
    augmentation=Augmentation(shift=0.1, subpixel=True, fill="nearest", mirror=True),
)

_CROPS = Augmentation(shift=0.125, fill="constant", mirror=True)

_QUICK_SQUEEZENET = Recipe("adam", 6e-4, epochs=3, batch_size=16, schedule="one_cycle", initialization="lsuv")

_QUICK_FLOORS: Mapping[Source, Mapping[str, float]] = {
    # Mean of five seeds (0..4, TensorFlow 2.21.0, AMD Zen 3) less 0.03 or four deviations, whichever is more. The other cells have
    # not been run with five seeds yet: they have to beat chance.
    "real": {"lenet-mnist": 0.90, "lenet-fashion_mnist": 0.82, "lenet-cifar10": 0.42},
    "synthetic": {
        "lenet-mnist": 0.87,
        "lenet-fashion_mnist": 0.84,
        "lenet-cifar10": 0.48,
        "lenet-svhn": 0.88,
    },
}

PROTOCOLS: Mapping[str, Protocol] = {
    "quick": Protocol(
        "quick",
        default=Recipe("adam", 1e-3, epochs=2, batch_size=16, schedule="one_cycle"),
        recipes={
            "lenet": Recipe("adam", 2e-3, epochs=10, batch_size=32, schedule="one_cycle"),
            "vgg": Recipe(
                "adam", 2e-3, epochs=2, batch_size=32, schedule="one_cycle", initialization="standardized"
            ),
            "resnet20v1": Recipe("adam", 4e-3, epochs=2, batch_size=16, schedule="one_cycle"),
            "resnet20v2": Recipe("adam", 4e-3, epochs=2, batch_size=16, schedule="one_cycle"),
            # It leaves its plateau after 100 to 300 steps.
            "squeezenet": _QUICK_SQUEEZENET,
            "squeezenet-fashion_mnist": dataclasses.replace(_QUICK_SQUEEZENET, epochs=2),
            "squeezenet-cifar10": dataclasses.replace(
                _QUICK_SQUEEZENET, learning_rate=3e-4, initialization="standardized"
            ),
        },
        train=2_000,
        test=1_000,
        floors=_QUICK_FLOORS,
    ),
    "study": Protocol(
        "study",
        default=_STUDY_PLAIN,
        recipes={"resnet20v1": _STUDY_RESNET, "resnet20v2": _STUDY_RESNET},
        mirror_anything=True,
        checkpoints=True,
    ),
    "tuned": Protocol(
        "tuned",
        default=Recipe("sgd", 0.05, epochs=10, schedule="one_cycle", augmentation=_CROPS),
        recipes={
            "lenet": Recipe("adam", 2e-3, epochs=10, schedule="one_cycle"),
            "vgg": Recipe("adam", 1e-3, epochs=10, schedule="one_cycle", augmentation=_CROPS),
            "resnet20v1": Recipe("sgd", 0.2, epochs=10, schedule="one_cycle", augmentation=_CROPS),
            "resnet20v2": Recipe("sgd", 0.2, epochs=10, schedule="one_cycle", augmentation=_CROPS),
            "squeezenet": Recipe("adam", 1e-3, epochs=10, schedule="one_cycle"),
        },
        checkpoints=True,
    ),
}
"""By the name that ``--protocol`` takes."""
