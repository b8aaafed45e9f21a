"""Which backend is trained on, and contradictions between the option and the environment."""

import pytest

from benchmarks.experiment.settings import choose_backend


def environment(monkeypatch: pytest.MonkeyPatch, keras: str | None) -> None:
    """Set KERAS_BACKEND, or unset it: an engine that has started here sets it."""
    if keras is None:
        monkeypatch.delenv("KERAS_BACKEND", raising=False)
    else:
        monkeypatch.setenv("KERAS_BACKEND", keras)


@pytest.mark.parametrize(
    ("backend", "keras", "expected"),
    [
        (None, None, "tensorflow"), (None, "", "tensorflow"), (None, "jax", "jax"), ("jax", None, "jax"),
        ("jax", "jax", "jax"), ("tensorflow", None, "tensorflow"),
    ],
)  # fmt: skip
def test_the_environment_names_the_backend_where_the_option_does_not(
    monkeypatch: pytest.MonkeyPatch, backend: str | None, keras: str | None, expected: str
) -> None:
    environment(monkeypatch, keras)
    assert choose_backend(backend) == expected


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
    monkeypatch: pytest.MonkeyPatch, backend: str | None, keras: str | None, said: str
) -> None:
    environment(monkeypatch, keras)
    with pytest.raises(ValueError, match=said):
        choose_backend(backend)
