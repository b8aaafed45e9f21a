"""What the engine's speed is compared with: plain Keras and PyTorch, each in a process of its own.

Only `bench_throughput.py` imports from here.
"""
