"""Small trainings on TensorFlow that several files look at."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from benchmarks.engine.interface import Normalization
from benchmarks.engine.loop import INITIAL_IMAGES
from benchmarks.experiment.recipe import Recipe
from tests.support.tiny_data import SHAPE, Images


@pytest.fixture(scope="module")
def architectures(engine: ModuleType) -> Iterator[None]:
    with (
        engine.registered("tiny", engine.tiny),
        engine.registered("dropping", engine.dropping),
        engine.registered("saturating", engine.saturating),
        engine.registered("operating", engine.operating),
    ):
        yield


@pytest.fixture(scope="session")
def data() -> Images:
    """70 training images: four batches of 16 and one of 6."""
    return Images.drawn()


@pytest.fixture
def train(architectures: None, data: Images) -> Any:
    """Train with this recipe; the program is shared with all tests that can."""
    from benchmarks.engine import loop
    from benchmarks.engine.backend import load_engine

    tensorflow = load_engine("tensorflow")

    def call(recipe: Recipe, seed: int = 0, *, on: Any = data, name: str = "tiny", **rest: Any) -> Any:
        program, _ = tensorflow.program_for(name, SHAPE, recipe)
        return loop.train(program, tensorflow.to_device(on, recipe.pixels), recipe, seed, **rest)

    return call


@pytest.fixture
def program(architectures: None) -> Any:
    """The shared program of a recipe."""
    from benchmarks.engine.tensorflow.program import program_for

    return lambda recipe, name="tiny": program_for(name, SHAPE, recipe)[0]


@pytest.fixture
def first(data: Images, program: Any) -> Any:
    """The state before a training's first step."""

    def call(recipe: Recipe, seed: int = 0, name: str = "tiny") -> Any:
        images = data.x_train[:INITIAL_IMAGES]
        normalization = Normalization.of(recipe.pixels, data.x_train)
        network = program(recipe, name)
        network.load(network.start(seed, images, normalization, recipe.initialization))
        return network.state()

    return call
