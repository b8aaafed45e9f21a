"""TensorFlow as the engine starts it: quiet about what no user can act on, and with room for others on a GPU."""

import os
from types import ModuleType

import pytest


def test_retracing_is_not_warned_of_but_everything_else_is(
    tf: ModuleType, caplog: pytest.LogCaptureFixture
) -> None:
    traced = tf.function(lambda number: number, autograph=False)
    with caplog.at_level("WARNING", "tensorflow"):
        for number in range(6):  # a trace for each; TensorFlow warns from the fifth on
            traced(number)
        tf.get_logger().warning("something else")
    assert caplog.messages == ["something else"]


def test_a_training_on_tensorflow_leaves_room_on_a_gpu(engine: ModuleType) -> None:
    """Several processes of one machine share its card."""
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
