"""The backends of Keras that the suite trains on, and which one was asked for."""

from __future__ import annotations

from benchmarks.experiment import names

BACKENDS = ("tensorflow", "jax")
"""What trains; each is a package in `benchmarks.engine`, and a name that Keras knows."""


def choose_backend(backend: str | None, keras_backend: str | None) -> str:
    """Return what trains.

    Args:
        backend: One of `BACKENDS`, as typed; None: `keras_backend`, or else TensorFlow.
        keras_backend: KERAS_BACKEND of the environment, which Keras will obey.

    Raises:
        ValueError: It does not exist, or the environment names another.
    """
    if backend is None:
        return names.one("KERAS_BACKEND", keras_backend, BACKENDS) if keras_backend else BACKENDS[0]
    if keras_backend and keras_backend != names.one("--backend", backend, BACKENDS):
        raise ValueError(
            f"--backend {backend}: KERAS_BACKEND is {keras_backend!r}; unset it, or name the same backend in both"
        )
    return names.one("--backend", backend, BACKENDS)
