"""What the engine's speed is compared with: plain Keras and PyTorch, each in its own process.

Only `bench_throughput.py` imports from here.
"""
