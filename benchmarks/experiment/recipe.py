"""Recipes: how one architecture is trained, as data. `benchmarks.experiment.protocols` says which recipe a cell gets."""

from __future__ import annotations

import dataclasses
import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Fitted = Literal["lsuv", "standardized"]
"""Initial weights fitted to training images: see `benchmarks.engine.networks.initialization`."""
Initialization = Literal["model", Fitted]


@dataclass(frozen=True)
class Range:
    """The values that a field may have, `low` to `high`."""

    low: float
    high: float
    below: bool = False
    """Whether `high` itself is excluded."""

    def __contains__(self, value: float) -> bool:
        return self.low <= value < self.high if self.below else self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {'less than ' if self.below else ''}{self.high:g}"


class _Checked:
    """A dataclass that refuses values other than its annotations allow with a ValueError."""

    def __post_init__(self) -> None:
        for name, allowed in _allowed(cast("Any", type(self))).items():
            if (value := getattr(self, name)) is not None and value not in allowed:
                expected = allowed if isinstance(allowed, Range) else f"one of {', '.join(allowed)}"
                raise ValueError(f"{name} is {value}; expected {expected}")


@functools.cache  # reading the annotations takes a millisecond
def _allowed(of: type) -> dict[str, Range | tuple[str, ...]]:
    """Return the range, or the words, that a field may have."""
    hints = get_type_hints(of, include_extras=True)
    ranges = {name: get_args(hint)[1] for name, hint in hints.items() if get_origin(hint) is Annotated}
    return ranges | {name: get_args(hint) for name, hint in hints.items() if get_origin(hint) is Literal}


@dataclass(frozen=True)
class Augmentation(_Checked):
    """Random changes to training images, drawn anew for every image in every epoch."""

    shift: Annotated[float, Range(0, 1)] = 0.0
    """Largest shift in each direction, as a share of the image's side, 0..1. Shifts are uniform, and rounded to whole pixels unless
    `subpixel`: 0.0625 of 32 pixels are -2, -1, 0, 1 and 2 pixels with 0.125, 0.25, 0.25, 0.25 and 0.125."""
    subpixel: bool = False
    """Shift by fractions of a pixel with bilinear interpolation; otherwise by whole pixels."""
    fill: Literal["nearest", "reflect", "constant"] = "constant"
    """What fills the border: the edge pixel, the mirrored image, or zeros."""
    mirror: bool = False
    """Mirror each image left to right with probability 1/2."""
    alternate: bool = False
    """With `mirror`: only the first epoch draws; then each image is mirrored in every other epoch (Jordan 2024, arXiv 2404.00498)."""


_LATER = ("weight_decay", "norm_bias_rate", "averaging", "norm_momentum")
"""Fields of a recipe that were added after the first pinned runs."""


@dataclass(frozen=True)
class Recipe(_Checked):
    """How one architecture is trained; a ValueError names a field whose value is not allowed."""

    optimizer: Literal["sgd", "adam", "adadelta"]
    learning_rate: Annotated[float, Range(0, 1000)]
    """The rate of a constant schedule, or the peak of a one-cycle schedule."""
    epochs: Annotated[int, Range(1, 10_000)]
    batch_size: Annotated[int, Range(1, 65_536)] = 128
    schedule: Literal["constant", "one_cycle"] = "constant"
    warmup: Annotated[float, Range(0, 1, below=True)] = 0.2
    """Share of all steps, 0..1, in which a one-cycle schedule rises linearly from 0; then it falls linearly to 0."""
    momentum: Annotated[float, Range(0, 1, below=True)] = 0.9
    """Nesterov momentum of SGD. Adam uses betas 0.9 and 0.999, Adadelta rho 0.95, both with epsilon 1e-7, as in Keras."""
    pixels: Literal["raw", "unit", "standardized"] = "standardized"
    """Leave pixels at 0..255; divide them by 255; or subtract the training set's mean and divide by its standard deviation, per channel."""
    loss: Literal["logits", "clipped"] = "logits"
    """Cross-entropy from logits, or from probabilities clipped to 1e-7..1-1e-7 as in Keras in 2018, with which a network can die."""
    weight_decay: Annotated[float, Range(0, 10)] = 0.0
    """Decoupled weight decay, as in Keras's optimizers (Loshchilov 2019, arXiv 1711.05101): before each step, every trainable weight
    shrinks by this share of itself times the learning rate."""
    label_smoothing: Annotated[float, Range(0, 1, below=True)] = 0.0
    """Share of each target, 0..1, that is spread evenly over all classes."""
    initialization: Initialization = "model"
    """The architecture's own initial weights, or weights fitted to training images, which shortens the initial plateau of a deep
    network without batch norm."""
    augmentation: Augmentation | None = None
    norm_bias_rate: Annotated[float, Range(0, 10_000)] = 1.0
    """Factor of the learning rate for the biases (beta) of batch norms."""
    averaging: Annotated[float, Range(0, 1, below=True)] = 0.0
    """Above 0: averaged weights, as in Jordan 2024 after Lookahead (Zhang 2019, arXiv 1907.08610). At every fifth step the average takes
    in the weights, keeping this share of itself times the cube of the share of all steps taken, and training goes on from it. The
    average is what the last step leaves."""
    norm_momentum: Annotated[float | None, Range(0, 1, below=True)] = None
    """Share of the old value, 0..1, that batch norm's moving averages keep at every step; None: the layers' own, 0.99 in Keras, with
    which the averages need several hundred steps to describe the network."""

    def parts(self) -> dict[str, Any]:
        """Return the fields as plain JSON values, as they are hashed and saved.

        Fields that were added later are left out at their defaults, so that earlier fingerprints stay valid.
        """
        fields = dataclasses.asdict(self)
        for name in _LATER:
            if fields[name] == getattr(Recipe, name):  # its default
                del fields[name]
        if self.augmentation is not None and not self.augmentation.alternate:
            del fields["augmentation"]["alternate"]
        return fields

    def rates(self, steps: int) -> NDArray[np.float32]:
        """Return the learning rate of each of `steps` steps, (steps,) float32."""
        import numpy as np  # here, since collecting tests reads recipes and does not need NumPy

        if self.schedule == "constant":
            return np.full(steps, self.learning_rate, np.float32)
        at = (np.arange(steps) + 1) / steps
        rising = at / self.warmup if self.warmup else np.full(steps, np.inf)
        falling = (1 + 1 / steps - at) / (1 - self.warmup)
        return np.float32(self.learning_rate) * np.minimum(np.minimum(rising, falling), 1).astype(np.float32)

    def steps(self, images: int) -> int:
        """Return the steps per epoch for this many images; the last batch may be smaller and is not dropped."""
        return math.ceil(images / self.batch_size)
