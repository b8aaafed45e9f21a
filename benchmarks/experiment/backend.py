"""The backends of Keras that the suite trains on."""

BACKENDS = ("tensorflow", "jax")
"""What trains; each is a package in `benchmarks.engine`, and a name that Keras knows."""
