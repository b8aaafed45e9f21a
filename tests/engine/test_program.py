"""TensorFlow's programs: their states, what they share, and results that are equal bit by bit."""

import gc
import weakref
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import models
from benchmarks.engine.interface import Normalization
from benchmarks.engine.loop import Checkpoint
from tests.support.tiny_data import ADAM, PLAIN, RANDOM, SHAPE, STUDY, Images, as_keras, figures


def test_a_seeds_first_weights_are_the_models_own(program: Any, first: Any) -> None:
    fast = program(PLAIN)
    fast.load(first(PLAIN, seed=11))
    for got, expected in zip(
        as_keras(fast).weights, models.build("tiny", SHAPE, seed=11).weights, strict=True
    ):
        np.testing.assert_array_equal(got, expected)


def test_a_program_carries_nothing_from_one_training_to_the_next(train: Any) -> None:
    first, other, again = (train(RANDOM, seed, name="dropping") for seed in (5, 6, 5))
    assert again.weights_sha256 == first.weights_sha256
    assert figures(again.history) == figures(first.history)
    np.testing.assert_array_equal(again.outputs.predictions, first.outputs.predictions)
    assert other.weights_sha256 != first.weights_sha256


def test_a_program_of_its_own_gives_the_same_bits(data: Images, train: Any) -> None:
    from benchmarks.engine import loop
    from benchmarks.engine.tensorflow.data import to_device
    from benchmarks.engine.tensorflow.program import Program

    own = Program("dropping", SHAPE, RANDOM)
    alone = loop.train(own, to_device(data, RANDOM.pixels), RANDOM, 5)
    assert alone.weights_sha256 == train(RANDOM, 5, name="dropping").weights_sha256


def test_a_resumed_training_ends_as_the_uninterrupted_one(train: Any) -> None:
    kept: list[Checkpoint] = []
    whole = train(RANDOM, 5, name="dropping", save_checkpoint=kept.append)
    assert [len(checkpoint.history) for checkpoint in kept] == [1, 2]
    train(RANDOM, 6, name="dropping")  # something else in between
    for checkpoint in kept:
        rest = train(RANDOM, 5, name="dropping", checkpoint=checkpoint)
        assert rest.weights_sha256 == whole.weights_sha256
        assert figures(rest.history) == figures(whole.history)
        assert rest.history[: len(checkpoint.history)] == checkpoint.history


def test_a_network_keeps_initial_weights_of_its_first_seed_alone(engine: ModuleType) -> None:
    from benchmarks.engine.networks.network import Network
    from benchmarks.engine.tensorflow.program import moments

    network = Network("linear", SHAPE, 10, models.build, moments)
    images = np.zeros((1, *SHAPE), np.uint8)
    weights, _ = network.initial_weights(3, images, Normalization.of("unit", images), "model")
    drawn = weakref.ref(weights)
    del weights
    gc.collect()
    assert drawn() is None


def test_recipes_share_a_program_where_the_graph_is_the_same(architectures: None) -> None:
    from benchmarks.engine.tensorflow.program import program_for

    first, _ = program_for("tiny", SHAPE, PLAIN)
    same = replace(PLAIN, learning_rate=1.0, epochs=9, schedule="one_cycle", warmup=0.5, pixels="raw")
    same = replace(same, initialization="lsuv")
    assert program_for("tiny", SHAPE, same) == (first, False)
    for other in (ADAM, STUDY):
        assert program_for("tiny", SHAPE, other)[0] is not first


def test_a_state_of_another_network_is_refused(program: Any, first: Any) -> None:
    fast = program(PLAIN)
    with pytest.raises(ValueError, match=r"9,746 weights and 2 optimizer vectors .*tiny"):
        fast.load(first(RANDOM, name="dropping"))
    with pytest.raises(ValueError, match=r"2 optimizer vectors .*tiny"):
        fast.load(first(ADAM))
