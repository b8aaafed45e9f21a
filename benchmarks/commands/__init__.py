"""`python -m benchmarks COMMAND`: one file per command or group of commands.

Nobody imports from here but `benchmarks/__main__.py`.
"""
