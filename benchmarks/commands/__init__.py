"""`python -m benchmarks COMMAND`, also `cnn-benchmarks COMMAND`: one file per command or group of commands.

Only `benchmarks/__main__.py` imports from here.
"""
