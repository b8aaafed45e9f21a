"""What ran, and on what: versions of libraries, processor and threads, for every saved run."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from typing import Any

LIBRARIES = ("tensorflow", "keras", "numpy", "scipy", "pytest", "pytest-benchmark")


def versions() -> dict[str, str]:
    """Installed versions, without importing anything."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, Any]:
    """Device, cores and thread settings of this process, for ``machine_info``."""
    # Whoever only collects or compares has not imported TensorFlow, and shall not.
    tf = sys.modules.get("tensorflow")
    threading = tf.config.threading if tf is not None else None
    return {
        **{name: version for name, version in versions().items() if name in ("tensorflow", "keras", "numpy")},
        "device": _device(tf),
        "cores": os.cpu_count(),
        "usable_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        # 0: TensorFlow chose, one thread a core.
        "intra_op_threads": threading.get_intra_op_parallelism_threads() if threading else None,
        "inter_op_threads": threading.get_inter_op_parallelism_threads() if threading else None,
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS"),
    }


def _device(tf: Any) -> str:
    gpus = tf.config.list_physical_devices("GPU") if tf is not None else []
    if not gpus:
        return "CPU"
    return ", ".join(
        str(tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)) for gpu in gpus
    )
