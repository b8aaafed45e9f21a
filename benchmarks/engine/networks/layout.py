"""Where a network's variables lie in the flat vectors of a training's state."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras


class Layout:
    """The variables of one network: trainable weights in one vector, moving statistics in another, and the generators of dropout."""

    def __init__(self, network: keras.Model) -> None:
        """Read the network's variables; their values are not used."""
        self.trainable = [tuple(v.shape) for v in network.trainable_variables]
        """Shapes of the trainable weights."""
        self._is_moving = [v.dtype == "float32" for v in network.non_trainable_variables]
        non_trainable = zip(network.non_trainable_variables, self._is_moving, strict=True)
        self.moving = [tuple(v.shape) for v, is_moving in non_trainable if is_moving]
        """Shapes of the moving statistics, frozen kernels among them."""
        self.moving_size = sum(math.prod(shape) for shape in self.moving)
        self.generators = len(self._is_moving) - len(self.moving)
        """How many generators there are, each with a state of two integers."""

    def non_trainable(self, moving: Sequence[Any], generators: Sequence[Any]) -> list[Any]:
        """Return the values of the non-trainable variables, in the network's order."""
        of_moving, of_generators = iter(moving), iter(generators)
        return [next(of_moving if is_moving else of_generators) for is_moving in self._is_moving]

    def split(self, non_trainable: Sequence[Any], flat: Callable[[Any], Any]) -> tuple[list[Any], list[Any]]:
        """Return moving statistics, each flattened by `flat`, and states of generators: the reverse of `non_trainable`."""
        values = list(zip(non_trainable, self._is_moving, strict=True))
        return [flat(value) for value, is_moving in values if is_moving], [
            v for v, is_moving in values if not is_moving
        ]
