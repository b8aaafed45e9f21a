"""Start of TensorFlow: quiet, with oneDNN's kernels, and the same bits for the same seed.

Importing this module imports nothing heavy; `start` does, once per process and only to train: collection, comparison and
reports never pay for TensorFlow.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.engine import gpu
from benchmarks.engine.backend import claim, importing, once
from benchmarks.engine.interface import DEFAULT_THREADS, Threads

LIBRARIES: tuple[str, ...] = ("tensorflow", "keras", "numpy")
"""Another version of one of these may compute other bits."""

ENVIRONMENT: Mapping[str, str] = {
    # TensorFlow switches oneDNN on by itself only where the processor has AVX-512 VNNI; with AVX2 alone it doubles the speed too.
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # Several small trainings can share a GPU only if the first does not take all of its memory.
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
}
"""Set before TensorFlow is imported, where the user has not set them."""

_SETTINGS = ("TF_ENABLE_ONEDNN_OPTS", "ONEDNN_MAX_CPU_ISA", "TF_XLA_FLAGS")
"""Each of these has been seen to change the bits of a training."""


@once
def start(threads: Threads = DEFAULT_THREADS) -> float:
    """Import TensorFlow and Keras and return the seconds this took; 0 if they have started.

    Args:
        threads: Sizes of TensorFlow's thread pools.

    Raises:
        ImportError: TensorFlow or Keras cannot be imported; what TensorFlow printed comes before it on standard error.
        BackendTaken: This process has begun with another backend.
        RuntimeError: This process has computed with TensorFlow before, so that the numbers of threads cannot be set.
    """
    claim("tensorflow")
    logging.getLogger("tensorflow").addFilter(_not_about_retracing)
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    start_time = time.perf_counter()
    with _quiet_start(), importing(without=("IPython", "jax", "matplotlib", "pandas")):
        import keras
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads.intra_op)
        tf.config.threading.set_inter_op_parallelism_threads(threads.inter_op)
        tf.config.experimental.enable_op_determinism()
        keras.backend.floatx()
        tf.zeros(1).numpy()  # starts the runtime, which prints the rest of its messages
    return time.perf_counter() - start_time


def settings() -> dict[str, str]:
    """Return what decides a training's bits in the environment: see `interface.Engine.settings`."""
    environment = {**ENVIRONMENT, **os.environ}
    return {name: environment[name] for name in _SETTINGS if name in environment}


def machine() -> dict[str, Any]:
    """Return what this process trains on: see `interface.Engine.machine`."""
    # Collecting or comparing does not import TensorFlow, and must not.
    tf = sys.modules.get("tensorflow")
    gpus = tf.config.list_physical_devices("GPU") if tf is not None else []
    threading = tf.config.threading if tf is not None else None
    found = {
        "backend": "tensorflow",
        "device": _device(tf, gpus) if gpus else "CPU",
        "intra_op_threads": threading.get_intra_op_parallelism_threads() if threading else None,
        "inter_op_threads": threading.get_inter_op_parallelism_threads() if threading else None,
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS"),
    }
    if tf is not None:
        rounded = bool(gpus) and tf.config.experimental.tensor_float_32_execution_enabled()
        found["matmul_precision"] = "tensorfloat32" if rounded else "float32"
    return found


def on_processor() -> bool:
    """Whether a training will run on a processor; assumed until TensorFlow has been imported and can tell."""
    tf = sys.modules.get("tensorflow")
    return tf is None or not tf.config.list_physical_devices("GPU")


def _device(tf: Any, gpus: Sequence[Any]) -> str:
    """Name the GPUs, their driver, and the CUDA version that TensorFlow was built for."""
    details = [tf.config.experimental.get_device_details(found) for found in gpus]
    names = [str(known.get("device_name", found.name)) for known, found in zip(details, gpus, strict=True)]
    return gpu.describe(names, tf.sysconfig.get_build_info().get("cuda_version"))


def _not_about_retracing(record: logging.LogRecord) -> bool:
    """Drop the warning that steps are traced too often: every program traces its own, and a process may have several."""
    return "triggered tf.function retracing" not in record.getMessage()


@contextmanager
def _quiet_start() -> Iterator[None]:
    """Hide what TensorFlow writes directly to file descriptor 2 before its log level takes effect; show it on an error."""
    try:
        saved = os.dup(2)
    except OSError:  # started without standard error
        yield
        return
    with tempfile.TemporaryFile() as printed:
        os.dup2(printed.fileno(), 2)
        try:
            yield
        except BaseException:
            printed.seek(0)
            os.write(saved, printed.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
