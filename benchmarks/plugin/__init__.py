"""The suite inside pytest, pytest-benchmark and pytest-xdist: options, hooks and the session.

Nobody imports from here but the root `conftest.py`.
"""
