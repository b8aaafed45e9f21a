"""How a saved cell names the GPUs that it was trained on, whatever the engine."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

DRIVER = Path("/sys/module/nvidia/version")
"""Where Linux gives the version of NVIDIA's driver."""


def describe(names: Iterable[str], cuda: str | None, driver: Path = DRIVER) -> str:
    """Return `NVIDIA H100 (driver 580.82, CUDA 13.0)`, as far as versions are known.

    Args:
        names: Names of the GPUs; equal ones are written once.
        cuda: The version that the framework says it computes with; None where it says none.
        driver: The file that holds the driver's version.
    """
    facts = []
    with contextlib.suppress(OSError):
        facts.append("driver " + driver.read_text().strip())
    if cuda:
        facts.append(f"CUDA {cuda}")
    versions = f" ({', '.join(facts)})" if facts else ""
    return ", ".join(dict.fromkeys(names)) + versions
