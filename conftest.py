"""Load the suite's pytest plugin."""

pytest_plugins = ("benchmarks.plugin.hooks",)
