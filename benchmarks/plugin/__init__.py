"""The suite inside pytest, pytest-benchmark and pytest-xdist: options, hooks and the session.

Only the root `conftest.py` and the modules `bench_*.py` import from here.
"""
