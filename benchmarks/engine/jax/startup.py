"""Start of JAX: Keras on JAX, without TensorFlow, with the same bits for the same seed.

Importing this module imports nothing heavy; `start` does, once per process.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import time
from collections.abc import Mapping
from typing import Any

from benchmarks.engine import gpu
from benchmarks.engine.backend import BackendTaken, Hidden, claim, importing, once
from benchmarks.engine.interface import DEFAULT_THREADS, Threads

LIBRARIES: tuple[str, ...] = ("jax", "jaxlib", "keras", "numpy")
"""Another version of one of these may compute other bits."""

ENVIRONMENT: Mapping[str, str] = {
    # Several small trainings can share a GPU only if the first does not take all of its memory.
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",  # XLA's messages, too
}
"""Set before JAX is imported, where the user has not set them."""

DETERMINISTIC = "--xla_gpu_deterministic_ops=true"
"""Without it, a GPU may sum gradients in another order each time. A value in the user's XLA_FLAGS wins."""

_MATRIX_PRODUCTS = {"cpu": "float32", "gpu": "tensorfloat32", "tpu": "bfloat16"}
"""What float32 products are computed in on each platform, where `jax_default_matmul_precision` does not say."""


@once
def start(threads: Threads = DEFAULT_THREADS) -> float:
    """Import JAX and Keras and return the seconds this took; 0 if they have started.

    Args:
        threads: `intra_op` is the size of XLA's thread pool on a processor; JAX has no other.

    Raises:
        ImportError: JAX or Keras cannot be imported.
        BackendTaken: This process has begun with another backend.
    """
    claim("jax")
    _keep_tensorflow_out()
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    os.environ["XLA_FLAGS"] = _xla_flags()
    if threads.intra_op:
        os.environ["NPROC"] = str(threads.intra_op)  # what XLA's processor client reads
    start_time = time.perf_counter()
    with importing(without=("IPython", "matplotlib", "pandas")):
        import jax
        import keras

        import datasets

    if not jax.config.jax_compilation_cache_dir:
        jax.config.update("jax_compilation_cache_dir", str(datasets.cache_directory() / "xla"))
    keras.backend.floatx()
    jax.block_until_ready(jax.numpy.zeros(1))
    return time.perf_counter() - start_time


def _keep_tensorflow_out() -> None:
    """Let no import find TensorFlow from now on.

    Keras imports it wherever it is installed, on JAX too: to serialize a layer, for instance. That takes seconds and hundreds of MiB.

    Raises:
        BackendTaken: It has been imported already.
    """
    if "tensorflow" in sys.modules:
        raise BackendTaken(
            "the engine on jax cannot start: this process has imported TensorFlow; start another process"
        )
    sys.meta_path.insert(
        0, Hidden(("tensorflow",), "this process computes with JAX, and keeps TensorFlow out")
    )


def _xla_flags() -> str:
    """Return the user's flags, and `DETERMINISTIC` where they do not say otherwise."""
    flags = os.environ.get("XLA_FLAGS", "")
    return flags if DETERMINISTIC.partition("=")[0] in flags else f"{flags} {DETERMINISTIC}".strip()


def settings() -> dict[str, str]:
    """Return what decides a training's bits in the environment: see `interface.Engine.settings`."""
    precision = os.environ.get("JAX_DEFAULT_MATMUL_PRECISION")
    found = {} if precision is None else {"JAX_DEFAULT_MATMUL_PRECISION": precision}
    return {"XLA_FLAGS": _xla_flags(), **found}


def machine() -> dict[str, Any]:
    """Return what this process trains on: see `interface.Engine.machine`."""
    jax = sys.modules.get("jax")
    found: dict[str, Any] = {
        "backend": "jax",
        "device": "CPU",
        "intra_op_threads": int(os.environ.get("NPROC", "0")),
        "inter_op_threads": None,
        "xla_flags": os.environ.get("XLA_FLAGS"),
    }
    if jax is None:
        return found
    devices = jax.devices()
    platform = devices[0].platform
    if platform != "cpu":
        found["device"] = gpu.describe(
            (device.device_kind for device in devices), _cuda(devices[0].client.platform_version)
        )
    found["matmul_precision"] = jax.config.jax_default_matmul_precision or _MATRIX_PRODUCTS.get(
        platform, "unknown"
    )
    return found


def on_processor() -> bool:
    """Whether a training will run on a processor, as far as is known before JAX is imported."""
    if (jax := sys.modules.get("jax")) is not None:
        return bool(jax.default_backend() == "cpu")
    asked = os.environ.get("JAX_PLATFORMS", "")
    if asked:
        return asked.split(",")[0] == "cpu"
    plugins = ("jax_cuda13_plugin", "jax_cuda12_plugin", "jax_rocm7_plugin", "libtpu")
    return not any(importlib.util.find_spec(name) for name in plugins)


def _cuda(platform_version: str) -> str | None:
    """Return the version of CUDA, such as `13.0`; None where there is none.

    Args:
        platform_version: As JAX gives it: two lines, the second such as `cuda 13000`.
    """
    found = re.search(r"cuda (\d+)(\d\d)0\b", platform_version)
    return f"{found[1]}.{int(found[2])}" if found else None
