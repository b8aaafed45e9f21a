"""TensorFlow's start: quiet, with the processor's own kernels, and the same bits for the same seed.

Importing this module imports nothing heavy; :func:`start` does, once a process. Everything that trains calls it first, so that
collection, comparing and reporting never pay for TensorFlow.
"""

from __future__ import annotations

import functools
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

ENVIRONMENT: Mapping[str, str] = {
    # TensorFlow switches oneDNN on by itself only where the processor has AVX-512 VNNI; with AVX2 alone it doubles the speed too.
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "KERAS_BACKEND": "tensorflow",
}
"""Set before TensorFlow is imported, where the user has not set them."""


@dataclass(frozen=True)
class Threads:
    """TensorFlow's thread pools; 0 leaves the choice to TensorFlow (one thread a core)."""

    intra_op: int = 0
    inter_op: int = 0


@functools.cache
def start(threads: Threads = Threads()) -> float:
    """Import TensorFlow and Keras and return the seconds this took.

    :raises ImportError: what TensorFlow printed stands in front of it.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    begin = time.perf_counter()
    with _quiet_start():
        import keras
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads.intra_op)
        tf.config.threading.set_inter_op_parallelism_threads(threads.inter_op)
        tf.config.experimental.enable_op_determinism()
        keras.backend.floatx()
        tf.zeros(1).numpy()  # the runtime starts, and says the rest of what it has to say
    return time.perf_counter() - begin


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Keep what TensorFlow writes straight to file descriptor 2, before its log level counts, out of the output."""
    try:
        saved = os.dup(2)
    except OSError:  # started without a standard error
        yield
        return
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(saved, said.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
