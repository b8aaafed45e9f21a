"""What the programs of all engines have in common: the network, its size, its initial weights, and which states fit it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from benchmarks.engine.interface import Normalization, TrainState
from benchmarks.engine.networks.layout import Layout
from benchmarks.engine.networks.network import Network
from benchmarks.engine.networks.states import StateSizes
from benchmarks.experiment.recipe import Initialization, Recipe


class NetworkProgram(ABC):
    """The part of an `interface.Program` that needs no framework but Keras."""

    def __init__(self, network: Network, recipe: Recipe, layout: Layout) -> None:
        """Keep the network.

        Args:
            network: The network to train.
            recipe: Names the optimizer.
            layout: That of the network in the form that is trained.
        """
        self._network = network
        self.parameters, self.multiply_adds = network.parameters, network.multiply_adds
        self._sizes = StateSizes.of(network.parameters, recipe, layout)

    def start(
        self, seed: int, images: Any, normalization: Normalization, initialization: Initialization = "model"
    ) -> TrainState:
        """Return the state before the first step: see `interface.Program.start`."""
        weights = self._network.initial_weights(seed, images, normalization, initialization)
        return self._sizes.first(seed, *weights)

    def load(self, state: TrainState) -> None:
        """Continue from this state.

        Raises:
            ValueError: The state is another architecture's or optimizer's.
        """
        if not self.fits(state):
            raise ValueError(
                f"a state of {state.weights.size:,} weights and {len(state.optimizer_state)} optimizer vectors does not fit"
                f" {self._network.architecture}, which has {self._sizes.parameters:,} and {self._sizes.vectors}"
            )
        self._put(state)

    def fits(self, state: TrainState) -> bool:
        """Whether a state's arrays have the shapes of this program's."""
        return self._sizes.fits(state)

    @abstractmethod
    def _put(self, state: TrainState) -> None:
        """Continue from a state that fits."""
