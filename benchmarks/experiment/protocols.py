"""Protocols: how much data a run trains on, and with which recipes.

`--protocol` chooses one by name. Recipes are looked up by cell, then by architecture; architectures without a recipe use the protocol's
`default`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from benchmarks.experiment.cell import Cell
from benchmarks.experiment.recipe import Augmentation, Recipe


@dataclass(frozen=True)
class Protocol:
    """A named set of recipes, with the share of the data to use."""

    name: str
    default: Recipe
    recipes: Mapping[str, Recipe]
    """By architecture, or by `ARCH-DATASET` if one data set needs a different recipe."""
    train: int | None = None
    """Number of training images; None uses the whole split."""
    test: int | None = None
    """Number of test images; None uses the whole split."""
    train_of: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Number of training images for architectures that differ from `train`."""
    max_drop: float = 0.5
    """The smallest drop of a cell's accuracy that counts for the gate, in percentage points: what the protocol can see."""

    mirror_anything: bool = False
    """Also mirror images whose class changes when mirrored, such as digits."""

    checkpoints: bool = False
    """Store a checkpoint after every epoch: worthwhile for long trainings."""

    def recipe(self, cell: Cell) -> Recipe:
        """Return the recipe of one cell, which mirrors no images that would then be of another class."""
        import datasets

        own = self.recipes.get(cell.id, self.recipes.get(cell.architecture, self.default))
        if own.augmentation is None or self.mirror_anything or datasets.spec(cell.dataset).mirrorable:
            return own
        return dataclasses.replace(own, augmentation=dataclasses.replace(own.augmentation, mirror=False))

    def images(self, architecture: str) -> int | None:
        """Return the number of training images for an architecture's cells; None means all."""
        return self.train_of.get(architecture, self.train)


_STUDY_PLAIN = Recipe("adadelta", 1.0, epochs=10, pixels="raw", loss="clipped")
_STUDY_RESNET = Recipe(
    "adam",
    1e-3,
    epochs=10,
    pixels="raw",
    loss="clipped",
    augmentation=Augmentation(shift=0.1, subpixel=True, fill="nearest", mirror=True),
)

# At 32 pixels as random crops of images padded by two, but the largest shifts are half as likely: see `Augmentation.shift`.
_CROPS = Augmentation(shift=0.0625, fill="constant", mirror=True)
_SHIFTED_DIGITS = Augmentation(shift=1 / 14)

_QUICK_SQUEEZENET = Recipe("adam", 6e-4, epochs=2, batch_size=8, schedule="one_cycle", initialization="lsuv")

# Chosen on held-out training images (docs/tuning.md); _TUNED_RESNET on those of resnet20v1.
_TUNED_LENET = Recipe("adam", 4e-3, epochs=10, schedule="one_cycle", augmentation=Augmentation(mirror=True))
_TUNED_LENET_CIFAR10 = Recipe(
    "sgd", 0.1, epochs=10, schedule="one_cycle", warmup=0.3, weight_decay=5e-3, label_smoothing=0.1, augmentation=_CROPS
)  # fmt: skip
_TUNED_VGG = Recipe(
    "adam", 1e-3, epochs=10, batch_size=64, schedule="one_cycle", augmentation=Augmentation(mirror=True)
)
_TUNED_SQUEEZENET = Recipe(
    "adam", 1e-3, epochs=10, batch_size=32, schedule="one_cycle", initialization="lsuv",
    augmentation=Augmentation(mirror=True),
)  # fmt: skip
# Searched a little; cifarnet follows a published recipe (docs/tuning.md), with the largest shifts half as likely: see `_CROPS`.
_TUNED_CIFARNET = Recipe(
    "sgd", 0.75, epochs=10, batch_size=512, schedule="one_cycle", warmup=0.23, momentum=0.85, label_smoothing=0.2,
    augmentation=Augmentation(shift=0.0625, fill="reflect", mirror=True, alternate=True), norm_bias_rate=64.0,
)  # fmt: skip
_TUNED_CCT = Recipe(
    "adam", 1e-3, epochs=10, batch_size=64, schedule="one_cycle", label_smoothing=0.1, augmentation=_CROPS
)
_TUNED_LINEAR = Recipe("adam", 2e-3, epochs=10, schedule="one_cycle")
_TUNED_ALEXNET = Recipe(
    "adam", 5e-4, epochs=10, batch_size=64, schedule="one_cycle", augmentation=Augmentation(mirror=True)
)
_TUNED_RESNET = Recipe("sgd", 0.1, epochs=10, batch_size=64, schedule="one_cycle", augmentation=_CROPS)

PROTOCOLS: Mapping[str, Protocol] = {
    "quick": Protocol(
        "quick",
        default=Recipe("adam", 1e-3, epochs=2, batch_size=16, schedule="one_cycle"),
        recipes={
            "lenet": Recipe("adam", 2e-3, epochs=10, batch_size=32, schedule="one_cycle"),
            "linear": Recipe("adam", 2e-3, epochs=10, batch_size=32, schedule="one_cycle"),
            "alexnet": Recipe("adam", 3e-4, epochs=2, batch_size=32, schedule="one_cycle"),
            "cct": Recipe("adam", 1e-3, epochs=4, batch_size=16, schedule="one_cycle"),
            "mobilenetv2": Recipe("adam", 3e-3, epochs=2, batch_size=8, schedule="one_cycle"),
            "cifarnet": Recipe("adam", 1e-3, epochs=2, batch_size=16, schedule="one_cycle"),
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
        max_drop=1.0,
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
            "lenet": _TUNED_LENET,
            "lenet-mnist": dataclasses.replace(_TUNED_LENET, augmentation=_SHIFTED_DIGITS),
            "lenet-cifar10": _TUNED_LENET_CIFAR10,
            "vgg": _TUNED_VGG,
            "vgg-mnist": dataclasses.replace(_TUNED_VGG, augmentation=_SHIFTED_DIGITS),
            "resnet20v1": _TUNED_RESNET,
            "resnet20v2": _TUNED_RESNET,
            "squeezenet": _TUNED_SQUEEZENET,
            "squeezenet-mnist": dataclasses.replace(_TUNED_SQUEEZENET, augmentation=_SHIFTED_DIGITS),
            "cifarnet": _TUNED_CIFARNET,
            "mobilenetv2": _TUNED_RESNET,
            "cct": _TUNED_CCT,
            "alexnet": _TUNED_ALEXNET,
            "alexnet-mnist": dataclasses.replace(_TUNED_ALEXNET, augmentation=_SHIFTED_DIGITS),
            "linear": _TUNED_LINEAR,
            "linear-cifar10": dataclasses.replace(_TUNED_LINEAR, augmentation=Augmentation(mirror=True)),
        },
        checkpoints=True,
    ),
}
"""Protocols by the name that `--protocol` takes."""


def max_drop(names: Iterable[str]) -> float:
    """Return the smallest drop that counts where cells of these protocols are compared: the least of theirs, in points.

    Args:
        names: As saved runs hold them; a protocol that is not known has the default.
    """
    return min(
        (PROTOCOLS[name].max_drop if name in PROTOCOLS else Protocol.max_drop for name in names),
        default=Protocol.max_drop,
    )
