"""Protocols: what a run trains on, for how long, and with which recipe; and the floors it asserts.

Everything here is data. A protocol is chosen by name with ``--protocol``; recipes are looked up by architecture, and an architecture
that a protocol has no recipe for takes its ``default``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from benchmarks.experiment.floors import FLOORS, LEAST, Source
from benchmarks.experiment.recipe import Augmentation, Recipe


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
    fallback_floor: float = LEAST
    """For cells without a floor of their own."""

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

_CROPS = Augmentation(shift=0.0625, fill="constant", mirror=True)
_SHIFTED_DIGITS = Augmentation(shift=1 / 14)

_QUICK_SQUEEZENET = Recipe("adam", 6e-4, epochs=2, batch_size=8, schedule="one_cycle", initialization="lsuv")

# Chosen on held-out training images, the last one for resnet20v1: docs/tuning.md.
_TUNED_LENET = Recipe("adam", 4e-3, epochs=10, schedule="one_cycle", augmentation=Augmentation(mirror=True))
_TUNED_VGG = Recipe(
    "adam", 1e-3, epochs=10, batch_size=64, schedule="one_cycle", augmentation=Augmentation(mirror=True)
)
_TUNED_SQUEEZENET = Recipe(
    "adam", 1e-3, epochs=10, batch_size=32, schedule="one_cycle", initialization="lsuv",
    augmentation=Augmentation(mirror=True),
)  # fmt: skip
_TUNED_RESNET = Recipe("sgd", 0.1, epochs=10, batch_size=64, schedule="one_cycle", augmentation=_CROPS)

PROTOCOLS: Mapping[str, Protocol] = {
    "quick": Protocol(
        "quick",
        default=Recipe("adam", 1e-3, epochs=2, batch_size=16, schedule="one_cycle"),
        recipes={
            "lenet": Recipe("adam", 2e-3, epochs=10, batch_size=32, schedule="one_cycle"),
            "vgg": Recipe(
                "adam", 2e-3, epochs=2, batch_size=32, schedule="one_cycle", initialization="standardized"
            ),
            "resnet20v1": Recipe("adam", 3e-3, epochs=2, batch_size=8, schedule="one_cycle", warmup=0.1),
            "resnet20v2": Recipe("adam", 3e-3, epochs=2, batch_size=8, schedule="one_cycle", warmup=0.1),
            # It leaves its plateau after 100 to 300 steps.
            "squeezenet": _QUICK_SQUEEZENET,
            "squeezenet-mnist": dataclasses.replace(_QUICK_SQUEEZENET, epochs=3),
            "squeezenet-cifar10": dataclasses.replace(
                _QUICK_SQUEEZENET, learning_rate=3e-4, initialization="standardized"
            ),
        },
        train=2_000,
        test=1_000,
        train_of={"resnet20v1": 1_500, "resnet20v2": 1_500, "squeezenet": 1_600},
        floors=FLOORS["quick"],
    ),
    "study": Protocol(
        "study",
        default=_STUDY_PLAIN,
        recipes={"resnet20v1": _STUDY_RESNET, "resnet20v2": _STUDY_RESNET},
        mirror_anything=True,
        checkpoints=True,
        floors=FLOORS["study"],
    ),
    "tuned": Protocol(
        "tuned",
        default=Recipe("sgd", 0.05, epochs=10, schedule="one_cycle", augmentation=_CROPS),
        recipes={
            "lenet": _TUNED_LENET,
            "lenet-mnist": dataclasses.replace(_TUNED_LENET, augmentation=_SHIFTED_DIGITS),
            "vgg": _TUNED_VGG,
            "vgg-mnist": dataclasses.replace(_TUNED_VGG, augmentation=_SHIFTED_DIGITS),
            "resnet20v1": _TUNED_RESNET,
            "resnet20v2": _TUNED_RESNET,
            "squeezenet": _TUNED_SQUEEZENET,
            "squeezenet-mnist": dataclasses.replace(_TUNED_SQUEEZENET, augmentation=_SHIFTED_DIGITS),
        },
        checkpoints=True,
        floors=FLOORS["tuned"],
    ),
}
"""By the name that ``--protocol`` takes."""
