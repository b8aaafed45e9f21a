"""What the state of a training looks like for one network and optimizer: a seed's first, and which stored ones fit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.engine.interface import Floats, TrainState
from benchmarks.engine.networks.layout import Layout
from benchmarks.experiment.recipe import Recipe

VECTORS = {"sgd": 1, "adam": 2, "adadelta": 2}
"""How many vectors each optimizer keeps beside the weights."""

AVERAGED_STEPS = 5
"""Averaged weights take in the current ones every so many steps (Zhang 2019, Jordan 2024)."""


def vectors(recipe: Recipe) -> int:
    """Return how many vectors a recipe keeps beside the weights: its optimizer's, then the averaged weights if it averages."""
    return VECTORS[recipe.optimizer] + (recipe.averaging > 0)


class StateSizes(NamedTuple):
    """The sizes of a state's arrays."""

    parameters: int
    """Trainable parameters."""
    moving_statistics: int
    vectors: int
    """Vectors of the optimizer and the average, each with one number per trainable parameter."""
    generators: int
    """Generators of dropout."""
    averages: bool
    """Whether the last vector holds averaged weights."""

    @classmethod
    def of(cls, parameters: tuple[int, int], recipe: Recipe, layout: Layout) -> StateSizes:
        """Return the sizes for a network's trainable and non-trainable parameters, and a recipe's optimizer."""
        return cls(*parameters, vectors(recipe), layout.generators, recipe.averaging > 0)

    def first(self, seed: int, weights: Floats, moving_statistics: Floats) -> TrainState:
        """Return the state before a seed's first step: these weights, a zeroed optimizer, and the seed's own generators."""
        words = np.random.SeedSequence([seed, 1]).generate_state(2 * self.generators)
        rng_state = words.reshape(self.generators, 2).astype(np.int64)
        kept = np.zeros((self.vectors, self.parameters), np.float32)
        if self.averages:
            kept[-1] = weights
        return TrainState(weights, kept, moving_statistics, rng_state, 0)

    def fits(self, state: TrainState) -> bool:
        """Whether a state has these sizes."""
        return (
            state.weights.shape == (self.parameters,)
            and state.optimizer_state.shape == (self.vectors, self.parameters)
            and state.moving_statistics.shape == (self.moving_statistics,)
            and state.rng_state.shape == (self.generators, 2)
        )
