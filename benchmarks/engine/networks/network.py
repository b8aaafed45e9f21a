"""The network of a program, as Keras builds it, and the weights that each seed starts from."""

from __future__ import annotations

import functools
from typing import Any, Protocol

import keras

from benchmarks.engine.interface import Floats, Normalization, Shape
from benchmarks.engine.model_size import multiply_adds
from benchmarks.engine.networks.initialization import Moments, adapt_layers, fit_initial_weights
from benchmarks.engine.networks.weights import assign, flat_weights
from benchmarks.experiment.recipe import Initialization

FIRST_SEED = 0
"""The seed of most runs; a program builds its network with it, so these initial weights are there already."""


class Build(Protocol):
    """Builds an architecture for an image shape and a number of classes, with a seed's initial weights."""

    def __call__(self, architecture: str, shape: Shape, classes: int, /, *, seed: int) -> Any: ...


class Network:
    """An architecture for one image shape and number of classes."""

    def __init__(self, architecture: str, shape: Shape, classes: int, build: Build, moments: Moments) -> None:
        """Build it.

        Args:
            architecture: A name of `models.names()`.
            shape: Height, width and channels of an image.
            classes: Number of classes.
            build: The engine's.
            moments: The engine's.
        """
        self.architecture = architecture
        self._moments = moments
        self._build = functools.partial(build, architecture, shape, classes)
        self.model = self._build(seed=FIRST_SEED)
        """As Keras has it; its weights are those of the first seed, or those fitted last."""
        self.first = flat_weights(self.model)
        """Trainable weights and moving statistics of `FIRST_SEED`, as built."""
        self._adapts = any(hasattr(layer, "adapt") for layer in self.model.layers)
        self.parameters = len(self.first[0]), len(self.first[1])
        """Numbers of trainable and non-trainable parameters."""
        self.multiply_adds = multiply_adds(self.model)
        """Those of one image's forward pass."""

    def initial_weights(
        self, seed: int, images: Any, normalization: Normalization, initialization: Initialization
    ) -> tuple[Floats, Floats]:
        """Return trainable weights and moving statistics before the first step: see `interface.Program.start`."""
        weights, moving_statistics = (
            self.first if seed == FIRST_SEED else flat_weights(self._build(seed=seed))
        )
        if initialization == "model" and not self._adapts:
            return weights, moving_statistics
        assign(self.model, weights, moving_statistics)
        scaled = keras.ops.cast(images, "float32") * normalization.scale + normalization.offset
        adapt_layers(self.model, scaled)
        if initialization != "model":
            fit_initial_weights(self.model, scaled, initialization, self._moments)
        return flat_weights(self.model)
