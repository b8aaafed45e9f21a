"""How much memory a block of a test holds at once."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Memory:
    """What was traced."""

    peak: int = 0
    """The most bytes that were held at once; known after the block."""


@contextmanager
def traced() -> Iterator[Memory]:
    """Trace the allocations of Python and NumPy in a block, whether or not it raises."""
    memory = Memory()
    tracemalloc.start()
    try:
        yield memory
    finally:
        memory.peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
