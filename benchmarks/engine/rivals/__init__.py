"""What an engine's speed is compared with: the other engine, plain Keras and PyTorch, each in its own process.

Only `bench_throughput.py` imports from here.
"""
