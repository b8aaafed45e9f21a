"""The backends of Keras that the suite trains on."""

BACKENDS = ("tensorflow", "jax")
"""Each is the name of a package in `benchmarks.engine`, and one that Keras knows."""
