"""Which backend is trained on, and contradictions between the option and the environment."""

import pytest

from benchmarks.experiment.settings import choose_backend


@pytest.mark.parametrize(
    ("backend", "keras", "expected"),
    [
        (None, None, "tensorflow"), (None, "", "tensorflow"), (None, "jax", "jax"), ("jax", None, "jax"),
        ("jax", "jax", "jax"), ("tensorflow", None, "tensorflow"),
    ],
)  # fmt: skip
def test_the_environment_names_the_backend_where_the_option_does_not(
    backend: str | None, keras: str | None, expected: str
) -> None:
    assert choose_backend(backend, keras) == expected


@pytest.mark.parametrize(
    ("backend", "keras", "said"),
    [
        ("jax", "tensorflow", "--backend jax: KERAS_BACKEND is 'tensorflow'; unset it"),
        ("tensorflow", "torch", "--backend tensorflow: KERAS_BACKEND is 'torch'"),
        (None, "torch", "KERAS_BACKEND torch: unknown; expected one of tensorflow, jax"),
        ("pytorch", None, "--backend pytorch: unknown"),
        ("pytorch", "jax", "--backend pytorch: unknown"),
    ],
)
def test_backends_that_contradict_each_other_are_refused(
    backend: str | None, keras: str | None, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        choose_backend(backend, keras)
