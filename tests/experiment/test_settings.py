"""What was typed, as settings."""

from typing import Any

import pytest

from benchmarks.experiment.settings import Settings


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            {"datasets": "mnist,minst"},
            "--dataset minst: unknown; did you mean mnist\\? Expected one of .*cifar10.*mnist.*svhn",
        ),
        ({"datasets": ""}, "--dataset : unknown"),
        ({"architectures": "_blocks"}, "--arch _blocks: unknown"),
        (
            {"precision": "float16"},
            "--precision float16: unknown; did you mean float32\\? Expected one of float32, mixed_bfloat16",
        ),
        ({"backend": "pytorch"}, "--backend pytorch: unknown; expected one of tensorflow, jax"),
        ({"backend": "jax", "keras_backend": "tensorflow"}, "--backend jax: KERAS_BACKEND is 'tensorflow'"),
        ({"seeds": 0}, "--seeds 0: expected 1 to 1000"),
        ({"seeds": 1001}, "--seeds 1001: expected 1 to 1000"),
        (
            {"changes": ["augmentation.shift=0.1", "augmentation=none"]},
            "--set augmentation=none and --set augmentation.shift=0.1 contradict each other; leave one",
        ),
        ({"changes": ["epochs=1", "epochs=2"]}, "--set epochs: given 2 times; say each field once"),
        ({"first_seed": -1}, "--seed -1: expected a whole number from 0"),
        ({"first_seed": 2**31 - 1}, "--seed 2147483647: expected a whole number from 0 to 2147483646"),
    ],
)
def test_what_cannot_be_is_refused(typed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(**typed)


def parse(**typed: Any) -> Settings:
    given: dict[str, Any] = {
        "protocol": "quick", "architectures": None, "datasets": None, "first_seed": 0, "seeds": 1,
        "data": "auto", "data_dir": None, "accept_copies": False, "precision": "float32",
    }  # fmt: skip
    return Settings.parse(**given | typed)


def test_the_environment_names_the_backend_where_the_option_does_not() -> None:
    assert parse().backend == "tensorflow"
    assert parse(keras_backend="jax").backend == parse(backend="jax").backend == "jax"


def test_names_are_taken_in_the_order_typed_and_once() -> None:
    assert parse(architectures="vgg, lenet,vgg").architectures == ("vgg", "lenet")
    assert parse(first_seed=5, seeds=3).seeds == (5, 6, 7)
