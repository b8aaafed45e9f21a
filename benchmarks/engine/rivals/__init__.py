"""What an engine's speed is compared with: the other engine, plain Keras and PyTorch, each in its own process.

Only `bench_throughput.py` and `plugin/speed.py`, which says which of them can run here, import from here.
"""
