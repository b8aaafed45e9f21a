"""What `python -m benchmarks COMMAND` and `cnn-benchmarks COMMAND` run: `main` finds the command, and each file holds one or a few of them.

Only `benchmarks/__main__.py` and the installed program `cnn-benchmarks` import from here.
"""
